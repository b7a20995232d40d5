// SPDX-License-Identifier: MIT
// What the reports say of devices, all together: when each line is of, what is inside of what, and which
// ranks of a node are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/report/merging/identities.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/report/merging/times.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class facts {
 public:
  /// order: of the reports that count, lowest rank first.
  facts(collection& all, const std::vector<std::uint32_t>& order)
      : all_(all), same_(all), counts_(all.lines.size(), false) {
    for (const std::uint32_t number : order) {
      const part& p = all_.parts[number];
      for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) look_at_rank(p, i);
      for (std::size_t i = p.lines.first; i < p.lines.end(); ++i) look_at_line(static_cast<std::uint32_t>(i));
    }
  }

  std::uint32_t node(std::size_t line) const noexcept { return same_.node(line); }
  std::uint32_t group(std::size_t line) noexcept { return same_.group(line); }
  const part& part_of(std::size_t line) const noexcept { return all_.parts[same_.part_of(line)]; }
  /// Whether some line of a device counts.
  bool counts(std::uint32_t group) const noexcept { return counts_[group]; }
  /// Whether a local rank of a node gave a report.
  bool is_there(std::uint32_t node, std::uint32_t local_rank) const noexcept {
    return there_.find(pair_of(node, local_rank)) != none;
  }
  /// The rank of a report to which what is said of a node's lines is noted.
  std::size_t rank_for(std::size_t line) const noexcept {
    const part& p = part_of(line);
    const std::uint32_t known = first_rank_.find(pair_of(p.number, node(line)));
    return known != none ? known : p.ranks.first;
  }
  /// Calls f for each span of time that a line is of: that of its report; in one that was merged before, that
  /// in which its node had ranks.
  template <class F>
  void each_span(std::size_t line, F&& f) const {
    const part& p = part_of(line);
    const std::uint32_t hull = p.is_merged ? hull_of_.find(pair_of(p.number, node(line))) : none;
    if (hull != none) return f(hulls_[hull]);
    for (std::size_t i = p.spans.first; i < p.spans.end(); ++i) f(all_.spans[i]);
  }
  /// The group that counts which a line's device is inside of, over devices that do not count; none: there is
  /// no such.
  std::uint32_t container_of(std::uint32_t line) {
    const std::uint32_t on = node(line), own = same_.device(line), own_group = group(line);
    for (int step = 0; step < most_steps && line != none; ++step) {
      const std::uint32_t device = all_.texts.of(all_.lines[line].inside);
      if (device == 0 || device == own) return none;
      const std::uint32_t found = counted_.find(pair_of(on, device));
      if (found != none) return found != own_group ? found : none;
      line = inside_.find(pair_of(on, device));
    }
    return none;
  }

 private:
  static constexpr int most_steps = 16;  // of what is said to contain itself there is no end

  void look_at_rank(const part& p, std::size_t i) {
    const rank_line& k = all_.ranks[i];
    const std::uint32_t on = same_.node_of_rank(i);
    if (k.local_rank && p.enabled) there_.at(pair_of(on, static_cast<std::uint32_t>(*k.local_rank)), 1);
    first_rank_.at(pair_of(p.number, on), static_cast<std::uint32_t>(i));
    if (!p.is_merged) return;
    const std::int64_t begin =
        k.start_unix_ns > 0 && k.start_unix_ns < INT64_MAX / 2 ? k.start_unix_ns : p.begin;
    const span s{begin, later(begin, k.duration.count())};
    const auto fresh = static_cast<std::uint32_t>(hulls_.size());
    const std::uint32_t at = hull_of_.at(pair_of(p.number, on), fresh);
    if (at == fresh) hulls_.push_back(s);
    span& hull = hulls_[at];
    if (s.begin < hull.begin) hull.begin = s.begin;
    if (s.end > hull.end) hull.end = s.end;
    if (hull.end == hull.begin) ++hull.end;
  }
  void look_at_line(std::uint32_t line) {
    const channel_line& c = all_.lines[line];
    if (c.counted) counts_[group(line)] = true;
    if (same_.device(line) == 0) return;
    const std::uint64_t device = pair_of(node(line), same_.device(line));
    if (c.counted) counted_.at(device, group(line));
    if (!c.inside.empty()) inside_.at(device, line);
  }

  collection& all_;
  identities same_;
  std::vector<bool> counts_;
  number_map counted_{}, inside_{}, there_{}, hull_of_{}, first_rank_{};
  std::vector<span> hulls_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
