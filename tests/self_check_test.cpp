// SPDX-License-Identifier: MIT
#include <kaya/meter/machine.hpp>
#include <kaya/meter/self_check.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "support/fake_tree.hpp"

using namespace kaya::meter;
using namespace kaya_test;

namespace {

constexpr std::int64_t ms = 1'000'000;

channel a_counter() {
  channel c;
  c.name = "gpu-0";
  c.wraps = false;
  c.low = 0.9, c.high = 1.1;
  return c;
}
/// Looks each millisecond at a counter of 100 W that moves every so often, beside a power that says `watts`.
counter_check check(std::int64_t period_ms, std::optional<double> watts, double drawn = 100) {
  counter_check k(a_counter());
  for (std::int64_t t = 0; t <= 500; ++t)
    k.take({static_cast<std::uint64_t>(static_cast<double>(t / period_ms * period_ms) * drawn * 1000)}, watts,
           t * ms);
  return k;
}

}  // namespace

TEST_CASE("the update period of a counter is measured") {
  for (const std::int64_t period : {1, 7, 20, 100}) {
    const auto seen = check(period, {}).period_ns();
    REQUIRE(seen.has_value());
    CHECK(*seen == doctest::Approx(static_cast<double>(period) * 1e6).epsilon(0.01));
  }
}
TEST_CASE("a counter and its power agree, or differ by a factor that is known") {
  CHECK(check(20, 100).ratio() == doctest::Approx(1).epsilon(0.01));
  CHECK(check(20, 200).ratio() == doctest::Approx(0.5).epsilon(0.01));
  CHECK(check(1, 50).ratio() == doctest::Approx(2).epsilon(0.01));
  CHECK_FALSE(check(20, {}).ratio().has_value());
}
TEST_CASE("a counter that stands still is told, and has neither period nor ratio") {
  const counter_check k = check(20, 100, 0);
  CHECK_FALSE(k.moved());
  CHECK_FALSE(k.period_ns().has_value());
  CHECK_FALSE(k.ratio().has_value());
  CHECK(k.text() == "self-check: the counter did not move in 0.5 s");
}
TEST_CASE("what the check finds stands in the machine's channels") {
  fake_tree tree;
  tree.cpuinfo("GenuineIntel");
  const std::string one = tree.add({.entry = "intel-rapl:0", .name = "package-0"});
  tree.add({.entry = "intel-rapl:1", .name = "package-1"});  // stands still
  live_writer writer;
  writer.add(one, 80);
  writer.start();
  machine_options o;
  o.sysfs = tree.sysfs();
  o.procfs = tree.procfs();
  o.self_check = true;
  const machine m = machine::detect(o);
  writer.stop();
  REQUIRE(m.channels().size() >= 2);
  const channel &moving = m.channels()[0], &standing = m.channels()[1];
  CHECK(moving.note.find("self-check: moves every ") != std::string::npos);
  CHECK(moving.update_period_ns > 500'000);
  CHECK(moving.update_period_ns < 20'000'000);
  CHECK(standing.note.find("did not move") != std::string::npos);
  CHECK(m.explain().find("did not move in 0.5 s") != std::string::npos);
}
