// SPDX-License-Identifier: MIT
// What a run would have emitted elsewhere, and when it would emit least: in all regions, on renewables, in a
// better building, and at the best time of a file of carbon intensity.
//
//     elsewhere [--csv FILE]     FILE: e.g. of Electricity Maps, or of Great Britain's historic generation
//     mix
#include <kaya/kaya.hpp>
#include <kaya/report/equivalents.hpp>

#include <chrono>
#include <cmath>
#include <iostream>
#include <string_view>

namespace {

/// Stands for a training: two epochs, the second of which works harder.
kaya::run_report train() {
  kaya::tracker run(
      {.project = "elsewhere", .region = "DE", .pue = 1.5, .sampling_period = std::chrono::milliseconds(10)});
  double sum = 0;
  for (int epoch = 0; epoch < 2; ++epoch) {
    const auto scope = run.epoch();
    for (int i = 0; i < (epoch + 1) * 5'000'000; ++i) sum += std::sqrt(i);
  }
  run.metric("sum", sum);
  return run.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view flag = argc > 1 ? argv[1] : "";
  if (argc != 1 && !(argc == 3 && flag == "--csv")) {
    std::cerr << "usage: elsewhere [--csv FILE]\n";
    return flag == "--help" ? 0 : 2;
  }
  try {
    const kaya::run_report run = train();
    kaya::plan::what_if other(run);
    other.regions().mix("renewables", kaya::grid::mixes::renewables).pue(1.1);
    if (argc == 3) {
      const kaya::grid::csv_series file = kaya::grid::load_csv(argv[2]);
      const kaya::grid::series& s = file.values;
      std::cout << file.rows << " rows of " << file.column << ", " << file.gaps << " gaps\n\n";
      other.best_time("by the file", s, s.begin_ns(), s.end_ns());
    }
    for (const auto& ranking : other.rankings()) std::cout << text(ranking, 5) << '\n';
    if (run.emissions)
      for (const auto& e : kaya::report::equivalents(run.emissions->value))
        std::cout << "about " << e.text << '\n';
  } catch (const std::invalid_argument& e) {
    std::cerr << "elsewhere: " << e.what() << '\n';
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "elsewhere: " << e.what() << '\n';
    return 1;
  }
}
