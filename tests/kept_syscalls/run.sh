#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A training thread makes the same system calls whether or not journal, autosave and metrics are written: all of that is
# the sampler's work. Waiting for the ledger's lock (futex) depends on the moment and is not counted.
#
#   run.sh CXX SOURCE_DIR      Exits 77 if strace is not there, or may not trace.
set -eu
command -v strace >/dev/null || { echo "SKIPPED: strace is not installed (Debian: apt-get install strace)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -std=c++20 -O1 -pthread -I"$2/include" -I"$2/tests" "$2/tests/kept_syscalls/train.cpp" -o "$work/train" -ldl
calls() { # arguments of train
  strace -f -o "$work/trace" "$work/train" "$@" >"$work/pid" 2>"$work/err" || { cat "$work/err"; return 1; }
  awk -v pid="$(cat "$work/pid")" '
    $1 != pid { next }
    /getppid\(/ { on = !on; next }
    on && !/futex|resumed>|^[0-9]+ +---/ { n++ }
    END { print n + 0 }' "$work/trace"
}
strace -o /dev/null true 2>/dev/null || { echo "SKIPPED: tracing is not allowed here"; exit 77; }
mkdir "$work/kept"
without=$(calls) with=$(calls "$work/kept")
written=$(grep -c 'fdatasync\|fsync' "$work/trace")
echo "system calls of the training thread in 100 epochs of 100 steps: $without without, $with with files; the sampler synced $written times"
[ "$without" = "$with" ] && [ "$written" -gt 5 ] && [ -s "$work/kept/run.journal" ]
