// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/grid/regions.hpp>
#include <kaya/report/paper.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace {

using kaya::report::bibtex;
using kaya::report::latex;
using kaya::report::statement;
using kaya::report::statement_latex;
using kaya::report::detail::latex_text;
using namespace kaya_test;

/// A report with one name in all places.
kaya::run_report named(const std::string& name) {
  kaya::run_report r = sample_report();
  r.project = r.run_id = r.kaya_version = r.work_unit = r.intensity.name = r.intensity.code =
      r.intensity.source = r.intensity.note = r.hardware.cpu_model = name;
  r.channels[0].name = r.channels[1].mechanism = r.channels[2].accuracy = name;
  r.channels[0].energy_uj.reset();
  r.metrics = {{name, 0.75}};
  return r;
}
kaya::run_report in_region(std::string_view code) {
  kaya::run_report r = sample_report();
  const auto f = kaya::grid::find(code);
  REQUIRE(f);
  r.intensity.code = f->code, r.intensity.name = f->name, r.intensity.source = f->source,
  r.intensity.year = f->year, r.intensity.how = f->how;
  return r;
}

}  // namespace

TEST_CASE("statement: energy, method, factors, emissions and sources are in one paragraph") {
  const std::string text = statement(sample_report());
  CHECK(count(text, "\n") == 1);
  CHECK(text.back() == '\n');
  CHECK(has(text, "Training took 1.00 h on 2 x AMD EPYC 9654"));
  CHECK(has(text,
            "300 Wh (95 %: 250 Wh to 361 Wh) of energy (the whole machine), 93.3 % of it measured, the "
            "rest at worst modelled, as accounted by kaya 0.1.0 [kaya] from test "
            "[hackenberg2015; khan2018]"));
  CHECK(has(text,
            " With a PUE of 1.5 and a carbon intensity of 44.1 gCO₂e/kWh (France (FRA) 2024, lifecycle, "
            "location-based, Ember"));
  CHECK(has(text, " [ember2024], this is 19.8 gCO₂e (95 %: 16.5 gCO₂e to 23.9 gCO₂e)"));
  CHECK(has(text, "for each of 2000 images, 540 J and 9.92 mgCO₂e."));
  CHECK(has(text, " 6.7 % of the energy is modelled (memory (model))."));
  CHECK(has(text, "540 mL of water"));
  CHECK(has(text, "The run ended with test accuracy 0.9712 after 300 Wh."));
}
TEST_CASE("statement: what was assumed and what is missing is said") {
  kaya::run_report r = sample_report();
  r.pue = 1, r.pue_assumed = r.intensity.assumed = true;
  r.channels[1].energy_uj.reset(), r.channels[1].why = kaya::meter::missing::masked;
  r.of = kaya::attribution::process;
  const std::string text = statement(r);
  CHECK(has(text, "a PUE of 1 (assumed, as none was given)"));
  CHECK(has(text, "assumed, as no region was given"));
  CHECK(has(text, "Note: package-1 is not in the total: masked."));
  CHECK(has(text, "(the share of one process)"));
}
TEST_CASE(
    "statement: what is not measured is told with its share and what was taken for it, largest part first") {
  kaya::run_report r = sample_report();
  for (const std::size_t i : {0u, 1u, 2u}) r.channels[i].how = kaya::meter::provenance::assumed;
  r.channels[0].note = r.channels[1].note = "TDP 6 W", r.channels[2].note = "0.1 W per GiB";
  const std::string text = statement(r);
  const std::size_t cpus = text.find(" 33.3 % of the energy is assumed (package-0, package-1: TDP 6 W).");
  const std::size_t memory = text.find(" 6.7 % of the energy is assumed (memory (model): 0.1 W per GiB).");
  REQUIRE(memory != std::string::npos);
  CHECK(cpus < memory);
  CHECK(has(latex(r), "Estimate & 33.3 \\% of the energy is assumed (package-0, package-1: TDP 6 W) \\\\\n"));
  const kaya::channel_line core = r.channels[5];
  for (int i = 0; i < 200; ++i) {
    r.channels.insert(r.channels.begin(), core);
    r.channels[0].note = std::to_string(i), r.channels[0].counted = true;
    r.channels[0].how = i == 7 ? kaya::meter::provenance::assumed : kaya::meter::provenance::integrated;
  }
  r.channels.push_back(r.channels[0]);
  r.channels.back().energy_uj = kaya::microjoules(0), r.channels.back().note = "nothing";
  const auto many = kaya::report::detail::estimates_of(r);
  REQUIRE(many.size() == 6);
  CHECK(many[0] == "1.6 % of the energy is assumed (package-0, package-1: TDP 6 W)");
  CHECK(has(many[5], "is at worst assumed (197 other kinds)"));
  CHECK_FALSE(has(statement(r), "nothing"));
}
TEST_CASE("statement: a run that goes on has not ended with a metric") {
  kaya::run_report r = sample_report();
  r.finished = false;
  CHECK(has(statement(r), "The run came to test accuracy 0.9712 after 300 Wh."));
}
TEST_CASE("statement: a PUE that some ranks gave and others did not is called so") {
  kaya::run_report r = sample_report();
  r.pue = 1.02, r.pue_assumed = true, r.ranks.resize(2);
  CHECK(has(statement(r), "a PUE of 1.02 (at least in part assumed, as not all gave one)"));
}
TEST_CASE("statement: without energy, or a tracker that was disabled, no figure is made up") {
  const std::string text = statement(report_without_energy());
  CHECK(has(text, "energy and emissions are not known"));
  CHECK_FALSE(has(text, "gCO2e"));
  CHECK_FALSE(has(text, "ember"));
  kaya::run_report r;
  r.enabled = false;
  CHECK(has(statement(r), "was disabled"));
  CHECK(has(latex(r), "kaya was disabled"));
  CHECK(has(latex(report_without_energy()), "Energy & not known: no channel that counts gave a value"));
}
TEST_CASE("statement: the one for LaTeX cites what is in the bibliography, and no more") {
  for (const kaya::run_report& r :
       {sample_report(), report_without_energy(), in_region("CA-QC"), in_region("gcp:us-west1")}) {
    const std::string text = statement_latex(r), entries = bibtex(r);
    std::size_t cited = 0;
    for (std::size_t at = text.find("\\cite{"); at != std::string::npos; at = text.find("\\cite{", at + 1)) {
      std::string keys = text.substr(at + 6, text.find('}', at) - at - 6) + ",";
      for (; !keys.empty(); keys.erase(0, keys.find(',') + 1), ++cited)
        CHECK(has(entries, "@misc{" + keys.substr(0, keys.find(',')) + ",\n"));
    }
    CHECK(cited == count(entries, "@misc{"));
  }
}
TEST_CASE(
    "bibtex: data sets have title, publisher and year, papers their title, and what has no author a key") {
  const std::string text = bibtex(sample_report());
  CHECK(has(text,
            "@misc{ember2024,\n  author = {{Ember}},\n  title = {{Yearly electricity data}},\n  year = "
            "{2024},\n  note = {Carbon intensity: Ember"));
  CHECK(has(text, "@misc{hackenberg2015,\n  author = {Hackenberg and others},\n  title = {{An Energy "));
  CHECK(has(text, "@misc{kaya,\n  key = {kaya},\n"));
}
TEST_CASE("bibtex: every region's figure has an entry of its data set, not of its text") {
  for (const kaya::grid::figure& f : kaya::grid::regions()) {
    const std::string text = bibtex(in_region(f.code));
    CAPTURE(f.code);
    CHECK_FALSE(has(text, "@misc{intensity"));
    CHECK(count(text, "Carbon intensity: ") >= 1);
  }
  const std::string quebec = bibtex(in_region("CA-QC"));
  CHECK(has(quebec, "@misc{codecarbon2023,"));
  CHECK(has(quebec, "@misc{ipcc2014,"));
}
TEST_CASE("bibtex: a figure that the user gave has no source, a series has its own") {
  kaya::run_report r = sample_report();
  r.intensity.code = "", r.intensity.name = "given", r.intensity.source = "tracker_options::intensity";
  CHECK_FALSE(has(bibtex(r), "tracker"));
  r.intensity.name = "series", r.intensity.source = "hours_of_2026.csv", r.intensity.year = 0;
  CHECK(has(bibtex(r), "@misc{intensity,\n  key = {intensity},\n  title = {{hours\\_of\\_2026.csv}},\n"));
}
TEST_CASE("bibtex: only what the energy comes from is cited") {
  kaya::run_report r = sample_report();
  for (kaya::channel_line& c : r.channels) c.accuracy.clear();
  r.channels[0].accuracy = "a guess (Yang et al., arXiv 2312.02741, 2023)";
  r.channels[1].accuracy = "blind to the data (Schoene et al. 2021)", r.channels[1].energy_uj.reset();
  r.channels[2].accuracy = "55 to 110 % under full load (SPECpower 2018-2025)";
  r.channels[5].accuracy = "x (Nobody et al. 1999)";  // not counted
  const std::string text = bibtex(r);
  CHECK(has(text,
            "@misc{yang2023,\n  author = {Yang and others},\n  title = {{Part-time Power Measurements: "
            "nvidia-smi's Lack of Attention}},\n  year = {2023},\n  eprint = "
            "{2312.02741},\n  archiveprefix = {arXiv}\n}"));
  CHECK(has(text, "@misc{specpower,\n"));
  CHECK_FALSE(has(text, "under full load"));
  CHECK_FALSE(has(text, "schoene"));
  CHECK_FALSE(has(text, "nobody"));
  CHECK_FALSE(has(text, "doi"));
}
TEST_CASE("bibtex: another paper of the same author and year has not the title of one that is known") {
  kaya::run_report r = sample_report();
  for (kaya::channel_line& c : r.channels) c.accuracy.clear();
  r.channels[0].accuracy = "(Khan et al. 2018)", r.channels[1].accuracy = "(Yang et al. 2023)";
  const std::string text = bibtex(r);
  CHECK(has(text, "@misc{khan2018,\n  author = {Khan and others},\n  year = {2018},\n  note = "));
  CHECK(has(text, "@misc{yang2023,\n  author = {Yang and others},\n  year = {2023},\n  note = "));
}
TEST_CASE("bibtex: braces are in pairs, whatever the names") {
  for (const std::string& name :
       {std::string("}{}}"), std::string("\\{"), std::string("@misc{x, a = \"{\"}"),
        std::string("{ et al. 2000"), std::string(" et al. 2000 et al."), broken_utf8}) {
    const std::string text = bibtex(named(name));
    int depth = 0;
    for (const char c : text) {
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      CHECK(depth >= 0);
    }
    CHECK(depth == 0);
  }
}
TEST_CASE("latex: a table with ranges, provenance, chain and what is missing") {
  kaya::run_report r = sample_report();
  r.channels[0].energy_uj.reset();
  const std::string text = latex(r);
  CHECK(text.starts_with("% needs \\usepackage{booktabs}\n\\begin{table}\n"));
  CHECK(has(text, "\\label{tab:kaya-0123456789abcdef}\n"));
  CHECK(text.ends_with("\\end{table}\n"));
  for (const char* const part :
       {"\\toprule", "\\bottomrule", "IT energy & 300 Wh (95 \\%: 250 Wh to 361 Wh) \\\\\n",
        "93.3 \\% of it measured, the rest at worst modelled", "PUE & 1.5 \\\\\n",
        "Emissions & 19.8 gCO$_2$e (95 \\%: 16.5 gCO$_2$e", "test accuracy & 0.9712 \\\\\n",
        "Note & package-0 is not in the total: not known \\\\\n"}) {
    CAPTURE(part);
    CHECK(has(text, part));
  }
}
TEST_CASE("latex: all that is a command is escaped") {
  CHECK(latex_text("a\\b{c}") == "a\\textbackslash{}b\\textbraceleft{}c\\textbraceright{}");
  CHECK(latex_text("#$%&_") == "\\#\\$\\%\\&\\_");
  CHECK(latex_text("~^<>|\"") ==
        "\\textasciitilde{}\\textasciicircum{}\\textless{}\\textgreater{}\\textbar{}''");
  CHECK(latex_text("[x]*--") == "{[}x{]}{*}-{}-");
  CHECK(latex_text("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
  CHECK(latex_text("\xC3\xB7\xE6\x97\xA5\xF0\x9F\x8C\x8D\xF4\x8F\xBF\xBF") ==
        "{[}U+00F7{]}{[}U+65E5{]}{[}U+1F30D{]}{[}U+10FFFF{]}");
  CHECK(latex_text("1.50 µgCO₂e × 2") == "1.50 $\\mu$gCO$_2$e $\\times$ 2");
  CHECK(latex_text("two\nlines\xC2\x85") == "two lines ");
  CHECK(latex_text(std::string(1 << 20, 'x')).size() == 2000);
  CHECK(latex_text(std::string(1998, 'x') + "\xF0\x9F\x8C\x8D").ends_with("xxx..."));
}
TEST_CASE("latex: pdflatex and BibTeX take all of it, whatever the names") {
  if (run("command -v pdflatex && command -v bibtex && kpsewhich booktabs.sty").status != 0) {
    MESSAGE(
        "pdflatex with booktabs (Debian: texlive-latex-base, texlive-latex-recommended) is not installed: "
        "not tested");
    return;
  }
  const fake_tree tree;
  const std::string in_folder = "cd " + tree.root() + " && ";
  std::vector<kaya::run_report> reports{sample_report(), report_without_energy(), in_region("CA-QC")};
  auto names = hostile_names();
  names.push_back(broken_utf8);
  names.push_back("[optional] * star");
  names.push_back(std::string("nul\0", 4));
  for (int c = 0xA0; c < 0x180; ++c)  // Latin-1 and some more
    names.back() += std::string{static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  for (const std::string& name : names) reports.push_back(named(name));
  std::string document = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const std::string n = std::to_string(i);
    write_text(tree.root() + "/r" + n + ".bib", bibtex(reports[i]));
    write_text(tree.root() + "/r" + n + ".aux", "\\citation{*}\n\\bibstyle{plain}\n\\bibdata{r" + n + "}\n");
    const output ran = run(in_folder + "bibtex r" + n);
    CAPTURE(ran.text);
    CHECK(ran.status == 0);
    CHECK(count(text_of(tree.root() + "/r" + n + ".bbl"), "\\bibitem") ==
          count(bibtex(reports[i]), "@misc{"));
    document += statement_latex(reports[i]) + latex(reports[i]) + "\\input{r" + n + ".bbl}\n\\clearpage\n";
  }
  write_text(tree.root() + "/all.tex", document + "\\end{document}\n");
  const output ran = run(in_folder + "pdflatex -interaction=nonstopmode -halt-on-error all.tex | tail -30");
  CAPTURE(ran.text);
  CHECK(has(ran.text, "Output written on all.pdf"));
}
TEST_CASE("latex: in two columns the table is no wider than one, and BibTeX has nothing to say") {
  if (run("command -v pdflatex && command -v bibtex && kpsewhich booktabs.sty").status != 0) {
    MESSAGE("pdflatex with booktabs is not installed: not tested");
    return;
  }
  const fake_tree tree;
  kaya::run_report r = sample_report();
  r.channels[2].note = "23.54 GiB of a host's memory x 0.1 W per GiB: 2.35 W";
  r.channels[3].accuracy = "a guess (Yang et al., arXiv 2312.02741, 2023)";
  r.channels[4].accuracy = "55 to 110 % under full load (SPECpower 2018-2025)";
  write_text(tree.root() + "/refs.bib", bibtex(r));
  write_text(tree.root() + "/all.tex",
             "\\documentclass[twocolumn]{article}\n\\usepackage{booktabs}\n\\begin{document}\n" +
                 statement_latex(r) + "See Table~\\ref{tab:kaya-" + r.run_id + "}.\n" + latex(r) +
                 "\\bibliographystyle{plain}\\bibliography{refs}\n\\end{document}\n");
  const output ran = run("cd " + tree.root() +
                         " && pdflatex -interaction=nonstopmode all.tex >one; bibtex all && pdflatex "
                         "-interaction=nonstopmode all.tex >two; pdflatex -interaction=nonstopmode all.tex");
  CAPTURE(ran.text);
  CHECK(has(ran.text, "Output written on all.pdf"));
  CHECK_FALSE(has(ran.text, "Overfull"));
  CHECK_FALSE(has(ran.text, "Warning"));
  CHECK_FALSE(has(ran.text, "undefined"));
}
TEST_CASE("paper: 10 000 epochs take less than 30 ms, and 1 MB names little more") {
  kaya::run_report r = sample_report(10'000);
  for (int i = 0; i < 10'000; ++i) r.metrics.emplace_back("metric " + std::to_string(i), i);
  const auto ms = [](const kaya::run_report& of) {
    double least = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double before = cpu_ms();
      CHECK(statement(of).size() + statement_latex(of).size() + latex(of).size() + bibtex(of).size() > 1000);
      least = std::min(least, cpu_ms() - before);
    }
    return least;
  };
  const double plain = ms(r), small = ms(named(std::string(1 << 17, '{'))),
               large = ms(named(std::string(1 << 20, '{')));
  MESSAGE("10 000 epochs: ", plain, " ms; names of 128 KiB, 1 MiB: ", small, " ms, ", large, " ms");
  CHECK(large < 8 * 4 * small + 20);
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(plain < 30);
#endif
}
