// SPDX-License-Identifier: MIT
// What must hold at compile time, and what must not compile but be testable: each line is a test.
#include <chrono>
#include <kaya/units.hpp>

namespace {

using namespace kaya;
using namespace kaya::literals;
using namespace std::chrono_literals;

using grams_per_joule = quantity<dim::carbon_intensity>;
using millijoules_i = quantity<dim::energy, std::int64_t, std::milli>;
using seconds_i = quantity<dim::time, std::int64_t>;

template <class A, class B>
concept adds = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept subtracts = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept accumulates = requires(A a, B b) {
  a += b;
};
template <class A, class B>
concept compares = requires(A a, B b) {
  a < b;
};
template <class A, class B>
concept equates = requires(A a, B b) {
  a == b;
};
template <class A, class B>
concept assigns = requires(A a, B b) {
  a = b;
};
template <class A, class B>
concept multiplies_by = requires(A a, B b) {
  a *= b;
};
template <class A, class B>
concept modulo = requires(A a, B b) {
  a % b;
};
template <class To, class From>
concept casts = requires(From q) {
  quantity_cast<To>(q);
};
template <class To, class From>
concept rounds = requires(From q) {
  kaya::round<To>(q);
};
template <class A, class B>
concept freely =
    adds<A, B> && adds<B, A> && subtracts<A, B> && compares<A, B> && compares<B, A> && equates<A, B>;
template <class A, class B>
concept not_at_all =
    !adds<A, B> && !adds<B, A> && !subtracts<A, B> && !compares<A, B> && !compares<B, A> && !equates<A, B> &&
    !equates<B, A> && !assigns<A, B> && !assigns<B, A> && !accumulates<A, B>;

// A value type like the number inside it.
template <class Q>
constexpr bool like_its_number =
    std::is_trivially_copyable_v<Q>&& std::is_trivially_default_constructible_v<Q>&&
        std::is_standard_layout_v<Q> &&
    sizeof(Q) == sizeof(typename Q::rep) && alignof(Q) == alignof(typename Q::rep);
static_assert(like_its_number<joules> && like_its_number<microjoules> && like_its_number<pounds_co2e>);
static_assert(like_its_number<quantity<dim::energy, float>> &&
              like_its_number<quantity<dim::energy, std::uint8_t>>);

template <joules Budget>
struct with_budget {
  static constexpr joules twice = Budget * 2;
};
static_assert(with_budget<1.5_kWh>::twice == 3_kWh, "structural: a template argument");
static_assert(std::same_as<with_budget<1_kWh>, with_budget<joules(3.6e6)>>);

// Unlike dimensions have nothing to do with each other.
static_assert(not_at_all<joules, watts> && not_at_all<joules, seconds> && not_at_all<joules, grams_co2e>);
static_assert(not_at_all<litres, grams_co2e> &&
              not_at_all<grams_per_kilowatt_hour, litres_per_kilowatt_hour>);
static_assert(not_at_all<joules, std::chrono::seconds> && not_at_all<watts, std::chrono::duration<double>>);
static_assert(!casts<joules, watts> && !casts<seconds, joules> && !casts<joules, std::chrono::seconds>);
static_assert(!rounds<microjoules, watts>);
static_assert(!std::constructible_from<joules, watts>);

// Nor do numbers, without being asked.
static_assert(not_at_all<joules, double> && not_at_all<joules, int> && not_at_all<microjoules, std::int64_t>);
static_assert(!std::convertible_to<double, joules> && std::constructible_from<joules, double>);
static_assert(!std::convertible_to<joules, double> && !std::constructible_from<double, joules>);
static_assert(std::constructible_from<joules, int> && !std::constructible_from<joules, bool>);
static_assert(!std::constructible_from<microjoules, double>, "1.5 uJ would truncate");
static_assert(!multiplies_by<microjoules, double> && multiplies_by<microjoules, int> &&
              multiplies_by<joules, int>);

// Conversion is implicit where nothing is lost.
static_assert(std::convertible_to<microjoules, joules> && !std::convertible_to<joules, microjoules>);
static_assert(std::convertible_to<kilowatt_hours, joules> && std::convertible_to<joules, kilowatt_hours>);
static_assert(std::convertible_to<millijoules_i, microjoules> &&
              !std::convertible_to<microjoules, millijoules_i>);
static_assert(!std::constructible_from<millijoules_i, microjoules> && casts<millijoules_i, microjoules>);
static_assert(!std::convertible_to<microjoules, quantity<dim::energy, std::int32_t, std::micro>>,
              "may not fit");
static_assert(!std::convertible_to<quantity<dim::energy, std::uint64_t, std::micro>, microjoules>,
              "may not fit");
static_assert(std::convertible_to<quantity<dim::energy, std::uint32_t, std::micro>, microjoules>);
static_assert(accumulates<joules, microjoules> && !accumulates<microjoules, joules>);
static_assert(freely<microjoules, joules> && freely<microjoules, millijoules_i> &&
              freely<joules, gigawatt_hours>);
static_assert(!compares<microjoules, quantity<dim::energy, std::uint64_t, std::micro>>, "-1 < 1u is a trap");
static_assert(!rounds<joules, microjoules> && rounds<microjoules, joules>, "round is for integers");

// Durations are times; quantities are not durations.
static_assert(freely<seconds, std::chrono::milliseconds> && freely<hours, std::chrono::duration<float>>);
static_assert(freely<seconds_i, std::chrono::milliseconds>);
static_assert(std::convertible_to<std::chrono::hours, seconds> &&
              std::convertible_to<std::chrono::hours, seconds_i>);
static_assert(!std::convertible_to<std::chrono::milliseconds, seconds_i>);
static_assert(std::convertible_to<seconds, std::chrono::duration<double, std::milli>>);
static_assert(!std::convertible_to<seconds, std::chrono::seconds> && casts<std::chrono::seconds, seconds>);
static_assert(any_duration<std::chrono::minutes> && !any_duration<seconds> && !any_duration<joules>);
static_assert(!any_quantity<std::chrono::minutes> && any_quantity<seconds> && !any_duration<int>);
template <class Q>
concept has_period = requires {
  typename Q::period;
};
static_assert(!has_period<seconds> && !has_period<joules>);

// Only whole numbers have remainders.
static_assert(modulo<microjoules, microjoules> && modulo<microjoules, int> && !modulo<joules, joules>);
static_assert(!modulo<joules, int> && !modulo<microjoules, double> && !modulo<microjoules, seconds_i>);

// Dimensions multiply and divide; what cancels is a number.
static_assert(std::same_as<decltype(1_W * 2h), watt_hours> && std::same_as<decltype(2h * 1_W), watt_hours>);
static_assert(std::same_as<decltype(1_W * 5s), joules> &&
              std::same_as<decltype(1_kW * hours(1)), kilowatt_hours>);
static_assert(std::same_as<decltype(1_J / 5s), watts> && std::same_as<decltype(1_J / 1_W), seconds>);
static_assert(std::same_as<decltype(1_kWh * 1_gCO2e_per_kWh), grams_co2e>);
static_assert(std::same_as<decltype(1_gCO2e_per_kWh * 1_MWh), kilograms_co2e>);
static_assert(std::same_as<decltype(1_gCO2e / 1_kWh), grams_per_kilowatt_hour>);
static_assert(std::same_as<decltype(1_gCO2e / 1_J), grams_per_joule>);
static_assert(std::same_as<decltype(1_kWh * 2_L_per_kWh), litres>);
static_assert(std::same_as<decltype(1_kWh / 1_J), double> && 1_kWh / 1_J == 3.6e6);
static_assert(std::same_as<decltype(5_uJ / 2_uJ), std::int64_t> && 5_uJ / 2_uJ == 2);
static_assert(std::same_as<decltype(5_uJ / 2), microjoules> && 5_uJ / 2 == 2_uJ);
static_assert(std::same_as<decltype(2 / 1_W * 1_W), double> && 2 / 4_W * 1_W == 0.5);
static_assert(std::same_as<decltype(5_uJ * 1.5)::rep, double>);
static_assert((-5_uJ) * std::size_t{2} == -10_uJ, "a product with an unsigned number keeps the sign");
static_assert(millijoules_i(3) / 2_uJ == 1500 && 3000_uJ / millijoules_i(2) == 1);

// Equal to std's idea of such types.
static_assert(std::totally_ordered_with<joules, kilowatt_hours> && std::three_way_comparable<microjoules>);
static_assert(std::same_as<std::common_type_t<joules, kilowatt_hours>, joules>);
static_assert(
    std::same_as<std::common_type_t<joules, microjoules>, quantity<dim::energy, double, std::micro>>);
static_assert(std::same_as<decltype(1_lbCO2e + 1_gCO2e), grams_co2e>,
              "scales that do not nest add in the base unit");
using thirds = quantity<dim::energy, std::int64_t, std::ratio<1, 3>>;
using halves = quantity<dim::energy, std::int64_t, std::ratio<1, 2>>;
static_assert(thirds(1) + halves(1) == quantity<dim::energy, std::int64_t, std::ratio<1, 6>>(5));

// Where scales overflow, floating results take scale 1 and integers do not compile.
using huge = quantity<dim::energy, double, std::ratio<INTMAX_MAX>>;
using huge_i = quantity<dim::energy, std::int64_t, std::ratio<INTMAX_MAX>>;
using tiny = quantity<dim::energy, double, std::ratio<1, INTMAX_MAX>>;
using tiny_i = quantity<dim::energy, std::int64_t, std::ratio<1, INTMAX_MAX>>;
template <class A, class B>
concept multiplies = requires(A a, B b) {
  a* b;
};
static_assert(std::same_as<decltype(huge(1) * huge(1))::scale, std::ratio<1>>);
static_assert(huge(1) * huge(1) == quantity<decltype(1_J * 1_J)::dimension>(0x1p126));
static_assert(!multiplies<huge_i, huge_i> && multiplies<huge_i, tiny_i>);
static_assert(huge(1) > tiny(1) && huge(1) == joules(0x1p63) && !compares<huge_i, tiny_i>);
static_assert(huge(1) / tiny(1) == 0x1p126);

// The literals and the exact factors.
static_assert(-1.5_kWh == -5.4_MJ && 1_MWh == 1000_kWh && 1_GWh == 1000_MWh && 1_Wh == 3600_J &&
              5_uJ == 0.005_mJ);
static_assert(1_kJ == 1000_J && 1_mW * 1000 == 1_W && 1_kW == 0.001_MW && 1_L + 1_L == 2_L);
static_assert(grams_co2e(1_lbCO2e) == 453.59237_gCO2e && pounds_co2e(453.59237_gCO2e) == 1_lbCO2e);
static_assert(1_tCO2e == 1000_kgCO2e && 1_kgCO2e == 1000_gCO2e && 1_gCO2e == 1000_mgCO2e);
static_assert(grams_per_kilowatt_hour(1000_lbCO2e_per_MWh) == 453.59237_gCO2e_per_kWh);
static_assert(kilograms_per_megawatt_hour(424) == 424_gCO2e_per_kWh && 2 * 1_L_per_kWh == 2_L_per_kWh);

// The ends of the range.
static_assert(microjoules::min().count() == INT64_MIN && microjoules::max().count() == INT64_MAX);
static_assert(joules::min() == -joules::max() && joules::zero() == 0_J && joules{} == joules::zero());
static_assert(quantity<dim::energy, std::uint8_t>::min().count() == 0);
static_assert(quantity<dim::energy, std::uint8_t>::max().count() == 255);

// In a default member initialiser, as options are written.
struct options {
  seconds period{0.1};
  watts limit = 250_W;
  microjoules step = 5_uJ;
};
static_assert(options{.period = 100ms}.period == seconds(0.1) && options{}.limit == 250_W &&
              options{}.step == 5_uJ);

}  // namespace
