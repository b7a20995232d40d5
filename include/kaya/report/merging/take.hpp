// SPDX-License-Identifier: MIT
// Takes a report apart into what a merge keeps of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/report/merging/components.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/report/merging/power.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class taker {
 public:
  explicit taker(collection& all) : all_(all) {}

  /// Moves the channels out of the report, and the ranks.
  void take(run_report& r) {
    part p;
    p.number = static_cast<std::uint32_t>(all_.parts.size());
    p.enabled = r.enabled, p.finished = r.finished, p.of = r.of;
    p.host = all_.texts.of(r.hardware.host), p.boot = all_.texts.of(r.hardware.boot_id);
    p.project = all_.texts.of(r.project), p.version = all_.texts.of(r.kaya_version);
    p.work_unit = all_.texts.of(r.work_unit);
    p.begin = r.start_unix_ns > 0 && r.start_unix_ns < INT64_MAX / 2 ? r.start_unix_ns : 0;
    p.end = later(p.begin, r.duration.count());
    take_totals(p, r);
    take_times(p, r);
    take_ranks(p, r);
    p.lines = {all_.lines.size(), r.channels.size()};
    for (channel_line& c : r.channels) {
      p.counted += c.counted ? 1u : 0u;
      all_.lines.push_back(std::move(c));
    }
    p.scopes = {all_.scopes.size(), r.scopes.size()};
    for (const scope_line& s : r.scopes) take_scope(p, s);
    p.epochs = {all_.epochs.size(), r.epochs.size()};
    for (const epoch_line& e : r.epochs) take_epoch(p, e);
    take_components(p, r);
    power_merger(all_).take(p, r);
    all_.parts.push_back(p);
  }

 private:
  void take_totals(part& p, const run_report& r) {
    p.known = r.energy_uj.has_value();
    p.energy = p.known ? r.energy_uj->count() : 0;
    const double joules = static_cast<double>(p.energy) * 1e-6;
    p.low = r.energy ? r.energy->low.count() : joules;
    p.high = r.energy ? r.energy->high.count() : joules;
    p.priced = r.emissions && is_number(r.emissions->value.count());
    if (p.priced) {
      p.grams = r.emissions->value.count();
      p.grams_low = r.emissions->low.count(), p.grams_high = r.emissions->high.count();
    }
    p.work = r.work, p.measured_share = r.measured_share, p.worst = r.worst_provenance;
    p.pue = r.pue, p.pue_assumed = r.pue_assumed;
    if (r.wue) p.wue = r.wue->count();
    if (r.water) p.water = r.water->count();
    const intensity_line& i = r.intensity;
    p.intensity = i.value.count(), p.beyond_series = i.beyond_series;
    p.code = all_.texts.of(i.code), p.name = all_.texts.of(i.name), p.source = all_.texts.of(i.source);
    p.year = i.year, p.how = i.how, p.basis = i.basis, p.assumed = i.assumed, p.mixes_kinds = i.mixes_kinds;
    p.total_epochs = r.total_epochs;
    const self_cost& o = r.overhead;
    p.sampler_cpu = o.sampler_cpu.count(), p.reading = o.reading.count();
    p.longest_gap = o.longest_gap.count();
    p.samples = o.samples, p.stamps = o.stamps, p.late_stamps = o.late_stamps;
    p.bytes = o.bytes, p.pending = o.pending;
    if (!r.lost) return;
    p.has_lost = true, p.lost_known = r.lost->energy_uj.has_value();
    p.lost_epochs = r.lost->epochs, p.lost_energy = p.lost_known ? r.lost->energy_uj->count() : 0;
    p.lost_grams = r.lost->emissions.count(), p.lost_seconds = r.lost->duration.count();
    p.lost_work = r.lost->work;
  }
  /// When it was charged: of a run that was resumed, the time between its processes is not.
  void take_times(part& p, const run_report& r) {
    p.spans.first = all_.spans.size();
    for (const process_line& k : r.processes) {
      if (r.processes.size() < 2 || k.start_unix_ns <= 0 || k.start_unix_ns >= INT64_MAX / 2) break;
      span s{k.start_unix_ns, later(k.start_unix_ns, k.duration.count())};
      if (all_.spans.size() > p.spans.first && s.begin < all_.spans.back().end)
        s.begin = all_.spans.back().end;
      if (s.begin < s.end) all_.spans.push_back(s);
    }
    if (all_.spans.size() == p.spans.first)  // an instant, if it took no time, and not nothing
      all_.spans.push_back({p.begin, p.end > p.begin ? p.end : p.begin + 1});
    p.spans.count = all_.spans.size() - p.spans.first;
  }
  void take_ranks(part& p, run_report& r) {
    p.is_merged = !r.ranks.empty();
    p.ranks.first = all_.ranks.size();
    for (rank_line& k : r.ranks) all_.ranks.push_back(std::move(k));
    if (!p.is_merged) {
      rank_line k;
      k.rank = r.hardware.rank, k.local_rank = r.hardware.local_rank;
      k.host = r.hardware.host, k.boot_id = r.hardware.boot_id, k.run_id = r.run_id;
      k.start_unix_ns = r.start_unix_ns, k.duration = r.duration;
      k.energy_uj = r.energy_uj, k.work = r.work;
      k.emissions = r.emissions ? r.emissions->value : grams_co2e(kaya::detail::not_a_number);
      all_.ranks.push_back(std::move(k));
    }
    p.ranks.count = all_.ranks.size() - p.ranks.first;
    for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) {
      const std::optional<int> rank = all_.ranks[i].rank;
      if (rank && (!p.rank || *rank < *p.rank)) p.rank = rank;
      if (rank && (!p.last_rank || *rank > *p.last_rank)) p.last_rank = rank;
    }
  }
  void take_scope(const part& p, const scope_line& s) {
    kept_scope k;
    k.name = all_.texts.of(s.name), k.part = p.number;
    k.count = s.count;
    k.known = s.own_uj.has_value();
    k.own = k.known ? s.own_uj->count() : 0;
    k.total = s.total_uj ? s.total_uj->count() : k.own;
    const double own = static_cast<double>(k.own) * 1e-6, total = static_cast<double>(k.total) * 1e-6;
    k.own_low = s.own ? s.own->low.count() : own, k.own_high = s.own ? s.own->high.count() : own;
    k.total_low = s.total ? s.total->low.count() : total;
    k.total_high = s.total ? s.total->high.count() : total;
    k.least = s.min.count(), k.most = s.max.count();
    k.seconds = s.time.count(), k.grams = s.emissions.count();
    all_.scopes.push_back(k);
    for (const std::string& mark : s.marks) {
      const kept_mark m{k.name, all_.texts.of(mark)};
      if (all_.marked.at(pair_of(m.name, m.mark), 0)++ == 0) all_.marks.push_back(m);
    }
  }
  void take_epoch(const part& p, const epoch_line& e) {
    kept_epoch k;
    k.index = e.index, k.merged = e.merged > 0 ? e.merged : 1;
    k.part = p.number;
    k.how = e.how, k.open = e.open;
    k.begin = later(p.begin, e.start.count());
    k.end = later(k.begin, e.duration.count());
    k.known = e.energy_uj.has_value();
    k.energy = k.known ? e.energy_uj->count() : 0;
    k.grams = e.emissions.count(), k.work = e.work, k.coverage = e.coverage;
    all_.epochs.push_back(k);
  }

  collection& all_;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
