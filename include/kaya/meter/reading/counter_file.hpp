// SPDX-License-Identifier: MIT
// A cumulative count in a file of its own, as sysfs shows them: one decimal number, read again and again
// through a kept descriptor, that may turn unreadable, vanish and come back.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/detail/files.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// One such file. It is opened when it is first read, and opened again after it was lost.
class counter_file {
 public:
  counter_file(detail::file_system& files, std::string path)
      : files_(&files), path_(static_cast<std::string&&>(path)) {}
  counter_file(counter_file&& other) noexcept
      : files_(other.files_),
        path_(static_cast<std::string&&>(other.path_)),
        open_(other.open_),
        last_(other.last_),
        changed_ns_(other.changed_ns_),
        checked_ns_(other.checked_ns_),
        seen_(other.seen_),
        away_(other.away_),
        replaced_(other.replaced_) {
    other.open_ = -1;
  }
  counter_file(const counter_file&) = delete;
  counter_file& operator=(const counter_file&) = delete;
  counter_file& operator=(counter_file&&) = delete;
  ~counter_file() { close(); }

  const std::string& path() const noexcept { return path_; }

  /// The count now, or why there is none; 1 microsecond where all is well.
  measurement read(std::int64_t now_ns) noexcept {
    // A driver that goes makes its files fail. An ordinary file goes on to answer what it last held after it
    // was unlinked or replaced, so one that stands still is looked up by its name; one that was replaced
    // before, each time.
    if (replaced_ && open_ >= 0 && is_gone()) close();
    const measurement answer = read_once(now_ns);
    constexpr std::int64_t patience_ns = 50'000'000;
    if (answer.why || replaced_ || now_ns - changed_ns_ < patience_ns || now_ns - checked_ns_ < patience_ns)
      return answer;
    checked_ns_ = now_ns;
    if (!is_gone()) return answer;
    close();
    away_ = replaced_ = true;
    return read_once(now_ns);
  }

 private:
  void close() noexcept {
    if (open_ >= 0) files_->close(open_);
    open_ = -1;
  }

  bool is_gone() noexcept {
    const int same = files_->same_file(open_, path_.c_str());
    return same != 1 && same != -EACCES && same != -EPERM;  // those two say nothing about the file
  }

  measurement read_once(std::int64_t now_ns) noexcept {
    if (open_ < 0) open_ = files_->open(path_.c_str());
    if (open_ < 0) return failed(static_cast<int>(-open_));
    // Who writes an ordinary file may be met half way: ask once more before calling it nonsense.
    for (int attempt = 0; attempt < 3; ++attempt) {
      char text[64];
      const long size = files_->read(open_, text, sizeof text);
      if (size < 0) {
        close();
        return failed(static_cast<int>(-size));
      }
      if (const auto count = detail::parse_number<std::uint64_t>({text, static_cast<std::size_t>(size)}))
        return answered(*count, now_ns);
    }
    away_ = true;
    return {0, 0, missing::implausible};
  }

  measurement answered(std::uint64_t count, std::int64_t now_ns) noexcept {
    const bool recovered = away_ && seen_;
    if (!seen_ || count != last_) changed_ns_ = now_ns;
    last_ = count;
    seen_ = true;
    away_ = false;
    return {count, 0, {}, recovered};
  }

  measurement failed(int error) noexcept {
    away_ = true;
    missing why = missing::lost;
    if (error == EACCES || error == EPERM) why = missing::no_permission;
    else if (error == ENODATA || error == EOPNOTSUPP) why = missing::not_supported;
    else if (error == ENOENT && !seen_) why = missing::not_present;
    return {0, 0, why};
  }

  detail::file_system* files_;
  std::string path_;
  detail::file_system::descriptor open_ = -1;
  std::uint64_t last_ = 0;
  std::int64_t changed_ns_ = 0;  // first read with this count
  std::int64_t checked_ns_ = 0;  // last looked up by name
  bool seen_ = false;            // it has answered
  bool away_ = false;            // it has failed since
  bool replaced_ = false;        // its name has come to mean another file
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
