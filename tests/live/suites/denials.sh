# SPDX-License-Identifier: Apache-2.0
# Every system call that a hook judges and no other suite refuses: it fails with EPERM for the program that a rule is about, and
# does not for another one. All are copies of the same program. What is decided by objects is in verdicts, hooks, path_tricks.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/d
readonly EPERM="Operation not permitted"
mkdir -p $D
for program in free becomes watched; do cp "$ATTACKS" $D/$program; done

# A place of its own for each try, so that none meets what another has left.
place() {
  mkdir -p "$1/folder" "$1/mnt" "$1/root" && echo x >"$1/file" && mount -t tmpfs none "$1/mnt"
}

# denies TYPES COMMAND: what `attacks` is to do in the place P.
denies() {
  local name=${1%%,*}
  cp "$ATTACKS" $D/refused.$name
  rule "deny $name" "evt.type in ($1) and proc.exepath = $D/refused.$name" '%evt.type %evt.res %evt.verdict' 'action: deny'
  eval "refuses_$name() { refused '$name' '$2'; }"
  it "refuses $name, and not to another program" "refuses_$name"
}
refused() { # NAME COMMAND
  local P
  P=$D/$1.refused
  place $P && eval "says \"\$EPERM\" $D/refused.$1 $2" || return
  P=$D/$1.free
  place $P || return
  eval "says OK $D/free $2" || return
  expect "deny $1" '.output_fields["evt.verdict"] == "deny" and .output_fields["evt.res"] == "EPERM"'
}

denies mkdir 'call 83 s:$P/new 493'
denies mkdirat 'call 258 -100 s:$P/new 493'
denies rmdir 'call 84 s:$P/folder'
denies unlinkat 'unlinkat $P/file'
denies "symlinkat, symlink" 'symlink $P/file $P/link'
denies renameat2 'renameat2 $P/file $P/moved'
denies "mknodat, mknod" 'mknod $P/node 1 3'
denies "fchownat, chown" 'chown $P/file 1000'
denies chroot 'chroot $P/root'
denies umount2 'umount $P/mnt'
denies mount 'mount-remount $P/mnt 1'
denies "fsmount, fsconfig, move_mount" 'new-mount tmpfs $P/mnt'
denies pivot_root 'pivot-root $P/root'
denies socket 'socket 17 3'
denies socketpair 'call 53 1 1 0 s:descriptors'
denies bind 'bind 127.0.0.1 4731'
denies listen 'listen 127.0.0.1 4732'
denies "accept4, accept" 'accept 127.0.0.1 4733'
denies sendto 'sendto 127.0.0.1 4734'
denies sendmmsg 'sendmmsg 127.0.0.1 4735'
denies unshare 'unshare 0x20000'
denies setns 'setns /proc/1/ns/uts'
denies kcmp 'call 312 1 1 2 0 0'
denies setuid 'setuid 1000'
denies "setresuid, setreuid" 'setresuid 1000'
denies setgid 'call 106 1000'
denies setgroups 'setgroups 1000'
denies capset 'capset'

rule "becomes" "evt.type in (setuid, setresuid) and user.new_uid = 1002 and proc.exepath = $D/becomes" '%user.new_uid %evt.verdict' 'action: deny'
rule "watched" "evt.type in (setuid, setresuid) and user.new_uid = 1002 and proc.exepath = $D/watched" '%user.new_uid %evt.verdict' 'action: deny
mode: monitor'
refuses_by_the_new_user() {
  says "$EPERM" $D/becomes setuid 1002 && says "$EPERM" $D/becomes setresuid 1002 && succeeds $D/becomes setuid 1003 &&
    succeeds $D/watched setuid 1002 && expect becomes '.output_fields["user.new_uid"] == 1002' &&
    expect watched '.output_fields["evt.verdict"] == "would_deny"'
}
it "refuses a change of credentials by the user that it leads to" refuses_by_the_new_user

agrees_with_user_space() {
  stop_vedette && ! grep -i disagree "$RUN_LOG" || fail "verdicts differ"
}
it "decides as user space does" agrees_with_user_space

run_suite
