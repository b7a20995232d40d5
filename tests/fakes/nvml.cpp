// SPDX-License-Identifier: MIT
// Stands in for libnvidia-ml.so.1, and under another name for libcuda.so.1: says what the file named by
// KAYA_FAKE_NVML says at each call. Lines of "key value":
//
// clang-format off
//   init STATUS, count N, count.status STATUS            of the library
//   I.uuid, I.name, I.busid                              of GPU I; a figure that is not given is NOT_SUPPORTED
//   I.energy_mj, I.power_mw, I.instant_mw, I.module_mw   counter; call, field 186, field 186 of the module
//   I.limit_mw, I.default_mw, I.load                     watts x 1000, percent
//   I.mig N, I.mig.K.uuid, I.mig.K.gi, I.mig.K.ci        MIG mode with N instances
//   I.processes "PID:PERCENT PID:PERCENT@US"             who used it, in a sample of that time,
//   I.process_us US                                      or of this one
//   I.status, I.CALL.status                              of all calls with GPU I, of one
//   I.CALL.field_status                                  of one value of GetFieldValues: energy, instant, module
//   I.generation N                                       handles of before are no more valid
//   I.sleep_us N                                         each call for figures takes that long
//   cuda N, cuda.K BUSID                                 cuInit() was called, and CUDA has N devices
// clang-format on
//
// Built with KAYA_FAKE_OLD it lacks what old drivers lack; with KAYA_FAKE_EMPTY, nvmlInit. Its structs are
// written down here once more, so that a wrong layout in kaya shows.
#include <strings.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <string>

namespace {

using facts = std::map<std::string, std::string>;

facts read_facts() {
  facts result;
  const char* path = std::getenv("KAYA_FAKE_NVML");
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

void log_call(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  ++calls_made[name];
}

const std::string* find(const facts& f, const std::string& key) {
  const auto at = f.find(key);
  return at == f.end() ? nullptr : &at->second;
}
unsigned long long number(const facts& f, const std::string& key, unsigned long long otherwise) {
  const std::string* text = find(f, key);
  return text == nullptr ? otherwise : std::strtoull(text->c_str(), nullptr, 10);
}

// A handle says which GPU, which of its MIG instances (from 1), and how often it had been reset by then.
void* handle_of(unsigned gpu, unsigned part, unsigned long long generation) {
  return reinterpret_cast<void*>(std::uintptr_t{0x1000000} + generation * 0x10000 + gpu * 0x100 + part);
}
unsigned gpu_of(void* h) { return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(h) >> 8 & 0xff); }
unsigned part_of(void* h) { return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(h) & 0xff); }
unsigned long long generation_of(void* h) { return (reinterpret_cast<std::uintptr_t>(h) >> 16 & 0xff); }

/// One call with a GPU.
struct device_call {
  facts f = read_facts();
  std::string gpu;
  int status = 0;

  device_call(void* h, const char* name, bool slow = false) {
    log_call(name);
    gpu = std::to_string(gpu_of(h)) + ".";
    if (!initialised) status = 1;
    else if (h == nullptr || generation_of(h) != number(f, gpu + "generation", 0)) status = 2;
    else status = static_cast<int>(number(f, gpu + name + ".status", number(f, gpu + "status", 0)));
    const auto us = slow ? number(f, gpu + "sleep_us", 0) : 0;
    if (us > 0) usleep(static_cast<useconds_t>(us));
  }
  template <class Number>
  int give(const char* key, Number* result) {
    if (status != 0) return status;
    if (find(f, gpu + key) == nullptr) return 3;
    *result = static_cast<Number>(number(f, gpu + key, 0));
    return 0;
  }
  int give_text(const std::string& key, char* result, unsigned size) {
    if (status != 0) return status;
    const std::string* text = find(f, gpu + key);
    if (text == nullptr) return 3;
    if (text->size() >= size) return 7;
    std::memcpy(result, text->c_str(), text->size() + 1);
    return 0;
  }
};

int find_gpu(const char* key, const char* wanted, void** result) {
  if (!initialised) return 1;
  const facts f = read_facts();
  for (unsigned i = 0; i < number(f, "count", 0); ++i) {
    const std::string gpu = std::to_string(i) + ".";
    const std::string* text = find(f, gpu + key);
    if (text == nullptr ||
        strcasecmp(text->c_str() + (text->size() > 12 && key[0] == 'b' ? 4 : 0), wanted) != 0)
      continue;
    if (const auto s = number(f, gpu + "handle.status", number(f, gpu + "status", 0)); s != 0)
      return static_cast<int>(s);
    *result = handle_of(i, 0, number(f, gpu + "generation", 0));
    return 0;
  }
  return 6;
}

}  // namespace

extern "C" {

struct field {
  unsigned int id, scope;
  long long timestamp, latency;
  int type, status;
  union {
    double d;
    int i;
    unsigned int u;
    unsigned long ul;
    unsigned long long ull;
    long long ll;
    unsigned short us;
  } value;
};
struct pci {
  char legacy[16];
  unsigned int domain, bus, device, id, subsystem;
  char bus_id[32];
};
struct load {
  unsigned int gpu, memory;
};

/// How often a function was called.
unsigned kaya_fake_calls(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  return calls_made[name];
}
void kaya_fake_shutdown() { initialised = false; }

int nvmlDeviceGetCount_v2(unsigned* n) {
  if (!initialised) return 1;
  const facts f = read_facts();
  *n = static_cast<unsigned>(number(f, "count", 0));
  return static_cast<int>(number(f, "count.status", 0));
}

#ifndef KAYA_FAKE_EMPTY
int nvmlInit_v2() {
  log_call("init");
  const int status = static_cast<int>(number(read_facts(), "init", 0));
  initialised = initialised || status == 0;
  return status;
}
#endif
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void** result) {
  if (!initialised) return 1;
  const facts f = read_facts();
  const std::string gpu = std::to_string(i) + ".";
  if (i >= number(f, "count", 0)) return 2;
  if (const auto s = number(f, gpu + "handle.status", 0); s != 0) return static_cast<int>(s);
  *result = handle_of(i, 0, number(f, gpu + "generation", 0));
  return 0;
}
int nvmlDeviceGetHandleByUUID(const char* text, void** result) {
  log_call("by_uuid");
  return find_gpu("uuid", text, result);
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* text, void** result) {
  log_call("by_pci");
  return find_gpu("busid", text, result);
}
int nvmlDeviceGetName(void* h, char* text, unsigned size) {
  return device_call(h, "name").give_text("name", text, size);
}
int nvmlDeviceGetUUID(void* h, char* text, unsigned size) {
  device_call call(h, "uuid");
  if (part_of(h) == 0) return call.give_text("uuid", text, size);
  return call.give_text("mig." + std::to_string(part_of(h) - 1) + ".uuid", text, size);
}
int nvmlDeviceGetTotalEnergyConsumption(void* h, unsigned long long* mj) {
  return device_call(h, "energy", true).give("energy_mj", mj);
}
int nvmlDeviceGetPowerUsage(void* h, unsigned* mw) {
  return device_call(h, "power", true).give("power_mw", mw);
}
int nvmlDeviceGetPowerManagementDefaultLimit(void* h, unsigned* mw) {
  return device_call(h, "default_limit").give("default_mw", mw);
}
int nvmlDeviceGetUtilizationRates(void* h, load* result) {
  return device_call(h, "load").give("load", &result->gpu);
}

#ifndef KAYA_FAKE_OLD

struct process_use {
  unsigned int pid;
  unsigned long long time;
  unsigned int sm, memory, encoder, decoder;
};
int nvmlDeviceGetProcessUtilization(void* h, process_use* result, unsigned* n, unsigned long long since) {
  device_call call(h, "processes");
  if (call.status != 0) return call.status;
  const std::string* text = find(call.f, call.gpu + "processes");
  if (text == nullptr) return 3;
  const unsigned long long latest = number(call.f, call.gpu + "process_us", 1);
  unsigned i = 0;
  for (const char* at = text->c_str(); *at != '\0';) {
    char* end = nullptr;
    process_use one{};
    one.pid = static_cast<unsigned>(std::strtoul(at, &end, 10));
    one.sm = static_cast<unsigned>(std::strtoul(end + 1, &end, 10));
    one.time = *end == '@' ? std::strtoull(end + 1, &end, 10) : latest;
    for (at = end; *at == ' ';) ++at;
    if (one.time <= since) continue;
    if (i == *n) return 7;
    result[i++] = one;
  }
  *n = i;
  return i == 0 ? 6 : 0;
}
int nvmlDeviceGetPciInfo_v3(void* h, pci* result) {
  device_call call(h, "pci");
  std::memset(result, 0xee, sizeof *result);
  std::memset(result->bus_id, 0, sizeof result->bus_id);
  return call.give_text("busid", result->bus_id, sizeof result->bus_id);
}
int nvmlDeviceGetEnforcedPowerLimit(void* h, unsigned* mw) {
  return device_call(h, "limit").give("limit_mw", mw);
}
int nvmlDeviceGetFieldValues(void* h, int n, field* values) {
  device_call call(h, "fields", true);
  if (call.status != 0) return call.status;
  for (int i = 0; i < n; ++i) {
    field& v = values[i];
    const std::string what = v.id == 83                    ? "energy"
                             : v.id == 186 && v.scope == 0 ? "instant"
                             : v.id == 186 && v.scope == 1 ? "module"
                                                           : "none";
    const std::string key = call.gpu + what + (what == "energy" ? "_mj" : "_mw");
    v.status = static_cast<int>(number(call.f, call.gpu + what + ".field_status", find(call.f, key) ? 0 : 3));
    v.type = what == "energy" ? 3 : 1;
    v.timestamp = 1'700'000'000'000'000;
    v.latency = 7;
    std::memset(&v.value, 0xee, sizeof v.value);  // only the member of the type is good
    if (v.status != 0) continue;
    if (v.type == 3) v.value.ull = number(call.f, key, 0);
    else v.value.u = static_cast<unsigned>(number(call.f, key, 0));
  }
  return 0;
}
int nvmlDeviceGetMigMode(void* h, unsigned* current, unsigned* pending) {
  device_call call(h, "mig");
  if (call.status != 0) return call.status;
  if (find(call.f, call.gpu + "mig") == nullptr) return 3;
  *current = *pending = 1;
  return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(void* h, unsigned* n) {
  *n = 7;
  return device_call(h, "mig").status;
}
int nvmlDeviceGetMigDeviceHandleByIndex(void* h, unsigned i, void** result) {
  device_call call(h, "mig");
  if (call.status != 0) return call.status;
  if (i >= number(call.f, call.gpu + "mig", 0)) return 6;
  *result = handle_of(gpu_of(h), i + 1, generation_of(h));
  return 0;
}
int nvmlDeviceGetGpuInstanceId(void* h, unsigned* id) {
  const std::string key = "mig." + std::to_string(part_of(h) - 1) + ".gi";
  return device_call(h, "mig").give(key.c_str(), id);
}
int nvmlDeviceGetComputeInstanceId(void* h, unsigned* id) {
  const std::string key = "mig." + std::to_string(part_of(h) - 1) + ".ci";
  return device_call(h, "mig").give(key.c_str(), id);
}

// What kaya asks of libcuda.so.1. Nothing here calls cuInit(): a test says that it was called.
int cuInit(unsigned) {
  log_call("cuInit");
  return 0;
}
int cuDeviceGetCount(int* n) {
  const facts f = read_facts();
  if (find(f, "cuda") == nullptr) return 3;
  *n = static_cast<int>(number(f, "cuda", 0));
  return 0;
}
int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal + 40;
  return 0;
}
int cuDeviceGetPCIBusId(char* text, int size, int device) {
  const facts f = read_facts();
  const std::string* id = find(f, "cuda." + std::to_string(device - 40));
  if (id == nullptr || static_cast<int>(id->size()) >= size) return 101;
  std::memcpy(text, id->c_str(), id->size() + 1);
  return 0;
}

#endif

}  // extern "C"
