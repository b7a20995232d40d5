// SPDX-License-Identifier: MIT
// What a carbon intensity is besides its number: what was counted, on whose behalf, where, when and by whom.
#pragma once

#include <kaya/units.hpp>

#include <string_view>

namespace kaya {
inline namespace v1 {
namespace grid {

/// What is counted: `lifecycle` adds fuel supply and construction to what leaves the stack (`direct`). On a
/// gas or coal grid it is 10 to 35 % higher; figures of the two kinds should not be compared, nor mixed
/// silently.
enum class accounting { lifecycle, direct };

/// GHG Protocol, scope 2: `location` is the grid's average; `market` follows contracts and certificates.
/// `marginal` is neither: what one kWh more causes (WattTime, PJM). It tells when to run, not what a run had.
enum class basis { location, market, marginal };

constexpr std::string_view to_string(accounting a) noexcept {
  return a == accounting::lifecycle ? "lifecycle" : "direct";
}
constexpr std::string_view to_string(basis b) noexcept {
  return b == basis::location ? "location-based" : b == basis::market ? "market-based" : "marginal";
}

/// The carbon intensity of one place. All text is in static storage.
struct figure {
  grams_per_kilowatt_hour value;
  std::string_view code;  // canonical, see find()
  std::string_view name;  // UTF-8
  std::string_view iso3;  // ISO 3166-1 alpha-3 of the country; of an aggregate, its code
  int year = 0;           // of the data
  accounting how = accounting::lifecycle;
  std::string_view source;  // publisher and data set
  grid::basis basis = grid::basis::location;
  std::string_view note;  // what to know before quoting the figure; mostly empty
  std::string_view
      parent;  // code of the row whose figure this is: a cloud region without one of its own; else empty
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
