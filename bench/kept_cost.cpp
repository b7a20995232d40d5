// SPDX-License-Identifier: MIT
// What the sampler pays for a journal and an autosaved report: CPU time of a flush, and the share of a core
// that it is at the defaults, where one comes each minute. The floor is the same run without files.
#include "support.hpp"

namespace {

using namespace kaya_bench;

constexpr int scopes = 20;

/// CPU time of the sampler over a run of so many seconds, whose journal and report are written every 10 ms.
double sampler_ms(const folder& empty, bool kept, int epochs) {
  kaya::tracker_options o = on_bare_machine(empty);
  o.sampling_period = kaya::seconds(0.01);
  if (kept) {
    o.journal = {.path = empty.path().string() + "/run.journal", .period = kaya::seconds(0.01)};
    o.autosave = {.path = empty.path().string() + "/run.json", .period = kaya::seconds(0.01)};
  }
  kaya::tracker run(std::move(o));
  std::vector<kaya::label> names;
  for (int i = 0; i < scopes; ++i) names.emplace_back("scope " + std::to_string(i));
  for (int e = 0; e < epochs; ++e) {
    auto epoch = run.epoch();
    epoch.metric("accuracy", 0.9);
    for (const kaya::label& name : names) const auto s = run.scope(name);
  }
  const double before = run.report().overhead.sampler_cpu.count();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return (run.report().overhead.sampler_cpu.count() - before) * 1e3;
}

/// state.range(0): epochs that have a line already.
void flush(benchmark::State& state) {
  std::vector<double> costs, floors;
  constexpr double flushes = 100;  // in a second
  for (auto _ : state) {
    const folder empty;
    const double without = sampler_ms(empty, false, static_cast<int>(state.range(0)));
    const double with = sampler_ms(empty, true, static_cast<int>(state.range(0)));
    costs.push_back((with - without) / flushes);
    floors.push_back(without / flushes);
  }
  state.counters["flush_ms"] = median(costs);
  state.counters["sample_ms"] = median(floors);
  state.counters["percent_of_core_at_defaults"] = median(costs) / 60'000 * 100;
}
BENCHMARK(flush)->Arg(20)->Arg(1000)->Arg(10'000)->Iterations(5)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
