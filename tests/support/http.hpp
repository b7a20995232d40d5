// SPDX-License-Identifier: MIT
// A real HTTP/1.1 server on a loopback port that the system chooses, which a test makes behave or misbehave,
// and a small client that is a kaya::grid::live_transport. POSIX sockets; no name is looked up.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kaya/grid/live/provider.hpp>

namespace kaya_test {

/// One end of a connection; closed at the end of its life.
class connection {
 public:
  explicit connection(int fd) : fd_(fd) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { ::close(fd_); }
  int fd() const { return fd_; }

  /// False if the other end has gone.
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Waits for at most so long. Bytes to `text`; false at the end, on errors, or if the time is over.
  bool receive(std::string& text, std::chrono::milliseconds most) const {
    pollfd p{fd_, POLLIN, 0};
    int ready;
    while ((ready = ::poll(&p, 1, static_cast<int>(most.count()))) < 0 && errno == EINTR) {}
    if (ready <= 0) return false;
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    text.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

 private:
  int fd_;
};

inline std::string http_ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// Serves one connection after the other, on its own thread. The handler gets the request and answers; it may
/// be replaced at any time.
class http_server {
 public:
  using handler = std::function<void(const connection&, const std::string& request)>;

  explicit http_server(handler h) : handler_(std::move(h)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const a = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.fd(), a, size) != 0 || ::listen(listener_.fd(), 8) != 0 ||
        ::getsockname(listener_.fd(), a, &size) != 0)
      throw std::runtime_error("no loopback port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  /// Answers with this body, properly.
  explicit http_server(std::string body)
      : http_server(
            [body = std::move(body)](const connection& c, const std::string&) { c.send(http_ok(body)); }) {}
  ~http_server() {
    stopping_ = true;
    thread_.join();
  }

  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  void behave(handler h) {
    const std::lock_guard hold(m_);
    handler_ = std::move(h);
  }
  void answer(std::string body) {
    behave([body = std::move(body)](const connection& c, const std::string&) { c.send(http_ok(body)); });
  }
  int served() const { return served_; }

 private:
  void serve() {
    while (!stopping_) {
      pollfd p{listener_.fd(), POLLIN, 0};
      if (::poll(&p, 1, 5) <= 0) continue;
      const connection c(::accept(listener_.fd(), nullptr, nullptr));
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos)
        if (!c.receive(request, std::chrono::milliseconds(500))) break;
      handler now;
      {
        const std::lock_guard hold(m_);
        now = handler_;
      }
      ++served_;
      now(c, request);
    }
  }

  const connection listener_{::socket(AF_INET, SOCK_STREAM, 0)};
  std::mutex m_;
  handler handler_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> served_{0};
  int port_ = 0;
  std::thread thread_;
};

/// A GET to a loopback address, as a live_transport should be: throws for all but a whole answer of status
/// 200 within the limits, and follows no redirect.
inline std::string http_get(const std::string& url, const kaya::grid::http_headers& headers,
                            const kaya::grid::live_limits& limits) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(
                                      std::chrono::duration<double>(limits.timeout.count()));
  constexpr std::string_view prefix = "http://127.0.0.1:";
  if (!url.starts_with(prefix)) throw std::runtime_error("only loopback");
  int port = 0;
  const char* const digits = url.data() + prefix.size();
  const char* const path = std::from_chars(digits, url.data() + url.size(), port).ptr;

  const connection c(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(c.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no connection to " + url);  // a transport that does not take care
  std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  c.send(request + "\r\n");

  std::string text;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
    if (left.count() <= 0) throw std::runtime_error("timed out");
    if (!c.receive(text, left)) break;
    if (text.size() > limits.most_bytes + 4096) throw std::runtime_error("too long");
  }
  if (clock::now() >= end) throw std::runtime_error("timed out");
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos || !text.starts_with("HTTP/1.1 ")) throw std::runtime_error("no HTTP answer");
  if (text.compare(9, 4, "200 ") != 0)
    throw std::runtime_error("status " + text.substr(9, 3) + " from " + url);
  std::string body = text.substr(head + 4);
  const std::size_t at = text.find("Content-Length: ");
  std::size_t length = 0;
  if (at < head) std::from_chars(text.data() + at + 16, text.data() + head, length);
  if (at < head && body.size() != length) throw std::runtime_error("cut off");
  return body;
}

}  // namespace kaya_test
