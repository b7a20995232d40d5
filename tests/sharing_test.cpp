// SPDX-License-Identifier: MIT
#include <kaya/ledger/core.hpp>
#include <kaya/meter/attribution.hpp>
#include <kaya/meter/load/process_load.hpp>
#include <kaya/tracker.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/fake_tree.hpp"
#include "support/scripted_meter.hpp"

using namespace kaya::meter;
using namespace kaya_test;
using kaya::attribution;

namespace {

constexpr std::int64_t ms = 1'000'000, second = 1000 * ms;

void put_process(const fake_tree& tree, const std::string& pid, std::uint64_t ticks,
                 std::uint64_t waited = 0) {
  tree.write("procfs/" + pid + "/stat", "1 (train (x)) S 1 1 1 0 -1 4194560 9 9 9 9 " +
                                            std::to_string(ticks) + " 0 " + std::to_string(waited) +
                                            " 0 20 0 1 0 5 6 7\n");
}

/// Its file is gone, and so is what was opened before, as the kernel has it.
void end_process(const fake_tree& tree, faulty_files& files, const std::string& pid) {
  tree.remove("procfs/" + pid);
  files.fail_read("procfs/" + pid + "/", ESRCH);
}

/// Two packages and memory, of a machine with eight CPUs, whose load and power the test sets.
struct shared_machine {
  fake_tree tree;
  host h;
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter{new scripted_meter(4)};
  std::vector<bound_channel> channels;
  double own_cpus = 2, all_cpus = 4, package_watts = 100;
  double own_s = 0, all_s = 0, joules = 0;
  double step_joules = 0;  // what the meter counts at once

  explicit shared_machine(attribution whose = attribution::process, int allowed = 8,
                          const std::function<void(scripted_meter&)>& prepare = {}) {
    h.logical_cpus = 8;
    h.allowed_cpus = allowed;
    const char* names[] = {"package-0", "package-1", "dram-0", "gpu-0"};
    const component parts[] = {component::cpu, component::cpu, component::memory, component::gpu};
    for (std::size_t i = 0; i < 4; ++i) {
      meter->channel(i).name = names[i];
      meter->channel(i).part = parts[i];
    }
    if (prepare) prepare(*meter);
    show();
    channels = attribute(bound(meter), whose, tree.places(), h, 60);  // 30 W idle each
  }
  void show() {
    tree.stat(static_cast<std::uint64_t>(all_s * 100), 0);
    put_process(tree, "self", static_cast<std::uint64_t>(own_s * 100));
    tree.write("sysfs/fs/cgroup/cpu.stat",
               "usage_usec " + std::to_string(static_cast<std::uint64_t>(own_s * 1e6)) + "\n");
    const double shown = step_joules > 0 ? step_joules * std::floor(joules / step_joules) : joules;
    for (auto& a : meter->answers) a.count = static_cast<std::uint64_t>(shown * 1e6), a.watts = package_watts;
  }
  void pass(double seconds) {
    own_s += own_cpus * seconds;
    all_s += all_cpus * seconds;
    joules += package_watts * seconds;
    show();
  }
  std::size_t index(const std::string& name) {
    for (std::size_t i = 0; i < channels.size(); ++i)
      if (channels[i].what.name == name) return i;
    FAIL("no channel ", name);
    return 0;
  }
};

/// The ledger's view of it after some seconds, in joules.
struct run {
  explicit run(shared_machine& m, double seconds, int period_ms = 100)
      : machine(m), ledger(m.clock, m.channels, {}, 10) {
    ledger.start();
    go(seconds, period_ms);
  }
  void go(double seconds, int period_ms = 100) {
    for (int i = 0; i < static_cast<int>(seconds * 1000) / period_ms; ++i) {
      machine.clock.ticks += period_ms * ms;
      machine.pass(period_ms * 1e-3);
      ledger.tick(ledger.look());
    }
  }
  double joules(const std::string& name) {
    return static_cast<double>(ledger.timelines()[machine.index(name)].total_uj) * 1e-6;
  }
  const kaya::ledger::timeline& line(const std::string& name) {
    return ledger.timelines()[machine.index(name)];
  }
  double total() { return static_cast<double>(ledger.books().total().own_uj) * 1e-6; }
  shared_machine& machine;
  kaya::ledger::core ledger;
};

}  // namespace

TEST_CASE("what is drawn beyond idle is shared by CPU time, idle power by the CPUs that may be used") {
  shared_machine m(attribution::process, 4);
  run r(m, 60);
  CHECK(r.joules("package-0 (this process)") == doctest::Approx(60 * (100 - 30) * 0.5).epsilon(0.005));
  CHECK(r.joules("package-1 (this process)") == doctest::Approx(60 * (100 - 30) * 0.5).epsilon(0.005));
  CHECK(r.joules("package-0 (idle, shared)") == doctest::Approx(60 * 30 * 0.5).epsilon(0.005));
  CHECK(r.joules("dram-0 (idle, shared)") == doctest::Approx(60 * 100 * 0.5).epsilon(0.005));
}
TEST_CASE("the machine's own figures are shown beside the shares, exactly, and not counted") {
  shared_machine m;
  run r(m, 20);
  CHECK(r.joules("package-0") == doctest::Approx(2000));
  CHECK_FALSE(m.channels[m.index("package-0")].what.counted);
  double counted = 0;
  for (const auto& t : r.ledger.timelines())
    if (t.counted()) counted += static_cast<double>(t.total_uj) * 1e-6;
  CHECK(r.total() == doctest::Approx(counted).epsilon(1e-9));
}
TEST_CASE("a GPU is left whole") {
  shared_machine m;
  run r(m, 20);
  CHECK(r.joules("gpu-0") == doctest::Approx(2000));
  CHECK(m.channels[m.index("gpu-0")].what.counted);
}
TEST_CASE("a GPU whose driver tells who works on it is shared by that, and idle it is whole") {
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  meter->channel(0).part = meter->channel(1).part = component::gpu;
  meter->uses = {device_use{0, 0}, std::nullopt};
  fake_tree tree;
  tree.stat(0, 0);
  put_process(tree, "self", 1);
  host h;
  h.logical_cpus = 8;
  manual_clock clock;
  const auto channels = attribute(bound(meter), attribution::process, tree.places(), h, 60);
  kaya::ledger::core ledger(clock, channels, {}, 10);
  ledger.start();
  const auto joules = [&](const std::string& name) {
    for (const auto& t : ledger.timelines())
      if (t.channel().name == name) return static_cast<double>(t.total_uj) * 1e-6;
    return -1.0;
  };
  const auto go = [&](int seconds) {
    for (int i = 0; i < 10 * seconds; ++i) {
      clock.ticks += 100 * ms;
      for (auto& a : meter->answers) a.count += 10'000'000;  // 100 W
      ledger.tick(ledger.look());
    }
  };
  go(10);  // nobody works on it
  CHECK(joules("fake-0 (idle, shared)") == doctest::Approx(1000));
  meter->uses[0] = device_use{25, 100};
  go(20);
  CHECK(joules("fake-0 (this process)") == doctest::Approx(500).epsilon(0.02));
  meter->uses[0] = device_use{0, 80};  // others alone
  go(10);
  CHECK(joules("fake-0 (this process)") == doctest::Approx(500).epsilon(0.02));
  CHECK(joules("fake-0 (idle, shared)") == doctest::Approx(1000).epsilon(0.02));
  meter->uses[0] = device_use{0, 0};  // nobody
  go(1);
  CHECK(joules("fake-0 (idle, shared)") == doctest::Approx(1100).epsilon(0.02));
  CHECK(joules("fake-0") == doctest::Approx(4100));
  CHECK(joules("fake-1") == doctest::Approx(4100));  // whole
}
TEST_CASE("a process alone on its machine has all of its energy") {
  shared_machine m;
  m.own_cpus = m.all_cpus = 6;
  run r(m, 30);
  CHECK(r.total() == doctest::Approx(4 * 3000).epsilon(0.005));
}
TEST_CASE("processes that share a machine share its energy: their parts add up to it") {
  shared_machine one(attribution::process, 2), other(attribution::process, 6);
  one.own_cpus = 1, other.own_cpus = 3;
  run a(one, 60), b(other, 60);
  const double cpus_and_memory = a.total() + b.total() - 2 * 6000;  // the GPU is in both
  CHECK(cpus_and_memory == doctest::Approx(3 * 6000).epsilon(0.005));
}
TEST_CASE("a process that does nothing has its idle part only") {
  shared_machine m;
  m.own_cpus = 0;
  run r(m, 30);
  CHECK(r.joules("package-0 (this process)") == 0);
  CHECK(r.joules("package-0 (idle, shared)") == doctest::Approx(900).epsilon(0.005));
  // That is known: nothing is missing.
  CHECK(r.ledger.timelines()[m.index("package-0 (this process)")].has_value);
  CHECK_FALSE(r.ledger.timelines()[m.index("package-0 (this process)")].stuck);
}
TEST_CASE("less power than the idle power that was presumed is all idle") {
  shared_machine m;
  m.package_watts = 10;
  run r(m, 30);
  CHECK(r.joules("package-0 (this process)") == 0);
  CHECK(r.joules("package-0 (idle, shared)") == doctest::Approx(300).epsilon(0.005));
}
TEST_CASE("a share that changes is followed, and the shares do not depend on the sampling period") {
  for (const int period_ms : {1, 10, 100, 1000}) {
    const double each = period_ms == 1 ? 2 : 20;  // seconds
    shared_machine m;
    run r(m, each, period_ms);
    m.own_cpus = 4;
    m.package_watts = 200;
    r.go(each, period_ms);
    CAPTURE(period_ms);
    CHECK(r.joules("package-0 (this process)") == doctest::Approx(each * (70 * 0.5 + 170)).epsilon(0.05));
  }
}
TEST_CASE("a control group's share comes from its own CPU time") {
  shared_machine m(attribution::cgroup);
  put_process(m.tree, "self", 0);
  run r(m, 30);
  CHECK(r.joules("package-0 (this cgroup)") == doctest::Approx(30 * 70 * 0.5).epsilon(0.005));
}
TEST_CASE("where CPU time cannot be read nothing is counted as the process's, and the reason is given") {
  fake_tree empty;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  const auto channels = attribute(bound(meter), attribution::process, empty.places(), {}, 60);
  REQUIRE(channels.size() == 2);
  for (const bound_channel& b : channels) {
    CHECK(b.what.why == missing::not_supported);
    CHECK_FALSE(b.what.counted);
    CHECK(b.what.note.find("cannot be shared out") != std::string::npos);
  }
}
TEST_CASE("each channel of the machine is read once a round") {
  shared_machine m;
  run r(m, 0);
  m.meter->reads = 0;
  r.go(1);
  CHECK(m.meter->reads == 10 * 4);
}
TEST_CASE("for the whole machine nothing changes") {
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(2));
  CHECK(attribute(bound(meter), attribution::machine, {}, {}, 60).size() == 2);
}

TEST_CASE(
    "while a meter cannot be read its shares are unknown, not zero, and they have the gap's energy later") {
  shared_machine m;
  run r(m, 10);
  m.meter->answers[0].why = missing::no_permission;  // package-0 alone
  r.go(10);
  for (const char* name : {"package-0 (this process)", "package-0 (idle, shared)"}) {
    CHECK(r.line(name).why() == missing::no_permission);
    CHECK(r.line(name).covered == 10 * second);
    CHECK(r.joules(name) == doctest::Approx(10 * (name[11] == 't' ? 70 * 0.5 : 30)).epsilon(0.02));
  }
  CHECK(r.line("package-1 (idle, shared)").covered == 20 * second);
  m.meter->answers[0].why.reset();
  r.go(10);
  CHECK(r.line("package-0 (this process)").covered == 30 * second);
  CHECK(r.joules("package-0 (this process)") == doctest::Approx(30 * 70 * 0.5).epsilon(0.02));
  CHECK(r.joules("package-0 (idle, shared)") == doctest::Approx(30 * 30).epsilon(0.005));
  CHECK(r.line("package-0 (idle, shared)").gaps == 1);
  CHECK(r.line("package-1 (idle, shared)").gaps == 0);
}
TEST_CASE("power that is not known for long is not known of the shares either") {
  shared_machine m(attribution::process, 8,
                   [](scripted_meter& s) { s.channel(0).kind = s.channel(1).kind = reading_kind::power; });
  run r(m, 10);
  m.meter->answers[0].why = missing::lost;
  m.package_watts = -1;  // nonsense of the other one
  r.go(10);
  CHECK(r.line("package-0 (this process)").why() == missing::lost);
  CHECK(r.line("package-1 (this process)").why() == missing::implausible);
  m.meter->answers[0].why.reset();
  m.package_watts = 100;
  r.go(10);
  for (const char* package : {"package-0", "package-1"}) {
    const std::string name = package;
    const auto& whole = r.line(name);
    CHECK(whole.covered < 20.2 * second);
    for (const char* part : {" (this process)", " (idle, shared)"}) {
      CAPTURE(name + part);
      CHECK(r.line(name + part).covered == whole.covered);
      CHECK(r.line(name + part).gaps == whole.gaps);
    }
    const double known_s = static_cast<double>(whole.covered) * 1e-9;
    CHECK(r.joules(name + " (this process)") == doctest::Approx(known_s * 70 * 0.5).epsilon(0.02));
    CHECK(r.joules(name + " (idle, shared)") == doctest::Approx(known_s * 30).epsilon(0.005));
  }
}
TEST_CASE("shares of a slow counter are spread over the time it stood still, and zeros are known as late") {
  for (const double own_cpus : {2, 0}) {
    CAPTURE(own_cpus);
    shared_machine m;
    m.own_cpus = own_cpus;
    m.step_joules = 100;  // once a second
    run r(m, 10);
    r.go(0.5);
    const auto& share = r.line("package-0 (this process)");
    CHECK(share.covered == 10 * second);
    REQUIRE(share.waiting().size() == 1);
    CHECK(share.waiting()[0].end - share.waiting()[0].begin == 500 * ms);
    CHECK(share.shortest_change >= 900 * ms);
    CHECK(share.total_uj == doctest::Approx(10 * 70e6 * own_cpus / 4).epsilon(0.02));
    CHECK(share.has_value);
    CHECK(r.line("package-1 (idle, shared)").shortest_change >= 900 * ms);
  }
}
TEST_CASE("a lower bound of the machine is one of its shares, and a return is one of theirs") {
  shared_machine m(attribution::process, 8, [](scripted_meter& s) {
    s.channel(0).range = 262'143'328'850;  // at 1 kW full after 262 s
    s.channel(0).wraps = true;
  });
  run r(m, 10);
  r.go(300, 300'000);  // not read for that long
  for (const char* part : {" (this process)", " (idle, shared)"}) {
    CHECK(r.line("package-0" + std::string(part)).ambiguous == 1);
    CHECK(r.line("package-0" + std::string(part)).covered == 10 * second);
    CHECK(r.line("package-1" + std::string(part)).ambiguous == 0);
  }
  m.meter->answers[1].recovered = true;
  r.go(0.1);
  CHECK(r.line("package-1 (this process)").gaps == 1);
  CHECK(r.line("package-0 (this process)").gaps == 0);
}
TEST_CASE("where an unchanged count means that nothing was used, its shares are known zeros") {
  shared_machine m(attribution::process, 8, [](scripted_meter& s) { s.channel(0).may_rest = true; });
  m.package_watts = 0;
  run r(m, 10);
  CHECK(r.line("package-0 (this process)").covered == 10 * second);
  CHECK(r.line("package-0 (idle, shared)").covered == 10 * second);
  CHECK(r.line("package-1 (this process)").covered == 0);
}

TEST_CASE("a process's time has that of children that still run, and theirs") {
  fake_tree tree;
  put_process(tree, "self", 100, 10);
  put_process(tree, "50", 30);
  put_process(tree, "51", 20);
  put_process(tree, "60", 5);
  tree.write("procfs/self/task/1/children", "50 ");
  tree.write("procfs/self/task/2/children", "51 ");
  tree.write("procfs/50/task/50/children", "60 ");
  faulty_files files;
  load::process_load p(files, tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 165 * tick);
  // A child ends and is waited for: nothing is lost, nothing counted twice.
  end_process(tree, files, "51");
  CHECK(p.busy_ns(1) == 165 * tick);
  put_process(tree, "self", 110, 30);
  CHECK(p.busy_ns(2) == 175 * tick);
  // So it is if its time is seen to have come to the parent first, with a little more.
  put_process(tree, "self", 110, 30 + 33);
  end_process(tree, files, "50");
  CHECK(p.busy_ns(3) == 178 * tick);
  // A new one is seen soon.
  put_process(tree, "70", 40);
  tree.write("procfs/self/task/2/children", "70 ");
  CHECK(p.busy_ns(2 * second) == 218 * tick);
}
TEST_CASE("a child whose time nobody is told stays counted, and what the others do counts at once") {
  fake_tree tree;
  put_process(tree, "self", 100);
  put_process(tree, "50", 5000);
  put_process(tree, "51", 20);
  tree.write("procfs/self/task/1/children", "50 51 ");
  faulty_files files;
  load::process_load p(files, tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 5120 * tick);
  end_process(tree, files, "50");
  put_process(tree, "self", 107);
  put_process(tree, "51", 23);
  CHECK(p.busy_ns(100 * ms) == 5130 * tick);
  put_process(tree, "51", 40);
  CHECK(p.busy_ns(200 * ms) == 5147 * tick);
  // Later children that are waited for are new work.
  put_process(tree, "self", 107, 30);
  CHECK(p.busy_ns(2 * second) == 5177 * tick);
}
TEST_CASE("a child that is waited for between two looks far apart is not counted twice") {
  fake_tree tree;
  put_process(tree, "self", 100);
  put_process(tree, "50", 5000);
  tree.write("procfs/self/task/1/children", "50 ");
  faulty_files files;
  load::process_load p(files, tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 5100 * tick);
  end_process(tree, files, "50");
  CHECK(p.busy_ns(10 * second) == 5100 * tick);
  put_process(tree, "self", 100, 5000);
  CHECK(p.busy_ns(20 * second) == 5100 * tick);
  put_process(tree, "self", 100, 5030);
  CHECK(p.busy_ns(30 * second) == 5130 * tick);
}
TEST_CASE("a child that its parent's list lacks for once is not counted twice") {
  fake_tree tree;
  put_process(tree, "self", 1);
  put_process(tree, "50", 30);
  put_process(tree, "51", 20);
  tree.write("procfs/self/task/1/children", "50 51 ");
  load::process_load p(kaya::detail::file_system::real(), tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 51 * tick);
  tree.write("procfs/self/task/1/children", "51 ");
  CHECK(p.busy_ns(10 * second) == 51 * tick);
  put_process(tree, "50", 33);
  tree.write("procfs/self/task/1/children", "50 51 ");
  CHECK(p.busy_ns(20 * second) == 54 * tick);
}
TEST_CASE("children's files stay open, the search for new ones waits a second, and all is closed") {
  fake_tree tree;
  put_process(tree, "self", 1);
  put_process(tree, "50", 30);
  put_process(tree, "51", 20);
  tree.write("procfs/self/task/1/children", "50 51 ");
  faulty_files files;
  {
    load::process_load p(files, tree.procfs());
    p.busy_ns(0);
    CHECK(files.open_descriptors() == 3);
    const std::size_t opened = files.opened();
    for (int i = 1; i < 10; ++i) p.busy_ns(i * 100 * ms);
    CHECK(files.opened() == opened);
    end_process(tree, files, "50");
    p.busy_ns(950 * ms);
    CHECK(files.open_descriptors() == 2);
    CHECK(p.pids().size() == 2);
    p.busy_ns(60 * second);
    CHECK(files.opened() > opened);
  }
  CHECK(files.open_descriptors() == 0);
}
TEST_CASE("of very many children not all files stay open, and where none can be opened nothing falls") {
  fake_tree tree;
  put_process(tree, "self", 1);
  std::string list;
  for (int pid = 1000; pid < 1300; ++pid) {
    put_process(tree, std::to_string(pid), 2);
    list += std::to_string(pid) + " ";
  }
  tree.write("procfs/self/task/1/children", list);
  faulty_files files;
  load::process_load p(files, tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 601 * tick);
  CHECK(files.open_descriptors() == 128);
  files.fail_open("procfs/1", EMFILE);
  put_process(tree, "self", 5);
  CHECK(p.busy_ns(1) == 605 * tick);
  files.heal();
  put_process(tree, "1299", 4);
  CHECK(p.busy_ns(2) == 607 * tick);
}
TEST_CASE("in a forked child the time of its parent's children does not go on") {
  fake_tree tree;
  put_process(tree, "self", 100);
  put_process(tree, "50", 30);
  tree.write("procfs/self/task/1/children", "50 ");
  load::process_load p(kaya::detail::file_system::real(), tree.procfs());
  const std::uint64_t tick = load::tick_ns();
  CHECK(p.busy_ns(0) == 130 * tick);
  const pid_t child = fork();
  if (child == 0) {
    tree.remove("procfs/self");
    put_process(tree, "self", 3);
    _exit(p.busy_ns(1) == 133 * tick && p.pids().size() == 1 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
}
TEST_CASE("children that list each other are no endless search") {
  fake_tree tree;
  put_process(tree, "self", 1);
  put_process(tree, "50", 1);
  tree.write("procfs/self/task/1/children", "50 x 50");
  tree.write("procfs/50/task/50/children", "50 50 ");
  load::process_load p(kaya::detail::file_system::real(), tree.procfs());
  CHECK(p.busy_ns(0) == 2 * load::tick_ns());
}
TEST_CASE("a tracker of this very process has no more than the machine") {
  kaya::tracker whole({.region = "FR"});
  kaya::tracker own({.region = "FR", .attribution = kaya::attribution::process});
  double x = 1;
  for (int i = 0; i < 30'000'000; ++i) x += 1 / x;
  CHECK(x > 1);
  const auto mine = own.stop(), all = whole.stop();
  REQUIRE(mine.energy.has_value());
  REQUIRE(all.energy.has_value());
  CHECK(mine.energy->value <= all.energy->value);
  CHECK(mine.worst_provenance >= provenance::modelled);
}

TEST_CASE("of eight ranks on eight GPUs each counts its own, not what the driver shows as others'") {
  fake_tree tree;
  tree.stat(0, 0);
  put_process(tree, "self", 1);
  host h;
  h.logical_cpus = 8;
  constexpr std::size_t ranks = 8;
  double sum = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    kaya::detail::handle<scripted_meter> meter(new scripted_meter(ranks));
    for (std::size_t gpu = 0; gpu < ranks; ++gpu) {
      meter->channel(gpu).part = component::gpu;
      meter->uses.push_back(device_use{gpu == rank ? 100.0 : 0.0, 100});
    }
    manual_clock clock;
    kaya::ledger::core ledger(clock, attribute(bound(meter), attribution::process, tree.places(), h, 60), {},
                              10);
    ledger.start();
    for (int i = 0; i < 100; ++i) {
      clock.ticks += 100 * ms;
      for (auto& a : meter->answers) a.count += 10'000'000;  // 100 W
      ledger.tick(ledger.look());
    }
    for (const auto& t : ledger.timelines())
      if (t.counted()) sum += static_cast<double>(t.total_uj) * 1e-6;
  }
  CHECK(sum == doctest::Approx(8 * 1000).epsilon(0.03));
}
TEST_CASE("what a whole machine draws idle is the least that it was seen to draw") {
  // 200 W idle for 10 s, then 300 W for 10 s, of whose CPU time half is this process's.
  fake_tree tree;
  tree.stat(0, 0);
  put_process(tree, "self", 0);
  host h;
  h.logical_cpus = h.allowed_cpus = 8;
  kaya::detail::handle<scripted_meter> meter(new scripted_meter(1));
  meter->channel(0).part = component::platform;
  manual_clock clock;
  kaya::ledger::core ledger(clock, attribute(bound(meter), attribution::process, tree.places(), h, 20), {},
                            10);
  ledger.start();
  for (int i = 1; i <= 200; ++i) {
    const bool busy = i > 100;
    if (busy) {
      tree.stat(static_cast<std::uint64_t>(i - 100) * 20, 0);
      put_process(tree, "self", static_cast<std::uint64_t>(i - 100) * 10);
    }
    clock.ticks += 100 * ms;
    meter->answers[0].count += busy ? 30'000'000 : 20'000'000;
    ledger.tick(ledger.look());
  }
  const auto joules = [&](const std::string& name) {
    for (const auto& t : ledger.timelines())
      if (t.channel().name == name) return static_cast<double>(t.total_uj) * 1e-6;
    return -1.0;
  };
  CHECK(joules("fake-0 (idle, shared)") == doctest::Approx(4000).epsilon(0.01));
  CHECK(joules("fake-0 (this process)") == doctest::Approx(500).epsilon(0.05));
}
