// SPDX-License-Identifier: MIT
// Emissions and energy in terms of what people know: car lifetimes, flights, phone charges. Nothing in kaya
// prints them unasked, as they persuade more than they inform; each has its source, year and region.
//
//     for (const auto& e : kaya::report::equivalents(kaya::pounds_co2e(626155)))
//       std::cout << e.text << " (" << e.of.source << ")\n";    // 4.97 car lifetimes (Strubell et al. 2019,
//       ...)
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/data/equivalent_table.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// One thing to compare with. All text is in static storage.
struct equivalent {
  std::string_view key{};                 // "car_lifetime_incl_fuel"
  std::string_view name{};                // in the plural: "car lifetimes"
  std::optional<grams_co2e> emissions{};  // of one; empty: the source does not say
  std::optional<joules> energy{};         // of one
  int year = 0;                           // of the publication
  std::string_view region{};              // "US", "EU", "UK", "world"; empty: everywhere
  std::string_view source{};
  std::string_view note{};
  bool for_emissions = false;  // equivalents(emissions) may choose it; of several on one thing, one
  bool for_energy = false;     // equivalents(energy) may
  bool reread = false;         // seen while the table was made; else recalled from the publication
};

namespace detail {

inline constexpr std::size_t equivalent_rows = sizeof equivalent_table::rows / sizeof *equivalent_table::rows;

struct equivalent_list {
  equivalent row[equivalent_rows]{};
  constexpr equivalent_list() noexcept {
    namespace table = equivalent_table;
    for (std::size_t i = 0; i < equivalent_rows; ++i) {
      const table::row& from = table::rows[i];
      equivalent& to = row[i];
      to.key = from.key;
      to.name = from.name;
      if (from.kg > 0) to.emissions = kilograms_co2e(from.kg);
      if (from.kwh > 0) to.energy = kilowatt_hours(from.kwh);
      to.year = from.year;
      to.region = from.region;
      to.source = from.source;
      to.note = from.note;
      to.for_emissions = to.emissions && from.how == table::common;
      to.for_energy = to.energy && from.how != table::on_request;
      to.reread = from.seen == table::read;
    }
  }
};
inline constexpr equivalent_list equivalent_all{};

}  // namespace detail

/// All of them, in the order in which equivalents() offers them.
constexpr std::span<const equivalent> all_equivalents() noexcept {
  return {detail::equivalent_all.row, detail::equivalent_rows};
}

/// By key, e.g. "tree_year"; nothing if there is none.
constexpr std::optional<equivalent> find_equivalent(std::string_view key) noexcept {
  for (const equivalent& e : detail::equivalent_all.row)
    if (e.key == key) return e;
  return {};
}

/// How many of it make as much; nothing where its source does not say what one emits or takes.
constexpr std::optional<double> count_of(const equivalent& of, grams_co2e emissions) noexcept {
  if (!of.emissions) return {};
  return emissions / *of.emissions;
}
constexpr std::optional<double> count_of(const equivalent& of, joules energy) noexcept {
  if (!of.energy) return {};
  return energy / *of.energy;
}

/// A count of an equivalent, and both as text: "4.97 car lifetimes".
struct equivalence {
  double count = 0;
  equivalent of{};
  std::string text{};
};

namespace detail {

/// The highest count that three digits do not make 1000.
inline constexpr double highest_count = 999.5;

template <class Q>
std::vector<equivalence> equivalents_of(Q amount, bool equivalent::*may_be_chosen, std::size_t most) {
  std::vector<equivalence> chosen;
  for (const bool easy : {true, false})  // 1 to 100 are read at a glance, so they come first
    for (const equivalent& e : equivalent_all.row) {
      if (chosen.size() >= most) return chosen;
      const double count = e.*may_be_chosen ? count_of(e, amount).value_or(0) : 0;
      if (!(count >= 0.1 && count < highest_count) || (count >= 1 && count <= 100) != easy) continue;
      std::string text = kaya::detail::three_digits(count).text;
      text.append(" ").append(e.name);
      chosen.push_back({count, e, static_cast<std::string&&>(text)});
    }
  return chosen;
}

}  // namespace detail

/// At most `most` of the common equivalents of an amount, those that give a number people can picture: counts
/// of 1 to 100, then of 0.1 to 1 and 100 to 1000; either in the order of the table. None if nothing fits, as
/// for an amount that is 0, negative, not known (NaN) or beyond all of them.
inline std::vector<equivalence> equivalents(grams_co2e emissions, std::size_t most = 5) {
  return detail::equivalents_of(emissions, &equivalent::for_emissions, most);
}
inline std::vector<equivalence> equivalents(joules energy, std::size_t most = 5) {
  return detail::equivalents_of(energy, &equivalent::for_energy, most);
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
