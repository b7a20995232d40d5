// SPDX-License-Identifier: MIT
// How much power a machine's CPUs and memory are taken to draw where no counter can be read: the constants of
// the mechanism "model", each with its source, and how wrong it can be. Pure rules but for one look at
// powercap's limits.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/model/cpu_tdp.hpp>
#include <kaya/meter/model/power_curve.hpp>
#include <kaya/meter/powercap/zones.hpp>
#include <kaya/meter/source.hpp>

#ifndef KAYA_PORTABLE
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace meter::model {

/// Idle and full power as shares of TDP. Servers: from SPECpower_ssj2008 results of 2018 to 2025 (as in Cloud
/// Carbon Footprint's coefficients, 2026-03-09), less memory, fans and supply: 2 x 205 W of TDP (Xeon 8280L)
/// draw 405 W at the wall and 47 W idle, 2 x 280 W (EPYC 7763) 408 and 95 W, 2 x 360 W (EPYC 9654) 820 and
/// 128 W, 2 x 350 W (Xeon 8592+) 783 and 166 W; other programs load them more, other firmware idles worse.
/// Desktops and laptops idle lower and boost beyond TDP (134 W more at the wall for a Core i7-8700K of 95 W:
/// C. Siebenmann, 2019).
struct shares {
  estimate idle{}, full{};
};
inline constexpr shares server_shares{{0.12, 0.04, 0.3}, {0.85, 0.55, 1.1}};
inline constexpr shares client_shares{{0.08, 0.02, 0.2}, {1, 0.6, 1.6}};
/// Watts per hardware thread where nothing is known of the CPU. Makers' TDP over threads: 1.8 (AMD EPYC 7742,
/// 225 W, 128 threads), 3.4 (Intel Xeon 8380, 270 W, 80), 4.3 (Xeon E5-2680 v4, 120 W, 28), 5.3 (Ryzen 9
/// 7950X, 170 W, 32).
inline constexpr double watts_per_thread = 3;
/// Watts per memory module: DDR4 and DDR5 modules draw 1 W idle to 10 W (registered, fully loaded).
inline constexpr double watts_per_module = 4;
/// Watts per GiB for a guest's part of a host that kaya cannot see: modules of 32 to 64 GiB.
inline constexpr double guest_watts_per_gib = 0.1;

/// "65", "3.5", "0.38": up to two decimals.
inline std::string plain(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2);
  std::string result(text, end.ec == std::errc{} ? end.ptr : text);
  while (result.find('.') != std::string::npos && (result.back() == '0' || result.back() == '.')) {
    const bool point = result.back() == '.';
    result.pop_back();
    if (point) break;
  }
  return result;
}

/// Power of all CPUs that this system sees, as far as it can be known.
struct rating {
  double watts = 0;  // TDP; 0: not needed
  power_curve curve{};
  provenance how = provenance::modelled;
  std::string basis{};     // where it comes from
  std::string accuracy{};  // what the width comes from
};

/// What the user says of all CPUs together, in watts.
struct cpu_calibration {
  std::optional<double> tdp{}, idle{}, full{};
};

inline bool is_server(const host& h) {
  if (h.sockets.value_or(1) > 1) return true;
  const std::string name = detail::lower_case(h.cpu_model.value_or(""));
  for (const char* word :
       {"epyc", "opteron", "xeon", "neoverse", "ampere", "thunderx", "kunpeng", "power9", "power8"})
    if (name.find(word) != std::string::npos)
      return name.find("xeon e3") == name.npos && name.find("xeon w") == name.npos;
  return false;
}

/// The power that powercap says the readable package zones are built for (else: limited to), in watts: those
/// files may be read by all where the energy may not.
inline std::optional<double> package_limit(const places& at, const host& h) {
  // Older kernels show a package of AMD once for each of its dies.
  const bool amd = h.cpu_vendor == "AuthenticAMD" || h.cpu_vendor == "HygonGenuine";
  std::vector<std::pair<int, int>> seen;
  double sum = 0;
  for (const powercap::zone& z : powercap::find_zones(at).zones) {
    if (z.what != powercap::domain::package) continue;
    const std::pair<int, int> which{z.package, amd ? -1 : z.die};
    if (const auto n = seen.size(); detail::add_once(seen, which), seen.size() == n) continue;  // a twin
    for (const char* file : {"/constraint_0_max_power_uw", "/constraint_0_power_limit_uw"}) {
      const auto uw = detail::parse_number<std::uint64_t>(detail::read_text(*at.files, z.path + file).text);
      if (!uw || *uw < 1'000'000 || *uw > 1'000'000'000) continue;  // no package has under 1 W or over 1000 W
      sum += static_cast<double>(*uw) * 1e-6;
      break;
    }
  }
  return sum > 0 ? std::optional(sum) : std::nullopt;
}

/// The TDP, best first: the user's figure, the table, powercap's limit, 3 W a thread.
inline rating rate_tdp(const host& h, int threads, std::optional<double> given,
                       std::optional<tdp_match> table, std::optional<double> limit) {
  const bool server = is_server(h);
  const shares s = server ? server_shares : client_shares;
  // wider: further from the truth by this factor, both ways.
  const auto of = [&](double watts, double wider, std::string basis, std::string accuracy) {
    rating r;
    r.watts = watts;
    r.curve = {s.idle * watts, s.full * watts};
    r.curve.idle.low /= wider, r.curve.full.low /= wider;
    r.curve.idle.high *= wider, r.curve.full.high *= wider;
    r.basis = static_cast<std::string&&>(basis);
    r.accuracy = static_cast<std::string&&>(accuracy);
    return r;
  };
  const std::string usual =
      server ? "servers idle at 4 to 30 % of TDP and draw 55 to 110 % under full load (SPECpower 2018-2025)"
             : "desktops and laptops idle at 2 to 20 % of TDP and draw 60 to 160 % under full load";
  if (given) return of(*given, 1, "given", usual);
  const int sockets = h.sockets.value_or(1);
  const bool guest = h.virtual_machine.value_or(false) && !h.wsl;
  if (table && !guest) {
    const double watts = table->watts * sockets;
    const std::string each =
        sockets > 1 ? std::to_string(sockets) + " x " + plain(table->watts) + " W, " : "";
    if (table->exact) return of(watts, 1, each + "table: " + table->key, usual);
    return of(watts, 1.25, each + "table, by the model alone: " + table->key,
              usual + "; the name lacks its maker");
  }
  if (limit && !guest)
    return of(*limit, 1.15, "powercap's power limit", usual + "; a limit can be set off the TDP");

  const std::string by_thread = "makers' TDP is 1.8 to 5.3 W a thread (EPYC 7742 to Ryzen 9 7950X); ";
  double watts = watts_per_thread * threads;
  std::string basis =
      "assumed " + plain(watts_per_thread) + " W for each of " + std::to_string(threads) + " threads";
  if (table && table->watts * sockets < watts) {  // a guest cannot draw more than the whole
    watts = table->watts * sockets;
    basis = "all of the physical CPU's, table: " + table->key;
  } else if (table) {
    basis += "; the physical CPU has " + plain(table->watts) + " W for an unknown number";
  }
  rating r = of(watts, 1.7, static_cast<std::string&&>(basis), by_thread + usual);
  r.how = provenance::assumed;
  return r;
}

/// The curve of the CPUs: through the points that the user measured, elsewhere by the TDP.
inline rating rate_cpu(const host& h, int threads, const cpu_calibration& given,
                       std::optional<tdp_match> table, std::optional<double> limit) {
  constexpr double tolerance = 0.05;  // of a point that was measured
  const auto measured = [](double watts) {
    return estimate{watts, watts * (1 - tolerance), watts * (1 + tolerance)};
  };
  rating r = rate_tdp(h, threads, given.tdp, table, limit);
  if (given.full) r.curve.full = measured(*given.full);
  if (given.idle) r.curve.idle = measured(*given.idle);
  if (given.idle && given.full) {
    r.how = provenance::modelled;
    r.watts = 0;
    r.basis = "calibrated";
    r.accuracy = "between two given points, within 5 % each; a straight line to a strongly bent one";
  } else if (given.idle || given.full) {
    r.accuracy = "one of two points is given, within 5 %; " + r.accuracy;
  }
  // Whatever was given: full load draws no less than none.
  if (r.curve.full.value < r.curve.idle.value) r.curve.full = r.curve.idle;
  return r;
}

/// CPUs that the system has where neither /proc nor /sys says so.
inline int online_cpus() noexcept {
#ifdef KAYA_PORTABLE
  const unsigned n = std::thread::hardware_concurrency();
#else
  const long n = ::sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return n > 0 ? static_cast<int>(n) : 1;
}
/// The same for this machine, with the best TDP that is known.
inline rating rate_cpu(const places& at, const host& h, const cpu_calibration& given) {
  return rate_cpu(h, h.logical_cpus ? *h.logical_cpus : online_cpus(), given,
                  h.cpu_model ? cpu_tdp(*h.cpu_model) : std::nullopt, package_limit(at, h));
}

/// Memory modules as they are likely to be installed.
struct module_guess {
  int count = 0;
  std::uint64_t gib = 0;  // each
};

/// Modules grow with the machine, and so does their number: 2 x 8 GiB, 2 x 16, 4 x 16, 4 x 32, 8 x 32, 8 x
/// 64, 16 x 64. usable_bytes: as the kernel counts it, up to 6 % less than what is installed.
constexpr module_guess guess_modules(std::uint64_t usable_bytes) noexcept {
  const std::uint64_t gib = (usable_bytes + (1u << 30) - 1) >> 30;
  std::uint64_t grain = 1;
  while (grain * 16 < gib) grain *= 2;
  const std::uint64_t installed = (gib + grain - 1) / grain * grain;
  std::uint64_t each = 8;
  while (each * each < 4 * installed && each < 1024) each *= 2;
  return {static_cast<int>((installed + each - 1) / each), each};
}

}  // namespace meter::model
}  // namespace v1
}  // namespace kaya
