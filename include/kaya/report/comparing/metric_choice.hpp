// SPDX-License-Identifier: MIT
// Which metric runs are compared by, and which of its values are better, as its name says.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/detail/merge_sort.hpp>
#include <kaya/report/comparing/data.hpp>
#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report {
namespace comparing {

struct known_metric {
  std::string_view word;
  bool higher;
};
/// Words in names of metrics, the ones to compare by first.
inline constexpr known_metric known_metrics[] = {
    {"accuracy", true},      {"acc", true},   {"f1", true},        {"bleu", true},   {"sacrebleu", true},
    {"chrf", true},          {"rouge", true}, {"rougel", true},    {"meteor", true}, {"auc", true},
    {"auroc", true},         {"map", true},   {"miou", true},      {"iou", true},    {"dice", true},
    {"top1", true},          {"top5", true},  {"precision", true}, {"recall", true}, {"ndcg", true},
    {"mrr", true},           {"mcc", true},   {"r2", true},        {"psnr", true},   {"ssim", true},
    {"reward", true},        {"wer", false},  {"cer", false},      {"fid", false},   {"perplexity", false},
    {"ppl", false},          {"bpb", false},  {"bpc", false},      {"error", false}, {"err", false},
    {"loss", false},         {"nll", false},  {"xent", false},     {"rmse", false},  {"mse", false},
    {"crossentropy", false}, {"mae", false},  {"mape", false}};

/// What a name says of a metric; rank: lower is to be preferred; unknown_rank: nothing known.
struct metric_meaning {
  std::optional<bool> higher{};
  std::size_t rank = 0;
};
inline constexpr std::size_t unknown_rank = 1000;

/// The words of a name: letters and digits, in lower case; "valAcc" has two. None of a very long name.
inline std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  if (name.size() > 256) return words;
  bool inside = false, was_lower = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool part = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (part && (!inside || (upper && was_lower))) words.emplace_back();
    if (part) words.back() += upper ? static_cast<char>(c + ('a' - 'A')) : c;
    inside = part, was_lower = part && !upper;
  }
  return words;
}

/// The last known word of a name decides ("accuracy loss" is a loss), two words in a row count as one, too
/// ("mAP", "cross_entropy"); nothing is known of one that is turned around ("neg_loss", "accuracy drop").
/// Held-out data go before training data.
inline metric_meaning meaning_of(std::string_view name) {
  metric_meaning m{{}, unknown_rank};
  std::size_t held_out = 2;
  const std::vector<std::string> words = words_of(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& w = words[i];
    const std::string two = i > 0 ? words[i - 1] + w : w;
    if (w == "neg" || w == "negative" || w == "minus" || w == "drop" || w == "inverse")
      return {{}, unknown_rank};
    if (w == "test") held_out = 0;
    if (w == "val" || w == "valid" || w == "validation" || w == "dev" || w == "eval") held_out = 1;
    if (w == "train" || w == "training") held_out = 3;
    for (std::size_t k = 0; k < std::size(known_metrics); ++k)
      if (known_metrics[k].word == w || known_metrics[k].word == two)
        m.higher = known_metrics[k].higher, m.rank = 4 * k;
  }
  if (m.higher) m.rank += held_out;
  return m;
}

/// The names of all metrics of a run and its epochs, sorted, each once.
inline std::vector<std::string_view> metric_names(const run_report& r) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : r.metrics) names.emplace_back(name);
  const epoch_line* last = nullptr;
  for (const epoch_line& e : r.epochs) {
    for (std::size_t i = 0; i < e.metrics.size(); ++i)  // mostly those of the epoch before
      if (!last || i >= last->metrics.size() || last->metrics[i].first != e.metrics[i].first)
        names.emplace_back(e.metrics[i].first);
    last = &e;
  }
  kaya::detail::merge_sort(names, [](std::string_view a, std::string_view b) { return a < b; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (i == 0 || names[i] != names[kept - 1]) names[kept++] = names[i];
  names.resize(kept);
  return names;
}

/// Sets the metric of a comparison, why it is that one, and its direction.
inline void choose_metric(comparison& c, std::span<const run_report> runs, const compare_options& options) {
  if (!options.metric.empty()) {
    c.metric = options.metric, c.metric_reason = "asked for";
  } else {
    std::vector<std::string_view> common;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const std::vector<std::string_view> names = metric_names(runs[i]);
      if (i == 0) common = names;
      std::size_t kept = 0, at = 0;
      for (const std::string_view name : common) {
        while (at < names.size() && names[at] < name) ++at;
        if (at < names.size() && names[at] == name) common[kept++] = name;
      }
      common.resize(kept);
    }
    std::size_t best = unknown_rank + 1;
    for (const std::string_view name : common)
      if (const std::size_t rank = meaning_of(name).rank; rank < best) best = rank, c.metric = name;
    c.metric_reason = common.empty()       ? "no metric that all runs have; compare_options::metric names one"
                      : common.size() == 1 ? "the only one that all runs have"
                                           : "of " + std::to_string(common.size()) + " that all runs have";
  }
  if (c.metric.empty()) return;
  c.direction_given = options.direction != better::by_name;
  if (c.direction_given) c.higher_is_better = options.direction == better::higher;
  else c.higher_is_better = meaning_of(c.metric).higher;
}

}  // namespace comparing
}  // namespace report
}  // namespace v1
}  // namespace kaya
