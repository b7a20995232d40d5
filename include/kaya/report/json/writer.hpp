// SPDX-License-Identifier: MIT
// Writes the members of a report as JSON: the visitor of members.hpp that writes.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <kaya/detail/json/text.hpp>
#include <kaya/report/json/members.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Writes one object. The outermost one has a line for each member and for each item of a member, so that two
/// reports can be compared line by line; all within these is on their line.
class json_writer {
 public:
  json_writer(std::string& out, bool outermost) : out_(out), outermost_(outermost) { out_ += '{'; }
  json_writer(const json_writer&) = delete;
  json_writer& operator=(const json_writer&) = delete;

  template <class T>
  void operator()(std::string_view key, const T& member, std::string_view why = not_known) {
    begin(key);
    say_why(key, put(member, why));
  }
  template <class T>
  void or_null(std::string_view key, const T& member, std::string_view why = not_known) {
    if (member != T{}) return (*this)(key, member, why);
    begin(key);
    say_why(key, put_null(why));
  }
  void end() { out_ += outermost_ ? "\n}\n" : "}"; }

 private:
  void begin(std::string_view key, std::string_view suffix = {}) {
    if (!first_) out_ += outermost_ ? "," : ", ";
    first_ = false;
    if (outermost_) out_ += "\n  ";
    ((out_ += '"') += key) += suffix;
    out_ += "\": ";
  }
  void say_why(std::string_view key, std::string_view why) {
    if (why.empty()) return;
    begin(key, "_why");
    kaya::detail::json::append_string(out_, why);
  }

  // Each puts one value, and returns why it is null if it is.
  std::string_view put_null(std::string_view why) {
    out_ += "null";
    return why;
  }
  std::string_view put(bool b, std::string_view) {
    out_ += b ? "true" : "false";
    return {};
  }
  std::string_view put(std::string_view text, std::string_view) {
    kaya::detail::json::append_string(out_, text);
    return {};
  }
  std::string_view put(const std::string& text, std::string_view why) {
    return put(std::string_view(text), why);
  }
  template <class T>
  std::string_view put(const std::optional<T>& m, std::string_view why) {
    return m ? put(*m, "not a number") : put_null(why);
  }
  template <class T>
  std::string_view put(const std::vector<T>& list, std::string_view) {
    const bool lines = outermost_ && !list.empty();
    out_ += '[';
    bool first = true;
    for (const T& item : list) {
      if (!first) out_ += lines ? "," : ", ";
      first = false;
      if (lines) out_ += "\n    ";
      put(item, {});
    }
    out_ += lines ? "\n  ]" : "]";
    return {};
  }
  template <class T>
  std::string_view put(const T& m, std::string_view why) {
    if constexpr (std::floating_point<T>) return put_number(m, why);
    else if constexpr (std::integral<T>) kaya::detail::json::append_number(out_, m);
    else if constexpr (std::is_enum_v<T>) kaya::detail::json::append_string(out_, to_string(m));
    else if constexpr (any_quantity<T>) return put(m.count(), why);
    else put_object(m);
    return {};
  }
  template <has_members T>
  void put_object(const T& m) {
    json_writer inner(out_, false);
    members<T>::each(m, inner);
    inner.end();
  }
  std::string_view put_number(double x, std::string_view why) {
    const std::size_t begin = out_.size();
    kaya::detail::json::append_number(out_, x);
    // Asked of the text, because programs that are compiled with -ffast-math cannot ask the number.
    const bool minus = out_[begin] == '-';
    const char first = out_[begin + minus];
    if (first >= '0' && first <= '9') return {};
    out_.resize(begin);
    return put_null(first == 'n' ? why : minus ? "-infinity" : "infinity");
  }

  std::string& out_;
  bool outermost_;
  bool first_ = true;
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
