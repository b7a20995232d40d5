// SPDX-License-Identifier: MIT
// Headings, tables and sentences that can be printed as text, 100 columns wide, or as Markdown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/model_card/markdown.hpp>
#include <kaya/report/table.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

class page {
 public:
  using cells = std::vector<std::string>;

  void heading(std::string text) { blocks_.push_back({kind::heading, std::move(text), {}}); }
  void paragraph(std::string text) { blocks_.push_back({kind::paragraph, std::move(text), {}}); }
  void item(std::string text) { blocks_.push_back({kind::item, std::move(text), {}}); }
  /// The first row is the heading. Beyond 200 rows the rest is counted, not shown.
  void table(std::vector<cells> rows) { blocks_.push_back({kind::table, {}, std::move(rows)}); }

  std::string text() const {
    using report::detail::append_wrapped;
    std::string out;
    bool first = true;
    for (const block& b : blocks_) {
      if (b.what == kind::heading) {
        if (!first) out += '\n';
        append_wrapped(out, "", b.text, 2);
      } else if (b.what == kind::table) {
        report::detail::table t{b.rows[0][0]};
        for (std::size_t i = 1; i < b.rows[0].size(); ++i) t.add_column(b.rows[0][i]);
        for (std::size_t i = 1; i < b.rows.size() && i <= most_rows; ++i) t.row(b.rows[i]);
        if (b.rows.size() > most_rows + 1) t.remark(rest_of(b.rows));
        t.print(out);
      } else {
        append_wrapped(out, b.what == kind::item ? "  - " : "  ", b.text, 4);
      }
      first = false;
    }
    return out;
  }

  std::string markdown(int level) const {
    using report::detail::markdown_text;
    std::string out;
    int depth = level < 1 ? 1 : level > 5 ? 5 : level;
    kind before = kind::heading;
    bool first = true;
    for (const block& b : blocks_) {
      if (!first && !(b.what == kind::item && before == kind::item)) out += '\n';
      if (b.what == kind::heading) {
        out.append(static_cast<std::size_t>(depth), '#');
        out += " " + markdown_text(b.text) + "\n";
        if (first) ++depth;
      } else if (b.what == kind::table) {
        report::detail::markdown_table t(out);
        for (std::size_t i = 0; i < b.rows.size() && i <= most_rows; ++i) {
          for (const std::string& cell : b.rows[i]) t.cell(cell);
          t.end_row();
        }
        if (b.rows.size() > most_rows + 1) out += "\nThe table goes on: " + rest_of(b.rows) + "\n";
      } else {
        // The first word of a sentence is kaya's own, so that no name begins a line.
        out += (b.what == kind::item ? "- " : "") + markdown_text(b.text) + "\n";
      }
      before = b.what, first = false;
    }
    return out;
  }

 private:
  enum class kind : unsigned char { heading, paragraph, item, table };
  struct block {
    kind what = kind::heading;
    std::string text{};
    std::vector<cells> rows{};
  };
  static constexpr std::size_t most_rows = 200;
  static std::string rest_of(const std::vector<cells>& rows) {
    return "... " + std::to_string(rows.size() - 1 - most_rows) + " more";
  }

  std::vector<block> blocks_{};
};

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
