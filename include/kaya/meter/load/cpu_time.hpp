// SPDX-License-Identifier: MIT
// How busy CPUs have been: CPU time of the machine, of a control group, of a process with its children.
// Sources: the kernel's proc(5) and Documentation/admin-guide/cgroup-v2.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/detail/os.hpp>
#include <kaya/meter/load/cgroup.hpp>
#include <kaya/meter/source.hpp>

#ifndef KAYA_PORTABLE
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace meter::load {

/// user + nice + system + irq + softirq of the first line of /proc/stat, in ticks. Time stolen by the
/// hypervisor was spent by others, guest time is within user; idle and iowait, which step back on some
/// kernels, are not needed.
inline std::optional<std::uint64_t> busy_ticks(std::string_view stat) {
  if (!stat.starts_with("cpu ") || stat.find('\n') == std::string_view::npos) return std::nullopt;
  stat = stat.substr(4, stat.find('\n') - 4);
  std::uint64_t sum = 0;
  int field = 0;
  for (; field < 7; ++field) {
    const std::size_t first = stat.find_first_not_of(' ');
    if (first == std::string_view::npos) break;  // old kernels have fewer
    stat.remove_prefix(first);
    const std::string_view word = stat.substr(0, stat.find(' '));
    const auto ticks = detail::parse_number<std::uint64_t>(word);
    if (!ticks || *ticks > (std::uint64_t{1} << 62)) return std::nullopt;
    if (field != 3 && field != 4) sum += *ticks;
    stat.remove_prefix(word.size());
  }
  return field >= 4 ? std::optional(sum) : std::nullopt;
}

/// CPU time of a process and of the children that it has waited for, with theirs, in ticks.
struct process_time {
  std::uint64_t own = 0, waited = 0;
};

/// utime + stime and cutime + cstime of /proc/PID/stat. The name before them may contain anything, blanks and
/// parentheses too.
inline std::optional<process_time> process_ticks(std::string_view stat) {
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(end + 1);
  process_time result;
  for (int field = 3; field <= 17; ++field) {  // as in proc(5): 3 is the state, 14 to 17 are the times
    const std::size_t first = stat.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(first);
    const std::string_view word = stat.substr(0, stat.find_first_of(" \n"));
    stat.remove_prefix(word.size());
    if (field < 14) continue;
    const auto ticks = detail::parse_number<std::int64_t>(word);  // times of children may be negative
    if (!ticks || *ticks > (std::int64_t{1} << 60)) return std::nullopt;
    (field < 16 ? result.own : result.waited) += *ticks > 0 ? static_cast<std::uint64_t>(*ticks) : 0;
  }
  return result;
}

inline std::uint64_t tick_ns() noexcept {
#ifndef KAYA_PORTABLE
  static const long per_second = ::sysconf(_SC_CLK_TCK);
  if (per_second > 0) return 1'000'000'000u / static_cast<std::uint64_t>(per_second);
#endif
  return 10'000'000;
}

/// A file with CPU time, kept open: /proc/stat, or a control group's.
class time_file {
 public:
  enum class format { stat, cgroup };

  time_file(detail::file_system& files, format how, std::string path) noexcept
      : files_(&files), how_(how), path_(std::move(path)) {}
  time_file(time_file&& other) noexcept
      : files_(other.files_),
        how_(other.how_),
        path_(std::move(other.path_)),
        open_(std::exchange(other.open_, -1)) {}
  time_file& operator=(time_file&&) = delete;
  ~time_file() {
    if (open_ >= 0) files_->close(open_);
  }

  /// CPU time spent so far, in nanoseconds; empty if it cannot be read now.
  std::optional<std::uint64_t> busy_ns() noexcept {
    if (open_ < 0) open_ = files_->open(path_.c_str());
    if (open_ < 0) return std::nullopt;
    char text[512];
    const long size = files_->read(open_, text, sizeof text);
    if (size < 0) {
      files_->close(open_);
      open_ = -1;
      return std::nullopt;
    }
    const std::string_view read(text, static_cast<std::size_t>(size));
    if (how_ == format::cgroup) return cpu_usage_ns(read);
    const auto ticks = busy_ticks(read);
    return ticks ? std::optional(*ticks * tick_ns()) : std::nullopt;
  }

 private:
  detail::file_system* files_;
  format how_;
  std::string path_;
  detail::file_system::descriptor open_ = -1;
};

}  // namespace meter::load
}  // namespace v1
}  // namespace kaya
