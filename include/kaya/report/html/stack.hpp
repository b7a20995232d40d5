// SPDX-License-Identifier: MIT
// The power of each component over the time of the run, one on the other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kaya/report/html/components.hpp>
#include <kaya/report/html/drawing.hpp>
#include <kaya/report/html/series.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

/// A stretch of the run and what each component used in it, in the order of `components`.
struct stretch {
  double start = 0, end = 0;  // in seconds since the start of the run
  double time = 0;            // that the energy is of
  double joules[component_count]{};

  double power(std::size_t i) const noexcept { return joules[i] / time; }
  /// Of components that used some. A counter that was set right can have given back more than it told.
  double drawn() const noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < component_count; ++i) sum += joules[i] > 0 ? power(i) : 0;
    return sum;
  }
  void add(const stretch& next) noexcept {
    end = next.end, time += next.time;
    for (std::size_t i = 0; i < component_count; ++i) joules[i] += next.joules[i];
  }
};

/// The spans of a run's power, of those that can be drawn on an axis of so many seconds. One that is narrower
/// than 1/200 of it is taken together with its neighbour: nobody would see it, and as a meter tells in steps,
/// its power could be far from any mean.
inline std::vector<stretch> stretches_of(const run_report& r, double all) {
  const double least = all / 200;
  const auto narrow = [least](const stretch& s) { return s.end - s.start < least; };
  const auto touch = [least](const stretch& a, const stretch& b) { return b.start - a.end < least; };
  std::vector<stretch> out;
  bool any = false;
  for (const power_line& p : r.power) {
    stretch s{p.start.count(), p.start.count() + p.duration.count(), p.duration.count(), {}};
    if (!is_drawable(s.start) || !is_drawable(s.end) || !(s.time > 0)) continue;
    const microjoules used[component_count] = {p.gpu, p.cpu, p.memory, p.platform, p.other};
    for (std::size_t i = 0; i < component_count; ++i)
      s.joules[i] = static_cast<double>(used[i].count()) * 1e-6;
    const double before = out.empty() ? 0 : out.back().end;
    if (s.start < before + all * 1e-5) s.start = before;  // rounding leaves no gap
    if (s.end > all) s.end = all;
    if (!(s.end > s.start) || !is_drawable(s.drawn())) continue;
    any = any || s.drawn() > 0;
    if (!out.empty() && narrow(out.back()) && touch(out.back(), s)) out.back().add(s);
    else out.push_back(s);
  }
  if (out.size() > 1 && narrow(out.back()) && touch(out[out.size() - 2], out.back())) {
    out[out.size() - 2].add(out.back());
    out.pop_back();
  }
  if (!any) out.clear();
  return out;
}

inline double highest_of(const std::vector<stretch>& stretches) noexcept {
  double highest = 0;
  for (const stretch& s : stretches) highest = s.drawn() > highest ? s.drawn() : highest;
  return highest;
}

/// "12.0 s to 18.0 s: 310 W (GPU 200 W, CPU 110 W)".
inline std::string stretch_title(const stretch& s) {
  double sum = 0;
  std::string each;
  for (std::size_t i = 0; i < component_count; ++i) {
    if (!(s.joules[i] > 0 || s.joules[i] < 0)) continue;
    sum += s.power(i);
    ((each += each.empty() ? "" : ", ") += shown_name(components[i])) += ' ';
    each += amount(watts(s.power(i)));
  }
  return amount(seconds(s.start)) + " to " + amount(seconds(s.end)) + ": " + amount(watts(sum)) +
         (each.empty() ? "" : " (" + each + ")");
}

/// What lies over a figure, as wide and high as it. Each component's area reaches from the base to the sum of
/// all up to it, the highest first: those below cover it. Over them what a pointer finds.
inline void add_stack(std::string& out, const std::vector<stretch>& stretches, double all, const axis& y,
                      double height) {
  constexpr double width = 1000;
  const auto across = [&](std::string& to, double s) { add_decimal(to, within(s / all) * width); };
  out +=
      "<svg class=\"layer\" viewBox=\"0 0 1000 220\" "
      "preserveAspectRatio=\"none\" aria-hidden=\"true\">\n";
  for (std::size_t top = 0; top < component_count; ++top) {
    bool any = false;
    for (const stretch& s : stretches) any = any || s.joules[top] > 0;
    if (!any) continue;
    ((out += "<path class=\"area ") += to_string(components[top])) += "\" d=\"";
    for (std::size_t n = 0; n < stretches.size(); ++n) {
      const stretch& s = stretches[n];
      if (n == 0 || s.start > stretches[n - 1].end) {
        if (n > 0) add_decimal(out += 'V', height);
        across(out += 'M', s.start);
        add_decimal(out += ' ', height);
      }
      double sum = 0;
      for (std::size_t i = top; i < component_count; ++i) sum += s.joules[i] > 0 ? s.power(i) : 0;
      add_decimal(out += 'V', height * (1 - within(y.place(sum))));
      across(out += 'H', s.end);
    }
    add_decimal(out += 'V', height);
    out += "\"/>\n";
  }
  out += "<g class=\"found\">";
  for (const stretch& s : stretches) {
    across(out += "<path d=\"M", s.start);
    across(out += " 0H", s.end);
    add_decimal(out += 'V', height);
    across(out += 'H', s.start);
    ((out += "Z\"><title>") += stretch_title(s)) += "</title></path>";
  }
  out += "</g></svg>\n";
}

/// Time that no span tells of. Whether there is any.
inline bool add_holes(std::string& out, const std::vector<stretch>& stretches, double all, double height) {
  bool left_out = false;
  double before = 0;
  const auto gap = [&](double to) {
    if (!((to - before) / all > 0.003)) return;  // of the width: less is a hairline
    left_out = true;
    add_rectangle(out, "missing", before / all, to / all, 0, height, "power not known");
  };
  for (const stretch& s : stretches) {
    gap(s.start);
    before = s.end;
  }
  gap(all);
  return left_out;
}

/// Where epochs begin and end, if they are few enough to be told apart. Whether any is drawn.
inline bool add_epoch_edges(std::string& out, const run_report& r, double all, double height) {
  constexpr std::size_t most = 40;
  if (r.epochs.size() > most) return false;
  double before = 0;
  bool any = false;
  const auto edge = [&](double at) {
    if (!(at - before > 0.004 && at < 0.996)) return;  // of the width
    add_line(out, "edge", at, at, 0, height);
    before = at, any = true;
  };
  for (const epoch_line& e : r.epochs) {
    edge(e.start.count() / all);
    edge((e.start + e.duration).count() / all);
  }
  return any;
}

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
