// SPDX-License-Identifier: MIT
// What of a ledger a journal keeps, and how it comes back: into a new process that goes on, or into a ledger
// without meters that is only looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/compose_intensity.hpp>
#include <kaya/detail/figures.hpp>
#include <kaya/detail/journal/rows.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::journal {

/// What a report takes from elsewhere than from the books.
struct surroundings {
  std::string about{};  // the report of nothing yet, as JSON: project, machine, factors
  changing_intensity changing{};
  self_cost cost{};
  bool finished = false;
};

/// The bin that was priced last, and what the open one is worth so far.
struct bin_line {
  ledger::bin closed{}, open{};
};

/// Times are kept as those since the start of the run. What is known only while it runs is not kept: open
/// scopes, and energy that a slow counter has not told yet.
struct persistence {
  /// All of it, as of the last cut.
  static void save(state& s, const ledger::core& c, const own_figures& own, const surroundings& beside) {
    for (table& t : s.of) t.cells.clear();
    write_one(s, of_surroundings, [&](row_writer& a) { cells(a, const_cast<surroundings&>(beside)); });
    write_one(s, of_run, [&](row_writer& a) { cells(a, const_cast<ledger::core&>(c)), a(own.work); });
    write_one(s, of_books, [&](row_writer& a) { cells(a, const_cast<ledger::books&>(c.books_)); });
    write_one(s, of_bin, [&](row_writer& a) {
      bin_line bin = bin_of(c.books_);
      cells(a, bin);
    });
    write(s, of_processes, own.processes, [](auto& a, process_line& p) { cells(a, p); });
    write(s, of_channels, c.timelines_, [&](auto& a, ledger::timeline& t) {
      identity(a, t.channel_);
      cells(a, t);
      state_of(a, t, c.start_);
    });
    {
      row_writer a(s, of_lines);
      for (ledger::name_id n = 0; n < c.accounts_.lines_.size(); ++n) {
        ledger::line line = c.accounts_.lines_[n];
        ledger::amount amount = c.books_.line(n);
        a.begin();
        cells(a, line, amount);
        a(c.accounts_.has_host_time(n));
      }
      a.end();
    }
    write(s, of_epochs, c.books_.epochs_.lines_,
          [&](auto& a, ledger::epoch_record& e) { cells(a, e, c.start_); });
    {
      row_writer a(s, of_epoch_metrics);
      for (const ledger::epoch_record& e : c.books_.epochs_.lines_)
        for (const auto& [name, value] : e.metrics) a.begin(), a(e.index, name), a.any(value);
      a.end();
    }
    write(s, of_metrics, own.metrics, [](auto& a, auto& m) { a(m.first), a.any(m.second); });
    write(s, of_events, c.events_.events_, [](auto& a, event& e) { cells(a, e); });
    write(s, of_power, c.power_.points_,
          [&](auto& a, ledger::power_history::point& p) { cells(a, p, c.start_); });
  }

  /// Whether this can have been written by save().
  static bool is_sound(const state& s) {
    for (const table_of one : {of_surroundings, of_run, of_books, of_bin})
      if (s.of[one].rows() != 1) return false;
    int last = -1;
    for (row_reader a(s, of_epochs); a.begin();) {
      ledger::epoch_record e;
      cells(a, e, 0);
      if (e.index <= last || e.last < e.index) return false;
      last = e.last;
    }
    return s.of[of_processes].rows() > 0;
  }
  static surroundings load_surroundings(const state& s) {
    surroundings beside;
    if (row_reader a(s, of_surroundings); a.begin()) cells(a, beside);
    return beside;
  }
  static bin_line load_bin(const state& s) {
    bin_line bin;
    if (row_reader a(s, of_bin); a.begin()) cells(a, bin);
    return bin;
  }
  /// The channels with what is said of them; none has a meter.
  static std::vector<meter::bound_channel> load_channels(const state& s) {
    std::vector<meter::bound_channel> all;
    for (row_reader a(s, of_channels); a.begin();) identity(a, all.emplace_back().what);
    return all;
  }
  /// Calls f(amount) for each line, then for each epoch f(epoch); then total(run's, all epochs', lost
  /// epochs', components').
  template <class Line, class Epoch, class Total>
  static void visit(const state& s, Line&& on_line, Epoch&& on_epoch, Total&& total) {
    for (row_reader a(s, of_lines); a.begin();) {
      ledger::line line;
      ledger::amount amount;
      cells(a, line, amount);
      on_line(amount);
    }
    for (row_reader a(s, of_epochs); a.begin();) {
      ledger::epoch_record e;
      cells(a, e, 0);
      on_epoch(e);
    }
    ledger::books nothing({}, 2);
    if (row_reader a(s, of_books); a.begin()) cells(a, nothing);
    total(nothing.total_, nothing.epochs_total_, nothing.epochs_.lost_, nothing.parts_);
  }

  /// Into a ledger that has begun, or has no meters. Its channel i goes on with the state's of[i], if there
  /// is one. as_it_was: nothing goes on; the channels are what they were.
  static void load(const state& s, ledger::core& c, own_figures& own,
                   const std::vector<std::optional<std::size_t>>& of, bool as_it_was) {
    ledger::books& b = c.books_;
    if (row_reader a(s, of_run); a.begin()) {
      const std::uint64_t samples = c.samples, stamps = c.sweep_.stamps, late = c.sweep_.late_stamps;
      cells(a, c);
      c.samples += samples, c.sweep_.stamps += stamps, c.sweep_.late_stamps += late;
      a(own.work);
    }
    if (row_reader a(s, of_books); a.begin()) cells(a, b);
    own.earlier = load_surroundings(s).cost;
    for (row_reader a(s, of_processes); a.begin();) cells(a, own.processes.emplace_back());

    std::vector<ledger::timeline*> heirs(s.of[of_channels].rows());
    for (std::size_t i = 0; i < of.size(); ++i)
      if (of[i] && *of[i] < heirs.size()) heirs[*of[i]] = &c.timelines_[i];
    row_reader channels(s, of_channels);
    for (ledger::timeline* const t : heirs) {
      channels.begin();
      if (t == nullptr) continue;
      meter::channel ignored;
      identity(channels, as_it_was ? t->channel_ : ignored);
      cells(channels, *t);
      if (as_it_was) state_of(channels, *t, c.start_);
      else if (t->left_out_ && !t->channel_.why) t->lost_ = true, t->why_ = meter::missing::not_present;
    }

    ledger::name_id n = 0;
    for (row_reader a(s, of_lines); a.begin(); ++n) {
      ledger::line line;
      ledger::amount amount;
      bool host_time = false;
      cells(a, line, amount);
      a(host_time);
      line.reserved = n <= ledger::epoch_line_id;
      if (!line.reserved) n = c.accounts_.intern(line.text);
      b.make_room(c.accounts_.lines_.size());
      c.accounts_.lines_[n] = std::move(line);
      b.lines_[n] = amount;
      c.accounts_.tallies_[n].host_time = host_time;
    }
    for (row_reader a(s, of_epochs); a.begin();) {
      cells(a, b.epochs_.lines_.emplace_back(), c.start_);
      b.epochs_.interrupted_ += b.epochs_.lines_.back().open;
    }
    for (row_reader a(s, of_epoch_metrics); a.begin();) {
      int index = 0;
      std::pair<std::string, double> metric;
      a(index, metric.first);
      a.any(metric.second);
      if (ledger::epoch_record* const e = b.epochs_.find(index)) e->metrics.push_back(std::move(metric));
    }
    for (row_reader a(s, of_metrics); a.begin();) {
      auto& [name, value] = own.metrics.emplace_back();
      a(name);
      a.any(value);
    }
    c.power_.points_.clear();
    for (row_reader a(s, of_power); a.begin();) cells(a, c.power_.points_.emplace_back(), c.start_);
    std::vector<event> earlier;
    for (row_reader a(s, of_events); a.begin();) cells(a, earlier.emplace_back());
    for (event& e : c.events_.events_) {
      e.time += c.since_start(c.cut_);
      earlier.push_back(std::move(e));
    }
    c.events_.events_ = std::move(earlier);

    const bin_line bin = load_bin(s);
    b.bin_ = bin.closed;
    if (!bin.open.open) return;
    b.price_rest(bin.open.rate, bin.open.pue, static_cast<bool>(load_surroundings(s).changing));
    b.bin_ = bin.open;  // closed with its process
    b.bin_.number = bin.closed.number + 1;
    b.bin_.open = false;
  }

  /// Gives amounts and epochs other figures of CO2e.
  template <class Line, class Epoch, class Total>
  static void reprice(ledger::core& c, Line&& on_line, Epoch&& on_epoch, Total&& total) {
    ledger::books& b = c.books_;
    for (ledger::amount& a : b.lines_) on_line(a);
    for (ledger::epoch_record& e : b.epochs_.lines_) on_epoch(e);
    total(b.total_, b.epochs_total_, b.epochs_.lost_, b.parts_, b.by_series_uj_, b.by_live_uj_, b.fallbacks_);
  }

 private:
  template <class F>
  static void write_one(state& s, table_of which, F&& row) {
    row_writer a(s, which);
    a.begin();
    row(a);
    a.end();
  }
  template <class T, class F>
  static void write(state& s, table_of which, const std::vector<T>& things, F&& row) {
    row_writer a(s, which);
    for (const T& x : things) a.begin(), row(a, const_cast<T&>(x));  // a writer changes nothing
    a.end();
  }

  // The lists of members. What is appended to one is read from older journals as it is by default.
  template <class A>
  static void cells(A& a, surroundings& s) {
    a(s.about, s.finished);
    for (intensity_source* const i : {&s.changing.series, &s.changing.live})
      a(i->name, i->source, i->how, i->basis);
    self_cost& o = s.cost;
    a(o.sampler_cpu, o.reading, o.samples, o.stamps, o.late_stamps, o.bytes, o.pending, o.period,
      o.longest_gap, o.clock, o.clock_hertz, o.clock_drift_ppm);
  }
  template <class A>
  static void cells(A& a, ledger::core& c) {
    std::int64_t elapsed = c.cut_ - c.start_;
    a(c.start_unix_ns_, elapsed, c.epoch_ns_, c.suspended_, c.longest_gap, c.longest_round);
    a(c.samples, c.sweep_.stamps, c.sweep_.late_stamps, c.power_.spacing_);
    if constexpr (A::reads) c.start_ = c.cut_ - elapsed;
  }
  template <class A>
  static void cells(A& a, ledger::books& b) {
    a(b.epochs_.next_, b.by_series_uj_, b.by_live_uj_, b.fallbacks_);
    cells(a, b.total_);
    cells(a, b.epochs_total_);
    ledger::lost_epochs& l = b.epochs_.lost_;
    a(l.epochs, l.microjoules, l.priced_uj, l.grams, l.work, l.duration);
    for (ledger::component_sum& c : b.parts_) a(c.microjoules, c.priced_uj, c.grams);
  }
  template <class A>
  static void cells(A& a, bin_line& b) {
    a(b.closed.number, b.open.open);
    for (ledger::bin* const x : {&b.closed, &b.open})
      a(x->begin, x->end, x->rate.mean, x->rate.by_series, x->rate.by_live, x->pue);
  }
  template <class A>
  static void cells(A& a, process_line& p) {
    a(p.start_unix_ns, p.start, p.duration, p.host, p.boot_id);
  }
  template <class A>
  static void identity(A& a, meter::channel& c) {
    a(c.name, c.mechanism, c.device, c.uuid, c.inside, c.note, c.accuracy, c.host, c.held_by, c.part, c.how,
      c.counted, c.why, c.update_period_ns);
  }
  template <class A>
  static void cells(A& a, ledger::timeline& t) {
    a(t.total_uj, t.low_uj, t.high_uj, t.covered, t.shortest_change, t.wraps, t.gaps, t.resets, t.glitches,
      t.ambiguous, t.latest_ns, t.has_value, t.integrated_);
  }
  /// What is so now, and need not be in the next process.
  template <class A>
  static void state_of(A& a, ledger::timeline& t, std::int64_t start) {
    a.since(start, t.last_change);
    a(t.stuck, t.lost_, t.why_);
  }
  template <class A>
  static void cells(A& a, ledger::line& l, ledger::amount& x) {
    a(l.text, l.count, l.time_ns, l.min_joules, l.max_joules, l.priced);
    cells(a, x);
  }
  template <class A>
  static void cells(A& a, ledger::amount& x) {
    a(x.own_uj, x.inner_uj, x.priced_uj, x.grams, x.own.low, x.own.high, x.total.low, x.total.high);
  }
  template <class A>
  static void cells(A& a, ledger::epoch_record& e, std::int64_t start) {
    a(e.index, e.last);
    a.since(start, e.begin);
    a.since(start, e.end);
    a(e.open, e.microjoules, e.priced_uj, e.grams, e.work, e.covered, e.duration);
  }
  template <class A>
  static void cells(A& a, ledger::power_history::point& p, std::int64_t start) {
    a.since(start, p.ticks);
    for (std::int64_t& uj : p.microjoules) a(uj);
  }
  template <class A>
  static void cells(A& a, event& e) {
    a(e.time, e.level, e.what, e.where, e.count);
  }

  static bin_line bin_of(const ledger::books& b) {
    bin_line line{.closed = b.bin_};
    if (b.bin_.open) line.open = b.bin_, line.open.rate = b.open_rate(), line.open.pue = b.pricing_.pue;
    return line;
  }
};

}  // namespace detail::journal
}  // namespace v1
}  // namespace kaya
