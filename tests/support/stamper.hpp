// SPDX-License-Identifier: MIT
// Threads that exist only in a test: stamps with ticks of its choice, through real lanes.
#pragma once

#include <kaya/ledger/core.hpp>

#include <cstdint>
#include <map>
#include <memory>

namespace kaya_test {

class stamper {
 public:
  static constexpr kaya::ledger::tracker_id owner = 7;

  explicit stamper(kaya::ledger::core& ledger) : ledger_(ledger) {}

  std::uint64_t enter(std::uint32_t thread, kaya::ledger::name_id name, std::int64_t ticks,
                      bool background = false) {
    using kaya::ledger::record;
    return put(of(thread), std::uint64_t{name} << record::payload | (background ? record::background : 0),
               ticks);
  }
  void leave(std::uint32_t thread, std::uint64_t serial, std::int64_t ticks) {
    using kaya::ledger::record;
    put(of(thread), serial << record::payload | record::leaves, ticks);
  }
  void end_thread(std::uint32_t thread, std::int64_t ticks) { of(thread).end_thread(ticks); }

  kaya::ledger::lane& of(std::uint32_t thread) {
    std::unique_ptr<kaya::ledger::lane>& l = lanes_[thread];
    if (!l) {
      l = std::make_unique<kaya::ledger::lane>();
      l->belong_to(owner, static_cast<std::uint32_t>(ledger_.lanes().lanes()));
      ledger_.add(*l);
    }
    return *l;
  }

 private:
  std::uint64_t put(kaya::ledger::lane& l, std::uint64_t what, std::int64_t ticks) {
    using kaya::ledger::lane;
    while (l.full()) {
      if (l.backlog() >= lane::most_backlog / 2) ledger_.make_room(l);
      l.open_chunk(lane::chunk);
    }
    std::uint64_t number = 0;
    l.put(what | ledger_.lanes().clock(), ticks, number);
    return number;
  }

  kaya::ledger::core& ledger_;
  std::map<std::uint32_t, std::unique_ptr<kaya::ledger::lane>> lanes_;
};

}  // namespace kaya_test
