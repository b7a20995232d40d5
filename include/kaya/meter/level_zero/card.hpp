// SPDX-License-Identifier: MIT
// One of Intel's GPUs by Level Zero Sysman: the power domains that make it up, and their reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <kaya/meter/level_zero/abi.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::level_zero {

/// A GPU by the power domains that make it up. The session must outlive it.
class card {
 public:
  card(session& library, std::vector<power_domain> domains)
      : library_(&library), domains_(static_cast<std::vector<power_domain>&&>(domains)) {}

  /// Its energy in microjoules: the sum, as one counter.
  measurement read(std::int64_t now_ns) noexcept {
    if (!library_->usable()) return {.why = missing::lost};
    if (away_ && now_ns < retry_ns_) return {.why = why_};
    measurement result{.recovered = away_ && seen_};
    for (const power_domain d : domains_) {
      energy_counter counter;
      const status s = library_->call.energy(d, &counter);
      if (s != success) return failed(why_of(s), s == not_ready || s == not_available, now_ns);
      if (counter.microjoules > most - result.count) return failed(missing::implausible, true, now_ns);
      result.count += counter.microjoules;
    }
    away_ = false;
    seen_ = true;
    return result;
  }

 private:
  static constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();  // 292 000 years at 1 W

  /// What may pass is tried again after a second, what was not ready at once.
  measurement failed(missing why, bool at_once, std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 1'000'000'000;
    away_ = true;
    why_ = why;
    retry_ns_ = at_once || why != missing::lost ? now_ns : now_ns + patience_ns;
    return {.why = why};
  }

  session* library_;
  std::vector<power_domain> domains_;
  bool seen_ = false;  // it has answered
  bool away_ = false;  // it has failed since
  std::int64_t retry_ns_ = 0;
  std::optional<missing> why_{};
};

/// A list of handles by the usual two calls: how many, and which.
template <class Handle, class Call>
status list(std::vector<Handle>& found, const Call& call) {
  std::uint32_t n = 0;
  status s = call(&n, nullptr);
  if (s != success || n == 0) return s;
  if (n > 1024) return invalid_argument;  // no machine has as many
  found.resize(n, nullptr);
  s = call(&n, found.data());
  found.resize(s == success && n <= found.size() ? n : 0);
  return s;
}

/// The most that a domain may draw, in watts; 0 if it is not known. 1 W to 10 kW is taken to be one.
inline double limit_of(const power_properties& p) noexcept {
  for (const std::int32_t mw : {p.most_limit, p.default_limit})
    if (mw >= 1'000 && mw <= 10'000'000) return mw * 1e-3;
  return 0;
}

/// What a device is metered by.
struct meters {
  std::vector<power_domain> domains{};  // none: it is not
  const char* what = "";
  bool summed = false;
  double rated_watts = 0;
  status code = unsupported_feature;  // why it is not
};

/// The domain of the card contains that of the package, and that those of its stacks, tiles and memory: the
/// widest of them that can be read. Where the driver does not say which is which, those that are not of a
/// tile.
inline meters find_meters(const session& library, device d) {
  const functions& call = library.call;
  energy_counter counter;
  power_properties properties;
  meters result;
  power_domain whole = nullptr;
  if (call.card_domain && call.card_domain(d, &whole) == success && whole != nullptr) {
    result.code = call.energy(whole, &counter);
    if (result.code == success) {
      result.domains = {whole};
      result.what = "card";
      if (call.domain_properties(whole, &properties) == success) result.rated_watts = limit_of(properties);
      return result;
    }
  }
  std::vector<power_domain> all;
  if (const status s = list(all, [&](std::uint32_t* n, power_domain* h) { return call.domains(d, n, h); });
      s != success) {
    result.code = s;
    return result;
  }
  constexpr const char* names[] = {"card", "package", "device", "sum of stacks", "sum of tiles"};
  for (std::size_t rank = 0; rank < 5; ++rank) {
    meters found{.what = names[rank], .code = success};
    for (const power_domain p : all) {
      power_extension extension;
      properties = {};
      properties.head.next = &extension;
      if (const status s = call.domain_properties(p, &properties); s != success) {
        if (result.code == unsupported_feature) result.code = s;
        continue;
      }
      // Others than these are parts of the package: memory, and the GPU without it.
      constexpr std::size_t ranks[] = {2, 0, 1, 3};
      if (extension.domain > 3 || (properties.on_subdevice != 0 ? 4 : ranks[extension.domain]) != rank)
        continue;
      found.domains.push_back(p);
      found.rated_watts += limit_of(properties);
      if (const status s = call.energy(p, &counter); s != success) found.code = result.code = s;
    }
    if (found.domains.empty() || found.code != success) continue;
    found.summed = rank > 2 || found.domains.size() > 1;
    return found;
  }
  return result;
}

}  // namespace meter::level_zero
}  // namespace v1
}  // namespace kaya
