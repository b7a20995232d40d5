// SPDX-License-Identifier: MIT
// Prints what kaya finds on this machine: each mechanism, used or not and why, and the command that would
// make it readable. KAYA_SYSFS and KAYA_PROCFS point it at another tree.
#include <kaya/meter/machine.hpp>

#include <iostream>

int main(int argc, char**) {
  if (argc > 1) {
    std::cerr << "usage: doctor\nprints which energy meters this machine has; KAYA_SYSFS and KAYA_PROCFS "
                 "change where it looks\n";
    return 2;
  }
  try {
    std::cout << kaya::meter::machine::detect().explain();
  } catch (const kaya::config_error& e) {
    std::cerr << "doctor: " << e.what() << '\n';
    return 2;
  }
}
