// SPDX-License-Identifier: MIT
// What an epoch costs that nothing happens in: both edges read every channel. Beside it the same preads of
// the same files, bare. Each tracker has a sampler at the default period.
#include "support.hpp"

namespace {

using namespace kaya_bench;

/// Begin and end, by turns with two rounds of bare preads.
void epoch(benchmark::State& state) {
  const powercap_tree tree(static_cast<std::size_t>(state.range(0)));
  kaya::tracker run(tree.options());
  std::vector<double> bare, epochs;
  for (int i = 0; i < 200; ++i) auto e = run.epoch();
  constexpr int batch = 10;
  for (auto _ : state) {
    double begin = wall_ns();
    for (int i = 0; i < batch; ++i) tree.read_bare(), tree.read_bare();
    bare.push_back((wall_ns() - begin) / batch);
    begin = wall_ns();
    for (int i = 0; i < batch; ++i) auto e = run.epoch();
    epochs.push_back((wall_ns() - begin) / batch);
  }
  const double base = percentile(bare, 0.5), p50 = percentile(epochs, 0.5);
  state.counters["bare_ns"] = base;
  state.counters["p50_ns"] = p50;
  state.counters["p99_ns"] = percentile(epochs, 0.99);
  state.counters["max_ns"] = epochs.back();
  state.counters["p50/bare"] = p50 / base;
}
BENCHMARK(epoch)->ArgName("channels")->Arg(4)->Arg(64)->Iterations(2000)->Unit(benchmark::kMicrosecond);

/// A tracker's construction and destruction, on a machine without a GPU.
void tracker_life(benchmark::State& state) {
  const powercap_tree tree(4);
  std::vector<double> lives;
  for (auto _ : state) {
    const double begin = wall_ns();
    { const kaya::tracker run(tree.options()); }
    lives.push_back(wall_ns() - begin);
  }
  state.counters["p50_ms"] = percentile(lives, 0.5) * 1e-6;
  state.counters["p99_ms"] = percentile(lives, 0.99) * 1e-6;
  state.counters["max_ms"] = lives.back() * 1e-6;
}
BENCHMARK(tracker_life)->Iterations(300)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
