// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/grid/live.hpp>

#include "support/http.hpp"

namespace grid = kaya::grid;
using namespace kaya::literals;
using namespace std::chrono_literals;
using namespace std::string_literals;
using kaya_test::connection;
using kaya_test::http_server;

namespace {

constexpr std::int64_t minute = 60'000'000'000;
constexpr std::int64_t noon = *grid::parse_time("2025-06-01T12:00Z");

/// An answer of Electricity Maps for the hour that begins then.
std::string body(double grams, std::int64_t begin_ns = noon, std::string_view how = "lifecycle",
                 std::string_view zone = "DE") {
  return R"({"zone":")" + std::string(zone) + R"(","carbonIntensity":)" + std::to_string(grams) +
         R"(,"datetime":")" + std::string(grid::time_string(begin_ns).view()) +
         R"(","emissionFactorType":")" + std::string(how) +
         R"(","isEstimated":false,"temporalGranularity":"hourly"})";
}

/// A live against a server of this test, at a time of this test.
grid::live_options options(const std::string& url, std::int64_t now = noon + 5 * minute) {
  grid::live_options o;
  o.provider = grid::electricity_maps("DE", "secret-token-0815");
  o.provider.url = url;
  o.transport = kaya_test::http_get;
  o.period = kaya::seconds(0.01);
  o.shortest_period = kaya::seconds(0.001);
  o.timeout = kaya::seconds(2);
  o.background = false;
  o.clock = [now] { return now; };
  return o;
}

/// The same without a network.
template <class F>
grid::live_options scripted(F&& transport, std::int64_t now = noon + 5 * minute) {
  grid::live_options o = options("https://grid.test/latest", now);
  o.transport = grid::live_transport(std::forward<F>(transport));
  return o;
}

template <class F>
bool eventually(F&& holds) {
  for (const auto end = std::chrono::steady_clock::now() + 5s; std::chrono::steady_clock::now() < end;) {
    if (holds()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

/// A transport that hangs until it is let go.
struct gate {
  std::atomic<bool> open{false}, entered{false};
  grid::live_transport transport() {
    return [this](const std::string&, const grid::http_headers&) {
      entered = true;
      while (!open) std::this_thread::sleep_for(1ms);
      return body(1);
    };
  }
};

}  // namespace

TEST_CASE("live: a value comes over HTTP on the poller's thread, with its times and its age") {
  const http_server server(body(302));
  grid::live_options o = options(server.url("/latest?zone=DE"), 0);
  std::atomic<std::int64_t> now{noon + 5 * minute};
  o.clock = [&now] { return now.load(); };
  o.background = true;
  o.period = kaya::seconds(3600);
  const grid::live live(o);
  REQUIRE(eventually([&] { return live.latest().has_value(); }));
  now = noon + 7 * minute;
  const auto last = live.latest();
  CHECK(last->step.reading.value == 302_gCO2e_per_kWh);
  CHECK(last->age.count() == doctest::Approx(120));
  CHECK(!last->stale);
  CHECK(last->step.from_ns == noon);
  CHECK(live.source().zone() == "DE");
  REQUIRE(eventually([&] { return live.status().next_poll_in > kaya::seconds(3000); }));
  CHECK(live.status().answers == 1);
  CHECK(live.status().running);
}

TEST_CASE("live: the token goes to the server in its header, and the limits to the transport") {
  std::mutex m;
  std::string seen;
  const http_server server([&](const connection& c, const std::string& request) {
    {
      const std::lock_guard hold(m);
      seen = request;
    }
    c.send(kaya_test::http_ok(body(1)));
  });
  grid::live_options o = options(server.url("/v3?zone=DE"));
  grid::live_limits told;
  o.transport = [&told](const std::string& url, const grid::http_headers& h, const grid::live_limits& l) {
    told = l;
    return kaya_test::http_get(url, h, l);
  };
  grid::live live(o);
  CHECK(live.poll_now());
  const std::lock_guard hold(m);
  CHECK(seen.find("GET /v3?zone=DE HTTP/1.1\r\n") == 0);
  CHECK(seen.find("\r\nauth-token: secret-token-0815\r\n") != seen.npos);
  CHECK(told.timeout == kaya::seconds(2));
  CHECK(told.most_bytes == 262'144);
}

TEST_CASE("live: without poll_now and without a thread nobody is asked") {
  const http_server server(body(1));
  const grid::live live(options(server.url()));
  std::this_thread::sleep_for(20ms);
  CHECK(server.served() == 0);
  CHECK(!live.status().running);
  CHECK(!live.latest());
  CHECK(live.history().empty());
}

TEST_CASE(
    "live: a server that is slow, or sends a byte now and then, does not hold it longer than the time-out") {
  const std::string good = kaya_test::http_ok(body(999));
  http_server server([&good](const connection& c, const std::string&) {
    std::string more;
    c.receive(more, 2s);  // nothing comes: until the client gives up
    c.send(good);
  });
  grid::live_options o = options(server.url());
  o.timeout = kaya::seconds(0.04);
  grid::live live(o);
  for (const int times : {1, 2}) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(!live.poll_now());
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
    CHECK(live.status().error == "timed out");
    CHECK(live.status().failures_in_a_row == times);
    server.behave([&good](const connection& c, const std::string&) {
      std::string more;
      for (const char byte : good) {
        if (!c.send({&byte, 1})) return;
        c.receive(more, 3ms);
      }
    });
  }
  CHECK(!live.latest());
}

TEST_CASE("live: whatever a server does wrong is a failure with its reason, and the last value stays") {
  http_server server(body(302));
  grid::live_options o = options(server.url("/latest"));
  o.most_bytes = 100'000;
  grid::live live(o);
  REQUIRE(live.poll_now());

  struct wrong {
    const char* name;
    http_server::handler does;
    std::string_view error;
  };
  const std::string good = kaya_test::http_ok(body(999));
  const wrong cases[] = {
      {"cut off", [&](const connection& c, const std::string&) { c.send(good.substr(0, good.size() - 9)); },
       "cut off"},
      {"cut off in the head", [&](const connection& c, const std::string&) { c.send(good.substr(0, 12)); },
       "no HTTP answer"},
      {"says nothing", [](const connection&, const std::string&) {}, "no HTTP answer"},
      {"no HTTP", [](const connection& c, const std::string&) { c.send("SSH-2.0-OpenSSH\r\n\r\n"); },
       "no HTTP answer"},
      {"500",
       [](const connection& c, const std::string&) {
         c.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
       },
       "status 500"},
      {"redirect",
       [](const connection& c, const std::string&) {
         c.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n");
       },
       "status 302"},
      {"huge",
       [](const connection& c, const std::string&) {
         if (!c.send("HTTP/1.1 200 OK\r\n\r\n{")) return;
         const std::string block(1 << 16, ' ');
         for (int i = 0; i < 1000 && c.send(block); ++i) {}
       },
       "too long"},
      {"HTML",
       [](const connection& c, const std::string&) {
         c.send(kaya_test::http_ok("<html>Please log in</html>"));
       },
       "not JSON"},
      {"other JSON", [](const connection& c, const std::string&) { c.send(kaya_test::http_ok("{\"a\":1}")); },
       "no number carbonIntensity"},
      {"another zone",
       [](const connection& c, const std::string&) {
         c.send(kaya_test::http_ok(body(1, noon, "lifecycle", "FR")));
       },
       "the answer is for zone FR, not for DE"},
      {"another kind",
       [](const connection& c, const std::string&) { c.send(kaya_test::http_ok(body(1, noon, "direct"))); },
       "direct and location-based, unlike those before it"},
      {"yesterday's",
       [](const connection& c, const std::string&) {
         c.send(kaya_test::http_ok(body(1, noon - 24 * 60 * minute)));
       },
       "the answer is of 2025-05-31T12:00:00Z, too old"},
      {"too much carbon",
       [](const connection& c, const std::string&) { c.send(kaya_test::http_ok(body(5001))); }, "0 to 5000"},
  };
  int failures = 0;
  for (const wrong& w : cases) {
    CAPTURE(w.name);
    server.behave(w.does);
    CHECK(!live.poll_now());
    const grid::live_status s = live.status();
    CAPTURE(s.error);
    CHECK(s.error.find(w.error) != s.error.npos);
    CHECK(s.error.find("secret-token") == s.error.npos);
    CHECK(s.failures_in_a_row == ++failures);
    CHECK(live.latest()->step.reading.value == 302_gCO2e_per_kWh);
  }
  server.answer(body(310));
  CHECK(live.poll_now());
  const grid::live_status s = live.status();
  CHECK(s.failures_in_a_row == 0);
  CHECK(s.failures == static_cast<std::uint64_t>(failures));
  CHECK(s.polls == s.failures + 2);
  CHECK(live.latest()->step.reading.value == 310_gCO2e_per_kWh);
}

TEST_CASE("live: a server that is not there is a failure") {
  std::string url;
  { url = http_server(body(1)).url(); }
  grid::live live(options(url));
  CHECK(!live.poll_now());
  CHECK(live.status().error.find("no connection") == 0);
}

TEST_CASE(
    "live: an answer after the time-out, or longer than allowed, is not taken whatever the transport lets "
    "pass") {
  grid::live_options slow = scripted([](const std::string&, const grid::http_headers&) {
    std::this_thread::sleep_for(20ms);
    return body(1);
  });
  slow.timeout = kaya::seconds(0.005);
  grid::live late(slow);
  CHECK(!late.poll_now());
  CHECK(late.status().late == 1);
  CHECK(late.status().error.find("; at most 5.00 ms is allowed") != std::string::npos);
  CHECK(!late.latest());

  grid::live_options large = scripted(
      [](const std::string&, const grid::http_headers&) { return body(1) + std::string(1000, ' '); });
  large.most_bytes = 1000;
  grid::live huge(large);
  CHECK(!huge.poll_now());
  CHECK(huge.status().error.find("at most 1000 are allowed") != std::string::npos);
}

TEST_CASE("live: nobody who reads waits while the transport hangs") {
  gate g;
  grid::live_options o = scripted(g.transport());
  o.background = true;
  const grid::live live(o);
  REQUIRE(eventually([&] { return g.entered.load(); }));
  const grid::live_source source = live.source();
  constexpr int calls = 2000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) {
    CHECK(!live.latest());
    CHECK(!source.over(noon, noon + 1));
    CHECK(live.history().empty());
    CHECK(live.status().polls == 0);
  }
  const std::chrono::duration<double, std::milli> each = (std::chrono::steady_clock::now() - begin) / calls;
  CHECK(each.count() < 1);  // all of them together; the transport still hangs
  CHECK(!g.open);
  CHECK(live.status().asking_for > kaya::seconds(0));
  g.open = true;
  CHECK(eventually([&] { return live.latest().has_value(); }));
}

TEST_CASE("live: the destructor waits for a question under way, but for no period") {
  gate g;
  grid::live_options o = scripted(g.transport());
  o.background = true;
  o.period = kaya::seconds(86'400);
  std::thread opener;
  auto begin = std::chrono::steady_clock::now();
  {
    const grid::live live(o);
    REQUIRE(eventually([&] { return g.entered.load(); }));
    opener = std::thread([&] {
      std::this_thread::sleep_for(30ms);
      g.open = true;
    });
    begin = std::chrono::steady_clock::now();
  }
  CHECK(g.open);
  opener.join();
  CHECK(std::chrono::steady_clock::now() - begin < 2s);

  begin = std::chrono::steady_clock::now();
  {
    const grid::live live(o);
    REQUIRE(eventually([&] { return live.latest().has_value(); }));  // now it sleeps for a day
  }
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("live: the thread survives whatever the transport throws") {
  std::atomic<int> calls{0};
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) -> std::string {
    switch (++calls) {
      case 1:
        throw std::runtime_error("first");
      case 2:
        throw 2;
      case 3:
        throw std::bad_alloc();
      case 4:
        throw std::runtime_error("");
      default:
        return body(5);
    }
  });
  o.background = true;
  o.period = kaya::seconds(0.001);
  const grid::live live(o);
  CHECK(eventually([&] { return live.latest().has_value(); }));
  CHECK(live.status().failures == 4);
  CHECK(live.status().error == "the transport threw without a reason");
}

TEST_CASE("live: waits after failures double, to at most an hour, and start again after a good answer") {
  using grid::detail::back_off_ns;
  constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
  for (const std::uint64_t random : {std::uint64_t{0}, ~std::uint64_t{0} / 3, ~std::uint64_t{0}}) {
    std::int64_t before = 0;
    for (int n = 1; n <= 1000; ++n) {
      const std::int64_t wait = back_off_ns(n, 300 * second, random);
      CHECK(wait >= 60 * second);
      CHECK(wait <= hour);
      if (n < 7) CHECK(wait > before);
      else CHECK(wait >= before);
      before = wait;
    }
    CHECK(before >= 2400 * second);
  }
  CHECK(back_off_ns(1, second, 0) == second);
  CHECK(back_off_ns(2, second, 0) == 2 * second);
  CHECK(back_off_ns(2, second, ~std::uint64_t{0}) > 2.99e9);

  std::mutex m;
  std::vector<std::chrono::steady_clock::time_point> calls;
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) -> std::string {
    const std::lock_guard hold(m);
    calls.push_back(std::chrono::steady_clock::now());
    if (calls.size() == 5) return body(1);
    throw std::runtime_error("no");
  });
  o.background = true;
  o.period = kaya::seconds(0.008);
  grid::live live(o);
  REQUIRE(eventually([&] { return live.status().polls >= 7; }));
  live.stop();
  CHECK(!live.status().running);
  const auto waited = [&](std::size_t i) { return calls[i + 1] - calls[i]; };
  CHECK(waited(0) >= 8ms);
  CHECK(waited(1) >= 16ms);
  CHECK(waited(2) >= 32ms);
  CHECK(waited(3) >= 64ms);
  CHECK(waited(4) >= 8ms);  // the period
  CHECK(waited(5) >= 8ms);
  CHECK(live.status().failures_in_a_row == static_cast<int>(live.status().polls) - 5);  // counted anew
}

TEST_CASE("live: a value holds from its time on until the next, and becomes a gap when it is too old") {
  std::int64_t now = 0;
  std::string answer;
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) { return answer; });
  o.clock = [&now] { return now; };
  o.stale_after = kaya::seconds(1800);
  grid::live live(o);
  const auto poll = [&](std::int64_t minutes, double grams, std::int64_t begin) {
    now = noon + minutes * minute;
    answer = body(grams, noon + begin * minute);
    return live.poll_now();
  };
  REQUIRE(poll(5, 300, 0));   // of 12:00 to 13:00, so until 13:30
  REQUIRE(poll(10, 300, 0));  // says nothing new
  now = noon + 12 * minute;
  CHECK(live.latest()->age.count() == doctest::Approx(120));  // since it was said again
  REQUIRE(poll(20, 310, 0));                                  // revised
  REQUIRE(poll(61, 200, 60));                                 // of 13:00 to 14:00, so until 14:30
  now = noon + 91 * minute + 58 * minute;
  CHECK(!live.latest()->stale);
  now = noon + 150 * minute;
  CHECK(live.latest()->stale);
  CHECK(live.latest()->age.count() == doctest::Approx(89 * 60));
  REQUIRE(poll(200, 100, 180));  // of 15:00

  const grid::series history = live.history();
  const grid::live_source source = live.source();
  CHECK(history.source() == "Electricity Maps, DE");
  CHECK(history.how() == grid::accounting::lifecycle);
  const auto both = [&](std::int64_t from, std::int64_t to) {
    const auto a = history.mean(noon + from * minute, noon + to * minute);
    const auto b = source.over(noon + from * minute, noon + to * minute);
    REQUIRE(a.has_value() == b.has_value());
    if (a) CHECK(a->count() == doctest::Approx(b->count()));
    return a ? a->count() : -1;
  };
  CHECK(both(0, 60) == 310);
  CHECK(both(59, 61) == 255);
  CHECK(both(60, 150) == 200);
  CHECK(both(-1, 10) == -1);
  CHECK(both(140, 151) == -1);
  CHECK(both(155, 160) == -1);
  CHECK(both(150, 180) == -1);
  CHECK(both(180, 270) == 100);
  CHECK(both(180, 271) == -1);
  CHECK(history.points().size() == 4);
}

TEST_CASE("live: a value of no known time holds from when it came, and one of the future from now") {
  std::int64_t now = noon;
  grid::live_options o = scripted([](const std::string&, const grid::http_headers&) { return "12"; });
  o.clock = [&now] { return now; };
  o.stale_after = kaya::seconds(60);
  std::optional<std::int64_t> begin;
  o.provider.parse = [&begin](std::string_view text, std::int64_t) {
    grid::reading r;
    r.value = kaya::grams_per_kilowatt_hour(*kaya::detail::parse_number<double>(text));
    r.begin_ns = begin;
    return grid::live_answer{r, {}, {}};
  };
  grid::live live(o);
  REQUIRE(live.poll_now());
  CHECK(live.latest()->step.from_ns == noon);
  CHECK(live.latest()->step.until_ns == noon + minute);
  now = noon + minute / 2;
  begin = noon + 60 * minute;
  REQUIRE(live.poll_now());
  CHECK(live.latest()->step.from_ns == now);
  CHECK(live.history().end_ns() == noon + 3 * minute / 2);
}

TEST_CASE("live: a value of more than an hour ahead is refused, whatever the provider") {
  grid::live_options o =
      scripted([](const std::string&, const grid::http_headers&) { return body(1, noon + 66 * minute); });
  grid::live live(o);
  CHECK(!live.poll_now());
  CHECK(live.status().error.find("for 2025-06-01T13:06:00Z, and the clock says 2025-06-01T12:05:00Z") !=
        std::string::npos);
  CHECK(!live.latest());
}

TEST_CASE("live: an answer of centuries ago is too old") {
  grid::live live(scripted([](const std::string&, const grid::http_headers&) {
    return body(1, *grid::parse_time("1678-01-01T00:00Z"));
  }));
  CHECK(!live.poll_now());
  CHECK(live.status().error.find("the answer is of 1678-01-01T00:00:00Z, too old by") == 0);
}

TEST_CASE("live: when the clock is set back, another value is a failure with a reason, and the age goes on") {
  std::int64_t now = noon;
  std::string answer = "10";
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) { return answer; });
  o.clock = [&now] { return now; };
  o.provider.parse = [](std::string_view text, std::int64_t) {
    grid::reading r;
    r.value = kaya::grams_per_kilowatt_hour(*kaya::detail::parse_number<double>(text));
    return grid::live_answer{r, {}, {}};
  };
  grid::live live(o);
  REQUIRE(live.poll_now());
  now = noon - 5 * minute;
  answer = "500";
  std::this_thread::sleep_for(5ms);
  CHECK(!live.poll_now());
  CHECK(live.status().failures_in_a_row == 1);
  CHECK(live.status().error ==
        "the answer would be in force from 2025-06-01T11:55:00Z, before the last one, from "
        "2025-06-01T12:00:00Z; was the clock set back?");
  CHECK(live.latest()->step.reading.value == 10_gCO2e_per_kWh);
  CHECK(live.latest()->age >= kaya::seconds(0.005));
  now = noon + 1;
  CHECK(live.poll_now());
  CHECK(live.latest()->step.reading.value == 500_gCO2e_per_kWh);
}

TEST_CASE("live: an old answer after a new one, as from a cache, confirms nothing") {
  std::int64_t now = noon + 61 * minute;
  std::int64_t begin = noon + 60 * minute;
  grid::live_options o =
      scripted([&](const std::string&, const grid::http_headers&) { return body(1, begin); });
  o.clock = [&now] { return now; };
  grid::live live(o);
  REQUIRE(live.poll_now());
  now += 10 * minute;
  begin = noon;
  CHECK(!live.poll_now());
  CHECK(live.status().error.find("before the last one, from 2025-06-01T13:00:00Z") != std::string::npos);
  CHECK(live.latest()->age.count() == doctest::Approx(600));
}

TEST_CASE("live: values that went too old are counted once each") {
  std::int64_t now = noon;
  bool fails = false;
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) {
    if (fails) throw std::runtime_error("down");
    return body(1);
  });
  o.clock = [&now] { return now; };
  o.stale_after = kaya::seconds(60);
  grid::live live(o);
  live.poll_now();
  fails = true;
  live.poll_now();
  CHECK(live.status().expired == 0);
  now = noon + 62 * minute;
  live.poll_now();
  live.poll_now();
  CHECK(live.status().expired == 1);
  CHECK(live.latest()->stale);
}

TEST_CASE("live: no text has a token or query, even if the transport or the service says it") {
  for (const std::string& said :
       {"auth-token: secret-token-0815 refused"s, "GET https://grid.test/latest?key=geheim99&zone=DE"s,
        "the key geheim99 is not known"s, "Bearer abc.def.ghi-123"s, "got abc.def.ghi-123"s}) {
    grid::live_options o = scripted([&said](const std::string&, const grid::http_headers&) -> std::string {
      throw std::runtime_error(said);
    });
    o.provider.url = "https://grid.test/latest?key=geheim99&zone=DE";
    o.provider.headers.emplace_back("Authorization", "Bearer abc.def.ghi-123");
    grid::live live(o);
    CHECK(!live.poll_now());
    const std::string error = live.status().error;
    CAPTURE(error);
    CHECK(error.find("***") != error.npos);
    for (const char* secret : {"secret-token", "geheim99", "abc.def"})
      CHECK(error.find(secret) == error.npos);
  }
  grid::live echo(scripted([](const std::string&, const grid::http_headers& h) {
    return R"({"message":"no account for )" + h[0].second + "\\n\\u0007\\u20ac" + std::string(500, 'x') +
           "\"}";
  }));
  CHECK(!echo.poll_now());
  CHECK(echo.status().error.find("no account for ***??") != std::string::npos);
  CHECK(echo.status().error.size() <= 240);
}

namespace {

/// Whether six characters in a row of a secret are in a text.
bool has_part_of(std::string_view secret, std::string_view text) {
  for (std::size_t i = 0; i + 6 <= secret.size(); ++i)
    if (text.find(secret.substr(i, 6)) != text.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("live: a token is hidden wherever it is in what a service says, however long that is") {
  const std::string token = "QRSTUVWXYZ0123456789abcdef";
  std::string answer;
  for (grid::live_provider p : {grid::electricity_maps("DE", token), grid::watttime("DE", token)}) {
    grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) { return answer; });
    o.provider = std::move(p);
    grid::live live(o);
    const std::string_view forms[] = {
        R"({"message":"@"})",
        R"({"error":"@"})",
        R"({"error":{"message":"@"}})",
        R"({"meta":{"units":"@"}})",
        R"({"_disclaimer":"@"})",
        R"({"zone":"@","carbonIntensity":1,"datetime":"2025-06-01T12:00Z","emissionFactorType":"direct"})",
        R"({"data":[{"point_time":"2025-06-01T12:00Z","value":1}],)"
        R"("meta":{"units":"lbs_co2_per_mwh","signal_type":"co2_moer","region":"@"}})"};
    for (const std::string_view form : forms)
      for (std::size_t i = 0; i < 260; ++i) {
        answer = form;
        answer.replace(answer.find('@'), 1, std::string(i, '.') + token + " is bad");
        REQUIRE(!live.poll_now());
        const std::string error = live.status().error;
        CAPTURE(error);
        REQUIRE(!has_part_of(token, error));
        REQUIRE(error.size() <= 240);
      }
  }
}

TEST_CASE("live: a long text full of tokens is read in no time") {
  const std::string token = "secret-token-0815";
  std::string all;
  while (all.size() < 1'000'000) all += token + ",";
  grid::live_options o = scripted(
      [&](const std::string&, const grid::http_headers&) { return "{\"message\":\"" + all + "\"}"; });
  o.most_bytes = 1 << 20;
  grid::live live(o);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(!live.poll_now());
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(live.status().error.find("says: ***,***,***") != std::string::npos);
}

TEST_CASE("live: tokens in the path, with %-escapes resolved, or cut off by the transport are hidden") {
  std::string said;
  grid::live_options o = scripted([&said](const std::string&, const grid::http_headers&) -> std::string {
    throw std::runtime_error(said);
  });
  o.provider.url =
      "https://grid.test/v1/0123456789abcdefXY/latest?key=pq%2Brs%2ftu%3D%3D&id=vw+xyz+12#frag-ment";
  o.provider.headers = {{"auth-token", "header-token-4711"}};
  grid::live live(o);
  const auto error = [&](std::string text) {
    said = std::move(text);
    CHECK(!live.poll_now());
    return live.status().error;
  };
  CHECK(error("404 for " + o.provider.url) == "404 for https://grid.test/v1/***/latest?***");
  CHECK(error("no user 0123456789abcdefXY") == "no user ***");
  CHECK(error("key pq+rs/tu== is bad") == "key *** is bad");
  CHECK(error("key pq%2Brs%2ftu%3D%3D is bad") == "key *** is bad");
  CHECK(error("id vw xyz 12 is bad") == "id *** is bad");
  CHECK(error("at frag-ment") == "at ***");
  CHECK(error("bad header-token-47") == "bad ***");
  CHECK(error("bad header-token-4711header-token-4711") == "bad ***");

  o.provider.url = "https://grid.test#only-a-fragment";
  grid::live short_url(o);
  said = "at only-a-fragment";
  CHECK(!short_url.poll_now());
  CHECK(short_url.status().error == "at ***");
}

TEST_CASE("live: of overlapping secrets nothing is left") {
  grid::live_options o = scripted([](const std::string&, const grid::http_headers&) -> std::string {
    throw std::runtime_error("<abcdefghijkl> <ababababab>");
  });
  o.provider.headers = {{"a", "abcdefgh"}, {"b", "defghijkl"}, {"c", "abababab"}};
  grid::live live(o);
  CHECK(!live.poll_now());
  CHECK(live.status().error == "<***> <***>");
}

TEST_CASE("live: a secret that contains another goes as a whole, and the zone is none") {
  grid::live_options o = scripted([](const std::string&, const grid::http_headers&) -> std::string {
    throw std::runtime_error("no US-CAL-CISO for abcdefghij nor abcdef");
  });
  o.provider.url = "https://grid.test/latest?zone=US-CAL-CISO&a=abcdef&b=abcdefghij";
  o.provider.zone = "US-CAL-CISO";
  grid::live live(o);
  CHECK(!live.poll_now());
  CHECK(live.status().error == "no US-CAL-CISO for *** nor ***");
}

TEST_CASE("live: mistakes in the options are refused before any call, without secrets") {
  const auto refused = [](auto change) -> std::string {
    bool called = false;
    grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) {
      called = true;
      return body(1);
    });
    o.background = true;
    change(o);
    try {
      const grid::live live(o);
    } catch (const kaya::config_error& e) {
      CHECK(!called);
      CHECK(std::string(e.what()).find("secret") == std::string::npos);
      return e.field();
    }
    return "(allowed)";
  };
  using o = grid::live_options&;
  CHECK(refused([](o x) { x.provider.url = "ftp://a/?t=secret"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "https://"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "https://me:secret@host/"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "https://host/a b?secret"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "http://host/"; }) == "provider.url");  // would show the token
  CHECK(refused([](o x) { x.provider.url = "http://127.0.0.1.evil.test/"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "http://[::1].evil.test/"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.url = "http://localhost:80.evil.test/"; }) == "provider.url");
  CHECK(refused([](o x) { x.provider.headers[0].second = "secret\r\nX: y"; }) == "provider.headers");
  CHECK(refused([](o x) { x.provider.headers[0].second = ""; }) == "provider.headers");
  CHECK(refused([](o x) { x.provider.parse = nullptr; }) == "provider.parse");
  CHECK(refused([](o x) { x.transport = {}; }) == "transport");
  CHECK(refused([](o x) { x.shortest_period = kaya::seconds(60), x.period = kaya::seconds(59); }) ==
        "period");
  CHECK(refused([](o x) { x.period = kaya::seconds(86'401); }) == "period");
  CHECK(refused([](o x) { x.shortest_period = kaya::seconds(0); }) == "shortest_period");
  CHECK(refused([](o x) { x.timeout = kaya::seconds(0.0 / 0.0); }) == "timeout");
  CHECK(refused([](o x) { x.stale_after = kaya::seconds(-1); }) == "stale_after");
  CHECK(refused([](o x) { x.most_bytes = 0; }) == "most_bytes");
  CHECK(refused([](o x) { x.provider.url = "http://[::1]:80/"; }) == "(allowed)");
  CHECK(refused([](o x) { x.provider.url = "http://host/", x.provider.headers.clear(); }) == "(allowed)");
  CHECK(grid::live_options().period == kaya::seconds(300));
  CHECK(grid::live_options().shortest_period == kaya::seconds(60));
}

TEST_CASE("live: the providers ask what their services document") {
  const grid::live_provider maps = grid::electricity_maps("US-CAL-CISO", "t0ken");
  CHECK(maps.url == "https://api.electricitymaps.com/v3/carbon-intensity/latest?zone=US-CAL-CISO");
  CHECK(maps.headers == grid::http_headers{{"auth-token", "t0ken"}});
  const grid::live_provider marginal = grid::watttime("CAISO_NORTH", "t0ken");
  CHECK(marginal.url ==
        "https://api.watttime.org/v3/forecast?region=CAISO_NORTH&signal_type=co2_moer&horizon_hours=0");
  CHECK(marginal.headers == grid::http_headers{{"Authorization", "Bearer t0ken"}});
  CHECK(grid::uk_carbon_intensity().url == "https://api.carbonintensity.org.uk/intensity");
  CHECK_THROWS_AS(grid::electricity_maps("DE&x=1", "t"), kaya::config_error);
  CHECK_THROWS_AS(grid::electricity_maps("", "t"), kaya::config_error);
}

TEST_CASE("live: a token given for the zone, or anywhere in an address, is not in the exception's text") {
  const auto text = [](auto make) -> std::string {
    try {
      grid::detail::check(make());
    } catch (const kaya::config_error& e) {
      return std::string(e.what()) + e.value();
    }
    return "(allowed)";
  };
  CHECK(text([] { return grid::electricity_maps("t0ken/+secret=", "DE"); }).find("t0ken") ==
        std::string::npos);
  CHECK(text([] { return grid::watttime("t0ken secret", "DE"); }).find("t0ken") == std::string::npos);
  for (const char* url : {"t0ken", "ftp://me:t0ken@grid.test/", "ftp://grid.test/t0ken",
                          "http://grid.test/t0ken?a", "http://grid.test?t0ken", "https://t0ken@grid.test/"}) {
    grid::live_provider p = grid::electricity_maps("DE", "x");
    p.url = url;
    const std::string why = text([&p] { return p; });
    CAPTURE(why);
    CHECK(why.find("provider.url: ") == 0);
    CHECK(why.find("t0ken") == std::string::npos);
  }
}

TEST_CASE("live: poll_now waits its turn, and several threads may call it") {
  std::atomic<int> inside{0}, most{0};
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) {
    const int now = ++inside;
    if (now > most) most = now;
    std::this_thread::sleep_for(1ms);
    --inside;
    return body(1);
  });
  o.background = true;
  o.period = kaya::seconds(0.001);
  grid::live live(o);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) live.poll_now(), live.latest(), live.status(), live.history();
    });
  for (std::thread& t : threads) t.join();
  CHECK(most == 1);
  CHECK(live.status().answers >= 15);
}

TEST_CASE("live: a transport may stop it from within") {
  std::atomic<grid::live*> self{nullptr};
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) {
    while (self == nullptr) std::this_thread::sleep_for(1ms);
    self.load()->stop();
    return body(7);
  });
  o.background = true;
  o.period = kaya::seconds(0.001);
  grid::live live(o);
  self = &live;
  CHECK(eventually([&] { return live.status().answers == 1; }));
  live.stop();
  CHECK(live.status().polls == 1);
  CHECK(live.latest()->step.reading.value == 7_gCO2e_per_kWh);
}

TEST_CASE("live: all who stop it wait until its thread has ended") {
  gate g;
  grid::live_options o = scripted(g.transport());
  o.background = true;
  grid::live live(o);
  REQUIRE(eventually([&] { return g.entered.load(); }));
  std::atomic<int> returned{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      live.stop();
      ++returned;
    });
  std::this_thread::sleep_for(30ms);
  CHECK(returned == 0);
  g.open = true;
  for (std::thread& t : threads) t.join();
  CHECK(live.status().polls == 1);
  live.stop();
}

TEST_CASE("live: a transport that poll_now calls may stop it, too, and asks no further question") {
  std::atomic<grid::live*> self{nullptr};
  std::atomic<bool> again{true};
  grid::live_options o = scripted([&](const std::string&, const grid::http_headers&) {
    if (self != nullptr) {
      again = self.load()->poll_now();
      std::this_thread::sleep_for(20ms);  // the thread comes to wait for its turn
      self.load()->stop();
    }
    return body(7);
  });
  o.background = true;
  o.period = kaya::seconds(0.005);
  grid::live live(o);
  REQUIRE(eventually([&] { return live.status().polls > 0; }));
  self = &live;
  CHECK(live.poll_now());
  CHECK(!again);
  live.stop();
  CHECK(!live.status().running);
}

TEST_CASE("live: a source outlives its live") {
  grid::live_source source;
  {
    grid::live live(scripted([](const std::string&, const grid::http_headers&) { return body(9); }));
    live.poll_now();
    source = live.source();
  }
  CHECK(source.over(noon, noon + minute) == 9_gCO2e_per_kWh);
}

TEST_CASE("live: a forked child has what was known, asks nobody and ends without waiting") {
  gate g;
  std::atomic<int> calls{0};
  grid::live_options o = scripted([&](const std::string& url, const grid::http_headers& h) {
    return ++calls == 1 ? body(4) : g.transport()(url, h, {});
  });
  o.background = true;
  o.period = kaya::seconds(0.001);
  auto* const live = new grid::live(o);
  REQUIRE(eventually([&] { return g.entered.load(); }));  // it hangs, and holds its lock
  const pid_t child = fork();
  if (child == 0) {
    const bool good = live->latest() && live->latest()->step.reading.value == 4_gCO2e_per_kWh &&
                      !live->history().empty() && !live->poll_now() && live->status().polls == 0;
    live->stop();
    delete live;
    _exit(good ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  g.open = true;
  delete live;
}
