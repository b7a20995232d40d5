// SPDX-License-Identifier: MIT
// Figures of a report as several writers need them: numbers as text that says nothing for what is not known,
// the end of a run, the sums of its components.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/meter/source.hpp>
#include <kaya/report/record.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Whether to_chars wrote a finite number. Asked of the text, because programs that are compiled with
/// -ffast-math cannot ask the number.
inline bool is_number(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// Adds the shortest decimal that is read back as x ("0.25", "1e-07"); nothing, and false, if x is no finite
/// number.
inline bool append_finite(std::string& out, double x) {
  char text[32];
  const std::string_view digits(
      text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, x).ptr - text));
  if (!is_number(digits)) return false;
  out += digits;
  return true;
}
inline bool is_known(double x) {
  char text[32];
  return is_number({text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, x).ptr - text)});
}

/// Adds a whole number.
inline void append_whole(std::string& out, std::int64_t n) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}
inline void append_whole(std::string& out, std::uint64_t n) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

/// Adds microjoules as joules, to the last digit: "12.000345". Of two counts the larger is never written as
/// the smaller number, as doubles beyond 9 GJ would be.
inline void append_joules(std::string& out, microjoules energy) {
  const std::int64_t uj = energy.count();
  const std::uint64_t size = uj < 0 ? 0 - static_cast<std::uint64_t>(uj) : static_cast<std::uint64_t>(uj);
  if (uj < 0) out += '-';
  append_whole(out, size / 1'000'000);
  std::uint64_t rest = size % 1'000'000;
  if (rest == 0) return;
  char decimals[8] = ".000000";
  std::size_t used = 1;
  for (std::size_t i = 6; i > 0; --i, rest /= 10) {
    decimals[i] = static_cast<char>('0' + rest % 10);
    if (decimals[i] != '0' && used == 1) used = i + 1;
  }
  out.append(decimals, used);
}

/// "64 GiB", "23.5 GiB", "952 MiB", "72 KiB".
inline std::string memory_text(std::uint64_t bytes) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; unit < 2 && size >= 1023.95; ++unit) size /= 1024;
  char text[40];
  std::string shown(
      text, std::to_chars(text, text + sizeof text, size, std::chars_format::fixed, unit == 0 ? 0 : 1).ptr);
  if (shown.ends_with(".0")) shown.resize(shown.size() - 2);
  return (shown += ' ') += units[unit];
}

/// When the report was made, or the run ended, in nanoseconds since 1970; empty: not known. Of a run of
/// several processes the last one's end, as the run's clock stands still between them.
inline std::optional<std::int64_t> end_unix_ns(const run_report& r) noexcept {
  const bool several = !r.processes.empty();
  const std::int64_t start = several ? r.processes.back().start_unix_ns : r.start_unix_ns;
  const double ns = (several ? r.processes.back().duration : r.duration).count() * 1e9;
  if (start <= 0) return {};
  if (!(ns > 0 && ns < 9.2e18 - static_cast<double>(start))) return start;
  return start + static_cast<std::int64_t>(ns);
}

/// What the channels of one component add up to, of those that count.
struct component_sum {
  std::size_t channels = 0;
  bool has_energy = true, has_rate = true;  // all of these channels know it
  microjoules energy_uj{};
  double watts = 0;
};
inline component_sum sum_of(const run_report& r, meter::component part) {
  component_sum sum;
  for (const channel_line& c : r.channels) {
    if (!c.counted || c.part != part) continue;
    ++sum.channels;
    if (c.energy_uj) sum.energy_uj += *c.energy_uj;
    else sum.has_energy = false;
    if (c.rate) sum.watts += c.rate->count();
    else sum.has_rate = false;
  }
  return sum;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
