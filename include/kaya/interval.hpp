// SPDX-License-Identifier: MIT
// A value and how far from it the truth may be.
#pragma once

namespace kaya {
inline namespace v1 {

/// A value and the range around it. In a report the range holds the truth in 95 % of cases; in a plan it is
/// what follows from the ranges that the user gave for the inputs.
template <class Q>
struct interval {
  Q value{}, low{}, high{};
};

}  // namespace v1
}  // namespace kaya
