// SPDX-License-Identifier: MIT
// What a JSON text says, as a tree of values.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace kaya {
inline namespace v1 {
namespace detail::json {

enum class kind : unsigned char { null, boolean, number, string, array, object };

/// One value with all that is in it; null by default. Immutable; whoever has it owns it.
class value {
 public:
  json::kind kind() const noexcept { return kind_; }
  bool is(json::kind k) const noexcept { return kind_ == k; }

  std::optional<bool> boolean() const noexcept {
    return is(kind::boolean) ? std::optional<bool>(truth_) : std::nullopt;
  }
  /// The nearest double; nothing if this is no number or beyond what a double holds ("1e400").
  std::optional<double> number() const noexcept { return as<double>(); }
  /// Exactly, of a number written without fraction and exponent; nothing otherwise.
  std::optional<std::int64_t> integer() const noexcept { return as<std::int64_t>(); }
  /// A number as it was written: its digits may be more than a double has. Empty otherwise.
  std::string_view number_text() const noexcept {
    return is(kind::number) ? std::string_view(text_) : std::string_view();
  }
  /// A string in UTF-8, escapes resolved; it may contain zero bytes.
  std::optional<std::string_view> string() const noexcept {
    return is(kind::string) ? std::optional<std::string_view>(text_) : std::nullopt;
  }

  /// What is in an array or object, in the order of the text; empty for all else.
  std::span<const value> items() const noexcept { return items_; }
  /// The name under which an object has this value; empty elsewhere.
  std::string_view name() const noexcept { return name_; }
  /// The byte of the text, from 0, at which the value begins: for what refuses it.
  std::size_t position() const noexcept { return position_; }
  /// The member of that name, or nullptr. Of several of one name the last, as in most readers.
  const value* find(std::string_view name) const noexcept {
    if (!is(kind::object)) return nullptr;
    for (std::size_t i = items_.size(); i-- > 0;)
      if (items_[i].name_ == name) return &items_[i];
    return nullptr;
  }
  /// The member at the end of a path of names, or nullptr: at("meta", "units").
  template <class... Names>
  const value* at(std::string_view name, Names... more) const noexcept {
    const value* const found = find(name);
    if constexpr (sizeof...(more) == 0) return found;
    else return found != nullptr ? found->at(more...) : nullptr;
  }

 private:
  friend class reader;

  template <class N>
  std::optional<N> as() const noexcept {
    N n{};
    const char* const end = text_.data() + text_.size();
    if (!is(kind::number)) return {};
    const auto [stop, error] = std::from_chars(text_.data(), end, n);
    return error == std::errc() && stop == end ? std::optional<N>(n) : std::nullopt;
  }

  json::kind kind_ = kind::null;
  bool truth_ = false;
  std::size_t position_ = 0;
  std::string name_{};
  std::string text_{};  // of a string or number
  std::vector<value> items_{};
};

}  // namespace detail::json
}  // namespace v1
}  // namespace kaya
