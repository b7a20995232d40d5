// SPDX-License-Identifier: MIT
// Where kaya/progress.hpp leaves what shows a line, for a tracker that knows nothing of terminals.
#pragma once

#include <kaya/detail/handle.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/options.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

using progress_maker = handle<saver> (*)(const tracker_options&, const ledger::pricing&);
/// nullptr unless a file of the program includes <kaya/progress.hpp>.
inline constinit progress_maker make_progress = nullptr;

}  // namespace detail
}  // namespace v1
}  // namespace kaya
