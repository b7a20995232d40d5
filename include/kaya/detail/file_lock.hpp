// SPDX-License-Identifier: MIT
// An advisory lock on a file: whoever else asks for it is told that it is taken, until its holder lets go or
// dies. A forked child does not keep it, however long it outlives its parent, nor does what it starts.
#pragma once

#include <cerrno>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/os.hpp>

#if defined(__linux__) && !defined(KAYA_PORTABLE)
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

/// Up to 64 in a process at a time. Linux only: elsewhere error() is always ENOSYS.
class file_lock {
 public:
  file_lock() noexcept = default;
  file_lock(file_lock&& other) noexcept { *this = static_cast<file_lock&&>(other); }
  file_lock& operator=(file_lock&& other) noexcept {
    release();
    file_ = other.file_, error_ = other.error_, generation_ = other.generation_;
    other.file_ = -1;
    return *this;
  }
  ~file_lock() { release(); }
  /// This object holds it; in a forked child: no.
  explicit operator bool() const noexcept { return error_ == 0 && descriptor() >= 0; }
  /// Somebody else holds it: another process, or another object of this one.
  bool busy() const noexcept { return error_ == EWOULDBLOCK; }
  /// Why this object does not hold it, as errno; 0: it does, or never asked.
  int error() const noexcept { return error_; }
  /// The open file, there also while somebody else holds the lock; -1: none. It is closed with this object.
  int descriptor() const noexcept { return generation_ == os::fork_generation() ? file_ : -1; }

#if !defined(__linux__) || defined(KAYA_PORTABLE)
  static file_lock open(const char*) noexcept { return file_lock(ENOSYS); }
  int hold(int) noexcept { return error_ = ENOSYS; }
  void release() noexcept {}

 private:
  explicit file_lock(int error) noexcept : error_(error) {}
#else
  /// Locks the file at a path, made with mode 0600 if it is not there, and open for reading and writing.
  /// Never waits, and follows no link at the path's end.
  static file_lock open(const char* path) noexcept {
    file_lock l;
    struct stat mine, named;
    for (int again = 0; again < 100; ++again) {
      l = file_lock();
      const unsigned done = load_acquire(forks_done_), begun = load_acquire(forks_begun_);
      l.enter(::open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
      // A fork while it was open, but not in the table, has left the child with it: anew.
      const bool unseen = done == begun && begun == load_acquire(forks_begun_);
      if (!unseen && again < 50 && l.error_ == 0) os::pause(100'000);
      else if (l.lock(); !l) break;
      // Its last holder may have removed it since it was opened.
      else if (::fstat(l.file_, &mine) == 0 && ::lstat(path, &named) == 0 && mine.st_ino == named.st_ino &&
               mine.st_dev == named.st_dev)
        break;
    }
    return l;
  }
  /// Locks an open file, which is this object's from now on: 0. Else the errno of why not; then it is the
  /// caller's still. A child that was forked since it was opened has it, too, and would keep the lock.
  int hold(int file) noexcept {
    release();
    enter(file);
    if (lock(); error_ != 0) forget();
    return error_;
  }
  /// Lets go, and closes the file.
  void release() noexcept {
    const int file = descriptor();          // in a child it is closed, and its number another file's by now
    if (file >= 0) ::flock(file, LOCK_UN);  // a child that is forked before it is closed may have a copy
    forget();
    if (file >= 0) ::close(file);
  }

 private:
  void enter(int file) noexcept {
    error_ = file < 0 ? errno : EMFILE;
    file_ = file, generation_ = os::fork_generation();
    static constinit int watched = 0;
    if (replace(watched, 0, 1))
      pthread_atfork([] { add(forks_begun_, 1u); }, [] { add(forks_done_, 1u); }, &file_lock::close_all);
    for (int& free : open_)
      if (error_ == EMFILE && replace(free, 0, file + 1)) error_ = 0;
  }
  void lock() noexcept {
    if (error_ == 0 && ::flock(file_, LOCK_EX | LOCK_NB) != 0) error_ = errno;
  }
  void forget() noexcept {
    for (int& known : open_)
      if (descriptor() >= 0) replace(known, file_ + 1, 0);
    file_ = -1;
  }
  static void close_all() noexcept {  // in a forked child, where this is the only thread
    for (int& known : open_)
      if (const int file = exchange(known, 0); file != 0) ::close(file - 1);
    store_release(forks_done_, load_acquire(forks_begun_));
  }
  inline static constinit int open_[64] = {};  // descriptors + 1; 0: none
  inline static constinit unsigned forks_begun_ = 0, forks_done_ = 0;
#endif
  int file_ = -1, error_ = 0;
  unsigned generation_ = os::fork_generation();
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
