// SPDX-License-Identifier: MIT
// What emissions and energy are compared with. Read it through equivalents.hpp.
//
// Each row has publisher and year; `recalled` rows are as remembered from the publication, not read again for this
// table. Values stand as published, in their own unit times its size, so that they can be compared with the source.
//
// Beware of the two rows on trees. EPA's 60 kg are what one urban seedling takes up in its first ten years, not in
// one; the tree-year of 11 kg is a grown tree's (Akbari 2002).
#pragma once

namespace kaya {
inline namespace v1 {
namespace report::detail::equivalent_table {

inline constexpr double pound = 0.45359237;  // kg; the international pound of 1959
inline constexpr double mile = 1.609344;     // km; likewise
inline constexpr double gallon = 3.785411784;  // L; US
inline constexpr double tonne = 1000, gram = 0.001;  // kg

inline constexpr double none = 0;  // the source does not say

// What equivalents() may choose a row for, of whatever it has a figure of; of several rows on one thing one.
enum offer : unsigned char { on_request, common, for_energy };
enum checked : bool { recalled, read };

struct row {
  const char *key, *name;  // the name in the plural
  double kg, kwh;          // kg CO2e, or CO2 where the note says so; kWh
  short year;              // of the publication
  const char *region, *source;
  offer how;
  checked seen;
  const char* note;
};

inline constexpr const char strubell[] = "Strubell et al. 2019, Table 1 (arXiv:1906.02243)";
inline constexpr const char epa[] = "US EPA, Greenhouse Gas Equivalencies Calculator, 2024";
inline constexpr const char epa_2021[] = "US EPA, Greenhouse Gas Equivalencies Calculator, 2021";
inline constexpr const char green[] = "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), 2020";
inline constexpr const char codecarbon[] = "CodeCarbon b05965e, viz/data.py (MIT), 2020, from US EPA";
inline constexpr const char eea[] = "European Environment Agency, as in carbontracker's co2eq.csv";
inline constexpr const char eia[] = "US EIA, mean residential customer of 2022";
inline constexpr const char brain[] = "Balasubramanian 2021, Brain power, PNAS 118 (32) e2107022118";

// In the order in which equivalents() offers them.
inline constexpr row rows[] = {
    {"car_lifetime_incl_fuel", "car lifetimes", 126000 * pound, none, 2019, "US", strubell, common, read, "average car, with its fuel"},
    {"american_life_year", "years of an American's life", 36156 * pound, none, 2019, "US", strubell, common, read, "average per person"},
    {"human_life_year", "years of a human life", 11023 * pound, none, 2019, "world", strubell, common, read, "average per person"},
    {"flight_ny_sf_passenger", "passengers flown between New York and San Francisco", 1984 * pound, none, 2019, "US", strubell, common, read, "one passenger; Green Algorithms has 570 kg"},
    {"us_car_km_epa_2024", "km by US car", 0.000393 * tonne / mile, none, 2024, "US", epa, common, read, "average gasoline passenger vehicle, from its mile"},
    {"eu_car_km_greenalgorithms", "km by European car", 175 * gram, none, 2019, "EU", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from DEFRA 2019", common, read, ""},
    {"train_km", "km by train", 41 * gram, none, 2020, "UK", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from DEFRA 2020", common, read, "one passenger"},
    {"tree_year", "tree-years of uptake", 11, none, 2020, "US", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from Akbari 2002", common, read, "CO2 taken up by one grown tree in one year"},
    {"us_home_electricity_year", "years of a US home's electricity", none, 10791, 2022, "US", eia, common, recalled, ""},
    {"us_home_electricity_day", "days of a US home's electricity", none, 10791.0 / 365, 2022, "US", eia, common, recalled, "from the year"},
    {"smartphone_charge_epa_2024", "phone charges", 1.24e-05 * tonne, none, 2024, "US", epa, common, read, "CO2, US marginal grid"},
    {"smartphone_charge_epa_2021", "phone charges", 8.22e-06 * tonne, 0.012, 2021, "US", epa_2021, for_energy, read, "CO2, 0.012 kWh at 1562.4 lb/MWh; for emissions the edition of 2024 is offered"},
    {"human_brain", "hours of a human brain", none, 0.020, 2021, "", brain, common, read, "20 W, a fifth of what the body takes"},
    {"human_brain_year", "years of a human brain", none, 0.020 * 8766, 2021, "", brain, common, read, "20 W, from the hour; a year of 365.25 days"},
    {"nlp_pipeline_tuning", "tunings of an NLP pipeline", 78468 * pound, none, 2019, "US", strubell, on_request, recalled, "parsing and SRL, with tuning and experiments; 33486 lb in an early draft"},
    {"nlp_pipeline", "trainings of an NLP pipeline", 39 * pound, none, 2019, "US", strubell, on_request, recalled, "parsing and SRL"},
    {"us_car_mile_epa_2024", "miles by US car", 0.000393 * tonne, none, 2024, "US", epa, on_request, read, "average gasoline passenger vehicle; 4.29 t a year over 10917 miles"},
    {"us_car_mile_epa_typical", "miles by US car", 400 * gram, none, 2023, "US", "US EPA, Greenhouse Gas Emissions from a Typical Passenger Vehicle, 2023", on_request, read, "CO2 of the tailpipe; 4.6 t a year"},
    {"us_car_mile_codecarbon", "miles by US car", 0.409, none, 2020, "US", codecarbon, on_request, read, ""},
    {"us_car_km_greenalgorithms", "km by US car", 251 * gram, none, 2020, "US", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from US EPA", on_request, read, ""},
    {"eu_new_car_km_2018", "km by new European car", 120.4 * gram, none, 2018, "EU", eea, on_request, read, "CO2, new cars of 2018, test cycle"},
    {"eu_new_car_km_2020", "km by new European car", 107.5 * gram, none, 2020, "EU", eea, on_request, read, "CO2, new cars of 2020, test cycle"},
    {"petrol_gallon_us", "US gallons of petrol", 8.887, none, 2024, "US", "US EPA, 2024", on_request, read, "CO2 of the tailpipe"},
    {"petrol_litre", "litres of petrol", 8.887 / gallon, none, 2024, "US", "US EPA, 2024", on_request, read, "CO2 of the tailpipe, from the gallon"},
    {"diesel_litre", "litres of diesel", 10.180 / gallon, none, 2024, "US", "US EPA, 2024", on_request, recalled, "CO2 of the tailpipe, from 10.180 kg per US gallon"},
    {"urban_tree_seedling_10_years", "tree seedlings grown for ten years", 0.06 * tonne, none, 2024, "US", epa, on_request, read, "CO2, the total of ten years, not of one"},
    {"us_home_week_codecarbon", "weeks of a US home's energy", 160.58, none, 2020, "US", codecarbon, on_request, read, "CO2 of all energy, 8.35 t a year"},
    {"tv_hour_codecarbon", "hours of a 32-inch LCD television", 0.097, none, 2020, "US", codecarbon, on_request, read, "CO2"},
    {"netflix_hour", "hours of streaming", 36 * gram, none, 2020, "", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from Carbon Brief 2020", on_request, read, "CO2"},
    {"flight_economy_km", "passenger km by plane", 171 * gram, none, 2020, "UK", "Green Algorithms 30df2fe, referenceValues.csv (CC BY 4.0), from DEFRA 2020", on_request, read, "economy class"},
    {"flight_ny_sf_greenalgorithms", "passengers flown between New York and San Francisco", 570, none, 2020, "US", green, on_request, read, "Strubell et al. have 900 kg"},
    {"flight_paris_london", "passengers flown between Paris and London", 50, none, 2020, "EU", green, on_request, read, ""},
    {"flight_ny_melbourne", "passengers flown between New York and Melbourne", 2310, none, 2020, "world", green, on_request, read, ""},
};

}  // namespace report::detail::equivalent_table
}  // namespace v1
}  // namespace kaya
