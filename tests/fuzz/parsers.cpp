// SPDX-License-Identifier: MIT
// libFuzzer on what reads text and bytes that others write. KAYA_FUZZ names the parser.
#include <kaya/grid/live/parse.hpp>
#include <kaya/grid/series_csv.hpp>
#include <kaya/meter/amdgpu/gpu_metrics.hpp>
#include <kaya/meter/cray.hpp>
#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/cgroup.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/replay.hpp>
#include <kaya/report/json.hpp>

#include "../support/fake_tree.hpp"
#include "../support/kept_run.hpp"
#include "../support/words.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace kaya::meter;

/// What no input may make untrue.
void require(bool holds) {
  if (!holds) std::abort();
}

void fuzz_cpuinfo(std::string_view text) {
  const cpu_facts f = parse_cpuinfo(text);
  require(!f.threads || *f.threads > 0);
  require(!f.sockets || *f.sockets > 0);
  require(!f.model || !f.model->empty());
  parse_memory_total(text);
  for (const int cpu : parse_cpu_list(text.substr(0, 64))) require(cpu >= 0);
}
void fuzz_pm_counters(std::string_view text) {
  cray::parse_joules(text);
  cray::parse_control(text);
}
void fuzz_cgroup(std::string_view text) {
  const cgroup_paths p = parse_cgroup(text);
  for (const auto& path : {p.unified, p.cpu, p.memory})
    require(!path || path->find("/..") == std::string::npos);
  const auto quota = cpu_quota(text);
  require(!quota || *quota > 0);
  cpu_usage_ns(text);
  load::busy_ticks(text);
  load::process_ticks(text);
}
void fuzz_visible_devices(std::string_view text) {
  const std::vector<listed_gpu> gpus{{"GPU-aaaa1111-0000", {{"MIG-1", 1, 0}, {"MIG-2", 2, 0}}},
                                     {"GPU-aaaa2222-0000", {}},
                                     {"GPU-bbbb3333-0000", {}}};
  for (const list_dialect dialect : {list_dialect::cuda, list_dialect::rocm}) {
    const visible_gpus seen = visible_devices(text, gpus, dialect);
    require(seen.entries.size() <= gpus.size());
    for (std::size_t i = 0; i < seen.entries.size(); ++i) {
      require(seen.entries[i].gpu < gpus.size());
      for (std::size_t k = 0; k < i; ++k) require(seen.entries[i].gpu != seen.entries[k].gpu);
    }
  }
}
void fuzz_gpu_metrics(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const gpu_metrics::figures f = gpu_metrics::decode({bytes, text.size()});
  require(!f.why || (!f.energy && !f.watts));
  require(!f.watts || (*f.watts >= 0 && *f.watts <= 10'000));
  require(f.why || f.size <= text.size());
}
/// A good text of which a part is replaced: the first three bytes say where and how much.
std::string damaged(const std::string& good, std::string_view by) {
  const auto byte = [by](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(by[i]));
  };
  std::string text = good;
  if (by.size() >= 3) text.replace((byte(0) << 8 | byte(1)) % good.size(), byte(2), by.substr(3));
  return text;
}
/// Any text, and a good series that is damaged.
void fuzz_series_csv(std::string_view text) {
  using namespace kaya::grid;
  static const std::string good =
      "Datetime (UTC),Zone id,Carbon intensity gCO\xE2\x82\x82"
      "eq/kWh (Life cycle)\n"
      "2024-01-01 00:00:00,DE,400.5\n2024-01-01 01:00:00,DE,\"380\"\n"
      "2024-01-01T02:00:00Z,DE,\n2024-01-01 03:00:00,DE,390\n";
  for (const std::string& csv : {std::string(text), damaged(good, text)}) try {
      const series s = read_csv(csv).values;
      const std::int64_t first = s.next_step(INT64_MIN / 2, INT64_MAX / 2);
      const auto mean = s.mean(first, first + 3'600'000'000'000);
      require(!mean || (mean->count() >= 0 && mean->count() < 1e12));
    } catch (const std::invalid_argument&) {}
}
void fuzz_live(std::string_view text) {
  using namespace kaya::grid;
  for (const auto parse : {&parse_electricity_maps, &parse_uk_carbon_intensity, &parse_watttime}) {
    const live_answer answer = parse(text, 1'790'000'000'000'000'000);
    require(answer.reading.has_value() == answer.error.empty());
    require(!answer.reading || (answer.reading->value.count() >= 0 && answer.reading->value.count() <= 5000));
  }
}
/// A good journal that is damaged, with the checksums right again.
void fuzz_journal(std::string_view text) {
  static const std::string good = [] {
    const kaya_test::fake_tree tree;
    const std::string path = tree.root() + "/run.journal";
    kaya_test::world w;
    for (int process = 0; process < 2; ++process) {
      kaya_test::kept_run r(w, path, process > 0);
      for (int i = 0; i < 4; ++i) {
        const int epoch = r.open_epoch();
        const auto scope = r.enter("forward");
        r.pass(40'000'000'000);
        r.leave(scope);
        r.core().books().epochs().find(epoch)->metrics.emplace_back("loss", 0.5);
        r.close_epoch(epoch);
        r.flush();
      }
      r.rewind(2);
      if (process > 0) r.stop();
      else r.flush();
    }
    return kaya_test::text_of(path);
  }();
  std::string bytes = damaged(good, text);
  const auto byte = [&bytes](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  for (std::size_t at = kaya::ledger::journal::heading.size(); at + 8 < bytes.size();) {
    const std::size_t size = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16;
    if (at + 8 + size > bytes.size()) break;
    const std::uint32_t sum = kaya::ledger::journal::checksum(std::string_view(bytes).substr(at + 8, size));
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 4 + i] = static_cast<char>(sum >> 8 * i);
    at += 8 + size;
  }
  kaya::replay_options france;
  france.region = "FR", france.pue = 1.3;
  for (const kaya::replay_options& with : {kaya::replay_options{}, france}) try {
      kaya::report::to_json(kaya::detail::journal::replay(bytes, "it", with));
    } catch (const std::runtime_error&) {}
}
/// Any text, and a good report that is damaged.
void fuzz_report_json(std::string_view text) {
  static const std::string good = [] {
    kaya::run_report r;
    r.channels.resize(2), r.scopes.resize(1), r.epochs.resize(1), r.events.resize(1), r.hardware.gpus = {"a"};
    r.epochs[0].metrics = {{"loss", 0.5}};
    r.energy.emplace();
    return kaya::report::to_json(r);
  }();
  const auto read = [](std::string_view json) {
    try {
      const std::string again = kaya::report::to_json(kaya::report::from_json(json));
      require(kaya::report::to_json(kaya::report::from_json(again)) == again);
    } catch (const std::invalid_argument&) {}
  };
  read(text);
  read(damaged(good, text));
}

struct target {
  const char* name;
  void (*run)(std::string_view);
};
constexpr target targets[] = {{"gpu_metrics", fuzz_gpu_metrics},
                              {"cpuinfo", fuzz_cpuinfo},
                              {"pm_counters", fuzz_pm_counters},
                              {"cgroup", fuzz_cgroup},
                              {"visible_devices", fuzz_visible_devices},
                              {"report_json", fuzz_report_json},
                              {"series_csv", fuzz_series_csv},
                              {"live", fuzz_live},
                              {"journal", fuzz_journal}};
const target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* const name = std::getenv("KAYA_FUZZ");
  for (const target& t : targets)
    if (name != nullptr && std::strcmp(name, t.name) == 0) chosen = &t;
  if (chosen != nullptr) return 0;
  std::fputs("KAYA_FUZZ must be one of:", stderr);
  for (const target& t : targets) std::fprintf(stderr, " %s", t.name);
  std::fputc('\n', stderr);
  std::exit(2);
}
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
