// SPDX-License-Identifier: MIT
// How a constexpr function refuses an argument: at run time by an exception that names the value and what is
// allowed, in constant evaluation by not compiling, as refuse() is not constexpr.
#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Throws std::invalid_argument: "<what>: <value> is not allowed; <allowed>".
[[noreturn]] inline void refuse(std::string_view what, std::string_view value, std::string_view allowed) {
  std::string text(what);
  text.append(": ").append(value).append(" is not allowed; ").append(allowed);
  throw std::invalid_argument(text);
}
[[noreturn]] inline void refuse(std::string_view what, double value, std::string_view allowed) {
  if (!(value <= 0) && !(value > 0)) refuse(what, "nan", allowed);  // which to_chars may write as "-nan"
  char digits[32];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  refuse(what, std::string_view(digits, static_cast<std::size_t>(end - digits)), allowed);
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
