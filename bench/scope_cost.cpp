// SPDX-License-Identifier: MIT
// What a scope costs, beside two readings of the clock that its stamps carry.
#include "support.hpp"

namespace {

using namespace kaya_bench;

constexpr int batch = 100;

/// The counter that the tracker's stamps carry on this machine.
std::int64_t raw_clock() {
  static const bool cpu = kaya::ledger::clock::real().has_cpu_counter();
  return kaya::ledger::ticks(cpu);
}
__attribute__((noinline)) void nothing() { asm volatile(""); }

void two_reads() {
  benchmark::DoNotOptimize(raw_clock());
  benchmark::DoNotOptimize(raw_clock());
}

struct program {
  folder empty;
  kaya::tracker run{on_bare_machine(empty)};
};

template <class F>
double batch_ns(F&& f) {
  const double begin = wall_ns();
  for (int i = 0; i < batch; ++i) f();
  return (wall_ns() - begin) / batch;
}
template <class F>
double million_cpu_ns(F&& f) {
  const double begin = process_cpu_ns();
  for (int i = 0; i < 1'000'000; ++i) f();
  return (process_cpu_ns() - begin) / 1e6;
}

/// Batches of 100, floor and scope by turns, so that both have the same weather.
void scope_batches(benchmark::State& state) {
  program p;
  const auto scope = [&] { auto s = p.run.scope("forward"); };
  for (int i = 0; i < 100'000; ++i) scope(), two_reads(), nothing();
  std::vector<double> floor, scopes, calls;
  for (auto _ : state) {
    floor.push_back(batch_ns(two_reads));
    scopes.push_back(batch_ns(scope));
    calls.push_back(batch_ns(nothing));
  }
  const double base = percentile(floor, 0.5), p50 = percentile(scopes, 0.5);
  state.counters["two_reads_ns"] = base;
  state.counters["empty_call_ns"] = percentile(calls, 0.5);
  state.counters["p50_ns"] = p50;
  state.counters["p90_ns"] = percentile(scopes, 0.9);
  state.counters["p99_ns"] = percentile(scopes, 0.99);
  state.counters["max_ns"] = scopes.back();
  state.counters["floor_p99_ns"] = percentile(floor, 0.99);
  state.counters["floor_max_ns"] = floor.back();
  state.counters["p50/floor"] = p50 / base;
  state.counters["p99/p50"] = percentile(scopes, 0.99) / p50;
}
BENCHMARK(scope_batches)->Iterations(50'000)->Unit(benchmark::kMicrosecond);

/// Mean over a million back to back, the sampler's CPU time included; median of nine.
void scope_mean(benchmark::State& state) {
  program p;
  std::vector<double> floor, scopes;
  for (auto _ : state) {
    floor.push_back(million_cpu_ns(two_reads));
    scopes.push_back(million_cpu_ns([&] { auto s = p.run.scope("forward"); }));
  }
  state.counters["two_reads_ns"] = median(floor);
  state.counters["mean_ns"] = median(scopes);
  state.counters["mean/floor"] = median(scopes) / median(floor);
}
BENCHMARK(scope_mean)->Iterations(9)->Unit(benchmark::kMillisecond);

/// CPU time of a scope on each of n threads.
double threads_cpu_ns(kaya::tracker& run, int n) {
  std::vector<double> costs(static_cast<std::size_t>(n));
  std::vector<std::thread> threads;
  for (double& cost : costs)
    threads.emplace_back([&run, &cost] {
      for (int i = 0; i < 10'000; ++i) auto s = run.scope("forward");
      const double begin = thread_cpu_ns();
      for (int i = 0; i < 1'000'000; ++i) auto s = run.scope("forward");
      cost = (thread_cpu_ns() - begin) / 1e6;
    });
  for (std::thread& t : threads) t.join();
  return std::accumulate(costs.begin(), costs.end(), 0.0) / n;
}
void scope_threads(benchmark::State& state) {
  program p;
  std::vector<double> one, two, four;
  for (auto _ : state) {
    one.push_back(threads_cpu_ns(p.run, 1));
    two.push_back(threads_cpu_ns(p.run, 2));
    four.push_back(threads_cpu_ns(p.run, 4));
  }
  state.counters["1_ns"] = median(one);
  state.counters["2_ns"] = median(two);
  state.counters["4_ns"] = median(four);
  state.counters["2/1"] = median(two) / median(one);
  state.counters["4/1"] = median(four) / median(one);
}
BENCHMARK(scope_threads)->Iterations(7)->Unit(benchmark::kMillisecond);

/// Scopes 10 us apart, with work in between that fills the caches: single ones, not batches.
void scope_cold(benchmark::State& state) {
  program p;
  std::vector<unsigned char> other(4u << 20);
  std::vector<double> floor, scopes;
  std::size_t at = 0;
  const auto work = [&] {
    for (const double end = wall_ns() + 10'000; wall_ns() < end;)
      for (int i = 0; i < 64; ++i) ++other[at = (at + 4160) % other.size()];
  };
  for (auto _ : state) {
    work();
    std::int64_t begin = raw_clock();
    two_reads();
    floor.push_back(static_cast<double>(raw_clock() - begin));
    work();
    begin = raw_clock();
    { auto s = p.run.scope("forward"); }
    scopes.push_back(static_cast<double>(raw_clock() - begin));
  }
  const std::int64_t ticks = raw_clock();
  const double begin = wall_ns();
  while (wall_ns() < begin + 1e7) {}
  const double ns_per_tick = (wall_ns() - begin) / static_cast<double>(raw_clock() - ticks);
  state.counters["two_reads_ns"] = percentile(floor, 0.5) * ns_per_tick;
  state.counters["p50_ns"] = percentile(scopes, 0.5) * ns_per_tick;
  state.counters["p99_ns"] = percentile(scopes, 0.99) * ns_per_tick;
  state.counters["max_ns"] = scopes.back() * ns_per_tick;
  state.counters["p50/floor"] = percentile(scopes, 0.5) / percentile(floor, 0.5);
}
BENCHMARK(scope_cold)->Iterations(20'000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
