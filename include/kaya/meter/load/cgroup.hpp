// SPDX-License-Identifier: MIT
// What share of the machine the process's control group may use: CPU quota and memory limit, of cgroup v2, v1
// or both. Source: the kernel's Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and
// scheduler/sched-bwc.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The tightest limits of the process's group and all above it. Empty: none, or not visible.
struct cgroup_limits {
  std::optional<double> cpus{};  // seconds of CPU time a second
  std::optional<std::uint64_t> memory_bytes{};
  std::string usage_file{};  // CPU time used by the group that has the quota; empty: not readable
};

/// Where the process is in each hierarchy, from /proc/self/cgroup.
struct cgroup_paths {
  std::optional<std::string> unified{}, cpu{}, memory{};
};

/// "max 100000" or "200000 100000" (microseconds per period): the quota in CPUs; empty if there is none.
inline std::optional<double> cpu_quota(std::string_view cpu_max) {
  cpu_max = detail::trimmed(cpu_max);
  const std::size_t blank = cpu_max.find_first_of(" \t");
  const auto quota = detail::parse_number<std::int64_t>(cpu_max.substr(0, blank));
  const auto period = blank == std::string_view::npos
                          ? std::optional<std::int64_t>(100'000)
                          : detail::parse_number<std::int64_t>(cpu_max.substr(blank));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;  // v1 says -1 for none
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// "usage_usec 12345 ..." (cpu.stat of v2) or a number of nanoseconds (cpuacct.usage of v1), in nanoseconds.
inline std::optional<std::uint64_t> cpu_usage_ns(std::string_view text) {
  constexpr std::string_view key = "usage_usec ";
  if (!text.starts_with(key)) return detail::parse_number<std::uint64_t>(text);
  text.remove_prefix(key.size());
  const auto microseconds = detail::parse_number<std::uint64_t>(text.substr(0, text.find('\n')));
  if (!microseconds || *microseconds > UINT64_MAX / 1000) return std::nullopt;
  return *microseconds * 1000;
}

/// Lines "0::/path" (v2) and "4:cpu,cpuacct:/path" (v1).
inline cgroup_paths parse_cgroup(std::string_view text) {
  cgroup_paths result;
  while (!text.empty()) {
    const std::string_view line = detail::trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string path(line.substr(second + 1));
    // Outside of its namespace ("/../x"): what is mounted is the root at best. The root is the empty path.
    if (path.find("/..") != std::string::npos || path == "/") path.clear();
    if (controllers.empty()) result.unified = path;
    while (!controllers.empty()) {
      const std::string_view one = controllers.substr(0, controllers.find(','));
      controllers.remove_prefix(one.size() == controllers.size() ? one.size() : one.size() + 1);
      if (one == "cpu") result.cpu = path;
      if (one == "memory") result.memory = path;
    }
  }
  return result;
}

/// The limits that hold for this process. A container without its own namespace sees a path that is not
/// mounted, and its own limits at the root: so all levels are asked; those that are not there say nothing.
inline cgroup_limits read_cgroup(const places& at) {
  cgroup_limits result;
  const auto read = [&](const std::string& path) { return detail::read_text(*at.files, path); };
  const cgroup_paths own = parse_cgroup(read(at.procfs + "/self/cgroup").text);
  const std::string top = at.sysfs + "/fs/cgroup";
  const auto upwards = [](std::string path, auto&& visit) {
    for (;; path.resize(path.rfind('/'))) {
      visit(path);
      if (path.find('/') == std::string::npos) return;
    }
  };
  const auto quota = [&](std::optional<double> cpus, const std::string& usage, const std::string& or_else) {
    if (!cpus || (result.cpus && *result.cpus <= *cpus)) return;
    result.cpus = cpus;
    result.usage_file.clear();
    for (const std::string& path : {or_else, usage})
      if (cpu_usage_ns(read(path).text)) result.usage_file = path;
  };
  const auto memory = [&](const std::string& path) {
    const auto bytes = detail::parse_number<std::uint64_t>(read(path).text);  // "max": none
    // v1 says "none" with the largest multiple of a page.
    if (bytes && *bytes < (std::uint64_t{1} << 60) && (!result.memory_bytes || *bytes < *result.memory_bytes))
      result.memory_bytes = bytes;
  };
  if (own.unified)
    for (const char* mount : {"", "/unified"})
      upwards(*own.unified, [&](const std::string& path) {
        const std::string group = top + mount + path;
        quota(cpu_quota(read(group + "/cpu.max").text), group + "/cpu.stat", {});
        memory(group + "/memory.max");
      });
  if (own.cpu)
    for (const char* mount : {"/cpu", "/cpu,cpuacct"})
      upwards(*own.cpu, [&](const std::string& path) {
        const std::string group = top + mount + path;
        const std::string text =
            read(group + "/cpu.cfs_quota_us").text + ' ' + read(group + "/cpu.cfs_period_us").text;
        quota(cpu_quota(text), top + "/cpuacct" + path + "/cpuacct.usage", group + "/cpuacct.usage");
      });
  if (own.memory)
    upwards(*own.memory,
            [&](const std::string& path) { memory(top + "/memory" + path + "/memory.limit_in_bytes"); });
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
