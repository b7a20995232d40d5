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

#include <kaya/meter/cpu_tdp.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/powercap_zones.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::model {

/// Idle power as a share of TDP. Packages of servers and desktops idle at 10 to 30 % of it.
inline constexpr double idle_share = 0.2;
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

/// TDP as far as it can be known, for all CPUs that this system sees.
struct rating {
  double watts = 0;
  provenance how = provenance::modelled;
  double low = 1, high = 1;
  std::string basis{};     // where it comes from
  std::string accuracy{};  // what the width comes from
};

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

/// What is known of the TDP, best first: the user's figure, the table, powercap's limit, 3 W a thread.
inline rating rate_cpu(const host& h, int threads, std::optional<double> given,
                       std::optional<tdp_match> table, std::optional<double> limit) {
  const std::string idle = "idle power is 10 to 30 % of TDP, full load 60 to 120 %";
  const auto modelled = [](double watts, double low, double high, std::string basis, std::string accuracy) {
    return rating{watts,
                  provenance::modelled,
                  low,
                  high,
                  static_cast<std::string&&>(basis),
                  static_cast<std::string&&>(accuracy)};
  };
  if (given) return modelled(*given, 0.5, 1.5, "given", idle);
  const int sockets = h.sockets.value_or(1);
  const bool guest = h.virtual_machine.value_or(false) && !h.wsl;
  if (table && !guest) {
    const double watts = table->watts * sockets;
    const std::string each =
        sockets > 1 ? std::to_string(sockets) + " x " + plain(table->watts) + " W, " : "";
    if (table->exact) return modelled(watts, 0.5, 1.5, each + "table: " + table->key, idle);
    return modelled(watts, 0.4, 2, each + "table, by the model alone: " + table->key,
                    idle + "; the name lacks its maker");
  }
  if (limit && !guest)
    return modelled(*limit, 0.4, 1.7, "powercap's power limit", idle + "; a limit can be set off the TDP");

  rating r;
  r.how = provenance::assumed;
  r.low = 0.3;
  r.accuracy = "makers' TDP is 1.8 to 5.3 W a thread (EPYC 7742 to Ryzen 9 7950X); " + idle;
  r.watts = watts_per_thread * threads;
  if (table && table->watts * sockets < r.watts) {  // a guest cannot draw more than the whole
    r.watts = table->watts * sockets;
    r.high = 1.5;
    r.basis = "all of the physical CPU's, table: " + table->key;
    return r;
  }
  r.high = 2.7;
  r.basis = "assumed " + plain(watts_per_thread) + " W for each of " + std::to_string(threads) + " threads";
  if (table) r.basis += "; the physical CPU has " + plain(table->watts) + " W for an unknown number";
  return r;
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
