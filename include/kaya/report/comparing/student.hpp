// SPDX-License-Identifier: MIT
// Student's t as comparisons of few runs need it: exact from one degree of freedom on, where the
// approximation that forecasts use (plan/forecasting/distribution.hpp) is too coarse; and the power of a test
// with it.
#pragma once

#include <kaya/plan/forecasting/distribution.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// The regularised incomplete beta function, for a and b above 0 and x + y = 1, by its continued fraction
/// (NIST Digital Library of Mathematical Functions, 8.17.22) on the side where that converges quickly. Within
/// 1e-11 for the a and b that t_above() asks for.
inline double beta_below(double a, double b, double x, double y) noexcept {
  using namespace plan::forecasting;
  if (!(x > 0)) return 0;
  if (!(y > 0)) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta_below(b, a, y, x);
  const double larger = a > b ? a : b;
  double fraction = 1;
  for (int m = static_cast<int>(30 + 2 * root(larger)); m >= 0; --m) {  // from its far end
    if (m > 0) {
      const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      fraction = 1 + even / (1 + odd / fraction);
    } else {
      fraction = 1 - (a + b) * x / ((a + 1) * fraction);
    }
  }
  const double ln_front = a * ln(x) + b * ln(y) - ln(a) - ln_gamma(a) - ln_gamma(b) + ln_gamma(a + b);
  return power_of_2(ln_front / plan::detail::ln_2) / fraction;
}

/// Degrees of freedom beyond this count as so many: the t there is the normal within 0.00002.
inline constexpr double most_freedom = 1e5;

/// The probability that Student's t is above `t`, 0 or more, with 1 or more degrees of freedom.
inline double t_above(double t, double freedom) noexcept {
  if (freedom > most_freedom) freedom = most_freedom;
  const double square = t * t, x = freedom / (freedom + square);
  return beta_below(freedom / 2, 0.5, x, square / (freedom + square)) / 2;
}

/// The t that is exceeded with the probability `above`, 0.0005 to 0.5: t_quantile(0.025, 1) is 12.706.
inline double t_quantile(double above, double freedom) noexcept {
  using namespace plan::forecasting;
  const double v = freedom > most_freedom ? most_freedom : freedom;
  const double ln_front = ln_gamma((v + 1) / 2) - ln_gamma(v / 2) - ln(v * 3.14159265358979323846) / 2;
  double t = 0;
  // By Newton's method from below, where it never goes too far, as the tail is convex.
  for (int i = 0; i < 60; ++i) {
    const double density = power_of_2((ln_front - (v + 1) / 2 * ln(1 + t * t / v)) / plan::detail::ln_2);
    const double more = (t_above(t, v) - above) / density;
    t += more;
    if (more < 1e-10 * t) break;
  }
  return t;
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
