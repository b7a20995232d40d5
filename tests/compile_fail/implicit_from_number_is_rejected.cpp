// expect-g++: conversion from ‘double’ to non-scalar type
// expect-clang++: no viable conversion from 'double'
// SPDX-License-Identifier: MIT
#include <kaya/units.hpp>

#ifndef KAYA_COMPILES
kaya::joules e = 5.0;
#else
kaya::joules e{5.0};
#endif
