// SPDX-License-Identifier: MIT
// Who is there: the trackers alive in this process, the lanes of this thread, and the pool of those that no
// thread uses.
#pragma once

#include <kaya/detail/fork.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/ledger/lane.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

enum class scope_kind : unsigned char { foreground, background, synchronized };

/// What a guard keeps of its scope. Serial number 0: nothing was opened.
struct ticket {
  lane* where = nullptr;  // the thread's that opened it
  std::uint64_t serial = 0;
};

/// Where the edges of scopes go that a lane cannot take alone. Guards find it by its id, so that one that
/// outlives its tracker finds nothing.
class scope_sink : public detail::counted {
 public:
  virtual ~scope_sink() = default;
  virtual ticket enter(scope_name name, scope_kind kind) noexcept = 0;
  virtual void leave(ticket, scope_kind kind) noexcept = 0;

  tracker_id id() const noexcept { return id_; }

 private:
  friend class directory;
  tracker_id id_ = 0;
  scope_sink* older_ = nullptr;
};

/// The newest tracker alive; 0: none.
inline tracker_id newest_tracker = 0;

/// One for each process: a forked child starts with an empty one, and never touches a lock that another
/// thread of its parent may have held.
class directory {
 public:
  static directory& here() noexcept {
    static constinit directory* instance = nullptr;  // never destroyed: guards may outlive every static
    directory* found = detail::load_acquire(instance);
    while (found == nullptr || found->generation_ != detail::os::fork_generation()) {
      directory* const fresh =
          new directory;  // no lock, which a child that is forked meanwhile would wait for
      fresh->parents_ = found;
      if (!detail::replace(instance, found, fresh)) delete fresh;
      found = detail::load_acquire(instance);
    }
    return *found;
  }

  /// Gives the tracker an id that no other had or will have in this process.
  void add(scope_sink& sink) noexcept {
    static tracker_id last = 0;
    const detail::os::critical hold(mutex_);
    sink.id_ = detail::add(last, tracker_id{1});
    sink.older_ = newest_;
    newest_ = &sink;
    detail::store_relaxed(newest_tracker, sink.id_);
  }
  void remove(const scope_sink& sink) noexcept {
    const detail::os::critical hold(mutex_);
    for (scope_sink** at = &newest_; *at != nullptr; at = &(*at)->older_)
      if (*at == &sink) {
        *at = sink.older_;
        break;
      }
    detail::store_relaxed(newest_tracker, newest_ != nullptr ? newest_->id_ : tracker_id{0});
  }
  /// Keeps for ever what a tracker left that cannot be taken apart: that of a forking process, as other
  /// threads may have been changing it at the fork; and one whose own sampler ended it.
  template <class Sink>
  void keep(detail::handle<Sink> left) noexcept {
    const detail::os::critical hold(mutex_);
    left->acquire();
    left->older_ = kept_;
    kept_ = left.get();
  }
  detail::handle<scope_sink> find(tracker_id id) noexcept {
    const detail::os::critical hold(mutex_);
    for (scope_sink* s = newest_; s != nullptr; s = s->older_)
      if (s->id_ == id) return detail::handle<scope_sink>(s);
    return {};
  }

  /// A lane that nobody uses; nullptr if there is no memory.
  lane* take() noexcept {
    {
      const detail::os::critical hold(mutex_);
      if (lane* const found = free_; found != nullptr) {
        free_ = found->next;
        return found;
      }
    }
    return static_cast<lane*>(detail::os::pages_wiped_on_fork(lane::bytes));  // zero bytes: of no tracker
  }
  void give(lane& unused) noexcept {
    const detail::os::critical hold(mutex_);
    unused.next = free_;
    free_ = &unused;
  }

 private:
  directory() noexcept = default;

  unsigned generation_ = detail::os::fork_generation();
  directory* parents_ = nullptr;  // of the process that forked this one; never used, but not a leak
  detail::os::mutex mutex_;
  scope_sink *newest_ = nullptr, *kept_ = nullptr;
  lane* free_ = nullptr;
};

/// The lanes of this thread, one for each tracker that it opened a scope of. They stay until the thread ends,
/// so that a signal handler may add one while the thread looks for another.
class thread_lanes {
 public:
  static lane* of(tracker_id id) noexcept {
    lane* l = first_;
    while (l != nullptr && l->owner() != id) l = l->next;
    return l;
  }
  /// One whose tracker is gone, or which the parent of a forked child used.
  static lane* free_one() noexcept {
    lane* l = first_;
    while (l != nullptr && !l->is_free()) l = l->next;
    return l;
  }
  /// Makes sure that the end of this thread will be seen. False: it has begun.
  static bool watch_end() noexcept {
    if (ended_) return false;
    static thread_local end_of_thread at_end;
    static_cast<void>(at_end);
    return true;
  }
  static void add(lane& l) noexcept {
    l.next = first_;
    detail::signal_fence();
    first_ = &l;
  }

 private:
  struct end_of_thread {
    ~end_of_thread() {
      ended_ = true;
      lane* l = first_;
      first_ = nullptr;
      while (l != nullptr) {
        lane* const next = l->next;
        if (l->owner() != 0) l->end_thread();
        if (l->end_of_thread()) directory::here().give(*l);
        l = next;
      }
    }
  };

  inline static constinit thread_local lane* first_ = nullptr;
  inline static constinit thread_local bool ended_ = false;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
