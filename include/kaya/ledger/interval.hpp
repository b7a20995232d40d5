// SPDX-License-Identifier: MIT
// What passes from accounts to timelines: what an interval's time was used for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// kaya's own lines. What users call `epoch` or `(outside)` is another name.
inline constexpr name_id outside_line = 0;
inline constexpr name_id epoch_line_id = 1;

/// What one interval's time was used for, by name: effective ticks in which the name was the innermost (own),
/// and those in which it was innermost or around it (all). Sparse: only `touched` names are not zero.
struct interval_weights {
  std::vector<double> own{}, all{};
  std::vector<name_id> touched{};

  void add(name_id n, double own_ticks, double all_ticks) {
    if (own_ticks == 0 && all_ticks == 0) return;
    if (n >= all.size()) make_room(n + std::size_t{1});
    if (own[n] == 0 && all[n] == 0) touched.push_back(n);
    own[n] += own_ticks;
    all[n] += all_ticks;
  }
  /// For so many names, so that add() cannot fail.
  void make_room(std::size_t n) {
    if (n <= all.size()) return;
    own.resize(n);
    if (touched.capacity() < n) touched.reserve(own.capacity());
    all.resize(n);  // last: its size says that there is room
  }
  void add(const interval_weights& other) {
    make_room(other.all.size());
    for (const name_id n : other.touched) add(n, other.own[n], other.all[n]);
  }
  void clear() noexcept {
    for (const name_id n : touched) own[n] = all[n] = 0;
    touched.clear();
  }
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
