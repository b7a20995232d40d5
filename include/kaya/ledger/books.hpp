// SPDX-License-Identifier: MIT
// The books: accepted changes of counted channels become whole microjoules on lines and epochs. Whatever
// arrives late, the sum of what the lines own is the total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/ledger/accounts.hpp>
#include <kaya/ledger/bounds.hpp>
#include <kaya/ledger/entries.hpp>
#include <kaya/ledger/epoch_list.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/ledger/spread.hpp>
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class books {
 public:
  /// max_lines: epochs kept as lines of their own; beyond it older ones are merged pairwise.
  books(pricing p, int max_lines) : pricing_(static_cast<pricing&&>(p)), epochs_(max_lines) {}

  const amount& line(name_id n) const noexcept {
    static constexpr amount nothing{};
    return n < lines_.size() ? lines_[n] : nothing;
  }
  const amount& total() const noexcept { return total_; }
  /// All that was used while an epoch was open, each instant once.
  const amount& epochs_total() const noexcept { return epochs_total_; }
  const component_sum& of(meter::component part) const noexcept {
    return parts_[static_cast<std::size_t>(part)];
  }
  const epoch_list& epochs() const noexcept { return epochs_; }
  epoch_list& epochs() noexcept { return epochs_; }

  /// CO2e of an amount or epoch: what is priced, and the rest at what the open bin's rate is so far.
  template <class T>
  double grams(const T& of) const noexcept {
    const std::int64_t rest = of.total_uj() - of.priced_uj;
    return rest == 0 ? of.grams
                     : of.grams + static_cast<double>(rest) * open_rate().grams_per_microjoule(pricing_.pue);
  }
  pricing::rate open_rate() const noexcept { return pricing_.over(bin_.begin, bin_.end); }
  /// Intervals whose intensity was not known throughout, though it was to change with time.
  std::uint64_t fallbacks() const noexcept {
    return fallbacks_ + (bin_.open && pricing_.varies() && falls_back(open_rate()));
  }
  /// Energy whose intensity came from the series, and from the live source, in microjoules.
  double by_series_uj() const noexcept { return by_series_uj_ + unpriced_uj() * open_rate().by_series; }
  double by_live_uj() const noexcept { return by_live_uj_ + unpriced_uj() * open_rate().by_live; }
  const ledger::bin& bin() const noexcept { return bin_; }

  void record_with(recorder* r) noexcept { recorder_ = r; }
  /// Prices what the open bin holds.
  void close_bin(bool settled = true) noexcept {
    if (!bin_.open) return;
    bin_.open = false;
    ++bin_.number;
    bin_.rate = open_rate(), bin_.pue = pricing_.pue;
    price_rest(bin_.rate, bin_.pue, pricing_.varies());
    take_note(settled);
  }
  /// A cut is settled.
  void end_cut() noexcept {
    if (bin_.open && bin_.end >= bin_.edge) close_bin();
    else if (half_noted_) take_note();
  }

  /// For so many names, so that spread() cannot fail.
  void make_room(std::size_t names) {
    divider_.make_room(names);
    whole_.make_room(names);
    if (lines_.size() < names) lines_.resize(names);
  }

  int open_epoch(std::int64_t at) {
    if (epochs_.is_full()) {
      take_note();
      epochs_.merge_old();
      take_note();
    }
    return epochs_.begin(at);
  }
  /// As epoch_list's.
  bool rewind(int index) noexcept {
    if (bin_.open) close_bin();
    else take_note();
    const bool shared = epochs_.rewind(index);
    take_note();
    return shared;
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
      post(s, t.channel().part, upto - given, change.certain, unix_offset);
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
    const epoch_record* e = epochs_.find(index);
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
  void widen(const interval_weights& w, const bounds& limits) noexcept {
    for (const name_id n : w.touched) {
      limits.add(w.own[n], lines_[n].own);
      limits.add(w.all[n], lines_[n].total);
    }
  }

  void price_rest(const pricing::rate& r, double pue, bool varies) noexcept {
    by_series_uj_ += unpriced_uj() * r.by_series;
    by_live_uj_ += unpriced_uj() * r.by_live;
    fallbacks_ += varies && falls_back(r);
    const double price = r.grams_per_microjoule(pue);
    const auto settle = [price](auto& a) {
      a.grams += static_cast<double>(a.total_uj() - a.priced_uj) * price;
      a.priced_uj = a.total_uj();
    };
    settle(total_);
    settle(epochs_total_);
    for (component_sum& c : parts_) settle(c);
    for (amount& a : lines_) settle(a);
    epochs_.each(settle);
  }
  double unpriced_uj() const noexcept { return static_cast<double>(total_.own_uj - total_.priced_uj); }
  static bool falls_back(const pricing::rate& r) noexcept { return r.by_series + r.by_live < 1 - 1e-9; }
  void take_note(bool settled = true) noexcept {
    half_noted_ = !settled;
    if (recorder_ != nullptr) recorder_->take(settled);
  }
  /// Energy of a span of unix time is about to come: it goes into the open bin, or into a new one.
  void turn_to(std::int64_t begin, std::int64_t end) noexcept {
    constexpr std::int64_t little = 1'000'000'000;
    if (bin_.open) {
      if (pricing_.live) bin_.edge = sooner(bin_.edge, pricing_.next_edge(bin_.begin));
      const std::int64_t beyond = sooner(little, (bin_.end - bin_.begin) / 50);
      if (begin < bin_.begin - little || end > bin_.edge + beyond) close_bin(false);
    }
    if (!bin_.open) {
      bin_.open = true;
      bin_.begin = begin, bin_.end = end;
      bin_.edge = pricing_.next_edge(begin);
      if (end > bin_.edge) bin_.edge = end;
    }
    if (begin < bin_.begin) bin_.begin = begin;
    if (end > bin_.end) bin_.end = end;
  }
  static std::int64_t sooner(std::int64_t a, std::int64_t b) noexcept { return a < b ? a : b; }
  void post(const segment& s, meter::component part, std::int64_t microjoules, bool certain,
            std::int64_t unix_offset) noexcept {
    turn_to(s.begin + unix_offset, s.end + unix_offset);
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
      }
    } else {  // a segment without time: nobody's
      lines_[outside_line].own_uj += microjoules;
    }
    total_.own_uj += microjoules;
    parts_[static_cast<std::size_t>(part)].microjoules += microjoules;
    if (s.epochs.empty()) return;
    epochs_total_.own_uj += microjoules;
    const double covered = certain ? static_cast<double>(s.end - s.begin) : 0;
    for (const int index : s.epochs) epochs_.add(index, microjoules, covered);
  }

  pricing pricing_;
  std::vector<amount> lines_{};
  amount total_{}, epochs_total_{};
  component_sum parts_[components]{};
  epoch_list epochs_;
  divider divider_{};
  interval_weights whole_{};
  friend struct detail::journal::persistence;
  ledger::bin bin_{};
  recorder* recorder_ = nullptr;
  std::uint64_t fallbacks_ = 0;
  double by_series_uj_ = 0, by_live_uj_ = 0;
  bool half_noted_ = false;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
