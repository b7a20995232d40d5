// SPDX-License-Identifier: MIT
// One thread's ring of records, at its seams: the end of a lap, a full ring, its reserve, its memory of
// names.
#include <doctest/doctest.h>

#include <kaya/label.hpp>
#include <kaya/ledger/lane.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

using kaya::ledger::lane;
using kaya::ledger::record;

namespace {

constexpr kaya::ledger::tracker_id owner = 3;

std::unique_ptr<lane> fresh_lane() {
  auto l = std::make_unique<lane>();
  l->belong_to(owner, 0);
  return l;
}
bool enter(lane& l, const std::string& name, std::uint64_t& serial) {
  return l.enter(kaya::scope_name(kaya::label(name)), 0, serial);
}

}  // namespace

TEST_CASE("what is written is read, over many laps and whatever the sweep leaves behind") {
  const auto l = fresh_lane();
  std::mt19937_64 random(1);
  std::uint64_t written = 0, read = 0;
  while (written < lane::capacity * 25) {
    const std::uint64_t burst = random() % lane::capacity;
    for (std::uint64_t i = 0; i < burst; ++i) {
      if (l->full()) l->open_chunk(lane::chunk);
      std::uint64_t number = 0;
      if (!l->put(written * 16, static_cast<std::int64_t>(written) * 3, number)) break;
      REQUIRE(number == ++written);
    }
    REQUIRE(l->written() == written);
    REQUIRE(l->backlog() == written - read);
    const std::uint64_t upto = read + random() % (written - read + 1);
    for (const record* at = &l->at(read); read < upto; ++read, at = l->after(at)) {
      REQUIRE(at == &l->at(read));
      REQUIRE(at->what == read * 16);
      REQUIRE(at->ticks == static_cast<std::int64_t>(read) * 3);
    }
    l->set_swept(read);
  }
}

TEST_CASE("a ring that nobody sweeps takes what it says it can, and no more") {
  const auto l = fresh_lane();
  std::uint64_t written = 0, number = 0;
  for (;; ++written) {
    if (l->full()) l->open_chunk(lane::chunk);
    if (!l->put(0, 0, number)) break;
  }
  CHECK(written == lane::most_backlog);
  CHECK(l->backlog() == lane::most_backlog);
}

TEST_CASE("in a full ring there is room for leaves of signal handlers, and always for the thread's end") {
  // Also where the end of the lap falls into the reserve.
  for (std::uint64_t before : {std::uint64_t{0}, std::uint64_t{lane::reserve / 4},
                               std::uint64_t{lane::reserve}, std::uint64_t{lane::capacity / 2}}) {
    CAPTURE(before);
    const auto l = fresh_lane();
    std::uint64_t number = 0;
    for (std::uint64_t i = 0; i < before; ++i) {
      if (l->full()) l->open_chunk(lane::chunk);
      l->put(0, 0, number);
    }
    l->set_swept(before);
    do
      if (l->full()) l->open_chunk(lane::chunk);
    while (l->put(0, 0, number));
    const std::uint64_t full = l->written();
    CHECK(full - before == lane::most_backlog);
    for (int i = 0; i < 100; ++i) l->leave_at_any_price(7);
    CHECK(l->written() - full == lane::reserve / 2);
    l->end_thread(5);
    CHECK(l->written() - full == lane::reserve / 2 + 1);
    CHECK((l->at(l->written() - 1).what & record::ends_thread) != 0);
    CHECK(l->backlog() < lane::capacity);
  }
}

TEST_CASE("while somebody has a turn, scopes open nothing and leave nothing") {
  const auto l = fresh_lane();
  l->open_chunk(10);
  l->remember(kaya::scope_name("x"), 2);
  std::uint64_t serial = 9;
  {
    const lane::turn mine(*l);
    CHECK(l->interrupted());
    CHECK(l->enter(kaya::scope_name("x"), 0, serial));
    CHECK(serial == 0);
    CHECK(l->leave(1));
    l->leave_at_any_price(1);
    CHECK(l->written() == 0);
  }
  CHECK(l->enter(kaya::scope_name("x"), 0, serial));
  CHECK(serial == 1);
  CHECK(l->leave(serial));
  CHECK(l->written() == 2);
}

TEST_CASE("names are known by their text, of any length that is kept, and longer ones are asked for") {
  const auto l = fresh_lane();
  l->open_chunk(1000);
  std::vector<std::string> names;
  for (const std::size_t n : {std::size_t{1}, lane::longest_name - 1, lane::longest_name}) {
    names.emplace_back(n, 'a');
    names.emplace_back(n, 'b');
  }
  std::uint64_t serial = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(!enter(*l, names[i], serial));
    l->remember(kaya::scope_name(kaya::label(names[i])), static_cast<kaya::ledger::name_id>(i + 2));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(enter(*l, names[i], serial));
    const std::uint64_t id = l->at(serial - 1).what >> record::payload;
    CHECK(id == i + 2);
  }
  const std::string longer(lane::longest_name + 1, 'a');
  l->remember(kaya::scope_name(kaya::label(longer)), 99);
  CHECK(!enter(*l, longer, serial));
}

TEST_CASE("more names than a lane knows are forgotten, never mixed up") {
  const auto l = fresh_lane();
  l->open_chunk(lane::chunk);
  std::mt19937_64 random(2);
  std::uint64_t known = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = static_cast<kaya::ledger::name_id>(2 + random() % (i < 10'000 ? 90 : 1000));
    const kaya::label text("name " + std::to_string(id));
    if (const auto* found = l->find(kaya::scope_name(text))) {
      ++known;
      REQUIRE(*found == id);
    } else {
      l->remember(kaya::scope_name(text), id);
    }
  }
  CHECK(known >= 10'000 - 90);
}
