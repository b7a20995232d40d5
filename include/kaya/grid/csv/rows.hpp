// SPDX-License-Identifier: MIT
// Comma-separated text, row by row without copies (RFC 4180): fields in quotes (a doubled quote in one stays
// doubled), CRLF or LF, a byte order mark. Semicolons or tabs, where the first row has no comma outside
// quotes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

class rows {
 public:
  explicit rows(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    bool quoted = false, comma = false, semicolon = false, tab = false;
    for (const char c : rest_) {
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '\n') break;
      comma = comma || c == ',';
      semicolon = semicolon || c == ';';
      tab = tab || c == '\t';
    }
    separator_ = comma ? ',' : semicolon ? ';' : tab ? '\t' : ',';
  }
  char separator() const noexcept { return separator_; }
  /// Of the row that next() gave, from 1: where it begins.
  std::size_t line() const noexcept { return line_; }

  /// The next row that is not blank; false at the end. Fields are parts of the text. A quote that nothing
  /// closes runs to the end: unclosed().
  bool next(std::vector<std::string_view>& fields) {
    for (;;) {
      fields.clear();
      if (rest_.empty()) return false;
      line_ = next_line_;
      bool more = true;
      while (more) {
        fields.push_back(field());
        more = !rest_.empty() && rest_.front() == separator_;
        if (more) rest_.remove_prefix(1);
        if (more && rest_.empty()) fields.push_back({}), more = false;
      }
      if (rest_.starts_with("\r\n")) rest_.remove_prefix(2), ++next_line_;
      else if (!rest_.empty()) rest_.remove_prefix(1), ++next_line_;
      if (fields.size() > 1 || !fields[0].empty()) return true;
    }
  }
  bool unclosed() const noexcept { return unclosed_; }
  /// Whether something other than blanks has stood between a closing quote and the end of its field.
  bool trailing() const noexcept { return trailing_; }

 private:
  std::string_view field() {
    while (!rest_.empty() && (rest_.front() == ' ' || (rest_.front() == '\t' && separator_ != '\t')))
      rest_.remove_prefix(1);
    if (rest_.empty() || rest_.front() != '"') {
      std::size_t end = 0;
      while (end < rest_.size() && rest_[end] != separator_ && rest_[end] != '\n') ++end;
      std::string_view result = rest_.substr(0, end);
      rest_.remove_prefix(end);
      if (result.ends_with('\r') && (rest_.empty() || rest_.front() == '\n')) result.remove_suffix(1);
      return trimmed(result);
    }
    std::size_t end = 1;
    for (; end < rest_.size(); ++end) {
      next_line_ += rest_[end] == '\n';
      if (rest_[end] != '"') continue;
      if (end + 1 >= rest_.size() || rest_[end + 1] != '"') break;
      ++end;
    }
    unclosed_ = unclosed_ || end >= rest_.size();
    const std::string_view result = rest_.substr(1, (end < rest_.size() ? end : rest_.size()) - 1);
    rest_.remove_prefix(end < rest_.size() ? end + 1 : rest_.size());
    for (; !rest_.empty() && rest_.front() != separator_ && rest_.front() != '\n'; rest_.remove_prefix(1))
      trailing_ = trailing_ || (rest_.front() != ' ' && rest_.front() != '\t' && rest_.front() != '\r');
    return trimmed(result);
  }
  static std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }

  std::string_view rest_;
  char separator_ = ',';
  std::size_t line_ = 0, next_line_ = 1;
  bool unclosed_ = false, trailing_ = false;
};

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
