// SPDX-License-Identifier: MIT
// Memory ends, at every place where some is asked for: training goes on, and the books balance.
#include <doctest/doctest.h>

#include "support/rig.hpp"
#include "support/test_machine.hpp"

#include <kaya/kaya.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <thread>

namespace {

thread_local long until_failure = 0;  // allocations of this thread; 0: none fails
thread_local bool failed = false, stays = false;

void* allocate(std::size_t bytes) {
  if (until_failure > 0 && --until_failure == 0) {
    failed = true;
    if (stays) until_failure = 1;
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(bytes != 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}

/// Runs f with the n-th allocation failing, and all that follow it if `lasting`. False: it needed fewer.
bool without_memory(long n, bool lasting, const std::function<void()>& f) {
  until_failure = n;
  failed = false;
  stays = lasting;
  f();
  until_failure = 0;
  return failed;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return allocate(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using kaya::tracker;
using kaya_test::find;
using kaya_test::on_test_machine;
using kaya_test::sum_of_own;

TEST_CASE("whatever a run does when memory ends, it goes on, and its books balance") {
  struct phase {
    std::string what;
    std::function<void(tracker&)> act;
  };
  const phase phases[] = {
      {"scopes",
       [](tracker& t) {
         auto outer = t.scope("outer");
         auto inner = t.scope("inner");
         auto loader = t.scope("loader", kaya::background);
       }},
      {"a sample in scopes",
       [](tracker& t) {
         auto outer = t.scope("outer");
         t.sample();
         auto inner = t.scope(
             "a name that is longer than a lane remembers, which is one hundred and twelve bytes: it is "
             "asked for anew each time");
         t.sample();
       }},
      {"an epoch",
       [](tracker& t) {
         auto e = t.epoch();
         auto s = t.scope("step");
         e.add_work(3);
         e.metric("loss", 0.5);
       }},
      {"many scopes",
       [](tracker& t) {
         for (int i = 0; i < 10'000; ++i) auto s = t.scope("many");
       }},
      {"a report",
       [](tracker& t) {
         try {
           const auto r = t.report();
           if (r.energy_uj) CHECK(sum_of_own(r) == r.energy_uj->count());
         } catch (const std::bad_alloc&) {}
       }},
  };
  for (const bool lasting : {false, true})
    for (const phase& p : phases) {
      CAPTURE(p.what);
      CAPTURE(lasting);
      long n = 1;
      for (bool more = true; more && n < 400; ++n) {
        CAPTURE(n);
        auto options = on_test_machine();
        options.sampling_period = kaya::seconds(0);
        tracker t(options);
        { auto s = t.scope("before"); }
        t.sample();
        more = without_memory(n, lasting, [&] { p.act(t); });
        {
          auto s = t.scope("after");
          std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
        const auto r = t.stop();
        REQUIRE(r.finished);
        REQUIRE(r.energy_uj);
        CHECK(sum_of_own(r) == r.energy_uj->count());
        std::int64_t channels = 0;
        for (const auto& c : r.channels)
          if (c.counted && c.energy_uj) channels += c.energy_uj->count();
        CHECK(channels == r.energy_uj->count());
        REQUIRE(find(r, "after") != nullptr);
        CHECK(find(r, "after")->count == 1);
        if (const auto* s = find(r, "many")) CHECK(s->count <= 10'000);
      }
      CHECK(n > 2);
      CHECK(n < 400);
    }
}

TEST_CASE("a tracker that finds no memory at construction throws, and the next one works") {
  long n = 1;
  for (bool more = true; more; ++n) {
    CAPTURE(n);
    auto options = on_test_machine();
    options.sampling_period = kaya::seconds(0);
    bool thrown = false;
    more = without_memory(n, false, [&] {
      try {
        tracker t(options);
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
    });
    if (!more) CHECK_FALSE(thrown);
    tracker t(options);
    { auto s = t.scope("step"); }
    CHECK(find(t.stop(), "step")->count == 1);
  }
  CHECK(n > 20);
}

TEST_CASE("stop() without memory can be called again") {
  for (long n = 1; n < 200; ++n) {
    CAPTURE(n);
    tracker t(on_test_machine());
    { auto s = t.scope("step"); }
    if (!without_memory(n, false, [&] {
          try {
            static_cast<void>(t.stop());
          } catch (const std::bad_alloc&) {}  // of the copy that is returned
        }))
      break;
    const auto r = t.stop();
    CHECK(r.finished);
    REQUIRE(find(r, "step") != nullptr);
    CHECK(sum_of_own(r) == r.energy_uj->count());
  }
}

TEST_CASE("scopes left elsewhere without memory are counted once, and nothing spins") {
  kaya_test::rig r(2);
  const auto scope = r.enter("step", 1);
  r.pass(1'000'000);
  for (int i = 0; i < 40; ++i) r.ledger.leave_elsewhere(r.threads.of(1), scope);
  without_memory(1, true, [&] {
    for (int i = 0; i < 100; ++i) try {
        r.pass(1'000'000);
      } catch (const std::bad_alloc&) {}
  });
  r.pass(1'000'000);
  CHECK(r.line("step").count == 1);
  CHECK(r.sum_of_own() == r.ledger.books().total().own_uj);
}
