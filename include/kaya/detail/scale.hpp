// SPDX-License-Identifier: MIT
/// Arithmetic of scales (std::ratio without its overflow errors) and of counts between scales.
#pragma once

#include <concepts>
#include <ratio>  // and with it std::int64_t
#include <type_traits>

/// At -O0 nothing else is inlined, and a training loop is debugged at -O0 too.
#if defined(__GNUC__)
#define KAYA_INLINE [[gnu::always_inline]]
#else
#define KAYA_INLINE
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

template <class T>
concept number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

using whole = std::remove_const_t<decltype(std::ratio<1>::num)>;  // std::intmax_t

template <class Rep>
constexpr Rep highest() {
  if constexpr (std::same_as<Rep, float>) return __FLT_MAX__;
  else if constexpr (std::same_as<Rep, double>) return __DBL_MAX__;
  else if constexpr (std::floating_point<Rep>) return __LDBL_MAX__;
  else if constexpr (std::is_unsigned_v<Rep>) return static_cast<Rep>(-1);
  else return static_cast<Rep>(static_cast<std::make_unsigned_t<Rep>>(-1) / 2);
}

/// Of positive numbers.
constexpr whole gcd(whole a, whole b) { return b == 0 ? a : gcd(b, a % b); }
constexpr bool product_fits(whole a, whole b) { return a <= highest<whole>() / b; }

/// A x B, reduced. Where it does not fit a std::ratio, `scale` is 1 and all is in `factor`.
template <class A, class B>
struct product {
  static constexpr whole g = gcd(A::num, B::den), h = gcd(B::num, A::den);
  static constexpr bool fits = product_fits(A::num / g, B::num / h) && product_fits(A::den / h, B::den / g);
  static constexpr whole num = fits ? A::num / g * (B::num / h) : 1,
                         den = fits ? A::den / h * (B::den / g) : 1;
  using scale = std::ratio<num, den>;
  template <class F>
  static constexpr F factor = fits ? F(num) / F(den) : F(A::num) / F(A::den) * (F(B::num) / F(B::den));
  template <class F>
  static constexpr F divisor = fits ? F(den) / F(num) : F(A::den) / F(A::num) * (F(B::den) / F(B::num));
};

template <class S>
using inverse = std::ratio<S::den, S::num>;
template <class From, class To>
using conversion = product<From, inverse<To>>;

/// The scale of a sum: the finer one if it divides the other, else the greatest that divides both for
/// integers and the base unit for floating numbers.
template <class A, class B, bool Floating>
struct sum_scale {
  using ratio = conversion<A, B>;
  static constexpr bool b = ratio::fits && ratio::den == 1, a = ratio::fits && ratio::num == 1;
  static constexpr bool fits = a || b || Floating || product_fits(A::den / gcd(A::den, B::den), B::den);
  static constexpr whole num = b ? B::num : a ? A::num : Floating ? 1 : gcd(A::num, B::num);
  static constexpr whole den = b                   ? B::den
                               : a                 ? A::den
                               : Floating || !fits ? 1
                                                   : A::den / gcd(A::den, B::den) * B::den;
  using type = std::ratio<num, den>;
};

/// x times the ratio P. Floating: one operation, with a factor above 1, so that there and back is mostly the
/// identity. Integers: by quotient and remainder, so that only a result out of range overflows.
template <class To, class P, class From>
KAYA_INLINE constexpr To times(From x) {
  if constexpr (P::fits && P::num == P::den) {
    return static_cast<To>(x);
  } else if constexpr (P::fits && std::integral<To> && std::integral<From>) {
    using C = std::common_type_t<To, From, whole>;
    constexpr C n = P::num, d = P::den;
    const C c = static_cast<C>(x);
    return static_cast<To>(d == 1 ? c * n : c / d * n + c % d * n / d);
  } else {
    constexpr bool narrow = std::same_as<To, From> && std::floating_point<To>;
    using F = std::conditional_t<narrow, To, std::common_type_t<To, From, double>>;
    if constexpr (P::template factor<F> >= 1)
      return static_cast<To>(static_cast<F>(x) * P::template factor<F>);
    else return static_cast<To>(static_cast<F>(x) / P::template divisor<F>);
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace kaya
