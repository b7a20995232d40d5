// SPDX-License-Identifier: MIT
// One file of a program with KAYA_DISABLE, another one without.
#define KAYA_DISABLE
#include <doctest/doctest.h>

#include <kaya/kaya.hpp>

#include <chrono>
#include <cmath>
#include <string>
#include <type_traits>

bool enabled_part_accounts();  // in a file without KAYA_DISABLE

TEST_CASE("with KAYA_DISABLE the same program compiles and nothing is accounted for") {
  using namespace std::chrono_literals;
  kaya::tracker_options options{.project = "off", .region = "nowhere", .pue = 0.1, .sampling_period = 1us};
  options.on_event = [](const kaya::event&) {};
  options.machine = kaya::meter::machine::detect();
  options.journal = {.path = "/nowhere/{what}", .period = 1h};
  options.resume = true;
  options.prometheus = {.folder = "/nowhere", .remove_at_stop = true};
  options.progress = {.show = true, .period = 1us, .metric = "loss"};
  kaya::tracker t(options);
  t.rewind(-1);
  {
    auto epoch = t.epoch();
    auto a = t.scope("a");
    auto b = t.scope("b", kaya::background);
    auto c = kaya::scope(kaya::label("c" + std::to_string(1)));
    auto d = kaya::scope("d", kaya::synchronized);
    epoch.add_work(1);
    epoch.metric("m", 1);
    CHECK(std::isnan(epoch.energy().count()));
  }
  CHECK(kaya::measured(t, [] { return 42; }) == 42);
  CHECK(kaya::measured(t, "name", [] { return 43; }) == 43);
  CHECK(std::isnan(t.energy().count()));
  CHECK_FALSE(t.report().enabled);
  const kaya::run_report r = t.stop();
  CHECK(kaya::report::text(r) == "kaya: disabled, nothing was accounted for\n");
}

TEST_CASE("guards of a disabled file hold nothing") {
  CHECK(sizeof(kaya::scope_guard) == 1);
  CHECK(sizeof(kaya::tracker) == 1);
}

TEST_CASE("a file without KAYA_DISABLE in the same program accounts as ever") {
  CHECK(enabled_part_accounts());
}
