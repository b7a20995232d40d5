// SPDX-License-Identifier: MIT
// Carbon intensity that changes with time: steps of unix time, or straight lines between points.
//
//     kaya::grid::series day({{t0, 310_gCO2e_per_kWh}, {t1, 285_gCO2e_per_kWh}},
//                            kaya::grid::accounting::direct);
//     day.mean(from, to)   // exactly time-weighted; nothing if any of it is not known
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/handle.hpp>
#include <kaya/grid/figure.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// From unix_ns on, until the next point.
struct point {
  std::int64_t unix_ns = 0;
  grams_per_kilowatt_hour value{};
  bool known = true;  // false: a gap in the data, whose value does not count
};

/// Between two points: the first one's value, or a straight line. The last point holds its value, as does one
/// before a gap.
enum class interpolation { step, linear };

/// From a time on to an end: known, or not.
struct stretch {
  bool known = false;
  std::int64_t end_ns = 0;
};

/// Time -> intensity. A cheap handle: copies share the points, which never change, so that any number of
/// threads may read them. Without points (default-constructed or moved from) it covers no time.
class series {
 public:
  series() noexcept = default;

  /// `points` in ascending order of time, no time twice, values finite and not negative. Each value holds
  /// until the next point; the last for `last_step`, or if that is 0 for as long as the one before it. One
  /// point alone needs a last_step. `source` names publisher and data set. Throws std::invalid_argument
  /// naming the point, what is wrong with it and what is allowed.
  explicit series(std::vector<point> points, accounting how, grid::basis basis = grid::basis::location,
                  std::string source = {}, seconds last_step = seconds::zero(),
                  interpolation between = interpolation::step)
      : data_(new data(std::move(points), how, basis, std::move(source), last_step, between)) {}

  bool empty() const noexcept { return !data_; }
  /// The points; empty without them.
  std::span<const point> points() const noexcept {
    return data_ ? std::span<const point>(data_->points) : std::span<const point>();
  }
  /// The time covered, unix nanoseconds: from begin_ns() up to and without end_ns(). Both 0 without points.
  std::int64_t begin_ns() const noexcept { return data_ ? data_->points.front().unix_ns : 0; }
  std::int64_t end_ns() const noexcept { return data_ ? data_->end : 0; }

  accounting how() const noexcept { return data_ ? data_->how : accounting::lifecycle; }
  grid::basis basis() const noexcept { return data_ ? data_->basis : grid::basis::location; }
  std::string_view source() const noexcept {
    return data_ ? std::string_view(data_->source) : std::string_view();
  }

  interpolation between() const noexcept { return data_ ? data_->between : interpolation::step; }

  /// Whether a time is between begin and end; there may be gaps.
  bool covers(std::int64_t unix_ns) const noexcept { return begin_ns() <= unix_ns && unix_ns < end_ns(); }

  /// Whether a time is known, and until when that stays so.
  stretch stretch_at(std::int64_t unix_ns) const noexcept {
    if (empty() || unix_ns >= end_ns()) return {false, INT64_MAX};
    if (unix_ns < begin_ns()) return {false, begin_ns()};
    const std::vector<point>& steps = data_->points;
    std::size_t i = data_->step_at(unix_ns);
    const bool known = steps[i].known;
    while (++i < steps.size() && steps[i].known == known) {}
    return {known, i < steps.size() ? steps[i].unix_ns : end_ns()};
  }

  /// The time of the first point after a time, if it comes before another; else that other. Of straight lines
  /// no point counts, for they have no steps.
  std::int64_t next_step(std::int64_t after_ns, std::int64_t before_ns) const noexcept {
    if (empty() || between() == interpolation::linear || after_ns >= end_ns()) return before_ns;
    const std::vector<point>& steps = data_->points;
    const std::size_t i = after_ns < begin_ns() ? 0 : data_->step_at(after_ns) + 1;
    const std::int64_t next = i < steps.size() ? steps[i].unix_ns : end_ns();
    return next < before_ns ? next : before_ns;
  }

  /// The value in force at a time, or nothing if the time is not covered or in a gap.
  std::optional<grams_per_kilowatt_hour> at(std::int64_t unix_ns) const noexcept {
    return mean(unix_ns, unix_ns);
  }

  /// The time-weighted mean from one time up to a later one, or nothing if any of the span is not covered or
  /// in a gap. At one instant (from == to) the value in force.
  std::optional<grams_per_kilowatt_hour> mean(std::int64_t from_ns, std::int64_t to_ns) const noexcept {
    if (from_ns > to_ns || !covers(from_ns) || to_ns > end_ns()) return {};
    const std::vector<point>& steps = data_->points;
    std::size_t i = data_->step_at(from_ns);
    if (!steps[i].known) return {};
    if (from_ns == to_ns) return grams_per_kilowatt_hour(data_->value_at(i, from_ns));
    double low = data_->value_at(i, from_ns), high = low, sum = 0;
    for (std::int64_t begin = from_ns; begin < to_ns; ++i) {
      if (!steps[i].known) return {};
      const std::int64_t end =
          i + 1 < steps.size() && steps[i + 1].unix_ns < to_ns ? steps[i + 1].unix_ns : to_ns;
      for (const double value : {data_->value_at(i, begin), data_->value_at(i, end)}) {
        sum += value / 2 * length(begin, end);  // of a line its ends' mean
        if (value < low) low = value;
        if (value > high) high = value;
      }
      begin = end;
    }
    if (low == high)
      return grams_per_kilowatt_hour(low);  // exactly, where the sum might be off by a rounding
    const double mean = sum / length(from_ns, to_ns);
    return grams_per_kilowatt_hour(mean < low ? low : mean > high ? high : mean);
  }

 private:
  // Through unsigned: the difference of two int64 may not be one.
  static constexpr std::uint64_t ticks(std::int64_t from, std::int64_t to) noexcept {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  }
  static constexpr double length(std::int64_t from, std::int64_t to) noexcept {
    return static_cast<double>(ticks(from, to));
  }

  struct data : kaya::detail::counted {
    std::vector<point> points;
    std::int64_t end = 0;
    accounting how;
    grid::basis basis;
    std::string source;
    interpolation between;

    data(std::vector<point>&& p, accounting h, grid::basis b, std::string&& s, seconds last_step,
         interpolation shape)
        : points(std::move(p)), how(h), basis(b), source(std::move(s)), between(shape) {
      constexpr std::uint64_t forever = ~std::uint64_t{0};
      const double step = last_step.count();
      if (!(step >= 0)) refuse("last_step " + text(step) + " s is not allowed: 0 s or more");
      if (points.empty()) refuse("no points: at least two, or one and a last_step");
      if (points.size() == 1 && step <= 0)
        refuse("one point says nothing about its length: give a last_step");
      for (std::size_t i = 0; i < points.size(); ++i) {
        const double value = points[i].value.count();
        if (points[i].known && !(value >= 0 && value <= 1.7976931348623157e308))
          refuse(name(i) + " has value " + text(value) + ": a finite number of g/kWh, 0 or more, is allowed");
        if (i > 0 && points[i].unix_ns <= points[i - 1].unix_ns)
          refuse(name(i) + " is not later than " + name(i - 1) + ": times must ascend");
      }
      const std::int64_t last = points.back().unix_ns;
      const std::uint64_t room = ticks(last, INT64_MAX);
      const double nanoseconds = step * 1e9 + 0.5;  // rounded by the cast
      std::uint64_t hold = nanoseconds < 1.8e19 ? static_cast<std::uint64_t>(nanoseconds) : forever;
      if (step <= 0) hold = ticks(points[points.size() - 2].unix_ns, last);
      end = hold < room ? static_cast<std::int64_t>(static_cast<std::uint64_t>(last) + hold) : INT64_MAX;
    }

    /// The last step that begins at or before a time; the time is covered.
    std::size_t step_at(std::int64_t unix_ns) const noexcept {
      std::size_t low = 0, high = points.size();
      while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        (points[middle].unix_ns <= unix_ns ? low : high) = middle;
      }
      return low;
    }

    /// Of step i at a time in it, or at its end.
    double value_at(std::size_t i, std::int64_t unix_ns) const noexcept {
      const double value = points[i].value.count();
      if (between == interpolation::step || i + 1 == points.size() || !points[i + 1].known) return value;
      const double share =
          length(points[i].unix_ns, unix_ns) / length(points[i].unix_ns, points[i + 1].unix_ns);
      const double next = points[i + 1].value.count();
      return share >= 1 ? next : value + (next - value) * share;
    }

    std::string name(std::size_t i) const {
      return "point " + std::to_string(i) + " (unix_ns " + std::to_string(points[i].unix_ns) + ")";
    }
    static std::string text(double value) {
      char buffer[32];
      return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
    }
    [[noreturn]] static void refuse(const std::string& what) {
      throw std::invalid_argument("grid::series: " + what);
    }
  };
  kaya::detail::handle<const data> data_;
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
