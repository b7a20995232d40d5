// SPDX-License-Identifier: MIT
// A look at the counters before a run: how often they move, and whether those of devices that tell their
// power, too, agree with it. Takes half a second, so it is done only if asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/reading/energy_reader.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// What half a second has shown of one counter.
class counter_check {
 public:
  explicit counter_check(const channel& c) : energy_(c) {}

  /// A reading with what the device says of its power, if anything.
  void take(const measurement& m, std::optional<double> watts, std::int64_t now_ns) noexcept {
    if (m.why || energy_.is_nonsense(m)) return energy_.skip();
    const energy_reader::step step = energy_.next(m, now_ns);
    if (step.known()) {
      // From the first change on, so that the counter's span is a whole number of its periods.
      if (changes_++ > 0) {
        joules_ += static_cast<double>(step.microjoules) * 1e-6;
        integrated_ += pending_;
      } else {
        first_ns_ = now_ns;
      }
      last_ns_ = now_ns;
      pending_ = 0;
    }
    if (watts && watts_ && changes_ > 0)
      pending_ += (*watts + *watts_) / 2 * static_cast<double>(now_ns - read_ns_) * 1e-9;
    has_power_ = has_power_ || watts;
    watts_ = watts;
    read_ns_ = now_ns;
  }

  /// Mean time between two changes; empty if there were not two.
  std::optional<std::int64_t> period_ns() const noexcept {
    return changes_ > 1 ? std::optional((last_ns_ - first_ns_) / static_cast<std::int64_t>(changes_ - 1))
                        : std::nullopt;
  }
  /// Counter over integrated power; empty if one of them is not known.
  std::optional<double> ratio() const noexcept {
    return has_power_ && changes_ > 1 && integrated_ > 0 ? std::optional(joules_ / integrated_)
                                                         : std::nullopt;
  }
  bool moved() const noexcept { return changes_ > 0; }

  std::string text() const {
    if (!moved()) return "self-check: the counter did not move in 0.5 s";
    const auto period = period_ns();
    if (!period) return "self-check: the counter moved once in 0.5 s";
    std::string result =
        "self-check: moves every " + model::plain(static_cast<double>(*period) * 1e-6) + " ms";
    if (const auto r = ratio())
      result += ", " + model::plain(joules_) + " J where its power gives " + model::plain(integrated_) + " J";
    return result;
  }

 private:
  energy_reader energy_;
  std::uint64_t changes_ = 0;
  std::int64_t first_ns_ = 0, last_ns_ = 0, read_ns_ = 0;
  double joules_ = 0, integrated_ = 0, pending_ = 0;
  std::optional<double> watts_{};
  bool has_power_ = false;
};

/// Checks the counters among these channels that count: what was found is written into the channel (note,
/// update period, and a range that holds both figures), and given as findings where it is bad.
inline std::vector<finding> self_check(std::vector<bound_channel>& channels) {
  constexpr std::int64_t span_ns = 500'000'000, step_ns = 1'000'000;
  std::vector<std::pair<std::size_t, counter_check>> checks;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const channel& c = channels[i].what;
    if (c.counted && channels[i].meter && c.kind == reading_kind::counter && c.how <= provenance::integrated)
      checks.emplace_back(i, counter_check(c));
  }
  const std::int64_t begin = detail::os::monotonic_ns();
  for (std::int64_t now = begin; !checks.empty() && now < begin + span_ns; now = detail::os::monotonic_ns()) {
    const source* round_of = nullptr;
    for (auto& [i, check] : checks) {
      source& meter = *channels[i].meter;
      if (&meter != round_of) meter.begin_round();
      round_of = &meter;
      const std::int64_t at = detail::os::monotonic_ns();
      const measurement m = meter.read(channels[i].index, at);
      check.take(m, meter.power(channels[i].index), at);
    }
    detail::os::pause(step_ns);
  }
  std::vector<finding> findings;
  for (const auto& [i, check] : checks) {
    channel& c = channels[i].what;
    const std::string text = check.text();
    c.note += (c.note.empty() ? "" : "; ") + text;
    if (const auto period = check.period_ns()) c.update_period_ns = *period;
    std::optional<missing> why;
    if (!check.moved()) why = missing::implausible;
    if (const auto r = check.ratio()) {
      if (*r > 0 && 1 / *r < c.low) c.low = 1 / *r;
      if (*r > 0 && 1 / *r > c.high) c.high = 1 / *r;
      if (*r < 0.5 || *r > 2) why = missing::implausible;
    }
    if (why) findings.push_back({c.mechanism, c.name, true, why, text, {}});
  }
  return findings;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
