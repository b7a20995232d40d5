// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kaya/plan/devices.hpp>

#include "support/table.hpp"

namespace plan = kaya::plan;
using namespace kaya::literals;

static_assert(plan::find_device("NVIDIA A100-SXM4-40GB")->power == 400_W);
static_assert(plan::find_device("nvidia h100 pcie")->fp16_tflops == 756);
static_assert(!plan::find_device("A100") && plan::suggest_devices("A100").size() == 4);
static_assert(!plan::find_device("") && plan::suggest_devices("").empty());
static_assert(noexcept(plan::find_device("")) && noexcept(plan::suggest_devices("")));

namespace {

std::string found(std::string_view name) {
  const auto d = plan::find_device(name);
  return d ? std::string(d->name) : "nothing";
}

std::vector<std::string> suggested(std::string_view name) {
  std::vector<std::string> names;
  for (const plan::device& d : plan::suggest_devices(name)) names.emplace_back(d.name);
  return names;
}
using names = std::vector<std::string>;

std::string other_case(std::string_view text) {
  std::string s(text);
  for (char& c : s)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  return s;
}

std::string text(plan::power_of of) {
  switch (of) {
    case plan::power_of::unknown:
      return "";
    case plan::power_of::board:
      return "board";
    case plan::power_of::module:
      return "module";
    case plan::power_of::chip:
      return "chip";
    case plan::power_of::system:
      return "system";
    case plan::power_of::system_max:
      return "system_max";
  }
  return "?";
}

}  // namespace

TEST_CASE("every device has the figures of the reference table, and is found by its name in any case") {
  const auto rows = kaya_test::read_table("devices.csv");
  CHECK(rows.size() == 161);
  REQUIRE(plan::device_count == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    CAPTURE(row.text("name"));
    const auto d = plan::find_device(other_case(row.text("name")));
    REQUIRE(d.has_value());
    CHECK(d->name == row.text("name"));
    CHECK(plan::device_at(i).name == d->name);
    const auto same = [&](const std::optional<double>& x, const char* field) {
      return x ? *x == row.number(field) : !row.has(field);
    };
    CHECK(same(d->power ? std::optional(d->power->count()) : std::nullopt, "tdp_w"));
    CHECK(text(d->of) == row.text("tdp_kind"));
    CHECK(same(d->memory_gb, "memory_gb"));
    CHECK(same(d->fp16_tflops, "fp16_dense_tflops"));
    CHECK(same(d->fp32_tflops, "fp32_tflops"));
    CHECK(d->year == row.number("year"));
    CHECK(d->verified == (row.text("confidence") == "read"));
    CHECK(!d->source.empty());
  }
}

TEST_CASE("a power that is not published is absent, not zero") {
  REQUIRE(plan::find_device("Google TPU v5e").has_value());
  CHECK_FALSE(plan::find_device("Google TPU v5e")->power.has_value());
  for (std::size_t i = 0; i < plan::device_count; ++i) {
    const plan::device d = plan::device_at(i);
    CAPTURE(d.name);
    CHECK((d.of == plan::power_of::unknown) == !d.power.has_value());
    if (d.power) CHECK(*d.power > 0_W);
    if (d.fp16_tflops) CHECK(*d.fp16_tflops > 0);
    if (d.memory_gb) CHECK(*d.memory_gb > 0);
  }
}

TEST_CASE("names as NVML writes them") {
  CHECK(found("NVIDIA A100-SXM4-80GB") == "NVIDIA A100 SXM4 80GB");
  CHECK(found("A100-SXM-80GB") == "NVIDIA A100 SXM4 80GB");
  CHECK(found("NVIDIA A100-PCIE-40GB") == "NVIDIA A100 PCIe 40GB");
  CHECK(found("NVIDIA A100 80GB PCIe") == "NVIDIA A100 PCIe 80GB");
  CHECK(found("NVIDIA H100 80GB HBM3") == "NVIDIA H100 SXM5 80GB");
  CHECK(found("NVIDIA H100 PCIe") == "NVIDIA H100 PCIe 80GB");
  CHECK(found("NVIDIA H100 NVL") == "NVIDIA H100 NVL 94GB");
  CHECK(found("NVIDIA H200") == "NVIDIA H200 SXM5 141GB");
  CHECK(found("NVIDIA H200 NVL") == "NVIDIA H200 NVL 141GB");
  CHECK(found("NVIDIA B200") == "NVIDIA B200");
  CHECK(found("NVIDIA L4") == "NVIDIA L4");
  CHECK(found("NVIDIA A10G") == "NVIDIA A10G");
  CHECK(found("Tesla V100-SXM2-16GB") == "NVIDIA Tesla V100 SXM2 16GB");
  CHECK(found("Tesla P100-PCIE-16GB") == "NVIDIA Tesla P100 PCIe 16GB");
  CHECK(found("Tesla T4") == "NVIDIA Tesla T4");
  CHECK(found("NVIDIA GeForce RTX 3080 Ti") == "NVIDIA GeForce RTX 3080 Ti");
  CHECK(found("GeForce GTX TITAN X") == "NVIDIA GeForce GTX TITAN X");
  CHECK(found("NVIDIA TITAN X (Pascal)") == "NVIDIA TITAN X (Pascal)");
  CHECK(found("NVIDIA RTX 6000 Ada Generation") == "NVIDIA RTX 6000 Ada");
  CHECK(found("NVIDIA RTX PRO 6000 Blackwell Workstation Edition") == "NVIDIA RTX PRO 6000 Blackwell");
}

TEST_CASE("names as other libraries and people write them") {
  CHECK(found("Intel(R) Data Center GPU Max 1550") == "Intel Data Center GPU Max 1550");
  CHECK(found("AMD Instinct MI250X") == "AMD Instinct MI250X");
  CHECK(found("MI300X") == "AMD Instinct MI300X");
  CHECK(found("rtx3090") == "NVIDIA GeForce RTX 3090");
  CHECK(found("GTX1080Ti") == "NVIDIA GeForce GTX 1080 Ti");
  CHECK(found("4090") == "NVIDIA GeForce RTX 4090");
  CHECK(found("a100 sxm 40 GB") == "NVIDIA A100 SXM4 40GB");
  CHECK(found("TPUv3") == "Google TPU v3");
  CHECK(found("tpu-v6e") == "Google TPU v6e (Trillium)");
  CHECK(found("CS-2") == "Cerebras CS-2 (WSE-2)");
  CHECK(found("Gaudi 3") == "Intel Gaudi3");
  CHECK(found("m1") == "Apple M1");
  CHECK(found("  t4\t") == "NVIDIA Tesla T4");
}

TEST_CASE("a name that fits several devices gives none of them, and all as suggestions") {
  CHECK(found("a100") == "nothing");
  CHECK(suggested("a100") == names{"NVIDIA A100 PCIe 40GB", "NVIDIA A100 PCIe 80GB", "NVIDIA A100 SXM4 40GB",
                                   "NVIDIA A100 SXM4 80GB"});
  CHECK(found("A100 80GB") == "nothing");
  CHECK(suggested("A100 80GB") == names{"NVIDIA A100 PCIe 80GB", "NVIDIA A100 SXM4 80GB"});
  CHECK(found("NVIDIA GeForce RTX 3080") == "nothing");
  CHECK(suggested("NVIDIA GeForce RTX 3080") ==
        names{"NVIDIA GeForce RTX 3080 10GB", "NVIDIA GeForce RTX 3080 12GB"});
  CHECK(found("titan x") == "nothing");
  CHECK(suggested("V100").size() == 5);
  CHECK(suggested("H100").size() == 3);
}

TEST_CASE("another model is never given for the one that was asked for") {
  CHECK(found("NVIDIA GeForce RTX 2080 with Max-Q Design") == "nothing");
  CHECK(found("NVIDIA A100-SXM4-40GB MIG 1g.5gb") == "nothing");
  CHECK(found("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition") == "nothing");
  CHECK(found("Quadro RTX 4000") == "nothing");
  CHECK(found("RTX 6000") == "nothing");
  CHECK(found("NVIDIA GeForce RTX 5060 Ti 8GB") == "nothing");  // the table has 16 GB
  CHECK(found("Tesla M40 24GB") == "nothing");                  // the table has 12 GB
  CHECK(found("RX 7900") == "nothing");
  CHECK(found("AMD Instinct MI250X / MI250") == "nothing");
  CHECK(found("Trainium") == "nothing");
  CHECK(found("GTX 3090") == "nothing");
}

TEST_CASE("words that name no model find nothing") {
  for (const char* name : {"", " ", "-", "nvidia", "tesla", "80GB", "nvidia sxm4 80gb", "2", "gpu", "rtx",
                           "GeForce GTX", "data center", "(R)"})
    CHECK_MESSAGE(found(name) == "nothing", name);
}

TEST_CASE("a name of any length and content is taken, and none is read past its end") {
  for (std::size_t n = 0; n < 400; ++n) {
    CHECK(found(std::string(n, 'x')) == "nothing");
    std::string many;
    for (std::size_t i = 0; i < n; ++i) many += "a100 ";
    CHECK(suggested(many).size() <= plan::device_list::most);
    CHECK(found("t4" + std::string(n, ' ')) == "NVIDIA Tesla T4");
    std::string bytes;
    for (std::size_t i = 0; i < n; ++i) bytes += static_cast<char>(i * 7 % 256);
    CHECK(found(bytes) == "nothing");
  }
  CHECK(found("99999999999999999999gb a100") == "nothing");
}

TEST_CASE("a name that is nearly one suggests it") {
  CHECK(suggested("Gaudi") == names{"Intel Gaudi HL-205", "Intel Gaudi2", "Intel Gaudi3"});
  CHECK(suggested("rtx 4000").front() == "NVIDIA RTX 4000 Ada");
  CHECK(suggested("MI300") == names{"AMD Instinct MI300A", "AMD Instinct MI300X"});
  CHECK(suggested("A1000").front() == "NVIDIA A100 PCIe 40GB");
  CHECK(suggested("no such device").empty());
}
