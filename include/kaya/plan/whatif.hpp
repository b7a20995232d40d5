// SPDX-License-Identifier: MIT
// The same run elsewhere: in other regions, on a mix, at another PUE, at the best time of a series.
//
//     kaya::plan::what_if other(run.report());
//     other.regions().mix("renewables", kaya::grid::mixes::renewables);
//     for (const auto& ranking : other.rankings()) std::cout << text(ranking);
//
// Figures that count different things (lifecycle or direct, location or market) are never in one ranking.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/detail/refuse.hpp>
#include <kaya/grid/mix.hpp>
#include <kaya/grid/regions.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/interval.hpp>
#include <kaya/plan/schedule.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/table.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// The run as it would have been.
struct alternative {
  std::string what{};  // "France", "as it was"
  std::string code{};  // of the region; empty: none
  grams_per_kilowatt_hour intensity{};
  double pue = 1;
  interval<grams_co2e> emissions{};  // from the interval of the energy, and of the mix
  double to_best = 1;                // over the least emissions above 0 of its ranking
  bool as_it_was = false;
  bool by_name = true;  // added by itself, not by regions()
  std::string note{};   // what is known to be wrong with the region's figure
};

/// Alternatives whose figures count the same, the least emissions first.
struct ranking {
  grid::accounting how = grid::accounting::lifecycle;
  grid::basis basis = grid::basis::location;
  std::vector<alternative> rows{};
};

/// The load of a run by its epochs, in pieces of equal length: energy outside epochs is spread over all of
/// them. Empty if the energy is not known or the run had no length.
inline std::vector<load_piece> load_of(const run_report& r, std::size_t pieces = 8) {
  const double length = r.duration.count();
  if (!r.energy || !(length > 0) || pieces == 0) return {};
  const double each = length / static_cast<double>(pieces);
  std::vector<double> energy(pieces, 0);
  double rest = r.energy->value.count();
  for (const epoch_line& e : r.epochs) {
    if (!e.energy_uj || !(e.duration.count() > 0)) continue;
    const double all = joules(*e.energy_uj).count();
    rest -= all;
    for (std::size_t i = 0; i < pieces; ++i) {
      const double begin = each * static_cast<double>(i), end = begin + each;
      const double from = e.start.count() > begin ? e.start.count() : begin;
      const double stop = e.start.count() + e.duration.count();
      const double to = stop < end ? stop : end;
      if (to > from) energy[i] += all * (to - from) / e.duration.count();
    }
  }
  // Epochs that overlapped have more together than the run: then it is theirs by shares.
  const double all = r.energy->value.count(), in_epochs = all - rest, scale = rest < 0 ? all / in_epochs : 1;
  std::vector<load_piece> load;
  for (const double part : energy)
    load.push_back(
        {seconds(each), watts((part * scale + (rest > 0 ? rest : 0) / static_cast<double>(pieces)) / each)});
  return load;
}

/// Collects alternatives for a run, finished or running. The report is copied where it is needed. With a run
/// whose energy is not known nothing is ranked; one whose own intensity mixes kinds has no place in a
/// ranking.
class what_if {
 public:
  explicit what_if(const run_report& r)
      : energy_(r.energy), pue_(r.pue), load_(load_of(r)), own_(r.intensity) {
    alternative a = with(own_.value, own_.value, own_.value, pue_);
    a.what = "as it was: " + own_.name;
    if (own_.name == "series" && !own_.source.empty()) a.what += " (" + own_.source + ")";
    if (own_.code.empty() && own_.name == "given") a.what += ", taken as " + std::string(to_string(own_.how));
    a.code = own_.code;
    a.note = own_.note;
    a.as_it_was = true;
    if (!own_.mixes_kinds) add(own_.how, own_.basis, std::move(a));
  }

  /// In every region that grid::regions() knows, at the run's PUE or another one.
  what_if& regions(std::optional<double> pue = {}) {
    for (const grid::figure& f : grid::regions()) add(f, pue, false);
    return *this;
  }
  /// In one. Throws std::invalid_argument for a code that is not known.
  what_if& region(std::string_view code, std::optional<double> pue = {}) {
    const auto found = grid::find(code);
    if (!found) refuse_region(code);
    add(*found, pue, true);
    return *this;
  }
  /// On electricity of a mix, with its interval.
  what_if& mix(std::string name, const grid::mix& m, std::optional<double> pue = {}) {
    const interval<grams_per_kilowatt_hour> value = m.intensity();
    alternative a = with(value.value, value.low, value.high, pue.value_or(pue_));
    a.what = std::move(name);
    add(grid::accounting::lifecycle, grid::basis::location, std::move(a));
    return *this;
  }
  /// Where it was, at another PUE, 1 or more.
  what_if& pue(double value) {
    alternative a = with(own_.value, own_.value, own_.value, value);
    a.what = "at this PUE: " + own_.name;
    a.code = own_.code;
    if (!own_.mixes_kinds) add(own_.how, own_.basis, std::move(a));
    return *this;
  }
  /// At the best time between two unix times by a series, with the run's load: its epochs' power in eight
  /// pieces. Nothing is added if the series knows no stretch that is long enough.
  what_if& best_time(std::string name, const grid::series& s, std::int64_t earliest_unix_ns,
                     std::int64_t deadline_unix_ns, std::optional<double> pue = {}) {
    if (load_.empty()) return *this;
    const auto best = best_start(s, earliest_unix_ns, deadline_unix_ns, load_);
    if (!best) return *this;
    const grams_per_kilowatt_hour mean(best->emissions.count() / (energy_->value.count() / 3.6e6));
    alternative a = with(mean, mean, mean, pue.value_or(pue_));
    a.what = std::move(name) + ", start " + std::string(grid::time_string(best->start_unix_ns).view());
    add(s.how(), s.basis(), std::move(a));
    return *this;
  }

  /// What was added, one ranking for each kind of figure, that of the run first.
  std::vector<ranking> rankings() const {
    std::vector<ranking> result;
    if (!energy_) return result;
    for (const ranking& r : rankings_) {
      result.push_back(r);
      std::vector<alternative>& rows = result.back().rows;
      kaya::detail::merge_sort(rows, less);
      std::size_t best = 0;  // a figure of 0 is one that is not known well enough to be told
      while (best < rows.size() && !(rows[best].emissions.value.count() > 0)) ++best;
      for (alternative& a : rows)
        a.to_best = best < rows.size() ? a.emissions.value / rows[best].emissions.value : 1;
    }
    return result;
  }

 private:
  [[noreturn]] static void refuse_region(std::string_view code) {
    std::string allowed = "a code that grid::find() knows", before = "; did you mean ";
    for (const std::string_view near : grid::suggest(code)) {
      allowed += before + std::string(near);
      before = ", ";
    }
    kaya::detail::refuse("region", "\"" + std::string(code) + "\"", allowed);
  }
  alternative with(grams_per_kilowatt_hour value, grams_per_kilowatt_hour low, grams_per_kilowatt_hour high,
                   double pue) const {
    if (!(pue >= 1 && pue <= 100)) kaya::detail::refuse("pue", pue, "1 to 100");
    alternative a;
    a.intensity = value;
    a.pue = pue;
    const interval<joules> e = energy_.value_or(interval<joules>{});
    const auto grams = [&](joules energy, grams_per_kilowatt_hour g) {
      return grams_co2e(energy.count() / 3.6e6 * pue * g.count());
    };
    a.emissions = {grams(e.value, value), grams(e.low, low), grams(e.high, high)};
    return a;
  }
  void add(const grid::figure& f, std::optional<double> pue, bool by_name) {
    alternative a = with(f.value, f.value, f.value, pue.value_or(pue_));
    a.what = f.name;
    a.code = f.code;
    a.note = f.note;
    a.by_name = by_name;
    add(f.how, f.basis, std::move(a));
  }
  void add(grid::accounting how, grid::basis basis, alternative a) {
    for (ranking& r : rankings_)
      if (r.how == how && r.basis == basis) return r.rows.push_back(std::move(a));
    rankings_.push_back({how, basis, {}});
    rankings_.back().rows.push_back(std::move(a));
  }
  /// A figure of 0 that is known to be wrong is no best.
  static bool less(const alternative& a, const alternative& b) noexcept {
    const auto is_wrong = [](const alternative& x) { return !x.note.empty() && !(x.intensity.count() > 0); };
    return is_wrong(a) != is_wrong(b) ? is_wrong(b) : a.emissions.value < b.emissions.value;
  }
  std::optional<interval<joules>> energy_;
  double pue_;
  std::vector<load_piece> load_;
  intensity_line own_;
  std::vector<ranking> rankings_{};
};

namespace detail {

inline std::string two_digits(double x) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, 2);
  return end.ec == std::errc{} ? std::string(text, end.ptr) : std::string("-");
}

}  // namespace detail

/// A ranking as text: its first rows, the last one and those that were added by themselves, with their
/// places.
inline std::string text(const ranking& r, std::size_t most = 10) {
  std::string out =
      "Emissions, " + std::string(to_string(r.how)) + ", " + std::string(to_string(r.basis)) + "\n";
  report::detail::table t{"where", "place", "intensity", "PUE", "emissions", "to best"};
  std::size_t last = 0;
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const alternative& a = r.rows[i];
    if (i >= most && i + 1 != r.rows.size() && !a.by_name) continue;
    if (i > last + 1) t.remark("...");
    last = i;
    t.row({a.what + (a.code.empty() ? "" : " (" + a.code + ")"), std::to_string(i + 1), humanize(a.intensity),
           detail::two_digits(a.pue), humanize(a.emissions.value), detail::two_digits(a.to_best) + "x"});
    if (!a.note.empty()) t.remark("  " + a.note);
  }
  t.print(out);
  return out;
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
