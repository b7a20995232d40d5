// SPDX-License-Identifier: MIT
/// std::format for quantities, where the standard library has it (else this header adds nothing to text.hpp):
/// the format specification is that of the number, and the unit follows. std::format("{:8.2f}", 1.5_kWh) is
/// "    1.50 kWh".
#pragma once

#include <version>

#include <kaya/text.hpp>

#if defined(__cpp_lib_format) && __has_include(<format>)
#include <format>

template <class D, class R, class S>
struct std::formatter<kaya::quantity<D, R, S>, char> {
  constexpr auto parse(std::format_parse_context& context) { return number_.parse(context); }

  template <class Context>
  auto format(const kaya::quantity<D, R, S>& q, Context& context) const {
    auto out = number_.format(written_as(q).count(), context);
    const std::string unit = kaya::detail::unit_of<kaya::quantity<D, R, S>>().text;
    if (!unit.empty()) *out++ = ' ';
    for (const char c : unit) *out++ = c;
    return out;
  }

 private:
  static constexpr bool own = kaya::detail::own_symbol<kaya::quantity<D, R, S>>() >= 0;
  using written_as = std::conditional_t<own, kaya::quantity<D, R, S>, kaya::quantity<D>>;
  std::formatter<typename written_as::rep, char> number_;
};
#endif
