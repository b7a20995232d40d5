// SPDX-License-Identifier: MIT
// The events of all reports, as many as a report of one process has: errors before warnings before the rest,
// since of thousands of ranks most have the same to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/ledger/events.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class event_sample {
 public:
  /// who: whose it is, put before where; empty: that says it already. begin: when its run began, in
  /// nanoseconds since 1970.
  void add(const event& e, const std::string& who, std::int64_t begin) {
    std::vector<dated>& list = of_[static_cast<std::size_t>(e.level) % 3];
    if (list.size() >= limit) {
      more_ += e.count;
      return;
    }
    list.push_back({e, begin});
    if (!who.empty()) list.back().what.where = who + ": " + e.where;
  }
  /// own: those of the merge itself, which come first. begin: when the merged run began.
  std::vector<event> take(std::vector<event> own, std::int64_t begin) {
    std::vector<event> all = std::move(own);
    std::uint64_t more = more_;
    const auto cut = [&] {
      while (all.size() >= limit) {
        more += all.back().count;
        all.pop_back();
      }
    };
    cut();
    const std::size_t first = all.size();
    for (std::size_t level = 3; level-- > 0;)
      for (dated& d : of_[level]) {
        if (all.size() + 1 >= limit) {
          more += d.what.count;
          continue;
        }
        d.what.time += seconds(static_cast<double>(d.begin - begin) * 1e-9);
        all.push_back(std::move(d.what));
      }
    std::vector<event> timed(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
    kaya::detail::merge_sort(timed, [](const event& a, const event& b) { return a.time < b.time; });
    for (std::size_t i = 0; i < timed.size(); ++i) all[first + i] = std::move(timed[i]);
    if (more > 0)
      all.push_back({{}, severity::info, "further events of the ranks were dropped", "merge", more});
    return all;
  }

 private:
  struct dated {
    event what;
    std::int64_t begin;
  };
  static constexpr std::size_t limit = ledger::event_list::limit;
  std::vector<dated> of_[3]{};
  std::uint64_t more_ = 0;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
