// SPDX-License-Identifier: MIT
// A meter of your own: a rack PDU whose outlets feed this machine. This one only pretends; a real one would
// ask the PDU in read(). What it measures contains CPU, memory and all else, so nothing is counted twice.
#include <kaya/kaya.hpp>

#include <cmath>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace {

/// Two outlets, of which each feeds one of the machine's power supplies.
class rack_pdu final : public kaya::meter::meter_source {
 public:
  rack_pdu() {
    for (int outlet = 1; outlet <= 2; ++outlet) {
      kaya::meter::channel c;
      c.name = "outlet-" + std::to_string(outlet);
      c.mechanism = "pdu";
      c.device = "pdu7/outlet" + std::to_string(outlet);
      c.part = kaya::meter::component::platform;  // it contains all that kaya finds by itself
      c.kind = kaya::meter::reading_kind::power;  // watts now; a counter would be better
      c.how = kaya::meter::provenance::integrated;
      c.rated_watts = 800;
      c.low = 0.98, c.high = 1.02;
      c.accuracy = "2 %, by the PDU's data sheet";
      channels_.push_back(c);
    }
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return channels_; }
  /// Called by one thread at a time, up to 1000 times a second. What cannot be read says why; it is never 0.
  kaya::meter::measurement read(std::size_t outlet, std::int64_t now_ns) noexcept override {
    const double seconds = static_cast<double>(now_ns) * 1e-9;
    if (outlet == 1 && std::fmod(seconds, 60) > 59) return {.why = kaya::meter::missing::lost};
    return {.watts = 150 + 10 * std::sin(seconds)};
  }

 private:
  std::vector<kaya::meter::channel> channels_;
};

}  // namespace

int main() {
  kaya::meter::machine machine = kaya::meter::machine::detect();
  machine.add(std::make_unique<rack_pdu>());

  kaya::tracker run({.project = "rack", .region = "SE", .machine = machine});
  {
    auto epoch = run.epoch();
    auto scope = run.scope("train");
    double x = 1;
    for (int i = 0; i < 50'000'000; ++i) x = std::sqrt(x + i);
    epoch.metric("x", x);
  }
  std::cout << run.stop();
}
