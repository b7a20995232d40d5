// SPDX-License-Identifier: MIT
// What the figures of a page are drawn with: coordinates in percent across, so that a figure fits any width
// with text of one size, and in pixels down; axes with round numbers.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <kaya/report/html/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// Adds a number with at most two decimals; 0 for what is none.
inline void add_decimal(std::string& out, double x) {
  if (!(x > -1e6 && x < 1e6)) x = x >= 1e6 ? 1e6 : x <= -1e6 ? -1e6 : 0;
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, 2);
  std::string_view digits(text, static_cast<std::size_t>(end.ptr - text));
  while (digits.back() == '0') digits.remove_suffix(1);
  if (digits.back() == '.') digits.remove_suffix(1);
  out += digits == "-0" ? "0" : digits;
}
/// Of a whole, within 0 to 1.
inline double within(double share) noexcept { return share > 0 ? (share < 1 ? share : 1) : 0; }

/// Adds an attribute: name="12.5%" or, of pixels, name="12.5".
inline void percent_attribute(std::string& out, std::string_view name, double share) {
  ((out += ' ') += name) += "=\"";
  add_decimal(out, within(share) * 100);
  out += "%\"";
}
inline void pixel_attribute(std::string& out, std::string_view name, double pixels) {
  ((out += ' ') += name) += "=\"";
  add_decimal(out, pixels);
  out += '"';
}

/// A rectangle, from and to across as shares of the width, from and to down in pixels; with a title (escaped)
/// that a browser shows where the pointer is.
inline void add_rectangle(std::string& out, std::string_view kind, double left, double right, double top,
                          double bottom, std::string_view title = {}) {
  ((out += "<rect class=\"") += kind) += '"';
  left = within(left);
  percent_attribute(out, "x", left);
  percent_attribute(out, "width", within(right) - left);
  pixel_attribute(out, "y", top);
  pixel_attribute(out, "height", bottom > top ? bottom - top : 0);
  if (title.empty()) out += "/>";
  else ((out += "><title>") += title) += "</title></rect>";
}
inline void add_line(std::string& out, std::string_view kind, double left, double right, double top,
                     double bottom) {
  ((out += "<line class=\"") += kind) += '"';
  percent_attribute(out, "x1", left);
  percent_attribute(out, "x2", right);
  pixel_attribute(out, "y1", top);
  pixel_attribute(out, "y2", bottom);
  out += "/>";
}
/// Text (escaped) at a place; its kind says how it is aligned.
inline void add_label(std::string& out, std::string_view kind, double left, double dx, double y,
                      std::string_view text) {
  ((out += "<text class=\"") += kind) += '"';
  percent_attribute(out, "x", left);
  if (dx < 0 || dx > 0) pixel_attribute(out, "dx", dx);
  pixel_attribute(out, "y", y);
  ((out += '>') += text) += "</text>";
}

/// A unit of an axis.
struct axis_unit {
  double size;
  std::string_view symbol;
  double from = size;  // is used for a range that ends here or further
};
inline constexpr axis_unit no_units[] = {{1, ""}};
inline constexpr axis_unit power_units[] = {{1e-9, "nW"}, {1e-6, "\xC2\xB5W"}, {1e-3, "mW"}, {1, "W"},
                                            {1e3, "kW"},  {1e6, "MW"},         {1e9, "GW"}};
inline constexpr axis_unit energy_units[] = {{1e-9, "nJ"},   {1e-6, "\xC2\xB5J"}, {1e-3, "mJ"},
                                             {1, "J"},       {3600, "Wh"},        {3.6e6, "kWh"},
                                             {3.6e9, "MWh"}, {3.6e12, "GWh"}};
inline constexpr axis_unit time_units[] = {{1e-6, "\xC2\xB5s"}, {1e-3, "ms"}, {1, "s"},
                                           {60, "min"},         {3600, "h"},  {86400, "d", 3 * 86400}};

/// Round numbers that a range lies within.
struct axis {
  double low = 0, high = 1, step = 1;
  axis_unit unit{1, ""};

  double place(double x) const noexcept { return (x - low) / (high - low); }
  /// Of the number of a tick, from 0.
  double at(int tick) const noexcept { return low + step * tick; }
  int last() const noexcept { return static_cast<int>((high - low) / step + 0.5); }
  std::string label(double x) const {
    const double shown = x / unit.size, least = step / unit.size * 1e-6;
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, shown > -least && shown < least ? 0.0 : shown,
                                   std::chars_format::general, 6);
    std::string label(text, end.ptr);
    if (label.front() == '-') label.replace(0, 1, minus);
    return unit.symbol.empty() ? label : label.append(no_break_space).append(unit.symbol);
  }
};

/// The least of 1, 2 and 5 times a power of ten that is x or more, for x above 0.
inline double round_up(double x) noexcept {
  double power = 1;
  for (int i = 0; i < 400 && power * 10 <= x; ++i) power *= 10;
  for (int i = 0; i < 400 && power > x; ++i) power /= 10;
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= x * (1 - 1e-12)) return step * power;
  return 10 * power;
}

/// About so many steps from low to high, both of less than 1e300 in size. Where low is 0 the axis begins
/// there.
inline axis make_axis(double low, double high, int steps, std::span<const axis_unit> units) noexcept {
  axis a;
  if (!(high > low)) high = low + (low > 0 ? low : low < 0 ? -low : 1) * 0.1;
  if (!(high > low)) high = low + 1;
  for (const axis_unit& u : units)
    if (u.size == units.front().size || high >= u.from) a.unit = u;
  if (units.size() > 1 && !(high >= units.front().size)) a.unit = units.front();
  const double each = (high - low) / a.unit.size / steps;
  double step = round_up(each);
  // Hours, minutes and seconds have round numbers of their own.
  const auto prefer = [&](std::initializer_list<double> round) {
    for (const double s : round)
      if (s >= each) return void(step = s);
  };
  if (a.unit.symbol == "h" && each > 2) prefer({3, 6, 12, 24});
  if (a.unit.symbol == "min" || (a.unit.symbol == "s" && each > 5)) prefer({1, 5, 10, 15, 30});
  a.step = step * a.unit.size;
  const double from = low / a.step, to = high / a.step;
  if (!(from > -1e9 && to < 1e9)) {  // all of it far from 0: a round step would be lost in rounding
    a.low = low, a.high = high, a.step = high - low;
    return a;
  }
  auto first = static_cast<std::int64_t>(from), end = static_cast<std::int64_t>(to);
  if (static_cast<double>(first) > from) --first;
  if (static_cast<double>(end) < to - 1e-9) ++end;
  a.low = static_cast<double>(first) * a.step;
  a.high = static_cast<double>(end > first ? end : first + 1) * a.step;
  return a;
}

/// The lines and labels of an axis at the left, of a figure of so many pixels in height.
inline void add_left_axis(std::string& out, const axis& a, double height) {
  for (int i = 0; i <= a.last() && i < 20; ++i) {
    const double y = height * (1 - a.place(a.at(i)));
    add_line(out, i == 0 ? "base" : "grid", 0, 1, y, y);
    add_label(out, "tick left", 0, -8, y + 4, a.label(a.at(i)));
  }
}
inline void add_right_axis(std::string& out, const axis& a, double height) {
  for (int i = 0; i <= a.last() && i < 20; ++i)
    add_label(out, "tick right", 1, 8, height * (1 - a.place(a.at(i))) + 4, a.label(a.at(i)));
}

/// Begins a figure that says of itself what it shows. Title and description are escaped.
inline void begin_plot(std::string& out, std::string_view id, double height, std::string_view title,
                       std::string_view description, bool many) {
  ((out += "<div class=\"plot") += many ? " many" : "") +=
      "\"><svg role=\"img\" width=\"100%\" aria-label=\"";
  (((out += title) += "\" aria-describedby=\"") += id) += "-desc\"";
  pixel_attribute(out, "height", height);
  ((out += ">\n<title>") += title) += "</title>";
  ((((out += "<desc id=\"") += id) += "-desc\">") += description) += "</desc>\n";
}
/// `over`: what lies over the figure.
inline void end_plot(std::string& out, std::string_view over = {}) {
  ((out += "\n</svg>") += over) += "</div>\n";
}

/// A key to what is drawn with a kind of fill, or of line.
inline std::string swatch(std::string_view kind) {
  std::string out = "<svg class=\"swatch\" width=\"12\" height=\"12\" aria-hidden=\"true\">";
  add_rectangle(out, kind, 0, 1, 0, 12);
  return out + "</svg>";
}
inline std::string line_swatch(std::string_view kind) {
  std::string out = "<svg class=\"swatch\" width=\"18\" height=\"12\" aria-hidden=\"true\">";
  add_line(out, kind, 0, 1, 6, 6);
  return out + "</svg>";
}

/// Patterns for what is missing, modelled and assumed, which all figures use.
inline constexpr std::string_view patterns =
    "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>"
    "<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"hatch-back\" width=\"7\" height=\"7\"/>"
    "<rect class=\"hatch-line\" width=\"1.6\" height=\"7\"/></pattern></defs></svg>\n";

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
