// SPDX-License-Identifier: MIT
// Who gets an instant. Stamps go in, in the order of their ticks; out comes, for each interval between two
// cuts, the effective ticks of every name: an instant shared by k threads adds dt/k to each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/interval.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// The open scopes of all threads, and what closed ones add to their names' lines.
class accounts {
 public:
  /// One line of the books, but for its energy.
  struct line {
    std::string text{};
    bool reserved = false;    // kaya's own
    std::uint64_t count = 0;  // scopes closed
    std::int64_t ticks = 0;   // time open, recursion counted once, threads added up
    double min_joules = 0,
           max_joules = 0;     // of one scope with all that it encloses; meaningful if priced > 0
    std::uint64_t priced = 0;  // scopes closed whose energy is known

   private:
    friend class accounts;
    double shortest = 0, longest = 0;  // effective ticks of scopes that began and ended in this interval
    std::uint64_t short_ones = 0;
  };

  accounts() {
    lines_.resize(2);
    lines_[outside_line].text = "(outside)";
    lines_[epoch_line_id].text = "epoch";
    lines_[outside_line].reserved = lines_[epoch_line_id].reserved = true;
    rehash(64);
  }

  const std::vector<line>& lines() const noexcept { return lines_; }
  line& edit(name_id n) noexcept { return lines_[n]; }

  /// The line of a user's name, made at its first use.
  name_id intern(std::string_view text) {
    std::size_t at = hash(text) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
      if (lines_[slots_[at]].text == text) return slots_[at];
    const name_id fresh = static_cast<name_id>(lines_.size());
    lines_.emplace_back().text = text;
    slots_[at] = fresh;
    if (lines_.size() * 2 > slots_.size()) rehash(slots_.size() * 2);
    return fresh;
  }

  /// The first interval begins here.
  void start(std::int64_t ticks) noexcept { last_ = ticks; }
  std::int64_t now() const noexcept { return last_; }
  /// While an epoch is open, instants without a scope are the epoch's. Changes only at a cut.
  void set_epoch_open(bool open) noexcept { idle_line_ = open ? epoch_line_id : outside_line; }

  void apply(const stamp& s) {
    advance(s.ticks);
    if (s.enters) enter(s);
    else leave(s);
  }

  /// Ends the interval at a cut and gives its weights. A cut before what was already applied takes effect
  /// there.
  interval_weights& end_interval(std::int64_t cut) {
    advance(cut);
    for (thread_state& t : threads_) {
      if (t.stack.empty()) continue;
      flush(t);
      for (open_scope& s : t.stack) {
        s.ticks = t.sum - s.mark;
        if (s.outermost) count(t, s);
        s.mark = s.counted = 0;
      }
      t.sum = t.clock_mark = 0;
    }
    if (idle_ > 0) weights_.add(idle_line_, idle_, idle_);
    foreground_clock_ = background_clock_ = idle_ = 0;
    return weights_;
  }

  /// Tells what an effective tick of the ended interval was worth, in joules (NaN: not known), and begins the
  /// next one.
  void price_interval(double joules_per_tick) {
    for (const name_id n : short_lines_) {
      line& l = lines_[n];
      record_energy(l, l.shortest * joules_per_tick, l.short_ones);
      record_energy(l, l.longest * joules_per_tick, 0);
      l.short_ones = 0;
    }
    short_lines_.clear();
    for (const ended& e : ended_) record_energy(lines_[e.name], e.joules + e.ticks * joules_per_tick, 1);
    ended_.clear();
    for (thread_state& t : threads_)
      for (open_scope& s : t.stack) {
        s.joules += s.ticks * joules_per_tick;
        s.ticks = 0;
        s.began_here = false;
      }
    weights_.clear();
  }

  /// Scopes open now, all threads.
  std::size_t open_scopes() const noexcept {
    std::size_t n = 0;
    for (const thread_state& t : threads_) n += t.stack.size();
    return n;
  }

 private:
  struct open_scope {
    std::uint64_t serial = 0;
    name_id name = 0;
    bool background = false, outermost = true, began_here = true;
    std::int64_t since = 0;  // ticks up to which its line's time is counted
    double mark = 0;         // the thread's sum when it began, or at the last cut
    double counted = 0;      // the thread's sum up to which its line's total is counted
    double ticks = 0;        // effective ticks of the ended interval, until it is priced
    double joules = 0;       // of the intervals before this one
  };
  struct thread_state {
    std::uint32_t thread = 0;
    std::vector<open_scope> stack{};
    std::size_t foreground = 0;  // open foreground scopes
    std::size_t focus = 0;       // the scope that gets this thread's instants
    double clock_mark = 0;       // share clock up to which they are given
    double sum = 0;              // effective ticks of this interval
  };
  struct ended {
    name_id name;
    double joules, ticks;
  };

  static std::size_t hash(std::string_view text) noexcept {  // FNV-1a
    std::uint64_t h = 14695981039346656037u;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return static_cast<std::size_t>(h ^ (h >> 32));
  }
  void rehash(std::size_t size) {
    slots_.assign(size, 0);
    for (name_id n = 2; n < lines_.size(); ++n) {
      std::size_t at = hash(lines_[n].text) & (size - 1);
      while (slots_[at] != 0) at = (at + 1) & (size - 1);
      slots_[at] = n;
    }
  }

  void advance(std::int64_t ticks) noexcept {
    if (ticks <= last_) return;
    const double dt = static_cast<double>(ticks - last_);
    last_ = ticks;
    if (foreground_threads_ > 0) foreground_clock_ += dt / static_cast<double>(foreground_threads_);
    else if (background_threads_ > 0) background_clock_ += dt / static_cast<double>(background_threads_);
    else idle_ += dt;
  }
  double& share_clock(const thread_state& t) noexcept {
    return t.foreground > 0 ? foreground_clock_ : background_clock_;
  }

  /// Gives the thread's instants since the last flush to the scope in focus.
  void flush(thread_state& t) {
    const double clock = share_clock(t), given = clock - t.clock_mark;
    t.clock_mark = clock;
    if (given <= 0) return;
    weights_.add(t.stack[t.focus].name, given, 0);
    t.sum += given;
    // Background scopes inside the scope in focus enclose nothing of this.
    for (std::size_t i = t.focus + 1; i < t.stack.size(); ++i) {
      t.stack[i].mark += given;
      t.stack[i].counted += given;
    }
  }

  /// After a change of the stack: who is in focus, and which clock the thread shares.
  void refocus(thread_state& t, bool was_foreground, bool was_open) noexcept {
    const bool open = !t.stack.empty(), foreground = t.foreground > 0;
    foreground_threads_ += std::size_t{foreground} - std::size_t{was_foreground};
    background_threads_ += std::size_t{open && !foreground} - std::size_t{was_open && !was_foreground};
    t.focus = open ? t.stack.size() - 1 : 0;
    if (foreground)
      while (t.stack[t.focus].background) --t.focus;
    t.clock_mark = share_clock(t);
  }

  thread_state* find(std::uint32_t thread) noexcept {
    for (thread_state& t : threads_)
      if (t.thread == thread && !t.stack.empty()) return &t;
    return nullptr;
  }

  void enter(const stamp& s) {
    thread_state* t = find(s.thread);
    for (std::size_t i = 0; t == nullptr && i < threads_.size(); ++i)
      if (threads_[i].stack.empty()) t = &threads_[i];
    if (t == nullptr) t = &threads_.emplace_back();
    t->thread = s.thread;
    const bool was_open = !t->stack.empty(), was_foreground = t->foreground > 0;
    if (was_open) flush(*t);
    else t->sum = 0;
    open_scope fresh{.serial = s.serial,
                     .name = s.name,
                     .background = s.background,
                     .since = last_,
                     .mark = t->sum,
                     .counted = t->sum};
    for (const open_scope& around : t->stack)
      if (around.name == s.name) {
        fresh.outermost = false;
        break;
      }
    t->stack.push_back(fresh);
    if (!s.background) ++t->foreground;
    refocus(*t, was_foreground, was_open);
  }

  void leave(const stamp& s) {
    thread_state* t = find(s.thread);
    if (t == nullptr) return;
    std::size_t at = t->stack.size();
    while (at > 0 && t->stack[at - 1].serial != s.serial) --at;
    if (at-- == 0) return;
    flush(*t);
    open_scope& gone = t->stack[at];
    line& l = lines_[gone.name];
    const double ticks = t->sum - gone.mark;
    ++l.count;
    if (gone.began_here) {
      if (l.short_ones++ == 0) {
        short_lines_.push_back(gone.name);
        l.shortest = l.longest = ticks;
      }
      if (ticks < l.shortest) l.shortest = ticks;
      if (ticks > l.longest) l.longest = ticks;
    } else {
      ended_.push_back({gone.name, gone.joules, ticks});
    }
    if (gone.outermost) {
      count(*t, gone);
      for (std::size_t i = at + 1; i < t->stack.size(); ++i)
        if (open_scope& heir = t->stack[i];
            heir.name == gone.name) {  // left out of order: an inner one goes on
          heir.outermost = true;
          heir.since = last_;
          heir.counted = t->sum;
          break;
        }
    }
    const bool was_foreground = t->foreground > 0;
    if (!gone.background) --t->foreground;
    t->stack.erase(t->stack.begin() + static_cast<std::ptrdiff_t>(at));
    refocus(*t, was_foreground, true);
  }

  /// Adds what an outermost scope had until now to its line.
  void count(const thread_state& t, open_scope& s) {
    weights_.add(s.name, 0, t.sum - s.counted);
    lines_[s.name].ticks += last_ - s.since;
    s.since = last_;
    s.counted = t.sum;
  }
  static void record_energy(line& l, double joules, std::uint64_t scopes) noexcept {
    if (joules != joules) return;  // a scope of which a part is not known
    if (l.priced == 0) l.min_joules = l.max_joules = joules;
    if (joules < l.min_joules) l.min_joules = joules;
    if (joules > l.max_joules) l.max_joules = joules;
    l.priced += scopes;
  }

  std::vector<line> lines_{};
  std::vector<name_id> slots_{};  // open addressing, 0: free
  std::vector<thread_state> threads_{};
  std::vector<name_id> short_lines_{};
  std::vector<ended> ended_{};
  interval_weights weights_{};
  std::size_t foreground_threads_ = 0, background_threads_ = 0;
  // Effective ticks that each sharing thread got since the last cut; they restart at each cut, so that months
  // of ticks lose no precision.
  double foreground_clock_ = 0, background_clock_ = 0;
  double idle_ = 0;
  std::int64_t last_ = 0;
  name_id idle_line_ = outside_line;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
