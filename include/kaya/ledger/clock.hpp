// SPDX-License-Identifier: MIT
// The ledger's clock: ticks for stamps and samples alike, so that a scope and a reading are always compared
// on one scale.
#pragma once

#include <cstdint>

#include <kaya/detail/os.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Ticks of a steady clock. Tests inject their own; the real one counts the nanoseconds of the monotonic
/// clock.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  virtual std::int64_t now() noexcept { return detail::os::monotonic_ns(); }
  virtual std::int64_t unix_ns() noexcept { return detail::os::unix_ns(); }
  /// As now(), but it goes on while the machine is suspended: the difference tells how long that was.
  virtual std::int64_t with_suspend() noexcept { return detail::os::boottime_ns(); }

  static clock& real() noexcept {
    // Never destroyed: a tracker with static storage may outlive every other static.
    static clock* const instance = new clock;
    return *instance;
  }
};

/// Ticks are nanoseconds; everything below the display converts through this one constant.
inline constexpr double seconds_per_tick = 1e-9;

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
