// SPDX-License-Identifier: MIT
// From the text of a CSV file to a series of carbon intensity.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/grid/csv/columns.hpp>
#include <kaya/grid/csv/options.hpp>
#include <kaya/grid/csv/rows.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

struct entry {
  point at{};
  std::size_t line = 0;
};

class reader {
 public:
  reader(std::string_view text, const csv_options& o, std::string name)
      : text_(text), options_(o), name_(std::move(name)), rows_(text) {}

  csv_series read() {
    if (text_.find('\0') != text_.npos)
      refuse(0, "a byte 0", "text in UTF-8 (a spreadsheet may have saved UTF-16)");
    find_columns();
    read_rows();
    sort();
    return finish();
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;

  [[noreturn]] void refuse(std::size_t line, std::string_view what, std::string_view allowed) const {
    std::string message = "grid::read_csv: " + name_;
    if (line > 0) message += (name_.empty() ? "line " : ", line ") + std::to_string(line);
    message += (name_.empty() && line == 0 ? "" : ": ") + std::string(what);
    throw std::invalid_argument(message + (allowed.empty() ? "" : "; allowed: ") + std::string(allowed));
  }
  static std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "...\"" : "\"");
  }

  std::size_t find(std::string_view folded_name) const noexcept {
    for (std::size_t i = 0; i < folded_.size(); ++i)
      if (folded_[i] == folded_name) return i;
    return none;
  }
  std::size_t named(const std::string& name) const {
    const std::size_t i = find(folded(name));
    if (i == none) refuse(header_line_, "no column " + quoted(name), "one of " + all_names());
    return i;
  }
  std::string all_names() const {
    std::string all;
    for (const std::string& name : names_) all += (all.empty() ? "" : ", ") + name;
    return all.size() > 400 ? all.substr(0, 400) + "..." : all;
  }

  void find_columns() {
    std::vector<std::string_view> fields;
    if (!rows_.next(fields)) refuse(0, "no rows", "a heading and rows of times and values");
    header_line_ = rows_.line();
    for (const std::string_view f : fields) {
      names_.emplace_back(f);
      folded_.push_back(folded(f));
    }
    if (parse_time(fields[0], 0))
      refuse(header_line_, "no heading, but " + quoted(fields[0]), "the names of the columns");
    if (!options_.value_column.empty()) {
      value_ = named(options_.value_column);
      for (const known_column& k : known_columns)
        if (folded_[value_] == k.name && (k.beside.empty() || find(k.beside) != none)) known_ = &k;
    } else {
      choose_known();
    }
    if (known_ != nullptr && options_.how && *options_.how != known_->how)
      refuse(header_line_,
             "the column " + quoted(names_[value_]) + " counts " + std::string(to_string(known_->how)) +
                 " emissions",
             "csv_options::how as it is, or left empty");
    if (known_ == nullptr && !options_.how)
      refuse(header_line_,
             "whether " + quoted(names_[value_]) + " counts lifecycle or direct emissions is not known",
             "csv_options::how");
    if (!options_.time_column.empty()) {
      time_ = named(options_.time_column);
    } else {
      for (const std::string_view name : time_columns)
        if (time_ == none) time_ = find(name);
      if (time_ == none)
        refuse(header_line_, "no column of times among " + all_names(), "csv_options::time_column");
    }
    for (const std::string_view name : zone_columns)
      if (zone_ == none) zone_ = find(name);
    if (zone_ == none && !options_.zone.empty())
      refuse(header_line_, "no column of zones among " + all_names(),
             "a file with one, or no csv_options::zone");
    offset_ = options_.utc_offset;
    if (!offset_ &&
        ((known_ != nullptr && known_->in_utc) || folded_[time_].find("utc") != std::string::npos))
      offset_ = 0;
    unit_ = options_.unit ? options_.unit->count() : known_ != nullptr ? known_->unit.count() : 1;
    if (!(unit_ > 0 && unit_ < 1e9)) refuse(0, "csv_options::unit", "more than 0 g/kWh");
  }
  void choose_known() {
    for (const known_column& k : known_columns) {
      const std::size_t i = find(k.name);
      if (i == none || (!k.beside.empty() && find(k.beside) == none)) continue;
      if ((options_.how && *options_.how != k.how) || (options_.basis && *options_.basis != k.basis))
        continue;
      value_ = i, known_ = &k;
      return;
    }
    refuse(header_line_, "no column of a known publisher among " + all_names(), "csv_options::value_column");
  }

  void read_rows() {
    std::vector<std::string_view> fields;
    while (rows_.next(fields)) {
      const std::size_t line = rows_.line();
      if (rows_.unclosed()) refuse(line, "a quote that nothing closes", "");
      if (fields.size() <= time_ || fields.size() <= value_)
        refuse(line, "a row of " + std::to_string(fields.size()) + " fields",
               std::to_string(names_.size()) + ", as the heading has");
      if (!is_of_zone(fields, line)) continue;
      const auto time = parse_time(fields[time_], offset_);
      if (!time) {
        const bool lacks_offset = parse_time(fields[time_], 0).has_value();
        refuse(
            line,
            "the time " + quoted(fields[time_]) + (lacks_offset ? " does not say its offset from UTC" : ""),
            lacks_offset ? "csv_options::utc_offset, or times such as 2024-03-31T01:30Z"
                         : "times such as 2024-03-31T01:30Z or unix seconds");
      }
      entry e{{*time, {}, true}, line};
      if (const auto value = number(fields[value_], line))
        e.at.value = grams_per_kilowatt_hour(*value * unit_);
      else e.at.known = false, ++result_.without_value;
      if (!entries_.empty() && *time < entries_.back().at.unix_ns) ++result_.out_of_order;
      entries_.push_back(e);
    }
    if (entries_.empty())
      refuse(0,
             options_.zone.empty() ? "no rows below the heading" : "no rows of zone " + quoted(options_.zone),
             "");
  }
  bool is_of_zone(const std::vector<std::string_view>& fields, std::size_t line) {
    if (zone_ == none || zone_ >= fields.size()) return true;
    if (!options_.zone.empty()) return folded(fields[zone_]) == folded(options_.zone);
    if (entries_.empty()) only_zone_ = fields[zone_];
    else if (only_zone_ != fields[zone_])
      refuse(line, "rows of " + quoted(only_zone_) + " and of " + quoted(fields[zone_]),
             "one, by csv_options::zone");
    return true;
  }
  std::optional<double> number(std::string_view text, std::size_t line) const {
    for (const std::string_view blank : {"", "nan", "null", "na", "n/a", "none", "-"})
      if (text.size() == blank.size() && folded(text) == blank) return {};
    double value = 0;
    const auto parse = [&](std::string_view t) {
      const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), value);
      return error == std::errc{} && end == t.data() + t.size();
    };
    bool ok = parse(text);
    if (!ok && rows_.separator() == ';' && text.find('.') == text.npos) {  // with it goes the decimal comma
      std::string with_point(text);
      if (const std::size_t comma = with_point.find(','); comma != std::string::npos) with_point[comma] = '.';
      ok = parse(with_point);
    }
    if (!ok || !(value >= 0 && value * unit_ <= most))
      refuse(line, "the value " + quoted(text),
             "a number, 0 or more and no more than 5000 g/kWh, or nothing");
    return value;
  }

  void sort() {
    if (result_.out_of_order > 0) merge_sort();
    std::size_t n = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (n == 0 || entries_[n - 1].at.unix_ns != entries_[i].at.unix_ns) {
        entries_[n++] = entries_[i];
        continue;
      }
      point &kept = entries_[n - 1].at, &other = entries_[i].at;
      if (kept.known && other.known && kept.value != other.value)
        refuse(entries_[i].line,
               "the time " + std::string(time_string(kept.unix_ns).view()) +
                   " once more, with another value than in line " + std::to_string(entries_[n - 1].line),
               "each time once (a switch from daylight-saving time needs offsets from UTC)");
      ++result_.repeated;
      if (!kept.known) kept = other;
    }
    entries_.resize(n);
  }
  /// Of runs that are in order already, as files that were put together have.
  void merge_sort() {
    std::vector<entry> other(entries_.size());
    for (std::size_t width = 1; width < entries_.size(); width *= 2) {
      for (std::size_t from = 0; from < entries_.size(); from += 2 * width) {
        const std::size_t middle = from + width < entries_.size() ? from + width : entries_.size();
        const std::size_t end = from + 2 * width < entries_.size() ? from + 2 * width : entries_.size();
        std::size_t a = from, b = middle;
        for (std::size_t to = from; to < end; ++to) {
          const bool first = a < middle && (b >= end || entries_[a].at.unix_ns <= entries_[b].at.unix_ns);
          other[to] = entries_[first ? a++ : b++];
        }
      }
      entries_.swap(other);
    }
  }

  /// The most frequent time between two rows; of equals the shortest.
  std::int64_t usual_step() const {
    struct step {
      std::int64_t length;
      std::size_t times;
    };
    std::vector<step> steps;
    std::size_t last = 0;  // rows are mostly as far apart as those before them
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      const std::int64_t length = entries_[i].at.unix_ns - entries_[i - 1].at.unix_ns;
      if (last < steps.size() && steps[last].length == length) {
        ++steps[last].times;
        continue;
      }
      for (last = 0; last < steps.size() && steps[last].length != length; ++last) {}
      if (last == steps.size() && steps.size() < 1000) steps.push_back({length, 0});
      if (last < steps.size()) ++steps[last].times;
    }
    step best{0, 0};
    for (const step& s : steps)
      if (s.times > best.times || (s.times == best.times && s.length < best.length)) best = s;
    return best.length;
  }

  csv_series finish() {
    const std::int64_t step = usual_step();
    const bool ends = known_ != nullptr && known_->of_ended_interval;
    if (ends && step == 0) refuse(0, "one row, of an interval that ended at its time", "two rows or more");
    std::vector<point> points;
    points.reserve(entries_.size());
    for (const entry& e : entries_) {
      if (!e.at.known) continue;  // as if the row were missing
      const std::int64_t begin = e.at.unix_ns - (ends ? step : 0);
      if (!points.empty()) {
        const std::int64_t end = points.back().unix_ns + step;
        const auto missing = static_cast<double>(begin - end);
        if (missing > static_cast<double>(step) / 2 && missing > options_.bridge.count() * 1e9) {
          points.push_back({end, {}, false});
          ++result_.gaps;
        }
      }
      points.push_back({begin, e.at.value});
      ++result_.rows;
    }
    if (points.empty()) refuse(0, "no row has a value", "");
    seconds last = options_.last_step;
    if (last.count() <= 0) last = seconds(1e-9 * static_cast<double>(step));
    if (last.count() <= 0)
      refuse(0, "one row, and for how long it holds is not known", "csv_options::last_step");
    result_.step_ns = step;
    result_.column = names_[value_];
    std::string source = options_.source;
    if (source.empty()) source = known_ != nullptr ? std::string(known_->source) : name_;
    result_.values = series(std::move(points), known_ != nullptr ? known_->how : *options_.how,
                            options_.basis.value_or(known_ != nullptr ? known_->basis : basis::location),
                            std::move(source), last, options_.between);
    return std::move(result_);
  }

  static constexpr double most = 5000;  // g/kWh: brown coal emits some 1200, a diesel set some 1000

  const std::string_view text_;
  const csv_options& options_;
  const std::string name_;
  csv::rows rows_;
  std::size_t header_line_ = 0, time_ = none, value_ = none, zone_ = none;
  std::vector<std::string> names_{}, folded_{};
  const known_column* known_ = nullptr;
  std::optional<int> offset_{};
  double unit_ = 1;
  std::string_view only_zone_{};
  std::vector<entry> entries_{};
  csv_series result_{};
};

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
