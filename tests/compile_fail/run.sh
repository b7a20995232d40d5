#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What must not compile does not, and says why at the user's line.
#
#   run.sh CXX INCLUDE_DIR [file.cpp...]
#
# Each <what>_is_rejected.cpp is compiled as it is, which must fail with its first error in that file and the text of
# a line "// expect: <text>" (or "// expect-g++:", "// expect-clang++:") in the output; and with KAYA_COMPILES defined,
# which must compile. Every file is tried; exits 1 if any check failed.
set -u
export LC_ALL=C.UTF-8
[ $# -ge 2 ] || { echo "usage: $0 CXX INCLUDE_DIR [file.cpp...]" >&2; exit 2; }
cxx=$1 include=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here"/*_is_rejected.cpp
case $("$cxx" --version) in *clang*) kind=clang++ ;; *) kind=g++ ;; esac

pattern=${kind//+/\\+}
failed=0
fail() {
  echo "FAIL $(basename "$file"): $1"
  [ -z "${output:-}" ] || sed 's/^/    /' <<<"$output" | head -n 12
  failed=$((failed + 1))
}
compile() { "$cxx" -std=c++20 -fsyntax-only -I"$include" "$@" "$file" 2>&1; }

for file; do
  expected=$(sed -nE "s|^// expect(-$pattern)?: (.*)|\2|p" "$file")
  [ -n "$expected" ] || { output= fail "no '// expect: <text>' for $kind"; continue; }
  if output=$(compile); then
    fail "compiles"
  else
    first=$(grep -m1 -E '^[^ ]+:[0-9]+(:[0-9]+)?: (fatal )?error: ' <<<"$output")
    case $first in
      "$file":*) ;;
      # g++ names the user's line first, too, where a constant expression went wrong inside a consteval function.
      *) grep -qE "^$file:[0-9]+:[0-9]+: +in .constexpr. expansion" <<<"$output" || fail "the first error is not in the file: $first" ;;
    esac
    while IFS= read -r text; do
      grep -qF -- "$text" <<<"$output" || fail "the output lacks: $text"
    done <<<"$expected"
  fi
  output=$(compile -DKAYA_COMPILES -Wall -Wextra -Werror) || fail "the right code does not compile"
done
echo "$# misuses, $failed failed checks ($cxx)"
[ "$failed" -eq 0 ]
