// SPDX-License-Identifier: MIT
// The RAPL zones of Linux's powercap tree: where they are, what their names say, what they are rated for.
// Identity comes from the `name` files only; the numbers in the paths follow the order of registration, which
// differs between kernels.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/meter/rapl.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::powercap {

using rapl::domain;

/// The ways to one and the same hardware counter, best first.
inline constexpr std::string_view control_types[] = {"intel-rapl", "intel-rapl-tpmi", "intel-rapl-mmio"};

struct zone {
  std::string entry{};            // "intel-rapl:0:2"
  std::string path{};             // its directory
  std::size_t control = 0;        // index into control_types
  std::vector<unsigned> index{};  // 0, 2
  std::optional<missing> why{};   // why its name is not known; the rest then is not known either
  std::string text{};             // its name, as it stands in the file
  std::optional<domain> what{};   // empty: a name that kaya does not know
  int package = -1, die = -1;     // -1: none
  std::uint64_t range = 0;        // microjoules, 0: unknown
  double rated_watts = 0;         // 0: unknown

  rapl::place place(domain part) const noexcept { return {part, package, die}; }
  /// "package-0", "core-0-die-1", "psys"; unique but for twins and several psys.
  std::string title() const {
    if (*what != domain::psys && package < 0) return std::string(to_string(*what)) + " (" + entry + ")";
    return place(*what).title();
  }
  std::string device(domain part) const {
    if (part != domain::psys && package < 0) return entry + "/" + std::string(to_string(part));
    return place(part).device();
  }
  std::string device() const { return device(*what); }
};

/// All that one look at the tree gives.
struct tree {
  std::string root{};                  // the directory that was listed
  int error = 0;                       // errno of listing it
  bool masked = false;                 // a container hides it, or a part of it
  std::vector<zone> zones{};           // in natural order: intel-rapl:10 after intel-rapl:9
  std::vector<std::string> ignored{};  // entries that are no RAPL control type
};

/// The control type and the numbers of an entry like "intel-rapl-mmio:0:2"; for a control type itself no
/// numbers.
inline std::optional<zone> parse_entry(std::string_view entry) {
  zone result;
  result.entry = entry;
  const std::string_view control = entry.substr(0, entry.find(':'));
  while (result.control < std::size(control_types) && control_types[result.control] != control)
    ++result.control;
  if (result.control == std::size(control_types)) return std::nullopt;
  for (entry.remove_prefix(control.size()); !entry.empty();) {
    entry.remove_prefix(1);
    const std::string_view digits = entry.substr(0, entry.find(':'));
    const auto number = detail::parse_number<unsigned>(digits);
    if (!number || digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
    result.index.push_back(*number);
    entry.remove_prefix(digits.size());
  }
  return result;
}

/// Sets what a zone's name says: "package-1-die-0", "dram".
inline void parse_name(zone& z, std::string_view name) {
  z.text = name = detail::trimmed(name);
  if (name == "core") z.what = domain::core;
  if (name == "uncore") z.what = domain::uncore;
  if (name == "dram") z.what = domain::dram;
  if (name == "psys") z.what = domain::psys;
  if (!name.starts_with("package-")) return;
  name.remove_prefix(8);
  const std::size_t at = name.find("-die-");
  const auto package = detail::parse_number<unsigned short>(name.substr(0, at));
  const auto die = at == name.npos ? std::nullopt : detail::parse_number<unsigned short>(name.substr(at + 5));
  if (!package || (at != name.npos && !die)) return;
  z.what = domain::package;
  z.package = *package;
  if (die) z.die = *die;
}

/// Collects zones from the flat view of /sys/class/powercap, from nested directories, or from both, each
/// once.
class scanner {
 public:
  explicit scanner(detail::file_system& files) : files_(files) {}

  tree scan(const std::string& root) {
    tree_ = {};
    tree_.root = root;
    std::vector<std::string> names, controls;
    tree_.error = -files_.list(root.c_str(), names);
    for (const std::string& name : names) {
      const auto entry = parse_entry(name);
      if (!entry) {
        if (name.find(':') == name.npos) tree_.ignored.push_back(name);
      } else if (entry->index.empty()) {
        controls.push_back(name);
      } else {
        add(root, *entry);
      }
    }
    for (const std::string& name : controls) {
      names.clear();
      // An empty directory, or a link that leads nowhere: a container hides what stands behind it.
      if (files_.list((root + "/" + name).c_str(), names) == -ENOENT || names.empty()) tree_.masked = true;
      descend(root + "/" + name, names, 1);
    }
    for (std::size_t i = 0; i < tree_.zones.size(); ++i) {  // grows while it runs
      names.clear();
      const std::string path = tree_.zones[i].path;
      const int error = files_.list(path.c_str(), names);
      if (tree_.zones[i].why && (error == -ENOENT || (error == 0 && names.empty()))) {
        tree_.zones[i].why = missing::masked;
        tree_.masked = true;
      }
      read_figures(tree_.zones[i], names);
      descend(path, names, tree_.zones[i].index.size() + 1);
    }
    inherit();
    sort();
    return static_cast<tree&&>(tree_);
  }

 private:
  /// Adds the zones among the names in a directory, if they are at the given depth; links back up are not.
  void descend(const std::string& path, const std::vector<std::string>& names, std::size_t depth) {
    for (const std::string& name : names)
      if (const auto entry = parse_entry(name); entry && entry->index.size() == depth) add(path, *entry);
  }

  void add(const std::string& directory, zone z) {
    z.path = directory + "/" + z.entry;
    const detail::file_text name = detail::read_text(files_, z.path + "/name", 4096);
    if (name) parse_name(z, name.text);
    else if (name.error == EACCES || name.error == EPERM) z.why = missing::no_permission;
    else z.why = missing::lost;
    for (zone& known : tree_.zones)
      if (known.entry == z.entry) {
        if (known.why && !z.why) known = z;
        return;
      }
    tree_.zones.push_back(z);
  }

  void read_figures(zone& z, const std::vector<std::string>& names) {
    const auto number = [&](const std::string& file) {
      return detail::parse_number<std::uint64_t>(detail::read_text(files_, z.path + "/" + file, 4096).text);
    };
    z.range = number("max_energy_range_uj").value_or(0);
    for (const std::string& name : names) {
      if (!name.starts_with("constraint_") || !name.ends_with("_max_power_uw")) continue;
      // Sentinels and nonsense stand here too: 1 W to 100 kW is taken to be a rating.
      const double watts = static_cast<double>(number(name).value_or(0)) * 1e-6;
      if (watts >= 1 && watts <= 100'000 && watts > z.rated_watts) z.rated_watts = watts;
    }
  }

  /// A sub-zone belongs to the package that its parent's name says.
  void inherit() {
    for (zone& z : tree_.zones) {
      if (z.index.size() < 2 || z.package >= 0) continue;
      const std::string_view parent = std::string_view(z.entry).substr(0, z.entry.rfind(':'));
      for (const zone& p : tree_.zones)
        if (p.entry == parent) z.package = p.package, z.die = p.die;
    }
  }

  static bool before(const zone& a, const zone& b) noexcept {
    return a.control != b.control ? a.control < b.control : a.index < b.index;
  }
  void sort() {
    std::vector<zone>& all = tree_.zones;
    for (std::size_t i = 1; i < all.size(); ++i)
      for (std::size_t k = i; k > 0 && before(all[k], all[k - 1]); --k) std::swap(all[k], all[k - 1]);
    for (std::size_t i = 1; i < tree_.ignored.size(); ++i)
      for (std::size_t k = i; k > 0 && tree_.ignored[k] < tree_.ignored[k - 1]; --k)
        std::swap(tree_.ignored[k], tree_.ignored[k - 1]);
  }

  detail::file_system& files_;
  tree tree_{};
};

/// The zones below a sysfs, from its class view, else from the devices themselves.
inline tree find_zones(const places& where) {
  scanner look(*where.files);
  tree result = look.scan(where.sysfs + "/class/powercap");
  for (const zone& z : result.zones)
    if (!z.why) return result;
  tree devices = look.scan(where.sysfs + "/devices/virtual/powercap");
  for (const zone& z : devices.zones)
    if (!z.why) return devices;
  tree& best = result.error == 0 || devices.error != 0 ? result : devices;
  // Without a driver that directory does not exist; with one it has something in it.
  if (devices.error == 0 && devices.zones.empty() && devices.ignored.empty()) best.masked = true;
  return static_cast<tree&&>(best);
}

}  // namespace meter::powercap
}  // namespace v1
}  // namespace kaya
