// SPDX-License-Identifier: MIT
// Several processes on one node, forked for real: which of them reads its meters, what the others keep, and
// the lock by which they agree.
#include <kaya/detail/reservation.hpp>
#include <kaya/meter/ranks.hpp>
#include <kaya/report/text.hpp>
#include <kaya/tracker.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/fake_tree.hpp"
#include "support/machines.hpp"
#include "support/scripted_meter.hpp"
#include "support/test_machine.hpp"

using namespace kaya::meter;
using namespace kaya_test;
using kaya::detail::file_lock;
using kaya::detail::reservation;

namespace {

/// The environment of a rank, for the time of a test; what launchers set is unset before and after. Locks are
/// in a folder of the test's own.
class environment {
 public:
  environment() {
    clear();
    setenv("XDG_RUNTIME_DIR", tree.root().c_str(), 1);
  }
  ~environment() {
    clear();
    unsetenv("XDG_RUNTIME_DIR");
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

  void set(const std::map<std::string, std::string>& values) const {
    clear();
    for (const auto& [name, value] : values) setenv(name.c_str(), value.c_str(), 1);
  }
  std::size_t lock_files() const {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(tree.root()))
      n += entry.path().extension() == ".lock" ? 1u : 0u;
    return n;
  }

  fake_tree tree;

 private:
  static void clear() {
    for (const char* name : {"RANK",
                             "WORLD_SIZE",
                             "LOCAL_RANK",
                             "LOCAL_WORLD_SIZE",
                             "OMPI_COMM_WORLD_RANK",
                             "OMPI_COMM_WORLD_SIZE",
                             "OMPI_COMM_WORLD_LOCAL_RANK",
                             "OMPI_COMM_WORLD_LOCAL_SIZE",
                             "MV2_COMM_WORLD_RANK",
                             "MV2_COMM_WORLD_SIZE",
                             "MV2_COMM_WORLD_LOCAL_RANK",
                             "MV2_COMM_WORLD_LOCAL_SIZE",
                             "PMI_RANK",
                             "PMI_SIZE",
                             "MPI_LOCALRANKID",
                             "MPI_LOCALNRANKS",
                             "SLURM_PROCID",
                             "SLURM_STEP_NUM_TASKS",
                             "SLURM_NTASKS",
                             "SLURM_LOCALID",
                             "SLURM_JOB_ID",
                             "SLURM_STEP_ID",
                             "TORCHELASTIC_RUN_ID",
                             "MASTER_ADDR",
                             "MASTER_PORT",
                             "PMIX_NAMESPACE",
                             "OMPI_MCA_ess_base_jobid",
                             "PMI_JOBID",
                             "PBS_JOBID",
                             "LSB_JOBID",
                             "JOB_ID",
                             "CUDA_VISIBLE_DEVICES",
                             "ROCR_VISIBLE_DEVICES",
                             "HIP_VISIBLE_DEVICES"})
      unsetenv(name);
  }
};

/// A child process that does something, tells what came of it, and lives until it is killed.
class child {
 public:
  explicit child(const std::function<std::string()>& work) {
    int said[2];
    if (::pipe(said) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      std::string text;
      try {
        text = work();
      } catch (const std::exception& e) {
        text = std::string("threw ") + e.what();
      }
      // With its end, for children of its own keep the pipe open.
      if (::write(said[1], text.c_str(), text.size() + 1) < 0) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(said[1]);
    said_ = said[0];
  }
  child(child&& other) noexcept : pid_(other.pid_), said_(other.said_) { other.pid_ = -1; }
  child& operator=(const child&) = delete;
  ~child() { kill_it(); }

  /// Waits until it has said all it has to say.
  std::string words() const {
    std::string text;
    for (char c; ::read(said_, &c, 1) == 1 && c != '\0';) text += c;
    return text;
  }
  void kill_it() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::close(said_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int said_ = -1;
};

std::string verdict(const file_lock& l) {
  return l ? "mine" : l.busy() ? "busy" : "errno " + std::to_string(l.error());
}

/// Two CPUs, their memory, a core zone that is only shown, a platform meter that cannot be read, and GPUs.
struct node {
  explicit node(std::size_t gpus = 0) : meter(new scripted_meter(5 + gpus)) {
    const char* names[] = {"package-0", "package-1", "dram-0", "core-0", "psys"};
    const component parts[] = {component::cpu, component::cpu, component::memory, component::cpu,
                               component::platform};
    for (std::size_t i = 0; i < 5 + gpus; ++i) {
      channel& c = meter->channel(i);
      c.name = i < 5 ? names[i] : "gpu-" + std::to_string(i - 5);
      c.part = i < 5 ? parts[i] : component::gpu;
      c.device = i < 5 ? "socket/" + c.name : "0000:0" + std::to_string(i - 5) + ":00.0";
    }
    meter->channel(3).counted = false;
    meter->channel(4).counted = false;
    meter->channel(4).why = missing::no_permission;
    channels = bound(meter);
    channels[4].meter = {};
  }
  std::string counted() const {
    std::string text;
    for (const bound_channel& b : channels)
      if (b.what.counted) text += (text.empty() ? "" : " ") + b.what.name;
    return text;
  }
  std::string held() const {
    std::string text;
    for (const bound_channel& b : channels)
      if (!b.what.held_by.empty()) text += (text.empty() ? "" : " ") + b.what.name + "=" + b.what.held_by;
    return text;
  }
  std::size_t read() const {
    std::size_t n = 0;
    for (const bound_channel& b : channels) n += b.meter ? 1u : 0u;
    return n;
  }
  kaya::detail::handle<scripted_meter> meter;
  std::vector<bound_channel> channels;
};

host host_here() {
  host h;
  h.boot_id = "b-1", h.name = "node7";
  const rank_place p = read_rank_place();
  h.rank = p.rank, h.local_rank = p.local_rank, h.world_size = p.world_size, h.local_size = p.local_size;
  return h;
}

/// What each of n ranks counts, all of them alive at once. prepare sets the environment of a rank.
std::vector<std::string> ranks_of(int n, std::size_t gpus, const std::function<void(int)>& prepare) {
  std::vector<child> alive;
  std::vector<std::string> result;
  for (int rank = 0; rank < n; ++rank) {  // one after the other: the first is the first
    alive.emplace_back([&] {
      prepare(rank);
      static node here(gpus);
      static const node_share s = share_node(here.channels, host_here());
      return here.counted();
    });
    result.push_back(alive.back().words());
  }
  return result;
}

}  // namespace

// --- the lock

TEST_CASE("a lock: another one on the same file is told that it is taken, until it is let go") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock", other = tree.root() + "/other";
  file_lock first = file_lock::open(path.c_str());
  CHECK(verdict(first) == "mine");
  CHECK(verdict(file_lock::open(path.c_str())) == "busy");
  CHECK(verdict(file_lock::open(other.c_str())) == "mine");
  CHECK(child([&] { return verdict(file_lock::open(path.c_str())); }).words() == "busy");
  first.release();
  CHECK_FALSE(first);
  CHECK(child([&] { return verdict(file_lock::open(path.c_str())); }).words() == "mine");
}

TEST_CASE("a lock: the file is made for its user alone, and what is in it stays") {
  fake_tree tree;
  tree.write("old", "text");
  for (const char* name : {"/old", "/new"}) {
    const file_lock l = file_lock::open((tree.root() + name).c_str());
    CHECK(verdict(l) == "mine");
    CHECK(::pwrite(l.descriptor(), "T", 1, 0) == 1);
  }
  struct stat s;
  REQUIRE(::stat((tree.root() + "/new").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
  std::ifstream old(tree.root() + "/old");
  std::string text;
  old >> text;
  CHECK(text == "Text");
}

TEST_CASE("a lock: it is moved with its object, and given up by what it replaces") {
  fake_tree tree;
  const std::string a = tree.root() + "/a", b = tree.root() + "/b";
  file_lock x = file_lock::open(a.c_str());
  file_lock y = std::move(x);
  CHECK(verdict(y) == "mine");
  CHECK(verdict(file_lock::open(a.c_str())) == "busy");
  y = file_lock::open(b.c_str());
  CHECK(verdict(file_lock::open(a.c_str())) == "mine");
  CHECK(verdict(file_lock::open(b.c_str())) == "busy");
}

TEST_CASE("a lock: a link, a folder and a path without a folder are refused") {
  fake_tree tree;
  tree.write("target", "");
  tree.link("link", tree.root() + "/target");
  tree.link("dangling", tree.root() + "/nothing");
  CHECK(file_lock::open((tree.root() + "/link").c_str()).error() == ELOOP);
  CHECK(file_lock::open((tree.root() + "/dangling").c_str()).error() == ELOOP);
  CHECK_FALSE(std::filesystem::exists(tree.root() + "/nothing"));
  CHECK(file_lock::open(tree.root().c_str()).error() == EISDIR);
  CHECK(file_lock::open((tree.root() + "/no/lock").c_str()).error() == ENOENT);
}

TEST_CASE("a lock: a file that is open already can be held, and is the caller's if it cannot") {
  fake_tree tree;
  const std::string path = tree.root() + "/journal";
  const int mine = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int others = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  file_lock a, b;
  CHECK(a.hold(mine) == 0);
  CHECK(a.descriptor() == mine);
  CHECK(b.hold(others) == EWOULDBLOCK);
  CHECK(b.busy());
  CHECK(b.descriptor() == -1);
  CHECK(::close(others) == 0);
  a.release();
  CHECK(::fcntl(mine, F_GETFD) == -1);  // closed
}

TEST_CASE("a lock: more than 64 in a process are refused, not unprotected") {
  fake_tree tree;
  std::vector<file_lock> locks;
  for (int i = 0; i < 64; ++i) {
    locks.push_back(file_lock::open((tree.root() + "/" + std::to_string(i)).c_str()));
    REQUIRE(verdict(locks.back()) == "mine");
  }
  CHECK(file_lock::open((tree.root() + "/more").c_str()).error() == EMFILE);
  locks.pop_back();
  CHECK(verdict(file_lock::open((tree.root() + "/more").c_str())) == "mine");
}

TEST_CASE("a lock: it goes with its process, however that dies") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock";
  child holder([&] {
    static file_lock l = file_lock::open(path.c_str());
    return verdict(l);
  });
  REQUIRE(holder.words() == "mine");
  CHECK(verdict(file_lock::open(path.c_str())) == "busy");
  holder.kill_it();
  CHECK(verdict(file_lock::open(path.c_str())) == "mine");
}

TEST_CASE("a lock: a child that outlives its killed parent does not keep it") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock";
  child holder([&] {
    static file_lock l = file_lock::open(path.c_str());
    const pid_t worker = ::fork();  // as a data loader's
    if (worker == 0) {
      ::pause();
      ::_exit(0);
    }
    return verdict(l) + " " + std::to_string(worker);
  });
  const std::string words = holder.words();
  REQUIRE(words.substr(0, 5) == "mine ");
  const pid_t worker = static_cast<pid_t>(std::stol(words.substr(5)));
  CHECK(verdict(file_lock::open(path.c_str())) == "busy");
  holder.kill_it();
  CHECK(::kill(worker, 0) == 0);
  // Its handler runs before it does anything else, but it may not have run at all yet.
  std::string now = "busy";
  for (int i = 0; now == "busy" && i < 1000; ++i) {
    now = verdict(file_lock::open(path.c_str()));
    sleep_ms(1);
  }
  CHECK(now == "mine");
  ::kill(worker, SIGKILL);
}

TEST_CASE("a lock: a child neither holds nor closes it, and can take others of its own") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock", other = tree.root() + "/other";
  file_lock l = file_lock::open(path.c_str());
  const std::string words = child([&] {
                              // The number is free there, so the next file gets it.
                              const int next = ::open(other.c_str(), O_RDWR | O_CREAT, 0600);
                              std::string text = l ? "held" : "not held";
                              l.release();
                              text += ::fcntl(next, F_GETFD) >= 0 ? ", open" : ", closed";
                              return text + ", " + verdict(file_lock::open(other.c_str()));
                            }).words();
  CHECK(words == "not held, open, mine");
  CHECK(verdict(l) == "mine");
  CHECK(verdict(file_lock::open(path.c_str())) == "busy");
}

TEST_CASE("a lock: a program that is started does not keep it") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock";
  file_lock l = file_lock::open(path.c_str());
  char name[] = "sleep", seconds[] = "30";
  char* const arguments[] = {name, seconds, nullptr};
  pid_t started = 0;
  REQUIRE(::posix_spawnp(&started, "sleep", nullptr, nullptr, arguments, environ) == 0);
  l.release();
  CHECK(verdict(file_lock::open(path.c_str())) == "mine");
  ::kill(started, SIGKILL);
  ::waitpid(started, nullptr, 0);
}

TEST_CASE("a lock: forks of other threads while it is taken and held leave no copy behind") {
  fake_tree tree;
  const std::string path = tree.root() + "/lock";
  std::atomic<bool> stop{false};
  std::vector<pid_t> children;
  std::thread forker([&] {
    while (children.size() < 300) {
      const pid_t pid = ::fork();
      if (pid == 0)
        for (;;) ::pause();
      children.push_back(pid);
      ::usleep(300);
    }
    stop = true;
  });
  std::size_t taken = 0, refused = 0, in_a_row = 0, most_in_a_row = 0;
  for (bool last = false; !last;) {
    const file_lock l = file_lock::open(path.c_str());
    last = stop && (l || in_a_row > 2000);
    ++(l ? taken : refused);
    in_a_row = l ? 0 : in_a_row + 1;
    most_in_a_row = std::max(most_in_a_row, in_a_row);
    ::usleep(l ? taken % 2 * 500 : 1000);  // refused: by a child that has not come to its handler yet
  }
  forker.join();
  for (const pid_t pid : children) ::kill(pid, SIGKILL), ::waitpid(pid, nullptr, 0);
  MESSAGE(taken, " times taken during ", children.size(), " forks, ", refused, " times refused, at most ",
          most_in_a_row, " ms long");
  CHECK(taken > 50);
  CHECK(most_in_a_row < 1000);  // a copy is there for good
}

// --- the reservation

TEST_CASE("a reservation: one process has it, the others know which, and the file goes with it") {
  environment env;
  {
    const reservation mine("node\nof this test", "");
    CHECK(static_cast<bool>(mine));
    CHECK(mine.holder().empty());
    CHECK(mine.problem().empty());
    CHECK(env.lock_files() == 1);
    const std::string words =
        child([] {
          return reservation("node\nof this test", "").holder() + ", " + reservation("another", "").holder();
        }).words();
    CHECK(words == "process " + std::to_string(::getpid()) + ", ");
  }
  CHECK(env.lock_files() == 0);
  CHECK(child([] { return reservation("node\nof this test", "").holder(); }).words().empty());
}

TEST_CASE("a reservation: a process that has a name of its own among the others is called by it") {
  environment env;
  const reservation mine("gpu", "local rank 2");
  CHECK(child([] { return reservation("gpu", "local rank 3").holder(); }).words() == "local rank 2");
}

TEST_CASE("a reservation: two of one process share it, and it lasts as long as either") {
  environment env;
  std::optional<reservation> a, b;
  a.emplace("node", ""), b.emplace("node", "");
  CHECK(static_cast<bool>(*a));
  CHECK(static_cast<bool>(*b));
  const auto others = [] { return child([] { return reservation("node", "").holder(); }).words(); };
  a.reset();
  CHECK(others() == "process " + std::to_string(::getpid()));
  b.reset();
  CHECK(others().empty());
}

TEST_CASE("a reservation: a forked child reserves for itself, and leaves its parent's alone") {
  environment env;
  std::optional<reservation> mine;
  mine.emplace("node", "");
  const std::string words = child([&] {
                              mine.reset();
                              return reservation("node", "").holder();
                            }).words();
  CHECK(words == "process " + std::to_string(::getpid()));
  CHECK(env.lock_files() == 1);
}

TEST_CASE("a reservation: what a killed process left is taken over") {
  environment env;
  child holder([] {
    static const reservation c("node", "");
    return c ? "mine" : "";
  });
  REQUIRE(holder.words() == "mine");
  holder.kill_it();
  CHECK(env.lock_files() == 1);
  const reservation c("node", "");
  CHECK(static_cast<bool>(c));
}

TEST_CASE(
    "a reservation: where XDG_RUNTIME_DIR is not there, it is in /tmp; where nothing can be used, it says "
    "so") {
  environment env;
  setenv("XDG_RUNTIME_DIR", "/proc/nowhere", 1);
  const std::string what = "kaya's own test " + env.tree.root();
  const reservation mine(what, "");
  CHECK(static_cast<bool>(mine));
  CHECK(child([&] { return reservation(what, "").holder(); }).words() ==
        "process " + std::to_string(::getpid()));
}

TEST_CASE(
    "a reservation: a link, a folder, a second name or another user's file in its place is not touched") {
  environment env;
  // Both directories are the test's own folder, so that there is no other place.
  const auto place_of = [&] {
    std::string path;
    {
      const reservation c("node", "");
      for (const auto& entry : std::filesystem::directory_iterator(env.tree.root()))
        if (entry.path().extension() == ".lock") path = entry.path().filename().string();
    }
    return path;
  };
  const std::string name = place_of();
  REQUIRE(name.size() > 5);
  env.tree.write("precious", "do not lose this");
  const std::string path = env.tree.root() + "/" + name, precious = env.tree.root() + "/precious";
  const auto untouched = [&] {
    std::ifstream file(precious);
    return std::string(std::istreambuf_iterator<char>(file), {}) == "do not lose this";
  };
  // In the folder it is refused, so that the reservation is made in /tmp.
  const auto made_elsewhere = [&] {
    const reservation c("node", "");
    return c && std::filesystem::exists("/tmp/" + name);
  };
  SUBCASE("a link") {
    std::filesystem::create_symlink(precious, path);
    CHECK(made_elsewhere());
  }
  SUBCASE("a second name of a file of the user's") {
    std::filesystem::create_hard_link(precious, path);
    CHECK(made_elsewhere());
  }
  SUBCASE("a folder") {
    std::filesystem::create_directory(path);
    CHECK(made_elsewhere());
  }
  SUBCASE("another user's") {
    if (::geteuid() != 0) {
      MESSAGE("skipped: only root can make a file another user's");
      return;
    }
    std::filesystem::copy_file(precious, path);
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CHECK(made_elsewhere());
    CHECK(std::filesystem::file_size(path) == 16);
  }
  CHECK(untouched());
}

// --- launchers

TEST_CASE("the place of a rank is taken whole from the innermost launcher that gives one") {
  environment env;
  const auto place = [&](const std::map<std::string, std::string>& values) {
    env.set(values);
    const rank_place p = read_rank_place();
    const auto text = [](const std::optional<int>& n) { return n ? std::to_string(*n) : std::string("-"); };
    return text(p.rank) + " of " + text(p.world_size) + ", here " + text(p.local_rank) + " of " +
           text(p.local_size);
  };
  CHECK(place({}) == "- of -, here - of -");
  CHECK(place({{"RANK", "9"}, {"WORLD_SIZE", "16"}, {"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "8"}}) ==
        "9 of 16, here 1 of 8");
  CHECK(place({{"OMPI_COMM_WORLD_RANK", "3"},
               {"OMPI_COMM_WORLD_SIZE", "4"},
               {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
               {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}) == "3 of 4, here 1 of 2");
  CHECK(place({{"MV2_COMM_WORLD_RANK", "3"},
               {"MV2_COMM_WORLD_SIZE", "4"},
               {"MV2_COMM_WORLD_LOCAL_RANK", "1"},
               {"MV2_COMM_WORLD_LOCAL_SIZE", "2"}}) == "3 of 4, here 1 of 2");
  CHECK(place({{"PMI_RANK", "5"}, {"PMI_SIZE", "6"}, {"MPI_LOCALRANKID", "2"}, {"MPI_LOCALNRANKS", "3"}}) ==
        "5 of 6, here 2 of 3");
  CHECK(place({{"PMI_RANK", "5"}, {"PMI_SIZE", "6"}}) == "5 of 6, here - of -");
  CHECK(place({{"SLURM_PROCID", "7"}, {"SLURM_NTASKS", "8"}, {"SLURM_LOCALID", "3"}}) ==
        "7 of 8, here 3 of -");
  CHECK(place({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_NTASKS", "8"}}) ==
        "1 of 2, here - of -");
  CHECK(place({{"LOCAL_RANK", "2"}}) == "- of -, here 2 of -");
}

TEST_CASE("an outer launcher tells the local rank only where it counts the same ranks") {
  environment env;
  const auto local = [&](const std::map<std::string, std::string>& values) {
    env.set(values);
    return read_rank_place().local_rank;
  };
  // hydra in a batch job: all its ranks have the number 0 of the batch script, or of the proxy that srun
  // runs.
  CHECK_FALSE(local({{"PMI_RANK", "0"},
                     {"PMI_SIZE", "8"},
                     {"SLURM_PROCID", "0"},
                     {"SLURM_NTASKS", "8"},
                     {"SLURM_LOCALID", "0"}}));
  CHECK_FALSE(local({{"PMI_RANK", "3"},
                     {"PMI_SIZE", "8"},
                     {"SLURM_PROCID", "1"},
                     {"SLURM_STEP_NUM_TASKS", "2"},
                     {"SLURM_LOCALID", "0"}}));
  // srun that speaks PMI.
  CHECK(local({{"PMI_RANK", "3"},
               {"PMI_SIZE", "8"},
               {"SLURM_PROCID", "3"},
               {"SLURM_STEP_NUM_TASKS", "8"},
               {"SLURM_LOCALID", "1"}}) == 1);
  // A script under mpirun that sets what PyTorch wants.
  CHECK(local({{"RANK", "3"},
               {"WORLD_SIZE", "4"},
               {"OMPI_COMM_WORLD_RANK", "3"},
               {"OMPI_COMM_WORLD_SIZE", "4"},
               {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
               {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}) == 1);
  // One mpirun process for each node, which starts ranks of its own.
  CHECK_FALSE(local({{"RANK", "3"},
                     {"WORLD_SIZE", "16"},
                     {"OMPI_COMM_WORLD_RANK", "0"},
                     {"OMPI_COMM_WORLD_SIZE", "2"},
                     {"OMPI_COMM_WORLD_LOCAL_RANK", "0"}}));
}

TEST_CASE("RANK alone, which is many things besides, gives way to a launcher's") {
  environment env;
  env.set({{"RANK", "16"}, {"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "1"}});
  CHECK(read_rank_place().rank == 3);
  CHECK(read_rank_place().local_rank == 1);
  env.set({{"RANK", "16"}});
  CHECK(read_rank_place().rank == 16);
}

// --- who counts what

TEST_CASE("local rank 0 reads the node, the others nothing of it, by every launcher") {
  environment env;
  const std::map<std::string, std::array<std::string, 4>> launchers{
      {"torchrun", {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"}},
      {"Open MPI",
       {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
        "OMPI_COMM_WORLD_LOCAL_SIZE"}},
      {"MVAPICH",
       {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK",
        "MV2_COMM_WORLD_LOCAL_SIZE"}},
      {"hydra", {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"}},
      {"Slurm", {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_JOB_ID"}}};
  for (const auto& launcher : launchers) {
    CAPTURE(launcher.first);
    const auto& names = launcher.second;
    for (int local = 0; local < 4; ++local) {
      env.set({{names[0], std::to_string(4 + local)},
               {names[1], "8"},
               {names[2], std::to_string(local)},
               {names[3], "4"}});
      node here(2);
      const node_share s = share_node(here.channels, host_here());
      CHECK(s.is_reader == (local == 0));
      CHECK(s.held_by == (local == 0 ? "" : "local rank 0"));
      CHECK(s.problem.empty());
      CHECK(here.counted() == (local == 0 ? "package-0 package-1 dram-0 gpu-0 gpu-1" : ""));
      CHECK(here.read() == (local == 0 ? 6 : 0));
      CHECK(here.held() == (local == 0 ? ""
                                       : "package-0=local rank 0 package-1=local rank 0 dram-0=local rank 0 "
                                         "gpu-0=local rank 0 gpu-1=local rank 0"));
    }
  }
}

TEST_CASE("what cannot be read, or is only shown, stays what it is, but is not read") {
  environment env;
  env.set({{"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "2"}, {"RANK", "1"}});
  node here;
  share_node(here.channels, host_here());
  const channel &core = here.channels[3].what, &psys = here.channels[4].what;
  CHECK(core.held_by.empty());
  CHECK(core.note.find("not read by this rank") != std::string::npos);
  CHECK(psys.held_by.empty());
  CHECK(psys.note.empty());
  CHECK(psys.why == missing::no_permission);
}

TEST_CASE("a process that is alone on its node changes nothing and touches no file") {
  environment env;
  const std::map<std::string, std::string> alone[] = {
      {},
      {{"RANK", "3"}},
      {{"RANK", "0"}, {"WORLD_SIZE", "1"}},
      {{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"LOCAL_RANK", "0"}, {"LOCAL_WORLD_SIZE", "1"}},
      {{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "0"}, {"LOCAL_WORLD_SIZE", "1"}},
      {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}, {"SLURM_LOCALID", "0"}, {"CUDA_VISIBLE_DEVICES", "0"}}};
  for (const auto& values : alone) {
    env.set(values);
    node here(2);
    const node_share s = share_node(here.channels, host_here());
    CHECK(s.is_reader);
    CHECK(here.counted() == "package-0 package-1 dram-0 gpu-0 gpu-1");
    CHECK(env.lock_files() == 0);
  }
}

TEST_CASE("where no launcher tells the local rank, the first process of the job on the node reads it") {
  environment env;
  const auto counted = ranks_of(4, 0, [&](int rank) {
    env.set({{"PMI_RANK", std::to_string(rank)}, {"PMI_SIZE", "8"}, {"PMI_JOBID", "j"}});
  });
  CHECK(counted[0] == "package-0 package-1 dram-0");
  for (int rank = 1; rank < 4; ++rank) CHECK(counted[static_cast<std::size_t>(rank)].empty());
}

TEST_CASE("the processes that do not read say which one does") {
  environment env;
  env.set({{"RANK", "0"}, {"WORLD_SIZE", "2"}});
  node mine;
  const node_share s = share_node(mine.channels, host_here());
  CHECK(s.is_reader);
  const std::string words = child([&] {
                              node here;
                              share_node(here.channels, host_here());
                              return here.held();
                            }).words();
  const std::string who = "process " + std::to_string(::getpid());
  CHECK(words == "package-0=" + who + " package-1=" + who + " dram-0=" + who);
}

TEST_CASE("when the reader dies, the next tracker of the job on the node reads") {
  environment env;
  env.set({{"RANK", "0"}, {"WORLD_SIZE", "2"}});
  child reader([] {
    static node here;
    static const node_share s = share_node(here.channels, host_here());
    return here.counted();
  });
  CHECK(reader.words() == "package-0 package-1 dram-0");
  const auto next = [] {
    node here;
    share_node(here.channels, host_here());
    return here.counted();
  };
  CHECK(next().empty());
  reader.kill_it();
  CHECK(next() == "package-0 package-1 dram-0");
}

TEST_CASE("other jobs, and the same job after a boot, have readers of their own") {
  environment env;
  const auto counted = ranks_of(4, 0, [&](int i) {
    env.set({{"RANK", "0"},
             {"WORLD_SIZE", "8"},
             {"MASTER_ADDR", "node7"},
             {"MASTER_PORT", i % 2 == 0 ? "29500" : "29501"}});
  });
  CHECK(counted ==
        std::vector<std::string>{"package-0 package-1 dram-0", "package-0 package-1 dram-0", "", ""});
  env.set({{"RANK", "0"}, {"WORLD_SIZE", "8"}});
  node first, second;
  host h = host_here();
  const node_share a = share_node(first.channels, h);
  h.boot_id = "b-2";
  const std::string words = child([&] {
                              share_node(second.channels, h);
                              return second.counted();
                            }).words();
  CHECK(words == "package-0 package-1 dram-0");
}

TEST_CASE("two trackers of one process both count") {
  environment env;
  env.set({{"RANK", "0"}, {"WORLD_SIZE", "2"}});
  node first(1), second(1);
  const node_share a = share_node(first.channels, host_here()), b = share_node(second.channels, host_here());
  CHECK(first.counted() == second.counted());
  CHECK(first.counted() == "package-0 package-1 dram-0 gpu-0");
}

TEST_CASE("where nothing can be locked, everything counts, and it is said") {
  environment env;
  if (::geteuid() != 0) {
    MESSAGE("skipped: /tmp can be taken away by root only");
    return;
  }
  const std::string words = child([&] {
                              env.set({{"RANK", "0"}, {"WORLD_SIZE", "2"}});
                              unsetenv("XDG_RUNTIME_DIR");
                              if (::chroot(env.tree.root().c_str()) != 0) return std::string("no chroot");
                              node here(1);
                              const node_share s = share_node(here.channels, host_here());
                              return here.counted() + "; " + s.problem;
                            }).words();
  CHECK(words.find("package-0 package-1 dram-0 gpu-0; the ranks of this node cannot agree") == 0);
  CHECK(words.find("/tmp/kaya-0-") != std::string::npos);
  CHECK(words.find("there is no such directory") != std::string::npos);
}

// --- GPUs

TEST_CASE("a GPU that several local ranks see is the reader's, where nobody chose GPUs for them") {
  environment env;
  const auto counted = ranks_of(4, 4, [&](int rank) {
    env.set({{"RANK", std::to_string(3 - rank)},
             {"WORLD_SIZE", "4"},
             {"LOCAL_RANK", std::to_string(3 - rank)},
             {"LOCAL_WORLD_SIZE", "4"}});
  });
  CHECK(counted ==
        std::vector<std::string>{"", "", "", "package-0 package-1 dram-0 gpu-0 gpu-1 gpu-2 gpu-3"});
}

TEST_CASE("of four ranks that all were given all GPUs, each GPU is counted once") {
  environment env;
  const auto counted = ranks_of(4, 4, [&](int rank) {
    env.set({{"SLURM_PROCID", std::to_string(rank)},
             {"SLURM_NTASKS", "4"},
             {"SLURM_LOCALID", std::to_string(rank)},
             {"CUDA_VISIBLE_DEVICES", "0,1,2,3"}});
  });
  CHECK(counted ==
        std::vector<std::string>{"package-0 package-1 dram-0 gpu-0 gpu-1 gpu-2 gpu-3", "", "", ""});
}

TEST_CASE("of lists that overlap, the first to come has the GPU, and the others say so") {
  environment env;
  std::vector<child> alive;
  std::vector<std::string> held;
  const std::vector<std::vector<std::size_t>> seen{{0}, {1, 2}, {2, 3}};  // by rank
  for (int rank = 0; rank < 3; ++rank) {
    alive.emplace_back([&] {
      env.set({{"LOCAL_RANK", std::to_string(rank)},
               {"LOCAL_WORLD_SIZE", "3"},
               {"RANK", std::to_string(rank)},
               {"CUDA_VISIBLE_DEVICES", "some"}});
      static node here(4);
      for (std::size_t gpu = 0; gpu < 4; ++gpu) {  // as meters do with those that the list leaves out
        const auto& mine = seen[static_cast<std::size_t>(rank)];
        here.channels[5 + gpu].what.counted = std::find(mine.begin(), mine.end(), gpu) != mine.end();
      }
      static const node_share s = share_node(here.channels, host_here());
      return here.counted() + "; " + here.held();
    });
    held.push_back(alive.back().words());
  }
  CHECK(held[0] == "package-0 package-1 dram-0 gpu-0; ");
  CHECK(held[1] == "gpu-1 gpu-2; package-0=local rank 0 package-1=local rank 0 dram-0=local rank 0");
  CHECK(held[2] ==
        "gpu-3; package-0=local rank 0 package-1=local rank 0 dram-0=local rank 0 gpu-2=local rank 1");
}

TEST_CASE("a rank reads its own GPU, and neither the node nor the GPUs of others") {
  environment env;
  env.set({{"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "2"}, {"RANK", "1"}, {"CUDA_VISIBLE_DEVICES", "1"}});
  node here(2);
  here.channels[5].what.counted = false;  // hidden
  const node_share s = share_node(here.channels, host_here());
  CHECK(here.counted() == "gpu-1");
  CHECK(here.read() == 1);
  CHECK(here.channels[5].what.held_by.empty());
}

TEST_CASE("the reader does not read the GPUs of others either, but shows what is in a platform that counts") {
  environment env;
  for (const bool platform : {false, true}) {
    env.set({{"LOCAL_RANK", "0"}, {"LOCAL_WORLD_SIZE", "2"}, {"RANK", "0"}, {"CUDA_VISIBLE_DEVICES", "0"}});
    node here(2);
    here.channels[2].what.part = platform ? component::platform : component::memory;
    here.channels[6].what.counted = false;
    const node_share s = share_node(here.channels, host_here());
    CHECK(here.counted() == "package-0 package-1 dram-0 gpu-0");
    CHECK(here.read() == (platform ? 6 : 5));
  }
}

TEST_CASE("eight ranks on a node of eight NVIDIA GPUs count the node once between them") {
  environment env;
  fake_machine m;
  for (int socket = 0; socket < 2; ++socket) {
    const std::string n = std::to_string(socket);
    m.tree.add({"intel-rapl:" + n, "package-" + n});
    m.tree.add({"intel-rapl:" + n + ":0", "dram"});
  }
  m.nvidia["count"] = "8";
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    m.nvidia[n + ".uuid"] = "GPU-" + n + "000";
    m.nvidia[n + ".name"] = "H100";
    m.nvidia[n + ".busid"] = "00000000:0" + n + ":00.0";
    m.nvidia[n + ".energy_mj"] = "1000";
  }
  m.show();
  const auto counted = [&](const std::function<void(int)>& prepare) {
    std::vector<child> alive;
    std::map<std::string, int> times;
    std::size_t missing = 0;
    for (int rank = 0; rank < 8; ++rank) {
      alive.emplace_back([&] {
        prepare(rank);
        static const machine here = machine::detect(m.options);
        static std::vector<bound_channel> channels = here.bound_channels();
        static const node_share s = share_node(channels, here.host());
        std::string text;
        for (const bound_channel& b : channels)
          if (b.what.counted) text += b.what.name + "\n";
        return text;
      });
    }
    for (const child& c : alive) {
      const std::string words = c.words();
      for (std::size_t at = 0, end; (end = words.find('\n', at)) != std::string::npos; at = end + 1)
        ++times[words.substr(at, end - at)];
      if (words.find("gpu") == std::string::npos) ++missing;
    }
    std::string text = std::to_string(missing) + " without a GPU:";
    for (const auto& [name, n] : times) text += " " + name + (n == 1 ? "" : " x " + std::to_string(n));
    return text;
  };
  const auto rank_env = [&](int rank, const std::string& devices) {
    env.set({{"RANK", std::to_string(rank)},
             {"WORLD_SIZE", "8"},
             {"LOCAL_RANK", std::to_string(rank)},
             {"LOCAL_WORLD_SIZE", "8"}});
    if (!devices.empty()) setenv("CUDA_VISIBLE_DEVICES", devices.c_str(), 1);
  };
  const std::string all =
      " dram-0 dram-1 gpu-0 gpu-1 gpu-2 gpu-3 gpu-4 gpu-5 gpu-6 gpu-7 package-0 package-1";
  CHECK(counted([&](int rank) { rank_env(rank, std::to_string(rank)); }) == "0 without a GPU:" + all);
  CHECK(counted([&](int rank) { rank_env(rank, ""); }) == "7 without a GPU:" + all);
  CHECK(counted([&](int rank) { rank_env(rank, "GPU-" + std::to_string(7 - rank) + "000"); }) ==
        "0 without a GPU:" + all);
  CHECK(counted([&](int rank) {
          rank_env(rank, std::to_string(rank / 2 * 2) + "," + std::to_string(rank / 2 * 2 + 1));
        }).substr(16) == all);
}

// --- trackers

TEST_CASE("a tracker of a rank that is not the reader reads no meter, counts its work, and has no energy") {
  environment env;
  env.set({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "2"}});
  auto meter = std::make_unique<constant_power>();
  const constant_power& reads = *meter;
  kaya::tracker t(on_test_machine(std::move(meter)));
  {
    auto e = t.epoch();
    e.add_work(7);
    sleep_ms(30);
  }
  const kaya::run_report r = t.stop();
  CHECK(reads.reads == 0);
  CHECK(r.work == 7);
  CHECK_FALSE(r.energy_uj);
  CHECK(r.epochs.at(0).duration.count() > 0.02);
  std::size_t held = 0;
  for (const auto& c : r.channels) held += c.held_by == "local rank 0" && !c.counted ? 1u : 0u;
  CHECK(held == 2);
  CHECK(kaya::report::text(r).find("not counted here: 2 channels, held by local rank 0") !=
        std::string::npos);
  CHECK(t.energy().count() != t.energy().count());
}

TEST_CASE("a tracker counts all whatever its rank, if it is told so, or if it counts a process's share") {
  environment env;
  env.set({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "2"}});
  kaya::tracker_options o = on_test_machine();
  o.one_reader = false;
  kaya::tracker all(std::move(o));
  sleep_ms(30);
  CHECK(all.stop().energy_uj);
  CHECK(env.lock_files() == 0);
  kaya::tracker_options share = on_test_machine();
  share.attribution = kaya::attribution::process;
  kaya::tracker own(std::move(share));
  sleep_ms(30);
  for (const auto& c : own.stop().channels) CHECK(c.held_by.empty());
}

TEST_CASE("a tracker holds the node as long as it lives, and no child of its process does") {
  environment env;
  env.set({{"RANK", "0"}, {"WORLD_SIZE", "2"}});
  const auto next = [] {
    return child([] {
             kaya::tracker t(on_test_machine());
             sleep_ms(30);
             return std::string(t.stop().energy_uj ? "counts" : "does not");
           })
        .words();
  };
  std::optional<child> worker;
  {
    kaya::tracker t(on_test_machine());
    worker.emplace([] { return ""; });
    worker->words();
    CHECK(next() == "does not");
    t.stop();
  }
  CHECK(next() == "counts");
}
