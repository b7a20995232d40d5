// SPDX-License-Identifier: MIT
// Series of carbon intensity from the CSV files that publishers export: Electricity Maps, the system operator
// of Great Britain, the US EIA, PJM, WattTime; or from any file with a column of times and one of values.
//
//     const auto day = kaya::grid::load_csv("DE_2024_hourly.csv");
//     options.intensity_series = day.values;
//
// What such files are known to have wrong is put right and counted, or refused with line and reason; nothing
// is guessed. Times need an offset from UTC, in the text or by the caller, so that the hour that a switch
// from daylight-saving time repeats is two hours.
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/detail/files.hpp>
#include <kaya/grid/csv/options.hpp>
#include <kaya/grid/csv/reader.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// Reads a series from text. name: of the file, for messages. Throws std::invalid_argument naming line, value
/// and what is allowed.
inline csv_series read_csv(std::string_view text, const csv_options& options = {}, std::string name = {}) {
  return csv::reader(text, options, std::move(name)).read();
}

/// The same from a file. Throws std::runtime_error if it cannot be read, or has more than 1 GiB.
inline csv_series load_csv(const std::string& path, const csv_options& options = {}) {
  constexpr std::size_t most = std::size_t{1} << 30;
  kaya::detail::file_text file = kaya::detail::read_text(kaya::detail::file_system::real(), path, most);
  if (!file)
    throw std::runtime_error("grid::load_csv: " + path + " cannot be read: " + std::strerror(file.error));
  if (file.text.size() >= most) throw std::runtime_error("grid::load_csv: " + path + " has 1 GiB or more");
  return read_csv(file.text, options, path);
}

}  // namespace grid
}  // namespace v1
}  // namespace kaya
