// expect-g++: use of deleted function
// expect-clang++: deleted function
// SPDX-License-Identifier: MIT
#include <kaya/scope.hpp>

void f() {
#ifndef KAYA_COMPILES
  static_cast<void>(new kaya::scope_guard());
#else
  kaya::scope_guard inert;
#endif
}
