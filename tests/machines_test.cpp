// SPDX-License-Identifier: MIT
// Whole machines (support/machines.hpp): what counts on each, that its joules are those that its parts drew,
// and that no part is in the total twice. With the fake libraries of tests/fakes, found through
// LD_LIBRARY_PATH.
#include <doctest/doctest.h>

#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/core.hpp>

#include "support/machines.hpp"
#include "support/scripted_meter.hpp"

using namespace kaya_test;
using namespace kaya::meter;
using kaya::ledger::core;
using kaya::ledger::timeline;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// Has the libraries of AMD and Intel be the fakes, whose names differ from the real ones.
void open_fakes() {
  const bool nvidia = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL) != nullptr;
  REQUIRE_MESSAGE(nvidia, "LD_LIBRARY_PATH does not lead to the fakes");
  using kaya::meter::rocm_smi::session;
  REQUIRE(session::shared().start({"librocm_smi64-fake.so.1"}) == session::state::ready);
  using intel = kaya::meter::level_zero::session;
  REQUIRE(intel::shared().start({"libze_loader-fake.so.1"}) == intel::state::ready);
}

machine detect(fake_machine& f) {
  f.show();
  open_fakes();
  return machine::detect(f.options);
}

/// "measured package-0, dram-0; modelled memory (model)": what counts, by how it is known.
std::string counted(const machine& m) {
  std::string result;
  for (const provenance how :
       {provenance::measured, provenance::integrated, provenance::modelled, provenance::assumed}) {
    std::string names;
    for (const channel& c : m.channels())
      if (c.how == how) names += (names.empty() ? std::string(to_string(how)) + " " : ", ") + c.name;
    if (!names.empty()) result += (result.empty() ? "" : "; ") + names;
  }
  return result;
}
/// "core-0, dram-0 (no permission)": what is only shown, and why it cannot be read where that is so.
std::string shown(const machine& m) {
  std::string result;
  for (const channel& c : m.all_channels())
    if (!c.counted)
      result +=
          (result.empty() ? "" : ", ") + c.name + (c.why ? " (" + std::string(to_string(*c.why)) + ")" : "");
  return result;
}
const channel& named(const machine& m, std::string_view name) {
  for (const channel& c : m.all_channels())
    if (c.name == name) return c;
  FAIL("no channel ", std::string(name), " among ", counted(m), "; ", shown(m));
  return m.all_channels()[0];
}
bool says(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }
bool is_explained(const machine& m, std::string_view name, std::string_view reason) {
  return says(named(m, name).note, reason);
}

/// What is wrong with what counts, by what the fixture knows; empty: nothing.
std::string faults(const machine& m, const fake_machine& f) {
  std::string result;
  const auto complain = [&](const std::string& text) { result += text + "\n"; };
  std::map<std::string, std::string> inside, user;  // device to device, part to channel
  for (const channel& c : m.all_channels())
    if (!c.inside.empty()) inside.emplace(c.device, c.inside);
  bool cpu = false, models_cpu = false, models_memory = false, memory = false;
  for (const channel& c : m.channels()) {
    if (c.why) complain(c.name + " counts, but cannot be read");
    models_cpu = models_cpu || (c.mechanism == "model" && c.part == component::cpu);
    models_memory = models_memory || (c.mechanism == "model" && c.part == component::memory);
    if (c.mechanism == "model") continue;
    const parts* const of = f.parts_of(c.mechanism, c.device);
    if (of == nullptr) {
      complain("no such meter: " + c.name + " by " + c.mechanism + " of " + c.device);
      continue;
    }
    for (const std::string& p : *of) {
      if (!user.emplace(p, c.name).second) complain(p + " is in " + user[p] + " and in " + c.name);
      cpu = cpu || p.starts_with("cores") || p == "cpu" || p == "soc";
      memory = memory || p.starts_with("dram");
    }
    for (const channel& other : m.channels()) {
      if (&other == &c || other.mechanism == "model") continue;
      if (other.device == c.device && !c.device.empty()) complain(c.name + " and " + other.name + " are one");
      std::string at = c.device;
      for (std::size_t step = 0; step < inside.size() + 1 && inside.count(at) > 0; ++step) {
        at = inside[at];
        if (at == other.device) complain(c.name + " is inside " + other.name);
      }
    }
  }
  if (models_cpu && cpu) complain("the CPU is modelled and metered");
  if (models_memory && memory) complain("memory is modelled and metered");
  if (!models_cpu && !cpu) complain("there is no CPU in the total");
  const std::string text = m.explain();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.size() > 100 && !says(line, "run: ")) complain("too long: " + std::string(line));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  for (const channel& c : m.all_channels())
    if (!c.counted && !c.why && c.note.empty()) complain(c.name + " is only shown, without a reason");
  return result;
}

/// A run on a machine, in fake time, sampled every 100 ms.
struct run {
  explicit run(fake_machine& fixture)
      : fake(fixture),
        m(detect(fixture)),
        started(start_clock(clock)),
        ledger(clock, m.bound_channels(), {}, 100) {
    ledger.start();
    for (const std::string& p : fake.all()) before[p] = fake.joules({p});
  }
  run& sample(int n = 1) {
    for (int i = 0; i < n; ++i) {
      fake.pass(100 * ms);
      clock.ticks += 100 * ms;
      ledger.tick(ledger.look());
    }
    return *this;
  }
  const timeline& line(std::string_view name) const {
    for (const timeline& t : ledger.timelines())
      if (t.channel().name == name) return t;
    FAIL("no channel ", std::string(name), " among ", counted(m), "; ", shown(m));
    return ledger.timelines()[0];
  }
  double joules(std::string_view name) const { return static_cast<double>(line(name).total_uj) * 1e-6; }
  /// Of what counts, without models.
  double joules() const {
    double sum = 0;
    for (const timeline& t : ledger.timelines())
      if (t.counted() && t.channel().mechanism != "model") sum += static_cast<double>(t.total_uj) * 1e-6;
    return sum;
  }
  double truth(const parts& of) const {
    double sum = 0;
    for (const std::string& p : of) sum += fake.joules({p}) - before.at(p);
    return sum;
  }
  double coverage(std::string_view name) const {
    return static_cast<double>(line(name).covered) / static_cast<double>(ledger.cut() - ledger.start_ns());
  }
  bool has_event(std::string_view where, std::string_view what) const {
    for (const kaya::event& e : ledger.events().all())
      if (e.where == where && says(e.what, what)) return true;
    return false;
  }
  std::string events() const {
    std::string result;
    for (const kaya::event& e : ledger.events().all()) result += e.where + ": " + e.what + "\n";
    return result;
  }

  fake_machine& fake;
  const machine m;
  manual_clock clock;
  bool started;
  core ledger;
  std::map<std::string, double> before;

 private:
  static bool start_clock(manual_clock& c) {
    c.ticks = now_ns();  // detection has read the meters with the real clock
    return true;
  }
};

using builder = std::function<void(fake_machine&)>;
struct expected {
  std::string counted, shown;
  parts truth;  // what all that counts and is no model must add up to
};

/// The same on a machine however its tree is written, and the joules of six seconds.
void check(const builder& build, const expected& e) {
  for (const variation& how : {variation{}, variation{layout::nested, true, 7, 1},
                               variation{layout::flat, true, 30, 3}, variation{layout::linked, true, 9, 1}}) {
    fake_machine f(how);
    build(f);
    const machine m = detect(f);
    CHECK(counted(m) == e.counted);
    CHECK(shown(m) == e.shown);
    CHECK(faults(m, f) == "");
  }
  fake_machine f;
  build(f);
  run r(f);
  r.sample(60);  // three swings
  CAPTURE(counted(r.m));
  CHECK(r.joules() == doctest::Approx(r.truth(e.truth)).epsilon(0.005));
  CHECK(r.truth(e.truth) > 10);
  CHECK(r.events() == "");
  for (const timeline& t : r.ledger.timelines())
    if (t.counted() && t.channel().mechanism != "model") {
      CHECK(t.covered == r.ledger.cut() - r.ledger.start_ns());
    }
}

}  // namespace

// --- machines that are known

TEST_CASE("a desktop's package and DRAM count, its cores and graphics are parts of the package") {
  check(haswell_desktop, {.counted = "measured package-0, dram-0",
                          .shown = "core-0, uncore-0",
                          .truth = {"cores0", "uncore0", "agent0", "dram0"}});
  fake_machine f;
  haswell_desktop(f);
  const machine m = detect(f);
  CHECK(is_explained(m, "core-0", "part of its package"));
  CHECK(is_explained(m, "uncore-0", "part of its package"));
}
TEST_CASE("on a laptop the counters that two control types show count once, and psys not at all") {
  check(thinkpad, {.counted = "measured package-0, dram-0",
                   .shown = "core-0, uncore-0, psys",
                   .truth = {"cores0", "uncore0", "dram0"}});
  fake_machine f;
  thinkpad(f);
  CHECK(is_explained(detect(f), "psys", "it overlaps with packages and DRAM"));
}
TEST_CASE("a laptop's psys counts in place of all that is inside it if it is preferred") {
  check(
      [](fake_machine& f) {
        thinkpad(f);
        f.options.prefer_psys = true;
      },
      {.counted = "measured psys",
       .shown = "package-0, core-0, uncore-0, dram-0",
       .truth = {"cores0", "uncore0", "dram0", "screen"}});
}
TEST_CASE("on Sapphire Rapids the zone between the packages is psys and does not count") {
  check(sapphire_rapids, {.counted = "measured package-0, dram-0, package-1, dram-1",
                          .shown = "psys",
                          .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
  fake_machine f;
  sapphire_rapids(f);
  CHECK(is_explained(detect(f), "dram-1", "a quarter of this CPU's memory energy"));
}
TEST_CASE("on Cascade Lake four counters are the whole total") {
  check(cascade_lake, {.counted = "measured package-0, dram-0, package-1, dram-1",
                       .shown = "",
                       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
}
TEST_CASE("an EPYC's core domain is one core of the package, and its memory is modelled") {
  check([](fake_machine& f) { epyc(f); },
        {.counted = "measured package-0, package-1; modelled memory (model)",
         .shown = "core-0, core-1",
         .truth = {"cores0", "uncore0", "a core of 0", "cores1", "uncore1", "a core of 1"}});
  fake_machine f;
  epyc(f);
  CHECK(is_explained(detect(f), "core-1", "one physical core only"));
}
TEST_CASE("the sensor of an APU's graphics has the CPU in it and is a part of the package") {
  check(ryzen_laptop, {.counted = "measured package-0; modelled memory (model)",
                       .shown = "gpu 0000:10:00.0 (hwmon)",
                       .truth = {"cores0", "uncore0"}});
  fake_machine f;
  ryzen_laptop(f);
  CHECK(is_explained(detect(f), "gpu 0000:10:00.0 (hwmon)", "part of package-0"));
}
TEST_CASE("an Orin NX has a rail for the whole, of which the others are parts") {
  check(orin_nx, {.counted = "integrated VDD_IN",
                  .shown = "VDD_CPU_GPU_CV, VDD_SOC",
                  .truth = {"cpu+gpu", "soc", "board"}});
}
TEST_CASE("an AGX Orin has no rail for the whole, so the rails that feed it add up") {
  check(agx_orin, {.counted = "integrated VDD_GPU_SOC, VDD_CPU_CV, VIN_SYS_5V0",
                   .shown = "VDDQ_VDD2_1V8AO",
                   .truth = {"gpu", "cpu", "io", "dram"}});
}
TEST_CASE("on Grace-Hopper Grace and the GPU count in place of the module, whose rails are parts of Grace") {
  check([](fake_machine& f) { grace_hopper(f); }, {.counted = "measured gpu-0; integrated grace-0",
                                                   .shown = "module-0, cpu-rail-0, sysio-0",
                                                   .truth = {"gpu0", "cores0", "uncore0", "dram0"}});
  check([](fake_machine& f) { grace_hopper(f, 4); },
        {.counted = "measured gpu-0, gpu-1, gpu-2, gpu-3; integrated grace-0, grace-1, grace-2, grace-3",
         .shown = "module-0, cpu-rail-0, sysio-0, module-1, cpu-rail-1, sysio-1, module-2, cpu-rail-2, "
                  "sysio-2, module-3, cpu-rail-3, sysio-3",
         .truth = {"gpu0", "cores0", "uncore0", "dram0", "gpu1", "cores1", "uncore1", "dram1", "gpu2",
                   "cores2", "uncore2", "dram2", "gpu3", "cores3", "uncore3", "dram3"}});
}
TEST_CASE("on Grace-Hopper without a meter of Grace the module counts, and the GPU is a part of it") {
  check([](fake_machine& f) { grace_hopper(f, 1, true, true, false); },
        {.counted = "integrated module-0",
         .shown = "gpu-0",
         .truth = {"gpu0", "cores0", "uncore0", "dram0", "regulators0"}});
}
TEST_CASE("on Grace-Hopper without a meter of the module Grace and the GPU count") {
  check([](fake_machine& f) { grace_hopper(f, 1, true, false, true); },
        {.counted = "measured gpu-0; integrated grace-0",
         .shown = "cpu-rail-0, sysio-0",
         .truth = {"gpu0", "cores0", "uncore0", "dram0"}});
}
TEST_CASE("on Grace-Hopper whose GPU cannot be read the module counts, as Grace alone would lack it") {
  check([](fake_machine& f) { grace_hopper(f, 1, false); },
        {.counted = "integrated module-0",
         .shown = "grace-0, cpu-rail-0, sysio-0, gpu 0000:3b:00.0 (not supported)",
         .truth = {"gpu0", "cores0", "uncore0", "dram0", "regulators0"}});
}
TEST_CASE("two sockets of Grace without modules are the CPUs and their memory") {
  check(
      [](fake_machine& f) {
        arm_cpus(f, "0x41", "0xd4f", 2);
        grace(f, 0, {}, false), grace(f, 1, {}, false);
      },
      {.counted = "integrated grace-0, grace-1",
       .shown = "cpu-rail-0, sysio-0, cpu-rail-1, sysio-1",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
}
TEST_CASE("on a Cray node NVML and the accelerators' counters are one, and the node gives way to its parts") {
  check(cray_nvidia, {.counted = "measured gpu-0, gpu-1, gpu-2, gpu-3, cpus, memory",
                      .shown = "node, accel0, accel1, accel2, accel3",
                      .truth = {"cores0", "uncore0", "dram0", "gpu0", "gpu1", "gpu2", "gpu3"}});
  fake_machine f;
  cray_nvidia(f);
  const machine m = detect(f);
  CHECK(is_explained(m, "accel2", "the same device as gpu-2"));
  CHECK(is_explained(m, "node", "its parts are known as well"));
}
TEST_CASE("on a Cray node with MI250X an accelerator is the card of two GPUs, of which one shows both") {
  std::string cards, chips;
  for (const char n : std::string("01234567")) {
    const std::string gpu = "gpu 0000:1" + std::string(1, n) + ":00.0";
    cards += gpu + (n % 2 == 1 ? " (not supported), " : ", ");
    chips += gpu + " (hwmon), ";
  }
  check(cray_mi250x, {.counted = "measured cpus, memory, accel0, accel1, accel2, accel3",
                      .shown = cards + chips + "node",
                      .truth = {"cores0", "uncore0", "dram0", "module0", "module1", "module2", "module3"}});
}
TEST_CASE("GPUs with an energy counter are measured, those without are integrated from power") {
  check(
      [](fake_machine& f) {
        cascade_lake(f);
        nvidia(f), nvidia(f, {.name = "NVIDIA A100-SXM4-80GB", .watts = 220});
        nvidia(f, {.name = "Tesla P100-SXM2-16GB", .counter = false, .watts = 190});
      },
      {.counted = "measured package-0, dram-0, package-1, dram-1, gpu-0, gpu-1; integrated gpu-2",
       .shown = "",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "gpu0", "gpu1", "gpu2"}});
}
TEST_CASE("a pair of MI100 counts by its counters of 32 bits, and its sensors are the same devices") {
  check(mi100_pair,
        {.counted = "measured package-0, gpu 0000:10:00.0, gpu 0000:11:00.0; modelled memory (model)",
         .shown = "core-0, gpu 0000:10:00.0 (hwmon), gpu 0000:11:00.0 (hwmon)",
         .truth = {"cores0", "uncore0", "a core of 0", "gpu0", "gpu1"}});
}
TEST_CASE("an MI100 whose counter stands still has its power integrated, and that is an event") {
  fake_machine f;
  mi100_pair(f);
  f.show();
  put(f.tree.root() + "/sysfs/devices/pci/amd1/gpu_metrics", metrics_bytes(0, 59'230, 160));
  f.stopped = {"0000:11:00.0"};
  run r(f);
  r.sample(100);
  CHECK(r.has_event("gpu 0000:11:00.0", "power is integrated in its place"));
  CHECK(r.line("gpu 0000:11:00.0").how() == provenance::integrated);
  CHECK(r.joules("gpu 0000:11:00.0") == doctest::Approx(1600).epsilon(0.02));  // 160 W, as its files say
  CHECK(r.joules("gpu 0000:10:00.0") == doctest::Approx(r.truth({"gpu0"})).epsilon(0.005));
}

// --- mixes

TEST_CASE("on a laptop neither battery, psys nor the graphics' sensor is added to the package") {
  const auto laptop = [](fake_machine& f) {
    ryzen_laptop(f);
    zone(f, "intel-rapl:1", "psys", "platform/psys", f.all());
    battery_pack(f);
  };
  check(laptop, {.counted = "measured package-0; modelled memory (model)",
                 .shown = "psys, gpu 0000:10:00.0 (hwmon), battery",
                 .truth = {"cores0", "uncore0"}});
  check(
      [&](fake_machine& f) {
        laptop(f);
        f.options.prefer_psys = true;
      },
      {.counted = "measured psys",
       .shown = "package-0, gpu 0000:10:00.0 (hwmon), battery",
       .truth = {"cores0", "uncore0", "dram0", "screen"}});
}
TEST_CASE("on a laptop whose package may not be read the battery counts as long as it feeds the machine") {
  check(
      [](fake_machine& f) {
        ryzen_laptop(f);
        battery_pack(f, "BAT1", "Discharging", 0.4), battery_pack(f, "BAT0", "Discharging", 0.6);
        f.files.fail("energy_uj", EACCES);
      },
      {.counted = "integrated batteries",
       .shown = "package-0 (no permission), gpu 0000:10:00.0 (hwmon)",
       .truth = {"cores0", "uncore0", "dram0", "screen"}});
}
TEST_CASE("a battery that is charged is no meter") {
  check(
      [](fake_machine& f) {
        thinkpad(f);
        battery_pack(f, "BAT0", "Charging");
      },
      {.counted = "measured package-0, dram-0",
       .shown = "core-0, uncore-0, psys",
       .truth = {"cores0", "uncore0", "dram0"}});
}
TEST_CASE("the CPU of an APU is not modelled beside the sensor that has it in") {
  check(
      [](fake_machine& f) {
        ryzen_laptop(f);
        f.files.fail("energy_uj", EACCES);
      },
      {.counted = "integrated gpu 0000:10:00.0 (hwmon); modelled memory (model)",
       .shown = "package-0 (no permission)",
       .truth = {"cores0", "uncore0"}});
}
TEST_CASE("the sockets of MI300A are not modelled beside the counters that have them in") {
  check(
      [](fake_machine& f) {
        cpus(f, "AuthenticAMD", 4);
        for (int n = 0; n < 4; ++n) {
          socket(f, n, 90, 300);
          amd(f, n, package(n),
              {.model = "0x74a0", .revision = 4, .chip = false, .numa_node = std::to_string(n)});
        }
      },
      {.counted = "measured gpu 0000:10:00.0, gpu 0000:11:00.0, gpu 0000:12:00.0, gpu 0000:13:00.0; modelled "
                  "memory (model)",
       .shown = "",
       .truth = {"cores0", "uncore0", "cores1", "uncore1", "cores2", "uncore2", "cores3", "uncore3"}});
}
TEST_CASE("the sockets of MI300A whose packages can be read are their packages") {
  check(
      [](fake_machine& f) {
        cpus(f, "AuthenticAMD", 2);
        for (int n = 0; n < 2; ++n) {
          socket(f, n, 90, 300);
          package_zone(f, numbered("intel-rapl:", n), n, amd_range);
          amd(f, n, package(n), {.model = "0x74a0", .revision = 4, .numa_node = std::to_string(n)});
        }
      },
      {.counted = "measured package-0, package-1; modelled memory (model)",
       .shown = "gpu 0000:10:00.0, gpu 0000:11:00.0, gpu 0000:10:00.0 (hwmon), gpu 0000:11:00.0 (hwmon)",
       .truth = {"cores0", "uncore0", "cores1", "uncore1"}});
}
TEST_CASE(
    "a module of Grace-Hopper whose GPU may not be opened counts as a whole, beside one that is split") {
  check(
      [](fake_machine& f) {
        grace_hopper(f, 2);
        f.nvidia["1.handle.status"] = "4";
      },
      {.counted = "measured gpu-0; integrated grace-0, module-1",
       .shown = "gpu-1 (no permission), module-0, cpu-rail-0, sysio-0, grace-1, cpu-rail-1, sysio-1",
       .truth = {"gpu0", "cores0", "uncore0", "dram0", "gpu1", "cores1", "uncore1", "dram1", "regulators1"}});
}
TEST_CASE("on Grace-Hopper that knows the power of the module only, the module counts") {
  check(
      [](fake_machine& f) {
        grace_hopper(f, 1, true, true, true);
        const parts module{"gpu0", "cores0", "uncore0", "dram0", "regulators0"};
        f.meter("nvml", "socket0/module", module, [&f](double, double watts) {
          f.nvidia.erase("0.energy_mj"), f.nvidia.erase("0.instant_mw"), f.nvidia.erase("0.power_mw");
          f.nvidia["0.module_mw"] = std::to_string(whole(watts * 1e3));
        });
      },
      {.counted = "integrated gpu-0",
       .shown = "module-0, grace-0, cpu-rail-0, sysio-0, gpu 0000:3b:00.0 (not supported)",
       .truth = {"gpu0", "cores0", "uncore0", "dram0", "regulators0"}});
}
TEST_CASE("a server's packages count in place of psys and the node's meter, unless psys is preferred") {
  const auto server = [](fake_machine& f) {
    sapphire_rapids(f);
    acpi(f, "", "node", f.all());
  };
  check(server, {.counted = "measured package-0, dram-0, package-1, dram-1",
                 .shown = "psys, node (ACPI)",
                 .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
  check(
      [&](fake_machine& f) {
        server(f);
        f.options.prefer_psys = true;
      },
      {.counted = "measured psys",
       .shown = "package-0, dram-0, package-1, dram-1, node (ACPI)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "fans"}});
  check(
      [&](fake_machine& f) {
        server(f);
        f.options.prefer_psys = true;
        f.files.fail("energy_uj", EACCES);
      },
      {.counted = "integrated node (ACPI)",
       .shown = "package-0 (no permission), dram-0 (no permission), package-1 (no permission), dram-1 (no "
                "permission), psys (no permission)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "fans"}});
}
TEST_CASE("a server of which one package cannot be read counts as a node") {
  check(
      [](fake_machine& f) {
        gpu_server(f, 2);
        f.files.fail("intel-rapl:1/energy_uj", EACCES);
      },
      {.counted = "integrated node (ACPI)",
       .shown = "package-0, dram-0, package-1 (no permission), dram-1, gpu-0, gpu-1",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "gpu0", "gpu1", "fans"}});
}
TEST_CASE("of a server's eight GPUs those count that this process may use") {
  check(
      [](fake_machine& f) {
        gpu_server(f);
        f.set("CUDA_VISIBLE_DEVICES", "2,3");
      },
      {.counted = "measured package-0, dram-0, package-1, dram-1, gpu-2, gpu-3",
       .shown = "gpu-0, gpu-1, gpu-4, gpu-5, gpu-6, gpu-7, node (ACPI)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "gpu2", "gpu3"}});
  fake_machine f;
  gpu_server(f);
  f.set("CUDA_VISIBLE_DEVICES", "2,3");
  const machine m = detect(f);
  CHECK(is_explained(m, "gpu-5", "not visible to this process: CUDA_VISIBLE_DEVICES is '2,3'"));
  CHECK(is_explained(m, "node (ACPI)", "its parts are known as well"));
}
TEST_CASE("a GPU server whose packages may not be read counts as a node, if it has a meter") {
  const auto locked = [](bool node_meter) {
    return [node_meter](fake_machine& f) {
      gpu_server(f, 2, node_meter);
      f.files.fail("energy_uj", EACCES);
    };
  };
  const std::string zones =
      "package-0 (no permission), dram-0 (no permission), package-1 (no permission), dram-1 (no permission)";
  check(locked(true),
        {.counted = "integrated node (ACPI)",
         .shown = zones + ", gpu-0, gpu-1",
         .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "gpu0", "gpu1", "fans"}});
  check(locked(false), {.counted = "measured gpu-0, gpu-1; modelled memory (model); assumed cpu (model)",
                        .shown = zones,
                        .truth = {"gpu0", "gpu1"}});
}
TEST_CASE("a Cray's accelerator whose GPU is not this process's is only shown") {
  check(
      [](fake_machine& f) {
        cray_nvidia(f);
        f.set("CUDA_VISIBLE_DEVICES", "1");
      },
      {.counted = "measured gpu-1, cpus, memory",
       .shown = "gpu-0, gpu-2, gpu-3, node, accel0, accel1, accel2, accel3",
       .truth = {"cores0", "uncore0", "dram0", "gpu1"}});
}
TEST_CASE("a Cray's accelerator of which neither GPU is this process's is only shown") {
  fake_machine f;
  cray_mi250x(f);
  f.set("ROCR_VISIBLE_DEVICES", "2,3");
  const machine m = detect(f);
  CHECK(counted(m) == "measured cpus, memory, accel1");
  CHECK(faults(m, f) == "");
}
TEST_CASE("a Cray's accelerator of which one GPU is this process's counts") {
  fake_machine f;
  cray_mi250x(f);
  f.set("ROCR_VISIBLE_DEVICES", "3");
  const machine m = detect(f);
  CHECK(named(m, "accel1").counted);
  CHECK(faults(m, f) == "");
}
TEST_CASE("on a Cray node the packages that RAPL shows are parts of its CPUs") {
  check(
      [](fake_machine& f) {
        cray_nvidia(f);
        package_zone(f, "intel-rapl:0", 0, amd_range);
        acpi(f, "", "node", f.all());
      },
      {.counted = "measured gpu-0, gpu-1, gpu-2, gpu-3, cpus, memory",
       .shown = "package-0, node (ACPI), node, accel0, accel1, accel2, accel3",
       .truth = {"cores0", "uncore0", "dram0", "gpu0", "gpu1", "gpu2", "gpu3"}});
}
TEST_CASE("on a Cray node without a counter of its CPUs the node counts, or its packages and accelerators") {
  const auto blade = [](fake_machine& f) {
    cray_nvidia(f);
    f.show();
    f.files.fail("cpu_energy", ENOENT);
    f.files.fail("memory_energy", ENOENT);
  };
  fake_machine f;
  blade(f);
  CHECK(faults(detect(f), f) == "");
}
TEST_CASE("a Cray's accelerators that the kernel does not show are not counted beside NVML's GPUs") {
  fake_machine f;
  cray_nvidia(f);
  f.tree.remove("procfs/driver/nvidia");
  run r(f);
  r.sample(40);
  CHECK(r.joules() <= r.truth(f.all()) * 1.005);
  CHECK(faults(r.m, f) == "");
}
TEST_CASE("an AMD card whose place is not known is not counted by its driver and its sensor both") {
  fake_machine f;
  cascade_lake(f);
  f.part("gpu0", 200);
  amd(f, 0, {"gpu0"});
  f.files.fail("uevent", EACCES);
  run r(f);
  CAPTURE(counted(r.m));
  r.sample(40);
  CHECK(r.joules() <= r.truth(f.all()) * 1.005);
}
TEST_CASE("in a container without counters of the CPU, GPUs are measured and the rest is modelled") {
  check(container, {.counted = "measured gpu-0, gpu-1; modelled memory (model); assumed cpu (model)",
                    .shown = "",
                    .truth = {"gpu0", "gpu1"}});
  fake_machine f;
  container(f);
  const std::string text = detect(f).explain();
  CHECK(says(text, "masked"));
  CHECK(says(text, "run: docker run -v /sys:/host_sys:ro -e KAYA_SYSFS=/host_sys IMAGE"));
  CHECK(says(text, "run: docker run --cap-add PERFMON IMAGE"));
}
TEST_CASE("in a virtual machine the GPU that is passed through is measured, the rest is modelled") {
  check(
      [](fake_machine& f) {
        cpus(f, "GenuineIntel", 1, "fpu msr hypervisor");
        nvidia(f, {.name = "NVIDIA A10G", .watts = 140});
      },
      {.counted = "measured gpu-0; modelled memory (model); assumed cpu (model)",
       .shown = "",
       .truth = {"gpu0"}});
}
TEST_CASE("in a virtual machine whose GPU has no meter the GPU is named as lacking") {
  fake_machine f;
  cpus(f, "GenuineIntel", 1, "fpu msr hypervisor");
  nvidia(f, {.name = "GRID T4-8Q", .counter = false, .power = false});
  f.nvidia.erase("0.limit_mw");
  const machine m = detect(f);
  CHECK(counted(m) == "modelled memory (model); assumed cpu (model)");
  CHECK(shown(m) == "gpu-0 (not supported)");
  CHECK(faults(m, f) == "");
}
TEST_CASE("a kernel that opens the PMU is preferred to powercap for the same counters") {
  check(
      [](fake_machine& f) {
        cascade_lake(f);
        pmu(f, 2);
      },
      {.counted = "measured package-0, dram-0, package-1, dram-1",
       .shown = "package-0 (powercap), dram-0 (powercap), package-1 (powercap), dram-1 (powercap)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
  check(
      [](fake_machine& f) {
        cascade_lake(f);
        pmu(f, 2);
        f.files.fail("energy_uj", EACCES);
      },
      {.counted = "measured package-0, dram-0, package-1, dram-1",
       .shown = "package-0 (powercap) (no permission), dram-0 (powercap) (no permission), package-1 "
                "(powercap) (no permission), dram-1 (powercap) (no permission)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
}
TEST_CASE("psys that is preferred contains also what the PMU shows of the packages") {
  check(
      [](fake_machine& f) {
        thinkpad(f);
        pmu(f, 1);
        f.options.prefer_psys = true;
      },
      {.counted = "measured psys",
       .shown = "package-0, dram-0, package-0 (powercap), core-0, uncore-0, dram-0 (powercap)",
       .truth = {"cores0", "uncore0", "dram0", "screen"}});
}
TEST_CASE("packages whose dies have zones of their own are the sum of these") {
  check(
      [](fake_machine& f) {
        cpus(f, "GenuineIntel", 2);
        for (int n = 0; n < 4; ++n) {
          socket(f, n, 100 + n, 30, 12);
          const std::string place = std::to_string(n / 2) + "-die-" + std::to_string(n % 2);
          const std::string at = "socket" + std::to_string(n / 2) + "/die" + std::to_string(n % 2);
          zone(f, numbered("intel-rapl:", n), "package-" + place, at + "/package", package(n), intel_range,
               std::uint64_t{40'000'000'000} * static_cast<unsigned>(n + 1));
          zone(f, numbered("intel-rapl:", n) + ":0", "dram", at + "/dram", {numbered("dram", n)},
               server_dram_range, std::uint64_t{9'000'000'000} * static_cast<unsigned>(n + 1));
        }
      },
      {.counted = "measured package-0-die-0, dram-0-die-0, package-0-die-1, dram-0-die-1, package-1-die-0, "
                  "dram-1-die-0, package-1-die-1, dram-1-die-1",
       .shown = "",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "cores2", "uncore2", "dram2",
                 "cores3", "uncore3", "dram3"}});
}
TEST_CASE("twelve sockets are twelve, the eleventh after the tenth") {
  fake_machine f;
  cpus(f, "GenuineIntel", 12);
  std::string names;
  for (int n = 0; n < 12; ++n) {
    socket(f, n);
    package_zone(f, numbered("intel-rapl:", 11 - n), n);
    dram_zone(f, numbered("intel-rapl:", 11 - n) + ":0", n);
    names += (n > 0 ? ", " : "") + numbered("package-", n) + ", " + numbered("dram-", n);
  }
  const machine m = detect(f);
  CHECK(counted(m) == "measured " + names);
  CHECK(faults(m, f) == "");
}
TEST_CASE("an Altra's sockets are integrated and its memory is modelled") {
  check(altra, {.counted = "integrated package-0 (altra), package-1 (altra); modelled memory (model)",
                .shown = "",
                .truth = {"cores0", "uncore0", "cores1", "uncore1"}});
}
TEST_CASE("a POWER9's processors count in place of the system") {
  check(power9, {.counted = "integrated package-0 (OCC), package-1 (OCC); modelled memory (model)",
                 .shown = "node (OCC)",
                 .truth = {"cores0", "uncore0", "cores1", "uncore1"}});
}
TEST_CASE("a laptop of Apple's is its total system power, on battery and on mains, in both spellings") {
  for (const char* name : {"macsmc_hwmon", "macsmc-hwmon"})
    for (const bool on_battery : {false, true})
      check(
          [&](fake_machine& f) {
            apple(f, name);
            if (on_battery) battery_pack(f, "macsmc-battery");
          },
          {.counted = "integrated node (SMC)",
           .shown =
               std::string("AC Input Power (SMC), 3.8 V Rail Power (SMC)") + (on_battery ? ", battery" : ""),
           .truth = {"soc", "screen", "rails"}});
}
TEST_CASE("sockets that amd_energy and powercap show count once, by whichever may be read") {
  const parts truth{"cores0", "uncore0", "a core of 0", "cores1", "uncore1", "a core of 1"};
  const auto both = [](const char* unreadable) {
    return [unreadable](fake_machine& f) {
      epyc(f);
      amd_energy(f, 2);
      if (*unreadable != '\0') f.files.fail(unreadable, EACCES);
    };
  };
  check(both(""), {.counted = "measured package-0, package-1; modelled memory (model)",
                   .shown = "core-0, core-1, package-0 (amd_energy), package-1 (amd_energy)",
                   .truth = truth});
  check(both("energy_uj"),
        {.counted = "measured package-0 (amd_energy), package-1 (amd_energy); modelled memory (model)",
         .shown = "package-0 (no permission), core-0 (no permission), package-1 (no permission), core-1 (no "
                  "permission)",
         .truth = truth});
  check(both("_input"), {.counted = "measured package-0, package-1; modelled memory (model)",
                         .shown = "core-0, core-1, package-0 (amd_energy) (no permission), package-1 "
                                  "(amd_energy) (no permission)",
                         .truth = truth});
}
TEST_CASE(
    "a card of Intel's counts by its own driver's counter, the graphics in the CPU are in the package") {
  for (const std::string driver : {"xe", "i915"})
    check(
        [&](fake_machine& f) {
          haswell_desktop(f);
          f.tree.write("sysfs/class/drm/card0/device/vendor", "0x8086\n");
          f.tree.write("sysfs/class/drm/card0/device/uevent", "PCI_SLOT_NAME=0000:00:02.0\n");
          arc(f, 1, driver, "0000:03:00.0"), arc(f, 2, driver, "0000:08:00.0");
        },
        {.counted = "measured package-0, dram-0, gpu 0000:03:00.0 (hwmon), gpu 0000:08:00.0 (hwmon)",
         .shown = driver == "xe"
                      ? "core-0, uncore-0, gpu 0000:03:00.0 package (hwmon), gpu 0000:08:00.0 package (hwmon)"
                      : "core-0, uncore-0, gpu 0000:03:00.0 gt0 (hwmon), gpu 0000:08:00.0 gt0 (hwmon)",
         .truth = {"cores0", "uncore0", "agent0", "dram0", "arc1", "arcmem1", "arc2", "arcmem2"}});
}
TEST_CASE("cards that only their makers' libraries show count beside those with files") {
  check(
      [](fake_machine& f) {
        cascade_lake(f);
        f.part("gpu0", 150);
        amd(f, 0, {"gpu0"});
        by_rocm_smi(f, 1), by_rocm_smi(f, 2);
        arc(f, 1, "xe", "0000:03:00.0");
        by_level_zero(f, 2), by_level_zero(f, 3);
      },
      {.counted =
           "measured package-0, dram-0, package-1, dram-1, gpu 0000:10:00.0, gpu 0000:03:00.0 (hwmon), "
           "gpu 0000:11:00.0 (rocm_smi), gpu 0000:12:00.0 (rocm_smi), gpu 0000:42:00.0 (level_zero), "
           "gpu 0000:43:00.0 (level_zero)",
       .shown = "gpu 0000:10:00.0 (hwmon), gpu 0000:03:00.0 package (hwmon)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1", "gpu0", "rocm1", "rocm2", "arc1",
                 "arcmem1", "arc2", "arcmem2", "arc3", "arcmem3"}});
}
TEST_CASE("a power supply with a meter gives way to what is known of CPU and card, and takes their place") {
  const auto desktop = [](fake_machine& f) {
    haswell_desktop(f);
    nvidia(f, {.name = "NVIDIA GeForce RTX 4090"});
    f.part("disks", 40);
    sensor(f, chip(f, "corsairpsu"), "power1_input", "power total", "node", f.all());
  };
  check(desktop, {.counted = "measured package-0, dram-0, gpu-0",
                  .shown = "core-0, uncore-0, node (PSU)",
                  .truth = {"cores0", "uncore0", "agent0", "dram0", "gpu0"}});
  check(
      [&](fake_machine& f) {
        desktop(f);
        f.nvidia["0.energy.status"] = f.nvidia["0.fields.status"] = f.nvidia["0.power.status"] = "3";
      },
      {.counted = "integrated node (PSU)",
       .shown = "package-0, core-0, uncore-0, dram-0, gpu-0 (not supported)",
       .truth = {"cores0", "uncore0", "agent0", "dram0", "gpu0", "disks"}});
}
TEST_CASE("the rails of a Xavier add up, memory among them") {
  check(
      [](fake_machine& f) {
        arm_cpus(f, "0x4e", "0x004", 1);
        int k = 0;
        std::string path;
        for (const char* label : {"GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"}) {
          const std::string name = std::string(label) == "VDDRQ" ? "dram"
                                   : std::string(label) == "CPU" ? "cpu"
                                                                 : label;
          f.part(name, 4 + k);
          if (k % 3 == 0) path = chip(f, "ina3221");
          rail(f, path, k % 3 + 1, label, std::string("jetson/") + label, {name}, 19000);
          ++k;
        }
      },
      {.counted = "integrated GPU, CPU, SOC, CV, VDDRQ, SYS5V",
       .shown = "",
       .truth = {"GPU", "cpu", "SOC", "CV", "dram", "SYS5V"}});
}
TEST_CASE("a board with a rail for the whole contains the GPU that NVML shows") {
  check(
      [](fake_machine& f) {
        f.part("gpu0", 0);
        nvidia(f, {.name = "NVIDIA RTX 6000 Ada Generation", .watts = 120});
        orin_nx(f);
        f.tree.remove("sysfs/class/hwmon");
        const std::string path = chip(f, "ina3221");
        rail(f, path, 1, "VDD_IN", "node", {"cpu+gpu", "soc", "board", "gpu0"}, 12000);
      },
      {.counted = "integrated VDD_IN", .shown = "gpu-0", .truth = {"cpu+gpu", "soc", "board", "gpu0"}});
}
TEST_CASE("a machine without GPUs wanted names those it has, and counts the rest") {
  check(
      [](fake_machine& f) {
        gpu_server(f, 2, false);
        f.part("amd", 100);
        amd(f, 0, {"amd"});
        f.options.gpus = false;
      },
      {.counted = "measured package-0, dram-0, package-1, dram-1",
       .shown =
           "gpu 0000:10:00.0 (hwmon) (disabled), gpu 0000:3b:00.0 (disabled), gpu 0000:4b:00.0 (disabled)",
       .truth = {"cores0", "uncore0", "dram0", "cores1", "uncore1", "dram1"}});
}

// --- faults while a run goes on

namespace {

/// Whether a channel alone was hit: an event, a reason, and time without energy; all others are whole.
void check_fault(run& r, const std::vector<std::string>& hit, missing why) {
  for (const timeline& t : r.ledger.timelines()) {
    const std::string& name = t.channel().name;
    if (!t.counted() || t.channel().mechanism == "model") continue;
    CAPTURE(name);
    CAPTURE(r.events());
    const bool is_hit = std::find(hit.begin(), hit.end(), name) != hit.end();
    CHECK(r.has_event(name, "can no longer be read") == is_hit);
    if (is_hit) {
      CHECK(t.why() == why);
      CHECK(r.coverage(name) < 0.99);
      CHECK(r.coverage(name) > 0.3);
    } else {
      CHECK(r.coverage(name) == 1);
      const parts* const of = r.fake.parts_of(t.channel().mechanism, t.channel().device);
      REQUIRE(of != nullptr);
      CHECK(r.joules(name) == doctest::Approx(r.truth(*of)).epsilon(0.005));
    }
  }
}
/// After that it can be read again.
void check_return(run& r, const std::vector<std::string>& hit) {
  for (const std::string& name : hit) {
    CAPTURE(name);
    CAPTURE(r.events());
    CHECK(r.has_event(name, "can be read again"));
    CHECK_FALSE(r.line(name).why());
  }
}

}  // namespace

TEST_CASE("a GPU that is lost is an event and a gap, and what it counted meanwhile is not") {
  fake_machine f;
  gpu_server(f, 3, false);
  run r(f);
  r.sample(20);
  f.nvidia["1.status"] = "15";
  r.sample(30);
  check_fault(r, {"gpu-1"}, missing::lost);
  f.nvidia.erase("1.status");
  r.sample(30);
  check_return(r, {"gpu-1"});
  CHECK(r.joules("gpu-1") == doctest::Approx(r.truth({"gpu1"})).epsilon(0.005));
}
TEST_CASE("a GPU whose power is integrated has no energy for the time that it was lost") {
  fake_machine f;
  gpu_server(f, 1, false);
  nvidia(f, {.name = "Tesla P100-SXM2-16GB", .counter = false, .watts = 190});
  run r(f);
  r.sample(20);
  const double before = r.joules("gpu-1");
  f.nvidia["1.status"] = "999";
  r.sample(40);
  check_fault(r, {"gpu-1"}, missing::lost);
  CHECK(r.joules("gpu-1") == before);
  f.nvidia.erase("1.status");
  r.sample(30);
  check_return(r, {"gpu-1"});
  CHECK(r.coverage("gpu-1") < 0.7);
  CHECK(r.joules("gpu-1") > before * 1.5);
  CHECK(r.joules("gpu-1") < r.truth({"gpu1"}) * 0.8);
}
TEST_CASE("a sensor that asks to be tried again is a gap of its own socket") {
  fake_machine f;
  altra(f);
  run r(f);
  r.sample(20);
  f.files.fail_read("hwmon1/power2_input", EAGAIN);
  r.sample(30);
  check_fault(r, {"package-1 (altra)"}, missing::lost);
  f.files.heal();
  r.sample(20);
  check_return(r, {"package-1 (altra)"});
  CHECK(r.coverage("package-1 (altra)") < 1);
}
TEST_CASE("a Cray whose scans come too fast to be read is a gap of its counters, not of the GPUs") {
  fake_machine f;
  cray_nvidia(f);
  run r(f);
  r.sample(20);
  f.files.restless = true;
  r.sample(20);
  check_fault(r, {"cpus", "memory"}, missing::lost);
  f.files.restless = false;
  r.sample(20);
  check_return(r, {"cpus", "memory"});
  CHECK(r.joules("cpus") == doctest::Approx(r.truth(package(0))).epsilon(0.005));
}
TEST_CASE("a package whose CPUs went offline is a gap of its counters") {
  fake_machine f;
  cascade_lake(f);
  pmu(f, 2);
  f.files.fail("energy_uj", EACCES);
  run r(f);
  r.sample(20);
  fake_kernel::here().offline[4] = true;
  r.sample(30);
  check_fault(r, {"package-1", "dram-1"}, missing::lost);
  fake_kernel::here().offline.clear();
  r.sample(30);
  check_return(r, {"package-1", "dram-1"});
}
TEST_CASE("a counter that starts anew is an event, and no energy of any size is made up") {
  fake_machine f;
  cascade_lake(f);
  f.stopped = {"socket1/package"};
  const std::string file = f.tree.sysfs() + "/class/powercap/intel-rapl:1/energy_uj";
  std::uint64_t count = 30'000'000'000;
  f.meter("test", "test", package(1),
          [&](double, double) { put(file, std::to_string(count += 9'000'000) + "\n"); });
  run r(f);
  r.sample(20);
  count = 0;
  r.sample(40);
  CHECK(r.has_event("package-1", "the counter started anew"));
  CHECK(r.line("package-1").resets == 1);
  CHECK(r.joules("package-1") > 500);
  CHECK(r.joules("package-1") < 541);
  CHECK(r.coverage("package-1") < 1);
  CHECK(r.joules("package-0") == doctest::Approx(r.truth(package(0))).epsilon(0.005));
  CHECK(r.coverage("package-0") == 1);
}
TEST_CASE("a zone that fails, whatever with, is a gap with the reason") {
  const struct {
    int error;
    missing why;
  } cases[] = {{EIO, missing::lost},    {ENODEV, missing::lost},          {ENOENT, missing::lost},
               {EAGAIN, missing::lost}, {EACCES, missing::no_permission}, {ENODATA, missing::not_supported}};
  for (const auto& c : cases) {
    fake_machine f;
    cascade_lake(f);
    run r(f);
    r.sample(20);
    CAPTURE(c.error);
    f.files.fail("intel-rapl:1:0/energy_uj", c.error);
    r.sample(10);
    check_fault(r, {"dram-1"}, c.why);
    f.files.heal();
    r.sample(10);
    check_return(r, {"dram-1"});
    CHECK(r.joules("dram-1") == doctest::Approx(r.truth({"dram1"})).epsilon(0.005));
  }
}
TEST_CASE("nonsense in place of a figure is a gap with the reason") {
  for (const char* text : {"", "N/A\n", "-1\n", "1e9\n", "18446744073709551616\n"}) {
    fake_machine f;
    cascade_lake(f);
    run r(f);
    r.sample(20);
    CAPTURE(text);
    f.files.replace("intel-rapl:0/energy_uj", text);
    r.sample(10);
    check_fault(r, {"package-0"}, missing::implausible);
  }
}
TEST_CASE("firmware's word for an error is no power of the node") {
  fake_machine f;
  gpu_server(f, 1);
  f.files.fail("energy_uj", EACCES);
  run r(f);
  r.sample(20);
  f.files.replace("power1_average", "4294967295000\n");
  r.sample(10);
  check_fault(r, {"node (ACPI)"}, missing::implausible);
  CHECK(r.joules() < r.truth(f.all()));
}
TEST_CASE("an AMD card that falls asleep is a gap of its own") {
  fake_machine f;
  cray_mi250x(f);
  f.tree.remove("sysfs/cray");
  run r(f);
  CHECK(counted(r.m) ==
        "measured gpu 0000:10:00.0, gpu 0000:12:00.0, gpu 0000:14:00.0, gpu 0000:16:00.0; "
        "modelled memory (model); assumed cpu (model)");
  r.sample(20);
  f.files.fail_read("card2/device/gpu_metrics", EPERM);
  r.sample(10);
  check_fault(r, {"gpu 0000:12:00.0"}, missing::lost);
  f.files.heal();
  r.sample(10);
  check_return(r, {"gpu 0000:12:00.0"});
  CHECK(r.joules("gpu 0000:12:00.0") == doctest::Approx(r.truth({"module1"})).epsilon(0.005));
}
TEST_CASE("a laptop that is put on the mains has no more energy by its battery, and none is made up") {
  fake_machine f;
  ryzen_laptop(f);
  battery_pack(f);
  f.files.fail("energy_uj", EACCES);
  run r(f);
  r.sample(30);
  const double before = r.joules("battery");
  put(f.tree.sysfs() + "/class/power_supply/BAT0/status", "Charging\n");
  r.sample(30);
  check_fault(r, {"battery"}, missing::not_present);
  CHECK(r.joules("battery") == before);
}
TEST_CASE("when all meters of a machine fail at once, each is told and none is zero") {
  const builder machines[] = {haswell_desktop, sapphire_rapids, agx_orin,
                              cray_nvidia,     power9,          [](fake_machine& f) { gpu_server(f, 2); }};
  for (const builder& build : machines) {
    fake_machine f;
    build(f);
    run r(f);
    r.sample(20);
    const double before = r.joules();
    f.files.fail("sysfs/", EIO);
    for (const char* gpu : {"0", "1", "2", "3"}) f.nvidia[std::string(gpu) + ".status"] = "999";
    r.sample(20);
    CHECK(r.joules() == before);
    for (const timeline& t : r.ledger.timelines()) {
      CAPTURE(t.channel().name);
      if (!t.counted() || t.channel().mechanism == "model") continue;
      CHECK(t.why() == missing::lost);
      CHECK(r.has_event(t.channel().name, "can no longer be read"));
      CHECK(r.coverage(t.channel().name) < 0.6);
    }
  }
}

// --- machines that nobody has seen

namespace {

class dice {
 public:
  explicit dice(unsigned seed) : random_(seed) {}
  int number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool toss(int of = 2) { return number(of) == 0; }

 private:
  std::mt19937 random_;
};

/// Any of the pieces that can stand together in one machine.
void any_machine(fake_machine& f, dice& d) {
  const int sockets = 1 + d.number(2), kind = d.number(6);
  if (kind == 0) {  // Intel, with its platform
    const int model = d.toss() ? 143 : 85;
    cpus(f, "GenuineIntel", sockets, d.toss(8) ? "fpu hypervisor" : "fpu", model);
    f.part("fans", 30);
    for (int n = 0; n < sockets; ++n) socket(f, n);
    for (int n = 0; n < sockets; ++n) {
      const std::string entry = numbered("intel-rapl:", sockets - n);
      if (d.toss(4)) continue;
      package_zone(f, entry, n);
      if (d.toss()) zone(f, entry + ":0", "core", zone_of(n, "core"), {numbered("cores", n)});
      if (d.toss()) zone(f, entry + ":1", "uncore", zone_of(n, "uncore"), {numbered("uncore", n)});
      if (d.toss()) dram_zone(f, entry + ":2", n);
      if (d.toss(3)) package_zone(f, numbered("intel-rapl-mmio:", n), n);
    }
    if (d.toss()) pmu(f, sockets, d.toss());
    f.options.prefer_psys = d.toss(12);  // which takes a quarter of a second
    if (d.toss()) zone(f, "intel-rapl:0", "psys", "platform/psys", f.all(), server_psys_range);
  } else if (kind == 1) {  // AMD
    epyc(f, sockets);
    if (d.toss()) amd_energy(f, sockets);
    if (d.toss(3)) f.tree.remove("sysfs/class/powercap");
  } else if (kind == 2) {  // Grace, alone or with Hopper
    const bool hopper = d.toss();
    arm_cpus(f, "0x41", "0xd4f", sockets);
    for (int n = 0; n < sockets; ++n) {
      if (hopper) nvidia(f, {.name = "NVIDIA GH200 480GB", .counter = !d.toss(4)});
      const bool with_module = hopper && d.toss(), with_grace = !d.toss(4);
      grace(f, n, hopper ? parts{numbered("gpu", n)} : parts{}, with_module, with_grace);
    }
  } else if (kind == 3) {
    d.toss() ? altra(f) : d.toss() ? power9(f) : apple(f);
  } else if (kind == 4) {
    d.toss() ? orin_nx(f) : agx_orin(f);
  } else {  // a blade
    cpus(f, "AuthenticAMD", 1);
    socket(f, 0);
    std::vector<std::pair<std::string, parts>> all;
    const int cards = d.number(5);
    for (int i = 0; i < cards; ++i) {
      const std::string address = nvidia(f);
      all.push_back({address, {numbered("gpu", i)}});
    }
    if (d.toss()) package_zone(f, "intel-rapl:0", 0, amd_range);
    cray_counters(f, 1, all);
    return;
  }
  const int cards = kind == 2 ? 0 : d.number(3);
  for (int i = 0; i < cards; ++i) {
    switch (d.number(5)) {
      case 0:
        nvidia(f, {.counter = d.toss(), .power = !d.toss(4)});
        break;
      case 1:
        f.part(numbered("amd", i), 200);
        amd(f, i, {numbered("amd", i)}, {.revision = d.toss() ? 3 : d.toss() ? 0 : -1, .chip = d.toss()});
        break;
      case 2:
        arc(f, i, d.toss() ? "xe" : d.toss() ? "i915" : "", "0000:5" + std::to_string(i) + ":00.0");
        break;
      case 3:
        by_rocm_smi(f, i);
        break;
      default:
        by_level_zero(f, i);
    }
  }
  if (d.toss(3)) f.set("CUDA_VISIBLE_DEVICES", d.toss() ? "0" : "");
  if (d.toss(4)) f.set("ROCR_VISIBLE_DEVICES", d.toss() ? "0" : "");
  if (d.toss(3)) battery_pack(f, "BAT0", d.toss() ? "Discharging" : d.toss() ? "Full" : "Charging");
  if (d.toss(3) && kind < 2) acpi(f, "", "node", f.all());
  if (d.toss(4)) sensor(f, chip(f, "corsairpsu"), "power1_input", "power total", "node", f.all());
  f.options.gpus = !d.toss(10);
}
/// Some of it cannot be read, or holds something else.
void break_some(fake_machine& f, dice& d) {
  const char* const pieces[] = {"energy_uj",
                                "intel-rapl:0",
                                "intel-rapl:1/energy_uj",
                                "max_energy_range_uj",
                                "class/hwmon",
                                "hwmon0/",
                                "hwmon1/",
                                "hwmon2/",
                                "_oem_info",
                                "_label",
                                "power1_average",
                                "power1_input",
                                "energy1_input",
                                "class/drm",
                                "gpu_metrics",
                                "pm_counters",
                                "freshness",
                                "cpu_energy",
                                "accel1_energy",
                                "power_supply",
                                "power_now",
                                "BAT0/status",
                                "class/powercap",
                                "procfs/cpuinfo",
                                "procfs/stat",
                                "procfs/meminfo",
                                "topology",
                                "devices/power/",
                                "event_source"};
  const int errors[] = {EACCES, EPERM, ENOENT, EIO, ENODATA, EAGAIN, ENODEV, EOPNOTSUPP};
  const char* const texts[] = {
      "", "N/A\n", "-1\n", "0\n", "4294967295000\n", "18446744073709551615\n", "\xff\xff\n"};
  for (int n = d.number(5); n > 0; --n) {
    const std::string piece = pieces[d.number(static_cast<int>(std::size(pieces)))];
    const int error = errors[d.number(static_cast<int>(std::size(errors)))];
    switch (d.number(4)) {
      case 0:
        f.files.fail_read(piece, error);
        break;
      case 1:
        f.files.fail_open(piece, error);
        break;
      case 2:
        f.files.replace(piece, texts[d.number(static_cast<int>(std::size(texts)))]);
        break;
      default:
        f.files.fail(piece, error);
    }
  }
  if (d.toss(4)) f.nvidia["0.status"] = d.toss() ? "4" : "15";
  if (d.toss(4)) f.nvidia["1.handle.status"] = "4";
  if (d.toss(6)) f.nvidia["count.status"] = "999";
  if (d.toss(4)) fake_kernel::here().refuses = d.toss() ? EPERM : EACCES;
}

}  // namespace

TEST_CASE("on any machine, whole or broken, no part is counted twice and nothing throws") {
  int broken = 0, split = 0;
  for (unsigned seed = 1; seed <= 360; ++seed) {
    dice d(seed);
    const int step = 1 + d.number(3);
    fake_machine f({static_cast<layout>(d.number(3)), d.toss(), d.number(9), step});
    any_machine(f, d);
    const bool breaks = d.toss();
    if (breaks) break_some(f, d);
    CAPTURE(seed);
    run r(f);
    CAPTURE(counted(r.m));
    CAPTURE(shown(r.m));
    CHECK(faults(r.m, f) == "");
    r.sample(3);
    const double most = r.truth(f.all());
    if (!breaks) CHECK(r.joules() <= most * 1.2 + 12);  // swings that one sample cannot see; whole joules
    for (const timeline& t : r.ledger.timelines())
      if (t.counted() && t.channel().mechanism != "model") CHECK(t.total_uj >= 0);
    broken += breaks;
    split += says(r.m.explain(), "its parts are known as well");
  }
  CHECK(broken > 100);
  CHECK(split > 20);
}
