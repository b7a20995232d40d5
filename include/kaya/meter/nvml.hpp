// SPDX-License-Identifier: MIT
// The mechanism "nvml": energy of NVIDIA GPUs through the library that comes with their driver, opened when
// the program runs. A GPU that this process may not use is shown, but not in its total. Nothing here has
// CUDA start.
//
// The driver cannot be unloaded while a process has NVML open, which is to say from detect() until the
// process ends; `modprobe -r nvidia` answers that it is in use. A GPU that is reset, falls off the bus or is
// taken away is lost, looked for once a second by its UUID or address, and read on through its new handle;
// its counter may begin anew, which the books take for a reset. If the driver is replaced by another version
// all the same, NVML answers that the versions differ: channels stay lost until the process is started again.
// Not verified on hardware.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/meter/gpu/cards.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/nvml/abi.hpp>
#include <kaya/meter/nvml/card.hpp>
#include <kaya/meter/nvml/channel.hpp>
#include <kaya/meter/nvml/visible.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// From the library to channels, in one pass.
class detector : card_finder<card> {
 public:
  detector(const places& where, session& library) : card_finder("nvml", where), library_(library) {}

  detection run(std::initializer_list<const char*> names) {
    const auto explain = [&](library_state s) {
      s == library_state::absent ? explain_absence() : explain_failure(library_.error());
    };
    if (open(library_, names, "libnvidia-ml.so.1", explain)) {
      open_cards();
      if (!cards_.empty() || !holes_.empty()) {
        mine_ = whose(cards_, std::getenv("CUDA_VISIBLE_DEVICES"), std::getenv("CUDA_DEVICE_ORDER"),
                      cuda_devices());
        if (!mine_.by.empty()) tell(mine_.by, {}, mine_.summary);
        finish();
      }
    }
    return std::move(result_);
  }

 private:
  struct hole {  // a GPU that may not be opened
    unsigned index = 0;
    status code = success;
    std::string address{};  // empty: not known
  };

  void explain_absence() {
    std::vector<std::string> gpus;
    where_.files->list((where_.procfs + "/driver/nvidia/gpus").c_str(), gpus);
    if (gpus.empty() && word_in(*where_.files, where_.procfs + "/driver/nvidia/version").empty())
      return tell(missing::not_present, "no libnvidia-ml.so.1: no NVIDIA driver");
    tell(missing::not_present,
         "the NVIDIA driver is loaded, but there is no libnvidia-ml.so.1; a container must ask for it",
         "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility IMAGE");
  }

  void explain_failure(status s) {
    const std::string text = "nvmlInit gives " + name_of(s);
    if (s == driver_not_loaded)
      tell(missing::not_present, text + ": the kernel has no NVIDIA driver", "sudo modprobe nvidia");
    else if (s == version_mismatch)
      tell(missing::not_supported,
           text +
               ": the library is of another version than the driver in the kernel; load it again, or reboot",
           "sudo modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia && sudo modprobe nvidia_uvm");
    else if (s == no_permission)
      tell(missing::no_permission, text + ": the device files may not be opened",
           "sudo chmod a+rw /dev/nvidia*");
    else if (s == unknown)
      tell(missing::lost, text + "; a container loses its GPUs when systemd reloads: start it again");
    else tell(s == library_not_found ? missing::not_present : why_of(s), text);
  }

  void open_cards() {
    unsigned count = 0;
    if (const status s = library_.call.count(&count); s != success)
      return tell(why_of(s), "the number of GPUs cannot be had: " + name_of(s));
    if (count == 0) return tell(missing::not_present, "the driver has no GPU");
    if (count > 1024) return tell(missing::implausible, std::to_string(count) + " GPUs cannot be");
    count_ = count;
    for (unsigned i = 0; i < count; ++i) {
      device opened = nullptr;
      status s = library_.call.by_index(i, &opened);
      if (s == success && opened == nullptr) s = not_found;
      if (s == success) cards_.emplace_back(library_, i, opened);
      else holes_.push_back({i, s});
    }
    for (hole& h : holes_) h.address = address_of(h);
  }

  /// The address of a GPU that may not be opened, if the driver's own list of all has one for each number:
  /// both are in the order of PCI addresses.
  std::string address_of(const hole& h) const {
    std::vector<std::string> all;
    if (where_.files->list((where_.procfs + "/driver/nvidia/gpus").c_str(), all) != 0) return {};
    if (all.size() != count_) return {};
    for (std::string& name : all) name = pci_address(name);
    for (std::size_t i = 1; i < all.size(); ++i)
      for (std::size_t k = i; k > 0 && all[k] < all[k - 1]; --k) std::swap(all[k], all[k - 1]);
    for (const card& c : cards_)
      if (c.address() != all[c.index()]) return {};
    return all[h.index];
  }

  /// Whose GPU it is.
  void set_visibility(channel& c, std::size_t i) const {
    const card& gpu = cards_[i];
    const visible_gpus::entry* const entry = mine_.gpus.find(i);
    if (entry == nullptr) {
      c.counted = false;
      add_note(c, mine_.hidden);
    } else if (gpu.in_mig_mode()) {
      const std::size_t parts = entry->instances > 0 ? entry->instances : gpu.instances().size();
      add_note(c,
               "whole GPU, shared by its MIG instances; " + std::to_string(parts) + " of them visible here");
    }
    add_note(c, mine_.doubt);
  }

  /// Says of an address on which module it is, so that this is known of whatever else meters it.
  void place(const std::string& address, const std::string& module) {
    if (!address.empty() && !module.empty()) result_.contained.push_back({address, module});
  }
  /// The module of a GPU that may not be opened, by the name of one that could be: a machine has Grace's
  /// modules or none.
  std::string module_of_hole(unsigned index) const {
    std::string module;
    for (const card& c : cards_)
      if (module.empty()) module = module_of(c.name(), index);
    return module;
  }

  void finish() {
    std::vector<std::string> modules;  // of the holes; below, the cards are moved away
    for (const hole& h : holes_) place(h.address, modules.emplace_back(module_of_hole(h.index)));
    for (const card& c : cards_) place(c.address(), module_of(c.name(), c.index()));
    std::size_t next_hole = 0;
    const auto add_holes_before = [&](unsigned index) {
      for (; next_hole < holes_.size() && holes_[next_hole].index < index; ++next_hole) {
        const hole& h = holes_[next_hole];
        channel c;
        c.name = "gpu-" + std::to_string(h.index);
        c.mechanism = "nvml";
        c.device = h.address;
        c.part = component::gpu;
        c.counted = false;
        c.why = why_of(h.code);
        c.inside = modules[next_hole];
        c.note = "may not be opened: " + name_of(h.code);
        tell(c.name, c.why, (c.device.empty() ? "" : c.device + ": ") + c.note);
        if (!c.device.empty()) add(std::move(c), std::nullopt);
      }
    };
    for (std::size_t i = 0; i < cards_.size(); ++i) {
      add_holes_before(cards_[i].index());
      channel c = describe(cards_[i]);
      const std::optional<missing> why = c.why;
      std::string text = c.device + ": ";
      if (why) text += c.note;
      else if (c.how == provenance::measured) text += "energy counter";
      else text += c.how == provenance::integrated ? "power" : "load";
      set_visibility(c, i);
      for (const channel& known : added())
        if (c.counted && known.counted && known.device == c.device) {
          c.counted = false;
          add_note(c, "the same device as " + known.name);
        }
      if (mine_.gpus.find(i) == nullptr) result_.hidden.push_back({c.device, mine_.hidden});
      if (!why && mine_.gpus.find(i) == nullptr) text += ": shown, not counted: not visible to this process";
      tell(c.name, why, std::move(text));
      add(std::move(c), std::move(cards_[i]));
    }
    add_holes_before(count_);
  }

  session& library_;
  unsigned count_ = 0;
  std::vector<card> cards_{};
  std::vector<hole> holes_{};
  visibility mine_{};
};

}  // namespace nvml

/// Looks for NVIDIA GPUs. Without a driver this costs the attempt to open its library. With one, each GPU is
/// read once, which takes up to some 100 ms where it was asleep. library, names: for tests; the library stays
/// open and initialised for good.
inline detection detect_nvml(const places& where, nvml::session& library = nvml::session::shared(),
                             std::initializer_list<const char*> names = nvml::usual_names) {
  return nvml::detector(where, library).run(names);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
