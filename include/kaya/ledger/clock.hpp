// SPDX-License-Identifier: MIT
// The ledger's clock: what stamps carry, and the nanoseconds that go with it. The CPU's counter is believed
// as long as it keeps pace with the monotonic clock.
#pragma once

#include <cstdint>
#include <new>

#include <kaya/detail/number.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/ledger/ticks.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// One moment on two scales: the ticks that stamps carry, and the nanoseconds of the monotonic clock.
struct moment {
  std::int64_t ticks = 0, ns = 0;
  std::int64_t within = 0;  // ticks that it took to read both
};

/// A steady clock. Tests inject their own, whose ticks are nanoseconds unless they say otherwise.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  virtual std::int64_t now() noexcept { return detail::os::monotonic_ns(); }  // nanoseconds
  virtual std::int64_t unix_ns() noexcept { return detail::os::unix_ns(); }
  /// As now(), but it goes on while the machine is suspended: the difference tells how long that was.
  virtual std::int64_t with_suspend() noexcept { return detail::os::boottime_ns(); }
  /// Whether the CPU has a counter that may be used for ticks.
  virtual bool has_cpu_counter() noexcept { return false; }
  virtual std::int64_t cpu_counter() noexcept { return 0; }

  static clock& real() noexcept;
};

/// The machine's clocks.
class machine_clock final : public clock {
 public:
  bool has_cpu_counter() noexcept override {
    static const bool invariant = cpu_counter_is_invariant();
    return invariant;
  }
  std::int64_t cpu_counter() noexcept override { return ledger::cpu_counter(); }
};

inline clock& clock::real() noexcept {
  // Never destroyed: a tracker with static storage may outlive every other static.
  alignas(machine_clock) static unsigned char memory[sizeof(machine_clock)];
  static clock* const instance = ::new (static_cast<void*>(memory)) machine_clock;
  return *instance;
}

/// Nanoseconds are what everything below the display converts from, through this one constant.
inline constexpr double seconds_per_ns = 1e-9;

/// Compares the CPU's counter with the monotonic clock, in windows of a quarter of a second and more. Each
/// window's rate must be the run's within 200 ppm, far more than what NTP steers the monotonic clock by.
class tick_rate {
 public:
  static constexpr double most_ppm = 200;
  static constexpr std::int64_t window_ns = 250'000'000;

  void start(const moment& m) noexcept {
    first_ = last_ = m;
    windows_ = 0;
  }
  /// False: the counter went backwards, or its rate is another one than before.
  bool watch(const moment& m) noexcept {
    if (m.ticks < last_.ticks) return false;
    const std::int64_t window = m.ticks - last_.ticks;
    // Interrupted between the two clocks, or too soon: wait for a better moment.
    if (m.ns - last_.ns < window_ns || static_cast<double>(m.within) > static_cast<double>(window) * 2e-5)
      return true;
    const double rate = static_cast<double>(window) / static_cast<double>(m.ns - last_.ns);
    last_ = m;
    if (windows_++ > 0) {
      const double off = (rate / rate_ - 1) * 1e6, size = off < 0 ? -off : off;
      if (!(drift_ >= size)) drift_ = size;
      if (size > most_ppm) return false;
    }
    rate_ = static_cast<double>(m.ticks - first_.ticks) / static_cast<double>(m.ns - first_.ns);
    return true;
  }
  /// Ticks per nanosecond over the run; NaN before the first window ends.
  double rate() const noexcept { return rate_; }
  /// The most by which a window differed from the run until then, in ppm; NaN before the second ends.
  double drift_ppm() const noexcept { return drift_; }

 private:
  moment first_{}, last_{};
  double rate_ = detail::not_a_number;
  double drift_ = detail::not_a_number;
  std::uint64_t windows_ = 0;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
