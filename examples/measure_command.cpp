// SPDX-License-Identifier: MIT
// Runs any command under a tracker and reports what the machine used meanwhile:
//
//   measure_command --region FR -- ./train --epochs 3
//
// The command's output is left alone; the report goes to stderr, or into a file. Signals are passed on, and
// the exit status is the command's: 128 + n if signal n ended it, 127 if it could not be started, 125 if its
// report cannot be written or its end cannot be waited for.
#include <kaya/kaya.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

extern char** environ;

namespace {

constexpr std::string_view usage =
    "usage: measure_command [OPTION...] [--] COMMAND [ARGUMENT...]\n"
    "  --region CODE    where the machine stands: FR, US-CA, aws:eu-west-3 ...\n"
    "  --pue X          power usage effectiveness of the building, 1 or more\n"
    "  --period MS      time between samples in milliseconds, 1 to 3600000; default 100\n"
    "  --whose WHAT     machine (default), process (the command and its children) or cgroup\n"
    "  --output FILE    the report goes there, not to stderr\n"
    "  --help           this text\n";

int wrong(std::string_view what) {
  std::cerr << "measure_command: " << what << '\n' << usage;
  return 2;
}

constexpr int failed = 125;  // as env, nice and timeout have it

int fails(std::string_view what, int error) {
  std::cerr << "measure_command: " << what << ": " << std::strerror(error) << '\n';
  return failed;
}

/// Opens a file for the report, which the command is not given; -1 with errno.
int open_output(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}
/// 0, or errno.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file, text.data(), text.size());
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::close(file) == 0 ? 0 : errno;
}

pid_t child = 0;

/// What a terminal sends, the command has got, too; all else is meant for it alone.
void pass_on(int number, siginfo_t* info, void*) {
  const int before = errno;
  if (child > 0 && (info->si_code <= 0 || number == SIGTERM || number == SIGHUP)) ::kill(child, number);
  errno = before;
}

/// The exit status of the command; empty if it could not be started or waited for: `error` is then ours.
std::optional<int> run(char** command, kaya::tracker& tracker, int& error) {
  // Who ignores SIGCHLD, and hands that down, leaves no child to wait for.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, nullptr);
  struct sigaction forward {};
  forward.sa_sigaction = pass_on;
  forward.sa_flags = SA_SIGINFO | SA_RESTART;
  constexpr int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT};
  sigset_t held, before;
  sigemptyset(&held);
  for (const int number : forwarded) sigaddset(&held, number);
  pthread_sigmask(SIG_BLOCK, &held, &before);  // until the child is there

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &before);
  auto scope = tracker.scope("command");
  const int refused = posix_spawnp(&child, command[0], nullptr, &attributes, command, environ);
  posix_spawnattr_destroy(&attributes);
  for (const int number : forwarded) sigaction(number, &forward, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (refused != 0) {
    fails(command[0], refused);
    error = 127;
    return std::nullopt;
  }
  int status = 0;
  pid_t ended = 0;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended < 0) {
    error = fails(std::string(command[0]) + ": cannot be waited for", errno);
    return std::nullopt;
  }
  child = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int main(int argc, char** argv) {
  kaya::tracker_options options;
  std::string output;
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; ++i) {
    const std::string_view option = argv[i];
    if (option == "--") {
      ++i;
      break;
    }
    if (option == "--help") {
      std::cout << usage;
      return 0;
    }
    if (i + 1 >= argc) return wrong(std::string(option) + " is unknown, or lacks its value");
    const std::string_view value = argv[++i];
    double number = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = end.ec == std::errc{} && end.ptr == value.data() + value.size();
    if (option == "--region") {
      options.region = value;
    } else if (option == "--output") {
      output = value;
    } else if (option == "--pue" && is_number) {
      options.pue = number;
    } else if (option == "--period" && is_number) {
      options.sampling_period = kaya::milliseconds(number);
    } else if (option == "--whose") {
      if (value == "machine") options.attribution = kaya::attribution::machine;
      else if (value == "process") options.attribution = kaya::attribution::process;
      else if (value == "cgroup") options.attribution = kaya::attribution::cgroup;
      else return wrong("--whose " + std::string(value) + ": machine, process or cgroup");
    } else {
      return wrong(std::string(option) + " " + std::string(value) + " is not allowed");
    }
  }
  if (i >= argc) return wrong("a command is missing");
  options.project = argv[i];
  try {
    kaya::tracker tracker(options);
    // Before the command, which may take hours.
    const int file = output.empty() ? STDERR_FILENO : open_output(output);
    if (file < 0) return fails(output + ": cannot be written", errno);
    int error = failed;
    const std::optional<int> ended = run(argv + i, tracker, error);
    if (!ended) return error;
    std::ostringstream report;
    report << tracker.stop();
    if (output.empty()) {
      std::cerr << report.str();
    } else if (const int e = write_all(file, report.str()); e != 0) {
      std::cerr << report.str();
      fails(output + ": cannot be written", e);
      return *ended != 0 ? *ended : failed;
    }
    return *ended;
  } catch (const kaya::config_error& e) {
    return wrong(e.what());
  }
}
