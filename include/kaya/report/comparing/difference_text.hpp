// SPDX-License-Identifier: MIT
// A difference in words: how large, how well it is known, and whether it is more than what is not known.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/report/comparing/caveats.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/comparing/page.hpp>
#include <kaya/report/comparing/unit_text.hpp>
#include <kaya/report/phrases.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

inline std::string_view verdict_text(verdict v, bool repeats) noexcept {
  switch (v) {
    case verdict::unknown:
      break;
    case verdict::within:
      return repeats ? "NOT more than their scatter" : "NOT more than the meters' errors";
    case verdict::within_meters:
      return "more than their scatter, but NOT than the meters' errors";
    case verdict::beyond_scatter:
      return "more than their scatter; the meters state no error";
    case verdict::beyond_if_independent:
      return "more than the meters' errors if those are independent; their ranges overlap";
    case verdict::beyond:
      return repeats ? "more than scatter and errors explain" : "more than the meters' errors explain";
  }
  return "nothing is known to hold it against";
}

/// unit: a column_unit, or plain_number.
template <class Q, class Unit>
std::string difference_text(const compared_difference<Q>& d, const Unit& unit, std::size_t n_base,
                            std::size_t n_other, bool shares_meters) {
  std::string text = unit.signed_text(d.value);
  if (d.relative) {
    const double size = *d.relative < 0 ? -*d.relative : *d.relative;
    text += std::string(" (") + (*d.relative < 0 ? "-" : *d.relative > 0 ? "+" : "") + share_text(size) + ")";
  }
  const auto range = [&unit](const interval<Q>& i) {
    return unit.signed_text(i.low) + " to " + unit.signed_text(i.high);
  };
  if (d.scatter) {
    text += ", 95 % " + range(*d.scatter) + " by the scatter of " + std::to_string(n_base) + " and " +
            std::to_string(n_other) + " runs";
    if (d.meters && !shares_meters) text += ", " + range(*d.meters) + " by the meters";
  } else if (d.meters) {
    text += ", 95 % " + range(*d.meters) + " by the meters";
  }
  text += ": " + std::string(verdict_text(d.says, d.scatter.has_value()));
  if (d.smallest) text += "; the smallest that such runs show in 80 % of cases is " + unit.text(*d.smallest);
  return text;
}

inline void add_differences(page& p, const comparison& c) {
  constexpr std::size_t most = 20;
  if (c.pairs.empty()) return;
  const compared_group& base = c.groups[c.baseline];
  const std::string name = short_name(c.metric, 24);
  p.heading("differences from " + base.key);
  column_unit<joules> energy, per_work;  // those of the tables
  for (const compared_group& g : c.groups) {
    if (g.energy) energy.see(g.energy->value);
    per_work.see(g.per_work);
  }
  std::size_t shown = 0, tests = 0;
  bool single = false, by_meters = false, shares = false, has_smallest = false;
  for (const compared_pair& q : c.pairs) {
    const compared_group& g = c.groups[q.other];
    single = single || base.runs.size() < 2 || g.runs.size() < 2;
    if (q.energy) {
      tests += q.energy->says != verdict::unknown ? 1u : 0u;
      has_smallest = has_smallest || q.energy->smallest;
      by_meters = by_meters || q.energy->meters;
      shares = shares || q.shares_meters;
    }
    if (++shown > most) continue;
    const auto of = [&](std::string_view what) { return g.key + ", " + std::string(what) + ": "; };
    p.item(of("energy") +
           (q.energy ? difference_text(*q.energy, energy, base.with_energy, g.with_energy, q.shares_meters)
                     : std::string("not known of both")));
    if (q.per_work)
      p.item(of("energy per unit of work") +
             difference_text(*q.per_work, per_work, base.with_energy, g.with_energy, q.shares_meters));
    if (q.metric && q.metric->scatter)
      p.item(of(name) + difference_text(*q.metric, plain_number(), base.with_metric, g.with_metric, true));
    else if (q.metric) p.item(of(name) + plain_number::signed_text(q.metric->value));
  }
  if (shown > most) p.item("and " + std::to_string(shown - most) + " more groups, which are not shown");
  if (single)
    p.paragraph(
        "a single run (n = 1) says nothing of scatter: whether its difference would be there again is not "
        "known");
  if (by_meters)
    p.paragraph(
        std::string("by the meters: as if their errors were independent of each other") +
        (shares ? ". Where one machine's meters measured both, these share an error that cancels in part: "
                  "the range is then too wide rather than too narrow; of repeats there, scatter alone decides"
                : ""));
  if (has_smallest)
    p.paragraph("by scatter: Welch's 95 % interval of the difference of means, taken as normal");
  if (tests > 1)
    p.paragraph(
        std::to_string(tests) +
        " groups are held against one at 95 % each: of those that do not differ one in 20 would seem to");
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
