// SPDX-License-Identifier: MIT
// What is kept of each report until all are there: its lines, but texts as numbers, for of ten thousand
// reports the lines of scopes and epochs are most of the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/report/merging/texts.hpp>
#include <kaya/report/merging/times.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// sum += x. Throws std::overflow_error that names the sum.
inline void add(std::int64_t& sum, std::int64_t x, std::string_view what) {
  if (x > 0 ? sum > INT64_MAX - x : sum < INT64_MIN - x)
    throw std::overflow_error("report::merge: the sum of " + std::string(what) +
                              " is beyond what 64 bits hold");
  sum += x;
}
inline void add(std::uint64_t& sum, std::uint64_t x, std::string_view what) {
  if (sum > UINT64_MAX - x)
    throw std::overflow_error("report::merge: the sum of " + std::string(what) +
                              " is beyond what 64 bits hold");
  sum += x;
}

/// The nearest whole number from 0 to most.
inline std::int64_t rounded(double x, std::int64_t most) noexcept {
  if (!(x > 0)) return 0;
  return x < static_cast<double>(most) ? static_cast<std::int64_t>(x + 0.5) : most;
}
/// Nanoseconds since 1970: some seconds after a time. What is before it, or no number, is the time itself.
inline std::int64_t later(std::int64_t ns, double seconds) noexcept {
  return ns + rounded(seconds * 1e9, INT64_MAX - ns);
}

constexpr bool is_number(double x) noexcept { return x == x; }
/// sum += x, of numbers; what is not known adds nothing, but to what is not known either.
inline void add_known(double& sum, double x) noexcept {
  if (is_number(x)) sum = is_number(sum) ? sum + x : x;
}

/// A part of a vector that all reports share.
struct slice {
  std::size_t first = 0, count = 0;
  std::size_t end() const noexcept { return first + count; }
};

struct kept_scope {
  std::uint32_t name = 0, part = 0;
  bool known = false;  // own and total
  std::uint64_t count = 0;
  std::int64_t own = 0, total = 0;  // microjoules
  double own_low = 0, own_high = 0, total_low = 0, total_high = 0;
  double least = 0, most = 0, seconds = 0, grams = 0;
};

struct kept_epoch {
  int index = 0, merged = 1;
  std::uint32_t part = 0;
  meter::provenance how{};
  bool known = false, open = false;
  std::int64_t begin = 0, end = 0;  // nanoseconds since 1970
  std::int64_t energy = 0;          // microjoules
  double grams = 0, work = 0, coverage = 0;
};

inline constexpr std::size_t components = 5;  // of meter::component

/// What components used in a span of time.
struct kept_power {
  std::int64_t begin = 0, end = 0;    // nanoseconds since 1970
  std::int64_t energy[components]{};  // microjoules
};

/// A text of a scope's that stands in brackets behind its name.
struct kept_mark {
  std::uint32_t name = 0, mark = 0;
};

/// One report.
struct part {
  std::uint32_t number = 0;                                      // in the order of add()
  std::uint32_t counted = 0;                                     // lines that count
  slice power{}, lines{}, scopes{}, epochs{}, ranks{}, spans{};  // spans: when its energy was charged
  std::uint32_t host = 0, boot = 0, project = 0, version = 0, work_unit = 0;  // texts
  std::optional<int> rank{}, last_rank{};                                     // the lowest and the highest
  std::int64_t begin = 0, end = 0;  // on the run's own clock, since its start
  bool enabled = true, finished = false, is_merged = false, left_out = false;
  attribution of{};

  bool known = false, priced = false;  // energy; emissions
  std::int64_t energy = 0;
  double low = 0, high = 0;  // joules
  double grams = 0, grams_low = 0, grams_high = 0, work = 0, measured_share = 0;
  meter::provenance worst{};
  double pue = 1, intensity = 0, beyond_series = 0;
  std::optional<double> wue{}, water{};
  std::uint32_t code = 0, name = 0, source = 0;  // of the intensity
  int year = 0;
  grid::accounting how{};
  grid::basis basis{};
  bool pue_assumed = false, assumed = false, mixes_kinds = false;
  int total_epochs = 0;
  bool has_lost = false, lost_known = false;
  std::uint64_t lost_epochs = 0;
  std::int64_t lost_energy = 0;
  double lost_grams = 0, lost_seconds = 0, lost_work = 0;

  // What the accounting cost.
  double sampler_cpu = 0, reading = 0, longest_gap = 0;
  std::uint64_t samples = 0, stamps = 0, late_stamps = 0, bytes = 0, pending = 0;

  // What of it other reports have, too.
  std::int64_t dropped = 0;  // microjoules
  double dropped_low = 0, dropped_high = 0;
  std::int64_t kept = 0, kept_measured = 0;  // of its channels
  meter::provenance kept_worst{};
  std::int64_t all_of[components]{}, kept_of[components]{};  // of each component, before and after
  double grams_of[components]{};                             // before
  bool has_components = false, has_component[components]{};
  /// What is left of its emissions, as a share: that of each component's energy, where it says what each
  /// emitted.
  double grams_share() const noexcept {
    double before = 0, after = 0;
    for (std::size_t i = 0; i < components; ++i) before += grams_of[i], after += grams_of[i] * share_of(i);
    const double of_energy = share(), of_grams = before > 0 && after >= 0 ? after / before : of_energy;
    const double off = of_grams - of_energy;
    return dropped == 0 || (off < 1e-9 && off > -1e-9) ? of_energy : of_grams;
  }
  /// What is left of a component's energy, as a share.
  double share_of(std::size_t i) const noexcept {
    return all_of[i] > 0 ? static_cast<double>(kept_of[i]) / static_cast<double>(all_of[i]) : 1;
  }
  /// What is left of its energy, and as a share.
  std::int64_t left() const noexcept { return dropped <= energy ? energy - dropped : 0; }
  double share() const noexcept {
    if (dropped == 0 || energy <= 0) return 1;
    return static_cast<double>(left()) / static_cast<double>(energy);
  }
};

/// All of them.
struct collection {
  text_ids texts{};
  std::vector<part> parts{};
  std::vector<channel_line> lines{};
  std::vector<kept_scope> scopes{};
  std::vector<kept_epoch> epochs{};
  std::vector<kept_power> power{};
  std::size_t power_each = 128;  // spans that one report may have
  std::vector<kept_mark> marks{};
  number_map marked{};  // which of these are there
  std::vector<rank_line> ranks{};
  std::vector<span> spans{};
  std::vector<event> said{};  // by the merge itself

  void say(severity level, std::string_view where, std::string_view what) {
    said.push_back({{}, level, std::string(what), std::string(where)});
  }
  /// "rank 3", "run 0123456789abcdef", "ranks 0 to 7", "report 2".
  std::string label(const part& p) const {
    if (p.is_merged)
      return p.rank ? "ranks " + std::to_string(*p.rank) + " to " + std::to_string(*p.last_rank)
                    : "merged report " + std::to_string(p.number);
    if (p.rank) return "rank " + std::to_string(*p.rank);
    const std::string& run = ranks[p.ranks.first].run_id;
    return run.empty() ? "report " + std::to_string(p.number) : "run " + run;
  }
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
