// SPDX-License-Identifier: MIT
// What the sweep costs for each stamp, beside one reading of the CPU's clock (what the stamp itself costs).
// Lanes are full; the clocks and the threads exist only in this program.
#include "support.hpp"

#include <kaya/ledger/core.hpp>

namespace {

using namespace kaya_bench;
using kaya::ledger::core;
using kaya::ledger::lane;
using kaya::ledger::record;

/// n threads whose stamps alternate. Scopes have `depth` levels: at 1 each closes before the next opens.
void settle(benchmark::State& state) {
  const auto threads = static_cast<std::size_t>(state.range(0));
  const auto depth = static_cast<std::uint64_t>(state.range(1));
  auto meter = kaya::detail::handle<kaya::meter::source>(new steady_meter(1));
  core ledger(kaya::ledger::clock::real(), {{meter->channels()[0], meter, 0}}, {}, 10);
  ledger.start();
  std::vector<std::unique_ptr<lane>> lanes;
  for (std::size_t i = 0; i < threads; ++i) {
    lanes.push_back(std::make_unique<lane>());
    lanes.back()->belong_to(1, static_cast<std::uint32_t>(i));
    ledger.add(*lanes.back());
  }
  const std::uint64_t flags = ledger.on_cpu_counter() ? 0 : record::monotonic;
  std::vector<kaya::ledger::name_id> names;
  for (std::uint64_t i = 0; i < depth; ++i) names.push_back(ledger.intern("level " + std::to_string(i)));

  std::vector<double> settling, reading;
  std::vector<std::vector<std::uint64_t>> open(threads);
  for (auto _ : state) {
    std::int64_t at = ledger.look().ticks;
    constexpr std::size_t each = lane::most_backlog / 8 * 8;
    for (std::size_t written = 0; written < each; ++written) {
      for (std::size_t i = 0; i < threads; ++i, at += 10) {
        if (lanes[i]->full()) lanes[i]->open_chunk(lane::capacity);
        std::uint64_t number = 0;
        const bool enters = written / depth % 2 == 0;
        if (!enters && !open[i].empty()) {
          lanes[i]->put(open[i].back() << record::payload | record::leaves | flags, at, number);
          open[i].pop_back();
        } else if (lanes[i]->put(std::uint64_t{names[open[i].size() % depth]} << record::payload | flags, at,
                                 number)) {
          open[i].push_back(number);
        }
      }
    }
    const std::size_t n = each * threads;
    double begin = wall_ns();
    ledger.lanes().upto(at, const_cast<kaya::ledger::accounts&>(ledger.accounts()));
    settling.push_back((wall_ns() - begin) / static_cast<double>(n));
    begin = wall_ns();
    for (std::size_t i = 0; i < n; ++i) benchmark::DoNotOptimize(kaya::ledger::cpu_counter());
    reading.push_back((wall_ns() - begin) / static_cast<double>(n));
  }
  state.counters["p50_ns"] = percentile(settling, 0.5);
  state.counters["p99_ns"] = percentile(settling, 0.99);
  state.counters["max_ns"] = settling.back();
  state.counters["one_read_ns"] = median(reading);
  state.counters["p50/floor"] = percentile(settling, 0.5) / median(reading);
}
BENCHMARK(settle)
    ->ArgNames({"threads", "depth"})
    ->Args({1, 1})
    ->Args({1, 4})
    ->Args({2, 1})
    ->Args({8, 1})
    ->Args({64, 4})
    ->Iterations(400)
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
