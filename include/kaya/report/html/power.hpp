// SPDX-License-Identifier: MIT
// Power over the time of the run, as far as a report knows it: of each component in spans of the run, else
// one mean for each epoch and one for all that is outside of them. Beside it the mean power of each
// component.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/html/components.hpp>
#include <kaya/report/html/drawing.hpp>
#include <kaya/report/html/series.hpp>
#include <kaya/report/html/stack.hpp>
#include <kaya/report/processes_text.hpp>
#include <kaya/report/ranks_text.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// What the points of a figure are, all together.
struct timeline_facts {
  std::size_t lines = 0, known = 0, part = 0, several = 0;  // several: lines in the fullest point
  double highest_power = 0, highest_energy = 0;
  seconds end{};         // of the time axis
  bool overlap = false;  // epochs ran beside each other
  watts outside{};       // mean power outside of epochs; 0: cannot be told
};

inline timeline_facts facts_of(const run_report& r, const std::vector<point>& points) {
  timeline_facts f;
  f.end = is_drawable(r.duration.count()) ? r.duration : seconds(0);
  for (const point& p : points) {
    f.lines += p.lines, f.known += p.known, f.part += p.part;
    if (p.lines > f.several) f.several = p.lines;
    if (p.power.n > 0 && p.power.high > f.highest_power) f.highest_power = p.power.high;
    if (p.energy.n > 0 && p.energy.high > f.highest_energy) f.highest_energy = p.energy.high;
    if (is_drawable(p.end.count()) && p.end > f.end) f.end = p.end;
  }
  joules in_epochs{};
  seconds time{}, before{};
  for (const epoch_line& e : r.epochs) {
    f.overlap = f.overlap || e.start.count() < before.count() - 1e-6;
    before = e.start + e.duration;
    time += e.duration;
    if (e.energy_uj) in_epochs += joules(*e.energy_uj);
  }
  if (r.energy_uj && !f.overlap && f.known == f.lines && r.duration > time)
    f.outside = (joules(*r.energy_uj) - in_epochs) / (r.duration - time);
  if (!(f.outside.count() > 0 && is_drawable(f.outside.count()))) f.outside = watts(0);
  if (f.outside.count() > f.highest_power) f.highest_power = f.outside.count();
  return f;
}

inline std::string counted_epochs(std::size_t n, std::string_view what) {
  return grouped(static_cast<double>(n)) + (n == 1 ? " line" : " lines") + std::string(what);
}

/// Sentences on what the figures of epochs leave out or sum up.
inline std::string epoch_remarks(const run_report& r, const timeline_facts& f) {
  std::string text;
  if (f.several > 1)
    text += " Each point is " + std::to_string(f.several) +
            " epochs: the bar is their mean, the band goes from the least to the most of them.";
  std::size_t merged = 0;
  for (const epoch_line& e : r.epochs) merged += e.merged > 1;
  if (merged > 0)
    text += " Of the oldest epochs kaya kept the sums only: " + counted_epochs(merged, "") +
            " of the report " + (merged == 1 ? "is" : "are") + " the mean of several.";
  if (f.known == 0 && f.lines > 0) text += " Hatched: the energy of no epoch is known.";
  else if (f.known < f.lines)
    text += " Hatched: the energy of " + grouped(static_cast<double>(f.lines - f.known)) + " of " +
            grouped(static_cast<double>(f.lines)) + " epochs is not known.";
  if (f.part > 0)
    text += " A hatched foot marks epochs whose energy is known in part only (" +
            grouped(static_cast<double>(f.part)) + " of " + grouped(static_cast<double>(f.lines)) + ").";
  return text;
}

/// What covers a stretch of a figure whose energy is not known.
inline void add_unknown(std::string& out, double left, double right, double height) {
  add_rectangle(out, "missing", left, right, 0, height, "energy not known");
  if (right - left > 0.2)
    add_label(out, "unknown middle", (left + right) / 2, 0, height / 2 + 4, "not known");
}

/// Whether any stretch outside of epochs is wide enough to be seen.
inline bool add_power_steps(std::string& out, const std::vector<point>& points, const timeline_facts& f,
                            const axis& y, double height) {
  const double all = f.end.count();
  const auto down = [&](double w) { return height * (1 - within(y.place(w))); };
  seconds before{};
  bool pale = false;
  constexpr double least = 0.003;  // of the width; less is a hairline that nobody can read
  const auto gap = [&](seconds to) {
    if (!(f.outside > watts(0)) || !((to - before).count() / all > least)) return;
    pale = true;
    add_rectangle(out, "outside", before.count() / all, to.count() / all, down(f.outside.count()), height,
                  "outside of epochs, mean: " + amount(f.outside));
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    const point& p = points[i];
    gap(p.start);
    if (p.end > before) before = p.end;
    const double left = p.start.count() / all;
    if (p.known == 0) {
      while (i + 1 < points.size() && points[i + 1].known == 0) ++i;  // one rectangle for all that follow
      if (points[i].end > before) before = points[i].end;
      add_unknown(out, left, before.count() / all, height);
      continue;
    }
    const double right = p.end.count() / all;
    const std::string mean = amount(p.mean_power());
    std::string title = point_name(p) + ": " + mean;
    if (p.power.n > 1) title += " mean, " + amount(watts(p.power.low)) + " to " + amount(watts(p.power.high));
    const double top = down(p.mean_power().count());
    add_rectangle(out, p.open ? "step open" : "step", left, right, top, height, title);
    if (p.power.n > 1) add_rectangle(out, "band", left, right, down(p.power.high), down(p.power.low));
    add_line(out, "top", left, right, top, top);
    if (p.known < p.lines || p.part > 0) add_rectangle(out, "missing foot", left, right, height - 8, height);
    out += '\n';
  }
  gap(f.end);
  return pale;
}

inline void add_time_axis(std::string& out, double all, double height) {
  const axis x = make_axis(0, all, 6, time_units);
  for (int i = 0; i <= x.last() && i < 20 && x.at(i) <= all * 1.0001; ++i) {
    const double at = x.at(i) / all;
    add_line(out, "grid", at, at, height, height + 5);
    add_label(out, i % 2 == 0 ? "tick middle" : "tick middle odd", at, 0, height + 20, x.label(x.at(i)));
  }
}

inline void add_process_marks(std::string& out, const run_report& r, double all, double height) {
  for (std::size_t i = 1; i < r.processes.size() && i <= 50; ++i) {
    const double at = r.processes[i].start.count() / all;
    add_line(out, "backing", at, at, 0, height);  // the mark is to be seen on all colours
    add_line(out, "resumed", at, at, -6, height);
    if (r.processes.size() <= 6)
      add_label(out, at > 0.7 ? "note wide end" : "note wide", at, at > 0.7 ? -5 : 5, -2,
                "resumed after " + amount(gap_between(r.processes[i - 1], r.processes[i])));
  }
}

/// What the figure shows, and what it leaves out.
inline std::string power_caption(const run_report& r, const timeline_facts& f, std::size_t spans, bool edges,
                                 bool pale, bool holes) {
  std::string text;
  if (spans > 0) {
    text =
        "What each component drew, one on the other: its mean power in each of " +
        grouped(static_cast<double>(spans)) +
        " spans of the run (at most 128 are kept), as meters and models told of it. A slow meter tells late.";
    if (edges) text += " Thin upright lines: an epoch begins or ends.";
    if (holes) text += " Hatched: no span tells of that time.";
  } else {
    if (r.epochs.empty())
      text = "The report holds no epochs, so all that is known of the power over time is its mean.";
    else
      text =
          "The mean power of each epoch, which is what the report knows: what it did within an epoch is not "
          "drawn, nor how components shared it at a time; their means are of the whole run.";
    if (f.overlap) text += " Epochs overlapped; each has the energy of the whole machine.";
    else if (pale)
      text += std::string(" Pale: outside of epochs") + (r.lost ? " and in lost work" : "") +
              ", at the mean of all such time, " + amount(f.outside) + ".";
    text += epoch_remarks(r, f);
  }
  if (r.processes.size() > 1)
    text += " The run's clock stands still between processes: the dashed lines are where it was resumed.";
  return text;
}

inline void add_power(std::string& out, const run_report& r, const std::vector<point>& points,
                      const timeline_facts& f) {
  constexpr double height = 220;
  const double all = f.end.count();
  if (!(all > 0)) return;
  const std::vector<stretch> stack = stretches_of(r, all);
  const bool stacked = !stack.empty(), rated = r.energy && is_drawable((r.energy->value / f.end).count());
  const watts mean = rated ? r.energy->value / f.end : watts(0);
  const double highest = stacked ? highest_of(stack) : f.highest_power;
  const double top = highest > mean.count() ? highest : mean.count();
  out += "<section>\n";
  add_heading(out, "Power over time");
  out += "<figure>\n<div class=\"beside\">\n<div>\n";
  const bool drawn = is_drawable(top) && top > 0;
  const axis y = make_axis(0, drawn ? top : 1, 4, power_units);
  const double level = height * (1 - within(y.place(mean.count())));
  std::string body, over, lines;
  bool pale = false, holes = false, edges = false;
  if (stacked) {
    holes = add_holes(body, stack, all, height);
    add_stack(over, stack, all, y, height);
    edges = !f.overlap && add_epoch_edges(lines, r, all, height);
  } else if (drawn) {
    if (points.empty())
      add_rectangle(body, "outside", 0, 1, level, height, "mean of the run: " + amount(mean));
    pale = add_power_steps(body, points, f, y, height);
    holes = f.known < f.lines;
  }
  if (drawn) {
    out += "<p class=\"key\">";
    if (!stacked && !points.empty()) out += "<span>" + swatch("step") + "mean of an epoch</span>";
    if (pale) out += "<span>" + swatch("outside") + "outside of epochs</span>";
    if (holes) out += "<span>" + swatch("missing") + "not known</span>";
    if (rated) out += "<span>" + line_swatch("mean") + "mean of the run, " + amount(mean) + "</span>";
    out += "</p>\n";
  }
  std::string description =
      rated ? "Mean power of the run: " + amount(mean) + "." : "The energy of the run is not known.";
  if (highest > 0)
    description += std::string(" The highest mean of ") + (stacked ? "a span" : "an epoch") + " is " +
                   amount(watts(highest)) + ".";
  begin_plot(
      out, "power", height,
      stacked ? "Power of each component over the time of the run" : "Mean power over the time of the run",
      description, !stacked && f.several > 1);
  if (drawn) {
    add_left_axis(out, y, height);
    out += body;
    if (stacked && rated) add_line(lines, "backing fine", 0, 1, level, level);
    if (rated) add_line(lines, "mean", 0, 1, level, level);
  } else {
    add_rectangle(out, "missing", 0, 1, 0, height);
    add_label(out, "unknown middle", 0.5, 0, height / 2 + 4,
              "not known: no channel that counts gave a value");
  }
  add_process_marks(lines, r, all, height);
  if (stacked) ((over += "<svg class=\"layer\" aria-hidden=\"true\">") += lines) += "</svg>";
  else out += lines;
  add_time_axis(out, all, height);
  end_plot(out, over);
  out += "</div>\n";
  add_components(out, r, !stacked);
  out += "</div>\n<figcaption>";
  if (drawn) out += power_caption(r, f, stack.size(), edges, pale, holes);
  else out += "No power is known; the reasons are with the channels below.";
  out += "</figcaption>\n</figure>\n</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
