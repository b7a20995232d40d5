// SPDX-License-Identifier: MIT
// An energy counter of a GPU with its power reading as a second opinion. Some counters stand still for a
// whole program while the card is at work (AMD MI100: amdsmi issue 38, MI210: rocm_smi_lib issue 180, 2024):
// then the power, integrated, stands in, until the counter moves again. A pure rule: no files, no clock.
#pragma once

#include <cstdint>
#include <optional>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The count to report for one counter of a device that also tells its power. Never less than before, but for
/// a count that itself fell; no energy is in it twice.
class backed_counter {
 public:
  struct answer {
    std::uint64_t count = 0;
    bool integrated = false;  // there is integrated power in the step to this count
  };

  /// rated_watts: what the device is limited to, 0 if unknown.
  constexpr backed_counter(double rated_watts, double microjoules_per_count) noexcept
      : busy_watts_(rated_watts * busy_share > least_watts ? rated_watts * busy_share : least_watts),
        most_watts_(rated_watts > 1000 ? rated_watts : 1000),
        counts_per_watt_ns_(1e-3 / (microjoules_per_count > 0 ? microjoules_per_count : 1)) {}

  /// Takes one reading, made at now_ns on a steady clock. watts: empty if the power could not be read.
  constexpr answer next(std::uint64_t count, std::optional<double> watts, std::int64_t now_ns) noexcept {
    if (!started_) {
      started_ = true;
      settle(count, 0, now_ns);
      watch(watts, now_ns);
      return {count};
    }
    if (count != last_ && !believable(count, now_ns)) return doubted(count, watts, now_ns);
    doubt_.reset();
    const double before = drawn_;
    watch(watts, now_ns);
    if (count == last_) return stand(now_ns);
    return move(count, before, now_ns);
  }

  /// Nothing could be read: what was drawn until the next reading is not known from power.
  constexpr void skip() noexcept {
    bridged_ = false;
    busy_since_.reset();
  }

 private:
  // A card that idles may stop its counter with good reason; one that draws a tenth of its limit may not.
  static constexpr double busy_share = 0.1, least_watts = 5;
  static constexpr std::int64_t patience_ns = 1'000'000'000;
  // As in counter.hpp: no step of more than 1.5 times what the device can have drawn is energy.
  static constexpr double headroom = 1.5;
  static constexpr std::int64_t slack_ns = 200'000'000;  // two updates of a slow counter

  constexpr std::uint64_t whole(double counts) const noexcept { return static_cast<std::uint64_t>(counts); }

  constexpr void settle(std::uint64_t count, std::uint64_t offset, std::int64_t now_ns) noexcept {
    last_ = count;
    offset_ = offset;
    drawn_ = shown_ = 0;
    changed_ns_ = now_ns;
    backing_ = false;
    doubt_.reset();
  }

  /// Integrates the power by the trapezium rule, since the count last changed. Who reads a counter that moves
  /// need not ask for power: then the first answer holds for all of its interval.
  constexpr void watch(std::optional<double> watts, std::int64_t now_ns) noexcept {
    if (watts && !(*watts >= 0 && *watts <= 1e4)) watts.reset();
    if (watts && bridged_ && now_ns > read_ns_)
      drawn_ += (*watts + watts_.value_or(*watts)) / 2 * static_cast<double>(now_ns - read_ns_) *
                counts_per_watt_ns_;
    if (!watts || *watts <= busy_watts_) busy_since_.reset();
    else if (!busy_since_) busy_since_ = now_ns;
    watts_ = watts;
    read_ns_ = now_ns;
    bridged_ = true;
  }

  constexpr answer stand(std::int64_t now_ns) noexcept {
    const std::int64_t since = busy_since_ && *busy_since_ > changed_ns_ ? *busy_since_ : changed_ns_;
    if (busy_since_ && now_ns - since >= patience_ns) backing_ = true;
    // All of it since the last change: the first second was drawn as well as those that follow.
    if (backing_) shown_ = drawn_;
    return {last_ + offset_ + whole(shown_), backing_};
  }

  /// It moves. Does the step hold what was drawn while it stood still? If so the count is the truth, as far
  /// as it goes beyond what was reported; if not, that time has the integrated power, and the step is left
  /// out, as it lies in the same time.
  constexpr answer move(std::uint64_t count, double before, std::int64_t now_ns) noexcept {
    const std::uint64_t step = count - last_;
    std::uint64_t advance = step;
    if (backing_) {
      const bool caught_up = static_cast<double>(step) >= before / 2;
      const std::uint64_t least = whole(caught_up ? shown_ : (drawn_ > shown_ ? drawn_ : shown_));
      if (least > advance) advance = least;
    }
    settle(count, offset_ + (advance - step), now_ns);
    return {last_ + offset_, advance != step};
  }

  constexpr bool believable(std::uint64_t count, std::int64_t now_ns) const noexcept {
    return count > last_ && within(count - last_, now_ns - changed_ns_);
  }
  constexpr bool within(std::uint64_t counts, std::int64_t elapsed_ns) const noexcept {
    const double ns = static_cast<double>(elapsed_ns > 0 ? elapsed_ns : 0) + static_cast<double>(slack_ns);
    return static_cast<double>(counts) <= headroom * most_watts_ * ns * counts_per_watt_ns_;
  }

  /// A count that fell or leapt is passed on as it is, for the rule of counters to judge. It is the new place
  /// once it moves on from there, or has stood there for a second; if not, it was nonsense.
  constexpr answer doubted(std::uint64_t count, std::optional<double> watts, std::int64_t now_ns) noexcept {
    watch(watts, now_ns);
    const bool fell = count < last_;
    const bool same_way = doubt_ && (doubt_->count < last_) == fell;
    const bool stays = same_way && count == doubt_->count;
    const bool moves_on =
        same_way && count > doubt_->count && within(count - doubt_->count, now_ns - doubt_->since_ns);
    if (moves_on || (stays && now_ns - doubt_->since_ns >= patience_ns))
      settle(count, fell ? 0 : offset_ + whole(shown_), now_ns);
    else if (!stays) doubt_ = {count, now_ns};
    return {count + (fell ? 0 : offset_ + whole(shown_))};
  }

  struct point {
    std::uint64_t count = 0;
    std::int64_t since_ns = 0;
  };

  double busy_watts_, most_watts_, counts_per_watt_ns_;
  bool started_ = false;
  bool backing_ = false;      // power stands in
  std::uint64_t last_ = 0;    // the counter's own
  std::uint64_t offset_ = 0;  // what it missed, in counts
  std::int64_t changed_ns_ = 0, read_ns_ = 0;
  double drawn_ = 0;  // counts since the last change, by power
  double shown_ = 0;  // of those, what has been reported
  std::optional<double> watts_{};
  bool bridged_ = false;  // there was a reading before, and no failure since
  std::optional<std::int64_t> busy_since_{};
  std::optional<point> doubt_{};
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
