// SPDX-License-Identifier: MIT
// A file that is appended to: locked against a second writer, never left with half a record.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <kaya/detail/file_lock.hpp>

#ifndef KAYA_PORTABLE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace ledger::journal {

/// The system calls that reach the disk, for tests to fail.
struct disk {
  virtual ~disk() = default;
#ifdef KAYA_PORTABLE
  virtual long write(int, const char*, std::size_t) noexcept { return -1; }
  virtual int sync(int) noexcept { return -1; }
#else
  virtual long write(int file, const char* bytes, std::size_t n) noexcept { return ::write(file, bytes, n); }
#ifdef __APPLE__
  virtual int sync(int file) noexcept { return ::fsync(file); }
#else
  virtual int sync(int file) noexcept { return ::fdatasync(file); }
#endif
#endif
  static disk& real() noexcept {
    static disk d;
    return d;
  }
};

/// The whole of a file, or its first bytes; or the errno of why not.
inline int read_file(const std::string& path, std::string& bytes, std::size_t most = std::size_t(-1)) {
  std::FILE* const f = std::fopen(path.c_str(), "rb");
  if (f == nullptr) return errno;
  char buffer[1 << 14];
  bytes.clear();
  while (bytes.size() < most) {
    const std::size_t n = std::fread(buffer, 1, sizeof buffer, f);
    if (n == 0) break;
    bytes.append(buffer, n);
  }
  if (bytes.size() > most) bytes.resize(most);
  const int error = std::ferror(f) != 0 ? EIO : 0;
  std::fclose(f);
  return error;
}

#ifdef KAYA_PORTABLE

/// Where files can be neither locked nor cut: none can be opened.
class file {
 public:
  explicit file(disk&) noexcept {}
  int open(const std::string&) { return ENOSYS; }
  bool is_open() const noexcept { return false; }
  std::int64_t size() const noexcept { return 0; }
  void close() noexcept {}
  bool is_removed() const noexcept { return false; }
  int rename(const std::string&) noexcept { return ENOSYS; }
  int cut(std::int64_t) noexcept { return ENOSYS; }
  int append(std::string_view) noexcept { return ENOSYS; }
};

#else

class file {
 public:
  explicit file(disk& d = disk::real()) noexcept : disk_(d) {}
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() { close(); }

  /// EWOULDBLOCK: another tracker writes it. Else 0, or the errno of what failed.
  int open(const std::string& path) {
    close();
    kaya::detail::file_lock lock = kaya::detail::file_lock::open(path.c_str());
    if (!lock) return lock.error() != 0 ? lock.error() : EBADF;
    const int f = lock.descriptor();
    struct stat s {};
    if (::fstat(f, &s) != 0 || ::fcntl(f, F_SETFL, O_APPEND) != 0) return errno;
    if (!S_ISREG(s.st_mode)) return EINVAL;
    lock_ = static_cast<kaya::detail::file_lock&&>(lock);
    path_ = path;
    file_ = f;
    size_ = s.st_size;
    torn_ = false;
    return 0;
  }
  bool is_open() const noexcept { return file_ >= 0; }
  std::int64_t size() const noexcept { return size_; }
  void close() noexcept {
    lock_ = {};
    file_ = -1;
  }
  /// Nobody will find it any more under its name, or somebody else changed it.
  bool is_removed() const noexcept {
    struct stat mine {
    }, named{};
    if (::fstat(file_, &mine) != 0) return false;
    return ::stat(path_.c_str(), &named) != 0 || mine.st_ino != named.st_ino || mine.st_dev != named.st_dev ||
           (mine.st_size != size_ && !torn_);
  }
  /// Gives the file another name, which none has: EEXIST.
  int rename(const std::string& to) noexcept {
    struct stat taken {};
    if (::link(path_.c_str(), to.c_str()) == 0) return ::unlink(path_.c_str()) == 0 ? 0 : errno;
    if (errno == EEXIST || ::lstat(to.c_str(), &taken) == 0) return EEXIST;
    return ::rename(path_.c_str(), to.c_str()) == 0 ? 0 : errno;  // where there are no links
  }
  int cut(std::int64_t size) noexcept {
    if (::ftruncate(file_, size) != 0) return errno;
    size_ = size;
    return 0;
  }
  /// All of it, to the disk, or the errno of what failed: then the file is as before, unless that cannot be
  /// done either, and a reader finds a torn tail.
  int append(std::string_view bytes) noexcept {
    const std::int64_t before = size_;
    int error = torn_ ? cut(before) : 0;
    torn_ = error != 0;
    while (!bytes.empty() && error == 0) {
      const long n = disk_.write(file_, bytes.data(), bytes.size());
      if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
      else if (n == 0 || errno != EINTR) error = n == 0 ? ENOSPC : errno;
      if (n > 0) size_ += n;
    }
    if (error == 0 && disk_.sync(file_) != 0 && errno != EINVAL && errno != EROFS) error = errno;
    if (error != 0 && size_ != before && cut(before) != 0) size_ = before, torn_ = true;
    return error;
  }

 private:
  disk& disk_;
  kaya::detail::file_lock lock_{};
  std::string path_{};
  int file_ = -1;
  std::int64_t size_ = 0;
  bool torn_ = false;
};

#endif

}  // namespace ledger::journal
}  // namespace v1
}  // namespace kaya
