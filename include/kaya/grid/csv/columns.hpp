// SPDX-License-Identifier: MIT
// The columns of carbon intensity that publishers export, and what they hold.
#pragma once

#include <kaya/grid/figure.hpp>
#include <kaya/units.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

/// A column of values. Names are compared folded.
struct known_column {
  std::string_view name;
  std::string_view beside;       // another column that such files have; empty: the name says enough
  grams_per_kilowatt_hour unit;  // what 1 in the column means
  accounting how;
  grid::basis basis;
  bool of_ended_interval;  // a row's time is the end of its interval, not the start
  bool in_utc;             // its times are UTC without saying so
  std::string_view source;
};

/// In the order of preference: for a file with several, the first.
inline constexpr known_column known_columns[] = {
    // Electricity Maps, data portal; the spelling of 2023 and before has "LCA".
    {"carbon intensity gco2eq/kwh (life cycle)", "", grams_per_kilowatt_hour(1), accounting::lifecycle,
     basis::location, false, true, "Electricity Maps"},
    {"carbon intensity gco2eq/kwh (lca)", "", grams_per_kilowatt_hour(1), accounting::lifecycle,
     basis::location, false, true, "Electricity Maps"},
    {"carbon intensity gco2eq/kwh (direct)", "", grams_per_kilowatt_hour(1), accounting::direct,
     basis::location, false, true, "Electricity Maps"},
    // Great Britain's system operator: the historic generation mix (df_fuel_ckan.csv), and the national
    // carbon intensity with its forecast. g/kWh of generation, half-hours, UTC (its data portal, 2024).
    {"carbon_intensity", "zero_carbon", grams_per_kilowatt_hour(1), accounting::direct, basis::location,
     false, true, "NESO, historic GB generation mix (NESO Open Data Licence)"},
    {"actual", "forecast", grams_per_kilowatt_hour(1), accounting::direct, basis::location, false, true,
     "NESO, Carbon Intensity API (CC BY 4.0)"},
    // US Energy Information Administration, Hourly Electric Grid Monitor (EIA-930): lb/kWh, hour ending.
    {"co2 emissions intensity for consumed electricity", "", grams_per_kilowatt_hour(453.59237),
     accounting::direct, basis::location, true, true, "US EIA, Hourly Electric Grid Monitor, consumed"},
    {"co2 emissions intensity for generated electricity", "", grams_per_kilowatt_hour(453.59237),
     accounting::direct, basis::location, true, true, "US EIA, Hourly Electric Grid Monitor, generated"},
    // PJM Data Miner, five-minute marginal emission rates: lb/MWh; WattTime: lb/MWh.
    {"marginal_co2_rate", "", grams_per_kilowatt_hour(0.45359237), accounting::direct, basis::marginal, false,
     false, "PJM, marginal emission rates"},
    {"moer", "", grams_per_kilowatt_hour(0.45359237), accounting::direct, basis::marginal, false, false,
     "WattTime, marginal operating emissions rate"},
};

/// Columns of times, the first that a file has; a name with "utc" in it means UTC.
inline constexpr std::string_view time_columns[] = {"datetime (utc)", "utc time at end of hour",
                                                    "utc time",       "datetime_beginning_utc",
                                                    "point_time",     "datetime",
                                                    "timestamp",      "time",
                                                    "date",           "from",
                                                    "unix",           "unix_time"};

/// Columns that name the place of a row, where a file may have several.
inline constexpr std::string_view zone_columns[] = {"zone id", "zone", "region", "ba", "pnode_id"};

/// As names are compared: lower case, "₂" as 2, blanks at the ends gone.
inline std::string folded(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (name.substr(i).starts_with("\xE2\x82\x82")) result += '2', i += 2;  // U+2082 in UTF-8
    else result += c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c;
  }
  return result;
}

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
