#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples as a user meets them: built by one compiler call, run from another folder, pointed at another machine's
# tree, and given wrong options. Those that a build has already made are not built again; train_digits is built as README
# says.
#
#   run.sh CXX SOURCE_DIR [FOLDER_OF_BUILT_EXAMPLES]
set -eu
cxx=$1 top=$2 built=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAIL $1"; sed 's/^/    /' "$work/out" "$work/err" | head -n 20; failed=1; }
# try EXIT_STATUS WORDS COMMAND...: runs it; what it printed must contain the words.
try() {
  local status=0 want=$1 words=$2
  shift 2
  (cd "$work" && "$@" >"$work/out" 2>"$work/err") || status=$?
  [ "$status" = "$want" ] || fail "$(basename "$1") ${*:2}: exit status $status, not $want"
  cat "$work/out" "$work/err" | grep -qF -- "$words" || fail "$(basename "$1") ${*:2}: does not say: $words"
}

build() { # name, options
  if [ "$1" != train_digits ] && [ -n "$built" ] && [ -x "$built/example_$1" ]; then
    cp "$built/example_$1" "$work/$1"
    return
  fi
  "$cxx" -std=c++20 -pthread -Wall -Wextra -Werror -I"$top/include" "$top/examples/${1%_disabled}.cpp" -o "$work/$1" "${@:2}"
}
export -f build
export cxx top work built
# The same program also in a build that accounts for nothing.
printf '%s\n' 'train_digits -O2' 'doctor -O0' 'measure_command -O0' 'rack_pdu -O0' 'quickstart -O1' \
  'quickstart_disabled -O2 -DKAYA_DISABLE' 'plan_training -O0' 'elsewhere -O0' 'replay -O1' 'report_tool -O1' | xargs -P2 -I{} bash -euc 'build {}'
try 0 'disabled' "$work/quickstart_disabled"

# A machine with two packages and DRAM on one of them, whose counters stand still.
zone() { # directory, name
  mkdir -p "$work/sys/class/powercap/$1"
  printf '%s\n' "$2" >"$work/sys/class/powercap/$1/name"
  printf '123456789\n' >"$work/sys/class/powercap/$1/energy_uj"
  printf '262143328850\n' >"$work/sys/class/powercap/$1/max_energy_range_uj"
}
zone intel-rapl:0 package-0
zone intel-rapl:0:0 dram
zone intel-rapl:1 package-1
mkdir -p "$work/proc"
export KAYA_SYSFS=$work/sys KAYA_PROCFS=$work/proc

try 0 'package-1' "$work/doctor"
try 0 'dram-0' "$work/doctor"
try 2 'usage' "$work/doctor" --what
try 0 'not verified on hardware' "$work/doctor"
try 0 'package-0' "$work/quickstart"
try 0 'outlet-2' "$work/rack_pdu"
try 0 'package-1' "$work/train_digits" --epochs 1 --hidden 8
unset KAYA_SYSFS KAYA_PROCFS

# In a container that hides the counters, the doctor says how to show them.
mkdir -p "$work/masked/class/powercap" "$work/masked/devices/virtual/powercap"
ln -s ../../devices/virtual/powercap/intel-rapl/intel-rapl:0 "$work/masked/class/powercap/intel-rapl:0"
KAYA_SYSFS=$work/masked KAYA_PROCFS=$work/proc try 0 'run: docker run -v /sys:/host_sys:ro -e KAYA_SYSFS=/host_sys' "$work/doctor"

# Any command under a tracker: its output, its exit status, signals passed on.
try 0 'hello' "$work/measure_command" --region FR -- echo hello
try 7 'command' "$work/measure_command" sh -c 'exit 7'
try 127 'No such file' "$work/measure_command" no-such-command
try 2 'usage' "$work/measure_command"
try 2 'machine, process or cgroup' "$work/measure_command" --whose mine true
try 2 '0.9' "$work/measure_command" --pue 0.9 true
try 0 'counted' "$work/measure_command" --whose process --output "$work/report" sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; echo counted'
grep -qF 'this process' "$work/report" || { cp "$work/report" "$work/out"; fail "measure_command --output: no report"; }
# Where SIGCHLD is ignored, as some supervisors hand it down, the status still is the command's.
try 7 'command' env --ignore-signal=CHLD "$work/measure_command" sh -c 'exit 7'
# A report that cannot be written is known before the command runs, or fails the run at its end.
try 125 'nowhere/report: cannot be written' "$work/measure_command" --output nowhere/report touch "$work/has-run"
[ ! -e "$work/has-run" ] || fail "measure_command --output: the command ran though its report had no place"
if [ -e /dev/full ]; then
  try 125 '/dev/full: cannot be written' "$work/measure_command" --output /dev/full true
  try 9 'No space left' "$work/measure_command" --output /dev/full sh -c 'exit 9'
fi
(cd "$work" && exec ./measure_command sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' 2>"$work/err" >"$work/out") &
sleep 1
kill -TERM $!
status=0
wait $! || status=$?
[ $status = 3 ] || fail "measure_command: SIGTERM gave exit status $status, not 3"

# Before a run, and elsewhere.
try 0 '200 kWh to 320 kWh' "$work/plan_training" --devices 8 --hours 100 --device A100 --region FRA
try 0 'usage' "$work/plan_training" --help
try 2 'did you mean NVIDIA A100' "$work/plan_training" --hours 3 --device A1000x
try 2 'training, pue: 0.9' "$work/plan_training" --hours 3 --device t4 --pue 0.9
try 2 'are needed' "$work/plan_training"
printf 'DATETIME,CARBON_INTENSITY,ZERO_CARBON\n2024-01-01 00:00+00:00,500,1\n2024-01-01 00:30+00:00,300,1\n' >"$work/day.csv"
try 0 'by the file, start 2024-01-01T00:30:00Z' "$work/elsewhere" --csv "$work/day.csv"
try 2 'no column of a known publisher' "$work/elsewhere" --csv "$top/README.md"
try 1 'nowhere.csv cannot be read' "$work/elsewhere" --csv nowhere.csv
try 2 'usage' "$work/elsewhere" --what

# Live intensity through libcurl, from a server that behaves and from some that do not.
if echo '#include <curl/curl.h>' | "$cxx" -E - >/dev/null 2>&1; then
  build live_intensity -O0 -lcurl  # built by CMake only where it finds libcurl, too
  "$cxx" -std=c++20 -pthread -I"$top/include" -I"$top/tests" "$top/tests/examples/serve.cpp" -o "$work/serve"
  for how in good error redirect huge cut; do
    "$work/serve" $how >"$work/url" &
    server=$!
    until [ -s "$work/url" ]; do sleep 0.02; done
    case $how in
      good) status=0 words='263 gCO2e/kWh, direct, location-based' ;;
      error) status=1 words='no live value: HTTP status 500' ;;
      redirect) status=1 words='no live value: HTTP status 302' ;;
      huge) status=1 words='more than 262144 bytes' ;;
      cut) status=1 words='no live value' ;;
    esac
    LIVE_INTENSITY_URL=$(cat "$work/url") try $status "$words" "$work/live_intensity"
    kill $server
    wait $server 2>/dev/null || true
    : >"$work/url"
  done
  try 2 'ELECTRICITY_MAPS_TOKEN is not set' "$work/live_intensity" DE
else
  echo "live_intensity is not tested: there is no libcurl here"
fi

try 2 'did you mean KOR' "$work/train_digits" --region KOREA
try 2 'usage' "$work/train_digits" --bogus
try 2 '0.9' "$work/train_digits" --pue 0.9
try 2 '--epochs' "$work/train_digits" --epochs many
try 2 '--budget' "$work/train_digits" --budget 5apples
try 0 'stopped before epoch' "$work/train_digits" --budget 1s --hidden 256 --epochs 100000 --autosave "$work/digits.json"
grep -qF '"finished": true' "$work/digits.json" || { cp "$work/digits.json" "$work/out"; fail "train_digits --autosave: no finished report"; }
try 1 'nowhere.csv' "$work/train_digits" --data nowhere.csv

# Killed and started again it is one run, which can be priced again.
digits=("$work/train_digits" --epochs 40 --hidden 512 --journal "$work/digits.journal" --region FR)
(cd "$work" && timeout -s KILL 1.3 "${digits[@]}" >/dev/null 2>&1) || true
try 0 'goes on after' "${digits[@]}" --out "$work/forms"
try 0 'processes   2; ' "$work/report_tool" text "$work/forms/report.json"
"$work/replay" "$work/digits.journal" --json >"$work/replayed.json"
cmp -s "$work/replayed.json" "$work/forms/report.json" || { cp "$work/replayed.json" "$work/out"; fail "replay: not the run's report"; }
try 0 'Poland' "$work/replay" "$work/digits.journal" --region PL --pue 1.5
try 0 'water' "$work/replay" "$work/digits.journal" --wue 1.8L/kWh
try 0 'series' "$work/replay" "$work/digits.journal" --series "$work/day.csv"
try 2 'an hour' "$work/replay" "$work/digits.journal" --pue 'an hour'
try 1 'KOREA' "$work/replay" "$work/digits.journal" --region KOREA
try 1 'is no journal' "$work/replay" "$work/day.csv"
try 2 'usage' "$work/replay"

# Every form, by train_digits and by report_tool alike.
"$work/report_tool" all "$work/again" "$work/forms/report.json" || fail "report_tool all"
for form in "$work"/forms/*; do
  cmp -s "$form" "$work/again/$(basename "$form")" || { cp "$form" "$work/out"; fail "report_tool: $(basename "$form") differs from train_digits --out"; }
done
[ "$(ls "$work/forms" | wc -l)" -ge 13 ] || fail "train_digits --out: forms are missing"
"$work/report_tool" all "$work/again" "$work/forms/report.json" || fail "report_tool all, again"
[ "$(wc -l <"$work/again/emissions.csv")" = 2 ] || fail "report_tool all: a row of emissions.csv for each call"
try 1 '/proc/nowhere' "$work/train_digits" --out /proc/nowhere --epochs 100000
try 0 '"schema": "kaya.report/1"' "$work/report_tool" merge "$work/forms/report.json"
try 0 'accuracy' "$work/report_tool" compare "$work/forms/report.json" "$work/digits.json"
try 1 'day.csv: byte 0: expected a value' "$work/report_tool" html "$work/day.csv"
try 2 'nothing with 0 files is none of these' "$work/report_tool" nothing
try 0 'usage' "$work/train_digits" --help
KAYA_REGION=narnia try 2 'KAYA_REGION' "$work/train_digits"
KAYA_DISABLE=1 try 0 'disabled' "$work/train_digits" --epochs 1 --hidden 8

# At the defaults it learns: 95 % of the images that it has not seen.
try 0 'accuracy' "$work/train_digits"
awk '/^metrics/ { for (i = 1; i < NF; ++i) if ($i == "accuracy") { sub(",", "", $(i + 1)); exit !($(i + 1) >= 0.95) } }' "$work/out" ||
  fail "train_digits: less than 95 % right"

[ $failed -eq 0 ] && echo "examples hold ($cxx)"
exit $failed
