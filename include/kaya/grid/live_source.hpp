// SPDX-License-Identifier: MIT
// Live carbon intensity as accounts see it: what was known for a span of time, asked by any thread at any
// time without waiting, while another thread adds to it. Who gets the values, and how, is live.hpp's matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/grid/figure.hpp>
#include <kaya/grid/live/reading.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// A reading and the time over which it is used, in unix nanoseconds: from from_ns on until a later one takes
/// over, but not beyond until_ns.
struct live_step {
  grid::reading reading{};
  std::int64_t from_ns = 0, until_ns = 0;
  std::int64_t read_ns = 0;  // when it came in last
};

/// A cheap handle on what was read; copies see the same. Empty by default: then it knows nothing.
class live_source {
 public:
  live_source() noexcept = default;

  explicit operator bool() const noexcept { return static_cast<bool>(data_); }
  /// The publisher and the zone that is asked for; static as long as a copy of this lives.
  std::string_view name() const noexcept {
    return data_ ? std::string_view(data_->name) : std::string_view();
  }
  std::string_view zone() const noexcept {
    return data_ ? std::string_view(data_->zone) : std::string_view();
  }

  /// The time-weighted mean over a span of unix time in nanoseconds, or nothing if any of it is before the
  /// first reading or where readings had become too old. At one instant (from == to) the value in force.
  /// Wait-free: a few loads for each reading since from_ns.
  std::optional<grams_per_kilowatt_hour> over(std::int64_t from_ns, std::int64_t to_ns) const noexcept {
    if (from_ns > to_ns) return {};
    double sum = 0, low = 0, high = 0;
    std::int64_t end = to_ns;  // what comes after it is summed up
    for (const node* n = head(); n != nullptr; n = n->before) {
      const live_step& s = n->first;
      if (s.from_ns > from_ns && s.from_ns >= end) continue;  // too late, or replaced by what was said later
      const std::int64_t until = kaya::detail::load_acquire(n->until_ns);
      if (end > until || (end == until && from_ns == to_ns)) return {};
      const double value = s.reading.value.count();
      if (end == to_ns || value < low) low = value;
      if (end == to_ns || value > high) high = value;
      if (s.from_ns <= from_ns) {
        if (low == high) return s.reading.value;  // exactly, where the sum might be off by a rounding
        const double mean = (sum + value * length(from_ns, end)) / length(from_ns, to_ns);
        return grams_per_kilowatt_hour(mean < low ? low : mean > high ? high : mean);
      }
      sum += value * length(s.from_ns, end);
      end = s.from_ns;
    }
    return {};
  }

  /// The last reading with its times, however old; nothing before the first. Wait-free.
  std::optional<live_step> latest() const noexcept {
    const node* const last = head();
    return last != nullptr ? std::optional<live_step>(last->step()) : std::nullopt;
  }
  /// What is counted, the same for all readings of a source; lifecycle and location before the first.
  accounting how() const noexcept {
    const node* const last = head();
    return last != nullptr ? last->first.reading.how : accounting::lifecycle;
  }
  grid::basis basis() const noexcept {
    const node* const last = head();
    return last != nullptr ? last->first.reading.basis : grid::basis::location;
  }

  /// Calls f(const live_step&) for each reading, the latest first; those in a row that say the same are one.
  template <class F>
  void each(F&& f) const {
    for (const node* n = head(); n != nullptr; n = n->before) f(n->step());
  }

 private:
  friend class live_feed;

  // Nodes live as long as the list, so that a reader needs only the newest's address, and never change but
  // for the words that a later reading of the same moves.
  struct node {
    const live_step first;  // as it was when it came in first
    node* const before;
    std::int64_t until_ns = first.until_ns, read_ns = first.read_ns;
    std::int64_t end_ns = first.reading.end_ns.value_or(0);

    live_step step() const noexcept {
      live_step s = first;
      s.until_ns = kaya::detail::load_acquire(until_ns);
      s.read_ns = kaya::detail::load_relaxed(read_ns);
      if (s.reading.end_ns) s.reading.end_ns = kaya::detail::load_relaxed(end_ns);
      return s;
    }
  };
  struct data : kaya::detail::counted {
    data(std::string n, std::string z) noexcept : name(std::move(n)), zone(std::move(z)) {}
    ~data() {
      while (newest != nullptr) {
        node* const before = newest->before;
        delete newest;
        newest = before;
      }
    }
    const std::string name, zone;
    node* newest = nullptr;
  };

  explicit live_source(data* d) noexcept : data_(d) {}
  const node* head() const noexcept { return data_ ? kaya::detail::load_acquire(data_->newest) : nullptr; }
  static double length(std::int64_t from, std::int64_t to) noexcept {
    return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
  }

  kaya::detail::handle<data> data_{};
};

/// The writing end of a live_source. One thread at a time may put; any may read meanwhile.
class live_feed {
 public:
  /// name: the publisher. zone: as it calls the place.
  live_feed(std::string name, std::string zone)
      : source_(new live_source::data(std::move(name), std::move(zone))) {}

  const live_source& source() const noexcept { return source_; }

  enum class outcome { added, known, older, mixed };
  /// Adds a step (until_ns > from_ns). `known`: it says the same as the last one, which is used as long as
  /// either; so what is said again and again takes no more memory. `older`: it is for a time before the last
  /// one's, and not kept. `mixed`: lifecycle and direct, or location-based and marginal, are not one series;
  /// not kept. Throws std::bad_alloc.
  outcome put(const live_step& step) {
    live_source::data& d = *source_.data_;
    if (d.newest != nullptr) {
      live_source::node& n = *d.newest;
      const live_step& last = n.first;
      const reading &a = last.reading, &b = step.reading;
      if (a.how != b.how || a.basis != b.basis) return outcome::mixed;
      if (step.from_ns < last.from_ns) return outcome::older;
      // Of no known time, or the same. Other times are kept apart, as each is what the service said.
      if (a.value == b.value && a.estimated == b.estimated && a.forecast == b.forecast &&
          a.begin_ns == b.begin_ns && a.end_ns.has_value() == b.end_ns.has_value() &&
          step.from_ns <= n.until_ns && step.until_ns >= n.until_ns) {
        kaya::detail::store_relaxed(n.end_ns, b.end_ns.value_or(0));
        kaya::detail::store_relaxed(n.read_ns, step.read_ns);
        kaya::detail::store_release(n.until_ns, step.until_ns);
        return outcome::known;
      }
    }
    live_source::node* const fresh = new live_source::node{step, d.newest};
    kaya::detail::store_release(d.newest, fresh);
    return outcome::added;
  }

 private:
  live_source source_;
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
