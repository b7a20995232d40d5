// SPDX-License-Identifier: MIT
// Which of the GPUs that NVML shows are this process's: by CUDA's own word if it runs already, else by
// CUDA_VISIBLE_DEVICES. Nothing here has CUDA start.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/library.hpp>
#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/nvml/card.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// The PCI addresses of CUDA's devices in its own order, if this process runs CUDA already; empty if not.
/// Until cuInit() every function of the driver's interface answers NOT_INITIALIZED, and changes nothing (CUDA
/// driver API, NVIDIA 2024); the runtime's functions would start it, so they are not asked.
inline std::optional<std::vector<std::string>> cuda_devices() {
  const detail::library cuda = detail::library::already_open({"libcuda.so.1"});
  int (*count)(int*) = nullptr;
  int (*get)(int*, int) = nullptr;
  int (*pci)(char*, int, int) = nullptr;
  int n = 0;
  if (!cuda.find("cuDeviceGetCount", count) || !cuda.find("cuDeviceGet", get) ||
      !cuda.find("cuDeviceGetPCIBusId", pci) || count(&n) != 0)
    return std::nullopt;
  std::vector<std::string> result;
  for (int i = 0; i < n; ++i) {
    char text[64] = {};
    int number = 0;
    if (get(&number, i) != 0 || pci(text, sizeof text - 1, number) != 0) return std::nullopt;
    if (const std::string address = pci_address(text); !address.empty()) result.push_back(address);
  }
  return result;
}

/// Whose the GPUs are, with the words for it.
struct visibility {
  visible_gpus gpus{};    // as numbers into the cards
  std::string hidden{};   // why a card is not among them
  std::string doubt{};    // what is assumed of the order that numbers count in; empty: nothing
  std::string by{};       // "CUDA", "CUDA_VISIBLE_DEVICES"; empty: neither says anything
  std::string summary{};  // for the finding
};

/// Of the cards that may be opened, for CUDA's numbers count those alone. value, order: CUDA_VISIBLE_DEVICES
/// and CUDA_DEVICE_ORDER, nullptr if unset. running: cuda_devices(); of
/// no use where NVML does not know the address of each.
inline visibility whose(const std::vector<card>& cards, const char* value, const char* order,
                        const std::optional<std::vector<std::string>>& running) {
  visibility result;
  const auto summarise = [&](const std::string& more) {
    result.summary = std::to_string(result.gpus.entries.size()) + " of " + std::to_string(cards.size()) +
                     " GPUs are visible to this process" + more;
  };
  std::size_t matched = 0;
  for (std::size_t i = 0; running && i < cards.size(); ++i) {
    std::size_t devices = 0;
    for (const std::string& address : *running) devices += address == cards[i].address() ? 1u : 0u;
    if (devices > 0) result.gpus.entries.push_back({i, cards[i].in_mig_mode() ? devices : 0});
    matched += devices;
  }
  if (running && matched == running->size()) {
    result.by = "CUDA";
    result.hidden = "not visible to CUDA in this process";
    summarise(", says CUDA itself");
    return result;
  }
  std::vector<listed_gpu> listed;
  bool same_names = true;
  for (const card& c : cards) {
    listed.push_back({c.uuid(), c.instances()});
    same_names = same_names && c.name() == cards.front().name();
  }
  if (value == nullptr) {
    result.gpus = visible_devices(std::nullopt, listed);
    return result;
  }
  result.gpus = visible_devices(value, listed);
  result.by = "CUDA_VISIBLE_DEVICES";
  result.hidden = "not visible to this process: " + result.by +
                  (*value == '\0' ? " is empty" : " is '" + std::string(value) + "'");
  const bool numbers = visible::form_of(visible::without_blanks(value)) == visible::form::number;
  if (numbers && !same_names && result.gpus.entries.size() < cards.size() &&
      (order == nullptr || std::string_view(order) != "PCI_BUS_ID"))
    result.doubt =
        result.by +
        " counts GPUs of different models by CUDA's order, fastest first, which is not known before "
        "CUDA runs: NVML's order assumed; CUDA_DEVICE_ORDER=PCI_BUS_ID makes them the same";
  summarise((result.gpus.problem.empty() ? "" : "; " + result.gpus.problem) +
            (result.doubt.empty() ? "" : "; " + result.doubt));
  return result;
}

}  // namespace nvml
}  // namespace meter
}  // namespace v1
}  // namespace kaya
