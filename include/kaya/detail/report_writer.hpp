// SPDX-License-Identifier: MIT
// Where a header that knows a format leaves its writer for those that do not include it.
#pragma once

#include <string>

namespace kaya {
inline namespace v1 {
struct run_report;
namespace detail {

using report_writer = std::string (*)(const run_report&);
/// Of report/json.hpp, where a file of the program includes it; else nullptr.
inline constinit report_writer report_as_json = nullptr;

}  // namespace detail
}  // namespace v1
}  // namespace kaya
