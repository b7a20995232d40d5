// SPDX-License-Identifier: MIT
#include <kaya/meter/machine.hpp>

#include <doctest/doctest.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/fake_tree.hpp"

using namespace kaya::meter;
using namespace kaya_test;

namespace {

/// A user's source, with channels as told.
class user_source final : public kaya::meter::meter_source {
 public:
  explicit user_source(std::vector<channel> channels) : channels_(std::move(channels)) {}
  user_source(user_source&& other) noexcept : channels_(std::move(other.channels_)) {}
  ~user_source() override { ++destroyed; }
  std::span<const channel> channels() const noexcept override { return channels_; }
  measurement read(std::size_t i, std::int64_t) noexcept override { return {100 + i}; }

  static inline int destroyed = 0;

 private:
  std::vector<channel> channels_;
};

channel a_channel(std::string name, component part, std::string device = {}, std::string inside = {}) {
  channel c;
  c.name = std::move(name);
  c.mechanism = "mine";
  c.part = part;
  c.device = std::move(device);
  c.inside = std::move(inside);
  return c;
}
std::unique_ptr<user_source> a_source(channel c) {
  return std::make_unique<user_source>(std::vector<channel>{std::move(c)});
}

machine_options on(const fake_tree& tree, kaya::detail::file_system* files = nullptr) {
  machine_options o;
  o.sysfs = tree.sysfs();
  o.procfs = tree.procfs();
  o.files = files;
  return o;
}
/// A server of two sockets with DRAM zones.
void add_server(const fake_tree& tree, bool dram = true) {
  tree.cpuinfo("GenuineIntel", "fpu msr", 85, 8);
  tree.stat(1000, 5000);
  tree.meminfo(62 << 20);
  tree.add({.entry = "intel-rapl:0", .name = "package-0", .max_power_uw = {{0, 150'000'000}}});
  tree.add({.entry = "intel-rapl:1", .name = "package-1", .max_power_uw = {{0, 150'000'000}}});
  if (!dram) return;
  tree.add({.entry = "intel-rapl:0:0", .name = "dram"});
  tree.add({.entry = "intel-rapl:1:0", .name = "dram"});
}

/// "package-0, dram-0": the names of the channels that count.
std::string names(std::span<const channel> channels) {
  std::string text;
  for (const channel& c : channels) text += (text.empty() ? "" : ", ") + c.name;
  return text;
}
const channel& named(const machine& m, std::string_view name) {
  for (const channel& c : m.all_channels())
    if (c.name == name) return c;
  FAIL("no channel ", std::string(name), " among ", names(m.all_channels()));
  return m.all_channels()[0];
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
/// The text with any run of blanks and line ends as one blank.
std::string unwrapped(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' && c != '\n') result += c;
    else if (!result.empty() && result.back() != ' ') result += ' ';
  return result;
}

/// What is wrong with the options, in kaya's words.
std::string refused(const machine_options& o) {
  try {
    machine::detect(o);
  } catch (const kaya::config_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("packages and DRAM that can be read are all that counts") {
  fake_tree tree;
  add_server(tree);
  const machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "package-0, dram-0, package-1, dram-1");
  for (const channel& c : m.channels()) CHECK(c.how == provenance::measured);
}
TEST_CASE("memory without a counter is modelled beside CPUs with one") {
  fake_tree tree;
  add_server(tree, false);
  const machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "package-0, package-1, memory (model)");
  CHECK(m.channels()[2].how == provenance::modelled);
}
TEST_CASE("without counters CPU and memory are modelled") {
  fake_tree tree;
  tree.cpuinfo("GenuineIntel");
  tree.stat(0, 0);
  tree.meminfo(8 << 20);
  const machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "cpu (model), memory (model)");
}
TEST_CASE("an empty machine has a CPU model and says that memory is unknown") {
  fake_tree tree;
  const machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "cpu (model)");
  CHECK(named(m, "memory (model)").why == missing::not_present);
}
TEST_CASE("counters that may not be read are named, with the command, and modelled") {
  fake_tree tree;
  add_server(tree);
  faulty_files files;
  files.fail("energy_uj", EACCES);
  const machine m = machine::detect(on(tree, &files));
  CHECK(names(m.channels()) == "cpu (model), memory (model)");
  for (const char* name : {"package-0", "package-1", "dram-0", "dram-1"}) {
    CHECK(named(m, name).why == missing::no_permission);
    CHECK_FALSE(named(m, name).counted);
  }
  CHECK(says(named(m, "cpu (model)").note, "TDP 300 W (powercap's power limit)"));
  CHECK(says(m.explain(), "run: sudo chmod a+r " + tree.sysfs() + "/class/powercap"));
  CHECK(says(m.explain(), "no permission"));
}
TEST_CASE("counters hidden by a container are named as such") {
  fake_tree tree;
  tree.cpuinfo("GenuineIntel");
  tree.directory("sysfs/devices/virtual/powercap");
  tree.link("sysfs/class/powercap/intel-rapl", "../../devices/virtual/powercap/intel-rapl");
  tree.link("sysfs/class/powercap/intel-rapl:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:0");
  const machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "cpu (model)");
  CHECK(says(m.explain(), "masked"));
}
TEST_CASE("a readable psys that is preferred leaves nothing to model") {
  fake_tree tree;
  add_server(tree, false);
  tree.add({.entry = "intel-rapl:2", .name = "psys"});
  machine_options o = on(tree);
  o.prefer_psys = true;
  const machine m = machine::detect(o);
  CHECK(names(m.channels()) == "psys");
  CHECK(names(machine::detect(on(tree)).channels()) == "package-0, package-1, memory (model)");
}
TEST_CASE("the user's TDP is that of the model") {
  fake_tree tree;
  tree.stat(0, 0);
  machine_options o = on(tree);
  o.cpu_tdp = kaya::watts(65);
  const machine m = machine::detect(o);
  CHECK(says(m.channels()[0].note, "TDP 65 W (given): "));
  CHECK(m.channels()[0].how == provenance::modelled);
}

TEST_CASE("a TDP that no machine has is refused by name, value and what is allowed") {
  fake_tree tree;
  machine_options o = on(tree);
  const auto with = [&](double w) {
    o.cpu_tdp = kaya::watts(w);
    return refused(o);
  };
  const std::string rest = " is not allowed; more than 0 W, at most 10 kW";
  CHECK(with(0) == "cpu_tdp: 0 W" + rest);
  CHECK(with(-5) == "cpu_tdp: -5 W" + rest);
  CHECK(with(10'001) == "cpu_tdp: 10001 W" + rest);
  CHECK(with(1 / 0.0) == "cpu_tdp: inf W" + rest);
  CHECK(says(with(0.0 / 0.0 * 1), "nan W"));
  CHECK(with(10'000).empty());
}
TEST_CASE("points of the CPU's power that contradict each other are refused") {
  fake_tree tree;
  machine_options o = on(tree);
  o.cpu_idle = kaya::watts(-1);
  CHECK(refused(o) == "cpu_idle: -1 W is not allowed; more than 0 W, at most 10 kW");
  o.cpu_idle = kaya::watts(80);
  o.cpu_full = kaya::watts(75.5);
  CHECK(refused(o) == "cpu_full: 75.5 W is not allowed; more than cpu_idle, 80 W, at most 10 kW");
  o.cpu_full = kaya::watts(300);
  CHECK(refused(o).empty());
  CHECK(says(named(machine::detect(o), "cpu (model)").note, "calibrated: 80 W idle to 300 W"));
}
TEST_CASE("a root that does not exist is refused, in code and in the environment") {
  fake_tree tree;
  machine_options o = on(tree);
  o.sysfs = "/nowhere/at/all";
  CHECK(refused(o) == "sysfs: \"/nowhere/at/all\" is not allowed; an existing directory");
  o = on(tree);
  tree.write("file", "");
  o.procfs = tree.root() + "/file";
  CHECK(refused(o) == "procfs: \"" + tree.root() + "/file\" is not allowed; an existing directory");

  o = {};
  setenv("KAYA_SYSFS", "/not/here", 1);
  CHECK(refused(o) == "KAYA_SYSFS: \"/not/here\" is not allowed; an existing directory");
  unsetenv("KAYA_SYSFS");
  setenv("KAYA_PROCFS", "/not/there", 1);
  CHECK(refused(o) == "KAYA_PROCFS: \"/not/there\" is not allowed; an existing directory");
  CHECK(refused(on(tree)).empty());  // code comes first
  unsetenv("KAYA_PROCFS");
}
TEST_CASE("roots are taken from the environment where the code has none") {
  fake_tree tree;
  add_server(tree);
  setenv("KAYA_SYSFS", (tree.sysfs() + "/").c_str(), 1);
  setenv("KAYA_PROCFS", tree.procfs().c_str(), 1);
  const machine m = machine::detect();
  unsetenv("KAYA_SYSFS");
  unsetenv("KAYA_PROCFS");
  CHECK(names(m.channels()) == "package-0, dram-0, package-1, dram-1");
}
TEST_CASE("nothing but a wrong option makes detection throw") {
  for (const int error : {EACCES, EIO, ENOENT, EPERM}) {
    fake_tree tree;
    add_server(tree);
    faulty_files files;
    files.fail("class", error);
    files.fail("procfs/", error);
    CHECK_NOTHROW(machine::detect(on(tree, &files)));
  }
}

TEST_CASE("a user's source is owned by the machine and its copies, and deleted once") {
  fake_tree tree;
  const int before = user_source::destroyed;
  {
    machine m = machine::detect(on(tree));
    {
      machine copy = m;
      copy.add(a_source(a_channel("rack", component::other)));
    }
    CHECK(names(m.channels()) == "cpu (model), rack");
    CHECK(user_source::destroyed == before);
    const auto bound = m.bound_channels();
    CHECK(bound.back().what.name == "rack");
    CHECK(bound.back().meter->read(bound.back().index, 0).count == 100);
  }
  CHECK(user_source::destroyed == before + 1);
}
TEST_CASE("a source can be added by value or as a shared handle, and an owner of nothing adds nothing") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  const std::size_t sources = m.source_count();
  m.add(user_source({a_channel("a", component::other)}));
  kaya::detail::handle<user_source> shared(new user_source({a_channel("b", component::other)}));
  m.add(shared);
  m.add(std::unique_ptr<user_source>());
  m.add(std::unique_ptr<kaya::meter::source>(a_source(a_channel("c", component::other))));
  CHECK(names(m.channels()) == "cpu (model), a, b, c");
  CHECK(m.source_count() == sources + 3);
  CHECK(&m.source_at(sources + 1) == shared.get());
  CHECK(says(m.explain(), "an owner of nothing"));
}
TEST_CASE("a tracker's channels are those of the time when it took them") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  const auto taken = m.bound_channels();
  m.add(a_source(a_channel("late", component::other)));
  CHECK(m.bound_channels().size() == taken.size() + 1);
}
#ifndef KAYA_PORTABLE
TEST_CASE("a forked child can use a machine that the parent was reading") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  m.reads()->lock();
  const pid_t child = fork();
  if (child == 0) {
    alarm(5);
    m.add(a_source(a_channel("own", component::other)));
    _exit(m.bound_channels().back().what.name == "own" ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  m.reads()->unlock();
  CHECK(status == 0);
}
#endif
TEST_CASE("a machine that was moved from is a machine still") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  const machine other = std::move(m);
  CHECK(names(m.channels()) == names(other.channels()));
}
TEST_CASE("names stay unique") {
  fake_tree tree;
  add_server(tree);
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("package-0", component::other)));
  m.add(a_source(a_channel("package-0", component::other)));
  m.add(a_source(a_channel("", component::other)));
  CHECK(names(m.channels()) == "package-0, dram-0, package-1, dram-1, package-0 (mine), package-0 (2), mine");
}

TEST_CASE("a model gives way to a meter of its component") {
  fake_tree tree;
  tree.meminfo(8 << 20);
  machine m = machine::detect(on(tree));
  CHECK(names(m.channels()) == "cpu (model), memory (model)");
  m.add(a_source(a_channel("board", component::cpu)));
  CHECK(names(m.channels()) == "memory (model), board");
  CHECK(says(named(m, "cpu (model)").note, "gives way to board"));
  m.add(a_source(a_channel("dimms", component::memory, "memory")));  // by whatever identity
  CHECK(names(m.channels()) == "board, dimms");
}
TEST_CASE("a model does not give way to what is only shown, or cannot be read") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  channel shown = a_channel("shown", component::cpu), lost = a_channel("lost", component::cpu);
  shown.counted = false;
  lost.why = missing::not_present;
  m.add(a_source(shown));
  m.add(a_source(lost));
  CHECK(names(m.channels()) == "cpu (model)");
}
TEST_CASE("a meter of the whole platform replaces all that was found, but nothing that the user added") {
  fake_tree tree;
  add_server(tree, false);
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("card", component::gpu)));
  m.add(a_source(a_channel("pdu-a", component::platform, "pdu/a")));
  CHECK(names(m.channels()) == "card, pdu-a");
  CHECK(named(m, "package-1").inside == "pdu/a");
  CHECK(says(named(m, "package-1").note, "part of pdu-a"));
  CHECK_FALSE(named(m, "memory (model)").counted);
  m.add(a_source(a_channel("pdu-b", component::platform, "pdu/b")));  // the second power supply
  CHECK(names(m.channels()) == "card, pdu-a, pdu-b");
}
TEST_CASE("what stands beside the machine adds to it") {
  fake_tree tree;
  add_server(tree);
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("switch", component::other, "net/1")));
  CHECK(names(m.channels()) == "package-0, dram-0, package-1, dram-1, switch");
}
TEST_CASE("what is inside of a counted device does not count, over several steps and in any order") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("rail", component::other, "rail", "module")));
  CHECK(names(m.channels()) == "cpu (model), rail");
  m.add(a_source(a_channel("module", component::other, "module", "node")));
  CHECK(names(m.channels()) == "cpu (model), module");
  m.add(a_source(a_channel("node", component::other, "node")));
  CHECK(names(m.channels()) == "cpu (model), node");
}
TEST_CASE("devices that contain each other end in no endless search") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("self", component::other, "s", "s")));
  m.add(a_source(a_channel("one", component::other, "1", "2")));
  m.add(a_source(a_channel("two", component::other, "2", "1")));
  CHECK(says(names(m.channels()), "self"));
}
TEST_CASE("the same device read by another source counts once") {
  fake_tree tree;
  add_server(tree);
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("my package", component::cpu, named(m, "package-0").device)));
  CHECK(names(m.channels()) == "package-0, dram-0, package-1, dram-1");
  CHECK(says(named(m, "my package").note, "the same device as package-0"));
}
TEST_CASE("channels of one source may share a device") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  m.add(std::make_unique<user_source>(std::vector<channel>{a_channel("outlet-1", component::other, "pdu"),
                                                           a_channel("outlet-2", component::other, "pdu")}));
  CHECK(names(m.channels()) == "cpu (model), outlet-1, outlet-2");
}

TEST_CASE("GPUs without a meter are named as lacking, not silently left out") {
  fake_tree tree;
  add_server(tree);
  tree.directory("procfs/driver/nvidia/gpus/0000:3b:00.0");
  tree.directory("procfs/driver/nvidia/gpus/0000:af:00.0");
  const machine m = machine::detect(on(tree));
  CHECK(named(m, "gpu 0000:3b:00.0").why == missing::not_supported);
  CHECK(named(m, "gpu 0000:3b:00.0").device == "0000:3b:00.0");
  CHECK(named(m, "gpu 0000:af:00.0").part == component::gpu);
  CHECK_FALSE(named(m, "gpu 0000:af:00.0").counted);
  CHECK(says(unwrapped(m.explain()), "not in the total: 0000:3b:00.0 (NVIDIA), 0000:af:00.0 (NVIDIA)"));
  machine_options o = on(tree);
  o.gpus = false;
  CHECK(named(machine::detect(o), "gpu 0000:3b:00.0").why == missing::disabled);
}
TEST_CASE("where no library and no meter is, detection takes at most 5 ms") {
  fake_tree tree;
  add_server(tree, false);
  tree.remove("sysfs/class/powercap");
  std::vector<double> times;
  for (int i = 0; i < 15; ++i) {
    const std::int64_t begin = now_ns();
    const machine m = machine::detect(on(tree));
    times.push_back(static_cast<double>(now_ns() - begin) * 1e-6);
  }
  std::sort(times.begin(), times.end());
  MESSAGE("median of 15: ", times[7], " ms");
#ifndef KAYA_TEST_SANITIZED
  CHECK(times[7] <= 5);
#endif
}
TEST_CASE("the explanation names host, tried mechanisms, what counts and what does not, in 100 columns") {
  fake_tree tree;
  add_server(tree, false);
  tree.write("procfs/sys/kernel/hostname", "node17\n");
  tree.write("procfs/sys/kernel/random/boot_id", "127b8c2f\n");
  faulty_files files;
  files.fail("intel-rapl:1/energy_uj", EACCES);
  const std::string text = machine::detect(on(tree, &files)).explain();
  const std::string flat = unwrapped(text);
  for (const char* part : {"Meters of node17, boot 127b8c2f", "8 logical CPUs", "62 GiB memory", "Tried",
                           "powercap used", "+ memory (model)", "Channels", "+ package-0 cpu, measured",
                           "- package-1 cpu: no permission", "nvml not present"})
    CHECK_MESSAGE(says(flat, part), part, " is missing in:\n", text);
  for (std::string_view rest(text); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    CHECK((line.size() <= 100 || line.find("run: ") != std::string_view::npos));
    CHECK(!line.ends_with(' '));
    rest.remove_prefix(line.size() + 1);
  }
}
TEST_CASE("the explanation shows what is inside of what") {
  fake_tree tree;
  add_server(tree);
  tree.add({.entry = "intel-rapl:1:1", .name = "core"});
  machine m = machine::detect(on(tree));
  m.add(a_source(a_channel("pdu", component::platform, "pdu/a")));
  m.add(a_source(a_channel("ring", component::other, "1", "2")));
  m.add(a_source(a_channel("gnir", component::other, "2", "1")));
  const std::string text = m.explain();
  CHECK(says(text, "\n  + pdu "));
  CHECK(says(text, "\n    - package-1 "));
  CHECK(says(text, "\n      - core-1 "));
  CHECK(says(text, "gnir"));
}
TEST_CASE("a user's channel whose unit would divide by zero is refused") {
  fake_tree tree;
  machine m = machine::detect(on(tree));
  channel c = a_channel("supply", component::platform);
  c.unit_denominator = 0;
  CHECK_THROWS_AS(m.add(a_source(c)), kaya::config_error);
  CHECK(names(m.channels()).find("supply") == std::string::npos);
}

TEST_CASE("this very machine can be looked at, whatever it has") {
  const machine m = machine::detect();
  CHECK_FALSE(m.explain().empty());
  for (const channel& c : m.channels()) {
    CHECK(c.counted);
    CHECK_FALSE(c.why.has_value());
    CHECK(c.low <= 1);
    CHECK(c.high >= 1);
  }
}
