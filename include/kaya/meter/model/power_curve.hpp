// SPDX-License-Identifier: MIT
// From load to power: what CPUs draw between idle and full load, and within which range. A pure rule.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaya {
inline namespace v1 {
namespace meter::model {

/// A figure with the range that is expected to hold the truth in 95 % of cases.
struct estimate {
  double value = 0, low = 0, high = 0;

  constexpr estimate operator*(double factor) const noexcept {
    return {value * factor, low * factor, high * factor};
  }
};

/// Power of CPUs by their load u, from 0 to 1: idle + (full - idle) x (2u - u^1.4), which grows faster at low
/// load than at high load. Source: Fan, Weber, Barroso, "Power Provisioning for a Warehouse-sized Computer"
/// (ISCA 2007), whose servers it fitted within a few percent. The range has a straight line below and 2u -
/// u^2 above it.
struct power_curve {
  estimate idle{}, full{};  // watts

  /// Watts for each fully busy share of the CPUs, on top of idle power, while the load is u.
  constexpr estimate per_load(double u) const noexcept {
    if (u < 0) u = 0;
    if (u > 1) u = 1;
    return {(full.value - idle.value) * (2 - to_the_0_4(u)), positive(full.low - idle.low),
            positive(full.high - idle.high) * (2 - u)};
  }
  constexpr estimate at(double u) const noexcept {
    const estimate slope = per_load(u);
    return {idle.value + slope.value * u, idle.low + slope.low * u, idle.high + slope.high * u};
  }
  constexpr power_curve operator*(double factor) const noexcept { return {idle * factor, full * factor}; }

 private:
  static constexpr double positive(double x) noexcept { return x > 0 ? x : 0; }
  /// u^0.4 within 0.5 % from 5 % load on: between tenths on a straight line. (<cmath> is 16 000 lines.)
  static constexpr double to_the_0_4(double u) noexcept {
    constexpr double tenths[] = {0,        0.398107, 0.525306, 0.617801, 0.693145, 0.757858,
                                 0.815193, 0.867031, 0.914610, 0.958732, 1,        1};
    if (u < 0.1) {  // there it is steep: a line to 0.02 first
      constexpr double at_0_02 = 0.209128, at_0_05 = 0.301709;
      if (u < 0.02) return u / 0.02 * at_0_02;
      if (u < 0.05) return at_0_02 + (u - 0.02) / 0.03 * (at_0_05 - at_0_02);
      return at_0_05 + (u - 0.05) / 0.05 * (tenths[1] - at_0_05);
    }
    const auto below = static_cast<std::size_t>(u * 10);
    return tenths[below] + (u * 10 - static_cast<double>(below)) * (tenths[below + 1] - tenths[below]);
  }
};

/// The modelled count: idle power for the time that has passed, and energy for each second of a busy CPU, by
/// the load of the last second or so.
class cpu_energy {
 public:
  struct answer {
    std::uint64_t microjoules = 0;  // since the first call; never less than before
    double low = 1, high = 1;       // range of what was added since the call before, as factors
  };

  constexpr cpu_energy(const power_curve& curve, double cpus) noexcept : curve_(curve), cpus_(cpus) {}

  /// busy_ns: CPU time spent so far, by any epoch.
  constexpr answer at(std::uint64_t busy_ns, std::int64_t now_ns) noexcept {
    if (!started_) {
      started_ = true;
      now_ns_ = window_ns_ = now_ns;
      last_busy_ns_ = busy_ns;
    }
    const std::int64_t passed = now_ns > now_ns_ ? now_ns - now_ns_ : 0;
    now_ns_ += passed;
    double used = 0;
    if (busy_ns > last_busy_ns_) {
      const double step = static_cast<double>(busy_ns - last_busy_ns_);
      const double most = cpus_ * static_cast<double>(passed + step_ns);
      used = step < most ? step : most;  // more is a change of the count, not of the load
      last_busy_ns_ = busy_ns;
    } else if (last_busy_ns_ - busy_ns > 1'000'000'000) {
      last_busy_ns_ =
          busy_ns;  // it began anew, or CPUs went with their time; a step back of less is waited out
    }
    window_used_ += used;
    const double window = static_cast<double>(now_ns_ - window_ns_);
    if (window > 0 && (!has_load_ || window >= window_length_ns)) load_ = window_used_ / (cpus_ * window);
    if (window >= window_length_ns) {
      has_load_ = true;
      window_ns_ = now_ns_;
      window_used_ = 0;
    }
    const estimate slope = curve_.per_load(load_);
    const double time = static_cast<double>(passed) * 1e-3, work = used / cpus_ * 1e-3;  // W x ns = 1e-3 uJ
    const estimate step{curve_.idle.value * time + slope.value * work,
                        curve_.idle.low * time + slope.low * work,
                        curve_.idle.high * time + slope.high * work};
    sum_uj_ += step.value;
    const auto count = static_cast<std::uint64_t>(sum_uj_);
    return step.value > 0 ? answer{count, step.low / step.value, step.high / step.value} : answer{count};
  }

 private:
  static constexpr std::int64_t step_ns = 20'000'000;  // the load is counted in steps of 10 ms
  static constexpr double window_length_ns = 0.5e9;    // many of those

  power_curve curve_;
  double cpus_;
  bool started_ = false, has_load_ = false;
  std::int64_t now_ns_ = 0, window_ns_ = 0;
  std::uint64_t last_busy_ns_ = 0;
  double window_used_ = 0, load_ = 0, sum_uj_ = 0;
};

}  // namespace meter::model
}  // namespace v1
}  // namespace kaya
