// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/csv.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using kaya::report::append_csv;
using kaya::report::epochs_csv;
using kaya::report::scopes_csv;
using namespace kaya_test;

using table = std::vector<std::vector<std::string>>;

/// Reads RFC 4180, strictly: throws for what is no table of equally long lines.
table parse(const std::string& text) {
  table lines;
  std::size_t at = 0;
  while (at < text.size()) {
    lines.emplace_back();
    for (bool more = true; more;) {
      std::string field;
      if (text[at] == '"') {
        for (++at;; ++at) {
          if (at >= text.size()) throw std::runtime_error("open quotes");
          if (text[at] == '"' && text[at + 1] != '"') break;
          if (text[at] == '"') ++at;
          field += text[at];
        }
        ++at;
      } else {
        while (at < text.size() && std::string_view(",\r\n").find(text[at]) == std::string_view::npos) {
          if (text[at] == '"') throw std::runtime_error("a quote within a field");
          field += text[at++];
        }
      }
      lines.back().push_back(field);
      if (at >= text.size()) throw std::runtime_error("no end of the last line");
      more = text[at] == ',';
      if (text[at] == '\r' && text[at + 1] == '\n') ++at;
      if (!more && text[at] != '\n') throw std::runtime_error("text after quotes");
      ++at;
    }
    if (lines.back().size() != lines.front().size()) throw std::runtime_error("a line of another length");
  }
  return lines;
}
/// One line as a map from column to field.
std::map<std::string, std::string> row(const table& t, std::size_t n = 1) {
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i < t[0].size(); ++i) fields[t[0][i]] = t.at(n)[i];
  return fields;
}
/// The row of a report, by columns.
std::map<std::string, std::string> emissions_of(const kaya::run_report& r) {
  const fake_tree tree;
  CHECK(append_csv(tree.root() + "/emissions.csv", r).empty());
  return row(parse(text_of(tree.root() + "/emissions.csv")));
}
double number(const std::string& text) { return std::stod(text); }

/// Runs f in a child process; true if it gave true.
template <class F>
bool in_child(F f) {
  const pid_t child = fork();
  if (child == 0) _exit(f() ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("emissions.csv: the header has the 38 columns in their order") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  std::string file;
  CHECK(append_csv(path, sample_report(), &file).empty());
  CHECK(file == path);
  const table t = parse(text_of(path));
  REQUIRE(t.size() == 2);
  CHECK(t[0].size() == 38);
  CHECK(t[0].front() == "timestamp");
  CHECK(t[0][13] == "energy_consumed");
  CHECK(t[0].back() == "wue");
}
TEST_CASE("emissions.csv: energies and water contain the PUE, powers do not, emissions contain it once") {
  const auto f = emissions_of(sample_report());
  CHECK(number(f.at("pue")) == 1.5);
  CHECK(number(f.at("wue")) == 1.8);
  CHECK(number(f.at("energy_consumed")) == doctest::Approx(0.3 * 1.5));
  CHECK(number(f.at("cpu_energy")) == doctest::Approx(0.1 * 1.5));
  CHECK(number(f.at("gpu_energy")) == doctest::Approx(0.18 * 1.5));
  CHECK(number(f.at("ram_energy")) == doctest::Approx(0.02 * 1.5));
  CHECK(number(f.at("cpu_power")) == doctest::Approx(100));
  CHECK(number(f.at("gpu_power")) == doctest::Approx(180));
  CHECK(number(f.at("ram_power")) == doctest::Approx(20));
  CHECK(number(f.at("water_consumed")) == doctest::Approx(0.3 * 1.8 * 1.5));
  const double kg = 0.3 * 1.5 * 44.07e-3;
  CHECK(number(f.at("emissions")) == doctest::Approx(kg));
  CHECK(number(f.at("emissions_rate")) == doctest::Approx(kg / 3600));
  CHECK(number(f.at("emissions")) == doctest::Approx(number(f.at("energy_consumed")) * 44.07e-3));
  CHECK(number(f.at("cpu_energy")) + number(f.at("gpu_energy")) + number(f.at("ram_energy")) ==
        doctest::Approx(number(f.at("energy_consumed"))));
}
TEST_CASE("emissions.csv: the run and the machine") {
  const auto f = emissions_of(sample_report());
  CHECK(f.at("timestamp") == "2026-11-23T00:35:39");
  CHECK(f.at("project_name") == "digits");
  CHECK(f.at("run_id") == "0123456789abcdef");
  CHECK(f.at("duration") == "3600");
  CHECK(f.at("os") == "Linux 6.1");
  CHECK(f.at("codecarbon_version") == "kaya 0.1.0");
  CHECK(f.at("cpu_count") == "384");
  CHECK(f.at("cpu_model") == "AMD EPYC 9654");
  CHECK(f.at("gpu_count") == "2");
  CHECK(f.at("gpu_model") == "NVIDIA 0000:3b:00.0; NVIDIA 0000:af:00.0");
  CHECK(f.at("ram_total_size") == "64");
  CHECK(f.at("tracking_mode") == "machine");
}
TEST_CASE("emissions.csv: what is not known is an empty field, never 0") {
  kaya::run_report r = report_without_energy();
  r.hardware = {};
  r.wue.reset();
  r.start_unix_ns = 0;
  const auto f = emissions_of(r);
  for (const char* const column : {"timestamp",
                                   "experiment_id",
                                   "emissions",
                                   "emissions_rate",
                                   "cpu_power",
                                   "gpu_power",
                                   "ram_power",
                                   "cpu_energy",
                                   "gpu_energy",
                                   "ram_energy",
                                   "energy_consumed",
                                   "water_consumed",
                                   "cloud_provider",
                                   "cloud_region",
                                   "os",
                                   "python_version",
                                   "cpu_count",
                                   "cpu_model",
                                   "gpu_count",
                                   "gpu_model",
                                   "longitude",
                                   "latitude",
                                   "ram_total_size",
                                   "cpu_utilization_percent",
                                   "gpu_utilization_percent",
                                   "ram_utilization_percent",
                                   "ram_used_gb",
                                   "wue"}) {
    CAPTURE(column);
    CHECK(f.at(column).empty());
  }
}
TEST_CASE(
    "emissions.csv: a component of which one channel is not known is not known, nor is one that is not "
    "there") {
  kaya::run_report r = sample_report();
  r.channels[1].energy_uj.reset(), r.channels[1].rate.reset();
  r.channels.erase(r.channels.begin() + 3, r.channels.begin() + 5);
  const auto f = emissions_of(r);
  CHECK(f.at("cpu_energy").empty());
  CHECK(f.at("cpu_power").empty());
  CHECK(f.at("gpu_energy").empty());
  CHECK(number(f.at("ram_energy")) == doctest::Approx(0.03));
}
TEST_CASE("emissions.csv: figures that are no finite number are empty") {
  kaya::run_report r = sample_report();
  r.emissions->value = kaya::grams_co2e(std::numeric_limits<double>::infinity());
  r.duration = kaya::seconds(std::nan(""));
  const auto f = emissions_of(r);
  CHECK(f.at("emissions").empty());
  CHECK(f.at("emissions_rate").empty());
  CHECK(f.at("duration").empty());
}
TEST_CASE("emissions.csv: the place of a country, a state, a cloud region, an aggregate, a number") {
  kaya::run_report r = sample_report();
  const auto with = [&r](const char* code, const char* name, const char* iso3) {
    r.intensity.code = code, r.intensity.name = name, r.intensity.iso3 = iso3;
    return emissions_of(r);
  };
  auto f = with("FRA", "France", "FRA");
  CHECK(f.at("country_name") == "France");
  CHECK(f.at("country_iso_code") == "FRA");
  CHECK(f.at("region").empty());
  CHECK(f.at("on_cloud") == "N");
  CHECK(f.at("cloud_provider").empty());
  f = with("US-CA", "California", "USA");
  CHECK(f.at("country_name") == "United States");
  CHECK(f.at("region") == "California");
  f = with("aws:eu-west-3", "Paris", "FRA");
  CHECK(f.at("on_cloud") == "Y");
  CHECK(f.at("cloud_provider") == "aws");
  CHECK(f.at("cloud_region") == "eu-west-3");
  CHECK(f.at("country_name") == "France");
  CHECK(f.at("region") == "Paris");
  r.intensity.assumed = true;
  f = with("WLD", "World", "WLD");
  CHECK(f.at("country_name").empty());
  CHECK(f.at("country_iso_code").empty());
  CHECK(f.at("region") == "World (assumed)");
  r.intensity.assumed = false;
  f = with("", "given", "");
  CHECK(f.at("country_name").empty());
  CHECK(f.at("region").empty());
  CHECK(f.at("on_cloud") == "N");
}
TEST_CASE("emissions.csv: a process and a control group are tracked as a process") {
  kaya::run_report r = sample_report();
  r.of = kaya::attribution::process;
  CHECK(emissions_of(r).at("tracking_mode") == "process");
  r.of = kaya::attribution::cgroup;
  CHECK(emissions_of(r).at("tracking_mode") == "process");
}
TEST_CASE("emissions.csv: the end of a resumed run is its last process's") {
  kaya::run_report r = sample_report();
  r.processes.push_back({r.start_unix_ns, kaya::seconds(0), kaya::seconds(600), "", ""});
  r.processes.push_back(
      {r.start_unix_ns + 86'400'000'000'000, kaya::seconds(600), kaya::seconds(3000), "", ""});
  CHECK(emissions_of(r).at("timestamp") == "2026-11-24T00:25:39");
}
TEST_CASE("emissions.csv: hostile names stay one field, and no spreadsheet runs them") {
  for (const std::string& name : hostile_names()) {
    kaya::run_report r = sample_report();
    r.project = r.run_id = r.hardware.cpu_model = name;
    const auto f = emissions_of(r);
    const bool formula = std::string_view("=+-@\t\r").find(name.front()) != std::string_view::npos;
    CHECK(f.at("project_name") == (formula ? "'" + name : name));
    CHECK(f.at("run_id") == f.at("project_name"));
    CHECK(f.at("cpu_model") == f.at("project_name"));
  }
}
TEST_CASE("emissions.csv: a negative number is no formula") {
  kaya::run_report r = sample_report();
  r.emissions->value = kaya::grams_co2e(-1000);
  CHECK(emissions_of(r).at("emissions") == "-1");
}
TEST_CASE("emissions.csv: bytes that are not UTF-8 and NUL are replaced") {
  kaya::run_report r = sample_report();
  r.project = broken_utf8;
  r.run_id = std::string("a\0b", 3);
  const auto f = emissions_of(r);
  CHECK(f.at("project_name").starts_with("br\xEF\xBF\xBDken \xEF\xBF\xBD\xEF\xBF\xBD "));
  CHECK_FALSE(has(f.at("project_name"), "\xFF"));
  CHECK(f.at("run_id") ==
        "a\xEF\xBF\xBD"
        "b");
}
TEST_CASE("emissions.csv: a second row goes under the first, with no second header") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  for (int i = 0; i < 3; ++i) CHECK(append_csv(path, sample_report()).empty());
  CHECK(parse(text_of(path)).size() == 4);
}
TEST_CASE("emissions.csv: an empty file gets the header, one that was saved with CR LF is added to") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  write_text(path, "");
  CHECK(append_csv(path, sample_report()).empty());
  CHECK(parse(text_of(path)).size() == 2);
  write_text(path, std::string(kaya::report::detail::emissions_header) + "\r\n");
  CHECK(append_csv(path, sample_report()).empty());
  CHECK(parse(text_of(path)).size() == 2);
}
TEST_CASE("emissions.csv: a file with other columns stays as it is, and the row goes beside it") {
  const fake_tree tree;
  const std::string path = tree.root() + "/a.b/emissions.csv";
  std::filesystem::create_directories(tree.root() + "/a.b");
  const std::string others[] = {
      "timestamp,project_name,run_id,duration,emissions\n2021-01-01T00:00:00,x,y,1,2\n",  // an older one
      std::string(kaya::report::detail::emissions_header) + ",more\n", "\n", "hello\n"};
  for (const std::string& other : others) {
    write_text(path, other);
    std::string file;
    const std::string problem = append_csv(path, sample_report(), &file);
    CHECK(problem == path + " has other columns; written to " + tree.root() + "/a.b/emissions-kaya-1.csv");
    CHECK(file == tree.root() + "/a.b/emissions-kaya-1.csv");
    CHECK(text_of(path) == other);
  }
  CHECK(parse(text_of(tree.root() + "/a.b/emissions-kaya-1.csv")).size() == 1 + std::size(others));
}
TEST_CASE(
    "emissions.csv: after a torn line nothing is added, and the next file is taken if that is torn, too") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv", second = tree.root() + "/emissions-kaya-1.csv",
                    third = tree.root() + "/emissions-kaya-2.csv";
  CHECK(append_csv(path, sample_report()).empty());
  const std::string torn = text_of(path).substr(0, text_of(path).size() - 20);
  write_text(path, torn);
  write_text(second, torn);
  std::string file;
  CHECK(append_csv(path, sample_report(), &file) == path + " ends within a line; written to " + third);
  CHECK(file == third);
  CHECK(text_of(path) == torn);
  CHECK(text_of(second) == torn);
  CHECK(parse(text_of(third)).size() == 2);
}
TEST_CASE(
    "emissions.csv: a name without an extension, and one that begins with a dot, get the number behind") {
  using kaya::report::detail::beside;
  CHECK(beside("emissions", 1) == "emissions-kaya-1");
  CHECK(beside("a.b/.hidden", 2) == "a.b/.hidden-kaya-2");
  CHECK(beside("a.b/run.1.csv", 3) == "a.b/run.1-kaya-3.csv");
}
TEST_CASE("emissions.csv: a disabled tracker's report is not written") {
  const fake_tree tree;
  kaya::run_report r = sample_report();
  r.enabled = false;
  std::string file = "x";
  CHECK(append_csv(tree.root() + "/emissions.csv", r, &file).empty());
  CHECK(file.empty());
  CHECK_FALSE(std::filesystem::exists(tree.root() + "/emissions.csv"));
}
TEST_CASE("emissions.csv: what cannot be written is told, and leaves no file") {
  const fake_tree tree;
  std::string file;
  CHECK(append_csv(tree.root() + "/none/emissions.csv", sample_report(), &file) ==
        tree.root() + "/none/emissions.csv cannot be written: No such file or directory");
  CHECK(file.empty());
  CHECK(has(append_csv(tree.root(), sample_report()), "Is a directory"));
  CHECK(append_csv("/dev/full", sample_report()) == "/dev/full cannot be written: not a regular file");
  CHECK(has(append_csv("", sample_report()), "cannot be written"));
}
TEST_CASE("emissions.csv: in a folder that is read-only there is a problem, and no file") {
  const fake_tree tree;
  const std::string folder = tree.root() + "/readonly";
  REQUIRE(mkdir(folder.c_str(), 0555) == 0);
  REQUIRE(chmod(tree.root().c_str(), 0755) == 0);
  CHECK(in_child([&] {
    if (getuid() == 0 && setuid(65534) != 0) return false;
    return has(append_csv(folder + "/emissions.csv", sample_report()), "Permission denied");
  }));
  CHECK_FALSE(std::filesystem::exists(folder + "/emissions.csv"));
}
TEST_CASE("emissions.csv: a disk that is full leaves the rows that were there, whole, and no signal comes") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  CHECK(append_csv(path, sample_report()).empty());
  const std::string before = text_of(path);
  for (const std::size_t room : {std::size_t{0}, std::size_t{1}, std::size_t{100}}) {
    CAPTURE(room);
    CHECK(in_child([&] {
      const rlimit most{before.size() + room, before.size() + room};
      if (setrlimit(RLIMIT_FSIZE, &most) != 0) return false;
      std::string file;
      return has(append_csv(path, sample_report(), &file), "cannot be written: ") && file.empty();
    }));
    CHECK(text_of(path) == before);
  }
  CHECK(in_child([&] {  // and a new file is not left behind
    const rlimit most{100, 100};
    return setrlimit(RLIMIT_FSIZE, &most) == 0 &&
           has(append_csv(tree.root() + "/new.csv", sample_report()), "cannot be written: ");
  }));
  CHECK_FALSE(std::filesystem::exists(tree.root() + "/new.csv"));
}
TEST_CASE("emissions.csv: a file that is removed while others hold it is made anew") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  CHECK(append_csv(path, sample_report()).empty());
  const int held = ::open(path.c_str(), O_RDWR);
  REQUIRE(::flock(held, LOCK_EX) == 0);
  const pid_t child = fork();
  if (child == 0) {
    ::close(held);  // shares the lock
    _exit(append_csv(path, sample_report()).empty() ? 0 : 1);
  }
  sleep_ms(50);  // it waits for the lock of a file that goes away
  std::filesystem::remove(path);
  ::flock(held, LOCK_UN);
  ::close(held);
  int status = 1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(parse(text_of(path)).size() == 2);
}
TEST_CASE("emissions.csv: a file that stays locked is left alone, and another may take the row") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  CHECK(append_csv(path, sample_report()).empty());
  const std::string before = text_of(path);
  const int held = ::open(path.c_str(), O_RDWR);
  REQUIRE(::flock(held, LOCK_EX) == 0);
  const auto a =
      kaya::report::detail::append_line(path, kaya::report::detail::emissions_header, "x\n", 5'000'000);
  CHECK_FALSE(a.done);
  CHECK(a.elsewhere);
  CHECK(a.why == "is locked");
  CHECK(text_of(path) == before);
  ::close(held);
  CHECK(append_csv(path, sample_report()).empty());
}
TEST_CASE("emissions.csv: 16 processes that append 1000 rows each give 16 000 whole rows") {
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  constexpr int processes = 16, rows = 1000;
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    kaya::run_report r = sample_report();
    bool good = true;
    for (int i = 0; i < rows; ++i) {
      r.run_id = std::to_string(p) + "-" + std::to_string(i);
      r.project = "a \"name\",\nof " + std::string(static_cast<std::size_t>(i % 300), 'x');
      good = append_csv(path, r).empty() && good;
    }
    _exit(good ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const table t = parse(text_of(path));
  CHECK(t.size() == 1 + processes * rows);
  std::set<std::string> ids;
  for (const auto& line : t) ids.insert(line[2]);
  CHECK(ids.size() == 1 + processes * rows);
}
TEST_CASE("emissions.csv: pandas reads all rows, with numbers as numbers and nothing as NaN") {
  const std::string python = python_with("pandas");
  if (python.empty()) {
    MESSAGE("python3-pandas is not installed: not tested");
    return;
  }
  const fake_tree tree;
  const std::string path = tree.root() + "/emissions.csv";
  kaya::run_report r = sample_report();
  std::size_t n = 0;
  for (const std::string& name : hostile_names()) {
    r.project = name, ++n;
    CHECK(append_csv(path, r).empty());
  }
  r = report_without_energy();
  r.project = broken_utf8;
  CHECK(append_csv(path, r).empty());
  const output ran = run_python(python, tree.root(), R"(
import csv, sys, pandas
csv.field_size_limit(1 << 24)
rows = list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8')))
assert all(len(r) == 38 for r in rows), [len(r) for r in rows]
d = pandas.read_csv(sys.argv[1])
assert len(d) == len(rows) - 1 and len(d.columns) == 38
assert d.emissions.dtype == float and d.cpu_count.dtype == int
assert abs(d.energy_consumed[0] - 0.45) < 1e-12
assert d.energy_consumed.isna().sum() == 1 and d.longitude.isna().all()
assert pandas.to_datetime(d.timestamp).notna().all()
print(len(d), rows[1][1])
)",
                                path);
  CAPTURE(ran.text);
  CHECK(ran.status == 0);
  CHECK(ran.text == std::to_string(n + 1) + " a \"quoted\" name, with a comma\n");
}

TEST_CASE("epochs: a line for each, with units in the names and metrics as columns") {
  const table t = parse(epochs_csv(sample_report(2)));
  CHECK(t.size() == 3);
  CHECK(t[0] == std::vector<std::string>{"state", "epoch", "epochs", "start_s", "duration_s", "energy_j",
                                         "mean_power_w", "emissions_g", "coverage", "provenance",
                                         "work_images", "accuracy", "loss"});
  const auto f = row(t, 2);
  CHECK(f.at("state") == "closed");
  CHECK(f.at("epoch") == "1");
  CHECK(f.at("start_s") == "1800");
  CHECK(f.at("duration_s") == "1800");
  CHECK(f.at("energy_j") == "500000");
  CHECK(number(f.at("mean_power_w")) == doctest::Approx(500'000.0 / 1800));
  CHECK(f.at("provenance") == "modelled");
  CHECK(f.at("work_images") == "1000");
  CHECK(f.at("accuracy") == "0.925");
  CHECK(f.at("loss") == "0.5");
}
TEST_CASE("epochs: energies are exact to the microjoule") {
  kaya::run_report r = sample_report(4);
  r.epochs[0].energy_uj = kaya::microjoules(9'223'372'036'854'775'807);
  r.epochs[1].energy_uj = kaya::microjoules(1);
  r.epochs[2].energy_uj = kaya::microjoules(1'200'000);
  r.epochs[3].energy_uj = kaya::microjoules(std::numeric_limits<std::int64_t>::min());
  const table t = parse(epochs_csv(r));
  CHECK(row(t, 1).at("energy_j") == "9223372036854.775807");
  CHECK(row(t, 2).at("energy_j") == "0.000001");
  CHECK(row(t, 3).at("energy_j") == "1.2");
  CHECK(row(t, 4).at("energy_j") == "-9223372036854.775808");
}
TEST_CASE("epochs: open, merged and lost ones can be told from others") {
  kaya::run_report r = sample_report(3);
  r.epochs[0].merged = 8;
  r.epochs[2].open = true;
  r.lost = kaya::lost_work{5, kaya::microjoules(7'000'000), kaya::grams_co2e(2), kaya::seconds(14), 500};
  const table t = parse(epochs_csv(r));
  REQUIRE(t.size() == 5);
  CHECK(row(t, 1).at("epochs") == "8");
  CHECK(row(t, 2).at("epochs") == "1");
  CHECK(row(t, 3).at("state") == "open");
  const auto lost = row(t, 4);
  CHECK(lost.at("state") == "lost");
  CHECK(lost.at("epoch").empty());
  CHECK(lost.at("epochs") == "5");
  CHECK(lost.at("energy_j") == "7");
  CHECK(lost.at("mean_power_w") == "0.5");
  CHECK(lost.at("emissions_g") == "2");
  CHECK(lost.at("loss").empty());
}
TEST_CASE("epochs: what is missing is an empty field: energy, a metric that an epoch does not have") {
  kaya::run_report r = report_without_energy();
  r.epochs.push_back(r.epochs[0]);
  r.epochs[1].metrics = {{"late", 3}, {"loss", std::nan("")}};
  r.epochs.push_back(r.epochs[0]);
  r.epochs[2].metrics = {{"loss", -std::numeric_limits<double>::infinity()}};
  const table t = parse(epochs_csv(r));
  CHECK(row(t, 1).at("energy_j").empty());
  CHECK(row(t, 1).at("mean_power_w").empty());
  CHECK(row(t, 1).at("emissions_g").empty());
  CHECK(row(t, 1).at("late").empty());
  CHECK(row(t, 2).at("accuracy").empty());
  CHECK(row(t, 2).at("late") == "3");
  CHECK(row(t, 2).at("loss") == "nan");  // it is known: not a number
  CHECK(row(t, 3).at("loss") == "-inf");
  CHECK(row(t, 3).at("late").empty());
}
TEST_CASE("epochs: without any there is the heading alone") {
  CHECK(parse(epochs_csv(kaya::run_report())).size() == 1);
}
TEST_CASE("epochs: a metric with the name of a column gets another one, and none can take that") {
  kaya::run_report r = sample_report(1);
  r.epochs[0].metrics = {{"epoch", 1}, {"metric:epoch", 2}, {"work_images", 3}};
  const auto f = row(parse(epochs_csv(r)));
  CHECK(f.at("epoch") == "0");
  CHECK(f.at("metric:epoch") == "1");
  CHECK(f.at("metric:metric:epoch") == "2");
  CHECK(f.at("metric:work_images") == "3");
}
TEST_CASE("epochs: metrics in any order stand in their columns") {
  kaya::run_report r = sample_report(200);
  for (std::size_t i = 0; i < r.epochs.size(); ++i) {
    r.epochs[i].metrics.clear();
    for (std::size_t k = 0; k < 20; ++k) {
      const std::size_t which = (k * 7 + i * 3) % 40;
      r.epochs[i].metrics.emplace_back("m" + std::to_string(which), static_cast<double>(which * 1000 + i));
    }
  }
  const table t = parse(epochs_csv(r));
  CHECK(t[0].size() == 11 + 40);
  std::size_t found = 0;
  for (std::size_t i = 0; i < r.epochs.size(); ++i)
    for (std::size_t column = 11; column < t[0].size(); ++column)
      if (!t[i + 1][column].empty()) {
        ++found;
        const auto which = std::stoull(t[0][column].substr(1));
        CHECK(t[i + 1][column] == std::to_string(which * 1000 + i));
      }
  CHECK(found == 200 * 20);
}
TEST_CASE("epochs and scopes: hostile names stay one field") {
  for (const std::string& name : hostile_names()) {
    kaya::run_report r = sample_report(1);
    r.epochs[0].metrics = {{name, 7}};
    r.work_unit = name;
    r.scopes[0].name = name;
    r.scopes[0].marks = {name, "host time"};
    const bool formula = std::string_view("=+-@\t\r").find(name.front()) != std::string_view::npos;
    const std::string shown = formula ? "'" + name : name;
    const table epochs = parse(epochs_csv(r)), scopes = parse(scopes_csv(r));
    CHECK(epochs[0][10] == "work_" + name);
    CHECK(epochs[0][11] == shown);
    CHECK(epochs[1][11] == "7");
    CHECK(scopes[1][0] == shown);
    CHECK(scopes[1][12] == shown + "; host time");
  }
}
TEST_CASE("scopes: a line for each name, whose own energies add up to the run's") {
  const kaya::run_report r = sample_report();
  const table t = parse(scopes_csv(r));
  REQUIRE(t.size() == 5);
  double own = 0;
  for (std::size_t i = 1; i < t.size(); ++i) own += number(row(t, i).at("own_j"));
  CHECK(own == doctest::Approx(1'080'000));
  const auto f = row(t, 2);
  CHECK(f.at("scope") == "backward");
  CHECK(f.at("count") == "20");
  CHECK(f.at("own_low_j") == "160000");
  CHECK(f.at("own_high_j") == "240000");
  CHECK(f.at("min_j") == "10000");
  CHECK(f.at("time_s") == "10");
  CHECK(f.at("marks") == "host time");
  const auto outside = row(t, 4);
  CHECK(outside.at("scope") == "(outside)");
  CHECK(outside.at("count").empty());
  CHECK(outside.at("min_j").empty());
}
TEST_CASE("scopes: without energy the fields are empty") {
  const auto f = row(parse(scopes_csv(report_without_energy())), 1);
  for (const char* const column : {"own_j", "own_low_j", "own_high_j", "total_j", "total_low_j",
                                   "total_high_j", "min_j", "max_j", "emissions_g"})
    CHECK(f.at(column).empty());
  CHECK(f.at("count") == "20");
}
TEST_CASE("epochs and scopes: pandas reads them") {
  const std::string python = python_with("pandas");
  if (python.empty()) {
    MESSAGE("python3-pandas is not installed: not tested");
    return;
  }
  const fake_tree tree;
  for (const int epochs : {1, 10'000}) {
    kaya::run_report r = sample_report(epochs);
    std::size_t n = 0;
    for (const std::string& name : hostile_names()) {
      if (name.size() < 1000) r.epochs[0].metrics.emplace_back(name, 0.5), ++n;
      r.scopes[0].name = name;
      r.scopes.push_back(r.scopes[0]);
    }
    const std::string path = tree.root() + "/epochs.csv";
    write_text(path, epochs_csv(r));
    write_text(path + ".scopes", scopes_csv(r));
    const output ran = run_python(python, tree.root(), R"(
import sys, pandas
e = pandas.read_csv(sys.argv[1])
assert e.energy_j.notna().all() and e.accuracy.notna().all(), e
assert abs(e.energy_j.sum() - 1e6) < 1, e.energy_j.sum()
s = pandas.read_csv(sys.argv[1] + '.scopes', keep_default_na=False)
print(len(e), len(e.columns), len(s), len(s.columns))
)",
                                  path);
    CAPTURE(ran.text);
    CHECK(ran.status == 0);
    CHECK(ran.text == std::to_string(epochs) + " " + std::to_string(13 + n) + " " +
                          std::to_string(r.scopes.size()) + " 13\n");
  }
}
TEST_CASE("csv: 10 000 epochs take less than 30 ms") {
  const kaya::run_report r = sample_report(10'000);
  double least = 1e9;
  std::size_t size = 0;
  for (int i = 0; i < 5; ++i) {
    const double before = cpu_ms();
    size += epochs_csv(r).size() + scopes_csv(r).size() + kaya::report::detail::emissions_row(r).size();
    least = std::min(least, cpu_ms() - before);
  }
  MESSAGE("10 000 epochs: ", least, " ms, ", size / 5, " bytes");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(least < 30);
#endif
}
TEST_CASE("csv: the time that long names take grows with their length") {
  const auto ms = [](std::size_t length) {
    kaya::run_report r = sample_report(1);
    r.project = std::string(length, '"');
    for (int i = 0; i < 8; ++i)
      r.epochs[0].metrics.emplace_back(std::string(length, '\n') + char('a' + i), 1);
    r.epochs.push_back(r.epochs[0]);
    const double before = cpu_ms();
    const auto size = epochs_csv(r).size() + kaya::report::detail::emissions_row(r).size();
    CHECK(size > length * 9);
    return cpu_ms() - before;
  };
  const double small = ms(1 << 17), large = ms(1 << 20);
  CHECK(large < 8 * 4 * small + 20);
}
