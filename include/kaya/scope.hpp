// SPDX-License-Identifier: MIT
// The light front door: scopes on the process's current tracker, for code deep inside a model that should
// neither know the tracker nor pay for including it.
#pragma once

#ifdef KAYA_DISABLE
#include <kaya/disabled.hpp>
#else

#include <kaya/detail/os.hpp>
#include <kaya/ledger/stamp.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// The trackers alive in this process, so that the newest one can be found. One for each process: a forked
/// child starts with none, and never touches a lock that another thread of its parent may have held.
class current_trackers {
 public:
  static current_trackers& here() noexcept {
    static current_trackers* instance =
        new current_trackers;  // never destroyed: guards may outlive every static
    if (instance->generation_ != detail::os::fork_generation()) instance = new current_trackers;
    return *instance;
  }
  void add(scope_sink& sink) noexcept {
    const detail::os::locked hold(mutex_);
    newest_ = new entry{&sink, newest_};
  }
  void remove(const scope_sink& sink) noexcept {
    const detail::os::locked hold(mutex_);
    for (entry** at = &newest_; *at != nullptr; at = &(*at)->older)
      if ((*at)->sink == &sink) {
        entry* const gone = *at;
        *at = gone->older;
        delete gone;
        return;
      }
  }
  detail::handle<scope_sink> newest() noexcept {
    const detail::os::locked hold(mutex_);
    return detail::handle<scope_sink>(newest_ != nullptr ? newest_->sink : nullptr);
  }

 private:
  struct entry {
    scope_sink* sink;
    entry* older;
  };
  current_trackers() noexcept = default;

  unsigned generation_ = detail::os::fork_generation();
  detail::os::mutex mutex_;
  entry* newest_ = nullptr;
};

}  // namespace ledger

/// A scope on the process's current tracker, the newest one alive; inert if there is none.
[[nodiscard]] inline scope_guard scope(scope_name name) noexcept {
  return {ledger::current_trackers::here().newest().get(), name, ledger::scope_kind::foreground};
}
/// The same, sharing energy only when no foreground scope is open.
[[nodiscard]] inline scope_guard scope(scope_name name, background_t) noexcept {
  return {ledger::current_trackers::here().newest().get(), name, ledger::scope_kind::background};
}
/// The same, calling the tracker's `synchronize` at both edges.
[[nodiscard]] inline scope_guard scope(scope_name name, synchronized_t) noexcept {
  return {ledger::current_trackers::here().newest().get(), name, ledger::scope_kind::synchronized};
}

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
