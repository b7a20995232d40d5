// SPDX-License-Identifier: MIT
// Where headers that know a format leave what saves reports in it, for a tracker that knows none.
#pragma once

#include <cstdint>
#include <string>

#include <kaya/detail/handle.hpp>

namespace kaya {
inline namespace v1 {
struct run_report;
namespace detail {

/// Saves one run's report again and again. Used by the sampler's thread alone.
struct saver : counted {
  virtual ~saver() = default;
  /// Whether it is time; at_once: an epoch or the run has ended.
  virtual bool is_due(bool at_once) const noexcept = 0;
  /// Gives what is to be said of it, once for each state: empty mostly.
  virtual std::string save(const run_report&) = 0;
  /// What can be seen to be wrong before that.
  virtual std::string obstacle() const { return {}; }
};

/// Gives one for a path with braces to be replaced by what a report says.
using saver_maker = handle<saver> (*)(const std::string& pattern, std::int64_t period_ns,
                                      const run_report& named);
/// Of report/json.hpp, where a file of the program includes it; else nullptr.
inline constinit saver_maker make_saver = nullptr;

/// Of report/emissions_csv.hpp: appends to a file, whatever the period.
inline constinit saver_maker make_csv_saver = nullptr;

/// Of report/prometheus.hpp: keeps a file in a folder.
using prometheus_maker = handle<saver> (*)(const std::string& folder, std::int64_t period_ns,
                                           bool remove_at_stop, const run_report& named);
inline constinit prometheus_maker make_prometheus_saver = nullptr;

}  // namespace detail
}  // namespace v1
}  // namespace kaya
