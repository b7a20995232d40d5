// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <random>

#include <kaya/meter/reading/energy_reader.hpp>

using namespace kaya::meter;

namespace {

channel in_units(std::uint64_t numerator, std::uint64_t denominator) {
  channel c;
  c.wraps = false;
  c.unit_numerator = numerator;
  c.unit_denominator = denominator;
  return c;
}

}  // namespace

#ifdef __SIZEOF_INT128__
__extension__ using wide = unsigned __int128;

TEST_CASE("microjoules of any fraction are those of 128 bits, to the last one, however the counts come") {
  std::mt19937_64 random(5);
  const auto number = [&](int most_bits) {  // of all sizes alike
    const std::uint64_t bits = 1 + random() % static_cast<std::uint64_t>(most_bits);
    return (random() >> (64 - bits)) | std::uint64_t{1} << (bits - 1);
  };
  int products_beyond_64_bits = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t numerator = number(64), denominator = number(64);
    const double each = static_cast<double>(numerator) / static_cast<double>(denominator);
    energy_reader reader(in_units(numerator, denominator));
    std::uint64_t count = random() % 1000, first = count;
    std::int64_t now = 0, sum = 0;
    reader.next({count}, now);
    for (int step = 0; step < 5; ++step) {
      now += 1'000'000'000'000;  // 1000 s, in which 1 kW is 1e12 microjoules
      const double most = 1e12 / each;
      const std::uint64_t more = random() % (most < 1e18 ? static_cast<std::uint64_t>(most) + 1 : 1u << 30);
      if (more == 0 || static_cast<double>(more) * each > 1e12) continue;
      count += more;
      const auto got = reader.next({count}, now);
      REQUIRE(got.what == counter_event::advanced);
      sum += got.microjoules;
      if (static_cast<wide>(more % denominator) * numerator >> 64 != 0) ++products_beyond_64_bits;
    }
    const wide truth = static_cast<wide>(count - first) * numerator / denominator;
    CHECK(static_cast<wide>(sum) == truth);
  }
  CHECK(products_beyond_64_bits > 1000);
}
#endif
TEST_CASE("two counters in thousandths of odd units count right side by side for a week") {
  // 61 uJ and a bit, as a fraction that is no power of two; and a scale of 53 bits above one of 40.
  energy_reader one(in_units(61'035'156'250'000'001, 1'000'000'000'000'000)),
      other(in_units((std::uint64_t{1} << 53) - 1, std::uint64_t{1} << 40));
  std::uint64_t a = 0, b = 0;
  std::int64_t sum_a = 0, sum_b = 0;
  for (std::int64_t minute = 0; minute <= 7 * 24 * 60; ++minute) {
    sum_a += one.next({a}, minute * 60'000'000'000).microjoules;
    sum_b += other.next({b}, minute * 60'000'000'000).microjoules;
    a += 98'304'001;  // 100 W
    b += 732'421;
  }
  CHECK(static_cast<double>(sum_a) == doctest::Approx(7 * 86400 * 100e6).epsilon(1e-5));
  CHECK(static_cast<double>(sum_b) == doctest::Approx(7 * 86400 * 100e6).epsilon(1e-5));
}
TEST_CASE("a unit of nothing, or in parts of nothing, is no arithmetic error") {
  energy_reader parts(in_units(1, 0)), nothing(in_units(0, 7));
  parts.next({5}, 0);
  nothing.next({5}, 0);
  CHECK(parts.next({9}, 1'000'000'000).microjoules == 4);
  CHECK(nothing.next({9}, 1'000'000'000).microjoules == 0);
}
TEST_CASE("what is not rated is taken for a device of 1 kW, a platform for one of 10 kW") {
  channel c = in_units(1, 1);
  for (const bool platform : {false, true}) {
    c.part = platform ? component::platform : component::cpu;
    energy_reader reader(c);
    reader.next({0}, 0);
    // From nothing to 9 kW at once, and irregularly on.
    const auto leap = reader.next({9'000'000'000}, 1'000'000'000);
    CHECK(leap.what == (platform ? counter_event::advanced : counter_event::suspect));
    CHECK(leap.microjoules == (platform ? 9'000'000'000 : 0));
  }
}
