// SPDX-License-Identifier: MIT
/// Reports as CSV: a row in CodeCarbon's emissions.csv for each run, and tables of epochs and scopes.
///
///     std::string problem = kaya::report::append_csv("emissions.csv", run.stop());
///     std::ofstream("epochs.csv", std::ios::binary) << kaya::report::epochs_csv(report);
///
/// That file has no column for what a figure is known from, how wide its range is and what was assumed:
/// report/emissions_csv.hpp writes the report as JSON beside it, where all of it stands.
#pragma once

#include <string>
#include <string_view>

#include <kaya/report/csv/append.hpp>
#include <kaya/report/csv/emissions_row.hpp>
#include <kaya/report/csv/tables.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// Adds a report as one row to the file, with the 38 columns that CodeCarbon's emissions.csv has, so that
/// what reads that file reads this: once for each run, at its end. A file that is not there is made, with the
/// heading. By CodeCarbon's conventions:
/// - energies [kWh] and water [L] are those of the building, x PUE; so are emissions [kg] and their rate
///   [kg/s]. A report's own energy and water are those of the IT equipment.
/// - powers [W] are those of the devices, without PUE; durations are in s, memory in 2^30 bytes, timestamp is
///   the end of the run in UTC.
/// - tracking_mode is machine or process (the latter also for a control group), on_cloud Y if the intensity
///   is that of a cloud region, codecarbon_version "kaya 0.1.0".
/// What is not known is an empty field, never 0: of a component if one of its channels that count has no
/// value, or if it is only metered with others. The report of a disabled tracker is not written.
///
/// The row is written whole or not at all, however many processes append at once (flock, one write). A file
/// with other columns, one that ends within a line, and one that stays locked for 10 s are left as they are:
/// the row then goes to a file beside it, "emissions-kaya-1.csv", or -2 and so on.
///
/// Returns what went wrong, for an event or a log; empty: nothing. written_to gets the file that has the row,
/// or nothing if there is none. Throws only if there is no memory.
inline std::string append_csv(const std::string& path, const run_report& r,
                              std::string* written_to = nullptr) {
  if (written_to != nullptr) written_to->clear();
  if (!r.enabled) return {};
  constexpr int most_beside = 99;
  const std::string row = detail::emissions_row(r);
  std::string why, file = path;
  for (int n = 1;; ++n) {
    const detail::appended a = detail::append_line(file, detail::emissions_header, row);
    if (a.done) {
      if (written_to != nullptr) *written_to = file;
      return why.empty() ? why : why + "; written to " + file;
    }
    if (why.empty()) why = path + (a.elsewhere ? " " : " cannot be written: ") + a.why;
    else if (!a.elsewhere) why += "; " + file + " cannot be written: " + a.why;
    if (!a.elsewhere || n > most_beside) return why + (a.elsewhere ? "; so do 99 files beside it" : "");
    file = detail::beside(path, n);
  }
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
