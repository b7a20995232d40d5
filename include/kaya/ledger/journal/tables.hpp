// SPDX-License-Identifier: MIT
// What a journal keeps: tables of numbers and a list of texts, and how one state of them becomes the next in
// a few bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger::journal {

/// Texts, each once, numbered by their first use. Number 0 is the empty one.
class text_list {
 public:
  text_list() { intern({}); }

  std::uint64_t intern(std::string_view text) {
    if (const std::uint32_t known = slots_[place_of(text)]; known != 0) return known - 1;
    append(std::string(text));
    return texts_.size() - 1;
  }
  /// The next one, known already or not.
  void append(std::string text) {
    if ((texts_.size() + 1) * 2 > slots_.size()) {
      slots_.assign(slots_.size() * 2, 0);
      for (std::size_t i = 0; i < texts_.size(); ++i)
        slots_[place_of(texts_[i])] = static_cast<std::uint32_t>(i + 1);
    }
    texts_.push_back(static_cast<std::string&&>(text));
    slots_[place_of(texts_.back())] = static_cast<std::uint32_t>(texts_.size());
  }
  std::size_t size() const noexcept { return texts_.size(); }
  /// Empty for a number that no text has.
  const std::string& operator[](std::uint64_t i) const noexcept { return texts_[i < texts_.size() ? i : 0]; }

 private:
  std::size_t place_of(std::string_view text) const noexcept {
    std::size_t at = kaya::detail::hash_of_name(text.data(), text.size()) & (slots_.size() - 1);
    while (slots_[at] != 0 && texts_[slots_[at] - 1] != text) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  std::vector<std::string> texts_{};
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(64);  // open addressing; 0: free
};

/// Rows of 64-bit words, all of one width. The first word of each is 1.
struct table {
  std::size_t width = 1;
  std::vector<std::uint64_t> cells{};

  std::size_t rows() const noexcept { return cells.size() / width; }
};

inline constexpr std::size_t tables = 12;

/// All that is known at one time.
struct state {
  std::array<table, tables> of{};
  text_list texts{};
};

/// Numbers in bytes, small ones in few.
class byte_writer {
 public:
  explicit byte_writer(std::string& out) : out_(out) {}
  void number(std::uint64_t x) {
    for (; x >= 0x80; x >>= 7) out_ += static_cast<char>(x | 0x80);
    out_ += static_cast<char>(x);
  }
  void text(std::string_view t) {
    number(t.size());
    out_.append(t);
  }

 private:
  std::string& out_;
};

/// Reads what a byte_writer wrote. Beyond the end, and after what no writer writes, all is 0 and good()
/// false.
class byte_reader {
 public:
  explicit byte_reader(std::string_view in) noexcept : in_(in) {}
  std::uint64_t number() noexcept {
    std::uint64_t x = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      x |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return x;
    }
    good_ = false;
    in_ = {};
    return 0;
  }
  std::string_view text() noexcept {
    const std::uint64_t size = number();
    if (size > in_.size()) {
      good_ = false;
      in_ = {};
      return {};
    }
    const std::string_view t = in_.substr(0, static_cast<std::size_t>(size));
    in_.remove_prefix(t.size());
    return t;
  }
  bool good() const noexcept { return good_; }
  bool at_end() const noexcept { return in_.empty(); }
  std::size_t left() const noexcept { return in_.size(); }

 private:
  std::string_view in_;
  bool good_ = true;
};

// Cells are integers, or doubles by their bits: of both the difference to the value before is a small number
// mostly, which wraps and has its sign in the lowest bit.
inline std::uint64_t folded(std::uint64_t difference) noexcept {
  return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
inline std::uint64_t unfolded(std::uint64_t x) noexcept {
  return x >> 1 ^ ((x & 1) != 0 ? ~std::uint64_t{0} : 0);
}

/// Appends what leads from one state to a later one: texts that are new; for each table its width, its number
/// of rows, and the cells that differ, each with how many are passed over before it.
inline void write_difference(std::string& out, const state& from, std::size_t from_texts, const state& to) {
  byte_writer w(out);
  w.number(to.texts.size() - from_texts);
  for (std::size_t i = from_texts; i < to.texts.size(); ++i) w.text(to.texts[i]);
  for (std::size_t t = 0; t < tables; ++t) {
    const std::vector<std::uint64_t>&a = from.of[t].cells, &b = to.of[t].cells;
    const bool anew = from.of[t].width != to.of[t].width;
    const auto before = [&](std::size_t i) { return i < a.size() && !anew ? a[i] : 0; };
    w.number(to.of[t].width);
    w.number(to.of[t].rows());
    std::size_t changed = 0;
    for (std::size_t i = 0; i < b.size(); ++i) changed += before(i) != b[i];
    w.number(changed);
    for (std::size_t i = 0, last = 0; i < b.size(); ++i) {
      if (before(i) == b[i]) continue;
      w.number(i - last);
      w.number(folded(b[i] - before(i)));
      last = i + 1;
    }
  }
}

/// Takes a state on to the next. False, and the state is not to be used, for what no writer wrote.
inline bool read_difference(byte_reader& in, state& s) {
  constexpr std::uint64_t most_cells = std::uint64_t{1} << 26;  // 512 MiB
  for (std::uint64_t texts = in.number(); texts > 0 && in.good(); --texts)
    s.texts.append(std::string(in.text()));
  for (table& t : s.of) {
    const std::uint64_t width = in.number(), rows = in.number(), changed = in.number();
    if (!in.good() || width == 0 || width > 64 || rows > most_cells / width || changed > in.left())
      return false;
    if (width != t.width) t.cells.clear();
    t.width = static_cast<std::size_t>(width);
    const std::size_t cells = static_cast<std::size_t>(width * rows);
    // Every row begins with a 1, so that few bytes cannot ask for much memory.
    if (cells > t.cells.size() && rows - t.rows() > changed) return false;
    t.cells.resize(cells);
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < changed; ++i) {
      const std::uint64_t skip = in.number(), difference = unfolded(in.number());
      if (!in.good() || skip >= cells || at + skip >= cells) return false;
      at += skip;
      t.cells[static_cast<std::size_t>(at++)] += difference;
    }
  }
  return in.good();
}

}  // namespace ledger::journal
}  // namespace v1
}  // namespace kaya
