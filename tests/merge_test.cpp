// SPDX-License-Identifier: MIT
// Reports of ranks as one: against a slow model that looks at every second of every device, and the rules one
// by one.
#include <kaya/report/json.hpp>
#include <kaya/report/merge.hpp>
#include <kaya/report/text.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace kaya;
using kaya::meter::component;
using kaya::meter::provenance;
using kaya::report::merge;
using kaya::report::merger;

namespace {

constexpr std::int64_t second = 1'000'000'000, epoch_2026 = 1'767'225'600 * second;

channel_line device(const std::string& name, const std::string& id, component part, std::int64_t uj) {
  channel_line c;
  c.name = name, c.mechanism = "test", c.device = id, c.part = part;
  c.counted = true, c.coverage = 1;
  c.energy_uj = microjoules(uj);
  const double value = static_cast<double>(uj) * 1e-6;
  c.energy = interval<joules>{joules(value), joules(value * 0.9), joules(value * 1.2)};
  return c;
}

std::int64_t counted_of(const run_report& r, component part) {
  std::int64_t sum = 0;
  for (const channel_line& c : r.channels)
    if (c.counted && c.energy_uj && c.part == part) sum += c.energy_uj->count();
  return sum;
}

/// Makes totals, scopes and epochs of a report from what its channels say. Each epoch has an equal part, all
/// of it in "forward" and "backward".
void balance(run_report& r, int epochs = 2) {
  std::int64_t all = 0, measured = 0;
  double low = 0, high = 0;
  bool known = false;
  r.worst_provenance = provenance::measured;
  for (const channel_line& c : r.channels) {
    if (!c.counted || !c.energy_uj) continue;
    known = true;
    all += c.energy_uj->count();
    if (c.how == provenance::measured) measured += c.energy_uj->count();
    r.worst_provenance = std::max(r.worst_provenance, c.how);
    low += c.energy->low.count(), high += c.energy->high.count();
  }
  r.scopes.clear(), r.epochs.clear();
  r.measured_share = all > 0 ? static_cast<double>(measured) / static_cast<double>(all) : 0;
  const double per_joule = r.pue * r.intensity.value.count() / 3.6e6;
  if (known) {
    r.energy_uj = microjoules(all);
    r.energy = interval<joules>{joules(static_cast<double>(all) * 1e-6), joules(low), joules(high)};
    r.emissions = interval<grams_co2e>{grams_co2e(static_cast<double>(all) * 1e-6 * per_joule),
                                       grams_co2e(low * per_joule), grams_co2e(high * per_joule)};
    r.components.clear();
    for (int i = 0; i < 5; ++i)
      if (const std::int64_t uj = counted_of(r, static_cast<component>(i)); uj > 0)
        r.components.push_back({static_cast<component>(i), microjoules(uj),
                                grams_co2e(static_cast<double>(uj) * 1e-6 * per_joule)});
  }
  const auto scope = [&](const std::string& name, std::int64_t own, std::int64_t total) {
    scope_line s;
    s.name = name, s.count = 10, s.time = seconds(5);
    if (known) {
      s.own_uj = microjoules(own), s.total_uj = microjoules(total);
      const double o = static_cast<double>(own) * 1e-6, t = static_cast<double>(total) * 1e-6;
      s.own = interval<joules>{joules(o), joules(o / 2), joules(o * 2)};
      s.total = interval<joules>{joules(t), joules(t / 2), joules(t * 2)};
      s.min = joules(t / 20), s.max = joules(t / 5);
      s.emissions = grams_co2e(t * per_joule);
    } else {
      s.min = s.max = joules(std::nan(""));
      s.emissions = grams_co2e(std::nan(""));
    }
    r.scopes.push_back(s);
  };
  const std::int64_t forward = all / 2, backward = all / 4, idle = all / 20, in_epochs = all - idle;
  scope("forward", forward, forward);
  scope("backward", backward, backward);
  scope("epoch", in_epochs - forward - backward, in_epochs);
  r.scopes.back().count = static_cast<std::uint64_t>(epochs);
  scope("(outside)", idle, idle);
  const double each = epochs > 0 ? r.duration.count() / epochs : 0;
  for (int i = 0; i < epochs; ++i) {
    epoch_line e;
    e.index = i, e.start = seconds(each * i), e.duration = seconds(each * 0.9);
    e.work = 100, e.coverage = 1, e.how = r.worst_provenance;
    e.metrics = {{"loss", 1.0 / (i + 1)}};
    e.emissions = grams_co2e(std::nan(""));
    if (known) {
      const std::int64_t uj = in_epochs / epochs + (i == 0 ? in_epochs % epochs : 0);
      e.energy_uj = microjoules(uj);
      e.emissions = grams_co2e(static_cast<double>(uj) * 1e-6 * per_joule);
    }
    r.epochs.push_back(e);
  }
  r.work = 100.0 * epochs;
}

/// Spans of equal length, in which the k-th has k parts of the energy.
void add_power(run_report& r, int spans) {
  r.power.clear();
  const int parts = spans * (spans + 1) / 2;
  for (int i = 0; i < spans; ++i) {
    power_line l;
    l.start = r.duration * (static_cast<double>(i) / spans), l.duration = r.duration * (1.0 / spans);
    for (const channel_line& c : r.channels) {
      if (!c.counted || !c.energy_uj) continue;
      const std::int64_t uj =
          c.energy_uj->count() / parts * (i + 1) + (i == 0 ? c.energy_uj->count() % parts : 0);
      (c.part == component::cpu      ? l.cpu
       : c.part == component::memory ? l.memory
       : c.part == component::gpu    ? l.gpu
                                     : l.platform) += microjoules(uj);
    }
    r.power.push_back(l);
  }
}
std::int64_t power_of(const run_report& r, microjoules power_line::*part) {
  std::int64_t sum = 0;
  for (const power_line& l : r.power) sum += (l.*part).count();
  return sum;
}

run_report blank(int rank, const std::string& node = "node0", double from_s = 0, double length_s = 100) {
  run_report r;
  r.project = "p", r.run_id = "run-" + std::to_string(rank), r.kaya_version = "0.1.0",
  r.work_unit = "samples";
  r.start_unix_ns = epoch_2026 + static_cast<std::int64_t>(from_s * 1e9);
  r.duration = seconds(length_s);
  r.hardware.host = node, r.hardware.boot_id = "boot of " + node;
  r.hardware.rank = rank, r.hardware.local_rank = rank % 8;
  r.intensity = {grams_per_kilowatt_hour(100), "FRA", "France", "FRA", 2024, {}, "Ember"};
  r.pue = 1.2, r.pue_assumed = false, r.finished = true;
  r.metrics = {{"accuracy", 0.5 + rank}};
  return r;
}
/// A rank with a GPU of its own; local rank 0 has the node, too.
run_report rank_of(int rank, int per_node, std::int64_t uj = 1'000'003) {
  const int local = rank % per_node;
  run_report r = blank(rank, "node" + std::to_string(rank / per_node));
  r.hardware.local_rank = local;
  for (const char* name : {"package-0", "package-1", "dram-0"}) {
    channel_line c = device(name, std::string("socket/") + name,
                            name[0] == 'd' ? component::memory : component::cpu, uj * 3 + rank);
    if (local != 0) {
      c.counted = false, c.energy_uj.reset(), c.energy.reset(), c.coverage = 0;
      c.held_by = "local rank 0";
    }
    r.channels.push_back(c);
  }
  r.channels.push_back(device("gpu-" + std::to_string(local), "0000:0" + std::to_string(local) + ":00.0",
                              component::gpu, uj * 7 + rank));
  balance(r);
  return r;
}

std::int64_t sum_of_own(const run_report& r) {
  std::int64_t sum = 0;
  for (const scope_line& s : r.scopes) sum += s.own_uj.value_or(microjoules(0)).count();
  return sum;
}
std::int64_t sum_of_ranks(const run_report& r) {
  std::int64_t sum = 0;
  for (const rank_line& k : r.ranks) sum += k.energy_uj.value_or(microjoules(0)).count();
  return sum;
}
std::int64_t sum_of_counted(const run_report& r) {
  std::int64_t sum = 0;
  for (const channel_line& c : r.channels)
    if (c.counted) sum += c.energy_uj.value_or(microjoules(0)).count();
  return sum;
}
/// All figures of energy agree, to the last microjoule.
void check_books(const run_report& r) {
  const std::int64_t energy = r.energy_uj.value_or(microjoules(0)).count();
  CHECK(sum_of_own(r) == energy);
  CHECK(sum_of_ranks(r) == energy);
  CHECK(sum_of_counted(r) == energy);
  if (!r.energy_uj) return;
  grams_co2e grams(0);
  std::int64_t parts = 0;
  for (const component_line& c : r.components) {
    CHECK(c.energy_uj.count() == counted_of(r, c.part));
    parts += c.energy_uj.count(), grams += c.emissions;
  }
  CHECK(parts == energy);
  CHECK(grams.count() == doctest::Approx(r.emissions->value.count()));
  CHECK(r.energy->value.count() == doctest::Approx(static_cast<double>(energy) * 1e-6));
  CHECK(r.energy->low <= r.energy->value);
  CHECK(r.energy->value <= r.energy->high);
  CHECK(r.emissions->value.count() ==
        doctest::Approx(r.energy->value.count() * r.pue * r.intensity.value.count() / 3.6e6));
}
const scope_line& scope(const run_report& r, const std::string& name) {
  for (const scope_line& s : r.scopes)
    if (s.name == name) return s;
  FAIL("no scope ", name);
  return r.scopes.front();
}
std::string names(const run_report& r) {
  std::string text;
  for (const channel_line& c : r.channels)
    text +=
        (text.empty() ? "" : " ") + (c.host.empty() ? "" : c.host + "/") + (c.counted ? "" : "-") + c.name;
  return text;
}
std::string said(const run_report& r, const std::string& words) {
  for (const event& e : r.events)
    if (e.what.find(words) != std::string::npos) return e.where + ": " + e.what;
  return "";
}
std::string refusal(const std::vector<run_report>& reports) {
  try {
    merge(reports);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "merged";
}

// --- the slow model

/// Whether two lines of two reports are of the same device, by one step.
bool same_device(const run_report& a, const channel_line& x, const run_report& b, const channel_line& y) {
  if (a.hardware.boot_id != b.hardware.boot_id || x.part != y.part) return false;
  for (const std::string& n : {x.device, x.uuid})
    for (const std::string& m : {y.device, y.uuid})
      if (!n.empty() && n == m) return true;
  return false;
}
/// Whether x is to be believed rather than y; the lower rank is asked first.
bool better(const channel_line& x, const channel_line& y) {
  if (x.energy_uj.has_value() != y.energy_uj.has_value()) return x.energy_uj.has_value();
  const bool whole_x = x.coverage >= 0.95, whole_y = y.coverage >= 0.95;
  if (whole_x != whole_y) return whole_x;
  if (x.how != y.how) return x.how < y.how;
  return !whole_x && x.coverage > y.coverage;
}
/// What each report's lines keep, in microjoules: looks at every second of every line. Reports are sorted by
/// rank, their times are whole seconds.
std::vector<std::vector<std::int64_t>> model(const std::vector<run_report>& reports) {
  struct item {
    std::size_t report, line;
    int group;
  };
  std::vector<item> items;
  for (std::size_t i = 0; i < reports.size(); ++i)
    for (std::size_t k = 0; k < reports[i].channels.size(); ++k)
      items.push_back({i, k, static_cast<int>(items.size())});
  const auto line = [&](const item& x) -> const channel_line& { return reports[x.report].channels[x.line]; };
  for (bool changed = true; changed;) {
    changed = false;
    for (item& x : items)
      for (item& y : items)
        if (x.group != y.group && same_device(reports[x.report], line(x), reports[y.report], line(y))) {
          x.group = y.group = std::min(x.group, y.group);
          changed = true;
        }
  }
  std::vector<std::vector<std::int64_t>> kept(reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) kept[i].resize(reports[i].channels.size());
  for (const item& x : items) {
    const run_report& r = reports[x.report];
    const auto begin = static_cast<int>((r.start_unix_ns - epoch_2026) / second);
    const auto length = static_cast<int>(r.duration.count());
    int own = 0;
    for (int t = begin; t < begin + length; ++t) {
      bool is_mine = true;
      for (const item& y : items) {
        const run_report& other = reports[y.report];
        const auto its_begin = static_cast<int>((other.start_unix_ns - epoch_2026) / second);
        const bool there = t >= its_begin && t < its_begin + static_cast<int>(other.duration.count());
        if (y.report == x.report || y.group != x.group || !there) continue;
        if (better(line(y), line(x)) || (!better(line(x), line(y)) && y.report < x.report)) is_mine = false;
      }
      own += is_mine ? 1 : 0;
    }
    if (!line(x).energy_uj) continue;
    const std::int64_t energy = line(x).energy_uj->count();
    kept[x.report][x.line] =
        own == length
            ? energy
            : static_cast<std::int64_t>(static_cast<double>(energy) *
                                            (static_cast<double>(own) / static_cast<double>(length)) +
                                        0.5);
  }
  return kept;
}

}  // namespace

TEST_CASE("merge: as a slow model has it that looks at every second of every device, at random") {
  std::mt19937 random(7);
  const auto pick = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  std::size_t dropped = 0, partial = 0;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    std::vector<run_report> reports;
    const int n = pick(2, 7), nodes = pick(1, 3);
    for (int rank = 0; rank < n; ++rank) {
      run_report r = blank(rank, "node" + std::to_string(pick(0, nodes - 1)), pick(0, 20), pick(1, 30));
      std::set<int> seen;
      for (int k = pick(0, 5); k > 0; --k) {
        const int id = pick(0, 5);
        if (!seen.insert(id).second) continue;
        channel_line c = device("d" + std::to_string(id), "", component::gpu, pick(1, 1'000'000'000));
        // By its device, its uuid, or both: those that know both bring the others together.
        const int how = pick(0, 2);
        if (how != 1) c.device = "device" + std::to_string(id);
        if (how != 0) c.uuid = "uuid" + std::to_string(id);
        c.how = static_cast<provenance>(pick(0, 3));
        c.coverage = pick(0, 2) == 0 ? pick(0, 100) / 100.0 : 1;
        if (pick(0, 9) == 0) c.energy_uj.reset(), c.energy.reset();
        r.channels.push_back(c);
      }
      balance(r, pick(0, 4));
      if (r.energy_uj) add_power(r, pick(1, 30));
      reports.push_back(r);
    }
    const auto kept = model(reports);
    std::vector<run_report> shuffled = reports;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const run_report all = merge(shuffled);
    check_books(all);
    REQUIRE(all.ranks.size() == reports.size());
    std::int64_t sum = 0, first = INT64_MAX, last = 0;
    double forward = 0, scaled = 0;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      std::int64_t own = 0;
      for (const std::int64_t uj : kept[i]) own += uj;
      sum += own;
      CHECK(all.ranks[i].run_id == reports[i].run_id);
      CHECK(all.ranks[i].energy_uj.value_or(microjoules(0)).count() == own);
      dropped += all.ranks[i].dropped.size();
      for (const std::string& d : all.ranks[i].dropped)
        partial += d.find(", for ") != std::string::npos ? 1u : 0u;
      first = std::min(first, reports[i].start_unix_ns);
      last = std::max(
          last, reports[i].start_unix_ns + static_cast<std::int64_t>(reports[i].duration.count()) * second);
      if (!reports[i].energy_uj || reports[i].energy_uj->count() == 0) continue;
      const double share = static_cast<double>(own) / static_cast<double>(reports[i].energy_uj->count());
      forward += share * static_cast<double>(scope(reports[i], "forward").own_uj->count());
      scaled += share < 1 ? 1 : 0;
    }
    CHECK(all.energy_uj.value_or(microjoules(0)).count() == sum);
    CHECK(all.start_unix_ns == first);
    CHECK(std::abs(power_of(all, &power_line::gpu) - counted_of(all, component::gpu)) <= 30 * n);
    CHECK(all.duration.count() == doctest::Approx(static_cast<double>(last - first) * 1e-9));
    CHECK(std::abs(static_cast<double>(scope(all, "forward").own_uj.value_or(microjoules(0)).count()) -
                   forward) <= scaled + 0.01);
    // The line of epochs has what the epochs have.
    std::int64_t in_epochs = 0;
    for (const epoch_line& e : all.epochs) in_epochs += e.energy_uj.value_or(microjoules(0)).count();
    bool all_have_epochs = true;
    for (const run_report& r : reports)
      all_have_epochs = all_have_epochs && (!r.epochs.empty() || !r.energy_uj);
    if (all_have_epochs) CHECK(in_epochs == scope(all, "epoch").total_uj.value_or(microjoules(0)).count());
  }
  MESSAGE(dropped, " lines were dropped, ", partial, " of them in part");
  CHECK(dropped > 500);
  CHECK(partial > 100);
}

TEST_CASE("merge: eight ranks on each of 1000 nodes are the nodes, once each") {
  std::vector<run_report> reports;
  std::int64_t truth = 0;
  for (int rank = 0; rank < 8000; ++rank) {
    reports.push_back(rank_of(rank, 8, 1000 + rank % 17));
    truth += reports.back().energy_uj->count();
  }
  const run_report all = merge(reports);
  CHECK(all.energy_uj->count() == truth);
  check_books(all);
  CHECK(all.channels.size() == 11'000);
  CHECK(all.ranks.size() == 8000);
  CHECK(all.work == 8000 * 200);
  std::map<std::string, int> by_host;
  for (const channel_line& c : all.channels) {
    CHECK(c.counted);
    ++by_host[c.host];
  }
  CHECK(by_host.size() == 1000);
  CHECK(by_host["node999"] == 11);
  CHECK(all.events.empty());
  for (const rank_line& k : all.ranks) CHECK(k.dropped.empty());

  // And if each rank had counted its whole node: the same, with the other seven's dropped.
  for (int rank = 0; rank < 8000; ++rank) {
    run_report& r = reports[static_cast<std::size_t>(rank)];
    r = blank(rank, "node" + std::to_string(rank / 8));
    for (int i = 0; i < 8; ++i)
      r.channels.push_back(device("gpu-" + std::to_string(i), std::to_string(i), component::gpu, 1'000'000));
    balance(r);
  }
  const run_report once = merge(reports);
  CHECK(once.energy_uj->count() == 8000LL * 1'000'000);
  check_books(once);
  CHECK(once.ranks[7].dropped.size() == 8);
  CHECK(once.ranks[7].energy_uj == microjoules(0));
  CHECK(once.ranks[8].energy_uj == microjoules(8'000'000));
}

// --- none, one, the same

TEST_CASE("merge: no report is refused") {
  CHECK_THROWS_AS(merge({}), std::invalid_argument);
  merger m;
  CHECK_THROWS_AS(m.result(), std::invalid_argument);
}

TEST_CASE("merge: one report stays as it is, with one line of ranks") {
  const run_report r = rank_of(3, 8);
  run_report all = merge({&r, 1});
  REQUIRE(all.ranks.size() == 1);
  CHECK(all.ranks[0].rank == 3);
  CHECK(all.ranks[0].local_rank == 3);
  CHECK(all.ranks[0].host == "node0");
  CHECK(all.ranks[0].energy_uj == r.energy_uj);
  CHECK(all.ranks[0].work == r.work);
  all.ranks.clear();
  CHECK(report::to_json(all) == report::to_json(r));
}

TEST_CASE("merge: a merged report that is merged alone stays as it is") {
  const run_report two[] = {rank_of(0, 2), rank_of(1, 2)};
  const run_report all = merge(two);
  CHECK(report::to_json(merge({&all, 1})) == report::to_json(all));
}

TEST_CASE("merge: a merger can be used again when its result was taken") {
  merger m;
  m.add(rank_of(0, 1));
  m.add(rank_of(1, 1));
  CHECK(m.size() == 2);
  CHECK(m.result().ranks.size() == 2);
  CHECK(m.size() == 0);
  m.add(rank_of(5, 1));
  CHECK(m.result().ranks.size() == 1);
}

TEST_CASE("merge: of a run that is there twice the longer report counts, and it is said") {
  run_report early = rank_of(1, 2), late = rank_of(1, 2), other = rank_of(0, 2);
  early.duration = seconds(50), early.finished = false;
  early.channels.back().energy_uj = microjoules(1);
  balance(early);
  for (const auto& reports : {std::vector<run_report>{early, other, late}, {late, early, other}}) {
    const run_report all = merge(reports);
    CHECK(all.energy_uj->count() == other.energy_uj->count() + late.energy_uj->count());
    CHECK(all.ranks.size() == 2);
    CHECK(all.work == 400);
    CHECK(said(all, "there twice") == "rank 1: its report is there twice: the longer one counts");
    check_books(all);
  }
}

TEST_CASE("merge: a report that is in a merged one already is not added to it") {
  const run_report a = rank_of(0, 2), b = rank_of(1, 2), c = rank_of(2, 2), d = rank_of(3, 2);
  const run_report ab = merge(std::vector{a, b}), abc = merge(std::vector{a, b, c}),
                   cd = merge(std::vector{c, d});
  CHECK(merge(std::vector{a, ab}).energy_uj == ab.energy_uj);
  CHECK(merge(std::vector{ab, abc, c}).energy_uj == abc.energy_uj);
  CHECK(refusal({abc, cd}) ==
        "report::merge: run run-2 is in two reports that were merged before, with different others: it "
        "cannot be "
        "taken out of either");
}

TEST_CASE("merge: parts merged first are the whole merged at once") {
  std::vector<run_report> all, first, second_half;
  for (int rank = 0; rank < 16; ++rank) {
    all.push_back(rank_of(rank, 4));
    (rank < 6 ? first : second_half).push_back(all.back());  // a node is in both
  }
  run_report at_once = merge(all), in_parts = merge(std::vector{merge(first), merge(second_half)});
  check_books(at_once);
  check_books(in_parts);
  CHECK(at_once.energy_uj == in_parts.energy_uj);
  CHECK(at_once.work == in_parts.work);
  CHECK(names(at_once) == names(in_parts));
  CHECK(at_once.ranks.size() == in_parts.ranks.size());
  for (std::size_t i = 0; i < 16; ++i) CHECK(at_once.ranks[i].energy_uj == in_parts.ranks[i].energy_uj);
  for (std::size_t i = 0; i < at_once.scopes.size(); ++i) {
    CHECK(at_once.scopes[i].name == in_parts.scopes[i].name);
    CHECK(at_once.scopes[i].own_uj == in_parts.scopes[i].own_uj);
    CHECK(at_once.scopes[i].count == in_parts.scopes[i].count);
  }
  for (std::size_t i = 0; i < 2; ++i) CHECK(at_once.epochs[i].energy_uj == in_parts.epochs[i].energy_uj);
  CHECK(in_parts.metrics == std::vector<std::pair<std::string, double>>{{"accuracy", 0.5}});
}

TEST_CASE("merge: merged parts of one node that both counted it, as of two readers, count it once") {
  const auto reader = [](int rank) {
    run_report r = blank(rank);
    r.channels = {device("package-0", "socket0", component::cpu, 1'000'000)};
    balance(r);
    return r;
  };
  const run_report a = merge(std::vector{reader(0), rank_of(1, 8)}),
                   b = merge(std::vector{reader(2), rank_of(3, 8)});
  const run_report all = merge(std::vector{a, b});
  check_books(all);
  CHECK(all.energy_uj->count() == a.energy_uj->count() + b.energy_uj->count() - 1'000'000);
}

TEST_CASE("merge: merged reports of runs that took no time are an instant, and count a device once") {
  const auto at_once = [](int rank) {
    run_report r = blank(rank, "node0", 0, 0);
    r.channels = {device("package-0", "socket0", component::cpu, 1000)};
    balance(r);
    return r;
  };
  const run_report a = merge(std::vector{at_once(0), at_once(1)}),
                   b = merge(std::vector{at_once(2), at_once(3)});
  CHECK(a.energy_uj->count() == 1000);
  CHECK(merge(std::vector{a, b}).energy_uj->count() == 1000);
}

// --- which of two

TEST_CASE("merge: of two that hold a device, the one that knows it best counts") {
  const auto with = [](int rank, provenance how, double coverage) {
    run_report r = blank(rank);
    r.channels = {device("package-0", "socket0", component::cpu, 1'000'000 * (rank + 1))};
    r.channels[0].how = how, r.channels[0].coverage = coverage;
    balance(r);
    return r;
  };
  const auto winner = [](const run_report& a, const run_report& b) {
    const run_report all = merge(std::vector{a, b});
    check_books(all);
    return all.energy_uj->count() / 1'000'000 - 1;
  };
  CHECK(winner(with(0, provenance::measured, 1), with(1, provenance::measured, 1)) == 0);
  CHECK(winner(with(0, provenance::modelled, 1), with(1, provenance::measured, 1)) == 1);
  CHECK(winner(with(0, provenance::measured, 0.5), with(1, provenance::integrated, 1)) == 1);
  CHECK(winner(with(0, provenance::measured, 0.97), with(1, provenance::measured, 1)) == 0);
  CHECK(winner(with(0, provenance::measured, 0.5), with(1, provenance::measured, 0.8)) == 1);
  run_report none = with(0, provenance::measured, 1);
  none.channels[0].energy_uj.reset(), none.channels[0].energy.reset();
  none.channels[0].why = meter::missing::no_permission;
  balance(none);
  none.energy_uj.reset(), none.energy.reset(), none.emissions.reset();
  CHECK(winner(none, with(1, provenance::modelled, 0.2)) == 1);
}

TEST_CASE("merge: what is dropped is named with whose report holds it") {
  std::vector<run_report> reports{blank(0), blank(1)};
  for (run_report& r : reports) {
    r.channels = {device("package-0", "socket0", component::cpu, 600),
                  device("dram-0", "dram", component::memory, 400)};
    balance(r);
  }
  const run_report all = merge(reports);
  CHECK(all.ranks[0].dropped.empty());
  CHECK(all.ranks[1].dropped == std::vector<std::string>{"package-0: rank 0", "dram-0: rank 0"});
  CHECK(all.ranks[1].energy_uj == microjoules(0));
  CHECK(all.ranks[1].emissions.count() == 0);
  CHECK(names(all) == "node0/package-0 node0/dram-0");
  CHECK(report::text(all).find("2 on 1 node; 2 channels that several of them hold, counted once") !=
        std::string::npos);
}

TEST_CASE(
    "merge: a rank's scopes and epochs are less in proportion, and the books balance to the microjoule") {
  std::vector<run_report> reports{blank(0), blank(1)};
  reports[0].channels = {device("package-0", "socket0", component::cpu, 700)};
  reports[1].channels = {device("package-0", "socket0", component::cpu, 700),
                         device("gpu-1", "0000:01:00.0", component::gpu, 311)};
  for (run_report& r : reports) balance(r, 3);
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == 1011);
  CHECK(all.ranks[1].energy_uj == microjoules(311));
  // 311/1011 of rank 1's 505 of 1011, and rank 0's 350 of 700.
  CHECK(scope(all, "forward").own_uj->count() == doctest::Approx(350 + 505 * 311.0 / 1011).epsilon(0.002));
  CHECK(scope(all, "forward").total_uj == scope(all, "forward").own_uj);
  std::int64_t in_epochs = 0;
  for (const epoch_line& e : all.epochs) in_epochs += e.energy_uj->count();
  CHECK(in_epochs == scope(all, "epoch").total_uj->count());
}

TEST_CASE("merge: what another one knows of other times is added in proportion, noted, with a wider range") {
  std::vector<run_report> reports{blank(0, "node0", 0, 100), blank(1, "node0", 90, 100)};
  for (run_report& r : reports) {
    r.channels = {device("package-0", "socket0", component::cpu, 10'000'000'000)};
    balance(r);
  }
  reports[1].channels[0].how = provenance::integrated;
  balance(reports[1]);
  const run_report all = merge(reports);
  check_books(all);
  REQUIRE(all.channels.size() == 1);
  const channel_line& c = all.channels[0];
  CHECK(c.energy_uj->count() == 19'000'000'000);
  CHECK(c.how == provenance::integrated);
  CHECK(c.note.find("47 % of its time by rank 1") != std::string::npos);
  CHECK(c.rate->count() == doctest::Approx(100));
  CHECK(c.energy->low.count() == doctest::Approx(9000 + 9000 * 0.9 / 2));
  CHECK(c.energy->high.count() == doctest::Approx(12'000 + 12'000));  // at most all of it
  CHECK(all.ranks[1].dropped == std::vector<std::string>{"package-0: rank 0, for 10 % of its time"});
  CHECK(all.duration.count() == doctest::Approx(190));
  CHECK(all.worst_provenance == provenance::integrated);
  CHECK(all.measured_share == doctest::Approx(10.0 / 19));
}

TEST_CASE("merge: reports of one device one after the other are added") {
  std::vector<run_report> reports{blank(0, "node0", 0, 50), blank(1, "node0", 50, 50),
                                  blank(2, "node0", 200, 0)};
  for (run_report& r : reports) {
    r.channels = {device("package-0", "socket0", component::cpu, 1000)};
    balance(r);
  }
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == 3000);
  CHECK(all.channels.size() == 1);
  CHECK(all.ranks[1].dropped.empty());
}

TEST_CASE("merge: of a run that was resumed, the time between its processes is another's") {
  std::vector<run_report> reports{blank(0, "node0", 0, 20), blank(1, "node0", 0, 100)};
  reports[0].processes = {{epoch_2026, seconds(0), seconds(10)},
                          {epoch_2026 + 50 * second, seconds(10), seconds(10)}};
  for (run_report& r : reports) {
    r.channels = {device("package-0", "socket0", component::cpu, 1'000'000)};
    balance(r);
  }
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == 1'000'000 + 800'000);
}

// --- the same device

TEST_CASE("merge: a device known by its uuid and by another name is one, if somebody knows both") {
  const auto knows = [](int rank, const std::string& id, const std::string& uuid) {
    run_report r = blank(rank);
    r.channels = {device("gpu", id, component::gpu, 1000)};
    r.channels[0].uuid = uuid;
    balance(r);
    return r;
  };
  const run_report by_address = knows(0, "0000:01:00.0", ""), by_uuid = knows(1, "", "GPU-1"),
                   both = knows(2, "0000:01:00.0", "GPU-1"), uuid_as_device = knows(3, "GPU-1", "");
  CHECK(merge(std::vector{by_address, by_uuid}).energy_uj->count() == 2000);  // nobody says that it is one
  CHECK(merge(std::vector{by_address, by_uuid, both}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{by_uuid, uuid_as_device}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{by_address, by_uuid, both, uuid_as_device}).energy_uj->count() == 1000);
}

TEST_CASE("merge: the same name on another node, of another component or after a boot is another device") {
  const auto on = [](int rank, const std::string& host, const std::string& boot, component part) {
    run_report r = blank(rank, host);
    r.hardware.boot_id = boot;
    r.channels = {device("x", "socket0", part, 1000)};
    balance(r);
    return r;
  };
  const run_report a = on(0, "n", "b", component::cpu);
  CHECK(merge(std::vector{a, on(1, "n", "b", component::cpu)}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{a, on(1, "container", "b", component::cpu)}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{a, on(1, "n", "b", component::memory)}).energy_uj->count() == 2000);
  CHECK(merge(std::vector{a, on(1, "n", "c", component::cpu)}).energy_uj->count() == 2000);
  CHECK(merge(std::vector{a, on(1, "m", "c", component::cpu)}).energy_uj->count() == 2000);
  // A report without a boot is of the one that its host is known to have.
  CHECK(merge(std::vector{a, on(1, "n", "", component::cpu)}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{a, on(1, "m", "", component::cpu)}).energy_uj->count() == 2000);
  // Where nobody says where it is, nothing is the same.
  CHECK(merge(std::vector{on(0, "", "", component::cpu), on(1, "", "", component::cpu)}).energy_uj->count() ==
        2000);
}

TEST_CASE("merge: a channel on another host than its report's is that host's") {
  run_report a = blank(0, "head"), b = blank(1, "node1");
  a.channels = {device("outlet", "pdu/1", component::platform, 1000)};
  a.channels[0].host = "node1";
  b.channels = {device("outlet", "pdu/1", component::platform, 1000)};
  balance(a), balance(b);
  const run_report all = merge(std::vector{a, b});
  CHECK(all.energy_uj->count() == 1000);
  CHECK(names(all) == "node1/outlet");
}

TEST_CASE("merge: meters without a device are the same if their mechanism and name are") {
  run_report a = blank(0), b = blank(1), c = blank(2);
  a.channels = b.channels = c.channels = {device("outlet-1", "", component::other, 1000)};
  c.channels[0].mechanism = "another";
  for (run_report* r : {&a, &b, &c}) balance(*r);
  CHECK(merge(std::vector{a, b}).energy_uj->count() == 1000);
  CHECK(merge(std::vector{a, c}).energy_uj->count() == 2000);
}

TEST_CASE("merge: what is inside a device that another report counts is not added to it") {
  run_report a = blank(0), b = blank(1), c = blank(2, "node1");
  a.channels = {device("node", "node", component::platform, 5000)};
  b.channels = {device("gpu-1", "0000:01:00.0", component::gpu, 1000)};
  b.channels[0].inside = "module";
  channel_line module = device("module", "module", component::platform, 1);
  module.counted = false, module.inside = "node";
  b.channels.push_back(module);
  c.channels = b.channels;
  for (run_report* r : {&a, &b, &c}) balance(*r);
  const run_report all = merge(std::vector{a, b, c});
  check_books(all);
  CHECK(all.energy_uj->count() == 6000);
  CHECK(all.ranks[1].dropped == std::vector<std::string>{"gpu-1: in node of rank 0"});
  CHECK(all.ranks[2].dropped.empty());
}

TEST_CASE("merge: one report that counts a device and what is said to be in it knows better") {
  run_report a = blank(0), b = blank(1, "node1");
  a.channels = {device("node", "node", component::platform, 5000),
                device("gpu-1", "0000:01:00.0", component::gpu, 1000)};
  a.channels[1].inside = "node";
  b.channels = {device("x", "x", component::cpu, 1)};
  balance(a), balance(b);
  CHECK(merge(std::vector{a, b}).energy_uj->count() == 6001);
}

TEST_CASE("merge: devices that are said to contain each other lose nothing") {
  run_report a = blank(0), b = blank(1);
  a.channels = {device("x", "x", component::platform, 1000)};
  b.channels = {device("y", "y", component::platform, 1000)};
  a.channels[0].inside = "z", b.channels[0].inside = "y";
  balance(a), balance(b);
  channel_line z = device("z", "z", component::other, 1);
  z.counted = false, z.inside = "x";
  b.channels.push_back(z);
  const run_report all = merge(std::vector{a, b});
  check_books(all);
  CHECK(all.energy_uj->count() == 2000);
}

TEST_CASE("merge: shares of processes are as many things as processes") {
  std::vector<run_report> reports{blank(0), blank(1)};
  for (run_report& r : reports) {
    r.of = attribution::process;
    r.channels = {device("package-0 (this process)", "socket0/this process", component::cpu, 1000),
                  device("gpu-0", "0000:01:00.0", component::gpu, 500)};
    r.channels[0].inside = "socket0", r.channels[0].how = provenance::modelled;
    channel_line whole = device("package-0", "socket0", component::cpu, 5000);
    whole.counted = false;
    r.channels.push_back(whole);
    balance(r);
  }
  run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == 2 * 1000 + 500);  // the GPU was left whole
  CHECK(names(all) ==
        "node0/package-0 (this process) node0/gpu-0 node0/-package-0 node0/package-0 (this process)");

  // With the machine's own report they are in that.
  reports[1].of = attribution::machine;
  reports[1].channels = {device("package-0", "socket0", component::cpu, 5000)};
  balance(reports[1]);
  all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == 5000 + 500);
  CHECK(said(all, "some reports are of the machine") != "");
}

// --- held by others

TEST_CASE("merge: lines that another rank holds are gone where its report is there") {
  const run_report all = merge(std::vector{rank_of(0, 2), rank_of(1, 2), rank_of(3, 2), rank_of(2, 2)});
  CHECK(
      names(all) ==
      "node0/package-0 node0/package-1 node0/dram-0 node0/gpu-0 node0/gpu-1 node1/package-0 node1/package-1 "
      "node1/dram-0 node1/gpu-0 node1/gpu-1");
  CHECK(all.events.empty());
}

TEST_CASE("merge: a node whose reader gave no report is named, with what is in none") {
  const run_report all = merge(std::vector{rank_of(0, 4), rank_of(1, 4), rank_of(5, 4), rank_of(6, 4)});
  check_books(all);
  CHECK(said(all, "gave no report") ==
        "node1: local rank 0 of node1 gave no report: the energy of package-0, package-1, dram-0 is in none");
  CHECK(names(all) ==
        "node0/package-0 node0/package-1 node0/dram-0 node0/gpu-0 node0/gpu-1 node1/-package-0 "
        "node1/-package-1 "
        "node1/-dram-0 node1/gpu-1 node1/gpu-2");
}

TEST_CASE("merge: a holder that is called by its process is known by what it counts") {
  std::vector<run_report> reports{rank_of(0, 4), rank_of(1, 4)};
  for (channel_line& c : reports[1].channels)
    if (!c.held_by.empty()) c.held_by = "process 1234";
  CHECK(merge(reports).events.empty());
  reports[0] = rank_of(4, 4);
  CHECK(said(merge(reports), "gave no report") ==
        "node0: process 1234 of node0 gave no report: the energy of package-0, package-1, dram-0 is in none");
}

TEST_CASE("merge: a reader that cannot read is there, and what it lacks is shown once") {
  std::vector<run_report> reports{rank_of(0, 4), rank_of(1, 4), rank_of(2, 4)};
  for (std::size_t i = 0; i < 3; ++i) {
    channel_line& c = reports[0].channels[i];
    c.counted = false, c.energy_uj.reset(), c.energy.reset();
    c.why = meter::missing::no_permission;
  }
  balance(reports[0]);
  const run_report all = merge(reports);
  check_books(all);
  CHECK(said(all, "gave no report").empty());
  CHECK(names(all) == "node0/-package-0 node0/-package-1 node0/-dram-0 node0/gpu-0 node0/gpu-1 node0/gpu-2");
  CHECK(all.channels[0].why == meter::missing::no_permission);
}

TEST_CASE("merge: a device that is only shown by all is shown once, with its energy if anybody has it") {
  std::vector<run_report> reports{rank_of(0, 4), rank_of(1, 4)};
  for (run_report& r : reports) {
    channel_line core = device("core-0", "socket0/core", component::cpu, 5);
    core.counted = false;
    if (r.hardware.rank == 0) core.energy_uj.reset(), core.energy.reset();
    r.channels.push_back(core);
  }
  const run_report all = merge(reports);
  int shown = 0;
  for (const channel_line& c : all.channels)
    if (c.name == "core-0") {
      ++shown;
      CHECK(c.energy_uj == microjoules(5));
    }
  CHECK(shown == 1);
}

// --- reports that say little or do not fit

TEST_CASE("merge: ranks without energy bring their work and their time, and the total has what is known") {
  std::vector<run_report> reports{rank_of(0, 2), blank(1)};
  balance(reports[1]);
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj == reports[0].energy_uj);
  CHECK(all.work == 400);
  CHECK_FALSE(all.ranks[1].energy_uj);
  CHECK(scope(all, "forward").count == 20);
  CHECK(all.epochs[0].energy_uj == reports[0].epochs[0].energy_uj);
  CHECK(all.epochs[0].work == 200);
}

TEST_CASE("merge: if nobody knows any energy, the merged report has none, not zero") {
  std::vector<run_report> reports{blank(0), blank(1)};
  for (run_report& r : reports) balance(r);
  const run_report all = merge(reports);
  CHECK_FALSE(all.energy_uj);
  CHECK_FALSE(all.energy);
  CHECK_FALSE(all.emissions);
  CHECK_FALSE(scope(all, "forward").own_uj);
  CHECK_FALSE(all.epochs[0].energy_uj);
  CHECK(std::isnan(all.ranks[0].emissions.count()));
  CHECK(std::isnan(scope(all, "forward").min.count()));
}

TEST_CASE("merge: disabled reports among others are counted as ranks, and said to be unknown") {
  run_report off;
  off.enabled = false, off.kaya_version = "0.1.0";
  std::vector<run_report> reports{off, rank_of(1, 8), rank_of(0, 8)};
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.enabled);
  CHECK(all.ranks.size() == 3);
  CHECK(all.run_id == "run-0");
  CHECK(all.duration.count() == doctest::Approx(100));
  CHECK(said(all, "disabled").find("1 of the reports are of a tracker that was disabled") !=
        std::string::npos);
  const run_report none = merge(std::vector{off, off});
  CHECK_FALSE(none.enabled);
  CHECK(none.ranks.size() == 2);
  CHECK_FALSE(none.energy_uj);
}

TEST_CASE("merge: work in another unit is not added, and that is said") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)};
  reports[1].work_unit = "tokens";
  reports[2].work = 0, reports[2].work_unit = "images";  // says nothing
  for (epoch_line& e : reports[2].epochs) e.work = 0;
  const run_report all = merge(reports);
  CHECK(all.work == 200);
  CHECK(all.work_unit == "samples");
  CHECK(all.epochs[0].work == 100);
  CHECK(all.ranks[1].work == 200);
  CHECK(said(all, "different units") ==
        "merge: work is counted in different units, of which only samples is added: samples, tokens");
}

TEST_CASE("merge: different versions, projects and equal ranks are said") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)};
  reports[1].kaya_version = "0.2.0", reports[2].project = "q";
  reports[2].hardware.rank = 1;
  const run_report all = merge(reports);
  CHECK(said(all, "versions").find("0.1.0, 0.2.0") != std::string::npos);
  CHECK(said(all, "projects").find("p, q") != std::string::npos);
  CHECK(said(all, "the same rank") == "merge: several runs have the same rank, as of different jobs: 1");
}

TEST_CASE("merge: reports that do not say when they began are taken to be with the first") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  reports[1].start_unix_ns = 0;
  const run_report all = merge(reports);
  CHECK(all.duration.count() == doctest::Approx(100));
  CHECK(all.start_unix_ns == epoch_2026);
  CHECK(said(all, "when they began") != "");
  for (run_report& r : reports) r.start_unix_ns = 0;
  CHECK(merge(reports).duration.count() == doctest::Approx(100));
}

TEST_CASE("merge: times that cannot be are harmless") {
  for (const double length : {-1.0, std::nan(""), HUGE_VAL, 1e300}) {
    std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
    reports[1].duration = seconds(length);
    reports[1].start_unix_ns = INT64_MAX;
    reports[0].epochs[0].start = seconds(length);
    reports[0].epochs[0].duration = seconds(length);
    reports[1].processes = {{INT64_MIN, seconds(length), seconds(length)}, {5, seconds(1), seconds(length)}};
    check_books(merge(reports));
  }
}

TEST_CASE("merge: scopes that do not have all of the energy, or too much, are made to") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  const std::int64_t own = scope(reports[0], "forward").own_uj->count();
  reports[0].scopes.erase(reports[0].scopes.begin() + 1);  // backward's is nowhere
  run_report all = merge(reports);
  check_books(all);
  CHECK(scope(all, "forward").own_uj->count() == own + scope(reports[1], "forward").own_uj->count());
  reports[1].scopes.clear();
  check_books(merge(reports));
  reports[0].scopes[0].own_uj = microjoules(reports[0].energy_uj->count() * 3);
  check_books(merge(reports));
}

// --- figures

TEST_CASE(
    "merge: runs of which one began after another had ended may be no ranks of one job, and that is said") {
  std::vector<run_report> reports{blank(0, "a", 0, 100), blank(1, "a", 50, 100), blank(2, "b", 99, 1)};
  for (run_report& r : reports) balance(r);
  CHECK(said(merge(reports), "had ended").empty());
  reports.push_back(blank(3, "b", 100.5, 10));
  balance(reports.back());
  CHECK(said(merge(reports), "had ended") ==
        "merge: rank 3 began after rank 0 had ended: are these ranks of one job? (report::compare sets runs "
        "side by side)");
  // Of a run that was resumed, its last process counts.
  reports[0].processes.resize(2), reports[2].processes.resize(2);
  for (const std::size_t i : {0u, 2u}) {
    reports[i].processes[0].start_unix_ns = reports[i].start_unix_ns;
    reports[i].processes[1].start_unix_ns = reports[i].start_unix_ns + 200'000'000'000;
    reports[i].processes[0].duration = reports[i].processes[1].duration = reports[i].duration * 0.5;
  }
  CHECK(said(merge(reports), "had ended").empty());
}
TEST_CASE(
    "merge: where a device counts in another report, its component's emissions go, and the rest adds up") {
  std::vector<run_report> reports{blank(0), blank(1)};
  reports[0].channels = {device("gpu", "gpu0", component::gpu, 100'000'000)};
  reports[1].channels = {device("cpu", "cpu0", component::cpu, 100'000'000),
                         device("gpu", "gpu0", component::gpu, 100'000'000)};
  for (run_report& r : reports) balance(r);
  const auto priced = [](run_report& r, std::vector<double> grams) {
    double all = 0;
    for (std::size_t i = 0; i < grams.size(); ++i) {
      r.components[i].emissions = grams_co2e(grams[i]);
      all += grams[i];
    }
    r.emissions = interval<grams_co2e>{grams_co2e(all), grams_co2e(all * 0.9), grams_co2e(all * 1.2)};
    r.intensity.value = grams_per_kilowatt_hour(all / r.energy->value.count() / r.pue * 3.6e6);
  };
  priced(reports[0], {30});
  priced(reports[1], {10, 30});
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.emissions->value.count() == doctest::Approx(40));
  CHECK(all.emissions->low <= all.emissions->value);
  CHECK(all.emissions->value <= all.emissions->high);
  REQUIRE(all.components.size() == 2);
  CHECK(all.components[0].emissions.count() == doctest::Approx(10));
  CHECK(all.components[1].emissions.count() == doctest::Approx(30));
  CHECK(all.ranks[0].emissions.count() + all.ranks[1].emissions.count() == doctest::Approx(40));

  reports[1].emissions.reset();  // of one rank they are not known, and not zero
  for (component_line& c : reports[1].components) c.emissions = grams_co2e(std::nan(""));
  const run_report part = merge(reports);
  CHECK(part.emissions->value.count() == doctest::Approx(30));
  CHECK(std::isnan(part.components[0].emissions.count()));
  CHECK(part.components[1].emissions.count() == doctest::Approx(30));
}
TEST_CASE("merge: PUE, WUE and carbon intensity are means by energy, and it is said that they differ") {
  std::vector<run_report> reports{blank(0, "a"), blank(1, "b")};
  reports[0].channels = {device("x", "x", component::cpu, 3'000'000)};
  reports[1].channels = {device("x", "x", component::cpu, 1'000'000)};
  reports[0].pue = 1.2, reports[1].pue = 1.6, reports[1].pue_assumed = true;
  reports[1].intensity.value = grams_per_kilowatt_hour(500);
  reports[1].intensity.code = "POL", reports[1].intensity.name = "Poland", reports[1].intensity.iso3 = "POL";
  reports[0].wue = litres_per_kilowatt_hour(1), reports[1].wue = litres_per_kilowatt_hour(2);
  reports[0].water = litres(3), reports[1].water = litres(2);
  for (run_report& r : reports) balance(r);
  const run_report all = merge(reports);
  check_books(all);  // emissions are energy x PUE x intensity
  CHECK(all.pue == doctest::Approx(1.3));
  CHECK(all.pue_assumed);
  CHECK(!said(all, "the PUE of some ranks was assumed").empty());
  CHECK(all.wue->count() == doctest::Approx(1.25));
  CHECK(all.water->count() == doctest::Approx(5));
  CHECK(all.intensity.value.count() == doctest::Approx((3 * 1.2 * 100 + 1.6 * 500) / (3 * 1.2 + 1.6)));
  CHECK(all.intensity.name == "France, Poland");
  CHECK(all.intensity.code.empty());
  CHECK(all.intensity.note.find("100 gCO2e/kWh to 500 gCO2e/kWh") != std::string::npos);
  CHECK(all.intensity.note.find("FRA, POL") != std::string::npos);
  CHECK(said(all, "PUE") == "merge: the PUE is the mean by energy: 1.2 to 1.6");
  CHECK(said(all, "WUE") == "merge: the WUE is the mean by energy: 1 to 2");
}

TEST_CASE("merge: equal factors stay what they are to the last bit, with nothing to say") {
  const run_report all = merge(std::vector{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)});
  CHECK(all.pue == 1.2);
  CHECK(all.intensity.value.count() == 100);
  CHECK(all.intensity.note.empty());
  CHECK(all.intensity.code == "FRA");
  CHECK(all.events.empty());
}

TEST_CASE("merge: scopes of one name are added, epochs of one number are one epoch") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  reports[1].start_unix_ns += 10 * second;
  reports[1].scopes[0].name = "only here", reports[1].scopes[0].marks = {"host time"};
  reports[0].scopes[1].marks = reports[1].scopes[1].marks = {"host time"};
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.scopes.size() == 5);
  CHECK(all.scopes[0].name == "forward");
  CHECK(all.scopes[2].name == "only here");
  CHECK(all.scopes[2].marks == std::vector<std::string>{"host time"});
  CHECK(all.scopes[1].marks == std::vector<std::string>{"host time"});
  CHECK(all.scopes[3].name == "epoch");
  CHECK(all.scopes[4].name == "(outside)");
  const scope_line& backward = scope(all, "backward");
  CHECK(backward.count == 20);
  CHECK(backward.time.count() == 10);
  CHECK(backward.own->low.count() ==
        doctest::Approx(reports[0].scopes[1].own->low.count() + reports[1].scopes[1].own->low.count()));
  CHECK(backward.min == std::min(reports[0].scopes[1].min, reports[1].scopes[1].min));
  CHECK(backward.max == std::max(reports[0].scopes[1].max, reports[1].scopes[1].max));
  CHECK(scope(all, "epoch").count == 2);
  REQUIRE(all.epochs.size() == 2);
  const epoch_line& e = all.epochs[1];
  CHECK(e.index == 1);
  CHECK(e.start.count() == doctest::Approx(50));
  CHECK(e.duration.count() == doctest::Approx(10 + 45));
  CHECK(e.energy_uj->count() ==
        reports[0].epochs[1].energy_uj->count() + reports[1].epochs[1].energy_uj->count());
  CHECK(e.work == 200);
  CHECK(e.metrics == std::vector<std::pair<std::string, double>>{{"loss", 0.5}});
  CHECK(scope(all, "epoch").max.count() ==
        doctest::Approx(static_cast<double>(all.epochs[0].energy_uj->count()) * 1e-6));
}

TEST_CASE("merge: metrics are the lowest rank's, of epochs the lowest that has them") {
  std::vector<run_report> reports{rank_of(2, 4), rank_of(1, 4), rank_of(0, 4)};
  for (run_report& r : reports) r.epochs[0].metrics = {{"loss", *r.hardware.rank + 0.25}};
  reports[2].epochs[0].metrics.clear();
  const run_report all = merge(reports);
  CHECK(all.metrics == reports[2].metrics);
  CHECK(all.run_id == "run-0");
  CHECK(all.epochs[0].metrics[0].second == 1.25);
}

TEST_CASE("merge: lines of several epochs meet the epochs in them") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  balance(reports[0], 6), balance(reports[1], 6);
  std::vector<epoch_line>& lines = reports[1].epochs;  // 0-1 2-3 4 5, and of rank 0: 0 1-2 3 4 5
  const auto join = [](std::vector<epoch_line>& l, std::size_t i) {
    l[i].merged += l[i + 1].merged;
    l[i].energy_uj = *l[i].energy_uj + *l[i + 1].energy_uj;
    l[i].duration = l[i + 1].start + l[i + 1].duration - l[i].start;
    l.erase(l.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  };
  join(lines, 0), join(lines, 1), join(reports[0].epochs, 1);
  const run_report all = merge(reports);
  check_books(all);
  REQUIRE(all.epochs.size() == 3);
  CHECK(all.epochs[0].index == 0);
  CHECK(all.epochs[0].merged == 4);
  CHECK(all.epochs[1].index == 4);
  CHECK(all.epochs[1].merged == 1);
  std::int64_t sum = 0;
  for (const epoch_line& e : all.epochs) sum += e.energy_uj->count();
  CHECK(sum == scope(all, "epoch").total_uj->count());
}

TEST_CASE("merge: 10 000 epochs, numbers at the end of what an int holds, and none") {
  std::vector<run_report> reports{rank_of(0, 4), rank_of(1, 4), rank_of(2, 4)};
  balance(reports[0], 10'000), balance(reports[1], 10'000), balance(reports[2], 0);
  run_report all = merge(reports);
  check_books(all);
  CHECK(all.epochs.size() == 10'000);
  reports[1].epochs[5].index = INT32_MAX, reports[1].epochs[5].merged = INT32_MAX;
  reports[1].epochs[6].index = INT32_MIN;
  all = merge(reports);
  check_books(all);
  CHECK(all.epochs.size() == 10'002);
}

TEST_CASE("merge: lost work is added; the epochs are the same ones") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)};
  reports[0].lost = lost_work{3, microjoules(100), grams_co2e(1), seconds(30), 300};
  reports[1].lost = lost_work{3, microjoules(50), grams_co2e(2), seconds(31), 300};
  const run_report all = merge(reports);
  REQUIRE(all.lost);
  CHECK(all.lost->epochs == 3);
  CHECK(all.lost->energy_uj->count() == 150);
  CHECK(all.lost->emissions.count() == 3);
  CHECK(all.lost->duration.count() == 31);
  CHECK(all.lost->work == 600);
}

TEST_CASE("merge: the cost of accounting is that of all") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  for (run_report& r : reports)
    r.overhead.samples = 1000, r.overhead.sampler_cpu = seconds(0.5), r.overhead.bytes = 70;
  reports[1].overhead.longest_gap = seconds(3);
  const run_report all = merge(reports);
  CHECK(all.overhead.samples == 2000);
  CHECK(all.overhead.sampler_cpu.count() == 1);
  CHECK(all.overhead.bytes == 140);
  CHECK(all.overhead.longest_gap.count() == 3);
}

// --- power over time

TEST_CASE("merge: power of components is added on one grid of times, and none of it is lost") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)};
  reports[1].start_unix_ns += 50 * second;
  add_power(reports[0], 10), add_power(reports[1], 7), add_power(reports[2], 128);
  const run_report all = merge(reports);
  REQUIRE(all.power.size() == 128);
  CHECK(power_of(all, &power_line::cpu) == counted_of(all, component::cpu));
  CHECK(power_of(all, &power_line::memory) == counted_of(all, component::memory));
  CHECK(power_of(all, &power_line::gpu) == counted_of(all, component::gpu));
  CHECK(all.power[0].start.count() == 0);
  CHECK(all.power.back().start.count() + all.power.back().duration.count() == doctest::Approx(150));
  for (std::size_t i = 1; i < 128; ++i)
    CHECK(all.power[i].start.count() ==
          doctest::Approx(all.power[i - 1].start.count() + all.power[i - 1].duration.count()));
  // When only rank 1 was left, only its GPU was.
  CHECK(all.power.back().gpu.count() > 0);
  CHECK(all.power.back().cpu.count() == 0);
}

TEST_CASE("merge: power of a device that others hold, too, is there once") {
  std::vector<run_report> reports{blank(0), blank(1)};
  for (run_report& r : reports) {
    r.channels = {device("package-0", "socket0", component::cpu, 6000),
                  device("gpu", std::to_string(*r.hardware.rank), component::gpu, 5000)};
    balance(r);
    add_power(r, 3);
  }
  const run_report all = merge(reports);
  REQUIRE(all.power.size() == 3);
  CHECK(power_of(all, &power_line::cpu) == 6000);
  CHECK(power_of(all, &power_line::gpu) == 10'000);
  CHECK(all.power[2].cpu.count() == 3000);
}

TEST_CASE("merge: a report without power over time is named, and spans that cannot be are harmless") {
  std::vector<run_report> reports{rank_of(0, 2), rank_of(1, 2)};
  CHECK(merge(reports).power.empty());
  CHECK(merge(reports).events.empty());
  add_power(reports[0], 4);
  CHECK(said(merge(reports), "power over time") != "");
  for (const double x : {-5.0, std::nan(""), HUGE_VAL, 1e300}) {
    reports[0].power[1].start = seconds(x), reports[0].power[2].duration = seconds(x);
    reports[0].power[3].cpu = microjoules(-5);
    check_books(merge(reports));
  }
}

TEST_CASE("merge: of very many ranks power over time gets coarser, and all of it is there") {
  merger m;
  std::int64_t truth = 0;
  for (int rank = 0; rank < 5000; ++rank) {
    run_report r = blank(rank, "node" + std::to_string(rank));
    r.channels = {device("x", "x", component::cpu, 1'000'000'003 + rank)};
    balance(r, 0);
    add_power(r, 127);
    truth += r.energy_uj->count();
    m.add(std::move(r));
  }
  const run_report all = m.result();
  CHECK(power_of(all, &power_line::cpu) == truth);
  CHECK(all.power.size() >= 16);
  CHECK(all.power.size() <= 128);
  for (std::size_t i = 1; i < all.power.size(); ++i) CHECK(all.power[i].cpu > all.power[i - 1].cpu);
}

// --- events

TEST_CASE(
    "merge: events say whose they are, on the merged run's time, errors before the rest if there are many") {
  std::vector<run_report> reports;
  for (int rank = 0; rank < 400; ++rank) {
    reports.push_back(rank_of(rank, 8));
    reports.back().start_unix_ns += second * (rank % 3);
    reports.back().events = {{seconds(5), severity::info, "was here", "dram-0", 2}};
  }
  reports[399].events.push_back({seconds(7), severity::error, "is lost", "gpu-7"});
  reports[398].events.push_back({seconds(6), severity::warning, "is late", "gpu-6"});
  const run_report all = merge(reports);
  CHECK(all.events.size() <= 256);
  CHECK(said(all, "is lost") == "rank 399: gpu-7: is lost");
  CHECK(said(all, "is late") == "rank 398: gpu-6: is late");
  CHECK(said(all, "was here") == "rank 0: dram-0: was here");
  std::uint64_t times = 0;
  for (const event& e : all.events) times += e.count;
  CHECK(times == 400 * 2 + 2);  // none is forgotten
  CHECK(all.events.back().what == "further events of the ranks were dropped");
  for (const event& e : all.events)
    if (e.where == "rank 1: dram-0") CHECK(e.time.count() == doctest::Approx(6));
  // Merged again, they are not said to be of somebody else.
  const run_report again = merge(std::vector{all, rank_of(1000, 8)});
  CHECK(said(again, "is lost") == "rank 399: gpu-7: is lost");
}

// --- sums

TEST_CASE("merge: a sum beyond 64 bits is refused by its name, not wrapped") {
  const auto half = INT64_MAX / 2 + 1;
  const auto huge = [&](int rank) {
    run_report r = blank(rank, "node" + std::to_string(rank));
    r.channels = {device("x", "x", component::cpu, half)};
    balance(r);
    return r;
  };
  CHECK_THROWS_AS(merge(std::vector{huge(0), huge(1)}), std::overflow_error);
  CHECK(refusal({huge(0), huge(1)}) == "report::merge: the sum of energy_uj is beyond what 64 bits hold");
  std::vector<run_report> reports{rank_of(0, 1), rank_of(1, 1)};
  for (run_report& r : reports) r.scopes[0].total_uj = microjoules(half);
  CHECK(refusal(reports) == "report::merge: the sum of total_uj is beyond what 64 bits hold");
  reports = {rank_of(0, 1), rank_of(1, 1)};
  for (run_report& r : reports) r.epochs[0].energy_uj = microjoules(half);
  CHECK(refusal(reports) == "report::merge: the sum of energy_uj of epochs is beyond what 64 bits hold");
  reports = {rank_of(0, 1), rank_of(1, 1)};
  for (run_report& r : reports) r.scopes[0].count = UINT64_MAX / 2 + 1;
  CHECK(refusal(reports) == "report::merge: the sum of counts of scopes is beyond what 64 bits hold");
  // The largest that there is.
  reports = {huge(0), rank_of(1, 1)};
  reports[0].channels[0].energy_uj = microjoules(INT64_MAX - reports[1].energy_uj->count());
  balance(reports[0]);
  const run_report all = merge(reports);
  CHECK(all.energy_uj->count() == INT64_MAX);
  CHECK(sum_of_own(all) == INT64_MAX);
}

TEST_CASE("merge: huge energies that are dropped in part still balance to the microjoule") {
  std::vector<run_report> reports{blank(0), blank(1)};
  for (run_report& r : reports)
    r.channels = {device("x", "x", component::cpu, INT64_MAX / 3),
                  device("gpu-" + std::to_string(*r.hardware.rank), std::to_string(*r.hardware.rank),
                         component::gpu, INT64_MAX / 7)};
  for (run_report& r : reports) balance(r, 7);
  const run_report all = merge(reports);
  check_books(all);
  CHECK(all.energy_uj->count() == INT64_MAX / 3 + 2 * (INT64_MAX / 7));
}

// --- names and files

TEST_CASE("merge: any names, through JSON and back") {
  const std::string names[] = {"\"quoted\", and a comma",
                               "a\nnew line",
                               "=cmd()",
                               "<script>alert(1)</script>",
                               "\U0001F600",
                               "\xff\xfe",
                               std::string(1 << 20, 'x'),
                               ""};
  std::vector<run_report> reports;
  int rank = 0;
  for (const std::string& name : names) {
    run_report r = rank_of(rank++, 4);
    r.hardware.host = name, r.scopes[0].name = name;
    r.channels[3].name = name, r.channels[3].device = name, r.channels[3].uuid = name;
    r.events = {{seconds(1), severity::warning, name, name}};
    reports.push_back(r);
  }
  const run_report all = merge(reports);
  check_books(all);
  const run_report back = report::from_json(report::to_json(all));
  CHECK(back.energy_uj == all.energy_uj);
  CHECK(back.ranks.size() == all.ranks.size());
  CHECK(back.channels.size() == all.channels.size());
  CHECK(merge(std::vector{back, rank_of(100, 4)}).ranks.size() == reports.size() + 1);
}

TEST_CASE("merge: the text report says of how many ranks and nodes it is") {
  const std::string text = report::text(merge(std::vector{rank_of(0, 2), rank_of(1, 2), rank_of(2, 2)}));
  CHECK(text.find("ranks       3 on 2 nodes") != std::string::npos);
}

// --- size

namespace {

run_report typical(int rank, int per_node, bool all_count, int power_spans = 0) {
  run_report r = blank(rank, "node" + std::to_string(rank / per_node));
  r.hardware.boot_id = "f7a1c9d2-0000-4000-8000-" + std::to_string(100'000'000'000 + rank / per_node);
  r.hardware.local_rank = rank % per_node;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    channel_line c =
        device((i < 4 ? "package-" : "gpu-") + n, i < 4 ? "socket" + n + "/package" : "0000:" + n + "b:00.0",
               i < 4 ? component::cpu : component::gpu, 1'000'000'000 + rank);
    if (i >= 4) c.uuid = "GPU-8932f937-d72c-4106-c12f-20bd9faed" + std::to_string(rank / per_node * 100 + i);
    c.accuracy = "within 5 % of the supply's figure, as others have measured it on machines of this kind";
    if (!all_count && rank % per_node != 0)
      c.counted = false, c.energy_uj.reset(), c.energy.reset(), c.held_by = "local rank 0";
    r.channels.push_back(c);
  }
  balance(r, 20);
  for (int i = 0; i < 4; ++i) {
    scope_line s = r.scopes[0];
    s.name = "a scope with a longer name " + std::to_string(i);
    s.own_uj = s.total_uj = microjoules(0);
    r.scopes.insert(r.scopes.begin(), s);
  }
  r.events = {{seconds(1), severity::info, "took more than 10 ms to be read at times", "gpu-4"}};
  add_power(r, power_spans);
  return r;
}
/// Seconds, and MiB above what was in use before, of a child process: what it leaves behind is not measured.
std::pair<double, double> cost_of(const std::function<double()>& work) {
  int fd[2];
  REQUIRE(::pipe(fd) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto status = [](const char* key) {  // KiB
      std::FILE* f = std::fopen("/proc/self/status", "r");
      char line[256];
      long value = 0;
      while (f != nullptr && std::fgets(line, sizeof line, f) != nullptr)
        if (std::string(line).starts_with(key))
          value = std::strtol(line + std::string(key).size() + 1, nullptr, 10);
      if (f != nullptr) std::fclose(f);
      return static_cast<double>(value);
    };
#ifdef __GLIBC__
    ::malloc_trim(0);  // what earlier tests have freed
#endif
    double cost[2] = {0, status("VmRSS")};
    cost[0] = work();
    cost[1] = (status("VmHWM") - cost[1]) / 1024;
    if (::write(fd[1], cost, sizeof cost) != sizeof cost) ::_exit(1);
    ::_exit(0);
  }
  double cost[2] = {0, 0};
  const bool whole = ::read(fd[0], cost, sizeof cost) == sizeof cost;
  ::waitpid(pid, nullptr, 0);
  ::close(fd[0]), ::close(fd[1]);
  REQUIRE(whole);
  return {cost[0], cost[1]};
}
double seconds_of(const std::function<void()>& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

#ifdef KAYA_TEST_SANITIZED
constexpr double slower = 30, larger = 10;
#else
constexpr double slower = 1, larger = 1;
#endif

}  // namespace

TEST_CASE("merge: 10 000 reports of 12 channels, 8 scopes and 20 epochs in 1 s and 200 MiB") {
  struct job {
    int per_node;
    bool all_count;
  };
  for (const job& j : {job{1, true}, {8, true}, {8, false}, {10'000, true}}) {
    const auto make = [&] {
      std::vector<run_report> reports;
      for (int rank = 0; rank < 10'000; ++rank) reports.push_back(typical(rank, j.per_node, j.all_count));
      return reports;
    };
    const auto cost = cost_of([&] {
      const std::vector<run_report> reports = make();
      return seconds_of([&] {
        if (merge(reports).ranks.size() != 10'000) ::_exit(2);
      });
    });
    const auto inputs = cost_of([&] { return make().empty() ? 1.0 : 0.0; });
    const double beyond = cost.second - inputs.second;
    MESSAGE(j.per_node, " a node", j.all_count ? ", all count" : ", one reads", ": ", cost.first, " s, ",
            beyond, " MiB beyond the inputs' ", inputs.second);
    CHECK(cost.first < 1 * slower);
    CHECK(beyond < 200 * larger);
  }
}

TEST_CASE("merge: 10 000 files of JSON one after the other take 200 MiB in all") {
  for (const int per_node : {1, 8}) {
    const int spans = per_node == 8 ? 127 : 0;
    const auto cost = cost_of([&] {
      return seconds_of([&] {
        merger m;
        for (int rank = 0; rank < 10'000; ++rank)
          m.add(report::from_json(report::to_json(typical(rank, per_node, true, spans))));
        if (m.result().ranks.size() != 10'000) ::_exit(2);
      });
    });
    MESSAGE(per_node, " a node: ", cost.second, " MiB; ", cost.first,
            " s with reading and writing the files");
    CHECK(cost.second < 200 * larger);
  }
}
