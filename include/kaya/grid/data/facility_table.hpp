// SPDX-License-Identifier: MIT
// Power and water usage effectiveness (PUE, WUE) of data centres by operator and year. Read it through
// facility.hpp. The publisher and year of each row are in `sources`.
//
// Rows marked `recalled` are as remembered from the publication, not read again for this table, and so is the
// figure that a note names: compare them with the publication before quoting. `part` marks a row that does not
// stand for the whole of its operator (a region, a best site, a design).
#pragma once

namespace kaya {
inline namespace v1 {
namespace grid::detail::facility_table {

enum source_id : unsigned char {
  uptime,
  strubell,
  google,
  aws,
  microsoft,
  microsoft_2024,
  azure_blog,
  meta,
  dcd,
  idc,
  bloom,
  nutanix,
  green_algorithms,
  lbnl,
};

// In the order of source_id.
inline constexpr const char* sources[] = {
    "Uptime Institute, Global Data Center Survey, of the year",
    "Ascierto 2018 (Uptime Institute), as cited by Strubell et al. 2019",
    "Google data center efficiency page, of the year; CNBC 2022; DCD 2024",
    "AWS sustainability page, of the year",
    "Microsoft, fiscal year; DCD 2024",
    "Microsoft datacenter efficiency, fiscal year 2024",
    "Microsoft Azure blog, April 2022",
    "Meta sustainability data index, of the year; DCD 2024",
    "DCD (Data Center Dynamics), 2024",
    "IDC, January 2025, as cited by AWS",
    "Luccioni et al. 2022 (BLOOM, arXiv:2211.02001)",
    "Green Algorithms 30df2fe, defaults_PUE.csv (CC BY 4.0), from nutanix.dev",
    "Green Algorithms 30df2fe, defaults_PUE.csv (CC BY 4.0)",
    "press of 2021, citing studies of Lawrence Berkeley National Laboratory",
};

enum extent : bool { part, whole };
enum checked : bool { recalled, read };

inline constexpr double none = -1;  // not published

struct row {
  const char *provider, *scope;
  short year;
  double pue, wue;  // WUE in litres per kWh of the IT equipment
  source_id source;
  extent of;
  checked seen;
  const char* note;
};

// By operator; the years of a scope ascend.
inline constexpr row rows[] = {
    {"uptime", "global average", 2007, 2.5, none, uptime, whole, read, ""},
    {"uptime", "global average", 2011, 1.98, none, uptime, whole, recalled, ""},
    {"uptime", "global average", 2014, 1.65, none, uptime, whole, read, ""},
    {"uptime", "global average", 2018, 1.58, none, uptime, whole, recalled, ""},
    {"uptime", "global average", 2019, 1.67, none, uptime, whole, recalled, ""},
    {"uptime", "global average", 2020, 1.59, none, uptime, whole, recalled, ""},
    {"uptime", "global average", 2021, 1.57, none, uptime, whole, read, ""},
    {"uptime", "global average", 2022, 1.55, none, uptime, whole, read, ""},
    {"uptime", "global average", 2023, 1.58, none, uptime, whole, read, ""},
    {"uptime", "global average", 2024, 1.56, none, uptime, whole, read, ""},
    {"uptime", "global average", 2025, 1.54, none, uptime, whole, read, ""},
    {"strubell2019", "paper default", 2018, 1.58, none, strubell, whole, read, ""},
    {"gcp", "fleet average", 2008, 1.22, none, google, whole, read, ""},
    {"gcp", "fleet average", 2019, 1.1, none, google, whole, recalled, ""},
    {"gcp", "fleet average", 2020, 1.1, none, google, whole, recalled, ""},
    {"gcp", "fleet average", 2021, 1.1, none, google, whole, read, ""},
    {"gcp", "fleet average", 2022, 1.1, none, google, whole, recalled, ""},
    {"gcp", "fleet average", 2023, 1.1, none, google, whole, read, ""},
    {"gcp", "fleet average", 2024, 1.09, none, google, whole, recalled, ""},
    {"aws", "fleet average", 2021, none, 0.25, aws, whole, read, ""},
    {"aws", "fleet average", 2022, none, 0.19, aws, whole, recalled, ""},
    {"aws", "fleet average", 2023, 1.15, 0.18, aws, whole, read, "the WUE is recalled, not read again"},
    {"aws", "fleet average", 2024, 1.15, 0.15, aws, whole, read, "the WUE is recalled, not read again"},
    {"aws", "fleet average", 2025, 1.14, none, aws, whole, read, ""},
    {"aws", "best site Europe", 2024, 1.04, none, aws, part, read, ""},
    {"aws", "best site Americas", 2024, 1.05, none, aws, part, read, ""},
    {"aws", "best site Asia Pacific", 2024, 1.07, none, aws, part, read, ""},
    {"azure", "fleet average", 2021, 1.18, 0.49, microsoft, whole, read, "fiscal year"},
    {"azure", "fleet average", 2024, 1.16, 0.3, microsoft_2024, whole, read, "the PUE is recalled, not read again"},
    {"azure", "Americas", 2021, 1.17, 0.55, azure_blog, part, recalled, ""},
    {"azure", "Asia Pacific", 2021, 1.405, 1.65, azure_blog, part, recalled, ""},
    {"azure", "EMEA", 2021, 1.185, 0.1, azure_blog, part, recalled, ""},
    {"azure", "newest design", 2022, 1.12, none, azure_blog, part, read, ""},
    {"meta", "fleet average", 2020, 1.1, 0.3, meta, whole, recalled, ""},
    {"meta", "fleet average", 2021, 1.09, 0.26, meta, whole, recalled, ""},
    {"meta", "fleet average", 2022, 1.08, 0.2, meta, whole, recalled, ""},
    {"meta", "fleet average", 2023, 1.08, 0.18, meta, whole, read, "the WUE is recalled, not read again"},
    {"oracle", "best", 2024, 1.15, none, dcd, part, read, ""},
    {"public_cloud", "industry average", 2024, 1.25, none, idc, whole, read, ""},
    {"on_premises", "enterprise average", 2024, 1.63, none, idc, whole, read, ""},
    {"jean_zay", "BLOOM training site", 2022, 1.2, none, bloom, whole, recalled, ""},
    {"ovh", "fleet average", 2023, 1.09, none, nutanix, whole, read, "OVHcloud itself reports about 1.26 to 1.29"},
    {"green_algorithms", "default unknown", 2024, 1.56, none, green_algorithms, whole, read, ""},
    {"industry", "WUE average", 2021, none, 1.8, lbnl, whole, read, ""},
};

// Other names of operators.
struct alias {
  const char *name, *provider;
};
inline constexpr alias aliases[] = {
    {"google", "gcp"},    {"google cloud", "gcp"}, {"amazon", "aws"},       {"microsoft", "azure"},
    {"facebook", "meta"}, {"ovhcloud", "ovh"},     {"on-premises", "on_premises"},
};

}  // namespace grid::detail::facility_table
}  // namespace v1
}  // namespace kaya
