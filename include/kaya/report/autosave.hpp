// SPDX-License-Identifier: MIT
// The report of a run in a file while the run goes on: when it is due, where it goes, and what became of it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/config_error.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/detail/save_file.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// "runs/{project}-{run}.json" with what is in braces replaced. Throws config_error, of this field, for other
/// braces.
inline std::string expand_path(std::string_view pattern, const run_report& r,
                               std::string_view field = "autosave.path") {
  const std::pair<std::string_view, std::string> known[] = {
      {"{project}", r.project.empty() ? "run" : r.project},
      {"{run}", r.run_id},
      {"{host}", r.hardware.host.empty() ? "localhost" : r.hardware.host},
      {"{rank}", std::to_string(r.hardware.rank.value_or(0))}};
  std::string path;
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      path += pattern.front();
      pattern.remove_prefix(1);
      continue;
    }
    bool found = false;
    for (const auto& [name, value] : known) {
      if (!pattern.starts_with(name)) continue;
      for (const char c : value) path += c == '/' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
      pattern.remove_prefix(name.size());
      found = true;
      break;
    }
    if (!found)
      throw config_error(std::string(field), "\"" + std::string(pattern) + "\"",
                         "{project}, {run}, {host} and {rank} in braces, nothing else");
  }
  return path;
}

class autosaver final : public kaya::detail::saver {
 public:
  /// writer: turns a report into text.
  autosaver(std::string path, std::int64_t period_ns, std::string (*writer)(const run_report&))
      : path_(static_cast<std::string&&>(path)), period_ns_(period_ns), writer_(writer) {}

  bool is_due(bool at_once) const noexcept override {
    return at_once || kaya::detail::os::monotonic_ns() - saved_ns_ >= period_ns_;
  }
  std::string save(const run_report& r) override { return save(r, writer_(r)); }
  /// A text of the report.
  std::string save(const run_report& r, std::string_view text) {
    const int error = kaya::detail::save_file(path_, text, r.run_id);
    saved_ns_ = kaya::detail::os::monotonic_ns();
    if (error == std::exchange(error_, error)) return {};
    if (error == 0) return "saved again: " + path_;
    return path_ + " cannot be written: " + std::strerror(error);
  }

 private:
  std::string path_;
  std::int64_t period_ns_, saved_ns_ = kaya::detail::os::monotonic_ns();
  std::string (*writer_)(const run_report&);
  int error_ = 0;
};

}  // namespace report
}  // namespace v1
}  // namespace kaya
