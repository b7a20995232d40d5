// SPDX-License-Identifier: MIT
// Facts about the machine and this process's place on it, read once. What could not be found out is empty,
// never 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/launcher.hpp>
#include <kaya/meter/load/cgroup.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Calls f(key, value) for each line "key : value".
template <class F>
void each_line(std::string_view text, F&& f) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) f(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
}

template <class T>
void add_once(std::vector<T>& all, const T& one) {
  for (const T& known : all)
    if (known == one) return;
  all.push_back(one);
}

inline std::optional<int> size_or_none(std::size_t n) {
  return n > 0 ? std::optional(static_cast<int>(n)) : std::nullopt;
}

inline std::optional<std::string> text_or_none(std::string_view text) {
  text = trimmed(text);
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

inline bool contains_word(std::string_view text, std::string_view word) noexcept {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

}  // namespace detail

namespace meter {

/// A graphics or compute card.
struct gpu_device {
  std::string vendor{};   // "NVIDIA", "AMD", "Intel"
  std::string address{};  // on PCI: "0000:3b:00.0"
};

/// The machine, as this process sees it: in a virtual machine that is the guest's part.
struct host {
  std::optional<std::string> name{}, boot_id{}, os{};
  std::optional<std::string> cpu_model{}, cpu_vendor{};
  std::optional<std::string> system_vendor{},
      system_product{};  // of the board's firmware: clouds name themselves here
  std::optional<int> sockets{}, cores{}, logical_cpus{};  // online
  std::optional<int> allowed_cpus{};                      // that this process may run on
  std::optional<std::uint64_t> memory_bytes{};            // usable: a little less than what is installed
  std::optional<bool> virtual_machine{};
  bool wsl = false;  // Windows Subsystem for Linux
  cgroup_limits limits{};
  std::vector<gpu_device> gpus{};
  std::optional<int> rank{}, local_rank{};        // of a parallel run, as launcher.hpp has it
  std::optional<int> world_size{}, local_size{};  // ranks in all, and on this node
};

/// What /proc/cpuinfo says.
struct cpu_facts {
  std::optional<std::string> model{}, vendor{};
  std::optional<int> sockets{}, cores{}, threads{};
  std::optional<bool> hypervisor{};  // x86 only
};

/// ARM says two numbers in place of a name. Source: Arm's MIDR tables, as in util-linux, lscpu-arm.c (2024).
constexpr std::string_view arm_cpu(std::string_view implementer, std::string_view part) noexcept {
  constexpr std::string_view known[][3] = {
      {"0x41", "0xd08", "ARM Cortex-A72"},
      {"0x41", "0xd0c", "ARM Neoverse N1"},
      {"0x41", "0xd40", "ARM Neoverse V1"},
      {"0x41", "0xd49", "ARM Neoverse N2"},
      {"0x41", "0xd4f", "ARM Neoverse V2"},
      {"0x41", "0xd83", "ARM Neoverse V3AE"},
      {"0x41", "0xd84", "ARM Neoverse V3"},
      {"0x41", "0xd8e", "ARM Neoverse N3"},
      {"0x43", "0x0af", "Cavium ThunderX2"},
      {"0x46", "0x001", "Fujitsu A64FX"},
      {"0x48", "0xd01", "HiSilicon Kunpeng 920"},
      {"0x4e", "0x004", "NVIDIA Carmel"},
      {"0xc0", "0xac3", "Ampere-1"},
      {"0xc0", "0xac4", "Ampere-1a"},
  };
  for (const auto& row : known)
    if (row[0] == implementer && row[1] == part) return row[2];
  return {};
}

/// The CPUs of a list as the kernel writes it, "0-3,8"; empty if it is not such a list.
inline std::vector<int> parse_cpu_list(std::string_view list) {
  std::vector<int> cpus;
  for (list = detail::trimmed(list); !list.empty();) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(item.size() == list.size() ? item.size() : item.size() + 1);
    const std::size_t dash = item.find('-');
    const auto first = detail::parse_number<int>(item.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : detail::parse_number<int>(item.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= (1 << 20)) return {};
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}
inline std::optional<int> count_cpu_list(std::string_view list) {
  return detail::size_or_none(parse_cpu_list(list).size());
}

inline cpu_facts parse_cpuinfo(std::string_view text) {
  cpu_facts result;
  std::string_view implementer, part, package = "0";
  std::vector<std::string_view> packages;
  std::vector<std::pair<std::string_view, std::string_view>> cores;
  std::size_t threads = 0;
  detail::each_line(text, [&](std::string_view key, std::string_view value) {
    if (key == "processor" && detail::parse_number<int>(value)) {
      ++threads;
      package = "0";
    } else if (key == "physical id") {
      package = value;
      detail::add_once(packages, package);
    } else if (key == "core id") {
      detail::add_once(cores, {package, value});
    } else if (key == "model name" || key == "cpu") {  // "cpu" on POWER
      if (!result.model) result.model = detail::text_or_none(value);
    } else if (key == "vendor_id") {
      if (!result.vendor) result.vendor = detail::text_or_none(value);
    } else if (key == "CPU implementer") {
      if (implementer.empty()) implementer = value;
    } else if (key == "CPU part") {
      if (part.empty()) part = value;
    } else if (key == "flags" && !result.hypervisor) {
      result.hypervisor = detail::contains_word(value, "hypervisor");
    }
  });
  if (const std::string_view name = arm_cpu(implementer, part); !result.model && !name.empty())
    result.model = name;
  if (!result.vendor && !implementer.empty()) result.vendor = "ARM implementer " + std::string(implementer);
  result.threads = detail::size_or_none(threads);
  result.sockets = detail::size_or_none(packages.size());
  result.cores = detail::size_or_none(cores.size());
  return result;
}

/// MemTotal of /proc/meminfo, in bytes. "kB" there are 1024 bytes.
inline std::optional<std::uint64_t> parse_memory_total(std::string_view meminfo) {
  std::optional<std::uint64_t> result;
  detail::each_line(meminfo, [&](std::string_view key, std::string_view value) {
    if (key != "MemTotal" || !value.ends_with("kB")) return;
    const auto kib = detail::parse_number<std::uint64_t>(value.substr(0, value.size() - 2));
    if (kib && *kib > 0 && *kib <= (UINT64_MAX >> 10)) result = *kib << 10;
  });
  return result;
}

/// Whether the board's firmware is a hypervisor's, for processors that have no flag for it.
inline std::optional<bool> virtual_by_firmware(const std::optional<std::string>& vendor,
                                               const std::optional<std::string>& product) {
  if (!vendor && !product) return std::nullopt;
  const std::string board = detail::lower_case(vendor.value_or("") + ' ' + product.value_or(""));
  if (board.starts_with("amazon ec2")) return board.find("metal") == std::string::npos;
  for (const char* guest : {"qemu", "kvm", "vmware", "virtualbox", "virtual machine", "xen", "google compute",
                            "parallels", "openstack", "bhyve", "apple virtualization"})
    if (board.find(guest) != std::string::npos) return true;
  return false;
}

/// Cards of the three vendors that sell accelerators. Intel's integrated graphics (always at 00:02.0) are
/// left out: the package's energy contains them.
inline std::vector<gpu_device> find_gpus(const places& at) {
  std::vector<gpu_device> found;
  const auto add = [&](std::string_view vendor, std::string_view address) {
    std::size_t place = found.size();  // in the order of addresses
    for (std::size_t i = found.size(); i-- > 0;) {
      if (found[i].address == address) return;
      if (address < found[i].address) place = i;
    }
    found.insert(found.begin() + static_cast<std::ptrdiff_t>(place),
                 {std::string(vendor), std::string(address)});
  };
  std::vector<std::string> names;
  at.files->list((at.procfs + "/driver/nvidia/gpus").c_str(), names);
  for (const std::string& name : names) add("NVIDIA", detail::lower_case(name));
  for (const auto& [id, vendor] : {std::pair("0x10de", "NVIDIA"), {"0x1002", "AMD"}, {"0x8086", "Intel"}}) {
    std::vector<drm_card> cards;
    find_drm_cards(at, id, cards);
    for (const drm_card& c : cards)
      if (c.address != integrated_address) add(vendor, c.address);
  }
  return found;
}

inline host read_host(const places& at) {
  const auto read = [&](const std::string& path) { return detail::read_text(*at.files, path).text; };
  const auto fact = [&](const std::string& path) { return detail::text_or_none(read(path)); };
  host h;
  h.name = fact(at.procfs + "/sys/kernel/hostname");
  h.boot_id = fact(at.procfs + "/sys/kernel/random/boot_id");
  h.os = detail::text_or_none(read(at.procfs + "/sys/kernel/ostype") + ' ' +
                              read(at.procfs + "/sys/kernel/osrelease"));
  if (h.os) {
    for (std::size_t i; (i = h.os->find('\n')) != std::string::npos;) h.os->erase(i, 1);
    h.wsl = detail::lower_case(*h.os).find("microsoft") != std::string::npos;
  }
  h.system_vendor = fact(at.sysfs + "/devices/virtual/dmi/id/sys_vendor");
  h.system_product = fact(at.sysfs + "/devices/virtual/dmi/id/product_name");

  const cpu_facts cpu = parse_cpuinfo(detail::read_records(*at.files, at.procfs + "/cpuinfo").text);
  h.cpu_model = cpu.model;
  h.cpu_vendor = cpu.vendor;
  h.sockets = cpu.sockets;
  h.cores = cpu.cores;
  h.logical_cpus = count_cpu_list(read(at.sysfs + "/devices/system/cpu/online"));
  if (!h.logical_cpus) h.logical_cpus = cpu.threads;
  if (!h.sockets && cpu.threads) {  // ARM: only sysfs knows
    std::vector<std::string> packages;
    for (int i = 0; i < *cpu.threads; ++i)
      if (const auto id = fact(at.sysfs + "/devices/system/cpu/cpu" + std::to_string(i) +
                               "/topology/physical_package_id"))
        if (*id != "-1") detail::add_once(packages, *id);
    h.sockets = detail::size_or_none(packages.size());
  }
  h.virtual_machine = h.wsl && !cpu.hypervisor ? std::optional(true) : cpu.hypervisor;
  if (!h.virtual_machine) h.virtual_machine = virtual_by_firmware(h.system_vendor, h.system_product);
  detail::each_line(read(at.procfs + "/self/status"), [&](std::string_view key, std::string_view value) {
    if (key == "Cpus_allowed_list") h.allowed_cpus = count_cpu_list(value);
  });
  // The list names CPUs that may come online, too.
  if (h.allowed_cpus && h.logical_cpus && *h.allowed_cpus > *h.logical_cpus) h.allowed_cpus = h.logical_cpus;

  h.memory_bytes = parse_memory_total(read(at.procfs + "/meminfo"));
  h.limits = read_cgroup(at);
  h.gpus = find_gpus(at);
  const rank_place place = read_rank_place();
  h.rank = place.rank, h.local_rank = place.local_rank;
  h.world_size = place.world_size, h.local_size = place.local_size;
  return h;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
