// SPDX-License-Identifier: MIT
// The ledger with its locks and its one sampler thread: what a tracker and its guards share, and what lives
// on until the last of them is gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/callback.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/stamp.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Two locks, always taken in this order: `reading_` for a round of the meters, `books_` for everything in
/// the core. Scopes take only the second, which is never held while a sensor is read.
class session final : public scope_sink {
 public:
  struct options {
    std::int64_t period_ns = 100'000'000;  // 0: no thread
    callback<void()> synchronize{};
    callback<void(const event&)> on_event{};
  };

  /// machine_lock: taken around every round of reads, for meters that several trackers share; may be nullptr.
  session(clock& c, const std::vector<meter::bound_channel>& channels, detail::os::mutex* machine_lock,
          pricing p, int max_epoch_lines, options o)
      : clock_(c),
        machine_lock_(machine_lock),
        options_(static_cast<options&&>(o)),
        core_(c, channels, static_cast<pricing&&>(p), max_epoch_lines) {
    if (machine_lock_ != nullptr) machine_lock_->lock();
    core_.start(clock_.now());
    if (machine_lock_ != nullptr) machine_lock_->unlock();
    publish();
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
  bool running() const noexcept { return ours() && !stopped_.load(std::memory_order_acquire); }

  ticket enter(scope_name name, scope_kind kind) noexcept override {
    if (!running()) return {};
    if (kind == scope_kind::synchronized) synchronize();
    const std::uint32_t thread = this_thread();
    const detail::os::locked hold(books_);
    try {
      const std::uint64_t serial = ++serial_;
      core_.push({.ticks = clock_.now(),
                  .serial = serial,
                  .thread = thread,
                  .name = core_.intern({name.data(), name.size()}),
                  .enters = true,
                  .background = kind == scope_kind::background});
      return {serial, thread, kind};
    } catch (...) {
      core_.file(severity::error, "out of memory: a scope was not entered", "scope");
      return {};
    }
  }
  void leave(ticket t) noexcept override {
    if (!running()) return;
    if (t.kind == scope_kind::synchronized) synchronize();
    const detail::os::locked hold(books_);
    try {
      core_.push({.ticks = clock_.now(), .serial = t.serial, .thread = t.thread});
    } catch (...) {
      core_.file(severity::error, "out of memory: a scope was not left", "scope");
    }
  }

  /// Samples now. then(core) runs under the books' lock, right after the cut.
  template <class F>
  void sample(F&& then) noexcept {
    if (!ours()) return;
    {
      const detail::os::locked round(reading_);
      const std::int64_t now = clock_.now();
      if (!stopped_.load(std::memory_order_relaxed)) read(now);
      const detail::os::locked hold(books_);
      try {
        if (!stopped_.load(std::memory_order_relaxed)) core_.settle(now);
        then(core_);
      } catch (...) {
        core_.file(severity::error, "out of memory: a sample was not settled", "sampler");
      }
      publish();
    }
    if (period_ns_ == 0) deliver_events();
  }
  void sample() noexcept {
    sample([](core&) {});
  }

  /// Runs f(core) under the books' lock, without a sample.
  template <class F>
  void with_core(F&& f) noexcept {
    if (!ours()) return;
    const detail::os::locked hold(books_);
    try {
      f(core_);
    } catch (...) {
      core_.file(severity::error, "out of memory: an entry was lost", "kaya");
    }
  }

  /// The user's synchronize(); what it throws becomes an event.
  void synchronize() noexcept {
    if (!options_.synchronize || !ours()) return;
    guarded("synchronize", [this] { options_.synchronize(); });
  }

  /// Takes the last sample, with which then(core) runs, and ends the thread. Only the first call does
  /// anything.
  template <class F>
  void stop(F&& then) noexcept {
    if (!ours()) return;
    bool unresolved = running();
    for (int again = 0; unresolved && again < 5; ++again) {  // a torn last reading is told by the next
      if (again > 0) detail::os::pause_ms(2);
      sample([&](core& c) { unresolved = c.unresolved(); });
    }
    sample([&](core& c) {
      if (stopped_.load(std::memory_order_relaxed)) return;
      then(c);
      stopped_.store(true, std::memory_order_release);
    });
    end_sampler();
  }
  /// Ends without a last sample.
  void end() noexcept {
    stopped_.store(true, std::memory_order_release);
    end_sampler();
  }
  /// Ends the thread, if it is still there. In a forked child it never was.
  void end_sampler() noexcept {
    if (!ours()) return sampler_.abandon();
    ending_.store(true, std::memory_order_release);
    if (period_ns_ == 0 || sampler_.is_this_thread() || joined_.exchange(true)) return;
    sampler_.wake();
    sampler_.join();
    deliver_events();
  }

  // As of the last sample, without a lock.
  std::int64_t total_microjoules() const noexcept { return total_uj_.load(std::memory_order_relaxed); }
  double grams() const noexcept { return grams_.load(std::memory_order_relaxed); }
  bool anything_known() const noexcept { return known_.load(std::memory_order_acquire); }

  std::int64_t period_ns() const noexcept { return period_ns_; }
  std::int64_t sampler_cpu_ns() const noexcept { return sampler_cpu_ns_.load(std::memory_order_relaxed); }
  std::int64_t edge_ns() const noexcept { return edge_ns_.load(std::memory_order_relaxed); }

 private:
  static std::uint32_t this_thread() noexcept {
    static std::atomic<std::uint32_t> threads{0};
    thread_local const std::uint32_t number = ++threads;
    return number;
  }

  void read(std::int64_t now) noexcept {
    const bool on_sampler = sampler_.is_this_thread();
    if (machine_lock_ != nullptr) machine_lock_->lock();
    core_.read(now);
    if (machine_lock_ != nullptr) machine_lock_->unlock();
    if (!on_sampler) edge_ns_.fetch_add(clock_.now() - now, std::memory_order_relaxed);
  }
  void publish() noexcept {
    total_uj_.store(core_.books().total().own_uj, std::memory_order_relaxed);
    grams_.store(core_.books().total().grams, std::memory_order_relaxed);
    known_.store(core_.anything_known(), std::memory_order_release);
  }

  static void run_sampler(void* self) { static_cast<session*>(self)->sampler_loop(); }
  void sampler_loop() noexcept {
    std::int64_t deadline = detail::os::monotonic_ns();
    while (!ending_.load(std::memory_order_acquire)) {
      deadline += period_ns_;
      if (const std::int64_t now = detail::os::monotonic_ns(); deadline < now)
        deadline = now;  // late: no burst
      sampler_.wait_until(deadline);
      if (ending_.load(std::memory_order_acquire)) break;
      sample();
      deliver_events();
      sampler_cpu_ns_.store(detail::os::thread_cpu_ns(), std::memory_order_relaxed);
    }
  }

  /// Hands new events to the user, without any lock.
  void deliver_events() noexcept {
    std::vector<event> fresh;
    {
      const detail::os::locked hold(books_);
      if (!core_.events().has_undelivered()) return;
      fresh = core_.events().take_undelivered();
    }
    if (!options_.on_event) return;
    for (const event& e : fresh) guarded("on_event", [&] { options_.on_event(e); });
  }
  template <class F>
  void guarded(std::string_view where, F&& f) noexcept {
    std::string_view what = "threw something that is not a std::exception";
    try {
      return f();
    } catch (const std::exception& e) {
      try {
        const std::string text = std::string("threw: ") + e.what();
        const detail::os::locked hold(books_);
        return core_.file(severity::error, text, where, where != "on_event");
      } catch (...) {
        what = "threw a std::exception";
      }
    } catch (...) {}
    const detail::os::locked hold(books_);
    core_.file(severity::error, what, where, where != "on_event");
  }

  clock& clock_;
  detail::os::mutex* machine_lock_;
  options options_;
  detail::os::mutex reading_, books_;
  core core_;
  const unsigned generation_ = detail::os::fork_generation();
  std::uint64_t serial_ = 0;
  std::int64_t period_ns_ = 0;
  std::atomic<bool> stopped_{false}, ending_{false}, joined_{false}, known_{false};
  std::atomic<std::int64_t> total_uj_{0}, sampler_cpu_ns_{0}, edge_ns_{0};
  std::atomic<double> grams_{0};
  detail::os::worker sampler_{};
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
