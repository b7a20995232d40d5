// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/grid/mix.hpp>

namespace grid = kaya::grid;
using grid::generation, grid::mix, grid::portion, grid::publisher;
using kaya::grams_per_kilowatt_hour;

// All of it at compile time.
static_assert(mix(generation::wind_onshore).intensity().value == grams_per_kilowatt_hour(11));
static_assert(mix{{generation::hydro, 0.5}, {generation::nuclear, 0.5}}.intensity().value ==
              grams_per_kilowatt_hour(18));

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct published {
  generation from;
  publisher by;
  double value, low, high;
};
// A copy, g CO2e/kWh: IPCC AR5 WG3, Annex III, Table A.III.2 (2014); UNECE, Life Cycle Assessment
// of Electricity Generation Options (2022), which has no medians; CodeCarbon b05965e,
// carbon_intensity_per_source.json.
constexpr published figures[] = {
    {generation::coal, publisher::ipcc_2014, 820, 740, 910},
    {generation::gas, publisher::ipcc_2014, 490, 410, 650},
    {generation::biomass, publisher::ipcc_2014, 230, 130, 420},
    {generation::biomass_cofiring, publisher::ipcc_2014, 740, 620, 890},
    {generation::geothermal, publisher::ipcc_2014, 38, 6, 79},
    {generation::hydro, publisher::ipcc_2014, 24, 1, 2200},
    {generation::nuclear, publisher::ipcc_2014, 12, 3.7, 110},
    {generation::solar_csp, publisher::ipcc_2014, 27, 8.8, 63},
    {generation::solar_rooftop, publisher::ipcc_2014, 41, 26, 60},
    {generation::solar_utility, publisher::ipcc_2014, 48, 18, 180},
    {generation::wind_offshore, publisher::ipcc_2014, 12, 8, 35},
    {generation::wind_onshore, publisher::ipcc_2014, 11, 7, 56},
    {generation::ocean, publisher::ipcc_2014, 17, 5.6, 28},
    {generation::coal_ccs, publisher::ipcc_2014, 220, 190, 250},
    {generation::gas_ccs, publisher::ipcc_2014, 170, 94, 340},
    {generation::coal, publisher::unece_2022, none, 751, 1095},
    {generation::gas, publisher::unece_2022, none, 403, 513},
    {generation::nuclear, publisher::unece_2022, none, 5.1, 6.4},
    {generation::hydro, publisher::unece_2022, none, 6, 147},
    {generation::wind_onshore, publisher::unece_2022, none, 7.8, 16},
    {generation::wind_offshore, publisher::unece_2022, none, 12, 23},
    {generation::solar_utility, publisher::unece_2022, none, 8, 83},
    {generation::solar_csp, publisher::unece_2022, none, 27, 122},
    {generation::coal, publisher::codecarbon, 995, none, none},
    {generation::oil, publisher::codecarbon, 816, none, none},
    {generation::gas, publisher::codecarbon, 743, none, none},
    {generation::fossil, publisher::codecarbon, 635, none, none},
    {generation::geothermal, publisher::codecarbon, 38, none, none},
    {generation::hydro, publisher::codecarbon, 26, none, none},
    {generation::nuclear, publisher::codecarbon, 29, none, none},
    {generation::solar, publisher::codecarbon, 48, none, none},
    {generation::wind, publisher::codecarbon, 26, none, none},
};

bool same(grams_per_kilowatt_hour x, double y) {
  return std::isnan(y) ? std::isnan(x.count()) : x.count() == y;
}

template <class F>
std::string refusal(F make) {
  try {
    make();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("every figure of every publisher is the published one, and there are no others") {
  std::size_t found = 0;
  for (int g = 0; g <= static_cast<int>(generation::solar); ++g)
    for (const publisher by : {publisher::ipcc_2014, publisher::unece_2022, publisher::codecarbon})
      found += grid::find_generation(static_cast<generation>(g), by).has_value();
  CHECK(found == std::size(figures));
  for (const published& p : figures) {
    CAPTURE(grid::name(p.from));
    const auto figure = grid::find_generation(p.from, p.by);
    REQUIRE(figure.has_value());
    CHECK(figure->from == p.from);
    CHECK(figure->by == p.by);
    CHECK(same(figure->value.value, p.value));
    CHECK(same(figure->value.low, p.low));
    CHECK(same(figure->value.high, p.high));
  }
}

TEST_CASE("every source has a name of its own") {
  CHECK(grid::name(generation::coal) == "coal");
  CHECK(grid::name(generation::wind_offshore) == "wind_offshore");
  CHECK(grid::name(generation::solar) == "solar");
  CHECK(grid::name(static_cast<generation>(200)).empty());
  for (int a = 0; a <= static_cast<int>(generation::solar); ++a)
    for (int b = 0; b < a; ++b)
      CHECK(grid::name(static_cast<generation>(a)) != grid::name(static_cast<generation>(b)));
}

TEST_CASE("a figure names its publication, and says whether it was read again") {
  const auto wind = *grid::find_generation(generation::wind_onshore);
  CHECK(wind.source == "IPCC AR5 WG3 Annex III Table A.III.2 (2014)");
  CHECK(wind.reread);
  const auto ocean = *grid::find_generation(generation::ocean);
  CHECK_FALSE(ocean.reread);
  CHECK(grid::find_generation(generation::coal, publisher::codecarbon)->source.starts_with("CodeCarbon"));
}

TEST_CASE("the IPCC has no oil, and none is made up") {
  CHECK_FALSE(grid::find_generation(generation::oil).has_value());
  CHECK(refusal([] {
          mix{{generation::gas, 0.9}, {generation::oil, 0.1}};
        }) ==
        "grid::mix, source: oil is not allowed; one for which the publisher has a central figure (the IPCC: "
        "wind_onshore and wind_offshore, solar_utility and solar_rooftop, coal, gas)");
}

TEST_CASE("a mix is the mean of its sources by share, and so are the ends of its interval") {
  constexpr mix site{{generation::hydro, 0.6}, {generation::wind_onshore, 0.4}};
  const auto i = site.intensity();
  CHECK(i.value.count() == doctest::Approx(0.6 * 24 + 0.4 * 11));
  CHECK(i.low.count() == doctest::Approx(0.6 * 1 + 0.4 * 7));
  CHECK(i.high.count() == doctest::Approx(0.6 * 2200 + 0.4 * 56));
  CHECK(site.share(generation::hydro) == 0.6);
  CHECK(site.share(generation::coal) == 0);
}

TEST_CASE("a source that is listed twice has both shares") {
  const mix twice{{generation::gas, 0.25}, {generation::coal, 0.5}, {generation::gas, 0.25}};
  CHECK(twice.share(generation::gas) == 0.5);
  CHECK(twice.intensity().value.count() == doctest::Approx(655));
}

TEST_CASE("shares may be off by rounding, by no more") {
  const std::vector<portion> tenths(10, portion{generation::nuclear, 0.1});  // their sum is not exactly 1
  CHECK(mix(tenths).intensity().value.count() == doctest::Approx(12).epsilon(1e-12));
  CHECK(mix{{generation::coal, 0.5}, {generation::gas, 0.4999995}}.share(generation::coal) ==
        doctest::Approx(0.5).epsilon(1e-6));
  CHECK(
      refusal([] {
        mix{{generation::coal, 0.5}, {generation::gas, 0.4}};
      }) ==
      "grid::mix, sum of the shares: 0.9 is not allowed; 1 within 1e-6 (mix::of_weights takes any weights)");
  CHECK_THROWS_AS((mix{{generation::coal, 0.5}, {generation::gas, 0.50001}}), std::invalid_argument);
  CHECK_THROWS_AS(mix(std::vector<portion>{}), std::invalid_argument);
}

TEST_CASE("a share that is negative or not finite is refused by name") {
  CHECK(refusal([] {
          mix{{generation::coal, 1.5}, {generation::wind_onshore, -0.5}};
        }) == "grid::mix, share of wind_onshore: -0.5 is not allowed; a finite number, 0 or more");
  CHECK(refusal([] {
          mix{{generation::hydro, none}, {generation::coal, 1}};
        }) == "grid::mix, share of hydro: nan is not allowed; a finite number, 0 or more");
  CHECK(refusal([] { mix{{generation::hydro, -none}}; }).find(": nan is") != std::string::npos);
  CHECK(refusal([] {
          mix{{static_cast<generation>(77), 1}};
        }).find("source: 77 is not allowed") != std::string::npos);
}

TEST_CASE("weights in any unit are shares of their sum") {
  const mix twh = mix::of_weights({{generation::hydro, 300}, {generation::nuclear, 100}});
  CHECK(twh.share(generation::hydro) == 0.75);
  CHECK(twh.intensity().value.count() == doctest::Approx(21));
  CHECK_THROWS_AS(mix::of_weights({{generation::hydro, 0}}), std::invalid_argument);
  CHECK_THROWS_AS(mix::of_weights({{generation::hydro, -1}, {generation::coal, 3}}), std::invalid_argument);
  CHECK_THROWS_AS(mix::of_weights({{generation::hydro, 1e308}, {generation::coal, 1e308}}),
                  std::invalid_argument);
}

TEST_CASE("a source without a share needs no figure") {
  CHECK(mix{{generation::oil, 0}, {generation::hydro, 1}}.intensity().value.count() == 24);
}

TEST_CASE("where a publisher gives no range, the interval is not known rather than empty") {
  const mix m{{generation::oil, 0.5, publisher::codecarbon}, {generation::gas, 0.5, publisher::codecarbon}};
  CHECK(m.intensity().value.count() == doctest::Approx(779.5));
  CHECK(std::isnan(m.intensity().low.count()));
  CHECK(std::isnan(m.intensity().high.count()));
  CHECK_THROWS_AS(mix(generation::wind_onshore, publisher::unece_2022), std::invalid_argument);  // no median
}

TEST_CASE("as a figure a mix of lifecycle figures is one, location-based, and names its publisher") {
  const grid::figure one = mix(generation::wind_offshore).as_figure();
  CHECK(one.value.count() == 12);
  CHECK(one.how == grid::accounting::lifecycle);
  CHECK(one.basis == grid::basis::location);
  CHECK(one.year == 2014);
  CHECK(one.source == "IPCC AR5 WG3 Annex III Table A.III.2 (2014)");
  const grid::figure two =
      mix{{generation::hydro, 0.5}, {generation::wind, 0.5, publisher::codecarbon}}.as_figure();
  CHECK(two.year == 0);
  CHECK(two.how == grid::accounting::lifecycle);
  CHECK(two.source.find("several publishers") == 0);
}

TEST_CASE("what leaves the stack is marked as direct, and is not mixed with figures of the lifecycle") {
  for (int g = 0; g <= static_cast<int>(generation::solar); ++g)
    for (const publisher by : {publisher::ipcc_2014, publisher::unece_2022, publisher::codecarbon}) {
      const auto from = static_cast<generation>(g);
      const auto figure = grid::find_generation(from, by);
      if (!figure) continue;
      CAPTURE(grid::name(from));
      const bool stack =
          by == publisher::codecarbon && (from == generation::coal || from == generation::gas ||
                                          from == generation::oil || from == generation::fossil);
      CHECK((figure->how == grid::accounting::direct) == stack);
    }
  const mix burnt{{generation::oil, 0.5, publisher::codecarbon},
                  {generation::gas, 0.5, publisher::codecarbon}};
  CHECK(burnt.how() == grid::accounting::direct);
  CHECK(burnt.as_figure().how == grid::accounting::direct);
  CHECK(mix(generation::hydro, publisher::codecarbon).how() == grid::accounting::lifecycle);
  CHECK(refusal([] {
          mix{{generation::hydro, 0.5}, {generation::oil, 0.5, publisher::codecarbon}};
        }) ==
        "grid::mix, source: oil is not allowed; one with a lifecycle figure, as those before it (this one "
        "is direct)");
  CHECK(refusal([] {
          mix::of_weights(
              {{generation::gas, 0.5, publisher::codecarbon}, {generation::hydro, 5, publisher::codecarbon}});
        }).find("source: hydro is not allowed; one with a direct figure") != std::string::npos);
  CHECK(mix{{generation::oil, 0, publisher::codecarbon}, {generation::hydro, 1}}.how() ==
        grid::accounting::lifecycle);
}

TEST_CASE("renewables are a number with an interval, from published shares") {
  const mix& r = grid::mixes::renewables;
  CHECK(r.share(generation::hydro) == doctest::Approx(14.3 / 31.9));
  CHECK(r.intensity().value.count() == doctest::Approx((14.3 * 24 + 8.1 * 11 + 6.9 * 48 + 2.6 * 230) / 31.9));
  CHECK(r.intensity().low.count() == doctest::Approx((14.3 * 1 + 8.1 * 7 + 6.9 * 18 + 2.6 * 130) / 31.9));
  CHECK(r.intensity().high.count() ==
        doctest::Approx((14.3 * 2200 + 8.1 * 56 + 6.9 * 180 + 2.6 * 420) / 31.9));
  CHECK(r.intensity().value.count() == doctest::Approx(42.7).epsilon(1e-2));
  CHECK(grid::mixes::hydro_wind_solar.intensity().value.count() == doctest::Approx(26.06).epsilon(1e-3));
}
