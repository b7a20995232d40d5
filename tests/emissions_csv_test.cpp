// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/emissions_csv.hpp>

#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <filesystem>
#include <string>

using namespace kaya_test;
using kaya::report::append_csv_and_json;

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
