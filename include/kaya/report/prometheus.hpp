// SPDX-License-Identifier: MIT
/// A run's energy and emissions as metrics for Prometheus: a file for the textfile collector of its node
/// exporter, in the text format of version 0.0.4. All samples have the labels `run` (the run's id) and `rank`
/// (0 if no launcher gave one).
///
/// Counters; what adds up is a family of its own, so that a sum over a family counts nothing twice:
///   kaya_energy_joules_total{component,device}     of each device that counts: sum() is the run's energy
///   kaya_emissions_grams_total{component}          of each component, x PUE x intensity: sum() is the run's
///   kaya_water_litres_total
///   kaya_scope_energy_joules_total{scope}          own energy of each scope, the same energy as the first
///                                                  family's: sum() is the run's energy
/// Counters that are not to be added up, as a scope has all that it encloses:
///   kaya_scope_inclusive_energy_joules_total{scope}, kaya_scope_inclusive_emissions_grams_total{scope}
/// Gauges:
///   kaya_energy_low_joules, kaya_energy_high_joules      between which the truth is, in 95 % of cases
///   kaya_energy_measured_ratio                           share of the energy that was measured, 0 to 1
///   kaya_pue_ratio{assumed}
///   kaya_carbon_intensity_grams_per_kilowatt_hour{code,assumed}     mean so far
///   kaya_run_duration_seconds, kaya_run_finished (0, 1), kaya_epoch (the newest, from 0),
///   kaya_epochs_planned, kaya_work{unit}, kaya_last_update_timestamp_seconds
///   kaya_run_info{project,version,of,provenance,basis,accounting,source} 1
///   kaya_channel_info{channel,component,device,host,mechanism,provenance,counted,
///                     held_by,missing} 1
/// What is not known has no sample. A channel without a value is in kaya_channel_info, with the reason.
///
/// Power by component, in W:       sum by (component) (rate(kaya_energy_joules_total[1m]))
/// Emissions by component, in g/s: sum by (component) (rate(kaya_emissions_grams_total[1m]))
/// In the file that a tracker keeps up to date, counters never fall, see prometheus/rising.hpp.
///
/// Several runs on one machine, each of which accounts for the whole of it, have the same devices: of these,
/// add up  max by (instance, component, device) (rate(kaya_energy_joules_total[1m])).  Ranks of one job need
/// not be told apart: a device counts in one of them, the others' kaya_channel_info says in whose
/// (`held_by`).
///
/// Of the label `scope` there are at most 100 values, the own energy of further scopes is in "(other)"; names
/// longer than 128 bytes are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/prometheus/exposition.hpp>
#include <kaya/report/prometheus/saver.hpp>
#include <kaya/report/prometheus/scopes.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace detail {

inline std::string rank_text(const run_report& r) { return std::to_string(r.hardware.rank.value_or(0)); }

/// One sample for each device of a component: what several channels of it (on several hosts of a merged
/// report) used is added up, as a sample may be there but once.
inline void expose_devices(exposition& to, const run_report& r) {
  to.family("kaya_energy_joules_total", "counter",
            "Energy of the IT equipment, by device; devices add up to the run.");
  std::vector<const channel_line*> counted;
  for (const channel_line& c : r.channels)
    if (c.counted && c.energy_uj) counted.push_back(&c);
  const auto same = [](const channel_line* a, const channel_line* b) {
    return a->part == b->part && label_text(a->device) == label_text(b->device);
  };
  kaya::detail::merge_sort(counted, [](const channel_line* a, const channel_line* b) {
    return a->part != b->part ? a->part < b->part : label_text(a->device) < label_text(b->device);
  });
  for (std::size_t i = 0; i < counted.size();) {
    const std::size_t first = i;
    microjoules sum(0);
    for (; i < counted.size() && same(counted[first], counted[i]); ++i) sum += *counted[i]->energy_uj;
    to.sample(sum, label("component", to_string(counted[first]->part)) + "," +
                       label("device", counted[first]->device));
  }
}

/// A merged report may know the run's alone, or not all of its components': one sample without one then.
inline void expose_emissions(exposition& to, const run_report& r) {
  to.family("kaya_emissions_grams_total", "counter",
            "Emissions in CO2 equivalents: energy x PUE x carbon intensity; components add up to the run.");
  constexpr meter::component parts[] = {meter::component::cpu, meter::component::memory,
                                        meter::component::gpu, meter::component::platform,
                                        meter::component::other};
  bool known = !r.components.empty();
  for (const component_line& c : r.components) known = known && is_known(c.emissions.count());
  if (!known && r.emissions) return to.sample(r.emissions->value.count());
  for (const meter::component part : parts) {
    double grams = 0;
    bool is_there = false;
    for (const component_line& c : r.components)
      if (c.part == part) is_there = true, grams += c.emissions.count();
    if (is_there) to.sample(grams, label("component", to_string(part)));
  }
}

inline void expose_scopes(exposition& to, const run_report& r) {
  std::vector<scope_sum> scopes = label_scopes(r);
  for (scope_sum& s : scopes) s.label = "scope=\"" + s.label + '"';
  to.family("kaya_scope_energy_joules_total", "counter",
            "Energy while the scope was the innermost; scopes add up to the run.");
  for (const scope_sum& s : scopes)
    if (s.own_uj) to.sample(*s.own_uj, s.label);
  to.family("kaya_scope_inclusive_energy_joules_total", "counter",
            "Energy of the scope and what it encloses; not to be added up.");
  for (const scope_sum& s : scopes)
    if (s.total_uj && !s.is_other) to.sample(*s.total_uj, s.label);
  to.family("kaya_scope_inclusive_emissions_grams_total", "counter",
            "Emissions of the scope and what it encloses in CO2 equivalents; not to be added up.");
  for (const scope_sum& s : scopes)
    if (!s.is_other) to.sample(s.grams, s.label);
}

inline void expose_factors(exposition& to, const run_report& r) {
  const auto gauge = [&to](std::string_view name, std::string_view help) { to.family(name, "gauge", help); };
  gauge("kaya_energy_low_joules", "Lower end of the 95 % range of the energy.");
  if (r.energy) to.sample(r.energy->low.count());
  gauge("kaya_energy_high_joules", "Upper end of the 95 % range of the energy.");
  if (r.energy) to.sample(r.energy->high.count());
  gauge("kaya_energy_measured_ratio", "Share of the energy that was measured.");
  if (r.energy_uj) to.sample(r.measured_share);
  const auto assumed = [](bool is_so) { return label("assumed", is_so ? "true" : "false"); };
  gauge("kaya_pue_ratio", "Power usage effectiveness in use.");
  to.sample(r.pue, assumed(r.pue_assumed));
  gauge("kaya_carbon_intensity_grams_per_kilowatt_hour", "Carbon intensity, mean of the run so far.");
  to.sample(r.intensity.value.count(), label("code", r.intensity.code) + "," + assumed(r.intensity.assumed));
}

inline void expose_run(exposition& to, const run_report& r) {
  const auto gauge = [&to](std::string_view name, std::string_view help) { to.family(name, "gauge", help); };
  gauge("kaya_run_duration_seconds", "Time since the start of the run.");
  to.sample(r.duration.count());
  gauge("kaya_run_finished", "1 once the run has ended.");
  to.sample(r.finished ? 1 : 0);
  gauge("kaya_epoch", "Number of the newest epoch, from 0.");
  if (!r.epochs.empty()) to.sample(r.epochs.back().index + r.epochs.back().merged - 1);
  gauge("kaya_epochs_planned", "How many epochs the run is to have.");
  if (r.total_epochs > 0) to.sample(r.total_epochs);
  gauge("kaya_work", "Work done, in the unit of the label.");
  to.sample(r.work, label("unit", r.work_unit));
  gauge("kaya_last_update_timestamp_seconds", "When these figures were taken.");
  if (const auto end = end_unix_ns(r)) to.sample_ns(*end);
  gauge("kaya_run_info", "What the figures are of, and what they come from.");
  to.sample(1, label("project", r.project) + "," + label("version", r.kaya_version) + "," +
                   label("of", to_string(r.of)) + "," + label("provenance", to_string(r.worst_provenance)) +
                   "," + label("basis", to_string(r.intensity.basis)) + "," +
                   label("accounting", to_string(r.intensity.how)) + "," +
                   label("source", r.intensity.source));
}

/// A merged report may have channels of one name; what is the same in all labels is there once.
inline void expose_channels(exposition& to, const run_report& r) {
  to.family("kaya_channel_info", "gauge", "The meters, whether they count, and why one has no value.");
  std::vector<std::string> lines;
  for (const channel_line& c : r.channels)
    lines.push_back(label("channel", c.name) + "," + label("component", to_string(c.part)) + "," +
                    label("device", c.device) + "," + label("host", c.host) + "," +
                    label("mechanism", c.mechanism) + "," + label("provenance", to_string(c.how)) + "," +
                    label("counted", c.counted ? "true" : "false") + "," + label("held_by", c.held_by) + "," +
                    label("missing", c.why         ? to_string(*c.why)
                                     : c.energy_uj ? std::string_view()
                                                   : std::string_view("not known")));
  kaya::detail::merge_sort(lines, [](const std::string& a, const std::string& b) { return a < b; });
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (i == 0 || lines[i] != lines[i - 1]) to.sample(1, lines[i]);
}

}  // namespace detail

/// The report as metrics, see above; nothing of a disabled tracker's.
inline std::string to_prometheus(const run_report& r) {
  std::string out;
  if (!r.enabled) return out;
  detail::exposition to(out,
                        detail::label("run", r.run_id) + "," + detail::label("rank", detail::rank_text(r)));
  detail::expose_devices(to, r);
  detail::expose_emissions(to, r);
  to.family("kaya_water_litres_total", "counter", "Water of the building: energy x WUE.");
  if (r.water) to.sample(r.water->count());
  detail::expose_scopes(to, r);
  detail::expose_factors(to, r);
  detail::expose_run(to, r);
  detail::expose_channels(to, r);
  return out;
}
/// The same by another name.
inline std::string prometheus(const run_report& r) { return to_prometheus(r); }

/// "kaya-<run>-<rank>.prom": runs that share a folder do not share a file. At most 128 bytes of the id,
/// without slashes and control characters.
inline std::string prometheus_file_name(const run_report& r) {
  std::string name = "kaya-";
  for (const char c : std::string_view(r.run_id).substr(0, 128))
    name += c == '/' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  return name + "-" + detail::rank_text(r) + ".prom";
}

namespace detail {
// For trackers that keep such a file: in place before the first of a file that includes this, static ones
// included.
inline kaya::detail::handle<kaya::detail::saver> keep_metrics_file(const std::string& folder,
                                                                   std::int64_t period_ns,
                                                                   bool remove_at_stop,
                                                                   const run_report& named) {
  return kaya::detail::handle<kaya::detail::saver>(new metrics_saver(
      (folder.empty() || folder.ends_with('/') ? folder : folder + "/") + prometheus_file_name(named),
      period_ns, remove_at_stop, &to_prometheus));
}
inline const bool metrics_are_there_for_trackers =
    (kaya::detail::make_prometheus_saver = &keep_metrics_file, true);
}  // namespace detail

}  // namespace report
}  // namespace v1
}  // namespace kaya
