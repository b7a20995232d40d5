// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <kaya/meter/model/cpu_tdp.hpp>

using kaya::meter::cpu_tdp;
using kaya::meter::tdp::model_key;

namespace {

/// The table, read the slow way.
std::vector<std::pair<std::string, double>> rows() {
  std::vector<std::pair<std::string, double>> all;
  for (const std::string line : kaya::meter::tdp::cpu_tdp_table) {
    const std::string prefix = line.substr(0, line.find(':'));
    std::string rest = line.substr(prefix.size() + 1) + ";";
    for (std::size_t end; (end = rest.find(';')) != rest.npos; rest.erase(0, end + 1)) {
      const std::string record = rest.substr(0, end);
      const std::size_t equals = record.find('=');
      all.emplace_back(prefix + record.substr(0, equals), std::strtod(record.c_str() + equals + 1, nullptr));
    }
  }
  return all;
}

double watts(const char* name) {
  const auto found = cpu_tdp(name);
  return found ? found->watts : -1;
}

}  // namespace

TEST_CASE("every model of the table is found by its key, exactly, with its own watts") {
  const auto all = rows();
  CHECK(all.size() == 4560);
  for (const auto& row : all) {
    CAPTURE(row.first);
    REQUIRE(model_key(row.first) == row.first);
    const auto found = cpu_tdp(row.first);
    REQUIRE(found.has_value());
    CHECK(found->watts == row.second);
    CHECK(found->key == row.first);
    CHECK(found->exact);
  }
}

TEST_CASE("the table is sorted, without duplicates, each entry with a model number and a plausible power") {
  const auto all = rows();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].first);
    if (i > 0) CHECK(all[i - 1].first < all[i].first);
    CHECK(all[i].first.find_first_of("0123456789") != std::string::npos);
    CHECK(all[i].second > 0.5);
    CHECK(all[i].second <= 500);
  }
}

TEST_CASE("names of servers, as Linux writes them") {
  CHECK(watts("AMD EPYC 7763 64-Core Processor") == 280);
  CHECK(watts("AMD EPYC 9654 96-Core Processor") == 360);
  CHECK(watts("AMD EPYC 7543P 32-Core Processor") == 225);
  CHECK(watts("AMD EPYC 7B12") == 240);
  CHECK(watts("AMD EPYC 7R13 Processor") == 225);
  CHECK(watts("AMD Opteron(tm) Processor 6272") == 115);
  CHECK(watts("Intel(R) Xeon(R) Platinum 8480+") == 350);
  CHECK(watts("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz") == 300);
  CHECK(watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz") == 150);
  CHECK(watts("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz") == 145);
  CHECK(watts("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz") == 115);
  CHECK(watts("Intel(R) Xeon(R) W-2295 CPU @ 3.00GHz") == 165);
  CHECK(watts("Intel(R) Xeon(R) 6980P") == 500);
}

TEST_CASE("names of desktops and laptops, as Linux writes them") {
  CHECK(watts("AMD Ryzen 9 7950X 16-Core Processor") == 170);
  CHECK(watts("AMD Ryzen 5 3500 6-Core Processor") == 65);
  CHECK(watts("AMD Ryzen 7 PRO 5850U with Radeon Graphics") == 15);
  CHECK(watts("AMD Ryzen 7 7840HS w/ Radeon 780M Graphics") == 54);
  CHECK(watts("AMD Ryzen Threadripper PRO 5995WX 64-Cores") == 280);
  CHECK(watts("AMD Ryzen Threadripper 3990X 64-Core Processor") == 280);
  CHECK(watts("AMD FX(tm)-8350 Eight-Core Processor") == 125);
  CHECK(watts("AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G") == 95);
  CHECK(watts("AMD A10-7850K APU with Radeon(TM) R7 Graphics") == 95);
  CHECK(watts("AMD PRO A10-9700 R7, 10 COMPUTE CORES 4C+6G") == 65);
  CHECK(watts("AMD Athlon(tm) 64 X2 Dual Core Processor 4200+") == 89);
  CHECK(watts("Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz") == 15);
  CHECK(watts("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz") == 28);
  CHECK(watts("12th Gen Intel(R) Core(TM) i9-12900K") == 125);
  CHECK(watts("Intel(R) Core(TM) Ultra 7 155H") == 28);
  CHECK(watts("Intel(R) Core(TM) i9-10980XE CPU @ 3.00GHz") == 165);
  CHECK(watts("Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz") == 65);
  CHECK(watts("Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz") == 130);
  CHECK(watts("Intel(R) Atom(TM) CPU Z500   @ 800MHz") == 0.65);
  CHECK(watts("  INTEL\xC2\xAE Core\xE2\x84\xA2\xC2\xA0i7-8650U\n") == 15);
}

TEST_CASE("a name without its maker is found, and marked") {
  const auto found = cpu_tdp("Pentium(R) Dual-Core  CPU      E5200  @ 2.50GHz");
  REQUIRE(found.has_value());
  CHECK(found->watts == 65);
  CHECK(found->key == "intel pentium e5200");
  CHECK_FALSE(found->exact);
}

TEST_CASE("a name that says no model, or one that the table lacks, matches nothing") {
  for (const auto name :
       {"", " ", "0", "3280", "AMD", "Intel", "AMD EPYC", "AMD EPYC Processor",
        "AMD EPYC Processor (with IBPB)", "AMD EPYC-Rome Processor", "AMD EPYC-Milan Processor",
        "AMD Ryzen 9", "AMD Eng Sample: 100-000000053-04_35/21_N", "AMD Custom APU 0405", "Apple M1 Pro",
        "ARMv8 Processor rev 0 (v8l)", "Common KVM processor", "DO-Regular",
        "Hygon C86 7185 32-core Processor", "Intel Core Processor (Haswell, no TSX)",
        "Intel Xeon E312xx (Sandy Bridge)", "Intel Xeon Processor (Cascadelake)",
        "Intel Xeon Processor (Skylake, IBRS)", "Intel(R) Core(TM) i7", "Intel(R) Pentium(R) 4 CPU 3.00GHz",
        "Intel(R) Xeon(R) CPU @ 2.20GHz", "Intel(R) Xeon(R) Processor @ 2.90GHz",
        "QEMU Virtual CPU version 2.5+", "QEMU TCG CPU version 2.5+", "Virtual CPU 82d9ed4018dd",
        // Made for one cloud; the nearest model is another model.
        "AMD EPYC 9R14", "Intel(R) Xeon(R) Platinum 8480C"})
    CHECK_MESSAGE(!cpu_tdp(name), name);
}

TEST_CASE("a model number with a character more, less or other is another model") {
  std::map<std::string, double> table;
  for (auto& [key, tdp] : rows()) table[key] = tdp;
  std::mt19937 random(5);
  const std::string_view alphabet = "0123456789abcehkmpstuvx+";
  for (const auto& row : table) {
    for (int round = 0; round < 3; ++round) {
      std::string name = row.first;
      const std::size_t at = name.rfind(' ') + 1 + random() % (name.size() - name.rfind(' ') - 1);
      const char c = alphabet[random() % alphabet.size()];
      switch (round % 3) {
        case 0:
          name.insert(at, 1, c);
          break;
        case 1:
          name.erase(at, 1);
          break;
        default:
          name[at] = c;
      }
      CAPTURE(name);
      const auto found = cpu_tdp(name);
      const auto expected = table.find(model_key(name));
      REQUIRE(found.has_value() == (expected != table.end()));
      if (found) REQUIRE(found->watts == expected->second);
    }
  }
}

TEST_CASE("no string is trouble") {
  std::mt19937 random(6);
  const std::string_view words[] = {"amd", "intel", "(r)",    "(TM)",  "gen",  "11th", "core", "dual",
                                    "cpu", ",",     "@",      "0",     "-",    " ",    "  ",   "i7",
                                    "920", "with",  "radeon", "R7,",   "\xC2", "\xAE", "epyc", "=",
                                    ";",   ":",     "7763",   "-8350", "ghz",  "\t"};
  for (int round = 0; round < 50'000; ++round) {
    std::string name;
    for (auto n = random() % 12; n > 0; --n) {
      name += random() % 20 == 0 ? std::string(1, static_cast<char>(random()))
                                 : std::string(words[random() % 30]);
      if (random() % 2 == 0) name += ' ';
    }
    const std::string key = model_key(name);
    REQUIRE(key.find("  ") == key.npos);
    if (const auto found = cpu_tdp(name)) REQUIRE(found->watts > 0);
  }
}
