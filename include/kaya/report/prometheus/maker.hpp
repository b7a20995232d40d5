// SPDX-License-Identifier: MIT
// Where report/prometheus.hpp leaves what keeps a metrics file up to date, for a tracker that knows no
// format.
#pragma once

#include <cstdint>
#include <string>

#include <kaya/detail/saver.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Gives one for a folder; the file in it is named after what a report says of the run.
using prometheus_maker = handle<saver> (*)(const std::string& folder, std::int64_t period_ns,
                                           bool remove_at_stop, const run_report& named);
/// Of report/prometheus.hpp, where a file of the program includes it; else nullptr.
inline constinit prometheus_maker make_prometheus_saver = nullptr;

}  // namespace detail
}  // namespace v1
}  // namespace kaya
