// SPDX-License-Identifier: MIT
// What is in the binary file gpu_metrics that amdgpu shows for each card: energy and power, wherever the
// layout of its revision has them. A pure rule: bytes in, figures out. Source of all layouts: Linux,
// drivers/gpu/drm/amd/include/kgd_pp_interface.h, 2020 to 2026, by the sizes of the members.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::gpu_metrics {

/// The file is one page at most.
inline constexpr std::size_t most_bytes = 4096;

/// Microjoules per count of energy: 2^-16 J.
inline constexpr std::uint64_t unit_numerator = 15625, unit_denominator = 1024;

/// Where a revision has its figures.
struct layout {
  std::uint8_t format, content;
  std::uint16_t least, most;  // bytes of the whole
  std::uint8_t power;         // 16 bits, watts: an average until 1.3, of the moment since
  std::uint8_t energy, energy_bytes;
};

/// 1.9 is a list of attributes, 2.x and 3.x are those of APUs, without energy: none of them is here. Content
/// 6 was used for two layouts, which only their size tells apart; the statistics per partition at the end
/// of 1.6 to 1.8 have changed in length.
inline constexpr layout layouts[] = {
    {1, 0, 80, 80, 34, 36, 4},     {1, 1, 96, 96, 22, 24, 8},     {1, 2, 104, 104, 22, 24, 8},
    {1, 3, 120, 120, 22, 24, 8},   {1, 4, 288, 288, 10, 24, 8},   {1, 5, 360, 360, 10, 88, 8},
    {1, 6, 384, 384, 10, 88, 8},   {1, 6, 1656, 1664, 10, 16, 8}, {1, 7, 2200, 2208, 10, 24, 8},
    {1, 8, 3352, 3872, 10, 24, 8},
};

/// What one reading of the file says.
struct figures {
  std::optional<missing> why{};           // set: not of a layout that has energy, or broken
  std::uint8_t format = 0, content = 0;   // its revision, 0.0 if there is not even that
  std::uint16_t size = 0;                 // as it states
  bool narrow = false;                    // energy has 32 bits, and starts again after 65 kJ
  std::optional<std::uint64_t> energy{};  // in units of 2^-16 J; empty: the card does not fill it in
  std::optional<double> watts{};          // the same

  /// Of one and the same layout.
  bool is_like(const figures& other) const noexcept {
    return format == other.format && content == other.content && size == other.size;
  }
};

/// The bytes as a number. The layout is native to the host; hosts with these cards are little-endian.
constexpr std::uint64_t number_at(std::span<const unsigned char> bytes, std::size_t offset,
                                  std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}

/// Reads what the file holds. why: not_supported for revisions without energy and those that are not known,
/// implausible for what is cut off or states a size that its revision cannot have.
constexpr figures decode(std::span<const unsigned char> bytes) noexcept {
  figures result;
  if (bytes.size() < 4) {
    result.why = missing::implausible;
    return result;
  }
  result.size = static_cast<std::uint16_t>(number_at(bytes, 0, 2));
  result.format = bytes[2];
  result.content = bytes[3];
  result.why = missing::not_supported;
  // The driver sets every bit before it fills in what the card tells.
  if (result.format == 0xff || result.content == 0xff || result.size < 4 || result.size > bytes.size()) {
    result.why = missing::implausible;
    return result;
  }
  for (const layout& l : layouts) {
    if (l.format != result.format || l.content != result.content) continue;
    result.why = missing::implausible;
    if (result.size < l.least || result.size > l.most) continue;
    result.why.reset();
    result.narrow = l.energy_bytes == 4;
    const std::uint64_t energy = number_at(bytes, l.energy, l.energy_bytes);
    // A draft of 1.1 had 32 bits here; what follows them is unset, too.
    const std::uint64_t upper = result.narrow ? energy : energy >> 32;
    if (upper != UINT32_MAX) result.energy = energy;
    // No card of 2025 draws 10 kW.
    const std::uint64_t watts = number_at(bytes, l.power, 2);
    if (watts <= 10'000) result.watts = static_cast<double>(watts);
    return result;
  }
  return result;
}

}  // namespace meter::gpu_metrics
}  // namespace v1
}  // namespace kaya
