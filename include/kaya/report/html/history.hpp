// SPDX-License-Identifier: MIT
// What happened to the run: events, processes, work that was lost, ranks; and what the accounting cost.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/report/html/provenance.hpp>
#include <kaya/report/processes_text.hpp>
#include <kaya/report/ranks_text.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

inline void add_row_name(std::string& out, const std::string& text) {
  ((out += "<tr><th scope=\"row\">") += text) += "</th>";
}

inline void add_events(std::string& out, const run_report& r) {
  constexpr std::size_t most = 60;
  if (r.events.empty()) return;
  out += "<section>\n";
  add_heading(out, "Events");
  out += "<ol class=\"events\">\n";
  for (std::size_t i = 0; i < r.events.size() && i < most; ++i) {
    const event& e = r.events[i];
    const std::string level(to_string(e.level));
    out += "<li class=\"" + level + "\"><span class=\"when\">" + amount(e.time) + "</span> " +
           badge(level, level) + " <b>" + name(e.where, 40) + "</b> <span>" + prose(e.what);
    if (e.count > 1) out += " <small>(" + grouped(static_cast<double>(e.count)) + " times)</small>";
    out += "</span></li>\n";
  }
  out += "</ol>\n";
  if (r.events.size() > most)
    out += "<p class=\"small\">And " + std::to_string(r.events.size() - most) + " more events.</p>\n";
  out += "</section>\n";
}

inline void add_processes(std::string& out, const run_report& r) {
  constexpr std::size_t most = 40;
  if (r.processes.size() < 2 && !r.lost) return;
  out += "<section>\n";
  add_heading(out, r.processes.size() > 1 ? "A run in several processes" : "Work that was done again");
  if (r.processes.size() > 1) {
    begin_table(out, {"process", "started", ">on the run's clock", ">ran for", ">after a gap of", "on"});
    for (std::size_t i = 0; i < r.processes.size() && i < most; ++i) {
      const process_line& p = r.processes[i];
      add_row_name(out, std::to_string(i + 1));
      add_cell(out, "started", p.start_unix_ns > 0 ? date(p.start_unix_ns) : "not known");
      add_cell(out, "on the run's clock", amount(p.start), "figure");
      add_cell(out, "ran for", amount(p.duration), "figure");
      add_cell(out, "after a gap of", i > 0 ? amount(gap_between(r.processes[i - 1], p)) : "-", "figure");
      add_cell(out, "on", p.host.empty() ? "not known" : name(p.host, 40));
      out += "</tr>\n";
    }
    end_table(out);
    if (r.processes.size() > most)
      out += "<p class=\"small\">And " + std::to_string(r.processes.size() - most) + " more.</p>\n";
    out += "<p class=\"small\">The time between them is neither in the duration nor charged.</p>\n";
  }
  if (r.lost) {
    const lost_work& l = *r.lost;
    out += "<p><b>Lost work:</b> " + how_many(l.epochs, "epoch") + " done again: " +
           (l.energy_uj ? amount(l.energy_uj) + ", " + amount(l.emissions)
                        : std::string("<span class=\"hatched\">energy not known</span>")) +
           ", " + amount(l.duration) + ". They are in the totals, but not in the work.</p>\n";
  }
  out += "</section>\n";
}

inline void add_ranks(std::string& out, const run_report& r) {
  constexpr std::size_t most = 64;
  if (r.ranks.empty()) return;
  out += "<section>\n";
  add_heading(out, "Ranks");
  out += "<p>" + escaped(merged_of(r), 200) + ".</p>\n";
  begin_table(out, {"rank", "host", ">ran for", ">energy", ">emissions", ">work", "counted elsewhere"});
  std::size_t i = 0;
  for (; i < r.ranks.size() && i < most; ++i) {
    const rank_line& k = r.ranks[i];
    add_row_name(out, k.rank ? std::to_string(*k.rank) : "not known");
    add_cell(out, "host", k.host.empty() ? "not known" : name(k.host, 40));
    add_cell(out, "ran for", amount(k.duration), "figure");
    add_cell(out, "energy", k.energy_uj ? amount(k.energy_uj) : "<span class=\"hatched\">not known</span>",
             "figure");
    add_cell(out, "emissions", amount(k.emissions), "figure");
    add_cell(out, "work", k.work > 0 ? grouped(k.work) : "-", "figure");
    add_cell(out, "counted elsewhere", k.dropped.empty() ? "-" : how_many(k.dropped.size(), "channel"));
    out += "</tr>\n";
  }
  end_table(out);
  if (i < r.ranks.size()) {
    microjoules sum(0);
    std::size_t unknown = 0;
    const std::size_t rest = r.ranks.size() - i;
    for (; i < r.ranks.size(); ++i)
      if (r.ranks[i].energy_uj) sum += *r.ranks[i].energy_uj;
      else ++unknown;
    out += "<p class=\"small\">And " + how_many(rest, "more rank") + " with " + amount(joules(sum)) +
           " together" + (unknown > 0 ? "; of " + std::to_string(unknown) + " it is not known" : "") +
           ".</p>\n";
  }
  out += "</section>\n";
}

inline void add_cost(std::string& out, const run_report& r) {
  const self_cost& o = r.overhead;
  out += "<section>\n";
  add_heading(out, "What the accounting cost");
  out += "<ul class=\"facts-list\">\n";
  const auto fact = [&out](std::string_view what, const std::string& figure, const std::string& more) {
    out += "<li><span>" + std::string(what) + "</span> <b>" + figure + "</b>" +
           (more.empty() ? "" : " <small>" + more + "</small>") + "</li>\n";
  };
  const bool shared = r.duration > seconds(0) && is_known(o.sampler_cpu.count());
  fact("CPU time of the sampler", amount(o.sampler_cpu),
       shared ? share_of(o.sampler_cpu / r.duration) + " of one core" : "");
  fact("in the program's own threads", amount(o.reading), "reading meters");
  fact("samples", grouped(static_cast<double>(o.samples)),
       o.period > seconds(0)
           ? "each " + amount(o.period) + " and at the edges of epochs, longest gap " + amount(o.longest_gap)
           : "");
  fact("stamps", grouped(static_cast<double>(o.stamps)),
       o.late_stamps > 0 ? grouped(static_cast<double>(o.late_stamps)) + " late" : "");
  fact("memory", pretty(memory_text(o.bytes)), "");
  if (!o.clock.empty()) {
    std::string clock;
    if (o.clock_hertz) clock = fixed(*o.clock_hertz * 1e-6, 3) + " MHz";
    if (o.clock_drift_ppm)
      clock +=
          (clock.empty() ? "drift at most " : ", drift at most ") + fixed(*o.clock_drift_ppm, 1) + " ppm";
    fact("clock", name(o.clock, 30), clock);
  }
  if (o.pending > 0) fact("not yet told by slow counters", grouped(static_cast<double>(o.pending)), "spans");
  out += "</ul>\n</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
