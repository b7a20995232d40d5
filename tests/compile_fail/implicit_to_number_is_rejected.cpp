// expect-g++: cannot convert
// expect-clang++: no viable conversion
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
double f(kaya::joules e) { return e; }
#else
double f(kaya::joules e) { return e.count(); }
#endif
