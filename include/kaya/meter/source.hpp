// SPDX-License-Identifier: MIT
// What a meter is: channels that say what they are, and a source that reads them. One header a mechanism
// implements this; nothing below the meters knows more about a mechanism than what stands here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/fork.hpp>
#include <kaya/detail/handle.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The part of the machine that a channel's energy belongs to.
enum class component { cpu, memory, gpu, platform, other };

/// How a figure is known, best first: a counter of energy, power integrated over time, a model of the load, a
/// constant.
enum class provenance { measured, integrated, modelled, assumed };

/// Why a channel has no value. An absent value is never zero.
enum class missing {
  no_permission,  // it is there, but this user may not read it
  not_present,    // no such device or file
  not_supported,  // the device says that it cannot
  masked,         // hidden by a container
  disabled,       // switched off by an option
  lost,           // it could be read once, and no longer
  implausible     // it answers, but with text or figures that cannot be true
};

constexpr std::string_view to_string(component c) noexcept {
  constexpr std::string_view names[] = {"cpu", "memory", "gpu", "platform", "other"};
  return names[static_cast<std::size_t>(c)];
}
constexpr std::string_view to_string(provenance p) noexcept {
  constexpr std::string_view names[] = {"measured", "integrated", "modelled", "assumed"};
  return names[static_cast<std::size_t>(p)];
}
constexpr std::string_view to_string(missing m) noexcept {
  constexpr std::string_view names[] = {"no permission", "not present", "not supported", "masked",
                                        "disabled",      "lost",        "implausible"};
  return names[static_cast<std::size_t>(m)];
}

/// What a channel delivers: a cumulative count of energy, or the power at the moment of reading.
enum class reading_kind { counter, power };

/// The largest power that a device is taken to be capable of where nothing says more, in watts. It decides
/// how often a counter is read (twice per shortest possible wrap) and which jumps cannot be energy.
inline constexpr double unrated_watts = 1000;
/// The same for a whole machine: a node of eight accelerators draws about 10 kW (NVIDIA DGX H100: 10.2 kW).
inline constexpr double unrated_platform_watts = 10'200;

/// The device that contains all others of a machine: what meters of its supply (a power supply, a battery,
/// the node meter of a blade) measure.
inline constexpr std::string_view whole_node = "node";

/// One quantity that a source can read, and all that is known about it before the first reading.
struct channel {
  std::string name{};       // unique in the machine: "package-0", "dram-1", "cpu (model)"
  std::string mechanism{};  // "powercap", "model"
  /// Identity of the hardware that is metered, the same from whatever mechanism: "socket0/package",
  /// "socket0/dram", a GPU's PCI address "0000:3b:00.0", whole_node.
  std::string device{};
  std::string uuid{};  // what its maker calls this very piece; empty: not known
  component part = component::other;
  bool has_cpu = false;     // the CPU's energy is in it, too (platforms: always)
  bool has_memory = false;  // the main memory's energy is in it, too (platforms: always)
  provenance how = provenance::measured;
  bool counted = true;           // may be part of the machine's total; false: shown only
  bool asked_for = false;        // an option wants this one even where its parts are known as well
  std::optional<missing> why{};  // why it cannot be read; empty: it can
  std::string inside{};          // device of the channel whose energy contains this one's; empty: none
  std::string note{};            // in words: what the model assumes, why it is not counted
  reading_kind kind = reading_kind::counter;
  std::uint64_t range = 0;  // counters: the highest count before it starts again at 0; 0: unknown
  bool wraps = true;        // counters: false if the count never starts again (64 bits of a driver's own)
  bool may_rest = false;    // counters: an unchanged count means that nothing was used, not that it is slow
  std::uint64_t unit_numerator = 1;  // counters: microjoules per count, as a fraction
  std::uint64_t unit_denominator = 1;
  double rated_watts = 0;             // the most it can draw; 0: unknown
  std::int64_t update_period_ns = 0;  // usual time between changes of the value; 0: unknown
  // How long it may stay unread; after twice as long its count is a lower bound. 0: half a round of its
  // range.
  std::int64_t longest_wait_ns = 0;
  // The truth is between low * value and high * value in 95 % of cases, for the reason in `accuracy`.
  double low = 1, high = 1;
  std::string accuracy{};  // what the width comes from, with its source
  std::string host{};      // where it is, if not on this machine
  std::string held_by{};   // not counted and not read, because another rank does: which
};

/// The most that a channel is taken to draw: what it is rated for, or what such a thing may be.
inline double presumed_watts(const channel& c) noexcept {
  if (c.rated_watts > 0) return c.rated_watts;
  return c.part == component::platform ? unrated_platform_watts : unrated_watts;
}

/// Whether a channel's energy contains that of a component: its own, or another's that its meter has in.
inline bool covers(const channel& c, component part) noexcept {
  return c.part == part || c.part == component::platform || (c.has_cpu && part == component::cpu) ||
         (c.has_memory && part == component::memory);
}

/// Adds to what is said of a channel.
inline void add_note(channel& c, std::string_view text) {
  if (text.empty()) return;
  if (!c.note.empty()) c.note += "; ";
  c.note += text;
}

/// One answer of a channel: a count or a power, or why there is none.
struct measurement {
  std::uint64_t count = 0;       // reading_kind::counter
  double watts = 0;              // reading_kind::power
  std::optional<missing> why{};  // set: there is no value
  bool recovered = false;        // the device was away (file reopened, driver reloaded) since the last answer
  bool integrated =
      false;  // a counter that stands still though power is drawn: the count is integrated power
  double low = 1, high = 1;  // on top of the channel's own range, for what came since the last answer
  // Of a count that is made of another meter's readings, for itself it cannot tell:
  bool complete = false;     // it holds all that was used until now: unchanged, it is a zero that is known
  bool begins_anew = false;  // what was used since the last answer is not known, and not in it
  bool lower_bound = false;  // more may have been used since the last answer than it says
};

/// What of a device's working time somebody had, in any unit.
struct device_use {
  double own = 0, all = 0;
};

/// A mechanism: it owns what it reads from. Called by one thread at a time; the channels and their order
/// never change while it lives.
class source : public detail::counted {
 public:
  virtual ~source() = default;
  virtual std::span<const channel> channels() const noexcept = 0;
  /// Announces a round of reads; a mechanism that reads several channels in one call does so here.
  virtual void begin_round() noexcept {}
  /// Reads one channel, an index into channels(), now. now_ns is the time of the read on the caller's steady
  /// clock.
  virtual measurement read(std::size_t channel, std::int64_t now_ns) noexcept = 0;
  /// What the device of a counter says of its power now, in watts: a second opinion for self_check(). Empty:
  /// it says nothing.
  virtual std::optional<double> power(std::size_t) noexcept { return std::nullopt; }
  /// How much of the work that a device did lately (as far back as its driver looks, a second or two) these
  /// processes had, for attribution: the same whoever asks, and how often. Empty: it cannot be told.
  virtual std::optional<device_use> use_by(std::size_t, std::span<const unsigned>) noexcept {
    return std::nullopt;
  }
};

/// A channel with where to read it. No meter: it is known, but cannot be read.
struct bound_channel {
  channel what{};
  detail::handle<source> meter{};
  std::size_t index = 0;  // into meter->channels()
};

/// Taken around each round of reads: one thread at a time reads the sources of a machine, whose trackers
/// share them. It lives as long as any of them.
struct read_lock final : detail::counted, detail::os::forkable_mutex {};

/// Where mechanisms look: the roots of sysfs and procfs without a final slash ("/sys", "/proc"), through
/// which files.
struct places {
  std::string sysfs = "/sys";
  std::string procfs = "/proc";
  detail::file_system* files = &detail::file_system::real();
};

/// One line of explain(): a mechanism or a part of it that was tried.
struct finding {
  std::string mechanism{};       // "powercap"
  std::string what{};            // "package-0: energy_uj", or the mechanism as a whole
  bool used = false;             // it gives channels
  std::optional<missing> why{};  // why not
  std::string text{};            // in words: what was found, what is assumed
  std::string remedy{};          // the exact command that would make it readable; empty: none is known
};

/// That one device contains another, where the channel of that one does not say so.
struct containment {
  std::string device{}, inside{};
};

/// That a device is not for this process to use, and so is only shown, whatever reads it.
struct hidden_device {
  std::string device{}, why{};
};

/// What trying a mechanism gives: its source, or none, and in any case the findings.
struct detection {
  detail::handle<source> meter{};
  std::vector<finding> findings{};
  std::vector<containment> contained{};
  std::vector<hidden_device> hidden{};
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
