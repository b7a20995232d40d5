// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/journal.hpp>
#include <kaya/ledger/journal.hpp>
#include <kaya/replay.hpp>
#include <kaya/report/json.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"
#include "support/kept_run.hpp"
#include "support/words.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace journal = kaya::ledger::journal;
using kaya::replay;
using kaya::replay_options;
using kaya::run_report;
using kaya::report::to_json;
using kaya_test::fake_tree;
using kaya_test::kept_run;
using kaya_test::world;

using kaya_test::text_of;

namespace {

constexpr std::int64_t ms = 1'000'000, s = 1000 * ms, minute = 60 * s;
constexpr std::int64_t a_second = 120'000'000;  // uJ, at 120 W

void put(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
struct folder : fake_tree {
  std::string path() const { return root() + "/run.journal"; }
};

bool mentions(const run_report& r, std::string_view text) {
  for (const kaya::event& e : r.events)
    if (e.what.find(text) != std::string::npos) return true;
  return false;
}
std::int64_t sum_of_own(const run_report& r) {
  std::int64_t sum = 0;
  for (const kaya::scope_line& l : r.scopes) sum += l.own_uj.value_or(kaya::microjoules(0)).count();
  return sum;
}

/// Steps of a training loop, drawn once and done by whoever is given them.
class script {
 public:
  explicit script(unsigned seed, int steps) : random_(seed) {
    for (int i = 0; i < steps; ++i)
      steps_.push_back({static_cast<int>(random_() % 10),
                        1 + static_cast<std::int64_t>(random_() % 3000) * ms,
                        {static_cast<double>(1 + random_() % 400), static_cast<double>(1 + random_() % 50)},
                        static_cast<unsigned>(random_() % 5)});
  }
  std::size_t size() const { return steps_.size(); }
  /// One step; leaves no scope open.
  void step(std::size_t i, kept_run& r, int& epoch) const {
    const auto& [kind, time, watts, name] = steps_[i];
    constexpr const char* names[] = {"forward", "backward", "data", "a \"name\"", "\xF0\x9F\x8C\x8D"};
    if (kind == 0 && epoch < 0) epoch = r.open_epoch();
    if (kind == 1 && epoch >= 0) {
      r.core().books().epochs().find(epoch)->work += 10;
      r.core().books().epochs().find(epoch)->metrics.emplace_back("loss", 1.0 / static_cast<double>(i));
      r.close_epoch(epoch);
      epoch = -1;
    }
    if (kind == 2) r.own.work += 0.5;
    const auto outer = r.enter(names[name]);
    r.pass(time, watts);
    const auto inner = r.enter(names[(name + 1) % 5]);
    const auto beside = r.enter(names[(name + 2) % 5], 2);
    r.pass(time / 2 + 7, watts);
    r.leave(beside, 2);
    r.leave(inner);
    if (kind % 2 == 0) r.sample();
    r.leave(outer);
    r.sample();
  }

 private:
  struct one {
    int kind;
    std::int64_t time;
    std::vector<double> watts;
    unsigned name;
  };
  std::mt19937 random_;
  std::vector<one> steps_;
};

run_report run_whole(const script& steps, const std::string& path, const kaya::ledger::pricing& price = {}) {
  world w;
  kept_run r(w, path, false, price);
  int epoch = -1;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps.step(i, r, epoch);
    if (i % 17 == 0) r.flush();
  }
  if (epoch >= 0) r.close_epoch(epoch);
  return r.stop();
}

kaya::grid::series steps_of_five_minutes() {
  std::vector<kaya::grid::point> points;
  const std::int64_t begin = 1'700'000'000'000'000'000 / (5 * minute) * (5 * minute);
  std::mt19937 random(3);
  for (int i = 0; i < 400; ++i)
    points.push_back({begin + i * 5 * minute, kaya::grams_per_kilowatt_hour(random() % 700)});
  return kaya::grid::series(points, kaya::grid::accounting::direct, kaya::grid::basis::location,
                            "a publisher");
}
kaya::ledger::pricing at(double pue, double grams) {
  kaya::ledger::pricing p;
  p.pue = pue;
  p.intensity = kaya::grams_per_kilowatt_hour(grams);
  return p;
}

}  // namespace

TEST_CASE("journal: any states follow from each other through their differences") {
  std::mt19937_64 random(1);
  journal::record_writer records;
  std::string bytes(journal::heading);
  std::vector<journal::state> all;
  journal::state now;
  for (int i = 0; i < 200; ++i) {
    if (random() % 3 == 0) now.texts.intern("text " + std::to_string(random() % 50));
    for (journal::table& t : now.of) {
      if (random() % 5 == 0) t.width = 1 + random() % 6;
      t.cells.resize(random() % 5 * t.width);
      for (std::size_t row = 0; row < t.rows(); ++row) {
        t.cells[row * t.width] = 1;
        for (std::size_t k = 1; k < t.width; ++k)
          if (random() % 2 == 0) t.cells[row * t.width + k] = random() >> random() % 64;
      }
    }
    if (random() % 20 == 0) records.begin_anew();
    records.write(bytes, now);
    all.push_back(now);
  }
  std::size_t n = 0;
  const std::size_t good = journal::read_records(bytes, [&](const journal::state& read, bool) {
    REQUIRE(n < all.size());
    for (std::size_t t = 0; t < journal::tables; ++t) {
      CHECK(read.of[t].cells == all[n].of[t].cells);
      CHECK((read.of[t].width == all[n].of[t].width || read.of[t].cells.empty()));
    }
    CHECK(read.texts.size() == all[n].texts.size());
    CHECK(read.texts[all[n].texts.size() - 1] == all[n].texts[all[n].texts.size() - 1]);
    ++n;
  });
  CHECK(n == all.size());
  CHECK(good == bytes.size());
}

TEST_CASE("journal: the checksum is that of zlib") {
  CHECK(journal::checksum("123456789") == 0xcbf43926u);  // the check value of CRC-32/ISO-HDLC
}

TEST_CASE("journal: chains of 20 processes equal one that was never interrupted, to the microjoule") {
  for (unsigned seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    const folder f;
    const script steps(seed, 400);
    const run_report whole = run_whole(steps, f.root() + "/whole.journal");

    std::mt19937 random(seed + 100);
    std::vector<std::size_t> ends;
    for (int i = 0; i < 19; ++i) ends.push_back(random() % steps.size());
    world w;
    auto r = std::make_unique<kept_run>(w, f.path(), false);
    int epoch = -1, processes = 1;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      steps.step(i, *r, epoch);
      for (const std::size_t end : ends) {
        if (end != i) continue;
        r->flush();
        r.reset();  // killed
        w.clock.unix_zero += static_cast<std::int64_t>(random() % 100'000) * s;
        w.clock.ticks = static_cast<std::int64_t>(random() % 1'000'000);  // rebooted
        if (random() % 2 == 0)
          for (auto& a : w.meter->answers) a.count = random();
        r = std::make_unique<kept_run>(w, f.path(), true);
        ++processes;
        if (epoch >= 0) {
          const int again = r->open_epoch();
          CHECK(again == epoch);
        }
      }
    }
    CHECK(processes == 20);
    if (epoch >= 0) r->close_epoch(epoch);
    const run_report chain = r->stop();

    CHECK(chain.run_id == whole.run_id);
    CHECK(chain.processes.size() == 20);
    REQUIRE(chain.energy_uj.has_value());
    CHECK(chain.energy_uj == whole.energy_uj);
    CHECK(chain.duration.count() == doctest::Approx(whole.duration.count()).epsilon(1e-12));
    CHECK(chain.work == whole.work);
    REQUIRE(chain.scopes.size() == whole.scopes.size());
    for (const kaya::scope_line& a : whole.scopes) {
      CAPTURE(a.name);
      bool found = false;
      for (const kaya::scope_line& b : chain.scopes) {
        if (a.name != b.name) continue;
        found = true;
        CHECK(a.own_uj == b.own_uj);
        CHECK(a.total_uj == b.total_uj);
        CHECK(a.count == b.count);
        CHECK(a.time.count() == doctest::Approx(b.time.count()).epsilon(1e-9));
        CHECK(a.total->low == b.total->low);
        if (a.count > 0) CHECK(a.min.count() == doctest::Approx(b.min.count()));
      }
      CHECK(found);
    }
    REQUIRE(chain.epochs.size() == whole.epochs.size());
    for (std::size_t i = 0; i < whole.epochs.size(); ++i) {
      const kaya::epoch_line &a = whole.epochs[i], &b = chain.epochs[i];
      CHECK(a.index == b.index);
      CHECK(a.energy_uj == b.energy_uj);
      CHECK(a.work == b.work);
      CHECK(a.metrics == b.metrics);
      CHECK(a.duration.count() == doctest::Approx(b.duration.count()).epsilon(1e-9));
      CHECK(a.start.count() == doctest::Approx(b.start.count()).epsilon(1e-9));
      CHECK(b.coverage == doctest::Approx(a.coverage));
    }
    REQUIRE(chain.channels.size() == whole.channels.size());
    for (std::size_t i = 0; i < whole.channels.size(); ++i)
      CHECK(chain.channels[i].energy_uj == whole.channels[i].energy_uj);
    REQUIRE(chain.components.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      const kaya::component_line &a = whole.components[i], &b = chain.components[i];
      CHECK(a.part == b.part);
      CHECK(a.energy_uj == b.energy_uj);
      CHECK(a.emissions.count() == doctest::Approx(b.emissions.count()).epsilon(1e-12));
    }
    CHECK(sum_of_own(chain) == chain.energy_uj->count());
    CHECK(chain.emissions->value.count() == doctest::Approx(whole.emissions->value.count()).epsilon(1e-12));
  }
}

TEST_CASE("journal: replay gives the original report, to the last bit") {
  for (const bool with_series : {false, true})
    for (unsigned seed = 0; seed < 10; ++seed) {
      CAPTURE(seed);
      const folder f;
      kaya::ledger::pricing price = at(1.25, 123.4);
      if (with_series) price.series = steps_of_five_minutes();
      const run_report original = run_whole(script(seed, 600), f.path(), price);
      CHECK(original.duration.count() > 600);
      CHECK(to_json(replay(f.path())) == to_json(original));
    }
}

TEST_CASE(
    "journal: replay with other factors gives the report that the run would have given, to the last bit") {
  const kaya::ledger::pricing other = [] {
    kaya::ledger::pricing p = at(1.5, 321);
    p.series = steps_of_five_minutes();
    return p;
  }();
  for (unsigned seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const folder f;
    const script steps(seed, 600);
    run_whole(steps, f.path(), at(1.1, 44));
    const run_report would = run_whole(steps, f.root() + "/other", other);
    run_report got =
        replay(f.path(), {.intensity = other.intensity, .intensity_series = other.series, .pue = 1.5});
    CHECK(got.emissions->value.count() != doctest::Approx(44));
    CHECK_FALSE(got.pue_assumed);
    got.pue_assumed = would.pue_assumed;
    if (got.intensity.name.find("given") != std::string::npos) got.intensity = would.intensity;
    CHECK(got.intensity.value == would.intensity.value);
    got.intensity.note = would.intensity.note;  // there the run names the constant beyond the series
    CHECK(to_json(got) == to_json(would));
  }
}

TEST_CASE("journal: the same factors, given again, price each bin as the run did") {
  const folder f;
  const kaya::ledger::pricing price = at(1.3, 77);
  const run_report original = run_whole(script(5, 500), f.path(), price);
  run_report again = replay(f.path(), {.intensity = price.intensity, .pue = 1.3});
  again.intensity = original.intensity;
  again.pue_assumed = original.pue_assumed;
  CHECK(to_json(again) == to_json(original));
}

TEST_CASE("journal: a water usage effectiveness can be given later, and a factor that cannot be is refused") {
  const folder f;
  const run_report original = run_whole(script(5, 50), f.path(), at(1.3, 77));
  const run_report wet = replay(f.path(), {.wue = kaya::litres_per_kilowatt_hour(1.8)});
  REQUIRE(wet.water.has_value());
  CHECK(wet.water->count() == doctest::Approx(original.energy->value.count() / 3.6e6 * 1.8));
  CHECK_THROWS_AS(replay(f.path(), {.pue = 0.5}), kaya::config_error);
  CHECK_THROWS_AS(replay(f.path(), {.region = "KOREA"}), kaya::config_error);
  CHECK_THROWS_AS(replay(f.root() + "/none"), std::runtime_error);
}

TEST_CASE(
    "journal: lines of epochs that are merged, and epochs that are done again, are priced again alike") {
  const kaya::ledger::pricing first = at(1, 100);
  kaya::ledger::pricing other = at(1.2, 10);
  other.series = steps_of_five_minutes();
  const auto run = [](const std::string& path, const kaya::ledger::pricing& price) {
    world w;
    kept_run r(w, path, false, price, "node1", 10);
    std::mt19937 random(4);
    for (int i = 0; i < 120; ++i) {
      const int e = r.open_epoch();
      r.pass(static_cast<std::int64_t>(random() % 40'000) * ms + 1,
             {static_cast<double>(random() % 300), 20});
      r.close_epoch(e);
      if (i % 13 == 0) r.flush();
      if (i == 60) r.rewind(e - 1);
    }
    return r.stop();
  };
  const folder f;
  const run_report original = run(f.path(), first), would = run(f.root() + "/other", other);
  REQUIRE(original.lost.has_value());
  CHECK(original.lost->epochs >= 2);
  CHECK(to_json(replay(f.path())) == to_json(original));
  run_report got =
      replay(f.path(), {.intensity = other.intensity, .intensity_series = other.series, .pue = 1.2});
  CHECK(got.lost->emissions == would.lost->emissions);
  REQUIRE(got.epochs.size() == would.epochs.size());
  for (std::size_t i = 0; i < got.epochs.size(); ++i)
    CHECK(got.epochs[i].emissions == would.epochs[i].emissions);
}

TEST_CASE("journal: cut at any byte, it gives the totals of its last whole flush") {
  const folder f;
  std::vector<std::pair<std::size_t, std::int64_t>> flushed{{0, -1}};  // size of the file, total
  {
    world w;
    kept_run r(w, f.path(), false);
    for (int i = 0; i < 6; ++i) {
      const int e = r.open_epoch();
      const auto scope = r.enter("step");
      r.pass(20 * s, {100.0 + i, i % 3 == 2 ? 20.0 : 0.0});  // one tells only after a minute
      r.leave(scope);
      r.close_epoch(e);
      CHECK(r.flush().empty());
      flushed.emplace_back(std::filesystem::file_size(f.path()), r.total());
    }
  }
  const std::string whole = text_of(f.path());
  CHECK(flushed.back().first == whole.size());
  std::size_t states = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    put(f.path(), std::string_view(whole).substr(0, size));
    std::int64_t expected = -1;
    for (const auto& [at, total] : flushed)
      if (at <= size) expected = total;
    world w;
    kept_run r(w, f.path(), true);
    const run_report report = r.report();
    CAPTURE(size);
    if (expected < 0) {
      if (r.total() != 0) ++states;  // a bin's record, before the first flush was whole
      continue;
    }
    REQUIRE(r.total() >= expected);  // records of bins may have come after it
    REQUIRE(sum_of_own(report) == r.total());
    std::int64_t channels = 0;
    for (const kaya::channel_line& c : report.channels)
      channels += c.energy_uj.value_or(kaya::microjoules(0)).count();
    REQUIRE(channels == r.total());
    if (r.total() == expected) ++states;
    r.pass(s);
    r.flush();
    if (size % 50 == 0) {
      const auto back = replay(f.path());
      REQUIRE(back.energy_uj->count() == r.total());
    }
  }
  CHECK(states > whole.size() / 4);
}

TEST_CASE("journal: whatever byte is wrong, what stands before it is read") {
  const folder f;
  run_whole(script(1, 60), f.path());
  const std::string good = text_of(f.path());
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255);
    std::size_t states = 0;
    const std::size_t whole =
        journal::read_records(bad, [&](const journal::state&, bool can_go_on) { states += can_go_on; });
    CHECK(whole < good.size());
    CHECK((states == 0) == (whole <= journal::heading.size()));
  }
}

namespace {

/// A disk that takes so many bytes and then fails.
struct failing_disk final : journal::disk {
  long write(int file, const char* bytes, std::size_t n) noexcept override {
    if (room == 0) return errno = ENOSPC, -1;
    const std::size_t part = n < room ? n : room;
    room -= part;
    return journal::disk::write(file, bytes, part);
  }
  int sync(int file) noexcept override {
    if (!syncs) return errno = EIO, -1;
    return journal::disk::sync(file);
  }
  std::size_t room = SIZE_MAX;
  bool syncs = true;
};
journal::state number(std::uint64_t x) {
  journal::state st;
  st.of[0].width = 2;
  st.of[0].cells = {1, x};
  return st;
}
std::uint64_t last_number(const std::string& path) {
  std::uint64_t x = 0;
  journal::read_records(text_of(path), [&](const journal::state& st, bool) { x = st.of[0].cells.at(1); });
  return x;
}

}  // namespace

TEST_CASE("journal: a disk that is full at any byte of a record leaves whole records, and says so once") {
  for (std::size_t room = 0; room < 60; ++room) {
    CAPTURE(room);
    const folder f;
    failing_disk disk;
    journal::writer w(f.path(), disk);
    journal::state now;
    bool found = false;
    CHECK(w.open(false, now, found).empty());
    w.hand_over(&(now = number(1)));
    CHECK(w.write().empty());
    const std::string before = text_of(f.path());
    disk.room = room;
    w.hand_over(&(now = number(2)));
    const std::string said = w.write();
    if (said.empty()) break;  // it did fit
    CHECK(said.find("cannot be written: No space left on device") != std::string::npos);
    CHECK(text_of(f.path()) == before);
    CHECK(w.prepare().empty());
    w.hand_over(&(now = number(3)));
    CHECK(w.write().empty());  // still full: nothing new
    disk.room = SIZE_MAX;
    w.hand_over(&(now = number(4)));
    CHECK(w.write().find("is written again") != std::string::npos);
    CHECK(last_number(f.path()) == 4);
    std::size_t states = 0;
    CHECK(journal::read_records(text_of(f.path()), [&](const journal::state&, bool) { ++states; }) ==
          text_of(f.path()).size());
    CHECK(states == 4);  // nothing was lost
  }
}

TEST_CASE("journal: a disk that is full for long costs the time between, not the totals") {
  const folder f;
  failing_disk disk;
  journal::writer w(f.path(), disk);
  journal::state st;
  bool found = false;
  w.open(false, st, found);
  disk.room = 0;
  std::mt19937_64 random(1);
  std::size_t most = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    st.of[1].width = 2;
    st.of[1].cells.resize(2000);
    for (std::size_t k = 0; k < 2000; k += 2) st.of[1].cells[k] = 1, st.of[1].cells[k + 1] = random();
    w.hand_over(&st);
    w.write();
    most = i;
  }
  disk.room = SIZE_MAX;
  w.hand_over(&st);
  w.write();
  w.hand_over(&st);
  w.write();
  CHECK(most == 199);
  CHECK(w.bytes() < 3'000'000);
  journal::state last;
  journal::read_records(text_of(f.path()), [&](const journal::state& read, bool) { last = read; });
  CHECK(last.of[1].cells == st.of[1].cells);
}

TEST_CASE("journal: one that was removed in between is begun anew, with all totals") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(200 * s);
    r.flush();
    std::filesystem::remove(f.path());
    r.pass(s);
    CHECK(r.flush().find("was removed or changed by somebody else; a new one was begun") !=
          std::string::npos);
    r.pass(s);
    CHECK(r.flush().empty());
  }
  const kept_run again(w, f.path(), true);
  CHECK(again.total() == 202 * a_second);
}

TEST_CASE("journal: a folder that is not there, or cannot be written, is an event, and tried again") {
  const folder f;
  world w;
  const std::string inner = f.root() + "/later";
  kept_run r(w, inner + "/run.journal", false);
  CHECK(mentions(r.report(), "cannot be opened: No such file or directory"));
  r.pass(s);
  CHECK(r.flush().empty());  // said already
  std::filesystem::create_directory(inner);
  r.pass(s);
  r.flush();
  CHECK(replay(inner + "/run.journal").energy_uj->count() == 2 * a_second);
}

TEST_CASE("journal: a second writer is refused, and says so; the first is not disturbed") {
  const folder f;
  world w, other;
  kept_run first(w, f.path(), false);
  first.pass(s);
  first.flush();
  {
    kept_run second(other, f.path(), false);
    CHECK(mentions(second.report(), "is written by another tracker: this one keeps no journal"));
    second.pass(s);
    second.flush();
  }
  first.pass(s);
  first.flush();
  CHECK(replay(f.path()).energy_uj->count() == 2 * a_second);
}

TEST_CASE("journal: only its owner may read it") {
  const folder f;
  world w;
  const kept_run r(w, f.path(), false);
  struct stat st {};
  REQUIRE(::stat(f.path().c_str(), &st) == 0);
  CHECK((st.st_mode & 0777) == 0600);
}

TEST_CASE("journal: a run that resumes nothing sets the journal of another aside") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(s);
    r.flush();
  }
  kept_run r(w, f.path(), false);
  CHECK(r.total() == 0);
  CHECK(mentions(r.report(), "was another run's journal; it is " + f.path() + ".1 now"));
  CHECK(replay(f.path() + ".1").energy_uj->count() == a_second);
}

TEST_CASE("journal: a file that is none is not touched") {
  const folder f;
  put(f.path(), "my thesis");
  world w;
  kept_run r(w, f.path(), true);
  CHECK(mentions(r.report(), "is no journal and was not touched"));
  r.pass(s);
  r.flush();
  CHECK(text_of(f.path()) == "my thesis");
}

TEST_CASE("journal: that of another project is not gone on with") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(s);
    r.flush();
  }
  kept_run r(w, f.path(), true, {}, "node1", 1000, "letters");
  CHECK(r.total() == 0);
  CHECK(mentions(r.report(), "is of the project \"digits\", not of \"letters\"; it is "));
}

TEST_CASE("resume: the time between processes is shown and not charged") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(10 * s);
    r.flush();
  }
  w.clock.unix_zero += 3600 * s;
  for (auto& a : w.meter->answers) a.count += 1'000'000'000;  // used by others meanwhile
  kept_run r(w, f.path(), true);
  r.pass(5 * s);
  const run_report report = r.stop();
  CHECK(report.energy_uj->count() == 15 * a_second);
  CHECK(report.duration.count() == doctest::Approx(15));
  REQUIRE(report.processes.size() == 2);
  CHECK(report.processes[0].duration.count() == doctest::Approx(10));
  CHECK(report.processes[1].start.count() == doctest::Approx(10));
  CHECK(report.processes[1].duration.count() == doctest::Approx(5));
  CHECK(report.processes[1].start_unix_ns - report.processes[0].start_unix_ns == 3610 * s);
  CHECK(mentions(report, "goes on after 1.00 h, which are not charged"));
}

TEST_CASE("resume: an epoch that was open goes on, or is lost work after rewind()") {
  for (const bool from_checkpoint : {false, true}) {
    CAPTURE(from_checkpoint);
    const folder f;
    world w;
    {
      kept_run r(w, f.path(), false);
      for (int i = 0; i < 3; ++i) {
        const int e = r.open_epoch();
        r.core().books().epochs().find(e)->work += 7;
        r.pass(10 * s);
        if (i < 2) r.close_epoch(e);
      }
      r.flush();
    }
    kept_run r(w, f.path(), true);
    CHECK(r.report().epochs.back().open);
    CHECK(mentions(r.report(), "epoch 2 goes on, too"));
    if (from_checkpoint) r.rewind(1);
    const int e = r.open_epoch();
    CHECK(e == (from_checkpoint ? 1 : 2));
    r.pass(4 * s);
    r.close_epoch(e);
    const run_report report = r.stop();
    CHECK(report.energy_uj->count() == 34 * a_second);
    CHECK(sum_of_own(report) == 34 * a_second);
    if (from_checkpoint) {
      REQUIRE(report.lost.has_value());
      CHECK(report.lost->epochs == 2);
      CHECK(report.lost->energy_uj->count() == 20 * a_second);
      CHECK(report.lost->work == 14);
      CHECK(report.lost->duration.count() == doctest::Approx(20));
      REQUIRE(report.epochs.size() == 2);
      CHECK(report.epochs[1].energy_uj->count() == 4 * a_second);
      CHECK(report.work == 7);
    } else {
      CHECK_FALSE(report.lost.has_value());
      REQUIRE(report.epochs.size() == 3);
      CHECK(report.epochs[2].energy_uj->count() == 14 * a_second);
      CHECK(report.epochs[2].duration.count() == doctest::Approx(14));
      CHECK(report.work == 21);
    }
    std::int64_t epochs = report.lost ? report.lost->energy_uj->count() : 0;
    for (const kaya::epoch_line& l : report.epochs) epochs += l.energy_uj->count();
    CHECK(epochs == 34 * a_second);
  }
}

TEST_CASE("rewind: while an epoch is open, and to a number that no epoch has, it is refused with an event") {
  const folder f;
  world w;
  kept_run r(w, f.path(), false);
  r.rewind(-1);
  CHECK(mentions(r.report(), "asked for an epoch that is not 0 to 1000000000"));
  const int e = r.open_epoch();
  r.pass(s);
  r.rewind(0);
  CHECK(mentions(r.report(), "not possible while an epoch is open"));
  r.close_epoch(e);
  CHECK_FALSE(r.report().lost.has_value());
}

TEST_CASE("rewind: to a checkpoint that is newer than the journal goes ahead, and says what is not known") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.close_epoch(r.open_epoch());
    r.open_epoch();
    r.pass(s);
    r.flush();
  }
  kept_run r(w, f.path(), true);
  r.rewind(7);
  CHECK(mentions(r.report(), "went ahead: of the epochs in between nothing is known"));
  CHECK(r.open_epoch() == 7);
  const run_report report = r.report();
  CHECK_FALSE(report.lost.has_value());
  REQUIRE(report.epochs.size() == 3);
  CHECK_FALSE(report.epochs[1].open);
  CHECK(report.epochs[1].energy_uj->count() == a_second);
}

TEST_CASE("resume: on another machine the channels of the first stay in the report, and say where they are") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(10 * s);
    r.flush();
  }
  run_report second;
  {
    kept_run r(w, f.path(), true, {}, "node2");
    r.pass(30 * s);
    r.flush();
    second = r.report();
  }
  kept_run third(w, f.path(), true, {}, "node1");  // and back
  third.pass(60 * s);
  const run_report r = third.stop();
  REQUIRE(second.channels.size() == 4);
  CHECK(second.channels[2].host == "node1");
  CHECK(second.channels[2].why == kaya::meter::missing::not_present);
  CHECK(second.channels[2].coverage == doctest::Approx(0.25));
  CHECK(r.energy_uj->count() == 100 * a_second);
  REQUIRE(r.channels.size() == 4);
  CHECK(r.channels[0].host.empty());
  CHECK(r.channels[0].energy_uj->count() == 70 * 100'000'000LL);
  CHECK(r.channels[2].host == "node2");
  CHECK(r.channels[2].energy_uj->count() == 30 * 100'000'000LL);
  std::int64_t sum = 0;
  for (const auto& c : r.channels) sum += c.energy_uj->count();
  CHECK(sum == r.energy_uj->count());
}

TEST_CASE("resume: other factors hold from then on, and the report says so") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false, at(1, 100));
    r.pass(3600 * s, {1000, 0});
    r.flush();
  }
  kept_run r(w, f.path(), true, at(1, 300));
  r.pass(3600 * s, {1000, 0});
  const run_report report = r.stop();
  CHECK(report.emissions->value.count() == doctest::Approx(400));
  CHECK(report.intensity.value.count() == doctest::Approx(200));
  CHECK(report.intensity.note.find("in this process; earlier ones had other factors") != std::string::npos);
  CHECK(mentions(report, "300 gCO2e/kWh and PUE 1 after 100 gCO2e/kWh and PUE 1"));
  CHECK(to_json(replay(f.path())) == to_json(report));
}

TEST_CASE("resume: a meter that the second process may not read keeps the energy that it gave before") {
  for (const bool both : {false, true}) {
    const folder f;
    world w;
    {
      kept_run r(w, f.path(), false);
      r.pass(10 * s);
      r.flush();
    }
    w.meter->channel(0).why = kaya::meter::missing::no_permission;
    if (both) w.meter->channel(1).why = kaya::meter::missing::no_permission;
    kept_run r(w, f.path(), true);
    r.pass(10 * s);
    const run_report report = r.stop();
    const std::int64_t second = both ? 0 : 20'000'000;
    REQUIRE(report.energy_uj.has_value());
    CHECK(report.energy_uj->count() == 10 * a_second + 10 * second);
    std::int64_t counted = 0;
    for (const kaya::channel_line& c : report.channels)
      if (c.counted) counted += c.energy_uj.value_or(kaya::microjoules(0)).count();
    CHECK(counted == report.energy_uj->count());
  }
}

TEST_CASE("journal: one whose first record is damaged is set aside, not emptied") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(200 * s);
    r.flush();
  }
  std::string bytes = text_of(f.path());
  bytes[journal::heading.size() + 20] ^= 1;
  put(f.path(), bytes);
  kept_run r(w, f.path(), true);
  CHECK(mentions(r.report(), "held no whole record; it is " + f.path() + ".1 now"));
  CHECK(text_of(f.path() + ".1") == bytes);
}

TEST_CASE("journal: one that somebody emptied is begun anew, with all totals") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.pass(200 * s);
    r.flush();
    put(f.path(), "");
    r.pass(s);
    CHECK(r.flush().find("changed by somebody else") != std::string::npos);
  }
  CHECK(replay(f.path()).energy_uj->count() == 201 * a_second);
}

TEST_CASE("journal: few bytes do not ask for much memory") {
  journal::state now;
  for (const std::uint64_t width : {1u, 60u, 64u, 65u, 4096u, 1u << 30})
    for (const std::uint64_t rows : {1u, 1000u, 1u << 20}) {
      std::string content;
      journal::byte_writer w(content);
      w.number(0);
      w.number(width), w.number(rows), w.number(3);
      for (int i = 0; i < 3; ++i) w.number(0), w.number(2);
      journal::byte_reader in(content);
      now = {};
      journal::read_difference(in, now);
      CHECK(now.of[0].cells.size() <= 3 * 64);
    }
}

TEST_CASE("journal: what is no state of a ledger is refused with a reason, or set aside") {
  const folder f;
  std::string bytes(journal::heading);
  journal::record_writer records;
  records.write(bytes, number(7));
  put(f.path(), bytes);
  CHECK_THROWS_WITH_AS(replay(f.path()), doctest::Contains("none of a run"), std::runtime_error);
  world w;
  kept_run r(w, f.path(), true);
  CHECK(mentions(r.report(), "was not gone on with; it is "));
  CHECK(r.total() == 0);
}

TEST_CASE("journal: the bin that was open when a process ended has that process's factors in every replay") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false, at(1, 100));
    r.pass(90 * s, {1000, 0});
    r.flush();
  }
  w.clock.unix_zero += 3600 * s;
  kept_run r(w, f.path(), true, at(2, 300));
  r.pass(90 * s, {1000, 0});
  r.sample();
  r.pass(90 * s, {1000, 0});
  const run_report original = r.stop();
  CHECK(original.emissions->value.count() == doctest::Approx((90 * 100. + 2 * 180 * 300) / 3600));
  CHECK(to_json(replay(f.path())) == to_json(original));
  // The same PUE as the second process had, and so of both: only the first one's part changes.
  CHECK(replay(f.path(), {.pue = 2}).emissions->value.count() ==
        doctest::Approx((2 * 90 * 100. + 2 * 180 * 300) / 3600));
  const auto series = steps_of_five_minutes();
  double grams = 0;
  const std::int64_t begin = 1'700'000'000 * s;
  grams += 90. / 3600 * series.mean(begin, begin + 90 * s)->count();
  const std::int64_t again = begin + 3690 * s;
  grams += 180. / 3600 * series.mean(again, again + 180 * s)->count();
  CHECK(replay(f.path(), {.intensity_series = series, .pue = 1}).emissions->value.count() ==
        doctest::Approx(grams).epsilon(0.01));
}

TEST_CASE("rewind: what a slow counter tells later of epochs that are done again is lost work, too") {
  const folder f;
  world w;
  kept_run r(w, f.path(), false);
  r.pass(10 * s);
  r.sample();
  const int e = r.open_epoch();
  r.pass(10 * s, {100, 0});  // the second counter stands still
  w.meter->answers[1].count += 0;
  r.close_epoch(e);
  r.rewind(0);
  const int again = r.open_epoch();
  CHECK(again == 0);
  r.pass(10 * s, {100, 40});  // and tells now
  r.close_epoch(again);
  const run_report report = r.stop();
  REQUIRE(report.lost.has_value());
  CHECK(report.lost->energy_uj->count() == 1'000'000'000 + 200'000'000);
  CHECK(report.epochs[0].energy_uj->count() == 1'000'000'000 + 200'000'000);
  std::int64_t epochs = report.lost->energy_uj->count() + report.epochs[0].energy_uj->count();
  for (const kaya::scope_line& l : report.scopes)
    if (l.name == "epoch") CHECK(l.total_uj->count() == epochs);
  CHECK(to_json(replay(f.path())) == to_json(report));
}

TEST_CASE("resume: stop() ends an epoch that an earlier process left open") {
  const folder f;
  world w;
  {
    kept_run r(w, f.path(), false);
    r.open_epoch();
    r.pass(s);
    r.flush();
  }
  kept_run r(w, f.path(), true);
  CHECK(r.report().epochs[0].open);
  CHECK_FALSE(r.stop().epochs[0].open);
}

TEST_CASE("journal: a day at the defaults takes about 1 MiB, and the sampler 0.05 % of a core at most") {
  const folder f;
  world w;
  kept_run r(w, f.path(), false);
  constexpr const char* names[] = {"data",     "to device", "forward", "loss",
                                   "backward", "optimizer", "log",     "eval"};
  double spent_ms = 0;
  int epoch = r.open_epoch();
  const int minutes = 24 * 60;
  std::mt19937 random(1);
  for (int m = 0; m < minutes; ++m) {
    for (int i = 0; i < 60; ++i) {  // samples each second: the sums of a minute are what counts
      const auto scope = r.enter(names[random() % 8]);
      r.pass(s, {static_cast<double>(200 + random() % 100), static_cast<double>(20 + random() % 5)});
      r.leave(scope);
      r.sample();
    }
    if (m % 10 == 9) {
      r.core().books().epochs().find(epoch)->metrics.emplace_back("accuracy", 0.9);
      r.close_epoch(epoch);
      epoch = r.open_epoch();
    }
    const double before = kaya_test::cpu_ms();
    r.flush(false);
    spent_ms += kaya_test::cpu_ms() - before;
  }
  const double mib = static_cast<double>(std::filesystem::file_size(f.path())) / (1 << 20);
  MESSAGE(mib << " MiB, " << spent_ms / minutes << " ms of CPU a minute");
  CHECK(mib < 1.25);
#ifndef KAYA_TEST_SANITIZED
  CHECK(spent_ms / minutes < 30);
#endif
}
