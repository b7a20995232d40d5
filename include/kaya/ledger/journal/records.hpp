// SPDX-License-Identifier: MIT
// The bytes of a journal: a line that says what it is, then records that are appended, each with its size and
// a checksum, so that a torn tail is found.
//
//   "kaya.journal/1\n"
//   record: size (4 bytes, little endian), CRC-32 of the content (4 bytes, little endian), content
//   content: 1 byte (1: from nothing, else from the state before; 2: in the midst of something, to be read
//   only
//            if what follows is there, too), then a difference (tables.hpp)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/ledger/journal/tables.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger::journal {

inline constexpr std::string_view heading = "kaya.journal/1\n";

/// CRC-32 as in ISO 3309 and zlib: polynomial 0x04c11db7, reflected.
inline std::uint32_t checksum(std::string_view bytes) noexcept {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = c >> 1 ^ ((c & 1) != 0 ? 0xedb88320u : 0);
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t c = 0xffffffffu;
  for (const char byte : bytes) c = c >> 8 ^ table[(c ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~c;
}

inline constexpr int from_nothing = 1, midway = 2;

/// Turns states into records, each from the one before.
class record_writer {
 public:
  /// After a state that is on the disk already.
  void follow(state s) {
    last_ = static_cast<state&&>(s);
    follows_ = true;
  }
  /// The next record does not need those before.
  void begin_anew() noexcept { follows_ = false; }

  /// Appends the record that leads to a state. whole: false in the midst of something.
  void write(std::string& out, const state& s, bool whole = true) {
    if (!follows_) last_ = state{};
    const std::size_t at = out.size();
    struct undo {  // without memory nothing is written, and the next record does not need those before
      std::string& text;
      std::size_t size;
      bool& follows;
      bool done = false;
      ~undo() {
        if (!done) text.resize(size), follows = false;
      }
    } whole_or_nothing{out, at, follows_};
    out.append(8, '\0');
    out += static_cast<char>((follows_ ? 0 : from_nothing) | (whole ? 0 : midway));
    write_difference(out, last_, last_.texts.size(), s);
    put(out, at, static_cast<std::uint32_t>(out.size() - at - 8));
    put(out, at + 4, checksum(std::string_view(out).substr(at + 8)));
    last_.of = s.of;
    for (std::size_t i = last_.texts.size(); i < s.texts.size(); ++i) last_.texts.append(s.texts[i]);
    follows_ = whole_or_nothing.done = true;
  }

 private:
  static void put(std::string& out, std::size_t at, std::uint32_t x) noexcept {
    for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(x >> 8 * i);
  }
  state last_{};
  bool follows_ = false;
};

/// Whether these bytes are a journal, or the beginning of one that was torn in its first line.
inline bool is_journal(std::string_view bytes) noexcept {
  return bytes.starts_with(heading) || heading.starts_with(bytes);
}

/// Reads the records of a journal in their order and calls each(const state&, bool whole) after each. Gives
/// up to which byte it can be gone on with: behind it is nothing, or a torn tail. last: gets the state after
/// the last record, for bytes that end there.
template <class F>
std::size_t read_records(std::string_view bytes, F&& each, state* last = nullptr) {
  if (!bytes.starts_with(heading)) return 0;
  std::size_t good = heading.size(), at = good;
  state now;
  const auto end = [&] {
    if (last != nullptr) *last = static_cast<state&&>(now);
    return good;
  };
  for (bool begun = false;;) {
    const std::string_view rest = bytes.substr(at);
    if (rest.size() < 8) return end();
    const auto number = [&](std::size_t from) {
      std::uint32_t x = 0;
      for (std::size_t i = 0; i < 4; ++i)
        x |= std::uint32_t{static_cast<unsigned char>(rest[from + i])} << 8 * i;
      return x;
    };
    const std::uint32_t size = number(0);
    if (size == 0 || size > rest.size() - 8) return end();
    const std::string_view content = rest.substr(8, size);
    if (checksum(content) != number(4)) return end();
    const int kind = static_cast<unsigned char>(content.front());
    const bool anew = (kind & from_nothing) != 0, whole = (kind & midway) == 0;
    if (kind > (from_nothing | midway) || (!anew && !begun)) return end();
    if (anew) now = state{};
    byte_reader in(content.substr(1));
    if (!read_difference(in, now) || !in.at_end()) return end();
    begun = true;
    at += 8 + size;
    if (whole) good = at;
    each(static_cast<const state&>(now), whole);
  }
}

}  // namespace ledger::journal
}  // namespace v1
}  // namespace kaya
