// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <kaya/grid/live/parse.hpp>

namespace grid = kaya::grid;
using namespace kaya::literals;

namespace {

constexpr std::int64_t at(std::string_view time) { return *grid::parse_time(time); }

// As the publishers' documents show them: Electricity Maps API reference, Carbon Intensity API definitions,
// docs.watttime.org.
const std::string maps =
    R"({"zone":"DE","carbonIntensity":302,"datetime":"2018-04-25T18:00:00.000Z",)"
    R"("updatedAt":"2018-04-25T18:07:01.000Z","createdAt":"2018-04-22T18:07:01.000Z",)"
    R"("emissionFactorType":"lifecycle","isEstimated":true,"estimationMethod":"TIME_SLICER_AVERAGE",)"
    R"("temporalGranularity":"hourly"})";
const std::string uk = R"({ "data":[{ "from": "2018-01-20T12:00Z", "to": "2018-01-20T12:30Z",)"
                       R"( "intensity": { "forecast": 266, "actual": 263, "index": "moderate" } }] })";
const std::string watttime =
    R"({"data":[{"point_time":"2022-07-15T00:00:00+00:00","value":870},)"
    R"({"point_time":"2022-07-15T00:05:00+00:00","value":860.5},)"
    R"({"point_time":"2022-07-15T00:10:00+00:00","value":850}],)"
    R"("meta":{"data_point_period_seconds":300,"region":"CAISO_NORTH","signal_type":"co2_moer",)"
    R"("units":"lbs_co2_per_mwh","warnings":[],"model":{"date":"2023-03-01"},)"
    R"("generated_at_period_seconds":300,"generated_at":"2022-07-15T00:00:00+00:00"}})";

std::string with(std::string text, std::string_view old, std::string_view fresh) {
  const std::size_t where = text.find(old);
  REQUIRE(where != text.npos);
  return text.replace(where, old.size(), fresh);
}
grid::live_answer read_maps(std::string_view text) { return grid::parse_electricity_maps(text); }
grid::live_answer read_uk(std::string_view text) {
  return grid::parse_uk_carbon_intensity(text, at("2018-01-20T12:10Z"));
}
grid::live_answer read_watttime(std::string_view text) {
  return grid::parse_watttime(text, at("2022-07-15T00:07Z"));
}

struct bad {
  std::string text;
  std::string_view error;
};
template <class Read>
void refuses(Read read, const bad& b) {
  CAPTURE(b.text);
  const grid::live_answer a = read(b.text);
  CHECK(!a.reading);
  CAPTURE(a.error);
  CHECK(a.error.find(b.error) != a.error.npos);
}

}  // namespace

TEST_CASE("live parse: Electricity Maps gives value, hour, zone and kind") {
  const grid::live_answer a = read_maps(maps);
  REQUIRE(a.reading);
  CHECK(a.error.empty());
  CHECK(a.zone == "DE");
  CHECK(a.reading->value == 302_gCO2e_per_kWh);
  CHECK(a.reading->begin_ns == at("2018-04-25T18:00Z"));
  CHECK(a.reading->end_ns == at("2018-04-25T19:00Z"));
  CHECK(a.reading->how == grid::accounting::lifecycle);
  CHECK(a.reading->basis == grid::basis::location);
  CHECK(a.reading->estimated);
  CHECK(!a.reading->forecast);
}

TEST_CASE("live parse: Electricity Maps may count direct emissions, and say less") {
  const grid::live_answer a = read_maps(
      R"({"zone":"FR","carbonIntensity":17.5,"datetime":"2025-04-25T18:00:00Z","emissionFactorType":"direct"})");
  REQUIRE(a.reading);
  CHECK(a.reading->value == 17.5_gCO2e_per_kWh);
  CHECK(a.reading->how == grid::accounting::direct);
  CHECK(!a.reading->end_ns);
  CHECK(!a.reading->estimated);
}

TEST_CASE("live parse: an answer of Electricity Maps without its parts says which") {
  for (const bad& b : {bad{"", "not JSON: byte 0"}, bad{"<html>", "not JSON"},
                       bad{"[]", "no number carbonIntensity"}, bad{"302", "no number carbonIntensity"},
                       bad{R"({"message":"Invalid auth-token"})", "the service says: Invalid auth-token"},
                       bad{R"({"error":"No recent data for zone \"XX\""})", "says: No recent data"},
                       bad{with(maps, "302", "null"), "no number carbonIntensity"},
                       bad{with(maps, "302", "\"302\""), "no number carbonIntensity"},
                       bad{with(maps, "302", "1e999"), "no number carbonIntensity"},
                       bad{with(maps, "302", "-1"), "carbonIntensity is -1 g/kWh; 0 to 5000"},
                       bad{with(maps, "302", "5001"), "carbonIntensity is 5001 g/kWh; 0 to 5000"},
                       bad{with(maps, "\"datetime\"", "\"date\""), "no time datetime"},
                       bad{with(maps, "2018-04-25T18", "yesterday"), "no time datetime"},
                       bad{with(maps, "2018-04-25", "2018-02-30"), "no time datetime"},
                       bad{with(maps, "lifecycle", "marginal"), "no emissionFactorType"},
                       bad{with(maps, "emissionFactorType", "x"), "no emissionFactorType"}})
    refuses(read_maps, b);
}

TEST_CASE("live parse: Great Britain's half-hour has its estimate, direct") {
  const grid::live_answer a = read_uk(uk);
  REQUIRE(a.reading);
  CHECK(a.zone == "GB");
  CHECK(a.reading->value == 263_gCO2e_per_kWh);
  CHECK(a.reading->begin_ns == at("2018-01-20T12:00Z"));
  CHECK(a.reading->end_ns == at("2018-01-20T12:30Z"));
  CHECK(a.reading->how == grid::accounting::direct);
  CHECK(a.reading->estimated);
  CHECK(!a.reading->forecast);
}

TEST_CASE("live parse: Great Britain's forecast stands in for what is not known yet, and is marked") {
  const grid::live_answer a = read_uk(with(uk, "263", "null"));
  REQUIRE(a.reading);
  CHECK(a.reading->value == 266_gCO2e_per_kWh);
  CHECK(a.reading->forecast);
  CHECK(!a.reading->estimated);
}

TEST_CASE("live parse: of several half-hours the one in force is taken, whatever their order") {
  const std::string list =
      R"({"data":[{"from":"2018-01-20T13:00Z","to":"2018-01-20T13:30Z","intensity":{"forecast":3,"actual":null}},)"
      R"({"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z","intensity":{"forecast":1,"actual":null}},)"
      R"({"from":"2018-01-20T12:30Z","to":"2018-01-20T13:00Z","intensity":{"forecast":2,"actual":null}}]})";
  const auto value = [&](std::string_view time) {
    return grid::parse_uk_carbon_intensity(list, at(time)).reading->value;
  };
  CHECK(value("2018-01-20T12:29Z") == 1_gCO2e_per_kWh);
  CHECK(value("2018-01-20T12:30Z") == 2_gCO2e_per_kWh);
  CHECK(value("2018-01-20T18:00Z") == 3_gCO2e_per_kWh);  // the last, if none is new enough
  CHECK(value("2018-01-20T11:00Z") == 1_gCO2e_per_kWh);  // the first, if the clock is behind
}

TEST_CASE("live parse: what begins more than an hour ahead is refused, not taken for now") {
  refuses([](std::string_view t) { return grid::parse_uk_carbon_intensity(t, at("2018-01-20T10:59:59Z")); },
          {uk, "for 2018-01-20T12:00:00Z, and the clock says 2018-01-20T10:59:59Z; at most 1 h"});
  refuses(read_uk, {with(uk, "2018-01-20T12:00Z", "2030-01-20T12:00Z"), "for 2030-01-20"});
  refuses([](std::string_view t) { return grid::parse_watttime(t, at("2022-07-14T22:59Z")); },
          {watttime, "for 2022-07-15T00:00:00Z"});
  refuses([](std::string_view t) { return grid::parse_watttime(t, INT64_MIN); }, {watttime, "at most 1 h"});
  CHECK(grid::parse_watttime(watttime, at("2022-07-14T23:00Z")).reading);
}

TEST_CASE("live parse: a period beyond the end of time is none") {
  const std::string text =
      R"({"data":[{"point_time":"2261-12-31T00:00Z","value":870}],"meta":{"data_point_period_seconds":3.4e7,)"
      R"("signal_type":"co2_moer","units":"lbs_co2_per_mwh"}})";
  const grid::live_answer far = grid::parse_watttime(text, at("2261-12-31T00:00Z"));
  REQUIRE(far.reading);
  CHECK(!far.reading->end_ns);
  const grid::live_answer near = grid::parse_watttime(with(text, "3.4e7", "3.4e6"), at("2261-12-31T00:00Z"));
  REQUIRE(near.reading);
  CHECK(near.reading->end_ns == at("2261-12-31T00:00Z") + 3'400'000'000'000'000);
}

TEST_CASE("live parse: random numbers for a sandbox key are no data") {
  for (const char* value : {"\"Random data for tests\"", "true", "null"})
    refuses(read_maps, {with(maps, "{", "{\"_disclaimer\":" + std::string(value) + ","), "no real data"});
  refuses(read_maps, {with(maps, "{", "{\"_disclaimer\":\"Random data for tests\","),
                      "the service says: Random data for tests"});
}

TEST_CASE("live parse: what a service says is passed on whole") {
  const std::string said = std::string(500, 'x').append("end");
  for (const std::string& text : {R"({"message":")" + said + "\"}", R"({"error":")" + said + "\"}"})
    refuses(read_maps, {text, said});
  refuses(read_watttime, {with(watttime, "lbs_co2_per_mwh", said), said});
}

TEST_CASE("live parse: an answer of Great Britain without its parts says which") {
  for (const bad& b :
       {bad{"{", "not JSON"}, bad{"{}", "no data"}, bad{R"({"data":[]})", "no data"},
        bad{R"({"data":[{}]})", "no data"}, bad{R"({"data":[1,null,"x"]})", "no data"},
        bad{R"({"error":{"code":"500 Internal Server Error","message":"Sorry"}})", "says: Sorry"},
        bad{with(uk, "2018-01-20T12:00Z", "noon"), "no data with a time from"},
        bad{with(with(uk, "263", "null"), "266", "null"), "no number intensity.actual or intensity.forecast"},
        bad{with(uk, "\"intensity\"", "\"i\""), "no number intensity.actual"},
        bad{with(uk, "263", "-263"), "intensity is -263 g/kWh"}})
    refuses(read_uk, b);
}

TEST_CASE("live parse: WattTime gives pounds per MWh of the margin, at the point in force") {
  const grid::live_answer a = read_watttime(watttime);
  REQUIRE(a.reading);
  CHECK(a.zone == "CAISO_NORTH");
  CHECK(a.reading->value.count() == doctest::Approx(860.5 * 0.45359237).epsilon(1e-12));
  CHECK(a.reading->begin_ns == at("2022-07-15T00:05Z"));
  CHECK(a.reading->end_ns == at("2022-07-15T00:10Z"));
  CHECK(a.reading->basis == grid::basis::marginal);
  CHECK(a.reading->how == grid::accounting::direct);
  CHECK(a.reading->forecast);
}

TEST_CASE("live parse: WattTime's average rate is location-based, and its past no forecast") {
  std::string text = with(watttime, "co2_moer", "co2_aoer");
  text = with(text, "\"generated_at\":\"2022-07-15T00:00:00+00:00\"", "\"x\":1");
  text = with(text, "860.5", "860.5,\"imputed_data_used\":true");
  const grid::live_answer a = read_watttime(text);
  REQUIRE(a.reading);
  CHECK(a.reading->basis == grid::basis::location);
  CHECK(!a.reading->forecast);
  CHECK(a.reading->estimated);
}

TEST_CASE("live parse: an answer of WattTime without its parts says which") {
  for (const bad& b :
       {bad{"null", "no meta.units"}, bad{R"({"data":[]})", "no meta.units"},
        bad{R"({"error":"token expired","message":"Signature has expired"})", "says: Signature has expired"},
        bad{with(watttime, "lbs_co2_per_mwh", "percentile"), "meta.units is percentile; lbs_co2_per_mwh"},
        bad{with(watttime, "co2_moer", "health_damage"), "no meta.signal_type"},
        bad{with(watttime, "\"data\"", "\"dat\""), "no data with a point_time"},
        bad{with(watttime, "860.5", "\"860.5\""), "no number value"},
        bad{with(watttime, "860.5", "99999"), "value is 45358.783"}})
    refuses(read_watttime, b);
}

TEST_CASE("live parse: an answer cut off anywhere or with bytes changed gives an error or an allowed value") {
  std::mt19937 random(3);
  const auto check = [](const grid::live_answer& a) {
    REQUIRE(a.reading.has_value() == a.error.empty());
    if (a.reading) REQUIRE((a.reading->value >= 0_gCO2e_per_kWh && a.reading->value <= 5000_gCO2e_per_kWh));
  };
  using reader = grid::live_answer (*)(std::string_view);
  using pair = std::pair<const std::string*, reader>;
  for (const auto& [text, read] :
       {pair{&maps, read_maps}, pair{&uk, read_uk}, pair{&watttime, read_watttime}}) {
    for (std::size_t n = 0; n < text->size(); ++n) CHECK(!read(text->substr(0, n)).reading);
    for (int i = 0; i < 5000; ++i) {
      std::string changed = *text;
      for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = static_cast<char>(32 + random() % 95);
      check(read(changed));
    }
  }
}

TEST_CASE("live parse: an answer of more than a MiB is not read") {
  CHECK(read_maps(std::string(2 << 20, ' ') + maps).error.find("longer than allowed") != std::string::npos);
}
