// SPDX-License-Identifier: MIT
// Keeps tokens out of texts for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/grid/live/provider.hpp>

namespace kaya {
inline namespace v1 {
namespace grid::detail {

/// What must not be shown of a provider: headers' values, the query of the address, and what in its path is
/// long enough for a token; as they are written and with %-escapes resolved.
class secrets {
 public:
  explicit secrets(const live_provider& p) {
    for (const auto& [name, value] : p.headers) {
      if (name == "Accept") continue;
      add(value, 1);
      add_parts(value, " ,;=", least, p.zone);  // "Bearer ..." may be quoted without its first word
    }
    std::string_view rest(p.url);
    const std::size_t scheme = rest.find("://");
    if (scheme != rest.npos) rest.remove_prefix(scheme + 3);
    const std::size_t path = rest.find_first_of("/?#");
    if (path == rest.npos) return;
    rest.remove_prefix(path);
    const std::size_t query = rest.find_first_of("?#");
    add_parts(rest.substr(0, query), "/;=,", least_in_path, p.zone);
    if (query == rest.npos) return;
    rest.remove_prefix(query + 1);
    add(rest, 1);
    add_parts(rest, "&;=?#", least, p.zone);
  }

  /// A text without them, at most 240 characters of ASCII in one line.
  std::string scrubbed(std::string_view text) const {
    // All are looked for in the text as it came, so that none is missed because another lies across it.
    std::string hidden(text.size(), '\0');
    for (const std::string& secret : hidden_) {
      std::size_t done = 0;
      const auto hide = [&](std::size_t at, std::size_t end) {
        for (std::size_t i = at < done ? done : at; i < end; ++i) hidden[i] = 1;
        done = end;
      };
      for (std::size_t at = 0; (at = text.find(secret, at)) != text.npos; ++at) hide(at, at + secret.size());
      // Whoever made the text may have cut it.
      for (std::size_t n = secret.size(); n-- > least;)
        if (text.ends_with(std::string_view(secret).substr(0, n))) {
          hide(text.size() - n, text.size());
          break;
        }
    }
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (hidden[i] == 0) shown += c < 0x20 || c > 0x7E ? '?' : text[i];
      else if (i == 0 || hidden[i - 1] == 0) shown += "***";
      if (shown.size() > 240) return shown.substr(0, 237) + "...";
    }
    return shown;
  }

 private:
  static constexpr std::size_t least = 6;           // no token is shorter; shorter words are in every text
  static constexpr std::size_t least_in_path = 16;  // where most parts are words

  void add(std::string_view secret, std::size_t shortest) {
    if (secret.size() >= shortest) hidden_.emplace_back(secret);
  }
  void add_parts(std::string_view text, std::string_view separators, std::size_t shortest,
                 std::string_view zone) {
    while (!text.empty()) {
      const std::string_view part = text.substr(0, text.find_first_of(separators));
      if (part.size() >= shortest && part != zone) {
        add(part, least);
        for (const bool form : {false, true})
          if (const std::string plain = decoded(part, form); plain != part && plain != zone)
            add(plain, least);
      }
      text.remove_prefix(part.size() < text.size() ? part.size() + 1 : part.size());
    }
  }

  /// With %-escapes resolved (RFC 3986, 2005); form: and a plus for a space, as in the queries of HTML forms.
  static std::string decoded(std::string_view text, bool form) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
      const int low = high >= 0 ? digit(text[i + 2]) : -1;
      if (low >= 0) out += static_cast<char>(high * 16 + low), i += 2;
      else out += form && text[i] == '+' ? ' ' : text[i];
    }
    return out;
  }
  static int digit(char c) noexcept {
    const char lower = static_cast<char>(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  std::vector<std::string> hidden_;
};

}  // namespace grid::detail
}  // namespace v1
}  // namespace kaya
