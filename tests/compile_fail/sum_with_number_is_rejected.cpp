// expect-g++: no match for ‘operator+’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
auto f(kaya::joules e) { return e + 1; }
#else
auto f(kaya::joules e) { return e + kaya::joules{1}; }
#endif
