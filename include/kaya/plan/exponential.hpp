// SPDX-License-Identifier: MIT
// log2 and exp2 in constant expressions, where the standard's may not be used before C++26. Within 1e-14 of
// them, relative to the result; near 1, where the result goes through zero, log2 too. In plan::detail: beside
// <cmath>, `using namespace kaya::plan` would leave log2(x) ambiguous.
#pragma once

#include <kaya/detail/number.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
namespace detail {

inline constexpr double infinity = __builtin_inf();
inline constexpr double ln_2 = 0.693147180559945309417232121458176568;  // OEIS A002162

/// x times 2^n, in steps that do not overflow before the result does.
constexpr double times_power_of_2(double x, int n) noexcept {
  constexpr double up = 0x1p512, down = 0x1p-512;
  for (; n >= 512; n -= 512) x *= up;
  for (; n <= -512; n += 512) x *= down;
  double factor = 1;
  for (int i = n; i > 0; --i) factor *= 2;
  for (int i = n; i < 0; ++i) factor /= 2;
  return x * factor;
}

/// The power of 2 that is x: minus infinity for 0, NaN below.
constexpr double log2(double x) noexcept {
  if (x == 0) return -infinity;
  if (!(x > 0)) return kaya::detail::not_a_number;
  if (x == infinity) return x;
  int exponent = 0;
  for (int step = 512; step > 0; step /= 2) {  // x into 1 to 2
    const double power = times_power_of_2(1, step);
    while (x >= power) x /= power, exponent += step;
    while (x * power < 2) x *= power, exponent -= step;
  }
  if (x > 1.4142135623730951) x /= 2, ++exponent;
  // ln x = 2 atanh t, t = (x - 1) / (x + 1), |t| < 0.172: t^25 is below 1e-19.
  const double t = (x - 1) / (x + 1), square = t * t;
  double sum = 0;
  for (int n = 23; n > 0; n -= 2) sum = sum * square + 1.0 / n;
  return exponent + 2 * t * sum / ln_2;
}

/// 2 to the power of x.
constexpr double exp2(double x) noexcept {
  if (!(x == x)) return x;
  if (x >= 1024) return infinity;
  if (x < -1080) return 0;
  const int whole = static_cast<int>(x < 0 ? x - 0.5 : x + 0.5);
  const double y = (x - whole) * ln_2;  // |y| < 0.347: y^17 / 17! is below 1e-22
  double sum = 1;
  for (int n = 16; n > 0; --n) sum = 1 + sum * y / n;
  return times_power_of_2(sum, whole);
}

}  // namespace detail
}  // namespace plan
}  // namespace v1
}  // namespace kaya
