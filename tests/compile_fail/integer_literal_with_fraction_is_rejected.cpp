// expect-g++: unable to find numeric literal operator
// expect-clang++: no matching literal operator
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

using namespace kaya::literals;

#ifndef KAYA_COMPILES
auto u = 1.5_uJ;
#else
auto u = 5_uJ;
#endif
