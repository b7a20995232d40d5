// SPDX-License-Identifier: MIT
// What a comparison of runs says, as plain data that owns everything it says, and what it may be asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/interval.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// Which values of a metric are better; by its name, where that says so ("val_accuracy", "loss", "WER").
enum class better { by_name, higher, lower };

/// Which runs are repeats of each other, besides those that have one label. `automatic`: those of one
/// project, if the runs are of at least two; else none.
enum class grouping { automatic, by_project, none };

struct compare_options {
  /// Empty: one that all runs have; of several first accuracy, F1, BLEU and the like, then losses.
  std::string metric{};
  better direction = better::by_name;
  /// The value whose energy is asked for. Empty: the worst final value of the runs.
  std::optional<double> target{};
  /// One for each run, in their order; runs of one label are repeats. Where it is empty, `groups` decides.
  std::vector<std::string> labels{};
  grouping groups = grouping::automatic;
  /// Index of the run with whose group the others are compared; beyond the last: 0.
  std::size_t baseline = 0;
  /// The last epochs are those after the first that had this share, 0 to 1, of the run's whole gain. What is
  /// not between: 0.95.
  double knee = 0.95;
  /// For grams of all runs alike. Empty: those of the first run that has energy and a known intensity.
  std::optional<grams_per_kilowatt_hour> intensity{};
  std::optional<double> pue{};
};

/// When a run first had the value of the metric that was asked for, by whole lines of epochs.
struct compared_reach {
  bool reached = false;
  bool by_run = false;             // only the run has the metric, not its epochs: all its energy counts
  int epoch = 0, last = 0;         // of the line: several, if epochs were merged
  std::optional<joules> energy{};  // of all epochs up to its end; empty: of one it is not known
  std::optional<joules> before{};  // the same at its start: the truth may be anywhere between
  std::optional<grams_co2e> emissions{};  // up to its end
};

/// What a run's last epochs gained, and took.
struct compared_tail {
  int knee = 0;                    // the last epoch of the line after which they begin
  int first = 0, last = 0;         // epochs
  double gain = 0;                 // of the best value, in the metric's own unit, better is above 0
  double whole_gain = 0;           // of the run, since its first epoch that has the metric
  std::optional<joules> energy{};  // empty: of one epoch it is not known
  std::optional<double> share{};   // of the energy of all epochs, 0 to 1
};

/// One run. What is not known is empty.
struct compared_run {
  std::string key{};  // "A"; of repeats "A1", "A2"
  std::size_t group = 0;
  std::string project{}, run_id{};
  std::size_t epochs = 0;                        // in all lines
  std::optional<interval<joules>> energy{};      // of the IT equipment; low == high: no range is stated
  std::optional<grams_co2e> emissions{};         // as reported
  std::optional<grams_co2e> common_emissions{};  // at comparison::intensity and pue
  double work = 0;
  std::string work_unit{};
  std::optional<joules> per_work{};      // empty, too, without work
  std::optional<double> metric{};        // final value; empty, too, if that is not finite
  std::optional<double> first_metric{};  // that of its first epoch that has a finite one
  std::optional<joules> per_point{};
  std::optional<joules> epochs_energy{};  // of all epochs together
  std::optional<compared_reach> reach{};  // empty: no metric, or no target
  std::optional<compared_tail> tail{};    // empty: no metric, or no epochs after the knee
};

/// Runs that are repeats of each other, or one run. Figures are means of the runs where they are known.
struct compared_group {
  std::string key{}, name{};
  std::vector<std::size_t> runs{};               // indices
  std::size_t with_energy = 0, with_metric = 0;  // runs of which it is known
  std::optional<interval<joules>> energy{};      // with the mean of the meters' ranges, as all may err alike
  std::optional<joules> deviation{};             // standard deviation of one run; empty: of one run only
  std::optional<grams_co2e> emissions{}, common_emissions{};
  double work = 0;
  std::string work_unit{};
  std::optional<joules> per_work{}, per_point{};
  std::optional<grams_co2e> grams_per_work{}, grams_per_point{};
  std::optional<double> metric{}, metric_deviation{};
  bool on_front = false;                      // no other is as good in both and better in one
  std::optional<std::size_t> dominated_by{};  // a group that is; neither: energy or metric not known
};

/// Whether a difference is more than what is not known of it.
enum class verdict : unsigned char {
  unknown,                // neither scatter nor a meter's error is known
  within,                 // no
  within_meters,          // of repeats it is more than their scatter, but not than the meters' errors
  beyond_scatter,         // of repeats it is; the meters state no error
  beyond_if_independent,  // it is if the meters' errors have nothing to do with each other
  beyond                  // it is: the ranges do not meet; of repeats nor does their scatter explain it
};

/// The other group's figure less the baseline's.
template <class Q>
struct compared_difference {
  Q value{};
  std::optional<double> relative{};      // to the baseline's; empty if that is 0
  std::optional<interval<Q>> meters{};   // 95 %, if the meters' errors are independent; empty: none stated
  std::optional<interval<Q>> scatter{};  // Welch's 95 %; empty: a group has one run only
  double freedom = 0;                    // of that
  std::optional<Q> smallest{};           // that such tests find in 80 % of cases with this scatter
  verdict says = verdict::unknown;
};

struct compared_pair {
  std::size_t base = 0, other = 0;  // groups
  bool shares_meters = false;       // one machine, and the same channels: errors are largely the same
  std::optional<compared_difference<joules>> energy{}, per_work{};
  std::optional<compared_difference<double>> metric{};
};

/// Why runs cannot be compared as they are, or what to know before.
enum class caveat : unsigned char {
  same_run,
  disabled,
  no_energy,
  missing_channels,
  components,
  provenance,
  attribution,
  machine,
  ranks,
  coverage,
  work_unit,
  work,
  pue,
  intensity,
  metric,
  unfinished,
  resumed,
  lost_work,
  merged_epochs,
  no_range
};

constexpr std::string_view to_string(caveat c) noexcept {
  constexpr std::string_view names[] = {
      "same run", "disabled",   "no energy", "missing channels", "components",    "provenance", "attribution",
      "machine",  "ranks",      "coverage",  "work unit",        "work",          "PUE",        "intensity",
      "metric",   "unfinished", "resumed",   "lost work",        "merged epochs", "no range"};
  return names[static_cast<std::size_t>(c)];
}

/// One of them, in a sentence without its full stop.
struct compared_caveat {
  caveat kind{};
  std::vector<std::size_t> runs{};  // whom it concerns, unless all
  std::string text{};
};

struct comparison {
  std::string metric{};                    // empty: none
  std::string metric_reason{};             // why this one, or why none
  std::optional<bool> higher_is_better{};  // empty: nobody knows
  bool direction_given = false;            // by option; else by the metric's name
  double point = 1;                        // of the metric: 0.01 of one that is a share of 1
  std::optional<double> target{};
  bool target_given = false;
  double knee = 0.95;
  double pue = 1;  // of common_emissions
  grams_per_kilowatt_hour intensity{};
  bool common_needed = false;            // the runs differ in them, or they were asked for
  std::string common_reason{};           // whose they are
  bool grouped_by_project = false;       // some runs are repeats because they have one project
  std::size_t baseline = 0;              // group
  std::vector<compared_run> runs{};      // in the order given
  std::vector<compared_group> groups{};  // in the order of their first run
  std::vector<compared_pair> pairs{};    // the baseline with each other group
  std::vector<compared_caveat> caveats{};
};

}  // namespace report
}  // namespace v1
}  // namespace kaya
