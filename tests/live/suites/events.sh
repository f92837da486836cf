# SPDX-License-Identifier: Apache-2.0
# Every kind of event, from a real operation to the alert, with what the kernel resolved and a near miss.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/d
mkdir -p $D/real
ln -s real $D/link
field() { echo ".output_fields[\"$1\"] == ${2}"; }

# --- processes -----------------------------------------------------------------------------------------------------

rule exec 'evt.type in (execve, execveat) and proc.name = vd-exec' \
  '%proc.name %proc.exe %proc.exepath %proc.args %proc.cmdline %proc.pname %proc.cwd %evt.res %user.uid %proc.pid %proc.ppid'
cp "$(realpath "$(command -v busybox)")" $D/real/busybox

reports_an_exec() {
  cp /bin/bash $D/real/program
  ln -s program $D/real/vd-exec
  (cd $D/link && exec -a shown $D/real/vd-exec -c true 'two words')
  (cd $D/link && $D/real/program -c true) # the near miss: another name
  expect exec '.output_fields["proc.exepath"] == "/run/live/d/real/program" and .output_fields["proc.exe"] == "shown"
    and .output_fields["proc.args"] == "-c true two words" and .output_fields["proc.cwd"] == "/run/live/d/real/"
    and .output_fields["evt.res"] == "SUCCESS" and .output_fields["user.uid"] == 0' &&
    refuse exec '.output_fields["proc.name"] == "program"'
}
it "reports an exec with the file that the kernel resolved, all arguments and the real working directory" reports_an_exec

rule "failed exec" 'evt.type in (execve, execveat) and evt.res = EACCES and proc.name = sh' '%evt.res %proc.name'
reports_a_failed_exec() {
  printf 'x' >$D/no-program
  sh -c "exec $D/no-program" 2>/dev/null
  expect "failed exec" "$(field proc.name '"sh"')"
}
it "reports a failed exec as its caller's, with the error" reports_a_failed_exec

rule exit 'evt.type = procexit and proc.name = vd-exit' '%proc.name %proc.pid'
reports_an_exit() {
  cp /bin/bash $D/real/vd-exit
  $D/real/vd-exit -c 'exit 3'
  expect exit "$(field proc.name '"vd-exit"')"
}
it "reports the end of a process" reports_an_exit

rule fork 'evt.type in (clone, clone3, fork, vfork) and proc.name = vd-fork' '%proc.name %evt.type'
reports_a_fork() {
  cp /bin/bash $D/real/vd-fork
  $D/real/vd-fork -c '(true); true'
  expect fork
}
it "reports a fork as its creator's" reports_a_fork

rule ancestry 'evt.type = execve and proc.name = vd-child and proc.aname = vd-mother' '%proc.aname[1] %proc.aname[2] %proc.pcmdline'
knows_ancestors() {
  cp /bin/bash $D/real/vd-child
  cp /bin/bash $D/real/vd-mother
  $D/real/vd-mother -c "sh -c '$D/real/vd-child -c true; true'; true"
  expect ancestry '.output_fields["proc.aname[1]"] == "sh" and .output_fields["proc.aname[2]"] == "vd-mother"'
}
it "knows a process's ancestors" knows_ancestors

rule "older than vedette" 'evt.type in (open, openat) and fd.name = /run/live/d/asked' '%proc.name %proc.exepath %proc.cmdline %proc.aname[1]'
mkfifo $D/order
bash -c "exec -a elder bash -c 'read -r x <$D/order; : >$D/asked; true'" &
knows_processes_that_were_there_before() {
  echo go >$D/order
  expect "older than vedette" '.output_fields["proc.cmdline"] | startswith("bash -c read -r")'
}
it "knows the processes that ran before it" knows_processes_that_were_there_before

rule memfd 'evt.type in (execve, execveat) and proc.is_exe_from_memfd = true' '%proc.exepath %proc.is_exe_from_memfd'
reports_fileless_exec() {
  succeeds attacks exec-memfd $D/real/busybox true
  expect memfd
}
it "reports the exec of a memfd" reports_fileless_exec

rule setuid 'evt.type in (setuid, setresuid, setreuid) and evt.arg.uid = nobody' '%evt.type %evt.arg.uid %evt.res'
rule "as nobody" 'evt.type in (open, openat) and fd.name = /run/live/d/of-nobody' '%user.uid %user.name'
reports_setuid() {
  : >$D/of-nobody; chmod 666 $D/of-nobody; chmod 755 $D
  setpriv --reuid 65534 --clear-groups cat $D/of-nobody
  expect "as nobody" "$(field user.uid 65534)"
}
it "follows a change of user" reports_setuid

# --- files ---------------------------------------------------------------------------------------------------------

rule open 'evt.type in (open, openat, openat2) and fd.realpath = /run/live/d/real/secret' \
  '%fd.name %fd.realpath %fd.nameraw %fd.num %evt.res %evt.is_open_read %evt.is_open_write %evt.type %evt.hook %evt.via %evt.verdict %evt.arg.flags'
resolves_symlinks() {
  echo s >$D/real/secret
  cat $D/link/../link/secret >/dev/null
  expect open '.output_fields["fd.nameraw"] == "/run/live/d/link/../link/secret"
    and .output_fields["fd.name"] == "/run/live/d/link/secret" and .output_fields["fd.realpath"] == "/run/live/d/real/secret" and .output_fields["evt.is_open_read"] == true
    and .output_fields["fd.num"] >= 3 and .output_fields["evt.res"] == "SUCCESS"'
}
it "reports an open with the path that was asked for and the one the kernel found" resolves_symlinks

rule "relative open" 'evt.type in (open, openat) and fd.name = /run/live/d/link/near' '%fd.name %fd.realpath %fd.nameraw'
rule "missing" 'evt.type in (open, openat) and fd.name = /run/live/d/link/missing and evt.res = ENOENT' '%fd.name %fd.realpath'
joins_relative_names() {
  : >$D/real/near
  mkdir -p $D/real/sub
  (cd $D/real/sub && cat ../../link/near) # fd.name is joined to where the shell went, long after its exec
  expect "relative open" '.output_fields["fd.nameraw"] == "../../link/near" and .output_fields["fd.realpath"] == "/run/live/d/real/near"' || return
  (cd $D/real/sub && cat ../../link/missing 2>/dev/null)
  expect missing "$(field fd.realpath null)"
}
it "joins a relative name to the directory that the process is in by now" joins_relative_names

rule "write" 'evt.type in (open, openat) and evt.is_open_write = true and fd.name = /run/live/d/real/written' '%fd.name %evt.arg.flags'
tells_writes() {
  : >$D/real/written2
  cat $D/real/written2 2>/dev/null
  echo x >$D/real/written
  expect write '.output_fields["evt.arg.flags"] | contains("O_TRUNC")' && refuse write "$(field fd.name '"/run/live/d/real/written2"')"
}
it "tells an open for writing from one for reading" tells_writes

sees_through_a_chroot() {
  mkdir -p $D/jail/bin
  cp $D/real/busybox $D/jail/bin/busybox
  chroot $D/jail /bin/busybox cat /bin/busybox >/dev/null
  expect "in jail" '.output_fields["fd.realpath"] == "/run/live/d/jail/bin/busybox" and .output_fields["fd.name"] == "/bin/busybox"'
}
rule "in jail" 'evt.type in (open, openat) and fd.realpath endswith /jail/bin/busybox and proc.exepath endswith /jail/bin/busybox' '%fd.name %fd.realpath'
rule "chroot" 'evt.type = chroot' '%evt.type %evt.arg.path %proc.name'
it "resolves paths to the root of the mount namespace, not to the caller's chroot" sees_through_a_chroot
it "reports chroot" expect_chroot
expect_chroot() { expect chroot "$(field proc.name '"chroot"')"; }

rule unlink 'evt.type in (unlink, unlinkat) and fs.realpath.name = /run/live/d/real/gone' '%fs.path.name %evt.res'
reports_unlink() {
  : >$D/real/gone
  rm $D/link/gone
  expect unlink '.output_fields["evt.res"] == "SUCCESS" and .output_fields["fs.path.name"] == "/run/live/d/link/gone"'
}
it "reports the removal of a file" reports_unlink

rule rename 'evt.type in (rename, renameat, renameat2) and fs.realpath.source = /run/live/d/real/old' '%fs.path.source %fs.path.target %fs.realpath.target'
reports_rename() {
  : >$D/real/old
  mv $D/link/old $D/link/new
  expect rename '.output_fields["fs.realpath.target"] == "/run/live/d/real/new" and .output_fields["fs.path.target"] == "/run/live/d/link/new"'
}
it "reports a rename with both names" reports_rename

rule link 'evt.type in (link, linkat) and evt.arg.oldpath = /run/live/d/link/new' '%evt.arg.oldpath %evt.arg.newpath'
reports_link() {
  ln $D/link/new $D/real/hard
  expect link '.output_fields["evt.arg.newpath"] == "/run/live/d/real/hard"'
}
it "reports a hard link with both names" reports_link

rule symlink 'evt.type in (symlink, symlinkat) and evt.arg.target = /etc/shadow' '%evt.arg.target %evt.arg.linkpath'
reports_symlink() {
  ln -s /etc/shadow $D/real/soft
  ln -s /etc/passwd $D/real/soft2
  expect symlink '.output_fields["evt.arg.linkpath"] == "/run/live/d/real/soft"'
}
it "reports a symbolic link with its text" reports_symlink

rule chmod 'evt.type in (chmod, fchmodat, fchmod) and evt.arg.mode contains S_ISUID' '%evt.arg.mode %fs.path.name'
reports_chmod() {
  chmod 4755 $D/real/hard
  expect chmod
}
it "reports a set-user-id bit" reports_chmod

rule chown 'evt.type in (chown, fchownat, lchown, fchown) and fs.path.name = /run/live/d/real/hard' '%fs.path.name %evt.type'
reports_chown() {
  chown 1000 $D/real/hard
  expect chown
}
it "reports a change of owner" reports_chown

# --- mounts and namespaces -----------------------------------------------------------------------------------------

rule mount 'evt.type = mount and evt.arg.type = tmpfs' '%evt.arg.dev %evt.arg.dir %evt.arg.type %evt.res'
rule umount 'evt.type in (umount, umount2)' '%evt.type %evt.res'
reports_mounts() {
  mkdir -p $D/mnt
  mount -t tmpfs vd-source $D/link/../mnt
  umount $D/mnt
  expect mount '.output_fields["evt.arg.dev"] == "vd-source" and .output_fields["evt.res"] == "SUCCESS"' && expect umount
}
it "reports a mount and an unmount" reports_mounts

rule "new mount API" 'evt.type in (fsconfig, fsmount, move_mount)' '%evt.type'
reports_the_new_mount_api() {
  succeeds attacks new-mount tmpfs $D/mnt
  umount $D/mnt 2>/dev/null
  expect "new mount API" "$(field evt.type '"move_mount"')"
}
it "reports the new mount API" reports_the_new_mount_api

rule unshare 'evt.type = unshare and evt.arg.flags contains CLONE_NEWUTS' '%evt.arg.flags %evt.res'
rule setns 'evt.type = setns' '%evt.type %evt.res %proc.name'
reports_namespaces() {
  unshare --uts true
  nsenter -t 1 -u true
  expect unshare "$(field evt.res '"SUCCESS"')" && expect setns "$(field proc.name '"nsenter"')"
}
it "reports unshare and setns" reports_namespaces

# --- privilege -----------------------------------------------------------------------------------------------------

rule ptrace 'evt.type = ptrace and evt.arg.request contains PTRACE_SEIZE' '%evt.arg.request'
rule "vm write" 'evt.type = process_vm_writev' '%evt.type'
reports_ptrace() {
  sleep 60 &
  succeeds attacks ptrace-seize $!; attacks vm-writev $! 4096 >/dev/null
  kill $!
  expect ptrace && expect "vm write"
}
it "reports ptrace and writes into another process" reports_ptrace

rule bpf 'evt.type = bpf and evt.arg.cmd = BPF_PROG_LOAD and proc.name != vedette' '%evt.arg.cmd %proc.name'
reports_bpf() {
  succeeds attacks bpf-prog
  expect bpf
}
it "reports the load of a BPF program" reports_bpf

rule module 'evt.type in (init_module, finit_module)' '%evt.type %evt.res %proc.name'
reports_modules() {
  insmod /vm/dummy.ko && rmmod dummy
  expect module '.output_fields["evt.res"] == "SUCCESS"'
}
it "reports the load of a kernel module" reports_modules

# --- network -------------------------------------------------------------------------------------------------------

rule listen 'evt.type = listen' '%evt.type %proc.name'
rule bind 'evt.type = bind and fd.sport = 4711' '%evt.type %fd.sport'
rule connect 'evt.type = connect and fd.sport = 4711 and fd.sip = 127.0.0.1' '%fd.name %fd.rip %fd.sip %fd.sport %fd.l4proto %fd.type %evt.res'
rule accept 'evt.type in (accept, accept4) and fd.sport = 4711' '%fd.name %fd.cip'
reports_tcp() {
  attacks serve 127.0.0.1 4711 >/dev/null &
  wait_until 10 attacks connect 127.0.0.1 4711 >/dev/null
  wait $!
  expect bind && expect listen && expect connect '.output_fields["fd.l4proto"] == "tcp" and .output_fields["fd.type"] == "ipv4"' &&
    expect accept '.output_fields["fd.cip"] == "127.0.0.1"'
}
it "reports bind, listen, connect and accept with both ends" reports_tcp

rule socket 'evt.type = socket and evt.arg.domain contains AF_PACKET' '%evt.arg.domain'
reports_packet_sockets() {
  succeeds attacks socket 17 3
  expect socket
}
it "reports a packet socket" reports_packet_sockets

rule "shell on a socket" 'evt.type in (dup, dup2, dup3) and evt.rawres in (0, 1, 2) and fd.type in (ipv4, ipv6)' '%evt.rawres %fd.type %evt.type'
reports_dup_of_a_socket() {
  attacks serve 127.0.0.1 4712 >/dev/null &
  wait_until 10 attacks dup-socket 127.0.0.1 4712 >/dev/null
  wait $!
  expect "shell on a socket"
}
it "reports a socket that becomes standard input" reports_dup_of_a_socket

rule datagram 'evt.type in (sendto, sendmsg, sendmmsg) and fd.rport = 4713' '%fd.rport %fd.l4proto'
reports_datagrams() {
  attacks sendto 127.0.0.1 4713 >/dev/null
  expect datagram
}
it "reports a datagram that is sent without connect" reports_datagrams

# --- ways around ---------------------------------------------------------------------------------------------------

rule "by io_uring" 'evt.type = openat and evt.via = io_uring and fd.realpath = /run/live/d/real/secret' '%evt.via %fd.name'
sees_io_uring() {
  succeeds attacks uring-open $D/link/secret
  expect "by io_uring" "$(field fd.name '"/run/live/d/link/secret"')"
}
it "sees an open through io_uring" sees_io_uring

sees_compat_calls() {
  succeeds attacks open-int80 $D/link/secret
  expect open '.output_fields["evt.res"] == null and .output_fields["fd.nameraw"] == "/run/live/d/link/secret"'
}
it "sees an open through the 32-bit system call table" sees_compat_calls

counts_losses() {
  stop_vedette && grep -q 'losses' "$RUN_LOG"
}
it "says at its end what was lost" counts_losses

run_suite
