// SPDX-License-Identifier: MIT
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/cray.hpp>
#include <kaya/meter/machine.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "support/fake_tree.hpp"

using namespace kaya::meter;
using namespace kaya_test;

namespace {

constexpr std::int64_t second = 1'000'000'000;
const std::string folder = "sysfs/cray/pm_counters/";

void put(const fake_tree& tree, const std::string& file, std::uint64_t joules) {
  tree.write(folder + file, std::to_string(joules) + " J 1700000000123456 us\n");
}
/// A node with as many accelerators, and GPUs at so many PCI addresses.
void add_node(const fake_tree& tree, int accelerators, int gpus) {
  tree.write(folder + "freshness", "42\n");
  tree.write(folder + "startup", "1699000000000000\n");
  tree.write(folder + "raw_scan_hz", "10\n");
  tree.write(folder + "power", "1500 W 1700000000123456 us\n");
  put(tree, "energy", 1000);
  put(tree, "cpu_energy", 300);
  put(tree, "memory_energy", 100);
  for (int i = 0; i < accelerators; ++i) put(tree, "accel" + std::to_string(i) + "_energy", 100);
  for (int i = 0; i < gpus; ++i) {
    const std::string card = "sysfs/class/drm/card" + std::to_string(i) + "/device/";
    tree.write(card + "vendor", "0x1002\n");
    tree.write(card + "uevent", "PCI_SLOT_NAME=0000:" + std::to_string(10 + i) + ":00.0\n");
  }
  tree.cpuinfo("AuthenticAMD");
  tree.meminfo(512u << 20);
}
detection detect(const fake_tree& tree,
                 kaya::detail::file_system& files = kaya::detail::file_system::real()) {
  const host h = read_host(tree.places());
  std::vector<std::string> gpus;
  for (const gpu_device& gpu : h.gpus) gpus.push_back(gpu.address);
  return detect_cray(tree.places(files), h, gpus);
}
std::string counted(const fake_tree& tree) {
  machine_options o;
  o.sysfs = tree.sysfs();
  o.procfs = tree.procfs();
  std::string text;
  const machine m = machine::detect(o);
  for (const channel& c : m.channels()) text += (text.empty() ? "" : ", ") + c.name;
  return text;
}
std::size_t index_of(const source& meter, const std::string& name) {
  for (std::size_t i = 0; i < meter.channels().size(); ++i)
    if (meter.channels()[i].name == name) return i;
  FAIL("no channel ", name);
  return 0;
}

/// The freshness changes at every reading, as often as told.
class restless_files final : public faulty_files {
 public:
  descriptor open(const char* path) noexcept override {
    const descriptor d = faulty_files::open(path);
    if (std::string(path).ends_with("freshness")) freshness_ = d;
    return d;
  }
  long read(descriptor d, char* buffer, std::size_t size) noexcept override {
    if (d != freshness_ || changes == 0) return faulty_files::read(d, buffer, size);
    --changes;
    return static_cast<long>(std::to_string(++scans_).copy(buffer, size));
  }
  int changes = 0;

 private:
  descriptor freshness_ = -1;
  int scans_ = 100;
};

}  // namespace

TEST_CASE("text is joules with a unit and a time, or a number alone") {
  CHECK(cray::parse_joules("17839561 J 1700000000123456 us\n") == 17839561);
  CHECK(cray::parse_joules("5\n") == 5);
  for (const char* text :
       {"", "\n", "W", "12 W 17 us", "12 kJ", "-5 J", "1e6 J", "18446744073709551616 J", "12J"})
    CHECK_FALSE(cray::parse_joules(text).has_value());
}
TEST_CASE("parsing is safe for any bytes") {
  std::mt19937 random(3);
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n) text += "0123456789 J\nWus-x\0"[random() % 19];
    const auto joules = cray::parse_joules(text);
    if (joules) REQUIRE(text.find_first_of("0123456789") != std::string::npos);
    cray::parse_control(text);
  }
}
TEST_CASE("without the folder nothing is told and nothing is read") {
  fake_tree tree;
  const detection d = detect(tree);
  CHECK_FALSE(d.meter);
  CHECK(d.findings.empty());
}
TEST_CASE("CPUs, memory and accelerators count in place of the node, whose counter is as good") {
  fake_tree tree;
  add_node(tree, 4, 4);
  CHECK(counted(tree) == "cpus, memory, accel0, accel1, accel2, accel3");
}
TEST_CASE("a node without a counter of its CPUs counts as a whole") {
  fake_tree tree;
  add_node(tree, 4, 4);
  tree.remove(folder + "cpu_energy");
  CHECK(counted(tree) == "node");
}
TEST_CASE("packages that powercap shows are parts of the node's CPUs") {
  fake_tree tree;
  add_node(tree, 4, 4);
  tree.add({.entry = "intel-rapl:0", .name = "package-0"});
  CHECK(counted(tree) == "cpus, memory, accel0, accel1, accel2, accel3");
}
TEST_CASE("an accelerator is the GPU with its number, or the card of two") {
  fake_tree one, two, other;
  add_node(one, 4, 4);
  add_node(two, 4, 8);
  add_node(other, 4, 3);
  const detection single = detect(one), pairs = detect(two), unknown = detect(other);
  CHECK(single.meter->channels()[4].device == "0000:11:00.0");
  CHECK(pairs.meter->channels()[4].device == "accel1");
  bool told = false;
  for (const containment& c : pairs.contained)
    told = told || (c.device == "0000:13:00.0" && c.inside == "accel1");
  CHECK(told);
  CHECK_FALSE(unknown.meter->channels()[4].counted);
}
TEST_CASE("joules are those of the counters, to the joule") {
  fake_tree tree;
  add_node(tree, 2, 2);
  const detection d = detect(tree);
  source& meter = *d.meter;
  std::vector<kaya::ledger::timeline> lines;
  for (const channel& c : meter.channels()) lines.emplace_back(c);
  for (int s = 0; s <= 100; ++s) {
    put(tree, "energy", static_cast<std::uint64_t>(5'000'000 + 2700 * s));
    put(tree, "accel1_energy", static_cast<std::uint64_t>(77 + 560 * s));
    meter.begin_round();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (s > 0) lines[i].extend((s - 1) * second, s * second, {}, {});
      if (lines[i].accept(meter.read(i, s * second), s * second).known) lines[i].settled();
    }
  }
  CHECK(lines[index_of(meter, "node")].total_uj == 270'000 * std::int64_t{1'000'000});
  CHECK(lines[index_of(meter, "accel1")].total_uj == 56'000 * std::int64_t{1'000'000});
  CHECK_FALSE(lines[index_of(meter, "cpus")].has_value);  // it stood still: not known, not 0
}
TEST_CASE("a round is read again until no scan came in between") {
  fake_tree tree;
  add_node(tree, 1, 1);
  restless_files files;
  const detection d = detect(tree, files);
  for (const int changes : {1, 2, 5, 18}) {
    files.changes = changes;
    d.meter->begin_round();
    CHECK_FALSE(d.meter->read(0, 1).why.has_value());
    CHECK(files.changes == 0);
  }
}
TEST_CASE("ten rounds that all were disturbed are no reading") {
  fake_tree tree;
  add_node(tree, 1, 1);
  restless_files files;
  const detection d = detect(tree, files);
  files.changes = 1000;
  d.meter->begin_round();
  CHECK(d.meter->read(0, 1).why == missing::lost);
  CHECK(1000 - files.changes == 20);
  files.changes = 0;
  d.meter->begin_round();
  CHECK(d.meter->read(0, 2).count == 1000);
}
TEST_CASE("without a freshness file each reading is taken as it is") {
  fake_tree tree;
  add_node(tree, 1, 1);
  tree.remove(folder + "freshness");
  const detection d = detect(tree);
  d.meter->begin_round();
  CHECK(d.meter->read(1, 1).count == 300);
}
TEST_CASE("a controller that restarts is told by its startup, and its counters begin anew") {
  fake_tree tree;
  add_node(tree, 1, 1);
  const detection d = detect(tree);
  d.meter->begin_round();
  CHECK_FALSE(d.meter->read(0, 1).recovered);
  tree.write(folder + "startup", "1700000000000001\n");
  put(tree, "energy", 3);
  d.meter->begin_round();
  CHECK(d.meter->read(0, 2).recovered);
  d.meter->begin_round();
  CHECK_FALSE(d.meter->read(0, 3).recovered);
}
TEST_CASE("garbage, failure and a vanished file are reasons of their own, channel by channel") {
  fake_tree tree;
  add_node(tree, 1, 1);
  faulty_files files;
  const detection d = detect(tree, files);
  files.replace("cpu_energy", "unavailable\n");
  files.fail("memory_energy", EIO);
  d.meter->begin_round();
  CHECK(d.meter->read(0, 1).count == 1000);
  CHECK(d.meter->read(1, 1).why == missing::implausible);
  CHECK(d.meter->read(2, 1).why == missing::lost);
  files.heal();
  d.meter->begin_round();
  CHECK(d.meter->read(1, 2).count == 300);
  CHECK(d.meter->read(2, 2).count == 100);
}
