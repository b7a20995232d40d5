// SPDX-License-Identifier: MIT
// Two runs at constant power that keep their metrics in one folder, for run.sh.
//
//   exporter FOLDER SECONDS     updates kaya-a-0.prom and kaya-b-1.prom twice a second
//   exporter --ports N          prints N ports of the loopback interface that are free
#include <kaya/report/prometheus.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void print_ports(int n) {
  for (int i = 0; i < n; ++i) {  // all are held until the program ends, so they differ
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (s < 0 || ::bind(s, plain, size) != 0 || ::getsockname(s, plain, &size) != 0) std::exit(1);
    std::printf("%d\n", ntohs(address.sin_port));
  }
}

/// A run that has drawn so much for so long, of it 60 % in a scope.
kaya::run_report report_of(const char* id, int rank, double cpu_w, double gpu_w, double s,
                           std::int64_t start) {
  kaya::run_report r;
  r.run_id = id, r.hardware.rank = rank, r.kaya_version = "0", r.start_unix_ns = start;
  r.duration = kaya::seconds(s), r.pue = 1.5, r.pue_assumed = false;
  r.intensity.value = kaya::grams_per_kilowatt_hour(400);
  const auto uj = [s](double watts) { return kaya::microjoules(static_cast<std::int64_t>(watts * s * 1e6)); };
  const auto channel = [&](kaya::meter::component part, const char* device, double watts, bool counted) {
    kaya::channel_line c;
    c.name = c.device = device, c.part = part, c.counted = counted, c.energy_uj = uj(watts);
    r.channels.push_back(c);
  };
  channel(kaya::meter::component::cpu, "socket0/package", cpu_w, true);
  channel(kaya::meter::component::gpu, rank == 0 ? "gpu0" : "gpu1", gpu_w, true);
  channel(kaya::meter::component::cpu, "socket0/core", cpu_w / 2, false);
  const double all_w = cpu_w + gpu_w;
  const auto scope = [&](const char* name, double own_w, double total_w) {
    kaya::scope_line line;
    line.name = name, line.own_uj = uj(own_w), line.total_uj = uj(total_w);
    r.scopes.push_back(line);
  };
  scope("train", all_w * 0.6, all_w * 0.6);
  scope("epoch", all_w * 0.3, all_w * 0.9);
  scope("(outside)", all_w * 0.1, all_w * 0.1);
  r.energy_uj = uj(all_w);
  const kaya::joules e(*r.energy_uj);
  r.energy = kaya::interval<kaya::joules>{e, e, e};
  const kaya::grams_co2e g(e.count() / 3.6e6 * 1.5 * 400);
  r.emissions = kaya::interval<kaya::grams_co2e>{g, g, g};
  r.components = {{kaya::meter::component::cpu, uj(cpu_w), g * (all_w > 0 ? cpu_w / all_w : 0)},
                  {kaya::meter::component::gpu, uj(gpu_w), g * (all_w > 0 ? gpu_w / all_w : 0)}};
  return r;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: exporter FOLDER SECONDS | exporter --ports N\n");
    return 2;
  }
  const std::string folder = arguments[1];
  const int n = std::atoi(arguments[2]);
  if (folder == "--ports") {
    print_ports(n);
    return 0;
  }
  const std::int64_t began = kaya::detail::os::monotonic_ns(), start = kaya::detail::os::unix_ns();
  const auto saver = [&](const char* id, int rank) {
    return kaya::detail::make_prometheus_saver(folder, 500'000'000, true,
                                               report_of(id, rank, 0, 0, 0, start));
  };
  const auto a = saver("a", 0), b = saver("b", 1);
  for (double s = 0; s < n; s = static_cast<double>(kaya::detail::os::monotonic_ns() - began) * 1e-9) {
    std::string problem;
    if (a->is_due(s == 0)) problem = a->save(report_of("a", 0, 100, 50, s, start));
    if (b->is_due(s == 0)) problem += b->save(report_of("b", 1, 30, 60, s, start));
    if (!problem.empty()) {
      std::fprintf(stderr, "%s\n", problem.c_str());
      return 1;
    }
    kaya::detail::os::pause(20'000'000);
  }
  return 0;
}
