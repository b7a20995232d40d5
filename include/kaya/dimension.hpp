// SPDX-License-Identifier: MIT
/// What quantities can be of: powers of energy, time, carbon and water.
#pragma once

#include <kaya/detail/scale.hpp>

namespace kaya {
inline namespace v1 {

/// Powers of the base dimensions. The set is closed: these are what a training run is accounted in.
template <int Energy, int Time, int Carbon, int Water>
struct dimension {
  static constexpr int energy = Energy, time = Time, carbon = Carbon, water = Water;
};

/// Dimensions by name, with the unit of scale 1.
namespace dim {
using none = dimension<0, 0, 0, 0>;               // a plain number
using energy = dimension<1, 0, 0, 0>;             // joule
using time = dimension<0, 1, 0, 0>;               // second
using carbon = dimension<0, 0, 1, 0>;             // gram of CO2-equivalent
using water = dimension<0, 0, 0, 1>;              // litre
using power = dimension<1, -1, 0, 0>;             // watt
using carbon_intensity = dimension<-1, 0, 1, 0>;  // gram of CO2-equivalent per joule
using water_intensity = dimension<-1, 0, 0, 1>;   // litre per joule
}  // namespace dim

template <class Dimension, class Rep = double, class Scale = std::ratio<1>>
class quantity;

namespace detail {
template <class T>
inline constexpr bool is_quantity = false;
template <class D, class R, class S>
inline constexpr bool is_quantity<quantity<D, R, S>> = true;
}  // namespace detail

/// Any kaya::quantity.
template <class T>
concept any_quantity = detail::is_quantity<T>;

/// Any type of the shape of std::chrono::duration. <chrono> itself is not needed, being 20 times these
/// headers.
template <class T>
concept any_duration = !any_quantity<T> && requires(const T& d) {
  requires detail::number<typename T::rep>;
  std::ratio<T::period::num, T::period::den>{};
  { d.count() } -> std::same_as<typename T::rep>;
  T(d.count());
};

}  // namespace v1
}  // namespace kaya
