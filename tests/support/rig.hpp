// SPDX-License-Identifier: MIT
// A ledger without threads, on a meter and a clock that the test moves.
#pragma once

#include "scripted_meter.hpp"
#include "stamper.hpp"

#include <kaya/ledger/core.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kaya_test {

inline constexpr std::int64_t ms = 1'000'000;

/// A ledger on a fake meter, with channels at constant power unless a test says otherwise.
struct rig {
  explicit rig(std::size_t channels = 1, kaya::ledger::pricing price = {}, int max_lines = 1000,
               double counter_rate = 0)
      : meter(new scripted_meter(channels)),
        watts(channels, 100.0),
        ledger(clock, bound(meter), price, max_lines) {
    clock.set_counter_rate(counter_rate);
    ledger.start();
  }
  /// Moves time on, in ns, and lets the counters count; samples unless told not to.
  void pass(std::int64_t ticks, bool sample = true) {
    clock.ticks += ticks;
    for (std::size_t i = 0; i < watts.size(); ++i) {
      true_uj[i] += watts[i] * static_cast<double>(ticks) * 1e-3;
      if (shows) meter->answers[i].count = static_cast<std::uint64_t>(std::llround(true_uj[i]));
    }
    if (sample) this->sample();
  }
  void sample() { ledger.tick(ledger.look()); }
  /// What a stamp made now carries.
  std::int64_t stamp() { return ledger.on_cpu_counter() ? clock.cpu_counter() : clock.ticks; }
  std::uint64_t enter(const char* name, std::uint32_t thread = 1, bool background = false) {
    return serial = threads.enter(thread, ledger.intern(name), stamp(), background);
  }
  void leave(std::uint64_t which, std::uint32_t thread = 1) { threads.leave(thread, which, stamp()); }
  std::int64_t own(const char* name) { return ledger.books().line(id(name)).own_uj; }
  std::int64_t total(const char* name) { return ledger.books().line(id(name)).total_uj(); }
  kaya::ledger::name_id id(const std::string& name) {
    if (name == "(outside)") return kaya::ledger::outside_line;
    if (name == "epoch") return kaya::ledger::epoch_line_id;
    return ledger.intern(name);
  }
  std::int64_t sum_of_own() {
    std::int64_t sum = 0;
    for (kaya::ledger::name_id n = 0; n < ledger.accounts().lines().size(); ++n)
      sum += ledger.books().line(n).own_uj;
    return sum;
  }
  /// What the counters show.
  std::int64_t counted() const {
    std::int64_t sum = 0;
    for (const auto& a : meter->answers) sum += static_cast<std::int64_t>(a.count);
    return sum;
  }
  const kaya::ledger::line& line(const char* name) { return ledger.accounts().lines()[id(name)]; }
  bool has_event(std::string_view text) {
    for (const kaya::event& e : ledger.events().all())
      if (e.what.find(text) != std::string::npos) return true;
    return false;
  }

  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter;
  std::vector<double> watts;
  std::map<std::size_t, double> true_uj;
  bool shows = true;  // the counters show what they counted
  kaya::ledger::core ledger;
  stamper threads{ledger};
  std::uint64_t serial = 0;
};

}  // namespace kaya_test
