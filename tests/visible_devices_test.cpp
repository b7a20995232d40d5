// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/meter/gpu/visible_devices.hpp>

using kaya::meter::list_dialect;
using kaya::meter::listed_gpu;
using kaya::meter::visible_devices;
using kaya::meter::visible_gpus;

namespace {

const std::vector<listed_gpu> four = {{"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", {}},
                                      {"GPU-8932f938-0000-4106-c12f-20bd9faed9f6", {}},
                                      {"GPU-1b2c3d4e-d72c-4106-c12f-20bd9faed9f6", {}},
                                      {"GPU-ffffffff-d72c-4106-c12f-20bd9faed9f6", {}}};
const std::vector<listed_gpu> with_mig = {
    {"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6",
     {{"MIG-41b36874-5c0e-5b8d-a1c3-7d7f5e9b2a10", 1, 0},
      {"MIG-7c2e1f00-5c0e-5b8d-a1c3-7d7f5e9b2a11", 5, 0}}},
    {"GPU-1b2c3d4e-d72c-4106-c12f-20bd9faed9f6", {{"MIG-99999999-5c0e-5b8d-a1c3-7d7f5e9b2a12", 1, 0}}}};

/// "2 0": the GPUs in order; "0/2": two MIG instances of GPU 0; "!" at the end: there was a problem.
std::string list(const visible_gpus& v) {
  std::string result;
  for (const auto& e : v.entries) {
    if (!result.empty()) result += ' ';
    result += std::to_string(e.gpu) + (e.instances > 0 ? "/" + std::to_string(e.instances) : "");
  }
  return result + (v.problem.empty() ? "" : "!");
}
std::string cuda(std::string_view text, const std::vector<listed_gpu>& gpus = four) {
  return list(visible_devices(text, gpus));
}
std::string rocm(std::string_view text) { return list(visible_devices(text, four, list_dialect::rocm)); }

}  // namespace

TEST_CASE("an unset variable leaves all, an empty one none") {
  CHECK(list(visible_devices(std::nullopt, four)) == "0 1 2 3");
  CHECK(cuda("") == "");
  CHECK(cuda(" ") == "");
  CHECK(cuda("-1") == "");
  CHECK(cuda("NoDevFiles") == "");
  CHECK(list(visible_devices(std::nullopt, {})) == "");
}

TEST_CASE("numbers name GPUs in their order") {
  CHECK(cuda("0") == "0");
  CHECK(cuda("2,0") == "2 0");
  CHECK(cuda("3,2,1,0") == "3 2 1 0");
  CHECK(cuda(" 1 , 2 ") == "1 2");
  CHECK(cuda("01,+2") == "1 2");
}

TEST_CASE("a list ends before its first entry that is not valid") {
  CHECK(cuda("0,2,-1,1") == "0 2");
  CHECK(cuda("0,7,1") == "0!");
  CHECK(cuda("0,,1") == "0");
  CHECK(cuda("0,x,1") == "0!");
  CHECK(cuda("99999999999999999999999,0") == "!");
  CHECK(cuda("nonsense") == "!");
  CHECK(cuda("1,") == "1");
}

TEST_CASE("a number is read as far as it goes") {
  CHECK(cuda("1gpu2,2ampere") == "1 2");
  CHECK(cuda("0x1") == "0");
}

TEST_CASE("a GPU that is named twice leaves none to CUDA, and ends ROCm's list") {
  CHECK(cuda("0,1,0") == "!");
  CHECK(cuda("0,0") == "!");
  CHECK(cuda("GPU-1b2c,GPU-1b2c3d4e") == "!");
  CHECK(rocm("0,1,0,2") == "0 1!");
}

TEST_CASE("a UUID names a GPU whole or by a beginning that no other has") {
  CHECK(cuda("GPU-8932f938-0000-4106-c12f-20bd9faed9f6") == "1");
  CHECK(cuda("GPU-ff,GPU-1b") == "3 2");
  CHECK(cuda("GPU-8932f937") == "0");
  CHECK(cuda("GPU-8932f93") == "!");  // two begin so
  CHECK(cuda("GPU-") == "!");
  CHECK(cuda("GPU-1B2C3D4E") == "2");
  CHECK(cuda("GPU-abc") == "!");
  CHECK(cuda("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6f") == "!");
  CHECK(cuda("GPU-", {{"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", {}}}) == "0");
}

TEST_CASE("GPUs without a known UUID are named by no name") {
  CHECK(cuda("GPU-1", {{"", {}}, {"GPU-12", {}}}) == "1");
  CHECK(cuda("GPU-", {{"", {}}}) == "!");
}

TEST_CASE("for CUDA the first entry says what form the others have, for ROCm they may be mixed") {
  CHECK(cuda("0,GPU-1b") == "0!");
  CHECK(cuda("GPU-1b,0") == "2!");
  CHECK(rocm("0,GPU-1b") == "0 2");
  CHECK(rocm("GPU-ff,1") == "3 1");
  CHECK(rocm("MIG-1") == "!");
}

TEST_CASE("MIG instances name their GPU, by either form of name") {
  CHECK(cuda("MIG-41b36874-5c0e-5b8d-a1c3-7d7f5e9b2a10", with_mig) == "0/1");
  CHECK(cuda("MIG-41b36874-5c0e-5b8d-a1c3-7d7f5e9b2a10,MIG-7c2e", with_mig) == "0/2");
  CHECK(cuda("MIG-9999,MIG-7c2e", with_mig) == "1/1 0/1");
  CHECK(cuda("MIG-GPU-8932f937-d72c-4106-c12f-20bd9faed9f6/5/0", with_mig) == "0/1");
  CHECK(cuda("MIG-GPU-1b2c3d4e-d72c-4106-c12f-20bd9faed9f6/1/0", with_mig) == "1/1");
  CHECK(cuda("0", with_mig) == "0");
}

TEST_CASE("MIG names that fit nothing end the list") {
  for (const char* text :
       {"MIG-", "MIG-0", "MIG-GPU-8932f937/9/0", "MIG-GPU-8932f937/5", "MIG-GPU-8932f937", "MIG-GPU-/1/0",
        "MIG-GPU-8932f937/x/0", "MIG-GPU-8932f937/5/", "MIG-GPU-8932f937//0"})
    CHECK_MESSAGE(cuda(text, with_mig) == "!", text);
  CHECK(cuda("MIG-7c2e,MIG-7c2e", with_mig) == "!");
}

TEST_CASE("a problem says which entry and what is wrong") {
  CHECK(visible_devices("0,9", four).problem.find("'9'") == 0);
  CHECK(visible_devices("1,1", four).problem.find("named twice") != std::string::npos);
  CHECK(visible_devices("0,GPU-1b", four).problem.find("form") != std::string::npos);
}

TEST_CASE("no text whatever names a GPU that is not there, or one twice") {
  std::mt19937 random(42);
  const std::vector<std::string> pieces = {"0",
                                           "1",
                                           "2",
                                           "3",
                                           "4",
                                           "-1",
                                           ",",
                                           ",",
                                           ",",
                                           ",",
                                           " ",
                                           "GPU-",
                                           "MIG-",
                                           "GPU-8932f937",
                                           "/",
                                           "5",
                                           "x",
                                           "-",
                                           "+",
                                           "MIG-GPU-",
                                           "8932f937-d72c-4106-c12f-20bd9faed9f6",
                                           "/5/0",
                                           "/1/0",
                                           "GPU-1b",
                                           "\n",
                                           "\t",
                                           "99999999999999999999",
                                           "NoDevFiles",
                                           "MIG-7c2e",
                                           "41b36874",
                                           "\xff",
                                           std::string(1, '\0')};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n) {
      if (random() % 8 == 0) text += static_cast<char>(random() % 256);
      else text += pieces[random() % pieces.size()];
    }
    for (const auto* gpus : {&four, &with_mig})
      for (const list_dialect d : {list_dialect::cuda, list_dialect::rocm}) {
        const visible_gpus v = visible_devices(text, *gpus, d);
        std::set<std::size_t> seen;
        for (const auto& e : v.entries) {
          REQUIRE(e.gpu < gpus->size());
          REQUIRE(seen.insert(e.gpu).second);
          REQUIRE(e.instances <= (*gpus)[e.gpu].instances.size());
        }
      }
  }
}
