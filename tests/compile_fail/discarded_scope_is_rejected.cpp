// expect: a scope that is not kept in a variable ends at once
// SPDX-License-Identifier: MIT
#include <kaya/scope.hpp>
#pragma GCC diagnostic error "-Wunused-result"
#pragma GCC diagnostic error "-Wunused-value"

void f() {
#ifndef KAYA_COMPILES
  kaya::scope_guard(1, "forward", kaya::ledger::scope_kind::foreground);
#else
  const kaya::scope_guard scope(1, "forward", kaya::ledger::scope_kind::foreground);
#endif
}
