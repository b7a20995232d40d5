// SPDX-License-Identifier: MIT
// The part of disabled_test that is compiled without KAYA_DISABLE.
#include <kaya/kaya.hpp>

#include <string>

bool enabled_part_accounts() {
  kaya::tracker t({.project = "on", .region = "FR"});
  {
    auto epoch = t.epoch();
    auto outer = t.scope("outer");
    auto inner = kaya::scope("inner");
  }
  const kaya::run_report r = t.stop();
  std::string names;
  for (const auto& s : r.scopes) names += s.name + " ";
  return r.enabled && names.find("outer inner") == 0;
}
