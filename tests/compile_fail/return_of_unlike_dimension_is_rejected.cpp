// expect-g++: could not convert
// expect-clang++: no viable conversion
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
kaya::watts f(kaya::joules e) { return e; }
#else
kaya::watts f(kaya::joules e, kaya::seconds t) { return e / t; }
#endif
