// SPDX-License-Identifier: MIT
// What a training run will use and emit, before it runs, and where that is among published runs:
//
//   plan_training --devices 8 --hours 100 --device A100 --region FRA
#include <kaya/grid/regions.hpp>
#include <kaya/plan/devices.hpp>
#include <kaya/plan/published.hpp>
#include <kaya/text.hpp>

#include <iomanip>
#include <iostream>
namespace plan = kaya::plan;
constexpr const char* usage =
    "usage: plan_training --hours H --device NAME [OPTION...]\n"
    "  --device NAME     A100, \"NVIDIA H100 PCIe\" ...; a name that fits several gives a range\n"
    "  --devices N       that run at the same time; default 1\n"
    "  --utilisation X   share of their rated power that they draw, 0 to 1; default 1\n"
    "  --pue X           energy of the building over that of the devices, 1 or more; default 1\n"
    "  --region CODE     where: FRA, US-CA, aws:eu-west-3 ...; default world\n";

int wrong(const std::string& what) {
  std::cerr << "plan_training: " << what << '\n' << usage;
  return 2;
}

template <class Q>
std::string range(const kaya::interval<Q>& i) {
  return kaya::humanize(i.low) + (i.low == i.high ? "" : " to " + kaya::humanize(i.high));
}

int main(int argc, char** argv) try {
  std::string device, region = "world";
  plan::training run;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--help") return std::cout << usage, 0;
    double x = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), x);
    const bool number = end.ec == std::errc{} && end.ptr == value.data() + value.size();
    if (option == "--device" && !value.empty()) device = value;
    else if (option == "--region" && !value.empty()) region = value;
    else if (option == "--devices" && number) run.devices = x;
    else if (option == "--hours" && number) run.duration = kaya::hours(x);
    else if (option == "--utilisation" && number) run.utilisation = x;
    else if (option == "--pue" && number) run.pue = x;
    else return wrong(option + " " + value + " is not allowed");
  }
  if (run.duration == kaya::hours(0) || device.empty()) return wrong("--hours and --device are needed");
  const auto place = kaya::grid::find(region);
  if (!place) return wrong("--region " + region + " is unknown");
  run.intensity = place->value;
  plan::training_range planned = plan::exactly(run);
  kaya::interval<kaya::watts>& power = planned.per_device;
  for (const plan::device& d : plan::devices_like(device)) {
    if (!d.power) return wrong(std::string(d.name) + ": its maker publishes no power");
    power.low = power.high == kaya::watts(0) || *d.power < power.low ? *d.power : power.low;
    power.value = power.high = *d.power > power.high ? *d.power : power.high;
    std::cout << d.name << ": " << *d.power << (d.verified ? "\n" : " (figure not verified)\n");
  }
  if (power.high == kaya::watts(0)) {
    std::string text = "--device " + device + " is unknown";
    for (const plan::device& d : plan::suggest_devices(device))
      text += "\n  did you mean " + std::string(d.name);
    return wrong(text);
  }
  const plan::footprint_range f = plan::estimate_range(planned);
  std::cout << place->name << ": " << place->value << " (" << place->year << ", " << place->source << ")\n\n"
            << "devices    " << range(f.it) << "\nbuilding   " << range(f.facility) << "\nemissions  "
            << range(f.emissions) << "\n\npublished runs, and how many of each that is (at its high end):\n"
            << std::setprecision(3);
  for (const char* name : {"ViT Base", "BERT base", "Evolved Transformer NAS", "T5-11B", "GPT-3 175B"}) {
    const auto r = *plan::find_published(name);
    std::cout << std::setw(10) << kaya::humanize(r.energy.value) << std::setw(12)
              << f.facility.high / r.energy.value << "  " << name << ", " << r.year << '\n';
  }
  return std::cout.flush() ? 0 : 1;
} catch (const std::invalid_argument& e) {
  return wrong(e.what());
}
