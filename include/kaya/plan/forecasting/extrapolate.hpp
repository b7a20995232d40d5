// SPDX-License-Identifier: MIT
// What the epochs to come will take together, from what the epochs done took: a figure with its 95 %
// interval.
//
// Many stories about the run are told at once, and each counts by how well it explains what was seen
// (Bayesian model averaging, e.g. Hoeting et al. 1999, Statistical Science 14:382):
//   - the first k epochs were unlike the rest and say nothing about it; k = 0, 1, 2 ...
//   - the rest has one level; or drifts on a line; or comes to its level by a difference that halves every h
//     epochs, or falls off as 1 / (1 + i/h)^2, on a line that ends, or at once.
// A difference that is nearly gone was warm-up; one that is not is drift. Few epochs give a wide interval,
// since each story's prediction is Student's t, and so do stories that disagree.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <kaya/plan/forecasting/story.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
namespace forecasting {

/// Of the epochs to come together.
struct rest {
  double value = 0, low = 0, high = 0;
  int warm_up = 0;    // first epochs that the likeliest story leaves out of the level
  double drifts = 0;  // probability that the level moves on beyond the epochs done
};

/// Forecasts the sum of `left` epochs after `done`, from at least two observations in order.
class extrapolation {
 public:
  extrapolation(std::span<const observation> seen, double done, double left, const prior& p = {}) noexcept
      : seen_(seen), done_(done), left_(left), prior_(p) {}

  rest forecast() {
    rest r;
    scale_ = level_of_later_half();
    if (!(scale_ > 0)) return r;  // all was 0, and nothing says it will not be
    find_spikes();
    tell_stories();
    const double correlation = correlation_of(best());
    // Neighbours that are alike say less: so much less counts what was seen, for stories and for the scale.
    for (story& s : stories_) s.evidence /= correlation;
    r.warm_up = warm_up_of(best());
    weigh();
    const double few = 1 + prior_.few / static_cast<double>(seen_.size());
    double sum = 0;
    for (story& s : stories_) {
      s.location += left_ * spike_mean_;
      s.scale = root(s.scale * s.scale * correlation * few * few +
                     left_ * left_ * prior_.later_change * prior_.later_change + spike_variance_);
      const double w = moves_on(s.shape) ? s.weight * prior_.favour : s.weight;
      r.value += w * s.location, sum += w;
      if (moves_on(s.shape)) r.drifts += s.weight;
    }
    r.value *= scale_ / sum;
    r.low = quantile(0.025) * scale_;
    r.high = quantile(0.975) * scale_;
    if (r.low > r.value) r.low = r.value;
    if (r.high < r.value) r.high = r.value;
    return r;
  }

 private:
  double plain(std::size_t i) const noexcept { return seen_[i].value / scale_ - 1; }
  /// Less 1, and without its spike.
  double value(std::size_t i) const noexcept {
    return is_spike(i) ? (plain(i - 1) + plain(after(i))) / 2 : plain(i);
  }
  /// The neighbour on the other side than i - 1; of the last one there is but the one before that.
  std::size_t after(std::size_t i) const noexcept { return i + 1 < seen_.size() ? i + 1 : i - 2; }

  bool is_spike(std::size_t i) const noexcept {
    if (i == 0 || (i < 3 && i + 1 == seen_.size())) return false;
    for (const double next :
         {plain(i - 1), plain(after(i))}) {  // which are themselves not far from the level
      const double more = plain(i) - next;
      if (!(more > spike_ && more > next && more > -next)) return false;
    }
    return true;
  }

  /// Single epochs far above both neighbours, as when a checkpoint is written or a neighbour was busy, are
  /// no part of the level, nor is what is before them warm-up. They will go on as often as they were.
  void find_spikes() noexcept {
    const std::size_t n = seen_.size();
    double typical = plan::detail::infinity;  // difference of neighbours, of those that are not far beyond it
    for (int turn = 0; turn < 6; ++turn) {
      double sum = 0, count = 0;
      for (std::size_t i = 1; i < n; ++i) {
        const double d = plain(i) - plain(i - 1), size = d < 0 ? -d : d;
        if (size <= 3 * typical) sum += size, ++count;
      }
      if (count > 0) typical = sum / count;
    }
    spike_ = 5 * typical > 0.05 ? 5 * typical : 0.05;
    double epochs = 0, spikes = 0, sum = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i) {
      epochs += seen_[i].count;
      if (!is_spike(i)) continue;
      const double more = (plain(i) - value(i)) * seen_[i].count;
      ++spikes, sum += more, square += more * more;
    }
    if (!(spikes > 0)) return;
    spike_mean_ = sum / epochs;
    const double variance = square / epochs - spike_mean_ * spike_mean_;
    spike_variance_ = variance * (left_ + left_ * left_ / epochs * (1 + 1 / spikes));
  }

  double level_of_later_half() const noexcept {
    double sum = 0, n = 0;
    for (std::size_t i = seen_.size() / 2; i < seen_.size(); ++i)
      sum += seen_[i].value * seen_[i].count, n += seen_[i].count;
    return sum / n;
  }

  /// ln of the density of a value that is unlike the level: half of a heavy-tailed one on each side.
  double ln_unlike(double value) const noexcept {
    const double x = 1 + (value < 0 ? -value : value) / prior_.unlike;
    return ln((value < 0 ? 1 - prior_.slower : prior_.slower) / prior_.unlike) - 2 * ln(x);
  }

  /// Whether k is among the numbers of warm-up epochs tried: all to 6, then in steps of about a quarter.
  static std::size_t next_tried(std::size_t k) noexcept { return k < 6 ? k + 1 : k + k / 4 + 1; }

  void tell_stories() {
    stories_.reserve(512);
    const std::size_t n = seen_.size(), longest = n > 9 ? n - 3 : 2 * n / 3;
    // Prefixes of what warm-up epochs cost in likelihood, at the numbers tried.
    double tried_weight = 0, cost[most_tried];
    std::size_t tried[most_tried], count = 0;
    double unlike = 0;
    int quick = 0, slow = 0;
    for (std::size_t i = 0, k = 0; i <= longest && count < most_tried; ++i) {
      if (i == k) {
        tried[count] = k, cost[count] = unlike, ++count;
        if (k > 0) tried_weight += chance(k);
        k = next_tried(k);
      }
      unlike += ln_unlike(value(i));
    }
    const auto chance_of = [&](std::size_t k) {
      return k == 0 ? 1 - prior_.warm_up : prior_.warm_up * chance(k) / tried_weight;
    };
    // From the back, so that each number of warm-up epochs has its sums on the way.
    const auto tell_all = [&](curve shape, double probability, double spread, std::size_t c) {
      sums s;
      for (std::size_t i = n; c > 0 && i-- > 0;) {
        s.add(seen_[i], value(i), shape.at(seen_[i].at));
        if (i > tried[c - 1]) continue;
        stories_.push_back(
            tell(s, i, ln(chance_of(i) * probability), cost[c - 1], shape, spread, done_, left_, prior_));
        --c;
      }
    };
    const double all = done_ + left_;
    tell_all({}, 1 - prior_.line - prior_.slow - prior_.quick, 0, count);
    tell_all({curve::line, all}, prior_.line, prior_.drift, count);
    for (const bool telling : {false, true}) {
      for (const auto form : {curve::halving, curve::settling, curve::ramp, curve::step}) {
        const bool ends = form == curve::ramp || form == curve::step;
        const double longest_length = form == curve::step ? (done_ > 9 ? done_ - 3 : 2 * done_ / 3) : all / 3;
        for (double h = ends ? 2 : 0.5; h <= longest_length;
             h = !ends ? h * 1.5 : static_cast<double>(next_tried(static_cast<std::size_t>(h)))) {
          const curve shape{form, h};
          const bool is_slow = moves_on(shape);
          if (!telling) ++(is_slow ? slow : quick);
          else
            tell_all(shape, is_slow ? prior_.slow / slow : prior_.quick / quick, prior_.difference,
                     count < 4 ? count : 4);
        }
      }
    }
  }

  bool moves_on(const curve& c) const noexcept { return c.form == curve::line || c.at(done_) > 0.1; }

  static double chance(std::size_t k) noexcept {
    const double x = 1 / static_cast<double>(1 + k);
    return x * root(x);
  }

  const story& best() const noexcept {
    const story* best = &stories_[0];
    for (const story& s : stories_)
      if (s.weight + s.evidence > best->weight + best->evidence) best = &s;
    return *best;
  }

  /// From logarithms to weights that add up to 1, without the stories that do not count.
  void weigh() noexcept {
    const double most = best().weight + best().evidence;
    double sum = 0;
    std::size_t kept = 0;
    for (const story& s : stories_) {
      const double less = s.weight + s.evidence - most;
      if (less < -12) continue;
      stories_[kept] = s;
      sum += stories_[kept++].weight = power_of_2(less / plan::detail::ln_2);
    }
    stories_.resize(kept);
    for (story& s : stories_) s.weight /= sum;
  }

  /// By how much neighbours that are alike widen the variance of a mean: (1 + r) / (1 - r) for a correlation
  /// r of neighbours, which counts less when few were seen.
  double correlation_of(const story& s) const noexcept {
    double before = 0, product = 0, square = 0, n = 0;
    for (std::size_t i = s.first; i < seen_.size(); ++i) {
      const double e = value(i) - s.level - s.incline * s.shape.at(seen_[i].at);
      if (n > 0) product += e * before;
      square += e * e, before = e, ++n;
    }
    double r = square > 0 ? product / square * n / (n + 10) : 0;
    r = r < 0 ? 0 : r > 0.8 ? 0.8 : r;
    return (1 + r) / (1 - r);
  }

  int warm_up_of(const story& s) const noexcept {
    double epochs = 0;
    std::size_t i = 0;
    for (; i < s.first; ++i) epochs += seen_[i].count;
    if (!moves_on(s.shape))
      for (; i < seen_.size(); ++i) {
        const double more = s.incline * s.shape.at(seen_[i].at);
        if (more < 0.02 && more > -0.02) break;
        epochs += seen_[i].count;
      }
    return static_cast<int>(epochs + 0.5);
  }

  /// Of the mixture, by halving.
  double quantile(double below) const noexcept {
    double low = 0, high = 0;
    for (const story& s : stories_) {  // no t of 2 degrees has 0.01 % beyond 71 of its scales
      const double most = s.location + 71 * s.scale;
      if (most > high) high = most;
    }
    for (int turn = 0; turn < 50; ++turn) {
      const double middle = (low + high) / 2;
      double sum = 0;
      for (const story& s : stories_)
        sum += s.weight * (s.scale > 0 ? t_below((middle - s.location) / s.scale, s.freedom)
                                       : static_cast<double>(middle >= s.location));
      (sum < below ? low : high) = middle;
    }
    return (low + high) / 2;
  }

  static constexpr std::size_t most_tried = 48;  // enough for 100 000 epochs
  std::span<const observation> seen_;
  double done_, left_, scale_ = 0, spike_ = 0, spike_mean_ = 0, spike_variance_ = 0;
  prior prior_;
  std::vector<story> stories_{};
};

}  // namespace forecasting
}  // namespace plan
}  // namespace v1
}  // namespace kaya
