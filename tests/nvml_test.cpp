// SPDX-License-Identifier: MIT
// With fakes/nvml.cpp in place of the driver's library, found through LD_LIBRARY_PATH.
#include <doctest/doctest.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/nvml.hpp>

#include "support/fake_tree.hpp"

using namespace kaya_test;
using kaya::meter::channel;
using kaya::meter::component;
using kaya::meter::detect_nvml;
using kaya::meter::detection;
using kaya::meter::finding;
using kaya::meter::measurement;
using kaya::meter::missing;
using kaya::meter::provenance;
using kaya::meter::reading_kind;
namespace nvml = kaya::meter::nvml;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1'000 * ms;
constexpr const char* library_name = "libnvidia-ml.so.1";

/// A variable of the environment, as long as it lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { unsetenv(name_); }

 private:
  const char* name_;
};

/// A machine with GPUs of which the test says everything. Each has a session of its own, as if it were the
/// first in its process.
class rig {
 public:
  rig() : path_(tree.root() + "/nvml"), told_("KAYA_FAKE_NVML", path_) {
    unsetenv("CUDA_VISIBLE_DEVICES");
    unsetenv("CUDA_DEVICE_ORDER");
    const auto shut_down = symbol<void()>("kaya_fake_shutdown");
    const bool found = shut_down != nullptr;
    REQUIRE_MESSAGE(found, "LD_LIBRARY_PATH does not lead to the fake ", library_name);
    shut_down();
    set("count", 0);
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
  /// The next GPU: an A100 at bus 0x3b and on, of 400 W.
  unsigned add(const std::string& name = "NVIDIA A100-SXM4-40GB") {
    const unsigned i = count_++;
    const std::string gpu = std::to_string(i) + ".";
    facts_[gpu + "name"] = name;
    facts_[gpu + "uuid"] = "GPU-0000000" + std::to_string(i) + "-d72c-4106-c12f-20bd9faed9f6";
    facts_[gpu + "busid"] = "00000000:" + std::string(1, "3456789A"[i]) + "B:00.0";
    facts_[gpu + "energy_mj"] = std::to_string(1'000'000 * (i + 1));
    facts_[gpu + "power_mw"] = facts_[gpu + "instant_mw"] = "60000";
    facts_[gpu + "limit_mw"] = "400000";
    facts_[gpu + "load"] = "0";
    set("count", count_);
    return i;
  }
  detection detect(std::initializer_list<const char*> names = {library_name}) {
    return detect_nvml(tree.places(), session, names);
  }
  template <class Function>
  static Function* symbol(const char* name) {
    void* const library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library, name));
  }
  static unsigned calls(const char* name) { return symbol<unsigned(const char*)>("kaya_fake_calls")(name); }

  fake_tree tree;
  nvml::session session;

 private:
  void write() const {
    std::ofstream file(path_);
    for (const auto& [key, value] : facts_) file << key << ' ' << value << '\n';
  }

  std::string path_;
  variable told_;
  std::map<std::string, std::string> facts_;
  unsigned count_ = 0;
};

/// "gpu-0* gpu-1 [gpu-2]": the channels in order, those counted with a star, those with no access in
/// brackets.
std::string channels(const detection& d) {
  std::string result;
  if (!d.meter) return result;
  for (const channel& c : d.meter->channels()) {
    if (!result.empty()) result += ' ';
    result += c.why ? "[" + c.name + "]" : c.name + (c.counted ? "*" : "");
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

bool near(double value, double truth) { return value > truth * 0.995 && value < truth * 1.005; }

struct foreign_functions : nvml::functions {
  static constexpr bool fits = false;
};

}  // namespace

// --- the library

TEST_CASE("without the library there is one finding, and no remedy where there is no driver") {
  rig r;
  const detection d = r.detect({"libnvidia-ml-that-is-not.so.1", "/nowhere/libnvidia-ml.so.1"});
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_present);
  CHECK(!d.findings[0].used);
  CHECK(d.findings[0].remedy.empty());
}

TEST_CASE("a driver without its library, as in a container, is told with what to ask for") {
  for (const char* sign : {"version", "gpus/0000:3b:00.0/information"}) {
    rig r;
    r.tree.write("procfs/driver/nvidia/" + std::string(sign), "NVRM version: 550\n");
    const detection d = r.detect({"libnvidia-ml-that-is-not.so.1"});
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == missing::not_present);
    CHECK(contains(d.findings[0].remedy, "NVIDIA_DRIVER_CAPABILITIES=compute,utility"));
  }
}

TEST_CASE("a library that lacks what is needed to begin with is a finding") {
  rig r;
  const detection d = r.detect({"libnvidia-ml-empty.so.1"});
  CHECK(!d.meter);
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::not_supported);
}

TEST_CASE("a library that cannot be initialised says why, and with what command that ends") {
  const struct {
    int status;
    missing why;
    const char* name;
    const char* remedy;
  } table[] = {{9, missing::not_present, "DRIVER_NOT_LOADED", "sudo modprobe nvidia"},
               {18, missing::not_supported, "LIB_RM_VERSION_MISMATCH", "sudo modprobe -r nvidia"},
               {4, missing::no_permission, "NO_PERMISSION", "sudo chmod a+rw /dev/nvidia*"},
               {12, missing::not_present, "LIBRARY_NOT_FOUND", ""},
               {999, missing::lost, "UNKNOWN", ""},
               {15, missing::lost, "GPU_IS_LOST", ""},
               {77, missing::lost, "error 77", ""}};
  for (const auto& row : table) {
    rig r;
    r.add();
    r.set("init", static_cast<std::uint64_t>(row.status));
    const detection d = r.detect();
    CHECK(!d.meter);
    REQUIRE(d.findings.size() == 1);
    CHECK(d.findings[0].why == row.why);
    CHECK(contains(d.findings[0].text, row.name));
    CHECK(contains(d.findings[0].remedy, row.remedy));
    CHECK(d.findings[0].remedy.empty() == (*row.remedy == '\0'));
  }
}

TEST_CASE("what could not be initialised is tried again, and what could, not") {
  rig r;
  r.add();
  r.set("init", 9);
  CHECK(!r.detect().meter);
  r.set("init", 0);
  CHECK(channels(r.detect()) == "gpu-0*");
  const unsigned before = rig::calls("init");
  CHECK(channels(r.detect()) == "gpu-0*");
  CHECK(rig::calls("init") == before);
}

TEST_CASE("a driver that has no GPU, or cannot count them, is a finding") {
  rig r;
  CHECK(r.detect().findings[0].why == missing::not_present);
  r.set("count.status", 999);
  CHECK(r.detect().findings[0].why == missing::lost);
  r.unset("count.status");
  r.set("count", 4'000'000'000);
  const detection d = r.detect();
  REQUIRE(d.findings.size() == 1);
  CHECK(d.findings[0].why == missing::implausible);
}

TEST_CASE("a library whose layouts are not those of this system is not opened") {
  kaya::meter::library_session<foreign_functions> session;
  CHECK(session.start({library_name}) == kaya::meter::library_state::unfit);
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

// --- what a GPU is

TEST_CASE("each GPU is a channel with an identity of its own") {
  rig r;
  r.add();
  r.add("NVIDIA GeForce RTX 3090");
  r.set("1.limit_mw", 350'000);
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1*");
  const channel &a = at(d, 0), &b = at(d, 1);
  CHECK(a.device == "0000:3b:00.0");
  CHECK(b.device == "0000:4b:00.0");
  CHECK(a.uuid == "GPU-00000000-d72c-4106-c12f-20bd9faed9f6");
  CHECK(a.part == component::gpu);
  CHECK(a.mechanism == "nvml");
  CHECK(a.how == provenance::measured);
  CHECK(a.kind == reading_kind::counter);
  CHECK(!a.wraps);
  CHECK(a.unit_numerator == 1000);
  CHECK(a.unit_denominator == 1);
  CHECK(a.rated_watts == 400);
  CHECK(b.rated_watts == 350);
  CHECK(!a.has_memory);
  CHECK(a.inside.empty());
  CHECK(a.low < 1);
  CHECK(a.high > 1);
  CHECK(!a.accuracy.empty());
  REQUIRE(about(d, "gpu-1") != nullptr);
  CHECK(about(d, "gpu-1")->used);
  CHECK(about(d, "gpu-1")->text == "0000:4b:00.0: energy counter");
  CHECK(d.meter->read(0, s).count == 1'000'000);
  CHECK(d.meter->read(1, s).count == 2'000'000);
  CHECK(d.meter->read(2, s).why == missing::not_present);
}

TEST_CASE("PCI addresses are written as Linux writes them") {
  CHECK(nvml::pci_address("00000000:3B:00.0") == "0000:3b:00.0");
  CHECK(nvml::pci_address("0000:3B:00.0") == "0000:3b:00.0");
  CHECK(nvml::pci_address("00010000:0A:1F.7") == "10000:0a:1f.7");
  CHECK(nvml::pci_address("ABCD1234:FF:00.0") == "abcd1234:ff:00.0");
  for (const char* text : {"", ":", "3B:00.0", "0000:3B:00", "0000:3B:00.", "0000:3B:00.00", "0000-3B-00.0",
                           "0000:3G:00.0", "000000000:3B:00.0", "0000:3B.00:0", "0000:3B:00.0 "})
    CHECK_MESSAGE(nvml::pci_address(text).empty(), text);
}

TEST_CASE("a GPU whose PCI address is not known goes by its UUID, without that by its number") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.set("0.pci.status", 3);
  r.set("1.busid", "garbage \x01");
  r.unset("2.busid");
  r.unset("2.uuid");
  const detection d = r.detect();
  CHECK(at(d, 0).device == at(d, 0).uuid);
  CHECK(at(d, 1).device == "GPU-00000001-d72c-4106-c12f-20bd9faed9f6");
  CHECK(at(d, 2).device == "nvml/2");
}

TEST_CASE("the default limit serves where the enforced one cannot be read or be true") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.unset("0.limit_mw");
  r.set("0.default_mw", 250'000);
  r.set("1.limit_mw", 4'294'967'295);
  r.unset("2.limit_mw");
  const detection d = r.detect();
  CHECK(at(d, 0).rated_watts == 250);
  CHECK(at(d, 1).rated_watts == 0);
  CHECK(at(d, 2).rated_watts == 0);
}

TEST_CASE("a GPU of a Grace system lies in its module") {
  rig r;
  r.add("NVIDIA GH200 480GB");
  r.add("NVIDIA GH200 480GB");
  const detection d = r.detect();
  CHECK(at(d, 0).inside == "socket0/module");
  CHECK(at(d, 1).inside == "socket1/module");
  CHECK(at(d, 1).device == "0000:4b:00.0");
  CHECK(nvml::module_of("NVIDIA GB200", 3) == "socket1/module");
  CHECK(nvml::module_of("NVIDIA H200", 3).empty());
}

TEST_CASE("a GPU of a Grace system that may not be opened lies in its module, by the names of the others") {
  for (const bool grace : {true, false}) {
    rig r;
    for (int i = 0; i < 4; ++i) r.add(grace ? "NVIDIA GB200" : "NVIDIA H100");
    r.set("0.handle.status", 4);
    r.set("3.handle.status", 4);
    const auto inside = [](const detection& d, std::string_view device) {
      for (const channel& c : d.meter->channels())
        if (c.device == device) return c.inside;
      return std::string("not there");
    };
    CHECK(r.detect().contained.size() == (grace ? 2 : 0));
    for (const char* address : {"0000:3b:00.0", "0000:4b:00.0", "0000:5b:00.0", "0000:6b:00.0"})
      r.tree.write("procfs/driver/nvidia/gpus/" + std::string(address) + "/information", "");
    const detection d = r.detect();
    CHECK(channels(d) == "[gpu-0] gpu-1* gpu-2* [gpu-3]");
    CHECK(inside(d, "0000:3b:00.0") == (grace ? "socket0/module" : ""));
    CHECK(inside(d, "0000:4b:00.0") == (grace ? "socket0/module" : ""));
    CHECK(inside(d, "0000:6b:00.0") == (grace ? "socket1/module" : ""));
    CHECK(d.contained.size() == (grace ? 4 : 0));
    r.set("1.handle.status", 4);
    r.set("2.handle.status", 4);
    const detection none = r.detect();  // no name to go by, nor a list to check against
    REQUIRE(none.meter);
    for (const channel& c : none.meter->channels()) CHECK(c.inside.empty());
  }
}

TEST_CASE("where only the module's power can be read, it is the platform's") {
  rig r;
  for (int i = 0; i < 3; ++i) {
    r.add(i < 2 ? "NVIDIA GH200 480GB" : "NVIDIA H100");
    const std::string gpu = std::to_string(i);
    r.unset(gpu + ".energy_mj");
    r.unset(gpu + ".power_mw");
    r.unset(gpu + ".instant_mw");
    r.set(gpu + ".module_mw", 700'000);
  }
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1* gpu-2");
  CHECK(at(d, 1).part == component::platform);
  CHECK(at(d, 1).device == "socket1/module");
  CHECK(at(d, 1).inside.empty());
  CHECK(at(d, 1).has_memory);
  CHECK(at(d, 1).how == provenance::integrated);
  CHECK(d.meter->read(1, s).watts == 700);
  CHECK(contains(at(d, 2).note, "not known"));
  // The GPUs have no channel, but are known to be on their modules.
  REQUIRE(d.contained.size() == 2);
  CHECK(d.contained[1].device == "0000:4b:00.0");
  CHECK(d.contained[1].inside == "socket1/module");
}

TEST_CASE("two GPUs that are one device are counted once") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.set("2.busid", "00000000:3B:00.0");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1* gpu-2");
  CHECK(contains(at(d, 2).note, "the same device as gpu-0"));
}

// --- by which way

TEST_CASE("a GPU without an energy counter has its power integrated") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add("Tesla P100-SXM2-16GB");
  for (int i = 0; i < 4; ++i) r.unset(std::to_string(i) + ".energy_mj");
  r.set("0.instant_mw", 75'000);         // the field is better
  r.set("1.instant.field_status", 3);    // no such field in a call that succeeds
  r.set("2.fields.status", 3);           // no such call
  r.set("3.instant_mw", 4'294'967'295);  // a sentinel
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1* gpu-2* gpu-3*");
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(at(d, i).kind == reading_kind::power);
    CHECK(at(d, i).how == provenance::integrated);
    CHECK(d.meter->read(i, s).watts == (i == 0 ? 75 : 60));
  }
}

TEST_CASE("an energy counter is one whose call succeeds with a figure, whatever the field says") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  r.set("0.energy.field_status", 3);  // the call alone
  r.set("1.energy.status", 3);        // the field alone: not enough
  r.set("2.energy_mj", "18446744073709551615");
  r.set("3.energy.status", 4);
  const detection d = r.detect();
  CHECK(at(d, 0).kind == reading_kind::counter);
  CHECK(d.meter->read(0, s).count == 1'000'000);
  for (std::size_t i = 1; i < 4; ++i) CHECK(at(d, i).how == provenance::integrated);
}

TEST_CASE("a guest's GPU that tells neither energy nor power is modelled by its limit and load") {
  rig r;
  for (int i = 0; i < 2; ++i) {
    const std::string gpu = std::to_string(r.add("GRID A100-10C"));
    r.unset(gpu + ".energy_mj");
    r.unset(gpu + ".power_mw");
    r.unset(gpu + ".instant_mw");
  }
  r.set("1.load", 50);
  r.set("1.limit_mw", 300'000);
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1*");
  CHECK(at(d, 1).how == provenance::modelled);
  CHECK(at(d, 1).kind == reading_kind::power);
  CHECK(contains(at(d, 1).note, "300 W"));
  CHECK(d.meter->read(0, s).watts == doctest::Approx(80));
  CHECK(d.meter->read(1, s).watts == doctest::Approx(60 + 0.5 * 240));
  r.set("1.load", 101);
  CHECK(d.meter->read(1, 2 * s).why == missing::implausible);
}

TEST_CASE("a GPU that tells nothing is known, with the reason") {
  rig r;
  for (int i = 0; i < 3; ++i) {
    const std::string gpu = std::to_string(r.add());
    r.unset(gpu + ".energy_mj");
    r.unset(gpu + ".power_mw");
    r.unset(gpu + ".instant_mw");
    r.unset(gpu + ".load");
  }
  r.set("1.energy.status", 4);  // a MIG parent in a container
  r.set("2.power_mw", 0);
  const detection d = r.detect();
  CHECK(channels(d) == "[gpu-0] [gpu-1] [gpu-2]");
  CHECK(at(d, 0).why == missing::not_supported);
  CHECK(at(d, 1).why == missing::no_permission);
  CHECK(at(d, 2).why == missing::implausible);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(d.meter->read(i, s).why == at(d, i).why);
    CHECK(!at(d, i).counted);
  }
  REQUIRE(about(d, "gpu-1") != nullptr);
  CHECK(!about(d, "gpu-1")->used);
  CHECK(contains(about(d, "gpu-1")->text, "NO_PERMISSION"));
}

TEST_CASE("a Jetson's GPU is left to the meters of its board") {
  rig r;
  r.add("Orin (nvgpu)");
  r.unset("0.energy_mj");
  const detection d = r.detect();
  CHECK(channels(d) == "[gpu-0]");
  CHECK(at(d, 0).why == missing::not_supported);
}

TEST_CASE("an old library without fields, addresses and limits is read by the calls that it has") {
  rig r;
  r.add();
  r.add();
  r.unset("1.energy_mj");
  r.set("0.default_mw", 400'000);
  const auto initialise = [] {  // the variant has a state of its own
    void* const old = dlopen("libnvidia-ml-old.so.1", RTLD_NOW | RTLD_LOCAL);
    REQUIRE(old != nullptr);
    reinterpret_cast<void (*)()>(dlsym(old, "kaya_fake_shutdown"))();
  };
  initialise();
  const detection d = r.detect({"libnvidia-ml-old.so.1"});
  CHECK(channels(d) == "gpu-0* gpu-1*");
  CHECK(at(d, 0).device == at(d, 0).uuid);
  CHECK(at(d, 0).rated_watts == 400);
  CHECK(at(d, 0).how == provenance::measured);
  CHECK(at(d, 1).how == provenance::integrated);
  CHECK(d.meter->read(0, s).count == 1'000'000);
  CHECK(d.meter->read(1, s).watts == 60);
}

TEST_CASE(
    "a GPU that may not be opened is a channel if the driver's list tells its address, else a finding") {
  rig r;
  for (int i = 0; i < 3; ++i) r.add();
  r.set("1.handle.status", 4);
  const detection unknown = r.detect();
  CHECK(channels(unknown) == "gpu-0* gpu-2*");
  REQUIRE(about(unknown, "gpu-1") != nullptr);
  CHECK(about(unknown, "gpu-1")->why == missing::no_permission);

  for (const char* address : {"0000:5b:00.0", "0000:3b:00.0", "0000:4b:00.0"})
    r.tree.write("procfs/driver/nvidia/gpus/" + std::string(address) + "/information", "");
  const detection known = r.detect();
  CHECK(channels(known) == "gpu-0* [gpu-1] gpu-2*");
  CHECK(at(known, 1).device == "0000:4b:00.0");
  CHECK(at(known, 1).why == missing::no_permission);
  CHECK(known.meter->read(1, s).why == missing::no_permission);
  CHECK(known.meter->read(2, s).count == 3'000'000);

  r.tree.remove("procfs/driver/nvidia/gpus/0000:5b:00.0");
  r.tree.write("procfs/driver/nvidia/gpus/0000:5c:00.0/information", "");
  CHECK(channels(r.detect()) == "gpu-0* gpu-2*");  // it is not the list of these
}

TEST_CASE("holes at the end, and nothing but holes, are told too") {
  rig r;
  r.add();
  r.add();
  r.set("0.handle.status", 4);
  r.set("1.handle.status", 15);
  const detection d = r.detect();
  CHECK(!d.meter);
  REQUIRE(about(d, "gpu-1") != nullptr);
  CHECK(about(d, "gpu-0")->why == missing::no_permission);
  CHECK(about(d, "gpu-1")->why == missing::lost);
}

// --- whose GPUs they are

TEST_CASE("GPUs that CUDA_VISIBLE_DEVICES leaves out are shown, not counted") {
  rig r;
  for (int i = 0; i < 4; ++i) r.add();
  const variable v("CUDA_VISIBLE_DEVICES", "2,0");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0* gpu-1 gpu-2* gpu-3");
  CHECK(contains(at(d, 1).note, "not visible to this process: CUDA_VISIBLE_DEVICES is '2,0'"));
  CHECK(!contains(at(d, 0).note, "visible"));
  CHECK(d.meter->read(1, s).count == 2'000'000);
  REQUIRE(about(d, "CUDA_VISIBLE_DEVICES") != nullptr);
  CHECK(contains(about(d, "CUDA_VISIBLE_DEVICES")->text, "2 of 4"));
  CHECK(contains(about(d, "gpu-3")->text, "not counted"));
}

TEST_CASE("an empty list leaves no GPU in the total") {
  rig r;
  r.add();
  r.add();
  const variable v("CUDA_VISIBLE_DEVICES", "");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0 gpu-1");
  CHECK(contains(at(d, 1).note, "is empty"));
}

TEST_CASE("what is wrong with the list is told") {
  rig r;
  r.add();
  r.add();
  const variable v("CUDA_VISIBLE_DEVICES", "1,5");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0 gpu-1*");
  CHECK(contains(about(d, "CUDA_VISIBLE_DEVICES")->text, "'5'"));
}

TEST_CASE("UUIDs name GPUs whatever the order") {
  rig r;
  r.add("NVIDIA A100");
  r.add("Tesla T4");
  const variable v("CUDA_VISIBLE_DEVICES", "GPU-00000001");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0 gpu-1*");
  CHECK(!contains(at(d, 0).note, "order"));
}

TEST_CASE("numbers of different models are taken in NVML's order, and that is said unless it is certain") {
  rig r;
  r.add("Tesla T4");
  r.add("NVIDIA A100");
  r.add("Tesla T4");
  {
    const variable v("CUDA_VISIBLE_DEVICES", "0");
    const detection d = r.detect();
    CHECK(channels(d) == "gpu-0* gpu-1 gpu-2");
    CHECK(contains(at(d, 0).note, "CUDA_DEVICE_ORDER=PCI_BUS_ID"));
    CHECK(contains(at(d, 1).note, "CUDA_DEVICE_ORDER=PCI_BUS_ID"));
    const variable order("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
    CHECK(!contains(at(r.detect(), 0).note, "CUDA_DEVICE_ORDER"));
  }
  const variable all("CUDA_VISIBLE_DEVICES", "2,1,0");
  CHECK(!contains(at(r.detect(), 0).note, "CUDA_DEVICE_ORDER"));
}

TEST_CASE("numbers do not count GPUs that may not be opened") {
  rig r;  // as under Slurm, which gives a job the device files of its own GPUs
  for (int i = 0; i < 3; ++i) r.add();
  r.set("0.handle.status", 4);
  const variable v("CUDA_VISIBLE_DEVICES", "0");
  CHECK(channels(r.detect()) == "gpu-1* gpu-2");
}

TEST_CASE("a MIG parent is counted whole, with the number of its instances that are visible") {
  rig r;
  r.add();
  r.add();
  r.add();
  for (const char* gpu : {"0", "1"}) {
    const std::string g = gpu;
    r.set(g + ".mig", 2);
    for (const char* k : {"0", "1"}) {
      r.set(g + ".mig." + k + ".uuid", "MIG-" + g + k + "000000-5c0e-5b8d-a1c3-7d7f5e9b2a10");
      r.set(g + ".mig." + k + ".gi", k[0] == '0' ? 1 : 5);
      r.set(g + ".mig." + k + ".ci", 0);
    }
  }
  const detection all = r.detect();
  CHECK(channels(all) == "gpu-0* gpu-1* gpu-2*");
  CHECK(contains(at(all, 1).note, "whole GPU, shared by its MIG instances; 2 of them visible here"));
  CHECK(!contains(at(all, 2).note, "MIG"));
  {
    const variable v("CUDA_VISIBLE_DEVICES", "MIG-11000000-5c0e-5b8d-a1c3-7d7f5e9b2a10");
    const detection d = r.detect();
    CHECK(channels(d) == "gpu-0 gpu-1* gpu-2");
    CHECK(contains(at(d, 1).note, "1 of them visible here"));
  }
  const variable v("CUDA_VISIBLE_DEVICES", "MIG-GPU-00000000-d72c-4106-c12f-20bd9faed9f6/5/0");
  CHECK(channels(r.detect()) == "gpu-0* gpu-1 gpu-2");
}

TEST_CASE("CUDA, once it runs, says itself which GPUs it has; it is never started") {
  rig r;
  r.add("Tesla T4");
  r.add("NVIDIA A100");
  r.add("Tesla T4");
  const variable v("CUDA_VISIBLE_DEVICES", "0");  // the fastest
  void* const cuda = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(cuda != nullptr);
  const auto calls = reinterpret_cast<unsigned (*)(const char*)>(dlsym(cuda, "kaya_fake_calls"));
  CHECK(channels(r.detect()) == "gpu-0* gpu-1 gpu-2");  // not initialised: the variable it is

  r.set("cuda", 1);
  r.set("cuda.0", "0000:4B:00.0");
  const detection d = r.detect();
  CHECK(channels(d) == "gpu-0 gpu-1* gpu-2");
  CHECK(!contains(at(d, 1).note, "CUDA_DEVICE_ORDER"));
  CHECK(about(d, "CUDA") != nullptr);
  CHECK(calls("cuInit") == 0);
  r.set("1.pci.status", 3);  // NVML does not know which one that is
  CHECK(channels(r.detect()) == "gpu-0* gpu-1 gpu-2");
  r.unset("1.pci.status");
  r.unset("cuda.0");  // an answer that breaks off
  CHECK(channels(r.detect()) == "gpu-0* gpu-1 gpu-2");
}

// --- joules

TEST_CASE("two GPUs with counters are booked to within half a percent") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now);
  for (int i = 1; i <= 60; ++i) {
    now += 100 * ms;
    r.set("0.energy_mj", 1'000'000 + static_cast<std::uint64_t>(i) * 35'000);  // 350 W
    r.set("1.energy_mj", 2'000'000 + static_cast<std::uint64_t>(i) * 12'000);  // 120 W
    CHECK(!a.sample(now).integrated);
    b.sample(now);
  }
  CHECK(near(a.joules(), 350 * 6));
  CHECK(near(b.joules(), 120 * 6));
}

TEST_CASE("power and load are booked to within half a percent") {
  rig r;
  for (int i = 0; i < 2; ++i) {
    r.add();
    r.unset(std::to_string(i) + ".energy_mj");
  }
  r.unset("1.power_mw");
  r.unset("1.instant_mw");
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now), b(d, 1, now);
  for (int i = 1; i <= 60; ++i) {
    now += 100 * ms;
    r.set("0.instant_mw", static_cast<std::uint64_t>(60'000 + i * 5'000));  // 60 to 360 W
    r.set("1.load", i < 30 ? 0 : 100);                                      // 80 W, then 400 W
    a.sample(now);
    b.sample(now);
  }
  CHECK(near(a.joules(), (60 + 360) / 2 * 6));
  CHECK(near(b.joules(), 80 * 2.9 + 240 * 0.1 + 400 * 3));
}

TEST_CASE("fields of one GPU cost one call, and a counter that moves costs no call for power") {
  rig r;
  r.add();
  r.add();
  r.set("1.fields.status", 3);
  const detection d = r.detect();
  const unsigned fields = rig::calls("fields"), energy = rig::calls("energy"), power = rig::calls("power");
  for (int i = 1; i <= 5; ++i) {
    r.set("1.energy_mj", 2'000'000 + static_cast<std::uint64_t>(i) * 12'000);
    d.meter->read(0, i * s);
    d.meter->read(1, i * s);
  }
  CHECK(rig::calls("fields") - fields == 5);
  CHECK(rig::calls("energy") - energy == 5);
  CHECK(rig::calls("power") - power == 0);
  d.meter->read(1, 6 * s);
  CHECK(rig::calls("power") - power == 1);
}

TEST_CASE("a counter that stands still under load is replaced by power, and comes back") {
  for (const bool by_fields : {true, false}) {
    rig r;
    r.add();
    r.set("0.instant_mw", 300'000);
    r.set("0.power_mw", 300'000);
    if (!by_fields) r.set("0.fields.status", 3);
    const detection d = r.detect();
    std::int64_t now = s;
    std::uint64_t count = 1'000'000;
    book a(d, 0, now);
    const auto run = [&](int tenths, bool moves) {
      measurement m;
      for (int i = 0; i < tenths; ++i) {
        now += 100 * ms;
        if (moves) r.set("0.energy_mj", count += 30'000);
        m = a.sample(now);
      }
      return m;
    };
    const measurement counted = run(20, true), integrated = run(100, false);
    CHECK(!counted.integrated);
    CHECK(counted.low == 1);
    CHECK(integrated.integrated);
    CHECK(integrated.low < 1);
    CHECK(integrated.high > 1);
    CHECK(near(a.joules(), 300 * 12));
    CHECK(!run(20, true).integrated);
    CHECK(near(a.joules(), 300 * 14));
    CHECK(a.line.resets == 0);
  }
}

TEST_CASE("a counter that begins anew with its driver is a reset, and loses no more than that") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  std::int64_t now = s;
  book a(d, 0, now);
  const auto run = [&](std::uint64_t from) {
    for (std::uint64_t i = 1; i <= 30; ++i) {
      now += 100 * ms;
      r.set("0.energy_mj", from + i * 20'000);
      a.sample(now);
    }
  };
  run(1'000'000);
  run(0);
  CHECK(a.line.resets == 1);
  CHECK(near(a.joules(), 200 * 6));
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
    int status;
    missing why;
  } table[] = {{1, missing::lost},          {2, missing::lost},           {3, missing::not_supported},
               {4, missing::no_permission}, {6, missing::lost},           {9, missing::lost},
               {10, missing::lost},         {13, missing::not_supported}, {15, missing::lost},
               {16, missing::lost},         {19, missing::lost},          {25, missing::not_supported},
               {28, missing::lost},         {999, missing::lost},         {12345, missing::lost}};
  for (const auto& row : table)
    for (const char* call : {"0.status", "0.fields.status", "0.energy.field_status"}) {
      rig r;
      r.add();
      r.add();
      const detection d = r.detect();
      CHECK(!d.meter->read(0, s).why);
      r.set(call, static_cast<std::uint64_t>(row.status));
      const measurement m = d.meter->read(0, s + 10 * ms);
      CHECK_MESSAGE(m.why == row.why, call, " ", row.status);
      CHECK(!d.meter->read(1, s + 10 * ms).why);  // the other goes on
      r.unset(call);
      const measurement back = d.meter->read(0, 3 * s);
      CHECK(!back.why);
      CHECK(back.recovered);
      CHECK(back.count == 1'000'000);
      CHECK(!d.meter->read(0, 3 * s + 10 * ms).recovered);
    }
}

TEST_CASE("figures that cannot be true are implausible") {
  rig r;
  r.add();
  r.add();
  r.unset("1.energy_mj");
  const detection d = r.detect();
  r.set("0.energy_mj", "18446744073709551615");
  CHECK(d.meter->read(0, s).why == missing::implausible);
  for (const char* power : {"0", "4294967295", "10000001"}) {
    r.set("1.instant_mw", power);
    CHECK(d.meter->read(1, s).why == missing::implausible);
  }
  r.set("0.energy_mj", 1'100'000);
  r.set("1.instant_mw", 10'000'000);
  CHECK(d.meter->read(0, 2 * s).count == 1'100'000);
  CHECK(d.meter->read(1, 2 * s).watts == 10'000);
}

TEST_CASE("a failure of the power alone does not hurt the counter") {
  rig r;
  r.add();
  const detection d = r.detect();
  r.set("0.instant.field_status", 999);
  CHECK(d.meter->read(0, s).count == 1'000'000);
  r.unset("0.instant.field_status");
  r.set("0.instant_mw", 4'294'967'295);
  CHECK(d.meter->read(0, 2 * s).count == 1'000'000);
}

TEST_CASE("a lost GPU is looked for once a second, and read by its new handle") {
  rig r;
  r.add();
  r.add();
  r.unset("1.uuid");  // found by its PCI address
  r.set("1.uuid.status", 3);
  const detection d = r.detect();
  book a(d, 0, s), b(d, 1, s);
  std::int64_t now = s;
  for (const char* gpu : {"0", "1"}) r.set(std::string(gpu) + ".status", 15);
  const unsigned by_uuid = rig::calls("by_uuid"), by_pci = rig::calls("by_pci"),
                 fields = rig::calls("fields");
  for (int i = 0; i < 300; ++i) {
    now += 10 * ms;
    CHECK(a.sample(now).why == missing::lost);
    CHECK(b.sample(now).why == missing::lost);
  }
  CHECK(rig::calls("by_uuid") - by_uuid == 2);
  CHECK(rig::calls("by_pci") - by_pci == 4);  // each, where the UUID is of no help
  CHECK(rig::calls("fields") - fields == 2);

  for (const char* gpu : {"0", "1"}) {
    r.unset(std::string(gpu) + ".status");
    r.set(std::string(gpu) + ".generation", 1);  // the old handles are of no use
    r.set(std::string(gpu) + ".energy_mj", 500);
  }
  now += s;
  CHECK(a.sample(now).recovered);
  CHECK(b.sample(now).recovered);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    now += 100 * ms;
    for (const char* gpu : {"0", "1"}) r.set(std::string(gpu) + ".energy_mj", 500 + i * 10'000);
    CHECK(!a.sample(now).why);
    b.sample(now);
  }
  CHECK(near(a.joules(), 200.5));
  CHECK(near(b.joules(), 200.5));
  CHECK(a.line.gaps == 1);
}

TEST_CASE("a GPU without UUID and address is found again by its number") {
  rig r;
  r.add();
  r.unset("0.uuid");
  r.unset("0.busid");
  const detection d = r.detect();
  r.set("0.generation", 3);
  CHECK(d.meter->read(0, s).why == missing::lost);
  CHECK(d.meter->read(0, s + 500 * ms).why == missing::lost);
  CHECK(d.meter->read(0, 2 * s).count == 1'000'000);
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

// --- layouts

TEST_CASE("values of every type are decoded, and what is no number is not") {
  nvml::field_value f{};
  CHECK(!nvml::value_of(f));  // not_supported until the driver says otherwise
  f.result = nvml::success;
  f.as_ulong = 0xffff'ffff'ffff'fff6;
  const auto typed = [&](std::int32_t type) {
    f.type = type;
    return nvml::value_of(f);
  };
  CHECK(typed(1) == 0xffff'fff6);
  CHECK(typed(2) == 0xffff'ffff'ffff'fff6);
  CHECK(typed(3) == 0xffff'ffff'ffff'fff6);
  CHECK(!typed(4));
  CHECK(!typed(5));
  CHECK(typed(6) == 0xfff6);
  CHECK(!typed(7));
  CHECK(!typed(-1));
  CHECK(!typed(0));  // not a number
  f.as_double = 1234.9;
  CHECK(typed(0) == 1234);
  f.as_double = 1e300;
  CHECK(!typed(0));
}

TEST_CASE("whatever a driver answers, nothing is thrown and every failure has a reason") {
  std::mt19937 random(11);
  const std::vector<std::string> keys = {"energy_mj", "power_mw",   "instant_mw", "module_mw",
                                         "limit_mw",  "default_mw", "load",       "busid",
                                         "uuid",      "name",       "mig",        "mig.0.uuid"};
  const std::vector<std::string> values = {"0",
                                           "1",
                                           "60000",
                                           "4294967295",
                                           "18446744073709551615",
                                           "",
                                           "-1",
                                           "GPU-",
                                           "00000000:3B:00.0",
                                           "x",
                                           std::string(95, 'a')};
  const std::vector<std::uint64_t> statuses = {0, 3, 4, 15, 999, 7, 4'000'000};
  for (int round = 0; round < 60; ++round) {
    rig r;
    for (int i = 0; i < 3; ++i) r.add();
    const auto spoil = [&] {
      const std::string gpu = std::to_string(random() % 3) + ".";
      if (random() % 2 == 0) r.set(gpu + keys[random() % keys.size()], values[random() % values.size()]);
      else
        for (const char* call : {"energy", "power", "fields", "uuid", "pci", "handle", "load", "mig"})
          if (random() % 6 == 0) r.set(gpu + call + ".status", statuses[random() % statuses.size()]);
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
        const channel& c = at(d, k);
        CHECK(!c.why);
        if (c.kind == reading_kind::power) CHECK((m.watts > 0 && m.watts <= 10'000));
      }
    }
  }
}

// --- who works on it

TEST_CASE("what processes had of a GPU lately is the same for all who ask, and not where it is not told") {
  rig r;
  r.add();
  r.add();
  const detection d = r.detect();
  const unsigned own[] = {17, 18}, other[] = {99};
  CHECK_FALSE(d.meter->use_by(0, own).has_value());
  CHECK_FALSE(d.meter->use_by(2, own).has_value());
  r.set("1.processes", "17:30 18:10 99:60");
  r.set("1.process_us", 1000);
  for (int i = 0; i < 3; ++i) {
    const auto use = d.meter->use_by(1, own), rest = d.meter->use_by(1, other);
    REQUIRE(use.has_value());
    CHECK(use->own == 40);
    CHECK(use->all == 100);
    REQUIRE(rest.has_value());
    CHECK(rest->own == 60);
    CHECK(rest->all == 100);
  }
  r.set("1.process_us", 2000);
  CHECK(d.meter->use_by(1, {})->own == 0);
  r.set("1.processes.status", 3);
  CHECK_FALSE(d.meter->use_by(1, own).has_value());
}

TEST_CASE("the use of a GPU is that of the last second of samples, and ends when no more come") {
  rig r;
  r.add();
  r.add();
  REQUIRE(r.session.start({library_name}) == nvml::session::state::ready);
  nvml::device handle = nullptr;
  REQUIRE(r.session.call.by_index(1, &handle) == nvml::success);
  nvml::card gpu(r.session, 1, handle);
  const unsigned own[] = {17};
  const auto use = [&](std::int64_t now) {
    const auto told = gpu.use_by(own, now);
    REQUIRE(told.has_value());
    return std::pair(told->own, told->all);
  };
  // As of 40, 40.5, 41 and 41.2 seconds; an empty slot, and a share that cannot be.
  r.set("1.processes",
        "17:50@40000000 17:30@40500000 18:20@40500000 17:20@41000000 17:10@41200000 17:99@0 18:101@41200000");
  CHECK(use(100 * s) == std::pair(60.0, 80.0));
  CHECK(use(100 * s) == std::pair(60.0, 80.0));
  r.set("1.processes", "17:10@41200000 18:80@42100000");
  CHECK(use(101 * s) == std::pair(10.0, 90.0));
  CHECK(use(102 * s) == std::pair(10.0, 90.0));
  CHECK(use(102 * s + 500 * ms) == std::pair(0.0, 0.0));
  r.set("1.processes", "17:40@44000000");
  CHECK(use(103 * s) == std::pair(40.0, 40.0));
  r.set("1.processes", "");  // nothing since
  CHECK(use(103 * s) == std::pair(0.0, 0.0));
}
