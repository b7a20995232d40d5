// SPDX-License-Identifier: MIT
// Numbers for texts and for pairs of numbers, so that thousands of reports are compared without their
// strings: hash tables, without <unordered_map> (15 000 lines).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace report::merging {

inline constexpr std::uint32_t none = UINT32_MAX;

/// From a number of 64 bits to one of 32.
class number_map {
 public:
  /// The value of a key; a new key gets this one.
  std::uint32_t& at(std::uint64_t key, std::uint32_t fresh) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    slot& s = slots_[place_of(key)];
    if (!s.used) {
      s = {key, fresh, true};
      ++used_;
    }
    return s.value;
  }
  /// none: there is no such key.
  std::uint32_t find(std::uint64_t key) const noexcept {
    if (slots_.empty()) return none;
    const slot& s = slots_[place_of(key)];
    return s.used ? s.value : none;
  }

 private:
  struct slot {
    std::uint64_t key = 0;
    std::uint32_t value = 0;
    bool used = false;
  };
  std::size_t place_of(std::uint64_t key) const noexcept {
    std::uint64_t h = key * 0x9E3779B97F4A7C15u;  // the golden ratio's bits, as Fibonacci hashing takes them
    h ^= h >> 32;
    std::size_t i = static_cast<std::size_t>(h) & (slots_.size() - 1);
    while (slots_[i].used && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
    return i;
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const slot& s : old)
      if (s.used) slots_[place_of(s.key)] = s;
  }

  std::vector<slot> slots_{};
  std::size_t used_ = 0;
};

constexpr std::uint64_t pair_of(std::uint32_t a, std::uint32_t b) noexcept {
  return std::uint64_t{a} << 32 | b;
}

/// Each different text has a number; the empty one has 0.
class text_ids {
 public:
  std::uint32_t of(std::string_view text) {
    if (text.empty()) return 0;
    if ((texts_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint64_t h = hash(text);
    std::size_t i = static_cast<std::size_t>(h) & (slots_.size() - 1);
    for (; slots_[i] != 0; i = (i + 1) & (slots_.size() - 1))
      if (texts_[slots_[i] - 1].hash == h && this->text(slots_[i]) == text) return slots_[i];
    texts_.push_back({h, all_.size(), text.size()});
    all_ += text;
    return slots_[i] = static_cast<std::uint32_t>(texts_.size());
  }
  /// Valid until the next of().
  std::string_view text(std::uint32_t id) const noexcept {
    if (id == 0) return {};
    const entry& e = texts_[id - 1];
    return std::string_view(all_).substr(e.begin, e.size);
  }

 private:
  struct entry {
    std::uint64_t hash;
    std::size_t begin, size;
  };
  static std::uint64_t hash(std::string_view text) noexcept {
    std::uint64_t h = 14695981039346656037u;  // FNV-1a
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return h ^ h >> 32;
  }
  void grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
    for (std::size_t n = 0; n < texts_.size(); ++n) {
      std::size_t i = static_cast<std::size_t>(texts_[n].hash) & (slots_.size() - 1);
      while (slots_[i] != 0) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = static_cast<std::uint32_t>(n + 1);
    }
  }

  std::string all_{};
  std::vector<entry> texts_{};
  std::vector<std::uint32_t> slots_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
