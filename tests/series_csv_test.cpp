// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <kaya/grid/series_csv.hpp>

#include "support/cpu_time.hpp"
#include "support/fake_tree.hpp"

namespace grid = kaya::grid;
using grid::accounting;
using grid::csv_options;
using grid::csv_series;
using grid::read_csv;
using kaya::grams_per_kilowatt_hour;
using kaya_test::fake_tree;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;

grams_per_kilowatt_hour g(double value) { return grams_per_kilowatt_hour(value); }
std::int64_t at(const char* time) { return grid::parse_time(time, 0).value(); }

std::string refusal(std::string_view text, const csv_options& o = {}) {
  try {
    (void)read_csv(text, o, "file.csv");
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}
bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const csv_options direct{.how = accounting::direct};

/// The rows of a plain file with the heading "time,value" and options that read it.
csv_options plain() { return {.value_column = "value", .how = accounting::direct}; }
csv_series read(const std::string& rows, csv_options o = plain()) {
  return read_csv("time,value\n" + rows, o);
}
std::string refused(const std::string& rows, csv_options o = plain()) {
  return refusal("time,value\n" + rows, o);
}

}  // namespace

// --- publishers

TEST_CASE("Electricity Maps: the lifecycle column, unless direct emissions are asked for") {
  const std::string text =
      "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity "
      "gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),Data "
      "source,Data estimated,Data estimation method\n"
      "2024-01-01 00:00:00,Germany,Germany,DE,268.17,325.61,61.0,61.0,entsoe.eu,false,\n"
      "2024-01-01 01:00:00,Germany,Germany,DE,262.70,319.50,62.0,62.0,entsoe.eu,false,\n";
  const csv_series lifecycle = read_csv(text);
  CHECK(lifecycle.rows == 2);
  CHECK(lifecycle.step_ns == hour);
  CHECK(lifecycle.values.how() == accounting::lifecycle);
  CHECK(lifecycle.values.basis() == grid::basis::location);
  CHECK(lifecycle.values.source() == "Electricity Maps");
  CHECK(lifecycle.values.begin_ns() == at("2024-01-01T00:00Z"));
  CHECK(lifecycle.values.end_ns() == at("2024-01-01T02:00Z"));
  CHECK(lifecycle.values.at(at("2024-01-01T01:30Z")) == g(319.50));
  const csv_series stack = read_csv(text, direct);
  CHECK(stack.values.how() == accounting::direct);
  CHECK(stack.values.at(at("2024-01-01T01:30Z")) == g(262.70));
  CHECK(stack.column == "Carbon intensity gCO₂eq/kWh (direct)");
}
TEST_CASE("Electricity Maps, as spelled in 2023") {
  const csv_series s = read_csv(
      "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity "
      "gCO₂eq/kWh (LCA)\n2023-01-01 00:00:00,France,France,FR,20.5,51.7\n2023-01-01 "
      "01:00:00,France,France,FR,"
      "19.5,50.7\n");
  CHECK(s.values.at(at("2023-01-01T00:00Z")) == g(51.7));
}
TEST_CASE("Great Britain: the historic generation mix") {
  const csv_series s = read_csv(
      "DATETIME,GAS,COAL,GENERATION,CARBON_INTENSITY,LOW_CARBON,ZERO_CARBON\n"
      "2009-01-01 00:00:00+00:00,8377,15037,38293,525.0,7000,6000\n"
      "2009-01-01 00:30:00+00:00,8508,15095,38500,526.0,7000,6000\n");
  CHECK(s.step_ns == hour / 2);
  CHECK(s.values.how() == accounting::direct);
  CHECK(s.values.at(at("2009-01-01T00:31Z")) == g(526));
}
TEST_CASE("Great Britain: what was, and not what was forecast") {
  const csv_series s = read_csv(
      "datetime,actual,forecast,index\n2024-05-01T12:00:00,101,150,low\n2024-05-01T12:30:00,,155,low\n"
      "2024-05-01T13:00:00,103,160,low\n");
  CHECK(s.values.at(at("2024-05-01T12:00Z")) == g(101));
  CHECK_FALSE(s.values.at(at("2024-05-01T12:30Z")));
  CHECK(s.without_value == 1);
  CHECK(s.gaps == 1);
}
TEST_CASE("US EIA: pounds, of hours that ended") {
  const csv_series s = read_csv(
      "BA,UTC time,Local date,Hour,CO2 Emissions Intensity for Generated Electricity,CO2 Emissions Intensity "
      "for "
      "Consumed Electricity\nERCO,1/1/2024 7:00:00 AM,1/1/2024,1,0.8,0.7\nERCO,1/1/2024 8:00:00 "
      "AM,1/1/2024,2,0.9,"
      "0.75\n");
  CHECK(s.column == "CO2 Emissions Intensity for Consumed Electricity");
  CHECK(s.values.begin_ns() == at("2024-01-01T06:00Z"));
  CHECK(s.values.end_ns() == at("2024-01-01T08:00Z"));
  CHECK(s.values.at(at("2024-01-01T06:30Z"))->count() == doctest::Approx(0.7 * 453.59237));
}
TEST_CASE("PJM and WattTime: marginal rates are marked as such") {
  const csv_series pjm = read_csv(
      "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,marginal_co2_rate\n"
      "1/1/2024 5:00:00 AM,1/1/2024 12:00:00 AM,1,PJM-RTO,1000\n1/1/2024 5:05:00 AM,1/1/2024 12:05:00 "
      "AM,1,PJM-RTO,1100\n");
  CHECK(pjm.values.basis() == grid::basis::marginal);
  CHECK(pjm.values.at(at("2024-01-01T05:00Z"))->count() == doctest::Approx(453.59237));
  const csv_series watttime =
      read_csv("timestamp,MOER\n2024-01-01T00:00:00+00:00,900\n2024-01-01T00:05:00+00:00,910\n");
  CHECK(watttime.values.basis() == grid::basis::marginal);
}

TEST_CASE("a forecast of anything beside what was is no carbon intensity") {
  // MW of load.
  CHECK(says(refusal("datetime,forecast,actual\n2024-05-01T12:00:00,310,301\n2024-05-01T12:30:00,320,305\n"),
             "no column of a known publisher among datetime, forecast, actual"));
}
TEST_CASE("a known column does not pass for another basis") {
  const csv_options o{.value_column = "marginal_co2_rate", .basis = grid::basis::location};
  CHECK(says(refusal("datetime_beginning_utc,marginal_co2_rate\n1/1/2024 5:00:00 AM,1000\n", o),
             "the column \"marginal_co2_rate\" is marginal; allowed: csv_options::basis as it is"));
}
TEST_CASE("what is known of a publisher's times is not known of a column that the caller names") {
  const std::string text =
      "BA,UTC time,Local time,CO2 Emissions Intensity for Consumed Electricity\n"
      "CISO,1/1/2024 9:00:00 AM,1/1/2024 1:00:00 AM,0.7\nCISO,1/1/2024 10:00:00 AM,1/1/2024 2:00:00 AM,0.8\n";
  csv_options o{.time_column = "Local time"};
  CHECK(says(refusal(text, o), "line 2: the time \"1/1/2024 1:00:00 AM\" does not say its offset"));
  o.utc_offset = -8 * 3600;
  CHECK(read_csv(text, o).values.begin_ns() == at("2024-01-01T08:00Z"));
  CHECK(read_csv(text, {.time_column = "UTC time"}).values.begin_ns() == at("2024-01-01T08:00Z"));
}
TEST_CASE("a column of times that says another offset than 0 is not UTC") {
  for (const std::string name :
       {"Datetime (UTC+01:00)", "time UTC-5", "time (UTC \xE2\x88\x92 5)", "UTC +1"}) {
    CAPTURE(name);
    csv_options o = plain();
    o.time_column = name;
    const std::string text = name + ",value\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n";
    CHECK(says(refusal(text, o), "does not say its offset from UTC"));
    o.utc_offset = 3600;
    CHECK(read_csv(text, o).values.begin_ns() == at("2023-12-31T23:00Z"));
  }
  for (const std::string name : {"Datetime (UTC)", "utc", "time_utc", "utc-time"}) {
    CAPTURE(name);
    csv_options o = plain();
    o.time_column = name;
    CHECK(read_csv(name + ",value\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n", o).rows == 2);
  }
}
TEST_CASE("times that are said to be the ends of their hours are so for any column of values") {
  const csv_series s =
      read_csv("UTC time at end of hour,value\n1/1/2024 7:00:00 AM,1\n1/1/2024 8:00:00 AM,2\n", plain());
  CHECK(s.values.begin_ns() == at("2024-01-01T06:00Z"));
  CHECK(s.values.at(at("2024-01-01T06:30Z")) == g(1));
  CHECK(s.values.end_ns() == at("2024-01-01T08:00Z"));
}
TEST_CASE("an offset is in seconds, in quarters of an hour and no more than 18 hours") {
  for (const int offset :
       {1, -5, 901, 64'801, 65'700, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    csv_options o = plain();
    o.utc_offset = offset;
    CHECK(says(refused("2024-10-27 02:00,1\n2024-10-27 03:00,1\n", o),
               "csv_options::utc_offset " + std::to_string(offset) + "; allowed: seconds, at most 18 h"));
  }
  csv_options o = plain();
  o.utc_offset = 20'700;  // Nepal
  CHECK(read("2024-10-27 05:45,1\n2024-10-27 06:45,1\n", o).values.begin_ns() == at("2024-10-27T00:00Z"));
}
TEST_CASE("a bridge or a last step that is negative or no number is refused") {
  const std::string rows = "2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n2024-03-01T00:00Z,3\n";
  for (const double s : {std::numeric_limits<double>::quiet_NaN(), -1.0}) {
    csv_options o = plain();
    o.bridge = kaya::seconds(s);
    CHECK(says(refused(rows, o), "csv_options::bridge; allowed: 0 s or more"));
    o = plain();
    o.last_step = kaya::seconds(s);
    CHECK(says(refused(rows, o), "csv_options::last_step; allowed: 0 s or more"));
  }
}

// --- the usual step

TEST_CASE("a logger that was restarted a second later, and is never exact, has the step that it mostly has") {
  std::mt19937 random(8);
  std::string rows;
  double t = 1'700'000'000;
  for (int i = 0; i < 200; ++i) {
    rows += std::to_string(static_cast<std::int64_t>(t)) + "." +
            std::to_string(100'000 + random() % 900'000) + ",5\n";
    t += i == 50 || i == 51 ? 1 : 60 + static_cast<double>(random() % 5) - 2;
  }
  const csv_series s = read(rows);
  CHECK(s.gaps == 0);
  CHECK(s.step_ns > 57 * second);
  CHECK(s.step_ns < 63 * second);
}
TEST_CASE("months follow each other without a gap, whatever their lengths") {
  const csv_series s = read(
      "2023-01-01,1\n2023-02-01,2\n2023-03-01,3\n2023-04-01,4\n2023-05-01,5\n2023-06-01,6\n2023-07-01,7\n"
      "2023-08-01,8\n2023-09-01,9\n2023-10-01,10\n2023-11-01,11\n2023-12-01,12\n",
      {.value_column = "value", .how = accounting::direct, .utc_offset = 0});
  CHECK(s.gaps == 0);
  CHECK(s.step_ns == 31 * 24 * hour);
  CHECK(s.values.at(at("2023-02-28T23:00Z")) == g(2));
  CHECK(s.values.end_ns() == at("2024-01-01T00:00Z"));
}
TEST_CASE("where half of the hours are missing here and there, each of them is a gap") {
  std::string rows;
  int missing = 0;
  std::mt19937 random(9);
  for (int i = 0, last = 0; i < 400; ++i) {
    if (i > 0 && i < 399 && random() % 2 == 0) continue;
    missing += i - last > 1;
    last = i;
    rows += std::to_string(1'700'000'000 + 3600 * i) + ",7\n";
  }
  const csv_series s = read(rows);
  CHECK(s.step_ns == hour);
  CHECK(s.gaps == static_cast<std::size_t>(missing));
}
TEST_CASE("times that are centuries apart do not overflow") {
  csv_options o = plain();
  o.bridge = kaya::hours(1);
  CHECK(read("1678-01-01T00:00Z,1\n2261-12-31T00:00Z,2\n", o).rows == 2);
  CHECK(
      read("1678-01-01T00:00Z,1\n1678-01-02T00:00Z,1\n2261-12-31T00:00Z,2\n2261-12-31T01:00Z,2\n", o).gaps ==
      2);
}

// --- what files have wrong

TEST_CASE("a byte order mark, CRLF, quotes, blanks, blank lines and a missing last newline are no trouble") {
  const csv_series s = read_csv(
      "\xEF\xBB\xBF\"time\" , \"value\"\r\n\r\n\"2024-01-01T00:00Z\", \"300\" "
      "\r\n2024-01-01T01:00Z,310\r\n\r\n"
      "2024-01-01T02:00Z,320",
      plain());
  CHECK(s.rows == 3);
  CHECK(s.values.at(at("2024-01-01T02:59Z")) == g(320));
}
TEST_CASE("with semicolons goes the decimal comma") {
  const csv_series s = read_csv("time;value\n2024-01-01T00:00Z;300,5\n2024-01-01T01:00Z;310\n", plain());
  CHECK(s.values.at(at("2024-01-01T00:00Z")) == g(300.5));
  CHECK(s.values.at(at("2024-01-01T01:00Z")) == g(310));
  CHECK(read_csv("time;value\n2024-01-01T00:00Z;300.5\n2024-01-01T01:00Z;310.25\n", plain())
            .values.at(at("2024-01-01T01:00Z")) == g(310.25));
}
TEST_CASE("a file has one decimal mark: beside 987,5 1.234 is not 1.234") {
  CHECK(says(refusal("time;value\n2024-01-01T00:00Z;987,5\n2024-01-01T01:00Z;1.234\n", plain()),
             "line 3: the value \"1.234\", after \"987,5\" in line 2; allowed: the same decimal mark"));
  CHECK(says(refusal("time;value\n2024-01-01T00:00Z;1.234\n2024-01-01T01:00Z;987,5\n", plain()),
             "line 3: the value \"987,5\", after \"1.234\" in line 2"));
  CHECK(says(refusal("time;value\n2024-01-01T00:00Z;1.234,5\n", plain()), "the value \"1.234,5\""));
}
TEST_CASE("a slashed date in a file with semicolons may have the day first, and is refused") {
  CHECK(says(refusal("time;value\n05/06/2024 00:00:00Z;1\n05/06/2024 01:00:00Z;2\n", plain()),
             "line 2: the date \"05/06/2024 00:00:00Z\", of which day and month may be either"));
}
TEST_CASE("a row that is longer than the heading is refused: a comma may have cut its number in two") {
  CHECK(says(refused("2024-01-01T00:00Z,1,234.5\n2024-01-01T01:00Z,1,235.5\n"),
             "line 2: a row of 3 fields; allowed: 2, as the heading has (no comma within a number)"));
  CHECK(says(refused("2024-01-01T00:00Z,0,9\n"), "line 2: a row of 3 fields"));
  CHECK(says(refusal("time,value,\n2024-01-01T00:00Z,0,9\n", plain()), "line 2: a row of 3 fields"));
  // A separator at the end of each row makes an empty field, with the heading's or without.
  CHECK(read("2024-01-01T00:00Z,5,\n2024-01-01T01:00Z,6,\n").rows == 2);
  CHECK(read_csv("time,value,\n2024-01-01T00:00Z,5,\n2024-01-01T01:00Z,6,\n", plain()).rows == 2);
  CHECK(says(refused("2024-01-01T00:00Z,5,,\n"), "a row of 4 fields"));
}
TEST_CASE("text after a closing quote is refused, not dropped") {
  CHECK(says(refused("2024-01-01T00:00Z,\"1\"234\n"), "line 2: text after a closing quote"));
  CHECK(says(refusal("time,\"value\"x\n2024-01-01T00:00Z,1\n", plain()), "line 1: text after a closing"));
  CHECK(read("2024-01-01T00:00Z,\"1\" \t\r\n2024-01-01T01:00Z,\"2\" \n").rows == 2);
}
TEST_CASE("a column that is read has its name alone") {
  CHECK(says(refusal("time,value,Value\n2024-01-01T00:00Z,1,2\n", plain()),
             "line 1: two columns \"value\"; allowed: each name once"));
  CHECK(says(refusal("time,time,value\n2024-01-01T00:00Z,2024-01-01T01:00Z,2\n", plain()),
             "two columns \"time\""));
  CHECK(says(refusal("time,zone,value,zone\n2024-01-01T00:00Z,DE,2,FR\n", plain()), "two columns \"zone\""));
  CHECK(says(refusal("timestamp,MOER,moer\n2024-01-01T00:00Z,1,2\n"), "two columns \"MOER\""));
  CHECK(read_csv("time,note,value,note\n2024-01-01T00:00Z,,1,\n2024-01-01T01:00Z,,2,\n", plain()).rows == 2);
}
TEST_CASE("a row without its field of the zone is no row of the zone that is asked for") {
  csv_options o = plain();
  o.zone = "DE";
  CHECK(says(refusal("time,value,zone\n2024-01-01T00:00Z,1,DE\n2024-01-01T01:00Z,2\n", o),
             "line 3: a row of 2 fields; allowed: 3"));
}
TEST_CASE("unix seconds are times") {
  const csv_series s = read("1711848600,1\n1711852200,2\n");
  CHECK(s.values.begin_ns() == 1'711'848'600 * second);
  CHECK(s.step_ns == hour);
}
TEST_CASE("rows out of order are put in order and counted") {
  const csv_series s = read("2024-01-01T02:00Z,3\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n");
  CHECK(s.out_of_order == 1);
  CHECK(s.values.at(at("2024-01-01T00:00Z")) == g(1));
  CHECK(s.values.at(at("2024-01-01T02:00Z")) == g(3));
}
TEST_CASE("a row that is there twice is dropped; with another value it is refused, with both lines") {
  CHECK(read("2024-01-01T00:00Z,1\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n").repeated == 1);
  const std::string text = refused("2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n2024-01-01T01:00Z,3\n");
  CHECK(says(text,
             "file.csv, line 4: the time 2024-01-01T01:00:00Z once more, with another value than in line 3"));
  const csv_series filled = read("2024-01-01T00:00Z,\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n");
  CHECK(filled.values.at(at("2024-01-01T00:00Z")) == g(1));
}
TEST_CASE("rows that are missing are a gap, in which nothing is known, unless it is to be bridged") {
  const std::string rows =
      "2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n2024-01-01T02:00Z,3\n2024-01-01T05:00Z,6\n";
  const csv_series s = read(rows);
  CHECK(s.gaps == 1);
  CHECK(s.values.at(at("2024-01-01T02:59Z")) == g(3));
  CHECK_FALSE(s.values.at(at("2024-01-01T03:00Z")));
  CHECK(s.values.at(at("2024-01-01T05:00Z")) == g(6));
  csv_options o = plain();
  o.bridge = kaya::hours(2);
  const csv_series bridged = read(rows, o);
  CHECK(bridged.gaps == 0);
  CHECK(bridged.values.at(at("2024-01-01T04:59Z")) == g(3));
}
TEST_CASE("values that are empty, NaN or null are gaps, at the ends too, and are counted") {
  const csv_series s = read(
      "2024-01-01T00:00Z,\n2024-01-01T01:00Z,2\n2024-01-01T02:00Z,NaN\n2024-01-01T03:00Z,null\n2024-01-01T04:"
      "00Z,"
      "5\n2024-01-01T05:00Z,N/A\n");
  CHECK(s.without_value == 4);
  CHECK(s.rows == 2);
  CHECK(s.gaps == 1);
  CHECK(s.values.begin_ns() == at("2024-01-01T01:00Z"));
  CHECK(s.values.end_ns() == at("2024-01-01T05:00Z"));
}
TEST_CASE("the hour that a switch from daylight-saving time repeats is two hours") {
  const csv_series s = read(
      "2024-10-27T01:00+02:00,1\n2024-10-27T02:00+02:00,2\n2024-10-27T02:00+01:00,3\n2024-10-27T03:00+01:00,"
      "4\n");
  CHECK(s.values.points().size() == 4);
  CHECK(s.step_ns == hour);
  CHECK(s.gaps == 0);
  CHECK(s.values.at(at("2024-10-27T00:30Z")) == g(2));
  CHECK(s.values.at(at("2024-10-27T01:30Z")) == g(3));
}
TEST_CASE("local times of unknown offset are refused, with what would help") {
  CHECK(says(refused("2024-10-27 02:00,1\n"),
             "line 2: the time \"2024-10-27 02:00\" does not say its offset from UTC"));
  csv_options o = plain();
  o.utc_offset = 3600;
  CHECK(read("2024-10-27 02:00,1\n2024-10-27 03:00,1\n", o).values.begin_ns() == at("2024-10-27T01:00Z"));
}
TEST_CASE("what is no time, no value or no row is refused by its line") {
  CHECK(says(refused("2024-01-01T00:00Z,1\nyesterday,2\n"), "line 3: the time \"yesterday\""));
  CHECK(says(refused("2024-01-01T00:00Z,-1\n"), "line 2: the value \"-1\""));
  CHECK(says(refused("2024-01-01T00:00Z,inf\n"), "the value \"inf\""));
  CHECK(says(refused("2024-01-01T00:00Z,12x\n"), "the value \"12x\""));
  CHECK(says(refused("2024-01-01T00:00Z,1e300\n"), "no more than 5000 g/kWh"));
  CHECK(says(refused("2024-01-01T00:00Z\n"), "line 2: a row of 1 fields; allowed: 2"));
  CHECK(says(refused("\"2024-01-01T00:00Z,1\n2024-01-01T01:00Z,1\n"), "line 2: a quote that nothing closes"));
  CHECK(says(refused(""), "no rows below the heading"));
  CHECK(says(refusal(""), "no rows"));
  CHECK(says(refusal(std::string_view("t\0i\0", 4)), "UTF-16"));
  CHECK(says(refused("2024-01-01T00:00Z,nan\n"), "no row has a value"));
  CHECK(says(refused("2024-01-01T00:00Z,5\n"), "csv_options::last_step"));
}
TEST_CASE("a column that is not known needs its name and what it counts") {
  CHECK(
      says(refusal("time,value\n2024-01-01T00:00Z,1\n"), "no column of a known publisher among time, value"));
  CHECK(says(refusal("time,value\n2024-01-01T00:00Z,1\n", {.value_column = "value"}), "lifecycle or direct"));
  CHECK(says(refusal("time,value\n2024-01-01T00:00Z,1\n", {.value_column = "co2"}),
             "no column \"co2\"; allowed: one of time, value"));
  CHECK(says(refusal("when,value\n2024-01-01T00:00Z,1\n", plain()), "csv_options::time_column"));
  CHECK(says(refusal("2024-01-01T00:00Z,1\n", plain()), "no heading"));
}
TEST_CASE("a known column does not pass for another kind") {
  const csv_options o{.value_column = "MOER", .how = accounting::lifecycle};
  CHECK(says(refusal("timestamp,MOER\n2024-01-01T00:00Z,1\n", o), "counts direct emissions"));
}
TEST_CASE("of a file with several zones one must be chosen") {
  const std::string text =
      "time,zone,value\n2024-01-01T00:00Z,DE,1\n2024-01-01T00:00Z,FR,2\n2024-01-01T01:00Z,DE,3\n";
  CHECK(says(refusal(text, plain()),
             "line 3: rows of \"DE\" and of \"FR\"; allowed: one, by csv_options::zone"));
  csv_options o = plain();
  o.zone = "de";
  CHECK(read_csv(text, o).rows == 2);
  o.zone = "GB";
  CHECK(says(refusal(text, o), "no rows of zone \"GB\""));
}
TEST_CASE("a unit of another kind is told by what 1 means") {
  csv_options o = plain();
  o.unit = kaya::pounds_per_megawatt_hour(1);
  CHECK(read("2024-01-01T00:00Z,1000\n2024-01-01T01:00Z,1000\n", o)
            .values.at(at("2024-01-01T00:00Z"))
            ->count() == doctest::Approx(453.59237));
}
TEST_CASE("the unit in a column's name holds, and is refused if it is not known") {
  const auto value = [](const std::string& name) {
    const csv_options o{.value_column = name, .how = accounting::direct};
    return read_csv("time," + name + "\n2024-01-01T00:00Z,0.5\n2024-01-01T01:00Z,0.5\n", o)
        .values.at(at("2024-01-01T00:00Z"))
        ->count();
  };
  CHECK(value("intensity kg/kWh") == doctest::Approx(500));
  CHECK(value("v (lb/MWh)") == doctest::Approx(0.5 * 0.45359237));
  CHECK(value("co2_lbs_per_kwh") == doctest::Approx(0.5 * 453.59237));
  CHECK(value("gCO2eq/kWh") == doctest::Approx(0.5));
  CHECK(value("kg CO2 per MWh") == doctest::Approx(0.5));
  CHECK(value("emissions tCO2/MWh x") == doctest::Approx(500));
  CHECK(says(refusal("time,stones/kWh\n2024-01-01T00:00Z,1\n",
                     {.value_column = "stones/kWh", .how = accounting::direct}),
             "line 1: the unit in \"stones/kWh\" is not known"));
}
TEST_CASE("a file is read by its path, which messages name") {
  const fake_tree tree;
  tree.write("day.csv", "time,value\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n");
  CHECK(grid::load_csv(tree.root() + "/day.csv", plain()).rows == 2);
  CHECK(grid::load_csv(tree.root() + "/day.csv", plain()).values.source() == tree.root() + "/day.csv");
  CHECK_THROWS_WITH_AS((void)grid::load_csv(tree.root() + "/none.csv"),
                       doctest::Contains("none.csv cannot be read"), std::runtime_error);
}
TEST_CASE("random files, shuffled and with holes, are read as a slow model reads them") {
  std::mt19937 random(5);
  const auto any = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int run = 0; run < 300; ++run) {
    const int rows = any(3, 60);
    std::vector<int> value(static_cast<std::size_t>(rows));
    std::vector<std::string> lines;
    const std::int64_t start = 1'700'000'000;
    for (int i = 0; i < rows; ++i) {
      // Most are there, so that 5 minutes are the usual step.
      value[static_cast<std::size_t>(i)] = i > 1 && any(0, 5) == 0 ? -1 : any(0, 999);
      if (value[static_cast<std::size_t>(i)] < 0 && any(0, 1) == 0) continue;
      std::string text = std::to_string(start + 300 * i) + ",";
      if (value[static_cast<std::size_t>(i)] >= 0) text += std::to_string(value[static_cast<std::size_t>(i)]);
      lines.push_back(text + "\n");
      if (any(0, 20) == 0) lines.push_back(lines.back());
    }
    std::shuffle(lines.begin(), lines.end(), random);
    std::string text;
    for (const std::string& line : lines) text += line;
    const csv_series s = read(text);
    CAPTURE(text);
    for (int i = 0; i < rows; ++i) {
      const auto v = s.values.at((start + 300 * i + 299) * second);
      REQUIRE(v.has_value() == (value[static_cast<std::size_t>(i)] >= 0));
      if (v) REQUIRE(*v == g(value[static_cast<std::size_t>(i)]));
    }
  }
}
TEST_CASE("a year of five-minute rows loads in at most 50 ms of CPU time") {
  std::string text =
      "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity "
      "gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),Data "
      "source,Data estimated,Data estimation method\n";
  for (int i = 0; i < 366 * 288; ++i) {
    const std::string time(grid::time_string((1'704'067'200LL + 300LL * i) * second).view());
    text.append(time, 0, 10).append(" ").append(time, 11, 8).append(",Germany,Germany,DE,");
    text.append(std::to_string(200 + i % 97)).append(".17,").append(std::to_string(250 + i % 89));
    text.append(".61,61.05,58.11,entsoe.eu,false,\n");
  }
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double start = kaya_test::cpu_ms();
    const csv_series s = read_csv(text);
    const double ms = kaya_test::cpu_ms() - start;
    REQUIRE(s.rows == 366 * 288);
    best = std::min(best, ms);
  }
  MESSAGE("fastest of 5: ", best, " ms for ", text.size() / 1000, " kB");
#if defined(__OPTIMIZE__) && !defined(KAYA_TEST_SANITIZED)
  CHECK(best <= 50);
#endif
}
