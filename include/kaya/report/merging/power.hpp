// SPDX-License-Identifier: MIT
// The power of components over the run, of all ranks together: on one grid of times, to the microjoule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/report/merging/part.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class power_merger {
 public:
  explicit power_merger(collection& all) : all_(all) {}

  /// Takes a report's spans. Those of all together are kept to some 15 MiB: beyond that each has half as
  /// many.
  void take(part& p, const run_report& r) {
    p.power = {all_.power.size(), r.power.size()};
    for (const power_line& l : r.power) {
      kept_power k{later(p.begin, l.start.count()), 0, {}};
      k.end = later(k.begin, l.duration.count());
      const microjoules of[] = {l.cpu, l.memory, l.gpu, l.platform, l.other};
      for (std::size_t i = 0; i < components; ++i) k.energy[i] = of[i].count() > 0 ? of[i].count() : 0;
      all_.power.push_back(k);
    }
    join(p, all_.power_each);
    all_.power.resize(p.power.end());
    if (all_.power.size() <= most_kept || all_.power_each == 1) return;
    all_.power_each /= 2;
    std::size_t end = 0;
    for (part& earlier : all_.parts) end = move_and_join(earlier, end);
    end = move_and_join(p, end);
    all_.power.resize(end);
  }

  /// Spans of equal length from the first rank's start to the last one's end. What a span of a rank's has in
  /// several of them is in proportion; so is what is left of a component of which others have a part.
  std::vector<power_line> merged(const std::vector<std::uint32_t>& order, std::int64_t begin,
                                 std::int64_t end) {
    std::size_t n = 0, without = 0;
    for (const std::uint32_t number : order) {
      const part& p = all_.parts[number];
      if (p.power.count > n) n = p.power.count;
      without += p.known && p.energy > 0 && p.power.count == 0 ? 1u : 0u;
    }
    std::vector<power_line> lines;
    if (n == 0 || end <= begin) return lines;
    if (n > most_spans) n = most_spans;
    if (without > 0)
      all_.say(severity::info, "merge",
               std::to_string(without) + " of the reports say nothing of power over time, which lacks them");
    width_ = static_cast<double>(end - begin) / static_cast<double>(n);
    std::vector<kept_power> cells(n);
    for (const std::uint32_t number : order) {
      const part& p = all_.parts[number];
      if (!p.known || !p.enabled) continue;
      for (std::size_t i = p.power.first; i < p.power.end(); ++i) spread(p, all_.power[i], begin, cells);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = [&](std::size_t cell) { return static_cast<double>(cell) * width_ * 1e-9; };
      const std::int64_t* const e = cells[i].energy;
      lines.push_back({seconds(at(i)), seconds(at(i + 1) - at(i)), microjoules(e[0]), microjoules(e[1]),
                       microjoules(e[2]), microjoules(e[3]), microjoules(e[4])});
    }
    return lines;
  }

 private:
  static constexpr std::size_t most_kept = std::size_t{1} << 18, most_spans = 128;

  /// Joins neighbours until a report has no more than so many.
  void join(part& p, std::size_t most) {
    while (p.power.count > most) {
      std::size_t to = p.power.first;
      for (std::size_t i = p.power.first; i < p.power.end(); i += 2) {
        kept_power k = all_.power[i];
        if (i + 1 < p.power.end()) {
          k.end = all_.power[i + 1].end;
          for (std::size_t c = 0; c < components; ++c)
            add(k.energy[c], all_.power[i + 1].energy[c], "power over time");
        }
        all_.power[to++] = k;
      }
      p.power.count = to - p.power.first;
    }
  }
  std::size_t move_and_join(part& p, std::size_t to) {
    for (std::size_t i = 0; i < p.power.count; ++i) all_.power[to + i] = all_.power[p.power.first + i];
    p.power.first = to;
    join(p, all_.power_each);
    return p.power.end();
  }
  void spread(const part& p, const kept_power& k, std::int64_t begin, std::vector<kept_power>& cells) const {
    const auto cell_of = [&](std::int64_t ns) {
      const double at = static_cast<double>(ns - begin) / width_;
      return at < static_cast<double>(cells.size()) ? static_cast<std::size_t>(at > 0 ? at : 0)
                                                    : cells.size() - 1;
    };
    const std::size_t first = cell_of(k.begin), last = cell_of(k.end);
    const auto length = static_cast<double>(k.end - k.begin);
    for (std::size_t c = 0; c < components; ++c) {
      std::int64_t whole = k.energy[c];
      if (p.dropped != 0) whole = rounded(static_cast<double>(whole) * p.share_of(c), whole);
      std::int64_t given = 0;  // up to the end of a cell, so that no microjoule is lost in between
      for (std::size_t i = first; i <= last && given < whole; ++i) {
        const double until = static_cast<double>(i + 1) * width_ - static_cast<double>(k.begin - begin);
        const std::int64_t upto = i == last || !(length > 0)
                                      ? whole
                                      : rounded(static_cast<double>(whole) * (until / length), whole);
        if (upto <= given) continue;
        add(cells[i].energy[c], upto - given, "power over time");
        given = upto;
      }
    }
  }

  collection& all_;
  double width_ = 0;
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
