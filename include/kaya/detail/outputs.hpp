// SPDX-License-Identifier: MIT
// What a tracker writes while its run goes on, and at its end.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/config_error.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/progress_maker.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/options.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// What only a program has that includes its header.
template <class Maker>
Maker included(Maker make, const char* option, const std::string& value, const char* header) {
  if (make == nullptr)
    throw config_error(
        option, value,
        std::string("only in a program with #include <kaya/") + header + "> or <kaya/kaya.hpp>");
  return make;
}

class outputs {
 public:
  outputs() = default;
  /// named: what a report says of the run from the start. Throws config_error.
  outputs(const tracker_options& o, const ledger::pricing& price, const run_report& named) {
    const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
    const auto ns = [](seconds s) { return static_cast<std::int64_t>(s.count() * 1e9); };
    if (const std::string& path = o.autosave.path; !path.empty())
      savers_.emplace_back("autosave", included(make_saver, "autosave.path", quoted(path), "report/json.hpp")(
                                           path, ns(o.autosave.period), named));
    if (const std::string& folder = o.prometheus.folder; !folder.empty())
      savers_.emplace_back(
          "prometheus",
          included(make_prometheus_saver, "prometheus.folder", quoted(folder), "report/prometheus.hpp")(
              folder, ns(o.prometheus.period), o.prometheus.remove_at_stop, named));
    if (o.progress.show)
      savers_.emplace_back("progress",
                           included(make_progress, "progress.show", "true", "progress.hpp")(o, price));
    if (const std::string& path = o.emissions_csv; !path.empty())
      csv_ =
          included(make_csv_saver, "emissions_csv", quoted(path), "report/emissions_csv.hpp")(path, 0, named);
  }

  /// Whether something is written while the run goes on.
  bool any() const noexcept { return !savers_.empty(); }
  /// On the sampler's thread: one report() for all that are due. tell(problem, where): of what went wrong.
  template <class Report, class Tell>
  void save(bool at_once, Report&& report, Tell&& tell) noexcept {
    std::optional<run_report> r;
    for (auto& [name, saver] : savers_) {
      if (!saver->is_due(at_once)) continue;
      try {
        if (!r) r = report();
        tell(saver->save(*r), name);
      } catch (const std::exception&) {
        tell("out of memory", name);
      }
    }
  }
  /// Of the row that is appended at the end: what can be seen to stand against it now.
  std::string obstacle() const { return csv_ ? csv_->obstacle() : std::string(); }
  /// Appends that of report(), and gives what went wrong.
  template <class Report>
  std::string append(Report&& report) {
    return csv_ ? csv_->save(report()) : std::string();
  }

 private:
  std::vector<std::pair<std::string_view, handle<saver>>> savers_{};
  handle<saver> csv_{};
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
