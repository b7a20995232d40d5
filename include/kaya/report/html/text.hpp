// SPDX-License-Identifier: MIT
// Text in a page: escaped, cut where a name is too long to be read, with units as people write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/interval.hpp>
#include <kaya/report/characters.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// Characters of a name, and of a sentence, that are shown.
inline constexpr std::size_t name_length = 72, prose_length = 700;

inline constexpr std::string_view no_break_space = "\xC2\xA0", thin_space = "\xE2\x80\xAF",
                                  ellipsis = "\xE2\x80\xA6", times = "\xC3\x97", minus = "\xE2\x88\x92";

/// Whether HTML has no such character (U+FFFE of each plane and so on), or it turns the text around it.
inline bool is_unfit(std::string_view c) noexcept {
  if (c.size() < 3) return false;
  unsigned code = static_cast<unsigned char>(c[0]) & (c.size() == 3 ? 0x0Fu : 0x07u);
  for (const char part : c.substr(1)) code = code << 6 | (static_cast<unsigned char>(part) & 0x3Fu);
  return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF) ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/// 1234567 with thin spaces; other numbers as figure_text() has them.
inline std::string grouped(double x) {
  std::string text = figure_text(x);
  if (!is_number(text)) return text == "nan" ? "not a number" : text;
  if (text.find_first_of(".e") == text.npos && text.size() > 4 + (x < 0 ? 1 : 0))
    for (std::size_t at = text.size() - 3; at > (x < 0 ? 1u : 0u) && at < text.size(); at -= 3)
      text.insert(at, thin_space);
  if (text.front() == '-') text.replace(0, 1, minus);
  return text;
}

/// Adds text of any bytes as text of the page, or the value of an attribute in double quotes: on one line, at
/// most so many characters. What was cut says so, and how long it was.
inline void add_text(std::string& out, std::string_view text, std::size_t most = name_length) {
  std::size_t n = 0;
  bool cut = false;
  each_character(text.substr(0, 4 * most + 4), [&](std::string_view c) {
    if (cut || (cut = ++n > most)) return;
    if (is_control(c)) out += ' ';
    else if (is_unfit(c)) out += replacement;
    else if (c == "&") out += "&amp;";
    else if (c == "<") out += "&lt;";
    else if (c == ">") out += "&gt;";
    else if (c == "\"") out += "&quot;";
    else if (c == "'") out += "&#39;";
    else out += c;
  });
  if (!cut) return;
  ((out += ellipsis) += " (cut; ") += grouped(static_cast<double>(text.size()));
  out += " bytes)";
}
inline std::string escaped(std::string_view text, std::size_t most = name_length) {
  std::string out;
  add_text(out, text, most);
  return out;
}
/// A name that may be in any script, apart from the direction of what is around it.
inline std::string name(std::string_view text, std::size_t most = name_length) {
  return "<bdi>" + (text.empty() ? "(no name)" : escaped(text, most)) + "</bdi>";
}
inline std::string prose(std::string_view text) { return escaped(text, prose_length); }

/// As typeset(), with a space that does not break.
inline std::string pretty(std::string text) {
  text = typeset(std::move(text));
  if (const std::size_t space = text.find(' '); space != text.npos) text.replace(space, 1, no_break_space);
  if (text.front() == '-') text.replace(0, 1, minus);
  return text;
}
/// For people, with its unit; "not known" for what is no number.
template <class Q>
std::string amount(const Q& q) {
  return is_known(static_cast<double>(q.count())) ? pretty(humanize(q)) : "not known";
}
template <class Q>
std::string amount(const std::optional<Q>& q) {
  return q ? amount(*q) : "not known";
}
inline std::string amount(const std::optional<microjoules>& q) {
  return q ? pretty(humanize(joules(*q))) : "not known";
}

/// A figure that leads: its unit is smaller.
inline std::string large(std::string text) {
  const std::size_t space = text.find(no_break_space);
  if (space == text.npos || !is_number(text)) return text;
  return text.insert(space, "<span class=\"unit\">") + "</span>";
}

/// "95 %: 250 Wh to 361 Wh", or that no meter states how wrong it may be.
template <class Q>
std::string range_of(const interval<Q>& i) {
  if (i.low == i.high) return "no range stated";
  return "95" + std::string(no_break_space) + "%: " + amount(i.low) + " to " + amount(i.high);
}

/// share_text() as text of the page.
inline std::string share_of(double share) {
  std::string text = share_text(share);
  if (text.ends_with(" %")) text.replace(text.size() - 2, 1, no_break_space);
  return escaped(text);
}

/// How sure a figure is, as a word with a mark that differs by more than its colour.
inline std::string badge(std::string_view kind, std::string_view word) {
  return "<span class=\"badge " + std::string(kind) + "\">" + std::string(word) + "</span>";
}
inline std::string badge(meter::provenance how) { return badge(to_string(how), to_string(how)); }
inline std::string assumed_badge() { return badge(meter::provenance::assumed); }

inline void add_heading(std::string& out, std::string_view text) { ((out += "<h2>") += text) += "</h2>\n"; }

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
