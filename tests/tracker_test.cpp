// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "support/test_machine.hpp"

#include <kaya/kaya.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using kaya::tracker;
using kaya::tracker_options;
using kaya_test::constant_power;
using kaya_test::find;
using kaya_test::has_event;
using kaya_test::on_test_machine;
using kaya_test::refusal;
using kaya_test::sum_of_own;
using kaya_test::test_machine;

namespace {

struct environment {
  environment(const char* variable, const char* value) : name(variable) { setenv(variable, value, 1); }
  ~environment() { unsetenv(name); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  const char* name;
};

}  // namespace

TEST_CASE("a run reports its energy, and the lines own all of it to the microjoule") {
  tracker t(on_test_machine());
  for (int i = 0; i < 3; ++i) {
    auto epoch = t.epoch();
    auto step = t.scope("step");
    std::this_thread::sleep_for(20ms);
    epoch.add_work(100);
  }
  const kaya::run_report r = t.stop();
  REQUIRE(r.energy_uj);
  CHECK(r.enabled);
  CHECK(r.finished);
  CHECK(sum_of_own(r) == r.energy_uj->count());
  CHECK(static_cast<double>(r.energy_uj->count()) * 1e-6 ==
        doctest::Approx(120 * r.duration.count()).epsilon(0.001));
  REQUIRE(r.epochs.size() == 3);
  std::int64_t epochs = 0;
  for (const auto& e : r.epochs) {
    CHECK(e.work == 100);
    epochs += e.energy_uj->count();
  }
  REQUIRE(find(r, "epoch") != nullptr);
  CHECK(find(r, "epoch")->total_uj->count() == epochs);
  CHECK(find(r, "epoch")->count == 3);
  CHECK(r.work == 300);
  CHECK(r.measured_share == 1.0);
  CHECK(r.emissions->value.count() ==
        doctest::Approx(r.energy->value.count() / 3.6e6 * r.intensity.value.count()));
}

TEST_CASE("stop gives the same report again, and what is opened afterwards is inert") {
  tracker t(on_test_machine());
  std::this_thread::sleep_for(5ms);
  const kaya::run_report first = t.stop();
  {
    auto epoch = t.epoch();
    auto scope = t.scope("late");
    epoch.add_work(1);
    CHECK(epoch.index() == -1);
  }
  t.sample();
  const kaya::run_report second = t.stop();
  CHECK(second.energy_uj == first.energy_uj);
  CHECK(second.run_id == first.run_id);
  CHECK(second.epochs.empty());
  CHECK(find(second, "late") == nullptr);
  CHECK(t.report().energy_uj == first.energy_uj);
}

TEST_CASE("a report in the middle of a run has the open scope's energy and time, but not its count") {
  tracker t(on_test_machine());
  auto scope = t.scope("open");
  std::this_thread::sleep_for(20ms);
  const kaya::run_report r = t.report();
  REQUIRE(find(r, "open") != nullptr);
  CHECK(find(r, "open")->count == 0);
  CHECK(find(r, "open")->own_uj->count() > 2'000'000);
  CHECK(find(r, "open")->time.count() >= 0.02);
  CHECK_FALSE(r.finished);
}

TEST_CASE("energy never decreases and is NaN until something is known") {
  auto meter = std::make_unique<constant_power>();
  meter->broken = true;
  constant_power& handle = *meter;
  tracker_options o;
  o.machine = test_machine(std::move(meter));
  o.sampling_period = 0s;
  o.count_modelled = false;
  tracker t(o);
  CHECK(std::isnan(t.energy().count()));
  CHECK(std::isnan(t.emissions().count()));
  t.sample();
  CHECK(std::isnan(t.energy().count()));
  handle.broken = false;
  t.sample();
  double before = 0;
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(1ms);
    t.sample();
    CHECK(t.energy().count() >= before);
    before = t.energy().count();
  }
  CHECK(before > 0);
  handle.broken = true;
  t.sample();
  CHECK(t.energy().count() == before);
}

TEST_CASE("scope() works on the newest tracker alive and is inert without one") {
  { auto nothing = kaya::scope("nowhere"); }
  auto outer = std::make_unique<tracker>(on_test_machine());
  {
    tracker inner(on_test_machine());
    { auto s = kaya::scope("a"); }
    CHECK(find(inner.report(), "a")->count == 1);
  }
  { auto s = kaya::scope("b", kaya::background); }
  const kaya::run_report r = outer->report();
  CHECK(find(r, "a") == nullptr);
  CHECK(find(r, "b")->count == 1);
  outer.reset();
  { auto nothing = kaya::scope("nowhere"); }
}

TEST_CASE("guards that outlive their tracker are safe") {
  std::optional<tracker> t(std::in_place, on_test_machine());
  auto scope = t->scope("survivor");
  auto epoch = t->epoch();
  t.reset();
  epoch.add_work(3);
  epoch.metric("x", 1);
  epoch.close();
  CHECK(epoch.index() == 0);
}

TEST_CASE("an exception that unwinds through scopes and an epoch closes them") {
  tracker t(on_test_machine());
  try {
    auto epoch = t.epoch();
    auto scope = t.scope("throws");
    throw std::runtime_error("training failed");
  } catch (const std::runtime_error&) {}
  const kaya::run_report r = t.stop();
  CHECK(find(r, "throws")->count == 1);
  CHECK_FALSE(r.epochs.at(0).open);
}

TEST_CASE("work and metrics can be noted after an epoch was closed") {
  tracker t(on_test_machine());
  auto epoch = t.epoch();
  epoch.close();
  epoch.add_work(7);
  epoch.metric("accuracy", 0.5);
  epoch.metric("accuracy", 0.9);
  t.add_work(3);
  t.metric("final", 1.5);
  const kaya::run_report r = t.stop();
  CHECK(r.work == 10);
  REQUIRE(r.epochs.at(0).metrics.size() == 1);
  CHECK(r.epochs[0].metrics[0].second == 0.9);
  CHECK(r.metrics.at(0).first == "final");
}

TEST_CASE("work that cannot be is an event and not counted") {
  tracker t(on_test_machine());
  {
    auto epoch = t.epoch();
    epoch.add_work(std::nan(""));
    epoch.add_work(5);
  }
  t.add_work(-2);
  const kaya::run_report r = t.stop();
  CHECK(r.work == 5);
  CHECK(has_event(r, "nan is not allowed"));
  CHECK(has_event(r, "-2 is not allowed"));
}

TEST_CASE("an epoch tells its energy once it is closed") {
  tracker t(on_test_machine());
  auto epoch = t.epoch();
  std::this_thread::sleep_for(20ms);
  epoch.close();
  CHECK(epoch.energy().count() >= 120 * 0.020);
  CHECK(epoch.energy().count() < 120 * 0.500);
  const kaya::run_report r = t.stop();
  CHECK(kaya::joules(*r.epochs.at(0).energy_uj).count() == doctest::Approx(epoch.energy().count()));
}

TEST_CASE("an open epoch's energy is NaN until a sample tells something of it, never zero") {
  auto options = on_test_machine();
  options.sampling_period = 0s;
  tracker t(options);
  std::this_thread::sleep_for(2ms);
  auto epoch = t.epoch();
  std::this_thread::sleep_for(2ms);
  CHECK(std::isnan(epoch.energy().count()));
  t.sample();
  CHECK(epoch.energy().count() >= 120 * 0.002);
}

TEST_CASE("names of scopes that look like kaya's own lines are kept apart") {
  tracker t(on_test_machine());
  { auto s = t.scope("epoch"); }
  { auto s = t.scope("(outside)"); }
  { auto s = t.scope(kaya::label(std::string("run") + "time")); }
  { auto s = t.scope("runtime"); }
  const kaya::run_report r = t.stop();
  CHECK(find(r, "scope:epoch")->count == 1);
  CHECK(find(r, "scope:(outside)")->count == 1);
  CHECK(find(r, "epoch")->count == 0);
  CHECK(find(r, "runtime")->count == 2);
}

TEST_CASE("measured gives what the function returns, by reference too, and charges a scope") {
  tracker t(on_test_machine());
  int x = 1;
  int& same = kaya::measured(t, [&]() -> int& { return x; });
  CHECK(&same == &x);
  CHECK(kaya::measured(t, "answer", [] { return 42; }) == 42);
  kaya::measured(t, "void", [] {});
  const kaya::run_report r = t.stop();
  CHECK(find(r, "measured")->count == 1);
  CHECK(find(r, "answer")->count == 1);
}

TEST_CASE("synchronize is called at the edges of epochs and of synchronized scopes, and nowhere else") {
  std::atomic<int> calls{0};
  tracker_options o = on_test_machine();
  o.synchronize = [&] { ++calls; };
  tracker t(o);
  { auto s = t.scope("plain"); }
  CHECK(calls == 0);
  { auto s = t.scope("gpu", kaya::synchronized); }
  CHECK(calls == 2);
  { auto e = t.epoch(); }
  CHECK(calls == 4);
}

TEST_CASE("an exception out of a callback becomes an event") {
  tracker_options o = on_test_machine();
  o.synchronize = [] { throw std::runtime_error("device lost"); };
  std::atomic<int> told{0};
  o.on_event = [&](const kaya::event&) {
    ++told;
    throw 7;
  };
  tracker t(o);
  { auto s = t.scope("gpu", kaya::synchronized); }
  const kaya::run_report r = t.stop();
  CHECK(has_event(r, "device lost"));
  CHECK(told >= 1);
  CHECK(has_event(t.report(), "device lost"));
}

TEST_CASE("events reach the callback on the sampler's thread, or in sample() if there is none") {
  for (const bool threaded : {true, false}) {
    CAPTURE(threaded);
    auto meter = std::make_unique<constant_power>();
    constant_power& handle = *meter;
    std::atomic<bool> told{false}, same_thread{false};
    const auto me = std::this_thread::get_id();
    tracker_options o;
    o.machine = test_machine(std::move(meter));
    o.sampling_period = threaded ? kaya::seconds(0.005) : kaya::seconds(0);
    o.on_event = [&](const kaya::event&) {
      same_thread = std::this_thread::get_id() == me;
      told = true;
    };
    tracker t(o);
    handle.broken = true;
    for (int i = 0; i < 400 && !told; ++i) {
      std::this_thread::sleep_for(5ms);
      if (!threaded) t.sample();
    }
    CHECK(told);
    CHECK(same_thread == !threaded);
  }
}

TEST_CASE("callbacks may use the tracker, and even stop it") {
  auto meter = std::make_unique<constant_power>();
  constant_power& handle = *meter;
  std::atomic<bool> stopped{false};
  std::optional<tracker> t;
  tracker_options o;
  o.machine = test_machine(std::move(meter));
  o.sampling_period = 1ms;
  o.on_event = [&](const kaya::event&) {
    if (stopped) return;  // both channels are lost
    auto scope = t->scope("in callback");
    auto epoch = t->epoch();
    CHECK_FALSE(t->report().finished);
    CHECK(t->stop().finished);
    stopped = true;
  };
  t.emplace(o);
  handle.broken = true;
  for (int i = 0; i < 1000 && !stopped; ++i) std::this_thread::sleep_for(1ms);
  CHECK(stopped);
  CHECK(t->report().finished);
  CHECK(t->report().epochs.size() == 1);
}

TEST_CASE("stop and report from several threads at once give one report") {
  tracker t(on_test_machine());
  std::atomic<int> finished{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      (void)t.report();
      finished += t.stop().finished;
    });
  for (auto& thread : threads) thread.join();
  CHECK(finished == 4);
}

TEST_CASE("without a thread nothing is read between samples") {
  auto meter = std::make_unique<constant_power>();
  constant_power& handle = *meter;
  tracker_options o;
  o.machine = test_machine(std::move(meter));
  o.sampling_period = 0s;
  tracker t(o);
  const int before = handle.reads;
  std::this_thread::sleep_for(30ms);
  { auto s = t.scope("a"); }
  CHECK(handle.reads == before);
  { auto e = t.epoch(); }
  CHECK(handle.reads == before + 4);
  CHECK(sum_of_own(t.stop()) > 0);
}

TEST_CASE("bad options are refused with field, value and what is allowed") {
  CHECK(refusal({.region = "KOREA"}).find("region: \"KOREA\" is not allowed; a region code") == 0);
  CHECK(refusal({.region = "KOREA"}).find("KOR") != std::string::npos);
  CHECK(refusal({.pue = 0.9}) == "pue: 0.9 is not allowed; a finite number, 1 or more");
  CHECK(refusal({.pue = std::nan("")}).find("pue: nan is not allowed") == 0);
  CHECK(refusal({.intensity = kaya::grams_per_kilowatt_hour(-3)}) ==
        "intensity: -3 is not allowed; a finite number of g/kWh, 0 or more");
  CHECK(refusal({.sampling_period = 10us}).find("sampling_period: ") == 0);
  CHECK(refusal({.sampling_period = 10us}).find("0 (no thread), or 1 ms to 1 h") != std::string::npos);
  CHECK(refusal({.sampling_period = kaya::seconds(-1)}).find("sampling_period: ") == 0);
  CHECK(refusal({.total_epochs = -1}).find("total_epochs: -1") == 0);
  CHECK(refusal({.max_epoch_lines = 1}).find("max_epoch_lines: 1") == 0);
}

TEST_CASE("bad environment variables are refused by their names") {
  {
    const environment e("KAYA_PUE", "0.5");
    CHECK(refusal({}) == "KAYA_PUE: 0.5 is not allowed; a finite number, 1 or more");
  }
  {
    const environment e("KAYA_INTENSITY", "12 g");
    CHECK(refusal({}).find("KAYA_INTENSITY: 12 g is not allowed") == 0);
  }
  {
    const environment e("KAYA_REGION", "narnia");
    CHECK(refusal({}).find("KAYA_REGION: \"narnia\" is not allowed") == 0);
  }
  {
    const environment e("KAYA_DISABLE", "maybe");
    CHECK(refusal({}) == "KAYA_DISABLE: maybe is not allowed; 1 or 0");
  }
}

TEST_CASE("per field the code beats the environment, and the environment the default") {
  const environment pue("KAYA_PUE", "1.4"), region("KAYA_REGION", "kr");
  {
    const auto r = tracker({.machine = test_machine()}).stop();
    CHECK(r.pue == 1.4);
    CHECK(r.intensity.iso3 == "KOR");
    CHECK_FALSE(r.intensity.assumed);
  }
  {
    const environment intensity("KAYA_INTENSITY", "77.5");
    const auto r = tracker({.pue = 1.1, .machine = test_machine()}).stop();
    CHECK(r.pue == 1.1);
    CHECK(r.intensity.value.count() == 77.5);
    const auto coded = tracker({.region = "FR", .machine = test_machine()}).stop();
    CHECK(coded.intensity.iso3 == "FRA");
  }
}

TEST_CASE("without a region the world's mean is used and marked as assumed") {
  const auto r = tracker({.machine = test_machine()}).stop();
  CHECK(r.intensity.assumed);
  CHECK(r.intensity.iso3 == "WLD");
  CHECK(kaya::report::text(r).find("ASSUMED") != std::string::npos);
}

TEST_CASE("KAYA_DISABLE=1 makes a tracker that does nothing and says so") {
  const environment e("KAYA_DISABLE", "1");
  tracker t({.project = "off"});
  {
    auto epoch = t.epoch();
    auto scope = t.scope("a");
    epoch.add_work(1);
    epoch.metric("m", 1);
    CHECK(std::isnan(epoch.energy().count()));
  }
  t.sample();
  CHECK(std::isnan(t.energy().count()));
  const auto r = t.stop();
  CHECK_FALSE(r.enabled);
  CHECK_FALSE(r.energy_uj);
  CHECK(kaya::report::text(r).find("disabled") != std::string::npos);
}

TEST_CASE("a forked child's entries are inert, it ends at once, and it can build a tracker of its own") {
  tracker_options o = on_test_machine();
#ifdef KAYA_TEST_SANITIZED  // whose allocators, unlike libc's, must be at rest when a process forks
  o.sampling_period = 3600s;
#endif
  tracker t(std::move(o));
  std::this_thread::sleep_for(50ms);
  auto scope = t.scope("parent");
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    bool right = true;
    {
      auto s = t.scope("child");
      auto e = t.epoch();
      t.sample();
      const kaya::run_report r = t.report();
      right = right && !r.enabled && has_event(r, "forked") &&
              kaya::report::text(r).find("forked") != std::string::npos;
    }
    { auto s = kaya::scope("child"); }
    {
      tracker own(on_test_machine());
      { auto s = own.scope("mine"); }
      { auto s = kaya::scope("mine"); }
      right = right && find(own.stop(), "mine")->count == 2;
    }
    t.~tracker();  // as at the end of main
    _exit(right ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(find(t.report(), "child") == nullptr);
}

TEST_CASE("a report right after the start does not take the machine's uptime for CPU time of the sampler") {
  for (int i = 0; i < 50; ++i) {
    tracker t(on_test_machine());
    REQUIRE(t.report().overhead.sampler_cpu.count() < 1);
  }
}

TEST_CASE("on the sampler's thread all signals are blocked") {
  tracker_options o = on_test_machine();
  std::atomic<int> unblocked{-1};
  o.on_event = [&](const kaya::event&) {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    int n = 0;
    for (const int s : {SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGPROF, SIGCHLD}) n += sigismember(&now, s) == 0;
    unblocked = n;
  };
  tracker t(std::move(o));
  t.add_work(-1);
  for (int i = 0; i < 1000 && unblocked < 0; ++i) std::this_thread::sleep_for(5ms);
  CHECK(unblocked == 0);
}

TEST_CASE("scopes, epochs and reports from many threads at once keep the books balanced") {
  tracker_options o = on_test_machine();
  o.sampling_period = 1ms;
  tracker t(o);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&t, i] {
      const kaya::label mine("thread " + std::to_string(i));
      for (int n = 0; n < 2000; ++n) {
        auto a = t.scope(mine);
        auto b = t.scope("inner");
        if (n % 500 == 0) {
          auto e = t.epoch();
          e.add_work(1);
        }
        if (n % 700 == 0) {
          const auto r = t.report();
          CHECK(sum_of_own(r) == r.energy_uj.value_or(kaya::microjoules(0)).count());
        }
      }
    });
  for (auto& thread : threads) thread.join();
  const auto r = t.stop();
  CHECK(sum_of_own(r) == r.energy_uj->count());
  CHECK(find(r, "inner")->count == 8000);
  CHECK(r.epochs.size() == 16);
  CHECK(r.work == 16);
}

TEST_CASE("several trackers on one machine at once each account for all of it") {
  const auto machine = test_machine();
  tracker_options o;
  o.machine = machine;
  o.sampling_period = 2ms;
  tracker a(o), b(o);
  std::this_thread::sleep_for(50ms);
  const auto ra = a.stop(), rb = b.stop();
  CHECK(ra.energy->value.count() == doctest::Approx(120 * ra.duration.count()).epsilon(0.001));
  CHECK(rb.energy->value.count() == doctest::Approx(120 * rb.duration.count()).epsilon(0.001));
}

TEST_CASE("modelled components are counted and marked, or only shown if told so") {
  kaya_test::fake_tree empty;
  kaya::meter::machine_options where;
  where.sysfs = empty.sysfs();
  where.procfs = empty.procfs();
  where.cpu_tdp = kaya::watts(100);
  for (const bool count : {true, false}) {
    CAPTURE(count);
    tracker_options o;
    o.machine = kaya::meter::machine::detect(where);
    o.count_modelled = count;
    o.sampling_period = 5ms;
    tracker t(o);
    std::this_thread::sleep_for(50ms);
    const auto r = t.stop();
    CHECK(r.energy_uj.has_value() == count);
    CHECK(r.measured_share == 0);
    bool shown = false;
    for (const auto& c : r.channels)
      shown = shown || (c.part == kaya::meter::component::cpu && c.counted == count);
    CHECK(shown);
  }
}

TEST_CASE("water is the energy of the IT equipment times WUE, and is not reported without one") {
  tracker_options o = on_test_machine();
  o.pue = 1.5;
  o.wue = kaya::litres_per_kilowatt_hour(1.8);
  tracker t(std::move(o));
  std::this_thread::sleep_for(20ms);
  const auto r = t.stop();
  REQUIRE(r.water);
  CHECK(r.water->count() == doctest::Approx(r.energy->value.count() / 3.6e6 * 1.8));
  CHECK(kaya::report::text(r).find("water ") != std::string::npos);
  tracker dry(on_test_machine());
  CHECK_FALSE(dry.stop().water);
}
TEST_CASE("WUE may come from the environment, and is refused if it cannot be") {
  const environment e("KAYA_WUE", "2.5");
  tracker t(on_test_machine());
  CHECK(t.stop().wue == kaya::litres_per_kilowatt_hour(2.5));
  const environment wrong("KAYA_WUE", "wet");
  CHECK(refusal(on_test_machine()) == "KAYA_WUE: wet is not allowed; a finite number of L/kWh, 0 or more");
  tracker_options o = on_test_machine();
  o.wue = kaya::litres_per_kilowatt_hour(-1);
  CHECK(refusal(std::move(o)) == "wue: -1 is not allowed; a finite number of L/kWh, 0 or more");
}
TEST_CASE("a series that ends in mid-run says how much used another figure, and that it is of another kind") {
  using kaya::grid::point;
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  tracker_options o = on_test_machine();
  o.region = "FR";  // lifecycle
  o.intensity_series = kaya::grid::series({{now - 3'600'000'000'000, kaya::grams_per_kilowatt_hour(100)}},
                                          kaya::grid::accounting::direct, kaya::grid::basis::market,
                                          "contract", kaya::seconds(3600.4));
  tracker t(std::move(o));
  for (int i = 0; i < 30; ++i) {
    std::this_thread::sleep_for(20ms);
    t.sample();
  }
  const auto r = t.stop();
  CHECK(r.intensity.beyond_series > 0.1);
  CHECK(r.intensity.beyond_series < 1);
  CHECK(r.intensity.mixes_kinds);
  const std::string text = kaya::report::text(r);
  CAPTURE(text);
  CHECK(text.find("market-based") != std::string::npos);
  // The kind is that of what priced most.
  CHECK((r.intensity.basis == kaya::grid::basis::market) == (r.intensity.beyond_series < 0.5));
  CHECK(r.intensity.note.find("is direct, market-based") != std::string::npos);
}

TEST_CASE("a live source prices what is used after it is known, in a run that goes on") {
  using kaya::grid::live_step;
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  kaya::grid::live_feed feed("a service", "DE");
  tracker_options o = on_test_machine();
  o.region = "FR";
  o.live_intensity = feed.source();
  tracker t(std::move(o));
  t.sample();
  CHECK(t.report().intensity.beyond_series == 1);  // nothing was said yet
  live_step step;
  step.reading.value = kaya::grams_per_kilowatt_hour(1000);
  step.reading.how = kaya::grid::accounting::direct;
  step.from_ns = now(), step.until_ns = step.from_ns + 3'600'000'000'000;
  feed.put(step);
  const double before = t.emissions().count(), energy = t.energy().count();
  std::this_thread::sleep_for(30ms);
  t.sample();
  t.sample();
  std::this_thread::sleep_for(30ms);
  const auto r = t.stop();
  CHECK(r.intensity.name == "live DE");
  CHECK(r.intensity.source == "a service");
  CHECK(r.intensity.how == kaya::grid::accounting::direct);
  CHECK(r.intensity.beyond_series < 0.9);
  CHECK(r.intensity.mixes_kinds);
  const double grams = (r.emissions->value.count() - before),
               used = (r.energy->value.count() - energy) / 3.6e6;
  CHECK(grams / used > 300);  // mostly 1000, some of the first interval at France's
  CHECK(grams / used <= 1000.1);
}
