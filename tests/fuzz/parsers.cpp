// SPDX-License-Identifier: MIT
// libFuzzer on what reads text and bytes that others write. KAYA_FUZZ names the parser.
#include <kaya/meter/amdgpu/gpu_metrics.hpp>
#include <kaya/meter/cray.hpp>
#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/cgroup.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/report/json.hpp>

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
/// Any text, and a good report of which a part is replaced: the first three bytes say where and how much.
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
  if (text.size() < 3) return;
  const auto byte = [text](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
  };
  std::string damaged = good;
  damaged.replace((byte(0) << 8 | byte(1)) % good.size(), byte(2), text.substr(3));
  read(damaged);
}

struct target {
  const char* name;
  void (*run)(std::string_view);
};
constexpr target targets[] = {{"gpu_metrics", fuzz_gpu_metrics},         {"cpuinfo", fuzz_cpuinfo},
                              {"pm_counters", fuzz_pm_counters},         {"cgroup", fuzz_cgroup},
                              {"visible_devices", fuzz_visible_devices}, {"report_json", fuzz_report_json}};
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
