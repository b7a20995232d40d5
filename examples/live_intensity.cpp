// SPDX-License-Identifier: MIT
// What a kilowatt-hour costs the climate right now, and a run of some seconds priced with it. The transport
// is libcurl (Debian: libcurl4-openssl-dev):
//
//   g++ -std=c++20 -O2 -pthread -Iinclude examples/live_intensity.cpp -lcurl -o live_intensity
//   ./live_intensity                                   # Great Britain, without an account
//   ELECTRICITY_MAPS_TOKEN=... ./live_intensity DE     # any zone of app.electricitymaps.com
//   WATTTIME_TOKEN=... ./live_intensity --marginal CAISO_NORTH
//
// The token comes from the environment only, and goes into a header of the request and nowhere else.
#include <kaya/grid/live.hpp>
#include <kaya/kaya.hpp>

#include <curl/curl.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

namespace grid = kaya::grid;

struct body {
  std::string text;
  std::size_t most = 0;

  /// Gives libcurl fewer bytes than it has, which ends the transfer, when the answer gets too long.
  static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
    body& b = *static_cast<body*>(self);
    const std::size_t n = size * count;
    if (n > b.most - b.text.size()) return 0;
    try {
      b.text.append(bytes, n);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return n;
  }
};

struct cleanup {
  void operator()(CURL* c) const noexcept { curl_easy_cleanup(c); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

void check(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));  // a fixed text: no address in it
}

/// GET over HTTPS with certificates verified. It follows no redirect, which could take the token elsewhere.
std::string get(const std::string& url, const grid::http_headers& headers, const grid::live_limits& limits) {
  const std::unique_ptr<CURL, cleanup> c(curl_easy_init());
  if (!c) throw std::bad_alloc();
  std::unique_ptr<curl_slist, cleanup> lines;
  for (const auto& [name, value] : headers) {
    curl_slist* const more = curl_slist_append(lines.get(), (name + ": " + value).c_str());
    if (more == nullptr) throw std::bad_alloc();
    lines.release();  // it is the list from here on, or a new one
    lines.reset(more);
  }
  body answer{{}, limits.most_bytes};
  const auto set = [&](CURLoption option, auto value) { check(curl_easy_setopt(c.get(), option, value)); };
  const auto ms = static_cast<long>(limits.timeout.count() * 1000);
  set(CURLOPT_URL, url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");  // kaya lets http pass only where there is nothing to hide
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // or newer
  set(CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L);                            // of all of it; 0 would be none
  set(CURLOPT_NOSIGNAL, 1L);                                            // as this is one of several threads
  set(CURLOPT_HTTPHEADER, lines.get());
  set(CURLOPT_USERAGENT, "kaya");
  set(CURLOPT_WRITEFUNCTION, &body::take);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  const CURLcode sent = curl_easy_perform(c.get());
  if (sent == CURLE_WRITE_ERROR)
    throw std::runtime_error("the answer has more than " + std::to_string(limits.most_bytes) + " bytes");
  check(sent);
  long status = 0;
  check(curl_easy_getinfo(c.get(), CURLINFO_RESPONSE_CODE, &status));
  if (status != 200) throw std::runtime_error("HTTP status " + std::to_string(status));
  return std::move(answer.text);
}

std::string token(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr || *value == '\0')
    throw std::invalid_argument(std::string(variable) + " is not set; it is to hold your token");
  return value;
}

grid::live_options options(int argc, char** argv) {
  grid::live_options o;
  o.transport = get;
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc == 1) o.provider = grid::uk_carbon_intensity();
  else if (argc == 2 && !first.starts_with('-'))
    o.provider = grid::electricity_maps(argv[1], token("ELECTRICITY_MAPS_TOKEN"));
  else if (argc == 3 && first == "--marginal") o.provider = grid::watttime(argv[2], token("WATTTIME_TOKEN"));
  else throw std::invalid_argument("usage: live_intensity [ZONE | --marginal REGION]");
  // For a server of your own that speaks the same language.
  if (const char* const url = std::getenv("LIVE_INTENSITY_URL")) o.provider.url = url;
  return o;
}

int run(int argc, char** argv) {
  grid::live now(options(argc, argv));
  // Only this program wants the first value before it begins. Others just begin: the thread asks meanwhile.
  while (!now.latest() && now.status().failures == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));

  kaya::tracker_options o{.project = "live_intensity"};
  if (const auto last = now.latest()) {
    std::cout << now.source().name() << ", " << now.source().zone() << ": " << last->step.reading.value
              << ", " << to_string(last->step.reading.how) << ", " << to_string(last->step.reading.basis)
              << (last->step.reading.forecast ? ", a forecast" : "")
              << (last->step.reading.estimated ? ", an estimate" : "") << "; from "
              << grid::time_string(last->step.from_ns).view() << ", read " << kaya::humanize(last->age)
              << " ago\n\n";
    o.live_intensity = now.source();
  } else {
    std::cerr << "live_intensity: no live value: " << now.status().error << "\n";
  }

  kaya::tracker run(o);
  {
    auto epoch = run.epoch();
    auto scope = run.scope("train");
    double x = 1;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < end)
      for (int i = 0; i < 100'000; ++i) x = std::sqrt(x + i);
    epoch.metric("x", x);
  }
  std::cout << run.stop();
  return now.latest() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // before there are threads
  int status = 2;
  try {
    status = run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "live_intensity: " << e.what() << "\n";
  }
  curl_global_cleanup();
  return status;
}
