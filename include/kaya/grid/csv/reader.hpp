// SPDX-License-Identifier: MIT
// From the text of a CSV file to a series of carbon intensity.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/grid/csv/columns.hpp>
#include <kaya/grid/csv/heading.hpp>
#include <kaya/grid/csv/options.hpp>
#include <kaya/grid/csv/order.hpp>
#include <kaya/grid/csv/refusal.hpp>
#include <kaya/grid/csv/rows.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

class reader {
 public:
  reader(std::string_view text, const csv_options& o, std::string name)
      : refuse_(std::move(name)), options_(check(text, o)), rows_(text), heading_(read_heading()) {}

  csv_series read() {
    read_rows();
    sort();
    return finish();
  }

 private:
  const csv_options& check(std::string_view text, const csv_options& o) const {
    if (text.find('\0') != text.npos)
      refuse_(0, "a byte 0", "text in UTF-8 (a spreadsheet may have saved UTF-16)");
    if (!(o.bridge.count() >= 0)) refuse_(0, "csv_options::bridge", "0 s or more");
    if (!(o.last_step.count() >= 0)) refuse_(0, "csv_options::last_step", "0 s or more");
    return o;
  }
  heading read_heading() {
    std::vector<std::string_view> fields;
    if (!next(fields)) refuse_(0, "no rows", "a heading and rows of times and values");
    return heading(fields, rows_.line(), options_, refuse_);
  }
  bool next(std::vector<std::string_view>& fields) {
    if (!rows_.next(fields)) return false;
    if (rows_.unclosed()) refuse_(rows_.line(), "a quote that nothing closes", "");
    if (rows_.trailing())
      refuse_(rows_.line(), "text after a closing quote",
              "a separator there (a quote in a field is doubled)");
    return true;
  }

  void read_rows() {
    std::vector<std::string_view> fields;
    while (next(fields)) {
      const std::size_t line = rows_.line();
      heading_.check(fields, line);
      if (!is_of_zone(fields, line)) continue;
      entry e{{time(fields[heading_.time], line), {}, true}, line};
      if (const auto value = number(fields[heading_.value], line))
        e.at.value = grams_per_kilowatt_hour(*value * heading_.unit);
      else e.at.known = false, ++result_.without_value;
      if (!entries_.empty() && e.at.unix_ns < entries_.back().at.unix_ns) ++result_.out_of_order;
      entries_.push_back(e);
    }
    if (entries_.empty())
      refuse_(
          0,
          options_.zone.empty() ? "no rows below the heading" : "no rows of zone " + in_quotes(options_.zone),
          "");
  }
  bool is_of_zone(const std::vector<std::string_view>& fields, std::size_t line) {
    if (heading_.zone == heading::none) return true;
    const std::string_view zone = fields[heading_.zone];
    if (!options_.zone.empty()) return folded(zone) == folded(options_.zone);
    if (entries_.empty()) only_zone_ = zone;
    else if (only_zone_ != zone)
      refuse_(line, "rows of " + in_quotes(only_zone_) + " and of " + in_quotes(zone),
              "one, by csv_options::zone");
    return true;
  }
  std::int64_t time(std::string_view text, std::size_t line) const {
    // Files with semicolons come from where the day goes before the month.
    if (rows_.separator() == ';' && text.find('/') != text.npos)
      refuse_(line, "the date " + in_quotes(text) + ", of which day and month may be either",
              "times such as 2024-03-31T01:30Z");
    if (const auto result = parse_time(text, heading_.offset)) return *result;
    const bool lacks_offset = parse_time(text, 0).has_value();
    refuse_(line, "the time " + in_quotes(text) + (lacks_offset ? " does not say its offset from UTC" : ""),
            lacks_offset ? "csv_options::utc_offset, or times such as 2024-03-31T01:30Z"
                         : "times such as 2024-03-31T01:30Z or unix seconds");
  }
  std::optional<double> number(std::string_view text, std::size_t line) {
    for (const std::string_view blank : {"", "nan", "null", "na", "n/a", "none", "-"})
      if (text.size() == blank.size() && folded(text) == blank) return {};
    double value = 0;
    const auto parse = [&](std::string_view t) {
      const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), value);
      return error == std::errc{} && end == t.data() + t.size();
    };
    bool ok = parse(text);
    if (rows_.separator() == ';') {  // with it goes the decimal comma
      const bool point = text.find('.') != text.npos;
      if (!ok && !point) {
        std::string with_point(text);
        if (const std::size_t comma = with_point.find(','); comma != std::string::npos)
          with_point[comma] = '.';
        ok = parse(with_point);
      }
      if (ok) check_mark(point ? '.' : text.find(',') != text.npos ? ',' : '\0', text, line);
    }
    if (!ok || !(value >= 0 && value * heading_.unit <= most))
      refuse_(line, "the value " + in_quotes(text),
              "a number, 0 or more and no more than 5000 g/kWh, or nothing");
    return value;
  }
  /// A file has one decimal mark: in one with "987,5", "1.234" is more than a thousand.
  void check_mark(char mark, std::string_view text, std::size_t line) {
    if (mark == '\0' || mark == mark_) return;
    if (mark_ != '\0')
      refuse_(line,
              "the value " + in_quotes(text) + ", after " + in_quotes(marked_) + " in line " +
                  std::to_string(marked_line_),
              "the same decimal mark throughout, and no mark of thousands");
    mark_ = mark, marked_ = text, marked_line_ = line;
  }

  void sort() {
    if (result_.out_of_order > 0)
      kaya::detail::merge_sort(entries_,
                               [](const entry& a, const entry& b) { return a.at.unix_ns < b.at.unix_ns; });
    std::size_t n = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (n == 0 || entries_[n - 1].at.unix_ns != entries_[i].at.unix_ns) {
        entries_[n++] = entries_[i];
        continue;
      }
      point &kept = entries_[n - 1].at, &other = entries_[i].at;
      if (kept.known && other.known && kept.value != other.value)
        refuse_(entries_[i].line,
                "the time " + std::string(time_string(kept.unix_ns).view()) +
                    " once more, with another value than in line " + std::to_string(entries_[n - 1].line),
                "each time once (a switch from daylight-saving time needs offsets from UTC)");
      ++result_.repeated;
      if (!kept.known) kept = other;
    }
    entries_.resize(n);
  }

  csv_series finish() {
    const std::int64_t step = usual_step(entries_);
    if (heading_.ends && step == 0)
      refuse_(0, "one row, of an interval that ended at its time", "two rows or more");
    std::vector<point> points;
    points.reserve(entries_.size());
    for (const entry& e : entries_) {
      if (!e.at.known) continue;  // as if the row were missing
      const std::int64_t begin = heading_.ends ? later(e.at.unix_ns, -step) : e.at.unix_ns;
      if (!points.empty()) {
        const std::int64_t end = later(points.back().unix_ns, step);
        const double missing = static_cast<double>(begin) - static_cast<double>(end);
        if (missing > static_cast<double>(step) / 2 && missing > options_.bridge.count() * 1e9) {
          points.push_back({end, {}, false});
          ++result_.gaps;
        }
      }
      points.push_back({begin, e.at.value});
      ++result_.rows;
    }
    if (points.empty()) refuse_(0, "no row has a value", "");
    seconds last = options_.last_step;
    if (last.count() <= 0) last = seconds(1e-9 * static_cast<double>(step));
    if (last.count() <= 0)
      refuse_(0, "one row, and for how long it holds is not known", "csv_options::last_step");
    result_.step_ns = step;
    result_.column = heading_.name_of_value();
    const known_column* const known = heading_.known;
    std::string source = options_.source;
    if (source.empty()) source = known != nullptr ? std::string(known->source) : refuse_.file();
    result_.values = series(std::move(points), known != nullptr ? known->how : *options_.how,
                            options_.basis.value_or(known != nullptr ? known->basis : basis::location),
                            std::move(source), last, options_.between);
    return std::move(result_);
  }
  /// Times are within int64, a sum of them may not be.
  static constexpr std::int64_t later(std::int64_t time, std::int64_t by) noexcept {
    if (by > 0 && time > INT64_MAX - by) return INT64_MAX;
    if (by < 0 && time < INT64_MIN - by) return INT64_MIN;
    return time + by;
  }

  // g/kWh; ours, against columns of something else. Peat, which emits the most per heat of the fuels that
  // grids burn (106 kg CO2/GJ: IPCC Guidelines 2006, vol. 2, table 1.4), gives 382 g per kWh of heat: this
  // would be a plant that makes 8 % of it electricity, where old ones make 25.
  static constexpr double most = 5000;

  const refusal refuse_;
  const csv_options& options_;
  csv::rows rows_;
  const heading heading_;
  std::string_view only_zone_{}, marked_{};
  char mark_ = '\0';  // the decimal mark, once seen: in marked_
  std::size_t marked_line_ = 0;
  std::vector<entry> entries_{};
  csv_series result_{};
};

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
