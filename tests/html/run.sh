#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Pages of all kinds of reports: valid for HTML Tidy, and in a browser, at the width of a desk and of a phone, light and
# dark, nothing wider than the screen, no error, nothing asked for, and contrasts of 4.5 or more.
#
#   run.sh CXX SOURCE_DIR
#
# Exits 77 if one of the two is not installed (Debian: tidy, chromium); what is there is tested before.
set -euo pipefail
[ $# = 2 ] || { echo "usage: $0 CXX SOURCE_DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pages"

"$1" -std=c++20 -O1 -Wall -Wextra -Werror -I"$2/include" "$here/pages.cpp" -o "$work/pages_program" -pthread
"$work/pages_program" "$work/pages"
cd "$work/pages"
pages=(*.html)
[ ${#pages[@]} -ge 20 ] || { echo "only ${#pages[@]} pages were written"; exit 1; }

skipped=()
if command -v tidy >/dev/null; then
  for page in "${pages[@]}"; do
    tidy -e -q "$page" >"$work/tidy" 2>&1 || true
    [ ! -s "$work/tidy" ] || { echo "tidy, $page:"; head -20 "$work/tidy"; exit 1; }
  done
  echo "${#pages[@]} pages are valid ($(tidy --version))"
else
  skipped+=(tidy)
fi

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$browser" ]; then
  list=$(printf '"%s",' "${pages[@]}")
  sed "s|PAGES|${list%,}|" "$here/look.html" >look.html
  for scheme in 0 1; do  # 0: dark, 1: light
    "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --allow-file-access-from-files \
      --user-data-dir="$work/profile" --blink-settings=preferredColorScheme=$scheme --enable-logging=stderr \
      --virtual-time-budget=120000 --window-size=1400,1000 --dump-dom "file://$work/pages/look.html" \
      >"$work/seen" 2>"$work/log" || { tail -5 "$work/log"; exit 1; }
    sed '1,/<body>/ s/.*<body>//; s/<[^>]*>//g; /^$/d' "$work/seen" >"$work/said"
    grep -q "looked at $((2 * ${#pages[@]})) pages" "$work/said" ||
      { echo "not all pages were looked at"; head -c 2000 "$work/seen"; exit 1; }
    grep -E 'looked at|PROBLEM' "$work/said"
    if grep -q PROBLEM "$work/said"; then exit 1; fi
    if grep -E 'CONSOLE' "$work/log"; then echo "the console is not empty"; exit 1; fi
  done
else
  skipped+=(chromium)
fi
[ ${#skipped[@]} = 0 ] || { echo "${skipped[*]} not installed: not tested"; exit 77; }
