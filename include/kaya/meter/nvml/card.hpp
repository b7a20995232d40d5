// SPDX-License-Identifier: MIT
// One NVIDIA GPU: what it is, by which of NVML's calls its energy is known, and its reading. Everything is
// probed by calling: what a driver answers depends on card, driver and container, not on the architecture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/os.hpp>
#include <kaya/meter/gpu/visible_devices.hpp>
#include <kaya/meter/nvml/abi.hpp>
#include <kaya/meter/nvml/figure.hpp>
#include <kaya/meter/reading/backed_counter.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace nvml {

/// The idle power that the model assumes, as a share of the limit; makers' cards idle at 5 (H100) to 25 %.
inline constexpr double idle_share = 0.2;

/// A GPU by its handle. The session must outlive it.
class card {
 public:
  enum class way { counter, power, module_power, model, none };

  card(session& library, unsigned index, device handle) : library_(&library), index_(index), handle_(handle) {
    const functions& call = library_->call;
    char text[128] = {};
    if (call.name && call.name(handle_, text, 96) == success) name_ = text;
    text[0] = '\0';
    if (call.uuid && call.uuid(handle_, text, 96) == success) uuid_ = text;
    pci_info info{};
    if (call.pci && call.pci(handle_, &info) == success) {
      info.id[sizeof info.id - 1] = '\0';
      address_ = pci_address(info.id);
    }
    list_instances();
    probe();
  }

  unsigned index() const noexcept { return index_; }
  const std::string& name() const noexcept { return name_; }
  const std::string& uuid() const noexcept { return uuid_; }
  const std::string& address() const noexcept { return address_; }
  bool in_mig_mode() const noexcept { return mig_; }
  const std::vector<mig_instance>& instances() const noexcept { return instances_; }
  way how() const noexcept { return way_; }
  double limit_watts() const noexcept { return limit_watts_; }
  /// Of a card that no way was found for: what it answered to the call for energy or power.
  const figure& refusal() const noexcept { return refusal_; }
  /// The power comes as an average over a second, not as of the moment.
  bool power_by_call() const noexcept { return !power_field_; }
  /// Part of a system on a chip (Jetson): its driver answers NOT_SUPPORTED to some calls, nonsense to others.
  bool on_a_chip() const noexcept { return name_.find("nvgpu") != name_.npos; }

  /// What these processes had of the GPU in the last second that the driver has samples of; nothing once it
  /// has had no new one for a second and a half, so for as long a process that has ended may still seem to
  /// work. In a container of its own pid numbers they are not found among those that the driver tells, and
  /// not with MIG.
  std::optional<device_use> use_by(std::span<const unsigned> pids,
                                   std::int64_t now_ns = detail::os::monotonic_ns()) noexcept {
    constexpr std::uint64_t window_us = 1'000'000;
    constexpr std::int64_t lasts_ns = 1'500'000'000;  // drivers sample 1 to 6 times a second
    if (!library_->call.process_utilization || away_ || !library_->usable()) return std::nullopt;
    process_sample samples[100];  // as many as the driver keeps, about
    unsigned n = 100;
    // Asked for from a second before the newest on: whoever asks, none is consumed.
    const std::uint64_t since_us = newest_us_ > window_us ? newest_us_ - window_us : 0;
    const status s = library_->call.process_utilization(handle_, samples, &n, since_us);
    if (s == not_found) return device_use{};  // nothing since
    if (s != success || n > 100) return std::nullopt;
    // Some slots stay empty.
    const auto is_sample = [](const process_sample& one) { return one.time_us > 0 && one.sm <= 100; };
    for (unsigned i = 0; i < n; ++i)
      if (is_sample(samples[i]) && samples[i].time_us > newest_us_)
        newest_us_ = samples[i].time_us, new_since_ns_ = now_ns;
    device_use result;
    if (now_ns - new_since_ns_ >= lasts_ns) return result;
    for (unsigned i = 0; i < n; ++i) {
      const process_sample& one = samples[i];
      if (!is_sample(one) || newest_us_ - one.time_us >= window_us) continue;
      result.all += one.sm;
      for (const unsigned pid : pids) result.own += pid == one.pid ? one.sm : 0;
    }
    return result;
  }

  /// The power beside the counter.
  std::optional<double> power() const noexcept {
    if (way_ != way::counter || away_ || !library_->usable()) return std::nullopt;
    figure energy, power;
    if (power_field_) ask(energy, power);
    else power = power_by_call_of(handle_);
    return power ? std::optional(watts(power)) : std::nullopt;
  }

  measurement read(std::int64_t now_ns) noexcept {
    if (!library_->usable()) return {.why = missing::lost};
    if (away_ && now_ns < retry_ns_) return {.why = why_};
    if (renew_ && !renew_handle()) return failed({why_code_}, now_ns);
    figure energy, power;
    if (way_ == way::model) power = load();
    else ask(energy, power);
    const figure& wanted = way_ == way::counter ? energy : power;
    if (!wanted) return failed(wanted, now_ns);
    measurement result{.recovered = away_ && seen_};
    away_ = false;
    seen_ = true;
    if (way_ == way::counter) {
      last_ = energy.value;
      const auto told =
          backed_.next(energy.value, power ? std::optional(watts(power)) : std::nullopt, now_ns);
      result.count = told.count;
      result.integrated = standing_ = told.integrated;
      // What integrated power adds to the range of a counter, as between the two in channel.hpp.
      if (standing_) result.low = 0.85 / 0.9, result.high = 1.15 / 1.1;
    } else if (way_ == way::model) {
      result.watts = limit_watts_ * (idle_share + (1 - idle_share) * static_cast<double>(power.value) / 100);
    } else {
      result.watts = watts(power);
    }
    return result;
  }

 private:
  static double watts(const figure& milliwatts) noexcept {
    return static_cast<double>(milliwatts.value) * 1e-3;
  }

  void list_instances() {
    const functions& call = library_->call;
    unsigned current = 0, pending = 0, most = 0;
    mig_ = call.mig_mode && call.mig_mode(handle_, &current, &pending) == success && current == 1;
    if (!mig_ || !call.mig_count || !call.mig_by_index || call.mig_count(handle_, &most) != success) return;
    for (unsigned i = 0; i < most && i < 64; ++i) {  // 7 on an H100; more than 64 is no answer
      device part = nullptr;
      if (call.mig_by_index(handle_, i, &part) != success) continue;
      mig_instance& m = instances_.emplace_back();
      char text[128] = {};
      if (call.uuid && call.uuid(part, text, 96) == success) m.uuid = text;
      if (call.gpu_instance) call.gpu_instance(part, &m.gpu_instance);
      if (call.compute_instance) call.compute_instance(part, &m.compute_instance);
    }
  }

  void probe() {
    const functions& call = library_->call;
    if (on_a_chip()) return;
    for (const auto limit : {call.enforced_limit, call.default_limit}) {
      unsigned milliwatts = 0;
      if (limit_watts_ > 0 || !limit) continue;
      const status s = limit(handle_, &milliwatts);
      if (const figure f = power_figure(s, milliwatts)) limit_watts_ = watts(f);
    }
    figure energy, power;
    energy_field_ = power_field_ = call.fields != nullptr;
    if (call.fields) ask(energy, power);
    power_field_ = power_field_ && power;
    // The field counts if it tells what the call tells: both in the time of a slow first call.
    const figure called = energy_by_call();
    energy_field_ =
        energy && (called.code == function_not_found ||
                   (called && energy.value <= called.value && called.value - energy.value < 10'000'000));
    if (!power_field_) power = power_by_call_of(handle_);
    if (energy_field_ || called) way_ = way::counter;
    else if (power) way_ = way::power;
    else refusal_ = power.why() == missing::not_supported ? called : power;  // the one that says more
    backed_ = backed_counter(limit_watts_, 1000);
    if (way_ != way::none) return;
    // Grace Hopper may know the power of the whole module only. Not verified on hardware.
    scope_ = module_scope;
    power_field_ = call.fields != nullptr;
    if (call.fields) ask(energy, power);
    if (call.fields && power) way_ = way::module_power;
    else if (limit_watts_ > 0 && load()) way_ = way::model;
  }

  figure energy_by_call() const noexcept {
    unsigned long long millijoules = 0;
    if (!library_->call.energy) return {function_not_found};
    const status s = library_->call.energy(handle_, &millijoules);
    return energy_figure(s, millijoules);
  }
  figure power_by_call_of(device handle) const noexcept {
    unsigned milliwatts = 0;
    if (!library_->call.power) return {function_not_found};
    const status s = library_->call.power(handle, &milliwatts);
    return power_figure(s, milliwatts);
  }
  figure load() const noexcept {
    utilization percent{};
    if (!library_->call.utilization_rates) return {function_not_found};
    const status s = library_->call.utilization_rates(handle_, &percent);
    return {s, percent.gpu, s == success && percent.gpu > 100};
  }

  /// One trip to the driver for what it gives as fields. Where power is a call of its own, a counter that
  /// moves does without it.
  void ask(figure& energy, figure& power) const noexcept {
    field_value asked[2];
    int n = 0;
    const bool wants_energy = energy_field_ && scope_ == gpu_scope;
    if (wants_energy) asked[n++].field = energy_field;
    if (power_field_) {
      asked[n].field = instant_field;
      asked[n++].scope = scope_;
    }
    if (n > 0) {
      const status s = library_->call.fields(handle_, n, asked);
      for (field_value& f : asked)
        if (s != success) f.result = s;
      if (wants_energy) energy = field_figure(asked[0], energy_figure);
      if (power_field_) power = field_figure(asked[n - 1], power_figure);
    }
    if (way_ == way::counter && !energy_field_) energy = energy_by_call();
    if (way_ == way::power && !power_field_) power = power_by_call_of(handle_);
    if (way_ == way::counter && !power_field_ && energy && (energy.value == last_ || standing_))
      power = power_by_call_of(handle_);
  }

  /// A GPU that was lost or reset has a new handle, if any.
  bool renew_handle() noexcept {
    const functions& call = library_->call;
    if (why_code_ == uninitialized) call.init();  // somebody shut it down once too often
    device fresh = nullptr;
    status s = function_not_found;
    if (call.by_uuid && !uuid_.empty()) s = call.by_uuid(uuid_.c_str(), &fresh);
    if (s != success && call.by_pci && !address_.empty()) s = call.by_pci(address_.c_str(), &fresh);
    // Numbers shift when a GPU goes, so they are for a card that has no other name.
    if (uuid_.empty() && address_.empty()) s = call.by_index(index_, &fresh);
    if (s != success || fresh == nullptr) return false;
    handle_ = fresh;
    renew_ = false;
    return true;
  }

  measurement failed(const figure& f, std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 1'000'000'000;
    backed_.skip();
    away_ = true;
    why_ = f.why();
    why_code_ = f.code;
    renew_ = renew_ || is_gone(f.code);
    retry_ns_ = renew_ ? now_ns + patience_ns : now_ns;  // other failures may pass; nothing is gone
    return {.why = why_};
  }

  session* library_;
  unsigned index_;
  device handle_;
  std::string name_{}, uuid_{}, address_{};
  bool mig_ = false;
  std::vector<mig_instance> instances_{};
  way way_ = way::none;
  double limit_watts_ = 0;  // 0: unknown
  bool energy_field_ = false, power_field_ = false;
  std::uint32_t scope_ = gpu_scope;
  figure refusal_{};
  backed_counter backed_{0, 1000};
  std::uint64_t last_ = 0;  // count
  bool standing_ = false;   // the counter did not move, and power stood in
  bool seen_ = false;       // it has answered
  bool away_ = false;       // it has failed since
  bool renew_ = false;      // its handle is of no more use
  std::int64_t retry_ns_ = 0;
  std::uint64_t newest_us_ = 0;    // sample of processes, by the driver's clock
  std::int64_t new_since_ns_ = 0;  // when it was first seen
  std::optional<missing> why_{};
  status why_code_ = success;
};

}  // namespace nvml
}  // namespace meter
}  // namespace v1
}  // namespace kaya
