// expect-g++: conversion from
// expect-clang++: no viable conversion
// SPDX-License-Identifier: MIT
#include <chrono>
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
std::chrono::seconds f(kaya::seconds t) {
  std::chrono::seconds s = t;
  return s;
}
#else
std::chrono::seconds f(kaya::seconds t) { return kaya::round<std::chrono::seconds>(t); }
#endif
