// SPDX-License-Identifier: MIT
// The seam between training code and ledger: scopes only stamp, accounts settle. This header is all of kaya
// that code with scopes in it needs, so it includes almost nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include <kaya/detail/handle.hpp>

namespace kaya {
inline namespace v1 {

/// Tag: the scope shares energy only at instants when no foreground scope is open anywhere (loaders that
/// mostly wait).
struct background_t {
  explicit background_t() = default;
};
inline constexpr background_t background{};

/// Tag: `synchronize` is called at both edges, so that asynchronous device work is charged to the scope that
/// began it.
struct synchronized_t {
  explicit synchronized_t() = default;
};
inline constexpr synchronized_t synchronized{};

class label;

namespace detail {
// Never defined: a compiler that evaluates a name at compile time quotes them in its error.
void a_scope_name_must_not_be_empty();
void a_scope_name_must_not_be_longer_than_255_bytes();
void a_scope_name_must_not_contain_a_null_character();
}  // namespace detail

/// The name of a scope: a string literal, checked at compile time, or a kaya::label. Names are compared by
/// text.
class scope_name {
 public:
  template <std::size_t N>
  consteval scope_name(const char (&text)[N]) : text_(text), size_(N - 1) {
    if (text[0] == '\0') detail::a_scope_name_must_not_be_empty();
    if (N > 256 && text[0] != '\0') detail::a_scope_name_must_not_be_longer_than_255_bytes();
    for (std::size_t i = 0; i + 1 < N; ++i)
      if (text[i] == '\0') detail::a_scope_name_must_not_contain_a_null_character();
  }
  scope_name(const label& name) noexcept;

  constexpr const char* data() const noexcept { return text_; }
  constexpr std::size_t size() const noexcept { return size_; }

 private:
  const char* text_;
  std::size_t size_;
};

namespace ledger {

enum class scope_kind : unsigned char { foreground, background, synchronized };

/// Where the edges of scopes go. Its owner count keeps it alive until the tracker and its last guard are
/// gone.
class scope_sink : public detail::counted {
 public:
  /// What a guard keeps of its scope: the thread that opened it and its serial number (0: nothing was
  /// opened).
  struct ticket {
    std::uint64_t serial = 0;
    std::uint32_t thread = 0;
    scope_kind kind = scope_kind::foreground;
  };
  virtual ~scope_sink() = default;
  virtual ticket enter(scope_name name, scope_kind kind) noexcept = 0;
  virtual void leave(ticket) noexcept = 0;
};

}  // namespace ledger

/// Closes its scope when it goes out of scope. It cannot be copied, moved or made with new; a leave on
/// another thread, out of order, after stop() or after the tracker's end is defined.
class [[nodiscard("a scope that is not kept in a variable ends at once")]] scope_guard {
 public:
  /// An inert guard.
  scope_guard() noexcept = default;
  [[nodiscard("a scope that is not kept in a variable ends at once")]] scope_guard(
      ledger::scope_sink * sink, scope_name name, ledger::scope_kind kind) noexcept
      : sink_(sink), ticket_(sink != nullptr ? sink->enter(name, kind) : ledger::scope_sink::ticket{}) {}
  scope_guard(const scope_guard&) = delete;
  scope_guard& operator=(const scope_guard&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;
  ~scope_guard() {
    if (ticket_.serial != 0) sink_->leave(ticket_);
  }

 private:
  detail::handle<ledger::scope_sink> sink_{};
  ledger::scope_sink::ticket ticket_{};
};

}  // namespace v1
}  // namespace kaya
