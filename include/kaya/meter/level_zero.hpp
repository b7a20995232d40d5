// SPDX-License-Identifier: MIT
// The mechanism "level_zero": energy counters of Intel's discrete GPUs through Level Zero Sysman, opened when
// the program runs, and only if there is a card whose files (hwmon.hpp) do not tell its energy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/meter/gpu/cards.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/level_zero/abi.hpp>
#include <kaya/meter/level_zero/card.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace level_zero {

/// From the library to channels, in one pass.
class detector : card_finder<card> {
 public:
  detector(const places& where, std::span<const std::string> known, session& library)
      : card_finder("level_zero", where), known_(known), library_(library) {}

  detection run(std::initializer_list<const char*> names) {
    constexpr std::string_view vendor = "0x8086";
    if (!has_unread_card(where_, vendor, known_))
      tell(missing::not_present, "no discrete Intel GPU that is not read already; library not opened");
    else if (start(names)) {
      for (const device d : devices()) look_at(d);
      if (result_.findings.empty())
        tell(missing::not_present, "the library shows no GPU that is not read already");
    }
    return std::move(result_);
  }

 private:
  bool start(std::initializer_list<const char*> names) {
    return open(library_, names, "libze_loader.so.1", [&](library_state s) {
      if (s == library_state::absent) return tell(missing::not_present, "no libze_loader.so.1");
      const status code = library_.error();
      const std::string text = (library_.call.own_init ? "zesInit gives " : "zeInit gives ") + name_of(code);
      if (code == uninitialized || code == dependency_unavailable)
        tell(missing::not_present, text + ": no driver of Intel's for it");
      else tell(why_of(code), text, code == insufficient_permissions ? join_group : "");
    });
  }

  std::vector<device> devices() {
    std::vector<driver> drivers;
    std::vector<device> all;
    if (const status s = list(drivers, library_.call.drivers); s != success)
      tell(why_of(s), "the drivers cannot be listed: " + name_of(s));
    for (const driver d : drivers) {
      std::vector<device> some;
      const status s =
          list(some, [&](std::uint32_t* n, device* h) { return library_.call.devices(d, n, h); });
      if (s != success) tell(why_of(s), "the devices cannot be listed: " + name_of(s));
      for (const device one : some) all.push_back(one);
    }
    return all;
  }

  void look_at(device d) {
    device_properties about;
    const bool told = library_.call.properties && library_.call.properties(d, &about) == success;
    if (told && about.kind != gpu_kind) return;
    pci_properties pci;
    const bool placed = library_.call.pci(d, &pci) == success && pci.bus < 256 && pci.device < 32;
    const std::string address = placed ? pci_address(pci.domain, pci.bus, pci.device, pci.function)
                                       : "level_zero/" + std::to_string(unplaced_++);
    if (is_among(address, known_)) return;
    for (const channel& c : added())
      if (c.device == address) return;  // another driver for the same
    channel c;
    c.name = "gpu " + address + " (level_zero)";
    if ((told && (about.flags & integrated_flag) != 0) || address == integrated_address)
      return tell(c.name, missing::not_supported, "integrated: the energy of the CPU's package contains it");
    c.mechanism = "level_zero";
    c.device = address;
    c.part = component::gpu;
    c.wraps = false;  // 64 bits of microjoules
    if (told) {
      about.serial[sizeof about.serial - 1] = about.model_name[sizeof about.model_name - 1] = '\0';
      const std::string serial = about.serial;
      if (serial.find("unk") != 0) c.uuid = serial;  // "unknown", which the header spells "unkown"
      c.note = about.model_name;
    }
    meters m = find_meters(library_, d);
    c.rated_watts = m.rated_watts;
    c.low = 0.9, c.high = 1.1;
    c.accuracy = "computed by the card's firmware; Intel states no accuracy, the width is a guess";
    std::string text = std::string("energy counter, ") + m.what, remedy;
    if (m.domains.empty()) {
      c.why = why_of(m.code);
      c.counted = false;
      text = "no energy counter: " + name_of(m.code);
      add_note(c, text);
      if (m.code == uninitialized && !library_.call.own_init) {
        text += "; the program started Level Zero without Sysman";
        remedy = "export ZES_ENABLE_SYSMAN=1";
      } else if (m.code == insufficient_permissions) {
        remedy = join_group;
      }
    } else {
      if (m.summed) add_note(c, std::string("energy: ") + m.what);
      if (!placed) {
        c.counted = false;
        add_note(c, "without a PCI address: another mechanism may read the same card");
      }
    }
    tell(c.name, c.why, text, remedy);
    add(std::move(c), card(library_, std::move(m.domains)));
  }

  // The device files of cards are for this group; it holds from the next login on.
  static constexpr const char* join_group = "sudo usermod -aG render $USER";

  const std::span<const std::string> known_;
  session& library_;
  unsigned unplaced_ = 0;
};

}  // namespace level_zero

/// Looks for Intel's discrete GPUs whose address is not among the known ones. Opens the library only if
/// `where.sysfs`/class/drm shows such a card, or may not be listed; then each GPU is read once. library,
/// names: for tests; the library stays open and initialised for good.
inline detection detect_level_zero(const places& where, std::span<const std::string> known_addresses,
                                   level_zero::session& library = level_zero::session::shared(),
                                   std::initializer_list<const char*> names = level_zero::usual_names) {
  return level_zero::detector(where, known_addresses, library).run(names);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
