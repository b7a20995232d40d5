// SPDX-License-Identifier: MIT
// A run with a journal on a meter and a clock that the test moves, in one process after the other.
#pragma once

#include "scripted_meter.hpp"
#include "stamper.hpp"

#include <kaya/detail/compose.hpp>
#include <kaya/detail/keeper.hpp>
#include <kaya/journal.hpp>
#include <kaya/ledger/core.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kaya_test {

/// What outlives a process: time, and counters.
struct world {
  manual_clock clock;
  kaya::detail::handle<scripted_meter> meter{new scripted_meter(2)};
};

class kept_run {
 public:
  kept_run(world& w, const std::string& path, bool resume, const kaya::ledger::pricing& price = {},
           const std::string& host = "node1", int max_lines = 1000, const std::string& project = "digits")
      : world_(w), price_(price) {
    about.project = project;
    about.run_id = "0123456789abcdef";
    about.hardware.host = host;
    about.pue = price.pue;
    about.intensity.value = price.intensity;
    kaya::tracker_options o;
    o.journal.path = path;
    o.resume = resume;
    std::vector<kaya::meter::bound_channel> channels = bound(w.meter);
    keeper_ = kaya::detail::make_keeper(o, price, about, channels);
    core_ = std::make_unique<kaya::ledger::core>(w.clock, channels, price, max_lines);
    core_->start();
    keeper_->begin(*core_, own);
    threads_ = std::make_unique<stamper>(*core_);
  }
  ~kept_run() { keeper_->end(); }

  void pass(std::int64_t ns, std::vector<double> watts = {100, 20}) {
    world_.clock.ticks += ns;
    for (std::size_t i = 0; i < watts.size(); ++i)
      world_.meter->answers[i].count += static_cast<std::uint64_t>(watts[i] * static_cast<double>(ns) * 1e-3);
  }
  void sample() { core_->tick(core_->look()); }
  int open_epoch() { return sample(), core_->open_epoch(); }
  void close_epoch(int index) { sample(), core_->close_epoch(index); }
  std::uint64_t enter(const std::string& name, std::uint32_t thread = 1) {
    return threads_->enter(thread, core_->intern(name), world_.clock.ticks);
  }
  void leave(std::uint64_t serial, std::uint32_t thread = 1) {
    threads_->leave(thread, serial, world_.clock.ticks);
  }
  void rewind(int epoch) { sample(), core_->rewind(epoch); }
  /// Gives what is said of it. at_once: as at the end of an epoch; else as when it is time.
  std::string flush(bool at_once = true) {
    keeper_->is_due(at_once);
    std::string said = keeper_->prepare();
    sample();
    keeper_->hand_over(cost());
    return said + keeper_->write();
  }
  kaya::run_report report() {
    kaya::run_report r = about;
    kaya::detail::compose(r, *core_, kaya::detail::changing_intensity(price_), own);
    r.overhead = cost();
    return r;
  }
  kaya::run_report stop() {
    sample();
    core_->books().epochs().end_interrupted();
    core_->books().close_bin();
    kaya::run_report r = report();
    r.finished = true;
    keeper_->prepare();
    keeper_->finish(r.overhead);
    keeper_->hand_over(r.overhead);
    keeper_->write();
    return r;
  }
  kaya::ledger::core& core() { return *core_; }
  std::int64_t total() const { return core_->books().total().own_uj; }

  kaya::run_report about;
  kaya::detail::own_figures own;

 private:
  kaya::self_cost cost() const { return kaya::detail::compose_cost(*core_, {}, own.earlier); }

  world& world_;
  kaya::ledger::pricing price_;
  kaya::detail::handle<kaya::detail::keeper> keeper_;
  std::unique_ptr<kaya::ledger::core> core_;
  std::unique_ptr<stamper> threads_;
};

}  // namespace kaya_test
