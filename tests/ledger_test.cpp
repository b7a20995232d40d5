// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "support/rig.hpp"

#include <kaya/ledger/core.hpp>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using kaya::ledger::core;
using kaya::ledger::name_id;
using kaya::meter::missing;
using kaya_test::bound;
using kaya_test::manual_clock;
using kaya_test::ms;
using kaya_test::rig;
using kaya_test::scripted_meter;
using kaya_test::stamper;

TEST_CASE("energy of an instant goes to the innermost scope, and its total to all around it") {
  rig r;
  const auto outer = r.enter("outer");
  r.pass(10 * ms, false);
  const auto inner = r.enter("inner");
  r.pass(30 * ms, false);
  r.leave(inner);
  r.leave(outer);
  r.pass(60 * ms);
  CHECK(r.own("outer") == 1'000'000);
  CHECK(r.own("inner") == 3'000'000);
  CHECK(r.total("outer") == 4'000'000);
  CHECK(r.total("inner") == 3'000'000);
  CHECK(r.own("(outside)") == 6'000'000);
}

TEST_CASE("two threads with open scopes share an instant equally") {
  rig r;
  r.enter("a", 1);
  r.enter("b", 2);
  r.pass(20 * ms);
  CHECK(r.own("a") == 1'000'000);
  CHECK(r.own("b") == 1'000'000);
}

TEST_CASE("a background scope gets nothing while a foreground scope is open, and all of it otherwise") {
  rig r;
  r.enter("loader", 2, true);
  r.pass(10 * ms, false);
  const auto step = r.enter("step", 1);
  r.pass(30 * ms, false);
  r.leave(step);
  r.pass(5 * ms);
  CHECK(r.own("loader") == 1'500'000);
  CHECK(r.own("step") == 3'000'000);
  CHECK(r.own("(outside)") == 0);
}

TEST_CASE("a background scope inside a foreground scope encloses nothing of the foreground's own") {
  rig r;
  r.enter("outer");
  const auto log = r.enter("log", 1, true);
  r.pass(10 * ms, false);
  const auto inner = r.enter("inner");
  r.pass(20 * ms, false);
  r.leave(inner);
  r.leave(log);
  r.pass(0);
  CHECK(r.total("log") == 2'000'000);
  CHECK(r.own("log") == 0);
  CHECK(r.own("outer") == 1'000'000);
  CHECK(r.total("outer") == 3'000'000);
}

TEST_CASE("recursion of one name counts each instant once in its total and in its time") {
  rig r;
  std::vector<std::uint64_t> open;
  for (int depth = 0; depth < 5; ++depth) {
    open.push_back(r.enter("walk"));
    r.pass(2 * ms, false);
  }
  while (!open.empty()) {
    r.leave(open.back());
    open.pop_back();
  }
  r.pass(0);
  CHECK(r.own("walk") == 1'000'000);
  CHECK(r.total("walk") == 1'000'000);
  CHECK(r.line("walk").time_ns == 10 * ms);
  CHECK(r.line("walk").count == 5);
}

TEST_CASE("scopes left out of order keep their own instants") {
  rig r;
  const auto a = r.enter("a");
  const auto b = r.enter("b");
  r.pass(10 * ms, false);
  r.leave(a);
  r.pass(10 * ms, false);
  r.leave(b);
  r.pass(0);
  CHECK(r.own("a") == 0);
  CHECK(r.total("a") == 1'000'000);
  CHECK(r.own("b") == 2'000'000);
}

TEST_CASE("an inner scope goes on counting for its name when the outer one of that name is left first") {
  rig r;
  const auto outer = r.enter("walk");
  const auto inner = r.enter("walk");
  r.pass(10 * ms, false);
  r.leave(outer);
  r.pass(10 * ms, false);
  r.leave(inner);
  r.pass(0);
  CHECK(r.total("walk") == 2'000'000);
  CHECK(r.line("walk").time_ns == 20 * ms);
}

TEST_CASE("leaving a scope twice or one that was never opened changes nothing") {
  rig r;
  const auto a = r.enter("a");
  r.leave(a);
  r.leave(a);
  r.leave(77, 9);
  r.pass(10 * ms);
  CHECK(r.line("a").count == 1);
  CHECK(r.own("(outside)") == 1'000'000);
}

TEST_CASE("a zero-length scope is counted and gets nothing") {
  rig r;
  r.leave(r.enter("blink"));
  r.pass(10 * ms);
  CHECK(r.line("blink").count == 1);
  CHECK(r.own("blink") == 0);
  CHECK(r.own("(outside)") == 1'000'000);
}

TEST_CASE("least and most energy of a scope are those of single scopes, also across samples") {
  rig r;
  r.pass(10 * ms);
  auto s = r.enter("step");
  r.pass(2 * ms, false);
  r.leave(s);
  s = r.enter("step");
  r.pass(5 * ms);
  r.pass(5 * ms);
  r.leave(s);
  r.pass(1 * ms);
  CHECK(r.line("step").min_joules == doctest::Approx(0.2));
  CHECK(r.line("step").max_joules == doctest::Approx(1.0));
  CHECK(r.line("step").priced == 2);
}

TEST_CASE(
    "an epoch's energy is the machine's between its edges, and the sum over epochs is the epoch line's "
    "total") {
  rig r(2);
  std::int64_t sum = 0;
  for (int i = 0; i < 7; ++i) {
    r.pass(3 * ms);
    const int e = r.ledger.open_epoch();
    CHECK(e == i);
    r.enter("step", 1);
    r.pass(4 * ms + i);
    r.leave(r.serial);
    r.pass(1 * ms);
    r.ledger.close_epoch(e);
  }
  for (const auto& e : r.ledger.books().epochs().lines()) {
    CHECK(std::abs(e.microjoules - 200 * (5 * ms + e.index) / 1000) <= 2);
    sum += e.microjoules;
  }
  CHECK(r.ledger.books().epochs_total().own_uj == sum);
  CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
  CHECK(std::abs(r.own("epoch") - 7 * 200'000) <= 28);
}

TEST_CASE("overlapping epochs each have the whole machine, and the epoch line counts an instant once") {
  rig r;
  const int a = r.ledger.open_epoch();
  r.pass(10 * ms);
  const int b = r.ledger.open_epoch();
  r.pass(10 * ms);
  r.ledger.close_epoch(a);
  r.pass(10 * ms);
  r.ledger.close_epoch(b);
  CHECK(r.ledger.books().epochs().find(a)->microjoules == 2'000'000);
  CHECK(r.ledger.books().epochs().find(b)->microjoules == 2'000'000);
  CHECK(r.ledger.books().epochs_total().own_uj == 3'000'000);
}

TEST_CASE("a slow counter's energy is shared by the epochs that lie between its changes") {
  rig r;
  r.pass(100 * ms);
  const auto held = r.meter->answers[0];
  const auto sample_held = [&](std::int64_t ticks) {  // time passes, the counter does not show it
    r.pass(ticks, false);
    r.meter->answers[0].count = held.count;
    r.ledger.tick(r.ledger.look());
  };
  const int a = r.ledger.open_epoch();
  sample_held(20 * ms);
  r.ledger.close_epoch(a);
  CHECK(r.ledger.books().epochs().find(a)->microjoules == 0);
  CHECK(r.ledger.books().provisional(a, r.ledger.timelines()) == doctest::Approx(2e6));
  const int b = r.ledger.open_epoch();
  sample_held(30 * ms);
  r.ledger.close_epoch(b);
  r.pass(50 * ms);
  CHECK(r.ledger.books().epochs().find(a)->microjoules == 2'000'000);
  CHECK(r.ledger.books().epochs().find(b)->microjoules == 3'000'000);
}

TEST_CASE("beyond the limit of lines old epochs are merged, and nothing is lost") {
  rig r(1, {}, 8);
  for (int i = 0; i < 100; ++i) {
    const int e = r.ledger.open_epoch();
    r.ledger.books().epochs().find(e)->work = 1;
    r.pass(1 * ms);
    r.ledger.close_epoch(e);
  }
  std::int64_t sum = 0;
  double work = 0;
  int next = 0;
  for (const auto& e : r.ledger.books().epochs().lines()) {
    CHECK(e.index == next);
    next = e.last + 1;
    sum += e.microjoules;
    work += e.work;
  }
  CHECK(next == 100);
  CHECK(r.ledger.books().epochs().lines().size() <= 8);
  CHECK(sum == r.ledger.books().total().own_uj);
  CHECK(work == 100);
}

TEST_CASE("a channel that vanishes and returns has its energy spread over the gap, flagged") {
  rig r(2);
  r.pass(10 * ms);
  r.enter("during");
  for (int i = 0; i < 5; ++i) {
    r.pass(10 * ms, false);
    const auto count = r.meter->answers[0].count;
    r.meter->answers[0] = {.why = missing::lost};
    r.ledger.tick(r.ledger.look());
    r.meter->answers[0] = {.count = count};
  }
  CHECK(r.own("during") == 5'000'000);
  r.pass(10 * ms);
  CHECK(r.own("during") == 12'000'000);
  CHECK(r.ledger.timelines()[0].gaps == 1);
  CHECK(r.ledger.timelines()[1].gaps == 0);
  CHECK(r.has_event("can no longer be read"));
  CHECK(r.has_event("can be read again"));
}

TEST_CASE("a channel that cannot be read from the start has no value and does not spoil the others") {
  rig r(2);
  r.meter->answers[0] = {.why = missing::no_permission};
  core late(r.clock, bound(r.meter), {}, 10);
  late.start();
  for (int i = 0; i < 3; ++i) {
    r.pass(10 * ms, false);
    r.meter->answers[0] = {.why = missing::no_permission};
    late.tick(late.look());
  }
  CHECK_FALSE(late.timelines()[0].has_value);
  CHECK(late.timelines()[0].why() == missing::no_permission);
  CHECK(late.books().total().own_uj == 3'000'000);
}

TEST_CASE("nothing is known before a counted channel has counted something") {
  rig r;
  CHECK_FALSE(r.ledger.anything_known());
  ++r.clock.ticks;
  r.ledger.tick(r.ledger.look());
  CHECK_FALSE(r.ledger.anything_known());
  r.pass(1 * ms);
  CHECK(r.ledger.anything_known());
}

TEST_CASE("a counter that stands still for long is an event, not a zero") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  meter->channel(0).update_period_ns = ms;
  meter->answers[0].count = 5;
  core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  for (int i = 1; i <= 20; ++i) {
    meter->answers[1].count += 1000;
    clock.ticks = i * 100 * ms;
    ledger.tick(ledger.look());
  }
  CHECK(ledger.timelines()[0].stuck);
  CHECK_FALSE(ledger.timelines()[0].has_value);
  CHECK_FALSE(ledger.timelines()[1].stuck);
  REQUIRE(ledger.events().all().size() == 1);
  CHECK(ledger.events().all()[0].where == "fake-0");
}

TEST_CASE("a span between samples in which a counter may have wrapped unseen is marked ambiguous") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  meter->channel(0).wraps = true;
  meter->channel(0).range = 262'143'328'850;  // at 1000 W full after 262 s
  core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  const auto sample_after = [&](std::int64_t seconds) {
    clock.ticks += seconds * 1000 * ms;
    for (auto& a : meter->answers) a.count += 50'000'000;
    ledger.tick(ledger.look());
  };
  sample_after(200);
  CHECK(ledger.timelines()[0].ambiguous == 0);
  CHECK(ledger.timelines()[0].covered == 200'000 * ms);
  sample_after(300);  // without a thread nothing was read in between
  CHECK(ledger.timelines()[0].ambiguous == 1);
  CHECK(ledger.timelines()[1].ambiguous == 0);  // never starts anew
  CHECK(ledger.timelines()[0].covered == 200'000 * ms);
  REQUIRE(ledger.events().all().size() == 1);
  CHECK(ledger.events().all()[0].where == "fake-0");
  CHECK(ledger.books().total().own_uj == 200'000'000);  // all that was seen
}

TEST_CASE("power is integrated by the trapezium rule to the microjoule") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(1));
  meter->channel(0).kind = kaya::meter::reading_kind::power;
  core ledger(clock, bound(meter), {}, 10);
  double expected = 0, before = 0;
  for (int i = 0; i < 1000; ++i) {
    const double now = 100 + 50 * std::sin(i * 0.1);
    meter->answers[0].watts = now;
    if (i == 0) ledger.start();
    else clock.ticks += 1'234'567, ledger.tick(ledger.look());
    if (i > 0) expected += (before + now) / 2 * 1234.567;
    before = now;
  }
  CHECK(std::abs(static_cast<double>(ledger.books().total().own_uj) - expected) < 1.001);
}

TEST_CASE("power that is no number, negative or beyond any device is a gap, and bridged when it returns") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  for (std::size_t i = 0; i < 2; ++i) meter->channel(i).kind = kaya::meter::reading_kind::power;
  core ledger(clock, bound(meter), {}, 10);
  meter->answers[0].watts = meter->answers[1].watts = 100;
  ledger.start();
  for (const double nonsense : {std::nan(""), -5.0, 1e300, HUGE_VAL}) {
    meter->answers[0].watts = nonsense;
    clock.ticks += 10 * ms;
    ledger.tick(ledger.look());
    CHECK(ledger.timelines()[0].why() == missing::implausible);
  }
  CHECK(ledger.books().total().own_uj == 4'000'000);
  meter->answers[0].watts = 100;
  clock.ticks += 10 * ms;
  ledger.tick(ledger.look());
  CHECK(ledger.books().total().own_uj == 10'000'000);
  CHECK(ledger.timelines()[0].gaps == 1);
}

TEST_CASE("counts in other units become microjoules without losing a remainder") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(1));
  meter->channel(0).unit_numerator = 15625;  // 2^-32 J, as perf counts
  meter->channel(0).unit_denominator = 1u << 26;
  core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  std::mt19937_64 random(3);
  std::uint64_t count = 0;
  for (int i = 0; i < 5000; ++i) {
    meter->answers[0].count = count += random() % 4'000'000'000u;
    clock.ticks += 100 * ms;
    ledger.tick(ledger.look());
  }
  const auto exact = static_cast<std::int64_t>(static_cast<long double>(count) * 15625 / (1u << 26));
  CHECK(ledger.books().total().own_uj == exact);
}

TEST_CASE("more stamps than a lane holds are folded, never lost") {
  rig r;
  constexpr std::size_t most = 3 * kaya::ledger::lane::capacity;
  r.pass(1 * ms);
  for (std::size_t i = 0; i < most; ++i) {
    const auto s = r.enter("step");
    r.pass(1000, false);
    r.leave(s);
  }
  r.pass(0);
  CHECK(r.line("step").count == most);
  CHECK(r.own("step") == static_cast<std::int64_t>(most * 100));
}

TEST_CASE("a sample whose moment was folded already takes effect where the books are") {
  rig r;
  r.enter("a");
  for (std::size_t i = 0; i < kaya::ledger::lane::capacity; ++i) r.pass(1000, false), r.leave(r.enter("b"));
  const std::int64_t before = r.clock.ticks - 100 * 1000;
  r.ledger.tick({before, before});  // a sampler that was slower than the full log
  r.pass(1 * ms);
  CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
  CHECK(r.own("(outside)") == 0);
}

TEST_CASE("totals beyond 2^53 microjoules stay exact") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(1));
  core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  stamper threads(ledger);
  std::uint64_t count = 0;
  for (int i = 0; i < 200; ++i) {  // 100 kW for years
    count += 90'000'000'000'001u;
    meter->answers[0].count = count;
    const auto scope = threads.enter(1, ledger.intern(i % 2 != 0 ? "odd" : "even"), clock.ticks);
    clock.ticks += 600'000'000'000'000;
    threads.leave(1, scope, clock.ticks);
    ledger.tick(ledger.look());
  }
  const std::int64_t odd = ledger.books().line(ledger.intern("odd")).own_uj,
                     even = ledger.books().line(ledger.intern("even")).own_uj;
  CHECK(odd + even == static_cast<std::int64_t>(count));
  CHECK(odd == even);
  CHECK(ledger.books().total().own_uj == static_cast<std::int64_t>(count));
  CHECK(count > (std::uint64_t{1} << 53));
}

TEST_CASE("carbon uses the intensity in force when the energy was used") {
  const auto at = [](double unix_seconds, double g) {
    return kaya::grid::point{static_cast<std::int64_t>(unix_seconds * 1e9), kaya::grams_per_kilowatt_hour(g)};
  };
  const double zero = 1.7e9;
  const std::vector<kaya::grid::point> points{at(zero, 100), at(zero + 10, 500), at(zero + 20, 0)};
  rig r(1, {.pue = 1.5,
            .intensity = kaya::grams_per_kilowatt_hour(50),
            .series = kaya::grid::series(points, kaya::grid::accounting::direct)});
  r.watts[0] = 360;
  for (int i = 0; i < 30; ++i) r.pass(1000 * ms);
  CHECK(r.ledger.books().grams(r.ledger.books().total()) ==
        doctest::Approx(1.5 * (100 + 500 + 0) * 3.6e3 / 3.6e6));
  CHECK(r.ledger.books().fallbacks() == 0);
  r.pass(1000 * ms);
  CHECK(r.ledger.books().fallbacks() == 1);
  CHECK(r.ledger.books().grams(r.ledger.books().total()) == doctest::Approx(0.9 + 1.5 * 50 * 0.36e3 / 3.6e6));
}

TEST_CASE(
    "what a component used while the intensity was high is priced high, and components add up to the run") {
  const auto at = [](double unix_seconds, double g) {
    return kaya::grid::point{static_cast<std::int64_t>(unix_seconds * 1e9), kaya::grams_per_kilowatt_hour(g)};
  };
  using kaya::meter::component;
  const double zero = 1.7e9;
  const std::vector<kaya::grid::point> points{at(zero, 100), at(zero + 10, 500), at(zero + 20, 0)};
  rig r(3, {.pue = 1.5,
            .intensity = kaya::grams_per_kilowatt_hour(50),
            .series = kaya::grid::series(points, kaya::grid::accounting::direct)});
  const kaya::ledger::books& b = r.ledger.books();
  for (int i = 0; i < 20; ++i) {  // fake-1 and fake-2 are memory
    r.watts = i < 10 ? std::vector<double>{720, 36, 36} : std::vector<double>{72, 36, 360};
    r.pass(1000 * ms);
    CHECK(b.grams(b.of(component::cpu)) + b.grams(b.of(component::memory)) ==
          doctest::Approx(b.grams(b.total())));
  }
  CHECK(b.of(component::cpu).microjoules == 7'920'000'000);
  CHECK(b.of(component::memory).microjoules == 4'680'000'000);
  CHECK(b.of(component::gpu).microjoules == 0);
  CHECK(b.grams(b.of(component::cpu)) == doctest::Approx(1.5 * (7200 * 100 + 720 * 500) / 3.6e6));
  CHECK(b.grams(b.of(component::memory)) == doctest::Approx(1.5 * (720 * 100 + 3960 * 500) / 3.6e6));
}

TEST_CASE("an interval that a series knows in part has its parts' intensities") {
  const auto at = [](double unix_seconds, double g, bool known = true) {
    return kaya::grid::point{static_cast<std::int64_t>(unix_seconds * 1e9), kaya::grams_per_kilowatt_hour(g),
                             known};
  };
  const double zero = 1.7e9;  // the fake clock's start
  kaya::grid::live_feed feed("a service", "DE");
  kaya::grid::live_step step;
  step.reading.value = kaya::grams_per_kilowatt_hour(700);
  step.from_ns = static_cast<std::int64_t>((zero + 7) * 1e9),
  step.until_ns = step.from_ns + 3'600'000'000'000;
  feed.put(step);
  // 100 for 4 s, unknown for 2 s, 200 for 1 s; then live, 700.
  rig r(1, {.pue = 1,
            .intensity = kaya::grams_per_kilowatt_hour(50),
            .series = kaya::grid::series({at(zero, 100), at(zero + 4, 0, false), at(zero + 6, 200)},
                                         kaya::grid::accounting::direct, kaya::grid::basis::location, "",
                                         kaya::seconds(1)),
            .live = feed.source()});
  r.watts[0] = 360;
  r.pass(10'000 * ms);  // in one interval
  CHECK(r.ledger.books().grams(r.ledger.books().total()) ==
        doctest::Approx((4 * 100 + 2 * 50 + 1 * 200 + 3 * 700) * 360 / 3.6e6));
  CHECK(r.ledger.books().by_series_uj() == doctest::Approx(0.5 * 3600e6));
  CHECK(r.ledger.books().by_live_uj() == doctest::Approx(0.3 * 3600e6));
  CHECK(r.ledger.books().fallbacks() == 1);
}

TEST_CASE("a suspend is an event") {
  rig r;
  r.pass(10 * ms);
  r.clock.suspended = 3600'000 * ms;
  r.pass(10 * ms);
  r.pass(10 * ms);
  CHECK(r.has_event("suspended"));
  CHECK(r.ledger.suspended() == 3600'000 * ms);
  CHECK(r.ledger.events().all().size() == 1);
}

TEST_CASE("repeated events are one with a count, and their number is bounded") {
  kaya::ledger::event_list list;
  for (int i = 0; i < 1000; ++i) list.file(kaya::seconds(i), kaya::severity::warning, "same", "here");
  CHECK(list.all().size() == 1);
  CHECK(list.all()[0].count == 1000);
  for (int i = 0; i < 1000; ++i)
    list.file(kaya::seconds(i), kaya::severity::info, "different " + std::to_string(i), "here");
  CHECK(list.all().size() == kaya::ledger::event_list::limit);
  CHECK(list.take_undelivered().size() == kaya::ledger::event_list::limit);
  CHECK(list.take_undelivered().empty());
}

TEST_CASE("power over a long gap is not known, and over a short one lies between its ends") {
  for (const int seconds : {1, 3600}) {
    kaya::meter::channel c;
    c.kind = kaya::meter::reading_kind::power;
    kaya::ledger::timeline t(c);
    const auto at = [&](std::int64_t ns, kaya::meter::measurement m) {
      t.extend(t.last_change, ns, {}, {});
      if (t.accept(m, ns).known) t.settled();
    };
    t.accept({.watts = 10}, 0);
    at(100 * ms, {.watts = 10});
    at(200 * ms, {.why = missing::not_present});
    const std::int64_t back = seconds * std::int64_t{1'000'000'000};
    at(back, {.watts = 30});
    CHECK(t.gaps == 1);
    CHECK(t.total_uj == (seconds == 1 ? 1'000'000 + 18'000'000 : 1'000'000));
    at(back + 100 * ms, {.watts = 30});
    CHECK(t.total_uj == (seconds == 1 ? 19'000'000 : 1'000'000) + 3'000'000);
  }
}
TEST_CASE("a meter that must be read often shortens the longest time between samples") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  meter->channel(1).longest_wait_ns = 120'000 * ms;
  core ledger(clock, bound(meter), {}, 10);
  CHECK(ledger.longest_safe_period() == 120'000 * ms);
}

TEST_CASE("the history of power keeps at most 128 spans, and what each component used in all of them") {
  rig r(2);
  r.watts = {100, 20};  // CPU, memory
  for (int i = 1; i <= 5000; ++i) {
    r.pass(10 * ms);
    const auto points = r.ledger.power();
    REQUIRE(points.size() <= 129);
    REQUIRE(points.size() >= (i < 64 ? 2u : 64u));
  }
  const auto points = r.ledger.power();
  CHECK(points.front().ticks == r.ledger.start_ns());
  CHECK(points.back().ticks == r.ledger.cut());
  CHECK(points.back().microjoules[0] == 5'000'000'000);
  CHECK(points.back().microjoules[1] == 1'000'000'000);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const std::int64_t time = points[i].ticks - points[i - 1].ticks;
    CHECK(time > 0);
    CHECK(points[i].microjoules[0] - points[i - 1].microjoules[0] == time / 10);
  }
}
