// expect-g++: no matching function for call to ‘scope(const char*&)’
// expect-clang++: no matching function for call to 'scope'
// SPDX-License-Identifier: MIT
#include <kaya/label.hpp>
#include <kaya/scope.hpp>

void f(const char* name) {
#ifndef KAYA_COMPILES
  auto scope = kaya::scope(name);
#else
  auto scope = kaya::scope(kaya::label(name));
#endif
}
