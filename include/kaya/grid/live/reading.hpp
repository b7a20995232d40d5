// SPDX-License-Identifier: MIT
// What a service says about the grid right now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <kaya/grid/figure.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// A carbon intensity and the time that it is for.
struct reading {
  grams_per_kilowatt_hour value{};
  std::optional<std::int64_t> begin_ns{};  // unix time from which on it is true; nothing if not said
  std::optional<std::int64_t> end_ns{};    // and up to which
  accounting how = accounting::lifecycle;
  grid::basis basis = grid::basis::location;
  bool estimated = false;  // the service's model stands in for data that it does not have
  bool forecast = false;   // said before the time that it is for
};

/// An answer that was understood, or why not.
struct live_answer {
  std::optional<grid::reading> reading{};
  std::string zone{};   // as the service names it; empty if it does not
  std::string error{};  // what is missing or wrong; empty if there is a reading

  static live_answer refused(std::string why) { return {{}, {}, std::move(why)}; }
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
