// SPDX-License-Identifier: MIT
// Which part of the program used the energy.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/html/bars.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

inline std::string share_of_run(const run_report& r, const std::optional<microjoules>& part) {
  if (!part || !r.energy_uj || r.energy_uj->count() <= 0) return {};
  const double share = static_cast<double>(part->count()) / static_cast<double>(r.energy_uj->count());
  return " <small>" + share_of(share) + "</small>";
}

inline bar scope_bar(const run_report& r, const scope_line& s) {
  bar b;
  b.name = name(s.name);
  for (const std::string& mark : s.marks) b.name += " " + badge("mark", escaped(mark, 40));
  b.known = s.own_uj.has_value();
  b.value = amount(s.own_uj) + share_of_run(r, s.own_uj);
  if (s.own_uj) b.size = joules(*s.own_uj).count();
  if (s.own && is_known(s.own->low.count()) && is_known(s.own->high.count()))
    b.low = s.own->low.count(), b.high = s.own->high.count();
  const auto also = [&b](const std::string& text) { b.note += (b.note.empty() ? "" : " \xC2\xB7 ") + text; };
  if (s.name == "(outside)") also("neither an epoch nor a scope was open");
  if (s.name == "epoch") also("in an epoch, but in no scope");
  if (b.low < b.high) also("range " + amount(joules(b.low)) + " to " + amount(joules(b.high)));
  if (s.name != "(outside)") also(grouped(static_cast<double>(s.count)) + " closed");
  if (s.total_uj && s.own_uj && s.total_uj->count() != s.own_uj->count())
    also(amount(s.total_uj) + " with all it encloses");
  if (s.name != "(outside)" && s.time > seconds(0)) also(amount(s.time));
  return b;
}

inline void add_scopes(std::string& out, const run_report& r) {
  constexpr std::size_t most = 15;
  std::vector<const scope_line*> lines;
  for (const scope_line& s : r.scopes)
    if (!(s.name == "epoch" && s.count == 0 && r.epochs.empty())) lines.push_back(&s);
  if (lines.empty()) return;
  kaya::detail::merge_sort(lines, [](const scope_line* a, const scope_line* b) {
    return a->own_uj && (!b->own_uj || *a->own_uj > *b->own_uj);
  });
  std::vector<bar> bars;
  // Of one more than fits, the last two would be one line anyway.
  const std::size_t shown = lines.size() > most ? most - 1 : lines.size();
  for (std::size_t i = 0; i < shown; ++i) bars.push_back(scope_bar(r, *lines[i]));
  if (shown < lines.size()) {
    microjoules sum(0);
    std::size_t unknown = 0;
    for (std::size_t i = shown; i < lines.size(); ++i)
      if (lines[i]->own_uj) sum += *lines[i]->own_uj;
      else ++unknown;
    bar rest;
    rest.name = std::to_string(lines.size() - shown) + " others together";
    rest.kind = "rest";
    rest.known = unknown < lines.size() - shown;
    const std::optional<microjoules> known = rest.known ? std::optional(sum) : std::nullopt;
    rest.value = amount(known) + share_of_run(r, known);
    rest.size = joules(sum).count();
    if (unknown > 0) rest.note = "of " + std::to_string(unknown) + " it is not known";
    bars.push_back(std::move(rest));
  }
  out += "<section>\n";
  add_heading(out, "Where in the program");
  out += "<figure>\n";
  add_bars(out, bars);
  out +=
      "<figcaption>Own energy: that of the time in which a scope was the innermost open one. All of them add "
      "up to "
      "the run. The line over a bar is its 95 % range; it is wide where a scope is much "
      "shorter "
      "than the time between samples. An arrow: it goes further.</figcaption>\n</figure>\n</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
