// SPDX-License-Identifier: MIT
// The epochs of a run: those that are done, that are open, that are done again; a bounded number of lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kaya/ledger/entries.hpp>
#include <kaya/ledger/event.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

class epoch_list {
 public:
  /// most: lines kept; 0 or less: any number.
  explicit epoch_list(int most) : most_(most) {}

  /// In the order of their numbers.
  const std::vector<epoch_record>& lines() const noexcept { return lines_; }
  /// Numbers of those that are open in this process.
  const std::vector<int>& open() const noexcept { return open_; }
  const lost_epochs& lost() const noexcept { return lost_; }
  /// The number of the next new one.
  int next() const noexcept { return next_; }
  /// One more does not fit; never while an interrupted one is to go on.
  bool is_full() const noexcept {
    return interrupted_ == 0 && most_ > 0 && lines_.size() >= static_cast<std::size_t>(most_);
  }

  /// Gives its number: an epoch that an earlier process did not end goes on, or there is a new one.
  int begin(std::int64_t at) {
    open_.reserve(open_.size() + 1);
    if (interrupted_ > 0) return reopen();
    const int index = next_++;
    lines_.push_back({.index = index, .last = index, .begin = at, .end = at});
    open_.push_back(index);
    return index;
  }
  void end(int index, std::int64_t at) noexcept {
    for (std::size_t i = 0; i < open_.size(); ++i)
      if (open_[i] == index) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
    if (epoch_record* e = find(index)) {
      e->open = false;
      e->end = at;
    }
  }
  /// Those that an earlier process left open will not go on.
  void end_interrupted() noexcept {
    for (epoch_record& e : lines_)
      if (interrupted_ > 0 && e.open && !is_open(e.index)) e.open = false;
    interrupted_ = 0;
  }
  /// The next epoch has this number: those from it on, all of them closed or interrupted, are lost; one that
  /// was interrupted before is over. Gives whether a line that they share with earlier ones had to stay.
  bool rewind(int index) noexcept {
    for (; !lines_.empty() && lines_.back().index >= index; lines_.pop_back()) {
      const epoch_record& e = lines_.back();
      lost_.epochs += static_cast<std::uint64_t>(e.last - e.index + 1);
      lost_.microjoules += e.microjoules, lost_.priced_uj += e.priced_uj;
      lost_.grams += e.grams, lost_.work += e.work, lost_.duration += e.duration;
    }
    end_interrupted();
    const bool shared = !lines_.empty() && lines_.back().last >= index;
    if (shared) lines_.back().last = index - 1;
    next_ = index;
    return shared;
  }
  /// The line that holds an epoch; nullptr: none.
  epoch_record* find(int index) noexcept {
    std::size_t low = 0, high = lines_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (lines_[middle].last < index) low = middle + 1;
      else high = middle;
    }
    return low < lines_.size() && lines_[low].index <= index ? &lines_[low] : nullptr;
  }
  const epoch_record* find(int index) const noexcept { return const_cast<epoch_list*>(this)->find(index); }

  /// Time passed while epochs were open.
  void extend_open(std::int64_t from, std::int64_t to) noexcept {
    for (const int index : open_)
      if (epoch_record* e = find(index)) {
        e->end = to;
        e->duration += static_cast<double>(to - from);
      }
  }
  /// Energy of an epoch, or of lost ones. covered: ticks for which it is all there was.
  void add(int index, std::int64_t microjoules, double covered) noexcept {
    if (index == lost_epochs::index) lost_.microjoules += microjoules;
    else if (epoch_record* e = find(index)) {
      e->microjoules += microjoules;
      e->covered += covered;
    }
  }
  /// Calls f with each line, and with what is lost.
  template <class F>
  void each(F&& f) noexcept {
    f(lost_);
    for (epoch_record& e : lines_) f(e);
  }
  /// Halves the lines of the older half by merging closed neighbours.
  void merge_old() {
    const std::size_t old = lines_.size() / 2;
    std::size_t to = 0;
    for (std::size_t from = 0; from < lines_.size(); ++to, ++from) {
      if (to != from) lines_[to] = static_cast<epoch_record&&>(lines_[from]);
      if (from + 1 >= old || lines_[to].open || lines_[from + 1].open) continue;
      epoch_record& into = lines_[to];
      epoch_record& gone = lines_[++from];
      into.last = gone.last;
      if (gone.end > into.end) into.end = gone.end;
      into.microjoules += gone.microjoules;
      into.priced_uj += gone.priced_uj;
      into.grams += gone.grams;
      into.work += gone.work;
      into.covered += gone.covered;
      into.duration += gone.duration;
      if (!gone.metrics.empty())
        into.metrics = static_cast<decltype(gone.metrics)&&>(gone.metrics);  // the newest
    }
    lines_.resize(to);
  }

 private:
  int reopen() noexcept {
    --interrupted_;
    for (epoch_record& e : lines_)
      if (e.open && !is_open(e.index)) {
        open_.push_back(e.index);
        return e.index;
      }
    return -1;
  }
  bool is_open(int index) const noexcept {
    for (const int open : open_)
      if (open == index) return true;
    return false;
  }

  friend struct detail::journal::persistence;
  std::vector<epoch_record> lines_{};
  std::vector<int> open_{};
  lost_epochs lost_{};
  int next_ = 0;
  int interrupted_ = 0;  // epochs that are open, but not in this process
  int most_;
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
