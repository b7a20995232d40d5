// SPDX-License-Identifier: MIT
/// The unit symbols that text.hpp writes and reads, by dimension.
#pragma once

#include <kaya/units.hpp>

#include <string_view>

namespace kaya {
inline namespace v1 {
namespace detail {

struct symbol {
  std::string_view text;
  whole num, den;      // of the base unit of the dimension
  bool human = false;  // used by humanize
};

inline constexpr whole kilo = 1000, mega = 1000 * kilo, giga = 1000 * mega, tera = 1000 * giga;

// Each in ascending order of what humanize uses; to_string takes the first of its scale.
template <class Dimension>
struct symbols {
  static constexpr symbol list[] = {{"", 1, 1, true}};
};
template <>
struct symbols<dim::energy> {
  static constexpr symbol list[] = {
      {"nJ", 1, giga, true},
      {"uJ", 1, mega, true},
      {"mJ", 1, kilo, true},
      {"J", 1, 1, true},
      {"kJ", kilo, 1, true},
      {"Wh", 3600, 1, true},
      {"kWh", 3600 * kilo, 1, true},
      {"MWh", 3600 * mega, 1, true},
      {"GWh", 3600 * giga, 1, true},
      {"TWh", 3600 * tera, 1, true},
      {"mWh", 36, 10},
      {"MJ", mega, 1},
      {"GJ", giga, 1},
      {"TJ", tera, 1},
  };
};
template <>
struct symbols<dim::power> {
  static constexpr symbol list[] = {{"nW", 1, giga, true}, {"uW", 1, mega, true}, {"mW", 1, kilo, true},
                                    {"W", 1, 1, true},     {"kW", kilo, 1, true}, {"MW", mega, 1, true},
                                    {"GW", giga, 1, true}};
};
template <>
struct symbols<dim::time> {
  static constexpr symbol list[] = {{"ns", 1, giga, true}, {"us", 1, mega, true}, {"ms", 1, kilo, true},
                                    {"s", 1, 1, true},     {"min", 60, 1, true},  {"h", 3600, 1, true},
                                    {"d", 86400, 1}};
};
template <>
struct symbols<dim::carbon> {
  static constexpr symbol list[] = {
      {"ngCO2e", 1, giga, true}, {"ugCO2e", 1, mega, true}, {"mgCO2e", 1, kilo, true},
      {"gCO2e", 1, 1, true},     {"kgCO2e", kilo, 1, true}, {"tCO2e", mega, 1, true},
      {"ktCO2e", giga, 1, true}, {"MtCO2e", tera, 1, true}, {"lbCO2e", 45359237, 100000},
  };
};
template <>
struct symbols<dim::carbon_intensity> {
  static constexpr symbol list[] = {{"gCO2e/kWh", 1, 3600 * kilo, true},
                                    {"kgCO2e/MWh", 1, 3600 * kilo},
                                    {"mgCO2e/kWh", 1, 3600 * mega},
                                    {"kgCO2e/kWh", 1, 3600},
                                    {"tCO2e/MWh", 1, 3600},
                                    {"gCO2e/J", 1, 1},
                                    {"lbCO2e/MWh", 45359237, 360 * tera}};
};
template <>
struct symbols<dim::water> {
  static constexpr symbol list[] = {{"nL", 1, giga, true},
                                    {"uL", 1, mega, true},
                                    {"mL", 1, kilo, true},
                                    {"L", 1, 1, true},
                                    {"m3", kilo, 1, true}};
};
template <>
struct symbols<dim::water_intensity> {
  static constexpr symbol list[] = {
      {"L/kWh", 1, 3600 * kilo, true}, {"m3/MWh", 1, 3600 * kilo}, {"L/J", 1, 1}};
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
