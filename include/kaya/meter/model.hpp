// SPDX-License-Identifier: MIT
// The mechanism "model": what CPU and memory use where no counter can be read. CPU power is taken to grow in
// proportion to load, from idle to the thermal design power (TDP); memory draws a constant power per module
// (rating.hpp). What goes in is named in the channel's note, and how wrong it can be is its interval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kaya/detail/os.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/rating.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::model {

/// user + nice + system + irq + softirq of the first line of /proc/stat, in ticks. Time stolen by the
/// hypervisor was spent by others, guest time is within user; idle and iowait, which step back on some
/// kernels, are not needed.
inline std::optional<std::uint64_t> busy_ticks(std::string_view stat) {
  if (!stat.starts_with("cpu ") || stat.find('\n') == std::string_view::npos) return std::nullopt;
  stat = stat.substr(4, stat.find('\n') - 4);
  std::uint64_t sum = 0;
  int field = 0;
  for (; field < 7; ++field) {
    const std::size_t first = stat.find_first_not_of(' ');
    if (first == std::string_view::npos) break;  // old kernels have fewer
    stat.remove_prefix(first);
    const std::string_view word = stat.substr(0, stat.find(' '));
    const auto ticks = detail::parse_number<std::uint64_t>(word);
    if (!ticks || *ticks > (std::uint64_t{1} << 62)) return std::nullopt;
    if (field != 3 && field != 4) sum += *ticks;
    stat.remove_prefix(word.size());
  }
  return field >= 4 ? std::optional(sum) : std::nullopt;
}

/// The modelled count: idle power for the time that has passed, and energy for each second of a busy CPU.
class cpu_energy {
 public:
  cpu_energy(double idle_watts, double joules_per_busy_second, double cpus) noexcept
      : idle_watts_(idle_watts), joules_per_busy_second_(joules_per_busy_second), cpus_(cpus) {}

  /// Microjoules since the first call; never less than before. busy_ns: CPU time spent so far, by any epoch.
  std::uint64_t at(std::uint64_t busy_ns, std::int64_t now_ns) noexcept {
    if (!started_) {
      started_ = true;
      start_ns_ = now_ns_ = now_ns;
      last_busy_ns_ = busy_ns;
    }
    const std::int64_t passed = now_ns > now_ns_ ? now_ns - now_ns_ : 0;
    now_ns_ += passed;
    if (busy_ns > last_busy_ns_) {
      const double step = static_cast<double>(busy_ns - last_busy_ns_);
      const double most = cpus_ * static_cast<double>(passed + step_ns);
      used_ns_ += step < most ? step : most;  // more is a change of the count, not of the load
      last_busy_ns_ = busy_ns;
    } else if (last_busy_ns_ - busy_ns > 1'000'000'000) {
      last_busy_ns_ =
          busy_ns;  // it began anew, or CPUs went with their time; a step back of less is waited out
    }
    const double elapsed_ns = static_cast<double>(now_ns_ - start_ns_);
    return static_cast<std::uint64_t>((idle_watts_ * elapsed_ns + joules_per_busy_second_ * used_ns_) * 1e-3);
  }

 private:
  static constexpr std::int64_t step_ns = 20'000'000;  // the load is counted in steps of 10 ms

  double idle_watts_, joules_per_busy_second_, cpus_;
  bool started_ = false;
  std::int64_t start_ns_ = 0, now_ns_ = 0;
  std::uint64_t last_busy_ns_ = 0;
  double used_ns_ = 0;
};

/// CPU time spent, in nanoseconds, from /proc/stat, a cgroup's file, or (no path) a load of one half.
class load_meter {
 public:
  enum class format { stat, cgroup, assumed };

  load_meter(detail::file_system& files, format how, std::string path, double cpus) noexcept
      : files_(&files), how_(how), path_(static_cast<std::string&&>(path)), cpus_(cpus) {}
  load_meter(const load_meter&) = delete;
  load_meter& operator=(const load_meter&) = delete;
  ~load_meter() {
    if (open_ >= 0) files_->close(open_);
  }

  std::optional<std::uint64_t> busy_ns(std::int64_t now_ns) noexcept {
    if (how_ == format::assumed) {
      const std::int64_t spent = detail::os::process_cpu_ns();
      if (!start_ns_) start_ns_ = now_ns, start_spent_ns_ = spent;
      const double half = 0.5 * cpus_ * static_cast<double>(now_ns - *start_ns_);
      const double own = static_cast<double>(spent - start_spent_ns_);  // the load is at least this
      return static_cast<std::uint64_t>(half > own ? half : own);
    }
    if (open_ < 0) open_ = files_->open(path_.c_str());
    if (open_ < 0) return std::nullopt;
    char text[512];
    const long size = files_->read(open_, text, sizeof text);
    if (size < 0) {
      files_->close(open_);
      open_ = -1;
      return std::nullopt;
    }
    const std::string_view read(text, static_cast<std::size_t>(size));
    if (how_ == format::cgroup) return cpu_usage_ns(read);
    const auto ticks = busy_ticks(read);
    return ticks ? std::optional(*ticks * tick_ns()) : std::nullopt;
  }

  static std::uint64_t tick_ns() noexcept {
#ifndef KAYA_PORTABLE
    static const long per_second = ::sysconf(_SC_CLK_TCK);
    if (per_second > 0) return 1'000'000'000u / static_cast<std::uint64_t>(per_second);
#endif
    return 10'000'000;
  }

 private:
  detail::file_system* files_;
  format how_;
  std::string path_;
  double cpus_;
  detail::file_system::descriptor open_ = -1;
  std::optional<std::int64_t> start_ns_{};
  std::int64_t start_spent_ns_ = 0;
};

/// CPUs that the system has where neither /proc nor /sys says so.
inline int online_cpus() noexcept {
#ifdef KAYA_PORTABLE
  const unsigned n = std::thread::hardware_concurrency();
#else
  const long n = ::sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return n > 0 ? static_cast<int>(n) : 1;
}

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
  cpu_source(channel c, detail::file_system& files, load_meter::format how, std::string path,
             cpu_energy energy, double cpus)
      : channel_(static_cast<channel&&>(c)),
        load_(files, how, static_cast<std::string&&>(path), cpus),
        energy_(energy) {}
  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }
  measurement read(std::size_t, std::int64_t now_ns) noexcept override {
    const auto busy = load_.busy_ns(now_ns);
    if (!busy) return {0, 0, missing::lost};
    return {energy_.at(*busy, now_ns)};
  }

 private:
  channel channel_;
  load_meter load_;
  cpu_energy energy_;
};

class constant_source final : public source {
 public:
  constant_source(channel c, double watts) : channel_(static_cast<channel&&>(c)), energy_(watts, 0, 1) {}
  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }
  measurement read(std::size_t, std::int64_t now_ns) noexcept override {
    if (channel_.why) return {0, 0, channel_.why};
    return {energy_.at(0, now_ns)};
  }

 private:
  channel channel_;
  cpu_energy energy_;
};

}  // namespace meter::model

namespace meter {

/// Models the CPUs. tdp_watts: of the whole machine as this system sees it; empty: the best that is known.
inline detection detect_cpu_model(const places& at, const host& h, std::optional<double> tdp_watts) {
  using namespace model;
  const int threads = h.logical_cpus ? *h.logical_cpus : online_cpus();
  const rating r = rate_cpu(h, threads, tdp_watts, h.cpu_model ? cpu_tdp(*h.cpu_model) : std::nullopt,
                            package_limit(at, h));
  const double cpus = threads;
  const double share = h.limits.cpus && *h.limits.cpus < cpus ? *h.limits.cpus / cpus : 1;
  const double idle = r.watts * idle_share, dynamic = r.watts - idle;

  channel c = describe("cpu (model)", component::cpu, r.watts);
  // All that see this kernel see this CPU; what a quota leaves of it is known by the container's name.
  c.device = share < 1 ? "cpu/part of " + h.name.value_or("host") : "cpu";
  c.how = r.how;
  c.low = r.low, c.high = r.high;
  c.accuracy = r.accuracy;
  c.note = "TDP " + plain(r.watts) + " W (" + r.basis + ") x load, idle " + plain(100 * idle_share) + " %";

  auto load = load_meter::format::stat;
  std::string path = at.procfs + "/stat";
  double joules_per_busy_second = dynamic / cpus;
  if (share < 1) {
    c.note += "; CPU quota " + plain(*h.limits.cpus) + " of " + plain(cpus) + " CPUs";
    if (!h.limits.usage_file.empty()) {
      load = load_meter::format::cgroup;
      path = h.limits.usage_file;
      c.note += ", load of the control group";
    } else {
      joules_per_busy_second *= share;
      c.note += ", that share of the machine's load";
    }
  }
  if (load == load_meter::format::stat && !busy_ticks(detail::read_text(*at.files, path).text)) {
    load = load_meter::format::assumed;
    joules_per_busy_second = share * dynamic / cpus;
    c.how = provenance::assumed;
    // Idle plus half of the rest is 0.6 TDP; at a load of 10 and of 100 % it would be 0.28 and 1.
    c.low *= 0.28 / 0.6, c.high /= 0.6;
    c.note += "; no load is known: 50 % assumed";
    c.accuracy += "; load anything from 10 to 100 %";
    if (!h.logical_cpus) c.note += ", " + std::to_string(threads) + " CPUs by the system's word";
  }
  if (h.wsl) c.note += "; the load of Windows is not seen";

  detection result;
  result.findings.push_back({"model", c.name, true, {}, "no CPU counter can be read", {}});
  result.meter = detail::handle<source>(
      new cpu_source(c, *at.files, load, path, cpu_energy(share * idle, joules_per_busy_second, cpus), cpus));
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
