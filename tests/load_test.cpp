// SPDX-License-Identifier: MIT
#include <kaya/meter/load/cpu_time.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

using kaya::meter::load::busy_ticks;
using kaya::meter::load::process_ticks;

TEST_CASE("busy time is user, nice, system, irq and softirq") {
  CHECK(busy_ticks("cpu  1 20 300 4000 50000 600000 7000000 80000000 900000000 9\ncpu0 1\n") == 7600321);
  CHECK(busy_ticks("cpu 5 6 7 8\n") == 18);  // kernels of long ago
}
TEST_CASE("what is no stat line gives no load") {
  for (const char* text :
       {"", "cpu", "cpu  1 2 3\n", "cpu0 1 2 3 4 5 6 7\n", "cpu  a b c d\n", "cpu  1 2 3 4 5 6 7",
        "cpu  99999999999999999999 0 0 0 0 0 0\n", "cpu  -1 0 0 0 0 0 0\n"})
    CHECK_FALSE(busy_ticks(text).has_value());
}
TEST_CASE("a process's time is its own and its children's, whatever its name contains") {
  const std::string tail = " S 1 1 1 0 -1 4194560 100 200 3 4 1000 200 30 4 20 0 1 0 5 6 7\n";
  for (const char* name : {"(bash)", "(a b)", "(x) S 9 9 9)", "())", "(\n)"}) {
    const auto time = process_ticks("42 " + std::string(name) + tail);
    REQUIRE(time.has_value());
    CHECK(time->own == 1200);
    CHECK(time->waited == 34);
  }
}
TEST_CASE("what is no line of a process gives no time") {
  for (const char* text : {"", "42", "42 (bash", "42 (bash) S 1 1 1 0 -1 4194560 100 200 3 4 1000 200 30",
                           "42 (bash) S 1 1 1 0 -1 1 1 1 1 1 x 1 1 1"})
    CHECK_FALSE(process_ticks(text).has_value());
}
TEST_CASE("both parsers are safe for any bytes") {
  std::mt19937 random(11);
  for (int round = 0; round < 100'000; ++round) {
    std::string text = round % 2 == 0 ? "cpu " : "7 (x) ";
    for (auto n = random() % 80; n > 0; --n) text += "0123456789  ()-\ncpuS\0"[random() % 21];
    busy_ticks(text);
    process_ticks(text);
  }
}
