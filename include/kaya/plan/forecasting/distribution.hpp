// SPDX-License-Identifier: MIT
// Square root, logarithms and the normal and Student's distributions, for forecasts, without <cmath> (16 000
// lines).
#pragma once

#include <cstdint>

#include <kaya/plan/exponential.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
namespace forecasting {

// plan::detail::log2 and exp2 work without looking at bits, at some microseconds; a forecast takes thousands.
// The bits of a double: 11 of its exponent, biased by 1023, above 52 of its mantissa (IEEE 754).
constexpr std::uint64_t bits(double x) noexcept { return __builtin_bit_cast(std::uint64_t, x); }
constexpr double of_bits(std::uint64_t x) noexcept { return __builtin_bit_cast(double, x); }

/// Natural logarithm of a normal number above 0, within 1e-15 of it or of 1.
constexpr double ln(double x) noexcept {
  int exponent = static_cast<int>(bits(x) >> 52) - 1023;
  double m = of_bits((bits(x) & 0xfffffffffffff) | 0x3ff0000000000000);  // 1 to 2
  if (m > 1.4142135623730951) m /= 2, ++exponent;
  const double t = (m - 1) / (m + 1), y = t * t;  // ln m = 2 atanh t; t^2 < 0.0295: y^12 is below 1e-18
  double sum = 0;
  for (int n = 21; n > 0; n -= 2) sum = sum * y + 1.0 / n;
  return exponent * detail::ln_2 + 2 * t * sum;
}

/// 2 to the power of x, 0 below -1000, at most 2^1000; within 1e-15.
constexpr double power_of_2(double x) noexcept {
  if (!(x > -1000)) return 0;
  if (x > 1000) x = 1000;
  const int whole = static_cast<int>(x < 0 ? x - 0.5 : x + 0.5);
  const double y = (x - whole) * detail::ln_2;  // |y| < 0.347: y^13 / 13! is below 1e-15
  double sum = 1;
  for (int n = 13; n > 0; --n) sum = 1 + sum * y / n;
  return sum * of_bits(static_cast<std::uint64_t>(whole + 1023) << 52);
}

/// Square root, by Newton's method from half the exponent; 0 of what is not above 0.
constexpr double root(double x) noexcept {
  if (!(x > 0)) return 0;
  double y = of_bits((bits(x) >> 1) + (std::uint64_t{1023} << 51));  // within 7 %
  for (int i = 0; i < 4; ++i) y = (y + x / y) / 2;
  return y;
}

/// ln of the gamma function, x > 0: Stirling's series where it is good to 1e-12, from 8 on.
constexpr double ln_gamma(double x) noexcept {
  double below = 1;
  for (; x < 8; ++x) below *= x;
  const double y = 1 / (x * x);
  const double series = (1 - y * (1.0 / 30 - y * (1.0 / 105 - y / 140))) / (12 * x);
  return (x - 0.5) * ln(x) - x + 0.91893853320467274178 + series - ln(below);
}

/// The probability that a standard normal is below x, within 1e-7 (Abramowitz, Stegun 1964, 26.2.17).
constexpr double normal_below(double x) noexcept {
  const double size = x < 0 ? -x : x, t = 1 / (1 + 0.2316419 * size);
  const double poly =
      t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const double above = 0.39894228040143268 * power_of_2(-size * size / (2 * detail::ln_2)) * poly;
  return x < 0 ? above : 1 - above;
}

/// The same for Student's t with 1 or more degrees of freedom, not only whole ones: exactly for 2, else by
/// the normal of Wallace (1959, Annals of Mathematical Statistics 30:1121), at the 97.5 % point within 0.002
/// above 2 and 0.008 below, where its tails are too heavy.
constexpr double t_below(double t, double freedom) noexcept {
  if (freedom == 2) return 0.5 + t / (2 * root(2 + t * t));
  const double z = root(freedom * ln(1 + t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3);
  return normal_below(t < 0 ? -z : z);
}

}  // namespace forecasting
}  // namespace plan
}  // namespace v1
}  // namespace kaya
