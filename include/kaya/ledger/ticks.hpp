// SPDX-License-Identifier: MIT
// The raw counter that stamps carry: the CPU's own where it has one, at about a third of the price of a clock
// of the operating system.
#pragma once

#include <cstdint>

#include <kaya/detail/os.hpp>

#if !defined(KAYA_PORTABLE) && defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define KAYA_COUNTER "TSC"
#include <cpuid.h>
#elif !defined(KAYA_PORTABLE) && defined(__GNUC__) && defined(__aarch64__)
#define KAYA_COUNTER "CNTVCT"
#endif

namespace kaya {
inline namespace v1 {
namespace ledger {

#ifdef KAYA_COUNTER
inline constexpr const char* cpu_counter_name = KAYA_COUNTER;
#undef KAYA_COUNTER
#else
inline constexpr const char* cpu_counter_name = nullptr;  // there is none
#endif

/// The CPU's counter; not ordered with the instructions around it.
inline std::int64_t cpu_counter() noexcept {
#if !defined(KAYA_PORTABLE) && defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#elif !defined(KAYA_PORTABLE) && defined(__GNUC__) && defined(__aarch64__)
  std::uint64_t value;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
  return static_cast<std::int64_t>(value);
#else
  return 0;
#endif
}

/// Whether the CPU says that its counter runs at one rate, in every state of power saving.
inline bool cpu_counter_is_invariant() noexcept {
#if !defined(KAYA_PORTABLE) && defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  unsigned a = 0, b = 0, c = 0, d = 0;  // Intel SDM vol. 2, CPUID 80000007H; AMD APM vol. 3, the same
  return __get_cpuid(0x80000007u, &a, &b, &c, &d) != 0 && (d >> 8 & 1) != 0;
#else
  return cpu_counter_name != nullptr;  // Arm ARM D11.1.2: the system counter has a fixed frequency
#endif
}

/// What a stamp carries: the CPU's counter, or the nanoseconds of the monotonic clock.
inline std::int64_t ticks(bool of_the_cpu) noexcept {
  return of_the_cpu ? cpu_counter() : detail::os::monotonic_ns();
}

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
