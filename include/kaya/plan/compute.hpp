// SPDX-License-Identifier: MIT
// How much compute training runs took, and what was published of its growth. Static tables.
//
//     static_assert(kaya::plan::find_compute("GPT-3 175B")->petaflop_s_days() > 3630);   // printed as 3640
//     static_assert(kaya::plan::find_fact("compute_doubling_time")->value == 3.4);      // months
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <kaya/plan/data/compute_table.hpp>
#include <kaya/plan/training.hpp>  // flop_per_petaflop_s_day

namespace kaya {
inline namespace v1 {
namespace plan {

/// The compute of one training run. All text is in static storage.
struct compute_model {
  std::string_view name;
  int year = 0;
  std::optional<double> parameters;
  double flop = 0;
  std::string_view printed_petaflop_s_days;  ///< where the source prints them; else flop in that unit
  std::string_view source;
  plan::confidence confidence = plan::confidence::known;
  std::string_view note;

  constexpr double petaflop_s_days() const noexcept { return flop / flop_per_petaflop_s_day; }
};

/// Something published about all of them.
struct compute_fact {
  std::string_view key, what;
  double value = 0;
  std::string_view unit;  ///< "months", "x" (a factor), "FLOP"
  int year = 0;           ///< of the publication
  std::string_view source;
  plan::confidence confidence = plan::confidence::known;
  std::string_view note;
};

inline constexpr std::size_t compute_model_count =
    sizeof detail::compute_table::models / sizeof *detail::compute_table::models;
inline constexpr std::size_t compute_fact_count =
    sizeof detail::compute_table::facts / sizeof *detail::compute_table::facts;

/// The models, i < compute_model_count; those of one source together.
constexpr compute_model compute_model_at(std::size_t i) noexcept {
  const detail::compute_table::model_row& from = detail::compute_table::models[i];
  compute_model m;
  m.name = from.name;
  m.year = from.year;
  if (from.parameters > 0) m.parameters = from.parameters;
  m.flop = from.flop;
  m.printed_petaflop_s_days = from.petaflop_s_days;
  m.source = detail::compute_table::sources[from.source];
  m.confidence = from.confidence;
  m.note = from.note;
  return m;
}

/// The facts, i < compute_fact_count.
constexpr compute_fact compute_fact_at(std::size_t i) noexcept {
  const detail::compute_table::fact_row& from = detail::compute_table::facts[i];
  return {from.key,        from.what, from.value,
          from.unit,       from.year, detail::compute_table::sources[from.source],
          from.confidence, from.note};
}

/// The model of that name, spelled as in the table, or nothing.
constexpr std::optional<compute_model> find_compute(std::string_view name) noexcept {
  for (std::size_t i = 0; i < compute_model_count; ++i)
    if (detail::compute_table::models[i].name == name) return compute_model_at(i);
  return {};
}

/// The fact of that key, or nothing.
constexpr std::optional<compute_fact> find_fact(std::string_view key) noexcept {
  for (std::size_t i = 0; i < compute_fact_count; ++i)
    if (detail::compute_table::facts[i].key == key) return compute_fact_at(i);
  return {};
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
