// SPDX-License-Identifier: MIT
// How the energy of each component grew over the run, at a bounded number of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/ledger/entries.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/ledger/timeline.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class power_history {
 public:
  struct point {
    std::int64_t ticks = 0;
    std::int64_t microjoules[components]{};  // since the start of the run, of what counts
  };

  power_history() { points_.reserve(most); }
  /// A cut is settled. It is kept if it is far enough from the one before; when there are too many, every
  /// second one is dropped.
  void note(std::int64_t cut, const std::vector<timeline>& timelines) noexcept {
    if (!points_.empty() && cut - points_.back().ticks < spacing_) return;
    if (points_.size() == most) {
      spacing_ = 2 * (points_.back().ticks - points_.front().ticks) / static_cast<std::int64_t>(most - 1);
      for (std::size_t i = 1; 2 * i < most; ++i) points_[i] = points_[2 * i];
      points_.resize(most / 2);
    }
    points_.push_back(at(cut, timelines));
  }
  /// The points kept, and the last cut.
  std::vector<point> upto(std::int64_t cut, const std::vector<timeline>& timelines) const {
    std::vector<point> all = points_;
    if (all.empty() || all.back().ticks < cut) all.push_back(at(cut, timelines));
    return all;
  }

 private:
  static constexpr std::size_t most = 128;
  friend struct detail::journal::persistence;
  static point at(std::int64_t cut, const std::vector<timeline>& timelines) noexcept {
    point p{cut, {}};
    for (const timeline& t : timelines)
      if (t.counted()) p.microjoules[static_cast<std::size_t>(t.channel().part)] += t.total_uj;
    return p;
  }
  std::vector<point> points_{};
  std::int64_t spacing_ = 0;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
