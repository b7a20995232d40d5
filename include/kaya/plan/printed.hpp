// SPDX-License-Identifier: MIT
// Figures as publications print them, read with their unit and with how far they were rounded.
#pragma once

#include <cstddef>
#include <string_view>

#include <kaya/detail/refuse.hpp>
#include <kaya/interval.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// A figure as it was printed, and the numbers that round to it. False if it was not published.
template <class Q>
struct printed {
  std::string_view text{};  ///< with its unit; "=" before it: the publication calculated with exactly this
  Q value{}, low{}, high{};

  constexpr explicit operator bool() const noexcept { return !text.empty(); }
  constexpr interval<Q> range() const noexcept { return {value, low, high}; }
};

namespace detail {

/// How many of Q (kWh, kg, W, h, g/kWh) one of the unit is.
constexpr double factor_of(std::string_view unit) {
  constexpr double pound = 0.45359237;  // kg, international pound, 1959
  struct named {
    std::string_view unit;
    double factor;
  };
  constexpr named all[] = {{"", 1},         {"h", 1},
                           {"d", 24},       {"kh", 1e3},
                           {"Mh", 1e6},     {"W", 1},
                           {"kWh", 1},      {"MWh", 1e3},
                           {"kg", 1},       {"t", 1e3},
                           {"lb", pound},   {"g/kWh", 1},
                           {"kg/kWh", 1e3}, {"lb/kWh", 1e3 * pound}};
  for (const named& n : all)
    if (n.unit == unit) return n.factor;
  kaya::detail::refuse("unit", unit, "one of the table's units");
}

/// "14.8 d" is 355.2 h, from 354 to 356.4.
template <class Q>
constexpr printed<Q> read_printed(std::string_view text, double share = 1) {
  if (text.empty()) return {};
  std::size_t at = text[0] == '=' ? 1 : 0;
  double digits = 0, unit = 1;  // the figure is digits / unit: rounded once
  for (bool fraction = false; at < text.size() && text[at] != ' '; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    digits = 10 * digits + (text[at] - '0');
    if (fraction) unit *= 10;
  }
  std::string_view name = at < text.size() ? text.substr(at + 1) : std::string_view();
  if (name.ends_with("/node")) name.remove_suffix(5);
  const double f = factor_of(name) * share, half = text[0] == '=' ? 0 : 0.5;
  const double low = digits > half ? digits - half : 0;
  return {text, Q(digits / unit * f), Q(low / unit * f), Q((digits + half) / unit * f)};
}

}  // namespace detail
}  // namespace plan
}  // namespace v1
}  // namespace kaya
