// SPDX-License-Identifier: MIT
/// The units of energy and carbon accounting, and their literals. They are to energy, power, carbon and water
/// what std::chrono's are to time, and cost no more than the double inside.
///
///     using namespace kaya::literals;
///     kaya::kilowatt_hours it = 300_W * 2h;                   // a std::chrono duration is a time
///     kaya::grams_co2e out = 1.2 * it * 424_gCO2e_per_kWh;    // PUE x energy x carbon intensity
///
/// To and from text, and std::hash: text.hpp.
#pragma once

#include <kaya/quantity.hpp>

namespace kaya {
inline namespace v1 {

using microjoules = quantity<dim::energy, std::int64_t, std::micro>;  // of the books: exact, to 2.56 GWh
using millijoules = quantity<dim::energy, double, std::milli>;
using joules = quantity<dim::energy>;
using kilojoules = quantity<dim::energy, double, std::kilo>;
using megajoules = quantity<dim::energy, double, std::mega>;
using watt_hours = quantity<dim::energy, double, std::ratio<3600>>;
using kilowatt_hours = quantity<dim::energy, double, std::ratio<3600000>>;
using megawatt_hours = quantity<dim::energy, double, std::ratio<3600000000>>;
using gigawatt_hours = quantity<dim::energy, double, std::ratio<3600000000000>>;

using milliwatts = quantity<dim::power, double, std::milli>;
using watts = quantity<dim::power>;
using kilowatts = quantity<dim::power, double, std::kilo>;
using megawatts = quantity<dim::power, double, std::mega>;

using milliseconds = quantity<dim::time, double, std::milli>;
using seconds = quantity<dim::time>;
using minutes = quantity<dim::time, double, std::ratio<60>>;
using hours = quantity<dim::time, double, std::ratio<3600>>;

using micrograms_co2e = quantity<dim::carbon, std::int64_t, std::micro>;
using milligrams_co2e = quantity<dim::carbon, double, std::milli>;
using grams_co2e = quantity<dim::carbon>;
using kilograms_co2e = quantity<dim::carbon, double, std::kilo>;
using tonnes_co2e = quantity<dim::carbon, double, std::mega>;
using pounds_co2e = quantity<dim::carbon, double, std::ratio<45359237, 100000>>;  // international pound, 1959

using grams_per_kilowatt_hour = quantity<dim::carbon_intensity, double, std::ratio<1, 3600000>>;
using kilograms_per_megawatt_hour = grams_per_kilowatt_hour;  // the same number
using pounds_per_megawatt_hour =
    quantity<dim::carbon_intensity, double, std::ratio<45359237, 360000000000000>>;

using litres = quantity<dim::water>;
using litres_per_kilowatt_hour = quantity<dim::water_intensity, double, std::ratio<1, 3600000>>;

// Passed in registers, as the number itself would be.
static_assert(std::is_trivially_copyable_v<joules> && sizeof(joules) == sizeof(double));
static_assert(std::is_trivially_copyable_v<microjoules> && sizeof(microjoules) == sizeof(std::int64_t));

namespace detail {
void literal_is_out_of_range();  // not constexpr: to call it is the error
}

/// 5_J, 1.5_kWh, -3_kgCO2e. Put a space before a + or - that follows a name in e: 1_gCO2e + 1_gCO2e.
namespace literals {

using ull = unsigned long long;
using ld = long double;

/// Whole numbers only, and only what fits 63 bits.
consteval microjoules operator""_uJ(ull n) {
  if (n > static_cast<ull>(microjoules::max().count())) detail::literal_is_out_of_range();
  return microjoules(n);
}
KAYA_INLINE constexpr millijoules operator""_mJ(ull n) { return millijoules(n); }
KAYA_INLINE constexpr millijoules operator""_mJ(ld n) { return millijoules(n); }
KAYA_INLINE constexpr joules operator""_J(ull n) { return joules(n); }
KAYA_INLINE constexpr joules operator""_J(ld n) { return joules(n); }
KAYA_INLINE constexpr kilojoules operator""_kJ(ull n) { return kilojoules(n); }
KAYA_INLINE constexpr kilojoules operator""_kJ(ld n) { return kilojoules(n); }
KAYA_INLINE constexpr megajoules operator""_MJ(ull n) { return megajoules(n); }
KAYA_INLINE constexpr megajoules operator""_MJ(ld n) { return megajoules(n); }
KAYA_INLINE constexpr watt_hours operator""_Wh(ull n) { return watt_hours(n); }
KAYA_INLINE constexpr watt_hours operator""_Wh(ld n) { return watt_hours(n); }
KAYA_INLINE constexpr kilowatt_hours operator""_kWh(ull n) { return kilowatt_hours(n); }
KAYA_INLINE constexpr kilowatt_hours operator""_kWh(ld n) { return kilowatt_hours(n); }
KAYA_INLINE constexpr megawatt_hours operator""_MWh(ull n) { return megawatt_hours(n); }
KAYA_INLINE constexpr megawatt_hours operator""_MWh(ld n) { return megawatt_hours(n); }
KAYA_INLINE constexpr gigawatt_hours operator""_GWh(ull n) { return gigawatt_hours(n); }
KAYA_INLINE constexpr gigawatt_hours operator""_GWh(ld n) { return gigawatt_hours(n); }
KAYA_INLINE constexpr milliwatts operator""_mW(ull n) { return milliwatts(n); }
KAYA_INLINE constexpr milliwatts operator""_mW(ld n) { return milliwatts(n); }
KAYA_INLINE constexpr watts operator""_W(ull n) { return watts(n); }
KAYA_INLINE constexpr watts operator""_W(ld n) { return watts(n); }
KAYA_INLINE constexpr kilowatts operator""_kW(ull n) { return kilowatts(n); }
KAYA_INLINE constexpr kilowatts operator""_kW(ld n) { return kilowatts(n); }
KAYA_INLINE constexpr megawatts operator""_MW(ull n) { return megawatts(n); }
KAYA_INLINE constexpr megawatts operator""_MW(ld n) { return megawatts(n); }
KAYA_INLINE constexpr milligrams_co2e operator""_mgCO2e(ull n) { return milligrams_co2e(n); }
KAYA_INLINE constexpr milligrams_co2e operator""_mgCO2e(ld n) { return milligrams_co2e(n); }
KAYA_INLINE constexpr grams_co2e operator""_gCO2e(ull n) { return grams_co2e(n); }
KAYA_INLINE constexpr grams_co2e operator""_gCO2e(ld n) { return grams_co2e(n); }
KAYA_INLINE constexpr kilograms_co2e operator""_kgCO2e(ull n) { return kilograms_co2e(n); }
KAYA_INLINE constexpr kilograms_co2e operator""_kgCO2e(ld n) { return kilograms_co2e(n); }
KAYA_INLINE constexpr tonnes_co2e operator""_tCO2e(ull n) { return tonnes_co2e(n); }
KAYA_INLINE constexpr tonnes_co2e operator""_tCO2e(ld n) { return tonnes_co2e(n); }
KAYA_INLINE constexpr pounds_co2e operator""_lbCO2e(ull n) { return pounds_co2e(n); }
KAYA_INLINE constexpr pounds_co2e operator""_lbCO2e(ld n) { return pounds_co2e(n); }
KAYA_INLINE constexpr grams_per_kilowatt_hour operator""_gCO2e_per_kWh(ull n) {
  return grams_per_kilowatt_hour(n);
}
KAYA_INLINE constexpr grams_per_kilowatt_hour operator""_gCO2e_per_kWh(ld n) {
  return grams_per_kilowatt_hour(n);
}
KAYA_INLINE constexpr pounds_per_megawatt_hour operator""_lbCO2e_per_MWh(ull n) {
  return pounds_per_megawatt_hour(n);
}
KAYA_INLINE constexpr pounds_per_megawatt_hour operator""_lbCO2e_per_MWh(ld n) {
  return pounds_per_megawatt_hour(n);
}
KAYA_INLINE constexpr litres operator""_L(ull n) { return litres(n); }
KAYA_INLINE constexpr litres operator""_L(ld n) { return litres(n); }
KAYA_INLINE constexpr litres_per_kilowatt_hour operator""_L_per_kWh(ull n) {
  return litres_per_kilowatt_hour(n);
}
KAYA_INLINE constexpr litres_per_kilowatt_hour operator""_L_per_kWh(ld n) {
  return litres_per_kilowatt_hour(n);
}

}  // namespace literals

}  // namespace v1
}  // namespace kaya
