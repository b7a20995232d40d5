// SPDX-License-Identifier: MIT
// Dividing whole microjoules so that the parts always sum up to the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Divides a whole number of microjoules by weights, by largest remainder: each part is within one of its
/// exact share and the parts sum up to the whole. Among equal remainders the earlier part gets more.
class divider {
 public:
  /// For so many weights, so that nothing else can fail.
  void make_room(std::size_t n) {
    if (n <= results_.capacity()) return;
    parts_.reserve(n * 2);
    results_.reserve(n * 2);
  }
  void begin() noexcept { parts_.clear(); }
  void add(double weight) { parts_.push_back({0, weight > 0 ? weight : 0, parts_.size()}); }
  std::size_t size() const noexcept { return parts_.size(); }

  /// Divides; part(i) then is the i-th weight's part. With no positive weight nothing is divided: false.
  bool divide(std::int64_t whole) {
    double sum = 0;
    for (const part_of& p : parts_) sum += p.remainder;
    if (!(sum > 0)) return false;
    std::int64_t left = whole;
    const double scale = static_cast<double>(whole) / sum;
    for (part_of& p : parts_) {
      const double exact = p.remainder * scale;
      p.microjoules = static_cast<std::int64_t>(exact);
      if (p.microjoules > left) p.microjoules = left;  // rounding of doubles, above 2^53 microjoules
      p.remainder = exact - static_cast<double>(p.microjoules);
      left -= p.microjoules;
    }
    if (const auto n = static_cast<std::int64_t>(parts_.size());
        left > n) {  // doubles too coarse, above 2^53 uJ
      parts_[0].microjoules += left / n * n;
      left %= n;
    }
    if (left > 0) {
      select(static_cast<std::size_t>(left));
      for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) ++parts_[i].microjoules;
    }
    results_.resize(parts_.size());
    for (const part_of& p : parts_) results_[p.index] = p.microjoules;
    return true;
  }
  std::int64_t part(std::size_t i) const noexcept { return results_[i]; }

 private:
  struct part_of {
    std::int64_t microjoules;
    double remainder;  // the weight until it is divided
    std::size_t index;
    bool before(const part_of& other) const noexcept {
      return remainder != other.remainder ? remainder > other.remainder : index < other.index;
    }
  };

  /// Moves the n parts of largest remainder to the front (quickselect with Hoare's partition).
  void select(std::size_t n) {
    std::size_t low = 0, high = parts_.size();  // the n-th place is in [low, high)
    while (high - low > 1) {
      const part_of pivot = parts_[low + (high - low - 1) / 2];
      std::size_t i = low, j = high - 1;
      for (;; ++i, --j) {
        while (parts_[i].before(pivot)) ++i;
        while (pivot.before(parts_[j])) --j;
        if (i >= j) break;
        std::swap(parts_[i], parts_[j]);
      }
      // [low, j] come before or are the pivot, (j, high) come after
      if (j + 1 == n) return;
      (j + 1 < n ? low : high) = j + 1;
    }
  }

  std::vector<part_of> parts_{};
  std::vector<std::int64_t> results_{};
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
