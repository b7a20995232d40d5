// SPDX-License-Identifier: MIT
// tracker_options::journal and resume: a run's books on the disk, and a run that goes on with them.
#pragma once

#ifndef KAYA_DISABLE

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/compose_intensity.hpp>
#include <kaya/detail/figures.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/journal/persistence.hpp>
#include <kaya/detail/keeper.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/journal.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/options.hpp>
#include <kaya/report/autosave.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/processes_text.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::journal {

/// The journal of one tracker.
class keeper final : public detail::keeper, ledger::recorder {
 public:
  keeper(const tracker_options& o, const ledger::pricing& price, run_report& about,
         std::vector<meter::bound_channel>& channels)
      : price_(price),
        period_ns_(static_cast<std::int64_t>(o.journal.period.count() * 1e9)),
        least_between_ns_(o.sampling_period <= seconds(1) ? 1'000'000'000 : 0),
        file_(report::expand_path(o.journal.path, about, "journal.path")) {
    bool found = false;
    try {
      said_ = file_.open(o.resume, now_, found);
    } catch (const std::bad_alloc&) {
      file_.end();
      said_ = file_.path() + " is too large to be read: no journal is kept";
    }
    if (found) adopt(about, channels);
    bytes_before_ = file_.bytes();
    host_ = about.hardware.host, boot_id_ = about.hardware.boot_id;
    beside_.about = report::to_json(about);
  }

  void begin(ledger::core& c, own_figures& own) override {
    process_line here;
    here.start_unix_ns = c.start_unix_ns();
    here.host = host_, here.boot_id = boot_id_;
    if (earlier_) {
      persistence::load(*earlier_, c, own, heirs_, false);
      earlier_.reset();
      here.start = c.since_start(c.cut());
      tell_of_resuming(c, own, here);
      here_goes_on_ = true;
    }
    own.processes.push_back(std::move(here));
    for (const std::string* const said : {&said_, &warning_})
      if (!said->empty()) c.file(severity::warning, *said, "journal");
    core_ = &c, own_ = &own;  // not before: without memory for the books of before nothing is written
    c.books().record_with(this);
    if (here_goes_on_) take(true);  // the end of the bin that was open when the process before ended
  }

  bool is_due(bool at_once) noexcept override {
    at_once_ = at_once_ || at_once;
    const std::int64_t now = os::monotonic_ns();
    const std::int64_t since = now - taken_ns_.load();
    if (has_fresh_.load() || since >= period_ns_) return true;
    if (!at_once_ || since < least_between_ns_) return false;
    // Epoch ends are flushed at once as long as that stays below 64 KiB and 24 bytes a second (2 MiB a day).
    return file_.bytes() - bytes_before_ < 65'536 + (now - begun_ns_) / 1'000'000'000 * 24;
  }
  std::string prepare() override { return ended_ ? std::string() : file_.prepare(); }
  void hand_over(const self_cost& cost) override {
    if (core_ == nullptr || file_.is_refused()) return;
    // One record a minute is enough: that of the bin, if nobody asked for more.
    const bool more = !has_fresh_.load() || at_once_ || file_.begins_anew();
    if (more && !beside_.finished) {
      beside_.cost = cost;
      save();
    }
    file_.hand_over(more && (!beside_.finished || file_.begins_anew()) ? &now_ : nullptr);
    has_fresh_.store(false);
    ended_ = beside_.finished;
  }
  void finish(const self_cost& cost) override {
    if (core_ == nullptr) return;
    beside_.cost = cost;
    beside_.finished = true;
    save();
    file_.take(now_);
  }
  std::string write() override {
    at_once_ = false;
    std::string said = file_.write();
    if (ended_) file_.end();  // the next tracker may go on with it
    return said;
  }
  void end() noexcept override {
    if (core_ != nullptr) core_->books().record_with(nullptr);
    core_ = nullptr;
  }

 private:
  /// Of what is on the disk already: the run goes on.
  void adopt(run_report& about, std::vector<meter::bound_channel>& channels) {
    run_report before;
    try {
      before = report::from_json(persistence::load_surroundings(now_).about);
      if (!persistence::is_sound(now_) || before.run_id.empty() ||
          before.run_id.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw std::invalid_argument("no state of a ledger");
    } catch (const std::invalid_argument&) {
      said_ = file_.begin_another("is of another version of kaya and was not gone on with");
      now_ = {};
      return;
    }
    if (before.project != about.project) {
      said_ = file_.begin_another("is of the project \"" + before.project + "\", not of \"" + about.project +
                                  "\"");
      now_ = {};
      return;
    }
    about.run_id = before.run_id;
    if (before.of != about.of || before.work_unit != about.work_unit)
      warning_ = "this process counts otherwise than the one before: " + std::string(to_string(about.of)) +
                 ", " + about.work_unit + " after " + std::string(to_string(before.of)) + ", " +
                 before.work_unit;
    else if (before.intensity.value != about.intensity.value || before.pue != about.pue)
      warning_ = "this process has other factors than the one before: " + factors(about) + " after " +
                 factors(before);
    earlier_ = now_;
    join_channels(before.hardware.host, about.hardware.host, channels);
  }
  /// Channels that were there before go on; those that are not here stay in the report.
  void join_channels(std::string_view before, std::string_view here,
                     std::vector<meter::bound_channel>& channels) {
    std::vector<meter::bound_channel> old = persistence::load_channels(now_);
    std::vector<bool> taken(old.size());
    heirs_.resize(channels.size());
    for (std::size_t i = 0; i < channels.size(); ++i)
      for (std::size_t k = 0; k < old.size() && !heirs_[i]; ++k) {
        const std::string_view where = old[k].what.host.empty() ? before : std::string_view(old[k].what.host);
        if (taken[k] || where != here || channels[i].what.why || !is_same(channels[i].what, old[k].what))
          continue;
        heirs_[i] = k;
        taken[k] = true;
      }
    for (std::size_t k = 0; k < old.size(); ++k) {
      if (taken[k]) continue;
      if (old[k].what.host.empty() && before != here) old[k].what.host = before;
      heirs_.push_back(k);
      channels.push_back(std::move(old[k]));
    }
  }
  static bool is_same(const meter::channel& a, const meter::channel& b) noexcept {
    return a.name == b.name && a.mechanism == b.mechanism && a.device == b.device && a.uuid == b.uuid &&
           a.part == b.part && a.counted == b.counted;
  }
  static std::string factors(const run_report& r) {
    return humanize(r.intensity.value) + " and PUE " + plain(r.pue);
  }

  static void tell_of_resuming(ledger::core& c, const own_figures& own, const process_line& here) {
    std::string what = "goes on after " + humanize(report::detail::gap_between(own.processes.back(), here)) +
                       ", which are not charged";
    for (const ledger::epoch_record& e : c.books().epochs().lines())
      if (e.open) what += "; epoch " + std::to_string(e.index) + " goes on, too";
    c.file(severity::info, what, "resume");
  }

  /// A bin is priced, or lines are about to change or have changed.
  void take(bool settled) noexcept override {
    try {
      save();
      file_.take(now_, settled);
      has_fresh_.store(true);
    } catch (...) {  // no memory: the next one has its sums
    }
  }
  void save() {
    process_line& here = own_->processes.back();
    here.duration = core_->since_start(core_->cut()) - here.start;
    beside_.changing = changing_intensity(price_);
    persistence::save(now_, *core_, *own_, beside_);
    taken_ns_.store(os::monotonic_ns());
  }

  const ledger::pricing price_;
  const std::int64_t period_ns_, least_between_ns_, begun_ns_ = os::monotonic_ns();
  std::int64_t bytes_before_ = 0;
  // Set under the ledger's lock, and read without it.
  detail::shared_word<std::int64_t> taken_ns_{begun_ns_};
  detail::shared_word<bool> has_fresh_{false};
  ledger::journal::writer file_;
  ledger::core* core_ = nullptr;  // from begin() to end()
  own_figures* own_ = nullptr;
  surroundings beside_{};
  state now_{};
  std::optional<state> earlier_{};  // of the process before, until it is loaded
  std::vector<std::optional<std::size_t>> heirs_{};
  std::string said_{}, warning_{}, host_{}, boot_id_{};
  bool here_goes_on_ = false;
  bool at_once_ = false, ended_ = false;  // of the sampler's thread
};

inline handle<detail::keeper> make(const tracker_options& o, const ledger::pricing& price, run_report& about,
                                   std::vector<meter::bound_channel>& channels) {
  return handle<detail::keeper>(new keeper(o, price, about, channels));
}
// For trackers: in place before the first of a file that includes this, static ones included.
inline const bool is_there_for_trackers = (make_keeper = &make, true);

}  // namespace detail::journal
}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
