// SPDX-License-Identifier: MIT
// One story about the epochs of a run: the first few unlike the rest, the rest on one level or a curve. It is
// a linear regression with conjugate priors, whose prediction of a sum is Student's t and whose marginal
// likelihood says how well it explains what was seen (e.g. Gelman et al. 2013, Bayesian Data Analysis,
// chapter 14).
#pragma once

#include <cstddef>

#include <kaya/plan/forecasting/distribution.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
namespace forecasting {

/// What is believed before any epoch is seen. Noise and changes are parts of the level of an epoch, as runs
/// of any size are alike in that. Chosen on a training set, not on the back-test: tests/forecast_test.cpp
/// says how.
struct prior {
  double noise = 0.003;  // standard deviation of an epoch ...
  double trust = 1.5;    // ... as if from so many epochs, 1 or more

  double line = 0.022;  // probability that the level drifts on a line ...
  double drift = 0.4;   // ... by so much in the whole run, standard deviation

  double slow = 0.004;      // probability that a difference goes away, and has not yet by now
  double quick = 0.08;      // ... and nearly has
  double difference = 0.8;  // of the first epoch, standard deviation

  double warm_up = 0.5;  // probability that some first epochs are unlike the rest
  double unlike = 0.3;   // by how much, median
  double slower = 0.85;  // probability that they take more, not less

  // What no story tells. By `few` over the number of epochs the scale of every story grows, for slow epochs
  // and neighbours that are alike that few epochs cannot show. The others are standard deviations: of how
  // much more or less of a change is to come, as a part of it; and of a later change of the level.
  double few = 2;
  double other_shape = 0.4;
  double later_change = 0.0005;

  // By this the stories that go on changing count for more in the value than in the interval: a drift that
  // is missed is a greater error than one that is not there.
  double favour = 2.5;
};

/// The mean of `count` epochs in a row, `at` the (mean) index of them from 0.
struct observation {
  double value = 0, at = 0, count = 1;
};

/// How epochs change with their index, but for a factor.
struct curve {
  enum kind : unsigned char { level, line, halving, settling, ramp, step } form = level;
  double length = 1;  // line: of the run; halving: until half is left; ramp and step: until nothing is

  double at(double i) const noexcept {
    const double x = i / length;
    if (form == halving) return power_of_2(-x);
    if (form == settling) return 1 / ((1 + x) * (1 + x));
    if (form == ramp) return x < 1 ? 1 - x : 0;
    if (form == step) return x < 1;
    return form == line ? x : 0;
  }
  /// Over epochs from one index up to another.
  double sum(double from, double to) const noexcept {
    if (form == halving) return (at(from) - at(to)) / (1 - at(1));
    if (form == settling) {  // by its integral, epochs in the middle of their stretch
      const double a = (from - 0.5) / length, b = (to - 0.5) / length;
      return length * (1 / (1 + a) - 1 / (1 + b));
    }
    if (to > length && form != line) to = length;
    if (to <= from || form == level) return 0;
    return form == step ? to - from : (to - from) * (at(from) + at(to - 1)) / 2;
  }
};

/// Weighted sums of the values (less 1, of which they are near) and of the shape.
struct sums {
  double lines = 0, n = 0, y = 0, yy = 0, z = 0, zz = 0, zy = 0;
  void add(const observation& o, double value, double shape) noexcept {
    const double w = o.count;
    ++lines, n += w, y += w * value, yy += w * value * value;
    z += w * shape, zz += w * shape * shape, zy += w * shape * value;
  }
};

/// One story: how much it counts, and the t of the sum over the epochs to come.
struct story {
  double weight, evidence;  // ln of the prior's, then its probability; ln of the marginal likelihood
  double location, scale, freedom;
  double level, incline;  // an epoch at i: level + incline * shape.at(i)
  curve shape;
  std::size_t first;  // observations left out before it
};

constexpr double positive(double x) noexcept { return x > 0 ? x : 0; }

/// The story that all observations from `first` on, whose sums these are, follow a curve, with a prior
/// standard deviation `spread` of its factor (0: a level); it predicts the `left` epochs after `done`. `cost`
/// is ln of the likelihood of the observations before `first`.
inline story tell(const sums& s, std::size_t first, double ln_prior, double cost, const curve& shape,
                  double spread, double done, double left, const prior& p) noexcept {
  const double to_come = shape.sum(done, done + left);
  const double freedom = p.trust + s.lines - 1, basis = p.trust * p.noise * p.noise;
  const double y = s.y / s.n, z = s.z / s.n;
  double yy = positive(s.yy - s.y * y), incline = 0, evidence = cost - ln(s.n) / 2;
  double variance = left + left * left / s.n;  // of the sum, in those of an epoch
  if (spread > 0) {
    const double zz = positive(s.zz - s.z * z), zy = s.zy - s.z * y;
    const double without = zz > 0 ? positive(yy - zy * zy / zz) : yy;
    const double stiffness = (basis + without) / freedom / (spread * spread);
    incline = zy / (zz + stiffness);
    yy = positive(yy - zy * incline);
    evidence += ln(stiffness / (zz + stiffness)) / 2;
    const double lever = to_come - left * z;
    variance += lever * lever / (zz + stiffness);
  }
  evidence += ln_gamma(freedom / 2) - freedom / 2 * ln(basis + yy) - (s.lines - 1) / 2 * 1.1447298858494002;
  const double location = left * (1 + y) + incline * (to_come - left * z);
  const double change = p.other_shape * incline * (to_come - left * shape.at(done * 2 / 3));
  return {ln_prior,
          evidence,
          location > 0 ? location : 0,
          root(variance * (basis + yy) / freedom + change * change),
          freedom,
          y - incline * z,
          incline,
          shape,
          first};
}

}  // namespace forecasting
}  // namespace plan
}  // namespace v1
}  // namespace kaya
