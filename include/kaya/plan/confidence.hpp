// SPDX-License-Identifier: MIT
// How far a quoted figure can be trusted to be what its source says.
#pragma once

namespace kaya {
inline namespace v1 {
namespace plan {

/// `read`: seen again, in the publication or in one that quotes it, while the table was made; `known`: as
/// remembered from the publication, checked by arithmetic or range only: verify before you quote it.
enum class confidence : unsigned char { read, known };

}  // namespace plan
}  // namespace v1
}  // namespace kaya
