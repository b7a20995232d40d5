// SPDX-License-Identifier: MIT
// Which reports count, and in which order: the lowest rank first, each run once, all on one clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/merging/part.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// Whose texts and metrics are the merged report's: that of the lowest rank that has something to say.
inline bool leads(const part& a, const part& b) noexcept {
  if (a.enabled != b.enabled) return a.enabled;
  if (a.rank != b.rank) return a.rank && (!b.rank || *a.rank < *b.rank);
  if (a.is_merged != b.is_merged) return a.is_merged;
  if (a.finished != b.finished) return a.finished;
  if (a.end - a.begin != b.end - b.begin) return a.end - a.begin > b.end - b.begin;
  return a.number < b.number;
}

class sorter {
 public:
  explicit sorter(collection& all) : all_(all) {}

  /// Throws std::invalid_argument where two reports that were merged before have a run in common, for it
  /// cannot be taken out of either.
  std::vector<std::uint32_t> sort() {
    leave_out_repeated();
    std::vector<std::uint32_t> order;
    for (const part& p : all_.parts)
      if (!p.left_out) order.push_back(p.number);
    kaya::detail::merge_sort(
        order, [&](std::uint32_t a, std::uint32_t b) { return leads(all_.parts[a], all_.parts[b]); });
    tell_of_equal_ranks(order);
    date_the_undated(order);
    tell_of_other_times(order);
    return order;
  }

 private:
  static bool is_fuller(const part& a, const part& b) noexcept {
    return a.ranks.count != b.ranks.count ? a.ranks.count > b.ranks.count : leads(a, b);
  }
  void leave_out_repeated() {
    std::vector<std::uint32_t> fullest;
    for (const part& p : all_.parts) fullest.push_back(p.number);
    kaya::detail::merge_sort(
        fullest, [&](std::uint32_t a, std::uint32_t b) { return is_fuller(all_.parts[a], all_.parts[b]); });
    number_map part_of_run;
    for (const std::uint32_t number : fullest) {
      part& p = all_.parts[number];
      std::size_t known = 0, named = 0;
      std::string repeated;
      for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) {
        const std::uint32_t run = all_.texts.of(all_.ranks[i].run_id);
        if (run == 0) continue;
        ++named;
        if (part_of_run.at(run, number) == number) continue;
        ++known;
        repeated = all_.ranks[i].run_id;
      }
      if (known == 0) continue;
      if (known < named)
        throw std::invalid_argument("report::merge: run " + repeated +
                                    " is in two reports that were merged before, with different others: it "
                                    "cannot be taken out of either");
      p.left_out = true;
      all_.say(severity::warning, all_.label(p), "its report is there twice: the longer one counts");
    }
  }
  void tell_of_equal_ranks(const std::vector<std::uint32_t>& order) {
    constexpr std::size_t most_named = 6;
    number_map times;
    std::string names;
    std::size_t n = 0;
    for (const std::uint32_t number : order)
      for (std::size_t i = all_.parts[number].ranks.first; i < all_.parts[number].ranks.end(); ++i) {
        const auto& rank = all_.ranks[i].rank;
        if (!rank || times.at(static_cast<std::uint32_t>(*rank), 0)++ != 1) continue;
        if (n++ < most_named) names += (names.empty() ? "" : ", ") + std::to_string(*rank);
      }
    if (n > 0)
      all_.say(severity::warning, "merge",
               "several runs have the same rank, as of different jobs: " + names +
                   (n > most_named ? ", ..." : ""));
  }
  /// Ranks of one job run together.
  void tell_of_other_times(const std::vector<std::uint32_t>& order) {
    const part *last = nullptr, *first = nullptr;  // to begin, and to end
    const auto end = [this](const part& p) { return all_.spans[p.spans.end() - 1].end; };
    for (const std::uint32_t number : order) {
      const part& p = all_.parts[number];
      if (!p.enabled) continue;
      if (last == nullptr || p.begin > last->begin) last = &p;
      if (first == nullptr || end(p) < end(*first)) first = &p;
    }
    if (last != nullptr && last->begin > end(*first))
      all_.say(severity::warning, "merge",
               all_.label(*last) + " began after " + all_.label(*first) +
                   " had ended: are these ranks of one job? (report::compare sets runs side by side)");
  }
  /// Of a report that does not say when it began it is taken that it was with the first.
  void date_the_undated(const std::vector<std::uint32_t>& order) {
    std::int64_t first = 0;
    for (const std::uint32_t number : order)
      if (const std::int64_t begin = all_.parts[number].begin; begin > 0 && (first == 0 || begin < first))
        first = begin;
    std::size_t undated = 0;
    for (const std::uint32_t number : order) {
      part& p = all_.parts[number];
      if (first == 0 || p.begin > 0 || !p.enabled) continue;
      ++undated;
      const auto shift = [first](std::int64_t& ns) { ns = ns < INT64_MAX - first ? ns + first : INT64_MAX; };
      shift(p.begin), shift(p.end);
      for (std::size_t i = p.spans.first; i < p.spans.end(); ++i)
        shift(all_.spans[i].begin), shift(all_.spans[i].end);
      for (std::size_t i = p.epochs.first; i < p.epochs.end(); ++i)
        shift(all_.epochs[i].begin), shift(all_.epochs[i].end);
      for (std::size_t i = p.power.first; i < p.power.end(); ++i)
        shift(all_.power[i].begin), shift(all_.power[i].end);
    }
    if (undated > 0)
      all_.say(severity::warning, "merge",
               std::to_string(undated) + " reports do not say when they began: taken to be with the first");
  }

  collection& all_;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
