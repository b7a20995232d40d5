// expect-g++: no matching function for call to
// expect-clang++: no matching
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
kaya::microjoules u{1.5};
#else
kaya::microjoules u{2};
#endif
