// SPDX-License-Identifier: MIT
// The ledger without threads: lanes bring stamps, tick(now) reads every channel and settles what lies before.
// Time and meters are injected, so that tests neither sleep nor race.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/number.hpp>
#include <kaya/ledger/accounts.hpp>
#include <kaya/ledger/books.hpp>
#include <kaya/ledger/clock.hpp>
#include <kaya/ledger/events.hpp>
#include <kaya/ledger/kept_cuts.hpp>
#include <kaya/ledger/meter_round.hpp>
#include <kaya/ledger/power_history.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/ledger/sweep.hpp>
#include <kaya/ledger/timeline.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Everything here but read() is called under the ledger's lock; read() by one thread at a time, without it.
class core {
 public:
  /// channels: those of one source stand together.
  core(clock& c, const std::vector<meter::bound_channel>& channels, pricing p, int max_epoch_lines)
      : clock_(c),
        meters_(channels),
        kept_(channels.size()),
        books_(static_cast<pricing&&>(p), max_epoch_lines) {
    for (const meter::bound_channel& b : channels) {
      timelines_.emplace_back(b.what);
      if (!b.meter) timelines_.back().leave_out();
    }
  }
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  /// The run begins: the first reading of every channel is its baseline.
  void start() {
    on_cpu_ = clock_.has_cpu_counter();
    meters_.read(clock_, clock_.now());  // the first round is slow: devices wake up
    moment now = look();
    for (int again = 0; on_cpu_ && again < 5; ++again)  // the tightest of a few
      if (const moment m = look(); m.within < now.within) now = m;
    rate_.start(now);
    sweep_.set_clock(on_cpu_ ? 0 : record::monotonic);
    accounts_.start(now.ticks);
    start_ = cut_ = now.ns;
    start_unix_ns_ = clock_.unix_ns();
    awake_ = clock_.with_suspend() - clock_.now();
    tick(now);
  }
  /// Now, in stamps' ticks and in nanoseconds. Under either lock.
  moment look() noexcept {
    if (!on_cpu_) {
      const std::int64_t ns = clock_.now();
      return {ns, ns};
    }
    const std::int64_t before = clock_.cpu_counter(), ns = clock_.now(), after = clock_.cpu_counter();
    return {before + (after - before) / 2, ns, after - before};
  }
  /// One round: read, then settle.
  void tick(const moment& now) {
    read(now.ns);
    keep(now);
    catch_up_and_watch();
  }

  /// Reads every channel that can be read. Blocks as long as the meters do; touches no books. Gives how long
  /// it took.
  std::int64_t read(std::int64_t now) noexcept {
    const std::int64_t took = meters_.read(clock_, now);
    if (took > longest_round) longest_round = took;
    return took;
  }

  name_id intern(std::string_view name) { return accounts_.intern(name); }

  /// A lane of this tracker, at place lanes().
  void add(lane& l) { sweep_.add(l, accounts_); }
  sweep& lanes() noexcept { return sweep_; }
  /// Folds a lane's oldest records into the accounts, so that its thread can go on: a chunk, and what it
  /// could not fold before.
  void make_room(const lane& l) {
    catch_up();
    constexpr std::size_t half = lane::most_backlog / 2;
    const auto backlog = static_cast<std::size_t>(l.backlog());
    const std::size_t n = backlog > half ? backlog - half + lane::chunk : lane::chunk;
    if (backlog > 0) sweep_.oldest(l, n < backlog ? n : backlog, look().ticks, accounts_);
  }
  /// A scope is left now on another thread than the one that opened it, or after that had ended.
  void leave_elsewhere(const lane& opened_in, std::uint64_t serial) {
    sweep_.leave_elsewhere(opened_in, serial, look().ticks);
    if (sweep_.left_elsewhere() < most_left_elsewhere) return;
    catch_up();
    sweep_.upto(look().ticks, accounts_);
  }

  /// Keeps a cut with the readings made there, to be settled later: a few together cost a sampler, which
  /// wakes up to cold caches, little more than one.
  void keep(const moment& at) {
    if (kept_.full()) catch_up_and_watch();
    kept_.push(at, meters_.readings());
    for (std::size_t i = 0; i < timelines_.size(); ++i) {
      timeline& t = timelines_[i];
      if (meters_.late_ns(i) <= t.latest_ns) continue;
      t.latest_ns = meters_.late_ns(i);
      if (t.latest_ns >= noticeable_ns)
        file(severity::info,
             "took more than 10 ms to be read at times; its figures are dated that much too early", t);
    }
  }
  const kept_cuts& kept() const noexcept { return kept_; }

  /// Settles the intervals up to all cuts that are kept, in their order. Whoever looks into the books or
  /// folds stamps calls this before.
  void catch_up() {
    if (kept_.size() > 0) settle_kept(look(), true);
  }
  /// The same, and watches the clocks: right after keep(), under the lock of read(), too, for ticks may be
  /// those of another clock afterwards.
  void catch_up_and_watch() {
    if (kept_.size() == 0) return;
    const moment here = look();
    const bool steady = watch_the_clocks(here);
    settle_kept(here, steady);
    if (!steady) leave_cpu_counter(here);
  }

  /// Both edges of an epoch are cuts: call right after catch_up().
  int open_epoch() {
    const int index = books_.open_epoch(cut_);
    accounts_.set_epoch_open(true);
    return index;
  }
  void close_epoch(int index) noexcept {
    books_.epochs().end(index, cut_);
    ++accounts_.edit(epoch_line_id).count;
    accounts_.set_epoch_open(!books_.epochs().open().empty());
  }

  /// The next epoch has this number: later ones are to be done again, and of those before that are not known
  /// nothing is. Refused while one is open. Right after catch_up().
  void rewind(int index) noexcept {
    const int next = books_.epochs().next();
    const auto tell = [this](std::string_view what) { file(severity::warning, what, "rewind"); };
    if (index < 0 || index > 1'000'000'000)
      return tell("asked for an epoch that is not 0 to 1000000000; nothing was changed");
    if (!books_.epochs().open().empty())
      return tell("is not possible while an epoch is open; nothing was changed");
    for (timeline& t : timelines_) t.lose_epochs(index, lost_epochs::index);
    if (books_.rewind(index))
      tell("went into a line that several epochs share (max_epoch_lines); it keeps what all of them used");
    if (index > next)
      tell("went ahead: of the epochs in between nothing is known, as after the last flush of a journal");
  }

  // What reports are made of.
  const ledger::accounts& accounts() const noexcept { return accounts_; }
  const ledger::books& books() const noexcept { return books_; }
  ledger::books& books() noexcept { return books_; }
  const std::vector<timeline>& timelines() const noexcept { return timelines_; }
  std::vector<power_history::point> power() const { return power_.upto(cut_, timelines_); }
  std::int64_t start_ns() const noexcept { return start_; }
  std::int64_t start_unix_ns() const noexcept { return start_unix_ns_; }
  std::int64_t cut() const noexcept { return cut_; }
  std::int64_t cut_unix_ns() const noexcept { return cut_ + unix_offset_; }
  std::int64_t epoch_ns() const noexcept { return epoch_ns_; }
  std::int64_t suspended() const noexcept { return suspended_; }
  event_list& events() noexcept { return events_; }
  const event_list& events() const noexcept { return events_; }

  /// Whether any counted channel has delivered energy, so that a total is known.
  bool anything_known() const noexcept {
    for (const timeline& t : timelines_)
      if (t.counted() && t.has_value) return true;
    return false;
  }
  /// Whether a channel's last reading needs another one to be understood.
  bool unresolved() const noexcept {
    for (const timeline& t : timelines_)
      if (t.unresolved()) return true;
    return false;
  }
  /// Read but not yet spread: what slow counters will bring is not in any total.
  std::size_t waiting_segments() const noexcept {
    std::size_t n = 0;
    for (const timeline& t : timelines_) n += t.waiting().size();
    return n;
  }
  /// Whether stamps carry the CPU's counter, and how well it keeps pace.
  bool on_cpu_counter() const noexcept { return on_cpu_; }
  const tick_rate& rate() const noexcept { return rate_; }
  std::uint64_t stamps() const noexcept { return sweep_.stamps; }
  std::uint64_t late_stamps() const noexcept { return sweep_.late_stamps; }
  /// Memory of lanes, lines and waiting segments, about.
  std::size_t bytes() const noexcept {
    const std::size_t names = accounts_.lines().size();
    return sizeof *this + sweep_.lanes() * lane::bytes + accounts_.bytes() +
           names * (sizeof(amount) + 2 * sizeof(double) * (waiting_segments() + 1)) +
           timelines_.size() * sizeof(timeline) + books_.epochs().lines().size() * sizeof(epoch_record);
  }
  /// The longest time between samples with which no counter can start again twice unseen: half its shortest
  /// wrap, in ticks.
  std::int64_t longest_safe_period() const noexcept {
    double shortest = 3600e9;
    for (const timeline& t : timelines_) {
      const meter::channel& c = t.channel();
      if (c.longest_wait_ns > 0 && !c.why && static_cast<double>(c.longest_wait_ns) < shortest)
        shortest = static_cast<double>(c.longest_wait_ns);
      if (c.kind != meter::reading_kind::counter || !c.wraps || c.range == 0 || c.why) continue;
      const double microjoules = static_cast<double>(c.range) * static_cast<double>(c.unit_numerator) /
                                 static_cast<double>(c.unit_denominator);
      const double half_wrap_ns = microjoules * 1e3 / (2 * meter::presumed_watts(c));
      if (half_wrap_ns < shortest) shortest = half_wrap_ns;
    }
    return static_cast<std::int64_t>(shortest);
  }
  void file(severity level, std::string_view what, std::string_view where, bool deliver = true) noexcept {
    events_.file(since_start(clock_.now()), level, what, where, deliver);
  }
  seconds since_start(std::int64_t ns) const noexcept {
    return seconds(static_cast<double>(ns - start_) * seconds_per_ns);
  }

  std::uint64_t samples = 0;
  std::int64_t longest_gap = 0;    // ns between two samples, at most
  std::int64_t longest_round = 0;  // ns that reading all meters took, at most

 private:
  /// Segments that a channel may keep while its counter stands still: 512, or as many as fit into 4 MiB.
  std::size_t most_waiting() const noexcept {
    const std::size_t fit = (std::size_t{1} << 22) / (sizeof(double) * 2 * accounts_.lines().size());
    return fit < 16 ? 16 : fit > 512 ? 512 : fit;
  }

  static constexpr std::size_t most_left_elsewhere = 4096;
  static constexpr std::int64_t noticeable_ns = 10'000'000;

  void settle_kept(const moment& here, bool steady) {
    struct consumed {  // also when there is no memory for more
      kept_cuts& kept;
      std::size_t cuts = 0;
      ~consumed() { kept.drop(cuts); }
    } done{kept_};
    while (done.cuts < kept_.size()) {
      const std::size_t i = done.cuts++;
      settle(kept_.cuts()[i], kept_.readings(i), here, steady || done.cuts < kept_.size());
    }
  }
  /// Settles the interval up to a cut. steady: the ticks of the stamps until then can be believed.
  void settle(const moment& at, const meter::measurement* readings, const moment& here, bool steady) {
    books_.make_room(accounts_.lines().size() + 1);  // from here on no memory is needed for what is counted
    if (steady) sweep_.upto(at.ticks, accounts_);
    else sweep_.everything(at.ticks > accounts_.now() ? at.ticks : accounts_.now(), accounts_);
    const std::int64_t begin = cut_, cut = effective(at, here);
    cut_ = cut;
    const interval_weights& weights = accounts_.end_interval(at.ticks, cut - begin);
    unix_offset_ = clock_.unix_ns() - here.ns;
    ++samples;
    if (cut - begin > longest_gap) longest_gap = cut - begin;
    books_.epochs().extend_open(begin, cut);
    if (!books_.epochs().open().empty()) epoch_ns_ += cut - begin;
    struct priced {  // also when there is no memory for a segment
      ledger::accounts& a;
      double joules_per_ns = detail::not_a_number;
      ~priced() { a.price_interval(joules_per_ns); }
    } rate{accounts_};
    for (std::size_t i = 0; i < timelines_.size(); ++i) {
      timeline& t = timelines_[i];
      if (t.is_left_out()) continue;
      if (cut > begin) t.extend(begin, cut, weights, books_.epochs().open());
      const timeline::outcome outcome = t.accept(readings[i], cut);
      file(t, outcome.what);
      if (outcome.known) {
        if (t.counted()) books_.spread(t, outcome, unix_offset_);
        t.settled();
      } else if (t.waiting().size() > most_waiting()) {
        t.forget_all_but(most_waiting() / 2);
        file(severity::warning, "did not change over many epochs: what it counts later goes to the last ones",
             t);
      }
      if (t.gets_stuck(cut)) file(severity::warning, "the counter does not move; its energy is not known", t);
      if (t.counted() && t.rate() == t.rate())
        rate.joules_per_ns =
            (rate.joules_per_ns == rate.joules_per_ns ? rate.joules_per_ns : 0) + t.rate() * 1e-6;
    }
    power_.note(cut, timelines_);
    books_.end_cut();
  }

  /// Where a cut takes effect: there, or where writing threads have folded already while the meters were
  /// read.
  std::int64_t effective(const moment& at, const moment& here) const noexcept {
    std::int64_t ns = at.ns;
    const std::int64_t beyond = accounts_.now() - at.ticks, span = here.ticks - at.ticks;
    if (beyond > 0 && span > 0) {
      const double part = beyond < span ? static_cast<double>(beyond) / static_cast<double>(span) : 1;
      ns += static_cast<std::int64_t>(part * static_cast<double>(here.ns - at.ns));
    }
    return ns > cut_ ? ns : cut_;
  }

  void file(severity level, std::string_view what, const timeline& t) noexcept {
    events_.file(since_start(cut_), level, what, t.channel().name);
  }
  void file(const timeline& t, incident what) noexcept {
    const incident_text words = describe(what, t.based(), t.why());
    if (!words.what.empty()) file(words.level, words.what, t);
  }

  /// A suspend stops the monotonic clock; what the machine used meanwhile is not known. False: the CPU's
  /// counter is not to be used any more.
  bool watch_the_clocks(const moment& here) noexcept {
    const std::int64_t asleep = clock_.with_suspend() - here.ns - awake_;
    const bool slept = asleep >= 500'000'000;
    if (slept) {
      awake_ += asleep;
      suspended_ += asleep;
      file(severity::info, "the machine was suspended; energy used meanwhile is not known", "clock");
    }
    if (!on_cpu_) return true;
    if (slept && here.ticks >= accounts_.now() && here.ticks >= kept_.cuts().back().ticks) {
      rate_.start(here);  // it counted on in sleep, or stood still
      return true;
    }
    for (const moment& at : kept_.cuts())
      if (!rate_.watch(at)) return false;
    return rate_.watch(here);
  }
  /// From the last cut on, ticks are the nanoseconds of the monotonic clock.
  void leave_cpu_counter(const moment& here) noexcept {
    const double rate = rate_.rate();
    on_cpu_ = false;
    sweep_.leave_cpu_counter(here, rate > 0 ? 1 / rate : 0);
    accounts_.start(cut_);
    file(severity::warning,
         "the CPU's counter does not keep pace with the monotonic clock, which is used instead", "clock");
  }

  friend struct detail::journal::persistence;
  clock& clock_;
  std::vector<timeline> timelines_{};
  meter_round meters_;
  kept_cuts kept_;
  sweep sweep_{};
  ledger::accounts accounts_{};
  tick_rate rate_{};
  bool on_cpu_ = false;  // changes under both locks
  ledger::books books_;
  event_list events_{};
  power_history power_{};
  std::int64_t start_ = 0, start_unix_ns_ = 0, cut_ = 0, unix_offset_ = 0;
  std::int64_t epoch_ns_ = 0, awake_ = 0, suspended_ = 0;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
