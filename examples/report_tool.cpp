// SPDX-License-Identifier: MIT
// Reports in JSON as any other form, merged from all ranks, or side by side.
//
//   g++ -std=c++20 -O1 -pthread -Iinclude examples/report_tool.cpp -o report_tool
//   ./report_tool html run.json > run.html
#include <kaya/kaya.hpp>
#include <kaya/report/compare.hpp>
#include <kaya/report/merge.hpp>

#include "all_forms.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

void print_usage(std::ostream& out) {
  out << "usage: report_tool FORM REPORT.json       one of the forms below, to the standard output\n"
         "       report_tool all DIR REPORT.json    every form, into a folder\n"
         "       report_tool merge REPORT.json...   one report of all ranks, as JSON\n"
         "       report_tool compare REPORT.json... side by side\n"
         "forms:";
  for (const forms::form& f : forms::all()) out << ' ' << f.name;
  out << '\n';
}

kaya::run_report load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  try {
    return kaya::report::from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  } catch (const std::invalid_argument& e) {
    throw std::runtime_error(path + ": " + e.what());
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help") {
    print_usage(arguments.empty() ? std::cerr : std::cout);
    return arguments.empty() ? 2 : 0;
  }
  const std::string& what = arguments[0];
  std::vector<std::string> files(arguments.begin() + 1, arguments.end());
  if (what == "all" && files.size() == 2) {
    forms::write_all(load(files[1]), files[0]);
    return 0;
  }
  if (what == "merge" && !files.empty()) {
    kaya::report::merger all;  // one at a time, so that thousands fit
    for (const std::string& file : files) all.add(load(file));
    std::cout << kaya::report::to_json(all.result());
    return 0;
  }
  if (what == "compare" && files.size() > 1) {
    std::vector<kaya::run_report> reports;
    for (const std::string& file : files) reports.push_back(load(file));
    std::cout << kaya::report::text(kaya::report::compare(reports));
    return 0;
  }
  for (const forms::form& f : forms::all())
    if (what == f.name && files.size() == 1) {
      std::cout << f.write(load(files[0]));
      return 0;
    }
  std::cerr << "report_tool: " << what << " with " << files.size() << " files is none of these\n";
  print_usage(std::cerr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int status = run({argv + 1, argv + argc});
    std::cout.flush();
    return std::cout ? status : 1;
  } catch (const std::exception& e) {
    std::cerr << "report_tool: " << e.what() << '\n';
    return 1;
  }
}
