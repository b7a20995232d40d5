// SPDX-License-Identifier: MIT
// tracker_options::progress: one line that shows where a run stands, on a terminal or in a log.
#pragma once

#include <kaya/report/progress_line.hpp>

#ifndef KAYA_DISABLE

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/fork.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/detail/progress_maker.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/ledger/pricing.hpp>
#include <kaya/options.hpp>
#include <kaya/plan/forecast.hpp>
#include <kaya/report/record.hpp>
#include <kaya/units.hpp>

#ifndef KAYA_PORTABLE
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

/// Shows reports as they come. On a terminal the line takes the place of the one before, at most every period
/// and at the ends of epochs; elsewhere it is a line of its own, at most each second, at the ends of epochs
/// and every minute.
class progress_shower final : public saver {
 public:
  progress_shower(const tracker_options& o, const ledger::pricing& price)
      : out_(o.progress.to != nullptr ? o.progress.to : stderr),
        period_ns_(static_cast<std::int64_t>(o.progress.period.count() * 1e9)),
        energy_(o.budget.energy),
        emissions_(o.budget.emissions),
        time_(o.budget.time),
        price_(price),
        columns_(terminal_columns(out_)) {
    facts_.metric = o.progress.metric;
  }
  ~progress_shower() override {
    if (open_ && os::process_id() == maker_) end_line();
  }

  bool is_due(bool at_once) const noexcept override {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t since = os::monotonic_ns() - shown_ns_;
    if (columns_ != 0) return at_once || since >= period_ns_;
    return shown_ns_ == 0 || since >= 60 * second || (at_once && since >= second);
  }
  std::string save(const run_report& r) override {
    if (finished_) return {};
    finished_ = r.finished;
    note_power(r);
    note_forecast(r);
    note_budget(r);
    std::string line = report::progress_line(r, facts_, columns_ != 0 ? columns_ - 1 : std::size_t{1} << 20);
    shown_ns_ = os::monotonic_ns();
    if (columns_ != 0) {
      line = "\r" + line + "\x1b[K";  // to the line's end: erased
      open_ = true;
    } else {
      line += '\n';
    }
    const bool written = std::fwrite(line.data(), 1, line.size(), out_) == line.size();
    if (finished_ && open_) end_line();
    if ((!written || std::fflush(out_) != 0) && !std::exchange(failed_, true)) return "cannot be shown";
    return {};
  }

 private:
  /// 0: no terminal.
  static std::size_t terminal_columns(std::FILE* f) noexcept {
#ifdef KAYA_PORTABLE
    static_cast<void>(f);
    return 0;
#else
    const int file = ::fileno(f);
    struct winsize size {};
    if (file < 0 || ::isatty(file) == 0) return 0;
    return ::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
#endif
  }
  void end_line() noexcept {
    std::fputc('\n', out_);
    std::fflush(out_);
    open_ = false;
  }
  /// The mean since what was shown before.
  void note_power(const run_report& r) {
    if (!r.energy) return;
    const double joules_now = r.energy->value.count(), time = r.duration.count();
    if (time > time_before_ && joules_now >= joules_before_)
      facts_.power = watts((joules_now - joules_before_) / (time - time_before_));
    joules_before_ = joules_now, time_before_ = time;
  }
  void note_forecast(const run_report& r) {
    std::vector<plan::epoch_done> done;
    for (const epoch_line& e : r.epochs)
      if (!e.open) {
        const joules energy = e.energy_uj ? joules(*e.energy_uj) : joules(not_a_number);
        done.push_back({e.start, e.duration, energy, e.merged});
      }
    const double unknown = not_a_number;
    const std::int64_t now = os::unix_ns();
    facts_.forecast =
        plan::forecast({.epochs = done,
                        .total_epochs = r.total_epochs,
                        .start_unix_ns = now - static_cast<std::int64_t>(r.duration.count() * 1e9),
                        .elapsed = r.duration,
                        .energy_so_far = r.energy ? r.energy->value : joules(unknown),
                        .emissions_so_far = r.emissions ? r.emissions->value : grams_co2e(unknown),
                        .pue = r.pue,
                        .intensity = price_.live.over(now, now).value_or(price_.intensity),
                        .series = price_.series ? &*price_.series : nullptr});
  }
  void note_budget(const run_report& r) {
    facts_.budget_used.reset();
    const auto used = [&](double spent, double limit) {
      if (!facts_.budget_used || *facts_.budget_used < spent / limit) facts_.budget_used = spent / limit;
    };
    if (energy_ && r.energy) used(r.energy->value.count(), energy_->count());
    if (emissions_ && r.emissions) used(r.emissions->value.count(), emissions_->count());
    if (time_) used(r.duration.count(), time_->count());
  }

  std::FILE* out_;
  std::int64_t period_ns_, shown_ns_ = 0;
  std::optional<joules> energy_;
  std::optional<grams_co2e> emissions_;
  std::optional<seconds> time_;
  const ledger::pricing price_;
  std::size_t columns_;
  decltype(os::process_id()) maker_ = os::process_id();
  report::progress_facts facts_{};
  double joules_before_ = 0, time_before_ = 0;
  bool open_ = false, finished_ = false, failed_ = false;
};

inline handle<saver> show_progress(const tracker_options& o, const ledger::pricing& price) {
  return handle<saver>(new progress_shower(o, price));
}
// For trackers: in place before the first of a file that includes this, static ones included.
inline const bool shows_progress = (make_progress = &show_progress, true);

}  // namespace detail
}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
