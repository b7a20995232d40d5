// SPDX-License-Identifier: MIT
// Published footprints of training runs, and the same calculated again from what was published with them: a
// scale to hold a plan against, and a test of the arithmetic.
//
//     constexpr auto gpt3 = *kaya::plan::find_published("GPT-3 175B");
//     static_assert(gpt3.energy.value == 1287_MWh);
//     static_assert(kaya::plan::check_energy(gpt3)->agrees());   // 10 000 V100 x 14.8 d x 330 W x PUE 1.10
//
// Publications round. Each figure stands for all numbers that round to it: half a unit of its last printed
// digit to either side. A calculation from such figures has a range, too, and agrees with a published result
// if the two ranges meet. There is no other tolerance.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <kaya/plan/compute.hpp>
#include <kaya/plan/data/published_table.hpp>
#include <kaya/plan/printed.hpp>
#include <kaya/plan/training.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// One run. What was not published is empty (or 0 devices).
struct published_run {
  std::string_view model, hardware;
  plan::status status = plan::status::totals_only;
  plan::confidence confidence = plan::confidence::known;
  int year = 0;                      ///< of the publication
  std::optional<double> parameters;  ///< of the model
  int devices = 0;
  printed<hours> time, device_hours;
  printed<watts> power;  ///< of one device, with its share of the computer where the note says so
  printed<double> pue;
  printed<grams_per_kilowatt_hour> intensity;
  printed<kilowatt_hours> energy;
  energy_is of = energy_is::unknown;  ///< what `energy` is the energy of
  printed<kilograms_co2e> emissions;
  std::string_view citation, note, scope;
  std::string_view beside;  ///< the model whose row is this run, too, as others counted it; mostly empty

  /// That the result comes out says nothing about the arithmetic: an input was chosen so that it does, or an
  /// intensity of 0 makes any energy 0 t.
  constexpr bool proves_nothing() const noexcept {
    return status == plan::status::inferred || (intensity && intensity.value.count() <= 0);
  }
};

constexpr std::string_view to_text(status s) noexcept {
  switch (s) {
    case status::from_inputs:
      return "calculated again from its inputs";
    case status::from_kwh:
      return "calculated again from its energy";
    case status::inferred:
      return "an input was inferred: that it agrees proves nothing";
    case status::inconsistent:
      return "the publication contradicts itself";
    case status::totals_only:
      break;
  }
  return "too little published to calculate it again";
}

namespace detail {

constexpr published_run published_at(std::size_t i) {
  const published_table::row& from = published_table::rows[i];
  published_run r;
  r.model = from.model;
  r.hardware = from.hardware;
  r.status = from.status;
  r.confidence = from.confidence;
  r.year = from.year;
  if (from.parameters > 0) r.parameters = from.parameters;
  r.devices = from.devices;
  r.time = read_printed<hours>(from.time);
  r.device_hours = read_printed<hours>(from.device_hours);
  const bool of_all = std::string_view(from.power).ends_with("/node");
  r.power = read_printed<watts>(from.power, of_all ? 1.0 / from.devices : 1);
  r.pue = read_printed<double>(from.pue);
  r.intensity = read_printed<grams_per_kilowatt_hour>(from.intensity);
  r.energy = read_printed<kilowatt_hours>(from.energy);
  r.of = from.of;
  r.emissions = read_printed<kilograms_co2e>(from.emissions);
  r.citation = published_table::citations[from.citation];
  r.note = from.note;
  r.scope = from.scope;
  r.beside = from.beside;
  return r;
}

inline constexpr std::size_t published_count = sizeof published_table::rows / sizeof *published_table::rows;

struct all_published {
  published_run row[published_count];
  constexpr all_published() {
    for (std::size_t i = 0; i < published_count; ++i) row[i] = published_at(i);
  }
};
inline constexpr all_published published{};

}  // namespace detail

/// All runs, those of one publication together.
constexpr std::span<const published_run> published_runs() noexcept {
  return {detail::published.row, detail::published_count};
}

namespace detail {
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c; }
constexpr bool begins(std::string_view name, std::string_view text) noexcept {
  if (name.size() < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (lower(name[i]) != lower(text[i])) return false;
  return true;
}
}  // namespace detail

/// The run of that name; else, in any case, the first of that name or whose name goes on after it with a
/// blank
/// ("gpt-3": GPT-3 175B); or nothing.
constexpr std::optional<published_run> find_published(std::string_view model) noexcept {
  if (model.empty()) return {};
  for (const published_run& r : published_runs())
    if (r.model == model) return r;
  for (const bool whole : {true, false})
    for (const published_run& r : published_runs())
      if (detail::begins(r.model, model) &&
          (whole ? r.model.size() == model.size()
                 : r.model.size() > model.size() && r.model[model.size()] == ' '))
        return r;
  return {};
}

/// A published result beside the same calculated again.
template <class Q>
struct comparison {
  interval<Q> published, recomputed;

  /// Whether a number rounds to the published figure and follows from inputs that round to theirs.
  constexpr bool agrees() const noexcept {
    return recomputed.low <= published.high && published.low <= recomputed.high;
  }
  /// Recomputed over published, less 1; 0 if both are 0.
  constexpr double difference() const noexcept {
    if (recomputed.value == published.value) return 0;
    return recomputed.value / published.value - 1;
  }
};

/// The published inputs of a run, for estimate_range(): nothing without its power, or without both of its
/// device-hours and its time. What is left out counts as a PUE of 1 and as an intensity of 0.
constexpr std::optional<training_range> inputs(const published_run& r) {
  if (!r.power || !(r.device_hours || (r.time && r.devices > 0))) return {};
  training_range t = exactly({});
  if (!r.device_hours) t.devices = detail::point<double>(r.devices);
  t.duration = (r.device_hours ? r.device_hours : r.time).range();
  t.per_device = r.power.range();
  if (r.pue) t.pue = r.pue.range();
  if (t.pue.low < 1) t.pue.low = 1;  // "1.0" is not below it
  if (r.intensity) t.intensity = r.intensity.range();
  return t;
}

/// The published energy as inputs: as if one device had used it within an hour.
constexpr std::optional<training_range> inputs_from_energy(const published_run& r) {
  if (!r.energy) return {};
  training_range t = exactly({.duration = hours(1)});
  t.per_device = {r.energy.value / hours(1), r.energy.low / hours(1), r.energy.high / hours(1)};
  if (r.pue && r.of != energy_is::with_pue) t.pue = r.pue.range();
  if (t.pue.low < 1) t.pue.low = 1;
  if (r.intensity) t.intensity = r.intensity.range();
  return t;
}

/// The energy, calculated again from devices, hours, power and, if the published energy has it in, PUE.
constexpr std::optional<comparison<kilowatt_hours>> check_energy(const published_run& r) {
  const auto from = inputs(r);
  if (!from || !r.energy) return {};
  const footprint_range again = estimate_range(*from);
  const interval<joules>& e = r.of == energy_is::without_pue ? again.it : again.facility;
  return comparison<kilowatt_hours>{r.energy.range(), {e.value, e.low, e.high}};
}

namespace detail {
constexpr std::optional<comparison<kilograms_co2e>> check_emissions(
    const published_run& r, const std::optional<training_range>& from) {
  if (!from || !r.intensity || !r.emissions) return {};
  const interval<grams_co2e> g = estimate_range(*from).emissions;
  return comparison<kilograms_co2e>{r.emissions.range(), {g.value, g.low, g.high}};
}
}  // namespace detail

/// The emissions, calculated again from all inputs.
constexpr std::optional<comparison<kilograms_co2e>> check_emissions(const published_run& r) {
  return detail::check_emissions(r, inputs(r));
}

/// The emissions, calculated again from the published energy.
constexpr std::optional<comparison<kilograms_co2e>> check_emissions_from_energy(const published_run& r) {
  return detail::check_emissions(r, inputs_from_energy(r));
}

/// The emissions beside those of the same run as others counted it (published_run::beside), as `recomputed`.
constexpr std::optional<comparison<kilograms_co2e>> check_emissions_beside(const published_run& r) {
  const auto other = find_published(r.beside);
  if (!other || !other->emissions || !r.emissions) return {};
  return comparison<kilograms_co2e>{r.emissions.range(), other->emissions.range()};
}

/// Whether something can be calculated again, and all of it agrees. For the runs of which this is claimed
/// (those calculated again from inputs or energy, but the one of which nothing is proved) a change of any
/// published figure by 10 % ends the agreement. Only the PUE of GPT-3 175B (Luccioni) and of GLaM 64B/64E
/// (600B tokens) may be any: it is in their energy already, and no energy of the devices is published beside
/// it.
constexpr bool recomputes(const published_run& r) {
  const auto energy = check_energy(r);
  const auto a = check_emissions(r), b = check_emissions_from_energy(r);
  return (energy || a || b) && (!energy || energy->agrees()) && (!a || a->agrees()) && (!b || b->agrees());
}

/// An energy that nobody published.
struct assumed_energy {
  interval<kilowatt_hours> energy;
  std::string_view assumption;  ///< where value, low and high come from
};

/// What GPT-2 (1.5B) may have used. Only its work, 1.9e21 FLOP as Epoch AI estimates, and hours on TPU v3
/// that Strubell et al. 2019 name are known; and the two do not fit: 98 TFLOP/s a chip, 80 % of its peak.
constexpr assumed_energy gpt2_energy() {
  const double flop = find_compute("GPT-2 1.5B")->flop;
  const auto at_rate_of = [flop](std::string_view run, std::string_view work) {
    return flop / find_compute(work)->flop * find_published(run)->energy.value;
  };
  const auto hours_of = find_published("GPT-2"), power_of = find_published("Switch Transformer (net)");
  const footprint least = estimate(training{static_cast<double>(hours_of->devices), hours_of->time.value,
                                            power_of->power.value, 1, power_of->pue.value});
  return {
      {at_rate_of("T5-11B", "T5-11B (Patterson)"), least.facility,
       at_rate_of("GPT-3 175B", "GPT-3 175B (Patterson)")},
      "assumed: its FLOP at the energy per FLOP of T5-11B on TPU v3; low: 32 TPU v3 for 168 h (Strubell et "
      "al. 2019) at the 245 W and PUE 1.10 of Switch Transformer; high: its FLOP at the energy per FLOP of "
      "GPT-3 on V100 (Patterson et al. 2021)"};
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
