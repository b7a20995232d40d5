// SPDX-License-Identifier: MIT
// The system call perf_event_open, behind pointers, so that tests can stand in for a kernel.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <kaya/detail/os.hpp>

#ifndef KAYA_PORTABLE
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace meter {

/// The kernel's struct of that name in its first published size, which every kernel takes. What has no name
/// here stays 0. Source: linux/perf_event.h, PERF_ATTR_SIZE_VER0.
struct perf_event_attr {
  std::uint32_t type = 0, size = 64;
  std::uint64_t config = 0, sample_period = 0, sample_type = 0, read_format = 0, flags = 0;
  std::uint64_t wakeup = 0, breakpoint = 0;

  static constexpr std::uint64_t grouped = 8;  // PERF_FORMAT_GROUP: how many, then their counts
};
static_assert(sizeof(perf_event_attr) == 64);

/// Results below 0 are negated errno values.
struct perf_calls {
  /// Gives a descriptor that counts on one CPU, whatever runs there. group: the leader's descriptor, or -1.
  long (*open)(const perf_event_attr& attr, int cpu, int group) noexcept;
  long (*read)(long descriptor, void* buffer, std::size_t size) noexcept;
  void (*close)(long descriptor) noexcept;

  /// The kernel's, where there is one that has it.
  static perf_calls real() noexcept {
#if defined(KAYA_PORTABLE) || !defined(SYS_perf_event_open)
    return {[](const perf_event_attr&, int, int) noexcept -> long { return -ENOSYS; },
            [](long, void*, std::size_t) noexcept -> long { return -ENOSYS; }, [](long) noexcept {}};
#else
    return {[](const perf_event_attr& attr, int cpu, int group) noexcept -> long {
              constexpr unsigned long close_on_exec = 8;  // PERF_FLAG_FD_CLOEXEC
              const long d = ::syscall(SYS_perf_event_open, &attr, -1, cpu, group, close_on_exec);
              return d >= 0 ? d : -errno;
            },
            [](long d, void* buffer, std::size_t size) noexcept -> long {
              const ssize_t n = ::read(static_cast<int>(d), buffer, size);
              return n >= 0 ? n : -static_cast<long>(errno);
            },
            [](long d) noexcept { ::close(static_cast<int>(d)); }};
#endif
  }
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
