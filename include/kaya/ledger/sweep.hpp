// SPDX-License-Identifier: MIT
// From lanes to accounts: the records of all threads, merged in the order of their ticks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/ledger/accounts.hpp>
#include <kaya/ledger/clock.hpp>
#include <kaya/ledger/lane.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class sweep {
 public:
  /// A lane joins, of a thread that accounts number alike.
  void add(lane& l, accounts& into) {
    order_.reserve(readers_.size() + 1);
    readers_.reserve(readers_.size() + 1);
    into.add_thread();
    readers_.push_back({&l});
    l.use_clock(clock_ == 0);
  }
  std::size_t lanes() const noexcept { return readers_.size(); }
  void clear() noexcept {
    readers_.clear();
    elsewhere_.clear();
  }
  lane& at(std::size_t i) const noexcept { return *readers_[i].from; }

  /// A scope left on another thread than the one that opened it, or after that had ended.
  void leave_elsewhere(const lane& opened_in, std::uint64_t serial, std::int64_t ticks) {
    elsewhere_.push_back({{ticks, serial << record::payload | record::leaves | clock_}, opened_in.slot()});
  }
  std::size_t left_elsewhere() const noexcept { return elsewhere_.size(); }

  /// Applies all that was published with ticks up to these. What comes later with ticks before them takes
  /// effect where the accounts are.
  void upto(std::int64_t ticks, accounts& into) {
    order_.clear();
    for (std::uint32_t i = 0; i < readers_.size(); ++i) {
      reader& r = readers_[i];
      r.next = r.from->swept();
      r.end = r.from->written();
      if (r.next == r.end) continue;
      r.at = &r.from->at(r.next);
      push({ticks_of(*r.at), i});
    }
    std::size_t others = 0;  // of elsewhere_, applied
    while (!order_.empty() && order_[0].ticks <= ticks) {
      std::int64_t until = ticks;  // then another lane has its turn
      for (std::size_t child = 1; child <= 2 && child < order_.size(); ++child)
        if (order_[child].ticks < until) until = order_[child].ticks;
      for (; others < elsewhere_.size() && ticks_of(elsewhere_[others].what) < order_[0].ticks; ++others)
        apply(elsewhere_[others], into);
      if (others < elsewhere_.size())
        if (const std::int64_t t = ticks_of(elsewhere_[others].what); t < until) until = t;
      reader& r = readers_[order_[0].slot];
      run(r, order_[0].slot, until, into);
      if (r.next == r.end) {
        order_[0] = order_.back();
        order_.pop_back();
      } else {
        order_[0].ticks = ticks_of(*r.at);
      }
      sift_down();
    }
    for (; others < elsewhere_.size() && ticks_of(elsewhere_[others].what) <= ticks; ++others)
      apply(elsewhere_[others], into);
    elsewhere_.erase(elsewhere_.begin(), elsewhere_.begin() + static_cast<std::ptrdiff_t>(others));
  }

  /// Applies a lane's oldest n records, and what other lanes have before them. No record counts as later than
  /// `now`, so that a clock that jumped ahead holds nothing up.
  void oldest(const lane& l, std::size_t n, std::int64_t now, accounts& into) {
    const std::uint64_t end = l.swept() + n;
    std::int64_t last = ticks_of(l.at(end - 1));
    if (last > now) last = now;
    upto(last, into);
    for (reader& r = readers_[l.slot()]; r.next < end;) {
      const record what = l.at(r.next);
      const std::int64_t at = ticks_of(what);
      r.from->set_swept(++r.next);
      apply(what, r.next, l.slot(), at < last ? at : last, into);
    }
  }
  /// Applies all that was published, whatever its ticks; nothing counts as later than `now`.
  void everything(std::int64_t now, accounts& into) {
    upto(now, into);
    for (const reader& r : readers_)
      if (r.next != r.end) oldest(*r.from, static_cast<std::size_t>(r.end - r.next), now, into);
    for (const foreign& f : elsewhere_) apply(f.what, 0, f.slot, now, into);
    elsewhere_.clear();
  }

  /// What the lanes' threads read; 0 or record::monotonic.
  std::uint64_t clock() const noexcept { return clock_; }
  void set_clock(std::uint64_t c) noexcept {
    clock_ = c;
    for (const reader& r : readers_) r.from->use_clock(c == 0);
  }
  /// The monotonic clock from now on; earlier records are translated to it.
  void leave_cpu_counter(const moment& now, double ns_per_tick) noexcept {
    set_clock(record::monotonic);
    changed_ = now;
    ns_per_tick_ = ns_per_tick;
  }

  std::uint64_t stamps = 0, late_stamps = 0;

 private:
  struct reader {
    lane* from;
    std::uint64_t next = 0, end = 0;  // how many are read, and how many there are
    const record* at = nullptr;       // the next one
  };
  struct turn {
    std::int64_t ticks;
    std::uint32_t slot;
  };
  struct foreign {
    record what;
    std::uint32_t slot;
  };

  std::int64_t ticks_of(const record& r) const noexcept {
    if ((r.what & record::monotonic) == clock_) return r.ticks;
    if (r.ticks >= changed_.ticks) return changed_.ns;
    return changed_.ns -
           static_cast<std::int64_t>(static_cast<double>(changed_.ticks - r.ticks) * ns_per_tick_);
  }
  void apply(const foreign& f, accounts& into) { apply(f.what, 0, f.slot, ticks_of(f.what), into); }
  void apply(const record& r, std::uint64_t number, std::uint32_t slot, std::int64_t ticks, accounts& into) {
    if (ticks < into.now()) ++late_stamps;
    const std::uint64_t payload = r.what >> record::payload;
    if ((r.what & record::ends_thread) != 0) return into.end_thread(slot, ticks);
    ++stamps;
    if ((r.what & record::leaves) != 0) into.leave(slot, payload, ticks);
    else
      into.enter(slot, number, static_cast<name_id>(payload), (r.what & record::background) != 0,
                 (r.what & record::waited) != 0, ticks);
  }
  /// One lane's records with ticks up to these.
  void run(reader& r, std::uint32_t slot, std::int64_t ticks, accounts& into) {
    struct reading {  // what was applied is swept, also if there is no memory for more
      reader& r;
      ~reading() { r.from->set_swept(r.next); }
    } const now{r};
    while (r.next != r.end) {
      const record& first = *r.at;
      prefetch(r.at);
      const std::int64_t at = ticks_of(first);
      if (at > ticks) return;
      r.at = r.from->after(r.at);
      ++r.next;
      if (enters_foreground(first) && r.next != r.end) {
        const record& second = *r.at;
        const std::int64_t left = ticks_of(second);
        if (leaves(second, r.next) && left <= ticks && at >= into.now()) {
          r.at = r.from->after(r.at);
          ++r.next;
          stamps += 2;
          into.pass(slot, static_cast<name_id>(first.what >> record::payload),
                    (first.what & record::waited) != 0, at, left);
          continue;
        }
      }
      apply(first, r.next, slot, at, into);
    }
  }
  /// Lanes of other threads lie in other cores' caches: four cache lines ahead.
  static void prefetch(const record* r) noexcept {
#ifdef __GNUC__
    __builtin_prefetch(reinterpret_cast<const char*>(r) + 256);
#endif
  }
  static bool enters_foreground(const record& r) noexcept {
    return (r.what & (record::leaves | record::ends_thread | record::background)) == 0;
  }
  static bool leaves(const record& r, std::uint64_t serial) noexcept {
    return (r.what | record::monotonic) == (serial << record::payload | record::leaves | record::monotonic);
  }

  // order_: the lanes that have records, as a heap with the earliest on top.
  void push(const turn& t) {
    std::size_t i = order_.size();
    order_.push_back(t);
    for (; i > 0 && t.ticks < order_[(i - 1) / 2].ticks; i = (i - 1) / 2) order_[i] = order_[(i - 1) / 2];
    order_[i] = t;
  }
  void sift_down() noexcept {
    if (order_.size() < 2) return;
    const turn t = order_[0];
    std::size_t i = 0;
    for (std::size_t child = 1; child < order_.size(); child = 2 * i + 1) {
      if (child + 1 < order_.size() && order_[child + 1].ticks < order_[child].ticks) ++child;
      if (order_[child].ticks >= t.ticks) break;
      order_[i] = order_[child];
      i = child;
    }
    order_[i] = t;
  }

  std::vector<reader> readers_{};
  std::vector<turn> order_{};
  std::vector<foreign> elsewhere_{};
  std::uint64_t clock_ = record::monotonic;
  moment changed_{};
  double ns_per_tick_ = 1;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
