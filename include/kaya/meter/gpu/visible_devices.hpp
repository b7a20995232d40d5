// SPDX-License-Identifier: MIT
// Which GPUs a process may use by the word of an environment variable: CUDA_VISIBLE_DEVICES,
// ROCR_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES. A pure rule. Sources: CUDA C programming guide (NVIDIA, 2024) on
// forms and cutting, MIG user guide (NVIDIA, 2024) on MIG names, PyTorch's observation that numbers are read
// as by strtoul() and that a device named twice leaves none.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace meter {

/// A part of a GPU that is a device of its own.
struct mig_instance {
  std::string uuid{};  // "MIG-41b36874-..."; empty: not known
  unsigned gpu_instance = 0, compute_instance = 0;
};

/// A GPU that a list may name, in the order that its numbers count in.
struct listed_gpu {
  std::string uuid{};  // "GPU-8932f937-..."; empty: not known
  std::vector<mig_instance> instances{};
};

enum class list_dialect {
  cuda,  // the first entry says whether numbers, GPU- or MIG- names follow
  rocm   // numbers and GPU- names may be mixed
};

/// What a list leaves.
struct visible_gpus {
  struct entry {
    std::size_t gpu = 0;        // into the GPUs that were given
    std::size_t instances = 0;  // of MIG that are named; 0: the GPU as a whole
  };
  std::vector<entry> entries{};  // in the list's order, each GPU once
  std::string problem{};         // in words: where and why the list was cut or refused; empty: it was not

  const entry* find(std::size_t gpu) const noexcept {
    for (const entry& e : entries)
      if (e.gpu == gpu) return &e;
    return nullptr;
  }
};

namespace visible {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c; }
constexpr bool begins(std::string_view text, std::string_view start) noexcept {
  if (text.size() < start.size()) return false;
  for (std::size_t i = 0; i < start.size(); ++i)
    if (lower(text[i]) != lower(start[i])) return false;
  return true;
}
constexpr bool same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && begins(a, b);
}
constexpr std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

enum class form { number, gpu, mig, nothing };
constexpr form form_of(std::string_view word) noexcept {
  if (begins(word, "GPU-")) return form::gpu;
  if (begins(word, "MIG-")) return form::mig;
  return !word.empty() && ((word[0] >= '0' && word[0] <= '9') || word[0] == '+') ? form::number
                                                                                 : form::nothing;
}

/// The number that a word starts with, whatever follows: "1gpu" is 1.
inline std::optional<std::uint64_t> leading_number(std::string_view word) noexcept {
  if (word.starts_with('+')) word.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end == word.data()) return std::nullopt;
  return value;
}

/// The GPU whose UUID is a word, or the only one whose UUID begins with it.
inline std::optional<std::size_t> gpu_by_uuid(std::string_view word, std::span<const listed_gpu> gpus) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (same(gpus[i].uuid, word)) return i;
    if (!begins(gpus[i].uuid, word)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

struct place {
  std::size_t gpu = 0;
  std::optional<std::size_t> instance{};
};

/// "MIG-<uuid>", or "MIG-GPU-<uuid>/<gpu instance>/<compute instance>" (drivers before 470).
inline std::optional<place> mig_by_name(std::string_view word, std::span<const listed_gpu> gpus) {
  std::optional<place> found;
  std::string_view gpu_name;
  std::optional<std::uint64_t> first, second;
  if (begins(word, "MIG-GPU-")) {
    const std::size_t slash = word.find('/'), next = slash == word.npos ? slash : word.find('/', slash + 1);
    if (next == word.npos) return std::nullopt;
    gpu_name = word.substr(4, slash - 4);
    first = leading_number(word.substr(slash + 1, next - slash - 1));
    second = leading_number(word.substr(next + 1));
    if (!first || !second) return std::nullopt;
  }
  for (std::size_t i = 0; i < gpus.size(); ++i)
    for (std::size_t k = 0; k < gpus[i].instances.size(); ++k) {
      const mig_instance& m = gpus[i].instances[k];
      if (same(m.uuid, word)) return place{i, k};
      const bool fits =
          first ? begins(gpus[i].uuid, gpu_name) && m.gpu_instance == *first && m.compute_instance == *second
                : begins(m.uuid, word);
      if (!fits) continue;
      if (found) return std::nullopt;
      found = place{i, k};
    }
  return found;
}

}  // namespace visible

/// What a variable's value leaves of the GPUs: all if it is unset, none if it is empty, "-1" or "NoDevFiles",
/// else those before the first entry that is not valid. A GPU (or MIG instance) named twice leaves CUDA none,
/// as it then refuses to start; for ROCm the list ends there. Integers count the GPUs as they are given here.
inline visible_gpus visible_devices(std::optional<std::string_view> value, std::span<const listed_gpu> gpus,
                                    list_dialect dialect = list_dialect::cuda) {
  using namespace visible;
  visible_gpus result;
  if (!value) {
    for (std::size_t i = 0; i < gpus.size(); ++i) result.entries.push_back({i, 0});
    return result;
  }
  // Which instances have been named; 64 to a GPU are more than any has (7 on an H100).
  std::vector<std::uint64_t> named(gpus.size(), 0);
  const form first = form_of(without_blanks(value->substr(0, value->find(','))));
  for (std::string_view rest = *value;;) {
    const std::string_view word = without_blanks(rest.substr(0, rest.find(',')));
    const auto cut = [&](const char* why) { result.problem = "'" + std::string(word) + "' " + why; };
    const form kind = form_of(word);
    std::optional<place> at;
    if (kind == form::nothing) {
      // Nothing, -1 and NoDevFiles are the usual ways to say "no more".
      if (!word.empty() && word != "-1" && word != "NoDevFiles")
        cut("is no number, GPU-, or MIG- name: the list ends before it");
      break;
    }
    if (dialect == list_dialect::cuda ? kind != first : kind == form::mig) {
      cut("is of another form than the entries before: the list ends before it");
      break;
    }
    if (kind == form::number) {
      const auto number = leading_number(word);
      if (number && *number < gpus.size()) at = place{static_cast<std::size_t>(*number), std::nullopt};
    } else if (kind == form::gpu) {
      if (const auto gpu = gpu_by_uuid(word, gpus)) at = place{*gpu, std::nullopt};
    } else {
      at = mig_by_name(word, gpus);
    }
    if (!at) {
      cut("is none of the GPUs here, or more than one: the list ends before it");
      break;
    }
    const std::uint64_t bit = at->instance ? std::uint64_t{1} << (*at->instance & 63) : ~std::uint64_t{0};
    if ((named[at->gpu] & bit) != 0) {
      if (dialect == list_dialect::cuda) result.entries.clear();
      cut(dialect == list_dialect::cuda ? "is named twice, which leaves no GPU"
                                        : "is named twice: the list ends before it");
      break;
    }
    const bool known = named[at->gpu] != 0;
    named[at->gpu] |= bit;
    if (!known) result.entries.push_back({at->gpu, 0});
    if (at->instance)
      for (visible_gpus::entry& e : result.entries) e.instances += e.gpu == at->gpu ? 1u : 0u;
    const std::size_t comma = rest.find(',');
    if (comma == rest.npos) break;
    rest.remove_prefix(comma + 1);
  }
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
