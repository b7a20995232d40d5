// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/words.hpp"

#include <kaya/report/text.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <string_view>

using kaya_test::has;

namespace {

/// A report with every kind of line, as a run of n epochs would have.
kaya::run_report sample_report(int n) {
  using kaya::joules;
  kaya::run_report r;
  r.project = "digits";
  r.run_id = "0123456789abcdef";
  r.kaya_version = "0.1.0";
  r.start_unix_ns = 1'795'390'539'000'000'000;
  r.duration = kaya::seconds(0.25 * n);
  r.energy_uj = kaya::microjoules(25'000'000LL * n);
  r.energy = kaya::interval<joules>{joules(25.0 * n), joules(22.0 * n), joules(30.0 * n)};
  r.emissions = kaya::interval<kaya::grams_co2e>{kaya::grams_co2e(0.0003 * n), kaya::grams_co2e(0.00027 * n),
                                                 kaya::grams_co2e(0.0004 * n)};
  r.work = 1437.0 * n;
  r.work_unit = "images";
  r.pue = 1.2;
  r.pue_assumed = false;
  r.intensity = {
      kaya::grams_per_kilowatt_hour(44.07), "FRA", "France", "FRA", 2024, kaya::grid::accounting::lifecycle,
      "Ember yearly electricity data",      false, ""};
  r.measured_share = 0.91;
  r.worst_provenance = kaya::meter::provenance::modelled;
  r.hardware.host = "node7";
  r.hardware.cpu_model = "Intel(R) Xeon(R) Platinum 8480C";
  r.hardware.logical_cpus = 224;
  r.hardware.memory_bytes = 540'000'000'000;
  kaya::channel_line c;
  c.name = "package-0", c.mechanism = "powercap", c.part = kaya::meter::component::cpu, c.counted = true;
  c.energy_uj = r.energy_uj, c.coverage = 1, c.rate = kaya::watts(91);
  r.channels.push_back(c);
  c.name = "dram-0", c.part = kaya::meter::component::memory, c.energy_uj.reset(), c.rate.reset(),
  c.coverage = 0;
  c.why = kaya::meter::missing::no_permission;
  r.channels.push_back(c);
  kaya::scope_line s;
  s.name = "forward", s.count = 12'345, s.own_uj = kaya::microjoules(10'000'000LL * n), s.total_uj = s.own_uj;
  s.min = joules(0.001), s.max = joules(0.2), s.time = kaya::seconds(0.1 * n),
  s.emissions = kaya::grams_co2e(0.0001 * n);
  r.scopes.push_back(s);
  s.name =
      "a scope with a very long name that says more than a table can hold, in UTF-8: "
      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
  s.min = s.max = joules(std::nan(""));
  r.scopes.push_back(s);
  s.name = "two\nlines", s.count = 1;
  r.scopes.push_back(s);
  for (int i = 0; i < n; ++i) {
    kaya::epoch_line e;
    e.index = i, e.start = kaya::seconds(0.25 * i), e.duration = kaya::seconds(0.25);
    e.energy_uj = kaya::microjoules(25'000'000), e.emissions = kaya::grams_co2e(0.0003), e.work = 1437,
    e.coverage = 1;
    e.metrics = {{"accuracy", 0.9 + 0.05 * i / n}, {"loss", 1.0 / (i + 1)}};
    r.epochs.push_back(e);
  }
  r.events.push_back({kaya::seconds(3), kaya::severity::warning,
                      "can no longer be read; this text is long enough to need a second line, because what "
                      "went wrong should be said in words",
                      "dram-0", 4});
  return r;
}
std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    longest = std::max(longest, kaya::report::detail::columns(line));
  return longest;
}
std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}
/// Lines that were continued on the next one are one again.
std::string unwrapped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t next = text.find_first_not_of(' ', i + 1);
    if (text[i] != '\n' || next == std::string::npos || next < i + 5) out += text[i];
    else i = next - 1, out += ' ';
  }
  return out;
}

}  // namespace

TEST_CASE("the report fits 100 columns with 1 epoch and with 500") {
  for (const int n : {1, 16, 17, 500}) {
    CAPTURE(n);
    const std::string text = kaya::report::text(sample_report(n));
    CHECK(longest_line(text) <= 100);
    CHECK(text.back() == '\n');
  }
}

TEST_CASE("of many epochs the first and the last are shown, and the middle is summed up") {
  const std::string text = kaya::report::text(sample_report(500));
  CHECK(lines(text) < 60);
  CHECK(has(text, "... 485 lines, 3.37 Wh together"));
  CHECK(has(text, "\n  499 "));
  CHECK(has(text, "\n  0 "));
  CHECK_FALSE(has(text, "\n  250 "));
}

TEST_CASE("sixteen epochs are all shown") {
  const std::string text = kaya::report::text(sample_report(16));
  CHECK_FALSE(has(text, "..."));
  CHECK(has(text, "\n  8 "));
}

TEST_CASE("the chain of factors is shown with its product") {
  const std::string text = kaya::report::text(sample_report(4));
  CHECK(has(text, "5 748 images x 17.4 mJ each x PUE 1.2 x 44.1 gCO2e/kWh = 1.20 mgCO2e"));
}

TEST_CASE("what is missing is said, with the reason, and shown as a dash") {
  const std::string text = kaya::report::text(sample_report(1));
  CHECK(has(text, "WITHOUT"));
  CHECK(has(text, "MISSING from the total"));
  CHECK(has(text, "no value: no permission"));
  kaya::run_report nothing;
  nothing.run_id = "x";
  const std::string empty = kaya::report::text(nothing);
  CHECK(has(empty, "not known"));
  CHECK_FALSE(has(empty, "0.00 J"));
}

TEST_CASE("a name with control characters cannot break the table") {
  CHECK(has(kaya::report::text(sample_report(1)), "two lines"));
}

TEST_CASE("dates are right, leap years and ends of months included") {
  using kaya::report::detail::date;
  CHECK(date(0) == "1970-01-01 00:00:00 UTC");
  CHECK(date(951'827'696'000'000'000) == "2000-02-29 12:34:56 UTC");
  CHECK(date(1'709'251'199'000'000'000) == "2024-02-29 23:59:59 UTC");
  CHECK(date(1'767'225'599'999'999'999) == "2025-12-31 23:59:59 UTC");
  CHECK(date(4'107'542'400'000'000'000) == "2100-03-01 00:00:00 UTC");
}

TEST_CASE("how much is measured is said in words") {
  auto r = sample_report(1);
  CHECK(has(kaya::report::text(r), "91 % of it measured, the rest at worst modelled"));
  r.measured_share = 0;
  CHECK(has(kaya::report::text(r), "none of it measured, at worst modelled"));
  r.measured_share = 1;
  CHECK(has(kaya::report::text(r), "all of it measured; WITHOUT dram-0"));
}

TEST_CASE("within what a line's energy lies is said, for twelve lines at most") {
  auto r = sample_report(1);
  CHECK(!has(kaya::report::text(r), "ranges of totals"));
  for (int i = 0; i < 20; ++i) {
    auto s = r.scopes[0];
    s.name = "layer" + std::to_string(i);
    s.total = kaya::interval<kaya::joules>{kaya::joules(10), kaya::joules(8), kaya::joules(12.5)};
    r.scopes.push_back(s);
  }
  CHECK(longest_line(kaya::report::text(r)) <= 100);
  const std::string text = unwrapped(kaya::report::text(r));
  CHECK(has(text, "ranges of totals, as a sample"));
  CHECK(has(text, "layer0 8.00 J to 12.5 J; layer1"));
  CHECK(has(text, "layer11"));
  CHECK(!has(text, "layer12 8"));
}

TEST_CASE("the clock is named, with its rate and drift if they are known") {
  auto r = sample_report(1);
  r.overhead.clock = "CLOCK_MONOTONIC";
  CHECK(has(kaya::report::text(r), "clock CLOCK_MONOTONIC\n"));
  r.overhead.clock = "TSC";
  r.overhead.clock_hertz = 2'596'146'000.0;
  r.overhead.clock_drift_ppm = 12.34;
  CHECK(has(unwrapped(kaya::report::text(r)), "clock TSC at 2596.146 MHz (drift at most 12.3 ppm)"));
}

TEST_CASE("the report and an event can be written to a stream") {
  std::ostringstream line;
  line << sample_report(1).events.at(0);
  CHECK(line.str().find("3.0 s warning, dram-0: can no longer be read") == 0);

  std::ostringstream out;
  const auto r = sample_report(2);
  out << r;
  CHECK(out.str() == kaya::report::text(r));
}
