// SPDX-License-Identifier: MIT
// Asks a service, checks the answer, notes what happened: what live.hpp runs on its thread.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/detail/worker.hpp>
#include <kaya/grid/live/back_off.hpp>
#include <kaya/grid/live/options.hpp>
#include <kaya/grid/live/secrets.hpp>
#include <kaya/grid/live_source.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

/// What happened so far.
struct live_status {
  std::uint64_t polls = 0, answers = 0, failures = 0;  // good answers and failures are all polls
  std::uint64_t late = 0;                              // failures of which the answer came after the time-out
  std::uint64_t expired = 0;                           // times that a poll found the last value too old
  int failures_in_a_row = 0;
  std::string error{};     // of the last failure, in words, without secrets; empty before the first
  seconds asking_for{};    // how long the question under way has been waited for; 0 without one
  seconds next_poll_in{};  // 0: now, or never
  bool running = false;    // there is a thread, and it was not stopped
};

namespace detail {

namespace os = kaya::detail::os;

constexpr std::int64_t to_nanoseconds(seconds s) noexcept {
  return static_cast<std::int64_t>(s.count() * 1e9 + 0.5);
}
constexpr seconds to_seconds(std::int64_t ns) noexcept { return seconds(static_cast<double>(ns) * 1e-9); }

/// By the clock that may be set, and by the one that is not.
struct moment {
  std::int64_t unix_ns, monotonic_ns;
};

class poller {
 public:
  /// Throws config_error.
  explicit poller(live_options&& options)
      : o_((check(options), std::move(options))),
        secrets_(o_.provider),
        feed_(o_.provider.name, o_.provider.zone),
        random_(static_cast<std::uint64_t>(os::monotonic_ns())) {}
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  void start() noexcept {
    if (o_.background) started_.store(thread_.start(&poller::run, this));
  }
  /// Ends the thread. All who call it wait until it has ended, but from within a question.
  void stop() noexcept {
    ending_.store(true);
    if (!started_.load() || asking_ == this) return;
    thread_.wake();
    const os::locked others_wait(joining_);
    if (!joined_) thread_.join();
    joined_ = true;
  }

  /// False in a forked child, which has no thread, and locks that nobody may ever open.
  bool ours() const noexcept { return generation_ == os::fork_generation(); }
  const live_source& source() const noexcept { return feed_.source(); }
  std::int64_t unix_ns() const { return o_.clock ? o_.clock() : os::unix_ns(); }
  /// When the last good answer came; it may have said what was known.
  moment confirmed() const noexcept {
    const std::int64_t unix_time = confirmed_unix_.load();  // stored last, so loaded first
    return {unix_time, confirmed_monotonic_.load()};
  }

  /// One question and its answer; one at a time. True for a good one. False from within a question.
  bool poll() noexcept {
    if (asking_ == this) return false;
    const os::locked one_at_a_time(polling_);
    const asking here(this);
    const std::int64_t begin = os::monotonic_ns();
    asking_since_.store(begin);
    bool late = false, expired = false;
    std::string why;
    const bool good = answered(begin, why, late);
    if (!ours()) return false;  // the transport forked, and this is the child
    asking_since_.store(0);
    const auto last = feed_.source().latest();
    if (last && last->until_ns <= now_or(last->until_ns) && last->until_ns != expired_ns_) {
      expired_ns_ = last->until_ns;
      expired = true;
    }

    const os::locked hold(telling_);
    ++told_.polls;
    told_.expired += expired;
    if (good) {
      ++told_.answers;
      told_.failures_in_a_row = 0;
    } else {
      ++told_.failures;
      told_.late += late;
      if (told_.failures_in_a_row < 1000) ++told_.failures_in_a_row;
      told_.error.swap(why);
    }
    return good;
  }

  live_status status() const {
    live_status s;
    if (!ours()) return s;
    {
      const os::locked hold(telling_);
      s = told_;
    }
    if (o_.background && !started_.load() && s.error.empty())
      s.error = "no thread could be started; only poll_now() asks";
    const std::int64_t now = os::monotonic_ns(), since = asking_since_.load(), next = next_poll_.load();
    s.running = started_.load() && !ending_.load();
    if (since != 0 && now > since) s.asking_for = to_seconds(now - since);
    if (since == 0 && s.running && next > now) s.next_poll_in = to_seconds(next - now);
    return s;
  }

 private:
  /// Marks this thread as one that asks, so that what it calls does not wait for it.
  class asking {
   public:
    explicit asking(const poller* p) noexcept : before_(asking_) { asking_ = p; }
    ~asking() { asking_ = before_; }
    asking(const asking&) = delete;
    asking& operator=(const asking&) = delete;

   private:
    const poller* const before_;  // a transport may ask another live
  };

  static void run(void* self) { static_cast<poller*>(self)->loop(); }
  void loop() noexcept {
    while (ours() && !ending_.load()) {
      const bool good = poll();
      if (!ours()) return;
      const std::int64_t period = to_nanoseconds(o_.period);
      const std::int64_t deadline =
          os::monotonic_ns() + (good ? period : back_off_ns(failures_in_a_row(), period, next_random()));
      next_poll_.store(deadline);
      while (!ending_.load() && os::monotonic_ns() < deadline) thread_.wait_until(deadline);
    }
  }
  int failures_in_a_row() noexcept {
    const os::locked hold(telling_);
    return told_.failures_in_a_row;
  }
  /// xorshift64 (Marsaglia 2003); only the thread draws.
  std::uint64_t next_random() noexcept {
    random_ ^= random_ << 13, random_ ^= random_ >> 7, random_ ^= random_ << 17;
    return random_;
  }
  std::int64_t now_or(std::int64_t otherwise) noexcept {
    try {
      return unix_ns();
    } catch (...) {
      return otherwise;
    }
  }

  /// Asks, and takes the answer. Otherwise false, with why, which has no secrets.
  bool answered(std::int64_t begin, std::string& why, bool& late) noexcept {
    try {
      try {
        const std::string body =
            o_.transport(o_.provider.url, o_.provider.headers, {o_.timeout, o_.most_bytes});
        const std::int64_t took = os::monotonic_ns() - begin;
        late = took > to_nanoseconds(o_.timeout);
        if (late)
          why = "the answer took " + humanize(to_seconds(took)) + "; at most " + humanize(o_.timeout) +
                " is allowed";
        else if (body.size() > o_.most_bytes)
          why = "the answer has " + std::to_string(body.size()) + " bytes; at most " +
                std::to_string(o_.most_bytes) + " are allowed";
        else why = taken(body);
      } catch (const std::exception& e) {
        why = e.what();
        if (why.empty()) why = "the transport threw without a reason";
      } catch (...) {
        why = "the transport threw something that is not a std::exception";
      }
      if (why.empty()) return true;
      why = secrets_.scrubbed(why);
    } catch (...) {  // no memory for the text
      why.clear();
    }
    return false;
  }

  /// Reads a body and adds it to the feed; says why not, or nothing.
  std::string taken(const std::string& body) {
    const std::int64_t now = unix_ns();
    live_answer answer = o_.provider.parse(body, now);
    if (!answer.reading) return answer.error.empty() ? "the answer was not understood" : answer.error;
    if (!o_.provider.zone.empty() && !answer.zone.empty() && answer.zone != o_.provider.zone)
      return "the answer is for zone " + answer.zone + ", not for " + o_.provider.zone;
    if (std::string wrong = value_refusal("the value", answer.reading->value); !wrong.empty()) return wrong;

    if (answer.reading->begin_ns)
      if (std::string wrong = early_refusal(*answer.reading->begin_ns, now); !wrong.empty()) return wrong;

    // In force from when the service says, but never from a time to come, whosever clock is wrong. What it
    // says about longer than a day from now is not relied on.
    constexpr std::int64_t day = 86'400'000'000'000;
    const reading& r = *answer.reading;
    live_step step{r, now, now, now};
    if (r.begin_ns && *r.begin_ns < now) step.from_ns = *r.begin_ns;
    const std::int64_t end = r.end_ns && *r.end_ns > step.from_ns ? *r.end_ns : step.from_ns;
    step.until_ns = (end < now + day ? end : now + day) + to_nanoseconds(o_.stale_after);
    if (step.until_ns <= now)
      return "the answer is of " + std::string(time_string(step.from_ns).view()) + ", too old by " +
             humanize(to_seconds(now) - to_seconds(step.until_ns));  // as doubles: it may be centuries
    const std::int64_t came = os::monotonic_ns();
    switch (feed_.put(step)) {
      case live_feed::outcome::mixed:
        return "the answer is " + std::string(to_string(r.how)) + " and " + std::string(to_string(r.basis)) +
               ", unlike those before it";
      case live_feed::outcome::older:
        return "the answer would be in force from " + std::string(time_string(step.from_ns).view()) +
               ", before the last one, from " +
               std::string(time_string(feed_.source().latest()->from_ns).view()) +
               "; was the clock set back?";
      case live_feed::outcome::added:
      case live_feed::outcome::known:
        confirmed_monotonic_.store(came);
        confirmed_unix_.store(now);
    }
    return {};
  }

  const live_options o_;
  const secrets secrets_;
  live_feed feed_;               // written under polling_
  std::uint64_t random_;         // of the thread
  std::int64_t expired_ns_ = 0;  // under polling_: the end that was counted last
  live_status told_{};           // under telling_
  os::mutex polling_;            // held while a question is under way
  mutable os::mutex telling_;    // taken after it, for a moment
  os::mutex joining_;            // held while the thread's end is waited for
  bool joined_ = false;          // under joining_
  const unsigned generation_ = os::fork_generation();
  kaya::detail::shared_word<bool> started_{false}, ending_{false};
  kaya::detail::shared_word<std::int64_t> asking_since_{0}, next_poll_{0};
  kaya::detail::shared_word<std::int64_t> confirmed_unix_{INT64_MIN}, confirmed_monotonic_{0};
  inline static constinit thread_local const poller* asking_ = nullptr;
  os::worker thread_{};
};

}  // namespace detail
}  // namespace grid
}  // namespace v1
}  // namespace kaya
