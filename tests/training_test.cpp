// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include <kaya/plan/training.hpp>

namespace plan = kaya::plan;
using namespace kaya::literals;
using kaya::hours;
using plan::training;

namespace {

constexpr training eight{.devices = 8,
                         .duration = hours(100),
                         .per_device = 400_W,
                         .utilisation = 0.5,
                         .pue = 1.25,
                         .intensity = 400_gCO2e_per_kWh};

// In numbers that are exact in binary.
static_assert(plan::estimate(eight).it == 160_kWh);
static_assert(plan::estimate(eight).facility == 200_kWh);
static_assert(plan::estimate(eight).emissions == 80_kgCO2e);
static_assert(plan::estimate(training{}).it == 0_J);
static_assert(plan::estimate(training{.duration = hours(1), .per_device = 1_kW}).facility == 1_kWh);

template <class F>
std::string refusal(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was thrown";
}
std::string refusal(const training& t) {
  return refusal([&] { return plan::estimate(t); });
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("a run may be written in place, with or without names") {
  CHECK(plan::estimate({.devices = 2, .duration = hours(1), .per_device = 500_W}).it == 1_kWh);
  CHECK(plan::estimate({2, hours(1), 500_W, 0.5, 1.5, 400_gCO2e_per_kWh}).emissions == 300_gCO2e);
  CHECK(plan::estimate({}).emissions == 0_gCO2e);
}

TEST_CASE("a footprint comes apart into three parts, as the struct says") {
  const auto [it, facility, emissions] = plan::estimate(eight);
  CHECK(it == 160_kWh);
  CHECK(facility == 200_kWh);
  CHECK(emissions == 80_kgCO2e);
}

TEST_CASE("devices, hours, power and utilisation multiply; the building and the grid come on top") {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> some(0.001, 1000), share(0, 1);
  for (int i = 0; i < 1000; ++i) {
    const double n = some(random), h = some(random), w = some(random), u = share(random),
                 p = 1 + share(random), g = some(random);
    const auto f = plan::estimate({n, hours(h), kaya::watts(w), u, p, kaya::grams_per_kilowatt_hour(g)});
    const double kwh = n * h * w * u / 1000;
    CHECK(kaya::kilowatt_hours(f.it).count() == doctest::Approx(kwh).epsilon(1e-14));
    CHECK(kaya::kilowatt_hours(f.facility).count() == doctest::Approx(kwh * p).epsilon(1e-14));
    CHECK(f.emissions.count() == doctest::Approx(kwh * p * g).epsilon(1e-14));
  }
}

TEST_CASE("a run known by its device-hours is one device that ran for all of them") {
  constexpr auto by_device = plan::estimate(eight);
  constexpr auto by_hours =
      plan::estimate(plan::from_device_hours(hours(800), 200_W, 1.25, 400_gCO2e_per_kWh));
  static_assert(by_hours.it == by_device.it && by_hours.emissions == by_device.emissions);
  constexpr auto by_tdp = plan::estimate(plan::from_tdp(8, hours(100), 400_W, 0.5, 1.25, 400_gCO2e_per_kWh));
  static_assert(by_tdp.facility == by_device.facility);
  CHECK(by_tdp.emissions == by_hours.emissions);
}

TEST_CASE("the work of GPT-3 is six times its parameters and tokens") {
  // Brown et al. 2020, Table D.1: 174 600 million parameters, 300 billion tokens, 3.14e23 FLOP, 3640
  // petaflop/s-days.
  constexpr double flop = plan::training_flop(174.6e9, 300e9);
  static_assert(flop > 3.135e23 && flop < 3.145e23);
  static_assert(flop / plan::flop_per_petaflop_s_day > 3635 && flop / plan::flop_per_petaflop_s_day < 3645);
  CHECK(plan::from_petaflop_s_days(3640) == doctest::Approx(flop).epsilon(0.002));
}

TEST_CASE("work, peak rate and share of it give the time that all devices take together") {
  constexpr plan::workload work{.flop = 3600e15 * 100,
                                .peak_flop_per_second = 250e12,
                                .mfu = 0.5,
                                .devices = 8,
                                .per_device = 400_W,
                                .utilisation = 0.5,
                                .pue = 1.25,
                                .intensity = 400_gCO2e_per_kWh};
  constexpr training same = plan::to_training(work);
  static_assert(same.duration == hours(100));  // 1 PFLOP/s in all
  static_assert(plan::estimate(plan::to_training(work)).emissions == plan::estimate(eight).emissions);
  plan::workload twice = work;
  twice.devices = 16;
  CHECK(plan::to_training(twice).duration == hours(50));
  CHECK(plan::estimate(plan::to_training(twice)).it == plan::estimate(plan::to_training(work)).it);
}

TEST_CASE("a range that is one point gives the estimate of that point, three times") {
  constexpr auto f = plan::estimate_range(plan::exactly(eight));
  static_assert(f.it.low == 160_kWh && f.it.value == 160_kWh && f.it.high == 160_kWh);
  CHECK(f.emissions.low == f.emissions.high);
}

TEST_CASE("the ends of a range follow from the ends of its uncertain inputs, and from nothing else") {
  constexpr auto f = [] {
    plan::training_range r = plan::exactly(eight);
    r.utilisation = {.value = 0.5, .low = 0.25, .high = 1};
    r.intensity = {.value = 400_gCO2e_per_kWh, .low = 200_gCO2e_per_kWh, .high = 800_gCO2e_per_kWh};
    return plan::estimate_range(r);
  }();
  static_assert(f.it.low == 80_kWh && f.it.value == 160_kWh && f.it.high == 320_kWh);
  static_assert(f.facility.low == 100_kWh && f.facility.high == 400_kWh);
  static_assert(f.emissions.low == 20_kgCO2e && f.emissions.value == 80_kgCO2e);
  CHECK(f.emissions.high == 320_kgCO2e);
}

TEST_CASE("whatever the inputs are within their ranges, the estimate is within its own") {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> share(0, 1);
  const auto range = [&](double from, double to) {
    double a = from + share(random) * (to - from), b = from + share(random) * (to - from);
    if (a > b) std::swap(a, b);
    return kaya::interval<double>{a + share(random) * (b - a), a, b};
  };
  const auto of = [](auto unit, const kaya::interval<double>& i) {
    using Q = decltype(unit);
    return kaya::interval<Q>{Q(i.value), Q(i.low), Q(i.high)};
  };
  const auto within = [&](const auto& i) {
    auto x = i.low + share(random) * (i.high - i.low);
    return x > i.high ? i.high : x;
  };
  for (int n = 0; n < 1000; ++n) {
    const plan::training_range r{range(0, 100),
                                 of(hours(), range(0, 100)),
                                 of(kaya::watts(), range(0, 1000)),
                                 range(0, 1),
                                 range(1, 2),
                                 of(kaya::grams_per_kilowatt_hour(), range(0, 1000))};
    const auto all = plan::estimate_range(r);
    const auto one = plan::estimate(training{within(r.devices), within(r.duration), within(r.per_device),
                                             within(r.utilisation), within(r.pue), within(r.intensity)});
    CHECK(all.it.low <= one.it);
    CHECK(one.it <= all.it.high);
    CHECK(all.emissions.low <= one.emissions);
    CHECK(one.emissions <= all.emissions.high);
    CHECK(all.facility.low <= all.facility.value);
    CHECK(all.facility.value <= all.facility.high);
  }
}

TEST_CASE("embodied emissions are of device-hours, not of energy") {
  static_assert(plan::embodied(eight, 40_gCO2e) == 32_kgCO2e);
  training idle = eight;
  idle.utilisation = 0;
  CHECK(plan::embodied(idle, 40_gCO2e) == 32_kgCO2e);
  CHECK(refusal([] { return plan::embodied(eight, -1_gCO2e); }) ==
        "embodied, per_device_hour: -1 is not allowed; a finite number of grams, 0 or more");
}

TEST_CASE("a field that is not allowed is named, with its value and what is allowed") {
  CHECK(refusal({.devices = -1}) == "training, devices: -1 is not allowed; a finite number, 0 or more");
  CHECK(refusal({.duration = hours(-2)}) ==
        "training, duration: -2 is not allowed; a finite number of hours, 0 or more");
  CHECK(refusal({.per_device = -0.5_W}) ==
        "training, per_device: -0.5 is not allowed; a finite number of watts, 0 or more");
  CHECK(refusal({.utilisation = 1.5}) == "training, utilisation: 1.5 is not allowed; 0 to 1");
  CHECK(refusal({.pue = 0.99}) == "training, pue: 0.99 is not allowed; a finite number, 1 or more");
  CHECK(refusal({.intensity = -3_gCO2e_per_kWh}) ==
        "training, intensity: -3 is not allowed; a finite number of g/kWh, 0 or more");
}

TEST_CASE("NaN and infinity are refused wherever they are") {
  for (const double bad : {not_a_number, -not_a_number, inf, -inf}) {
    CAPTURE(bad);
    for (int field = 0; field < 6; ++field) {
      training t = eight;
      if (field == 0) t.devices = bad;
      if (field == 1) t.duration = hours(bad);
      if (field == 2) t.per_device = kaya::watts(bad);
      if (field == 3) t.utilisation = bad;
      if (field == 4) t.pue = bad;
      if (field == 5) t.intensity = kaya::grams_per_kilowatt_hour(bad);
      CHECK_THROWS_AS(plan::estimate(t), std::invalid_argument);
    }
  }
  CHECK(refusal({.pue = not_a_number}) == "training, pue: nan is not allowed; a finite number, 1 or more");
}

TEST_CASE("a range whose ends are not around its value is refused") {
  plan::training_range r = plan::exactly(eight);
  r.pue = {.value = 1.2, .low = 1.3, .high = 1.4};
  CHECK(refusal([&] { return plan::estimate_range(r); }) ==
        "training_range, pue: 1.3 is not allowed; a low end that is not above the value");
  r.pue = {.value = 1.2, .low = 1.1, .high = 1.1};
  CHECK(refusal([&] { return plan::estimate_range(r); }) ==
        "training_range, pue: 1.1 is not allowed; a high end that is not below the value");
  r.pue = {.value = 1.2, .low = not_a_number, .high = 1.4};
  CHECK_THROWS_AS(plan::estimate_range(r), std::invalid_argument);
  r.pue = {.value = 1.2, .low = 0.9, .high = 1.4};
  CHECK(refusal([&] { return plan::estimate_range(r); }) ==
        "training, pue: 0.9 is not allowed; a finite number, 1 or more");
}

TEST_CASE("work that no device can do is refused, not done in infinite time") {
  const plan::workload work{.flop = 1e21, .peak_flop_per_second = 312e12, .mfu = 0.4, .devices = 64};
  const auto refused = [&](auto change) {
    plan::workload w = work;
    change(w);
    return refusal([&] { return plan::estimate(plan::to_training(w)); });
  };
  CHECK(refused([](auto& w) { w.mfu = 0; }) == "workload, mfu: 0 is not allowed; above 0, to 1");
  CHECK(refused([](auto& w) { w.mfu = 40; }) == "workload, mfu: 40 is not allowed; above 0, to 1");
  CHECK(refused([](auto& w) { w.devices = 0; }) ==
        "workload, devices: 0 is not allowed; a finite number above 0");
  CHECK(refused([](auto& w) { w.peak_flop_per_second = 0; }) ==
        "workload, peak_flop_per_second: 0 is not allowed; a finite number above 0");
  CHECK(refused([](auto& w) { w.flop = -1; }) ==
        "workload, flop: -1 is not allowed; a finite number, 0 or more");
  CHECK(refused([](auto& w) { w.utilisation = 2; }) == "training, utilisation: 2 is not allowed; 0 to 1");
  CHECK(refusal([] { return plan::training_flop(-7e9, 1); }) ==
        "training_flop, parameters: -7e+09 is not allowed; a finite number, 0 or more");
}
