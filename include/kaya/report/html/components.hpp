// SPDX-License-Identifier: MIT
// The mean power of each component over the whole run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/report/figures.hpp>
#include <kaya/report/html/drawing.hpp>
#include <kaya/report/ranks_text.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// From the top of a stack to its bottom: what changes least over a run is lowest.
inline constexpr std::size_t component_count = 5;
inline constexpr meter::component components[component_count] = {
    meter::component::gpu, meter::component::cpu, meter::component::memory, meter::component::platform,
    meter::component::other};

inline std::string shown_name(meter::component part) {
  return part == meter::component::cpu   ? "CPU"
         : part == meter::component::gpu ? "GPU"
                                         : std::string(to_string(part));
}

/// The components' mean powers, each named; as parts of one bar, too, unless a drawing beside it has them.
inline void add_components(std::string& out, const run_report& r, bool as_bar) {
  const double time = r.duration.count();
  std::string list, parts;
  double all = 0, at = 0;
  for (const auto part : components)
    if (const component_sum s = sum_of(r, part); s.energy_uj.count() > 0)
      all += static_cast<double>(s.energy_uj.count());
  for (const auto part : components) {
    const component_sum s = sum_of(r, part);
    if (s.channels == 0) continue;
    std::size_t without = 0;
    for (const channel_line& c : r.channels) without += c.counted && c.part == part && !c.energy_uj;
    const std::string kind(to_string(part));
    const double share = all > 0 ? static_cast<double>(s.energy_uj.count()) / all : 0;
    list += "<li>" + swatch(without == s.channels ? "missing" : kind) + " <span>" + shown_name(part) +
            " <small>" + how_many(s.channels, "channel") + "</small></span> ";
    if (without == s.channels) {
      list += "<span class=\"value\">not known</span></li>\n";
      continue;
    }
    list += "<span class=\"value\">" +
            (time > 0 ? amount(watts(static_cast<double>(s.energy_uj.count()) * 1e-6 / time))
                      : amount(joules(s.energy_uj))) +
            " <small>" + share_of(share) + "</small></span>";
    if (without > 0)
      list += "<span class=\"lack\">without " + how_many(without, "channel") + " that gave no value</span>";
    list += "</li>\n";
    if (share > 0) add_rectangle(parts, "part " + kind, at, at + share, 0, 22);
    at += share;
  }
  if (list.empty()) return;
  out += "<div class=\"components\">\n<h3>Mean power by component</h3>\n";
  if (parts.empty()) out += "<p class=\"hatched block\">not known</p>\n";
  else if (as_bar)
    out += "<svg class=\"stack\" width=\"100%\" height=\"22\" aria-hidden=\"true\">" + parts + "</svg>\n";
  ((out += "<ul class=\"legend\">\n") += list) += "</ul>\n</div>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
