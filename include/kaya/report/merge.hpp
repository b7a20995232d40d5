// SPDX-License-Identifier: MIT
// The reports of a job's ranks as one, in which each device is counted once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <kaya/ledger/spread.hpp>
#include <kaya/report/merging/components.hpp>
#include <kaya/report/merging/devices.hpp>
#include <kaya/report/merging/events.hpp>
#include <kaya/report/merging/facts.hpp>
#include <kaya/report/merging/lines.hpp>
#include <kaya/report/merging/order.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/report/merging/power.hpp>
#include <kaya/report/merging/rescale.hpp>
#include <kaya/report/merging/take.hpp>
#include <kaya/report/merging/totals.hpp>
#include <kaya/report/merging/uncounted.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// Takes one report after the other, so that not all need to be in memory, and gives one of the whole job:
///
/// - A device that several reports of a node hold (the same boot, or host name where a boot is not known; the
///   same device or uuid; the same component) is counted once at each time: by the report that knows its
///   energy for nearly all of its time, in the better way, of the lower rank. What another one knows of other
///   times is added in proportion to time, with a range from half to twice, and noted. A device in another
///   one that counts, of another report, is not counted. Whose is dropped stands in rank_line::dropped, and
///   that rank's scopes and epochs are less in proportion.
/// - Own energy of all scopes still adds up to the energy, exactly, and so does that of the ranks.
/// - Scopes of one name are one, epochs of one number are one, from the first rank's start to the last one's
///   end; energies, work, emissions and costs are added, and so are the ends of ranges. Work in another unit
///   than the lowest rank's is not added. PUE and WUE are means by energy, the carbon intensity one by energy
///   x PUE.
/// - Power over time is on one grid of at most 128 spans; of thousands of ranks each brings 16 or more.
/// - Texts, metrics and facts about the machine are the lowest rank's. channel_line::host says where a device
///   is. Lines that are only shown, and lines that another rank holds, are there once, or not at all if the
///   device counts.
/// - What does not fit together is an event: reports of different projects, units, versions; a report that is
///   there twice; a node whose reader gave none.
///
/// A merged report can be merged again. Of a single one all stays as it is, with one line of ranks.
class merger {
 public:
  /// Texts and lines are kept, some 6 kB of a report with 12 channels, 8 scopes and 20 epochs.
  void add(run_report r) {
    if (count_++ == 0) first_ = std::move(r);
    else {
      if (first_) take(*std::exchange(first_, std::nullopt));
      take(std::move(r));
    }
  }
  /// How many were added.
  std::size_t size() const noexcept { return count_; }

  /// Of all that were added; afterwards there are none. Throws std::invalid_argument if none were added, or
  /// if two merged ones have a run in common; std::overflow_error, which names the sum, if one is beyond 64
  /// bits (2.56 GWh).
  run_report result() {
    if (count_ == 0) throw std::invalid_argument("report::merge: no report was given");
    merger all = std::exchange(*this, merger());
    return all.first_ ? all.alone() : all.merged();
  }

 private:
  void take(run_report r) {
    merging::taker taker(all_);
    taker.take(r);
    const merging::part& p = all_.parts.back();
    const std::string who = p.is_merged ? "" : all_.label(p);
    for (const event& e : r.events) events_.add(e, who, p.begin);
    const std::int64_t rank = std::int64_t{p.rank.value_or(INT32_MAX)} << 32 | p.number;
    for (epoch_line& e : r.epochs) metrics_.keep(e.index, rank, e.metrics);
    if (lead_number_ && !merging::leads(p, all_.parts[*lead_number_])) return;
    lead_number_ = p.number;
    r.channels.clear(), r.scopes.clear(), r.epochs.clear(), r.events.clear(), r.ranks.clear(),
        r.power.clear(), r.components.clear();
    lead_ = std::move(r);
  }
  run_report alone() {
    run_report r = std::move(*first_);
    if (!r.ranks.empty()) return r;
    rank_line k;
    k.rank = r.hardware.rank, k.local_rank = r.hardware.local_rank;
    k.host = r.hardware.host, k.boot_id = r.hardware.boot_id, k.run_id = r.run_id;
    k.start_unix_ns = r.start_unix_ns, k.duration = r.duration;
    k.energy_uj = r.energy_uj, k.work = r.work;
    k.emissions = r.emissions ? r.emissions->value : grams_co2e(kaya::detail::not_a_number);
    r.ranks.push_back(std::move(k));
    return r;
  }
  run_report merged() {
    run_report r = std::move(lead_);
    const std::vector<std::uint32_t> order = merging::sorter(all_).sort();
    std::vector<bool> shown(all_.lines.size(), false);
    {
      merging::facts known(all_, order);
      merging::devices(all_, known, order, shown).settle();
      merging::uncounted(all_, known, order, shown).settle();
    }
    merging::totals(all_, order).fill(r);
    merging::rescaler rescaler(all_);
    std::int64_t unattributed = 0;
    for (const std::uint32_t number : order)
      merging::add(unattributed, rescaler.rescale(all_.parts[number]), "own_uj");
    set_times(r, order);
    set_cost(r, order);
    merging::line_merger lines(all_, order);
    lines.scopes(r, rescaler.epoch_name(), rescaler.outside_name(), unattributed, r.energy_uj.has_value());
    lines.epochs(r, r.start_unix_ns, all_.parts[order.front()].work_unit, metrics_);
    set_extremes_of_epochs(r);
    r.components = merging::merged_components(all_, order);
    r.power = merging::power_merger(all_).merged(order, r.start_unix_ns,
                                                 merging::later(r.start_unix_ns, r.duration.count()));
    set_ranks(r, order);
    r.channels = take_lines(order, shown);
    r.hardware.rank.reset(), r.hardware.local_rank.reset();  // those are in the lines of ranks
    r.events = events_.take(std::move(all_.said), r.start_unix_ns);
    return r;
  }

  void set_times(run_report& r, const std::vector<std::uint32_t>& order) const {
    std::int64_t begin = INT64_MAX, end = 0;
    for (const std::uint32_t number : order) {
      const merging::part& p = all_.parts[number];
      if (!p.enabled && r.enabled) continue;
      if (p.begin < begin) begin = p.begin;
      if (p.end > end) end = p.end;
    }
    r.start_unix_ns = begin;
    r.duration = seconds(static_cast<double>(end - begin) * 1e-9);
  }
  void set_cost(run_report& r, const std::vector<std::uint32_t>& order) const {
    self_cost& o = r.overhead;
    o.sampler_cpu = o.reading = o.longest_gap = seconds(0);
    std::uint64_t bytes = 0, pending = 0;
    o.samples = o.stamps = o.late_stamps = 0;
    for (const std::uint32_t number : order) {
      const merging::part& p = all_.parts[number];
      o.sampler_cpu += seconds(p.sampler_cpu), o.reading += seconds(p.reading);
      if (p.longest_gap > o.longest_gap.count()) o.longest_gap = seconds(p.longest_gap);
      merging::add(o.samples, p.samples, "samples"), merging::add(o.stamps, p.stamps, "stamps");
      merging::add(o.late_stamps, p.late_stamps, "late_stamps");
      merging::add(bytes, p.bytes, "memory_bytes"), merging::add(pending, p.pending, "pending");
    }
    o.bytes = static_cast<std::size_t>(bytes), o.pending = static_cast<std::size_t>(pending);
  }
  /// Those of one epoch of the whole job, not of one rank's part in it.
  static void set_extremes_of_epochs(run_report& r) {
    for (scope_line& s : r.scopes) {
      if (s.name != "epoch") continue;
      joules least(kaya::detail::not_a_number), most = least;
      for (const epoch_line& e : r.epochs) {
        if (e.open || e.merged != 1 || !e.energy_uj) continue;
        const joules energy = *e.energy_uj;
        if (!(least <= energy)) least = energy;
        if (!(most >= energy)) most = energy;
      }
      s.min = least, s.max = most;
    }
  }
  void set_ranks(run_report& r, const std::vector<std::uint32_t>& order) {
    ledger::divider divider;
    for (const std::uint32_t number : order) {
      const merging::part& p = all_.parts[number];
      if (p.dropped != 0) {
        divider.make_room(p.ranks.count);
        divider.begin();
        for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i)
          divider.add(static_cast<double>(all_.ranks[i].energy_uj.value_or(microjoules(0)).count()));
        const bool divided = divider.divide(p.left());
        for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) {
          rank_line& k = all_.ranks[i];
          if (k.energy_uj) k.energy_uj = microjoules(divided ? divider.part(i - p.ranks.first) : 0);
          k.emissions *= p.grams_share();
        }
      }
      for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) r.ranks.push_back(std::move(all_.ranks[i]));
    }
  }
  /// In place if they came in the order of ranks, for they are most of the memory.
  std::vector<channel_line> take_lines(const std::vector<std::uint32_t>& order,
                                       const std::vector<bool>& shown) {
    std::vector<std::uint32_t> kept;
    bool in_order = true;
    for (const std::uint32_t number : order) {
      const merging::part& p = all_.parts[number];
      for (std::size_t i = p.lines.first; i < p.lines.end(); ++i) {
        if (!shown[i]) continue;
        in_order = in_order && (kept.empty() || kept.back() < i);
        kept.push_back(static_cast<std::uint32_t>(i));
        channel_line& c = all_.lines[i];
        if (c.host.empty()) c.host = all_.texts.text(p.host);
      }
    }
    if (in_order) {
      for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i] != i) all_.lines[i] = std::move(all_.lines[kept[i]]);
      all_.lines.resize(kept.size());
      return std::move(all_.lines);
    }
    std::vector<channel_line> lines;
    lines.reserve(kept.size());
    for (const std::uint32_t i : kept) lines.push_back(std::move(all_.lines[i]));
    return lines;
  }

  merging::collection all_{};
  merging::event_sample events_{};
  merging::kept_metrics metrics_{};
  std::optional<run_report> first_{};  // as long as it is the only one
  run_report lead_{};
  std::optional<std::uint32_t> lead_number_{};
  std::size_t count_ = 0;
};

/// The same of reports that are all there. Throws as merger::result() does.
inline run_report merge(std::span<const run_report> reports) {
  merger all;
  for (const run_report& r : reports) all.add(r);
  return all.result();
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
