// SPDX-License-Identifier: MIT
/// A decimal number times a ratio, as an integer: exactly or not at all.
#pragma once

#include <kaya/detail/scale.hpp>

#include <charconv>
#include <optional>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace detail {

/// A fraction kept in pieces that cancel before they multiply, so that only a big result is too big.
struct fraction {
  std::uint64_t up[4] = {1, 1, 1, 1}, down[4] = {1, 1, 1, 1};

  static constexpr std::uint64_t common(std::uint64_t a, std::uint64_t b) {
    return b == 0 ? a : common(b, a % b);
  }

  /// Multiplies by x > 0, or by 1 / x; false if there is no room.
  constexpr bool times(std::uint64_t x, bool inverse = false) {
    for (std::uint64_t& piece : inverse ? up : down) {
      const std::uint64_t g = common(x, piece);
      x /= g;
      piece /= g;
    }
    for (std::uint64_t& piece : inverse ? down : up) {
      if (piece > highest<std::uint64_t>() / x) continue;
      piece *= x;
      return true;
    }
    return false;
  }

  template <class F>
  static constexpr F size(const std::uint64_t (&pieces)[4]) {
    F product = 1;
    for (const std::uint64_t piece : pieces) product *= static_cast<F>(piece);
    return product;
  }

  /// Empty unless whole and at most 64 bits.
  constexpr std::optional<std::uint64_t> whole() const {
    std::uint64_t product = 1;
    for (const std::uint64_t piece : up) {
      if (piece > highest<std::uint64_t>() / product) return {};
      product *= piece;
    }
    for (const std::uint64_t piece : down)
      if (piece != 1) return {};
    return product;
  }
};

/// `text` (a number as std::from_chars reads it) times f. Empty if that is not a whole number in the range of
/// Rep, or if the number has more than 19 significant digits.
template <std::integral Rep>
constexpr std::optional<Rep> whole_number(std::string_view text, fraction f) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative);
  std::uint64_t digits = 0;
  int exponent = 0, zeros = 0;  // zeros: read, but not yet in digits
  for (bool point = false; !text.empty() && (text[0] | 0x20) != 'e'; text.remove_prefix(1)) {
    if (text[0] == '.') {
      point = true;
      continue;
    }
    if (text[0] < '0' || text[0] > '9') return {};
    exponent -= point;
    ++zeros;
    if (text[0] == '0') continue;
    for (; zeros > 0 && digits != 0; --zeros)
      if (digits > highest<std::uint64_t>() / 10) return {};
      else digits *= 10;
    zeros = 0;
    if (digits > highest<std::uint64_t>() - 9) return {};
    digits += static_cast<std::uint64_t>(text[0] - '0');
  }
  if (digits == 0) return Rep{0};
  exponent += zeros;
  if (text.size() > 1) {
    text.remove_prefix(text[1] == '+' ? 2 : 1);
    int power = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), power).ec != std::errc{}) return {};
    exponent += power;
  }
  if (!f.times(digits)) return {};
  for (; exponent > 0; --exponent)
    if (!f.times(10)) return {};
  for (; exponent < 0; ++exponent)
    if (!f.times(10, true)) return {};
  const std::optional<std::uint64_t> size = f.whole();
  const bool lowest = negative && std::is_signed_v<Rep>;
  if (!size || *size > static_cast<std::uint64_t>(highest<Rep>()) + lowest) return {};
  if (negative && !lowest) return {};
  return static_cast<Rep>(negative ? ~*size + 1 : *size);
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
