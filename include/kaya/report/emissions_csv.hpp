// SPDX-License-Identifier: MIT
// A run's row in emissions.csv with its whole report as JSON beside it, since that file has no column for
// what a figure is known from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <kaya/detail/handle.hpp>
#include <kaya/detail/save_file.hpp>
#include <kaya/detail/saver.hpp>
#include <kaya/report/autosave.hpp>
#include <kaya/report/csv.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {

/// append_csv(), and to_json() in the same folder as "<run_id>.json". Returns what went wrong with either;
/// empty: nothing. Throws only if there is no memory.
inline std::string append_csv_and_json(const std::string& path, const run_report& r) {
  std::string problem = append_csv(path, r);
  if (!r.enabled || r.run_id.empty()) return problem;
  const std::size_t slash = path.rfind('/');
  std::string json = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
  for (const char c : r.run_id) json += c == '/' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  json += ".json";
  if (const int error = kaya::detail::save_file(json, to_json(r), "csv"); error != 0)
    problem += (problem.empty() ? "" : "; ") + json + " cannot be written: " + std::strerror(error);
  return problem;
}

namespace detail {

class csv_saver final : public kaya::detail::saver {
 public:
  explicit csv_saver(std::string path) : path_(static_cast<std::string&&>(path)) {}
  bool is_due(bool) const noexcept override { return true; }
  std::string save(const run_report& r) override { return append_csv_and_json(path_, r); }
  std::string obstacle() const override {
    const int error = kaya::detail::obstacle_to(path_);
    return error == 0 ? std::string() : path_ + " could not be written now: " + std::strerror(error);
  }

 private:
  std::string path_;
};

// For trackers: in place before the first of a file that includes this, static ones included.
inline kaya::detail::handle<kaya::detail::saver> append_as_csv(const std::string& pattern, std::int64_t,
                                                               const run_report& named) {
  return kaya::detail::handle<kaya::detail::saver>(
      new csv_saver(expand_path(pattern, named, "emissions_csv")));
}
inline const bool csv_is_there_for_trackers = (kaya::detail::make_csv_saver = &append_as_csv, true);

}  // namespace detail
}  // namespace report
}  // namespace v1
}  // namespace kaya
