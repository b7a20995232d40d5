// SPDX-License-Identifier: MIT
// One channel's readings as energy over time. What a counter counted lies between *changes* of its value, not
// between polls: time without a change waits in segments, with what it was used for, until the next change
// tells its energy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/ledger/incident.hpp>
#include <kaya/ledger/interval.hpp>
#include <kaya/meter/reading/energy_reader.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Time of one channel whose energy is not known yet, with one and the same set of open epochs.
struct segment {
  std::int64_t begin = 0, end = 0;  // ticks
  std::vector<int> epochs{};        // indices of those open
  interval_weights weights{};
};

class timeline {
 public:
  /// What a reading brought.
  struct outcome {
    bool known = false;   // the waiting segments have this energy
    bool certain = true;  // and it is all of it; false: a lower bound, or nothing where something was
    std::int64_t microjoules = 0;
    incident what = incident::none;
    double low = 1, high = 1;  // the truth is between these factors of it
  };

  explicit timeline(meter::channel c) : channel_(static_cast<meter::channel&&>(c)), reader_(channel_) {
    spare_.reserve(2);
  }

  const meter::channel& channel() const noexcept { return channel_; }
  const std::vector<segment>& waiting() const noexcept { return waiting_; }
  bool counted() const noexcept { return channel_.counted && !channel_.why; }
  /// Nobody reads it.
  bool is_left_out() const noexcept { return left_out_ || channel_.why; }
  void leave_out() noexcept { left_out_ = true; }
  /// How its energy is known, the worst of what came.
  meter::provenance how() const noexcept {
    return integrated_ && channel_.how < meter::provenance::integrated ? meter::provenance::integrated
                                                                       : channel_.how;
  }

  /// Appends an interval that ended at a cut.
  void extend(std::int64_t begin, std::int64_t end, const interval_weights& weights,
              const std::vector<int>& epochs) {
    if (waiting_.empty() || waiting_.back().epochs != epochs) {
      if (spare_.empty()) waiting_.emplace_back();
      else {
        waiting_.push_back(static_cast<segment&&>(spare_.back()));
        spare_.pop_back();
      }
      waiting_.back().begin = waiting_.back().end = begin;
      waiting_.back().epochs = epochs;
    }
    waiting_.back().end = end;
    waiting_.back().weights.add(weights);
  }

  /// Takes the reading made at a cut.
  outcome accept(const meter::measurement& m, std::int64_t now) {
    if (m.why || reader_.is_nonsense(m)) {
      why_ = m.why ? m.why : meter::missing::implausible;
      reader_.skip();
      if (lost_) return {};
      lost_ = true;
      return {.what = incident::lost};
    }
    why_.reset();
    const bool stands_still = m.integrated && !integrated_;
    integrated_ = integrated_ || m.integrated;
    const bool returned = (lost_ && based_) || m.recovered;
    lost_ = false;
    if (m.begins_anew) reader_ = meter::energy_reader(channel_);
    // Unread for two of its longest waits, as for a whole round of its range: it may have lost one.
    const std::int64_t wait = channel_.longest_wait_ns;
    if (based_ && wait > 0 && !is_power() && (now - read_) / 2 > wait) overdue_ = true;
    read_ = now;
    outcome result = take(m, now);
    if (returned) {
      ++gaps;
      if (result.what == incident::none || result.what == incident::wrapped) result.what = incident::returned;
    }
    if (stands_still && result.what == incident::none) result.what = incident::integrated;
    if (result.known) {
      const std::int64_t span = waiting_.empty() ? 0 : now - waiting_.front().begin;
      if (span <= 0) {  // two samples at one instant: the energy waits for time to lie in
        carried_ += result.microjoules;
        return {.what = result.what};
      }
      result.microjoules += carried_;
      carried_ = 0;
      result.low = channel_.low * m.low, result.high = channel_.high * m.high;
      total_uj += result.microjoules;
      low_uj += static_cast<double>(result.microjoules) * result.low;
      high_uj += static_cast<double>(result.microjoules) * result.high;
      if (result.certain) covered += span;
      if (result.certain) uj_per_tick_ = static_cast<double>(result.microjoules) / static_cast<double>(span);
      if (shortest_change == 0 || span < shortest_change) shortest_change = span;
      last_change = now;
      has_value = true;
    }
    return result;
  }

  /// The segments are spread, or have no energy: they are done.
  void settled() noexcept {
    for (segment& s : waiting_) {
      s.weights.clear();
      if (spare_.size() < spare_.capacity()) spare_.push_back(static_cast<segment&&>(s));
    }
    waiting_.clear();
  }
  /// What epochs from this index on used is another's.
  void lose_epochs(int index, int to) noexcept {
    for (segment& s : waiting_)
      for (int& e : s.epochs)
        if (e >= index) e = to;
  }
  /// Gives up on all but the newest n segments; what comes later is spread over those alone.
  void forget_all_but(std::size_t n) {
    waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(n));
  }

  /// Microjoules per tick at the last change; NaN before the first.
  double rate() const noexcept { return uj_per_tick_; }
  bool lost() const noexcept { return lost_; }
  /// Why there is no value now; empty while there is.
  std::optional<meter::missing> why() const noexcept { return why_; }
  /// The last reading could not be true by itself; the next one tells what it was.
  bool unresolved() const noexcept { return unresolved_; }
  /// The first value is there, so that changes can be counted from it.
  bool based() const noexcept { return based_; }

  /// A counter that should change every few milliseconds and does not is not a machine that uses nothing.
  /// True at the first cut where that is so.
  bool gets_stuck(std::int64_t now) noexcept {
    const std::int64_t period = channel_.update_period_ns;
    if (is_power() || period == 0 || lost_ || !based_) return false;
    const std::int64_t patience = period * 100 > 1'000'000'000 ? period * 100 : 1'000'000'000;
    const bool was = stuck;
    stuck = now - last_change > patience;
    return stuck && !was;
  }

  std::int64_t total_uj = 0;         // spread or about to be
  double low_uj = 0, high_uj = 0;    // within which the truth of it lies
  std::int64_t covered = 0;          // ticks whose energy is known
  std::int64_t last_change = 0;      // ticks of the last change
  std::int64_t shortest_change = 0;  // ticks between two of them, at least; 0 before
  std::uint64_t wraps = 0, gaps = 0, resets = 0, glitches = 0, ambiguous = 0;
  std::int64_t latest_ns = 0;  // the longest time after its cut at which it was read
  bool has_value = false;      // it changed at least once since the start
  bool stuck = false;          // reported as not moving

 private:
  bool is_power() const noexcept { return channel_.kind == meter::reading_kind::power; }
  outcome take(const meter::measurement& m, std::int64_t now) {
    const meter::energy_reader::step step = reader_.next(m, now);
    unresolved_ = step.what == meter::counter_event::suspect;
    outcome result{.known = step.known(), .microjoules = step.microjoules};
    if (step.what == meter::counter_event::unchanged) result.known = channel_.may_rest || m.complete;
    const bool ambiguous_here = step.ambiguous || (overdue_ && result.known);
    if (result.known || step.what == meter::counter_event::first) overdue_ = false;
    result.certain = !ambiguous_here && !m.lower_bound;
    if (!result.certain) ++ambiguous;
    if (ambiguous_here) result.what = incident::ambiguous;
    switch (step.what) {
      case meter::counter_event::first:
        based_ = true;
        last_change = now;
        settled();  // time before the first value has no energy
        return {};
      case meter::counter_event::unchanged:
        return result;
      case meter::counter_event::suspect:
        return {};
      case meter::counter_event::advanced:
        break;
      case meter::counter_event::wrapped:
        ++wraps;
        if (!ambiguous_here) result.what = incident::wrapped;
        break;
      case meter::counter_event::reset:
        ++resets;
        result.what = incident::reset;
        result.certain = false;
        break;
      case meter::counter_event::glitch:
        ++glitches;
        result.what = incident::glitch;
        break;
      case meter::counter_event::jump:
        result.what = incident::jump;
        result.certain = false;
        break;
    }
    return result;
  }

  friend struct detail::journal::persistence;
  meter::channel channel_;
  meter::energy_reader reader_;
  std::vector<segment> waiting_{}, spare_{};
  std::optional<meter::missing> why_{};
  std::int64_t carried_ = 0, read_ = 0;
  double uj_per_tick_ = detail::not_a_number;
  bool based_ = false, lost_ = false, unresolved_ = false, left_out_ = false;
  bool overdue_ = false;     // it was unread for too long, and has not changed since
  bool integrated_ = false;  // power stood in for a counter that stood still
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
