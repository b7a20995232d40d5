// SPDX-License-Identifier: MIT
// A small text file that is read again and again through a kept descriptor: a number with a sign, or a word.
// It may turn unreadable, vanish and come back. (Counts, which only go forward, are in counter_file.hpp.)
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/detail/files.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// One such file. It is opened when it is first read, and opened again after it was lost.
class value_file {
 public:
  value_file(detail::file_system& files, std::string path)
      : files_(&files), path_(static_cast<std::string&&>(path)) {}
  value_file(value_file&& other) noexcept
      : files_(other.files_),
        path_(static_cast<std::string&&>(other.path_)),
        open_(other.open_),
        checked_ns_(other.checked_ns_),
        seen_(other.seen_),
        why_(other.why_),
        size_(other.size_) {
    other.open_ = -1;
    for (std::size_t i = 0; i < size_; ++i) text_[i] = other.text_[i];
  }
  value_file(const value_file&) = delete;
  value_file& operator=(const value_file&) = delete;
  value_file& operator=(value_file&&) = delete;
  ~value_file() { close(); }

  const std::string& path() const noexcept { return path_; }

  /// What the file says now, without blanks around it, valid until the next call; empty if why() says why.
  std::string_view word(std::int64_t now_ns) noexcept {
    // An ordinary file answers what it last held after it was unlinked or replaced: look it up by its name.
    constexpr std::int64_t patience_ns = 50'000'000;
    if (open_ >= 0 && now_ns - checked_ns_ >= patience_ns) {
      checked_ns_ = now_ns;
      const int same = files_->same_file(open_, path_.c_str());
      if (same != 1 && same != -EACCES && same != -EPERM) close();  // those two say nothing about the file
    }
    size_ = 0;
    if (open_ < 0) open_ = files_->open(path_.c_str()), checked_ns_ = now_ns;
    if (open_ < 0) return failed(static_cast<int>(-open_));
    const long size = files_->read(open_, text_, sizeof text_);
    if (size < 0) {
      close();
      return failed(static_cast<int>(-size));
    }
    seen_ = true;
    why_.reset();
    size_ = static_cast<std::size_t>(size);
    return detail::trimmed({text_, size_});
  }

  /// The number in the file now, or nothing: why() then says why.
  std::optional<std::int64_t> number(std::int64_t now_ns) noexcept {
    const std::string_view text = word(now_ns);
    if (why_) return std::nullopt;
    const auto value = detail::parse_number<std::int64_t>(text);
    if (!value) why_ = missing::implausible;
    return value;
  }

  /// Why the last call gave nothing.
  std::optional<missing> why() const noexcept { return why_; }

 private:
  void close() noexcept {
    if (open_ >= 0) files_->close(open_);
    open_ = -1;
  }
  std::string_view failed(int error) noexcept {
    why_ = missing::lost;
    if (error == EACCES || error == EPERM) why_ = missing::no_permission;
    else if (error == ENODATA || error == EOPNOTSUPP) why_ = missing::not_supported;
    else if (error == ENOENT && !seen_) why_ = missing::not_present;
    return {};
  }

  detail::file_system* files_;
  std::string path_;
  detail::file_system::descriptor open_ = -1;
  std::int64_t checked_ns_ = 0;  // last looked up by name
  bool seen_ = false;            // it has answered
  std::optional<missing> why_{};
  std::size_t size_ = 0;
  char text_[64];
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
