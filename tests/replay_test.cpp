// SPDX-License-Identifier: MIT
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/replay.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/test_machine.hpp"

using namespace kaya::meter;
using namespace kaya::literals;
using kaya::seconds;
using kaya::watts;

namespace {

constexpr std::int64_t second = 1'000'000'000;

channel named(const std::string& name) {
  channel c;
  c.name = name;
  c.device = "pdu/" + name;
  c.part = component::platform;
  return c;
}
std::string refused(const std::vector<recorded_power>& points) {
  try {
    replay r(named("x"), points);
  } catch (const kaya::config_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the energy of a played series is that of its straight lines") {
  replay r(named("a"), {{seconds(0), 100_W}, {seconds(10), 200_W}, {seconds(20), 200_W}});
  CHECK(r.read(0, 7 * second).count == 0);             // time begins here
  CHECK(r.read(0, 12 * second).count == 625'000'000);  // five seconds from 100 to 150 W
  CHECK(r.read(0, 17 * second).count == 1'500'000'000);
  CHECK(r.read(0, 27 * second).count == 3'500'000'000);
}
TEST_CASE("beyond its series nothing is known") {
  replay r(named("a"), {{seconds(1), 100_W}, {seconds(2), 100_W}});
  CHECK(r.read(0, 0).why == missing::lost);
  CHECK_FALSE(r.read(0, second).why.has_value());
  CHECK(r.read(0, 2 * second + 1).why == missing::lost);
  CHECK(r.read(1, 0).why == missing::not_present);
}
TEST_CASE("a series is read from lines of seconds and watts, with a heading or without") {
  replay r = replay::from_csv(named("a"), "time,power\r\n0,50\r\n\r\n4, 50 \n");
  r.read(0, 0);
  CHECK(r.read(0, 4 * second).count == 200'000'000);
  CHECK_THROWS_WITH_AS(replay::from_csv(named("a"), "0,50\n1;60\n2,50\n"),
                       "replay, line 2: \"1;60\" is not allowed; \"seconds,watts\"", kaya::config_error);
}
TEST_CASE("series that cannot be are refused by the first point that is wrong") {
  CHECK(refused({}) == "replay: 0 points is not allowed; 2 or more");
  CHECK(refused({{seconds(0), 1_W}, {seconds(0), 1_W}}) ==
        "replay, point 2: 0 s is not allowed; more than the time of the point before");
  CHECK(refused({{seconds(0), watts(-3)}, {seconds(1), 1_W}}) ==
        "replay, point 1: -3 W is not allowed; a power of 0 W to 1 MW");
  CHECK(refused({{seconds(0), 1_W}, {seconds(0.0 / 0.0), 1_W}}).find("nan s") != std::string::npos);
}
TEST_CASE("what is not a heading is not passed over on the first line either") {
  const auto refusal = [](const char* csv) -> std::string {
    try {
      replay::from_csv(named("a"), csv);
    } catch (const kaya::config_error& e) {
      return e.what();
    }
    return "";
  };
  for (const char* row : {"12;x", "0;50", "-5 W", ".5", "+1,50", "3"}) {
    CAPTURE(row);
    CHECK(refusal((std::string(row) + "\n1,60\n2,50\n").c_str()) ==
          "replay, line 1: \"" + std::string(row) +
              "\" is not allowed; \"seconds,watts\", or a heading that begins with no number");
  }
  for (const char* heading : {"time,power", "\"s\",\"W\"", "# PDU 7, outlet 2", "\n\ntime;power"})
    CHECK(refusal((std::string(heading) + "\n1,60\n2,50\n").c_str()) == "");
  CHECK(refusal("\xEF\xBB\xBF"
                "0,60\n2,50\n") == "");
  CHECK(refusal("time,power\nold time,power\n1,60\n2,50\n").find("line 2") != std::string::npos);
}
TEST_CASE("power that no device draws is refused by line and value") {
  CHECK_THROWS_WITH_AS(replay::from_csv(named("a"), "t,W\n0,50\n\n1,1000001\n2,50\n"),
                       "replay, line 4: 1000001 W is not allowed; a power of 0 W to 1 MW",
                       kaya::config_error);
  CHECK_THROWS_WITH_AS(replay::from_csv(named("a"), "0,50\n1,nan\n2,50\n"),
                       "replay, line 2: nan W is not allowed; a power of 0 W to 1 MW", kaya::config_error);
  CHECK_THROWS_WITH_AS(replay::from_csv(named("a"), "0,50\n2,5\n1,50\n"),
                       "replay, line 3: 1 s is not allowed; more than the time of the point before",
                       kaya::config_error);
  CHECK(refused({{seconds(0), 1_W}, {seconds(1), watts(2e6)}}) ==
        "replay, point 2: 2e+06 W is not allowed; a power of 0 W to 1 MW");
  CHECK(refused({{seconds(0), 1_W}, {seconds(1), watts(1e6)}}) == "");
}
TEST_CASE("of two played meters that leap between idle and many kilowatts no energy is taken for a jump") {
  // Two racks: 0.4 kW and 9 kW, and up to 900 kW, unevenly.
  for (const double top : {9'000.0, 900'000.0}) {
    CAPTURE(top);
    std::vector<recorded_power> points;
    double truth = 0;
    for (int i = 0; i <= 600; ++i) {
      const double w = i % 7 < 3 ? 400 : i % 5 == 0 ? top : top / 3;
      points.push_back({seconds(0.5 * i), watts(w)});
      if (i > 0) truth += (w + points[points.size() - 2].power.count()) / 2 * 0.5;
    }
    replay r(named("rack"), points);
    CHECK(r.channels()[0].rated_watts >= top);
    kaya::ledger::timeline t(r.channels()[0]);
    for (int i = 0; i <= 600; ++i) {
      const std::int64_t now = i * second / 2;
      if (i > 0) t.extend(now - second / 2, now, {}, {});
      const auto o = t.accept(r.read(0, now), now);
      CHECK(o.what == kaya::ledger::incident::none);
      if (o.known) t.settled();
    }
    CHECK(static_cast<double>(t.total_uj) * 1e-6 == doctest::Approx(truth).epsilon(1e-6));
  }
}
TEST_CASE("two played meters stand in for a machine's own") {
  kaya::meter::machine m = kaya_test::test_machine();
  m.add(replay(named("pdu-a"), {{seconds(0), 300_W}, {seconds(60), 300_W}}));
  m.add(replay(named("pdu-b"), {{seconds(0), 200_W}, {seconds(60), 200_W}}));
  kaya::tracker run({.region = "FR", .sampling_period = std::chrono::milliseconds(5), .machine = m});
  kaya_test::sleep_ms(100);
  const kaya::run_report r = run.stop();
  REQUIRE(r.energy.has_value());
  // The test's own CPU and memory stand beside what the user says is the platform.
  const double watts_seen = r.energy->value.count() / r.duration.count();
  CHECK(watts_seen == doctest::Approx(300 + 200 + 120).epsilon(0.03));
}
