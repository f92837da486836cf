#!/usr/bin/env bash
# shellcheck disable=SC2016 # scripts for the guest are in single quotes on purpose
# Checks the VM bench itself: selftest.sh [KERNEL]... (default: 6.1 and newest).
# One line per check; exit code 1 when one failed. A kernel takes two to three minutes under emulation.
set -uo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
vm=$here/vm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# check WHAT COMMAND...: the command must succeed.
check() {
  local what=$1
  shift
  if "$@"; then
    echo "ok    $kernel: $what"
  else
    echo "FAIL  $kernel: $what"
    failures=$((failures + 1))
  fi
}

is() { [[ $1 == "$2" ]] || { echo "      got \"$1\", expected \"$2\""; return 1; }; }
has() { [[ $1 == *"$2"* ]] || { echo "      no \"$2\" in: $1"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { echo "      \"$2\" in: $1"; return 1; }; }
has_no_file() { [[ ! -e $1 ]] || { echo "      $1 exists"; return 1; }; }

# guest OPTION... -- COMMAND: runs it on the kernel under test; sets out, err, code.
guest() {
  "$vm" --kernel "$kernel" "$@" >"$work/out" 2>"$work/err"
  code=$?
  out=$(<"$work/out")
  err=$(<"$work/err")
}

# The value of "NAME: VALUE" in the guest's output.
said() { sed -n "s/^$1: //p" <<<"$out"; }

asked_release() { "$vm" --list | awk -v kernel="$kernel" '$1 == kernel {print $2}'; }

test_command() {
  local release
  "$vm" --fetch --kernel "$kernel" >/dev/null || { check "kernel can be had" false; return 1; }
  release=$(asked_release)
  echo content >"$work/file with space"
  guest --copy "$work/file with space" --env "VALUE=it's  \"quoted\" \$HOME" --cgroup1-named -- bash -c '
    echo "release: $(uname -r)"; echo "user: $(id -u)"; echo "directory: $PWD"; echo "host: $(hostname)"
    echo "value: $VALUE"; echo "arguments: $1|$2"; echo "copy: $(cat "/vm/file with space")"
    echo "stdout is reopened" >/dev/stdout; echo "lsm: $(cat /sys/kernel/security/lsm)"
    echo "controllers: $(cat /sys/fs/cgroup/cgroup.subtree_control)"; echo "cgroup1: $(grep -c name=vedette /proc/self/cgroup)"
    for m in /sys/kernel/tracing /sys/kernel/debug /sys/fs/bpf /dev/pts /tmp /run; do mountpoint -q $m || echo "not mounted: $m"; done
    echo "written: $(touch "$0/written" /usr/written && echo yes)"; echo "clock: $(date +%s)"
    echo "an error" >&2; sleep 1000 & exit 7' "$here" "a  b" "c'd"
  check "exit code is the command's" is "$code" 7
  check "stderr is apart" is "$err" "an error"
  check "stdout is apart" lacks "$out" "an error"
  check "stdout can be reopened" has "$out" "stdout is reopened"
  check "the kernel is the one asked for" is "$(said release)" "${release:-$kernel}"
  check "the command is root's" is "$(said user)" 0
  check "the working directory is the caller's" is "$(said directory)" "$PWD"
  check "the host name" is "$(said host)" vedette-vm
  check "--env keeps every character" is "$(said value)" "it's  \"quoted\" \$HOME"
  check "arguments keep every character" is "$(said arguments)" "a  b|c'd"
  check "--copy copies" is "$(said copy)" content
  check "cgroup controllers are on" is "$(said controllers)" "cpu memory pids"
  check "--cgroup1-named mounts a hierarchy" is "$(said cgroup1)" 1
  check "all is mounted" lacks "$out" "not mounted"
  check "the guest can write anywhere" is "$(said written)" yes
  check "the host's files stay as they were" has_no_file "$here/written"
  check "the clock is right" [ "$(($(date +%s) - $(said clock)))" -lt 60 ]
  [[ $kernel == 5.10 ]] || check "bpf is in the default LSM list" has "$(said lsm)" bpf
}

test_long_output() {
  local bytes
  bytes=$("$vm" --kernel "$kernel" -- head -c 8000000 /dev/zero 2>/dev/null | { sleep 8; wc -c; })
  check "a slow reader gets all of a long output" [ "$bytes" = 8000000 ]
}

test_live_output() {
  local first=''
  while read -r _; do
    first=${first:-$SECONDS}
  done < <("$vm" --kernel "$kernel" -- sh -c 'echo one; sleep 4; echo two')
  check "output comes while the command runs" [ "$((SECONDS - ${first:-$SECONDS}))" -ge 2 ]
}

test_failures() {
  guest --timeout 15 -- sleep 1000
  check "a timeout is exit code 125" is "$code" 125
  check "a timeout says so" has "$err" "timed out after 15 s"
  guest -- sh -c 'echo c >/proc/sysrq-trigger'
  check "a panic is exit code 125" is "$code" 125
  check "a panic says so" has "$err" "panicked: Kernel panic"
  guest -- /no/such/program
  check "a missing command is exit code 127" is "$code" 127
}

test_options() {
  guest --lsm landlock,yama,apparmor --icount --append vedette.test=1 -- cat /sys/kernel/security/lsm /proc/cmdline
  check "--icount boots" is "$code" 0
  check "--lsm without bpf" lacks "$(head -n 1 <<<"$out")" bpf
  check "--append reaches the kernel" has "$out" vedette.test=1
}

test_containers() {
  gcc -static -O1 -o "$work/bpf_load" "$here/guest/bpf_load.c"
  truncate -s 16M "$work/disk"
  mkfs.ext4 -q "$work/disk"
  guest --disk "$work/disk" --copy "$work/bpf_load" --timeout 600 -- bash -c '
    source /vm/guest/container.sh
    container_bundle /run/one --overlay --env A=b --bind /vm:/seen:ro --annotation a.b/c=d=e -- sh -c \
      "echo inside: \$(id -u) \$A \$(hostname) \$(ls /seen/bpf_load); echo x >/seen/x; cat /proc/1/comm; exit 9"
    container_run one /run/one; echo "container code: $?"
    container_bundle /run/two --tty -- sh -c "test -t 1 && echo terminal: yes"
    container_run two /run/two
    exec /vm/guest/escape_plays.sh all'
  out=${out//$'\r'/}
  check "a container runs" is "$(said inside)" "0 b container /seen/bpf_load"
  check "a container's exit code" is "$(said 'container code')" 9
  check "a read-only bind" has "$out$err" "Read-only file system"
  check "a container with a terminal" has "$out" "terminal: yes"
  local play
  for play in $("$here/guest/escape_plays.sh" --list); do
    check "the escape $play works" is "$(said "$play")" escaped
  done
  check "the plays end well" is "$code" 0
}

[[ $# -gt 0 ]] || set -- 6.1 newest
for kernel; do
  test_command || continue
  test_live_output
  test_long_output
  test_failures
  test_options
  test_containers
done
echo "$failures failed"
[[ $failures == 0 ]]
