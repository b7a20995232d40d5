// SPDX-License-Identifier: MIT
// What was found on a machine: the sources with their channels as they say them, the facts about devices that
// go with these, and what follows from both: which channels count.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/handle.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/overlap.hpp>
#include <kaya/meter/self_check.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

class inventory {
 public:
  /// gpus: those that Linux shows, in the order of their addresses.
  explicit inventory(const std::vector<gpu_device>& gpus) : gpus_(gpus) {}

  void take(detection found, origin from) {
    for (finding& f : found.findings) tell(static_cast<finding&&>(f));
    for (hidden_device& h : found.hidden) hidden_.push_back(static_cast<hidden_device&&>(h));
    for (containment& c : found.contained) contained_.push_back(static_cast<containment&&>(c));
    if (!found.meter) return;
    sources_.push_back(found.meter);
    const std::span<const channel> channels = found.meter->channels();
    for (std::size_t i = 0; i < channels.size(); ++i) enter(channels[i], found.meter, i, from);
  }
  void tell(finding f) { findings_.push_back(static_cast<finding&&>(f)); }

  /// Decides from what the sources say what counts.
  void resolve() {
    std::vector<claim> claims = stated_;
    for (claim& c : claims)
      if (const std::string* why = c.from == origin::found && c.what.counted ? why_hidden(c.what) : nullptr) {
        c.what.counted = false;
        c.what.note += (c.what.note.empty() ? "" : "; ") + *why;
      }
    overlap(claims, contained_).decide();
    all_.clear();
    counted_.clear();
    for (std::size_t i = 0; i < claims.size(); ++i) {
      bound_[i].what = claims[i].what;
      bound_[i].meter = claims[i].read ? meters_[i] : detail::handle<source>();
      all_.push_back(claims[i].what);
      if (claims[i].what.counted) counted_.push_back(static_cast<channel&&>(claims[i].what));
    }
  }
  /// Looks at the counters for a while, and decides again by what that showed.
  void check_counters() {
    std::vector<bound_channel> channels = bound_;
    for (finding& f : self_check(channels)) tell(static_cast<finding&&>(f));
    for (std::size_t i = 0; i < channels.size(); ++i) {  // into what the sources say, for later decisions
      channel& c = stated_[i].what;
      const channel& seen = channels[i].what;
      if (seen.note != bound_[i].what.note) c.note = seen.note;
      c.update_period_ns = seen.update_period_ns, c.low = seen.low, c.high = seen.high;
    }
    resolve();
  }

  // --- as of the last resolve()

  std::span<const channel> counted() const noexcept { return counted_; }
  std::span<const channel> all() const noexcept { return all_; }
  std::span<const bound_channel> bound() const noexcept { return bound_; }
  /// The same without those whose device another source reads.
  std::vector<bound_channel> to_be_read() const {
    std::vector<bound_channel> result;
    for (std::size_t i = 0; i < bound_.size(); ++i)
      if (bound_[i].meter || !meters_[i]) result.push_back(bound_[i]);
    return result;
  }
  bool counts(component part) const noexcept {
    for (const channel& c : counted_)
      if (covers(c, part)) return true;
    return false;
  }

  std::span<const detail::handle<source>> sources() const noexcept { return sources_; }
  const std::vector<finding>& findings() const noexcept { return findings_; }

  // --- GPUs, of which several mechanisms know

  /// Whose energy something tells, be it in that of another.
  std::vector<std::string> devices_told_of() const {
    std::vector<std::string> result;
    for (const claim& c : stated_)
      if (!c.what.why || !c.what.inside.empty()) result.push_back(c.what.device);
    return result;
  }
  /// Of the GPUs that Linux shows, in order; of those that mechanisms show, if it shows none.
  std::vector<std::string> gpu_addresses() const {
    std::vector<std::string> result;
    for (const gpu_device& gpu : gpus_) add_sorted(result, gpu.address);
    if (result.empty())
      for (const claim& c : stated_)
        if (c.what.part == component::gpu && !c.what.device.starts_with("socket"))
          add_sorted(result, c.what.device);
    return result;
  }
  void switch_gpus_off() {
    for (claim& c : stated_)
      if (c.what.part == component::gpu && !c.what.why) {
        c.what.why = missing::disabled;
        c.what.counted = false;
      }
  }
  /// Enters the cards that are there, but that no mechanism knows, so that reports say what they lack.
  void note_gpus(bool wanted) {
    const missing why = wanted ? missing::not_supported : missing::disabled;
    std::string lacking;
    for (const gpu_device& gpu : gpus_) {
      bool known = false;
      for (const claim& c : stated_) known = known || c.what.device == gpu.address;
      if (known) continue;
      lacking += (lacking.empty() ? "" : ", ") + gpu.address + " (" + gpu.vendor + ")";
      channel c;
      c.name = "gpu " + gpu.address;
      c.mechanism = "gpu";
      c.device = gpu.address;
      c.part = component::gpu;
      c.counted = false;
      c.why = why;
      c.note = gpu.vendor + (wanted ? ", present, but no meter of it can be read" : ", switched off");
      enter(static_cast<channel&&>(c), {}, 0, origin::found);
    }
    if (!wanted) tell({.mechanism = "gpu", .why = why, .text = "switched off by machine_options::gpus"});
    else if (!lacking.empty())
      tell({.mechanism = "gpu", .why = why, .text = "without a meter, not in the total: " + lacking});
  }
  /// NVIDIA's GPUs beside meters of modules (Grace) are on these, in the order of their addresses.
  void place_gpus_on_modules() {
    std::vector<std::string> modules, gpus;
    for (const claim& c : stated_)
      if (c.what.part == component::platform && c.what.device.ends_with("/module"))
        add_sorted(modules, c.what.device);
    for (const gpu_device& gpu : gpus_)
      if (gpu.vendor == "NVIDIA") add_sorted(gpus, gpu.address);
    if (modules.empty() || gpus.size() % modules.size() != 0) return;
    for (std::size_t i = 0; i < gpus.size(); ++i)
      contained_.push_back({gpus[i], modules[i * modules.size() / gpus.size()]});
  }

 private:
  /// A channel that is known, in a machine where every name is its own.
  void enter(channel c, const detail::handle<source>& meter, std::size_t index, origin from) {
    if (c.name.empty()) c.name = c.mechanism.empty() ? "channel" : c.mechanism;
    const std::string name = c.name;
    if (is_taken(c.name) && !c.mechanism.empty()) c.name = name + " (" + c.mechanism + ")";
    for (int n = 2; is_taken(c.name); ++n) c.name = name + " (" + std::to_string(n) + ")";
    bound_.push_back({c, meter, index});
    stated_.push_back({static_cast<channel&&>(c), from, meter.get()});
    meters_.push_back(meter);
  }
  bool is_taken(std::string_view name) const noexcept {
    for (const bound_channel& b : bound_)
      if (b.what.name == name) return true;
    return false;
  }
  static void add_sorted(std::vector<std::string>& list, const std::string& text) {
    std::size_t at = list.size();
    while (at > 0 && text < list[at - 1]) --at;
    if (at == 0 || list[at - 1] != text) list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), text);
  }
  /// Why a device is not this process's; nullptr: it is. A card of several GPUs is hidden if all these are.
  const std::string* why_hidden(const channel& c) const noexcept {
    const auto find = [&](std::string_view device) -> const std::string* {
      for (const hidden_device& h : hidden_)
        if (h.device == device) return &h.why;
      return nullptr;
    };
    const std::string* why = find(c.device);
    if (why != nullptr || c.part != component::gpu) return why;
    for (const containment& fact : contained_)
      if (fact.inside == c.device && (why = find(fact.device)) == nullptr) return nullptr;
    return why;
  }

  const std::vector<gpu_device>& gpus_;
  std::vector<finding> findings_;
  std::vector<detail::handle<source>> sources_;
  std::vector<claim> stated_;                   // all channels, as their sources say
  std::vector<detail::handle<source>> meters_;  // of each
  std::vector<containment> contained_;
  std::vector<hidden_device> hidden_;
  std::vector<bound_channel> bound_;  // what was decided
  std::vector<channel> counted_, all_;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
