// SPDX-License-Identifier: MIT
// Rated power and peak rates of GPUs, TPUs and other accelerators by name: what a plan starts from. Static
// tables: no file, no network, no allocation.
//
//     constexpr auto gpu = kaya::plan::find_device("NVIDIA A100-SXM4-40GB");   // as NVML names it
//     static_assert(gpu->power == 400_W);
//     kaya::plan::find_device("A100");        // nothing: four cards, 250 to 400 W
//     kaya::plan::suggest_devices("A100");    // these four
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <kaya/plan/data/device_table.hpp>
#include <kaya/units.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// One model of accelerator. What its maker does not publish is empty. All text is in static storage.
struct device {
  std::string_view name;       ///< the maker first, as in "NVIDIA A100 SXM4 40GB"
  std::optional<watts> power;  ///< rated: a device mostly draws less
  power_of of = power_of::unknown;
  std::optional<double> memory_gb;
  std::optional<double> fp16_tflops;  ///< peak TFLOP/s at fp16 or bf16, dense
  std::optional<double> fp32_tflops;  ///< outside of tensor units
  int year = 0;                       ///< of release
  std::string_view source;
  bool verified = false;  ///< false: from memory of the source, not seen again
  std::string_view note;  ///< what to know before quoting the figures; mostly empty
};

inline constexpr std::size_t device_count =
    sizeof detail::device_table::rows / sizeof *detail::device_table::rows;

/// The devices in order of their names, i < device_count.
constexpr device device_at(std::size_t i) noexcept {
  const auto known = [](double x) { return x < 0 ? std::optional<double>() : std::optional<double>(x); };
  const detail::device_table::row& from = detail::device_table::rows[i];
  const detail::device_table::source_row& source = detail::device_table::sources[from.source];
  device d;
  d.name = from.name;
  if (from.watts >= 0) d.power = watts(from.watts);
  d.of = from.of;
  d.memory_gb = known(from.memory_gb);
  d.fp16_tflops = known(from.fp16);
  d.fp32_tflops = known(from.fp32);
  d.year = from.year;
  d.source = source.text;
  d.verified = source.read;
  d.note = from.note;
  return d;
}

/// A few devices.
class device_list {
 public:
  static constexpr std::size_t most = 8;  // V100 and A100 come in five and four forms

  constexpr const device* begin() const noexcept { return items_; }
  constexpr const device* end() const noexcept { return items_ + size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr const device& operator[](std::size_t i) const noexcept { return items_[i]; }
  /// Ignored once it is full.
  constexpr void add(const device& d) noexcept {
    if (size_ < most) items_[size_++] = d;
  }

 private:
  device items_[most]{};
  std::size_t size_ = 0;
};

namespace detail {

constexpr bool is_one_of(std::string_view word, std::string_view list) noexcept {  // list: " a b c "
  for (std::size_t at = list.find(word); at != list.npos; at = list.find(word, at + 1))
    if (list[at - 1] == ' ' && list[at + word.size()] == ' ') return true;
  return false;
}
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The gigabytes that a word names ("80gb"), or 0.
constexpr unsigned gigabytes(std::string_view word) noexcept {
  if (word.size() < 3 || word.size() > 6 || !word.ends_with("gb")) return 0;
  unsigned n = 0;
  for (const char c : word.substr(0, word.size() - 2)) {
    if (!is_digit(c)) return 0;
    n = 10 * n + static_cast<unsigned>(c - '0');
  }
  return n;
}

/// Words that a short name leaves out: maker, family, form, size of the memory, second names.
constexpr bool is_optional(std::string_view word) noexcept {
  return is_one_of(word,
                   " nvidia amd intel apple google aws huawei graphcore cerebras tesla geforce radeon "
                   "instinct rtx gtx rx data center arc jetson ascend pcie nvl pascal trillium ironwood "
                   "mk2 ipu wse2 ") ||
         word.starts_with("sxm") || gigabytes(word) != 0;
}

/// A name of a device in words, lower case, as different writers would write it.
class device_words {
 public:
  constexpr explicit device_words(std::string_view name) noexcept {
    char word[sizeof text_]{};
    std::size_t size = 0;
    for (std::size_t i = 0; i <= name.size(); ++i) {
      const char c = i < name.size() ? name[i] : ' ';
      if (static_cast<unsigned char>(c) > ' ' && !is_one_of({&c, 1}, " - _ / ( ) , ; ")) {
        if (size < sizeof word) word[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c;
        continue;
      }
      if (size > 0) add({word, size});
      size = 0;
    }
  }

  constexpr std::size_t size() const noexcept { return count_; }
  constexpr bool too_long() const noexcept { return too_long_; }
  constexpr std::string_view operator[](std::size_t i) const noexcept {
    return {text_ + begin_[i], static_cast<std::size_t>(begin_[i + 1] - begin_[i])};
  }
  constexpr bool has(std::string_view word) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if ((*this)[i] == word || (word == "sxm" && (*this)[i].starts_with(word))) return true;
    return false;
  }
  /// The words that tell models apart, joined.
  constexpr std::string_view core(char (&buffer)[64]) const noexcept {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (is_optional((*this)[i])) continue;
      for (const char c : (*this)[i]) buffer[n++] = c;
    }
    return {buffer, n};
  }

 private:
  constexpr void add(std::string_view word) noexcept {
    const std::size_t n = word.size();
    if (is_one_of(word, " r tm gpu graphics generation edition workstation server ")) return;
    if (n > 4 && word.starts_with("tpuv")) return add("tpu"), add(word.substr(3));
    if (n > 3 && (word.starts_with("rtx") || word.starts_with("gtx")) && is_digit(word[3]))
      return add(word.substr(0, 3)), add(word.substr(3));
    if (n > 2 && word.ends_with("ti") && is_digit(word[n - 3])) return add(word.substr(0, n - 2)), add("ti");
    // "CS-2" and "80 GB" are one word.
    const bool joins = count_ > 0 && ((n == 1 && is_digit(word[0])) || word == "gb");
    if ((!joins && count_ == most) || begin_[count_] + n > sizeof text_) {
      too_long_ = true;
      return;
    }
    std::size_t end = begin_[count_];
    for (const char c : word) text_[end++] = c;
    if (!joins) ++count_;
    begin_[count_] = static_cast<unsigned char>(end);
  }

  static constexpr std::size_t most = 12;  // the longest name has 7
  char text_[64]{};
  unsigned char begin_[most + 1]{};
  std::size_t count_ = 0;
  bool too_long_ = false;
};

/// What NVML calls the SXM boards of Hopper leaves out the form; the others are "H100 PCIe" and "H200 NVL".
constexpr bool is_unnamed_sxm(const device_words& query) noexcept {
  char buffer[64]{};
  const std::string_view core = query.core(buffer);
  if (query.has("nvl") || query.has("pcie")) return false;
  return (core == "h100hbm3" && query.has("80gb")) || core == "h200";
}

/// The first two characters of the first word that says what model it is; empty if there is none.
constexpr std::string_view start_of_model(const device_words& query) noexcept {
  for (std::size_t i = 0; i < query.size(); ++i)
    if (!is_optional(query[i])) return query[i].substr(0, 2);
  return {};
}

/// Whether a name, in lower case, has this in it: spares most rows the splitting, which is what finding
/// costs.
constexpr bool mentions(const char* name, std::string_view part) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c; };
  for (; *name != 0; ++name)
    if (lower(*name) == part[0] && (part.size() < 2 || lower(name[1]) == part[1])) return true;
  return false;
}

/// Whether each word of the query is one of the device's, and each of the device's that the query lacks is
/// optional.
constexpr bool fits(const device_words& query, std::size_t i) noexcept {
  const device_words row(device_table::rows[i].name);
  for (std::size_t n = 0; n < query.size(); ++n) {
    const double memory = gigabytes(query[n]);
    if (!row.has(query[n]) && !(memory > 0 && memory == device_table::rows[i].memory_gb)) return false;
  }
  for (std::size_t n = 0; n < row.size(); ++n)
    if (!query.has(row[n]) && !is_optional(row[n])) return false;
  return true;
}

/// Edits (of one character) from a to b.
constexpr unsigned edits(std::string_view a, std::string_view b) noexcept {
  unsigned row[65]{};
  for (unsigned j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    unsigned diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      unsigned best = diagonal + (a[i] == b[j] ? 0u : 1u);
      diagonal = row[j + 1];
      if (row[j] + 1 < best) best = row[j] + 1;
      if (diagonal + 1 < best) best = diagonal + 1;
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

}  // namespace detail

/// All devices that a name fits, in order of their names: those that have all of its words, and no word more
/// but the maker, the family, the form (PCIe, SXM4) and the size of the memory. Letter case, dashes and words
/// like "Graphics" do not matter.
constexpr device_list devices_like(std::string_view name) noexcept {
  detail::device_words query(name);
  if (detail::is_unnamed_sxm(query))
    query = detail::device_words(query.has("h200") ? "H200 SXM5" : "H100 SXM5");
  const std::string_view start = detail::start_of_model(query);
  device_list found;
  if (start.empty() || query.too_long()) return found;
  for (std::size_t i = 0; i < device_count; ++i)
    if (detail::mentions(detail::device_table::rows[i].name, start) && detail::fits(query, i))
      found.add(device_at(i));
  return found;
}

/// The device of that name, or nothing: for one that the table lacks, and for a name that fits several (see
/// suggest_devices). Never the figures of another model, however near.
constexpr std::optional<device> find_device(std::string_view name) noexcept {
  const device_list found = devices_like(name);
  if (found.size() != 1) return {};
  return found[0];
}

namespace detail {
/// How far a device is from what the words of a query name; 0 is the same. `unlike` if it is another.
inline constexpr unsigned unlike = 1000;
constexpr unsigned strangeness(std::string_view wanted, std::size_t i) noexcept {
  char buffer[64]{};
  const std::string_view core = device_words(device_table::rows[i].name).core(buffer);
  if (wanted.size() > 2 && core.find(wanted) != core.npos) return 1;  // "RTX 6000": Quadro, or Ada
  const unsigned score = 2 * edits(wanted, core), limit = wanted.size() <= 4 ? 2 : wanted.size() <= 8 ? 4 : 6;
  return score <= limit ? score : unlike;
}
}  // namespace detail

/// Devices that may have been meant by a name for which find_device has nothing: all that it fits, or else
/// the nearest by spelling, in order of their names; often none.
constexpr device_list suggest_devices(std::string_view name) noexcept {
  if (const device_list fitting = devices_like(name); !fitting.empty()) return fitting;
  const detail::device_words query(name);
  char buffer[64]{};
  const std::string_view wanted = query.core(buffer);
  device_list nearest;
  unsigned best = detail::unlike - 1;
  if (wanted.empty() || query.too_long()) return nearest;
  for (std::size_t i = 0; i < device_count; ++i) {
    const unsigned score = detail::strangeness(wanted, i);
    if (score > best) continue;
    if (score < best) nearest = device_list();
    best = score;
    nearest.add(device_at(i));
  }
  return nearest;
}

}  // namespace plan
}  // namespace v1
}  // namespace kaya
