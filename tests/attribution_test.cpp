// SPDX-License-Identifier: MIT
// Which scope gets the energy: on machines whose power changes with the scopes, or is constant, at every
// sampling period, against what was truly used while each scope was open.
#include <doctest/doctest.h>

#include "support/rig.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using kaya_test::ms;
using kaya_test::rig;

namespace {

/// Samples every period while time passes, as a sampler does.
class sampled {
 public:
  sampled(rig& r, std::int64_t period) : rig_(r), period_(period), next_(r.clock.ticks + period) {}
  void pass(std::int64_t ticks) {
    while (ticks > 0) {
      const std::int64_t step = std::min(ticks, next_ - rig_.clock.ticks);
      rig_.pass(step, false);
      ticks -= step;
      if (rig_.clock.ticks < next_) return;
      before_sample();
      rig_.sample();
      next_ += period_;
    }
  }
  virtual ~sampled() = default;
  virtual void before_sample() {}

 protected:
  rig& rig_;

 private:
  std::int64_t period_, next_;
};

/// Two scopes in turns of 50 ms, with which the first device goes from 40 W to 200 W and back; the second
/// draws 30 W all the time.
struct alternation {
  alternation(std::int64_t period, std::int64_t phase) : r(2) {
    r.watts = {40, 30};
    sampled time(r, period);
    time.pass(phase);
    outside += 70 * static_cast<double>(phase) * 1e-3;
    for (int i = 0; i < 100; ++i) {
      const bool works = i % 2 != 0;
      r.watts[0] = works ? 200 : 40;
      r.enter(works ? "busy" : "idle");
      time.pass(50 * ms);
      r.leave(r.serial);
      (works ? busy : idle) += (r.watts[0] + 30) * 50e3;
    }
    r.watts[0] = 40;
    r.pass(period);
    outside += 70 * static_cast<double>(period) * 1e-3;
  }
  bool covers(const char* name, double truth) {
    const kaya::ledger::range own = r.ledger.books().line(r.id(name)).own;
    return own.low <= truth + 10 && truth - 10 <= own.high;
  }
  rig r;
  double busy = 0, idle = 0, outside = 0;  // microjoules
};

std::vector<std::int64_t> random_phases(std::int64_t within) {
  std::mt19937_64 random(20);
  std::vector<std::int64_t> phases;
  for (int i = 0; i < 20; ++i)
    phases.push_back(std::uniform_int_distribution<std::int64_t>(0, within)(random));
  return phases;
}

}  // namespace

TEST_CASE("power that changes with the scopes is theirs within 5 % at 1 ms sampling, at any phase") {
  double worst = 0;
  for (const std::int64_t phase : random_phases(100 * ms)) {
    alternation a(1 * ms, phase);
    worst = std::max({worst, std::abs(static_cast<double>(a.r.own("busy")) / a.busy - 1),
                      std::abs(static_cast<double>(a.r.own("idle")) / a.idle - 1)});
    CHECK(a.r.sum_of_own() == a.r.counted());
  }
  MESSAGE("worst of 20 phases: ", worst * 100, " %");
  CHECK(worst < 0.05);
}

TEST_CASE("at 10 ms sampling the truth lies within what a line says of it, and the total is exact") {
  double widest = 0;
  for (const std::int64_t phase : random_phases(100 * ms)) {
    CAPTURE(phase);
    alternation a(10 * ms, phase);
    CHECK(a.covers("busy", a.busy));
    CHECK(a.covers("idle", a.idle));
    CHECK(a.covers("(outside)", a.outside));
    CHECK(a.r.sum_of_own() == a.r.counted());
    const kaya::ledger::range own = a.r.ledger.books().line(a.r.id("busy")).own;
    widest = std::max(widest, (own.high - own.low) / a.busy);
  }
  MESSAGE("widest of 20 intervals: ", widest * 100, " % of the truth");
  CHECK(widest < 0.4);  // two of the five samples in a scope have an edge in them
}

TEST_CASE("a device's rating narrows what a line may have used, and the truth stays inside") {
  const auto width = [](double rated) {
    kaya_test::manual_clock clock;
    kaya::detail::handle<kaya_test::scripted_meter> meter(new kaya_test::scripted_meter(1));
    meter->channel(0).rated_watts = rated;
    kaya::ledger::core ledger(clock, bound(meter), {}, 10);
    ledger.start();
    kaya_test::stamper threads(ledger);
    const auto name = ledger.intern("most of it");
    const auto scope = threads.enter(1, name, clock.ticks);
    clock.ticks += 9 * ms;
    threads.leave(1, scope, clock.ticks);
    clock.ticks += 1 * ms;
    meter->answers[0].count = 900'000;  // 100 W in the scope, 0 W after it
    ledger.tick(ledger.look());
    const kaya::ledger::range own = ledger.books().line(name).own;
    CHECK(own.low <= 900'000);
    CHECK(own.high >= 900'000);
    return own.high - own.low;
  };
  CHECK(width(0) == doctest::Approx(900'000));    // not known: any part of it
  CHECK(width(100) == doctest::Approx(150'000));  // 1 ms at one and a half times 100 W
}

TEST_CASE("a counter that steps every 100 ms gives 20 ms scopes their share, and none reads 0") {
  /// The first device shows at about every 100 ms what it counted until then; the second at once.
  struct gpu final : sampled {
    using sampled::sampled;
    void before_sample() override {
      for (; next_step <= rig_.clock.ticks;
           next_step += 95 * ms + static_cast<std::int64_t>(random() % 10 * ms))
        shown = static_cast<std::uint64_t>(static_cast<double>(next_step) * 0.3);  // 300 W
      rig_.meter->answers[0].count = shown;
    }
    std::mt19937_64 random{6};
    std::uint64_t shown = 0;
    std::int64_t next_step = 0;
  };
  std::mt19937_64 random(5);
  double worst_sum = 0, worst_scope = 0;
  for (int phase = 0; phase < 20; ++phase) {
    rig r(2);
    r.watts = {300, 50};
    gpu time(r, 10 * ms);
    time.next_step = std::uniform_int_distribution<std::int64_t>(0, 100 * ms)(random);
    std::vector<std::string> names;
    for (int i = 0; i < 200; ++i) {
      names.push_back("scope " + std::to_string(i));
      r.enter(names.back().c_str());
      time.pass(20 * ms);
      r.leave(r.serial);
      time.pass(std::uniform_int_distribution<std::int64_t>(0, 15 * ms)(random));
    }
    time.pass(250 * ms);
    double sum = 0;
    std::int64_t least = r.own(names[0].c_str());
    for (const std::string& n : names) {
      const std::int64_t own = r.own(n.c_str());
      sum += static_cast<double>(own);
      least = std::min(least, own);
      worst_scope = std::max(worst_scope, std::abs(static_cast<double>(own) / 7e6 - 1));
    }
    worst_sum = std::max(worst_sum, std::abs(sum / (200 * 7e6) - 1));
    CHECK(least > 0);
    CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
  }
  MESSAGE("worst of 20 phases: ", worst_sum * 100, " % over 200 scopes, ", worst_scope * 100, " % of one");
  CHECK(worst_sum < 0.05);
  CHECK(worst_scope < 0.35);  // a change is seen up to 10 ms late, and the first may come after 30 ms
}

TEST_CASE("at constant power nothing depends on the sampling period") {
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "(outside)", "epoch"};
  std::vector<std::int64_t> finest;
  for (const std::int64_t period : {1 * ms, 3 * ms, 10 * ms, 100 * ms, 1000 * ms}) {
    CAPTURE(period);
    rig r(2);
    r.watts = {100, 35};
    sampled time(r, period);
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> open[2];
    for (int i = 0; i < 5'000; ++i) {
      const auto thread = static_cast<std::uint32_t>(random() % 2);
      if (open[thread].size() < 4 && (open[thread].empty() || random() % 2 == 0)) {
        open[thread].push_back(r.enter(names[random() % 5].c_str(), thread));
      } else {
        r.leave(open[thread].back(), thread);
        open[thread].pop_back();
      }
      time.pass(static_cast<std::int64_t>(random() % 1000) * 1000);  // whole microjoules
    }
    r.pass(1000 * ms);
    std::vector<std::int64_t> own;
    for (const std::string& n : names) own.push_back(r.own(n.c_str()));
    CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
    if (finest.empty()) finest = own;
    // Each settled interval rounds each channel's share to a whole microjoule.
    const auto rounding = static_cast<std::int64_t>(2 * r.ledger.samples) + 2 * 2600;
    for (std::size_t i = 0; i < names.size(); ++i) CHECK(std::abs(own[i] - finest[i]) <= rounding);
  }
}

TEST_CASE("nothing is outside when scopes cover the run") {
  rig r(2);
  r.watts = {99.9, 31.7};
  std::mt19937_64 random(2);
  r.enter("run", 0);
  for (int i = 0; i < 2'000; ++i) {
    const auto thread = static_cast<std::uint32_t>(random() % 3);
    const auto scope = r.enter("inner", thread);
    r.pass(static_cast<std::int64_t>(random() % 10'000'000), random() % 3 == 0);
    if (random() % 2 == 0) r.leave(scope, thread);
  }
  r.pass(1 * ms);
  CHECK(r.own("(outside)") == 0);
  CHECK(r.own("run") + r.own("inner") == r.ledger.books().total().own_uj);
}

TEST_CASE("an epoch inside a scope is the machine's, and the scope keeps what it used") {
  rig r(2);
  r.enter("fit", 1);
  r.pass(10 * ms);
  const int e = r.ledger.open_epoch();
  r.pass(20 * ms, false);
  const auto step = r.enter("step", 2);
  r.pass(20 * ms, false);
  r.leave(step, 2);
  r.pass(10 * ms);
  r.ledger.close_epoch(e);
  r.leave(1, 1);
  r.pass(10 * ms);
  CHECK(r.ledger.books().epochs().find(e)->microjoules == 10'000'000);
  CHECK(r.own("fit") == 10'000'000);  // 40 ms alone, and half of 20 ms
  CHECK(r.own("step") == 2'000'000);
  CHECK(r.own("epoch") == 0);
  CHECK(r.own("(outside)") == 2'000'000);
}

TEST_CASE("after months a millisecond is still a millisecond") {
  rig r(2);
  r.watts = {100, 20};
  constexpr std::int64_t hour = 3600'000 * ms;
  r.enter("for months");
  const auto outer = r.serial;
  for (int i = 0; i < 24 * 200; ++i) r.pass(1 * hour);
  for (int i = 0; i < 1000; ++i) {
    r.enter("brief");
    r.pass(1 * ms, i % 10 == 0);
    r.leave(r.serial);
  }
  r.leave(outer);
  r.pass(1 * ms);
  CHECK(r.clock.ticks > std::int64_t{1} << 53);
  CHECK(std::abs(r.own("brief") - 120'000'000) <= 200);
  CHECK(r.line("brief").time_ns == 1000 * ms);
  CHECK(r.line("for months").time_ns == 24 * 200 * hour + 1000 * ms);
  CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
  CHECK(r.ledger.books().total().own_uj == 120 * (24 * 200 * hour + 1001 * ms) / 1'000);
}
