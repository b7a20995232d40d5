// SPDX-License-Identifier: MIT
/// The report as JSON (RFC 8259), and back: the schema `kaya.report/1`.
///
/// - One object in UTF-8, with a line for each member and for each channel, scope, epoch, metric and event.
/// - Units are in the names: _uj microjoules, _j joules, _g grams of CO2e, _s seconds, _w watts, _l litres,
///   _g_per_kwh, _l_per_kwh, _hz, _ppm, _bytes, _unix_ns nanoseconds since 1970 (UTC). What has no unit is a
///   count, or a share from 0 to 1 (coverage, measured_share, beyond_series).
/// - _uj, _ns, _bytes and counts are whole numbers of up to 64 bits. Readers that hold numbers as doubles
///   (JavaScript) round those beyond 2^53: energies over 9 GJ, and start_unix_ns to 256 ns.
/// - All other numbers are the shortest that give the same double again.
/// - {"value", "low", "high"}: the truth is between low and high in 95 % of cases.
/// - What is not known is null, never 0; beside a null `x`, `x_why` says why, in words. Three have a meaning
///   for readers, as JSON has no such numbers: "infinity", "-infinity", and "not a number" of what is there,
///   but not a number. The member `why` of a channel says itself why, or is null.
/// - A byte that is not UTF-8 in a name is written as U+FFFD, and that is what is read back. `<`, U+2028 and
///   U+2029 are escaped: the text can stand in a <script> element as it is.
/// - Later versions of kaya may add members, which readers must ignore. The name of the schema changes when
///   one is removed or comes to mean something else.
///
///     {
///       "schema": "kaya.report/1",
///       "enabled": true,            // false: kaya was disabled, and the rest says nothing
///       "finished": true,           // false: the run went on after this report
///       "project": "", "run_id": "", "kaya_version": "",
///       "of": "machine",            // whose energy: machine, process, cgroup
///       "start_unix_ns": 0, "duration_s": 0,
///       "energy_uj": 0,             // of the IT equipment; the own_uj of all scopes add up to it exactly
///       "energy_j": {},             // the same with its range
///       "emissions_g": {},          // energy_j x pue x intensity_g_per_kwh
///       "water_l": 0,               // energy_j x wue_l_per_kwh
///       "work": 0, "work_unit": "", // how much was done, of what
///       "pue": 1, "pue_assumed": true, "wue_l_per_kwh": 0,
///       "worst_provenance": "",     // of what counts: measured, integrated, modelled, assumed
///       "measured_share": 1,        // of the energy
///       "total_epochs": 0,          // planned
///       "intensity": {"intensity_g_per_kwh": 0, "code": "", "name": "", "iso3": "",
///         "year": 0,                // of the data
///         "how": "",                // lifecycle, direct
///         "basis": "",              // location-based, market-based, marginal
///         "source": "",             // publisher and data set
///         "assumed": false,         // true: nobody said where the machine is
///         "note": "",
///         "beyond_series": 0,       // share of the energy whose time the series of intensities does not
///         have "mixes_kinds": false},    // true: and that was priced by a figure of another kind
///       "hardware": {"host": "", "boot_id": "", "os": "", "cpu_model": "", "sockets": 0, "cores": 0,
///         "logical_cpus": 0, "memory_bytes": 0, "gpus": [""], "rank": 0, "local_rank": 0},
///       "channels": [{"name": "", "mechanism": "",
///         "device": "", "inside": "", // identity of the hardware; that of the hardware which contains it
///         "uuid": "",               // what its maker calls it
///         "part": "",               // cpu, memory, gpu, platform, other
///         "how": "",                // as worst_provenance
///         "counted": true,          // part of the total
///         "energy_uj": 0, "energy_j": {}, "rate_w": 0,  // rate: the mean while known
///         "why": "",                // no permission, not present, not supported, masked, disabled, lost,
///                                   // implausible
///         "coverage": 1,            // share of the run's time whose energy is known
///         "wraps": 0, "gaps": 0, "resets": 0, "glitches": 0, "ambiguous": 0,
///         "late_s": 0,              // the longest from a sample to its reading
///         "note": "", "accuracy": "",
///         "host": "",               // where it is, if not on hardware.host
///         "held_by": ""}],          // whose report counts it instead
///       "scopes": [{"name": "", "count": 0,              // epoch and (outside) are kaya's own lines
///         "own_uj": 0, "total_uj": 0, "own_j": {}, "total_j": {},  // as the innermost; with all it encloses
///         "min_j": 0, "max_j": 0,   // of one scope
///         "time_s": 0, "emissions_g": 0, "marks": [""]}],
///       "epochs": [{"index": 0, "start_s": 0, "duration_s": 0, "energy_uj": 0, "emissions_g": 0, "work": 0,
///         "metrics": [{"name": "", "value": 0}], "how": "", "coverage": 1,
///         "merged": 1,              // epochs in this line
///         "open": false}],          // true: it was still running
///       "metrics": [{"name": "", "value": 0}],           // of the run
///       "events": [{"time_s": 0,
///         "level": "",              // info, warning, error
///         "where": "", "what": "", "count": 1}],
///       "overhead": {"sampler_cpu_s": 0, "reading_s": 0, "samples": 0, "stamps": 0, "late_stamps": 0,
///         "memory_bytes": 0, "pending": 0, "period_s": 0, "longest_gap_s": 0,
///         "clock": "", "clock_hz": 0, "clock_drift_ppm": 0},
///       "processes": [{"start_unix_ns": 0,               // of a run that was resumed
///         "start_s": 0, "duration_s": 0,                 // on its clock, which stands still between them
///         "host": "", "boot_id": ""}],
///       "lost": {"epochs": 0, "energy_uj": 0, "emissions_g": 0, "duration_s": 0, "work": 0},  // done again
///       "ranks": [{"rank": 0, "local_rank": 0, "host": "", "boot_id": "", "run_id": "",  // of a merged one
///         "start_unix_ns": 0, "duration_s": 0, "energy_uj": 0, "emissions_g": 0, "work": 0,
///         "dropped": [""]}],        // channels that another rank's report holds, too
///       "power": [{"start_s": 0, "duration_s": 0,        // what components used in spans of the run
///         "cpu_uj": 0, "memory_uj": 0, "gpu_uj": 0, "platform_uj": 0, "other_uj": 0}],
///       "components": [{"part": "", "energy_uj": 0, "emissions_g": 0}]    // that add up to the run
///     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <kaya/detail/handle.hpp>
#include <kaya/detail/json.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/report/autosave.hpp>
#include <kaya/report/json/members.hpp>
#include <kaya/report/json/reader.hpp>
#include <kaya/report/json/writer.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// What from_json() takes at most: 64 MiB of text (60 000 epochs with 16 metrics each), in which are 4 194
/// 304 values. Reading needs up to 1 GB of memory for that.
inline constexpr std::size_t most_json_bytes = std::size_t{64} << 20;
inline constexpr std::size_t most_json_values = std::size_t{4} << 20;

/// The report as JSON, ending with a new line.
inline std::string to_json(const run_report& r) {
  std::string out;
  detail::json_writer w(out, true);
  w("schema", detail::schema);
  detail::members<run_report>::each(r, w);
  w.end();
  return out;
}

namespace detail {
// For trackers that save: in place before the first of a file that includes this, static ones included.
inline kaya::detail::handle<kaya::detail::saver> save_as_json(const std::string& pattern,
                                                              std::int64_t period_ns,
                                                              const run_report& named) {
  return kaya::detail::handle<kaya::detail::saver>(
      new autosaver(expand_path(pattern, named), period_ns, &to_json));
}
inline const bool is_there_for_trackers = (kaya::detail::make_saver = &save_as_json, true);
}  // namespace detail

/// The report that to_json() wrote, to the last bit (of what is not a number, that it is none). Any bytes may
/// be given: throws std::invalid_argument for what is no such report, with the byte, from 0, and the reason
/// ("byte 812: channels[2].part must be one of ..."). All members must be there; others are ignored.
inline run_report from_json(std::string_view text) {
  using detail::json_reader;
  const auto parsed = kaya::detail::json::parse(text, most_json_bytes, most_json_values);
  if (!parsed) throw std::invalid_argument(parsed.message());
  const kaya::detail::json::value& root = *parsed.root;
  const detail::json_place whole{};
  if (const auto* const schema = root.find("schema"); schema != nullptr && schema->string() != detail::schema)
    json_reader::refuse(*schema, {&whole, "schema"},
                        "must be " + json_reader::quoted(detail::schema) +
                            (schema->string() ? "; it is " + json_reader::quoted(*schema->string()) : ""));
  else if (schema == nullptr && root.is(kaya::detail::json::kind::object))
    json_reader::refuse(root, {&whole, "schema"}, "is missing");
  run_report r;
  json_reader::read(root, r, whole);
  return r;
}

}  // namespace report
}  // namespace v1
}  // namespace kaya
