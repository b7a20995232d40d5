// SPDX-License-Identifier: MIT
// A report in every form that kaya writes, by the name of the file that it goes into.
#pragma once

#include <kaya/kaya.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forms {

struct form {
  std::string_view name;  // as report_tool calls it
  std::string_view file;
  std::string (*write)(const kaya::run_report&);
};

inline const std::vector<form>& all() {
  using kaya::run_report;
  namespace report = kaya::report;
  static const std::vector<form> list{
      {"text", "report.txt", [](const run_report& r) { return report::text(r); }},
      {"json", "report.json", [](const run_report& r) { return report::to_json(r); }},
      {"html", "report.html", [](const run_report& r) { return report::html(r); }},
      {"epochs", "epochs.csv", [](const run_report& r) { return report::epochs_csv(r); }},
      {"scopes", "scopes.csv", [](const run_report& r) { return report::scopes_csv(r); }},
      {"card", "model_card.md",
       [](const run_report& r) { return report::model_card_front_matter(r) + "\n" + report::model_card(r); }},
      {"front-matter", "front_matter.yaml",
       [](const run_report& r) { return report::model_card_front_matter(r); }},
      {"statement", "statement.txt", [](const run_report& r) { return report::statement(r); }},
      {"statement-latex", "statement.tex", [](const run_report& r) { return report::statement_latex(r); }},
      {"latex", "table.tex", [](const run_report& r) { return report::latex(r); }},
      {"bibtex", "references.bib", [](const run_report& r) { return report::bibtex(r); }},
      {"prometheus", "metrics.prom", [](const run_report& r) { return report::prometheus(r); }}};
  return list;
}

/// All of them into a folder, which is made if it is not there, and the report's row into its emissions.csv,
/// unless the run has one there.
inline void write_all(const kaya::run_report& r, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const form& f : all()) {
    std::ofstream file(folder / f.file, std::ios::binary);
    file << f.write(r);
    file.close();
    if (!file) throw std::runtime_error("cannot write " + (folder / f.file).string());
  }
  const std::string csv = (folder / "emissions.csv").string();
  std::ifstream rows(csv, std::ios::binary);
  const std::string there(std::istreambuf_iterator<char>(rows), {});
  if (!r.run_id.empty() && there.find(r.run_id) != std::string::npos) return;
  if (const std::string problem = kaya::report::append_csv(csv, r); !problem.empty())
    throw std::runtime_error(problem);
}

}  // namespace forms
