// expect-g++: no match for ‘operator+’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
auto f(kaya::watts p, kaya::joules e) { return p + e; }
#else
auto f(kaya::watts p, kaya::seconds t, kaya::joules e) { return p * t + e; }
#endif
