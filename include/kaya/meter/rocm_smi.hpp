// SPDX-License-Identifier: MIT
// The mechanism "rocm_smi": energy of AMD GPUs through ROCm's management library, opened when the program
// runs, and only if there is a card that the driver's files (amdgpu.hpp) do not tell the energy of.
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
#include <kaya/meter/gpu/rocm_visible.hpp>
#include <kaya/meter/rocm_smi/abi.hpp>
#include <kaya/meter/rocm_smi/card.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace rocm_smi {

/// From the library to channels, in one pass.
class detector : card_finder<card> {
 public:
  detector(const places& where, std::span<const std::string> known, session& library,
           const rocm_variables& variables)
      : card_finder("rocm_smi", where), known_(known), library_(library), variables_(variables) {}

  detection run(std::initializer_list<const char*> names) {
    if (!has_unread_card(where_, amd_vendor, known_))
      tell(missing::not_present, "no AMD GPU that is not read already; library not opened");
    else if (start(names)) {
      open_cards();
      finish();
    }
    return std::move(result_);
  }

 private:
  bool start(std::initializer_list<const char*> names) {
    return open(library_, names, "librocm_smi64.so", [&](library_state s) {
      if (s == library_state::absent) return tell(missing::not_present, "no librocm_smi64.so");
      const status code = library_.error();
      const std::string text = "rsmi_init gives " + name_of(code);
      // It does so where the kernel shows no card.
      if (code == init_error) tell(missing::not_present, text + ": no AMD driver in the kernel");
      else tell(why_of(code), text);
    });
  }

  /// In the order of addresses, each once: partitions of a card share one.
  void open_cards() {
    std::uint32_t count = 0;
    if (const status s = library_.call.count(&count); s != success)
      return tell(why_of(s), "the number of GPUs cannot be had: " + name_of(s));
    if (count == 0) return tell(missing::not_present, "the library shows no GPU");
    if (count > 1024) return tell(missing::implausible, std::to_string(count) + " GPUs cannot be");
    std::vector<card> opened;
    for (std::uint32_t i = 0; i < count; ++i) {
      card c(library_, i);
      if (c.address().empty())
        tell("gpu-" + std::to_string(i), why_of(c.address_code()),
             "has no PCI address: " + name_of(c.address_code()));
      else opened.push_back(std::move(c));
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < opened.size(); ++i) {
      order.push_back(i);
      for (std::size_t k = i; k > 0 && opened[order[k]].address() < opened[order[k - 1]].address(); --k)
        std::swap(order[k], order[k - 1]);
    }
    for (const std::size_t i : order)
      if (cards_.empty() || cards_.back().address() != opened[i].address())
        cards_.push_back(std::move(opened[i]));
  }

  /// The second GPU of a MI250 or MI250X, whose energy is in that of the first (amdgpu.hpp has the sources).
  /// The library tells no number that the two share, so the second follows the first. Not verified on
  /// hardware.
  bool is_second(std::size_t i) const noexcept {
    const auto half = [](const card& c) { return c.model() == 0x7408 || c.model() == 0x740c; };
    return i > 0 && cards_[i].is_silent() && half(cards_[i]) && half(cards_[i - 1]) &&
           !cards_[i - 1].is_silent();
  }

  channel describe(std::size_t i) const {
    const card& gpu = cards_[i];
    channel c;
    c.name = "gpu " + gpu.address() + " (rocm_smi)";
    c.mechanism = "rocm_smi";
    c.device = gpu.address();
    c.uuid = gpu.unique_id();
    c.part = component::gpu;
    c.wraps = false;
    c.rated_watts = gpu.limit_watts();
    c.low = 0.9, c.high = 1.1;
    c.accuracy = "computed by the card's firmware; AMD states no accuracy, the width is a guess";
    if (is_second(i)) {
      c.inside = cards_[i - 1].address();
      c.why = missing::not_supported;
      add_note(c, "second GPU of a module: its energy is in that of " + c.inside);
    } else if (gpu.how() == card::way::counter) {
      c.unit_numerator = gpu.unit().numerator;
      c.unit_denominator = gpu.unit().denominator;
      c.update_period_ns = 1'000'000;  // Linux asks a card's firmware once a millisecond (smu_cmn.c, 2024)
    } else if (gpu.how() == card::way::power) {
      c.kind = reading_kind::power;
      c.how = provenance::integrated;
      c.low = 0.85, c.high = 1.15;
      c.accuracy += "; power between two readings is taken to change evenly";
      add_note(c, "no energy counter: power integrated");
    } else {
      c.why = gpu.refusal().why();
      add_note(c, "neither energy nor power can be read: " + gpu.refusal().text());
    }
    if (i + 1 < cards_.size() && is_second(i + 1)) add_note(c, "of both GPUs of its module");
    return c;
  }
  void finish() {
    std::vector<std::string> names;
    for (const card& c : cards_) names.push_back(c.unique_id().empty() ? "" : "GPU-" + c.unique_id());
    const rocm_visibility mine = rocm_visible(names, variables_);
    std::vector<channel> all;
    for (std::size_t i = 0; i < cards_.size(); ++i) all.push_back(describe(i));
    for (std::size_t i = 0; i < cards_.size(); ++i) {
      if (is_among(cards_[i].address(), known_)) continue;
      channel& c = all[i];
      // A module is counted if one of its two is this process's.
      const bool both = i + 1 < cards_.size() && is_second(i + 1);
      if (!mine.hidden[i].empty() && (!both || !mine.hidden[i + 1].empty())) {
        c.counted = false;
        add_note(c, mine.hidden[i]);
        result_.hidden.push_back({c.device, mine.hidden[i]});
      }
      if (c.why) c.counted = false;
      if (!c.inside.empty()) result_.contained.push_back({c.device, c.inside});
      std::string text = c.why ? "not read" : c.kind == reading_kind::counter ? "energy counter" : "power";
      if (!c.why && !c.counted) text += "; shown, not counted";
      if (!c.note.empty()) text += ": " + c.note;
      tell(c.name, c.why, text);
      add(std::move(c), std::move(cards_[i]));
    }
    if (added().empty() && !cards_.empty())
      tell(missing::not_present, "shows no GPU that is not read already");
  }

  const std::span<const std::string> known_;
  session& library_;
  const rocm_variables variables_;
  std::vector<card> cards_{};
};

}  // namespace rocm_smi

/// Looks for AMD GPUs whose address is not among the known ones. Opens the library only if
/// `where.sysfs`/class/drm shows such a card, or may not be listed, and the kernel has what the library
/// needs; then each GPU is read once. library, names, variables: for tests; the library stays open and
/// initialised for good.
inline detection detect_rocm_smi(const places& where, std::span<const std::string> known_addresses,
                                 rocm_smi::session& library = rocm_smi::session::shared(),
                                 std::initializer_list<const char*> names = rocm_smi::usual_names,
                                 const rocm_variables& variables = rocm_variables::of_process()) {
  return rocm_smi::detector(where, known_addresses, library, variables).run(names);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
