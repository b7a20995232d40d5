// SPDX-License-Identifier: MIT
// The mechanism "nvml": energy of NVIDIA GPUs through the library that comes with their driver, opened when
// the program runs. A GPU that this process may not use is shown, but not in its total. Nothing here has
// CUDA start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/meter/nvml/abi.hpp>
#include <kaya/meter/nvml/card.hpp>
#include <kaya/meter/nvml/channel.hpp>
#include <kaya/meter/nvml/visible.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// The channels and their cards, in the same order; no card for those that cannot be read.
class gpus final : public source {
 public:
  std::span<const channel> channels() const noexcept override { return channels_; }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= channels_.size()) return {.why = missing::not_present};
    if (channels_[i].why || !cards_[i]) return {.why = channels_[i].why};
    return cards_[i]->read(now_ns);
  }
  std::optional<double> power(std::size_t i) noexcept override {
    return i < cards_.size() && cards_[i] ? cards_[i]->power() : std::nullopt;
  }
  std::optional<device_use> use_by(std::size_t i, std::span<const unsigned> pids) noexcept override {
    return i < cards_.size() && cards_[i] ? cards_[i]->use_by(pids) : std::nullopt;
  }
  void add(channel what, std::optional<card> reader) {
    channels_.push_back(std::move(what));
    cards_.push_back(std::move(reader));
  }

 private:
  std::vector<channel> channels_;
  std::vector<std::optional<card>> cards_;
};

/// From the library to channels, in one pass.
class detector {
 public:
  detector(const places& where, session& library) : where_(where), library_(library) {}

  detection run(std::initializer_list<const char*> names) {
    if (start(names)) {
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

  void tell(std::string what, std::optional<missing> why, std::string text, std::string remedy = {}) {
    result_.findings.push_back({"nvml", std::move(what), !why, why, std::move(text), std::move(remedy)});
  }

  bool start(std::initializer_list<const char*> names) {
    switch (library_.start(names)) {
      case session::state::ready:
        return true;
      case session::state::absent:
        explain_absence();
        break;
      case session::state::incomplete:
        tell("nvml", missing::not_supported, "libnvidia-ml.so.1 lacks the functions to begin with");
        break;
      case session::state::inherited:
        tell("nvml", missing::not_supported,
             "started before this process was forked; the driver's library works in the parent only");
        break;
      case session::state::failed:
        explain_failure(library_.error());
        break;
    }
    return false;
  }

  void explain_absence() {
    const auto driver = where_.files->open((where_.procfs + "/driver/nvidia/version").c_str());
    if (driver < 0) return tell("nvml", missing::not_present, "no libnvidia-ml.so.1: no NVIDIA driver");
    where_.files->close(driver);
    tell("nvml", missing::not_present,
         "the NVIDIA driver is loaded, but there is no libnvidia-ml.so.1; a container must ask for it",
         "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility IMAGE");
  }

  void explain_failure(status s) {
    const std::string text = "nvmlInit gives " + name_of(s);
    if (s == driver_not_loaded)
      tell("nvml", missing::not_present, text + ": the kernel has no NVIDIA driver", "sudo modprobe nvidia");
    else if (s == version_mismatch)
      tell("nvml", missing::not_supported,
           text +
               ": the library is of another version than the driver in the kernel; load it again, or reboot",
           "sudo modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia && sudo modprobe nvidia_uvm");
    else if (s == no_permission)
      tell("nvml", missing::no_permission, text + ": the device files may not be opened",
           "sudo chmod a+rw /dev/nvidia*");
    else if (s == unknown)
      tell("nvml", missing::lost, text + "; a container loses its GPUs when systemd reloads: start it again");
    else tell("nvml", s == library_not_found ? missing::not_present : why_of(s), text);
  }

  void open_cards() {
    unsigned count = 0;
    if (const status s = library_.call.count(&count); s != success)
      return tell("nvml", why_of(s), "the number of GPUs cannot be had: " + name_of(s));
    if (count == 0) return tell("nvml", missing::not_present, "the driver has no GPU");
    if (count > 1024) return tell("nvml", missing::implausible, std::to_string(count) + " GPUs cannot be");
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
      note(c, mine_.hidden);
    } else if (gpu.in_mig_mode()) {
      const std::size_t parts = entry->instances > 0 ? entry->instances : gpu.instances().size();
      note(c, "whole GPU, shared by its MIG instances; " + std::to_string(parts) + " of them visible here");
    }
    note(c, mine_.doubt);
  }

  void finish() {
    gpus* meter = nullptr;
    const auto add = [&](channel c, std::optional<card> reader) {
      if (meter == nullptr) result_.meter = detail::handle<source>(meter = new gpus);
      meter->add(std::move(c), std::move(reader));
    };
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
      if (meter != nullptr)
        for (const channel& known : meter->channels())
          if (c.counted && known.counted && known.device == c.device) {
            c.counted = false;
            note(c, "the same device as " + known.name);
          }
      if (mine_.gpus.find(i) == nullptr) result_.hidden.push_back({c.device, mine_.hidden});
      if (!why && mine_.gpus.find(i) == nullptr) text += ": shown, not counted: not visible to this process";
      tell(c.name, why, std::move(text));
      add(std::move(c), std::move(cards_[i]));
    }
    add_holes_before(count_);
  }

  const places& where_;
  session& library_;
  unsigned count_ = 0;
  std::vector<card> cards_{};
  std::vector<hole> holes_{};
  visibility mine_{};
  detection result_{};
};

}  // namespace nvml

/// Looks for NVIDIA GPUs. Without a driver this costs the attempt to open its library. With one, each GPU is
/// read once, which takes up to some 100 ms where it was asleep. library, names: for tests; the library stays
/// open and initialised for good.
inline detection detect_nvml(const places& where, nvml::session& library = nvml::session::shared(),
                             std::initializer_list<const char*> names = nvml::session::usual_names) {
  return nvml::detector(where, library).run(names);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
