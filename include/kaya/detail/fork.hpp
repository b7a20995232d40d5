// SPDX-License-Identifier: MIT
// How a forked child is told from its parent, without a system call, and a mutex that it can use.
// KAYA_PORTABLE knows no fork.
#pragma once

#include <cstddef>
#include <cstdint>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/os.hpp>

#include <new>

#ifndef KAYA_PORTABLE
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail::os {

#ifdef KAYA_PORTABLE

inline unsigned fork_generation() noexcept { return 1; }
inline std::uint64_t process_id() noexcept { return 0; }
inline void* pages_wiped_on_fork(std::size_t bytes) noexcept {
  unsigned char* const memory =
      static_cast<unsigned char*>(::operator new(bytes, std::align_val_t(64), std::nothrow));
  for (std::size_t i = 0; memory != nullptr && i < bytes; ++i) memory[i] = 0;
  return memory;
}

#else

inline std::uint64_t process_id() noexcept { return static_cast<std::uint64_t>(::getpid()); }

/// Memory of zero bytes, there from the start (no page faults later), for good. In a forked child it is zero
/// again, where the system can do that (Linux 4.14). nullptr if there is none.
inline void* pages_wiped_on_fork(std::size_t bytes) noexcept {
#ifdef MAP_POPULATE
  constexpr int populate = MAP_POPULATE;
#else
  constexpr int populate = 0;
#endif
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | populate, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
#ifdef MADV_WIPEONFORK
  madvise(memory, bytes, MADV_WIPEONFORK);
#endif
  return memory;
}

/// This process's number among the forks since kaya was loaded, from 1. In a child its word is zero again:
/// wiped by the kernel, whichever way the child was made, or by a handler of fork() where the kernel cannot.
class fork_word {
 public:
  static unsigned generation() noexcept {
    unsigned* word = load_acquire(here_);
    if (word == nullptr) word = make();
    if (const unsigned g = load_relaxed(*word); g != 0) return g;
    const unsigned fresh = add(last_, 1u);  // copied from the parent, so one more than its
    return replace(*word, 0u, fresh) ? fresh : load_relaxed(*word);
  }

 private:
  /// Without a lock, which a child that is forked meanwhile would wait for.
  static unsigned* make() noexcept {
    void* const page = pages_wiped_on_fork(sizeof(unsigned));
    unsigned* const fresh = page != nullptr ? static_cast<unsigned*>(page) : &fallback_;
    if (replace(here_, static_cast<unsigned*>(nullptr), fresh))
      pthread_atfork(nullptr, nullptr, [] { *load_acquire(here_) = 0; });
    else if (page != nullptr) munmap(page, sizeof(unsigned));
    return load_acquire(here_);
  }
  inline static constinit unsigned last_ = 0, fallback_ = 0;
  inline static constinit unsigned* here_ = nullptr;
};

/// Changes in every forked child, so that what belongs to the parent can be told apart without a system call.
inline unsigned fork_generation() noexcept { return fork_word::generation(); }

#endif

/// A mutex that is free in a forked child, whoever held it in the parent.
class forkable_mutex {
 public:
  void lock() noexcept { here().lock(); }
  void unlock() noexcept { m_.unlock(); }

 private:
  mutex& here() noexcept {
    const unsigned now = fork_generation();
    while (load_acquire(generation_) != now)
      if (const unsigned renewed = load_acquire(renewed_);
          renewed != now && replace(renewed_, renewed, now)) {
        ::new (static_cast<void*>(&m_)) mutex;
        store_release(generation_, now);
      }
    return m_;
  }

  mutex m_;
  unsigned generation_ = fork_generation(), renewed_ = generation_;
};

}  // namespace detail::os
}  // namespace v1
}  // namespace kaya
