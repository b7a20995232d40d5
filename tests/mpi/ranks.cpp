// SPDX-License-Identifier: MIT
// Real ranks on one fake node, whose counters another process advances at a known power.
//
//   ranks write SYSFS          advances the counters until it is killed
//   ranks alone DIR            one process without MPI: DIR/alone.json
//   ranks run DIR HOW          under mpirun: DIR/<HOW>-<rank>.json and, from rank 0, DIR/<HOW>.json
//                              HOW: local (as the launcher says), lock (no local ranks), all (each counts
//                              all)
//   ranks reduce               under mpirun: what reduce() does with reports that are made up
//   ranks check DIR HOW        compares those files with the power
#include <kaya/mpi.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/merge.hpp>
#include <kaya/tracker.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::pair<const char*, double> zones[] = {
    {"intel-rapl:0", 95}, {"intel-rapl:1", 70}, {"intel-rapl:0:0", 12}, {"intel-rapl:1:0", 9}};
constexpr double node_watts = 95 + 70 + 12 + 9;

std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
void pause_ms(long ms) {
  const timespec t{ms / 1000, ms % 1000 * 1'000'000};
  nanosleep(&t, nullptr);
}

int write_counters(const std::string& sysfs) {
  std::vector<int> files;
  for (const auto& zone : zones)
    files.push_back(::open((sysfs + "/class/powercap/" + zone.first + "/energy_uj").c_str(), O_WRONLY));
  for (const std::int64_t begin = now_ns();; usleep(500)) {
    const auto elapsed = static_cast<double>(now_ns() - begin);
    for (std::size_t i = 0; i < files.size(); ++i) {
      char text[32];
      const int n =
          std::snprintf(text, sizeof text, "%020llu\n",
                        1'000'000'000ULL + static_cast<unsigned long long>(elapsed * zones[i].second * 1e-3));
      if (::pwrite(files[i], text, static_cast<std::size_t>(n), 0) != n) return 1;
    }
  }
}

void save(const std::string& path, const kaya::run_report& r) {
  std::ofstream(path, std::ios::binary) << kaya::report::to_json(r);
}
kaya::run_report load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return kaya::report::from_json(std::string(std::istreambuf_iterator<char>(file), {}));
}

kaya::run_report train(kaya::tracker_options o) {
  o.project = "ranks", o.region = "FR";
  kaya::tracker run(std::move(o));
  for (int i = 0; i < 4; ++i) {
    auto epoch = run.epoch();
    auto scope = run.scope("train");
    pause_ms(1000);
    epoch.add_work(10);
  }
  return run.stop();
}

int failures = 0;
void expect(bool so, const std::string& what) {
  if (so) return;
  std::printf("FAIL %s\n", what.c_str());
  ++failures;
}
double joules_of(const kaya::run_report& r) {
  return r.energy_uj ? static_cast<double>(r.energy_uj->count()) * 1e-6 : 0;
}
std::int64_t sum_of_own(const kaya::run_report& r) {
  std::int64_t sum = 0;
  for (const auto& s : r.scopes) sum += s.own_uj.value_or(kaya::microjoules(0)).count();
  return sum;
}

int check(const std::string& dir, const std::string& how) {
  const kaya::run_report all = load(dir + "/" + how + ".json"), alone = load(dir + "/alone.json");
  double sum = 0, longest = 0, reader_seconds = 0;
  int readers = 0;
  for (int rank = 0; rank < 4; ++rank) {
    const kaya::run_report r = load(dir + "/" + how + "-" + std::to_string(rank) + ".json");
    sum += joules_of(r);
    if (r.duration.count() > longest) longest = r.duration.count();
    if (r.energy_uj) ++readers, reader_seconds = r.duration.count();
  }
  const double span = how == "all" ? all.duration.count() : reader_seconds;
  const double off_truth = joules_of(all) / (node_watts * span) - 1;
  const double alone_watts = joules_of(alone) / alone.duration.count();
  const double off_alone = joules_of(all) / (alone_watts * span) - 1;
  std::printf(
      "%-5s %d readers; merged %.4f J: %+.4f %% of the node's power, %+.4f %% of a lone reader's; the four "
      "reports as they are: %.4f x the node\n",
      how.c_str(), readers, joules_of(all), off_truth * 100, off_alone * 100, sum / (node_watts * longest));
  expect(readers == (how == "all" ? 4 : 1), how + ": readers");
  expect(std::abs(off_truth) <= 0.001, how + ": merged energy against the node's power");
  expect(std::abs(off_alone) <= 0.001, how + ": merged energy against a lone reader");
  if (how != "all")
    expect(sum <= node_watts * longest * 1.001, how + ": the reports together exceed the node");
  if (how == "all") expect(sum > 3.5 * node_watts * longest, how + ": each rank was to count all");
  expect(sum_of_own(all) == all.energy_uj.value_or(kaya::microjoules(0)).count(),
         how + ": own energy does not add up");
  expect(all.ranks.size() == 4, how + ": ranks");
  expect(all.work == 160, how + ": work");
  expect(all.epochs.size() == 4, how + ": epochs");
  std::size_t counted = 0;
  for (const auto& c : all.channels) counted += c.counted ? 1u : 0u;
  expect(counted == 4, how + ": channels");
  for (const auto& e : all.events)
    expect(e.what.find("gave no report") == std::string::npos, how + ": " + e.what);
  return failures == 0 ? 0 : 1;
}

/// What a call throws; the same on all ranks, or they would not all get here.
std::string thrown(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing";
}
bool begins(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

int reduce_made_up(int rank) {
  kaya::run_report r;
  r.run_id = "run-" + std::to_string(rank), r.kaya_version = "0.1.0";
  r.hardware.host = "node" + std::to_string(rank / 2);
  r.energy_uj = kaya::microjoules(1000 + rank);
  r.work = rank;

  for (const std::uint64_t piece : {1ULL, 7ULL, 1000ULL, 1ULL << 20}) {
    const auto all = kaya::mpi::reduce_in_pieces(r, MPI_COMM_WORLD, 2, piece);
    expect(all.has_value() == (rank == 2), "reduce: only the root has it");
    if (!all) continue;
    expect(all->energy_uj->count() == 4006 && all->work == 6 && all->ranks.size() == 4, "reduce: the sum");
    expect(all->ranks[3].rank == 3, "reduce: the communicator's rank, if no launcher gave one");
    expect(all->run_id == "run-0", "reduce: the lowest rank's texts");
  }
  // A part of the ranks, in another order.
  MPI_Comm odd = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &odd);
  const auto half = kaya::reduce(r, odd);
  expect(half.has_value() == (rank >= 2), "reduce: of a part of the ranks");
  if (half) expect(half->energy_uj->count() == 2 * 1000 + 2 * rank - 2, "reduce: the sum of that part");
  MPI_Comm_free(&odd);
  // More than one piece of 64 MiB; and one that is too long to be read.
  kaya::run_report large = r;
  if (rank == 1) large.project.assign(60u << 20, 'x');
  if (rank == 3) large.project.assign(70u << 20, 'x');
  const auto most = kaya::reduce(large, MPI_COMM_WORLD);
  if (most) {
    expect(most->energy_uj->count() == 3003, "reduce: without the one that cannot be read");
    expect(!most->events.empty() && begins(most->events.back().what,
                                           "ranks of the communicator whose report could not be had: 3; "),
           "reduce: which one is said");
  }
  // What cannot be merged fails on all ranks alike.
  kaya::run_report huge = r;
  huge.energy_uj = kaya::microjoules(INT64_MAX / 2);
  expect(thrown([&] { kaya::reduce(huge, MPI_COMM_WORLD); }) ==
             "kaya::reduce: report::merge: the sum of energy_uj is beyond what 64 bits hold",
         "reduce: overflow");
  expect(thrown([&] { kaya::reduce(r, MPI_COMM_WORLD, 4); }) ==
             "kaya::reduce: there is no rank 4 to be the root",
         "reduce: no such root");
  expect(thrown([&] { kaya::reduce(r, MPI_COMM_NULL); }) == "kaya::reduce: there is no communicator",
         "reduce: no communicator");
  // The caller's way to treat errors is as it was.
  MPI_Errhandler handler;
  MPI_Comm_get_errhandler(MPI_COMM_WORLD, &handler);
  expect(handler == MPI_ERRORS_ARE_FATAL, "reduce: the error handler");
  MPI_Errhandler_free(&handler);
  expect(kaya::reduce(r, MPI_COMM_WORLD).has_value() == (rank == 0), "reduce: goes on after failures");
  return failures == 0 ? 0 : 1;
}

int under_mpi(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const std::string mode = argv[1];
  int status = 0;
  if (mode == "reduce") {
    status = reduce_made_up(rank);
  } else {
    const std::string dir = argv[2], how = argv[3];
    if (how == "lock") {
      unsetenv("OMPI_COMM_WORLD_LOCAL_RANK");
      unsetenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    }
    kaya::tracker_options o;
    o.one_reader = how != "all";
    const kaya::run_report r = train(std::move(o));
    save(dir + "/" + how + "-" + std::to_string(rank) + ".json", r);
    if (const auto all = kaya::reduce(r, MPI_COMM_WORLD)) save(dir + "/" + how + ".json", *all);
  }
  MPI_Finalize();
  if (mode == "reduce" &&
      thrown([] { kaya::reduce({}, MPI_COMM_WORLD); }) != "kaya::reduce: MPI is not running")
    std::printf("FAIL reduce: after MPI_Finalize()\n"), status = 1;
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "write" && argc == 3) return write_counters(argv[2]);
  if (mode == "alone" && argc == 3) {
    save(std::string(argv[2]) + "/alone.json", train({}));
    return 0;
  }
  if (mode == "check" && argc == 4) return check(argv[2], argv[3]);
  if ((mode == "run" && argc == 4) || (mode == "reduce" && argc == 2)) return under_mpi(argc, argv);
  std::fprintf(stderr, "usage: ranks write SYSFS | alone DIR | run DIR HOW | check DIR HOW | reduce\n");
  return 2;
}
