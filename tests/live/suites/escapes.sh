# SPDX-License-Identifier: Apache-2.0
# Real container escapes under the stock rules: first watched, then refused.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../../vm/guest/escape_plays.sh
source /vm/guest/escape_plays.sh
broken=0

# The escape and what stock rules must say of it: a rule's name and, in monitor mode, its verdict.
declare -A rule_of=(
  [mount_disk]="Mount in container" [core_pattern]="Kernel helper path written in container"
  [release_agent]="Mount in container" [nsenter]="Namespace entered from container"
  [chroot_host]="Chroot in container" [read_shadow]="Host credentials opened in container"
  [insmod]="Kernel module loaded from container" [bpf_load]="BPF used in container"
)

with_stock_rules() {
  [[ -z $RUN_PID ]] || stop_vedette
  mark_rule >"$WORK/mark.yaml"
  : >"$RUN_OUT"
  : >"$RUN_LOG"
  "$VEDETTE" run --json --on-stop remove -r "$STOCK" -r "$WORK/mark.yaml" "$@" >"$RUN_OUT" 2>"$RUN_LOG" &
  RUN_PID=$!
  wait_until 240 is_ready "$RUN_LOG" || { cat "$RUN_LOG" >&2; RUN_PID=''; fail "vedette did not become ready"; }
}

# The alert names the process, the container and the technique.
told() {
  expect "${rule_of[$1]}" ".output_fields[\"container.id\"] != \"host\" and .output_fields[\"container.id\"] != null
    and .output_fields[\"proc.exepath\"] != null and (.tags | any(test(\"^T[0-9]{4}\"))) and .output_fields[\"evt.verdict\"] == \"$2\""
}

is_watched() {
  "play_$1" | tail -n 1 | grep -qx "$1: escaped" || fail "the escape did not work under monitor mode"
  told "$1" would_deny
}

is_refused() {
  local said
  said=$("play_$1")
  grep -qF "$1: refused (Operation not permitted)" <<<"$said" || { fail "the container saw: ${said//$'\n'/ | }"; return 1; }
  [[ ! -e $MARKERS/$1 ]] || { fail "it escaped all the same"; return 1; }
  told "$1" deny
}

monitor_mode() { with_stock_rules --mode monitor; }
enforce_mode() { with_stock_rules --mode enforce; }

it "starts with the stock rules in monitor mode" monitor_mode
for play in "${PLAYS[@]}"; do
  eval "watched_$play() { is_watched $play; }"
  it "in monitor mode, $play escapes and is reported as would be denied" "watched_$play"
done
it "starts with the stock rules in enforce mode" enforce_mode
for play in "${PLAYS[@]}"; do
  eval "refused_$play() { is_refused $play; }"
  it "in enforce mode, $play is refused with EPERM, which the container sees" "refused_$play"
done

plain_container_runs() {
  local said
  said=$(in_container --overlay -- sh -c 'cat /etc/passwd && mkdir /tmp/a && echo x >/tmp/a/b && ls /proc/1/ns >/dev/null && id -u nobody') ||
    { fail "it failed: $said"; return 1; }
  [[ $said == *65534* ]]
}
it "in enforce mode, an ordinary container starts and works" plain_container_runs

host_is_free() {
  mkdir -p /run/m && succeeds mount -t tmpfs x /run/m && succeeds umount /run/m && succeeds insmod /vm/dummy.ko &&
    succeeds rmmod dummy && succeeds nsenter -t 1 -u true && succeeds attacks bpf-map
}
it "in enforce mode, the host may do all of it" host_is_free

run_suite
