// SPDX-License-Identifier: MIT
// Carbon intensity by place: 214 countries, 13 aggregates, the states and provinces of the USA, Canada and
// Australia, and the regions of AWS, Azure and Google Cloud. Static tables: no file, no network, no
// allocation.
//
//     auto seoul = kaya::grid::find("gcp:asia-northeast3");   // 356.57 gCO2e/kWh, 2024, direct
//     static_assert(kaya::grid::find("kr")->code == "KOR");
#pragma once

#include <kaya/grid/data/region_table.hpp>
#include <kaya/grid/figure.hpp>

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace grid {
namespace detail {

inline constexpr std::size_t places = sizeof table::rows / sizeof *table::rows;
inline constexpr std::size_t clouds = sizeof table::clouds / sizeof *table::clouds;
inline constexpr std::size_t countries = sizeof table::alpha2 / 5;
inline constexpr std::size_t aliases = sizeof table::aliases / sizeof *table::aliases;

/// The index in 0..n-1 whose key equals `code`, or `n`. Keys ascend.
template <class Key>
constexpr std::size_t search(std::size_t n, std::string_view code, Key key) noexcept {
  std::size_t low = 0, high = n;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const int order = std::string_view(key(middle)).compare(code);
    if (order == 0) return middle;
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return n;
}

constexpr std::size_t place_index(std::string_view code) noexcept {
  return search(places, code, [](std::size_t i) { return table::rows[i].code; });
}

/// ISO 3166-1 alpha-2 to alpha-3; what is no such code comes back as it is.
constexpr std::string_view alpha3(std::string_view code) noexcept {
  const std::size_t i =
      search(countries, code, [](std::size_t n) { return std::string_view(table::alpha2 + 5 * n, 2); });
  return i == countries ? code : std::string_view(table::alpha2 + 5 * i + 2, 3);
}

constexpr figure place(std::size_t i) noexcept {
  const table::row& from = table::rows[i];
  const std::string_view code = from.code;
  const bool part = code.size() > 3 && code[2] == '-';  // ISO 3166-2: the country, a dash, the part
  const table::source_row& source = table::sources[from.source];
  figure result;
  result.value = grams_per_kilowatt_hour(from.value);
  result.code = code;
  result.name = from.name;
  result.iso3 = part ? alpha3(code.substr(0, 2)) : code;
  result.year = from.year;
  result.how = source.lifecycle ? accounting::lifecycle : accounting::direct;
  result.source = source.text;
  result.note = table::notes[from.note];
  return result;
}

constexpr figure cloud(std::size_t i) noexcept {
  const table::cloud_row& from = table::clouds[i];
  figure result = place(place_index(from.at));
  result.parent = result.code;
  result.code = from.code;
  result.name = from.name;
  if (from.own < 0) return result;
  result.value = grams_per_kilowatt_hour(from.own);
  result.year = 2024;
  result.how = accounting::direct;
  result.source = table::sources[table::google].text;
  result.note = result.parent = {};
  return result;
}

union figures {  // a union, as no row is to be initialised twice; 8 ms of compile time
  figure row[places + clouds];
  figures() noexcept {
    for (std::size_t i = 0; i < places; ++i) new (row + i) figure(place(i));
    for (std::size_t i = 0; i < clouds; ++i) new (row + places + i) figure(cloud(i));
  }
};

}  // namespace detail

/// Every region, sorted by canonical code in byte order (so cloud regions come last). The span is of static
/// storage, filled at the first call, which may be in static initialisation or on several threads at once.
inline std::span<const figure> regions() noexcept {
  static const detail::figures all;
  return {all.row,
          detail::places + detail::clouds};  // (pointer, size): the conversion from an array costs 20 ms
}

/// The figure of a place, or nothing if the code is unknown. Letter case is ignored; blanks are not. Codes,
/// the canonical form first (the one in figure::code, so that "KR", "kor" and "KOR" all give "KOR"):
///   country      "KOR" (ISO 3166-1 alpha-3; Kosovo "XKX"), "KR" (alpha-2), "UK", "EL"
///   part         "US-CA", "CA-QC", "AU-NSW" (ISO 3166-2)
///   aggregate    "WLD" or "world", "EU27" or "EU", "X-AFRICA" or "Africa": also Asia, Europe, Oceania,
///   NAmerica, LAC,
///                MidEast, ASEAN, G7, G20, OECD
///   cloud        "aws:eu-west-3", "azure:koreacentral", "gcp:asia-northeast3"
/// A cloud region whose provider publishes no figure has that of its country, state or province: see
/// figure::parent.
constexpr std::optional<figure> find(std::string_view code) noexcept {
  char buffer[32]{};  // the longest code has 27 characters
  if (code.size() > sizeof buffer) return {};
  const bool is_cloud = code.find(':') != code.npos;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    const bool other_case = is_cloud ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
    buffer[i] = static_cast<char>(other_case ? c ^ 0x20 : c);
  }
  code = {buffer, code.size()};
  if (is_cloud) {
    const std::size_t i =
        detail::search(detail::clouds, code, [](std::size_t n) { return detail::table::clouds[n].code; });
    if (i == detail::clouds) return {};
    return detail::cloud(i);
  }
  const std::size_t a =
      detail::search(detail::aliases, code, [](std::size_t n) { return detail::table::aliases[n].name; });
  if (a != detail::aliases) code = detail::table::aliases[a].code;
  const std::size_t i = detail::place_index(detail::alpha3(code));
  if (i == detail::places) return {};
  return detail::place(i);
}

namespace detail {

/// Text as suggest() compares it: lower case, without Latin-1 accents, blanks and underscores as dashes.
struct folded {
  char text[48];  // the longest name has 44 characters
  unsigned size = 0;

  explicit folded(std::string_view from) noexcept {
    for (std::size_t i = 0; i < from.size() && size < sizeof text; ++i) {
      char c = from[i];
      if (c == '\xC3' && i + 1 < from.size())  // U+00C0 to U+00FF in UTF-8
        c = "aaaaaaaceeeeiiiidnooooo-ouuuuypsaaaaaaaceeeeiiiidnooooo-ouuuuypy"[from[++i] & 0x3F];
      else if (c >= 'A' && c <= 'Z') c = static_cast<char>(c ^ 0x20);
      else if (c == ' ' || c == '_') c = '-';
      text[size++] = c;
    }
  }
  std::string_view view() const noexcept { return {text, size}; }
};

inline constexpr int unlike = 1000;

/// Edit distance, 0 if equal: a swap of neighbours costs 2, any other edit 3. `unlike` beyond one edit in
/// four characters of `a`, two in eight or three in more.
inline int distance(std::string_view a, std::string_view b) noexcept {
  const int limit = a.size() <= 4 ? 3 : a.size() <= 8 ? 6 : 9;
  int cost[3][sizeof folded::text + 1] = {};  // rows i-2, i-1 and i of the table, in turn
  for (std::size_t i = 0; i <= a.size(); ++i) {
    int *const row = cost[i % 3], *const last = cost[(i + 2) % 3], *const last_but_one = cost[(i + 1) % 3];
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        row[j] = static_cast<int>(3 * (i + j));
        continue;
      }
      int best = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 3);
      if (last[j] + 3 < best) best = last[j] + 3;
      if (row[j - 1] + 3 < best) best = row[j - 1] + 3;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && last_but_one[j - 2] + 2 < best)
        best = last_but_one[j - 2] + 2;
      row[j] = best;
    }
  }
  const int total = cost[a.size() % 3][b.size()];
  return total <= limit ? total : unlike;
}

/// How far the folded query is from a region by code and by name; 0 is the same.
inline int strangeness(std::string_view query, const figure& region) noexcept {
  const folded code(region.code), name(region.name);
  const std::size_t colon = code.view().find(':');
  const bool is_cloud = colon != std::string_view::npos;
  // A cloud region is known by what follows the colon, whichever provider the query has before its own.
  int score = distance(query, code.view());
  if (is_cloud) {
    const int rest = distance(query.substr(query.find(':') + 1), code.view().substr(colon + 1)) + 1;
    if (rest < score) score = rest;
  }
  const auto at_most = [&score, is_cloud](int limit) {  // names of places before names of their data centres
    if (limit + is_cloud < score) score = limit + is_cloud;
  };
  at_most(distance(query, name.view()));
  if (query.size() < 3) return score;
  for (std::size_t i = name.view().find(query); i != std::string_view::npos;
       i = name.view().find(query, i + 1)) {
    if (i == 0) at_most(1);
    else if (const char c = name.text[i - 1]; c == '-' || c == '(') at_most(2);
    else if (query.size() > 3) at_most(4);
  }
  return score;
}

}  // namespace detail

/// Codes that may have been meant by one that find() does not know, best first, at most five, often none:
/// codes a typing error away, cloud regions without their provider ("eu-west-3"), names ("Korea", "Seoul").
inline std::vector<std::string_view> suggest(std::string_view code) {
  constexpr unsigned most = 5;
  std::string_view best[most];
  int score[most];
  unsigned n = 0;
  const detail::folded query(code);
  if (query.size == 0 || query.size == sizeof query.text) return {};
  for (const figure& region : regions()) {
    const int s = detail::strangeness(query.view(), region);
    if (s >= detail::unlike) continue;
    unsigned at = n;
    while (at > 0 && score[at - 1] > s) --at;  // after its equals: in order of code
    if (at == most) continue;
    if (n < most) ++n;
    for (unsigned i = n - 1; i > at; --i) score[i] = score[i - 1], best[i] = best[i - 1];
    score[at] = s, best[at] = region.code;
  }
  while (n > 1 && score[n - 1] > score[0] + 4) --n;  // beside a near one, a far one only distracts
  if (n == 0) {  // "Korea, Republic of", "Kingdom of Norway": the part before the comma, or the last word
    const std::size_t comma = code.find(','), blank = code.rfind(' ');
    if (comma != code.npos) return suggest(code.substr(0, comma));
    if (blank != code.npos) return suggest(code.substr(blank + 1));
  }
  return {best, best + n};
}

}  // namespace grid
}  // namespace v1
}  // namespace kaya
