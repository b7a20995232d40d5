// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <kaya/plan/schedule.hpp>

namespace grid = kaya::grid;
namespace plan = kaya::plan;
using grid::point;
using kaya::grams_per_kilowatt_hour;
using kaya::seconds;
using kaya::watts;
using plan::best_start;
using plan::load_piece;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
constexpr std::int64_t t0 = 1'700'000'000 * second;

grams_per_kilowatt_hour g(double value) { return grams_per_kilowatt_hour(value); }

grid::series made(std::vector<point> points, bool lines = false) {
  return grid::series(std::move(points), grid::accounting::direct, grid::basis::location, "", kaya::hours(1),
                      lines ? grid::interpolation::linear : grid::interpolation::step);
}

/// Emissions of a load by adding up milliseconds, each at the value in its middle.
double slow(const grid::series& s, std::int64_t start, const std::vector<load_piece>& load,
            std::int64_t step) {
  double grams = 0;
  std::int64_t t = start;
  for (const load_piece& piece : load)
    for (const std::int64_t end = t + static_cast<std::int64_t>(piece.duration.count() * 1e9); t < end;
         t += step)
      grams += s.at(t + step / 2)->count() * piece.power.count() * static_cast<double>(step) * 1e-9 / 3.6e6;
  return grams;
}

}  // namespace

TEST_CASE("a run of one power starts where it fits the cheapest hours") {
  const auto s = made({{t0, g(300)}, {t0 + hour, g(100)}, {t0 + 2 * hour, g(50)}, {t0 + 3 * hour, g(400)}});
  const auto best = best_start(s, t0, t0 + 4 * hour, kaya::hours(2), kaya::kilowatts(1), 1.5);
  REQUIRE(best);
  CHECK(best->start_unix_ns == t0 + hour);
  CHECK(best->end_unix_ns == t0 + 3 * hour);
  CHECK(best->emissions.count() == doctest::Approx(1.5 * 150));
  CHECK(best->at_once->count() == doctest::Approx(1.5 * 400));
}
TEST_CASE("of equal starts the first is taken") {
  const auto s = made({{t0, g(100)}, {t0 + 5 * hour, g(100)}});
  CHECK(best_start(s, t0 + hour / 7, t0 + 5 * hour, kaya::hours(1), watts(10))->start_unix_ns ==
        t0 + hour / 7);
}
TEST_CASE("on a level stretch the first start is taken, whatever the load's powers") {
  const auto s = made({{t0, g(500)}, {t0 + hour, g(300)}});
  std::mt19937 random(2);
  for (int run = 0; run < 200; ++run) {
    std::vector<load_piece> load;
    for (int i = 0; i < 8; ++i)
      load.push_back({seconds(0.003), watts(1e-3 * static_cast<double>(random() % 1'000'000))});
    CHECK(best_start(s, t0, s.end_ns(), load)->start_unix_ns == t0 + hour);
  }
}
TEST_CASE("the deadline and the earliest start hold") {
  const auto s = made({{t0, g(10)}, {t0 + hour, g(300)}, {t0 + 2 * hour, g(200)}, {t0 + 3 * hour, g(1)}});
  const auto best = best_start(s, t0 + hour, t0 + 3 * hour, kaya::hours(1), watts(1000));
  CHECK(best->start_unix_ns == t0 + 2 * hour);
  CHECK_FALSE(best_start(s, t0 + hour, t0 + 2 * hour - 1, kaya::hours(1), watts(1000)));
  CHECK(best_start(s, t0 + hour, t0 + 2 * hour, kaya::hours(1), watts(1000))->start_unix_ns == t0 + hour);
}
TEST_CASE("a load's high power is put where the grid is clean") {
  const auto s = made({{t0, g(100)}, {t0 + hour, g(300)}, {t0 + 2 * hour, g(100)}, {t0 + 3 * hour, g(500)}});
  const std::vector<load_piece> load{{kaya::hours(1), watts(100)}, {kaya::hours(1), watts(1000)}};
  CHECK(best_start(s, t0, t0 + 4 * hour, load)->start_unix_ns == t0 + hour);
}
TEST_CASE("between the points of a line the best start may lie anywhere") {
  // A valley of 100 at t0 + 2 h between 300s: a run of 1 h is best around its bottom.
  const auto s = made({{t0, g(300)}, {t0 + 2 * hour, g(100)}, {t0 + 4 * hour, g(300)}}, true);
  const auto best = best_start(s, t0, t0 + 4 * hour, kaya::hours(1), kaya::kilowatts(1));
  CHECK(std::llabs(best->start_unix_ns - (t0 + 3 * hour / 2)) <= 1);
  CHECK(best->emissions.count() == doctest::Approx(125));
}
TEST_CASE("a run does not touch a gap, and finds the better side of it") {
  const auto s =
      made({{t0, g(200)}, {t0 + 2 * hour, g(0), false}, {t0 + 3 * hour, g(100)}, {t0 + 5 * hour, g(300)}});
  const auto best = best_start(s, t0, t0 + 6 * hour, kaya::hours(2), watts(500));
  CHECK(best->start_unix_ns == t0 + 3 * hour);
  CHECK_FALSE(best_start(s, t0, t0 + 6 * hour, kaya::hours(4), watts(500)));
  CHECK_FALSE(best_start(s, t0 + 2 * hour, t0 + 6 * hour, kaya::hours(1), watts(500))->at_once);
  CHECK_FALSE(best_start(grid::series(), t0, t0 + hour, seconds(1), watts(1)));
}
TEST_CASE("loads that cannot be are refused by name and value") {
  const auto s = made({{t0, g(100)}});
  const auto refusal = [&](seconds d, watts w, double pue) {
    try {
      (void)best_start(s, t0, t0 + hour, d, w, pue);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal(seconds(-1), watts(1), 1) == "duration of a load, in seconds: -1 is not allowed; 0 to 3.2e9");
  CHECK(refusal(seconds(0), watts(1), 1).find("whole load") != std::string::npos);
  CHECK(refusal(seconds(1), watts(std::nan("")), 1).find("power of a load, in watts: nan") !=
        std::string::npos);
  CHECK(refusal(seconds(1), watts(1), 0.9).find("pue: 0.9") != std::string::npos);
}
TEST_CASE("random loads over random series start as well as a slow search says, or better") {
  std::mt19937 random(11);
  const auto any = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int run = 0; run < 400; ++run) {
    const bool lines = any(0, 1) == 1;
    std::vector<point> points;
    std::int64_t t = t0;
    for (int i = any(2, 12); i > 0; --i) {
      points.push_back({t, g(any(0, 500)), points.empty() || any(0, 7) > 0});
      t += any(1, 9) * second;
    }
    const grid::series s(points, grid::accounting::direct, grid::basis::location, "", seconds(any(1, 5)),
                         lines ? grid::interpolation::linear : grid::interpolation::step);
    std::vector<load_piece> load;
    std::int64_t length = 0;
    for (int i = any(1, 4); i > 0; --i) {
      load.push_back({seconds(any(1, 4)), watts(any(0, 1000))});
      length += static_cast<std::int64_t>(load.back().duration.count()) * second;
    }
    const std::int64_t from = t0 + any(0, 5) * second, to = t + 3 * second;
    const auto best = best_start(s, from, to, load);
    // All starts on a grid: of whole seconds for steps, where one of them is the best.
    const std::int64_t step = lines ? second / 4 : second;
    double least = std::numeric_limits<double>::infinity();
    for (std::int64_t start = from; start + length <= to; start += step) {
      bool known = true;
      for (std::int64_t x = start; x < start + length; x += second / 8) known = known && s.at(x);
      if (known) least = std::min(least, slow(s, start, load, second / 8));
    }
    CAPTURE(run);
    REQUIRE(best.has_value() == std::isfinite(least));
    if (!best) continue;
    CHECK(best->start_unix_ns >= from);
    CHECK(best->end_unix_ns <= to);
    const double value = best->emissions.count();
    CHECK(value <= least * (1 + 1e-9) + 1e-12);
    if (!lines) CHECK(value >= least * (1 - 1e-9) - 1e-12);
    // And it is what that start costs.
    if (!lines) CHECK(value == doctest::Approx(slow(s, best->start_unix_ns, load, second / 8)));
  }
}
TEST_CASE("a year of five-minute data schedules in at most 50 ms") {
  std::mt19937 random(3);
  std::vector<point> points;
  for (int i = 0; i < 366 * 288; ++i)
    points.push_back(
        {t0 + i * 300 * second, g(300 + 100 * std::sin(i / 45.8) + static_cast<double>(random() % 40))});
  const grid::series s(points, grid::accounting::direct);
  const std::vector<load_piece> shaped{
      {kaya::hours(1), watts(300)}, {kaya::hours(20), watts(900)}, {kaya::hours(3), watts(700)}};
  for (const std::vector<load_piece>& load :
       {std::vector<load_piece>{{kaya::hours(24), watts(500)}}, shaped}) {
    double fastest = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const auto best = best_start(s, s.begin_ns(), s.end_ns(), load);
      fastest = std::min(
          fastest,
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      REQUIRE(best);
    }
    MESSAGE("load of ", load.size(), " pieces, fastest of 5: ", fastest, " ms");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
    CHECK(fastest <= 50);
#endif
  }
}
