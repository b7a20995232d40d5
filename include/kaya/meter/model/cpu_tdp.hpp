// SPDX-License-Identifier: MIT
// The thermal design power of a processor by its name: what a model of CPU power starts from where there is
// no meter.
#pragma once

#include <kaya/meter/model/data/cpu_tdp_table.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace tdp {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Words of a model name that say nothing about the model.
constexpr bool is_noise(std::string_view word) noexcept {
  for (const std::string_view noise : {"cpu", "processor", "apu", "soc", "genuine", "technology"})
    if (word == noise) return true;
  return word.ends_with("-core") || word.ends_with("-cores") || word.ends_with("ghz");
}

/// A processor's name without what varies between ways to write it: "11th Gen Intel(R) Core(TM) i7-1165G7
/// @ 2.80GHz" is "intel core i7-1165g7". Keeps every word that could tell two models apart.
inline std::string model_key(std::string_view name) {
  std::string plain;  // lower case; each sign of ownership, hard and zero-width blank is a blank
  for (const char c : name) {
    constexpr std::string_view signs[] = {"(r)",          "(tm)",     "\xC2\xAE",
                                          "\xE2\x84\xA2", "\xC2\xA0", "\xE2\x80\x8B"};
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c;
    for (const std::string_view sign : signs)
      if (std::string_view(plain).ends_with(sign))
        plain.replace(plain.size() - sign.size(), sign.size(), 1, ' ');
  }

  std::string key;
  const auto last_word = [&key] { return std::string_view(key).substr(key.rfind(' ') + 1); };  // npos + 1: 0
  const auto drop_last_word = [&key] { key.resize(key.rfind(' ') == key.npos ? 0 : key.rfind(' ')); };
  for (std::size_t at = 0, end; at < plain.size(); at = end + 1) {
    end = at;
    while (end < plain.size() && static_cast<unsigned char>(plain[end]) > ' ') ++end;
    std::string_view word(plain.data() + at, end - at);
    if (word.empty()) continue;
    // From here on the name speaks of clock rate and graphics ("R7," is a Radeon).
    const bool radeon =
        word == "radeon" || (word.size() == 3 && word[0] == 'r' && is_digit(word[1]) && word[2] == ',');
    if (word[0] == '@' || word == "with" || word == "w/" || (radeon && !key.empty())) break;
    const bool last = word.back() == ',';
    if (last) word.remove_suffix(1);

    const std::string_view before = last_word();
    if ((word == "gen" && !before.empty() && is_digit(before[0])) ||  // "11th gen"
        (word == "core" && (before == "dual" || before == "triple" || before == "quad"))) {
      drop_last_word();
    } else if (!is_noise(word)) {
      if (before == "i3" || before == "i5" || before == "i7" || before == "i9") {
        key += is_digit(word[0]) ? '-' : ' ';       // "Core(TM) i7 CPU 920" is an i7-920
      } else if (!key.empty() && word[0] != '-') {  // "FX(tm)-8350" is an fx-8350
        key += ' ';
      }
      key += word;
    }
    if (last) break;
  }
  if (last_word() == "0") drop_last_word();  // "E5-2670 0": Intel's mark of a first version
  return key;
}

/// The table's figure for a key, or nothing.
inline std::optional<double> tabled_tdp(std::string_view key) noexcept {
  for (const std::string_view line : cpu_tdp_table) {
    const std::size_t colon = line.find(':');
    if (key.substr(0, colon) != line.substr(0, colon)) continue;
    const std::string_view rest = key.substr(colon);
    for (std::size_t at = colon + 1; at < line.size();) {
      const std::size_t equals = line.find('=', at);
      double watts = 0, unit = 1;
      bool fraction = false;
      std::size_t end = equals + 1;
      for (; end < line.size() && line[end] != ';'; ++end) {
        if (line[end] == '.') {
          fraction = true;
          continue;
        }
        watts = watts * 10 + (line[end] - '0');
        if (fraction) unit *= 10;
      }
      if (line.substr(at, equals - at) == rest) return watts / unit;
      at = end + 1;
    }
  }
  return {};
}

}  // namespace tdp

struct tdp_match {
  double watts;     // per socket
  std::string key;  // the model as the table has it
  bool exact;       // false: the name lacked the maker, and one maker's model fits
};

/// The thermal design power of the processor that /proc/cpuinfo calls `model_name`, or nothing: for a model
/// that the table lacks (many made for one cloud only), and for names that say no model, as hypervisors'
/// often do. Never the figure of another model, however near. From 0.65 W (Atom Z500) to 500 W; a program
/// runs it once.
inline std::optional<tdp_match> cpu_tdp(std::string_view model_name) {
  std::string key = tdp::model_key(model_name);
  if (const auto watts = tdp::tabled_tdp(key)) return tdp_match{*watts, std::move(key), true};
  std::optional<tdp_match> found;
  for (const char* maker : {"intel ", "amd "}) {
    std::string full = maker + key;
    const auto watts = tdp::tabled_tdp(full);
    if (!watts) continue;
    if (found) return {};  // both make one
    found = tdp_match{*watts, std::move(full), false};
  }
  return found;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
