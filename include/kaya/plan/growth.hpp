// SPDX-License-Identifier: MIT
// What a run will cost in some years if the compute of training keeps doubling and so does the work done for
// a joule.
//
//     namespace plan = kaya::plan;
//     static_assert(plan::doublings(300'000) > 18.1);   // AlexNet to AlphaGo Zero
//     constexpr auto next = plan::project({.energy = 1287_MWh, .intensity = 429_gCO2e_per_kWh},
//                                         {.compute_doubling = plan::months(5.7),
//                                          .efficiency_doubling = plan::months(36)}, plan::months(24));
//
// A projection continues a trend; it says nothing about whether the trend goes on.
#pragma once

#include <optional>
#include <string_view>

#include <kaya/detail/number.hpp>
#include <kaya/plan/compute.hpp>
#include <kaya/plan/exponential.hpp>
#include <kaya/plan/training.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// As std::chrono's: a twelfth of the mean year of the Gregorian calendar (365.2425 days).
using months = quantity<dim::time, double, std::ratio<2629746>>;

namespace detail {
/// Doublings per month; the doubling time is above 0, infinite if nothing grows.
constexpr double doublings_per_month(std::string_view field, months doubling) {
  if (doubling.count() == infinity) return 0;
  require(field, doubling.count(), lowest_positive, "months above 0, or infinite");
  return 1 / doubling.count();
}
}  // namespace detail

/// How often something has doubled that has grown by this factor, above 0. Below 1 it is negative: halvings.
constexpr double doublings(double factor) {
  detail::require_positive("doublings, factor", factor);
  return detail::log2(factor);
}

/// The factor by which something grows meanwhile, if it doubles in each `doubling` (above 0; infinite: it
/// does not grow). `elapsed` may be negative: back in time.
constexpr double growth(months elapsed, months doubling) {
  if (!kaya::detail::is_finite(elapsed.count()))
    kaya::detail::refuse("growth, elapsed", elapsed.count(), "a finite number of months");
  const double per_month = detail::doublings_per_month("growth, doubling", doubling);
  return per_month > 0 ? detail::exp2(elapsed.count() / doubling.count()) : 1;
}

/// The doubling time of what has grown by `factor` (above 1) in a time above 0.
constexpr months doubling_time(double factor, months elapsed) {
  if (!(factor > 1)) kaya::detail::refuse("doubling_time, factor", factor, "above 1, as it has grown");
  detail::require_positive("doubling_time, elapsed", elapsed.count());
  return elapsed / doublings(factor);
}

/// The time in which something grows by `factor` if it doubles in each `doubling`.
constexpr months time_to_grow(double factor, months doubling) {
  detail::require_positive("time_to_grow, doubling", doubling.count());
  return doublings(factor) * doubling;
}

/// The doubling time of work per joule between two devices: `flop_per_joule` is peak FLOP/s over watts, e.g.
/// of rows of devices.hpp, and `elapsed` what lies between their years. Peaks are rated figures, so this is
/// the trend of what is sold, not of what runs reach.
constexpr months efficiency_doubling_time(double old_flop_per_joule, double new_flop_per_joule,
                                          months elapsed) {
  detail::require_positive("efficiency, old_flop_per_joule", old_flop_per_joule);
  detail::require_positive("efficiency, new_flop_per_joule", new_flop_per_joule);
  return doubling_time(new_flop_per_joule / old_flop_per_joule, elapsed);
}

/// A run from which a projection starts.
struct baseline {
  double flop{};  ///< 0 if it is not known
  kilowatt_hours energy{};
  grams_per_kilowatt_hour intensity{};  ///< stays as it is
};

/// What is assumed to go on. Infinite by default: nothing changes.
struct trend {
  months compute_doubling{detail::infinity};     ///< of the FLOP of a run
  months efficiency_doubling{detail::infinity};  ///< of the FLOP for a joule
};

struct projection {
  double growth{};  ///< of compute
  double flop{};
  kilowatt_hours energy{};
  grams_co2e emissions{};
};

/// The run of the same rank after a time: its compute times 2^(t / compute_doubling), its energy that over
/// 2^(t / efficiency_doubling). Throws std::invalid_argument naming the field, its value and what is allowed.
constexpr projection project(const baseline& from, const trend& on, months elapsed) {
  detail::require("baseline, flop", from.flop);
  detail::require("baseline, energy", from.energy.count(), 0, "a finite number of kWh, 0 or more");
  detail::require("baseline, intensity", from.intensity.count(), 0, "a finite number of g/kWh, 0 or more");
  projection p;
  p.growth = growth(elapsed, on.compute_doubling);
  p.flop = from.flop * p.growth;
  p.energy = from.energy * (p.growth / growth(elapsed, on.efficiency_doubling));
  p.emissions = p.energy * from.intensity;
  return p;
}

/// The doubling time at which the energy of such a run grows: nothing if it does not, as efficiency grows at
/// least as fast as compute.
constexpr std::optional<months> energy_doubling_time(const trend& on) {
  const double per_month = detail::doublings_per_month("trend, compute_doubling", on.compute_doubling) -
                           detail::doublings_per_month("trend, efficiency_doubling", on.efficiency_doubling);
  if (!(per_month > 0)) return {};
  return months(1 / per_month);
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
