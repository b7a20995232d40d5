// SPDX-License-Identifier: MIT
// Keeps a run's metrics file up to date while the run goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <kaya/detail/files.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/report/autosave.hpp>
#include <kaya/report/prometheus/rising.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// What an autosaver does, and at the end of the run the file may go. A run that is killed leaves its file;
/// that it is old is told by kaya_last_update_timestamp_seconds.
class metrics_saver final : public kaya::detail::saver {
 public:
  metrics_saver(std::string path, std::int64_t period_ns, bool remove_at_stop,
                std::string (*writer)(const run_report&))
      : path_(path),
        remove_(remove_at_stop),
        writer_(writer),
        file_(static_cast<std::string&&>(path), period_ns, writer) {}
  ~metrics_saver() override { remove(); }

  bool is_due(bool at_once) const noexcept override { return file_.is_due(at_once); }
  std::string save(const run_report& r) override {
    if (r.finished && remove_) {
      remove();
      return {};
    }
    if (std::exchange(is_first_, false) && r.processes.size() > 1)  // the run goes on, and so do its counters
      (void)counters_.raised(
          kaya::detail::read_text(kaya::detail::file_system::real(), path_, most_bytes).text);
    return file_.save(r, counters_.raised(writer_(r)));
  }

 private:
  static constexpr std::size_t most_bytes = std::size_t{1} << 24;  // of a file that is there
  void remove() const noexcept {
    // A forked child's copy is not the run's.
    if (remove_ && kaya::detail::os::process_id() == maker_) std::remove(path_.c_str());
  }

  std::string path_;
  bool remove_, is_first_ = true;
  std::string (*writer_)(const run_report&);
  rising_counters counters_{};
  decltype(kaya::detail::os::process_id()) maker_ = kaya::detail::os::process_id();
  autosaver file_;
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
