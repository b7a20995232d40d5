// expect-g++: call to non-‘constexpr’ function ‘void kaya::v1::detail::refuse
// expect-clang++: non-constexpr function 'refuse' cannot be used in a constant expression
// SPDX-License-Identifier: MIT
#include <kaya/plan/embodied.hpp>

#ifndef KAYA_COMPILES
constexpr auto basis = kaya::grid::basis::market;
#else
constexpr auto basis = kaya::grid::basis::location;
#endif
inline constexpr kaya::plan::location_based intensity(kaya::grams_per_kilowatt_hour(30), basis);
