// SPDX-License-Identifier: MIT
// Text as Markdown (CommonMark 0.30, and the tables of GitHub's).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/report/characters.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// A text on one line in which nothing is markup: no emphasis, link, code, table cell, HTML or formula, and
/// no address of a page that GitHub makes a link of. Not for the beginning of a line.
inline std::string markdown_text(std::string_view text) {
  constexpr std::string_view special = "\\`*_{}[]#|~$";
  std::string out;
  out.reserve(text.size() + 16);
  each_character(text, [&](std::string_view c) {
    const bool address = (c == "/" && out.ends_with('/')) || (c == "." && out.ends_with("www"));
    if (is_control(c)) out += ' ';
    else if (c == "&") out += "&amp;";
    else if (c == "<") out += "&lt;";
    else if (c == ">") out += "&gt;";
    else if (address || (c.size() == 1 && special.find(c.front()) != std::string_view::npos))
      (out += '\\') += c;
    else out += c;
  });
  return out;
}

/// Rows of a table, whose first one is the heading. Cells are escaped.
class markdown_table {
 public:
  explicit markdown_table(std::string& out) noexcept : out_(out) {}
  markdown_table(const markdown_table&) = delete;
  markdown_table& operator=(const markdown_table&) = delete;

  void cell(std::string_view text) {
    (out_ += "| ") += markdown_text(text);
    out_ += ' ';
    ++cells_;
  }
  void end_row() {
    out_ += "|\n";
    if (rows_++ == 0) {
      for (std::size_t i = 0; i < cells_; ++i) out_ += "| --- ";
      out_ += "|\n";
    }
    cells_ = 0;
  }

 private:
  std::string& out_;
  std::size_t cells_ = 0, rows_ = 0;
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
