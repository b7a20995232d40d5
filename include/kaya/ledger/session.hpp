// SPDX-License-Identifier: MIT
// The ledger with its locks and its one sampler thread: what a tracker and its guards share, and what lives
// on until the last of them is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/callback.hpp>
#include <kaya/detail/atomics.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/detail/worker.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/directory.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Two locks, always taken in this order: `reading_` for a round of the meters, `books_` for everything in
/// the core. Scopes take the second, and only now and then; it is never held while a sensor is read.
class session final : public scope_sink {
 public:
  struct options {
    std::int64_t period_ns = 100'000'000;  // 0: no thread
    callback<void()> synchronize{};
    callback<void(const event&)> on_event{};
    bool sharp_edges = false;
    /// Called by the sampler's thread without any lock after each sample: after one that ended an epoch
    /// (true), and last of all when the run has ended (true).
    callback<void(bool at_once)> follow{};
  };

  /// reads: taken around every round of reads, for meters that several trackers share.
  session(clock& c, const std::vector<meter::bound_channel>& channels, detail::handle<meter::read_lock> reads,
          pricing p, int max_epoch_lines, options o)
      : reads_(static_cast<detail::handle<meter::read_lock>&&>(reads)),
        options_(static_cast<options&&>(o)),
        core_(c, channels, static_cast<pricing&&>(p), max_epoch_lines) {
    {
      const detail::os::locked round(*reads_);
      core_.start();
    }
    undelivered_.store(core_.events().has_undelivered());
    period_ns_ = options_.period_ns;
    if (period_ns_ > 0 && period_ns_ > core_.longest_safe_period())
      period_ns_ = core_.longest_safe_period() > 1'000'000 ? core_.longest_safe_period() : 1'000'000;
  }

  /// Starts the sampler, once, when all that its callbacks may use is there.
  void start() noexcept {
    if (period_ns_ == 0 || sampler_.start(&session::run_sampler, this)) return;
    period_ns_ = 0;
    core_.file(severity::error, "no thread could be started; only epochs, sample() and report() sample",
               "sampler");
  }

  /// False in a forked child, where everything is inert: the locks and the sampler belong to the parent.
  bool ours() const noexcept { return generation_ == detail::os::fork_generation(); }
  bool running() const noexcept { return ours() && !stopped_.load(); }

  ticket enter(scope_name name, scope_kind kind) noexcept override {
    if (kind == scope_kind::synchronized && running()) synchronize();
    if (!running()) return {};
    const detail::os::unentered alone;
    lane* const l = attached_lane();
    if (l == nullptr || l->interrupted()) return {};
    const lane::turn mine(*l);
    const std::optional<name_id> line = line_of(*l, name);
    if (!line || !make_room(*l)) return {};
    ticket opened{l};
    l->put_enter(*line, flags_of(kind), opened.serial);
    if (options_.sharp_edges && l->opens_outermost()) sampler_.wake();
    return opened;
  }
  void leave(ticket t, scope_kind kind) noexcept override {
    if (kind == scope_kind::synchronized && running()) synchronize();
    if (!running()) return;
    const detail::os::unentered alone;
    bool outermost = false;
    if (lane* const l = thread_lanes::of(id()); l == t.where) {
      if (l->interrupted()) return;
      const lane::turn mine(*l);
      if (!make_room(*l)) return;
      l->put_leave(t.serial);
      outermost = l->closes_outermost(t.serial);
    } else {
      const detail::os::critical hold(books_);
      if (t.where->owner() != id()) return;  // stopped meanwhile
      guarded_memory("a scope was not left", [&] { core_.leave_elsewhere(*t.where, t.serial); });
      outermost = t.where->closes_outermost(t.serial);
    }
    if (options_.sharp_edges && outermost) sampler_.wake();
  }

  /// Samples now, and settles. then(core) runs under the books' lock, right after the cut.
  template <class F>
  void sample(F&& then) noexcept {
    if (!ours()) return;
    const detail::os::kept_errno keep;
    round([&] {
      core_.catch_up_and_watch();
      then(core_);
    });
    if (period_ns_ == 0) deliver_events();
  }
  void sample() noexcept {
    sample([](core&) {});
  }

  /// Runs f(core) under the books' lock, without a sample: as of the last one.
  template <class F>
  void with_core(F&& f) noexcept {
    if (!ours()) return;
    const detail::os::critical hold(books_);
    guarded_memory("an entry was lost", [&] {
      core_.catch_up();
      f(core_);
    });
  }

  /// The user's synchronize(); what it throws becomes an event. As any callback it may fork, so who goes on
  /// after it asks again whether this is running.
  void synchronize() noexcept {
    if (!options_.synchronize || !ours()) return;
    guarded("synchronize", [this] { options_.synchronize(); });
  }

  /// An epoch has ended: whoever follows is told within a second.
  void tell_follower() noexcept {
    if (!options_.follow || !running()) return;
    told_.store(true);
    if (period_ns_ > 1'000'000'000) sampler_.wake();  // else no system call here
  }

  /// Takes the last sample, with which then(core) runs, and ends the thread. Only the first call does
  /// anything.
  template <class F>
  void stop(F&& then) noexcept {
    if (!ours()) return;
    bool unresolved = running();
    for (int again = 0; unresolved && again < 5; ++again) {  // a torn last reading is told by the next
      if (again > 0) detail::os::pause(2'000'000);
      sample([&](core& c) { unresolved = c.unresolved(); });
    }
    sample([&](core& c) {
      if (stopped_.load()) return;
      then(c);
      stopped_.store(true);
      disown_lanes();
    });
    end_sampler();
  }
  /// Ends without a last sample.
  void end() noexcept {
    if (ours()) {
      const detail::os::critical hold(books_);
      stopped_.store(true);
      disown_lanes();
    }
    if (is_sampler_thread()) {  // in on_event: when it returns, who follows is gone, and nobody waits
      left_ = true;
      if (!joined_.exchange(true)) sampler_.detach();
    }
    end_sampler();
  }
  /// Ends the thread, if it is still there. In a forked child it never was.
  void end_sampler() noexcept {
    if (!ours()) return;
    ending_.store(true);
    if (period_ns_ == 0 || sampler_.is_this_thread() || joined_.exchange(true)) return;
    sampler_.wake();
    sampler_.join();
    deliver_rest();
  }
  /// Tells the user of what came after the last sample, too.
  void deliver_rest() noexcept {
    if (is_sampler_thread()) return;
    undelivered_.store(true);
    deliver_events();
  }

  /// Runs a callback of the user's; what it throws is an event.
  template <class F>
  void guarded(std::string_view where, F&& f) noexcept {
    try {
      return f();
    } catch (const std::exception& e) {
      try {
        return file_thrown(std::string("threw: ") + e.what(), where);
      } catch (const std::exception&) {}  // no memory for the text
      file_thrown("threw a std::exception", where);
    } catch (...) {
      file_thrown("threw something that is not a std::exception", where);
    }
  }

  bool is_sampler_thread() const noexcept { return period_ns_ != 0 && sampler_.is_this_thread(); }
  std::int64_t period_ns() const noexcept { return period_ns_; }
  std::int64_t sampler_cpu_ns() const noexcept { return period_ns_ != 0 ? sampler_.cpu_ns() : 0; }
  std::int64_t edge_ns() const noexcept { return edge_ns_.load(); }

 private:
  static std::uint64_t flags_of(scope_kind kind) noexcept {
    return kind == scope_kind::background     ? record::background
           : kind == scope_kind::synchronized ? record::waited
                                              : 0;
  }
  /// This thread's lane; nullptr if there can be none.
  lane* attached_lane() noexcept {
    if (lane* const mine = thread_lanes::of(id())) return mine;
    const bool alive = thread_lanes::watch_end();
    const detail::os::critical hold(books_);
    if (!running()) return nullptr;
    if (!alive) {
      core_.file(severity::info, "a scope that was opened while its thread was ending is not counted",
                 "scope");
      return nullptr;
    }
    sweep& all = core_.lanes();
    for (std::size_t i = 0; i < all.lanes(); ++i)
      if (lane& ended = all.at(i); ended.adopt()) {
        thread_lanes::add(ended);
        return &ended;
      }
    lane* const mine = thread_lanes::free_one();
    lane* const fresh = mine != nullptr ? mine : directory::here().take();
    const auto slot = static_cast<std::uint32_t>(all.lanes());
    if (fresh == nullptr || !guarded_memory("a scope was not entered", [&] { core_.add(*fresh); })) {
      if (fresh != nullptr && mine == nullptr) directory::here().give(*fresh);
      return nullptr;
    }
    fresh->belong_to(id(), slot);
    if (mine == nullptr) thread_lanes::add(*fresh);
    return fresh;
  }
  /// Makes sure that one more record can be written. A thread far ahead of the sweep does its share of it if
  /// the books are free, and waits for them only when its lane is full. False: stopped meanwhile, or there is
  /// no memory.
  bool make_room(lane& l) noexcept {
    while (l.full()) {
      const std::uint64_t backlog = l.backlog();
      if (backlog >= lane::most_backlog / 2) {
        const detail::os::critical hold(books_, backlog < lane::most_backlog);
        if (l.owner() != id()) return false;
        const bool folded = hold && guarded_memory("a scope was not counted", [&] { core_.make_room(l); });
        if (hold && !folded && backlog >= lane::most_backlog) return false;
      }
      l.open_chunk(options_.sharp_edges ? 1 : lane::chunk);
    }
    return true;
  }
  /// The line of a name, which the books are asked for if the lane does not know it.
  std::optional<name_id> line_of(lane& l, const scope_name& name) noexcept {
    if (const name_id* const known = l.find(name)) return *known;
    const detail::os::critical hold(books_);
    std::optional<name_id> line;
    if (l.owner() == id())
      guarded_memory("a scope was not entered", [&] {
        line = core_.intern({name.data(), name.size()});
        l.remember(name, *line);
      });
    return line;
  }
  void disown_lanes() noexcept {
    sweep& all = core_.lanes();
    for (std::size_t i = 0; i < all.lanes(); ++i)
      if (all.at(i).end_of_tracker()) directory::here().give(all.at(i));
    all.clear();
  }
  /// Runs f under the books' lock; no memory is an event.
  template <class F>
  bool guarded_memory(std::string_view lost, F&& f) noexcept {
    try {
      f();
      return true;
    } catch (...) {
      core_.file(severity::error, lost, "out of memory");
      return false;
    }
  }

  void read(std::int64_t now) noexcept {
    const detail::os::locked round(*reads_);
    const std::int64_t took = core_.read(now);
    if (!sampler_.is_this_thread()) edge_ns_.add(took);
  }
  /// Reads the meters at a cut and keeps what they say; then() runs under the books' lock, and settles or
  /// not. Once the run is stopped only then() is left.
  template <class F>
  void round(F&& then) noexcept {
    const detail::os::locked one_at_a_time(reading_);
    const moment now = core_.look();
    const bool stopped = stopped_.load();
    if (!stopped) read(now.ns);
    const detail::os::critical hold(books_);
    guarded_memory("a sample was not settled", [&] {
      if (!stopped) core_.keep(now);
      then();
    });
    undelivered_.store(core_.events().has_undelivered());
  }

  static void run_sampler(void* self) { static_cast<session*>(self)->sampler_loop(); }
  void sampler_loop() noexcept {
    std::int64_t deadline = detail::os::monotonic_ns();
    while (ours() && !ending_.load()) {
      deadline += period_ns_;
      if (const std::int64_t now = detail::os::monotonic_ns(); deadline < now)
        deadline = now;  // late: no burst
      sampler_.wait_until(deadline);
      if (ending_.load()) break;
      // Nobody looks into the books as often as it samples, but callbacks want to know at once.
      round([this] {
        if (options_.on_event || core_.kept().full()) core_.catch_up_and_watch();
      });
      deliver_events();
      follow(told_.exchange(false));
      if (options_.sharp_edges && ours()) rest_between_edges();
    }
    follow(true);
  }
  void follow(bool at_once) {
    if (options_.follow && !left_ && ours()) options_.follow(at_once);
  }
  /// However often edges wake the sampler, it does not read more often than every millisecond.
  void rest_between_edges() noexcept {
    const std::int64_t earliest = detail::os::monotonic_ns() + 1'000'000;
    while (!ending_.load() && detail::os::monotonic_ns() < earliest) sampler_.wait_until(earliest);
  }

  /// Hands new events to the user, without any lock.
  void deliver_events() noexcept {
    if (!undelivered_.exchange(false)) return;
    std::vector<event> fresh;
    {
      const detail::os::critical hold(books_);
      fresh = core_.events().take_undelivered();
    }
    if (!options_.on_event) return;
    for (const event& e : fresh)
      if (ours()) guarded("on_event", [&] { options_.on_event(e); });
  }
  void file_thrown(std::string_view what, std::string_view where) noexcept {
    if (!ours()) return;
    const detail::os::critical hold(books_);
    core_.file(severity::error, what, where, where != "on_event");
  }

  const detail::handle<meter::read_lock> reads_;
  options options_;
  detail::os::mutex reading_, books_;
  core core_;
  const unsigned generation_ = detail::os::fork_generation();
  std::int64_t period_ns_ = 0;
  detail::shared_word<bool> stopped_{false}, ending_{false}, joined_{false}, undelivered_{false},
      told_{false};
  detail::shared_word<std::int64_t> edge_ns_{0};
  detail::os::worker sampler_{};
  bool left_ = false;  // of the sampler's thread
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
