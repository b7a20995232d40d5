// expect-g++: call to non-‘constexpr’ function ‘void kaya::v1::detail::refuse
// expect-clang++: non-constexpr function 'refuse' cannot be used in a constant expression
// SPDX-License-Identifier: MIT
#include <kaya/grid/mix.hpp>

#ifndef KAYA_COMPILES
constexpr double rest = 0.3;
#else
constexpr double rest = 0.4;
#endif
inline constexpr kaya::grid::mix site{{kaya::grid::generation::hydro, 0.6},
                                      {kaya::grid::generation::wind_onshore, rest}};
