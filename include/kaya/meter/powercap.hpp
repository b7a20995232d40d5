// SPDX-License-Identifier: MIT
// The mechanism "powercap": energy counters of CPU packages, memory and platform (RAPL) that Linux shows as
// files, on Intel since Sandy Bridge and on AMD since Zen. The total is the sum of packages and their DRAM,
// each hardware counter once, whatever number of files show it.
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

#include <kaya/detail/os.hpp>
#include <kaya/meter/powercap/checks.hpp>
#include <kaya/meter/powercap/zones.hpp>
#include <kaya/meter/rapl.hpp>
#include <kaya/meter/reading/counter.hpp>
#include <kaya/meter/reading/counter_file.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {
namespace powercap {

/// The channels and their files, in the same order.
class zone_source final : public source {
 public:
  std::span<const channel> channels() const noexcept override { return channels_; }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= files_.size()) return {0, 0, missing::not_present};
    if (channels_[i].why) return {0, 0, channels_[i].why};
    return files_[i].read(now_ns);
  }
  void add(channel what, counter_file file) {
    channels_.push_back(std::move(what));
    files_.push_back(std::move(file));
  }

 private:
  std::vector<channel> channels_;
  std::vector<counter_file> files_;
};

/// A zone on its way to become a channel.
struct candidate {
  const powercap::zone* zone;
  counter_file file;
  std::optional<missing> why{};  // its first reading failed
  std::string name{};
  bool dropped = false;                  // another file of the same counter is read
  const candidate* mirror_of = nullptr;  // the die that shows the same counter

  bool is(domain d) const noexcept { return zone->what == d; }
  bool is_whole() const noexcept { return rapl::is_whole(*zone->what); }
  bool answers() const noexcept { return !dropped && !why; }
  /// It will not answer by itself, however often it is asked; other failures may pass.
  bool refused() const noexcept { return why == missing::no_permission || why == missing::not_supported; }
  /// As its zone's, numbered if there are several psys.
  std::string device() const { return zone->device() + name.substr(zone->title().size()); }
};

/// From a tree to channels, in one pass.
class detector {
 public:
  explicit detector(const places& where)
      : where_(where), cpu_(rapl::read_cpu_facts(where)), tree_(find_zones(where)) {}

  detection run(bool prefer_psys) {
    explain_tree();
    collect();
    drop_twins();
    find_mirrors();
    if (prefer_psys) choose_platform();
    finish();
    return std::move(result_);
  }

 private:
  void tell(std::string what, std::optional<missing> why, std::string text, std::string remedy = {}) {
    result_.findings.push_back({"powercap", std::move(what), false, why, std::move(text), std::move(remedy)});
  }

  void explain_tree() {
    std::string hidden, denied;
    for (const zone& z : tree_.zones) {
      if (z.why == missing::no_permission) denied += " " + z.entry;
      else if (z.why) hidden += " " + z.entry;
      else if (!z.what)
        tell(z.entry, missing::implausible, "'" + z.text + "' is no RAPL domain that is known; not read");
    }
    for (const std::string& name : tree_.ignored)
      tell(name, missing::not_supported, "a control type that has no energy counters");
    if (!denied.empty()) tell("powercap", missing::no_permission, "may not be named:" + denied);
    if (tree_.masked) {
      // A bind of the host's /sys to another place is not hidden.
      tell("powercap", missing::masked,
           "hidden by the container:" + (hidden.empty() ? " " + tree_.root : hidden),
           "docker run -v /sys:/host_sys:ro -e KAYA_SYSFS=/host_sys IMAGE");
    } else if (!hidden.empty()) {
      tell("powercap", missing::lost, "without a name:" + hidden);
    } else if (tree_.zones.empty()) {
      const bool denied_all = tree_.error == EACCES || tree_.error == EPERM;
      tell("powercap", denied_all ? missing::no_permission : missing::not_present,
           (denied_all ? "may not list " : "no energy counters in ") + tree_.root +
               (cpu_.virtual_machine ? "; virtual machines are not given any" : ""),
           !cpu_.virtual_machine && (cpu_.intel || cpu_.amd) && !denied_all ? "sudo modprobe intel_rapl_msr"
                                                                            : "");
    }
  }

  /// Packages by number, each followed by what belongs to it; psys last.
  static std::uint64_t rank(const zone& z) noexcept {
    const auto bits = [](int number) { return static_cast<std::uint64_t>(number < 0 ? 0xfffff : number); };
    const std::uint64_t place =
        z.what == domain::psys ? std::uint64_t{1} << 60 : bits(z.package) << 36 | bits(z.die) << 16;
    return place | static_cast<std::uint64_t>(*z.what) << 8 | z.control;
  }

  void collect() {
    std::vector<const zone*> sorted;
    for (const zone& z : tree_.zones) {
      if (z.why || !z.what) continue;
      sorted.push_back(&z);
      for (std::size_t k = sorted.size() - 1; k > 0 && rank(*sorted[k]) < rank(*sorted[k - 1]); --k)
        std::swap(sorted[k], sorted[k - 1]);
    }
    for (const zone* z : sorted) {
      candidate& c = found_.emplace_back(candidate{z, counter_file(*where_.files, z->path + "/energy_uj")});
      c.why = c.file.read(detail::os::monotonic_ns()).why;
      c.name = z->title();
    }
  }

  /// Of the files that show one counter, known by its name, the first that answers is read. Several psys of
  /// one control type are no twins: large servers have one a package, of which not all need be wired.
  void drop_twins() {
    int platforms = 0;
    for (candidate& c : found_) {
      for (candidate* known = found_.data(); known != &c && !c.dropped; ++known) {
        if (known->dropped || known->name != c.name) continue;
        if (c.is(domain::psys) && known->zone->control == c.zone->control) continue;
        candidate& loser = known->why && !c.why ? *known : c;
        const candidate& winner = &loser == &c ? *known : c;
        loser.dropped = true;
        tell(loser.zone->entry, loser.why,
             "the same counter as " + winner.zone->entry + ", " + c.name + ": counted once");
      }
    }
    for (candidate& c : found_)
      if (c.is(domain::psys) && !c.dropped && ++platforms > 1) c.name += "-" + std::to_string(platforms);
  }

  void find_mirrors() {
    for (candidate& c : found_)
      for (candidate* known = found_.data(); known != &c && c.mirror_of == nullptr; ++known) {
        const zone &a = *known->zone, &b = *c.zone;
        const bool dies_of_one_package =
            c.is_whole() && a.what == b.what && a.package == b.package && a.die >= 0 && b.die >= 0;
        if (!dies_of_one_package || !known->answers() || !c.answers() || known->mirror_of != nullptr)
          continue;
        if (mirrored(known->file, c.file)) c.mirror_of = known;
      }
  }

  void choose_platform() {
    std::vector<candidate*> platforms;
    std::vector<metered_file> psys, packages;
    for (candidate& c : found_) {
      if (!c.answers() || c.mirror_of != nullptr) continue;
      const metered_file file{&c.file, {c.zone->range, true, c.zone->rated_watts, 1.0}};
      if (c.is(domain::package)) packages.push_back(file);
      if (c.is(domain::psys)) psys.push_back(file), platforms.push_back(&c);
    }
    if (psys.empty())
      return tell("psys", missing::not_present, "asked for, but there is none that can be read");
    const platform_check seen = compare_platforms(psys, packages);
    const auto joules = [](std::uint64_t uj) {
      return std::to_string(uj / 1'000'000) + "." + std::to_string(uj / 100'000 % 10) + " J";
    };
    const std::string proof =
        joules(seen.platform_moved) + " beside " + joules(seen.packages_moved) + " of the packages";
    if (seen.believable() || seen.nothing_moved()) {
      platform_ = platforms[seen.platform];
      verdict_ = "as asked for in place of packages and DRAM; " +
                 (seen.nothing_moved() ? "nothing moved, so it could not be checked" : proof);
    } else {
      verdict_ = "asked for, but it cannot contain the packages: " + proof;
    }
  }

  /// Makes the channel of a candidate; gives why it is not part of the total, or nothing.
  std::string describe(const candidate& c, channel& result) const {
    const zone& z = *c.zone;
    result.name = c.name;
    result.mechanism = "powercap";
    result.device = c.device();
    result.part = rapl::part_of(*z.what);
    result.range = z.range;
    result.rated_watts = z.rated_watts;
    if (c.refused()) result.why = c.why;
    set_accuracy(result, z, cpu_);
    std::string overlap(rapl::why_shown(*z.what, cpu_));
    if (&c == platform_) {
      overlap.clear();
      result.asked_for = true;
    } else if (c.is(domain::psys)) {
      if (!verdict_.empty() && platform_ == nullptr) overlap = verdict_;
    } else if (!c.is_whole()) {
      result.inside = z.device(domain::package);
    } else if (c.mirror_of != nullptr) {
      result.inside = c.mirror_of->device();
      overlap = "the same counter as " + c.mirror_of->name;
    } else if (platform_ != nullptr) {
      result.inside = platform_->device();
      overlap = "part of " + platform_->name;
    }
    result.counted = !result.why && overlap.empty();
    if (!overlap.empty()) result.note += (result.note.empty() ? "" : "; ") + overlap;
    return overlap;
  }

  void finish() {
    zone_source* meter = nullptr;
    for (candidate& c : found_) {
      if (c.dropped) continue;
      if (meter == nullptr) result_.meter = detail::handle<source>(meter = new zone_source);
      channel what;
      const std::string overlap = describe(c, what);
      std::string text = c.zone->entry, remedy;
      if (c.why == missing::no_permission) {
        text +=
            ": for root only since CVE-2020-8694; for good, a udev rule: SUBSYSTEM==\"powercap\", "
            "RUN+=\"/bin/chmod a+r /sys%p/energy_uj\"";
        remedy = open_to_all();
      } else if (c.why) {
        text += ": energy_uj gives no figure";
        if (!c.refused()) text += " now, and is tried again at each sample";
      } else {
        text += overlap.empty() ? ": counted" : ": shown, not counted: " + overlap;
        if (&c == platform_) text += " " + verdict_;
      }
      if (c.zone->range == 0 && !c.refused())
        text += "; its range is not known, so a wrap leaves a lower bound";
      if (platform_ != nullptr && c.is_whole())  // for whoever else reads this device
        result_.contained.push_back({c.device(), platform_->device()});
      result_.findings.push_back({"powercap", c.name, !c.refused(), c.why, text, remedy});
      meter->add(std::move(what), std::move(c.file));
    }
  }

  /// One command for every file that may not be read, until the next boot.
  std::string open_to_all() const {
    const std::string flat = where_.sysfs + "/class/powercap/";
    std::string files;
    for (const candidate& c : found_) {
      if (c.dropped || c.why != missing::no_permission) continue;
      if (c.zone->path == flat + c.zone->entry) return "sudo chmod a+r " + flat + "intel-rapl*:*/energy_uj";
      files += " " + c.zone->path + "/energy_uj";
    }
    return "sudo chmod a+r" + files;
  }

  const places& where_;
  const rapl::cpu_facts cpu_;
  const tree tree_;
  std::vector<candidate> found_{};
  const candidate* platform_ = nullptr;  // the psys that is counted
  std::string verdict_{};                // on the psys that was asked for
  detection result_{};
};

}  // namespace powercap

/// Looks for RAPL zones below `where.sysfs`. Takes under a millisecond; up to 60 ms more for each die of a
/// package whose dies have zones of their own, up to 250 ms more with prefer_psys. That counts the platform
/// in place of packages and DRAM, where it can be believed. The source reads what was found; the findings
/// tell all of it, also if it is nothing.
inline detection detect_powercap(const places& where, bool prefer_psys = false) {
  return powercap::detector(where).run(prefer_psys);
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
