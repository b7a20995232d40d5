// SPDX-License-Identifier: MIT
// Which of the ranks on a node reads its meters. Each would count the whole node; so one of them does, and
// the others keep what is theirs alone: the GPUs that a list of visible devices leaves them.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <kaya/detail/reservation.hpp>
#include <kaya/meter/host.hpp>
#include <kaya/meter/source.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// A process's part in reading its node. What it reserved it holds as long as this lives.
struct node_share {
  bool is_reader = true;  // of what belongs to the node as a whole
  std::string held_by{};  // who else is: "local rank 0", "process 1234"
  std::string problem{};  // why ranks cannot agree, so that this one counts what others may count, too
  std::vector<detail::reservation> reservations{};
};

namespace ranks {

/// Whether others of the same run are on this node, or may be.
inline bool is_one_of_several(const host& h) noexcept {
  return h.local_size ? *h.local_size > 1 : h.world_size ? *h.world_size > 1 : h.local_rank.value_or(0) > 0;
}

/// What ranks of one run on one node have in common, and no others: the boot, and all that launchers say of
/// the job. Sources: as for launcher.hpp; PMIx standard 4; the manuals of PBS, LSF and Grid Engine.
inline std::string common_to_node(const host& h) {
  std::string text = h.boot_id ? *h.boot_id : h.name.value_or("");
  for (const char* variable :
       {"SLURM_JOB_ID", "SLURM_STEP_ID", "TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT",
        "PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid", "PMI_JOBID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"}) {
    const char* const value = detail::os::env(variable);
    (text += '\n') += value != nullptr ? value : "";
  }
  return text;
}

/// Whether somebody chose GPUs for this process, be it all of them.
inline bool are_gpus_chosen() noexcept {
  for (const char* variable : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"})
    if (std::getenv(variable) != nullptr) return true;
  return false;
}

}  // namespace ranks

/// Decides who reads, and has the channels that others do neither counted nor read here. For a process that
/// is not one of several on its node nothing changes, and no file is touched.
///
/// - Local rank 0 reads what belongs to the node as a whole; where no launcher tells the local rank, the
///   first process of the job on this node does that holds a lock, while it has a tracker.
/// - A GPU that counts here is read here, if this is the reader, or if GPUs were chosen for this process; and
///   if no other of the node's ranks has reserved it, for lists of visible devices may overlap. One that was
///   chosen for others is not read.
/// - Where nothing can be locked, everything in doubt counts, and `problem` says so.
inline node_share share_node(std::vector<bound_channel>& channels, const host& h) {
  node_share s;
  if (!ranks::is_one_of_several(h)) return s;
  const std::string common = ranks::common_to_node(h);
  const std::string me = h.local_rank ? "local rank " + std::to_string(*h.local_rank) : "";
  /// Who else has it; empty: this process, or nobody can tell.
  const auto reserve = [&](const std::string& what) {
    detail::reservation& c = s.reservations.emplace_back(common + '\n' + what, me);
    if (!c.problem().empty())
      s.problem = "the ranks of this node cannot agree on who counts what, so that it may count twice: " +
                  c.problem();
    return c.holder();
  };
  s.held_by = !h.local_rank ? reserve("node") : *h.local_rank > 0 ? "local rank 0" : "";
  s.is_reader = s.held_by.empty();
  const bool chosen = ranks::are_gpus_chosen();
  bool platform = false;  // where one counts, GPUs may be in it
  for (const bound_channel& b : channels)
    platform = platform || (b.what.counted && b.what.part == component::platform);
  for (bound_channel& b : channels) {
    if (!b.meter) continue;
    const bool gpu = b.what.part == component::gpu, mine = b.what.counted && !b.what.device.empty();
    std::string holder = s.held_by;
    bool read = s.is_reader;
    if (gpu && mine && (s.is_reader || chosen)) read = (holder = reserve("gpu " + b.what.device)).empty();
    else if (gpu && chosen && !b.what.counted && !platform) read = false;  // it was not chosen
    if (read) continue;
    if (b.what.counted) b.what.held_by = holder;
    else add_note(b.what, "not read by this rank");
    b.what.counted = false;
    b.meter = {};
  }
  return s;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
