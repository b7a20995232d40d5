// SPDX-License-Identifier: MIT
// What tests ask of texts and files, and of what will be so soon.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

#include <kaya/report/record.hpp>

namespace kaya_test {

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }
inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}
/// The whole of a file; empty if there is none.
inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
/// How often an event of a place says this.
inline std::uint64_t times(const kaya::run_report& r, std::string_view where, std::string_view what) {
  std::uint64_t n = 0;
  for (const kaya::event& e : r.events)
    if (e.where == where && has(e.what, what)) n += e.count;
  return n;
}
/// Whether something is so within five seconds.
template <class F>
bool soon(F&& is_so) {
  for (int i = 0; i < 1000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace kaya_test
