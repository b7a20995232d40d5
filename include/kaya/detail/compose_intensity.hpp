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

/// What an intensity that changes with time comes from.
struct intensity_source {
  std::string name{};  // empty: there is none
  std::string source{};
  grid::accounting how = grid::accounting::lifecycle;
  grid::basis basis = grid::basis::location;
};
struct changing_intensity {
  intensity_source series{}, live{};

  changing_intensity() = default;
  explicit changing_intensity(const ledger::pricing& p) {
    if (p.series) series = {"series", std::string(p.series->source()), p.series->how(), p.series->basis()};
    if (p.live)
      live = {"live " + std::string(p.live.zone()), std::string(p.live.name()), p.live.how(), p.live.basis()};
  }
  explicit operator bool() const noexcept { return !series.name.empty() || !live.name.empty(); }
};

/// The intensity that changed with time: its mean, weighted by energy, and what it came from. In r.intensity
/// is the figure that was used where nothing else was known.
inline void compose_changing(const changing_intensity& from, const ledger::books& books, run_report& r) {
  const intensity_line beyond = std::exchange(r.intensity, intensity_line{});
  intensity_line& line = r.intensity;
  const double all_uj = static_cast<double>(books.total().own_uj);
  line.value = all_uj > 0 ? grams_per_kilowatt_hour(books.grams(books.total()) / (all_uj / 3.6e12) / r.pue)
                          : beyond.value;
  // The most used first; before anything was used, what will be.
  struct part {
    intensity_line line{};
    double uj = 0;
  };
  part parts[3];
  const auto line_of = [](const intensity_source& i) {
    intensity_line l;
    l.name = i.name, l.source = i.source, l.how = i.how, l.basis = i.basis;
    return l;
  };
  parts[0] = {line_of(from.series), books.by_series_uj()};
  parts[1] = {line_of(from.live), books.by_live_uj()};
  parts[2] = {beyond, all_uj - books.by_series_uj() - books.by_live_uj()};
  const bool has_series = !from.series.name.empty();
  const part* most = has_series ? &parts[0] : &parts[1];
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
  if (line.name.empty()) line.name = has_series ? "series" : "live";
  if (books.fallbacks() == 0) return;
  line.beyond_series = all_uj > 0 ? parts[2].uj / all_uj : 0;
  line.assumed = beyond.assumed;
  line.note += (line.note.empty() ? "" : "; ") +
               plain(static_cast<int>(1000 * line.beyond_series + 0.5) / 10.0) + " % of the energy, in " +
               std::to_string(books.fallbacks()) + " intervals, was used when it was not known, and has " +
               humanize(beyond.value) + " (" + beyond.name + ")";
}

/// One that does not change, but was another in earlier processes of the run.
inline void compose_mixed(const ledger::books& books, run_report& r) {
  const double kilowatt_hours = static_cast<double>(books.total().own_uj) / 3.6e12,
               now = r.intensity.value.count();
  if (!(kilowatt_hours > 0)) return;
  const double mean = books.grams(books.total()) / kilowatt_hours / r.pue;
  if (mean >= now * (1 - 1e-9) && mean <= now * (1 + 1e-9)) return;
  r.intensity.note += (r.intensity.note.empty() ? "" : "; ") + humanize(r.intensity.value) +
                      " in this process; earlier ones had other factors";
  r.intensity.value = grams_per_kilowatt_hour(mean);
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
