// SPDX-License-Identifier: MIT
#include <kaya/ledger/core.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/scripted_meter.hpp"

using namespace kaya_test;
using kaya::ledger::core;
using kaya::meter::bound_channel;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// A meter that makes one wait, and notes when it was asked.
class slow_meter final : public kaya::meter::source {
 public:
  slow_meter(manual_clock& clock, std::string name, std::int64_t ns) : wait_ns(ns), clock_(clock) {
    kaya::meter::channel c;
    c.name = std::move(name);
    c.mechanism = "slow";
    c.device = c.name;
    c.kind = kaya::meter::reading_kind::power;
    c.how = kaya::meter::provenance::integrated;
    channel_ = c;
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return {&channel_, 1}; }
  kaya::meter::measurement read(std::size_t, std::int64_t now) noexcept override {
    asked_after = clock_.ticks - now;
    clock_.ticks += wait_ns;
    return {.watts = 100};
  }
  std::int64_t wait_ns, asked_after = -1;

 private:
  manual_clock& clock_;
  kaya::meter::channel channel_;
};

struct two_meters {
  manual_clock clock;
  kaya::detail::handle<slow_meter> slow{new slow_meter(clock, "slow", 50 * ms)};
  kaya::detail::handle<slow_meter> quick{new slow_meter(clock, "quick", 1'000)};
  core ledger{clock, channels(), {}, 10};

  std::vector<bound_channel> channels() {
    std::vector<bound_channel> result;
    for (const auto& m : {slow, quick})
      result.push_back({m->channels()[0], kaya::detail::handle<kaya::meter::source>(m.get()), 0});
    return result;
  }
  void sample() {
    clock.ticks += 100 * ms;
    ledger.tick(ledger.look());
  }
  std::size_t events(const std::string& where) {
    std::size_t n = 0;
    for (const kaya::event& e : ledger.events().all()) n += e.where == where ? e.count : 0;
    return n;
  }
};

}  // namespace

TEST_CASE("meters that answer at once are read before those that make one wait") {
  two_meters m;
  m.ledger.start();
  for (int i = 0; i < 5; ++i) {
    m.sample();
    CHECK(m.quick->asked_after == 0);
    CHECK(m.slow->asked_after == 1'000);
  }
}
TEST_CASE("a meter that makes one wait is told in an event, and how late it was read is known") {
  two_meters m;
  m.ledger.start();
  m.sample();
  CHECK(m.events("slow") == 1);
  CHECK(m.events("quick") == 0);
  CHECK(m.ledger.timelines()[0].latest_ns == 50 * ms + 1'000);
  CHECK(m.ledger.timelines()[1].latest_ns == 1'000);
}
TEST_CASE("a meter that has become slow lets the others go first from the next round on") {
  two_meters m;
  m.slow->wait_ns = 1'000;
  m.ledger.start();
  m.sample();
  m.slow->wait_ns = 50 * ms;
  m.sample();
  m.sample();
  CHECK(m.quick->asked_after == 0);
  // And goes back into its place, or stays where it is, when it has become quick again.
  m.slow->wait_ns = 0;
  m.quick->wait_ns = 30 * ms;
  for (int i = 0; i < 40; ++i) m.sample();
  CHECK(m.slow->asked_after == 0);
}
TEST_CASE("how late meters are read does not change what they measure") {
  two_meters m;
  m.ledger.start();
  for (int i = 0; i < 20; ++i) m.sample();
  const double seconds = static_cast<double>(m.ledger.cut() - m.ledger.start_ns()) * 1e-9;
  for (const auto& t : m.ledger.timelines())
    CHECK(static_cast<double>(t.total_uj) * 1e-6 == doctest::Approx(100 * seconds).epsilon(1e-6));
}
TEST_CASE("power that stands in for a counter is an event, and makes the channel an integrated one") {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  core ledger(clock, bound(meter), {}, 10);
  ledger.start();
  for (int i = 1; i <= 3; ++i) {
    clock.ticks += 100 * ms;
    for (auto& a : meter->answers) a.count += 1'000'000;
    meter->answers[1].integrated = i == 2;
    ledger.tick(ledger.look());
  }
  CHECK(ledger.timelines()[0].how() == kaya::meter::provenance::measured);
  CHECK(ledger.timelines()[1].how() == kaya::meter::provenance::integrated);
  CHECK(ledger.timelines()[1].total_uj == 3'000'000);
  std::size_t told = 0;
  for (const kaya::event& e : ledger.events().all()) told += e.what.find("stands still") != std::string::npos;
  CHECK(told == 1);
}
