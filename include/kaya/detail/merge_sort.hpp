// SPDX-License-Identifier: MIT
// A stable sort, without what <algorithm> costs to include.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Equals stay as they were. By merging: O(n log n), and best of runs that are in order already.
template <class T, class Less>
void merge_sort(std::vector<T>& items, Less&& less) {
  std::vector<T> other(items.size());
  for (std::size_t width = 1; width < items.size(); width *= 2) {
    for (std::size_t from = 0; from < items.size(); from += 2 * width) {
      const std::size_t middle = from + width < items.size() ? from + width : items.size();
      const std::size_t end = middle + width < items.size() ? middle + width : items.size();
      std::size_t a = from, b = middle;
      for (std::size_t to = from; to < end; ++to) {
        const bool first = a < middle && (b >= end || !less(items[b], items[a]));
        other[to] = std::move(items[first ? a++ : b++]);
      }
    }
    items.swap(other);
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
