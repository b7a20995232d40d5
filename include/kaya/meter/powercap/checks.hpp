// SPDX-License-Identifier: MIT
// What the names of RAPL zones do not tell and a few readings do: whether two files show one counter, whether
// psys is wired, how far a figure can be from the truth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/powercap/zones.hpp>
#include <kaya/meter/reading/counter.hpp>
#include <kaya/meter/reading/counter_file.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::powercap {

/// Whether two files show one hardware counter, as the dies of an AMD package do with older kernels. Takes up
/// to 60 ms. In a third of the rounds at least, the second must lie between two readings of the first made at
/// once, or equal one of them: to the microjoule, which different counters do not do by chance. The rest is
/// left to trees that are written file by file, with a lag. Counters that stand still are one if they are
/// equal, and not 0.
inline bool mirrored(counter_file& one, counter_file& other) {
  constexpr std::size_t rounds = 40;
  // More than any lag; who is further off three times shows something else.
  constexpr std::uint64_t far_apart = 20'000'000;  // microjoules
  std::vector<std::uint64_t> ones, others;
  for (std::size_t round = 0, far = 0; round < rounds; ++round) {
    if (round > 0) detail::os::pause(1'500'000);
    const std::int64_t now = detail::os::monotonic_ns();
    const measurement before = one.read(now), between = other.read(now), after = one.read(now);
    if (before.why || between.why || after.why) continue;
    ones.push_back(before.count);
    ones.push_back(after.count);
    others.push_back(between.count);
    const bool above = between.count > after.count;
    if ((above ? between.count - after.count : after.count - between.count) > far_apart && ++far == 3)
      return false;
  }
  std::size_t same = 0;
  for (std::size_t i = 0; i < others.size(); ++i) {
    const std::uint64_t value = others[i];
    bool found = ones[2 * i] <= value && value <= ones[2 * i + 1];
    for (const std::uint64_t reading : ones) found = found || reading == value;
    if (found && value != 0) ++same;
  }
  return same > 0 && 3 * same >= others.size();
}

/// What packages and platforms counted in one span, in microjoules.
struct platform_check {
  std::size_t platform = 0;  // which platform moved most
  std::uint64_t platform_moved = 0, packages_moved = 0;
  bool coarse = true;  // the platforms count in steps of 1 J, as on servers

  bool nothing_moved() const noexcept { return platform_moved == 0 && packages_moved == 0; }
  /// A platform contains its packages; one that is not wired stands still or shows something else.
  bool believable() const noexcept {
    return platform_moved > 0 && platform_moved + (coarse ? 1'000'000 : 0) >= packages_moved;
  }
};

struct metered_file {
  counter_file* file;
  counter rule;
};

/// Compares for up to 250 ms, shorter if the platform is clearly ahead.
inline platform_check compare_platforms(std::vector<metered_file> platforms,
                                        std::vector<metered_file> packages) {
  platform_check result;
  std::vector<std::uint64_t> moved(platforms.size());
  const auto read = [](metered_file& m, std::uint64_t& moved_by) {
    const std::int64_t now = detail::os::monotonic_ns();
    const measurement reading = m.file->read(now);
    if (!reading.why) moved_by += m.rule.next(reading.count, now).counts;
    return reading.why ? 0 : reading.count;
  };
  const auto read_platforms = [&] {
    for (std::size_t i = 0; i < platforms.size(); ++i) {
      if (read(platforms[i], moved[i]) % 1'000'000 != 0) result.coarse = false;
      if (moved[i] > result.platform_moved) result.platform = i, result.platform_moved = moved[i];
    }
  };
  // First before the packages, then after them: the platforms' span contains theirs.
  read_platforms();
  for (metered_file& m : packages) read(m, result.packages_moved);
  for (int round = 0; round < 10; ++round) {
    detail::os::pause(25'000'000);
    for (metered_file& m : packages) read(m, result.packages_moved);
    read_platforms();
    if (result.packages_moved > 0 && result.platform_moved > result.packages_moved + 2'000'000) break;
  }
  return result;
}

/// How far a zone's figure can be from the truth.
inline void set_accuracy(channel& c, const zone& z, const rapl::cpu_facts& cpu) {
  rapl::set_accuracy(c, *z.what, cpu);
  // Kernels that give this range take a count as 15.3 uJ, where the manual has 61.
  if (z.what == domain::dram && cpu.sapphire_rapids && z.range == 65'712'999'613) {
    c.high = 4.8;
    c.note = "this kernel may show a quarter of this CPU's memory energy (likwid#643)";
  }
}

}  // namespace meter::powercap
}  // namespace v1
}  // namespace kaya
