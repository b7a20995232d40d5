// SPDX-License-Identifier: MIT
// A scope's name made at run time.
#pragma once

#ifdef KAYA_DISABLE
#include <kaya/disabled.hpp>
#else

#include <cstdint>
#include <string>
#include <string_view>

#include <kaya/ledger/name.hpp>

namespace kaya {
inline namespace v1 {

/// A scope's name made at run time: `kaya::label layer("layer " + std::to_string(i));`. It may end before the
/// scopes that were opened with it. An empty text becomes "(unnamed)"; more than 255 bytes are cut off.
class label {
 public:
  explicit label(std::string_view text) : text_(text.substr(0, 255)) {
    if (text_.empty()) text_ = "(unnamed)";
    hash_ = detail::hash_of_name(text_.data(), text_.size());
  }
  std::string_view text() const noexcept { return text_; }

 private:
  friend class scope_name;
  std::string text_;
  std::uint64_t hash_;
};

inline scope_name::scope_name(const label& name) noexcept
    : text_(name.text_.data()), size_(name.text_.size()), hash_(name.hash_) {}

}  // namespace v1
}  // namespace kaya

#endif  // KAYA_DISABLE
