// SPDX-License-Identifier: MIT
/// What a model card says of the energy and emissions of training: the metadata that Hugging Face reads, and
/// a section in Markdown.
///
///     std::ofstream("README.md") << kaya::report::model_card_front_matter(r, {.training_type =
///     "fine-tuning"})
///                                << kaya::report::model_card(r);
///
/// Both take names of any bytes: what is not UTF-8 becomes U+FFFD, and nothing in a name is markup.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kaya/report/figures.hpp>
#include <kaya/report/model_card/epochs.hpp>
#include <kaya/report/model_card/markdown.hpp>
#include <kaya/report/model_card/yaml.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

struct model_card_options {
  /// "pre-training", "fine-tuning"; empty: not said.
  std::string training_type{};
  /// Empty: the name of the place whose intensity was used, if one was.
  std::string geographical_location{};
  /// Empty: CPU, memory and GPUs of the report.
  std::string hardware_used{};
  /// The level of the section's heading, 1 to 5; others are taken as the nearest.
  int heading_level = 2;
};

namespace detail {

inline std::string source_text(const run_report& r) {
  std::string text = "kaya " + r.kaya_version + ": " + chain_text(r) + " " + range_text(*r.emissions) +
                     "; energy of " + std::string(whose_text(r.of)) + ", " + provenance_text(r) +
                     "; carbon intensity: " + intensity_text(r.intensity);
  for (const std::string& gap : gaps_of(r)) text += "; " + gap;
  return text;
}

inline void add_card_metrics(std::string& out, const run_report& r) {
  constexpr std::size_t most_epochs = 12, most_metrics = 6;
  const std::vector<milestone> shown = milestones(r, most_epochs);
  const std::vector<std::string_view> names = metric_names(shown, most_metrics);
  if (!names.empty()) {
    out += "\nMetrics, beside the energy of all epochs until then";
    if (shown.size() < r.epochs.size())
      out += " (" + std::to_string(shown.size()) + " of " + std::to_string(r.epochs.size()) + " lines)";
    out += ":\n\n";
    markdown_table t(out);
    t.cell("epoch");
    t.cell("energy so far");
    for (const std::string_view name : names) t.cell(name);
    t.end_row();
    for (const milestone& m : shown) {
      t.cell(epoch_text(*m.epoch));
      t.cell(m.so_far ? amount_text(*m.so_far) : "not known");
      for (const std::string_view name : names) {
        const auto value = metric_of(*m.epoch, name);
        t.cell(value ? figure_text(*value) : "-");
      }
      t.end_row();
    }
  }
  for (const auto& metric : r.metrics) out += "\n" + markdown_text(result_text(r, metric)) + ".\n";
}

}  // namespace detail

/// YAML between two lines of dashes: `co2_eq_emissions` with `emissions` in grams of CO2 equivalents,
/// to 4 digits, `source` (method, factors, range, provenance), `training_type`, `geographical_location`,
/// `hardware_used`. Without emissions, the whole of it is a comment that says so, since readers want a number
/// there. A card that has metadata of its own takes what is between the dashes.
inline std::string model_card_front_matter(const run_report& r, const model_card_options& options = {}) {
  std::string out = "---\n", grams;
  if (!r.enabled || !r.emissions || !r.energy ||
      !detail::append_yaml_number(grams, detail::four_digits(r.emissions->value.count()))) {
    out += "# co2_eq_emissions: not known; ";
    out += r.enabled ? "no channel that counts gave a value\n" : "kaya was disabled\n";
    return out + "---\n";
  }
  out += "co2_eq_emissions:\n  emissions: " + grams + "\n";
  const auto add = [&out](std::string_view key, std::string_view text) {
    if (text.empty()) return;
    ((out += "  ") += key) += ": ";
    detail::append_yaml_string(out, text);
    out += '\n';
  };
  add("source", detail::source_text(r));
  add("training_type", options.training_type);
  const bool has_place = !r.intensity.code.empty();  // else a figure that was given, or a series
  add("geographical_location", !options.geographical_location.empty() ? options.geographical_location
                               : has_place ? r.intensity.name + (r.intensity.assumed ? " (assumed)" : "")
                                           : std::string());
  add("hardware_used",
      !options.hardware_used.empty() ? options.hardware_used : detail::hardware_text(r.hardware));
  return out + "---\n";
}

/// A section in Markdown: energy and emissions with their ranges, the chain of factors, what they are known
/// from, metrics beside energy (at most 12 epochs and 6 metrics), and what is missing.
inline std::string model_card(const run_report& r, const model_card_options& options = {}) {
  const int level = options.heading_level < 1 ? 1 : options.heading_level > 5 ? 5 : options.heading_level;
  std::string out(static_cast<std::size_t>(level), '#');
  out += " Energy and emissions of training\n\n";
  if (!r.enabled) return out + "Not known: kaya was disabled, and nothing was accounted for.\n";
  if (r.energy && r.emissions)
    out += "Training used **" + detail::amount_text(r.energy->value) + "** " + detail::range_text(*r.energy) +
           " and emitted **" + detail::amount_text(r.emissions->value) + "** " +
           detail::range_text(*r.emissions) + "; the latter range is that of the energy alone.\n\n";
  else out += "Energy and emissions are not known: no channel that counts gave a value.\n\n";
  detail::markdown_table t(out);
  const auto row = [&t](std::string_view what, std::string_view text) {
    if (text.empty()) return;
    t.cell(what);
    t.cell(text);
    t.end_row();
  };
  row("what", "figure");
  row("chain", detail::chain_text(r));
  if (r.energy)
    row("energy", std::string(detail::whose_text(r.of)) + ", IT equipment, " + detail::provenance_text(r));
  for (const std::string& estimate : detail::estimates_of(r)) row("estimate", estimate);
  row("PUE", detail::pue_text(r));
  row("carbon intensity",
      detail::amount_text(r.intensity.value) + ": " + detail::intensity_text(r.intensity));
  if (r.water && r.wue)
    row("water", detail::amount_text(*r.water) + " at " + detail::amount_text(*r.wue) + " of IT energy");
  row("time", detail::amount_text(r.duration));
  row("hardware", !options.hardware_used.empty() ? options.hardware_used : detail::hardware_text(r.hardware));
  row("type of training", options.training_type);
  row("location", options.geographical_location);
  row("accounted by", "kaya " + r.kaya_version + ", run " + r.run_id);
  detail::add_card_metrics(out, r);
  const std::vector<std::string> gaps = detail::gaps_of(r);
  out += "\nWhat to know:\n\n";
  for (const std::string& gap : gaps) out += "- Note: " + detail::markdown_text(gap) + ".\n";
  out +=
      std::string("- ") + (gaps.empty() && r.energy ? "All meters that count gave values throughout. " : "") +
      "Not in these figures: other machines (storage, network), and making and disposing of the hardware.\n";
  return out;
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
