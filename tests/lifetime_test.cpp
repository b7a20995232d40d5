// SPDX-License-Identifier: MIT
// Scopes where their threads, trackers or processes begin and end: nothing is lost, nothing hangs, nothing
// grows.
#include <doctest/doctest.h>

#include "support/test_machine.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using kaya::scope_name;
using kaya::tracker;
using kaya_test::constant_power;
using kaya_test::find;
using kaya_test::has_event;
using kaya_test::on_test_machine;
using kaya_test::sum_of_own;
using clock_type = std::chrono::steady_clock;

namespace {

/// A scope whose life is not that of a block.
struct held {
  held(tracker& t, kaya::scope_name name) : scope(t.scope(name)) {}
  held(tracker& t, kaya::scope_name name, kaya::background_t b) : scope(t.scope(name, b)) {}
  kaya::scope_guard scope;
};

/// What a forked child ended with: its exit status, or -1 if it was killed, as by its alarm.
int status_of(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}
/// Runs f in a forked child, which has ten seconds.
template <class F>
int in_child(F&& f) {
  std::fflush(nullptr);  // or exit() in the child writes it again
  const pid_t child = fork();
  if (child != 0) return status_of(child);
  alarm(10);
  f();
  _exit(99);  // f should have ended the process
}

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}
std::size_t threads_alive() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++n;
  return n;
}

/// A meter that hangs in its read until it is let go.
class hanging_meter final : public kaya::meter::source {
 public:
  explicit hanging_meter(std::atomic<int>& gate) : gate_(gate) {
    channel_.name = channel_.device = "hanging";
    channel_.mechanism = "test";
    channel_.wraps = false;
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return {&channel_, 1}; }
  kaya::meter::measurement read(std::size_t, std::int64_t now) noexcept override {
    if (gate_ == 1) gate_ = 2;
    for (int i = 0; gate_ == 2 && i < 10'000; ++i) kaya_test::sleep_ms(1);
    return {.count = static_cast<std::uint64_t>(now / 10)};
  }

 private:
  std::atomic<int>& gate_;  // 1: the next read hangs; 2: it does; 0: it may go
  kaya::meter::channel channel_{};
};

}  // namespace

TEST_CASE("ten thousand short-lived threads lose no scope and do not grow memory") {
  tracker t(on_test_machine());
  const auto run = [&t](int n) {
    for (int i = 0; i < n; i += 4) {
      std::vector<std::thread> few;
      for (int k = 0; k < 4; ++k)
        few.emplace_back([&t] {
          auto outer = t.scope("task");
          auto inner = t.scope("inner");
        });
      for (std::thread& one : few) one.join();
    }
  };
  run(200);
  [[maybe_unused]] const double before = resident_bytes();
  const std::size_t own_before = t.report().overhead.bytes;
  run(9'800);
  const auto r = t.stop();
  CHECK(find(r, "task")->count == 10'000);
  CHECK(find(r, "inner")->count == 10'000);
  CHECK(r.overhead.stamps == 40'000);
  CHECK(r.overhead.bytes <= own_before + 4 * kaya::ledger::lane::bytes);  // all four at once, for once
#ifndef KAYA_TEST_SANITIZED
  CHECK(resident_bytes() - before < 1e6);
#endif
}

TEST_CASE("a thread that ends with open scopes closes them, and their guards then do nothing") {
  tracker t(on_test_machine());
  std::optional<held> outer, inner, waits;
  std::thread([&] {
    outer.emplace(t, scope_name("outer"));
    inner.emplace(t, scope_name("inner"));
    waits.emplace(t, scope_name("waits"), kaya::background);
    std::this_thread::sleep_for(20ms);
  }).join();
  std::this_thread::sleep_for(60ms);
  auto r = t.report();
  CHECK(find(r, "outer")->count == 1);
  CHECK(find(r, "inner")->count == 1);
  CHECK(find(r, "waits")->count == 1);
  const double open = find(r, "outer")->time.count();
  CHECK(open >= 0.02);
  CHECK(open <= r.duration.count() - 0.05);
  inner.reset();
  outer.reset();
  waits.reset();
  r = t.stop();
  CHECK(find(r, "outer")->count == 1);
  CHECK(find(r, "outer")->time.count() == open);
}

TEST_CASE("a scope left on another thread ends there and then") {
  tracker t(on_test_machine());
  std::optional<held> scope;
  std::atomic<int> stage{0};
  std::thread opener([&] {
    scope.emplace(t, scope_name("handed over"));
    stage = 1;
    while (stage != 2) std::this_thread::yield();
  });
  while (stage != 1) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);
  scope.reset();
  std::this_thread::sleep_for(60ms);
  stage = 2;
  opener.join();
  const auto r = t.stop();
  CHECK(find(r, "handed over")->count == 1);
  CHECK(find(r, "handed over")->time.count() >= 0.02);
  CHECK(find(r, "handed over")->time.count() <= r.duration.count() - 0.05);
}

TEST_CASE("scopes left out of order, and by chance all at another time, are each counted once") {
  tracker t(on_test_machine());
  constexpr std::size_t n = 64;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::unique_ptr<std::optional<held>>> open;
    for (std::size_t i = 0; i < n; ++i) {
      open.push_back(std::make_unique<std::optional<held>>());
      open.back()->emplace(t, scope_name("a"));
    }
    for (std::size_t i = 0; i < n; ++i) open[i * 37 % n]->reset();
  }
  const auto r = t.stop();
  CHECK(find(r, "a")->count == 200 * n);
  CHECK(find(r, "a")->time.count() <= r.duration.count());
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

TEST_CASE("trackers at once on one thread each have their own scopes") {
  tracker a(on_test_machine());
  auto in_a = a.scope("of a");
  {
    tracker b(on_test_machine());
    for (int i = 0; i < 1000; ++i) {
      auto one = a.scope("one");
      auto two = b.scope("two");
      auto newest = kaya::scope("newest");
    }
    const auto r = b.stop();
    CHECK(find(r, "two")->count == 1000);
    CHECK(find(r, "newest")->count == 1000);
    CHECK(find(r, "one") == nullptr);
  }
  auto again = kaya::scope("newest");  // now a is
  const auto r = a.stop();
  CHECK(find(r, "one")->count == 1000);
  CHECK(find(r, "newest") != nullptr);
  CHECK(find(r, "two") == nullptr);
}

TEST_CASE("a guard of a tracker that is gone does nothing to a tracker at the same address") {
  std::optional<tracker> t(std::in_place, on_test_machine());
  std::optional<held> old, elsewhere;
  old.emplace(*t, scope_name("old"));
  std::thread([&] { elsewhere.emplace(*t, scope_name("old")); }).join();
  for (int i = 0; i < 50; ++i) {
    t.emplace(on_test_machine());
    auto fresh = t->scope("old");
    if (i == 20) old.reset();
    if (i == 30) elsewhere.reset();
    auto r = t->report();
    CHECK(find(r, "old")->count == 0);
  }
}

TEST_CASE("scopes that are opened while their thread ends are told of, and harm nothing") {
  struct late_one {
    tracker* t = nullptr;
    ~late_one() {
      if (t != nullptr) auto s = t->scope("late");
    }
  };
  tracker t(on_test_machine());
  std::thread([&t] {
    thread_local late_one first;  // made before kaya's own, so it ends after it
    first.t = &t;
    auto s = t.scope("in time");
  }).join();
  const auto r = t.stop();
  CHECK(find(r, "in time")->count == 1);
  CHECK(find(r, "late") == nullptr);
  CHECK(has_event(r, "while its thread was ending"));
}

TEST_CASE("scopes, epochs and samples leave errno alone, whatever happens inside") {
  auto meter = std::make_unique<constant_power>();
  meter->spoils_errno = true;
  auto options = on_test_machine(std::move(meter));
  options.sampling_period = 0s;
  tracker t(options);
  errno = 42;
  {
    auto e = t.epoch();
    for (int i = 0; i < 20'000; ++i) auto s = t.scope("step");
    auto never_seen = t.scope("other");
    t.sample();
  }
  CHECK(errno == 42);
}

TEST_CASE("names of every length, and thousands of them, have lines of their own") {
  tracker t(on_test_machine());
  std::vector<kaya::label> labels;
  for (int i = 0; i < 5'000; ++i)
    labels.emplace_back(std::string(static_cast<std::size_t>(i % 240), 'x') + std::to_string(i));
  for (int round = 0; round < 3; ++round)
    for (const kaya::label& name : labels) auto s = t.scope(name);
  const auto r = t.stop();
  CHECK(r.scopes.size() == 5'002);
  for (int i = 0; i < 5'000; ++i) {
    CHECK(r.scopes[static_cast<std::size_t>(i)].name == labels[static_cast<std::size_t>(i)].text());
    CHECK(r.scopes[static_cast<std::size_t>(i)].count == 3);
  }
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

TEST_CASE("one name ten thousand scopes deep counts each instant once") {
  tracker t(on_test_machine());
  struct recursion {
    static void descend(tracker& t, int depth) {
      auto s = t.scope("walk");
      if (depth > 1) descend(t, depth - 1);
      else t.sample();
    }
  };
  recursion::descend(t, 10'000);
  const auto r = t.stop();
  CHECK(find(r, "walk")->count == 10'000);
  CHECK(find(r, "walk")->time.count() <= r.duration.count());
  CHECK(find(r, "walk")->own_uj->count() == find(r, "walk")->total_uj->count());
}

TEST_CASE("scopes go on at full speed while a meter hangs, however many they are") {
  std::atomic<int> gate{0};
  auto options = on_test_machine(std::make_unique<hanging_meter>(gate));
  options.sampling_period = 1ms;
  tracker t(options);
  gate = 1;
  while (gate != 2) std::this_thread::yield();
  for (int i = 0; i < 100'000; ++i) {
    auto outer = t.scope("outer");
    auto inner = t.scope("inner");
  }
  CHECK(gate == 2);  // nothing waited for it, though the buffer was full thirty times
  gate = 0;
  const auto r = t.stop();
  CHECK(find(r, "inner")->count == 100'000);
  CHECK(r.overhead.stamps == 400'000);
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

TEST_CASE(
    "without a sampling period there is no thread, and scopes beyond any buffer are settled all the same") {
  const std::size_t before = threads_alive();
  auto options = on_test_machine();
  options.sampling_period = 0s;
  tracker t(options);
  CHECK(threads_alive() == before);
  for (int i = 0; i < 50'000; ++i) auto s = t.scope("step");
  auto r = t.report();
  CHECK(r.overhead.samples == 2);
  CHECK(find(r, "step")->count == 50'000);
  CHECK(r.overhead.stamps == 100'000);
  { auto e = t.epoch(); }
  r = t.stop();
  CHECK(r.epochs.size() == 1);
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

TEST_CASE("sharp edges sample where outermost scopes open and close, and nowhere inside") {
  for (const bool sharp : {false, true}) {
    CAPTURE(sharp);
    auto options = on_test_machine();
    options.sampling_period = 10s;
    options.sharp_edges = sharp;
    tracker t(options);
    for (int i = 0; i < 10; ++i) {
      auto outer = t.scope("outer");
      for (int k = 0; k < 50; ++k) auto inner = t.scope("inner");
      std::this_thread::sleep_for(4ms);
    }
    std::this_thread::sleep_for(4ms);
    const auto before = t.report().overhead;
    CHECK(before.samples >= (sharp ? 10u : 2u));
    CHECK(before.samples <= (sharp ? 24u : 2u));
    CHECK(find(t.stop(), "inner")->count == 500);
  }
}

namespace signals {
std::atomic<int> handled{0};
void handler(int) {
  auto outer = kaya::scope("handler");
  auto inner = kaya::scope("in handler");
  handled = handled + 1;
}
}  // namespace signals

TEST_CASE("signal handlers may open scopes, whatever they interrupt") {
  auto options = on_test_machine();
  options.sampling_period = 1ms;
  tracker t(options);
  { auto warm = t.scope("main"); }
  struct sigaction action = {}, before = {};
  action.sa_handler = signals::handler;
  sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 61}, {0, 61}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  std::uint64_t n = 1;
  for (const auto end = clock_type::now() + 500ms; clock_type::now() < end;) {
    for (int i = 0; i < 2'000; ++i, ++n) auto s = t.scope("main");
    if (n % 7 == 0) auto e = t.epoch();
    t.sample();
    const kaya::label fresh("name " + std::to_string(n % 500));
    { auto s = t.scope(fresh); }
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  const auto r = t.stop();
  CHECK(signals::handled > 10);
  CHECK(find(r, "main")->count == n);
  // Those that interrupt a stamp or the ledger itself are not counted.
  REQUIRE(find(r, "handler") != nullptr);
  CHECK(find(r, "handler")->count > 0);
  CHECK(find(r, "handler")->count <= static_cast<std::uint64_t>(signals::handled));
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

TEST_CASE("exit() in a forked child returns at once, with trackers and guards of every storage") {
  static std::optional<tracker> t;
  static std::optional<held> scope;
  t.emplace(on_test_machine());
  scope.emplace(*t, scope_name("static"));
  const auto began = clock_type::now();
  CHECK(in_child([] {
          auto s = t->scope("child");
          auto e = t->epoch();
          std::exit(7);  // runs destructors of statics
        }) == 7);
  CHECK(clock_type::now() - began < 2s);
  scope.reset();
  CHECK(find(t->stop(), "static")->count == 1);
  t.reset();
}

TEST_CASE("a callback may fork, and the child goes on and ends as it likes") {
#if defined(__SANITIZE_THREAD__)
  constexpr bool tsan = true;
#elif defined(__has_feature)
  constexpr bool tsan = __has_feature(thread_sanitizer);
#else
  constexpr bool tsan = false;
#endif
  for (const bool on_the_sampler : {true, false}) {
    if (on_the_sampler && tsan) continue;  // it aborts where a child's last thread is not the main one
    CAPTURE(on_the_sampler);
    static std::atomic<pid_t> child{0};
    child = 0;
    auto meter = std::make_unique<constant_power>();
    constant_power& supply = *meter;
    auto options = on_test_machine(std::move(meter));
    options.sampling_period = 1ms;
    const auto fork_once = [] {
      if (child != 0) return;
      const pid_t pid = fork();
      if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        alarm(5);
        std::atexit([] { _exit(0); });  // the leak checker does not know the stack that is gone
      }
      child = pid == 0 ? -1 : pid;
    };
    if (on_the_sampler) options.on_event = [=](const kaya::event&) { fork_once(); };
    else options.synchronize = fork_once;
    tracker t(options);
    std::atomic<bool> done{false};
    std::vector<kaya::label> names;  // which a lane does not remember
    for (int i = 0; i < 10; ++i) names.emplace_back(std::string(200, 'x') + std::to_string(i));
    std::thread busy([&] {  // in the ledger, most of the time, and never in malloc
      for (std::size_t i = 0; !done; ++i) auto s = t.scope(names[i % 10]);
    });
    std::this_thread::sleep_for(5ms);
    if (on_the_sampler) {
      supply.broken = true;  // an event
      while (child == 0) std::this_thread::yield();
    } else {
      { auto s = t.scope("device", kaya::synchronized); }
      if (child == -1) {
        { auto s = t.scope("child", kaya::synchronized); }
        _exit(0);
      }
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    done = true;
    busy.join();
    CHECK(sum_of_own(t.stop()) > 0);
  }
}

TEST_CASE("a tracker and its guards may end as statics do, in either order") {
  for (const bool tracker_first : {false, true}) {
    CAPTURE(tracker_first);
    CHECK(in_child([tracker_first] {
            struct statics {
              static tracker& the_tracker() {
                static tracker t(on_test_machine());
                return t;
              }
              static std::optional<held>& the_scope() {
                static std::optional<held> s;
                return s;
              }
            };
            if (tracker_first) statics::the_tracker(), statics::the_scope();
            else statics::the_scope(), statics::the_tracker();
            statics::the_scope().emplace(statics::the_tracker(), scope_name("static"));
            std::thread([] { auto s = kaya::scope("other"); }).join();
            std::exit(8);
          }) == 8);
  }
}

TEST_CASE("children that are forked while threads stamp and sample are inert, and account for themselves") {
  auto options = on_test_machine();
  options.sampling_period = 1ms;
  tracker t(options);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> scopes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (; !done; ++scopes) auto s = t.scope("busy");
    });
  { auto here = t.scope("here"); }
  int right = 0;
  constexpr int children = 25;
  for (int i = 0; i < children; ++i)
    right += in_child([&] {
               { auto s = t.scope("here"); }  // this thread has a lane, which is the parent's
               { auto s = kaya::scope("here"); }
               tracker own(options);  // on the machine whose lock a sampler may have held
               for (int k = 0; k < 5'000; ++k) auto s = own.scope("mine");
               const auto r = own.stop();
               _exit(find(r, "mine")->count == 5'000 && find(r, "here") == nullptr &&
                             sum_of_own(r) == r.energy_uj.value_or(kaya::microjoules(0)).count()
                         ? 5
                         : 6);
             }) == 5;
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(right == children);
  const auto r = t.stop();
  CHECK(find(r, "busy")->count == scopes);
  CHECK(find(r, "here")->count == 1);
  CHECK(sum_of_own(r) == r.energy_uj->count());
}

#if defined(__linux__) && !defined(KAYA_TEST_SANITIZED) && (defined(__x86_64__) || defined(__aarch64__))
TEST_CASE("a child that was made behind the C library's back is inert, too") {
  tracker t(on_test_machine());
  { auto s = t.scope("parent"); }
  const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child == 0) {  // no handler of fork() ran
    { auto s = t.scope("child"); }
    _exit(t.report().enabled ? 1 : 5);
  }
  CHECK(status_of(child) == 5);
  CHECK(find(t.stop(), "child") == nullptr);
}
#endif
