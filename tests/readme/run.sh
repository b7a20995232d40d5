#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# README says only what is so: its first program is examples/quickstart.cpp, its wrong line is refused with the error that
# it shows, and every name of a path in it exists.
#
#   run.sh CXX SOURCE_DIR
set -eu
export LC_ALL=C.UTF-8
cxx=$1 top=$2
readme=$top/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAIL $1"; failed=1; }

# block MARKER: the fenced block that follows <!-- MARKER -->.
block() { awk -v m="<!-- $1 -->" '$0==m{on=1;next} on&&/^```/{if(seen)exit;seen=1;next} seen' "$readme"; }

block quickstart >"$work/quickstart.cpp"
grep -v SPDX "$top/examples/quickstart.cpp" | diff -u - "$work/quickstart.cpp" || fail "the first program is not examples/quickstart.cpp"
[ "$(wc -l <"$work/quickstart.cpp")" -lt 30 ] || fail "the first program has 30 lines or more"
"$cxx" -std=c++20 -Wall -Wextra -Werror -I"$top/include" -fsyntax-only "$work/quickstart.cpp" || fail "the first program does not compile"

# Two processes, one run.
block long-run >"$work/long.cpp"
"$cxx" -std=c++20 -O1 -Wall -Wextra -Werror -I"$top/include" -pthread "$work/long.cpp" -o "$work/long" || fail "the long run does not compile"
(cd "$work" && ! ./long >/dev/null && ./long >long.txt) || fail "the long run does not go on"
grep -q 'processes   2; ' "$work/long.txt" && grep -qE '^  5 ' "$work/long.txt" && ! grep -q 'lost work' "$work/long.txt" || { cat "$work/long.txt"; fail "the long run is not one run"; }

block figures >"$work/figures.cpp"
"$cxx" -std=c++20 -O0 -Wall -Wextra -Werror -I"$top/include" -pthread "$work/figures.cpp" -o "$work/figures" || fail "the figures do not compile"
"$work/figures" >"$work/figures.txt"
grep -qE ' J, .* to .*; .*gCO2e; measured: ' "$work/figures.txt" && grep -q '^0 ' "$work/figures.txt" || { cat "$work/figures.txt"; fail "the figures are not there"; }

for program in units plan; do
  block $program >"$work/$program.cpp"
  "$cxx" -std=c++20 -Wall -Wextra -Werror -I"$top/include" -pthread "$work/$program.cpp" -o "$work/$program" || fail "the program with ${program} does not compile"
  block $program-output | diff -u - <("$work/$program") || fail "the program with ${program} prints something else"
done

{ echo '#include <kaya/units.hpp>'; block wrong; } >"$work/wrong.cpp"
if output=$("$cxx" -std=c++20 -I"$top/include" -fsyntax-only "$work/wrong.cpp" 2>&1); then fail "the wrong line compiles"; fi
case $("$cxx" --version) in
  *clang*) ;;
  *) block wrong-error | grep -q . || fail "no error is shown"
     block wrong-error | while IFS= read -r line; do grep -qF -- "$line" <<<"$output" || { fail "g++ does not say: $line"; exit 1; }; done || failed=1 ;;
esac

for path in $(grep -oE '(kaya|examples|bench|tests)/[a-z_]+\.(hpp|cpp|sh)' "$readme" | sort -u); do
  [ -e "$top/$path" ] || [ -e "$top/include/$path" ] || fail "$path is named and not there"
done
[ $failed -eq 0 ] && echo "README holds ($cxx)"
exit $failed
