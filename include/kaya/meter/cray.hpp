// SPDX-License-Identifier: MIT
// The mechanism "cray": the out-of-band counters of a Cray EX or XC node, which its blade controller updates
// ten times a second: node, CPUs, memory, accelerators. World-readable. Source: HPE, "PM counters" in the
// Cray EX hardware guides; the freshness protocol as in their example.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/meter/host.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace cray {

/// "17839561 J 1700000000123456 us": the count of joules; some controllers print the number alone. Empty: the
/// text is something else.
inline std::optional<std::uint64_t> parse_joules(std::string_view text) noexcept {
  text = detail::trimmed(text);
  const std::size_t end = text.find(' ');
  const auto count = detail::parse_number<std::uint64_t>(text.substr(0, end));
  if (!count || end == std::string_view::npos) return count;
  text = detail::trimmed(text.substr(end));
  return text.substr(0, text.find(' ')) == "J" ? count : std::nullopt;
}
/// A control file, as `freshness`: its first number.
inline std::optional<std::uint64_t> parse_control(std::string_view text) noexcept {
  text = detail::trimmed(text);
  return detail::parse_number<std::uint64_t>(text.substr(0, text.find(' ')));
}

/// One file of the folder, kept open.
class control_file {
 public:
  control_file(detail::file_system& files, std::string path) : files_(&files), path_(std::move(path)) {}
  control_file(control_file&& other) noexcept
      : files_(other.files_), path_(std::move(other.path_)), open_(std::exchange(other.open_, -1)) {}
  control_file& operator=(control_file&&) = delete;
  ~control_file() { close(); }

  /// Its text, below in the caller's buffer; empty if it cannot be read now.
  std::string_view read(char (&buffer)[128]) noexcept {
    if (open_ < 0) open_ = files_->open(path_.c_str());
    const long size = open_ < 0 ? -1 : files_->read(open_, buffer, sizeof buffer);
    if (size < 0) close();
    return {buffer, size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

 private:
  void close() noexcept {
    if (open_ >= 0) files_->close(open_);
    open_ = -1;
  }
  detail::file_system* files_;
  std::string path_;
  detail::file_system::descriptor open_ = -1;
};

/// All counters of one scan of the controller, or none: a round is taken again until no scan came in between.
class node_source final : public source {
 public:
  node_source(detail::file_system& files, const std::string& folder)
      : files_(files),
        folder_(folder),
        freshness_(files, folder + "/freshness"),
        startup_(files, folder + "/startup") {
    char text[128];
    has_freshness_ = parse_control(freshness_.read(text)).has_value();
    generation_ = parse_control(startup_.read(text));
  }
  std::span<const channel> channels() const noexcept override { return channels_; }
  void begin_round() noexcept override {
    char text[128];
    coherent_ = false;
    for (int attempt = 0; attempt < most_attempts && !coherent_; ++attempt) {
      const auto before = parse_control(freshness_.read(text));
      for (counter& c : counters_) {
        const std::string_view read = c.file.read(text);
        c.joules = parse_joules(read);
        c.garbled = !read.empty() && !c.joules;
      }
      coherent_ = !has_freshness_ || (before && before == parse_control(freshness_.read(text)));
    }
    // Another startup: the controller began anew, and with it all counts.
    const auto startup = parse_control(startup_.read(text));
    restarted_ = generation_ && startup && startup != generation_;
    if (startup) generation_ = startup;
  }
  measurement read(std::size_t i, std::int64_t) noexcept override {
    if (i >= counters_.size()) return {0, 0, missing::not_present};
    const counter& c = counters_[i];
    if (!coherent_) return {0, 0, missing::lost};
    if (!c.joules) return {0, 0, c.garbled ? missing::implausible : missing::lost};
    return {*c.joules, 0, {}, restarted_};
  }
  void add(channel c, const std::string& file) {
    counters_.push_back({control_file(files_, folder_ + "/" + file)});
    channels_.push_back(std::move(c));
  }

 private:
  static constexpr int most_attempts = 10;
  struct counter {
    control_file file;
    std::optional<std::uint64_t> joules{};
    bool garbled = false;
  };

  detail::file_system& files_;
  const std::string folder_;
  control_file freshness_, startup_;
  std::vector<channel> channels_{};
  std::vector<counter> counters_{};
  std::optional<std::uint64_t> generation_{};
  bool has_freshness_ = false, coherent_ = false, restarted_ = false;
};

inline channel describe(std::string name, std::string device, component part, double watts) {
  channel c;
  c.name = std::move(name);
  c.mechanism = "cray";
  c.device = std::move(device);
  c.part = part;
  c.wraps = false;
  c.unit_numerator = 1'000'000;  // joules
  c.update_period_ns = 100'000'000;
  c.rated_watts = watts;
  c.low = 0.95, c.high = 1.05;
  c.accuracy = "sensors on the node's board, stated within 5 % (HPE); counted in whole joules";
  return c;
}

}  // namespace cray

/// Looks for the counters of a Cray node. Nothing is told where there are none, as on nearly all machines.
/// gpus: their PCI addresses, in order. The accelerators are numbered in that order; with two devices for
/// each of them, as on MI250X, an accelerator is the card of both.
inline detection detect_cray(const places& where, const host& h, std::span<const std::string> gpus) {
  using namespace cray;
  detection result;
  const std::string folder = where.sysfs + "/cray/pm_counters";
  std::vector<std::string> names;
  if (where.files->list(folder.c_str(), names) != 0) return result;
  const auto has = [&](const std::string& file) {
    for (const std::string& name : names)
      if (name == file) return true;
    return false;
  };
  std::size_t accelerators = 0;
  while (has("accel" + std::to_string(accelerators) + "_energy")) ++accelerators;

  node_source* const meter = new node_source(*where.files, folder);
  result.meter = detail::handle<source>(meter);
  std::string found;
  const auto add = [&](const std::string& file, channel c) {
    if (!has(file)) return;
    found += (found.empty() ? "" : ", ") + c.name;
    meter->add(std::move(c), file);
  };
  const int sockets = h.sockets.value_or(1);
  const double cpu_watts = unrated_watts * sockets;
  const double card_watts = unrated_watts * static_cast<double>(accelerators);
  add("energy",
      describe("node", std::string(whole_node), component::platform, unrated_watts + cpu_watts + card_watts));
  add("cpu_energy", describe("cpus", "cpus", component::cpu, cpu_watts));
  add("memory_energy", describe("memory", "memories", component::memory, cpu_watts));
  for (int s = 0; s < sockets; ++s)
    for (const char* part : {"package", "dram"})
      result.contained.push_back(
          {"socket" + std::to_string(s) + "/" + part, *part == 'p' ? "cpus" : "memories"});

  for (std::size_t i = 0; i < accelerators; ++i) {
    const std::string name = "accel" + std::to_string(i);
    channel c = describe(name, name, component::gpu, unrated_watts);
    if (gpus.size() == accelerators) c.device = gpus[i];
    else if (gpus.size() == 2 * accelerators)
      for (const std::size_t half : {2 * i, 2 * i + 1}) result.contained.push_back({gpus[half], name});
    else if (!gpus.empty()) {
      c.counted = false;
      c.note = "which of the " + std::to_string(gpus.size()) + " GPUs it is is not known";
    }
    add(name + "_energy", std::move(c));
  }
  if (found.empty()) result.meter = {};
  result.findings.push_back({"cray",
                             "cray",
                             !found.empty(),
                             found.empty() ? std::optional(missing::not_supported) : std::nullopt,
                             found.empty() ? folder + " has no energy" : found,
                             {}});
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
