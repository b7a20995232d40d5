// SPDX-License-Identifier: MIT
// Each function twice: over quantities and as one would write it over numbers. run.sh compares their
// instructions. Functions named differs_* are its self-check: the quantity version is made heavier on
// purpose.
#include <chrono>
#include <kaya/units.hpp>

namespace quantities {
using namespace kaya;

joules pass(joules e) { return e; }
microjoules pass_integer(microjoules u) { return u; }
joules sum(joules a, joules b) { return a + b; }
microjoules sum_integer(microjoules a, microjoules b) { return a + b; }
joules difference(joules a, joules b) { return a - b; }
joules negative(joules a) { return -a; }
void accumulate(joules& a, joules b) { a += b; }
void accumulate_integer(microjoules& a, microjoules b) { a += b; }
joules total(const joules* e, int n) {
  joules t{};
  for (int i = 0; i < n; ++i) t += e[i];
  return t;
}
joules scaled(joules e, double pue) { return e * pue; }
joules scaled_left(double pue, joules e) { return pue * e; }
joules divided(joules e, double n) { return e / n; }
microjoules share_integer(microjoules e, std::int64_t n) { return e / n; }
microjoules rest_integer(microjoules e, std::int64_t n) { return e % n; }
joules energy(watts p, seconds t) { return p * t; }
watt_hours energy_in_hours(watts p, hours t) { return p * t; }
joules trapezium(watts a, watts b, seconds t) { return (a + b) * 0.5 * t; }
watts power(joules e, seconds t) { return e / t; }
seconds time(joules e, watts p) { return e / p; }
grams_co2e carbon(kilowatt_hours e, grams_per_kilowatt_hour i) { return e * i; }
grams_per_kilowatt_hour intensity(grams_co2e g, kilowatt_hours e) { return g / e; }
double ratio(joules a, joules b) { return a / b; }
std::int64_t ratio_integer(microjoules a, microjoules b) { return a / b; }
double ratio_mixed(kilowatt_hours a, joules b) { return a / b; }
joules from_kilowatt_hours(kilowatt_hours e) { return e; }
kilowatt_hours from_joules(joules e) { return e; }
joules from_integer(microjoules e) { return e; }
microjoules truncated(joules e) { return quantity_cast<microjoules>(e); }
grams_co2e from_pounds(pounds_co2e m) { return m; }
joules sum_mixed(joules a, kilowatt_hours b) { return a + b; }
grams_co2e chain(double pue, joules e, grams_per_kilowatt_hour i) { return pue * kilowatt_hours(e) * i; }
bool less(joules a, joules b) { return a < b; }
bool at_most_integer(microjoules a, microjoules b) { return a <= b; }
bool equal(joules a, joules b) { return a == b; }
bool less_mixed(joules a, kilowatt_hours b) { return a < b; }
joules larger(joules a, joules b) { return a < b ? b : a; }
seconds from_duration(std::chrono::milliseconds t) { return t; }
std::chrono::duration<double> to_duration(seconds t) { return t; }
joules over_duration(watts p, std::chrono::seconds t) { return p * t; }
watts under_duration(joules e, std::chrono::seconds t) { return e / t; }
bool before(seconds a, std::chrono::milliseconds b) { return a < b; }

joules differs_heavier_sum(joules a, joules b) { return a + b + b; }
joules differs_division(joules e) { return e / 3.0; }
}  // namespace quantities

namespace numbers {
double pass(double e) { return e; }
std::int64_t pass_integer(std::int64_t u) { return u; }
double sum(double a, double b) { return a + b; }
std::int64_t sum_integer(std::int64_t a, std::int64_t b) { return a + b; }
double difference(double a, double b) { return a - b; }
double negative(double a) { return -a; }
void accumulate(double& a, double b) { a += b; }
void accumulate_integer(std::int64_t& a, std::int64_t b) { a += b; }
double total(const double* e, int n) {
  double t{};
  for (int i = 0; i < n; ++i) t += e[i];
  return t;
}
double scaled(double e, double pue) { return e * pue; }
double scaled_left(double pue, double e) { return pue * e; }
double divided(double e, double n) { return e / n; }
std::int64_t share_integer(std::int64_t e, std::int64_t n) { return e / n; }
std::int64_t rest_integer(std::int64_t e, std::int64_t n) { return e % n; }
double energy(double p, double t) { return p * t; }
double energy_in_hours(double p, double t) { return p * t; }
double trapezium(double a, double b, double t) { return (a + b) * 0.5 * t; }
double power(double e, double t) { return e / t; }
double time(double e, double p) { return e / p; }
double carbon(double e, double i) { return e * i; }
double intensity(double g, double e) { return g / e; }
double ratio(double a, double b) { return a / b; }
std::int64_t ratio_integer(std::int64_t a, std::int64_t b) { return a / b; }
double ratio_mixed(double a, double b) { return a / b * 3.6e6; }
double from_kilowatt_hours(double e) { return e * 3.6e6; }
double from_joules(double e) { return e / 3.6e6; }
double from_integer(std::int64_t e) { return static_cast<double>(e) / 1e6; }
std::int64_t truncated(double e) { return static_cast<std::int64_t>(e * 1e6); }
double from_pounds(double m) { return m * 453.59237; }
double sum_mixed(double a, double b) { return a + b * 3.6e6; }
double chain(double pue, double e, double i) { return pue * (e / 3.6e6) * i; }
bool less(double a, double b) { return a < b; }
bool at_most_integer(std::int64_t a, std::int64_t b) { return a <= b; }
bool equal(double a, double b) { return a == b; }
bool less_mixed(double a, double b) { return a < b * 3.6e6; }
double larger(double a, double b) { return a < b ? b : a; }
double from_duration(std::int64_t t) { return static_cast<double>(t) / 1e3; }
double to_duration(double t) { return t; }
double over_duration(double p, std::int64_t t) { return p * static_cast<double>(t); }
double under_duration(double e, std::int64_t t) { return e / static_cast<double>(t); }
bool before(double a, std::int64_t b) { return a * 1e3 < static_cast<double>(b); }

double differs_heavier_sum(double a, double b) { return a + b; }
double differs_division(double e) { return e * 3.0; }
}  // namespace numbers
