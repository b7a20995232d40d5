// SPDX-License-Identifier: MIT
// How often Welch's test finds a difference, and the smallest one that so many runs can be expected to show.
//
// Taken of the test as it is done, whose degrees of freedom are estimated: with the true ones in their place
// the power of 3 and 3 runs would seem to be 80 % where it is 69. Of normal samples with p and q degrees of
// freedom, the share w that the first has in the sum of their squares, each over its variance, has a beta
// distribution and nothing to do with the sum, which is chi-squared with p + q. The share gives the degrees
// of freedom that are estimated, and with them the test's critical t; the rest is a noncentral t.
#pragma once

#include <cstddef>
#include <vector>

#include <kaya/report/comparing/student.hpp>
#include <kaya/report/comparing/welch.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// What a scatter may be estimated to be, as a factor of the true one: the root of a chi-squared with so many
/// degrees of freedom over their number; at some points, with their weights.
class scatter_estimates {
 public:
  explicit scatter_estimates(double freedom) noexcept {
    using namespace plan::forecasting;
    if (freedom > most_freedom) freedom = most_freedom;
    const double width = 6.5 / root(2 * freedom);  // in which all but 1e-8 of the estimates are
    // Over the root u of the factor, as with few degrees its density is steep at 0. By Simpson's rule.
    const double from = width < 1 ? root(1 - width) : 0, step = (root(1 + width) - from) / panels;
    const double ln_front = freedom / 2 * ln(freedom / 2) - ln_gamma(freedom / 2);  // and 4, which cancels
    double all = 0;
    for (int i = 0; i <= panels; ++i) {
      const double u = from + step * i;
      factor_[i] = u * u;
      if (!(factor_[i] > 0)) continue;  // no density there
      const double ln_density = ln_front + (2 * freedom - 1) * ln(u) - freedom * u * u * u * u / 2;
      weight_[i] = (i == 0 || i == panels ? 1
                    : i % 2 == 1          ? 4
                                          : 2) *
                   power_of_2(ln_density / plan::detail::ln_2);
      all += weight_[i];
    }
    for (double& w : weight_) w /= all;
  }
  /// The probability that a noncentral t, of `shift` standard errors, is above t. Within 1e-5.
  double above(double t, double shift) const noexcept {
    double sum = 0;
    for (int i = 0; i <= panels; ++i)
      sum += weight_[i] * plan::forecasting::normal_below(shift - t * factor_[i]);
    return sum;
  }

 private:
  static constexpr int panels = 48;
  double factor_[panels + 1] = {}, weight_[panels + 1] = {};
};

/// The power of Welch's two-sided test at 95 %, of two samples of 2 or more with a scatter that is taken to
/// be the true one. The other side's share, at a power that counts below 0.001 %, is not in it.
class welch_power {
 public:
  welch_power(const sample& a, const sample& b) : estimates_(freedom(a) + freedom(b)) {
    using namespace plan::forecasting;
    const double p = freedom(a), q = freedom(b), va = a.variance / static_cast<double>(a.n),
                 vb = b.variance / static_cast<double>(b.n);
    error_ = root(va + vb);
    if (!(error_ > 0)) return;
    // Over the angle whose squared sine is w, from 0 to a quarter turn: the density is smooth there and even
    // at both ends, so that equal steps of half its standard deviation are exact to many digits.
    const int steps = static_cast<int>(6 + 4.5 * root(p + q + 2));
    const double step = 3.14159265358979323846 / 2 / steps;
    const double sine_1 = sine_of(step), cosine_1 = root(1 - sine_1 * sine_1);
    const double ln_top = ln_density(p, q, root(p / (p + q)), root(q / (p + q)));
    double sine = 0, cosine = 1, all = 0;
    for (int i = 0; i <= steps; ++i) {
      if (i == steps) sine = 1, cosine = 0;
      const double weight = (i == 0 || i == steps ? 0.5 : 1) *
                            power_of_2((ln_density(p, q, sine, cosine) - ln_top) / plan::detail::ln_2);
      if (weight > 1e-7) {
        const double w = sine * sine;
        const double ea = va * w / p, eb = vb * (1 - w) / q;  // parts of the error's square, over the sum
        const double e = ea + eb;
        // Without any scatter in what was drawn every difference is found.
        const double f = e > 0 ? 1 / (ea / e * (ea / e) / p + eb / e * (eb / e) / q) : 1;
        points_.push_back({t_quantile(0.025, f) * root((p + q) * e / (va + vb)), weight});
        all += weight;
      }
      const double next = sine * cosine_1 + cosine * sine_1;
      cosine = cosine * cosine_1 - sine * sine_1, sine = next;
    }
    for (point& x : points_) x.weight /= all;
  }

  /// Of a difference of so many standard errors.
  double at(double shift) const noexcept {
    double sum = 0;
    for (const point& x : points_) sum += x.weight * estimates_.above(x.t, shift);
    return sum;
  }
  double error() const noexcept { return error_; }

 private:
  struct point {
    double t, weight;
  };
  static double freedom(const sample& s) noexcept { return static_cast<double>(s.n) - 1; }
  /// By its series, of less than half a turn.
  static double sine_of(double x) noexcept {
    double term = x, sum = x;
    for (int n = 2; n < 24; n += 2) sum += term *= -x * x / (n * (n + 1));
    return sum;
  }
  static double ln_density(double p, double q, double sine, double cosine) noexcept {
    using plan::forecasting::ln;
    if ((p > 1 && !(sine > 0)) || (q > 1 && !(cosine > 0))) return -1e9;
    return (p > 1 ? (p - 1) * ln(sine) : 0) + (q > 1 ? (q - 1) * ln(cosine) : 0);
  }

  scatter_estimates estimates_;
  double error_ = 0;
  std::vector<point> points_{};
};

/// The smallest difference that Welch's test at 95 % finds in 80 % of cases, given these numbers of runs and
/// this scatter; the means do not matter. 0 without scatter.
inline double smallest_detectable(const sample& a, const sample& b) {
  const welch_power power(a, b);
  if (!(power.error() > 0)) return 0;
  double low = 0, high = 4;
  double f = power.at(low) - 0.8, g = power.at(high) - 0.8;
  while (g < 0 && high < 1e3) low = high, f = g, high *= 2, g = power.at(high) - 0.8;
  // By secants that keep both sides; the value of a side that stays is halved (the Illinois rule).
  for (int i = 0, last = 0; i < 40 && high - low > 1e-6 * high; ++i) {
    const double middle = low - f * (high - low) / (g - f), h = power.at(middle) - 0.8;
    if (h < 0) {
      low = middle, f = h;
      if (last < 0) g /= 2;
      last = -1;
    } else {
      high = middle, g = h;
      if (last > 0) f /= 2;
      last = 1;
    }
    if (h < 1e-6 && h > -1e-6) return middle * power.error();
  }
  return (low + high) / 2 * power.error();
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
