// SPDX-License-Identifier: MIT
// What place in a parallel run the launcher gave this process, by the environment.
#pragma once

#include <optional>

#include <kaya/detail/files.hpp>
#include <kaya/detail/os.hpp>

namespace kaya {
inline namespace v1 {
namespace meter {

/// What no launcher told is empty.
struct rank_place {
  std::optional<int> rank{}, local_rank{};        // from 0; local: among those of this node
  std::optional<int> world_size{}, local_size{};  // ranks in all, and on this node
};

namespace launchers {

/// The number in a variable; empty if it is not set, or to something that is no number from 0.
inline std::optional<int> number_in(const char* variable) noexcept {
  const char* const value = variable != nullptr ? detail::os::env(variable) : nullptr;
  const auto number = value != nullptr ? detail::parse_number<int>(value) : std::nullopt;
  return number && *number >= 0 ? number : std::nullopt;
}

/// The variables of one; nullptr: it has no such.
struct launcher {
  const char *rank, *size, *local_rank, *local_size;
  const char* job_size;  // for want of `size`: that of a batch job, which may run several programs
};

/// The innermost first: torchrun under srun and mpirun under sbatch leave the outer one's number. Sources:
/// PyTorch's torchrun; Open MPI 4; MVAPICH2's user guide; MPICH's and Intel MPI's hydra; Slurm's srun(1).
inline constexpr launcher known[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", nullptr},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", nullptr},
    {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_SIZE",
     nullptr},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", nullptr},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", nullptr, "SLURM_NTASKS"},
};

}  // namespace launchers

/// The place that the innermost launcher gives. Where it does not tell the local rank (a script sets RANK and
/// WORLD_SIZE; srun speaks PMI), an outer one of as many ranks does. All ranks find the same, so that they
/// agree. One of another size counts other processes, as one mpirun on each node. RANK alone, which is many
/// things besides, is believed where nothing else gives a rank.
inline rank_place read_rank_place() noexcept {
  using launchers::number_in;
  rank_place p;
  for (const launchers::launcher& l : launchers::known) {
    const auto rank = number_in(l.rank), size = number_in(l.size), local_rank = number_in(l.local_rank);
    if (!rank || (&l == launchers::known && !size && !local_rank)) continue;
    const bool innermost = !p.rank;
    if (innermost) p.rank = rank, p.world_size = size ? size : number_in(l.job_size);
    if (innermost || (!p.local_rank && size && size == p.world_size))
      p.local_rank = local_rank, p.local_size = number_in(l.local_size);
  }
  if (p.rank) return p;
  p.rank = number_in(launchers::known[0].rank);
  for (const launchers::launcher& l : launchers::known)
    if (!p.local_rank) p.local_rank = number_in(l.local_rank);
  return p;
}

}  // namespace meter
}  // namespace v1
}  // namespace kaya
