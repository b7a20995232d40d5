// SPDX-License-Identifier: MIT
// What the tests put in place of a machine: a sysfs and a procfs in a temporary folder, energy counters that
// advance in real time with a known truth, and a file system that fails on demand (root is never refused, so
// errno is injected). Made at run time, for not every file system can hold names with colons in a checkout.
#pragma once

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/meter/source.hpp>

namespace kaya_test {

inline std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
inline void sleep_ms(int n) { std::this_thread::sleep_for(std::chrono::milliseconds(n)); }

/// Ranges of real counters, in microjoules.
inline constexpr std::uint64_t intel_range = 262'143'328'850, amd_range = 65'532'610'987,
                               server_dram_range = 65'712'999'613, server_psys_range = 4'294'967'295'000'000;

enum class layout {
  linked,  // as kernels show it: nested directories in devices/, and links to all of them side by side in
           // class/powercap
  nested,  // class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0, as a bind of a control type
  flat     // class/powercap/intel-rapl:0:0, plain directories side by side
};

struct fake_zone {
  std::string entry;  // "intel-rapl:0:2"
  std::string name;   // "dram"
  std::uint64_t energy = 1'000'000'000;
  std::uint64_t range = intel_range;                             // 0: no such file
  std::vector<std::pair<int, std::uint64_t>> max_power_uw = {};  // constraint number, microwatts
};

/// A temporary folder with sysfs/ and procfs/, gone with the object.
class fake_tree {
 public:
  fake_tree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kaya-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = pattern;
    std::filesystem::create_directories(sysfs());
    std::filesystem::create_directories(procfs());
  }
  fake_tree(const fake_tree&) = delete;
  fake_tree& operator=(const fake_tree&) = delete;
  ~fake_tree() {
    if (::getpid() != maker_) return;  // a forked child that ends
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::string& root() const { return root_; }
  std::string sysfs() const { return root_ + "/sysfs"; }
  std::string procfs() const { return root_ + "/procfs"; }
  kaya::meter::places places(kaya::detail::file_system& files = kaya::detail::file_system::real()) const {
    return {sysfs(), procfs(), &files};
  }

  /// Paths below are relative to the root: "sysfs/class/hwmon/hwmon0/name". Directories are made as needed.
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path full(root_ + "/" + path);
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
  }
  void directory(const std::string& path) const { std::filesystem::create_directories(root_ + "/" + path); }
  void link(const std::string& path, const std::string& target) const {
    const std::filesystem::path full(root_ + "/" + path);
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::create_symlink(target, full);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root_ + "/" + path); }

  /// Adds a zone to the powercap tree; gives its directory as a full path.
  std::string add(const fake_zone& z, layout how = layout::linked) const {
    const std::string control = z.entry.substr(0, z.entry.find(':'));
    std::string nested = control;
    for (std::size_t at = z.entry.find(':'); at != std::string::npos;) {
      at = z.entry.find(':', at + 1);
      nested += "/" + z.entry.substr(0, at);
    }
    const std::string view = "sysfs/class/powercap/";
    const std::string path = how == layout::linked   ? "sysfs/devices/virtual/powercap/" + nested
                             : how == layout::nested ? view + nested
                                                     : view + z.entry;
    write(path + "/name", z.name + "\n");
    write(path + "/energy_uj", std::to_string(z.energy) + "\n");
    write(path + "/enabled", "0\n");
    write(path + "/uevent", "");
    if (z.range != 0) write(path + "/max_energy_range_uj", std::to_string(z.range) + "\n");
    for (const auto& [number, microwatts] : z.max_power_uw)
      write(path + "/constraint_" + std::to_string(number) + "_max_power_uw",
            std::to_string(microwatts) + "\n");
    if (how == layout::linked) {
      link(view + z.entry, "../../devices/virtual/powercap/" + nested);
      if (!std::filesystem::exists(root_ + "/" + view + control))
        link(view + control, "../../devices/virtual/powercap/" + control);
      link(path + "/subsystem", root_ + "/" + view);  // leads back up, as in a real tree
    }
    return root_ + "/" + path;
  }

  void cpuinfo(const std::string& vendor, const std::string& flags = "fpu msr", int model = 85,
               int cpus = 2) const {
    std::string text;
    for (int i = 0; i < cpus; ++i)
      text += "processor\t: " + std::to_string(i) + "\nvendor_id\t: " + vendor +
              "\ncpu family\t: 6\nmodel\t\t: " + std::to_string(model) +
              "\nmodel name\t: Fake CPU @ 2.00GHz\nphysical id\t: 0\nflags\t\t: " + flags + "\n\n";
    write("procfs/cpuinfo", text);
  }
  /// In ticks of 10 ms, summed over the CPUs.
  void stat(std::uint64_t user, std::uint64_t idle) const {
    const std::string line = std::to_string(user) + " 0 0 " + std::to_string(idle) + " 0 0 0 0 0 0\n";
    write("procfs/stat", "cpu  " + line + "cpu0 " + line + "btime 1700000000\n");
  }
  void meminfo(std::uint64_t total_kib) const {
    write("procfs/meminfo",
          "MemTotal:       " + std::to_string(total_kib) + " kB\nMemFree:        1024 kB\n");
  }

 private:
  std::string root_;
  const pid_t maker_ = ::getpid();
};

/// Writes counters about every millisecond, each update one write of fixed width, and remembers the truth.
class live_writer {
 public:
  using watts = std::function<double(double seconds)>;

  live_writer() = default;
  live_writer(const live_writer&) = delete;
  live_writer& operator=(const live_writer&) = delete;
  ~live_writer() {
    stop();
    for (counter& c : counters_)
      for (std::FILE* file : c.files) std::fclose(file);
  }

  /// Before start(). The directories all show the one counter; grain is the step of what they show, in
  /// microjoules. Gives the counter's number.
  std::size_t add(const std::vector<std::string>& zone_directories, watts power,
                  std::uint64_t initial = 1'000'000'000, std::uint64_t range = intel_range,
                  std::uint64_t grain = 1) {
    counter c;
    for (const std::string& directory : zone_directories) {
      std::FILE* file = std::fopen((directory + "/energy_uj").c_str(), "wb");
      if (file == nullptr) throw std::runtime_error(directory);
      std::setvbuf(file, nullptr, _IONBF, 0);
      c.files.push_back(file);
    }
    c.power = std::move(power);
    c.initial = initial;
    c.range = range;
    c.grain = grain;
    counters_.push_back(std::move(c));
    show(counters_.back());
    return counters_.size() - 1;
  }
  std::size_t add(const std::string& zone_directory, double power, std::uint64_t initial = 1'000'000'000,
                  std::uint64_t range = intel_range, std::uint64_t grain = 1) {
    return add(
        std::vector<std::string>{zone_directory}, [power](double) { return power; }, initial, range, grain);
  }

  void start() {
    started_ns_ = now_ns();
    log_.push_back({started_ns_, started_ns_, std::vector<double>(counters_.size(), 0.0)});
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  /// What a counter had truly counted by a time, in microjoules since start(); between two updates on a
  /// straight line.
  double truth(std::size_t number, std::int64_t at_ns) const {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (log_.empty() || at_ns <= log_.front().ns) return 0;
    std::size_t low = 0, high = log_.size() - 1;
    if (at_ns >= log_[high].ns) return log_[high].microjoules[number];
    while (high - low > 1) (log_[(low + high) / 2].ns <= at_ns ? low : high) = (low + high) / 2;
    const double part =
        static_cast<double>(at_ns - log_[low].ns) / static_cast<double>(log_[high].ns - log_[low].ns);
    const double from = log_[low].microjoules[number], to = log_[high].microjoules[number];
    return from + part * (to - from);
  }
  /// What a counter showed at a time, in microjoules since start(): at least its last update that was
  /// complete by then, at most the last one that was begun. The writer may be held up between the two.
  double least_shown(std::size_t number, std::int64_t at_ns) const {
    return shown(number, at_ns, &entry::complete_ns);
  }
  double most_shown(std::size_t number, std::int64_t at_ns) const { return shown(number, at_ns, &entry::ns); }
  double truth(std::size_t number, std::int64_t from_ns, std::int64_t to_ns) const {
    return truth(number, to_ns) - truth(number, from_ns);
  }

 private:
  struct counter {
    std::vector<std::FILE*> files;
    watts power;
    std::uint64_t initial = 0, range = 0, grain = 1;
    double microjoules = 0;
  };
  struct entry {
    std::int64_t ns;  // of the energy, before it is shown
    std::int64_t complete_ns;
    std::vector<double> microjoules;
  };

  double shown(std::size_t number, std::int64_t at_ns, std::int64_t entry::*when) const {
    const std::lock_guard<std::mutex> hold(mutex_);
    const auto after = std::upper_bound(log_.begin(), log_.end(), at_ns,
                                        [when](std::int64_t ns, const entry& e) { return ns < e.*when; });
    return after == log_.begin() ? 0 : std::prev(after)->microjoules[number];
  }

  static void show(counter& c) {
    std::uint64_t value = c.initial + static_cast<std::uint64_t>(c.microjoules);
    if (c.range != 0) value %= c.range;
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%020llu\n",
                                   static_cast<unsigned long long>(value / c.grain * c.grain));
    for (std::FILE* file : c.files)
      if (pwrite(fileno(file), text, static_cast<std::size_t>(size), 0) != size) std::abort();
  }
  void run() {
    std::int64_t last = started_ns_;
    while (!stop_) {
      std::this_thread::sleep_for(std::chrono::microseconds(900));
      const std::int64_t now = now_ns();
      entry e{now, now, {}};
      for (counter& c : counters_) {
        const double middle = static_cast<double>((now + last) / 2 - started_ns_) * 1e-9;
        c.microjoules += c.power(middle) * static_cast<double>(now - last) * 1e-3;
        e.microjoules.push_back(c.microjoules);
        show(c);
      }
      last = now;
      e.complete_ns = now_ns();
      const std::lock_guard<std::mutex> hold(mutex_);
      log_.push_back(std::move(e));
    }
  }

  std::vector<counter> counters_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::int64_t started_ns_ = 0;
  mutable std::mutex mutex_;
  std::vector<entry> log_;
};

/// The real files, but for those whose path contains a text that was named: they fail, or hold something
/// else. The last rule that fits is the one that holds.
class faulty_files : public kaya::detail::file_system {
 public:
  /// Every access fails with this errno.
  void fail(const std::string& part, int error) { add({part, error, true, true, {}, false}); }
  void fail_open(const std::string& part, int error) { add({part, error, true, false, {}, false}); }
  /// Open descriptors fail too; opening goes well.
  void fail_read(const std::string& part, int error) { add({part, error, false, true, {}, false}); }
  void replace(const std::string& part, const std::string& text) { add({part, 0, false, false, text, true}); }
  void heal() {
    const std::lock_guard<std::mutex> hold(mutex_);
    rules_.clear();
  }
  void heal(const std::string& part) {
    const std::lock_guard<std::mutex> hold(mutex_);
    std::erase_if(rules_, [&](const rule& r) { return r.part == part; });
  }
  /// Directories are listed in reverse.
  void reverse_lists() { reversed_ = true; }

  std::size_t open_descriptors() const {
    const std::lock_guard<std::mutex> hold(mutex_);
    return paths_.size();
  }
  std::size_t opened() const { return opened_; }
  std::size_t reads() const { return reads_; }

  descriptor open(const char* path) noexcept override {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (const rule* r = find(path); r != nullptr && r->opening) return -r->error;
    const descriptor d = file_system::open(path);
    if (d >= 0) {
      paths_[d] = path;
      ++opened_;
    }
    return d;
  }
  void close(descriptor d) noexcept override {
    const std::lock_guard<std::mutex> hold(mutex_);
    paths_.erase(d);
    file_system::close(d);
  }
  long read(descriptor d, char* buffer, std::size_t size) noexcept override {
    const std::lock_guard<std::mutex> hold(mutex_);
    ++reads_;
    if (const rule* r = find(paths_[d])) {
      if (r->reading) return -r->error;
      if (r->replaced) return static_cast<long>(r->text.copy(buffer, size));
    }
    return file_system::read(d, buffer, size);
  }
  int list(const char* path, std::vector<std::string>& names) override {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (const rule* r = find(path); r != nullptr && r->opening) return -r->error;
    const int result = file_system::list(path, names);
    std::sort(names.begin(), names.end());
    if (reversed_) std::reverse(names.begin(), names.end());
    return result;
  }

 private:
  struct rule {
    std::string part;
    int error;
    bool opening, reading;
    std::string text;
    bool replaced;
  };

  void add(rule r) {
    const std::lock_guard<std::mutex> hold(mutex_);
    rules_.push_back(std::move(r));
  }
  const rule* find(const std::string& path) const {
    for (std::size_t i = rules_.size(); i-- > 0;)
      if (path.find(rules_[i].part) != std::string::npos) return &rules_[i];
    return nullptr;
  }

  mutable std::mutex mutex_;
  std::vector<rule> rules_;
  std::map<descriptor, std::string> paths_;
  std::atomic<std::size_t> opened_{0}, reads_{0};
  std::atomic<bool> reversed_{false};
};

}  // namespace kaya_test
