#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# At -O2, a function over quantities has the instructions of the same function over numbers.
#
#   run.sh CXX INCLUDE_DIR
#
# Compiles pairs.cpp, compares the multiset of opcodes of each quantities::f with that of numbers::f, and prints
# the table. Exits 1 if a pair differs, if a differs_* pair (the self-check) does not, or if a function has no twin.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 CXX INCLUDE_DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" -std=c++20 -O2 -I"$2" -c "$here/pairs.cpp" -o "$work/pairs.o"
objdump -d -C --no-show-raw-insn "$work/pairs.o" | awk '
  /^[0-9a-f]+ <(quantities|numbers)::/ {
    split($2, name, /[<:(]+/); side = name[2]; f = name[3]
    if (side == "quantities" && !(f in seen)) { seen[f] = 1; order[++n] = f }
    if (side == "numbers") twin[f] = 1
    next
  }
  /^[0-9a-f]+ </ || /^$/ { f = "" }
  # Opcodes of padding and alignment say nothing.
  f != "" && $2 !~ /^(nop[wl]?|data16|cs|xchg|endbr64)$/ && NF > 1 { count[side, f, $2]++; opcodes[f, $2] = $2; size[side, f]++ }
  END {
    for (i = 1; i <= n; i++) {
      f = order[i]; difference = ""
      for (key in opcodes) {
        split(key, part, SUBSEP)
        if (part[1] != f) continue
        d = count["quantities", f, part[2]] - count["numbers", f, part[2]]
        if (d != 0) difference = difference sprintf(" %+d %s", d, part[2])
      }
      wanted = f ~ /^differs_/
      verdict = !twin[f] ? "NO TWIN" : (difference != "") == wanted ? "ok" : "FAIL"
      if (verdict != "ok") bad++
      printf "%-24s %3d %3d  %-7s%s\n", f, size["quantities", f], size["numbers", f], verdict, difference
    }
    printf "%d pairs, %d bad\n", n, bad
    exit n < 3 || bad > 0
  }'
