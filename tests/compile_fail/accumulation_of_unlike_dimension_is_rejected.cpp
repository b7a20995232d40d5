// expect-g++: no match for ‘operator+=’
// expect-clang++: no viable overloaded '+='
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
void f(kaya::joules& e, kaya::kilowatts more) { e += more; }
#else
void f(kaya::joules& e, kaya::kilowatt_hours more) { e += more; }
#endif
