// SPDX-License-Identifier: MIT
/// The version: stated here and nowhere else (CMakeLists.txt reads it from this file).
#pragma once

#define KAYA_VERSION_MAJOR 0
#define KAYA_VERSION_MINOR 1
#define KAYA_VERSION_PATCH 0

#define KAYA_DETAIL_TEXT_OF(x) #x
#define KAYA_DETAIL_VERSION(a, b, c) \
  KAYA_DETAIL_TEXT_OF(a) "." KAYA_DETAIL_TEXT_OF(b) "." KAYA_DETAIL_TEXT_OF(c)

namespace kaya {
inline namespace v1 {

/// "0.1.0"
inline constexpr const char* version =
    KAYA_DETAIL_VERSION(KAYA_VERSION_MAJOR, KAYA_VERSION_MINOR, KAYA_VERSION_PATCH);

}  // namespace v1
}  // namespace kaya

#undef KAYA_DETAIL_VERSION
#undef KAYA_DETAIL_TEXT_OF
