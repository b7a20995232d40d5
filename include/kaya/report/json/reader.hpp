// SPDX-License-Identifier: MIT
// Reads the members of a report from JSON: the visitor of members.hpp that reads.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <kaya/detail/json.hpp>
#include <kaya/detail/json/text.hpp>
#include <kaya/report/json/members.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// Where a value is: a member, or the item of a list if it has no key. Lives on the stack of the reader.
struct json_place {
  const json_place* outer = nullptr;
  std::string_view key{};
  std::size_t index = 0;
  bool may_be_null = false;

  /// "channels[2].energy_uj"; empty for the report itself.
  std::string path() const {
    if (outer == nullptr) return {};
    std::string text = outer->path();
    if (key.empty()) return text + '[' + std::to_string(index) + ']';
    return (text.empty() ? text : text + '.').append(key);
  }
};

/// Reads one object. Members that it does not know are skipped, so that files of later versions can be read;
/// one that is missing or of another type is refused.
class json_reader {
  using value = kaya::detail::json::value;
  using kind = kaya::detail::json::kind;

 public:
  /// Reads all of a struct.
  template <has_members T>
  static void read(const value& from, T& into, const json_place& place) {
    if (!from.is(kind::object)) refuse(from, place, "must be an object");
    json_reader reader(from, place);
    members<T>::each(into, reader);
  }
  /// Throws std::invalid_argument: "byte 812: channels[2].part must be ...".
  [[noreturn]] static void refuse(const value& v, const json_place& place, std::string_view what) {
    std::string text = "byte " + std::to_string(v.position()) + ": ";
    const std::string path = place.path();
    text += path.empty() ? "the report" : path;
    (text += ' ') += what;
    if (place.may_be_null) text += ", or null";
    throw std::invalid_argument(text);
  }
  /// What a text was, to be shown to people: in quotes, and not much of it.
  static std::string quoted(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string out;
    kaya::detail::json::append_string(out, text.substr(0, most));
    return text.size() > most ? out + "..." : out;
  }

  template <class T>
  void operator()(std::string_view key, T& member, std::string_view = {}) const {
    const json_place place{&place_, key};
    get(find(key), member, place);
  }
  template <class T>
  void or_null(std::string_view key, T& member, std::string_view = {}) const {
    const json_place place{&place_, key, 0, true};
    const value& v = find(key);
    if (v.is(kind::null)) member = T{};
    else get(v, member, place);
  }

 private:
  json_reader(const value& object, const json_place& place) : object_(object), place_(place) {}

  const value& find(std::string_view key) const {
    if (const value* const v = object_.find(key)) return *v;
    refuse(object_, json_place{&place_, key}, "is missing");
  }

  void get(const value& v, bool& m, const json_place& place) const {
    const auto b = v.boolean();
    if (!b) refuse(v, place, "must be true or false");
    m = *b;
  }
  void get(const value& v, std::string& m, const json_place& place) const {
    const auto text = v.string();
    if (!text) refuse(v, place, "must be a string");
    m = *text;
  }
  void get(const value& v, double& m, json_place place) const {
    if (v.is(kind::null)) {
      m = number_meant(place).value_or(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    const auto x = v.number();
    place.may_be_null = true;
    if (!x) refuse(v, place, v.is(kind::number) ? "is beyond what a double holds" : "must be a number");
    m = *x;
  }
  template <class T>
  void get(const value& v, std::optional<T>& m, json_place place) const {
    m.reset();
    if (v.is(kind::null)) {
      if constexpr (std::is_constructible_v<T, double> && !std::integral<T> && !has_members<T>)
        if (const auto x = number_meant(place)) m = T(*x);
      return;
    }
    place.may_be_null = true;
    get(v, m.emplace(), place);
  }
  template <class T>
  void get(const value& v, std::vector<T>& m, const json_place& place) const {
    if (!v.is(kind::array)) refuse(v, place, "must be an array");
    m.clear();
    for (const value& item : v.items()) {
      const json_place at{&place, {}, m.size()};
      get(item, m.emplace_back(), at);
    }
  }
  template <class T>
  void get(const value& v, T& m, const json_place& place) const {
    if constexpr (std::integral<T>) {
      m = whole<T>(v, place);
    } else if constexpr (std::is_enum_v<T>) {
      m = named<T>(v, place);
    } else if constexpr (any_quantity<T>) {
      typename T::rep count{};
      get(v, count, place);
      m = T(count);
    } else {
      read(v, m, place);
    }
  }

  /// From the digits as they are in the text, since a double would round those beyond 2^53.
  template <class T>
  static T whole(const value& v, const json_place& place) {
    T n{};
    const std::string_view text = v.number_text();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (text.empty() || error != std::errc() || stop != text.data() + text.size())
      refuse(v, place,
             "must be a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                 std::to_string(std::numeric_limits<T>::max()) + ", without fraction and exponent");
    return n;
  }
  template <class T>
  static T named(const value& v, const json_place& place) {
    const auto text = v.string();
    std::string allowed;
    for (int i = 0; i < names_of<T>; ++i) {
      const std::string_view name = to_string(static_cast<T>(i));
      if (text == name) return static_cast<T>(i);
      if (i > 0) allowed += ", ";
      kaya::detail::json::append_string(allowed, name);
    }
    refuse(v, place, "must be one of " + allowed + (text ? "; it is " + quoted(*text) : ""));
  }
  /// The number, of those which JSON does not have, that a null stands for.
  std::optional<double> number_meant(const json_place& place) const {
    const value* const why = object_.find(std::string(place.key) + "_why");
    const auto text = why != nullptr ? why->string() : std::nullopt;
    if (text == "infinity") return std::numeric_limits<double>::infinity();
    if (text == "-infinity") return -std::numeric_limits<double>::infinity();
    if (text == "not a number") return std::numeric_limits<double>::quiet_NaN();
    return {};
  }

  const value& object_;
  const json_place& place_;
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
