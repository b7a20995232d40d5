// SPDX-License-Identifier: MIT
// A meter that plays a recorded series of power: for simulations, and for machines whose meter keeps its own
// log. Time begins with the first reading.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/config_error.hpp>
#include <kaya/detail/files.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// Power at a time since the start of a recording.
struct recorded_power {
  seconds time{};
  watts power{};
};

/// Plays one series as a counter of energy: power changes evenly between two points, and is not known before
/// the first and after the last (missing::lost; nothing is made up).
class replay final : public source {
 public:
  /// what: name, device, part and so on of the channel; its kind and units are set here, and its rating is at
  /// least what was recorded. Points in the order of their times, with power of 0 W to 1 MW; else
  /// config_error names the first that is wrong.
  replay(channel what, std::vector<recorded_power> points)
      : channel_(std::move(what)), points_(std::move(points)) {
    channel_.kind = reading_kind::counter;
    channel_.range = 0, channel_.wraps = false;
    channel_.unit_numerator = channel_.unit_denominator = 1;
    if (channel_.mechanism.empty()) channel_.mechanism = "replay";
    if (points_.size() < 2)
      throw config_error("replay", std::to_string(points_.size()) + " points", "2 or more");
    microjoules_.reserve(points_.size());
    double sum = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const recorded_power *const one = &points_[i], *const before = i > 0 ? one - 1 : nullptr;
      check("point", i + 1, *one, before);
      if (before != nullptr)
        sum += (one->power + before->power).count() / 2 * (one->time - before->time).count() * 1e6;
      microjoules_.push_back(sum);
      // No step of what was recorded is a jump: a little more, for figures that are rounded.
      const double rated = one->power.count() * 1.05;
      if (rated > channel_.rated_watts) channel_.rated_watts = rated;
    }
  }
  replay(replay&& other) noexcept
      : channel_(std::move(other.channel_)),
        points_(std::move(other.points_)),
        microjoules_(std::move(other.microjoules_)) {}

  /// Lines "seconds,watts"; empty ones are passed over. The first may be a heading: a line that does not
  /// begin with a digit, a sign or a point. Throws config_error with number and text of the first line that
  /// is wrong.
  static replay from_csv(channel what, std::string_view csv) {
    if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);  // how some programs begin UTF-8
    std::vector<recorded_power> points;
    bool first = true;
    for (std::size_t line = 1; !csv.empty(); ++line) {
      const std::string_view row = detail::trimmed(csv.substr(0, csv.find('\n')));
      csv.remove_prefix(csv.find('\n') == csv.npos ? csv.size() : csv.find('\n') + 1);
      if (row.empty()) continue;
      const std::size_t comma = row.find(',');
      const auto time = detail::parse_number<double>(row.substr(0, comma));
      const auto power =
          comma == row.npos ? std::nullopt : detail::parse_number<double>(row.substr(comma + 1));
      if (time && power) {
        const recorded_power one{seconds(*time), watts(*power)};
        check("line", line, one, points.empty() ? nullptr : &points.back());
        points.push_back(one);
      } else if (const bool heading = std::string_view("0123456789+-.").find(row[0]) == row.npos;
                 !first || !heading) {
        throw config_error(
            "replay, line " + std::to_string(line), "\"" + std::string(row) + "\"",
            std::string("\"seconds,watts\"") + (first ? ", or a heading that begins with no number" : ""));
      }
      first = false;
    }
    return replay(std::move(what), std::move(points));
  }

  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i > 0) return {0, 0, missing::not_present};
    if (!start_ns_) start_ns_ = now_ns;
    const double t = static_cast<double>(now_ns - *start_ns_) * 1e-9;
    if (t < points_.front().time.count() || t > points_.back().time.count()) return {0, 0, missing::lost};
    std::size_t low = 0, high = points_.size() - 1;
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      (points_[middle].time.count() <= t ? low : high) = middle;
    }
    const recorded_power &a = points_[low], &b = points_[high];
    const double dt = t - a.time.count(), span = (b.time - a.time).count();
    const double now_watts = a.power.count() + (b.power - a.power).count() * (dt / span);
    return {static_cast<std::uint64_t>(microjoules_[low] + (a.power.count() + now_watts) / 2 * dt * 1e6)};
  }

 private:
  static constexpr double most_watts = 1e6;  // more is no power of one device to any reader

  static void check(const char* kind, std::size_t number, const recorded_power& one,
                    const recorded_power* before) {
    const double w = one.power.count(), t = one.time.count();
    const auto refuse = [&](double x, const char* unit, const char* allowed) {
      throw config_error(std::string("replay, ") + kind + " " + std::to_string(number), text(x) + unit,
                         allowed);
    };
    if (!(w >= 0 && w <= most_watts)) refuse(w, " W", "a power of 0 W to 1 MW");
    if (!detail::is_finite(t) || t < 0) refuse(t, " s", "a finite time of 0 s or more");
    if (before != nullptr && !(t > before->time.count()))
      refuse(t, " s", "more than the time of the point before");
  }
  static std::string text(double x) {
    char buffer[32];
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
  }

  channel channel_;
  std::vector<recorded_power> points_;
  std::vector<double> microjoules_{};  // up to each point
  std::optional<std::int64_t> start_ns_{};
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
