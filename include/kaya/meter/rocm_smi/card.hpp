// SPDX-License-Identifier: MIT
// One AMD GPU by the calls of ROCm's management library: what it is, by which of them its energy is known,
// and its reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <kaya/meter/amdgpu/gpu_metrics.hpp>
#include <kaya/meter/gpu/drm_cards.hpp>
#include <kaya/meter/reading/backed_counter.hpp>
#include <kaya/meter/rocm_smi/abi.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::rocm_smi {

/// The PCI address in an rsmi id: domain in bits 32 to 63, bus 8 to 15, device 3 to 7, function 0 to 2. Bits
/// 16 to 31 are reserved, or number a partition of the card.
inline std::string address_of(std::uint64_t id) {
  return pci_address(id >> 32, id >> 8 & 0xff, id >> 3 & 0x1f, id & 7);
}

/// A figure with the status that it came with.
struct figure {
  status code = not_supported;
  std::uint64_t value = 0;
  bool odd = false;  // it was given as good, and cannot be true

  explicit operator bool() const noexcept { return code == success && !odd; }
  missing why() const noexcept { return code == success ? missing::implausible : why_of(code); }
  std::string text() const { return odd ? "no figure that can be true" : name_of(code); }
};

/// Microjoules per count, as a fraction. The library says 15.3, but counts 2^-16 J (15.259: 0.27 % less), as
/// the driver's own words are: kgd_pp_interface.h, Linux 2024.
struct resolution {
  std::uint64_t numerator = 0, denominator = 1;  // 0: none that can be true
};
constexpr resolution resolution_of(float microjoules) noexcept {
  if (microjoules > 15.2F && microjoules < 15.4F)
    return {gpu_metrics::unit_numerator, gpu_metrics::unit_denominator};
  if (!(microjoules >= 0.01F && microjoules <= 1e6F)) return {};
  return {static_cast<std::uint64_t>(static_cast<double>(microjoules) * 1000 + 0.5), 1000};
}

/// A GPU by its number. The session must outlive it.
class card {
 public:
  enum class way { counter, power, none };

  card(session& library, std::uint32_t index) : library_(&library), index_(index) {
    const functions& call = library_->call;
    std::uint64_t id = 0;
    if ((id_code_ = call.pci(index_, &id)) == success) address_ = address_of(id);
    if (call.model && call.model(index_, &model_) != success) model_ = 0;
    std::uint64_t unique = 0;
    if (call.unique_id && call.unique_id(index_, &unique) == success && unique != 0 && unique != UINT64_MAX)
      unique_id_ = hexadecimal(unique, 16);
    std::uint64_t cap = 0;  // limits hold nonsense too: 1 W to 10 kW is taken to be one
    if (call.power_cap && call.power_cap(index_, 0, &cap) == success && cap >= 1'000'000 &&
        cap <= 10'000'000'000)
      limit_watts_ = static_cast<double>(cap) * 1e-6;
    probe();
  }

  const std::string& address() const noexcept { return address_; }
  const std::string& unique_id() const noexcept { return unique_id_; }
  /// Why there is no address.
  status address_code() const noexcept { return id_code_; }
  std::uint16_t model() const noexcept { return model_; }
  double limit_watts() const noexcept { return limit_watts_; }
  way how() const noexcept { return way_; }
  const resolution& unit() const noexcept { return unit_; }
  /// Of a card that no way was found for: what it answered.
  const figure& refusal() const noexcept { return refusal_; }
  /// It tells 0 or nothing, as the second GPU of a module does.
  bool is_silent() const noexcept { return silent_; }

  measurement read(std::int64_t now_ns) noexcept {
    if (!library_->usable()) return {.why = missing::lost};
    if (away_ && now_ns < retry_ns_) return {.why = why_};
    if (code_ == init_error) library_->call.init(0);  // somebody shut it down once too often
    const figure wanted = way_ == way::counter ? energy() : power();
    if (!wanted) return failed(wanted, now_ns);
    measurement result{.recovered = away_ && seen_};
    if (way_ == way::power) {
      result.watts = static_cast<double>(wanted.value) * 1e-6;
    } else {
      // Another call, so power is asked for only while the counter stands.
      std::optional<double> watts;
      if (standing_ || !seen_ || wanted.value == last_)
        if (const figure p = power()) watts = static_cast<double>(p.value) * 1e-6;
      const auto told = backed_.next(wanted.value, watts, now_ns);
      last_ = wanted.value;
      result.count = told.count;
      result.integrated = standing_ = told.integrated;
      // What integrated power adds to the range of the counter, as between the two in rocm_smi.hpp.
      if (standing_) result.low = 0.85 / 0.9, result.high = 1.15 / 1.1;
    }
    away_ = false;
    seen_ = true;
    code_ = success;
    return result;
  }

 private:
  void probe() {
    float microjoules = 0;
    const figure counted = energy(&microjoules), drawn = power();
    unit_ = resolution_of(microjoules);
    silent_ = (!counted || counted.value == 0) && !drawn;
    if (counted && unit_.numerator != 0) way_ = way::counter;
    else if (drawn) way_ = way::power;
    else refusal_ = drawn.code == not_supported ? counted : drawn;  // the one that says more
    if (way_ == way::counter)
      backed_ = backed_counter(limit_watts_,
                               static_cast<double>(unit_.numerator) / static_cast<double>(unit_.denominator));
  }

  figure energy(float* microjoules = nullptr) const noexcept {
    if (!library_->call.energy) return {};
    std::uint64_t count = 0, timestamp = 0;
    float each = 0;
    const status s = library_->call.energy(index_, &count, &each, &timestamp);
    if (microjoules != nullptr) *microjoules = each;
    return {s, count, s == success && count == UINT64_MAX};
  }
  /// The average; where a card has none (MI300), the power of the moment. No card that is on draws nothing,
  /// none of 2025 more than 10 kW.
  figure power() const noexcept {
    const functions& call = library_->call;
    figure result;
    for (const bool average : {true, false}) {
      if (average ? call.average_power == nullptr : call.socket_power == nullptr) continue;
      std::uint64_t uw = 0;
      const status s = average ? call.average_power(index_, 0, &uw) : call.socket_power(index_, &uw);
      const figure answer{s, uw, s == success && (uw == 0 || uw > 10'000'000'000)};
      if (answer) return answer;
      if (average || s != not_supported) result = answer;
    }
    return result;
  }

  /// What may pass is tried again after a second, what is busy at once.
  measurement failed(const figure& f, std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 1'000'000'000;
    backed_.skip();
    away_ = true;
    why_ = f.why();
    code_ = f.code;
    const bool passes = f.code == busy || f.code == interrupt || f.odd;
    retry_ns_ = passes || why_ != missing::lost ? now_ns : now_ns + patience_ns;
    return {.why = why_};
  }

  session* library_;
  std::uint32_t index_;
  std::string address_{}, unique_id_{};
  status id_code_ = success;
  std::uint16_t model_ = 0;
  double limit_watts_ = 0;  // 0: unknown
  way way_ = way::none;
  resolution unit_{};
  bool silent_ = false;
  figure refusal_{};
  backed_counter backed_{0, 1};
  std::uint64_t last_ = 0;
  bool standing_ = false;  // the counter did not move, and power stood in
  bool seen_ = false;      // it has answered
  bool away_ = false;      // it has failed since
  std::int64_t retry_ns_ = 0;
  std::optional<missing> why_{};
  status code_ = success;
};

}  // namespace meter::rocm_smi
}  // namespace v1
}  // namespace kaya
