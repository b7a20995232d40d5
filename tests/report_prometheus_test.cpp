// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/prometheus.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using kaya::report::prometheus_file_name;
using kaya::report::to_prometheus;
using namespace kaya_test;

using label_map = std::map<std::string, std::string>;
struct sample {
  label_map labels;
  double value;
};
struct family {
  std::string type;
  std::vector<sample> samples;
};

bool is_name(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}
[[noreturn]] void wrong(const std::string& line) { throw std::runtime_error("no exposition: " + line); }

/// Reads the text format, strictly: each family has its head once, before its samples, and no sample twice.
std::map<std::string, family> parse(const std::string& text) {
  std::map<std::string, family> families;
  std::set<std::string> seen;
  std::string now;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# HELP ")) {
      now = line.substr(7, line.find(' ', 7) - 7);
      if (!is_name(now) || families.count(now) != 0) wrong(line);
    } else if (line.starts_with("# TYPE " + now + " ")) {
      families[now].type = line.substr(8 + now.size());
    } else {
      const std::size_t open = line.find('{');
      if (open == std::string::npos || line.substr(0, open) != now || families.count(now) == 0) wrong(line);
      sample s;
      std::size_t at = open + 1;
      while (line.at(at) != '}') {
        const std::size_t equals = line.find("=\"", at);
        const std::string name = line.substr(at, equals - at);
        if (!is_name(name) || s.labels.count(name) != 0) wrong(line);
        std::string value;
        for (at = equals + 2; line.at(at) != '"'; ++at) {
          if (line[at] == '\\' && line.at(++at) == 'n') value += '\n';
          else value += line[at];
        }
        s.labels[name] = value;
        if (line.at(++at) == ',') ++at;
      }
      if (line.at(at + 1) != ' ' || !seen.insert(line.substr(0, at)).second) wrong(line);
      std::size_t used = 0;
      s.value = std::stod(line.substr(at + 2), &used);
      if (used != line.size() - at - 2) wrong(line);
      families[now].samples.push_back(s);
    }
  }
  return families;
}
double sum(const family& f) {
  double total = 0;
  for (const sample& s : f.samples) total += s.value;
  return total;
}
std::set<std::string> values_of(const family& f, const std::string& label) {
  std::set<std::string> values;
  for (const sample& s : f.samples) values.insert(s.labels.at(label));
  return values;
}
double value_of(const family& f, const std::string& label, const std::string& value) {
  for (const sample& s : f.samples)
    if (s.labels.at(label) == value) return s.value;
  return std::nan("");
}

}  // namespace

TEST_CASE("prometheus: the sum over devices is the run's energy, and what does not count is not in it") {
  const auto f = parse(to_prometheus(sample_report()));
  const family& energy = f.at("kaya_energy_joules_total");
  CHECK(energy.type == "counter");
  CHECK(sum(energy) == 1'080'000);
  CHECK(energy.samples.size() == 5);
  CHECK(values_of(energy, "component") == std::set<std::string>{"cpu", "gpu", "memory"});
  CHECK(values_of(energy, "device").count("socket0/core") == 0);
  CHECK(value_of(energy, "device", "0000:3b:00.0") == 90 * 3600);
}
TEST_CASE("prometheus: the sum over scopes' own energy is the run's energy") {
  const auto f = parse(to_prometheus(sample_report()));
  CHECK(sum(f.at("kaya_scope_energy_joules_total")) == 1'080'000);
  CHECK(value_of(f.at("kaya_scope_energy_joules_total"), "scope", "(outside)") == 80'000);
  CHECK(value_of(f.at("kaya_scope_inclusive_energy_joules_total"), "scope", "train") == 900'000);
  CHECK(value_of(f.at("kaya_scope_inclusive_emissions_grams_total"), "scope", "train") ==
        doctest::Approx(0.25 * 1.5 * 44.07));
}
TEST_CASE("prometheus: emissions are those of components, and the sum is the run's") {
  kaya::run_report r = sample_report();
  const auto f = parse(to_prometheus(r));
  const family& emissions = f.at("kaya_emissions_grams_total");
  CHECK(emissions.type == "counter");
  CHECK(values_of(emissions, "component") == std::set<std::string>{"cpu", "gpu", "memory"});
  CHECK(value_of(emissions, "component", "gpu") == doctest::Approx(0.18 * 1.5 * 44.07));
  CHECK(sum(emissions) == doctest::Approx(0.3 * 1.5 * 44.07));
}
TEST_CASE("prometheus: where no components are known, emissions are one sample of the run") {
  kaya::run_report r = sample_report();
  r.components.clear();
  const auto f = parse(to_prometheus(r));
  const family& emissions = f.at("kaya_emissions_grams_total");
  REQUIRE(emissions.samples.size() == 1);
  CHECK(emissions.samples[0].labels.count("component") == 0);
  CHECK(emissions.samples[0].value == doctest::Approx(0.3 * 1.5 * 44.07));
}
TEST_CASE(
    "prometheus: a component that is there twice is one sample; one without emissions leaves the run's") {
  kaya::run_report r = sample_report();
  r.components.push_back(r.components[0]);
  CHECK(value_of(parse(to_prometheus(r)).at("kaya_emissions_grams_total"), "component", "cpu") ==
        doctest::Approx(0.2 * 1.5 * 44.07));
  r.components[1].emissions = kaya::grams_co2e(std::nan(""));
  const auto f = parse(to_prometheus(r));
  REQUIRE(f.at("kaya_emissions_grams_total").samples.size() == 1);
  CHECK(sum(f.at("kaya_emissions_grams_total")) == doctest::Approx(0.3 * 1.5 * 44.07));
}
TEST_CASE("prometheus: counters kept up to date never fall, gauges may, and what is new begins where it is") {
  kaya::report::detail::rising_counters counters;
  kaya::run_report r = sample_report();
  for (const char* const name : {"two words", "quote \" } 9", "line\nbreak"})
    r.scopes.push_back(r.scopes[0]), r.scopes.back().name = name;
  const std::string first = to_prometheus(r);
  CHECK(counters.raised(first) == first);

  kaya::run_report less = r;
  less.duration = kaya::seconds(1800);
  *less.channels[0].energy_uj = kaya::microjoules(5);
  for (kaya::component_line& c : less.components) c.emissions *= 0.5;
  for (kaya::scope_line& s : less.scopes) *s.own_uj = kaya::microjoules(7);
  *less.channels[1].energy_uj += kaya::microjoules(1'000'000);
  less.scopes.push_back(less.scopes[0]), less.scopes.back().name = "new";
  const auto before = parse(first), now = parse(counters.raised(to_prometheus(less)));
  const auto device = [](const auto& f, const char* name) {
    return value_of(f.at("kaya_energy_joules_total"), "device", name);
  };
  CHECK(device(now, "socket0/package") == device(before, "socket0/package"));
  CHECK(device(now, "socket1/package") == device(before, "socket1/package") + 1);
  CHECK(sum(now.at("kaya_emissions_grams_total")) == sum(before.at("kaya_emissions_grams_total")));
  for (const sample& s : before.at("kaya_scope_energy_joules_total").samples)
    CHECK(value_of(now.at("kaya_scope_energy_joules_total"), "scope", s.labels.at("scope")) == s.value);
  CHECK(value_of(now.at("kaya_scope_energy_joules_total"), "scope", "new") == doctest::Approx(7e-6));
  CHECK(now.at("kaya_run_duration_seconds").samples[0].value == 1800);

  kaya::report::detail::rising_counters spoilt;
  (void)spoilt.raised("# TYPE a counter\na{b=\"c\"} inf\na{b=\"d\"} nan\na 1e5 \n");
  CHECK(spoilt.raised("# TYPE a counter\na{b=\"c\"} 1\na{b=\"d\"} 2\n") ==
        "# TYPE a counter\na{b=\"c\"} 1\na{b=\"d\"} 2\n");
  CHECK(counters.raised(to_prometheus(r)) ==
        counters.raised(to_prometheus(r)));  // what fell once stays where it was
  CHECK(device(parse(counters.raised(to_prometheus(r))), "socket1/package") ==
        device(now, "socket1/package"));
}
TEST_CASE("prometheus: every sample has the run and its rank") {
  kaya::run_report r = sample_report();
  r.hardware.rank = 7;
  for (const auto& [name, family] : parse(to_prometheus(r))) {
    CHECK(values_of(family, "run") == std::set<std::string>{"0123456789abcdef"});
    CHECK(values_of(family, "rank") == std::set<std::string>{"7"});
  }
  r.hardware.rank.reset();
  CHECK(values_of(parse(to_prometheus(r)).at("kaya_work"), "rank") == std::set<std::string>{"0"});
}
TEST_CASE("prometheus: duration, epoch, work and the time of the figures are gauges") {
  kaya::run_report r = sample_report(3);
  r.start_unix_ns += 250'999'999, r.total_epochs = 5, r.epochs[2].merged = 2;
  const std::string text = to_prometheus(r);
  const auto f = parse(text);
  for (const char* const name : {"kaya_run_duration_seconds", "kaya_epoch", "kaya_work", "kaya_run_finished",
                                 "kaya_last_update_timestamp_seconds", "kaya_epochs_planned"})
    CHECK(f.at(name).type == "gauge");
  CHECK(f.at("kaya_run_duration_seconds").samples[0].value == 3600);
  CHECK(f.at("kaya_epoch").samples[0].value == 3);
  CHECK(f.at("kaya_epochs_planned").samples[0].value == 5);
  CHECK(value_of(f.at("kaya_work"), "unit", "images") == 3000);
  CHECK(f.at("kaya_run_finished").samples[0].value == 1);
  CHECK(
      text.find("kaya_last_update_timestamp_seconds{run=\"0123456789abcdef\",rank=\"0\"} 1795394139.250\n") !=
      std::string::npos);
}
TEST_CASE("prometheus: what was assumed, and how wide the range is, can be seen") {
  kaya::run_report r = sample_report();
  r.pue = 1, r.pue_assumed = true, r.intensity.assumed = true;
  const auto f = parse(to_prometheus(r));
  CHECK(value_of(f.at("kaya_pue_ratio"), "assumed", "true") == 1);
  CHECK(value_of(f.at("kaya_carbon_intensity_grams_per_kilowatt_hour"), "assumed", "true") == 44.07);
  CHECK(f.at("kaya_energy_low_joules").samples[0].value == 900'000);
  CHECK(f.at("kaya_energy_high_joules").samples[0].value == 1'300'000);
  CHECK(f.at("kaya_run_info").samples[0].labels.at("provenance") == "modelled");
}
TEST_CASE("prometheus: what is not known has no sample, and the reason is told") {
  kaya::run_report r = report_without_energy();
  r.channels[0].why.reset();
  const auto f = parse(to_prometheus(r));
  for (const char* const name :
       {"kaya_energy_joules_total", "kaya_emissions_grams_total", "kaya_water_litres_total",
        "kaya_scope_energy_joules_total", "kaya_scope_inclusive_energy_joules_total",
        "kaya_scope_inclusive_emissions_grams_total", "kaya_energy_low_joules",
        "kaya_energy_measured_ratio"}) {
    CAPTURE(name);
    CHECK(f.count(name) == 0);
  }
  const family& channels = f.at("kaya_channel_info");
  CHECK(channels.samples.size() == 6);
  CHECK(values_of(channels, "missing") == std::set<std::string>{"no permission", "not known"});
  CHECK(parse(to_prometheus(kaya::run_report())).count("kaya_epoch") == 0);
}
TEST_CASE("prometheus: a device that another rank counts is not counted, and whose it is can be seen") {
  kaya::run_report r = sample_report();
  r.channels[0].counted = false, r.channels[0].held_by = "local rank 0";
  const auto f = parse(to_prometheus(r));
  CHECK(sum(f.at("kaya_energy_joules_total")) == 250 * 3600);
  CHECK(value_of(f.at("kaya_channel_info"), "held_by", "local rank 0") == 1);
}
TEST_CASE("prometheus: nothing is told of a disabled tracker's run") {
  kaya::run_report r = sample_report();
  r.enabled = false;
  CHECK(to_prometheus(r).empty());
}
TEST_CASE("prometheus: energies are exact, so that no counter ever falls by rounding") {
  kaya::run_report r = sample_report();
  r.channels[0].energy_uj = kaya::microjoules(9'007'199'254'740'993);
  CHECK(to_prometheus(r).find("} 9007199254.740993\n") != std::string::npos);
}
TEST_CASE("prometheus: of a thousand scopes a hundred have a label, and the total stays") {
  kaya::run_report r = sample_report();
  const kaya::scope_line model = r.scopes[0];
  std::int64_t added = 0;
  for (int i = 0; i < 1000; ++i) {
    kaya::scope_line s = model;
    s.name = "layer" + std::to_string(i), s.own_uj = kaya::microjoules(1'000'000 + i);
    added += 1'000'000 + i;
    r.scopes.insert(r.scopes.end() - 2, s);  // as in a report: kaya's own come last
  }
  const auto f = parse(to_prometheus(r));
  const family& own = f.at("kaya_scope_energy_joules_total");
  CHECK(own.samples.size() == 100);
  CHECK(sum(own) == doctest::Approx(1'080'000 + static_cast<double>(added) * 1e-6).epsilon(1e-12));
  for (const char* const name : {"train", "backward", "epoch", "(outside)", "(other)", "layer0", "layer94"})
    CHECK(values_of(own, "scope").count(name) == 1);
  CHECK(values_of(own, "scope").count("layer95") == 0);
  CHECK(values_of(f.at("kaya_scope_inclusive_energy_joules_total"), "scope").count("(other)") == 0);
}
TEST_CASE("prometheus: a scope keeps its label as others come, so no counter begins anew") {
  kaya::run_report r = sample_report();
  double other = 0;
  for (int i = 0; i < 300; ++i) {
    kaya::scope_line s = r.scopes[0];
    s.name = "layer" + std::to_string(i), s.own_uj = kaya::microjoules(1'000'000LL * (i + 1));
    r.scopes.insert(r.scopes.end() - 2, s);
    const auto f = parse(to_prometheus(r));
    const family& own = f.at("kaya_scope_energy_joules_total");
    CHECK(value_of(own, "scope", "layer0") == 1);
    const double now = value_of(own, "scope", "(other)");
    if (now == now) {
      CHECK(now > other);
      other = now;
    }
  }
  CHECK(other > 0);
}
TEST_CASE("prometheus: hostile names are escaped, and come back; those over 128 bytes are cut") {
  for (const std::string& name : hostile_names()) {
    kaya::run_report r = sample_report();
    r.project = r.run_id = r.work_unit = r.scopes[0].name = r.channels[0].device = r.intensity.source = name;
    const auto f = parse(to_prometheus(r));
    const std::string shown = name.size() > 128 ? name.substr(0, 125) + "..." : name;
    CHECK(values_of(f.at("kaya_run_info"), "project") == std::set<std::string>{shown});
    CHECK(values_of(f.at("kaya_run_info"), "run") == std::set<std::string>{shown});
    CHECK(values_of(f.at("kaya_scope_energy_joules_total"), "scope").count(shown) == 1);
    CHECK(values_of(f.at("kaya_energy_joules_total"), "device").count(shown) == 1);
  }
}
TEST_CASE("prometheus: a cut divides no character, and names that are then the same are added up") {
  kaya::run_report r = sample_report();
  std::string name;
  while (name.size() < 200) name += "\xF0\x9F\x8C\x8D";
  r.scopes[0].name = name + "1", r.scopes[1].name = name + "2";
  const auto f = parse(to_prometheus(r));
  CHECK(value_of(f.at("kaya_scope_energy_joules_total"), "scope", name.substr(0, 124) + "...") == 900'000);
}
TEST_CASE("prometheus: channels with one device, or the same in all, are one sample") {
  kaya::run_report r = sample_report();
  r.channels.push_back(r.channels[0]);
  const auto f = parse(to_prometheus(r));
  CHECK(value_of(f.at("kaya_energy_joules_total"), "device", "socket0/package") == 2 * 50 * 3600);
  CHECK(f.at("kaya_channel_info").samples.size() == 6);
}
TEST_CASE("prometheus: runs and ranks that share a folder have files of their own") {
  kaya::run_report r = sample_report();
  CHECK(prometheus_file_name(r) == "kaya-0123456789abcdef-0.prom");
  r.hardware.rank = 12;
  CHECK(prometheus_file_name(r) == "kaya-0123456789abcdef-12.prom");
  r.run_id = "../a/b\n";
  CHECK(prometheus_file_name(r) == "kaya-.._a_b_-12.prom");
  r.run_id = std::string(1 << 20, 'x');
  CHECK(prometheus_file_name(r).size() < 200);
}

namespace {
kaya::detail::handle<kaya::detail::saver> saver_for(const std::string& folder, bool remove,
                                                    double seconds = 3600) {
  return kaya::detail::make_prometheus_saver(folder, static_cast<std::int64_t>(seconds * 1e9), remove,
                                             sample_report());
}
const std::string file = "/kaya-0123456789abcdef-0.prom";
}  // namespace

TEST_CASE("prometheus: the file is written when due, and nothing else is left in the folder") {
  const fake_tree tree;
  const std::string folder = tree.root() + "/metrics";
  std::filesystem::create_directories(folder);
  const auto saver = saver_for(folder, false, 0.05);
  CHECK_FALSE(saver->is_due(false));
  CHECK(saver->is_due(true));
  sleep_ms(60);
  CHECK(saver->is_due(false));
  CHECK(saver->save(sample_report()).empty());
  CHECK_FALSE(saver->is_due(false));
  CHECK(text_of(folder + file) == to_prometheus(sample_report()));
  const std::filesystem::directory_iterator all(folder);
  CHECK(std::distance(begin(all), end(all)) == 1);
}
TEST_CASE("prometheus: the file stays after the end of the run, or goes if asked") {
  const fake_tree tree;
  kaya::run_report r = sample_report();
  for (const bool remove : {false, true}) {
    r.finished = false;
    const auto saver = saver_for(tree.root() + "/", remove);
    CHECK(saver->save(r).empty());
    CHECK(std::filesystem::exists(tree.root() + file));
    r.finished = true;
    CHECK(saver->save(r).empty());
    CHECK(std::filesystem::exists(tree.root() + file) == !remove);
  }
}
TEST_CASE(
    "prometheus: the file goes with a tracker that was not stopped, but not with a forked child's copy") {
  const fake_tree tree;
  kaya::run_report r = sample_report();
  r.finished = false;
  auto saver = saver_for(tree.root(), true);
  CHECK(saver->save(r).empty());
  const pid_t child = fork();
  if (child == 0) {
    saver = {};
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  CHECK(std::filesystem::exists(tree.root() + file));
  saver = {};
  CHECK_FALSE(std::filesystem::exists(tree.root() + file));
}
TEST_CASE("prometheus: a folder that is not there is told once, and so is its return") {
  const fake_tree tree;
  const auto saver = saver_for(tree.root() + "/later", false);
  CHECK(saver->save(sample_report()).find("cannot be written: No such file or directory") !=
        std::string::npos);
  CHECK(saver->save(sample_report()).empty());
  std::filesystem::create_directories(tree.root() + "/later");
  CHECK(saver->save(sample_report()).starts_with("saved again: "));
  CHECK(saver->save(sample_report()).empty());
}
TEST_CASE("prometheus: promtool finds nothing wrong, whatever the names") {
  if (run("command -v promtool").status != 0) {
    MESSAGE("promtool (Debian: prometheus) is not installed: not tested");
    return;
  }
  const fake_tree tree;
  std::vector<kaya::run_report> reports{sample_report(), sample_report(10'000), report_without_energy()};
  auto names = hostile_names();
  names.push_back(broken_utf8);
  names.push_back(std::string("nul\0byte", 8));
  for (const std::string& name : names) {
    kaya::run_report r = sample_report();
    r.project = r.run_id = r.work_unit = r.scopes[0].name = r.channels[0].device = r.channels[1].name = name;
    reports.push_back(r);
  }
  for (const kaya::run_report& r : reports) {
    write_text(tree.root() + "/metrics", to_prometheus(r));
    const output ran = run("promtool check metrics < " + tree.root() + "/metrics");
    CAPTURE(ran.text);
    CHECK(ran.status == 0);
    CHECK(ran.text.empty());
  }
}
TEST_CASE("prometheus: 10 000 epochs and 10 000 scopes take less than 30 ms") {
  kaya::run_report r = sample_report(10'000);
  for (int i = 0; i < 10'000; ++i) {
    r.scopes.push_back(r.scopes[0]);
    r.scopes.back().name = "layer " + std::to_string(100'000 + i);
  }
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double before = cpu_ms();
    CHECK(to_prometheus(r).size() > 1000);
    least = std::min(least, cpu_ms() - before);
  }
  MESSAGE("10 000 epochs and scopes: ", least, " ms");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(least < 30);
#endif
}
