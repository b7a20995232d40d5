// SPDX-License-Identifier: MIT
#include <kaya/meter/model.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_tree.hpp"

using namespace kaya::meter;
using namespace kaya_test;
using doctest::Approx;
using model::cpu_energy;
using model::guess_modules;
using model::rate_cpu;
using model::rating;

namespace {

constexpr std::int64_t second = 1'000'000'000;

/// A bare-metal server of two sockets with eight threads in all.
host server() {
  host h;
  h.name = "node1";
  h.cpu_model = "Some CPU";
  h.sockets = 2;
  h.cores = 4;
  h.logical_cpus = 8;
  h.memory_bytes = 62ull << 30;
  h.virtual_machine = false;
  return h;
}

/// A curve without a range.
model::power_curve curve(double idle, double full) { return {{idle, idle, idle}, {full, full, full}}; }
/// Detects with two points: 20 W and 100 W.
detection detect_two_points(const places& at, const host& h) {
  return detect_cpu_model(at, h, rate_cpu(at, h, {.tdp = {}, .idle = 20, .full = 100}));
}

double joules(const measurement& m) {
  REQUIRE_FALSE(m.why.has_value());
  return static_cast<double>(m.count) * 1e-6;
}
const channel& only_channel(const detection& d) {
  REQUIRE(static_cast<bool>(d.meter));
  REQUIRE(d.meter->channels().size() == 1);
  return d.meter->channels()[0];
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("energy is idle power and what busy CPUs add, along the curve") {
  cpu_energy e(curve(20, 100), 8);
  CHECK(e.at(5'000'000'000, 100 * second).microjoules == 0);
  CHECK(e.at(5'000'000'000, 101 * second).microjoules == 20'000'000);
  // Four busy for a second: 2u - u^1.4 is 0.621 at half load.
  CHECK(static_cast<double>(e.at(9'000'000'000, 102 * second).microjoules) ==
        Approx(20e6 + 20e6 + 80e6 * 0.621).epsilon(1e-3));
  const auto before = e.at(9'000'000'000, 102 * second).microjoules;
  CHECK(e.at(17'000'000'000, 103 * second).microjoules - before == 100'000'000);  // all: 100 W
}
TEST_CASE("the curve goes through its two points, is concave, and lies within its range everywhere") {
  const model::power_curve c{{12, 4, 30}, {85, 55, 110}};
  CHECK(c.at(0).value == Approx(12));
  CHECK(c.at(1).value == Approx(85));
  double last = 0;
  for (int i = 0; i <= 100; ++i) {
    const model::estimate p = c.at(i / 100.0);
    CHECK(p.low < p.value);
    CHECK(p.value < p.high);
    CHECK(p.value > last);
    last = p.value;
  }
  for (int i = 1; i < 10; ++i)
    CHECK(c.at((i - 1) / 10.0).value + c.at((i + 1) / 10.0).value < 2 * c.at(i / 10.0).value);
}
TEST_CASE("the curve is that of its source within 1 % of full power") {
  const model::power_curve c{{0, 0, 0}, {1, 1, 1}};
  for (int i = 0; i <= 100; ++i) {
    const double u = i / 100.0;
    CHECK(std::abs(c.at(u).value - (2 * u - std::pow(u, 1.4))) < 0.01);
  }
}
TEST_CASE("the range is about three to one from half load on, and narrower between two points") {
  const rating r = rate_cpu(server(), 8, {}, tdp_match{150, "x", true}, {});
  for (const double u : {0.5, 0.7, 1.0}) CHECK(r.curve.at(u).high / r.curve.at(u).low < 3.1);
  const rating two = rate_cpu(server(), 8, {.tdp = {}, .idle = 60, .full = 280}, {}, {});
  for (const double u : {0.0, 0.3, 0.5, 0.7, 1.0}) CHECK(two.curve.at(u).high / two.curve.at(u).low < 1.55);
}
TEST_CASE("modelled energy never decreases, whatever the clock and the load say") {
  cpu_energy e(curve(20, 100), 8);
  std::uint64_t last = e.at(5'000'000'000, 100 * second).microjoules;
  const std::uint64_t busy[] = {6'000'000'000, 5'990'000'000, 6'010'000'000, 0,
                                1'000'000,     UINT64_MAX,    7'000'000'000};
  for (int i = 0; i < 7; ++i) {
    const std::uint64_t now = e.at(busy[i], (i % 3 == 2 ? 99 : 101 + i) * second).microjoules;
    CHECK(now >= last);
    last = now;
  }
}
TEST_CASE("a load that steps back a little is not counted twice") {
  cpu_energy e(curve(0, 2), 2);
  e.at(0, 0);
  const auto once = e.at(20 * second, 10 * second).microjoules;
  CHECK(once == 20'000'000);
  CHECK(e.at(20 * second - 10'000'000, 11 * second).microjoules == once);
  CHECK(e.at(20 * second, 12 * second).microjoules == once);
  CHECK(e.at(22 * second, 13 * second).microjoules == once + 2'000'000);
}
TEST_CASE("a load that begins anew counts on from there") {
  cpu_energy e(curve(0, 2), 2);
  e.at(100 * second, 0);
  CHECK(e.at(102 * second, 1 * second).microjoules == 2'000'000);
  CHECK(e.at(5 * second, 2 * second).microjoules == 2'000'000);
  CHECK(e.at(7 * second, 3 * second).microjoules == 4'000'000);
}
TEST_CASE("no more is counted than all CPUs can have worked") {
  cpu_energy e(curve(0, 2), 2);
  e.at(0, 0);
  CHECK(static_cast<double>(e.at(1'000'000 * static_cast<std::uint64_t>(second), second).microjoules) ==
        Approx(2.04e6));
}
TEST_CASE("steps of the load between quick reads are kept whole") {
  cpu_energy e(curve(0, 8), 8);
  e.at(0, 0);
  std::uint64_t count = 0;
  for (int ms = 1; ms <= 20'000; ++ms)  // eight busy CPUs, seen in steps of 10 ms
    count = e.at(static_cast<std::uint64_t>(ms / 10) * 80'000'000, ms * std::int64_t{1'000'000}).microjoules;
  CHECK(static_cast<double>(count) == Approx(160e6).epsilon(0.005));
}
TEST_CASE("a load's energy does not depend on how often it is looked at") {
  // A quarter of the CPUs, busy in bursts: looked at each 1 ms to 10 s.
  std::vector<double> results;
  for (const int period_ms : {1, 10, 100, 1000, 10'000}) {
    cpu_energy e(curve(20, 100), 4);
    double uj = 0;
    for (int ms = 0; ms <= 60'000; ms += period_ms)
      uj = static_cast<double>(
          e.at(static_cast<std::uint64_t>(ms / 40) * 40'000'000, ms * std::int64_t{1'000'000}).microjoules);
    results.push_back(uj);
  }
  for (const double r : results) CHECK(r == Approx(results.back()).epsilon(0.02));
}

TEST_CASE("a given TDP is that of the whole machine, in a guest as well") {
  host h = server();
  CHECK(rate_cpu(h, 8, {.tdp = 100, .idle = {}, .full = {}}, tdp_match{150, "x", true}, 300).watts == 100);
  h.virtual_machine = true;
  const rating r = rate_cpu(h, 8, {.tdp = 100, .idle = {}, .full = {}}, std::nullopt, std::nullopt);
  CHECK(r.watts == 100);
  CHECK(r.how == provenance::modelled);
}
TEST_CASE("a TDP of the table is that of one socket") {
  const rating r = rate_cpu(server(), 8, {}, tdp_match{150, "intel xeon gold 6248", true}, 400);
  CHECK(r.watts == 300);
  CHECK(r.how == provenance::modelled);
  CHECK(says(r.basis, "2 x 150 W"));
  CHECK(says(r.basis, "intel xeon gold 6248"));
}
TEST_CASE("an entry found without its maker has a wider interval") {
  const rating exact = rate_cpu(server(), 8, {}, tdp_match{150, "x", true}, {});
  const rating near = rate_cpu(server(), 8, {}, tdp_match{150, "x", false}, {});
  CHECK(near.curve.at(1).low < exact.curve.at(1).low);
  CHECK(near.curve.at(1).high > exact.curve.at(1).high);
}
TEST_CASE("without a table entry the limits of the packages are taken") {
  const rating r = rate_cpu(server(), 8, {}, {}, 250);
  CHECK(r.watts == 250);
  CHECK(r.how == provenance::modelled);
}
TEST_CASE("with nothing known each thread is assumed to have 3 W, in a wide interval") {
  const rating r = rate_cpu(server(), 8, {}, {}, {});
  CHECK(r.watts == 24);
  CHECK(r.how == provenance::assumed);
  CHECK(r.curve.at(1).high / r.curve.at(1).low > 5);
  CHECK(says(r.basis, "3 W for each of 8 threads"));
}
TEST_CASE("a guest has the power of its threads, not that of the physical CPU") {
  host h = server();
  h.virtual_machine = true;
  h.sockets = 1;
  const rating r = rate_cpu(h, 8, {}, tdp_match{225, "amd epyc 7742", true}, {});
  CHECK(r.watts == 24);
  CHECK(r.how == provenance::assumed);
  CHECK(says(r.basis, "225 W"));
  CHECK(rate_cpu(h, 128, {}, tdp_match{225, "amd epyc 7742", true}, {}).watts ==
        225);  // but no more than all of it
}
TEST_CASE("WSL sees the whole CPU of its host") {
  host h = server();
  h.virtual_machine = true;
  h.wsl = true;
  h.sockets = 1;
  CHECK(rate_cpu(h, 8, {}, tdp_match{65, "intel core i7-8700", true}, {}).watts == 65);
}

TEST_CASE("packages' power limits are read though their energy may not be") {
  fake_tree tree;
  tree.add({.entry = "intel-rapl:0", .name = "package-0", .max_power_uw = {{0, 150'000'000}}});
  tree.add({.entry = "intel-rapl:0:0", .name = "dram", .max_power_uw = {{0, 40'000'000}}});
  tree.add({.entry = "intel-rapl:1", .name = "package-1", .max_power_uw = {{0, 150'000'000}}});
  tree.add({.entry = "intel-rapl-mmio:0", .name = "package-0", .max_power_uw = {{0, 150'000'000}}});
  faulty_files files;
  files.fail("energy_uj", EACCES);
  CHECK(model::package_limit(tree.places(files), server()) == 300);
}
TEST_CASE("limits that no package can have are not believed") {
  for (const std::uint64_t nonsense : {0ull, 999'999ull, 1'000'000'001ull, 4'294'967'295'000'000ull}) {
    fake_tree tree;
    tree.add({.entry = "intel-rapl:0", .name = "package-0", .max_power_uw = {{0, nonsense}}});
    CHECK_FALSE(model::package_limit(tree.places(), server()).has_value());
    tree.write("sysfs/class/powercap/intel-rapl:0/constraint_0_power_limit_uw", "45000000\n");
    CHECK(model::package_limit(tree.places(), server()) == 45);
  }
  fake_tree empty;
  CHECK_FALSE(model::package_limit(empty.places(), server()).has_value());
}

TEST_CASE("the load of the machine drives the CPU model") {
  fake_tree tree;
  tree.stat(1000, 5000);
  const detection d = detect_two_points(tree.places(), server());
  const channel& c = only_channel(d);
  CHECK(c.name == "cpu (model)");
  CHECK(c.mechanism == "model");
  CHECK(c.part == component::cpu);
  CHECK(c.how == provenance::modelled);
  CHECK(c.counted);
  CHECK_FALSE(c.wraps);
  CHECK(c.note == "calibrated: 20 W idle to 100 W at full load");
  CHECK(joules(d.meter->read(0, 0)) == 0);
  CHECK(joules(d.meter->read(0, second)) == Approx(20));
  tree.stat(1000 + 400, 5400);  // four of eight CPUs for a second
  const measurement m = d.meter->read(0, 2 * second);
  CHECK(joules(m) == Approx(20 + 20 + 0.621 * 80).epsilon(1e-3));
  // What the step may have been: along a straight line, or a strongly bent one.
  CHECK(c.low * m.low * (joules(m) - 20) == Approx(0.95 * (20 + 40)).epsilon(0.01));
  CHECK(c.high * m.high * (joules(m) - 20) == Approx(1.05 * (20 + 60)).epsilon(0.01));
}
TEST_CASE("idle counters that step back and CPUs that go offline do no harm") {
  fake_tree tree;
  tree.write("procfs/stat", "cpu  1000 0 0 5000 700 0 0 0 0 0\n");
  const detection d = detect_two_points(tree.places(), server());
  d.meter->read(0, 0);
  tree.write("procfs/stat", "cpu  1100 0 0 4000 10 0 0 0 0 0\n");  // one CPU for a second
  const double once = joules(d.meter->read(0, second));
  CHECK(once == Approx(20 + 80 * (0.25 - std::pow(0.125, 1.4))).epsilon(0.01));
  tree.write("procfs/stat",
             "cpu  500 0 0 2000 10 0 0 0 0 0\n");  // half of the CPUs are gone, with their time
  CHECK(joules(d.meter->read(0, 2 * second)) == Approx(once + 20));
  tree.write("procfs/stat", "cpu  600 0 0 2100 10 0 0 0 0 0\n");
  CHECK(joules(d.meter->read(0, 3 * second)) == Approx(2 * once + 20));
}
TEST_CASE("time stolen by other guests is not this one's") {
  fake_tree tree;
  tree.write("procfs/stat", "cpu  0 0 0 0 0 0 0 0 0 0\n");
  const detection d = detect_two_points(tree.places(), server());
  d.meter->read(0, 0);
  tree.write("procfs/stat", "cpu  0 0 0 0 0 0 0 800 0 0\n");
  CHECK(joules(d.meter->read(0, second)) == Approx(20));
}
TEST_CASE("a stat that cannot be read for a while loses nothing") {
  fake_tree tree;
  tree.stat(0, 0);
  faulty_files files;
  const detection d = detect_two_points(tree.places(files), server());
  d.meter->read(0, 0);
  files.fail("/stat", EIO);
  CHECK(d.meter->read(0, second).why == missing::lost);
  CHECK(d.meter->read(0, 2 * second).why == missing::lost);
  files.heal();
  tree.stat(800 * 3, 0);
  CHECK(joules(d.meter->read(0, 3 * second)) == Approx(300));
  files.replace("/stat", "nonsense");
  CHECK(d.meter->read(0, 4 * second).why == missing::lost);
}
TEST_CASE("a model closes what it opened") {
  fake_tree tree;
  tree.stat(0, 0);
  faulty_files files;
  {
    const detection d = detect_two_points(tree.places(files), server());
    d.meter->read(0, 0);
    d.meter->read(0, 1);
    CHECK(files.open_descriptors() == 1);
  }
  CHECK(files.open_descriptors() == 0);
}

TEST_CASE("under a quota the group's own CPU time counts (v2)") {
  fake_tree tree;
  tree.stat(0, 0);
  tree.write("sysfs/fs/cgroup/cpu.stat", "usage_usec 0\n");
  host h = server();
  h.limits.cpus = 2;
  h.limits.usage_file = tree.sysfs() + "/fs/cgroup/cpu.stat";
  const detection d = detect_two_points(tree.places(), h);
  CHECK(says(only_channel(d).note, "CPU quota 2 of 8 CPUs, load of the control group"));
  d.meter->read(0, 0);
  tree.stat(8000, 0);                                    // others' load
  CHECK(joules(d.meter->read(0, second)) == Approx(5));  // a quarter of 20 W idle
  tree.write("sysfs/fs/cgroup/cpu.stat", "usage_usec 2000000\nuser_usec 1\n");
  CHECK(joules(d.meter->read(0, 2 * second)) == Approx(5 + 25));  // a quarter of 100 W
}
TEST_CASE("under a quota the group's own CPU time counts (v1)") {
  fake_tree tree;
  tree.write("sysfs/fs/cgroup/cpuacct/cpuacct.usage", "7000000000\n");
  host h = server();
  h.limits.cpus = 4;
  h.limits.usage_file = tree.sysfs() + "/fs/cgroup/cpuacct/cpuacct.usage";
  const detection d = detect_two_points(tree.places(), h);
  d.meter->read(0, 0);
  tree.write("sysfs/fs/cgroup/cpuacct/cpuacct.usage", "11000000000\n");
  CHECK(joules(d.meter->read(0, second)) == Approx(50));
}
TEST_CASE("under a quota without its own CPU time, that share of the machine's counts") {
  fake_tree tree;
  tree.stat(0, 0);
  host h = server();
  h.limits.cpus = 2;
  const detection d = detect_two_points(tree.places(), h);
  CHECK(says(only_channel(d).note, "share of the machine's load"));
  d.meter->read(0, 0);
  tree.stat(800, 0);  // all CPUs busy
  CHECK(joules(d.meter->read(0, second)) == Approx(25));
}
TEST_CASE("a quota above the machine is none") {
  fake_tree tree;
  tree.stat(0, 0);
  host h = server();
  h.limits.cpus = 64;
  CHECK(only_channel(detect_two_points(tree.places(), h)).note ==
        "calibrated: 20 W idle to 100 W at full load");
}
TEST_CASE("parts of one machine are told apart by the container's name") {
  fake_tree tree;
  host a = server(), b = server();
  a.limits.cpus = b.limits.cpus = 2;
  a.name = "pod-a";
  b.name = "pod-b";
  CHECK(only_channel(detect_cpu_model(tree.places(), a, rate_cpu(tree.places(), a, {}))).device !=
        only_channel(detect_cpu_model(tree.places(), b, rate_cpu(tree.places(), b, {}))).device);
  CHECK(
      only_channel(detect_cpu_model(tree.places(), server(), rate_cpu(tree.places(), server(), {}))).device ==
      only_channel(detect_cpu_model(tree.places(), server(), rate_cpu(tree.places(), server(), {}))).device);
}

TEST_CASE("without a load, half is assumed, and said so") {
  fake_tree tree;
  host h = server();
  h.logical_cpus = 512;  // so that this process is less than half
  const detection d = detect_two_points(tree.places(), h);
  const channel& c = only_channel(d);
  CHECK(c.how == provenance::assumed);
  CHECK(says(c.note, "50 % assumed"));
  CHECK(c.low < 0.5);
  CHECK(c.high > 1.4);
  d.meter->read(0, 0);
  CHECK(joules(d.meter->read(0, second)) == Approx(20 + 0.621 * 80).epsilon(1e-3));
}
TEST_CASE("a host of which nothing is known has a CPU model still") {
  fake_tree tree;
  const detection d = detect_cpu_model(tree.places(), host{}, rate_cpu(tree.places(), host{}, {}));
  CHECK(only_channel(d).how == provenance::assumed);
  CHECK(says(only_channel(d).note, "CPUs by the system's word"));
  d.meter->read(0, 0);
  CHECK(joules(d.meter->read(0, second)) > 0);
}
TEST_CASE("WSL does not see the load of Windows, and says so") {
  fake_tree tree;
  tree.stat(0, 0);
  host h = server();
  h.wsl = true;
  CHECK(says(only_channel(detect_cpu_model(tree.places(), h, rate_cpu(tree.places(), h, {}))).note,
             "Windows is not seen"));
}

TEST_CASE("modules are guessed from what the kernel leaves of them") {
  const auto guess = [](double gib) {
    const auto m = guess_modules(static_cast<std::uint64_t>(gib * 1073741824.0));
    return std::to_string(m.count) + "x" + std::to_string(m.gib);
  };
  CHECK(guess(7.6) == "1x8");
  CHECK(guess(15.5) == "2x8");
  CHECK(guess(31.2) == "2x16");
  CHECK(guess(62.6) == "4x16");
  CHECK(guess(125.7) == "4x32");
  CHECK(guess(251.5) == "8x32");
  CHECK(guess(503.4) == "8x64");
  CHECK(guess(1007.5) == "16x64");
  CHECK(guess(2015) == "16x128");
  CHECK(guess(0.4) == "1x8");
}
TEST_CASE("memory draws a constant power for each module") {
  fake_tree tree;
  const detection d = detect_memory_model(tree.places(), server());
  const channel& c = only_channel(d);
  CHECK(c.name == "memory (model)");
  CHECK(c.part == component::memory);
  CHECK(c.how == provenance::modelled);
  CHECK(c.note == "4 modules of 16 GiB assumed x 4 W: 16 W");
  d.meter->read(0, 5 * second);
  CHECK(joules(d.meter->read(0, 7 * second)) == Approx(32));
  CHECK(joules(d.meter->read(0, 6 * second)) == Approx(32));  // a clock that goes back
}
TEST_CASE("a memory limit takes its share") {
  fake_tree tree;
  host h = server();
  h.memory_bytes = 64ull << 30;
  h.limits.memory_bytes = 16ull << 30;
  const detection d = detect_memory_model(tree.places(), h);
  CHECK(says(only_channel(d).note, "memory limit 16 GiB: 4 W"));
  d.meter->read(0, 0);
  CHECK(joules(d.meter->read(0, second)) == Approx(4));
  h.limits.memory_bytes = 128ull << 30;
  CHECK(says(only_channel(detect_memory_model(tree.places(), h)).note, "16 W"));
}
TEST_CASE("a guest has a small part of a host's modules") {
  fake_tree tree;
  host h = server();
  h.virtual_machine = true;
  h.memory_bytes = 24ull << 30;
  const detection d = detect_memory_model(tree.places(), h);
  CHECK(says(only_channel(d).note, "24 GiB of a host's memory x 0.1 W per GiB: 2.4 W"));
  CHECK(only_channel(d).high * 0.1 == Approx(0.38));  // the usual figure lies within
}
TEST_CASE("memory of unknown size has no value, not 0") {
  fake_tree tree;
  const detection d = detect_memory_model(tree.places(), host{});
  const channel& c = only_channel(d);
  CHECK(c.why == missing::not_present);
  CHECK_FALSE(c.counted);
  CHECK(d.meter->read(0, 0).why == missing::not_present);
}
