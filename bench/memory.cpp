// SPDX-License-Identifier: MIT
// What accounting keeps in memory: resident pages after a million and after a hundred million scopes, and
// after a hundred and ten thousand short-lived threads. The floor is the program before it has a tracker.
#include "support.hpp"

namespace {

using namespace kaya_bench;

double resident_kib() {
  std::ifstream in("/proc/self/statm");
  double size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

void scopes(kaya::tracker& run, int n) {
  for (int i = 0; i < n; i += 4) {
    auto step = run.scope("step");
    { auto forward = run.scope("forward"); }
    { auto backward = run.scope("backward"); }
    auto optimizer = run.scope("optimizer");
  }
}

void memory_of_scopes(benchmark::State& state) {
  const folder empty;
  for (auto _ : state) {
    const double before = resident_kib();
    kaya::tracker run(on_bare_machine(empty));
    scopes(run, 1'000'000);
    const double early = resident_kib();
    scopes(run, 99'000'000);
    const double late = resident_kib();
    state.counters["before_KiB"] = before;
    state.counters["1e6_KiB"] = early - before;
    state.counters["1e8_KiB"] = late - before;
    state.counters["1e8/1e6"] = late / early;
    const auto r = run.stop();
    state.counters["own_estimate_KiB"] = static_cast<double>(r.overhead.bytes) / 1024;
    if (r.overhead.stamps != 200'000'000) state.SkipWithError("stamps were lost");
  }
}
BENCHMARK(memory_of_scopes)->Iterations(1)->Unit(benchmark::kMillisecond);

void short_threads(kaya::tracker& run, int n) {
  for (int i = 0; i < n; i += 4) {
    std::vector<std::thread> few;
    for (int k = 0; k < 4; ++k) few.emplace_back([&run] { auto s = run.scope("task"); });
    for (std::thread& t : few) t.join();
  }
}
void memory_of_threads(benchmark::State& state) {
  const folder empty;
  for (auto _ : state) {
    const double before = resident_kib();
    kaya::tracker run(on_bare_machine(empty));
    short_threads(run, 100);
    const double early = resident_kib();
    short_threads(run, 9'900);
    const double late = resident_kib();
    state.counters["before_KiB"] = before;
    state.counters["100_KiB"] = early - before;
    state.counters["10000_KiB"] = late - before;
    state.counters["10000/100"] = late / early;
  }
}
BENCHMARK(memory_of_threads)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
