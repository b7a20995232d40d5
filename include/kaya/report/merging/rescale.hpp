// SPDX-License-Identifier: MIT
// The scopes and epochs of one report, when some of its energy is in others' reports, too: all in proportion,
// and in whole microjoules, so that the books balance.
#pragma once

#include <cstddef>
#include <cstdint>

#include <kaya/ledger/spread.hpp>
#include <kaya/report/merging/part.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

class rescaler {
 public:
  explicit rescaler(collection& all)
      : all_(all), epoch_(all.texts.of("epoch")), outside_(all.texts.of("(outside)")) {}

  /// Makes the scopes' own energy add up to what is left of the report's. Gives what no scope has: of a
  /// report whose scopes do not, or that has none.
  std::int64_t rescale(const part& p) {
    if (!p.known) {
      for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i) all_.scopes[i].known = false;
      for (std::size_t i = p.epochs.first; i < p.epochs.end(); ++i) all_.epochs[i].known = false;
      return 0;
    }
    const std::int64_t left = p.left();
    std::int64_t own = 0, rest = 0;
    for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i) add(own, all_.scopes[i].own, "own_uj");
    if (own == left && p.dropped == 0) return 0;
    const double share = p.share();
    std::int64_t whole = left;
    if (p.dropped == 0 && own < left) {  // as it was, and somewhere the rest
      whole = own;
      rest = left - own;
    }
    std::int64_t epochs = 0, epoch_total = 0;
    for (std::size_t i = p.epochs.first; i < p.epochs.end(); ++i)
      add(epochs, all_.epochs[i].energy, "energy_uj of epochs");
    for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i)
      if (all_.scopes[i].name == epoch_) epoch_total = all_.scopes[i].total;
    const bool add_up = epochs == epoch_total;
    if (whole != own && !scale_scopes(p, whole, share)) rest = left;
    for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i)
      if (all_.scopes[i].name == epoch_) epoch_total = all_.scopes[i].total;
    if (p.dropped != 0)
      scale_epochs(p, add_up ? epoch_total : rounded(static_cast<double>(epochs) * share, epochs));
    return rest;
  }
  std::uint32_t epoch_name() const noexcept { return epoch_; }
  std::uint32_t outside_name() const noexcept { return outside_; }

 private:
  bool scale_scopes(const part& p, std::int64_t whole, double share) {
    divider_.make_room(p.scopes.count);
    divider_.begin();
    for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i)
      divider_.add(static_cast<double>(all_.scopes[i].own));
    const bool divided = divider_.divide(whole);
    for (std::size_t i = p.scopes.first; i < p.scopes.end(); ++i) {
      kept_scope& s = all_.scopes[i];
      const std::int64_t enclosed = s.total > s.own ? s.total - s.own : 0;
      s.own = divided ? divider_.part(i - p.scopes.first) : 0;
      s.total = s.own;
      add(s.total, rounded(static_cast<double>(enclosed) * share, enclosed), "total_uj");
      for (double* x : {&s.own_low, &s.own_high, &s.total_low, &s.total_high, &s.least, &s.most}) *x *= share;
      s.grams *= p.grams_share();
    }
    return divided || whole == 0;
  }
  void scale_epochs(const part& p, std::int64_t whole) {
    divider_.make_room(p.epochs.count);
    divider_.begin();
    for (std::size_t i = p.epochs.first; i < p.epochs.end(); ++i)
      divider_.add(static_cast<double>(all_.epochs[i].energy));
    const bool divided = divider_.divide(whole);
    for (std::size_t i = p.epochs.first; i < p.epochs.end(); ++i) {
      kept_epoch& e = all_.epochs[i];
      e.energy = divided ? divider_.part(i - p.epochs.first) : 0;
      e.grams *= p.grams_share();
    }
  }

  collection& all_;
  std::uint32_t epoch_, outside_;
  ledger::divider divider_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
