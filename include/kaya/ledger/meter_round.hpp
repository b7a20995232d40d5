// SPDX-License-Identifier: MIT
// One round of all meters for a cut. A reading belongs to the cut however late it was made, so meters that
// answer at once are read before those that make one wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/ledger/clock.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class meter_round {
 public:
  /// channels: those of one source stand together. One that has no source, or a reason not to be read, is
  /// left out.
  explicit meter_round(const std::vector<meter::bound_channel>& channels)
      : readings_(channels.size()), late_ns_(channels.size()) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const meter::bound_channel& b = channels[i];
      if (!b.meter || b.what.why) continue;
      if (stops_.empty() || stops_.back().meter.get() != b.meter.get()) stops_.push_back({b.meter});
      stops_.back().places.push_back({i, b.index});
    }
  }

  /// Reads them all. now: the cut's time. Gives how long it took.
  std::int64_t read(clock& c, std::int64_t now) noexcept {
    std::int64_t before = now;
    for (stop& s : stops_) {
      s.meter->begin_round();
      for (const place& p : s.places) readings_[p.channel] = s.meter->read(p.index, now);
      const std::int64_t after = c.now();
      // What it usually takes: slow at once, quick again after a few rounds.
      const std::int64_t took = after - before;
      s.usual_ns = took > s.usual_ns ? took : s.usual_ns - (s.usual_ns - took) / 8;
      for (const place& p : s.places) late_ns_[p.channel] = after - now;
      before = after;
    }
    for (std::size_t i = 1; i < stops_.size(); ++i)
      if (stops_[i].usual_ns + clearly_ns < stops_[i - 1].usual_ns) {
        stop slower = static_cast<stop&&>(stops_[i - 1]);
        stops_[i - 1] = static_cast<stop&&>(stops_[i]);
        stops_[i] = static_cast<stop&&>(slower);
      }
    return before - now;
  }

  const std::vector<meter::measurement>& readings() const noexcept { return readings_; }
  /// How long after its cut a channel was read in the last round, at most.
  std::int64_t late_ns(std::size_t channel) const noexcept { return late_ns_[channel]; }

 private:
  static constexpr std::int64_t clearly_ns = 50'000;

  struct place {
    std::size_t channel, index;
  };
  struct stop {
    detail::handle<meter::source> meter;
    std::vector<place> places{};
    std::int64_t usual_ns = 0;
  };

  std::vector<stop> stops_{};
  std::vector<meter::measurement> readings_;
  std::vector<std::int64_t> late_ns_;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
