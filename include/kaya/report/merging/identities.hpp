// SPDX-License-Identifier: MIT
// Which lines of several reports are of one and the same device: those of one node and component that have a
// name of it in common, be it the device or the uuid, by whatever mechanism it was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/merging/part.hpp>

namespace kaya {
inline namespace v1 {
namespace report::merging {

/// A node is a boot of a machine; where nobody says which boot, its host name. What says neither is a node of
/// its own, and shares nothing.
class identities {
 public:
  explicit identities(collection& all) : all_(all) {
    for (const rank_line& k : all_.ranks) {
      const std::uint32_t host = all_.texts.of(k.host), boot = all_.texts.of(k.boot_id);
      if (host == 0 || boot == 0) continue;
      std::uint32_t& known = boot_of_host_.at(host, boot);
      if (known != boot) known = several;
    }
    for (part& p : all_.parts) {
      node_of_part_.push_back(node_of(p.host, p.boot));
      for (std::size_t i = p.ranks.first; i < p.ranks.end(); ++i) {
        const std::uint32_t host = all_.texts.of(all_.ranks[i].host);
        const std::uint32_t node = node_of(host, all_.texts.of(all_.ranks[i].boot_id));
        node_of_rank_.push_back(node);
        if (!p.is_merged || host == 0) continue;
        std::uint32_t& known = node_in_part_.at(pair_of(p.number, host), node);
        if (known != node) known = several;  // two machines of one name: which one a line is of, nobody knows
      }
    }
    node_.resize(all_.lines.size());
    parent_.resize(all_.lines.size());
    device_.resize(all_.lines.size());
    part_of_.resize(all_.lines.size());
    for (std::uint32_t i = 0; i < parent_.size(); ++i) parent_[i] = i;
    for (const part& p : all_.parts)
      for (std::size_t i = p.lines.first; i < p.lines.end(); ++i) place(p, static_cast<std::uint32_t>(i));
  }

  /// Nodes and devices are numbers; two lines of one group are of the same device.
  std::uint32_t node(std::size_t line) const noexcept { return node_[line]; }
  std::uint32_t node_of_rank(std::size_t rank) const noexcept { return node_of_rank_[rank]; }
  std::uint32_t group(std::size_t line) noexcept {
    auto i = static_cast<std::uint32_t>(line);
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  /// The number of the report that a line is of.
  std::uint32_t part_of(std::size_t line) const noexcept { return part_of_[line]; }
  /// The device's name, as a text.
  std::uint32_t device(std::size_t line) const noexcept { return device_[line]; }

 private:
  static constexpr std::uint32_t several = none - 1;

  std::uint32_t fresh() noexcept { return nodes_++; }
  std::uint32_t node_of(std::uint32_t host, std::uint32_t boot) {
    if (boot == 0 && host != 0) {
      const std::uint32_t known = boot_of_host_.find(host);
      if (known != none && known != several) boot = known;
    }
    if (boot == 0 && host == 0) return fresh();
    std::uint32_t& known = nodes_by_name_.at(pair_of(boot != 0 ? 1 : 0, boot != 0 ? boot : host), none);
    if (known == none) known = fresh();
    return known;
  }
  std::uint32_t node_of_line(const part& p, const channel_line& c) {
    const std::uint32_t host = all_.texts.of(c.host);
    if (host == 0 || (host == p.host && !p.is_merged)) return node_of_part_[p.number];
    if (p.is_merged) {
      std::uint32_t& known = node_in_part_.at(pair_of(p.number, host), none);
      if (known == several) known = fresh();
      if (known != none) return known;
    }
    return node_of(host, 0);
  }
  void place(const part& p, std::uint32_t line) {
    const channel_line& c = all_.lines[line];
    part_of_[line] = p.number;
    node_[line] = node_of_line(p, c);
    device_[line] = all_.texts.of(c.device);
    const std::uint32_t uuid = all_.texts.of(c.uuid);
    // Shares of a device that processes have are as many things as processes.
    std::uint32_t node = node_[line];
    if (p.of != attribution::machine && is_share(c.device)) node = fresh();
    if (device_[line] == 0 && uuid == 0)
      return join(line, node, c.part, all_.texts.of(c.mechanism + '\n' + c.name));
    join(line, node, c.part, device_[line]);
    join(line, node, c.part, uuid);
  }
  static bool is_share(std::string_view device) noexcept {
    return device.ends_with("/this process") || device.ends_with("/this cgroup") || device.ends_with("/idle");
  }
  void join(std::uint32_t line, std::uint32_t node, meter::component part, std::uint32_t name) {
    if (name == 0) return;
    const auto place = static_cast<std::uint32_t>(node * meter_components + static_cast<std::uint32_t>(part));
    const std::uint32_t first = group(lines_by_name_.at(pair_of(place, name), line)), mine = group(line);
    if (first < mine) parent_[mine] = first;
    else parent_[first] = mine;
  }
  static constexpr std::uint32_t meter_components = 8;  // at least as many as there are

  collection& all_;
  std::uint32_t nodes_ = 0;
  number_map boot_of_host_{}, nodes_by_name_{}, node_in_part_{}, lines_by_name_{};
  std::vector<std::uint32_t> node_of_part_{}, node_of_rank_{}, node_{}, device_{}, part_of_{}, parent_{};
};

}  // namespace report::merging
}  // namespace v1
}  // namespace kaya
