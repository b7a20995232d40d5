// SPDX-License-Identifier: MIT
// The head of a page: what ran, when and where, the figures that matter, and what is to be known of them.
#pragma once

#include <string>
#include <string_view>

#include <kaya/report/html/bars.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// hardware_text(), but of several GPUs their number and maker.
inline std::string machine_of(hardware_line h) {
  if (h.gpus.size() > 1) {
    const auto maker = [](std::string_view gpu) { return gpu.substr(0, gpu.rfind(' ')); };
    bool same = true;
    for (const std::string& gpu : h.gpus) same = same && maker(gpu) == maker(h.gpus[0]);
    const std::string all = std::to_string(h.gpus.size());
    h.gpus = {same ? all + " " + std::string(times) + " " + std::string(maker(h.gpus[0])) : all + " GPUs"};
  }
  return hardware_text(h);
}

inline void add_title(std::string& out, const run_report& r, std::string_view title) {
  out += "<header>\n<p class=\"kicker\">Energy and emissions of a run</p>\n<h1>";
  out += name(!title.empty() ? title : !r.project.empty() ? std::string_view(r.project) : r.run_id);
  out += "</h1>\n<p class=\"facts\">";
  auto fact = [&out, first = true](const std::string& text) mutable {
    if (!first) out += "<span class=\"dot\"> \xC2\xB7 </span>";
    first = false;
    ((out += "<span>") += text) += "</span>";
  };
  if (!r.run_id.empty()) fact("run <code>" + name(r.run_id, 40) + "</code>");
  if (!r.enabled) {
    out += "</p>\n</header>\n";
    return;
  }
  if (r.start_unix_ns > 0) fact(date(r.start_unix_ns));
  fact(amount(r.duration) + (r.finished ? "" : " so far, " + badge("open", "still running")));
  if (!r.hardware.host.empty()) fact("on " + name(r.hardware.host, 40));
  if (r.hardware.rank) fact("rank " + std::to_string(*r.hardware.rank));
  if (!r.ranks.empty()) fact(std::to_string(r.ranks.size()) + " ranks together");
  out += "</p>\n";
  if (const std::string machine = machine_of(r.hardware); !machine.empty())
    ((out += "<p class=\"facts\">") += prose(machine)) += "</p>\n";
  out += "</header>\n";
}

inline void begin_card(std::string& out, std::string_view what, bool known = true) {
  ((out += known ? "<div class=\"card\">" : "<div class=\"card unknown\">") += "<h2>") += what;
  out += "</h2>\n";
}
inline void add_big(std::string& out, const std::string& figure) {
  ((out += "<p class=\"big\">") += figure) += "</p>\n";
}
inline void add_small(std::string& out, const std::string& text) {
  if (!text.empty()) ((out += "<p class=\"small\">") += text) += "</p>\n";
}
inline void end_card(std::string& out) { out += "</div>\n"; }

/// The range as a line with a dot, from 0 on.
template <class Q>
void add_dot(std::string& out, const interval<Q>& i) {
  const double low = i.low.count(), high = i.high.count(), value = i.value.count();
  const double end = (high > value ? high : value) * 1.03;
  if (!(low < high) || !(end > 0) || !is_known(end)) return;
  out += "<svg class=\"bar\" width=\"100%\" height=\"14\" aria-hidden=\"true\">";
  add_rectangle(out, "track", 0, 1, 5, 9);
  add_rectangle(out, "fill span", low / end, high / end, 3, 11);
  out += "<circle class=\"mark\"";
  percent_attribute(out, "cx", value / end);
  out += " cy=\"7\" r=\"5\"/></svg>\n";
}

/// Of what counts, by how it is known: shares of the energy as a bar, and in words.
inline void add_known_card(std::string& out, const run_report& r) {
  begin_card(out, "How it is known");
  add_big(out, share_of(r.measured_share) + "<span class=\"unit\"> measured</span>");
  double all = 0, by[4] = {};
  for (const channel_line& c : r.channels)
    if (c.counted && c.energy_uj && c.energy_uj->count() > 0)
      by[static_cast<std::size_t>(c.how)] += static_cast<double>(c.energy_uj->count());
  for (const double x : by) all += x;
  if (!(all > 0)) return add_small(out, escaped(provenance_text(r))), end_card(out);
  out += "<svg class=\"bar\" width=\"100%\" height=\"14\" aria-hidden=\"true\">";
  std::string words;
  double at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!(by[i] > 0)) continue;
    const auto how = static_cast<meter::provenance>(i);
    add_rectangle(out, "known " + std::string(to_string(how)), at / all, (at + by[i]) / all, 0, 14);
    at += by[i];
    words += (words.empty() ? "" : " ") + badge(how) + std::string(no_break_space) + share_of(by[i] / all);
  }
  out += "</svg>\n";
  add_small(out, words);
  end_card(out);
}

inline void add_cards(std::string& out, const run_report& r) {
  out += "<section class=\"cards\" aria-label=\"Totals\">\n";
  const std::string nothing = "<span class=\"hatched\">not known</span>";
  begin_card(out, "Energy", r.energy.has_value());
  if (r.energy) {
    add_big(out, large(amount(r.energy->value)));
    add_dot(out, *r.energy);
    add_small(out, range_of(*r.energy));
    add_small(out, "IT equipment, " + std::string(whose_text(r.of)));
  } else {
    add_big(out, nothing);
    add_small(out, "no channel that counts gave a value; the reasons are below");
  }
  end_card(out);
  begin_card(out, "Emissions", r.emissions.has_value());
  if (r.emissions) {
    add_big(out, large(amount(r.emissions->value)));
    add_dot(out, *r.emissions);
    add_small(out, range_of(*r.emissions) + ", of the energy alone");
    add_small(out,
              std::string(to_string(r.intensity.how)) + ", " + std::string(to_string(r.intensity.basis)));
  } else {
    add_big(out, nothing);
    add_small(out, r.energy ? "the carbon intensity is not known" : "as the energy is not known");
  }
  end_card(out);
  // One that nobody's figure is, and 0, was never set.
  const bool priced = r.intensity.value.count() > 0 || !r.intensity.name.empty();
  begin_card(out, "Carbon intensity, PUE", priced);
  add_big(out, priced ? large(amount(r.intensity.value)) : nothing);
  add_small(out, escaped(r.intensity.name) +
                     (r.intensity.year != 0 ? " " + std::to_string(r.intensity.year) : std::string()) +
                     (r.intensity.assumed ? " " + assumed_badge() + " no region was given" : ""));
  add_small(out, "PUE " + grouped(r.pue) + (r.pue_assumed ? " " + assumed_badge() + " nobody gave one" : ""));
  end_card(out);
  if (r.energy) add_known_card(out, r);
  if (r.water && r.wue) {
    begin_card(out, "Water");
    add_big(out, large(amount(*r.water)));
    add_small(out, "at " + amount(*r.wue) + " of IT energy");
    end_card(out);
  }
  out += "</section>\n";
}

/// What is missing from the figures above.
inline void add_gaps(std::string& out, const run_report& r) {
  constexpr std::size_t most = 12;
  const std::vector<std::string> gaps = gaps_of(r);
  if (gaps.empty()) return;
  out += "<section class=\"callout\">\n";
  add_heading(out, "What to know of these figures");
  out += "<ul>\n";
  for (std::size_t i = 0; i < gaps.size() && i < most; ++i)
    ((out += "<li>") += escaped(gaps[i], 240)) += "</li>\n";
  if (gaps.size() > most)
    out +=
        "<li>and " + std::to_string(gaps.size() - most) + " more of the kind: see the channels below</li>\n";
  out += "</ul>\n</section>\n";
}

/// work x energy each x PUE x intensity = emissions, as steps.
inline void add_chain(std::string& out, const run_report& r) {
  if (!r.energy || !r.emissions) return;
  out += "<section>\n";
  add_heading(out, "From work to emissions");
  out += "<figure>\n<ol class=\"chain\">\n";
  const auto link = [&out](std::string_view sign, std::string_view kind, const std::string& figure,
                           const std::string& what) {
    ((out += "<li class=\"") += kind) += "\">";
    if (!sign.empty()) ((out += "<span class=\"sign\">") += sign) += "</span>";
    ((out += "<span class=\"link\"><strong>") += figure) += "</strong><span>";
    (out += what) += "</span></span></li>\n";
  };
  const bool worked = r.work > 0 && is_known(r.work);
  if (worked) {
    link("", "given", grouped(r.work), name(r.work_unit.empty() ? "units of work" : r.work_unit, 40));
    link(times, "given", amount(r.energy->value / r.work), "of IT energy for each");
  } else {
    link("", "given", amount(r.energy->value), "of IT energy");
  }
  link(times, r.pue_assumed ? "guess" : "given", "PUE " + grouped(r.pue),
       r.pue_assumed ? assumed_badge() + " nobody gave one" : "energy of the building for each of IT");
  link(times, r.intensity.assumed ? "guess" : "given", amount(r.intensity.value),
       escaped(r.intensity.name) + (r.intensity.assumed ? " " + assumed_badge() : ""));
  link("=", "result", amount(r.emissions->value), range_of(*r.emissions));
  out += "</ol>\n<figcaption>The Kaya identity with its factors as they were.";
  if (worked) out += " Work and energy of each make " + amount(r.energy->value) + " of IT energy.";
  ((out += " Carbon intensity: ") += prose(intensity_text(r.intensity))) += ".</figcaption>\n";
  out += "</figure>\n</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
