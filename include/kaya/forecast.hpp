// SPDX-License-Identifier: MIT
// tracker::forecast(), and what budgets say of the whole run: what plan/forecast.hpp makes of a running
// tracker's books.
#pragma once

#include <kaya/budget.hpp>
#include <kaya/plan/forecast.hpp>

#ifndef KAYA_DISABLE

#include <optional>
#include <vector>

#include <kaya/detail/budget.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// Of a run, from its books as of the last cut; under the ledger's lock.
inline void forecast_run(const ledger::core& c, const ledger::pricing& price, int total_epochs,
                         std::optional<forecast_result>& result) {
  const ledger::books& books = c.books();
  std::vector<epoch_done> done;
  for (const ledger::epoch_record& e : books.epochs().lines()) {
    if (e.open) continue;
    const double uj = books.provisional(e.index, c.timelines());
    done.push_back({c.since_start(e.begin),
                    seconds(static_cast<double>(e.end - e.begin) * ledger::seconds_per_ns), joules(uj * 1e-6),
                    e.last - e.index + 1});
  }
  const bool known = c.anything_known();
  const double unknown = kaya::detail::not_a_number;
  const std::int64_t now = c.cut_unix_ns();
  result =
      forecast({.epochs = done,
                .total_epochs = total_epochs,
                .start_unix_ns = now - (c.cut() - c.start_ns()),
                .elapsed = c.since_start(c.cut()),
                .energy_so_far = joules(known ? static_cast<double>(books.total().own_uj) * 1e-6 : unknown),
                .emissions_so_far = grams_co2e(known ? books.grams(books.total()) : unknown),
                .pue = price.pue,
                .intensity = price.live.over(now, now).value_or(price.intensity),
                .series = price.series ? &*price.series : nullptr});
}

}  // namespace plan

namespace detail {

template <class Q>
void judge(std::optional<allowance<Q>>& a, const interval<Q>& run) {
  if (!a) return;
  if (run.low > a->limit) a->run_exceeds = true;
  else if (run.high <= a->limit) a->run_exceeds = false;
}
inline void judge_by_forecast(budget_status& s, const ledger::core& c, const ledger::pricing& price,
                              int total_epochs) {
  std::optional<plan::forecast_result> f;
  plan::forecast_run(c, price, total_epochs, f);
  if (!f) return;
  judge(s.energy, f->energy);
  judge(s.emissions, f->emissions);
  judge(s.time, f->duration);
}
// For trackers with a budget, from the first one of a file that includes this.
inline const bool judges_by_forecast = (judge_budget = &judge_by_forecast, true);

}  // namespace detail
}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
