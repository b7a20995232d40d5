// SPDX-License-Identifier: MIT
// The columns of carbon intensity that publishers export, and what they hold.
#pragma once

#include <kaya/grid/figure.hpp>
#include <kaya/units.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

/// A column of values. Names are compared folded.
struct known_column {
  std::string_view name;
  std::string_view beside, besides;  // other columns that such files have; empty: the name says enough
  grams_per_kilowatt_hour unit;      // what 1 in the column means
  accounting how;
  grid::basis basis;
  bool of_ended_interval;  // a row's time is the end of its interval, not the start
  bool in_utc;             // its times are UTC without saying so
  std::string_view source;
};

/// In the order of preference: for a file with several, the first.
inline constexpr known_column known_columns[] = {
    // Electricity Maps, data portal; the spelling of 2023 and before has "LCA".
    {"carbon intensity gco2eq/kwh (life cycle)", "", "", grams_per_kilowatt_hour(1), accounting::lifecycle,
     basis::location, false, true, "Electricity Maps"},
    {"carbon intensity gco2eq/kwh (lca)", "", "", grams_per_kilowatt_hour(1), accounting::lifecycle,
     basis::location, false, true, "Electricity Maps"},
    {"carbon intensity gco2eq/kwh (direct)", "", "", grams_per_kilowatt_hour(1), accounting::direct,
     basis::location, false, true, "Electricity Maps"},
    // Great Britain's system operator: the historic generation mix (df_fuel_ckan.csv), and the national
    // carbon intensity with its forecast. g/kWh of generation, half-hours, UTC (its data portal, 2024).
    {"carbon_intensity", "zero_carbon", "", grams_per_kilowatt_hour(1), accounting::direct, basis::location,
     false, true, "NESO, historic GB generation mix (NESO Open Data Licence)"},
    {"actual", "forecast", "index", grams_per_kilowatt_hour(1), accounting::direct, basis::location, false,
     true, "NESO, Carbon Intensity API (CC BY 4.0)"},
    // US Energy Information Administration, Hourly Electric Grid Monitor (EIA-930): lb/kWh, hour ending.
    {"co2 emissions intensity for consumed electricity", "", "", grams_per_kilowatt_hour(453.59237),
     accounting::direct, basis::location, true, true, "US EIA, Hourly Electric Grid Monitor, consumed"},
    {"co2 emissions intensity for generated electricity", "", "", grams_per_kilowatt_hour(453.59237),
     accounting::direct, basis::location, true, true, "US EIA, Hourly Electric Grid Monitor, generated"},
    // PJM Data Miner, five-minute marginal emission rates: lb/MWh; WattTime: lb/MWh.
    {"marginal_co2_rate", "", "", grams_per_kilowatt_hour(0.45359237), accounting::direct, basis::marginal,
     false, false, "PJM, marginal emission rates"},
    {"moer", "", "", grams_per_kilowatt_hour(0.45359237), accounting::direct, basis::marginal, false, false,
     "WattTime, marginal operating emissions rate"},
};

/// Columns of times, the first that a file has.
inline constexpr std::string_view time_columns[] = {"datetime (utc)", "utc time at end of hour",
                                                    "utc time",       "datetime_beginning_utc",
                                                    "point_time",     "datetime",
                                                    "timestamp",      "time",
                                                    "date",           "from",
                                                    "unix",           "unix_time"};

/// Columns that name the place of a row, where a file may have several.
inline constexpr std::string_view zone_columns[] = {"zone id", "zone", "region", "ba", "pnode_id"};

/// Whether a folded name of a column of times says that they are UTC; "datetime (utc+01:00)" does not, nor do
/// its like with blanks or a minus sign that is not ASCII's.
inline bool says_utc(std::string_view name) noexcept {
  bool says = false;
  for (std::size_t at = name.find("utc"); at != name.npos; at = name.find("utc", at + 3)) {
    std::size_t next = at + 3;
    while (next < name.size() &&
           (name[next] == ' ' || name[next] == '+' || name[next] == '-' || (name[next] & 0x80) != 0))
      ++next;
    if (next < name.size() && name[next] >= '0' && name[next] <= '9') return false;
    says = true;
  }
  return says;
}

/// Whether it says that a row's time is the end of its interval.
inline bool says_end(std::string_view name) noexcept {
  for (const std::string_view end : {"end of hour", "hour ending", "hour_ending", "datetime_ending",
                                     "interval_end", "interval end", "period_end", "period end"})
    if (name.find(end) != name.npos) return true;
  return false;
}

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

/// What 1 means in a column whose folded name ends with a unit, in brackets or not: "intensity (kg/kWh)",
/// "co2_lb_per_mwh". stated: the name has an energy in it; then empty means a unit that is not known.
struct stated_unit {
  bool stated = false;
  std::optional<grams_per_kilowatt_hour> value{};
};
inline stated_unit unit_in(std::string_view name) noexcept {
  struct energy {
    std::string_view text;
    double kilowatt_hours;
  };
  constexpr energy energies[] = {{"/kwh", 1},    {"_per_kwh", 1},    {" per kwh", 1},
                                 {"/mwh", 1000}, {"_per_mwh", 1000}, {" per mwh", 1000}};
  struct mass {
    std::string_view text;
    double grams;
  };
  // The international pound of 1959.
  constexpr mass masses[] = {{"g", 1},          {"gram", 1},        {"grams", 1},     {"kg", 1000},
                             {"lb", 453.59237}, {"lbs", 453.59237}, {"t", 1e6},       {"tonnes", 1e6},
                             {"mt", 1e6},       {"gco2", 1},        {"gco2eq", 1},    {"gco2e", 1},
                             {"tco2", 1e6},     {"kgco2", 1000},    {"kgco2e", 1000}, {"kgco2eq", 1000}};
  for (const energy& e : energies) {
    const std::size_t at = name.find(e.text);
    if (at == name.npos) continue;
    std::string_view before = name.substr(0, at);
    for (const std::string_view what : {"co2eq", "co2e", "co2", "_", " "})  // "kg co2 per mwh"
      if (before.ends_with(what) && before.size() > what.size() && before != what) {
        const std::string_view rest = before.substr(0, before.size() - what.size());
        if (rest.ends_with(' ') || rest.ends_with('_')) before = rest.substr(0, rest.size() - 1);
      }
    const std::size_t word = before.find_last_of(" _([,:");
    before = word == before.npos ? before : before.substr(word + 1);
    for (const mass& m : masses)
      if (before == m.text) return {true, grams_per_kilowatt_hour(m.grams / e.kilowatt_hours)};
    return {true, {}};
  }
  return {};
}

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
