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
#include <kaya/meter/perf_event/calls.hpp>
#include <kaya/meter/rapl.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace perf {

using rapl::domain;

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

/// What the PMU can count. psys is left to powercap, which can tell whether it is wired.
struct event_kind {
  domain what;
  const char* name;
};
inline constexpr event_kind kinds[] = {{domain::package, "energy-pkg"},
                                       {domain::core, "energy-cores"},
                                       {domain::uncore, "energy-gpu"},
                                       {domain::dram, "energy-ram"}};

/// The counters that one descriptor brings: those of a package, or a single one where the kernel would not
/// group them.
struct group {
  int cpu = 0;
  std::vector<perf_event_attr> members{};
  std::vector<long> descriptors{};                  // of the members, the leader's first; empty: closed
  std::uint64_t values[1 + std::size(kinds)] = {};  // how many, then the counts
  std::int64_t opened_ns = 0;
  std::optional<missing> why{};
  bool fresh = false, recovered = false;
};

class pmu_source final : public source {
 public:
  explicit pmu_source(const perf_calls& calls) : calls_(calls) {}
  ~pmu_source() override {
    for (group& g : groups_) close(g);
  }
  std::span<const channel> channels() const noexcept override { return channels_; }
  void begin_round() noexcept override {
    for (group& g : groups_) g.fresh = false;
  }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= places_.size()) return {0, 0, missing::not_present};
    group& g = groups_[places_[i].in];
    if (!g.fresh) refresh(g, now_ns);
    if (g.why) return {0, 0, g.why};
    return {g.values[1 + places_[i].member], 0, {}, g.recovered};
  }

  /// A counter on a CPU: in the CPU's group, or alone. 0, or a negated errno.
  long add(channel what, int cpu, const perf_event_attr& attr) {
    std::size_t in = groups_.size();
    for (std::size_t k = 0; k < groups_.size(); ++k)
      if (groups_[k].cpu == cpu && groups_[k].members.size() < std::size(kinds)) in = k;
    long d = -EINVAL;
    if (in < groups_.size()) d = calls_.open(attr, cpu, static_cast<int>(groups_[in].descriptors[0]));
    if (d < 0) {
      in = groups_.size();
      d = calls_.open(attr, cpu, -1);
      if (d < 0) return d;
      groups_.emplace_back().cpu = cpu;
    }
    group& g = groups_[in];
    places_.push_back({in, g.members.size()});
    g.members.push_back(attr);
    g.descriptors.push_back(d);
    channels_.push_back(std::move(what));
    return 0;
  }

 private:
  struct spot {
    std::size_t in, member;
  };

  void close(group& g) noexcept {
    for (const long d : g.descriptors) calls_.close(d);
    g.descriptors.clear();
  }
  void refresh(group& g, std::int64_t now_ns) noexcept {
    g.fresh = true;
    g.recovered = false;
    const bool was_lost = g.why.has_value();
    if (g.descriptors.empty() && !reopen(g, now_ns)) return;
    const std::size_t size = (1 + g.members.size()) * sizeof(std::uint64_t);
    const long n = calls_.read(g.descriptors[0], g.values, size);
    if (n == static_cast<long>(size) && g.values[0] == g.members.size()) {
      g.why.reset();
      g.recovered = was_lost;
      return;
    }
    // Its CPU went offline with all others of the package: a counter of a new descriptor starts at 0.
    close(g);
    g.opened_ns = now_ns;
    g.why = missing::lost;
  }
  /// At most once a second.
  bool reopen(group& g, std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 1'000'000'000;
    if (now_ns - g.opened_ns < patience_ns) return false;
    g.opened_ns = now_ns;
    for (const perf_event_attr& attr : g.members) {
      const long d =
          calls_.open(attr, g.cpu, g.descriptors.empty() ? -1 : static_cast<int>(g.descriptors[0]));
      if (d < 0) {
        close(g);
        return false;
      }
      g.descriptors.push_back(d);  // there was room for as many before
    }
    return true;
  }

  const perf_calls calls_;
  std::vector<channel> channels_{};
  std::vector<spot> places_{};
  std::vector<group> groups_{};
};

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
    for (const channel& zone : zones_)
      if (zone.device == c.device) c.rated_watts = zone.rated_watts, c.low = zone.low, c.high = zone.high;
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
    tell(name, {}, "");
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
