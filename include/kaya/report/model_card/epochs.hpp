// SPDX-License-Identifier: MIT
// Metrics beside the energy that they took, for documents that show a few epochs of many.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The state of a run at the end of an epoch.
struct milestone {
  const epoch_line* epoch = nullptr;
  std::optional<joules> so_far{};  // energy of all epochs up to its end; empty: of one it is not known
};

/// At most so many epochs, at even distances, the first and the last among them.
inline std::vector<milestone> milestones(const run_report& r, std::size_t most) {
  std::vector<milestone> chosen;
  std::optional<joules> so_far(joules(0));
  const std::size_t n = r.epochs.size(), shown = n < most ? n : most;
  for (std::size_t i = 0; i < n; ++i) {
    const epoch_line& e = r.epochs[i];
    if (!e.energy_uj) so_far.reset();
    else if (so_far) *so_far += *e.energy_uj;
    // The k-th of the shown ones is epoch k (n - 1) / (shown - 1), rounded down.
    const bool due = shown < 2 ? i + 1 == n : i == chosen.size() * (n - 1) / (shown - 1);
    if (due) chosen.push_back({&e, so_far});
  }
  return chosen;
}

/// The names of metrics that these epochs have, at most so many, in the order in which they come first.
inline std::vector<std::string_view> metric_names(const std::vector<milestone>& of, std::size_t most) {
  std::vector<std::string_view> names;
  for (const milestone& m : of)
    for (const auto& [name, value] : m.epoch->metrics) {
      bool known = names.size() >= most;
      for (const std::string_view n : names) known = known || n == name;
      if (!known) names.push_back(name);
    }
  return names;
}
inline std::optional<double> metric_of(const epoch_line& e, std::string_view name) noexcept {
  for (const auto& [key, value] : e.metrics)
    if (key == name) return value;
  return {};
}

/// "3", "0..7" of several in one line, "9 (open)".
inline std::string epoch_text(const epoch_line& e) {
  std::string text = std::to_string(e.index);
  if (e.merged > 1) text += ".." + std::to_string(e.index + e.merged - 1);
  return e.open ? text + " (open)" : text;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
