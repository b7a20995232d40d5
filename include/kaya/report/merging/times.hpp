// SPDX-License-Identifier: MIT
// Whose an instant is, where several hold it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/detail/merge_sort.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// Nanoseconds since 1970.
struct span {
  std::int64_t begin = 0, end = 0;
};

/// Each instant belongs to the first of those that have it. O(n log n) of the spans.
class time_sharing {
 public:
  /// The n of them are 0, the first, to n - 1.
  void begin(std::size_t n) {
    edges_.clear();
    open_.assign(n, 0);
    waits_.assign(n, false);
    owned_.assign(n, 0);
    heap_.clear();
  }
  /// One of them has this span. Its own may overlap.
  void add(std::size_t who, const span& s) {
    if (s.end <= s.begin) return;
    edges_.push_back({s.begin, static_cast<std::uint32_t>(who), true});
    edges_.push_back({s.end, static_cast<std::uint32_t>(who), false});
  }
  /// Afterwards owned(who) is the time that belongs to it, in nanoseconds.
  void divide() {
    kaya::detail::merge_sort(edges_, [](const edge& a, const edge& b) { return a.at < b.at; });
    std::int64_t last = 0;
    for (const edge& e : edges_) {
      while (!heap_.empty() && open_[heap_[0]] == 0) pop();
      if (!heap_.empty()) owned_[heap_[0]] += e.at - last;
      last = e.at;
      if (!e.opens) --open_[e.who];
      else if (open_[e.who]++ == 0 && !waits_[e.who]) push(e.who);
    }
  }
  std::int64_t owned(std::size_t who) const noexcept { return owned_[who]; }

 private:
  struct edge {
    std::int64_t at;
    std::uint32_t who;
    bool opens;
  };
  // A heap whose first is the least; who is closed leaves it when it comes to the front.
  void push(std::uint32_t who) {
    waits_[who] = true;
    heap_.push_back(who);
    for (std::size_t i = heap_.size() - 1; i > 0 && heap_[i] < heap_[(i - 1) / 2]; i = (i - 1) / 2)
      exchange(i, (i - 1) / 2);
  }
  void pop() {
    waits_[heap_[0]] = false;
    heap_[0] = heap_.back();
    heap_.pop_back();
    for (std::size_t i = 0, child; (child = 2 * i + 1) < heap_.size(); i = child) {
      if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
      if (heap_[i] <= heap_[child]) break;
      exchange(i, child);
    }
  }
  void exchange(std::size_t i, std::size_t k) noexcept {
    const std::uint32_t who = heap_[i];
    heap_[i] = heap_[k];
    heap_[k] = who;
  }

  std::vector<edge> edges_{};
  std::vector<std::uint32_t> open_{}, heap_{};
  std::vector<bool> waits_{};
  std::vector<std::int64_t> owned_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
