#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an include costs. The gate is a count: the non-blank lines of `g++ -std=c++20 -E -P`, the same on every machine
# with the same standard library. The compile time of units.hpp, over that of its four standard headers alone, is the
# median of several and must be at most 1.5.
#
#   include_cost.sh [--lines] [INCLUDE_DIR]     --lines: count only; CXX is respected for the times
#
# Exits 1 over budget, 2 on wrong usage.
set -eu
times=1
[ "${1:-}" != --lines ] || { times=0; shift; }
[ $# -le 1 ] || { echo "usage: $0 [--lines] [INCLUDE_DIR]" >&2; exit 2; }
include=${1:-$(cd "$(dirname "$0")/../include" && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

command -v g++ >/dev/null || { echo "g++ not found: nothing counted"; exit 0; }
printf '%-14s %7s %7s\n' header lines budget
while read -r header budget; do
  [ -e "$include/kaya/$header" ] || continue
  echo "#include <kaya/$header>" >"$work/one.cpp"
  lines=$(g++ -std=c++20 -I"$include" -E -P "$work/one.cpp" | grep -c '[^[:space:]]')
  verdict=
  [ "$lines" -le "$budget" ] || { verdict='over budget'; failed=1; }
  printf '%-14s %7d %7d %s\n' "$header" "$lines" "$budget" "$verdict"
done <<'BUDGETS'
units.hpp 5000
scope.hpp 8000
text.hpp 30000
tracker.hpp 45000
kaya.hpp 60000
BUDGETS
[ $times = 1 ] || exit $failed

echo '#include <kaya/units.hpp>' >"$work/units.cpp"
printf '#include <%s>\n' ratio compare concepts type_traits >"$work/standard.cpp"
TIMEFORMAT='%U %S'
median() { sort -n "$work/$1.times" | sed -n 8p; }
for attempt in 1 2 3; do  # a shared machine may spoil one attempt, not three
  rm -f "$work"/*.times
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do  # in turns, so that a busy moment hits both
    for name in standard units; do
      { time "${CXX:-g++}" -std=c++20 -I"$include" -c "$work/$name.cpp" -o "$work/out.o"; } 2>&1 |
        awk '{ print $1 + $2 }' >>"$work/$name.times"
    done
  done
  awk -v a="$(median standard)" -v b="$(median units)" -v cxx="${CXX:-g++}" 'BEGIN {
    printf "units.hpp takes %.0f ms with %s, its standard headers %.0f ms: ratio %.2f, at most 1.5\n", b * 1e3, cxx, a * 1e3, b / a
    exit b / a > 1.5
  }' && exit $failed
done
exit 1
