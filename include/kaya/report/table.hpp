// SPDX-License-Identifier: MIT
// Columns of text for the text report.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace report::detail {

inline constexpr std::size_t page_width = 100;

/// Columns that a terminal needs for UTF-8 text: one for each code point.
inline std::size_t columns(std::string_view text) noexcept {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

/// Cuts text to a number of columns, with a mark where something is missing; control characters become
/// spaces, so that no name can break a line.
inline std::string fitted(std::string_view text, std::size_t width) {
  std::string result;
  std::size_t n = 0;
  const bool cut = columns(text) > width;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && cut && n + 2 > width) break;
    n += starts;
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  if (cut) result += "~";
  return result;
}

/// Appends text, broken at spaces to the page; further lines are indented.
inline void append_wrapped(std::string& out, std::string_view first, std::string_view text,
                           std::size_t indent) {
  out += first;
  std::size_t column = columns(first);
  bool fresh = true;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string word = fitted(text.substr(0, end), page_width - indent);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!fresh && column + 1 + columns(word) > page_width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
      fresh = true;
    }
    if (!fresh) out += ' ', ++column;
    out += word;
    column += columns(word);
    fresh = false;
  }
  out += '\n';
}

/// Rows of equal numbers of cells. The first column is set left, and cut when the page is too narrow; the
/// others right.
class table {
 public:
  explicit table(std::initializer_list<std::string_view> heading) {
    rows_.emplace_back();
    for (const std::string_view h : heading) rows_.back().emplace_back(h);
  }
  void add_column(std::string_view heading) { rows_.front().emplace_back(heading); }
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// A line of text between the rows.
  void remark(std::string text) { rows_.push_back({std::move(text)}); }
  bool empty() const noexcept { return rows_.size() == 1; }

  /// Columns at the right that do not fit the page are left out.
  void print(std::string& out) const {
    const std::size_t n = rows_.front().size();
    std::vector<std::size_t> widths(n, 0);
    for (const auto& r : rows_)
      for (std::size_t c = 0; r.size() == n && c < n; ++c)
        if (columns(r[c]) > widths[c]) widths[c] = columns(r[c]);
    std::size_t shown = 1, used = 2 + least_first;
    while (shown < n && used + 2 + widths[shown] <= page_width) used += 2 + widths[shown++];
    if (const std::size_t left = page_width - used + least_first; widths[0] > left) widths[0] = left;
    for (const auto& r : rows_) {
      std::string line = "  " + (r.size() == n ? std::string() : r[0]);
      for (std::size_t c = 0; r.size() == n && c < shown; ++c) {
        const std::string cell = fitted(r[c], widths[c]);
        const std::size_t pad = widths[c] - columns(cell);
        if (c > 0) line.append(2 + pad, ' ');
        line += cell;
        if (c == 0) line.append(pad, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + '\n';
    }
  }

 private:
  static constexpr std::size_t least_first = 12;  // columns that the first one may be cut to

  std::vector<std::vector<std::string>> rows_{};
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
