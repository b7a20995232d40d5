// SPDX-License-Identifier: MIT
// Lines that do not count, of which a node with eight ranks has eight of each; and what is in no report at
// all, because a rank left it to another one that gave none.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/merging/facts.hpp>
#include <kaya/report/merging/part.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class uncounted {
 public:
  uncounted(collection& all, facts& known, const std::vector<std::uint32_t>& order, std::vector<bool>& shown)
      : all_(all), facts_(known), order_(order), shown_(shown) {}

  /// Shows one line of each device that no line which counts tells of. What another rank holds is shown only
  /// if that gave no report.
  void settle() {
    std::vector<std::uint32_t> best(all_.lines.size(), none), groups;
    for (const std::uint32_t number : order_) {
      const part& p = all_.parts[number];
      for (std::size_t i = p.lines.first; i < p.lines.end(); ++i) {
        const auto line = static_cast<std::uint32_t>(i);
        const std::uint32_t group = facts_.group(i);
        if (facts_.counts(group) || is_held_elsewhere(line)) continue;
        if (best[group] == none) groups.push_back(group);
        if (best[group] == none || is_better(all_.lines[i], all_.lines[best[group]])) best[group] = line;
      }
    }
    std::vector<std::uint32_t> lost;
    for (const std::uint32_t group : groups) {
      shown_[best[group]] = true;
      if (!all_.lines[best[group]].held_by.empty()) lost.push_back(best[group]);
    }
    tell_of(lost);
  }

 private:
  static bool is_better(const channel_line& a, const channel_line& b) noexcept {
    if (a.held_by.empty() != b.held_by.empty()) return a.held_by.empty();
    return a.energy_uj && !b.energy_uj;
  }
  /// By a rank that gave a report, or in something that counts.
  bool is_held_elsewhere(std::uint32_t line) {
    std::string_view who = all_.lines[line].held_by;
    if (who.empty()) return false;
    if (facts_.container_of(line) != none) return true;
    constexpr std::string_view words = "local rank ";
    if (!who.starts_with(words)) return false;
    who.remove_prefix(words.size());
    std::uint32_t n = 0;
    const auto [end, error] = std::from_chars(who.data(), who.data() + who.size(), n);
    return error == std::errc{} && end == who.data() + who.size() && facts_.is_there(facts_.node(line), n);
  }
  /// An event for each node and rank that is missed.
  void tell_of(std::vector<std::uint32_t>& lines) {
    constexpr std::size_t most_named = 6;
    const auto key = [&](std::uint32_t line) {
      return pair_of(facts_.node(line), all_.texts.of(all_.lines[line].held_by));
    };
    kaya::detail::merge_sort(lines, [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    for (std::size_t i = 0, end; i < lines.size(); i = end) {
      std::string names;
      for (end = i; end < lines.size() && key(lines[end]) == key(lines[i]); ++end)
        if (end - i < most_named) names += (names.empty() ? "" : ", ") + all_.lines[lines[end]].name;
      if (end - i > most_named) names += " and " + std::to_string(end - i - most_named) + " more";
      const std::string node = name_of_node(lines[i]);
      all_.say(severity::error, node,
               all_.lines[lines[i]].held_by + " of " + node + " gave no report: the energy of " + names +
                   " is in none");
    }
  }
  std::string name_of_node(std::uint32_t line) const {
    const rank_line& k = all_.ranks[facts_.rank_for(line)];
    if (const std::string& host = all_.lines[line].host; !host.empty()) return host;
    return !k.host.empty() ? k.host : !k.boot_id.empty() ? "boot " + k.boot_id : "a node without a name";
  }

  collection& all_;
  facts& facts_;
  const std::vector<std::uint32_t>& order_;
  std::vector<bool>& shown_;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
