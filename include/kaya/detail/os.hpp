// SPDX-License-Identifier: MIT
// What kaya asks of the operating system besides files: clocks, one mutex, one thread, the environment and
// the fork generation. POSIX where there is one; KAYA_PORTABLE (or Windows) selects the standard library,
// which costs more to include and has no fork.
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
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#else
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif
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

inline void pause_ms(int ms) noexcept { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

class mutex {
 public:
  void lock() noexcept { m_.lock(); }
  bool try_lock() noexcept { return m_.try_lock(); }
  void unlock() noexcept { m_.unlock(); }

 private:
  std::mutex m_;
};

/// One background thread that waits for deadlines and can be woken early.
class worker {
 public:
  worker() = default;
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  bool start(void (*body)(void*), void* argument) noexcept {
    const std::lock_guard<std::mutex> hold(m_);
    try {
      thread_ = std::thread([this, body, argument] {
        { const std::lock_guard<std::mutex> started(m_); }
        body(argument);
      });
    } catch (const std::system_error&) {
      return false;
    }
    id_ = thread_.get_id();
    return true;
  }
  bool is_this_thread() const noexcept { return id_ == std::this_thread::get_id(); }
  std::int64_t cpu_ns() const noexcept { return 0; }
  void join() noexcept { thread_.join(); }
  void wake() noexcept {
    const std::lock_guard<std::mutex> hold(m_);
    woken_ = true;
    signal_.notify_all();
  }
  void wait_until(std::int64_t deadline_ns) noexcept {
    std::unique_lock<std::mutex> hold(m_);
    signal_.wait_until(hold, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline_ns)),
                       [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::thread thread_;
  std::thread::id id_;
  std::mutex m_;
  std::condition_variable signal_;
  bool woken_ = false;
};

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

inline std::int64_t read_clock(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
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

inline void pause_ms(int ms) noexcept {
  const timespec t{ms / 1000, ms % 1000 * 1'000'000L};
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

/// A bell that one thread waits for, until a deadline, and others ring. A ring that nobody waits for is heard
/// by the next wait.
class bell {
 public:
  bell(const bell&) = delete;
  bell& operator=(const bell&) = delete;
#ifdef __linux__
  // One system call, where a condition variable makes two.
  bell() noexcept = default;
  void ring() noexcept {
    store_release(rung_, 1u);
    syscall(SYS_futex, &rung_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  void wait_until(std::int64_t deadline_ns) noexcept {
    const timespec t{static_cast<time_t>(deadline_ns / 1'000'000'000),
                     static_cast<long>(deadline_ns % 1'000'000'000)};
    while (exchange(rung_, 0u) == 0)
      if (syscall(SYS_futex, &rung_, FUTEX_WAIT_BITSET_PRIVATE, 0u, &t, nullptr, FUTEX_BITSET_MATCH_ANY) !=
              0 &&
          errno != EAGAIN && errno != EINTR)
        return;
  }

 private:
  unsigned rung_ = 0;
#else
  bell() noexcept {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&signal_, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  void ring() noexcept {
    pthread_mutex_lock(&m_);
    rung_ = true;
    pthread_cond_broadcast(&signal_);
    pthread_mutex_unlock(&m_);
  }
  void wait_until(std::int64_t deadline_ns) noexcept {
    pthread_mutex_lock(&m_);
    while (!rung_) {
#ifdef __APPLE__
      const std::int64_t left = deadline_ns - monotonic_ns();
      if (left <= 0) break;
      const timespec t{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
      if (pthread_cond_timedwait_relative_np(&signal_, &m_, &t) != 0) break;
#else
      const timespec t{static_cast<time_t>(deadline_ns / 1'000'000'000),
                       static_cast<long>(deadline_ns % 1'000'000'000)};
      if (pthread_cond_timedwait(&signal_, &m_, &t) != 0) break;
#endif
    }
    rung_ = false;
    pthread_mutex_unlock(&m_);
  }

 private:  // neither is destroyed: in a forked child their thread is still waiting
  pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t signal_;
  bool rung_ = false;
#endif
};

/// One background thread that waits for deadlines and can be woken early. All signals are blocked in it, so
/// that the program's handlers run where they always ran.
class worker {
 public:
  worker() noexcept = default;
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  bool start(void (*body)(void*), void* argument) noexcept {
    body_ = body;
    argument_ = argument;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m_.lock();  // until what is_this_thread() looks at is there
    started_ = pthread_create(&thread_, nullptr, &worker::run, this) == 0;
    m_.unlock();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started_;
  }
  bool is_this_thread() const noexcept { return started_ && pthread_equal(thread_, pthread_self()) != 0; }
  /// CPU time that the thread used so far, or in all.
  std::int64_t cpu_ns() const noexcept {
    const std::int64_t all = load_acquire(spent_);
    return all != 0 || !started_ ? all : read_clock(load_acquire(cpu_clock_));
  }
  /// Waits for its end; once, after start() gave true.
  void join() noexcept { pthread_join(thread_, nullptr); }
  void wake() noexcept { bell_.ring(); }
  void wait_until(std::int64_t deadline_ns) noexcept { bell_.wait_until(deadline_ns); }

 private:
  static void* run(void* self) {
    worker* w = static_cast<worker*>(self);
#ifndef __APPLE__
    clockid_t mine = CLOCK_THREAD_CPUTIME_ID;
    pthread_getcpuclockid(pthread_self(), &mine);
    store_release(w->cpu_clock_, mine);
#endif
    w->m_.lock();
    w->m_.unlock();
    w->body_(w->argument_);
    store_release(w->spent_, thread_cpu_ns());
    return nullptr;
  }

  pthread_t thread_{};
  mutex m_;
  bell bell_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  clockid_t cpu_clock_ = CLOCK_MONOTONIC;
  std::int64_t spent_ = 0;
  bool started_ = false;
};

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
    static fork_word word;
    if (const unsigned g = load_relaxed(*word.here_); g != 0) return g;
    const unsigned fresh = add(last_, 1u);  // copied from the parent, so one more than its
    return replace(*word.here_, 0u, fresh) ? fresh : load_relaxed(*word.here_);
  }

 private:
  fork_word() noexcept {
    if (void* const page = pages_wiped_on_fork(sizeof(unsigned)); page != nullptr)
      here_ = static_cast<unsigned*>(page);
    else here_ = &fallback_;
    wiped_ = here_;
    pthread_atfork(nullptr, nullptr, [] { *wiped_ = 0; });
  }
  inline static unsigned last_ = 0, fallback_ = 0;
  inline static unsigned* wiped_ = nullptr;
  unsigned* here_;
};

/// Changes in every forked child, so that what belongs to the parent can be told apart without a system call.
inline unsigned fork_generation() noexcept { return fork_word::generation(); }

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
class locked {
 public:
  explicit locked(mutex& m) noexcept : m_(m) { m_.lock(); }
  ~locked() { m_.unlock(); }
  locked(const locked&) = delete;
  locked& operator=(const locked&) = delete;

 private:
  mutex& m_;
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
