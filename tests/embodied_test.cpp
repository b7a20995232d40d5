// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <kaya/grid/regions.hpp>
#include <kaya/plan/embodied.hpp>

using namespace kaya::literals;
using namespace std::chrono_literals;
namespace plan = kaya::plan;
namespace grid = kaya::grid;
using plan::hardware, plan::years;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr hardware device{.total = 1000_kgCO2e, .reserved = 1h, .lifespan = years(4)};

template <class F>
std::string refusal(F make) {
  try {
    make();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was refused";
}

/// What is refused of `device` after a change.
template <class F>
std::string refusal_of(F change) {
  hardware h = device;
  change(h);
  return refusal([&] { static_cast<void>(plan::embodied(h)); });
}

}  // namespace

TEST_CASE("1000 kg over four years are 28.5 g an hour, as in the example of the SCI") {
  static_assert(plan::embodied(device) > 28.5_gCO2e && plan::embodied(device) < 28.6_gCO2e);
  CHECK(plan::embodied(device).count() == doctest::Approx(1e6 / (4 * 365 * 24)));
}

TEST_CASE("a share of the device has that share of its emissions") {
  hardware h = device;
  h.resources = 2, h.of_resources = 8;
  CHECK(plan::embodied(h).count() == doctest::Approx(1e6 / 35040 / 4));
  h.resources = 0;
  CHECK(plan::embodied(h).count() == 0);
}

TEST_CASE("several pieces and several kinds add up") {
  const hardware server{.total = 2000_kgCO2e, .reserved = 1h, .lifespan = years(4)};
  hardware cards = device;
  cards.count = 8;
  const double hour = 1e6 / 35040;
  CHECK(plan::embodied(cards).count() == doctest::Approx(8 * hour));
  CHECK(plan::embodied({cards, server}).count() == doctest::Approx(10 * hour));
  CHECK(plan::embodied(std::vector{cards, server, server}).count() == doctest::Approx(12 * hour));
  CHECK(plan::embodied(std::vector<hardware>{}).count() == 0);
}

TEST_CASE("a device that is reserved for all its life has all its emissions, however long that is") {
  hardware h = device;
  h.reserved = h.lifespan;
  CHECK(plan::embodied(h).count() == 1e6);
  h.lifespan = h.reserved = std::chrono::years(3);
  CHECK(plan::embodied(h).count() == 1e6);
}

// Luccioni, Viguier & Ligozat 2022 (arXiv:2211.02001): 11.2 t embodied, of 1.08 million GPU hours. As
// recalled from the paper: 2500 kg a server of 8 GPUs without them, 150 kg a GPU, 6 years at 85 % use.
TEST_CASE("BLOOM's embodied emissions are computed again from what its paper says") {
  const kaya::hours each(1082990.0 / 384), used = 0.85 * years(6);
  const auto total =
      plan::embodied({{.count = 48, .total = 2500_kgCO2e, .reserved = each, .lifespan = used},
                      {.count = 384, .total = 150_kgCO2e, .reserved = each, .lifespan = used}});
  CHECK(kaya::tonnes_co2e(total).count() == doctest::Approx(11.2).epsilon(0.005));
}

TEST_CASE("what is not allowed is refused with its field, its value and what is allowed") {
  CHECK(refusal_of([](hardware& h) { h.count = -1; }) ==
        "embodied, count: -1 is not allowed; a finite number, 0 or more");
  CHECK(refusal_of([](hardware& h) { h.total = -5_gCO2e; }).find("embodied, total: -5 is") == 0);
  CHECK(refusal_of([](hardware& h) { h.total = kaya::grams_co2e(nan); }).find("embodied, total: nan is") ==
        0);
  CHECK(refusal_of([](hardware& h) { h.total = kaya::grams_co2e(infinity); }).find("embodied, total: inf") ==
        0);
  CHECK(refusal_of([](hardware& h) { h.lifespan = {}; }) ==
        "embodied, lifespan: 0 is not allowed; a finite number of hours, more than 0");
  CHECK(refusal_of([](hardware& h) { h.lifespan = kaya::hours(infinity); }).find("embodied, lifespan: inf") ==
        0);
  CHECK(refusal_of([](hardware& h) { h.reserved = 5 * h.lifespan; }) ==
        "embodied, reserved: 175200 is not allowed; a finite number of hours, 0 to the lifespan");
  CHECK(refusal_of([](hardware& h) { h.reserved = -1h; }).find("embodied, reserved: -1 is") == 0);
  CHECK(refusal_of([](hardware& h) { h.of_resources = 0; }).find("embodied, of_resources: 0 is") == 0);
  CHECK(refusal_of([](hardware& h) { h.resources = 2; }) ==
        "embodied, resources: 2 is not allowed; a finite number, 0 to of_resources");
}

TEST_CASE(
    "hardware whose total nobody gave has no embodied emissions, and without a lifespan none can be told") {
  CHECK(plan::embodied(hardware{.reserved = 1h, .lifespan = years(1)}).count() == 0);
  CHECK_THROWS_AS(static_cast<void>(plan::embodied(hardware{.total = 1_kgCO2e})), std::invalid_argument);
}

TEST_CASE("the score is what energy and hardware emit, per functional unit") {
  constexpr auto s =
      plan::sci({.energy = 100_kWh, .intensity = 400_gCO2e_per_kWh, .embodied = 2_kgCO2e, .units = 1000});
  static_assert(s.operational > 39999_gCO2e && s.operational < 40001_gCO2e);
  CHECK(s.operational.count() == doctest::Approx(40000));
  CHECK(s.embodied.count() == 2000);
  CHECK(s.per_unit.count() == doctest::Approx(42));
}

TEST_CASE("the score takes the intensity of a place") {
  const auto s = plan::sci({.energy = 2_kWh, .intensity = *grid::find("FR"), .units = 2});
  CHECK(s.per_unit.count() == doctest::Approx(grid::find("FR")->value.count()));
}

TEST_CASE("the score refuses a market-based intensity, and a marginal one by its name") {
  grid::figure bought = *grid::find("FR");
  bought.basis = grid::basis::market;
  CHECK(refusal([&] { plan::location_based{bought}; }) ==
        "sci, basis of the intensity: market-based is not allowed; location-based: the mean of the grid, "
        "whatever "
        "was bought (ISO/IEC 21031)");
  CHECK(refusal([] {
          plan::location_based{0_gCO2e_per_kWh, grid::basis::marginal};
        }).find("sci, basis of the intensity: marginal is not allowed") == 0);
  CHECK_THROWS_AS(plan::location_based(0_gCO2e_per_kWh, grid::basis::market), std::invalid_argument);
  CHECK(plan::location_based(7_gCO2e_per_kWh, grid::basis::location).value() == 7_gCO2e_per_kWh);
}

TEST_CASE("a score without units, or of less than nothing, is refused") {
  const auto score = [](kaya::joules e, double i, kaya::grams_co2e m, double r) {
    return refusal([=] { static_cast<void>(plan::sci({e, kaya::grams_per_kilowatt_hour(i), m, r})); });
  };
  CHECK(score(1_J, 1, 1_gCO2e, 0) == "sci, units: 0 is not allowed; a finite number, more than 0");
  CHECK(score(1_J, 1, 1_gCO2e, nan).find("sci, units: nan is") == 0);
  CHECK(score(-1_J, 1, 1_gCO2e, 1).find("sci, energy: -1 is") == 0);
  CHECK(score(1_J, -3, 1_gCO2e, 1).find("sci, intensity: -3 is") == 0);
  CHECK(score(1_J, nan, 1_gCO2e, 1).find("sci, intensity: nan is") == 0);
  CHECK(score(1_J, 1, kaya::grams_co2e(nan), 1).find("sci, embodied: nan is") == 0);
}
