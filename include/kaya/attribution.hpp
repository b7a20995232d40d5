// SPDX-License-Identifier: MIT
// Whose energy an account is of.
#pragma once

#include <cstddef>
#include <string_view>

namespace kaya {
inline namespace v1 {

/// Whose energy a tracker accounts for: the whole machine's, or what of it is this process's (with its
/// children), or that of the control group that the process is in.
enum class attribution { machine, process, cgroup };

constexpr std::string_view to_string(attribution a) noexcept {
  constexpr std::string_view names[] = {"machine", "process", "cgroup"};
  return names[static_cast<std::size_t>(a)];
}

}  // namespace v1
}  // namespace kaya
