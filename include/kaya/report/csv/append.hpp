// SPDX-License-Identifier: MIT
// Adds one line to a table in a file that other processes add to, too: whole or not at all.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <kaya/detail/os.hpp>

#ifdef KAYA_PORTABLE
#include <filesystem>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Whether the line is in the file; else why not, and whether another file may take it.
struct appended {
  bool done = false;
  bool elsewhere = false;  // the file is not one that can be added to: left as it is
  std::string why{};
};

/// What is wrong with a table, from its first bytes and its last: empty if nothing is.
inline std::string_view fault_of_table(std::string_view begin, char last, std::string_view header) noexcept {
  if (last != '\n') return "ends within a line";
  if (!begin.starts_with(header)) return "has other columns";
  begin.remove_prefix(header.size());
  return begin.starts_with("\n") || begin.starts_with("\r\n") ? "" : "has other columns";
}

#ifdef KAYA_PORTABLE

/// Without a lock: the standard library has none.
inline appended append_line(const std::string& path, std::string_view header, std::string_view line) {
  std::string text;
  std::uintmax_t size = 0;
  if (std::FILE* const old = std::fopen(path.c_str(), "rb")) {
    std::string begin(header.size() + 2, '\0');
    begin.resize(std::fread(begin.data(), 1, begin.size(), old));
    char last = '\n';
    if (!begin.empty() && std::fseek(old, -1, SEEK_END) == 0) {
      if (std::fread(&last, 1, 1, old) != 1) last = '\0';
      size = static_cast<std::uintmax_t>(std::ftell(old));
    }
    std::fclose(old);
    if (!begin.empty())
      if (const std::string_view fault = fault_of_table(begin, last, header); !fault.empty())
        return {false, true, std::string(fault)};
  }
  if (size == 0) (text += header) += '\n';
  text += line;
  errno = 0;
  std::FILE* const file = std::fopen(path.c_str(), "ab");
  if (file == nullptr) return {false, false, std::strerror(errno)};
  std::setvbuf(file, nullptr, _IONBF, 0);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  if (std::fclose(file) == 0 && written) return {true, false, {}};
  std::error_code ignored;
  std::filesystem::resize_file(path, size, ignored);
  return {false, false, std::strerror(error != 0 ? error : EIO)};
}

#else

/// Closes with the object; the lock goes first, as a forked child may hold the descriptor, too.
class locked_file {
 public:
  explicit locked_file(int descriptor) noexcept : d_(descriptor) {}
  locked_file(const locked_file&) = delete;
  locked_file& operator=(const locked_file&) = delete;
  ~locked_file() {
    if (d_ < 0) return;
    ::flock(d_, LOCK_UN);
    ::close(d_);
  }
  /// Gives 0, or why it could not be locked: EWOULDBLOCK if others held it for so long. Not by waiting in the
  /// kernel: who holds the lock may have stopped for good.
  int lock(std::int64_t patience_ns) const noexcept {
    constexpr std::int64_t step_ns = 200'000;
    const std::int64_t until = kaya::detail::os::monotonic_ns() + patience_ns;
    while (::flock(d_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return errno;
      if (kaya::detail::os::monotonic_ns() > until) return EWOULDBLOCK;
      kaya::detail::os::pause(step_ns);
    }
    return 0;
  }

 private:
  int d_;
};

/// One write of all of it at the end of the file, or the file as it was. Gives 0 or an errno.
inline int write_at_end(int d, off_t size, std::string_view text) noexcept {
  rlimit most{};  // beyond it the kernel would send a signal that ends the program
  if (::getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY &&
      static_cast<rlim_t>(size) >= most.rlim_cur)
    return EFBIG;
  ssize_t n = 0;
  do n = ::write(d, text.data(), text.size());
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(text.size())) return 0;
  const int error = n < 0 ? errno : ENOSPC;
  return n > 0 && ::ftruncate(d, size) != 0 ? errno : error;
}

/// The file is locked meanwhile (flock), and made with its header if it is not there.
inline appended append_line(const std::string& path, std::string_view header, std::string_view line,
                            std::int64_t patience_ns = 10'000'000'000) {
  const auto failed = [](int error) { return appended{false, false, std::strerror(error)}; };
  std::string text;
  for (int attempt = 0; attempt < 100; ++attempt) {  // again if it was removed before it was locked
    constexpr int how = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int d = ::open(path.c_str(), how | O_EXCL, 0666);
    const bool is_made = d >= 0;
    if (!is_made && errno == EEXIST) d = ::open(path.c_str(), how, 0666);
    if (d < 0) return failed(errno);
    const locked_file file(d);
    struct stat opened {
    }, there{};
    if (::fstat(d, &opened) != 0) return failed(errno);
    if (!S_ISREG(opened.st_mode)) return {false, false, "not a regular file"};
    // Where files cannot be locked (some network file systems), only who made a file may add to it.
    if (const int error = file.lock(patience_ns); error == EWOULDBLOCK) return {false, true, "is locked"};
    else if (error != 0 && !is_made) return {false, true, "cannot be locked"};
    if (::fstat(d, &opened) != 0) return failed(errno);
    if (::stat(path.c_str(), &there) != 0 || there.st_ino != opened.st_ino || there.st_dev != opened.st_dev)
      continue;
    text.clear();
    if (opened.st_size == 0) {
      (text += header) += '\n';
    } else {
      std::string begin(header.size() + 2, '\0');
      char last = '\0';
      const ssize_t n = ::pread(d, begin.data(), begin.size(), 0);
      if (n < 0 || ::pread(d, &last, 1, opened.st_size - 1) != 1) return failed(n < 0 ? errno : EIO);
      begin.resize(static_cast<std::size_t>(n));
      if (const std::string_view fault = fault_of_table(begin, last, header); !fault.empty())
        return {false, true, std::string(fault)};
    }
    text += line;
    const int error = write_at_end(d, opened.st_size, text);
    if (error == 0) return {true, false, {}};
    if (is_made && opened.st_size == 0) ::unlink(path.c_str());  // nothing of it was there before
    return failed(error);
  }
  return failed(ENOENT);
}

#endif

/// "runs/emissions.csv" and 2: "runs/emissions-kaya-2.csv".
inline std::string beside(const std::string& path, int n) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  std::size_t dot = path.rfind('.');
  if (dot == std::string::npos || dot <= name) dot = path.size();
  return path.substr(0, dot) + "-kaya-" + std::to_string(n) + path.substr(dot);
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
