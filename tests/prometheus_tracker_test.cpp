// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/kaya.hpp>
#include <kaya/report/prometheus.hpp>

#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/test_machine.hpp"
#include "support/words.hpp"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;
using namespace kaya_test;
using kaya::tracker;
using kaya::tracker_options;

namespace {

tracker_options exposing(const std::string& folder, bool remove = false,
                         kaya::seconds period = kaya::seconds(3600)) {
  tracker_options o = on_test_machine();
  o.sampling_period = 5ms;
  o.prometheus = {.folder = folder, .period = period, .remove_at_stop = remove};
  return o;
}
std::string file_of(const std::string& folder, const kaya::run_report& r) {
  return folder + "/" + kaya::report::prometheus_file_name(r);
}

}  // namespace

TEST_CASE("a tracker keeps its metrics in a file, from the end of an epoch to the end of the run") {
  const fake_tree tree;
  tracker t(exposing(tree.root()));
  const std::string path = file_of(tree.root(), t.report());
  CHECK_FALSE(std::filesystem::exists(path));
  { auto epoch = t.epoch(); }
  REQUIRE(soon([&] { return text_of(path).find("kaya_run_finished{") != std::string::npos; }));
  CHECK(text_of(path).find("kaya_epoch{") != std::string::npos);
  const kaya::run_report last = t.stop();
  CHECK(soon([&] { return text_of(path) == kaya::report::to_prometheus(last); }));
}
TEST_CASE("it is updated every period, without an epoch") {
  const fake_tree tree;
  tracker t(exposing(tree.root(), false, kaya::seconds(0.02)));
  const std::string path = file_of(tree.root(), t.report());
  REQUIRE(soon([&] { return std::filesystem::exists(path); }));
  const std::string before = text_of(path);
  CHECK(soon([&] { return text_of(path) != before; }));
}
TEST_CASE("the file goes with the run if asked: with stop(), and with a tracker that was not stopped") {
  const fake_tree tree;
  std::string path;
  for (const bool stopped : {true, false}) {
    {
      tracker t(exposing(tree.root(), true, kaya::seconds(0.01)));
      path = file_of(tree.root(), t.report());
      REQUIRE(soon([&] { return std::filesystem::exists(path); }));
      if (stopped) {
        (void)t.stop();
        CHECK(soon([&] { return !std::filesystem::exists(path); }));
      }
    }
    CHECK_FALSE(std::filesystem::exists(path));
  }
}
TEST_CASE("autosave and metrics go side by side, and two runs share a folder") {
  const fake_tree tree;
  tracker_options o = exposing(tree.root());
  o.autosave = {.path = tree.root() + "/run.json"};
  tracker a(std::move(o)), b(exposing(tree.root()));
  const kaya::run_report first = a.stop(), second = b.stop();
  CHECK(soon([&] { return text_of(file_of(tree.root(), first)) == kaya::report::to_prometheus(first); }));
  CHECK(soon([&] { return text_of(file_of(tree.root(), second)) == kaya::report::to_prometheus(second); }));
  CHECK(soon([&] { return text_of(tree.root() + "/run.json") == kaya::report::to_json(first); }));
}
TEST_CASE(
    "counters of a run that goes on do not fall below those of its last file; those of a new one begin at "
    "0") {
  const fake_tree tree;
  std::string path, id;
  const auto run = [&](bool resume) {
    tracker_options o = exposing(tree.root());
    o.journal = {.path = tree.root() + "/run.journal"};
    o.resume = resume;
    tracker t(std::move(o));
    std::this_thread::sleep_for(30ms);
    const kaya::run_report r = t.stop();
    CHECK(soon(
        [&] { return text_of(file_of(tree.root(), r)).find("kaya_run_finished") != std::string::npos; }));
    path = file_of(tree.root(), r), id = r.run_id;
  };
  const auto emitted = [&] {
    const std::string text = text_of(path), name = "\nkaya_emissions_grams_total{";
    const std::size_t at = text.find("} ", text.find(name));
    return text.substr(at + 2, text.find('\n', at) - at - 2);
  };
  run(false);
  const std::string first = path;
  CHECK(std::stod(emitted()) < 1000);
  std::string later = text_of(path);  // as if the journal had not been flushed before the process was killed
  const std::size_t at = later.find(" " + emitted() + "\n");
  REQUIRE(at != std::string::npos);
  write_text(path, later.replace(at + 1, emitted().size(), "12345.5"));
  run(true);
  CHECK(path == first);
  CHECK(emitted() == "12345.5");
  run(false);
  CHECK(path != first);
  CHECK(std::stod(emitted()) < 1000);
}
TEST_CASE("a folder that is not there is an event, once, and so is its return") {
  const fake_tree tree;
  const std::string folder = tree.root() + "/later";
  tracker t(exposing(folder, false, kaya::seconds(0.01)));
  const auto events = [&](std::string_view what) { return kaya_test::times(t.report(), "prometheus", what); };
  REQUIRE(soon([&] { return events("No such file or directory") == 1; }));
  std::this_thread::sleep_for(60ms);
  CHECK(events("No such file or directory") == 1);
  REQUIRE(mkdir(folder.c_str(), 0755) == 0);
  CHECK(soon([&] { return events("saved again") == 1; }));
}
TEST_CASE("options of metrics that cannot be are refused") {
  tracker_options o = exposing("x");
  o.prometheus.period = 0s;
  CHECK(refusal(std::move(o)) == "prometheus.period: 0 s is not allowed; 1 ms to 1 day");
  o = exposing("x");
  o.sampling_period = 0s;
  CHECK(refusal(std::move(o)).find("the sampler writes") != std::string::npos);
}
