// expect: no matching function for call to
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
auto f(kaya::joules e) { return kaya::quantity_cast<kaya::watts>(e); }
#else
auto f(kaya::joules e) { return kaya::quantity_cast<kaya::kilowatt_hours>(e); }
#endif
