// SPDX-License-Identifier: MIT
/// The report as a page for a browser: one file with its style and figures in it, without any script, that
/// asks for nothing outside of itself. Light or dark as the reader has it, for screens from a phone's on, and
/// for paper.
///
///     std::ofstream("run.html") << kaya::report::to_html(run.stop());
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/html/elsewhere.hpp>
#include <kaya/report/html/epochs.hpp>
#include <kaya/report/html/head.hpp>
#include <kaya/report/html/history.hpp>
#include <kaya/report/html/power.hpp>
#include <kaya/report/html/provenance.hpp>
#include <kaya/report/html/scopes.hpp>
#include <kaya/report/html/series.hpp>
#include <kaya/report/html/style.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

struct html_options {
  /// Of the page. Empty: the project, else the run's id.
  std::string title{};
  /// Of the epochs, drawn over their energy. Empty: the first that is called accuracy, acc, f1 or bleu, else
  /// loss, else the first.
  std::string metric{};
  /// Whose electricity the run's energy is priced with for comparison, by codes of grid::find(); what it does
  /// not know is named below the figure. Empty: no such figure.
  std::vector<std::string> regions{"NOR", "FRA", "EU27", "USA", "KOR", "WLD", "IND", "ZAF"};
  /// At most so many things to compare emissions with, and as many for the energy (report/equivalents.hpp),
  /// shown when the reader opens them; 0: none.
  std::size_t equivalents = 3;
};

/// The page, in UTF-8. What is not known is hatched and says why, never 0; what is assumed or modelled says
/// so. Names may have any bytes: what is not UTF-8 becomes U+FFFD, and long ones are cut, visibly. More than
/// 200 lines of epochs are drawn as means with bands from the least to the most, more than 120 channels, 64
/// ranks or 15 scopes as the sum of the rest: about 65 KB for a run of 40 epochs, 140 KB at most for one of
/// 10 000. Throws nothing but std::bad_alloc.
inline std::string to_html(const run_report& r, const html_options& options = {}) {
  namespace page = detail::html;
  std::string out;
  out.reserve(64 * 1024);
  out +=
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      // Nothing is asked for, whatever a reader's browser would do by itself.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n<title>";
  out += page::escaped(!options.title.empty() ? options.title : r.project.empty() ? r.run_id : r.project);
  ((out += ": energy and emissions</title>\n<style>") += page::style) += "</style>\n</head>\n<body>\n";
  (out += page::patterns) += "<main>\n";
  page::add_title(out, r, options.title);
  if (r.enabled) {
    const std::string_view metric = page::metric_to_draw(r, options.metric);
    const std::vector<page::point> points = page::points_of(r, metric);
    const page::timeline_facts facts = page::facts_of(r, points);
    page::add_cards(out, r);
    page::add_gaps(out, r);
    page::add_chain(out, r);
    page::add_power(out, r, points, facts);
    page::add_epochs(out, r, points, facts, metric);
    page::add_scopes(out, r);
    page::add_regions(out, r, options.regions);
    page::add_equivalents(out, r, options.equivalents);
    page::add_provenance(out, r);
    page::add_ranks(out, r);
    page::add_processes(out, r);
    page::add_events(out, r);
    page::add_cost(out, r);
  } else {
    out +=
        "<p class=\"hatched block\">kaya was disabled: nothing was accounted for, so nothing is known.</p>\n";
    page::add_events(out, r);
  }
  out +=
      "<footer>kaya" + (r.kaya_version.empty() ? "" : " " + page::escaped(r.kaya_version, 30)) +
      ". This page is one file: it runs no script and loads nothing.</footer>\n</main>\n</body>\n</html>\n";
  return out;
}

/// The same, as the other writers are called.
inline std::string html(const run_report& r) { return to_html(r); }

}  // namespace report
}  // namespace v1
}  // namespace kaya
