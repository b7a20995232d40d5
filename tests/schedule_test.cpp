// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <kaya/plan/schedule.hpp>

#include "support/cpu_time.hpp"

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
TEST_CASE("of starts that are equal but for rounding the first is taken, and no later one than at once") {
  const auto at = [](int s, double value) { return point{s * second, g(value)}; };
  const auto s = made({at(59, 0), at(66, 0), at(68, 2), at(71, 0), at(76, 0)}, true);
  const auto best = best_start(s, 63 * second, 76 * second, seconds(1), watts(600));
  CHECK(best->start_unix_ns == 63 * second);
  CHECK(best->emissions.count() == 0);
}
TEST_CASE("random ties are decided for the first of the best starts, as counting out all starts says") {
  std::mt19937 random(17);
  const auto any = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  constexpr std::int64_t eighth = second / 8;
  int ties = 0;
  for (int run = 0; run < 1500; ++run) {
    // Few values, so that many starts are equal; and lengths of 1, 2 or 4 s, so that all sums are exact.
    const bool lines = any(0, 1) == 1;
    std::vector<point> points;
    std::int64_t end = t0;
    for (int i = any(3, 12); i > 0; --i) {
      points.push_back({end, g(16 * any(0, 2))});
      end += second << any(0, 2);
    }
    const grid::series s(points, grid::accounting::direct, grid::basis::location, "", seconds(1),
                         lines ? grid::interpolation::linear : grid::interpolation::step);
    end = s.end_ns();
    std::vector<double> mean;  // of each eighth of a second
    for (std::int64_t t = t0; t < end; t += eighth) mean.push_back(s.at(t + eighth / 2)->count());
    std::vector<load_piece> load;
    std::vector<double> power;  // likewise
    for (int i = any(1, 3); i > 0; --i) {
      load.push_back({seconds(any(1, 3)), watts(100 * any(0, 3))});
      power.insert(power.end(), static_cast<std::size_t>(8 * load.back().duration.count()),
                   load.back().power.count());
    }
    const auto from = static_cast<std::size_t>(any(0, 16));
    std::vector<double> cost;
    for (std::size_t k = from; k + power.size() <= mean.size(); ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < power.size(); ++i) sum += mean[k + i] * power[i];
      cost.push_back(sum);
    }
    const auto best = best_start(s, t0 + static_cast<std::int64_t>(from) * eighth, end, load);
    CAPTURE(run);
    REQUIRE(best.has_value() == !cost.empty());
    if (!best) continue;
    const auto least = std::min_element(cost.begin(), cost.end());
    ties += std::count(cost.begin(), cost.end(), *least) > 1;
    const std::int64_t start = best->start_unix_ns - t0 - static_cast<std::int64_t>(from) * eighth;
    if (!lines) {
      REQUIRE(start == (least - cost.begin()) * eighth);
      continue;
    }
    const double found = best->emissions.count() * 3.6e6 * 8;
    CHECK(found <= *least * (1 + 1e-9) + 1e-9);
    for (std::int64_t k = 0; k * eighth < start - 2; ++k)  // a valley's bottom is rounded to a nanosecond
      REQUIRE(cost[static_cast<std::size_t>(k)] > found + 1e-7);
  }
  CHECK(ties > 500);
}
TEST_CASE("a series over all of the times that there are, and starts at their ends, do not overflow") {
  constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min(),
                         last = std::numeric_limits<std::int64_t>::max();
  for (const bool lines : {false, true}) {
    const auto s = made({{first, g(300)}, {0, g(100)}, {last - 1, g(300)}}, lines);
    const auto best = best_start(s, first, last, kaya::hours(1), watts(500));
    REQUIRE(best);
    CHECK(best->emissions.count() == doctest::Approx(50));
    CHECK(best->at_once->count() == doctest::Approx(150));
    CHECK(std::llabs(best->start_unix_ns) <= hour);
    CHECK_FALSE(best_start(s, last - 5, last, kaya::hours(1), watts(500)));
    CHECK_FALSE(best_start(s, last, first, kaya::hours(1), watts(500)));
    CHECK(best_start(s, first, first + hour, kaya::hours(1), watts(500))->start_unix_ns == first);
    CHECK_FALSE(best_start(made({{t0, g(1)}, {t0 + 2 * hour, g(1)}}), last, last, seconds(3e9), watts(1)));
  }
  const auto short_one = made({{t0, g(1)}, {t0 + 2 * hour, g(1)}});
  CHECK_FALSE(best_start(short_one, first, last, kaya::hours(1), watts(1))->at_once);
}
TEST_CASE("a second's run over a year of straight lines starts at once where that is as good") {
  // Roundings of lines an hour long, against a second of them.
  std::mt19937 random(6);
  std::vector<point> points;
  for (int i = 0; i < 366 * 24; ++i)
    points.push_back({t0 + i * hour, g(i % 24 == 0 ? 100 : 100 + static_cast<double>(random() % 4000) / 7)});
  points[1].value = g(100);
  const auto s = made(points, true);
  const auto best = best_start(s, t0 + 5 * second, s.end_ns(), seconds(1), watts(700));
  CHECK(best->start_unix_ns == t0 + 5 * second);
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
TEST_CASE("a year of five-minute data schedules in at most 50 ms of CPU time") {
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
      const double start = kaya_test::cpu_ms();
      const auto best = best_start(s, s.begin_ns(), s.end_ns(), load);
      fastest = std::min(fastest, kaya_test::cpu_ms() - start);
      REQUIRE(best);
    }
    MESSAGE("load of ", load.size(), " pieces, fastest of 5: ", fastest, " ms");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
    CHECK(fastest <= 50);
#endif
  }
}
