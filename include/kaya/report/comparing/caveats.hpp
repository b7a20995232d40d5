// SPDX-License-Identifier: MIT
// Why runs cannot be compared as they are, or what to know before.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/characters.hpp>
#include <kaya/report/comparing/course.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/differences.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/table.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

using report::detail::figure_text;
using report::detail::share_text;

/// A name of any bytes and length, on one line, in at most so many columns.
inline std::string short_name(std::string_view name, std::size_t width = 40) {
  return report::detail::fitted(report::detail::one_line(name.substr(0, 5 * width)), width);
}

/// Where energy is known for less than this share of the time, it is said.
inline constexpr double least_coverage = 0.95;

/// "A, B and 98 more".
inline std::string keys_text(const comparison& c, std::span<const std::size_t> runs) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < runs.size() && i < most; ++i)
    text += (i == 0 ? "" : ", ") + c.runs[runs[i]].key;
  return runs.size() > most ? text + " and " + std::to_string(runs.size() - most) + " more" : text;
}

class caveat_list {
 public:
  caveat_list(comparison& c, std::span<const run_report> runs) : c_(c), runs_(runs) {}

  /// Of the runs for which a condition holds: what it says of them comes after their keys.
  template <class Condition>
  void some(caveat kind, Condition condition, std::string_view singular, std::string_view plural) {
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (condition(runs_[i])) which.push_back(i);
    if (which.empty()) return;
    std::string text = keys_text(c_, which) + " ";
    text += which.size() == 1 ? singular : plural;
    c_.caveats.push_back({kind, std::move(which), std::move(text)});
  }

  /// If the runs have different values of something: which has what.
  template <class Value>
  void differ(caveat kind, Value value, std::string_view what, std::string_view therefore) {
    constexpr std::size_t most = 6;
    std::vector<std::pair<std::string, std::size_t>> sorted;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (std::string v = value(runs_[i]); !v.empty()) sorted.emplace_back(std::move(v), i);
    kaya::detail::merge_sort(sorted, [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::vector<std::size_t>> classes;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (i == 0 || sorted[i].first != sorted[i - 1].first) classes.emplace_back();
      classes.back().push_back(sorted[i].second);
    }
    if (classes.size() < 2) return;
    kaya::detail::merge_sort(classes, [](const auto& a, const auto& b) { return a[0] < b[0]; });
    std::string text(what);
    for (std::size_t i = 0; i < classes.size() && i < most; ++i)
      text += (i == 0 ? ": " : "; ") + keys_text(c_, classes[i]) + " " +
              short_name(value(runs_[classes[i][0]]), 60);
    if (classes.size() > most) text += "; and " + std::to_string(classes.size() - most) + " others";
    if (!therefore.empty()) (text += ". ") += therefore;
    c_.caveats.push_back({kind, {}, std::move(text)});
  }

  void add(caveat kind, std::string text) { c_.caveats.push_back({kind, {}, std::move(text)}); }

 private:
  comparison& c_;
  std::span<const run_report> runs_;
};

inline bool lacks_energy(const run_report& r) { return !r.enabled || (!r.energy_uj && !r.energy); }

inline std::string components_of(const run_report& r) {
  constexpr meter::component all[] = {meter::component::cpu, meter::component::memory, meter::component::gpu,
                                      meter::component::platform, meter::component::other};
  std::string text;
  for (const meter::component part : all) {
    std::size_t n = 0;
    for (const channel_line& ch : r.channels) n += ch.counted && ch.energy_uj && ch.part == part ? 1u : 0u;
    if (n == 0) continue;
    text +=
        (text.empty() ? "" : " + ") + (n > 1 ? std::to_string(n) + " " : "") + std::string(to_string(part));
  }
  return text;
}

inline bool poorly_covered(const run_report& r) {
  for (const channel_line& ch : r.channels)
    if (ch.counted && ch.energy_uj && ch.coverage < least_coverage) return true;
  return false;
}

inline std::string known_from(const run_report& r) {
  if (lacks_energy(r)) return {};
  // Of one step of 5 %: runs whose shares differ by less are alike.
  if (r.measured_share >= 0.95) return "measured";
  const int steps = r.measured_share > 0 ? static_cast<int>(r.measured_share * 20) : 0;  // NaN: 0
  return (steps < 1 ? "not measured" : "measured to " + std::to_string(steps * 5) + " % or more") +
         ", at worst " + std::string(to_string(r.worst_provenance));
}

inline std::string pue_of(const run_report& r) { return report::detail::pue_text(r); }
inline std::string intensity_of(const run_report& r) {
  const intensity_line& i = r.intensity;
  return humanize(i.value) + " (" + std::string(to_string(i.basis)) + ", " + std::string(to_string(i.how)) +
         (i.assumed ? ", assumed" : "") + ") " + i.name.substr(0, 200);
}

inline std::string machine_of(const run_report& r) {
  std::string text = r.hardware.host.substr(0, 200);
  if (!r.hardware.cpu_model.empty()) text += (text.empty() ? "" : ", ") + r.hardware.cpu_model.substr(0, 200);
  std::size_t i = 0;
  for (const std::string& gpu : r.hardware.gpus)
    if (i++ < 16) text += ", " + gpu.substr(0, 200);
  return text;
}

inline bool has_bad_metric(const course& c) noexcept { return c.not_finite || (c.of_run && !c.final); }

/// courses: one for each run.
inline void find_caveats(comparison& c, std::span<const run_report> runs, std::span<const course> courses) {
  using enum caveat;
  caveat_list list(c, runs);
  struct identity {
    std::string_view id;
    std::int64_t start;
    std::size_t run;
  };
  std::vector<identity> ids;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (!runs[i].run_id.empty()) ids.push_back({runs[i].run_id, runs[i].start_unix_ns, i});
  kaya::detail::merge_sort(ids, [](const identity& a, const identity& b) {
    return a.id != b.id ? a.id < b.id : a.start < b.start;
  });
  for (std::size_t i = 1; i < ids.size(); ++i)
    if (ids[i].id == ids[i - 1].id && ids[i].start == ids[i - 1].start) {
      const std::size_t two[] = {ids[i - 1].run, ids[i].run};
      c.caveats.push_back({same_run, {two[0], two[1]}, keys_text(c, two) + " are reports of one run"});
    }
  list.some(
      disabled, [](const run_report& r) { return !r.enabled; },
      "was made while kaya was disabled, and has no energy",
      "were made while kaya was disabled, and have no energy");
  list.some(
      no_energy, [](const run_report& r) { return r.enabled && lacks_energy(r); },
      "has no energy: no channel that counts gave a value",
      "have no energy: no channel that counts gave a value");
  list.some(
      missing_channels,
      [](const run_report& r) {
        for (const channel_line& ch : r.channels)
          if (ch.counted && !ch.energy_uj) return !lacks_energy(r);
        return false;
      },
      "lacks channels that count, so that its total is too low",
      "lack channels that count, so that their totals are too low");
  list.differ(components, components_of, "the totals are of different components",
              "A total that has fewer of them is lower for that alone");
  list.differ(provenance, known_from, "energy is known in different ways",
              "A difference may be one of the models");
  list.differ(
      attribution, [](const run_report& r) { return std::string(report::detail::whose_text(r.of)); },
      "the energy is not of the same owner", "Such totals cannot be compared");
  list.differ(machine, machine_of, "the machines differ", "The meters' errors are then different ones, too");
  list.differ(
      ranks, [](const run_report& r) { return std::to_string(r.ranks.empty() ? 1 : r.ranks.size()); },
      "the numbers of ranks differ", "");
  list.some(coverage, poorly_covered, "has channels whose energy is known for less than 95 % of the time",
            "have channels whose energy is known for less than 95 % of the time");
  list.differ(
      work_unit, [](const run_report& r) { return r.work > 0 ? r.work_unit : std::string(); },
      "work is counted in different units", "Energy per unit of work is not compared across them");
  bool has_work = false;
  for (const run_report& r : runs) has_work = has_work || r.work > 0;
  if (has_work) {
    list.some(
        work, [](const run_report& r) { return !(r.work > 0); }, "has no work: no energy per unit of it",
        "have no work: no energy per unit of it");
    list.differ(
        work, [](const run_report& r) { return r.work > 0 ? figure_text(r.work) : std::string(); },
        "the amounts of work differ", "Compare energy per unit, and energy to reach a value");
  }
  list.differ(pue, pue_of, "the PUE differs", "Compare energy, or the grams at a common PUE and intensity");
  list.differ(intensity, intensity_of, "the carbon intensity differs",
              "Compare energy, or the grams at a common PUE and intensity");
  if (!c.metric.empty()) {
    const auto at = [&](const run_report& r) -> const course& {
      return courses[static_cast<std::size_t>(&r - runs.data())];
    };
    const std::string name = short_name(c.metric);
    list.some(
        metric, [&](const run_report& r) { return !at(r).has_metric; }, "does not have " + name,
        "do not have " + name);
    list.some(
        metric, [&](const run_report& r) { return has_bad_metric(at(r)); },
        "ended with a value of " + name + " that is no finite number",
        "ended with values of " + name + " that are no finite numbers");
    std::vector<std::size_t> of_run;
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (courses[i].of_run) of_run.push_back(i);
    if (!of_run.empty())
      list.some(
          metric, [&](const run_report& r) { return at(r).of_run; },
          "has " + name + " of the run only: reaching a value counts all its energy",
          "have " + name + " of the run only: reaching a value counts all their energy");
  }
  list.some(
      unfinished, [](const run_report& r) { return r.enabled && !r.finished; },
      "was not finished when its report was made", "were not finished when their reports were made");
  list.some(
      resumed, [](const run_report& r) { return r.processes.size() > 1; },
      "was resumed: what happened between its processes is not in it",
      "were resumed: what happened between their processes is not in them");
  list.some(
      lost_work, [](const run_report& r) { return r.lost.has_value(); },
      "did epochs again: their energy is in the total, not in that to reach a value",
      "did epochs again: their energy is in the totals, not in those to reach a value");
  list.some(
      merged_epochs,
      [](const run_report& r) {
        for (const epoch_line& e : r.epochs)
          if (e.merged > 1) return true;
        return false;
      },
      "has several old epochs in one line: values are reached by whole lines",
      "have several old epochs in one line: values are reached by whole lines");
  list.some(
      no_range, [](const run_report& r) { return r.energy && !(r.energy->low < r.energy->high); },
      "states no range of its energy: no meter says how wrong it may be",
      "state no range of their energy: no meter says how wrong it may be");
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
