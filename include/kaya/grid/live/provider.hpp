// SPDX-License-Identifier: MIT
// Whom a live intensity is asked from: address, headers, and how the answer is read. kaya opens no connection
// by itself: what carries the question is the user's transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kaya/callback.hpp>
#include <kaya/config_error.hpp>
#include <kaya/grid/live/parse.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// One service, and what it is asked.
struct live_provider {
  /// The publisher, for reports.
  std::string name{};
  /// https, or http to a loopback address or where there is nothing to hide: no query, no header but Accept.
  std::string url{};
  http_headers headers{};
  /// The place as the service names it. An answer that names another is refused; empty: any is taken.
  std::string zone{};
  /// Reads the body of an answer that came at a unix time in nanoseconds.
  callback<live_answer(std::string_view, std::int64_t)> parse{};
};

/// What a transport should keep to. kaya checks both again, once it has returned.
struct live_limits {
  seconds timeout{};
  std::size_t most_bytes = 0;
};

/// Sends a GET and gives the body of the answer. Any callable (url, headers), or (url, headers, limits), that
/// returns a std::string, and throws for all but success: a status other than 200, a time-out, a redirect, a
/// body cut off, a certificate that is not good. Called on the poller's thread, one call at a time.
class live_transport {
  using function = callback<std::string(const std::string&, const http_headers&, const live_limits&)>;

 public:
  live_transport() noexcept = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, live_transport> &&
             std::is_invocable_r_v<std::string, std::decay_t<F>&, const std::string&, const http_headers&,
                                   const live_limits&>)
  live_transport(F&& f) : call_(std::decay_t<F>(std::forward<F>(f))) {}
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, live_transport> &&
             std::is_invocable_r_v<std::string, std::decay_t<F>&, const std::string&, const http_headers&>)
  live_transport(F&& f)
      : call_([f = std::decay_t<F>(std::forward<F>(f))](const std::string& url, const http_headers& headers,
                                                        const live_limits&) mutable {
          return f(url, headers);
        }) {}

  explicit operator bool() const noexcept { return static_cast<bool>(call_); }
  std::string operator()(const std::string& url, const http_headers& headers, const live_limits& l) const {
    return call_(url, headers, l);
  }

 private:
  function call_{};
};

namespace detail {

/// Letters, digits and "-_.:", so that a zone cannot change the question. One that is refused is not shown:
/// it may be a token in the wrong place.
inline const std::string& checked_zone(const std::string& zone) {
  bool good = !zone.empty() && zone.size() <= 64;
  for (const char c : zone)
    good = good && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                    c == '_' || c == '.' || c == ':');
  if (!good) throw config_error("zone", "(not shown)", "1 to 64 letters, digits and - _ . :, as \"DE\"");
  return zone;
}

/// Scheme and host of an address; user, path and query may be secret.
inline std::string shown(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return "(not shown)";
  url = url.substr(0, url.find_first_of("/?#", scheme + 3));
  return url.find('@') == url.npos ? std::string(url) : "(not shown)";
}

inline bool is_loopback(std::string_view authority) noexcept {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"})
    if (authority == host || (authority.starts_with(host) && authority[host.size()] == ':' &&
                              authority.find_first_not_of("0123456789", host.size() + 1) == authority.npos))
      return true;
  return false;
}

/// Throws config_error, which never has a header's value, a path or a query.
inline void check(const live_provider& p) {
  if (!p.parse) throw config_error("provider.parse", "(empty)", "what reads an answer");
  for (const auto& [name, value] : p.headers)
    for (const std::string_view text : {std::string_view(name), std::string_view(value)}) {
      bool good = !text.empty();
      for (const char c : text) good = good && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
      if (!good)
        throw config_error("provider.headers", "(not shown)",
                           "one line of text without control characters; is the token empty?");
    }
  for (const char c : p.url)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F)
      throw config_error("provider.url", "(not shown)", "visible ASCII; encode the rest with %");
  const bool secure = p.url.starts_with("https://"), plain = p.url.starts_with("http://");
  if (!secure && !plain) throw config_error("provider.url", shown(p.url), "https://... or http://...");
  std::string_view rest(p.url);
  rest.remove_prefix(secure ? 8 : 7);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.find('@') != authority.npos)
    throw config_error("provider.url", "(not shown)", "a host, and no user or password: they go to headers");
  bool secret = p.url.find('?') != p.url.npos;
  for (const auto& [name, value] : p.headers) secret = secret || name != "Accept";
  if (plain && secret && !is_loopback(authority))
    throw config_error("provider.url", shown(p.url),
                       "https, as http would show headers and query to the network");
}

}  // namespace detail

/// zone: "DE", "US-CAL-CISO" (app.electricitymaps.com). token: of your account. Throws config_error.
inline live_provider electricity_maps(std::string zone, std::string token) {
  return {"Electricity Maps",
          "https://api.electricitymaps.com/v3/carbon-intensity/latest?zone=" + detail::checked_zone(zone),
          {{"auth-token", std::move(token)}},
          zone,
          &parse_electricity_maps};
}

/// Great Britain, without an account.
inline live_provider uk_carbon_intensity() {
  return {"NESO Carbon Intensity API",
          "https://api.carbonintensity.org.uk/intensity",
          {{"Accept", "application/json"}},
          "GB",
          &parse_uk_carbon_intensity};
}

/// region: "CAISO_NORTH". token: what GET /login gave; WattTime's end after 30 minutes (docs.watttime.org,
/// 2024), so for longer runs let the transport add a fresh one and give none here. Marginal: it tells when to
/// run, not what a run had. Throws config_error.
inline live_provider watttime(std::string region, std::string token = {}) {
  live_provider p{"WattTime",
                  "https://api.watttime.org/v3/forecast?region=" + detail::checked_zone(region) +
                      "&signal_type=co2_moer&horizon_hours=0",
                  {},
                  region,
                  &parse_watttime};
  if (!token.empty()) p.headers.emplace_back("Authorization", "Bearer " + std::move(token));
  return p;
}

}  // namespace grid
}  // namespace v1
}  // namespace kaya
