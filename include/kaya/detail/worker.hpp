// SPDX-License-Identifier: MIT
// One background thread that waits for deadlines.
#pragma once

#include <cerrno>
#include <cstdint>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/os.hpp>

#ifdef KAYA_PORTABLE
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#else
#include <pthread.h>
#include <time.h>
#if defined(__GLIBC__) && defined(__USE_GNU) && __GLIBC_PREREQ(2, 32)
#define KAYA_THREADS_HAVE_MASKS  // <signal.h> is not needed then
#else
#include <signal.h>
#endif
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace kaya {
inline namespace v1 {
namespace detail::os {

#ifdef KAYA_PORTABLE

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
  void detach() noexcept { thread_.detach(); }
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

#else

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
    const timespec t = to_timespec(deadline_ns);
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
      const timespec t = to_timespec(left);
      if (pthread_cond_timedwait_relative_np(&signal_, &m_, &t) != 0) break;
#else
      const timespec t = to_timespec(deadline_ns);
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
#ifdef KAYA_THREADS_HAVE_MASKS
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    __sigset_t all;
    for (auto& word : all.__val) word = ~0ul;
    if (pthread_attr_setsigmask_np(&attributes, &all) == 0) create(&attributes);
    pthread_attr_destroy(&attributes);
#else
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    create(nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
    return started_;
  }
  bool is_this_thread() const noexcept { return started_ && pthread_equal(thread_, pthread_self()) != 0; }
  /// CPU time that the thread used so far, or in all.
  std::int64_t cpu_ns() const noexcept {
    const std::int64_t all = load_acquire(spent_);
    if (all != 0 || !started_) return all;
    const clockid_t mine = load_acquire(cpu_clock_);
    return mine == CLOCK_MONOTONIC ? 0 : read_clock(mine);  // it has not begun yet
  }
  /// Waits for its end; once, after start() gave true.
  void join() noexcept { pthread_join(thread_, nullptr); }
  /// In place of join(): this must live until the thread has ended.
  void detach() noexcept { pthread_detach(thread_); }
  void wake() noexcept { bell_.ring(); }
  void wait_until(std::int64_t deadline_ns) noexcept { bell_.wait_until(deadline_ns); }

 private:
  void create(const pthread_attr_t* attributes) noexcept {
    m_.lock();  // until what is_this_thread() looks at is there
    started_ = pthread_create(&thread_, attributes, &worker::run, this) == 0;
    m_.unlock();
  }
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

#endif

}  // namespace detail::os
}  // namespace v1
}  // namespace kaya

#undef KAYA_THREADS_HAVE_MASKS
