# SPDX-License-Identifier: Apache-2.0
# The part of verdict_cost that runs in the test machine: verdict_cost_guest.sh N...
set -Eeuo pipefail
trap 'echo "verdict_cost_guest: line $LINENO: $BASH_COMMAND failed" >&2' ERR

row() {
  local -A cost
  local name figure
  while read -r name figure; do cost[$name]=$figure; done < <(/vm/operations 4 open_close open_refused)
  printf '%6s %12d %12d\n' "$1" "${cost[open_close]}" "${cost[open_refused]}"
}

printf '%6s %12s %12s   Linux %s\n' "rules" "open+close" "refused" "$(uname -r)"
row 0
for n; do
  /vm/vedette run --prefilter off -r "/vm/rules/$n.yaml" >/run/alerts 2>/run/log &
  pid=$!
  for ((i = 0; i < 1200; i++)); do
    ! grep -q '^vedette: ready' /run/log || break
    sleep 0.1
  done
  grep -q '^vedette: ready' /run/log || { cat /run/log >&2; exit 1; }
  kill -KILL $pid
  wait $pid || true
  ! cat /tmp/vedette-bench/refused 2>/dev/null || { echo "verdict_cost: nothing is refused" >&2; exit 1; }
  row "$n"
  /vm/vedette unload >/dev/null
done
