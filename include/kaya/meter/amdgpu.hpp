// SPDX-License-Identifier: MIT
// The mechanism "amdgpu": energy counters of AMD GPUs in the files of Linux's driver; no library is needed. A
// GPU that this process may not use is shown, but not in its total. Cards without an energy counter are left
// to their sensor chips (hwmon.hpp).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/amdgpu/card.hpp>
#include <kaya/meter/amdgpu/gpu_metrics.hpp>
#include <kaya/meter/gpu/cards.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/gpu/rocm_visible.hpp>
#include <kaya/meter/hwmon/chips.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace amdgpu {

/// MI250 and MI250X are two GPUs on one module (PCI device numbers of the PCI ID repository, 2024).
inline bool is_half_of_module(std::string_view model) noexcept {
  return model == "0x7408" || model == "0x740c";
}

/// From the cards to channels, in one pass.
class detector : card_finder<card> {
 public:
  detector(const places& where, const rocm_variables& variables)
      : card_finder("amdgpu", where), variables_(variables) {}

  detection run() {
    std::vector<drm_card> cards;
    const int error = find_drm_cards(where_, amd_vendor, cards);
    if (cards.empty()) {
      const bool denied = error == EACCES || error == EPERM;
      tell(denied ? missing::no_permission : missing::not_present,
           (denied ? "may not list " : "no AMD GPU in ") + where_.sysfs + "/class/drm");
      return std::move(result_);
    }
    mine_ = visibility_of(where_, cards, variables_);
    for (drm_card& c : cards) found_.push_back(look_at(std::move(c)));
    for (std::size_t i = 0; i < found_.size(); ++i) pair(i);
    if (!mine_.by.empty()) tell(mine_.by, {}, mine_.summary);
    finish();
    return std::move(result_);
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;

  struct candidate {
    drm_card at{};
    card reader;
    gpu_metrics::figures first{};
    std::string unique_id{}, serial{};
    double rated_watts = 0;
    bool draws = false;          // its power can be read, and is not 0
    std::size_t whole = none;    // the first die of its module, whose counter has both
    std::size_t partner = none;  // of that one: this

    bool counts() const noexcept { return !first.why && first.energy && whole == none; }
    bool is_silent() const noexcept { return first.energy.value_or(0) == 0 && !draws; }
  };

  std::string word(const std::string& path) const { return word_in(*where_.files, path); }

  candidate look_at(drm_card at) const {
    std::string chip;  // the directory of its sensor chip
    std::vector<std::string> names;
    where_.files->list((at.device + "/hwmon").c_str(), names);
    for (const std::string& name : names)
      if (name.starts_with("hwmon")) chip = at.device + "/hwmon/" + name;
    std::string power;
    double rated = 0;
    if (!chip.empty()) {
      for (const char* file : {"/power1_input", "/power1_average"})
        if (!word(chip + file).empty()) power = chip + file;
      // Limits hold nonsense too: 1 W to 10 kW is taken to be one.
      const auto cap = detail::parse_number<std::uint64_t>(word(chip + "/power1_cap")).value_or(0);
      if (cap >= 1'000'000 && cap <= 10'000'000'000) rated = static_cast<double>(cap) * 1e-6;
    }
    const std::string device = at.device;
    candidate c{.at = std::move(at), .reader = card(*where_.files, device, power, rated)};
    c.unique_id = plain_id(word(device + "/unique_id"));
    c.serial = plain_id(word(device + "/serial_number"));
    c.rated_watts = rated;
    c.first = c.reader.look();
    c.reader.expect(c.first);
    c.draws = c.reader.watts(c.first, detail::os::monotonic_ns()).value_or(0) > 0;
    return c;
  }
  /// Of the two GPUs of a MI250 the first tells the energy and power of both, the second 0 or nothing (zeus
  /// issue 203, codecarbon issue 1097, rocm_smi_lib issue 160). The two are told by a number that they share;
  /// without one the second follows the first in the order of addresses. Not verified on hardware.
  void pair(std::size_t i) {
    candidate& c = found_[i];
    if (!c.is_silent()) return;
    const auto shared = [](const std::string& a, const std::string& b) { return !a.empty() && a == b; };
    for (std::size_t k = 0; k < found_.size(); ++k) {
      candidate& first = found_[k];
      if (k == i || !first.counts() || first.is_silent() || first.partner != none ||
          first.at.model != c.at.model)
        continue;
      const bool numbered = shared(first.serial, c.serial) || shared(first.unique_id, c.unique_id);
      const bool numbers_differ = !first.serial.empty() && !c.serial.empty() && first.serial != c.serial;
      if (!numbered && (k + 1 != i || numbers_differ || !is_half_of_module(c.at.model))) continue;
      c.whole = k;
      first.partner = i;
      return;
    }
  }

  channel describe(std::size_t i) const {
    const candidate& c = found_[i];
    channel what;
    what.name = "gpu " + c.at.address;
    what.mechanism = "amdgpu";
    what.device = c.at.address;
    what.uuid = c.unique_id;
    what.part = component::gpu;
    what.wraps = c.first.narrow;
    what.range = c.first.narrow ? UINT32_MAX : 0;
    what.unit_numerator = gpu_metrics::unit_numerator;
    what.unit_denominator = gpu_metrics::unit_denominator;
    what.rated_watts = c.rated_watts;
    what.update_period_ns = 1'000'000;  // Linux asks a card's firmware once a millisecond (smu_cmn.c, 2024)
    what.low = 0.9, what.high = 1.1;
    what.accuracy = "computed by the card's firmware; AMD states no accuracy, the width is a guess";
    if (c.whole != none) {
      what.inside = found_[c.whole].at.address;
      what.why = missing::not_supported;
      add_note(what, "second GPU of a module: its energy is in that of " + what.inside);
    } else if (hwmon::contains_cpu({.fan = true, .mi300a = c.at.model == "0x74a0"})) {
      const auto node = detail::parse_number<unsigned>(word(c.at.device + "/numa_node"));
      what.inside = "socket" + std::to_string(node.value_or(0)) + "/package";
      what.has_cpu = true;
      add_note(what, "a processor with graphics: its energy contains the CPU's");
    }
    if (c.partner != none) add_note(what, "of both GPUs of its module");
    set_visibility(what, i);
    if (what.why) what.counted = false;
    return what;
  }
  /// Whose GPU it is. A module is counted if one of its two is this process's.
  void set_visibility(channel& c, std::size_t i) const {
    const std::size_t partner = found_[i].partner;
    if (is_hidden(i)) {
      c.counted = false;
      add_note(c, mine_.hidden[i]);
    } else if (partner != none && mine_.hidden[i].empty() != mine_.hidden[partner].empty()) {
      add_note(c, "whole module, of which one GPU is visible to this process");
    }
  }
  bool is_hidden(std::size_t i) const noexcept {
    const std::size_t partner = found_[i].partner;
    return !mine_.hidden[i].empty() && (partner == none || !mine_.hidden[partner].empty());
  }

  void finish() {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      candidate& c = found_[i];
      const std::string name = "gpu " + c.at.address;
      if (is_hidden(i))
        result_.hidden.push_back({c.at.address, mine_.hidden[i]});  // from its sensor chip, too
      if (c.whole == none && !c.counts() && c.first.why != missing::no_permission) {
        tell(name, reason(c), c.at.entry + ": " + explain(c));
        continue;
      }
      channel what = describe(i);
      std::string text = c.at.entry + ": ", remedy;
      if (c.whole == none && c.first.why) {
        what.why = c.first.why;
        what.counted = false;
        text += "gpu_metrics may not be read";
        remedy = "sudo chmod a+r " + c.reader.path();
      } else {
        text += c.whole == none ? "energy counter" + std::string(what.counted ? "" : "; shown, not counted")
                                : "no energy of its own";
        if (!what.note.empty()) text += ": " + what.note;
      }
      // Its sensor chip shows 0 W: that is a part of the module, too.
      if (c.whole != none) result_.contained.push_back({what.device, what.inside});
      tell(name, what.why, std::move(text), std::move(remedy));
      add(std::move(what), std::move(c.reader));
    }
  }
  static missing reason(const candidate& c) noexcept {
    if (!c.first.why || c.first.why == missing::not_present) return missing::not_supported;
    return *c.first.why;
  }
  static std::string explain(const candidate& c) {
    const std::string revision =
        "gpu_metrics " + std::to_string(c.first.format) + "." + std::to_string(c.first.content);
    std::string text;
    if (!c.first.why) text = revision + ", whose energy this card does not fill in";
    else if (c.first.why == missing::not_present) text = "no gpu_metrics: an older card or driver";
    else if (c.first.why == missing::lost) text = "gpu_metrics cannot be read now; the card may be asleep";
    else if (c.first.format == 0) text = "gpu_metrics is empty or broken";
    else if (c.first.why == missing::implausible)
      text = revision + " of " + std::to_string(c.first.size) + " bytes cannot be";
    else text = revision + " has no energy, or is not known";
    return text + "; left to its sensor chip";
  }

  const rocm_variables variables_;
  std::vector<candidate> found_{};
  rocm_visibility mine_{};
};

}  // namespace amdgpu

/// Looks for AMD GPUs with an energy counter in `where.sysfs`/class/drm. Reads each once. variables: for
/// tests; which GPUs are this process's.
inline detection detect_amdgpu(const places& where,
                               const rocm_variables& variables = rocm_variables::of_process()) {
  return amdgpu::detector(where, variables).run();
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
