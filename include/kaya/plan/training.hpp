// SPDX-License-Identifier: MIT
// What a training run will use and emit, from its plan: before it runs, or for one that somebody else ran.
//
//     using namespace kaya::literals;
//     constexpr kaya::plan::training run{.devices = 8, .duration = 100h, .per_device = 400_W, .utilisation =
//     0.8,
//                                        .pue = 1.2, .intensity = 350_gCO2e_per_kWh};
//     constexpr auto cost = kaya::plan::estimate(run);   // 256 kWh of IT, 307 kWh of the building, 108
//     kgCO2e
//
// Inputs that are not allowed throw std::invalid_argument; in a constant expression they do not compile.
#pragma once

#include <string_view>

#include <kaya/detail/refuse.hpp>
#include <kaya/interval.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// A training run as planned: finite numbers, 0 or more. Without a duration or power it uses nothing.
struct training {
  double devices{1};  ///< that run at the same time
  hours duration{};
  watts per_device{};     ///< at utilisation 1: the rated power; or what was measured, and utilisation is 1
  double utilisation{1};  ///< mean power over per_device, 0 to 1
  double pue{1};          ///< energy of the building over that of its IT equipment, 1 or more
  grams_per_kilowatt_hour intensity{};
};

/// What a run uses: `it` at the devices, `facility` with the building's share (it x PUE), from which the
/// emissions follow.
struct footprint {
  joules it{}, facility{};
  grams_co2e emissions{};
};

/// The same with ranges; each holds what follows from the ranges of the inputs.
struct footprint_range {
  interval<joules> it{}, facility{};
  interval<grams_co2e> emissions{};
};

/// A training whose inputs are known from `low` to `high`; `value` lies between and is the best guess. The
/// ranges are the user's: nothing is widened.
struct training_range {
  interval<double> devices{1, 1, 1};
  interval<hours> duration{};
  interval<watts> per_device{};
  interval<double> utilisation{1, 1, 1}, pue{1, 1, 1};
  interval<grams_per_kilowatt_hour> intensity{};
};

namespace detail {

inline constexpr double lowest_positive = 2.2250738585072014e-308, highest = 1.7976931348623157e308;

/// Refuses what is not a number from low to high; `allowed` says so in words.
constexpr void require(std::string_view field, double value, double low = 0,
                       std::string_view allowed = "a finite number, 0 or more", double high = highest) {
  if (!(value >= low && value <= high)) kaya::detail::refuse(field, value, allowed);
}
constexpr void require_positive(std::string_view field, double value) {
  require(field, value, lowest_positive, "a finite number above 0");
}

constexpr void check(const training& t) {
  require("training, devices", t.devices);
  require("training, duration", t.duration.count(), 0, "a finite number of hours, 0 or more");
  require("training, per_device", t.per_device.count(), 0, "a finite number of watts, 0 or more");
  require("training, utilisation", t.utilisation, 0, "0 to 1", 1);
  require("training, pue", t.pue, 1, "a finite number, 1 or more");
  require("training, intensity", t.intensity.count(), 0, "a finite number of g/kWh, 0 or more");
}

constexpr double number(double x) { return x; }
template <class Q>
constexpr double number(Q x) {
  return x.count();
}

template <class Q>
constexpr void require_order(std::string_view field, const interval<Q>& i) {
  if (!(i.low <= i.value))
    kaya::detail::refuse(field, number(i.low), "a low end that is not above the value");
  if (!(i.value <= i.high))
    kaya::detail::refuse(field, number(i.high), "a high end that is not below the value");
}

template <class Q>
constexpr interval<Q> point(Q x) {
  return {x, x, x};
}

}  // namespace detail

/// What the run uses and emits. Throws std::invalid_argument naming the field, its value and what is allowed.
constexpr footprint estimate(const training& t) {
  detail::check(t);
  footprint f;
  f.it = t.devices * t.utilisation * (t.per_device * t.duration);
  f.facility = t.pue * f.it;
  f.emissions = f.facility * t.intensity;
  return f;
}

/// A range that is one point, to widen the inputs that are uncertain:
///
///     auto run = kaya::plan::exactly(planned);
///     run.utilisation = {.value = 0.7, .low = 0.5, .high = 0.9};
constexpr training_range exactly(const training& t) {
  using detail::point;
  return {point(t.devices),     point(t.duration), point(t.per_device),
          point(t.utilisation), point(t.pue),      point(t.intensity)};
}

/// Every output grows with every input, so its ends follow from theirs: as if all were low, or high, at once.
/// Throws as estimate(), and if an input's low, value and high are not in this order.
constexpr footprint_range estimate_range(const training_range& r) {
  const footprint value = estimate(training{r.devices.value, r.duration.value, r.per_device.value,
                                            r.utilisation.value, r.pue.value, r.intensity.value});
  const footprint low = estimate(training{r.devices.low, r.duration.low, r.per_device.low, r.utilisation.low,
                                          r.pue.low, r.intensity.low});
  const footprint high = estimate(training{r.devices.high, r.duration.high, r.per_device.high,
                                           r.utilisation.high, r.pue.high, r.intensity.high});
  detail::require_order("training_range, devices", r.devices);
  detail::require_order("training_range, duration", r.duration);
  detail::require_order("training_range, per_device", r.per_device);
  detail::require_order("training_range, utilisation", r.utilisation);
  detail::require_order("training_range, pue", r.pue);
  detail::require_order("training_range, intensity", r.intensity);
  return {{value.it, low.it, high.it},
          {value.facility, low.facility, high.facility},
          {value.emissions, low.emissions, high.emissions}};
}

/// Share of the devices' manufacture. `per_device_hour`: embodied emissions of one device over the hours of
/// its life; there is no default, as few makers publish them. Not in footprint::emissions, which is of
/// operation.
constexpr grams_co2e embodied(const training& t, grams_co2e per_device_hour) {
  detail::check(t);
  detail::require("embodied, per_device_hour", per_device_hour.count(), 0,
                  "a finite number of grams, 0 or more");
  return t.devices * t.duration.count() * per_device_hour;
}

/// Of a run known by its device-hours ("1.7M GPU hours"), as model cards have it.
constexpr training from_device_hours(hours device_hours, watts per_device, double pue = 1,
                                     grams_per_kilowatt_hour intensity = {}) {
  return {1, device_hours, per_device, 1, pue, intensity};
}

/// Of a run known by the rated power of its devices (devices.hpp) and the share of it that they draw.
constexpr training from_tdp(double devices, hours duration, watts tdp, double utilisation, double pue = 1,
                            grams_per_kilowatt_hour intensity = {}) {
  return {devices, duration, tdp, utilisation, pue, intensity};
}

inline constexpr double flop_per_petaflop_s_day = 8.64e19;

/// FLOP of so many petaflop/s-days, one of which is 1e15 FLOP/s for a day (OpenAI, "AI and Compute", 2018).
constexpr double from_petaflop_s_days(double days) {
  detail::require("petaflop/s-days", days);
  return days * flop_per_petaflop_s_day;
}

/// FLOP to train a dense transformer: 6 for each parameter and token, 2 forward and 4 backward (Kaplan et al.
/// 2020, arXiv:2001.08361, section 2.1). Leaves out attention over the context and recomputation.
constexpr double training_flop(double parameters, double tokens) {
  detail::require("training_flop, parameters", parameters);
  detail::require("training_flop, tokens", tokens);
  return 6 * parameters * tokens;
}

/// A run known by its work. Which devices, and how fast they are, decides how long it takes.
struct workload {
  double flop{};                  ///< training_flop() or from_petaflop_s_days()
  double peak_flop_per_second{};  ///< of one device, dense, in the precision used; above 0
  double mfu{1};       ///< model FLOP utilisation: share of the peak that is reached, above 0, to 1
  double devices{1};   ///< above 0
  watts per_device{};  ///< and the rest as in training
  double utilisation{1}, pue{1};
  grams_per_kilowatt_hour intensity{};
};

/// The training that does this work, for estimate(). Throws as that does.
constexpr training to_training(const workload& w) {
  detail::require("workload, flop", w.flop);
  detail::require_positive("workload, peak_flop_per_second", w.peak_flop_per_second);
  detail::require("workload, mfu", w.mfu, detail::lowest_positive, "above 0, to 1", 1);
  detail::require_positive("workload, devices", w.devices);
  const seconds duration(w.flop / w.peak_flop_per_second / w.mfu / w.devices);
  return {w.devices, duration, w.per_device, w.utilisation, w.pue, w.intensity};
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
