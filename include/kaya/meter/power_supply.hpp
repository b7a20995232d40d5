// SPDX-License-Identifier: MIT
// The mechanism "battery": what a machine draws from its batteries, from /sys/class/power_supply. It is the
// whole machine's power, screen and all, but only while nothing else feeds it: on mains there is a gap.
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
#include <kaya/meter/reading/value_file.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::battery {

/// The numbers of one battery as they stand in its files; of either sign.
struct figures {
  std::optional<std::int64_t> power{}, current{}, voltage{};
  std::optional<std::int64_t> energy_full{}, charge_full{};  // what it holds
};

/// What a driver's numbers have turned out to be; it never changes its mind.
struct units {
  std::optional<bool> milli_power{}, milli_current{};  // milliwatts, milliamperes; else millionths
};

/// No laptop's battery gives more; what reads more was taken for thousandths and is millionths.
inline constexpr double most_watts = 1000;

constexpr double magnitude(std::int64_t value) noexcept {
  const double v = static_cast<double>(value);
  return v < 0 ? -v : v;
}
/// Sysfs wants millionths (Linux, Documentation/power/power_supply_class.rst); some drivers write
/// thousandths. What lies from `least` on is in millionths.
constexpr double scaled(double raw, double least) noexcept { return raw < least ? raw * 1e-3 : raw * 1e-6; }

/// Whether a rate is in thousandths of a watt or ampere rather than millionths. The one is right with which
/// the battery lasts between 12 minutes and 200 hours, a thousandfold: never both. If it does not say what it
/// holds (0), a rate under `least` is none that a running machine draws.
constexpr bool in_thousandths(double raw, double holds, double least) noexcept {
  const auto fits = [](double hours) { return hours >= 0.2 && hours < 200; };
  if (holds > 0) {
    const bool millionths = fits(holds / (raw * 1e-6)), thousandths = fits(holds / (raw * 1e-3));
    if (millionths != thousandths) return thousandths;
  }
  return raw < least;
}

/// Watts that the battery gives while it discharges; empty if the figures cannot be true or do not tell.
constexpr std::optional<double> watts_of(const figures& f, units& known) noexcept {
  const auto size_of = [](const std::optional<std::int64_t>& n) { return n ? magnitude(*n) : 0.0; };
  // Below, 0 is: not known. Volts from 1 to 200: packs have one cell of 3 V or several.
  double volts = scaled(size_of(f.voltage), 200'000);
  if (volts < 1 || volts > 200) volts = 0;
  // 0.2 Wh are no battery of a machine, and neither are 200 kWh.
  double watt_hours = scaled(size_of(f.energy_full), 200'000);
  double ampere_hours = scaled(size_of(f.charge_full), 200'000);
  if (watt_hours <= 0) watt_hours = ampere_hours * volts;
  if (ampere_hours <= 0 && volts > 0) ampere_hours = watt_hours / volts;

  const auto rate = [](double raw, std::optional<bool>& milli, double holds, double least, double most) {
    if (!milli) milli = in_thousandths(raw, holds, least);
    if (*milli && raw * 1e-3 > most) milli = false;
    const double value = raw * (*milli ? 1e-3 : 1e-6);
    return value <= most ? value : 0;
  };
  // A running machine draws 0.1 W and more, and 20 mA and more.
  double watts = 0;
  if (f.power && *f.power != 0)
    watts = rate(size_of(f.power), known.milli_power, watt_hours, 100'000, most_watts);
  else if (f.current && *f.current != 0 && volts > 0)
    watts = rate(size_of(f.current), known.milli_current, ampere_hours, 20'000, most_watts / volts) * volts;
  return watts > 0 ? std::optional(watts) : std::nullopt;
}

/// One battery of the machine.
class pack {
 public:
  pack(detail::file_system& files, std::string name, const std::string& path)
      : name_(std::move(name)),
        status_(files, path + "/status"),
        power_(files, path + "/power_now"),
        current_(files, path + "/current_now"),
        voltage_(files, path + "/voltage_now") {
    const auto number = [&](const char* file) {
      return detail::parse_number<std::int64_t>(detail::read_text(files, path + file, 64).text);
    };
    full_.energy_full = number("/energy_full_design");
    if (!full_.energy_full) full_.energy_full = number("/energy_full");
    full_.charge_full = number("/charge_full_design");
    if (!full_.charge_full) full_.charge_full = number("/charge_full");
  }

  const std::string& name() const noexcept { return name_; }
  /// As its driver puts it: "Charging", "Discharging", "Full", "Not charging", "Unknown"; empty: not known.
  std::string_view status(std::int64_t now_ns) noexcept { return status_.word(now_ns); }
  std::optional<missing> status_missing() const noexcept { return status_.why(); }

  /// The power that it gives; to be asked while it discharges.
  measurement read(std::int64_t now_ns) noexcept {
    figures f = full_;
    f.power = power_.number(now_ns);
    std::optional<missing> why = power_.why();
    if (why && why != missing::not_present && why != missing::not_supported) return {0, 0, why};
    if (!f.power || *f.power == 0) {
      f.current = current_.number(now_ns);
      if (f.current) f.voltage = voltage_.number(now_ns);
      const auto other = f.current ? voltage_.why() : current_.why();
      if (other && why) return {0, 0, other == missing::not_present ? missing::not_supported : *other};
    }
    if (!f.voltage && f.charge_full) f.voltage = voltage_.number(now_ns);
    const auto watts = watts_of(f, units_);
    if (!watts) return {0, 0, missing::implausible};  // never a zero: a machine that runs draws something
    return {0, *watts};
  }

  /// The files that may not be read, each after a blank.
  std::string denied() const {
    std::string result;
    for (const value_file* f : {&status_, &power_, &current_, &voltage_})
      if (f->why() == missing::no_permission) result += " " + f->path();
    return result;
  }

 private:
  std::string name_;
  value_file status_, power_, current_, voltage_;
  figures full_{};
  units units_{};
};

/// All batteries of the machine as one channel: it draws from one or several of them.
class packs final : public source {
 public:
  std::span<const channel> channels() const noexcept override { return {&channel_, 1}; }

  /// The sum over those that discharge. not_present: none does, or the mains feed the machine as well; lost:
  /// one of them does not say.
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i > 0) return {0, 0, missing::not_present};
    if (channel_.why) return {0, 0, channel_.why};
    double watts = 0;
    for (pack& p : packs_) {
      const std::string_view status = p.status(now_ns);
      if (p.status_missing()) return {0, 0, p.status_missing()};
      if (status == "Charging") return {0, 0, missing::not_present};
      if (status != "Discharging") continue;
      const measurement m = p.read(now_ns);
      if (m.why) return m;
      watts += m.watts;
    }
    for (value_file& online : mains_)
      if (online.number(now_ns) == 1) return {0, 0, missing::not_present};
    if (!(watts > 0)) return {0, 0, missing::not_present};
    return {0, watts};
  }

  void add(pack p) { packs_.push_back(std::move(p)); }
  void add_mains(value_file online) { mains_.push_back(std::move(online)); }
  std::vector<pack>& all() noexcept { return packs_; }
  channel& what() noexcept { return channel_; }

 private:
  channel channel_{};
  std::vector<pack> packs_{};
  std::vector<value_file> mains_{};
};

/// "BAT10" after "BAT9".
inline bool before(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace meter::battery

namespace meter {

/// Looks for batteries that feed the machine below `where.sysfs`/class/power_supply. They are a channel only
/// if one of them discharges now; else, and if none is there, a finding says so.
inline detection detect_batteries(const places& where) {
  const std::string root = where.sysfs + "/class/power_supply";
  std::vector<std::string> names;
  const int error = -where.files->list(root.c_str(), names);
  for (std::size_t i = 1; i < names.size(); ++i)  // directories are listed in no order
    for (std::size_t k = i; k > 0 && battery::before(names[k], names[k - 1]); --k)
      std::swap(names[k], names[k - 1]);

  detail::handle<battery::packs> meter(new battery::packs);
  for (const std::string& name : names) {
    const std::string path = root + "/" + name;
    const auto is = [&](const char* file, std::string_view text) {
      return detail::trimmed(detail::read_text(*where.files, path + file, 64).text) == text;
    };
    if (is("/type", "Mains")) meter->add_mains(value_file(*where.files, path + "/online"));
    // A mouse's battery has scope Device; a bay can be empty.
    if (is("/type", "Battery") && !is("/scope", "Device") && !is("/present", "0"))
      meter->add(battery::pack(*where.files, name, path));
  }

  detection result;
  finding f{.mechanism = "battery", .what = "battery"};
  if (meter->all().empty()) {
    const bool denied = error == EACCES || error == EPERM;
    f.why = denied ? missing::no_permission : missing::not_present;
    f.text = (denied ? "may not list " : "no battery of the machine in ") + root;
    result.findings.push_back(f);
    return result;
  }
  channel& c = meter->what();
  f.what = c.name = meter->all().size() > 1 ? "batteries" : "battery";
  c.mechanism = "battery";
  c.device = whole_node;
  c.part = component::platform;
  c.has_memory = true;
  c.how = provenance::integrated;
  c.kind = reading_kind::power;
  c.update_period_ns = 1'000'000'000;  // ACPI batteries; some fuel gauges take up to 30 s
  c.low = 0.9, c.high = 1.1;
  c.accuracy = "fuel gauges state no accuracy, and change every 1 to 30 s; the width is a guess";
  c.note = "only while it discharges: on mains there is no value";

  const std::int64_t now = detail::os::monotonic_ns();
  f.why = meter->read(0, now).why;
  std::string denied;
  for (battery::pack& p : meter->all()) {
    const std::string_view status = p.status(now);
    f.text += (f.text.empty() ? "" : ", ") + p.name() + ": " + std::string(status.empty() ? "?" : status);
    denied += p.denied();
  }
  f.used =
      f.why != missing::not_present && f.why != missing::not_supported && f.why != missing::no_permission;
  if (f.why == missing::not_present) {
    f.text += "; read only while discharging with the mains off, at the start and after";
  } else if (f.why == missing::not_supported) {
    f.text += "; shows no power";
  } else if (f.why == missing::no_permission) {
    f.text += "; may not be read";
    f.remedy = denied.empty() ? "" : "sudo chmod a+r" + denied;
    c.why = f.why;
  } else if (f.why) {
    f.text += "; gives no figure now, and is tried again at each sample";
  }
  if (f.used || c.why) result.meter = detail::handle<source>(meter.get());
  result.findings.push_back(f);
  return result;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
