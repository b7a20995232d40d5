// SPDX-License-Identifier: MIT
// The journal of a run: a file that states of its books are appended to, from which a run goes on after
// whatever ended it, and from which it can be priced again.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <kaya/detail/atomics.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/ledger/journal/file.hpp>
#include <kaya/ledger/journal/records.hpp>
#include <kaya/ledger/journal/tables.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger::journal {

/// Writes one. What it is given is handed over in memory; the file is touched by open(), prepare() and
/// write() alone, all by one thread at a time.
class writer {
 public:
  explicit writer(std::string path, disk& d = disk::real())
      : path_(static_cast<std::string&&>(path)), file_(d) {}

  const std::string& path() const noexcept { return path_; }
  /// Another tracker writes the file, or it is no journal: it is left alone for good.
  bool is_refused() const noexcept { return refused_.load(); }
  std::int64_t bytes() const noexcept { return file_.size(); }

  /// Opens the file. go_on: a journal that is there is read into `last`, a torn tail is cut, and this one
  /// goes on with it; else it is set aside as path.1, path.2 ... Gives what is to be said of it; found:
  /// whether there was a journal to go on with.
  std::string open(bool go_on, state& last, bool& found) {
    found = false;
    int error = file_.open(path_);
    for (int tries = 0; go_on && error == EWOULDBLOCK && tries < 50;
         ++tries) {  // of a process that is ending
      kaya::detail::os::pause(100'000'000);
      error = file_.open(path_);
    }
    if (error != 0) return cannot_be_opened(error);
    if (file_.size() == 0) return {};
    std::string bytes;
    if (error = read_file(path_, bytes, heading.size()); error != 0) return cannot_be_opened(error);
    if (!is_journal(bytes)) return refuse("is no journal and was not touched: no journal is kept");
    if (!go_on) return begin_another("was another run's journal");
    if (error = read_file(path_, bytes); error != 0) return cannot_be_opened(error);
    const std::size_t good = read_records(bytes, [&](const state&, bool whole) { found = found || whole; });
    if (!found) return begin_another("held no whole record");
    read_records(
        std::string_view(bytes).substr(0, good), [](const state&, bool) {}, &last);
    if (const std::size_t rest = bytes.size() - good; rest > most_unwritten)
      return begin_another("is damaged at byte " + std::to_string(good) +
                           ", and was gone on with from there");
    else if (rest > 0) {
      if (error = file_.cut(static_cast<std::int64_t>(good)); error != 0) return cannot_be_opened(error);
      records_.follow(last);
      return text("ended in " + std::to_string(rest) + " bytes of a torn record, which were cut");
    }
    records_.follow(last);
    return {};
  }
  /// Sets the journal that is open aside and begins a new one. why: what is said of it.
  std::string begin_another(std::string_view why) {
    for (int n = 1; n < 10'000; ++n) {
      const std::string old = path_ + "." + std::to_string(n);
      int error = file_.rename(old);
      if (error == EEXIST) continue;
      file_.close();
      if (error == 0) error = file_.open(path_);
      if (error != 0) return cannot_be_opened(error);
      anew_.store(true);
      return text(std::string(why) + "; it is " + old + " now");
    }
    return refuse(std::string(why) + " and could not be set aside: no journal is kept");
  }
  /// Nothing more will come: another tracker may go on with it.
  void end() noexcept {
    refused_.store(true);
    file_.close();
  }

  /// Before hand_over(): opens the file again if it could not be before, or if it was removed.
  std::string prepare() {
    if (refused_.load() || (file_.is_open() && !file_.is_removed())) return {};
    const bool removed = file_.is_open();
    state ignored;
    bool found = false;
    anew_.store(true);
    std::string said = open(false, ignored, found);
    if (said.empty() && removed) said = text("was removed or changed by somebody else; a new one was begun");
    return said;
  }
  /// A state to be kept; whole: it can be gone on with, and not only with the next one.
  void take(const state& s, bool whole = true) {
    if (!refused_.load() && !anew_.load()) records_.write(pending_, s, whole);
  }
  /// The next record must not need those before: hand_over() wants the state as of now.
  bool begins_anew() const noexcept { return anew_.load(); }
  /// What was taken until now may be written after this; now: and this state, too.
  void hand_over(const state* now) {
    if (anew_.load()) {
      pending_.clear();
      unwritten_.clear();
      records_.begin_anew();
      anew_.store(false);
    }
    if (now != nullptr) take(*now);
    unwritten_ += pending_;
    pending_.clear();
  }
  /// Writes what was handed over. What cannot be written is kept for the next time, up to 1 MiB; beyond that
  /// the next record has all totals, but the time in between is one span.
  std::string write() {
    if (refused_.load() || !file_.is_open() || unwritten_.empty()) return {};
    if (file_.size() == 0 && !unwritten_.starts_with(heading)) unwritten_.insert(0, heading);
    const int error = file_.append(unwritten_);
    if (error == 0) unwritten_.clear();
    else if (unwritten_.size() > most_unwritten) anew_.store(true);
    return told(error, "cannot be written", "is written again");
  }

 private:
  static constexpr std::size_t most_unwritten = std::size_t{1} << 20;

  std::string text(std::string_view what) const { return path_ + " " + std::string(what); }
  std::string refuse(std::string_view why) {
    refused_.store(true);
    file_.close();
    return text(why);
  }
  /// Once for each state.
  std::string told(int error, std::string_view bad, std::string_view good) {
    if (error == error_) return {};
    error_ = error;
    return error == 0 ? text(good) : text(std::string(bad) + ": " + std::strerror(error));
  }
  std::string cannot_be_opened(int error) {
    file_.close();
    anew_.store(true);
    if (error == EWOULDBLOCK) return refuse("is written by another tracker: this one keeps no journal");
    if (error == ENOSYS) return refuse("cannot be kept on this system");
    return told(error, "cannot be opened", {});
  }
  std::string path_;
  file file_;
  record_writer records_{};
  std::string pending_{};    // taken
  std::string unwritten_{};  // handed over
  int error_ = 0;
  // Set by the thread that touches the file.
  kaya::detail::shared_word<bool> anew_{false};  // the next record must not need those before
  kaya::detail::shared_word<bool> refused_{false};
};

}  // namespace ledger::journal
}  // namespace v1
}  // namespace kaya
