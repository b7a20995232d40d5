// SPDX-License-Identifier: MIT
// Cuts that were read and are not settled yet.
#pragma once

#include <cstddef>
#include <vector>

#include <kaya/ledger/clock.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// A short queue of cuts with what every channel said there. It needs no memory once it is made.
class kept_cuts {
 public:
  static constexpr std::size_t capacity = 16;

  explicit kept_cuts(std::size_t channels) : channels_(channels) {
    cuts_.reserve(capacity);
    readings_.reserve(capacity * channels);
  }
  std::size_t size() const noexcept { return cuts_.size(); }
  bool full() const noexcept { return cuts_.size() == capacity; }
  const std::vector<moment>& cuts() const noexcept { return cuts_; }
  const meter::measurement* readings(std::size_t cut) const noexcept {
    return readings_.data() + cut * channels_;
  }

  /// Not when it is full.
  void push(const moment& at, const std::vector<meter::measurement>& readings) noexcept {
    cuts_.push_back(at);
    readings_.insert(readings_.end(), readings.begin(), readings.end());
  }
  /// The oldest n are done.
  void drop(std::size_t n) noexcept {
    cuts_.erase(cuts_.begin(), cuts_.begin() + static_cast<std::ptrdiff_t>(n));
    readings_.erase(readings_.begin(), readings_.begin() + static_cast<std::ptrdiff_t>(n * channels_));
  }

 private:
  std::size_t channels_;
  std::vector<moment> cuts_{};
  std::vector<meter::measurement> readings_{};  // of each cut, channel by channel
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
