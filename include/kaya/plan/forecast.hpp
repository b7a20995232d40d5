// SPDX-License-Identifier: MIT
// What a run will have used at its end, from its epochs so far: energy, emissions, duration and end, each
// with its 95 % interval. tracker::forecast() asks this at any time of a run; it can be asked by itself:
//
//     const auto f = kaya::plan::forecast({.epochs = done, .total_epochs = 100, .start_unix_ns = start,
//                                          .elapsed = 310_s, .energy_so_far = 93_kJ, ...});
//     if (f) std::cout << f->energy.value << " until " << kaya::grid::time_string(f->end_unix_ns).view();
//
// Epochs done are taken as they were. Those to come are forecast by forecasting/extrapolate.hpp, which leaves
// out warm-up and follows drift; the time and the energy of epochs separately, each with the time between
// epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/interval.hpp>
#include <kaya/plan/forecasting/extrapolate.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// An epoch that is over, or several in a row in one line.
struct epoch_done {
  seconds start{}, duration{};                // since the start of the run
  joules energy{kaya::detail::not_a_number};  // of the IT equipment; NaN: not known
  int merged = 1;                             // epochs in this line
};

struct forecast_input {
  std::span<const epoch_done> epochs{};              // in order of their start
  int total_epochs = 0;                              // planned; 0: unknown
  std::int64_t start_unix_ns = 0;                    // of the run
  seconds elapsed{};                                 // since then; not before the end of the last epoch
  joules energy_so_far{kaya::detail::not_a_number};  // all of it, outside epochs too; NaN: unknown
  grams_co2e emissions_so_far{kaya::detail::not_a_number};  // the same
  double pue = 1;
  grams_per_kilowatt_hour intensity{};   // of the rest, where the series knows nothing
  const grid::series* series = nullptr;  // null: none
};

/// Of the whole run. What cannot be known, as nothing meters energy, is NaN.
struct forecast_result {
  interval<joules> energy{};  // of the IT equipment, as in the report
  interval<grams_co2e> emissions{};
  interval<seconds> duration{};
  std::int64_t end_unix_ns = 0, earliest_end_unix_ns = 0, latest_end_unix_ns = 0;
  int epochs_done = 0, epochs_left = 0;
  int warm_up = 0;          // first epochs recognised as warm-up, by their time or their energy, and left out
  bool drifts = false;      // their time or their energy goes up or down, and is forecast to go on
  double series_share = 0;  // of the time to come, 0 to 1: for how much of it the series knows the intensity
};

namespace forecasting {

/// The mean intensity from one time to another, by a series where it knows it and one figure elsewhere.
struct price {
  double grams_per_joule = 0, known = 0;  // known: share of the time
};
inline price price_between(const grid::series* series, grams_per_kilowatt_hour elsewhere, std::int64_t from,
                           std::int64_t to) noexcept {
  price p{elsewhere.count() / 3.6e6, 0};
  if (series == nullptr || series->empty()) return p;
  if (to <= from) {
    const auto now = series->at(from);
    return now ? price{now->count() / 3.6e6, 1} : p;
  }
  const auto length = static_cast<double>(to - from);
  double sum = 0;
  for (std::int64_t begin = from, end = from; begin < to; begin = end) {
    const grid::stretch s = series->stretch_at(begin);
    end = s.end_ns < to ? s.end_ns : to;
    const auto mean = s.known ? series->mean(begin, end) : std::nullopt;
    if (!mean) continue;
    const double share = static_cast<double>(end - begin) / length;
    sum += share * mean->count() / 3.6e6;
    p.known += share;
  }
  p.grams_per_joule = sum + (1 - p.known) * p.grams_per_joule;
  return p;
}

/// What was used and what is to come: the rest counts from the end of the last epoch, of which the open epoch
/// has used `open` already. If that is more than an epoch is forecast to take, the rest is what is behind it.
inline interval<double> whole(double used, double open, const rest& r, int left) noexcept {
  const double others = static_cast<double>(left - 1) / left;
  const auto with = [&](double to_come) {
    const double less = to_come - open, least = to_come * others;
    return used + (less > least ? less : least);
  };
  return {with(r.value), with(r.low), with(r.high)};
}

inline std::int64_t at(std::int64_t start_ns, double elapsed) noexcept {
  const double ns = elapsed * 1e9 + 0.5;
  if (!(ns < 9.2e18)) return INT64_MAX;
  const auto offset = static_cast<std::int64_t>(ns);
  return start_ns > 0 && offset > INT64_MAX - start_ns ? INT64_MAX : start_ns + offset;
}

}  // namespace forecasting

/// The forecast; empty before two epochs are done (of one nobody knows whether it was warm-up) and if the
/// number of epochs is not known. Once all are done, it is what was used, without an interval. Never less
/// than what was used. The open epoch's time and energy count as done, for at most one epoch's.
///
/// Outside epochs: the time between them belongs to the epoch after it, with the mean power of all time
/// outside; the time before the first is not repeated. What follows the last epoch is not forecast.
/// The interval is meant to hold in 95 % of runs like those before; in the back-test,
/// tests/forecast_test.cpp, it held in 91 to 92 % at a tenth of the run. What the epochs done cannot show, as
/// a machine that is shared with others later, it does not know, nor how far the meters may be off.
/// Emissions: the energy of the rest, spread evenly over the duration forecast for it, times PUE and the
/// intensity then. Their interval is that of the energy: intensity and PUE count as certain.
/// Takes O(n) for n epochs; throws nothing but std::bad_alloc.
inline std::optional<forecast_result> forecast(const forecast_input& in) {
  constexpr double unknown = kaya::detail::not_a_number;
  double done = 0, in_epochs = 0, known_energy = 0, known_time = 0, end = 0, between = 0;
  for (const epoch_done& e : in.epochs) {
    const double start = e.start.count(), time = e.duration.count(), energy = e.energy.count();
    if (done > 0 && start > end) between += start - end;
    done += e.merged, in_epochs += time;
    if (start + time > end) end = start + time;
    if (energy == energy) known_energy += energy, known_time += time;
  }
  const double elapsed = in.elapsed.count() > end ? in.elapsed.count() : end;
  if (done < 2 || in.total_epochs <= 0) return {};
  forecast_result f;
  f.epochs_done = static_cast<int>(done);
  f.epochs_left = in.total_epochs > f.epochs_done ? in.total_epochs - f.epochs_done : 0;
  const double so_far = in.energy_so_far.count(), grams = in.emissions_so_far.count();
  f.duration = {seconds(elapsed), seconds(elapsed), seconds(elapsed)};
  f.energy = {in.energy_so_far, in.energy_so_far, in.energy_so_far};
  f.emissions = {in.emissions_so_far, in.emissions_so_far, in.emissions_so_far};
  const auto set_end = [&] {
    f.end_unix_ns = forecasting::at(in.start_unix_ns, f.duration.value.count());
    f.earliest_end_unix_ns = forecasting::at(in.start_unix_ns, f.duration.low.count());
    f.latest_end_unix_ns = forecasting::at(in.start_unix_ns, f.duration.high.count());
  };
  if (f.epochs_left == 0) {
    set_end();
    return f;
  }

  // Since the last epoch an epoch was open, at the power of the others; the rest of the time was outside.
  const double open = elapsed - end, outside = end - in_epochs;
  const double power = known_time > 0 ? known_energy / known_time : 0;
  const double beside = so_far - known_energy - power * (in_epochs - known_time);  // outside, and open
  const double open_energy = !(beside > 0) ? 0 : beside < power * open ? beside : power * open;
  const double outside_power = beside > open_energy && outside > 0 ? (beside - open_energy) / outside : 0;

  // Of long runs, what comes after the first 128 lines is taken together in up to 384 groups, which say as
  // much about what is to come: the stories are told in a time that does not grow.
  const std::size_t lines = in.epochs.size(), single = lines > 512 ? 128 : lines;
  const std::size_t group = lines > single ? (lines - single + 383) / 384 : 1;
  std::vector<forecasting::observation> seen;
  seen.reserve(lines > 512 ? 512 : lines);
  const auto collect = [&](auto&& value_of) {  // with what was outside before each, the first with the mean
    seen.clear();
    double index = 0, before = 0, known = 0;
    std::size_t in_group = 0;
    for (std::size_t i = 0; i < lines; ++i) {
      const epoch_done& e = in.epochs[i];
      const double count = e.merged, start = e.start.count(), end_of_it = start + e.duration.count();
      const double gap = i == 0 ? between / (done - 1) : start > before ? start - before : 0;
      const double value = value_of(e, gap) / count, at = index + (count - 1) / 2;
      index += count;
      if (end_of_it > before) before = end_of_it;
      if (!kaya::detail::is_finite(value)) continue;
      known += count;
      if (i >= single && in_group > 0 && in_group < group) {
        forecasting::observation& o = seen.back();
        const double share = count / (o.count + count);
        o = {o.value + (value - o.value) * share, o.at + (at - o.at) * share, o.count + count};
        ++in_group;
      } else {
        seen.push_back({value, at, count});
        in_group = i >= single;
      }
    }
    return known >= 2;
  };
  const auto note = [&](const forecasting::rest& r) {
    if (r.warm_up > f.warm_up) f.warm_up = r.warm_up;
    f.drifts = f.drifts || r.drifts > 0.5;
  };

  double rest_seconds = 0;
  if (collect([](const epoch_done& e, double gap) { return e.duration.count() + gap; })) {
    const auto r = forecasting::extrapolation(seen, done, f.epochs_left).forecast();
    const interval<double> all = forecasting::whole(elapsed, open, r, f.epochs_left);
    f.duration = {seconds(all.value), seconds(all.low), seconds(all.high)};
    rest_seconds = all.value - elapsed;
    note(r);
  }
  set_end();

  const forecasting::price price =
      forecasting::price_between(in.series, in.intensity, forecasting::at(in.start_unix_ns, elapsed),
                                 forecasting::at(in.start_unix_ns, elapsed + rest_seconds));
  f.series_share = price.known;
  if (!collect([&](const epoch_done& e, double gap) { return e.energy.count() + outside_power * gap; })) {
    f.energy = {joules(unknown), joules(unknown), joules(unknown)};
    f.emissions = {grams_co2e(unknown), grams_co2e(unknown), grams_co2e(unknown)};
    return f;
  }
  const auto r = forecasting::extrapolation(seen, done, f.epochs_left).forecast();
  const interval<double> all = forecasting::whole(so_far, open_energy, r, f.epochs_left);
  f.energy = {joules(all.value), joules(all.low), joules(all.high)};
  const auto priced = [&](double energy) {
    return grams_co2e(grams + (energy - so_far) * in.pue * price.grams_per_joule);
  };
  f.emissions = {priced(all.value), priced(all.low), priced(all.high)};
  note(r);
  return f;
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
