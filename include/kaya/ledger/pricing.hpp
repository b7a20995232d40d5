// SPDX-License-Identifier: MIT
// Where the grid joins the books: grams of CO2e for energy used in a span of time.
#pragma once

#include <cstdint>
#include <optional>

#include <kaya/grid/live_source.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Energy x PUE x the carbon intensity in force at that time.
struct pricing {
  double pue = 1;
  grams_per_kilowatt_hour intensity{};  // constant, and where nothing else is known
  std::optional<grid::series> series{};
  grid::live_source live{};  // where the series knows nothing

  /// The intensity over a span, and the shares of its time that have it from the series and from the live
  /// source; the rest is the constant's.
  struct rate {
    double mean = 0;  // g/kWh
    double by_series = 0, by_live = 0;

    double grams_per_microjoule(double with_pue) const noexcept {
      constexpr double microjoules_per_kilowatt_hour = 3.6e12;
      return mean * (with_pue / microjoules_per_kilowatt_hour);
    }
  };
  /// Whether the intensity changes with time.
  bool varies() const noexcept { return series || live; }
  /// The rate over a span of unix time in nanoseconds. What is not known throughout is put together from its
  /// parts.
  rate over(std::int64_t from, std::int64_t to) const noexcept {
    if (!varies()) return {intensity.count()};
    if (series)
      if (const auto known = series->mean(from, to)) return {known->count(), 1, 0};
    rate all;
    for (std::int64_t at = from; at < to || from == to;) {
      std::int64_t end = to;
      std::optional<grams_per_kilowatt_hour> known;
      if (series) {
        const grid::stretch s = series->stretch_at(at);
        if (s.end_ns < end) end = s.end_ns;
        if (s.known) known = series->mean(at, end);
      }
      const bool by_series = known.has_value();
      if (!known) known = live.over(at, end);
      const double share = from == to ? 1 : static_cast<double>(end - at) / static_cast<double>(to - from);
      all.mean += share * known.value_or(intensity).count();
      (by_series ? all.by_series : all.by_live) += known ? share : 0;
      if (from == to) break;
      at = end;
    }
    return all;
  }
  /// The first time after another at which energy is to be priced anew: the next whole minute of UTC, or a
  /// step of the series or of the live source, if that comes sooner.
  std::int64_t next_edge(std::int64_t at) const noexcept {
    constexpr std::int64_t minute = 60'000'000'000;
    std::int64_t edge = at - (at % minute + minute) % minute + minute;
    if (series) edge = series->next_step(at, edge);
    if (const auto step = live.latest(); step && step->from_ns > at && step->from_ns < edge)
      edge = step->from_ns;
    return edge;
  }
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
