// expect-g++: no match for ‘operator%’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
auto f(kaya::joules a, kaya::joules b) { return a % b; }
#else
auto f(kaya::microjoules a, kaya::microjoules b) { return a % b; }
#endif
