// SPDX-License-Identifier: MIT
// Where a header that keeps journals leaves what does it, for a tracker that knows nothing of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kaya/detail/figures.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/options.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Keeps one run's books on the disk.
struct keeper : counted {
  virtual ~keeper() = default;
  /// The ledger has begun: what earlier processes of the run used joins it. Under its lock, as all but
  /// is_due() and write().
  virtual void begin(ledger::core&, own_figures&) = 0;
  /// Whether it is time; at_once: an epoch or the run has ended.
  virtual bool is_due(bool at_once) noexcept = 0;
  /// Opens the file if it is not there. By the sampler's thread alone, without a lock, as write(). Gives what
  /// is to be said of it: empty mostly.
  virtual std::string prepare() = 0;
  /// The books as of the last cut are to be written. By the sampler's thread alone, too.
  virtual void hand_over(const self_cost&) = 0;
  virtual std::string write() = 0;
  /// Nothing will change any more.
  virtual void finish(const self_cost&) = 0;
  virtual void end() noexcept = 0;
};

/// about: the report of nothing yet; gets the id of a run that goes on. Channels of its earlier processes
/// that are not here are appended.
using keeper_maker = handle<keeper> (*)(const tracker_options&, const ledger::pricing&, run_report& about,
                                        std::vector<meter::bound_channel>&);
/// Of kaya/journal.hpp, where a file of the program includes it; else nullptr.
inline constinit keeper_maker make_keeper = nullptr;

}  // namespace detail
}  // namespace v1
}  // namespace kaya
