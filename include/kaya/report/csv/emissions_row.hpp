// SPDX-License-Identifier: MIT
// A report as a row of CodeCarbon's emissions.csv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/grid/regions.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/report/csv/fields.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The columns of CodeCarbon 3, as it writes them; what is read must have all of them.
inline constexpr std::string_view emissions_header =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
    "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,"
    "country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,"
    "cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,"
    "cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue";

/// Where the electricity came from, in the words of that file.
struct csv_place {
  std::string country{}, iso3{}, region{}, provider{}, cloud_region{};
};
inline csv_place place_of(const intensity_line& i) {
  csv_place p;
  if (i.code.empty()) return p;  // a figure that was given, a series: no place is known
  for (const std::string_view provider : {"aws", "azure", "gcp"})
    if (i.code.size() > provider.size() && i.code.starts_with(provider) && i.code[provider.size()] == ':') {
      p.provider = provider;
      p.cloud_region = i.code.substr(provider.size() + 1);
    }
  // Aggregates have codes that are no country's.
  bool country = i.iso3.size() == 3 && i.iso3 != "WLD";
  for (const char c : i.iso3) country = country && c >= 'A' && c <= 'Z';
  if (country) {
    p.iso3 = i.iso3;
    if (i.code == i.iso3) p.country = i.name;
    else if (const auto whole = grid::find(i.iso3)) p.country = whole->name;
  }
  if (!country || i.code != i.iso3) p.region = i.name;
  if (i.assumed) (p.region.empty() ? p.region = i.name : p.region) += " (assumed)";
  return p;
}

inline std::optional<double> energy_kwh(const component_sum& s, double pue) noexcept {
  if (s.channels == 0 || !s.has_energy) return {};
  return static_cast<double>(s.energy_uj.count()) / 3.6e12 * pue;
}
inline std::optional<double> power_w(const component_sum& s) noexcept {
  if (s.channels == 0 || !s.has_rate) return {};
  return s.watts;
}

/// The row, with its line feed. Energies and water are those of the building (x PUE), as are emissions;
/// powers are those of the devices. A component of which a channel has no value is not known, and one that
/// is metered only as part of a platform neither.
inline std::string emissions_row(const run_report& r) {
  const component_sum cpu = sum_of(r, meter::component::cpu), gpu = sum_of(r, meter::component::gpu),
                      memory = sum_of(r, meter::component::memory);
  const csv_place place = place_of(r.intensity);
  const double s = r.duration.count();
  std::optional<double> kg, kwh, water, gib;
  if (r.emissions) kg = r.emissions->value.count() / 1000;
  if (r.energy_uj) kwh = static_cast<double>(r.energy_uj->count()) / 3.6e12 * r.pue;
  if (r.water) water = r.water->count() * r.pue;
  if (r.hardware.memory_bytes) gib = static_cast<double>(*r.hardware.memory_bytes) / 1'073'741'824;
  std::string gpus;
  for (const std::string& name : r.hardware.gpus) gpus += (gpus.empty() ? "" : "; ") + name;

  std::string out;
  csv_line line(out);
  const auto end = end_unix_ns(r);
  line.text(end ? grid::time_string(*end).view().substr(0, 19) : std::string_view());  // without the Z
  line.text(r.project);
  line.text(r.run_id);
  line.unknown();  // experiment_id
  line.number(s);
  line.number(kg);
  line.number(kg && s > 0 ? std::optional(*kg / s) : std::nullopt);
  line.number(power_w(cpu));
  line.number(power_w(gpu));
  line.number(power_w(memory));
  line.number(energy_kwh(cpu, r.pue));
  line.number(energy_kwh(gpu, r.pue));
  line.number(energy_kwh(memory, r.pue));
  line.number(kwh);
  line.number(water);
  line.text(place.country);
  line.text(place.iso3);
  line.text(place.region);
  line.text(place.provider);
  line.text(place.cloud_region);
  line.text(r.hardware.os);
  line.unknown();  // python_version
  line.text("kaya " + r.kaya_version);
  if (r.hardware.logical_cpus) line.whole(std::int64_t{*r.hardware.logical_cpus});
  else line.unknown();
  line.text(r.hardware.cpu_model);
  if (!r.hardware.gpus.empty()) line.whole(std::uint64_t{r.hardware.gpus.size()});
  else line.unknown();
  line.text(gpus);
  line.unknown();  // longitude
  line.unknown();  // latitude
  line.number(gib);
  line.text(r.of == attribution::machine ? "machine" : "process");
  for (int i = 0; i < 4; ++i) line.unknown();  // utilisations, ram_used_gb
  line.text(place.provider.empty() ? "N" : "Y");
  line.number(r.pue);
  line.number(r.wue);
  line.end("\n");
  return out;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
