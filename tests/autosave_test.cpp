// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include <kaya/kaya.hpp>

#include "support/fake_tree.hpp"
#include "support/test_machine.hpp"
#include "support/words.hpp"

using namespace std::chrono_literals;
using kaya::run_report;
using kaya::tracker;
using kaya::tracker_options;
using kaya_test::fake_tree;
using kaya_test::on_test_machine;
using kaya_test::refusal;

using kaya_test::soon;
using kaya_test::text_of;

namespace {

std::optional<run_report> saved(const std::string& path) {
  const std::string text = text_of(path);
  if (text.empty()) return {};
  return kaya::report::from_json(text);
}
tracker_options saving(const std::string& path, kaya::seconds period = kaya::seconds(3600)) {
  tracker_options o = on_test_machine();
  o.sampling_period = 5ms;
  o.project = "digits/7";
  o.autosave = {.path = path, .period = period};
  return o;
}
}  // namespace

TEST_CASE("the report is saved at the end of each epoch, and last of all as it was finished") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.json";
  tracker t(saving(path));
  CHECK(text_of(path).empty());
  { auto epoch = t.epoch(); }
  REQUIRE(soon([&] { return saved(path) && saved(path)->epochs.size() == 1; }));
  CHECK_FALSE(saved(path)->finished);
  { auto epoch = t.epoch(); }
  REQUIRE(soon([&] { return saved(path)->epochs.size() == 2; }));
  const run_report last = t.stop();
  REQUIRE(saved(path)->finished);
  CHECK(saved(path)->energy_uj == last.energy_uj);
  CHECK(saved(path)->run_id == last.run_id);
}
TEST_CASE("it is saved at least every period, without an epoch") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.json";
  tracker t(saving(path, kaya::seconds(0.02)));
  REQUIRE(soon([&] { return saved(path) && saved(path)->energy_uj; }));
  const auto before = *saved(path)->energy_uj;
  CHECK(soon([&] { return *saved(path)->energy_uj > before; }));
}
TEST_CASE("a tracker that goes without stop() leaves its last report") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.json";
  {
    tracker t(saving(path));
    auto scope = t.scope("train");
    std::this_thread::sleep_for(20ms);
  }
  REQUIRE(saved(path));
  CHECK(saved(path)->energy_uj);
  CHECK_FALSE(saved(path)->finished);
}
TEST_CASE("a tracker may be destroyed by its own on_event, and is saved no more") {
  const fake_tree tree;
  std::atomic<tracker*> t{nullptr};
  std::atomic<bool> is_gone{false};
  tracker_options o = saving(tree.root() + "/run.json", kaya::seconds(0.001));
  o.on_event = [&](const kaya::event&) {
    while (t.load() == nullptr) std::this_thread::yield();
    if (!is_gone.exchange(true)) delete t.load();
  };
  t = new tracker(std::move(o));
  t.load()->add_work(-1);  // an event
  CHECK(soon([&] { return is_gone.load(); }));
  std::this_thread::sleep_for(20ms);
}
TEST_CASE("project, run, host and rank in the path are replaced, without a slash of their own") {
  const fake_tree tree;
  tracker t(saving(tree.root() + "/{project}-{run}-{rank}.json"));
  const run_report r = t.stop();
  CHECK(saved(tree.root() + "/digits_7-" + r.run_id + "-0.json"));
  CHECK(refusal(saving("{date}.json")) ==
        "autosave.path: \"{date}.json\" is not allowed; {project}, {run}, {host} and {rank} in braces, "
        "nothing else");
}
TEST_CASE("options that cannot be are refused") {
  tracker_options o = saving("x.json", kaya::seconds(0));
  CHECK(refusal(std::move(o)) == "autosave.period: 0 s is not allowed; 1 ms to 1 day");
  o = saving("x.json");
  o.sampling_period = 0s;
  CHECK(refusal(std::move(o)).find("the sampler saves") != std::string::npos);
}
TEST_CASE("a folder that is not there is an event, once, and so is its return") {
  const fake_tree tree;
  const std::string folder = tree.root() + "/later", path = folder + "/run.json";
  tracker t(saving(path, kaya::seconds(0.01)));
  const auto events = [&](std::string_view what) { return kaya_test::times(t.report(), "autosave", what); };
  REQUIRE(soon([&] { return events("No such file or directory") == 1; }));
  std::this_thread::sleep_for(60ms);
  CHECK(events("No such file or directory") == 1);
  REQUIRE(mkdir(folder.c_str(), 0755) == 0);
  CHECK(soon([&] { return events("saved again") == 1; }));
  CHECK(saved(path));
}
TEST_CASE("whoever reads finds a whole report, however often it is saved") {
  const fake_tree tree;
  const std::string path = tree.root() + "/run.json";
  tracker t(saving(path, kaya::seconds(0.001)));
  REQUIRE(soon([&] { return saved(path).has_value(); }));
  for (int i = 0; i < 200; ++i) CHECK_NOTHROW((void)kaya::report::from_json(text_of(path)));
}
TEST_CASE("what is killed has left its last saved report, and nothing half-written under its name") {
  const fake_tree tree;
  for (int i = 0; i < 20; ++i) {
    const std::string path = tree.root() + "/run" + std::to_string(i) + ".json";
    const pid_t child = fork();
    if (child == 0) {
      tracker t(saving(path, kaya::seconds(0.001)));
      for (;;) {
        auto epoch = t.epoch();
        std::this_thread::sleep_for(1ms);
      }
    }
    REQUIRE(soon([&] { return !text_of(path).empty(); }));
    std::this_thread::sleep_for(std::chrono::microseconds(700 * i));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK(saved(path)->energy_uj);
  }
}
