// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <kaya/plan/forecast.hpp>

#include "support/table.hpp"

namespace grid = kaya::grid;
namespace plan = kaya::plan;
using kaya::grams_co2e;
using kaya::grams_per_kilowatt_hour;
using kaya::joules;
using kaya::seconds;
using plan::epoch_done;
using plan::forecast_input;
using plan::forecast_result;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
constexpr std::int64_t t0 = 1'700'000'000 * second;
const double unknown = std::nan("");

// ---------------------------------------------------------------- the back-test
//
// Synthetic runs of the classes below, each of its own random length, level, noise and so on, and the runs
// recorded in data/forecast_runs.csv. There are two sets, of different seeds and of different families: other
// noise, other shapes of warm-up and of drift, other ranges.
//
// The constants in plan/forecasting/story.hpp were chosen by hand on `training` only, in about sixty runs of
// `-tc="*training*" -ns` with one or a few of them changed: for a coverage of about 92 % over all classes at
// 10 % progress, at about the median width of the naive rule, then for a small error with drift. More
// coverage would have cost more width: nothing tells a slow drift from noise in the first tenth of a run.
// `judged` was looked at three times, with other seeds each time. The first showed that `training` lacked
// short runs, which it has since (its lengths are no longer uniform); the second that drift was missed too
// often, hence prior::favour, again chosen on `training`; the third is the one below. Drift alone, without
// warm-up, has an error of about 0.6 of the naive rule's: in runs of some tens of epochs it cannot be seen
// yet.

enum kind { constant, noise, warm_up, slow_start, drift, day_night, kinds };
constexpr const char* names[] = {"constant", "noise", "warm-up", "slow start", "drift", "day-night"};
enum class set { training, judged };

// Written out, since the standard leaves the results of the distributions to each library.
struct dice {
  std::mt19937_64 bits;
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
  }
  double between(double low, double high) {  // uniform in the logarithm
    return std::exp(uniform(std::log(low), std::log(high)));
  }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform(0, 1))) * std::cos(6.283185307179586 * uniform(0, 1));
  }
  bool chance(double p) { return uniform(0, 1) < p; }
};

struct run {
  std::vector<epoch_done> epochs;
  std::vector<double> grams;  // of each epoch
  double seconds = 0, joules = 0, all_grams = 0, setup = 0, pause_power = 0;
  double pue = 1.2, intensity = 400;
  grid::series series;
};

/// The grams of each epoch, and the totals.
void price(run& r) {
  const auto grams = [&](double from, double to, double energy) {
    const auto mean = r.series.empty()
                          ? std::nullopt
                          : r.series.mean(plan::forecasting::at(t0, from), plan::forecasting::at(t0, to));
    return (mean ? mean->count() : r.intensity) * energy / 3.6e6 * r.pue;
  };
  double end = 0;
  for (const epoch_done& e : r.epochs) {
    const double start = e.start.count(), stop = start + e.duration.count();
    r.grams.push_back(grams(start, stop, e.energy.count()));
    r.joules += e.energy.count() + r.pause_power * (start - end);
    r.all_grams += r.grams.back() + grams(end, start, r.pause_power * (start - end));
    end = stop;
  }
  r.seconds = end;
}

run make(kind k, set s, std::uint64_t seed) {
  dice d{std::mt19937_64(seed)};
  const bool judged = s == set::judged;
  run r;
  const int n = static_cast<int>(judged          ? d.between(20, 1000)
                                 : d.chance(0.6) ? d.between(24, 800)
                                                 : d.uniform(30, 600));
  const double level = k == day_night ? d.between(0.5, judged ? 10 : 6) * 86400 / n : d.between(0.1, 3000);
  const double watts = d.between(50, 5000), idle = d.uniform(0.1, 0.6);
  const double sd = k == constant ? d.between(judged ? 5e-4 : 3e-4, judged ? 5e-3 : 8e-3)
                    : k == noise  ? d.between(0.01, judged ? 0.1 : 0.15)
                                  : d.between(judged ? 0.003 : 0.002, judged ? 0.03 : 0.025);
  const double power_sd = d.between(0.001, 0.01);
  const double alike = k == noise && d.chance(1.0 / 3) ? d.uniform(0, judged ? 0.5 : 0.4) : 0;
  const double spikes = k == noise && d.chance(1.0 / 3) ? d.uniform(0.02, 0.08) : 0;
  const double tails = !judged && d.chance(0.3) ? 5 : 0;  // of Student's t
  const double pause = d.chance(0.5) ? d.uniform(0, 0.05) * level : 0;
  const bool slow = k == slow_start || (k == day_night && d.chance(0.5));
  const int slow_epochs = static_cast<int>(d.uniform(1, judged ? 1 + 0.05 * n : 1 + 0.08 * n));
  const double slower = judged ? d.between(0.2, 3) : d.uniform(0.1, 2);
  const double amplitude = (judged ? d.between(0.1, 2) : d.uniform(0.05, 1.5)) * (d.chance(0.1) ? -0.3 : 1);
  const double halving = judged ? d.between(0.3, 0.3 + 0.025 * n) : d.uniform(0.2, 0.2 + 0.03 * n);
  const double full = (judged ? d.uniform(0.08, 0.5) : d.uniform(0.05, 0.6)) * (d.chance(0.3) ? -0.6 : 1);
  const int form = static_cast<int>(d.uniform(0, 3));
  const double saturates = judged ? d.uniform(0.12, 0.35) : d.uniform(0.2, 0.5);
  r.pause_power = watts * idle, r.setup = d.uniform(0, 5) * level;
  r.pue = d.uniform(1, 2), r.intensity = d.uniform(20, 800);

  double now = r.setup, before = 0;
  for (int i = 0; i < n; ++i) {
    double e = d.normal();
    if (tails > 0) {
      double chi = 0;
      for (int j = 0; j < 5; ++j) chi += std::pow(d.normal(), 2);
      e /= std::sqrt(chi / tails) * 1.29;
    }
    before = alike * before + std::sqrt(1 - alike * alike) * e;
    const double x = static_cast<double>(i) / n;
    double f = judged ? std::exp(sd * before) : std::max(0.2, 1 + sd * before), power = 1;
    if (d.chance(spikes)) f *= d.uniform(1.2, 2);
    if (k == warm_up) {
      // Judged: a difference that halves. Training: on a line, two that halve, or as a power of the time.
      const double fall = judged      ? std::exp2(-i / halving)
                          : form == 0 ? std::max(0.0, 1 - i / (3 * halving))
                          : form == 1 ? (std::exp2(-i / halving) + std::exp2(-3 * i / halving)) / 2
                                      : 1 / std::pow(1 + i / (3 * halving), 3);
      f *= 1 + amplitude * fall, power *= 1 - 0.3 * fall;
    }
    if (slow && i < slow_epochs) f *= 1 + slower * (judged ? 1 : d.uniform(0.8, 1.2)), power *= 0.8;
    if (k == drift) {
      const double straight = full * x;
      f *= 1 + (form != 0 ? straight
                : judged  ? full * (1 - std::exp2(-x / saturates))
                          : full * x * (1.5 - 0.5 * x));
    }
    const double duration = level * f;
    power *= watts * std::exp(power_sd * d.normal());
    r.epochs.push_back({seconds(now), seconds(duration), joules(duration * power), 1});
    now += duration + (pause > 0 ? pause * d.uniform(0.8, 1.2) : 0);
  }
  if (k == day_night) {
    std::vector<grid::point> points;
    const double swing = d.uniform(0.1, 0.5), phase = d.uniform(0, 24);
    const int hours = static_cast<int>(now / 3600) * 2 + 48;
    for (int h = 0; h < hours; ++h) {
      const double v = 1 + swing * std::sin((h + phase) * 6.283185307179586 / 24) + 0.03 * d.normal();
      points.push_back({t0 + (h - 1) * hour, grams_per_kilowatt_hour(r.intensity * std::max(0.05, v)), true});
    }
    r.series = grid::series(points, grid::accounting::direct);
  }
  price(r);
  return r;
}

/// What the forecast is asked after n epochs of a run.
forecast_input after(const run& r, std::size_t n) {
  forecast_input in;
  in.epochs = std::span(r.epochs).first(n);
  in.total_epochs = static_cast<int>(r.epochs.size());
  in.start_unix_ns = t0;
  run part;
  part.epochs.assign(r.epochs.begin(), r.epochs.begin() + static_cast<std::ptrdiff_t>(n));
  part.pause_power = r.pause_power, part.pue = r.pue, part.intensity = r.intensity, part.series = r.series;
  price(part);
  in.elapsed = seconds(part.seconds);
  in.energy_so_far = joules(part.joules);
  in.emissions_so_far = grams_co2e(part.all_grams);
  in.pue = r.pue;
  in.intensity = grams_per_kilowatt_hour(r.intensity);
  in.series = r.series.empty() ? nullptr : &r.series;
  return in;
}

/// The 97.5 % quantile of Student's t (tables, and Cornish-Fisher beyond).
double t_975(std::size_t freedom) {
  constexpr double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (freedom <= 10) return table[freedom - 1];
  const double z = 1.959964, v = static_cast<double>(freedom);
  return z + (z * z * z + z) / (4 * v) + (5 * std::pow(z, 5) + 16 * std::pow(z, 3) + 3 * z) / (96 * v * v);
}

/// Mean epoch times epochs, with its own spread; done epochs as they were, as in the forecast.
kaya::interval<double> naive(const std::vector<double>& epochs, std::size_t n, double used) {
  double mean = 0, square = 0;
  for (std::size_t i = 0; i < n; ++i) mean += epochs[i] / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) square += std::pow(epochs[i] - mean, 2);
  const double m = static_cast<double>(epochs.size() - n), count = static_cast<double>(n);
  const double half = t_975(n - 1) * std::sqrt(square / (count - 1)) * std::sqrt(m * m / count + m);
  const double all = used + m * mean;
  return {all, all - half, all + half};
}

struct figures {
  int runs = 0, held = 0, naive_held = 0;
  std::vector<double> width, naive_width, width_ratio, error, naive_error;
  void add(kaya::interval<double> f, kaya::interval<double> n, double truth) {
    ++runs, held += f.low <= truth && truth <= f.high;
    naive_held += n.low <= truth && truth <= n.high;
    width.push_back((f.high - f.low) / truth), naive_width.push_back((n.high - n.low) / truth);
    width_ratio.push_back(width.back() / naive_width.back());
    error.push_back(std::abs(f.value / truth - 1)), naive_error.push_back(std::abs(n.value / truth - 1));
  }
  void add(const figures& f) {
    runs += f.runs, held += f.held, naive_held += f.naive_held;
    const auto append = [](std::vector<double>& to, const std::vector<double>& more) {
      to.insert(to.end(), more.begin(), more.end());
    };
    append(width, f.width), append(naive_width, f.naive_width), append(width_ratio, f.width_ratio);
    append(error, f.error), append(naive_error, f.naive_error);
  }
  double coverage() const { return static_cast<double>(held) / runs; }
  static double mean(const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x;
    return sum / static_cast<double>(v.size());
  }
  static double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
  }
  double error_ratio() const { return mean(error) / mean(naive_error); }
  double median_error_ratio() const { return median(error) / median(naive_error); }
  double median_width_ratio() const { return median(width) / median(naive_width); }
};

struct outcome {
  figures energy[kinds], duration[kinds], emissions[kinds];
};

void judge(const run& r, double progress, figures& energy, figures& duration, figures& emissions) {
  const std::size_t all = r.epochs.size();
  const auto n =
      std::max<std::size_t>(2, static_cast<std::size_t>(progress * static_cast<double>(all) + 0.5));
  const forecast_input in = after(r, n);
  const auto f = plan::forecast(in);
  REQUIRE(f);
  std::vector<double> joules_each, seconds_each;
  for (std::size_t i = 0; i < all; ++i)
    joules_each.push_back(r.epochs[i].energy.count()), seconds_each.push_back(r.epochs[i].duration.count());
  // The naive rule gets the pauses for nothing, as the truth less what it does not look at.
  double pauses = 0;
  for (std::size_t i = n; i < all; ++i)
    pauses += (r.epochs[i].start - r.epochs[i - 1].start - r.epochs[i - 1].duration).count();
  const auto plain = [](auto q) {
    return kaya::interval<double>{q.value.count(), q.low.count(), q.high.count()};
  };
  energy.add(plain(f->energy), naive(joules_each, n, in.energy_so_far.count() + pauses * r.pause_power),
             r.joules);
  duration.add(plain(f->duration), naive(seconds_each, n, in.elapsed.count() + pauses), r.seconds);
  double pause_grams = r.all_grams - in.emissions_so_far.count();
  for (std::size_t i = n; i < all; ++i) pause_grams -= r.grams[i];
  emissions.add(plain(f->emissions), naive(r.grams, n, in.emissions_so_far.count() + pause_grams),
                r.all_grams);
}

outcome back_test(set s, int runs_each, double progress) {
  outcome o;
  for (int k = 0; k < kinds; ++k)
    for (int i = 0; i < runs_each; ++i) {
      const std::uint64_t seed =
          (s == set::judged ? 13'000'000 : 1'000) + static_cast<std::uint64_t>(k * 100'000 + i);
      judge(make(static_cast<kind>(k), s, seed), progress, o.energy[k], o.duration[k], o.emissions[k]);
    }
  return o;
}

void print(const char* what, const char* of, const figures& f) {
  char line[160];
  std::snprintf(
      line, sizeof line,
      "%-9s %-10s %5.1f %% (%5.1f)  width %.4f, x %.3f (median of ratios %.3f)  error x %.3f (medians %.3f)",
      what, of, 100 * f.coverage(), 100.0 * f.naive_held / f.runs, figures::median(f.width),
      f.median_width_ratio(), figures::median(f.width_ratio), f.error_ratio(), f.median_error_ratio());
  MESSAGE(line);
}
figures sum(const figures (&f)[kinds]) {
  figures all;
  for (const figures& one : f) all.add(one);
  return all;
}
void print(const outcome& o) {
  for (int k = 0; k < kinds; ++k) {
    print("energy", names[k], o.energy[k]);
    print("duration", names[k], o.duration[k]);
  }
  print("emissions", names[day_night], o.emissions[day_night]);
  print("energy", "all", sum(o.energy));
  print("duration", "all", sum(o.duration));
  print("emissions", "all", sum(o.emissions));
}

/// The runs of data/forecast_runs.csv, without intensities of their own.
std::vector<run> recorded() {
  std::vector<run> runs;
  std::string last;
  for (const auto& row : kaya_test::read_table("forecast_runs.csv")) {
    if (row.text("run") != last) runs.emplace_back();
    last = row.text("run");
    runs.back().epochs.push_back(
        {seconds(row.number("start_s")), seconds(row.number("duration_s")), joules(row.number("joules"))});
  }
  for (run& r : runs) price(r);
  return runs;
}

/// n epochs of 100 s and 5 kJ each, from the start of the run on.
run steady(int n, double factor_of_first = 1) {
  run r;
  r.pue = 1;
  double now = 0;
  for (int i = 0; i < n; ++i) {
    const double f = i == 0 ? factor_of_first : 1;
    r.epochs.push_back({seconds(now), seconds(100 * f), joules(5000 * f)});
    now += 100 * f;
  }
  price(r);
  return r;
}

void check_exact(double value, double expected) { CHECK(value == doctest::Approx(expected).epsilon(1e-9)); }

}  // namespace

TEST_CASE("figures of the training set" * doctest::skip()) {
  for (const double progress : {0.05, 0.1, 0.25, 0.5}) {
    MESSAGE("training, progress " << progress);
    print(back_test(set::training, 300, progress));
  }
}
TEST_CASE("figures of the back-test at other progress" * doctest::skip()) {
  for (const double progress : {0.05, 0.25, 0.5}) {
    MESSAGE("judged, progress " << progress);
    print(back_test(set::judged, 400, progress));
  }
}

TEST_CASE("back-test: at 10 % of 2400 runs the interval holds and is narrower, the error less than naively") {
  outcome o = back_test(set::judged, 400, 0.1);
  figures recorded_energy, recorded_duration, ignored;
  for (const run& r : recorded()) judge(r, 0.1, recorded_energy, recorded_duration, ignored);
  print(o);
  print("energy", "recorded", recorded_energy);
  print("duration", "recorded", recorded_duration);
  for (figures* f : {o.energy, o.duration, o.emissions}) {
    figures all, moving;
    for (int k = 0; k < kinds; ++k) all.add(f[k]);
    for (const kind k : {warm_up, drift})
      moving.add(f[k]);  // stricter than with slow starts, of which the naive rule knows least
    if (f != o.emissions) all.add(f == o.energy ? recorded_energy : recorded_duration);
    CHECK(all.coverage() >= 0.9);
    CHECK(all.coverage() <= 0.98);
    CHECK(all.median_width_ratio() <= 1);
    print("", "warm or drift", moving);
    CHECK(moving.error_ratio() <= 0.6);
    CHECK(moving.median_error_ratio() <= 0.6);
  }
}

TEST_CASE("equal epochs give an exact point and a narrow interval") {
  const run r = steady(100);
  const auto f = plan::forecast(after(r, 10));
  REQUIRE(f);
  check_exact(f->energy.value.count(), 500e3);
  check_exact(f->duration.value.count(), 10e3);
  check_exact(f->emissions.value.count(), 500e3 * 400 / 3.6e6);
  CHECK(f->energy.low >= joules(495e3));
  CHECK(f->energy.high <= joules(505e3));
  CHECK(f->energy.low < f->energy.value);
  CHECK(f->energy.high > f->energy.value);
  CHECK(f->end_unix_ns == doctest::Approx(static_cast<double>(t0 + 10'000 * second)).epsilon(1e-15));
  CHECK(f->earliest_end_unix_ns < f->end_unix_ns);
  CHECK(f->latest_end_unix_ns > f->end_unix_ns);
  CHECK(f->epochs_done == 10);
  CHECK(f->epochs_left == 90);
  CHECK(f->warm_up == 0);
  CHECK(!f->drifts);
}
TEST_CASE("nothing is forecast before two epochs, nor without their number") {
  const run r = steady(10);
  CHECK(!plan::forecast(after(r, 0)));
  CHECK(!plan::forecast(after(r, 1)));
  CHECK(plan::forecast(after(r, 2)));
  forecast_input in = after(r, 5);
  in.total_epochs = 0;
  CHECK(!plan::forecast(in));
}
TEST_CASE("a slow first epoch is taken as it was, and is no measure of the others") {
  const run r = steady(50, 6);
  const auto f = plan::forecast(after(r, 6));
  REQUIRE(f);
  CHECK(f->warm_up == 1);
  CHECK(f->duration.value.count() == doctest::Approx(5500).epsilon(0.01));
  CHECK(f->energy.value.count() == doctest::Approx(275e3).epsilon(0.01));
  CHECK(f->duration.low > seconds(5400));
  CHECK(f->duration.high < seconds(5700));
}
TEST_CASE("a drift is seen and goes on") {
  run r;
  double now = 0;
  for (int i = 0; i < 100; ++i) {
    const double s = 100 + 0.5 * i + (i % 2 == 0 ? 0.3 : -0.3);
    r.epochs.push_back({seconds(now), seconds(s), joules(50 * s)});
    now += s;
  }
  price(r);
  const auto f = plan::forecast(after(r, 20));
  REQUIRE(f);
  CHECK(f->drifts);
  CHECK(f->duration.value.count() == doctest::Approx(r.seconds).epsilon(0.02));
  CHECK(f->duration.low.count() < r.seconds);
  CHECK(f->duration.high.count() > r.seconds);
}
TEST_CASE("now and then a slow epoch is no warm-up, and is expected again") {
  run r;
  double now = 0;
  for (int i = 0; i < 200; ++i) {  // every tenth writes a checkpoint
    const double s = (i % 10 == 6 ? 150 : 100) + (i * 7 % 5) * 0.2;
    r.epochs.push_back({seconds(now), seconds(s), joules(50 * s)});
    now += s;
  }
  price(r);
  const auto f = plan::forecast(after(r, 20));
  REQUIRE(f);
  CHECK(f->warm_up == 0);
  CHECK(f->duration.value.count() == doctest::Approx(r.seconds).epsilon(0.01));
}
TEST_CASE("once the last epoch is done there is no interval left") {
  const run r = steady(20);
  const forecast_input in = after(r, 20);
  const auto f = plan::forecast(in);
  REQUIRE(f);
  CHECK(f->epochs_left == 0);
  for (const double x : {f->energy.value.count(), f->energy.low.count(), f->energy.high.count()})
    CHECK(x == in.energy_so_far.count());
  for (const double x : {f->duration.value.count(), f->duration.low.count(), f->duration.high.count()})
    CHECK(x == in.elapsed.count());
  for (const double x : {f->emissions.value.count(), f->emissions.low.count(), f->emissions.high.count()})
    CHECK(x == in.emissions_so_far.count());
  CHECK(f->end_unix_ns == t0 + 2000 * second);
  CHECK(f->latest_end_unix_ns == f->earliest_end_unix_ns);
}
TEST_CASE("no forecast is below what was used, in whatever state the run is") {
  for (int k = 0; k < kinds; ++k)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const run r = make(static_cast<kind>(k), set::judged, 90'000 + seed);
      for (std::size_t n = 2; n <= r.epochs.size(); n = n * 3 / 2) {
        const forecast_input in = after(r, n);
        const auto f = plan::forecast(in);
        REQUIRE(f);
        CHECK(f->energy.low >= in.energy_so_far);
        CHECK(f->energy.low <= f->energy.value);
        CHECK(f->energy.value <= f->energy.high);
        CHECK(f->duration.low >= in.elapsed);
        CHECK(f->duration.low <= f->duration.value);
        CHECK(f->duration.value <= f->duration.high);
        CHECK(f->emissions.low >= in.emissions_so_far);
      }
    }
}
TEST_CASE("an epoch under way counts as done in part, and for one epoch at most") {
  const run r = steady(10);
  forecast_input in = after(r, 4);
  const auto at = [&](double open_seconds) {
    in.elapsed = seconds(400 + open_seconds);
    in.energy_so_far = joules(20e3 + 50 * open_seconds);
    return *plan::forecast(in);
  };
  for (const double open : {0.0, 25.0, 50.0, 100.0}) {
    check_exact(at(open).duration.value.count(), 1000);
    check_exact(at(open).energy.value.count(), 50e3);
  }
  check_exact(at(700).duration.value.count(), 1600);  // and the five epochs that follow it
  CHECK(at(700).energy.value.count() == doctest::Approx(20e3 + 35e3 + 25e3).epsilon(1e-9));
}
TEST_CASE("time and energy between epochs go on, those before the first do not") {
  forecast_input in;
  std::vector<epoch_done> epochs;
  for (int i = 0; i < 5; ++i) epochs.push_back({seconds(1000 + 110 * i), seconds(100), joules(5000)});
  in.epochs = epochs;
  in.total_epochs = 20;
  in.elapsed = seconds(1540);
  in.energy_so_far = joules(25e3 + 1040 * 20);  // 20 W outside
  in.emissions_so_far = grams_co2e(0);
  const auto f = plan::forecast(in);
  REQUIRE(f);
  check_exact(f->duration.value.count(), 1540 + 15 * 110);
  check_exact(f->energy.value.count(), 25e3 + 1040 * 20 + 15 * (5000 + 10 * 20));
}
TEST_CASE("the rest is priced by the series where it knows, by the figure elsewhere, times PUE") {
  const run r = steady(100);  // 10 000 s
  forecast_input in = after(r, 20);
  const auto g = [](double x) { return grams_per_kilowatt_hour(x); };
  // The rest is from 2000 s to 10 000 s: 2000 s of 100 g/kWh, 2000 s unknown, 1000 s of 300 g/kWh, then
  // nothing.
  const grid::series series({{t0 + 1000 * second, g(100), true},
                             {t0 + 4000 * second, g(0), false},
                             {t0 + 6000 * second, g(300), true}},
                            grid::accounting::direct, grid::basis::location, "", seconds(1000));
  in.series = &series;
  in.intensity = g(500);
  in.pue = 1.5;
  in.emissions_so_far = grams_co2e(7);
  const auto f = plan::forecast(in);
  REQUIRE(f);
  const double mean = (2000 * 100 + 1000 * 300 + 5000 * 500) / 8000.0;
  check_exact(f->emissions.value.count(), 7 + 400e3 / 3.6e6 * 1.5 * mean);
  CHECK(f->series_share == doctest::Approx(3 / 8.0));
  CHECK((f->emissions.high - f->emissions.value).count() ==
        doctest::Approx((f->energy.high - f->energy.value).count() / 3.6e6 * 1.5 * mean));
  in.series = nullptr;
  CHECK(plan::forecast(in)->series_share == 0);
  check_exact(plan::forecast(in)->emissions.value.count(), 7 + 400e3 / 3.6e6 * 1.5 * 500);
}
TEST_CASE("epochs of unknown energy are left out, which widens the interval") {
  run r = make(noise, set::judged, 5);
  const std::size_t n = 16;
  forecast_input in = after(r, n);
  const auto all = plan::forecast(in);
  double lost = 0;
  std::vector<epoch_done> part(r.epochs.begin(), r.epochs.begin() + n);
  for (std::size_t i = 0; i < n; ++i)
    if (i % 2 == 1 || i % 4 == 0) lost += part[i].energy.count(), part[i].energy = joules(unknown);
  in.epochs = part;
  in.energy_so_far -= joules(lost);
  const auto f = plan::forecast(in);
  REQUIRE((f && all));
  CHECK(f->energy.value.count() == doctest::Approx((all->energy.value.count() - lost)).epsilon(0.2));
  CHECK(f->energy.high - f->energy.low > all->energy.high - all->energy.low);
  CHECK(f->duration.value == all->duration.value);

  for (epoch_done& e : part) e.energy = joules(unknown);
  const auto none = plan::forecast(in);
  REQUIRE(none);
  CHECK(none->energy.value != none->energy.value);
  CHECK(none->emissions.high != none->emissions.high);
  CHECK(none->duration.value == all->duration.value);
}
TEST_CASE("old epochs in one line count as many") {
  run r = steady(60);
  const std::size_t n = 16;
  for (std::size_t i = 0; i < r.epochs.size(); ++i)
    r.epochs[i].energy *= 1 + 0.002 * static_cast<double>(i * 7 % 5);
  forecast_input in = after(r, n);
  const auto single = plan::forecast(in);
  std::vector<epoch_done> lines{r.epochs[0]};
  for (std::size_t i = 1; i < n; ++i) {
    if (i >= 8) {
      lines.push_back(r.epochs[i]);
      continue;
    }
    epoch_done& line = lines[0];
    line.energy += r.epochs[i].energy, ++line.merged;
    line.duration = r.epochs[i].start + r.epochs[i].duration - line.start;
  }
  in.epochs = lines;
  const auto merged = plan::forecast(in);
  REQUIRE((single && merged));
  CHECK(merged->epochs_done == 16);
  CHECK(merged->energy.value.count() == doctest::Approx(single->energy.value.count()).epsilon(0.002));
  CHECK(merged->duration.value.count() == doctest::Approx(single->duration.value.count()).epsilon(1e-9));
}
TEST_CASE("a run of 30 000 epochs is forecast as one of 300 is") {
  dice d{std::mt19937_64(3)};
  run r;
  double now = 0;
  for (int i = 0; i < 30'000; ++i) {
    const double s = 10 * (1 + 0.02 * d.normal()) * (i < 40 ? 3 : 1);
    r.epochs.push_back({seconds(now), seconds(s), joules(100 * s)});
    now += s;
  }
  price(r);
  const auto f = plan::forecast(after(r, 10'000));
  REQUIRE(f);
  CHECK(f->warm_up >= 40);
  CHECK(f->warm_up < 60);
  CHECK(f->duration.value.count() == doctest::Approx(r.seconds).epsilon(0.001));
  CHECK(f->duration.low.count() < r.seconds);
  CHECK(f->duration.high.count() > r.seconds);
}
TEST_CASE("epochs that use nothing give nothing, not a division by it") {
  run r = steady(10);
  for (epoch_done& e : r.epochs) e.energy = joules(0);
  const auto f = plan::forecast(after(r, 3));
  REQUIRE(f);
  CHECK(f->energy.value == joules(0));
  CHECK(f->energy.high == joules(0));
}

TEST_CASE("the functions that stand in for those of <cmath> agree with them") {
  namespace fc = plan::forecasting;
  for (double x = 1e-12; x < 1e12; x *= 1.37) {
    CHECK(fc::root(x) == doctest::Approx(std::sqrt(x)).epsilon(1e-14));
    CHECK(std::abs(fc::ln(x) - std::log(x)) <= 1e-14 * std::max(1.0, std::abs(std::log(x))));
  }
  for (double x = 0.5; x < 1e5; x *= 1.21)
    CHECK(std::abs(fc::ln_gamma(x) - std::lgamma(x)) <= 1e-11 * std::max(1.0, std::abs(std::lgamma(x))));
  for (double x = -60; x < 60; x += 0.37)
    CHECK(fc::power_of_2(x) == doctest::Approx(std::exp2(x)).epsilon(1e-14));
  for (double x = -6; x < 6; x += 0.1)
    CHECK(std::abs(fc::normal_below(x) - std::erfc(-x / std::sqrt(2.0)) / 2) < 1e-7);
  CHECK(fc::root(0) == 0);
  CHECK(fc::root(-1) == 0);
  CHECK(fc::power_of_2(-5000) == 0);
  for (std::size_t freedom = 2; freedom < 200; ++freedom)
    CHECK(fc::t_below(t_975(freedom), static_cast<double>(freedom)) == doctest::Approx(0.975).epsilon(0.002));
  CHECK(fc::t_below(12.706, 1) == doctest::Approx(0.975).epsilon(0.0082));
  static_assert(fc::t_below(0, 7) > 0.4999 && fc::t_below(0, 7) < 0.5001);
}
