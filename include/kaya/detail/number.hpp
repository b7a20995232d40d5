// SPDX-License-Identifier: MIT
// What doubles can be besides numbers, without <limits> (1 000 lines) and <cmath> (16 000).
#pragma once

namespace kaya {
inline namespace v1 {
namespace detail {

/// What is not known.
inline constexpr double not_a_number = __builtin_nan("");

constexpr bool is_finite(double x) noexcept { return x - x == 0; }

}  // namespace detail
}  // namespace v1
}  // namespace kaya
