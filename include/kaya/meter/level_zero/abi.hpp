// SPDX-License-Identifier: MIT
// Intel's Level Zero Sysman interface as kaya calls it: its functions, return codes and layouts, written down
// here so that neither header nor library of Intel's is needed to build. Source of all names, numbers and
// layouts: ze_api.h and zes_api.h (Intel, Level Zero 1.8 to 1.11, 2022 to 2025), on systems of 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include <kaya/detail/library.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/gpu/library_session.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::level_zero {

/// ze_result_t: 0 is success. A number, as newer drivers may answer what is not in the list.
using status = std::uint32_t;
enum : status {
  success = 0,
  not_ready = 1,
  device_lost = 0x70000001,
  device_requires_reset = 0x70000006,
  device_in_low_power_state = 0x70000007,
  insufficient_permissions = 0x70010000,
  not_available = 0x70010001,
  dependency_unavailable = 0x70020000,
  uninitialized = 0x78000001,
  unsupported_version = 0x78000002,
  unsupported_feature = 0x78000003,
  invalid_argument = 0x78000004,
  invalid_null_handle = 0x78000005,
  invalid_null_pointer = 0x78000007,
  unknown = 0x7ffffffe
};

/// Its name in ze_api.h, without the prefix; "error 0x2a" for one that is not known here.
inline std::string name_of(status s) {
  constexpr struct {
    status code;
    const char* name;
  } names[] = {{success, "SUCCESS"},
               {not_ready, "NOT_READY"},
               {device_lost, "DEVICE_LOST"},
               {device_requires_reset, "DEVICE_REQUIRES_RESET"},
               {device_in_low_power_state, "DEVICE_IN_LOW_POWER_STATE"},
               {insufficient_permissions, "INSUFFICIENT_PERMISSIONS"},
               {not_available, "NOT_AVAILABLE"},
               {dependency_unavailable, "DEPENDENCY_UNAVAILABLE"},
               {uninitialized, "UNINITIALIZED"},
               {unsupported_version, "UNSUPPORTED_VERSION"},
               {unsupported_feature, "UNSUPPORTED_FEATURE"},
               {invalid_argument, "INVALID_ARGUMENT"},
               {invalid_null_handle, "INVALID_NULL_HANDLE"},
               {invalid_null_pointer, "INVALID_NULL_POINTER"},
               {unknown, "UNKNOWN"}};
  for (const auto& n : names)
    if (n.code == s) return n.name;
  std::string digits;
  for (status rest = s; rest != 0; rest >>= 4) digits.insert(digits.begin(), "0123456789abcdef"[rest & 15]);
  return "error 0x" + digits;
}

/// What a failure means for whoever wants a value. Whatever may pass is `lost`.
constexpr missing why_of(status s) noexcept {
  switch (s) {
    case unsupported_version:
    case unsupported_feature:
    case dependency_unavailable:
      return missing::not_supported;
    case insufficient_permissions:
      return missing::no_permission;
    default:
      return missing::lost;
  }
}

/// Handles are opaque pointers.
using driver = struct driver_object*;
using device = struct device_object*;
using power_domain = struct power_object*;

/// The start of what an extension adds to a struct.
struct chained {
  std::uint32_t type = 0;  // says which struct this is
  void* next = nullptr;
};

/// zes_device_properties_t, with ze_device_properties_t inside.
struct device_properties {
  chained head{0x1, nullptr};
  chained core_head{0x3, nullptr};
  std::uint32_t kind = 0;  // 1: a GPU
  std::uint32_t vendor = 0, model = 0;
  std::uint32_t flags = 0;  // bit 0: integrated with the host
  unsigned char core_rest[336] = {};
  std::uint32_t subdevices = 0;
  char serial[64] = {}, board[64] = {}, brand[64] = {}, model_name[64] = {}, vendor_name[64] = {},
       driver_version[64] = {};
};
static_assert(!has_64_bits ||
              (sizeof(device_properties) == 776 && offsetof(device_properties, kind) == 32 &&
               offsetof(device_properties, flags) == 44 && offsetof(device_properties, subdevices) == 384 &&
               offsetof(device_properties, serial) == 388 && offsetof(device_properties, model_name) == 580));
inline constexpr std::uint32_t gpu_kind = 1, integrated_flag = 1;

/// zes_pci_properties_t.
struct pci_properties {
  chained head{0x2, nullptr};
  std::uint32_t domain = 0, bus = 0, device = 0, function = 0;
  std::int32_t generation = 0, lanes = 0;
  std::int64_t bandwidth = 0;
  std::uint8_t has_bandwidth_counters = 0, has_packet_counters = 0, has_replay_counters = 0;
};
static_assert(!has_64_bits || (sizeof(pci_properties) == 56 && offsetof(pci_properties, domain) == 16 &&
                               offsetof(pci_properties, bandwidth) == 40));

/// zes_power_ext_properties_t, which follows the next struct where the driver knows it.
struct power_extension {
  chained head{0x28, nullptr};
  std::uint32_t domain = 0;  // 0 not known, 1 card, 2 package, 3 stack
  void* default_limit = nullptr;
};
static_assert(!has_64_bits || (sizeof(power_extension) == 32 && offsetof(power_extension, domain) == 16));

/// zes_power_properties_t. Limits are in milliwatts, -1 if not known.
struct power_properties {
  chained head{0xd, nullptr};
  std::uint8_t on_subdevice = 0;
  std::uint32_t subdevice = 0;
  std::uint8_t can_control = 0, has_threshold = 0;
  std::int32_t default_limit = -1, least_limit = -1, most_limit = -1;
};
static_assert(!has_64_bits ||
              (sizeof(power_properties) == 40 && offsetof(power_properties, on_subdevice) == 16 &&
               offsetof(power_properties, subdevice) == 20 && offsetof(power_properties, can_control) == 24 &&
               offsetof(power_properties, default_limit) == 28 &&
               offsetof(power_properties, most_limit) == 36));

/// zes_power_energy_counter_t.
struct energy_counter {
  std::uint64_t microjoules = 0, timestamp_us = 0;
};
static_assert(sizeof(energy_counter) == 16);

/// The functions that a library has; nullptr for each that it lacks.
struct functions {
  status (*init)(std::uint32_t flags) = nullptr;
  status (*drivers)(std::uint32_t* count, driver*) = nullptr;
  status (*devices)(driver, std::uint32_t* count, device*) = nullptr;
  status (*properties)(device, device_properties*) = nullptr;
  status (*pci)(device, pci_properties*) = nullptr;
  status (*card_domain)(device, power_domain*) = nullptr;
  status (*domains)(device, std::uint32_t* count, power_domain*) = nullptr;
  status (*domain_properties)(power_domain, power_properties*) = nullptr;
  status (*energy)(power_domain, energy_counter*) = nullptr;
  bool own_init = false;  // Sysman is initialised by itself, since Level Zero 1.10

  static constexpr bool fits = has_64_bits;
  explicit operator bool() const noexcept {
    return init && drivers && devices && pci && domains && domain_properties && energy;
  }

  void load(const detail::library& from) noexcept {
    own_init = from.find("zesInit", init);
    if (!own_init) from.find("zeInit", init);
    from.find(own_init ? "zesDriverGet" : "zeDriverGet", drivers);
    from.find(own_init ? "zesDeviceGet" : "zeDeviceGet", devices);  // of which each is Sysman's as well
    from.find("zesDeviceGetProperties", properties);
    from.find("zesDevicePciGetProperties", pci);
    from.find("zesDeviceGetCardPowerDomain", card_domain);
    from.find("zesDeviceEnumPowerDomains", domains);
    from.find("zesPowerGetProperties", domain_properties);
    from.find("zesPowerGetEnergyCounter", energy);
  }
  /// Without a call of its own, Sysman is part of the compute interface if a variable says so before that
  /// starts. setenv() is not safe beside threads that read variables; this is done once, when meters are
  /// looked for.
  status start() const noexcept {
#ifndef KAYA_PORTABLE
    if (!own_init) ::setenv("ZES_ENABLE_SYSMAN", "1", 0);
#endif
    return init(0);
  }
};

using session = library_session<functions>;

inline constexpr std::initializer_list<const char*> usual_names = {"libze_loader.so.1"};

}  // namespace meter::level_zero
}  // namespace v1
}  // namespace kaya
