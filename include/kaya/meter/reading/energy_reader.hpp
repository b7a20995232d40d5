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
        denominator_(c.unit_denominator),
        is_power_(c.kind == reading_kind::power),
        rule_(c.range, c.wraps, c.rated_watts,
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
  /// Exactly: the remainder is carried.
  std::int64_t to_microjoules(std::uint64_t counts) noexcept {
    const std::uint64_t rest = counts % denominator_ * numerator_ + remainder_;
    remainder_ = rest % denominator_;
    return static_cast<std::int64_t>(counts / denominator_ * numerator_ + rest / denominator_);
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
