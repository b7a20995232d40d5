// SPDX-License-Identifier: MIT
// Meters and clocks whose truth a test knows.
#pragma once

#include <kaya/ledger/clock.hpp>
#include <kaya/meter/source.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kaya_test {

/// Time that stands still until a test moves it, with a counter of the CPU if the test gives it a rate.
class manual_clock final : public kaya::ledger::clock {
 public:
  std::int64_t now() noexcept override { return ticks; }
  std::int64_t unix_ns() noexcept override { return unix_zero + ticks; }
  std::int64_t with_suspend() noexcept override { return ticks + suspended; }
  bool has_cpu_counter() noexcept override { return counter_rate > 0; }
  std::int64_t cpu_counter() noexcept override {
    return counter_base + static_cast<std::int64_t>(static_cast<double>(ticks - rate_since) * counter_rate);
  }
  /// The CPU's counter runs at another rate from now on.
  void set_counter_rate(double per_ns) noexcept {
    counter_base = cpu_counter();
    rate_since = ticks;
    counter_rate = per_ns;
  }

  std::int64_t ticks = 0, suspended = 0;  // nanoseconds
  double counter_rate = 0;                // per nanosecond; 0: there is no counter
  std::int64_t counter_base = 0, rate_since = 0;
  std::int64_t unix_zero = 1'700'000'000'000'000'000;
};

/// A meter whose answers the test sets, channel by channel.
class scripted_meter final : public kaya::meter::source {
 public:
  explicit scripted_meter(std::size_t channels) {
    for (std::size_t i = 0; i < channels; ++i) {
      kaya::meter::channel c;
      c.name = "fake-" + std::to_string(i);
      c.mechanism = "fake";
      c.device = "fake/" + std::to_string(i);
      c.part = i == 0 ? kaya::meter::component::cpu : kaya::meter::component::memory;
      c.wraps = false;
      channels_.push_back(c);
    }
    answers.resize(channels);
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return channels_; }
  kaya::meter::measurement read(std::size_t i, std::int64_t) noexcept override {
    ++reads;
    return answers[i];
  }
  std::optional<kaya::meter::device_use> use_by(std::size_t i,
                                                std::span<const unsigned> pids) noexcept override {
    if (i >= uses.size() || !uses[i]) return std::nullopt;
    kaya::meter::device_use use = *uses[i];
    if (pids.empty()) use.own = 0;
    return use;
  }
  kaya::meter::channel& channel(std::size_t i) { return channels_[i]; }

  std::vector<kaya::meter::measurement> answers;
  std::vector<std::optional<kaya::meter::device_use>> uses;  // of a device, by the process that asks
  std::size_t reads = 0;

 private:
  std::vector<kaya::meter::channel> channels_;
};

/// All channels of a meter, as a machine hands them to the ledger.
inline std::vector<kaya::meter::bound_channel> bound(const kaya::detail::handle<scripted_meter>& meter) {
  std::vector<kaya::meter::bound_channel> result;
  for (std::size_t i = 0; i < meter->channels().size(); ++i)
    result.push_back({meter->channels()[i], kaya::detail::handle<kaya::meter::source>(meter.get()), i});
  return result;
}

}  // namespace kaya_test
