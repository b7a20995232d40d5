// SPDX-License-Identifier: MIT
/// Which quantities and durations convert, add and multiply, and to what.
#pragma once

#include <kaya/dimension.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// Quantities and durations seen alike; other types have no members here.
template <class T>
struct measure {};
template <class D, class R, class S>
struct measure<quantity<D, R, S>> {
  using dimension = D;
  using rep = R;
  using scale = S;
};
template <any_duration T>
struct measure<T> {
  using dimension = dim::time;
  using rep = typename T::rep;
  using scale = typename T::period;
};
template <class T>
using dimension_of = typename measure<T>::dimension;
template <class T>
using rep_of = typename measure<T>::rep;
template <class T>
using scale_of = typename measure<T>::scale;
template <class From, class To>
using conversion_of = conversion<scale_of<From>, scale_of<To>>;

template <class T>
concept measured = requires {
  typename measure<T>::dimension;
};
template <class T, class U>
concept like = std::same_as<dimension_of<T>, dimension_of<U>>;
template <class T, class U>
concept unlike = !std::same_as<T, U>;
template <class T>
concept counts_whole = std::integral<rep_of<T>>;
template <class T>
concept whole_quantity = any_quantity<T> && counts_whole<T>;
template <class T, class Rep>
concept count_for = (std::floating_point<Rep> || std::integral<T>)&&number<T>;
template <class T, class Rep>
concept modulus_for = std::integral<Rep> && std::integral<T> && number<T>;

/// Among integers: braces reject what may not fit, and signed from unsigned.
template <class From, class To>
concept widens_to = requires(From x) {
  To{x};
};
template <class From, class To>
concept exactly_to = std::integral<rep_of<From>> && widens_to<rep_of<From>, rep_of<To>> &&
                     conversion_of<From, To>::fits && conversion_of<From, To>::den == 1;
template <class From, class To>
concept lossless_to = like<From, To> &&(std::floating_point<rep_of<To>> || exactly_to<From, To>);
template <class From, class To>
concept convertible_into = !std::same_as<From, To> && lossless_to<From, To>;
template <class To, class From>
concept duration_out_of = any_duration<To> && like<From, To> && std::floating_point<rep_of<To>>;

/// What A + B is counted in.
template <measured A, like<A> B>
struct sum {
  using rep = std::common_type_t<rep_of<A>, rep_of<B>>;
  using scale = sum_scale<scale_of<A>, scale_of<B>, std::floating_point<rep>>;
  using type = quantity<dimension_of<A>, rep, typename scale::type>;
  static constexpr bool lossless = scale::fits && lossless_to<A, type> && lossless_to<B, type>;
};
template <class S>
concept lossless = S::lossless;

/// Rep of a product: as of the numbers, but signed if either is.
template <class A, class B, class C = std::common_type_t<A, B>,
          bool Sign = std::is_unsigned_v<C> && (std::is_signed_v<A> || std::is_signed_v<B>)>
struct product_rep : std::make_signed<C> {};
template <class A, class B, class C>
struct product_rep<A, B, C, false> : std::type_identity<C> {};
template <class A, class B>
using product_rep_t = typename product_rep<A, B>::type;

template <class A, class N>
using scaled =
    quantity<dimension_of<A>, product_rep_t<rep_of<A>, N>, std::ratio<scale_of<A>::num, scale_of<A>::den>>;

template <any_duration T>
using time_of = quantity<dim::time, rep_of<T>, scale_of<T>>;

/// A times (Sign 1) or over (Sign -1) B.
template <any_quantity A, any_quantity B, int Sign>
struct combination {
  using D = dimension_of<A>;
  using E = dimension_of<B>;
  using dimension = v1::dimension<D::energy + Sign * E::energy, D::time + Sign * E::time,
                                  D::carbon + Sign * E::carbon, D::water + Sign * E::water>;
  using rep = product_rep_t<rep_of<A>, rep_of<B>>;
  using ratio = product<scale_of<A>, std::conditional_t<Sign == 1, scale_of<B>, inverse<scale_of<B>>>>;
  static constexpr bool plain = std::same_as<dimension, dim::none>;
  static constexpr bool exact = ratio::fits && !plain;  // the count is that of `type`
  static constexpr bool folded = !exact && (ratio::fits || std::floating_point<rep>);
  using type = quantity<dimension, rep, typename ratio::scale>;

  KAYA_INLINE static constexpr auto fold(rep x) {
    using number = std::conditional_t<std::floating_point<rep> || ratio::den == 1, rep, double>;
    if constexpr (plain) return times<number, ratio>(x);
    else return type(times<rep, ratio>(x));
  }
};
template <class C>
concept exact = C::exact;
template <class C>
concept folded = C::folded;
template <class A, class B>
using product_of = combination<A, B, 1>;
template <class A, class B>
using quotient_of = combination<A, B, -1>;

}  // namespace detail

}  // namespace v1
}  // namespace kaya
