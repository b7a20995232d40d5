// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/power_supply.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::component;
using kaya::meter::detect_batteries;
using kaya::meter::detection;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::battery::figures;
using kaya::meter::battery::units;
using kaya::meter::battery::watts_of;

namespace {

constexpr std::int64_t ms = 1'000'000;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

using file_list = std::vector<std::pair<std::string, std::string>>;
void supply(const fake_tree& t, const std::string& name, const file_list& files) {
  for (const auto& [file, text] : files)
    t.write("sysfs/class/power_supply/" + name + "/" + file, text + "\n");
}
void battery(const fake_tree& t, const std::string& name, const std::string& status,
             const std::string& power) {
  supply(t, name,
         {{"type", "Battery"},
          {"status", status},
          {"present", "1"},
          {"power_now", power},
          {"voltage_now", "11400000"},
          {"energy_full_design", "50000000"}});
}
measurement read(const detection& d, std::int64_t now_ns = ms) { return d.meter->read(0, now_ns); }

double watts(figures f) {
  units u;
  return watts_of(f, u).value_or(-1);
}

/// Joules by the ledger over readings 100 ms apart, each after a change of the tree.
struct integral {
  explicit integral(const detection& found) : d(found), line(found.meter->channels()[0]) {}
  template <class F>
  void pass(int steps, F&& change) {
    for (int i = 0; i < steps; ++i) {
      line.extend(now, now + 100 * ms, {}, {});
      now += 100 * ms;
      change(i);
      line.accept(d.meter->read(0, now), now);
      line.settled();
    }
  }
  const detection& d;
  kaya::ledger::timeline line;
  std::int64_t now = 0;
};

}  // namespace

// --- the figures of one battery

TEST_CASE("power in microwatts is taken as it is, of either sign") {
  CHECK(watts({.power = 12'500'000}) == doctest::Approx(12.5));
  CHECK(watts({.power = -12'500'000, .voltage = 11'400'000}) == doctest::Approx(12.5));
  CHECK(watts({.power = 95'000'000, .energy_full = 90'000'000}) == doctest::Approx(95));
}

TEST_CASE("current times voltage is power where the driver shows no power") {
  CHECK(watts({.current = 1'500'000, .voltage = 12'000'000}) == doctest::Approx(18));
  CHECK(watts({.current = -1'500'000, .voltage = 12'000'000, .charge_full = 5'000'000}) ==
        doctest::Approx(18));
  CHECK(watts({.current = 1'500'000}) == -1);
  CHECK(watts({.current = 1'500'000, .voltage = 12}) == -1);
}

TEST_CASE("drivers that write milliwatts and milliamperes are seen through") {
  CHECK(watts({.power = -5'243, .current = -1'248, .voltage = 4'200'000}) == doctest::Approx(5.243));
  CHECK(watts({.current = -1'248, .voltage = 4'200'000}) == doctest::Approx(5.2416));
  CHECK(watts({.current = -1'248, .voltage = 4'200}) == doctest::Approx(5.2416));
  CHECK(watts({.power = 45'000, .energy_full = 57'000}) == doctest::Approx(45));
  CHECK(watts({.power = 150'000, .energy_full = 99'000}) == doctest::Approx(150));
}

TEST_CASE("what a battery holds tells thousandths from millionths") {
  CHECK(watts({.power = 150'000, .energy_full = 15'000'000}) == doctest::Approx(0.15));
  CHECK(watts({.power = 150'000, .voltage = 12'000'000, .charge_full = 6'000'000}) == doctest::Approx(150));
  CHECK(watts({.current = 25'000, .voltage = 3'800'000, .charge_full = 4'000'000}) == doctest::Approx(0.095));
}

TEST_CASE("units once found stay, so that a low reading is no jump") {
  units u;
  CHECK(*watts_of({.power = 15'000'000}, u) == doctest::Approx(15));
  CHECK(*watts_of({.power = 90'000}, u) == doctest::Approx(0.09));
  units wrong;  // the first reading misled: 50 W that were 0.05 W
  CHECK(*watts_of({.power = 50'000}, wrong) == doctest::Approx(50));
  CHECK(*watts_of({.power = 15'000'000}, wrong) == doctest::Approx(15));
  CHECK(*watts_of({.power = 50'000}, wrong) == doctest::Approx(0.05));
}

TEST_CASE("nothing, and more than a battery gives, is no power") {
  CHECK(watts({}) == -1);
  CHECK(watts({.power = 0}) == -1);
  CHECK(watts({.power = 0, .current = 0, .voltage = 11'000'000}) == -1);
  CHECK(watts({.power = INT64_MIN}) == -1);
  CHECK(watts({.power = 4'294'967'295'000}) == -1);
  CHECK(watts({.power = 0, .current = 2'000'000, .voltage = 10'000'000}) == doctest::Approx(20));
}

// --- machines

TEST_CASE("a laptop on battery is metered as a whole") {
  fake_tree t;
  supply(t, "AC", {{"type", "Mains"}, {"online", "0"}});
  battery(t, "BAT0", "Discharging", "17250000");
  const detection d = detect_batteries(t.places());
  REQUIRE(d.meter);
  const auto& c = d.meter->channels()[0];
  CHECK(c.name == "battery");
  CHECK(c.device == kaya::meter::whole_node);
  CHECK(c.part == component::platform);
  CHECK(c.has_memory);
  CHECK(c.how == kaya::meter::provenance::integrated);
  CHECK(c.counted);
  CHECK(read(d).watts == doctest::Approx(17.25));
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].used);
  CHECK(contains(d.findings[0].text, "BAT0: Discharging"));
  CHECK(read(d, ms).why == std::nullopt);
  CHECK(d.meter->read(1, ms).why == missing::not_present);
}

TEST_CASE("a battery that does not discharge is no channel, and said") {
  for (const char* status : {"Charging", "Full", "Not charging", "Unknown"}) {
    fake_tree t;
    battery(t, "BAT0", status, "17250000");
    battery(t, "BAT1", "Full", "0");
    const detection d = detect_batteries(t.places());
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(!d.findings[0].used);
    CHECK(d.findings[0].why == missing::not_present);
    CHECK(contains(d.findings[0].text, std::string("BAT0: ") + status));
  }
}

TEST_CASE("a battery that discharges beside the mains does not tell what the machine draws") {
  fake_tree t;
  supply(t, "ADP1", {{"type", "Mains"}, {"online", "1"}});
  battery(t, "BAT0", "Discharging", "17250000");
  CHECK(!detect_batteries(t.places()).meter);
}

TEST_CASE("two batteries are one channel, the sum of those that discharge") {
  fake_tree t;
  battery(t, "BAT1", "Discharging", "-9000000");
  battery(t, "BAT0", "Discharging", "5000000");
  const detection d = detect_batteries(t.places());
  REQUIRE(d.meter);
  CHECK(d.meter->channels().size() == 1);
  CHECK(d.meter->channels()[0].name == "batteries");
  CHECK(contains(d.findings[0].text, "BAT0: Discharging, BAT1: Discharging"));
  CHECK(read(d).watts == doctest::Approx(14));
  t.write("sysfs/class/power_supply/BAT1/status", "Not charging\n");
  CHECK(read(d).watts == doctest::Approx(5));
  t.write("sysfs/class/power_supply/BAT1/status", "Charging\n");
  CHECK(read(d).why == missing::not_present);
}

TEST_CASE("batteries of mice, USB sources and empty bays are not the machine's") {
  fake_tree t;
  battery(t, "hidpp_battery_0", "Discharging", "100000");
  t.write("sysfs/class/power_supply/hidpp_battery_0/scope", "Device\n");
  supply(t, "ucsi-source-psy-1-00081",
         {{"type", "USB"}, {"online", "1"}, {"status", "Discharging"}, {"power_now", "1"}});
  battery(t, "BAT1", "Discharging", "1000000");
  t.write("sysfs/class/power_supply/BAT1/present", "0\n");
  detection d = detect_batteries(t.places());
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(contains(d.findings[0].text, "no battery"));
  battery(t, "BAT0", "Discharging", "20000000");
  t.write("sysfs/class/power_supply/BAT0/scope", "System\n");
  d = detect_batteries(t.places());
  REQUIRE(d.meter);
  CHECK(read(d).watts == doctest::Approx(20));
}

TEST_CASE("a machine without power supplies has one finding") {
  fake_tree t;
  const detection d = detect_batteries(t.places());
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
}

TEST_CASE("a handheld whose driver writes milliwatts is read right") {
  fake_tree t;
  supply(t, "battery",
         {{"type", "Battery"},
          {"status", "Discharging"},
          {"power_now", "-5243"},
          {"current_now", "-1248"},
          {"voltage_now", "4201000"}});
  const detection d = detect_batteries(t.places());
  REQUIRE(d.meter);
  CHECK(read(d).watts == doctest::Approx(5.243));
}

TEST_CASE("a driver that cannot tell the power is asked for current and voltage") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "5000000");
  supply(t, "BAT0", {{"current_now", "1000000"}});
  faulty_files files;
  files.fail_read("BAT0/power_now", ENODATA);
  const detection d = detect_batteries(t.places(files));
  REQUIRE(d.meter);
  CHECK(read(d).watts == doctest::Approx(11.4));
}

TEST_CASE("a battery that shows no power is told, and is no channel") {
  fake_tree t;
  supply(t, "BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "80"}});
  const detection d = detect_batteries(t.places());
  CHECK(!d.meter);
  CHECK(d.findings[0].why == missing::not_supported);
}

TEST_CASE("a battery that may not be read has its remedy") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "5000000");
  faulty_files files;
  files.fail("power_now", EACCES);
  const detection d = detect_batteries(t.places(files));
  REQUIRE(d.meter);
  CHECK(d.meter->channels()[0].why == missing::no_permission);
  CHECK(d.findings[0].remedy == "sudo chmod a+r " + t.sysfs() + "/class/power_supply/BAT0/power_now");
  CHECK(!d.findings[0].used);
}

TEST_CASE("errors and garbage are gaps with a reason, and the next reading tries again") {
  struct {
    int error;
    missing why;
  } const cases[] = {{EIO, missing::lost},
                     {EAGAIN, missing::lost},
                     {ENODEV, missing::lost},
                     {ENODATA, missing::not_supported}};
  for (const auto& c : cases) {
    fake_tree t;
    battery(t, "BAT0", "Discharging", "5000000");
    battery(t, "BAT1", "Discharging", "6000000");
    faulty_files files;
    const detection d = detect_batteries(t.places(files));
    files.fail_read("BAT1/power_now", c.error);
    CHECK(read(d).why == c.why);
    files.heal();
    CHECK(read(d).watts == doctest::Approx(11));
  }
  fake_tree t;
  battery(t, "BAT0", "Discharging", "5000000");
  faulty_files files;
  const detection d = detect_batteries(t.places(files));
  for (const char* text : {"", "\n", "N/A\n", "0x10\n", "0\n", "99999999999999999999999\n"}) {
    files.replace("power_now", text);
    CHECK(read(d).why == missing::implausible);
  }
}

#ifndef KAYA_PORTABLE

TEST_CASE("a battery that is taken out is lost, and found when it returns") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "5000000");
  faulty_files files;
  {
    const detection d = detect_batteries(t.places(files));
    std::int64_t now = now_ns();
    CHECK(!read(d, now).why);
    t.remove("sysfs/class/power_supply/BAT0");
    CHECK(read(d, now += 100 * ms).why == missing::lost);
    battery(t, "BAT0", "Discharging", "7000000");
    CHECK(read(d, now += 100 * ms).watts == doctest::Approx(7));
  }
  CHECK(files.open_descriptors() == 0);
}

#endif

TEST_CASE("readings keep their descriptors") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "5000000");
  faulty_files files;
  const detection d = detect_batteries(t.places(files));
  read(d);
  const std::size_t opened = files.opened();
  for (int i = 0; i < 100; ++i) read(d, i * ms);
  CHECK(files.opened() == opened);
}

// --- joules

TEST_CASE("the energy of a battery is its power over time") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "10000000");
  const detection d = detect_batteries(t.places());
  integral sum(d);
  sum.pass(1, [](int) {});
  double truth = 0, before = 10;
  sum.pass(200, [&](int i) {
    const double w = 10 + i * 0.05;
    t.write("sysfs/class/power_supply/BAT0/power_now", std::to_string(static_cast<long>(-w * 1e6)) + "\n");
    truth += (before + w) / 2 * 0.1;
    before = w;
  });
  CHECK(static_cast<double>(sum.line.total_uj) * 1e-6 == doctest::Approx(truth).epsilon(0.005));
}

TEST_CASE("a battery counts only while it discharges") {
  fake_tree t;
  battery(t, "BAT0", "Discharging", "10000000");
  const detection d = detect_batteries(t.places());
  integral sum(d);
  sum.pass(11, [](int) {});
  CHECK(static_cast<double>(sum.line.total_uj) * 1e-6 == doctest::Approx(10).epsilon(0.005));
  const std::int64_t covered = sum.line.covered;
  t.write("sysfs/class/power_supply/BAT0/status", "Charging\n");
  sum.pass(50, [](int) {});
  CHECK(sum.line.lost());
  CHECK(sum.line.why() == missing::not_present);
  CHECK(static_cast<double>(sum.line.total_uj) * 1e-6 == doctest::Approx(10).epsilon(0.005));
  CHECK(sum.line.covered == covered);
}
