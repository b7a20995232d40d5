// SPDX-License-Identifier: MIT
// The scopes of a report as the values of one label, of which there may not be many.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/prometheus/exposition.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The most values that the label `scope` has, "(other)" included.
inline constexpr std::size_t most_scope_labels = 100;
inline constexpr std::string_view other_scopes = "(other)";

struct scope_sum {
  std::string label{};  // escaped
  std::optional<microjoules> own_uj{}, total_uj{};
  double grams = 0;       // of total_uj
  bool is_other = false;  // of many scopes, of which some may enclose others: only own_uj can be added up
};

/// The first scopes of a report, kaya's own lines, and the rest in one. A report lists scopes in the order in
/// which they came first, so the same ones have a label in all reports of a run, and no count ever falls.
inline std::vector<scope_sum> label_scopes(const run_report& r) {
  std::vector<scope_sum> sums;
  const std::size_t most_named = most_scope_labels - 3;  // besides epoch, (outside), (other)
  std::size_t named = 0;
  const auto add = [](std::optional<microjoules>& sum, const std::optional<microjoules>& more) {
    if (more) sum = sum.value_or(microjoules(0)) + *more;
  };
  std::size_t other = most_scope_labels;
  for (const scope_line& s : r.scopes) {
    const bool reserved = s.name == "epoch" || s.name == "(outside)";
    std::string label = label_text(s.name);
    std::size_t at = 0;
    while (at < sums.size() && sums[at].label != label) ++at;  // names that are cut may be the same
    if (at == sums.size() && !reserved && named == most_named) {
      if (other == most_scope_labels) {
        other = sums.size();
        sums.push_back({std::string(other_scopes), {}, {}, 0, true});
      }
      at = other;
    } else if (at == sums.size()) {
      named += !reserved;
      const bool is_other = label == other_scopes;
      if (is_other) other = at;
      sums.push_back({static_cast<std::string&&>(label), {}, {}, 0, is_other});
    }
    add(sums[at].own_uj, s.own_uj);
    add(sums[at].total_uj, s.total_uj);
    sums[at].grams += s.emissions.count();
  }
  return sums;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
