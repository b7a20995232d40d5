// SPDX-License-Identifier: MIT
// Where one thread writes the edges of its scopes for one tracker: a ring of records that only its thread
// writes and only the sweep reads. Entering or leaving a scope is one reading of the clock and two stores
// here; all else happens where a chunk of the ring ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include <kaya/detail/atomics.hpp>
#include <kaya/ledger/name.hpp>
#include <kaya/ledger/ticks.hpp>

namespace kaya {
inline namespace v1 {
namespace ledger {

using tracker_id = std::uint64_t;  // never used again in a process; 0: none

/// One edge of a scope, or the end of its thread.
struct record {
  std::int64_t ticks;
  std::uint64_t what;  // flags; above them the name of what opens, or the serial number of what closes

  static constexpr std::uint64_t leaves = 1, ends_thread = 2, background = 4;
  static constexpr std::uint64_t monotonic = 8;  // the ticks are nanoseconds, not the CPU's
  static constexpr std::uint64_t waited = 16;    // the scope waits for devices at its edges
  static constexpr int payload = 5;              // bits of flags
};

/// Zero bytes are a lane of no tracker: what it is in a forked child, where its pages are wiped.
class alignas(64) lane {
 public:
  static constexpr std::size_t bytes = 64 * 1024;
  static constexpr std::size_t names = 128, longest_name = 112;
  static constexpr std::size_t capacity = (bytes - 192 - names * 128) / sizeof(record);
  /// Records between two looks at how full the ring is: a whole number of times in a lap, so that all chunks
  /// are of one length, and a thread's share of settling, too.
  static constexpr std::size_t chunk = capacity / 6;

  // ---- for the thread that writes

  tracker_id owner() const noexcept { return detail::load_relaxed(owner_); }

  /// Stamps the opening of a scope and gives its serial number, or 0 where a signal handler interrupts
  /// another stamp: its scope is not counted. False: the name is not known here, or the chunk is full.
  bool enter(const scope_name& n, std::uint64_t flags, std::uint64_t& serial) noexcept {
    serial = 0;
    if (busy_) return true;
    const turn mine(*this);
    const name_id* const id = find(n);
    return id != nullptr && put_enter(*id, flags, serial);
  }
  /// Stamps the closing of one. False: the chunk is full.
  bool leave(std::uint64_t serial) noexcept {
    if (busy_) return true;
    const turn mine(*this);
    return put_leave(serial);
  }
  /// The same for a signal handler that interrupts the ledger itself, where nothing can be swept.
  void leave_at_any_price(std::uint64_t serial) noexcept {
    if (busy_) return;
    const turn mine(*this);
    open_chunk(1);
    if (full() && backlog() < most_backlog + reserve / 2) ++limit_;
    if (put_leave(serial)) closes_outermost(serial);
  }

  /// While one lives, no signal handler on this thread touches the lane.
  class turn {
   public:
    explicit turn(lane& l) noexcept : lane_(l) {
      lane_.busy_ = true;
      detail::signal_fence();
    }
    ~turn() {
      detail::signal_fence();
      lane_.busy_ = false;
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    lane& lane_;
  };
  /// Somebody has a turn: this is a signal handler.
  bool interrupted() const noexcept { return busy_; }

  // ---- for who has a turn

  const name_id* find(const scope_name& n) const noexcept {
    if (const known_name& first = names_[n.hash() % names]; first.is(n)) return &first.id;
    if (n.size() > longest_name) return nullptr;
    for (std::size_t at = n.hash() % names; names_[at].size != 0; at = (at + 1) % names)
      if (names_[at].is(n)) return &names_[at].id;
    return nullptr;
  }
  bool put_enter(name_id id, std::uint64_t flags, std::uint64_t& serial) noexcept {
    const std::uint64_t clock = detail::load_relaxed(clock_);
    return put(std::uint64_t{id} << record::payload | flags | clock, ticks(clock == 0), serial);
  }
  bool put_leave(std::uint64_t serial) noexcept {
    const std::uint64_t clock = detail::load_relaxed(clock_);
    std::uint64_t number;
    return put(serial << record::payload | record::leaves | clock, ticks(clock == 0), number);
  }
  /// Writes a record and gives its number, from 1. False: the chunk is full.
  bool put(std::uint64_t what, std::int64_t at, std::uint64_t& number) noexcept {
    record* const to = write_;
    if (to == limit_) return false;
    to->what = what;
    to->ticks = at;
    number = number_of(to);
    detail::store_release(write_, to + 1);
    return true;
  }
  bool full() const noexcept { return write_ == limit_; }

  /// Keeps what line a name has. Names longer than longest_name are asked for anew each time.
  void remember(const scope_name& n, name_id id) noexcept {
    if (n.size() > longest_name) return;
    if (known_ >= names / 4 * 3) forget_names();
    std::size_t at = n.hash() % names;
    while (names_[at].size != 0) at = (at + 1) % names;
    known_name& fresh = names_[at];
    for (std::size_t i = 0; i < n.size(); ++i) fresh.text[i] = n.data()[i];
    fresh.hash = n.hash();
    fresh.id = id;
    fresh.size = static_cast<std::uint32_t>(n.size());
    ++known_;
  }
  void forget_names() noexcept {
    for (known_name& n : names_) n.size = 0;
    known_ = 0;
  }

  /// Records that wait for the sweep. This many can; the reserve is for what must not be lost: the end of the
  /// thread, and half of it for leave_at_any_price().
  static constexpr std::size_t reserve = 16, most_backlog = capacity - reserve;
  std::uint64_t backlog() const noexcept { return number_of(write_) - 1 - detail::load_acquire(swept_); }
  /// Lets up to n more records be written before the next look; none if the ring is full.
  void open_chunk(std::size_t n) noexcept {
    if (write_ == ring_ + capacity) {
      lap_ += capacity;
      limit_ = ring_;
      detail::store_release(write_, ring_ + 0);
    }
    const auto used = static_cast<std::size_t>(backlog());
    const std::size_t room = used < most_backlog ? most_backlog - used : 0;
    const std::size_t until_end = static_cast<std::size_t>(ring_ + capacity - write_);
    if (n > room) n = room;
    if (n > until_end) n = until_end;
    limit_ = write_ + n;
  }
  /// The thread ends, and with it the scopes that it left open. There is always room for this.
  void end_thread() noexcept { end_thread(ticks(detail::load_relaxed(clock_) == 0)); }
  void end_thread(std::int64_t at) noexcept {
    const turn mine(*this);
    if (number_of(write_) - 1 == ended_) return;  // nothing since another thread ended here
    open_chunk(0);
    ++limit_;
    put(record::ends_thread | detail::load_relaxed(clock_), at, ended_);
  }

  // ---- for the tracker

  /// Makes the lane a tracker's, with no record in it; slot: its place among the tracker's lanes.
  void belong_to(tracker_id owner, std::uint32_t slot) noexcept {
    forget_names();
    slot_ = slot;
    lap_ = 0;
    swept_ = 0;
    limit_ = ring_;
    ended_ = since_ = 0;
    busy_ = false;
    detail::store_relaxed(depth_, 0);
    detail::store_release(state_, attached);
    detail::store_release(write_, ring_ + 0);
    detail::store_release(owner_, owner);
  }
  void use_clock(bool of_the_cpu) noexcept {
    detail::store_relaxed(clock_, of_the_cpu ? std::uint64_t{0} : record::monotonic);
  }
  std::uint32_t slot() const noexcept { return slot_; }
  std::uint64_t swept() const noexcept { return detail::load_relaxed(swept_); }
  void set_swept(std::uint64_t n) noexcept { detail::store_release(swept_, n); }
  const record& at(std::uint64_t number) const noexcept { return ring_[number % capacity]; }
  const record* after(const record* r) const noexcept { return r + 1 == ring_ + capacity ? ring_ : r + 1; }
  /// How many records were ever written, told from how many were swept.
  std::uint64_t written() const noexcept {
    const std::uint64_t from = swept();
    const auto place = static_cast<std::size_t>(detail::load_acquire(write_) - ring_);
    return from + (place + capacity - from % capacity) % capacity;
  }

  /// Whose move it is to give the lane back to the pool: the later one's of the thread and its tracker.
  bool end_of_thread() noexcept { return detail::exchange(state_, ended) == free; }
  bool end_of_tracker() noexcept {
    detail::store_release(owner_, tracker_id{0});
    return detail::exchange(state_, free) == ended;
  }
  /// Of no tracker any more, so that its thread may use it for another one.
  bool is_free() const noexcept { return detail::load_acquire(state_) == free; }
  /// A new thread of the same tracker goes on where an ended one stopped.
  bool adopt() noexcept {
    if (!detail::replace(state_, ended, attached)) return false;
    since_ = number_of(write_) - 1;
    detail::store_relaxed(depth_, 0);
    return true;
  }

  /// How many scopes of its thread are open, where outermost edges matter. Either gives whether this was one;
  /// what a thread before this one opened is none.
  bool opens_outermost() noexcept { return detail::add(depth_, 1) == 1; }
  bool closes_outermost(std::uint64_t serial) noexcept {
    return serial > since_ && detail::add(depth_, -1) == 0;
  }

  lane* next = nullptr;  // of the same thread, of another tracker; or free

 private:
  enum state : std::uint32_t { free, attached, ended };  // zero bytes are a free lane
  struct known_name {
    std::uint64_t hash;
    name_id id;
    std::uint32_t size;  // 0: free
    char text[longest_name];

    bool is(const scope_name& n) const noexcept {
      return hash == n.hash() && size == n.size() && detail::same_text(text, n.data(), n.size());
    }
  };

  std::uint64_t number_of(const record* r) const noexcept {
    return lap_ + static_cast<std::uint64_t>(r - ring_) + 1;
  }
  tracker_id owner_;
  record* write_;                    // where the next record goes; all before it are published
  record* limit_;                    // where the chunk ends
  std::uint64_t lap_;                // records of the laps before
  std::uint64_t clock_;              // record::monotonic, or 0
  std::uint64_t ended_;              // the last record that told of a thread's end, or 0
  bool busy_;                        // somebody has a turn
  alignas(64) std::uint64_t swept_;  // records that the sweep has read
  state state_;
  std::uint32_t slot_, known_;
  std::uint64_t since_;  // records of the threads before this one
  int depth_;
  alignas(64) known_name names_[names];
  record ring_[capacity];
};
static_assert(sizeof(lane) <= lane::bytes && lane::capacity % lane::chunk == 0);

}  // namespace ledger
}  // namespace v1
}  // namespace kaya
