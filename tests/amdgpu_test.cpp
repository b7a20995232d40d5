// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/amdgpu.hpp>
#include <kaya/meter/hwmon.hpp>
#include <kaya/meter/overlap.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_amdgpu;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::provenance;
using kaya::meter::reading_kind;
using kaya::meter::rocm_variables;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;
constexpr double unit = 1.0 / 65536;  // joules

/// A table as the driver fills it in. watts: 0xffff for none.
std::string table(unsigned content, std::uint64_t energy, unsigned watts, unsigned format = 1) {
  struct {
    std::size_t size, power, energy;
  } const at[] = {{80, 34, 36},  {96, 22, 24},   {104, 22, 24},  {120, 22, 24}, {288, 10, 24},
                  {360, 10, 88}, {1664, 10, 16}, {2208, 10, 24}, {3872, 10, 24}};
  const auto& l = at[content];
  std::string b(l.size, '\xff');
  const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) b[offset + i] = static_cast<char>(value >> 8 * i);
  };
  put(0, l.size, 2);
  put(2, format, 1);
  put(3, content, 1);
  put(l.power, watts, 2);
  put(l.energy, energy, content == 0 ? 4 : 8);
  return b;
}

/// Cards of AMD in a sysfs, of which the test says everything.
struct rig {
  fake_tree tree;
  faulty_files files;
  int count = 0;

  std::string device(int i) const { return "sysfs/devices/pci/card" + std::to_string(i); }
  std::string chip(int i) const { return device(i) + "/hwmon/hwmon" + std::to_string(i + 3); }
  /// A MI210-like card of 300 W at bus 0x11, 0x21, and on.
  int add(const std::string& model = "0x740f", unsigned content = 3) {
    const int i = count++;
    const std::string n = std::to_string(i), d = device(i);
    tree.write(d + "/vendor", "0x1002\n");
    tree.write(d + "/device", model + "\n");
    tree.write(d + "/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:" + std::to_string(i + 1) + "1:00.0\nX=1\n");
    tree.write(d + "/unique_id", "a000000000000b0" + n + "\n");
    tree.write(chip(i) + "/name", "amdgpu\n");
    tree.write(chip(i) + "/power1_average", "60000000\n");
    tree.write(chip(i) + "/power1_cap", "300000000\n");
    tree.link("sysfs/class/drm/card" + n + "/device", "../../../devices/pci/card" + n);
    tree.link("sysfs/class/hwmon/hwmon" + std::to_string(i + 3),
              "../../devices/pci/card" + n + "/hwmon/hwmon" + std::to_string(i + 3));
    tree.link(chip(i) + "/device", "../..");
    tree.directory("sysfs/class/drm/card" + n + "-DP-1");
    metrics(i, table(content, 1'000'000, 60));
    return i;
  }
  void metrics(int i, const std::string& bytes) { tree.write(device(i) + "/gpu_metrics", bytes); }
  detection detect(const rocm_variables& set = {}) { return detect_amdgpu(tree.places(files), set); }
};

/// "0000:11:00.0* 0000:21:00.0 [0000:31:00.0]": counted, shown, not readable.
std::string channels(const detection& d) {
  std::string result;
  if (!d.meter) return result;
  for (const channel& c : d.meter->channels()) {
    if (!result.empty()) result += ' ';
    result += c.why ? "[" + c.device + "]" : c.device + (c.counted ? "*" : "");
  }
  return result;
}
const channel& at(const detection& d, std::size_t i) {
  REQUIRE(d.meter);
  REQUIRE(i < d.meter->channels().size());
  return d.meter->channels()[i];
}
const finding* about(const detection& d, std::string_view what) {
  for (const finding& f : d.findings)
    if (f.what == what) return &f;
  return nullptr;
}
bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Books one channel, as the ledger does.
struct book {
  book(const detection& d, std::size_t i, std::int64_t now)
      : meter(d.meter), index(i), line(at(d, i)), last_ns(now) {
    sample(now);
  }
  measurement sample(std::int64_t now) {
    line.extend(last_ns, now, {}, {});
    last_ns = now;
    const measurement m = meter->read(index, now);
    if (line.accept(m, now).known) line.settled();
    return m;
  }
  double joules() const { return static_cast<double>(line.total_uj) * 1e-6; }

  kaya::detail::handle<kaya::meter::source> meter;
  std::size_t index;
  kaya::ledger::timeline line;
  std::int64_t last_ns;
};

bool near(double value, double truth) { return std::abs(value - truth) < truth * 0.005; }

}  // namespace

// --- what is found

TEST_CASE("a machine without AMD GPUs has one finding") {
  rig r;
  r.tree.write("sysfs/class/drm/card0/device/vendor", "0x8086\n");
  const detection d = r.detect();
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(!d.findings[0].used);
  r.files.fail("class/drm", EACCES);
  CHECK(r.detect().findings[0].why == missing::no_permission);
  fake_tree empty;
  CHECK(detect_amdgpu(empty.places(), {}).findings.at(0).why == missing::not_present);
}

TEST_CASE("each card with an energy counter is a channel, in the order of addresses") {
  rig r;
  r.add();
  r.add();
  r.files.reverse_lists();
  r.tree.write(r.chip(1) + "/power1_cap", "4294967295000000\n");  // nonsense
  const detection d = r.detect();
  CHECK(channels(d) == "0000:11:00.0* 0000:21:00.0*");
  const channel& c = at(d, 0);
  CHECK(c.name == "gpu 0000:11:00.0");
  CHECK(c.mechanism == "amdgpu");
  CHECK(c.uuid == "a000000000000b00");
  CHECK(c.part == component::gpu);
  CHECK(c.how == provenance::measured);
  CHECK(c.kind == reading_kind::counter);
  CHECK(!c.wraps);
  CHECK(c.range == 0);
  CHECK(c.unit_numerator == 15625);
  CHECK(c.unit_denominator == 1024);
  CHECK(c.rated_watts == 300);
  CHECK(at(d, 1).rated_watts == 0);
  CHECK(!c.has_memory);
  CHECK(c.inside.empty());
  CHECK(!c.accuracy.empty());
  REQUIRE(about(d, c.name) != nullptr);
  CHECK(about(d, c.name)->used);
  CHECK(d.meter->read(0, s).count == 1'000'000);
  CHECK(d.meter->read(2, s).why == missing::not_present);
}

TEST_CASE(
    "an address in capitals is written as Linux writes it, and a second card of one device is left out") {
  rig r;
  r.add();
  r.add();
  r.tree.write(r.device(1) + "/uevent", "PCI_SLOT_NAME=0000:3B:00.0\n");
  r.tree.link("sysfs/class/drm/card7/device", "../../../devices/pci/card0");
  CHECK(channels(r.detect()) == "0000:11:00.0* 0000:3b:00.0*");
}

TEST_CASE("cards without an energy counter are left to their sensor chips, with the reason") {
  rig r;
  for (int i = 0; i < 7; ++i) r.add();
  r.metrics(1, table(3, ~std::uint64_t{0}, 60));  // not filled in
  r.tree.remove(r.device(2) + "/gpu_metrics");
  r.metrics(3, table(1, 5, 60, 2));                 // an APU's 2.1
  r.metrics(4, table(3, 5, 60).substr(0, 60));      // cut off
  r.files.fail("card5/device/gpu_metrics", EPERM);  // asleep
  r.metrics(6, "");
  const detection d = r.detect();
  CHECK(channels(d) == "0000:11:00.0*");
  const struct {
    const char* name;
    missing why;
    const char* text;
  } rows[] = {{"gpu 0000:21:00.0", missing::not_supported, "does not fill in"},
              {"gpu 0000:31:00.0", missing::not_supported, "no gpu_metrics"},
              {"gpu 0000:41:00.0", missing::not_supported, "2.1 has no energy"},
              {"gpu 0000:51:00.0", missing::implausible, "1.3 of 120 bytes"},
              {"gpu 0000:61:00.0", missing::lost, "asleep"},
              {"gpu 0000:71:00.0", missing::implausible, "empty or broken"}};
  for (const auto& row : rows) {
    REQUIRE(about(d, row.name) != nullptr);
    CHECK(about(d, row.name)->why == row.why);
    CHECK(!about(d, row.name)->used);
    CHECK_MESSAGE(contains(about(d, row.name)->text, row.text), about(d, row.name)->text);
  }
}

TEST_CASE("a file that may not be read is a channel without value, and has the command that opens it") {
  rig r;
  r.add();
  r.add();
  r.files.fail("card1/device/gpu_metrics", EACCES);
  const detection d = r.detect();
  CHECK(channels(d) == "0000:11:00.0* [0000:21:00.0]");
  CHECK(at(d, 1).why == missing::no_permission);
  const finding* f = about(d, "gpu 0000:21:00.0");
  REQUIRE(f != nullptr);
  CHECK(f->remedy == "sudo chmod a+r " + r.tree.sysfs() + "/class/drm/card1/device/gpu_metrics");
  CHECK(d.meter->read(1, s).why == missing::no_permission);
}

TEST_CASE("a MI300A contains the CPU") {
  rig r;
  r.add("0x74a0", 6);
  r.add("0x74a1", 6);
  r.tree.write(r.device(0) + "/numa_node", "1\n");
  const detection d = r.detect();
  CHECK(at(d, 0).inside == "socket1/package");
  CHECK(at(d, 1).inside.empty());
}

// --- modules of two

TEST_CASE("of a MI250's two GPUs the first has the energy, and the second is a part of it") {
  for (const bool numbered : {true, false}) {
    rig r;
    for (int i = 0; i < 4; ++i) {
      r.add("0x740c");
      if (numbered) r.tree.write(r.device(i) + "/serial_number", i < 2 ? "69a1\n" : "69a2\n");
      if (i % 2 == 0) continue;
      r.metrics(i, i == 1 ? table(3, 0, 0) : table(3, ~std::uint64_t{0}, 0xffff));
      r.tree.write(r.chip(i) + "/power1_average", "0\n");
    }
    const detection d = r.detect();
    CHECK(channels(d) == "0000:11:00.0* [0000:21:00.0] 0000:31:00.0* [0000:41:00.0]");
    CHECK(at(d, 1).inside == "0000:11:00.0");
    CHECK(at(d, 3).inside == "0000:31:00.0");
    CHECK(at(d, 3).why == missing::not_supported);
    CHECK(contains(at(d, 0).note, "of both GPUs of its module"));
    REQUIRE(d.contained.size() == 2);
    CHECK(d.contained[1].device == "0000:41:00.0");
    CHECK(d.contained[1].inside == "0000:31:00.0");
    CHECK(d.meter->read(1, s).why == missing::not_supported);
  }
}

TEST_CASE("a module counts once beside its sensor chips, and leaves no GPU of the node unknown") {
  rig r;
  for (int i = 0; i < 2; ++i) r.add("0x7408");
  r.metrics(1, table(3, 0, 0));
  r.tree.write(r.chip(1) + "/power1_average", "0\n");
  const detection mine = r.detect(), chips = detect_hwmon(r.tree.places(r.files));
  std::vector<kaya::meter::claim> claims;
  for (const detection* d : {&mine, &chips})
    for (const channel& c : d->meter->channels())
      claims.push_back({.what = c, .source = c.why ? nullptr : d->meter.get()});
  REQUIRE(claims.size() == 4);
  channel cpu, node;
  cpu.device = "socket0/package", cpu.part = component::cpu;
  node.device = kaya::meter::whole_node, node.part = component::platform;
  claims.push_back({.what = cpu, .source = &cpu});
  claims.push_back({.what = node, .source = &node});
  kaya::meter::overlap(claims, mine.contained).decide();
  std::string counted;
  for (const auto& c : claims)
    if (c.what.counted) counted += c.what.mechanism + " " + c.what.device + ";";
  CHECK(counted == "amdgpu 0000:11:00.0; socket0/package;");
}

TEST_CASE("a silent card of another kind, or of another module, is not taken for a second GPU") {
  rig r;
  r.add();
  r.add();
  r.metrics(1, table(3, 0, 0));  // a MI210 whose counter is at 0
  r.tree.write(r.chip(1) + "/power1_average", "0\n");
  CHECK(channels(r.detect()) == "0000:11:00.0* 0000:21:00.0*");
  rig other;
  for (int i = 0; i < 2; ++i) {
    other.add("0x740c");
    other.tree.write(other.device(i) + "/serial_number", i == 0 ? "69a1\n" : "69a2\n");
  }
  other.metrics(1, table(3, 0, 0));
  CHECK(channels(other.detect()) == "0000:11:00.0* 0000:21:00.0*");
}

// --- whose they are

TEST_CASE("GPUs that the variables leave out are shown, not counted") {
  const struct {
    rocm_variables set;
    const char* expected;
  } table[] = {
      {{}, "0* 1* 2* 3*"},
      {{"2,0", nullptr, nullptr}, "0* 1 2* 3"},
      {{nullptr, "1", nullptr}, "0 1* 2 3"},
      {{nullptr, nullptr, "3,1"}, "0 1* 2 3*"},
      {{"3,2,1", "0", nullptr}, "0 1 2 3*"},  // a number into what the former left, in its order
      {{"3,2,1", nullptr, "2"}, "0 1* 2 3"},
      {{"3,2,1", "1,2", "0"}, "0 1* 2* 3"},  // CUDA's is for where HIP's is not set
      {{"", nullptr, nullptr}, "0 1 2 3"},
      {{nullptr, "-1", nullptr}, "0 1 2 3"},
      {{"GPU-a000000000000b02", nullptr, nullptr}, "0 1 2* 3"},
      {{"1,9,0", nullptr, nullptr}, "0 1* 2 3"},
  };
  for (const auto& row : table) {
    rig r;
    for (int i = 0; i < 4; ++i) r.add();
    const detection d = r.detect(row.set);
    std::string got;
    for (std::size_t i = 0; i < 4; ++i)
      got += (i > 0 ? " " : "") + std::to_string(i) + (at(d, i).counted ? "*" : "");
    CHECK(got == row.expected);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(at(d, i).counted == at(d, i).note.empty());
      CHECK(!d.meter->read(i, s).why);
    }
  }
}

TEST_CASE("numbers count cards without a counter, too, and all that are hidden are named") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.tree.remove(r.device(0) + "/gpu_metrics");
  const rocm_variables set{"2", nullptr, nullptr};
  const detection d = r.detect(set);
  CHECK(channels(d) == "0000:21:00.0 0000:31:00.0*");
  CHECK(contains(at(d, 0).note, "not visible to this process: ROCR_VISIBLE_DEVICES is '2'"));
  REQUIRE(about(d, "ROCR_VISIBLE_DEVICES") != nullptr);
  CHECK(contains(about(d, "ROCR_VISIBLE_DEVICES")->text, "1 of 3"));
  REQUIRE(d.hidden.size() == 2);
  CHECK(d.hidden[0].device == "0000:11:00.0");
  CHECK(d.hidden[1].device == "0000:21:00.0");
  setenv("HIP_VISIBLE_DEVICES", "0", 1);  // of the process
  CHECK(channels(detect_amdgpu(r.tree.places(r.files))) == "0000:21:00.0 0000:31:00.0");
  unsetenv("HIP_VISIBLE_DEVICES");
}

TEST_CASE("a module is counted if either of its GPUs is visible") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add("0x740c");
  for (const int i : {1, 3}) {
    r.metrics(i, table(3, 0, 0));
    r.tree.write(r.chip(i) + "/power1_average", "0\n");
  }
  const detection d = r.detect({"1", nullptr, nullptr});
  CHECK(channels(d) == "0000:11:00.0* [0000:21:00.0] 0000:31:00.0 [0000:41:00.0]");
  CHECK(contains(at(d, 0).note, "one GPU is visible"));
}

// --- joules

TEST_CASE("two cards are booked to within half a percent, whatever their revision") {
  for (const unsigned content : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
    rig r;
    r.add("0x740f", content);
    r.add("0x740f", content);
    const detection d = r.detect();
    std::int64_t now = s;
    book a(d, 0, now), b(d, 1, now);
    for (int i = 1; i <= 60; ++i) {
      now += 100 * ms;
      r.metrics(0, table(content, 1'000'000 + static_cast<std::uint64_t>(i * 35 / unit), 350));
      r.metrics(1, table(content, 1'000'000 + static_cast<std::uint64_t>(i * 12 / unit), 120));
      CHECK(!a.sample(now).integrated);
      b.sample(now);
    }
    CHECK(near(a.joules(), 350 * 6));
    CHECK(near(b.joules(), 120 * 6));
  }
}

TEST_CASE("counts of a MI100 pair are the joules that its maker states") {
  rig r;  // 65628 and 59230 at 15.3 uJ are 1.0041 and 0.9062 J (amdsmi issue 38); 0.27 % less at 2^-16 J
  r.add();
  r.add();
  r.metrics(0, table(1, 0, 30));
  r.metrics(1, table(1, 0, 30));
  const detection d = r.detect();
  book a(d, 0, s), b(d, 1, s);
  r.metrics(0, table(1, 65'628, 30));
  r.metrics(1, table(1, 59'230, 30));
  a.sample(s + 100 * ms);
  b.sample(s + 100 * ms);
  CHECK(near(a.joules(), 1.00410841));
  CHECK(near(b.joules(), 0.90621901));
}

TEST_CASE("a counter of 32 bits wraps after 65 kJ, and nothing is lost") {
  rig r;
  r.add("0x738c", 0);
  r.add("0x738c", 0);
  constexpr std::uint64_t start = 4'294'000'000;
  r.metrics(0, table(0, start, 300));
  r.metrics(1, table(0, 5, 300));
  const detection d = r.detect();
  CHECK(at(d, 0).wraps);
  CHECK(at(d, 0).range == UINT32_MAX);
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now);
  for (int i = 1; i <= 300; ++i) {
    now += s;
    const auto counts = static_cast<std::uint64_t>(i * 300 / unit);
    r.metrics(0, table(0, (start + counts) & UINT32_MAX, 300));
    r.metrics(1, table(0, (5 + counts) & UINT32_MAX, 300));
    CHECK(!a.sample(now).why);
    b.sample(now);
  }
  CHECK(near(a.joules(), 300 * 300));
  CHECK(near(b.joules(), 300 * 300));
  CHECK(a.line.wraps == 2);
  CHECK(b.line.wraps == 1);
  CHECK(a.line.resets == 0);
}

TEST_CASE("a counter that stands still under load is replaced by power, and comes back") {
  for (const unsigned content : {0u, 1u, 4u}) {
    for (const bool own_power : {true, false}) {
      CAPTURE(content);
      CAPTURE(own_power);
      rig r;
      r.add("0x740f", content);
      r.add("0x740f", content);
      const unsigned watts = own_power ? 200 : 0xffff;
      std::uint64_t count = content == 0 ? 4'290'000'000 : 1'000'000;  // with a wrap after it
      r.tree.write(r.chip(0) + "/power1_average", "200000000\n");
      r.metrics(0, table(content, count, watts));
      const detection d = r.detect();
      std::int64_t now = s;
      book a(d, 0, now);
      const auto run = [&](int tenths, bool moves) {
        measurement m;
        for (int i = 0; i < tenths; ++i) {
          now += 100 * ms;
          if (moves) count += static_cast<std::uint64_t>(20 / unit);
          r.metrics(0, table(content, content == 0 ? count & UINT32_MAX : count, watts));
          m = a.sample(now);
        }
        return m;
      };
      const measurement counted = run(20, true), integrated = run(100, false);
      CHECK(!counted.integrated);
      CHECK(integrated.integrated);
      CHECK(integrated.low < 1);
      CHECK(integrated.high > 1);
      CHECK(near(a.joules(), 200 * 12));
      CHECK(!run(40, true).integrated);
      CHECK(near(a.joules(), 200 * 16));
      CHECK(a.line.resets == 0);
    }
  }
}

TEST_CASE("the sensor chip is asked only while the counter stands") {
  rig r;
  r.add();
  r.metrics(0, table(3, 5, 0xffff));
  const detection d = r.detect();
  d.meter->read(0, s);
  const std::size_t before = r.files.reads();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    r.metrics(0, table(3, 5 + i * 1000, 0xffff));
    d.meter->read(0, s + static_cast<std::int64_t>(i) * 10 * ms);
  }
  CHECK(r.files.reads() - before == 5);
  d.meter->read(0, s + 60 * ms);
  CHECK(r.files.reads() - before == 7);
}

// --- faults while it runs

TEST_CASE("a card that is unplugged is lost, and counted on when it is back") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now);
  std::uint64_t count = 1'000'000;
  const auto run = [&](int tenths) {
    for (int i = 0; i < tenths; ++i) {
      now += 100 * ms;
      count += static_cast<std::uint64_t>(10 / unit);
      r.metrics(0, table(3, count, 100));
      r.metrics(1, table(3, count, 100));
      a.sample(now);
      CHECK(!b.sample(now).why);
    }
  };
  run(10);
  for (const int error : {ENODEV, EIO, EPERM}) {
    r.files.fail("card0/device/gpu_metrics", error);
    now += 100 * ms;
    count += static_cast<std::uint64_t>(10 / unit);
    CHECK(a.sample(now).why == missing::lost);
    r.files.heal();
    run(1);
  }
  CHECK(a.line.gaps == 3);
  r.tree.remove(r.device(0) + "/gpu_metrics");
  now += 100 * ms;
  a.sample(now);  // an ordinary file that is unlinked answers on, until it is looked up
  now += 100 * ms;
  CHECK(a.sample(now).why == missing::lost);
  CHECK(r.files.open_descriptors() == 1);
  r.metrics(0, table(3, count, 100));
  CHECK(a.sample(now + ms).recovered);
  CHECK(!a.sample(now + 2 * ms).recovered);
}

TEST_CASE("a reading that cannot be true is implausible, and each errno has its reason") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  CHECK(!d.meter->read(0, s).why);
  const std::string good = table(3, 1'000'100, 60);
  std::string wrong_size = good;
  wrong_size[0] = 96;
  for (const std::string& bad :
       {std::string(), good.substr(0, 100), wrong_size, std::string(120, '\xff'), std::string(120, '\0'),
        table(2, 5, 60), table(1, 5, 60, 2), table(3, ~std::uint64_t{0}, 60), table(4, 1'000'100, 60)}) {
    r.files.replace("card0/device/gpu_metrics", bad);
    const measurement m = d.meter->read(0, 2 * s);
    CHECK(m.why == missing::implausible);
    CHECK(m.count == 0);
  }
  r.files.heal();
  CHECK(d.meter->read(0, 3 * s).recovered);
  const struct {
    int error;
    missing why;
  } errors[] = {{EACCES, missing::no_permission},  {EPERM, missing::lost},
                {ENODATA, missing::not_supported}, {EOPNOTSUPP, missing::not_supported},
                {ENOENT, missing::lost},           {EIO, missing::lost}};
  for (const auto& row : errors) {
    r.files.fail("card0/device/gpu_metrics", row.error);
    CHECK(d.meter->read(0, 4 * s).why == row.why);
    r.files.heal();
    CHECK(!d.meter->read(1, 4 * s).why);
  }
}

TEST_CASE("a power that cannot be read or be true does not hurt the counter") {
  rig r;
  r.add();
  r.metrics(0, table(3, 1'000, 0xffff));
  const detection d = r.detect();
  for (const char* text : {"-5\n", "garbage", "4294967295\n", "99999999999999999999\n", ""}) {
    r.tree.write(r.chip(0) + "/power1_average", text);
    for (int i = 1; i < 30; ++i) {
      const measurement m = d.meter->read(0, i * 200 * ms);
      CHECK(m.count == 1'000);
      CHECK(!m.integrated);
    }
  }
}

TEST_CASE("whatever a card answers, a reading is a count or a reason") {
  std::mt19937 random(5);
  rig r;
  r.add();
  r.add("0x738c", 0);
  const detection d = r.detect();
  REQUIRE(d.meter);
  for (int round = 1; round < 3000; ++round) {
    std::string b = table(round % 2 == 0 ? 3 : 0, random(), static_cast<unsigned>(random() % 400));
    for (auto i = random() % 4; i > 0; --i) b[random() % b.size()] = static_cast<char>(random());
    if (random() % 8 == 0) b.resize(random() % 4096);
    r.files.heal();
    r.files.replace("gpu_metrics", b);
    for (std::size_t k = 0; k < 2; ++k) {
      const measurement m = d.meter->read(k, round * 7 * ms);
      if (m.why) CHECK(m.count == 0);
      else if (k == 1) CHECK(m.count <= UINT32_MAX);
    }
  }
}
