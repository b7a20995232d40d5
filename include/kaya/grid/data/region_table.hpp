// SPDX-License-Identifier: MIT
// Carbon intensity of electricity by place, gCO2e per kWh: of each source the newest year it had. Read it
// through regions.hpp.
//
// Sources, by their names in the rows (`sources` holds the text that users see):
//   ember   Ember, yearly electricity data, CC BY 4.0 (attribution required), as in co2.js commit 27cbe83.
//           Lifecycle, by production within the country. Also the aggregates (WLD, EU27, X-...).
//   owid    The same data as republished by Our World in Data in 2025, for the few countries missing above.
//   egrid   US EPA, eGRID2022 (release of January 2024), sheet ST22, column STC2ERTA: annual CO2e total output
//           emission rate, lb/MWh x 0.453592. Direct, by production. Public domain.
//   mix     Generation mix of 2023 (CodeCarbon, canada_energy_mix.json, MIT) times the medians of IPCC AR5 WG3,
//           Annex III: coal 820, gas 490, oil 650, biomass 230, hydro 24, nuclear 12, wind 11, solar 45,
//           tidal 17, other 700. Lifecycle, by production.
//   nga     Australian National Greenhouse Accounts factors 2021 (data of 2019), as in Green Algorithms v3.0,
//           CC BY 4.0. Direct, by consumption within the state.
//   google  Google, region-carbon-info commit 49f3f26 (Apache-2.0), grid carbon intensity of 2024. Direct.
//
// A cloud region whose provider publishes no figure refers to the row of its country, state or province and has
// no number here, so the two cannot differ. Lists of regions: Electricity Maps (data_centers.json, b354f28) and
// Boavizta.
#pragma once

namespace kaya {
inline namespace v1 {
namespace grid::detail::table {

enum source_id : unsigned char { ember, owid, egrid, mix, nga, google };

struct source_row {
  const char* text;
  bool lifecycle;  // else direct
};
inline constexpr source_row sources[] = {
    {"Ember yearly electricity data (CC BY 4.0), via co2.js 27cbe83", true},
    {"Ember yearly electricity data (CC BY 4.0), via Our World in Data 2025", true},
    {"US EPA eGRID2022 (January 2024), state total output rate STC2ERTA", false},
    {"2023 generation mix (CodeCarbon canada_energy_mix, MIT) x IPCC AR5 WG3 Annex III medians", true},
    {"Australian NGA factors 2021, via Green Algorithms v3.0 (CC BY 4.0)", false},
    {"Google region-carbon-info 49f3f26 (2024)", false},
};

enum note_id : unsigned char { none, suspect_zero, old, high, coarse, ontario, states_2019 };

inline constexpr const char* notes[] = {
    "",
    "published as 0, which is suspect: an all-hydro grid emits about 24 gCO2e/kWh over its lifecycle",
    "2009 is the newest year published",
    "unusually high, as published",
    "coarse: computed from the few GWh that the place generates in a year",
    "from the 2023 mix, too low now (Electricity Maps 2025: about 111, by consumption)",
    "2019 factor, by consumption; too high now (Electricity Maps 2025: New South Wales 525, Queensland 577)",
};

struct row {
  const char *code, *name;  // ISO 3166-1 alpha-3, ISO 3166-2, or kaya's own for aggregates
  double value;             // gCO2e/kWh
  short year;               // of the data
  source_id source;
  note_id note = none;
};

// Sorted by code.
inline constexpr row rows[] = {
    {"ABW", "Aruba", 550, 2022, ember}, {"AFG", "Afghanistan", 123.71, 2023, ember},
    {"AGO", "Angola", 167.22, 2023, ember}, {"ALB", "Albania", 24.42, 2023, ember},
    {"ARE", "United Arab Emirates", 467.51, 2024, ember}, {"ARG", "Argentina", 344.83, 2024, ember},
    {"ARM", "Armenia", 243.52, 2024, ember}, {"ASM", "American Samoa", 647.06, 2023, ember},
    {"ATG", "Antigua and Barbuda", 611.11, 2023, ember},
    {"AU-ACT", "Australian Capital Territory", 870, 2019, nga, states_2019},
    {"AU-NSW", "New South Wales", 870, 2019, nga, states_2019},
    {"AU-NT", "Northern Territory", 620, 2019, nga, states_2019},
    {"AU-QLD", "Queensland", 920, 2019, nga, states_2019},
    {"AU-SA", "South Australia", 420, 2019, nga, states_2019},
    {"AU-TAS", "Tasmania", 180, 2019, nga, states_2019}, {"AU-VIC", "Victoria", 1060, 2019, nga, states_2019},
    {"AU-WA", "Western Australia", 700, 2019, nga, states_2019}, {"AUS", "Australia", 553.76, 2024, ember},
    {"AUT", "Austria", 102.62, 2024, ember}, {"AZE", "Azerbaijan", 632.89, 2024, ember},
    {"BDI", "Burundi", 230.77, 2023, ember}, {"BEL", "Belgium", 117.58, 2024, ember},
    {"BEN", "Benin", 590, 2023, ember}, {"BFA", "Burkina Faso", 554.91, 2023, ember},
    {"BGD", "Bangladesh", 694.63, 2024, ember}, {"BGR", "Bulgaria", 264.21, 2024, ember},
    {"BHR", "Bahrain", 902.41, 2023, ember}, {"BHS", "Bahamas", 653.66, 2022, ember},
    {"BIH", "Bosnia and Herzegovina", 638.05, 2024, ember}, {"BLR", "Belarus", 323.63, 2024, ember},
    {"BLZ", "Belize", 155.56, 2023, ember}, {"BMU", "Bermuda", 640.62, 2023, owid},
    {"BOL", "Bolivia", 468.02, 2024, ember}, {"BRA", "Brazil", 106.06, 2024, ember},
    {"BRB", "Barbados", 600, 2023, ember}, {"BRN", "Brunei", 892.67, 2023, ember},
    {"BTN", "Bhutan", 24.19, 2023, ember}, {"BWA", "Botswana", 849.42, 2023, ember},
    {"CA-AB", "Alberta", 434.38, 2023, mix}, {"CA-BC", "British Columbia", 51.25, 2023, mix},
    {"CA-MB", "Manitoba", 27.63, 2023, mix}, {"CA-NB", "New Brunswick", 196.48, 2023, mix},
    {"CA-NL", "Newfoundland and Labrador", 27.38, 2023, mix}, {"CA-NS", "Nova Scotia", 470.85, 2023, mix},
    {"CA-NT", "Northwest Territories", 123.01, 2023, mix}, {"CA-NU", "Nunavut", 648.79, 2023, mix},
    {"CA-ON", "Ontario", 60.28, 2023, mix, ontario}, {"CA-PE", "Prince Edward Island", 26.38, 2023, mix},
    {"CA-QC", "Quebec", 27.38, 2023, mix}, {"CA-SK", "Saskatchewan", 484.55, 2023, mix},
    {"CA-YT", "Yukon", 212.87, 2023, mix}, {"CAF", "Central African Republic", 0, 2022, ember, suspect_zero},
    {"CAN", "Canada", 184.99, 2024, ember}, {"CHE", "Switzerland", 36.72, 2024, ember},
    {"CHL", "Chile", 265.52, 2024, ember}, {"CHN", "China", 557.5, 2024, ember},
    {"CIV", "Côte d'Ivoire", 393.53, 2023, ember}, {"CMR", "Cameroon", 285.71, 2023, ember},
    {"COD", "DR Congo", 27.04, 2023, ember}, {"COG", "Congo", 713.73, 2023, ember},
    {"COK", "Cook Islands", 250, 2022, ember, coarse}, {"COL", "Colombia", 285.8, 2024, ember},
    {"COM", "Comoros", 642.86, 2023, ember}, {"CPV", "Cabo Verde", 480, 2022, ember},
    {"CRI", "Costa Rica", 63.01, 2024, ember}, {"CUB", "Cuba", 638.98, 2023, ember},
    {"CYM", "Cayman Islands", 642.86, 2023, ember}, {"CYP", "Cyprus", 512.24, 2024, ember},
    {"CZE", "Czechia", 413.86, 2024, ember}, {"DEU", "Germany", 342.06, 2024, ember},
    {"DJI", "Djibouti", 450, 2023, ember}, {"DMA", "Dominica", 600, 2023, ember},
    {"DNK", "Denmark", 143.3, 2024, ember}, {"DOM", "Dominican Republic", 565.97, 2024, ember},
    {"DZA", "Algeria", 633.65, 2023, ember}, {"ECU", "Ecuador", 209.7, 2024, ember},
    {"EGY", "Egypt", 574.5, 2024, ember}, {"ERI", "Eritrea", 590.91, 2023, ember},
    {"ESH", "Western Sahara", 666.67, 2009, owid, old}, {"ESP", "Spain", 146.15, 2024, ember},
    {"EST", "Estonia", 341.02, 2024, ember}, {"ETH", "Ethiopia", 23.55, 2023, ember},
    {"EU27", "European Union (27)", 213.02, 2024, ember}, {"FIN", "Finland", 72.25, 2024, ember},
    {"FJI", "Fiji", 278.26, 2023, ember}, {"FLK", "Falkland Islands", 1000, 2022, ember, coarse},
    {"FRA", "France", 44.18, 2024, ember}, {"FRO", "Faroe Islands", 354.17, 2022, ember},
    {"GAB", "Gabon", 429.47, 2023, ember}, {"GBR", "United Kingdom", 215.79, 2024, ember},
    {"GEO", "Georgia", 143.06, 2024, ember}, {"GHA", "Ghana", 452.86, 2023, ember},
    {"GIB", "Gibraltar", 590.91, 2023, owid}, {"GIN", "Guinea", 182.72, 2023, ember},
    {"GLP", "Guadeloupe", 493.9, 2022, ember}, {"GMB", "Gambia", 666.67, 2023, ember},
    {"GNB", "Guinea-Bissau", 625, 2022, ember}, {"GNQ", "Equatorial Guinea", 605.1, 2023, ember},
    {"GRC", "Greece", 319.76, 2024, ember}, {"GRD", "Grenada", 666.67, 2022, ember},
    {"GRL", "Greenland", 111.11, 2022, ember}, {"GTM", "Guatemala", 272.66, 2023, ember},
    {"GUF", "French Guiana", 204.08, 2022, ember}, {"GUM", "Guam", 611.11, 2022, ember},
    {"GUY", "Guyana", 634.33, 2023, ember}, {"HKG", "Hong Kong", 681.99, 2023, ember},
    {"HND", "Honduras", 289.5, 2023, ember}, {"HRV", "Croatia", 174.48, 2024, ember},
    {"HTI", "Haiti", 534.65, 2022, ember}, {"HUN", "Hungary", 182.82, 2024, ember},
    {"IDN", "Indonesia", 682.43, 2023, ember}, {"IND", "India", 708.96, 2024, ember},
    {"IRL", "Ireland", 279.79, 2024, ember}, {"IRN", "Iran", 648.68, 2024, ember},
    {"IRQ", "Iraq", 689.4, 2023, ember}, {"ISL", "Iceland", 28.33, 2023, ember},
    {"ISR", "Israel", 567.26, 2023, ember}, {"ITA", "Italy", 287.75, 2024, ember},
    {"JAM", "Jamaica", 561.25, 2022, ember}, {"JOR", "Jordan", 539.21, 2022, ember},
    {"JPN", "Japan", 483.73, 2024, ember}, {"KAZ", "Kazakhstan", 801.79, 2024, ember},
    {"KEN", "Kenya", 84.83, 2024, ember}, {"KGZ", "Kyrgyzstan", 152.65, 2024, ember},
    {"KHM", "Cambodia", 497.46, 2024, ember}, {"KIR", "Kiribati", 500, 2022, ember, coarse},
    {"KNA", "Saint Kitts and Nevis", 636.36, 2022, ember}, {"KOR", "South Korea", 415.65, 2024, ember},
    {"KWT", "Kuwait", 637.24, 2024, ember}, {"LAO", "Laos", 232.12, 2023, ember},
    {"LBN", "Lebanon", 369.47, 2023, ember}, {"LBR", "Liberia", 435.9, 2023, ember},
    {"LBY", "Libya", 830.53, 2023, ember}, {"LCA", "Saint Lucia", 650, 2022, ember},
    {"LKA", "Sri Lanka", 509.78, 2022, ember}, {"LSO", "Lesotho", 20.83, 2022, ember},
    {"LTU", "Lithuania", 139.34, 2024, ember}, {"LUX", "Luxembourg", 134.62, 2024, ember},
    {"LVA", "Latvia", 136.22, 2024, ember}, {"MAC", "Macao", 448.98, 2022, ember},
    {"MAR", "Morocco", 577.65, 2024, ember}, {"MDA", "Moldova", 629.56, 2024, ember},
    {"MDG", "Madagascar", 477.27, 2022, ember}, {"MDV", "Maldives", 611.77, 2023, ember},
    {"MEX", "Mexico", 483.14, 2024, ember}, {"MKD", "North Macedonia", 568.97, 2024, ember},
    {"MLI", "Mali", 394.5, 2023, ember}, {"MLT", "Malta", 484.16, 2024, ember},
    {"MMR", "Myanmar", 569.69, 2024, ember}, {"MNE", "Montenegro", 413.51, 2024, ember},
    {"MNG", "Mongolia", 784.01, 2024, ember}, {"MOZ", "Mozambique", 127.81, 2023, ember},
    {"MRT", "Mauritania", 481.71, 2022, ember}, {"MSR", "Montserrat", 1000, 2022, ember, coarse},
    {"MTQ", "Martinique", 516.78, 2022, ember}, {"MUS", "Mauritius", 633.03, 2023, ember},
    {"MWI", "Malawi", 54.65, 2022, ember}, {"MYS", "Malaysia", 604.43, 2024, ember},
    {"NAM", "Namibia", 47.62, 2023, ember}, {"NCL", "New Caledonia", 585.76, 2022, ember},
    {"NER", "Niger", 687.5, 2023, ember}, {"NGA", "Nigeria", 507.85, 2024, ember},
    {"NIC", "Nicaragua", 288.33, 2023, ember}, {"NLD", "Netherlands", 252.7, 2024, ember},
    {"NOR", "Norway", 30.75, 2024, ember}, {"NPL", "Nepal", 23.36, 2022, ember},
    {"NRU", "Nauru", 750, 2023, ember, coarse}, {"NZL", "New Zealand", 120.11, 2024, ember},
    {"OMN", "Oman", 545.33, 2024, ember}, {"PAK", "Pakistan", 398.61, 2024, ember},
    {"PAN", "Panama", 258.74, 2023, ember}, {"PER", "Peru", 263.27, 2024, ember},
    {"PHL", "Philippines", 613.38, 2024, ember}, {"PNG", "Papua New Guinea", 513.74, 2023, ember},
    {"POL", "Poland", 614.98, 2024, ember}, {"PRI", "Puerto Rico", 664.53, 2024, ember},
    {"PRK", "North Korea", 344.26, 2022, ember}, {"PRT", "Portugal", 111.8, 2024, ember},
    {"PRY", "Paraguay", 24.86, 2023, ember}, {"PSE", "Palestine", 460.78, 2022, ember},
    {"PYF", "French Polynesia", 436.62, 2022, ember}, {"QAT", "Qatar", 602.83, 2024, ember},
    {"REU", "Réunion", 525.22, 2022, ember}, {"ROU", "Romania", 245.55, 2024, ember},
    {"RUS", "Russia", 446.17, 2024, ember}, {"RWA", "Rwanda", 301.89, 2023, ember},
    {"SAU", "Saudi Arabia", 691.95, 2024, ember}, {"SDN", "Sudan", 214.33, 2023, ember},
    {"SEN", "Senegal", 535.4, 2023, ember}, {"SGP", "Singapore", 498.74, 2024, ember},
    {"SHN", "Saint Helena, Ascension and Tristan da Cunha", 1000, 2022, owid, coarse},
    {"SLB", "Solomon Islands", 636.36, 2023, ember}, {"SLE", "Sierra Leone", 47.62, 2023, ember},
    {"SLV", "El Salvador", 99.29, 2024, ember}, {"SOM", "Somalia", 523.81, 2023, ember},
    {"SPM", "Saint Pierre and Miquelon", 600, 2022, ember}, {"SRB", "Serbia", 670.8, 2024, ember},
    {"SSD", "South Sudan", 610.17, 2023, ember}, {"STP", "Sao Tome and Principe", 555.56, 2022, ember},
    {"SUR", "Suriname", 383.18, 2023, ember}, {"SVK", "Slovakia", 96.49, 2024, ember},
    {"SVN", "Slovenia", 227.11, 2024, ember}, {"SWE", "Sweden", 35.89, 2024, ember},
    {"SWZ", "Eswatini", 142.86, 2023, ember}, {"SYC", "Seychelles", 571.43, 2023, ember},
    {"SYR", "Syria", 682.27, 2022, ember}, {"TCA", "Turks and Caicos Islands", 653.85, 2023, ember},
    {"TCD", "Chad", 615.39, 2022, ember}, {"TGO", "Togo", 478.26, 2023, ember},
    {"THA", "Thailand", 555.43, 2024, ember}, {"TJK", "Tajikistan", 98.7, 2024, ember},
    {"TKM", "Turkmenistan", 1306.3, 2023, ember, high}, {"TLS", "Timor-Leste", 666.67, 2023, owid},
    {"TON", "Tonga", 571.43, 2023, ember}, {"TTO", "Trinidad and Tobago", 682.11, 2023, ember},
    {"TUN", "Tunisia", 560.25, 2024, ember}, {"TUR", "Türkiye", 469.7, 2024, ember},
    {"TWN", "Taiwan", 635.15, 2024, ember}, {"TZA", "Tanzania", 371.59, 2023, ember},
    {"UGA", "Uganda", 57.39, 2022, ember}, {"UKR", "Ukraine", 250.47, 2022, ember},
    {"URY", "Uruguay", 96.7, 2024, ember}, {"US-AK", "Alaska", 416.15, 2022, egrid},
    {"US-AL", "Alabama", 358.96, 2022, egrid}, {"US-AR", "Arkansas", 481.5, 2022, egrid},
    {"US-AZ", "Arizona", 322.92, 2022, egrid}, {"US-CA", "California", 207.51, 2022, egrid},
    {"US-CO", "Colorado", 532.13, 2022, egrid}, {"US-CT", "Connecticut", 237.36, 2022, egrid},
    {"US-DC", "District of Columbia", 251.7, 2022, egrid}, {"US-DE", "Delaware", 408.59, 2022, egrid},
    {"US-FL", "Florida", 371.29, 2022, egrid}, {"US-GA", "Georgia", 336.2, 2022, egrid},
    {"US-HI", "Hawaii", 663.86, 2022, egrid}, {"US-IA", "Iowa", 281.94, 2022, egrid},
    {"US-ID", "Idaho", 112.69, 2022, egrid}, {"US-IL", "Illinois", 268.71, 2022, egrid},
    {"US-IN", "Indiana", 715.13, 2022, egrid}, {"US-KS", "Kansas", 374.78, 2022, egrid},
    {"US-KY", "Kentucky", 785.74, 2022, egrid}, {"US-LA", "Louisiana", 372.24, 2022, egrid},
    {"US-MA", "Massachusetts", 389.74, 2022, egrid}, {"US-MD", "Maryland", 290.53, 2022, egrid},
    {"US-ME", "Maine", 155.45, 2022, egrid}, {"US-MI", "Michigan", 460.73, 2022, egrid},
    {"US-MN", "Minnesota", 350.99, 2022, egrid}, {"US-MO", "Missouri", 688.45, 2022, egrid},
    {"US-MS", "Mississippi", 403.11, 2022, egrid}, {"US-MT", "Montana", 467.81, 2022, egrid},
    {"US-NC", "North Carolina", 298.06, 2022, egrid}, {"US-ND", "North Dakota", 599.39, 2022, egrid},
    {"US-NE", "Nebraska", 501.52, 2022, egrid}, {"US-NH", "New Hampshire", 139.01, 2022, egrid},
    {"US-NJ", "New Jersey", 221.61, 2022, egrid}, {"US-NM", "New Mexico", 449.79, 2022, egrid},
    {"US-NV", "Nevada", 307.87, 2022, egrid}, {"US-NY", "New York", 222.87, 2022, egrid},
    {"US-OH", "Ohio", 527.13, 2022, egrid}, {"US-OK", "Oklahoma", 312.58, 2022, egrid},
    {"US-OR", "Oregon", 135.65, 2022, egrid}, {"US-PA", "Pennsylvania", 323.97, 2022, egrid},
    {"US-RI", "Rhode Island", 368.4, 2022, egrid}, {"US-SC", "South Carolina", 253.98, 2022, egrid},
    {"US-SD", "South Dakota", 148.3, 2022, egrid}, {"US-TN", "Tennessee", 316.48, 2022, egrid},
    {"US-TX", "Texas", 372.83, 2022, egrid}, {"US-UT", "Utah", 691.39, 2022, egrid},
    {"US-VA", "Virginia", 267.61, 2022, egrid}, {"US-VT", "Vermont", 19.33, 2022, egrid},
    {"US-WA", "Washington", 84.35, 2022, egrid}, {"US-WI", "Wisconsin", 534.52, 2022, egrid},
    {"US-WV", "West Virginia", 895.54, 2022, egrid}, {"US-WY", "Wyoming", 824.44, 2022, egrid},
    {"USA", "United States", 383.55, 2024, ember}, {"UZB", "Uzbekistan", 1121.18, 2023, ember},
    {"VCT", "Saint Vincent and the Grenadines", 600, 2023, ember}, {"VEN", "Venezuela", 180.25, 2023, ember},
    {"VGB", "British Virgin Islands", 647.06, 2023, ember},
    {"VIR", "United States Virgin Islands", 641.79, 2023, ember}, {"VNM", "Vietnam", 486.13, 2024, ember},
    {"VUT", "Vanuatu", 500, 2023, ember, coarse}, {"WLD", "World", 472.94, 2024, ember},
    {"WSM", "Samoa", 400, 2023, ember}, {"X-AFRICA", "Africa", 545.09, 2024, ember},
    {"X-ASEAN", "ASEAN", 573.65, 2024, ember}, {"X-ASIA", "Asia", 572.12, 2024, ember},
    {"X-EUROPE", "Europe", 285, 2024, ember}, {"X-G20", "G20", 468.38, 2024, ember},
    {"X-G7", "G7", 343.3, 2024, ember}, {"X-LAC", "Latin America and Caribbean", 254.21, 2024, ember},
    {"X-MIDEAST", "Middle East", 637.24, 2024, ember}, {"X-NAMERICA", "North America", 358.36, 2024, ember},
    {"X-OCEANIA", "Oceania", 495.47, 2024, ember}, {"X-OECD", "OECD", 337.99, 2024, ember},
    {"XKX", "Kosovo", 958.72, 2024, ember}, {"YEM", "Yemen", 586.32, 2023, ember},
    {"ZAF", "South Africa", 713.9, 2024, ember}, {"ZMB", "Zambia", 111, 2023, ember},
    {"ZWE", "Zimbabwe", 298.44, 2023, ember},
};

struct cloud_row {
  const char *code, *name;
  const char* at;    // the row of the place
  double own = -1;   // gCO2e/kWh, Google's figure of 2024; negative: that of `at`
};

// Sorted by code; every code here sorts after every code above (lower case follows upper case).
inline constexpr cloud_row clouds[] = {
    {"aws:af-south-1", "Cape Town", "ZAF"}, {"aws:ap-east-1", "Hong Kong", "HKG"},
    {"aws:ap-east-2", "Asia Pacific (Taipei)", "TWN"}, {"aws:ap-northeast-1", "Tokyo", "JPN"},
    {"aws:ap-northeast-2", "Seoul", "KOR"}, {"aws:ap-northeast-3", "Osaka", "JPN"},
    {"aws:ap-south-1", "Mumbai", "IND"}, {"aws:ap-south-2", "Hyderabad", "IND"},
    {"aws:ap-southeast-1", "Singapore", "SGP"}, {"aws:ap-southeast-2", "Sydney", "AUS"},
    {"aws:ap-southeast-3", "Jakarta", "IDN"}, {"aws:ap-southeast-4", "Melbourne", "AUS"},
    {"aws:ap-southeast-5", "Malaysia", "MYS"}, {"aws:ap-southeast-6", "New Zealand", "NZL"},
    {"aws:ap-southeast-7", "Thailand", "THA"}, {"aws:ca-central-1", "Central", "CA-QC"},
    {"aws:ca-west-1", "Calgary", "CA-AB"}, {"aws:cn-north-1", "China (Beijing)", "CHN"},
    {"aws:cn-northwest-1", "China (Ningxia)", "CHN"}, {"aws:eu-central-1", "Frankfurt", "DEU"},
    {"aws:eu-central-2", "Zurich", "CHE"}, {"aws:eu-north-1", "Stockholm", "SWE"},
    {"aws:eu-south-1", "Milan", "ITA"}, {"aws:eu-south-2", "Spain", "ESP"}, {"aws:eu-west-1", "Ireland", "IRL"},
    {"aws:eu-west-2", "London", "GBR"}, {"aws:eu-west-3", "Paris", "FRA"},
    {"aws:il-central-1", "Tel Aviv", "ISR"}, {"aws:me-central-1", "UAE", "ARE"},
    {"aws:me-south-1", "Bahrain", "BHR"}, {"aws:mx-central-1", "Central", "MEX"},
    {"aws:sa-east-1", "São Paulo", "BRA"}, {"aws:us-east-1", "N. Virginia", "US-VA"},
    {"aws:us-east-2", "Ohio", "US-OH"}, {"aws:us-gov-east-1", "US-Gov East (Ohio)", "US-OH"},
    {"aws:us-gov-west-1", "US-Gov West (Oregon)", "US-OR"}, {"aws:us-west-1", "N. California", "US-CA"},
    {"aws:us-west-2", "Oregon", "US-OR"}, {"azure:australiacentral", "Australia Central", "AUS"},
    {"azure:australiacentral2", "Australia Central 2", "AUS"}, {"azure:australiaeast", "Australia East", "AUS"},
    {"azure:australiasoutheast", "Australia Southeast", "AUS"}, {"azure:austriaeast", "Vienna", "AUT"},
    {"azure:belgiumcentral", "Brussels", "BEL"}, {"azure:brazilsouth", "Brazil South", "BRA"},
    {"azure:brazilsoutheast", "Brazil Southeast", "BRA"}, {"azure:canadacentral", "Canada Central", "CA-ON"},
    {"azure:canadaeast", "Canada East", "CA-QC"}, {"azure:centralindia", "Central India", "IND"},
    {"azure:centralus", "Central US", "US-IA"}, {"azure:chilecentral", "Santiago", "CHL"},
    {"azure:chinaeast", "China East", "CHN"}, {"azure:chinaeast2", "China East 2", "CHN"},
    {"azure:chinanorth", "China North", "CHN"}, {"azure:chinanorth2", "China North 2", "CHN"},
    {"azure:chinanorth3", "China North 3", "CHN"}, {"azure:denmarkeast", "Copenhagen", "DNK"},
    {"azure:eastasia", "East Asia", "HKG"}, {"azure:eastus", "East US", "US-VA"},
    {"azure:eastus2", "East US 2", "US-VA"}, {"azure:francecentral", "France Central", "FRA"},
    {"azure:francesouth", "France South", "FRA"}, {"azure:germanynorth", "Germany North", "DEU"},
    {"azure:germanywestcentral", "Germany West Central", "DEU"},
    {"azure:indonesiacentral", "Indonesia Central", "IDN"}, {"azure:israelcentral", "Israel Central", "ISR"},
    {"azure:italynorth", "Italy North", "ITA"}, {"azure:japaneast", "Japan East", "JPN"},
    {"azure:japanwest", "Japan West", "JPN"}, {"azure:koreacentral", "Korea Central", "KOR"},
    {"azure:koreasouth", "Korea South", "KOR"}, {"azure:malaysiawest", "Kuala Lumpur", "MYS"},
    {"azure:mexicocentral", "Mexico Central", "MEX"}, {"azure:newzealandnorth", "New Zealand North", "NZL"},
    {"azure:northcentralus", "North Central US", "US-IL"}, {"azure:northeurope", "North Europe", "IRL"},
    {"azure:norwayeast", "Norway East", "NOR"}, {"azure:norwaywest", "Norway West", "NOR"},
    {"azure:polandcentral", "Poland Central", "POL"}, {"azure:qatarcentral", "Qatar Central", "QAT"},
    {"azure:southafricanorth", "South Africa North", "ZAF"},
    {"azure:southafricawest", "South Africa West", "ZAF"},
    {"azure:southcentralus", "South Central US", "US-TX"}, {"azure:southeastasia", "Southeast Asia", "SGP"},
    {"azure:southindia", "South India", "IND"}, {"azure:spaincentral", "Spain Central", "ESP"},
    {"azure:swedencentral", "Sweden Central", "SWE"}, {"azure:switzerlandnorth", "Switzerland North", "CHE"},
    {"azure:switzerlandwest", "Switzerland West", "CHE"}, {"azure:uaecentral", "UAE Central", "ARE"},
    {"azure:uaenorth", "UAE North", "ARE"}, {"azure:uksouth", "UK South", "GBR"},
    {"azure:ukwest", "UK West", "GBR"}, {"azure:westcentralus", "West Central US", "US-WY"},
    {"azure:westeurope", "West Europe", "NLD"}, {"azure:westindia", "Mumbai", "IND"},
    {"azure:westus", "West US", "US-CA"}, {"azure:westus2", "West US 2", "US-WA"},
    {"azure:westus3", "West US 3", "US-AZ"}, {"gcp:africa-south1", "Johannesburg", "ZAF", 656.85},
    {"gcp:asia-east1", "Taiwan", "TWN", 439.29}, {"gcp:asia-east2", "Hong Kong", "HKG", 505.02},
    {"gcp:asia-northeast1", "Tokyo", "JPN", 452.85}, {"gcp:asia-northeast2", "Osaka", "JPN", 296.19},
    {"gcp:asia-northeast3", "Seoul", "KOR", 356.57}, {"gcp:asia-south1", "Mumbai", "IND", 678.76},
    {"gcp:asia-south2", "Delhi", "IND", 531.83}, {"gcp:asia-southeast1", "Singapore", "SGP", 366.85},
    {"gcp:asia-southeast2", "Jakarta", "IDN", 560.55}, {"gcp:australia-southeast1", "Sydney", "AUS", 497.5},
    {"gcp:australia-southeast2", "Melbourne", "AUS", 454.37}, {"gcp:europe-central2", "Warsaw", "POL", 642.88},
    {"gcp:europe-north1", "Finland", "FIN", 39.32}, {"gcp:europe-north2", "Stockholm", "SWE", 2.73},
    {"gcp:europe-southwest1", "Madrid", "ESP", 89.04}, {"gcp:europe-west1", "Belgium", "BEL", 103.37},
    {"gcp:europe-west10", "Berlin", "DEU", 275.82}, {"gcp:europe-west12", "Turin", "ITA", 201.69},
    {"gcp:europe-west2", "London", "GBR", 105.94}, {"gcp:europe-west3", "Frankfurt", "DEU", 275.82},
    {"gcp:europe-west4", "Eemshaven", "NLD", 208.81}, {"gcp:europe-west6", "Zürich", "CHE", 15.05},
    {"gcp:europe-west8", "Milan", "ITA", 201.69}, {"gcp:europe-west9", "Paris", "FRA", 16.3},
    {"gcp:me-central1", "Doha", "QAT", 366}, {"gcp:me-central2", "Dammam", "SAU", 382.23},
    {"gcp:me-west1", "Tel Aviv", "ISR", 433.75}, {"gcp:northamerica-northeast1", "Montréal", "CAN", 5.48},
    {"gcp:northamerica-northeast2", "Toronto", "CAN", 58.56}, {"gcp:northamerica-south1", "Mexico", "MEX", 305},
    {"gcp:southamerica-east1", "São Paulo", "BRA", 67.32}, {"gcp:southamerica-west1", "Santiago", "CHL", 238},
    {"gcp:us-central1", "Iowa", "USA", 412.72}, {"gcp:us-central2", "Oklahoma", "USA", 372.23},
    {"gcp:us-east1", "South Carolina", "USA", 575.77}, {"gcp:us-east2", "Georgia", "USA", 340.42},
    {"gcp:us-east4", "Northern Virginia", "USA", 323.05}, {"gcp:us-east5", "Columbus", "USA", 323.05},
    {"gcp:us-south1", "Dallas", "USA", 302.95}, {"gcp:us-west1", "Oregon", "USA", 79.23},
    {"gcp:us-west2", "Los Angeles", "USA", 169.28}, {"gcp:us-west3", "Salt Lake City", "USA", 555.17},
    {"gcp:us-west4", "Las Vegas", "USA", 357.3},
};

// ISO 3166-1 alpha-2 and the alpha-3 it stands for, five characters each, sorted.
inline constexpr char alpha2[] =
    "AEAREAFAFGAGATGALALBAMARMAOAGOARARGASASMATAUTAUAUSAWABWAZAZEBABIHBBBRBBDBGDBEBELBFBFABGBGRBHBHRBIBDI"
    "BJBENBMBMUBNBRNBOBOLBRBRABSBHSBTBTNBWBWABYBLRBZBLZCACANCDCODCFCAFCGCOGCHCHECICIVCKCOKCLCHLCMCMRCNCHN"
    "COCOLCRCRICUCUBCVCPVCYCYPCZCZEDEDEUDJDJIDKDNKDMDMADODOMDZDZAECECUEEESTEGEGYEHESHERERIESESPETETHFIFIN"
    "FJFJIFKFLKFOFROFRFRAGAGABGBGBRGDGRDGEGEOGFGUFGHGHAGIGIBGLGRLGMGMBGNGINGPGLPGQGNQGRGRCGTGTMGUGUMGWGNB"
    "GYGUYHKHKGHNHNDHRHRVHTHTIHUHUNIDIDNIEIRLILISRININDIQIRQIRIRNISISLITITAJMJAMJOJORJPJPNKEKENKGKGZKHKHM"
    "KIKIRKMCOMKNKNAKPPRKKRKORKWKWTKYCYMKZKAZLALAOLBLBNLCLCALKLKALRLBRLSLSOLTLTULULUXLVLVALYLBYMAMARMDMDA"
    "MEMNEMGMDGMKMKDMLMLIMMMMRMNMNGMOMACMQMTQMRMRTMSMSRMTMLTMUMUSMVMDVMWMWIMXMEXMYMYSMZMOZNANAMNCNCLNENER"
    "NGNGANINICNLNLDNONORNPNPLNRNRUNZNZLOMOMNPAPANPEPERPFPYFPGPNGPHPHLPKPAKPLPOLPMSPMPRPRIPSPSEPTPRTPYPRY"
    "QAQATREREUROROURSSRBRURUSRWRWASASAUSBSLBSCSYCSDSDNSESWESGSGPSHSHNSISVNSKSVKSLSLESNSENSOSOMSRSURSSSSD"
    "STSTPSVSLVSYSYRSZSWZTCTCATDTCDTGTGOTHTHATJTJKTLTLSTMTKMTNTUNTOTONTRTURTTTTOTWTWNTZTZAUAUKRUGUGAUSUSA"
    "UYURYUZUZBVCVCTVEVENVGVGBVIVIRVNVNMVUVUTWSWSMXKXKXYEYEMZAZAFZMZMBZWZWE";

struct alias {
  const char *name, *code;
};

// What else people write. UK and EL are the European Union's codes, reserved in ISO 3166-1.
inline constexpr alias aliases[] = {
        {"AFRICA", "X-AFRICA"}, {"ASEAN", "X-ASEAN"}, {"ASIA", "X-ASIA"}, {"EL", "GRC"}, {"EU", "EU27"},
    {"EUROPE", "X-EUROPE"}, {"G20", "X-G20"}, {"G7", "X-G7"}, {"LAC", "X-LAC"}, {"MIDEAST", "X-MIDEAST"},
    {"NAMERICA", "X-NAMERICA"}, {"OCEANIA", "X-OCEANIA"}, {"OECD", "X-OECD"}, {"UK", "GBR"}, {"WORLD",
    "WLD"}};

}  // namespace grid::detail::table
}  // namespace v1
}  // namespace kaya
