// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <kaya/ledger/core.hpp>
#include <kaya/ledger/timeline.hpp>

#include "support/scripted_meter.hpp"

using namespace kaya::meter;
using namespace kaya_test;
using kaya::ledger::incident;
using kaya::ledger::timeline;

namespace {

constexpr std::int64_t second = 1'000'000'000;

channel counting() {
  channel c;
  c.wraps = false;
  return c;
}
/// Reads it at a second, after extending the time up to there.
struct line {
  explicit line(const channel& c) : t(c) {}
  timeline::outcome at(std::int64_t seconds, const measurement& m) {
    if (seconds * second > last) t.extend(last, seconds * second, {}, {});
    last = seconds * second;
    const timeline::outcome o = t.accept(m, last);
    if (o.known) t.settled();
    return o;
  }
  timeline t;
  std::int64_t last = 0;
};

}  // namespace

TEST_CASE("of two counters that were unread for long, the one that must be read often has a lower bound") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  meter->channel(1).longest_wait_ns = 120 * second;
  kaya::ledger::core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  const auto sample_after = [&](std::int64_t seconds) {
    clock.ticks += seconds * second;
    for (auto& a : meter->answers) a.count += 50'000'000;
    ledger.tick(ledger.look());
  };
  sample_after(120);
  sample_after(200);  // late, as for a range that can have been used up half
  for (const timeline& t : ledger.timelines()) CHECK(t.ambiguous == 0);
  sample_after(241);
  CHECK(ledger.timelines()[0].ambiguous == 0);
  CHECK(ledger.timelines()[0].covered == 561 * second);
  CHECK(ledger.timelines()[1].ambiguous == 1);
  CHECK(ledger.timelines()[1].covered == 320 * second);
  CHECK(ledger.timelines()[1].total_uj == 150'000'000);  // what was seen
  REQUIRE(ledger.events().all().size() == 1);
  CHECK(ledger.events().all()[0].where == "fake-1");
  sample_after(100);
  CHECK(ledger.timelines()[1].ambiguous == 1);
}
TEST_CASE("what was lost while unread is told with the next change, however late that comes") {
  channel c = counting();
  c.longest_wait_ns = 10 * second;
  line l(c);
  l.at(0, {5});
  l.at(1, {.why = missing::lost});
  l.at(30, {5});  // could not be read for three times as long; stands still, too
  l.at(31, {5});
  const auto o = l.at(32, {1'000'005});
  CHECK(o.known);
  CHECK_FALSE(o.certain);
  CHECK(o.microjoules == 1'000'000);
  CHECK(l.t.ambiguous == 1);
  CHECK(l.at(33, {2'000'005}).certain);
}
TEST_CASE("the time before the first reading is not time unread") {
  channel c = counting();
  c.longest_wait_ns = 10 * second;
  line l(c);
  l.at(100, {5});
  CHECK(l.at(101, {6}).certain);
  CHECK(l.t.ambiguous == 0);
}
TEST_CASE("an unchanged count waits, unless it says that it is complete") {
  line l(counting());
  l.at(0, {7});
  CHECK_FALSE(l.at(1, {7}).known);
  CHECK(l.t.covered == 0);
  const auto o = l.at(2, {.count = 7, .complete = true});
  CHECK(o.known);
  CHECK(o.microjoules == 0);
  CHECK(l.t.covered == 2 * second);
  CHECK(l.t.has_value);
}
TEST_CASE("a count that begins anew leaves the time before it without energy") {
  line l(counting());
  l.at(0, {1'000'000});
  l.at(1, {2'000'000});
  l.at(2, {.why = missing::lost});
  CHECK(l.at(9, {.count = 2'000'000, .begins_anew = true}).what == incident::returned);
  CHECK(l.at(10, {3'000'000}).microjoules == 1'000'000);
  CHECK(l.t.covered == 2 * second);
  CHECK(l.t.gaps == 1);
}
TEST_CASE("a count that says so is a lower bound, as often as it says so") {
  line l(counting());
  l.at(0, {0});
  CHECK_FALSE(l.at(1, {.count = 1'000'000, .lower_bound = true}).certain);
  CHECK(l.at(2, {2'000'000}).certain);
  CHECK(l.t.ambiguous == 1);
  CHECK(l.t.covered == second);
  CHECK(l.t.total_uj == 2'000'000);
}
