// SPDX-License-Identifier: MIT
// The characters of a name that may hold any bytes, for writers that escape some of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/detail/json/utf8.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// What stands for a byte that is not UTF-8: U+FFFD.
inline constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Calls f(std::string_view) with each character of a text in UTF-8; each byte that belongs to none comes as
/// the replacement. Linear.
template <class F>
void each_character(std::string_view text, F&& f) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      f(text.substr(at, 1));
      ++at;
    } else if (const std::size_t n = kaya::detail::json::utf8_sequence(text, at); n > 0) {
      f(text.substr(at, n));
      at += n;
    } else {
      f(replacement);
      ++at;
    }
  }
}

/// Whether a character is one of Unicode's control characters, or ends lines in some readers: C0, DEL, C1
/// with NEL, U+2028, U+2029.
inline bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
}

/// A text on one line: control characters become spaces, and what is not UTF-8 the replacement.
inline std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&out](std::string_view c) { out += is_control(c) ? std::string_view(" ") : c; });
  return out;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
