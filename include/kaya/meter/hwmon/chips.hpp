// SPDX-License-Identifier: MIT
// The sensor chips that kaya reads below /sys/class/hwmon: one table, a row for each quantity, and the pure
// rules beside it. A list of what is allowed, for most chips with a power file meter something else: a fan, a
// USB port, a rail that another rail contains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::hwmon {

/// Which file of a chip gives the quantity. In hwmon energy is in microjoules, power in microwatts, voltage
/// in millivolts and current in milliamperes (Linux, Documentation/hwmon/sysfs-interface.rst).
enum class attribute {
  energy,  // energyK_input
  power,   // powerK_average, else powerK_input
  input,   // powerK_input, for chips whose average makes the reader wait
  rail     // inK_input x currK_input
};

/// Where the width of a channel's interval comes from.
enum class width { cpu_counter, telemetry, shunt, firmware, node, supply };

struct spread {
  double low, high;
  std::string_view why;
};
constexpr spread spread_of(width w) noexcept {
  constexpr spread all[] = {
      {0.8, 1.2, "modelled by the CPU itself, blind to the data it works on (Schoene et al. 2021)"},
      {0.7, 1.3, "regulator telemetry, scaled by what was found by trial; the width is a guess"},
      {0.93, 1.07,
       "sense resistors of 1 % (NVIDIA DG-09840-001) and the monitor's offset; the width is a guess"},
      {0.9, 1.1, "computed by the device's firmware, whose maker states no accuracy; the width is a guess"},
      {0.95, 1.05, "the meter states no accuracy; the width is a guess"},
      {0.97, 1.2, "what the power supply gives; it takes 5 to 15 % more from the mains (80 PLUS classes)"},
  };
  return all[static_cast<std::size_t>(w)];
}

/// A row. In texts {n} is a number (the label's, the chip name's, else the chip's place among its like),
/// {pci} the card's address, {label} the label as it stands. In patterns # is a number and * anything.
struct rule {
  std::string_view chip{};   // pattern of the chip's `name`
  attribute what{};          // which file
  std::string_view label{};  // pattern of its label (power_meter: of its oem_info); empty: any, or none
  component part{};
  std::string_view title{};   // the channel's name; empty: not read, as it is part of others or no power
  std::string_view device{};  // as in channel
  std::string_view inside{};
  width accuracy{};
  bool has_memory = false;
  bool summed = false;         // several of one device are its parts: one channel, the sum
  unsigned index = 0;          // K of the file; 0: any
  std::string_view note{};     // in words, what else there is to know
  std::string_view shown{};    // never part of a total, for this reason
  std::int64_t period_ns = 0;  // usual time between updates, where the chip does not say
  std::int64_t wait_ns = 0;    // how long it may stay unread; 0: for good
};

// What rows have in common.
constexpr rule cpu_counter(std::string_view chip, std::string_view title) noexcept {
  constexpr std::int64_t period_ns = 1'000'000;  // Linux, amd_energy.rst (5.12)
  return {chip, attribute::energy,  "esocket#", component::cpu, title, "socket{n}/package",
          "",   width::cpu_counter, false,      false,          0,     "",
          "",   period_ns};
}
constexpr rule cpu_power(std::string_view chip, attribute what, std::string_view label,
                         std::string_view title, width accuracy, bool summed = false,
                         unsigned index = 0) noexcept {
  return {chip, what, label, component::cpu, title, "socket{n}/package", "", accuracy, false, summed, index};
}
constexpr rule card(std::string_view chip, attribute what, std::string_view title, std::string_view device,
                    std::string_view inside = {}, std::string_view note = {}, unsigned index = 1) noexcept {
  rule r{chip, what, "", component::gpu, title, device, inside, width::firmware, false, false, index, note};
  if (what == attribute::energy) r.wait_ns = 120'000'000'000;  // 262 kJ of 32 bits at 1 kW are twice that
  return r;
}
constexpr rule grace(std::string_view label, component part, std::string_view title, std::string_view device,
                     std::string_view inside, bool has_memory = false) noexcept {
  return {"power_meter", attribute::power, label, part, title, device, inside, width::node, has_memory};
}
constexpr rule rail(std::string_view label, component part, std::string_view device = "jetson/{label}",
                    std::string_view inside = {}) noexcept {
  return {"ina3221", attribute::rail, label,
          part,      "{label}",       device,
          inside,    width::shunt,    device == whole_node || label == "VIN_SYS_5V0"};
}
constexpr rule node(std::string_view chip, std::string_view label, std::string_view title, width accuracy,
                    bool summed = false, unsigned index = 0) noexcept {
  return {chip, attribute::power, label, component::platform, title, whole_node, "", accuracy,
          true, summed,           index};
}
constexpr rule shown(std::string_view chip, attribute what, std::string_view title, std::string_view device,
                     std::string_view inside, width accuracy, std::string_view why) noexcept {
  return {chip, what, "", component::other, title, device, inside, accuracy, false, false, 0, "", why};
}

inline constexpr std::string_view gpu_polled =
    "the driver extends a 32-bit count when it is read, so it must be read at least every 2 minutes";

/// First come, first matched. Sources: Linux, Documentation/hwmon (amd_energy, fam15h_power, ina3221,
/// acpi_power_meter, corsair-psu, occ) and Documentation/gpu/amdgpu, 2024; zenpower's README; NVIDIA, Jetson
/// Linux Developer Guide r35 and Grace Performance Tuning Guide, 2024.
inline constexpr rule rules[] = {
    // CPUs. Beside its sockets amd_energy shows every core: part of them, and a file each.
    cpu_counter("amd_energy", "package-{n} (amd_energy)"),
    cpu_counter("zenergy", "package-{n} (zenergy)"),
    cpu_power("zenpower", attribute::input, "*SVI2_P_Core", "package-{n} (zenpower)", width::telemetry, true),
    cpu_power("zenpower", attribute::input, "*SVI2_P_SoC", "package-{n} (zenpower)", width::telemetry, true),
    cpu_power("fam15h_power", attribute::input, "", "package-{n} (fam15h_power)", width::firmware, false, 1),
    // Altra's energy files are of single cores.
    cpu_power("altra_hwmon", attribute::power, "cpu power*", "package-{n} (altra)", width::firmware, true),
    cpu_power("altra_hwmon", attribute::power, "io power*", "package-{n} (altra)", width::firmware, true),
    // Cards.
    card("amdgpu", attribute::power, "gpu {pci} (hwmon)", "{pci}"),
    card("i915", attribute::energy, "gpu {pci} (hwmon)", "{pci}", "", gpu_polled),
    card("i915_gt#", attribute::energy, "gpu {pci} gt{n} (hwmon)", "{pci}/gt{n}", "{pci}", gpu_polled),
    card("xe", attribute::energy, "gpu {pci} (hwmon)", "{pci}", "", gpu_polled),
    card("xe", attribute::energy, "gpu {pci} package (hwmon)", "{pci}/package", "{pci}", gpu_polled, 2),
    // ACPI power meters: NVIDIA's are told apart by oem_info, any other is the node's input. "Total" is what
    // other firmware calls the envelope of the CPU side, which has the memory in it; the rails are about
    // half.
    grace("*module*socket #*", component::platform, "module-{n}", "socket{n}/module", "", true),
    grace("*grace*socket #*", component::cpu, "grace-{n}", "socket{n}/grace", "socket{n}/module", true),
    grace("*total*socket #*", component::cpu, "grace-{n}", "socket{n}/grace", "socket{n}/module", true),
    grace("*sys*io*socket #*", component::other, "sysio-{n}", "socket{n}/sysio", "socket{n}/grace"),
    grace("*soc rail*socket #*", component::other, "soc-rail-{n}", "socket{n}/soc-rail", "socket{n}/grace"),
    grace("*dram*socket #*", component::memory, "dram-{n} (ACPI)", "socket{n}/dram", "socket{n}/grace"),
    grace("*cpu*socket #*", component::cpu, "cpu-rail-{n}", "socket{n}/cpu-rail", "socket{n}/grace"),
    node("power_meter", "", "node (ACPI)", width::node, false, 1),
    // Jetson: modules with a total (Orin Nano and NX, Xavier NX, TX2; POM_5V_IN: Nano), modules without (AGX
    // Orin, AGX Xavier: VDDRQ is the memory's), and the input of Thor's carrier. VIN_SYS_5V0 is no total: it
    // feeds memory and input/output.
    rail("VDD_IN", component::platform, whole_node),
    rail("POM_5V_IN", component::platform, whole_node),
    rail("VDD_GPU*", component::gpu),
    rail("VDD_CPU_GPU*", component::other),
    rail("VDD_CPU*", component::cpu),
    rail("VDD_SOC", component::other),
    rail("VIN_SYS_5V0", component::other),
    rail("VDDQ_VDD2_1V8AO", component::memory, "jetson/{label}", "jetson/VIN_SYS_5V0"),
    rail("GPU", component::gpu),
    rail("CPU", component::cpu),
    rail("VDDRQ", component::memory),
    rail("SOC", component::other),
    rail("CV", component::other),
    rail("SYS5V", component::other),
    {.chip = "ina3221", .what = attribute::rail, .label = "sum of shunt voltages"},
    {.chip = "ina3221", .what = attribute::rail, .label = "NC"},  // not connected
    shown("ina3221", attribute::rail, "{label} (ina3221)", "ina3221/{label}", "", width::shunt,
          "a rail that kaya does not know; others may contain it"),
    node("ina238", "", "node (VIN)", width::shunt, false, 1),
    node("ina2xx", "", "node (VIN)", width::shunt, false, 1),
    // Whole machines. Apple's driver is spelled with both signs.
    node("macsmc*hwmon", "total system power", "node (SMC)", width::firmware),
    shown("macsmc*hwmon", attribute::power, "{label} (SMC)", "smc/{label}", whole_node, width::firmware,
          "overlaps Total System Power"),
    node("corsairpsu", "power total", "node (PSU)", width::supply, true),
    shown("corsairpsu", attribute::power, "{label} (PSU-{n})", "psu{n}/{label}", whole_node, width::supply,
          "part of the power supply's total"),
    node("occ", "*system*", "node (OCC)", width::firmware),
    node("ibmpowernv", "*system*", "node (OCC)", width::firmware),
    cpu_power("occ", attribute::power, "*processor*#*", "package-{n} (OCC)", width::firmware),
    cpu_power("occ", attribute::power, "*processor*", "package-{n} (OCC)", width::firmware),
    cpu_power("ibmpowernv", attribute::power, "*processor*#*", "package-{n} (OCC)", width::firmware),
    cpu_power("ibmpowernv", attribute::power, "*processor*", "package-{n} (OCC)", width::firmware),
};

/// Whether a text is of a pattern, in which * is anything and # a number: the last number matched, or 0.
/// Upper and lower case are the same.
constexpr std::optional<unsigned> match(std::string_view pattern, std::string_view text,
                                        unsigned number = 0) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (pattern.empty()) return text.empty() ? std::optional(number) : std::nullopt;
  if (pattern[0] == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
      if (const auto found = match(pattern.substr(1), text.substr(skip), number)) return found;
    return std::nullopt;
  }
  if (pattern[0] == '#') {
    std::size_t end = 0;
    for (number = 0; end < text.size() && end < 9 && digit(text[end]); ++end)
      number = number * 10 + static_cast<unsigned>(text[end] - '0');
    return end > 0 ? match(pattern.substr(1), text.substr(end), number) : std::nullopt;
  }
  if (text.empty() || lower(pattern[0]) != lower(text[0])) return std::nullopt;
  return match(pattern.substr(1), text.substr(1), number);
}

/// Replaces {n}, {pci} and {label} in a row's text.
inline std::string fill(std::string_view text, unsigned n, std::string_view pci, std::string_view label) {
  std::string result;
  while (!text.empty()) {
    const std::size_t open = text.find('{'), close = text.find('}', open);
    result += text.substr(0, open);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name == "n") result += std::to_string(n);
    else result += name == "pci" ? pci : label;
    text.remove_prefix(close + 1);
  }
  return result;
}

/// Watts from what a chip answered, in millionths; nullopt for what cannot be true: all bits of a broken
/// firmware's word set (in microwatts, or in milliwatts times 1000: 4294967295000, seen with ACPI meters),
/// more than any node or device draws, and nothing at all where the machine that asks is what is metered.
constexpr std::optional<double> plausible_watts(std::uint64_t microwatts, component part) noexcept {
  const double watts = static_cast<double>(microwatts) * 1e-6;
  const bool never_zero = part == component::platform || part == component::cpu;
  if (microwatts == UINT32_MAX || (never_zero && microwatts == 0)) return std::nullopt;
  return watts <= (part == component::platform ? 100'000 : 10'000) ? std::optional(watts) : std::nullopt;
}

/// The current of a rail in milliamperes. A rail that is off is measured as some steps above or below zero:
/// an INA3221 may be 80 uV off (TI SBOS576, 2016), 80 mA with a shunt of 1 milliohm.
/// What is further below is nothing that a rail of the list can do: none of them feeds back.
constexpr std::optional<std::uint64_t> rail_current(std::int64_t milliamperes) noexcept {
  constexpr std::int64_t noise = 100;
  if (milliamperes < -noise) return std::nullopt;
  return milliamperes > 0 ? static_cast<std::uint64_t>(milliamperes) : 0;
}

/// Whether two counters that were read together several times are one: always the same count, and moving. It
/// happens with amd_energy where a socket has several NUMA nodes (amd_energy issue 5).
constexpr bool same_counter(std::span<const std::uint64_t> one,
                            std::span<const std::uint64_t> other) noexcept {
  if (one.size() < 3 || one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i)
    if (one[i] != other[i] || (i > 0 && one[i] == one[i - 1])) return false;
  return true;
}

/// What tells a processor with graphics (APU), whose power contains its CPU, from a card.
struct amd_card {
  bool northbridge_voltage = false;     // in1 "vddnb": the driver shows it for APUs only
  bool fan = false;                     // it shows none for APUs
  bool memory_clock = false;            // freq2: nor that
  bool mi300a = false;                  // PCI device 0x74a0, an APU that shows none of these
  bool amd_cpu = false;                 // of this machine
  std::optional<std::uint64_t> vram{};  // bytes
};

/// Source: Linux, drivers/gpu/drm/amd/pm/amdgpu_pm.c (2024). Where the files do not tell: beside an AMD CPU,
/// not more than 4 GiB, the usual share of memory that firmware sets aside, is an APU. Taken for one wrongly,
/// a card's energy is missed; the other way round the CPU's is counted twice.
constexpr bool contains_cpu(const amd_card& c) noexcept {
  if (c.mi300a || c.northbridge_voltage) return true;
  if (c.fan || c.memory_clock || !c.amd_cpu) return false;
  return !c.vram || *c.vram <= std::uint64_t{4} << 30;
}

}  // namespace meter::hwmon
}  // namespace v1
}  // namespace kaya
