// SPDX-License-Identifier: MIT
// A service of carbon intensity on loopback, well or badly behaved, for a minute at most: prints its address.
//
//     serve good | error | redirect | huge | cut
#include "support/http.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include <kaya/grid/time.hpp>

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "good";
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const auto minutes = [](std::int64_t unix_seconds) {
    return std::string(kaya::grid::time_string(unix_seconds * 1'000'000'000).view().substr(0, 16)) + "Z";
  };
  const std::string body = R"({"data":[{"from":")" + minutes(seconds / 1800 * 1800) + R"(","to":")" +
                           minutes(seconds / 1800 * 1800 + 1800) +
                           R"(","intensity":{"forecast":266,"actual":263,"index":"moderate"}}]})";
  const kaya_test::http_server server([&](const kaya_test::connection& c, const std::string&) {
    if (how == "error") c.send("HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
    else if (how == "redirect")
      c.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    else if (how == "huge") c.send(kaya_test::http_ok(std::string(1 << 22, ' ')));
    else if (how == "cut") c.send(kaya_test::http_ok(body).substr(0, 90));
    else c.send(kaya_test::http_ok(body));
  });
  std::cout << server.url() << std::endl;
  std::this_thread::sleep_for(std::chrono::minutes(1));
}
