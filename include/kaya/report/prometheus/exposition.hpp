// SPDX-License-Identifier: MIT
// Prometheus' text format (version 0.0.4): families of metrics, and samples with labels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/report/characters.hpp>
#include <kaya/report/figures.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// The most that a label's value has of a name, in bytes: every scrape sends it again.
inline constexpr std::size_t most_label_bytes = 128;

/// A name as the value of a label: at most that much of it, "..." where it was cut, backslash, quote and line
/// feed escaped, what is not UTF-8 replaced.
inline std::string label_text(std::string_view name) {
  std::string out;
  std::size_t shown = 0;
  const bool cut = name.size() > most_label_bytes;
  // No more than can be shown is looked at; a character that the cut divides is left out with the rest.
  each_character(name.substr(0, cut ? most_label_bytes + 4 : name.size()), [&](std::string_view c) {
    shown += c.size();
    if (cut && shown > most_label_bytes - 3) return;
    if (c == "\n") out += "\\n";
    else if (c == "\"" || c == "\\") (out += '\\') += c;
    else out += c;
  });
  return cut ? out + "..." : out;
}

/// Writes families one after the other. All samples of one get the labels of the run before their own.
class exposition {
 public:
  exposition(std::string& out, std::string run_labels)
      : out_(out), run_(static_cast<std::string&&>(run_labels)) {}
  exposition(const exposition&) = delete;
  exposition& operator=(const exposition&) = delete;

  /// Begins a family: its head is written with its first sample.
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name, type_ = type, help_ = help;
    is_begun_ = false;
  }
  /// labels: "" or `component="cpu",device="x"`, escaped. What is no finite number is not known: no sample.
  void sample(double x, std::string_view labels = {}) {
    std::string digits;
    if (append_finite(digits, x)) put(labels, digits);
  }
  void sample(microjoules energy, std::string_view labels) {
    std::string digits;
    append_joules(digits, energy);
    put(labels, digits);
  }
  void sample_ns(std::int64_t unix_ns) {
    std::string digits;
    append_whole(digits, unix_ns / 1'000'000'000);
    std::string ms = std::to_string(1000 + unix_ns % 1'000'000'000 / 1'000'000);
    put({}, digits + "." + ms.substr(1));
  }

 private:
  void put(std::string_view labels, std::string_view digits) {
    if (!is_begun_) {
      (((out_ += "# HELP ") += name_) += ' ') += help_;
      ((((out_ += "\n# TYPE ") += name_) += ' ') += type_) += '\n';
      is_begun_ = true;
    }
    ((out_ += name_) += '{') += run_;
    if (!labels.empty()) (out_ += ',') += labels;
    ((out_ += "} ") += digits) += '\n';
  }

  std::string& out_;
  std::string run_;
  std::string_view name_{}, type_{}, help_{};
  bool is_begun_ = false;
};

/// `name="value"`, for a value that is not escaped yet.
inline std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + label_text(value) + '"';
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
