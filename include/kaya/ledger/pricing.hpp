// SPDX-License-Identifier: MIT
// Where the grid joins the books: grams of CO2e for energy used in a span of time.
#pragma once

#include <cstdint>
#include <optional>

#include <kaya/grid/series.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Energy x PUE x the carbon intensity in force at that time.
struct pricing {
  double pue = 1;
  grams_per_kilowatt_hour intensity{};  // constant, and where the series ends
  std::optional<grid::series> series{};

  struct rate {
    double grams_per_microjoule;
    bool fell_back;  // the series does not cover the span: the constant was used
  };
  /// The rate over a span of unix time in nanoseconds.
  rate over(std::int64_t from, std::int64_t to) const noexcept {
    constexpr double microjoules_per_kilowatt_hour = 3.6e12;
    grams_per_kilowatt_hour value = intensity;
    bool fell_back = false;
    if (series) {
      if (const auto mean = series->mean(from, to)) value = *mean;
      else fell_back = true;
    }
    return {value.count() * pue / microjoules_per_kilowatt_hour, fell_back};
  }
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
