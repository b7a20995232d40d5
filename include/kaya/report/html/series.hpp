// SPDX-License-Identifier: MIT
// Epochs as the points of a figure: each one, or several of them with their mean, least and most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/figures.hpp>
#include <kaya/report/model_card/epochs.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// More lines of epochs than this are drawn several to a point.
inline constexpr std::size_t most_points = 200;

/// The mean, least and most of values; none if n is 0.
struct spread {
  std::size_t n = 0;
  double sum = 0, low = 0, high = 0;

  void add(double x) noexcept {
    low = n == 0 || x < low ? x : low;
    high = n == 0 || x > high ? x : high;
    sum += x;
    ++n;
  }
  double mean() const noexcept { return n > 0 ? sum / static_cast<double>(n) : 0; }
};

/// One or several lines of epochs that follow each other.
struct point {
  int first = 0, last = 0;          // numbers of the epochs
  std::size_t lines = 0;            // in this point
  std::size_t known = 0, part = 0;  // lines whose energy is known, and of these, with a gap
  seconds start{}, end{};
  spread energy{};        // of an epoch, in joules; of a line of several its mean
  spread power{};         // of a line, in watts
  joules rated_energy{};  // of the lines in `power`
  seconds rated_time{};
  spread metric{};
  bool open = false;

  /// Over all of it, not the mean of means.
  watts mean_power() const noexcept { return rated_time > seconds(0) ? rated_energy / rated_time : watts(0); }
};

/// What can be drawn: finite, and far enough from where arithmetic ends.
inline bool is_drawable(double x) { return is_known(x) && x > -1e300 && x < 1e300; }

inline void add_line_to(point& p, const epoch_line& e, std::string_view metric) {
  const seconds end = e.start + e.duration;
  if (p.lines++ == 0) p.first = e.index, p.start = e.start, p.end = end;
  p.last = e.index + (e.merged > 1 ? e.merged - 1 : 0);
  if (e.start < p.start) p.start = e.start;
  if (end > p.end) p.end = end;
  p.open = p.open || e.open;
  if (e.energy_uj) {
    ++p.known;
    p.part += e.coverage < 0.995;
    const joules energy(*e.energy_uj);
    p.energy.add(energy.count() / (e.merged > 1 ? e.merged : 1));
    if (e.duration > seconds(0)) {
      p.power.add((energy / e.duration).count());
      p.rated_energy += energy, p.rated_time += e.duration;
    }
  }
  const auto value = metric_of(e, metric);
  if (value && is_drawable(*value)) p.metric.add(*value);
}

/// At most so many points, all of equally many lines but the last, which may have fewer.
inline std::vector<point> points_of(const run_report& r, std::string_view metric,
                                    std::size_t most = most_points) {
  const std::size_t n = r.epochs.size(), each = n > most ? (n + most - 1) / most : 1;
  std::vector<point> points;
  points.reserve(each > 0 ? n / each + 1 : 0);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % each == 0) points.emplace_back();
    add_line_to(points.back(), r.epochs[i], metric);
  }
  return points;
}

/// "epoch 7", "epochs 0 to 49".
inline std::string point_name(const point& p) {
  if (p.first == p.last) return "epoch " + std::to_string(p.first) + (p.open ? " (still open)" : "");
  return "epochs " + std::to_string(p.first) + " to " + std::to_string(p.last);
}

/// Whether a word of a name, digits at its end aside, is one of these, in whatever case.
inline bool has_word(std::string_view name, std::initializer_list<std::string_view> words) noexcept {
  const auto letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && (letter(name[end]) || digit(name[end]))) ++end;
    const std::string_view whole = name.substr(at, end - at);
    for (const std::string_view word : words) {
      if (word.size() > whole.size()) continue;
      bool same = true;
      for (std::size_t i = 0; i < whole.size(); ++i)
        same = same &&
               (i < word.size() ? static_cast<char>(letter(whole[i]) ? whole[i] | 0x20 : whole[i]) == word[i]
                                : digit(whole[i]));
      if (same) return true;
    }
    at = end + 1;
  }
  return false;
}

/// The metric to draw over the energy: the one asked for; else the first that is called accuracy or the like,
/// else loss, else the first that any epoch has. Empty: there is none.
inline std::string_view metric_to_draw(const run_report& r, std::string_view asked) {
  std::string_view first, loss;
  for (const epoch_line& e : r.epochs)
    for (const auto& [key, value] : e.metrics) {
      if (!asked.empty()) {
        if (key == asked) return key;
        continue;
      }
      if (has_word(key, {"accuracy", "acc", "f1", "bleu"})) return key;
      if (loss.empty() && has_word(key, {"loss"})) loss = key;
      if (first.empty()) first = key;
    }
  return loss.empty() ? first : loss;
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
