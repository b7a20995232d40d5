// SPDX-License-Identifier: MIT
// What was found on a machine, in words: for whoever asks why a figure is missing, modelled or not counted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/meter/host.hpp>
#include <kaya/meter/model/rating.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The facts in one sentence, as far as they are known.
inline std::string describe_host(const host& h) {
  std::string text;
  const auto add = [&](const std::string& fact) { text += (text.empty() ? "" : "; ") + fact; };
  const auto count = [](int n, const char* one) {
    return std::to_string(n) + ' ' + one + (n == 1 ? "" : "s");
  };
  const auto gib = [](std::uint64_t bytes) {
    return model::plain(static_cast<double>(bytes >> 20) / 1024) + " GiB";
  };
  if (h.os) add(*h.os);
  if (h.system_vendor || h.system_product)
    add(std::string(detail::trimmed(h.system_vendor.value_or("") + ' ' + h.system_product.value_or(""))));
  add(h.cpu_model.value_or("CPU unknown"));
  if (h.sockets) add(count(*h.sockets, "socket"));
  if (h.cores) add(count(*h.cores, "core"));
  if (h.logical_cpus) add(count(*h.logical_cpus, "logical CPU"));
  if (h.allowed_cpus && h.allowed_cpus != h.logical_cpus)
    add(std::to_string(*h.allowed_cpus) + " of them for this process");
  if (h.limits.cpus) add("CPU quota " + model::plain(*h.limits.cpus));
  if (h.memory_bytes) add(gib(*h.memory_bytes) + " memory");
  if (h.limits.memory_bytes) add("memory limit " + gib(*h.limits.memory_bytes));
  if (h.virtual_machine.value_or(false)) add(h.wsl ? "WSL" : "virtual machine");
  if (!h.gpus.empty()) add(count(static_cast<int>(h.gpus.size()), "GPU"));
  if (h.rank) add("rank " + std::to_string(*h.rank));
  return text;
}

namespace explaining {

inline constexpr std::size_t width = 100, column = 22;

/// Appends "  head  text", the text broken at blanks and set below itself.
inline void paragraph(std::string& out, std::string_view head, std::string_view text) {
  std::string line = head.empty() ? "" : "  " + std::string(head);
  if (line.size() >= column) {
    out += line + '\n';
    line.clear();
  }
  line.resize(column, ' ');
  bool fresh = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
    if (word.empty()) continue;
    if (!fresh && line.size() + 1 + word.size() > width) {
      out += line + '\n';
      line.assign(column, ' ');
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

/// A channel with what is known of it, then those inside its device, one step further to the right.
class channel_tree {
 public:
  channel_tree(std::string& out, std::span<const bound_channel> channels)
      : out_(out), channels_(channels), listed_(channels.size()) {}

  void list() {
    for (std::size_t i = 0; i < channels_.size(); ++i)
      if (!has_container(i)) list(i, 0);
    for (std::size_t i = 0; i < channels_.size(); ++i)  // what is in a circle
      if (!listed_[i]) list(i, 0);
  }

 private:
  const channel& at(std::size_t i) const noexcept { return channels_[i].what; }
  bool contains(std::size_t k, std::size_t i) const noexcept {
    return k != i && !at(k).device.empty() && at(k).device == at(i).inside;
  }
  bool has_container(std::size_t i) const noexcept {
    for (std::size_t k = 0; k < channels_.size(); ++k)
      if (contains(k, i)) return true;
    return false;
  }
  void list(std::size_t i, std::size_t depth) {
    if (listed_[i]) return;
    listed_[i] = true;
    const channel& c = at(i);
    std::string text(to_string(c.part));
    text += c.why ? ": " + std::string(to_string(*c.why)) : ", " + std::string(to_string(c.how));
    if (c.mechanism != "model") text += "; " + c.mechanism + ' ' + c.device;
    if (!c.uuid.empty()) text += ", " + c.uuid;
    paragraph(out_, std::string(2 * depth, ' ') + (c.counted ? "+ " : "- ") + c.name, text);
    if (!c.note.empty()) paragraph(out_, "", c.note);
    if (c.counted && !c.accuracy.empty())
      paragraph(out_, "",
                model::plain(c.low) + " to " + model::plain(c.high) + " x the figure: " + c.accuracy);
    for (std::size_t k = 0; k < channels_.size(); ++k)
      if (contains(i, k)) list(k, depth + 1);
  }

  std::string& out_;
  std::span<const bound_channel> channels_;
  std::vector<bool> listed_;
};

/// Mechanisms that have only met stand-ins so far: fake trees, libraries and kernels of kaya's own tests.
inline bool is_verified_on_hardware(std::string_view mechanism) noexcept {
  return mechanism == "model" || mechanism == "added" || mechanism == "gpu";
}

/// A text that begins with the place it speaks of, "intel-rapl:0:1: counted": where that place ends; 0 if it
/// does not.
inline std::size_t place_in(std::string_view text) noexcept {
  const std::size_t end = text.find(": ");
  return end == std::string_view::npos || text.substr(0, end).find(' ') != std::string_view::npos ? 0 : end;
}

/// What holds for several parts is said once, at the first of them.
inline void list_finding(std::string& out, const std::vector<finding>& all, std::size_t i) {
  const auto reason = [](const finding& f) {
    const std::size_t place = place_in(f.text);
    return std::string_view(f.text).substr(place > 0 ? place + 2 : 0);
  };
  const finding& f = all[i];
  std::string parts;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const finding& g = all[k];
    if (g.mechanism != f.mechanism || g.used != f.used || g.why != f.why || reason(g) != reason(f) ||
        g.remedy != f.remedy)
      continue;
    if (k < i) return;
    const std::string part = g.what == g.mechanism ? "" : g.what;
    const std::string place = g.text.substr(0, place_in(g.text));
    if (!part.empty() || !place.empty()) parts += parts.empty() ? ": " : ", ";
    parts += part + (part.empty() || place.empty() ? place : " (" + place + ")");
  }
  std::string text = f.used ? "used" : f.why ? std::string(to_string(*f.why)) : "not used";
  text += parts;
  if (!reason(f).empty()) text += ": " + std::string(reason(f));
  paragraph(out, f.mechanism, text);
  if (!f.remedy.empty()) out += std::string(column, ' ') + "run: " + f.remedy + '\n';  // whole, to be copied
}

}  // namespace explaining

inline std::string explain_machine(const host& h, const std::vector<finding>& findings,
                                   std::span<const bound_channel> channels) {
  using namespace explaining;
  std::string out;
  out += "Meters of " + h.name.value_or("this machine") + (h.boot_id ? ", boot " + *h.boot_id : "") + '\n';
  paragraph(out, "", describe_host(h));
  out += "\nTried\n";
  for (std::size_t i = 0; i < findings.size(); ++i) list_finding(out, findings, i);
  std::string unverified;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const std::string& name = findings[i].mechanism;
    if (!findings[i].used || is_verified_on_hardware(name) || unverified.find(name) != std::string::npos)
      continue;
    unverified += (unverified.empty() ? "" : ", ") + name;
  }
  if (!unverified.empty())
    paragraph(out, "",
              "not verified on hardware, only on stand-ins: " + unverified +
                  "; compare with a meter before you rely on it");
  bool any = false;
  for (const bound_channel& b : channels) any = any || b.what.counted;
  out += any ? "\nChannels, each below what contains it (+ counted, - not counted)\n"
             : "\nNothing can be counted\n";
  channel_tree(out, channels).list();
  return out;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
