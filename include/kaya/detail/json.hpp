// SPDX-License-Identifier: MIT
// A small JSON reader (RFC 8259, 2017) for text from outside: bounded, strict, and an error has a byte
// position and a reason. Any bytes may be given; none make it read beyond them or recurse without end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/detail/json/utf8.hpp>
#include <kaya/detail/json/value.hpp>

namespace kaya {
inline namespace v1 {
namespace detail::json {

/// How deep arrays and objects may be nested; each level is a level of recursion.
inline constexpr int most_depth = 64;

/// A value, or where and why there is none.
struct parsed {
  std::optional<value> root{};
  std::size_t at = 0;      // the byte, from 0
  std::string_view why{};  // in static storage

  explicit operator bool() const noexcept { return root.has_value(); }
  std::string message() const { return "byte " + std::to_string(at) + ": " + std::string(why); }
};

/// Reads one text, once.
class reader {
 public:
  /// Values of arrays and objects beyond `most_values` are refused, as each needs about 100 bytes.
  explicit reader(std::string_view text,
                  std::size_t most_values = std::numeric_limits<std::size_t>::max()) noexcept
      : text_(text), values_left_(most_values) {}

  parsed read() {
    value root;
    take("\xEF\xBB\xBF");  // a byte order mark, which RFC 8259 (section 8.1) lets readers ignore
    skip_space();
    bool good = read_value(root, 0);
    if (good) {
      skip_space();
      good = ended() || fail("more text after the value");
    }
    parsed result{{}, at_, why_};
    if (good) result.root = std::move(root);
    return result;
  }

 private:
  static constexpr std::string_view cut_off = "the text ends too early";

  bool read_value(value& v, int depth) {
    if (ended()) return fail(cut_off);
    v.position_ = at_;
    switch (text_[at_]) {
      case '{':
        return read_list(v, kind::object, depth);
      case '[':
        return read_list(v, kind::array, depth);
      case '"':
        v.kind_ = kind::string;
        return read_string(v.text_);
      case 't':
        v.truth_ = true;
        return read_word(v, "true", kind::boolean);
      case 'f':
        return read_word(v, "false", kind::boolean);
      case 'n':
        return read_word(v, "null", kind::null);
      default:
        return read_number(v);
    }
  }

  bool read_list(value& v, kind what, int depth) {
    if (depth == most_depth) return fail("nested deeper than 64");
    const bool object = what == kind::object;
    const char close = object ? '}' : ']';
    v.kind_ = what;
    ++at_;
    skip_space();
    if (take(close)) return true;
    for (;;) {
      if (values_left_-- == 0) return fail("more values than allowed");
      value& item = v.items_.emplace_back();
      if (object) {
        if (ended() || text_[at_] != '"') return fail("expected the name of a member, in quotes");
        if (!read_string(item.name_)) return false;
        skip_space();
        if (!take(':')) return fail("expected a colon");
        skip_space();
      }
      if (!read_value(item, depth + 1)) return false;
      skip_space();
      if (take(close)) return true;
      if (!take(','))
        return fail(object ? "expected a comma or the end of the object"
                           : "expected a comma or the end of the array");
      skip_space();
    }
  }

  bool read_word(value& v, std::string_view word, kind what) {
    v.kind_ = what;
    return take(word) || fail("expected a value");
  }

  // The grammar is stricter than from_chars: no "+1", ".5", "1.", "01", "inf".
  bool read_number(value& v) {
    const std::size_t begin = at_;
    const bool minus = take('-');
    if (ended()) return fail(cut_off);
    if (!digit()) return fail(minus ? "expected a digit" : "expected a value");
    if (take('0')) {
      if (digit()) return fail("a number must not begin with 0");
    } else {
      skip_digits();
    }
    if (take('.') && !skip_digits()) return fail("expected a digit");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!skip_digits()) return fail("expected a digit");
    }
    v.kind_ = kind::number;
    v.text_ = text_.substr(begin, at_ - begin);
    return true;
  }

  bool read_string(std::string& out) {
    ++at_;
    for (;;) {
      std::size_t end = at_;
      while (end < text_.size() && is_plain(byte(end))) ++end;
      out += text_.substr(at_, end - at_);
      at_ = end;
      if (ended()) return fail(cut_off);
      if (take('"')) return true;
      if (text_[at_] == '\\') {
        if (!read_escape(out)) return false;
      } else if (byte(at_) < 0x20) {
        return fail("a control character in a string must be escaped");
      } else if (const std::size_t n = utf8_sequence(text_, at_); n > 0) {
        out += text_.substr(at_, n);
        at_ += n;
      } else {
        return fail("not UTF-8");
      }
    }
  }

  bool read_escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const std::size_t begin = at_++;
    if (ended()) return fail(cut_off);
    if (const std::size_t i = letters.find(text_[at_]); i != std::string_view::npos) {
      out += meant[i];
      ++at_;
      return true;
    }
    std::uint32_t code = 0, low = 0;
    if (!take('u')) return fail("no such escape");
    if (!read_hex(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {  // the first half of a character beyond U+FFFF
      if (!take("\\u")) at_ = begin;
      else if (!read_hex(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail_at(begin, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      return fail_at(begin, "half of a surrogate pair");
    }
    put(out, code);
    return true;
  }
  bool read_hex(std::uint32_t& code) {
    for (int i = 0; i < 4; ++i, ++at_) {
      if (ended()) return fail(cut_off);
      const char c = text_[at_], lower = static_cast<char>(c | 0x20);
      if (c >= '0' && c <= '9') code = code * 16 + static_cast<std::uint32_t>(c - '0');
      else if (lower >= 'a' && lower <= 'f') code = code * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
      else return fail("expected four hexadecimal digits");
    }
    return true;
  }

  static void put(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      tail(6), tail(0);
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      tail(12), tail(6), tail(0);
    }
  }

  unsigned byte(std::size_t i) const noexcept { return static_cast<unsigned char>(text_[i]); }
  static bool is_plain(unsigned c) noexcept { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }
  bool ended() const noexcept { return at_ == text_.size(); }
  bool digit() const noexcept { return !ended() && text_[at_] >= '0' && text_[at_] <= '9'; }
  bool skip_digits() noexcept {
    const bool any = digit();
    while (digit()) ++at_;
    return any;
  }
  void skip_space() noexcept {
    while (!ended() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) noexcept { return take(std::string_view(&c, 1)); }
  bool take(std::string_view word) noexcept {
    const bool here = text_.substr(at_).starts_with(word);
    if (here) at_ += word.size();
    return here;
  }
  bool fail(std::string_view why) noexcept {
    why_ = ended() ? cut_off : why;
    return false;
  }
  bool fail_at(std::size_t at, std::string_view why) noexcept {
    at_ = at;
    return fail(why);
  }

  std::string_view text_;
  std::size_t values_left_;
  std::size_t at_ = 0;
  std::string_view why_{};
};

/// Reads a text of at most `most_bytes`, in which arrays and objects have at most `most_values` values. Needs
/// about 100 bytes of memory for each byte of text at worst, a few hundred for each value; throws nothing but
/// std::bad_alloc.
inline parsed parse(std::string_view text, std::size_t most_bytes,
                    std::size_t most_values = std::numeric_limits<std::size_t>::max()) {
  if (text.size() > most_bytes) return {{}, most_bytes, "the text is longer than allowed"};
  return reader(text, most_values).read();
}

}  // namespace detail::json
}  // namespace v1
}  // namespace kaya
