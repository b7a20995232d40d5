// SPDX-License-Identifier: MIT
// What a report for people says of a run that was resumed: its processes, and work that was done again.
#pragma once

#include <cstddef>
#include <string>

#include <kaya/report/record.hpp>
#include <kaya/report/table.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The time between two processes that follow each other; 0 s if it is less than a clock's rounding, as the
/// clocks of two hosts may say.
inline seconds gap_between(const process_line& a, const process_line& b) {
  const double gap = static_cast<double>(b.start_unix_ns - a.start_unix_ns) * 1e-9 - a.duration.count();
  return seconds(gap > 1e-6 ? gap : 0);
}

/// A line for each of the two, where there is something to say.
inline void add_processes(std::string& out, const run_report& r) {
  if (r.processes.size() > 1) {
    seconds gaps{};
    for (std::size_t i = 1; i < r.processes.size(); ++i)
      gaps += gap_between(r.processes[i - 1], r.processes[i]);
    append_wrapped(out, "processes   ",
                   std::to_string(r.processes.size()) + "; " + humanize(gaps) +
                       " between them, which are not in the duration and not charged",
                   12);
  }
  if (!r.lost) return;
  const lost_work& l = *r.lost;
  append_wrapped(out, "lost work   ",
                 std::to_string(l.epochs) + (l.epochs == 1 ? " epoch" : " epochs") + " done again: " +
                     (l.energy_uj ? humanize(joules(*l.energy_uj)) + ", " + humanize(l.emissions)
                                  : std::string("energy not known")) +
                     ", " + humanize(l.duration) + "; in the totals, but not in the work",
                 12);
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
