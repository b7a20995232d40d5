// SPDX-License-Identifier: MIT
// What kaya asks of the operating system besides files, a thread (worker.hpp) and forks (fork.hpp): the
// environment, clocks, a mutex. POSIX where there is one; KAYA_PORTABLE (or Windows) selects the standard
// library, which costs more to include.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <kaya/detail/atomics.hpp>

#if defined(_WIN32) && !defined(KAYA_PORTABLE)
#define KAYA_PORTABLE
#endif

#ifdef KAYA_PORTABLE
#include <chrono>
#include <ctime>
#include <mutex>
#include <thread>
#else
#include <pthread.h>
#include <time.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail::os {

/// The value of an environment variable, or nullptr. An empty value counts as unset.
inline const char* env(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

#ifdef KAYA_PORTABLE

inline std::int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
inline std::int64_t unix_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
/// Time since boot that includes suspend; here the monotonic clock, so that a suspend is never seen.
inline std::int64_t boottime_ns() noexcept { return monotonic_ns(); }
inline std::int64_t process_cpu_ns() noexcept {
  return static_cast<std::int64_t>(static_cast<double>(std::clock()) * (1e9 / CLOCKS_PER_SEC));
}

inline void pause(std::int64_t ns) noexcept { std::this_thread::sleep_for(std::chrono::nanoseconds(ns)); }

class mutex {
 public:
  void lock() noexcept { m_.lock(); }
  bool try_lock() noexcept { return m_.try_lock(); }
  void unlock() noexcept { m_.unlock(); }

 private:
  std::mutex m_;
};

#else

inline std::int64_t read_clock(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
inline timespec to_timespec(std::int64_t ns) noexcept {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}
inline std::int64_t monotonic_ns() noexcept { return read_clock(CLOCK_MONOTONIC); }
inline std::int64_t unix_ns() noexcept { return read_clock(CLOCK_REALTIME); }
/// Time since boot that includes suspend, where the system tells it.
inline std::int64_t boottime_ns() noexcept {
#ifdef CLOCK_BOOTTIME
  return read_clock(CLOCK_BOOTTIME);
#else
  return monotonic_ns();
#endif
}
inline std::int64_t thread_cpu_ns() noexcept { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
inline std::int64_t process_cpu_ns() noexcept { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

inline void pause(std::int64_t ns) noexcept {
  const timespec t = to_timespec(ns);
  nanosleep(&t, nullptr);
}

class mutex {
 public:
  mutex() noexcept = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex() { pthread_mutex_destroy(&m_); }
  void lock() noexcept { pthread_mutex_lock(&m_); }
  bool try_lock() noexcept { return pthread_mutex_trylock(&m_) == 0; }
  void unlock() noexcept { pthread_mutex_unlock(&m_); }

 private:
  pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
};

#endif

/// Leaves errno as it was: what surrounds a scope may yet want to look at it.
class kept_errno {
 public:
  kept_errno() noexcept = default;
  ~kept_errno() { errno = value_; }
  kept_errno(const kept_errno&) = delete;
  kept_errno& operator=(const kept_errno&) = delete;

 private:
  const int value_ = errno;
};

/// Holds a mutex for a block.
template <class Mutex>
class locked {
 public:
  explicit locked(Mutex& m) noexcept : m_(m) { m_.lock(); }
  ~locked() { m_.unlock(); }
  locked(const locked&) = delete;
  locked& operator=(const locked&) = delete;

 private:
  Mutex& m_;
};

/// A block that no signal handler on this thread may enter again: while one is open, what the handler does is
/// not accounted for.
class unentered {
 public:
  unentered() noexcept {
    ++open_;
    signal_fence();
  }
  ~unentered() {
    signal_fence();
    --open_;
  }
  unentered(const unentered&) = delete;
  unentered& operator=(const unentered&) = delete;

  static bool interrupted() noexcept { return open_ > 0; }

 private:
  inline static constinit thread_local int open_ = 0;
};

/// Holds a mutex for such a block. try_only: only if nobody else has it.
class critical : public unentered {
 public:
  explicit critical(mutex& m, bool try_only = false) noexcept : m_(m) {
    if (try_only) has_ = m.try_lock();
    else m.lock();
  }
  ~critical() {
    if (has_) m_.unlock();
  }

  explicit operator bool() const noexcept { return has_; }

 private:
  mutex& m_;
  bool has_ = true;
};

}  // namespace detail::os
}  // namespace v1
}  // namespace kaya
