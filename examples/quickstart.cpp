// SPDX-License-Identifier: MIT
#include <kaya/kaya.hpp>

#include <cmath>
#include <iostream>

int main() {
  kaya::tracker run({.project = "quickstart", .region = "FR", .pue = 1.2});
  double weight = 1;
  for (int i = 0; i < 3; ++i) {
    auto epoch = run.epoch();  // everything the machine uses until it closes
    {
      auto scope = run.scope("train");  // a part of it, by name
      for (int sample = 0; sample < 20'000'000; ++sample) weight -= 1e-7 * std::sin(weight);
    }
    auto scope = run.scope("validate");
    double loss = 0;
    for (int sample = 0; sample < 5'000'000; ++sample) loss += 1 - std::cos(weight + 1e-7 * sample);
    epoch.add_work(20e6);
    epoch.metric("loss", loss / 5e6);
  }
  std::cout << run.stop();
}
