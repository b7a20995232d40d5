// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <kaya/plan/whatif.hpp>

namespace grid = kaya::grid;
using kaya::grams_per_kilowatt_hour;
using kaya::joules;
using kaya::plan::alternative;
using kaya::plan::ranking;
using kaya::plan::what_if;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
constexpr std::int64_t t0 = 1'700'000'000 * second;

/// 10 kWh in two hours at PUE 1.5 in Germany: two epochs, of 2 and of 7 kWh, and 1 kWh beside them.
kaya::run_report run() {
  kaya::run_report r;
  r.duration = kaya::hours(2);
  r.energy = kaya::interval<joules>{joules(36e6), joules(32.4e6), joules(39.6e6)};
  r.energy_uj = kaya::microjoules(36'000'000'000'000);
  r.pue = 1.5;
  const auto germany = *grid::find("DE");
  r.intensity = {germany.value, "DEU", "Germany", "DEU", germany.year, germany.how, "Ember",
                 false,         "",    {},        0,     false};
  const auto epoch = [&](int index, double start, double kwh) {
    kaya::epoch_line e;
    e.index = index;
    e.start = kaya::seconds(start), e.duration = kaya::hours(1);
    e.energy_uj = kaya::microjoules(static_cast<std::int64_t>(kwh * 3.6e12));
    r.epochs.push_back(e);
  };
  epoch(0, 0, 2), epoch(1, 3600, 7);
  return r;
}
const alternative* find(const ranking& r, std::string_view what) {
  for (const alternative& a : r.rows)
    if (a.what.find(what) != std::string::npos) return &a;
  return nullptr;
}

}  // namespace

TEST_CASE("every region is in the ranking of its kind, least first, with the factor to the best") {
  const auto rankings = what_if(run()).regions().rankings();
  REQUIRE(rankings.size() == 2);
  CHECK(rankings[0].how == grid::accounting::lifecycle);
  CHECK(rankings[1].how == grid::accounting::direct);
  std::size_t rows = 0;
  for (const ranking& r : rankings) {
    for (std::size_t i = 0; i < r.rows.size(); ++i) {
      const alternative& a = r.rows[i];
      CHECK(a.emissions.value.count() == doctest::Approx(10 * 1.5 * a.intensity.count()));
      if (i > 0 && a.emissions.value.count() > 0) CHECK(a.emissions.value >= r.rows[i - 1].emissions.value);
      if (!a.as_it_was) CHECK(grid::find(a.code)->how == r.how);
      CHECK(a.to_best == doctest::Approx(a.intensity.count() / r.rows[0].intensity.count()));
    }
    rows += r.rows.size();
  }
  CHECK(rows == grid::regions().size() + 1);
  CHECK(find(rankings[0], "France")->emissions.value.count() == doctest::Approx(10 * 1.5 * 44.18));
}
TEST_CASE("a published 0 that is known to be wrong comes last") {
  const auto rankings = what_if(run()).regions().rankings();
  CHECK(rankings[0].rows.back().code == "CAF");
  CHECK(rankings[0].rows.front().intensity.count() > 0);
}
TEST_CASE("the interval of the energy, and of a mix, is that of the emissions") {
  constexpr grid::mix hydro(grid::generation::hydro);
  const auto r = what_if(run()).mix("hydro", hydro).rankings();
  REQUIRE(r.size() == 1);
  const alternative* a = find(r[0], "hydro");
  REQUIRE(a);
  CHECK(a->emissions.value.count() == doctest::Approx(10 * 1.5 * 24));
  CHECK(a->emissions.low.count() == doctest::Approx(9 * 1.5 * hydro.intensity().low.count()));
  CHECK(a->emissions.high.count() == doctest::Approx(11 * 1.5 * hydro.intensity().high.count()));
}
TEST_CASE("another PUE scales the run, and what is added with one") {
  const auto r = what_if(run()).pue(1.1).region("FR", 1.2).rankings();
  CHECK(find(r[0], "at this PUE")->emissions.value / find(r[0], "as it was")->emissions.value ==
        doctest::Approx(1.1 / 1.5));
  CHECK(find(r[0], "France")->pue == 1.2);
}
TEST_CASE("the best time has the load of the epochs, and its own kind of figure") {
  // The second epoch draws most: best where it falls into the cheap hour.
  const grid::series s({{t0, grams_per_kilowatt_hour(300)},
                        {t0 + 2 * hour, grams_per_kilowatt_hour(100)},
                        {t0 + 3 * hour, grams_per_kilowatt_hour(500)}},
                       grid::accounting::direct);
  const auto r = what_if(run()).best_time("on the 14th", s, t0, t0 + 4 * hour).rankings();
  REQUIRE(r.size() == 2);
  CHECK(r[1].how == grid::accounting::direct);
  const alternative& a = r[1].rows[0];
  CHECK(a.what == "on the 14th, start 2023-11-14T23:13:20Z");
  CHECK(a.emissions.value.count() == doctest::Approx(1.5 * (2.5 * 300 + 7.5 * 100)));
  CHECK(what_if(run()).best_time("too short", s, t0, t0 + hour).rankings().size() == 1);
}
TEST_CASE("a figure that was given is named as such, and a run of mixed kinds has no place in a ranking") {
  kaya::run_report r = run();
  r.intensity.name = "given", r.intensity.code = "";
  CHECK(what_if(r).rankings()[0].rows[0].what == "as it was: given, taken as lifecycle");
  r.intensity.name = "series", r.intensity.mixes_kinds = true;
  CHECK(what_if(r).rankings().empty());
}
TEST_CASE("market-based figures are ranked apart") {
  kaya::run_report r = run();
  r.intensity.basis = grid::basis::market;
  const auto rankings = what_if(r).region("FR").rankings();
  REQUIRE(rankings.size() == 2);
  CHECK(rankings[0].basis == grid::basis::market);
  CHECK(rankings[0].rows.size() == 1);
}
TEST_CASE("without energy nothing is ranked, and no energy at all has factors of 1") {
  kaya::run_report r = run();
  r.energy.reset();
  CHECK(what_if(r).regions().best_time("x", grid::series(), 0, 1).rankings().empty());
  r.energy = kaya::interval<joules>{};
  const auto rankings = what_if(r).region("FR").rankings();
  for (const alternative& a : rankings[0].rows) CHECK(a.to_best == 1);
}
TEST_CASE("what is not known is refused by its value") {
  what_if w(run());
  CHECK_THROWS_WITH_AS(w.region("XX"),
                       "region: \"XX\" is not allowed; a code that grid::find() knows; did you mean XKX",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(w.pue(0.5), "pue: 0.5 is not allowed; 1 to 100", std::invalid_argument);
  CHECK_THROWS_AS(w.region("FR", std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(w.mix("x", grid::mixes::renewables, 0.5), std::invalid_argument);
}
TEST_CASE("the text shows the best, the run and the worst, and stays on the page") {
  const std::string text = kaya::plan::text(what_if(run()).regions().rankings()[0], 5);
  MESSAGE(text);
  CHECK(text.find("as it was: Germany (DEU)") != std::string::npos);
  CHECK(text.find("...") != std::string::npos);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    CHECK(end - at <= 104);
    at = end + 1;
  }
  CHECK(lines <= 13);
}
TEST_CASE("epochs that overlap do not add to the load") {
  kaya::run_report r = run();
  r.epochs.push_back(r.epochs[1]);
  double kwh = 0;
  for (const auto& piece : kaya::plan::load_of(r, 8))
    kwh += piece.power.count() * piece.duration.count() / 3.6e6;
  CHECK(kwh == doctest::Approx(10));
}
TEST_CASE("a load keeps the energy of its run") {
  double kwh = 0;
  for (const auto& piece : kaya::plan::load_of(run(), 8))
    kwh += piece.power.count() * piece.duration.count() / 3.6e6;
  CHECK(kwh == doctest::Approx(10));
  CHECK(kaya::plan::load_of(run(), 2)[1].power.count() == doctest::Approx(7500));
}
