// SPDX-License-Identifier: MIT
// Trains for some epochs, with files that the sampler writes or without, between two calls of getppid().
#include <kaya/kaya.hpp>

#include "support/test_machine.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

int main(int argc, char** argv) {
  kaya::tracker_options o = kaya_test::on_test_machine();
  o.sampling_period = kaya::seconds(0.005);
  if (argc > 1) {
    const std::string folder = argv[1];
    o.journal = {.path = folder + "/run.journal", .period = kaya::seconds(0.02)};
    o.autosave = {.path = folder + "/run.json", .period = kaya::seconds(0.02)};
    o.prometheus = {.folder = folder, .period = kaya::seconds(0.02)};
  }
  kaya::tracker run(std::move(o));
  double x = 1;
  { const auto first = run.scope("step"); }  // the thread's first scope makes its lane
  static_cast<void>(getppid());
  for (int i = 0; i < 100; ++i) {
    auto epoch = run.epoch();
    for (int step = 0; step < 100; ++step) {
      const auto scope = run.scope("step");
      for (int n = 0; n < 5000; ++n) x = x * 1.0000001 + 1e-9;
    }
    epoch.add_work(100);
    epoch.metric("x", x);
  }
  static_cast<void>(getppid());
  std::printf("%d\n", static_cast<int>(getpid()));
}
