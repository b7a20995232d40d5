// SPDX-License-Identifier: MIT
// The answers of services that tell the carbon intensity of a grid right now. Pure functions of the text; a
// text that is not understood gives a sentence that names what is missing, never a value.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/detail/json.hpp>
#include <kaya/detail/number.hpp>
#include <kaya/grid/live/reading.hpp>
#include <kaya/grid/time.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace grid {
namespace detail {

namespace json = kaya::detail::json;

/// No answer to one question is longer than this; 72 hours in steps of 5 minutes are 60 KiB.
inline constexpr std::size_t most_answer_bytes = std::size_t{1} << 20;
/// Burning the worst lignite gives some 1500 g/kWh (IPCC 2006 guidelines); beyond this it is an error.
inline constexpr double most_grams_per_kilowatt_hour = 5000;

/// A refusal, with what the service itself says, for it mostly explains it ("Invalid auth-token"). Whole: who
/// shows it cuts it, once no token is in it, for one across the cut would not be found any more.
inline live_answer refused_by(const json::value& root, std::string why) {
  const json::value* said = root.at("error", "message");
  if (said == nullptr) said = root.find("message");
  if (said == nullptr) said = root.find("error");
  if (said != nullptr && said->string()) why.append("; the service says: ").append(*said->string());
  return live_answer::refused(std::move(why));
}
inline live_answer no_json(const json::parsed& text) {
  return live_answer::refused("the answer is not JSON: " + text.message());
}

inline std::string_view string_in(const json::value* v) noexcept {
  return v != nullptr ? v->string().value_or(std::string_view()) : std::string_view();
}
inline std::optional<std::int64_t> time_in(const json::value* v) noexcept { return parse_time(string_in(v)); }

/// Nothing if a value is a carbon intensity; otherwise what is wrong with it.
inline std::string value_refusal(std::string_view field, grams_per_kilowatt_hour value) {
  const double grams = value.count();
  if (grams >= 0 && grams <= most_grams_per_kilowatt_hour) return {};
  char digits[32];
  const char* const end = std::to_chars(digits, digits + sizeof digits, grams).ptr;
  return std::string(field) + " is " + std::string(digits, static_cast<std::size_t>(end - digits)) +
         " g/kWh; 0 to 5000 is allowed";
}

/// Nothing if a time is at most an hour ahead, as far as clocks may differ; otherwise what is wrong with it.
inline std::string early_refusal(std::int64_t begin_ns, std::int64_t unix_ns) {
  constexpr std::uint64_t hour = 3'600'000'000'000;
  if (begin_ns <= unix_ns ||
      static_cast<std::uint64_t>(begin_ns) - static_cast<std::uint64_t>(unix_ns) <= hour)
    return {};
  return "the answer is for " + std::string(time_string(begin_ns).view()) + ", and the clock says " +
         std::string(time_string(unix_ns).view()) + "; at most 1 h ahead is allowed";
}

/// Of a list of objects the one in force at a time: the last that begins at or before it, else the first of
/// all. nullptr if none says when it begins.
inline const json::value* in_force(const json::value& list, std::string_view begins, std::int64_t unix_ns) {
  const json::value* best = nullptr;
  std::int64_t best_begin = 0;
  for (const json::value& entry : list.items()) {
    const auto begin = time_in(entry.find(begins));
    if (!begin) continue;
    const bool better = best == nullptr || (best_begin > unix_ns ? *begin < best_begin
                                                                 : *begin <= unix_ns && *begin > best_begin);
    if (better) best = &entry, best_begin = *begin;
  }
  return best;
}

/// Nothing if that is beyond a period's sense (400 days) or the end of time.
inline std::optional<std::int64_t> seconds_after(std::int64_t begin_ns, double seconds) noexcept {
  if (!(seconds > 0 && seconds <= 400 * 86'400.0)) return {};
  const auto length = static_cast<std::int64_t>(seconds * 1e9);
  if (begin_ns > INT64_MAX - length) return {};
  return begin_ns + length;
}

}  // namespace detail

/// Electricity Maps, API v3 (2025), GET /v3/carbon-intensity/latest?zone=DE:
///   {"zone": "DE", "carbonIntensity": 302, "datetime": "2018-04-25T18:00:00.000Z", "updatedAt": ...,
///    "emissionFactorType": "lifecycle", "isEstimated": true, "estimationMethod": ...,
///    "temporalGranularity": "hourly"}
/// in gCO2eq/kWh of consumption, location-based. With "_disclaimer" it is refused: so are answers to sandbox
/// keys marked, whose numbers are random.
inline live_answer parse_electricity_maps(std::string_view text, std::int64_t = 0) {
  const detail::json::parsed json = detail::json::parse(text, detail::most_answer_bytes);
  if (!json) return detail::no_json(json);
  const detail::json::value& root = *json.root;

  if (const auto* const disclaimer = root.find("_disclaimer")) {
    std::string why = "the answer has a _disclaimer, as those to sandbox keys: no real data";
    if (disclaimer->string()) why.append("; the service says: ").append(*disclaimer->string());
    return live_answer::refused(std::move(why));
  }
  const auto* const intensity = root.find("carbonIntensity");
  const auto grams = intensity != nullptr ? intensity->number() : std::nullopt;
  if (!grams) return detail::refused_by(root, "no number carbonIntensity");
  reading r;
  r.value = grams_per_kilowatt_hour(*grams);
  if (std::string why = detail::value_refusal("carbonIntensity", r.value); !why.empty())
    return live_answer::refused(std::move(why));

  r.begin_ns = detail::time_in(root.find("datetime"));
  if (!r.begin_ns) return detail::refused_by(root, "no time datetime");
  const std::string_view step = detail::string_in(root.find("temporalGranularity"));
  const double seconds = step == "hourly"       ? 3600
                         : step == "30_minutes" ? 1800
                         : step == "15_minutes" ? 900
                         : step == "5_minutes"  ? 300
                                                : 0;
  r.end_ns = detail::seconds_after(*r.begin_ns, seconds);

  const std::string_view how = detail::string_in(root.find("emissionFactorType"));
  if (how != "lifecycle" && how != "direct")
    return detail::refused_by(root, "no emissionFactorType, lifecycle or direct");
  r.how = how == "direct" ? accounting::direct : accounting::lifecycle;
  if (const auto* const estimated = root.find("isEstimated"))
    r.estimated = estimated->boolean().value_or(false);
  return {r, std::string(detail::string_in(root.find("zone"))), {}};
}

/// Great Britain, Carbon Intensity API of the National Energy System Operator (2024), GET /intensity:
///   {"data": [{"from": "2018-01-20T12:00Z", "to": "2018-01-20T12:30Z",
///              "intensity": {"forecast": 266, "actual": 263, "index": "moderate"}}]}
/// in gCO2/kWh of generation only, so direct. `actual`, an estimate, is null until it is known; then the
/// forecast is taken, and marked. Of several half-hours the one in force at unix_ns is taken.
inline live_answer parse_uk_carbon_intensity(std::string_view text, std::int64_t unix_ns) {
  const detail::json::parsed json = detail::json::parse(text, detail::most_answer_bytes);
  if (!json) return detail::no_json(json);
  const detail::json::value& root = *json.root;

  const auto* const list = root.find("data");
  const auto* const entry = list != nullptr ? detail::in_force(*list, "from", unix_ns) : nullptr;
  if (entry == nullptr) return detail::refused_by(root, "no data with a time from");
  reading r;
  r.how = accounting::direct;
  r.begin_ns = detail::time_in(entry->find("from"));
  if (std::string why = detail::early_refusal(*r.begin_ns, unix_ns); !why.empty())
    return live_answer::refused(std::move(why));
  r.end_ns = detail::time_in(entry->find("to"));

  const auto* value = entry->at("intensity", "actual");
  auto grams = value != nullptr ? value->number() : std::nullopt;
  r.forecast = !grams;
  r.estimated = !r.forecast;
  if (!grams) {
    value = entry->at("intensity", "forecast");
    if (value != nullptr) grams = value->number();
  }
  if (!grams) return detail::refused_by(root, "no number intensity.actual or intensity.forecast");
  r.value = grams_per_kilowatt_hour(*grams);
  if (std::string why = detail::value_refusal("intensity", r.value); !why.empty())
    return live_answer::refused(std::move(why));
  return {r, "GB", {}};
}

/// WattTime, API v3 (2024), GET /v3/forecast and /v3/historical with signal_type co2_moer (marginal) or
/// co2_aoer (average):
///   {"data": [{"point_time": "2022-07-15T00:00:00+00:00", "value": 870.0}, ...],
///    "meta": {"data_point_period_seconds": 300, "region": "CAISO_NORTH", "signal_type": "co2_moer",
///             "units": "lbs_co2_per_mwh", "generated_at": ..., ...}}
/// Emissions of power plants' stacks, so direct. /v3/signal-index has a rank in percent only, and is refused.
/// The point in force at unix_ns is taken.
inline live_answer parse_watttime(std::string_view text, std::int64_t unix_ns) {
  const detail::json::parsed json = detail::json::parse(text, detail::most_answer_bytes);
  if (!json) return detail::no_json(json);
  const detail::json::value& root = *json.root;

  const std::string_view units = detail::string_in(root.at("meta", "units"));
  if (units.empty()) return detail::refused_by(root, "no meta.units");
  if (units != "lbs_co2_per_mwh")
    return detail::refused_by(root, "meta.units is " + std::string(units) +
                                        "; lbs_co2_per_mwh is allowed, of v3/forecast or v3/historical");
  const std::string_view signal = detail::string_in(root.at("meta", "signal_type"));
  if (signal != "co2_moer" && signal != "co2_aoer")
    return detail::refused_by(root, "no meta.signal_type, co2_moer or co2_aoer");

  const auto* const list = root.find("data");
  const auto* const entry = list != nullptr ? detail::in_force(*list, "point_time", unix_ns) : nullptr;
  if (entry == nullptr) return detail::refused_by(root, "no data with a point_time");
  const auto* const value = entry->find("value");
  const auto pounds = value != nullptr ? value->number() : std::nullopt;
  if (!pounds) return detail::refused_by(root, "no number value in data");
  reading r;
  r.how = accounting::direct;
  r.basis = signal == "co2_moer" ? basis::marginal : basis::location;
  r.value = pounds_per_megawatt_hour(*pounds);
  if (std::string why = detail::value_refusal("value", r.value); !why.empty())
    return live_answer::refused(std::move(why));

  r.begin_ns = detail::time_in(entry->find("point_time"));
  if (std::string why = detail::early_refusal(*r.begin_ns, unix_ns); !why.empty())
    return live_answer::refused(std::move(why));
  if (const auto* const period = root.at("meta", "data_point_period_seconds"))
    r.end_ns = detail::seconds_after(*r.begin_ns, period->number().value_or(0));
  if (const auto* const imputed = entry->find("imputed_data_used"))
    r.estimated = imputed->boolean().value_or(false);
  r.forecast = root.at("meta", "generated_at") != nullptr;
  return {r, std::string(detail::string_in(root.at("meta", "region"))), {}};
}

}  // namespace grid
}  // namespace v1
}  // namespace kaya
