// expect: a_scope_name_must_not_be_empty
// SPDX-License-Identifier: MIT
#include <kaya/scope.hpp>

void f() {
#ifndef KAYA_COMPILES
  auto scope = kaya::scope("");
#else
  auto scope = kaya::scope("forward");
#endif
}
