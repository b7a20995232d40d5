// SPDX-License-Identifier: MIT
// Whole machines as fixtures. A machine has parts that draw power, and meters that each show some of them, by
// files of a fake tree, by the fake libraries of tests/fakes, or by the fake kernel. So the truth of every
// figure is known, and also which meters show the same part. The machines are those that issues and manuals
// of 2018 to 2025 describe (the numbers of zones, rails and cards), and some that nobody has described.
#pragma once

#include "fake_pmu.hpp"
#include "fake_tree.hpp"

#include <kaya/meter/machine.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kaya_test {

/// faulty_files on which the counter of a Cray's scans can be made to change at each reading.
class machine_files final : public faulty_files {
 public:
  descriptor open(const char* path) noexcept override {
    const descriptor d = faulty_files::open(path);
    if (std::string(path).ends_with("freshness")) freshness_ = d;
    return d;
  }
  long read(descriptor d, char* buffer, std::size_t size) noexcept override {
    if (!restless || d != freshness_) return faulty_files::read(d, buffer, size);
    return static_cast<long>(std::to_string(++scans_).copy(buffer, size));
  }
  std::atomic<bool> restless{false};

 private:
  descriptor freshness_ = -1;
  int scans_ = 100;
};

/// How a machine's tree is written, which must not matter.
struct variation {
  layout zones = layout::linked;
  bool reversed = false;              // directories are listed backwards
  int first_chip = 0, chip_step = 1;  // numbers of the hwmon directories
};

/// Trees of many files that are written again and again: in memory, where there is such a place.
struct trees_in_memory {
  trees_in_memory() {
    if (::access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  }
};

/// One at a time, for libraries and kernel exist once in a process.
class fake_machine : trees_in_memory {
 public:
  using parts = std::vector<std::string>;
  using show_function = std::function<void(double joules, double watts)>;

  explicit fake_machine(variation how = {}) : how_(how), next_chip_(how.first_chip) {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "ROCR_VISIBLE_DEVICES",
                             "HIP_VISIBLE_DEVICES", "ZES_ENABLE_SYSMAN"})
      unsetenv(name);
    setenv("KAYA_FAKE_NVML", (tree.root() + "/nvml").c_str(), 1);
    setenv("KAYA_FAKE_ROCM", (tree.root() + "/rocm").c_str(), 1);
    setenv("KAYA_FAKE_ZE", (tree.root() + "/ze").c_str(), 1);
    fake_kernel::fresh();
    static const kaya::meter::perf_calls calls = fake_kernel::calls();
    options.sysfs = tree.sysfs();
    options.procfs = tree.procfs();
    options.files = &files;
    options.perf = &calls;
    if (how.reversed) files.reverse_lists();
    nvidia["count"] = "0";
    tree.stat(1000, 5000);
    tree.meminfo(64u << 20);
  }
  fake_machine(const fake_machine&) = delete;
  fake_machine& operator=(const fake_machine&) = delete;
  ~fake_machine() {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
                             "KAYA_FAKE_NVML", "KAYA_FAKE_ROCM", "KAYA_FAKE_ZE"})
      unsetenv(name);
  }

  /// A part draws this on average; it swings by 30 % in 2 s, each part at another time.
  void part(const std::string& name, double watts) {
    parts_[name] = {watts, static_cast<double>(parts_.size())};
  }
  /// Something that shows the sum of parts. The device is the one that its channel should have.
  void meter(const std::string& mechanism, const std::string& device, parts of, show_function show) {
    for (const std::string& p : of)
      if (parts_.count(p) == 0) throw std::logic_error("no part " + p);
    meters_.push_back({mechanism, device, std::move(of), std::move(show)});
  }
  parts all() const {
    parts result;
    for (const auto& [name, ignored] : parts_) result.push_back(name);
    return result;
  }

  /// What parts have drawn since the machine was made, and draw now.
  double joules(const parts& of) const {
    double sum = 0;
    for (const std::string& name : of) {
      const load& l = parts_.at(name);
      sum += l.watts * (seconds_ - swing / turn * (std::cos(turn * seconds_ + l.phase) - std::cos(l.phase)));
    }
    return sum;
  }
  double watts(const parts& of) const {
    double sum = 0;
    for (const std::string& name : of) {
      const load& l = parts_.at(name);
      sum += l.watts * (1 + swing * std::sin(turn * seconds_ + l.phase));
    }
    return sum;
  }
  /// Moves time on; then all meters show what there is to show.
  void pass(std::int64_t ns) {
    seconds_ += static_cast<double>(ns) * 1e-9;
    show();
  }
  void show() {
    for (const shown& m : meters_)
      if (std::find(stopped.begin(), stopped.end(), m.device) == stopped.end())
        m.show(joules(m.of), watts(m.of));
    write_facts();
  }
  /// Which parts a channel shows by what the fixture knows; nullptr: it has no such meter.
  const parts* parts_of(const std::string& mechanism, const std::string& device) const {
    for (const shown& m : meters_)
      if (m.mechanism == mechanism && m.device == device) return &m.of;
    return nullptr;
  }
  int next_chip() { return std::exchange(next_chip_, next_chip_ + how_.chip_step); }
  layout zones() const { return how_.zones; }
  void set(const char* variable, const std::string& value) const { setenv(variable, value.c_str(), 1); }

  fake_tree tree;
  machine_files files;
  kaya::meter::machine_options options;
  std::map<std::string, std::string> nvidia, rocm, intel;  // facts of the fake libraries
  std::vector<std::string> stopped;                        // devices whose meters stand still

 private:
  static constexpr double swing = 0.3, turn = 3.14159265358979323846;  // radians a second
  struct load {
    double watts, phase;
  };
  struct shown {
    std::string mechanism, device;
    parts of;
    show_function show;
  };
  void write_facts() const {
    for (const auto& [name, facts] :
         {std::pair("nvml", &nvidia), std::pair("rocm", &rocm), std::pair("ze", &intel)}) {
      std::ofstream file(tree.root() + "/" + name);
      for (const auto& [key, value] : *facts) file << key << ' ' << value << '\n';
    }
  }

  variation how_;
  int next_chip_;
  double seconds_ = 0;
  std::map<std::string, load> parts_;
  std::vector<shown> meters_;
};

using parts = fake_machine::parts;

// --- single meters

inline std::uint64_t whole(double value) { return static_cast<std::uint64_t>(value + 0.5); }
inline void put(const std::string& full_path, const std::string& text) {
  std::ofstream(full_path, std::ios::binary) << text;
}
inline std::string numbered(const std::string& name, int n) { return name + std::to_string(n); }

inline void cpus(fake_machine& m, const std::string& vendor, int sockets,
                 const std::string& flags = "fpu msr", int model = 85) {
  std::string text;
  for (int i = 0; i < 4 * sockets; ++i)
    text += "processor\t: " + std::to_string(i) + "\nvendor_id\t: " + vendor +
            "\ncpu family\t: 6\nmodel\t\t: " + std::to_string(model) +
            "\nmodel name\t: Fake CPU\nphysical id\t: " + std::to_string(i / 4) +
            "\ncore id\t\t: " + std::to_string(i % 4) + "\nflags\t\t: " + flags + "\n\n";
  m.tree.write("procfs/cpuinfo", text);
}
inline void arm_cpus(fake_machine& m, const std::string& implementer, const std::string& part, int sockets) {
  std::string text;
  for (int i = 0; i < 4 * sockets; ++i) {
    text += "processor\t: " + std::to_string(i) + "\nCPU implementer\t: " + implementer +
            "\nCPU part\t: " + part + "\n\n";
    m.tree.write("sysfs/devices/system/cpu/cpu" + std::to_string(i) + "/topology/physical_package_id",
                 std::to_string(i / 4) + "\n");
  }
  m.tree.write("procfs/cpuinfo", text);
}

/// A socket's parts: its cores, what else is in its package, and its memory.
inline void socket(fake_machine& m, int n, double cores = 60, double rest = 15, double dram = 9) {
  m.part(numbered("cores", n), cores);
  m.part(numbered("uncore", n), rest);
  m.part(numbered("dram", n), dram);
}
inline parts package(int n) { return {numbered("cores", n), numbered("uncore", n)}; }

inline void zone(fake_machine& m, const std::string& entry, const std::string& name,
                 const std::string& device, parts of, std::uint64_t range = intel_range,
                 std::uint64_t initial = 1'000'000'000, std::uint64_t grain = 1,
                 std::vector<std::pair<int, std::uint64_t>> limits = {}) {
  const std::string path = m.tree.add({entry, name, initial, range, std::move(limits)}, m.zones());
  m.meter("powercap", device, std::move(of), [=](double joules, double) {
    put(path + "/energy_uj",
        std::to_string((initial + whole(joules * 1e6)) % (range + 1) / grain * grain) + "\n");
  });
}
inline std::string zone_of(int n, const char* part) { return "socket" + std::to_string(n) + "/" + part; }
inline void package_zone(fake_machine& m, const std::string& entry, int n, std::uint64_t range = intel_range,
                         std::uint64_t initial = 1'000'000'000) {
  zone(m, entry, numbered("package-", n), zone_of(n, "package"), package(n), range, initial);
}
inline void dram_zone(fake_machine& m, const std::string& entry, int n, std::uint64_t range = intel_range) {
  zone(m, entry, "dram", zone_of(n, "dram"), {numbered("dram", n)}, range, 2'469'474'853, 1,
       {{0, 3'408'250'000'000'000}});
}

/// The PMU of a machine with so many sockets.
inline void pmu(fake_machine& m, int sockets, bool dram = true) {
  std::vector<pmu_cpu> all;
  for (int n = 0; n < sockets; ++n) all.push_back({4 * n, n, 0});
  std::vector<std::pair<std::string, int>> events{{"energy-pkg", 2}};
  if (dram) events.push_back({"energy-ram", 3});
  add_pmu(m.tree, all, events);
  for (int n = 0; n < sockets; ++n)
    for (const int event : {2, 3}) {
      if (event == 3 && !dram) continue;
      m.meter("perf_event", zone_of(n, event == 2 ? "package" : "dram"),
              event == 2 ? package(n) : parts{numbered("dram", n)}, [=](double joules, double) {
                fake_kernel::here().counts[{4 * n, static_cast<std::uint64_t>(event)}] = pmu_counts(joules);
              });
    }
}

/// A chip of hwmon; gives its directory below the root.
inline std::string chip(fake_machine& m, const std::string& name, const std::string& address = {}) {
  const std::string path = "sysfs/class/hwmon/hwmon" + std::to_string(m.next_chip());
  m.tree.write(path + "/name", name + "\n");
  if (!address.empty())
    m.tree.write(path + "/device/uevent", "DRIVER=" + name + "\nPCI_SLOT_NAME=" + address + "\n");
  return path;
}
/// A file of it, in microwatts, or in microjoules if it is one of energy.
inline void sensor(fake_machine& m, const std::string& path, const std::string& file,
                   const std::string& label, const std::string& device, parts of) {
  const std::string full = m.tree.root() + "/" + path + "/" + file;
  const std::string stem = path + "/" + file.substr(0, file.find('_'));
  m.tree.write(path + "/" + file, "1\n");
  if (!label.empty()) m.tree.write(stem + "_label", label + "\n");
  const bool energy = file.starts_with("energy");
  m.meter("hwmon", device, std::move(of), [=](double joules, double watts) {
    put(full, std::to_string(energy ? 5'000'000 + whole(joules * 1e6) : whole(watts * 1e6)) + "\n");
  });
}
/// An ACPI meter, which has its files one level further down.
inline void acpi(fake_machine& m, const std::string& oem_info, const std::string& device, parts of) {
  const std::string path = chip(m, "power_meter") + "/device";
  if (!oem_info.empty()) m.tree.write(path + "/power1_oem_info", oem_info + "\n");
  sensor(m, path, "power1_average", "", device, std::move(of));
}
/// A rail of a chip of those that show volts and amperes.
inline void rail(fake_machine& m, const std::string& path, int k, const std::string& label,
                 const std::string& device, parts of, int millivolts = 5040) {
  const std::string n = std::to_string(k);
  m.tree.write(path + "/in" + n + "_label", label + "\n");
  m.tree.write(path + "/in" + n + "_enable", "1\n");
  m.tree.write(path + "/in" + n + "_input", std::to_string(millivolts) + "\n");
  m.tree.write(path + "/curr" + n + "_crit", "7784\n");
  const std::string full = m.tree.root() + "/" + path + "/curr" + n + "_input";
  m.tree.write(path + "/curr" + n + "_input", "1\n");
  m.meter("hwmon", device, std::move(of),
          [=](double, double watts) { put(full, std::to_string(whole(watts * 1e6 / millivolts)) + "\n"); });
}

struct nvidia_gpu {
  std::string name = "NVIDIA H100 80GB HBM3";
  bool counter = true, power = true;
  double watts = 300;
};
/// The next GPU by NVML; gives its address. Its part is "gpu" and its number.
inline std::string nvidia(fake_machine& m, const nvidia_gpu& what = {}) {
  const int i = std::atoi(m.nvidia["count"].c_str());
  const std::string gpu = std::to_string(i) + ".", bus = std::string(1, "3456789abcde"[i]) + "b:00.0";
  const std::string address = "0000:" + bus, name = numbered("gpu", i);
  m.part(name, what.watts);
  m.nvidia["count"] = std::to_string(i + 1);
  m.nvidia[gpu + "name"] = what.name;
  m.nvidia[gpu + "uuid"] = "GPU-0000000" + std::to_string(i) + "-d72c-4106-c12f-20bd9faed9f6";
  m.nvidia[gpu + "busid"] = "00000000:" + std::string(1, "3456789ABCDE"[i]) + "B:00.0";
  m.nvidia[gpu + "limit_mw"] = "700000";
  m.tree.directory("procfs/driver/nvidia/gpus/" + address);
  m.meter("nvml", address, {name}, [&m, gpu, what](double joules, double watts) {
    if (what.counter) m.nvidia[gpu + "energy_mj"] = std::to_string(7'000'000 + whole(joules * 1e3));
    if (what.counter && what.power) m.nvidia[gpu + "instant_mw"] = std::to_string(whole(watts * 1e3));
    if (what.power) m.nvidia[gpu + "power_mw"] = std::to_string(whole(watts * 1e3));
  });
  return address;
}

struct amd_gpu {
  std::string model = "0x738c";  // MI100
  int revision = 3;              // of gpu_metrics, format 1; -1: none
  bool apu = false, chip = true;
  std::string numa_node{}, serial{};
};
/// The bytes of gpu_metrics. Offsets: Linux, kgd_pp_interface.h.
inline std::string metrics_bytes(int revision, std::uint64_t energy, std::uint64_t watts) {
  const std::size_t size = revision == 0 ? 80 : revision == 3 ? 120 : 288;
  std::string bytes(size, '\xff');
  const auto set = [&](std::size_t at, std::uint64_t value, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) bytes[at + i] = static_cast<char>(value >> 8 * i);
  };
  set(0, size, 2), set(2, 1, 1), set(3, static_cast<std::uint64_t>(revision), 1);
  set(revision == 0 ? 34 : revision == 3 ? 22 : 10, watts, 2);
  set(revision == 0 ? 36 : 24, energy, revision == 0 ? 4 : 8);
  return bytes;
}
/// An AMD card at card<n> and bus 0x10 + n, that shows some parts; gives its address.
inline std::string amd(fake_machine& m, int n, const parts& of, const amd_gpu& what = {}) {
  const std::string address = "0000:" + std::to_string(10 + n) + ":00.0", number = std::to_string(n);
  const std::string device = "sysfs/devices/pci/amd" + number;
  m.tree.write(device + "/vendor", "0x1002\n");
  m.tree.write(device + "/device", what.model + "\n");
  m.tree.write(device + "/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=" + address + "\n");
  m.tree.write(device + "/unique_id", "a00000000000b" + number + "\n");
  if (!what.serial.empty()) m.tree.write(device + "/serial_number", what.serial + "\n");
  if (!what.numa_node.empty()) m.tree.write(device + "/numa_node", what.numa_node + "\n");
  m.tree.link("sysfs/class/drm/card" + number + "/device", "../../../devices/pci/amd" + number);
  if (what.chip) {
    const std::string entry = "hwmon" + std::to_string(m.next_chip()), path = device + "/hwmon/" + entry;
    m.tree.write(path + "/name", "amdgpu\n");
    if (what.apu) m.tree.write(path + "/in1_label", "vddnb\n"), m.tree.write(path + "/in1_input", "900\n");
    if (!what.apu) m.tree.write(path + "/fan1_input", "1500\n");
    m.tree.write(path + "/power1_cap", "560000000\n");
    m.tree.link("sysfs/class/hwmon/" + entry, "../../devices/pci/amd" + number + "/hwmon/" + entry);
    m.tree.link(path + "/device", "../..");
    sensor(m, path, "power1_average", "PPT", address, of);
  }
  if (what.revision >= 0) {
    const std::string full = m.tree.root() + "/" + device + "/gpu_metrics";
    m.tree.write(device + "/gpu_metrics", "");
    m.meter("amdgpu", address, of, [=](double joules, double watts) {
      const std::uint64_t energy = of.empty() ? 0 : 65'628 + whole(joules * 65536);
      put(full, metrics_bytes(what.revision, energy, whole(watts)));
    });
  }
  return address;
}
/// An Intel card of one of the two drivers.
inline std::string arc(fake_machine& m, int n, const std::string& driver, const std::string& address) {
  const std::string card = numbered("arc", n), memory = numbered("arcmem", n);
  m.part(card, 120), m.part(memory, 40);
  const std::string device = "sysfs/class/drm/card" + std::to_string(20 + n) + "/device/";
  m.tree.write(device + "vendor", "0x8086\n");
  m.tree.write(device + "uevent", "DRIVER=" + driver + "\nPCI_SLOT_NAME=" + address + "\n");
  if (driver == "xe") {
    const std::string path = chip(m, "xe", address);
    sensor(m, path, "energy1_input", "card", address, {card, memory});
    sensor(m, path, "energy2_input", "pkg", address + "/package", {card});
  } else if (driver == "i915") {
    sensor(m, chip(m, "i915", address), "energy1_input", "", address, {card, memory});
    sensor(m, chip(m, "i915_gt0", address), "energy1_input", "", address + "/gt0", {card});
  }
  return address;
}

/// A card that only the library of its maker shows.
inline std::string by_rocm_smi(fake_machine& m, int n) {
  const std::string address = amd(m, n, {}, {.model = "0x740f", .revision = -1, .chip = false});
  const std::string gpu = std::to_string(std::atoi(m.rocm["count"].c_str())) + ".",
                    name = numbered("rocm", n);
  m.part(name, 210);
  m.rocm[gpu + "bdf"] = std::to_string((0x10 + n) << 8);
  m.rocm[gpu + "model"] = "0x740f", m.rocm[gpu + "resolution"] = "15.2587890625";
  m.rocm[gpu + "average"] = m.rocm[gpu + "cap"] = "300000000";
  m.meter("rocm_smi", address, {name}, [&m, gpu](double joules, double) {
    m.rocm[gpu + "energy"] = std::to_string(1'000 + whole(joules * 65536));
  });
  m.rocm["count"] = std::to_string(std::atoi(gpu.c_str()) + 1);
  return address;
}
inline std::string by_level_zero(fake_machine& m, int n) {
  const std::string address = arc(m, n, "", "0000:" + std::to_string(40 + n) + ":00.0");
  const std::string gpu = std::to_string(std::atoi(m.intel["count"].c_str())) + ".";
  m.intel[gpu + "bdf"] = "0." + std::to_string(0x40 + n) + ".0.0";
  m.intel[gpu + "domains"] = "2", m.intel[gpu + "card"] = "0";
  m.intel[gpu + "0.domain"] = "1", m.intel[gpu + "1.domain"] = "2";
  m.meter("level_zero", address, {numbered("arc", n), numbered("arcmem", n)},
          [&m, gpu](double joules, double) {
            m.intel[gpu + "0.energy"] = std::to_string(1'000 + whole(joules * 1e6));
            m.intel[gpu + "1.energy"] = std::to_string(500 + whole(joules * 9e5));
          });
  m.intel["count"] = std::to_string(std::atoi(gpu.c_str()) + 1);
  return address;
}

/// The counters of a Cray node: its sockets, and so many accelerators, each with its parts.
inline void cray_counters(fake_machine& m, int sockets,
                          const std::vector<std::pair<std::string, parts>>& accelerators) {
  const std::string folder = "sysfs/cray/pm_counters/", full = m.tree.root() + "/" + folder;
  m.part("nic", 50);
  m.tree.write(folder + "freshness", "42\n");
  m.tree.write(folder + "startup", "1699000000000000\n");
  m.tree.write(folder + "raw_scan_hz", "10\n");
  m.tree.write(folder + "power", "1500 W 1700000000123456 us\n");
  const auto add = [&](const std::string& file, const std::string& device, parts of) {
    m.meter("cray", device, std::move(of), [=](double joules, double) {
      put(full + file,
          std::to_string(1000 + static_cast<std::uint64_t>(joules)) + " J 1700000000123456 us\n");
    });
  };
  parts cpu, memory, node{"nic"};
  for (int n = 0; n < sockets; ++n) {
    for (const std::string& p : package(n)) cpu.push_back(p);
    memory.push_back(numbered("dram", n));
  }
  for (const parts& some : {cpu, memory}) node.insert(node.end(), some.begin(), some.end());
  for (std::size_t i = 0; i < accelerators.size(); ++i) {
    const auto& [device, of] = accelerators[i];
    add("accel" + std::to_string(i) + "_energy", device, of);
    node.insert(node.end(), of.begin(), of.end());
  }
  add("cpu_energy", "cpus", cpu);
  add("memory_energy", "memories", memory);
  add("energy", "node", node);
}

/// A battery that feeds all parts, while it does.
inline void battery_pack(fake_machine& m, const std::string& name = "BAT0",
                         const std::string& status = "Discharging", double share = 1) {
  const std::string path = "sysfs/class/power_supply/" + name;
  m.tree.write(path + "/type", "Battery\n");
  m.tree.write(path + "/status", status + "\n");
  m.tree.write(path + "/energy_full_design", "57000000\n");
  const std::string full = m.tree.root() + "/" + path + "/power_now";
  m.meter("battery", "node", m.all(),
          [=](double, double watts) { put(full, std::to_string(whole(watts * share * 1e6)) + "\n"); });
}

// --- whole machines

/// i7-4770S: one package with all domains.
inline void haswell_desktop(fake_machine& m) {
  cpus(m, "GenuineIntel", 1, "fpu msr", 60);
  m.part("cores0", 40), m.part("uncore0", 5), m.part("agent0", 8), m.part("dram0", 4);
  constexpr std::uint64_t range = 262'143'999'938;
  zone(m, "intel-rapl:0", "package-0", "socket0/package", {"cores0", "uncore0", "agent0"}, range);
  zone(m, "intel-rapl:0:0", "core", "socket0/core", {"cores0"}, range);
  zone(m, "intel-rapl:0:1", "uncore", "socket0/uncore", {"uncore0"}, range);
  dram_zone(m, "intel-rapl:0:2", 0, range);
}
/// T480s and the like: psys, and the same counters once more by another way, with other numbers.
inline void thinkpad(fake_machine& m) {
  cpus(m, "GenuineIntel", 1, "fpu msr", 142);
  m.part("cores0", 9), m.part("uncore0", 3), m.part("dram0", 1.5), m.part("screen", 6);
  package_zone(m, "intel-rapl:0", 0);
  zone(m, "intel-rapl:0:0", "core", "socket0/core", {"cores0"});
  zone(m, "intel-rapl:0:1", "uncore", "socket0/uncore", {"uncore0"});
  dram_zone(m, "intel-rapl:0:2", 0);
  zone(m, "intel-rapl:1", "psys", "platform/psys", m.all());
  package_zone(m, "intel-rapl-mmio:0", 0);
  dram_zone(m, "intel-rapl-mmio:0:0", 0);
}
/// Two sockets of Sapphire Rapids, whose psys stands between the packages and counts in joules.
inline void sapphire_rapids(fake_machine& m) {
  cpus(m, "GenuineIntel", 2, "fpu msr", 143);
  socket(m, 0, 180, 60, 22), socket(m, 1, 150, 50, 19);
  m.part("fans", 90);
  package_zone(m, "intel-rapl:0", 0);
  dram_zone(m, "intel-rapl:0:0", 0, server_dram_range);
  zone(m, "intel-rapl:1", "psys", "platform/psys", m.all(), server_psys_range, 60'293'987'000'000, 1'000'000);
  package_zone(m, "intel-rapl:2", 1, intel_range, 262'142'000'000);  // wraps soon
  dram_zone(m, "intel-rapl:2:0", 1, server_dram_range);
}
/// Two sockets of Cascade Lake: packages and DRAM, nothing else.
inline void cascade_lake(fake_machine& m) {
  cpus(m, "GenuineIntel", 2);
  socket(m, 0), socket(m, 1, 70, 20, 11);
  for (const int n : {0, 1}) {
    package_zone(m, numbered("intel-rapl:", n), n);
    dram_zone(m, numbered("intel-rapl:", n) + ":0", n, server_dram_range);
  }
}
/// EPYC: no DRAM, and a core domain that shows one core.
inline void epyc(fake_machine& m, int sockets = 2) {
  cpus(m, "AuthenticAMD", sockets);
  for (int n = 0; n < sockets; ++n) {
    const std::string one = numbered("a core of ", n);
    socket(m, n, 120 + 10 * n, 50);
    m.part(one, 4);
    parts of = package(n);
    of.push_back(one);
    zone(m, numbered("intel-rapl:", n), numbered("package-", n), zone_of(n, "package"), of, amd_range,
         65'532'000'000);  // wraps soon
    zone(m, numbered("intel-rapl:", n) + ":0", "core", zone_of(n, "core"), {one}, amd_range);
  }
}
/// A laptop with an APU, whose graphics' sensor has the CPU in it.
inline void ryzen_laptop(fake_machine& m) {
  cpus(m, "AuthenticAMD", 1);
  socket(m, 0, 14, 6, 2);
  m.part("screen", 5);
  package_zone(m, "intel-rapl:0", 0, amd_range);
  amd(m, 0, package(0), {.model = "0x1681", .revision = -1, .apu = true});
}
/// Orin Nano and NX: a rail for the whole.
inline void orin_nx(fake_machine& m) {
  arm_cpus(m, "0x41", "0xd42", 1);
  m.tree.write("sysfs/firmware/devicetree/base/compatible", "nvidia,p3767");
  m.part("cpu+gpu", 2.5), m.part("soc", 1.2), m.part("board", 1);
  const std::string path = chip(m, "ina3221");
  rail(m, path, 1, "VDD_IN", "node", {"cpu+gpu", "soc", "board"}, 5040);
  rail(m, path, 2, "VDD_CPU_GPU_CV", "jetson/VDD_CPU_GPU_CV", {"cpu+gpu"}, 5000);
  rail(m, path, 3, "VDD_SOC", "jetson/VDD_SOC", {"soc"}, 5000);
  m.tree.write(path + "/in7_label", "sum of shunt voltages\n");
  m.tree.write(path + "/in7_input", "400\n");
}
/// AGX Orin: no rail for the whole, and one that is not connected.
inline void agx_orin(fake_machine& m) {
  arm_cpus(m, "0x41", "0xd42", 3);
  m.part("gpu", 12), m.part("cpu", 6), m.part("io", 4), m.part("dram", 1.5);
  const std::string a = chip(m, "ina3221"), b = chip(m, "ina3221");
  rail(m, a, 1, "VDD_GPU_SOC", "jetson/VDD_GPU_SOC", {"gpu"}, 19000);
  rail(m, a, 2, "VDD_CPU_CV", "jetson/VDD_CPU_CV", {"cpu"}, 19000);
  rail(m, a, 3, "VIN_SYS_5V0", "jetson/VIN_SYS_5V0", {"io", "dram"});
  rail(m, b, 1, "NC", "jetson/NC", {});
  rail(m, b, 2, "VDDQ_VDD2_1V8AO", "jetson/VDDQ_VDD2_1V8AO", {"dram"}, 1800);
  for (const std::string& path : {a, b}) {
    m.tree.write(path + "/in7_label", "sum of shunt voltages\n");
    m.tree.write(path + "/in7_input", "400\n");
  }
  m.files.fail_read(b + "/in1_input", EAGAIN);
  m.tree.write("sysfs/class/power_supply/ucsi-source-psy-1-00081/type", "USB\n");
}
/// Grace and Hopper by the meters of firmware; gpu: what the module has beside Grace.
inline void grace(fake_machine& m, int n, const parts& gpu, bool with_module = true, bool with_grace = true) {
  socket(m, n, 70, 20, 25);
  m.part(numbered("regulators", n), 15);
  const std::string socket = " Power Socket " + std::to_string(n), at = numbered("socket", n);
  parts cpu{numbered("cores", n), numbered("uncore", n), numbered("dram", n)}, module = gpu;
  module.insert(module.end(), cpu.begin(), cpu.end());
  module.push_back(numbered("regulators", n));
  if (with_module) acpi(m, "Module" + socket, at + "/module", module);
  if (!with_grace) return;
  acpi(m, "Grace" + socket, at + "/grace", cpu);
  acpi(m, "CPU" + socket, at + "/cpu-rail", {numbered("cores", n)});
  acpi(m, "SysIO" + socket, at + "/sysio", {numbered("uncore", n)});
}
inline void grace_hopper(fake_machine& m, int modules = 1, bool by_nvml = true, bool with_module = true,
                         bool with_grace = true) {
  arm_cpus(m, "0x41", "0xd4f", modules);
  for (int n = 0; n < modules; ++n) {
    nvidia(m, {.name = "NVIDIA GH200 480GB", .watts = 450});
    grace(m, n, {numbered("gpu", n)}, with_module, with_grace);
  }
  if (!by_nvml) m.nvidia["count"] = "0";
}
/// A Cray node with four NVIDIA GPUs, which both NVML and the node show.
inline void cray_nvidia(fake_machine& m) {
  cpus(m, "AuthenticAMD", 1);
  socket(m, 0, 150, 60, 40);
  std::vector<std::pair<std::string, parts>> all;
  for (int i = 0; i < 4; ++i) {
    const std::string address = nvidia(m, {.name = "NVIDIA A100-SXM4-40GB", .watts = 250});
    all.push_back({address, {numbered("gpu", i)}});
  }
  cray_counters(m, 1, all);
}
/// A Cray node with four MI250X, each two GPUs of which the first shows both.
inline void cray_mi250x(fake_machine& m) {
  cpus(m, "AuthenticAMD", 1);
  socket(m, 0, 150, 60, 40);
  std::vector<std::pair<std::string, parts>> all;
  for (int i = 0; i < 4; ++i) {
    m.part(numbered("module", i), 400);
    const amd_gpu half{.model = "0x7408", .serial = "7000" + std::to_string(i)};
    amd(m, 2 * i, {numbered("module", i)}, half);
    amd(m, 2 * i + 1, {}, half);
    all.push_back({numbered("accel", i), {numbered("module", i)}});
  }
  cray_counters(m, 1, all);
}
/// Two sockets and eight GPUs, with a meter of the node's input.
inline void gpu_server(fake_machine& m, int gpus = 8, bool node_meter = true) {
  cascade_lake(m);
  m.part("fans", 300);
  for (int i = 0; i < gpus; ++i) nvidia(m);
  if (node_meter) acpi(m, "", "node", m.all());
}
/// A pair of MI100, whose counters have 32 bits.
inline void mi100_pair(fake_machine& m) {
  epyc(m, 1);
  m.part("gpu0", 180), m.part("gpu1", 160);
  amd(m, 0, {"gpu0"}, {.revision = 0});
  amd(m, 1, {"gpu1"}, {.revision = 0});
}
/// An Ampere Altra with two sockets.
inline void altra(fake_machine& m) {
  arm_cpus(m, "0x41", "0xd0c", 2);
  for (const int n : {0, 1}) {
    socket(m, n, 100, 30);
    const std::string path = chip(m, "altra_hwmon");
    sensor(m, path, "power1_input", "CPU power", numbered("altra", n), {numbered("cores", n)});
    sensor(m, path, "power2_input", "IO power", numbered("altra io", n), {numbered("uncore", n)});
    m.meter("hwmon", zone_of(n, "package"), package(n), [](double, double) {});  // both, as one channel
    m.tree.write(path + "/energy1_label", "Core Energy 000\n");
    m.tree.write(path + "/energy1_input", "7\n");
  }
}
/// POWER9: the processors, and the system as a whole, by the chip of the first.
inline void power9(fake_machine& m) {
  m.tree.write("procfs/cpuinfo",
               "processor\t: 0\ncpu\t\t: POWER9, altivec supported\n\nprocessor\t: 1\ncpu\t\t: POWER9\n");
  socket(m, 0, 90, 30), socket(m, 1, 80, 30);
  m.part("fans", 100);
  const std::string a = chip(m, "occ"), b = chip(m, "occ");
  sensor(m, a, "power1_input", "System", "node", m.all());
  sensor(m, a, "power2_input", "Processor 0", "socket0/package", package(0));
  sensor(m, b, "power2_input", "Processor 1", "socket1/package", package(1));
}
/// A laptop of Apple's under Linux.
inline void apple(fake_machine& m, const std::string& name = "macsmc_hwmon") {
  arm_cpus(m, "0x61", "0x022", 1);
  m.part("soc", 12), m.part("screen", 6), m.part("rails", 3);
  const std::string path = chip(m, name);
  sensor(m, path, "power1_input", "Total System Power", "node", m.all());
  sensor(m, path, "power2_input", "AC Input Power", "smc/AC Input Power", m.all());
  sensor(m, path, "power3_input", "3.8 V Rail Power", "smc/3.8 V Rail Power", {"rails"});
}
/// Sockets by the chip of amd_energy.
inline void amd_energy(fake_machine& m, int sockets, bool of_epyc = true) {
  const std::string path = chip(m, "amd_energy");
  for (int n = 0; n < sockets; ++n) {
    const std::string k = std::to_string(n + 1);
    m.tree.write(path + "/energy" + k + "_label", "Ecore00" + k + "\n");
    m.tree.write(path + "/energy" + k + "_input", "5\n");
    parts of = package(n);
    if (of_epyc) of.push_back(numbered("a core of ", n));
    sensor(m, path, numbered("energy", sockets + n + 1) + "_input", numbered("Esocket", n),
           zone_of(n, "package"), of);
  }
}
/// A container of a server: powercap is hidden, the PMU forbidden, GPUs are there.
inline void container(fake_machine& m) {
  cpus(m, "GenuineIntel", 2);
  socket(m, 0), socket(m, 1);
  m.tree.directory("sysfs/devices/virtual/powercap");
  m.tree.link("sysfs/class/powercap/intel-rapl", "../../devices/virtual/powercap/intel-rapl");
  m.tree.link("sysfs/class/powercap/intel-rapl:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:0");
  pmu(m, 2);
  fake_kernel::here().refuses = EPERM;
  m.tree.write("procfs/sys/kernel/perf_event_paranoid", "-1\n");
  nvidia(m), nvidia(m);
}

}  // namespace kaya_test
