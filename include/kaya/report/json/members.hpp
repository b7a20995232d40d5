// SPDX-License-Identifier: MIT
// What the members of a report are called in JSON. Writer and reader both go by these lists, so they cannot
// differ; tests/report_json_test.cpp does not compile when a struct has got a member, until it is listed.
//
// A visitor f is called as f(key, member, why): `why` says in JSON why a value is null, where the record has
// a reason. f.or_null is for members whose 0 or empty text stands for "not known", which is null in JSON.
//
// A member that comes after the first release must be read from files that do not have it: give the visitors
// a third call then, whose reader leaves the default.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

inline constexpr std::string_view schema = "kaya.report/1";
inline constexpr std::string_view not_known = "not known";

/// Of a reason itself: nothing is beside it when it is null.
inline constexpr std::string_view no_reason{};

/// The list of a struct: static void each(C& object, F& f), for a const object and another.
template <class T>
struct members;

template <class T>
concept has_members = requires {
  sizeof(members<T>);
};

/// The number of names of an enum, whose values count from 0.
template <class E>
inline constexpr int names_of = 0;
template <>
inline constexpr int names_of<meter::component> = 5;
template <>
inline constexpr int names_of<meter::provenance> = 4;
template <>
inline constexpr int names_of<meter::missing> = 7;
template <>
inline constexpr int names_of<grid::accounting> = 2;
template <>
inline constexpr int names_of<grid::basis> = 3;
template <>
inline constexpr int names_of<severity> = 3;
template <>
inline constexpr int names_of<attribution> = 3;

template <class Q>
struct members<interval<Q>> {
  template <class C, class F>
  static void each(C& i, F& f) {
    f("value", i.value);
    f("low", i.low);
    f("high", i.high);
  }
};

template <>
struct members<std::pair<std::string, double>> {  // a metric
  template <class C, class F>
  static void each(C& m, F& f) {
    f("name", m.first);
    f("value", m.second);
  }
};

template <>
struct members<intensity_line> {
  template <class C, class F>
  static void each(C& i, F& f) {
    f("intensity_g_per_kwh", i.value);
    f("code", i.code);
    f("name", i.name);
    f("iso3", i.iso3);
    f.or_null("year", i.year);
    f("how", i.how);
    f("basis", i.basis);
    f("source", i.source);
    f("assumed", i.assumed);
    f("note", i.note);
    f("beyond_series", i.beyond_series);
    f("mixes_kinds", i.mixes_kinds);
  }
};

template <>
struct members<hardware_line> {
  template <class C, class F>
  static void each(C& h, F& f) {
    f.or_null("host", h.host);
    f.or_null("boot_id", h.boot_id);
    f.or_null("os", h.os);
    f.or_null("cpu_model", h.cpu_model);
    f("sockets", h.sockets);
    f("cores", h.cores);
    f("logical_cpus", h.logical_cpus);
    f("memory_bytes", h.memory_bytes);
    f("gpus", h.gpus);
    f("rank", h.rank, "no launcher gave one");
    f("local_rank", h.local_rank, "no launcher gave one");
  }
};

template <>
struct members<channel_line> {
  template <class C, class F>
  static void each(C& c, F& f) {
    const std::string_view why = c.why ? to_string(*c.why) : not_known;
    f("name", c.name);
    f("mechanism", c.mechanism);
    f("device", c.device);
    f("inside", c.inside);
    f("uuid", c.uuid);
    f("part", c.part);
    f("how", c.how);
    f("counted", c.counted);
    f("energy_uj", c.energy_uj, why);
    f("energy_j", c.energy, why);
    f("rate_w", c.rate, why);
    f("why", c.why, no_reason);
    f("coverage", c.coverage);
    f("wraps", c.wraps);
    f("gaps", c.gaps);
    f("resets", c.resets);
    f("glitches", c.glitches);
    f("ambiguous", c.ambiguous);
    f("late_s", c.late);
    f("note", c.note);
    f("accuracy", c.accuracy);
    f("host", c.host);
    f("held_by", c.held_by);
  }
};

template <>
struct members<scope_line> {
  template <class C, class F>
  static void each(C& s, F& f) {
    f("name", s.name);
    f("count", s.count);
    f("own_uj", s.own_uj);
    f("total_uj", s.total_uj);
    f("own_j", s.own);
    f("total_j", s.total);
    f("min_j", s.min);
    f("max_j", s.max);
    f("time_s", s.time);
    f("emissions_g", s.emissions);
    f("marks", s.marks);
  }
};

template <>
struct members<epoch_line> {
  template <class C, class F>
  static void each(C& e, F& f) {
    f("index", e.index);
    f("start_s", e.start);
    f("duration_s", e.duration);
    f("energy_uj", e.energy_uj);
    f("emissions_g", e.emissions);
    f("work", e.work);
    f("metrics", e.metrics);
    f("how", e.how);
    f("coverage", e.coverage);
    f("merged", e.merged);
    f("open", e.open);
  }
};

template <>
struct members<event> {
  template <class C, class F>
  static void each(C& e, F& f) {
    f("time_s", e.time);
    f("level", e.level);
    f("where", e.where);
    f("what", e.what);
    f("count", e.count);
  }
};

template <>
struct members<component_line> {
  template <class C, class F>
  static void each(C& c, F& f) {
    f("part", c.part);
    f("energy_uj", c.energy_uj);
    f("emissions_g", c.emissions);
  }
};

template <>
struct members<power_line> {
  template <class C, class F>
  static void each(C& p, F& f) {
    f("start_s", p.start);
    f("duration_s", p.duration);
    f("cpu_uj", p.cpu);
    f("memory_uj", p.memory);
    f("gpu_uj", p.gpu);
    f("platform_uj", p.platform);
    f("other_uj", p.other);
  }
};

template <>
struct members<process_line> {
  template <class C, class F>
  static void each(C& p, F& f) {
    f("start_unix_ns", p.start_unix_ns);
    f("start_s", p.start);
    f("duration_s", p.duration);
    f.or_null("host", p.host);
    f.or_null("boot_id", p.boot_id);
  }
};

template <>
struct members<lost_work> {
  template <class C, class F>
  static void each(C& l, F& f) {
    f("epochs", l.epochs);
    f("energy_uj", l.energy_uj, "no channel that counts gave a value");
    f("emissions_g", l.emissions);
    f("duration_s", l.duration);
    f("work", l.work);
  }
};

template <>
struct members<rank_line> {
  template <class C, class F>
  static void each(C& k, F& f) {
    f("rank", k.rank, "no launcher gave one");
    f("local_rank", k.local_rank, "no launcher gave one");
    f.or_null("host", k.host);
    f.or_null("boot_id", k.boot_id);
    f("run_id", k.run_id);
    f("start_unix_ns", k.start_unix_ns);
    f("duration_s", k.duration);
    f("energy_uj", k.energy_uj, "no channel that counts gave a value");
    f("emissions_g", k.emissions);
    f("work", k.work);
    f("dropped", k.dropped);
  }
};

template <>
struct members<self_cost> {
  template <class C, class F>
  static void each(C& o, F& f) {
    f("sampler_cpu_s", o.sampler_cpu);
    f("reading_s", o.reading);
    f("samples", o.samples);
    f("stamps", o.stamps);
    f("late_stamps", o.late_stamps);
    f("memory_bytes", o.bytes);
    f("pending", o.pending);
    f("period_s", o.period);
    f("longest_gap_s", o.longest_gap);
    f.or_null("clock", o.clock);
    f("clock_hz", o.clock_hertz);
    f("clock_drift_ppm", o.clock_drift_ppm);
  }
};

template <>
struct members<run_report> {
  template <class C, class F>
  static void each(C& r, F& f) {
    const std::string_view no_channel = r.enabled ? "no channel that counts gave a value" : "disabled";
    f("enabled", r.enabled);
    f("finished", r.finished);
    f("project", r.project);
    f("run_id", r.run_id);
    f("kaya_version", r.kaya_version);
    f("of", r.of);
    f("start_unix_ns", r.start_unix_ns);
    f("duration_s", r.duration);
    f("energy_uj", r.energy_uj, no_channel);
    f("energy_j", r.energy, no_channel);
    f("emissions_g", r.emissions, no_channel);
    f("water_l", r.water, r.wue ? no_channel : "no WUE was given");
    f("work", r.work);
    f("work_unit", r.work_unit);
    f("pue", r.pue);
    f("pue_assumed", r.pue_assumed);
    f("wue_l_per_kwh", r.wue, "not given");
    f("worst_provenance", r.worst_provenance);
    f("measured_share", r.measured_share);
    f.or_null("total_epochs", r.total_epochs);
    f("intensity", r.intensity);
    f("hardware", r.hardware);
    f("channels", r.channels);
    f("scopes", r.scopes);
    f("epochs", r.epochs);
    f("metrics", r.metrics);
    f("events", r.events);
    f("overhead", r.overhead);
    f("processes", r.processes);
    f("lost", r.lost, "no work was lost");
    f("ranks", r.ranks);
    f("power", r.power);
    f("components", r.components);
  }
};

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
