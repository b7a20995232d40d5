// SPDX-License-Identifier: MIT
// With fakes/level_zero.cpp in place of Intel's loader, found through LD_LIBRARY_PATH.
#include <doctest/doctest.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/level_zero.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_level_zero;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::provenance;
using kaya::meter::reading_kind;
namespace level_zero = kaya::meter::level_zero;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;
constexpr const char *library_name = "libze_loader-fake.so.1", *old_name = "libze_loader-old.so.1";

/// A machine with GPUs of which the test says everything. Each has a session of its own, as if it were the
/// first in its process.
class rig {
 public:
  rig() : path_(tree.root() + "/ze") {
    setenv("KAYA_FAKE_ZE", path_.c_str(), 1);
    unsetenv("ZES_ENABLE_SYSMAN");
    for (const char* name : {library_name, old_name}) {
      const auto shut_down = symbol<void()>("kaya_fake_shutdown", name);
      const bool found = shut_down != nullptr;
      REQUIRE_MESSAGE(found, "LD_LIBRARY_PATH does not lead to the fake ", name);
      shut_down();
    }
    set("count", 0);
    // A card whose files do not tell its energy.
    tree.write("sysfs/class/drm/card9/device/vendor", "0x8086\n");
    tree.write("sysfs/class/drm/card9/device/uevent", "PCI_SLOT_NAME=0000:ff:00.0\n");
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;
  ~rig() {
    unsetenv("KAYA_FAKE_ZE");
    unsetenv("ZES_ENABLE_SYSMAN");
  }

  void set(const std::string& key, const std::string& value) {
    facts_[key] = value;
    write();
  }
  void set(const std::string& key, std::uint64_t value) { set(key, std::to_string(value)); }
  void unset(const std::string& key) {
    facts_.erase(key);
    write();
  }
  /// The next GPU, at bus 0x1a, 0x2a and on: a card of 600 W with the domains card, package and two tiles.
  unsigned add() {
    const unsigned i = count_++;
    const std::string gpu = std::to_string(i) + ".";
    facts_[gpu + "bdf"] = "0." + std::to_string((i + 1) * 16 + 10) + ".0.0";
    facts_[gpu + "serial"] = "LQ" + std::to_string(i);
    facts_[gpu + "model"] = "Data Center GPU Max 1550";
    facts_[gpu + "domains"] = "4";
    facts_[gpu + "card"] = "0";
    const char* kinds[] = {"1", "2", "2", "2"};
    for (unsigned k = 0; k < 4; ++k) {
      const std::string domain = gpu + std::to_string(k) + ".";
      facts_[domain + "energy"] = std::to_string(1'000'000 * (i + 1) * (10 - k));
      facts_[domain + "domain"] = kinds[k];
      facts_[domain + "sub"] = k > 1 ? "1" : "0";
      facts_[domain + "limit"] = k == 0 ? "600000" : k == 1 ? "500000" : "250000";
    }
    set("count", count_);
    return i;
  }
  detection detect(const std::vector<std::string>& known = {},
                   std::initializer_list<const char*> names = {library_name}) {
    return detect_level_zero(tree.places(), known, session, names);
  }
  template <class Function>
  static Function* symbol(const char* name, const char* of = library_name) {
    void* const library = dlopen(of, RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library, name));
  }
  static unsigned calls(const char* name, const char* of = library_name) {
    return symbol<unsigned(const char*)>("kaya_fake_calls", of)(name);
  }

  fake_tree tree;
  level_zero::session session;

 private:
  void write() const {
    std::ofstream file(path_);
    for (const auto& [key, value] : facts_) file << key << ' ' << value << '\n';
  }

  std::string path_;
  std::map<std::string, std::string> facts_;
  unsigned count_ = 0;
};

/// "0000:1a:00.0* 0000:2a:00.0 [0000:3a:00.0]": counted, shown, not readable.
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

// --- the library

TEST_CASE("without the library, or with one that lacks what is needed, there is one finding") {
  rig r;
  const detection none = r.detect({}, {"libze_loader-that-is-not.so.1"});
  CHECK(!none.meter);
  REQUIRE(none.findings.size() == 1);
  CHECK(none.findings[0].why == missing::not_present);
  CHECK(!none.findings[0].used);
  const detection empty = r.detect({}, {"libze_loader-empty.so.1"});
  CHECK(!empty.meter);
  REQUIRE(empty.findings.size() == 1);
  CHECK(empty.findings[0].why == missing::not_supported);
}

TEST_CASE("a library that cannot be initialised says why, and is tried again") {
  const struct {
    unsigned status;
    missing why;
    const char* name;
    const char* remedy;
  } table[] = {{0x78000001, missing::not_present, "UNINITIALIZED", ""},
               {0x70020000, missing::not_present, "DEPENDENCY_UNAVAILABLE", ""},
               {0x70010000, missing::no_permission, "INSUFFICIENT_PERMISSIONS", "render"},
               {0x78000003, missing::not_supported, "UNSUPPORTED_FEATURE", ""},
               {0x7ffffffe, missing::lost, "UNKNOWN", ""},
               {0x2a, missing::lost, "error 0x2a", ""}};
  for (const auto& row : table) {
    rig r;
    r.add();
    r.set("init", row.status);
    const detection d = r.detect();
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == row.why);
    CHECK(contains(d.findings[0].text, row.name));
    CHECK(contains(d.findings[0].remedy, row.remedy));
    CHECK(d.findings[0].remedy.empty() == (*row.remedy == '\0'));
    r.set("init", 0);
    CHECK(channels(r.detect()) == "0000:1a:00.0*");
    const unsigned before = rig::calls("zesInit");
    CHECK(channels(r.detect()) == "0000:1a:00.0*");
    CHECK(rig::calls("zesInit") == before);
  }
}

TEST_CASE("Sysman's own initialisation is used where it exists, and leaves the environment alone") {
  rig r;
  r.add();
  const unsigned before = rig::calls("zeInit");
  CHECK(channels(r.detect()) == "0000:1a:00.0*");
  CHECK(rig::calls("zeInit") == before);
  CHECK(getenv("ZES_ENABLE_SYSMAN") == nullptr);
}

TEST_CASE("an old loader has Sysman switched on before it starts") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect({}, {old_name});
  CHECK(channels(d) == "0000:1a:00.0* 0000:2a:00.0*");
  CHECK(std::string(getenv("ZES_ENABLE_SYSMAN")) == "1");
  CHECK(d.meter->read(1, s).count == 20'000'000);
}

TEST_CASE("a program that started an old loader without Sysman is told what to do") {
  rig r;
  r.add();
  rig::symbol<unsigned(std::uint32_t)>("zeInit", old_name)(0);
  const detection d = r.detect({}, {old_name});
  CHECK(channels(d) == "[level_zero/0]");
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].remedy == "export ZES_ENABLE_SYSMAN=1");
}

TEST_CASE("the library is not opened where the kernel shows no discrete card that is not known") {
  rig r;
  r.add();
  r.tree.remove("sysfs/class/drm");
  const unsigned before = rig::calls("zesInit");
  CHECK(!r.detect().meter);
  r.tree.write("sysfs/class/drm/card0/device/vendor", "0x8086\n");
  r.tree.write("sysfs/class/drm/card0/device/uevent", "PCI_SLOT_NAME=0000:00:02.0\n");
  r.tree.write("sysfs/class/drm/card1/device/vendor", "0x8086\n");
  r.tree.write("sysfs/class/drm/card1/device/uevent", "PCI_SLOT_NAME=0000:1a:00.0\n");
  const detection d = r.detect({"0000:1a:00.0"});
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(rig::calls("zesInit") == before);
  CHECK(channels(r.detect()) == "0000:1a:00.0*");
}

TEST_CASE("a forked child neither reads what its parent opened nor opens it again") {
  rig r;
  r.add();
  const detection d = r.detect();
  CHECK(!d.meter->read(0, s).why);
  const pid_t child = fork();
  if (child == 0) {
    const bool inert = d.meter->read(0, 2 * s).why == missing::lost;
    const detection again = r.detect();
    const bool told =
        !again.meter && again.findings.size() == 1 && again.findings[0].why == missing::not_supported;
    _exit(inert && told ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(!d.meter->read(0, 3 * s).why);
}

TEST_CASE("drivers or devices that cannot be listed are findings") {
  rig r;
  r.add();
  r.set("drivers.status", 0x70010000);
  CHECK(r.detect().findings.at(0).why == missing::no_permission);
  r.set("drivers.status", 0);
  r.set("devices.status", 0x70000001);
  CHECK(r.detect().findings.at(0).why == missing::lost);
  r.set("devices.status", 0);
  r.set("count", 5'000);
  CHECK(!r.detect().findings.at(0).used);
  r.set("count", 0);
  CHECK(r.detect().findings.at(0).why == missing::not_present);
  r.set("drivers", 0);
  CHECK(r.detect().findings.at(0).why == missing::not_present);
}

// --- what is found

TEST_CASE("each discrete GPU that is not known is a channel, of all drivers") {
  rig r;
  for (int i = 0; i < 6; ++i) r.add();
  r.set("drivers", 2);
  r.set("3.driver", 1);
  r.set("1.flags", 1);
  r.set("1.bdf", "0.0.2.0");
  r.set("4.kind", 5);           // an NPU
  r.set("5.bdf", "1.58.31.1");  // 0001:3a:1f.1
  const detection d = r.detect({"0000:1a:00.0"});
  CHECK(channels(d) == "0000:3a:00.0* 0001:3a:1f.1* 0000:4a:00.0*");
  const channel& c = at(d, 0);
  CHECK(c.name == "gpu 0000:3a:00.0 (level_zero)");
  CHECK(c.mechanism == "level_zero");
  CHECK(c.part == component::gpu);
  CHECK(c.how == provenance::measured);
  CHECK(c.kind == reading_kind::counter);
  CHECK(!c.wraps);
  CHECK(c.unit_numerator == 1);
  CHECK(c.unit_denominator == 1);
  CHECK(c.rated_watts == 600);
  CHECK(c.uuid == "LQ2");
  CHECK(c.note == "Data Center GPU Max 1550");
  CHECK(d.meter->read(0, s).count == 30'000'000);
  CHECK(d.meter->read(2, s).count == 40'000'000);
  CHECK(d.meter->read(3, s).why == missing::not_present);
  const finding* integrated = about(d, "gpu 0000:00:02.0 (level_zero)");
  REQUIRE(integrated != nullptr);
  CHECK(integrated->why == missing::not_supported);
  CHECK(!integrated->used);
}

TEST_CASE("the widest domain is taken: card, package, device, stacks, tiles") {
  rig r;
  for (int i = 0; i < 6; ++i) r.add();
  for (int i = 0; i < 6; ++i) r.unset(std::to_string(i) + ".card");
  for (const char* gpu : {"1", "2", "3", "4"}) r.set(std::string(gpu) + ".0.domain", 4);  // memory
  r.set("2.1.domain", 0);
  for (const char* gpu : {"3", "4"}) {
    r.set(std::string(gpu) + ".1.domain", 3);
    r.set(std::string(gpu) + ".2.domain", 3);
    r.set(std::string(gpu) + ".2.sub", 0);
  }
  r.set("4.1.sub", 1);
  r.set("4.2.sub", 1);
  r.unset("5.0.energy");  // a card that does not count
  r.unset("5.1.energy");
  const detection d = r.detect();
  CHECK(channels(d) == "0000:1a:00.0* 0000:2a:00.0* 0000:3a:00.0* 0000:4a:00.0* 0000:5a:00.0* 0000:6a:00.0*");
  CHECK(d.meter->read(0, s).count == 10'000'000);
  CHECK(d.meter->read(1, s).count == 18'000'000);
  CHECK(d.meter->read(2, s).count == 27'000'000);
  CHECK(d.meter->read(3, s).count == 4'000'000 * (9 + 8));
  CHECK(d.meter->read(4, s).count == 5'000'000 * (9 + 8 + 7));
  CHECK(d.meter->read(5, s).count == 6'000'000 * (8 + 7));
  CHECK(at(d, 1).rated_watts == 500);
  CHECK(at(d, 5).rated_watts == 500);
  CHECK(contains(at(d, 3).note, "sum of stacks"));
  CHECK(contains(at(d, 5).note, "sum of tiles"));
  CHECK(contains(about(d, at(d, 1).name)->text, "package"));
}

TEST_CASE("a sum that lacks a part is no sum") {
  rig r;
  r.add();
  r.add();
  r.unset("0.card");
  r.unset("0.0.energy");
  r.unset("0.1.energy");
  r.unset("0.3.energy");
  const detection d = r.detect();
  CHECK(channels(d) == "[0000:1a:00.0] 0000:2a:00.0*");
  CHECK(at(d, 0).why == missing::not_supported);
}

TEST_CASE("a GPU that tells nothing is known, with the reason") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  r.set("0.energy.status", 0x70010000);
  r.set("1.domains", 0);
  r.unset("1.card");
  r.set("2.energy.status", 0x78000003);
  r.set("3.status", 0x70000001);
  const detection d = r.detect();
  CHECK(channels(d) == "[0000:1a:00.0] [0000:2a:00.0] [0000:3a:00.0] [level_zero/0]");
  CHECK(at(d, 0).why == missing::no_permission);
  CHECK(at(d, 1).why == missing::not_supported);
  CHECK(at(d, 2).why == missing::not_supported);
  CHECK(at(d, 3).why == missing::lost);
  CHECK(!about(d, at(d, 0).name)->remedy.empty());
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(d.meter->read(i, s).why == at(d, i).why);
    CHECK(!at(d, i).counted);
  }
}

TEST_CASE("a GPU without a PCI address is shown only, for its files may be read as well") {
  rig r;
  r.add();
  r.add();
  r.unset("0.bdf");
  r.set("0.serial", "unkown");
  r.set("1.bdf", "0.300.0.0");
  const detection d = r.detect();
  CHECK(channels(d) == "level_zero/0 level_zero/1");
  CHECK(at(d, 0).uuid.empty());
  CHECK(d.meter->read(0, s).count == 10'000'000);
}

// --- joules

TEST_CASE("a card, and one that is a sum of tiles, are booked to within half a percent") {
  rig r;
  r.add();
  r.add();
  r.unset("1.card");
  r.unset("1.0.energy");
  r.unset("1.1.energy");
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now);
  for (std::uint64_t i = 1; i <= 60; ++i) {
    now += 100 * ms;
    r.set("0.0.energy", 10'000'000 + i * 35'000'000);  // 350 W
    r.set("1.2.energy", 16'000'000 + i * 12'000'000);  // 120 W
    r.set("1.3.energy", 14'000'000 + i * 8'000'000);   // 80 W
    a.sample(now);
    b.sample(now);
  }
  CHECK(near(a.joules(), 350 * 6));
  CHECK(near(b.joules(), 200 * 6));
}

TEST_CASE("slow calls are only slow") {
  rig r;
  r.add();
  r.set("0.sleep_us", 20'000);
  const detection d = r.detect();
  const std::int64_t before = now_ns();
  CHECK(d.meter->read(0, s).count == 10'000'000);
  CHECK(now_ns() - before < s);
}

// --- faults while it runs

TEST_CASE("each failure of a call is a reason, never a zero and never an exception") {
  const struct {
    unsigned status;
    missing why;
  } table[] = {{1, missing::lost},
               {0x70000001, missing::lost},
               {0x70000006, missing::lost},
               {0x70000007, missing::lost},
               {0x70010000, missing::no_permission},
               {0x70010001, missing::lost},
               {0x70020000, missing::not_supported},
               {0x78000001, missing::lost},
               {0x78000002, missing::not_supported},
               {0x78000003, missing::not_supported},
               {0x78000004, missing::lost},
               {0x78000005, missing::lost},
               {0x78000007, missing::lost},
               {0x7ffffffe, missing::lost},
               {12345, missing::lost}};
  for (const auto& row : table) {
    rig r;
    r.add();
    r.add();
    const detection d = r.detect();
    CHECK(!d.meter->read(0, s).why);
    r.set("0.energy.status", row.status);
    const measurement m = d.meter->read(0, s + 10 * ms);
    CHECK_MESSAGE(m.why == row.why, row.status);
    CHECK(m.count == 0);
    CHECK(!d.meter->read(1, s + 10 * ms).why);  // the other goes on
    r.unset("0.energy.status");
    const measurement back = d.meter->read(0, 3 * s);
    CHECK(!back.why);
    CHECK(back.recovered);
    CHECK(!d.meter->read(0, 3 * s + 10 * ms).recovered);
  }
}

TEST_CASE("a lost GPU is asked for once a second, one that is not ready each time") {
  rig r;
  r.add();
  const detection d = r.detect();
  for (const auto& [status, expected] : {std::pair{0x70000001u, 2u}, std::pair{1u, 100u}}) {
    r.set("0.energy.status", status);
    const unsigned before = rig::calls("energy");
    for (int i = 0; i < 100; ++i) CHECK(d.meter->read(0, 10 * s + i * 15 * ms).why == missing::lost);
    CHECK(rig::calls("energy") - before == expected);
    r.unset("0.energy.status");
    CHECK(!d.meter->read(0, 20 * s).why);
  }
}

TEST_CASE("counts that cannot be true are implausible") {
  rig r;
  r.add();
  r.add();
  r.unset("1.card");
  r.unset("1.0.energy");
  r.unset("1.1.energy");
  const detection d = r.detect();
  r.set("0.0.energy", UINT64_MAX);
  CHECK(d.meter->read(0, s).why == missing::implausible);
  r.set("1.2.energy", std::uint64_t{1} << 62);
  r.set("1.3.energy", std::uint64_t{1} << 62);
  CHECK(d.meter->read(1, s).why == missing::implausible);
  r.set("0.0.energy", 5);
  CHECK(d.meter->read(0, 2 * s).recovered == false);  // it had not answered before
  CHECK(d.meter->read(0, 2 * s).count == 5);
}

TEST_CASE("whatever a library answers, nothing is thrown and every failure has a reason") {
  std::mt19937 random(11);
  const std::vector<std::string> keys = {"bdf",      "kind",     "flags",    "domains", "card",   "0.energy",
                                         "1.energy", "2.energy", "0.domain", "1.sub",   "0.limit"};
  const std::vector<std::string> values = {"0", "1",       "3", "60000", "18446744073709551615",
                                           "",  "0.0.2.0", "5", "x",     "0.255.31.7"};
  const std::vector<std::uint64_t> statuses = {0, 1, 0x70000001, 0x70010000, 0x78000003, 0x7ffffffe};
  for (int round = 0; round < 60; ++round) {
    rig r;
    for (int i = 0; i < 3; ++i) r.add();
    const auto spoil = [&] {
      const std::string gpu = std::to_string(random() % 3) + ".";
      if (random() % 2 == 0) {
        const std::string& key = keys[random() % keys.size()];
        const std::string& value = values[random() % values.size()];
        if (key != "domains" || value.size() < 3) r.set(gpu + key, value);
      } else {
        for (const char* call : {"energy", "domains", "pci", "properties", "limits", "card"})
          if (random() % 6 == 0) r.set(gpu + call + ".status", statuses[random() % statuses.size()]);
      }
    };
    for (int i = 0; i < 4; ++i) spoil();
    const detection d = r.detect();
    REQUIRE(!d.findings.empty());
    if (!d.meter) continue;
    for (int i = 1; i < 20; ++i) {
      spoil();
      for (std::size_t k = 0; k < d.meter->channels().size(); ++k) {
        const measurement m = d.meter->read(k, i * 300 * ms);
        if (m.why) CHECK(m.count == 0);
        else CHECK(!at(d, k).why);
      }
    }
  }
}
