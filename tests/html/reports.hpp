// SPDX-License-Identifier: MIT
// Reports of all kinds, for pages: a server with eight GPUs, a run that was resumed, meters that are missing,
// ranks, no epoch and very many, names that are hard to show.
#pragma once

#include "../support/sample_report.hpp"

#include <kaya/report/figures.hpp>
#include <kaya/report/record.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kaya_test {

/// Epochs of these powers, in watts, each of so many seconds with as many between them; NaN: not known.
inline void set_epochs(kaya::run_report& r, const std::vector<double>& powers, double length, double pause) {
  r.epochs.clear();
  double sum = 0, at = pause;
  for (std::size_t i = 0; i < powers.size(); ++i) {
    kaya::epoch_line e;
    e.index = static_cast<int>(i), e.start = kaya::seconds(at), e.duration = kaya::seconds(length);
    at += length + pause;
    e.coverage = 0, e.work = 1000;
    e.emissions = kaya::grams_co2e(std::nan(""));
    if (kaya::report::detail::is_known(powers[i])) {
      e.coverage = 1;
      e.energy_uj = kaya::microjoules(static_cast<std::int64_t>(powers[i] * length * 1e6));
      e.emissions = kaya::grams_co2e(powers[i] * length / 3.6e6 * r.pue * r.intensity.value.count());
      sum += powers[i] * length;
    }
    const double x = static_cast<double>(i) / static_cast<double>(powers.size());
    e.metrics = {{"loss", 0.2 + 2 * std::exp(-5 * x)}, {"val_accuracy", 0.93 - 0.6 * std::exp(-6 * x)}};
    r.epochs.push_back(std::move(e));
  }
  r.duration = kaya::seconds(at);
  const double total = sum * 1.03;
  r.energy_uj = kaya::microjoules(static_cast<std::int64_t>(total * 1e6));
  r.energy = kaya::interval<kaya::joules>{kaya::joules(total), kaya::joules(total * 0.93),
                                          kaya::joules(total * 1.09)};
  const double grams = total / 3.6e6 * r.pue * r.intensity.value.count();
  r.emissions = kaya::interval<kaya::grams_co2e>{kaya::grams_co2e(grams), kaya::grams_co2e(grams * 0.93),
                                                 kaya::grams_co2e(grams * 1.09)};
  r.water.reset(), r.wue.reset();
  double counted = 0;  // by the channels as they are
  for (const kaya::channel_line& c : r.channels)
    if (c.counted) counted += static_cast<double>(c.energy_uj->count()) * 1e-6;
  const double scale = counted > 0 ? total / counted : 1;
  const auto grow = [scale](kaya::joules j) { return kaya::joules(j.count() * scale); };
  for (kaya::channel_line& c : r.channels) {
    c.energy_uj =
        kaya::microjoules(static_cast<std::int64_t>(static_cast<double>(c.energy_uj->count()) * scale));
    c.energy = kaya::interval<kaya::joules>{grow(c.energy->value), grow(c.energy->low), grow(c.energy->high)};
    c.rate = kaya::joules(*c.energy_uj) / r.duration;
  }
  for (kaya::scope_line& s : r.scopes) {
    for (std::optional<kaya::microjoules>* uj : {&s.own_uj, &s.total_uj})
      *uj = kaya::microjoules(static_cast<std::int64_t>(static_cast<double>((*uj)->count()) * scale));
    for (std::optional<kaya::interval<kaya::joules>>* j : {&s.own, &s.total})
      *j = kaya::interval<kaya::joules>{grow((*j)->value), grow((*j)->low), grow((*j)->high)};
    s.time = r.duration * 0.4;
    if (s.name == "epoch") s.count = powers.size();
  }
  r.work = 1000.0 * static_cast<double>(powers.size());
}

/// A power series of so many spans, with the energy of the channels: GPUs that warm up and rest at the end of
/// each epoch while it is evaluated, CPUs that work more then, memory that is nearly the same always.
inline void set_power(kaya::run_report& r, std::size_t spans) {
  using kaya::meter::component;
  const double length = r.duration.count() / static_cast<double>(spans);
  const auto at_a_time = [&](component part, double at) {
    bool evaluated = false;
    for (const auto& e : r.epochs) {
      const double in = (at - e.start.count()) / e.duration.count();
      evaluated = evaluated || (e.index % 5 == 4 && in >= 0.5 && in < 1);
    }
    const double ripple = 0.04 * std::sin(at * 0.9 / length);
    const double warmth = 1 - 0.6 * std::exp(-20 * at / r.duration.count());
    if (part == component::gpu) return (evaluated ? 0.4 : 1.0) * warmth + ripple;
    if (part == component::cpu) return (evaluated ? 1.5 : 1.0) + ripple;
    return 1.0 + ripple / 4;
  };
  r.power.assign(spans, {});
  for (std::size_t i = 0; i < spans; ++i)
    r.power[i].start = kaya::seconds(length * static_cast<double>(i)),
    r.power[i].duration = kaya::seconds(length);
  const auto fill = [&](component part, kaya::microjoules kaya::power_line::*of) {
    const double energy = static_cast<double>(kaya::report::detail::sum_of(r, part).energy_uj.count());
    std::vector<double> means;
    double all = 0;
    for (const auto& p : r.power) {
      means.push_back(0);
      for (int i = 0; i < 8; ++i) means.back() += at_a_time(part, p.start.count() + length * (i + 0.5) / 8);
      all += means.back();
    }
    for (std::size_t i = 0; i < spans; ++i)
      r.power[i].*of = kaya::microjoules(static_cast<std::int64_t>(energy * means[i] / all));
  };
  fill(component::gpu, &kaya::power_line::gpu), fill(component::cpu, &kaya::power_line::cpu);
  fill(component::memory, &kaya::power_line::memory);
}

/// Two sockets, their memory and eight GPUs; 90 epochs of six minutes.
inline kaya::run_report gpu_server() {
  kaya::run_report r = sample_report(0);
  r.project = "resnet50-imagenet", r.run_id = "7f3a90c2d1e4b685", r.work_unit = "batches";
  r.intensity.value = kaya::grams_per_kilowatt_hour(414.3), r.intensity.code = r.intensity.iso3 = "KOR";
  r.intensity.name = "South Korea", r.pue = 1.32;
  r.hardware.gpus = {"NVIDIA 0000:07:00.0", "NVIDIA 0000:0f:00.0", "NVIDIA 0000:47:00.0",
                     "NVIDIA 0000:4e:00.0", "NVIDIA 0000:87:00.0", "NVIDIA 0000:90:00.0",
                     "NVIDIA 0000:b7:00.0", "NVIDIA 0000:bd:00.0"};
  r.hardware.memory_bytes = 2'164'000'000'000;
  std::vector<double> powers;
  for (int i = 0; i < 90; ++i)
    powers.push_back((i < 5 ? 3300 + 180 * i : 4200) + 110 * std::sin(i * 1.7) - (i % 30 == 29 ? 900 : 0));
  set_epochs(r, powers, 360, 21);
  r.channels.clear();
  const double total = r.energy->value.count(), time = r.duration.count();
  const auto add = [&](const std::string& name, const std::string& device, const char* mechanism,
                       kaya::meter::component part, kaya::meter::provenance how, double share) {
    kaya::channel_line c;
    c.name = name, c.device = device, c.mechanism = mechanism, c.part = part, c.how = how, c.counted = true;
    const double j = total * share;
    c.energy_uj = kaya::microjoules(static_cast<std::int64_t>(j * 1e6)), c.rate = kaya::watts(j / time),
    c.coverage = 1;
    c.energy = kaya::interval<kaya::joules>{kaya::joules(j), kaya::joules(j * 0.95), kaya::joules(j * 1.05)};
    r.channels.push_back(c);
    return &r.channels.back();
  };
  using kaya::meter::component;
  using kaya::meter::provenance;
  for (int i = 0; i < 2; ++i)
    add("package-" + std::to_string(i), "socket" + std::to_string(i) + "/package", "perf_event",
        component::cpu, provenance::measured, 0.055)
        ->accuracy = "within 5 % of a meter since Haswell (Hackenberg et al. 2015, Khan et al. 2018)";
  r.channels.back().wraps = 37;
  auto* memory = add("memory (model)", "memory", "model", component::memory, provenance::modelled, 0.04);
  memory->note = "2015.4 GiB in 32 modules of 64 GiB at 4 W: 128 W";
  memory->accuracy = "3 W (idle modules) to 6 W a module";
  for (int i = 0; i < 8; ++i) {
    auto* g = add("gpu-" + std::to_string(i), r.hardware.gpus[static_cast<std::size_t>(i)].substr(7), "nvml",
                  component::gpu, provenance::measured, 0.85 / 8);
    g->accuracy =
        "within 5 % (NVML documentation); boards with sampled power may be 25 % off (Yang et al. 2024)";
    if (i == 5) g->gaps = 3, g->coverage = 0.984;
  }
  kaya::channel_line core = r.channels[0];
  core.name = "core-0", core.device = "socket0/core", core.counted = false, core.inside = "socket0/package";
  core.note = "in package-0, shown only", core.accuracy.clear();
  r.channels.push_back(core);
  r.measured_share = 0.96, r.worst_provenance = provenance::modelled;
  r.scopes.clear();
  const auto scope = [&](const char* name, std::uint64_t count, double own, double all, double wide) {
    kaya::scope_line s;
    s.name = name, s.count = count, s.time = kaya::seconds(time * all);
    s.own_uj = kaya::microjoules(static_cast<std::int64_t>(total * own * 1e6));
    s.total_uj = kaya::microjoules(static_cast<std::int64_t>(total * all * 1e6));
    s.own = kaya::interval<kaya::joules>{kaya::joules(total * own), kaya::joules(total * own / wide),
                                         kaya::joules(total * own * wide)};
    s.total = s.own;
    s.emissions = kaya::grams_co2e(total * all / 3.6e6 * r.pue * r.intensity.value.count());
    r.scopes.push_back(s);
  };
  scope("backward", 450'360, 0.46, 0.46, 1.05);
  scope("forward", 450'360, 0.265, 0.265, 1.05);
  scope("all-reduce", 450'360, 0.09, 0.09, 1.3);
  r.scopes.back().marks = {"host time"};
  scope("validate", 90, 0.062, 0.062, 1.1);
  scope("optimizer", 450'360, 0.038, 0.038, 2.4);
  scope("checkpoint", 9, 0.017, 0.017, 1.2);
  scope("train", 90, 0.02, 0.873, 1.1);
  scope("epoch", 90, 0.018, 0.97, 1.1);
  scope("(outside)", 0, 0.03, 0.03, 1.08);
  r.metrics = {{"top-1 accuracy", 0.7613}, {"top-5 accuracy", 0.9289}};
  r.events = {{kaya::seconds(12'043.2), kaya::severity::warning,
               "could not be read for 41 s; its energy is spread over the gap", "gpu-5", 3},
              {kaya::seconds(0.4), kaya::severity::info, "counter moves every 100 ms", "gpu-0", 1}};
  r.overhead.sampler_cpu = kaya::seconds(31.2), r.overhead.reading = kaya::seconds(0.21);
  r.overhead.samples = 343'000, r.overhead.stamps = 3'602'910, r.overhead.bytes = 412'000;
  r.overhead.period = kaya::seconds(0.1), r.overhead.longest_gap = kaya::seconds(0.41);
  r.overhead.clock = "TSC", r.overhead.clock_hertz = 2.4e9, r.overhead.clock_drift_ppm = 0.4;
  r.total_epochs = 90;
  set_power(r, 128);
  return r;
}

/// Killed twice, with a checkpoint that was older than the last epoch.
inline kaya::run_report resumed_run() {
  kaya::run_report r = sample_report(0);
  r.project = "translation", r.work_unit = "sentences";
  std::vector<double> powers;
  for (int i = 0; i < 24; ++i) powers.push_back(280 + 25 * std::sin(i * 0.9));
  set_epochs(r, powers, 900, 30);
  for (auto& e : r.epochs) {
    if (e.index >= 9) e.start += kaya::seconds(1500);
    e.metrics = {{"bleu", 12 + 16 * (1 - std::exp(-0.2 * e.index))}};
  }
  r.duration += kaya::seconds(1500);
  r.lost = kaya::lost_work{2, kaya::microjoules(390'000'000'000), kaya::grams_co2e(5.9), kaya::seconds(1400),
                           1310};
  constexpr std::int64_t hour = 3'600'000'000'000;
  const std::int64_t begin = r.start_unix_ns;
  r.processes = {
      {begin, kaya::seconds(0), kaya::seconds(9800), "node7", "a"},
      {begin + 5 * hour, kaya::seconds(9800), kaya::seconds(6200), "node7", "a"},
      {begin + 31 * hour, kaya::seconds(16'000), kaya::seconds(r.duration.count() - 16'000), "node12", "b"}};
  r.events = {{kaya::seconds(9800), kaya::severity::info, "the run goes on in a new process", "journal", 2}};
  set_power(r, 97);
  return r;
}

/// One component without any value, a GPU that was lost, epochs with no or part of their energy, nobody said
/// where it is, and the run goes on.
inline kaya::run_report missing_meters() {
  kaya::run_report r = sample_report(0);
  r.project = "speech", r.finished = false, r.pue = 1, r.pue_assumed = true;
  r.intensity.assumed = true, r.intensity.code = r.intensity.iso3 = "WLD", r.intensity.name = "World";
  r.intensity.value = kaya::grams_per_kilowatt_hour(473);
  std::vector<double> powers;
  for (int i = 0; i < 16; ++i) powers.push_back(i >= 5 && i <= 8 ? std::nan("") : 140 + 9 * (i % 3));
  set_epochs(r, powers, 60, 2);
  r.epochs[12].coverage = 0.61, r.epochs[13].coverage = 0.4;
  for (int i = 3; i < 6; ++i) r.epochs[static_cast<std::size_t>(i)].metrics.clear();
  r.epochs.back().open = true;
  for (auto& c : r.channels) {
    const auto lose = [&c](kaya::meter::missing why) {
      c.energy_uj.reset(), c.energy.reset(), c.rate.reset(), c.coverage = 0, c.why = why;
    };
    if (c.name == "memory (model)")
      lose(kaya::meter::missing::no_permission), c.name = "dram-0", c.mechanism = "powercap";
    if (c.name == "gpu-1") lose(kaya::meter::missing::lost);
    if (c.name == "package-1")
      c.how = kaya::meter::provenance::assumed, c.note = "TDP 6 W (assumed 3 W for each of 2 threads)";
    if (c.name == "package-0") c.how = kaya::meter::provenance::modelled;
    if (c.name == "gpu-0") c.how = kaya::meter::provenance::integrated, c.coverage = 0.71;
  }
  r.measured_share = 0, r.worst_provenance = kaya::meter::provenance::assumed;
  r.scopes[1].own_uj.reset(), r.scopes[1].total_uj.reset(), r.scopes[1].own.reset();
  r.events = {{kaya::seconds(300), kaya::severity::error, "can no longer be read", "gpu-1", 1},
              {kaya::seconds(301), kaya::severity::warning, "no permission", "dram-0", 1}};
  return r;
}

/// Two nodes of eight ranks.
inline kaya::run_report merged_ranks(int ranks = 16) {
  kaya::run_report r = gpu_server();
  r.project = "gpt-small";
  r.power.clear();  // nobody adds up spans of different runs
  for (int i = 0; i < ranks; ++i) {
    kaya::rank_line k;
    k.rank = i, k.local_rank = i % 8, k.host = "node" + std::to_string(i / 8), k.boot_id = k.host;
    k.duration = r.duration, k.work = r.work / ranks;
    if (i != 3)
      k.energy_uj = kaya::microjoules(r.energy_uj->count() / ranks), k.emissions = r.emissions->value / ranks;
    else k.emissions = kaya::grams_co2e(std::nan(""));
    if (i % 8 != 0) k.dropped = {"package-0: rank " + std::to_string(i / 8 * 8), "package-1: rank 0"};
    r.ranks.push_back(std::move(k));
  }
  for (auto& c : r.channels) c.host = "node0";
  r.channels[1].held_by = "local rank 0 of node1", r.channels[1].counted = false;
  return r;
}

/// So many epochs; the highest power, 1234 W, is in one of them alone, and so is the lowest, 7 W.
inline kaya::run_report many_epochs(int n) {
  kaya::run_report r = sample_report(0);
  r.project = "long";
  std::vector<double> powers;
  for (int i = 0; i < n; ++i) powers.push_back(300 + 40 * std::sin(i * 0.37) + 60 * std::sin(i * 0.0011));
  if (n > 7)
    powers[static_cast<std::size_t>(n * 3 / 7)] = 1234, powers[static_cast<std::size_t>(n * 5 / 7)] = 7;
  set_epochs(r, powers, 10, 0.1);
  return r;
}

/// With hard names wherever a name may be.
inline kaya::run_report hostile_report(const std::string& name) {
  kaya::run_report r = missing_meters();
  r.project = r.run_id = r.work_unit = r.hardware.host = r.hardware.cpu_model = r.kaya_version = name;
  r.intensity.name = r.intensity.source = r.intensity.note = name;
  r.hardware.gpus = {name};
  for (auto& c : r.channels)
    c.name = c.note = c.accuracy = c.device = c.mechanism = c.host = c.held_by = name;
  for (auto& s : r.scopes) s.name = name, s.marks = {name};
  for (auto& e : r.epochs) e.metrics = {{name, 0.5}};
  r.metrics = {{name, 1}};
  for (auto& e : r.events) e.what = e.where = name;
  r.processes = {{1, kaya::seconds(0), kaya::seconds(1), name, name},
                 {2, kaya::seconds(1), kaya::seconds(1), name, name}};
  kaya::rank_line k;
  k.host = k.boot_id = k.run_id = name, k.dropped = {name};
  r.ranks = {k};
  r.overhead.clock = name;
  return r;
}

}  // namespace kaya_test
