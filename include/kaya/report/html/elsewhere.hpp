// SPDX-License-Identifier: MIT
// The same energy on the electricity of other places, and what the amounts compare with.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/plan/whatif.hpp>
#include <kaya/report/equivalents.hpp>
#include <kaya/report/html/bars.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

inline bar region_bar(const plan::alternative& a, const plan::alternative* own) {
  bar b;
  b.name = a.as_it_was ? "<strong>" + escaped(a.what) + "</strong>" : name(a.what);
  b.kind = a.as_it_was ? "own" : "";
  b.value = amount(a.emissions.value);
  if (own != nullptr && !a.as_it_was && own->emissions.value.count() > 0)
    b.value += " <small>" + std::string(times) + no_break_space.data() +
               escaped(kaya::detail::three_digits(a.emissions.value / own->emissions.value).text) +
               "</small>";
  b.size = a.emissions.value.count();
  b.note = amount(a.intensity);
  if (!a.note.empty()) b.note += " \xC2\xB7 " + prose(a.note);
  return b;
}

inline void add_ranking(std::string& out, const plan::ranking& ranking) {
  const plan::alternative* own = nullptr;
  for (const plan::alternative& a : ranking.rows)
    if (a.as_it_was) own = &a;
  std::vector<bar> bars;
  for (const plan::alternative& a : ranking.rows) bars.push_back(region_bar(a, own));
  add_bars(out, bars);
}

/// Codes that grid::find() does not know are left out, and said.
inline void add_regions(std::string& out, const run_report& r, const std::vector<std::string>& codes) {
  if (codes.empty() || !r.energy || !(r.pue >= 1 && r.pue <= 100) || !is_known(r.intensity.value.count()))
    return;
  plan::what_if other(r);
  std::string unknown;
  for (const std::string& code : codes) {
    const auto found = grid::find(code);
    if (!found) unknown += (unknown.empty() ? "" : ", ") + name(code, 30);
    else if (found->code != r.intensity.code) other.region(code);
  }
  const std::vector<plan::ranking> rankings = other.rankings();
  if (rankings.empty()) return;
  out += "<section>\n";
  add_heading(out, "The same energy elsewhere");
  out += "<figure>\n";
  for (std::size_t i = 0; i < rankings.size(); ++i) {
    const plan::ranking& k = rankings[i];
    if (rankings.size() > 1)
      out += "<h3>" + std::string(to_string(k.how)) + ", " + std::string(to_string(k.basis)) + "</h3>\n";
    add_ranking(out, k);
  }
  out += "<figcaption>At the run's PUE of " + grouped(r.pue) + (r.pue_assumed ? " (assumed)" : "");
  if (rankings.size() > 1) {
    out += "; the lists count different things, so their figures are not to be compared with each other";
  } else {
    out += "; all figures are " + std::string(to_string(rankings[0].how)) + ", " +
           std::string(to_string(rankings[0].basis));
  }
  out += ". Yearly means, from kaya's table of regions.";
  if (r.intensity.mixes_kinds)
    out += " The run's own intensity mixes kinds of figures and has no place here.";
  if (!unknown.empty()) out += " Not known to kaya: " + unknown + ".";
  out += "</figcaption>\n</figure>\n</section>\n";
}

inline void add_comparison(std::string& out, const equivalence& e) {
  ((out += "<li><strong>") += escaped(e.text)) += "</strong>";
  std::string source(e.of.source);
  if (e.of.year != 0 && source.find(std::to_string(e.of.year)) == source.npos)
    source += ", " + std::to_string(e.of.year);
  if (!e.of.region.empty()) source += "; " + std::string(e.of.region);
  if (!e.of.note.empty()) source += "; " + std::string(e.of.note);
  ((out += " <span class=\"note\">") += prose(source)) += "</span></li>\n";
}

/// Closed until the reader asks, as they persuade more than they inform.
inline void add_equivalents(std::string& out, const run_report& r, std::size_t most) {
  if (most == 0) return;
  std::string list;
  if (r.emissions)
    for (const equivalence& e : equivalents(r.emissions->value, most)) add_comparison(list, e);
  if (r.energy)
    for (const equivalence& e : equivalents(r.energy->value, most)) add_comparison(list, e);
  if (list.empty()) return;
  out += "<details class=\"section\">\n<summary>What that compares with</summary>\n<ul class=\"plain\">\n" +
         list +
         "</ul>\n<p class=\"small\">Comparisons are for a sense of scale; each has the source of its "
         "figure.</p>\n"
         "</details>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
