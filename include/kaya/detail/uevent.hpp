// SPDX-License-Identifier: MIT
// What the kernel says of a device in its file `uevent`: lines of KEY=value.
#pragma once

#include <string>
#include <string_view>

#include <kaya/detail/files.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// The PCI address in the text of such a file, "0000:3b:00.0"; empty: the device is not on PCI.
inline std::string pci_slot(std::string_view uevent) {
  constexpr std::string_view key = "PCI_SLOT_NAME=";
  const std::size_t at = uevent.find(key);
  if (at == std::string_view::npos) return {};
  uevent.remove_prefix(at + key.size());
  return lower_case(trimmed(uevent.substr(0, uevent.find('\n'))));
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
