// SPDX-License-Identifier: MIT
// Stands in for librocm_smi64.so: says what the file named by KAYA_FAKE_ROCM says at each call. Lines of "key
// value":
//
//   init STATUS, count N, count.status STATUS     of the library
//   I.bdf ID, I.model ID, I.unique ID             of GPU I; a figure that is not given is NOT_SUPPORTED
//   I.energy COUNT, I.resolution UJ               counter
//   I.average UW, I.socket UW, I.cap UW           power
//   I.status, I.CALL.status                       of all calls with GPU I, of one
//   I.sleep_us N                                  each call for figures takes that long
//
// Built with KAYA_FAKE_OLD it lacks what came with later releases; with KAYA_FAKE_EMPTY, rsmi_init.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>

namespace {

using facts = std::map<std::string, std::string>;

facts read_facts() {
  facts result;
  const char* path = std::getenv("KAYA_FAKE_ROCM");
  std::ifstream file(path != nullptr ? path : "");
  for (std::string line; std::getline(file, line);) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string::npos) result[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return result;
}

std::mutex calls_mutex;
std::map<std::string, unsigned> calls_made;
bool initialised = false;

std::uint64_t number(const facts& f, const std::string& key, std::uint64_t otherwise) {
  const auto at = f.find(key);
  return at == f.end() ? otherwise : std::strtoull(at->second.c_str(), nullptr, 0);
}
void log_call(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  ++calls_made[name];
}

/// One call with a GPU.
struct device_call {
  facts f = read_facts();
  std::string gpu;
  unsigned status = 0;

  device_call(std::uint32_t i, const char* name, bool slow = false) : gpu(std::to_string(i) + ".") {
    log_call(name);
    if (!initialised) status = 8;
    else if (i >= number(f, "count", 0)) status = 1;
    else status = static_cast<unsigned>(number(f, gpu + name + ".status", number(f, gpu + "status", 0)));
    const auto us = slow ? number(f, gpu + "sleep_us", 0) : 0;
    if (us > 0) usleep(static_cast<useconds_t>(us));
  }
  template <class Number>
  unsigned give(const char* key, Number* result) {
    if (status != 0) return status;
    if (f.find(gpu + key) == f.end()) return 2;
    *result = static_cast<Number>(number(f, gpu + key, 0));
    return 0;
  }
};

}  // namespace

extern "C" {

/// How often a function was called.
unsigned kaya_fake_calls(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  return calls_made[name];
}
void kaya_fake_shutdown() { initialised = false; }

#ifndef KAYA_FAKE_EMPTY
unsigned rsmi_init(std::uint64_t flags) {
  log_call("init");
  const auto status = static_cast<unsigned>(number(read_facts(), "init", flags == 0 ? 0 : 1));
  initialised = initialised || status == 0;
  return status;
}
#endif
unsigned rsmi_num_monitor_devices(std::uint32_t* n) {
  if (!initialised) return 8;
  const facts f = read_facts();
  *n = static_cast<std::uint32_t>(number(f, "count", 0));
  return static_cast<unsigned>(number(f, "count.status", 0));
}
unsigned rsmi_dev_pci_id_get(std::uint32_t i, std::uint64_t* id) {
  return device_call(i, "pci").give("bdf", id);
}
unsigned rsmi_dev_power_ave_get(std::uint32_t i, std::uint32_t sensor, std::uint64_t* uw) {
  device_call call(i, "average", true);
  return sensor == 0 ? call.give("average", uw) : 1;
}

#ifndef KAYA_FAKE_OLD

unsigned rsmi_dev_id_get(std::uint32_t i, std::uint16_t* id) {
  return device_call(i, "model").give("model", id);
}
unsigned rsmi_dev_unique_id_get(std::uint32_t i, std::uint64_t* id) {
  return device_call(i, "unique").give("unique", id);
}
unsigned rsmi_dev_energy_count_get(std::uint32_t i, std::uint64_t* count, float* resolution,
                                   std::uint64_t* timestamp) {
  device_call call(i, "energy", true);
  const unsigned status = call.give("energy", count);
  if (status != 0) return status;
  const auto at = call.f.find(call.gpu + "resolution");
  *resolution = at == call.f.end() ? 15.3F : std::strtof(at->second.c_str(), nullptr);
  *timestamp = 1'700'000'000'000'000'000;
  return 0;
}
unsigned rsmi_dev_current_socket_power_get(std::uint32_t i, std::uint64_t* uw) {
  return device_call(i, "socket", true).give("socket", uw);
}
unsigned rsmi_dev_power_cap_get(std::uint32_t i, std::uint32_t sensor, std::uint64_t* uw) {
  device_call call(i, "cap");
  return sensor == 0 ? call.give("cap", uw) : 1;
}

#endif

}  // extern "C"
