// SPDX-License-Identifier: MIT
// Writes a whole file so that whoever reads its path finds the old text or the new one, never a part: to a
// temporary file beside it, to the disk, then under its name.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <kaya/detail/os.hpp>

#ifndef KAYA_PORTABLE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

#ifdef KAYA_PORTABLE

inline int write_whole(const std::string& path, std::string_view text) noexcept {
  std::FILE* const f = std::fopen(path.c_str(), "wb");
  if (f == nullptr) return errno;
  const bool written = std::fwrite(text.data(), 1, text.size(), f) == text.size();
  const int error = written ? 0 : errno;
  return std::fclose(f) == 0 || error != 0 ? error : errno;
}
/// Where rename() does not replace a file.
inline int replace_file(const std::string& from, const std::string& to) noexcept {
  if (std::rename(from.c_str(), to.c_str()) == 0) return 0;
  std::remove(to.c_str());
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}
inline int obstacle_to(const std::string&) { return 0; }

#else

inline int write_whole(const std::string& path, std::string_view text) noexcept {
  const int f = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (f < 0) return errno;
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t n = ::write(f, text.data(), text.size());
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR) error = n == 0 ? ENOSPC : errno;
  }
  if (error == 0 && ::fsync(f) != 0 && errno != EINVAL) error = errno;  // EINVAL: a pipe or the like
  if (::close(f) != 0 && error == 0) error = errno;
  return error;
}
inline int replace_file(const std::string& from, const std::string& to) noexcept {
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}
/// What can be seen to stand against writing a file, which may be there or not, and others beside it, as
/// errno; 0: nothing.
inline int obstacle_to(const std::string& path) {
  struct stat there;
  if (::stat(path.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return EISDIR;
    if (::access(path.c_str(), W_OK) != 0) return errno;
  } else if (errno != ENOENT) {
    return errno;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

#endif

/// Gives 0, or the errno of what failed; then the file at the path is as it was. beside: makes the name of
/// the temporary file this writer's own.
inline int save_file(const std::string& path, std::string_view text, std::string_view beside) {
  const std::string temporary = path + "." + std::string(beside) + ".tmp";
  int error = write_whole(temporary, text);
  if (error == 0) error = replace_file(temporary, path);
  if (error != 0) std::remove(temporary.c_str());
  return error;
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
