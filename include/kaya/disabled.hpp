// SPDX-License-Identifier: MIT
// What tracker.hpp, scope.hpp and label.hpp are when KAYA_DISABLE is defined: the same names with nothing in
// them. They live in an inline namespace of their own, so that files with and without the macro link into one
// program; trackers and guards must not cross between such files. Everything else (units, grid, meters,
// reports) is the same types everywhere.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <kaya/detail/number.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
struct run_report;     // complete with <kaya/report/record.hpp>
struct budget_status;  // complete with <kaya/budget.hpp>
namespace plan {
struct forecast_result;  // complete with <kaya/forecast.hpp>
}
}  // namespace v1
inline namespace disabled {

struct background_t {
  explicit background_t() = default;
};
inline constexpr background_t background{};
struct synchronized_t {
  explicit synchronized_t() = default;
};
inline constexpr synchronized_t synchronized{};

class label {
 public:
  constexpr explicit label(std::string_view) noexcept {}
};
class scope_name {
 public:
  template <std::size_t N>
  constexpr scope_name(const char (&)[N]) noexcept {}
  constexpr scope_name(const label&) noexcept {}
};

// The destructors are there so that no compiler calls a guard unused.
class [[nodiscard("a scope that is not kept in a variable ends at once")]] scope_guard {
 public:
  constexpr scope_guard() noexcept {}
  scope_guard(const scope_guard&) = delete;
  scope_guard& operator=(const scope_guard&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;
  ~scope_guard() {}
};
class [[nodiscard("an epoch that is not kept in a variable ends at once")]] epoch_guard {
 public:
  constexpr epoch_guard() noexcept {}
  epoch_guard(const epoch_guard&) = delete;
  epoch_guard& operator=(const epoch_guard&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;
  ~epoch_guard() {}
  void add_work(double) noexcept {}
  void metric(std::string_view, double) noexcept {}
  void close() noexcept {}
  joules energy() const noexcept { return joules(detail::not_a_number); }
  int index() const noexcept { return -1; }
};

/// An option that takes whatever it is given, and forgets it.
struct ignored {
  constexpr ignored() noexcept {}
  template <class T>
  constexpr ignored(T&&) noexcept {}
  template <class T>
  constexpr ignored(std::initializer_list<T>) noexcept {}
};
/// An empty std::optional.
template <class T>
struct never {
  constexpr explicit operator bool() const noexcept { return false; }
  constexpr bool has_value() const noexcept { return false; }
  const T& operator*() const noexcept { return *operator->(); }  // as of an empty one: undefined
  const T* operator->() const noexcept { return nullptr; }
};
struct autosave_options {
  ignored path{}, period{};
};
struct journal_options {
  ignored path{}, period{};
};
struct prometheus_options {
  ignored folder{}, period{}, remove_at_stop{};
};
struct progress_options {
  ignored show{}, to{}, period{}, metric{};
};
struct budget_options {
  ignored energy{}, emissions{}, time{}, on_threshold{}, thresholds{};
};
struct tracker_options {
  ignored project{}, region{}, intensity{}, intensity_series{}, pue{}, sampling_period{}, total_epochs{},
      machine{}, synchronize{}, on_event{}, work_unit{}, count_modelled{}, max_epoch_lines{}, sharp_edges{},
      attribution{}, wue{}, live_intensity{};
  autosave_options autosave{};
  budget_options budget{};
  journal_options journal{};
  ignored resume{};
  prometheus_options prometheus{};
  progress_options progress{};
  ignored one_reader{};
};

class tracker {
 public:
  explicit tracker(const tracker_options& = {}) noexcept {}
  tracker(const tracker&) = delete;
  tracker& operator=(const tracker&) = delete;
  ~tracker() {}
  [[nodiscard]] scope_guard scope(scope_name) noexcept { return {}; }
  [[nodiscard]] scope_guard scope(scope_name, background_t) noexcept { return {}; }
  [[nodiscard]] scope_guard scope(scope_name, synchronized_t) noexcept { return {}; }
  [[nodiscard]] epoch_guard epoch() noexcept { return {}; }
  void rewind(int) noexcept {}
  void add_work(double) noexcept {}
  void metric(std::string_view, double) noexcept {}
  void sample() noexcept {}
  joules energy() const noexcept { return joules(detail::not_a_number); }
  grams_co2e emissions() const noexcept { return grams_co2e(detail::not_a_number); }
  /// A report that says enabled == false. Templates, so that the report's header is needed only where one is
  /// asked for.
  template <class Report = run_report>
  Report report() const {
    Report r;
    r.enabled = false;
    return r;
  }
  template <class Result = plan::forecast_result>
  never<Result> forecast() const noexcept {
    return {};
  }
  template <class Status = budget_status>
  Status budget() const noexcept {
    return {};
  }
  template <class Report = run_report>
  Report stop() {
    return report<Report>();
  }
};

[[nodiscard]] inline scope_guard scope(scope_name) noexcept { return {}; }
[[nodiscard]] inline scope_guard scope(scope_name, background_t) noexcept { return {}; }
[[nodiscard]] inline scope_guard scope(scope_name, synchronized_t) noexcept { return {}; }

template <class F>
decltype(auto) measured(tracker&, scope_name, F&& f) {
  return std::forward<F>(f)();
}
template <class F>
decltype(auto) measured(tracker&, F&& f) {
  return std::forward<F>(f)();
}

}  // namespace disabled
}  // namespace kaya
