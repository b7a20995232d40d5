// SPDX-License-Identifier: MIT
// The rows of a file, and how far they usually are apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/grid/series.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

/// A row.
struct entry {
  point at{};
  std::size_t line = 0;
};

/// The usual time between two rows, in order; 0 for one. Months have 28 to 31 days, and a logger's rows are
/// never exactly as far apart, so lengths of which the longest is at most a quarter longer than the shortest
/// count as the same: of these groups the largest (of equals the shorter), and of it the median. The median
/// of all would be twice the step in a file that lacks half of its rows here and there.
inline std::int64_t usual_step(const std::vector<entry>& rows) {
  struct step {
    std::int64_t length;
    std::size_t times;
  };
  std::vector<step> steps;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    // Through unsigned: 1678 and 2261 are farther apart than int64 has nanoseconds.
    const std::uint64_t apart =
        static_cast<std::uint64_t>(rows[i].at.unix_ns) - static_cast<std::uint64_t>(rows[i - 1].at.unix_ns);
    const std::int64_t length = apart < INT64_MAX ? static_cast<std::int64_t>(apart) : INT64_MAX;
    if (!steps.empty() && steps.back().length == length) ++steps.back().times;
    else steps.push_back({length, 1});
  }
  if (steps.empty()) return 0;
  kaya::detail::merge_sort(steps, [](const step& a, const step& b) { return a.length < b.length; });
  std::size_t first = 0, last = 0, most = 0, times = 0;  // of the largest group; in that which ends at i
  for (std::size_t i = 0, begin = 0; i < steps.size(); ++i) {
    times += steps[i].times;
    for (; steps[i].length - steps[begin].length > steps[begin].length / 4; ++begin)
      times -= steps[begin].times;
    if (times > most) most = times, first = begin, last = i;
  }
  std::size_t before = 0;
  for (; first < last && 2 * (before + steps[first].times) < most; ++first) before += steps[first].times;
  return steps[first].length;
}

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
