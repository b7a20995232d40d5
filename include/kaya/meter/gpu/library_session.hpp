// SPDX-License-Identifier: MIT
// A maker's library that is opened and initialised once in a process, and known to be of no use in a child
// that was forked since.
#pragma once

#include <initializer_list>

#include <kaya/detail/fork.hpp>
#include <kaya/detail/library.hpp>
#include <kaya/detail/os.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// What became of a library.
enum class library_state {
  ready,
  absent,      // there is no such library
  incomplete,  // it lacks a function that nothing can be done without
  unfit,       // its layouts are not known on systems such as this one, so it was not opened
  failed,      // initialising it gave error()
  inherited    // it was initialised before a fork, and is of no use in the child
};

/// Layouts that were written down for 64 bits hold there only: elsewhere alignment and the size of pointers
/// and `long` make them different ones.
inline constexpr bool has_64_bits = sizeof(void*) == 8;

/// Functions has `fits`, whether its layouts are those of this system; load(), which takes what a library
/// has; is true if that is enough; and has start(), which initialises the library and gives 0 or why it could
/// not. No destructor, as the library's threads and those of the program may outlive any owner.
template <class Functions>
class library_session {
 public:
  using state = library_state;
  using status = decltype(Functions{}.start());

  /// Opens and initialises what is not yet so; what failed before is tried again.
  state start(std::initializer_list<const char*> names) {
    if (!Functions::fits) return state::unfit;
    const detail::os::locked hold(mutex_);
    if (generation_ != 0) return usable() ? state::ready : state::inherited;
    const detail::library opened = detail::library::open(names);
    if (!opened) return state::absent;
    call.load(opened);
    if (!call) return state::incomplete;
    if ((error_ = call.start()) != 0) return state::failed;
    generation_ = detail::os::fork_generation();
    return state::ready;
  }
  status error() const noexcept { return error_; }
  /// False in a child that was forked since.
  bool usable() const noexcept { return generation_ == detail::os::fork_generation(); }

  Functions call{};

  /// The one of this process.
  static library_session& shared() {
    static library_session* const only = new library_session;
    return *only;
  }

 private:
  detail::os::forkable_mutex mutex_;
  status error_ = 0;
  unsigned generation_ = 0;  // of the process that initialised it
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
