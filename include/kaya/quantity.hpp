// SPDX-License-Identifier: MIT
/// kaya::quantity: a number with a dimension and a scale, as std::chrono::duration is a number with a period.
/// The names to use it by (joules, watts, grams_co2e, 5_kWh) are in units.hpp.
///
/// Zero overhead is meant also at -O0, where a debugged training loop runs and nothing is inlined by itself:
/// operators are forced inline, take references and build their result in place, each on the bare count.
#pragma once

#include <compare>

#include <kaya/detail/measure.hpp>

namespace kaya {
inline namespace v1 {

namespace detail {

/// The operators, as hidden friends of a base: declared once, not once a quantity type.
struct operators {
  // Of one type. <, >, <= and >= would follow from <=>, but slowly at -O0, and not as well at -O2 (g++ 12).
  template <any_quantity Q>
  KAYA_INLINE friend constexpr Q operator+(const Q& a, const Q& b) {
    Q r;
    r.count_ = static_cast<typename Q::rep>(a.count_ + b.count_);
    return r;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr Q operator-(const Q& a, const Q& b) {
    Q r;
    r.count_ = static_cast<typename Q::rep>(a.count_ - b.count_);
    return r;
  }
  template <whole_quantity Q>
  KAYA_INLINE friend constexpr Q operator%(const Q& a, const Q& b) {
    return Q(a.count_ % b.count_);
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr auto operator<=>(const Q& a, const Q& b) {
    return a.count_ <=> b.count_;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr bool operator==(const Q& a, const Q& b) {
    return a.count_ == b.count_;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr bool operator<(const Q& a, const Q& b) {
    return a.count_ < b.count_;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr bool operator>(const Q& a, const Q& b) {
    return a.count_ > b.count_;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr bool operator<=(const Q& a, const Q& b) {
    return a.count_ <= b.count_;
  }
  template <any_quantity Q>
  KAYA_INLINE friend constexpr bool operator>=(const Q& a, const Q& b) {
    return a.count_ >= b.count_;
  }

  // Of one dimension (durations are times): in the type to which both convert without loss.
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr auto operator+(const A& a, const B& b) {
    return typename S::type(a) + typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr auto operator-(const A& a, const B& b) {
    return typename S::type(a) - typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr auto operator<=>(const A& a, const B& b) {
    return typename S::type(a) <=> typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr bool operator==(const A& a, const B& b) {
    return typename S::type(a) == typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr bool operator<(const A& a, const B& b) {
    return typename S::type(a) < typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr bool operator>(const A& a, const B& b) {
    return typename S::type(a) > typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr bool operator<=(const A& a, const B& b) {
    return typename S::type(a) <= typename S::type(b);
  }
  template <class A, unlike<A> B, lossless S = sum<A, B>>
  KAYA_INLINE friend constexpr bool operator>=(const A& a, const B& b) {
    return typename S::type(a) >= typename S::type(b);
  }

  // By a number.
  template <any_quantity A, number N, class Q = scaled<A, N>, class R = typename Q::rep>
  KAYA_INLINE friend constexpr Q operator*(const A& a, const N n) {
    Q r;
    r.count_ = static_cast<R>(static_cast<R>(a.count_) * static_cast<R>(n));
    return r;
  }
  template <any_quantity A, number N, class Q = scaled<A, N>, class R = typename Q::rep>
  KAYA_INLINE friend constexpr Q operator*(const N n, const A& a) {
    Q r;
    r.count_ = static_cast<R>(static_cast<R>(n) * static_cast<R>(a.count_));
    return r;
  }
  template <any_quantity A, number N, class Q = scaled<A, N>, class R = typename Q::rep>
  KAYA_INLINE friend constexpr Q operator/(const A& a, const N n) {
    Q r;
    r.count_ = static_cast<R>(static_cast<R>(a.count_) / static_cast<R>(n));
    return r;
  }
  template <any_quantity A, number N>
  KAYA_INLINE friend constexpr auto operator/(const N n, const A& a) {
    return quantity<dim::none, N>(n) / a;
  }
  template <any_quantity A, modulus_for<rep_of<A>> N, class Q = scaled<A, N>, class R = typename Q::rep>
  KAYA_INLINE friend constexpr Q operator%(const A& a, const N n) {
    return Q(static_cast<R>(a.count_) % static_cast<R>(n));
  }

  // By a quantity: the dimensions add up, and what is left of the scales is folded in where it must be.
  template <any_quantity A, any_quantity B, exact C = product_of<A, B>, class R = typename C::rep>
  KAYA_INLINE friend constexpr typename C::type operator*(const A& a, const B& b) {
    typename C::type r;
    r.count_ = static_cast<R>(static_cast<R>(a.count_) * static_cast<R>(b.count_));
    return r;
  }
  template <any_quantity A, any_quantity B, exact C = quotient_of<A, B>, class R = typename C::rep>
  KAYA_INLINE friend constexpr typename C::type operator/(const A& a, const B& b) {
    typename C::type r;
    r.count_ = static_cast<R>(static_cast<R>(a.count_) / static_cast<R>(b.count_));
    return r;
  }
  template <any_quantity A, any_quantity B, folded C = product_of<A, B>, class R = typename C::rep>
  KAYA_INLINE friend constexpr auto operator*(const A& a, const B& b) {
    return C::fold(static_cast<R>(static_cast<R>(a.count_) * static_cast<R>(b.count_)));
  }
  template <any_quantity A, any_quantity B, folded C = quotient_of<A, B>, class R = typename C::rep>
  KAYA_INLINE friend constexpr auto operator/(const A& a, const B& b) {
    if constexpr (std::integral<R>) {  // a ratio of integers truncates as a whole
      constexpr R n = static_cast<R>(C::ratio::num), d = static_cast<R>(C::ratio::den);
      return static_cast<R>(static_cast<R>(a.count_) * n / (static_cast<R>(b.count_) * d));
    } else {
      return C::fold(static_cast<R>(static_cast<R>(a.count_) / static_cast<R>(b.count_)));
    }
  }

  // By a duration: as the quantity of time that it is.
  template <any_quantity A, any_duration T>
  KAYA_INLINE friend constexpr auto operator*(const A& a, const T& t) {
    return a * time_of<T>(t);
  }
  template <any_quantity A, any_duration T>
  KAYA_INLINE friend constexpr auto operator*(const T& t, const A& a) {
    return a * time_of<T>(t);
  }
  template <any_quantity A, any_duration T>
  KAYA_INLINE friend constexpr auto operator/(const A& a, const T& t) {
    return a / time_of<T>(t);
  }
  template <any_quantity A, any_duration T>
  KAYA_INLINE friend constexpr auto operator/(const T& t, const A& a) {
    return time_of<T>(t) / a;
  }
};

}  // namespace detail

/// A number (Rep, arithmetic) of units, each Scale base units of Dimension.
///
/// Explicit from a number. Implicit from another scale or representation if Rep is floating or, of integers,
/// if that is exact; else quantity_cast or round. Quantities of one dimension add and compare, any two
/// multiply and divide. Integers overflow and truncate as integers do.
template <class Dimension, class Rep, class Scale>
class quantity : public detail::operators {
 public:
  using dimension = Dimension;
  using rep = Rep;
  using scale = typename Scale::type;

  Rep count_;  ///< public only so that a quantity can be a template argument

  constexpr quantity() = default;  ///< as of a number: zero if written {}, else not initialised
  template <detail::count_for<Rep> N>
  KAYA_INLINE explicit constexpr quantity(const N n) : count_(static_cast<Rep>(n)) {}
  template <detail::convertible_into<quantity> T>
  KAYA_INLINE constexpr quantity(const T& x)
      : count_(detail::times<Rep, detail::conversion_of<T, quantity>>(x.count())) {}

  /// A time is also a std::chrono::duration of any floating representation.
  template <detail::duration_out_of<quantity> T>
  KAYA_INLINE constexpr operator T() const {
    return T(detail::times<typename T::rep, detail::conversion_of<quantity, T>>(count_));
  }

  KAYA_INLINE constexpr Rep count() const { return count_; }

  static constexpr quantity zero() { return quantity(Rep{0}); }
  static constexpr quantity max() { return quantity(detail::highest<Rep>()); }
  static constexpr quantity min() {  ///< the lowest: negative, or zero if Rep is unsigned
    if constexpr (std::floating_point<Rep>) return -max();
    else return quantity(~detail::highest<Rep>());
  }

  KAYA_INLINE constexpr quantity operator+() const { return *this; }
  KAYA_INLINE constexpr quantity operator-() const { return quantity(-count_); }
  KAYA_INLINE constexpr quantity& operator++() { return ++count_, *this; }
  KAYA_INLINE constexpr quantity& operator--() { return --count_, *this; }
  KAYA_INLINE constexpr quantity operator++(int) { return quantity(count_++); }
  KAYA_INLINE constexpr quantity operator--(int) { return quantity(count_--); }
  KAYA_INLINE constexpr quantity& operator+=(const quantity& b) {
    count_ = static_cast<Rep>(count_ + b.count_);
    return *this;
  }
  KAYA_INLINE constexpr quantity& operator-=(const quantity& b) {
    count_ = static_cast<Rep>(count_ - b.count_);
    return *this;
  }
  template <detail::count_for<Rep> N>
  KAYA_INLINE constexpr quantity& operator*=(N n) {
    return *this = quantity((*this * n).count_);
  }
  template <detail::count_for<Rep> N>
  KAYA_INLINE constexpr quantity& operator/=(N n) {
    return *this = quantity((*this / n).count_);
  }
  KAYA_INLINE constexpr quantity& operator%=(quantity b) requires std::integral<Rep> {
    return *this = *this % b;
  }
  template <detail::modulus_for<Rep> N>
  KAYA_INLINE constexpr quantity& operator%=(N n) {
    return *this = quantity((*this % n).count_);
  }
};

/// x (a quantity or a duration) as To (either), truncated towards zero where To counts integers. The result
/// must be within the range of To.
template <class To, detail::like<To> Q>
KAYA_INLINE constexpr To quantity_cast(Q x) {
  return To(detail::times<typename To::rep, detail::conversion_of<Q, To>>(x.count()));
}

/// x to the nearest To, whose representation is an integer; halves to the even one. The result must be within
/// the range of To.
template <detail::counts_whole To, detail::like<To> Q>
constexpr To round(Q x) {
  using P = detail::conversion_of<Q, To>;
  using R = typename To::rep;
  if constexpr (std::integral<typename Q::rep> && P::fits) {
    using C = std::common_type_t<R, typename Q::rep, detail::whole>;
    constexpr C d = P::den;
    const C c = static_cast<C>(x.count()), part = c % d * P::num;  // c * num / den without the overflow
    const C whole = c / d * P::num + part / d, rest = part % d;
    const C away = rest < 0 ? -rest : rest;
    const bool up = away > d - away || (away == d - away && whole % 2 != 0);
    return To(static_cast<R>(!up ? whole : rest < 0 ? whole - 1 : whole + 1));
  } else {
    using F = std::common_type_t<typename Q::rep, double>;
    const F f = detail::times<F, P>(x.count());
    const R whole = static_cast<R>(f);
    const F rest = f - static_cast<F>(whole), away = rest < 0 ? -rest : rest;
    const bool up = away > F(0.5) || (away == F(0.5) && whole % 2 != 0);
    return To(static_cast<R>(!up ? whole : rest < 0 ? whole - 1 : whole + 1));
  }
}

}  // namespace v1
}  // namespace kaya

// clang-format off
/// The type to which both convert without loss, as for std::chrono::duration.
template <class D, class R, class S, class T, class U>
  requires kaya::detail::sum<kaya::quantity<D, R, S>, kaya::quantity<D, T, U>>::lossless
struct std::common_type<kaya::quantity<D, R, S>, kaya::quantity<D, T, U>>
    : kaya::detail::sum<kaya::quantity<D, R, S>, kaya::quantity<D, T, U>> {};
