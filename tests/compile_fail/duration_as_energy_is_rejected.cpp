// expect-g++: no match for ‘operator+’
// expect-clang++: invalid operands to binary expression
// SPDX-License-Identifier: MIT
#include <chrono>
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
auto f(kaya::joules e) { return e + std::chrono::seconds(1); }
#else
auto f(kaya::joules e) { return e + kaya::watts(1) * std::chrono::seconds(1); }
#endif
