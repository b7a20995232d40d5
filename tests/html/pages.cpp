// SPDX-License-Identifier: MIT
// Writes pages of all kinds of reports into a folder; of other arguments, files of JSON, a page each.
#include "../support/words.hpp"
#include "reports.hpp"

#include <kaya/report/html.hpp>
#include <kaya/report/json.hpp>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace kaya_test;
  if (argc < 2) return 2;
  const std::string folder = argv[1];
  const auto page = [&folder](const std::string& name, const kaya::run_report& r) {
    write_text(folder + "/" + name + ".html", kaya::report::to_html(r));
  };
  for (int i = 2; i < argc; ++i)
    page("file" + std::to_string(i - 1), kaya::report::from_json(text_of(argv[i])));
  page("sample", sample_report(20));
  page("server", gpu_server());
  page("resumed", resumed_run());
  page("missing", missing_meters());
  page("ranks", merged_ranks());
  page("long", many_epochs(10'000));
  kaya::run_report late = sample_report(20);
  set_power(late, 60);
  late.power.erase(late.power.begin() + 20, late.power.begin() + 26);
  page("late", late);
  page("one", sample_report(1));
  page("none", sample_report(0));
  page("without", report_without_energy());
  page("empty", {});
  kaya::run_report off;
  off.enabled = false;
  page("disabled", off);
  std::vector<std::string> names = hostile_names();
  names.push_back(broken_utf8);
  std::string all;
  for (const std::string& n : names) all += n.substr(0, 60);
  for (std::size_t i = 0; i < names.size(); ++i) page("name" + std::to_string(i), hostile_report(names[i]));
  page("names", hostile_report(all));
}
