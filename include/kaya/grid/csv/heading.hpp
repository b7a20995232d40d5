// SPDX-License-Identifier: MIT
// Which columns of a file are read, and what their names say of the rows below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/grid/csv/columns.hpp>
#include <kaya/grid/csv/options.hpp>
#include <kaya/grid/csv/refusal.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

class heading {
 public:
  static constexpr std::size_t none = SIZE_MAX;

  std::size_t time = none, value = none, zone = none;  // columns; a file may have no zone's
  const known_column* known = nullptr;                 // what the publisher's column holds
  double unit = 1;                                     // g/kWh that 1 in it means
  std::optional<int> offset{};                         // from UTC of times that do not say theirs
  bool ends = false;                                   // a row's time is the end of its interval

  heading(const std::vector<std::string_view>& fields, std::size_t line, const csv_options& o,
          const refusal& r)
      : line_(line), fields_(fields.size()), refuse_(r) {
    if (parse_time(fields[0], 0))
      refuse_(line_, "no heading, but " + in_quotes(fields[0]), "the names of the columns");
    for (const std::string_view f : fields) {
      names_.emplace_back(f);
      folded_.push_back(folded(f));
    }
    while (!names_.empty() && names_.back().empty()) names_.pop_back(), folded_.pop_back();
    find_value(o);
    find_time(o);
    find_zone(o);
    find_unit(o);
  }

  const std::string& name_of_value() const noexcept { return names_[value]; }

  /// Refuses a row that cannot be one of this heading: too short for what is read of it, or longer, as one is
  /// whose decimal comma or comma of thousands has cut a value in two. Separators at the end are no fields.
  void check(const std::vector<std::string_view>& fields, std::size_t line) const {
    bool fits = time < fields.size() && value < fields.size() && (zone == none || zone < fields.size()) &&
                fields.size() <= fields_ + 1;
    for (std::size_t i = names_.size(); i < fields.size(); ++i) fits = fits && fields[i].empty();
    if (!fits)
      refuse_(line, "a row of " + std::to_string(fields.size()) + " fields",
              std::to_string(names_.size()) + ", as the heading has (no comma within a number)");
  }

 private:
  std::size_t find(std::string_view folded_name) const noexcept {
    for (std::size_t i = 0; i < folded_.size(); ++i)
      if (folded_[i] == folded_name) return i;
    return none;
  }
  /// Refuses a choice that names two columns.
  std::size_t alone(std::size_t chosen) const {
    for (std::size_t i = chosen + 1; i < folded_.size(); ++i)
      if (folded_[i] == folded_[chosen])
        refuse_(line_, "two columns " + in_quotes(names_[chosen]), "each name once");
    return chosen;
  }
  std::size_t named(const std::string& name) const {
    const std::size_t i = find(folded(name));
    if (i == none) refuse_(line_, "no column " + in_quotes(name), "one of " + all_names());
    return alone(i);
  }
  std::string all_names() const {
    std::string all;
    for (const std::string& name : names_) all += (all.empty() ? "" : ", ") + name;
    return all.size() > 400 ? all.substr(0, 400) + "..." : all;
  }
  bool has_beside(const known_column& k) const noexcept {
    for (const std::string_view name : {k.beside, k.besides})
      if (!name.empty() && find(name) == none) return false;
    return true;
  }

  void find_value(const csv_options& o) {
    if (!o.value_column.empty()) {
      value = named(o.value_column);
      for (const known_column& k : known_columns)
        if (folded_[value] == k.name && has_beside(k)) known = &k;
    } else {
      for (const known_column& k : known_columns) {
        const std::size_t i = find(k.name);
        if (i == none || !has_beside(k) || (o.how && *o.how != k.how) || (o.basis && *o.basis != k.basis))
          continue;
        value = alone(i), known = &k;
        break;
      }
      if (known == nullptr)
        refuse_(
            line_, "no column of a known publisher among " + all_names(),
            "to set csv_options::value_column, and csv_options::how to accounting::lifecycle or ::direct");
    }
    const std::string column = "the column " + in_quotes(names_[value]);
    if (known != nullptr && o.how && *o.how != known->how)
      refuse_(line_, column + " counts " + std::string(to_string(known->how)) + " emissions",
              "csv_options::how as it is, or left empty");
    if (known != nullptr && o.basis && *o.basis != known->basis)
      refuse_(line_, column + " is " + std::string(to_string(known->basis)),
              "csv_options::basis as it is, or left empty");
    if (known == nullptr && !o.how)
      refuse_(line_,
              "whether " + in_quotes(names_[value]) + " counts lifecycle or direct emissions is not known",
              "to set csv_options::how to accounting::lifecycle or ::direct");
  }
  void find_time(const csv_options& o) {
    if (!o.time_column.empty()) {
      time = named(o.time_column);
    } else {
      for (const std::string_view name : time_columns)
        if (time == none) time = find(name);
      if (time == none)
        refuse_(line_, "no column of times among " + all_names(), "to set csv_options::time_column");
      time = alone(time);
    }
    offset = o.utc_offset;
    if (offset && !detail::is_utc_offset(*offset))
      refuse_(0, "csv_options::utc_offset " + std::to_string(*offset),
              "seconds, at most 18 h either way, in quarters of an hour (3600 is one hour)");
    // What is known of a publisher's times is known of the column that is taken for them, not of another one.
    const bool publisher = known != nullptr && known->in_utc && o.time_column.empty();
    if (!offset && (publisher || says_utc(folded_[time]))) offset = 0;
    ends = (known != nullptr && known->of_ended_interval) || says_end(folded_[time]);
  }
  void find_zone(const csv_options& o) {
    for (const std::string_view name : zone_columns)
      if (zone == none) zone = find(name);
    if (zone != none) zone = alone(zone);
    else if (!o.zone.empty())
      refuse_(line_, "no column of zones among " + all_names(), "a file with one, or no csv_options::zone");
  }
  void find_unit(const csv_options& o) {
    if (o.unit) {
      unit = o.unit->count();
    } else if (known != nullptr) {
      unit = known->unit.count();
    } else if (const stated_unit u = unit_in(folded_[value]); u.value) {
      unit = u.value->count();
    } else if (u.stated) {
      refuse_(line_, "the unit in " + in_quotes(names_[value]) + " is not known",
              "csv_options::unit, such as kaya::pounds_per_megawatt_hour(1)");
    }
    if (!(unit > 0 && unit < 1e9)) refuse_(0, "csv_options::unit", "more than 0 g/kWh");
  }

  std::size_t line_, fields_;  // fields_: with those at the end that have no name
  const refusal& refuse_;
  std::vector<std::string> names_{}, folded_{};
};

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
