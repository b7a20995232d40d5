// SPDX-License-Identifier: MIT
// CPU time of this process with all its children, also those that still run (data loaders): from procfs,
// whose list of children is looked at once a second.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/fork.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::load {

/// Adds up what each process gained between two looks, so that the sum never falls: not when a child ends
/// whose time nobody is told (its parent ignores SIGCHLD, or it was handed to init), and what the others do
/// counts on at once.
class process_load {
 public:
  process_load(detail::file_system& files, std::string procfs)
      : files_(files), procfs_(static_cast<std::string&&>(procfs)) {}
  process_load(const process_load&) = delete;
  process_load& operator=(const process_load&) = delete;
  ~process_load() { forget(); }

  /// CPU time so far, in nanoseconds; never less than before. Empty if it cannot be read now.
  std::optional<std::uint64_t> busy_ns(std::int64_t now_ns) noexcept {
    try {
      return read(now_ns);
    } catch (...) {  // no memory for the list
      return std::nullopt;
    }
  }

  /// The numbers of this process and its children, as of the last call of busy_ns().
  std::span<const unsigned> pids() const noexcept { return pids_; }

 private:
  // Beyond these, files are opened for each look: a process may have 1024 descriptors, and needs them.
  static constexpr std::size_t most_children = 4096, most_kept_open = 128;
  static constexpr std::int64_t second = 1'000'000'000;

  struct process {
    detail::file_system::descriptor open = -1;
    process_time before{}, now{};  // at the last look and at this one
    bool is_gone = false;
  };

  std::optional<std::uint64_t> read(std::int64_t now_ns) {
    if (const unsigned here = detail::os::fork_generation(); here != generation_) {
      generation_ = here;  // the descriptors and children are the parent's
      forget();
    }
    if (processes_.empty() || now_ns >= look_again_ns_) {
      const std::int64_t before = detail::os::monotonic_ns();
      find_children();
      const std::int64_t pause = 50 * (detail::os::monotonic_ns() - before);
      look_again_ns_ = now_ns + (pause > second ? pause : second);
    }
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      look_at(i);
      if (i == 0 && !answers_) return std::nullopt;
    }
    settle_gone(now_ns);
    for (process& p : processes_) {
      if (p.now.own > p.before.own) busy_ += p.now.own - p.before.own;
      if (p.now.waited > p.before.waited) {
        const std::uint64_t more = p.now.waited - p.before.waited, known = more < gone_ ? more : gone_;
        gone_ -= known;
        busy_ += more - known;
      }
      p.before = p.now;
    }
    return busy_ * tick_ns();
  }

  /// A child that has ended was counted while it ran. Its parent has waited for it by now, or will be seen to
  /// have at the next look (it may have been looked at before that): then its time must not count again.
  void settle_gone(std::int64_t now_ns) noexcept {
    if (is_looked_after_ && now_ns - gone_since_ns_ > second) gone_ = 0;
    is_looked_after_ = true;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      const process& p = processes_[i];
      if (p.is_gone) {
        gone_ += p.before.own + p.before.waited;
        gone_since_ns_ = now_ns;
        is_looked_after_ = false;
      } else {
        processes_[kept] = p;
        pids_[kept++] = pids_[i];
      }
    }
    processes_.resize(kept);
    pids_.resize(kept);
  }

  /// Sets `now` to what its file says, or leaves it, or finds that the process is gone. The first is this
  /// process.
  void look_at(std::size_t i) {
    process& p = processes_[i];
    const bool keep = i < most_kept_open;
    answers_ = false;
    if (p.open < 0) {
      p.open = files_.open((procfs_ + "/" + (i == 0 ? "self" : std::to_string(pids_[i])) + "/stat").c_str());
    }
    long size = static_cast<long>(p.open);
    char text[1024];
    if (p.open >= 0) size = files_.read(p.open, text, sizeof text);
    // Of a descriptor whose process has ended the kernel says ESRCH, even if its number was given again.
    p.is_gone = i > 0 && (size == -ENOENT || size == -ESRCH);
    if (p.open >= 0 && (size < 0 || !keep)) close(p);
    if (size < 0) return;
    if (const auto time = process_ticks({text, static_cast<std::size_t>(size)})) {
      answers_ = true;
      if (time->own > p.now.own) p.now.own = time->own;
      if (time->waited > p.now.waited) p.now.waited = time->waited;
    }
  }
  void close(process& p) noexcept {
    if (p.open >= 0) files_.close(p.open);
    p.open = -1;
  }
  void forget() noexcept {
    for (process& p : processes_) close(p);
    processes_.clear();
    pids_.clear();
  }

  /// All descendants: each thread of a process lists the children that it has started. Who is not listed any
  /// more stays until it ends: lists that are read while children end may lack some (proc(5)).
  void find_children() {
    if (pids_.empty()) pids_.push_back(static_cast<unsigned>(detail::os::process_id()));
    add_children_of("self");
    for (std::size_t i = 1; i < pids_.size() && pids_.size() < most_children; ++i)
      add_children_of(std::to_string(pids_[i]));
    processes_.resize(pids_.size());
  }
  void add_children_of(const std::string& pid) {
    std::vector<std::string> threads;
    files_.list((procfs_ + "/" + pid + "/task").c_str(), threads);
    for (const std::string& thread : threads) {
      const std::string text =
          detail::read_text(files_, procfs_ + "/" + pid + "/task/" + thread + "/children").text;
      std::string_view rest(text);
      while (!(rest = detail::trimmed(rest)).empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (const auto child = detail::parse_number<unsigned>(word)) add(*child);
        rest.remove_prefix(word.size());
      }
    }
  }
  /// Once. This process's own number may be a child's where procfs is the host's and this is a container.
  void add(unsigned child) {
    for (std::size_t i = 1; i < pids_.size(); ++i)
      if (pids_[i] == child) return;
    pids_.push_back(child);
  }

  detail::file_system& files_;
  std::string procfs_;
  // Of this process and its descendants, in the same order.
  std::vector<unsigned> pids_{};
  std::vector<process> processes_{};
  unsigned generation_ = 0;
  bool answers_ = false;          // the one looked at last
  bool is_looked_after_ = false;  // at all that may have waited for the gone
  std::int64_t look_again_ns_ = 0, gone_since_ns_ = 0;
  std::uint64_t busy_ = 0, gone_ = 0;  // ticks; of gone children, what may yet come with a parent's
};

}  // namespace meter::load
}  // namespace v1
}  // namespace kaya
