// SPDX-License-Identifier: MIT
// What a report says, in words that are the same in all documents for readers. Plain text of any bytes:
// writers escape it as a whole.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/record.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Whole numbers with all digits, others with 5 significant ones: "60000000", "0.9712", "nan".
inline std::string figure_text(double x) {
  char text[40];
  const bool whole = x > -1e15 && x < 1e15 && x == static_cast<double>(static_cast<std::int64_t>(x));
  const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(x))
                         : std::to_chars(text, text + sizeof text, x, std::chars_format::general, 5);
  const std::string_view shown(text, static_cast<std::size_t>(end.ptr - text));
  return std::string(shown == "-nan" ? "nan" : shown);
}
/// "93.3 %", "<0.1 %", "100 %"; rounded, but to 100 only if it is all.
inline std::string share_text(double share) {
  const double p = share * 100;
  if (p > 0 && p < 0.1) return "<0.1 %";
  if (p < 100 && p > 99.9) return ">99.9 %";
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, p, std::chars_format::fixed, 1);
  std::string shown(text, end.ptr);
  if (shown.ends_with(".0")) shown.resize(shown.size() - 2);
  return shown + " %";
}

/// "(95 %: 250 Wh to 361 Wh)", or that no meter states how wrong it may be.
template <class Q>
std::string range_text(const interval<Q>& i) {
  if (i.low == i.high) return "(no range stated)";
  return "(95 %: " + humanize(i.low) + " to " + humanize(i.high) + ")";
}

/// What the energy is known from.
inline std::string provenance_text(const run_report& r) {
  if (r.measured_share >= 1) return "all of it measured";
  const std::string worst = "at worst " + std::string(to_string(r.worst_provenance));
  if (!(r.measured_share > 0)) return "none of it measured, " + worst;
  return share_text(r.measured_share) + " of it measured, the rest " + worst;
}

inline std::string_view whose_text(attribution of) noexcept {
  return of == attribution::machine   ? "the whole machine"
         : of == attribution::process ? "the share of one process"
                                      : "the share of one control group";
}

/// "1.5", "1 (assumed: nobody gave one)".
inline std::string pue_text(const run_report& r) {
  return figure_text(r.pue) + (r.pue_assumed ? " (assumed: nobody gave one)" : "");
}

/// Whose figure the carbon intensity is, and what to know of it, without its value.
inline std::string intensity_text(const intensity_line& i) {
  std::string text = i.name;
  if (!i.code.empty() && i.code != i.name) text += " (" + i.code + ")";
  if (i.year != 0) text += " " + std::to_string(i.year);
  if (!i.code.empty() || i.name != "given") text += ", " + std::string(to_string(i.how));
  text += ", " + std::string(to_string(i.basis));
  if (i.basis == grid::basis::marginal) text += " (what a kWh more causes, not the grid's mean)";
  if (!i.source.empty()) text += ", " + i.source;
  if (i.assumed) text += "; assumed, as no region was given";
  if (!i.note.empty()) text += "; " + i.note;
  return text;
}

/// "2000 images x 540 J each x PUE 1.5 x 44.1 gCO2e/kWh = 19.8 gCO2e"; empty if it is not known.
inline std::string chain_text(const run_report& r) {
  if (!r.energy || !r.emissions) return {};
  std::string text = r.work > 0 ? figure_text(r.work) + " " + r.work_unit + " x " +
                                      humanize(r.energy->value / r.work) + " each"
                                : humanize(r.energy->value);
  return text + " x PUE " + figure_text(r.pue) + (r.pue_assumed ? " (assumed)" : "") + " x " +
         humanize(r.intensity.value) + (r.intensity.assumed ? " (assumed)" : "") + " = " +
         humanize(r.emissions->value);
}

/// "AMD EPYC 9654, 384 logical CPUs, 68.7 GB, NVIDIA ...": empty if nothing is known.
inline std::string hardware_text(const hardware_line& h) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (!h.cpu_model.empty())
    add((h.sockets && *h.sockets > 1 ? std::to_string(*h.sockets) + " x " : "") + h.cpu_model);
  if (h.logical_cpus) add(std::to_string(*h.logical_cpus) + " logical CPUs");
  if (h.memory_bytes)
    add(figure_text(static_cast<double>(*h.memory_bytes / 100'000'000) / 10) + " GB of memory");
  for (const std::string& gpu : h.gpus) add(gpu);
  return text;
}

/// What the total does not have, or has in part, or of whom it is: a sentence each, without its full stop.
inline std::vector<std::string> gaps_of(const run_report& r) {
  std::vector<std::string> gaps;
  for (const channel_line& c : r.channels) {
    if (!c.counted) continue;
    if (!c.energy_uj)
      gaps.push_back(c.name +
                     " is not in the total: " + std::string(c.why ? to_string(*c.why) : "not known"));
    else if (c.coverage < 0.995)
      gaps.push_back(c.name + " is known for " + share_text(c.coverage) + " of the time");
  }
  std::size_t held = 0;
  std::string_view holder;
  for (const channel_line& c : r.channels)
    if (!c.held_by.empty() && held++ == 0) holder = c.held_by;
  if (held > 0)
    gaps.push_back(std::to_string(held) + (held == 1 ? " channel is" : " channels are") +
                   " not counted here, but in the reports of others (" + std::string(holder) + ")");
  if (r.processes.size() > 1)
    gaps.push_back("the run had " + std::to_string(r.processes.size()) +
                   " processes one after the other; the time between them is not in it");
  if (r.lost)
    gaps.push_back("the total has " + (r.lost->energy_uj ? humanize(joules(*r.lost->energy_uj)) : "energy") +
                   " of " + std::to_string(r.lost->epochs) + " epochs that were done again");
  if (r.intensity.beyond_series > 0)
    gaps.push_back(
        share_text(r.intensity.beyond_series) +
        " of the energy was used when the series of intensities knew none, and has another figure");
  if (!r.ranks.empty())
    gaps.push_back("the figures are those of " + std::to_string(r.ranks.size()) + " ranks together");
  if (!r.finished) gaps.push_back("the run went on after this report");
  return gaps;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
