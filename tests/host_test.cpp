// SPDX-License-Identifier: MIT
#include <kaya/meter/host.hpp>

#include <doctest/doctest.h>

#include <stdlib.h>

#include <cerrno>
#include <string>

#include "support/fake_tree.hpp"

using namespace kaya::meter;
using namespace kaya_test;

namespace {

/// Sets environment variables for the time of a test; all that kaya reads for a rank are unset before.
class environment {
 public:
  environment() { clear(); }
  ~environment() { clear(); }
  void set(const char* name, const char* value) { setenv(name, value, 1); }

 private:
  static void clear() {
    for (const char* name : {"SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "RANK", "SLURM_LOCALID",
                             "OMPI_COMM_WORLD_LOCAL_RANK", "LOCAL_RANK"})
      unsetenv(name);
  }
};

/// Two sockets of two cores with two threads each, numbered as Linux does: threads of a core far apart.
std::string two_sockets() {
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += "processor\t: " + std::to_string(i) +
            "\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz\n" +
            "physical id\t: " + std::to_string(i % 2) +
            "\nsiblings\t: 4\ncore id\t\t: " + std::to_string(i / 2 % 2 * 9) +
            "\ncpu cores\t: 2\nflags\t\t: fpu vme msr\n\n";
  return text;
}

}  // namespace

TEST_CASE("sockets, cores and threads are counted each once") {
  const cpu_facts cpu = parse_cpuinfo(two_sockets());
  CHECK(cpu.model == "Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz");
  CHECK(cpu.vendor == "GenuineIntel");
  CHECK(cpu.sockets == 2);
  CHECK(cpu.cores == 4);
  CHECK(cpu.threads == 8);
  CHECK(cpu.hypervisor == false);
}

TEST_CASE("a cpuinfo longer than a page is read to its end") {
  fake_tree tree;
  std::string text;
  for (int i = 0; i < 256; ++i)
    text += "processor\t: " + std::to_string(i) + "\nphysical id\t: " + std::to_string(i / 128) +
            "\nflags\t\t: " + std::string(1500, 'f') + "\n\n";
  tree.write("procfs/cpuinfo", text);
  const host h = read_host(tree.places());
  CHECK(h.logical_cpus == 256);
  CHECK(h.sockets == 2);
}

TEST_CASE("a file that gives one record at a time is read to its end") {
  class by_record final : public kaya::detail::file_system {  // as the kernel answers for /proc/cpuinfo
    long read(descriptor d, char* buffer, std::size_t size) noexcept override {
      return file_system::read(d, buffer, size < 700 ? size : 700);
    }
    long read_at(descriptor d, char* buffer, std::size_t size, std::size_t offset) noexcept override {
      return file_system::read_at(d, buffer, size < 700 ? size : 700, offset);
    }
  } files;
  fake_tree tree;
  tree.write("procfs/cpuinfo", two_sockets());
  REQUIRE(two_sockets().size() > 1300);
  CHECK(read_host(tree.places(files)).logical_cpus == 8);
}

TEST_CASE("the hypervisor flag is a word of its own") {
  CHECK(parse_cpuinfo("processor : 0\nflags : fpu hypervisor lahf_lm\n").hypervisor == true);
  CHECK(parse_cpuinfo("processor : 0\nflags : fpu hypervisor\n").hypervisor == true);
  CHECK(parse_cpuinfo("processor : 0\nflags : fpu nohypervisor hypervisors\n").hypervisor == false);
  CHECK_FALSE(parse_cpuinfo("processor : 0\n").hypervisor.has_value());
}

TEST_CASE("ARM servers are named by implementer and part") {
  const cpu_facts cpu = parse_cpuinfo(
      "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd4f\n\n"
      "processor\t: 1\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd4f\n\n");
  CHECK(cpu.model == "ARM Neoverse V2");
  CHECK(cpu.threads == 2);
  CHECK_FALSE(cpu.sockets.has_value());
  CHECK_FALSE(parse_cpuinfo("processor : 0\nCPU implementer : 0x41\nCPU part : 0x999\n").model.has_value());
}

TEST_CASE("where cpuinfo knows no sockets, sysfs does") {
  fake_tree tree;
  tree.write("procfs/cpuinfo", "processor : 0\n\nprocessor : 1\n\nprocessor : 2\n\n");
  for (int i = 0; i < 3; ++i)
    tree.write("sysfs/devices/system/cpu/cpu" + std::to_string(i) + "/topology/physical_package_id",
               i == 2 ? "56\n" : "36\n");
  CHECK(read_host(tree.places()).sockets == 2);
}

TEST_CASE("lists of CPUs are counted, and what is no list is none") {
  CHECK(count_cpu_list("0\n") == 1);
  CHECK(count_cpu_list("0-3,8,10-11\n") == 7);
  for (const char* text : {"", "\n", "3-1", "0-", "a", "-1", "0-9999999999", "1;2"})
    CHECK_FALSE(count_cpu_list(text).has_value());
}

TEST_CASE("online CPUs count, not those that cpuinfo was limited to") {
  fake_tree tree;
  tree.write("procfs/cpuinfo", two_sockets());
  tree.write("sysfs/devices/system/cpu/online", "0-5\n");  // two are offline
  tree.write("procfs/self/status", "Name:\tx\nCpus_allowed_list:\t2-3\n");
  host h = read_host(tree.places());
  CHECK(h.logical_cpus == 6);
  CHECK(h.allowed_cpus == 2);
  tree.write("procfs/self/status", "Cpus_allowed_list:\t0-127\n");  // all that may ever come
  CHECK(read_host(tree.places()).allowed_cpus == 6);
}

TEST_CASE("memory is given in kB of 1024 bytes") {
  CHECK(parse_memory_total("MemTotal:       16303428 kB\nMemFree: 1 kB\n") == 16303428ull * 1024);
  for (const char* text : {"", "MemFree: 5 kB\n", "MemTotal: x kB\n", "MemTotal: 0 kB\n", "MemTotal: 5\n"})
    CHECK_FALSE(parse_memory_total(text).has_value());
}

TEST_CASE("an empty tree gives no fact, and none is zero") {
  environment none;
  fake_tree tree;
  const host h = read_host(tree.places());
  CHECK_FALSE(h.name.has_value());
  CHECK_FALSE(h.boot_id.has_value());
  CHECK_FALSE(h.os.has_value());
  CHECK_FALSE(h.cpu_model.has_value());
  CHECK_FALSE(h.sockets.has_value());
  CHECK_FALSE(h.cores.has_value());
  CHECK_FALSE(h.logical_cpus.has_value());
  CHECK_FALSE(h.memory_bytes.has_value());
  CHECK_FALSE(h.virtual_machine.has_value());
  CHECK_FALSE(h.limits.cpus.has_value());
  CHECK_FALSE(h.limits.memory_bytes.has_value());
  CHECK_FALSE(h.rank.has_value());
  CHECK(h.gpus.empty());
}

TEST_CASE("garbage in every file is no fact either, and no crash") {
  environment none;
  fake_tree tree;
  const std::string garbage =
      std::string("\0\xff:::\n\n:\n 99999999999999999999999 kB\n", 36) + std::string(5000, ':');
  for (const char* file : {"cpuinfo", "meminfo", "self/cgroup", "self/status", "stat"})
    tree.write(std::string("procfs/") + file, garbage);
  tree.write("sysfs/devices/system/cpu/online", garbage);
  const host h = read_host(tree.places());
  CHECK_FALSE(h.logical_cpus.has_value());
  CHECK_FALSE(h.memory_bytes.has_value());
  CHECK_FALSE(h.limits.cpus.has_value());
}

TEST_CASE("forbidden files are no fact") {
  fake_tree tree;
  tree.write("procfs/cpuinfo", two_sockets());
  tree.meminfo(1 << 20);
  faulty_files files;
  files.fail("procfs", EACCES);
  const host h = read_host(tree.places(files));
  CHECK_FALSE(h.logical_cpus.has_value());
  CHECK_FALSE(h.memory_bytes.has_value());
  CHECK(files.open_descriptors() == 0);
}

TEST_CASE("name, boot and system are what the kernel says") {
  fake_tree tree;
  tree.write("procfs/sys/kernel/hostname", "node17\n");
  tree.write("procfs/sys/kernel/random/boot_id", "127b8c2f-a251-4041-b41c-bce785abc6d1\n");
  tree.write("procfs/sys/kernel/ostype", "Linux\n");
  tree.write("procfs/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  const host h = read_host(tree.places());
  CHECK(h.name == "node17");
  CHECK(h.boot_id == "127b8c2f-a251-4041-b41c-bce785abc6d1");
  CHECK(h.os == "Linux 6.1.0-18-amd64");
  CHECK_FALSE(h.wsl);
}

TEST_CASE("WSL is known by its kernel's name, in either spelling") {
  for (const char* release : {"4.4.0-19041-Microsoft\n", "5.15.90.1-microsoft-standard-WSL2\n"}) {
    fake_tree tree;
    tree.write("procfs/sys/kernel/ostype", "Linux\n");
    tree.write("procfs/sys/kernel/osrelease", release);
    const host h = read_host(tree.places());
    CHECK(h.wsl);
    CHECK(h.virtual_machine == true);
  }
}

TEST_CASE("where the CPU has no flag for it, the firmware tells a guest from bare metal") {
  CHECK(virtual_by_firmware("QEMU", "KVM Virtual Machine") == true);
  CHECK(virtual_by_firmware("Amazon EC2", "m7g.8xlarge") == true);
  CHECK(virtual_by_firmware("Amazon EC2", "m7g.metal") == false);
  CHECK(virtual_by_firmware("Microsoft Corporation", "Virtual Machine") == true);
  CHECK(virtual_by_firmware("Dell Inc.", "PowerEdge R750") == false);
  CHECK_FALSE(virtual_by_firmware(std::nullopt, std::nullopt).has_value());
}

TEST_CASE("CPU quotas are read in both versions' words") {
  CHECK(cpu_quota("200000 100000\n") == 2);
  CHECK(cpu_quota("50000 100000") == 0.5);
  CHECK(cpu_quota("150000") == 1.5);
  for (const char* text : {"max 100000\n", "-1\n 100000\n", "0 100000", "1000 0", "", "x y", "1000 x"})
    CHECK_FALSE(cpu_quota(text).has_value());
}

TEST_CASE("CPU time of a group is read in both versions' words") {
  CHECK(cpu_usage_ns("usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n") == 1'500'000);
  CHECK(cpu_usage_ns("123456789\n") == 123'456'789);
  for (const char* text : {"", "usage_usec x\n", "user_usec 5\n", "usage_usec 18446744073709551615\n"})
    CHECK_FALSE(cpu_usage_ns(text).has_value());
}

TEST_CASE("the tightest limit of a group and its ancestors holds (v2)") {
  fake_tree tree;
  tree.write("procfs/self/cgroup", "0::/slurm/job7/step0\n");
  const std::string top = "sysfs/fs/cgroup/slurm";
  tree.write(top + "/cpu.max", "800000 100000\n");
  tree.write(top + "/job7/cpu.max", "400000 100000\n");
  tree.write(top + "/job7/cpu.stat", "usage_usec 7\n");
  tree.write(top + "/job7/step0/cpu.max", "max 100000\n");
  tree.write(top + "/job7/step0/cpu.stat", "usage_usec 3\n");
  tree.write(top + "/memory.max", "4294967296\n");
  tree.write(top + "/job7/memory.max", "max\n");
  const cgroup_limits limits = read_cgroup(tree.places());
  CHECK(limits.cpus == 4);
  CHECK(limits.usage_file ==
        tree.sysfs() + "/fs/cgroup/slurm/job7/cpu.stat");  // of the group that has the quota
  CHECK(limits.memory_bytes == 4294967296ull);
}

TEST_CASE("in a namespace the group is the root (v2)") {
  fake_tree tree;
  for (const char* own : {"0::/\n", "0::/../../elsewhere\n", "0::/docker/0123\n"}) {
    tree.write("procfs/self/cgroup", own);
    tree.write("sysfs/fs/cgroup/cpu.max", "150000 100000\n");
    tree.write("sysfs/fs/cgroup/cpu.stat", "usage_usec 1\n");
    tree.write("sysfs/fs/cgroup/memory.max", "1073741824\n");
    const cgroup_limits limits = read_cgroup(tree.places());
    CHECK(limits.cpus == 1.5);
    CHECK(limits.memory_bytes == 1073741824ull);
    CHECK(limits.usage_file == tree.sysfs() + "/fs/cgroup/cpu.stat");
  }
}

TEST_CASE("limits of v1 come from each controller's own hierarchy") {
  fake_tree tree;
  tree.write("procfs/self/cgroup", "11:memory:/kube/pod\n4:cpu,cpuacct:/kube/pod\n1:name=systemd:/\n0::/\n");
  tree.write("sysfs/fs/cgroup/cpu/kube/pod/cpu.cfs_quota_us", "250000\n");
  tree.write("sysfs/fs/cgroup/cpu/kube/pod/cpu.cfs_period_us", "100000\n");
  tree.write("sysfs/fs/cgroup/cpuacct/kube/pod/cpuacct.usage", "123\n");
  tree.write("sysfs/fs/cgroup/memory/kube/pod/memory.limit_in_bytes", "2147483648\n");
  tree.write("sysfs/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  const cgroup_limits limits = read_cgroup(tree.places());
  CHECK(limits.cpus == 2.5);
  CHECK(limits.memory_bytes == 2147483648ull);
  CHECK(limits.usage_file == tree.sysfs() + "/fs/cgroup/cpuacct/kube/pod/cpuacct.usage");
}

TEST_CASE("no limit in v1 is a quota of -1 and a huge number of bytes") {
  fake_tree tree;
  tree.write("procfs/self/cgroup", "11:memory:/\n4:cpu,cpuacct:/\n");
  tree.write("sysfs/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  tree.write("sysfs/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  tree.write("sysfs/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  const cgroup_limits limits = read_cgroup(tree.places());
  CHECK_FALSE(limits.cpus.has_value());
  CHECK_FALSE(limits.memory_bytes.has_value());
}

TEST_CASE("a quota whose usage cannot be read is a quota still") {
  fake_tree tree;
  tree.write("procfs/self/cgroup", "0::/\n");
  tree.write("sysfs/fs/cgroup/cpu.max", "100000 100000\n");
  const cgroup_limits limits = read_cgroup(tree.places());
  CHECK(limits.cpus == 1);
  CHECK(limits.usage_file.empty());
}

TEST_CASE("ranks are taken from the launcher, the innermost first") {
  environment env;
  fake_tree tree;
  env.set("SLURM_PROCID", "2");
  env.set("SLURM_LOCALID", "1");
  CHECK(read_host(tree.places()).rank == 2);
  CHECK(read_host(tree.places()).local_rank == 1);
  env.set("OMPI_COMM_WORLD_RANK", "5");  // mpirun in a batch job: srun's number is that of the batch step
  CHECK(read_host(tree.places()).rank == 5);
  env.set("RANK", "17");  // torchrun
  env.set("LOCAL_RANK", "3");
  CHECK(read_host(tree.places()).rank == 17);
  CHECK(read_host(tree.places()).local_rank == 3);
}

TEST_CASE("a rank that is no number is none") {
  environment env;
  fake_tree tree;
  for (const char* value : {"x", "-1", "", "3x"}) {
    env.set("RANK", value);
    CHECK_FALSE(read_host(tree.places()).rank.has_value());
  }
  env.set("PMI_RANK", "4");
  CHECK(read_host(tree.places()).rank == 4);
}

TEST_CASE("GPUs are found once each, whoever shows them, in order") {
  fake_tree tree;
  const auto card = [&](const std::string& name, const std::string& vendor, const std::string& slot) {
    tree.write("sysfs/class/drm/" + name + "/device/vendor", vendor + "\n");
    tree.write("sysfs/class/drm/" + name + "/device/uevent",
               "DRIVER=x\nPCI_SLOT_NAME=" + slot + "\nMODALIAS=y\n");
  };
  tree.directory("procfs/driver/nvidia/gpus/0000:3B:00.0");
  card("card0", "0x1a03", "0000:02:00.0");  // the board's management controller
  card("card1", "0x10de", "0000:3b:00.0");
  card("card2", "0x1002", "0000:31:00.0");
  card("card3", "0x8086", "0000:00:02.0");  // integrated: within the package
  card("card4", "0x8086", "0000:9a:00.0");
  tree.write("sysfs/class/drm/card1-DP-1/status", "connected\n");
  const host h = read_host(tree.places());
  REQUIRE(h.gpus.size() == 3);
  CHECK(h.gpus[0].vendor == "AMD");
  CHECK(h.gpus[0].address == "0000:31:00.0");
  CHECK(h.gpus[1].vendor == "NVIDIA");
  CHECK(h.gpus[1].address == "0000:3b:00.0");
  CHECK(h.gpus[2].vendor == "Intel");
}
