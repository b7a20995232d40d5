// SPDX-License-Identifier: MIT
// What RAPL meters (the energy counters of Intel's and AMD's processors), whichever way the kernel shows
// them: domains, their devices, and how far their figures can be from the truth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::rapl {

/// A package contains its cores and uncore (on clients: the integrated GPU), not its DRAM; psys is the
/// platform as wired by the maker of the board.
enum class domain { package, core, uncore, dram, psys };

constexpr std::string_view to_string(domain d) noexcept {
  constexpr std::string_view names[] = {"package", "core", "uncore", "dram", "psys"};
  return names[static_cast<std::size_t>(d)];
}
constexpr bool is_whole(domain d) noexcept { return d == domain::package || d == domain::dram; }
constexpr component part_of(domain d) noexcept {
  return d == domain::psys ? component::platform : d == domain::dram ? component::memory : component::cpu;
}

/// A domain of a package or, where packages have counters by die, of a die; -1: none.
struct place {
  domain what = domain::package;
  int package = -1, die = -1;

  /// "package-0", "dram-0", "core-0-die-1", "psys".
  std::string title() const {
    std::string result(to_string(what));
    if (what == domain::psys) return result;
    result += "-" + std::to_string(package);
    return die < 0 ? result : result + "-die-" + std::to_string(die);
  }
  /// "socket0/package", "socket0/die1/dram", "platform/psys".
  std::string device(domain part) const {
    std::string result = "platform/";
    if (part != domain::psys) {
      result = "socket" + std::to_string(package) + "/";
      if (die >= 0) result += "die" + std::to_string(die) + "/";
    }
    return result += to_string(part);
  }
  std::string device() const { return device(what); }
};

/// What /proc/cpuinfo says of the first CPU.
struct cpu_facts {
  bool intel = false, amd = false, virtual_machine = false;
  bool sapphire_rapids = false;  // or Emerald Rapids
};

inline cpu_facts read_cpu_facts(const places& where) {
  const std::string text = detail::read_text(*where.files, where.procfs + "/cpuinfo", 16'384).text;
  const auto is = [&](std::string_view key, std::string_view wanted) {
    for (std::string_view rest(text); !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
      const std::size_t colon = line.find(':');
      if (colon != line.npos && detail::trimmed(line.substr(0, colon)) == key)
        return detail::trimmed(line.substr(colon + 1)) == wanted;
    }
    return false;
  };
  cpu_facts cpu;
  cpu.intel = is("vendor_id", "GenuineIntel");
  cpu.amd = is("vendor_id", "AuthenticAMD") || is("vendor_id", "HygonGenuine");
  cpu.virtual_machine = text.find(" hypervisor") != text.npos;
  cpu.sapphire_rapids = cpu.intel && is("cpu family", "6") && (is("model", "143") || is("model", "207"));
  return cpu;
}

/// Sets how far a domain's figure can be from the truth. No maker states it; this is what comparisons with
/// reference meters have found, or a modest guess that says so.
inline void set_accuracy(channel& c, domain what, const cpu_facts& cpu) {
  c.low = 0.8;
  c.high = 1.2;
  c.update_period_ns = 1'000'000;  // AMD: amd_energy.rst; Intel: about, with jitter
  if (what == domain::psys) {
    c.accuracy = "wired by the maker of the board; no comparison with a meter is known";
  } else if (what == domain::dram) {
    c.accuracy = "known within 20 % of a meter on servers (Desrochers et al. 2016)";
  } else if (cpu.intel) {
    c.low = 0.95;
    c.high = 1.05;
    c.accuracy = "known within 5 % of a meter since Haswell (Hackenberg et al. 2015, Khan et al. 2018)";
  } else if (cpu.amd) {
    c.accuracy = "modelled by the CPU itself, blind to the data it works on (Schoene et al. 2021)";
  } else {
    c.accuracy = "CPU vendor unknown; as wide as the least accurate one known";
  }
}

/// Why a domain is shown, but no part of any total: AMD's core shows one physical core only.
inline std::string_view why_shown(domain what, const cpu_facts& cpu) noexcept {
  if (what == domain::psys) return "it overlaps with packages and DRAM";
  if (is_whole(what)) return {};
  return cpu.amd ? "part of its package, of which it shows one physical core only" : "part of its package";
}

}  // namespace meter::rapl
}  // namespace v1
}  // namespace kaya
