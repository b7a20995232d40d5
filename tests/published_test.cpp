// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include <kaya/plan/published.hpp>

#include "support/table.hpp"

namespace plan = kaya::plan;
using namespace kaya::literals;
using kaya::hours;
using plan::published_run;
using plan::status;

namespace {

constexpr published_run get(std::string_view model) { return *plan::find_published(model); }

constexpr bool provable(const published_run& r) {
  return r.status == status::from_inputs || r.status == status::from_kwh;
}
constexpr bool all_recompute() {
  for (const published_run& r : plan::published_runs())
    if (provable(r) && !plan::recomputes(r)) return false;
  return true;
}
static_assert(all_recompute());

// Strubell et al. 2019: PUE 1.58 and 0.954 lb/kWh are exact. 0.5 units of the printed figure, by hand:
constexpr bool strubell(std::string_view model, double hours_of, double node_watts, double kwh,
                        double pounds) {
  const double energy = 1.58 * hours_of * node_watts / 1000, emissions = 0.954 * energy;
  const published_run r = get(model);
  const auto e = plan::check_energy(r);
  const auto c = plan::check_emissions(r);
  const kaya::pounds_co2e out = c->recomputed.value;
  const auto near = [](double a, double b) { return a - b < 1e-9 * b && b - a < 1e-9 * b; };
  return r.energy.value == kaya::kilowatt_hours(kwh) &&
         near(kaya::pounds_co2e(r.emissions.value).count(), pounds) &&
         near(e->recomputed.value.count(), energy) && near(out.count(), emissions) && e->agrees() &&
         c->agrees() && plan::check_emissions_from_energy(r)->agrees();
}
static_assert(strubell("Transformer base (T2T)", 12, 1415.78, 27, 26));
static_assert(strubell("Transformer big (T2T)", 84, 1515.43, 201, 192));
static_assert(strubell("ELMo", 336, 517.66, 275, 262));
static_assert(strubell("BERT base", 79, 12041.51, 1507, 1438));
static_assert(strubell("NAS (Evolved Transformer, GPU estimate)", 274120, 1515.43, 656347, 626155));

// Patterson et al. 2021: 10 000 V100, 14.8 days, 330 W, PUE 1.10, 0.429 kg/kWh.
constexpr published_run gpt3 = get("GPT-3 175B");
static_assert(gpt3.energy.value == 1287_MWh && gpt3.emissions.value == 552.1_tCO2e);
static_assert(plan::check_energy(gpt3)->agrees() && plan::check_emissions(gpt3)->agrees());
static_assert(plan::check_emissions_from_energy(gpt3)->recomputed.value > 552.12_tCO2e &&
              plan::check_emissions_from_energy(gpt3)->recomputed.value < 552.13_tCO2e);

std::string text(status s) {
  switch (s) {
    case status::from_inputs:
      return "from_inputs";
    case status::from_kwh:
      return "from_kwh";
    case status::inferred:
      return "inferred";
    case status::inconsistent:
      return "inconsistent";
    case status::totals_only:
      return "totals_only";
  }
  return "?";
}

}  // namespace

TEST_CASE("every run has the figures of the reference table") {
  const auto rows = kaya_test::read_table("published.csv");
  const auto runs = plan::published_runs();
  CHECK(rows.size() == 62);
  REQUIRE(runs.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const published_run& r = runs[i];
    CAPTURE(row.text("model"));
    CHECK(r.model == row.text("model"));
    CHECK(text(r.status) == row.text("status"));
    CHECK(r.citation == row.text("citation"));
    CHECK((r.confidence == plan::confidence::read) == (row.text("confidence") == "read"));
    CHECK(r.year == row.number("year"));
    const auto same = [&](bool has, double value, const char* field) {
      CAPTURE(field);
      CHECK(has == row.has(field));
      if (has) CHECK(value == doctest::Approx(row.number(field)).epsilon(1e-8));
    };
    same(r.parameters.has_value(), r.parameters.value_or(0), "parameters");
    same(r.devices > 0, r.devices, "device_count");
    same(bool(r.time), r.time.value.count(), "hours");
    same(bool(r.power), r.power.value.count(), "watts_per_device");
    same(bool(r.pue), r.pue.value, "pue");
    same(bool(r.intensity), r.intensity.value.count(), "g_per_kwh");
    same(bool(r.energy), r.energy.value.count(), "kwh");
    same(bool(r.emissions), r.emissions.value.count(), "kgco2e");
    const bool counted = r.device_hours || (r.time && r.devices > 0);
    same(counted, r.device_hours ? r.device_hours.value.count() : r.devices * r.time.value.count(),
         "device_hours");
    const std::string of = row.text("kwh_includes_pue");
    CHECK(r.of == (of == "yes"  ? plan::energy_is::with_pue
                   : of == "no" ? plan::energy_is::without_pue
                                : plan::energy_is::unknown));
  }
}

TEST_CASE("what is calculated again is what was calculated by hand") {
  const auto rows = kaya_test::read_table("published.csv");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const published_run& r = plan::published_runs()[i];
    CAPTURE(row.text("model"));
    if (const auto e = plan::check_energy(r))  // by hand to 0.1 kWh
      CHECK(std::abs(e->recomputed.value.count() - row.number("kwh_calc")) <= 0.0501);
    if (const auto c = plan::check_emissions(r))  // to 0.1 kg
      CHECK(std::abs(c->recomputed.value.count() - row.number("kgco2e_calc_from_inputs")) <= 0.0501);
    else CHECK_FALSE(row.has("kgco2e_calc_from_inputs"));
    if (const auto c = plan::check_emissions_from_energy(r))
      CHECK(std::abs(c->recomputed.value.count() - row.number("kgco2e_calc_from_kwh")) <= 0.0501);
  }
}

TEST_CASE(
    "19 runs can be calculated from their inputs and 4 from their energy, and all agree; 1 proves nothing") {
  std::map<status, int> count, agreed, proved;
  for (const published_run& r : plan::published_runs()) {
    CAPTURE(r.model);
    ++count[r.status];
    agreed[r.status] += plan::recomputes(r);
    proved[r.status] += plan::recomputes(r) && !r.proves_nothing();
    if (r.status == status::from_inputs) {
      CHECK(plan::check_energy(r).has_value());
      CHECK(plan::check_emissions(r).has_value());
      CHECK(plan::check_emissions_from_energy(r).has_value());
    }
    if (r.status == status::from_kwh) {
      CHECK_FALSE(plan::inputs(r).has_value());
      CHECK(plan::check_emissions_from_energy(r).has_value());
    }
    if (r.status == status::totals_only) CHECK_FALSE(plan::check_energy(r).has_value());
  }
  CHECK(count[status::from_inputs] == 19);
  CHECK(agreed[status::from_inputs] == 19);
  CHECK(count[status::from_kwh] == 4);
  CHECK(agreed[status::from_kwh] == 4);
  CHECK(proved[status::from_inputs] == 19);
  CHECK(proved[status::from_kwh] == 3);
  CHECK(proved[status::inferred] == 0);
  CHECK(count[status::inferred] == 9);
  CHECK(count[status::inconsistent] == 2);
  CHECK(agreed[status::inconsistent] == 0);
  CHECK(count[status::totals_only] == 28);
  CHECK(agreed[status::totals_only] == 0);
}

TEST_CASE("no name is given twice, and each run is found by its own") {
  std::set<std::string_view> names;
  for (const published_run& r : plan::published_runs()) {
    CHECK(names.insert(r.model).second);
    CHECK(plan::find_published(r.model)->citation == r.citation);
    if (!r.beside.empty()) CHECK(plan::find_published(r.beside).has_value());
  }
  CHECK_FALSE(plan::find_published("").has_value());
}

TEST_CASE("a run is found by the beginning of its name, in any case, if no other has just that name") {
  CHECK(get("GPT-3").model == "GPT-3 175B");
  CHECK(get("gpt-3 175b").model == "GPT-3 175B");
  CHECK(get("llama 3.1").model == "Llama 3.1 8B");
  CHECK(get("Llama 3").model == "Llama 3 8B");  // not the rows of 3.1, which go on with a point
  CHECK(get("GPT-2").model == "GPT-2");
  CHECK(get("bert base").model == "BERT base");  // a row of the TPU follows
  CHECK(get("BLOOM").model == "BLOOM 176B (dynamic)");
  for (const char* none : {"GPT", "GPT-", "GPT-3 ", " ", "175B", "GPT-3 175B (Patterson)"})
    CHECK_FALSE(plan::find_published(none).has_value());
}

TEST_CASE("a printed figure is all numbers that round to it, and a figure marked as exact only itself") {
  using plan::detail::read_printed;
  constexpr auto days = read_printed<hours>("14.8 d");
  static_assert(days.value == hours(14.8 * 24) && days.low == hours(14.75 * 24) &&
                days.high == hours(14.85 * 24));
  constexpr auto tonnes = read_printed<kaya::kilograms_co2e>("552 t");
  static_assert(tonnes.low == 551500_kgCO2e && tonnes.high == 552500_kgCO2e);
  constexpr auto zeros = read_printed<double>("1.10");
  static_assert(zeros.low == 1.095 && zeros.high == 1.105);
  constexpr auto exact = read_printed<double>("=1.58");
  static_assert(exact.low == 1.58 && exact.value == 1.58 && exact.high == 1.58);
  constexpr auto shared = read_printed<kaya::watts>("1415.78 W/node", 1.0 / 8);
  CHECK(shared.value.count() == doctest::Approx(176.9725));
  CHECK(shared.high.count() == doctest::Approx(1415.785 / 8));
  CHECK_FALSE(read_printed<double>(""));
  CHECK(read_printed<double>("0").low == 0);  // nothing here is negative
}

TEST_CASE("the rounding of inputs does not cover a wrong unit or a PUE left out") {
  for (const published_run& r : plan::published_runs()) {
    if (r.status != status::from_inputs) continue;
    CAPTURE(r.model);
    auto again = *plan::check_emissions(r);
    const double pound = 0.45359237;  // kg
    again.recomputed = {again.recomputed.value * pound, again.recomputed.low * pound,
                        again.recomputed.high * pound};
    CHECK_FALSE(again.agrees());
    if (!r.pue || r.of == plan::energy_is::without_pue) continue;
    published_run without = r;
    without.pue = {};
    CHECK_FALSE(plan::check_energy(without)->agrees());
  }
}

namespace {

/// A figure of a run, and its copy with another one.
template <class Q>
void vary(const published_run& r, plan::printed<Q> published_run::*figure, std::string_view name,
          std::set<std::string>& without_effect) {
  if (!(r.*figure)) return;
  for (const double by : {1.1, 1 / 1.1}) {
    published_run other = r;
    (other.*figure).value *= by, (other.*figure).low *= by, (other.*figure).high *= by;
    bool agrees = false;
    try {
      agrees = plan::recomputes(other);
    } catch (const std::invalid_argument&) {  // a PUE below 1
    }
    if (agrees) without_effect.insert(std::string(r.model) + ": " + std::string(name));
  }
}

}  // namespace

TEST_CASE("of the runs that agree no figure could be 10 % another, but two PUEs that no calculation has") {
  std::set<std::string> without_effect;
  int runs = 0;
  for (const published_run& r : plan::published_runs()) {
    if (!provable(r) || r.proves_nothing()) continue;
    ++runs;
    vary(r, &published_run::time, "time", without_effect);
    vary(r, &published_run::device_hours, "device-hours", without_effect);
    vary(r, &published_run::power, "power", without_effect);
    vary(r, &published_run::pue, "pue", without_effect);
    vary(r, &published_run::intensity, "intensity", without_effect);
    vary(r, &published_run::energy, "energy", without_effect);
    vary(r, &published_run::emissions, "emissions", without_effect);
    if (r.devices > 0 && r.time && !r.device_hours) {  // of few, one more or less
      published_run more = r, less = r;
      more.devices += (r.devices + 9) / 10, less.devices -= (r.devices + 9) / 10;
      CHECK_FALSE(plan::recomputes(more));
      CHECK_FALSE(plan::recomputes(less));
    }
  }
  CHECK(runs == 22);
  CHECK(without_effect ==
        std::set<std::string>{"GPT-3 175B (Luccioni): pue", "GLaM 64B/64E (600B tokens): pue"});
}

TEST_CASE("ranges that touch agree, ranges with a gap between them do not") {
  plan::comparison<kaya::kilowatt_hours> c{{100_kWh, 99.5_kWh, 100.5_kWh}, {101_kWh, 100.6_kWh, 101.4_kWh}};
  CHECK_FALSE(c.agrees());
  CHECK(c.difference() == doctest::Approx(0.01));
  c.recomputed.low = 100.5_kWh;
  CHECK(c.agrees());
}

TEST_CASE("where a publication contradicts itself the difference is shown") {
  const published_run opt = get("OPT-175B (Luccioni)");
  const auto c = plan::check_emissions_from_energy(opt);
  REQUIRE(c.has_value());
  CHECK(c->published.value == 76.3_tCO2e);
  CHECK(kaya::tonnes_co2e(c->recomputed.value).count() ==
        doctest::Approx(81.58).epsilon(1e-4));  // 324 x 1.09 x 0.231
  CHECK(c->difference() == doctest::Approx(0.0692).epsilon(0.001));
  CHECK_FALSE(c->agrees());
  // 12.9 t for the hours for which the same publisher's earlier card has 2040 t.
  const published_run llama = get("Llama 3.3 70B (as printed)");
  CHECK(llama.device_hours.value == get("Llama 3.1 70B").device_hours.value);
  const auto beside = plan::check_emissions_beside(llama);
  REQUIRE(beside.has_value());
  CHECK(beside->recomputed.value == 2040_tCO2e);
  CHECK(beside->difference() == doctest::Approx(2040 / 12.9 - 1));
  CHECK_FALSE(beside->agrees());
}

TEST_CASE(
    "a row with an inferred input, or an intensity of 0, says that it proves nothing, though it agrees") {
  for (const published_run& r : plan::published_runs())
    CHECK(r.proves_nothing() == (r.status == status::inferred || r.model == "OLMo 7B (MI250X, LUMI)"));
  CHECK(get("OLMo 7B").status == status::from_kwh);
  CHECK(get("Llama 2 70B").proves_nothing());
  CHECK(plan::recomputes(get("Llama 2 70B")));
  CHECK(plan::to_text(status::inferred).find("proves nothing") != std::string_view::npos);
}

TEST_CASE("the search that was estimated at 626 155 lb took 3.2 t on the hardware that it ran on") {
  const published_run estimate = get("NAS (Evolved Transformer, GPU estimate)");
  CHECK(kaya::pounds_co2e(estimate.emissions.value).count() == doctest::Approx(626155));
  const auto beside = plan::check_emissions_beside(estimate);
  REQUIRE(beside.has_value());
  CHECK(beside->recomputed.value == 3.2_tCO2e);
  CHECK(beside->published.value / beside->recomputed.value == doctest::Approx(88.8).epsilon(0.001));
  CHECK_FALSE(plan::check_emissions_beside(get("BERT base")).has_value());
}

TEST_CASE(
    "GPT-2 took 22 petaflop/s-days and GPT-3 3640; the energy of GPT-2 is assumed, and says from what") {
  const auto gpt2 = *plan::find_compute("GPT-2 1.5B"), gpt3_work = *plan::find_compute("GPT-3 175B");
  CHECK(gpt2.petaflop_s_days() == doctest::Approx(22).epsilon(0.001));
  CHECK(gpt3_work.petaflop_s_days() == doctest::Approx(3640).epsilon(0.002));
  CHECK_FALSE(get("GPT-2").energy);  // nobody published it
  constexpr plan::assumed_energy e = plan::gpt2_energy();
  static_assert(e.energy.low < e.energy.value && e.energy.value < e.energy.high);
  CHECK(e.energy.value.count() == doctest::Approx(1.9e21 / 4.05e22 * 85700));
  CHECK(e.energy.low.count() == doctest::Approx(32 * 168 * 0.245 * 1.1));
  CHECK(e.energy.high.count() == doctest::Approx(1.9e21 / 3.14e23 * 1287000));
  CHECK(e.assumption.substr(0, 7) == "assumed");
  // 98 of the chip's 123 TFLOP/s, which no run is known to reach.
  CHECK(gpt2.flop / (get("GPT-2").devices * 168 * 3600.0) == doctest::Approx(98.2e12).epsilon(0.001));
}

TEST_CASE("energy that is nobody's emission is no division by zero") {
  const auto c = plan::check_emissions_from_energy(get("OLMo 7B (MI250X, LUMI)"));
  REQUIRE(c.has_value());
  CHECK(c->difference() == 0);
  CHECK(c->agrees());
}
