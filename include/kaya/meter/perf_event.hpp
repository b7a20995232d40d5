// SPDX-License-Identifier: MIT
// The mechanism "perf_event": the RAPL counters of CPU packages and memory through the kernel's power PMU.
// The kernel follows their wraps, and one read brings all counters of a package. Source: Linux,
// arch/x86/events/rapl.c, and perf_event_open(2).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/meter/host.hpp>
#include <kaya/meter/perf_event/pmu_source.hpp>
#include <kaya/meter/rapl.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace perf {

/// A scale as sysfs writes it ("2.3283064365386962890625e-10" joules a count, which is 2^-32) in microjoules,
/// as a fraction; exact for powers of two. Empty: not a scale that a counter can have.
struct fraction {
  std::uint64_t numerator = 1, denominator = 1;
};
inline std::optional<fraction> microjoules_per_count(std::optional<double> joules) noexcept {
  if (!joules || !(*joules >= 1e-12 && *joules <= 1e3)) return std::nullopt;
  std::uint64_t denominator = 1;
  double whole = *joules * 1e6;
  for (; denominator < std::uint64_t{1} << 40; denominator *= 2, whole *= 2)
    if (whole == static_cast<double>(static_cast<std::uint64_t>(whole))) break;
  return fraction{static_cast<std::uint64_t>(whole + 0.5), denominator};
}

/// From the PMU's folder to channels.
class detector {
 public:
  detector(const places& where, const perf_calls& calls, std::span<const channel> zones)
      : where_(where), calls_(calls), zones_(zones), pmu_(where.sysfs + "/bus/event_source/devices/power") {}

  detection run() {
    const auto type = detail::parse_number<std::uint32_t>(read("/type"));
    if (!type) {
      tell("perf_event", missing::not_present, "no power PMU in " + pmu_);
      return std::move(result_);
    }
    const std::vector<int> cpus = parse_cpu_list(read("/cpumask"));
    if (cpus.empty())
      tell("perf_event", missing::not_supported, "the power PMU does not say on which CPUs it counts");
    // AMD's counters are the package's, however many of its dies the mask names.
    const bool by_die = !cpu_.amd && has_dies(cpus);
    std::vector<int> packages;
    for (const int cpu : cpus) {
      const std::size_t known = packages.size();
      detail::add_once(packages, topology(cpu, "physical_package_id").value_or(cpu));
      if (cpu_.amd && packages.size() == known) continue;
      for (const event_kind& kind : kinds)
        if (const auto config = event(kind.name)) add(kind, cpu, by_die, *type, *config);
    }
    return std::move(result_);
  }

 private:
  std::string read(const std::string& file) const {
    return detail::read_text(*where_.files, pmu_ + file).text;
  }
  void tell(std::string what, std::optional<missing> why, std::string text, std::string remedy = {}) {
    result_.findings.push_back(
        {"perf_event", std::move(what), !why, why, std::move(text), std::move(remedy)});
  }
  /// "event=0x02" of a file that is there; its terms other than the event are not known and need not be.
  std::optional<std::uint64_t> event(const std::string& name) const {
    const std::string text = read("/events/" + name);
    std::string_view value = detail::trimmed(text);
    constexpr std::string_view key = "event=0x";
    if (!value.starts_with(key)) return std::nullopt;
    value.remove_prefix(key.size());
    std::uint64_t config = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), config, 16);
    if (error != std::errc{} || end != value.data() + value.size() || config > 0xff) return std::nullopt;
    return config;
  }
  std::optional<int> topology(int cpu, const char* file) const {
    const std::string path =
        where_.sysfs + "/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + file;
    return detail::parse_number<int>(detail::read_text(*where_.files, path).text);
  }
  /// Whether some package has several CPUs in the mask: then each counts for a die.
  bool has_dies(const std::vector<int>& cpus) const {
    std::vector<int> packages;
    for (const int cpu : cpus) detail::add_once(packages, topology(cpu, "physical_package_id").value_or(cpu));
    return packages.size() < cpus.size();
  }
  /// Where powercap names zones, too: whether this is one of them. A domain whose counter stood at 0 when its
  /// driver was loaded is none.
  bool known_to_powercap(const rapl::place& p) const {
    for (const channel& zone : zones_)
      if (zone.device == p.device()) return true;
    return zones_.empty();
  }

  void add(const event_kind& kind, int cpu, bool by_die, std::uint32_t type, std::uint64_t config) {
    const int package = topology(cpu, "physical_package_id").value_or(-1);
    const rapl::place p{kind.what, package, by_die ? topology(cpu, "die_id").value_or(-1) : -1};
    const std::string name = package < 0 ? kind.name : p.title();
    const std::string file = std::string("/events/") + kind.name;
    const auto scale = microjoules_per_count(detail::parse_number<double>(read(file + ".scale")));
    if (package < 0 || !scale || detail::trimmed(read(file + ".unit")) != "Joules")
      return tell(name, missing::implausible,
                  package < 0 ? "its CPU's package is not known" : "no scale in joules that can be true");
    if (!known_to_powercap(p)) return tell(name, missing::implausible, "powercap has no such zone; not read");

    channel c;
    c.name = name;
    c.mechanism = "perf_event";
    c.device = p.device();
    c.part = rapl::part_of(kind.what);
    c.wraps = false;
    c.unit_numerator = scale->numerator;
    c.unit_denominator = scale->denominator;
    rapl::set_accuracy(c, kind.what, cpu_);
    std::string shown;
    for (const channel& zone : zones_) {
      if (zone.device != c.device) continue;
      c.rated_watts = zone.rated_watts, c.low = zone.low, c.high = zone.high;
      if (const channel* one = rapl::is_whole(kind.what) ? counted_instead_of(zone) : nullptr) {
        c.inside = one->device;
        c.note = shown = zone.note;
        c.counted = false;
      }
    }
    if (!rapl::is_whole(kind.what)) {
      c.inside = p.device(domain::package);
      c.note = rapl::why_shown(kind.what, cpu_);
      c.counted = false;
    }
    perf_event_attr attr;
    attr.type = type;
    attr.config = config;
    attr.read_format = perf_event_attr::grouped;
    if (meter_ == nullptr) meter_ = new pmu_source(calls_), held_ = detail::handle<source>(meter_);
    if (const long error = meter_->add(std::move(c), cpu, attr); error < 0)
      return refuse(name, static_cast<int>(-error));
    result_.meter = held_;
    tell(name, {}, shown.empty() ? "" : "shown, not counted: " + shown);
  }
  /// The zone whose counter this zone shows once more, as powercap's checks found: of one kind, and around
  /// it.
  const channel* counted_instead_of(const channel& zone) const noexcept {
    if (zone.counted || zone.why || zone.inside.empty()) return nullptr;
    for (const channel& other : zones_)
      if (other.device == zone.inside && other.part == zone.part && other.name != zone.name) return &other;
    return nullptr;
  }

  void refuse(const std::string& name, int error) {
    if (error != EACCES && error != EPERM)
      return tell(name, missing::not_supported,
                  "the kernel does not open it (errno " + std::to_string(error) + ")");
    const auto paranoid = detail::parse_number<int>(
        detail::read_text(*where_.files, where_.procfs + "/sys/kernel/perf_event_paranoid").text);
    // Without CAP_PERFMON a level above 0 forbids it; a container's filter forbids it whatever the level.
    if (paranoid && *paranoid <= 0)
      return tell(name, missing::no_permission,
                  "perf_event_open is forbidden, though perf_event_paranoid is " + std::to_string(*paranoid) +
                      ": by a container's filter",
                  "docker run --cap-add PERFMON IMAGE");
    tell(name, missing::no_permission,
         "perf_event_paranoid is " + (paranoid ? std::to_string(*paranoid) : "unknown") + ", 0 is needed",
         "sudo sysctl kernel.perf_event_paranoid=0");
  }

  const places& where_;
  const perf_calls& calls_;
  const std::span<const channel> zones_;
  const std::string pmu_;
  const rapl::cpu_facts cpu_ = rapl::read_cpu_facts(where_);
  detection result_{};
  pmu_source* meter_ = nullptr;
  detail::handle<source> held_{};
};

}  // namespace perf

/// Looks for RAPL counters of the power PMU below `where.sysfs`. zones: the channels that powercap found,
/// whose domains are the ones that exist; empty: powercap knows none. The descriptors count on all CPUs of a
/// package, whichever process runs there, and survive forks.
inline detection detect_perf_event(const places& where, std::span<const channel> zones = {},
                                   const perf_calls& calls = perf_calls::real()) {
  return perf::detector(where, calls, zones).run();
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
