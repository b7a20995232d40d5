// SPDX-License-Identifier: MIT
// What a data centre adds to the energy of its IT equipment (PUE), and the water that it takes (WUE): figures
// that operators publish, and the arithmetic.
//
//     auto google = kaya::grid::find_facility("google", 2023);              // PUE 1.10
//     kaya::joules all = kaya::grid::facility_energy(it, *google->pue);     // it x 1.10
//     auto aws = kaya::grid::find_facility("aws", 2024);
//     kaya::litres used = kaya::grid::water(it, *aws->wue);                 // 0.15 L per kWh of IT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <kaya/detail/number.hpp>
#include <kaya/detail/refuse.hpp>
#include <kaya/grid/data/facility_table.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// What one publisher says of one operator's data centres in one year. All text is in static storage.
struct facility {
  std::string_view provider{};  // "gcp"
  std::string_view scope{};     // "fleet average", "best site Europe"
  int year = 0;                 // of the figures
  std::optional<double> pue{};  // energy of the facility / energy of the IT equipment; empty: not published
  std::optional<litres_per_kilowatt_hour> wue{};  // water on site, per kWh of the IT equipment
  std::string_view source{};
  std::string_view note{};
  bool typical = false;  // stands for the whole of the operator, not for a region, a best site or a design
  bool reread = false;   // seen while the table was made; else recalled from the publication
};

namespace detail {

inline constexpr std::size_t facility_rows = sizeof facility_table::rows / sizeof *facility_table::rows;

struct facility_list {
  facility row[facility_rows]{};
  constexpr facility_list() noexcept {
    namespace table = facility_table;
    for (std::size_t i = 0; i < facility_rows; ++i) {
      const table::row& from = table::rows[i];
      facility& to = row[i];
      to.provider = from.provider;
      to.scope = from.scope;
      to.year = from.year;
      if (from.pue != table::none) to.pue = from.pue;
      if (from.wue != table::none) to.wue = litres_per_kilowatt_hour(from.wue);
      to.source = table::sources[from.source];
      to.note = from.note;
      to.typical = from.of == table::whole;
      to.reread = from.seen == table::read;
    }
  }
};
inline constexpr facility_list facility_all{};

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool same_text(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

}  // namespace detail

/// All rows, by operator; the years of a scope ascend.
constexpr std::span<const facility> facilities() noexcept {
  return {detail::facility_all.row, detail::facility_rows};
}

/// An operator's figures of a year; without a year the newest. Nothing if there is none of just that year.
///
/// Operators, in any case: gcp or google, aws or amazon, azure or microsoft, meta, ovh, oracle, jean_zay; and
/// averages: uptime (all data centres that answer the Uptime Institute), public_cloud, on_premises, industry
/// (water), green_algorithms and strubell2019 (what these assume). Without a scope only what stands for the
/// whole operator is found: a best site is not what a run gets by chance, so of oracle, which has nothing
/// else, nothing. The newest row may lack a WUE that an older one has.
constexpr std::optional<facility> find_facility(std::string_view provider, std::optional<int> year = {},
                                                std::string_view scope = {}) noexcept {
  for (const detail::facility_table::alias& other : detail::facility_table::aliases)
    if (detail::same_text(provider, other.name)) provider = other.provider;
  const facility* best = nullptr;
  for (const facility& f : detail::facility_all.row) {
    if (!detail::same_text(f.provider, provider) || (year && f.year != *year)) continue;
    if (scope.empty() ? !f.typical : !detail::same_text(f.scope, scope)) continue;
    if (best == nullptr || f.year > best->year) best = &f;
  }
  return best != nullptr ? std::optional<facility>(*best) : std::nullopt;
}

namespace detail {

/// `of` is where the energy was given.
constexpr void check_it_energy(joules it, std::string_view of) {
  if (!(it.count() >= 0 && kaya::detail::is_finite(it.count())))
    kaya::detail::refuse(of, it.count(), "a finite number of joules, 0 or more");
}

}  // namespace detail

/// What the building takes from the grid for IT equipment that takes `it`: it x PUE. Throws
/// std::invalid_argument (in constant evaluation does not compile) for a PUE that is not finite or below 1,
/// and for an energy that is not finite or negative.
constexpr joules facility_energy(joules it, double pue) {
  detail::check_it_energy(it, "facility_energy, it");
  if (!(pue >= 1 && kaya::detail::is_finite(pue)))
    kaya::detail::refuse("facility_energy, pue", pue, "a finite number, 1 or more");
  return it * pue;
}

/// The water that the site evaporates or drains for IT equipment that takes `it`: it x WUE, where WUE is by
/// the energy of the IT equipment, not of the facility (The Green Grid, 2011). The water of power plants is
/// not in it. Throws as facility_energy() does, for a WUE that is not finite or negative.
constexpr litres water(joules it, litres_per_kilowatt_hour wue) {
  detail::check_it_energy(it, "water, it");
  if (!(wue.count() >= 0 && kaya::detail::is_finite(wue.count())))
    kaya::detail::refuse("water, wue", wue.count(), "a finite number of L/kWh, 0 or more");
  return it * wue;
}

}  // namespace grid
}  // namespace v1
}  // namespace kaya
