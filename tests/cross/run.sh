#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests on another processor: cross-compiled for aarch64, run by qemu's user emulation. Left out are those that
# compare with real time (accuracy, self-check, GPU scopes), soak (harness), send signals and fork under load
# (lifetime, autosave, crash), talk over sockets against the clock (live), where the emulator is the one that is tested, or load
# the fake libraries (GPU makers' mechanisms, ranks).
#
#   run.sh SOURCE_DIR     KAYA_CROSS_ONLY: a pattern of the tests to run
set -euo pipefail
top=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/include"
ln -s /usr/include/doctest "$work/include/doctest"  # headers alone, so the host's will do
cxx=(aarch64-linux-gnu-g++ -std=c++20 -O1 -g0 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Wno-psabi -DKAYA_TEST_SANITIZED
     -I"$top/include" -I"$top/tests" -isystem "$work/include" -pthread)
"${cxx[@]}" -c "$top/tests/main.cpp" -o "$work/main.o"

one() { # test
  local extra=()
  [ "$1" != disabled_test ] || extra=("$top/tests/disabled/enabled_part.cpp")
  aarch64-linux-gnu-g++ $flags "$top/tests/$1.cpp" "${extra[@]}" "$work/main.o" -o "$work/$1" -ldl
  # A forked child that starts threads trips over an assertion of qemu's own (plugins/core.c:221).
  if qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/$1" --test-case-exclude='*forked child*' >"$work/$1.log" 2>&1; then
    printf '%-22s %s\n' "$1" "$(sed -n 's/.*test cases: *//p' "$work/$1.log")"
  else
    echo "FAIL $1" >&2
    grep -v '^$' "$work/$1.log" | head -n 40 >&2
    return 1
  fi
}
export -f one
export top work flags="${cxx[*]:1}"
(cd "$top/tests" && ls *_test.cpp) | sed 's/\.cpp$//' |
  grep -E "${KAYA_CROSS_ONLY:-.}" |
  grep -vE '^(accuracy|harness|lifetime|autosave|crash|ranks|live|self_check|gpu_scope|nvml|rocm_smi|level_zero|machines)_test$' |
  xargs -P2 -I{} bash -euc 'one {}'
