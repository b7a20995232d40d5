// SPDX-License-Identifier: MIT
// Text for LaTeX, as pdflatex with its own fonts typesets it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/report/characters.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The most that a document shows of a text, in bytes: a line of TeX's may have 200 000, a page about 4000.
inline constexpr std::size_t most_shown_bytes = 2000;

/// At most so much of a text, whole characters, "..." where it was cut.
inline std::string shortened(std::string_view text, std::size_t most = most_shown_bytes) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most - 3;
  while (end > most - 7 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

/// Letters of Latin-1 are those that the fonts have, and kaya's own signs are formulas; of other characters
/// the number is shown: "[U+65E5]".
inline void append_latex_character(std::string& out, std::string_view c) {
  const auto byte = [c](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(c[i])); };
  const bool letter = c.size() == 2 && byte(0) == 0xC3 && byte(1) != 0x90 && byte(1) != 0x97 &&
                      byte(1) != 0x9E && byte(1) != 0xB0 && byte(1) != 0xB7 && byte(1) != 0xBE;
  if (letter) {
    out += c;
    return;
  }
  for (const auto& [sign, formula] :
       {std::pair{"\xC2\xB5", "$\\mu$"}, {"\xC3\x97", "$\\times$"}, {"\xE2\x82\x82", "$_2$"}})
    if (c == sign) {
      out += formula;
      return;
    }
  constexpr std::string_view hex = "0123456789ABCDEF";
  unsigned code = c.size() == 2 ? byte(0) & 0x1F : c.size() == 3 ? byte(0) & 0x0F : byte(0) & 0x07;
  for (std::size_t i = 1; i < c.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
  out += "{[}U+";
  for (int shift = code > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4)
    if (shift < 20 || code >> 20 != 0) out += hex[code >> shift & 15];
  out += "{]}";
}

/// A text on one line in which nothing is a command or ends a cell, and braces are in pairs, as BibTeX counts
/// them. Cut to what a document can show.
inline std::string latex_text(std::string_view name) {
  std::string out;
  each_character(shortened(name), [&out](std::string_view c) {
    if (is_control(c)) out += ' ';
    else if (c.size() > 1) append_latex_character(out, c);
    else switch (c.front()) {
        case '\\':
          out += "\\textbackslash{}";
          break;
        case '{':
          out += "\\textbraceleft{}";
          break;
        case '}':
          out += "\\textbraceright{}";
          break;
        case '~':
          out += "\\textasciitilde{}";
          break;
        case '^':
          out += "\\textasciicircum{}";
          break;
        case '<':
          out += "\\textless{}";
          break;
        case '>':
          out += "\\textgreater{}";
          break;
        case '|':
          out += "\\textbar{}";
          break;
        case '"':
          out += "''";
          break;
        case '#':
        case '$':
        case '%':
        case '&':
        case '_':
          (out += '\\') += c;
          break;
        // After \\ these would be its arguments; hyphens in a row a dash.
        case '[':
        case ']':
        case '*':
          ((out += '{') += c) += '}';
          break;
        case '-':
          out += out.ends_with('-') ? "{}-" : "-";
          break;
        default:
          out += c;
      }
  });
  return out;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
