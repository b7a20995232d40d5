// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <random>

#include <kaya/meter/reading/counter.hpp>

using kaya::meter::counter;
using kaya::meter::counter_event;
using kaya::meter::counter_step;

namespace {

constexpr std::uint64_t amd_range = 65'532'610'987;     // microjoules, Zen
constexpr std::uint64_t intel_range = 262'143'328'850;  // microjoules, most Intel packages
constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;
constexpr std::uint64_t joule = 1'000'000;

counter packaged(std::uint64_t range = intel_range) { return {range, true, 0, 1}; }

void check(const counter_step& got, counter_event what, std::uint64_t counts, bool ambiguous = false) {
  CHECK(got.what == what);
  CHECK(got.counts == counts);
  CHECK(got.ambiguous == ambiguous);
}

}  // namespace

TEST_CASE("the first reading is a baseline and counts nothing") {
  counter c = packaged();
  check(c.next(123'456'789, 0), counter_event::first, 0);
}

TEST_CASE("a counter that starts at zero is as good as any other") {
  counter c = packaged();
  c.next(0, 0);
  check(c.next(5 * joule, 100 * ms), counter_event::advanced, 5 * joule);
}

TEST_CASE("equal readings mean no update") {
  counter c = packaged();
  c.next(7 * joule, 0);
  check(c.next(7 * joule, 100 * ms), counter_event::unchanged, 0);
  check(c.next(8 * joule, 200 * ms), counter_event::advanced, joule);
}

TEST_CASE("an advance counts its difference") {
  counter c = packaged();
  c.next(10 * joule, 0);
  check(c.next(17 * joule, 100 * ms), counter_event::advanced, 7 * joule);
  check(c.next(18 * joule, 200 * ms), counter_event::advanced, joule);
}

TEST_CASE("nonsense that stays the same for several readings is dropped whole when the counter comes back") {
  counter c = packaged();
  c.next(1'000 * joule, 0);
  for (int i = 1; i <= 5; ++i) check(c.next(262'143'328'849, i * 10 * ms), counter_event::suspect, 0);
  check(c.next(1'005 * joule, 60 * ms), counter_event::glitch, 5 * joule);
  check(c.next(1'006 * joule, 70 * ms), counter_event::advanced, joule);
}

TEST_CASE("a counter that stood still and catches up has counted all the while") {
  counter c = packaged();
  c.next(10 * joule, 0);
  for (int i = 1; i < 50; ++i) c.next(10 * joule, i * 100 * ms);
  check(c.next(1'010 * joule, 5 * s), counter_event::advanced, 1'000 * joule);
}

TEST_CASE("a wrap counts what lies on both sides of the corner") {
  counter c = packaged();
  c.next(intel_range - 3 * joule, 0);
  check(c.next(2 * joule, 100 * ms), counter_event::wrapped, 5 * joule);
}

TEST_CASE("a count may stand exactly at its range before it wraps") {
  counter c = packaged();
  c.next(intel_range - joule, 0);
  check(c.next(intel_range, 100 * ms), counter_event::advanced, joule);
  check(c.next(0, 200 * ms), counter_event::wrapped, 0);
  check(c.next(joule, 300 * ms), counter_event::advanced, joule);
}

TEST_CASE("a counter that wraps at every other reading loses nothing") {
  counter c{1'000, true, 0, 1'000};  // 1 J range in millijoules
  std::uint64_t truth = 0, total = 0;
  for (int i = 0; i < 1'000; ++i, truth += 450) total += c.next(truth % 1'000, i * ms).counts;
  // The count 1000 and the count 0 are taken as one.
  CHECK(total == truth - 450);
}

TEST_CASE("a reading after more than a range's worth of time is a lower bound") {
  counter c = packaged(amd_range);
  c.next(10 * joule, 0);
  check(c.next(20 * joule, 60 * s), counter_event::advanced, 10 * joule);
  check(c.next(30 * joule, 130 * s), counter_event::advanced, 10 * joule, true);
  check(c.next(20 * joule, 200 * s), counter_event::wrapped, amd_range - 10 * joule, true);
}

TEST_CASE("a counter that is seen standing still hides no wrap however long") {
  counter c = packaged(amd_range);
  c.next(10 * joule, 0);
  for (int i = 1; i <= 20; ++i) c.next(10 * joule, i * 10 * s);
  check(c.next(11 * joule, 201 * s), counter_event::advanced, joule);
}

TEST_CASE("a fall that cannot be a wrap is held until the next reading") {
  counter c = packaged();
  c.next(5'000 * joule, 0);
  check(c.next(0, 100 * ms), counter_event::suspect, 0);
}

TEST_CASE("one reading of zero is dropped and nothing is lost or invented") {
  counter c = packaged();
  c.next(5'000 * joule, 0);
  c.next(0, 100 * ms);
  check(c.next(5'010 * joule, 200 * ms), counter_event::glitch, 10 * joule);
}

TEST_CASE("text that is stuck at zero for a while is dropped when the count returns") {
  counter c = packaged();
  c.next(5'000 * joule, 0);
  for (int i = 1; i < 100; ++i) check(c.next(0, i * 100 * ms), counter_event::suspect, 0);
  check(c.next(5'300 * joule, 10 * s), counter_event::glitch, 300 * joule);
}

TEST_CASE("a torn reading that is too high is dropped") {
  counter c = packaged();
  c.next(5'000 * joule, 0);
  check(c.next(90'000 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(5'010 * joule, 200 * ms), counter_event::glitch, 10 * joule);
}

TEST_CASE("a dropped reading on either side of a wrap does not hide the wrap") {
  counter c = packaged();
  c.next(intel_range - 3 * joule, 0);
  check(c.next(100'000 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(2 * joule, 200 * ms), counter_event::glitch, 5 * joule);
}

TEST_CASE("a reset counts from zero once it moves on, and is a lower bound") {
  counter c = packaged();
  c.next(5'000 * joule, 0);
  check(c.next(4 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(9 * joule, 200 * ms), counter_event::reset, 9 * joule, true);
  check(c.next(10 * joule, 300 * ms), counter_event::advanced, joule);
}

TEST_CASE("a reset to exactly zero that stays there counts when it moves") {
  counter c = packaged();
  c.next(50'000 * joule, 0);
  // So long that the wrap would have become plausible, had it been judged by the time alone.
  for (int i = 1; i <= 400; ++i) c.next(0, i * s);
  check(c.next(3 * joule, 401 * s), counter_event::reset, 3 * joule, true);
}

TEST_CASE("a counter that is reset after it stood still for minutes has not wrapped") {
  counter c = packaged();
  c.next(50'000 * joule, 0);
  for (int i = 1; i <= 400; ++i) c.next(50'000 * joule, i * s);
  check(c.next(joule, 401 * s), counter_event::suspect, 0);
  check(c.next(2 * joule, 402 * s), counter_event::reset, 2 * joule, true);
}

TEST_CASE("a fall to a value that could not have been reached from zero counts only what follows") {
  counter c = packaged();
  c.next(200'000 * joule, 0);
  c.next(90'000 * joule, 100 * ms);
  check(c.next(90'005 * joule, 200 * ms), counter_event::reset, 5 * joule, true);
}

TEST_CASE("a count that is never meant to start again has been reset when it falls") {
  counter c{1'000 * joule, false, 0, 1};
  c.next(999 * joule, 0);
  check(c.next(2 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(3 * joule, 200 * ms), counter_event::reset, 3 * joule, true);
}

TEST_CASE("a fall of a counter with no known range is a lower bound") {
  counter c = packaged(0);
  c.next(262'143 * joule, 0);
  check(c.next(2 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(3 * joule, 200 * ms), counter_event::reset, 3 * joule, true);
}

TEST_CASE("a jump that no device could draw is not counted") {
  counter c = packaged();
  c.next(1'000 * joule, 0);
  check(c.next(200'000 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(200'005 * joule, 200 * ms), counter_event::jump, 5 * joule, true);
  check(c.next(200'006 * joule, 300 * ms), counter_event::advanced, joule);
}

TEST_CASE("readings that continue nothing are held one after the other until one does") {
  counter c = packaged();
  c.next(1'000 * joule, 0);
  check(c.next(200'000 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(3, 200 * ms), counter_event::suspect, 0);
  check(c.next(90'000 * joule, 300 * ms), counter_event::suspect, 0);
  check(c.next(1'040 * joule, 400 * ms), counter_event::glitch, 40 * joule);
}

TEST_CASE("a gap is a long interval whose energy is recovered") {
  counter c = packaged();
  c.next(1'000 * joule, 0);
  check(c.next(13'000 * joule, 60 * s), counter_event::advanced, 12'000 * joule);
}

TEST_CASE("a count above its range is held and dropped when it does not last") {
  counter c = packaged(1'000 * joule);
  c.next(999 * joule, 0);
  check(c.next(1'001 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(2 * joule, 200 * ms), counter_event::glitch, 3 * joule);
}

TEST_CASE("a count that goes on smoothly above its range shows that the range is wrong") {
  counter c = packaged(1'000 * joule);
  c.next(999 * joule, 0);
  check(c.next(1'001 * joule, 100 * ms), counter_event::suspect, 0);
  check(c.next(1'003 * joule, 200 * ms), counter_event::advanced, 4 * joule);
  check(c.next(1'005 * joule, 300 * ms), counter_event::advanced, 2 * joule);
}

TEST_CASE("a sentinel of all ones never becomes the count") {
  counter c = packaged();
  c.next(1'000 * joule, 0);
  for (int i = 1; i < 50; ++i) check(c.next(~std::uint64_t{0}, i * 100 * ms), counter_event::suspect, 0);
  check(c.next(1'100 * joule, 5 * s), counter_event::glitch, 100 * joule);
}

TEST_CASE("a device that steadily draws more than it is rated for is believed") {
  counter c = packaged();
  c.next(0, 0);
  std::uint64_t total = 0;
  for (int i = 1; i <= 100; ++i)
    total += c.next(static_cast<std::uint64_t>(i) * 500 * joule, i * 100 * ms).counts;  // 5 kW
  CHECK(total == 50'000 * joule);
}

TEST_CASE("no device is believed to draw a megawatt") {
  counter c = packaged(0);
  c.next(0, 0);
  std::uint64_t total = 0;
  for (int i = 1; i <= 10; ++i)
    total += c.next(static_cast<std::uint64_t>(i) * 100'000 * joule, i * 100 * ms).counts;
  CHECK(total == 0);
}

TEST_CASE("a high rating widens what is plausible") {
  counter c{intel_range, true, 12'000, 1};
  c.next(0, 0);
  check(c.next(1'200 * joule, 100 * ms), counter_event::advanced, 1'200 * joule);
}

TEST_CASE("the size of a count is heeded") {
  counter c{0, false, 0, 1e6};  // joules
  c.next(100, 0);
  check(c.next(101, ms), counter_event::advanced, 1);
  check(c.next(901, 101 * ms), counter_event::suspect, 0);
}

TEST_CASE("a slow counter may show a whole period at once") {
  counter c{0, false, 700, 1, 100 * ms};
  c.next(0, 0);
  check(c.next(70 * joule, 99 * ms), counter_event::advanced, 70 * joule);
  check(c.next(140 * joule, 101 * ms), counter_event::advanced, 70 * joule);
}

TEST_CASE("a clock that steps back does no harm") {
  counter c = packaged();
  c.next(10 * joule, 5 * s);
  check(c.next(11 * joule, 4 * s), counter_event::advanced, joule);
  check(c.next(12 * joule, 6 * s), counter_event::advanced, joule);
}

TEST_CASE("without faults any schedule of readings yields the truth to the last count") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    const std::uint64_t range = 20'000 * joule + below(intel_range);
    counter c = packaged(range);
    std::uint64_t truth = below(range), start = truth, total = 0;
    std::int64_t now = static_cast<std::int64_t>(below(1'000'000'000));
    // The model's counter goes from range to 0 in no step, as the kernel's differs by a single count.
    c.next(truth % range, now);
    for (int i = 0; i < 2'000; ++i) {
      const std::uint64_t dt = below(5) == 0 ? below(10'000'000'000) : below(200'000'000);  // ns
      const std::uint64_t watts = below(1'000);
      now += static_cast<std::int64_t>(dt);
      truth += dt / 1'000 * watts;
      const counter_step step = c.next(truth % range, now);
      REQUIRE(step.what != counter_event::suspect);
      total += step.counts;
    }
    REQUIRE(total == truth - start);
  }
}

TEST_CASE(
    "whatever happens to a counter, the figure stays between nothing and what the device can have drawn") {
  int resets = 0, glitches = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    counter c = packaged(amd_range);
    std::uint64_t shown = below(amd_range), truth = 0, total = 0, lost = 0, spare = 0;
    std::int64_t now = 0, seen = 0;
    bool wild = false;
    c.next(shown, now);
    for (int i = 0; i < 2'000; ++i) {
      const std::uint64_t dt = below(200'000'000), used = dt / 1'000 * below(400);
      now += static_cast<std::int64_t>(dt);
      truth += used;
      shown = (shown + used) % amd_range;
      const std::uint64_t fate = below(100);
      if (fate == 0) {  // a reset loses at most what was used since the last reading; seen early it may look
                        // like a wrap
        ++resets;
        lost += 3 * 400 * joule;
        spare += 3 * 400 * joule;
        shown = 0;
      }
      if (fate < 4 && fate > 0) continue;  // unreadable
      const bool nonsense = fate == 4 && !wild;
      wild = nonsense;
      if (nonsense) ++glitches;
      const counter_step step =
          c.next(nonsense ? std::array{std::uint64_t{0}, random(), below(amd_range)}[below(3)] : shown, now);
      REQUIRE(step.counts <= 1'500 * static_cast<std::uint64_t>((now - seen) / 1'000 + 20'000));
      if (step.what != counter_event::suspect) seen = now;
      total += step.counts;
    }
    REQUIRE(total <= truth + spare);
    REQUIRE(total + lost + 400 * joule >= truth);
  }
  CHECK(resets > 1'000);
  CHECK(glitches > 1'000);
}
