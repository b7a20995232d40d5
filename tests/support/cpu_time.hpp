// SPDX-License-Identifier: MIT
// CPU time of the calling thread: what others do on the machine does not count.
#pragma once

#include <time.h>

namespace kaya_test {

inline double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

}  // namespace kaya_test
