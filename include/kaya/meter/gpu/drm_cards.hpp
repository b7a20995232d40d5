// SPDX-License-Identifier: MIT
// The graphics cards that Linux shows in /sys/class/drm, by their maker and in the order of their PCI
// addresses: that is the order in which makers' libraries number them.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/uevent.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// One card.
struct drm_card {
  std::string entry{};    // "card0"
  std::string device{};   // the directory of its device
  std::string address{};  // "0000:3b:00.0"; the entry if it is not on PCI
  std::string model{};    // the maker's number for it, "0x740c"
};

/// What a small file says, without blanks around it; empty if it cannot be read.
inline std::string word_in(detail::file_system& files, const std::string& path) {
  return std::string(detail::trimmed(detail::read_text(files, path, 4096).text));
}

/// Looks for the cards of a maker ("0x1002"), each address once. Gives 0, or the errno of listing them.
inline int find_drm_cards(const places& where, std::string_view vendor, std::vector<drm_card>& found) {
  const std::string root = where.sysfs + "/class/drm";
  std::vector<std::string> names;
  const int error = -where.files->list(root.c_str(), names);
  for (const std::string& entry : names) {
    // Beside "card0" there are its connectors, "card0-DP-1".
    if (!entry.starts_with("card") || entry.size() == 4 ||
        entry.find_first_not_of("0123456789", 4) != entry.npos)
      continue;
    drm_card c{.entry = entry, .device = root + "/" + entry + "/device"};
    if (word_in(*where.files, c.device + "/vendor") != vendor) continue;
    c.address = detail::pci_slot(word_in(*where.files, c.device + "/uevent"));
    if (c.address.empty()) c.address = entry;
    c.model = word_in(*where.files, c.device + "/device");
    std::size_t place = found.size();
    bool twice = false;
    for (std::size_t i = found.size(); i-- > 0;) {
      twice = twice || found[i].address == c.address;
      if (c.address < found[i].address) place = i;
    }
    if (!twice) found.insert(found.begin() + static_cast<std::ptrdiff_t>(place), std::move(c));
  }
  return error;
}

/// Whether a text is in a list.
inline bool is_among(std::string_view text, std::span<const std::string> list) noexcept {
  for (const std::string& entry : list)
    if (entry == text) return true;
  return false;
}

/// Intel's integrated graphics always have this address; the energy of the package contains them.
inline constexpr std::string_view integrated_address = "0000:00:02.0";

/// Whether a library is worth opening: there is a card of the maker that nothing reads yet, or no telling.
inline bool has_unread_card(const places& where, std::string_view vendor,
                            std::span<const std::string> known_addresses) {
  std::vector<drm_card> cards;
  const int error = find_drm_cards(where, vendor, cards);
  for (const drm_card& c : cards)
    if (!is_among(c.address, known_addresses) && c.address != integrated_address) return true;
  return error != 0 && error != ENOENT;
}

/// Lower-case hexadecimal with leading zeros.
inline std::string hexadecimal(std::uint64_t value, std::size_t least_digits) {
  std::string result;
  for (; value != 0 || result.size() < least_digits; value >>= 4)
    result.insert(result.begin(), "0123456789abcdef"[value & 15]);
  return result;
}

/// A PCI address as Linux writes it: "0000:3b:00.0".
inline std::string pci_address(std::uint64_t domain, std::uint64_t bus, std::uint64_t device,
                               std::uint64_t function) {
  return hexadecimal(domain, 4) + ":" + hexadecimal(bus, 2) + ":" + hexadecimal(device, 2) + "." +
         hexadecimal(function, 1);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
