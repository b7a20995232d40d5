// SPDX-License-Identifier: MIT
// The difference of two means whose scatter may differ (Welch 1947, Biometrika 34:28).
#pragma once

#include <cstddef>
#include <span>

#include <kaya/report/comparing/student.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// Repeated runs: how many, their mean and the variance of one (with n - 1; 0 of a single one, which says
/// nothing of scatter).
struct sample {
  std::size_t n = 0;
  double mean = 0, variance = 0;
};

inline sample sample_of(std::span<const double> values) noexcept {
  sample s{values.size(), 0, 0};
  if (s.n == 0) return s;
  // Less the first: what is equal to the last digit has no scatter, whatever sums round to.
  for (const double v : values) s.mean += v - values[0];
  const double shift = s.mean / static_cast<double>(s.n);
  s.mean = values[0] + shift;
  if (s.n < 2) return s;
  for (const double v : values) s.variance += (v - values[0] - shift) * (v - values[0] - shift);
  s.variance /= static_cast<double>(s.n - 1);
  return s;
}

struct welch_interval {
  double difference = 0, low = 0, high = 0;  // of the means, b less a; 95 %
  double error = 0;                          // standard error
  double freedom = 0;                        // Satterthwaite's, min(n) - 1 to the sum of n - 2
};

/// Standard error and degrees of freedom; of two samples of 2 or more.
inline welch_interval welch_error(const sample& a, const sample& b) noexcept {
  const auto n = static_cast<double>(a.n), m = static_cast<double>(b.n);
  const double va = a.variance / n, vb = b.variance / m, v = va + vb;
  welch_interval w;
  w.error = plan::forecasting::root(v);
  w.freedom = n + m - 2;
  if (v > 0) w.freedom = 1 / (va / v * (va / v) / (n - 1) + vb / v * (vb / v) / (m - 1));
  return w;
}

/// Welch's 95 % interval of the difference of means, of two samples of 2 or more; without any scatter it has
/// no width.
inline welch_interval welch(const sample& a, const sample& b) noexcept {
  welch_interval w = welch_error(a, b);
  const double half = w.error > 0 ? t_quantile(0.025, w.freedom) * w.error : 0;
  w.difference = b.mean - a.mean;
  w.low = w.difference - half, w.high = w.difference + half;
  return w;
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
