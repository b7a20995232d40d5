// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <kaya/grid/regions.hpp>

namespace grid = kaya::grid;
using kaya::grams_per_kilowatt_hour;

// Found at compile time, hence without a system call, an allocation or a table to fill.
static_assert(grid::find("kr")->code == "KOR");
static_assert(grid::find("gcp:asia-northeast3")->value == grams_per_kilowatt_hour(356.57));
static_assert(!grid::find("nowhere"));
static_assert(noexcept(grid::find("")) && noexcept(grid::regions()));

namespace {

thread_local long allocations = 0;

std::string lower(std::string_view s) {
  std::string r(s);
  for (char& c : r) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return r;
}
std::string upper(std::string_view s) {
  std::string r(s);
  for (char& c : r) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return r;
}
std::string mixed(std::string_view s, std::mt19937& random) {
  std::string r(s);
  for (char& c : r) c = random() % 2 == 0 ? lower({&c, 1})[0] : upper({&c, 1})[0];
  return r;
}

bool is_cloud(const grid::figure& f) { return f.code.find(':') != f.code.npos; }

bool same(const grid::figure& a, const grid::figure& b) {
  return a.value == b.value && a.code == b.code && a.name == b.name && a.iso3 == b.iso3 && a.year == b.year &&
         a.how == b.how && a.source == b.source && a.basis == b.basis && a.note == b.note &&
         a.parent == b.parent;
}

double value(std::string_view code) {
  const auto f = grid::find(code);
  REQUIRE_MESSAGE(f.has_value(), code);
  return f->value.count();
}

std::string_view first(std::string_view code) {
  const auto all = grid::suggest(code);
  return all.empty() ? std::string_view("nothing") : all.front();
}

// Read before main, from another translation unit's point of view the worst moment.
const std::size_t regions_before_main = grid::regions().size();
const std::string_view code_before_main = grid::regions().front().code;

}  // namespace

// Counted per thread, so that nothing else in the process can disturb the count. This file is a program of
// its own.
[[gnu::noinline]] void* operator new(std::size_t n) {
  ++allocations;
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE("figures of every source are the published ones") {
  CHECK(value("KOR") == 415.65);
  CHECK(value("FRA") == 44.18);
  CHECK(value("DEU") == 342.06);
  CHECK(value("WLD") == 472.94);
  CHECK(value("EU27") == 213.02);
  CHECK(value("ESH") == 666.67);
  CHECK(value("US-CA") == 207.51);
  CHECK(value("US-WV") == 895.54);
  CHECK(value("CA-QC") == 27.38);
  CHECK(value("AU-VIC") == 1060);
  CHECK(value("gcp:europe-north2") == 2.73);
  CHECK(value("gcp:us-central1") == 412.72);
  CHECK(value("aws:us-east-1") == 267.61);
  CHECK(value("azure:koreacentral") == 415.65);
}

TEST_CASE("a figure says what was counted, when, where and by whom") {
  const auto kr = *grid::find("KR");
  CHECK(kr.name == "South Korea");
  CHECK(kr.iso3 == "KOR");
  CHECK(kr.year == 2024);
  CHECK(kr.how == grid::accounting::lifecycle);
  CHECK(kr.basis == grid::basis::location);
  CHECK(kr.source.find("Ember yearly electricity data (CC BY 4.0)") == 0);
  CHECK(kr.note.empty());
  CHECK(kr.parent.empty());

  const auto california = *grid::find("us-ca");
  CHECK(california.iso3 == "USA");
  CHECK(california.year == 2022);
  CHECK(california.how == grid::accounting::direct);
  CHECK(california.source.find("eGRID2022") != kr.source.npos);

  const auto quebec = *grid::find("ca-qc");
  CHECK(quebec.iso3 == "CAN");
  CHECK(quebec.how == grid::accounting::lifecycle);

  const auto seoul = *grid::find("gcp:asia-northeast3");
  CHECK(seoul.name == "Seoul");
  CHECK(seoul.iso3 == "KOR");
  CHECK(seoul.how == grid::accounting::direct);
  CHECK(seoul.parent.empty());

  const auto paris = *grid::find("aws:eu-west-3");
  CHECK(paris.name == "Paris");
  CHECK(paris.parent == "FRA");
  CHECK(grid::find("aws:us-east-1")->parent == "US-VA");
  CHECK(grid::find("aws:us-east-1")->iso3 == "USA");
}

TEST_CASE("doubtful figures say so") {
  CHECK(grid::find("CAF")->value.count() == 0);
  CHECK(grid::find("CAF")->note.find("suspect") != std::string_view::npos);
  CHECK(grid::find("ESH")->note.find("2009") != std::string_view::npos);
  CHECK_FALSE(grid::find("TKM")->note.empty());
  CHECK_FALSE(grid::find("FLK")->note.empty());
  CHECK(grid::find("CA-ON")->note.find("111") != std::string_view::npos);
  for (const auto& f : grid::regions()) {
    if (f.code.starts_with("AU-")) CHECK_MESSAGE(f.note.find("too high") != f.note.npos, f.code);
  }
}

TEST_CASE("a country is found by alpha-2, alpha-3 and customary codes, always under its alpha-3 code") {
  for (const auto code : {"KR", "kr", "Kr", "KOR", "kor"}) CHECK(grid::find(code)->code == "KOR");
  CHECK(grid::find("UK")->code == "GBR");
  CHECK(grid::find("GB")->code == "GBR");
  CHECK(grid::find("EL")->code == "GRC");
  CHECK(grid::find("XK")->code == "XKX");
  CHECK(grid::find("CA")->code == "CAN");
  CHECK(grid::find("world")->code == "WLD");
  CHECK(grid::find("EU")->code == "EU27");
  CHECK(grid::find("eu27")->code == "EU27");
  CHECK(grid::find("Africa")->code == "X-AFRICA");
  CHECK(grid::find("oecd")->code == "X-OECD");
  CHECK(grid::find("G20")->code == "X-G20");
}

TEST_CASE("the regions are sorted by code and complete") {
  const auto all = grid::regions();
  CHECK(all.size() == 442);
  CHECK(
      std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.code <= b.code; }));
  const auto count = [&](auto&& is) { return std::count_if(all.begin(), all.end(), is); };
  CHECK(count([](const auto& f) { return f.code.size() == 3 && f.code != "WLD"; }) == 214);
  CHECK(count([](const auto& f) {
          return f.code.starts_with("X-") || f.code == "WLD" || f.code == "EU27";
        }) == 13);
  CHECK(count([](const auto& f) { return f.code.starts_with("US-"); }) == 51);
  CHECK(count([](const auto& f) { return f.code.starts_with("CA-"); }) == 13);
  CHECK(count([](const auto& f) { return f.code.starts_with("AU-"); }) == 8);
  CHECK(count([](const auto& f) { return f.code.starts_with("aws:"); }) == 38);
  CHECK(count([](const auto& f) { return f.code.starts_with("azure:"); }) == 61);
  CHECK(count([](const auto& f) { return f.code.starts_with("gcp:"); }) == 44);
}

TEST_CASE("every figure is plausible and names its source") {
  for (const auto& f : grid::regions()) {
    CAPTURE(f.code);
    CHECK(f.value.count() >= 0);
    CHECK(f.value.count() < 1400);
    CHECK((f.value.count() > 1 || !f.note.empty()));
    CHECK((f.year >= 2019 || !f.note.empty()));
    CHECK(f.year <= 2024);
    CHECK_FALSE(f.name.empty());
    CHECK(f.source.size() > 10);
    CHECK(grid::find(f.iso3).has_value());
  }
}

TEST_CASE("every region is found by its code in lower, upper and mixed case") {
  std::mt19937 random(1);
  for (const auto& f : grid::regions()) {
    CAPTURE(f.code);
    for (const std::string& code :
         {std::string(f.code), lower(f.code), upper(f.code), mixed(f.code, random)}) {
      const auto found = grid::find(code);
      REQUIRE(found.has_value());
      CHECK(same(*found, f));
    }
  }
}

TEST_CASE("every alpha-2 code leads to one country, and every country but the aggregates has one") {
  std::set<std::string_view> reached;
  for (char a = 'A'; a <= 'Z'; ++a)
    for (char b = 'A'; b <= 'Z'; ++b) {
      const char code[] = {a, b};
      const auto f = grid::find({code, 2});
      if (!f || std::string_view(code, 2) == "UK" || std::string_view(code, 2) == "EL" || f->code == "EU27")
        continue;
      CHECK_MESSAGE(reached.insert(f->code).second, f->code);
    }
  CHECK(reached.size() == 214);
}

TEST_CASE("a cloud region without its provider's figure equals the place it refers to") {
  int referring = 0;
  for (const auto& f : grid::regions()) {
    if (!is_cloud(f)) {
      CHECK(f.parent.empty());
      continue;
    }
    CAPTURE(f.code);
    CHECK(f.parent.empty() == f.code.starts_with("gcp:"));
    if (f.parent.empty()) continue;
    ++referring;
    auto place = *grid::find(f.parent);
    CHECK_FALSE(is_cloud(place));
    place.code = f.code, place.name = f.name, place.parent = f.parent;
    CHECK(same(place, f));
  }
  CHECK(referring == 99);
}

TEST_CASE("finding allocates nothing, and the regions are ready before main and on several threads") {
  CHECK(regions_before_main == 442);
  CHECK(code_before_main == "ABW");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      const long before = allocations;
      std::size_t n = 0;
      for (const auto& f : grid::regions())
        n += grid::find(f.code)->code.size() + grid::find("kr")->name.size();
      n += grid::find("world").has_value() + grid::find("no such place, at considerable length").has_value();
      const long after = allocations;
      if (after != before || n == 0) std::abort();
    });
  for (auto& t : threads) t.join();
  const long before = allocations;
  ::operator delete(::operator new(1));  // a new-expression could be optimised away
  CHECK(allocations == before + 1);      // the counter counts
}

TEST_CASE("garbage matches nothing and breaks nothing") {
  std::set<std::string> known;
  for (const auto& f : grid::regions()) known.insert(lower(f.code));
  for (const auto alias : {"uk", "el", "eu", "world", "africa", "asia", "europe", "asean", "g7", "g20",
                           "oecd", "namerica", "lac", "mideast", "oceania"})
    known.insert(alias);

  std::mt19937 random(2);
  const std::string_view alphabets[] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ-:", "abcdefgxyz0123456789-:_ ",
                                        "aws:eu-t13\xC3\xA9"};
  const auto all = grid::regions();
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    if (round % 4 == 3) {  // a real code with one byte wrong
      text = all[random() % all.size()].code;
      text[random() % text.size()] = static_cast<char>(random());
    } else {
      const auto alphabet = alphabets[random() % 3];
      const auto length = 3 + random() % 40;  // two letters may be a country
      for (std::size_t i = 0; i < length; ++i)
        text += random() % 50 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    const auto found = grid::find(text);
    if (known.count(lower(text)) == 0) {
      REQUIRE_MESSAGE(!found, text);
    } else {
      REQUIRE(found.has_value());
    }
    if (round % 200 == 0) REQUIRE(grid::suggest(text).size() <= 5);
  }
  for (const auto text :
       {"", " ", " KR", "KR ", "K", ":", "aws:", ":eu-west-3", "eu-west-3", "USA-CA", "US-", "-CA"})
    CHECK_MESSAGE(!grid::find(text), text);
  CHECK_FALSE(grid::find(std::string_view("KR\0", 3)));
  CHECK_FALSE(grid::find(std::string_view()));
  CHECK(grid::suggest(std::string(100'000, 'a')).empty());
}

TEST_CASE("near misses name what was probably meant, best first") {
  CHECK(grid::suggest("KOREA") ==
        std::vector<std::string_view>{"KOR", "PRK", "azure:koreacentral", "azure:koreasouth"});
  CHECK(first("eu-west-3") == "aws:eu-west-3");
  CHECK(first("us-east1") == "gcp:us-east1");
  CHECK(first("amazon:us-east-1") == "aws:us-east-1");
  CHECK(first("aws:eu-west-33") == "aws:eu-west-3");
  CHECK(first("azure:koreacentrl") == "azure:koreacentral");
  CHECK(first("us west 2") == "aws:us-west-2");
  CHECK(first("us_ca") == "US-CA");
  CHECK(first("California") == "US-CA");
  CHECK(first("KRO") == "KOR");
  CHECK(first("germny") == "DEU");
  CHECK(first("Turkey") == "TUR");
  CHECK(first("Cote d'Ivoire") == "CIV");
  CHECK(first("s\xC3\xA3o paulo") == "aws:sa-east-1");
  CHECK(first("Seoul") == "aws:ap-northeast-2");
  CHECK(first("Korea, Republic of") == "KOR");
  CHECK(first("Kingdom of Norway") == "NOR");
  CHECK(grid::suggest("").empty());
  CHECK(grid::suggest("zzzzzzzzzzzz").empty());
}

TEST_CASE("every code and name with a character too many is still recognised") {
  for (const auto& f : grid::regions()) {
    CAPTURE(f.code);
    const auto by_code = grid::suggest(std::string(f.code) + "~");
    CHECK(std::find(by_code.begin(), by_code.end(), f.code) != by_code.end());
    if (is_cloud(f)) continue;  // data centres share their names
    const auto by_name = grid::suggest(std::string(f.name) + "~");
    CHECK(std::find(by_name.begin(), by_name.end(), f.code) != by_name.end());
  }
}
