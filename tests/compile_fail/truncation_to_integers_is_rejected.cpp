// expect-g++: conversion from ‘quantity<
// expect-clang++: no viable conversion from 'quantity<
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
kaya::microjoules u = kaya::joules{1.0};
#else
kaya::microjoules u = kaya::round<kaya::microjoules>(kaya::joules{1.0});
#endif
