// SPDX-License-Identifier: MIT
// The CPU's counter as the ledger's clock: believed while it keeps pace, left when it does not, and the books
// balance through both.
#include <doctest/doctest.h>

#include "support/rig.hpp"
#include "support/test_machine.hpp"

#include <kaya/kaya.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>

using kaya::ledger::moment;
using kaya::ledger::tick_rate;
using kaya_test::ms;
using kaya_test::rig;

namespace {

constexpr double gigahertz_3 = 3;  // ticks per nanosecond

rig on_counter(std::size_t channels = 2, double rate = gigahertz_3) { return rig(channels, {}, 1000, rate); }
moment at(std::int64_t ns, double rate, std::int64_t within = 30) {
  return {static_cast<std::int64_t>(static_cast<double>(ns) * rate), ns, within};
}

}  // namespace

TEST_CASE("the rate of a steady counter is measured, and its drift is nothing") {
  tick_rate r;
  r.start(at(0, 2.5));
  CHECK(std::isnan(r.rate()));
  for (int i = 1; i <= 100; ++i) CHECK(r.watch(at(i * 100 * ms, 2.5)));
  CHECK(r.rate() == doctest::Approx(2.5));
  CHECK(r.drift_ppm() < 0.1);
}

TEST_CASE("a window whose rate is off by 200 ppm is believed, by more not") {
  for (const double ppm : {-250., -190., 0., 190., 250.}) {
    CAPTURE(ppm);
    tick_rate r;
    r.start(at(0, 2.5));
    CHECK(r.watch(at(1000 * ms, 2.5)));
    moment m = at(1000 * ms, 2.5);
    m.ns += 1000 * ms;
    m.ticks += static_cast<std::int64_t>(1000 * ms * 2.5 * (1 + ppm * 1e-6));
    CHECK(r.watch(m) == (std::abs(ppm) < 200));
    CHECK(r.drift_ppm() == doctest::Approx(std::abs(ppm)).epsilon(0.01));
  }
}

TEST_CASE("a counter that goes back is not believed, however little time has passed") {
  tick_rate r;
  r.start(at(1000 * ms, 2.5));
  CHECK(r.watch(at(1001 * ms, 2.5)));
  CHECK(!r.watch(at(999 * ms, 2.5)));
}

TEST_CASE("a moment that took long to read says nothing of the rate") {
  tick_rate r;
  r.start(at(0, 2.5));
  CHECK(r.watch(at(1000 * ms, 2.5)));
  CHECK(r.watch(at(2000 * ms, 2.6, 100 * ms)));  // interrupted between the two clocks
  CHECK(r.watch(at(3000 * ms, 2.5)));
  CHECK(r.drift_ppm() < 0.1);
}

TEST_CASE("stamps carry the CPU's counter, and time and energy come out the same") {
  for (const double rate : {gigahertz_3, 0.024, 0.0}) {  // a TSC, a CNTVCT of 24 MHz, none
    CAPTURE(rate);
    rig r = on_counter(2, rate);
    CHECK(r.ledger.on_cpu_counter() == (rate > 0));
    for (int i = 0; i < 100; ++i) {
      r.enter("step");
      r.pass(7 * ms, false);
      r.leave(r.serial);
      r.pass(3 * ms);
    }
    CHECK(std::abs(r.own("step") - 140'000'000) <= (rate > 0 && rate < 1 ? 2000 : 200));
    CHECK(std::abs(r.line("step").time_ns - 700 * ms) <= (rate > 0 && rate < 1 ? 10'000 : 100));
    CHECK(r.sum_of_own() == r.counted());
    if (rate > 0) CHECK(r.ledger.rate().rate() == doctest::Approx(rate).epsilon(1e-6));
  }
}

TEST_CASE("a counter that changes its rate in the middle is left, told of, and costs nothing") {
  rig r = on_counter();
  const auto outer = r.enter("outer", 1);
  const auto other = r.enter("other", 2);
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.clock.set_counter_rate(gigahertz_3 * 1.01);  // 10 000 ppm
  int samples = 0;
  while (r.ledger.on_cpu_counter() && ++samples < 100) r.pass(10 * ms);
  CHECK(samples < 30);
  CHECK(r.has_event("does not keep pace"));
  const auto inner = r.enter("inner", 1);  // carries nanoseconds now
  for (int i = 0; i < 10; ++i) r.pass(10 * ms);
  r.leave(inner, 1);
  r.leave(outer, 1);
  r.leave(other, 2);
  r.pass(10 * ms);
  CHECK(std::abs(r.own("inner") - 10'000'000) <= 20);
  CHECK(r.own("outer") == doctest::Approx(100e6 + samples * 1e6).epsilon(1e-3));
  CHECK(r.own("other") == doctest::Approx(110e6 + samples * 1e6).epsilon(1e-3));
  CHECK(r.own("(outside)") == 2'000'000);
  CHECK(r.line("outer").time_ns == doctest::Approx((1100. + samples * 10) * ms).epsilon(1e-3));
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("stamps from before the change that arrive after it count at their time") {
  rig r = on_counter();
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.threads.of(1);
  kaya::ledger::lane& late = r.threads.of(2);
  late.open_chunk(10);
  r.clock.set_counter_rate(gigahertz_3 * 1.01);
  while (r.ledger.on_cpu_counter()) r.pass(10 * ms);
  // A thread that read the old clock just before the change, and publishes just after it.
  r.clock.ticks += 1 * ms;
  std::uint64_t serial = 0, unused = 0;
  late.put(std::uint64_t{r.ledger.intern("late")} << kaya::ledger::record::payload, r.clock.cpu_counter(),
           serial);
  r.pass(9 * ms);
  late.put(serial << kaya::ledger::record::payload | kaya::ledger::record::leaves |
               kaya::ledger::record::monotonic,
           r.clock.ticks, unused);
  r.pass(10 * ms);
  CHECK(r.line("late").count == 1);
  CHECK(r.own("late") > 0);
  CHECK(r.own("late") <= 2'000'000);
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("cuts that are kept are watched when they are settled, and only by who reads the meters") {
  rig r = on_counter();
  const auto outer = r.enter("outer", 1);
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.clock.set_counter_rate(gigahertz_3 * 1.01);
  for (int i = 0; i < 100; ++i) {
    r.pass(10 * ms, false);
    r.ledger.read(r.clock.ticks);
    const moment now = r.ledger.look();
    if (i % 3 == 0) r.ledger.make_room(r.threads.of(1));  // a thread folds, between look and keep
    CHECK(r.ledger.on_cpu_counter());
    r.ledger.keep(now);
    if (i % 7 == 0) r.ledger.catch_up();
    if (r.ledger.kept().full() || i == 99) break;
  }
  while (r.ledger.on_cpu_counter()) r.pass(10 * ms);
  r.leave(outer, 1);
  for (int i = 0; i < 10; ++i) r.pass(10 * ms);
  CHECK(r.has_event("does not keep pace"));
  CHECK(r.line("outer").time_ns ==
        doctest::Approx(static_cast<double>(r.clock.ticks - 100 * ms)).epsilon(0.01));
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("a counter that starts anew, as after sleep, is left") {
  rig r = on_counter();
  const auto outer = r.enter("outer");
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.clock.counter_base = -1'000'000'000'000;
  r.clock.suspended = 60'000 * ms;
  for (int i = 0; i < 10; ++i) r.pass(10 * ms);
  r.leave(outer);
  CHECK(!r.ledger.on_cpu_counter());
  CHECK(r.has_event("suspended"));
  CHECK(r.own("outer") == r.counted());
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("a counter that counts on while the machine sleeps stays in use") {
  rig r = on_counter();
  const auto outer = r.enter("outer");
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.clock.counter_base += 60'000 * ms * 3;
  r.clock.suspended = 60'000 * ms;
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.leave(outer);
  r.pass(10 * ms);
  CHECK(r.ledger.on_cpu_counter());
  CHECK(r.ledger.suspended() == 60'000 * ms);
  CHECK(r.own("outer") == 400'000'000);
  CHECK(r.line("outer").time_ns == doctest::Approx(2000. * ms).epsilon(1e-3));
  CHECK(r.ledger.rate().rate() == doctest::Approx(gigahertz_3));
}

TEST_CASE("a counter that jumps ahead by itself is left, and no time is made of the jump") {
  rig r = on_counter();
  const auto outer = r.enter("outer");
  for (int i = 0; i < 100; ++i) r.pass(10 * ms);
  r.enter("inner");
  r.pass(5 * ms, false);
  r.clock.counter_base += 60'000 * ms * 3;
  r.pass(5 * ms, false);
  r.leave(r.serial);
  for (int i = 0; i < 50; ++i) r.pass(10 * ms);
  r.leave(outer);
  r.pass(10 * ms);
  CHECK(!r.ledger.on_cpu_counter());
  CHECK(r.has_event("does not keep pace"));
  CHECK(std::abs(r.line("outer").time_ns - 1510 * ms) <= 1 * ms);
  CHECK(r.line("inner").time_ns <= 20 * ms);  // not known better than to the sample
  CHECK(r.own("inner") <= 4'000'000);
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("stamps that go back, within a thread or across CPUs, are clamped") {
  rig r = on_counter();
  std::mt19937_64 random(3);
  std::uint64_t open[2] = {0, 0}, scopes = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto thread = static_cast<std::uint32_t>(random() % 2);
    const std::int64_t off = static_cast<std::int64_t>(random() % 6'000'000) - 3'000'000;  // 1 ms either way
    if (open[thread] == 0) {
      open[thread] = r.threads.enter(thread, r.ledger.intern("x"), r.stamp() + off);
      ++scopes;
    } else {
      r.threads.leave(thread, open[thread], r.stamp() + off);
      open[thread] = 0;
    }
    r.pass(static_cast<std::int64_t>(random() % 1'000'000), i % 5 == 0);
  }
  for (std::uint32_t t : {0u, 1u})
    if (open[t] != 0) r.threads.leave(t, open[t], r.stamp());
  r.pass(10 * ms);
  r.pass(10 * ms);
  CHECK(r.line("x").count == scopes);
  CHECK(r.line("x").min_joules >= 0);
  CHECK(r.line("x").time_ns >= 0);
  CHECK(r.ledger.late_stamps() > 0);
  CHECK(r.own("x") > 0);
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("a stamp far ahead of its time waits, and holds nothing up") {
  rig r = on_counter();
  const auto ahead = r.threads.enter(1, r.ledger.intern("ahead"), r.stamp() + 3'000'000'000);  // a second
  for (int i = 0; i < 5'000; ++i) {  // more than a lane holds
    r.enter("other", 2);
    r.pass(10'000, false);
    r.leave(r.serial, 2);
  }
  r.pass(10 * ms);
  CHECK(r.own("ahead") == 0);
  CHECK(r.own("other") == doctest::Approx(10e6).epsilon(1e-3));
  r.threads.leave(1, ahead, r.stamp() + 3'000'000'000);
  for (int i = 0; i < 110; ++i) r.pass(10 * ms);
  CHECK(r.line("ahead").count == 1);
  CHECK(r.sum_of_own() == r.counted());
}

TEST_CASE("the report says which clock stamped, its rate, and how well it kept pace") {
  kaya::tracker t(kaya_test::on_test_machine());
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    t.sample();
  }
  const kaya::run_report r = t.stop();
  const std::string text = kaya::report::text(r);
  CHECK(text.find("clock " + r.overhead.clock) != std::string::npos);
  if (r.overhead.clock == "CLOCK_MONOTONIC") {
    CHECK(!r.overhead.clock_hertz);
    return;
  }
  CHECK((r.overhead.clock == "TSC" || r.overhead.clock == "CNTVCT"));
  REQUIRE(r.overhead.clock_hertz);
  CHECK(*r.overhead.clock_hertz > 1e6);
  CHECK(*r.overhead.clock_hertz < 1e11);
  CHECK(text.find(" MHz") != std::string::npos);
  CHECK(text.find(" ppm)") != std::string::npos);
}
