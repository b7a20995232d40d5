// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <string>
#include <string_view>

#include <kaya/report/equivalents.hpp>

using namespace kaya::literals;
namespace report = kaya::report;
using report::equivalents, report::find_equivalent;

static_assert(find_equivalent("tree_year")->emissions == 11_kgCO2e);

namespace {

constexpr double none = 0;  // the source does not say

struct published {
  const char* key;
  double kg, kwh;  // of one
  int year;
  bool reread;
};
// A copy, to nine digits. Sources: Strubell et al. 2019, Table 1; US EPA, Greenhouse Gas Equivalencies
// Calculator of 2024 and 2021; Green Algorithms referenceValues.csv; CodeCarbon viz/data.py; carbontracker
// co2eq.csv (EEA); EIA 2022; Balasubramanian 2021 (PNAS 118, e2107022118).
constexpr published figures[] = {
    {"car_lifetime_incl_fuel", 57152.63862, none, 2019, true},
    {"american_life_year", 16400.08573, none, 2019, true},
    {"human_life_year", 4999.948695, none, 2019, true},
    {"flight_ny_sf_passenger", 899.9272621, none, 2019, true},
    {"nlp_pipeline_tuning", 35592.48609, none, 2019, false},
    {"nlp_pipeline", 17.69010243, none, 2019, false},
    {"us_car_mile_epa_2024", 0.393, none, 2024, true},
    {"us_car_km_epa_2024", 0.2441988785, none, 2024, true},
    {"us_car_mile_epa_typical", 0.4, none, 2023, true},
    {"us_car_mile_codecarbon", 0.409, none, 2020, true},
    {"us_car_km_greenalgorithms", 0.251, none, 2020, true},
    {"eu_car_km_greenalgorithms", 0.175, none, 2019, true},
    {"eu_new_car_km_2018", 0.1204, none, 2018, true},
    {"eu_new_car_km_2020", 0.1075, none, 2020, true},
    {"petrol_gallon_us", 8.887, none, 2024, true},
    {"petrol_litre", 2.347697029, none, 2024, true},
    {"diesel_litre", 2.689271493, none, 2024, false},
    {"smartphone_charge_epa_2024", 0.0124, none, 2024, true},
    {"smartphone_charge_epa_2021", 0.00822, 0.012, 2021, true},
    {"urban_tree_seedling_10_years", 60, none, 2024, true},
    {"tree_year", 11, none, 2020, true},
    {"us_home_electricity_year", none, 10791, 2022, false},
    {"us_home_week_codecarbon", 160.58, none, 2020, true},
    {"tv_hour_codecarbon", 0.097, none, 2020, true},
    {"netflix_hour", 0.036, none, 2020, true},
    {"train_km", 0.041, none, 2020, true},
    {"flight_economy_km", 0.171, none, 2020, true},
    {"flight_ny_sf_greenalgorithms", 570, none, 2020, true},
    {"flight_paris_london", 50, none, 2020, true},
    {"flight_ny_melbourne", 2310, none, 2020, true},
    {"human_brain", none, 0.02, 2021, true},
};

std::string texts(const std::vector<report::equivalence>& all) {
  std::string joined;
  for (const auto& e : all) joined += (joined.empty() ? "" : "; ") + e.text;
  return joined;
}

}  // namespace

TEST_CASE("every equivalent is the published one") {
  for (const published& p : figures) {
    CAPTURE(p.key);
    const auto e = find_equivalent(p.key);
    REQUIRE(e.has_value());
    CHECK(e->emissions.has_value() == (p.kg > 0));
    CHECK(e->energy.has_value() == (p.kwh > 0));
    CHECK(kaya::kilograms_co2e(e->emissions.value_or(0_gCO2e)).count() ==
          doctest::Approx(p.kg).epsilon(1e-8));
    CHECK(kaya::kilowatt_hours(e->energy.value_or(0_J)).count() == doctest::Approx(p.kwh).epsilon(1e-8));
    CHECK(e->year == p.year);
    CHECK(e->reread == p.reread);
  }
}

TEST_CASE("beyond the published there are only the home's day and the brain's year") {
  CHECK(report::all_equivalents().size() == std::size(figures) + 2);
  CHECK(kaya::kilowatt_hours(*find_equivalent("us_home_electricity_day")->energy).count() ==
        doctest::Approx(10791.0 / 365));
  CHECK(kaya::kilowatt_hours(*find_equivalent("human_brain_year")->energy).count() ==
        doctest::Approx(175.3).epsilon(1e-3));
}

TEST_CASE("each has a key of its own, a name, a year and a source") {
  std::set<std::string_view> keys;
  for (const auto& e : report::all_equivalents()) {
    CAPTURE(e.key);
    CHECK(keys.insert(e.key).second);
    CHECK_FALSE(e.name.empty());
    CHECK_FALSE(e.source.empty());
    for (const char* nobody : {"textbook", "typical LED"})
      CHECK(e.source.find(nobody) == std::string_view::npos);
    CHECK(e.year > 2000);
    CHECK((e.emissions || e.energy));
  }
  CHECK_FALSE(find_equivalent("moon_flights").has_value());
}

TEST_CASE("626155 lb are 4.97 car lifetimes") {
  const auto all = equivalents(626155_lbCO2e);
  REQUIRE_FALSE(all.empty());
  CHECK(all.front().text == "4.97 car lifetimes");
  CHECK(all.front().count == doctest::Approx(626155.0 / 126000));
  CHECK(all.front().of.year == 2019);
  CHECK(all.front().of.region == "US");
  CHECK(all.front().of.source.find("Strubell et al. 2019") == 0);
}

TEST_CASE("the counts of Strubell et al. are their published pounds over pounds") {
  CHECK(*report::count_of(*find_equivalent("american_life_year"), 36156_lbCO2e) == doctest::Approx(1));
  CHECK(*report::count_of(*find_equivalent("human_life_year"), 110230_lbCO2e) == doctest::Approx(10));
  CHECK(*report::count_of(*find_equivalent("flight_ny_sf_passenger"), 19840_lbCO2e) == doctest::Approx(10));
}

TEST_CASE("EPA's tree is of ten years, and the tree-year is another figure") {
  CHECK(*report::count_of(*find_equivalent("urban_tree_seedling_10_years"), 60_kgCO2e) == doctest::Approx(1));
  CHECK(find_equivalent("urban_tree_seedling_10_years")->name.find("ten years") != std::string_view::npos);
  CHECK(*report::count_of(*find_equivalent("tree_year"), 110_kgCO2e) == doctest::Approx(10));
  // Were it of one year, ten times as many trees would be claimed.
  CHECK(*report::count_of(*find_equivalent("tree_year"), 60_kgCO2e) > 5);
}

TEST_CASE("counts that are read at a glance come first, and all are readable") {
  for (double grams = 1e-3; grams < 1e15; grams *= 1.7) {
    const auto all = equivalents(kaya::grams_co2e(grams), 100);
    bool easy = true;
    std::set<std::string_view> names;
    for (const auto& e : all) {
      CAPTURE(e.text);
      CHECK(e.count >= 0.1);
      CHECK(e.count < 1000);
      const bool now = e.count >= 1 && e.count <= 100;
      CHECK((easy || !now));
      easy = now;
      CHECK(names.insert(e.of.name).second);  // one car, one flight
      CHECK(e.of.for_emissions);
      CHECK(e.text.substr(0, 4) != "1000");
    }
    CHECK(equivalents(kaya::grams_co2e(grams)).size() == (all.size() < 5 ? all.size() : 5));
  }
}

TEST_CASE("small and large emissions are compared with small and large things") {
  CHECK(texts(equivalents(1_kgCO2e)) ==
        "4.10 km by US car; 5.71 km by European car; 24.4 km by train; 80.6 phone charges");
  CHECK(texts(equivalents(552_tCO2e, 3)) ==
        "9.66 car lifetimes; 33.7 years of an American's life; 110 years of a human life");
}

TEST_CASE("energy is compared with energy") {
  CHECK(texts(equivalents(1_kWh)) == "83.3 phone charges; 50.0 hours of a human brain");
  CHECK(texts(equivalents(1_GWh)) == "92.7 years of a US home's electricity");
  CHECK(*report::count_of(*find_equivalent("human_brain"), 20_Wh) == doctest::Approx(1));
}

TEST_CASE("what the source does not say is absent, not 0") {
  CHECK_FALSE(report::count_of(*find_equivalent("human_brain"), 1_kgCO2e).has_value());
  CHECK_FALSE(report::count_of(*find_equivalent("tree_year"), 1_kWh).has_value());
}

TEST_CASE("nothing is compared with nothing, with what is not known, or with what is beyond all") {
  CHECK(equivalents(0_gCO2e).empty());
  CHECK(equivalents(-5_tCO2e).empty());
  CHECK(equivalents(kaya::grams_co2e(std::numeric_limits<double>::quiet_NaN())).empty());
  CHECK(equivalents(kaya::grams_co2e(std::numeric_limits<double>::infinity())).empty());
  CHECK(equivalents(kaya::grams_co2e(1e15)).empty());
  CHECK(equivalents(0_J).empty());
  CHECK(equivalents(1_kgCO2e, 0).empty());
}

TEST_CASE("a number just below a thousand is not written as one") {
  CHECK(texts(equivalents(999.4 * *find_equivalent("car_lifetime_incl_fuel")->emissions, 9)) ==
        "999 car lifetimes");
  CHECK(equivalents(999.6 * *find_equivalent("car_lifetime_incl_fuel")->emissions, 9).empty());
}
