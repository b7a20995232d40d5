// SPDX-License-Identifier: MIT
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/machine.hpp>
#include <kaya/meter/perf_event.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_pmu.hpp"

using namespace kaya::meter;
using namespace kaya_test;

namespace {

constexpr std::int64_t second = 1'000'000'000;

/// Two sockets whose lead CPUs are 0 and 8.
void add_two_sockets(const fake_tree& tree) {
  tree.cpuinfo("GenuineIntel");
  add_pmu(tree, {{0, 0}, {8, 1}});
}
detection detect(const fake_tree& tree, std::span<const channel> zones = {}) {
  return detect_perf_event(tree.places(), zones, fake_kernel::calls());
}
std::string names(const detection& d) {
  std::string text;
  if (d.meter)
    for (const channel& c : d.meter->channels()) text += (text.empty() ? "" : ", ") + c.name;
  return text;
}
std::string counted(const machine& m) {
  std::string text;
  for (const channel& c : m.channels()) text += (text.empty() ? "" : ", ") + c.name + "/" + c.mechanism;
  return text;
}
machine on(const fake_tree& tree, kaya::detail::file_system* files = nullptr, bool prefer_psys = false) {
  static const perf_calls calls = fake_kernel::calls();
  machine_options o;
  o.sysfs = tree.sysfs();
  o.procfs = tree.procfs();
  o.perf = &calls;
  o.files = files;
  o.prefer_psys = prefer_psys;
  return machine::detect(o);
}
bool says(const detection& d, const std::string& text) {
  for (const finding& f : d.findings)
    if ((f.what + ": " + f.text + " " + f.remedy).find(text) != std::string::npos) return true;
  return false;
}
void add_zones(const fake_tree& tree) {
  tree.add({.entry = "intel-rapl:0", .name = "package-0", .max_power_uw = {{0, 205'000'000}}});
  tree.add({.entry = "intel-rapl:0:0", .name = "dram"});
  tree.add({.entry = "intel-rapl:1", .name = "package-1"});
  tree.add({.entry = "intel-rapl:1:0", .name = "dram"});
}

/// Reads each second and gives what each channel used, in joules.
std::vector<double> joules_after(source& meter, int seconds, const std::function<void(int)>& each_second) {
  std::vector<kaya::ledger::timeline> lines;
  for (const channel& c : meter.channels()) lines.emplace_back(c);
  for (int s = 0; s <= seconds; ++s) {
    each_second(s);
    meter.begin_round();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (s > 0) lines[i].extend((s - 1) * second, s * second, {}, {});
      if (lines[i].accept(meter.read(i, s * second), s * second).known) lines[i].settled();
    }
  }
  std::vector<double> joules;
  for (const auto& t : lines) joules.push_back(static_cast<double>(t.total_uj) * 1e-6);
  return joules;
}

}  // namespace

TEST_CASE("packages and memory of each socket are channels of the power PMU") {
  fake_tree tree;
  fake_kernel::fresh();
  add_two_sockets(tree);
  const detection d = detect(tree);
  CHECK(names(d) == "package-0, dram-0, package-1, dram-1");
  const channel& c = d.meter->channels()[3];
  CHECK(c.device == "socket1/dram");
  CHECK(c.part == component::memory);
  CHECK(c.how == provenance::measured);
  CHECK(c.unit_numerator == 15625);  // 10^6 / 2^32, reduced
  CHECK(c.unit_denominator == 67108864);
  CHECK(c.counted);
}
TEST_CASE("counts of the PMU are joules times two to the 32") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  add_two_sockets(tree);
  k.counts[{0, 2}] = pmu_counts(5e6);  // what was counted before does not matter
  const detection d = detect(tree);
  const auto joules = joules_after(*d.meter, 1000, [&](int s) {
    k.counts[{0, 2}] = pmu_counts(5e6 + 150.0 * s);
    k.counts[{0, 3}] = pmu_counts(20.5 * s);
    k.counts[{8, 2}] = pmu_counts(90.0 * s);
    k.counts[{8, 3}] = pmu_counts(10.0 * s);
  });
  CHECK(joules[0] == doctest::Approx(150'000).epsilon(1e-9));
  CHECK(joules[1] == doctest::Approx(20'500).epsilon(1e-9));
  CHECK(joules[2] == doctest::Approx(90'000).epsilon(1e-9));
  CHECK(joules[3] == doctest::Approx(10'000).epsilon(1e-9));
}
TEST_CASE("one read brings all counters of a package") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  add_two_sockets(tree);
  const detection d = detect(tree);
  k.reads = 0;
  for (int round = 1; round <= 3; ++round) {
    d.meter->begin_round();
    for (std::size_t i = 0; i < 4; ++i) d.meter->read(i, round);
  }
  CHECK(k.reads == 3 * 2);
}
TEST_CASE("where the kernel groups nothing, each counter is read by itself") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  k.groups = false;
  add_two_sockets(tree);
  const detection d = detect(tree);
  CHECK(names(d) == "package-0, dram-0, package-1, dram-1");
  const auto joules = joules_after(*d.meter, 10, [&](int s) {
    k.counts[{0, 3}] = pmu_counts(20.0 * s);
    k.counts[{8, 2}] = pmu_counts(90.0 * s);
  });
  CHECK(joules[1] == doctest::Approx(200));
  CHECK(joules[2] == doctest::Approx(900));
}
TEST_CASE("dies have counters of their own where a package has several CPUs in the mask") {
  fake_tree tree;
  fake_kernel::fresh();
  add_pmu(tree, {{0, 0, 0}, {28, 0, 1}, {56, 1, 0}, {84, 1, 1}}, {{"energy-pkg", 2}});
  CHECK(names(detect(tree)) == "package-0-die-0, package-0-die-1, package-1-die-0, package-1-die-1");
}
TEST_CASE("a package of AMD counts once, whatever number of its dies is in the mask") {
  fake_tree tree;
  fake_kernel::fresh();
  tree.cpuinfo("AuthenticAMD");
  add_pmu(tree, {{0, 0, 0}, {8, 0, 1}, {64, 1, 0}, {72, 1, 1}}, {{"energy-pkg", 2}});
  CHECK(names(detect(tree)) == "package-0, package-1");
}
TEST_CASE("cores and graphics are inside their package and only shown") {
  fake_tree tree;
  fake_kernel::fresh();
  add_pmu(tree, {{0, 0}}, {{"energy-cores", 1}, {"energy-pkg", 2}, {"energy-gpu", 4}, {"energy-psys", 5}});
  const detection d = detect(tree);
  CHECK(names(d) == "package-0, core-0, uncore-0");
  CHECK(d.meter->channels()[1].inside == "socket0/package");
  CHECK_FALSE(d.meter->channels()[1].counted);
}
TEST_CASE("no permission comes with the level that forbids it and the command that allows it") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  k.refuses = EACCES;
  add_two_sockets(tree);
  tree.write("procfs/sys/kernel/perf_event_paranoid", "3\n");
  detection d = detect(tree);
  CHECK_FALSE(d.meter);
  CHECK(d.findings[0].why == missing::no_permission);
  CHECK(says(d, "perf_event_paranoid is 3"));
  CHECK(says(d, "sudo sysctl kernel.perf_event_paranoid=0"));
  k.refuses = EPERM;
  tree.write("procfs/sys/kernel/perf_event_paranoid", "-1\n");
  d = detect(tree);
  CHECK(says(d, "--cap-add PERFMON"));
}
TEST_CASE("a kernel that opens nothing for another reason is named by its errno") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  add_two_sockets(tree);
  k.type = 15;
  const detection d = detect(tree);
  CHECK_FALSE(d.meter);
  CHECK(d.findings[0].why == missing::not_supported);
  CHECK(says(d, "errno 2"));
}
TEST_CASE("a PMU without a scale, a unit, a mask or a type is not believed") {
  for (const auto& [file, text] :
       std::vector<std::pair<std::string, std::string>>{{"events/energy-pkg.scale", "0\n"},
                                                        {"events/energy-pkg.scale", "many\n"},
                                                        {"events/energy-pkg.unit", "Watts\n"},
                                                        {"events/energy-pkg", "config=2\n"},
                                                        {"cpumask", "\n"},
                                                        {"cpumask", "3-1\n"},
                                                        {"type", "-\n"}}) {
    fake_tree tree;
    fake_kernel::fresh();
    add_pmu(tree, {{0, 0}, {8, 1}}, {{"energy-pkg", 2}});
    tree.write("sysfs/bus/event_source/devices/power/" + file, text);
    const std::string changed = file;
    CAPTURE(changed);
    CHECK(names(detect(tree)) == "");
  }
}
TEST_CASE("a package whose CPUs go offline is lost, and counts on when they return") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  add_two_sockets(tree);
  const detection d = detect(tree);
  const auto joules = joules_after(*d.meter, 20, [&](int s) {
    k.offline[8] = s >= 5 && s < 10;
    k.counts[{0, 2}] = pmu_counts(100.0 * s);
    k.counts[{8, 2}] = pmu_counts(100.0 * s);
    if (s == 7) {
      d.meter->begin_round();
      CHECK(d.meter->read(2, 7 * second).why == missing::lost);
    }
  });
  CHECK(joules[0] == doctest::Approx(2000));
  // Of the gap nothing is known: from the fifth second to the first reading of the new descriptor.
  CHECK(joules[2] >= 1200);
  CHECK(joules[2] <= 1500);
}
TEST_CASE("descriptors are closed with the last owner of the source") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  add_two_sockets(tree);
  {
    const detection d = detect(tree);
    CHECK(k.open.size() == 4);
  }
  CHECK(k.open.empty());
}

TEST_CASE("the PMU is preferred to powercap's files, whose counters are then not read") {
  fake_tree tree;
  fake_kernel::fresh();
  add_two_sockets(tree);
  add_zones(tree);
  faulty_files files;
  const machine m = on(tree, &files);
  CHECK(counted(m) == "package-0/perf_event, dram-0/perf_event, package-1/perf_event, dram-1/perf_event");
  CHECK(m.channels()[0].rated_watts == doctest::Approx(205));
  for (const bound_channel& b : m.bound_channels()) CHECK(b.what.mechanism != "powercap");
}
TEST_CASE("what the PMU may not count is counted by powercap's files") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  k.refuses = EACCES;
  add_two_sockets(tree);
  add_zones(tree);
  CHECK(counted(on(tree)) == "package-0/powercap, dram-0/powercap, package-1/powercap, dram-1/powercap");
}
TEST_CASE("the PMU counts where powercap's files are for root only") {
  fake_tree tree;
  fake_kernel::fresh();
  add_two_sockets(tree);
  add_zones(tree);
  faulty_files files;
  files.fail("energy_uj", EACCES);
  CHECK(counted(on(tree, &files)) ==
        "package-0/perf_event, dram-0/perf_event, package-1/perf_event, dram-1/perf_event");
}
TEST_CASE("memory that only powercap counts is counted beside the PMU's packages") {
  fake_tree tree;
  fake_kernel::fresh();
  tree.cpuinfo("GenuineIntel");
  add_pmu(tree, {{0, 0}, {8, 1}}, {{"energy-pkg", 2}});
  add_zones(tree);
  CHECK(counted(on(tree)) == "package-0/perf_event, package-1/perf_event, dram-0/powercap, dram-1/powercap");
}
TEST_CASE("a domain that powercap does not know is not taken from the PMU") {
  fake_tree tree;
  fake_kernel::fresh();
  add_two_sockets(tree);
  tree.add({.entry = "intel-rapl:0", .name = "package-0"});
  tree.add({.entry = "intel-rapl:1", .name = "package-1"});
  tree.meminfo(62 << 20);
  const machine m = on(tree);
  CHECK(counted(m) == "package-0/perf_event, package-1/perf_event, memory (model)/model");
}
TEST_CASE("a die that shows another's counter is shown, not counted, as powercap's checks found") {
  fake_tree tree;
  fake_kernel& k = fake_kernel::fresh();
  tree.cpuinfo("GenuineIntel");
  add_pmu(tree, {{0, 0, 0}, {28, 0, 1}, {56, 1, 0}, {84, 1, 1}}, {{"energy-pkg", 2}});
  // Package 0 has one counter that both of its dies show; those of package 1 have one each.
  tree.add({.entry = "intel-rapl:0", .name = "package-0-die-0", .energy = 7'000'000});
  tree.add({.entry = "intel-rapl:1", .name = "package-0-die-1", .energy = 7'000'000});
  tree.add({.entry = "intel-rapl:2", .name = "package-1-die-0", .energy = 8'000'000});
  tree.add({.entry = "intel-rapl:3", .name = "package-1-die-1", .energy = 900'000'000});
  const detection zones = detect_powercap(tree.places());
  const detection d = detect(tree, zones.meter->channels());
  REQUIRE(names(d) == "package-0-die-0, package-0-die-1, package-1-die-0, package-1-die-1");
  const auto all = d.meter->channels();
  CHECK_FALSE(all[1].counted);
  CHECK(all[1].inside == "socket0/die0/package");
  CHECK(all[1].note == zones.meter->channels()[1].note);
  CHECK(all[1].note == "the same counter as package-0-die-0");
  CHECK(says(d, "package-0-die-1: shown, not counted: the same counter as package-0-die-0"));
  const auto joules = joules_after(*d.meter, 10, [&](int s) {
    k.counts[{0, 2}] = k.counts[{28, 2}] = pmu_counts(100.0 * s);
    k.counts[{56, 2}] = pmu_counts(60.0 * s);
    k.counts[{84, 2}] = pmu_counts(50.0 * s);
  });
  double total = 0;
  for (std::size_t i = 0; i < joules.size(); ++i) total += all[i].counted ? joules[i] : 0;
  CHECK(total == doctest::Approx(2100));
}
TEST_CASE("a psys that was asked for replaces the PMU's packages, too") {
  fake_tree tree;
  fake_kernel::fresh();
  tree.cpuinfo("GenuineIntel");
  add_pmu(tree, {{0, 0}}, {{"energy-pkg", 2}});
  tree.add({.entry = "intel-rapl:0", .name = "package-0"});
  tree.add({.entry = "intel-rapl:1", .name = "psys"});
  CHECK(counted(on(tree, nullptr, true)) == "psys/powercap");
}
