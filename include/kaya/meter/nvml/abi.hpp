// SPDX-License-Identifier: MIT
// NVIDIA's management library as kaya calls it: its functions, return codes and layouts, written down here so
// that neither header nor library of NVIDIA's is needed to build. Source of all names, numbers and layouts:
// nvml.h of API version 13 (NVIDIA, 2025), on systems of 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <kaya/detail/library.hpp>
#include <kaya/meter/gpu/library_session.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// nvmlReturn_t: 0 is success. An int, as newer drivers may answer what is not in the list.
using status = int;
enum : status {
  success = 0,
  uninitialized = 1,
  invalid_argument = 2,
  not_supported = 3,
  no_permission = 4,
  not_found = 6,
  driver_not_loaded = 9,
  timeout = 10,
  library_not_found = 12,
  function_not_found = 13,
  gpu_is_lost = 15,
  reset_required = 16,
  version_mismatch = 18,
  argument_version_mismatch = 25,
  deprecated = 26,
  gpu_not_found = 28,
  unknown = 999
};

/// Its name in nvml.h, without the prefix; "error 42" for one that is not known here.
inline std::string name_of(status s) {
  switch (s) {
    case success:
      return "SUCCESS";
    case uninitialized:
      return "UNINITIALIZED";
    case invalid_argument:
      return "INVALID_ARGUMENT";
    case not_supported:
      return "NOT_SUPPORTED";
    case no_permission:
      return "NO_PERMISSION";
    case not_found:
      return "NOT_FOUND";
    case driver_not_loaded:
      return "DRIVER_NOT_LOADED";
    case timeout:
      return "TIMEOUT";
    case library_not_found:
      return "LIBRARY_NOT_FOUND";
    case function_not_found:
      return "FUNCTION_NOT_FOUND";
    case gpu_is_lost:
      return "GPU_IS_LOST";
    case reset_required:
      return "RESET_REQUIRED";
    case version_mismatch:
      return "LIB_RM_VERSION_MISMATCH";
    case gpu_not_found:
      return "GPU_NOT_FOUND";
    case unknown:
      return "UNKNOWN";
    default:
      return "error " + std::to_string(s);
  }
}

/// What a failure means for whoever wants a value. Whatever may pass is `lost`.
constexpr missing why_of(status s) noexcept {
  switch (s) {
    case not_supported:
    case function_not_found:
    case argument_version_mismatch:
    case deprecated:
      return missing::not_supported;
    case no_permission:
      return missing::no_permission;
    default:
      return missing::lost;
  }
}

/// The handle is of no more use, or the library is not: worth another one, if not at once.
constexpr bool is_gone(status s) noexcept {
  return s == uninitialized || s == invalid_argument || s == not_found || s == driver_not_loaded ||
         s == gpu_is_lost || s == reset_required || s == gpu_not_found || s == unknown;
}

/// nvmlDevice_t, opaque.
using device = struct device_object*;

/// nvmlFieldValue_t. The value's type is stated beside it; `unsigned long` has 64 bits here.
struct field_value {
  std::uint32_t field = 0;
  std::uint32_t scope = 0;
  std::int64_t timestamp_us = 0;
  std::int64_t latency_us = 0;
  std::int32_t type = 0;
  std::int32_t result = not_supported;  // its own status, besides the call's
  union {
    double as_double;
    std::int32_t as_int;
    std::uint32_t as_uint;
    std::int64_t as_long;
    std::uint64_t as_ulong = 0;
    std::uint16_t as_ushort;
  };
};
static_assert(!has_64_bits || (sizeof(field_value) == 40 && offsetof(field_value, timestamp_us) == 8 &&
                               offsetof(field_value, type) == 24 && offsetof(field_value, result) == 28 &&
                               offsetof(field_value, as_ulong) == 32));

inline constexpr std::uint32_t energy_field = 83;    // millijoules since the driver was loaded
inline constexpr std::uint32_t instant_field = 186;  // milliwatts at the moment
inline constexpr std::uint32_t gpu_scope = 0, module_scope = 1;

/// The value as a whole number; empty if it is negative, no number, or of a type that is not known.
inline std::optional<std::uint64_t> value_of(const field_value& f) noexcept {
  if (f.result != success) return std::nullopt;
  switch (f.type) {
    case 0:
      if (!(f.as_double >= 0 && f.as_double < 1.8e19)) return std::nullopt;
      return static_cast<std::uint64_t>(f.as_double);
    case 1:
      return f.as_uint;
    case 2:
    case 3:
      return f.as_ulong;
    case 4:
      return f.as_long >= 0 ? std::optional(static_cast<std::uint64_t>(f.as_long)) : std::nullopt;
    case 5:
      return f.as_int >= 0 ? std::optional(static_cast<std::uint64_t>(f.as_int)) : std::nullopt;
    case 6:
      return f.as_ushort;
    default:
      return std::nullopt;
  }
}

/// nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3.
struct pci_info {
  char legacy_id[16];
  std::uint32_t domain, bus, slot, device_id, subsystem_id;
  char id[32];  // "00000000:3B:00.0"
};
static_assert(sizeof(pci_info) == 68 && offsetof(pci_info, domain) == 16 && offsetof(pci_info, id) == 36);

/// nvmlUtilization_t: percent of the last sample period (1/6 to 1 s) in which a kernel ran, memory was used.
struct utilization {
  std::uint32_t gpu, memory;
};
static_assert(sizeof(utilization) == 8);

/// nvmlProcessUtilizationSample_t: what one process (by its number on the host) had of a GPU in a sample
/// period.
struct process_sample {
  std::uint32_t pid;
  std::uint64_t time_us;
  std::uint32_t sm, memory, encoder, decoder;  // percent
};
static_assert(!has_64_bits || (sizeof(process_sample) == 32 && offsetof(process_sample, time_us) == 8 &&
                               offsetof(process_sample, sm) == 16));

/// The functions that a library has; nullptr for each that it lacks. Only init, count and by_index are
/// needed.
struct functions {
  status (*init)() = nullptr;
  status (*count)(unsigned*) = nullptr;  // also counts GPUs that one may not open
  status (*by_index)(unsigned, device*) = nullptr;
  status (*by_uuid)(const char*, device*) = nullptr;
  status (*by_pci)(const char*, device*) = nullptr;
  status (*name)(device, char*, unsigned) = nullptr;
  status (*uuid)(device, char*, unsigned) = nullptr;
  status (*pci)(device, pci_info*) = nullptr;
  status (*energy)(device, unsigned long long*) = nullptr;  // millijoules
  status (*power)(device, unsigned*) = nullptr;             // milliwatts
  status (*enforced_limit)(device, unsigned*) = nullptr;    // milliwatts
  status (*default_limit)(device, unsigned*) = nullptr;     // milliwatts
  status (*fields)(device, int, field_value*) = nullptr;
  status (*utilization_rates)(device, utilization*) = nullptr;
  status (*process_utilization)(device, process_sample*, unsigned*, unsigned long long) = nullptr;
  status (*mig_mode)(device, unsigned*, unsigned*) = nullptr;
  status (*mig_count)(device, unsigned*) = nullptr;
  status (*mig_by_index)(device, unsigned, device*) = nullptr;
  status (*gpu_instance)(device, unsigned*) = nullptr;
  status (*compute_instance)(device, unsigned*) = nullptr;

  static constexpr bool fits = has_64_bits;
  explicit operator bool() const noexcept { return init && count && by_index; }
  status start() const noexcept { return init(); }

  void load(const detail::library& from) noexcept {
    if (!from.find("nvmlInit_v2", init)) from.find("nvmlInit", init);
    if (!from.find("nvmlDeviceGetCount_v2", count)) from.find("nvmlDeviceGetCount", count);
    if (!from.find("nvmlDeviceGetHandleByIndex_v2", by_index))
      from.find("nvmlDeviceGetHandleByIndex", by_index);
    from.find("nvmlDeviceGetHandleByUUID", by_uuid);
    from.find("nvmlDeviceGetHandleByPciBusId_v2", by_pci);
    from.find("nvmlDeviceGetName", name);
    from.find("nvmlDeviceGetUUID", uuid);
    from.find("nvmlDeviceGetPciInfo_v3", pci);
    from.find("nvmlDeviceGetTotalEnergyConsumption", energy);
    from.find("nvmlDeviceGetPowerUsage", power);
    from.find("nvmlDeviceGetEnforcedPowerLimit", enforced_limit);
    from.find("nvmlDeviceGetPowerManagementDefaultLimit", default_limit);
    from.find("nvmlDeviceGetFieldValues", fields);
    from.find("nvmlDeviceGetUtilizationRates", utilization_rates);
    from.find("nvmlDeviceGetProcessUtilization", process_utilization);
    from.find("nvmlDeviceGetMigMode", mig_mode);
    from.find("nvmlDeviceGetMaxMigDeviceCount", mig_count);
    from.find("nvmlDeviceGetMigDeviceHandleByIndex", mig_by_index);
    from.find("nvmlDeviceGetGpuInstanceId", gpu_instance);
    from.find("nvmlDeviceGetComputeInstanceId", compute_instance);
  }
};

using session = library_session<functions>;

/// The unversioned name is never tried: it can be a stub of the CUDA toolkit. The second place is that of
/// WSL.
inline constexpr std::initializer_list<const char*> usual_names = {"libnvidia-ml.so.1",
                                                                   "/usr/lib/wsl/lib/libnvidia-ml.so.1"};

}  // namespace nvml
}  // namespace meter
}  // namespace v1
}  // namespace kaya
