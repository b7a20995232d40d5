#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kaya can be used installed, as a subdirectory and through FetchContent, and brings only itself.
#
#   run.sh CXX SOURCE_DIR
set -eu
[ $# -eq 2 ] || { echo "usage: $0 CXX SOURCE_DIR" >&2; exit 2; }
cxx=$1 source=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly() { "$@" >"$work/log" 2>&1 || { echo "FAIL: $*"; tail -n 30 "$work/log"; exit 1; }; }

quietly cmake -S "$source" -B "$work/kaya" -DCMAKE_CXX_COMPILER="$cxx" -DKAYA_BUILD_TESTS=OFF -DKAYA_BUILD_BENCHES=OFF \
  -DKAYA_BUILD_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$work/prefix"
quietly cmake --install "$work/kaya"

stray=$(find "$work/prefix" -type f ! -path '*/include/kaya/*' ! -path '*/cmake/kaya/*')
[ -z "$stray" ] || { echo "FAIL: installed besides headers and CMake files: $stray"; exit 1; }
missing=$(cd "$source" && find include/kaya -name '*.hpp' | while read -r h; do [ -e "$work/prefix/$h" ] || echo "$h"; done)
[ -z "$missing" ] || { echo "FAIL: not installed: $missing"; exit 1; }

version=$(awk '/#define KAYA_VERSION_(MAJOR|MINOR|PATCH)/ { printf "%s%s", dot, $3; dot = "." }' "$source/include/kaya/version.hpp")
for how in find_package add_subdirectory FetchContent; do
  quietly cmake -S "$here" -B "$work/$how" -DCMAKE_CXX_COMPILER="$cxx" -DHOW=$how -DKAYA_SOURCE="$source" \
    -DCMAKE_PREFIX_PATH="$([ $how != find_package ] || echo "$work/prefix")"
  quietly cmake --build "$work/$how"
  output=$("$work/$how/consumer")
  [ "$output" = "kaya $version: 600 Wh" ] || { echo "FAIL: with $how it printed '$output'"; exit 1; }
  echo "$how: $output"
done
