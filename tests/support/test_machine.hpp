// SPDX-License-Identifier: MIT
// A machine with one meter, whose truth is constant power, and looks into reports.
#pragma once

#include "fake_tree.hpp"

#include <kaya/meter/machine.hpp>
#include <kaya/report/record.hpp>
#include <kaya/tracker.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kaya_test {

/// A meter of two counters at constant power, as a user would write one.
class constant_power final : public kaya::meter::source {
 public:
  constant_power() {
    for (int i = 0; i < 2; ++i) {
      kaya::meter::channel c;
      c.name = "supply-" + std::to_string(i);
      c.mechanism = "test";
      c.device = "test/" + std::to_string(i);
      c.part = i == 0 ? kaya::meter::component::cpu : kaya::meter::component::memory;
      c.wraps = false;
      channels_.push_back(c);
    }
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return channels_; }
  kaya::meter::measurement read(std::size_t i, std::int64_t now) noexcept override {
    ++reads;
    if (spoils_errno) errno = EIO;
    if (broken) return {.why = kaya::meter::missing::lost};
    return {.count = static_cast<std::uint64_t>(static_cast<double>(now) *
                                                (i == 0 ? 0.100 : 0.020))};  // 100 W, 20 W
  }
  std::atomic<int> reads{0};
  std::atomic<bool> broken{false}, spoils_errno{false};

 private:
  std::vector<kaya::meter::channel> channels_;
};

/// A machine without a readable meter of its own, to which the test's is added.
inline kaya::meter::machine test_machine(
    std::unique_ptr<kaya::meter::source> meter = std::make_unique<constant_power>()) {
  static const fake_tree empty;
  kaya::meter::machine_options o;
  o.sysfs = empty.sysfs();
  o.procfs = empty.procfs();
  kaya::meter::machine m = kaya::meter::machine::detect(o);
  m.add(std::move(meter));
  return m;
}
inline kaya::tracker_options on_test_machine(
    std::unique_ptr<kaya::meter::source> meter = std::make_unique<constant_power>()) {
  kaya::tracker_options o;
  o.machine = test_machine(std::move(meter));
  o.region = "FR";
  o.sampling_period = std::chrono::milliseconds(10);
  return o;
}

inline const kaya::scope_line* find(const kaya::run_report& r, std::string_view name) {
  for (const auto& s : r.scopes)
    if (s.name == name) return &s;
  return nullptr;
}
inline std::int64_t sum_of_own(const kaya::run_report& r) {
  std::int64_t sum = 0;
  for (const auto& s : r.scopes) sum += s.own_uj.value_or(kaya::microjoules(0)).count();
  return sum;
}
inline bool has_event(const kaya::run_report& r, std::string_view text) {
  for (const auto& e : r.events)
    if (e.what.find(text) != std::string::npos || e.where.find(text) != std::string::npos) return true;
  return false;
}

/// What a tracker says to options that cannot be.
inline std::string refusal(kaya::tracker_options o) {
  try {
    const kaya::tracker t(std::move(o));
  } catch (const kaya::config_error& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace kaya_test
