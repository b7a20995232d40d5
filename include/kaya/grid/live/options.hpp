// SPDX-License-Identifier: MIT
// How a live intensity is asked for, and what is not allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/callback.hpp>
#include <kaya/config_error.hpp>
#include <kaya/grid/live/parse.hpp>
#include <kaya/grid/live/provider.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

struct live_options {
  live_provider provider{};
  live_transport transport{};
  /// Time between questions, from shortest_period to 1 day.
  seconds period{300};
  /// 1 ms to 10 min. The transport is told; an answer that comes later is not taken, and counts as a failure.
  seconds timeout{10};
  /// How long a value is used beyond the time that it is for, 1 ms to 7 days; then there is a gap.
  seconds stale_after{7200};
  /// The longest answer, 1 byte to 1 MiB.
  std::size_t most_bytes{std::size_t{1} << 18};
  /// false: no thread; only poll_now() asks.
  bool background{true};
  /// 60 s is what public services bear. For servers of your own, and tests: from 1 ms.
  seconds shortest_period{60};
  /// Unix time in nanoseconds, for tests; empty: the system's. Called on any thread.
  callback<std::int64_t()> clock{};
};

namespace detail {

/// Throws config_error for the first field that is wrong.
inline void check(const live_options& o) {
  const auto within = [](std::string_view field, seconds value, seconds low, seconds high,
                         std::string_view allowed) {
    if (!(value >= low && value <= high))
      throw config_error(std::string(field), humanize(value), std::string(allowed));
  };
  constexpr seconds day(86'400);
  check(o.provider);
  if (!o.transport) throw config_error("transport", "(empty)", "what sends a GET");
  within("shortest_period", o.shortest_period, seconds(0.001), day, "1 ms to 1 day");
  within("period", o.period, o.shortest_period, day, humanize(o.shortest_period) + " to 1 day");
  within("timeout", o.timeout, seconds(0.001), seconds(600), "1 ms to 10 min");
  within("stale_after", o.stale_after, seconds(0.001), 7 * day, "1 ms to 7 days");
  if (o.most_bytes == 0 || o.most_bytes > most_answer_bytes)
    throw config_error("most_bytes", std::to_string(o.most_bytes), "1 to 1048576");
}

}  // namespace detail
}  // namespace grid
}  // namespace v1
}  // namespace kaya
