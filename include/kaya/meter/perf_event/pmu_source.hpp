// SPDX-License-Identifier: MIT
// Counters of the power PMU behind descriptors: one read brings all of a package. Source: Linux,
// arch/x86/events/rapl.c, and perf_event_open(2).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <kaya/meter/perf_event/calls.hpp>
#include <kaya/meter/rapl.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::perf {

using rapl::domain;

/// What the PMU can count. psys is left to powercap, which can tell whether it is wired.
struct event_kind {
  domain what;
  const char* name;
};
inline constexpr event_kind kinds[] = {{domain::package, "energy-pkg"},
                                       {domain::core, "energy-cores"},
                                       {domain::uncore, "energy-gpu"},
                                       {domain::dram, "energy-ram"}};

/// The counters that one descriptor brings: those of a package, or a single one where the kernel would not
/// group them.
struct group {
  int cpu = 0;
  std::vector<perf_event_attr> members{};
  std::vector<long> descriptors{};                  // of the members, the leader's first; empty: closed
  std::uint64_t values[1 + std::size(kinds)] = {};  // how many, then the counts
  std::int64_t opened_ns = 0;
  std::optional<missing> why{};
  bool fresh = false, recovered = false;
};

class pmu_source final : public source {
 public:
  explicit pmu_source(const perf_calls& calls) : calls_(calls) {}
  ~pmu_source() override {
    for (group& g : groups_) close(g);
  }
  std::span<const channel> channels() const noexcept override { return channels_; }
  void begin_round() noexcept override {
    for (group& g : groups_) g.fresh = false;
  }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= places_.size()) return {0, 0, missing::not_present};
    group& g = groups_[places_[i].in];
    if (!g.fresh) refresh(g, now_ns);
    if (g.why) return {0, 0, g.why};
    return {g.values[1 + places_[i].member], 0, {}, g.recovered};
  }

  /// A counter on a CPU: in the CPU's group, or alone. 0, or a negated errno.
  long add(channel what, int cpu, const perf_event_attr& attr) {
    std::size_t in = groups_.size();
    for (std::size_t k = 0; k < groups_.size(); ++k)
      if (groups_[k].cpu == cpu && groups_[k].members.size() < std::size(kinds)) in = k;
    long d = -EINVAL;
    if (in < groups_.size()) d = calls_.open(attr, cpu, static_cast<int>(groups_[in].descriptors[0]));
    if (d < 0) {
      in = groups_.size();
      d = calls_.open(attr, cpu, -1);
      if (d < 0) return d;
      groups_.emplace_back().cpu = cpu;
    }
    group& g = groups_[in];
    places_.push_back({in, g.members.size()});
    g.members.push_back(attr);
    g.descriptors.push_back(d);
    channels_.push_back(std::move(what));
    return 0;
  }

 private:
  struct spot {
    std::size_t in, member;
  };

  void close(group& g) noexcept {
    for (const long d : g.descriptors) calls_.close(d);
    g.descriptors.clear();
  }
  void refresh(group& g, std::int64_t now_ns) noexcept {
    g.fresh = true;
    g.recovered = false;
    const bool was_lost = g.why.has_value();
    if (g.descriptors.empty() && !reopen(g, now_ns)) return;
    const std::size_t size = (1 + g.members.size()) * sizeof(std::uint64_t);
    const long n = calls_.read(g.descriptors[0], g.values, size);
    if (n == static_cast<long>(size) && g.values[0] == g.members.size()) {
      g.why.reset();
      g.recovered = was_lost;
      return;
    }
    // Its CPU went offline with all others of the package: a counter of a new descriptor starts at 0.
    close(g);
    g.opened_ns = now_ns;
    g.why = missing::lost;
  }
  /// At most once a second.
  bool reopen(group& g, std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 1'000'000'000;
    if (now_ns - g.opened_ns < patience_ns) return false;
    g.opened_ns = now_ns;
    for (const perf_event_attr& attr : g.members) {
      const long d =
          calls_.open(attr, g.cpu, g.descriptors.empty() ? -1 : static_cast<int>(g.descriptors[0]));
      if (d < 0) {
        close(g);
        return false;
      }
      g.descriptors.push_back(d);  // there was room for as many before
    }
    return true;
  }

  const perf_calls calls_;
  std::vector<channel> channels_{};
  std::vector<spot> places_{};
  std::vector<group> groups_{};
};

}  // namespace meter::perf
}  // namespace v1
}  // namespace kaya
