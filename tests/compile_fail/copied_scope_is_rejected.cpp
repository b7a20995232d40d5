// expect-g++: use of deleted function
// expect-clang++: call to deleted constructor
// SPDX-License-Identifier: MIT
#include <kaya/scope.hpp>

void f() {
  auto scope = kaya::scope("forward");
#ifndef KAYA_COMPILES
  auto copy = scope;
#else
  auto& same = scope;
  static_cast<void>(same);
#endif
}
