// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <kaya/units.hpp>
#include <limits>
#include <random>
#include <thread>

namespace {

using namespace kaya;
using namespace kaya::literals;
using namespace std::chrono_literals;

TEST_CASE("a run's emissions are the product of the Kaya chain") {
  const watts cpu = 250_W, gpu = 400_W;
  const kilowatt_hours it = (cpu + 8 * gpu) * 72h;
  const grams_co2e emitted = 1.2 * it * 424_gCO2e_per_kWh;
  CHECK(it.count() == doctest::Approx(248.4));
  CHECK(kilograms_co2e(emitted).count() == doctest::Approx(126.38592));
}

TEST_CASE("Strubell's 626155 pounds are 284 tonnes") {
  CHECK(tonnes_co2e(626155_lbCO2e).count() == doctest::Approx(284.01913).epsilon(1e-7));
}

TEST_CASE("the compound operators are the operators") {
  joules e = 10_J;
  e += 1_kJ;
  e -= 5_uJ * 1000000;
  CHECK(e == 1005_J);
  e *= 2;
  e /= 4;
  CHECK(e == 502.5_J);
  CHECK(++e == 503.5_J);
  CHECK(e++ == 503.5_J);
  CHECK(--e == 503.5_J);
  CHECK(e-- == 503.5_J);
  CHECK(-e == +(-502.5_J));

  microjoules books = 17_uJ;
  books %= 5;
  CHECK(books == 2_uJ);
  books = 17_uJ;
  books %= 10_uJ;
  CHECK(books == 7_uJ);
  CHECK(-17_uJ % 5 == -2_uJ);
  books *= 3u;
  CHECK(books == 21_uJ);

  seconds time = 1s;
  time += 500ms;
  time -= 1min;
  CHECK(time == -58.5s);
}

TEST_CASE("small representations behave as theirs, without a warning") {
  using byte_joules = quantity<dim::energy, std::uint8_t>;
  byte_joules b(250);
  b += byte_joules(10);
  CHECK(b.count() == 4);
  CHECK((byte_joules(200) + byte_joules(100)).count() == 44);
  CHECK((byte_joules(7) * byte_joules(3)).count() == 21);
  CHECK(b++.count() == 4);
  b *= 2;
  CHECK(b == byte_joules(10));
  using floats = quantity<dim::energy, float>;
  CHECK(floats(1.5f) + floats(1) == floats(2.5f));
  CHECK(joules(floats(0.1f)).count() == double{0.1f});
}

TEST_CASE("durations go in and come out") {
  CHECK(seconds(1500ms).count() == 1.5);
  CHECK(hours(90min).count() == 1.5);
  const std::chrono::duration<double> out = minutes(2);
  CHECK(out.count() == 120);
  CHECK(quantity_cast<std::chrono::milliseconds>(seconds(1.9999)) == 1999ms);
  CHECK(kaya::round<std::chrono::milliseconds>(seconds(1.9999)) == 2000ms);
  CHECK(kaya::round<microjoules>(1.5_W * 1us) == 2_uJ);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds(0)));
}

TEST_CASE("mixed sums and comparisons with durations work from both sides") {
  CHECK(seconds(1) + 5s == 6s);
  CHECK(5s + seconds(1) == 6s);
  CHECK(5s - seconds(1) == seconds(4));
  CHECK(seconds(0.05) < 100ms);
  CHECK(100ms > seconds(0.05));
  CHECK(1h >= minutes(60));
  CHECK(1h != minutes(59));
}

TEST_CASE("NaN compares as of doubles") {
  const joules nan(std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(nan == nan);
  CHECK(nan != nan);
  CHECK_FALSE(nan < 1_J);
  CHECK_FALSE(nan >= 1_J);
  CHECK((nan <=> 1_J) == std::partial_ordering::unordered);
  CHECK((nan <=> 1_kWh) == std::partial_ordering::unordered);
}

TEST_CASE("a cast to integers truncates towards zero") {
  using whole_joules = quantity<dim::energy, std::int64_t>;
  CHECK(quantity_cast<whole_joules>(1.9_J).count() == 1);
  CHECK(quantity_cast<whole_joules>(-1.9_J).count() == -1);
  CHECK(quantity_cast<whole_joules>(1999999_uJ).count() == 1);
  CHECK(quantity_cast<whole_joules>(-1999999_uJ).count() == -1);
  CHECK(quantity_cast<whole_joules>(microjoules::max()).count() == INT64_MAX / 1000000);
}

TEST_CASE("round takes halves to the even neighbour") {
  using whole_joules = quantity<dim::energy, std::int64_t>;
  const double examples[][2] = {{-2.5, -2}, {-1.5, -2}, {-0.6, -1}, {-0.5, 0}, {0.4, 0},
                                {0.5, 0},   {0.6, 1},   {1.5, 2},   {2.5, 2}};
  for (const auto& [x, expected] : examples) {
    CHECK(kaya::round<whole_joules>(joules(x)).count() == expected);
    CHECK(kaya::round<whole_joules>(microjoules(static_cast<std::int64_t>(x * 1e6))).count() == expected);
  }
  CHECK(kaya::round<microjoules>(0.1_J) == 100000_uJ);
  CHECK(kaya::round<quantity<dim::energy, std::uint64_t>>(
            quantity<dim::energy, std::uint64_t, std::milli>(2500))
            .count() == 2);
}

TEST_CASE("integer conversions overflow only if the result does") {
  // 2e12 thirds of a kilojoule in sevenths of a joule: the naive product is beyond 64 bits.
  using from = quantity<dim::energy, std::int64_t, std::ratio<1000000007, 3>>;
  using to = quantity<dim::energy, std::int64_t, std::ratio<1000000009, 7>>;
  const std::int64_t count = 4'000'000'000'000;
  const auto exact = static_cast<long double>(count) * 1000000007 * 7 / (3.0L * 1000000009);
  CHECK(quantity_cast<to>(from(count)).count() == static_cast<std::int64_t>(exact));
}

TEST_CASE("at random, round agrees with long doubles") {
  std::mt19937_64 random(7);
  using kilo_i = quantity<dim::energy, std::int64_t, std::kilo>;
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t n = static_cast<std::int64_t>(random()) >> (random() % 63);
    CAPTURE(n);
    CHECK(kaya::round<kilo_i>(microjoules(n)).count() == std::llrintl(static_cast<long double>(n) / 1e9L));
    CHECK(quantity_cast<kilo_i>(microjoules(n)).count() == n / 1000000000);
  }
}

TEST_CASE("at random, conversions agree with long doubles to an ulp and return") {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(-30, 30);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::pow(10, exponent(random));
    const auto near = [](double a, long double b) {
      return std::fabs(static_cast<long double>(a) - b) <= 2.3e-16L * std::fabs(b);
    };
    CAPTURE(x);
    CHECK(near(kilowatt_hours(joules(x)).count(), static_cast<long double>(x) / 3.6e6L));
    CHECK(near(joules(gigawatt_hours(x)).count(), static_cast<long double>(x) * 3.6e12L));
    CHECK(near(pounds_co2e(grams_co2e(x)).count(), static_cast<long double>(x) / 453.59237L));
    CHECK(std::fabs(joules(kilowatt_hours(joules(x))).count() - x) <= 2.3e-16 * x);
    CHECK(near((kilowatt_hours(x) * grams_per_kilowatt_hour(x)).count(), static_cast<long double>(x) * x));
    CHECK(near(kilowatt_hours(x) / joules(3), static_cast<long double>(x) * 3.6e6L / 3));
  }
}

}  // namespace
