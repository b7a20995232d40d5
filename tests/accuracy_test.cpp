// SPDX-License-Identifier: MIT
// A whole tracker on trees whose counters advance in real time. The truth is what their writer logged.
#include <doctest/doctest.h>

#include "support/fake_tree.hpp"

#include <kaya/kaya.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using kaya::meter::component;

namespace {

/// A tree, its writer and a tracker on it.
struct live {
  std::size_t zone(kaya_test::fake_zone z, double power, std::initializer_list<std::string> mirrors = {},
                   kaya_test::layout how = kaya_test::layout::linked) {
    std::vector<std::string> directories{tree.add(z, how)};
    for (const std::string& entry : mirrors) {
      kaya_test::fake_zone twin = z;
      twin.entry = entry;
      if (twin.name.find("-die-0") != std::string::npos) twin.name.back() = '1';
      directories.push_back(tree.add(twin, how));
    }
    return writer.add(
        directories, [power](double) { return power; }, z.energy, z.range);
  }
  kaya::tracker_options options() {
    kaya::meter::machine_options o;
    o.sysfs = tree.sysfs();
    o.procfs = tree.procfs();
    o.files = &files;
    kaya::tracker_options t;
    t.machine = kaya::meter::machine::detect(o);
    t.region = "FR";
    return t;
  }
  /// Energy of the channels that are measured and counted, in microjoules.
  static double measured(const kaya::run_report& r) {
    double sum = 0;
    for (const auto& c : r.channels)
      if (c.counted && c.how == kaya::meter::provenance::measured && c.energy_uj)
        sum += static_cast<double>(c.energy_uj->count());
    return sum;
  }
  /// What the counters had surely counted by a time, and what they may have: what they showed, or, where two
  /// samples saw the same count, a part of the next update.
  double least(const std::vector<std::size_t>& counters, std::int64_t at) const {
    double sum = 0;
    for (const std::size_t c : counters) sum += std::min(writer.least_shown(c, at), writer.truth(c, at));
    return sum;
  }
  double most(const std::vector<std::size_t>& counters, std::int64_t at) const {
    double sum = 0;
    for (const std::size_t c : counters) sum += std::max(writer.most_shown(c, at), writer.truth(c, at));
    return sum;
  }

  kaya_test::fake_tree tree;
  kaya_test::faulty_files files;
  kaya_test::live_writer writer;
};

const kaya::channel_line& channel(const kaya::run_report& r, std::string_view name) {
  for (const auto& c : r.channels)
    if (c.name == name) return c;
  FAIL("no channel " << name);
  return r.channels.front();
}
std::size_t counted(const kaya::run_report& r, component part) {
  std::size_t n = 0;
  for (const auto& c : r.channels)
    n += c.counted && c.part == part && c.how == kaya::meter::provenance::measured;
  return n;
}
bool has_event(const kaya::run_report& r, std::string_view where, std::string_view what) {
  for (const auto& e : r.events)
    if (e.where == where && e.what.find(what) != std::string::npos) return true;
  return false;
}

/// A moment that lies somewhere between two times: a thread may be held up between asking for a sample and
/// getting it.
struct moment {
  std::int64_t earliest, latest;
};
/// The error of a figure against what the counters showed, relative; 0 within what the moments leave open.
double error_of(const live& l, double microjoules, const std::vector<std::size_t>& counters, moment from,
                moment to) {
  const double least = l.least(counters, to.earliest) - l.most(counters, from.latest);
  const double most = l.most(counters, to.latest) - l.least(counters, from.earliest);
  if (microjoules < least) return microjoules / least - 1;
  if (microjoules > most) return microjoules / most - 1;
  return 0;
}

/// Runs for a while and gives the relative error of the measured total.
struct outcome {
  kaya::run_report report;
  double error;
};
outcome run(live& l, const std::vector<std::size_t>& counters, std::chrono::milliseconds length) {
  l.writer.start();
  const kaya::tracker_options o = l.options();
  kaya_test::sleep_ms(5);
  moment from{kaya_test::now_ns(), 0};
  kaya::tracker t(o);
  from.latest = kaya_test::now_ns();
  std::this_thread::sleep_for(length);
  moment to{kaya_test::now_ns(), 0};
  kaya::run_report r = t.stop();
  to.latest = kaya_test::now_ns();
  const double measured = live::measured(r), error = error_of(l, measured, counters, from, to);
  const double truth = l.least(counters, to.earliest) - l.least(counters, from.earliest);
  std::printf(
      "  measured %.4f J, counters showed %.4f J before the last sample: %+.4f %% (%+.4f %% beyond doubt)\n",
      measured * 1e-6, truth * 1e-6, (measured / truth - 1) * 100, error * 100);
  return {std::move(r), error};
}

}  // namespace

TEST_CASE("two sockets with core and dram: 2 s within 0.5 %") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 95), p1 = l.zone({"intel-rapl:1", "package-1"}, 70);
  l.zone({"intel-rapl:0:0", "core"}, 60);
  l.zone({"intel-rapl:1:0", "core"}, 40);
  const auto d0 = l.zone({"intel-rapl:0:1", "dram", 5'000'000, kaya_test::server_dram_range}, 12);
  const auto d1 = l.zone({"intel-rapl:1:1", "dram", 6'000'000, kaya_test::server_dram_range}, 9);
  const auto [r, error] = run(l, {p0, p1, d0, d1}, 2000ms);
  CHECK(std::abs(error) <= 0.005);
  CHECK(counted(r, component::cpu) == 2);
  CHECK(counted(r, component::memory) == 2);
  CHECK_FALSE(channel(r, "core-0").counted);
  CHECK(r.measured_share == 1.0);
  CHECK(r.worst_provenance == kaya::meter::provenance::measured);
  CHECK(r.energy->low <= r.energy->value);
  CHECK(r.energy->value <= r.energy->high);
}

TEST_CASE("20 s within 0.1 %, with wraps of both counters on the way") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0", kaya_test::intel_range - 400'000'000}, 88);
  const auto p1 =
      l.zone({"intel-rapl:1", "package-1", kaya_test::amd_range - 900'000'000, kaya_test::amd_range}, 130);
  const auto [r, error] = run(l, {p0, p1}, 20s);
  CHECK(std::abs(error) <= 0.001);
  CHECK(channel(r, "package-0").wraps == 1);
  CHECK(channel(r, "package-1").wraps == 1);
}

TEST_CASE("epochs of 200 ms within 1 %") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 95), d0 = l.zone({"intel-rapl:0:0", "dram"}, 15);
  l.writer.start();
  kaya::tracker t(l.options());
  std::vector<std::pair<moment, moment>> edges;
  for (int i = 0; i < 8; ++i) {
    moment begin{kaya_test::now_ns(), 0};
    auto e = t.epoch();
    begin.latest = kaya_test::now_ns();
    std::this_thread::sleep_for(200ms);
    moment end{kaya_test::now_ns(), 0};
    e.close();
    end.latest = kaya_test::now_ns();
    edges.emplace_back(begin, end);
    std::this_thread::sleep_for(13ms);
  }
  const auto r = t.stop();
  double worst = 0, worst_of_all = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const auto& [begin, end] = edges[i];
    const double energy = static_cast<double>(r.epochs.at(i).energy_uj->count());
    const double truth = l.least({p0, d0}, end.earliest) - l.least({p0, d0}, begin.earliest);
    worst_of_all = std::max(worst_of_all, std::abs(energy / truth - 1));
    worst = std::max(worst, std::abs(error_of(l, energy, {p0, d0}, begin, end)));
  }
  std::printf("  worst epoch %.3f %% (%.3f %% beyond doubt)\n", worst_of_all * 100, worst * 100);
  CHECK(worst <= 0.01);
  CHECK(r.epochs.size() == 8);
}

TEST_CASE("a client with psys and an MMIO twin counts its package once, and models the memory") {
  live l;
  l.tree.meminfo(16'000'000);
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 28, {"intel-rapl-mmio:0"});
  l.zone({"intel-rapl:0:0", "core"}, 20);
  l.zone({"intel-rapl:0:1", "uncore"}, 3);
  l.zone({"intel-rapl:1", "psys"}, 45);
  const auto [r, error] = run(l, {p0}, 2000ms);
  CHECK(std::abs(error) <= 0.005);
  CHECK(counted(r, component::cpu) == 1);
  CHECK_FALSE(channel(r, "psys").counted);
  bool modelled_memory = false;
  for (const auto& c : r.channels)
    modelled_memory = modelled_memory || (c.part == component::memory && c.counted &&
                                          c.how >= kaya::meter::provenance::modelled && c.energy_uj);
  CHECK(modelled_memory);
  CHECK(r.measured_share < 1);
  CHECK(r.measured_share > 0.5);
  CHECK(r.energy_uj->count() > static_cast<std::int64_t>(live::measured(r)));
}

TEST_CASE("AMD's core zones are not added to their packages") {
  live l;
  l.tree.cpuinfo("AuthenticAMD");
  const auto p0 = l.zone({"intel-rapl:0", "package-0", 1'000'000, kaya_test::amd_range}, 150);
  const auto p1 = l.zone({"intel-rapl:1", "package-1", 2'000'000, kaya_test::amd_range}, 130);
  l.zone({"intel-rapl:0:0", "core", 3'000'000, kaya_test::amd_range}, 5);
  l.zone({"intel-rapl:1:0", "core", 4'000'000, kaya_test::amd_range}, 6);
  const auto [r, error] = run(l, {p0, p1}, 2000ms);
  CHECK(std::abs(error) <= 0.005);
}

TEST_CASE("different dies of a package are summed, mirrored ones counted once") {
  SUBCASE("different") {
    live l;
    const auto a = l.zone({"intel-rapl:0", "package-0-die-0", 1'000'000'000}, 90);
    const auto b = l.zone({"intel-rapl:1", "package-0-die-1", 7'000'000'000}, 90);
    const auto [r, error] = run(l, {a, b}, 2000ms);
    CHECK(std::abs(error) <= 0.005);
  }
  SUBCASE("mirrored") {
    live l;
    const auto a = l.zone({"intel-rapl:0", "package-0-die-0", 1'000'000'000}, 90, {"intel-rapl:1"});
    const auto [r, error] = run(l, {a}, 2000ms);
    CHECK(std::abs(error) <= 0.005);
  }
}

TEST_CASE("twelve packages at one power are twelve packages") {
  live l;
  std::vector<std::size_t> counters;
  for (int i = 0; i < 12; ++i)
    counters.push_back(l.zone({"intel-rapl:" + std::to_string(i), "package-" + std::to_string(i)}, 50));
  const auto [r, error] = run(l, counters, 2000ms);
  CHECK(std::abs(error) <= 0.005);
  CHECK(counted(r, component::cpu) == 12);
}

TEST_CASE("package numbers that differ from zone numbers, psys in between or last") {
  for (const bool last : {false, true}) {
    CAPTURE(last);
    live l;
    const auto p0 = l.zone({last ? "intel-rapl:1" : "intel-rapl:2", "package-0"}, 60);
    const auto p1 = l.zone({"intel-rapl:0", "package-1"}, 80);
    l.zone({last ? "intel-rapl:2" : "intel-rapl:1", "psys"}, 300);
    const auto [r, error] = run(l, {p0, p1}, 1000ms);
    CHECK(std::abs(error) <= 0.01);
    const double share = static_cast<double>(channel(r, "package-1").energy_uj->count()) /
                         static_cast<double>(channel(r, "package-0").energy_uj->count());
    CHECK(share == doctest::Approx(80.0 / 60).epsilon(0.02));
  }
}

TEST_CASE("three wraps between two edges of an epoch are all counted") {
  live l;
  // 12 J at 80 W: a wrap every 150 ms.
  const auto p0 = l.zone({"intel-rapl:0", "package-0", 1'000'000, 12'000'000, {{0, 100'000'000}}}, 80);
  l.writer.start();
  kaya::tracker t(l.options());
  moment begin{kaya_test::now_ns(), 0};
  auto e = t.epoch();
  begin.latest = kaya_test::now_ns();
  std::this_thread::sleep_for(500ms);
  moment end{kaya_test::now_ns(), 0};
  e.close();
  end.latest = kaya_test::now_ns();
  const auto r = t.stop();
  CHECK(channel(r, "package-0").wraps >= 3);
  const auto energy = static_cast<double>(r.epochs.at(0).energy_uj->count());
  CHECK(std::abs(error_of(l, energy, {p0}, begin, end)) <= 0.02);
}

TEST_CASE("a file that vanishes and returns: its energy meanwhile is recovered and flagged") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 90), p1 = l.zone({"intel-rapl:1", "package-1"}, 50);
  l.writer.start();
  kaya::tracker_options o = l.options();
  o.sampling_period = 10ms;
  moment from{kaya_test::now_ns(), 0};
  kaya::tracker t(o);
  from.latest = kaya_test::now_ns();
  std::this_thread::sleep_for(200ms);
  l.files.fail("intel-rapl:0/energy_uj", ENODEV);
  std::this_thread::sleep_for(300ms);
  CHECK(has_event(t.report(), "package-0", "can no longer be read"));
  l.files.heal();
  std::this_thread::sleep_for(200ms);
  moment to{kaya_test::now_ns(), 0};
  const auto r = t.stop();
  to.latest = kaya_test::now_ns();
  CHECK(channel(r, "package-0").gaps == 1);
  CHECK(channel(r, "package-1").gaps == 0);
  CHECK(channel(r, "package-0").coverage > 0.99);
  CHECK(std::abs(error_of(l, live::measured(r), {p0, p1}, from, to)) <= 0.01);
}

TEST_CASE("a file that vanishes for good leaves a hole that is seen, not a zero") {
  live l;
  l.zone({"intel-rapl:0", "package-0"}, 90);
  l.zone({"intel-rapl:1", "package-1"}, 50);
  l.writer.start();
  kaya::tracker_options o = l.options();
  o.sampling_period = 10ms;
  kaya::tracker t(o);
  std::this_thread::sleep_for(200ms);
  l.files.fail("intel-rapl:0/energy_uj", EIO);
  std::this_thread::sleep_for(200ms);
  const auto r = t.stop();
  const auto& c = channel(r, "package-0");
  CHECK(c.coverage < 0.7);
  CHECK(c.why == kaya::meter::missing::lost);
  CHECK(c.energy->high.count() > c.energy->value.count() * 1.4);
}

TEST_CASE("garbage for a while is no energy, and the counter is picked up again") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 90), p1 = l.zone({"intel-rapl:1", "package-1"}, 50);
  l.writer.start();
  kaya::tracker_options o = l.options();
  o.sampling_period = 10ms;
  moment from{kaya_test::now_ns(), 0};
  kaya::tracker t(o);
  from.latest = kaya_test::now_ns();
  for (const char* text :
       {"garbage\n", "", "12x\n", "-5\n", "99999999999999999999999\n", "7\n", "262143328849\n"}) {
    std::this_thread::sleep_for(50ms);
    l.files.replace("intel-rapl:0/energy_uj", text);
    std::this_thread::sleep_for(12ms);
    l.files.heal();
  }
  std::this_thread::sleep_for(100ms);
  moment to{kaya_test::now_ns(), 0};
  const auto r = t.stop();
  to.latest = kaya_test::now_ns();
  CHECK(std::abs(error_of(l, live::measured(r), {p0, p1}, from, to)) <= 0.02);
}

TEST_CASE("a counter that is reset to zero costs what it had not shown, never more") {
  live l;
  const std::string reset = l.tree.add({"intel-rapl:0", "package-0", 200'000'000'000});
  const auto p1 = l.zone({"intel-rapl:1", "package-1"}, 50);
  // The first package's counter falls to zero after 300 ms.
  l.writer.start();
  kaya::tracker_options o = l.options();
  o.sampling_period = 10ms;
  moment from{kaya_test::now_ns(), 0};
  kaya::tracker t(o);
  from.latest = kaya_test::now_ns();
  std::uint64_t value = 200'000'000'000;
  for (int i = 0; i < 60; ++i) {
    if (i == 30) value = 0;
    value += 1'000'000;
    l.tree.write("sysfs/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj",
                 std::to_string(value) + "\n");
    std::this_thread::sleep_for(10ms);
  }
  moment to{kaya_test::now_ns(), 0};
  const auto r = t.stop();
  to.latest = kaya_test::now_ns();
  CHECK(channel(r, "package-0").resets == 1);
  const auto energy = channel(r, "package-0").energy_uj->count();
  CHECK(energy > 55'000'000);
  CHECK(energy <= 60'000'000);
  const auto other = static_cast<double>(channel(r, "package-1").energy_uj->count());
  CHECK(std::abs(error_of(l, other, {p1}, from, to)) <= 0.01);
}

TEST_CASE("a stuck counter is an event and not a silent zero") {
  live l;
  l.tree.add({"intel-rapl:0", "package-0"});
  l.zone({"intel-rapl:1", "package-1"}, 50);
  l.writer.start();
  kaya::tracker t(l.options());
  std::this_thread::sleep_for(1500ms);
  const auto r = t.stop();
  CHECK_FALSE(channel(r, "package-0").energy_uj);
  CHECK(channel(r, "package-0").why == kaya::meter::missing::implausible);
  CHECK(has_event(r, "package-0", "does not move"));
  CHECK(channel(r, "package-1").energy_uj);
}

TEST_CASE("no permission for any counter: the model stands in, and the report says why") {
  live l;
  l.tree.cpuinfo("GenuineIntel");
  l.tree.stat(1000, 5000);
  l.tree.meminfo(8'000'000);
  l.tree.add({"intel-rapl:0", "package-0"});
  l.tree.add({"intel-rapl:1", "package-1"});
  l.files.fail("energy_uj", EACCES);
  kaya::tracker t(l.options());
  std::this_thread::sleep_for(200ms);
  const auto r = t.stop();
  CHECK(r.energy_uj);
  CHECK(r.measured_share == 0);
  CHECK(r.worst_provenance >= kaya::meter::provenance::modelled);
  CHECK(channel(r, "package-0").why == kaya::meter::missing::no_permission);
  CHECK_FALSE(channel(r, "package-0").energy_uj);
  CHECK(kaya::report::text(r).find("no permission") != std::string::npos);
}

TEST_CASE("KAYA_SYSFS and KAYA_PROCFS point the whole library at a tree") {
  live l;
  const auto p0 = l.zone({"intel-rapl:0", "package-0"}, 90), p1 = l.zone({"intel-rapl:1", "package-1"}, 50);
  setenv("KAYA_SYSFS", l.tree.sysfs().c_str(), 1);
  setenv("KAYA_PROCFS", l.tree.procfs().c_str(), 1);
  l.writer.start();
  moment from{kaya_test::now_ns(), 0};
  kaya::tracker t;
  from.latest = kaya_test::now_ns();
  std::this_thread::sleep_for(300ms);
  moment to{kaya_test::now_ns(), 0};
  const auto r = t.stop();
  to.latest = kaya_test::now_ns();
  unsetenv("KAYA_SYSFS");
  unsetenv("KAYA_PROCFS");
  CHECK(std::abs(error_of(l, live::measured(r), {p0, p1}, from, to)) <= 0.05);
}
