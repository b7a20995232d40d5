// SPDX-License-Identifier: MIT
// Each device once: of the reports that hold one at the same time, the best counts; what another one knows of
// other times is added. What is inside a device that counts is not added to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/merging/facts.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/report/merging/times.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// "90 %".
inline std::string percent(double share) {
  return share > 0 && share < 0.01 ? "<1 %" : std::to_string(rounded(share * 100, 100)) + " %";
}

class devices {
 public:
  /// shown: by line, what is to be in the merged report.
  devices(collection& all, facts& known, const std::vector<std::uint32_t>& order, std::vector<bool>& shown)
      : all_(all), facts_(known), order_(order), shown_(shown) {}

  /// Takes from each report what others have, too.
  void settle() {
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
      const part& p = all_.parts[order_[place]];
      for (std::size_t i = p.lines.first; i < p.lines.end(); ++i)
        if (all_.lines[i].counted) claims_.push_back({facts_.group(i), place, static_cast<std::uint32_t>(i)});
    }
    kaya::detail::merge_sort(claims_, [](const claim& a, const claim& b) { return a.group < b.group; });
    first_claim_.assign(all_.lines.size(), none);
    for (std::size_t i = claims_.size(); i-- > 0;)
      first_claim_[claims_[i].group] = static_cast<std::uint32_t>(i);
    for (std::size_t from = 0, to; from < claims_.size(); from = to) {
      to = end_of(from);
      settle_group(from, to);
    }
  }

 private:
  /// A line that counts; place: its report's in the order.
  struct claim {
    std::uint32_t group = 0, place = 0, line = 0;
  };
  /// What one report says of a device.
  struct rival {
    std::size_t first = 0, end = 0;  // of the claims
    std::uint32_t place = 0;
    bool has_energy = false, is_whole = false;
    meter::provenance how{};
    double coverage = 0;
    std::int64_t owned = 0, length = 0;  // of its time, in nanoseconds
    /// Known at all; for nearly all of its time; in the better way; for more of its time; of a lower rank.
    bool before(const rival& o) const noexcept {
      if (has_energy != o.has_energy) return has_energy;
      if (is_whole != o.is_whole) return is_whole;
      if (how != o.how) return how < o.how;
      if (!is_whole && coverage != o.coverage) return coverage > o.coverage;
      return place < o.place;
    }
    double share() const noexcept {
      return owned >= length ? 1 : static_cast<double>(owned) / static_cast<double>(length);
    }
  };
  static constexpr double nearly_all = 0.95;

  part& part_at(std::uint32_t place) noexcept { return all_.parts[order_[place]]; }
  std::string label_of(const rival& r) { return all_.label(part_at(r.place)); }
  std::size_t end_of(std::size_t from) const noexcept {
    std::size_t to = from + 1;
    while (to < claims_.size() && claims_[to].group == claims_[from].group) ++to;
    return to;
  }

  void settle_group(std::size_t from, std::size_t to) {
    rivals_.clear();
    for (std::size_t i = from; i < to; ++i) {
      const channel_line& c = all_.lines[claims_[i].line];
      if (rivals_.empty() || rivals_.back().place != claims_[i].place) {
        rival r{i, i, claims_[i].place, c.energy_uj.has_value(), c.coverage >= nearly_all, c.how, c.coverage};
        facts_.each_span(claims_[i].line, [&](const span& s) { add(r.length, s.end - s.begin, "times"); });
        r.owned = r.length;
        rivals_.push_back(r);
      }
      rivals_.back().end = i + 1;
    }
    const std::uint32_t around = facts_.container_of(claims_[from].line);
    const std::uint32_t container = around != none ? first_claim_[around] : none;
    if (rivals_.size() > 1 || container != none) share_time(container);
    std::size_t winner = 0;
    for (std::size_t k = 1; k < rivals_.size(); ++k)
      if (rivals_[k].owned > rivals_[winner].owned) winner = k;
    const std::string inside = container == none ? ""
                                                 : "in " + all_.lines[claims_[container].line].name + " of " +
                                                       all_.label(part_at(claims_[container].place));
    const bool counts = rivals_[winner].owned > 0;
    for (std::size_t k = 0; k < rivals_.size(); ++k) {
      const rival& r = rivals_[k];
      for (std::size_t i = r.first; i < r.end; ++i) {
        keep(claims_[i], r.share());
        if (counts && k == winner) shown_[claims_[i].line] = true;
        if (r.owned >= r.length) continue;
        const bool by_others = counts && k != winner;
        drop(claims_[i], r.share(),
             by_others         ? label_of(rivals_[winner])
             : !inside.empty() ? inside
                               : label_of(rivals_[0]));
      }
    }
    for (std::size_t k = 0; k < rivals_.size(); ++k)
      for (std::size_t i = rivals_[k].first; i < rivals_[k].end; ++i)
        if (k != winner && rivals_[k].owned > 0)
          fold(claims_[i], rivals_[k], claims_[rivals_[winner].first], rivals_[winner]);
  }
  void share_time(std::uint32_t container) {
    kaya::detail::merge_sort(rivals_, [](const rival& a, const rival& b) { return a.before(b); });
    time_.begin(rivals_.size() + 1);
    for (std::size_t k = 0; k < rivals_.size(); ++k)
      facts_.each_span(claims_[rivals_[k].first].line, [&](const span& s) { time_.add(k + 1, s); });
    if (container != none) {
      // By other reports: one that counts both has found that neither is in the other.
      is_rival_.resize(order_.size(), false);
      for (const rival& r : rivals_) is_rival_[r.place] = true;
      for (std::size_t i = container, end = end_of(container); i < end; ++i)
        if (!is_rival_[claims_[i].place])
          facts_.each_span(claims_[i].line, [&](const span& s) { time_.add(0, s); });
      for (const rival& r : rivals_) is_rival_[r.place] = false;
    }
    time_.divide();
    for (std::size_t k = 0; k < rivals_.size(); ++k) rivals_[k].owned = time_.owned(k + 1);
  }

  /// A share of a line's time is the report's own; its energy is taken to have been used evenly.
  void keep(const claim& c, double share) {
    channel_line& line = all_.lines[c.line];
    part& p = part_at(c.place);
    if (!line.energy_uj) return;
    const std::int64_t energy = line.energy_uj->count();
    const std::int64_t kept = share == 1 ? energy : rounded(static_cast<double>(energy) * share, energy);
    if (share != 1) {
      const joules value(static_cast<double>(energy) * 1e-6);
      const interval<joules> before = line.energy.value_or(interval<joules>{value, value, value});
      // Nobody knows how much of it was in that time: between half and twice the mean power.
      interval<joules> now{joules(static_cast<double>(kept) * 1e-6), before.low * (share / 2),
                           before.high * (share * 2)};
      if (now.high > before.high) now.high = before.high;
      add(p.dropped, energy - kept, "energy_uj");
      p.dropped_low += (before.low - now.low).count(), p.dropped_high += (before.high - now.high).count();
      line.energy = now;
      line.energy_uj = microjoules(kept);
      if (share > 0) note(line, percent(share) + " of its time counts, " + even);
    }
    add(p.kept, kept, "energy_uj");
    const auto of = static_cast<std::size_t>(line.part);
    add(p.all_of[of], energy, "energy_uj"), add(p.kept_of[of], kept, "energy_uj");
    if (line.how == meter::provenance::measured) add(p.kept_measured, kept, "energy_uj");
    if (line.how > p.kept_worst && share > 0) p.kept_worst = line.how;
  }
  /// Adds what a line knows of other times than the one that counts.
  void fold(const claim& c, const rival& r, const claim& into, const rival& winner) {
    const channel_line& from = all_.lines[c.line];
    channel_line& line = all_.lines[into.line];
    if (!from.energy_uj) return;
    std::int64_t sum = line.energy_uj ? line.energy_uj->count() : 0;
    const joules value(static_cast<double>(sum) * 1e-6);
    interval<joules> range = line.energy.value_or(interval<joules>{value, value, value});
    add(sum, from.energy_uj->count(), "energy_uj");
    range.value = joules(static_cast<double>(sum) * 1e-6);
    range.low += from.energy->low, range.high += from.energy->high;
    line.energy_uj = microjoules(sum), line.energy = range;
    if (from.how > line.how) line.how = from.how;
    const double mine = static_cast<double>(winner.owned), its = static_cast<double>(r.owned);
    line.coverage = (line.coverage * mine + from.coverage * its) / (mine + its);
    if (const double known_ns = line.coverage * (mine + its); known_ns > 0)
      line.rate = watts(range.value.count() / (known_ns * 1e-9));
    note(line, percent(its / (mine + its)) + " of its time by " + label_of(r) + ", " + even);
  }
  static void note(channel_line& line, const std::string& text) {
    if (!line.note.empty()) line.note += "; ";
    line.note += text;
  }
  static constexpr const char* even = "by a mean power that is taken to be right within half and twice it";

  void drop(const claim& c, double share, const std::string& who) {
    std::string text = all_.lines[c.line].name + ": " + who;
    if (share > 0) text += ", for " + percent(1 - share) + " of its time";
    all_.ranks[facts_.rank_for(c.line)].dropped.push_back(std::move(text));
  }

  collection& all_;
  facts& facts_;
  const std::vector<std::uint32_t>& order_;
  std::vector<bool>& shown_;
  std::vector<claim> claims_{};
  std::vector<std::uint32_t> first_claim_{};
  std::vector<bool> is_rival_{};
  std::vector<rival> rivals_{};
  time_sharing time_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
