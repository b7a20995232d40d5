// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <kaya/meter/powercap.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_powercap;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// "package-0* core-0 dram-0* psys": the channels in order, those counted with a star, those with no access
/// in brackets.
std::string channels(const detection& d) {
  std::string result;
  if (!d.meter) return result;
  for (const channel& c : d.meter->channels()) {
    if (!result.empty()) result += ' ';
    result += c.why ? "[" + c.name + "]" : c.name + (c.counted ? "*" : "");
  }
  return result;
}

const channel& find(const detection& d, std::string_view name) {
  for (const channel& c : d.meter->channels())
    if (c.name == name) return c;
  FAIL("no channel ", std::string(name));
  return d.meter->channels()[0];
}
std::size_t number(const detection& d, std::string_view name) {
  return static_cast<std::size_t>(&find(d, name) - d.meter->channels().data());
}
measurement read(const detection& d, std::string_view name, std::int64_t now_ns) {
  return d.meter->read(number(d, name), now_ns);
}
std::string entry_of(const detection& d, std::string_view name) {  // which file is read for a channel
  for (const finding& f : d.findings)
    if (f.what == name) return f.text.substr(0, f.text.find(": "));
  return {};
}
const finding* about(const detection& d, std::string_view what) {
  for (const finding& f : d.findings)
    if (f.what == what) return &f;
  return nullptr;
}
bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

void two_sockets(const fake_tree& t, layout how = layout::linked) {  // Cascade Lake, F4
  t.cpuinfo("GenuineIntel");
  t.add({"intel-rapl:0", "package-0", 1'000}, how);
  t.add({"intel-rapl:0:0", "dram", 2'000, server_dram_range}, how);
  t.add({"intel-rapl:1", "package-1", 3'000}, how);
  t.add({"intel-rapl:1:0", "dram", 4'000, server_dram_range}, how);
}

void sapphire_rapids(const fake_tree& t) {  // F3
  t.cpuinfo("GenuineIntel", "fpu", 143);
  t.add({"intel-rapl:0", "package-0", 1'000, intel_range, {{0, 350'000'000}, {1, 764'000'000}}});
  t.add({"intel-rapl:0:0", "dram", 2'000, server_dram_range, {{0, 122'000'000}}});
  t.add({"intel-rapl:1", "psys", 60'293'987'000'000, server_psys_range});
  t.add({"intel-rapl:2", "package-1", 3'000, intel_range, {{0, 350'000'000}, {1, 764'000'000}}});
  t.add({"intel-rapl:2:0", "dram", 4'000, server_dram_range, {{0, 122'000'000}}});
}

void laptop(const fake_tree& t) {  // F2
  t.cpuinfo("GenuineIntel");
  t.add({"intel-rapl:0", "package-0", 1'000});
  t.add({"intel-rapl:0:0", "core", 2'000});
  t.add({"intel-rapl:0:1", "uncore", 3'000});
  t.add({"intel-rapl:0:2", "dram", 4'000});
  t.add({"intel-rapl:1", "psys", 5'000});
  t.add({"intel-rapl-mmio:0", "package-0", 1'001});
  t.add({"intel-rapl-mmio:0:0", "dram", 4'001});
}

}  // namespace

// --- what is there, and what is counted

TEST_CASE("a desktop counts package and memory, and shows cores and graphics") {
  fake_tree t;  // F1, Haswell
  t.cpuinfo("GenuineIntel");
  t.add({"intel-rapl:0", "package-0", 1'000, 262'143'999'938});
  t.add({"intel-rapl:0:0", "core", 1'000, 262'143'999'938});
  t.add({"intel-rapl:0:1", "uncore", 1'000, 262'143'999'938});
  t.add({"intel-rapl:0:2", "dram", 2'469'474'853, 262'143'999'938});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* core-0 uncore-0 dram-0*");
  CHECK(read(d, "dram-0", ms).count == 2'469'474'853);
  CHECK(find(d, "package-0").range == 262'143'999'938);
}

TEST_CASE("channels say which part of which device they are") {
  fake_tree t;
  laptop(t);
  const detection d = detect_powercap(t.places());
  const channel &package = find(d, "package-0"), &core = find(d, "core-0"), &dram = find(d, "dram-0"),
                &psys = find(d, "psys");
  CHECK(package.device == "socket0/package");
  CHECK(core.device == "socket0/core");
  CHECK(dram.device == "socket0/dram");
  CHECK(psys.device == "platform/psys");
  CHECK(package.part == component::cpu);
  CHECK(dram.part == component::memory);
  CHECK(psys.part == component::platform);
  CHECK(core.inside == package.device);
  CHECK(dram.inside.empty());
  CHECK(package.mechanism == "powercap");
  CHECK(package.update_period_ns == ms);
}

TEST_CASE("MMIO twins on a laptop are counted once, matched by name, and psys is shown only") {
  fake_tree t;
  laptop(t);
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* core-0 uncore-0 dram-0* psys");
  CHECK(read(d, "package-0", ms).count == 1'000);
  CHECK(read(d, "dram-0", ms).count == 4'000);
  REQUIRE(about(d, "intel-rapl-mmio:0:0") != nullptr);
  CHECK(contains(about(d, "intel-rapl-mmio:0:0")->text, "intel-rapl:0:2"));
}

TEST_CASE("the MMIO twin is read where the MSR one is not readable") {
  fake_tree t;
  laptop(t);
  faulty_files files;
  files.fail("intel-rapl:0/energy_uj", EIO);
  const detection d = detect_powercap(t.places(files));
  CHECK(channels(d) == "package-0* core-0 uncore-0 dram-0* psys");
  CHECK(entry_of(d, "package-0") == "intel-rapl-mmio:0");
  CHECK(read(d, "package-0", ms).count == 1'001);
}

TEST_CASE("TPMI zones count like others, and once beside MSR zones") {
  fake_tree t;
  t.add({"intel-rapl-tpmi:0", "package-0", 1'001});
  t.add({"intel-rapl-tpmi:1", "package-1", 2'001});
  CHECK(channels(detect_powercap(t.places())) == "package-0* package-1*");
  t.add({"intel-rapl:0", "package-1", 2'000});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* package-1*");
  CHECK(entry_of(d, "package-1") == "intel-rapl:0");
}

TEST_CASE("one name twice in one control type is counted once") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0", 1'000});
  t.add({"intel-rapl:1", "package-0", 1'000});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0*");
  CHECK(about(d, "intel-rapl:1") != nullptr);
}

TEST_CASE("newer kernels put psys between the packages, older ones after them: names decide") {
  fake_tree newer, older;
  sapphire_rapids(newer);
  older.add({"intel-rapl:0", "package-0"});
  older.add({"intel-rapl:1", "package-1"});
  older.add({"intel-rapl:2", "psys"});
  const detection d = detect_powercap(newer.places());
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1* psys");
  CHECK(read(d, "package-1", ms).count == 3'000);
  CHECK(channels(detect_powercap(older.places())) == "package-0* package-1* psys");
}

TEST_CASE("a psys zone for each package is shown, and named apart") {
  fake_tree t;
  sapphire_rapids(t);
  t.add({"intel-rapl:3", "psys", 1'000'000, server_psys_range});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1* psys psys-2");
  CHECK(find(d, "psys-2").device == "platform/psys-2");
}

TEST_CASE("a zone number is not a package number") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-1", 1'000});
  t.add({"intel-rapl:0:0", "dram", 1'500});
  t.add({"intel-rapl:1", "package-0", 2'000});
  t.add({"intel-rapl:1:0", "dram", 2'500});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1*");
  CHECK(read(d, "package-0", ms).count == 2'000);
  CHECK(read(d, "dram-1", ms).count == 1'500);
}

TEST_CASE("on AMD the core zone is told to show one core, and DRAM is absent") {
  fake_tree t;  // F5
  t.cpuinfo("AuthenticAMD");
  for (const char* socket : {"0", "1"}) {
    t.add({std::string("intel-rapl:") + socket, std::string("package-") + socket, 1'000, amd_range});
    t.add({std::string("intel-rapl:") + socket + ":0", "core", 1'000, amd_range});
  }
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* core-0 package-1* core-1");
  CHECK(contains(find(d, "core-1").note, "one physical core"));
  CHECK(find(d, "core-1").inside == "socket1/package");
  CHECK(contains(find(d, "package-0").accuracy, "modelled"));
}

TEST_CASE("twelve packages with equal values are twelve packages, in natural order") {
  fake_tree t;
  std::string expected;
  for (int i = 0; i < 12; ++i) {
    t.add({"intel-rapl:" + std::to_string(i), "package-" + std::to_string(i), 5'000'000});
    expected += (i == 0 ? "package-" : " package-") + std::to_string(i) + "*";
  }
  const std::int64_t before = now_ns();
  CHECK(channels(detect_powercap(t.places())) == expected);
  CHECK(now_ns() - before < 50 * ms);  // there are no dies to compare
}

TEST_CASE("the order of channels does not depend on the order of directory entries") {
  fake_tree t;
  sapphire_rapids(t);
  faulty_files forward, backward;
  backward.reverse_lists();
  const detection one = detect_powercap(t.places(forward)), other = detect_powercap(t.places(backward));
  CHECK(channels(one) == channels(other));
  CHECK(entry_of(one, "package-1") == entry_of(other, "package-1"));
}

TEST_CASE("linked, nested and flat trees show the same") {
  for (const layout how : {layout::linked, layout::nested, layout::flat}) {
    fake_tree t;
    two_sockets(t, how);
    const detection d = detect_powercap(t.places());
    CHECK(channels(d) == "package-0* dram-0* package-1* dram-1*");
    CHECK(read(d, "dram-1", ms).count == 4'000);
  }
}

TEST_CASE("a tree that is flat and nested at once is read once") {
  fake_tree t;
  two_sockets(t, layout::nested);
  two_sockets(t, layout::flat);
  CHECK(channels(detect_powercap(t.places())) == "package-0* dram-0* package-1* dram-1*");
}

TEST_CASE("without the class view the devices themselves are found") {
  fake_tree t;
  two_sockets(t);
  t.remove("sysfs/class");
  CHECK(channels(detect_powercap(t.places())) == "package-0* dram-0* package-1* dram-1*");
}

TEST_CASE("other control types are named and not read") {
  fake_tree t;
  two_sockets(t, layout::flat);
  t.directory("sysfs/class/powercap/dtpm");
  t.add({"dtpm:0", "package-7"}, layout::flat);
  t.add({"idle_inject:0", "package-8"}, layout::flat);
  t.directory("sysfs/class/powercap/idle_inject");
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1*");
  REQUIRE(about(d, "dtpm") != nullptr);
  CHECK(!about(d, "dtpm")->used);
  CHECK(about(d, "idle_inject") != nullptr);
}

TEST_CASE("a zone with a name that RAPL does not have is left out, and said so") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"});
  t.add({"intel-rapl:1", "package-x"});
  t.add({"intel-rapl:2", "package-1-die-"});
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0*");
  CHECK(about(d, "intel-rapl:1")->why == missing::implausible);
  CHECK(about(d, "intel-rapl:2")->why == missing::implausible);
}

TEST_CASE("the rating is the largest constraint that makes sense") {
  fake_tree t;
  sapphire_rapids(t);
  t.add(
      {"intel-rapl:3", "package-2", 1, intel_range, {{0, 125'000'000}, {1, 4'294'967'295'000'000}, {2, 0}}});
  faulty_files files;
  files.fail("intel-rapl:1/constraint_1_max_power_uw", ENODATA);
  const detection d = detect_powercap(t.places(files));
  CHECK(find(d, "package-0").rated_watts == doctest::Approx(764));
  CHECK(find(d, "dram-0").rated_watts == doctest::Approx(122));
  CHECK(find(d, "package-2").rated_watts == doctest::Approx(125));
  CHECK(find(d, "psys").rated_watts == 0);
}

TEST_CASE("memory of a kernel that may show a quarter of it is told to be so") {
  fake_tree t;
  sapphire_rapids(t);
  const detection d = detect_powercap(t.places());
  CHECK(find(d, "dram-0").high > 4);
  CHECK(contains(find(d, "dram-0").note, "likwid"));
}

TEST_CASE("a range that is missing or no number leaves a lower bound, and is said") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0", 1'000, 0});
  t.add({"intel-rapl:1", "package-1", 1'000});
  t.write("sysfs/devices/virtual/powercap/intel-rapl/intel-rapl:1/max_energy_range_uj", "lots\n");
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0* package-1*");
  CHECK(find(d, "package-0").range == 0);
  CHECK(find(d, "package-1").range == 0);
  CHECK(contains(about(d, "package-1")->text, "lower bound"));
}

// --- dies

TEST_CASE("different dies of one package are summed") {
  fake_tree t;
  live_writer writer;
  writer.add(t.add({"intel-rapl:0", "package-0-die-0"}), 100, 1'000'000'000);
  writer.add(t.add({"intel-rapl:1", "package-0-die-1"}), 90, 1'000'500'000);
  t.add({"intel-rapl:1:0", "dram"});
  writer.start();
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0-die-0* package-0-die-1* dram-0-die-1*");
  CHECK(find(d, "package-0-die-1").device == "socket0/die1/package");
  CHECK(find(d, "dram-0-die-1").device == "socket0/die1/dram");
}

TEST_CASE("dies that show one counter are counted once") {
  fake_tree t;
  live_writer writer;
  const std::string a = t.add({"intel-rapl:0", "package-0-die-0"}),
                    b = t.add({"intel-rapl:1", "package-0-die-1"});
  writer.add({a, b}, [](double) { return 150.0; });
  writer.add(t.add({"intel-rapl:2", "package-1-die-0"}), 120, 7'000'000'000);
  writer.start();
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-0-die-0* package-0-die-1 package-1-die-0*");
  CHECK(contains(find(d, "package-0-die-1").note, "the same counter as package-0-die-0"));
}

TEST_CASE("dies whose files are written one after the other with a lag are still one counter") {
  fake_tree t;
  const std::string a = t.add({"intel-rapl:0", "package-0-die-0"}),
                    b = t.add({"intel-rapl:1", "package-0-die-1"});
  std::ofstream first(a + "/energy_uj"), second(b + "/energy_uj");
  first << 1'000'000'000 << std::flush;
  second << 1'000'000'000 << std::flush;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t energy = 1'000'000'000; !stop; energy += 150'123) {
      first.seekp(0) << energy << '\n' << std::flush;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      second.seekp(0) << energy << '\n' << std::flush;
      sleep_ms(1);
    }
  });
  sleep_ms(10);
  CHECK(channels(detect_powercap(t.places())) == "package-0-die-0* package-0-die-1");
  stop = true;
  writer.join();
}

TEST_CASE("dies that stand still at one value are one counter, at zero or apart they are not") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0-die-0", 77'000});
  t.add({"intel-rapl:1", "package-0-die-1", 77'000});
  t.add({"intel-rapl:2", "package-1-die-0", 0});
  t.add({"intel-rapl:3", "package-1-die-1", 0});
  t.add({"intel-rapl:4", "package-2-die-0", 1'000});
  t.add({"intel-rapl:5", "package-2-die-1", 2'000});
  CHECK(
      channels(detect_powercap(t.places())) ==
      "package-0-die-0* package-0-die-1 package-1-die-0* package-1-die-1* package-2-die-0* package-2-die-1*");
}

// --- psys on request

TEST_CASE("psys on request is counted in place of packages and memory if it counts more") {
  fake_tree t;
  sapphire_rapids(t);
  const std::string base = t.sysfs() + "/class/powercap/intel-rapl:";
  live_writer writer;
  writer.add(base + "0", 100);
  writer.add(base + "2", 100);
  writer.add(base + "1", 330, 60'293'987'000'000, server_psys_range, 1'000'000);
  writer.start();
  const detection d = detect_powercap(t.places(), true);
  CHECK(channels(d) == "package-0 dram-0 package-1 dram-1 psys*");
  CHECK(find(d, "package-1").inside == "platform/psys");
  CHECK(find(d, "dram-1").inside == "platform/psys");
  CHECK(contains(about(d, "psys")->text, "as asked for"));
}

TEST_CASE("psys on request is not counted if it counts less than the packages") {
  fake_tree t;
  sapphire_rapids(t);
  const std::string base = t.sysfs() + "/class/powercap/intel-rapl:";
  live_writer writer;
  writer.add(base + "0", 100);
  writer.add(base + "1", 40, 60'293'987'000'000, server_psys_range);
  writer.add(base + "2", 100);
  writer.start();
  const detection d = detect_powercap(t.places(), true);
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1* psys");
  CHECK(contains(about(d, "psys")->text, "cannot contain"));
}

TEST_CASE("of several psys the one that moves is counted") {
  fake_tree t;
  sapphire_rapids(t);
  live_writer writer;
  writer.add(t.sysfs() + "/class/powercap/intel-rapl:0", 50);
  writer.add(t.add({"intel-rapl:3", "psys"}), 200);
  writer.start();
  const detection d = detect_powercap(t.places(), true);
  CHECK(channels(d) == "package-0 dram-0 package-1 dram-1 psys psys-2*");
  CHECK(find(d, "package-0").inside == "platform/psys-2");
}

TEST_CASE("where nothing moves the request for psys is honoured, and said to be unchecked") {
  fake_tree t;
  laptop(t);
  const detection d = detect_powercap(t.places(), true);
  CHECK(channels(d) == "package-0 core-0 uncore-0 dram-0 psys*");
  CHECK(contains(about(d, "psys")->text, "could not be checked"));
}

TEST_CASE("a request for psys where there is none changes nothing, and is said") {
  fake_tree t;
  two_sockets(t);
  const detection d = detect_powercap(t.places(), true);
  CHECK(channels(d) == "package-0* dram-0* package-1* dram-1*");
  CHECK(about(d, "psys")->why == missing::not_present);
}

// --- nothing to read, and why

TEST_CASE("no powercap at all is told, with what may help") {
  fake_tree bare, cloud;
  bare.cpuinfo("GenuineIntel");
  cloud.cpuinfo("GenuineIntel", "fpu hypervisor");
  const detection d = detect_powercap(bare.places());
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(contains(d.findings[0].remedy, "modprobe"));
  const detection v = detect_powercap(cloud.places());
  REQUIRE(v.findings.size() == 1);
  CHECK(contains(v.findings[0].text, "virtual machine"));
  CHECK(v.findings[0].remedy.empty());
}

TEST_CASE("an empty class directory is no mask") {
  fake_tree t;
  t.directory("sysfs/class/powercap");
  const detection d = detect_powercap(t.places());
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
}

TEST_CASE("links that lead nowhere are a container's mask") {
  fake_tree t;
  two_sockets(t);
  t.remove("sysfs/devices/virtual/powercap");
  for (const bool empty_directory : {false, true}) {
    if (empty_directory) t.directory("sysfs/devices/virtual/powercap");
    const detection d = detect_powercap(t.places());
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == missing::masked);
    CHECK(contains(d.findings[0].text, "intel-rapl:1:0"));
    CHECK(contains(d.findings[0].remedy, "KAYA_SYSFS=/host_sys"));
  }
}

TEST_CASE("an empty zone directory is a container's mask") {
  fake_tree t;
  t.directory("sysfs/class/powercap/intel-rapl:0");
  t.add({"intel-rapl:1", "package-1"}, layout::flat);
  const detection d = detect_powercap(t.places());
  CHECK(channels(d) == "package-1*");
  CHECK(about(d, "powercap")->why == missing::masked);
}

TEST_CASE("an empty directory of devices with no class view is a container's mask") {
  fake_tree t;
  t.directory("sysfs/devices/virtual/powercap");
  const detection d = detect_powercap(t.places());
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::masked);
}

TEST_CASE("counters for root only are channels without a value, and the remedy is one command") {
  fake_tree t;
  two_sockets(t);
  faulty_files files;
  files.fail("energy_uj", EACCES);
  const detection d = detect_powercap(t.places(files));
  CHECK(channels(d) == "[package-0] [dram-0] [package-1] [dram-1]");
  for (const channel& c : d.meter->channels()) {
    CHECK(c.why == missing::no_permission);
    CHECK(!c.counted);
  }
  CHECK(read(d, "package-0", ms).why == missing::no_permission);
  CHECK(about(d, "package-1")->remedy ==
        "sudo chmod a+r " + t.sysfs() + "/class/powercap/intel-rapl*:*/energy_uj");
  CHECK(!about(d, "package-1")->used);
}

TEST_CASE("the remedy names the files where there is no flat view") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"}, layout::nested);
  t.add({"intel-rapl:1", "package-1"}, layout::nested);
  faulty_files files;
  files.fail("intel-rapl:1/energy_uj", EPERM);
  const detection d = detect_powercap(t.places(files));
  CHECK(channels(d) == "package-0* [package-1]");
  CHECK(about(d, "package-1")->remedy ==
        "sudo chmod a+r " + t.sysfs() + "/class/powercap/intel-rapl/intel-rapl:1/energy_uj");
}

TEST_CASE("a tree that may not be listed is told") {
  fake_tree t;
  two_sockets(t);
  faulty_files files;
  files.fail("powercap", EACCES);
  const detection d = detect_powercap(t.places(files));
  CHECK(!d.meter);
  CHECK(about(d, "powercap")->why == missing::no_permission);
}

TEST_CASE("a counter that the driver does not support is told, and is no channel of the total") {
  fake_tree t;
  two_sockets(t);
  faulty_files files;
  files.fail_read("intel-rapl:1/energy_uj", ENODATA);
  const detection d = detect_powercap(t.places(files));
  CHECK(channels(d) == "package-0* dram-0* [package-1] dram-1*");
  CHECK(find(d, "package-1").why == missing::not_supported);
}

TEST_CASE("what fails for the moment stays a channel and is read once it answers") {
  for (const int error : {EIO, ENODEV, ENOENT, 0}) {
    fake_tree t;
    two_sockets(t);
    faulty_files files;
    if (error != 0) files.fail("intel-rapl:1/energy_uj", error);
    else files.replace("intel-rapl:1/energy_uj", "garbage\n");
    const detection d = detect_powercap(t.places(files));
    CHECK(channels(d) == "package-0* dram-0* package-1* dram-1*");
    CHECK(about(d, "package-1")->why.has_value());
    CHECK(read(d, "package-1", ms).why.has_value());
    files.heal();
    const measurement m = read(d, "package-1", 2 * ms);
    CHECK(!m.why);
    CHECK(m.count == 3'000);
    CHECK(!m.recovered);  // it had never been there
  }
}

// --- reading

TEST_CASE("readings follow the file through one descriptor") {
  fake_tree t;
  live_writer writer;
  const std::size_t zone = writer.add(t.add({"intel-rapl:0", "package-0"}), 100);
  faulty_files files;
  const detection d = detect_powercap(t.places(files));
  const std::uint64_t before = read(d, "package-0", now_ns()).count;
  const std::size_t opened = files.opened();
  writer.start();
  for (int i = 0; i < 10; ++i) {
    sleep_ms(5);
    REQUIRE(!read(d, "package-0", now_ns()).why);
  }
  writer.stop();
  const std::uint64_t after = read(d, "package-0", now_ns()).count;
  CHECK(static_cast<double>(after - before) == doctest::Approx(writer.truth(zone, now_ns())).epsilon(1e-6));
  CHECK(files.opened() == opened);
}

TEST_CASE("numbers are read with leading zeros, CRLF or no line end") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"});
  faulty_files files;
  const detection d = detect_powercap(t.places(files));
  for (const char* text : {"00000000000000000042\n", "42\r\n", "42", "42\n\n"}) {
    files.replace("energy_uj", text);
    CHECK(read(d, "package-0", ms).count == 42);
  }
}

TEST_CASE("text that is no number is implausible, never a zero") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"});
  faulty_files files;
  const detection d = detect_powercap(t.places(files));
  for (const char* text :
       {"", "\n", "N/A\n", "-5\n", "12 34\n", "0x10\n", "1e9\n", "99999999999999999999999\n"}) {
    files.replace("energy_uj", text);
    CHECK(read(d, "package-0", ms).why == missing::implausible);
  }
  files.heal();
  const measurement m = read(d, "package-0", ms);
  CHECK(m.count == 1'000'000'000);
  CHECK(m.recovered);
}

TEST_CASE("an error has its reason, and the first value after it is marked") {
  struct {
    int error;
    missing why;
  } const cases[] = {{EIO, missing::lost},
                     {ENODEV, missing::lost},
                     {ENXIO, missing::lost},
                     {ENOENT, missing::lost},
                     {ESTALE, missing::lost},
                     {EACCES, missing::no_permission},
                     {ENODATA, missing::not_supported}};
  for (const auto& c : cases) {
    fake_tree t;
    t.add({"intel-rapl:0", "package-0"});
    t.add({"intel-rapl:1", "package-1"});
    faulty_files files;
    const detection d = detect_powercap(t.places(files));
    CHECK(!read(d, "package-0", ms).recovered);
    files.fail_read("intel-rapl:0/energy_uj", c.error);
    CHECK(read(d, "package-0", 2 * ms).why == c.why);
    CHECK(!read(d, "package-1", 2 * ms).why);  // its neighbour goes on
    files.heal();
    const measurement back = read(d, "package-0", 3 * ms);
    CHECK(!back.why);
    CHECK(back.recovered);
    CHECK(!read(d, "package-0", 4 * ms).recovered);
  }
}

TEST_CASE("a device that goes is opened again when it returns") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"});
  faulty_files files;
  const detection d = detect_powercap(t.places(files));
  files.fail("energy_uj", ENODEV);
  CHECK(read(d, "package-0", ms).why == missing::lost);
  CHECK(files.open_descriptors() == 0);
  files.heal();
  CHECK(read(d, "package-0", 2 * ms).recovered);
  CHECK(files.open_descriptors() == 1);
}

#ifndef KAYA_PORTABLE  // which cannot tell one file from another

TEST_CASE(
    "a file that is unlinked is noticed although its descriptor still answers, and found when it returns") {
  fake_tree t;
  t.add({"intel-rapl:0", "package-0", 5'000}, layout::flat);
  const std::string file = "sysfs/class/powercap/intel-rapl:0/energy_uj";
  const detection d = detect_powercap(t.places());
  std::int64_t now = now_ns();
  CHECK(read(d, "package-0", now).count == 5'000);
  t.remove(file);
  CHECK(read(d, "package-0", now += 100 * ms).why == missing::lost);
  CHECK(read(d, "package-0", now += 100 * ms).why == missing::lost);
  t.write(file, "9000\n");
  const measurement back = read(d, "package-0", now += 100 * ms);
  CHECK(back.count == 9'000);
  CHECK(back.recovered);
}

TEST_CASE("a file that is replaced is followed") {
  fake_tree t;
  const std::string directory = t.add({"intel-rapl:0", "package-0", 5'000}, layout::flat);
  const detection d = detect_powercap(t.places());
  std::int64_t now = now_ns();
  read(d, "package-0", now);
  const auto replace = [&](const char* text) {
    t.write("next", text);
    std::filesystem::rename(t.root() + "/next", directory + "/energy_uj");
  };
  replace("6000\n");
  measurement m = read(d, "package-0", now += 60 * ms);
  CHECK(m.count == 6'000);
  CHECK(m.recovered);
  // Once is a habit: from now on its name is looked up at every reading.
  replace("7000\n");
  m = read(d, "package-0", now += ms);
  CHECK(m.count == 7'000);
  CHECK(!m.recovered);
}

#endif

TEST_CASE("the name of a counter that moves is never looked up") {
  struct counting_files : faulty_files {
    int looked_up = 0;
    int same_file(descriptor d, const char* path) noexcept override {
      ++looked_up;
      return file_system::same_file(d, path);
    }
  };
  fake_tree t;
  t.add({"intel-rapl:0", "package-0"});
  counting_files files;
  const detection d = detect_powercap(t.places(files));
  std::int64_t now = now_ns();
  for (int i = 0; i < 20; ++i) {
    files.replace("energy_uj", std::to_string(i));
    read(d, "package-0", now += 100 * ms);
  }
  CHECK(files.looked_up == 0);
  for (int i = 0; i < 100; ++i) read(d, "package-0", now += ms);  // stands still for 100 ms
  CHECK(files.looked_up > 0);
  CHECK(files.looked_up <= 2);
}

TEST_CASE("the source closes what it opened") {
  fake_tree t;
  laptop(t);
  faulty_files files;
  {
    const detection d = detect_powercap(t.places(files));
    CHECK(files.open_descriptors() == 5);
  }
  CHECK(files.open_descriptors() == 0);
}

TEST_CASE("a channel that does not exist has no value") {
  fake_tree t;
  two_sockets(t);
  const detection d = detect_powercap(t.places());
  CHECK(d.meter->read(99, ms).why == missing::not_present);
}
