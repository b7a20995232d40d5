// SPDX-License-Identifier: MIT
// Strings and numbers as YAML 1.1 and 1.2 read them alike.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/report/characters.hpp>
#include <kaya/report/figures.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Adds a text in double quotes. All that YAML calls not printable, or ends lines, is escaped (YAML 1.2.2,
/// 5.1 and 5.7): control characters, NEL, U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF.
inline void append_yaml_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  out += '"';
  each_character(text, [&](std::string_view c) {
    const auto last = static_cast<unsigned char>(c.back());
    if (c == "\"" || c == "\\") (out += '\\') += c;
    else if (c == "\n") out += "\\n";
    else if (c == "\t") out += "\\t";
    else if (c == "\xE2\x80\xA8") out += "\\L";
    else if (c == "\xE2\x80\xA9") out += "\\P";
    else if (c == "\xEF\xBB\xBF") out += "\\uFEFF";
    else if (c == "\xEF\xBF\xBE" || c == "\xEF\xBF\xBF") out += c.back() == '\xBE' ? "\\uFFFE" : "\\uFFFF";
    else if (is_control(c)) ((out += "\\x") += hex[last >> 4]) += hex[last & 15];  // C1: as in UTF-8's last
    else out += c;
  });
  out += '"';
}

/// The nearest number of 4 significant digits.
inline double four_digits(double x) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific, 3);
  std::from_chars(text, end.ptr, x);
  return x;
}

/// Adds a finite number without an exponent, for YAML 1.1 takes "1e-05" for a string; false if it is none.
inline bool append_yaml_number(std::string& out, double x) {
  if (!is_known(x)) return false;
  char text[400];
  out.append(text, std::to_chars(text, text + sizeof text, x, std::chars_format::fixed).ptr);
  return true;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
