// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>

#include <kaya/meter/reading/backed_counter.hpp>

using kaya::meter::backed_counter;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;

/// A card whose counter, in millijoules, moves or stands still while its power is read every 100 ms.
struct rig {
  backed_counter rule{300, 1000};
  std::int64_t now = 5 * s;
  std::uint64_t count = 1'000'000;
  double truth_mj = 0;  // since the start
  backed_counter::answer last{};

  explicit rig(double limit = 300) : rule(limit, 1000) { last = rule.next(count, 0.0, now); }
  std::uint64_t start = 1'000'000;

  void read(std::optional<double> watts) { last = rule.next(count, watts, now); }
  /// share: of the energy, what the counter sees.
  void run(double seconds, double watts, double share) {
    const std::int64_t end = now + static_cast<std::int64_t>(seconds * 1e9);
    while (now < end) {
      now += 100 * ms;
      truth_mj += watts * 100;
      count += static_cast<std::uint64_t>(share * watts * 100);
      const std::uint64_t before = last.count;
      read(watts);
      CHECK(last.count >= before);
    }
  }
  double reported_mj() const { return static_cast<double>(last.count - start); }
};

bool near(double value, double truth, double part = 0.005) {
  return value > truth * (1 - part) && value < truth * (1 + part);
}

}  // namespace

TEST_CASE("a counter that moves is passed on as it is") {
  rig r;
  for (int i = 0; i < 50; ++i) {
    r.run(0.1, 200, 1);
    CHECK(r.last.count == r.count);
    CHECK(!r.last.integrated);
  }
}

TEST_CASE("a counter that stands still for less than a second is not helped") {
  rig r;
  r.run(1, 200, 1);
  r.run(0.9, 200, 0);
  CHECK(r.last.count == r.count);
  CHECK(!r.last.integrated);
}

TEST_CASE("power stands in for a counter that stands still under load, from its last change on") {
  rig r;
  r.run(2, 250, 1);
  r.run(10, 250, 0);
  CHECK(r.last.integrated);
  CHECK(near(r.reported_mj(), r.truth_mj));
}

TEST_CASE("power stands in for a counter that never moved at all") {
  rig a, b;
  a.read(250);
  b.read(100);
  a.run(10, 250, 0);
  b.run(10, 100, 0);
  CHECK(near(a.reported_mj(), a.truth_mj));
  CHECK(near(b.reported_mj(), b.truth_mj));
}

TEST_CASE("a card that idles may have a counter that stands still") {
  rig tenth, few_watts(20);
  tenth.run(20, 29, 0);     // below 10 % of 300 W
  few_watts.run(20, 4, 0);  // above 10 % of 20 W, below 5 W
  CHECK(tenth.last.count == tenth.count);
  CHECK(few_watts.last.count == few_watts.count);
}

TEST_CASE("where the limit is not known, 5 W are work") {
  rig r(0);
  r.run(2, 6, 1);
  r.run(5, 6, 0);
  CHECK(r.last.integrated);
  CHECK(near(r.reported_mj(), r.truth_mj, 0.02));
}

TEST_CASE("the second is one of work: an idle hour before it does not count as patience") {
  rig r;
  r.run(60, 20, 0);
  r.run(0.9, 200, 0);
  CHECK(!r.last.integrated);
  r.run(0.3, 200, 0);
  CHECK(r.last.integrated);
}

TEST_CASE("a counter that goes on from where it stood adds to what was integrated") {
  rig r;
  r.run(2, 250, 1);
  r.run(10, 250, 0);
  r.run(10, 250, 1);
  CHECK(!r.last.integrated);
  CHECK(near(r.reported_mj(), r.truth_mj));
}

TEST_CASE("a counter that catches up in one step is not counted twice") {
  rig r;
  r.run(2, 250, 1);
  r.run(10, 250, 0);
  r.count += 2'500'000;  // those ten seconds
  r.run(5, 250, 1);
  CHECK(!r.last.integrated);
  CHECK(near(r.reported_mj(), r.truth_mj));
}

TEST_CASE("a counter that catches up to less than was integrated never takes anything back") {
  rig r;
  r.run(2, 250, 1);
  r.run(10, 250, 0);
  r.count += 2'000'000;  // the power had said 2 500 000
  const double before = r.reported_mj();
  r.run(0.1, 250, 1);
  CHECK(r.reported_mj() == before);  // the count is held until it is known to be more
  r.run(5, 250, 1);
  CHECK(near(r.reported_mj(), r.truth_mj, 0.01));
}

TEST_CASE("a counter that stops again and again is right in sum") {
  rig r;
  for (int i = 0; i < 10; ++i) {
    r.run(3, 280, 1);
    r.run(4, 150, 0);
  }
  CHECK(near(r.reported_mj(), r.truth_mj, 0.02));  // a trapezium at each change of power
}

TEST_CASE("changing power is integrated by the trapezium rule") {
  rig r;
  r.run(1, 100, 1);
  double truth = r.truth_mj;
  for (int i = 1; i <= 100; ++i) {  // 100 to 300 W in 10 s
    r.now += 100 * ms;
    truth += (100 + 2 * (i - 0.5)) * 100;
    r.read(100 + 2.0 * i);
  }
  CHECK(r.last.integrated);
  CHECK(near(r.reported_mj(), truth));
}

TEST_CASE("a counter in another unit is reported in that unit") {
  backed_counter rule(300, 15.2587890625);  // AMD: 2^-16 J
  std::int64_t now = 0;
  rule.next(500, 200.0, now);
  backed_counter::answer last{};
  for (int i = 0; i < 50; ++i) last = rule.next(500, 200.0, now += 100 * ms);
  CHECK(near(static_cast<double>(last.count - 500) / 65536, 200 * 5));
}

TEST_CASE("power that cannot be read or be true is not integrated") {
  for (const std::optional<double> bad :
       {std::optional<double>(), std::optional(-1.0), std::optional(4294967.0),
        std::optional(std::numeric_limits<double>::quiet_NaN())}) {
    rig r;
    r.run(1, 200, 1);
    for (int i = 0; i < 50; ++i) {
      r.now += 100 * ms;
      r.read(bad);
    }
    CHECK(r.last.count == r.count);
    CHECK(!r.last.integrated);
  }
}

TEST_CASE("time in which nothing could be read is not bridged by power") {
  rig r;
  r.run(1, 200, 1);
  r.run(5, 200, 0);
  const double before = r.reported_mj();
  r.rule.skip();
  r.now += 60 * s;
  r.run(0.1, 200, 0);
  CHECK(r.reported_mj() < before + 100'000);
}

TEST_CASE("a counter that begins anew after a driver reload begins without what was added") {
  rig r;
  r.run(2, 250, 1);
  r.run(10, 250, 0);
  r.count = 700;
  r.now += 100 * ms;
  r.read(250);
  CHECK(r.last.count == 700);
  r.count = 25'700;
  r.now += 100 * ms;
  r.read(250);
  CHECK(r.last.count == 25'700);
  r.start = 25'700;
  r.truth_mj = 0;
  r.run(3, 250, 1);
  CHECK(near(r.reported_mj(), r.truth_mj));
}

TEST_CASE("one nonsense count, low or high, is passed on and changes nothing") {
  for (const std::uint64_t nonsense : {std::uint64_t{0}, ~std::uint64_t{0} / 2}) {
    rig r;
    r.run(2, 250, 1);
    r.run(10, 250, 0);
    r.run(1, 250, 1);
    const std::uint64_t good = r.count, reported = r.last.count;
    r.count = nonsense;
    r.now += 100 * ms;
    r.read(250);
    CHECK((r.last.count < good || r.last.count > good + 1'000'000'000));
    r.count = good + 50'000;
    r.now += 100 * ms;
    r.read(250);
    CHECK(r.last.count == reported + 50'000);
  }
}

TEST_CASE("whatever the counter does, it is never more than power or counter explain, and never less") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    rig r;
    double most = 0, least = 0;
    for (int phase = 0; phase < 20; ++phase) {
      const double watts = static_cast<double>(40 + random() % 260);
      const double seconds = 0.5 + static_cast<double>(random() % 50) / 10;
      const double share = random() % 2 == 0 ? 0 : 1;
      const double truth = r.truth_mj;
      r.run(seconds, watts, share);
      most += (r.truth_mj - truth) * 1.01 + 0.1 * 300e3;  // a step of power is a trapezium wide
      least += share > 0 ? (r.truth_mj - truth) - 0.2 * 300e3 : 0;
    }
    CHECK(r.reported_mj() <= most);
    CHECK(r.reported_mj() >= least);
    CHECK(r.reported_mj() >= static_cast<double>(r.count - r.start));
  }
}
