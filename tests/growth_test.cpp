// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include <kaya/plan/devices.hpp>
#include <kaya/plan/growth.hpp>

#include "support/table.hpp"

namespace plan = kaya::plan;
using namespace kaya::literals;
using plan::months;

// OpenAI, AI and Compute, 2018: 300 000 times from AlexNet to AlphaGo Zero, 62 months at 3.4 months each.
static_assert(plan::doublings(300000) > 18.19 && plan::doublings(300000) < 18.20);
static_assert(plan::time_to_grow(300000, months(3.4)) > months(61.8) &&
              plan::time_to_grow(300000, months(3.4)) < months(61.9));
static_assert(plan::doubling_time(300000, months(62)) > months(3.40) &&
              plan::doubling_time(300000, months(62)) < months(3.41));
static_assert(plan::detail::log2(8) == 3 && plan::detail::log2(1) == 0 && plan::detail::log2(0.25) == -2);
static_assert(plan::detail::exp2(10) == 1024 && plan::detail::exp2(0) == 1 && plan::detail::exp2(-1) == 0.5);

namespace {

template <class F>
std::string refusal(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was thrown";
}

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// Compiles, as the plans bring no functions of <cmath>'s names.
double beside_cmath(double x) {
  using namespace kaya::plan;
  using namespace std;
  return exp2(x) + log2(x);
}

double error(double x, double truth) { return x == truth ? 0 : std::abs(x / truth - 1); }

}  // namespace

TEST_CASE("log2 is within 1e-14 of the standard's, over all of its range") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-1074, 1023.99), near(0.5, 2), hair(-1e-6, 1e-6);
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    for (const double x : {std::exp2(exponent(random)), near(random), 1 + hair(random)})
      if (x > 0) worst = std::max(worst, error(plan::detail::log2(x), std::log2(x)));
  }
  for (int e = -1074; e < 1024; ++e) worst = std::max(worst, error(plan::detail::log2(std::ldexp(1, e)), e));
  for (const double x : {5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1 + 2.3e-16, 1 - 1.2e-16,
                         1.4142135623730949, 1.4142135623730951, 1.4142135623730954})
    worst = std::max(worst, error(plan::detail::log2(x), std::log2(x)));
  CHECK(worst < 1e-14);
  MESSAGE("log2: at most " << worst << " off");
}

TEST_CASE("exp2 is within 1e-14 of the standard's, over all of its range") {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> normal(-1022, 1024), near(-1, 1);
  double worst = 0;
  for (int i = 0; i < 200000; ++i)
    for (const double x : {normal(random), near(random), near(random) * 1e-8})
      if (x < 1024) worst = std::max(worst, error(plan::detail::exp2(x), std::exp2(x)));
  for (int e = -1074; e < 1024; ++e) CHECK(plan::detail::exp2(e) == std::ldexp(1, e));
  CHECK(worst < 1e-14);
  MESSAGE("exp2: at most " << worst << " off");
}

TEST_CASE("the edges of log2 and exp2 are the standard's") {
  CHECK(plan::detail::log2(0) == -infinite);
  CHECK(std::isnan(plan::detail::log2(-1)));
  CHECK(std::isnan(plan::detail::log2(undefined)));
  CHECK(plan::detail::log2(infinite) == infinite);
  CHECK(plan::detail::exp2(1024) == infinite);
  CHECK(plan::detail::exp2(infinite) == infinite);
  CHECK(plan::detail::exp2(-infinite) == 0);
  CHECK(plan::detail::exp2(-1076) == 0);
  CHECK(std::isnan(plan::detail::exp2(undefined)));
}

TEST_CASE("log2 and exp2 stay the standard's where all of the plans' names are used") {
  CHECK(beside_cmath(4) == 18);
}

TEST_CASE("every fact and model has the figures of the reference table") {
  std::size_t facts = 0, models = 0;
  const auto rows = kaya_test::read_table("compute.csv");
  CHECK(rows.size() == 48);
  for (const auto& row : rows) {
    CAPTURE(row.text("name"));
    const bool read = row.text("confidence") == "read";
    if (row.text("kind") == "fact") {
      ++facts;
      const auto fact = plan::find_fact(row.text("name"));
      REQUIRE(fact.has_value());
      CHECK(fact->value == doctest::Approx(row.number("value")).epsilon(1e-9));
      CHECK(fact->unit == row.text("unit"));
      CHECK(fact->year == row.number("year"));
      CHECK((fact->confidence == plan::confidence::read) == read);
      continue;
    }
    ++models;
    const auto model = plan::find_compute(row.text("name"));
    REQUIRE(model.has_value());
    CHECK(model->flop == row.number("training_flop"));
    CHECK(model->year == row.number("year"));
    CHECK(model->parameters.has_value() == row.has("parameters"));
    if (model->parameters) CHECK(*model->parameters == row.number("parameters"));
    CHECK((model->confidence == plan::confidence::read) == read);
    CHECK(std::stod(std::string(model->printed_petaflop_s_days)) == row.number("petaflop_s_days"));
    CHECK(model->petaflop_s_days() == doctest::Approx(row.number("petaflop_s_days")).epsilon(0.01));
    CHECK_FALSE(model->source.empty());
  }
  CHECK(facts == plan::compute_fact_count);
  CHECK(models == plan::compute_model_count);
  CHECK_FALSE(plan::find_compute("GPT-5").has_value());
  CHECK_FALSE(plan::find_fact("").has_value());
}

TEST_CASE("the published doubling time, growth and span fit each other and the models of the table") {
  const double growth = plan::find_fact("compute_growth_2012_2018")->value;
  const months doubling(plan::find_fact("compute_doubling_time")->value);
  CHECK(plan::doublings(growth) == doctest::Approx(18.2).epsilon(0.001));
  CHECK(plan::growth(months(62), doubling) == doctest::Approx(growth).epsilon(0.04));
  const double models = plan::find_compute("AlphaGo Zero")->flop / plan::find_compute("AlexNet")->flop;
  CHECK(models > growth);  // "more than 300,000x"
  CHECK(plan::doubling_time(models, months(62)).count() == doctest::Approx(3.4).epsilon(0.01));
  // Moore's law, two years, in the same time.
  CHECK(plan::growth(months(62), months(24)) ==
        doctest::Approx(plan::find_fact("moores_law_growth_same_period")->value).epsilon(0.15));
}

TEST_CASE("growth, its doubling time and its span follow from each other") {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> some(0.1, 100);
  for (int i = 0; i < 1000; ++i) {
    const months elapsed(some(random)), doubling(1 + some(random));
    const double factor = plan::growth(elapsed, doubling);
    if (factor == infinite) continue;
    CHECK(plan::doubling_time(factor, elapsed).count() == doctest::Approx(doubling.count()).epsilon(1e-9));
    CHECK(plan::time_to_grow(factor, doubling).count() == doctest::Approx(elapsed.count()).epsilon(1e-9));
    CHECK(plan::growth(-elapsed, doubling) * factor == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("a month is a twelfth of a Gregorian year, as std::chrono's, and any time converts to it") {
  static_assert(months(12) == kaya::seconds(31556952));
  CHECK(plan::growth(kaya::hours(24 * 365.2425), months(12)) == doctest::Approx(2).epsilon(1e-14));
}

TEST_CASE("energy grows by what compute outgrows efficiency, emissions with it") {
  constexpr plan::projection p =
      plan::project({.flop = 3.14e23, .energy = 1287_MWh, .intensity = 400_gCO2e_per_kWh},
                    {.compute_doubling = months(6), .efficiency_doubling = months(24)}, months(24));
  static_assert(p.growth == 16 && p.flop == 16 * 3.14e23 && p.energy == 8 * 1287_MWh);
  CHECK(kaya::tonnes_co2e(p.emissions).count() == doctest::Approx(8 * 1287 * 0.4));
  CHECK(plan::energy_doubling_time({.compute_doubling = months(6), .efficiency_doubling = months(24)})
            ->count() == doctest::Approx(8));
}

TEST_CASE("without a trend nothing changes, and with efficiency alone less energy is used") {
  const plan::baseline from{.flop = 1e21, .energy = 100_kWh, .intensity = 400_gCO2e_per_kWh};
  const auto same = plan::project(from, {}, months(1000));
  CHECK(same.flop == 1e21);
  CHECK(same.energy == 100_kWh);
  CHECK(same.emissions == 40_kgCO2e);
  CHECK(plan::project(from, {.efficiency_doubling = months(24)}, months(48)).energy == 25_kWh);
  CHECK_FALSE(plan::energy_doubling_time({}).has_value());
  CHECK_FALSE(
      plan::energy_doubling_time({.compute_doubling = months(24), .efficiency_doubling = months(24)}));
}

TEST_CASE("rated efficiency from V100 to B200 has doubled in about 35 months") {
  const auto old = *plan::find_device("V100 SXM2 16GB"), now = *plan::find_device("B200");
  const auto per_joule = [](const plan::device& d) { return *d.fp16_tflops * 1e12 / d.power->count(); };
  const months doubling =
      plan::efficiency_doubling_time(per_joule(old), per_joule(now), months(12.0 * (now.year - old.year)));
  CHECK(doubling.count() == doctest::Approx(84 / std::log2((2250.0 / 1000) / (125.0 / 300))));
  CHECK(doubling.count() == doctest::Approx(34.5).epsilon(0.01));
}

TEST_CASE("growth that cannot be is refused") {
  CHECK(refusal([] { return plan::doublings(0); }) ==
        "doublings, factor: 0 is not allowed; a finite number above 0");
  CHECK(refusal([] { return plan::growth(months(1), months(0)); }) ==
        "growth, doubling: 0 is not allowed; months above 0, or infinite");
  CHECK(refusal([] { return plan::growth(months(infinite), months(1)); }) ==
        "growth, elapsed: inf is not allowed; a finite number of months");
  CHECK(refusal([] { return plan::doubling_time(0.5, months(1)); }) ==
        "doubling_time, factor: 0.5 is not allowed; above 1, as it has grown");
  CHECK(refusal([] { return plan::project({.energy = -1_kWh}, {}, months(1)); }) ==
        "baseline, energy: -1 is not allowed; a finite number of kWh, 0 or more");
  CHECK_THROWS_AS(plan::doublings(undefined), std::invalid_argument);
  CHECK_THROWS_AS(plan::doublings(infinite), std::invalid_argument);
  CHECK_THROWS_AS(plan::doubling_time(2, months(0)), std::invalid_argument);
  CHECK_THROWS_AS(plan::time_to_grow(2, months(-1)), std::invalid_argument);
  CHECK_THROWS_AS(plan::efficiency_doubling_time(0, 1, months(1)), std::invalid_argument);
  CHECK_THROWS_AS(plan::project({}, {.compute_doubling = months(-1)}, months(1)), std::invalid_argument);
  CHECK_THROWS_AS(plan::energy_doubling_time({.efficiency_doubling = months(undefined)}),
                  std::invalid_argument);
}
