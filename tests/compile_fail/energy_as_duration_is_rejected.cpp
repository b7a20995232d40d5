// expect-g++: conversion from
// expect-clang++: no viable conversion
// SPDX-License-Identifier: MIT
#include <chrono>
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
std::chrono::duration<double> f(kaya::joules e) {
  std::chrono::duration<double> s = e;
  return s;
}
#else
std::chrono::duration<double> f(kaya::joules e, kaya::watts p) { return e / p; }
#endif
