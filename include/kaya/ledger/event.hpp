// SPDX-License-Identifier: MIT
// What went wrong, or is worth knowing, as data. After construction nothing in kaya throws or prints: it
// files an event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

namespace detail::journal {
struct persistence;  // sees what a journal keeps, and puts it back
}

enum class severity { info, warning, error };

constexpr std::string_view to_string(severity s) noexcept {
  constexpr std::string_view names[] = {"info", "warning", "error"};
  return names[static_cast<std::size_t>(s)];
}

/// Something that happened during a run. Events that repeat are one event with a count.
struct event {
  seconds time{};  // since the start of the run, of the first occurrence
  severity level = severity::info;
  std::string what{};
  std::string where{};      // the channel, option or callback concerned
  std::uint64_t count = 1;  // how often it happened
};

}  // namespace v1
}  // namespace kaya
