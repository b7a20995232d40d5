// SPDX-License-Identifier: MIT
// A run's journal as the report of the run: as it was, or with other factors, as if it had stood elsewhere.
//
//   g++ -std=c++20 -O1 -pthread -Iinclude examples/replay.cpp -o replay && ./replay run.journal --region SE
#include <kaya/grid/series_csv.hpp>
#include <kaya/replay.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/text.hpp>
#include <kaya/text.hpp>

#include <charconv>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

constexpr std::string_view usage =
    "usage: replay JOURNAL [options]\n"
    "  --region CODE     where the machine might have stood: KR, US-CA, aws:eu-west-3 ...\n"
    "  --intensity X     carbon intensity, such as 44gCO2e/kWh\n"
    "  --series FILE     carbon intensity over time, as CSV of Electricity Maps and others\n"
    "  --pue X           power usage effectiveness of the building, at least 1\n"
    "  --wue X           water usage effectiveness, such as 1.8L/kWh\n"
    "  --json            as JSON\n";

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view allowed) {
  throw std::invalid_argument(std::string(option) + ": \"" + std::string(text) + "\" is not allowed; " +
                              std::string(allowed));
}
template <class Q>
Q quantity(std::string_view option, std::string_view text, std::string_view allowed) {
  if (const auto q = kaya::parse<Q>(text)) return *q;
  refuse(option, text, allowed);
}
double number(std::string_view option, std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size()) refuse(option, text, "a number");
  return x;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path;
  kaya::replay_options with;
  bool json = false;
  try {
    for (int i = 1; i < argc; ++i) {
      const std::string_view option = argv[i];
      if (option == "--help") {
        std::cout << usage;
        return 0;
      }
      if (option == "--json") {
        json = true;
        continue;
      }
      if (!option.starts_with("--") && path.empty()) {
        path = option;
        continue;
      }
      if (i + 1 == argc)
        throw std::invalid_argument("\"" + std::string(option) + "\" is not known or needs a value");
      const std::string value = argv[++i];
      if (option == "--region") with.region = value;
      else if (option == "--intensity")
        with.intensity = quantity<kaya::grams_per_kilowatt_hour>(option, value, "such as 44gCO2e/kWh");
      else if (option == "--series") with.intensity_series = kaya::grid::load_csv(value).values;
      else if (option == "--pue") with.pue = number(option, value);
      else if (option == "--wue")
        with.wue = quantity<kaya::litres_per_kilowatt_hour>(option, value, "such as 1.8L/kWh");
      else throw std::invalid_argument("unknown option \"" + std::string(option) + "\"");
    }
    if (path.empty()) throw std::invalid_argument("which journal?");
    const kaya::run_report r = kaya::replay(path, with);
    if (json) std::cout << kaya::report::to_json(r);
    else std::cout << r;
    return 0;
  } catch (const std::invalid_argument& e) {
    std::cerr << "replay: " << e.what() << '\n' << usage;
    return 2;
  } catch (const std::exception& e) {  // kaya::config_error, an unreadable journal
    std::cerr << "replay: " << e.what() << '\n';
    return 1;
  }
}
