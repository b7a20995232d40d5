// SPDX-License-Identifier: MIT
// Keeps tokens out of texts for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/grid/live/provider.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::detail {

/// What must not be shown of a provider: headers' values, and the query of the address.
class secrets {
 public:
  explicit secrets(const live_provider& p) {
    for (const auto& [name, value] : p.headers) {
      if (name == "Accept") continue;
      add(value, 1);
      add_parts(value, " ,;=", p.zone);  // "Bearer ..." may be quoted without its first word
    }
    if (const std::size_t query = p.url.find('?'); query != p.url.npos) {
      add(std::string_view(p.url).substr(query + 1), 1);
      add_parts(std::string_view(p.url).substr(query + 1), "&=#", p.zone);
    }
  }

  /// A text without them, at most 240 characters of ASCII in one line. The longest are looked for first.
  std::string scrubbed(std::string text) const {
    for (const std::string& secret : hidden_)
      for (std::size_t at = 0; (at = text.find(secret, at)) != text.npos; at += 3)
        text.replace(at, secret.size(), "***");
    if (text.size() > 240) text = text.substr(0, 237) + "...";
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
    return text;
  }

 private:
  static constexpr std::size_t least = 6;  // no token is shorter; shorter words are in every text

  void add(std::string_view secret, std::size_t shortest) {
    if (secret.size() < shortest) return;
    std::size_t i = hidden_.size();
    hidden_.emplace_back(secret);
    for (; i > 0 && hidden_[i - 1].size() < hidden_[i].size(); --i) std::swap(hidden_[i - 1], hidden_[i]);
  }
  void add_parts(std::string_view text, std::string_view separators, std::string_view zone) {
    while (!text.empty()) {
      const std::string_view part = text.substr(0, text.find_first_of(separators));
      if (part != zone) add(part, least);
      text.remove_prefix(part.size() < text.size() ? part.size() + 1 : part.size());
    }
  }

  std::vector<std::string> hidden_;
};

}  // namespace grid::detail
}  // namespace v1
}  // namespace kaya
