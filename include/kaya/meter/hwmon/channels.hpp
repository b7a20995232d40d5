// SPDX-License-Identifier: MIT
// From a chip and a row of the table to a channel: which files it is read from, and what the chip's other
// files say about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/hwmon/chips.hpp>
#include <kaya/meter/hwmon/find.hpp>
#include <kaya/meter/reading/counter_file.hpp>
#include <kaya/meter/reading/value_file.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::hwmon {

/// A file to add up, or the product of two: volts and amperes.
struct term {
  counter_file value;
  std::optional<value_file> times{};
};

/// What one channel is read from.
struct gauge {
  component part{};
  bool counts = false;  // energy, from one term; else the sum of all
  std::vector<term> terms{};

  measurement read(std::int64_t now_ns) noexcept {
    constexpr std::uint64_t most = 100'000'000'000;  // of one file, in microwatts: sums stay in 64 bits
    measurement result;
    std::uint64_t microwatts = 0;
    for (term& t : terms) {
      const measurement m = t.value.read(now_ns);
      const std::optional<std::int64_t> current = t.times ? t.times->number(now_ns) : 1;
      // A card that is suspended answers EPERM, whoever asks.
      if (const auto why = m.why || current ? m.why : t.times->why())
        return {0, 0, part == component::gpu && why == missing::no_permission ? missing::lost : why};
      if (counts) return m.count == UINT64_MAX ? measurement{0, 0, missing::implausible} : m;
      const auto factor = rail_current(*current);
      if (m.count == UINT32_MAX || m.count > most || !factor || (m.count > 0 && *factor > most / m.count))
        return {0, 0, missing::implausible};
      microwatts += m.count * *factor;  // millivolts x milliamperes are microwatts
      result.recovered |= m.recovered;
    }
    const auto watts = plausible_watts(microwatts, part);
    if (!watts) return {0, 0, missing::implausible};
    result.watts = *watts;
    return result;
  }
};

/// A channel on its way, with where it comes from.
struct candidate {
  channel what{};
  const rule* by = nullptr;
  const chip* on = nullptr;
  gauge from{};
  std::optional<missing> first{};  // why its first reading failed
  std::string files{};             // "power1_input + power2_input"

  bool counts() const noexcept { return what.counted && !what.why; }
  bool is(std::string_view name) const noexcept { return by->chip == name; }
  void show_only(std::string why) {
    what.counted = false;
    what.note += (what.note.empty() ? "" : "; ") + why;
  }
};

/// Makes candidates. The chips must outlive them.
class builder {
 public:
  builder(const places& where, const finder& look, const std::vector<chip>& all)
      : where_(where), look_(look), all_(all) {}

  /// The row for one quantity of a chip: kind is "energy", "power" or "in", k its number.
  static const rule* row(const chip& c, std::string_view kind, unsigned k, std::string_view label) noexcept {
    for (const rule& r : rules) {
      const std::string_view reads = r.what == attribute::energy ? "energy"
                                     : r.what == attribute::rail ? "in"
                                                                 : "power";
      if (reads == kind && match(r.chip, c.name) && (r.index == 0 || r.index == k) &&
          (r.label.empty() || match(r.label, label)))
        return &r;
    }
    return nullptr;
  }

  /// Empty if a file is missing. stem: "power1".
  std::optional<candidate> make(const chip& c, const rule& r, unsigned k, const std::string& stem,
                                std::string label) {
    candidate made;
    made.by = &r, made.on = &c;
    if (!wire(made, k, stem)) return std::nullopt;
    unsigned n = c.place;
    if (r.label.find('#') != r.label.npos) n = match(r.label, label).value_or(0);
    else if (r.chip.find('#') != r.chip.npos) n = match(r.chip, c.name).value_or(0);
    else if (c.name == "zenpower") n = socket_of_node(c);
    const std::string place = c.name + "-" + std::to_string(c.place);
    if (label.empty()) label = place + " " + stem;
    const auto text = [&](std::string_view t) {
      return fill(t, n, c.address.empty() ? place : c.address, label);
    };

    channel& what = made.what;
    what.name = text(r.title), what.device = text(r.device), what.inside = text(r.inside);
    what.mechanism = "hwmon";
    what.part = made.from.part = r.part;
    what.has_memory = r.has_memory;
    what.kind = made.from.counts ? reading_kind::counter : reading_kind::power;
    what.how = made.from.counts ? provenance::measured : provenance::integrated;
    what.wraps = false;
    what.note = r.note;
    const spread s = spread_of(r.accuracy);
    what.low = s.low, what.high = s.high, what.accuracy = s.why;
    read_facts(made, k);
    if (c.name == "amdgpu") place_amd_card(made);
    if (!r.shown.empty()) made.show_only(std::string(r.shown));
    return made;
  }

 private:
  std::optional<std::uint64_t> number(const std::string& path) const {
    return detail::parse_number<std::uint64_t>(look_.text(path));
  }

  bool wire(candidate& made, unsigned k, const std::string& stem) const {
    const chip& c = *made.on;
    const auto file = [&](const std::string& name) {
      return counter_file(*where_.files, c.base + "/" + name);
    };
    made.from.counts = made.by->what == attribute::energy;
    made.files = stem + "_input";
    if (made.by->what == attribute::rail) {
      const std::string current = "curr" + std::to_string(k) + "_input";
      if (!c.has(current)) return false;
      made.from.terms.push_back({file(made.files), value_file(*where_.files, c.base + "/" + current)});
      made.files += " x " + current;
      return true;
    }
    if (made.by->what == attribute::power && c.has(stem + "_average")) {
      counter_file average = file(stem + "_average");
      const bool silent = average.read(detail::os::monotonic_ns()).why == missing::not_supported;
      if (!silent || !c.has(made.files)) {
        made.files = stem + "_average";
        made.from.terms.push_back({std::move(average), {}});
        return true;
      }
    }
    if (!c.has(made.files)) return false;
    made.from.terms.push_back({file(made.files), {}});
    return true;
  }

  /// What stands beside the value: its period, the most the device may draw, the meter's accuracy.
  void read_facts(candidate& made, unsigned k) const {
    const std::string power = made.on->base + "/power" + std::to_string(k);
    for (const char* limit : {"_rated_max", "_cap_max", "_max"}) {
      // Limits hold nonsense too: 1 W to 100 kW is taken to be one.
      const double watts = static_cast<double>(number(power + limit).value_or(0)) * 1e-6;
      if (watts >= 1 && watts <= 100'000 && made.what.rated_watts == 0) made.what.rated_watts = watts;
    }
    made.what.update_period_ns = made.by->period_ns;
    made.what.longest_wait_ns = made.by->wait_ns;
    auto ms = made.files.ends_with("_average") ? number(power + "_average_interval") : std::nullopt;
    if (!ms && !made.from.counts) ms = number(made.on->base + "/update_interval");
    if (ms && *ms > 0 && *ms <= 3'600'000)
      made.what.update_period_ns = static_cast<std::int64_t>(*ms) * 1'000'000;
    // ACPI 6.5, 10.4.1: the accuracy is 100 % less the error; some firmware states the error.
    const std::string text = look_.text(power + "_accuracy");
    const auto percent = detail::parse_number<double>(text.substr(0, text.find('%')));
    if (!percent || !(*percent > 0 && *percent <= 100)) return;
    const double error = (*percent >= 50 ? 100 - *percent : *percent) / 100;
    made.what.low = 1 - (error < 0.01 ? 0.01 : error), made.what.high = 1 + (error < 0.01 ? 0.01 : error);
    made.what.accuracy = "the meter's own figure: " + text;
  }

  const cpu_facts& cpu() {
    if (!cpu_) cpu_ = parse_cpuinfo(detail::read_records(*where_.files, where_.procfs + "/cpuinfo").text);
    return *cpu_;
  }

  /// zenpower shows each of a socket's nodes as a chip of its own, of which some have nothing but zeros.
  unsigned socket_of_node(const chip& c) {
    unsigned nodes = 0;
    for (const chip& other : all_) nodes += other.name == c.name;
    const int sockets = cpu().sockets.value_or(0);
    const unsigned each = sockets > 0 ? nodes / static_cast<unsigned>(sockets) : 1;
    return each > 1 ? c.place / each : c.place;
  }

  void place_amd_card(candidate& made) {
    const chip& c = *made.on;
    const std::string device = c.path + "/device/";
    amd_card facts;
    facts.northbridge_voltage = c.has("in1_label") && look_.text(c.base + "/in1_label") == "vddnb";
    facts.fan = c.has("fan1_input") || c.has("pwm1");
    facts.memory_clock = c.has("freq2_input");
    facts.mi300a = look_.text(device + "device") == "0x74a0";
    facts.amd_cpu = cpu().vendor == "AuthenticAMD" || cpu().vendor == "HygonGenuine";
    facts.vram = number(device + "mem_info_vram_total");
    if (!contains_cpu(facts)) return;
    // Of several APUs each is a socket, whose memory is a node of its own.
    const auto node = facts.mi300a ? number(device + "numa_node") : std::nullopt;
    made.what.inside = "socket" + std::to_string(node.value_or(0)) + "/package";
    made.what.has_cpu = true;
    made.what.note = "a processor with graphics: its power contains the CPU's";
  }

  const places& where_;
  const finder& look_;
  const std::vector<chip>& all_;
  std::optional<cpu_facts> cpu_{};
};

}  // namespace meter::hwmon
}  // namespace v1
}  // namespace kaya
