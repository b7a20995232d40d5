// SPDX-License-Identifier: MIT
// How long to wait after failures.
#pragma once

#include <cstdint>

namespace kaya {
inline namespace v1 {
namespace grid::detail {

/// Nanoseconds to wait after some failures in a row (from 1): the period, but at most a minute, doubled with
/// each further failure, and up to half as much again by chance (random: any bits), so that many machines do
/// not come back at once. At most an hour. Each wait is longer than the one before until then.
constexpr std::int64_t back_off_ns(int failures, std::int64_t period_ns, std::uint64_t random) noexcept {
  constexpr std::int64_t minute = 60'000'000'000, most = 40 * minute;  // with the chance added: an hour
  std::int64_t wait = period_ns < minute ? period_ns : minute;
  for (int i = 1; i < failures && wait < most; ++i) wait *= 2;
  if (wait > most) wait = most;
  return wait + static_cast<std::int64_t>(static_cast<double>(wait) * 0.5 *
                                          (static_cast<double>(random >> 11) * 0x1p-53));
}

}  // namespace grid::detail
}  // namespace v1
}  // namespace kaya
