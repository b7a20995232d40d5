// expect-g++: no match for ‘operator<’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
bool f(kaya::grams_co2e a, kaya::joules b) { return a < b; }
#else
bool f(kaya::grams_co2e a, kaya::tonnes_co2e b) { return a < b; }
#endif
