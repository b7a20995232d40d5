// SPDX-License-Identifier: MIT
// What a run used, as plain data that owns everything it says. Writers turn it into text; nothing in it is
// computed again by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/attribution.hpp>
#include <kaya/grid/figure.hpp>
#include <kaya/interval.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

/// The carbon intensity that was used, and whose figure it is.
struct intensity_line {
  grams_per_kilowatt_hour value{};
  std::string code{}, name{}, iso3{};
  int year = 0;  // 0: unknown, as for a figure that the user gave
  grid::accounting how = grid::accounting::lifecycle;
  std::string source{};
  bool assumed = false;  // nobody said where the machine is
  std::string note{};    // what is known to be wrong with the figure
  grid::basis basis = grid::basis::location;
  // With a series: the share of the energy, 0 to 1, that was used when the series knew nothing, and has
  // another figure; and whether that one is of another kind (lifecycle, direct; location, market).
  double beyond_series = 0;
  bool mixes_kinds = false;
};

/// The machine. What could not be found out is empty.
struct hardware_line {
  std::string host{}, boot_id{}, os{}, cpu_model{};
  std::optional<int> sockets{}, cores{}, logical_cpus{};
  std::optional<std::uint64_t> memory_bytes{};
  std::vector<std::string> gpus{};
  std::optional<int> rank{}, local_rank{};
};

/// One channel of one meter.
struct channel_line {
  std::string name{}, mechanism{}, device{};
  meter::component part = meter::component::other;
  meter::provenance how = meter::provenance::measured;
  bool counted = false;                    // part of the total
  std::optional<microjoules> energy_uj{};  // empty: not known
  std::optional<meter::missing> why{};     // why not, if there is a reason
  std::uint64_t wraps = 0, gaps = 0, resets = 0, glitches = 0, ambiguous = 0;
  double coverage = 0;                       // share of the run's time for which the energy is known, 0 to 1
  std::optional<watts> rate{};               // mean power while known
  std::optional<interval<joules>> energy{};  // energy_uj with its interval
  std::string note{}, accuracy{};            // what is assumed; what the interval comes from
  std::string uuid{}, inside{};              // what its maker calls it; device that contains it
  seconds late{};                            // the longest time after its sample at which it was read
  std::string host{};                        // where it is, if not on the report's own machine
  std::string held_by{};                     // not counted here because another rank's report holds it: whose
};

/// One component with a known energy, of what counts.
struct component_line {
  meter::component part = meter::component::other;
  microjoules energy_uj{};
  grams_co2e emissions{};
};

/// One name of scopes, or kaya's own lines `epoch` and `(outside)`. A user's scope that has the name of one
/// of these is reported as `scope:epoch` and so on.
struct scope_line {
  std::string name{};
  std::uint64_t count = 0;                          // scopes closed
  std::optional<microjoules> own_uj{}, total_uj{};  // as the innermost; with what it encloses on its threads
  joules min{}, max{};               // of one closed scope, all it encloses included; NaN: not known
  seconds time{};                    // open, threads added up
  grams_co2e emissions{};            // of total_uj
  std::vector<std::string> marks{};  // "host time", ...
  // The range of the two, from what a sample cannot tell: when, since the one before, its energy was used. A
  // scope much shorter than the time between samples has a wide one; the mechanism's accuracy is in it.
  std::optional<interval<joules>> own{}, total{};
};

/// One epoch; beyond tracker_options::max_epoch_lines, several old ones.
struct epoch_line {
  int index = 0;
  seconds start{}, duration{};  // since the start of the run
  std::optional<microjoules> energy_uj{};
  grams_co2e emissions{};
  double work = 0;
  std::vector<std::pair<std::string, double>> metrics{};
  meter::provenance how = meter::provenance::measured;  // the worst that counts
  double coverage = 0;                                  // share of channels x time whose energy is known
  int merged = 1;                                       // epochs in this line
  bool open = false;                                    // still running when the report was made
};

/// What the components used in a span of the run, of what counts, as the meters told of it then.
struct power_line {
  seconds start{}, duration{};  // since the start of the run
  microjoules cpu{}, memory{}, gpu{}, platform{}, other{};
};

/// One process of a run: with tracker_options::resume there may be several, one after the other.
struct process_line {
  std::int64_t start_unix_ns = 0;
  seconds start{}, duration{};  // on the clock of the run, which stands still between processes
  std::string host{}, boot_id{};
};

/// Epochs that were done and are to be done again, from an older checkpoint (tracker::rewind()). Their energy
/// and emissions are in those of the run; their work is not in the run's.
struct lost_work {
  std::uint64_t epochs = 0;
  std::optional<microjoules> energy_uj{};
  grams_co2e emissions{};
  seconds duration{};
  double work = 0;
};

/// One rank's part in a report that report::merge() made.
struct rank_line {
  std::optional<int> rank{}, local_rank{};
  std::string host{}, boot_id{}, run_id{};
  std::int64_t start_unix_ns = 0;
  seconds duration{};
  std::optional<microjoules> energy_uj{};  // of this in the merged report; empty: its report knew none
  grams_co2e emissions{};                  // too; NaN: not known
  double work = 0;
  std::vector<std::string> dropped{};  // its channels that other ranks' reports hold, too, and whose
};

/// What the accounting itself cost.
struct self_cost {
  seconds sampler_cpu{};  // CPU time of the sampler thread
  seconds reading{};      // time that the program's own threads spent reading meters (epoch edges, reports)
  std::uint64_t samples = 0, stamps = 0, late_stamps = 0;
  std::size_t bytes = 0;                    // memory of stamps and lines, about
  std::size_t pending = 0;                  // spans whose energy a slow counter has not told yet
  seconds period{}, longest_gap{};          // between samples: as set, and the longest seen
  std::string clock{};                      // what stamps carry: "TSC", "CNTVCT" or "CLOCK_MONOTONIC"
  std::optional<double> clock_hertz{};      // measured over the run; empty if it was too short to tell
  std::optional<double> clock_drift_ppm{};  // the most by which a part of the run had another rate
};

/// The report of a run.
struct run_report {
  bool enabled = true;
  std::string project{}, run_id{}, kaya_version{};
  std::int64_t start_unix_ns = 0;
  seconds duration{};
  std::optional<microjoules> energy_uj{};    // of the IT equipment, exact; empty if nothing could be known
  std::optional<interval<joules>> energy{};  // the same with its interval
  std::optional<interval<grams_co2e>> emissions{};  // energy x PUE x intensity, of the intensity's basis
  double work = 0;
  std::string work_unit{};
  double pue = 1;
  intensity_line intensity{};
  meter::provenance worst_provenance = meter::provenance::measured;  // of what counts
  double measured_share = 0;                                         // of the energy, 0 to 1
  hardware_line hardware{};
  std::vector<channel_line> channels{};
  std::vector<scope_line> scopes{};  // sum of own_uj == energy_uj, exactly
  std::vector<epoch_line> epochs{};
  std::vector<std::pair<std::string, double>> metrics{};
  std::vector<event> events{};
  self_cost overhead{};
  bool pue_assumed = true;                        // nobody gave a PUE
  bool finished = false;                          // made by stop()
  int total_epochs = 0;                           // planned; 0: unknown
  std::optional<litres_per_kilowatt_hour> wue{};  // empty: nobody gave one
  std::optional<litres> water{};                  // energy x WUE, of the IT equipment's energy
  attribution of = attribution::machine;          // whose energy all this is
  std::vector<process_line> processes{};          // in their order; the time between them is not charged
  std::optional<lost_work> lost{};                // empty: none was
  std::vector<rank_line> ranks{};                 // of a merged report
  std::vector<power_line> power{};                // at most 128 spans, one after the other
  std::vector<component_line> components{};       // their energies and emissions add up to those of the run
};

}  // namespace v1
}  // namespace kaya
