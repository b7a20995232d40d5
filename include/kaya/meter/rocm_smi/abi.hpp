// SPDX-License-Identifier: MIT
// AMD's management library as kaya calls it: its functions and return codes, written down here so that
// neither header nor library of AMD's is needed to build. Source of all names and numbers: rocm_smi.h (AMD,
// ROCm 5.2 to 6.4, 2022 to 2025).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include <kaya/detail/library.hpp>
#include <kaya/meter/gpu/library_session.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::rocm_smi {

/// rsmi_status_t: 0 is success. A number, as newer libraries may answer what is not in the list.
using status = std::uint32_t;
enum : status {
  success = 0,
  invalid_args = 1,
  not_supported = 2,
  file_error = 3,
  permission = 4,
  input_out_of_bounds = 7,
  init_error = 8,
  not_yet_implemented = 9,
  not_found = 10,
  interrupt = 12,
  unexpected_size = 13,
  no_data = 14,
  unexpected_data = 15,
  busy = 16,
  setting_unavailable = 18,
  amdgpu_restart = 19,
  unknown_error = 0xffffffff
};

/// Its name in rocm_smi.h, without the prefix; "error 42" for one that is not known here.
inline std::string name_of(status s) {
  constexpr const char* names[] = {"SUCCESS",
                                   "INVALID_ARGS",
                                   "NOT_SUPPORTED",
                                   "FILE_ERROR",
                                   "PERMISSION",
                                   "OUT_OF_RESOURCES",
                                   "INTERNAL_EXCEPTION",
                                   "INPUT_OUT_OF_BOUNDS",
                                   "INIT_ERROR",
                                   "NOT_YET_IMPLEMENTED",
                                   "NOT_FOUND",
                                   "INSUFFICIENT_SIZE",
                                   "INTERRUPT",
                                   "UNEXPECTED_SIZE",
                                   "NO_DATA",
                                   "UNEXPECTED_DATA",
                                   "BUSY",
                                   "REFCOUNT_OVERFLOW",
                                   "SETTING_UNAVAILABLE",
                                   "AMDGPU_RESTART_ERR"};
  if (s == unknown_error) return "UNKNOWN_ERROR";
  return s < sizeof names / sizeof *names ? names[s] : "error " + std::to_string(s);
}

/// What a failure means for whoever wants a value. Whatever may pass is `lost`.
constexpr missing why_of(status s) noexcept {
  switch (s) {
    case not_supported:
    case not_yet_implemented:
    case setting_unavailable:
      return missing::not_supported;
    case permission:
      return missing::no_permission;
    case unexpected_size:
    case unexpected_data:
      return missing::implausible;
    default:
      return missing::lost;
  }
}

/// The functions that a library has; nullptr for each that it lacks. Only init, count and pci are needed.
struct functions {
  status (*init)(std::uint64_t flags) = nullptr;
  status (*count)(std::uint32_t*) = nullptr;
  status (*pci)(std::uint32_t, std::uint64_t*) = nullptr;
  status (*model)(std::uint32_t, std::uint16_t*) = nullptr;
  status (*unique_id)(std::uint32_t, std::uint64_t*) = nullptr;
  status (*energy)(std::uint32_t, std::uint64_t* count, float* microjoules_per_count,
                   std::uint64_t* timestamp_ns) = nullptr;
  status (*average_power)(std::uint32_t, std::uint32_t sensor, std::uint64_t* microwatts) = nullptr;
  status (*socket_power)(std::uint32_t, std::uint64_t* microwatts) = nullptr;  // since ROCm 6
  status (*power_cap)(std::uint32_t, std::uint32_t sensor, std::uint64_t* microwatts) = nullptr;

  static constexpr bool fits = true;  // no layouts: numbers of stated width
  explicit operator bool() const noexcept { return init && count && pci; }

  void load(const detail::library& from) noexcept {
    from.find("rsmi_init", init);
    from.find("rsmi_num_monitor_devices", count);
    from.find("rsmi_dev_pci_id_get", pci);
    from.find("rsmi_dev_id_get", model);
    from.find("rsmi_dev_unique_id_get", unique_id);
    from.find("rsmi_dev_energy_count_get", energy);
    from.find("rsmi_dev_power_ave_get", average_power);
    from.find("rsmi_dev_current_socket_power_get", socket_power);
    from.find("rsmi_dev_power_cap_get", power_cap);
  }
  status start() const noexcept { return init(0); }
};

using session = library_session<functions>;

/// Debian's, then AMD's own by release, then where AMD installs it.
inline constexpr std::initializer_list<const char*> usual_names = {"librocm_smi64.so.1", "librocm_smi64.so.7",
                                                                   "librocm_smi64.so.6", "librocm_smi64.so.5",
                                                                   "/opt/rocm/lib/librocm_smi64.so"};

}  // namespace meter::rocm_smi
}  // namespace v1
}  // namespace kaya
