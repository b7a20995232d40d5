#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzzers with clang++ and runs each for some seconds, two at a time.
#
#   run.sh SOURCE_DIR SECONDS
set -euo pipefail
top=$1 seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang++ -std=c++20 -O1 -g1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I"$top/include" \
  "$top/tests/fuzz/parsers.cpp" -o "$work/fuzz" -pthread -ldl

one() { # parser
  mkdir -p "$work/$1.corpus"
  if KAYA_FUZZ=$1 "$work/fuzz" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="$work/$1." "$work/$1.corpus" \
      >"$work/$1.log" 2>&1; then
    printf '%-16s %s\n' "$1" "$(grep -o 'Done [0-9]* runs' "$work/$1.log")"
  else
    tail -n 40 "$work/$1.log" >&2
    return 1
  fi
}
export -f one
export work seconds
printf '%s\n' gpu_metrics cpuinfo pm_counters cgroup visible_devices report_json series_csv live journal | xargs -P2 -I{} bash -euc 'one {}'
