// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/json.hpp>
#include <kaya/tracker.hpp>

#include "support/cpu_time.hpp"
#include "support/sample_report.hpp"
#include "support/test_machine.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using kaya::report::from_json;
using kaya::report::to_json;
namespace of_report = kaya::report::detail;
namespace json = kaya::detail::json;
using namespace std::string_literals;

/// Fills all members of a report with what is hard for a writer.
class filler {
 public:
  explicit filler(unsigned seed, std::size_t most_items = 4) : random_(seed), most_items_(most_items) {}

  template <class T>
  void operator()(std::string_view, T& member, std::string_view = {}) {
    fill(member);
  }
  template <class T>
  void or_null(std::string_view, T& member, std::string_view = {}) {
    if (pick(2) == 0) fill(member);
  }

 private:
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }

  void fill(bool& b) { b = pick(2) != 0; }
  void fill(double& x) {
    constexpr double special[] = {0.0,
                                  -0.0,
                                  0.1,
                                  1e21,
                                  9007199254740993.0,
                                  std::numeric_limits<double>::max(),
                                  std::numeric_limits<double>::lowest(),
                                  std::numeric_limits<double>::min(),
                                  std::numeric_limits<double>::denorm_min(),
                                  std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity()};
    if (const auto i = pick(2 * std::size(special)); i < std::size(special)) {
      x = special[i];
      return;
    }
    const std::uint64_t bits = random_();
    std::memcpy(&x, &bits, sizeof x);
    if (std::isnan(x)) x = std::numeric_limits<double>::quiet_NaN();
  }
  void fill(std::string& s) {
    const std::vector<std::string> special{
        ""s,
        "epoch"s,
        "(outside)"s,
        "null"s,
        "a \"quoted\" back\\slash, and /"s,
        "\b\f\n\r\t\x01\x1f\x7f"s,
        "\0 zero"s,
        "</script><!--"s,
        "\xE2\x80\xA8 and \xE2\x80\xA9"s,
        "gr\xC3\xBC\xC3\x9F dich, \xE6\x97\xA5\xE6\x9C\xAC, \xF0\x9F\x8C\x8D"s,
        "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF"s,
        "infinity"s,
        std::string(300, 'x')};
    s = special[pick(special.size())];
  }
  template <class T>
  void fill(std::optional<T>& m) {
    m.reset();
    if (pick(3) != 0) fill(m.emplace());
  }
  template <class T>
  void fill(std::vector<T>& list) {
    list.resize(pick(most_items_));
    for (T& item : list) fill(item);
  }
  template <class T>
  void fill(T& m) {
    if constexpr (std::integral<T>) {
      m = static_cast<T>(random_());
      if (pick(4) == 0) m = std::numeric_limits<T>::max();
      if (pick(4) == 0) m = std::numeric_limits<T>::min();
    } else if constexpr (std::is_enum_v<T>) {
      m = static_cast<T>(pick(static_cast<std::uint64_t>(of_report::names_of<T>)));
    } else if constexpr (kaya::any_quantity<T>) {
      typename T::rep count{};
      fill(count);
      m = T(count);
    } else {
      of_report::members<T>::each(m, *this);
    }
  }

  std::mt19937_64 random_;
  std::size_t most_items_;
};

kaya::run_report random_report(unsigned seed, std::size_t most_items = 4) {
  kaya::run_report r;
  filler f(seed, most_items);
  of_report::members<kaya::run_report>::each(r, f);
  return r;
}

/// All bits of a report in one string: two reports are the same if these are.
class image {
 public:
  explicit image(const kaya::run_report& r) { add(r); }
  const std::string& bytes() const { return bytes_; }

  template <class T>
  void operator()(std::string_view, const T& member, std::string_view = {}) {
    add(member);
  }
  template <class T>
  void or_null(std::string_view, const T& member, std::string_view = {}) {
    add(member);
  }

 private:
  void add(const std::string& s) {
    add(s.size());
    bytes_ += s;
  }
  template <class T>
  void add(const std::optional<T>& m) {
    add(m.has_value());
    if (m) add(*m);
  }
  template <class T>
  void add(const std::vector<T>& list) {
    add(list.size());
    for (const T& item : list) add(item);
  }
  template <class T>
  void add(const T& m) {
    if constexpr (of_report::has_members<T>) of_report::members<T>::each(m, *this);
    else bytes_.append(reinterpret_cast<const char*>(&m), sizeof m);
  }

  std::string bytes_;
};
std::string bits(const kaya::run_report& r) { return image(r).bytes(); }

std::string why_refused(std::string_view text) {
  try {
    from_json(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return {};
}

/// A report in which every kind of line is there, and every optional value.
kaya::run_report full_report() {
  kaya::run_report r;
  for (unsigned seed = 0;; ++seed) {
    r = random_report(seed);
    const std::string text = to_json(r);
    if (r.channels.size() > 1 && r.scopes.size() > 1 && !r.scopes[0].marks.empty() && r.epochs.size() > 1 &&
        r.epochs[0].metrics.size() > 1 && !r.metrics.empty() && r.events.size() > 1 && r.emissions &&
        !r.hardware.gpus.empty() && text.size() < 12'000)
      return r;
  }
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// The end of the value that begins at a byte of a good text.
std::size_t end_of(std::string_view text, std::size_t at) {
  int depth = 0;
  for (bool quoted = false; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') ++at;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && (c == '{' || c == '[')) ++depth;
    else if (!quoted && (c == '}' || c == ']' || c == ',') && depth == 0) return at;
    else if (!quoted && (c == '}' || c == ']')) --depth;
    if (!quoted && depth == 0 && (c == '}' || c == ']' || c == '"')) return at + 1;
    if (!quoted && depth == 0 && c == '\n') return at;
  }
  return at;
}

/// A value and its path, of all values that a text holds.
struct found {
  std::string path;
  const json::value* what;
};
void find_all(const json::value& v, const std::string& path, std::vector<found>& out) {
  out.push_back({path, &v});
  std::size_t i = 0;
  for (const json::value& item : v.items()) {
    const bool member = v.is(json::kind::object);
    find_all(item,
             member ? path + (path.empty() ? "" : ".") + std::string(item.name())
                    : path + "[" + std::to_string(i) + "]",
             out);
    ++i;
  }
}

}  // namespace

TEST_CASE("report json: random reports come back to the last bit") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const kaya::run_report r = random_report(seed);
    const std::string text = to_json(r);
    const kaya::run_report back = from_json(text);
    REQUIRE(bits(back) == bits(r));
    REQUIRE(to_json(back) == text);
  }
}

TEST_CASE("report json: the report of a run comes back") {
  kaya::tracker t(kaya_test::on_test_machine());
  for (int i = 0; i < 3; ++i) {
    auto epoch = t.epoch();
    const auto s = t.scope("train \"step\"");
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // more than a sample
    epoch.metric("loss", i == 0 ? std::nan("") : 0.1 * i);
    epoch.add_work(10);
  }
  for (const bool stopped : {false, true}) {
    const kaya::run_report r = stopped ? t.stop() : t.report();
    CHECK(r.energy_uj);
    CHECK(bits(from_json(to_json(r))) == bits(r));
  }
}

TEST_CASE("report json: a report of nothing comes back") {
  const kaya::run_report r;
  CHECK(bits(from_json(to_json(r))) == bits(r));
}

namespace {

/// Notes where the members are that a list has.
struct addresses {
  std::vector<const void*> all;
  std::vector<std::string> keys;
  template <class T>
  void operator()(std::string_view key, const T& member, std::string_view = {}) {
    all.push_back(&member);
    keys.emplace_back(key);
  }
  template <class T>
  void or_null(std::string_view key, const T& member, std::string_view = {}) {
    (*this)(key, member);
  }
};
template <class T, class... M>
void check_complete(const T& object, const M&... member) {
  addresses a;
  of_report::members<T>::each(object, a);
  CHECK(a.all.size() == sizeof...(M));
  for (const void* const address : {static_cast<const void*>(&member)...})
    CHECK(std::count(a.all.begin(), a.all.end(), address) == 1);
  for (const std::string& key : a.keys) CHECK(std::count(a.keys.begin(), a.keys.end(), key) == 1);
}

}  // namespace

// When this does not compile, record.hpp has a member more, which members.hpp must have, too.
TEST_CASE("report json: every member of every struct is listed, once") {
  {
    const kaya::run_report r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, s, t, u, v, w, x, y, z, aa, bb, cc, dd,
                 ee, ff, gg, hh] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, s, t, u, v, w, x, y, z, aa, bb, cc,
                   dd, ee, ff, gg, hh);
  }
  {
    const kaya::intensity_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k, l);
  }
  {
    const kaya::hardware_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k);
  }
  {
    const kaya::channel_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, s, t, u, v, w, x] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, s, t, u, v, w, x);
  }
  {
    const kaya::scope_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k);
  }
  {
    const kaya::epoch_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k);
  }
  {
    const kaya::event r;
    const auto& [a, b, c, d, e] = r;
    check_complete(r, a, b, c, d, e);
  }
  {
    const kaya::self_cost r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k, l);
  }
  {
    const kaya::power_line r;
    const auto& [a, b, c, d, e, f, g] = r;
    check_complete(r, a, b, c, d, e, f, g);
  }
  {
    const kaya::component_line r;
    const auto& [a, b, c] = r;
    check_complete(r, a, b, c);
  }
  {
    const kaya::process_line r;
    const auto& [a, b, c, d, e] = r;
    check_complete(r, a, b, c, d, e);
  }
  {
    const kaya::lost_work r;
    const auto& [a, b, c, d, e] = r;
    check_complete(r, a, b, c, d, e);
  }
  {
    const kaya::rank_line r;
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = r;
    check_complete(r, a, b, c, d, e, f, g, h, i, j, k);
  }
  {
    const kaya::interval<kaya::joules> r;
    const auto& [a, b, c] = r;
    check_complete(r, a, b, c);
  }
}

namespace {

// In constant evaluation a name beyond the last is an error, or the one before again.
template <class E, int I>
constexpr bool is_name = requires {
  typename std::bool_constant<(to_string(static_cast<E>(I)).size() > 0)>;
};
template <class E, int N = of_report::names_of<E>>
constexpr bool has_all_names() {
  if constexpr (!is_name<E, N - 1>) return false;
  else if constexpr (!is_name<E, N>) return true;
  else return to_string(static_cast<E>(N)) == to_string(static_cast<E>(N - 1));
}
static_assert(has_all_names<kaya::meter::component>());
static_assert(has_all_names<kaya::meter::provenance>());
static_assert(has_all_names<kaya::meter::missing>());
static_assert(has_all_names<kaya::grid::accounting>());
static_assert(has_all_names<kaya::grid::basis>());
static_assert(has_all_names<kaya::severity>());

}  // namespace

// The schema as it is published: a text that changes here changes for everybody who reads it.
TEST_CASE("report json: each member has its name, unit and form") {
  using kaya::joules, kaya::microjoules, kaya::seconds, kaya::grams_co2e;
  kaya::run_report r;
  r.finished = true;
  r.project = "digits", r.run_id = "0123abcd", r.kaya_version = "0.1.0";
  r.start_unix_ns = 1'795'390'539'000'000'001, r.duration = seconds(12.5);
  r.energy_uj = microjoules(1'000'001);
  r.energy = kaya::interval<joules>{joules(1.000001), joules(0.9), joules(1.1)};
  r.emissions = kaya::interval<grams_co2e>{grams_co2e(2.5), grams_co2e(2), grams_co2e(3)};
  r.of = kaya::attribution::process;
  r.work = 60'000, r.work_unit = "images", r.pue = 1.25, r.pue_assumed = false;
  r.wue = kaya::litres_per_kilowatt_hour(1.8), r.water = kaya::litres(0.004);
  r.worst_provenance = kaya::meter::provenance::modelled, r.measured_share = 0.75, r.total_epochs = 30;
  r.intensity = {.value = kaya::grams_per_kilowatt_hour(44.07),
                 .code = "FRA",
                 .name = "France",
                 .iso3 = "FRX",
                 .year = 2024,
                 .how = kaya::grid::accounting::direct,
                 .source = "Ember",
                 .assumed = true,
                 .note = "old",
                 .basis = kaya::grid::basis::marginal,
                 .beyond_series = 0.5,
                 .mixes_kinds = true};
  r.hardware = {.host = "node7",
                .boot_id = "b-1",
                .os = "Linux 6.1",
                .cpu_model = "Xeon",
                .sockets = 2,
                .cores = 64,
                .logical_cpus = 128,
                .memory_bytes = 540'000'000'000,
                .gpus = {"H100", "H200"},
                .rank = 3,
                .local_rank = 1};
  r.channels = {{.name = "package-0",
                 .mechanism = "powercap",
                 .device = "socket0/package",
                 .part = kaya::meter::component::cpu,
                 .how = kaya::meter::provenance::integrated,
                 .counted = true,
                 .energy_uj = microjoules(7),
                 .why = kaya::meter::missing::lost,
                 .wraps = 1,
                 .gaps = 2,
                 .resets = 3,
                 .glitches = 4,
                 .ambiguous = 5,
                 .coverage = 0.875,
                 .rate = kaya::watts(91),
                 .energy = kaya::interval<joules>{joules(7e-6), joules(6e-6), joules(8e-6)},
                 .note = "a note",
                 .accuracy = "Intel, 2015",
                 .uuid = "GPU-1",
                 .inside = "node",
                 .late = seconds(0.001),
                 .host = "node8",
                 .held_by = "local rank 0"}};
  r.scopes = {{.name = "forward",
               .count = 12,
               .own_uj = microjoules(5),
               .total_uj = microjoules(6),
               .min = joules(0.25),
               .max = joules(0.5),
               .time = seconds(3),
               .emissions = grams_co2e(0.125),
               .marks = {"host time"},
               .own = kaya::interval<joules>{joules(5), joules(4), joules(6)},
               .total = kaya::interval<joules>{joules(15), joules(14), joules(16)}}};
  r.epochs = {{.index = 4,
               .start = seconds(1.5),
               .duration = seconds(2.5),
               .energy_uj = microjoules(9),
               .emissions = grams_co2e(0.75),
               .work = 100,
               .metrics = {{"loss", 0.1}, {"top 1", 98}},
               .how = kaya::meter::provenance::assumed,
               .coverage = 0.25,
               .merged = 2,
               .open = true}};
  r.metrics = {{"accuracy", 0.97}};
  r.events = {{.time = seconds(8.5),
               .level = kaya::severity::warning,
               .what = "can no longer be read",
               .where = "dram-0",
               .count = 6}};
  r.overhead = {.sampler_cpu = seconds(0.01),
                .reading = seconds(0.02),
                .samples = 21,
                .stamps = 22,
                .late_stamps = 23,
                .bytes = 24,
                .pending = 25,
                .period = seconds(0.1),
                .longest_gap = seconds(0.2),
                .clock = "TSC",
                .clock_hertz = 3e9,
                .clock_drift_ppm = 0.5};
  r.processes = {{.start_unix_ns = 17,
                  .start = seconds(1.5),
                  .duration = seconds(11),
                  .host = "node7",
                  .boot_id = "b-1"}};
  r.lost = {.epochs = 2,
            .energy_uj = microjoules(8),
            .emissions = grams_co2e(0.5),
            .duration = seconds(4),
            .work = 7};
  r.ranks = {{.rank = 3,
              .local_rank = 1,
              .host = "node7",
              .boot_id = "b-1",
              .run_id = "4567",
              .start_unix_ns = 18,
              .duration = seconds(12),
              .energy_uj = microjoules(6),
              .emissions = grams_co2e(0.25),
              .work = 9,
              .dropped = {"package-0: rank 0"}}};
  r.components = {{kaya::meter::component::gpu, microjoules(3), grams_co2e(0.625)}};
  r.power = {{seconds(0.5), seconds(1.5), microjoules(1), microjoules(2), microjoules(3), microjoules(4),
              microjoules(5)}};
  CHECK(to_json(r) == R"json({
  "schema": "kaya.report/1",
  "enabled": true,
  "finished": true,
  "project": "digits",
  "run_id": "0123abcd",
  "kaya_version": "0.1.0",
  "of": "process",
  "start_unix_ns": 1795390539000000001,
  "duration_s": 12.5,
  "energy_uj": 1000001,
  "energy_j": {"value": 1.000001, "low": 0.9, "high": 1.1},
  "emissions_g": {"value": 2.5, "low": 2, "high": 3},
  "water_l": 0.004,
  "work": 60000,
  "work_unit": "images",
  "pue": 1.25,
  "pue_assumed": false,
  "wue_l_per_kwh": 1.8,
  "worst_provenance": "modelled",
  "measured_share": 0.75,
  "total_epochs": 30,
  "intensity": {"intensity_g_per_kwh": 44.07, "code": "FRA", "name": "France", "iso3": "FRX", "year": 2024, "how": "direct", "basis": "marginal", "source": "Ember", "assumed": true, "note": "old", "beyond_series": 0.5, "mixes_kinds": true},
  "hardware": {"host": "node7", "boot_id": "b-1", "os": "Linux 6.1", "cpu_model": "Xeon", "sockets": 2, "cores": 64, "logical_cpus": 128, "memory_bytes": 540000000000, "gpus": ["H100", "H200"], "rank": 3, "local_rank": 1},
  "channels": [
    {"name": "package-0", "mechanism": "powercap", "device": "socket0/package", "inside": "node", "uuid": "GPU-1", "part": "cpu", "how": "integrated", "counted": true, "energy_uj": 7, "energy_j": {"value": 7e-06, "low": 6e-06, "high": 8e-06}, "rate_w": 91, "why": "lost", "coverage": 0.875, "wraps": 1, "gaps": 2, "resets": 3, "glitches": 4, "ambiguous": 5, "late_s": 0.001, "note": "a note", "accuracy": "Intel, 2015", "host": "node8", "held_by": "local rank 0"}
  ],
  "scopes": [
    {"name": "forward", "count": 12, "own_uj": 5, "total_uj": 6, "own_j": {"value": 5, "low": 4, "high": 6}, "total_j": {"value": 15, "low": 14, "high": 16}, "min_j": 0.25, "max_j": 0.5, "time_s": 3, "emissions_g": 0.125, "marks": ["host time"]}
  ],
  "epochs": [
    {"index": 4, "start_s": 1.5, "duration_s": 2.5, "energy_uj": 9, "emissions_g": 0.75, "work": 100, "metrics": [{"name": "loss", "value": 0.1}, {"name": "top 1", "value": 98}], "how": "assumed", "coverage": 0.25, "merged": 2, "open": true}
  ],
  "metrics": [
    {"name": "accuracy", "value": 0.97}
  ],
  "events": [
    {"time_s": 8.5, "level": "warning", "where": "dram-0", "what": "can no longer be read", "count": 6}
  ],
  "overhead": {"sampler_cpu_s": 0.01, "reading_s": 0.02, "samples": 21, "stamps": 22, "late_stamps": 23, "memory_bytes": 24, "pending": 25, "period_s": 0.1, "longest_gap_s": 0.2, "clock": "TSC", "clock_hz": 3e+09, "clock_drift_ppm": 0.5},
  "processes": [
    {"start_unix_ns": 17, "start_s": 1.5, "duration_s": 11, "host": "node7", "boot_id": "b-1"}
  ],
  "lost": {"epochs": 2, "energy_uj": 8, "emissions_g": 0.5, "duration_s": 4, "work": 7},
  "ranks": [
    {"rank": 3, "local_rank": 1, "host": "node7", "boot_id": "b-1", "run_id": "4567", "start_unix_ns": 18, "duration_s": 12, "energy_uj": 6, "emissions_g": 0.25, "work": 9, "dropped": ["package-0: rank 0"]}
  ],
  "power": [
    {"start_s": 0.5, "duration_s": 1.5, "cpu_uj": 1, "memory_uj": 2, "gpu_uj": 3, "platform_uj": 4, "other_uj": 5}
  ],
  "components": [
    {"part": "gpu", "energy_uj": 3, "emissions_g": 0.625}
  ]
}
)json");
}

TEST_CASE("report json: whole numbers keep all their digits") {
  kaya::run_report r;
  r.energy_uj = kaya::microjoules(std::int64_t{9'007'199'254'740'993});
  r.start_unix_ns = INT64_MIN;
  r.overhead.samples = UINT64_MAX;
  const std::string text = to_json(r);
  CHECK(text.find("\"energy_uj\": 9007199254740993,") != std::string::npos);
  CHECK(text.find("\"start_unix_ns\": -9223372036854775808,") != std::string::npos);
  CHECK(text.find("\"samples\": 18446744073709551615,") != std::string::npos);
  CHECK(bits(from_json(text)) == bits(r));
}

TEST_CASE("report json: whole numbers beyond the type, and fractions, are refused") {
  const std::string text = to_json(kaya::run_report{});
  const auto refused = [&](std::string_view from, std::string_view to) {
    return why_refused(with(text, from, to));
  };
  CHECK(refused("\"start_unix_ns\": 0", "\"start_unix_ns\": 9223372036854775808")
            .find("start_unix_ns must be a whole number from -9223372036854775808 to 9223372036854775807") !=
        std::string::npos);
  CHECK(!refused("\"start_unix_ns\": 0", "\"start_unix_ns\": 1e3").empty());
  CHECK(!refused("\"start_unix_ns\": 0", "\"start_unix_ns\": 1.0").empty());
  CHECK(!refused("\"total_epochs\": null", "\"total_epochs\": 2147483648").empty());
  CHECK(!refused("\"samples\": 0", "\"samples\": -1").empty());
  CHECK(refused("\"work\": 0", "\"work\": 1e400").find("work is beyond what a double holds") !=
        std::string::npos);
}

TEST_CASE("report json: what is not known is null, with the reason beside it") {
  kaya::run_report r;
  r.channels.resize(2);
  r.channels[0].why = kaya::meter::missing::no_permission;
  r.scopes.resize(1);
  r.scopes[0].min = kaya::joules(std::nan(""));
  r.epochs.resize(1);
  r.epochs[0].metrics = {{"loss", std::numeric_limits<double>::infinity()}};
  const std::string text = to_json(r);
  for (const std::string_view part :
       {"\"energy_uj\": null,\n  \"energy_uj_why\": \"no channel that counts gave a value\"",
        "\"energy_uj\": null, \"energy_uj_why\": \"no permission\"",
        "\"why\": \"no permission\", \"coverage\"", "\"energy_uj\": null, \"energy_uj_why\": \"not known\"",
        "\"why\": null, \"coverage\"", "\"min_j\": null, \"min_j_why\": \"not known\"",
        "{\"name\": \"loss\", \"value\": null, \"value_why\": \"infinity\"}",
        "\"water_l\": null,\n  \"water_l_why\": \"no WUE was given\"",
        "\"total_epochs\": null,\n  \"total_epochs_why\": \"not known\"",
        "\"host\": null, \"host_why\": \"not known\"", "\"rank_why\": \"no launcher gave one\""}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("\"why_why\"") == std::string::npos);
}

TEST_CASE("report json: a null whose reason is gone is NaN, or nothing") {
  kaya::run_report r;
  r.pue = std::numeric_limits<double>::infinity();
  r.wue = kaya::litres_per_kilowatt_hour(std::nan(""));
  const std::string text = with(with(to_json(r), "\"pue_why\": \"infinity\",", ""),
                                "\"wue_l_per_kwh_why\": \"not a number\",", "");
  const kaya::run_report back = from_json(text);
  CHECK(std::isnan(back.pue));
  CHECK(!back.wue);
}

TEST_CASE("report json: a line for each member and each item of a list") {
  kaya::run_report r;
  r.channels.resize(2);
  r.channels[0].name = "one\ntwo";
  const std::string text = to_json(r);
  CHECK(text.starts_with("{\n  \"schema\": \"kaya.report/1\",\n  \"enabled\": true,\n"));
  CHECK(text.ends_with("\"components\": []\n}\n"));
  CHECK(text.find("\"channels\": [\n    {\"name\": \"one\\ntwo\", ") != std::string::npos);
  CHECK(text.find("},\n    {\"name\": \"\", ") != std::string::npos);
  CHECK(text.find("}\n  ],\n  \"scopes\": [],\n") != std::string::npos);
}

TEST_CASE("report json: whatever bytes a name has, the text is UTF-8") {
  kaya::run_report r;
  const auto name_of = [&r](std::string_view name) {
    r.project = name;
    return from_json(to_json(r)).project;
  };
  const std::string replaced = "\xEF\xBF\xBD";
  CHECK(name_of("caf\xE9") == "caf" + replaced);
  CHECK(name_of("\xFF\xC0\x80z") == replaced + replaced + replaced + "z");
  CHECK(name_of("\xED\xA0\x80") == replaced + replaced + replaced);  // half of a surrogate pair
  CHECK(name_of("\xE2\x82") == replaced + replaced);                 // cut off
  CHECK(name_of("\xC3\xC3\xA9") == replaced + "\xC3\xA9");
  std::mt19937 random(7);
  for (int n = 0; n < 2000; ++n) {
    std::string name;
    for (int i = 0; i < 12; ++i) name += static_cast<char>(random());
    const std::string once = name_of(name);
    REQUIRE(name_of(once) == once);
  }
}

TEST_CASE("report json: no name ends the script element that holds the text") {
  kaya::run_report r;
  r.project = "</script><!-- \xE2\x80\xA8";
  const std::string text = to_json(r);
  CHECK(text.find('<') == std::string::npos);
  CHECK(text.find("\xE2\x80\xA8") == std::string::npos);
  CHECK(from_json(text).project == r.project);
}

TEST_CASE("report json: members that are not known are skipped, and their order is free") {
  const kaya::run_report r = full_report();
  std::string text = to_json(r);
  text = with(text, "\"enabled\": ", "\"of_version_2\": {\"a\": [1, {}]}, \"enabled\": ");
  text = with(text, "{\"index\": ", "{\"new\": null, \"index\": ");
  text = with(text, "{\n  \"schema\": \"kaya.report/1\",", "{");
  text = text.substr(0, text.rfind('}')) + ", \"schema\": \"kaya.report/1\"}";
  CHECK(bits(from_json(text)) == bits(r));
}

TEST_CASE("report json: another schema is refused") {
  const std::string text = to_json(kaya::run_report{});
  CHECK(why_refused(with(text, "report/1", "report/2")) ==
        "byte 14: schema must be \"kaya.report/1\"; it is \"kaya.report/2\"");
  CHECK(why_refused(with(text, "\"kaya.report/1\"", "1")) == "byte 14: schema must be \"kaya.report/1\"");
  CHECK(why_refused("{}") == "byte 0: schema is missing");
  CHECK(why_refused(" []") == "byte 1: the report must be an object");
  CHECK(why_refused("").starts_with("byte 0: "));
}

TEST_CASE("report json: a missing member is refused, as absent is not zero") {
  const std::string text = to_json(full_report());
  const std::string bad = with(text, "\"merged\": ", "\"murged\": ");
  CHECK(why_refused(bad) ==
        "byte " + std::to_string(bad.find("{\"index\": ")) + ": epochs[0].merged is missing");
}

TEST_CASE("report json: a name that no enum has is refused, with those it has") {
  kaya::run_report r;
  r.channels.resize(3);
  std::string text = to_json(r);
  const std::size_t at = text.rfind("\"other\"");
  text.replace(at, 7, "\"cpus\"");
  CHECK(why_refused(text) == "byte " + std::to_string(at) +
                                 ": channels[2].part must be one of \"cpu\", \"memory\", \"gpu\", "
                                 "\"platform\", \"other\"; it is \"cpus\"");
}

TEST_CASE("report json: a text that is cut off anywhere is refused") {
  const std::string text = to_json(full_report());
  for (std::size_t n = 0; n + 1 < text.size(); ++n) {  // without the new line it is whole
    CAPTURE(n);
    // A copy without room behind it, for ASan.
    const std::vector<char> part(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n));
    REQUIRE(why_refused({part.data(), part.size()}).starts_with("byte "));
  }
}

TEST_CASE("report json: a value of another type is refused where it is, with its path") {
  const std::string text = to_json(full_report());
  const json::parsed p = json::parse(text, text.size());
  REQUIRE(p);
  std::vector<found> values;
  find_all(*p.root, "", values);
  std::size_t tried = 0;
  for (const found& f : values) {
    if (f.path.ends_with("_why") || f.what->is(json::kind::null)) continue;
    const std::size_t at = f.what->position();
    for (const auto& [kind, other] :
         {std::pair{json::kind::boolean, "true"}, std::pair{json::kind::number, "1.5"},
          std::pair{json::kind::string, "\"x\""}, std::pair{json::kind::array, "[]"},
          std::pair{json::kind::object, "{}"}}) {
      if (f.what->is(kind)) continue;
      std::string bad = text;
      bad.replace(at, end_of(text, at) - at, other);
      const std::string expected =
          "byte " + std::to_string(at) + ": " + (f.path.empty() ? "the report" : f.path) + " must be ";
      CHECK(why_refused(bad).substr(0, expected.size()) == expected);
      ++tried;
    }
  }
  CHECK(tried > 500);
}

TEST_CASE("report json: null is refused where something must be") {
  const std::string text = to_json(kaya::run_report{});
  CHECK(why_refused(with(text, "\"enabled\": true", "\"enabled\": null"))
            .find("enabled must be true or false") != std::string::npos);
  CHECK(why_refused(with(text, "\"channels\": []", "\"channels\": null")).find("channels must be an array") !=
        std::string::npos);
  CHECK(why_refused(with(text, "\"work_unit\": \"\"", "\"work_unit\": null"))
            .find("work_unit must be a string") != std::string::npos);
}

TEST_CASE("report json: text that is too deep, too long or has too many values is refused") {
  CHECK(why_refused(std::string(100'000, '[')) == "byte 64: nested deeper than 64");
  CHECK(why_refused(std::string(kaya::report::most_json_bytes + 1, ' ')).find("longer than allowed") !=
        std::string::npos);
  std::string many = "[0";
  for (std::size_t i = 0; i < kaya::report::most_json_values; ++i) many += ",0";
  CHECK(why_refused(many + "]").find("more values than allowed") != std::string::npos);
}

TEST_CASE("report json: damaged text is refused or read, and what is read can be written") {
  const std::string good = to_json(full_report());
  std::mt19937 random(11);
  const std::string_view pieces[] = {"null", "\"",    "{", "}",   "[",    "]", ",",
                                     ":",    "1e999", "-", "\\u", "\xFF", "0"};
  int read = 0;
  for (int n = 0; n < 4000; ++n) {
    std::string text = good;
    for (auto k = random() % 3 + 1; k > 0; --k) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        case 2:
          text.insert(at, pieces[random() % std::size(pieces)]);
          break;
        default:
          text.replace(at, random() % 4, text, random() % text.size(), random() % 64);
      }
    }
    try {
      const std::string again = to_json(from_json(text));
      ++read;
      REQUIRE(to_json(from_json(again)) == again);
    } catch (const std::invalid_argument& e) {
      REQUIRE(std::string_view(e.what()).starts_with("byte "));
    }
  }
  CHECK(read > 0);
}

TEST_CASE("report json: 10 000 epochs with two metrics take less than 30 ms to write") {
  const kaya::run_report r = kaya_test::sample_report(10'000);
  double least = 1e9;
  std::size_t size = 0;
  for (int i = 0; i < 5; ++i) {
    const double before = kaya_test::cpu_ms();
    size = to_json(r).size();
    least = std::min(least, kaya_test::cpu_ms() - before);
  }
  MESSAGE("10 000 epochs: ", least, " ms, ", size, " bytes");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(least < 30);
#endif
}

TEST_CASE("report json: 10 000 epochs with 16 metrics are 10 MB, which are written and read") {
  kaya::run_report r;
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  r.epochs.resize(10'000);
  for (std::size_t i = 0; i < r.epochs.size(); ++i) {
    kaya::epoch_line& e = r.epochs[i];
    e.index = static_cast<int>(i);
    e.start = kaya::seconds(uniform(random) * 1e5), e.duration = kaya::seconds(uniform(random));
    e.energy_uj = kaya::microjoules(static_cast<std::int64_t>(random() >> 20));
    e.emissions = kaya::grams_co2e(uniform(random));
    for (int m = 0; m < 16; ++m) e.metrics.emplace_back("metric_" + std::to_string(m), uniform(random));
  }
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  const std::string text = to_json(r);
  const auto written = clock::now();
  const kaya::run_report back = from_json(text);
  const auto read = clock::now();
  const auto rate = [&text](clock::duration d) {
    return static_cast<double>(text.size()) / 1e6 / std::chrono::duration<double>(d).count();
  };
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  MESSAGE(megabytes << " MB, written at " << rate(written - start) << " MB/s, read at "
                    << rate(read - written) << " MB/s");
  CHECK(bits(back) == bits(r));
  CHECK(text.size() > 9'000'000);
}
