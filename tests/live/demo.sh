#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./run's demonstration, in the test machine: real runc containers try to escape, first watched, then refused.
#   demo.sh [--color]     the demonstration
#   demo.sh shell         a shell with the monitor running
set -uo pipefail
# shellcheck source=../vm/guest/escape_plays.sh
source /vm/guest/escape_plays.sh
readonly LOG=/run/vedette.log ALERTS=/run/vedette.alerts
bold='' red='' green='' dim='' plain='' color=never
if [[ ${1:-} == --color || -t 1 ]]; then
  bold=$'\033[1m' red=$'\033[31;1m' green=$'\033[32;1m' dim=$'\033[2m' plain=$'\033[0m' color=always
fi
broken=0 failures=0 pid=''

declare -A title=(
  [mount_disk]="mounts the host's disk"
  [core_pattern]="makes the kernel run its program: core_pattern"
  [release_agent]="makes the kernel run its program: a cgroup's release_agent"
  [nsenter]="enters the host's namespaces with nsenter"
  [chroot_host]="changes its root to the host's file system"
  [read_shadow]="reads the host's /etc/shadow through a mount"
  [insmod]="loads a kernel module"
  [bpf_load]="loads a BPF program"
)

start() { # start MODE
  : >$ALERTS
  /vm/vedette run --on-stop remove -r /vm/stock/vedette_escapes.yaml --mode "$1" --color "$color" >$ALERTS 2>$LOG &
  pid=$!
  for ((i = 0; i < 1800; i++)); do
    grep -q '^vedette: ready' $LOG && return
    [[ -d /proc/$pid ]] || break
    sleep 0.1
  done
  cat $LOG >&2
  exit 1
}

stop() {
  kill -INT "$pid"
  wait "$pid"
}

# Alerts come a moment after the operation: shows those that are new once they stop coming.
show_alerts() {
  local before=$1 lines=-1 now=0
  for ((i = 0; i < 20 && now != lines; i++)); do
    lines=$now
    sleep 0.2
    now=$(wc -l <$ALERTS)
  done
  [[ $now -gt $before ]] || { echo "  ${red}no alert${plain}"; failures=$((failures + 1)); return; }
  tail -n "+$((before + 1))" $ALERTS | sed 's/^/  /'
}

scene() { # scene PLAY EXPECTED
  local before said
  before=$(wc -l <$ALERTS)
  echo
  echo "${bold}A container ${title[$1]}${plain}"
  said=$("play_$1" 2>&1)
  sed '$d' <<<"$said" | sed "s/^ */  ${dim}container: ${plain}/"
  case ${said##*$'\n'} in
    *": escaped") echo "  ${red}It escaped.${plain}" ;;
    *": refused"*) echo "  ${green}It was refused ${said##*: refused }${plain}" ;;
    *) echo "  ${said##*$'\n'}" ;;
  esac
  [[ ${said##*$'\n'} == "$1: $2"* ]] || failures=$((failures + 1))
  show_alerts "$before"
}

demonstrate() {
  echo "${bold}━━ Linux $(uname -r), real runc containers, the stock escape rules ━━${plain}"
  echo
  echo "${bold}1. Watching${plain} ${dim}vedette run -r rules/stock --mode monitor${plain}"
  start monitor
  for play in "${PLAYS[@]}"; do scene "$play" escaped; done
  stop
  echo
  echo "${bold}2. Refusing${plain} ${dim}vedette run -r rules/stock --mode enforce${plain}"
  start enforce
  for play in "${PLAYS[@]}"; do scene "$play" refused; done
  stop
  echo
  if [[ $failures -eq 0 ]]; then
    echo "${green}All ${#PLAYS[@]} escapes worked while only watched, and every one was refused with the policy on.${plain}"
  else
    echo "${red}$failures scenes did not go as they should.${plain}"
  fi
  return $((failures > 0))
}

shell() {
  start enforce
  echo "vedette runs with the stock escape rules, enforcing. Its alerts: tail -f $ALERTS. Its log: $LOG"
  echo "Try: bash /vm/guest/escape_plays.sh nsenter"
  exec bash -i
}

if [[ ${1:-} == shell ]]; then shell; else demonstrate; fi
