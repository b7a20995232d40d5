// SPDX-License-Identifier: MIT
// Which of a machine's AMD GPUs are this process's: ROCR_VISIBLE_DEVICES first, then, with numbers that count
// what is left, HIP_VISIBLE_DEVICES, or CUDA_VISIBLE_DEVICES where that is not set (AMD, ROCm documentation,
// "GPU isolation techniques", 2024).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The values of the three variables, nullptr for what is not set.
struct rocm_variables {
  const char* rocr = nullptr;
  const char* hip = nullptr;
  const char* cuda = nullptr;

  static rocm_variables of_process() noexcept {
    return {std::getenv("ROCR_VISIBLE_DEVICES"), std::getenv("HIP_VISIBLE_DEVICES"),
            std::getenv("CUDA_VISIBLE_DEVICES")};
  }
};

/// Whose the GPUs are, with the words for it.
struct rocm_visibility {
  std::vector<std::string> hidden{};  // for each GPU why it is not this process's; empty: it is
  std::string by{};                   // the variables that say so; empty: none does
  std::string summary{};              // for the finding
};

/// Of GPUs in the order of their PCI addresses. names: "GPU-<unique id>" of each, empty if it is not known.
inline rocm_visibility rocm_visible(std::span<const std::string> names, const rocm_variables& set) {
  rocm_visibility result;
  result.hidden.resize(names.size());
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < names.size(); ++i) left.push_back(i);
  const auto apply = [&](const char* variable, const char* value) {
    if (value == nullptr) return;
    std::vector<listed_gpu> listed;
    for (const std::size_t i : left) listed.push_back({names[i], {}});
    const visible_gpus visible = visible_devices(value, listed, list_dialect::rocm);
    std::vector<std::size_t> kept;
    for (const visible_gpus::entry& e : visible.entries) kept.push_back(left[e.gpu]);
    for (std::size_t k = 0; k < left.size(); ++k)
      if (visible.find(k) == nullptr)
        result.hidden[left[k]] = "not visible to this process: " + std::string(variable) +
                                 (*value == '\0' ? " is empty" : " is '" + std::string(value) + "'");
    left = std::move(kept);
    result.by += (result.by.empty() ? "" : ", ") + std::string(variable);
    if (!visible.problem.empty()) result.summary += "; " + visible.problem;
  };
  apply("ROCR_VISIBLE_DEVICES", set.rocr);
  apply(set.hip != nullptr ? "HIP_VISIBLE_DEVICES" : "CUDA_VISIBLE_DEVICES",
        set.hip != nullptr ? set.hip : set.cuda);
  result.summary = std::to_string(left.size()) + " of " + std::to_string(names.size()) +
                   " AMD GPUs are visible to this process" + result.summary;
  return result;
}

/// AMD's number at the PCI consortium.
inline constexpr std::string_view amd_vendor = "0x1002";

/// The digits of a card's number; nothing for zeros and words such as "N/A".
inline std::string plain_id(std::string id) {
  if (id.starts_with("0x")) id.erase(0, 2);
  if (id.find_first_not_of("0123456789abcdefABCDEF") != id.npos) return {};
  return id.find_first_not_of('0') == id.npos ? std::string() : id;
}

/// The same for AMD's cards, by the unique numbers in their files.
inline rocm_visibility visibility_of(const places& where, std::span<const drm_card> cards,
                                     const rocm_variables& set) {
  std::vector<std::string> names;
  for (const drm_card& c : cards) {
    const std::string id = plain_id(word_in(*where.files, c.device + "/unique_id"));
    names.push_back(id.empty() ? "" : "GPU-" + id);
  }
  return rocm_visible(names, set);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
