// expect-g++: no match for ‘operator=’
// expect-clang++: no viable overloaded '='
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
void f(kaya::joules& e, kaya::watts p) { e = p; }
#else
void f(kaya::joules& e, kaya::watts p, kaya::seconds t) { e = p * t; }
#endif
