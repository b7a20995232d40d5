// SPDX-License-Identifier: MIT
// What of the machine's energy is this process's, or its control group's: meters that read the machine's and
// pass on a share. The dynamic part (what is drawn beyond idle) is shared by CPU time, the idle part by the
// CPUs that the process may use, as resources are shared in ISO/IEC 21031 (SCI). Threads of a core, boost and
// vector units make CPU time a rough measure of energy, so what comes out is modelled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/attribution.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/load/busy_share.hpp>
#include <kaya/meter/load/cpu_time.hpp>
#include <kaya/meter/load/process_load.hpp>
#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/reading/energy_reader.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {

namespace meter {
namespace sharing {

/// One of the machine's channels, on its way to be shared.
struct shared_channel {
  explicit shared_channel(const bound_channel& b) : inner(b), energy(b.what) {}

  bound_channel inner;
  energy_reader energy;
  std::optional<double> idle_watts{};
  bool by_use = false;       // a GPU that tells who works on it
  bool is_known = false;     // this process has been seen there
  device_use use{};          // lately
  bool learns_idle = false;  // the least power seen over a second is taken as idle
  double span_uj = 0, span_ns = 0;
  measurement machine{};  // what the machine's meter said in this round
  measurement shares{};   // what that makes of both shares, but for their counts
  double dynamic_uj = 0, idle_uj = 0;
  std::optional<std::int64_t> since_ns{};  // of the last energy that is known
};

/// Each channel of the machine as up to three: itself, shown; the dynamic part's share; the idle part's
/// share.
class share_source final : public source {
 public:
  /// own: the group's file of CPU time; empty: this process's.
  share_source(const places& at, std::optional<load::time_file> own, double reserved)
      : machine_(*at.files, load::time_file::format::stat, at.procfs + "/stat"),
        group_(static_cast<std::optional<load::time_file>&&>(own)),
        process_(*at.files, at.procfs),
        reserved_(reserved) {}

  /// idle_watts: what of its power is drawn whatever the CPUs do; empty: all of it.
  /// by_use: it is a GPU that tells who works on it; while nobody does, its power is the process's, too.
  /// learns_idle: idle is the least power seen over a second.
  void add(const bound_channel& b, std::optional<double> idle_watts, const std::string& whose,
           bool by_use = false, bool learns_idle = false) {
    const std::size_t from = shared_.size();
    shared_.emplace_back(b).idle_watts = idle_watts;
    shared_.back().by_use = by_use, shared_.back().learns_idle = learns_idle;
    channel whole = b.what;
    whole.counted = false;
    whole.note += (whole.note.empty() ? "" : "; ") + std::string("the whole machine's");
    offer(std::move(whole), from, part::whole);

    channel c = b.what;
    c.inside = b.what.device;
    c.kind = reading_kind::counter;
    c.range = 0, c.wraps = false;
    c.unit_numerator = c.unit_denominator = 1;
    if (c.how < provenance::modelled) c.how = provenance::modelled;
    c.low *= 0.6, c.high *= 1.5;
    c.accuracy = "shared out: threads of a core, boost and vector units can make it wrong by half" +
                 (c.accuracy.empty() ? "" : "; " + c.accuracy);
    const std::string reserved = model::plain(100 * reserved_) + " %, the CPUs that this process may use";
    if (idle_watts || by_use || learns_idle) {
      channel dynamic = c;
      dynamic.name += " (" + whose + ")";
      dynamic.device += "/" + whose;
      dynamic.note = by_use ? "while processes work on it, by share of their use"
                            : "what is drawn beyond idle, by share of CPU time";
      offer(std::move(dynamic), from, part::dynamic);
    }
    c.name += " (idle, shared)";
    c.device += "/idle";
    if (by_use) c.note = "while nobody, or nobody that is known, works on it: all of it";
    else
      c.note = (idle_watts    ? "idle power of " + model::plain(*idle_watts) + " W"
                : learns_idle ? std::string("the least power seen over a second")
                              : std::string("all of it")) +
               " x " + reserved;
    offer(std::move(c), from, part::idle);
  }
  std::span<const channel> channels() const noexcept override { return channels_; }
  void begin_round() noexcept override {
    is_fresh_ = false;
    const source* round_of = nullptr;
    for (shared_channel& s : shared_) {
      if (s.inner.meter.get() != round_of) s.inner.meter->begin_round();
      round_of = s.inner.meter.get();
    }
  }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= channels_.size()) return {0, 0, missing::not_present};
    if (!is_fresh_) refresh(now_ns);
    const shared_channel& s = shared_[offers_[i].from];
    if (offers_[i].what == part::whole) return s.machine;
    measurement m = s.shares;
    m.count = static_cast<std::uint64_t>(offers_[i].what == part::dynamic ? s.dynamic_uj : s.idle_uj);
    return m;
  }

 private:
  enum class part { whole, dynamic, idle };
  struct offered {
    std::size_t from;
    part what;
  };
  void offer(channel c, std::size_t from, part what) {
    channels_.push_back(std::move(c));
    offers_.push_back({from, what});
  }
  void refresh(std::int64_t now_ns) noexcept {
    is_fresh_ = true;
    const auto own = group_ ? group_->busy_ns() : process_.busy_ns(now_ns);
    const double share = share_.next(own, machine_.busy_ns(), now_ns);
    const bool look = !looked_ns_ || now_ns - *looked_ns_ >= look_again_ns;
    if (look) looked_ns_ = now_ns;
    for (shared_channel& s : shared_) {
      if (s.by_use && look)
        if (const auto use = s.inner.meter->use_by(s.inner.index, process_.pids())) {
          s.use = *use;
          s.is_known = s.is_known || use->own > 0;
          is_seen_ = is_seen_ || s.is_known;
        }
      s.machine = s.inner.meter->read(s.inner.index, now_ns);
      s.shares = {};
      s.shares.why = s.machine.why;
      if (!s.machine.why && s.energy.is_nonsense(s.machine)) s.shares.why = missing::implausible;
      if (s.shares.why) {
        s.energy.skip();
        continue;
      }
      if (s.machine.begins_anew) s.energy = energy_reader(s.inner.what);
      const energy_reader::step step = s.energy.next(s.machine, now_ns);
      const bool nothing_used = step.what == counter_event::unchanged && s.inner.what.may_rest;
      // Until the machine's count moves, what is shared is no more known than what there is to share; a share
      // of what is known is known, too, if it is nothing.
      s.shares.complete = step.known() || nothing_used || s.machine.complete;
      s.shares.begins_anew = step.what == counter_event::first && s.since_ns;
      s.shares.lower_bound = s.machine.lower_bound || step.ambiguous;
      s.shares.recovered = s.machine.recovered;
      s.shares.low = s.machine.low, s.shares.high = s.machine.high;
      if (step.known() && s.since_ns) share_out(s, static_cast<double>(step.microjoules), share, now_ns);
      if (s.shares.complete || step.what == counter_event::first) s.since_ns = now_ns;
    }
  }
  void share_out(shared_channel& s, double used, double share, std::int64_t now_ns) const noexcept {
    if (s.by_use) {
      // Once the driver has shown this process on any GPU, one that it was never seen on is others'.
      if (is_seen_ && !s.is_known) return;
      const bool used_by_some = s.is_known && s.use.all > 0;
      (used_by_some ? s.dynamic_uj : s.idle_uj) += used_by_some ? used * (s.use.own / s.use.all) : used;
      return;
    }
    const double ns = static_cast<double>(now_ns - *s.since_ns);
    if (s.learns_idle) learn_idle(s, used, ns);
    const double idle = s.idle_watts ? *s.idle_watts * ns * 1e-3 : used;  // W x ns = 1e-3 uJ
    s.idle_uj += (idle < used ? idle : used) * reserved_;
    s.dynamic_uj += (idle < used ? used - idle : 0) * share;
  }

  static void learn_idle(shared_channel& s, double used, double ns) noexcept {
    s.span_uj += used, s.span_ns += ns;
    if (s.span_ns < 1e9) return;
    const double watts = s.span_uj / s.span_ns * 1e3;
    if (!s.idle_watts || watts < *s.idle_watts) s.idle_watts = watts;
    s.span_uj = s.span_ns = 0;
  }

  load::time_file machine_;
  std::optional<load::time_file> group_;
  load::process_load process_;
  double reserved_;
  load::busy_share share_{};
  std::vector<shared_channel> shared_{};
  std::vector<channel> channels_{};
  std::vector<offered> offers_{};
  bool is_fresh_ = false, is_seen_ = false;
  static constexpr std::int64_t look_again_ns = 200'000'000;  // drivers sample 1 to 6 times a second
  std::optional<std::int64_t> looked_ns_{};
};

/// CPU time of the control group that this process is in; empty: none can be read.
inline std::optional<load::time_file> own_group(const places& at) {
  const cgroup_paths own = parse_cgroup(detail::read_text(*at.files, at.procfs + "/self/cgroup").text);
  const std::string top = at.sysfs + "/fs/cgroup";
  std::vector<std::string> candidates;
  if (own.unified)
    for (const char* mount : {"", "/unified"}) candidates.push_back(top + mount + *own.unified + "/cpu.stat");
  if (own.cpu)
    for (const char* mount : {"/cpuacct", "/cpu,cpuacct", "/cpu"})
      candidates.push_back(top + mount + *own.cpu + "/cpuacct.usage");
  // In a container without a namespace of its own the path is not mounted; the group itself is the root.
  candidates.push_back(top + "/cpu.stat");
  candidates.push_back(top + "/cpuacct/cpuacct.usage");
  for (std::string& path : candidates)
    if (cpu_usage_ns(detail::read_text(*at.files, path).text))
      return load::time_file(*at.files, load::time_file::format::cgroup, std::move(path));
  return std::nullopt;
}

}  // namespace sharing

/// The channels of a machine as those of this process or control group: CPUs, memory and platforms are shared
/// out, and for a process the GPUs that tell their use; whatever else is left whole. idle_watts: of all CPUs.
/// Where CPU time cannot be read, nothing of what is to be shared is counted, and each such channel says so.
inline std::vector<bound_channel> attribute(const std::vector<bound_channel>& all, attribution whose,
                                            const places& at, const host& h, double idle_watts) {
  using namespace sharing;
  if (whose == attribution::machine) return all;
  const auto is_shared = [](const channel& c) {
    return c.counted && !c.why &&
           (c.part == component::cpu || c.part == component::memory || c.part == component::platform);
  };
  std::optional<load::time_file> group = whose == attribution::cgroup ? own_group(at) : std::nullopt;
  const bool machine_known =
      load::busy_ticks(detail::read_text(*at.files, at.procfs + "/stat").text).has_value();
  const bool own_known =
      group || (whose == attribution::process && load::process_load(*at.files, at.procfs).busy_ns(0));

  const double cpus = h.logical_cpus.value_or(1);
  double usable = h.allowed_cpus && *h.allowed_cpus < cpus ? *h.allowed_cpus : cpus;
  if (h.limits.cpus && *h.limits.cpus < usable) usable = *h.limits.cpus;
  std::size_t sharing_cpus = 0;
  for (const bound_channel& b : all) sharing_cpus += is_shared(b.what) && b.what.part == component::cpu;

  auto* const meter = new share_source(at, std::move(group), usable / cpus);
  const detail::handle<source> held(meter);
  std::vector<bound_channel> result;
  for (const bound_channel& b : all) {
    const bool by_use = whose == attribution::process && b.what.part == component::gpu && b.what.counted &&
                        !b.what.why && b.meter && own_known && b.meter->use_by(b.index, {});
    if (by_use) {
      meter->add(b, std::nullopt, "this process", true);
    } else if (!is_shared(b.what)) {
      result.push_back(b);
    } else if (!b.meter || !machine_known || !own_known) {
      bound_channel lost = b;
      lost.what.why = missing::not_supported;
      lost.what.counted = false;
      lost.what.note = "cannot be shared out: CPU time of the machine or of this " +
                       std::string(whose == attribution::process ? "process" : "control group") +
                       " is not known";
      result.push_back(std::move(lost));
    } else {
      // Memory draws most of its power whatever the CPUs do; what a whole machine draws idle, only it can
      // tell.
      std::optional<double> idle;
      if (b.what.part == component::cpu) idle = idle_watts / static_cast<double>(sharing_cpus);
      meter->add(b, idle, whose == attribution::process ? "this process" : "this cgroup", false,
                 b.what.part == component::platform);
    }
  }
  for (std::size_t i = 0; i < meter->channels().size(); ++i)
    result.push_back({meter->channels()[i], held, i});
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
