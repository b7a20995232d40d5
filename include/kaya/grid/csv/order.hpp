// SPDX-License-Identifier: MIT
// Rows in the order of their times, and how far they usually are apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/grid/series.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

/// A row.
struct entry {
  point at{};
  std::size_t line = 0;
  std::int64_t key() const noexcept { return at.unix_ns; }
};

/// By key(), equals as they were. Of runs that are in order already, as files that were put together have.
template <class T>
void merge_sort(std::vector<T>& items) {
  std::vector<T> other(items.size());
  for (std::size_t width = 1; width < items.size(); width *= 2) {
    for (std::size_t from = 0; from < items.size(); from += 2 * width) {
      const std::size_t middle = from + width < items.size() ? from + width : items.size();
      const std::size_t end = from + 2 * width < items.size() ? from + 2 * width : items.size();
      std::size_t a = from, b = middle;
      for (std::size_t to = from; to < end; ++to) {
        const bool first = a < middle && (b >= end || items[a].key() <= items[b].key());
        other[to] = items[first ? a++ : b++];
      }
    }
    items.swap(other);
  }
}

/// The usual time between two rows, in order; 0 for one. Months have 28 to 31 days, and a logger's rows are
/// never exactly as far apart, so lengths of which the longest is at most a quarter longer than the shortest
/// count as the same: of these groups the largest (of equals the shorter), and of it the median. The median
/// of all would be twice the step in a file that lacks half of its rows here and there.
inline std::int64_t usual_step(const std::vector<entry>& rows) {
  struct step {
    std::int64_t length;
    std::size_t times;
    std::int64_t key() const noexcept { return length; }
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
  merge_sort(steps);
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
