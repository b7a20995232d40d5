// SPDX-License-Identifier: MIT
// What the components of all ranks used together, and its emissions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/report/merging/part.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

inline void take_components(part& p, const run_report& r) {
  p.has_components = !r.components.empty();
  for (const component_line& c : r.components)
    if (const auto i = static_cast<std::size_t>(c.part); i < components) {
      p.has_component[i] = true;
      p.grams_of[i] += c.emissions.count();
    }
}

/// After the devices are settled. Of what others hold, too, the emissions go in proportion to the energy;
/// those of a component that one report does not know are not known. No lines if a report with energy has
/// none: they would not add up.
inline std::vector<component_line> merged_components(const collection& all,
                                                     const std::vector<std::uint32_t>& order) {
  std::vector<component_line> lines;
  std::int64_t energy[components]{};
  double grams[components]{};
  bool known[components]{};
  for (const std::uint32_t number : order) {
    const part& p = all.parts[number];
    if (!p.known || !p.enabled) continue;
    if (!p.has_components && p.energy > 0) return lines;
    for (std::size_t i = 0; i < components; ++i) {
      if (p.all_of[i] == 0 && !p.has_component[i]) continue;
      known[i] = true;
      add(energy[i], p.kept_of[i], "energy_uj");
      if (p.share_of(i) > 0) grams[i] += p.grams_of[i] * p.share_of(i);
    }
  }
  for (std::size_t i = 0; i < components; ++i)
    if (known[i])
      lines.push_back({static_cast<meter::component>(i), microjoules(energy[i]), grams_co2e(grams[i])});
  return lines;
}

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
