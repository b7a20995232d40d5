// SPDX-License-Identifier: MIT
// What NVML tells, judged: figures that cannot be true, and PCI addresses in Linux's spelling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/nvml/abi.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// "00000000:3B:00.0" as Linux writes it, "0000:3b:00.0"; empty if it is no PCI address.
inline std::string pci_address(std::string_view id) {
  std::string result;
  for (const char c : id) {
    const char small = visible::lower(c);
    if ((small < '0' || small > '9') && (small < 'a' || small > 'f') && small != ':' && small != '.')
      return {};
    result += small;
  }
  const std::size_t colon = result.find(':');
  if (colon == result.npos || colon < 4 || colon > 8 || result.size() != colon + 8) return {};
  if (result[colon + 3] != ':' || result[colon + 6] != '.') return {};
  std::size_t zeros = 0;  // of a domain of 8 digits, Linux shows the last 4, and more only if it needs them
  while (colon - zeros > 4 && result[zeros] == '0') ++zeros;
  return result.substr(zeros);
}

/// A figure with the status that it came with.
struct figure {
  status code = not_supported;
  std::uint64_t value = 0;
  bool odd = false;  // it was given as good, and cannot be true

  explicit operator bool() const noexcept { return code == success && !odd; }
  std::optional<missing> why() const noexcept {
    if (*this) return std::nullopt;
    return odd ? missing::implausible : why_of(code);
  }
  std::string text() const { return odd ? "no figure that can be true" : name_of(code); }
};

/// All bits set is how drivers say "none".
constexpr figure energy_figure(status code, std::uint64_t millijoules) noexcept {
  return {code, millijoules, code == success && millijoules == UINT64_MAX};
}
/// No card that is on draws nothing, none of 2025 more than 10 kW.
constexpr figure power_figure(status code, std::uint64_t milliwatts) noexcept {
  return {code, milliwatts, code == success && (milliwatts == 0 || milliwatts > 10'000'000)};
}
inline figure field_figure(const field_value& f, figure (*judge)(status, std::uint64_t) noexcept) noexcept {
  const auto value = value_of(f);
  if (f.result == success && !value) return {success, 0, true};
  return judge(f.result, value.value_or(0));
}

}  // namespace nvml
}  // namespace meter
}  // namespace v1
}  // namespace kaya
