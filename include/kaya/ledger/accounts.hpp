// SPDX-License-Identifier: MIT
// Who gets an instant. Edges of scopes go in, in the order of their ticks; out comes, for each interval
// between two cuts, the effective ticks of every name: an instant shared by k threads adds dt/k to each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <kaya/ledger/event.hpp>
#include <kaya/ledger/interval.hpp>
#include <kaya/ledger/lines.hpp>
#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// The open scopes of all threads, and what closed ones add to their names' lines. Ticks inside are those of
/// the stamps; what comes out is in nanoseconds.
class accounts {
 public:
  accounts() {
    touched_.reserve(16);
    weights_.make_room(lines_.size());
  }

  const line_list& lines() const noexcept { return lines_; }
  line& edit(name_id n) noexcept { return lines_[n]; }

  /// The line of a user's name, made at its first use.
  name_id intern(std::string_view text) {
    if (tallies_.size() <= lines_.size()) {  // room first, so that leave() cannot fail
      weights_.make_room(lines_.size() + 1);
      if (touched_.capacity() <= lines_.size()) touched_.reserve(lines_.size() * 2);
      tallies_.resize(lines_.size() + 1);
    }
    return lines_.intern(text);
  }
  /// One more thread, numbered from 0.
  void add_thread() { threads_.emplace_back(); }

  /// The first interval begins here; or, right after a cut, the clock goes on from here.
  void start(std::int64_t ticks) noexcept {
    begin_ = last_ = ticks;
    for (thread_state& t : threads_)
      for (open_scope& s : t.stack) s.since = ticks;
  }
  std::int64_t now() const noexcept { return last_; }
  /// Whether a scope of this name did not wait for devices at its edges.
  bool has_host_time(name_id n) const noexcept { return tallies_[n].host_time; }
  /// While an epoch is open, instants without a scope are the epoch's. Changes only at a cut.
  void set_epoch_open(bool open) noexcept { idle_line_ = open ? epoch_line_id : outside_line; }

  /// waited: the scope waits for devices at its edges, so that their work is its own.
  void enter(std::uint32_t thread, std::uint64_t serial, name_id name, bool background, bool waited,
             std::int64_t ticks) {
    advance(ticks);
    thread_state& t = threads_[thread];
    if (name >= t.open.size()) t.open.resize(tallies_.size());
    if (!waited) tallies_[name].host_time = true;
    if (t.stack.empty()) t.sum = 0;
    else flush(t);
    open_scope& fresh = t.stack.emplace_back();
    fresh.serial = serial;
    fresh.name = name;
    fresh.background = background;
    fresh.outermost = t.open[name]++ == 0;
    fresh.since = last_;
    fresh.mark = fresh.counted = t.sum;
    if (!background && t.foreground++ > 0) t.focus = t.stack.size() - 1;  // the thread goes on sharing
    else refocus(t);
  }

  /// Never fails: what it needs is there since the scope was entered, or since the last cut.
  void leave(std::uint32_t thread, std::uint64_t serial, std::int64_t ticks) noexcept {
    advance(ticks);
    thread_state& t = threads_[thread];
    std::size_t at = t.stack.size();
    while (at > 0 && t.stack[at - 1].serial != serial) --at;
    if (at-- == 0) return;
    flush(t);
    open_scope& gone = t.stack[at];
    tally& l = tallies_[gone.name];
    touch(gone.name, l);
    ++l.closed;
    const double given = t.sum - gone.mark;
    if (gone.began_here) note_size(l, given);
    else ended_.push_back({gone.name, gone.joules, given});
    if (gone.outermost) count(t, gone, l);
    if (--t.open[gone.name] > 0 && gone.outermost) hand_on(t, at);
    const bool background = gone.background;
    if (at + 1 == t.stack.size()) t.stack.pop_back();
    else t.stack.erase(t.stack.begin() + static_cast<std::ptrdiff_t>(at));
    if (!background && --t.foreground > 0 && !t.stack.back().background) t.focus = t.stack.size() - 1;
    else refocus(t);
  }

  /// enter() and the leave() of the same scope, a foreground one, with nothing in between on any thread: what
  /// most scopes are, at less than half the price.
  void pass(std::uint32_t thread, name_id name, bool waited, std::int64_t entered, std::int64_t left) {
    advance(entered);
    thread_state& t = threads_[thread];
    if (name >= t.open.size()) t.open.resize(tallies_.size());
    if (!t.stack.empty()) flush(t);
    const std::int64_t time = left > last_ ? left - last_ : 0;
    const std::size_t sharing = foreground_threads_ + std::size_t{t.foreground == 0};
    const double given = static_cast<double>(time) * share_of(sharing);
    last_ += time;
    foreground_clock_ += given;
    t.sum += given;
    if (t.foreground > 0) t.clock_mark = foreground_clock_;
    tally& l = tallies_[name];
    touch(name, l);
    if (!waited) l.host_time = true;
    ++l.closed;
    l.own += given;
    if (t.open[name] == 0) {
      l.all += given;
      l.time += time;
    }
    note_size(l, given);
  }

  /// Closes what an ended thread left open.
  void end_thread(std::uint32_t thread, std::int64_t ticks) noexcept {
    while (!threads_[thread].stack.empty()) leave(thread, threads_[thread].stack.back().serial, ticks);
  }

  /// Ends the interval at a cut, which is `ns` nanoseconds after the one before, and gives its weights. A cut
  /// before what was already applied takes effect there.
  interval_weights& end_interval(std::int64_t cut, std::int64_t ns) {
    std::size_t open = 0;
    for (const thread_state& t : threads_) open += t.stack.size();
    if (ended_.capacity() < open) ended_.reserve(open * 2);
    if (last_ == begin_ && cut <= last_ && ns > 0) cut = last_ + 1;  // the counter stood still; time did not
    advance(cut);
    for (thread_state& t : threads_) {
      if (t.stack.empty()) continue;
      flush(t);
      for (open_scope& s : t.stack) {
        s.ticks = t.sum - s.mark;
        if (s.outermost) {
          tally& l = tallies_[s.name];
          touch(s.name, l);
          count(t, s, l);
        }
        s.mark = s.counted = 0;
      }
      t.sum = t.clock_mark = 0;
    }
    if (idle_ > 0) {
      touch(idle_line_, tallies_[idle_line_]);
      tallies_[idle_line_].own += idle_;
      tallies_[idle_line_].all += idle_;
    }
    foreground_clock_ = background_clock_ = idle_ = 0;

    ns_per_tick_ = last_ > begin_ ? static_cast<double>(ns) / static_cast<double>(last_ - begin_) : 0;
    begin_ = last_;
    weights_.clear();
    for (const name_id n : touched_) {
      tally& l = tallies_[n];
      weights_.add(n, l.own * ns_per_tick_, l.all * ns_per_tick_);
      lines_[n].count += l.closed;
      lines_[n].time_ns += static_cast<std::int64_t>(static_cast<double>(l.time) * ns_per_tick_ + 0.5);
      l.own = l.all = 0;
      l.time = 0;
      l.closed = 0;
      l.touched = false;
    }
    return weights_;
  }

  /// Tells what an effective nanosecond of the ended interval was worth, in joules (NaN: not known). The last
  /// call for an interval.
  void price_interval(double joules_per_ns) noexcept {
    const double joules_per_tick = joules_per_ns * ns_per_tick_;
    for (const name_id n : touched_) {
      tally& l = tallies_[n];
      if (l.short_ones == 0) continue;
      lines_[n].note_energy(l.shortest * joules_per_tick, l.short_ones);
      lines_[n].note_energy(l.longest * joules_per_tick, 0);
      l.short_ones = 0;
    }
    touched_.clear();
    for (const ended& e : ended_) lines_[e.name].note_energy(e.joules + e.ticks * joules_per_tick, 1);
    ended_.clear();
    for (thread_state& t : threads_)
      for (open_scope& s : t.stack) {
        s.joules += s.ticks * joules_per_tick;
        s.ticks = 0;
        s.since = last_;
        s.began_here = false;
      }
  }

  std::size_t bytes() const noexcept {
    std::size_t n = lines_.bytes() + lines_.size() * sizeof(tally);
    for (const thread_state& t : threads_)
      n += sizeof t + t.stack.capacity() * sizeof(open_scope) + t.open.capacity() * sizeof t.open[0];
    return n;
  }

 private:
  /// What the sweep touches of a name between two cuts: one cache line.
  struct alignas(64) tally {
    double own = 0, all = 0;  // effective ticks
    std::int64_t time = 0;    // ticks open
    std::uint64_t closed = 0;
    double shortest = 0, longest = 0;  // effective ticks of scopes that began and ended in this interval
    std::uint32_t short_ones = 0;
    bool touched = false;
    bool host_time = false;  // some scope of this name did not wait for devices
  };
  struct open_scope {
    std::uint64_t serial = 0;
    name_id name = 0;
    bool background = false, outermost = true, began_here = true;
    std::int64_t since = 0;  // ticks up to which its line's time is counted
    double mark = 0;         // the thread's sum when it began, or 0 since the last cut
    double counted = 0;      // the thread's sum up to which its line's total is counted
    double ticks = 0;        // effective ticks of the ended interval, until it is priced
    double joules = 0;       // of the intervals before this one
  };
  struct thread_state {
    std::vector<open_scope> stack{};
    std::vector<std::uint32_t> open{};  // by name: how many of them
    std::size_t foreground = 0;         // open foreground scopes
    std::size_t focus = 0;              // the scope that gets this thread's instants
    double clock_mark = 0;              // share clock up to which they are given
    double sum = 0;                     // effective ticks of this interval
    bool shares_foreground = false, shares_background = false;
  };
  struct ended {
    name_id name;
    double joules, ticks;
  };

  void touch(name_id n, tally& l) noexcept {
    if (l.touched) return;
    touched_.push_back(n);
    l.touched = true;
  }

  void advance(std::int64_t ticks) noexcept {
    if (ticks <= last_) return;
    const double dt = static_cast<double>(ticks - last_);
    last_ = ticks;
    if (foreground_threads_ > 0) foreground_clock_ += dt * share_;
    else if (background_threads_ > 0) background_clock_ += dt * share_;
    else idle_ += dt;
  }
  double share_clock(const thread_state& t) const noexcept {
    return t.foreground > 0 ? foreground_clock_ : background_clock_;
  }

  /// Gives the thread's instants since the last flush to the scope in focus.
  void flush(thread_state& t) noexcept {
    const double clock = share_clock(t), given = clock - t.clock_mark;
    if (given <= 0) return;
    t.clock_mark = clock;
    const name_id n = t.stack[t.focus].name;
    touch(n, tallies_[n]);
    tallies_[n].own += given;
    t.sum += given;
    // Background scopes inside the scope in focus enclose nothing of this.
    for (std::size_t i = t.focus + 1; i < t.stack.size(); ++i) {
      t.stack[i].mark += given;
      t.stack[i].counted += given;
    }
  }

  /// After a change of the stack: who is in focus, and which clock the thread shares.
  void refocus(thread_state& t) noexcept {
    const bool foreground = t.foreground > 0, background = !foreground && !t.stack.empty();
    t.focus = t.stack.empty() ? 0 : t.stack.size() - 1;
    if (foreground)
      while (t.stack[t.focus].background) --t.focus;
    foreground_threads_ += std::size_t{foreground} - std::size_t{t.shares_foreground};
    background_threads_ += std::size_t{background} - std::size_t{t.shares_background};
    t.shares_foreground = foreground;
    t.shares_background = background;
    share_ = share_of(foreground_threads_ > 0 ? foreground_threads_ : background_threads_);
    t.clock_mark = share_clock(t);
  }

  /// Left out of order: an inner scope of the same name is the outermost now.
  void hand_on(thread_state& t, std::size_t from) noexcept {
    for (std::size_t i = from + 1; i < t.stack.size(); ++i)
      if (open_scope& heir = t.stack[i]; heir.name == t.stack[from].name) {
        heir.outermost = true;
        heir.since = last_;
        heir.counted = t.sum;
        return;
      }
  }

  static double share_of(std::size_t threads) noexcept {
    constexpr double few[] = {1, 1, 1. / 2, 1. / 3, 1. / 4, 1. / 5, 1. / 6, 1. / 7, 1. / 8};
    return threads < std::size(few) ? few[threads] : 1 / static_cast<double>(threads);
  }
  /// A scope that began and ended in this interval.
  static void note_size(tally& l, double given) noexcept {
    if (l.short_ones++ == 0) l.shortest = l.longest = given;
    if (given < l.shortest) l.shortest = given;
    if (given > l.longest) l.longest = given;
  }
  /// Adds what an outermost scope had until now to its line.
  void count(const thread_state& t, open_scope& s, tally& l) noexcept {
    l.all += t.sum - s.counted;
    l.time += last_ - s.since;
    s.since = last_;
    s.counted = t.sum;
  }
  friend struct detail::journal::persistence;
  line_list lines_{};
  std::vector<tally> tallies_ = std::vector<tally>(lines_.size());  // of the lines
  std::vector<thread_state> threads_{};
  std::vector<name_id> touched_{};
  std::vector<ended> ended_{};
  interval_weights weights_{};
  std::size_t foreground_threads_ = 0, background_threads_ = 0;
  double share_ = 1;  // of an instant, for each that shares it
  // Effective ticks that each sharing thread got since the last cut; they restart at each cut, so that months
  // of ticks lose no precision.
  double foreground_clock_ = 0, background_clock_ = 0;
  double idle_ = 0;
  std::int64_t begin_ = 0, last_ = 0;
  double ns_per_tick_ = 1;
  name_id idle_line_ = outside_line;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
