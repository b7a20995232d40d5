// SPDX-License-Identifier: MIT
// Lists of horizontal bars with their names and values beside them as text: the bars themselves say nothing
// that the text does not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/html/drawing.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// One bar; all text is escaped already. Sizes are in the unit of the list.
struct bar {
  std::string name{}, value{}, note{};
  double size = 0;
  double low = 0, high = 0;    // the range; none if they are equal
  std::string_view kind = "";  // how it is filled: "own", "rest", a component
  bool known = true;           // else hatched, and `value` says why
};

/// Where the list ends. A range that goes further than this is cut, with an arrow.
inline double end_of(const std::vector<bar>& bars) noexcept {
  double largest = 0, highest = 0;
  for (const bar& b : bars) {
    if (!b.known) continue;
    if (b.size > largest) largest = b.size;
    if (b.high > highest) highest = b.high;
  }
  if (highest > 2 * largest) highest = 2 * largest;
  return highest > largest ? highest * 1.02 : largest;
}

/// A range over a bar, in an svg of this height.
inline void add_range(std::string& out, double low, double high, double end, double height) {
  const double from = within(low / end), to = within(high / end), middle = height / 2;
  add_line(out, "range halo", from, to, middle, middle);
  add_line(out, "range", from, to, middle, middle);
  add_line(out, "range", from, from, middle - 4, middle + 4);
  if (high <= end) add_line(out, "range", to, to, middle - 4, middle + 4);
  else add_label(out, "arrow", 1, 3, middle + 4, "\xE2\x80\xBA");
}

inline void add_bar_graphic(std::string& out, const bar& b, double end) {
  out += "<svg class=\"bar\" width=\"100%\" height=\"14\" aria-hidden=\"true\">";
  if (!b.known) {
    add_rectangle(out, "missing", 0, 1, 0, 14);
  } else {
    add_rectangle(out, "track", 0, 1, 0, 14);
    if (end > 0 && b.size > 0) add_rectangle(out, "fill " + std::string(b.kind), 0, b.size / end, 0, 14);
    if (end > 0 && b.low < b.high) add_range(out, b.low, b.high, end, 14);
  }
  out += "</svg>";
}

inline void add_bars(std::string& out, const std::vector<bar>& bars) {
  const double end = end_of(bars);
  out += "<ul class=\"bars\">\n";
  for (const bar& b : bars) {
    ((out += "<li") += b.kind == "own" ? " class=\"emphasis\"" : "") += "><span class=\"name\">";
    ((out += b.name) += "</span> <span class=\"value\">") += b.value;
    out += "</span> ";
    add_bar_graphic(out, b, end);
    if (!b.note.empty()) ((out += "<span class=\"note\">") += b.note) += "</span>";
    out += "</li>\n";
  }
  out += "</ul>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
