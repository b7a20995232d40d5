// expect: no matching function for call to
// SPDX-License-Identifier: MIT
#include <chrono>
#include <kaya/units.hpp>
#include <thread>

#ifndef KAYA_COMPILES
void f(kaya::seconds t) { std::this_thread::sleep_for(t); }
#else
void f(kaya::seconds t) { std::this_thread::sleep_for(std::chrono::duration<double>(t)); }
#endif
