// SPDX-License-Identifier: MIT
// The lines of all reports in one: scopes of one name, epochs of one number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/report/merging/rescale.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// The metrics of the lowest rank that has an epoch, by the epoch's number.
class kept_metrics {
 public:
  using list = std::vector<std::pair<std::string, double>>;
  /// rank: its place among all; of equals the first one is kept.
  void keep(int epoch, std::int64_t rank, list& metrics) {
    if (metrics.empty()) return;
    const std::uint32_t at = places_.at(key(epoch), static_cast<std::uint32_t>(kept_.size()));
    if (at == kept_.size()) kept_.push_back({rank, std::move(metrics)});
    else if (rank < kept_[at].first) kept_[at] = {rank, std::move(metrics)};
  }
  list take(int epoch) {
    const std::uint32_t at = places_.find(key(epoch));
    return at != none ? std::move(kept_[at].second) : list{};
  }

 private:
  static std::uint64_t key(int epoch) noexcept { return static_cast<std::uint32_t>(epoch); }
  number_map places_{};
  std::vector<std::pair<std::int64_t, list>> kept_{};
};

/// The sum of intervals of one mechanism, whose errors go together: ends are added.
inline void add_range(std::optional<interval<joules>>& sum, std::int64_t value_uj, double low, double high) {
  if (!sum) sum = interval<joules>{};
  sum->value = joules(static_cast<double>(value_uj) * 1e-6);
  sum->low += joules(low), sum->high += joules(high);
}

class line_merger {
 public:
  line_merger(collection& all, const std::vector<std::uint32_t>& order) : all_(all), order_(order) {}

  /// Lines in the order in which the lowest rank has them; `epoch` and `(outside)` are last, and there.
  /// unattributed: what no scope of any report has.
  void scopes(run_report& r, std::uint32_t epoch, std::uint32_t outside, std::int64_t unattributed,
              bool known) {
    number_map places;
    const auto place_of = [&](std::uint32_t name) -> scope_line& {
      const std::uint32_t at = places.at(name, static_cast<std::uint32_t>(r.scopes.size()));
      if (at == r.scopes.size()) {
        scope_line& fresh = r.scopes.emplace_back();
        fresh.name = all_.texts.text(name);
        fresh.min = fresh.max = joules(kaya::detail::not_a_number);
        fresh.emissions = grams_co2e(kaya::detail::not_a_number);
      }
      return r.scopes[at];
    };
    for (const bool kayas_own : {false, true})
      for (const std::uint32_t number : order_) {
        const part& p = all_.parts[number];
        for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i) {
          const kept_scope& s = all_.scopes[i];
          if ((s.name == epoch || s.name == outside) != kayas_own) continue;
          if (s.name == outside) place_of(epoch);  // which is before it
          add_scope(place_of(s.name), s, s.name == epoch);
        }
      }
    for (const kept_mark& m : all_.marks)
      if (const std::uint32_t at = places.find(m.name); at != none)
        r.scopes[at].marks.emplace_back(all_.texts.text(m.mark));
    if (unattributed != 0) {
      place_of(epoch);
      scope_line& rest = place_of(outside);
      kept_scope s;
      s.known = true;
      s.own = s.total = unattributed;
      s.own_low = s.own_high = s.total_low = s.total_high = static_cast<double>(unattributed) * 1e-6;
      s.least = s.most = s.grams = kaya::detail::not_a_number;
      add_scope(rest, s, false);
    }
    if (known) return;
    for (scope_line& s : r.scopes) s.own_uj.reset(), s.total_uj.reset(), s.own.reset(), s.total.reset();
  }

  void epochs(run_report& r, std::int64_t begin, std::uint32_t work_unit, kept_metrics& metrics) {
    std::vector<std::uint32_t> sorted;
    for (const std::uint32_t number : order_)
      for (std::size_t i = all_.parts[number].epochs.first; i < all_.parts[number].epochs.end(); ++i)
        sorted.push_back(static_cast<std::uint32_t>(i));
    kaya::detail::merge_sort(sorted, [&](std::uint32_t a, std::uint32_t b) {
      return all_.epochs[a].index < all_.epochs[b].index;
    });
    for (std::size_t from = 0, to; from < sorted.size(); from = to) {
      // Lines of several epochs may overlap with several lines of others.
      std::int64_t end = end_of(all_.epochs[sorted[from]]);
      for (to = from + 1; to < sorted.size() && all_.epochs[sorted[to]].index < end; ++to)
        if (const std::int64_t its = end_of(all_.epochs[sorted[to]]); its > end) end = its;
      epoch_line& line = r.epochs.emplace_back();
      line.index = all_.epochs[sorted[from]].index;
      line.merged = static_cast<int>(end - line.index);
      line.metrics = metrics.take(line.index);
      add_epochs(line, sorted, from, to, begin, work_unit);
    }
  }

 private:
  static std::int64_t end_of(const kept_epoch& e) noexcept {
    const std::int64_t end = std::int64_t{e.index} + e.merged;
    return end <= INT32_MAX ? end : std::int64_t{e.index} + 1;
  }
  static void least_of(joules& least, double x) noexcept {
    if (is_number(x) && !(least.count() <= x)) least = joules(x);
  }
  static void most_of(joules& most, double x) noexcept {
    if (is_number(x) && !(most.count() >= x)) most = joules(x);
  }
  /// Scopes of ranks are as scopes of threads; but epochs are the same ones in all of them.
  static void add_scope(scope_line& line, const kept_scope& s, bool is_epoch) {
    if (is_epoch) {
      if (s.count > line.count) line.count = s.count;
      if (s.seconds > line.time.count()) line.time = seconds(s.seconds);
    } else {
      add(line.count, s.count, "counts of scopes");
      line.time += seconds(s.seconds);
    }
    least_of(line.min, s.least);
    most_of(line.max, s.most);
    double grams = line.emissions.count();
    add_known(grams, s.grams);
    line.emissions = grams_co2e(grams);
    if (!s.known) return;
    std::int64_t own = line.own_uj ? line.own_uj->count() : 0,
                 total = line.total_uj ? line.total_uj->count() : 0;
    add(own, s.own, "own_uj");
    add(total, s.total, "total_uj");
    line.own_uj = microjoules(own), line.total_uj = microjoules(total);
    add_range(line.own, own, s.own_low, s.own_high);
    add_range(line.total, total, s.total_low, s.total_high);
  }
  void add_epochs(epoch_line& line, const std::vector<std::uint32_t>& sorted, std::size_t from,
                  std::size_t to, std::int64_t begin, std::uint32_t work_unit) {
    std::int64_t first = INT64_MAX, last = 0, energy = 0;
    double grams = kaya::detail::not_a_number, covered = 0, weight = 0, coverage = 0;
    bool known = false;
    for (std::size_t i = from; i < to; ++i) {
      const kept_epoch& e = all_.epochs[sorted[i]];
      const part& p = all_.parts[e.part];
      if (e.begin < first) first = e.begin;
      if (e.end > last) last = e.end;
      line.open = line.open || e.open;
      if (p.work_unit == work_unit) line.work += e.work;
      if (e.coverage > coverage) coverage = e.coverage;
      if (!e.known) continue;
      known = true;
      add(energy, e.energy, "energy_uj of epochs");
      add_known(grams, e.grams);
      if (p.share() == 0) continue;
      if (e.how > line.how) line.how = e.how;
      const double own = static_cast<double>(e.end - e.begin) * static_cast<double>(p.counted);
      weight += own, covered += own * e.coverage;
    }
    line.start = seconds(static_cast<double>(first - begin) * 1e-9);
    line.duration = seconds(static_cast<double>(last - first) * 1e-9);
    if (known) line.energy_uj = microjoules(energy);
    line.emissions = grams_co2e(grams);
    line.coverage = weight > 0 ? covered / weight : coverage;
  }

  collection& all_;
  const std::vector<std::uint32_t>& order_;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
