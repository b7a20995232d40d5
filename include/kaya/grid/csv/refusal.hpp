// SPDX-License-Identifier: MIT
// How a file is refused: by its name, the line, what is there and what is allowed.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace kaya {
inline namespace v1 {
namespace grid::csv {

class refusal {
 public:
  explicit refusal(std::string file) : file_(std::move(file)) {}
  const std::string& file() const noexcept { return file_; }

  /// Throws std::invalid_argument. line: 0 where it is none's.
  [[noreturn]] void operator()(std::size_t line, std::string_view what, std::string_view allowed) const {
    std::string message = "grid::read_csv: " + file_;
    if (line > 0) message += (file_.empty() ? "line " : ", line ") + std::to_string(line);
    message += (file_.empty() && line == 0 ? "" : ": ") + std::string(what);
    throw std::invalid_argument(message + (allowed.empty() ? "" : "; allowed: ") + std::string(allowed));
  }

 private:
  std::string file_;
};

/// As messages quote a file's text, of which there may be much. Not named as std::quoted, which a std::string
/// finds, too.
inline std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "...\"" : "\"");
}

}  // namespace grid::csv
}  // namespace v1
}  // namespace kaya
