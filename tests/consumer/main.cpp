// SPDX-License-Identifier: MIT
#include <iostream>
#include <kaya/text.hpp>
#include <kaya/version.hpp>

int main() {
  using namespace kaya::literals;
  std::cout << "kaya " << kaya::version << ": " << kaya::humanize(300_W * kaya::hours(2)) << '\n';
}
