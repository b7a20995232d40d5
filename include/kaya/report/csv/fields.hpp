// SPDX-License-Identifier: MIT
// Fields of a CSV file (RFC 4180, 2005), which spreadsheets, Python's csv and pandas read alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/report/characters.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Adds a text as a field, in quotes where it must be. One that a spreadsheet would run as a formula, as it
/// begins with =, +, -, @, tab or carriage return, gets an apostrophe before it (OWASP, CSV Injection). A
/// byte that is not UTF-8, and NUL, at which some readers end, become U+FFFD.
inline void append_csv_text(std::string& out, std::string_view text) {
  constexpr std::string_view formula = "=+-@\t\r";
  const bool risky = !text.empty() && formula.find(text.front()) != std::string_view::npos;
  const bool quoted = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (quoted) out += '"';
  if (risky) out += '\'';
  each_character(text, [&out](std::string_view c) {
    if (c.front() == '"') out += '"';
    out += c.front() == '\0' ? replacement : c;
  });
  if (quoted) out += '"';
}

/// Adds the fields of lines, with the commas between them. What is not known is an empty field.
class csv_line {
 public:
  explicit csv_line(std::string& out) noexcept : out_(out) {}
  csv_line(const csv_line&) = delete;
  csv_line& operator=(const csv_line&) = delete;

  void text(std::string_view t) {
    next();
    append_csv_text(out_, t);
  }
  void number(double x) {
    next();
    append_finite(out_, x);
  }
  void number(std::optional<double> x) {
    next();
    if (x) append_finite(out_, *x);
  }
  template <any_quantity Q>
  void number(const std::optional<Q>& q) {
    next();
    if (q) append_finite(out_, static_cast<double>(q->count()));
  }
  void whole(std::int64_t n) {
    next();
    append_whole(out_, n);
  }
  void whole(std::uint64_t n) {
    next();
    append_whole(out_, n);
  }
  void energy(const std::optional<microjoules>& e) {
    next();
    if (e) append_joules(out_, *e);
  }
  void unknown() { next(); }
  void end(std::string_view line_end) {
    out_ += line_end;
    first_ = true;
  }

 private:
  void next() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
