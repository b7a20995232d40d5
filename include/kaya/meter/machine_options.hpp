// SPDX-License-Identifier: MIT
// How to look for meters, and what of that is refused.
#pragma once

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/config_error.hpp>
#include <kaya/detail/files.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/perf_event/calls.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// How to look for meters. Every member has a default.
struct machine_options {
  /// Roots of sysfs and procfs, existing directories. Empty: KAYA_SYSFS and KAYA_PROCFS, then /sys and /proc.
  std::string sysfs{}, procfs{};
  /// Look for GPUs. false: those that are there are named, so that reports say what they lack.
  bool gpus = true;
  /// Count the platform domain in place of packages and DRAM, where it can be believed.
  bool prefer_psys = false;
  /// Thermal design power of all CPUs together, above 0 W, at most 10 kW; for where no CPU energy can be
  /// read.
  std::optional<watts> cpu_tdp{};
  /// What all CPUs together draw idle and at full load, as measured: two points that calibrate their model,
  /// or one. Above 0 W, at most 10 kW, idle below full.
  std::optional<watts> cpu_idle{}, cpu_full{};
  /// Through which files; must outlive the machine and its trackers. nullptr: the real ones.
  detail::file_system* files = nullptr;
  /// The system call perf_event_open; nullptr: the kernel's.
  const perf_calls* perf = nullptr;
  /// Look at the counters for half a second: how often they move, and whether they agree with the device's
  /// power. What is found stands in the channels.
  bool self_check = false;
};

namespace checked {

inline std::string root_of(detail::file_system& files, const std::string& given, const char* field,
                           const char* variable, const char* otherwise) {
  const char* const environment = detail::os::env(variable);
  std::string path = !given.empty() ? given : environment != nullptr ? environment : otherwise;
  const bool stated = !given.empty() || environment != nullptr;
  std::vector<std::string> names;
  if (const int error = stated ? files.list(path.c_str(), names) : 0; error == -ENOENT || error == -ENOTDIR)
    throw config_error(!given.empty() ? field : variable, "\"" + path + "\"", "an existing directory");
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}
inline std::optional<double> watts_above(const char* field, std::optional<watts> given, double above,
                                         std::string_view above_what) {
  if (!given || (given->count() > above && given->count() <= 10'000))
    return given ? std::optional(given->count()) : std::nullopt;
  throw config_error(field, model::plain(given->count()) + " W",
                     "more than " + std::string(above_what) + model::plain(above) + " W, at most 10 kW");
}
}  // namespace checked

/// The roots that options and environment name. Throws config_error for one that is no directory.
inline places where_to_look(const machine_options& o) {
  detail::file_system& files = o.files != nullptr ? *o.files : detail::file_system::real();
  return {checked::root_of(files, o.sysfs, "sysfs", "KAYA_SYSFS", "/sys"),
          checked::root_of(files, o.procfs, "procfs", "KAYA_PROCFS", "/proc"), &files};
}
/// The CPUs' ratings by the options. Throws config_error for one that is out of range.
inline model::cpu_calibration calibration_of(const machine_options& o) {
  model::cpu_calibration c;
  c.tdp = checked::watts_above("cpu_tdp", o.cpu_tdp, 0, "");
  c.idle = checked::watts_above("cpu_idle", o.cpu_idle, 0, "");
  c.full = checked::watts_above("cpu_full", o.cpu_full, c.idle.value_or(0), c.idle ? "cpu_idle, " : "");
  return c;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
