// SPDX-License-Identifier: MIT
// What a run may use, and how much of that it has: in energy, emissions, time, or several of them.
//
//     kaya::tracker run({.total_epochs = 20, .budget = {.energy = kaya::kilowatt_hours(2)}});
//     for (int i = 0; i < 20 && !run.budget().next_epoch_exceeds(); ++i) ...
#pragma once

#include <optional>
#include <vector>

#include <kaya/callback.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

/// One limit of a budget. `left` is below 0 once the limit is exceeded.
template <class Q>
struct allowance {
  Q limit{}, spent{}, left{};
  /// What an epoch takes, by the last five that were closed: their mean or the last one, whichever is more.
  /// Empty before the first.
  std::optional<Q> each_epoch{};
  /// Whether the next epoch would end beyond the limit; with one open, that and the one after it. Without an
  /// epoch to judge by only if nothing is left.
  bool next_epoch_exceeds = false;
  /// Whether the run will, by its forecast (<kaya/forecast.hpp>; kaya.hpp has it): its whole interval lies
  /// beyond the limit, or below it. Empty: it may or may not, or there is no forecast.
  std::optional<bool> run_exceeds{};

  /// What is spent of it, 1 being all.
  double share() const noexcept { return limit.count() > 0 ? spent / limit : spent.count() > 0 ? 1e300 : 1; }
};

/// Only what has a limit is there.
struct budget_status {
  std::optional<allowance<joules>> energy{};
  std::optional<allowance<grams_co2e>> emissions{};
  std::optional<allowance<seconds>> time{};

  /// What is spent of the limit that is nearest; 0 without any.
  double share() const noexcept {
    double most = 0;
    each([&](const auto& a) { most = a.share() > most ? a.share() : most; });
    return most;
  }
  bool exceeded() const noexcept { return share() > 1; }
  bool next_epoch_exceeds() const noexcept {
    bool any = false;
    each([&](const auto& a) { any = any || a.next_epoch_exceeds; });
    return any;
  }
  /// True if any limit will be exceeded, false if none will; empty if it cannot be told.
  std::optional<bool> run_exceeds() const noexcept {
    bool any = false, all_known = true;
    each([&](const auto& a) {
      any = any || a.run_exceeds.value_or(false);
      all_known = all_known && a.run_exceeds;
    });
    return any ? std::optional(true) : all_known ? std::optional(false) : std::nullopt;
  }

 private:
  template <class F>
  void each(F&& f) const {
    if (energy) f(*energy);
    if (emissions) f(*emissions);
    if (time) f(*time);
  }
};

/// Limits, each above 0; empty: none. Nothing is stopped by them: the program asks, or is told.
struct budget_options {
  std::optional<joules> energy{};  // of the IT equipment
  std::optional<grams_co2e> emissions{};
  std::optional<seconds> time{};
  /// Called once for each threshold that the share of the nearest limit reaches, on the sampler's thread
  /// without any lock. It may end the run (tracker::stop()), but not the tracker's life.
  callback<void(double threshold, const budget_status&)> on_threshold{};
  std::vector<double> thresholds{0.5, 0.8, 1};  // ascending, above 0
};

}  // namespace v1
}  // namespace kaya
