// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

#include <kaya/grid/facility.hpp>

using namespace kaya::literals;
namespace grid = kaya::grid;
using grid::find_facility;

static_assert(find_facility("google", 2023)->pue == 1.1);
static_assert(grid::facility_energy(10_kWh, 1.5) == 15_kWh);

namespace {

constexpr double none = -1;  // not published
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct published {
  const char *provider, *scope;
  int year;
  double pue, wue;
  bool reread;
};
// A copy. Sources, of the years named: Uptime Institute Global Data Center Survey; Strubell et al. 2019;
// Google data center efficiency page; AWS sustainability page; Microsoft datacenter efficiency and Azure blog
// of April 2022; Meta sustainability data index; DCD 2024; IDC January 2025; Luccioni et al. 2022; Green
// Algorithms defaults_PUE.csv.
constexpr published figures[] = {
    {"uptime", "global average", 2007, 2.5, none, true},
    {"uptime", "global average", 2011, 1.98, none, false},
    {"uptime", "global average", 2014, 1.65, none, true},
    {"uptime", "global average", 2018, 1.58, none, false},
    {"uptime", "global average", 2019, 1.67, none, false},
    {"uptime", "global average", 2020, 1.59, none, false},
    {"uptime", "global average", 2021, 1.57, none, true},
    {"uptime", "global average", 2022, 1.55, none, true},
    {"uptime", "global average", 2023, 1.58, none, true},
    {"uptime", "global average", 2024, 1.56, none, true},
    {"uptime", "global average", 2025, 1.54, none, true},
    {"strubell2019", "paper default", 2018, 1.58, none, true},
    {"gcp", "fleet average", 2008, 1.22, none, true},
    {"gcp", "fleet average", 2019, 1.1, none, false},
    {"gcp", "fleet average", 2020, 1.1, none, false},
    {"gcp", "fleet average", 2021, 1.1, none, true},
    {"gcp", "fleet average", 2022, 1.1, none, false},
    {"gcp", "fleet average", 2023, 1.1, none, true},
    {"gcp", "fleet average", 2024, 1.09, none, false},
    {"aws", "fleet average", 2021, none, 0.25, true},
    {"aws", "fleet average", 2022, none, 0.19, false},
    {"aws", "fleet average", 2023, 1.15, 0.18, true},
    {"aws", "fleet average", 2024, 1.15, 0.15, true},
    {"aws", "fleet average", 2025, 1.14, none, true},
    {"aws", "best site Europe", 2024, 1.04, none, true},
    {"aws", "best site Americas", 2024, 1.05, none, true},
    {"aws", "best site Asia Pacific", 2024, 1.07, none, true},
    {"azure", "fleet average", 2021, 1.18, 0.49, true},
    {"azure", "fleet average", 2024, 1.16, 0.3, true},
    {"azure", "Americas", 2021, 1.17, 0.55, false},
    {"azure", "Asia Pacific", 2021, 1.405, 1.65, false},
    {"azure", "EMEA", 2021, 1.185, 0.1, false},
    {"azure", "newest design", 2022, 1.12, none, true},
    {"meta", "fleet average", 2020, 1.1, 0.3, false},
    {"meta", "fleet average", 2021, 1.09, 0.26, false},
    {"meta", "fleet average", 2022, 1.08, 0.2, false},
    {"meta", "fleet average", 2023, 1.08, 0.18, true},
    {"oracle", "best", 2024, 1.15, none, true},
    {"public_cloud", "industry average", 2024, 1.25, none, true},
    {"on_premises", "enterprise average", 2024, 1.63, none, true},
    {"jean_zay", "BLOOM training site", 2022, 1.2, none, false},
    {"ovh", "fleet average", 2023, 1.09, none, true},
    {"green_algorithms", "default unknown", 2024, 1.56, none, true},
    {"industry", "WUE average", 2021, none, 1.8, true},
};

template <class F>
std::string refusal(F compute) {
  try {
    static_cast<void>(compute());
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("every figure is the published one and is found by operator, year and scope") {
  CHECK(grid::facilities().size() == std::size(figures));
  for (const published& p : figures) {
    CAPTURE(p.provider);
    CAPTURE(p.scope);
    CAPTURE(p.year);
    const auto f = find_facility(p.provider, p.year, p.scope);
    REQUIRE(f.has_value());
    CHECK(f->provider == p.provider);
    CHECK(f->scope == p.scope);
    CHECK(f->year == p.year);
    CHECK(f->pue.value_or(none) == p.pue);
    CHECK((f->wue ? f->wue->count() : none) == p.wue);
    CHECK(f->reread == p.reread);
    CHECK_FALSE(f->source.empty());
  }
}

TEST_CASE("no row is there twice, and each is plausible") {
  std::set<std::tuple<std::string_view, std::string_view, int>> seen;
  for (const grid::facility& f : grid::facilities()) {
    CAPTURE(f.provider);
    CHECK(seen.insert({f.provider, f.scope, f.year}).second);
    CHECK((f.pue || f.wue));
    CHECK(f.pue.value_or(1) >= 1);
    CHECK(f.pue.value_or(1) < 3);
    CHECK(f.wue.value_or(0_L_per_kWh) < 2_L_per_kWh);
  }
}

TEST_CASE("operators are known by the names people use, in any case") {
  for (const char* name : {"gcp", "google", "Google", "GOOGLE Cloud"}) {
    CAPTURE(name);
    REQUIRE(find_facility(name, 2024).has_value());
    CHECK(*find_facility(name, 2024)->pue == 1.09);
  }
  CHECK(*find_facility("Amazon", 2024)->pue == 1.15);
  CHECK(*find_facility("microsoft", 2021)->pue == 1.18);
  CHECK(*find_facility("facebook", 2020)->pue == 1.10);
  CHECK_FALSE(find_facility("nobody").has_value());
  CHECK_FALSE(find_facility("").has_value());
}

TEST_CASE("without a year the newest is found, and of a year that is not there nothing") {
  CHECK(find_facility("uptime")->year == 2025);
  CHECK(*find_facility("uptime")->pue == 1.54);
  CHECK(find_facility("gcp")->year == 2024);
  CHECK(find_facility("aws")->year == 2025);
  CHECK_FALSE(find_facility("aws")->wue.has_value());  // not published with it: not 0
  CHECK_FALSE(find_facility("gcp", 2015).has_value());
}

TEST_CASE("a best site, a region or a design does not pass for the operator") {
  CHECK(find_facility("aws", 2024)->scope == "fleet average");
  CHECK(*find_facility("aws", 2024, "Best Site Europe")->pue == 1.04);
  CHECK(find_facility("azure")->year == 2024);
  CHECK(find_facility("azure", 2021)->scope == "fleet average");
  CHECK_FALSE(find_facility("azure", 2022).has_value());
  CHECK_FALSE(find_facility("oracle").has_value());
  CHECK(*find_facility("oracle", {}, "best")->pue == 1.15);
}

TEST_CASE("what is not published is absent") {
  CHECK_FALSE(find_facility("aws", 2021)->pue.has_value());
  CHECK(find_facility("aws", 2021)->wue == 0.25_L_per_kWh);
  CHECK_FALSE(find_facility("gcp", 2023)->wue.has_value());
}

TEST_CASE("the facility's energy is that of the IT equipment times PUE") {
  CHECK(grid::facility_energy(1000_J, 1).count() == 1000);
  CHECK(grid::facility_energy(2_kWh, 1.25).count() == doctest::Approx(9e6));
  CHECK(grid::facility_energy(0_J, 1.5).count() == 0);
}

TEST_CASE("water is WUE times the energy of the IT equipment") {
  CHECK(grid::water(10_kWh, 0.15_L_per_kWh).count() == doctest::Approx(1.5));
  CHECK(grid::water(10_kWh, 0_L_per_kWh).count() == 0);
  static_assert(grid::water(100_kWh, 2_L_per_kWh) > 199.9_L);
}

TEST_CASE("a PUE below 1, or of no number, is refused") {
  CHECK(refusal([] { return grid::facility_energy(1_J, 0.9); }) ==
        "facility_energy, pue: 0.9 is not allowed; a finite number, 1 or more");
  CHECK(refusal([] { return grid::facility_energy(1_J, -1.5); }).find("pue: -1.5 is not allowed") !=
        std::string::npos);
  CHECK(refusal([] { return grid::facility_energy(1_J, nan); }).find("pue: nan is not allowed") !=
        std::string::npos);
  CHECK(refusal([] { return grid::facility_energy(1_J, infinity); }).find("pue: inf is") !=
        std::string::npos);
}

TEST_CASE("an energy or a WUE that is negative or no number is refused") {
  CHECK(refusal([] { return grid::facility_energy(-1_J, 1.1); }) ==
        "facility_energy, it: -1 is not allowed; a finite number of joules, 0 or more");
  CHECK(refusal([] { return grid::facility_energy(kaya::joules(nan), 1.1); }).find("it: nan") !=
        std::string::npos);
  CHECK(refusal([] { return grid::water(-1_J, 1_L_per_kWh); }).find("water, it: -1 is") == 0);
  CHECK(refusal([] { return grid::water(1_kWh, -0.5_L_per_kWh); }) ==
        "water, wue: -0.5 is not allowed; a finite number of L/kWh, 0 or more");
  CHECK(refusal([] { return grid::water(1_kWh, kaya::litres_per_kilowatt_hour(nan)); }).find("wue: nan") !=
        std::string::npos);
}
