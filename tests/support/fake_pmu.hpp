// SPDX-License-Identifier: MIT
// A power PMU: its folder in a fake sysfs, and a kernel behind perf_event_open that counts as the test says.
#pragma once

#include "fake_tree.hpp"

#include <kaya/meter/perf_event/calls.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kaya_test {

/// What the one fake kernel knows. The calls are plain functions, so it is one for the whole program.
struct fake_kernel {
  struct counter {
    int cpu = 0, group = -1;
    std::uint64_t config = 0, base = 0;
  };

  std::map<std::pair<int, std::uint64_t>, std::uint64_t> counts;  // by CPU and event, as a driver has them
  std::map<long, counter> open;                                   // by descriptor
  std::map<int, bool> offline;                                    // CPUs
  int refuses = 0;                                                // errno of every open
  bool groups = true;
  std::uint32_t type = 14;
  std::size_t reads = 0;
  long next = 100;

  static fake_kernel& here() {
    static fake_kernel instance;
    return instance;
  }
  /// A kernel as at the start of each test.
  static fake_kernel& fresh() { return here() = fake_kernel(); }
  static kaya::meter::perf_calls calls() {
    return {[](const kaya::meter::perf_event_attr& attr, int cpu, int group) noexcept {
              return here().do_open(attr, cpu, group);
            },
            [](long d, void* buffer, std::size_t size) noexcept { return here().do_read(d, buffer, size); },
            [](long d) noexcept { here().open.erase(d); }};
  }

  long do_open(const kaya::meter::perf_event_attr& a, int cpu, int group) {
    if (refuses != 0) return -refuses;
    if (offline[cpu]) return -ENODEV;
    if (a.type != type) return -ENOENT;
    if (a.sample_period != 0 || a.flags != 0 || cpu < 0 || a.size < 64) return -EINVAL;
    if (group >= 0 && (!groups || !open.count(group) || open[group].cpu != cpu)) return -EINVAL;
    open[next] = {cpu, group, a.config, counts[{cpu, a.config}]};
    return next++;
  }
  long do_read(long d, void* buffer, std::size_t size) {
    ++reads;
    if (!open.count(d) || offline[open[d].cpu]) return 0;  // as the kernel says of an event in error
    std::vector<std::uint64_t> values{0};
    for (const auto& [other, c] : open)
      if (other == d || c.group == d) {
        values.push_back(counts[{c.cpu, c.config}] - c.base);
        ++values[0];
      }
    if (size < values.size() * 8) return -ENOSPC;
    std::memcpy(buffer, values.data(), values.size() * 8);
    return static_cast<long>(values.size() * 8);
  }
};

/// One CPU of the PMU's mask.
struct pmu_cpu {
  int cpu = 0, package = 0, die = 0;
};

inline void add_pmu(const fake_tree& tree, const std::vector<pmu_cpu>& cpus,
                    const std::vector<std::pair<std::string, int>>& events = {{"energy-pkg", 2},
                                                                              {"energy-ram", 3}}) {
  const std::string pmu = "sysfs/bus/event_source/devices/power/";
  std::string mask;
  for (const pmu_cpu& c : cpus) {
    mask += (mask.empty() ? "" : ",") + std::to_string(c.cpu);
    const std::string topology = "sysfs/devices/system/cpu/cpu" + std::to_string(c.cpu) + "/topology/";
    tree.write(topology + "physical_package_id", std::to_string(c.package) + "\n");
    tree.write(topology + "die_id", std::to_string(c.die) + "\n");
  }
  tree.write(pmu + "type", "14\n");
  tree.write(pmu + "cpumask", mask + "\n");
  tree.write(pmu + "format/event", "config:0-7\n");
  for (const auto& [name, number] : events) {
    tree.write(pmu + "events/" + name, "event=0x0" + std::to_string(number) + "\n");
    tree.write(pmu + "events/" + name + ".scale", "2.3283064365386962890625e-10\n");
    tree.write(pmu + "events/" + name + ".unit", "Joules\n");
  }
}

/// Counts of a PMU with the usual scale.
inline std::uint64_t pmu_counts(double joules) {
  return static_cast<std::uint64_t>(joules * 4294967296.0 + 0.5);
}

}  // namespace kaya_test
