// SPDX-License-Identifier: MIT
// The carbon intensity of electricity from what generates it, as a number with an interval: what "runs on
// renewables" means in grams.
//
//     using enum kaya::grid::generation;
//     constexpr kaya::grid::mix site{{hydro, 0.6}, {wind_onshore, 0.4}};
//     site.intensity();                      // 18.8 gCO2e/kWh, 3.4 to 1342
//     kaya::tracker t({.intensity = site.intensity().value});
//
// Figures are of the lifecycle, but CodeCarbon's of coal, gas, oil and fossil, which are direct; a mix is of
// one kind. A mix is what a grid, or a plant behind the meter, generates; it is not what a contract or a
// certificate says, which would be market-based.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include <kaya/detail/number.hpp>
#include <kaya/detail/refuse.hpp>
#include <kaya/grid/data/source_table.hpp>
#include <kaya/grid/figure.hpp>
#include <kaya/interval.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// What generates electricity. Each has a median and a range by the IPCC, but the last four, which only
/// CodeCarbon has: the IPCC's table has no oil, and does not put all fossil fuels, wind or solar in one.
enum class generation : unsigned char {
  coal,
  coal_ccs,  // with carbon capture and storage
  gas,
  gas_ccs,
  biomass,           // burnt alone
  biomass_cofiring,  // burnt together with coal
  hydro,
  nuclear,
  wind_onshore,
  wind_offshore,
  solar_utility,  // photovoltaic, in fields
  solar_rooftop,  // photovoltaic, on roofs
  solar_csp,      // concentrating
  geothermal,
  ocean,  // waves and tides
  oil,
  fossil,
  wind,
  solar,
};

/// Whose figures; see data/source_table.hpp. They differ by more than they say: gas is 490 over its lifecycle
/// by the IPCC, 743 at the stack by CodeCarbon.
enum class publisher : unsigned char { ipcc_2014, unece_2022, codecarbon };

/// What one publisher says of one source, gCO2e/kWh.
struct generation_figure {
  generation from{};
  publisher by{};
  accounting how = accounting::lifecycle;
  interval<grams_per_kilowatt_hour> value{};  // median, minimum and maximum; NaN: not published
  std::string_view source{};                  // publication and year
  std::string_view note{};
  bool reread = false;  // seen while the table was made; else wholly or in part recalled from the publication
};

namespace detail {

inline constexpr std::size_t generations = sizeof generation_table::names / sizeof *generation_table::names;
static_assert(generations == static_cast<std::size_t>(generation::solar) + 1);

}  // namespace detail

/// "wind_onshore"; empty if it is none of the enumerators.
constexpr std::string_view name(generation g) noexcept {
  const auto i = static_cast<std::size_t>(g);
  return i < detail::generations ? std::string_view(detail::generation_table::names[i]) : std::string_view();
}

/// What a publisher says of a source; nothing if it says nothing.
constexpr std::optional<generation_figure> find_generation(generation g,
                                                           publisher by = publisher::ipcc_2014) noexcept {
  namespace table = detail::generation_table;
  for (const table::row& from : table::rows) {
    if (static_cast<publisher>(from.by) != by || name(g) != from.name) continue;
    generation_figure result;
    result.from = g;
    result.by = by;
    result.how = from.how;
    result.value = {grams_per_kilowatt_hour(from.value), grams_per_kilowatt_hour(from.low),
                    grams_per_kilowatt_hour(from.high)};
    result.source = table::publishers[from.by];
    result.note = from.note;
    result.reread = from.seen == table::all;
    return result;
  }
  return {};
}

/// A part of a mix.
struct portion {
  generation from;
  double share;  // of the electricity, 0 to 1; in of_weights() a weight
  publisher by = publisher::ipcc_2014;
};

/// Electricity from several sources.
///
/// Throws std::invalid_argument, in constant evaluation does not compile, where a share is not finite or is
/// negative, where the shares do not add up to 1 within 1e-6, where a publisher has no central figure for a
/// source that has a share, and where one such figure is of the lifecycle and another direct (CodeCarbon's
/// gas beside its hydro). A source that is listed twice has both shares.
class mix {
 public:
  /// All of it from one source.
  constexpr mix(generation only, publisher by = publisher::ipcc_2014) {
    const portion all{only, 1, by};
    add({&all, 1}, 1);
  }
  constexpr mix(std::initializer_list<portion> parts)
      : mix(std::span<const portion>(parts.begin(), parts.size())) {}
  explicit constexpr mix(std::span<const portion> parts) {
    const double total = sum(parts, "grid::mix, share of ");
    if (!(total >= 1 - 1e-6 && total <= 1 + 1e-6))
      kaya::detail::refuse("grid::mix, sum of the shares", total,
                           "1 within 1e-6 (mix::of_weights takes any weights)");
    add(parts, total);
  }

  /// From amounts in any one unit, e.g. the TWh of a year: each finite and 0 or more, not all 0.
  static constexpr mix of_weights(std::span<const portion> parts) {
    const double total = sum(parts, "grid::mix, weight of ");
    if (!(total > 0 && kaya::detail::is_finite(total)))
      kaya::detail::refuse("grid::mix, sum of the weights", total, "finite and more than 0");
    mix result;
    result.add(parts, total);
    return result;
  }
  static constexpr mix of_weights(std::initializer_list<portion> parts) {
    return of_weights(std::span<const portion>(parts.begin(), parts.size()));
  }

  /// The part that comes from a source, 0 to 1.
  constexpr double share(generation g) const noexcept {
    const auto i = static_cast<std::size_t>(g);
    return i < detail::generations ? shares_[i] : 0;
  }

  /// The mean of the sources by share. `low` and `high` have every source at its lowest and at its highest at
  /// once: an outer bound, wider than the 95 % of measured quantities, and with hydro far wider. NaN where a
  /// publisher gives no range.
  constexpr interval<grams_per_kilowatt_hour> intensity() const noexcept { return intensity_; }

  /// What its figures count.
  constexpr accounting how() const noexcept { return how_; }

  /// The same as a figure, without its interval: of that accounting, location-based, of the year of the
  /// publication (0: undated, or several).
  constexpr grid::figure as_figure() const noexcept {
    grid::figure result;
    result.value = intensity_.value;
    result.how = how_;
    result.code = "mix";
    result.name = "mix of generation sources";
    result.source = several_ ? std::string_view("several publishers of figures by source")
                             : std::string_view(detail::generation_table::publishers[by_]);
    result.year = several_ ? 0 : by_ == detail::generation_table::ipcc ? 2014 : 0;
    return result;
  }

 private:
  constexpr mix() = default;

  static constexpr double sum(std::span<const portion> parts, std::string_view what) {
    double total = 0;
    for (const portion& p : parts) {
      if (name(p.from).empty())
        kaya::detail::refuse("grid::mix, source", static_cast<double>(p.from), "an enumerator of generation");
      if (!(p.share >= 0 && kaya::detail::is_finite(p.share)))
        kaya::detail::refuse(std::string(what).append(name(p.from)), p.share, "a finite number, 0 or more");
      total += p.share;
    }
    return total;
  }

  constexpr void add(std::span<const portion> parts, double total) {
    bool first = true;
    for (const portion& p : parts) {
      if (p.share <= 0) continue;  // what is not there needs no figure
      const auto figure = find_generation(p.from, p.by);
      if (!figure || !kaya::detail::is_finite(figure->value.value.count()))
        kaya::detail::refuse("grid::mix, source", name(p.from),
                             "one for which the publisher has a central figure (the IPCC: wind_onshore and "
                             "wind_offshore, solar_utility and solar_rooftop, coal, gas)");
      if (!first && figure->how != how_)
        kaya::detail::refuse(
            "grid::mix, source", name(p.from),
            how_ == accounting::lifecycle
                ? "one with a lifecycle figure, as those before it (this one is direct)"
                : "one with a direct figure, as those before it (this one is of the lifecycle)");
      const double share = p.share / total;
      shares_[static_cast<std::size_t>(p.from)] += share;
      intensity_.value += share * figure->value.value;
      intensity_.low += share * figure->value.low;
      intensity_.high += share * figure->value.high;
      several_ = several_ || (!first && static_cast<unsigned char>(p.by) != by_);
      by_ = static_cast<unsigned char>(p.by);
      how_ = figure->how;
      first = false;
    }
  }

  double shares_[detail::generations]{};
  interval<grams_per_kilowatt_hour> intensity_{};
  unsigned char by_ = 0;  // the publisher, if not several
  bool several_ = false;
  accounting how_ = accounting::lifecycle;
};

/// Mixes whose shares somebody has published; one source alone is mix(generation).
namespace mixes {

/// The world's hydro, wind and solar power of 2024: 14.3, 8.1 and 6.9 % of all generation (Ember, Global
/// Electricity Review 2025, as quoted by Xinhua of 8 April 2025). Ember does not divide wind and solar: here
/// they are taken as onshore and as utility scale.
inline constexpr mix hydro_wind_solar = mix::of_weights(
    {{generation::hydro, 14.3}, {generation::wind_onshore, 8.1}, {generation::solar_utility, 6.9}});

/// All renewables of the world in 2024: these and the other 2.6 % (40.9 % of low carbon without 9.0 % of
/// nuclear and these; same source). Ember's others are bioenergy, geothermal and ocean power, undivided: here
/// all taken as bioenergy, which emits most of the three; it makes 44 % of the result.
inline constexpr mix renewables = mix::of_weights({{generation::hydro, 14.3},
                                                   {generation::wind_onshore, 8.1},
                                                   {generation::solar_utility, 6.9},
                                                   {generation::biomass, 2.6}});

}  // namespace mixes

}  // namespace grid
}  // namespace v1
}  // namespace kaya
