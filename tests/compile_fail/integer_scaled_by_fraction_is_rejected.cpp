// expect-g++: no match for ‘operator*=’
// expect-clang++: no viable overloaded '*='
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
void f(kaya::microjoules& e) { e *= 1.5; }
#else
void f(kaya::joules& e) { e *= 1.5; }
#endif
