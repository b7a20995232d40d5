// SPDX-License-Identifier: MIT
// All meters of this machine: finds the mechanisms, decides which channels make up the total so that nothing
// is counted twice, and explains what it found. A new mechanism is one more line in detect().
#pragma once

#include <cerrno>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kaya/config_error.hpp>
#include <kaya/detail/files.hpp>
#include <kaya/detail/handle.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/amdgpu.hpp>
#include <kaya/meter/attribution.hpp>
#include <kaya/meter/cray.hpp>
#include <kaya/meter/explain.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/hwmon.hpp>
#include <kaya/meter/level_zero.hpp>
#include <kaya/meter/model.hpp>
#include <kaya/meter/nvml.hpp>
#include <kaya/meter/overlap.hpp>
#include <kaya/meter/perf_event.hpp>
#include <kaya/meter/power_supply.hpp>
#include <kaya/meter/powercap.hpp>
#include <kaya/meter/rocm_smi.hpp>
#include <kaya/meter/self_check.hpp>
#include <kaya/meter/source.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

using meter_source = source;

/// How to look for meters. Every member has a default.
struct machine_options {
  /// Roots of sysfs and procfs, existing directories. Empty: KAYA_SYSFS and KAYA_PROCFS, then /sys and /proc.
  std::string sysfs{}, procfs{};
  /// Look for GPUs. false: those that are there are named, so that reports say what they lack.
  bool gpus = true;
  /// Count the platform domain in place of packages and DRAM, where it can be believed.
  bool prefer_psys = false;
  /// Thermal design power of all CPUs together, above 0 W, at most 10 kW; for where no CPU energy can be
  /// read.
  std::optional<watts> cpu_tdp{};
  /// What all CPUs together draw idle and at full load, as measured: two points that calibrate their model,
  /// or one. Above 0 W, at most 10 kW, idle below full.
  std::optional<watts> cpu_idle{}, cpu_full{};
  /// Through which files; must outlive the machine and its trackers. nullptr: the real ones.
  detail::file_system* files = nullptr;
  /// The system call perf_event_open; nullptr: the kernel's.
  const perf_calls* perf = nullptr;
  /// Look at the counters for half a second: how often they move, and whether they agree with the device's
  /// power. What is found stands in the channels.
  bool self_check = false;
};

/// A copyable handle: copies share the meters. A tracker takes the channels when it is built; what is added
/// later counts for trackers built afterwards.
class machine {
 public:
  machine(const machine&) = default;  // and no move: no machine is ever without its state
  machine& operator=(const machine&) = default;

  /// Finds all that can be read. Throws config_error for an option or variable that cannot be; a meter that
  /// is missing, forbidden or broken is a finding in explain(), never an error.
  static machine detect(const machine_options& options = {}) {
    const places at = where(options);
    const model::cpu_calibration given = calibration(options);
    machine m(at);
    // The PMU is asked for the zones that powercap names, and preferred to them.
    detection zones = detect_powercap(at, options.prefer_psys);
    m.take(detect_perf_event(at, zones.meter ? zones.meter->channels() : std::span<const channel>(),
                             options.perf != nullptr ? *options.perf : perf_calls::real()),
           origin::found);
    m.take(static_cast<detection&&>(zones), origin::found);
    if (options.gpus) m.take(detect_nvml(at), origin::found);
    if (options.gpus) m.take(detect_amdgpu(at), origin::found);
    m.take(detect_hwmon(at), origin::found);
    if (options.gpus) {  // only for cards that the kernel does not show
      m.take(detect_rocm_smi(at, m.devices_of("amdgpu")), origin::found);
      m.take(detect_level_zero(at, m.devices_of("hwmon")), origin::found);
    }
    m.take(detect_cray(at, m.host(), m.gpu_addresses()), origin::found);
    m.take(detect_batteries(at), origin::found);
    if (!options.gpus) m.switch_gpus_off();
    m.note_gpus(options.gpus);
    m.place_gpus_on_modules();
    m.resolve();
    // Only what nothing else meters is modelled.
    const model::rating cpus = model::rate_cpu(at, m.host(), given);
    m.state_->idle_watts = cpus.curve.idle.value;
    if (!m.counts(component::cpu)) m.take(detect_cpu_model(at, m.host(), cpus), origin::model);
    if (!m.counts(component::memory)) m.take(detect_memory_model(at, m.host()), origin::model);
    m.resolve();
    if (options.self_check) m.check_counters();
    return m;
  }

  /// The channels that count towards the total. Valid until the next add().
  std::span<const channel> channels() const noexcept { return state_->counted; }
  /// Also those that are only shown, and those that cannot be read, with the reason.
  std::span<const channel> all_channels() const noexcept { return state_->all; }
  /// The same with where to read each, as of now: what a tracker takes. Without those whose device another
  /// source reads.
  std::vector<bound_channel> bound_channels() const {
    const detail::os::locked hold(*reads());
    std::vector<bound_channel> result;
    for (std::size_t i = 0; i < state_->bound.size(); ++i)
      if (state_->bound[i].meter || !state_->meters[i]) result.push_back(state_->bound[i]);
    return result;
  }
  /// The sources one by one, and what is known of the machine.
  std::size_t source_count() const noexcept { return state_->sources.size(); }
  source& source_at(std::size_t i) const noexcept { return *state_->sources[i]; }
  const meter::host& host() const noexcept { return state_->about; }
  const places& where() const noexcept { return state_->where; }
  /// What all CPUs together are taken to draw idle: machine_options::cpu_idle, else by what is known of them.
  watts idle_power() const noexcept { return watts(state_->idle_watts); }
  const std::vector<finding>& findings() const noexcept { return state_->findings; }

  /// Every mechanism tried: used, or why not and the command that would make it readable; then every channel
  /// with what it assumes. Plain text of at most 100 columns, commands aside.
  std::string explain() const { return explain_machine(state_->about, state_->findings, state_->bound); }

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
    explicit state(const places& at) : where(at), about(read_host(at)) {}

    const places where;
    meter::host about;
    double idle_watts = 0;
    std::vector<finding> findings;
    std::vector<detail::handle<source>> sources;
    std::vector<claim> stated;                   // all channels, as their sources say
    std::vector<detail::handle<source>> meters;  // of each
    std::vector<containment> contained;
    std::vector<hidden_device> hidden;
    std::vector<bound_channel> bound;  // what was decided
    std::vector<channel> counted, all;
    detail::handle<read_lock> reads{new read_lock};
  };

  explicit machine(const places& at) : state_(new state(at)) {}

  static std::string root(detail::file_system& files, const std::string& given, const char* field,
                          const char* variable, const char* otherwise) {
    const char* const environment = detail::os::env(variable);
    std::string path = !given.empty() ? given : environment != nullptr ? environment : otherwise;
    const bool stated = !given.empty() || environment != nullptr;
    std::vector<std::string> names;
    if (const int error = stated ? files.list(path.c_str(), names) : 0; error == -ENOENT || error == -ENOTDIR)
      throw config_error(!given.empty() ? field : variable, "\"" + path + "\"", "an existing directory");
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  static places where(const machine_options& o) {
    detail::file_system& files = o.files != nullptr ? *o.files : detail::file_system::real();
    return {root(files, o.sysfs, "sysfs", "KAYA_SYSFS", "/sys"),
            root(files, o.procfs, "procfs", "KAYA_PROCFS", "/proc"), &files};
  }
  static std::optional<double> checked(const char* field, std::optional<watts> given, double above,
                                       std::string_view above_what) {
    if (!given || (given->count() > above && given->count() <= 10'000))
      return given ? std::optional(given->count()) : std::nullopt;
    throw config_error(field, model::plain(given->count()) + " W",
                       "more than " + std::string(above_what) + model::plain(above) + " W, at most 10 kW");
  }
  static model::cpu_calibration calibration(const machine_options& o) {
    model::cpu_calibration c;
    c.tdp = checked("cpu_tdp", o.cpu_tdp, 0, "");
    c.idle = checked("cpu_idle", o.cpu_idle, 0, "");
    c.full = checked("cpu_full", o.cpu_full, c.idle.value_or(0), c.idle ? "cpu_idle, " : "");
    return c;
  }

  bool counts(component part) const noexcept {
    for (const channel& c : state_->counted)
      if (covers(c, part)) return true;
    return false;
  }

  void take(detection found, origin from) {
    for (finding& f : found.findings) state_->findings.push_back(static_cast<finding&&>(f));
    for (hidden_device& h : found.hidden) state_->hidden.push_back(static_cast<hidden_device&&>(h));
    for (containment& c : found.contained) state_->contained.push_back(static_cast<containment&&>(c));
    if (!found.meter) return;
    state_->sources.push_back(found.meter);
    const std::span<const channel> channels = found.meter->channels();
    for (std::size_t i = 0; i < channels.size(); ++i) enter(channels[i], found.meter, i, from);
  }
  /// A channel that is known, in a machine where every name is its own.
  void enter(channel c, const detail::handle<source>& meter, std::size_t index, origin from) {
    if (c.name.empty()) c.name = c.mechanism.empty() ? "channel" : c.mechanism;
    const std::string name = c.name;
    if (is_taken(c.name) && !c.mechanism.empty()) c.name = name + " (" + c.mechanism + ")";
    for (int n = 2; is_taken(c.name); ++n) c.name = name + " (" + std::to_string(n) + ")";
    state_->bound.push_back({c, meter, index});
    state_->stated.push_back({static_cast<channel&&>(c), from, meter.get()});
    state_->meters.push_back(meter);
  }
  bool is_taken(std::string_view name) const noexcept {
    for (const bound_channel& b : state_->bound)
      if (b.what.name == name) return true;
    return false;
  }

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
    take({meter, {f}}, origin::user);
    resolve();
  }

  void check_counters() {
    std::vector<bound_channel> channels = state_->bound;
    for (finding& f : self_check(channels)) state_->findings.push_back(static_cast<finding&&>(f));
    for (std::size_t i = 0; i < channels.size(); ++i) {  // into what the sources say, for later decisions
      channel& c = state_->stated[i].what;
      const channel& seen = channels[i].what;
      if (seen.note != state_->bound[i].what.note) c.note = seen.note;
      c.update_period_ns = seen.update_period_ns, c.low = seen.low, c.high = seen.high;
    }
    resolve();
  }
  void switch_gpus_off() {
    for (claim& c : state_->stated)
      if (c.what.part == component::gpu && !c.what.why) {
        c.what.why = missing::disabled;
        c.what.counted = false;
      }
  }
  /// Whose energy a mechanism tells, be it in that of another.
  std::vector<std::string> devices_of(std::string_view mechanism) const {
    std::vector<std::string> result;
    for (const claim& c : state_->stated)
      if (c.what.mechanism == mechanism && (!c.what.why || !c.what.inside.empty()))
        result.push_back(c.what.device);
    return result;
  }
  /// Of the GPUs that Linux shows, in order; of those that mechanisms show, if it shows none.
  std::vector<std::string> gpu_addresses() const {
    std::vector<std::string> result;
    for (const gpu_device& gpu : state_->about.gpus) add_sorted(result, gpu.address);
    if (result.empty())
      for (const claim& c : state_->stated)
        if (c.what.part == component::gpu && !c.what.device.starts_with("socket"))
          add_sorted(result, c.what.device);
    return result;
  }
  static void add_sorted(std::vector<std::string>& list, const std::string& text) {
    std::size_t at = list.size();
    while (at > 0 && text < list[at - 1]) --at;
    if (at == 0 || list[at - 1] != text) list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), text);
  }
  /// NVIDIA's GPUs beside meters of modules (Grace) are on these, in the order of their addresses.
  void place_gpus_on_modules() {
    std::vector<std::string> modules, gpus;
    for (const claim& c : state_->stated)
      if (c.what.part == component::platform && c.what.device.ends_with("/module"))
        add_sorted(modules, c.what.device);
    for (const gpu_device& gpu : state_->about.gpus)
      if (gpu.vendor == "NVIDIA") add_sorted(gpus, gpu.address);
    if (modules.empty() || gpus.size() % modules.size() != 0) return;
    for (std::size_t i = 0; i < gpus.size(); ++i)
      state_->contained.push_back({gpus[i], modules[i * modules.size() / gpus.size()]});
  }

  /// Cards that are there, but that no mechanism knows: so that reports say what they lack.
  void note_gpus(bool wanted) {
    const missing why = wanted ? missing::not_supported : missing::disabled;
    std::string lacking;
    for (const gpu_device& gpu : state_->about.gpus) {
      bool known = false;
      for (const claim& c : state_->stated) known = known || c.what.device == gpu.address;
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
    if (!wanted)
      state_->findings.push_back(
          {.mechanism = "gpu", .why = why, .text = "switched off by machine_options::gpus"});
    else if (!lacking.empty())
      state_->findings.push_back(
          {.mechanism = "gpu", .why = why, .text = "without a meter, not in the total: " + lacking});
  }

  /// Why a device is not this process's; nullptr: it is. A card of several GPUs is hidden if all these are.
  const std::string* why_hidden(const channel& c) const noexcept {
    const auto find = [&](std::string_view device) -> const std::string* {
      for (const hidden_device& h : state_->hidden)
        if (h.device == device) return &h.why;
      return nullptr;
    };
    const std::string* why = find(c.device);
    if (why != nullptr || c.part != component::gpu) return why;
    for (const containment& fact : state_->contained)
      if (fact.inside == c.device && (why = find(fact.device)) == nullptr) return nullptr;
    return why;
  }

  /// Decides from what the sources say what counts.
  void resolve() {
    state& s = *state_;
    std::vector<claim> claims = s.stated;
    for (claim& c : claims)
      if (const std::string* why = c.from == origin::found && c.what.counted ? why_hidden(c.what) : nullptr) {
        c.what.counted = false;
        c.what.note += (c.what.note.empty() ? "" : "; ") + *why;
      }
    overlap(claims, s.contained).decide();
    s.all.clear();
    s.counted.clear();
    for (std::size_t i = 0; i < claims.size(); ++i) {
      s.bound[i].what = claims[i].what;
      s.bound[i].meter = claims[i].read ? s.meters[i] : detail::handle<source>();
      s.all.push_back(claims[i].what);
      if (claims[i].what.counted) s.counted.push_back(static_cast<channel&&>(claims[i].what));
    }
  }

  detail::handle<state> state_;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
