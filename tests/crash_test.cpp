// SPDX-License-Identifier: MIT
// Processes that are killed while they train, with a real clock, sampler and file.
#include <doctest/doctest.h>

#include <kaya/kaya.hpp>

#include "support/fake_tree.hpp"
#include "support/test_machine.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using kaya::run_report;
using kaya::tracker;
using kaya::tracker_options;
using kaya_test::fake_tree;
using kaya_test::has_event;
using kaya_test::on_test_machine;
using kaya_test::refusal;
using kaya_test::sum_of_own;

namespace {

constexpr double watts = 120;  // of the test machine

tracker_options kept(const std::string& path) {
  tracker_options o = on_test_machine();
  o.sampling_period = 1ms;
  o.project = "digits";
  o.journal = {.path = path, .period = 5ms};
  o.resume = true;
  return o;
}

/// What the killed process tells: since when it runs, and that it still does.
struct shared {
  std::atomic<std::int64_t> begin_ns, alive_ns;
};
std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
[[noreturn]] void train(const std::string& path, shared& s) {
  tracker t(kept(path));
  s.begin_ns = now_ns();
  for (;;) {
    auto epoch = t.epoch();
    for (int i = 0; i < 20; ++i) {
      const auto step = t.scope("step");
      const auto inner = t.scope("forward");
      std::this_thread::sleep_for(100us);
      s.alive_ns = now_ns();
    }
    epoch.add_work(20);
    epoch.metric("loss", 0.5);
  }
}

/// The books of a report that came back balance in every way.
void check_balance(const run_report& r) {
  if (!r.energy_uj) return;
  REQUIRE(sum_of_own(r) == r.energy_uj->count());
  std::int64_t channels = 0, components = 0, epochs = 0;
  double grams = 0;
  for (const auto& c : r.channels)
    if (c.counted) channels += c.energy_uj.value_or(kaya::microjoules(0)).count();
  for (const auto& e : r.epochs) epochs += e.energy_uj.value_or(kaya::microjoules(0)).count();
  for (const auto& c : r.components) components += c.energy_uj.count(), grams += c.emissions.count();
  REQUIRE(channels == r.energy_uj->count());
  REQUIRE(components == r.energy_uj->count());
  REQUIRE(grams == doctest::Approx(r.emissions->value.count()));
  REQUIRE(epochs == kaya_test::find(r, "epoch")->total_uj->count());
}

}  // namespace

TEST_CASE("a process that is killed at any moment loses what came after the last flush, and nothing else") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.journal";
  shared* const s =
      new (mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) shared{};
  std::mt19937 random(7);
  double true_joules = 0, before = 0;
  std::string run_id;
  int whole = 0;
  constexpr int kills = 200;
  for (int i = 0; i < kills; ++i) {
    CAPTURE(i);
    s->begin_ns = s->alive_ns = 0;
    const pid_t child = fork();
    if (child == 0) train(path, *s);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 40'000));
    REQUIRE(kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    if (s->begin_ns != 0 && s->alive_ns > s->begin_ns)
      true_joules += watts * static_cast<double>(s->alive_ns - s->begin_ns) * 1e-9;

    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    std::size_t states = 0;
    if (kaya::ledger::journal::read_records(
            bytes, [&](const auto&, bool whole_state) { states += whole_state; }) == bytes.size())
      ++whole;
    if (states == 0) continue;  // killed before the first flush of all
    const run_report r = kaya::replay(path);
    check_balance(r);
    if (run_id.empty()) run_id = r.run_id;
    REQUIRE(r.run_id == run_id);
    const double joules = r.energy ? r.energy->value.count() : 0;
    REQUIRE(joules >= before);  // what was on the disk stays
    before = joules;
  }
  MESSAGE(before << " J of " << true_joules << " J after " << kills << " kills, " << whole
                 << " times without a torn tail");
#ifndef KAYA_TEST_SANITIZED  // which lets too little time pass from the tracker's begin to its first sign of
                             // life
  CHECK(before <= true_joules + watts * kills * 0.001);
  // The flush period is 5 ms; a sampler that a busy machine lets wait comes later.
  CHECK(true_joules - before < watts * kills * 0.025);
#endif

  tracker_options o = kept(path);
  tracker last(std::move(o));
  const run_report r = last.stop();
  check_balance(r);
  CHECK(r.run_id == run_id);
#ifndef KAYA_TEST_SANITIZED  // where more of them are killed before they have begun
  CHECK(r.processes.size() > kills / 2);
#endif
  CHECK(r.processes.size() > kills / 5);
  CHECK(r.energy->value.count() >= before);
}

TEST_CASE("a report from a journal is the tracker's own, to the last bit") {
  const fake_tree tree;
  const std::string path = tree.root() + "/{project}.journal", file = tree.root() + "/digits.journal";
  run_report original;
  {
    tracker t(kept(path));
    for (int i = 0; i < 5; ++i) {
      auto epoch = t.epoch();
      const auto step = t.scope("step");
      std::this_thread::sleep_for(10ms);
      epoch.metric("accuracy", 0.1 * i);
    }
    t.metric("accuracy", 0.5);
    t.add_work(3);
    original = t.stop();
  }
  CHECK(kaya::report::to_json(kaya::replay(file)) == kaya::report::to_json(original));
}

TEST_CASE("after stop() another tracker may go on with the journal") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.journal";
  tracker first(kept(path));
  std::this_thread::sleep_for(10ms);
  const run_report before = first.stop();
  tracker second(kept(path));
  const run_report r = second.report();
  CHECK(r.run_id == before.run_id);
  CHECK(r.energy_uj->count() >= before.energy_uj->count());
}

TEST_CASE("two trackers of one process cannot keep one journal") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.journal";
  tracker first(kept(path));
  tracker_options o = kept(path);
  o.resume = false;
  tracker second(std::move(o));
  CHECK(has_event(second.report(), "is written by another tracker: this one keeps no journal"));
  CHECK_FALSE(has_event(first.report(), "another tracker"));
}

TEST_CASE("a forked child that outlives a killed parent does not keep the journal from the next process") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.journal";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t parent = fork();
  if (parent == 0) {
    tracker t(kept(path));
    std::this_thread::sleep_for(30ms);
    const pid_t worker = fork();
    if (worker == 0) {
      usleep(3'000'000);
      _exit(0);
    }
    if (write(ready[1], &worker, sizeof worker) < 0) _exit(1);
    for (;;) pause();
  }
  pid_t worker = 0;
  REQUIRE(read(ready[0], &worker, sizeof worker) == static_cast<ssize_t>(sizeof worker));
  std::this_thread::sleep_for(20ms);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  REQUIRE(kill(worker, 0) == 0);
  {
    tracker t(kept(path));
    const run_report r = t.report();
    CHECK_FALSE(has_event(r, "another tracker"));
    CHECK(r.processes.size() == 2);
  }
  kill(worker, SIGKILL);
  close(ready[0]), close(ready[1]);
}

TEST_CASE("a journal that cannot be is a configuration mistake, or an event where only the disk can tell") {
  const auto with = [](const std::string& path, double sampling = 0.01, double period = 60) {
    tracker_options o = on_test_machine();
    o.sampling_period = kaya::seconds(sampling);
    o.journal = {.path = path, .period = kaya::seconds(period)};
    return o;
  };
  CHECK(refusal(with("a", 0.0)).find("journal.path") != std::string::npos);
  CHECK(refusal(with("a", 0.01, 0.0)).find("1 ms to 1 day") != std::string::npos);
  CHECK(refusal(with("{what}")).find("journal.path") != std::string::npos);
  tracker_options o = on_test_machine();
  o.resume = true;
  CHECK(refusal(std::move(o)).find("resume") != std::string::npos);
  o = with("a-{run}");
  o.resume = true;
  CHECK(refusal(std::move(o)).find("a path without {run}") != std::string::npos);

  for (const std::pair<const char*, const char*>& at :
       {std::pair("/nowhere", "No such file or directory"), std::pair("/proc", "No such file or directory"),
        std::pair("/sys", "Permission denied")}) {  // to root, too
    const std::string place = at.first;
    CAPTURE(place);
    tracker t(with(place + "/run.journal"));
    { auto e = t.epoch(); }
    const run_report r = t.stop();
    CHECK(has_event(r, place + "/run.journal cannot be opened: " + at.second));
    CHECK(r.energy_uj.has_value());
  }
}

TEST_CASE("a budget goes on with what earlier processes spent, and rewind() counts lost work") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.journal";
  const auto options = [&] {
    tracker_options o = kept(path);
    o.budget.energy = kaya::joules(1000);
    return o;
  };
  double spent = 0;
  {
    tracker t(options());
    for (int i = 0; i < 3; ++i) {
      auto e = t.epoch();
      std::this_thread::sleep_for(20ms);
    }
    t.sample();
    spent = t.energy().count();
  }
  tracker t(options());
  CHECK(t.energy().count() >= spent * (1 - 1e-12));
  CHECK(t.budget().energy->spent.count() >= spent * (1 - 1e-12));
  t.rewind(1);
  {
    auto e = t.epoch();
    CHECK(e.index() == 1);
  }
  const run_report r = t.stop();
  REQUIRE(r.lost.has_value());
  CHECK(r.lost->epochs == 2);
  CHECK(kaya::report::text(r).find("lost work   2 epochs done again: ") != std::string::npos);
  CHECK(kaya::report::text(r).find("processes   2; ") != std::string::npos);
}
