// SPDX-License-Identifier: MIT
// Where the sensor chips of this machine are: the directories of /sys/class/hwmon, each with its name, its
// place on PCI and its files. What they mean is for hwmon.hpp to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/uevent.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/hwmon/chips.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::hwmon {

/// A chip that has power, energy or rails to show.
struct chip {
  std::string entry{}, path{};       // "hwmon3" and its directory
  std::string base{};                // where its attributes are: there, or in device/ with old drivers
  std::string name{}, address{};     // "amdgpu", "0000:03:00.0"; the latter may be empty
  std::vector<std::string> files{};  // in base
  std::uint64_t number = 0;
  unsigned place = 0;  // among its like

  bool has(std::string_view file) const noexcept {
    for (const std::string& f : files)
      if (f == file) return true;
    return false;
  }
  /// The highest K of the files that power, energy and voltages come in.
  unsigned last_index() const noexcept {
    unsigned last = 0;
    for (const std::string& f : files)
      for (const std::string_view pattern : {"power#_input", "power#_average", "energy#_input", "in#_input"})
        if (const auto k = match(pattern, f); k && *k > last && *k < 1000) last = *k;
    return last;
  }
  bool meters() const noexcept {
    for (const std::string& f : files)
      if (match("power#_input", f) || match("power#_average", f) || match("energy#_input", f)) return true;
    return false;
  }
};

/// Looks for chips, in natural order: hwmon10 after hwmon9.
class finder {
 public:
  explicit finder(const places& where) : files_(*where.files), sysfs_(where.sysfs) {}

  std::string text(const std::string& path) const {
    return std::string(detail::trimmed(detail::read_text(files_, path, 4096).text));
  }
  /// 0, or the errno of listing the class.
  int find(std::vector<chip>& found) const {
    std::vector<std::string> names;
    const std::string root = sysfs_ + "/class/hwmon";
    const int error = -files_.list(root.c_str(), names);
    for (const std::string& entry : names) {
      const auto number = match("hwmon#", entry);
      chip c{.entry = entry, .path = root + "/" + entry, .number = number.value_or(0)};
      if (!number || !look_into(c)) continue;
      found.push_back(std::move(c));
      for (std::size_t k = found.size() - 1; k > 0 && found[k].number < found[k - 1].number; --k)
        std::swap(found[k], found[k - 1]);
    }
    for (chip& c : found)
      for (const chip& other : found)
        if (other.name == c.name && before(other, c)) ++c.place;
    return error;
  }

 private:
  /// CPUs' nodes by their places on PCI, where they have one; hwmon's numbers follow the loading of drivers.
  static bool before(const chip& a, const chip& b) noexcept {
    return a.address != b.address ? a.address < b.address : a.number < b.number;
  }

  bool look_into(chip& c) const {
    for (const char* sub : {"", "/device"}) {
      c.base = c.path + sub;
      c.files.clear();
      files_.list(c.base.c_str(), c.files);
      if (c.name.empty()) c.name = text(c.base + "/name");
      if (c.last_index() > 0) break;
    }
    if (c.last_index() == 0) return false;
    const std::string supply = text(c.path + "/device/type");  // batteries have a mechanism of their own
    for (const std::string_view type : {"Battery", "Mains", "USB", "UPS"})
      if (supply == type) return false;
    c.address = slot(c.path + "/device");
    if (c.address.empty()) c.address = slot_of_card(c.entry);
    return true;
  }
  std::string slot(const std::string& device) const { return detail::pci_slot(text(device + "/uevent")); }
  std::string slot_of_card(const std::string& entry) const {
    std::vector<std::string> cards, inner;
    files_.list((sysfs_ + "/class/drm").c_str(), cards);
    for (const std::string& card : cards) {
      const std::string device = sysfs_ + "/class/drm/" + card + "/device";
      inner.clear();
      files_.list((device + "/hwmon").c_str(), inner);
      for (const std::string& name : inner)
        if (name == entry && match("card#", card)) {
          const std::string address = slot(device);
          return address.empty() ? card : address;  // as drm_card::address
        }
    }
    return {};
  }

  detail::file_system& files_;
  const std::string& sysfs_;
};

}  // namespace meter::hwmon
}  // namespace v1
}  // namespace kaya
