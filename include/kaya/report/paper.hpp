// SPDX-License-Identifier: MIT
/// What a paper says of the energy and emissions of a run: a paragraph, a table, a bibliography.
///
///     out << kaya::report::statement_latex(r) << kaya::report::latex(r);    // needs \usepackage{booktabs}
///     references << kaya::report::bibtex(r);
///
/// Names may have any bytes; of a text longer than 2000 bytes the beginning is shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/figures.hpp>
#include <kaya/report/paper/citations.hpp>
#include <kaya/report/paper/latex_text.hpp>
#include <kaya/report/phrases.hpp>
#include <kaya/report/record.hpp>
#include <kaya/text.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace detail {

/// How a paragraph is written down: plain, or as LaTeX.
struct paragraph_style {
  std::string (*text)(std::string_view);
  std::string_view cite_begin, cite_between, cite_end;
};
inline std::string plain_text(std::string_view name) { return one_line(shortened(name)); }

inline std::string cited(const std::vector<citation>& list, const paragraph_style& style) {
  std::string out;
  for (const citation& c : list) (out += out.empty() ? style.cite_begin : style.cite_between) += c.key;
  return out.empty() ? out : out + std::string(style.cite_end);
}

/// The mechanisms that count, each once: "powercap, nvml".
inline std::string mechanisms_of(const run_report& r) {
  std::vector<std::string_view> names;
  for (const channel_line& c : r.channels) {
    bool known = !c.counted || !c.energy_uj || c.mechanism.empty() || names.size() == 20;
    for (const std::string_view n : names) known = known || n == c.mechanism;
    if (!known) names.push_back(c.mechanism);
  }
  std::string text;
  for (const std::string_view n : names) (text += text.empty() ? "" : ", ") += shortened(n, 100);
  return text;
}

inline std::string write_statement(const run_report& r, const paragraph_style& style) {
  const auto text = style.text;
  const std::string by_kaya =
      text("kaya " + r.kaya_version) + cited(std::vector<citation>{cite_kaya(r)}, style);
  if (!r.enabled) return "Energy and emissions were not accounted for: " + by_kaya + " was disabled.\n";
  std::string out = "Training took " + text(amount_text(r.duration));
  if (const std::string machine = hardware_text(r.hardware); !machine.empty()) out += " on " + text(machine);
  out += ". ";
  if (!r.energy || !r.emissions) {
    out += "Its energy and emissions are not known: " + by_kaya + " found no meter that gave a value.";
  } else {
    out += "The IT equipment used " + text(amount_text(r.energy->value) + " " + range_text(*r.energy)) +
           text(" of energy (" + std::string(whose_text(r.of)) + "), " + provenance_text(r)) +
           ", as accounted by " + by_kaya;
    if (const std::string by = mechanisms_of(r); !by.empty()) out += " from " + text(by);
    out += cited(meter_citations(r), style) + ".";
    for (const std::string& estimate : estimates_of(r)) out += " " + text(estimate) + ".";
    out += " " +
           text("With a PUE of " + pue_text(r) + " and a carbon intensity of " +
                amount_text(r.intensity.value) + " (" + intensity_text(r.intensity) + ")") +
           cited(intensity_citations(r), style) +
           text(", this is " + amount_text(r.emissions->value) + " " + range_text(*r.emissions)) +
           ", of which the range is that of the energy alone";
    if (r.work > 0)
      out += text("; for each of " + figure_text(r.work) + " " + r.work_unit + ", " +
                  amount_text(r.energy->value / r.work) + " and " + amount_text(r.emissions->value / r.work));
    out += ".";
    if (r.water && r.wue)
      out += " " + text("At " + amount_text(*r.wue) + " of IT energy, " + amount_text(*r.water)) +
             " of water were used.";
    constexpr std::size_t most_metrics = 20;
    for (std::size_t i = 0; i < r.metrics.size() && i < most_metrics; ++i)
      out += " " + text(result_text(r, r.metrics[i])) + ".";
  }
  for (const std::string& gap : gaps_of(r)) out += " Note: " + text(gap) + ".";
  return out + "\n";
}

/// What of the run's id can stand in the label of a table: "-0123456789abcdef".
inline std::string label_text_of(const run_report& r) {
  std::string text;
  for (const char c : std::string_view(r.run_id).substr(0, 64))
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) text += c;
  return text.empty() ? text : "-" + text;
}

/// A row of two cells.
inline void add_latex_row(std::string& out, std::string_view what, std::string_view figure) {
  if (figure.empty()) return;
  (((out += "    ") += latex_text(what)) += " & ") += latex_text(figure);
  out += " \\\\\n";
}

}  // namespace detail

/// A paragraph for the text of a paper: time, hardware, energy with its range and what it is known from,
/// method, factors with their sources, emissions, metrics beside energy, what is missing. Sources are the
/// keys of bibtex(), in brackets: "[ember2024]".
inline std::string statement(const run_report& r) {
  return detail::write_statement(r, {&detail::plain_text, " [", "; ", "]"});
}
/// The same for LaTeX, with \cite.
inline std::string statement_latex(const run_report& r) {
  return detail::write_statement(r, {&detail::latex_text, "~\\cite{", ",", "}"});
}

/// A table for LaTeX, as wide as a column, which needs the package booktabs: what the statement says, one
/// figure a row. Letters beyond Latin-1, which pdflatex has no fonts for unless more packages are loaded, are
/// shown by their numbers: "[U+65E5]".
inline std::string latex(const run_report& r) {
  std::string out =
      "% needs \\usepackage{booktabs}\n\\begin{table}\n  \\centering\\sloppy\n"
      "  \\caption{Energy and emissions of training, accounted by " +
      detail::latex_text("kaya " + r.kaya_version) + ".}\n  \\label{tab:kaya" + detail::label_text_of(r) +
      "}\n  \\begin{tabular}{@{}p{0.3\\linewidth}p{0.6\\linewidth}@{}}\n    \\toprule\n";
  const auto row = [&out](std::string_view what, std::string_view figure) {
    detail::add_latex_row(out, what, figure);
  };
  if (!r.enabled) {
    row("Energy", "not known: kaya was disabled");
  } else {
    row("Project", r.project);
    row("Run", r.run_id);
    row("Time", detail::amount_text(r.duration));
    row("Hardware", detail::hardware_text(r.hardware));
    out += "    \\midrule\n";
    if (r.energy && r.emissions) {
      row("IT energy", detail::amount_text(r.energy->value) + " " + detail::range_text(*r.energy));
      row("Of", std::string(detail::whose_text(r.of)) + ", " + detail::provenance_text(r));
      for (const std::string& estimate : detail::estimates_of(r)) row("Estimate", estimate);
    } else {
      row("Energy", "not known: no channel that counts gave a value");
    }
    row("PUE", detail::pue_text(r));
    row("Carbon intensity",
        detail::amount_text(r.intensity.value) + ": " + detail::intensity_text(r.intensity));
    if (r.energy && r.emissions)
      row("Emissions", detail::amount_text(r.emissions->value) + " " + detail::range_text(*r.emissions) +
                           ", the range of the energy alone");
    if (r.water && r.wue)
      row("Water", detail::amount_text(*r.water) + " at " + detail::amount_text(*r.wue) + " of IT energy");
    if (r.work > 0 && r.energy)
      row("Energy of the work", detail::figure_text(r.work) + " " + r.work_unit +
                                    std::string(detail::times_sign) +
                                    detail::amount_text(r.energy->value / r.work));
    constexpr std::size_t most_rows = 20;
    if (!r.metrics.empty()) out += "    \\midrule\n";
    for (std::size_t i = 0; i < r.metrics.size() && i < most_rows; ++i)
      row(detail::shortened(r.metrics[i].first, 40), detail::figure_text(r.metrics[i].second));
    const std::vector<std::string> gaps = detail::gaps_of(r);
    if (!gaps.empty()) out += "    \\midrule\n";
    for (std::size_t i = 0; i < gaps.size() && i < most_rows; ++i) row("Note", gaps[i]);
    if (gaps.size() > most_rows) row("Note", "and " + std::to_string(gaps.size() - most_rows) + " more");
  }
  return out + "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n";
}

/// Entries for BibTeX: kaya, the data set of the carbon intensity, and what the meters' stated accuracy rests
/// on; only what this report used. They have no more than kaya knows: complete those without a title before
/// you print them.
inline std::string bibtex(const run_report& r) {
  std::vector<detail::citation> list{detail::cite_kaya(r)};
  if (r.enabled) {
    for (detail::citation& c : detail::intensity_citations(r)) detail::add_citation(list, std::move(c));
    for (detail::citation& c : detail::meter_citations(r)) detail::add_citation(list, std::move(c));
  }
  std::string out;
  for (const detail::citation& c : list) {
    out += (out.empty() ? "@misc{" : "\n@misc{") + c.key;
    const auto field = [&out](std::string_view name, const std::string& value, bool kept = false) {
      if (value.empty()) return;  // kept: a second pair of braces keeps a style from changing capitals
      ((out += ",\n  ") += name) += kept ? " = {{" : " = {";
      out += detail::latex_text(value) + (kept ? "}}" : "}");
    };
    if (c.author.empty()) field("key", c.key);                      // by which styles sort
    field("author", c.author, !c.author.ends_with(" and others"));  // of an organisation
    field("title", c.title, true);
    field("howpublished", c.published);
    field("year", c.year);
    field("eprint", c.eprint);
    if (!c.eprint.empty()) field("archiveprefix", "arXiv");
    field("note", c.note);
    out += "\n}\n";
  }
  return out;
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
