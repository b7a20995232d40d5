// expect-g++: no match for ‘operator<’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
using unsigned_microjoules = kaya::quantity<kaya::dim::energy, unsigned long, std::micro>;
bool f(kaya::microjoules a, unsigned_microjoules b) { return a < b; }
#else
using unsigned_microjoules = kaya::quantity<kaya::dim::energy, unsigned long, std::micro>;
bool f(kaya::microjoules a, unsigned_microjoules b) { return a < kaya::quantity_cast<kaya::microjoules>(b); }
#endif
