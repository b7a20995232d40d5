// SPDX-License-Identifier: MIT
// The mechanism "hwmon": power and energy that Linux's sensor chips show in /sys/class/hwmon/hwmonN. N
// changes between boots, so a chip is known by its name, its device and its labels (hwmon/chips.hpp has the
// table).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/files.hpp>
#include <kaya/detail/os.hpp>
#include <kaya/meter/hwmon/channels.hpp>
#include <kaya/meter/hwmon/chips.hpp>
#include <kaya/meter/hwmon/find.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::hwmon {

/// The channels and what they are read from, in the same order.
class chips final : public source {
 public:
  std::span<const channel> channels() const noexcept override { return channels_; }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= gauges_.size()) return {0, 0, missing::not_present};
    if (channels_[i].why) return {0, 0, channels_[i].why};
    return gauges_[i].read(now_ns);
  }
  void add(channel what, gauge from) {
    channels_.push_back(std::move(what));
    gauges_.push_back(std::move(from));
  }

 private:
  std::vector<channel> channels_;
  std::vector<gauge> gauges_;
};

/// From chips to channels, in one pass.
class detector {
 public:
  explicit detector(const places& where) : where_(where), look_(where), build_(where, look_, chips_) {}

  detection run() {
    const int error = look_.find(chips_);
    for (const chip& c : chips_) collect(c);
    try_out();
    nest_modules();
    choose_node_meter();
    place_rails();
    drop_twins();
    one_a_device();
    finish();
    const bool denied = error == EACCES || error == EPERM;
    if (result_.findings.empty())
      tell("hwmon", denied ? missing::no_permission : missing::not_present,
           (denied ? "may not list " : "no chip that measures power in ") + where_.sysfs + "/class/hwmon");
    return std::move(result_);
  }

 private:
  void tell(std::string what, std::optional<missing> why, std::string text, std::string remedy = {}) {
    result_.findings.push_back({"hwmon", std::move(what), false, why, std::move(text), std::move(remedy)});
  }

  void collect(const chip& c) {
    bool known = false, used = false;
    for (const rule& r : rules) known = known || match(r.chip, c.name);
    const std::string title = c.entry + " " + c.name;
    if (!known) {
      if (c.meters())
        tell(title, missing::not_supported, "not on the list of chips that kaya knows; not read");
      return;
    }
    const unsigned last = c.last_index();
    for (const std::string_view kind : {"energy", "power", "in"})
      for (unsigned k = 1; k <= last; ++k) {
        const std::string stem = std::string(kind) + std::to_string(k);
        if (!c.has(stem + "_input") && !c.has(stem + "_average")) continue;
        const bool acpi = c.name == "power_meter";
        const std::string label = look_.text(c.base + "/" + stem + (acpi ? "_oem_info" : "_label"));
        const rule* const r = builder::row(c, kind, k, label);
        if (r == nullptr || r->title.empty()) continue;
        used = true;
        const std::string enable = stem + "_enable";
        if (c.has(enable) && look_.text(c.base + "/" + enable) == "0")
          tell(title, missing::disabled, label + " (" + stem + ") is switched off in the chip",
               "echo 1 | sudo tee " + c.base + "/" + enable);
        else if (auto made = build_.make(c, *r, k, stem, label)) take(std::move(*made));
      }
    if (!used) tell(title, missing::not_supported, "shows no power or energy that kaya reads");
  }

  void take(candidate made) {
    for (candidate& known : found_) {
      if (!made.by->summed || !known.is(made.by->chip) || known.what.device != made.what.device) continue;
      for (term& t : made.from.terms) known.from.terms.push_back(std::move(t));
      known.files += " + " + (known.on == made.on ? "" : made.on->entry + " ") + made.files;
      return;
    }
    const std::string name = made.what.name;
    for (int n = 2; is_taken(made.what.name); ++n) made.what.name = name + " (" + std::to_string(n) + ")";
    found_.push_back(std::move(made));
  }
  bool is_taken(std::string_view name) const noexcept {
    for (const candidate& c : found_)
      if (c.what.name == name) return true;
    return false;
  }

  /// The first readings. What fails with EIO, EAGAIN or nonsense is tried again at each sample.
  void try_out() {
    for (candidate& c : found_) {
      c.first = c.from.read(detail::os::monotonic_ns()).why;
      if (!denied_files(c).empty()) c.first = missing::no_permission;
      if (c.first == missing::no_permission || c.first == missing::not_supported) c.what.why = c.first;
    }
  }
  /// Those that cannot even be opened, each after a blank.
  std::string denied_files(const candidate& c) const {
    std::string result;
    const auto test = [&](const std::string& path) {
      const auto d = where_.files->open(path.c_str());
      if (d >= 0) where_.files->close(d);
      else if (d == -EACCES || d == -EPERM) result += " " + path;
    };
    for (const term& t : c.from.terms) {
      test(t.value.path());
      if (t.times) test(t.times->path());
    }
    return result;
  }

  const candidate* device(std::string_view name) const noexcept {
    for (const candidate& c : found_)
      if (c.what.device == name) return &c;
    return nullptr;
  }

  /// What a meter is in, where the one around it is missing: the next one out, and for a card the whole card.
  void nest_modules() {
    for (candidate& c : found_) {
      const std::string& in = c.what.inside;
      if (c.is("power_meter") && in.ends_with("/grace") && device(in) == nullptr) {
        const std::string module = in.substr(0, in.find('/')) + "/module";
        c.what.inside = device(module) != nullptr ? module : "";
      } else if (c.is("xe") && !in.empty() && device(in) == nullptr) {
        c.what.device = std::exchange(c.what.inside, std::string());
      }
    }
  }

  /// An ACPI meter that does not say what it measures is the node's, if it is the only one that answers.
  void choose_node_meter() {
    std::size_t unnamed = 0, answering = 0, named = 0;
    for (const candidate& c : found_) {
      if (!c.is("power_meter")) continue;
      const bool node = c.what.device == whole_node;
      named += !node, unnamed += node, answering += node && !c.first;
    }
    for (candidate& c : found_) {
      if (!c.is("power_meter") || c.what.device != whole_node) continue;
      if (named > 0) c.show_only("what it measures is not known, beside meters that are named");
      else if (unnamed > 1 && (answering != 1 || c.first))
        c.show_only("one of several meters, of which none says what it measures");
    }
  }

  /// A rail that is the total of a Jetson contains the others. INA238 are on many boards: only on a Jetson,
  /// and alone, it is the input of the carrier.
  void place_rails() {
    const std::string tree = where_.sysfs + "/firmware/devicetree/base/";
    bool jetson =
        (look_.text(tree + "compatible") + look_.text(tree + "model")).find("nvidia") != std::string::npos;
    int inputs = 0;
    for (const candidate& c : found_) {
      jetson = jetson || (c.is("ina3221") && c.by->shown.empty());
      inputs += c.is("ina238") || c.is("ina2xx");
    }
    const candidate* total = nullptr;
    for (candidate& c : found_) {
      if ((c.is("ina238") || c.is("ina2xx")) && (!jetson || inputs > 1)) {
        c.what.device = c.on->name + "-" + std::to_string(c.on->place);
        c.what.part = component::other;
        c.show_only(inputs > 1 ? "one of several such chips: what it measures is not known"
                               : "not on a Jetson: what it measures is not known");
      } else if (c.on->name.starts_with("ina") && c.what.device == whole_node && total == nullptr) {
        total = &c;
      }
    }
    for (candidate& c : found_) {
      if (total == nullptr || !c.is("ina3221") || c.what.device == whole_node) continue;
      if (c.what.inside.empty()) c.what.inside = whole_node;
      // Not the CPU's or GPU's any more: those would take the total's place, and leave out what has no rail.
      if (!total->what.why) c.what.part = component::other;
    }
  }

  /// Sockets whose counters are one, read together up to twelve times. Takes up to 18 ms for each pair, and
  /// no time if they differ.
  void drop_twins() {
    for (std::size_t i = 1; i < found_.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        candidate &one = found_[k], &other = found_[i];
        if (one.by->accuracy != width::cpu_counter || one.by != other.by || !one.counts() || !other.counts())
          continue;
        if (read_alike(one.from, other.from))
          other.show_only("the same count as " + one.what.name +
                          " in three readings: one counter shown twice (amd_energy issue 5); the energy of "
                          "one socket is missing");
      }
  }
  static bool read_alike(gauge& one, gauge& other) {
    std::vector<std::uint64_t> ones, others;
    for (int round = 0; round < 12 && ones.size() < 3; ++round) {
      if (round > 0) detail::os::pause(1'500'000);
      const std::int64_t now = detail::os::monotonic_ns();
      const measurement before = one.read(now), between = other.read(now), after = one.read(now);
      if (before.why || between.why || after.why) return false;
      if (before.count != after.count || (!ones.empty() && before.count == ones.back())) continue;
      ones.push_back(before.count), others.push_back(between.count);
      if (ones.back() != others.back()) return false;
    }
    return same_counter(ones, others);
  }

  /// Of several readings of one device the best is counted, the first of equals.
  void one_a_device() {
    for (candidate& c : found_)
      for (candidate& known : found_) {
        if (&known == &c) break;
        if (!known.counts() || !c.counts() || known.what.device != c.what.device) continue;
        candidate& loser = c.what.how < known.what.how ? known : c;
        loser.show_only("the same device as " + (&loser == &c ? known : c).what.name);
      }
  }

  void finish() {
    for (const candidate& c : found_) {
      std::string text = c.on->entry + " " + c.on->name + ": " + c.files, remedy;
      if (c.what.why == missing::no_permission) {
        text += " may not be read";
        if (c.by->accuracy == width::cpu_counter) text += ": for root only since CVE-2020-12912";
        remedy = "sudo chmod a+r";
        for (const candidate& other : found_)
          if (other.what.why == c.what.why && other.is(c.by->chip)) remedy += denied_files(other);
      } else if (c.what.why) {
        text += " is not supported by the device";
      } else {
        if (c.first) text += " gives no figure now, and is tried again at each sample";
        text += c.what.counted ? "" : "; shown, not counted";
        if (!c.what.note.empty()) text += ": " + c.what.note;
      }
      result_.findings.push_back({"hwmon", c.what.name, !c.what.why, c.first, text, remedy});
    }
    if (found_.empty()) return;
    chips* const meter = new chips;
    result_.meter = detail::handle<source>(meter);
    for (candidate& c : found_) meter->add(std::move(c.what), std::move(c.from));
  }

  const places& where_;
  const finder look_;
  std::vector<chip> chips_{};
  builder build_;
  std::vector<candidate> found_{};
  detection result_{};
};

}  // namespace meter::hwmon

namespace meter {

/// Looks for sensor chips with power or energy in `where.sysfs`/class/hwmon. Takes one reading of each, and
/// up to 18 ms more for each pair of sockets that seem to be one. The source reads what was found; what is
/// not read has a finding that says why, unless it only measures temperatures and the like.
inline detection detect_hwmon(const places& where) { return hwmon::detector(where).run(); }

}  // namespace meter
}  // namespace v1
}  // namespace kaya
