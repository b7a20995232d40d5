// SPDX-License-Identifier: MIT
// What the benchmarks share: clocks, percentiles as user counters, and a machine without meters of its own.
#pragma once

#include <benchmark/benchmark.h>

#include <kaya/kaya.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace kaya_bench {

inline double now_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}
inline double wall_ns() { return now_ns(CLOCK_MONOTONIC); }
inline double thread_cpu_ns() { return now_ns(CLOCK_THREAD_CPUTIME_ID); }
inline double process_cpu_ns() { return now_ns(CLOCK_PROCESS_CPUTIME_ID); }

/// The value below which a share of the samples lies; the samples become sorted.
inline double percentile(std::vector<double>& samples, double share) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
}
inline double median(std::vector<double> samples) { return percentile(samples, 0.5); }

/// A counter in memory, at constant power: what a meter costs is no part of what a scope costs.
class steady_meter final : public kaya::meter::source {
 public:
  explicit steady_meter(std::size_t n) : channels_(n) {
    for (std::size_t i = 0; i < n; ++i) {
      channels_[i].name = "supply-" + std::to_string(i);
      channels_[i].mechanism = "bench";
      channels_[i].device = "bench/" + std::to_string(i);
      channels_[i].wraps = false;
    }
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return channels_; }
  kaya::meter::measurement read(std::size_t, std::int64_t now) noexcept override {
    return {.count = static_cast<std::uint64_t>(now) / 10};  // 100 W
  }

 private:
  std::vector<kaya::meter::channel> channels_;
};

/// A folder that goes with the object.
class folder {
 public:
  folder() : path_(std::filesystem::temp_directory_path() / ("kaya_bench_" + std::to_string(::getpid()))) {
    for (const char* root : {"sys", "proc"}) std::filesystem::create_directories(path_ / root);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file) << text << '\n';
  }

 private:
  std::filesystem::path path_;
};

/// Options for a machine on which there is nothing but what a benchmark adds.
inline kaya::tracker_options on_bare_machine(const folder& empty, std::size_t channels = 4) {
  kaya::meter::machine_options where;
  where.sysfs = (empty.path() / "sys").string();
  where.procfs = (empty.path() / "proc").string();
  kaya::tracker_options o;
  o.machine = kaya::meter::machine::detect(where);
  if (channels > 0) o.machine->add(std::make_unique<steady_meter>(channels));
  o.region = "FR";
  return o;
}

/// A powercap tree of n packages in a folder, and the same files opened once more to be read bare.
class powercap_tree {
 public:
  explicit powercap_tree(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::string zone = "sys/class/powercap/intel-rapl:" + std::to_string(i) + "/";
      folder_.write(zone + "name", "package-" + std::to_string(i));
      folder_.write(zone + "energy_uj", std::to_string(now_));
      folder_.write(zone + "max_energy_range_uj", "262143328850");
      files_.push_back(::open((folder_.path() / (zone + "energy_uj")).c_str(), O_RDWR | O_CLOEXEC));
    }
  }
  powercap_tree(const powercap_tree&) = delete;
  powercap_tree& operator=(const powercap_tree&) = delete;
  ~powercap_tree() {
    for (const int f : files_) ::close(f);
  }
  kaya::tracker_options options() const { return on_bare_machine(folder_, 0); }
  /// One round of bare preads.
  void read_bare() const {
    char text[64];
    for (const int f : files_) benchmark::DoNotOptimize(::pread(f, text, sizeof text, 0));
  }
  /// Lets the counters count, in place, as a counter that stands still is looked at twice.
  void count() {
    const std::string text = std::to_string(now_ += 1000) + '\n';
    for (const int f : files_) benchmark::DoNotOptimize(::pwrite(f, text.data(), text.size(), 0));
  }

 private:
  std::uint64_t now_ = 10'000'000;
  folder folder_;
  std::vector<int> files_{};
};

}  // namespace kaya_bench
