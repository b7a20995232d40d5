// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include <kaya/meter/amdgpu/gpu_metrics.hpp>

using kaya::meter::missing;
namespace gpu_metrics = kaya::meter::gpu_metrics;

namespace {

using bytes = std::vector<unsigned char>;

/// As the driver makes it: every bit set but for the header.
bytes unfilled(std::size_t size, unsigned format, unsigned content) {
  bytes b(size, 0xff);
  b[0] = static_cast<unsigned char>(size & 0xff);
  b[1] = static_cast<unsigned char>(size >> 8);
  b[2] = static_cast<unsigned char>(format);
  b[3] = static_cast<unsigned char>(content);
  return b;
}
void put(bytes& b, std::size_t offset, std::initializer_list<unsigned> values) {
  for (const unsigned v : values) b[offset++] = static_cast<unsigned char>(v);
}

/// Each layout once more, from the members of the kernel's structs, to be held against the header's.
struct row {
  unsigned content;
  std::size_t size, power, energy;
  int energy_bytes;
};
constexpr row rows[] = {{0, 80, 34, 36, 4},   {1, 96, 22, 24, 8},   {2, 104, 22, 24, 8}, {3, 120, 22, 24, 8},
                        {4, 288, 10, 24, 8},  {5, 360, 10, 88, 8},  {6, 384, 10, 88, 8}, {6, 1664, 10, 16, 8},
                        {7, 2208, 10, 24, 8}, {8, 3360, 10, 24, 8}, {8, 3872, 10, 24, 8}};

}  // namespace

TEST_CASE("every revision of cards is decoded at its own offsets") {
  for (const row& r : rows) {
    CAPTURE(r.content);
    CAPTURE(r.size);
    bytes b = unfilled(r.size, 1, r.content);
    put(b, r.power, {0x2c, 0x01});               // 300
    put(b, r.energy, {0x78, 0x56, 0x34, 0x12});  // 0x12345678
    if (r.energy_bytes == 8) put(b, r.energy + 4, {0x09, 0, 0, 0});
    const gpu_metrics::figures f = gpu_metrics::decode(b);
    CHECK(!f.why);
    CHECK(f.format == 1);
    CHECK(f.content == r.content);
    CHECK(f.size == r.size);
    CHECK(f.narrow == (r.energy_bytes == 4));
    CHECK(f.energy == (r.energy_bytes == 4 ? 0x12345678u : 0x9'12345678u));
    CHECK(f.watts == 300);
  }
}

TEST_CASE("literal bytes of a MI250 and of a card with 32 bits") {
  // 120 bytes, 1.3: 44, 40, ... degrees, 0x000f4240 x 2^-16 J = 15.2588 J, 93 W.
  bytes b = {0x78, 0x00, 0x01, 0x03, 0x2c, 0x00, 0x28, 0x00, 0x2d, 0x00, 0xff, 0xff, 0x2a, 0x00, 0x2b, 0x00,
             0x63, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x5d, 0x00, 0x40, 0x42, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x00};
  b.resize(120, 0xff);
  const gpu_metrics::figures wide = gpu_metrics::decode(b);
  CHECK(wide.energy == 1'000'000);
  CHECK(wide.watts == 93);
  CHECK(static_cast<double>(*wide.energy) * gpu_metrics::unit_numerator / gpu_metrics::unit_denominator ==
        doctest::Approx(15'258'789).epsilon(1e-6));

  bytes old = {0x50, 0x00, 0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x94, 0x35, 0x77, 0x00, 0x00,
               0x00, 0x00, 0x28, 0x00, 0x28, 0x00, 0x28, 0x00, 0x28, 0x00, 0x28, 0x00, 0x28, 0x00,
               0x0a, 0x00, 0x0b, 0x00, 0x00, 0x00, 0xc8, 0x00, 0xfe, 0xff, 0xff, 0xff};
  old.resize(80, 0xff);
  const gpu_metrics::figures narrow = gpu_metrics::decode(old);
  CHECK(narrow.energy == 4'294'967'294);
  CHECK(narrow.watts == 200);
  CHECK(narrow.narrow);
}

TEST_CASE("what a card does not fill in is absent, not the largest number") {
  for (const row& r : rows) {
    const gpu_metrics::figures f = gpu_metrics::decode(unfilled(r.size, 1, r.content));
    CHECK(!f.why);
    CHECK(!f.energy);
    CHECK(!f.watts);
  }
  bytes draft = unfilled(96, 1, 1);  // 32 bits, and nothing in the other 32
  put(draft, 24, {1, 2, 3, 4});
  CHECK(!gpu_metrics::decode(draft).energy);
  bytes b = unfilled(288, 1, 4);
  put(b, 10, {0x10, 0x27});
  CHECK(gpu_metrics::decode(b).watts == 10'000);
  put(b, 10, {0x11, 0x27});
  CHECK(!gpu_metrics::decode(b).watts);
}

TEST_CASE("revisions of APUs, lists of attributes and what is yet to come have no energy here") {
  const struct {
    unsigned format, content;
    std::size_t size;
  } table[] = {{1, 9, 520}, {1, 10, 288}, {2, 0, 112}, {2, 1, 120}, {2, 2, 128},  {2, 3, 152},
               {2, 4, 168}, {3, 0, 264},  {0, 0, 80},  {4, 3, 120}, {1, 200, 120}};
  for (const auto& row : table) {
    const gpu_metrics::figures f = gpu_metrics::decode(unfilled(row.size, row.format, row.content));
    CHECK(f.why == missing::not_supported);
    CHECK(!f.energy);
  }
}

TEST_CASE("a size that is not that of the revision, or more than was read, is implausible") {
  for (const row& r : rows) {
    bytes b = unfilled(r.size, 1, r.content);
    CHECK(gpu_metrics::decode(std::span<const unsigned char>(b).first(r.size - 1)).why ==
          missing::implausible);
    b.push_back(0);  // more than stated is no harm
    CHECK(!gpu_metrics::decode(b).why);
    b[0] = static_cast<unsigned char>(b[0] ^ 4);
    b.resize(4096);
    if (r.content < 6) CHECK(gpu_metrics::decode(b).why == missing::implausible);
  }
  CHECK(gpu_metrics::decode({}).why == missing::implausible);
  CHECK(gpu_metrics::decode(bytes{0x78, 0, 1}).why == missing::implausible);
  CHECK(gpu_metrics::decode(bytes(120, 0xff)).why == missing::implausible);
  CHECK(gpu_metrics::decode(bytes(120, 0)).why == missing::implausible);
}

TEST_CASE("whatever the bytes are, there is a figure or a reason") {
  std::mt19937 random(7);
  bytes b;
  for (int round = 0; round < 100'000; ++round) {
    b.resize(round < 4097 ? static_cast<std::size_t>(round) : random() % 4097);
    // All anew for some; a few for the others, as it takes long.
    if (round % 64 == 0)
      for (unsigned char& c : b) c = static_cast<unsigned char>(random());
    for (int i = 0; i < 8 && !b.empty(); ++i) b[random() % b.size()] = static_cast<unsigned char>(random());
    if (b.size() >= 4 && random() % 2 == 0) {
      const row& r = rows[random() % std::size(rows)];
      b[0] = static_cast<unsigned char>(r.size & 0xff), b[1] = static_cast<unsigned char>(r.size >> 8);
      b[2] = 1, b[3] = static_cast<unsigned char>(r.content);
    }
    const bytes exact(b.begin(), b.end());  // of its own length, for the sanitizer
    const gpu_metrics::figures f = gpu_metrics::decode(exact);
    if (f.why) {
      REQUIRE(!f.energy);
      REQUIRE(!f.watts);
    } else {
      REQUIRE(f.size <= b.size());
      REQUIRE(f.watts.value_or(0) <= 10'000);
      if (f.narrow) REQUIRE(f.energy.value_or(0) < UINT32_MAX);
    }
  }
}
