// SPDX-License-Identifier: MIT
/// Quantities as text, the same in every locale: to_string, operator<<, humanize, parse; and std::hash.
///
/// A text is a number, a space and the symbol of the unit: "1.5 kWh". A scale without a symbol of its own is
/// written in the base unit of its dimension, a dimension without one as a product of powers ("2 J^2 s^-1").
/// Micro is "u".
#pragma once

#include <charconv>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/detail/decimal.hpp>
#include <kaya/detail/symbols.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

template <class Q>
using base_unit = quantity<typename Q::dimension, double>;

/// std::to_chars of a number; room for any double in fixed notation with 60 decimals.
struct digits {
  char text[400];
  std::size_t size = 0;
  template <class... Format>
  explicit digits(Format... format)
      : size(static_cast<std::size_t>(std::to_chars(text, text + 400, format...).ptr - text)) {}
  operator std::string_view() const { return {text, size}; }
};

// <cmath> is not worth its 16 000 lines.
template <std::floating_point F>
constexpr bool is_finite(F x) {
  return x >= -highest<F>() && x <= highest<F>();
}
template <std::floating_point F>
constexpr bool is_nan(F x) {
  return !is_finite(x) && !(x > 0) && !(x < 0);
}

/// The shortest text that reads back as x; without an exponent where people would write none.
template <number N>
std::string shortest(N x) {
  if constexpr (std::integral<N>) {
    return std::string(digits(x));
  } else {
    if (is_nan(x)) return "nan";  // never "-nan"
    const N size = x < 0 ? -x : x;
    const bool plain = size == 0 || (size >= N(1e-5) && size < N(1e15));
    return std::string(plain ? digits(x, std::chars_format::fixed) : digits(x));
  }
}

/// Where in its list the symbol of exactly Q's scale is, or -1.
template <class Q>
constexpr int own_symbol() {
  int i = 0;
  for (const symbol& s : symbols<typename Q::dimension>::list) {
    if (s.num == Q::scale::num && s.den == Q::scale::den && !s.text.empty()) return i;
    ++i;
  }
  return -1;
}

struct unit_text {
  std::string text;
  bool base;  // that of scale 1, as its own has no symbol
};

template <class Q>
unit_text unit_of() {
  using D = typename Q::dimension;
  constexpr int own = own_symbol<Q>();
  if constexpr (own >= 0) return {std::string(symbols<D>::list[own].text), false};
  for (const symbol& s : symbols<D>::list)
    if (s.num == s.den && !s.text.empty()) return {std::string(s.text), true};
  std::string text;
  const auto factor = [&](const char* name, int power) {
    if (power == 0) return;
    if (!text.empty()) text += ' ';
    text += name;
    if (power != 1) text += '^' + std::string(digits(power));
  };
  factor("J", D::energy);
  factor("s", D::time);
  factor("gCO2e", D::carbon);
  factor("L", D::water);
  return {text, true};
}

template <class Q, class Write>
std::string written(Q q, Write write) {
  const unit_text unit = unit_of<Q>();
  const std::string number = unit.base ? write(base_unit<Q>(q).count()) : write(q.count());
  return unit.text.empty() ? number : number + ' ' + unit.text;
}

}  // namespace detail

/// "1.5 kWh", "250000 uJ": the shortest number that parse reads back as the same quantity.
template <any_quantity Q>
std::string to_string(Q q) {
  return detail::written(q, [](auto n) { return detail::shortest(n); });
}

/// The number as the stream's flags and precision have it, then the unit; width and fill apply to the whole.
template <class Traits, any_quantity Q>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, Q q) {
  using stream = std::basic_ostream<char, Traits>;
  const std::string text = detail::written(q, [&](auto n) {
    std::string s;
    if constexpr (std::integral<decltype(n)>) {
      s = detail::digits(n);
    } else if (detail::is_nan(n)) {
      s = "nan";
    } else {
      const auto style = out.flags() & stream::floatfield;
      const auto format = style == stream::fixed        ? std::chars_format::fixed
                          : style == stream::scientific ? std::chars_format::scientific
                                                        : std::chars_format::general;
      s = detail::digits(n, format, out.precision() < 60 ? static_cast<int>(out.precision()) : 60);
    }
    return (out.flags() & stream::showpos) && s[0] != '-' ? '+' + s : s;
  });
  return out << std::basic_string_view<char, Traits>(text.data(), text.size());
}

namespace detail {

/// A positive x to 3 significant digits: "1.50", "12.3", "552", "12300", "1.23e+07".
struct three_digits {
  double value = 0;
  std::string text;
  explicit three_digits(double x) {
    const digits d(x, std::chars_format::scientific, 2);  // d.dde[+-]dd
    const char* const end = d.text + d.size;
    int exponent = 0;
    std::from_chars(d.text, end, value);
    std::from_chars(d.text + (d.text[5] == '-' ? 5 : 6), end, exponent);
    const bool plain = exponent >= -4 && exponent <= 5;
    text = plain ? digits(value, std::chars_format::fixed, exponent < 2 ? 2 - exponent : 0) : d;
  }
};

inline double factor(const symbol& s) { return static_cast<double>(s.num) / static_cast<double>(s.den); }

}  // namespace detail

/// For people: 3 significant digits in the unit that people use: "1.50 kWh", "552 tCO2e", "12.3 mJ".
///
/// That is the largest in which it is at least 1 once rounded (999.96 W is "1.00 kW"), of: nJ to kJ, and from
/// one watt-hour on Wh to TWh; nW to GW; ns to s, min, h; ngCO2e to kgCO2e, tCO2e to MtCO2e; nL to mL, L, m3;
/// always gCO2e/kWh and L/kWh. Zero, nan and inf are in the base unit.
template <any_quantity Q>
std::string humanize(Q q) {
  const double base = detail::base_unit<Q>(q).count();
  double size = base < 0 ? -base : base + 0.0;  // and -0 is 0
  const bool ordinary = size > 0 && detail::is_finite(size);
  const detail::symbol* best = nullptr;
  for (const detail::symbol& s : detail::symbols<typename Q::dimension>::list) {
    if (!s.human) continue;
    if (best && ordinary) {
      const double rounded = detail::three_digits(size / factor(*best)).value * factor(*best);
      if (rounded < factor(s) * (1 - 1e-9)) break;
      if (size < factor(s)) size = factor(s);
    }
    if (!best || ordinary || s.num <= s.den) best = &s;
  }
  const std::string number =
      ordinary ? detail::three_digits(size / factor(*best)).text : detail::shortest(size);
  const std::string unit =
      best->text.empty() ? detail::unit_of<detail::base_unit<Q>>().text : std::string(best->text);
  return (base < 0 ? "-" : "") + number + (unit.empty() ? "" : ' ' + unit);
}

namespace detail {

/// The unit that `text` names after optional spaces, or null. Micro may also be one of Unicode's two signs.
template <class Dimension>
const symbol* find_symbol(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::string name(text);
  if (name.starts_with("\u00b5") || name.starts_with("\u03bc")) name.replace(0, 2, "u");
  for (const symbol& s : symbols<Dimension>::list)
    if (!name.empty() && name == s.text) return &s;
  return nullptr;
}

}  // namespace detail

/// Reads a number, optional spaces and any unit symbol of Q's dimension ("1.5kWh", "3e6 J", "20 lbCO2e"), and
/// nothing else. Empty if the text is anything else, out of range, or, where Q counts integers, not exact.
template <any_quantity Q>
std::optional<Q> parse(std::string_view text) {
  using R = typename Q::rep;
  using F = std::conditional_t<std::floating_point<R>, R, double>;
  F number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{}) return {};
  const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  const detail::symbol* s = detail::find_symbol<typename Q::dimension>(text.substr(digits.size()));
  if (!s) return {};

  using scale = typename Q::scale;
  detail::fraction f;
  for (const auto x : {s->num, scale::den}) f.times(static_cast<std::uint64_t>(x));
  for (const auto x : {s->den, scale::num}) f.times(static_cast<std::uint64_t>(x), true);
  if constexpr (std::integral<R>) {
    const std::optional<R> count = detail::whole_number<R>(digits, f);
    return count ? std::optional<Q>(Q(*count)) : std::nullopt;
  } else {
    const F up = f.size<F>(f.up), down = f.size<F>(f.down);
    const F count = up >= down ? number * (up / down) : number / (down / up);
    const bool overflow = !detail::is_finite(count) && detail::is_finite(number);
    return overflow ? std::nullopt : std::optional<Q>(Q(count));
  }
}

}  // namespace v1
}  // namespace kaya

/// Of the count, so equal quantities of one type have equal hashes.
template <class D, class R, class S>
struct std::hash<kaya::quantity<D, R, S>> {
  std::size_t operator()(const kaya::quantity<D, R, S>& q) const noexcept {
    return std::hash<R>()(q.count());
  }
};
