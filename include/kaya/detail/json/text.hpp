// SPDX-License-Identifier: MIT
// Strings and numbers as JSON has them (RFC 8259, 2017), for writers.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/detail/json/utf8.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::json {

/// Adds a text in quotes, as UTF-8 whatever its bytes are: each byte that is not becomes U+FFFD. `<` is
/// escaped, so that no text ends the <script> element that holds the JSON, and so are U+2028 and U+2029,
/// which end lines in JavaScript before ECMAScript 2019.
inline void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef", meant = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  const auto is_plain = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 && u < 0x80 && c != '"' && c != '\\' && c != '<';
  };
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_plain(text[end])) ++end;
    out += text.substr(at, end - at);
    at = end;
    if (at == text.size()) break;
    const auto c = static_cast<unsigned char>(text[at]);
    std::size_t taken = 1;
    if (const std::size_t i = meant.find(text[at]); i != std::string_view::npos) {
      out += '\\';
      out += letters[i];
    } else if (c < 0x80) {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else if (const std::size_t n = utf8_sequence(text, at); n > 0) {
      taken = n;
      const std::string_view character = text.substr(at, n);
      if (character == "\xE2\x80\xA8") out += "\\u2028";
      else if (character == "\xE2\x80\xA9") out += "\\u2029";
      else out += character;
    } else {
      out += "\xEF\xBF\xBD";
    }
    at += taken;
  }
  out += '"';
}

/// Adds a whole number, or the shortest decimal that is read back as the same double. JSON has no NaN and no
/// infinity: what has them must not come here.
template <class N>
void append_number(std::string& out, N n) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

}  // namespace detail::json
}  // namespace v1
}  // namespace kaya
