// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kaya/grid/series.hpp>

namespace grid = kaya::grid;
using grid::point;
using kaya::grams_per_kilowatt_hour;
using namespace kaya::literals;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
constexpr std::int64_t t0 = 1'700'000'000 * second;
constexpr std::int64_t first_ns = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t last_ns = std::numeric_limits<std::int64_t>::max();

grams_per_kilowatt_hour g(double value) { return grams_per_kilowatt_hour(value); }

grid::series day() {
  return grid::series({{t0, g(300)}, {t0 + hour, g(400)}, {t0 + 3 * hour, g(100)}}, grid::accounting::direct,
                      grid::basis::market, "a contract");
}

std::string refusal(std::vector<point> points, kaya::seconds last_step = {}) {
  try {
    grid::series(std::move(points), grid::accounting::direct, grid::basis::location, "", last_step);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("each value holds until the next, the last one as long as the one before it") {
  const auto s = day();
  CHECK(s.begin_ns() == t0);
  CHECK(s.end_ns() == t0 + 5 * hour);
  CHECK_FALSE(s.at(t0 - 1));
  CHECK(s.at(t0) == g(300));
  CHECK(s.at(t0 + hour - 1) == g(300));
  CHECK(s.at(t0 + hour) == g(400));
  CHECK(s.at(t0 + 3 * hour - 1) == g(400));
  CHECK(s.at(t0 + 3 * hour) == g(100));
  CHECK(s.at(t0 + 5 * hour - 1) == g(100));
  CHECK_FALSE(s.at(t0 + 5 * hour));
  CHECK(s.covers(t0));
  CHECK_FALSE(s.covers(t0 - 1));
  CHECK_FALSE(s.covers(t0 + 5 * hour));
}

TEST_CASE("the length of the last step can be given, and must be for a single point") {
  const grid::series one({{t0, 250_gCO2e_per_kWh}}, grid::accounting::lifecycle, grid::basis::location, "",
                         kaya::seconds(1800));
  CHECK(one.end_ns() == t0 + hour / 2);
  CHECK(one.mean(t0, t0 + hour / 2) == g(250));
  const grid::series two({{t0, g(1)}, {t0 + hour, g(2)}}, grid::accounting::lifecycle, grid::basis::location,
                         "", kaya::minutes(15));
  CHECK(two.end_ns() == t0 + hour + hour / 4);
}

TEST_CASE("the mean is weighted by time") {
  const auto s = day();
  CHECK(s.mean(t0, t0 + 2 * hour)->count() == doctest::Approx(350));
  CHECK(s.mean(t0, t0 + 5 * hour)->count() == doctest::Approx((300 + 2 * 400 + 2 * 100) / 5.0));
  CHECK(s.mean(t0 + hour, t0 + 2 * hour) == g(400));
  CHECK(s.mean(t0 + hour / 2, t0 + 5 * hour / 4)->count() == doctest::Approx((300 * 2 + 400) / 3.0));
}

TEST_CASE("the mean over an instant is the value in force") {
  const auto s = day();
  CHECK(s.mean(t0 + hour, t0 + hour) == g(400));
  CHECK_FALSE(s.mean(t0 + 5 * hour, t0 + 5 * hour));
}

TEST_CASE("a span that is not wholly covered has no mean") {
  const auto s = day();
  CHECK_FALSE(s.mean(t0 - 1, t0 + hour));
  CHECK_FALSE(s.mean(t0, t0 + 5 * hour + 1));
  CHECK_FALSE(s.mean(t0 - hour, t0 + 9 * hour));
  CHECK_FALSE(s.mean(t0 + 2, t0 + 1));
  CHECK_FALSE(s.mean(first_ns, last_ns));
}

TEST_CASE(
    "the mean of a constant is that constant to the last bit, and no mean leaves the range of its values") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<point> points;
    const double value = static_cast<double>(random() % 1000) / 7;
    for (std::int64_t t = t0; points.size() < 20; t += 1 + static_cast<std::int64_t>(random() % 1000))
      points.push_back({t, g(value)});
    const grid::series s(points, grid::accounting::direct);
    CHECK(s.mean(s.begin_ns() + 1, s.end_ns() - 1) == g(value));
  }
  const grid::series huge({{0, g(1.7e308)}, {1, g(1.6e308)}, {2, g(1.7e308)}}, grid::accounting::direct);
  CHECK(huge.mean(0, 3)->count() <= 1.7e308);
}

TEST_CASE("a series carries what its values are") {
  const auto s = day();
  CHECK(s.how() == grid::accounting::direct);
  CHECK(s.basis() == grid::basis::market);
  CHECK(s.source() == "a contract");
  CHECK(s.points().size() == 3);
  CHECK(s.points()[2].value == g(100));
}

TEST_CASE("a series without points covers nothing") {
  const grid::series none;
  CHECK(none.empty());
  CHECK(none.points().empty());
  CHECK(none.source().empty());
  for (const auto t : {first_ns, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, last_ns}) {
    CHECK_FALSE(none.covers(t));
    CHECK_FALSE(none.at(t));
    CHECK_FALSE(none.mean(t, t));
  }
}

TEST_CASE("copies share their points and outlive the original") {
  auto* original = new grid::series(day());
  grid::series copy = *original;
  CHECK(copy.points().data() == original->points().data());
  grid::series moved = std::move(*original);
  CHECK(original->empty());
  delete original;
  copy = copy.empty() ? copy : grid::series(copy);
  CHECK(copy.at(t0) == g(300));
  copy = grid::series();
  CHECK(moved.at(t0) == g(300));
}

TEST_CASE("copies may be made and dropped on several threads") {
  const auto s = day();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&s] {
      for (int n = 0; n < 20'000; ++n) {
        const grid::series copy = s;
        grid::series other;
        other = copy;
        if (other.at(t0) != g(300)) std::abort();
      }
    });
  for (auto& t : threads) t.join();
  CHECK(s.at(t0) == g(300));
}

TEST_CASE("bad points are refused in words that name the point, what it has and what is allowed") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  CHECK(refusal({{0, g(1)}, {5, g(-2.5)}}) ==
        "grid::series: point 1 (unix_ns 5) has value -2.5: a finite number of g/kWh, 0 or more, is allowed");
  CHECK(refusal({{0, g(nan)}, {5, g(1)}}).find("point 0 (unix_ns 0) has value nan") != std::string::npos);
  CHECK(refusal({{0, g(1)}, {5, g(infinity)}}).find("has value inf") != std::string::npos);
  CHECK(refusal({{0, g(1)}, {9, g(1)}, {7, g(1)}}) ==
        "grid::series: point 2 (unix_ns 7) is not later than point 1 (unix_ns 9): times must ascend");
  CHECK(refusal({{7, g(1)}, {7, g(1)}}).find("not later") != std::string::npos);
  CHECK(refusal({}).find("no points") != std::string::npos);
  CHECK(refusal({{0, g(1)}}).find("last_step") != std::string::npos);
  CHECK(refusal({{0, g(1)}}, kaya::seconds(-1)).find("last_step -1 s is not allowed") != std::string::npos);
  CHECK(refusal({{0, g(1)}}, kaya::seconds(nan)).find("last_step nan s") != std::string::npos);
  CHECK(refusal({{0, g(0)}, {1, g(0)}}) == "accepted");  // 0 is a value: own solar power, say
}

TEST_CASE("the ends of time are no trouble") {
  const grid::series s({{first_ns, g(100)}, {last_ns - 1, g(300)}}, grid::accounting::direct);
  CHECK(s.end_ns() == last_ns);
  CHECK(s.at(first_ns) == g(100));
  CHECK(s.at(last_ns - 1) == g(300));
  CHECK_FALSE(s.at(last_ns));
  CHECK(s.mean(first_ns, last_ns)->count() == doctest::Approx(100));
  const grid::series late({{last_ns - 5, g(7)}}, grid::accounting::direct, grid::basis::location, "",
                          kaya::seconds(1e300));
  CHECK(late.end_ns() == last_ns);
  const grid::series whole({{first_ns, g(7)}}, grid::accounting::direct, grid::basis::location, "",
                           kaya::seconds(1e300));
  CHECK(whole.end_ns() == last_ns);
}

TEST_CASE("any series agrees with one that is looked up nanosecond by nanosecond") {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    std::vector<point> points;
    std::map<std::int64_t, double> model;  // every nanosecond covered
    std::int64_t t = static_cast<std::int64_t>(random() % 21) - 10;
    const int n = 2 + static_cast<int>(random() % 6);
    for (int i = 0; i < n; ++i) {
      points.push_back({t, g(static_cast<double>(random() % 1000))});
      t += 1 + random() % 9;
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::size_t k = i + 1 < points.size() ? i : i - 1;
      const auto length = points[k + 1].unix_ns - points[k].unix_ns;
      for (std::int64_t j = 0; j < length; ++j) model[points[i].unix_ns + j] = points[i].value.count();
    }
    const grid::series s(points, grid::accounting::lifecycle);
    for (std::int64_t from = -15; from < 70; ++from) {
      const auto here = model.find(from);
      REQUIRE(s.covers(from) == (here != model.end()));
      const auto at = s.at(from);
      REQUIRE(at.has_value() == (here != model.end()));
      if (at) REQUIRE(at->count() == here->second);
      const std::int64_t to = from + 1 + static_cast<std::int64_t>(random() % 30);
      double sum = 0;
      bool covered = true;
      for (std::int64_t i = from; i < to; ++i)
        if (const auto it = model.find(i); it != model.end()) sum += it->second;
        else covered = false;
      const auto mean = s.mean(from, to);
      REQUIRE(mean.has_value() == covered);
      if (mean) REQUIRE(std::abs(mean->count() - sum / static_cast<double>(to - from)) < 1e-9);
    }
  }
}

TEST_CASE("in a gap nothing is known, nor over a span that touches one") {
  const grid::series s({{t0, g(300)}, {t0 + hour, g(0), false}, {t0 + 2 * hour, g(100)}},
                       grid::accounting::direct);
  CHECK(s.at(t0 + hour - 1) == g(300));
  CHECK_FALSE(s.at(t0 + hour));
  CHECK_FALSE(s.at(t0 + 2 * hour - 1));
  CHECK(s.at(t0 + 2 * hour) == g(100));
  CHECK(s.mean(t0, t0 + hour) == g(300));
  CHECK_FALSE(s.mean(t0, t0 + hour + 1));
  CHECK_FALSE(s.mean(t0 + hour, t0 + 3 * hour));
  CHECK(s.mean(t0 + 2 * hour, t0 + 3 * hour) == g(100));
}

TEST_CASE(
    "a linear series has straight lines between its points and holds the last, and the one before a gap") {
  const grid::series s(
      {{t0, g(100)}, {t0 + hour, g(300)}, {t0 + 2 * hour, g(200)}, {t0 + 3 * hour, g(0), false}},
      grid::accounting::direct, grid::basis::location, "", {}, grid::interpolation::linear);
  CHECK(s.between() == grid::interpolation::linear);
  CHECK(s.at(t0) == g(100));
  CHECK(s.at(t0 + hour / 4)->count() == doctest::Approx(150));
  CHECK(s.at(t0 + hour) == g(300));
  CHECK(s.at(t0 + 3 * hour / 2)->count() == doctest::Approx(250));
  CHECK(s.at(t0 + 5 * hour / 2) == g(200));
  CHECK(s.mean(t0, t0 + hour)->count() == doctest::Approx(200));
  CHECK(s.mean(t0, t0 + 3 * hour)->count() == doctest::Approx((200 + 250 + 200) / 3.0));
  CHECK(s.mean(t0 + hour / 2, t0 + 3 * hour / 2)->count() == doctest::Approx((250 + 275) / 2.0));
}

TEST_CASE("energy over 10 000 random series costs what a slow exact model says, to 1e-9") {
  // The model adds up seconds, in long double: of a line the value in the middle of each.
  std::mt19937 random(20'241'125);
  const auto any = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  double worst = 0;
  for (int run = 0; run < 10'000; ++run) {
    const bool lines = any(0, 1) == 1;
    const int length = any(2, 12);
    std::vector<point> points;
    std::vector<int> starts, values;
    int at = 0;
    for (int i = 0; i < length; ++i) {
      starts.push_back(at), values.push_back(any(0, 900'000));
      points.push_back({t0 + at * second, g(values.back() / 1024.0)});
      at += any(1, 40);
    }
    const int end = at;
    const grid::series s(points, grid::accounting::direct, grid::basis::location, "",
                         kaya::seconds(end - starts.back()),
                         lines ? grid::interpolation::linear : grid::interpolation::step);
    // An energy profile: pieces of whole seconds with a constant power of whole watts.
    double fast = 0;
    long double slow = 0;
    for (int from = any(0, end - 1); from < end;) {
      const int stop = std::min(end, from + any(1, 16));
      const int watts = any(0, 3000);
      const auto mean = s.mean(t0 + from * second, t0 + stop * second);
      REQUIRE(mean);
      fast += mean->count() * watts * (stop - from);
      for (int t = from; t < stop; ++t) {
        std::size_t i = starts.size() - 1;
        while (starts[i] > t) --i;
        long double value = values[i];
        if (lines && i + 1 < starts.size()) {
          const long double width = starts[i + 1] - starts[i];
          value +=
              (static_cast<long double>(values[i + 1]) - values[i]) * (2 * (t - starts[i]) + 1) / 2 / width;
        }
        slow += value / 1024 * watts;
      }
      from = stop;
    }
    if (slow == 0) {
      CHECK(fast == 0);
      continue;
    }
    const double error = std::abs(static_cast<double>((fast - slow) / slow));
    if (error > worst) worst = error;
  }
  MESSAGE("worst relative error: ", worst);
  CHECK(worst <= 1e-9);
}
