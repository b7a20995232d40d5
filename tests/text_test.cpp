// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <iomanip>
#include <kaya/format.hpp>
#include <kaya/text.hpp>
#include <limits>
#include <locale>
#include <random>
#include <sstream>
#include <unordered_set>

namespace {

using namespace kaya;
using namespace kaya::literals;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

template <class... T>
std::string streamed(const T&... x) {
  std::ostringstream out;
  (out << ... << x);
  return out.str();
}

/// A locale whose numbers no reader of reports wants.
struct comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST_CASE("to_string is the shortest number and the unit") {
  CHECK(to_string(1.5_kWh) == "1.5 kWh");
  CHECK(to_string(250000_uJ) == "250000 uJ");
  CHECK(to_string(0.1_gCO2e) == "0.1 gCO2e");
  CHECK(to_string(626155_lbCO2e) == "626155 lbCO2e");
  CHECK(to_string(-100000_W) == "-100000 W");
  CHECK(to_string(424_gCO2e_per_kWh) == "424 gCO2e/kWh");
  CHECK(to_string(954_lbCO2e_per_MWh) == "954 lbCO2e/MWh");
  CHECK(to_string(1.8_L_per_kWh) == "1.8 L/kWh");
  CHECK(to_string(minutes(2)) == "2 min");
  CHECK(to_string(joules(1e300)) == "1e+300 J");
  CHECK(to_string(joules(1e-300)) == "1e-300 J");
  CHECK(to_string(quantity<dim::energy, float>(0.1f)) == "0.1 J");
}

TEST_CASE("to_string has a word for what is not a number") {
  CHECK(to_string(joules(nan)) == "nan J");
  CHECK(to_string(joules(-nan)) == "nan J");
  CHECK(to_string(joules(inf)) == "inf J");
  CHECK(to_string(joules(-inf)) == "-inf J");
}

TEST_CASE("a scale without a symbol is written in the base unit") {
  CHECK(to_string(quantity<dim::energy, double, std::ratio<7>>(2)) == "14 J");
  CHECK(to_string(quantity<dim::energy, int, std::ratio<7, 2>>(1)) == "3.5 J");
  CHECK(to_string(1_gCO2e / 2_J) == "0.5 gCO2e/J");
}

TEST_CASE("a dimension without a symbol is written in powers of the base units") {
  CHECK(to_string(2_J * 3_J) == "6 J^2");
  CHECK(to_string(1_J / seconds(2) / seconds(1)) == "0.5 J s^-2");
  CHECK(to_string(2 / 1_L) == "2 L^-1");
}

TEST_CASE("a stream formats the number as its flags say and pads the whole") {
  CHECK(streamed(1.5_kWh) == "1.5 kWh");
  CHECK(streamed(1234567.89_J) == "1.23457e+06 J");
  CHECK(streamed(std::setprecision(3), 1.23456_kWh, '|') == "1.23 kWh|");
  CHECK(streamed(std::fixed, std::setprecision(1), 1.25_kWh, '|', 2.04_W) == "1.2 kWh|2.0 W");
  CHECK(streamed(std::scientific, std::setprecision(2), 1.5_kWh) == "1.50e+00 kWh");
  CHECK(streamed(std::setw(10), 1.5_kWh, '|', 2_J) == "   1.5 kWh|2 J");
  CHECK(streamed(std::left, std::setfill('.'), std::setw(10), 1.5_kWh, '|') == "1.5 kWh...|");
  CHECK(streamed(std::showpos, 1.5_kWh, 5_uJ) == "+1.5 kWh+5 uJ");
  CHECK(streamed(joules(-nan)) == "nan J");
  CHECK(streamed(std::fixed, std::setprecision(1000), joules::max()).size() > 300);
}

TEST_CASE("a stream error and an exhausted width are the stream's own business") {
  std::ostringstream out;
  out << std::setw(8) << 1_J;
  CHECK(out.width() == 0);
  out.setstate(std::ios::failbit);
  out << 2_J;
  CHECK(out.str() == "     1 J");
}

TEST_CASE("no locale changes a text") {
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new comma));
  out << 1234.5_kWh;
  CHECK(out.str() == "1234.5 kWh");
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new comma));
  CHECK(to_string(1234.5_kWh) == "1234.5 kWh");
  CHECK(humanize(1234.5_kWh) == "1.23 MWh");
  CHECK(parse<kilowatt_hours>("1234.5 kWh") == 1234.5_kWh);
  std::locale::global(before);
}

TEST_CASE("humanize takes the prefix that people use") {
  CHECK(humanize(1.5_kWh) == "1.50 kWh");
  CHECK(humanize(552_tCO2e) == "552 tCO2e");
  CHECK(humanize(0.0123_J) == "12.3 mJ");
  CHECK(humanize(12345_uJ) == "12.3 mJ");
  CHECK(humanize(250_W) == "250 W");
  CHECK(humanize(1.287_GWh) == "1.29 GWh");
  CHECK(humanize(2_kJ) == "2.00 kJ");
  CHECK(humanize(3600_J) == "1.00 Wh");
  CHECK(humanize(86_J) == "86.0 J");
  CHECK(humanize(1e-9 * 1_J) == "1.00 nJ");
  CHECK(humanize(424_gCO2e_per_kWh) == "424 gCO2e/kWh");
  CHECK(humanize(1020_gCO2e_per_kWh) == "1020 gCO2e/kWh");
  CHECK(humanize(0.5_gCO2e_per_kWh) == "0.500 gCO2e/kWh");
  CHECK(humanize(626155_lbCO2e) == "284 tCO2e");
  CHECK(humanize(1500_L) == "1.50 m3");
  CHECK(humanize(seconds(0.0001)) == "100 us");
  CHECK(humanize(seconds(90)) == "1.50 min");
  CHECK(humanize(hours(1500)) == "1500 h");
}

TEST_CASE("humanize rounds across prefixes") {
  CHECK(humanize(999.4_W) == "999 W");
  CHECK(humanize(999.96_W) == "1.00 kW");
  CHECK(humanize(9.996_W) == "10.0 W");
  CHECK(humanize(99.96_W) == "100 W");
  CHECK(humanize(3599.9_J) == "1.00 Wh");
  CHECK(humanize(3590_J) == "3.59 kJ");
  CHECK(humanize(seconds(59.96)) == "1.00 min");
  CHECK(humanize(0.99996_mW) == "1.00 mW");
}

TEST_CASE("humanize takes zero, signs, extremes and what is not a number") {
  CHECK(humanize(0_kWh) == "0 J");
  CHECK(humanize(-0.0_tCO2e) == "0 gCO2e");
  CHECK(humanize(0_gCO2e_per_kWh) == "0 gCO2e/kWh");
  CHECK(humanize(-12345_J) == "-3.43 Wh");
  CHECK(humanize(joules(nan)) == "nan J");
  CHECK(humanize(watts(-inf)) == "-inf W");
  CHECK(humanize(joules(1e-12)) == "0.00100 nJ");
  CHECK(humanize(joules(1e-20)) == "1.00e-11 nJ");
  CHECK(humanize(joules(1e25)) == "2.78e+09 TWh");
  CHECK(humanize(microjoules::max()) == "2.56 GWh");
  CHECK(humanize(microjoules::min()) == "-2.56 GWh");
  CHECK(humanize(2_J * 3_J) == "6.00 J^2");
}

TEST_CASE("parse reads any unit of the dimension, and nothing of another") {
  CHECK(parse<joules>("1.5 kWh") == 5.4e6 * 1_J);
  CHECK(parse<joules>("1.5kWh") == 5.4e6 * 1_J);
  CHECK(parse<kilowatt_hours>("3600000 J") == 1_kWh);
  CHECK(parse<grams_per_kilowatt_hour>("424 gCO2e/kWh") == 424_gCO2e_per_kWh);
  CHECK(parse<grams_per_kilowatt_hour>("1000 lbCO2e/MWh") == 453.59237_gCO2e_per_kWh);
  CHECK(parse<grams_per_kilowatt_hour>("0.4 tCO2e/MWh") == 400_gCO2e_per_kWh);
  CHECK(parse<seconds>("2 d") == hours(48));
  CHECK(parse<joules>("-2e3 mJ") == -2_J);
  CHECK(parse<joules>("5 \xC2\xB5J") == parse<joules>("5 uJ"));
  CHECK(parse<joules>("inf J") == joules(inf));
  CHECK(std::isnan(parse<joules>("nan J")->count()));
  for (const char* text :
       {"",     " ",    "J",       "3",     "3 ",     " 3 J",    "3 J ", "3 W",
        "3 j",  "3 JJ", "3 J J",   "3,5 J", "0x10 J", "--3 J",   "+3 J", "3 kilowatt_hours",
        "1e J", ". J",  "1e999 J", "3\tJ",  "nanJ2",  "1.2.3 J", "3 k",  "3 Wh/"})
    CHECK_MESSAGE(!parse<joules>(text), text);
  CHECK(!parse<joules>(std::string_view("3 J\0", 4)));
}

TEST_CASE("parse of a finite number does not overflow to infinity") {
  CHECK(parse<joules>("1e308 J") == joules(1e308));
  CHECK(!parse<joules>("1e308 kWh"));
}

TEST_CASE("parse of an integer quantity is exact or nothing") {
  CHECK(parse<microjoules>("1.5 J") == 1500000_uJ);
  CHECK(parse<microjoules>("0.000001 J") == 1_uJ);
  CHECK(parse<microjoules>("1 kWh") == microjoules(3'600'000'000'000));
  CHECK(parse<microjoules>("1500000e-6 J") == 1500000_uJ);
  CHECK(parse<microjoules>("1.50000000000000000000000000 uJ") == std::nullopt);
  CHECK(parse<microjoules>("1.00000000000000000000000000 uJ") == 1_uJ);
  CHECK(parse<microjoules>("0e5 J") == 0_uJ);
  CHECK(parse<microjoules>("-0 J") == 0_uJ);
  CHECK(parse<microjoules>("9223372036854775807 uJ") == microjoules::max());
  CHECK(parse<microjoules>("-9223372036854775808 uJ") == microjoules::min());
  CHECK(parse<quantity<dim::energy, std::int64_t, std::mega>>("1e20 uJ")->count() == 100'000'000);
  CHECK(parse<quantity<dim::energy, std::uint8_t>>("255 J")->count() == 255);
  CHECK(parse<quantity<dim::carbon, int, std::milli>>("100 lbCO2e")->count() == 45359237);
  for (const char* text :
       {"0.1 uJ", "0.0000001 J", "1e-7 J", "9223372036854775808 uJ", "-9223372036854775809 uJ",
        "99999999999999999999 uJ", "1e30 J", "3 GWh", "nan J", "inf J", "1e-300 J"})
    CHECK_MESSAGE(!parse<microjoules>(text), text);
  CHECK(!parse<quantity<dim::energy, std::uint8_t>>("256 J"));
  CHECK(!parse<quantity<dim::energy, std::uint8_t>>("-1 J"));
  CHECK(!parse<quantity<dim::carbon, int, std::milli>>("1 lbCO2e"));
}

template <class Q>
void returns_at_random() {
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    typename Q::rep n;
    if constexpr (std::is_integral_v<typename Q::rep>) {
      n = static_cast<typename Q::rep>(static_cast<std::int64_t>(random()) >> (random() % 64));
    } else {
      const std::uint64_t bits = random();
      double d;
      static_assert(sizeof d == sizeof bits);
      std::memcpy(&d, &bits, sizeof d);
      if (!std::isfinite(d)) continue;
      n = static_cast<typename Q::rep>(d);
    }
    const std::string text = to_string(Q(n));
    CAPTURE(text);
    CHECK(parse<Q>(text) == Q(n));
  }
}

TEST_CASE("at random, parse returns what to_string wrote, to the bit") {
  returns_at_random<joules>();
  returns_at_random<kilowatt_hours>();
  returns_at_random<pounds_co2e>();
  returns_at_random<pounds_per_megawatt_hour>();
  returns_at_random<minutes>();
  returns_at_random<microjoules>();
  returns_at_random<micrograms_co2e>();
}

TEST_CASE("at random, an exact parse agrees with 128-bit integers") {
  __extension__ using wide = __int128;
  struct unit {
    const char* text;
    wide micro;
  };
  const unit units[] = {{"uJ", 1}, {"mJ", 1000}, {"J", 1000000}, {"Wh", 3600000000}, {"kWh", 3600000000000}};
  std::mt19937_64 random(5);
  int accepted = 0;
  for (int i = 0; i < 50000; ++i) {
    const unit& u = units[random() % 5];
    const std::int64_t mantissa = static_cast<std::int64_t>(random()) >> (random() % 64);
    const int exponent = static_cast<int>(random() % 13) - 8;
    const std::string text = std::to_string(mantissa) + "e" + std::to_string(exponent) + ' ' + u.text;
    wide up = wide{mantissa} * u.micro, down = 1;
    bool fits = true;
    for (int k = 0; k < exponent; ++k) {
      up *= 10;
      fits = fits && up <= INT64_MAX && up >= INT64_MIN;
      if (!fits) break;
    }
    for (int k = exponent; k < 0; ++k) down *= 10;
    fits = fits && up % down == 0 && up / down <= INT64_MAX && up / down >= INT64_MIN;
    const std::optional<microjoules> got = parse<microjoules>(text);
    CAPTURE(text);
    REQUIRE(got.has_value() == fits);
    if (fits) CHECK(got->count() == static_cast<std::int64_t>(up / down));
    accepted += fits;
  }
  CHECK(accepted > 5000);
}

TEST_CASE("at random, humanize is within its three digits and never of four") {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<double> exponent(-9, 15);
  for (int i = 0; i < 20000; ++i) {
    const joules e(std::pow(10, exponent(random)));
    const std::string text = humanize(e);
    CAPTURE(text);
    const std::optional<joules> back = parse<joules>(text);
    REQUIRE(back);
    CHECK(std::fabs(*back / e - 1) <= 0.00501);
    CHECK(text.find_first_of(" ") <= 4);
    CHECK(text.find('e') == std::string::npos);
  }
}

TEST_CASE("random bytes never parse as anything but what they say") {
  std::mt19937_64 random(13);
  const std::string_view alphabet = "0123456789.eE+- JWhkMGCO2/un\xC2\xB5";
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (std::uint64_t n = random() % 12; n > 0; --n) text += alphabet[random() % alphabet.size()];
    if (const std::optional<microjoules> u = parse<microjoules>(text)) {
      const std::optional<joules> j = parse<joules>(text);
      REQUIRE(j);
      CHECK(joules(*u).count() == doctest::Approx(j->count()));
    }
  }
}

TEST_CASE("equal quantities have equal hashes") {
  std::unordered_set<microjoules> set{1_uJ, 2_uJ, 1_uJ};
  CHECK(set.size() == 2);
  CHECK(std::hash<joules>()(joules(0.0)) == std::hash<joules>()(joules(-0.0)));
}

}  // namespace
