// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/words.hpp"

#include <kaya/report/html.hpp>

#include "html/markup.hpp"
#include "html/reports.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using kaya_test::count;
using kaya_test::has;

namespace {

using kaya_test::markup;
namespace page = kaya::report::detail::html;

/// With plain spaces and units, so that figures can be found.
std::string plain(std::string text) {
  const std::pair<std::string_view, std::string_view> as[] = {
      {"\xC2\xA0", " "}, {"\xE2\x80\xAF", " "}, {"\xE2\x82\x82", "2"}, {"\xC2\xB5", "u"}};
  for (const auto& [from, to] : as)
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), to);
  return text;
}
std::string seen(const kaya::run_report& r, const kaya::report::html_options& o = {}) {
  return plain(markup(kaya::report::to_html(r, o)).seen());
}
double number_of(const kaya_test::element& e, const std::string& attribute) {
  return std::stod(e.attribute(attribute));
}
/// The heights, in pixels over the base, of an area at shares of the width.
std::vector<double> heights_of(const kaya_test::element& area, const std::vector<double>& shares) {
  std::vector<double> heights(shares.size(), 0);
  const std::string d = area.attribute("d");
  double x = 0, y = 220;
  for (std::size_t at = 0; at < d.size();) {
    const char what = d[at++];
    std::size_t used = 0;
    double to = std::stod(d.substr(at), &used);
    at += used;
    if (what == 'M') {
      x = to, y = std::stod(d.substr(at), &used);
      at += used;
    } else if (what == 'V') {
      y = to;
    } else {
      REQUIRE(what == 'H');
      CHECK(to >= x);
      for (std::size_t i = 0; i < shares.size(); ++i)
        if (shares[i] * 1000 >= x && shares[i] * 1000 < to) heights[i] = 220 - y;
      x = to;
    }
  }
  CHECK(y == 220);
  return heights;
}
/// 100 s of 100 W, with so many spans of equal length of these GPU and CPU powers.
kaya::run_report with_power(const std::vector<std::pair<double, double>>& gpu_and_cpu, double length = 10) {
  kaya::run_report r = kaya_test::sample_report(0);
  r.duration = kaya::seconds(100);
  r.energy = kaya::interval<kaya::joules>{kaya::joules(10'000), kaya::joules(9'000), kaya::joules(11'000)};
  r.energy_uj = kaya::microjoules(10'000'000'000);
  double at = 0;
  for (const auto& [gpu, cpu] : gpu_and_cpu) {
    kaya::power_line p;
    p.start = kaya::seconds(at), p.duration = kaya::seconds(length);
    p.gpu = kaya::microjoules(static_cast<std::int64_t>(gpu * length * 1e6));
    p.cpu = kaya::microjoules(static_cast<std::int64_t>(cpu * length * 1e6));
    at += length;
    r.power.push_back(p);
  }
  return r;
}
std::vector<std::string> titles_of(const markup& m) {
  std::vector<std::string> found;
  for (const auto& e : m.all("title"))
    if (e.inside == "path") found.push_back(plain(e.text));
  return found;
}
std::vector<std::pair<std::string, kaya::run_report>> all_reports() {
  kaya::run_report off;
  off.enabled = false;
  return {{"sample", kaya_test::sample_report(20)},
          {"server", kaya_test::gpu_server()},
          {"resumed", kaya_test::resumed_run()},
          {"missing", kaya_test::missing_meters()},
          {"ranks", kaya_test::merged_ranks()},
          {"many ranks", kaya_test::merged_ranks(500)},
          {"one", kaya_test::sample_report(1)},
          {"none", kaya_test::sample_report(0)},
          {"without", kaya_test::report_without_energy()},
          {"long", kaya_test::many_epochs(10'000)},
          {"empty", {}},
          {"disabled", off}};
}

}  // namespace

TEST_CASE("html: pages of all kinds of runs are well-formed, with one title and headings in order") {
  for (const auto& named : all_reports()) {
    const std::string& name = named.first;
    const kaya::run_report& r = named.second;
    CAPTURE(name);
    const std::string text = kaya::report::to_html(r);
    const markup m(text);
    CHECK(m.elements.at(0).name == "html");
    CHECK(m.elements.at(0).attribute("lang") == "en");
    CHECK(m.all("h1").size() == 1);
    int level = 1;
    for (const auto& e : m.elements) {
      if (e.name.size() != 2 || e.name[0] != 'h' || e.name[1] < '1' || e.name[1] > '6') continue;
      const int next = e.name[1] - '0';
      CHECK(next <= level + 1);
      level = next;
    }
    for (const auto& e : m.elements)
      if (e.name == "title" && e.inside == "head") CHECK(e.text.size() > 10);
  }
}

TEST_CASE(
    "html: each figure has a caption, each drawing a name and a description, or is hidden from readers") {
  for (const auto& named : all_reports()) {
    const std::string& name = named.first;
    const kaya::run_report& r = named.second;
    CAPTURE(name);
    const markup m(kaya::report::to_html(r));
    CHECK(m.all("figure").size() == m.all("figcaption").size());
    std::size_t drawings = 0;
    for (const auto& svg : m.all("svg")) {
      if (svg.attribute("aria-hidden") == "true") continue;
      ++drawings;
      CHECK(svg.attribute("role") == "img");
      CHECK(!svg.attribute("aria-label").empty());
      const std::string id = svg.attribute("aria-describedby");
      CHECK(std::any_of(m.elements.begin(), m.elements.end(), [&](const auto& e) {
        return e.name == "desc" && e.attribute("id") == id && e.text.size() > 20;
      }));
    }
    CHECK(drawings <= 2);
    if (!r.epochs.empty()) CHECK(drawings == 2);
  }
}

TEST_CASE("html: the page has no script and asks for nothing") {
  for (const auto& named : all_reports()) {
    const std::string& name = named.first;
    const kaya::run_report& r = named.second;
    CAPTURE(name);
    const markup m(kaya::report::to_html(r));
    for (const auto& e : m.elements) {
      CHECK(e.name != "script");
      for (const auto& [key, value] : e.attributes) {
        CHECK(!key.starts_with("on"));
        CHECK(key != "src");
        if (key == "href") CHECK(value.starts_with("data:"));
        CHECK(!has(value, "://"));
      }
      if (e.name != "style") continue;
      CHECK(!has(e.text, "@import"));
      CHECK(!has(e.text, "@font-face"));
      CHECK(count(e.text, "url(") == count(e.text, "url(#hatch)"));
      CHECK(has(e.text, "prefers-color-scheme:dark"));
      CHECK(has(e.text, "@media print"));
    }
  }
}

TEST_CASE("html: a name changes no element of the page, whatever bytes it has") {
  const std::string expected = markup(kaya::report::to_html(kaya_test::hostile_report("a name"))).skeleton();
  std::vector<std::string> names = kaya_test::hostile_names();
  names.push_back(kaya_test::broken_utf8);
  names.push_back("\"><img src=x onerror=alert(1)>");
  names.push_back("--></style><script>&lt;");
  names.push_back(std::string("nul \0 in it", 11));
  names.push_back("\xE2\x80\xAE turned \xE2\x81\xA6 \xEF\xBF\xBE \xF0\x9F\xBF\xBF");
  for (const std::string& name : names) {
    CAPTURE(name.substr(0, 60));
    const std::string text = kaya::report::to_html(kaya_test::hostile_report(name));
    CHECK(markup(text).skeleton() == expected);
    CHECK(!has(text, "<script"));
    CHECK(!has(text, "<img"));
  }
}

TEST_CASE("html: names come back as they were given, and what is not UTF-8 as a replacement") {
  kaya::run_report r = kaya_test::gpu_server();
  r.project = "a \"b\" <c> & 'd' \xF0\x9F\x8C\x8D";
  r.channels[3].name = "gpu <0>", r.scopes[0].name = "back & forth";
  const std::string text = seen(r);
  CHECK(has(text, r.project));
  CHECK(has(text, "gpu <0>"));
  CHECK(has(text, "back & forth"));
  r.project =
      "a\xE2\x80\xAE"
      "b\xE2\x81\xA6"
      "c\xEF\xBF\xBE"
      "d\xF0\x9F\xBF\xBF"
      "e";  // turn the text, or are no characters
  CHECK(has(kaya::report::to_html(r),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c\xEF\xBF\xBD"
            "d\xEF\xBF\xBD"
            "e"));
  r.project = kaya_test::broken_utf8;
  const std::string mended = kaya::report::to_html(r);
  CHECK(has(mended, "br\xEF\xBF\xBDken"));
  std::size_t bytes = 0;  // of characters that are UTF-8, control characters aside
  kaya::report::detail::each_character(mended, [&](std::string_view c) {
    if (!kaya::report::detail::is_control(c) || c == "\n") bytes += c.size();
  });
  CHECK(bytes == mended.size());
}

TEST_CASE("html: a name of a megabyte is cut, says so, and how long it is") {
  const std::string long_name(1 << 20, 'x');
  const std::string text = kaya::report::to_html(kaya_test::hostile_report(long_name));
  CHECK(text.size() < 100'000);
  CHECK(has(plain(text), "xxxx\xE2\x80\xA6 (cut; 1 048 576 bytes)"));
  kaya::run_report r = kaya_test::sample_report(1);
  r.project = std::string(72, 'y');
  CHECK(!has(kaya::report::to_html(r), "(cut;"));
  r.project += "\xC3\xA9";
  CHECK(has(kaya::report::to_html(r), "y\xE2\x80\xA6 (cut; 74 bytes)"));
}

TEST_CASE("html: ten thousand epochs fit 300 KB and are written in 100 ms") {
  kaya::run_report r = kaya_test::many_epochs(10'000);
  kaya_test::set_power(r, 128);
  double best = 1e9;
  std::size_t size = 0;
  for (int i = 0; i < 5; ++i) {
    const auto before = std::chrono::steady_clock::now();
    size = kaya::report::to_html(r).size();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    best = std::min(best, took.count());
  }
  MESSAGE(size, " bytes in ", best * 1e3, " ms");
  CHECK(size <= 300'000);
  CHECK(best <= 0.1);
}

TEST_CASE("html: points of several epochs keep the least, the most and the mean of what they stand for") {
  for (const int n : {201, 999, 10'000}) {
    CAPTURE(n);
    const kaya::run_report r = kaya_test::many_epochs(n);
    const auto points = page::points_of(r, "loss");
    CHECK(points.size() <= page::most_points);
    CHECK(points.size() * 2 > page::most_points);
    std::size_t at = 0;
    double energy = 0, all = 0;
    for (const page::point& p : points) {
      double low = 1e300, high = -1e300, sum = 0, time = 0, loss_low = 1e300, loss_high = -1e300;
      for (std::size_t i = 0; i < p.lines; ++i, ++at) {
        const auto& e = r.epochs.at(at);
        const double j = kaya::joules(*e.energy_uj).count(), w = j / e.duration.count();
        low = std::min(low, w), high = std::max(high, w), sum += j, time += e.duration.count();
        loss_low = std::min(loss_low, e.metrics[0].second),
        loss_high = std::max(loss_high, e.metrics[0].second);
        all += j;
      }
      CHECK(p.power.low == low);
      CHECK(p.power.high == high);
      CHECK(p.mean_power().count() == doctest::Approx(sum / time));
      CHECK(p.energy.mean() == doctest::Approx(sum / static_cast<double>(p.lines)));
      CHECK(p.metric.low == loss_low);
      CHECK(p.metric.high == loss_high);
      energy += p.energy.sum;
    }
    CHECK(at == r.epochs.size());
    CHECK(energy == doctest::Approx(all));
  }
}

TEST_CASE("html: the page of many epochs shows the highest and the lowest, and says what a point is") {
  const std::string text = plain(kaya::report::to_html(kaya_test::many_epochs(10'000)));
  CHECK(has(text, " to 1.23 kW</title>"));
  CHECK(has(text, " mean, 7.00 W to "));
  CHECK(
      has(text, "Each point is 50 epochs: the bar is their mean, the band goes from the least to the most"));
  const markup m(text);
  const auto bands = m.all("rect", "band");
  CHECK(bands.size() == 400);  // of power and of energy
  // The axis ends at 1.5 kW, 220 pixels up: the band of the point with 1234 W ends 181 pixels up.
  double top = 220;
  for (std::size_t i = 0; i < 200; ++i) top = std::min(top, number_of(bands[i], "y"));
  CHECK(220 - top == doctest::Approx(220 * 1234 / 1500.0).epsilon(0.001));
}

TEST_CASE("html: up to 200 epochs are drawn each, without bands") {
  const markup m(kaya::report::to_html(kaya_test::many_epochs(200)));
  CHECK(m.all("rect", "energy").size() == 201);  // one of them in the key
  CHECK(m.all("rect", "step").size() == 201);
  CHECK(m.all("rect", "band").empty());
  CHECK(!has(m.seen(), "Each point is"));
}

TEST_CASE("html: bars are as high as their energy, steps as wide as their time") {
  kaya::run_report r = kaya_test::sample_report(0);
  kaya_test::set_epochs(r, {100, 200, 50}, 10, 0);
  r.epochs[1].duration = kaya::seconds(5);  // 2000 J in 5 s: 400 W, and 5 s without an epoch
  const markup m(kaya::report::to_html(r));
  const auto bars = m.all("rect", "energy");
  REQUIRE(bars.size() == 4);
  const double unit = number_of(bars[1], "height");
  CHECK(number_of(bars[2], "height") == doctest::Approx(2 * unit).epsilon(0.001));
  CHECK(number_of(bars[3], "height") == doctest::Approx(unit / 2).epsilon(0.001));
  CHECK(number_of(bars[1], "y") + unit == doctest::Approx(220));
  const auto steps = m.all("rect", "step");
  REQUIRE(steps.size() == 4);
  CHECK(number_of(steps[2], "x") == doctest::Approx(33.33));
  CHECK(number_of(steps[2], "width") == doctest::Approx(16.67));
  CHECK(number_of(steps[2], "height") == doctest::Approx(4 * number_of(steps[1], "height")).epsilon(0.001));
  // What is not in the epochs (3 % of 3500 J) was used in the 5 s: 21 W.
  const auto pale = m.all("rect", "outside");
  REQUIRE(pale.size() == 2);
  CHECK(number_of(pale[1], "x") == doctest::Approx(50));
  CHECK(number_of(pale[1], "height") == doctest::Approx(number_of(steps[1], "height") * 0.21).epsilon(0.001));
  CHECK(has(plain(m.seen()), "outside of epochs, at the mean of all such time, 21.0 W"));
}

TEST_CASE("html: a line of several epochs counts as their mean, and is said to be one") {
  kaya::run_report r = kaya_test::sample_report(0);
  kaya_test::set_epochs(r, {100, 100, 100}, 10, 0);
  r.epochs[0].merged = 4;  // 1000 J of four epochs
  r.epochs[1].index = 4, r.epochs[2].index = 5;
  const std::string text = kaya::report::to_html(r);
  const markup m(text);
  const auto bars = m.all("rect", "energy");
  REQUIRE(bars.size() == 4);
  CHECK(number_of(bars[2], "height") == doctest::Approx(4 * number_of(bars[1], "height")).epsilon(0.001));
  CHECK(has(plain(text), "epochs 0 to 3: 250 J"));
  CHECK(has(m.seen(), "1 line of the report is the mean of several"));
}

TEST_CASE("html: with the energy of an epoch unknown, nothing is said of what was used outside of epochs") {
  kaya::run_report r = kaya_test::sample_report(0);
  kaya_test::set_epochs(r, {100, 200, 50}, 10, 5);
  CHECK(markup(kaya::report::to_html(r)).all("rect", "outside").size() == 5);  // four, and the key
  r.epochs[1].energy_uj.reset();
  const markup m(kaya::report::to_html(r));
  CHECK(m.all("rect", "outside").empty());
  CHECK(!has(m.seen(), "outside of epochs"));
}

TEST_CASE("html: epochs that overlap are said to, and nothing is made of the time between them") {
  kaya::run_report r = kaya_test::sample_report(0);
  kaya_test::set_epochs(r, {100, 200, 50}, 10, 2);
  r.epochs[1].start = kaya::seconds(7);
  const markup m(kaya::report::to_html(r));
  CHECK(m.all("rect", "outside").empty());
  CHECK(has(m.seen(), "Epochs overlapped"));
}

TEST_CASE("html: what is not known is hatched with its reason, and is nowhere a zero") {
  const markup m(kaya::report::to_html(kaya_test::report_without_energy()));
  const std::string text = plain(m.seen());
  CHECK(count(text, "not known: no permission") == 6);
  CHECK(has(text, "not known: no channel that counts gave a value"));
  CHECK(has(text, "package-0 is not in the total: no permission"));
  CHECK(m.all("rect", "missing").size() >= 2);
  CHECK(m.all("div", "unknown").size() == 2);
  for (const char* const zero : {"0 J", "0.00 J", "0 Wh", "0 W\n", "0 gCO2e\n", "nan"})
    CHECK_MESSAGE(!has(text, zero), zero);
  CHECK(!has(text, "From work to emissions"));
}

TEST_CASE("html: epochs without energy leave a hatched gap, those with a part of it a mark") {
  const markup m(kaya::report::to_html(kaya_test::missing_meters()));
  const std::string text = m.seen();
  CHECK(has(text, "the energy of 4 of 16 epochs is not known"));
  CHECK(has(text, "known in part only (2 of 16)"));
  std::size_t whole = 0, feet = 0;
  for (const auto& e : m.all("rect", "missing")) {
    if (e.is("foot")) ++feet;
    else if (e.attribute("height") == "220") {
      ++whole;
      CHECK(number_of(e, "width") == doctest::Approx(25).epsilon(0.03));
    }
  }
  CHECK(whole == 2);  // of power and of energy
  CHECK(feet == 4);
  CHECK(has(text, "3 of 16 epochs have no such metric"));
  CHECK(has(text, "without 1 channel that gave no value"));
  CHECK(has(text, "not known: lost"));
  CHECK(has(text, "still running"));
  CHECK(m.all("rect", "open").size() == 2);
}

TEST_CASE("html: what is assumed or modelled is marked, what was given or measured is not") {
  const auto badges = [](const kaya::run_report& r, std::string_view kind) {
    return markup(kaya::report::to_html(r)).all("span", kind).size();
  };
  kaya::run_report r = kaya_test::sample_report(2);
  const std::size_t before = badges(r, "assumed");
  CHECK(before == 1);  // in the legend
  CHECK(!has(seen(r), "nobody gave one"));
  r.pue_assumed = true;
  CHECK(badges(r, "assumed") == before + 2);
  CHECK(has(seen(r), "nobody gave one"));
  r.intensity.assumed = true;
  CHECK(badges(r, "assumed") == before + 4);
  CHECK(has(seen(r), "no region was given"));
  CHECK(badges(r, "modelled") == 3);  // legend, share, the memory's channel
  r.channels[0].how = kaya::meter::provenance::integrated;
  CHECK(badges(r, "integrated") == 3);
}

TEST_CASE("html: energy and emissions have their ranges, and whose and which they are") {
  const std::string text = seen(kaya_test::sample_report(2));
  CHECK(has(text, "300 Wh"));
  CHECK(has(text, "95 %: 250 Wh to 361 Wh"));
  CHECK(has(text, "95 %: 16.5 gCO2e to 23.9 gCO2e, of the energy alone"));
  CHECK(has(text, "IT equipment, the whole machine"));
  CHECK(has(text, "lifecycle, location-based"));
  CHECK(has(text, "540 mL"));
  CHECK(has(text, "Carbon intensity: France (FRA) 2024, lifecycle, location-based, Ember yearly"));
  kaya::run_report r = kaya_test::sample_report(2);
  r.energy->low = r.energy->high = r.energy->value;
  CHECK(has(seen(r), "no range stated"));
}

TEST_CASE("html: the chain has the factors and the product") {
  const std::string text = seen(kaya_test::sample_report(2));
  const std::size_t at = text.find("From work to emissions");
  REQUIRE(at != std::string::npos);
  const std::string chain = text.substr(at, 400);
  std::size_t from = 0;
  for (const char* const part :
       {"2000", "images", "540 J", "of IT energy for each", "PUE 1.5", "44.1 gCO2e/kWh", "=", "19.8 gCO2e"}) {
    CHECK_MESSAGE(chain.find(part, from) != std::string::npos, part);
    from = std::min(chain.find(part, from), chain.size());
  }
  kaya::run_report r = kaya_test::sample_report(2);
  r.work = 0;
  CHECK(!has(seen(r), "of IT energy for each"));
}

TEST_CASE("html: the metric is the one asked for, else accuracy or its like, else loss, else the first") {
  kaya::run_report r = kaya_test::sample_report(2);
  const auto drawn = [&](std::vector<std::string> names, const std::string& asked = {}) {
    for (auto& e : r.epochs) {
      e.metrics.clear();
      for (const auto& n : names) e.metrics.emplace_back(n, 0.5);
    }
    return std::string(page::metric_to_draw(r, asked));
  };
  CHECK(drawn({"lr", "loss", "val_accuracy"}) == "val_accuracy");
  CHECK(drawn({"accident", "Top-1 Acc1"}) == "Top-1 Acc1");
  CHECK(drawn({"accident", "train loss"}) == "train loss");
  CHECK(drawn({"F1 macro", "accuracy"}) == "F1 macro");
  CHECK(drawn({"BLEU4"}) == "BLEU4");
  CHECK(drawn({"perplexity", "lr"}) == "perplexity");
  CHECK(drawn({"loss", "accuracy"}, "loss") == "loss");
  CHECK(drawn({"loss"}, "not there") == "");
  CHECK(drawn({}) == "");
  const std::string text = seen(r);
  CHECK(has(text, "Energy of each epoch\n"));
  CHECK(!has(text, "(right)"));
}

TEST_CASE("html: of many scopes fourteen are shown, the rest with its sum") {
  kaya::run_report r = kaya_test::sample_report(1);
  r.scopes.resize(1);
  for (int i = 0; i < 40; ++i) {
    auto s = r.scopes[0];
    s.name = "layer" + std::to_string(i), s.own_uj = kaya::microjoules((i + 1) * 36'000'000LL), s.marks = {};
    if (i == 3) s.own_uj.reset();
    r.scopes.push_back(s);
  }
  const markup m(kaya::report::to_html(r, {.regions = {}}));
  const std::string text = plain(m.seen());
  CHECK(has(text, "27 others together"));
  CHECK(has(text, "layer39"));
  CHECK(has(text, "layer27"));
  CHECK(!has(text, "layer26"));
  // 1 to 27 but 4, times 36 J
  CHECK(has(text, kaya::humanize(kaya::joules(36.0 * (27 * 28 / 2 - 4)))));
  CHECK(has(text, "of 1 it is not known"));
  CHECK(text.find("layer39") < text.find("layer38"));
}

TEST_CASE("html: other regions have the run's energy and PUE, its own place is marked") {
  const markup m(kaya::report::to_html(kaya_test::sample_report(2), {.regions = {"KOR", "FR", "nowhere"}}));
  const std::string text = plain(m.seen());
  const double korea = 0.3 * 1.5 * kaya::grid::find("KOR")->value.count();
  CHECK(has(text, kaya::humanize(kaya::grams_co2e(korea))));
  CHECK(has(text, "as it was: France"));
  CHECK(count(text, "France 2024") == 1);  // not a second time by its code
  CHECK(has(text, "Not known to kaya: nowhere"));
  CHECK(m.all("rect", "own").size() == 1);
  CHECK(!has(seen(kaya_test::sample_report(2), {.regions = {}}), "elsewhere"));
}

TEST_CASE("html: figures that count different things are in lists of their own") {
  kaya::run_report r = kaya_test::sample_report(2);
  r.intensity.how = kaya::grid::accounting::direct;
  const std::string text = seen(r, {.regions = {"KOR", "WLD"}});
  CHECK(has(text, "lifecycle, location-based\n"));
  CHECK(has(text, "direct, location-based\n"));
  CHECK(has(text, "count different things"));
}

TEST_CASE("html: comparisons have their sources, and wait until the reader asks") {
  const markup m(kaya::report::to_html(kaya_test::gpu_server()));
  CHECK(m.all("details").size() == 1);
  CHECK(m.all("details")[0].attribute("open").empty());
  const std::string text = m.seen();
  const std::size_t at = text.find("What that compares with");
  REQUIRE(at != std::string::npos);
  CHECK(has(text.substr(at, 2000), "Green Algorithms"));
  CHECK(markup(kaya::report::to_html(kaya_test::gpu_server(), {.equivalents = 0})).all("details").empty());
}

TEST_CASE("html: each channel says what it is, how it is known and what its meter says of itself") {
  const markup m(kaya::report::to_html(kaya_test::gpu_server()));
  const std::string text = plain(m.seen());
  for (const char* const part :
       {"gpu-5", "0000:90:00.0", "nvml", "98.4 %", "3 gaps", "37 wraps", "in package-0, shown only",
        "shown only", "gpu-0, gpu-1, gpu-2 and 5 more", "Accuracy:", "NVML documentation"})
    CHECK_MESSAGE(has(text, part), part);
  CHECK(m.all("tr").size() == 13);
}

TEST_CASE("html: of very many channels and ranks the rest is summed up") {
  kaya::run_report r = kaya_test::merged_ranks(500);
  const auto one = r.channels[3];
  for (int i = 0; i < 2000; ++i) r.channels.push_back(one);
  r.channels.back().energy_uj.reset();
  const std::string page_text = kaya::report::to_html(r), text = plain(markup(page_text).seen());
  CHECK(page_text.size() < 300'000);
  CHECK(has(text, "And 1892 more channels: 1891 of them counted"));
  CHECK(has(text, "1 missing from the total"));
  CHECK(has(text, "And 436 more ranks with"));
}

TEST_CASE("html: heights of the stack add up to the power of each span, memory lowest and GPUs on top") {
  const kaya::run_report r = kaya_test::gpu_server();
  const markup m(kaya::report::to_html(r));
  const auto areas = m.all("path", "area");
  REQUIRE(areas.size() == 3);
  CHECK(areas[0].is("gpu"));  // the highest is drawn first: it ends where all of them end
  CHECK(areas[1].is("cpu"));
  CHECK(areas[2].is("memory"));
  std::vector<double> middles;
  for (const auto& p : r.power) middles.push_back((p.start + p.duration / 2) / r.duration);
  const auto all = heights_of(areas[0], middles), low = heights_of(areas[1], middles),
             memory = heights_of(areas[2], middles);
  double scale = 0;  // pixels per watt
  for (std::size_t i = 0; i < r.power.size(); ++i) {
    const auto& p = r.power[i];
    const auto w = [&](kaya::microjoules x) { return (kaya::joules(x) / p.duration).count(); };
    if (i == 0) scale = all[0] / (w(p.gpu) + w(p.cpu) + w(p.memory));
    CHECK(all[i] / scale == doctest::Approx(w(p.gpu) + w(p.cpu) + w(p.memory)).epsilon(0.001));
    CHECK((all[i] - low[i]) / scale == doctest::Approx(w(p.gpu)).epsilon(0.001));
    CHECK((low[i] - memory[i]) / scale == doctest::Approx(w(p.cpu)).epsilon(0.01));
    CHECK(memory[i] / scale == doctest::Approx(w(p.memory)).epsilon(0.01));
  }
  const auto titles = titles_of(m);
  REQUIRE(titles.size() == 128);
  CHECK(titles[0].find("0 s to ") == 0);
  CHECK(titles[0].find("(GPU ") < titles[0].find(", CPU "));
  CHECK(titles[0].find(", CPU ") < titles[0].find(", memory "));
  // The run's mean is on the same scale, and the figure of epochs is not drawn.
  const auto mean = m.all("line", "mean");
  REQUIRE(mean.size() == 2);
  CHECK((220 - number_of(mean[1], "y1")) / scale ==
        doctest::Approx((r.energy->value / r.duration).count()).epsilon(0.001));
  CHECK(m.all("rect", "step").empty());
}

TEST_CASE("html: spans that follow each other but for rounding leave no gap") {
  kaya::run_report r = kaya_test::resumed_run();
  for (auto& p : r.power) p.start += kaya::seconds(1e-9 * (1 + std::sin(p.start.count())));
  for (const auto& area : markup(kaya::report::to_html(r)).all("path", "area"))
    CHECK(count(area.attribute("d"), "M") == 1);
}

TEST_CASE("html: a component's share and mean are said once, in the key to the stack") {
  const markup stacked(kaya::report::to_html(kaya_test::gpu_server()));
  CHECK(stacked.all("rect", "part").empty());
  CHECK(count(plain(stacked.seen()), "85 %") == 1);
  CHECK(has(stacked.seen(), "each of 128 spans of the run (at most 128 are kept)"));
  CHECK(has(stacked.seen(), "A slow meter tells late"));
  CHECK(!has(stacked.seen(), "nor how components shared it"));
}

TEST_CASE("html: without spans of power the means of epochs are drawn, and the components as a bar") {
  kaya::run_report r = kaya_test::gpu_server();
  r.power.clear();
  const std::string fallback = kaya::report::to_html(r);
  const markup m(fallback);
  CHECK(m.all("path", "area").empty());
  CHECK(m.all("rect", "step").size() == 91);
  CHECK(m.all("rect", "part").size() == 3);
  CHECK(has(m.seen(), "The mean power of each epoch, which is what the report knows"));
  CHECK(!has(m.seen(), "A slow meter"));
  r.power.assign(5, {});  // of no time
  CHECK(kaya::report::to_html(r) == fallback);
  for (auto& p : r.power) p.duration = kaya::seconds(10);  // of no energy
  CHECK(kaya::report::to_html(r) == fallback);
}

TEST_CASE("html: time that no span tells of is hatched, not drawn as no power") {
  kaya::run_report r =
      with_power({{60, 40}, {60, 40}, {60, 40}, {60, 40}, {60, 40}, {60, 40}, {60, 40}, {60, 40}});
  r.power.erase(r.power.begin() + 2);
  const markup m(kaya::report::to_html(r));
  std::vector<kaya_test::element> holes;
  for (const auto& e : m.all("rect", "missing"))
    if (e.attribute("height") == "220") holes.push_back(e);
  REQUIRE(holes.size() == 2);
  CHECK(holes[0].attribute("x") == "20%");
  CHECK(holes[0].attribute("width") == "10%");
  CHECK(holes[1].attribute("x") == "80%");
  CHECK(holes[1].attribute("width") == "20%");
  CHECK(count(m.all("path", "area").at(0).attribute("d"), "M") == 2);
  const auto heights = heights_of(m.all("path", "area").at(0), {0.15, 0.25, 0.35, 0.9});
  CHECK(heights[0] > 0);
  CHECK(heights[1] == 0);
  CHECK(heights[2] == heights[0]);
  CHECK(heights[3] == 0);
  CHECK(has(m.seen(), "Hatched: no span tells of that time"));
}

TEST_CASE("html: spans too narrow to be seen are drawn with their neighbours, with their energy") {
  kaya::run_report r = with_power(std::vector<std::pair<double, double>>(10, {60, 40}));
  r.power.back().duration = kaya::seconds(9.99);
  kaya::power_line last;  // 100 J in 10 ms: a meter told late
  last.start = kaya::seconds(99.99), last.duration = kaya::seconds(0.01),
  last.gpu = kaya::microjoules(100'000'000);
  r.power.push_back(last);
  const markup m(kaya::report::to_html(r));
  const auto titles = titles_of(m);
  REQUIRE(titles.size() == 10);
  CHECK(titles[0] == "0 s to 10.0 s: 100 W (GPU 60.0 W, CPU 40.0 W)");
  CHECK(titles[9] == "1.50 min to 1.67 min: 110 W (GPU 70.0 W, CPU 40.0 W)");
  r.power.clear();
  for (int i = 0; i < 20'000; ++i) {
    last.start = kaya::seconds(i * 0.005), last.duration = kaya::seconds(0.005);
    r.power.push_back(last);
  }
  CHECK(titles_of(markup(kaya::report::to_html(r))).size() <= 200);
}

TEST_CASE("html: spans that go back in time, of no time or of negative energy leave the others as they are") {
  kaya::run_report r = with_power(std::vector<std::pair<double, double>>(10, {60, 40}));
  const auto before =
      heights_of(markup(kaya::report::to_html(r)).all("path", "area").at(0), {0.15, 0.55, 0.95});
  r.power[3].cpu = kaya::microjoules(-500'000'000);
  r.power[4].duration = kaya::seconds(0);
  r.power[6].start = kaya::seconds(12), r.power[6].duration = kaya::seconds(3);
  r.power[7].start = kaya::seconds(std::nan(""));
  const markup m(kaya::report::to_html(r));
  const auto areas = m.all("path", "area");
  CHECK(heights_of(areas.at(0), {0.15, 0.55, 0.95}) == before);
  const auto odd = heights_of(areas.at(0), {0.35, 0.45, 0.65, 0.75});
  CHECK(odd[0] == doctest::Approx(before[0] * 0.6).epsilon(0.001));
  CHECK(heights_of(areas.at(1), {0.35})[0] == 0);
  CHECK(odd[1] == 0);
  CHECK(odd[2] == 0);
  CHECK(odd[3] == 0);
  CHECK(has(titles_of(m).at(3), "CPU " + std::string(page::minus) + "50.0 W"));
}

TEST_CASE("html: where processes follow each other is marked at its place over the spans of power") {
  const kaya::run_report r = kaya_test::resumed_run();
  REQUIRE(!r.power.empty());
  const markup m(kaya::report::to_html(r));
  const auto marks = m.all("line", "resumed");
  REQUIRE(marks.size() == 2);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(number_of(marks[i], "x1") ==
          doctest::Approx(100 * (r.processes[i + 1].start / r.duration)).epsilon(0.001));
  CHECK(has(plain(m.seen()), "resumed after 24.3 h"));
  CHECK(has(m.seen(), "the dashed lines are where it was resumed"));
}

TEST_CASE("html: up to 40 epochs have their edges in the stack") {
  kaya::run_report r = with_power(std::vector<std::pair<double, double>>(10, {60, 40}));
  const auto edges = [&](int n) {
    r.epochs = kaya_test::sample_report(n).epochs;
    for (auto& e : r.epochs) e.start /= 36, e.duration /= 36;
    return markup(kaya::report::to_html(r)).all("line", "edge");
  };
  REQUIRE(edges(4).size() == 3);
  CHECK(edges(4)[0].attribute("x1") == "25%");
  CHECK(edges(40).size() == 39);
  CHECK(has(seen(r), "an epoch begins or ends"));
  CHECK(edges(41).empty());
  CHECK(edges(1).empty());
  CHECK(!has(seen(r), "an epoch begins or ends"));
}

TEST_CASE("html: a full series of five components adds at most 40 KB") {
  kaya::run_report r = kaya_test::many_epochs(10'000);
  const std::size_t before = kaya::report::to_html(r).size();
  kaya_test::set_power(r, 128);
  for (auto& p : r.power) p.platform = p.cpu / 3, p.other = p.cpu / 7;
  const std::string text = kaya::report::to_html(r);
  const markup m(text);
  CHECK(m.all("path", "area").size() == 5);
  MESSAGE(before, " bytes without, ", text.size(), " with the series");
  CHECK(text.size() <= before + 40'000);
}

TEST_CASE("html: processes, lost work, events and ranks are shown") {
  kaya::run_report r = kaya_test::resumed_run();
  r.power.clear();
  const std::string resumed = seen(r);
  for (const char* const part :
       {"A run in several processes", "2026-11-24 06:35:39 UTC", "node12", "resumed after 24.3 h",
        "Lost work: 2 epochs done again: 108 Wh, 5.90 gCO2e", "the run goes on in a new process", "(2 times)",
        "outside of epochs and in lost work"})
    CHECK_MESSAGE(has(resumed, part), part);
  const std::string ranks = seen(kaya_test::merged_ranks());
  for (const char* const part :
       {"16 ranks together", "16 on 2 nodes", "node1", "counted by local rank 0 of node1", "2 channels"})
    CHECK_MESSAGE(has(ranks, part), part);
  CHECK(has(seen(kaya_test::gpu_server()), "drift at most 0.4 ppm"));
}

TEST_CASE("html: a run without epochs has its mean, a disabled one says so") {
  const std::string none = seen(kaya_test::sample_report(0));
  CHECK(has(none, "all that is known of the power over time is its mean"));
  CHECK(has(none, "mean of the run, 300 W"));
  CHECK(!has(none, "Energy of each epoch"));
  CHECK(markup(kaya::report::to_html({})).all("div", "unknown").size() == 3);  // energy, emissions, intensity
  CHECK(!has(seen({}), "0 gCO2e"));
  kaya::run_report off;
  off.enabled = false, off.kaya_version = "0.1.0";
  const std::string disabled = seen(off);
  CHECK(has(disabled, "kaya was disabled"));
  CHECK(!has(disabled, "How each figure is known"));
}

TEST_CASE("html: numbers that are none, infinite or at the end of their range break no figure") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  int number = 0;  // each with the run's duration as it is, too
  for (const double x : {nan, nan, inf, inf, -inf, -inf, 1.7e308, 1.7e308, -1.7e308, -1.7e308, 5e-324, 5e-324,
                         -1.0, -1.0, 0.0, 0.0}) {
    CAPTURE(x);
    kaya::run_report r = kaya_test::resumed_run();
    if (number++ % 2 == 0) r.duration = kaya::seconds(x);
    r.pue = x, r.work = x, r.measured_share = x;
    r.intensity.value = kaya::grams_per_kilowatt_hour(x);
    r.energy = kaya::interval<kaya::joules>{kaya::joules(x), kaya::joules(x), kaya::joules(2 * x)};
    r.emissions =
        kaya::interval<kaya::grams_co2e>{kaya::grams_co2e(x), kaya::grams_co2e(x), kaya::grams_co2e(2 * x)};
    for (auto& c : r.channels) c.coverage = x, c.rate = kaya::watts(x), c.energy = r.energy;
    for (auto& s : r.scopes) s.own = r.energy, s.total = r.energy, s.time = kaya::seconds(x);
    for (auto& e : r.epochs) {
      e.start = kaya::seconds(x), e.duration = kaya::seconds(e.index % 2 ? x : 1);
      e.metrics = {{"bleu", e.index % 3 ? x : -x}};
      e.coverage = x;
      e.energy_uj = kaya::microjoules(e.index % 2 ? INT64_MAX : INT64_MIN);
    }
    for (auto& p : r.processes) p.start = p.duration = kaya::seconds(x);
    for (std::size_t i = 0; i < r.power.size(); ++i) {
      auto& p = r.power[i];
      if (i % 4 == 0) p.start = kaya::seconds(x);
      if (i % 4 == 1) p.duration = kaya::seconds(x);
      p.gpu = p.cpu = kaya::microjoules(i % 3 == 0 ? INT64_MAX : INT64_MIN);
    }
    r.overhead.sampler_cpu = r.overhead.reading = r.overhead.period = kaya::seconds(x);
    r.overhead.clock_hertz = r.overhead.clock_drift_ppm = x;
    const std::string text = kaya::report::to_html(r);
    const markup m(text);
    CHECK(text.size() < 300'000);
    for (const auto& e : m.elements)
      for (const char* const key : {"x", "y", "width", "height", "x1", "x2", "y1", "y2", "d"})
        CHECK(e.attribute(key).find_first_of("naife") == std::string::npos);
    for (const auto& e : m.all("rect")) {
      if (e.inside == "pattern") continue;
      CHECK(number_of(e, "height") >= 0);
      CHECK(number_of(e, "width") >= 0);
      CHECK(number_of(e, "y") >= -0.01);
    }
  }
}

TEST_CASE("html: axes have round steps and hold all that is drawn on them") {
  for (double high = 3e-12; high < 1e15; high *= 3.7)
    for (const auto& units : {std::span<const page::axis_unit>(page::power_units),
                              std::span<const page::axis_unit>(page::energy_units),
                              std::span<const page::axis_unit>(page::time_units),
                              std::span<const page::axis_unit>(page::no_units)}) {
      CAPTURE(high);
      const page::axis a = page::make_axis(0, high, 4, units);
      CHECK(a.low == 0);
      CHECK(a.high >= high * 0.999999);
      CHECK(a.high <= high * 2.6);
      CHECK(a.last() >= 1);
      CHECK(a.last() <= 9);
    }
  const page::axis accuracy = page::make_axis(0.931, 0.972, 4, page::no_units);
  CHECK(accuracy.low == doctest::Approx(0.92));
  CHECK(accuracy.high == doctest::Approx(0.98));
  CHECK(accuracy.label(accuracy.at(1)) == "0.94");
  const page::axis loss = page::make_axis(-3, 2, 4, page::no_units);
  CHECK(loss.label(loss.at(0)) ==
        "\xE2\x88\x92"
        "4");
  CHECK(plain(page::make_axis(0, 5400, 6, page::time_units).label(900)) == "0.25 h");
  CHECK(plain(page::make_axis(0, 120, 4, page::time_units).label(30)) == "0.5 min");
  const page::axis same = page::make_axis(0.5, 0.5, 4, page::no_units);
  CHECK(same.high > same.low);
}
