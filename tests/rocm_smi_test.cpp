// SPDX-License-Identifier: MIT
// With fakes/rocm_smi.cpp in place of ROCm's library, found through LD_LIBRARY_PATH.
#include <doctest/doctest.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
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
#include <kaya/meter/rocm_smi.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_rocm_smi;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::provenance;
using kaya::meter::reading_kind;
using kaya::meter::rocm_variables;
namespace rocm_smi = kaya::meter::rocm_smi;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;
constexpr const char* library_name = "librocm_smi64-fake.so.1";
constexpr double unit = 1.0 / 65536;  // joules

/// A machine with GPUs of which the test says everything. Each has a session of its own, as if it were the
/// first in its process.
class rig {
 public:
  rig() : path_(tree.root() + "/rocm") {
    setenv("KAYA_FAKE_ROCM", path_.c_str(), 1);
    const auto shut_down = symbol<void()>("kaya_fake_shutdown");
    const bool found = shut_down != nullptr;
    REQUIRE_MESSAGE(found, "LD_LIBRARY_PATH does not lead to the fake ", library_name);
    shut_down();
    set("count", 0);
    // A card that the driver's files do not tell the energy of.
    tree.write("sysfs/class/drm/card9/device/vendor", "0x1002\n");
    tree.write("sysfs/class/drm/card9/device/uevent", "PCI_SLOT_NAME=0000:ff:00.0\n");
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;
  ~rig() { unsetenv("KAYA_FAKE_ROCM"); }

  void set(const std::string& key, const std::string& value) {
    facts_[key] = value;
    write();
  }
  void set(const std::string& key, std::uint64_t value) { set(key, std::to_string(value)); }
  void unset(const std::string& key) {
    facts_.erase(key);
    write();
  }
  /// The next GPU, at bus 0x11, 0x21 and on, of 300 W.
  unsigned add() {
    const unsigned i = count_++;
    const std::string gpu = std::to_string(i) + ".";
    facts_[gpu + "bdf"] = std::to_string((i + 1) * 0x1000 + 0x100);
    facts_[gpu + "model"] = "0x740f";
    facts_[gpu + "unique"] = std::to_string(0xa000 + i);
    facts_[gpu + "energy"] = std::to_string(1'000'000 * (i + 1));
    facts_[gpu + "average"] = "60000000";
    facts_[gpu + "cap"] = "300000000";
    set("count", count_);
    return i;
  }
  detection detect(const std::vector<std::string>& known = {}, const rocm_variables& variables = {},
                   std::initializer_list<const char*> names = {library_name}) {
    return detect_rocm_smi(tree.places(), known, session, names, variables);
  }
  template <class Function>
  static Function* symbol(const char* name, const char* of = library_name) {
    void* const library = dlopen(of, RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library, name));
  }
  static unsigned calls(const char* name) { return symbol<unsigned(const char*)>("kaya_fake_calls")(name); }

  fake_tree tree;
  rocm_smi::session session;

 private:
  void write() const {
    std::ofstream file(path_);
    for (const auto& [key, value] : facts_) file << key << ' ' << value << '\n';
  }

  std::string path_;
  std::map<std::string, std::string> facts_;
  unsigned count_ = 0;
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
  const detection none = r.detect({}, {}, {"librocm_smi64-that-is-not.so.1", "/nowhere/librocm_smi64.so"});
  CHECK(!none.meter);
  REQUIRE(none.findings.size() == 1);
  CHECK(none.findings[0].why == missing::not_present);
  CHECK(!none.findings[0].used);
  const detection empty = r.detect({}, {}, {"librocm_smi64-empty.so.1"});
  CHECK(!empty.meter);
  REQUIRE(empty.findings.size() == 1);
  CHECK(empty.findings[0].why == missing::not_supported);
}

TEST_CASE("a library that cannot be initialised says why, and is tried again") {
  const struct {
    unsigned status;
    missing why;
    const char* name;
  } table[] = {{8, missing::not_present, "INIT_ERROR"},
               {4, missing::no_permission, "PERMISSION"},
               {6, missing::lost, "INTERNAL_EXCEPTION"},
               {0xffffffff, missing::lost, "UNKNOWN_ERROR"},
               {77, missing::lost, "error 77"}};
  for (const auto& row : table) {
    rig r;
    r.add();
    r.set("init", row.status);
    const detection d = r.detect();
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == row.why);
    CHECK(contains(d.findings[0].text, row.name));
    r.set("init", 0);
    CHECK(channels(r.detect()) == "0000:11:00.0*");
    const unsigned before = rig::calls("init");
    CHECK(channels(r.detect()) == "0000:11:00.0*");
    CHECK(rig::calls("init") == before);
  }
}

TEST_CASE("a library that has no GPU, or cannot count them, is a finding") {
  rig r;
  CHECK(r.detect().findings.at(0).why == missing::not_present);
  r.set("count.status", 6);
  CHECK(r.detect().findings.at(0).why == missing::lost);
  r.unset("count.status");
  r.set("count", 4'000'000'000);
  const detection d = r.detect();
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::implausible);
}

TEST_CASE("the library is not opened where the kernel shows no AMD card that is not known") {
  rig r;
  r.add();
  r.tree.remove("sysfs/class/drm");
  CHECK(!r.detect().meter);
  r.tree.write("sysfs/class/drm/card0/device/vendor", "0x1002\n");
  r.tree.write("sysfs/class/drm/card0/device/uevent", "PCI_SLOT_NAME=0000:11:00.0\n");
  r.tree.write("sysfs/class/drm/card1/device/vendor", "0x8086\n");
  r.tree.write("sysfs/class/drm/card1/device/uevent", "PCI_SLOT_NAME=0000:21:00.0\n");
  const unsigned before = rig::calls("init");
  const detection d = r.detect({"0000:11:00.0"});
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(rig::calls("init") == before);
  CHECK(channels(r.detect()) == "0000:11:00.0*");
  faulty_files files;  // no telling
  files.fail("class/drm", EACCES);
  CHECK(detect_rocm_smi(r.tree.places(files), {}, r.session, {library_name}, {}).meter);
}

TEST_CASE("the library is not opened for a MI250 of which the first GPU tells the energy of both") {
  rig r;
  for (int i = 0; i < 2; ++i) {
    const std::string gpu = std::to_string(r.add()), card = "sysfs/class/drm/card" + gpu + "/device/";
    r.set(gpu + ".model", "0x740c");
    r.tree.write(card + "vendor", "0x1002\n");
    r.tree.write(card + "device", "0x740c\n");
    r.tree.write(card + "uevent", "PCI_SLOT_NAME=0000:" + std::string(i == 0 ? "11" : "21") + ":00.0\n");
  }
  r.set("1.energy", 0);
  r.unset("1.average");
  r.tree.remove("sysfs/class/drm/card9");
  const unsigned before = rig::calls("init");
  CHECK(!r.detect({"0000:11:00.0", "0000:21:00.0"}).meter);
  CHECK(rig::calls("init") == before);
  // Were it open for another card, neither would be told twice; nor is the second taken for a GPU of its own
  // where only the first is known.
  r.add();
  r.tree.write("sysfs/class/drm/card9/device/vendor", "0x1002\n");
  CHECK(channels(r.detect({"0000:11:00.0", "0000:21:00.0"})) == "0000:31:00.0*");
  CHECK(channels(r.detect({"0000:11:00.0"})) == "[0000:21:00.0] 0000:31:00.0*");
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

// --- what is found

TEST_CASE("each GPU that is not known is a channel, in the order of addresses") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  r.set("0.bdf", 0x1'00000000 + 0xff00 + 0xfa);  // 0001:ff:1f.2
  r.set("3.bdf", 0x30002100);                    // partition 3 of 0000:21:00.0
  const detection d = r.detect({"0000:31:00.0"});
  CHECK(channels(d) == "0000:21:00.0* 0001:ff:1f.2*");
  const channel& c = at(d, 0);
  CHECK(c.name == "gpu 0000:21:00.0 (rocm_smi)");
  CHECK(c.mechanism == "rocm_smi");
  CHECK(c.part == component::gpu);
  CHECK(c.how == provenance::measured);
  CHECK(c.kind == reading_kind::counter);
  CHECK(!c.wraps);
  CHECK(c.unit_numerator == 15625);
  CHECK(c.unit_denominator == 1024);
  CHECK(c.rated_watts == 300);
  CHECK(c.uuid == "000000000000a001");
  CHECK(d.meter->read(0, s).count == 2'000'000);
  CHECK(d.meter->read(1, s).count == 1'000'000);
  CHECK(d.meter->read(2, s).why == missing::not_present);
  CHECK_FALSE(d.meter->power(0).has_value());
  CHECK_FALSE(d.meter->use_by(0, {}).has_value());
  CHECK(d.findings.size() == 2);
  CHECK(d.findings[1].used);
}

TEST_CASE("a resolution other than 15.3 is taken as it is, and none that cannot be") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.set("0.resolution", "1.5");
  r.set("1.resolution", "0");
  r.set("2.resolution", "nan");
  const detection d = r.detect();
  CHECK(at(d, 0).unit_numerator == 1500);
  CHECK(at(d, 0).unit_denominator == 1000);
  CHECK(at(d, 1).kind == reading_kind::power);
  CHECK(at(d, 2).kind == reading_kind::power);
  CHECK(rocm_smi::resolution_of(15.259F).numerator == 15625);
  CHECK(rocm_smi::resolution_of(-1).numerator == 0);
  CHECK(rocm_smi::resolution_of(1e30F).numerator == 0);
}

TEST_CASE("a GPU without a counter has its power integrated: the average, else that of the moment") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.unset("0.energy");
  r.set("1.energy", UINT64_MAX);
  r.unset("1.average");
  r.set("1.socket", 75'000'000);
  r.unset("2.energy");
  r.set("2.average", 0);
  r.set("2.socket", 90'000'000);
  const detection d = r.detect();
  for (std::size_t i = 0; i < 3; ++i) CHECK(at(d, i).how == provenance::integrated);
  CHECK(d.meter->read(0, s).watts == 60);
  CHECK(d.meter->read(1, s).watts == 75);
  CHECK(d.meter->read(2, s).watts == 90);
}

TEST_CASE("a GPU that tells nothing is known, with the reason") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  for (const char* gpu : {"0", "1", "2"}) {
    r.unset(std::string(gpu) + ".energy");
    r.unset(std::string(gpu) + ".average");
  }
  r.set("1.energy.status", 4);
  r.set("2.average", 10'000'000'001);
  r.set("3.pci.status", 2);
  const detection d = r.detect();
  CHECK(channels(d) == "[0000:11:00.0] [0000:21:00.0] [0000:31:00.0]");
  CHECK(at(d, 0).why == missing::not_supported);
  CHECK(at(d, 1).why == missing::no_permission);
  CHECK(at(d, 2).why == missing::implausible);
  CHECK(d.meter->read(1, s).why == missing::no_permission);
  bool told = false;
  for (const finding& f : d.findings) told = told || (f.what == "gpu-3" && contains(f.text, "address"));
  CHECK(told);
}

TEST_CASE("an old library is read by the calls that it has") {
  rig r;
  r.add();
  r.add();
  rig::symbol<void()>("kaya_fake_shutdown", "librocm_smi64-old.so.1")();
  const detection d = r.detect({}, {}, {"librocm_smi64-old.so.1"});
  CHECK(channels(d) == "0000:11:00.0* 0000:21:00.0*");
  CHECK(at(d, 0).how == provenance::integrated);
  CHECK(at(d, 0).uuid.empty());
  CHECK(d.meter->read(0, s).watts == 60);
}

TEST_CASE("of a MI250's two GPUs the first has the energy, and the second is a part of it") {
  rig r;
  for (int i = 0; i < 4; ++i) {
    const std::string gpu = std::to_string(r.add());
    r.set(gpu + ".model", "0x740c");
    if (i % 2 == 0) continue;
    r.unset(gpu + ".average");
    if (i == 1) r.set(gpu + ".energy", 0);
    else r.unset(gpu + ".energy");
  }
  const detection d = r.detect();
  CHECK(channels(d) == "0000:11:00.0* [0000:21:00.0] 0000:31:00.0* [0000:41:00.0]");
  CHECK(at(d, 3).inside == "0000:31:00.0");
  CHECK(d.contained.size() == 2);
  CHECK(contains(at(d, 0).note, "of both GPUs"));
  CHECK(channels(r.detect({}, {"1", nullptr, nullptr})) ==
        "0000:11:00.0* [0000:21:00.0] 0000:31:00.0 [0000:41:00.0]");
}

TEST_CASE(
    "GPUs that the variables leave out are shown, not counted; numbers count those that are known, too") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  const detection d = r.detect({"0000:11:00.0"}, {"2,0", nullptr, nullptr});
  CHECK(channels(d) == "0000:21:00.0 0000:31:00.0*");
  CHECK(contains(at(d, 0).note, "ROCR_VISIBLE_DEVICES is '2,0'"));
  CHECK(channels(r.detect({}, {"GPU-000000000000a001", nullptr, nullptr})) ==
        "0000:11:00.0 0000:21:00.0* 0000:31:00.0");
}

// --- joules

TEST_CASE("two GPUs with counters, and two with power, are booked to within half a percent") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  r.unset("2.energy");
  r.unset("3.energy");
  r.set("1.resolution", "2");
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now), p(d, 2, now), q(d, 3, now);
  for (int i = 1; i <= 60; ++i) {
    now += 100 * ms;
    r.set("0.energy", 1'000'000 + static_cast<std::uint64_t>(i * 35 / unit));  // 350 W
    r.set("1.energy", 2'000'000 + static_cast<std::uint64_t>(i) * 6'000'000);  // 120 W
    r.set("2.average", static_cast<std::uint64_t>(60 + 5 * i) * 1'000'000);    // 60 to 360 W
    CHECK(!a.sample(now).integrated);
    b.sample(now);
    p.sample(now);
    q.sample(now);
  }
  CHECK(near(a.joules(), 350 * 6));
  CHECK(near(b.joules(), 120 * 6));
  CHECK(near(p.joules(), (60 + 360) / 2 * 6));
  CHECK(near(q.joules(), 60 * 6));
}

TEST_CASE("a counter that stands still under load is replaced by power, and comes back") {
  rig r;
  r.add();
  r.add();
  r.set("0.average", 200'000'000);
  std::int64_t now = s;
  double joules = 100;
  r.set("0.energy", static_cast<std::uint64_t>(joules / unit));
  const detection d = r.detect();
  book a(d, 0, now);
  const auto run = [&](int tenths, bool moves) {
    measurement m;
    for (int i = 0; i < tenths; ++i) {
      now += 100 * ms;
      if (moves) r.set("0.energy", static_cast<std::uint64_t>((joules += 20) / unit));
      m = a.sample(now);
    }
    return m;
  };
  CHECK(!run(20, true).integrated);
  const measurement integrated = run(100, false);
  CHECK(integrated.integrated);
  CHECK(integrated.low < 1);
  CHECK(near(a.joules(), 200 * 12));
  CHECK(!run(20, true).integrated);
  CHECK(near(a.joules(), 200 * 14));
  CHECK(a.line.resets == 0);
}

TEST_CASE("power costs a call only while the counter stands") {
  rig r;
  r.add();
  const detection d = r.detect();
  d.meter->read(0, s);
  const unsigned energy = rig::calls("energy"), power = rig::calls("average");
  for (std::uint64_t i = 1; i <= 5; ++i) {
    r.set("0.energy", 1'000'000 + i * 1000);
    d.meter->read(0, s + static_cast<std::int64_t>(i) * 10 * ms);
  }
  CHECK(rig::calls("energy") - energy == 5);
  CHECK(rig::calls("average") == power);
  d.meter->read(0, s + 60 * ms);
  CHECK(rig::calls("average") == power + 1);
}

TEST_CASE("slow calls are only slow") {
  rig r;
  r.add();
  r.set("0.sleep_us", 20'000);
  const detection d = r.detect();
  const std::int64_t before = now_ns();
  CHECK(d.meter->read(0, s).count == 1'000'000);
  CHECK(now_ns() - before < s);
}

// --- faults while it runs

TEST_CASE("each failure of a call is a reason, never a zero and never an exception") {
  const struct {
    unsigned status;
    missing why;
  } table[] = {{1, missing::lost},          {2, missing::not_supported}, {3, missing::lost},
               {4, missing::no_permission}, {5, missing::lost},          {6, missing::lost},
               {7, missing::lost},          {8, missing::lost},          {9, missing::not_supported},
               {10, missing::lost},         {11, missing::lost},         {12, missing::lost},
               {13, missing::implausible},  {14, missing::lost},         {15, missing::implausible},
               {16, missing::lost},         {17, missing::lost},         {18, missing::not_supported},
               {19, missing::lost},         {0xffffffff, missing::lost}, {12345, missing::lost}};
  for (const auto& row : table) {
    rig r;
    r.add();
    r.add();
    r.unset("1.energy");
    const detection d = r.detect();
    CHECK(!d.meter->read(0, s).why);
    CHECK(!d.meter->read(1, s).why);
    r.set("0.energy.status", row.status);
    CHECK_MESSAGE(d.meter->read(0, s + 10 * ms).why == row.why, row.status);
    CHECK(!d.meter->read(1, s + 10 * ms).why);  // the other goes on
    r.set("1.average.status", row.status);
    CHECK_MESSAGE(d.meter->read(1, s + 20 * ms).why == row.why, row.status);
    r.unset("0.energy.status");
    r.unset("1.average.status");
    for (std::size_t i = 0; i < 2; ++i) {
      const measurement back = d.meter->read(i, 3 * s);
      CHECK(!back.why);
      CHECK(back.recovered);
      CHECK(!d.meter->read(i, 3 * s + 10 * ms).recovered);
    }
  }
}

TEST_CASE("what is lost is asked for once a second, what is busy each time") {
  rig r;
  r.add();
  const detection d = r.detect();
  for (const auto& [status, expected] : {std::pair{3u, 2u}, std::pair{16u, 100u}}) {
    r.set("0.energy.status", status);
    const unsigned before = rig::calls("energy");
    for (int i = 0; i < 100; ++i) CHECK(d.meter->read(0, 10 * s + i * 15 * ms).why == missing::lost);
    CHECK(rig::calls("energy") - before == expected);
    r.unset("0.energy.status");
    CHECK(!d.meter->read(0, 20 * s).why);
  }
}

TEST_CASE("a library that somebody shut down is initialised again") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  CHECK(!d.meter->read(0, s).why);
  rig::symbol<void()>("kaya_fake_shutdown")();
  CHECK(d.meter->read(0, 2 * s).why == missing::lost);
  CHECK(d.meter->read(0, 3 * s).recovered);
  CHECK(!d.meter->read(1, 3 * s).why);
}

TEST_CASE("whatever a library answers, nothing is thrown and every failure has a reason") {
  std::mt19937 random(11);
  const std::vector<std::string> keys = {"energy", "resolution", "average", "socket",
                                         "cap",    "bdf",        "model",   "unique"};
  const std::vector<std::string> values = {"0",          "1",   "60000000", "18446744073709551615", "", "-1",
                                           "4294967295", "nan", "1e30"};
  for (int round = 0; round < 60; ++round) {
    rig r;
    for (int i = 0; i < 3; ++i) r.add();
    const auto spoil = [&] {
      const std::string gpu = std::to_string(random() % 3) + ".";
      if (random() % 2 == 0) r.set(gpu + keys[random() % keys.size()], values[random() % values.size()]);
      else
        for (const char* call : {"energy", "average", "pci", "unique", "cap"})
          if (random() % 6 == 0) r.set(gpu + call + ".status", random() % 22);
    };
    for (int i = 0; i < 4; ++i) spoil();
    const detection d = r.detect();
    REQUIRE(!d.findings.empty());
    if (!d.meter) continue;
    for (int i = 1; i < 20; ++i) {
      spoil();
      for (std::size_t k = 0; k < d.meter->channels().size(); ++k) {
        const measurement m = d.meter->read(k, i * 300 * ms);
        if (m.why) continue;
        CHECK(!at(d, k).why);
        if (at(d, k).kind == reading_kind::power) CHECK((m.watts > 0 && m.watts <= 10'000));
      }
    }
  }
}
