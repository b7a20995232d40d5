// SPDX-License-Identifier: MIT
// Quantities that stand in one column, in one unit: 0.833 Wh below 1.28 Wh, not 3.00 kJ.
#pragma once

#include <charconv>
#include <optional>
#include <string>

#include <kaya/report/figures.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

/// The unit that people use for the largest of some quantities.
template <class Q>
class column_unit {
 public:
  void see(const std::optional<Q>& q) {
    if (q) see(*q);
  }
  void see(Q q) {
    const Q size = q < Q(0) ? -q : q;
    if (report::detail::is_known(size.count()) && size > most_) most_ = size;
  }
  /// With 3 significant digits. Zero and what is far smaller have the unit that suits them.
  std::string text(Q q) const {
    const std::string alone = humanize(q), largest = humanize(most_);
    const std::string unit = largest.substr(largest.find(' ') + 1);
    const std::optional<Q> one = parse<Q>("1 " + unit);
    const Q size = q < Q(0) ? -q : q;
    if (!one || !(size > Q(0)) || !(size >= *one * 0.001) || !report::detail::is_known(q.count()))
      return alone;
    return (q < Q(0) ? "-" : "") + kaya::detail::three_digits(size / *one).text + " " + unit;
  }
  std::string text(const std::optional<Q>& q) const { return q ? text(*q) : "-"; }
  std::string signed_text(Q q) const { return (q > Q(0) ? "+" : "") + text(q); }

 private:
  Q most_{};
};

/// The same for plain numbers.
struct plain_number {
  static std::string text(double x) { return report::detail::figure_text(x); }
  static std::string signed_text(double x) { return (x > 0 ? "+" : "") + text(x); }
};

/// "-7.3 % to +8.1 %": a range around its value, which is above 0; 2 significant digits.
template <class Q>
std::string relative_range(const interval<Q>& i) {
  const auto part = [](double share) {
    char digits[400];
    const double p = share * 100;
    const auto end = p < 10 ? std::to_chars(digits, digits + sizeof digits, p, std::chars_format::general, 2)
                            : std::to_chars(digits, digits + sizeof digits, p, std::chars_format::fixed, 0);
    return std::string(digits, end.ptr) + " %";
  };
  return "-" + part((i.value - i.low) / i.value) + " to +" + part((i.high - i.value) / i.value);
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
