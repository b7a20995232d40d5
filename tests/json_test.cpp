// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <kaya/detail/json.hpp>

namespace json = kaya::detail::json;
using namespace std::string_literals;

namespace {

json::parsed parse(std::string_view text) { return json::parse(text, 1 << 20); }

/// A text again, in one form: two values are the same if these are.
std::string canonical(const json::value& v) {
  std::string out;
  switch (v.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::boolean:
      return *v.boolean() ? "true" : "false";
    case json::kind::number:
      return std::string(v.number_text());
    case json::kind::string:
      return '\'' + std::string(*v.string()) + '\'';
    case json::kind::array:
      for (const json::value& item : v.items()) out += canonical(item) + ',';
      return '[' + out + ']';
    case json::kind::object:
      for (const json::value& item : v.items()) out += std::string(item.name()) + ':' + canonical(item) + ',';
      return '{' + out + '}';
  }
  return out;
}

}  // namespace

TEST_CASE("json: values of all kinds are read") {
  const json::parsed p = parse(" {\"a\" : [1, -2.5e3, true, false, null, \"x\"],\r\n\t\"b\":{}, \"c\":[ ]} ");
  REQUIRE(p);
  CHECK(canonical(*p.root) == "{a:[1,-2.5e3,true,false,null,'x',],b:{},c:[],}");
  const auto items = p.root->find("a")->items();
  CHECK(items.size() == 6);
  CHECK(items[0].integer() == 1);
  CHECK(items[1].number() == -2500);
  CHECK(!items[1].integer());
  CHECK(items[2].boolean() == true);
  CHECK(items[4].is(json::kind::null));
  CHECK(items[5].string() == "x");
}

TEST_CASE("json: a value of another kind is not there") {
  const json::parsed p = parse(R"({"s": "1", "n": 1, "b": true})");
  CHECK(!p.root->find("s")->number());
  CHECK(!p.root->find("n")->string());
  CHECK(!p.root->find("n")->boolean());
  CHECK(!p.root->find("b")->integer());
  CHECK(p.root->find("b")->items().empty());
  CHECK(p.root->find("n")->find("x") == nullptr);
  CHECK(!p.root->string());
}

TEST_CASE("json: members are found along a path, and of two with one name the last") {
  const json::parsed p = parse(R"({"a": {"b": {"c": 1, "c": 2}}, "": 3})");
  CHECK(p.root->at("a", "b", "c")->integer() == 2);
  CHECK(p.root->at("a", "x", "c") == nullptr);
  CHECK(p.root->at("a", "b", "c", "d") == nullptr);
  CHECK(p.root->at("")->integer() == 3);
}

TEST_CASE("json: numbers keep their text, and are doubles where these hold them") {
  CHECK(parse("9007199254740993").root->integer() == 9007199254740993);
  CHECK(parse("9223372036854775807").root->integer() == INT64_MAX);
  CHECK(!parse("9223372036854775808").root->integer());
  CHECK(parse("0.1").root->number() == 0.1);
  CHECK(parse("-0").root->number() == 0);
  CHECK(parse("1E+2").root->number() == 100);
  CHECK(!parse("1e400").root->number());
  CHECK(parse("1e400").root->number_text() == "1e400");
  CHECK(parse(std::string(5000, '7')).root->number_text().size() == 5000);
}

TEST_CASE("json: escapes and UTF-8 are resolved") {
  CHECK(parse(R"("\"\\\/\b\f\n\r\t")").root->string() == "\"\\/\b\f\n\r\t");
  CHECK(parse(R"("\u0041\u00e9\u20AC\uD83D\uDE00")").root->string() ==
        "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(parse("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"").root->string() ==
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F");
  CHECK(parse(R"("a\u0000b")").root->string() == std::string_view("a\0b", 3));
  CHECK(parse(R"({"\u0061": 1})").root->find("a") != nullptr);
  CHECK(parse("\xEF\xBB\xBF[1]"));
}

TEST_CASE("json: what is not JSON is refused with position and reason") {
  struct wrong {
    std::string text;
    std::size_t at;
    const char* why;
  };
  const wrong cases[] = {
      {"", 0, "too early"},
      {"  ", 2, "too early"},
      {"nul", 0, "expected a value"},
      {"True", 0, "expected a value"},
      {"NaN", 0, "expected a value"},
      {"[1,]", 3, "expected a value"},
      {"[,1]", 1, "expected a value"},
      {"[1 2]", 3, "comma"},
      {"[1", 2, "too early"},
      {"{\"a\":1,}", 7, "name of a member"},
      {"{a:1}", 1, "name of a member"},
      {"{'a':1}", 1, "name of a member"},
      {"{\"a\" 1}", 5, "colon"},
      {"{\"a\":1 \"b\"", 7, "comma"},
      {"1 2", 2, "more text"},
      {"{}x", 2, "more text"},
      {"\xEF\xBB\xBF\xEF\xBB\xBF{}", 3, "expected a value"},
      {"+1", 0, "expected a value"},
      {".5", 0, "expected a value"},
      {"[-]", 2, "digit"},
      {"-", 1, "too early"},
      {"[1.]", 3, "digit"},
      {"[1e]", 3, "digit"},
      {"[1e+]", 4, "digit"},
      {"01", 1, "begin with 0"},
      {"[-012]", 3, "begin with 0"},
      {"0x10", 1, "more text"},
      {"// c\n1", 0, "expected a value"},
      {"\"a\nb\"", 2, "control character"},
      {"\"a\0b\""s, 2, "control character"},
      {"[1]\0"s, 3, "more text"},
      {"\"\\x\"", 2, "no such escape"},
      {"\"\\u12g4\"", 5, "hexadecimal"},
      {"\"\\uD800\"", 1, "surrogate"},
      {"\"\\uD800\\u0041\"", 1, "surrogate"},
      {"\"\\uDC00\"", 1, "surrogate"},
      {"\"\x80\"", 1, "UTF-8"},
      {"\"\xC0\xAF\"", 1, "UTF-8"},
      {"\"\xE0\x80\xAF\"", 1, "UTF-8"},
      {"\"\xED\xA0\x80\"", 1, "UTF-8"},
      {"\"\xF4\x90\x80\x80\"", 1, "UTF-8"},
      {"\"\xF8\x88\x80\x80\x80\"", 1, "UTF-8"},
      {"\"\xE2\x82\"", 1, "UTF-8"},
      {"\"abc", 4, "too early"},
  };
  for (const wrong& w : cases) {
    CAPTURE(w.text);
    const json::parsed p = parse(w.text);
    CHECK(!p);
    CHECK(p.at == w.at);
    CHECK(p.why.find(w.why) != p.why.npos);
  }
  CHECK(parse("[1,]").message() == "byte 3: expected a value");
}

TEST_CASE("json: 64 levels are read, 65 and a million are refused") {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(parse(nested(64)));
  CHECK(parse(nested(65)).why == "nested deeper than 64");
  CHECK(!parse(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(parse(objects).at == 64 * 5);
}

TEST_CASE("json: a text longer than the caller allows is not read at all") {
  CHECK(json::parse("[1,2]", 5));
  CHECK(json::parse("[1,2]", 4).why == "the text is longer than allowed");
}

TEST_CASE("json: a text cut off anywhere is refused") {
  const std::string whole = R"({"zone":"DE","n":[-1.5e-3,0.25,true,null],"s":"\u20ac\ud83d\ude00 )"
                            "\xE2\x82\xAC"
                            R"(","o":{"x":{}}})";
  REQUIRE(parse(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK(!parse(std::string_view(whole).substr(0, n)));
  }
}

TEST_CASE("json: no bytes make it fail otherwise than by saying no") {
  std::mt19937 random(7);
  const std::string_view likely = "{}[]\",:\\u0123e+-.tfn \xC3\xA9\xF0";
  const std::string good =
      R"({"data":[{"from":"2018-01-20T12:00Z","intensity":{"actual":null,"x":[1,2.5e1]}}]})";
  int read = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = i % 2 ? good : std::string(random() % 24, ' ');
    for (char& c : text)
      if (i % 2 == 0) c = random() % 8 ? likely[random() % likely.size()] : static_cast<char>(random());
    if (i % 2) text[random() % text.size()] = static_cast<char>(random());
    const json::parsed p = parse(text);
    read += p.root.has_value();
    if (!p) {
      REQUIRE(p.at <= text.size());
      REQUIRE(!p.why.empty());
    } else {
      REQUIRE(!canonical(*p.root).empty());
    }
  }
  CHECK(read > 1000);
}
