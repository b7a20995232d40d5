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

  struct rate {
    double grams_per_microjoule = 0;
    double by_series = 0,
           by_live = 0;  // shares of the time that have it from there; the rest is the constant's
  };
  /// Whether the intensity changes with time.
  bool varies() const noexcept { return series || live; }
  /// The rate over a span of unix time in nanoseconds.
  rate over(std::int64_t from, std::int64_t to) const noexcept {
    rate all = varies() ? mean(from, to) : rate{intensity.count()};
    constexpr double microjoules_per_kilowatt_hour = 3.6e12;
    all.grams_per_microjoule *= pue / microjoules_per_kilowatt_hour;
    return all;
  }

 private:
  /// In g/kWh. What is not known throughout is put together from its parts.
  rate mean(std::int64_t from, std::int64_t to) const noexcept {
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
      all.grams_per_microjoule += share * known.value_or(intensity).count();
      (by_series ? all.by_series : all.by_live) += known ? share : 0;
      if (from == to) break;
      at = end;
    }
    return all;
  }
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
