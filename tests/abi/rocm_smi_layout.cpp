// SPDX-License-Identifier: MIT
// What kaya writes down of ROCm's management library, held against AMD's own header. Not part of the build:
// compiled with -fsyntax-only where the header is installed (Debian 12: librocm-smi-dev).
#include <rocm_smi/rocm_smi.h>

#include <cstddef>
#include <type_traits>

#include <kaya/meter/rocm_smi/abi.hpp>

namespace {

namespace ours = kaya::meter::rocm_smi;

/// Passed alike: the same type, or a number of the same size in place of an enum.
template <class A, class B>
constexpr bool same_type() {
  if constexpr (std::is_enum_v<A> && std::is_integral_v<B>) return sizeof(A) == sizeof(B);
  else return std::is_same_v<A, B>;
}
template <class R, class... A, class S, class... B>
constexpr bool same_call(R (*)(A...), S (*)(B...)) {
  if constexpr (sizeof...(A) != sizeof...(B)) return false;
  else return same_type<R, S>() && (same_type<A, B>() && ...);
}

constexpr ours::functions f{};
static_assert(same_call(&rsmi_init, f.init));
static_assert(same_call(&rsmi_num_monitor_devices, f.count));
static_assert(same_call(&rsmi_dev_pci_id_get, f.pci));
static_assert(same_call(&rsmi_dev_id_get, f.model));
static_assert(same_call(&rsmi_dev_unique_id_get, f.unique_id));
static_assert(same_call(&rsmi_dev_energy_count_get, f.energy));
static_assert(same_call(&rsmi_dev_power_ave_get, f.average_power));
static_assert(same_call(&rsmi_dev_power_cap_get, f.power_cap));
// rsmi_dev_current_socket_power_get() came with ROCm 6.

static_assert(static_cast<ours::status>(RSMI_STATUS_SUCCESS) == ours::success);
static_assert(static_cast<ours::status>(RSMI_STATUS_INVALID_ARGS) == ours::invalid_args);
static_assert(static_cast<ours::status>(RSMI_STATUS_NOT_SUPPORTED) == ours::not_supported);
static_assert(static_cast<ours::status>(RSMI_STATUS_FILE_ERROR) == ours::file_error);
static_assert(static_cast<ours::status>(RSMI_STATUS_PERMISSION) == ours::permission);
static_assert(static_cast<ours::status>(RSMI_STATUS_INPUT_OUT_OF_BOUNDS) == ours::input_out_of_bounds);
static_assert(static_cast<ours::status>(RSMI_STATUS_INIT_ERROR) == ours::init_error);
static_assert(static_cast<ours::status>(RSMI_STATUS_NOT_YET_IMPLEMENTED) == ours::not_yet_implemented);
static_assert(static_cast<ours::status>(RSMI_STATUS_NOT_FOUND) == ours::not_found);
static_assert(static_cast<ours::status>(RSMI_STATUS_INTERRUPT) == ours::interrupt);
static_assert(static_cast<ours::status>(RSMI_STATUS_UNEXPECTED_SIZE) == ours::unexpected_size);
static_assert(static_cast<ours::status>(RSMI_STATUS_NO_DATA) == ours::no_data);
static_assert(static_cast<ours::status>(RSMI_STATUS_UNEXPECTED_DATA) == ours::unexpected_data);
static_assert(static_cast<ours::status>(RSMI_STATUS_BUSY) == ours::busy);
static_assert(static_cast<ours::status>(RSMI_STATUS_UNKNOWN_ERROR) == ours::unknown_error);

// The table of revisions 1.1 to 1.3, as far as the library repeats it.
static_assert(offsetof(rsmi_gpu_metrics_t, average_socket_power) == 22);
static_assert(offsetof(rsmi_gpu_metrics_t, energy_accumulator) == 24);
static_assert(sizeof(rsmi_gpu_metrics_t) == 96);

}  // namespace
