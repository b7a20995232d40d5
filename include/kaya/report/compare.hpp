// SPDX-License-Identifier: MIT
// Two or more runs side by side: energy and grams for what came of it, which run dominates, what the last
// epochs still gained, whether a difference is more than is not known, and what cannot be compared.
//
//     const kaya::run_report runs[] = {adam, sgd};
//     std::cout << kaya::report::text(kaya::report::compare(runs, {.metric = "accuracy"}));
//
// Runs that are repeats of each other (compare_options::labels, or one project) are compared by their means.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/report/comparing/caveats.hpp>
#include <kaya/report/comparing/course.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/differences.hpp>
#include <kaya/report/comparing/groups.hpp>
#include <kaya/report/comparing/metric_choice.hpp>
#include <kaya/report/comparing/sections.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// What a report says of a run, without the metric.
inline compared_run run_of(const run_report& r) {
  compared_run c;
  c.project = r.project, c.run_id = r.run_id, c.work_unit = r.work_unit;
  if (r.work > 0 && is_known(r.work)) c.work = r.work;
  for (const epoch_line& e : r.epochs) c.epochs += e.merged > 1 ? static_cast<std::size_t>(e.merged) : 1u;
  if (!lacks_energy(r)) {
    const joules value = r.energy_uj ? joules(*r.energy_uj) : r.energy->value;
    interval<joules> i{value, value, value};
    if (r.energy && is_known(r.energy->low.count()) && is_known(r.energy->high.count())) {
      if (r.energy->low < value) i.low = r.energy->low;
      if (r.energy->high > value) i.high = r.energy->high;
    }
    if (is_known(value.count())) c.energy = i;
  }
  if (r.enabled && r.emissions && is_known(r.emissions->value.count())) c.emissions = r.emissions->value;
  if (c.energy && c.work > 0) c.per_work = c.energy->value / c.work;
  return c;
}

/// The PUE and the intensity at which all runs get grams, and whose they are.
inline void choose_common(comparison& c, std::span<const run_report> runs, const compare_options& options) {
  const bool has_pue = options.pue && is_known(*options.pue);
  const bool has_intensity = options.intensity && is_known(options.intensity->count());
  const run_report* from = nullptr;
  std::size_t index = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const run_report& r = runs[i];
    if (!c.runs[i].energy || !is_known(r.intensity.value.count()) || !is_known(r.pue)) continue;
    if (!from) from = &r, index = i;
    c.common_needed = c.common_needed || r.pue != from->pue || r.intensity.value != from->intensity.value ||
                      r.intensity.how != from->intensity.how || r.intensity.basis != from->intensity.basis;
  }
  c.common_needed = c.common_needed || has_intensity || has_pue;
  if (from) c.pue = from->pue, c.intensity = from->intensity.value;
  else if (!has_intensity) c.common_needed = false;
  if (has_pue) c.pue = *options.pue;
  if (has_intensity) c.intensity = *options.intensity;
  if (!c.common_needed) return;
  c.common_reason = has_pue && has_intensity ? "as asked for"
                    : has_pue                ? "PUE as asked for, intensity of " + c.runs[index].key
                    : has_intensity ? (from ? "PUE of " + c.runs[index].key + ", intensity as asked for"
                                            : std::string("intensity as asked for"))
                                    : "those of " + c.runs[index].key;
  for (compared_run& r : c.runs)
    if (r.energy) r.common_emissions = r.energy->value * c.pue * c.intensity;
}

/// Sets what depends on the metric; the point and the target depend on all runs.
inline void follow_metric(comparison& c, std::span<const course> courses, const compare_options& options) {
  if (c.metric.empty()) return;
  bool share = true, any = false;
  for (const course& k : courses) {
    if (!k.lowest_known) continue;
    any = true;
    share = share && k.lowest >= 0 && k.highest <= 1;
  }
  if (!any || !c.higher_is_better) {
    for (std::size_t i = 0; i < c.runs.size(); ++i) c.runs[i].metric = courses[i].final;
    return;
  }
  const bool higher = *c.higher_is_better;
  c.point = share && higher ? 0.01 : 1;
  c.target_given = options.target && is_known(*options.target);
  if (c.target_given) c.target = *options.target;
  else
    for (const course& k : courses)
      if (k.final && (!c.target || (higher ? *k.final < *c.target : *k.final > *c.target)))
        c.target = k.final;
  for (std::size_t i = 0; i < c.runs.size(); ++i) {
    compared_run& r = c.runs[i];
    const course& k = courses[i];
    r.metric = k.final, r.first_metric = k.first;
    // Of a loss a point is one of what it went down: its value is none.
    std::optional<double> points = k.final;
    if (!higher) points = k.final && k.first ? std::optional(*k.first - *k.final) : std::nullopt;
    if (r.energy && points && *points > 0) r.per_point = r.energy->value / (*points / c.point);
    if (c.target) r.reach = reach_of(k, r, *c.target, higher);
    r.tail = tail_of(k, c.knee, higher);
  }
}

}  // namespace comparing

/// Compares runs, and owns all that it says. Of no runs it says nothing; of one, what it gained.
///
/// Energy to reach a value adds up whole lines of epochs, up to the one that has it; energy outside epochs is
/// not in it. A final value is that of the last epoch that has the metric; where that is no finite number the
/// run has none. A difference of single runs is held against the 95 % ranges of their meters, as if their
/// errors were independent, also where one meter measured both and they cancel in part; of repeats against
/// Welch's 95 % interval of the difference of means, and the meters' ranges unless one machine's metered
/// both. The time is linear in the epochs. Throws nothing but for want of memory.
inline comparison compare(std::span<const run_report> runs, const compare_options& options = {}) {
  using namespace comparing;
  comparison c;
  c.knee = options.knee > 0 && options.knee < 1 ? options.knee : 0.95;
  if (runs.empty()) return c;
  for (const run_report& r : runs) c.runs.push_back(run_of(r));
  make_groups(c, runs, options);
  choose_common(c, runs, options);
  choose_metric(c, runs, options);
  std::vector<course> courses;
  courses.reserve(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    courses.push_back(course_of(runs[i], c.metric));
    if (!courses[i].points.empty()) c.runs[i].epochs_energy = courses[i].points.back().energy;
  }
  follow_metric(c, courses, options);
  for (compared_group& g : c.groups) sum_up(c, g);
  find_front(c);
  find_differences(c, runs);
  find_caveats(c, runs, courses);
  return c;
}

/// The comparison as text, at most 100 columns wide, ending with a new line. What is not known is a dash.
inline std::string text(const comparison& c) { return comparing::page_of(c).text(); }

/// The same as Markdown, with nothing in a name as markup. heading_level: 1 to 5; others are taken as the
/// nearest.
inline std::string markdown(const comparison& c, int heading_level = 2) {
  return comparing::page_of(c).markdown(heading_level);
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
