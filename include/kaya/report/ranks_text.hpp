// SPDX-License-Identifier: MIT
// What a report for people says of ranks: that others hold what is not counted here; of whom a merged one is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/table.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

inline std::string how_many(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

/// "6 channels, held by local rank 0"; empty: all are counted here.
inline std::string held_elsewhere(const run_report& r) {
  constexpr std::size_t most_named = 4;
  std::vector<std::pair<std::string_view, std::size_t>> holders;
  std::size_t rest = 0;
  for (const channel_line& c : r.channels) {
    if (c.held_by.empty()) continue;
    std::size_t i = 0;
    while (i < holders.size() && holders[i].first != c.held_by) ++i;
    if (i < holders.size()) ++holders[i].second;
    else if (i < most_named) holders.emplace_back(c.held_by, 1);
    else ++rest;
  }
  std::string text;
  for (const auto& [who, n] : holders)
    text += (text.empty() ? "" : "; ") + how_many(n, "channel") + ", held by " + std::string(who);
  return rest == 0 ? text : text + "; " + how_many(rest, "channel") + ", held by others";
}

/// "16 on 2 nodes; 14 channels that others of them hold, too, are counted once".
inline std::string merged_of(const run_report& r) {
  std::vector<std::string_view> nodes;
  std::size_t dropped = 0, without = 0;
  for (const rank_line& k : r.ranks) {
    nodes.push_back(k.boot_id.empty() ? k.host : k.boot_id);
    dropped += k.dropped.size();
    without += k.energy_uj ? 0u : 1u;
  }
  kaya::detail::merge_sort(nodes, [](std::string_view a, std::string_view b) { return a < b; });
  std::size_t different = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) different += i == 0 || nodes[i] != nodes[i - 1];
  std::string text = std::to_string(r.ranks.size()) + " on " + how_many(different, "node");
  if (without > 0) text += "; " + std::to_string(without) + " of them without energy of their own";
  if (dropped > 0) text += "; " + how_many(dropped, "channel") + " that several of them hold, counted once";
  return text;
}

/// A line for each of the two, where there is something to say.
inline void add_ranks(std::string& out, const run_report& r) {
  if (const std::string held = held_elsewhere(r); !held.empty())
    append_wrapped(out, "ranks       ", "not counted here: " + held, 12);
  if (!r.ranks.empty()) append_wrapped(out, "ranks       ", merged_of(r), 12);
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
