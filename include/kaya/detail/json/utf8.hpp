// SPDX-License-Identifier: MIT
// Which bytes are UTF-8, for readers and writers of JSON.
#pragma once

#include <cstddef>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace detail::json {

/// The length of the well-formed sequence of several bytes that begins at a byte of a text, or 0 (Unicode 15,
/// table 3-7). Any bytes may be given.
constexpr std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i])) : 0u;
  };
  const unsigned first = byte(at), second = byte(at + 1);
  const std::size_t n = first >= 0xC2 && first < 0xE0   ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;   // none longer than needed
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;  // no surrogates, to U+10FFFF
  if (n == 0 || second < low || second > high) return 0;
  for (std::size_t i = 2; i < n; ++i)  // past the end byte() is 0, which continues no sequence
    if (byte(at + i) < 0x80 || byte(at + i) > 0xBF) return 0;
  return n;
}

}  // namespace detail::json
}  // namespace v1
}  // namespace kaya
