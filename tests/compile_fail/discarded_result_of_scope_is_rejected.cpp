// expect: nodiscard
// SPDX-License-Identifier: MIT
#include <kaya/scope.hpp>
#pragma GCC diagnostic error "-Wunused-result"

void f() {
#ifndef KAYA_COMPILES
  kaya::scope("forward");
#else
  auto scope = kaya::scope("forward");
#endif
}
