// SPDX-License-Identifier: MIT
// Stands in for libze_loader.so.1: says what the file named by KAYA_FAKE_ZE says at each call. Lines of "key
// value":
//
//   init STATUS, drivers N, drivers.status STATUS, count N, devices.status STATUS   of the library
//   I.driver N, I.kind N, I.flags N, I.serial TEXT, I.model TEXT                    of device I
//   I.bdf DOMAIN.BUS.DEVICE.FUNCTION                                                in decimal
//   I.domains N, I.card K                           power domains, and which is the card's
//   I.K.energy UJ, I.K.sub 1, I.K.domain N, I.K.limit MW   a figure that is not given is UNSUPPORTED_FEATURE
//   I.status, I.CALL.status, I.K.CALL.status        of all calls with device I, of one, of one with a domain
//   I.sleep_us N                                    each reading of a counter takes that long
//
// Built with KAYA_FAKE_OLD it is a loader before 1.10: without zesInit, and with Sysman only if
// ZES_ENABLE_SYSMAN was set when zeInit() was called; with KAYA_FAKE_EMPTY, without either. Its structs are
// written down here once more, so that a wrong layout in kaya shows.
#include <unistd.h>

#include <cstddef>
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
constexpr unsigned uninitialized = 0x78000001, unsupported = 0x78000003, null_handle = 0x78000005,
                   invalid = 0x78000004;

facts read_facts() {
  facts result;
  const char* path = std::getenv("KAYA_FAKE_ZE");
  std::ifstream file(path != nullptr ? path : "");
  for (std::string line; std::getline(file, line);) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string::npos) result[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return result;
}

std::mutex calls_mutex;
std::map<std::string, unsigned> calls_made;
bool initialised = false, with_sysman = false;

std::uint64_t number(const facts& f, const std::string& key, std::uint64_t otherwise) {
  const auto at = f.find(key);
  return at == f.end() ? otherwise : std::strtoull(at->second.c_str(), nullptr, 0);
}
void log_call(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  ++calls_made[name];
}

// A handle says which driver, device and domain it is, each from 1.
void* handle_of(unsigned driver, unsigned device, unsigned domain) {
  return reinterpret_cast<void*>(std::uintptr_t{0x5000000} + driver * 0x10000 + device * 0x100 + domain);
}
unsigned part(void* h, int shift) {
  return static_cast<unsigned>((reinterpret_cast<std::uintptr_t>(h) >> shift) & 0xff);
}

/// One call with a device or one of its domains.
struct call_of {
  facts f = read_facts();
  std::string device, domain;
  unsigned status = 0;

  call_of(void* h, const char* name) {
    log_call(name);
    device = std::to_string(part(h, 8) - 1) + ".";
    domain = device + std::to_string(part(h, 0) - 1) + ".";
    if (h == nullptr) status = null_handle;
    else if (!with_sysman) status = uninitialized;
    else
      status = static_cast<unsigned>(
          number(f, domain + name + ".status",
                 number(f, device + name + ".status", number(f, device + "status", 0))));
  }
  std::uint64_t get(const std::string& key, std::uint64_t otherwise) const {
    return number(f, key, otherwise);
  }
  void text(const std::string& key, char* result) const {
    const auto at = f.find(device + key);
    std::strncpy(result, at == f.end() ? "unkown" : at->second.c_str(), 63);
    result[63] = '\0';
  }
};

unsigned give_list(std::uint32_t* n, void** handles, std::uint32_t there, void* (*nth)(std::uint32_t, void*),
                   void* of) {
  if (handles != nullptr)
    for (std::uint32_t i = 0; i < *n && i < there; ++i) handles[i] = nth(i, of);
  if (handles == nullptr || *n > there) *n = there;
  return 0;
}

unsigned drivers(std::uint32_t* n, void** handles) {
  if (!initialised) return uninitialized;
  const facts f = read_facts();
  if (const auto s = number(f, "drivers.status", 0)) return static_cast<unsigned>(s);
  return give_list(
      n, handles, static_cast<std::uint32_t>(number(f, "drivers", 1)),
      [](std::uint32_t i, void*) { return handle_of(i + 1, 0, 0); }, nullptr);
}
unsigned devices(void* driver, std::uint32_t* n, void** handles) {
  if (driver == nullptr) return null_handle;
  const facts f = read_facts();
  if (const auto s = number(f, "devices.status", 0)) return static_cast<unsigned>(s);
  std::uint32_t there = 0;
  for (unsigned i = 0; i < number(f, "count", 0); ++i) {
    if (i < 200 && number(f, std::to_string(i) + ".driver", 0) != part(driver, 16) - 1) continue;
    if (handles != nullptr && there < *n) handles[there] = handle_of(part(driver, 16), i + 1, 0);
    ++there;
  }
  if (handles == nullptr || *n > there) *n = there;
  return 0;
}

}  // namespace

extern "C" {

struct properties {
  int stype;
  void* next;
  struct {
    int stype;
    void* next;
    int type;
    std::uint32_t vendor, device, flags, subdevice, clock;
    std::uint64_t most_allocation;
    std::uint32_t more[7];
    std::uint64_t timer;
    std::uint32_t bits[2];
    std::uint8_t uuid[16];
    char name[256];
  } core;
  std::uint32_t subdevices;
  char serial[64], board[64], brand[64], model[64], vendor[64], driver[64];
};
struct pci {
  int stype;
  void* next;
  std::uint32_t domain, bus, device, function;
  std::int32_t generation, width;
  std::int64_t bandwidth;
  std::uint8_t flags[3];
};
struct extension {
  int stype;
  void* next;
  int domain;
  void* limit;
};
struct power {
  int stype;
  void* next;
  std::uint8_t on_subdevice;
  std::uint32_t subdevice;
  std::uint8_t can_control, threshold;
  std::int32_t default_limit, least, most;
};
struct counter {
  std::uint64_t energy, timestamp;
};

/// How often a function was called.
unsigned kaya_fake_calls(const char* name) {
  const std::lock_guard<std::mutex> hold(calls_mutex);
  return calls_made[name];
}
void kaya_fake_shutdown() { initialised = with_sysman = false; }

#ifndef KAYA_FAKE_EMPTY
unsigned zeInit(std::uint32_t) {
  log_call("zeInit");
  const auto status = static_cast<unsigned>(number(read_facts(), "init", 0));
  if (status != 0 || initialised) return status;
  initialised = true;
#ifdef KAYA_FAKE_OLD
  const char* wanted = std::getenv("ZES_ENABLE_SYSMAN");
  with_sysman = wanted != nullptr && std::strcmp(wanted, "1") == 0;
#endif
  return 0;
}
#endif
unsigned zeDriverGet(std::uint32_t* n, void** handles) { return drivers(n, handles); }
unsigned zeDeviceGet(void* driver, std::uint32_t* n, void** handles) { return devices(driver, n, handles); }

#if !defined(KAYA_FAKE_OLD) && !defined(KAYA_FAKE_EMPTY)
unsigned zesInit(std::uint32_t) {
  log_call("zesInit");
  const auto status = static_cast<unsigned>(number(read_facts(), "init", 0));
  if (status == 0) initialised = with_sysman = true;
  return status;
}
unsigned zesDriverGet(std::uint32_t* n, void** handles) { return drivers(n, handles); }
unsigned zesDeviceGet(void* driver, std::uint32_t* n, void** handles) { return devices(driver, n, handles); }
unsigned zesDeviceGetCardPowerDomain(void* h, void** result) {
  call_of call(h, "card");
  if (call.status != 0) return call.status;
  const auto k = call.get(call.device + "card", 99);
  if (k == 99) return unsupported;
  *result = handle_of(part(h, 16), part(h, 8), static_cast<unsigned>(k) + 1);
  return 0;
}
#endif

unsigned zesDeviceGetProperties(void* h, properties* result) {
  call_of call(h, "properties");
  if (call.status != 0) return call.status;
  if (result->stype != 1 || result->core.stype != 3) return invalid;
  std::memset(&result->core.type, 0xee, sizeof *result - offsetof(properties, core.type));
  result->core.type = static_cast<int>(call.get(call.device + "kind", 1));
  result->core.flags = static_cast<std::uint32_t>(call.get(call.device + "flags", 0));
  call.text("serial", result->serial);
  call.text("model", result->model);
  return 0;
}
unsigned zesDevicePciGetProperties(void* h, pci* result) {
  call_of call(h, "pci");
  if (call.status != 0) return call.status;
  if (result->stype != 2) return invalid;
  const auto at = call.f.find(call.device + "bdf");
  if (at == call.f.end()) return unsupported;
  return std::sscanf(at->second.c_str(), "%u.%u.%u.%u", &result->domain, &result->bus, &result->device,
                     &result->function) == 4
             ? 0
             : invalid;
}
unsigned zesDeviceEnumPowerDomains(void* h, std::uint32_t* n, void** handles) {
  call_of call(h, "domains");
  if (call.status != 0) return call.status;
  return give_list(
      n, handles, static_cast<std::uint32_t>(call.get(call.device + "domains", 0)),
      [](std::uint32_t i, void* device) { return handle_of(part(device, 16), part(device, 8), i + 1); }, h);
}
unsigned zesPowerGetProperties(void* h, power* result) {
  call_of call(h, "limits");
  if (call.status != 0) return call.status;
  if (result->stype != 0xd) return invalid;
  result->on_subdevice = static_cast<std::uint8_t>(call.get(call.domain + "sub", 0));
  result->subdevice = 7;
  result->can_control = 1;
  result->default_limit = result->least = -1;
  result->most = static_cast<std::int32_t>(call.get(call.domain + "limit", 0xffffffff));
  const auto more = static_cast<extension*>(result->next);
  if (more != nullptr && more->stype == 0x28)
    more->domain = static_cast<int>(call.get(call.domain + "domain", 0));
  return 0;
}
unsigned zesPowerGetEnergyCounter(void* h, counter* result) {
  call_of call(h, "energy");
  const auto us = call.get(call.device + "sleep_us", 0);
  if (us > 0) usleep(static_cast<useconds_t>(us));
  if (call.status != 0) return call.status;
  if (call.f.find(call.domain + "energy") == call.f.end()) return unsupported;
  result->energy = call.get(call.domain + "energy", 0);
  result->timestamp = 77;
  return 0;
}

}  // extern "C"
