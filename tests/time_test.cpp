// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <ctime>
#include <limits>
#include <random>
#include <string>

#include <kaya/grid/time.hpp>

using kaya::grid::parse_time;
using kaya::grid::time_string;

namespace {
constexpr std::int64_t second = 1'000'000'000;
}

static_assert(parse_time("1970-01-01T00:00:00Z") == 0);
static_assert(parse_time("2024-02-29") == std::nullopt);

TEST_CASE("a time of ISO 8601 with its offset is one moment however it is written") {
  const auto moment = 1'711'848'600 * second;  // 2024-03-31 01:30 UTC
  for (const char* text : {"2024-03-31T01:30Z", "2024-03-31 01:30:00+00:00", "2024-03-31 02:30:00+01:00",
                           "2024-03-30T20:30:00-0500", "2024-03-31T07:00:00+05:30", "2024-03-31 01:30:00 UTC",
                           "2024-03-31T03:30:00.000+02", "2024-03-31 03:30:00 +02:00",
                           "2024-03-31 01:30 +0000", "1711848600", "1711848600.0"}) {
    CAPTURE(text);
    CHECK(parse_time(text) == moment);
  }
  CHECK(parse_time("2024-03-31T01:30:00.25Z") == moment + second / 4);
  CHECK(parse_time("1711848600.5") == moment + second / 2);
}
TEST_CASE("a time without an offset needs the caller's") {
  CHECK_FALSE(parse_time("2024-03-31 01:30:00"));
  CHECK(parse_time("2024-03-31 01:30:00", 0) == 1'711'848'600 * second);
  CHECK(parse_time("2024-03-31 02:30:00", 3600) == 1'711'848'600 * second);
  CHECK(parse_time("2024-03-31 01:30:00Z", 3600) == 1'711'848'600 * second);
  CHECK(parse_time("2024-03-31", 0) == 1'711'843'200 * second);
}
TEST_CASE("an offset that no place has is none") {
  for (const int offset :
       {1, 899, -64'801, 65'700, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()})
    CHECK_FALSE(parse_time("2024-03-31 01:30:00", offset));
  CHECK(parse_time("2024-03-31 19:30:00", 64'800) == 1'711'848'600 * second);
  CHECK(parse_time("2024-03-31 07:15:00", 20'700) == 1'711'848'600 * second);
  CHECK_FALSE(parse_time("2024-03-31 01:30:00+18:45"));
  CHECK_FALSE(parse_time("2024-03-31 01:30:00+01:07"));
}
TEST_CASE("the American form has the month first and may have AM and PM") {
  CHECK(parse_time("3/31/2024 1:30:00 AM", 0) == 1'711'848'600 * second);
  CHECK(parse_time("3/31/2024 12:30:00 AM", 0) == 1'711'845'000 * second);
  CHECK(parse_time("3/31/2024 12:30 PM", 0) == 1'711'888'200 * second);
  CHECK(parse_time("03/31/2024 13:30", 0) == 1'711'891'800 * second);
  CHECK_FALSE(parse_time("31/3/2024 13:30", 0));
  CHECK_FALSE(parse_time("3/31/2024 13:30 PM", 0));
}
TEST_CASE("what is no time, or no day that exists, is none") {
  for (const char* text : {"",
                           "x",
                           "2024",
                           "2024-13-01T00:00Z",
                           "2023-02-29T00:00Z",
                           "1900-02-29T00:00Z",
                           "2024-03-31T24:00Z",
                           "2024-03-31T01:60Z",
                           "2024-03-31T01:30:61Z",
                           "2024-03-31T01:30Zjunk",
                           "2024-03-31T01:30+1",
                           "2024-03-31T01:30+25:00",
                           "1711848600000",
                           "-5",
                           "1711848600x",
                           "20240331",
                           "2024-3-31T01:30Z",
                           "2024-03-31T1:30Z",
                           "2024-03-31T01:30:00.Z junk",
                           "9999-01-01T00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text, 0));
  }
}
TEST_CASE("any moment from 1700 to 2250 is written as the C library writes it, and read back") {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> any(-8'520'336'000, 8'835'955'200);
  for (int i = 0; i < 20'000; ++i) {
    const std::time_t t = any(random);
    std::tm parts{};
    gmtime_r(&t, &parts);
    char expected[32];
    std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &parts);
    CAPTURE(t);
    REQUIRE(std::string(time_string(t * second).view()) == expected);
    REQUIRE(parse_time(expected) == t * second);
  }
}
