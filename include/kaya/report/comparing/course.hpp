// SPDX-License-Identifier: MIT
// The course of a run: its metric beside the energy of its epochs, when it reached a value, and what its last
// epochs still gained.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <kaya/report/comparing/data.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

using report::detail::is_known;

/// The state after one line of epochs.
struct course_point {
  const epoch_line* line = nullptr;
  std::optional<double> value{};   // of the metric, if the line has one that is finite
  std::optional<joules> energy{};  // of all lines so far; empty: of one it is not known
  std::optional<grams_co2e> emissions{};
};

struct course {
  std::vector<course_point> points{};
  std::optional<double> first{}, final{};  // finite ones
  bool has_metric = false;                 // with whatever value
  bool of_run = false;                     // not its epochs have it
  bool lowest_known = false;
  double lowest = 0, highest = 0;   // finite ones
  std::optional<int> not_finite{};  // the epoch of the last value, where that is not finite
};

inline const double* metric_in(const std::vector<std::pair<std::string, double>>& metrics,
                               std::string_view name) noexcept {
  for (const auto& [key, value] : metrics)
    if (key == name) return &value;
  return nullptr;
}
inline int last_epoch(const epoch_line& e) noexcept {
  return e.merged > 1 && e.index <= 2'147'483'647 - e.merged ? e.index + e.merged - 1 : e.index;
}

/// The final value is that of the last epoch that has one, whether or not it is finite: a run that ended in
/// NaN did not end with the value before. Where no epoch has the metric, it is the run's own.
inline course course_of(const run_report& r, std::string_view metric) {
  course c;
  c.points.reserve(r.epochs.size());
  std::optional<joules> energy(joules(0));
  std::optional<grams_co2e> emissions(grams_co2e(0));
  const auto see = [&c](double x) {
    if (!c.first) c.first = x;
    if (!c.lowest_known || x < c.lowest) c.lowest = x;
    if (!c.lowest_known || x > c.highest) c.highest = x;
    c.lowest_known = true;
  };
  for (const epoch_line& e : r.epochs) {
    if (!e.energy_uj) energy.reset();
    else if (energy) *energy += joules(*e.energy_uj);
    if (!is_known(e.emissions.count())) emissions.reset();
    else if (emissions) *emissions += e.emissions;
    course_point p{&e, {}, energy, emissions};
    if (const double* const x = metric.empty() ? nullptr : metric_in(e.metrics, metric)) {
      c.has_metric = true;
      c.final.reset(), c.not_finite.reset();
      if (is_known(*x)) p.value = c.final = *x, see(*x);
      else c.not_finite = last_epoch(e);
    }
    c.points.push_back(p);
  }
  if (c.has_metric || metric.empty()) return c;
  if (const double* const x = metric_in(r.metrics, metric)) {
    c.has_metric = c.of_run = true;
    if (is_known(*x)) c.final = *x, see(*x), c.first.reset();
  }
  return c;
}

/// When it first had `target` or better.
inline std::optional<compared_reach> reach_of(const course& c, const compared_run& r, double target,
                                              bool higher) {
  if (!c.has_metric) return {};
  compared_reach reach;
  const auto good = [&](double x) { return higher ? x >= target : x <= target; };
  if (c.of_run) {
    if (!c.final) return {};
    reach.reached = good(*c.final), reach.by_run = true;
    if (reach.reached && r.energy) reach.energy = r.energy->value;
    if (reach.reached) reach.emissions = r.emissions;
    return reach;
  }
  std::optional<joules> before(joules(0));
  for (const course_point& p : c.points) {
    if (p.value && good(*p.value)) {
      reach.reached = true;
      reach.epoch = p.line->index, reach.last = last_epoch(*p.line);
      reach.energy = p.energy, reach.emissions = p.emissions, reach.before = before;
      break;
    }
    before = p.energy;
  }
  return reach;
}

/// The epochs after the first line whose best value so far has the share `knee` of the gain of the whole run:
/// from the first value to the best one. Empty if no line with a value is after that.
inline std::optional<compared_tail> tail_of(const course& c, double knee, bool higher) {
  if (c.of_run || !c.first) return {};
  const double sign = higher ? 1 : -1, from = sign * *c.first;
  const double most = higher ? c.highest : -c.lowest, gain = most - from;
  const std::size_t n = c.points.size();
  std::size_t at = 0;
  while (at < n && !(c.points[at].value && sign * *c.points[at].value - from >= knee * gain)) ++at;
  if (at + 1 >= n) return {};
  std::size_t with_value = 0;
  for (std::size_t i = at + 1; i < n; ++i) with_value += c.points[i].value ? 1u : 0u;
  if (with_value == 0) return {};
  compared_tail t;
  t.knee = last_epoch(*c.points[at].line);
  t.first = c.points[at + 1].line->index, t.last = last_epoch(*c.points[n - 1].line);
  t.gain = most - sign * *c.points[at].value, t.whole_gain = gain;
  if (c.points[n - 1].energy) {
    t.energy = *c.points[n - 1].energy - *c.points[at].energy;
    if (*c.points[n - 1].energy > joules(0)) t.share = *t.energy / *c.points[n - 1].energy;
  }
  return t;
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
