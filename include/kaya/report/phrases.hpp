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
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/figures.hpp>
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

/// "1.50 uJ" as "1.50 \u00b5J", and CO2e with its subscript.
inline std::string typeset(std::string text) {
  if (const std::size_t at = text.find("CO2e"); at != text.npos) text.replace(at + 2, 1, "\xE2\x82\x82");
  if (const std::size_t space = text.find(' '); space != text.npos && text.size() > space + 2)
    if (text[space + 1] == 'u') text.replace(space + 1, 1, "\xC2\xB5");
  return text;
}
/// For people, with its unit.
template <class Q>
std::string amount_text(const Q& q) {
  return typeset(humanize(q));
}
inline constexpr std::string_view times_sign = " \xC3\x97 ";

/// "(95 %: 250 Wh to 361 Wh)", or that no meter states how wrong it may be.
template <class Q>
std::string range_text(const interval<Q>& i) {
  if (i.low == i.high) return "(no range stated)";
  return "(95 %: " + amount_text(i.low) + " to " + amount_text(i.high) + ")";
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

/// What is not measured: "68.4 % of the energy is assumed (cpu (model): TDP 6 W ...)", the largest part
/// first; of more than six the rest is one.
inline std::vector<std::string> estimates_of(const run_report& r) {
  constexpr std::size_t most = 6, most_names = 3;
  std::vector<const channel_line*> all;
  double whole = 0;
  for (const channel_line& c : r.channels) {
    if (!c.counted || !c.energy_uj) continue;
    whole += static_cast<double>(c.energy_uj->count());
    if (c.how != meter::provenance::measured && c.energy_uj->count() > 0) all.push_back(&c);
  }
  kaya::detail::merge_sort(all, [](const channel_line* a, const channel_line* b) {
    return a->how != b->how ? a->how < b->how : a->note < b->note;
  });
  struct estimate {
    std::size_t first = 0, end = 0;  // in all
    double energy = 0;
  };
  std::vector<estimate> alike;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || all[i]->how != all[i - 1]->how || all[i]->note != all[i - 1]->note)
      alike.push_back({i, i, 0});
    alike.back().end = i + 1;
    alike.back().energy += static_cast<double>(all[i]->energy_uj->count());
  }
  kaya::detail::merge_sort(alike, [](const estimate& a, const estimate& b) { return a.energy > b.energy; });
  std::vector<std::string> texts;
  const auto say = [&](double energy, meter::provenance how, std::string_view limit, const std::string& of) {
    texts.push_back(share_text(energy / whole) + " of the energy is " + std::string(limit) +
                    std::string(to_string(how)) + " (" + of + ")");
  };
  const std::size_t shown = alike.size() > most ? most - 1 : alike.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const estimate& e = alike[i];
    std::string of;
    for (std::size_t k = e.first; k < e.end && k < e.first + most_names; ++k)
      (of += of.empty() ? "" : ", ") += all[k]->name;
    if (e.end - e.first > most_names) of += ", ...";
    const channel_line& c = *all[e.first];
    say(e.energy, c.how, "", of + (c.note.empty() ? "" : ": ") + c.note);
  }
  double rest = 0;
  meter::provenance worst{};
  for (std::size_t i = shown; i < alike.size(); ++i) {
    rest += alike[i].energy;
    if (all[alike[i].first]->how > worst) worst = all[alike[i].first]->how;
  }
  if (shown < alike.size())
    say(rest, worst, "at worst ", std::to_string(alike.size() - shown) + " other kinds");
  return texts;
}

/// "1.5", "1 (assumed, as none was given)".
inline std::string pue_text(const run_report& r) {
  if (!r.pue_assumed) return figure_text(r.pue);
  return figure_text(r.pue) + (r.ranks.size() > 1 ? " (at least in part assumed, as not all gave one)"
                                                  : " (assumed, as none was given)");
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

/// "2000 images x 540 J each x PUE 1.5 x 44.1 gCO2e/kWh = 19.8 gCO2e", with times signs; empty if it is not
/// known.
inline std::string chain_text(const run_report& r) {
  if (!r.energy || !r.emissions) return {};
  std::string text;
  if (r.work > 0) ((text += figure_text(r.work)) += ' ') += r.work_unit;
  const auto factor = [&text](const std::string& x) { (text += text.empty() ? "" : times_sign) += x; };
  factor(r.work > 0 ? amount_text(r.energy->value / r.work) + " each" : amount_text(r.energy->value));
  factor("PUE " + figure_text(r.pue) + (r.pue_assumed ? " (assumed)" : ""));
  factor(amount_text(r.intensity.value) + (r.intensity.assumed ? " (assumed)" : ""));
  return text + " = " + amount_text(r.emissions->value);
}

/// "AMD EPYC 9654, 384 logical CPUs, 64 GiB of memory, NVIDIA ...": empty if nothing is known.
inline std::string hardware_text(const hardware_line& h) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (!h.cpu_model.empty())
    add((h.sockets && *h.sockets > 1 ? std::to_string(*h.sockets) + " x " : "") + h.cpu_model);
  if (h.logical_cpus) add(std::to_string(*h.logical_cpus) + " logical CPUs");
  if (h.memory_bytes) add(memory_text(*h.memory_bytes) + " of memory");
  for (const std::string& gpu : h.gpus) add(gpu);
  return text;
}

/// "The run ended with accuracy 0.9712 after 540 J"; "came to" while it goes on.
inline std::string result_text(const run_report& r, const std::pair<std::string, double>& metric) {
  return (r.finished ? "The run ended with " : "The run came to ") + metric.first + " " +
         figure_text(metric.second) + " after " +
         (r.energy ? amount_text(r.energy->value) : "an energy that is not known");
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
    gaps.push_back("the total has " +
                   (r.lost->energy_uj ? amount_text(joules(*r.lost->energy_uj)) : "energy") + " of " +
                   std::to_string(r.lost->epochs) + " epochs that were done again");
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
