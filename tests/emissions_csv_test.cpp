// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/emissions_csv.hpp>

#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/test_machine.hpp"
#include "support/words.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace kaya_test;
using kaya::report::append_csv_and_json;

namespace {

kaya::tracker_options appending(const std::string& path) {
  kaya::tracker_options o = on_test_machine();
  o.project = "digits, =1+1";
  o.emissions_csv = path;
  return o;
}

}  // namespace

TEST_CASE("emissions.csv and JSON: the report of the row is beside it, under its run's id") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  CHECK(append_csv_and_json(path, sample_report()).empty());
  CHECK(text_of(path).find("0123456789abcdef") != std::string::npos);
  const auto read = kaya::report::from_json(text_of(tree.root() + "/0123456789abcdef.json"));
  CHECK(read.energy_uj == sample_report().energy_uj);
  CHECK(read.worst_provenance == kaya::meter::provenance::modelled);
}
TEST_CASE("emissions.csv and JSON: an id with slashes stays in the folder") {
  const fake_tree tree;
  kaya::run_report r = sample_report();
  r.run_id = "../up\n";
  CHECK(append_csv_and_json(tree.root() + "/emissions.csv", r).empty());
  CHECK(std::filesystem::exists(tree.root() + "/.._up_.json"));
}
TEST_CASE("emissions.csv and JSON: both problems are told") {
  const fake_tree tree;
  const std::string problem = append_csv_and_json(tree.root() + "/none/emissions.csv", sample_report());
  CHECK(problem.find("/none/emissions.csv cannot be written: ") != std::string::npos);
  CHECK(problem.find("/none/0123456789abcdef.json cannot be written: ") != std::string::npos);
}
TEST_CASE("emissions.csv and JSON: nothing is written of a disabled tracker") {
  const fake_tree tree;
  kaya::run_report r;
  r.enabled = false, r.run_id = "x";
  CHECK(append_csv_and_json(tree.root() + "/emissions.csv", r).empty());
  CHECK_FALSE(std::filesystem::exists(tree.root() + "/emissions.csv"));
  CHECK_FALSE(std::filesystem::exists(tree.root() + "/x.json"));
}
TEST_CASE("emissions.csv of a tracker: the row and the report are there when stop() returns, once") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  std::vector<std::string> ids;
  for (int run = 1; run <= 3; ++run) {
    kaya::tracker t(appending(path));
    { auto epoch = t.epoch(); }
    CHECK(count(text_of(path), "\n") == (run == 1 ? 0u : static_cast<unsigned>(run)));
    const kaya::run_report r = t.stop();
    CHECK(count(text_of(path), "\n") == static_cast<unsigned>(run) + 1);
    (void)t.stop();
    CHECK(count(text_of(path), r.run_id) == 1);
    CHECK(times(r, "emissions_csv", "") == 0);
    CHECK(text_of(tree.root() + "/" + r.run_id + ".json") == kaya::report::to_json(r));
  }
}
TEST_CASE(
    "emissions.csv of a tracker: a file of another header is left alone, and that is an event of the "
    "report") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  write_text(path, "timestamp,another\n1,2\n");
  int told = 0;
  kaya::tracker_options o = appending(path);
  o.on_event = [&told](const kaya::event& e) { told += e.where == "emissions_csv"; };
  kaya::tracker t(std::move(o));
  const kaya::run_report r = t.stop();
  CHECK(text_of(path) == "timestamp,another\n1,2\n");
  CHECK(times(r, "emissions_csv", path) == 1);
  CHECK(times(t.report(), "emissions_csv", path) == 1);
  CHECK(soon([&] { return told == 1; }));
  std::size_t with_row = 0;
  for (const auto& file : std::filesystem::directory_iterator(tree.root()))
    with_row += file.path().extension() == ".csv" && has(text_of(file.path()), r.run_id);
  CHECK(with_row == 1);
}
TEST_CASE(
    "emissions.csv of a tracker: a folder that is not there is an event at once and at the end, and the "
    "report is whole") {
  const fake_tree tree;
  kaya::tracker t(appending(tree.root() + "/none/emissions.csv"));
  CHECK(times(t.report(), "emissions_csv", "could not be written now: No such file or directory") == 1);
  const kaya::run_report r = t.stop();
  CHECK(r.finished);
  CHECK(r.energy_uj);
  CHECK(times(r, "emissions_csv", "cannot be written: No such file or directory") == 1);
}
TEST_CASE("emissions.csv of a tracker: a folder of that name is an event at once") {
  const fake_tree tree;
  kaya::tracker t(appending(tree.root()));
  CHECK(times(t.report(), "emissions_csv", "could not be written now: Is a directory") == 1);
}
TEST_CASE("emissions.csv of a tracker: names in braces are replaced, others are refused") {
  const fake_tree tree;
  kaya::tracker t(appending(tree.root() + "/{project}.csv"));
  (void)t.stop();
  CHECK(std::filesystem::exists(tree.root() + "/digits, =1+1.csv"));
  CHECK(has(refusal(appending("{other}.csv")), "emissions_csv: \"{other}.csv\" is not allowed; "));
}
