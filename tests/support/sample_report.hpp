// SPDX-License-Identifier: MIT
// A report as a run on a machine with two CPUs, their memory and two GPUs would have it, names that are hard
// for writers, and other programs that read what was written.
#pragma once

#include <kaya/report/record.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kaya_test {

/// An hour at 300 W: of each CPU 50 W, of the memory 20 W, of each GPU 90 W; PUE 1.5, WUE 1.8 L/kWh.
inline kaya::run_report sample_report(int epochs = 2) {
  using kaya::joules;
  kaya::run_report r;
  r.project = "digits", r.run_id = "0123456789abcdef", r.kaya_version = "0.1.0";
  r.start_unix_ns = 1'795'390'539'000'000'000;  // 2026-11-22 23:35:39 UTC
  r.duration = kaya::seconds(3600);
  r.energy_uj = kaya::microjoules(300LL * 3600 * 1'000'000);
  r.energy = kaya::interval<joules>{joules(1'080'000), joules(900'000), joules(1'300'000)};
  r.pue = 1.5, r.pue_assumed = false;
  r.wue = kaya::litres_per_kilowatt_hour(1.8), r.water = kaya::litres(0.3 * 1.8);
  r.intensity = {kaya::grams_per_kilowatt_hour(44.07),
                 "FRA",
                 "France",
                 "FRA",
                 2024,
                 kaya::grid::accounting::lifecycle,
                 "Ember yearly electricity data (CC BY 4.0), via co2.js 27cbe83",
                 false,
                 ""};
  const double grams = 0.3 * 1.5 * 44.07;
  r.emissions = kaya::interval<kaya::grams_co2e>{
      kaya::grams_co2e(grams), kaya::grams_co2e(grams * 0.9 / 1.08), kaya::grams_co2e(grams * 1.3 / 1.08)};
  for (const auto& [part, watts] : {std::pair{kaya::meter::component::cpu, 100},
                                    {kaya::meter::component::memory, 20},
                                    {kaya::meter::component::gpu, 180}})
    r.components.push_back(
        {part, kaya::microjoules(watts * 3'600'000'000LL), kaya::grams_co2e(grams * watts / 300)});
  r.work = 1000.0 * epochs, r.work_unit = "images";
  r.measured_share = 280.0 / 300, r.worst_provenance = kaya::meter::provenance::modelled;
  r.hardware = {"node7", "boot", "Linux 6.1", "AMD EPYC 9654", 2, 192, 384, 68'719'476'736ULL, {}, {}, {}};
  r.hardware.gpus = {"NVIDIA 0000:3b:00.0", "NVIDIA 0000:af:00.0"};
  const auto channel = [&r](const char* name, const char* device, kaya::meter::component part, double watts) {
    kaya::channel_line c;
    c.name = name, c.device = device, c.mechanism = "test", c.part = part, c.counted = true, c.coverage = 1;
    c.energy_uj = kaya::microjoules(static_cast<std::int64_t>(watts * 3600e6)), c.rate = kaya::watts(watts);
    c.energy = kaya::interval<joules>{joules(watts * 3600), joules(watts * 3000), joules(watts * 4000)};
    c.accuracy = "known within 5 % of a meter since Haswell (Hackenberg et al. 2015, Khan et al. 2018)";
    r.channels.push_back(c);
  };
  channel("package-0", "socket0/package", kaya::meter::component::cpu, 50);
  channel("package-1", "socket1/package", kaya::meter::component::cpu, 50);
  channel("memory (model)", "memory", kaya::meter::component::memory, 20);
  r.channels.back().how = kaya::meter::provenance::modelled;
  channel("gpu-0", "0000:3b:00.0", kaya::meter::component::gpu, 90);
  channel("gpu-1", "0000:af:00.0", kaya::meter::component::gpu, 90);
  channel("core-0", "socket0/core", kaya::meter::component::cpu, 30);
  r.channels.back().counted = false;  // in the package's
  const auto scope = [&r](const char* name, std::uint64_t count, double own_j, double total_j) {
    kaya::scope_line s;
    s.name = name, s.count = count, s.time = kaya::seconds(10);
    s.own_uj = kaya::microjoules(static_cast<std::int64_t>(own_j * 1e6));
    s.total_uj = kaya::microjoules(static_cast<std::int64_t>(total_j * 1e6));
    s.own = kaya::interval<joules>{joules(own_j), joules(own_j * 0.8), joules(own_j * 1.2)};
    s.total = kaya::interval<joules>{joules(total_j), joules(total_j * 0.8), joules(total_j * 1.2)};
    s.min = s.max = joules(count > 0 ? total_j / static_cast<double>(count) : std::strtod("nan", nullptr));
    s.emissions = kaya::grams_co2e(total_j / 3.6e6 * 1.5 * 44.07);
    r.scopes.push_back(s);
  };
  scope("train", 20, 700'000, 900'000);
  scope("backward", 20, 200'000, 200'000);
  r.scopes.back().marks = {"host time"};
  scope("epoch", static_cast<std::uint64_t>(epochs), 100'000, 1'000'000);
  scope("(outside)", 0, 80'000, 80'000);
  for (int i = 0; i < epochs; ++i) {
    kaya::epoch_line e;
    const double share = 1.0 / epochs;
    e.index = i, e.start = kaya::seconds(3600 * share * i), e.duration = kaya::seconds(3600 * share);
    e.energy_uj = kaya::microjoules(static_cast<std::int64_t>(1'000'000e6 * share));
    e.emissions = kaya::grams_co2e(grams * share), e.work = 1000, e.coverage = 1;
    e.how = kaya::meter::provenance::modelled;
    e.metrics = {{"accuracy", 0.9 + 0.05 * i * share}, {"loss", 1.0 / (i + 1)}};
    r.epochs.push_back(e);
  }
  r.metrics = {{"test accuracy", 0.9712}};
  r.finished = true;
  return r;
}

/// Of a tracker on a machine where no channel gave a value.
inline kaya::run_report report_without_energy() {
  kaya::run_report r = sample_report(1);
  const kaya::grams_co2e no_grams(std::strtod("nan", nullptr));
  r.energy_uj.reset(), r.energy.reset(), r.emissions.reset(), r.water.reset(), r.measured_share = 0;
  r.components.clear();
  for (kaya::channel_line& c : r.channels)
    c.energy_uj.reset(), c.energy.reset(), c.rate.reset(), c.coverage = 0,
                                                           c.why = kaya::meter::missing::no_permission;
  for (kaya::scope_line& s : r.scopes) {
    s.own_uj.reset(), s.total_uj.reset(), s.own.reset(), s.total.reset(), s.emissions = no_grams;
    s.min = s.max = kaya::joules(no_grams.count());
  }
  for (kaya::epoch_line& e : r.epochs) e.energy_uj.reset(), e.emissions = no_grams, e.coverage = 0;
  return r;
}

/// Names that are hard for writers; none has a byte that is not UTF-8.
inline std::vector<std::string> hostile_names() {
  using namespace std::string_literals;
  return {"a \"quoted\" name, with a comma"s,
          "two\nlines"s,
          "carriage\r\nreturn"s,
          "=cmd('calc')"s,
          "+1"s,
          "@sum(A1)"s,
          "-- a list\n---\n..."s,
          "\ttab"s,
          "<script>alert(1)</script>"s,
          "pipes | and `code` *stars* _under_ [link](http://x) # & % $ { } ~ ^ \\ \\end{tabular}"s,
          "key: value # comment"s,
          "'single'"s,
          "gr\xC3\xBC\xC3\x9F, \xE6\x97\xA5\xE6\x9C\xAC, \xF0\x9F\x8C\x8D"s,
          "nel \xC2\x85 ls \xE2\x80\xA8 ps \xE2\x80\xA9 c1 \xC2\x9B bom \xEF\xBB\xBF"s,
          "\x01\x02\x07\b\x0B\f\x1B[31m\x7F"s,
          " leading and trailing "s,
          "null"s,
          "\\"s,
          std::string(1 << 20, 'x')};
}
inline const std::string broken_utf8 = "br\xC3ken \xFF\xFE \xED\xA0\x80 \xC0\xAF \xF0\x9F\x8C";

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// What a command printed, and its exit status.
struct output {
  std::string text;
  int status;
};
inline output run(const std::string& command) {
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error(command);
  std::string out;
  std::array<char, 4096> part{};
  for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    out.append(part.data(), n);
  const int status = ::pclose(pipe);
  return {out, status};
}

/// A Python that has these modules (Debian's, where another comes first in the path); empty: there is none.
inline std::string python_with(const std::string& modules) {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (run(python + " -c 'import " + modules + "'").status == 0) return python;
  return {};
}
/// Runs a script with one argument.
inline output run_python(const std::string& python, const std::string& folder, const std::string& script,
                         const std::string& argument) {
  write_text(folder + "/script.py", script);
  return run(python + " " + folder + "/script.py " + argument);
}

}  // namespace kaya_test
