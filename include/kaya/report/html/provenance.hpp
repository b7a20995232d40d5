// SPDX-License-Identifier: MIT
// What each figure is known from: a row for each channel, and what its meter says of itself.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/html/drawing.hpp>
#include <kaya/report/ranks_text.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// Channels and notes that are shown; of the rest there is a sum.
inline constexpr std::size_t most_channels = 120, most_notes = 40;

/// Headings of columns of figures begin with '>'.
inline void begin_table(std::string& out, std::initializer_list<std::string_view> headings,
                        std::string_view kind = "stacks") {
  out += "<div class=\"scroll\"><table class=\"" + std::string(kind) + "\">\n<thead><tr>";
  for (std::string_view h : headings) {
    const bool figures = h.starts_with('>');
    if (figures) h.remove_prefix(1);
    ((out += figures ? "<th scope=\"col\" class=\"figure\">" : "<th scope=\"col\">") += h) += "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
}
inline void end_table(std::string& out) { out += "</tbody>\n</table></div>\n"; }
/// A cell that says its heading where the table is too narrow for a row of headings.
inline void add_cell(std::string& out, std::string_view heading, const std::string& text,
                     std::string_view kind = {}) {
  out += "<td";
  if (!kind.empty()) ((out += " class=\"") += kind) += '"';
  (((out += " data-label=\"") += heading) += "\">") += text;
  out += "</td>";
}

inline std::string oddities(const channel_line& c) {
  std::string text;
  const auto add = [&text](std::uint64_t n, const char* what) {
    if (n > 0)
      text += (text.empty() ? "" : ", ") + grouped(static_cast<double>(n)) + std::string(no_break_space) +
              what + (n == 1 ? "" : "s");
  };
  add(c.gaps, "gap");
  add(c.wraps, "wrap");
  add(c.resets, "reset");
  if (c.glitches > 0) add(c.glitches, c.glitches == 1 ? "glitch" : "glitche");
  if (c.ambiguous > 0)
    text += (text.empty() ? "" : ", ") + grouped(static_cast<double>(c.ambiguous)) + " ambiguous";
  return text;
}

inline std::string coverage_text(const channel_line& c) {
  std::string out = "<svg class=\"covered\" width=\"44\" height=\"6\" aria-hidden=\"true\">";
  add_rectangle(out, "track", 0, 1, 0, 6);
  if (c.coverage > 0) add_rectangle(out, "fill", 0, c.coverage, 0, 6);
  return out + "</svg>" + share_of(c.coverage);
}

inline void add_channel(std::string& out, const channel_line& c) {
  out += c.counted ? "<tr>" : "<tr class=\"aside\">";
  std::string who = name(c.name, 48);
  if (!c.device.empty() && c.device != c.name) who += "<small>" + name(c.device, 40) + "</small>";
  if (!c.host.empty()) who += "<small>on " + name(c.host, 40) + "</small>";
  out += "<th scope=\"row\">" + who + "</th>";
  add_cell(out, "part", std::string(to_string(c.part)));
  add_cell(out, "mechanism", name(c.mechanism, 30));
  add_cell(out, "known by", badge(c.how));
  if (c.energy_uj) {
    std::string energy = amount(c.energy_uj);
    if (c.energy) energy += "<small>" + range_of(*c.energy) + "</small>";
    add_cell(out, "energy", energy, "figure");
  } else {
    add_cell(out, "energy",
             "<span class=\"hatched\">not known" + (c.why ? ": " + std::string(to_string(*c.why)) : "") +
                 "</span>");
  }
  add_cell(out, "mean power", c.rate ? amount(*c.rate) : std::string("-"), "figure");
  add_cell(out, "covered", coverage_text(c), "figure");
  std::string total = c.counted && c.energy_uj ? "counted"
                      : c.counted              ? badge("missing", "missing")
                                               : "shown only";
  if (!c.held_by.empty()) total += "<small>counted by " + name(c.held_by, 40) + "</small>";
  if (const std::string odd = oddities(c); !odd.empty()) total += "<small>" + odd + "</small>";
  add_cell(out, "in the total", total);
  out += "</tr>\n";
}

/// What is said of several channels in the same words, once.
inline void add_notes(std::string& out, const run_report& r, std::size_t channels) {
  struct remark {
    std::string_view note, accuracy;
    std::vector<std::string_view> of;
  };
  std::vector<remark> remarks;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < r.channels.size(); ++i) {
    const channel_line& c = r.channels[i];
    const std::string_view accuracy = c.energy_uj ? std::string_view(c.accuracy) : std::string_view();
    if (c.note.empty() && accuracy.empty()) continue;
    std::size_t at = 0;
    while (at < remarks.size() && !(remarks[at].note == c.note && remarks[at].accuracy == accuracy)) ++at;
    if (at < remarks.size()) remarks[at].of.push_back(c.name);
    else if (i < channels && remarks.size() < most_notes) remarks.push_back({c.note, accuracy, {c.name}});
    else ++left_out;
  }
  if (remarks.empty()) return;
  out += "<h3>What the meters say of themselves</h3>\n<dl class=\"notes\">\n";
  for (const remark& m : remarks) {
    out += "<dt>";
    constexpr std::size_t most = 3;
    for (std::size_t i = 0; i < m.of.size() && i < most; ++i) (out += i > 0 ? ", " : "") += name(m.of[i], 48);
    if (m.of.size() > most) out += " and " + std::to_string(m.of.size() - most) + " more";
    out += "</dt><dd>";
    if (!m.note.empty()) out += prose(m.note);
    if (!m.accuracy.empty()) {
      if (!m.note.empty()) out += "<br>";
      out += "<b>Accuracy:</b> " + prose(m.accuracy);
    }
    out += "</dd>\n";
  }
  out += "</dl>\n";
  if (left_out > 0)
    out +=
        "<p class=\"small\">The remarks of " + how_many(left_out, "other channel") + " are not shown.</p>\n";
}

inline void add_provenance(std::string& out, const run_report& r) {
  out += "<section>\n";
  add_heading(out, "How each figure is known");
  if (r.channels.empty()) {
    out += "<p class=\"hatched block\">not known: the report has no channel</p>\n</section>\n";
    return;
  }
  begin_table(
      out, {"channel", "part", "mechanism", "known by", ">energy", ">mean power", ">covered", "in the total"},
      "stacks channels");
  const std::size_t n = r.channels.size(), shown = n > most_channels ? most_channels : n;
  for (std::size_t i = 0; i < shown; ++i) add_channel(out, r.channels[i]);
  end_table(out);
  if (shown < n) {
    microjoules sum(0);
    std::size_t counted = 0, missing = 0;
    for (std::size_t i = shown; i < n; ++i) {
      const channel_line& c = r.channels[i];
      if (c.counted && c.energy_uj) sum += *c.energy_uj, ++counted;
      missing += c.counted && !c.energy_uj;
    }
    out += "<p class=\"small\">And " + how_many(n - shown, "more channel") + ": " + std::to_string(counted) +
           " of them counted, with " + amount(joules(sum)) + " together; " + std::to_string(missing) +
           " missing from the total.</p>\n";
  }
  out += "<p class=\"small legend-line\">" + badge(meter::provenance::measured) + " by a counter of energy " +
         badge(meter::provenance::integrated) + " from samples of power " +
         badge(meter::provenance::modelled) + " from load or size " + badge(meter::provenance::assumed) +
         " a guess that nobody confirmed</p>\n";
  add_notes(out, r, shown);
  out += "</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
