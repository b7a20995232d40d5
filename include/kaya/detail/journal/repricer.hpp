// SPDX-License-Identifier: MIT
// The books' CO2e anew, from the states of a journal in their order and other factors: the same sums as the
// run's own, in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/detail/journal/persistence.hpp>
#include <kaya/ledger/books.hpp>
#include <kaya/ledger/core.hpp>
#include <kaya/ledger/pricing.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::journal {

class repricer {
 public:
  /// rate_of(bin): gives a bin another rate and PUE; whether the intensity changes with time.
  template <class RateOf>
  void next(const state& s, RateOf&& rate_of) {
    match_epochs(s);
    bin_line bin = persistence::load_bin(s);
    if (bin.closed.number != closed_) price(s, bin.closed, false, rate_of);
    closed_ = bin.closed.number;
  }
  /// After the last state: what its open bin holds.
  template <class RateOf>
  void finish(const state& s, RateOf&& rate_of) {
    bin_line bin = persistence::load_bin(s);
    if (bin.open.open) price(s, bin.open, true, rate_of);
  }
  /// Into the ledger that the last state was loaded into.
  void give(ledger::core& c) const {
    std::size_t line = 0, epoch = 0;
    persistence::reprice(
        c, [&](ledger::amount& a) { a.grams = line < lines_.size() ? lines_[line++].grams : 0; },
        [&](ledger::epoch_record& e) { e.grams = epochs_[epoch++].grams; },
        [&](ledger::amount& run, ledger::amount& epochs, ledger::lost_epochs& lost,
            ledger::component_sum(&parts)[ledger::components], double& by_series, double& by_live,
            std::uint64_t& fallbacks) {
          run.grams = run_.grams, epochs.grams = all_epochs_.grams, lost.grams = lost_.grams;
          for (std::size_t i = 0; i < ledger::components; ++i) parts[i].grams = parts_[i].grams;
          by_series = by_series_, by_live = by_live_, fallbacks = fallbacks_;
        });
  }

 private:
  struct sum {
    std::int64_t priced_uj = 0;
    double grams = 0;
    int index = 0;  // of an epoch
    void settle(std::int64_t upto_uj, double price) noexcept {
      grams += static_cast<double>(upto_uj - priced_uj) * price;
      priced_uj = upto_uj;
    }
  };

  template <class RateOf>
  void price(const state& s, ledger::bin& bin, bool last, RateOf&& rate_of) {
    const bool changes = rate_of(bin);
    const double each = bin.rate.grams_per_microjoule(bin.pue);
    std::size_t line = 0, epoch = 0;
    persistence::visit(
        s,
        [&](const ledger::amount& a) {
          if (line == lines_.size()) lines_.emplace_back();
          lines_[line++].settle(last ? a.total_uj() : a.priced_uj, each);
        },
        [&](const ledger::epoch_record& e) {
          epochs_[epoch++].settle(last ? e.total_uj() : e.priced_uj, each);
        },
        [&](const ledger::amount& run, const ledger::amount& epochs, const ledger::lost_epochs& lost,
            const ledger::component_sum(&parts)[ledger::components]) {
          const std::int64_t now = last ? run.own_uj : run.priced_uj;
          const double fresh = static_cast<double>(now - run_.priced_uj);
          by_series_ += fresh * bin.rate.by_series;
          by_live_ += fresh * bin.rate.by_live;
          fallbacks_ += changes && bin.rate.by_series + bin.rate.by_live < 1 - 1e-9;
          run_.settle(now, each);
          all_epochs_.settle(last ? epochs.own_uj : epochs.priced_uj, each);
          lost_.settle(last ? lost.microjoules : lost.priced_uj, each);
          for (std::size_t i = 0; i < ledger::components; ++i)
            parts_[i].settle(last ? parts[i].microjoules : parts[i].priced_uj, each);
        });
  }
  /// Lines of epochs may have been merged, or taken back, since the state before.
  void match_epochs(const state& s) {
    std::vector<sum> now;
    std::vector<int> last;
    persistence::visit(
        s, [](const ledger::amount&) {},
        [&](const ledger::epoch_record& e) {
          now.push_back({0, 0, e.index});
          last.push_back(e.last);
        },
        [](const auto&...) {});
    std::size_t at = 0, kept = 0;
    for (; kept < epochs_.size(); ++kept) {
      const sum& old = epochs_[kept];
      while (at < now.size() && last[at] < old.index) ++at;
      if (at == now.size() || now[at].index > old.index) break;  // taken back, and all after it
      now[at].priced_uj += old.priced_uj;
      now[at].grams += old.grams;
    }
    for (std::size_t i = epochs_.size(); i > kept; --i) {
      lost_.grams += epochs_[i - 1].grams;
      lost_.priced_uj += epochs_[i - 1].priced_uj;
    }
    epochs_ = static_cast<std::vector<sum>&&>(now);
  }

  std::vector<sum> lines_{}, epochs_{};
  sum run_{}, all_epochs_{}, lost_{}, parts_[ledger::components]{};
  double by_series_ = 0, by_live_ = 0;
  std::uint64_t fallbacks_ = 0, closed_ = 0;
};

}  // namespace detail::journal
}  // namespace v1
}  // namespace kaya
