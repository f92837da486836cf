# SPDX-License-Identifier: Apache-2.0
# The part of kernel_cost that runs in the test machine: kernel_cost_guest.sh CONFIGURATION...
set -Eeuo pipefail
trap 'echo "kernel_cost_guest: line $LINENO: $BASH_COMMAND failed" >&2' ERR
without=$(/vm/operations)

# The table of one configuration.
measure() {
  local pid with idle_rss rss cpu_before cpu_after
  /vm/vedette run --on-stop remove -r "/vm/rules/$1" >/run/alerts 2>/run/log &
  pid=$!
  for ((i = 0; i < 1200; i++)); do
    ! grep -q '^vedette: ready' /run/log || break
    sleep 0.1
  done
  grep -q '^vedette: ready' /run/log || { cat /run/log >&2; exit 1; }
  sleep 2
  cpu_before=$(awk '{print $14 + $15}' /proc/$pid/stat)
  sleep 5
  cpu_after=$(awk '{print $14 + $15}' /proc/$pid/stat)
  idle_rss=$(awk '/^VmRSS/ {print $2}' /proc/$pid/status)
  with=$(/vm/operations)
  rss=$(awk '/^VmRSS/ {print $2}' /proc/$pid/status)
  kill -INT $pid
  wait $pid || true
  printf '%-22s %12s %12s %8s\n' "$1: instructions" "without" "with" "ratio"
  paste -d' ' <(echo "$without") <(echo "$with") | while read -r name a _ b; do
    printf '%-22s %12d %12d %8s\n' "$name" "$a" "$b" "$(awk -v a="$a" -v b="$b" 'BEGIN {printf "%.3f", b / a}')"
  done
  echo "RSS $idle_rss KiB idle, $rss KiB after the operations; idle CPU $((cpu_after - cpu_before)) ticks of 10 ms in 5 s; Linux $(uname -r)"
  echo "--- vedette's summary"
  cat /run/log
}

for configuration; do measure "$configuration"; done
