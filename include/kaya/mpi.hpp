// SPDX-License-Identifier: MIT
// The reports of all ranks of an MPI communicator as one. Include it by name, in a program that is built with
// MPI (mpicxx, or find_package(MPI) and MPI::MPI_CXX).
//
//   const auto all = kaya::reduce(run.stop(), MPI_COMM_WORLD);   // before MPI_Finalize()
//   if (all) std::cout << *all;                                  // on rank 0
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/json.hpp>
#include <kaya/report/merge.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace mpi {

/// Throws std::runtime_error with MPI's own text: "kaya::reduce: MPI_Gather: ...".
inline void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING + 1] = {};
  int size = 0;
  if (MPI_Error_string(code, text, &size) != MPI_SUCCESS) size = 0;
  throw std::runtime_error(
      "kaya::reduce: " + std::string(call) + ": " +
      (size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "error " + std::to_string(code)));
}

/// A copy of the caller's, so that messages cannot meet, whose errors are given back in place of ending the
/// program.
class communicator {
 public:
  explicit communicator(MPI_Comm given) {
    MPI_Errhandler before;
    check(MPI_Comm_get_errhandler(given, &before), "MPI_Comm_get_errhandler");
    check(MPI_Comm_set_errhandler(given, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    const int made = MPI_Comm_dup(given, &own);
    MPI_Comm_set_errhandler(given, before);
    MPI_Errhandler_free(&before);
    check(made, "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(own, &rank), "MPI_Comm_rank");
    check(MPI_Comm_size(own, &size), "MPI_Comm_size");
  }
  communicator(const communicator&) = delete;
  communicator& operator=(const communicator&) = delete;
  /// All ranks together; not after an error, for others may be elsewhere.
  void free() { check(MPI_Comm_free(&own), "MPI_Comm_free"); }

  MPI_Comm own = MPI_COMM_NULL;
  int rank = 0, size = 0;
};

/// On the root: puts the texts of the ranks, which come in pieces one rank after the other, into the merge.
class collector {
 public:
  explicit collector(std::vector<std::uint64_t> sizes) : sizes_(std::move(sizes)) { skip_empty(); }

  void take(std::string_view bytes) {
    while (!bytes.empty() && rank_ < sizes_.size()) {
      const auto wanted = static_cast<std::size_t>(sizes_[rank_]) - got_;
      const std::string_view piece = bytes.substr(0, wanted);
      bytes.remove_prefix(piece.size());
      got_ += piece.size();
      try {
        if (problem_.empty()) text_ += piece;
        if (got_ == sizes_[rank_] && problem_.empty()) all_.add(report::from_json(text_));
      } catch (const std::invalid_argument& e) {
        miss(e.what());
      } catch (const std::exception& e) {
        problem_ = e.what();
      }
      if (got_ < sizes_[rank_]) return;
      std::string().swap(text_);
      got_ = 0;
      ++rank_;
      skip_empty();
    }
  }
  /// Empty, and problem() says why, if there can be none.
  std::optional<run_report> result() {
    try {
      if (!problem_.empty()) return std::nullopt;
      run_report r = all_.result();
      if (missing_ > 0)
        r.events.push_back({{},
                            severity::error,
                            "ranks of the communicator whose report could not be had: " + names_ +
                                (why_.empty() ? "" : "; " + why_),
                            "reduce",
                            missing_});
      return r;
    } catch (const std::exception& e) {
      problem_ = e.what();
      return std::nullopt;
    }
  }
  const std::string& problem() const noexcept { return problem_; }

 private:
  void skip_empty() {
    for (; rank_ < sizes_.size() && sizes_[rank_] == 0; ++rank_) miss("");
  }
  void miss(const char* why) {
    constexpr std::uint64_t most_named = 8;
    if (missing_++ < most_named) names_ += (names_.empty() ? "" : ", ") + std::to_string(rank_);
    else if (missing_ == most_named + 1) names_ += ", ...";
    if (why_.empty()) why_ = why;
  }

  std::vector<std::uint64_t> sizes_;
  report::merger all_{};
  std::size_t rank_ = 0, got_ = 0;
  std::string text_{}, problem_{}, names_{}, why_{};
  std::uint64_t missing_ = 0;
};

/// Which bytes of a rank's text are in one round: all texts one after the other, cut into pieces.
struct window {
  std::uint64_t begin = 0, end = 0;
  /// Of a text that lies from `at`: where its part begins, and how long it is.
  std::pair<std::size_t, int> part_of(std::uint64_t at, std::uint64_t size) const noexcept {
    const std::uint64_t from = at > begin ? at : begin, to = at + size < end ? at + size : end;
    return from < to ? std::pair{static_cast<std::size_t>(from - at), static_cast<int>(to - from)}
                     : std::pair{std::size_t{0}, 0};
  }
};

/// What reduce() moves at a time, at most: less than an int counts.
inline constexpr std::uint64_t most_at_once = std::uint64_t{64} << 20;

/// reduce() with another limit.
inline std::optional<run_report> reduce_in_pieces(const run_report& r, MPI_Comm comm, int root,
                                                  std::uint64_t most) {
  int begun = 0, ended = 0;
  check(MPI_Initialized(&begun), "MPI_Initialized");
  check(MPI_Finalized(&ended), "MPI_Finalized");
  if (begun == 0 || ended != 0) throw std::runtime_error("kaya::reduce: MPI is not running");
  if (comm == MPI_COMM_NULL) throw std::runtime_error("kaya::reduce: there is no communicator");
  communicator all(comm);
  const bool is_root = all.rank == root;

  std::string text;  // empty: there is none, but this rank takes part
  try {
    run_report mine = r;
    if (!mine.hardware.rank) mine.hardware.rank = all.rank;
    text = report::to_json(mine);
  } catch (const std::exception&) {
    text.clear();
  }
  const std::uint64_t size = text.size();
  std::uint64_t at = 0, total = 0, piece = 0;
  std::string problem, buffer;
  std::vector<std::uint64_t> sizes;
  std::vector<int> counts, places;
  std::optional<collector> reports;
  if (root < 0 || root >= all.size) problem = "there is no rank " + std::to_string(root) + " to be the root";
  if (!problem.empty()) {
    all.free();
    throw std::runtime_error("kaya::reduce: " + problem);
  }
  check(MPI_Exscan(&size, &at, 1, MPI_UINT64_T, MPI_SUM, all.own), "MPI_Exscan");
  if (all.rank == 0) at = 0;
  check(MPI_Allreduce(&size, &total, 1, MPI_UINT64_T, MPI_SUM, all.own), "MPI_Allreduce");
  if (is_root) {
    try {
      const auto n = static_cast<std::size_t>(all.size);
      sizes.resize(n), counts.resize(n), places.resize(n);
      for (piece = total < most ? total : most;;) {
        try {
          buffer.resize(static_cast<std::size_t>(piece));
          break;
        } catch (const std::bad_alloc&) {
          if ((piece /= 2) == 0) throw;
        }
      }
      if (piece == 0) piece = 1;
    } catch (const std::exception&) {
      piece = 0;
    }
  }
  // 0: the root has no memory for anything, and says so by this.
  check(MPI_Bcast(&piece, 1, MPI_UINT64_T, root, all.own), "MPI_Bcast");
  if (piece == 0) {
    all.free();
    throw std::runtime_error("kaya::reduce: the root is out of memory");
  }
  check(MPI_Gather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, root, all.own), "MPI_Gather");
  try {
    if (is_root) reports.emplace(sizes);
  } catch (const std::exception&) {
    problem = "the root is out of memory";
  }
  for (window w; w.begin < total; w.begin = w.end) {
    w.end = total - w.begin > piece ? w.begin + piece : total;
    const auto [from, n] = w.part_of(at, size);
    int used = 0;
    if (is_root) {
      std::uint64_t its = 0;
      for (std::size_t i = 0; i < sizes.size(); its += sizes[i++]) {
        places[i] = used;
        used += counts[i] = w.part_of(its, sizes[i]).second;
      }
    }
    check(MPI_Gatherv(text.data() + from, n, MPI_CHAR, buffer.data(), counts.data(), places.data(), MPI_CHAR,
                      root, all.own),
          "MPI_Gatherv");
    if (reports) reports->take(std::string_view(buffer).substr(0, static_cast<std::size_t>(used)));
  }
  std::string().swap(buffer);
  std::optional<run_report> merged;
  if (reports && !(merged = reports->result())) problem = reports->problem();
  // All ranks end in the same way.
  char words[256] = {};
  problem.copy(words, sizeof words - 1);
  check(MPI_Bcast(words, sizeof words, MPI_CHAR, root, all.own), "MPI_Bcast");
  all.free();
  if (words[0] != '\0') throw std::runtime_error("kaya::reduce: " + std::string(words));
  return merged;
}

}  // namespace mpi

/// Gathers the reports of all ranks of a communicator on one of them, as JSON, and merges them there as
/// report::merger does: the merged report on the root, nothing on the others. Collective: each rank calls it,
/// with the same root. A report that no launcher gave a rank gets that of the communicator. A rank whose
/// report cannot be written takes part all the same, and an event names it.
///
/// The root needs memory for 64 MiB of text and what a merger keeps. Throws std::runtime_error, with MPI's
/// text if MPI failed: on all ranks if the reports cannot be merged, or the root has no memory; where MPI
/// itself fails, on those that it tells.
inline std::optional<run_report> reduce(const run_report& r, MPI_Comm comm, int root = 0) {
  return mpi::reduce_in_pieces(r, comm, root, mpi::most_at_once);
}

}  // namespace v1
}  // namespace kaya
