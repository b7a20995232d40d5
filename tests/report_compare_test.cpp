// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/compare.hpp>

#include "support/cpu_time.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using kaya_test::has;

namespace {

using doctest::Approx;
using kaya::joules;
using kaya::run_report;
using kaya::report::caveat;
using kaya::report::compare;
using kaya::report::comparison;
using kaya::report::markdown;
using kaya::report::text;
using kaya::report::verdict;
using namespace kaya::report::comparing;
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    longest = std::max(longest, kaya::report::detail::columns(line));
  return longest;
}
/// A text whose lines are joined again.
std::string flat(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (const bool space = c == ' ' || c == '\n'; !space || !out.ends_with(' ')) out += space ? ' ' : c;
  return out;
}
bool says(const comparison& c, caveat kind, std::string_view part = "") {
  return std::any_of(c.caveats.begin(), c.caveats.end(),
                     [&](const auto& k) { return k.kind == kind && has(k.text, part); });
}

void set_energy(run_report& r, double value, double low, double high) {
  r.energy_uj = kaya::microjoules(std::llround(value * 1e6));
  r.energy = kaya::interval<joules>{joules(value), joules(low), joules(high)};
  const double grams = r.pue * r.intensity.value.count() / 3.6e6;
  r.emissions = kaya::interval<kaya::grams_co2e>{
      kaya::grams_co2e(value * grams), kaya::grams_co2e(low * grams), kaya::grams_co2e(high * grams)};
}

/// Epochs of `each` joules with these values of a metric, 100 J outside of them, known within 300 J; of a CPU
/// and a GPU that share the energy evenly; 1000 images, PUE 1.2, 50 g/kWh.
run_report run_of_epochs(const std::string& project, double each, const std::vector<double>& values,
                         const std::string& metric = "accuracy") {
  run_report r;
  r.project = project, r.run_id = project + "-0123456789", r.kaya_version = "0.1.0";
  r.start_unix_ns =
      1'795'390'539'000'000'000 + static_cast<std::int64_t>(std::hash<std::string>()(project) % 1000);
  r.pue = 1.2, r.pue_assumed = false;
  r.intensity.value = kaya::grams_per_kilowatt_hour(50), r.intensity.name = "given";
  r.work = 1000, r.work_unit = "images";
  r.measured_share = 1, r.finished = true;
  r.hardware.host = "node7", r.hardware.cpu_model = "AMD EPYC 9654";
  const double total = each * static_cast<double>(values.size()) + 100;
  for (const auto part : {kaya::meter::component::cpu, kaya::meter::component::gpu}) {
    kaya::channel_line c;
    c.part = part, c.counted = true, c.coverage = 1, c.mechanism = "test";
    c.name = c.device = part == kaya::meter::component::cpu ? "package-0" : "0000:3b:00.0";
    c.energy_uj = kaya::microjoules(std::llround(total * 5e5));
    r.channels.push_back(c);
  }
  set_energy(r, total, total - 300, total + 300);
  for (std::size_t i = 0; i < values.size(); ++i) {
    kaya::epoch_line e;
    e.index = static_cast<int>(i), e.duration = kaya::seconds(1),
    e.start = kaya::seconds(static_cast<double>(i));
    e.energy_uj = kaya::microjoules(std::llround(each * 1e6)), e.coverage = 1;
    e.emissions = kaya::grams_co2e(each * 1.2 * 50 / 3.6e6);
    e.metrics = {{"learning rate", 0.1}, {metric, values[i]}};
    r.epochs.push_back(e);
  }
  return r;
}
// A: 4 epochs of 1000 J, 4100 J in all; B: 5 epochs of 900 J, 4600 J in all.
std::vector<run_report> two_runs() {
  return {run_of_epochs("a", 1000, {0.80, 0.90, 0.96, 0.97}),
          run_of_epochs("b", 900, {0.85, 0.95, 0.965, 0.972, 0.975})};
}
/// Runs of one project with these energies and final values, each known within 10 J.
void add_repeats(std::vector<run_report>& runs, const std::string& project,
                 const std::vector<std::pair<double, double>>& energy_and_value) {
  for (const auto& [energy, value] : energy_and_value) {
    run_report r = run_of_epochs(project, 1000, {0.5, value});
    r.run_id = project + std::to_string(runs.size());
    set_energy(r, energy, energy - 10, energy + 10);
    runs.push_back(r);
  }
}

// R's data set `sleep` (Cushny and Peebles 1905, Student 1908): extra hours of sleep with two drugs.
const std::vector<double> sleep_1 = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
const std::vector<double> sleep_2 = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

}  // namespace

TEST_CASE("student: quantiles are those of the tables, from one degree of freedom on") {
  // Two-sided 95 %: 12.706 4.303 3.182 2.776 2.228 2.042, e.g. NIST/SEMATECH e-Handbook 1.3.6.7.2.
  const std::pair<double, double> table[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},
                                             {10, 2.228}, {30, 2.042}, {1e9, 1.960}};
  for (const auto& [freedom, t] : table) CHECK(t_quantile(0.025, freedom) == Approx(t).epsilon(0.0003));
  CHECK(t_quantile(0.2, 1) == Approx(std::tan(3.14159265358979 * 0.3)));  // Cauchy's
}
TEST_CASE("student: the tail is that of a slow sum over its density") {
  for (const double v : {1.0, 1.3, 2.7, 5.0, 17.776, 60.0})
    for (const double t : {0.1, 0.9, 2.1, 6.0}) {
      const double front =
          std::exp(std::lgamma((v + 1) / 2) - std::lgamma(v / 2)) / std::sqrt(v * 3.14159265358979);
      double inside = 0;
      const int n = 20'000;
      for (int i = 0; i < n; ++i) {
        const double x = t * (i + 0.5) / n;
        inside += front * std::pow(1 + x * x / v, -(v + 1) / 2) * t / n;
      }
      CHECK(t_above(t, v) == Approx(0.5 - inside).epsilon(1e-6));
    }
}
TEST_CASE("power: that of a noncentral t is the published one") {
  // R's manual, ?power.t.test: power.t.test(n = 20, delta = 1, sd = 1) has power 0.8689528; 38 degrees, and a
  // shift of 1 / sqrt(2 / 20) standard errors.
  const double t = t_quantile(0.025, 38);
  CHECK(scatter_estimates(38).above(t, 1 / std::sqrt(0.1)) == Approx(0.8689528).epsilon(1e-6));
  for (const double v : {1.0, 1.4, 2.0, 4.0, 30.0, 1000.0})  // without a difference it is 2.5 % on each side
    CHECK(scatter_estimates(v).above(t_quantile(0.025, v), 0) == Approx(0.025).epsilon(0.0005));
}
TEST_CASE("power: of many runs Welch's test has that of the normal") {
  // 1.959964 + 0.841621 standard errors are found in 80 % of cases.
  const sample many{100'000, 0, 2};
  CHECK(smallest_detectable(many, many) == Approx(2.801585 * std::sqrt(4e-5)).epsilon(1e-4));
  CHECK(welch_power(many, many).at(0) == Approx(0.025).epsilon(1e-3));
}
TEST_CASE("power: without scatter every difference is found, with none in one of the two it is the other's") {
  CHECK(smallest_detectable({3, 1, 0}, {3, 5, 0}) == 0);
  // The others' estimate alone: a noncentral t with 1 degree, whose critical value is 12.706.
  const double least = smallest_detectable({2, 0, 2}, {50, 0, 0});
  CHECK(scatter_estimates(1).above(t_quantile(0.025, 1), least) == Approx(0.8).epsilon(1e-3));
}
TEST_CASE("welch: R's sleep data have R's interval") {
  // t.test(extra ~ group, data = sleep): df = 17.776, 95 % interval -3.3654832 to 0.2054832 of mean 1 less
  // mean 2; means 0.75 and 2.33.
  const welch_interval w = welch(sample_of(sleep_1), sample_of(sleep_2));
  CHECK(w.difference == Approx(2.33 - 0.75));
  CHECK(w.freedom == Approx(17.776).epsilon(0.00003));
  CHECK(w.low == Approx(-0.2054832).epsilon(1e-6));
  CHECK(w.high == Approx(3.3654832).epsilon(1e-7));
}
TEST_CASE("welch: a small case by hand") {
  // 1 3 (mean 2, variance 2) and 10 14 18 (14, 16): va = 1, vb = 16/3; error sqrt(19/3) = 2.516611;
  // freedom (19/3)^2 / (1 + (16/3)^2 / 2) = 40.111 / 15.222 = 2.635.
  const welch_interval w =
      welch(sample_of(std::vector<double>{1, 3}), sample_of(std::vector<double>{10, 14, 18}));
  CHECK(w.difference == Approx(12));
  CHECK(w.error == Approx(2.516611).epsilon(1e-6));
  CHECK(w.freedom == Approx(40.1111 / 15.2222).epsilon(1e-5));
  CHECK(w.high - w.difference == Approx(t_quantile(0.025, w.freedom) * w.error));
}
TEST_CASE("welch: the 95 % interval holds the difference in 95 % of draws, with unequal variances") {
  std::mt19937_64 random(7);
  const std::pair<std::size_t, std::size_t> sizes[] = {{4, 7}, {6, 5}, {12, 5}};
  for (const auto& [n, m] : sizes) {
    std::normal_distribution<double> a(100, 1), b(103, 3);
    int held = 0;
    constexpr int draws = 4000;
    for (int i = 0; i < draws; ++i) {
      std::vector<double> x(n), y(m);
      for (double& v : x) v = a(random);
      for (double& v : y) v = b(random);
      const welch_interval w = welch(sample_of(x), sample_of(y));
      held += w.low <= 3 && 3 <= w.high;
    }
    const double share = 100.0 * held / draws;
    MESSAGE("Welch's 95 % interval, n = " << n << " and " << m << ": " << share << " %");
    CHECK(std::abs(share - 95) <= 1.5);
  }
}
TEST_CASE("smallest difference: it is found in 80 % of draws") {
  std::mt19937_64 random(11);
  const std::pair<std::size_t, std::size_t> sizes[] = {{2, 2}, {3, 3}, {5, 5}, {4, 9}, {20, 20}};
  for (const auto& [n, m] : sizes) {
    const double sd_b = n == 4 ? 2 : 1;
    const double least = smallest_detectable({n, 0, 1}, {m, 0, sd_b * sd_b});
    std::normal_distribution<double> a(0, 1), b(least, sd_b);
    int found = 0;
    constexpr int draws = 4000;
    for (int i = 0; i < draws; ++i) {
      std::vector<double> x(n), y(m);
      for (double& v : x) v = a(random);
      for (double& v : y) v = b(random);
      const welch_interval w = welch(sample_of(x), sample_of(y));
      found += w.low > 0 || w.high < 0;
    }
    const double share = 100.0 * found / draws;
    MESSAGE("smallest difference, n = " << n << " and " << m << ": " << least << ", found in " << share
                                        << " %");
    CHECK(std::abs(share - 80) <= 3);
  }
}

TEST_CASE("compare: energy and grams per unit of work and per point are those by hand") {
  const comparison c = compare(two_runs());
  REQUIRE(c.groups.size() == 2);
  CHECK(c.metric == "accuracy");
  CHECK(c.higher_is_better == true);
  CHECK(c.point == 0.01);
  CHECK(c.groups[0].energy->value.count() == Approx(4100));
  CHECK(c.groups[0].per_work->count() == Approx(4.1));             // 4100 J / 1000 images
  CHECK(c.groups[0].per_point->count() == Approx(4100.0 / 97));    // 42.27 J
  CHECK(c.groups[1].per_point->count() == Approx(4600.0 / 97.5));  // 47.18 J
  const double grams = 4100 / 3.6e6 * 1.2 * 50;                    // 0.0683 g
  CHECK(c.groups[0].emissions->count() == Approx(grams));
  CHECK(c.groups[0].grams_per_work->count() == Approx(grams / 1000));
  CHECK(c.groups[0].grams_per_point->count() == Approx(grams / 97));
  CHECK_FALSE(c.common_needed);
}
TEST_CASE("compare: energy to reach the worst final value adds up whole epochs") {
  const comparison c = compare(two_runs());
  CHECK(c.target == 0.97);  // A's final value
  REQUIRE(c.runs[0].reach);
  CHECK(c.runs[0].reach->epoch == 3);
  CHECK(c.runs[0].reach->energy->count() == Approx(4000));
  CHECK(c.runs[0].reach->before->count() == Approx(3000));
  CHECK(c.runs[1].reach->epoch == 3);  // 0.972
  CHECK(c.runs[1].reach->energy->count() == Approx(3600));
  CHECK(c.runs[1].reach->emissions->count() == Approx(3600 / 3.6e6 * 1.2 * 50));
}
TEST_CASE("compare: a value that one never had is never") {
  const comparison c = compare(two_runs(), {.target = 0.972});
  CHECK_FALSE(c.runs[0].reach->reached);
  CHECK(c.runs[1].reach->reached);
  const std::string t = text(c);
  CHECK(has(t, "energy to reach accuracy 0.972\n"));
  CHECK(has(t, "  A       never"));
  CHECK(has(t, "by whole epochs"));
}
TEST_CASE("compare: of a loss lower is better, and a point is one that it went down") {
  std::vector<run_report> runs = {run_of_epochs("a", 1000, {2.0, 1.0, 0.5}, "val_loss"),
                                  run_of_epochs("b", 1000, {2.5, 0.8, 0.4, 0.41}, "val_loss")};
  const comparison c = compare(runs);
  CHECK(c.metric == "val_loss");
  CHECK(c.higher_is_better == false);
  CHECK(c.point == 1);
  CHECK(c.target == 0.5);
  CHECK(c.groups[0].per_point->count() == Approx(3100 / 1.5));   // 2.0 to 0.5
  CHECK(c.groups[1].per_point->count() == Approx(4100 / 2.09));  // 2.5 to 0.41
  CHECK(c.runs[1].reach->epoch == 2);
  CHECK(c.runs[1].reach->energy->count() == Approx(3000));
}
TEST_CASE("compare: the last epochs are those after the knee, with their energy and gain") {
  // B gains 0.125; 95 % of it is at 0.96875, which epoch 3 has; epoch 4 took 900 of 4500 J for 0.003.
  const comparison c = compare(two_runs());
  CHECK_FALSE(c.runs[0].tail);  // 0.9615 is reached by the last epoch
  REQUIRE(c.runs[1].tail);
  CHECK(c.runs[1].tail->knee == 3);
  CHECK(c.runs[1].tail->first == 4);
  CHECK(c.runs[1].tail->last == 4);
  CHECK(c.runs[1].tail->energy->count() == Approx(900));
  CHECK(*c.runs[1].tail->share == Approx(0.2));
  CHECK(c.runs[1].tail->gain == Approx(0.003));
  CHECK(has(text(c), "+0.3 of 12.5"));
  // At 90 %: A's 0.953 is reached by epoch 2, so epoch 3 took 1000 of 4000 J for a point.
  const comparison d = compare(two_runs(), {.knee = 0.9});
  CHECK(d.runs[0].tail->knee == 2);
  CHECK(*d.runs[0].tail->share == Approx(0.25));
  CHECK(d.runs[0].tail->gain == Approx(0.01));
}
TEST_CASE("compare: a run that got no better has its knee at its first epoch") {
  const comparison c = compare(std::vector<run_report>{run_of_epochs("a", 10, {0.9, 0.8, 0.7})});
  CHECK(c.runs[0].tail->knee == 0);
  CHECK(*c.runs[0].tail->share == Approx(2.0 / 3));
  CHECK(c.runs[0].tail->gain == 0);
}
TEST_CASE("compare: a run that takes less and ends better dominates") {
  std::vector<run_report> runs = two_runs();
  CHECK(compare(runs).groups[0].on_front);
  CHECK(compare(runs).groups[1].on_front);
  CHECK(has(text(compare(runs)), "neither dominates: A used less energy, B ended with a better accuracy"));
  runs[0].epochs.back().metrics[1].second = 0.98;
  const comparison c = compare(runs);
  CHECK(c.groups[1].dominated_by == std::size_t{0});
  CHECK_FALSE(c.groups[1].on_front);
  CHECK(has(text(c), "A dominates B"));
}
TEST_CASE("compare: equal runs are equal, and neither dominates") {
  const std::vector<run_report> runs = {two_runs()[0], two_runs()[0], two_runs()[0]};
  const comparison c = compare(std::span(runs).first(2));
  CHECK(c.groups.size() == 2);
  CHECK(c.groups[0].on_front);
  CHECK(c.groups[1].on_front);
  CHECK(c.pairs[0].energy->value.count() == 0);
  CHECK(c.pairs[0].energy->says == verdict::within);
  CHECK(has(text(c), "A and B are equal in both"));
  CHECK(says(c, caveat::same_run, "A, B are reports of one run"));
  CHECK(compare(runs).groups[2].on_front);
}
TEST_CASE("compare: the front of many is that of a slow search") {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> some(0, 30);
  for (const std::string metric : {"accuracy", "loss"}) {
    std::vector<run_report> runs;
    for (int i = 0; i < 100; ++i)
      runs.push_back(
          run_of_epochs("p" + std::to_string(i), 100 + some(random), {some(random) / 100.0}, metric));
    const comparison c = compare(runs);
    std::size_t front = 0;
    for (const auto& a : c.groups) {
      bool dominated = false;
      for (const auto& b : c.groups) {
        const double e = (a.energy->value - b.energy->value).count();
        const double m = (metric == "loss" ? -1 : 1) * (*b.metric - *a.metric);
        dominated = dominated || (e >= 0 && m >= 0 && (e > 0 || m > 0));
      }
      CHECK(a.on_front == !dominated);
      REQUIRE(a.dominated_by.has_value() == dominated);
      if (dominated) CHECK(c.groups[*a.dominated_by].on_front);
      front += a.on_front;
    }
    CHECK(front > 0);
    CHECK(front < 100);
    CHECK(longest_line(text(c)) <= 100);
    CHECK(has(text(c), "and 79 more groups"));
  }
}
TEST_CASE("compare: single runs are held against their meters' ranges, errors independent") {
  // A 3800 to 4400, B 4300 to 4900: they overlap. 500 +- sqrt(300^2 + 300^2) = 75.7 to 924.3.
  const comparison c = compare(two_runs());
  REQUIRE(c.pairs.size() == 1);
  const auto& d = *c.pairs[0].energy;
  CHECK(d.value.count() == Approx(500));
  CHECK(*d.relative == Approx(500.0 / 4100));
  CHECK(d.meters->low.count() == Approx(500 - 424.264).epsilon(1e-4));
  CHECK(d.meters->high.count() == Approx(500 + 424.264).epsilon(1e-4));
  CHECK(d.says == verdict::beyond_if_independent);
  CHECK_FALSE(d.scatter);
  CHECK(c.pairs[0].shares_meters);
  CHECK(c.pairs[0].metric->says == verdict::unknown);
  CHECK(has(text(c), "a single run (n = 1) says nothing of scatter"));
  CHECK(has(text(c), "cancels in part"));
}
TEST_CASE("compare: ranges that do not meet differ, ranges that hold each other do not") {
  std::vector<run_report> runs = two_runs();
  set_energy(runs[1], 5000, 4700, 5300);
  CHECK(compare(runs).pairs[0].energy->says == verdict::beyond);
  set_energy(runs[1], 4300, 4000, 4600);
  CHECK(compare(runs).pairs[0].energy->says == verdict::within);
  CHECK(has(flat(text(compare(runs))), "NOT more than the meters' errors"));
}
TEST_CASE("compare: where a meter states no range, nothing holds a difference") {
  std::vector<run_report> runs = two_runs();
  set_energy(runs[1], 9000, 9000, 9000);
  const comparison c = compare(runs);
  CHECK(c.pairs[0].energy->says == verdict::unknown);
  CHECK_FALSE(c.pairs[0].energy->meters);
  CHECK(says(c, caveat::no_range, "B states no range"));
  CHECK(has(text(c), "not stated"));
}
TEST_CASE("compare: repeats have Welch's interval and the smallest difference they can show") {
  // The sleep data as kJ above 100: the interval is R's, in kJ.
  std::vector<run_report> runs;
  for (const auto& [name, data] : {std::pair("old", sleep_1), std::pair("new", sleep_2)})
    for (const double x : data) add_repeats(runs, name, {{100'000 + 1000 * x, 0.9 + x / 100}});
  const comparison c = compare(runs);
  REQUIRE(c.groups.size() == 2);
  CHECK(c.grouped_by_project);
  CHECK(c.groups[1].name == "new");
  CHECK(c.runs[10].key == "B1");
  const auto& d = *c.pairs[0].energy;
  CHECK(d.value.count() == Approx(1580));
  CHECK(d.scatter->low.count() == Approx(-205.4832).epsilon(1e-5));
  CHECK(d.scatter->high.count() == Approx(3365.4832).epsilon(1e-5));
  CHECK(d.freedom == Approx(17.776).epsilon(0.0001));
  CHECK(d.says == verdict::within);
  // Standard error 849.1 J; of 10 and 10 runs of one scatter it is 2.979 of them (by this header; with 18
  // degrees of freedom that are known it is 2.96).
  CHECK(d.smallest->count() == Approx(849.1 * 2.979).epsilon(0.002));
  CHECK(c.pairs[0].metric->scatter->high == Approx(0.033654832).epsilon(1e-5));
  CHECK(has(text(c), "20 runs in 2 groups"));
  CHECK(has(flat(text(c)), "the smallest that such runs show in 80 % of cases is 0.703 Wh"));
  CHECK_FALSE(has(text(c), "n = 1"));
}
TEST_CASE("compare: repeats on one machine need scatter only, on two machines the meters' ranges too") {
  std::vector<run_report> runs;
  add_repeats(runs, "a", {{1000, 0.9}, {1001, 0.91}, {1002, 0.92}});
  add_repeats(runs, "b", {{1010, 0.9}, {1011, 0.91}, {1012, 0.92}});
  CHECK(compare(runs).pairs[0].energy->says == verdict::beyond);
  for (std::size_t i = 3; i < 6; ++i) runs[i].hardware.host = "node8";
  const comparison c = compare(runs);  // 991 to 1011 and 1001 to 1021
  CHECK_FALSE(c.pairs[0].shares_meters);
  CHECK(c.pairs[0].energy->says == verdict::within_meters);
  CHECK(says(c, caveat::machine));
  for (run_report& r : runs) r.energy->low = r.energy->high = r.energy->value;
  CHECK(compare(runs).pairs[0].energy->says == verdict::beyond_scatter);
}
TEST_CASE("compare: labels make repeats, projects only where they differ") {
  std::vector<run_report> runs = {two_runs()[0], two_runs()[0], two_runs()[0], two_runs()[1]};
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].run_id = "id" + std::to_string(i);
  CHECK(compare(runs).groups.size() == 2);
  CHECK(compare(runs, {.groups = kaya::report::grouping::none}).groups.size() == 4);
  CHECK(compare(runs, {.labels = {"x", "y", "x", "y"}}).groups.size() == 2);
  CHECK(compare(runs, {.labels = {"x", "y", "x", "y"}}).groups[1].runs == std::vector<std::size_t>{1, 3});
  CHECK(compare(std::span(runs).first(3)).groups.size() == 3);  // one project: they are what is compared
  CHECK(compare(std::span(runs).first(3), {.groups = kaya::report::grouping::by_project}).groups.size() == 1);
  CHECK(compare(runs, {.labels = {"x", "y", "z"}, .baseline = 2}).pairs[0].base == 2);
}
TEST_CASE("compare: the metric is one that all have, accuracy before losses, held-out before training data") {
  const auto chosen = [](std::vector<std::string> a, std::vector<std::string> b) {
    std::vector<run_report> runs = two_runs();
    for (std::size_t i = 0; i < 2; ++i)
      for (kaya::epoch_line& e : runs[i].epochs) {
        e.metrics.clear();
        for (const std::string& name : i == 0 ? a : b) e.metrics.emplace_back(name, 0.5);
      }
    return compare(runs).metric;
  };
  CHECK(chosen({"loss", "train_acc", "val_acc"}, {"val_acc", "loss", "train_acc"}) == "val_acc");
  CHECK(chosen({"loss", "accuracy"}, {"loss", "f1"}) == "loss");
  CHECK(chosen({"loss", "F1"}, {"F1", "loss"}) == "F1");
  CHECK(chosen({"speed"}, {"speed"}) == "speed");
  CHECK(chosen({"loss"}, {"accuracy"}) == "");
}
TEST_CASE("compare: a metric's name says which values are better, or nothing does") {
  CHECK(meaning_of("valAcc").higher == true);
  CHECK(meaning_of("box mAP").higher == true);
  CHECK(meaning_of("cross_entropy").higher == false);
  CHECK(meaning_of("top1_error").higher == false);
  CHECK(meaning_of("accuracy loss").higher == false);
  CHECK_FALSE(meaning_of("neg_mean_squared_error").higher);
  CHECK_FALSE(meaning_of("lossless").higher);
  CHECK_FALSE(meaning_of(std::string(1 << 20, 'x') + " loss").higher);
  std::vector<run_report> runs = {run_of_epochs("a", 9, {1, 2}, "speed"),
                                  run_of_epochs("b", 9, {3, 4}, "speed")};
  CHECK_FALSE(compare(runs).higher_is_better);
  CHECK_FALSE(compare(runs).groups[0].on_front);
  CHECK_FALSE(compare(runs).target);
  CHECK(has(flat(text(compare(runs))), "whether higher or lower is better is not known"));
  CHECK(compare(runs, {.direction = kaya::report::better::higher}).groups[1].on_front);
}
TEST_CASE("compare: a run that ends in NaN has no final value, and it is said") {
  std::vector<run_report> runs = two_runs();
  runs[1].epochs.back().metrics[1].second = not_a_number;
  comparison c = compare(runs);
  CHECK_FALSE(c.groups[1].metric);
  CHECK_FALSE(c.groups[1].on_front);
  CHECK(c.target == 0.97);
  CHECK(says(c, caveat::metric, "B ended with a value of accuracy that is no finite number"));
  CHECK(has(text(c), "without energy or accuracy, so in neither: B"));
  for (run_report& r : runs)
    for (kaya::epoch_line& e : r.epochs) e.metrics[1].second = e.index % 2 ? not_a_number : HUGE_VAL;
  c = compare(runs);
  CHECK_FALSE(c.target);
  CHECK_FALSE(has(text(c), "nan"));
}
TEST_CASE("compare: a metric that only the run has counts all its energy") {
  std::vector<run_report> runs = two_runs();
  for (kaya::epoch_line& e : runs[0].epochs) e.metrics.clear();
  runs[0].metrics = {{"accuracy", 0.99}};
  const comparison c = compare(runs);
  CHECK(c.runs[0].reach->by_run);
  CHECK(c.runs[0].reach->energy->count() == Approx(4100));
  CHECK(has(text(c), "end of run"));
  CHECK(says(c, caveat::metric, "A has accuracy of the run only"));
}
TEST_CASE("compare: without energy there is none, not zero") {
  std::vector<run_report> runs = two_runs();
  runs[1] = kaya_test::report_without_energy();
  const comparison c = compare(runs);
  CHECK_FALSE(c.groups[1].energy);
  CHECK_FALSE(c.groups[1].per_work);
  CHECK_FALSE(c.pairs[0].energy);
  CHECK(says(c, caveat::no_energy, "B has no energy"));
  CHECK(has(text(c), "energy: not known of both"));
  const std::vector<run_report> none(2, kaya_test::report_without_energy());
  CHECK_FALSE(has(text(compare(none)), "0 J"));
}
TEST_CASE("compare: an epoch without energy leaves what is after it unknown") {
  std::vector<run_report> runs = two_runs();
  runs[0].epochs[1].energy_uj.reset();
  const comparison c = compare(runs);
  CHECK(c.runs[0].reach->reached);
  CHECK_FALSE(c.runs[0].reach->energy);
}
TEST_CASE("compare: no runs, no epochs and no metric are no trouble") {
  CHECK(text(compare({})) == "kaya: 0 runs compared\n");
  std::vector<run_report> runs(2);
  CHECK(longest_line(text(compare(runs))) <= 100);
  runs = two_runs();
  for (run_report& r : runs) r.epochs.clear();
  const comparison c = compare(runs);
  CHECK(c.metric.empty());
  CHECK(c.pairs[0].energy->value.count() == Approx(500));
  CHECK(has(text(c), "no metric that all runs have"));
  CHECK(has(text(compare(runs, {.metric = "accuracy"})), "A, B do not have accuracy"));
}
TEST_CASE("compare: grams at one PUE and intensity, where the runs' differ") {
  std::vector<run_report> runs = two_runs();
  runs[1].pue = 1.5, runs[1].intensity.value = kaya::grams_per_kilowatt_hour(400);
  set_energy(runs[1], 4600, 4300, 4900);
  comparison c = compare(runs);
  CHECK(c.common_needed);
  CHECK(c.groups[1].emissions->count() == Approx(4600 / 3.6e6 * 1.5 * 400));
  CHECK(c.groups[1].common_emissions->count() == Approx(4600 / 3.6e6 * 1.2 * 50));
  CHECK(says(c, caveat::pue, "A 1.2; B 1.5"));
  CHECK(says(c, caveat::intensity, "A 50.0 gCO2e/kWh"));
  CHECK(has(text(c), "alike: the grams at one PUE, 1.2, and one intensity, 50.0 gCO2e/kWh (those of A)"));
  c = compare(runs, {.intensity = kaya::grams_per_kilowatt_hour(100), .pue = 1});
  CHECK(c.groups[0].common_emissions->count() == Approx(4100 / 3.6e6 * 100));
  CHECK(has(text(c), "(as asked for)"));
}
TEST_CASE("compare: what makes runs hard to compare is said") {
  const auto with = [](auto change) {
    std::vector<run_report> runs = two_runs();
    change(runs[1]);
    return compare(runs);
  };
  CHECK(compare(two_runs()).caveats.empty());
  CHECK(says(with([](run_report& r) { r.work_unit = "tokens"; }), caveat::work_unit, "A images; B tokens"));
  CHECK_FALSE(with([](run_report& r) { r.work_unit = "tokens"; }).pairs[0].per_work);
  CHECK(says(with([](run_report& r) { r.work = 10; }), caveat::work, "A 1000; B 10"));
  CHECK(says(with([](run_report& r) { r.work = 0; }), caveat::work, "B has no work"));
  CHECK(says(with([](run_report& r) {
               r.measured_share = 0, r.worst_provenance = kaya::meter::provenance::modelled;
             }),
             caveat::provenance, "A measured; B not measured, at worst modelled"));
  CHECK(says(with([](run_report& r) { r.measured_share = not_a_number; }), caveat::provenance));
  CHECK(says(with([](run_report& r) { r.of = kaya::attribution::process; }), caveat::attribution,
             "A the whole machine; B the share of one process"));
  CHECK(says(with([](run_report& r) { r.hardware.host = "node8"; }), caveat::machine,
             "node7, AMD EPYC 9654; B node8"));
  CHECK(says(with([](run_report& r) { r.channels[1].coverage = 0.94; }), caveat::coverage, "B has"));
  CHECK_FALSE(says(with([](run_report& r) { r.channels[1].coverage = 0.96; }), caveat::coverage));
  CHECK(says(with([](run_report& r) { r.channels[1].energy_uj.reset(); }), caveat::missing_channels,
             "B lacks"));
  CHECK(says(with([](run_report& r) { r.channels.pop_back(); }), caveat::components, "A cpu + gpu; B cpu"));
  CHECK(says(with([](run_report& r) { r.finished = false; }), caveat::unfinished, "B was not finished"));
  CHECK(says(with([](run_report& r) { r.processes.resize(2); }), caveat::resumed, "B was resumed"));
  CHECK(says(with([](run_report& r) { r.lost.emplace(); }), caveat::lost_work, "B did epochs again"));
  CHECK(says(with([](run_report& r) { r.ranks.resize(8); }), caveat::ranks, "A 1; B 8"));
  CHECK(says(with([](run_report& r) { r.enabled = false; }), caveat::disabled, "B was made while"));
  CHECK(says(with([](run_report& r) { r.epochs[0].merged = 2; }), caveat::merged_epochs, "B has several"));
  CHECK(has(text(with([](run_report& r) { r.of = kaya::attribution::process; })), "  - attribution: "));
}
TEST_CASE("compare: a value reached in merged lines is that of the whole line") {
  std::vector<run_report> runs = two_runs();
  for (run_report& r : runs) {
    int index = 0;
    for (kaya::epoch_line& e : r.epochs) e.merged = 4, e.index = index, index += 4;
  }
  const comparison c = compare(runs);
  CHECK(c.runs[0].reach->epoch == 12);
  CHECK(c.runs[0].reach->last == 15);
  CHECK(c.runs[0].epochs == 16);
  CHECK(has(text(c), "12..15"));
}
TEST_CASE("compare: hostile names break no line, and are no markup") {
  std::vector<std::string> names = kaya_test::hostile_names();
  names.push_back(kaya_test::broken_utf8);
  for (const std::string& name : names) {
    std::vector<run_report> runs = two_runs();
    runs[1].work_unit = runs[1].project = runs[1].intensity.name = runs[1].hardware.host = runs[1].run_id =
        runs[1].hardware.cpu_model = name;
    runs[1].intensity.value = kaya::grams_per_kilowatt_hour(3);
    for (run_report& r : runs)
      for (kaya::epoch_line& e : r.epochs) e.metrics[1].first = name;
    const comparison c =
        compare(runs, {.metric = name, .direction = kaya::report::better::higher, .labels = {name}});
    const std::string t = text(c), m = markdown(c);
    CHECK(longest_line(t) <= 100);
    CHECK(t.size() < 20'000);
    CHECK(m.size() < 40'000);
    for (const std::string* const s : {&t, &m}) {
      CHECK(s->find('\r') == std::string::npos);
      CHECK(s->find('\x1b') == std::string::npos);
      CHECK(s->find("\xFF") == std::string::npos);
    }
    CHECK_FALSE(has(m, "<script>"));
    // As many lines as with any other name of one column less or more.
    CHECK(std::count(t.begin(), t.end(), '\n') < 70);
  }
}
TEST_CASE("compare: numbers of any kind are no trouble") {
  std::mt19937 random(5);
  const double values[] = {0,       -0.0,   1,     -1,  0.5,  1e-300,   1e300,     -1e300,
                           1.7e308, 5e-324, 1e-17, 100, 1e15, HUGE_VAL, -HUGE_VAL, not_a_number};
  const auto any = [&] { return values[random() % std::size(values)]; };
  for (int turn = 0; turn < 300; ++turn) {
    std::vector<run_report> runs;
    for (std::size_t i = 0; i < 2 + random() % 5; ++i) {
      run_report r =
          run_of_epochs(random() % 2 ? "a" : "b", 1, {any(), any(), any()}, random() % 2 ? "acc" : "loss");
      r.energy = kaya::interval<joules>{joules(any()), joules(any()), joules(any())};
      if (random() % 2) r.energy_uj.reset();
      else r.energy_uj = kaya::microjoules(static_cast<std::int64_t>(random()) * 2'000'000'000);
      r.emissions->value = kaya::grams_co2e(any());
      r.work = any(), r.pue = any(), r.intensity.value = kaya::grams_per_kilowatt_hour(any());
      r.measured_share = any(), r.channels[0].coverage = any();
      for (kaya::epoch_line& e : r.epochs) {
        e.index = random() % 2 ? std::numeric_limits<int>::max() : -5;
        e.merged = random() % 2 ? std::numeric_limits<int>::max() : -5;
        e.energy_uj = kaya::microjoules(random() % 2 ? std::numeric_limits<std::int64_t>::max() : -7);
        e.emissions = kaya::grams_co2e(any());
      }
      runs.push_back(r);
    }
    const comparison c = compare(
        runs, {.direction = kaya::report::better::higher, .target = any(), .knee = any(), .pue = any()});
    CHECK(longest_line(text(c)) <= 100);
    CHECK(markdown(c).size() < 100'000);
  }
}
TEST_CASE("compare: Markdown has the same tables") {
  const std::string m = markdown(compare(two_runs()), 2);
  CHECK(m.starts_with("## kaya: 2 runs compared\n\n| run | energy | 95 % of meters | emissions |\n| --- "));
  CHECK(has(m, "\n### energy to reach accuracy 0.97 (the worst final value)\n\n| run |"));
  CHECK(has(m, "| B | 3 | 1.00 Wh | 0.750 Wh | 80 % |"));
  CHECK(markdown(compare(two_runs()), 9).starts_with("##### "));
}
TEST_CASE("compare: the text fits the page and has all its columns") {
  std::vector<run_report> runs;
  add_repeats(runs, "a project with a name that is longer than its column",
              {{123'456, 0.91234}, {124'000, 0.9}});
  add_repeats(runs, "b", {{1234, 0.91234}, {1240, 0.9123}});
  runs[3].pue = 1.7;
  const std::string t = text(compare(runs));
  CHECK(longest_line(t) <= 100);
  for (const char* const column : {"alike\n", "grams of a unit\n", "grams of a point\n", "emissions\n"})
    CHECK(has(t, column));
}
TEST_CASE("compare: a hundred repeats in fifty groups are named after their letters") {
  std::vector<run_report> runs;
  for (int i = 0; i < 50; ++i) {
    const double x = i;
    add_repeats(runs, "p" + std::to_string(i), {{1000 + x, 0.9}, {1010 - x, 0.9}});
  }
  const double start = kaya_test::cpu_ms() / 1e3;
  const comparison c = compare(runs);
  const double seconds = kaya_test::cpu_ms() / 1e3 - start;
  CHECK(c.groups[26].key == "AA");
  CHECK(c.runs[99].key == "AX2");
  CHECK(longest_line(text(c)) <= 100);
  CHECK(has(flat(text(c)), "49 groups are held against one at 95 % each"));
  MESSAGE("100 runs in 50 groups: " << seconds * 1e3 << " ms");
}
TEST_CASE("compare: two runs of 10 000 epochs take less than 30 ms") {
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(1 - 1.0 / (i + 2));
  const std::vector<run_report> runs = {run_of_epochs("a", 10, values), run_of_epochs("b", 11, values)};
  double best = 1;
  for (int i = 0; i < 5; ++i) {
    const double start = kaya_test::cpu_ms() / 1e3;
    const std::string t = text(compare(runs));
    best = std::min(best, kaya_test::cpu_ms() / 1e3 - start);
    CHECK(t.size() < 10'000);
  }
  MESSAGE("2 runs of 10 000 epochs, with the text: " << best * 1e3 << " ms");
  CHECK(best < 0.030);
}
