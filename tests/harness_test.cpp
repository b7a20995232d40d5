// SPDX-License-Identifier: MIT
// The ledger against a slow model that follows the definitions literally, on random programs: eight threads
// with nested, background, recursive and overlapping scopes, stamps that are published late, leaves on other
// threads, threads that end, epochs, and channels of which one steps, one vanishes and one never moves.
#include <doctest/doctest.h>

#include "support/scripted_meter.hpp"
#include "support/stamper.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

using kaya::ledger::core;
using kaya::ledger::name_id;
using kaya::meter::missing;

namespace {

constexpr std::int64_t us = 1000;
constexpr std::size_t names = 24, threads = 8, channels = 4;
constexpr std::size_t epoch_line = names, outside_line = names + 1, lines = names + 2;

/// One edge, as the model sees it.
struct edge {
  std::int64_t ticks;
  std::size_t thread;
  enum { enters, leaves, ends } what;
  std::uint64_t scope;  // unique in the program
  std::size_t name;
  bool background;
};

/// Follows the definitions instant by instant; knows nothing of lanes, chunks or clocks that count shares.
class slow_model {
 public:
  struct instant {
    std::int64_t begin, end;
    double own[lines] = {}, total[lines] = {};
  };
  struct open {
    std::uint64_t scope;
    std::size_t name;
    bool background;
    std::int64_t since;
  };

  void apply(const edge& e, bool epoch) {
    advance(e.ticks, epoch);
    std::vector<open>& stack = stacks[e.thread];
    if (e.what == edge::enters) stack.push_back({e.scope, e.name, e.background, last});
    for (std::size_t i = stack.size(); e.what != edge::enters && i-- > 0;)
      if (e.what == edge::ends || stack[i].scope == e.scope) {
        ++count[stack[i].name];
        stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(i));
      }
  }
  void advance(std::int64_t now, bool epoch) {
    if (now <= last) return;
    instant i{last, now};
    last = now;
    std::size_t foreground = 0, any = 0;
    for (const auto& stack : stacks) {
      any += !stack.empty();
      foreground += has_foreground(stack);
    }
    const std::size_t sharing = foreground > 0 ? foreground : any;
    for (const auto& stack : stacks) {
      if (stack.empty()) continue;
      bool there[names] = {};
      for (const open& s : stack)
        if (!there[s.name]) there[s.name] = true, time[s.name] += i.end - i.begin;
      if (foreground > 0 && !has_foreground(stack)) continue;
      std::size_t innermost = stack.size() - 1;
      while (foreground > 0 && stack[innermost].background) --innermost;
      const double share = 1.0 / static_cast<double>(sharing);
      i.own[stack[innermost].name] += share;
      bool around[names] = {};
      for (std::size_t k = 0; k <= innermost; ++k)
        if (!around[stack[k].name]) around[stack[k].name] = true, i.total[stack[k].name] += share;
    }
    if (sharing == 0) i.own[epoch ? epoch_line : outside_line] = 1;
    instants.push_back(i);
  }

  std::vector<open> stacks[threads];
  std::deque<instant> instants;
  std::int64_t last = 0;
  std::uint64_t count[names] = {};
  std::int64_t time[names] = {};

 private:
  static bool has_foreground(const std::vector<open>& stack) {
    return std::any_of(stack.begin(), stack.end(), [](const open& s) { return !s.background; });
  }
};

/// One random program on both.
class program {
 public:
  explicit program(unsigned seed) : random_(seed) {
    for (std::size_t i = 0; i < names; ++i) ids_[i] = ledger_.intern("name " + std::to_string(i));
    ledger_.start();
  }

  void run(std::size_t nestings) {
    std::size_t entered = 0;
    while (entered < nestings * threads) {
      clock_.ticks += below(4) == 0 ? 0 : static_cast<std::int64_t>(below(20 * us));
      for (std::size_t c = 0; c < channels; ++c) charge(c);
      const std::uint64_t action = below(1000);
      const std::size_t thread = below(threads);
      if (action < 500) {
        if (stack_[thread].size() < 7) enter(thread), ++entered;
      } else if (action < 990) {
        leave(thread);
      } else if (action < 992) {
        end(thread);
      } else {
        cut();
      }
      if (below(8) == 0) publish(below(threads));
    }
    for (std::size_t t = 0; t < threads; ++t) publish(t);
    cut();
    ledger_.catch_up();
    follow();
  }

  void check() {
    std::int64_t sum = 0, delivered = 0;
    for (name_id n = 0; n < ledger_.accounts().lines().size(); ++n) sum += ledger_.books().line(n).own_uj;
    for (const truth& t : truth_) delivered += static_cast<std::int64_t>(t.settled);
    CHECK(sum == ledger_.books().total().own_uj);
    CHECK(sum == delivered);
    CHECK(sum > 1'000'000);
    for (std::size_t n = 0; n < lines; ++n) {
      CAPTURE(n);
      const name_id id = n < names         ? ids_[n]
                         : n == epoch_line ? kaya::ledger::epoch_line_id
                                           : kaya::ledger::outside_line;
      const kaya::ledger::amount& a = ledger_.books().line(id);
      const double allowed =
          1.0 * static_cast<double>(took_part_[n]);  // 1 uJ per settled interval and channel
      CHECK(std::abs(static_cast<double>(a.own_uj) - own_[n]) <= allowed);
      CHECK(a.own.low <= own_[n] + allowed);
      CHECK(a.own.high >= own_[n] - allowed);
      if (n >= names) continue;
      CHECK(std::abs(static_cast<double>(a.total_uj()) - total_[n]) <= allowed);
      CHECK(ledger_.accounts().lines()[id].count == model_.count[n]);
      CHECK(ledger_.accounts().lines()[id].time_ns == model_.time[n]);
    }
    std::int64_t epochs = 0;
    for (const auto& e : ledger_.books().epochs().lines()) epochs += e.microjoules;
    CHECK(epochs == ledger_.books().epochs_total().own_uj);
    CHECK(late > 0);
    CHECK(ledger_.late_stamps() == late);
  }

  std::size_t late = 0;  // stamps published after a cut or a fold that lies behind them

 private:
  struct truth {
    double uj = 0;
    std::uint64_t shown = 0;    // what the counter shows
    std::uint64_t settled = 0;  // what the ledger took of it
    std::int64_t change = 0;    // when it took it
  };
  struct scope {
    std::uint64_t number;
    std::size_t name;
    bool background;
    std::shared_ptr<std::uint64_t> serial = std::make_shared<std::uint64_t>(0);  // known when published
  };
  struct kept {  // a cut that is not settled
    std::int64_t ticks;
    std::uint64_t shown[channels];
    bool vanished[channels];
  };
  struct waiting {  // a stamp whose thread has read the clock, but not yet published it
    edge e;
    std::shared_ptr<std::uint64_t> serial;
  };

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  void charge(std::size_t c) {
    const double watts[channels] = {50.0 + static_cast<double>(clock_.ticks / us % 97), 200, 10, 0};
    truth_[c].uj += watts[c] * static_cast<double>(clock_.ticks - charged_[c]) * 1e-3;
    charged_[c] = clock_.ticks;
  }

  void enter(std::size_t thread) {
    const scope fresh{++scopes_, below(3) == 0 ? below(3) : below(names), below(6) == 0};
    stack_[thread].push_back(fresh);
    wait(thread,
         {{clock_.ticks, thread, edge::enters, fresh.number, fresh.name, fresh.background}, fresh.serial});
  }
  void leave(std::size_t thread) {
    if (stack_[thread].empty()) return;
    const std::size_t at = below(6) == 0 ? below(stack_[thread].size()) : stack_[thread].size() - 1;
    const scope gone = stack_[thread][at];
    stack_[thread].erase(stack_[thread].begin() + static_cast<std::ptrdiff_t>(at));
    const edge e{clock_.ticks, thread, edge::leaves, gone.number, gone.name, gone.background};
    if (below(50) != 0) return wait(thread, {e, gone.serial});
    publish(thread);  // left by another thread, which can see only what is published
    ledger_.leave_elsewhere(stamps_.of(static_cast<std::uint32_t>(thread)), *gone.serial);
    follow();
    note(e);
  }
  void end(std::size_t thread) {
    stack_[thread].clear();
    wait(thread, {{clock_.ticks, thread, edge::ends, 0, 0, false}, nullptr});
    publish(thread);
  }
  void wait(std::size_t thread, const waiting& w) {
    waiting_[thread].push_back(w);
    if (below(3) != 0) publish(thread);
  }
  void publish(std::size_t thread) {
    const auto t = static_cast<std::uint32_t>(thread);
    for (const waiting& w : waiting_[thread]) {
      // The first may fold, so that the second is late.
      if (w.e.what == edge::enters) *w.serial = stamps_.enter(t, ids_[w.e.name], w.e.ticks, w.e.background);
      else if (w.e.what == edge::leaves) stamps_.leave(t, *w.serial, w.e.ticks);
      else stamps_.end_thread(t, w.e.ticks);
      follow();
      note(w.e);
    }
    waiting_[thread].clear();
  }
  /// The model's copy: a stamp takes effect where the accounts are already.
  void note(edge e) {
    if (e.ticks < ledger_.accounts().now()) ++late, e.ticks = ledger_.accounts().now();
    noted_.push_back(e);
  }

  /// A sample, which the ledger settles now or later.
  void cut() {
    kept fresh{clock_.ticks, {}, {}};
    for (std::size_t c = 0; c < channels; ++c) {
      const bool steps = c == 2 && below(8) != 0;
      if (!steps) truth_[c].shown = static_cast<std::uint64_t>(truth_[c].uj);
      fresh.shown[c] = truth_[c].shown;
      fresh.vanished[c] = c == 1 && cuts_ % 40 > 30;
      meter_->answers[c] = {.count = fresh.shown[c]};
      if (fresh.vanished[c]) meter_->answers[c] = {.why = missing::lost};
    }
    ++cuts_;
    kept_.push_back(fresh);
    ledger_.read(clock_.ticks);
    ledger_.keep(ledger_.look());
    follow();
    if (below(3) == 0) return;
    ledger_.catch_up();
    follow();
    if (below(4) != 0) return;
    if (epoch_ >= 0) ledger_.close_epoch(epoch_), epoch_ = -1;
    else epoch_ = ledger_.open_epoch();
  }
  /// Settles in the model what the ledger has settled by now.
  void follow() {
    if (kept_.size() == ledger_.kept().size()) return;
    std::stable_sort(noted_.begin(), noted_.end(),
                     [](const edge& a, const edge& b) { return a.ticks < b.ticks; });
    std::size_t applied = 0;
    for (; kept_.size() > ledger_.kept().size(); kept_.pop_front()) {
      const kept& k = kept_.front();
      for (; applied < noted_.size() && noted_[applied].ticks <= k.ticks; ++applied)
        model_.apply(noted_[applied], epoch_ >= 0);
      model_.advance(k.ticks, epoch_ >= 0);
      for (std::size_t c = 0; c < channels; ++c)
        if (!k.vanished[c]) settle(truth_[c], k.shown[c], k.ticks);
    }
    noted_.erase(noted_.begin(), noted_.begin() + static_cast<std::ptrdiff_t>(applied));
    std::int64_t oldest = clock_.ticks;
    for (std::size_t c = 0; c + 1 < channels; ++c) oldest = std::min(oldest, truth_[c].change);
    while (!model_.instants.empty() && model_.instants.front().end <= oldest) model_.instants.pop_front();
  }
  /// Spreads what the counter shows more over all instants since it last did.
  void settle(truth& t, std::uint64_t shown, std::int64_t ticks) {
    if (shown == t.settled || ticks == t.change) return;
    const double per_tick = static_cast<double>(shown - t.settled) / static_cast<double>(ticks - t.change);
    bool part[lines] = {};
    for (const auto& i : model_.instants) {
      if (i.end <= t.change) continue;
      const double uj = per_tick * static_cast<double>(i.end - i.begin);
      for (std::size_t n = 0; n < lines; ++n) {
        own_[n] += uj * i.own[n], total_[n] += uj * i.total[n];
        part[n] = part[n] || i.own[n] > 0 || i.total[n] > 0;
      }
    }
    for (std::size_t n = 0; n < lines; ++n) took_part_[n] += part[n];
    t.settled = shown;
    t.change = ticks;
  }

  std::mt19937_64 random_;
  kaya_test::manual_clock clock_;
  kaya::detail::handle<kaya_test::scripted_meter> meter_{new kaya_test::scripted_meter(channels)};
  core ledger_{clock_, kaya_test::bound(meter_), {}, 1 << 20};
  kaya_test::stamper stamps_{ledger_};
  slow_model model_;
  truth truth_[channels];
  std::int64_t charged_[channels] = {};
  name_id ids_[names] = {};
  std::vector<scope> stack_[threads];
  std::vector<waiting> waiting_[threads];
  std::vector<edge> noted_;
  std::deque<kept> kept_;
  double own_[lines] = {}, total_[lines] = {};
  int took_part_[lines] = {};
  std::uint64_t scopes_ = 0;
  std::size_t cuts_ = 0;
  int epoch_ = -1;
};

}  // namespace

TEST_CASE("books equal a slow model on random programs of eight threads, for ten seconds and more") {
#ifdef KAYA_TEST_SANITIZED
  constexpr unsigned seeds = 10;
#else
  constexpr unsigned seeds = 100;
#endif
  const auto began = std::chrono::steady_clock::now();
  unsigned seed = 0;
  for (; seed < seeds || std::chrono::steady_clock::now() - began < std::chrono::seconds(10); ++seed) {
    CAPTURE(seed);
    program p(seed);
    p.run(10'000);
    p.check();
  }
  MESSAGE(seed << " programs");
}
