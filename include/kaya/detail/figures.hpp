// SPDX-License-Identifier: MIT
// What the program itself says of a run and its epochs: work and metrics.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/options.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// What the program said of the run itself, beside what it said of epochs.
struct own_figures {
  double work = 0;
  std::vector<std::pair<std::string, double>> metrics{};
  // Of a run with a journal: this process and those before it, which cost that much.
  std::vector<process_line> processes{};
  self_cost earlier{};
};

/// What add_work() may count.
inline double checked_work(ledger::core& c, double n) {
  if (is_finite(n) && n >= 0) return n;
  c.file(severity::warning, plain(n) + " is not allowed and was not counted; a finite number, 0 or more",
         "add_work");
  return 0;
}

inline void set_metric(std::vector<std::pair<std::string, double>>& metrics, std::string_view name,
                       double value) {
  for (auto& [known, old] : metrics)
    if (known == name) {
      old = value;
      return;
    }
  metrics.emplace_back(name, value);
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
