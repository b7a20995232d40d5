// SPDX-License-Identifier: MIT
// All meters of this machine: finds the mechanisms, decides which channels make up the total so that nothing
// is counted twice, and explains what it found. A new mechanism is one more line in detect().
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/config_error.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/amdgpu.hpp>
#include <kaya/meter/cray.hpp>
#include <kaya/meter/explain.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/hwmon.hpp>
#include <kaya/meter/inventory.hpp>
#include <kaya/meter/level_zero.hpp>
#include <kaya/meter/machine_options.hpp>
#include <kaya/meter/model.hpp>
#include <kaya/meter/nvml.hpp>
#include <kaya/meter/perf_event.hpp>
#include <kaya/meter/power_supply.hpp>
#include <kaya/meter/powercap.hpp>
#include <kaya/meter/rocm_smi.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

using meter_source = source;

/// A copyable handle: copies share the meters. A tracker takes the channels when it is built; what is added
/// later counts for trackers built afterwards.
class machine {
 public:
  machine(const machine&) = default;  // and no move: no machine is ever without its state
  machine& operator=(const machine&) = default;

  /// Finds all that can be read. Throws config_error for an option or variable that cannot be; a meter that
  /// is missing, forbidden or broken is a finding in explain(), never an error.
  static machine detect(const machine_options& options = {}) {
    const places at = where_to_look(options);
    const model::cpu_calibration given = calibration_of(options);
    machine m(at);
    inventory& all = m.state_->found;
    // The PMU is asked for the zones that powercap names, and preferred to them.
    detection zones = detect_powercap(at, options.prefer_psys);
    all.take(detect_perf_event(at, zones.meter ? zones.meter->channels() : std::span<const channel>(),
                               options.perf != nullptr ? *options.perf : perf_calls::real()),
             origin::found);
    all.take(static_cast<detection&&>(zones), origin::found);
    if (options.gpus) all.take(detect_nvml(at), origin::found);
    if (options.gpus) all.take(detect_amdgpu(at), origin::found);
    all.take(detect_hwmon(at), origin::found);
    if (options.gpus) {  // only for cards that the kernel does not show
      const std::vector<std::string> told = all.devices_told_of();
      all.take(detect_rocm_smi(at, told), origin::found);
      all.take(detect_level_zero(at, told), origin::found);
    }
    all.take(detect_cray(at, m.host(), all.gpu_addresses()), origin::found);
    all.take(detect_batteries(at), origin::found);
    if (!options.gpus) all.switch_gpus_off();
    all.note_gpus(options.gpus);
    all.place_gpus_on_modules();
    all.resolve();
    // Only what nothing else meters is modelled.
    const model::rating cpus = model::rate_cpu(at, m.host(), given);
    m.state_->idle_watts = cpus.curve.idle.value;
    if (!all.counts(component::cpu)) all.take(detect_cpu_model(at, m.host(), cpus), origin::model);
    if (!all.counts(component::memory)) all.take(detect_memory_model(at, m.host()), origin::model);
    all.resolve();
    if (options.self_check) all.check_counters();
    return m;
  }

  /// The channels that count towards the total. Valid until the next add().
  std::span<const channel> channels() const noexcept { return state_->found.counted(); }
  /// Also those that are only shown, and those that cannot be read, with the reason.
  std::span<const channel> all_channels() const noexcept { return state_->found.all(); }
  /// The same with where to read each, as of now: what a tracker takes. Without those whose device another
  /// source reads.
  std::vector<bound_channel> bound_channels() const {
    const detail::os::locked hold(*reads());
    return state_->found.to_be_read();
  }
  /// The sources one by one, and what is known of the machine.
  std::size_t source_count() const noexcept { return state_->found.sources().size(); }
  source& source_at(std::size_t i) const noexcept { return *state_->found.sources()[i]; }
  const meter::host& host() const noexcept { return state_->about; }
  const places& where() const noexcept { return state_->where; }
  /// What all CPUs together are taken to draw idle: machine_options::cpu_idle, else by what is known of them.
  watts idle_power() const noexcept { return watts(state_->idle_watts); }
  const std::vector<finding>& findings() const noexcept { return state_->found.findings(); }

  /// Every mechanism tried: used, or why not and the command that would make it readable; then every channel
  /// with what it assumes. Plain text of at most 100 columns, commands aside.
  std::string explain() const { return explain_machine(state_->about, findings(), state_->found.bound()); }

  /// To be held around each round of reads.
  const detail::handle<read_lock>& reads() const noexcept { return state_->reads; }

  /// Adds a mechanism of the user's own (a PDU, a BMC, a simulator): a std::unique_ptr to a class derived
  /// from meter_source, made with plain new; or such an object itself, if it can be moved.
  ///
  /// Its channels count as it says with `counted`, and make others give way (overlap.hpp has the rules): the
  /// built-in model of a component gives way to a channel of that component; everything that kaya found by
  /// itself gives way to a channel of component platform, which is taken to contain it (use component other
  /// for what stands beside it); a channel gives way to one whose device its `inside` names, and to one of
  /// another source with the same device that is known better or came earlier. Not while another thread uses
  /// channels() or all_channels().
  template <class Owner>
  void add(Owner owner) {
    if constexpr (requires(source * s) { s = owner.release(); }) {
      add_user(detail::handle<source>(owner.release()));
    } else {
      static_assert(std::derived_from<Owner, source> && std::move_constructible<Owner>,
                    "kaya: machine::add takes a std::unique_ptr to a class derived from "
                    "kaya::meter::source, or a movable object of such a class");
      add_user(detail::handle<source>(new Owner(static_cast<Owner&&>(owner))));
    }
  }
  template <std::derived_from<source> S>
  void add(detail::handle<S> shared) {
    add_user(detail::handle<source>(shared.get()));
  }

 private:
  struct state : detail::counted {
    explicit state(const places& at) : where(at), about(read_host(at)), found(about.gpus) {}

    const places where;
    const meter::host about;
    inventory found;
    double idle_watts = 0;
    detail::handle<read_lock> reads{new read_lock};
  };

  explicit machine(const places& at) : state_(new state(at)) {}

  void add_user(detail::handle<source> meter) {
    if (meter)
      for (const channel& c : meter->channels())
        if (c.unit_denominator == 0) throw config_error("unit_denominator of " + c.name, "0", "1 or more");
    const detail::os::locked hold(*reads());
    finding f{.mechanism = "added", .used = static_cast<bool>(meter)};
    if (!meter) f.text = "an owner of nothing was added";
    else if (meter->channels().empty()) f.text = "a source without channels";
    else
      for (const channel& c : meter->channels()) f.text += (f.text.empty() ? "" : ", ") + c.name;
    state_->found.take({meter, {f}}, origin::user);
    state_->found.resolve();
  }

  detail::handle<state> state_;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
