// SPDX-License-Identifier: MIT
// What a report says of a carbon intensity that changed during the run.
#pragma once

#include <string>
#include <utility>

#include <kaya/grid/series.hpp>
#include <kaya/ledger/books.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/options.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// "direct, location-based"
inline std::string kind_of(const intensity_line& i) {
  return std::string(to_string(i.how)) + ", " + std::string(to_string(i.basis));
}

/// The intensity that changed with time: its mean, weighted by energy, and what it came from. In r.intensity
/// is the figure that was used where nothing else was known.
inline void compose_varying(const ledger::pricing& price, const ledger::books& books, run_report& r) {
  const intensity_line beyond = std::exchange(r.intensity, intensity_line{});
  intensity_line& line = r.intensity;
  const double all_uj = static_cast<double>(books.total().own_uj);
  line.value = all_uj > 0
                   ? grams_per_kilowatt_hour(books.grams(books.total()) / (all_uj / 3.6e12) / price.pue)
                   : beyond.value;
  // The most used first; before anything was used, what will be.
  struct part {
    intensity_line line{};
    double uj = 0;
  };
  part parts[3];
  if (price.series) {
    const grid::series& s = *price.series;
    parts[0].uj = books.by_series_uj();
    parts[0].line.name = "series", parts[0].line.source = s.source();
    parts[0].line.how = s.how(), parts[0].line.basis = s.basis();
  }
  if (price.live) {
    parts[1].uj = books.by_live_uj();
    parts[1].line.name = "live " + std::string(price.live.zone()), parts[1].line.source = price.live.name();
    parts[1].line.how = price.live.how(), parts[1].line.basis = price.live.basis();
  }
  parts[2] = {beyond, all_uj - books.by_series_uj() - books.by_live_uj()};
  const part* most = price.series ? &parts[0] : &parts[1];
  for (const part& p : parts)
    if (p.uj > most->uj) most = &p;
  line.how = most->line.how, line.basis = most->line.basis;
  for (const part& p : parts) {
    const bool is_used = p.uj > all_uj * 1e-9;
    if (&p != &parts[2] && (is_used || &p == most)) {
      line.name += (line.name.empty() ? "" : ", ") + p.line.name;
      line.source += (line.source.empty() ? "" : "; ") + p.line.source;
    }
    // Of a figure that was given the kind is not known.
    const bool is_of_known_kind = &p != &parts[2] || !beyond.code.empty();
    if (!is_used || !is_of_known_kind || (p.line.how == line.how && p.line.basis == line.basis)) continue;
    line.mixes_kinds = true;
    line.note += (line.note.empty() ? "" : "; ") + p.line.name + " is " + kind_of(p.line) + " where " +
                 most->line.name + " is " + kind_of(most->line);
  }
  if (line.name.empty()) line.name = price.series ? "series" : "live";
  if (books.fallbacks() == 0) return;
  line.beyond_series = all_uj > 0 ? parts[2].uj / all_uj : 0;
  line.assumed = beyond.assumed;
  line.note += (line.note.empty() ? "" : "; ") +
               plain(static_cast<int>(1000 * line.beyond_series + 0.5) / 10.0) + " % of the energy, in " +
               std::to_string(books.fallbacks()) + " intervals, was used when it was not known, and has " +
               humanize(beyond.value) + " (" + beyond.name + ")";
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
