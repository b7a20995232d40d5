// SPDX-License-Identifier: MIT
// The figures of the run as a whole: sums, means by energy, and what to say where reports differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/report/merging/part.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// A mean by weight that is exact where all are the same, and how far they differ.
struct weighted {
  double sum = 0, weight = 0, least = 0, most = 0;
  bool any = false;
  void add(double x, double w) noexcept {
    if (!any || x < least) least = x;
    if (!any || x > most) most = x;
    any = true;
    sum += x * w, weight += w;
  }
  bool differs() const noexcept { return any && least != most; }
  double mean(double otherwise) const noexcept {
    if (!any) return otherwise;
    return !differs() ? least : weight > 0 ? sum / weight : otherwise;
  }
};

/// Texts in the order in which they come, each once, a few of them.
class text_list {
 public:
  void add(std::uint32_t id) {
    for (const std::uint32_t known : ids_)
      if (known == id) return;
    if (ids_.size() == most) more_ = true;
    else ids_.push_back(id);
  }
  bool differ() const noexcept { return ids_.size() > 1; }
  std::string text(const text_ids& texts) const {
    std::string all;
    for (const std::uint32_t id : ids_)
      (all += all.empty() ? "" : ", ") += id != 0 ? texts.text(id) : std::string_view("none");
    return all + (more_ ? ", ..." : "");
  }

 private:
  static constexpr std::size_t most = 4;
  std::vector<std::uint32_t> ids_{};
  bool more_ = false;
};

class totals {
 public:
  totals(collection& all, const std::vector<std::uint32_t>& order) : all_(all), order_(order) {}

  /// r is the lead's, whose texts stay.
  void fill(run_report& r) {
    std::int64_t energy = 0;
    double low = 0, high = 0, grams = 0, grams_low = 0, grams_high = 0, measured = 0, beyond = 0;
    double work = 0, other_work = 0;
    bool known = false, priced = false, unpriced = false, no_water = false;
    weighted pue, intensity, wue;
    text_list codes, names, sources, units, versions, projects;
    std::optional<double> water;
    const part& lead = all_.parts[order_.front()];
    std::optional<attribution> of;
    bool finished = true, enabled = false, mixed_of = false, kinds = false;
    std::size_t disabled = 0;
    r.intensity.assumed = r.intensity.mixes_kinds = false;
    std::optional<bool> pue_assumed;
    r.worst_provenance = meter::provenance::measured;
    r.total_epochs = 0;
    r.lost.reset();
    for (const std::uint32_t number : order_) {
      const part& p = all_.parts[number];
      if (!p.enabled) {
        ++disabled;
        continue;
      }
      enabled = true;
      finished = finished && p.finished;
      versions.add(p.version), projects.add(p.project);
      if (of && *of != p.of) mixed_of = true;
      of = of.value_or(p.of);
      if (p.total_epochs > r.total_epochs) r.total_epochs = p.total_epochs;
      if (p.work != 0) units.add(p.work_unit);
      (p.work_unit == lead.work_unit ? work : other_work) += p.work;
      if (p.has_lost) add_lost(r, p, p.work_unit == lead.work_unit);
      if (!p.known) continue;
      known = true;
      add(energy, p.left(), "energy_uj");
      const double share = p.share(), own = static_cast<double>(p.left());
      low += at_least_0(p.low - p.dropped_low), high += at_least_0(p.high - p.dropped_high);
      if (share == 0) continue;
      const auto worst = p.dropped == 0 ? p.worst : p.kept_worst;
      if (worst > r.worst_provenance) r.worst_provenance = worst;
      const double mine = p.dropped == 0 || p.kept == 0
                              ? p.measured_share
                              : static_cast<double>(p.kept_measured) / static_cast<double>(p.kept);
      measured += own * mine;
      pue.add(p.pue, own);
      pue_assumed = pue_assumed.value_or(false) || p.pue_assumed;
      const double grams_share = p.grams_share();
      // So that energy x PUE x intensity is the sum of emissions.
      intensity.add(grams_share == share ? p.intensity : p.intensity * (grams_share / share), own * p.pue);
      codes.add(p.code), names.add(p.name), sources.add(p.source);
      r.intensity.assumed = r.intensity.assumed || p.assumed;
      r.intensity.mixes_kinds = r.intensity.mixes_kinds || p.mixes_kinds;
      kinds = kinds || p.how != lead.how || p.basis != lead.basis;
      if (p.year != r.intensity.year) r.intensity.year = 0;
      beyond += own * p.beyond_series;
      if (p.wue) wue.add(*p.wue, own);
      else no_water = true;
      if (p.water) water = water.value_or(0) + *p.water * share;
      if (!p.priced) {
        unpriced = true;
        continue;
      }
      priced = true;
      grams += p.grams * grams_share;
      const double of_energy = grams_share / share;
      grams_low += p.dropped == 0 ? p.grams_low : of_energy * scaled(p.grams_low, p.low, p.dropped_low);
      grams_high += p.dropped == 0 ? p.grams_high : of_energy * scaled(p.grams_high, p.high, p.dropped_high);
    }
    r.enabled = enabled, r.finished = enabled && finished;
    r.of = of.value_or(r.of);
    r.work = work;
    r.energy_uj.reset(), r.energy.reset(), r.emissions.reset(), r.water.reset();
    if (known) {
      r.energy_uj = microjoules(energy);
      r.energy = interval<joules>{joules(static_cast<double>(energy) * 1e-6), joules(low), joules(high)};
      if (priced || energy == 0)
        r.emissions = interval<grams_co2e>{grams_co2e(grams), grams_co2e(grams_low), grams_co2e(grams_high)};
    }
    r.measured_share = energy > 0 ? measured / static_cast<double>(energy) : 0;
    r.pue = pue.mean(r.pue), r.pue_assumed = pue_assumed.value_or(r.pue_assumed);
    if (wue.any) r.wue = litres_per_kilowatt_hour(wue.mean(0));
    if (water) r.water = litres(*water);
    fill_intensity(r.intensity, intensity, codes, names, sources, kinds);
    r.intensity.beyond_series = energy > 0 ? beyond / static_cast<double>(energy) : 0;

    const auto say = [&](bool so, severity level, const std::string& what) {
      if (so) all_.say(level, "merge", what);
    };
    say(pue.differs(), severity::info, "the PUE is the mean by energy: " + range_of(pue));
    say(pue.differs() && r.pue_assumed, severity::warning,
        "the PUE of some ranks was assumed, as none was given; it is in the mean");
    say(wue.differs(), severity::info, "the WUE is the mean by energy: " + range_of(wue));
    say(wue.any && no_water, severity::warning, "ranks without a WUE: their energy is not in the water");
    say(priced && unpriced, severity::warning,
        "ranks whose emissions are not known: they are not in the sum");
    say(units.differ(), severity::warning,
        "work is counted in different units, of which only " + r.work_unit +
            " is added: " + units.text(all_.texts));
    say(versions.differ(), severity::info,
        "the reports are of different versions of kaya: " + versions.text(all_.texts));
    say(projects.differ(), severity::warning,
        "the reports are of different projects: " + projects.text(all_.texts));
    say(mixed_of, severity::warning, "some reports are of the machine, others of a process or control group");
    say(!mixed_of && of == attribution::cgroup && order_.size() > 1, severity::warning,
        "the reports are of control groups: ranks in one group count its energy each; attribution::process "
        "does not");
    say(disabled > 0 && enabled, severity::warning,
        std::to_string(disabled) +
            " of the reports are of a tracker that was disabled: what these used is not known");
  }

 private:
  static double at_least_0(double x) noexcept { return x > 0 ? x : 0; }
  /// Emissions at an end of the energy's range, which is that much less now.
  static double scaled(double end_grams, double end_joules, double dropped_joules) noexcept {
    return end_joules > 0 ? end_grams * at_least_0(end_joules - dropped_joules) / end_joules : 0;
  }
  static std::string range_of(const weighted& w) {
    return kaya::detail::shortest(w.least) + " to " + kaya::detail::shortest(w.most);
  }
  void fill_intensity(intensity_line& i, const weighted& value, const text_list& codes,
                      const text_list& names, const text_list& sources, bool kinds) const {
    i.value = grams_per_kilowatt_hour(value.mean(i.value.count()));
    const auto note = [&](const std::string& text) { i.note += (i.note.empty() ? "" : "; ") + text; };
    if (value.differs())
      note("mean by energy of ranks with " + humanize(grams_per_kilowatt_hour(value.least)) + " to " +
           humanize(grams_per_kilowatt_hour(value.most)));
    if (codes.differ()) {
      note("of " + codes.text(all_.texts));
      i.code.clear();
      i.iso3.clear();
    }
    if (names.differ()) i.name = names.text(all_.texts);
    if (sources.differ()) i.source = sources.text(all_.texts);
    if (kinds) {
      note("the ranks' figures are of different kinds");
      i.mixes_kinds = true;
    }
  }
  /// Ranks lose the same epochs together, each its own energy and work.
  static void add_lost(run_report& r, const part& p, bool same_unit) {
    if (!r.lost) {
      r.lost.emplace();
      r.lost->emissions = grams_co2e(kaya::detail::not_a_number);
    }
    lost_work& l = *r.lost;
    if (p.lost_epochs > l.epochs) l.epochs = p.lost_epochs;
    if (p.lost_seconds > l.duration.count()) l.duration = seconds(p.lost_seconds);
    if (same_unit) l.work += p.lost_work;
    if (!p.lost_known) return;
    std::int64_t sum = l.energy_uj ? l.energy_uj->count() : 0;
    const double share = p.share();
    add(sum, share == 1 ? p.lost_energy : rounded(static_cast<double>(p.lost_energy) * share, p.lost_energy),
        "lost energy_uj");
    l.energy_uj = microjoules(sum);
    double grams = l.emissions.count();
    add_known(grams, p.lost_grams * p.grams_share());
    l.emissions = grams_co2e(grams);
  }

  collection& all_;
  const std::vector<std::uint32_t>& order_;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
