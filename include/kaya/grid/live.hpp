// SPDX-License-Identifier: MIT
// Carbon intensity as it is right now: a thread of its own asks a service now and then, through a transport
// that you supply, and whoever needs the value gets the last good one at once, with its age.
//
//     kaya::grid::live now({.provider = kaya::grid::uk_carbon_intensity(), .transport = my_http_get});
//     if (const auto last = now.latest()) std::cout << last->step.reading.value << last->age;
//
// Opt-in: nothing in kaya includes this, and without a live there is no network call. With one, no thread but
// its own waits for the network. Tokens go to the transport and nowhere else: no text of kaya's has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kaya/grid/live/options.hpp>
#include <kaya/grid/live/parse.hpp>
#include <kaya/grid/live/poller.hpp>
#include <kaya/grid/live/provider.hpp>
#include <kaya/grid/live_source.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// The last good value.
struct live_value {
  live_step step{};
  seconds age{};       // since the service last said so; 0 or more, even if the clock was set back
  bool stale = false;  // past step.until_ns, so no longer used
};

/// Polls one service. The functions may be called by any thread. In a forked child it asks nobody; latest()
/// and history() give what was known at the fork.
class live {
 public:
  /// Starts to ask at once. Throws config_error with field and what is allowed, before any call.
  explicit live(live_options options) : poller_(new detail::poller(std::move(options))) { poller_->start(); }
  live(const live&) = delete;
  live& operator=(const live&) = delete;
  /// As stop(). Not from within the transport.
  ~live() {
    if (!poller_->ours()) return;  // left alone: the thread may have been writing it when this was forked
    poller_->stop();
    delete poller_;
  }

  /// The handle for accounts. It outlives this, with what is known then.
  live_source source() const noexcept { return poller_->source(); }

  /// The last good value, or nothing before the first. Never waits.
  std::optional<live_value> latest() const {
    const detail::moment confirmed = poller_->confirmed();
    const std::optional<live_step> step = poller_->source().latest();
    if (!step) return {};
    const std::int64_t now = poller_->unix_ns();
    std::int64_t age = now > step->read_ns ? now - step->read_ns : 0;
    if (confirmed.unix_ns == step->read_ns) {  // then age is right even if the clock was set back since
      const std::int64_t passed = detail::os::monotonic_ns() - confirmed.monotonic_ns;
      if (passed > age) age = passed;
    }
    return live_value{*step, detail::to_seconds(age), now >= step->until_ns};
  }

  /// What was read so far, for tracker_options::intensity_series or to price a finished run: each value from
  /// the time that it is for, or else came in, up to the next one; gaps where it was too old. Empty before
  /// the first. Never waits.
  series history() const {
    std::vector<live_step> steps;  // the latest first
    poller_->source().each([&](const live_step& s) {
      if (steps.empty() || s.from_ns != steps.back().from_ns) steps.push_back(s);  // else it was revised
    });
    if (steps.empty()) return {};
    std::vector<point> points;
    for (std::size_t i = steps.size(); i-- > 0;) {
      points.push_back({steps[i].from_ns, steps[i].reading.value});
      if (i > 0 && steps[i].until_ns < steps[i - 1].from_ns) points.push_back({steps[i].until_ns, {}, false});
    }
    const reading& last = steps.front().reading;
    std::string by(poller_->source().name());
    if (!poller_->source().zone().empty()) by.append(", ").append(poller_->source().zone());
    return series(std::move(points), last.how, last.basis, std::move(by),
                  detail::to_seconds(steps.front().until_ns - steps.front().from_ns));
  }

  /// Asks on the calling thread, which waits for the transport, and for a question that is under way. True
  /// for a good answer. From within the transport it asks nothing.
  bool poll_now() noexcept { return poller_->ours() && poller_->poll(); }

  /// What happened so far. Waits for no transport.
  live_status status() const { return poller_->status(); }

  /// Ends the thread. A question under way cannot be called back: this waits until the transport returns,
  /// about as long as its time-out. From within the transport it does not wait.
  void stop() noexcept {
    if (poller_->ours()) poller_->stop();
  }

 private:
  detail::poller* const poller_;
};

}  // namespace grid
}  // namespace v1
}  // namespace kaya
