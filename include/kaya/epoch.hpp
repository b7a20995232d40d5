// SPDX-License-Identifier: MIT
// The guard of an epoch.
#pragma once

#ifndef KAYA_DISABLE  // else disabled.hpp has it

#include <cstddef>
#include <string_view>
#include <utility>

#include <kaya/detail/figures.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/ledger/session.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {

/// An epoch, from tracker::epoch() to close() or the end of its scope. Process-wide: all that the machine
/// uses meanwhile is the epoch's, whichever thread uses it. Cannot be copied or moved.
class [[nodiscard("an epoch that is not kept in a variable ends at once")]] epoch_guard {
 public:
  epoch_guard(const epoch_guard&) = delete;
  epoch_guard& operator=(const epoch_guard&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;
  ~epoch_guard() { close(); }

  /// Counts n units of work (tracker_options::work_unit) for this epoch; also after close(). Finite, 0 or
  /// more; anything else is an event and not counted.
  void add_work(double n) noexcept {
    edit([n](ledger::core& c, ledger::epoch_record& e) { e.work += detail::checked_work(c, n); });
  }
  /// Notes a figure of this epoch ("accuracy", 0.97), replacing an earlier one of that name; also after
  /// close().
  void metric(std::string_view name, double value) noexcept {
    edit([&](ledger::core&, ledger::epoch_record& e) { detail::set_metric(e.metrics, name, value); });
  }
  /// Ends the epoch: synchronizes and samples. Only the first call does anything.
  void close() noexcept {
    if (!open_) return;
    open_ = false;
    session_->synchronize();
    session_->sample([this](ledger::core& c) { c.close_epoch(index_); });
    session_->tell_follower();
  }
  /// What the epoch used so far, or in all once it is closed: as of the last sample, provisional where a slow
  /// counter has not told yet. NaN if nothing could be known, or no sample was made since it began.
  joules energy() const noexcept {
    double uj = detail::not_a_number;
    if (session_)
      session_->with_core([&](ledger::core& c) { uj = c.books().provisional(index_, c.timelines()); });
    return joules(uj * 1e-6);
  }
  /// Its number, from 0; -1 if the tracker is disabled or stopped.
  int index() const noexcept { return index_; }

 private:
  friend class tracker;
  explicit epoch_guard(detail::handle<ledger::session> session) noexcept : session_(std::move(session)) {
    if (!session_ || !session_->running()) return;
    session_->synchronize();
    session_->sample([this](ledger::core& c) { index_ = c.open_epoch(); });
    open_ = index_ >= 0;
  }
  template <class F>
  void edit(F && f) noexcept {
    if (index_ >= 0)
      session_->with_core([&](ledger::core& c) {
        if (ledger::epoch_record* e = c.books().epochs().find(index_)) f(c, *e);
      });
  }

  detail::handle<ledger::session> session_;
  int index_ = -1;
  bool open_ = false;
};

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
