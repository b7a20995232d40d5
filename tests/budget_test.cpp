// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kaya/kaya.hpp>

#include "support/test_machine.hpp"

using namespace std::chrono_literals;
using kaya::allowance;
using kaya::budget_status;
using kaya::joules;
using kaya::tracker;
using kaya::tracker_options;
using kaya_test::on_test_machine;
using kaya_test::refusal;

TEST_CASE("spent and left add up to the limit, in energy, emissions and time") {
  tracker_options o = on_test_machine();
  o.intensity = kaya::grams_per_kilowatt_hour(3600);  // 1 mg a joule
  o.sampling_period = 0s;                             // nothing moves between two looks
  o.budget = {.energy = joules(1e6), .emissions = kaya::grams_co2e(1e3), .time = kaya::seconds(100)};
  tracker t(std::move(o));
  std::this_thread::sleep_for(20ms);
  t.sample();
  const budget_status s = t.budget();
  REQUIRE((s.energy && s.emissions && s.time));
  CHECK(s.energy->spent == t.energy());
  CHECK(s.energy->spent + s.energy->left == joules(1e6));
  CHECK(s.emissions->spent.count() == doctest::Approx(s.energy->spent.count() * 1e-3));
  CHECK(s.time->spent.count() >= 0.02);
  CHECK(s.share() == doctest::Approx(std::max({s.energy->share(), s.emissions->share(), s.time->share()})));
  CHECK_FALSE(s.exceeded());
  CHECK_FALSE(s.next_epoch_exceeds());
}
TEST_CASE("without limits there is nothing, and nothing is exceeded") {
  tracker t(on_test_machine());
  const budget_status s = t.budget();
  CHECK_FALSE(s.energy);
  CHECK(s.share() == 0);
  CHECK_FALSE(s.next_epoch_exceeds());
}
TEST_CASE("a loop that asks before each epoch ends within its budget, with less than an epoch left") {
  tracker_options o = on_test_machine();
  o.budget.time = kaya::seconds(0.2);
  tracker t(std::move(o));
  int epochs = 0;
  while (!t.budget().next_epoch_exceeds() && epochs < 100) {
    auto epoch = t.epoch();
    std::this_thread::sleep_for(20ms);
    ++epochs;
  }
  t.sample();
  const budget_status s = t.budget();
  CHECK(epochs >= 3);
  CHECK(epochs <= 10);
  CHECK(s.time->each_epoch->count() >= 0.02);
  CHECK(s.time->left < *s.time->each_epoch * 1.01);
}
TEST_CASE("an open epoch is taken to go on for as long as those before it") {
  tracker_options o = on_test_machine();
  o.budget.time = kaya::seconds(1);
  tracker t(std::move(o));
  {
    auto epoch = t.epoch();
    std::this_thread::sleep_for(40ms);
  }
  auto open = t.epoch();
  t.sample();
  const allowance<kaya::seconds> a = *t.budget().time;
  // Limits that the open epoch and one more just meet, or do not.
  const double needed = a.spent.count() + 2 * a.each_epoch->count();
  CHECK(needed < 1);
  CHECK_FALSE(a.next_epoch_exceeds);
}
TEST_CASE("each threshold is told once, in order, off the training thread") {
  tracker_options o = on_test_machine();
  o.sampling_period = 2ms;
  o.budget.time = kaya::seconds(0.1);
  o.budget.thresholds = {0.25, 0.5, 1, 1000};
  std::mutex m;
  std::vector<double> told;
  std::vector<double> shares;
  std::thread::id by;
  o.budget.on_threshold = [&](double threshold, const budget_status& s) {
    const std::lock_guard hold(m);
    told.push_back(threshold);
    shares.push_back(s.share());
    by = std::this_thread::get_id();
    if (threshold == 0.5) throw std::runtime_error("no");
  };
  tracker t(std::move(o));
  std::this_thread::sleep_for(150ms);
  const auto r = t.stop();
  CHECK(told == std::vector<double>{0.25, 0.5, 1});
  for (std::size_t i = 0; i < told.size(); ++i) CHECK(shares[i] >= told[i]);
  CHECK(by != std::this_thread::get_id());
  CHECK(kaya_test::has_event(r, "threw: no"));
}
TEST_CASE("budgets that cannot be are refused") {
  tracker_options o = on_test_machine();
  o.budget.energy = joules(0);
  CHECK(refusal(o) == "budget.energy: 0 J is not allowed; a finite number above 0");
  o.budget.energy = joules(std::nan(""));
  CHECK(refusal(o).find("budget.energy") == 0);
  o.budget.energy = joules(1);
  o.budget.thresholds = {0.5, 0.5};
  CHECK(refusal(o) == "budget.thresholds: 0.5 is not allowed; ascending finite numbers above 0");
  o.budget.thresholds = {1};
  o.budget.on_threshold = [](double, const budget_status&) {};
  o.sampling_period = 0s;
  CHECK(refusal(o).find("the sampler calls it") != std::string::npos);
}

TEST_CASE("a tracker forecasts its run from two epochs on, and its budget says whether it will do") {
  tracker_options o = on_test_machine();
  o.total_epochs = 10;
  o.budget.time = kaya::seconds(60);
  tracker t(o);
  o.budget.time = kaya::seconds(0.05);
  tracker tight(std::move(o));
  CHECK_FALSE(t.forecast());
  for (int i = 0; i < 4; ++i) {
    auto epoch = t.epoch();
    auto same = tight.epoch();
    std::this_thread::sleep_for(20ms);
  }
  const auto f = t.forecast();
  REQUIRE(f);
  CHECK(f->epochs_done == 4);
  CHECK(f->epochs_left == 6);
  CHECK(f->duration.value.count() > 0.2);
  CHECK(f->duration.value.count() < 2);
  CHECK(f->energy.value > t.energy());
  CHECK(f->energy.low <= f->energy.value);
  CHECK(t.budget().run_exceeds() == false);
  CHECK(tight.budget().run_exceeds() == true);
}
TEST_CASE("without a plan of epochs there is no forecast, and no judgement by one") {
  tracker_options o = on_test_machine();
  o.budget.time = kaya::seconds(60);
  tracker t(std::move(o));
  for (int i = 0; i < 3; ++i) (void)t.epoch().index();
  CHECK_FALSE(t.forecast());
  CHECK_FALSE(t.budget().run_exceeds());
}
