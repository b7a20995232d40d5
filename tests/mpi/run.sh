#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Four real MPI ranks on one fake node whose counters a process advances at a known power: what they report together is
# the node, once. Needs Open MPI (Debian: libopenmpi-dev); without it this is skipped, visibly.
#
#   run.sh CXX SOURCE_DIR [INCLUDE_DIR]
set -eu
cxx=$1 top=$2 include=${3:-$2/include}
if ! command -v mpirun >/dev/null || ! command -v mpicxx >/dev/null; then
  echo "SKIPPED: no Open MPI here (Debian: apt-get install libopenmpi-dev)"
  exit 0
fi
work=$(mktemp -d)
writer=
cleanup() {
  [ -z "$writer" ] || kill "$writer" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# MPI's headers as a system's: they are not clean under strict flags.
mapfile -t compile < <(mpicxx --showme:incdirs | tr ' ' '\n' | sed '/^$/d; s/^/-isystem/')
mapfile -t link < <(mpicxx --showme:link | tr ' ' '\n' | sed '/^$/d')
"$cxx" -std=c++20 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-rtti -I"$include" "${compile[@]}" \
  "$top/tests/mpi/ranks.cpp" -o "$work/ranks" -pthread "${link[@]}"

zone() { # directory, name
  mkdir -p "$work/sys/class/powercap/$1"
  printf '%s\n' "$2" >"$work/sys/class/powercap/$1/name"
  printf '%020d\n' 1000000000 >"$work/sys/class/powercap/$1/energy_uj"
  printf '262143328850\n' >"$work/sys/class/powercap/$1/max_energy_range_uj"
}
zone intel-rapl:0 package-0
zone intel-rapl:1 package-1
zone intel-rapl:0:0 dram
zone intel-rapl:1:0 dram
mkdir -p "$work/proc/sys/kernel/random" "$work/out" "$work/run"
echo node7 >"$work/proc/sys/kernel/hostname"
echo 00000000-1111-4222-8333-444444444444 >"$work/proc/sys/kernel/random/boot_id"
export KAYA_SYSFS=$work/sys KAYA_PROCFS=$work/proc XDG_RUNTIME_DIR=$work/run
for name in $(compgen -e | grep -E '^(OMPI_COMM|PMI|PMIX|SLURM|RANK$|WORLD_SIZE$|LOCAL_RANK$)'); do unset "$name"; done

# The writer is to be on time; without the right to it goes on as it is.
nice -n -10 "$work/ranks" write "$work/sys" 2>/dev/null &
writer=$!
mpi=(mpirun --oversubscribe -n 4)
[ "$(id -u)" != 0 ] || mpi+=(--allow-run-as-root)

failed=0
"${mpi[@]}" "$work/ranks" reduce || failed=1
"$work/ranks" alone "$work/out" || failed=1
for how in local lock all; do
  for attempt in 1 2 3; do  # a busy machine may hold up the writer once, not three times
    held=1
    "${mpi[@]}" "$work/ranks" run "$work/out" $how && "$work/ranks" check "$work/out" $how && break
    held=0
  done
  [ $held = 1 ] || failed=1
done
left=$(find "$work/run" -name 'kaya-*' | wc -l)
[ "$left" = 0 ] || { echo "FAIL $left lock files are left"; failed=1; }
[ $failed -eq 0 ] && echo "MPI holds ($cxx)"
exit $failed
