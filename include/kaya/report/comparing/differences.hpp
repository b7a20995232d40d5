// SPDX-License-Identifier: MIT
// Groups of runs against each other: which dominates, and whether a difference is more than is not known.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/groups.hpp>
#include <kaya/report/comparing/power.hpp>
#include <kaya/report/comparing/welch.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

using report::detail::is_known;

/// Marks the groups that no other dominates: as little energy, a metric as good, and better in one. A group
/// without one of the two is neither on the front nor dominated.
inline void find_front(comparison& c) {
  if (c.metric.empty() || !c.higher_is_better) return;
  const double sign = *c.higher_is_better ? 1 : -1;
  std::vector<std::size_t> order;
  for (std::size_t g = 0; g < c.groups.size(); ++g)
    if (c.groups[g].energy && c.groups[g].metric) order.push_back(g);
  const auto energy = [&c](std::size_t g) { return c.groups[g].energy->value.count(); };
  const auto value = [&c, sign](std::size_t g) { return sign * *c.groups[g].metric; };
  kaya::detail::merge_sort(order, [&](std::size_t a, std::size_t b) {
    return energy(a) != energy(b) ? energy(a) < energy(b) : value(a) > value(b);
  });
  std::optional<std::size_t> best;  // value so far, of less energy, or first of as much
  for (const std::size_t g : order) {
    const bool equal = best && energy(*best) == energy(g) && value(*best) == value(g);
    if (best && !equal && value(*best) >= value(g)) {
      c.groups[g].dominated_by = *best;
      continue;
    }
    c.groups[g].on_front = true;
    best = g;
  }
}

/// What is the same in runs on one machine with the same channels that count; empty: the host is not known.
/// Their meters' errors are largely the same, as they are of a channel's scale.
inline std::string meters_of(const run_report& r) {
  if (r.hardware.host.empty() || !r.ranks.empty()) return {};
  std::vector<std::string> channels;
  for (const channel_line& ch : r.channels)
    if (ch.counted && ch.energy_uj)
      channels.push_back(ch.mechanism + '\n' + ch.device + '\n' + ch.uuid + '\n' + ch.host);
  if (channels.empty()) return {};
  kaya::detail::merge_sort(channels, [](const std::string& a, const std::string& b) { return a < b; });
  std::string all = r.hardware.host + '\n' + r.hardware.cpu_model;
  for (const std::string& one : channels) (all += '\n') += one;
  return all;
}

/// The difference of two figures with independent errors: the half widths added as squares, each side for
/// itself. An error that both share would make it narrower, so this is wide enough for those, too.
inline interval<double> independent_difference(const interval<double>& a,
                                               const interval<double>& b) noexcept {
  using plan::forecasting::root;
  const double down = b.value - b.low, up = b.high - b.value;
  const double a_down = a.value - a.low, a_up = a.high - a.value, d = b.value - a.value;
  return {d, d - root(down * down + a_up * a_up), d + root(up * up + a_down * a_down)};
}
inline bool excludes_0(double low, double high) noexcept { return low > 0 || high < 0; }

/// a: the baseline. Meters' ranges without width are not stated ones. shared: both were metered by the same.
template <class Q>
compared_difference<Q> difference_of(std::span<const double> a, std::span<const double> b,
                                     const std::optional<interval<double>>& meter_a,
                                     const std::optional<interval<double>>& meter_b, bool shared) {
  const auto q = [](const interval<double>& i) { return interval<Q>{Q(i.value), Q(i.low), Q(i.high)}; };
  const sample sa = sample_of(a), sb = sample_of(b);
  compared_difference<Q> d;
  const double value = sb.mean - sa.mean;
  d.value = Q(value);
  if (sa.mean != 0 && is_known(value / sa.mean)) d.relative = value / sa.mean;
  bool apart = false, independent = false;
  if (meter_a && meter_b && meter_a->low < meter_a->high && meter_b->low < meter_b->high) {
    const interval<double> i = independent_difference(*meter_a, *meter_b);
    d.meters = q(i);
    independent = excludes_0(i.low, i.high);
    apart = meter_a->high < meter_b->low || meter_b->high < meter_a->low;
  }
  // Of metrics so large that their squares are not finite, nothing is known.
  if (sa.n < 2 || sb.n < 2 || !is_known(sa.variance) || !is_known(sb.variance)) {
    if (d.meters)
      d.says = apart ? verdict::beyond : independent ? verdict::beyond_if_independent : verdict::within;
    return d;
  }
  const welch_interval w = welch(sa, sb);
  d.scatter = q({w.difference, w.low, w.high});
  d.freedom = w.freedom;
  d.smallest = Q(smallest_detectable(sa, sb));
  const bool is_energy = meter_a || meter_b;  // else no meter is in it
  if (!excludes_0(w.low, w.high)) d.says = verdict::within;
  else if (!is_energy || shared) d.says = verdict::beyond;  // a scale that both share cannot turn the sign
  else if (!d.meters) d.says = verdict::beyond_scatter;
  else
    d.says = apart ? verdict::beyond : independent ? verdict::beyond_if_independent : verdict::within_meters;
  return d;
}

/// The baseline with each other group.
inline void find_differences(comparison& c, std::span<const run_report> runs) {
  if (c.groups.size() < 2) return;
  std::vector<std::string> meters;  // of groups; empty: its runs differ, or it is not known
  for (const compared_group& g : c.groups) {
    std::string same = meters_of(runs[g.runs[0]]);
    for (const std::size_t run : g.runs)
      if (!same.empty() && meters_of(runs[run]) != same) same.clear();
    meters.push_back(std::move(same));
  }
  const compared_group& a = c.groups[c.baseline];
  const std::vector<double> energy = values_of(c, a, energy_of), per_work = values_of(c, a, per_work_of),
                            metric = values_of(c, a, final_of);
  const auto plain = [](const compared_group& g) {
    return interval<double>{g.energy->value.count(), g.energy->low.count(), g.energy->high.count()};
  };
  // Per unit of work: the meters' part of the value is that of the energy.
  const auto scaled = [&plain](const compared_group& g) -> std::optional<interval<double>> {
    const interval<double> i = plain(g);
    if (!(i.value > 0)) return {};
    const double x = g.per_work->count() / i.value;
    return interval<double>{i.value * x, i.low * x, i.high * x};
  };
  for (std::size_t i = 0; i < c.groups.size(); ++i) {
    if (i == c.baseline) continue;
    const compared_group& b = c.groups[i];
    compared_pair p;
    p.base = c.baseline, p.other = i;
    p.shares_meters = !meters[p.base].empty() && meters[p.base] == meters[i];
    if (a.energy && b.energy) {
      p.energy =
          difference_of<joules>(energy, values_of(c, b, energy_of), plain(a), plain(b), p.shares_meters);
      if (a.per_work && b.per_work && a.work_unit == b.work_unit)
        p.per_work = difference_of<joules>(per_work, values_of(c, b, per_work_of), scaled(a), scaled(b),
                                           p.shares_meters);
    }
    if (a.metric && b.metric)
      p.metric = difference_of<double>(metric, values_of(c, b, final_of), {}, {}, true);
    c.pairs.push_back(std::move(p));
  }
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
