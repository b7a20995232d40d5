// SPDX-License-Identifier: MIT
// Emissions of making and disposing of hardware, as far as they are one run's, and the score that has them
// and the run's energy per unit of work: Software Carbon Intensity, ISO/IEC 21031:2024 (SCI 1.1, Green
// Software Foundation).
//
//     using kaya::plan::years;
//     auto m = kaya::plan::embodied({{.count = 8, .total = gpu, .reserved = 100h, .lifespan = years(5)},
//                                    {.total = server, .reserved = 100h, .lifespan = years(5)}});
//     auto score = kaya::plan::sci(
//         {.energy = facility, .intensity = *kaya::grid::find("FR"), .embodied = m, .units = 1e6});
//     score.per_unit;                                           // gCO2e per sample, of a million samples
//
// There are no default totals: few makers publish one for the parts that matter here, and a guess would look
// like a figure. They are in the life cycle assessment of the maker (product carbon footprint, without the
// phase of use).
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include <kaya/detail/number.hpp>
#include <kaya/detail/refuse.hpp>
#include <kaya/grid/figure.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// A lifespan in years of 365 days, as the SCI counts them.
constexpr hours years(double n) { return hours(n * 365 * 24); }

/// Hardware of one kind, and what of it was reserved for the software, used or not.
struct hardware {
  double count = 1;      // pieces of it; 0 or more
  grams_co2e total{};    // TE: of making and disposing of one piece; 0 or more
  hours reserved{};      // TiR: how long each piece was reserved; 0 to lifespan
  hours lifespan{};      // EL: how long it is expected to be installed; more than 0
  double resources = 1;  // RR: how many of its resources were, e.g. GPUs or virtual CPUs; 0 to of_resources
  double of_resources = 1;  // ToR: how many it has; more than 0
};

namespace detail {

/// Refuses x where it is not `allowed` or not finite. `range` says what is allowed.
constexpr void check(std::string_view field, double x, bool allowed, std::string_view range) {
  if (!allowed || !kaya::detail::is_finite(x)) kaya::detail::refuse(field, x, range);
}

}  // namespace detail

/// M = TE x (TiR / EL) x (RR / ToR), times the count. Throws std::invalid_argument (in constant evaluation
/// does not compile) where a field is not finite or not within the range beside it.
constexpr grams_co2e embodied(const hardware& h) {
  detail::check("embodied, count", h.count, h.count >= 0, "a finite number, 0 or more");
  detail::check("embodied, total", h.total.count(), h.total.count() >= 0,
                "a finite number of gCO2e, 0 or more");
  detail::check("embodied, lifespan", h.lifespan.count(), h.lifespan.count() > 0,
                "a finite number of hours, more than 0");
  detail::check("embodied, reserved", h.reserved.count(), h.reserved.count() >= 0 && h.reserved <= h.lifespan,
                "a finite number of hours, 0 to the lifespan");
  detail::check("embodied, of_resources", h.of_resources, h.of_resources > 0, "a finite number, more than 0");
  detail::check("embodied, resources", h.resources, h.resources >= 0 && h.resources <= h.of_resources,
                "a finite number, 0 to of_resources");
  return h.count * h.total * (h.reserved / h.lifespan) * (h.resources / h.of_resources);
}

/// The sum over several kinds; of none, 0.
constexpr grams_co2e embodied(std::span<const hardware> kinds) {
  grams_co2e sum{};
  for (const hardware& h : kinds) sum += embodied(h);
  return sum;
}
constexpr grams_co2e embodied(std::initializer_list<hardware> kinds) {
  return embodied(std::span<const hardware>(kinds.begin(), kinds.size()));
}

/// A carbon intensity that the SCI admits: of the grid or the plant that feeds the hardware. It excludes what
/// is market-based (contracts, certificates, claims of 100 % renewable energy) or marginal, which is refused:
/// std::invalid_argument, in constant evaluation an error of the compiler.
class location_based {
 public:
  constexpr location_based(const grid::figure& f) : location_based(f.value, f.basis) {}
  /// The caller knows the number's basis.
  constexpr location_based(grams_per_kilowatt_hour value, grid::basis basis = grid::basis::location)
      : value_(value) {
    if (basis != grid::basis::location)
      kaya::detail::refuse("sci, basis of the intensity", to_string(basis),
                           "location-based: the mean of the grid, whatever was bought (ISO/IEC 21031)");
    detail::check("sci, intensity", value.count(), value.count() >= 0, "a finite number of g/kWh, 0 or more");
  }
  constexpr grams_per_kilowatt_hour value() const noexcept { return value_; }

 private:
  grams_per_kilowatt_hour value_;
};

/// What a score is made of.
struct sci_terms {
  joules energy{};           // E: of all hardware reserved, in a data centre with its PUE; 0 or more
  location_based intensity;  // I
  grams_co2e embodied{};     // M; 0 or more
  double units = 1;          // R: functional units that this was for (samples, tokens, runs); more than 0
};

struct sci_score {
  grams_co2e operational;  // O = E x I
  grams_co2e embodied;     // M
  grams_co2e per_unit;     // (O + M) / R
};

/// The SCI score, (E x I + M) per R. Throws std::invalid_argument (in constant evaluation does not compile)
/// where a term is not finite or not within the range beside it. Offsets have no place in it.
constexpr sci_score sci(const sci_terms& t) {
  detail::check("sci, energy", t.energy.count(), t.energy.count() >= 0,
                "a finite number of joules, 0 or more");
  detail::check("sci, embodied", t.embodied.count(), t.embodied.count() >= 0,
                "a finite number of gCO2e, 0 or more");
  detail::check("sci, units", t.units, t.units > 0, "a finite number, more than 0");
  const grams_co2e operational = t.energy * t.intensity.value();
  return {operational, t.embodied, (operational + t.embodied) / t.units};
}

// The example of the SCI (1.1, "Embodied emissions"): 1000 kg, four years, one hour, all of it: 28.5 g.
static_assert(embodied({.total = kilograms_co2e(1000), .reserved = hours(1), .lifespan = years(4)}) >
                  grams_co2e(28.53) &&
              embodied({.total = kilograms_co2e(1000), .reserved = hours(1), .lifespan = years(4)}) <
                  grams_co2e(28.54));

}  // namespace plan
}  // namespace v1
}  // namespace kaya
