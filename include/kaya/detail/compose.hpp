// SPDX-License-Identifier: MIT
// From the ledger's books to the report: the one place where microjoules and ticks become a run_report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/compose_intensity.hpp>
#include <kaya/detail/figures.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/ledger/session.hpp>
#include <kaya/meter/machine.hpp>
#include <kaya/options.hpp>
#include <kaya/report/record.hpp>
#include <kaya/version.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// KAYA_DISABLE: "1", "true", "yes" and "on" disable; "0", "false", "no" and "off" do not; anything else is a
/// mistake.
inline bool disabled_by_environment() {
  const char* const text = os::env("KAYA_DISABLE");
  if (text == nullptr) return false;
  for (const std::string_view yes : {"1", "true", "yes", "on"})
    if (text == yes) return true;
  for (const std::string_view no : {"0", "false", "no", "off"})
    if (text == no) return false;
  throw config_error("KAYA_DISABLE", text, "1 or 0");
}

/// 16 hexadecimal digits that differ between runs, hosts and processes.
inline std::string make_run_id(const void* unique) {
  std::uint64_t h = 14695981039346656037u;  // FNV-1a over whatever differs
  const auto mix = [&h](std::uint64_t x) {
    for (int i = 0; i < 8; ++i, x >>= 8) h = (h ^ (x & 0xff)) * 1099511628211u;
  };
  mix(static_cast<std::uint64_t>(os::unix_ns()));
  mix(static_cast<std::uint64_t>(os::monotonic_ns()));
  mix(reinterpret_cast<std::uintptr_t>(unique));
  mix(os::process_id());
  std::string id;
  for (int i = 60; i >= 0; i -= 4) id += "0123456789abcdef"[(h >> i) & 15];
  return id;
}

inline seconds to_seconds(std::int64_t ns) noexcept {
  return seconds(static_cast<double>(ns) * ledger::seconds_per_ns);
}

inline channel_line compose_channel(const ledger::timeline& t, std::int64_t start, std::int64_t cut) {
  const meter::channel& c = t.channel();
  channel_line line;
  line.name = c.name, line.mechanism = c.mechanism, line.device = c.device;
  line.part = c.part, line.how = t.how(), line.counted = t.counted();
  line.note = c.note, line.accuracy = c.accuracy;
  line.wraps = t.wraps, line.gaps = t.gaps, line.resets = t.resets, line.glitches = t.glitches;
  line.ambiguous = t.ambiguous;
  line.uuid = c.uuid, line.inside = c.inside, line.host = c.host, line.held_by = c.held_by;
  line.late = to_seconds(t.latest_ns);
  line.why = c.why ? c.why : t.why();
  if (t.stuck) line.why = meter::missing::implausible;
  if (!t.has_value) return line;

  const std::int64_t run = cut - start, quiet = cut - t.last_change;
  const bool quiet_is_known = !t.lost() && !t.stuck;  // a slow counter between two changes, not a hole
  const double covered = static_cast<double>(t.covered + (quiet_is_known ? quiet : 0));
  line.coverage = run > 0 ? (covered < static_cast<double>(run) ? covered / static_cast<double>(run) : 1) : 0;
  line.energy_uj = microjoules(t.total_uj);
  const double value = static_cast<double>(t.total_uj) * 1e-6;
  const double known_seconds = static_cast<double>(t.covered) * ledger::seconds_per_ns;
  if (known_seconds > 0) line.rate = watts(value / known_seconds);
  // Three widths: what the mechanism is worth; one update of the value at each end of the run, and how late
  // it was read; what was not covered, at the mean power of the rest.
  const double watts_now = line.rate ? line.rate->count() : 0;
  const std::int64_t update = c.update_period_ns > 0 ? c.update_period_ns : t.shortest_change;
  const double edge = watts_now * static_cast<double>(update + t.latest_ns) * ledger::seconds_per_ns;
  const double uncovered =
      watts_now * (1 - line.coverage) * static_cast<double>(run) * ledger::seconds_per_ns;
  const double low = t.low_uj * 1e-6 - edge;
  line.energy =
      interval<joules>{joules(value), joules(low > 0 ? low : 0), joules(t.high_uj * 1e-6 + edge + uncovered)};
  return line;
}

inline interval<joules> to_interval(std::int64_t microjoules, const ledger::range& r) noexcept {
  const auto of = [](double uj) { return joules(uj * 1e-6); };
  return {of(static_cast<double>(microjoules)), of(r.low), of(r.high)};
}

inline scope_line compose_scope(const ledger::core& c, ledger::name_id n, bool known, bool host_time) {
  const ledger::line& l = c.accounts().lines()[n];
  const ledger::amount& a = c.books().line(n);
  scope_line line;
  line.name = l.text;
  if (!l.reserved && (l.text == "epoch" || l.text.starts_with('('))) line.name = "scope:" + l.text;
  line.count = l.count;
  if (known) {
    line.own_uj = microjoules(a.own_uj);
    line.total_uj = microjoules(a.total_uj());
    line.own = to_interval(a.own_uj, a.own);
    line.total = to_interval(a.total_uj(), a.total);
  }
  const double none = detail::not_a_number;
  line.min = joules(l.priced > 0 ? l.min_joules : none);
  line.max = joules(l.priced > 0 ? l.max_joules : none);
  line.time = to_seconds(l.time_ns);
  line.emissions = grams_co2e(known ? c.books().grams(a) : none);
  if (host_time && !l.reserved) line.marks.push_back("host time");
  return line;
}

/// kaya's own line of all epochs: what no scope was open for is its own, the total is all of every epoch.
inline scope_line compose_epochs(const ledger::core& c, bool known) {
  scope_line line = compose_scope(c, ledger::epoch_line_id, known, false);
  line.time = to_seconds(c.epoch_ns());
  if (!known) return line;
  line.total_uj = microjoules(c.books().epochs_total().own_uj);
  line.total = to_interval(c.books().epochs_total().own_uj, c.books().epochs_total().total);
  line.emissions = grams_co2e(c.books().grams(c.books().epochs_total()));
  for (const ledger::epoch_record& e : c.books().epochs().lines()) {
    if (e.open || e.last != e.index) continue;  // of single, closed ones
    const joules energy(static_cast<double>(e.microjoules) * 1e-6);
    if (!(line.min <= energy)) line.min = energy;
    if (!(line.max >= energy)) line.max = energy;
  }
  return line;
}

inline epoch_line compose_epoch(const ledger::epoch_record& e, const ledger::core& c, std::size_t counted,
                                meter::provenance how, bool known) {
  epoch_line line;
  line.index = e.index;
  line.merged = e.last - e.index + 1;
  line.start = to_seconds(e.begin - c.start_ns());
  line.duration = to_seconds(static_cast<std::int64_t>(e.duration));
  if (known) line.energy_uj = microjoules(e.microjoules);
  line.emissions = grams_co2e(known ? c.books().grams(e) : detail::not_a_number);
  line.work = e.work;
  line.metrics = e.metrics;
  line.how = how;
  line.open = e.open;
  const double known_at_best = e.duration * static_cast<double>(counted);
  line.coverage = known_at_best > 0 ? e.covered / known_at_best : 0;
  if (line.coverage > 1) line.coverage = 1;
  return line;
}

inline hardware_line compose_hardware(const meter::host& h) {
  hardware_line line;
  line.host = h.name.value_or("");
  line.boot_id = h.boot_id.value_or("");
  line.os = h.os.value_or("");
  line.cpu_model = h.cpu_model.value_or("");
  line.sockets = h.sockets, line.cores = h.cores, line.logical_cpus = h.logical_cpus;
  line.memory_bytes = h.memory_bytes;
  for (const meter::gpu_device& g : h.gpus) line.gpus.push_back(g.vendor + " " + g.address);
  line.rank = h.rank, line.local_rank = h.local_rank;
  return line;
}

/// What the session's threads cost until now.
inline self_cost cost_of(const ledger::session& session) {
  self_cost o;
  o.sampler_cpu = to_seconds(session.sampler_cpu_ns()), o.reading = to_seconds(session.edge_ns());
  o.period = to_seconds(session.period_ns());
  return o;
}

/// With what the session's threads cost until now, and what earlier processes did.
inline self_cost compose_cost(const ledger::core& c, const self_cost& threads, const self_cost& earlier) {
  self_cost o = threads;
  o.sampler_cpu += earlier.sampler_cpu, o.reading += earlier.reading;
  o.samples = c.samples, o.stamps = c.stamps(), o.late_stamps = c.late_stamps();
  o.bytes = c.bytes(), o.pending = c.waiting_segments();
  o.longest_gap = to_seconds(c.longest_gap);
  o.clock = c.on_cpu_counter() ? ledger::cpu_counter_name : "CLOCK_MONOTONIC";
  if (c.on_cpu_counter() && c.rate().rate() > 0) o.clock_hertz = c.rate().rate() * 1e9;
  if (c.rate().drift_ppm() >= 0) o.clock_drift_ppm = c.rate().drift_ppm();
  return o;
}

inline void compose_power(run_report& r, const ledger::core& c) {
  const std::vector<ledger::power_history::point> points = c.power();
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto &a = points[i - 1], &b = points[i];
    const auto used = [&](meter::component part) {
      const auto p = static_cast<std::size_t>(part);
      return microjoules(b.microjoules[p] - a.microjoules[p]);
    };
    using enum meter::component;
    r.power.push_back({to_seconds(a.ticks - c.start_ns()), to_seconds(b.ticks - a.ticks), used(cpu),
                       used(memory), used(gpu), used(platform), used(other)});
  }
}

inline void compose_components(run_report& r, const ledger::core& c) {
  for (std::size_t i = 0; i < ledger::components; ++i) {
    const auto part = static_cast<meter::component>(i);
    bool known = false;
    for (const ledger::timeline& t : c.timelines())
      known = known || (t.channel().part == part && t.counted() && t.has_value);
    const ledger::component_sum& sum = c.books().of(part);
    if (known) r.components.push_back({part, microjoules(sum.microjoules), grams_co2e(c.books().grams(sum))});
  }
}

/// Fills in all that comes from the books, as of the last cut, where machine and factors are in already.
/// Under the session's locks.
inline void compose(run_report& r, const ledger::core& c, const changing_intensity& changing,
                    const own_figures& own) {
  const ledger::books& books = c.books();
  const bool known = c.anything_known();
  r.start_unix_ns = c.start_unix_ns();
  r.duration = to_seconds(c.cut() - c.start_ns());

  std::size_t counted = 0;
  double measured = 0, all = 0;
  joules low{}, high{};
  bool gpu = false;
  for (const ledger::timeline& t : c.timelines()) {
    channel_line line = compose_channel(t, c.start_ns(), c.cut());
    if (line.counted && line.energy_uj) {
      ++counted;
      all += static_cast<double>(t.total_uj);
      if (line.how == meter::provenance::measured) measured += static_cast<double>(t.total_uj);
      if (line.how > r.worst_provenance) r.worst_provenance = line.how;
      low += line.energy->low;
      high += line.energy->high;
    }
    gpu = gpu || line.part == meter::component::gpu;
    r.channels.push_back(std::move(line));
  }
  r.measured_share = all > 0 ? measured / all : 0;

  const double grams = books.grams(books.total()),
               joules_total = static_cast<double>(books.total().own_uj) * 1e-6;
  if (known) {
    r.energy_uj = microjoules(books.total().own_uj);
    r.energy = interval<joules>{joules(joules_total), low, high};
    const double per_joule = joules_total > 0 ? grams / joules_total : 0;
    r.emissions = interval<grams_co2e>{grams_co2e(grams), grams_co2e(low.count() * per_joule),
                                       grams_co2e(high.count() * per_joule)};
  }
  if (known && r.wue) r.water = litres(joules_total / 3.6e6 * r.wue->count());
  if (changing) compose_changing(changing, books, r);
  else if (own.processes.size() > 1) compose_mixed(books, r);

  for (ledger::name_id n = 2; n < c.accounts().lines().size(); ++n)
    r.scopes.push_back(compose_scope(c, n, known, gpu && c.accounts().has_host_time(n)));
  r.scopes.push_back(compose_epochs(c, known));
  r.scopes.push_back(compose_scope(c, ledger::outside_line, known, false));

  r.work = own.work;
  r.metrics = own.metrics;
  for (const ledger::epoch_record& e : books.epochs().lines()) {
    r.work += e.work;
    r.epochs.push_back(compose_epoch(e, c, counted, r.worst_provenance, known));
  }
  r.events = c.events().all();
  compose_components(r, c);
  if (known) compose_power(r, c);
  r.processes = own.processes;
  if (!r.processes.empty()) r.processes.back().duration = r.duration - r.processes.back().start;
  if (const ledger::lost_epochs& l = books.epochs().lost(); l.epochs > 0) {
    r.lost = lost_work{l.epochs,
                       {},
                       grams_co2e(known ? l.grams : detail::not_a_number),
                       seconds(l.duration * ledger::seconds_per_ns),
                       l.work};
    if (known) r.lost->energy_uj = microjoules(l.microjoules);
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
