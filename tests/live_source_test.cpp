// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include <kaya/grid/live_source.hpp>

namespace grid = kaya::grid;
using namespace kaya::literals;
using outcome = grid::live_feed::outcome;

namespace {

grid::live_step step(std::int64_t from, std::int64_t until, double grams) {
  return {{.value = kaya::grams_per_kilowatt_hour(grams)}, from, until, from};
}
std::optional<double> over(const grid::live_source& s, std::int64_t from, std::int64_t to) {
  const auto mean = s.over(from, to);
  return mean ? std::optional<double>(mean->count()) : std::nullopt;
}

}  // namespace

TEST_CASE("live source: without a feed, and before the first reading, nothing is known") {
  const grid::live_source none;
  CHECK(!none);
  CHECK(!none.over(0, 1));
  CHECK(!none.latest());
  CHECK(none.name().empty());
  const grid::live_feed feed("somebody", "DE");
  CHECK(feed.source());
  CHECK(!feed.source().over(0, 0));
  CHECK(feed.source().zone() == "DE");
}

TEST_CASE("live source: spans are weighted by time, and known only where all of them is") {
  grid::live_feed feed("s", "z");
  feed.put(step(100, 300, 10));
  feed.put(step(200, 400, 20));
  feed.put(step(500, 600, 40));  // 400 to 500 is a gap
  const grid::live_source s = feed.source();
  CHECK(over(s, 100, 200) == 10);
  CHECK(over(s, 150, 250) == 15);
  CHECK(over(s, 100, 400) == doctest::Approx((10 * 100 + 20 * 200) / 300.0));
  CHECK(over(s, 200, 400) == 20);
  CHECK(over(s, 500, 600) == 40);
  CHECK(!s.over(99, 200));
  CHECK(!s.over(100, 401));
  CHECK(!s.over(399, 501));
  CHECK(!s.over(450, 460));
  CHECK(!s.over(590, 601));
  CHECK(!s.over(300, 200));
}

TEST_CASE("live source: at an instant it is the value in force") {
  grid::live_feed feed("s", "z");
  feed.put(step(100, 300, 10));
  feed.put(step(200, 400, 20));
  const grid::live_source s = feed.source();
  CHECK(!s.over(99, 99));
  CHECK(over(s, 100, 100) == 10);
  CHECK(over(s, 199, 199) == 10);
  CHECK(over(s, 200, 200) == 20);
  CHECK(over(s, 399, 399) == 20);
  CHECK(!s.over(400, 400));
}

TEST_CASE("live source: what is said later about the same time replaces it") {
  grid::live_feed feed("s", "z");
  feed.put(step(100, 200, 10));
  feed.put(step(200, 300, 20));
  CHECK(feed.put(step(200, 350, 30)) == outcome::added);
  CHECK(over(feed.source(), 100, 300) == doctest::Approx(20));
  CHECK(over(feed.source(), 200, 350) == 30);
}

TEST_CASE("live source: what was known, is older or of another kind is not kept") {
  grid::live_feed feed("s", "z");
  CHECK(feed.put(step(200, 300, 10)) == outcome::added);
  CHECK(feed.put(step(200, 300, 10)) == outcome::known);
  CHECK(feed.put(step(100, 300, 99)) == outcome::older);
  grid::live_step other = step(300, 400, 10);
  other.reading.how = grid::accounting::direct;
  CHECK(feed.put(other) == outcome::mixed);
  other.reading.how = grid::accounting::lifecycle;
  other.reading.basis = grid::basis::marginal;
  CHECK(feed.put(other) == outcome::mixed);
  int steps = 0;
  feed.source().each([&](const grid::live_step&) { ++steps; });
  CHECK(steps == 1);
  CHECK(over(feed.source(), 200, 300) == 10);
}

TEST_CASE("live source: what is said again and again takes no more memory, and is used as long") {
  grid::live_feed feed("s", "z");
  const grid::live_source s = feed.source();
  CHECK(feed.put(step(0, 100, 10)) == outcome::added);
  for (int i = 1; i <= 10'000; ++i) REQUIRE(feed.put(step(i, i + 100, 10)) == outcome::known);
  CHECK(feed.put(step(10'100, 10'300, 10)) == outcome::known);  // from just when it ends
  CHECK(s.latest()->from_ns == 0);
  CHECK(s.latest()->until_ns == 10'300);
  CHECK(s.latest()->read_ns == 10'100);
  CHECK(over(s, 0, 10'300) == 10);
  CHECK(!s.over(10'300, 10'300));
  CHECK(!s.over(0, 10'301));
  CHECK(feed.put(step(10'301, 10'400, 10)) == outcome::added);  // after a gap
  CHECK(!s.over(10'299, 10'302));
  CHECK(feed.put(step(10'350, 10'450, 11)) == outcome::added);
  CHECK(feed.put(step(10'360, 10'460, 10)) == outcome::added);
  CHECK(over(s, 10'340, 10'370) == doctest::Approx((10 * 20 + 11 * 10) / 30.0));
  int steps = 0;
  s.each([&](const grid::live_step&) { ++steps; });
  CHECK(steps == 4);
}

TEST_CASE("live source: equal values of other times, or of another kind of knowledge, are kept apart") {
  grid::live_feed feed("s", "z");
  grid::live_step hour = step(0, 100, 10);
  hour.reading.begin_ns = 0;
  hour.reading.end_ns = 50;
  CHECK(feed.put(hour) == outcome::added);
  hour.until_ns = 120;
  hour.reading.end_ns = 60;
  CHECK(feed.put(hour) == outcome::known);  // its end was moved
  CHECK(feed.source().latest()->reading.end_ns == 60);
  hour.until_ns = 110;
  CHECK(feed.put(hour) == outcome::added);  // revised to end sooner
  CHECK(!feed.source().over(109, 111));
  hour.from_ns = 60;
  hour.until_ns = 180;
  hour.reading.begin_ns = 60;
  CHECK(feed.put(hour) == outcome::added);
  CHECK(feed.source().latest()->reading.begin_ns == 60);
  hour.reading.estimated = true;
  CHECK(feed.put(hour) == outcome::added);
  CHECK(feed.source().latest()->reading.estimated);
}

TEST_CASE("live source: readers see a value last longer while one thread says it again") {
  grid::live_feed feed("s", "z");
  feed.put(step(0, 10, 5));
  const grid::live_source s = feed.source();
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      std::int64_t until = 0;
      do {
        const grid::live_step last = *s.latest();
        if (last.until_ns < until || last.from_ns != 0 || over(s, 0, last.until_ns) != 5) ++wrong;
        until = last.until_ns;
      } while (!done);
    });
  for (int i = 1; i < 20'000; ++i) feed.put(step(i, i + 10, 5));
  done = true;
  for (std::thread& t : readers) t.join();
  CHECK(wrong == 0);
  CHECK(s.latest()->until_ns == 20'009);
}

TEST_CASE("live source: kind and basis are those of what was read") {
  grid::live_feed feed("s", "z");
  CHECK(feed.source().how() == grid::accounting::lifecycle);
  grid::live_step marginal = step(0, 10, 1);
  marginal.reading.how = grid::accounting::direct;
  marginal.reading.basis = grid::basis::marginal;
  feed.put(marginal);
  CHECK(feed.source().how() == grid::accounting::direct);
  CHECK(feed.source().basis() == grid::basis::marginal);
}

TEST_CASE("live source: equal values have exactly that mean") {
  grid::live_feed feed("s", "z");
  for (int i = 0; i < 50; ++i) feed.put(step(i * 7, i * 7 + 1000, 0.1));
  CHECK(over(feed.source(), 3, 341) == 0.1);
}

TEST_CASE("live source: the ends of time do not overflow") {
  grid::live_feed feed("s", "z");
  feed.put(step(INT64_MIN, INT64_MAX, 5));
  feed.put(step(0, INT64_MAX, 7));
  CHECK(over(feed.source(), INT64_MIN, INT64_MAX) == doctest::Approx(6));
}

TEST_CASE("live source: a copy outlives the feed") {
  grid::live_source s;
  {
    grid::live_feed feed("s", "z");
    feed.put(step(0, 10, 3));
    s = feed.source();
  }
  CHECK(over(s, 0, 10) == 3);
  CHECK(s.name() == "s");
}

TEST_CASE("live source: readers see whole steps while one thread writes") {
  grid::live_feed feed("s", "z");
  const grid::live_source s = feed.source();
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      do {
        const auto last = s.latest();
        if (!last) continue;
        const double value = last->reading.value.count();  // each value is its time
        if (value != static_cast<double>(last->from_ns) ||
            s.over(last->from_ns, last->from_ns + 1) != kaya::grams_per_kilowatt_hour(value))
          ++wrong;
      } while (!done);
    });
  for (int i = 0; i < 3000; ++i) feed.put(step(i * 10, i * 10 + 10, i * 10));
  done = true;
  for (std::thread& t : readers) t.join();
  CHECK(wrong == 0);
}
