// SPDX-License-Identifier: MIT
// The report as text for people, 100 columns wide: totals, the Kaya chain, what each figure is known from,
// what is missing, and what the accounting itself cost.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/grid/time.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/processes_text.hpp>
#include <kaya/report/ranks_text.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/table.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace detail {

/// A plain number: whole ones with their digits in groups of three, others with 4 significant digits.
inline std::string number(double x) {
  char text[40];
  const bool whole = x > -1e15 && x < 1e15 && x == static_cast<double>(static_cast<std::int64_t>(x));
  const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(x))
                         : std::to_chars(text, text + sizeof text, x, std::chars_format::general, 4);
  std::string result(text, end.ptr);
  if (whole)
    for (std::ptrdiff_t at = std::ssize(result) - 3; at > (x < 0 ? 1 : 0); at -= 3)
      result.insert(static_cast<std::size_t>(at), " ");
  return result;
}
inline std::string fixed(double x, int digits) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, digits);
  return std::string(text, end.ec == std::errc{} ? end.ptr : text);
}
inline std::string percent(double share) {
  const double p = share * 100;
  return p > 0 && p < 0.1 ? "<0.1 %" : fixed(p, p > 0 && p < 10 ? 1 : 0) + " %";
}
template <class Q>
std::string or_dash(const Q& q) {
  return q.count() == q.count() ? humanize(q) : "-";
}
inline std::string or_dash(const std::optional<microjoules>& q) { return q ? humanize(joules(*q)) : "-"; }

/// "2026-11-22 23:35:47 UTC".
inline std::string date(std::int64_t unix_ns) {
  const grid::time_string t(unix_ns);
  return std::string(t.view().substr(0, 10)) + " " + std::string(t.view().substr(11, 8)) + " UTC";
}

template <class Q>
std::string range(const interval<Q>& i) {
  if (i.low == i.high) return humanize(i.value) + "  (no range stated)";  // no meter says how wrong it may be
  return humanize(i.value) + "  (95 %: " + humanize(i.low) + " to " + humanize(i.high) + ")";
}

inline void add_head(std::string& out, const run_report& r) {
  append_wrapped(out, "",
                 "kaya " + r.kaya_version + (r.project.empty() ? "" : ": " + r.project) + ", run " +
                     r.run_id + (r.finished ? "" : ", still running"),
                 2);
  std::string machine = date(r.start_unix_ns) + ", " + humanize(r.duration);
  if (!r.hardware.host.empty()) machine += " on " + r.hardware.host;
  if (!r.hardware.cpu_model.empty()) machine += ", " + r.hardware.cpu_model;
  if (r.hardware.logical_cpus) machine += ", " + std::to_string(*r.hardware.logical_cpus) + " logical CPUs";
  if (r.hardware.memory_bytes) machine += ", " + memory_text(*r.hardware.memory_bytes);
  if (r.hardware.rank) machine += ", rank " + std::to_string(*r.hardware.rank);
  append_wrapped(out, "", machine, 2);
}

inline void add_totals(std::string& out, const run_report& r) {
  out += '\n';
  if (r.energy && r.emissions) {
    const std::string known = r.measured_share >= 1 ? "all of it measured"
                              : r.measured_share > 0
                                  ? percent(r.measured_share) + " of it measured, the rest "
                                  : "none of it measured, ";
    const std::string worst =
        r.measured_share >= 1 ? "" : "at worst " + std::string(to_string(r.worst_provenance));
    std::string lacks;  // what counts, but gave no value: the total does not have it
    for (const channel_line& c : r.channels)
      if (c.counted && !c.energy_uj) lacks += (lacks.empty() ? "; WITHOUT " : ", ") + c.name;
    const std::string whose = r.of == attribution::machine   ? ""
                              : r.of == attribution::process ? ", the share of this process"
                                                             : ", the share of this control group";
    append_wrapped(out, "energy      ", range(*r.energy) + whose + ", " + known + worst + lacks, 12);
    append_wrapped(out, "emissions   ",
                   range(*r.emissions) + ", " + std::string(to_string(r.intensity.basis)) +
                       "; the range is that of the energy alone",
                   12);
    if (r.water && r.wue)
      append_wrapped(out, "water       ", humanize(*r.water) + " at " + humanize(*r.wue) + " of IT energy",
                     12);
  } else {
    append_wrapped(out, "energy      ", "not known: no channel that counts gave a value; see below", 12);
  }
  add_processes(out, r);
  add_ranks(out, r);
  const intensity_line& i = r.intensity;
  std::string intensity = humanize(i.value) + ": " + i.name;
  if (!i.code.empty() && i.code != i.name) intensity += " (" + i.code + ")";
  if (i.year != 0) intensity += " " + std::to_string(i.year);
  if (!i.code.empty() || i.name == "series") intensity += ", " + std::string(to_string(i.how));
  if (i.basis == grid::basis::marginal)
    intensity += ", MARGINAL: what a kWh more causes, not the grid's mean";
  intensity += ", " + i.source;
  if (i.assumed) intensity += "; ASSUMED, no region was given";
  if (!i.note.empty()) intensity += "; " + i.note;
  append_wrapped(out, "intensity   ", intensity, 12);
  if (!r.energy || !r.emissions) return;
  // The Kaya identity, with its factors as they were.
  const std::string tail = " x PUE " + number(r.pue) + (r.pue_assumed ? " (assumed)" : "") + " x " +
                           humanize(i.value) + " = " + humanize(r.emissions->value);
  if (r.work > 0)
    append_wrapped(
        out, "chain       ",
        number(r.work) + " " + r.work_unit + " x " + humanize(r.energy->value / r.work) + " each" + tail, 12);
  else append_wrapped(out, "chain       ", humanize(r.energy->value) + tail, 12);
}

inline void add_channels(std::string& out, const run_report& r) {
  table t{"channel", "part", "mechanism", "how", "energy", "mean", "covered", "wraps", "gaps"};
  std::vector<std::string> remarks;
  for (const channel_line& c : r.channels) {
    t.row({(c.counted ? "" : "- ") + c.name, std::string(to_string(c.part)), c.mechanism,
           std::string(to_string(c.how)), or_dash(c.energy_uj), c.rate ? humanize(*c.rate) : "-",
           percent(c.coverage), std::to_string(c.wraps), std::to_string(c.gaps)});
    std::string remark = c.note;
    const auto also = [&remark](std::string_view text) {
      if (text.empty()) return;
      if (!remark.empty()) remark += "; ";
      remark += text;
    };
    if (c.counted && !c.energy_uj) also("MISSING from the total");
    if (c.why) also("no value: " + std::string(to_string(*c.why)));
    if (c.counted && c.energy_uj) also(c.accuracy);
    if (!remark.empty()) remarks.push_back(c.name + ": " + remark);
  }
  if (t.empty()) return;
  out += "\nchannels (- shown, not counted in the total)\n";
  t.print(out);
  for (const std::string& remark : remarks) append_wrapped(out, "  ", remark, 4);
}

inline void add_scopes(std::string& out, const run_report& r) {
  table t{"scope", "count", "own", "total", "of run", "time", "least", "most", "emissions"};
  for (const scope_line& s : r.scopes) {
    if (s.name == "epoch" && s.count == 0 && r.epochs.empty()) continue;
    const double share =
        s.total_uj && r.energy_uj && r.energy_uj->count() > 0
            ? static_cast<double>(s.total_uj->count()) / static_cast<double>(r.energy_uj->count())
            : 0;
    std::string name = s.name;
    for (const std::string& mark : s.marks) name += " [" + mark + "]";
    const bool outside = s.name == "(outside)";
    t.row({name, outside ? "" : number(static_cast<double>(s.count)), or_dash(s.own_uj), or_dash(s.total_uj),
           percent(share), outside ? "" : humanize(s.time), outside ? "" : or_dash(s.min),
           outside ? "" : or_dash(s.max), or_dash(s.emissions)});
  }
  out +=
      "\nscopes (own sums up to the run; total has what a scope encloses on its thread; least, most: of "
      "one)\n";
  t.print(out);
  std::string ranges;
  std::size_t shown = 0;
  for (const scope_line& s : r.scopes)
    if (s.total && s.count > 0 && ++shown <= 12)
      ranges +=
          (shown > 1 ? "; " : "") + s.name + " " + humanize(s.total->low) + " to " + humanize(s.total->high);
  if (shown > 12) ranges += "; ...";
  if (shown > 0)
    append_wrapped(out, "  ",
                   "ranges of totals, as a sample does not tell when in its time energy was used: " + ranges,
                   4);
}

inline void add_epochs(std::string& out, const run_report& r) {
  if (r.epochs.empty()) return;
  constexpr std::size_t head = 10, tail = 5;
  std::vector<std::string> names;  // as many metrics as a page holds
  for (const epoch_line& e : r.epochs)
    for (const auto& [name, value] : e.metrics) {
      bool known = names.size() >= 3;
      for (const std::string& n : names) known = known || n == name;
      if (!known) names.push_back(name);
    }
  table t{"epoch", "start", "duration", "energy", "mean", "emissions"};
  double work = 0;
  bool covered = true;  // all of it, as is usual: then no column says so
  for (const epoch_line& e : r.epochs) {
    work += e.work;
    covered = covered && e.coverage > 0.995;
  }
  if (!covered) t.add_column("covered");
  if (work > 0) t.add_column(fitted(r.work_unit, 10));
  for (const std::string& n : names) t.add_column(fitted(n, 10));
  const bool elide = r.epochs.size() > head + tail + 1;
  for (std::size_t i = 0; i < r.epochs.size(); ++i) {
    if (elide && i == head) {
      joules energy{};
      std::size_t missing = 0;
      for (; i < r.epochs.size() - tail; ++i)
        if (r.epochs[i].energy_uj) energy += *r.epochs[i].energy_uj;
        else ++missing;
      const std::size_t n = r.epochs.size() - head - tail;
      t.remark("... " + std::to_string(n) + " lines, " +
               (missing == n ? "no energy known" : humanize(energy) + " together"));
    }
    const epoch_line& e = r.epochs[i];
    const bool rated = e.energy_uj && e.duration > seconds(0);
    std::vector<std::string> cells{std::to_string(e.index) +
                                       (e.merged > 1 ? ".." + std::to_string(e.index + e.merged - 1) : "") +
                                       (e.open ? " open" : ""),
                                   humanize(e.start),
                                   humanize(e.duration),
                                   or_dash(e.energy_uj),
                                   rated ? humanize(joules(*e.energy_uj) / e.duration) : "-",
                                   or_dash(e.emissions)};
    if (!covered) cells.push_back(percent(e.coverage));
    if (work > 0) cells.push_back(number(e.work));
    for (const std::string& n : names) {
      std::string cell = "-";
      for (const auto& [name, value] : e.metrics)
        if (name == n) cell = number(value);
      cells.push_back(cell);
    }
    t.row(std::move(cells));
  }
  out += "\nepochs\n";
  t.print(out);
}

inline std::string line_of(const event& e) {
  return fixed(e.time.count(), 1) + " s " + std::string(to_string(e.level)) + ", " + e.where + ": " + e.what +
         (e.count > 1 ? " (" + std::to_string(e.count) + " times)" : "");
}

inline void add_rest(std::string& out, const run_report& r) {
  if (!r.metrics.empty()) {
    std::string text;
    for (const auto& [name, value] : r.metrics)
      text += (text.empty() ? "" : ", ") + name + " " + number(value);
    out += '\n';
    append_wrapped(out, "metrics     ", text, 12);
  }
  if (!r.events.empty()) out += "\nevents\n";
  for (const event& e : r.events) append_wrapped(out, "  ", line_of(e), 4);
  const self_cost& o = r.overhead;
  std::string cost = humanize(o.sampler_cpu) + " CPU of the sampler";
  if (r.duration > seconds(0)) cost += " (" + percent(o.sampler_cpu / r.duration) + " of one core)";
  cost += ", " + humanize(o.reading) + " in the program's own threads, " +
          number(static_cast<double>(o.samples)) + " samples";
  if (o.period > seconds(0))
    cost += ", each " + humanize(o.period) + " and at the edges of epochs (longest gap " +
            humanize(o.longest_gap) + ")";
  cost += ", " + number(static_cast<double>(o.stamps)) + " stamps, " + memory_text(o.bytes);
  if (!o.clock.empty()) cost += ", clock " + o.clock;
  if (o.clock_hertz) cost += " at " + fixed(*o.clock_hertz * 1e-6, 3) + " MHz";
  if (o.clock_drift_ppm) cost += " (drift at most " + fixed(*o.clock_drift_ppm, 1) + " ppm)";
  out += '\n';
  append_wrapped(out, "accounting  ", cost, 12);
}

}  // namespace detail

/// The report as text, at most 100 columns wide, ending with a new line. More than 16 epochs are shown by the
/// first and last ones; what is not known is a dash, never a zero.
inline std::string text(const run_report& r) {
  std::string out;
  if (!r.enabled) {
    detail::append_wrapped(out, "",
                           "kaya" + (r.kaya_version.empty() ? "" : " " + r.kaya_version) +
                               ": disabled, nothing was accounted for",
                           2);
    for (const event& e : r.events) detail::append_wrapped(out, "  ", detail::line_of(e), 4);
    return out;
  }
  detail::add_head(out, r);
  detail::add_totals(out, r);
  detail::add_channels(out, r);
  detail::add_scopes(out, r);
  detail::add_epochs(out, r);
  detail::add_rest(out, r);
  return out;
}

}  // namespace report

/// Writes report::text() to a stream.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream, const run_report& r) {
  const std::string text = report::text(r);
  return stream.write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Writes an event as one line of the report, without its end: "3.0 s warning, dram-0: can no longer be
/// read".
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream, const event& e) {
  const std::string text = report::detail::line_of(e);
  return stream.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace v1
}  // namespace kaya
