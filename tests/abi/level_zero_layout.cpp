// SPDX-License-Identifier: MIT
// What kaya writes down of Level Zero Sysman, held against Intel's own headers. Not part of the build:
// compiled with -fsyntax-only where the headers are installed (Debian 12: libze-dev).
#include <level_zero/ze_api.h>
#include <level_zero/zes_api.h>

#include <cstddef>
#include <type_traits>

#include <kaya/meter/level_zero/abi.hpp>

namespace {

namespace ours = kaya::meter::level_zero;

/// Passed alike: the same type, a number of the same size in place of an enum, or a pointer to what is alike;
/// what is opaque or a struct is checked by its layout below.
template <class A, class B>
constexpr bool same_type() {
  if constexpr (std::is_pointer_v<A> && std::is_pointer_v<B>) {
    using to_a = std::remove_pointer_t<A>;
    using to_b = std::remove_pointer_t<B>;
    if constexpr (std::is_class_v<to_a> && std::is_class_v<to_b>) return true;
    else return same_type<to_a, to_b>();
  } else if constexpr (std::is_enum_v<A> && std::is_integral_v<B>) {
    return sizeof(A) == sizeof(B);
  } else {
    return std::is_same_v<A, B>;
  }
}
template <class R, class... A, class S, class... B>
constexpr bool same_call(R (*)(A...), S (*)(B...)) {
  if constexpr (sizeof...(A) != sizeof...(B)) return false;
  else return same_type<R, S>() && (same_type<A, B>() && ...);
}

constexpr ours::functions f{};
static_assert(same_call(&zeInit, f.init));
static_assert(same_call(&zeDriverGet, f.drivers));
static_assert(same_call(&zeDeviceGet, f.devices));
static_assert(same_call(&zesDeviceGetProperties, f.properties));
static_assert(same_call(&zesDevicePciGetProperties, f.pci));
static_assert(same_call(&zesDeviceGetCardPowerDomain, f.card_domain));
static_assert(same_call(&zesDeviceEnumPowerDomains, f.domains));
static_assert(same_call(&zesPowerGetProperties, f.domain_properties));
static_assert(same_call(&zesPowerGetEnergyCounter, f.energy));
// zesInit(), zesDriverGet() and zesDeviceGet() came with 1.10, with the arguments of their namesakes.

static_assert(ours::success == static_cast<ours::status>(ZE_RESULT_SUCCESS));
static_assert(ours::not_ready == static_cast<ours::status>(ZE_RESULT_NOT_READY));
static_assert(ours::device_lost == static_cast<ours::status>(ZE_RESULT_ERROR_DEVICE_LOST));
static_assert(ours::device_requires_reset ==
              static_cast<ours::status>(ZE_RESULT_ERROR_DEVICE_REQUIRES_RESET));
static_assert(ours::device_in_low_power_state ==
              static_cast<ours::status>(ZE_RESULT_ERROR_DEVICE_IN_LOW_POWER_STATE));
static_assert(ours::insufficient_permissions ==
              static_cast<ours::status>(ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS));
static_assert(ours::not_available == static_cast<ours::status>(ZE_RESULT_ERROR_NOT_AVAILABLE));
static_assert(ours::dependency_unavailable ==
              static_cast<ours::status>(ZE_RESULT_ERROR_DEPENDENCY_UNAVAILABLE));
static_assert(ours::uninitialized == static_cast<ours::status>(ZE_RESULT_ERROR_UNINITIALIZED));
static_assert(ours::unsupported_version == static_cast<ours::status>(ZE_RESULT_ERROR_UNSUPPORTED_VERSION));
static_assert(ours::unsupported_feature == static_cast<ours::status>(ZE_RESULT_ERROR_UNSUPPORTED_FEATURE));
static_assert(ours::invalid_argument == static_cast<ours::status>(ZE_RESULT_ERROR_INVALID_ARGUMENT));
static_assert(ours::invalid_null_handle == static_cast<ours::status>(ZE_RESULT_ERROR_INVALID_NULL_HANDLE));
static_assert(ours::invalid_null_pointer == static_cast<ours::status>(ZE_RESULT_ERROR_INVALID_NULL_POINTER));
static_assert(ours::unknown == static_cast<ours::status>(ZE_RESULT_ERROR_UNKNOWN));

static_assert(ours::gpu_kind == ZE_DEVICE_TYPE_GPU);
static_assert(ours::integrated_flag == ZE_DEVICE_PROPERTY_FLAG_INTEGRATED);
static_assert(ours::device_properties{}.head.type == ZES_STRUCTURE_TYPE_DEVICE_PROPERTIES);
static_assert(ours::device_properties{}.core_head.type == ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES);
static_assert(ours::pci_properties{}.head.type == ZES_STRUCTURE_TYPE_PCI_PROPERTIES);
static_assert(ours::power_properties{}.head.type == ZES_STRUCTURE_TYPE_POWER_PROPERTIES);
static_assert(ours::power_extension{}.head.type == ZES_STRUCTURE_TYPE_POWER_EXT_PROPERTIES);
static_assert(ZES_POWER_DOMAIN_UNKNOWN == 0 && ZES_POWER_DOMAIN_CARD == 1 && ZES_POWER_DOMAIN_PACKAGE == 2 &&
              ZES_POWER_DOMAIN_STACK == 3);

// The same place and size in both.
#define SAME(ours_type, ours_member, theirs_type, theirs_member)                                  \
  static_assert(offsetof(ours::ours_type, ours_member) == offsetof(theirs_type, theirs_member) && \
                sizeof(ours::ours_type{}.ours_member) == sizeof(theirs_type{}.theirs_member))
#define SAME_SIZE(ours_type, theirs_type) static_assert(sizeof(ours::ours_type) == sizeof(theirs_type))

SAME_SIZE(device_properties, zes_device_properties_t);
SAME(device_properties, head.type, zes_device_properties_t, stype);
SAME(device_properties, head.next, zes_device_properties_t, pNext);
SAME(device_properties, core_head.type, zes_device_properties_t, core.stype);
SAME(device_properties, core_head.next, zes_device_properties_t, core.pNext);
SAME(device_properties, kind, zes_device_properties_t, core.type);
SAME(device_properties, vendor, zes_device_properties_t, core.vendorId);
SAME(device_properties, model, zes_device_properties_t, core.deviceId);
SAME(device_properties, flags, zes_device_properties_t, core.flags);
SAME(device_properties, subdevices, zes_device_properties_t, numSubdevices);
SAME(device_properties, serial, zes_device_properties_t, serialNumber);
SAME(device_properties, board, zes_device_properties_t, boardNumber);
SAME(device_properties, brand, zes_device_properties_t, brandName);
SAME(device_properties, model_name, zes_device_properties_t, modelName);
SAME(device_properties, vendor_name, zes_device_properties_t, vendorName);
SAME(device_properties, driver_version, zes_device_properties_t, driverVersion);

SAME_SIZE(pci_properties, zes_pci_properties_t);
SAME(pci_properties, head.next, zes_pci_properties_t, pNext);
SAME(pci_properties, domain, zes_pci_properties_t, address.domain);
SAME(pci_properties, bus, zes_pci_properties_t, address.bus);
SAME(pci_properties, device, zes_pci_properties_t, address.device);
SAME(pci_properties, function, zes_pci_properties_t, address.function);
SAME(pci_properties, bandwidth, zes_pci_properties_t, maxSpeed.maxBandwidth);
SAME(pci_properties, has_bandwidth_counters, zes_pci_properties_t, haveBandwidthCounters);
SAME(pci_properties, has_replay_counters, zes_pci_properties_t, haveReplayCounters);

SAME_SIZE(power_extension, zes_power_ext_properties_t);
SAME(power_extension, head.next, zes_power_ext_properties_t, pNext);
SAME(power_extension, domain, zes_power_ext_properties_t, domain);
SAME(power_extension, default_limit, zes_power_ext_properties_t, defaultLimit);

SAME_SIZE(power_properties, zes_power_properties_t);
SAME(power_properties, head.next, zes_power_properties_t, pNext);
SAME(power_properties, on_subdevice, zes_power_properties_t, onSubdevice);
SAME(power_properties, subdevice, zes_power_properties_t, subdeviceId);
SAME(power_properties, can_control, zes_power_properties_t, canControl);
SAME(power_properties, has_threshold, zes_power_properties_t, isEnergyThresholdSupported);
SAME(power_properties, default_limit, zes_power_properties_t, defaultLimit);
SAME(power_properties, least_limit, zes_power_properties_t, minLimit);
SAME(power_properties, most_limit, zes_power_properties_t, maxLimit);

SAME_SIZE(energy_counter, zes_power_energy_counter_t);
SAME(energy_counter, microjoules, zes_power_energy_counter_t, energy);
SAME(energy_counter, timestamp_us, zes_power_energy_counter_t, timestamp);

}  // namespace
