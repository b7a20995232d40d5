// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/hwmon.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_hwmon;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::provenance;
using kaya::meter::reading_kind;
namespace hwmon = kaya::meter::hwmon;

namespace {

constexpr std::int64_t ms = 1'000'000;

using file_list = std::vector<std::pair<std::string, std::string>>;
void put(const fake_tree& t, int n, const file_list& files) {
  for (const auto& [file, text] : files)
    t.write("sysfs/class/hwmon/hwmon" + std::to_string(n) + "/" + file, text + "\n");
}
/// A card with its place on PCI.
void card(const fake_tree& t, int n, const std::string& name, const std::string& slot, file_list files) {
  files.push_back({"name", name});
  files.push_back({"device/uevent", "DRIVER=" + name + "\nPCI_CLASS=30000\nPCI_SLOT_NAME=" + slot});
  put(t, n, files);
}
void acpi(const fake_tree& t, int n, const std::string& oem_info, const std::string& microwatts) {
  put(t, n,
      {{"name", "power_meter"}, {"device/power1_average", microwatts}, {"device/power1_oem_info", oem_info}});
}
file_list rails(const std::vector<std::pair<std::string, std::pair<int, int>>>& all) {
  file_list files = {{"name", "ina3221"}, {"in7_label", "sum of shunt voltages"}, {"in7_input", "400"}};
  int k = 0;
  for (const auto& [label, value] : all) {
    const std::string n = std::to_string(++k);
    files.push_back({"in" + n + "_label", label});
    files.push_back({"in" + n + "_input", std::to_string(value.first)});
    files.push_back({"in" + n + "_enable", "1"});
    files.push_back({"in" + std::to_string(k + 3) + "_input", "77"});  // of the shunt
    files.push_back({"curr" + n + "_input", std::to_string(value.second)});
    files.push_back({"curr" + n + "_crit", "7784"});
  }
  return files;
}
void sockets(const fake_tree& t, const std::string& vendor, int n) {
  std::string text;
  for (int i = 0; i < 2 * n; ++i)
    text += "processor\t: " + std::to_string(i) + "\nvendor_id\t: " + vendor +
            "\nmodel name\t: CPU\nphysical id\t: " + std::to_string(i / 2) +
            "\ncore id\t\t: " + std::to_string(i % 2) + "\nflags\t\t: fpu\n\n";
  t.write("procfs/cpuinfo", text);
}

/// "grace-0* module-0* [x]": the channels in order, those counted with a star, no access in brackets.
std::string channels(const detection& d) {
  std::string result;
  if (!d.meter) return result;
  for (const channel& c : d.meter->channels()) {
    if (!result.empty()) result += ", ";
    result += c.why ? "[" + c.name + "]" : c.name + (c.counted ? "*" : "");
  }
  return result;
}
const channel& find(const detection& d, std::string_view name) {
  for (const channel& c : d.meter->channels())
    if (c.name == name) return c;
  FAIL("no channel ", std::string(name), " among ", channels(d));
  return d.meter->channels()[0];
}
measurement read(const detection& d, std::string_view name, std::int64_t now_ns = ms) {
  return d.meter->read(static_cast<std::size_t>(&find(d, name) - d.meter->channels().data()), now_ns);
}
const finding* about(const detection& d, std::string_view what) {
  for (const finding& f : d.findings)
    if (f.what == what) return &f;
  FAIL("no finding about ", std::string(what));
  return nullptr;
}
bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Joules by the ledger of one channel, over readings 100 ms apart.
template <class F>
double joules(const detection& d, std::string_view name, int steps, F&& change) {
  kaya::ledger::timeline line(find(d, name));
  std::int64_t now = 0;
  for (int i = 0; i <= steps; ++i) {
    line.extend(now, now + 100 * ms, {}, {});
    now += 100 * ms;
    change(i);
    line.accept(read(d, name, now), now);
    line.settled();
  }
  return static_cast<double>(line.total_uj) * 1e-6;
}

/// Energy files that go on by themselves: those with `part` in their path, at every `pace`th read of any.
struct moving_files : faulty_files {
  std::string part = "energy";
  int pace = 4, step = 15'000, reads = 0;
  std::map<descriptor, std::string> at{};
  descriptor open(const char* path) noexcept override {
    const descriptor d = faulty_files::open(path);
    if (d >= 0) at[d] = path;
    return d;
  }
  long read(descriptor d, char* buffer, std::size_t size) noexcept override {
    if (at[d].find(part) == std::string::npos || at[d].find("_input") == std::string::npos)
      return faulty_files::read(d, buffer, size);
    const std::string text = std::to_string(1'000'000 + reads++ / pace * step) + "\n";
    return static_cast<long>(text.copy(buffer, size));
  }
};

}  // namespace

// --- the pure rules

TEST_CASE("patterns take any case, any text for a star and a number for a hash") {
  CHECK(hwmon::match("esocket#", "Esocket12") == 12u);
  CHECK(!hwmon::match("esocket#", "Ecore001"));
  CHECK(!hwmon::match("esocket#", "Esocket"));
  CHECK(hwmon::match("*module*socket #*", "Module Power Socket 0") == 0u);
  CHECK(hwmon::match("*cpu*socket #*", "CPU Rail Power Socket 10 Input Power in uW") == 10u);
  CHECK(hwmon::match("macsmc*hwmon", "macsmc_hwmon"));
  CHECK(hwmon::match("macsmc*hwmon", "macsmc-hwmon"));
  CHECK(!hwmon::match("hwmon#", "hwmon1x"));
  CHECK(!hwmon::match("NC", "NCX"));
  CHECK(hwmon::match("*", ""));
}

TEST_CASE("sentinels, too much and nothing are no power") {
  using hwmon::plausible_watts;
  CHECK(plausible_watts(250'000'000, component::gpu) == doctest::Approx(250.0));
  CHECK(plausible_watts(0, component::gpu) == 0.0);
  CHECK(!plausible_watts(0, component::platform));
  CHECK(!plausible_watts(0, component::cpu));
  CHECK(!plausible_watts(4'294'967'295'000, component::platform));
  CHECK(!plausible_watts(4'294'967'295, component::platform));
  CHECK(!plausible_watts(11'000'000'000, component::gpu));
  CHECK(plausible_watts(11'000'000'000, component::platform));
  CHECK(!plausible_watts(UINT64_MAX, component::other));
}

TEST_CASE("two counters are one if they are equal in three readings and move") {
  using hwmon::same_counter;
  const std::vector<std::uint64_t> a = {5, 6, 9}, still = {5, 5, 9}, b = {5, 6, 10}, few = {5, 6};
  CHECK(same_counter(a, a));
  CHECK(!same_counter(a, b));
  CHECK(!same_counter(still, still));
  CHECK(!same_counter(few, few));
  CHECK(!same_counter(a, few));
}

TEST_CASE("an AMD processor with graphics is told from a card") {
  using hwmon::contains_cpu;
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  CHECK(contains_cpu({.northbridge_voltage = true, .vram = 96 * gib}));  // memory set aside by the user
  CHECK(contains_cpu({.memory_clock = true, .mi300a = true, .vram = 128 * gib}));
  CHECK(contains_cpu({.amd_cpu = true, .vram = gib / 2}));
  CHECK(!contains_cpu({.fan = true, .amd_cpu = true, .vram = 4 * gib}));  // a small card
  CHECK(!contains_cpu({.memory_clock = true, .amd_cpu = true, .vram = 2 * gib}));
  CHECK(!contains_cpu({.amd_cpu = true, .vram = 16 * gib}));
  CHECK(!contains_cpu({.amd_cpu = false, .vram = 2 * gib}));
  CHECK(contains_cpu({.amd_cpu = true}));
  CHECK(!contains_cpu({}));
}

// --- CPUs

TEST_CASE("amd_energy counts its sockets and leaves out the cores") {
  fake_tree t;
  file_list files = {{"name", "amd_energy"}};
  for (int k = 1; k <= 12; ++k) {
    files.push_back({"energy" + std::to_string(k) + "_label", "Ecore0" + std::to_string(k)});
    files.push_back({"energy" + std::to_string(k) + "_input", "5"});
  }
  for (int s = 0; s < 2; ++s) {
    files.push_back({"energy" + std::to_string(13 + s) + "_label", "Esocket" + std::to_string(s)});
    files.push_back({"energy" + std::to_string(13 + s) + "_input", std::to_string(1'000'000 * (s + 1))});
  }
  put(t, 3, files);
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "package-0 (amd_energy)*, package-1 (amd_energy)*");
  const channel& c = find(d, "package-1 (amd_energy)");
  CHECK(c.device == "socket1/package");
  CHECK(c.part == component::cpu);
  CHECK(c.how == provenance::measured);
  CHECK(c.kind == reading_kind::counter);
  CHECK(!c.wraps);
  CHECK(read(d, c.name).count == 2'000'000);
  CHECK(about(d, c.name)->used);

  std::uint64_t energy = 2'000'000;  // uneven steps, 120 W in the mean
  const double sum = joules(d, c.name, 100, [&](int i) {
    energy += i == 0 ? 0 : static_cast<std::uint64_t>(i % 2 ? 8'000'000 : 16'000'000);
    put(t, 3, {{"energy14_input", std::to_string(energy)}});
  });
  CHECK(sum == doctest::Approx(1200).epsilon(0.005));
}

TEST_CASE("energy for root only is a channel without a value, and the remedy names its files") {
  fake_tree t;
  put(t, 3,
      {{"name", "amd_energy"},
       {"energy1_label", "Esocket0"},
       {"energy1_input", "1"},
       {"energy2_label", "Esocket1"},
       {"energy2_input", "2"}});
  faulty_files files;
  files.fail_open("_input", EACCES);
  const detection d = detect_hwmon(t.places(files));
  CHECK(channels(d) == "[package-0 (amd_energy)], [package-1 (amd_energy)]");
  CHECK(read(d, "package-1 (amd_energy)").why == missing::no_permission);
  const std::string base = t.sysfs() + "/class/hwmon/hwmon3/";
  const finding* f = about(d, "package-1 (amd_energy)");
  CHECK(f->remedy == "sudo chmod a+r " + base + "energy1_input " + base + "energy2_input");
  CHECK(f->why == missing::no_permission);
  CHECK(!f->used);
  CHECK(contains(f->text, "CVE-2020-12912"));
}

TEST_CASE("a socket that shows another's count is not counted twice") {
  fake_tree t;
  put(t, 0,
      {{"name", "amd_energy"},
       {"energy1_label", "Esocket0"},
       {"energy1_input", "1"},
       {"energy2_label", "Esocket1"},
       {"energy2_input", "1"}});
  moving_files files;
  const detection d = detect_hwmon(t.places(files));
  CHECK(channels(d) == "package-0 (amd_energy)*, package-1 (amd_energy)");
  CHECK(contains(find(d, "package-1 (amd_energy)").note, "the same count as package-0"));
  CHECK(contains(about(d, "package-1 (amd_energy)")->text, "shown, not counted"));
}

TEST_CASE("zenpower's core and SoC are one package, over all nodes of a socket") {
  for (const int listed_first : {0, 4}) {  // hwmon's numbers need not follow the nodes
    fake_tree t;
    sockets(t, "AuthenticAMD", 2);
    for (int node = 0; node < 4; ++node) {
      const bool live = node % 2 == 0;  // the other nodes show zeros
      card(t, (node + listed_first) % 5, "zenpower", "0000:00:" + std::to_string(18 + node) + ".3",
           {{"power1_label", "SVI2_P_Core"},
            {"power1_input", live ? std::to_string(60'000'000 + node * 1'000'000) : "0"},
            {"power2_label", "SVI2_P_SoC"},
            {"power2_input", live ? "20000000" : "0"},
            {"in1_label", "SVI2_Core"},
            {"in1_input", "1100"}});
    }
    const detection d = detect_hwmon(t.places());
    REQUIRE(d.meter);
    CHECK(d.meter->channels().size() == 2);
    CHECK(find(d, "package-0 (zenpower)").device == "socket0/package");
    CHECK(find(d, "package-1 (zenpower)").how == provenance::integrated);
    CHECK(read(d, "package-0 (zenpower)").watts == doctest::Approx(80));
    CHECK(read(d, "package-1 (zenpower)").watts == doctest::Approx(82));
  }
}

TEST_CASE("of a counter and a power of one socket the counter is counted") {
  fake_tree t;
  sockets(t, "AuthenticAMD", 1);
  put(t, 0, {{"name", "zenpower"}, {"power1_label", "SVI2_P_Core"}, {"power1_input", "5000000"}});
  put(t, 1, {{"name", "amd_energy"}, {"energy1_label", "Esocket0"}, {"energy1_input", "1"}});
  faulty_files files;
  CHECK(channels(detect_hwmon(t.places(files))) == "package-0 (zenpower), package-0 (amd_energy)*");
  files.fail("energy1_input", EACCES);
  CHECK(channels(detect_hwmon(t.places(files))) == "package-0 (zenpower)*, [package-0 (amd_energy)]");
}

TEST_CASE("old AMD sockets are told apart by their places on PCI") {
  fake_tree t;
  card(t, 1, "fam15h_power", "0000:00:1a.4", {{"power1_input", "70000000"}, {"power1_crit", "115000000"}});
  card(t, 2, "fam15h_power", "0000:00:18.4", {{"power1_input", "50000000"}, {"power1_average", "1"}});
  const detection d = detect_hwmon(t.places());
  CHECK(read(d, "package-0 (fam15h_power)").watts == doctest::Approx(50));
  CHECK(read(d, "package-1 (fam15h_power)").watts == doctest::Approx(70));
}

TEST_CASE("an Altra's CPU and IO power are a socket each, its core counters are left out") {
  fake_tree t;
  for (int s = 0; s < 2; ++s)
    put(t, 4 + s,
        {{"name", "altra_hwmon"},
         {"energy1_label", "Core Energy 000"},
         {"energy1_input", "7"},
         {"power1_label", "CPU power"},
         {"power1_input", std::to_string(100'000'000 + s)},
         {"power2_label", "IO power"},
         {"power2_input", "30000000"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "package-0 (altra)*, package-1 (altra)*");
  CHECK(read(d, "package-1 (altra)").watts == doctest::Approx(130.000001));
  CHECK(find(d, "package-1 (altra)").device == "socket1/package");
}

TEST_CASE("POWER shows the system and its processors") {
  fake_tree t;
  put(t, 0,
      {{"name", "occ"},
       {"power1_label", "System"},
       {"power1_input", "700000000"},
       {"power2_label", "Processor 0"},
       {"power2_input", "150000000"},
       {"power3_label", "Memory"},
       {"power3_input", "1"}});
  put(t, 1, {{"name", "occ"}, {"power2_label", "Processor 1"}, {"power2_input", "160000000"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "node (OCC)*, package-0 (OCC)*, package-1 (OCC)*");
  CHECK(find(d, "node (OCC)").part == component::platform);
  CHECK(find(d, "package-1 (OCC)").device == "socket1/package");
  CHECK(read(d, "package-1 (OCC)").watts == doctest::Approx(160));
}

// --- cards

TEST_CASE("two cards are known by their places on PCI, whatever their hwmon numbers") {
  for (const bool swapped : {false, true}) {
    fake_tree t;
    sockets(t, "GenuineIntel", 1);
    card(t, swapped ? 10 : 2, "amdgpu", "0000:C3:00.0",
         {{"power1_average", "120000000"},
          {"power1_label", "PPT"},
          {"power1_cap_max", "300000000"},
          {"fan1_input", "900"},
          {"device/mem_info_vram_total", "17163091968"}});
    card(t, swapped ? 2 : 10, "amdgpu", "0000:83:00.0",
         {{"power1_input", "80000000"},
          {"power1_label", "PPT"},
          {"device/mem_info_vram_total", "206141652992"}});
    const detection d = detect_hwmon(t.places());
    const channel& c = find(d, "gpu 0000:c3:00.0 (hwmon)");
    CHECK(c.device == "0000:c3:00.0");
    CHECK(c.part == component::gpu);
    CHECK(c.inside.empty());
    CHECK(c.counted);
    CHECK(c.rated_watts == doctest::Approx(300));
    CHECK(read(d, c.name).watts == doctest::Approx(120));
    CHECK(read(d, "gpu 0000:83:00.0 (hwmon)").watts == doctest::Approx(80));
  }
}

TEST_CASE("an APU's power is inside the package, a card beside it is not") {
  fake_tree t;  // F6 with a card
  sockets(t, "AuthenticAMD", 1);
  card(t, 3, "amdgpu", "0000:c4:00.0",
       {{"power1_input", "15000000"},
        {"power1_label", "PPT"},
        {"in0_label", "vddgfx"},
        {"in0_input", "800"},
        {"in1_label", "vddnb"},
        {"in1_input", "700"},
        {"device/mem_info_vram_total", "34359738368"}});
  card(t, 4, "amdgpu", "0000:03:00.0",
       {{"power1_average", "35000000"}, {"fan1_input", "0"}, {"device/mem_info_vram_total", "4278190080"}});
  const detection d = detect_hwmon(t.places());
  CHECK(find(d, "gpu 0000:c4:00.0 (hwmon)").inside == "socket0/package");
  CHECK(contains(find(d, "gpu 0000:c4:00.0 (hwmon)").note, "contains the CPU"));
  CHECK(find(d, "gpu 0000:c4:00.0 (hwmon)").counted);
  CHECK(find(d, "gpu 0000:03:00.0 (hwmon)").inside.empty());
}

TEST_CASE(
    "an APU of which little is shown is still one, a card in the same state beside another CPU is not") {
  for (const char* vendor : {"AuthenticAMD", "GenuineIntel"}) {
    fake_tree t;  // F6
    sockets(t, vendor, 1);
    card(t, 3, "amdgpu", "0000:c4:00.0", {{"power1_average", "15000000"}, {"power1_label", "PPT"}});
    const bool amd = std::string_view(vendor) == "AuthenticAMD";
    CHECK(find(detect_hwmon(t.places()), "gpu 0000:c4:00.0 (hwmon)").inside ==
          (amd ? "socket0/package" : ""));
  }
}

TEST_CASE("several MI300A are a socket each") {
  fake_tree t;
  sockets(t, "AuthenticAMD", 2);
  for (int s = 0; s < 2; ++s)
    card(t, s, "amdgpu", "0001:0" + std::to_string(s) + ":00.0",
         {{"power1_input", "300000000"},
          {"device/device", "0x74a0"},
          {"device/numa_node", std::to_string(s)},
          {"device/mem_info_vram_total", "137438953472"}});
  const detection d = detect_hwmon(t.places());
  CHECK(find(d, "gpu 0001:00:00.0 (hwmon)").inside == "socket0/package");
  CHECK(find(d, "gpu 0001:01:00.0 (hwmon)").inside == "socket1/package");
}

TEST_CASE("a card without a place of its own has that of its DRM device") {
  fake_tree t;
  put(t, 5, {{"name", "amdgpu"}, {"power1_average", "10000000"}});
  t.directory("sysfs/class/drm/card1/device/hwmon/hwmon5");
  t.write("sysfs/class/drm/card1/device/uevent", "PCI_SLOT_NAME=0000:0A:00.0\n");
  t.directory("sysfs/class/drm/card0/device/hwmon/hwmon6");
  CHECK(channels(detect_hwmon(t.places())) == "gpu 0000:0a:00.0 (hwmon)*");
}

TEST_CASE("where the average is not supported the input is read") {
  fake_tree t;
  card(t, 0, "amdgpu", "0000:03:00.0", {{"power1_average", "1"}, {"power1_input", "90000000"}});
  faulty_files files;
  files.fail_read("power1_average", EOPNOTSUPP);
  CHECK(read(detect_hwmon(t.places(files)), "gpu 0000:03:00.0 (hwmon)").watts == doctest::Approx(90));
}

TEST_CASE("a card that is suspended is a gap, not a question of permission") {
  fake_tree t;
  card(t, 0, "amdgpu", "0000:03:00.0", {{"power1_average", "20000000"}});
  faulty_files files;
  files.fail_read("power1_average", EPERM);
  const detection d = detect_hwmon(t.places(files));
  CHECK(channels(d) == "gpu 0000:03:00.0 (hwmon)*");
  CHECK(read(d, "gpu 0000:03:00.0 (hwmon)").why == missing::lost);
  files.heal();
  CHECK(read(d, "gpu 0000:03:00.0 (hwmon)").watts == doctest::Approx(20));
}

TEST_CASE("Intel's cards have counters, of which tiles and packages are parts") {
  fake_tree t;
  card(t, 1, "i915", "0000:4d:00.0", {{"energy1_input", "1000000"}, {"power1_max", "300000000"}});
  card(t, 2, "i915_gt0", "0000:4d:00.0", {{"energy1_input", "400000"}});
  card(t, 3, "i915_gt1", "0000:4d:00.0", {{"energy1_input", "500000"}});
  card(t, 4, "xe", "0000:9a:00.0",
       {{"energy1_input", "2000000"}, {"energy1_label", "card"}, {"energy2_input", "1500000"}});
  card(t, 5, "xe", "0000:9b:00.0", {{"energy2_input", "700000"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) ==
        "gpu 0000:4d:00.0 (hwmon)*, gpu 0000:4d:00.0 gt0 (hwmon)*, gpu 0000:4d:00.0 gt1 (hwmon)*, "
        "gpu 0000:9a:00.0 (hwmon)*, gpu 0000:9a:00.0 package (hwmon)*, gpu 0000:9b:00.0 package (hwmon)*");
  CHECK(find(d, "gpu 0000:4d:00.0 gt1 (hwmon)").inside == "0000:4d:00.0");
  CHECK(find(d, "gpu 0000:4d:00.0 gt1 (hwmon)").device == "0000:4d:00.0/gt1");
  CHECK(find(d, "gpu 0000:4d:00.0 (hwmon)").kind == reading_kind::counter);
  CHECK(find(d, "gpu 0000:4d:00.0 (hwmon)").rated_watts == doctest::Approx(300));
  CHECK(contains(find(d, "gpu 0000:4d:00.0 (hwmon)").note, "every 2 minutes"));
  CHECK(find(d, "gpu 0000:9a:00.0 package (hwmon)").inside == "0000:9a:00.0");
  CHECK(find(d, "gpu 0000:9b:00.0 package (hwmon)").device == "0000:9b:00.0");  // the best there is
  CHECK(find(d, "gpu 0000:9b:00.0 package (hwmon)").inside.empty());
  CHECK(read(d, "gpu 0000:9a:00.0 (hwmon)").count == 2'000'000);
}

// --- ACPI meters

TEST_CASE("an ACPI meter is the node's, with its period and accuracy, in device/ or beside the name") {
  for (const char* sub : {"device/", ""}) {
    fake_tree t;
    const std::string s = sub;
    put(t, 0,
        {{"name", "power_meter"},
         {s + "power1_average", "250000000"},
         {s + "power1_average_interval", "1000"},
         {s + "power1_accuracy", "95.0%"},
         {s + "power1_is_battery", "0"}});
    put(t, 1, {{"name", "coretemp"}, {"temp1_input", "40000"}});
    const detection d = detect_hwmon(t.places());
    CHECK(channels(d) == "node (ACPI)*");
    const channel& c = find(d, "node (ACPI)");
    CHECK(c.device == kaya::meter::whole_node);
    CHECK(c.part == component::platform);
    CHECK(c.has_memory);
    CHECK(c.update_period_ns == 1'000'000'000);
    CHECK(c.low == doctest::Approx(0.95));
    CHECK(c.high == doctest::Approx(1.05));
    CHECK(contains(c.accuracy, "95.0%"));
    CHECK(read(d, c.name).watts == doctest::Approx(250));
    CHECK(d.findings.size() == 1);  // none for the thermometer
  }
}

TEST_CASE("a firmware's error word is implausible, and passes") {
  fake_tree t;
  acpi(t, 0, "", "4294967295000");
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "node (ACPI)*");
  CHECK(about(d, "node (ACPI)")->why == missing::implausible);
  CHECK(about(d, "node (ACPI)")->used);
  CHECK(read(d, "node (ACPI)").why == missing::implausible);
  put(t, 0, {{"device/power1_average", "0"}});
  CHECK(read(d, "node (ACPI)").why == missing::implausible);
  put(t, 0, {{"device/power1_average", "310000000"}});
  CHECK(read(d, "node (ACPI)").watts == doctest::Approx(310));
}

TEST_CASE("of several ACPI meters without a name none is taken for the node, unless one alone answers") {
  fake_tree t;
  acpi(t, 0, "", "200000000");
  acpi(t, 1, "Meter measures total domain", "210000000");
  CHECK(channels(detect_hwmon(t.places())) == "node (ACPI), node (ACPI) (2)");
  acpi(t, 0, "", "4294967295000");
  CHECK(channels(detect_hwmon(t.places())) == "node (ACPI), node (ACPI) (2)*");
}

TEST_CASE("Grace-Hopper's meters are nested as they are wired") {
  fake_tree t;  // F9, two modules
  for (int s = 0; s < 2; ++s) {
    const std::string n = std::to_string(s);
    acpi(t, 1 + 4 * s, "Module Power Socket " + n, "500000000");
    acpi(t, 2 + 4 * s, "Grace Power Socket " + n, "100000000");
    acpi(t, 3 + 4 * s, "CPU Power Socket " + n, "40000000");
    acpi(t, 4 + 4 * s, "SysIO Power Socket " + n, "15000000");
  }
  put(t, 2, {{"device/power1_average_interval", "50"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) ==
        "module-0*, grace-0*, cpu-rail-0*, sysio-0*, module-1*, grace-1*, cpu-rail-1*, sysio-1*");
  CHECK(find(d, "module-1").device == "socket1/module");
  CHECK(find(d, "module-1").part == component::platform);
  CHECK(find(d, "grace-1").device == "socket1/grace");
  CHECK(find(d, "grace-1").inside == "socket1/module");
  CHECK(find(d, "grace-1").part == component::cpu);
  CHECK(find(d, "grace-1").has_memory);
  CHECK(find(d, "grace-0").update_period_ns == 50'000'000);
  CHECK(find(d, "cpu-rail-0").inside == "socket0/grace");
  CHECK(find(d, "cpu-rail-0").part == component::cpu);
  CHECK(!find(d, "cpu-rail-0").has_memory);
  CHECK(find(d, "sysio-1").inside == "socket1/grace");
  CHECK(find(d, "sysio-1").part == component::other);

  double truth = 0, before = 100;
  const double sum = joules(d, "grace-1", 200, [&](int i) {
    const double watts = 100 + 60 * (i / 20 % 2);
    acpi(t, 6, "Grace Power Socket 1", std::to_string(static_cast<long>(watts * 1e6)));
    if (i > 0) truth += (before + watts) / 2 * 0.1;
    before = watts;
  });
  CHECK(sum == doctest::Approx(truth).epsilon(0.005));
}

TEST_CASE("other firmware's names for the same meters are understood") {
  fake_tree t;
  acpi(t, 0, "Total Power Socket 0", "100000000");
  acpi(t, 1, "CPU Rail Input Power in uW Socket 0", "50000000");
  acpi(t, 2, "soc rail power SOCKET 0", "20000000");
  acpi(t, 3, "DRAM Power Socket 0 Input Power in uW", "10000000");
  acpi(t, 4, "Total Power Socket 1", "110000000");
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "grace-0*, cpu-rail-0*, soc-rail-0*, dram-0 (ACPI)*, grace-1*");
  CHECK(find(d, "dram-0 (ACPI)").part == component::memory);
  CHECK(find(d, "soc-rail-0").inside == "socket0/grace");
  CHECK(read(d, "grace-1").watts == doctest::Approx(110));
}

TEST_CASE("rails whose envelope has no meter are inside the module, or stand alone") {
  fake_tree t;
  acpi(t, 0, "CPU Power Socket 0", "50000000");
  acpi(t, 1, "CPU Power Socket 1", "50000000");
  acpi(t, 2, "Module Power Socket 1", "500000000");
  acpi(t, 3, "", "900000000");
  const detection d = detect_hwmon(t.places());
  CHECK(find(d, "cpu-rail-0").inside.empty());
  CHECK(find(d, "cpu-rail-1").inside == "socket1/module");
  CHECK(!find(d, "node (ACPI)").counted);
}

// --- Jetson

TEST_CASE("a Jetson with a total rail has the others inside it") {
  fake_tree t;  // F7
  put(t, 1, rails({{"VDD_IN", {5040, 936}}, {"VDD_CPU_GPU_CV", {5032, 240}}, {"VDD_SOC", {5032, 320}}}));
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "VDD_IN*, VDD_CPU_GPU_CV*, VDD_SOC*");
  CHECK(find(d, "VDD_IN").device == kaya::meter::whole_node);
  CHECK(find(d, "VDD_IN").part == component::platform);
  CHECK(find(d, "VDD_IN").has_memory);
  CHECK(find(d, "VDD_SOC").inside == kaya::meter::whole_node);
  CHECK(find(d, "VDD_SOC").device == "jetson/VDD_SOC");
  CHECK(find(d, "VDD_SOC").part == component::other);
  CHECK(read(d, "VDD_IN").watts == doctest::Approx(4.71744));

  double truth = 0, before = 0;
  const double sum = joules(d, "VDD_IN", 100, [&](int i) {
    const int mv = 5000 - i, ma = 900 + 20 * i;
    put(t, 1, {{"in1_input", std::to_string(mv)}, {"curr1_input", std::to_string(ma)}});
    const double watts = mv * ma * 1e-6;
    if (i > 0) truth += (before + watts) / 2 * 0.1;
    before = watts;
  });
  CHECK(sum == doctest::Approx(truth).epsilon(0.005));
}

TEST_CASE("a Jetson without a total rail counts the rails of its parts") {
  fake_tree t;  // F8
  put(t, 3,
      rails({{"VDD_GPU_SOC", {19000, 400}}, {"VDD_CPU_CV", {19000, 100}}, {"VIN_SYS_5V0", {5000, 900}}}));
  put(t, 2, rails({{"NC", {19000, 0}}, {"VDDQ_VDD2_1V8AO", {5000, 200}}, {"NC", {0, 0}}}));
  t.write("sysfs/class/power_supply/ucsi-source-psy-1-00081/type", "USB\n");
  faulty_files files;
  files.fail_read("hwmon2/in3_input", EIO);
  const detection d = detect_hwmon(t.places(files));
  CHECK(channels(d) == "VDDQ_VDD2_1V8AO*, VDD_GPU_SOC*, VDD_CPU_CV*, VIN_SYS_5V0*");
  CHECK(find(d, "VDD_GPU_SOC").part == component::gpu);
  CHECK(find(d, "VDD_CPU_CV").part == component::cpu);
  CHECK(find(d, "VIN_SYS_5V0").part == component::other);
  CHECK(find(d, "VIN_SYS_5V0").has_memory);
  CHECK(find(d, "VIN_SYS_5V0").device == "jetson/VIN_SYS_5V0");
  CHECK(find(d, "VDDQ_VDD2_1V8AO").inside == "jetson/VIN_SYS_5V0");
  CHECK(read(d, "VDD_GPU_SOC").watts == doctest::Approx(7.6));
}

TEST_CASE("Xavier's rails are parts of the machine side by side") {
  fake_tree t;
  put(t, 0, rails({{"GPU", {19000, 100}}, {"CPU", {19000, 100}}, {"SOC", {19000, 50}}}));
  put(t, 1, rails({{"CV", {19000, 0}}, {"VDDRQ", {19000, 40}}, {"SYS5V", {19000, 80}}}));
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "GPU*, CPU*, SOC*, CV*, VDDRQ*, SYS5V*");
  CHECK(find(d, "VDDRQ").part == component::memory);
  CHECK(read(d, "CV").watts == 0.0);  // a rail that is off
  CHECK(!read(d, "CV").why);
}

TEST_CASE("a current a little below zero is noise of a rail that is off, one far below is no current") {
  fake_tree t;
  put(t, 0, rails({{"GPU", {19000, 100}}, {"CPU", {19000, 200}}, {"CV", {19000, 4}}}));
  put(t, 1, rails({{"VDD_IN", {5000, 1000}}}));
  const detection d = detect_hwmon(t.places());
  // Around zero, as read ten times a second: the energy of what is above.
  const int noise[] = {4, -3, 0, -8, 4, -100, 0, 4};
  double truth = 0, before = 0;
  const double sum = joules(d, "CV", 200, [&](int i) {
    put(t, 0, {{"curr3_input", std::to_string(noise[i % 8])}, {"curr1_input", "-3"}});
    const double watts = noise[i % 8] > 0 ? 19.0 * noise[i % 8] * 1e-3 : 0;
    if (i > 0) truth += (before + watts) / 2 * 0.1;
    before = watts;
  });
  CHECK(sum == doctest::Approx(truth).epsilon(0.005));
  CHECK(!read(d, "GPU").why);
  CHECK(read(d, "GPU").watts == 0.0);
  put(t, 0, {{"curr1_input", "-101"}, {"curr2_input", "-3"}});
  put(t, 1, {{"curr1_input", "-3"}});
  CHECK(read(d, "GPU").why == missing::implausible);
  // The machine that asks draws something.
  CHECK(read(d, "CPU").why == missing::implausible);
  CHECK(read(d, "VDD_IN").why == missing::implausible);
}

TEST_CASE("rails that are switched off, not connected or unknown are not counted") {
  fake_tree t;
  file_list files =
      rails({{"VDD_GPU_SOC", {19000, 400}}, {"VDD_CPU_CV", {19000, 100}}, {"5V_FAN", {5000, 90}}});
  files.push_back({"in2_enable", "0"});
  put(t, 3, files);
  put(t, 4, {{"name", "ina3221"}, {"in1_input", "3300"}, {"curr1_input", "10"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "VDD_GPU_SOC*, 5V_FAN (ina3221), ina3221-1 in1 (ina3221)");
  CHECK(about(d, "hwmon3 ina3221")->why == missing::disabled);
  CHECK(about(d, "hwmon3 ina3221")->remedy ==
        "echo 1 | sudo tee " + t.sysfs() + "/class/hwmon/hwmon3/in2_enable");
  CHECK(contains(find(d, "5V_FAN (ina3221)").note, "does not know"));
}

TEST_CASE("Thor's input meter is the total, on a Jetson and nowhere else") {
  fake_tree t;
  put(t, 0, {{"name", "ina238"}, {"power1_input", "42000000"}, {"in0_input", "12"}});
  CHECK(channels(detect_hwmon(t.places())) == "node (VIN)");
  t.write("sysfs/firmware/devicetree/base/compatible", std::string("nvidia,p3971\0nvidia,tegra264\0", 29));
  CHECK(channels(detect_hwmon(t.places())) == "node (VIN)*");
  put(t, 1,
      rails({{"VDD_GPU", {19000, 400}}, {"VDD_CPU_SOC_MSS", {19000, 100}}, {"VIN_SYS_5V0", {5000, 900}}}));
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "node (VIN)*, VDD_GPU*, VDD_CPU_SOC_MSS*, VIN_SYS_5V0*");
  CHECK(find(d, "node (VIN)").device == kaya::meter::whole_node);
  CHECK(find(d, "VDD_GPU").inside == kaya::meter::whole_node);
  CHECK(find(d, "VDD_GPU").part == component::other);
  CHECK(read(d, "node (VIN)").watts == doctest::Approx(42));
  put(t, 2, {{"name", "ina238"}, {"power1_input", "1000000"}});
  CHECK(!find(detect_hwmon(t.places()), "node (VIN)").counted);
}

// --- whole machines

TEST_CASE("of a Mac's powers only the system's total is counted") {
  for (const char* name : {"macsmc_hwmon", "macsmc-hwmon"}) {
    fake_tree t;
    put(t, 0,
        {{"name", name},
         {"power1_label", "AC Input Power"},
         {"power1_input", "30000000"},
         {"power2_label", "Total System Power"},
         {"power2_input", "25000000"},
         {"power3_label", "3.8 V Rail Power"},
         {"power3_input", "20000000"}});
    const detection d = detect_hwmon(t.places());
    CHECK(channels(d) == "AC Input Power (SMC), node (SMC)*, 3.8 V Rail Power (SMC)");
    CHECK(find(d, "node (SMC)").device == kaya::meter::whole_node);
    CHECK(find(d, "AC Input Power (SMC)").inside == kaya::meter::whole_node);
    CHECK(read(d, "node (SMC)").watts == doctest::Approx(25));
  }
}

TEST_CASE("two power supplies with meters feed one machine: their sum") {
  fake_tree t;
  for (int n = 0; n < 2; ++n)
    put(t, n,
        {{"name", "corsairpsu"},
         {"power1_label", "power total"},
         {"power1_input", "200000000"},
         {"power2_label", "power +12v"},
         {"power2_input", "180000000"}});
  const detection d = detect_hwmon(t.places());
  CHECK(channels(d) == "node (PSU)*, power +12v (PSU-0), power +12v (PSU-1)");
  CHECK(read(d, "node (PSU)").watts == doctest::Approx(400));
  CHECK(find(d, "node (PSU)").high > 1.1);  // what the supplies lose is not in it
  CHECK(contains(find(d, "power +12v (PSU-1)").note, "part of the power supply"));
}

TEST_CASE("several meters of the whole machine are counted once") {
  fake_tree t;
  acpi(t, 0, "", "400000000");
  put(t, 1, {{"name", "corsairpsu"}, {"power1_label", "power total"}, {"power1_input", "350000000"}});
  CHECK(channels(detect_hwmon(t.places())) == "node (ACPI)*, node (PSU)");
}

// --- what is not read

TEST_CASE("a chip with power that is not on the list is named and not read, thermometers are not named") {
  fake_tree t;
  put(t, 0, {{"name", "coretemp"}, {"temp1_input", "40000"}});
  put(t, 1, {{"name", "nct6779"}, {"in0_input", "900"}, {"in1_input", "900"}, {"fan1_input", "800"}});
  put(t, 2, {{"name", "pmbus"}, {"power1_input", "100000000"}});
  put(t, 3, {{"name", "BAT0"}, {"power1_input", "1"}, {"device/type", "Battery"}});
  const detection d = detect_hwmon(t.places());
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].what == "hwmon2 pmbus");
  CHECK(contains(d.findings[0].text, "not on the list"));
}

TEST_CASE("no chips, no power and no access are one finding each") {
  fake_tree bare, warm;
  put(warm, 0, {{"name", "coretemp"}, {"temp1_input", "40000"}});
  for (const fake_tree* t : {&bare, &warm}) {
    const detection d = detect_hwmon(t->places());
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == missing::not_present);
    CHECK(!d.findings[0].used);
  }
  faulty_files files;
  files.fail("class/hwmon", EACCES);
  CHECK(detect_hwmon(warm.places(files)).findings[0].why == missing::no_permission);
}

TEST_CASE("twelve chips come in the order of their numbers, however they are listed") {
  fake_tree t;
  for (int n = 0; n < 12; ++n)
    card(t, n, "amdgpu", "0000:" + std::to_string(31 - n) + ":00.0",
         {{"power1_average", std::to_string(1'000'000 * (n + 1))}});
  faulty_files files;
  files.reverse_lists();
  const detection d = detect_hwmon(t.places(files));
  REQUIRE(d.meter);
  REQUIRE(d.meter->channels().size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(d.meter->channels()[i].device == "0000:" + std::to_string(31 - i) + ":00.0");
    CHECK(d.meter->read(i, ms).watts == doctest::Approx(static_cast<double>(i + 1)));
  }
}

TEST_CASE("links to devices are followed, as kernels show them") {
  fake_tree t;
  for (int n = 0; n < 2; ++n) {
    const std::string device = "sysfs/devices/pci0000:00/0000:0" + std::to_string(n + 1) + ":00.0";
    const std::string chip = device + "/hwmon/hwmon" + std::to_string(n);
    t.write(device + "/uevent", "PCI_SLOT_NAME=0000:0" + std::to_string(n + 1) + ":00.0\n");
    t.write(chip + "/name", "amdgpu\n");
    t.write(chip + "/power1_average", "5000000\n");
    t.link(chip + "/device", "../../../0000:0" + std::to_string(n + 1) + ":00.0");
    t.link("sysfs/class/hwmon/hwmon" + std::to_string(n), "../../../" + chip);
  }
  CHECK(channels(detect_hwmon(t.places())) == "gpu 0000:01:00.0 (hwmon)*, gpu 0000:02:00.0 (hwmon)*");
}

// --- reading

TEST_CASE("an error has its reason, its neighbour goes on, and the next reading tries again") {
  struct {
    int error;
    missing why;
  } const cases[] = {
      {EIO, missing::lost},    {EAGAIN, missing::lost},           {ENXIO, missing::lost},
      {ENODEV, missing::lost}, {ENODATA, missing::not_supported}, {EOPNOTSUPP, missing::not_supported}};
  for (const auto& c : cases) {
    fake_tree t;
    put(t, 0, rails({{"GPU", {19000, 100}}, {"CPU", {19000, 200}}}));
    faulty_files files;
    const detection d = detect_hwmon(t.places(files));
    for (const char* file : {"in2_input", "curr2_input"}) {
      files.fail_read(file, c.error);
      CHECK(read(d, "CPU").why == c.why);
      CHECK(!read(d, "GPU").why);
      files.heal();
      CHECK(read(d, "CPU").watts == doctest::Approx(3.8));
    }
  }
}

TEST_CASE("what fails for the moment at the start stays a channel, what is not supported does not") {
  for (const int error : {EIO, EAGAIN, ENODATA}) {
    fake_tree t;
    acpi(t, 0, "Grace Power Socket 0", "100000000");
    acpi(t, 1, "Grace Power Socket 1", "110000000");
    faulty_files files;
    files.fail_read("hwmon1/device/power1_average", error);
    const detection d = detect_hwmon(t.places(files));
    files.heal();
    if (error == ENODATA) {
      CHECK(channels(d) == "grace-0*, [grace-1]");
      CHECK(about(d, "grace-1")->why == missing::not_supported);
      CHECK(read(d, "grace-1").why == missing::not_supported);
    } else {
      CHECK(channels(d) == "grace-0*, grace-1*");
      CHECK(about(d, "grace-1")->used);
      CHECK(about(d, "grace-1")->why == missing::lost);
      CHECK(read(d, "grace-1").watts == doctest::Approx(110));
    }
  }
}

TEST_CASE("garbage, negative power and overflow are implausible, never a zero") {
  fake_tree t;
  card(t, 0, "amdgpu", "0000:03:00.0", {{"power1_average", "5000000"}});
  put(t, 1, rails({{"VDD_IN", {5000, 1000}}}));
  put(t, 2, {{"name", "amd_energy"}, {"energy1_label", "Esocket0"}, {"energy1_input", "5"}});
  faulty_files files;
  const detection d = detect_hwmon(t.places(files));
  for (const char* text : {"", "\n", "N/A\n", "-5000000\n", "12 34\n", "0x10\n", "1e9\n",
                           "99999999999999999999999\n", "18446744073709551615\n"}) {
    files.replace("_input", text);
    files.replace("_average", text);
    for (const channel& c : d.meter->channels()) CHECK(read(d, c.name).why == missing::implausible);
  }
  files.heal();
  files.replace("curr1_input", "-20\n");
  CHECK(read(d, "VDD_IN").why == missing::implausible);
  files.replace("curr1_input", "9000000000000\n");
  CHECK(read(d, "VDD_IN").why == missing::implausible);
  files.replace("curr1_input", "00936\r\n");
  CHECK(read(d, "VDD_IN").watts == doctest::Approx(4.68));
}

#ifndef KAYA_PORTABLE  // which cannot tell one file from another

TEST_CASE("a chip that goes is lost, and read again when it returns") {
  fake_tree t;
  acpi(t, 0, "", "100000000");
  card(t, 1, "amdgpu", "0000:03:00.0", {{"power1_average", "5000000"}});
  const detection d = detect_hwmon(t.places());
  std::int64_t now = now_ns();
  CHECK(!read(d, "node (ACPI)", now).why);
  t.remove("sysfs/class/hwmon/hwmon0");
  CHECK(read(d, "node (ACPI)", now += 100 * ms).why == missing::lost);
  CHECK(!read(d, "gpu 0000:03:00.0 (hwmon)", now).why);
  acpi(t, 0, "", "120000000");
  const measurement back = read(d, "node (ACPI)", now += 100 * ms);
  CHECK(back.watts == doctest::Approx(120));
  CHECK(back.recovered);
}

#endif

TEST_CASE("the sources keep their descriptors, and close them") {
  fake_tree t;
  put(t, 1, rails({{"GPU", {19000, 100}}, {"CPU", {19000, 200}}}));
  faulty_files files;
  {
    const detection d = detect_hwmon(t.places(files));
    const std::size_t opened = files.opened();
    CHECK(files.open_descriptors() == 4);
    for (int i = 0; i < 100; ++i) REQUIRE(!read(d, "CPU", i * ms).why);
    CHECK(files.opened() == opened);
    CHECK(d.meter->read(99, ms).why == missing::not_present);
  }
  CHECK(files.open_descriptors() == 0);
}
