// expect-g++: call to non-‘constexpr’ function ‘void kaya::v1::detail::refuse
// expect-clang++: non-constexpr function 'refuse' cannot be used in a constant expression
// SPDX-License-Identifier: MIT
#include <kaya/plan/training.hpp>

#ifndef KAYA_COMPILES
constexpr double utilisation = 80;
#else
constexpr double utilisation = 0.8;
#endif
inline constexpr auto cost = kaya::plan::estimate(
    {.duration = kaya::hours(1), .per_device = kaya::watts(300), .utilisation = utilisation});
