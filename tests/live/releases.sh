# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the suites with real runtimes of Debian (`# needs: runtimes`), each release in a root of its own (tests/live/runtimes). An image
# of busybox is made here; nothing is downloaded. Sourced after lib.sh.
#   release SUITE, leave_release      podman, runc, crun, containerd of that release
#   in_release COMMAND..., podman     in its root
#   image_archive                     the image $IMAGE
readonly IMAGE=vedette.test/live:v1 ROOT=/run/live/root

# at PLACE [MOUNT_OPTION...]: a file system of the guest at the same place in the release's root.
at() {
  local place=$1
  shift
  mkdir -p "$place" "$ROOT$place" && mount "$@" "$place" "$ROOT$place"
}

# release SUITE: makes $ROOT that release; what its runtimes keep lies where they would keep it on a host.
release() {
  local lower layers=/run/live/layers-$1 place
  lower=/vm/host$(tr ' ' '\n' <<<"$RUNTIMES" | sed -n "s/^$1=//p")
  mkdir -p "$layers"/{upper,work} "$ROOT" /var/lib/containers /var/lib/containerd
  mount -t overlay -o "lowerdir=$lower,upperdir=$layers/upper,workdir=$layers/work" overlay "$ROOT" || return
  for place in /var/lib/containers /var/lib/containerd; do
    mount -t tmpfs tmpfs "$place" && at "$place" --bind || return
  done
  at /proc --rbind && at /sys --rbind && at /dev --rbind && at /run --bind && at /tmp --bind
  mkdir -p /dev/shm
  mountpoint -q /dev/shm || mount -t tmpfs tmpfs /dev/shm
}

# The next release starts with nothing of this one.
leave_release() {
  umount -l "$ROOT" /var/lib/containers /var/lib/containerd
  rm -rf /run/containers /run/libpod /run/containerd /run/crun /dev/shm/libpod_lock
}

in_release() { chroot "$ROOT" "$@" </dev/null; }
podman() { in_release podman --cgroup-manager cgroupfs --runtime crun "$@"; }

# An image as any other, of the containers' own root file system.
image_archive() {
  container_rootfs /run/live/rootfs /etc/hostname:/vd-late && tar -C /run/live/rootfs -cf /run/live/rootfs.tar . &&
    podman import --change 'CMD ["/usr/bin/sleep", "1000"]' /run/live/rootfs.tar $IMAGE >/dev/null 2>&1
}

