// SPDX-License-Identifier: MIT
// The list of a run's events: repeated ones counted, bounded in number, handed on once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/ledger/event.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class event_list {
 public:
  static constexpr std::size_t limit = 256;  // different ones; the last place counts all further ones

  /// Files an event. deliver: it is to be handed to the user's callback, too.
  void file(seconds time, severity level, std::string_view what, std::string_view where,
            bool deliver = true) noexcept {
    try {
      for (event& e : events_)
        if (e.what == what && e.where == where) {
          ++e.count;
          return;
        }
      if (events_.size() + 1 >= limit) what = "further events were dropped", where = "kaya";
      if (events_.size() >= limit) {
        ++events_.back().count;
        return;
      }
      events_.push_back({time, level, std::string(what), std::string(where)});
      if (deliver) undelivered_.push_back(events_.back());
    } catch (...) {  // out of memory: an event is the least that can be lost
    }
  }
  const std::vector<event>& all() const noexcept { return events_; }
  std::vector<event> take_undelivered() noexcept { return std::exchange(undelivered_, {}); }
  bool has_undelivered() const noexcept { return !undelivered_.empty(); }

 private:
  friend struct detail::journal::persistence;
  std::vector<event> events_{}, undelivered_{};
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
