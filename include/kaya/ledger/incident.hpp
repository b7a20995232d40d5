// SPDX-License-Identifier: MIT
// What may befall a channel's readings, in words.
#pragma once

#include <optional>
#include <string_view>

#include <kaya/ledger/event.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

enum class incident { none, lost, returned, wrapped, reset, glitch, jump, ambiguous, integrated };

struct incident_text {
  severity level = severity::info;
  std::string_view what{};  // empty: nothing to tell
};

/// based: the channel had been read before; why: what is the matter with it now.
constexpr incident_text describe(incident i, bool based, std::optional<meter::missing> why) noexcept {
  switch (i) {
    case incident::none:
    case incident::wrapped:
      return {};
    case incident::lost:
      if (why == meter::missing::implausible)
        return {severity::warning, based ? "can no longer be read: what it says is not a number"
                                         : "cannot be read: what it says is not a number"};
      if (why == meter::missing::no_permission)
        return {severity::warning,
                based ? "can no longer be read: no permission" : "cannot be read: no permission"};
      return {severity::warning, based ? "can no longer be read" : "cannot be read"};
    case incident::returned:
      return {severity::info, "can be read again; what it counted meanwhile is spread over the gap"};
    case incident::reset:
      return {severity::warning, "the counter started anew; what it counted before that is missing"};
    case incident::glitch:
      return {severity::info, "one reading could not be true and was dropped"};
    case incident::jump:
      return {severity::warning,
              "the counter jumped further than the device can draw; the jump is not counted"};
    case incident::integrated:
      return {severity::warning,
              "the counter stands still though power is drawn; power is integrated in its place"};
    case incident::ambiguous:
      return {severity::warning, "not read for so long that it may have wrapped unseen: a lower bound"};
  }
  return {};
}

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
