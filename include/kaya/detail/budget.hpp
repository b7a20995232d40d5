// SPDX-License-Identifier: MIT
// How much of its budget a run has used, from the books as of the last sample.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <kaya/budget.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace detail {

/// kaya/forecast.hpp, where it is included, puts its judgement here: whether each limit will be exceeded.
using budget_forecaster = void (*)(budget_status&, const ledger::core&, const ledger::pricing&,
                                   int total_epochs);
inline constinit budget_forecaster judge_budget = nullptr;

/// of(epoch): what an epoch used. spent: what the run did.
template <class Q, class Of>
std::optional<allowance<Q>> allow(const std::optional<Q>& limit, Q spent, const ledger::books& books,
                                  Of&& of) {
  if (!limit) return {};
  allowance<Q> a{*limit, spent, *limit - spent};
  constexpr int most = 5;
  double sum = 0, last = 0, used = 0;  // used: by open epochs
  int closed = 0;
  const std::vector<ledger::epoch_record>& epochs = books.epochs().lines();
  for (std::size_t i = epochs.size(); i-- > 0 && closed < most;) {
    const double x = of(epochs[i]);
    if (epochs[i].open) {
      used += x;
      continue;
    }
    const int merged = epochs[i].last - epochs[i].index + 1;
    if (closed++ == 0) last = x / merged;
    sum += x / merged;
  }
  if (closed == 0) {
    a.next_epoch_exceeds = !(a.left.count() > 0);
    return a;
  }
  const double mean = sum / closed, each = mean > last ? mean : last;
  a.each_epoch = Q(each);
  const double rest = books.epochs().open().empty() || used > each ? 0 : each - used;
  a.next_epoch_exceeds = !(rest + each <= a.left.count());
  return a;
}

inline budget_status status_of(const budget_options& o, const ledger::core& c) {
  const ledger::books& books = c.books();
  const double spent_uj = static_cast<double>(books.total().own_uj);
  budget_status s;
  s.energy = allow<joules>(o.energy, joules(spent_uj * 1e-6), books, [&](const ledger::epoch_record& e) {
    const double uj = books.provisional(e.index, c.timelines());
    return uj == uj ? uj * 1e-6 : 0;
  });
  s.emissions = allow<grams_co2e>(o.emissions, grams_co2e(books.grams(books.total())), books,
                                  [&](const ledger::epoch_record& e) { return books.grams(e); });
  s.time = allow<seconds>(o.time, c.since_start(c.cut()), books,
                          [](const ledger::epoch_record& e) { return e.duration * ledger::seconds_per_ns; });
  return s;
}

/// Tells of each threshold once. Used by the sampler's thread alone.
class budget_watch {
 public:
  explicit budget_watch(const budget_options& o) : options_(o) {}
  template <class Guarded>
  void look(const budget_status& s, Guarded&& guarded) {
    for (; next_ < options_.thresholds.size() && s.share() >= options_.thresholds[next_]; ++next_)
      guarded([&] { options_.on_threshold(options_.thresholds[next_], s); });
  }

 private:
  const budget_options& options_;
  std::size_t next_ = 0;
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
