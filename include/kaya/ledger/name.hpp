// SPDX-License-Identifier: MIT
// The name of a scope, with its hash, so that a scope whose name is a literal hashes nothing at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaya {
inline namespace v1 {

class label;

namespace detail {
// Never defined: a compiler that evaluates a name at compile time quotes them in its error.
void a_scope_name_must_not_be_empty();
void a_scope_name_must_not_be_longer_than_255_bytes();
void a_scope_name_must_not_contain_a_null_character();

constexpr std::uint64_t hash_of_name(const char* text, std::size_t size) noexcept {  // FNV-1a
  std::uint64_t h = 14695981039346656037u;
  for (std::size_t i = 0; i < size; ++i) h = (h ^ static_cast<unsigned char>(text[i])) * 1099511628211u;
  return h ^ (h >> 32);
}
/// A size known to the compiler, as that of a literal, needs no call and no loop.
inline bool same_text(const char* a, const char* b, std::size_t size) noexcept {
#ifdef __GNUC__
  return __builtin_memcmp(a, b, size) == 0;
#else
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
#endif
}
}  // namespace detail

/// The name of a scope: a string literal, checked at compile time, or a kaya::label. Names are compared by
/// text.
class scope_name {
 public:
  template <std::size_t N>
  consteval scope_name(const char (&text)[N])
      : text_(text), size_(N - 1), hash_(detail::hash_of_name(text, N - 1)) {
    if (text[0] == '\0') detail::a_scope_name_must_not_be_empty();
    if (N > 256 && text[0] != '\0') detail::a_scope_name_must_not_be_longer_than_255_bytes();
    for (std::size_t i = 0; i + 1 < N; ++i)
      if (text[i] == '\0') detail::a_scope_name_must_not_contain_a_null_character();
  }
  scope_name(const label& name) noexcept;

  constexpr const char* data() const noexcept { return text_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr std::uint64_t hash() const noexcept { return hash_; }

 private:
  const char* text_;
  std::size_t size_;
  std::uint64_t hash_;
};

namespace ledger {

using name_id = std::uint32_t;  // a name's line in a tracker's books

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
