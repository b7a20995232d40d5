// SPDX-License-Identifier: MIT
// Which runs are repeats of each other, what the groups are called, and the means of their figures.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/welch.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// "A" to "Z", "AA", "AB" ...
inline std::string letters(std::size_t i) {
  std::string text;
  for (++i; i > 0; i = (i - 1) / 26) text.insert(text.begin(), static_cast<char>('A' + (i - 1) % 26));
  return text;
}

inline std::string_view label_of(const compare_options& options, std::size_t run) noexcept {
  return run < options.labels.size() ? std::string_view(options.labels[run]) : std::string_view();
}

/// Puts runs into groups in the order of their first run, and names both. c.runs has one for each.
inline void make_groups(comparison& c, std::span<const run_report> runs, const compare_options& options) {
  struct entry {
    std::string_view label, project;
    std::size_t run = 0;
  };
  std::vector<entry> entries;
  bool projects_differ = false;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    entries.push_back({label_of(options, i), runs[i].project, i});
    projects_differ = projects_differ || runs[i].project != runs[0].project;
  }
  const bool by_project =
      options.groups == grouping::by_project || (options.groups == grouping::automatic && projects_differ);
  const auto alike = [by_project](const entry& a, const entry& b) {
    if (!a.label.empty() || !b.label.empty()) return a.label == b.label;
    return by_project && !a.project.empty() && a.project == b.project;
  };
  kaya::detail::merge_sort(entries, [](const entry& a, const entry& b) {
    return a.label != b.label ? a.label < b.label : a.label.empty() && a.project < b.project;
  });
  std::vector<std::size_t> first(runs.size());  // run of its group that comes first
  for (std::size_t i = 0, start = 0; i < entries.size(); ++i) {
    if (!alike(entries[start], entries[i])) start = i;
    first[entries[i].run] = entries[start].run;
    c.grouped_by_project = c.grouped_by_project || (start != i && entries[i].label.empty());
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (first[i] == i) {
      c.runs[i].group = c.groups.size();
      c.groups.emplace_back();
      c.groups.back().key = letters(c.runs[i].group);
    } else {
      c.runs[i].group = c.runs[first[i]].group;
    }
    c.groups[c.runs[i].group].runs.push_back(i);
  }
  for (compared_group& g : c.groups) {
    const std::size_t run = g.runs[0];
    const std::string_view label = label_of(options, run);
    g.name = !label.empty() ? std::string(label) : runs[run].project;
    if (g.name.empty()) g.name = "run " + runs[run].run_id;
    else if (label.empty() && g.runs.size() == 1 && !runs[run].run_id.empty())
      g.name += " (" + runs[run].run_id.substr(0, 8) + ")";
    for (std::size_t k = 0; k < g.runs.size(); ++k)
      c.runs[g.runs[k]].key = g.runs.size() == 1 ? g.key : g.key + std::to_string(k + 1);
  }
  c.baseline = options.baseline < runs.size() ? c.runs[options.baseline].group : 0;
}

/// The values of a group's runs that are known, as plain numbers.
template <class Get>
std::vector<double> values_of(const comparison& c, const compared_group& g, Get get) {
  std::vector<double> values;
  for (const std::size_t run : g.runs)
    if (const std::optional<double> x = get(c.runs[run])) values.push_back(*x);
  return values;
}
inline std::optional<double> energy_of(const compared_run& r) {
  return r.energy ? std::optional(r.energy->value.count()) : std::nullopt;
}
inline std::optional<double> per_work_of(const compared_run& r) {
  return r.per_work ? std::optional(r.per_work->count()) : std::nullopt;
}
inline std::optional<double> final_of(const compared_run& r) { return r.metric; }

/// Means and standard deviations of a group.
inline void sum_up(const comparison& c, compared_group& g) {
  const auto mean = [&](auto get) -> std::optional<double> {
    const std::vector<double> values = values_of(c, g, get);
    return values.empty() ? std::nullopt : std::optional(sample_of(values).mean);
  };
  const auto count_of = [](const auto& q) { return q ? std::optional(q->count()) : std::nullopt; };
  const sample energy = sample_of(values_of(c, g, energy_of));
  g.with_energy = energy.n;
  if (energy.n > 0) {
    const auto low = mean(
        [](const compared_run& r) { return r.energy ? std::optional(r.energy->low.count()) : std::nullopt; });
    const auto high = mean([](const compared_run& r) {
      return r.energy ? std::optional(r.energy->high.count()) : std::nullopt;
    });
    g.energy = interval<joules>{joules(energy.mean), joules(*low), joules(*high)};
  }
  if (energy.n > 1) g.deviation = joules(plan::forecasting::root(energy.variance));
  const sample metric = sample_of(values_of(c, g, final_of));
  g.with_metric = metric.n;
  if (metric.n > 0) g.metric = metric.mean;
  if (metric.n > 1) g.metric_deviation = plan::forecasting::root(metric.variance);
  const auto grams = [](std::optional<double> x) { return x ? std::optional(grams_co2e(*x)) : std::nullopt; };
  const auto in_joules = [](std::optional<double> x) { return x ? std::optional(joules(*x)) : std::nullopt; };
  g.emissions = grams(mean([&](const compared_run& r) { return count_of(r.emissions); }));
  g.common_emissions = grams(mean([&](const compared_run& r) { return count_of(r.common_emissions); }));
  g.per_work = in_joules(mean(per_work_of));
  g.per_point = in_joules(mean([&](const compared_run& r) { return count_of(r.per_point); }));
  g.grams_per_work = grams(mean([&](const compared_run& r) -> std::optional<double> {
    if (!r.emissions || !(r.work > 0)) return {};
    return r.emissions->count() / r.work;
  }));
  g.grams_per_point = grams(mean([&](const compared_run& r) -> std::optional<double> {
    if (!r.emissions || !r.per_point || !r.energy || !(r.energy->value > joules(0))) return {};
    return r.emissions->count() * (*r.per_point / r.energy->value);
  }));
  g.work = *mean([](const compared_run& r) { return std::optional(r.work); });
  g.work_unit = c.runs[g.runs[0]].work_unit;
  for (const std::size_t run : g.runs)
    if (c.runs[run].work_unit != g.work_unit) {  // what has several units has no figure for one of them
      g.work_unit.clear(), g.per_work.reset(), g.grams_per_work.reset(), g.work = 0;
      break;
    }
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
