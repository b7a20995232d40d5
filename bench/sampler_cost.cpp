// SPDX-License-Identifier: MIT
// What the sampler thread costs, beside a thread that does nothing but the same preads at the same rate.
#include "support.hpp"

#include <atomic>
#include <cmath>

namespace {

using namespace kaya_bench;

constexpr int warm_up = 3;  // rounds

/// CPU time of a round of a bare reader, in nanoseconds, once it runs.
double bare_cpu_ns(const powercap_tree& tree, double period_ns, int rounds) {
  double cpu = 0;
  std::thread([&] {
    double began = 0, deadline = wall_ns();
    for (int i = -warm_up; i < rounds; ++i) {
      if (i == 0) began = thread_cpu_ns();
      deadline += period_ns;
      const timespec t{static_cast<time_t>(deadline / 1e9), static_cast<long>(std::fmod(deadline, 1e9))};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
      tree.read_bare();
    }
    cpu = thread_cpu_ns() - began;
  }).join();
  return cpu / rounds;
}
/// The same of kaya's sampler: between two reports, less the rounds that these make themselves.
double kaya_cpu_ns(const powercap_tree& tree, double period_ns, int rounds) {
  kaya::tracker_options o = tree.options();
  o.sampling_period = kaya::seconds(period_ns * 1e-9);
  kaya::tracker run(std::move(o));
  std::this_thread::sleep_for(std::chrono::duration<double, std::nano>(period_ns * (warm_up + 0.5)));
  const kaya::self_cost before = run.report().overhead;
  std::this_thread::sleep_for(std::chrono::duration<double, std::nano>(period_ns * rounds));
  const kaya::self_cost after = run.report().overhead;
  return (after.sampler_cpu - before.sampler_cpu).count() * 1e9 /
         (static_cast<double>(after.samples - before.samples) - 1);
}

/// Both by turns; medians of the cost of a round.
void sampler(benchmark::State& state) {
  powercap_tree tree(static_cast<std::size_t>(state.range(0)));
  std::atomic<bool> done{false};
  std::thread counters([&] {
    for (; !done; std::this_thread::sleep_for(std::chrono::milliseconds(20))) tree.count();
  });
  const double period_ns = static_cast<double>(state.range(1)) * 1e6;
  const int rounds = static_cast<int>(state.range(2));
  std::vector<double> bare, kaya, ratios;
  for (auto _ : state) {
    bare.push_back(bare_cpu_ns(tree, period_ns, rounds));
    kaya.push_back(kaya_cpu_ns(tree, period_ns, rounds));
    ratios.push_back(kaya.back() / bare.back());
  }
  done = true;
  counters.join();
  state.counters["bare_us"] = median(bare) * 1e-3;
  state.counters["kaya_us"] = median(kaya) * 1e-3;
  state.counters["kaya_max_us"] = percentile(kaya, 1) * 1e-3;
  state.counters["cpu_share_%"] = median(kaya) / period_ns * 100;
  state.counters["kaya/bare"] = median(ratios);
}
BENCHMARK(sampler)
    ->ArgNames({"channels", "period_ms", "rounds"})
    ->ArgsProduct({{4, 64}, {1}, {400}})
    ->ArgsProduct({{4, 64}, {10}, {100}})
    ->ArgsProduct({{4, 64}, {100}, {30}})
    ->Iterations(7)
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
