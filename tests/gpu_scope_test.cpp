// SPDX-License-Identifier: MIT
// GPU work goes on after the call that starts it: a device whose work lags 100 ms.
#include <doctest/doctest.h>

#include "support/test_machine.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

using namespace kaya_test;

namespace {

/// Two cards that draw 200 W each while they work, 20 W else.
class lagging_cards final : public kaya::meter::source {
 public:
  lagging_cards() {
    for (int i = 0; i < 2; ++i) {
      kaya::meter::channel c;
      c.name = "gpu-" + std::to_string(i);
      c.device = "0000:0" + std::to_string(i) + ":00.0";
      c.part = kaya::meter::component::gpu;
      c.wraps = false;
      channels_.push_back(c);
    }
  }
  std::span<const kaya::meter::channel> channels() const noexcept override { return channels_; }
  kaya::meter::measurement read(std::size_t, std::int64_t now) noexcept override {
    const std::int64_t from = begin.load(), to = end.load();
    const std::int64_t worked = done.load() + (now < from ? 0 : (now < to ? now : to) - from);
    return {.count = static_cast<std::uint64_t>(static_cast<double>(now) * 0.020 +
                                                static_cast<double>(worked) * 0.180)};
  }
  /// Starts 100 ms of work, and returns at once.
  void launch() {
    done += end - begin;
    begin = now_ns();
    end = begin + 100'000'000;
  }
  /// Waits for the device, as cudaDeviceSynchronize does.
  void wait() const {
    while (now_ns() < end) sleep_ms(1);
  }
  std::atomic<std::int64_t> begin{0}, end{0}, done{0};

 private:
  std::vector<kaya::meter::channel> channels_;
};

struct gpu_run {
  gpu_run() {
    auto owned = std::make_unique<lagging_cards>();
    cards = owned.get();
    options = on_test_machine(std::move(owned));
    options.sampling_period = std::chrono::milliseconds(2);
    options.synchronize = [this] { cards->wait(); };
  }
  lagging_cards* cards = nullptr;
  kaya::tracker_options options;
};

bool marked(const kaya::scope_line& s) { return s.marks == std::vector<std::string>{"host time"}; }
double joules(const kaya::run_report& r, std::string_view name) {
  return static_cast<double>(find(r, name)->own_uj->count()) * 1e-6;
}

}  // namespace

TEST_CASE("a scope that closes before its kernels are done has host time only, and is marked so") {
  gpu_run g;
  kaya::tracker run(g.options);
  {
    auto s = run.scope("launch");
    g.cards->launch();
  }
  {
    auto s = run.scope("next");
    g.cards->wait();
  }
  const auto r = run.stop();
  CHECK(joules(r, "launch") < 4);  // of the 40 J of 100 ms
  CHECK(joules(r, "next") > 32);
  CHECK(marked(*find(r, "launch")));
  CHECK(marked(*find(r, "next")));
}
TEST_CASE("a synchronized scope has the energy of its kernels, and no mark") {
  gpu_run g;
  kaya::tracker run(g.options);
  {
    auto s = run.scope("train", kaya::synchronized);
    g.cards->launch();
  }
  {
    auto s = run.scope("next", kaya::synchronized);
    g.cards->wait();
  }
  const auto r = run.stop();
  CHECK(joules(r, "train") == doctest::Approx(40).epsilon(0.1));
  CHECK(joules(r, "next") < 4);
  CHECK_FALSE(marked(*find(r, "train")));
}
TEST_CASE("a name is marked if any of its scopes was not synchronized") {
  gpu_run g;
  kaya::tracker run(g.options);
  { auto s = run.scope("mixed", kaya::synchronized); }
  { auto s = run.scope("mixed"); }
  { auto s = run.scope("whole", kaya::synchronized); }
  const auto r = run.stop();
  CHECK(marked(*find(r, "mixed")));
  CHECK_FALSE(marked(*find(r, "whole")));
}
TEST_CASE("without a GPU no line is marked") {
  kaya::tracker run(on_test_machine());
  { auto s = run.scope("cpu"); }
  const auto r = run.stop();
  CHECK(find(r, "cpu")->marks.empty());
}
