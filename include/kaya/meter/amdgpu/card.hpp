// SPDX-License-Identifier: MIT
// One AMD GPU by the files of its driver: the energy counter of gpu_metrics, backed by the power that stands
// beside it, or by that of its sensor chip.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <kaya/detail/files.hpp>
#include <kaya/meter/amdgpu/gpu_metrics.hpp>
#include <kaya/meter/hwmon/chips.hpp>
#include <kaya/meter/reading/backed_counter.hpp>
#include <kaya/meter/reading/value_file.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter::amdgpu {

/// A binary file that is read again and again through a kept descriptor, and opened again after it was lost.
class kept_file {
 public:
  kept_file(detail::file_system& files, std::string path)
      : files_(&files), path_(static_cast<std::string&&>(path)) {}
  kept_file(kept_file&& other) noexcept
      : files_(other.files_), path_(static_cast<std::string&&>(other.path_)), open_(other.open_) {
    other.open_ = -1;
  }
  kept_file(const kept_file&) = delete;
  kept_file& operator=(const kept_file&) = delete;
  kept_file& operator=(kept_file&&) = delete;
  ~kept_file() { close(); }

  const std::string& path() const noexcept { return path_; }

  /// The number of bytes read from the start, or -errno; then it is closed.
  long read(unsigned char* buffer, std::size_t size) noexcept {
    if (open_ < 0) open_ = files_->open(path_.c_str());
    if (open_ < 0) return static_cast<long>(open_);
    const long n = files_->read(open_, reinterpret_cast<char*>(buffer), size);
    if (n < 0) close();
    return n;
  }
  /// An ordinary file answers what it last held after it was unlinked or replaced: then it is closed.
  void close_if_replaced() noexcept {
    if (open_ < 0) return;
    const int same = files_->same_file(open_, path_.c_str());
    if (same != 1 && same != -EACCES && same != -EPERM) close();  // those two say nothing about the file
  }

 private:
  void close() noexcept {
    if (open_ >= 0) files_->close(open_);
    open_ = -1;
  }
  detail::file_system* files_;
  std::string path_;
  detail::file_system::descriptor open_ = -1;
};

/// Watts from powerK_average or powerK_input of its sensor chip, which are in microwatts.
inline std::optional<double> chip_watts(std::optional<std::int64_t> microwatts) noexcept {
  if (!microwatts || *microwatts < 0) return std::nullopt;
  return hwmon::plausible_watts(static_cast<std::uint64_t>(*microwatts), component::gpu);
}

/// A GPU by its files.
class card {
 public:
  /// device: the directory of the device. chip_power: the file of its sensor chip; empty if there is none.
  /// rated_watts: 0 if not known.
  card(detail::file_system& files, const std::string& device, const std::string& chip_power,
       double rated_watts)
      : metrics_(files, device + "/gpu_metrics"),
        backed_(rated_watts, static_cast<double>(gpu_metrics::unit_numerator) /
                                 static_cast<double>(gpu_metrics::unit_denominator)) {
    if (!chip_power.empty()) chip_.emplace(files, chip_power);
  }

  const std::string& path() const noexcept { return metrics_.path(); }

  /// What the file says now. why: also what kept it from being read.
  gpu_metrics::figures look() noexcept {
    unsigned char bytes[gpu_metrics::most_bytes];
    const long n = metrics_.read(bytes, sizeof bytes);
    if (n >= 0)
      return gpu_metrics::decode(std::span<const unsigned char>(bytes, static_cast<std::size_t>(n)));
    gpu_metrics::figures none;
    none.why = why_of(static_cast<int>(-n));
    return none;
  }
  /// The power by what look() gave, else by the sensor chip.
  std::optional<double> watts(const gpu_metrics::figures& seen, std::int64_t now_ns) noexcept {
    if (seen.watts || !chip_) return seen.watts;
    return chip_watts(chip_->number(now_ns));
  }

  /// The layout that read() expects from now on: one that look() gave.
  void expect(const gpu_metrics::figures& seen) noexcept { expected_ = seen; }

  /// The energy in counts of 2^-16 J; modulo 2^32 where the counter has 32 bits.
  measurement read(std::int64_t now_ns) noexcept {
    constexpr std::int64_t patience_ns = 50'000'000;
    if (now_ns - moved_ns_ >= patience_ns && now_ns - checked_ns_ >= patience_ns) {
      checked_ns_ = now_ns;
      metrics_.close_if_replaced();
    }
    const gpu_metrics::figures now = look();
    if (now.why && now.format == 0) return failed(*now.why);
    if (now.why || !now.is_like(expected_) || !now.energy) return failed(missing::implausible);
    const std::uint64_t before = total_;
    // Continued beyond 32 bits, for what is added to it must not wrap elsewhere than it does.
    if (!seen_ || !now.narrow) total_ = *now.energy;
    else total_ += static_cast<std::uint32_t>(*now.energy - total_);
    const bool stands = seen_ && total_ == before;
    if (!stands) moved_ns_ = now_ns;
    // A sensor chip costs a file of its own, so it is asked only while the counter stands.
    const auto power = now.watts || stands || standing_ ? watts(now, now_ns) : std::nullopt;
    const auto told = backed_.next(total_, power, now_ns);
    measurement result{.recovered = away_ && seen_};
    result.count = now.narrow ? told.count & UINT32_MAX : told.count;
    result.integrated = standing_ = told.integrated;
    // What integrated power adds to the range of the counter: a reading of a moment, or of whole watts.
    if (standing_) result.low = 0.85 / 0.9, result.high = 1.15 / 1.1;
    seen_ = true;
    away_ = false;
    return result;
  }

 private:
  measurement failed(missing why) noexcept {
    backed_.skip();
    away_ = true;
    return {.why = why};
  }
  /// A card that sleeps or is being reset answers EPERM, whoever asks.
  missing why_of(int error) const noexcept {
    if (error == EACCES) return missing::no_permission;
    if (error == ENODATA || error == EOPNOTSUPP) return missing::not_supported;
    return error == ENOENT && !seen_ ? missing::not_present : missing::lost;
  }

  kept_file metrics_;
  std::optional<value_file> chip_{};
  gpu_metrics::figures expected_{};
  backed_counter backed_;
  std::uint64_t total_ = 0;
  std::int64_t moved_ns_ = 0, checked_ns_ = 0;
  bool standing_ = false;  // the counter did not move, and power stood in
  bool seen_ = false;      // it has answered
  bool away_ = false;      // it has failed since
};

}  // namespace meter::amdgpu
}  // namespace v1
}  // namespace kaya
