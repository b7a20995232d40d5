// SPDX-License-Identifier: MIT
// The mechanism "model": what CPU and memory use where no counter can be read. CPU power grows with load,
// along a curve from idle to full power (model/power_curve.hpp); memory draws a constant power per module
// (model/rating.hpp). What goes in is named in the channel's note, and how wrong it can be is its interval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kaya/detail/os.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/meter/model/power_curve.hpp>
#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::model {

/// A load of one half, or what this process alone makes of it: for where nothing tells the load.
class assumed_load {
 public:
  explicit assumed_load(double cpus) noexcept : cpus_(cpus) {}
  std::uint64_t busy_ns(std::int64_t now_ns) noexcept {
    const std::int64_t spent = detail::os::process_cpu_ns();
    if (!start_ns_) start_ns_ = now_ns, start_spent_ns_ = spent;
    const double half = 0.5 * cpus_ * static_cast<double>(now_ns - *start_ns_);
    const double own = static_cast<double>(spent - start_spent_ns_);
    return static_cast<std::uint64_t>(half > own ? half : own);
  }

 private:
  double cpus_;
  std::optional<std::int64_t> start_ns_{};
  std::int64_t start_spent_ns_ = 0;
};

/// One channel that never is measured.
inline channel describe(std::string name, component part, double watts) {
  channel c;
  c.name = static_cast<std::string&&>(name);
  c.mechanism = "model";
  c.part = part;
  c.how = provenance::modelled;
  c.wraps = false;
  c.rated_watts = watts;
  return c;
}

class cpu_source final : public source {
 public:
  /// file: where the load is read; empty: it is assumed.
  cpu_source(channel c, std::optional<load::time_file> file, const cpu_energy& energy, double cpus)
      : channel_(static_cast<channel&&>(c)),
        file_(static_cast<std::optional<load::time_file>&&>(file)),
        assumed_(cpus),
        energy_(energy) {}
  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }
  measurement read(std::size_t, std::int64_t now_ns) noexcept override {
    const auto busy = file_ ? file_->busy_ns() : std::optional(assumed_.busy_ns(now_ns));
    if (!busy) return {0, 0, missing::lost};
    const cpu_energy::answer a = energy_.at(*busy, now_ns);
    measurement m;
    m.count = a.microjoules;
    if (file_) m.low = a.low / channel_.low, m.high = a.high / channel_.high;
    return m;
  }

 private:
  channel channel_;
  std::optional<load::time_file> file_;
  assumed_load assumed_;
  cpu_energy energy_;
};

class constant_source final : public source {
 public:
  constant_source(channel c, double watts) : channel_(static_cast<channel&&>(c)), watts_(watts) {}
  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }
  measurement read(std::size_t, std::int64_t now_ns) noexcept override {
    if (channel_.why) return {0, 0, channel_.why};
    if (!start_ns_) start_ns_ = now_ns_ = now_ns;
    if (now_ns > now_ns_) now_ns_ = now_ns;
    return {static_cast<std::uint64_t>(watts_ * static_cast<double>(now_ns_ - *start_ns_) * 1e-3)};
  }

 private:
  channel channel_;
  double watts_;
  std::optional<std::int64_t> start_ns_{};
  std::int64_t now_ns_ = 0;
};

}  // namespace meter::model

namespace meter {

/// Models the CPUs by what they draw (rate_cpu()), of the whole machine as this system sees it.
inline detection detect_cpu_model(const places& at, const host& h, const model::rating& r) {
  using namespace model;
  using format = load::time_file::format;
  const int threads = h.logical_cpus ? *h.logical_cpus : online_cpus();
  const double cpus = threads;
  const double share = h.limits.cpus && *h.limits.cpus < cpus ? *h.limits.cpus / cpus : 1;

  channel c = describe("cpu (model)", component::cpu, r.curve.full.high);
  // All that see this kernel see this CPU; what a quota leaves of it is known by the container's name.
  c.device = share < 1 ? "cpu/part of " + h.name.value_or("host") : "cpu";
  c.how = r.how;
  const estimate half = r.curve.at(0.5);
  c.low = half.low / half.value, c.high = half.high / half.value;
  c.accuracy = "the range is that at half load: " + r.accuracy;
  c.note = (r.watts > 0 ? "TDP " + plain(r.watts) + " W (" + r.basis + "): " : r.basis + ": ") +
           plain(r.curve.idle.value) + " W idle to " + plain(r.curve.full.value) + " W at full load";

  format how = format::stat;
  std::string path = at.procfs + "/stat";
  double busy_cpus = cpus;  // of those whose time is read, at full load
  if (share < 1) {
    c.note += "; CPU quota " + plain(*h.limits.cpus) + " of " + plain(cpus) + " CPUs";
    if (!h.limits.usage_file.empty()) {
      how = format::cgroup;
      path = h.limits.usage_file;
      busy_cpus *= share;
      c.note += ", load of the control group";
    } else {
      c.note += ", that share of the machine's load";
    }
  }
  const bool known = how == format::cgroup || load::busy_ticks(detail::read_text(*at.files, path).text);
  if (!known) {
    c.how = provenance::assumed;
    const estimate idle = r.curve.at(0.1), full = r.curve.at(1);
    c.low = idle.low / half.value, c.high = full.high / half.value;
    c.note += "; no load is known: 50 % assumed";
    c.accuracy = "load anything from 10 to 100 %; " + r.accuracy;
    if (!h.logical_cpus) c.note += ", " + std::to_string(threads) + " CPUs by the system's word";
  }
  if (h.wsl) c.note += "; the load of Windows is not seen";

  detection result;
  result.findings.push_back({"model", c.name, true, {}, "no CPU counter can be read", {}});
  std::optional<load::time_file> file;
  if (known) file.emplace(*at.files, how, path);
  result.meter = detail::handle<source>(new cpu_source(c, static_cast<std::optional<load::time_file>&&>(file),
                                                       cpu_energy(r.curve * share, busy_cpus), cpus));
  return result;
}

/// Models the memory: a constant power for each module that the installed size makes likely.
inline detection detect_memory_model(const places&, const host& h) {
  using namespace model;
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  channel c = describe("memory (model)", component::memory, 0);
  c.device = "memory";
  double watts = 0;
  if (!h.memory_bytes) {
    c.why = missing::not_present;
    c.counted = false;
    c.note = "its size is not known";
  } else {
    const std::uint64_t limit = h.limits.memory_bytes.value_or(UINT64_MAX);
    const bool limited = limit < *h.memory_bytes;
    const std::uint64_t seen = limited ? limit : *h.memory_bytes;
    const double seen_gib = static_cast<double>(seen) / static_cast<double>(gib);
    if (h.virtual_machine.value_or(false) && !h.wsl) {
      watts = guest_watts_per_gib * seen_gib;
      c.low = 0.3, c.high = 3.8;
      c.note = plain(seen_gib) + " GiB of a host's memory x " + plain(guest_watts_per_gib) + " W per GiB";
      c.accuracy = "0.03 W per GiB (idle modules of 64 GiB) to 0.38 (the usual 3 W per 8 GiB of DDR3)";
    } else {
      const module_guess m = guess_modules(*h.memory_bytes);
      watts = watts_per_module * m.count * (static_cast<double>(seen) / static_cast<double>(*h.memory_bytes));
      c.low = 0.25, c.high = 2.5;
      c.note = std::to_string(m.count) + " modules of " + std::to_string(m.gib) + " GiB assumed x " +
               plain(watts_per_module) + " W";
      if (limited) c.note += "; memory limit " + plain(seen_gib) + " GiB";
      c.accuracy = "a module draws 1 to 10 W, by generation and load; number of modules not known";
    }
    if (limited) c.device = "memory/part of " + h.name.value_or("host");
    c.note += ": " + plain(watts) + " W";
    c.rated_watts = watts;
  }
  detection result;
  result.findings.push_back(
      {"model", c.name, !c.why, c.why, c.why ? c.note : "no memory counter can be read", {}});
  result.meter = detail::handle<source>(new constant_source(c, watts));
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
