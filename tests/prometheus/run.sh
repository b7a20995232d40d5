#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A real Prometheus scrapes a real node exporter, which reads the metrics files of two runs at 150 W and 90 W: what they
# say of the power must be right within 5 %, and nothing counted twice. All on the loopback interface; 75 seconds.
#
#   run.sh CXX INCLUDE_DIR
#
# Exits 77 if Prometheus is not installed (Debian: prometheus, prometheus-node-exporter).
set -euo pipefail
[ $# = 2 ] || { echo "usage: $0 CXX INCLUDE_DIR" >&2; exit 2; }
for tool in prometheus promtool prometheus-node-exporter; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed: not tested"; exit 77; }
done
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
started=()
finish() {
  [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap finish EXIT
mkdir "$work/metrics"

"$1" -std=c++20 -O1 -Wall -Wextra -Werror -I"$2" "$here/exporter.cpp" -o "$work/exporter" -pthread
{ read -r exporter_port; read -r prometheus_port; } < <("$work/exporter" --ports 2)

"$work/exporter" "$work/metrics" 600 & started+=($!)
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
  --collector.textfile.directory="$work/metrics" --web.listen-address="127.0.0.1:$exporter_port" \
  >"$work/exporter.log" 2>&1 & started+=($!)
cat >"$work/prometheus.yml" <<CONFIG
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["127.0.0.1:$exporter_port"]}]
CONFIG
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
  --web.listen-address="127.0.0.1:$prometheus_port" >"$work/prometheus.log" 2>&1 & started+=($!)

# The one value of an expression, as the HTTP API gives it; empty if there is none.
value() { promtool query instant "http://127.0.0.1:$prometheus_port" "$1" 2>/dev/null | awk 'NF > 1 { print $(NF - 1) }'; }
for _ in $(seq 100); do
  [ -z "$(value 'sum(kaya_energy_joules_total)')" ] || break
  sleep 0.1
done
sleep 63  # rate() over a minute needs one

failed=0
expect() {
  local got
  got=$(value "$1")
  awk -v got="$got" -v want="$2" -v what="$1" 'BEGIN {
    good = got != "" && got >= want * 0.95 && got <= want * 1.05
    printf "%s  %s = %s, true: %s\n", good ? "ok  " : "FAIL", what, got == "" ? "nothing" : got, want
    exit !good
  }' || failed=1
}
expect 'sum(rate(kaya_energy_joules_total[1m]))' 240
expect 'sum(rate(kaya_scope_energy_joules_total[1m]))' 240
expect 'sum(rate(kaya_energy_joules_total{component="cpu"}[1m]))' 130
expect 'sum(rate(kaya_energy_joules_total{run="a"}[1m]))' 150
expect 'sum(rate(kaya_energy_joules_total{rank="1"}[1m]))' 90
expect 'sum(rate(kaya_scope_energy_joules_total{scope="train"}[1m]))' 144
expect 'sum(rate(kaya_scope_inclusive_energy_joules_total{scope="epoch"}[1m]))' 216
# W / 3.6e6 x 1.5 x 400 g/kWh, in ug/s
expect '1e6 * sum(rate(kaya_emissions_grams_total[1m]))' 40000
expect '1e6 * sum(rate(kaya_emissions_grams_total{component="gpu"}[1m]))' 18333
# Both account for the CPU; as shares of a whole machine the larger one counts.
expect 'sum(max by (instance, component, device) (rate(kaya_energy_joules_total[1m])))' 210
expect 'time() - max(kaya_last_update_timestamp_seconds) < bool 5' 1
expect 'max(node_textfile_scrape_error) + 1' 1

[ $failed = 0 ] || { tail -5 "$work"/*.log; exit 1; }
