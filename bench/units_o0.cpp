// SPDX-License-Identifier: MIT
// What a quantity costs in a debug build. CMake compiles this file at -O0. Each loop runs over plain doubles
// and over quantities; the last lines give their ratios (of the fastest repetitions) and that of all loops
// together, which must be at most 1.5: the exit status is 1 if it is not.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <kaya/units.hpp>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int steps = 1024;

struct plain {
  using energy = double;
  using power = double;
  using time = double;
  using carbon = double;
  using intensity = double;
};
struct typed {
  using energy = kaya::joules;
  using power = kaya::watts;
  using time = kaya::seconds;
  using carbon = kaya::grams_co2e;
  using intensity = decltype(kaya::grams_co2e{} / kaya::joules{});
};

/// A power, sampled at a fixed step, becomes energy.
template <class U>
void integrate(benchmark::State& state) {
  static typename U::power samples[steps];
  for (int i = 0; i < steps; ++i) samples[i] = typename U::power(200 + i % 7);
  const typename U::time step{0.1};
  for (auto _ : state) {
    typename U::energy energy{};
    for (int i = 0; i < steps; ++i) energy += samples[i] * step;
    benchmark::DoNotOptimize(energy);
  }
}

/// The same by trapezium, with carbon: the densest arithmetic on quantities that a training loop has.
template <class U>
void books(benchmark::State& state) {
  typename U::power before{240.0}, now{250.0};
  const typename U::time step{0.1};
  const typename U::intensity intensity{1.2e-4};
  for (auto _ : state) {
    typename U::energy energy{};
    typename U::carbon carbon{};
    for (int i = 0; i < steps; ++i) {
      const typename U::energy part = (before + now) * 0.5 * step;
      energy += part;
      carbon += part * intensity;
    }
    benchmark::DoNotOptimize(energy);
    benchmark::DoNotOptimize(carbon);
  }
}

/// Mean power and share of a budget.
template <class U>
void quotients(benchmark::State& state) {
  const typename U::energy energy{1000.0}, budget{5000.0};
  typename U::time time{1.0};
  for (auto _ : state) {
    typename U::power power{};
    double share = 0;
    for (int i = 0; i < steps; ++i) {
      power += energy / time;
      share += energy / budget;
    }
    benchmark::DoNotOptimize(power);
    benchmark::DoNotOptimize(share);
  }
}

/// Peaks and limits.
template <class U>
void comparisons(benchmark::State& state) {
  const typename U::power limit{500.0};
  for (auto _ : state) {
    typename U::power power{}, peak{};
    int over = 0;
    for (int i = 0; i < steps; ++i) {
      ++power;
      if (power > limit) ++over;
      if (peak < power) peak = power;
    }
    benchmark::DoNotOptimize(over);
    benchmark::DoNotOptimize(peak);
  }
}

template <class U>
[[gnu::noinline]] typename U::energy with_overhead(typename U::energy it, double pue) {
  return it * pue;
}

/// In and out of functions by value.
template <class U>
void calls(benchmark::State& state) {
  const typename U::energy part{0.25};
  for (auto _ : state) {
    typename U::energy energy{};
    for (int i = 0; i < steps; ++i) energy += with_overhead<U>(part, 1.2);
    benchmark::DoNotOptimize(energy);
  }
}

BENCHMARK(integrate<plain>);
BENCHMARK(integrate<typed>);
BENCHMARK(books<plain>);
BENCHMARK(books<typed>);
BENCHMARK(quotients<plain>);
BENCHMARK(quotients<typed>);
BENCHMARK(comparisons<plain>);
BENCHMARK(comparisons<typed>);
BENCHMARK(calls<plain>);
BENCHMARK(calls<typed>);

/// Keeps the fastest repetition of each loop.
class fastest : public benchmark::ConsoleReporter {
 public:
  std::map<std::string, double> plain_ns, typed_ns;

  fastest() : ConsoleReporter(OO_None) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      const std::string name = run.benchmark_name();
      const std::string loop = name.substr(0, name.find('<'));
      auto& times = name.find("<plain>") != std::string::npos ? plain_ns : typed_ns;
      const double ns = run.GetAdjustedCPUTime();
      const auto at = times.emplace(loop, ns).first;
      at->second = std::min(at->second, ns);
    }
    ConsoleReporter::ReportRuns(runs);
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string defaults[] = {"--benchmark_repetitions=5", "--benchmark_min_time=0.05",
                            "--benchmark_enable_random_interleaving=true"};
  for (std::string& option : defaults) arguments.insert(arguments.begin() + 1, option.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  fastest reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);

  double plain_sum = 0, typed_sum = 0;
  for (const auto& [loop, ns] : reporter.plain_ns) {
    const auto typed_run = reporter.typed_ns.find(loop);
    if (typed_run == reporter.typed_ns.end()) continue;
    std::printf("%-12s %5.2f\n", loop.c_str(), typed_run->second / ns);
    plain_sum += ns;
    typed_sum += typed_run->second;
  }
  if (plain_sum == 0) return 0;  // filtered
  const double ratio = typed_sum / plain_sum;
  std::printf("%-12s %5.2f  quantities over doubles at -O0, at most 1.5\n", "all", ratio);
  return ratio <= 1.5 ? 0 : 1;
}
