// SPDX-License-Identifier: MIT
// Where a run stands, in one line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/plan/forecast.hpp>
#include <kaya/report/characters.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// What the line says beside the report; what is empty is left out.
struct progress_facts {
  std::optional<watts> power{};  // now
  std::optional<plan::forecast_result> forecast{};
  std::optional<double> budget_used{};  // share of the nearest limit, 1 being all
  std::string metric{};                 // which; empty: the first that the last epoch with one has
};

namespace detail {
/// The last value of a metric of an epoch, or of the run: "accuracy 0.972".
inline std::string last_metric(const run_report& r, const std::string& wanted) {
  const auto in = [&](const auto& metrics) -> std::string {
    for (const auto& [name, value] : metrics)
      if (wanted.empty() || name == wanted) return one_line(name) + " " + figure_text(value);
    return {};
  };
  for (std::size_t i = r.epochs.size(); i-- > 0;)
    if (std::string text = in(r.epochs[i].metrics); !text.empty()) return text;
  return in(r.metrics);
}
}  // namespace detail

/// "epoch 7/30 | 1.23 kJ | 85.2 W | 15.0 mgCO2e | accuracy 0.972 | 3.05 min left | in all 1.44 Wh (1.33 Wh to
/// 1.64 Wh) | budget 23 % used", the range with that of the meters, without an end of line; no more than
/// `columns` characters: what comes last is left out first. Control characters of names are spaces, so that
/// no name moves the cursor.
inline std::string progress_line(const run_report& r, const progress_facts& facts = {},
                                 std::size_t columns = std::size_t{1} << 20) {
  std::string line;
  std::size_t used = 0;
  bool full = false;
  const auto add = [&](const std::string& part) {
    if (part.empty() || full) return;
    std::size_t wide = line.empty() ? 0 : 3;
    detail::each_character(part, [&](std::string_view) { ++wide; });
    full = used + wide > columns;
    if (full) return;
    line += (line.empty() ? "" : " | ") + part;
    used += wide;
  };
  if (!r.epochs.empty()) {
    const epoch_line& last = r.epochs.back();
    add("epoch " + std::to_string(last.index + last.merged) +
        (r.total_epochs > 0 ? "/" + std::to_string(r.total_epochs) : std::string()));
  } else {
    add(humanize(r.duration));
  }
  add(r.energy ? humanize(r.energy->value) : "energy not known");
  if (facts.power) add(humanize(*facts.power));
  if (r.emissions) add(humanize(r.emissions->value));
  add(detail::last_metric(r, facts.metric));
  if (facts.forecast) {
    const plan::forecast_result& f = *facts.forecast;
    const seconds left = f.duration.value - r.duration;
    add((left > seconds(0) ? humanize(left) : "0 s") + " left");
    if (detail::is_known(f.energy.value.count())) {
      // What the forecast may be off, and the meters.
      const bool ranged = r.energy && r.energy->value > joules(0);
      const double low = ranged ? r.energy->low / r.energy->value : 1,
                   high = ranged ? r.energy->high / r.energy->value : 1;
      add("in all " + humanize(f.energy.value) + " (" + humanize(f.energy.low * low) + " to " +
          humanize(f.energy.high * high) + ")");
    }
  }
  if (facts.budget_used) add("budget " + detail::share_text(*facts.budget_used) + " used");
  return line;
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
