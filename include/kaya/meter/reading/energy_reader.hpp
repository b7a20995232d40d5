// SPDX-License-Identifier: MIT
// From readings of a channel to whole microjoules: counts by the rule of counters, power by the trapezium
// rule. Parts of a microjoule are carried. A pure rule.
#pragma once

#include <cstdint>

#include <kaya/meter/reading/counter.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

class energy_reader {
 public:
  struct step {
    counter_event what = counter_event::first;
    std::int64_t microjoules = 0;
    bool ambiguous = false;  // a lower bound
    /// It tells the energy since the last one that did.
    bool known() const noexcept {
      return what != counter_event::first && what != counter_event::unchanged &&
             what != counter_event::suspect && (what != counter_event::glitch || microjoules > 0);
    }
  };

  explicit energy_reader(const channel& c) noexcept
      : numerator_(c.unit_numerator),
        denominator_(c.unit_denominator > 0 ? c.unit_denominator : 1),
        is_power_(c.kind == reading_kind::power),
        rule_(c.range, c.wraps, presumed_watts(c),
              static_cast<double>(numerator_) / static_cast<double>(denominator_), c.update_period_ns) {}

  /// What is no power: no number, below 0, or more than 1 MW of one device.
  bool is_nonsense(const measurement& m) const noexcept {
    return is_power_ && !(m.watts >= 0 && m.watts <= most_watts);
  }

  /// There was no value. Power over a longer gap is not known; a counter has counted on.
  void skip() noexcept { skipped_ = true; }
  /// Takes a reading that has a value.
  step next(const measurement& m, std::int64_t now_ns) noexcept {
    if (is_power_) return next_power(m.watts, now_ns);
    const counter_step s = rule_.next(m.count, now_ns);
    return {s.what, to_microjoules(s.counts), s.ambiguous};
  }

 private:
  static constexpr double most_watts = 1e6;
  static constexpr std::int64_t longest_gap_ns = 2'000'000'000;

  step next_power(double watts, std::int64_t now_ns) noexcept {
    const double mean = (watts_ + watts) / 2;
    const std::int64_t since = read_ns_;
    watts_ = watts;
    read_ns_ = now_ns;
    const bool gap = skipped_ && now_ns - since > longest_gap_ns;
    skipped_ = false;
    if (!started_ || gap) {
      started_ = true;
      return {};
    }
    part_uj_ += mean * static_cast<double>(now_ns - since) * 1e-3;  // W x ns = 1e-3 uJ
    const auto whole = static_cast<std::int64_t>(part_uj_);
    part_uj_ -= static_cast<double>(whole);
    return {counter_event::advanced, whole};
  }
  /// Exactly, whatever the fraction: the remainder is carried. At most the highest of 64 bits.
  std::int64_t to_microjoules(std::uint64_t counts) noexcept {
    constexpr auto most = static_cast<std::uint64_t>(INT64_MAX);
    const std::uint64_t whole = counts / denominator_, part = counts % denominator_;
    std::uint64_t microjoules = 0;
    if (numerator_ == 0 || part <= (UINT64_MAX - remainder_) / numerator_) {
      const std::uint64_t rest = part * numerator_ + remainder_;
      microjoules = rest / denominator_;
      remainder_ = rest % denominator_;
    } else {
      microjoules = long_division(part);
    }
    if (numerator_ > 0 && whole > (most - (microjoules < most ? microjoules : most)) / numerator_)
      return INT64_MAX;
    microjoules += whole * numerator_;
    return static_cast<std::int64_t>(microjoules < most ? microjoules : most);
  }
  /// part * numerator + remainder in denominators, where that product does not fit: a bit of the numerator at
  /// a time, so that no figure exceeds the denominator (not every target has 128 bits).
  std::uint64_t long_division(std::uint64_t part) noexcept {
    std::uint64_t quotient = 0, rest = 0;
    const auto add = [&](std::uint64_t x) {  // x and rest are less than the denominator
      const bool over = rest >= denominator_ - x;
      rest = over ? rest - (denominator_ - x) : rest + x;
      quotient += over;
    };
    for (int bit = 63; bit >= 0; --bit) {
      quotient *= 2;
      add(rest);
      if ((numerator_ >> bit & 1) != 0) add(part);
    }
    add(remainder_);
    remainder_ = rest;
    return quotient;
  }

  std::uint64_t numerator_, denominator_, remainder_ = 0;
  bool is_power_, started_ = false, skipped_ = false;
  counter rule_;
  double watts_ = 0, part_uj_ = 0;
  std::int64_t read_ns_ = 0;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
