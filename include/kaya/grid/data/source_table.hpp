// SPDX-License-Identifier: MIT
// Carbon intensity of electricity by what generates it, gCO2e per kWh. Read it through mix.hpp.
//
// Publishers, by their names in the rows:
//   ipcc        IPCC AR5 WG3, Annex III, Table A.III.2 (2014): minimum, median and maximum of the studies that
//               it reviews, of technologies then on the market (CCS and ocean: before it).
//   unece       UNECE, Life Cycle Assessment of Electricity Generation Options (2022): a range, no median.
//   codecarbon  CodeCarbon, carbon_intensity_per_source.json, commit b05965e (MIT): one figure, no range. Its world
//               average (475, not a source) is left out.
//
// Accounting: the IPCC's and UNECE's are of the lifecycle. CodeCarbon does not say: its coal, gas and oil come from
// statistics of the CO2 that power plants give off, which is `direct`; so, it seems, does its fossil, which lies below
// all three. The rest come from reviews of lifecycles.
//
// Checked: `all` was read, of the IPCC as others quote it (Electricity Maps' defaults for medians); `median`: the
// median was, the range is recalled from the publication; `none`: recalled. Compare with the publication
// before quoting what is not `all`.
#pragma once

#include <kaya/grid/figure.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::detail::generation_table {

// In the order of enum class generation.
inline constexpr const char* names[] = {
    "coal",         "coal_ccs",       "gas",           "gas_ccs",       "biomass",      "biomass_cofiring",
    "hydro",        "nuclear",        "wind_onshore",  "wind_offshore", "solar_utility", "solar_rooftop",
    "solar_csp",    "geothermal",     "ocean",         "oil",           "fossil",       "wind",
    "solar",
};

enum publisher_id : unsigned char { ipcc, unece, codecarbon };

// In the order of publisher_id and of enum class publisher.
inline constexpr const char* publishers[] = {
    "IPCC AR5 WG3 Annex III Table A.III.2 (2014)",
    "UNECE LCA of electricity generation options (2022)",
    "CodeCarbon carbon_intensity_per_source.json b05965e (MIT)",
};

using enum accounting;

enum checked : unsigned char { none, median, all };

inline constexpr double unknown = __builtin_nan("");  // not published

struct row {
  const char* name;
  publisher_id by;
  accounting how;
  double value, low, high;  // gCO2e/kWh
  checked seen;
  const char* note;
};

inline constexpr row rows[] = {
    {"coal", ipcc, lifecycle, 820, 740, 910, all, "pulverised coal"},
    {"gas", ipcc, lifecycle, 490, 410, 650, all, "combined cycle"},
    {"biomass", ipcc, lifecycle, 230, 130, 420, all, "dedicated; varies with the use of land"},
    {"biomass_cofiring", ipcc, lifecycle, 740, 620, 890, median, "burnt together with coal"},
    {"geothermal", ipcc, lifecycle, 38, 6, 79, all, ""},
    {"hydro", ipcc, lifecycle, 24, 1, 2200, all, "the maximum is of reservoirs that emit methane"},
    {"nuclear", ipcc, lifecycle, 12, 3.7, 110, all, ""},
    {"solar_csp", ipcc, lifecycle, 27, 8.8, 63, median, "concentrating solar power"},
    {"solar_rooftop", ipcc, lifecycle, 41, 26, 60, all, "photovoltaic, on roofs"},
    {"solar_utility", ipcc, lifecycle, 48, 18, 180, all, "photovoltaic, utility scale"},
    {"wind_offshore", ipcc, lifecycle, 12, 8, 35, all, ""},
    {"wind_onshore", ipcc, lifecycle, 11, 7, 56, all, ""},
    {"ocean", ipcc, lifecycle, 17, 5.6, 28, none, ""},
    {"coal_ccs", ipcc, lifecycle, 220, 190, 250, none, "pulverised coal with carbon capture and storage"},
    {"gas_ccs", ipcc, lifecycle, 170, 94, 340, none, "combined cycle with carbon capture and storage"},
    {"coal", unece, lifecycle, unknown, 751, 1095, none, "hard coal without capture, from IGCC to pulverised"},
    {"gas", unece, lifecycle, unknown, 403, 513, none, "combined cycle without capture"},
    {"nuclear", unece, lifecycle, unknown, 5.1, 6.4, none, ""},
    {"hydro", unece, lifecycle, unknown, 6, 147, none, ""},
    {"wind_onshore", unece, lifecycle, unknown, 7.8, 16, none, ""},
    {"wind_offshore", unece, lifecycle, unknown, 12, 23, none, ""},
    {"solar_utility", unece, lifecycle, unknown, 8, 83, none, "photovoltaic, all technologies"},
    {"solar_csp", unece, lifecycle, unknown, 27, 122, none, ""},
    {"coal", codecarbon, direct, 995, unknown, unknown, all, ""},
    {"oil", codecarbon, direct, 816, unknown, unknown, all, ""},
    {"gas", codecarbon, direct, 743, unknown, unknown, all, ""},
    {"fossil", codecarbon, direct, 635, unknown, unknown, all, "all fossil fuels; taken as direct"},
    {"geothermal", codecarbon, lifecycle, 38, unknown, unknown, all, ""},
    {"hydro", codecarbon, lifecycle, 26, unknown, unknown, all, ""},
    {"nuclear", codecarbon, lifecycle, 29, unknown, unknown, all, ""},
    {"solar", codecarbon, lifecycle, 48, unknown, unknown, all, ""},
    {"wind", codecarbon, lifecycle, 26, unknown, unknown, all, ""},
};

}  // namespace grid::detail::generation_table
}  // namespace v1
}  // namespace kaya
