// SPDX-License-Identifier: MIT
// What a file of carbon intensity does not say, and what was found in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <kaya/grid/figure.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// What a file does not say. All may be left empty for the files of known publishers. Negative values, which
/// marginal rates have in hours of surplus (PJM), are refused, as a series allows none.
struct csv_options {
  /// Names of columns, in any case; empty: those of known publishers (csv/columns.hpp).
  std::string time_column{}, value_column{};
  /// What is counted, and on whose behalf. Of a known column it is known: then this chooses among several.
  std::optional<accounting> how{};
  std::optional<grid::basis> basis{};
  /// What 1 in the column means, pounds_per_megawatt_hour(1); empty: as the publisher has it, else as the
  /// column's name says ("kg/MWh"), else 1 g/kWh.
  std::optional<grams_per_kilowatt_hour> unit{};
  /// Seconds east of UTC of times that do not say theirs: at most 18 h, in quarters of an hour.
  std::optional<int> utc_offset{};
  /// Only rows of this zone ("DE", "US-CAL-CISO"); needed if the file has several.
  std::string zone{};
  interpolation between = interpolation::step;
  /// Publisher and data set; empty: the known publisher, else the file.
  std::string source{};
  /// For how long the last value holds; 0: as long as most others do.
  seconds last_step{};
  /// Rows that are missing for at most this long are bridged with the value before them; longer ones are
  /// gaps, in which nothing is known.
  seconds bridge{};
};

/// A series, and what was done to the file's rows for it.
struct csv_series {
  series values{};
  std::string column{};           // whose values they are, as the file spells it
  std::size_t rows = 0;           // with a value
  std::size_t repeated = 0;       // the same time and value once more: dropped
  std::size_t out_of_order = 0;   // earlier than the row before: put in their place
  std::size_t without_value = 0;  // empty, "NaN", "null", "N/A": gaps
  std::size_t gaps = 0;      // times in a row that have no value, be they stated or rows that are missing
  std::int64_t step_ns = 0;  // the usual time between rows
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
