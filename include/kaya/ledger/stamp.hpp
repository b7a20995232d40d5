// SPDX-License-Identifier: MIT
// The seam between training code and ledger: scopes only stamp, accounts settle. This header is all of kaya
// that code with scopes in it needs, so it includes almost nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include <kaya/ledger/directory.hpp>
#include <kaya/ledger/lane.hpp>
#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {

/// Tag: the scope shares energy only at instants when no foreground scope is open anywhere (loaders that
/// mostly wait).
struct background_t {
  explicit background_t() = default;
};
inline constexpr background_t background{};

/// Tag: `synchronize` is called at both edges, so that asynchronous device work is charged to the scope that
/// began it.
struct synchronized_t {
  explicit synchronized_t() = default;
};
inline constexpr synchronized_t synchronized{};

namespace ledger {

// What a lane does not take alone: a thread's first scope, a new name, the end of a chunk, `synchronized`,
// a leave on another thread, or after the tracker's end, or in a forked child. A signal handler that
// interrupts kaya itself opens nothing; a scope from before that it leaves then may stay open.
[[gnu::noinline]] inline ticket enter_slowly(tracker_id id, scope_name name, scope_kind kind) noexcept {
  if (detail::os::unentered::interrupted()) return {};
  const detail::os::kept_errno keep;
  const detail::handle<scope_sink> sink = directory::here().find(id);
  return sink ? sink->enter(name, kind) : ticket{};
}
[[gnu::noinline]] inline void leave_slowly(tracker_id id, ticket t, scope_kind kind) noexcept {
  if (detail::os::unentered::interrupted()) {
    if (t.where == thread_lanes::of(id)) t.where->leave_at_any_price(t.serial);
    return;
  }
  const detail::os::kept_errno keep;
  if (const detail::handle<scope_sink> sink = directory::here().find(id)) sink->leave(t, kind);
}

}  // namespace ledger

/// Closes its scope when it goes out of scope. It cannot be copied, moved or made with new; a leave on
/// another thread, out of order, after stop() or after the tracker's end is defined.
class [[nodiscard("a scope that is not kept in a variable ends at once")]] scope_guard {
 public:
  /// An inert guard.
  scope_guard() noexcept = default;
  [[nodiscard("a scope that is not kept in a variable ends at once")]] scope_guard(
      ledger::tracker_id id, const scope_name& name, ledger::scope_kind kind) noexcept
      : id_(id), kind_(kind) {
    if (id == 0) return;
    if (kind != ledger::scope_kind::synchronized) {
      const std::uint64_t flags = kind == ledger::scope_kind::background ? ledger::record::background : 0;
      ticket_.where = ledger::thread_lanes::of(id);
      if (ticket_.where != nullptr && ticket_.where->enter(name, flags, ticket_.serial)) return;
    }
    ticket_ = ledger::enter_slowly(id, name, kind);
  }
  scope_guard(const scope_guard&) = delete;
  scope_guard& operator=(const scope_guard&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;
  ~scope_guard() {
    if (ticket_.serial == 0) return;
    if (kind_ != ledger::scope_kind::synchronized && ticket_.where == ledger::thread_lanes::of(id_) &&
        ticket_.where->leave(ticket_.serial))
      return;
    ledger::leave_slowly(id_, ticket_, kind_);
  }

 private:
  ledger::tracker_id id_ = 0;
  ledger::ticket ticket_{};
  ledger::scope_kind kind_ = ledger::scope_kind::foreground;
};

}  // namespace v1
}  // namespace kaya
