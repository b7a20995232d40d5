// SPDX-License-Identifier: MIT
// What the mechanisms for GPUs have in common, whoever made these: a source that has a card beside each
// channel, and what leads to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kaya/detail/handle.hpp>
#include <kaya/meter/gpu/library_session.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// The channels and their cards, in the same order; no card for those that cannot be read. Card has read(),
/// and power() and use_by() if its maker tells that.
template <class Card>
class cards final : public source {
 public:
  std::span<const channel> channels() const noexcept override { return channels_; }
  measurement read(std::size_t i, std::int64_t now_ns) noexcept override {
    if (i >= channels_.size()) return {.why = missing::not_present};
    if (!cards_[i]) return {.why = channels_[i].why.value_or(missing::not_present)};
    return cards_[i]->read(now_ns);
  }
  std::optional<double> power(std::size_t i) noexcept override {
    if constexpr (requires(const Card& c, std::optional<double> w) { w = c.power(); })
      if (i < cards_.size() && cards_[i]) return cards_[i]->power();
    return std::nullopt;
  }
  std::optional<device_use> use_by(std::size_t i, std::span<const unsigned> pids) noexcept override {
    if constexpr (requires(Card & c) { c.use_by(pids); })
      if (i < cards_.size() && cards_[i]) return cards_[i]->use_by(pids);
    return std::nullopt;
  }
  void add(channel what, std::optional<Card> reader) {
    if (what.why) reader.reset();
    channels_.push_back(std::move(what));
    cards_.push_back(std::move(reader));
  }

 private:
  std::vector<channel> channels_;
  std::vector<std::optional<Card>> cards_;
};

/// The part of a mechanism's detector that is the same for all.
template <class Card>
class card_finder {
 protected:
  /// where must outlive this.
  card_finder(const char* mechanism, const places& where) : mechanism_(mechanism), where_(where) {}

  void tell(std::string what, std::optional<missing> why, std::string text, std::string remedy = {}) {
    result_.findings.push_back({mechanism_, std::move(what), !why, why, std::move(text), std::move(remedy)});
  }
  /// Of the mechanism as a whole.
  void tell(missing why, std::string text, std::string remedy = {}) {
    tell(mechanism_, why, std::move(text), std::move(remedy));
  }

  void add(channel what, std::optional<Card> reader) {
    if (meter_ == nullptr) result_.meter = detail::handle<source>(meter_ = new cards<Card>);
    meter_->add(std::move(what), std::move(reader));
  }
  std::span<const channel> added() const noexcept {
    return meter_ != nullptr ? meter_->channels() : std::span<const channel>();
  }

  /// Whether a library, by name the file, is ready for use. Says why not, but leaves what makers' codes mean
  /// to explain(library_state), called for one that is absent or failed.
  template <class Session, class Explain>
  bool open(Session& library, std::initializer_list<const char*> names, const std::string& file,
            const Explain& explain) {
    switch (const library_state s = library.start(names); s) {
      case library_state::ready:
        return true;
      case library_state::incomplete:
        tell(missing::not_supported, file + " lacks the functions to begin with");
        break;
      case library_state::unfit:
        tell(missing::not_supported, "the layouts of " + file + " are known for 64 bits only");
        break;
      case library_state::inherited:
        tell(missing::not_supported,
             "started before this process was forked; the library works in the parent only");
        break;
      case library_state::absent:
      case library_state::failed:
        explain(s);
        break;
    }
    return false;
  }

  const char* mechanism_;
  const places& where_;
  detection result_{};

 private:
  cards<Card>* meter_ = nullptr;
};

}  // namespace meter
}  // namespace v1
}  // namespace kaya
