// SPDX-License-Identifier: MIT
// A maker's library that is opened and initialised once in a process, and known to be of no use in a child
// that was forked since.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <kaya/detail/fork.hpp>
#include <kaya/detail/library.hpp>
#include <kaya/detail/os.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// Functions has load(), which takes what a library has, is true if that is enough, and has start(), which
/// initialises the library and gives 0 or why it could not. No destructor, as the library's threads and those
/// of the program may outlive any owner.
template <class Functions>
class library_session {
 public:
  enum class state {
    ready,
    absent,      // there is no such library
    incomplete,  // it lacks a function that nothing can be done without
    failed,      // initialising it gave error()
    inherited    // it was initialised before a fork, and is of no use in the child
  };

  /// Opens and initialises what is not yet so; what failed before is tried again.
  state start(std::initializer_list<const char*> names) {
    const detail::os::locked hold(mutex_);
    if (generation_ != 0)
      return generation_ == detail::os::fork_generation() ? state::ready : state::inherited;
    const detail::library opened = detail::library::open(names);
    if (!opened) return state::absent;
    call.load(opened);
    if (!call) return state::incomplete;
    if ((error_ = call.start()) != 0) return state::failed;
    generation_ = detail::os::fork_generation();
    return state::ready;
  }
  std::uint32_t error() const noexcept { return error_; }
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
  std::uint32_t error_ = 0;
  unsigned generation_ = 0;  // of the process that initialised it
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
