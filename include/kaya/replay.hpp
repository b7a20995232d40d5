// SPDX-License-Identifier: MIT
// A journal as the report of its run: as it was, or as it would have been with other factors. Not there with
// KAYA_DISABLE.
#pragma once

#ifndef KAYA_DISABLE

#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/compose.hpp>
#include <kaya/detail/compose_intensity.hpp>
#include <kaya/detail/figures.hpp>
#include <kaya/detail/journal/persistence.hpp>
#include <kaya/detail/journal/repricer.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/ledger/clock.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/journal.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/options.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/record.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

/// What is to be another figure than in the run; what is empty stays. All as in tracker_options.
struct replay_options {
  std::string region{};
  std::optional<grams_per_kilowatt_hour> intensity{};  // beats region
  /// Beats both while it covers the time; beyond it they hold, or else the run's own constant.
  std::optional<grid::series> intensity_series{};
  std::optional<double> pue{};
  std::optional<litres_per_kilowatt_hour> wue{};
};

namespace detail::journal {

/// Of a journal's bytes; path: what errors call it.
inline run_report replay(std::string_view bytes, const std::string& path, const replay_options& with) {
  const bool other_intensity = !with.region.empty() || with.intensity || with.intensity_series;
  tracker_options o;
  o.region = with.region, o.intensity = with.intensity, o.intensity_series = with.intensity_series;
  o.pue = with.pue, o.wue = with.wue;
  // What is not given is the run's, and not this process's environment's.
  if (!other_intensity) o.intensity = grams_per_kilowatt_hour(0);
  if (!o.pue) o.pue = 1;
  if (!o.wue) o.wue = litres_per_kilowatt_hour(0);
  const detail::settings given = detail::resolve(o);

  ledger::pricing price = given.price;
  repricer anew;
  state last;
  run_report r;
  std::size_t states = 0;
  bool changes = false;
  const auto rate_of = [&](ledger::bin& bin) {
    if (other_intensity) bin.rate = price.over(bin.begin, bin.end);
    if (with.pue) bin.pue = *with.pue;
    return other_intensity ? price.varies() : changes;
  };
  const auto about = [&](const state& s) {
    try {
      if (!persistence::is_sound(s)) throw std::invalid_argument("it is no state of a ledger");
      return report::from_json(persistence::load_surroundings(s).about);
    } catch (const std::invalid_argument& e) {
      throw std::runtime_error("replay: " + path + " holds a record that is none of a run: " + e.what());
    }
  };
  const std::size_t good = ledger::journal::read_records(bytes, [](const state&, bool) {});
  ledger::journal::read_records(
      bytes.substr(0, good),
      [&](const state& s, bool) {
        if (states++ == 0) {
          r = about(s);
          if (with.intensity_series && with.region.empty() && !with.intensity)
            price.intensity = r.intensity.value;
        }
        if (!persistence::is_sound(s)) about(s);
        changes = static_cast<bool>(persistence::load_surroundings(s).changing);
        anew.next(s, rate_of);
      },
      &last);
  if (states == 0)
    throw std::runtime_error("replay: " + path + (good == 0 ? " is no journal" : " holds no whole record"));
  anew.finish(last, rate_of);

  const surroundings beside = persistence::load_surroundings(last);
  r = about(last);
  std::vector<meter::bound_channel> channels = persistence::load_channels(last);
  std::vector<std::optional<std::size_t>> as_they_were;
  for (std::size_t i = 0; i < channels.size(); ++i) as_they_were.emplace_back(i);
  ledger::core books(ledger::clock::real(), channels, given.price, 0);
  detail::own_figures own;
  persistence::load(last, books, own, as_they_were, true);
  if (other_intensity || with.pue) anew.give(books);

  if (other_intensity && (!with.region.empty() || with.intensity)) r.intensity = given.intensity;
  if (with.pue) r.pue = *with.pue, r.pue_assumed = false;
  if (with.wue) r.wue = with.wue;
  detail::compose(r, books, other_intensity ? detail::changing_intensity(price) : beside.changing, own);
  r.overhead = beside.cost;
  r.finished = beside.finished;
  return r;
}

}  // namespace detail::journal

/// The report of a journal's run, as of its last flush: after stop(), stop()'s, to the last bit
/// (without events that came after it, as of emissions_csv). With other
/// factors it is the report that the run would have given with them, to the last bit, too, if the steps of an
/// intensity_series are at whole minutes of UTC, as those of all publishers are; of others the nearest that a
/// minute's sums tell. Reads the file only; it may still be written. A torn tail is passed over. Throws
/// std::runtime_error for what cannot be read or is no journal, and config_error for a factor that cannot be.
inline run_report replay(const std::string& path, const replay_options& with = {}) {
  std::string bytes;
  if (const int error = ledger::journal::read_file(path, bytes); error != 0)
    throw std::runtime_error("replay: " + path + " cannot be read: " + std::strerror(error));
  return detail::journal::replay(bytes, path, with);
}

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
