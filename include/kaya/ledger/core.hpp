// SPDX-License-Identifier: MIT
// The ledger without threads: stamps go in, tick(now) reads every channel and settles what lies before. Time
// and meters are injected, so that tests neither sleep nor race.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/accounts.hpp>
#include <kaya/ledger/books.hpp>
#include <kaya/ledger/clock.hpp>
#include <kaya/ledger/events.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Everything here but read() is called under the ledger's lock; read() by one thread at a time, without it.
class core {
 public:
  /// channels: those of one source stand together.
  core(clock& c, const std::vector<meter::bound_channel>& channels, pricing p, int max_epoch_lines)
      : clock_(c), books_(static_cast<pricing&&>(p), max_epoch_lines) {
    for (const meter::bound_channel& b : channels) {
      timelines_.emplace_back(b.what);
      places_.push_back({b.meter, b.index});
    }
    readings_.resize(timelines_.size());
    stamps_.reserve(stamp_limit);
  }
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  static constexpr std::size_t stamp_limit = 4096;

  /// The run begins: the first reading of every channel is its baseline.
  void start(std::int64_t now) {
    start_ = cut_ = now;
    start_unix_ns_ = clock_.unix_ns();
    awake_ = clock_.with_suspend() - clock_.now();
    accounts_.start(now);
    tick(now);
  }
  /// One round: read, then settle.
  void tick(std::int64_t now) {
    read(now);
    settle(now);
  }

  /// Reads every channel that can be read. Blocks as long as the meters do; touches no books.
  void read(std::int64_t now) noexcept {
    const std::int64_t began = clock_.now();
    const meter::source* round_of = nullptr;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      meter::source* const source = places_[i].meter.get();
      if (source == nullptr || timelines_[i].channel().why) continue;
      if (source != round_of) source->begin_round();
      round_of = source;
      readings_[i] = source->read(places_[i].index, now);
    }
    if (const std::int64_t took = clock_.now() - began; took > longest_round) longest_round = took;
  }

  name_id intern(std::string_view name) { return accounts_.intern(name); }

  /// Takes a stamp. Stamps come with ticks that never decrease. A full log is folded into the accounts at
  /// once: slower for a moment, never lossy.
  void push(stamp s) {
    if (s.ticks < accounts_.now()) {
      s.ticks = accounts_.now();
      ++late_stamps;
    }
    ++stamps;
    if (stamps_.size() == stamp_limit) fold(std::numeric_limits<std::int64_t>::max());
    stamps_.push_back(s);
  }

  /// Settles the interval up to a cut with the readings made there. Gives the cut that took effect.
  std::int64_t settle(std::int64_t cut) {
    fold(cut);
    const interval_weights& weights = accounts_.end_interval(cut);
    cut = accounts_.now();
    const std::int64_t unix_offset = clock_.unix_ns() - clock_.now();
    const std::int64_t begin = cut_;
    cut_ = cut;
    ++samples;
    if (cut - begin > longest_gap) longest_gap = cut - begin;
    watch_the_clock();
    books_.extend_open_epochs(begin, cut);
    if (!books_.open_epochs().empty()) epoch_ticks_ += cut - begin;
    double joules_per_tick = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < timelines_.size(); ++i) {
      timeline& t = timelines_[i];
      if (t.channel().why || !places_[i].meter) continue;
      if (cut > begin) t.extend(begin, cut, weights, books_.open_epochs());
      const timeline::outcome outcome = t.accept(readings_[i], cut);
      if (outcome.what != timeline::incident::none) file(t, outcome.what);
      if (outcome.known) {
        if (t.counted()) books_.spread(t.waiting(), outcome, unix_offset);
        t.settled();
      } else if (t.waiting().size() > most_waiting) {
        t.forget_all_but(most_waiting / 2);
        file(severity::warning, "did not change over many epochs: what it counts later goes to the last ones",
             t);
      }
      watch_for_standstill(t);
      if (t.counted() && t.rate() == t.rate())
        joules_per_tick = (joules_per_tick == joules_per_tick ? joules_per_tick : 0) + t.rate() * 1e-6;
    }
    accounts_.price_interval(joules_per_tick);
    return cut;
  }

  /// Both edges of an epoch are cuts: call right after settle().
  int open_epoch() {
    const int index = books_.open_epoch(cut_);
    accounts_.set_epoch_open(true);
    return index;
  }
  void close_epoch(int index) noexcept {
    books_.close_epoch(index, cut_);
    ++accounts_.edit(epoch_line_id).count;
    accounts_.set_epoch_open(!books_.open_epochs().empty());
  }

  // What reports are made of.
  const ledger::accounts& accounts() const noexcept { return accounts_; }
  const ledger::books& books() const noexcept { return books_; }
  ledger::books& books() noexcept { return books_; }
  const std::vector<timeline>& timelines() const noexcept { return timelines_; }
  std::int64_t start_ticks() const noexcept { return start_; }
  std::int64_t start_unix_ns() const noexcept { return start_unix_ns_; }
  std::int64_t cut() const noexcept { return cut_; }
  std::int64_t epoch_ticks() const noexcept { return epoch_ticks_; }
  std::int64_t suspended() const noexcept { return suspended_; }
  event_list& events() noexcept { return events_; }
  const event_list& events() const noexcept { return events_; }

  /// Whether any counted channel has delivered energy, so that a total is known.
  bool anything_known() const noexcept {
    for (const timeline& t : timelines_)
      if (t.counted() && t.has_value) return true;
    return false;
  }
  /// Whether a channel's last reading needs another one to be understood.
  bool unresolved() const noexcept {
    for (const timeline& t : timelines_)
      if (t.unresolved()) return true;
    return false;
  }
  /// Read but not yet spread: what slow counters will bring is not in any total.
  std::size_t waiting_segments() const noexcept {
    std::size_t n = 0;
    for (const timeline& t : timelines_) n += t.waiting().size();
    return n;
  }
  /// Memory of stamps, lines and waiting segments, about.
  std::size_t bytes() const noexcept {
    const std::size_t names = accounts_.lines().size();
    return sizeof *this + stamps_.capacity() * sizeof(stamp) +
           names * (sizeof(ledger::accounts::line) + sizeof(amount) +
                    2 * sizeof(double) * (waiting_segments() + 1)) +
           timelines_.size() * sizeof(timeline) + books_.epochs().size() * sizeof(epoch_record);
  }
  /// The longest time between samples with which no counter can start again twice unseen: half its shortest
  /// wrap, in ticks.
  std::int64_t longest_safe_period() const noexcept {
    double shortest = 3600e9;
    for (const timeline& t : timelines_) {
      const meter::channel& c = t.channel();
      if (c.kind != meter::reading_kind::counter || !c.wraps || c.range == 0 || c.why) continue;
      const double microjoules = static_cast<double>(c.range) * static_cast<double>(c.unit_numerator) /
                                 static_cast<double>(c.unit_denominator);
      const double watts = c.rated_watts > 0 ? c.rated_watts : meter::unrated_watts;
      const double half_wrap_ns = microjoules * 1e3 / (2 * watts);
      if (half_wrap_ns < shortest) shortest = half_wrap_ns;
    }
    return static_cast<std::int64_t>(shortest);
  }
  void file(severity level, std::string_view what, std::string_view where, bool deliver = true) noexcept {
    events_.file(since_start(clock_.now()), level, what, where, deliver);
  }
  seconds since_start(std::int64_t ticks) const noexcept {
    return seconds(static_cast<double>(ticks - start_) * seconds_per_tick);
  }

  std::uint64_t samples = 0, stamps = 0, late_stamps = 0;
  std::int64_t longest_gap = 0;    // ticks between two samples, at most
  std::int64_t longest_round = 0;  // ticks that reading all meters took, at most

 private:
  static constexpr std::size_t most_waiting = 512;  // segments that a channel may keep

  /// Applies the stamps up to a tick.
  void fold(std::int64_t upto) {
    std::size_t n = 0;
    while (n < stamps_.size() && stamps_[n].ticks <= upto) accounts_.apply(stamps_[n++]);
    stamps_.erase(stamps_.begin(), stamps_.begin() + static_cast<std::ptrdiff_t>(n));
  }

  void file(severity level, std::string_view what, const timeline& t) noexcept {
    file(level, what, t.channel().name);
  }
  void file(timeline& t, timeline::incident what) noexcept {
    using incident = timeline::incident;
    switch (what) {
      case incident::none:
      case incident::wrapped:
        return;
      case incident::lost:
        return file(severity::warning, lost_text(t), t);
      case incident::returned:
        return file(severity::info, "can be read again; what it counted meanwhile is spread over the gap", t);
      case incident::reset:
        return file(severity::warning, "the counter started anew; what it counted before that is missing", t);
      case incident::glitch:
        return file(severity::info, "one reading could not be true and was dropped", t);
      case incident::jump:
        return file(severity::warning,
                    "the counter jumped further than the device can draw; the jump is not counted", t);
      case incident::ambiguous:
        return file(severity::warning, "not read for so long that it may have wrapped unseen: a lower bound",
                    t);
    }
  }
  static std::string_view lost_text(const timeline& t) noexcept {
    const bool implausible = t.why() == meter::missing::implausible,
               forbidden = t.why() == meter::missing::no_permission;
    if (t.based())
      return implausible ? "can no longer be read: what it says is not a number"
             : forbidden ? "can no longer be read: no permission"
                         : "can no longer be read";
    return implausible ? "cannot be read: what it says is not a number"
           : forbidden ? "cannot be read: no permission"
                       : "cannot be read";
  }

  /// A counter that should change every few milliseconds and does not is not a machine that uses nothing.
  void watch_for_standstill(timeline& t) noexcept {
    const std::int64_t period = t.channel().update_period_ns;
    if (t.channel().kind != meter::reading_kind::counter || period == 0 || t.lost() || !t.based()) return;
    const std::int64_t still = cut_ - t.last_change;
    const std::int64_t patience = period * 100 > 1'000'000'000 ? period * 100 : 1'000'000'000;
    const bool stuck = still > patience;
    if (stuck && !t.stuck) file(severity::warning, "the counter does not move; its energy is not known", t);
    t.stuck = stuck;
  }

  /// A suspend stops the monotonic clock; what the machine used meanwhile is not known.
  void watch_the_clock() noexcept {
    const std::int64_t asleep = clock_.with_suspend() - clock_.now() - awake_;
    if (asleep < 500'000'000) return;
    awake_ += asleep;
    suspended_ += asleep;
    file(severity::info, "the machine was suspended; energy used meanwhile is not known", "clock");
  }

  clock& clock_;
  struct place {
    detail::handle<meter::source> meter;
    std::size_t index;
  };
  std::vector<timeline> timelines_{};
  std::vector<place> places_{};  // of the timelines
  std::vector<meter::measurement> readings_{};
  std::vector<stamp> stamps_{};
  ledger::accounts accounts_{};
  ledger::books books_;
  event_list events_{};
  std::int64_t start_ = 0, start_unix_ns_ = 0, cut_ = 0;
  std::int64_t epoch_ticks_ = 0, awake_ = 0, suspended_ = 0;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
