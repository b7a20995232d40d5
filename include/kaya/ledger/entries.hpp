// SPDX-License-Identifier: MIT
// What stands in the books: amounts, epochs, and the bins of time in which energy is priced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <kaya/ledger/pricing.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// Within which the truth lies, in microjoules: a sample tells the energy since the one before, not when in
/// between it was used.
struct range {
  double low = 0, high = 0;
};

/// What a line or the run used.
struct amount {
  std::int64_t own_uj = 0;    // as the innermost
  std::int64_t inner_uj = 0;  // by what it encloses on its threads
  std::int64_t priced_uj = 0;
  double grams = 0;  // CO2e of what is priced
  range own{}, total{};

  std::int64_t total_uj() const noexcept { return own_uj + inner_uj; }
};

/// What one component used, of what counts.
struct component_sum {
  std::int64_t microjoules = 0, priced_uj = 0;
  double grams = 0;  // CO2e of what is priced

  std::int64_t total_uj() const noexcept { return microjoules; }
};
inline constexpr std::size_t components = 5;  // of meter::component

/// One epoch, or several old neighbours merged into one line.
struct epoch_record {
  int index = 0, last = 0;          // the first and the last epoch in this line
  std::int64_t begin = 0, end = 0;  // ticks; end of an open one: the last cut
  bool open = true;
  std::int64_t microjoules = 0;  // settled so far
  std::int64_t priced_uj = 0;
  double grams = 0;  // CO2e of what is priced
  double work = 0;
  double covered = 0;   // ticks x channels whose energy is known
  double duration = 0;  // ticks open
  std::vector<std::pair<std::string, double>> metrics{};

  std::int64_t total_uj() const noexcept { return microjoules; }
};

/// Energy is priced in bins of unix time: a minute, or less where the intensity steps in between. A sample
/// that reaches a little into the next minute still belongs to the bin; energy that a slow meter tells of a
/// longer time has one of its own.
struct bin {
  std::uint64_t number = 0;         // closed so far
  std::int64_t begin = 0, end = 0;  // unix nanoseconds
  std::int64_t edge = 0;            // at its end or later it is closed
  bool open = false;
  // Of a closed one.
  pricing::rate rate{};
  double pue = 1;
};

/// Epochs that are to be done again.
struct lost_epochs {
  static constexpr int index = -1;  // of segments that wait still
  std::uint64_t epochs = 0;
  std::int64_t microjoules = 0, priced_uj = 0;
  double grams = 0, work = 0, duration = 0;  // ticks

  std::int64_t total_uj() const noexcept { return microjoules; }
};

/// Takes note of the books where later they could not be told from what has become of them: when a bin is
/// priced, and before and after lines of epochs are merged or taken back.
struct recorder {
  /// settled: false in the midst of a cut, where the books are ahead of the channels or behind them; when the
  /// cut is settled, another note is taken.
  virtual void take(bool settled) noexcept = 0;

 protected:
  ~recorder() = default;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
