// SPDX-License-Identifier: MIT
// Which channels make up the total, so that nothing is counted twice. Each channel says which device it
// meters and which device contains that one; one pass over these facts decides, whatever the mechanisms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// Where a channel comes from: kaya found it, models it, or the user added it.
enum class origin { found, model, user };

/// One channel on its way into the total.
struct claim {
  channel what{};  // as its source says; what is decided is written here: counted, inside, note
  origin from = origin::found;
  const void* source = nullptr;  // the same for channels of one source; nullptr: it cannot be read
  bool read = true;              // false: another source reads the same device
};

/// The rules, in their order:
/// - everything that was found is inside the platform that a user's channel meters, and inside `whole_node`;
/// - a device that several sources read counts once: what was asked for, else what is known best, else the
///   first;
/// - a platform (a node's supply, psys, a module of CPU and GPU) gives way to what is inside it, if that has
/// a
///   CPU, lacks no CPU and no GPU, and is known at least as well; unless the platform was asked for;
/// - what is inside any other device that counts is a part of that;
/// - a model counts where nothing else that counts has its component.
class overlap {
 public:
  /// contained: more facts of that kind, for channels that do not say what they are inside of.
  overlap(std::vector<claim>& all, const std::vector<containment>& contained)
      : all_(all), contained_(contained), state_(all.size()) {}

  void decide() {
    for (std::size_t i = 0; i < all_.size(); ++i) state_[i].eligible = eligible(all_[i]);
    for (std::size_t i = 0; i < all_.size(); ++i) yield_to_same_device(i);
    find_whole();
    for (std::size_t i = 0; i < all_.size(); ++i) place(i);
    for (std::size_t i = 0; i < all_.size(); ++i) split(i);
    for (std::size_t i = 0; i < all_.size(); ++i) yield_to_container(i);
    for (std::size_t i = 0; i < all_.size(); ++i)
      all_[i].what.counted = all_[i].from == origin::model ? is_needed(i) : state_[i].counts();
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;

  struct state {
    bool eligible = false;      // it can be read, and may count
    bool contained = false;     // something that counts contains it
    bool is_split = false;      // a platform whose parts count in its place
    std::size_t parent = none;  // a channel of the device that contains this one's
    bool counts() const noexcept { return eligible && !contained && !is_split; }
  };
  /// How well what is inside a platform is known.
  struct cover {
    bool complete = true, has_cpu = false;
    provenance worst = provenance::measured;
    void add(provenance how) noexcept {
      if (how > worst) worst = how;
    }
    void add(const cover& other) noexcept {
      complete = complete && other.complete;
      has_cpu = has_cpu || other.has_cpu;
      add(other.worst);
    }
    bool as_good_as(provenance how) const noexcept { return complete && has_cpu && worst <= how; }
  };

  static bool eligible(const claim& c) noexcept {
    return c.source != nullptr && c.what.counted && !c.what.why && c.from != origin::model;
  }
  bool is_platform(std::size_t i) const noexcept { return all_[i].what.part == component::platform; }

  void tell(std::size_t i, std::string_view why, std::string_view other) {
    std::string& note = all_[i].what.note;
    if (!note.empty()) note += "; ";
    note.append(why).append(other);
  }

  /// The platform that contains all that was found: a user's, else the node's.
  void find_whole() {
    for (const bool users : {true, false})
      for (std::size_t i = 0; i < all_.size() && whole_ == none; ++i)
        if (is_platform(i) && state_[i].eligible &&
            (users ? all_[i].from == origin::user : all_[i].what.device == whole_node))
          whole_ = i;
  }
  bool is_users_whole(std::size_t i) const noexcept { return i == whole_ && all_[i].from == origin::user; }

  /// Whether i is to be preferred to k, which reads the same device.
  bool beats(std::size_t i, std::size_t k) const noexcept {
    const claim &a = all_[i], &b = all_[k];
    if (a.what.asked_for != b.what.asked_for) return a.what.asked_for;
    return a.what.how != b.what.how ? a.what.how < b.what.how : i < k;
  }
  void yield_to_same_device(std::size_t i) {
    const claim& mine = all_[i];
    if (!state_[i].eligible || mine.what.device.empty()) return;
    for (std::size_t k = 0; k < all_.size(); ++k) {
      const claim& other = all_[k];
      if (other.what.device != mine.what.device || other.source == mine.source || !eligible(other) ||
          !beats(k, i))
        continue;
      state_[i].eligible = false;
      all_[i].read = false;
      tell(i, "the same device as ", other.what.name + ", which is read in its place");
      return;
    }
  }

  std::size_t find(std::string_view device, std::size_t but) const noexcept {
    std::size_t found = none;
    for (std::size_t i = 0; i < all_.size() && !device.empty(); ++i)
      if (i != but && all_[i].what.device == device && all_[i].from != origin::model &&
          (found == none || (state_[i].eligible && !state_[found].eligible)))
        found = i;
    return found;
  }
  /// Finds the channel around one, over devices that no channel meters. What says nothing is inside the
  /// whole; a user's meters stand beside a user's whole, and those of something else (component other) beside
  /// any.
  void place(std::size_t i) {
    channel& c = all_[i].what;
    if (c.inside.empty()) c.inside = container_of(c.device);
    std::string device = c.inside;
    for (std::size_t step = 0; step <= contained_.size() && !device.empty(); ++step) {
      if ((state_[i].parent = find(device, i)) != none) return;
      device = container_of(device);
    }
    if (whole_ == none || i == whole_ || all_[whole_].what.device == c.device) return;
    if (all_[i].from == origin::user &&
        (is_users_whole(whole_) || c.part == component::other || c.part == component::platform))
      return;
    state_[i].parent = whole_;
    if (c.inside.empty()) c.inside = all_[whole_].what.device;
  }
  std::string container_of(std::string_view device) const {
    for (const containment& fact : contained_)
      if (fact.device == device) return fact.inside;
    return {};
  }

  /// Whether i is inside k, over however many steps; a circle has no end.
  bool is_inside(std::size_t i, std::size_t k) const noexcept {
    for (std::size_t step = 0, at = state_[i].parent; at != none && step < all_.size(); ++step) {
      if (at == k) return true;
      at = state_[at].parent;
    }
    return false;
  }
  /// What is known of the CPUs and GPUs right inside a platform, through platforms in it.
  cover look_inside(std::size_t platform, std::size_t depth = 0) const noexcept {
    cover result;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const channel& c = all_[i].what;
      const std::size_t parent = state_[i].parent;
      const bool child = parent != none && (parent == platform || same_device(parent, platform));
      if (!child || all_[i].from == origin::model || !all_[i].read || depth > all_.size()) continue;
      // Not this process's, or not asked for.
      const bool only_shown = !c.counted && (!c.why || c.why == missing::disabled);
      if (c.part == component::platform) {
        cover inner = look_inside(i, depth + 1);
        if (state_[i].eligible && !inner.as_good_as(c.how)) inner = {true, true, c.how};
        else if (!inner.has_cpu && !only_shown) inner.complete = false;
        result.add(inner);
      } else if (only_shown) {
        continue;
      } else if (c.part == component::cpu || c.part == component::gpu) {
        result.complete = result.complete && (state_[i].eligible || find_eligible(c.device));
        result.has_cpu = result.has_cpu || c.part == component::cpu;
        if (state_[i].eligible) result.add(c.how);
      }
    }
    return result;
  }
  bool same_device(std::size_t i, std::size_t k) const noexcept {
    return !all_[i].what.device.empty() && all_[i].what.device == all_[k].what.device;
  }
  bool find_eligible(std::string_view device) const noexcept {
    const std::size_t found = find(device, none);
    return found != none && state_[found].eligible;
  }

  void split(std::size_t i) {
    const claim& c = all_[i];
    if (!state_[i].eligible || !is_platform(i) || c.what.asked_for || c.from == origin::user) return;
    state_[i].is_split = look_inside(i).as_good_as(c.what.how);
    if (state_[i].is_split) tell(i, "its parts are known as well and counted in its place", "");
  }
  void yield_to_container(std::size_t i) {
    if (!state_[i].eligible) return;
    if (whole_ != none && is_users_whole(whole_) && i != whole_ && all_[i].from == origin::found) {
      state_[i].contained = true;
      return tell(i, "part of ", all_[whole_].what.name);
    }
    for (std::size_t k = 0; k < all_.size(); ++k) {
      if (k == i || !state_[k].eligible || state_[k].is_split || !(is_inside(i, k))) continue;
      if (is_inside(k, i) && k > i) continue;  // each inside the other: the first one counts
      state_[i].contained = true;
      return tell(i, "part of ", all_[k].what.name);
    }
  }

  bool is_needed(std::size_t i) {
    const channel& model = all_[i].what;
    if (!model.counted || model.why || all_[i].source == nullptr) return false;
    for (std::size_t k = 0; k < all_.size(); ++k) {
      if (!state_[k].counts() || !covers(all_[k].what, model.part)) continue;
      tell(i, "gives way to ", all_[k].what.name);
      return false;
    }
    return true;
  }

  std::vector<claim>& all_;
  const std::vector<containment>& contained_;
  std::vector<state> state_;
  std::size_t whole_ = none;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
