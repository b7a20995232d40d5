// SPDX-License-Identifier: MIT
// That one process of several does a thing, and the others know which: a small locked file, which a process
// that dies lets go of.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <kaya/detail/file_lock.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/os.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Held until it is destroyed; whoever reserves it in the same process meanwhile holds it, too. The file is
/// in XDG_RUNTIME_DIR, or in /tmp where that cannot be used, and gone with its last holder, if that lives to
/// remove it. One of another user's, a link or anything but a plain file is not touched.
class reservation {
 public:
  /// what: what is reserved, any text, the same in all that are to agree. me: what others call this process;
  /// empty: by its number.
  reservation(std::string_view what, std::string_view me) {
    const os::locked<os::forkable_mutex> hold(mutex());
    std::uint64_t h = 14695981039346656037u;  // FNV-1a
    for (const char c : what) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    for (const char* directory : {os::env("XDG_RUNTIME_DIR"), "/tmp"})
      if (directory != nullptr && !settled_) try_in(directory, std::to_string(h), me);
  }
  reservation(reservation&& other) noexcept
      : file_(other.file_),
        settled_(other.settled_),
        holder_(static_cast<std::string&&>(other.holder_)),
        problem_(static_cast<std::string&&>(other.problem_)) {
    other.file_ = nullptr;
  }
  reservation& operator=(const reservation&) = delete;
  ~reservation() {
    if (file_ == nullptr || !file_->lock) return;  // of a forked child's parent
    const os::locked<os::forkable_mutex> hold(mutex());
    if (--file_->users > 0) return;
    for (held** at = &first_; *at != nullptr; at = &(*at)->next)
      if (*at == file_) {
        *at = file_->next;
        break;
      }
    std::remove(file_->path.c_str());
    delete file_;
  }

  /// This process holds it.
  explicit operator bool() const noexcept { return file_ != nullptr; }
  /// Who holds it in its place; empty: nobody, or that cannot be told.
  const std::string& holder() const noexcept { return holder_; }
  /// Why it can be neither had nor asked for; empty: it can.
  const std::string& problem() const noexcept { return problem_; }

 private:
  struct held {
    file_lock lock;
    std::string path;
    held* next;
    unsigned users = 1;
  };

  void try_in(const std::string& directory, const std::string& name, std::string_view me) {
    const std::string path = directory + "/kaya-" + user() + "-" + name + ".lock";
    for (held* h = first_; h != nullptr; h = h->next)
      if (h->lock && h->path == path) {
        ++h->users;
        file_ = h;
        settled_ = true;
        return;
      }
    file_lock lock = file_lock::open(path.c_str());
    if (lock.descriptor() < 0 || (!lock && !lock.busy())) problem_ = path + why(lock.error());
    else if (!is_own(lock.descriptor())) problem_ = path + " is not a file of this user's alone";
    else settled_ = true, problem_.clear();
    if (!settled_) return;
    if (lock.busy()) {
      holder_ = read(lock.descriptor());
      return;
    }
    write(lock.descriptor(), me.empty() ? "process " + std::to_string(os::process_id()) : std::string(me));
    file_ = first_ = new held{static_cast<file_lock&&>(lock), path, first_};
  }

  static std::string why(int error) {
    if (error == ENOSYS) return " cannot be locked: this system cannot, or kaya was built for none";
    if (error == EACCES || error == EPERM) return " cannot be opened: no permission";
    if (error == ENOENT || error == ENOTDIR) return " cannot be made: there is no such directory";
    if (error == ELOOP) return " is a link";
    return " cannot be locked: errno " + std::to_string(error);
  }

#if !defined(__linux__) || defined(KAYA_PORTABLE)
  static std::string user() { return {}; }
  static bool is_own(int) noexcept { return false; }
  static void write(int, const std::string&) noexcept {}
  static std::string read(int) { return {}; }
#else
  static std::string user() { return std::to_string(::geteuid()); }
  static bool is_own(int file) noexcept {
    struct stat s;
    return ::fstat(file, &s) == 0 && S_ISREG(s.st_mode) && s.st_uid == ::geteuid() && s.st_nlink <= 1;
  }
  /// What nobody can read costs others no more than the name of who holds it.
  static void write(int file, const std::string& who) noexcept {
    if (::ftruncate(file, 0) == 0 && ::pwrite(file, who.data(), who.size(), 0) < 0) errno = 0;
  }
  static std::string read(int file) {
    char text[64];
    ssize_t n = 0;
    for (int again = 0; n <= 0 && again < 5; ++again) {
      if (again > 0) os::pause(1'000'000);  // it is locked first, then written
      n = ::pread(file, text, sizeof text, 0);
    }
    for (ssize_t i = 0; i < n; ++i)
      if (text[i] < ' ') text[i] = ' ';
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "another process";
  }
#endif

  /// Never destroyed: a tracker with static storage may outlive every other static.
  static os::forkable_mutex& mutex() noexcept {
    static os::forkable_mutex* const instance = new os::forkable_mutex;
    return *instance;
  }

  inline static held* first_ = nullptr;
  held* file_ = nullptr;
  bool settled_ = false;
  std::string holder_{}, problem_{};
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
