// SPDX-License-Identifier: MIT
// The front door: a tracker accounts for the energy and carbon of a training run, in epochs and scopes.
//
//   kaya::tracker run({.project = "digits", .region = "FR"});
//   for (int i = 0; i < 20; ++i) {
//     auto epoch = run.epoch();
//     { auto scope = run.scope("forward"); ... }
//     epoch.add_work(images);
//   }
//   std::cout << run.stop();   // with <kaya/report/text.hpp>
#pragma once

#ifdef KAYA_DISABLE
#include <kaya/detail/number.hpp>
#include <kaya/disabled.hpp>
#else

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kaya/detail/budget.hpp>
#include <kaya/detail/compose.hpp>
#include <kaya/detail/keeper.hpp>
#include <kaya/detail/outputs.hpp>
#include <kaya/epoch.hpp>
#include <kaya/label.hpp>
#include <kaya/ledger/session.hpp>
#include <kaya/meter/ranks.hpp>
#include <kaya/options.hpp>
#include <kaya/report/record.hpp>
#include <kaya/scope.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
struct forecast_result;  // complete with <kaya/forecast.hpp>
}

/// Accounts for one run, from construction to stop() or destruction. All members may be called from any
/// thread. Nothing but the constructor throws (and report() and stop(), if there is no memory for what they
/// return): what goes wrong later is an event in the report.
///
/// With KAYA_DISABLE=1 in the environment it does nothing and its report has enabled == false.
class tracker {
 public:
  /// Finds the meters, takes the first sample and starts the sampler thread. Throws config_error, and nothing
  /// else, for an option or environment variable that cannot be.
  explicit tracker(tracker_options options = {}) : options_(std::move(options)) {
    if (detail::disabled_by_environment()) return;
    settings_ = detail::resolve(options_);
    machine_ = options_.machine ? *options_.machine : meter::machine::detect();
    std::vector<meter::bound_channel> channels = machine_->bound_channels();
    if (!options_.count_modelled)
      for (meter::bound_channel& c : channels)
        if (c.what.how == meter::provenance::modelled || c.what.how == meter::provenance::assumed)
          c.what.counted = false;
    if (options_.one_reader && options_.attribution == kaya::attribution::machine)
      share_ = meter::share_node(channels, machine_->host());
    const detail::handle<meter::read_lock> reads = machine_->reads();
    if (options_.attribution != kaya::attribution::machine) {
      const detail::os::locked hold(*reads);
      channels = meter::attribute(channels, options_.attribution, machine_->where(), machine_->host(),
                                  machine_->idle_power().count());
    }
    run_id_ = detail::make_run_id(this);
    callback<void(bool)> follow;
    if (!options_.journal.path.empty()) prepare_journal(channels);
    outputs_ = detail::outputs(options_, settings_.price, blank());
    if (options_.budget.on_threshold) watch_.emplace(options_.budget);
    if (outputs_.any() || watch_ || journal_)
      follow = [this](bool at_once) {
        if (watch_) watch_->look(budget(), [&](auto&& f) { session_->guarded("on_threshold", f); });
        if (journal_ && (journal_->is_due(at_once) || !session_->running())) keep();
        outputs_.save(
            at_once, [this] { return latest(); },
            [this](std::string_view problem, std::string_view where) { tell(problem, where); });
      };
    session_ = detail::handle<ledger::session>(new ledger::session(
        ledger::clock::real(), channels, machine_->reads(), settings_.price, options_.max_epoch_lines,
        {static_cast<std::int64_t>(options_.sampling_period.count() * 1e9 + 0.5), options_.synchronize,
         options_.on_event, options_.sharp_edges, std::move(follow)}));
    if (journal_) session_->with_core([&](ledger::core& c) { journal_->begin(c, own_); });
    tell(share_.problem, "ranks");
    tell(outputs_.obstacle(), "emissions_csv");  // hours before it is written
    ledger::directory::here().add(*session_);
    id_ = session_->id();
    session_->start();  // last, for callbacks may use this tracker
  }
  tracker(const tracker&) = delete;
  tracker& operator=(const tracker&) = delete;
  ~tracker() {
    if (!session_) return;
    const bool ours = session_->ours();
    if (ours) {
      ledger::directory::here().remove(*session_);
      session_->end();
      if (journal_) session_->with_core([&](ledger::core&) { journal_->end(); });
    }
    if (!ours && journal_) journal_->acquire();  // for good: the parent's threads were at work on it
    // A forked child's belongs to the parent; one whose own callback ends the tracker is still at work.
    if (!ours || session_->is_sampler_thread()) ledger::directory::here().keep(std::move(session_));
  }

  /// Opens a scope; it closes with the guard. The name is a string literal or a kaya::label.
  [[nodiscard]] scope_guard scope(scope_name name) noexcept {
    return {id_, name, ledger::scope_kind::foreground};
  }
  /// A scope that shares energy only at instants when no foreground scope is open on any thread.
  [[nodiscard]] scope_guard scope(scope_name name, background_t) noexcept {
    return {id_, name, ledger::scope_kind::background};
  }
  /// A scope that calls tracker_options::synchronize at both edges.
  [[nodiscard]] scope_guard scope(scope_name name, synchronized_t) noexcept {
    return {id_, name, ledger::scope_kind::synchronized};
  }
  /// Opens the next epoch, numbered from 0: synchronizes, samples, and closes with the guard.
  [[nodiscard]] epoch_guard epoch() noexcept { return epoch_guard(session_); }

  /// The next epoch has this number, as a checkpoint says that was loaded; call it each time after that.
  /// Epochs from it on are to be done again: what they used stays in the run's figures and is
  /// run_report::lost; their work no longer counts. An earlier one that was interrupted is over. An event
  /// where nothing is known of epochs before it; refused, with an event, while an epoch is open.
  void rewind(int epoch) noexcept {
    if (session_) session_->sample([&](ledger::core& c) { c.rewind(epoch); });
  }

  /// Counts n units of work for the run; the run's work is this and that of its epochs. Finite, 0 or more;
  /// anything else is an event and not counted.
  void add_work(double n) noexcept {
    if (session_) session_->with_core([&](ledger::core& c) { own_.work += detail::checked_work(c, n); });
  }
  /// Notes a figure of the run, replacing an earlier one of that name.
  void metric(std::string_view name, double value) noexcept {
    if (session_) session_->with_core([&](ledger::core&) { detail::set_metric(own_.metrics, name, value); });
  }
  /// Samples now.
  void sample() noexcept {
    if (session_) session_->sample();
  }
  /// What the run used, as of the last sample; never decreasing. NaN if nothing could be known.
  joules energy() const noexcept {
    double uj = detail::not_a_number;
    if (session_)
      session_->with_core([&](ledger::core& c) {
        if (c.anything_known()) uj = static_cast<double>(c.books().total().own_uj);
      });
    return joules(uj * 1e-6);
  }
  /// Energy x PUE x carbon intensity in force, as of the last sample. NaN if nothing could be known.
  grams_co2e emissions() const noexcept {
    double grams = detail::not_a_number;
    if (session_)
      session_->with_core([&](ledger::core& c) {
        if (c.anything_known()) grams = c.books().grams(c.books().total());
      });
    return grams_co2e(grams);
  }

  /// How much of tracker_options::budget is spent, as of the last sample.
  budget_status budget() const noexcept {
    budget_status s;
    if (session_)
      session_->with_core([&](ledger::core& c) {
        s = detail::status_of(options_.budget, c);
        if (detail::judge_budget != nullptr)
          detail::judge_budget(s, c, settings_.price, options_.total_epochs);
      });
    return s;
  }

  /// Energy, emissions, duration and end of the whole run, each with its 95 % interval, from the epochs so
  /// far, as of the last sample: plan/forecast.hpp says how. Needs <kaya/forecast.hpp> (kaya.hpp has it) and
  /// tracker_options::total_epochs. Empty before two epochs are done.
  template <class Result = plan::forecast_result>
  std::optional<Result> forecast() const {
    std::optional<Result> result;
    if (session_)
      session_->with_core(
          [&](ledger::core& c) { forecast_run(c, settings_.price, options_.total_epochs, result); });
    return result;
  }

  /// The report as of now: samples, then takes all lines from that cut. After stop(), stop()'s report.
  run_report report() const {
    run_report r = blank();
    if (session_)
      session_->sample([&](ledger::core& c) {
        run_report whole = blank();  // or nothing, if there is no memory
        if (stopped_) whole = *stopped_;
        else compose(whole, c);
        r = std::move(whole);
      });
    return r;
  }
  /// Ends the run with a last sample and gives its report; open epochs end here, open scopes count up to
  /// here. Further calls give the same report; scopes and epochs opened afterwards are inert.
  run_report stop() {
    bool ends = false;
    if (session_)
      session_->stop([&](ledger::core& c) {
        while (!c.books().epochs().open().empty()) c.close_epoch(c.books().epochs().open().back());
        c.books().epochs().end_interrupted();
        c.books().close_bin();
        run_report r = blank();
        compose(r, c);
        r.finished = true;
        if (journal_) journal_->finish(r.overhead);
        stopped_ = std::move(r);
        ends = true;
      });
    if (ends) append_to_csv();
    return report();
  }

  /// The meters in use; none if the tracker is disabled.
  const std::optional<meter::machine>& machine() const noexcept { return machine_; }

 private:
  void prepare_journal(std::vector<meter::bound_channel>& channels) {
    const auto make = detail::included(detail::make_keeper, "journal.path",
                                       "\"" + options_.journal.path + "\"", "journal.hpp");
    run_report about = blank();
    about.enabled = true;
    journal_ = make(options_, settings_.price, about, channels);
    run_id_ = about.run_id;
  }
  void tell(std::string_view problem, std::string_view where) noexcept {
    if (!problem.empty())
      session_->with_core([&](ledger::core& c) { c.file(severity::warning, problem, where); });
  }
  /// On the sampler's thread.
  void keep() noexcept {
    try {
      tell(journal_->prepare(), "journal");
      session_->with_core([&](ledger::core& c) {
        journal_->hand_over(detail::compose_cost(c, detail::cost_of(*session_), own_.earlier));
      });
      tell(journal_->write(), "journal");
    } catch (const std::exception&) {
      tell("out of memory", "journal");
    }
  }
  void append_to_csv() {
    const std::string problem = outputs_.append([this] { return report(); });
    if (problem.empty()) return;
    tell(problem, "emissions_csv");
    session_->with_core([&](ledger::core& c) {
      stopped_->events.push_back({c.since_start(c.cut()), severity::warning, problem, "emissions_csv"});
    });
    session_->deliver_rest();
  }
  /// As of the last sample, or stop()'s.
  run_report latest() const {
    run_report r = blank();
    session_->with_core([&](ledger::core& c) {
      if (stopped_) r = *stopped_;
      else compose(r, c);
    });
    return r;
  }
  run_report blank() const {
    run_report r;
    r.enabled = session_ && session_->ours();
    r.project = options_.project;
    r.kaya_version = version;
    r.work_unit = options_.work_unit;
    r.total_epochs = options_.total_epochs;
    r.run_id = run_id_;
    r.pue = settings_.price.pue, r.pue_assumed = settings_.pue_assumed;
    r.of = settings_.of, r.wue = settings_.wue, r.intensity = settings_.intensity;
    if (machine_) r.hardware = detail::compose_hardware(machine_->host());
    if (session_ && !r.enabled)
      r.events.push_back(
          {{}, severity::info, "this process was forked from the tracker's: build a new one", "fork"});
    return r;
  }
  void compose(run_report& r, const ledger::core& c) const {
    detail::compose(r, c, detail::changing_intensity(settings_.price), own_);
    r.overhead = detail::compose_cost(c, detail::cost_of(*session_), own_.earlier);
  }

  tracker_options options_;
  detail::settings settings_{};
  std::optional<meter::machine> machine_{};
  std::string run_id_{};
  meter::node_share share_{};  // held as long as this
  detail::handle<ledger::session> session_{};
  ledger::tracker_id id_ = 0;  // 0: disabled
  detail::own_figures own_{};  // under the session's lock
  detail::handle<detail::keeper> journal_{};
  detail::outputs outputs_{};                    // of the sampler's thread
  std::optional<detail::budget_watch> watch_{};  // too
  std::optional<run_report> stopped_{};          // written under the session's locks
};

/// Runs f in a scope with this name and gives what it returns.
template <class F>
decltype(auto) measured(tracker& t, scope_name name, F&& f) {
  const scope_guard scope = t.scope(name);
  return std::forward<F>(f)();
}
/// Runs f in a scope named "measured" and gives what it returns.
template <class F>
decltype(auto) measured(tracker& t, F&& f) {
  return measured(t, "measured", std::forward<F>(f));
}

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
