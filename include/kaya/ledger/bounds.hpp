// SPDX-License-Identifier: MIT
// What a sample cannot tell: how much of a change was used in a part of its time.
#pragma once

#include <kaya/ledger/entries.hpp>
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// What of a change may have been used within a part of its time, if the power was never negative and never
/// more than the device can draw.
class bounds {
 public:
  bounds(const meter::channel& c, const timeline::outcome& change, double span) noexcept
      : change_(change), whole_(static_cast<double>(change.microjoules)), span_(span) {
    if (!(c.rated_watts > 0)) return;
    most_ = c.rated_watts * headroom * 1e-3;  // W = 1e-3 uJ/ns
    if (most_ * span < whole_) most_ = whole_ / span;
  }
  void add(double part, range& to) const noexcept {
    const double nothing = span_ * 1e-11;  // rounding
    if (part <= nothing) return;
    const double rest = span_ - part;
    double low = 0, high = whole_;
    if (rest <= nothing) low = whole_;
    else if (most_ > 0) {
      if (part * most_ < high) high = part * most_;
      if (whole_ - rest * most_ > 0) low = whole_ - rest * most_;
    }
    to.low += low * change_.low;
    to.high += high * change_.high;
  }

 private:
  static constexpr double headroom = 1.5;  // for a while, over what it is rated for; as in counter.hpp
  const timeline::outcome& change_;
  double whole_, span_, most_ = 0;  // 0: not known
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
