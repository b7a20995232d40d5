// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <kaya/kaya.hpp>

#include "support/test_machine.hpp"
#include "support/words.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using kaya::run_report;
using kaya::report::progress_facts;
using kaya::report::progress_line;
using kaya_test::on_test_machine;
using kaya_test::refusal;

using kaya_test::count;

namespace {

run_report in_the_middle() {
  run_report r;
  r.total_epochs = 30;
  r.duration = kaya::seconds(65);
  r.energy = kaya::interval<kaya::joules>{kaya::joules(1234), kaya::joules(1200), kaya::joules(1300)};
  r.emissions = kaya::interval<kaya::grams_co2e>{kaya::grams_co2e(0.015), {}, {}};
  r.epochs.resize(7);
  for (int i = 0; i < 7; ++i) r.epochs[static_cast<std::size_t>(i)].index = i;
  r.epochs[5].metrics = {{"loss", 0.25}, {"accuracy", 0.972}};
  return r;
}
kaya::plan::forecast_result forecast() {
  kaya::plan::forecast_result f;
  f.energy = {kaya::joules(5200), kaya::joules(4800), kaya::joules(5900)};
  f.duration = {kaya::seconds(248), kaya::seconds(240), kaya::seconds(260)};
  return f;
}

/// A terminal so wide, and what was written to it.
class terminal {
 public:
  explicit terminal(unsigned short columns) {
    winsize size{24, columns, 0, 0};
    if (openpty(&ours_, &theirs_, nullptr, nullptr, &size) != 0) {
      REQUIRE(access("/dev/pts/ptmx", F_OK) != 0);
      MESSAGE("there are no pseudo terminals here (/dev/pts): not tested on one");
      return;
    }
    fcntl(ours_, F_SETFL, O_NONBLOCK);
    file = fdopen(theirs_, "w");
  }
  ~terminal() {
    if (file == nullptr) return;
    std::fclose(file);
    close(ours_);
  }
  std::string text() const {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = read(ours_, buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
  std::FILE* file = nullptr;

 private:
  int ours_ = -1, theirs_ = -1;
};

void train(kaya::tracker& t, int epochs) {
  for (int i = 0; i < epochs; ++i) {
    auto epoch = t.epoch();
    std::this_thread::sleep_for(20ms);
    epoch.metric("accuracy", 0.5 + 0.1 * i);
  }
}

}  // namespace

TEST_CASE("progress: the line says epoch, energy, power, emissions, metric, time left, total and budget") {
  CHECK(progress_line(in_the_middle(),
                      {.power = kaya::watts(85.2), .forecast = forecast(), .budget_used = 0.23}) ==
        "epoch 7/30 | 1.23 kJ | 85.2 W | 15.0 mgCO2e | loss 0.25 | 3.05 min left | in all 1.44 Wh (1.30 Wh "
        "to 1.73 Wh) | budget 23 % used");
  CHECK(progress_line(in_the_middle(), {.metric = "accuracy"}) ==
        "epoch 7/30 | 1.23 kJ | 15.0 mgCO2e | accuracy 0.972");
}

TEST_CASE("progress: what is not known is not shown as zero") {
  run_report r = in_the_middle();
  r.energy.reset(), r.emissions.reset();
  r.total_epochs = 0;
  CHECK(progress_line(r, {.metric = "bleu"}) == "epoch 7 | energy not known");
  CHECK(progress_line(run_report{}) == "0 s | energy not known");
}

TEST_CASE("progress: a narrow terminal loses the end of the line, whole parts at a time") {
  const run_report r = in_the_middle();
  const std::string whole = progress_line(r, {.forecast = forecast(), .budget_used = 1.5});
  for (std::size_t columns = 0; columns < whole.size() + 5; ++columns) {
    const std::string line = progress_line(r, {.forecast = forecast(), .budget_used = 1.5}, columns);
    CHECK(line.size() <= columns);
    CHECK(whole.starts_with(line));
    CHECK((line == whole || line.empty() || whole.substr(line.size()).starts_with(" | ")));
  }
}

TEST_CASE("progress: a name cannot move the cursor, and counts by its characters") {
  run_report r = in_the_middle();
  r.epochs[6].metrics = {{"\x1b[2J\r\ngr\xC3\xBC\xC3\x9F\x9B", 1}};
  const std::string line = progress_line(r);
  CHECK(line.find('\x1b') == line.npos);
  CHECK(line.find('\r') == line.npos);
  CHECK(line.find("gr\xC3\xBC\xC3\x9F\xEF\xBF\xBD 1") != line.npos);
}

TEST_CASE(
    "progress: on a terminal one line is written over and over, as wide as it is, and ended at the end") {
  const terminal wide(100), narrow(30);
  if (wide.file == nullptr || narrow.file == nullptr) return;
  for (const terminal* const t : {&wide, &narrow}) {
    kaya::tracker_options o = on_test_machine();
    o.total_epochs = 4;
    o.progress = {.show = true, .to = t->file, .period = 10ms};
    kaya::tracker run(std::move(o));
    train(run, 4);
    run.stop();
  }
  const std::string text = wide.text();
  CHECK(count(text, "\r") > 4);
  CHECK(count(text, "\n") == 1);
  CHECK(text.ends_with("\n"));
  CHECK(text.find("epoch 4/4 | ") != text.npos);
  CHECK(text.find(" left") != text.npos);
  CHECK(text.find("accuracy 0.8") != text.npos);
  const std::string little = narrow.text();
  for (std::size_t at = 0, end; (end = little.find("\x1b[K", at)) != little.npos; at = end + 3)
    CHECK(end - at <= 30);
}

TEST_CASE("progress: in a log each line is one of its own, at most one a second") {
  std::FILE* const log = std::tmpfile();
  {
    kaya::tracker_options o = on_test_machine();
    o.progress = {.show = true, .to = log};
    kaya::tracker run(std::move(o));
    train(run, 10);
    run.stop();
  }
  std::rewind(log);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), log));
  std::fclose(log);
  CHECK(count(text, "\r") == 0);
  CHECK(count(text, "\n") == 1);
}

TEST_CASE("progress: nothing is shown unless asked, and a period that cannot be is refused") {
  if (const terminal t(80); t.file != nullptr) {
    const int saved = dup(2);
    dup2(fileno(t.file), 2);
    {
      kaya::tracker run(on_test_machine());
      train(run, 2);
      run.stop();
    }
    dup2(saved, 2);
    close(saved);
    CHECK(t.text().empty());
  }
  kaya::tracker_options o = on_test_machine();
  o.progress.period = kaya::seconds(0);
  CHECK(refusal(std::move(o)).find("10 ms to 1 day") != std::string::npos);
}

TEST_CASE("progress: a terminal that is gone is an event, and the run goes on") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  std::FILE* const gone = fdopen(ends[1], "w");
  kaya::tracker_options o = on_test_machine();
  o.progress = {.show = true, .to = gone};
  run_report r;
  {
    kaya::tracker run(std::move(o));
    train(run, 2);
    run.stop();
    r = run.report();
    CHECK(r.energy_uj.has_value());
  }
  std::fclose(gone);
}
