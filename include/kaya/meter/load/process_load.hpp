// SPDX-License-Identifier: MIT
// CPU time of this process with all its children, also those that still run (data loaders): from procfs,
// whose list of children is looked at once a second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/fork.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::load {

class process_load {
 public:
  process_load(detail::file_system& files, std::string procfs)
      : files_(files), procfs_(static_cast<std::string&&>(procfs)) {}

  /// CPU time so far, in nanoseconds; never less than before. Empty if it cannot be read now.
  std::optional<std::uint64_t> busy_ns(std::int64_t now_ns) noexcept {
    try {
      return read(now_ns);
    } catch (...) {  // no memory for the list
      return std::nullopt;
    }
  }

  /// The numbers of this process and its children, as of the last call of busy_ns().
  std::span<const unsigned> pids() const noexcept { return pids_; }

 private:
  static constexpr std::size_t most_children = 4096;

  std::optional<std::uint64_t> read(std::int64_t now_ns) {
    if (!looked_ || now_ns >= look_again_ns_) {
      looked_ = true;
      const std::int64_t before = detail::os::monotonic_ns();
      find_children();
      look_again_ns_ = now_ns + 50 * (detail::os::monotonic_ns() - before);
    }
    const auto own = ticks_of("self");
    if (!own) return std::nullopt;
    std::uint64_t sum = *own;
    for (const std::string& child : children_) sum += ticks_of(child).value_or(0);
    // A child that has just ended is in its parent's time only when that has waited for it.
    if (sum > most_) most_ = sum;
    return most_ * tick_ns();
  }
  std::optional<std::uint64_t> ticks_of(const std::string& pid) const {
    return process_ticks(detail::read_text(files_, procfs_ + "/" + pid + "/stat", 4096).text);
  }
  /// All descendants: each thread of a process lists the children that it has started.
  void find_children() {
    children_.clear();
    add_children_of("self");
    for (std::size_t i = 0; i < children_.size() && children_.size() < most_children; ++i)
      add_children_of(std::string(children_[i]));
    pids_.assign(1, static_cast<unsigned>(detail::os::process_id()));
    for (const std::string& child : children_)
      pids_.push_back(detail::parse_number<unsigned>(child).value_or(0));
  }
  void add_children_of(const std::string& pid) {
    std::vector<std::string> threads;
    files_.list((procfs_ + "/" + pid + "/task").c_str(), threads);
    for (const std::string& thread : threads) {
      const std::string text =
          detail::read_text(files_, procfs_ + "/" + pid + "/task/" + thread + "/children").text;
      std::string_view rest(text);
      while (!(rest = detail::trimmed(rest)).empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (detail::parse_number<unsigned>(word)) detail::add_once(children_, std::string(word));
        rest.remove_prefix(word.size());
      }
    }
  }

  detail::file_system& files_;
  std::string procfs_;
  std::vector<std::string> children_{};
  std::vector<unsigned> pids_{};
  bool looked_ = false;
  std::int64_t look_again_ns_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace meter::load
}  // namespace v1
}  // namespace kaya
