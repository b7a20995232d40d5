// SPDX-License-Identifier: MIT
// Rows of a file of tests/data: fields between bars, after comments of which the last names the fields.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace kaya_test {

struct table_row {
  std::map<std::string, std::string> fields;

  const std::string& text(const std::string& field) const { return fields.at(field); }
  bool has(const std::string& field) const { return !text(field).empty(); }
  /// NaN where the field is empty.
  double number(const std::string& field) const {
    return has(field) ? std::strtod(text(field).c_str(), nullptr) : std::strtod("nan", nullptr);
  }
};

inline std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == '|') parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

inline std::vector<table_row> read_table(const std::string& name) {
  const std::string here = __FILE__;
  const std::string path = here.substr(0, here.rfind("support")) + "data/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read");
  std::vector<std::string> names;
  std::vector<table_row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '#') {
      names = split(line.substr(2));
      continue;
    }
    const std::vector<std::string> parts = split(line);
    if (parts.size() != names.size()) throw std::runtime_error(path + ": fields missing: " + line);
    rows.emplace_back();
    for (std::size_t i = 0; i < parts.size(); ++i) rows.back().fields[names[i]] = parts[i];
  }
  return rows;
}

}  // namespace kaya_test
