// SPDX-License-Identifier: MIT
// How much longer a compute-bound job takes with a scope around each of its steps. The floor is the same job
// without kaya, by turns in the same run.
#include "support.hpp"

namespace {

using namespace kaya_bench;

/// A step of training, in small: passes over a vector of weights that keep the multipliers busy. Not inlined,
/// so that both jobs run the very same instructions.
__attribute__((noinline)) void step(int passes) {
  static float weights[1024] = {};
  for (int i = 0; i < passes; ++i) {
    for (float& w : weights) w = w * 0.999f + 0.001f;
    benchmark::ClobberMemory();
  }
}
/// How many passes take this many nanoseconds.
int passes_in(double ns) {
  std::vector<double> costs;
  constexpr int tried = 1000;
  for (int i = 0; i < 15; ++i) {
    const double begin = wall_ns();
    step(tried);
    costs.push_back((wall_ns() - begin) / tried);
  }
  return static_cast<int>(ns / median(costs));
}

struct cost {
  double wall, cpu;
};
template <class F>
cost job(int steps, F&& f) {
  const double wall = wall_ns(), cpu = process_cpu_ns();
  for (int i = 0; i < steps; ++i) f();
  return {wall_ns() - wall, process_cpu_ns() - cpu};
}

/// state.range(0): microseconds of a step. Ratios are medians over pairs of neighbouring runs.
void overhead(benchmark::State& state) {
  const folder empty;
  const double us = static_cast<double>(state.range(0));
  const int passes = passes_in(us * 1e3), steps = static_cast<int>(40'000 / us);
  kaya::tracker run(on_bare_machine(empty));
  std::vector<double> bare, with, wall, cpu;
  const auto bare_step = [passes] { step(passes); };
  const auto scoped_step = [passes, &run] {
    auto s = run.scope("step");
    step(passes);
  };
  job(steps, scoped_step);
  for (auto _ : state) {
    const cost first = job(steps, bare_step), scoped = job(steps, scoped_step),
               second = job(steps, bare_step);
    bare.push_back((first.wall + second.wall) / 2 / steps);
    with.push_back(scoped.wall / steps);
    wall.push_back(with.back() / bare.back());
    cpu.push_back(scoped.cpu * 2 / (first.cpu + second.cpu));
  }
  state.counters["bare_ns"] = median(bare);
  state.counters["with_ns"] = median(with);
  state.counters["slower_%"] = (median(wall) - 1) * 100;
  state.counters["more_cpu_%"] = (median(cpu) - 1) * 100;
}
BENCHMARK(overhead)->ArgName("step_us")->Arg(1)->Arg(10)->Arg(100)->Iterations(41)->Unit(
    benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
