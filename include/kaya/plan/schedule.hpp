// SPDX-License-Identifier: MIT
// When to run: the start that costs the least carbon over a series of intensity, before a deadline.
//
//     const auto when = kaya::plan::best_start(forecast, now, now + day, 6h, 400_W);
//     if (when) sleep_until(when->start_unix_ns);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <kaya/detail/refuse.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// A part of a run with the same power of the IT equipment throughout.
struct load_piece {
  seconds duration{};
  watts power{};
};

/// A start, and what it costs.
struct start_choice {
  std::int64_t start_unix_ns = 0, end_unix_ns = 0;
  grams_co2e emissions{};
  /// At the earliest start; empty if the series does not know that time.
  std::optional<grams_co2e> at_once{};
};

namespace scheduling {

// Through unsigned, as series' own: the difference of two int64 may not be one.
constexpr std::uint64_t ticks(std::int64_t from, std::int64_t to) noexcept {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}
constexpr double apart(std::int64_t from, std::int64_t to) noexcept {  // to: not before
  return static_cast<double>(ticks(from, to));
}

/// What a load that starts at a time emits without PUE, in W ns g/kWh, or nothing if the series does not know
/// all of it.
inline std::optional<double> work_at(const grid::series& grid, std::int64_t start,
                                     std::span<const load_piece> load) noexcept {
  double sum = 0, elapsed = 0;
  std::int64_t begin = start;
  for (const load_piece& piece : load) {
    elapsed += piece.duration.count() * 1e9;
    const auto offset = static_cast<std::uint64_t>(elapsed + 0.5);
    if (offset > ticks(start, INT64_MAX)) return {};
    const auto end = static_cast<std::int64_t>(static_cast<std::uint64_t>(start) + offset);
    if (end == begin) continue;
    const auto mean = grid.mean(begin, end);
    if (!mean) return {};
    sum += mean->count() * piece.power.count() * apart(begin, end);
    begin = end;
  }
  return sum;
}
constexpr grams_co2e grams(double work, double pue) noexcept { return grams_co2e(work / 3.6e15 * pue); }

/// The derivative of the emissions by the start is a weighted sum of the intensities at the load's edges,
/// where its power changes. Over steps and straight lines that is straight between the moments at which an
/// edge meets a point of the series: going through those in order finds the minimum exactly.
class search {
 public:
  search(const grid::series& grid, std::span<const load_piece> load)
      : grid_(grid), load_(load), points_(grid.points()) {
    double elapsed = 0, before = 0;
    for (const load_piece& piece : load) {
      add_edge(elapsed, before - piece.power.count());
      elapsed += piece.duration.count() * 1e9;
      before = piece.power.count();
    }
    add_edge(elapsed, before);
    double power = 0, intensity = 0;
    for (const edge& e : edges_) power += e.weight < 0 ? -e.weight : e.weight;
    for (const grid::point& p : points_)
      if (p.known) intensity = larger(intensity, p.value.count());
    negligible_ = 1e-12 * power * intensity;
    // Roundings of a slope count for as long as it lasts; measured in spans they stay below 1e-14.
    double span = 0;
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (is_line(i)) span = larger(span, apart(points_[i].unix_ns, points_[i + 1].unix_ns));
    margin_ = negligible_ * (static_cast<double>(length()) + span / 64);
  }
  std::int64_t length() const noexcept { return edges_.back().offset; }
  /// Emissions (of work_at()) that differ by less are the same but for rounding.
  double margin() const noexcept { return margin_; }

  /// The best of the starts from one time to another, of equals the first; the series knows all that these
  /// may reach.
  std::int64_t best(std::int64_t from, std::int64_t to) {
    double slope = 0, bend = 0;  // of the emissions, and of that
    order_.clear();
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      edge& at = edges_[e];
      at.step = step_at(from + at.offset);
      push({meeting(at), e});
    }
    derive(from, slope, bend);
    std::size_t meetings = 0, anchored = 0;
    double emissions = work_at(grid_, from, load_).value_or(0);
    std::pair<std::int64_t, double> best{from, emissions};
    for (std::int64_t now = from; now < to;) {
      if (slope < negligible_ && slope > -negligible_) slope = 0;  // what roundings left of a level stretch
      const std::int64_t next = order_[0].at < to ? order_[0].at : to;
      const double span = apart(now, next);
      if (bend > 0 && slope < 0 && -slope / bend < span) {  // a valley in between
        const double x = -slope / bend;
        const auto steps = static_cast<std::uint64_t>(x + 0.5), most = ticks(now, next);
        const std::uint64_t bottom = static_cast<std::uint64_t>(now) + (steps < most ? steps : most);
        consider(best, static_cast<std::int64_t>(bottom), emissions + x * (slope + bend * x / 2));
      }
      emissions += span * (slope + bend * span / 2);
      slope += bend * span;
      now = next;
      consider(best, now, emissions);
      while (now < to && order_[0].at <= now) {
        edge& at = edges_[order_[0].edge];
        const std::int64_t where = now + at.offset;
        slope -= at.weight * value(at.step, where);
        bend -= at.weight * incline(at.step);
        ++at.step;
        slope += at.weight * value(at.step, where);
        bend += at.weight * incline(at.step);
        order_[0].at = meeting(at);
        sift_down();
        // So that roundings do not add up; seldom enough to take no more time than the meetings.
        if (++meetings % (16 + edges_.size()) == 0) derive(now, slope, bend);
      }
      if (meetings - anchored > 16 + 2 * edges_.size() + edges_.back().step - edges_.front().step) {
        emissions = work_at(grid_, now, load_).value_or(emissions);
        anchored = meetings;
      }
    }
    return best.first;
  }

 private:
  struct edge {
    std::int64_t offset;  // from the start, in nanoseconds
    double weight;        // power before it less power after it
    std::size_t step = 0;
  };
  struct turn {
    std::int64_t at;  // the start at which an edge meets the next point
    std::size_t edge;
  };

  static constexpr double larger(double a, double b) noexcept { return a > b ? a : b; }
  void add_edge(double elapsed, double weight) {
    const auto offset = static_cast<std::int64_t>(elapsed + 0.5);
    if (!edges_.empty() && edges_.back().offset == offset) edges_.back().weight += weight;
    else edges_.push_back({offset, weight});
  }
  void consider(std::pair<std::int64_t, double>& best, std::int64_t start, double emissions) const noexcept {
    if (emissions < best.second - margin_) best = {start, emissions};
  }

  void derive(std::int64_t start, double& slope, double& bend) const noexcept {
    slope = bend = 0;
    for (const edge& at : edges_) {
      slope += at.weight * value(at.step, start + at.offset);
      bend += at.weight * incline(at.step);
    }
  }
  std::size_t step_at(std::int64_t time) const noexcept {
    std::size_t low = 0, high = points_.size();
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      (points_[middle].unix_ns <= time ? low : high) = middle;
    }
    return low;
  }
  bool is_line(std::size_t step) const noexcept {
    return grid_.between() == grid::interpolation::linear && step + 1 < points_.size() &&
           points_[step + 1].known;
  }
  double incline(std::size_t step) const noexcept {
    if (step >= points_.size() || !is_line(step)) return 0;
    return (points_[step + 1].value.count() - points_[step].value.count()) /
           apart(points_[step].unix_ns, points_[step + 1].unix_ns);
  }
  double value(std::size_t step, std::int64_t time) const noexcept {
    if (step >= points_.size()) return 0;
    return points_[step].value.count() + incline(step) * apart(points_[step].unix_ns, time);
  }
  std::int64_t meeting(const edge& e) const noexcept {
    return e.step + 1 < points_.size() ? points_[e.step + 1].unix_ns - e.offset : INT64_MAX;
  }

  // order_: the edges, as a heap with the earliest meeting on top.
  void push(const turn& t) {
    std::size_t i = order_.size();
    order_.push_back(t);
    for (; i > 0 && t.at < order_[(i - 1) / 2].at; i = (i - 1) / 2) order_[i] = order_[(i - 1) / 2];
    order_[i] = t;
  }
  void sift_down() noexcept {
    const turn t = order_[0];
    std::size_t i = 0;
    for (std::size_t child = 1; child < order_.size(); child = 2 * i + 1) {
      if (child + 1 < order_.size() && order_[child + 1].at < order_[child].at) ++child;
      if (order_[child].at >= t.at) break;
      order_[i] = order_[child];
      i = child;
    }
    order_[i] = t;
  }

  const grid::series& grid_;
  const std::span<const load_piece> load_;
  const std::span<const grid::point> points_;
  std::vector<edge> edges_{};
  std::vector<turn> order_{};
  double negligible_ = 0;  // slopes below it are none
  double margin_ = 0;
};

inline void check(std::span<const load_piece> load, double pue) {
  double length = 0;
  for (const load_piece& piece : load) {
    const double s = piece.duration.count(), w = piece.power.count();
    if (!(s >= 0 && s <= 3.2e9)) kaya::detail::refuse("duration of a load, in seconds", s, "0 to 3.2e9");
    if (!(w >= 0 && w <= 1e12)) kaya::detail::refuse("power of a load, in watts", w, "0 to 1e12");
    length += s;
  }
  if (!(length > 0 && length <= 3.2e9))
    kaya::detail::refuse("duration of the whole load, in seconds", length, "more than 0, at most 3.2e9");
  if (!(pue >= 1 && pue <= 100)) kaya::detail::refuse("pue", pue, "1 to 100");
}

}  // namespace scheduling

/// The start between two unix times at which a load that must end by the second costs the least carbon; of
/// equals the first. Empty if the series knows no stretch that is long enough. Exact for both kinds of
/// series; O(n m log m) for n points and a load of m pieces. Throws std::invalid_argument for durations and
/// powers that are negative or no numbers, and for a PUE below 1.
inline std::optional<start_choice> best_start(const grid::series& grid, std::int64_t earliest_unix_ns,
                                              std::int64_t deadline_unix_ns, std::span<const load_piece> load,
                                              double pue = 1) {
  scheduling::check(load, pue);
  scheduling::search search(grid, load);
  const std::int64_t length = search.length();
  std::optional<start_choice> best;
  double least = 0;
  const auto consider = [&](std::int64_t known_from, std::int64_t known_to) {
    const std::int64_t from = known_from > earliest_unix_ns ? known_from : earliest_unix_ns;
    const std::int64_t end = known_to < deadline_unix_ns ? known_to : deadline_unix_ns;
    if (end < from || scheduling::ticks(from, end) < static_cast<std::uint64_t>(length)) return;
    std::int64_t start = search.best(from, end - length);
    auto work = scheduling::work_at(grid, start, load);
    const auto first = scheduling::work_at(grid, from, load);
    if (first && (!work || *first <= *work)) start = from, work = first;
    if (!work || (best && *work >= least - search.margin())) return;
    least = *work;
    best = start_choice{start, start + length, scheduling::grams(*work, pue), {}};
  };
  const std::span<const grid::point> points = grid.points();
  for (std::size_t i = 0; i < points.size();) {  // stretches without a gap
    std::size_t end = i;
    while (end < points.size() && points[end].known) ++end;
    if (end > i) consider(points[i].unix_ns, end < points.size() ? points[end].unix_ns : grid.end_ns());
    i = end + 1;
  }
  if (!best) return best;
  if (const auto at_once = scheduling::work_at(grid, earliest_unix_ns, load))
    best->at_once = scheduling::grams(*at_once, pue);
  return best;
}

/// The same for one power throughout.
inline std::optional<start_choice> best_start(const grid::series& grid, std::int64_t earliest_unix_ns,
                                              std::int64_t deadline_unix_ns, seconds duration, watts power,
                                              double pue = 1) {
  const load_piece load{duration, power};
  return best_start(grid, earliest_unix_ns, deadline_unix_ns, std::span(&load, 1), pue);
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
