# SPDX-License-Identifier: Apache-2.0
# Those stock rules against container escapes that no play of the suite escapes is about, in monitor mode: each reports what it
# would have refused, and not its near misses.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../batch.sh
source "$(dirname "$0")/../batch.sh"
readonly D=/run/live/e
stock vedette_escapes.yaml
box_kinds=(masked privileged)
mkdir -p $D

it "sees all operations through" performs

play_unmount() {
  mkdir -p $D/mnt && mount -t tmpfs none $D/mnt && umount $D/mnt
  mount --bind /dev/null /proc/kcore && umount /proc/kcore
  box masked '/bin/umount /proc/kcore; /bin/mount -t tmpfs none /mnt && /bin/umount /mnt'
}
told_unmount() {
  told "Kernel file system unmounted in container" "where fs.path.name evt.verdict proc.name" "container /proc/kcore would_deny umount"
}
case_of unmount "Kernel file system unmounted in container" "the mask of /proc/kcore; not a mount of its own, not on the host"

play_agent() {
  mkdir -p $D/v1 && mount -t cgroup -o none,name=vedette_rules none $D/v1 && echo 1 >$D/v1/notify_on_release
  umount $D/v1
  box privileged 'mkdir /tmp/v1; /bin/mount -t cgroup -o none,name=vedette_rules none /tmp/v1
    echo 1 >/tmp/v1/notify_on_release; /bin/cat /tmp/v1/release_agent; echo 0 >/tmp/v1/cgroup.clone_children
    : >/tmp/release_agent; /bin/umount /tmp/v1'
}
told_agent() {
  told "Cgroup release agent written in container" "where fd.name evt.verdict proc.name" "container /tmp/v1/notify_on_release would_deny sh"
}
case_of agent "Cgroup release agent written in container" "notify_on_release written; not read, not another control, not a file of that name elsewhere, not on the host"

# The target is a process of the host; the neighbour is one of the container.
play_outside() {
  sleep 1000 &
  target=$!
  attacks ptrace-attach $target
  box privileged 'sleep 1000 & neighbour=$!
    /attacks ptrace-attach $TARGET; /attacks vm-readv $TARGET 4096; /attacks ptrace-attach $neighbour; /attacks vm-readv $neighbour 4096'
}
told_outside() {
  told "Process outside container attached" "where evt.type ptrace.target.pid ptrace.target.name evt.verdict" \
    "container ptrace $target sleep would_deny" "container process_vm_readv $target sleep would_deny"
}
case_of outside "Process outside container attached" "ptrace and process_vm_readv of a process of the host; not of its own, not on the host"

play_memory() {
  attacks proc-mem $target
  box privileged '/attacks proc-mem $neighbour; /bin/head -c 0 /proc/$neighbour/mem; : >/tmp/mem'
}
told_memory() {
  expect "Process memory opened for writing in container" '.output_fields["fd.name"] | test("^/proc/[0-9]+/mem$")' &&
    told "Process memory opened for writing in container" "where evt.verdict proc.name" "container would_deny attacks"
}
case_of memory "Process memory opened for writing in container" "written; not read, not a file of that name, not on the host"

play_foreign() {
  box privileged '/bin/cat /proc/$TARGET/root/etc/hostname; /bin/cat /proc/$neighbour/root/etc/group; /bin/cat /proc/self/root/etc/group'
}
told_foreign() {
  told "File outside container opened" "where fd.name evt.verdict proc.name" "container /etc/hostname would_deny cat"
}
case_of foreign "File outside container opened" "through /proc/PID/root of a process of the host; not through its own"

play_handle() {
  attacks open-handle $D/by-handle $D
  box privileged '/attacks open-handle /etc/group /; /attacks open /etc/group'
}
: >$D/by-handle
told_handle() {
  told "File opened by handle in container" "where fd.name evt.type evt.verdict" "container /etc/group open_by_handle_at would_deny"
}
case_of handle "File opened by handle in container" "by handle; not by path, not on the host"

play_block() {
  head -c 1 /dev/vda
  box privileged '/bin/head -c 1 /dev/vda; /bin/mknod /tmp/disk b 254 0 && /bin/head -c 1 /tmp/disk; /bin/head -c 1 /dev/zero; ls -l /dev/vda; : >/tmp/vda'
}
told_block() {
  told "Block device opened in container" "where fd.name evt.verdict proc.name" "container /dev/vda would_deny head" "container /tmp/disk would_deny head"
}
case_of block "Block device opened in container" "the disk by two names; not a character device, not ls, not a file of that name, not on the host"

play_kernel_memory() {
  head -c 1 /proc/kcore
  box privileged '/bin/head -c 1 /dev/mem; /bin/head -c 1 /proc/kcore; /bin/head -c 1 /dev/zero; /bin/cat /proc/meminfo; /bin/cat /tmp/mem; : >/tmp/kcore'
}
told_kernel_memory() {
  told "Kernel memory opened in container" "where fd.name evt.verdict proc.name" "container /dev/mem would_deny head" "container /proc/kcore would_deny head"
}
case_of kernel_memory "Kernel memory opened in container" "/dev/mem and /proc/kcore; not other devices, not files of those names, not on the host"

play_start_up() {
  : >>/etc/crontab
  box masked ': >>/host/etc/crontab; /bin/cat /host/etc/crontab; : >>/etc/crontab; : >>/etc/passwd; : >>/host/run/crontab'
}
told_start_up() {
  told "Host start-up file written in container" "where fd.name evt.verdict proc.name" "container /host/etc/crontab would_deny sh"
}
case_of start_up "Host start-up file written in container" "the host's crontab; not read, not its own, not elsewhere, not on the host"

play_fileless() {
  cp "$(realpath "$(command -v busybox)")" $D/busybox
  attacks exec-memfd $D/busybox true
  box masked '/attacks exec-memfd /bin/busybox true; /attacks exec-unlinked /bin/busybox true'
}
told_fileless() {
  told "Fileless execution in container" "where evt.type evt.verdict user.uid" "container execveat would_deny 0"
}
case_of fileless "Fileless execution in container" "a memfd; not an unlinked file, not on the host"

play_socket() {
  attacks connect $D/docker.sock -
  box masked '/attacks serve /run/docker.sock - & i=0
    until /attacks connect /run/docker.sock - || [ $i -ge 50 ]; do i=$((i + 1)); sleep 0.1; done; wait; /attacks connect /run/other.sock -'
}
told_socket() {
  expect "Container runtime socket used in container" '.output_fields["fd.name"] | endswith("/docker.sock")' &&
    told "Container runtime socket used in container" "where evt.type proc.cmdline" "container connect attacks connect /run/docker.sock -"
}
case_of socket "Container runtime socket used in container" "docker.sock; not another socket, not on the host"

play_user_namespace() {
  unshare --user true
  box masked '/bin/unshare --user true; /bin/unshare --uts true'
}
told_user_namespace() {
  told "User namespace created in container" "where evt.arg.flags proc.name" "container CLONE_NEWUSER unshare"
}
case_of user_namespace "User namespace created in container" "unshare --user; not --uts, not on the host"

box_masked() { run_box masked --cap SYS_ADMIN --bind /:/host; }
box_privileged() {
  run_box privileged --privileged --host-pid --host-cgroup --env "TARGET=$target"
  kill $target
}

run_suite --mode monitor --append-output-field container.id
