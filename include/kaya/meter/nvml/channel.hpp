// SPDX-License-Identifier: MIT
// What a channel of an NVIDIA GPU says of itself: device, provenance, how wrong it can be.
#pragma once

#include <string>
#include <string_view>

#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/nvml/card.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// The module of a Grace system that a GPU sits on, as the meters of its modules name it: a GH200 has one GPU
/// a module, a GB200 two. By NVIDIA's product descriptions (2024); not verified on hardware.
inline std::string module_of(std::string_view name, unsigned index) {
  const bool blackwell = name.find("GB200") != name.npos || name.find("GB300") != name.npos;
  if (!blackwell && name.find("GH200") == name.npos && name.find("Grace") == name.npos) return {};
  return "socket" + std::to_string(blackwell ? index / 2 : index) + "/module";
}

/// The channel of a card, but for whose it is.
inline channel describe(const card& gpu) {
  channel c;
  c.name = "gpu-" + std::to_string(gpu.index());
  c.mechanism = "nvml";
  c.device = !gpu.address().empty() ? gpu.address()
             : !gpu.uuid().empty()  ? gpu.uuid()
                                    : "nvml/" + std::to_string(gpu.index());
  c.uuid = gpu.uuid();
  c.part = component::gpu;
  c.wraps = false;  // 64 bits of millijoules; it restarts with the driver
  c.unit_numerator = 1000;
  c.rated_watts = gpu.limit_watts();
  c.update_period_ns = 100'000'000;  // 20 to 100 ms by model (Yang et al., arXiv 2312.02741, 2023)
  c.inside = module_of(gpu.name(), gpu.index());
  add_note(c, gpu.name());
  // How good the sensor is, NVIDIA does not say; the ranges are guesses around what the study found.
  const std::string sampled =
      "a guess, for NVIDIA names none; A100 and H100 look at a quarter of the time only (Yang et al., "
      "arXiv 2312.02741, 2023)";
  switch (gpu.how()) {
    case card::way::counter:
      c.low = 0.9, c.high = 1.1;
      c.accuracy = sampled;
      break;
    case card::way::power:
    case card::way::module_power:
      c.kind = reading_kind::power;
      c.how = provenance::integrated;
      c.low = 0.85, c.high = 1.15;
      c.accuracy = sampled + "; power between two readings is taken to change evenly";
      add_note(c, "no energy counter: power" +
                      std::string(gpu.power_by_call() ? ", on newer cards a mean over 1 s" : "") +
                      " integrated");
      break;
    case card::way::model:
      c.kind = reading_kind::power;
      c.how = provenance::modelled;
      c.update_period_ns = 1'000'000'000;  // 1/6 to 1 s (nvml.h)
      c.low = 0.25, c.high = 1.5;
      c.accuracy = "a guess: idle cards draw 5 to 25 % of the limit, busy ones 30 to 100 %";
      add_note(c, "no power reading: limit " + model::plain(gpu.limit_watts()) + " W x utilisation, idle " +
                      model::plain(100 * idle_share) + " %");
      break;
    case card::way::none:
      c.why = gpu.on_a_chip() ? missing::not_supported : gpu.refusal().why();
      add_note(c, gpu.on_a_chip() ? "part of a system on a chip, whose board has meters of its own"
                                  : "neither energy, power nor load can be read: " + gpu.refusal().text());
      break;
  }
  if (gpu.how() == card::way::module_power) {
    c.part = component::platform;
    c.has_memory = true;
    c.device = c.inside.empty() ? c.device + "/module" : c.inside;
    c.inside.clear();
    c.rated_watts = 0;  // the limit is that of the GPU alone
    add_note(c, "of the whole module, CPU and memory included");
    if (module_of(gpu.name(), gpu.index()).empty()) {
      c.counted = false;
      add_note(c, "what is on the module is not known");
    }
  }
  if (c.why) c.counted = false;
  return c;
}

}  // namespace nvml
}  // namespace meter
}  // namespace v1
}  // namespace kaya
