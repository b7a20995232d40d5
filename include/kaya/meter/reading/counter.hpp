// SPDX-License-Identifier: MIT
// How a cumulative energy counter is read right: what has been used between two readings of a count that
// wraps, is reset, vanishes and returns, or answers nonsense once. A pure rule: no files, no clock.
#pragma once

#include <cstdint>
#include <optional>

namespace kaya {
inline namespace v1 {
namespace meter {

/// What one more reading of a counter turned out to be.
enum class counter_event {
  first,      // nothing to compare with yet
  unchanged,  // no update since the last reading; not an error
  advanced,
  wrapped,  // it passed its range and began again at 0
  reset,    // it began again at 0 before its range: what it had not shown by then is lost
  suspect,  // neither an advance nor a wrap can explain it: held until it moves on from here, or comes back
  glitch,   // the reading before was nonsense and is dropped; this one continues the one before it
  jump      // it went on from a place that it cannot have reached by counting: the way there is not counted
};

/// What a reading adds.
struct counter_step {
  counter_event what = counter_event::first;
  std::uint64_t counts = 0;
  bool ambiguous =
      false;  // more may have been used than is seen (another wrap, before a reset): a lower bound
};

/// One counter. The figures that it yields are never negative, and never more than its device could have
/// drawn in the time. What is suspect adds nothing by itself: when it resolves, that step covers all the time
/// since the last accepted reading.
class counter {
 public:
  /// range: the highest count before 0 follows, 0 if unknown. wraps: false if the count is never meant to
  /// start again. rated_watts: the most that the device draws, 0 if unknown; below 1000 W it is taken as 1000
  /// W, for a rating is a thermal limit and not a peak. update_period_ns: the usual time between changes of
  /// the count, 0 if unknown.
  constexpr counter(std::uint64_t range, bool wraps, double rated_watts, double microjoules_per_count,
                    std::int64_t update_period_ns = 0) noexcept
      : range_(range),
        wraps_(wraps),
        // 1 W is 1e-3 microjoules a nanosecond.
        counts_per_ns_((rated_watts > least_watts ? rated_watts : least_watts) * 1e-3 /
                       (microjoules_per_count > 0 ? microjoules_per_count : 1)),
        most_counts_per_ns_(most_watts * 1e-3 / (microjoules_per_count > 0 ? microjoules_per_count : 1)),
        slack_ns_(slack_ns + (update_period_ns > 0 ? 2 * update_period_ns : 0)) {}

  /// Takes one reading, made at now_ns on a steady clock.
  constexpr counter_step next(std::uint64_t value, std::int64_t now_ns) noexcept {
    if (!started_) {
      started_ = true;
      accepted_ = {value, now_ns, now_ns};
      return {counter_event::first};
    }
    if (holding_) return resolve(value, now_ns);
    if (value == accepted_.value) {
      accepted_.read_ns = now_ns;
      return {counter_event::unchanged};
    }
    if (const auto counts = continued(accepted_, value, now_ns))
      return accept(value > accepted_.value ? counter_event::advanced : counter_event::wrapped, *counts,
                    value, now_ns);
    return hold(value, now_ns);
  }

 private:
  // As in source.hpp, which is not included here: 1000 W is more than any socket or card of 2024 draws for
  // long. What steadily shows more (a node of eight cards) is believed up to 100 kW.
  static constexpr double least_watts = 1000, most_watts = 100'000, headroom = 1.5;
  // A reading is dated by its reader, which may be held up between the clock and the file.
  static constexpr std::int64_t slack_ns = 10'000'000;

  struct point {
    std::uint64_t value = 0;
    std::int64_t changed_ns = 0;  // first read with this value
    std::int64_t read_ns = 0;     // last read with this value
  };

  static constexpr double between(std::int64_t from_ns, std::int64_t to_ns) noexcept {
    return to_ns > from_ns ? static_cast<double>(to_ns) - static_cast<double>(from_ns) : 0;
  }
  constexpr bool plausible(std::uint64_t counts, double elapsed_ns) const noexcept {
    return static_cast<double>(counts) <=
           headroom * counts_per_ns_ * (elapsed_ns + static_cast<double>(slack_ns_));
  }

  /// The counts from one point to a value, if the device can have drawn them. An advance may have been drawn
  /// since the value last changed (a counter that stood still and catches up); a wrap happened since it was
  /// last seen, or a counter that is reset after standing still for minutes would look like one.
  constexpr std::optional<std::uint64_t> continued(const point& from, std::uint64_t value,
                                                   std::int64_t now_ns) const noexcept {
    if (range_ != 0 && value > range_) return std::nullopt;
    if (value >= from.value) {
      const std::uint64_t counts = value - from.value;
      if (plausible(counts, between(from.changed_ns, now_ns))) return counts;
    } else if (wraps_ && range_ != 0 && from.value <= range_) {
      const std::uint64_t counts = value + (range_ - from.value);
      if (plausible(counts, between(from.read_ns, now_ns))) return counts;
    }
    return std::nullopt;
  }

  constexpr counter_step hold(std::uint64_t value, std::int64_t now_ns) noexcept {
    holding_ = true;
    held_ = {value, now_ns, now_ns};
    return {counter_event::suspect};
  }
  constexpr counter_step accept(counter_event what, std::uint64_t counts, std::uint64_t value,
                                std::int64_t now_ns, bool lower_bound = false) noexcept {
    // Only between two readings can a whole round hide.
    const bool round_hidden =
        wraps_ && range_ != 0 &&
        counts_per_ns_ * between(accepted_.read_ns, now_ns) > static_cast<double>(range_);
    holding_ = false;
    accepted_ = {value, value == accepted_.value ? accepted_.changed_ns : now_ns, now_ns};
    return {what, counts, lower_bound || round_hidden};
  }

  /// The reading after a suspect one decides between the two baselines.
  constexpr counter_step resolve(std::uint64_t value, std::int64_t now_ns) noexcept {
    if (range_ != 0 && held_.value > range_ && value > held_.value && advances_steadily(value, now_ns)) {
      range_ = 0;  // it counts on smoothly past its range: the range is wrong
      return accept(counter_event::advanced, value - accepted_.value, value, now_ns);
    }
    const bool fell = held_.value < accepted_.value;
    // Round the corner and past the held value: the way there was found too far already, when it was held.
    const bool past_held = fell && value >= held_.value && value < accepted_.value;
    if (!past_held)
      if (const auto counts = continued(accepted_, value, now_ns))
        return accept(counter_event::glitch, *counts, value, now_ns);

    if (value == held_.value) {  // text that is stuck for a while, or truly a new place: wait until it moves
      held_.read_ns = now_ns;
      return {counter_event::suspect};
    }
    if (const auto counts = continued(held_, value, now_ns)) {
      const bool from_zero = fell && plausible(held_.value, between(accepted_.read_ns, held_.changed_ns));
      return accept(fell ? counter_event::reset : counter_event::jump,
                    *counts + (from_zero ? held_.value : 0), value, now_ns, true);
    }
    if (advances_steadily(value, now_ns)) {
      const double rate =
          static_cast<double>(value - accepted_.value) / between(accepted_.changed_ns, now_ns);
      if (rate > counts_per_ns_) counts_per_ns_ = rate;  // it draws more than it is rated for
      return accept(counter_event::advanced, value - accepted_.value, value, now_ns);
    }
    return hold(value, now_ns);
  }

  /// Whether accepted, held and new value lie on one line: either both steps are small, or about equally
  /// steep.
  constexpr bool advances_steadily(std::uint64_t value, std::int64_t now_ns) const noexcept {
    if (!(accepted_.value < held_.value && held_.value < value)) return false;
    const std::uint64_t one = held_.value - accepted_.value, two = value - held_.value;
    const double t1 = between(accepted_.changed_ns, held_.changed_ns), t2 = between(held_.changed_ns, now_ns);
    if (plausible(one, t1) && plausible(two, t2)) return true;
    if (t1 < 1e6 || t2 < 1e6) return false;  // too short for a rate
    const double r1 = static_cast<double>(one) / t1, r2 = static_cast<double>(two) / t2;
    return r1 <= 2 * r2 && r2 <= 2 * r1 && r1 <= most_counts_per_ns_ && r2 <= most_counts_per_ns_;
  }

  std::uint64_t range_;
  bool wraps_;
  double counts_per_ns_;
  double most_counts_per_ns_;
  std::int64_t slack_ns_;
  bool started_ = false;
  bool holding_ = false;
  point accepted_{};
  point held_{};
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
