// SPDX-License-Identifier: MIT
// The energy of each epoch, and a metric over it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/report/html/power.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

inline constexpr double epochs_height = 220;

/// Where along the width a point is drawn: all have the same.
struct slot {
  double left, right;
  slot(std::size_t i, std::size_t n) noexcept
      : left(static_cast<double>(i) / static_cast<double>(n)),
        right(static_cast<double>(i + 1) / static_cast<double>(n)) {}
  double middle() const noexcept { return (left + right) / 2; }
};

inline void add_energy_bars(std::string& out, const std::vector<point>& points, const axis& y) {
  const double h = epochs_height;
  const auto down = [&](double j) { return h * (1 - within(y.place(j))); };
  for (std::size_t i = 0; i < points.size(); ++i) {
    const point& p = points[i];
    const slot s(i, points.size());
    if (p.known == 0) {
      std::size_t end = i + 1;  // one rectangle for all that follow
      while (end < points.size() && points[end].known == 0) ++end;
      add_unknown(out, s.left, slot(end - 1, points.size()).right, h);
      i = end - 1;
      continue;
    }
    const double margin = (s.right - s.left) * (points.size() > 60 ? 0 : 0.12);
    std::string title = point_name(p) + ": " + amount(joules(p.energy.mean()));
    if (p.energy.n > 1)
      title += " mean, " + amount(joules(p.energy.low)) + " to " + amount(joules(p.energy.high));
    if (p.metric.n == 1) title += "; metric " + grouped(p.metric.mean());
    add_rectangle(out, p.open ? "energy open" : "energy", s.left + margin, s.right - margin,
                  down(p.energy.mean()), h, title);
    if (p.energy.n > 1)
      add_rectangle(out, "band", s.left + margin, s.right - margin, down(p.energy.high), down(p.energy.low));
    if (p.known < p.lines || p.part > 0)
      add_rectangle(out, "missing foot", s.left + margin, s.right - margin, h - 8, h);
    out += '\n';
  }
}

/// A line through the means, broken where there is none, with a band where points are of several epochs.
inline void add_metric_line(std::string& out, const std::vector<point>& points, const axis& y) {
  const double h = epochs_height;
  const auto down = [&](double x) { return h * (1 - within(y.place(x))); };
  std::string line, band, back, dots;
  const auto end_band = [&] {
    if (!back.empty()) band += back + "Z";
    back.clear();
  };
  const auto at = [](std::string& to, double x, double px) {
    add_decimal(to, x * 1000);
    to += ' ';
    add_decimal(to, px);
  };
  bool pen_down = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const point& p = points[i];
    if (p.metric.n == 0) {
      pen_down = false;
      end_band();
      continue;
    }
    const double x = slot(i, points.size()).middle(), mean = down(p.metric.mean());
    at(line += pen_down ? "L" : "M", x, mean);
    if (p.lines > 1) {
      at(band += back.empty() ? "M" : "L", x, down(p.metric.high));
      std::string low = "L";
      at(low, x, down(p.metric.low));
      back = low + back;
    }
    const bool alone = !pen_down && (i + 1 == points.size() || points[i + 1].metric.n == 0);
    if (points.size() <= 40 || alone) {
      at(dots += "M", x, mean);
      dots += "h0";
    }
    pen_down = true;
  }
  end_band();
  // Over the plot, and as wide; strokes and dots keep their shape.
  out += "<svg class=\"layer\" viewBox=\"0 0 1000 220\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
  const auto path = [&out](std::string_view kind, const std::string& d) {
    if (!d.empty()) ((((out += "<path class=\"") += kind) += "\" d=\"") += d) += "\"/>";
  };
  path("metric-band", band);
  path("metric halo", line);
  path("metric", line);
  path("dots halo", dots);
  path("metric dots", dots);
  out += "</svg>";
}

inline void add_epoch_axis(std::string& out, const std::vector<point>& points) {
  const std::size_t n = points.size();
  std::size_t each = static_cast<std::size_t>(round_up(static_cast<double>(n) / 10) + 0.5);
  if (each == 0) each = 1;
  int shown = 0;
  for (std::size_t i = 0; i < n; i += each, ++shown)
    add_label(out, shown % 2 == 0 ? "tick middle" : "tick middle odd", slot(i, n).middle(), 0,
              epochs_height + 20, grouped(points[i].first));
}

inline void add_epochs(std::string& out, const run_report& r, const std::vector<point>& points,
                       const timeline_facts& f, std::string_view metric) {
  if (points.empty()) return;
  spread all;
  std::size_t with = 0;
  const spread* last = nullptr;
  for (const point& p : points)
    if (p.metric.n > 0) {
      all.add(p.metric.low), all.add(p.metric.high), with += p.metric.n;
      last = &p.metric;
    }
  const bool drawn = with > 0;
  const std::string metric_name = escaped(metric, 40);
  out += "<section>\n";
  add_heading(out, drawn ? "Energy of each epoch, and " + metric_name : "Energy of each epoch");
  out += "<figure>\n<p class=\"key\"><span>" + swatch("energy") + "energy of an epoch (left)</span>";
  if (drawn) out += "<span>" + line_swatch("metric") + "<bdi>" + metric_name + "</bdi> (right)</span>";
  out += "</p>\n";
  std::string description;
  if (f.known > 0) description += "Energy of an epoch: at most " + amount(joules(f.highest_energy)) + ".";
  else description += "The energy of the epochs is not known.";
  if (drawn)
    description += " " + metric_name + ": " + grouped(all.low) + " to " + grouped(all.high) + ", at last " +
                   grouped(last->mean()) + ".";
  begin_plot(out, "epochs", epochs_height,
             "Energy of each epoch" + (drawn ? " and " + metric_name : std::string()), description,
             points.size() > 60);
  const double highest = is_drawable(f.highest_energy) && f.highest_energy > 0 ? f.highest_energy : 0;
  const axis y = make_axis(0, highest > 0 ? highest : 1, 4, energy_units);
  if (f.known > 0) add_left_axis(out, y, epochs_height);
  add_energy_bars(out, points, y);
  std::string over;
  if (drawn) {
    const axis right = make_axis(all.low, all.high, 4, no_units);
    add_right_axis(out, right, epochs_height);
    add_metric_line(over, points, right);
  }
  add_epoch_axis(out, points);
  end_plot(out, over);
  out += "<figcaption>Across: the number of the epoch.";
  if (drawn && make_axis(all.low, all.high, 4, no_units).low > 0)
    out += " The scale of the metric does not begin at 0.";
  if (with < f.lines && drawn)
    out += " " + grouped(static_cast<double>(f.lines - with)) + " of " +
           grouped(static_cast<double>(f.lines)) + " epochs have no such metric; the line is broken there.";
  out += epoch_remarks(r, f);
  if (r.lost) out += " Epochs that were done again are shown as they were the last time.";
  if (!r.metrics.empty()) {
    out += " Of the whole run:";
    for (std::size_t i = 0; i < r.metrics.size() && i < 6; ++i)
      out += (i > 0 ? ", " : " ") + name(r.metrics[i].first, 40) + " " + grouped(r.metrics[i].second);
    if (r.metrics.size() > 6) out += " and " + std::to_string(r.metrics.size() - 6) + " more";
    out += ".";
  }
  out += "</figcaption>\n</figure>\n</section>\n";
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
