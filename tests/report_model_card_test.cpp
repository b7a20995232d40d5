// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/report/model_card.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"
#include "support/sample_report.hpp"
#include "support/words.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using kaya::report::model_card;
using kaya::report::model_card_front_matter;
using kaya::report::model_card_options;
using kaya::report::detail::markdown_text;
using namespace kaya_test;

/// A report with one name in all places.
kaya::run_report named(const std::string& name) {
  kaya::run_report r = sample_report();
  r.project = r.run_id = r.kaya_version = r.work_unit = r.intensity.name = r.intensity.code =
      r.intensity.source = r.intensity.note = r.hardware.cpu_model = name;
  r.channels[0].name = name;
  r.channels[0].energy_uj.reset();
  for (kaya::epoch_line& e : r.epochs) e.metrics = {{name, 0.5}, {"loss", 1}};
  r.metrics = {{name, 0.75}};
  return r;
}

}  // namespace

TEST_CASE("front matter: emissions are grams, with the chain, range and provenance as their source") {
  const std::string text = model_card_front_matter(sample_report(), {.training_type = "fine-tuning"});
  CHECK(text.starts_with("---\nco2_eq_emissions:\n  emissions: 19.83"));
  CHECK(text.ends_with("\n---\n"));
  CHECK(has(text, "2000 images × 540 J each × PUE 1.5 × 44.1 gCO₂e/kWh = 19.8 gCO₂e (95 %: 16.5 gCO₂e to "));
  CHECK(has(text, "93.3 % of it measured, the rest at worst modelled"));
  CHECK(has(text, "France (FRA) 2024, lifecycle, location-based, Ember"));
  CHECK(has(text, "  training_type: \"fine-tuning\"\n"));
  CHECK(has(text, "  geographical_location: \"France\"\n"));
  CHECK(has(text, "  hardware_used: \"2 x AMD EPYC 9654, 384 logical CPUs, 64 GiB of memory, NVIDIA "));
}
TEST_CASE("front matter: options replace what the report says") {
  const std::string text = model_card_front_matter(
      sample_report(), {.geographical_location = "Jean-Zay, Orsay", .hardware_used = "8 x A100"});
  CHECK(has(text, "  geographical_location: \"Jean-Zay, Orsay\"\n"));
  CHECK(has(text, "  hardware_used: \"8 x A100\"\n"));
  CHECK_FALSE(has(text, "training_type"));
}
TEST_CASE("front matter: what was assumed and what is missing is said") {
  kaya::run_report r = sample_report();
  r.intensity.assumed = r.pue_assumed = true;
  r.channels[3].energy_uj.reset(), r.channels[3].why = kaya::meter::missing::no_permission;
  const std::string text = model_card_front_matter(r);
  CHECK(has(text, "PUE 1.5 (assumed)"));
  CHECK(has(text, "assumed, as no region was given"));
  CHECK(has(text, "geographical_location: \"France (assumed)\""));
  CHECK(has(text, "gpu-0 is not in the total: no permission"));
}
TEST_CASE("front matter: a place is not made of a figure that was given") {
  kaya::run_report r = sample_report();
  r.intensity.code = "", r.intensity.name = "given";
  CHECK_FALSE(has(model_card_front_matter(r), "geographical_location"));
}
TEST_CASE("front matter: without emissions there is no number, and the reason is told") {
  for (kaya::run_report r : {report_without_energy(), kaya::run_report(), sample_report()}) {
    if (r.emissions) r.emissions->value = kaya::grams_co2e(std::nan(""));
    const std::string text = model_card_front_matter(r);
    CHECK(has(text, "# co2_eq_emissions: not known"));
    CHECK_FALSE(has(text, "emissions: 0"));
  }
  kaya::run_report disabled;
  disabled.enabled = false;
  CHECK(has(model_card_front_matter(disabled), "kaya was disabled"));
  CHECK(has(model_card(disabled), "kaya was disabled"));
}
TEST_CASE("front matter: a YAML reader gets names back as they were") {
  const std::string python = python_with("yaml");
  if (python.empty()) {
    MESSAGE("python3-yaml is not installed: not tested");
    return;
  }
  const fake_tree tree;
  auto names = hostile_names();
  names.push_back(std::string("nul\0", 4));
  names.push_back("\xEF\xBF\xBE\xEF\xBF\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF \xC2\x80\xC2\xA0");
  for (const std::string& name : names) {
    const std::string path = tree.root() + "/card.md";
    write_text(path, model_card_front_matter(named(name), {.training_type = name}));
    write_text(path + ".name", name);
    const output ran = run_python(python, tree.root(), R"(
import sys, yaml
text = open(sys.argv[1], encoding='utf-8', newline='').read()
name = open(sys.argv[1] + '.name', encoding='utf-8', newline='').read()
assert text.startswith('---\n') and text.endswith('\n---\n')
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader) if len(name) > 1000 else yaml.SafeLoader
d = yaml.load(text[4:-4], Loader=loader)
assert list(d) == ['co2_eq_emissions'], list(d)
c = d['co2_eq_emissions']
assert list(c) == ['emissions', 'source', 'training_type', 'geographical_location', 'hardware_used'], list(c)
assert isinstance(c['emissions'], float) and abs(c['emissions'] - 19.83) < 1e-9
assert c['training_type'] == name and c['geographical_location'] == name and name in c['source']
)",
                                  path);
    CAPTURE(name.substr(0, 100));
    CAPTURE(ran.text);
    CHECK(ran.status == 0);
  }
  write_text(tree.root() + "/broken", model_card_front_matter(named(broken_utf8)));
  const output ran = run_python(python, tree.root(), R"(
import sys, yaml
d = yaml.safe_load(open(sys.argv[1], encoding='utf-8').read()[4:-4])
assert d['co2_eq_emissions']['geographical_location'].startswith('br\ufffdken \ufffd')
)",
                                tree.root() + "/broken");
  CHECK(ran.status == 0);
}
TEST_CASE("front matter: very small and very large emissions are numbers in YAML 1.1") {
  kaya::run_report r = sample_report();
  const auto line = [&r](double grams) {
    r.emissions->value = kaya::grams_co2e(grams);
    const std::string text = model_card_front_matter(r);
    const std::size_t at = text.find("emissions: ") + 11;
    return text.substr(at, text.find('\n', at) - at);
  };
  CHECK(line(1e-7) == "0.0000001");
  CHECK(line(2.5e20) == "250000000000000000000");
  CHECK(line(-0.5) == "-0.5");
  CHECK(line(0.0001880265333277778) == "0.000188");
  CHECK(line(1e300).find('e') == std::string::npos);
}

TEST_CASE("model card: energy, emissions, chain, provenance, range") {
  const std::string text = model_card(sample_report());
  CHECK(text.starts_with("## Energy and emissions of training\n\n"));
  CHECK(has(text, "Training used **300 Wh** (95 %: 250 Wh to 361 Wh) and emitted **19.8 gCO₂e** (95 %: "));
  CHECK(has(text, "| chain | 2000 images × 540 J each × PUE 1.5 × 44.1 gCO₂e/kWh = 19.8 gCO₂e |\n"));
  CHECK(has(text, "the whole machine, IT equipment, 93.3 % of it measured, the rest at worst modelled"));
  CHECK(has(text, "| water | 540 mL at 1.80 L/kWh of IT energy |"));
  CHECK(has(text, "| estimate | 6.7 % of the energy is modelled (memory (model)) |\n"));
  CHECK(has(text, "- All meters that count gave values throughout. Not in these figures: "));
  CHECK(model_card(sample_report(), {.heading_level = 4}).starts_with("#### "));
  CHECK(model_card(sample_report(), {.heading_level = -1}).starts_with("# "));
}
TEST_CASE("model card: accuracy stands beside the energy that it took") {
  const std::string text = model_card(sample_report(40));
  CHECK(has(text, "| epoch | energy so far | accuracy | loss |\n| --- | --- | --- | --- |\n"));
  CHECK(has(text, "| 39 | 278 Wh | 0.94875 | 0.025 |\n"));
  CHECK(has(text, "beside the energy of all epochs until then (12 of 40 lines):"));
  CHECK(has(text, "The run ended with test accuracy 0.9712 after 300 Wh."));
}
TEST_CASE("model card: of many epochs twelve are shown, the first and the last among them") {
  for (const int n : {1, 2, 11, 12, 13, 25, 10'000}) {
    CAPTURE(n);
    const kaya::run_report r = sample_report(n);
    const auto shown = kaya::report::detail::milestones(r, 12);
    REQUIRE(shown.size() == static_cast<std::size_t>(std::min(n, 12)));
    CHECK(shown.front().epoch->index == 0);
    CHECK(shown.back().epoch->index == n - 1);
    for (std::size_t i = 1; i < shown.size(); ++i) CHECK(shown[i].epoch->index > shown[i - 1].epoch->index);
    CHECK(shown.back().so_far->count() == doctest::Approx(1e6));
  }
  CHECK(kaya::report::detail::milestones(sample_report(0), 12).empty());
  CHECK_FALSE(has(model_card(sample_report(0)), "energy so far"));
}
TEST_CASE("model card: what is missing, partial, assumed or lost is said") {
  kaya::run_report r = sample_report();
  r.channels[0].energy_uj.reset(), r.channels[0].why = kaya::meter::missing::lost;
  r.channels[1].coverage = 0.5;
  r.pue = 1, r.pue_assumed = true, r.finished = false;
  r.lost = kaya::lost_work{3, kaya::microjoules(7'200'000'000), {}, {}, 0};
  r.epochs[1].open = true, r.epochs[0].merged = 4;
  const std::string text = model_card(r);
  CHECK(has(text, "- Note: package-0 is not in the total: lost.\n"));
  CHECK(has(text, "- Note: package-1 is known for 50 % of the time.\n"));
  CHECK(has(text, "- Note: the total has 2.00 Wh of 3 epochs that were done again.\n"));
  CHECK(has(text, "- Note: the run went on after this report.\n"));
  CHECK(has(text, "| PUE | 1 (assumed, as none was given) |"));
  CHECK(has(text, "| 1 (open) | "));
  CHECK(has(text, "| 0..3 | "));
}
TEST_CASE("model card: ranks, processes and what others count are said") {
  kaya::run_report r = sample_report();
  r.channels[0].counted = r.channels[1].counted = false;
  r.channels[0].held_by = r.channels[1].held_by = "local rank 0";
  r.processes.resize(3), r.ranks.resize(16);
  const std::string text = model_card(r);
  CHECK(has(text, "- Note: 2 channels are not counted here, but in the reports of others (local rank 0).\n"));
  CHECK(has(text,
            "- Note: the run had 3 processes one after the other; the time between them is not in it.\n"));
  CHECK(has(text, "- Note: the figures are those of 16 ranks together.\n"));
}
TEST_CASE("model card: without energy nothing is a zero") {
  const std::string text = model_card(report_without_energy());
  CHECK(has(text, "Energy and emissions are not known"));
  CHECK(has(text, "| 0 | not known | 0.9 | 1 |"));
  CHECK(has(text, "after an energy that is not known"));
  CHECK_FALSE(has(text, "gave values throughout"));
  kaya::run_report nothing;
  CHECK_FALSE(has(model_card(nothing), "gave values throughout"));
  CHECK_FALSE(has(text, "0.00"));
}
TEST_CASE("model card: markup in names is text") {
  CHECK(markdown_text("a|b") == "a\\|b");
  CHECK(markdown_text("<b>&") == "&lt;b&gt;&amp;");
  CHECK(markdown_text("`x` *y* _z_ [t](u)") == "\\`x\\` \\*y\\* \\_z\\_ \\[t\\](u)");
  CHECK(markdown_text("http://x www.x") == "http:/\\/x www\\.x");
  CHECK(markdown_text("two\r\nlines\xC2\x85\xE2\x80\xA8") == "two  lines  ");
  CHECK(markdown_text("\xFF\xF0\x9F\x8C\x8D") == "\xEF\xBF\xBD\xF0\x9F\x8C\x8D");
}
TEST_CASE("model card: a Markdown reader finds the same elements whatever the names") {
  if (run("command -v cmark-gfm").status != 0) {
    MESSAGE("cmark-gfm is not installed: not tested");
    return;
  }
  const fake_tree tree;
  const auto html = [&tree](const kaya::run_report& r) {
    write_text(tree.root() + "/card.md", model_card(r));
    return run("cmark-gfm --unsafe -e table -e autolink -e strikethrough " + tree.root() + "/card.md").text;
  };
  auto names = hostile_names();
  names.push_back("http://evil.example www.evil.example ~~gone~~ ![i](j) <img src=x>");
  names.push_back("\\| \\\\| ``| $x$ {{ y }} &lt; &#60;");
  names.push_back(broken_utf8);
  const std::string plain = html(named("name"));
  for (const std::string& name : names) {
    const std::string text = html(named(name));
    CAPTURE(name.substr(0, 100));
    for (const char* const element : {"<", "<td", "<tr", "<th>", "<table", "<p>", "<li>", "<strong>", "</"})
      CHECK(count(text, element) == count(plain, element));
  }
  CHECK(has(html(named("<script>\xF0\x9F\x8C\x8D|x")), "&lt;script&gt;\xF0\x9F\x8C\x8D|x"));
}
TEST_CASE("model card: 10 000 epochs take less than 30 ms, and 1 MB names little more") {
  const kaya::run_report r = sample_report(10'000);
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double before = cpu_ms();
    CHECK(model_card(r).size() + model_card_front_matter(r).size() > 500);
    least = std::min(least, cpu_ms() - before);
  }
  const auto ms = [](std::size_t length) {
    const kaya::run_report hostile = named(std::string(length, '|'));
    const double before = cpu_ms();
    CHECK(model_card(hostile).size() + model_card_front_matter(hostile).size() > length);
    return cpu_ms() - before;
  };
  const double small = ms(1 << 17), large = ms(1 << 20);
  MESSAGE("10 000 epochs: ", least, " ms; names of 128 KiB, 1 MiB: ", small, " ms, ", large, " ms");
  CHECK(large < 8 * 4 * small + 20);
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(least < 30);
#endif
}
