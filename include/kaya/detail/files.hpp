// SPDX-License-Identifier: MIT
// Files as kaya reads them: small text files that the kernel makes up at each read, read at offset 0 through
// a kept descriptor. Behind one interface, so that tests can inject an errno that root would never be given.
#pragma once

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/os.hpp>

#ifdef KAYA_PORTABLE
#include <cstdio>
#include <filesystem>
#else
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

/// The real file system; override single calls to inject faults. Errors are returned as negated errno values.
class file_system {
 public:
  using descriptor = std::intptr_t;  // negative: none, or -errno

  file_system() = default;
  file_system(const file_system&) = delete;
  file_system& operator=(const file_system&) = delete;
  virtual ~file_system() = default;

#ifdef KAYA_PORTABLE
  virtual descriptor open(const char* path) noexcept {
    errno = 0;
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) return errno != 0 ? -errno : -ENOENT;
    std::setvbuf(file, nullptr, _IONBF, 0);
    return reinterpret_cast<descriptor>(file);
  }
  virtual void close(descriptor d) noexcept { std::fclose(reinterpret_cast<std::FILE*>(d)); }
  virtual long read(descriptor d, char* buffer, std::size_t size) noexcept {
    std::FILE* file = reinterpret_cast<std::FILE*>(d);
    std::rewind(file);
    const std::size_t n = std::fread(buffer, 1, size, file);
    return std::ferror(file) != 0 ? -EIO : static_cast<long>(n);
  }
  /// As read(), from further on: what follows in a file that one read does not give whole.
  virtual long read_at(descriptor d, char* buffer, std::size_t size, std::size_t offset) noexcept {
    std::FILE* file = reinterpret_cast<std::FILE*>(d);
    if (std::fseek(file, static_cast<long>(offset), SEEK_SET) != 0) return -EIO;
    const std::size_t n = std::fread(buffer, 1, size, file);
    return std::ferror(file) != 0 ? -EIO : static_cast<long>(n);
  }
  /// Whether the descriptor still is the file at the path: 1 yes, 0 another or an unlinked one, -errno if
  /// unknown.
  virtual int same_file(descriptor, const char*) noexcept { return 1; }
  virtual int list(const char* path, std::vector<std::string>& names) {
    std::error_code error;
    for (auto at = std::filesystem::directory_iterator(path, error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error))
      names.push_back(at->path().filename().string());
    return error ? -ENOENT : 0;
  }
#else
  virtual descriptor open(const char* path) noexcept {
    const int d = ::open(path, O_RDONLY | O_CLOEXEC);
    return d >= 0 ? d : -errno;
  }
  virtual void close(descriptor d) noexcept { ::close(static_cast<int>(d)); }
  /// Up to size bytes from the start of the file.
  virtual long read(descriptor d, char* buffer, std::size_t size) noexcept {
    const ssize_t n = ::pread(static_cast<int>(d), buffer, size, 0);
    return n >= 0 ? static_cast<long>(n) : -static_cast<long>(errno);
  }
  /// As read(), from further on: what follows in a file that one read does not give whole.
  virtual long read_at(descriptor d, char* buffer, std::size_t size, std::size_t offset) noexcept {
    const ssize_t n = ::pread(static_cast<int>(d), buffer, size, static_cast<off_t>(offset));
    return n >= 0 ? static_cast<long>(n) : -static_cast<long>(errno);
  }
  /// Whether the descriptor still is the file at the path: 1 yes, 0 another or an unlinked one, -errno if
  /// unknown.
  virtual int same_file(descriptor d, const char* path) noexcept {
    struct stat open_file, named;
    if (::fstat(static_cast<int>(d), &open_file) != 0 || ::stat(path, &named) != 0) return -errno;
    return open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev ? 1 : 0;
  }
  /// Appends the names in a directory, in no order, without "." and "..". 0, or -errno.
  virtual int list(const char* path, std::vector<std::string>& names) {
    DIR* directory = ::opendir(path);
    if (directory == nullptr) return -errno;
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(directory);
    return 0;
  }
#endif

  static file_system& real() noexcept {
    // Never destroyed: a tracker with static storage may outlive every other static.
    static file_system* const instance = new file_system;
    return *instance;
  }
};

/// A whole small file as text, or why not.
struct file_text {
  int error = 0;  // errno, 0 when the text is there
  std::string text{};
  explicit operator bool() const noexcept { return error == 0; }
};

inline file_text read_text(file_system& files, const std::string& path,
                           std::size_t limit = std::size_t{1} << 20) {
  const file_system::descriptor d = files.open(path.c_str());
  if (d < 0) return {static_cast<int>(-d)};
  file_text result;
  std::size_t size = 4096;
  for (;;) {  // offset 0 only: double the buffer until the file fits
    result.text.resize(size);
    const long n = files.read(d, result.text.data(), size);
    if (n < 0) result.error = static_cast<int>(-n);
    if (n < static_cast<long>(size) || size >= limit) {
      result.text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
      break;
    }
    size *= 2;
  }
  files.close(d);
  return result;
}

/// A file of many records, as /proc/cpuinfo: a read of those gives about one page, however large the buffer.
inline file_text read_records(file_system& files, const std::string& path,
                              std::size_t limit = std::size_t{1} << 22) {
  const file_system::descriptor d = files.open(path.c_str());
  if (d < 0) return {static_cast<int>(-d)};
  file_text result;
  std::size_t end = 0;
  for (long n = 1; n > 0 && end<limit; end += n> 0 ? static_cast<std::size_t>(n) : 0) {
    result.text.resize(end + 16384);
    n = end == 0 ? files.read(d, result.text.data(), 16384)
                 : files.read_at(d, result.text.data() + end, 16384, end);
    if (n < 0 && end == 0) result.error = static_cast<int>(-n);
  }
  result.text.resize(end);
  files.close(d);
  return result;
}

inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank(" \t\r\n\v\f\0", 7);
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}
inline std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// A whole decimal number, blanks around it allowed; nothing else (no sign for unsigned, no hexadecimal, no
/// overflow).
template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
  text = trimmed(text);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
