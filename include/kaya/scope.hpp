// SPDX-License-Identifier: MIT
// The light front door: scopes on the process's current tracker, for code deep inside a model that should
// neither know the tracker nor pay for including it.
#pragma once

#ifdef KAYA_DISABLE
#include <kaya/disabled.hpp>
#else

#include <kaya/detail/atomics.hpp>
#include <kaya/ledger/stamp.hpp>

namespace kaya {
inline namespace v1 {

// In a signal handler: whatever of kaya it interrupts stays whole, and a scope that interrupts kaya itself is
// not counted. But a thread's first scope, a new name and a full buffer allocate and lock, which may hang in
// a handler that interrupts malloc: there use only names that the thread has used before, and not in bulk.

/// A scope on the process's current tracker, the newest one alive; inert if there is none.
[[nodiscard]] inline scope_guard scope(scope_name name) noexcept {
  return {detail::load_relaxed(ledger::newest_tracker), name, ledger::scope_kind::foreground};
}
/// The same, sharing energy only when no foreground scope is open.
[[nodiscard]] inline scope_guard scope(scope_name name, background_t) noexcept {
  return {detail::load_relaxed(ledger::newest_tracker), name, ledger::scope_kind::background};
}
/// The same, calling the tracker's `synchronize` at both edges.
[[nodiscard]] inline scope_guard scope(scope_name name, synchronized_t) noexcept {
  return {detail::load_relaxed(ledger::newest_tracker), name, ledger::scope_kind::synchronized};
}

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
