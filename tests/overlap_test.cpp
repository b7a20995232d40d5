// SPDX-License-Identifier: MIT
#include <kaya/meter/overlap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace kaya::meter;

namespace {

struct row {
  const char* name;
  component part;
  provenance how;
  const char* device;
  const char* inside = "";
};

const int sources[64] = {};  // their addresses are what tells them apart

claim make(const row& r, std::size_t source) {
  claim c;
  c.what.name = r.name;
  c.what.part = r.part;
  c.what.how = r.how;
  c.what.device = r.device;
  c.what.inside = r.inside;
  c.source = &sources[source];
  return c;
}
claim& named(std::vector<claim>& all, const std::string& name) {
  for (claim& c : all)
    if (c.what.name == name) return c;
  FAIL("no claim ", name);
  return all[0];
}
/// The names of what counts, after letting `change` loose on the claims. Each row is a source of its own.
template <class F>
std::string counted(const std::vector<row>& rows, F&& change, const std::vector<containment>& facts = {}) {
  std::vector<claim> all;
  for (const row& r : rows) all.push_back(make(r, all.size()));
  change(all);
  overlap(all, facts).decide();
  std::string text;
  for (const claim& c : all)
    if (c.what.counted) text += (text.empty() ? "" : ", ") + c.what.name;
  return text;
}
std::string counted(const std::vector<row>& rows, const std::vector<containment>& facts = {}) {
  return counted(
      rows, [](std::vector<claim>&) {}, facts);
}

constexpr auto cpu = component::cpu, memory = component::memory, gpu = component::gpu,
               platform = component::platform, other = component::other;
constexpr auto measured = provenance::measured, integrated = provenance::integrated,
               modelled = provenance::modelled;

const row package0{"package-0", cpu, measured, "socket0/package"};
const row package1{"package-1", cpu, measured, "socket1/package"};
const row dram0{"dram-0", memory, measured, "socket0/dram"};
const row node_power{"node", platform, integrated, "node"};
const row node_energy{"node", platform, measured, "node"};
const row card0{"gpu-0", gpu, measured, "0000:3b:00.0"};
const row card1{"gpu-1", gpu, integrated, "0000:af:00.0"};
const row cpu_model{"cpu (model)", cpu, modelled, "cpu"};
const row memory_model{"memory (model)", memory, modelled, "memory"};

void as_models(std::vector<claim>& all) {
  for (claim& c : all)
    if (c.what.how == modelled) c.from = origin::model;
}

}  // namespace

TEST_CASE("a node's power gives way to counters of its packages and cards") {
  CHECK(counted({node_power, package0, package1, dram0, card0}) == "package-0, package-1, dram-0, gpu-0");
}
TEST_CASE("a node's power counts where a card in it has no meter") {
  CHECK(counted({node_power, package0, card0, card1}, [](std::vector<claim>& all) {
          named(all, "gpu-1").what.why = missing::no_permission;
        }) == "node");
}
TEST_CASE("a node's power counts where one of its packages cannot be read") {
  CHECK(counted({node_power, package0, package1},
                [](std::vector<claim>& all) { named(all, "package-1").what.why = missing::lost; }) == "node");
}
TEST_CASE("a node's counter is not given up for parts of which one is only integrated") {
  CHECK(counted({node_energy, package0, card1}) == "node");
  CHECK(counted({node_energy, package0, card0}) == "package-0, gpu-0");
}
TEST_CASE("a card that is only shown, for it is not this process's, is nothing that lacks") {
  CHECK(counted({node_power, package0, card1},
                [](std::vector<claim>& all) { named(all, "gpu-1").what.counted = false; }) == "package-0");
}
TEST_CASE("a node's power counts in place of a modelled CPU, and of the card beside it") {
  CHECK(counted({node_power, card0, cpu_model, memory_model}, as_models) == "node");
}
TEST_CASE("a CPU beside a metered card is modelled, and so is memory that nothing meters") {
  CHECK(counted({card0, cpu_model, memory_model}, as_models) == "gpu-0, cpu (model), memory (model)");
  CHECK(counted({package0, memory_model}, as_models) == "package-0, memory (model)");
  CHECK(counted({package0, dram0, memory_model}, as_models) == "package-0, dram-0");
}
TEST_CASE("memory that is in another channel's energy is not modelled") {
  CHECK(counted({{"grace-0", cpu, integrated, "socket0/grace"}, memory_model}, [](std::vector<claim>& all) {
          as_models(all);
          named(all, "grace-0").what.has_memory = true;
        }) == "grace-0");
}
TEST_CASE("cores and uncore are parts of their package, whichever source shows them") {
  CHECK(counted({{"core-0", cpu, measured, "socket0/core", "socket0/package"},
                 package0,
                 {"uncore-0", gpu, measured, "socket0/uncore", "socket0/package"}}) == "package-0");
}
TEST_CASE("of two sources for a device, the one that is known better is read, else the first") {
  const row perf{"package-0 (perf)", cpu, measured, "socket0/package"};
  const row zen{"package-0 (zenpower)", cpu, integrated, "socket0/package"};
  CHECK(counted({perf, package0}) == "package-0 (perf)");
  CHECK(counted({zen, package0}) == "package-0");
  std::vector<claim> all{make(zen, 0), make(package0, 1), make(perf, 2)};
  overlap(all, {}).decide();
  CHECK_FALSE(all[0].read);
  CHECK(all[1].read);
  CHECK_FALSE(all[2].read);
  CHECK(all[2].what.note.find("the same device as package-0") != std::string::npos);
}
TEST_CASE("the second source of a device counts where the first may not be read") {
  CHECK(counted({{"package-0 (perf)", cpu, measured, "socket0/package"}, package0},
                [](auto& all) { all[0].what.why = missing::no_permission; }) == "package-0");
}
TEST_CASE("psys counts in place of packages and memory only if it was asked for") {
  const row psys{"psys", platform, measured, "platform/psys"};
  row package = package0, dram = dram0;
  package.inside = dram.inside = "platform/psys";
  CHECK(counted({psys, package, dram, node_power}) == "package-0, dram-0");
  CHECK(counted({psys, package, dram, node_power}, [](auto& all) { all[0].what.asked_for = true; }) ==
        "psys");
}
TEST_CASE("on Grace-Hopper the GPU's own counter and the CPU side count, or the module as a whole") {
  const row module0{"module-0", platform, integrated, "socket0/module"};
  const row module1{"module-1", platform, integrated, "socket1/module"};
  const row grace0{"grace-0", cpu, integrated, "socket0/grace", "socket0/module"};
  const row grace1{"grace-1", cpu, integrated, "socket1/grace", "socket1/module"};
  const row rail0{"cpu-rail-0", cpu, integrated, "socket0/cpu-rail", "socket0/grace"};
  const row sysio0{"sysio-0", other, integrated, "socket0/sysio", "socket0/grace"};
  const row hopper0{"gpu-0", gpu, measured, "0009:01:00.0", "socket0/module"};
  const row hopper1{"gpu-1", gpu, measured, "0019:01:00.0", "socket1/module"};
  CHECK(counted({module0, module1, grace0, grace1, rail0, sysio0, hopper0, hopper1}) ==
        "grace-0, grace-1, gpu-0, gpu-1");
  CHECK(counted({module0, module1, grace0, rail0, hopper0, hopper1}) == "module-1, grace-0, gpu-0");
  CHECK(counted({node_power, module0, grace0, hopper0}) == "grace-0, gpu-0");
  CHECK(counted({node_power, module0, module1, hopper0}) == "module-0, module-1");
  CHECK(counted({module0, grace0}) == "grace-0");  // a module without a GPU
}
TEST_CASE("on a laptop neither battery, psys nor the APU's graphics are counted beside the package") {
  const row psys{"psys", platform, measured, "platform/psys"};
  row package = package0;
  package.inside = "platform/psys";
  const row apu{"gpu", gpu, integrated, "0000:c4:00.0", "socket0/package"};
  const row battery{"battery", platform, integrated, "node"};
  CHECK(counted({package, psys, apu, battery, memory_model}, [](auto& all) {
          as_models(all);
          named(all, "psys").what.counted = false;  // not asked for
        }) == "package-0, memory (model)");
  // Without a readable package: the whole, once.
  CHECK(counted({package, psys, apu, battery, memory_model}, [](auto& all) {
          as_models(all);
          named(all, "psys").what.counted = false;
          named(all, "package-0").what.why = missing::no_permission;
        }) == "battery");
}
TEST_CASE("facts about devices without a channel of their own are followed outwards") {
  const row all_cpus{"cpus", cpu, measured, "cpus"};
  CHECK(counted({all_cpus, package0, package1}, {{"socket0/package", "cpus"}, {"socket1/package", "cpus"}}) ==
        "cpus");
  CHECK(counted({node_power, card0, package0}, {{"0000:3b:00.0", "drawer"}, {"drawer", "node"}}) ==
        "gpu-0, package-0");
  CHECK(counted({node_power, card0}, {{"0000:3b:00.0", "drawer"}, {"drawer", "node"}}) == "node");
}
TEST_CASE("rails of a board with a total are parts of it; without one they add up") {
  const row total{"VDD_IN", platform, integrated, "node"};
  const row cores{"VDD_CPU_GPU_CV", other, integrated, "rail/2"}, soc{"VDD_SOC", other, integrated, "rail/3"};
  CHECK(counted({total, cores, soc, memory_model}, as_models) == "VDD_IN");
  CHECK(counted({{"VDD_CPU_CV", cpu, integrated, "rail/2"}, soc}) == "VDD_CPU_CV, VDD_SOC");
}

TEST_CASE("on no machine at all does anything count twice, or a thing that could count get lost") {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::size_t split = 0, shown = 0;
  for (int round = 0; round < 20'000; ++round) {
    // A tree of devices with the node at its root; some are read by two sources, some by none.
    const int devices = 1 + pick(10);
    std::vector<int> parent{-1};
    std::vector<component> part{platform};
    for (int d = 1; d < devices; ++d) {
      parent.push_back(pick(d));
      part.push_back(static_cast<component>(pick(5)));
    }
    const auto id = [](int d) { return d == 0 ? std::string(whole_node) : "device-" + std::to_string(d); };
    std::vector<claim> all;
    std::vector<int> device_of;
    std::vector<containment> facts;
    for (int d = 0; d < devices; ++d) {
      if (d > 0 && pick(4) == 0) facts.push_back({id(d), id(parent[static_cast<std::size_t>(d)])});
      for (int s = pick(3); s > 0; --s) {
        claim c;
        c.what.name = "channel-" + std::to_string(all.size());
        c.what.device = id(d);
        c.what.part = part[static_cast<std::size_t>(d)];
        c.what.how = static_cast<provenance>(pick(2));
        if (d > 0 && (facts.empty() || facts.back().device != id(d)))
          c.what.inside = id(parent[static_cast<std::size_t>(d)]);
        if (pick(6) == 0) c.what.why = missing::lost;
        if (pick(8) == 0) c.what.counted = false;
        if (pick(20) == 0) c.what.asked_for = true;
        c.source = pick(10) == 0 ? nullptr : &sources[all.size()];
        all.push_back(c);
        device_of.push_back(d);
      }
    }
    const std::vector<claim> before = all;
    overlap(all, facts).decide();

    // Whether d is in e, or is e, as far as channels and facts tell: a device without either is a gap.
    const auto is_in = [&](int d, int e) {
      if (e == 0) return true;  // what says nothing is in the node, too
      while (d != e && d > 0) {
        bool told = false;
        for (const containment& f : facts) told = told || f.device == id(d);
        for (std::size_t i = 0; i < all.size(); ++i) told = told || device_of[i] == d;
        d = told ? parent[static_cast<std::size_t>(d)] : -1;
      }
      return d == e;
    };
    std::string situation = "round " + std::to_string(round);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const channel& c = before[i].what;
      situation += "\n" + c.name + " on " + c.device + (c.inside.empty() ? "" : " in " + c.inside) + ", " +
                   std::string(to_string(c.part)) + ", " + std::string(to_string(c.how)) +
                   (c.counted ? "" : ", shown") + (c.why ? ", lost" : "") +
                   (before[i].source == nullptr ? ", unread" : "") + (c.asked_for ? ", asked for" : "") +
                   (all[i].what.counted ? " COUNTS " : " ") + all[i].what.note;
    }
    CAPTURE(situation);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool could = before[i].source != nullptr && before[i].what.counted && !before[i].what.why;
      if (all[i].what.counted) REQUIRE(could);
      bool accounted = !could || all[i].what.counted;
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (k == i || !all[k].what.counted) continue;
        if (all[i].what.counted) {
          REQUIRE_FALSE(device_of[i] == device_of[k]);
          REQUIRE_FALSE(is_in(device_of[i], device_of[k]));
        }
        // Contained in what counts, the same as it, or a platform whose CPU counts.
        accounted =
            accounted || is_in(device_of[i], device_of[k]) || device_of[i] == device_of[k] ||
            (all[i].what.part == platform && all[k].what.part == cpu && is_in(device_of[k], device_of[i])) ||
            (all[i].what.part == platform && all[k].what.part == platform &&
             is_in(device_of[k], device_of[i]));
      }
      CAPTURE(all[i].what.name);
      REQUIRE(accounted);
      split += all[i].what.note.find("its parts") != std::string::npos;
      shown += could && !all[i].what.counted;
    }
  }
  CHECK(split > 500);  // the rounds are not all trivial
  CHECK(shown > 5000);
}
