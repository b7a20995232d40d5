// SPDX-License-Identifier: MIT
// Times as data sets write them, to unix nanoseconds. No locale, no time zone database: a time says its
// offset from UTC, or the caller does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace grid {
namespace detail {

/// Days since 1970-01-01 of a date in the Gregorian calendar, years 1 to 9999.
constexpr std::int64_t days_since_1970(int year, int month, int day) noexcept {
  const int y = month <= 2 ? year - 1 : year;                // years begin in March: the leap day is the last
  const int months = month <= 2 ? month + 9 : month - 3;     // since March
  const int of_year = (153 * months + 2) / 5 + day - 1;      // months have 31, 30, 31, 30, 31 days
  const int of_years = y / 4 - y / 100 + y / 400 + y * 365;  // before that year
  return std::int64_t{of_years} + of_year - 719'468;         // 1970-01-01, counted from 0000-03-01
}
constexpr int days_in(int year, int month) noexcept {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31;
}

/// Seconds east of UTC: at most 18 h either way (as ISO 8601 readers have it; places have 12 h to the west
/// and 14 to the east), in quarters of an hour, as all have had them since 1972. A 1 that means an hour is
/// none.
constexpr bool is_utc_offset(int offset) noexcept {
  return offset >= -64'800 && offset <= 64'800 && offset % 900 == 0;
}

/// Reads from the front of a text.
class time_text {
 public:
  constexpr explicit time_text(std::string_view text) noexcept : rest_(text) {}
  constexpr bool empty() const noexcept { return rest_.empty(); }
  constexpr std::size_t digits() const noexcept {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') ++n;
    return n;
  }
  constexpr bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr bool take(std::string_view word) noexcept {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// A number of least to most digits in a range.
  constexpr bool number(std::size_t least, std::size_t most, int low, int high, int& value) noexcept {
    std::size_t n = digits();
    if (n > most) n = most;
    if (n < least) return false;
    value = 0;
    for (std::size_t i = 0; i < n; ++i) value = 10 * value + (rest_[i] - '0');
    rest_.remove_prefix(n);
    return value >= low && value <= high;
  }
  /// Digits after a decimal point, as nanoseconds; what is finer is cut off.
  constexpr std::int64_t fraction() noexcept {
    std::int64_t ns = 0, unit = 100'000'000;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; unit /= 10) {
      ns += unit * (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return ns;
  }

 private:
  std::string_view rest_;
};

}  // namespace detail

/// Unix nanoseconds of
///   a date and time of ISO 8601 as data sets have it: "2024-03-31T01:30Z", "2024-03-31 01:30:00+01:00",
///     "2024-03-31 01:30:00.5 UTC", "2024-03-31 01:30 +0100"; a date alone is its first moment;
///   the American form "3/31/2024 1:30:00 PM" (month first; without AM or PM: of 24 hours);
///   unix seconds: "1711848600", "1711848600.5".
/// offset: seconds east of UTC for times that do not say theirs; such times are refused without one. Empty if
/// the text is none of these, or no such day exists, or it is beyond the years 1678 to 2261, or the offset is
/// more than 18 h or not in quarters of an hour.
constexpr std::optional<std::int64_t> parse_time(std::string_view text,
                                                 std::optional<int> offset = {}) noexcept {
  detail::time_text t(text);
  constexpr std::int64_t second = 1'000'000'000;
  const std::size_t first = t.digits();
  if (first >= 9 && first <= 10) {  // from 1973 to 2286
    std::int64_t seconds = 0;
    for (int part = 0, digits = static_cast<int>(first); digits > 0; digits -= 5) {
      const auto n = static_cast<std::size_t>(digits < 5 ? digits : 5);
      if (!t.number(n, n, 0, 99'999, part)) return {};
      seconds = seconds * (n == 5 ? 100'000 : 10'000) + part;
    }
    const std::int64_t ns = t.take('.') ? t.fraction() : 0;
    if (!t.empty() || seconds > INT64_MAX / second - 1) return {};
    return seconds * second + ns;
  }
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, seconds = 0;
  std::int64_t ns = 0;
  const bool american = first <= 2;
  if (american) {
    if (!t.number(1, 2, 1, 12, month) || !t.take('/') || !t.number(1, 2, 1, 31, day) || !t.take('/') ||
        !t.number(4, 4, 1678, 2261, year))
      return {};
  } else if (!t.number(4, 4, 1678, 2261, year) || !t.take('-') || !t.number(2, 2, 1, 12, month) ||
             !t.take('-') || !t.number(2, 2, 1, 31, day)) {
    return {};
  }
  if (day > detail::days_in(year, month)) return {};
  if (!t.empty()) {
    if (!t.take('T') && !t.take(' ')) return {};
    if (!t.number(american ? 1 : 2, 2, 0, 23, hour) || !t.take(':') || !t.number(2, 2, 0, 59, minute))
      return {};
    if (t.take(':') && !t.number(2, 2, 0, 59, seconds)) return {};
    if (t.take('.')) ns = t.fraction();
    if (american) {
      const bool am = t.take(" AM"), pm = !am && t.take(" PM");
      if ((am || pm) && (hour == 0 || hour > 12)) return {};
      if (am || pm) hour = hour % 12 + (pm ? 12 : 0);
    }
  }
  if (t.take('Z') || t.take(" UTC") || t.take("UTC") || t.take(" GMT")) {
    offset = 0;
  } else if (const bool east = t.take('+') || t.take(" +"); east || t.take('-') || t.take(" -")) {
    int hours = 0, minutes = 0;
    if (!t.number(2, 2, 0, 18, hours)) return {};
    const bool colon = t.take(':');
    if ((colon || !t.empty()) && !t.number(2, 2, 0, 59, minutes)) return {};
    offset = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
  }
  if (!t.empty() || !offset || !detail::is_utc_offset(*offset)) return {};
  const std::int64_t of_day = hour * 3600 + minute * 60 + seconds - *offset;
  return (detail::days_since_1970(year, month, day) * 86'400 + of_day) * second + ns;
}

/// "2024-03-31T01:30:00Z": UTC, to the second.
struct time_string {
  char text[21] = "0000-00-00T00:00:00Z";
  constexpr explicit time_string(std::int64_t unix_ns) noexcept {
    std::int64_t s = unix_ns / 1'000'000'000 - (unix_ns % 1'000'000'000 < 0);
    std::int64_t days = s / 86'400 - (s % 86'400 < 0);
    const auto of_day = static_cast<int>(s - days * 86'400);
    int year = 1970 + static_cast<int>(days / 366) - (days < 0);  // at most the right one, but for the past
    while (detail::days_since_1970(year + 1, 1, 1) <= days) ++year;
    while (detail::days_since_1970(year, 1, 1) > days) --year;
    int month = 1;
    while (month < 12 && detail::days_since_1970(year, month + 1, 1) <= days) ++month;
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, static_cast<int>(days - detail::days_since_1970(year, month, 1)) + 1);
    put(11, 2, of_day / 3600);
    put(14, 2, of_day / 60 % 60);
    put(17, 2, of_day % 60);
  }
  constexpr std::string_view view() const noexcept { return {text, 20}; }

 private:
  constexpr void put(int at, int digits, int value) noexcept {
    for (int i = at + digits; i-- > at; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  }
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
