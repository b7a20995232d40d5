// SPDX-License-Identifier: MIT
// The lines of the books, one for each name, found by its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/interval.hpp>
#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

/// One line, but for what the channels say of its energy. As of the last cut.
struct line {
  std::string text{};
  bool reserved = false;     // kaya's own
  std::uint64_t count = 0;   // scopes closed
  std::int64_t time_ns = 0;  // time open, recursion counted once, threads added up
  double min_joules = 0,
         max_joules = 0;     // of one scope with all that it encloses; meaningful if priced > 0
  std::uint64_t priced = 0;  // scopes closed whose energy is known

  /// Takes the energy of so many closed scopes into account; NaN: of a part it is not known.
  void note_energy(double joules, std::uint64_t scopes) noexcept {
    if (joules != joules) return;
    if (priced == 0) min_joules = max_joules = joules;
    if (joules < min_joules) min_joules = joules;
    if (joules > max_joules) max_joules = joules;
    priced += scopes;
  }
};

/// All lines, in the order of their names' first use. They start with kaya's own two.
class line_list {
 public:
  line_list() : lines_(2) {
    lines_[outside_line].text = "(outside)";
    lines_[epoch_line_id].text = "epoch";
    lines_[outside_line].reserved = lines_[epoch_line_id].reserved = true;
    rehash(64);
  }

  std::size_t size() const noexcept { return lines_.size(); }
  const line& operator[](name_id n) const noexcept { return lines_[n]; }
  line& operator[](name_id n) noexcept { return lines_[n]; }

  /// The line of a user's name, made at its first use. Without memory for it nothing changes.
  name_id intern(std::string_view text) {
    if (const name_id known = slots_[place_of(text)]; known != 0) return known;
    if ((lines_.size() + 1) * 2 > slots_.size()) rehash(slots_.size() * 2);
    const name_id fresh = static_cast<name_id>(lines_.size());
    lines_.push_back({.text = std::string(text)});
    slots_[place_of(text)] = fresh;
    return fresh;
  }

  std::size_t bytes() const noexcept {
    return lines_.capacity() * sizeof(line) + slots_.size() * sizeof(name_id);
  }

 private:
  /// Where a name is, or would be.
  std::size_t place_of(std::string_view text) const noexcept {
    std::size_t at = detail::hash_of_name(text.data(), text.size()) & (slots_.size() - 1);
    while (slots_[at] != 0 && lines_[slots_[at]].text != text) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void rehash(std::size_t size) {
    std::vector<name_id> slots(size, 0);
    slots_.swap(slots);
    for (name_id n = 2; n < lines_.size(); ++n) slots_[place_of(lines_[n].text)] = n;
  }

  std::vector<line> lines_;
  std::vector<name_id> slots_{};  // open addressing, a power of two of them; 0: free
};

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
