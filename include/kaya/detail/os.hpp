// SPDX-License-Identifier: MIT
// What kaya asks of the operating system besides files: clocks, one mutex, one thread, the environment and
// the fork generation. POSIX where there is one; KAYA_PORTABLE (or Windows) selects the standard library,
// which costs more to include and has no fork.
#pragma once

#include <cstdint>
#include <cstdlib>

#if defined(_WIN32) && !defined(KAYA_PORTABLE)
#define KAYA_PORTABLE
#endif

#ifdef KAYA_PORTABLE
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <system_error>
#include <thread>
#else
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
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
inline std::int64_t thread_cpu_ns() noexcept { return 0; }
inline std::int64_t process_cpu_ns() noexcept {
  return static_cast<std::int64_t>(static_cast<double>(std::clock()) * (1e9 / CLOCKS_PER_SEC));
}

inline void pause_ms(int ms) noexcept { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

class mutex {
 public:
  void lock() noexcept { m_.lock(); }
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
  void join() noexcept { thread_.join(); }
  void abandon() noexcept {}
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

inline unsigned fork_generation() noexcept { return 0; }
inline std::uint64_t process_id() noexcept { return 0; }

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
  void unlock() noexcept { pthread_mutex_unlock(&m_); }

 private:
  friend class worker;
  pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
};

/// One background thread that waits for deadlines and can be woken early. All signals are blocked in it, so
/// that the program's handlers run where they always ran.
class worker {
 public:
  worker() noexcept {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&signal_, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() {
    if (!abandoned_) pthread_cond_destroy(&signal_);
  }

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
  /// Waits for its end; once, after start() gave true.
  void join() noexcept { pthread_join(thread_, nullptr); }
  /// Forgets a thread that does not exist in a forked child; nothing waits for it.
  void abandon() noexcept { abandoned_ = true; }
  void wake() noexcept {
    m_.lock();
    woken_ = true;
    pthread_cond_broadcast(&signal_);
    m_.unlock();
  }
  void wait_until(std::int64_t deadline_ns) noexcept {
    m_.lock();
    while (!woken_) {
#ifdef __APPLE__
      const std::int64_t left = deadline_ns - monotonic_ns();
      if (left <= 0) break;
      const timespec t{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
      if (pthread_cond_timedwait_relative_np(&signal_, &m_.m_, &t) != 0) break;
#else
      const timespec t{static_cast<time_t>(deadline_ns / 1'000'000'000),
                       static_cast<long>(deadline_ns % 1'000'000'000)};
      if (pthread_cond_timedwait(&signal_, &m_.m_, &t) != 0) break;
#endif
    }
    woken_ = false;
    m_.unlock();
  }

 private:
  static void* run(void* self) {
    worker* w = static_cast<worker*>(self);
    w->m_.lock();
    w->m_.unlock();
    w->body_(w->argument_);
    return nullptr;
  }

  pthread_t thread_{};
  mutex m_;
  pthread_cond_t signal_{};
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool started_ = false;
  bool abandoned_ = false;
  bool woken_ = false;
};

// The one piece of global mutable state: how many forks lie between this process and the one that loaded
// kaya.
inline unsigned fork_count = 0;

/// Changes in every forked child, so that what belongs to the parent can be told apart without a system call.
inline unsigned fork_generation() noexcept {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  static_cast<void>(registered);
  return fork_count;
}

#endif

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

}  // namespace detail::os
}  // namespace v1
}  // namespace kaya
