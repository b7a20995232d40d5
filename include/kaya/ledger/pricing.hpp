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
    double grams_per_microjoule;
    bool fell_back;  // neither series nor live source know all of the span: the constant was used
  };
  /// Whether the intensity changes with time.
  bool varies() const noexcept { return series || live; }
  /// The rate over a span of unix time in nanoseconds.
  rate over(std::int64_t from, std::int64_t to) const noexcept {
    constexpr double microjoules_per_kilowatt_hour = 3.6e12;
    std::optional<grams_per_kilowatt_hour> known;
    if (series) known = series->mean(from, to);
    if (!known) known = live.over(from, to);
    return {known.value_or(intensity).count() * pue / microjoules_per_kilowatt_hour, varies() && !known};
  }
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
