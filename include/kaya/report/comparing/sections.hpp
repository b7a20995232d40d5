// SPDX-License-Identifier: MIT
// A comparison in words: the page for people.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/comparing/caveats.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/difference_text.hpp>
#include <kaya/report/comparing/page.hpp>
#include <kaya/report/comparing/unit_text.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

inline std::string or_dash(const std::optional<double>& x) { return x ? figure_text(*x) : "-"; }
inline std::string metric_name(const comparison& c) { return short_name(c.metric, 24); }
inline bool has_repeats(const comparison& c) noexcept { return c.runs.size() > c.groups.size(); }

/// "15..20".
inline std::string span_text(int first, int last) {
  return std::to_string(first) + (last > first ? ".." + std::to_string(last) : "");
}

inline void add_used(page& p, const comparison& c) {
  const bool repeats = has_repeats(c);
  std::vector<page::cells> rows{{"run"}};
  if (repeats) rows[0].push_back("runs");
  rows[0].push_back("energy");
  if (repeats) rows[0].push_back("scatter");
  for (const char* const h : {"95 % of meters", "emissions"}) rows[0].push_back(h);
  if (c.common_needed) rows[0].push_back("alike");
  column_unit<joules> energy;
  column_unit<grams_co2e> grams;
  for (const compared_group& g : c.groups) {
    if (g.energy) energy.see(g.energy->value);
    grams.see(g.emissions), grams.see(g.common_emissions);
  }
  for (const compared_group& g : c.groups) {
    page::cells row{g.key + "  " + short_name(g.name)};
    if (repeats) row.push_back(std::to_string(g.runs.size()));
    row.push_back(g.energy ? energy.text(g.energy->value) : "-");
    if (repeats) row.push_back(energy.text(g.deviation));
    row.push_back(!g.energy                           ? "-"
                  : !(g.energy->low < g.energy->high) ? "not stated"
                  : g.energy->value > joules(0)       ? relative_range(*g.energy)
                                                      : "up to " + energy.text(g.energy->high));
    row.push_back(grams.text(g.emissions));
    if (c.common_needed) row.push_back(grams.text(g.common_emissions));
    rows.push_back(std::move(row));
  }
  p.table(std::move(rows));
  if (c.common_needed)
    p.paragraph("alike: the grams at one PUE, " + figure_text(c.pue) + ", and one intensity, " +
                humanize(c.intensity) + " (" + c.common_reason + ")");
  if (repeats)
    p.paragraph(
        std::string("figures are means of repeats") +
        (c.grouped_by_project ? ", which are runs of one project: label those that are not repeats" : "") +
        "; scatter: standard deviation of one run");
}

inline void add_work(page& p, const comparison& c) {
  std::vector<page::cells> rows{{"run", "work", "of", "energy of a unit", "grams of a unit"}};
  column_unit<joules> energy;
  column_unit<grams_co2e> grams;
  for (const compared_group& g : c.groups) energy.see(g.per_work), grams.see(g.grams_per_work);
  bool has_work = false;
  for (const compared_group& g : c.groups) {
    has_work = has_work || g.work > 0;
    rows.push_back({g.key, g.work > 0 ? figure_text(g.work) : "-", short_name(g.work_unit, 16),
                    energy.text(g.per_work), grams.text(g.grams_per_work)});
  }
  if (!has_work) return;
  p.heading("energy of a unit of work");
  p.table(std::move(rows));
}

inline void add_metric(page& p, const comparison& c) {
  if (c.metric.empty()) {
    p.paragraph("metric: " + c.metric_reason);
    return;
  }
  p.heading("energy of a point of " + metric_name(c));
  const bool judged = c.higher_is_better.has_value(), repeats = has_repeats(c);
  std::vector<page::cells> rows{{"run", short_name(c.metric, 16)}};
  if (repeats) rows[0].push_back("scatter");
  if (judged)
    for (const char* const h : {"energy of a point", "grams of a point"}) rows[0].push_back(h);
  column_unit<joules> energy;
  column_unit<grams_co2e> grams;
  for (const compared_group& g : c.groups) energy.see(g.per_point), grams.see(g.grams_per_point);
  for (const compared_group& g : c.groups) {
    page::cells row{g.key, or_dash(g.metric)};
    if (repeats) row.push_back(or_dash(g.metric_deviation));
    if (judged) row.push_back(energy.text(g.per_point)), row.push_back(grams.text(g.grams_per_point));
    rows.push_back(std::move(row));
  }
  p.table(std::move(rows));
  std::string text = "the metric: " + metric_name(c) + " (" + c.metric_reason + "), the last epoch's; ";
  if (!c.higher_is_better)
    text += "whether higher or lower is better is not known: compare_options::direction says it";
  else
    text += std::string(*c.higher_is_better ? "higher" : "lower") + " is better, " +
            (c.direction_given ? "as asked for" : "by its name") + "; a point is " + figure_text(c.point) +
            (*c.higher_is_better ? " of it" : " that it went down since the first epoch");
  p.paragraph(std::move(text));
}

inline void add_reach(page& p, const comparison& c) {
  if (!c.target) return;
  p.heading("energy to reach " + metric_name(c) + " " + figure_text(*c.target) +
            (c.target_given ? "" : " (the worst final value)"));
  std::vector<page::cells> rows{{"run", "at epoch", "energy", "before it", "of all epochs", "emissions"}};
  column_unit<joules> energy;
  column_unit<grams_co2e> grams;
  for (const compared_run& r : c.runs)
    if (r.reach) energy.see(r.reach->energy), grams.see(r.reach->emissions);
  for (const compared_run& r : c.runs) {
    if (!r.reach || !r.reach->reached) {
      rows.push_back({r.key, r.reach ? "never" : "-", "-", "-", "-", "-"});
      continue;
    }
    const compared_reach& k = *r.reach;
    const bool shares = k.energy && r.epochs_energy && *r.epochs_energy > joules(0) && !k.by_run;
    rows.push_back({r.key, k.by_run ? "end of run" : span_text(k.epoch, k.last), energy.text(k.energy),
                    energy.text(k.before), shares ? share_text(*k.energy / *r.epochs_energy) : "-",
                    grams.text(k.emissions)});
  }
  p.table(std::move(rows));
  p.paragraph(
      "by whole epochs, up to the first that has the value: it took more than stands before that epoch. "
      "Energy outside epochs is not in it");
}

inline void add_tail(page& p, const comparison& c) {
  std::vector<page::cells> rows{{"run", "after", "epochs", "energy", "of all epochs", "gain"}};
  column_unit<joules> energy;
  for (const compared_run& r : c.runs)
    if (r.tail) energy.see(r.tail->energy);
  for (const compared_run& r : c.runs) {
    if (!r.tail) continue;
    const compared_tail& t = *r.tail;
    rows.push_back({r.key, std::to_string(t.knee), span_text(t.first, t.last), energy.text(t.energy),
                    t.share ? share_text(*t.share) : "-",
                    (t.gain > 0 ? "+" : "") + figure_text(t.gain / c.point) + " of " +
                        figure_text(t.whole_gain / c.point)});
  }
  if (rows.size() == 1) return;
  p.heading("the last epochs: those after the first that had " + share_text(c.knee) +
            " of the run's gain in " + metric_name(c));
  p.table(std::move(rows));
  p.paragraph("gain: of the best value so far, in points, of the gain since the first epoch");
}

inline void add_front(page& p, const comparison& c) {
  if (c.groups.size() < 2 || c.metric.empty() || !c.higher_is_better) return;
  const auto list = [&c](auto wanted) {
    constexpr std::size_t most = 24;
    std::string text;
    std::size_t n = 0;
    for (const compared_group& g : c.groups) {
      if (!wanted(g) || ++n > most) continue;
      text += (n > 1 ? ", " : "") + g.key + (g.dominated_by ? " by " + c.groups[*g.dominated_by].key : "");
    }
    return n > most ? text + " and " + std::to_string(n - most) + " more" : text;
  };
  const std::string front = list([](const compared_group& g) { return g.on_front; });
  const std::string below = list([](const compared_group& g) { return g.dominated_by.has_value(); });
  const std::string unplaced = list([](const compared_group& g) { return !g.on_front && !g.dominated_by; });
  p.heading("energy and " + metric_name(c) + " together");
  const compared_group &a = c.groups[0], &b = c.groups[1];
  if (c.groups.size() > 2 || !unplaced.empty()) {
    if (!front.empty()) p.item("front (no other is as good in both and better in one): " + front);
    if (!below.empty()) p.item("dominated: " + below);
    if (!unplaced.empty()) p.item("without energy or " + metric_name(c) + ", so in neither: " + unplaced);
  } else if (a.dominated_by || b.dominated_by) {
    p.item((a.dominated_by ? b.key + " dominates " + a.key : a.key + " dominates " + b.key) +
           ": as good in both, and better in one");
  } else if (a.energy->value == b.energy->value) {
    p.item(a.key + " and " + b.key + " are equal in both");
  } else {
    const bool first = a.energy->value < b.energy->value;
    p.item("neither dominates: " + (first ? a.key : b.key) + " used less energy, " + (first ? b.key : a.key) +
           " ended with a better " + metric_name(c));
  }
  if (!front.empty())
    p.paragraph("by the figures alone; whether they differ by more than their errors is below");
}

inline page page_of(const comparison& c) {
  page p;
  std::string title = "kaya: " + std::to_string(c.runs.size()) + (c.runs.size() == 1 ? " run" : " runs");
  if (has_repeats(c))
    title += " in " + std::to_string(c.groups.size()) + (c.groups.size() == 1 ? " group" : " groups");
  p.heading(title + " compared");
  if (c.runs.empty()) return p;
  add_used(p, c);
  add_work(p, c);
  add_metric(p, c);
  add_reach(p, c);
  add_front(p, c);
  add_differences(p, c);
  add_tail(p, c);
  if (!c.caveats.empty()) p.heading("what makes them hard to compare");
  for (const compared_caveat& k : c.caveats) p.item(std::string(to_string(k.kind)) + ": " + k.text);
  return p;
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
