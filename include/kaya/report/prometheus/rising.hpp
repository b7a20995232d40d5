// SPDX-License-Identifier: MIT
// Counters that never fall from one exposition to the next: Prometheus takes a fall for a counter that began
// at 0 again, and adds all of it once more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/figures.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Energy and emissions of a run can be said to be a little less than before: where a meter takes back what
/// it told, while a minute at a changing intensity is not over, and where a run goes on from a journal that
/// was written before its last metrics were. Until they are more again, the counters stay where they were.
class rising_counters {
 public:
  /// The exposition with no counter below what it was in the one before.
  std::string raised(std::string_view exposition) {
    std::vector<counter> now;
    std::string out;
    bool counts = false;
    while (!exposition.empty()) {
      const std::size_t size = exposition.find('\n');
      const std::string_view line = exposition.substr(0, size), name = line.substr(0, line.rfind(' '));
      exposition.remove_prefix(size < exposition.size() ? size + 1 : exposition.size());
      if (line.starts_with("# TYPE ")) counts = line.ends_with(" counter");
      std::string_view value = line.substr(name.size());
      if (counts && !line.starts_with('#')) {
        if (const counter* const before = find(name); before != nullptr && less(value, before->second))
          value = before->second;
        now.emplace_back(name, value);
      }
      ((out += name) += value) += '\n';
    }
    kaya::detail::merge_sort(now, [](const counter& a, const counter& b) { return a.first < b.first; });
    last_ = static_cast<std::vector<counter>&&>(now);
    return out;
  }

 private:
  using counter = std::pair<std::string, std::string>;  // name with labels; blank and value

  const counter* find(std::string_view name) const noexcept {
    std::size_t low = 0, high = last_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (last_[middle].first < name) low = middle + 1;
      else high = middle;
    }
    return low < last_.size() && last_[low].first == name ? &last_[low] : nullptr;
  }
  static bool less(std::string_view a, std::string_view b) noexcept {
    const auto x = kaya::detail::parse_number<double>(a), y = kaya::detail::parse_number<double>(b);
    return x && y && is_known(*y) && *x < *y;
  }
  std::vector<counter> last_{};
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
