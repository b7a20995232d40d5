// expect-g++: conversion from
// expect-clang++: no viable conversion
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
using whole_joules = kaya::quantity<kaya::dim::energy, long>;
whole_joules f(kaya::microjoules u) {
  whole_joules j = u;
  return j;
}
#else
using whole_joules = kaya::quantity<kaya::dim::energy, long>;
whole_joules f(kaya::microjoules u) { return kaya::quantity_cast<whole_joules>(u); }
#endif
