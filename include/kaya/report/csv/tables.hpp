// SPDX-License-Identifier: MIT
// The epochs and the scopes of a report as tables.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/csv/fields.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The names of the epochs' metrics, each once, in the order in which they come first.
class metric_columns {
 public:
  explicit metric_columns(const run_report& r) {
    for (const epoch_line& e : r.epochs) {
      std::size_t guess = 0;
      for (const auto& metric : e.metrics) guess = place(metric.first, guess) + 1;
    }
  }
  std::size_t size() const noexcept { return names_.size(); }
  const std::string& name(std::size_t i) const noexcept { return *names_[i]; }
  /// guess: where it is if it comes after the same metric as in other epochs, which is then found at once.
  std::size_t find(const std::string& name, std::size_t guess) const {
    return guess < names_.size() && *names_[guess] == name ? guess : sorted_[rank(name)];
  }

 private:
  std::size_t place(const std::string& name, std::size_t guess) {
    if (guess < names_.size() && *names_[guess] == name) return guess;
    const std::size_t at = rank(name);
    if (at < sorted_.size() && *names_[sorted_[at]] == name) return sorted_[at];
    sorted_.insert(sorted_.begin() + static_cast<std::ptrdiff_t>(at), names_.size());
    names_.push_back(&name);
    return names_.size() - 1;
  }
  /// Of the sorted names, the first that is not before this one.
  std::size_t rank(const std::string& name) const {
    std::size_t low = 0, high = sorted_.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (*names_[sorted_[middle]] < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  std::vector<const std::string*> names_{};  // of the report
  std::vector<std::size_t> sorted_{};
};

inline constexpr std::string_view epoch_columns[] = {"state",      "epoch",     "epochs",       "start_s",
                                                     "duration_s", "energy_j",  "mean_power_w", "emissions_g",
                                                     "coverage",   "provenance"};

/// A metric's column: its name, unless a column of kaya's own has that; then "metric:loss".
inline std::string metric_heading(const std::string& name, const std::string& work) {
  bool taken = name == work || name.starts_with("metric:");
  for (const std::string_view column : epoch_columns) taken = taken || name == column;
  return taken ? "metric:" + name : name;
}

/// The user's own figure: what is not a finite number is shown as what it is.
inline void append_metric(std::string& out, double x) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, x).ptr;
  const std::string_view shown(text, static_cast<std::size_t>(end - text));
  out += shown.find("nan") != std::string_view::npos ? "nan" : shown;  // never "-nan"
}

inline std::optional<double> mean_w(const std::optional<microjoules>& energy, seconds time) noexcept {
  if (!energy || !(time.count() > 0)) return {};
  return static_cast<double>(energy->count()) * 1e-6 / time.count();
}

}  // namespace report::detail

namespace report {

/// The epochs as CSV (RFC 4180: lines end with CR LF), a heading and a line for each line of the report:
///   state         closed; open: still running when the report was made; lost: the epochs that were done
///                 again, in one line without a number, so that the lines hold all that epochs used
///   epoch         from 0; the first of several that were merged into one line
///   epochs        how many are in the line
///   start_s, duration_s, energy_j (of the IT equipment), mean_power_w, emissions_g (x PUE x intensity)
///   coverage      share of the energy's time that is known, 0 to 1
///   provenance    the worst of what counts: measured, integrated, modelled, assumed
///   work_samples  work, in the report's unit
/// and a column for each metric by its name ("metric:epoch" where that is one of these). What is not known is
/// an empty field; a metric that is no finite number is nan, inf or -inf.
inline std::string epochs_csv(const run_report& r) {
  using namespace std::string_view_literals;
  constexpr std::string_view line_end = "\r\n";
  const detail::metric_columns columns(r);
  const std::string work = r.work_unit.empty() ? "work" : "work_" + r.work_unit;
  std::string out;
  out.reserve(r.epochs.size() * (80 + 12 * (columns.size() < 64 ? columns.size() : 64)));
  detail::csv_line line(out);
  for (const std::string_view column : detail::epoch_columns) line.text(column);
  line.text(work);
  for (std::size_t i = 0; i < columns.size(); ++i) line.text(detail::metric_heading(columns.name(i), work));
  line.end(line_end);

  std::vector<const double*> values(columns.size());
  for (const epoch_line& e : r.epochs) {
    line.text(e.open ? "open"sv : "closed"sv);
    line.whole(std::int64_t{e.index});
    line.whole(std::int64_t{e.merged});
    line.number(e.start.count());
    line.number(e.duration.count());
    line.energy(e.energy_uj);
    line.number(detail::mean_w(e.energy_uj, e.duration));
    line.number(e.emissions.count());
    line.number(e.coverage);
    line.text(to_string(e.how));
    line.number(e.work);
    std::size_t used = 0, guess = 0;  // up to the last column that has a value
    for (const auto& metric : e.metrics) {
      const std::size_t at = columns.find(metric.first, guess);
      values[at] = &metric.second;
      guess = at + 1;
      if (guess > used) used = guess;
    }
    for (std::size_t i = 0; i < used; ++i) {
      out += ',';
      if (values[i] != nullptr) detail::append_metric(out, *values[i]);
      values[i] = nullptr;
    }
    out.append(columns.size() - used, ',');
    line.end(line_end);
  }
  if (r.lost) {
    line.text("lost"sv);
    line.unknown();
    line.whole(r.lost->epochs);
    line.unknown();
    line.number(r.lost->duration.count());
    line.energy(r.lost->energy_uj);
    line.number(detail::mean_w(r.lost->energy_uj, r.lost->duration));
    line.number(r.lost->emissions.count());
    line.unknown();
    line.unknown();
    line.number(r.lost->work);
    out.append(columns.size(), ',');
    line.end(line_end);
  }
  return out;
}

/// The scopes as CSV (RFC 4180: lines end with CR LF), a heading and a line for each name, kaya's own lines
/// `epoch` and `(outside)` included:
///   count                  scopes closed
///   own_j, own_low_j, own_high_j          energy as the innermost scope, with its 95 % range; own_j of all
///                                         lines adds up to the run's energy
///   total_j, total_low_j, total_high_j    with all that it encloses on its thread
///   min_j, max_j           of one closed scope
///   time_s                 open, all threads
///   emissions_g            of total_j, x PUE x intensity
///   marks                  "host time": work of a GPU that went on after the scope is not in it
/// What is not known is an empty field.
inline std::string scopes_csv(const run_report& r) {
  constexpr std::string_view line_end = "\r\n";
  std::string out;
  detail::csv_line line(out);
  for (const std::string_view column :
       {"scope", "count", "own_j", "own_low_j", "own_high_j", "total_j", "total_low_j", "total_high_j",
        "min_j", "max_j", "time_s", "emissions_g", "marks"})
    line.text(column);
  line.end(line_end);
  const auto range = [&line](const std::optional<interval<joules>>& i) {
    if (!i) line.unknown(), line.unknown();
    else line.number(i->low.count()), line.number(i->high.count());
  };
  for (const scope_line& s : r.scopes) {
    const bool outside = s.name == "(outside)";  // no scope: neither opened nor closed
    line.text(s.name);
    if (outside) line.unknown();
    else line.whole(s.count);
    line.energy(s.own_uj);
    range(s.own);
    line.energy(s.total_uj);
    range(s.total);
    line.number(s.min.count());
    line.number(s.max.count());
    if (outside) line.unknown();
    else line.number(s.time.count());
    line.number(s.emissions.count());
    std::string marks;
    for (const std::string& mark : s.marks) marks += (marks.empty() ? "" : "; ") + mark;
    line.text(marks);
    line.end(line_end);
  }
  return out;
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
