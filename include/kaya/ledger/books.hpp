// SPDX-License-Identifier: MIT
// The books: accepted changes of counted channels become whole microjoules on lines and epochs. Whatever
// arrives late, the sum of what the lines own is the total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/ledger/accounts.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/ledger/spread.hpp>
#include <kaya/ledger/timeline.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Within which the truth lies, in microjoules: a sample tells the energy since the one before, not when in
/// between it was used.
struct range {
  double low = 0, high = 0;
};

/// What a line or the run used.
struct amount {
  std::int64_t own_uj = 0;    // as the innermost
  std::int64_t inner_uj = 0;  // by what it encloses on its threads
  double grams = 0;           // CO2e of both
  range own{}, total{};

  std::int64_t total_uj() const noexcept { return own_uj + inner_uj; }
};

/// One epoch, or several old neighbours merged into one line.
struct epoch_record {
  int index = 0, last = 0;          // the first and the last epoch in this line
  std::int64_t begin = 0, end = 0;  // ticks; end of an open one: the last cut
  bool open = true;
  std::int64_t microjoules = 0;  // settled so far
  double grams = 0;
  double work = 0;
  double covered = 0;   // ticks x channels whose energy is known
  double duration = 0;  // ticks open
  std::vector<std::pair<std::string, double>> metrics{};
};

class books {
 public:
  /// max_lines: epochs kept as lines of their own; beyond it older ones are merged pairwise.
  books(pricing p, int max_lines) : pricing_(static_cast<pricing&&>(p)), max_lines_(max_lines) {}

  const amount& line(name_id n) const noexcept {
    static constexpr amount nothing{};
    return n < lines_.size() ? lines_[n] : nothing;
  }
  const amount& total() const noexcept { return total_; }
  /// All that was used while an epoch was open, each instant once.
  const amount& epochs_total() const noexcept { return epochs_total_; }
  const std::vector<epoch_record>& epochs() const noexcept { return epochs_; }
  const std::vector<int>& open_epochs() const noexcept { return open_; }
  /// Intervals whose intensity was not known throughout, though it was to change with time.
  std::uint64_t fallbacks() const noexcept { return fallbacks_; }
  /// Energy whose intensity came from the series, and from the live source, in microjoules.
  double by_series_uj() const noexcept { return by_series_uj_; }
  double by_live_uj() const noexcept { return by_live_uj_; }

  /// For so many names, so that spread() cannot fail.
  void make_room(std::size_t names) {
    divider_.make_room(names);
    whole_.make_room(names);
    if (lines_.size() < names) lines_.resize(names);
  }

  int open_epoch(std::int64_t at) {
    merge_old_lines();
    open_.reserve(open_.size() + 1);
    const int index = next_epoch_++;
    epochs_.push_back({.index = index, .last = index, .begin = at, .end = at});
    open_.push_back(index);
    return index;
  }
  void close_epoch(int index, std::int64_t at) noexcept {
    for (std::size_t i = 0; i < open_.size(); ++i)
      if (open_[i] == index) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
    if (epoch_record* e = epoch(index)) {
      e->open = false;
      e->end = at;
    }
  }
  /// The line that holds an epoch.
  epoch_record* epoch(int index) noexcept {
    std::size_t low = 0, high = epochs_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (epochs_[middle].last < index) low = middle + 1;
      else high = middle;
    }
    return low < epochs_.size() && epochs_[low].index <= index ? &epochs_[low] : nullptr;
  }
  const epoch_record* epoch(int index) const noexcept { return const_cast<books*>(this)->epoch(index); }

  /// Time passed while epochs were open.
  void extend_open_epochs(std::int64_t begin, std::int64_t end) noexcept {
    for (const int index : open_)
      if (epoch_record* e = epoch(index)) {
        e->end = end;
        e->duration += static_cast<double>(end - begin);
      }
  }

  /// Spreads a change of a counted channel over its waiting segments: between segments by time, within one
  /// over names by effective ticks. unix_offset: unix nanoseconds at tick 0.
  void spread(const timeline& t, const timeline::outcome& change, std::int64_t unix_offset) noexcept {
    const std::vector<segment>& waiting = t.waiting();
    std::int64_t span = 0, in_epochs = 0;
    for (const segment& s : waiting) {
      span += s.end - s.begin;
      if (!s.epochs.empty()) in_epochs += s.end - s.begin;
    }
    std::int64_t given = 0, passed = 0;
    for (const segment& s : waiting) {
      passed += s.end - s.begin;
      std::int64_t upto = change.microjoules;
      if (passed < span)
        upto = static_cast<std::int64_t>(static_cast<double>(change.microjoules) *
                                         (static_cast<double>(passed) / static_cast<double>(span)));
      if (upto < given) upto = given;
      post(s, upto - given, change.certain, unix_offset);
      given = upto;
    }
    const bounds limits(t.channel(), change, static_cast<double>(span));
    limits.add(static_cast<double>(in_epochs), epochs_total_.total);
    if (waiting.size() == 1) return widen(waiting[0].weights, limits);
    whole_.clear();
    for (const segment& s : waiting) whole_.add(s.weights);
    widen(whole_, limits);
  }

  /// An epoch's energy with what waits in the timelines' segments at their last rates, in microjoules; NaN if
  /// no channel has a value, or no sample was made since it began.
  double provisional(int index, const std::vector<timeline>& timelines) const noexcept {
    const epoch_record* e = epoch(index);
    if (e == nullptr || (e->open && !(e->duration > 0))) return detail::not_a_number;
    double sum = static_cast<double>(e->microjoules);
    bool known = false;
    for (const timeline& t : timelines) {
      if (!t.counted() || !t.has_value) continue;
      known = true;
      if (!(t.rate() > 0)) continue;
      for (const segment& s : t.waiting())
        for (const int open : s.epochs)
          if (open == index) sum += t.rate() * static_cast<double>(s.end - s.begin);
    }
    return known ? sum : detail::not_a_number;
  }

 private:
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
  void widen(const interval_weights& w, const bounds& limits) noexcept {
    for (const name_id n : w.touched) {
      limits.add(w.own[n], lines_[n].own);
      limits.add(w.all[n], lines_[n].total);
    }
  }

  void post(const segment& s, std::int64_t microjoules, bool certain, std::int64_t unix_offset) noexcept {
    const pricing::rate price = pricing_.over(s.begin + unix_offset, s.end + unix_offset);
    by_series_uj_ += static_cast<double>(microjoules) * price.by_series;
    by_live_uj_ += static_cast<double>(microjoules) * price.by_live;
    if (pricing_.varies() && price.by_series + price.by_live < 1 - 1e-9) ++fallbacks_;
    const double grams = static_cast<double>(microjoules) * price.grams_per_microjoule;

    divider_.begin();
    for (const name_id n : s.weights.touched) divider_.add(s.weights.own[n]);
    double span = 0;
    for (const name_id n : s.weights.touched) span += s.weights.own[n];
    if (divider_.divide(microjoules)) {
      for (std::size_t i = 0; i < s.weights.touched.size(); ++i) {
        const name_id n = s.weights.touched[i];
        const double inner = s.weights.all[n] - s.weights.own[n];
        const std::int64_t inner_uj =
            inner > 0 ? static_cast<std::int64_t>(static_cast<double>(microjoules) * (inner / span) + 0.5)
                      : 0;
        lines_[n].own_uj += divider_.part(i);
        lines_[n].inner_uj += inner_uj;
        lines_[n].grams += static_cast<double>(divider_.part(i) + inner_uj) * price.grams_per_microjoule;
      }
    } else {  // a segment without time: nobody's
      lines_[outside_line].own_uj += microjoules;
      lines_[outside_line].grams += grams;
    }
    total_.own_uj += microjoules;
    total_.grams += grams;
    if (s.epochs.empty()) return;
    epochs_total_.own_uj += microjoules;
    epochs_total_.grams += grams;
    for (const int index : s.epochs)
      if (epoch_record* e = epoch(index)) {
        e->microjoules += microjoules;
        e->grams += grams;
        if (certain) e->covered += static_cast<double>(s.end - s.begin);
      }
  }

  /// Halves the lines of the older half by merging closed neighbours.
  void merge_old_lines() {
    if (max_lines_ <= 0 || epochs_.size() < static_cast<std::size_t>(max_lines_)) return;
    const std::size_t old = epochs_.size() / 2;
    std::size_t to = 0;
    for (std::size_t from = 0; from < epochs_.size(); ++to, ++from) {
      if (to != from) epochs_[to] = static_cast<epoch_record&&>(epochs_[from]);
      if (from + 1 >= old || epochs_[to].open || epochs_[from + 1].open) continue;
      epoch_record& into = epochs_[to];
      epoch_record& gone = epochs_[++from];
      into.last = gone.last;
      if (gone.end > into.end) into.end = gone.end;
      into.microjoules += gone.microjoules;
      into.grams += gone.grams;
      into.work += gone.work;
      into.covered += gone.covered;
      into.duration += gone.duration;
      if (!gone.metrics.empty())
        into.metrics = static_cast<decltype(gone.metrics)&&>(gone.metrics);  // the newest
    }
    epochs_.resize(to);
  }

  pricing pricing_;
  std::vector<amount> lines_{};
  amount total_{}, epochs_total_{};
  std::vector<epoch_record> epochs_{};
  std::vector<int> open_{};
  divider divider_{};
  interval_weights whole_{};
  std::uint64_t fallbacks_ = 0;
  double by_series_uj_ = 0, by_live_uj_ = 0;
  int next_epoch_ = 0;
  int max_lines_;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
