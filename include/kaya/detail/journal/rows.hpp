// SPDX-License-Identifier: MIT
// Members as the cells of a journal's rows: one list of a thing's members serves for writing and for reading.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

#include <kaya/ledger/journal/tables.hpp>
#include <kaya/report/json/members.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::journal {

using ledger::journal::state;
using ledger::journal::table;

/// The tables of a state.
enum table_of {
  of_surroundings,
  of_run,
  of_books,
  of_bin,
  of_processes,
  of_channels,
  of_lines,
  of_epochs,
  of_epoch_metrics,
  of_metrics,
  of_events,
  of_power
};
static_assert(of_power + 1 == ledger::journal::tables);

/// Appends rows. begin() starts one; then a(member, ...) gives it cells.
class row_writer {
 public:
  static constexpr bool reads = false;
  row_writer(state& s, table_of which) : texts_(s.texts), table_(s.of[which]) {}

  void begin() {
    if (rows_++ == 1) table_.width = table_.cells.size();
    table_.cells.push_back(1);
  }
  /// After the last row.
  void end() {
    if (rows_ == 1) table_.width = table_.cells.size();
  }
  template <class... T>
  void operator()(const T&... members) {
    (add(members), ...);
  }
  void any(double x) { add(x); }
  /// A time on the ledger's clock, as the time since the start of the run.
  void since(std::int64_t start, const std::int64_t& ticks) { add(ticks - start); }

 private:
  void cell(std::uint64_t x) { table_.cells.push_back(x); }
  void add(double x) {
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    cell(bits);
  }
  void add(const std::string& s) { cell(texts_.intern(s)); }
  template <class T>
    requires(std::integral<T> || std::is_enum_v<T>)
  void add(T x) { cell(static_cast<std::uint64_t>(x)); }
  template <class T>
  void add(const std::optional<T>& x) {
    cell(x.has_value());
    add(x.value_or(T{}));
  }
  template <any_quantity Q>
  void add(Q x) {
    add(x.count());
  }

  ledger::journal::text_list& texts_;
  table& table_;
  std::size_t rows_ = 0;
};

/// Reads them back. Cells that are not there, as of a member that was added since, leave it as it is.
class row_reader {
 public:
  static constexpr bool reads = true;
  row_reader(const state& s, table_of which) : texts_(s.texts), table_(s.of[which]) {}

  std::size_t rows() const noexcept { return table_.rows(); }
  /// Goes to the next row; false after the last.
  bool begin() noexcept {
    if (row_ == rows()) return false;
    at_ = row_++ * table_.width + 1;
    return true;
  }
  template <class... T>
  void operator()(T&... members) {
    (get(members), ...);
  }
  /// A number that may be none.
  void any(double& x) noexcept {
    if (!has_cell()) return;
    const std::uint64_t bits = cell();
    std::memcpy(&x, &bits, sizeof x);
  }
  void since(std::int64_t start, std::int64_t& ticks) {
    if (!has_cell()) return;
    get(ticks);
    ticks += start;
  }

 private:
  bool has_cell() const noexcept { return at_ < row_ * table_.width; }
  std::uint64_t cell() noexcept { return table_.cells[at_++]; }
  // What no run comes to is 0: nothing that is computed with it overflows.
  void get(double& x) noexcept {
    any(x);
    if (!(x > -1e18 && x < 1e18)) x = 0;
  }
  void get(std::string& s) {
    if (has_cell()) s = texts_[cell()];
  }
  template <std::integral T>
  void get(T& x) noexcept {
    if (!has_cell()) return;
    x = static_cast<T>(cell());
    if constexpr (sizeof x == 8 && std::signed_integral<T>) {
      constexpr T most = T{1} << 61;
      if (x > most || x < -most) x = 0;
    }
  }
  template <class E>
    requires std::is_enum_v<E>
  void get(E& x) noexcept {
    if (!has_cell()) return;
    if (const std::uint64_t i = cell(); i < static_cast<std::uint64_t>(report::detail::names_of<E>))
      x = static_cast<E>(i);
  }
  template <class T>
  void get(std::optional<T>& x) {
    if (!has_cell()) return;
    const bool there = cell() != 0;
    T value{};
    get(value);
    if (there) x = value;
    else x.reset();
  }
  template <any_quantity Q>
  void get(Q& x) noexcept {
    typename Q::rep count = x.count();
    get(count);
    x = Q(count);
  }

  const ledger::journal::text_list& texts_;
  const table& table_;
  std::size_t row_ = 0, at_ = 0;
};

}  // namespace detail::journal
}  // namespace v1
}  // namespace kaya
