// SPDX-License-Identifier: MIT
// Whose share of the machine's busy CPU time is how large, lately. A pure rule.
#pragma once

#include <cstdint>
#include <optional>

namespace kaya {
inline namespace v1 {
namespace meter::load {

/// The share of the machine's busy CPU time that somebody had. Looked at again when enough of it has passed
/// to be told from the kernel's ticks of 10 ms.
class busy_share {
 public:
  double next(std::optional<std::uint64_t> own_ns, std::optional<std::uint64_t> all_ns,
              std::int64_t now_ns) noexcept {
    if (!own_ns || !all_ns) return share_;
    if (!started_) {
      started_ = true;
      own_ns_ = *own_ns, all_ns_ = *all_ns, since_ns_ = now_ns;
      return share_;
    }
    const double all = difference(*all_ns, all_ns_), own = difference(*own_ns, own_ns_);
    const bool enough = all >= enough_ns || now_ns - since_ns_ >= patience_ns;
    if (all > 0 && (enough || !known_)) share_ = own < all ? own / all : 1;
    else if (enough) share_ = 0;  // nobody did anything
    if (enough) {
      known_ = true;
      own_ns_ = *own_ns, all_ns_ = *all_ns, since_ns_ = now_ns;
    }
    return share_;
  }

 private:
  static constexpr double enough_ns = 100e6;
  static constexpr std::int64_t patience_ns = 1'000'000'000;
  static double difference(std::uint64_t now, std::uint64_t before) noexcept {
    return now > before ? static_cast<double>(now - before) : 0;
  }
  bool started_ = false, known_ = false;
  std::uint64_t own_ns_ = 0, all_ns_ = 0;
  std::int64_t since_ns_ = 0;
  double share_ = 0;
};

}  // namespace meter::load
}  // namespace v1
}  // namespace kaya
