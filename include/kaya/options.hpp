// SPDX-License-Identifier: MIT
// How a tracker is configured: per field the code, then the environment, then a default. A mistake throws
// config_error with field, value and what is allowed, before anything else happens.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/budget.hpp>
#include <kaya/callback.hpp>
#include <kaya/config_error.hpp>
#include <kaya/detail/files.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/grid/regions.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/ledger/event.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/meter/attribution.hpp>
#include <kaya/meter/machine.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

/// All that can be set about a run. Every member has a default, so `kaya::tracker t({.project = "digits"});`
/// is enough.
struct autosave_options {
  /// The file; empty: none. {project}, {run}, {host} and {rank} in it are replaced. A reader finds the old
  /// report or the new one, never a part.
  std::string path{};
  /// At least so often, and at the end of each epoch and of the run: 1 ms to 1 day.
  seconds period{60};
};

struct prometheus_options {
  /// The folder that the textfile collector of Prometheus' node exporter reads; empty: none. Each run and
  /// rank has a file of its own in it.
  std::string folder{};
  /// Written at least so often, and at the end of each epoch and of the run: 1 ms to 1 day.
  seconds period{15};
  /// The file goes with the run; else its last figures stay.
  bool remove_at_stop{};
};

struct progress_options {
  bool show{};
  /// Where; nullptr: the standard error stream.
  std::FILE* to{};
  /// On a terminal one line is shown again and again, at most so often, and at the ends of epochs: 10 ms to 1
  /// day. Elsewhere there is a line at the ends of epochs, at most each second, and each minute.
  seconds period{0.5};
  /// Which metric; empty: the first that an epoch has.
  std::string metric{};
};

struct journal_options {
  /// The file; empty: none. {project}, {host} and {rank} in it are replaced, and {run}, if nothing is
  /// resumed. Each tracker needs one of its own: with ranks, {rank}. Its mode is 0600.
  std::string path{};
  /// Flushed to the disk at least so often (but no more often than sampling_period), and at the end of epochs
  /// and of the run: 1 ms to 1 day. What is lost if the process is killed is what came after. About 1 MiB a
  /// day: of the samples it has the sums of each minute and flush; an epoch's end is not flushed at once
  /// where epochs are so short that this would be more than 2 MiB a day. Beyond that each epoch takes some
  /// 100 bytes.
  seconds period{60};
};

struct tracker_options {
  /// A name for the report.
  std::string project{};
  /// Where the machine stands: a code of grid::find(), as "FR", "US-CA", "aws:eu-west-3". Empty: KAYA_REGION,
  /// then the world's mean, marked as assumed.
  std::string region{};
  /// The carbon intensity itself, finite and >= 0; beats region. Environment: KAYA_INTENSITY, in g/kWh.
  std::optional<grams_per_kilowatt_hour> intensity{};
  /// The carbon intensity over time; beats both while it covers the time.
  std::optional<grid::series> intensity_series{};
  /// Power usage effectiveness of the building, finite and >= 1. Empty: KAYA_PUE, then 1.
  std::optional<double> pue{};
  /// Time between samples: 1 ms to 1 h, or 0 for no thread (then only epochs, sample() and report() sample).
  /// Counters that wrap sooner are read more often than this.
  seconds sampling_period{0.1};
  /// How many epochs are planned; 0: unknown.
  int total_epochs{};
  /// The meters; empty: meter::machine::detect(). Trackers that are given one machine share its meters: what
  /// a reading says of itself (that the device was away, that power stood in for a counter, a wider range)
  /// reaches only the tracker that reads next.
  std::optional<meter::machine> machine{};
  /// Waits for asynchronous devices, e.g. cudaDeviceSynchronize. Called at the edges of epochs and of
  /// synchronized scopes, on the thread that crosses them.
  callback<void()> synchronize{};
  /// Told of each new event, without locks, off the training thread, where all signals are blocked (in
  /// sample() and report() if there is no sampler). It may use the tracker, but not destroy it.
  callback<void(const event&)> on_event{};
  /// What add_work() counts.
  std::string work_unit{"samples"};
  /// A component that is present but has no meter is modelled, marked and counted; false: shown, not counted.
  bool count_modelled{true};
  /// Epochs that keep a line of their own, at least 2; beyond it older lines are merged pairwise and totals
  /// stay exact.
  int max_epoch_lines{10000};
  /// The sampler also samples where a thread's outermost scope opens or closes (at most every millisecond),
  /// so that scopes of a few milliseconds are told apart better. Each stamp costs more; nothing without a
  /// sampler.
  bool sharp_edges{};
  /// Whose energy counts: the machine's, or what of it is this process's (with its children) or its control
  /// group's. What is drawn beyond idle is shared by CPU time, idle power by the CPUs that the process may
  /// use, so that the shares of several processes may add up to more than the machine; memory, too. NVIDIA
  /// GPUs are shared by the use that their driver tells, others left whole. Such shares are modelled.
  kaya::attribution attribution{kaya::attribution::machine};
  /// Water usage effectiveness of the building, litres for each kWh of the IT equipment, finite and >= 0.
  /// Empty: KAYA_WUE, then no water is reported.
  std::optional<litres_per_kilowatt_hour> wue{};
  /// Carbon intensity as a grid::live reads it (grid/live.hpp): .live_intensity = now.source(). Used where
  /// intensity_series knows nothing, and before intensity and region.
  grid::live_source live_intensity{};
  /// Saves the report as JSON while the run goes on, so that little is lost if it is killed. Needs
  /// <kaya/report/json.hpp> (kaya.hpp has it) and a sampler.
  autosave_options autosave{};
  /// What the run may use: tracker::budget() tells how much of it is spent.
  budget_options budget{};
  /// Keeps the books in a file, so that the run can go on after its process was killed, and be priced again
  /// with kaya::replay(). Needs <kaya/journal.hpp> (kaya.hpp has it) and a sampler.
  journal_options journal{};
  /// Goes on with the run whose journal is there: its id, epochs and totals; if there is none, it is a new
  /// one. An epoch that was open goes on with the next epoch(); call rewind() if it begins anew. The
  /// tracker's constructor waits up to 5 s for another process that still writes the journal. The time
  /// between the processes is shown (run_report::processes), but not charged.
  bool resume{};
  /// Keeps the run's energy and emissions in a file of metrics. Needs <kaya/report/prometheus.hpp> (kaya.hpp
  /// has it) and a sampler.
  prometheus_options prometheus{};
  /// Shows where the run stands: epoch, energy, power, emissions, a metric, the time left and the forecast
  /// total, the budget. Needs <kaya/progress.hpp> (kaya.hpp has it) and a sampler.
  progress_options progress{};
  /// Of several ranks of a run on one node, by the launcher's variables, one reads what belongs to the node;
  /// the others count what is theirs alone (GPUs that were chosen for them), and their reports say whose
  /// holds the rest. Where no launcher tells the local rank, and for GPUs that several may use, they agree by
  /// locked files in XDG_RUNTIME_DIR, else /tmp. false: each counts all that it can read.
  bool one_reader{true};
  /// stop() appends the run's row to this file in the format of CodeCarbon's emissions.csv, and writes the
  /// report beside it as <run_id>.json; empty: none. {project}, {run}, {host} and {rank} in it are replaced.
  /// What goes wrong is an event in the report of the stop() that ended the run, and of those after it, but
  /// not in a journal or an autosaved report. A run that goes on after stop() (resume) has a row for each:
  /// the last one of a run_id is all of it. Needs <kaya/report/emissions_csv.hpp> (kaya.hpp has it).
  std::string emissions_csv{};
};

namespace detail {

/// The options with environment and defaults applied.
struct settings {
  ledger::pricing price{};
  intensity_line intensity{};
  bool pue_assumed = false;
  std::optional<litres_per_kilowatt_hour> wue{};
  kaya::attribution of{};
};

inline std::string plain(double x) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, x);
  return std::string(text, end.ptr);
}

inline double checked_intensity(std::string_view field, double value, std::string_view text) {
  if (!is_finite(value) || value < 0)
    throw config_error(std::string(field), std::string(text), "a finite number of g/kWh, 0 or more");
  return value;
}
inline double checked_pue(std::string_view field, double value, std::string_view text) {
  if (!is_finite(value) || value < 1)
    throw config_error(std::string(field), std::string(text), "a finite number, 1 or more");
  return value;
}
inline litres_per_kilowatt_hour checked_wue(std::string_view field, double value, std::string_view text) {
  if (!is_finite(value) || value < 0)
    throw config_error(std::string(field), std::string(text), "a finite number of L/kWh, 0 or more");
  return litres_per_kilowatt_hour(value);
}
/// The number in an environment variable; NaN if there is none, so that the check refuses it.
inline double number_in(const char* text) noexcept { return parse_number<double>(text).value_or(0.0 / 0.0); }

inline intensity_line line_of(const grid::figure& f, bool assumed) {
  return {f.value,
          std::string(f.code),
          std::string(f.name),
          std::string(f.iso3),
          f.year,
          f.how,
          std::string(f.source),
          assumed,
          std::string(f.note),
          f.basis};
}
inline intensity_line region_line(std::string_view field, std::string_view code) {
  if (const auto found = grid::find(code)) return line_of(*found, false);
  std::string allowed = "a region code such as \"KR\", \"US-CA\" or \"aws:eu-west-3\"";
  std::string_view before = "; did you mean ";
  for (const std::string_view near : grid::suggest(code)) {
    const auto figure = grid::find(near);
    allowed.append(before).append(near);
    if (figure) allowed.append(" (").append(figure->name).append(")");
    before = ", ";
  }
  throw config_error(std::string(field), "\"" + std::string(code) + "\"", allowed);
}
inline intensity_line given_line(double value, std::string_view source) {
  intensity_line line;
  line.value = grams_per_kilowatt_hour(value);
  line.name = "given";
  line.source = source;
  return line;
}

/// Checks all fields; throws config_error for the first that is wrong.
inline settings resolve(const tracker_options& o) {
  settings s;
  if (const double p = o.sampling_period.count(); !(p == 0 || (p >= 0.001 && p <= 3600)))
    throw config_error("sampling_period", humanize(o.sampling_period), "0 (no thread), or 1 ms to 1 h");
  if (o.total_epochs < 0)
    throw config_error("total_epochs", std::to_string(o.total_epochs), "0 (unknown) or more");
  if (o.max_epoch_lines < 2)
    throw config_error("max_epoch_lines", std::to_string(o.max_epoch_lines), "2 or more");

  if (const double p = o.autosave.period.count(); !(p >= 0.001 && p <= 86'400))
    throw config_error("autosave.period", humanize(o.autosave.period), "1 ms to 1 day");
  if (!o.autosave.path.empty() && o.sampling_period.count() <= 0)
    throw config_error("autosave.path", "\"" + o.autosave.path + "\" without a sampling_period",
                       "a sampling_period of 1 ms or more: the sampler saves");

  if (const double p = o.prometheus.period.count(); !(p >= 0.001 && p <= 86'400))
    throw config_error("prometheus.period", humanize(o.prometheus.period), "1 ms to 1 day");
  if (!o.prometheus.folder.empty() && o.sampling_period.count() <= 0)
    throw config_error("prometheus.folder", "\"" + o.prometheus.folder + "\" without a sampling_period",
                       "a sampling_period of 1 ms or more: the sampler writes");

  if (const double p = o.progress.period.count(); !(p >= 0.01 && p <= 86'400))
    throw config_error("progress.period", humanize(o.progress.period), "10 ms to 1 day");
  if (o.progress.show && o.sampling_period.count() <= 0)
    throw config_error("progress.show", "true without a sampling_period",
                       "a sampling_period of 1 ms or more: the sampler shows it");

  if (const double p = o.journal.period.count(); !(p >= 0.001 && p <= 86'400))
    throw config_error("journal.period", humanize(o.journal.period), "1 ms to 1 day");
  if (!o.journal.path.empty() && o.sampling_period.count() <= 0)
    throw config_error("journal.path", "\"" + o.journal.path + "\" without a sampling_period",
                       "a sampling_period of 1 ms or more: the sampler writes");
  if (o.resume && o.journal.path.empty())
    throw config_error("resume", "true without a journal.path", "the path of the journal to go on with");
  if (o.resume && o.journal.path.find("{run}") != std::string::npos)
    throw config_error("journal.path", "\"" + o.journal.path + "\" with resume",
                       "a path without {run}, which is new for each process");

  const auto limited = [](const char* field, double value, const char* unit) {
    if (!(value > 0 && is_finite(value)))
      throw config_error(std::string("budget.") + field, plain(value) + unit, "a finite number above 0");
  };
  if (o.budget.energy) limited("energy", o.budget.energy->count(), " J");
  if (o.budget.emissions) limited("emissions", o.budget.emissions->count(), " g");
  if (o.budget.time) limited("time", o.budget.time->count(), " s");
  for (double before = 0; const double t : o.budget.thresholds) {
    if (!(t > before && is_finite(t)))
      throw config_error("budget.thresholds", plain(t), "ascending finite numbers above 0");
    before = t;
  }
  if (o.budget.on_threshold && o.sampling_period.count() <= 0)
    throw config_error("budget.on_threshold", "a callback without a sampling_period",
                       "a sampling_period of 1 ms or more: the sampler calls it");

  const char* const pue = os::env("KAYA_PUE");
  s.pue_assumed = !o.pue && pue == nullptr;
  if (o.pue) s.price.pue = checked_pue("pue", *o.pue, plain(*o.pue));
  else if (pue != nullptr) s.price.pue = checked_pue("KAYA_PUE", number_in(pue), pue);

  s.of = o.attribution;
  if (o.wue) s.wue = checked_wue("wue", o.wue->count(), plain(o.wue->count()));
  else if (const char* const wue = os::env("KAYA_WUE")) s.wue = checked_wue("KAYA_WUE", number_in(wue), wue);

  const bool in_code = !o.region.empty() || o.intensity || o.intensity_series || o.live_intensity;
  const char* const intensity = in_code ? nullptr : os::env("KAYA_INTENSITY");
  const char* const region = in_code ? nullptr : os::env("KAYA_REGION");
  if (!o.region.empty())
    s.intensity = region_line("region", o.region);  // a wrong code is wrong even if overridden
  if (o.intensity)
    s.intensity =
        given_line(checked_intensity("intensity", o.intensity->count(), plain(o.intensity->count())),
                   "tracker_options::intensity");
  else if (intensity != nullptr)
    s.intensity =
        given_line(checked_intensity("KAYA_INTENSITY", number_in(intensity), intensity), "KAYA_INTENSITY");
  else if (region != nullptr) s.intensity = region_line("KAYA_REGION", region);
  else if (o.region.empty()) s.intensity = line_of(*grid::find("world"), true);
  s.price.intensity = s.intensity.value;
  s.price.series = o.intensity_series;
  s.price.live = o.live_intensity;
  return s;
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
