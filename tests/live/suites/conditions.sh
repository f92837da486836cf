# SPDX-License-Identifier: Apache-2.0
# What the condition of a rule that refuses can ask besides paths, names, users and containers: ancestors, inodes and devices,
# capabilities, flags, globs. Each thing that is refused has a neighbour that is not. The rules are pinned, so that an agent takes over.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2034 # lib.sh's
ON_STOP=keep
readonly D=/run/live/c
readonly EPERM="Operation not permitted"
readonly OPENS='evt.type in (open, openat, openat2) and evt.is_open_read = true'
mkdir -p $D/lib/tools $D/opt $D/home/{a,b}/.ssh $D/mnt
for program in implant harmless gate; do cp /bin/bash $D/$program; done
cp /bin/bash $D/lib/tools/runner
cp /bin/bash $D/opt/agent.bin
cp "$ATTACKS" $D/mounter
for file in secret gated tools ended inode other power plain free home/{a,b}/.ssh/{id_rsa,known_hosts}; do echo x >$D/$file; done

# --- ancestors -----------------------------------------------------------------------------------------------------

rule "implant" "$OPENS and fd.name = $D/secret and proc.aname = implant" '%proc.name %evt.verdict' 'action: deny'
rule "only by the gate" "$OPENS and fd.name = $D/gated and not proc.aname in (gate, watchman)" '%proc.name' 'action: deny'
rule "tools" "$OPENS and fd.name = $D/tools and proc.aexepath startswith $D/lib/" '%proc.name' 'action: deny'
rule "ended" "$OPENS and fd.name = $D/ended and proc.aexepath endswith /agent.bin" '%proc.name' 'action: deny'

# by PROGRAM COMMAND: a child of the program does it; the last word keeps the shell from becoming the command.
by() { "$1" -c "$2; true" 2>&1; }

refuses_descendants() {
  says "$EPERM" by $D/implant "cat $D/secret" && says "$EPERM" by $D/implant "sh -c 'sh -c \"cat $D/secret; true\"; true'" &&
    expect implant '.output_fields["evt.verdict"] == "deny" and .output_fields["proc.name"] == "cat"'
}
it "refuses the children of a program, and theirs" refuses_descendants

lets_others_pass() {
  succeeds by $D/harmless "cat $D/secret" && succeeds cat $D/secret && succeeds by $D/implant "cat $D/other" &&
    succeeds $D/implant -c "read -r line <$D/secret"
}
it "lets other programs pass, other files, and the program itself" lets_others_pass

# The file is written when all that made the process is gone.
orphan() { # PROGRAM COMMAND: its output is in $D/orphan
  rm -f $D/orphan
  "$1" -c "(setsid sh -c 'while [ \$(ps -o ppid= \$\$) -ne 1 ]; do sleep 0.1; done; sh -c \"$2; true\" >$D/orphan.new 2>&1; mv $D/orphan.new $D/orphan' &) ; true" >/dev/null 2>&1
  wait_until 60 test -e $D/orphan || fail "the orphan did nothing"
}
refuses_orphans() {
  orphan $D/implant "cat $D/secret" && grep -q "$EPERM" $D/orphan || { fail "read by an orphan: $(cat $D/orphan)"; return; }
  orphan $D/harmless "cat $D/secret" && grep -q x $D/orphan || fail "refused: $(cat $D/orphan)"
}
it "knows them when who made them is gone, in another session, twice forked" refuses_orphans

refuses_after_an_exec_by_a_thread() {
  local python="import os,threading;t=threading.Thread(target=lambda:os.execv('/bin/sh',['sh','-c','cat $D/secret;true']));t.start();t.join()"
  says "$EPERM" by $D/implant "python3 -c \"$python\"" && says x by $D/harmless "python3 -c \"$python\""
}
it "knows them behind an exec by another thread than the first" refuses_after_an_exec_by_a_thread

refuses_what_is_not_below() {
  succeeds by $D/gate "cat $D/gated" && succeeds by $D/gate "sh -c 'cat $D/gated; true'" && says "$EPERM" cat $D/gated &&
    says "$EPERM" by $D/harmless "cat $D/gated"
}
it "refuses those that descend from none of a list" refuses_what_is_not_below

refuses_by_the_path_of_an_ancestor() {
  says "$EPERM" by $D/lib/tools/runner "cat $D/tools" && succeeds by $D/harmless "cat $D/tools" &&
    says "$EPERM" by $D/opt/agent.bin "sh -c 'cat $D/ended; true'" && succeeds by $D/lib/tools/runner "cat $D/ended"
}
it "refuses by how the path of an ancestor's executable begins, and how it ends" refuses_by_the_path_of_an_ancestor

# A line of descent of more programs than there is room for: the nearest is not known, and that is told.
readonly LONG=$D/$(printf 'x%.0s' {1..180})
long_descent() {
  local n=$1
  [[ $n -eq 0 ]] && { cat "$D/secret"; return; }
  cp /bin/bash "$LONG$n"
  "$LONG$n" -c "$(declare -f long_descent); D=$D LONG=$LONG; long_descent $((n - 1)); true" 2>&1
}
tells_what_is_cut() {
  local before output
  before=$(jq -s '[.[] | select(.rule == "Vedette internal: allowed undecided")] | length' "$RUN_OUT")
  output=$(long_descent 24)
  rm -f "$LONG"*
  [[ $output == x ]] || { fail "not undecided: $output"; return; }
  wait_until 60 more_undecided "$before" || fail "nobody was told"
  says "$EPERM" by $D/implant "$(declare -f long_descent); D=$D LONG=$LONG; long_descent 24; true"
  rm -f "$LONG"*
}
more_undecided() { [[ $(jq -s '[.[] | select(.rule == "Vedette internal: allowed undecided")] | length' "$RUN_OUT") -gt $1 ]]; }
it "keeps the oldest of a line that is too long, and tells that some are not known" tells_what_is_cut

# --- inodes and devices --------------------------------------------------------------------------------------------

mount -t tmpfs none $D/mnt
echo x >$D/mnt/file
device() { echo $((($(stat -c '%Hd' "$1") << 20) | $(stat -c '%Ld' "$1"))); }
rule "inode" "$OPENS and fd.ino = $(stat -c %i $D/inode) and fd.dev = $(device $D/inode)" '%fd.ino %fd.dev' 'action: deny'
rule "device" "evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.dev in ($(device $D/mnt/file))" '%fd.dev' 'action: deny'

refuses_an_inode() {
  ln $D/inode $D/inode.link && says "$EPERM" cat $D/inode && says "$EPERM" cat $D/inode.link && succeeds cat $D/other
}
it "refuses a file by its inode, whatever its name" refuses_an_inode

refuses_a_device() {
  says "$EPERM" sh -c "echo y >$D/mnt/new" && says "$EPERM" sh -c "echo y >>$D/mnt/file" && succeeds cat $D/mnt/file && succeeds sh -c "echo y >$D/free"
}
it "refuses writing on a device, and nowhere else" refuses_a_device

# --- capabilities --------------------------------------------------------------------------------------------------

rule "power" "$OPENS and fd.name = $D/power and thread.cap_effective contains CAP_SYS_ADMIN" '%proc.name %thread.cap_effective' 'action: deny'
rule "plain" "$OPENS and fd.name = $D/plain and not thread.cap_permitted icontains cap_net_admin" '%proc.name' 'action: deny'

refuses_by_capabilities() {
  says "$EPERM" cat $D/power && succeeds setpriv --bounding-set -sys_admin cat $D/power && succeeds cat $D/plain &&
    says "$EPERM" setpriv --bounding-set -net_admin cat $D/plain
}
it "refuses by the capabilities that a thread has" refuses_by_capabilities

# --- flags ---------------------------------------------------------------------------------------------------------

rule "bind" "evt.type = mount and proc.exepath = $D/mounter and evt.arg.flags contains MS_BIND" '%evt.arg.flags' 'action: deny'
rule "exactly" "evt.type = mount and proc.exepath = $D/mounter and evt.arg.flags in (MS_NOSUID|MS_NODEV, MS_RDONLY)" '%evt.arg.flags' 'action: deny'
rule "lazily" "evt.type in (umount, umount2) and proc.exepath = $D/mounter and evt.arg.flags = DETACH" '%evt.arg.flags' 'action: deny'
rule "setuid bit" "evt.type in (chmod, fchmod, fchmodat, fchmodat2) and fs.path.name startswith $D/ and evt.arg.mode contains S_ISUID" '%evt.arg.mode' 'action: deny'

mounts() { $D/mounter call 165 s:"$1" s:$D/lib s:tmpfs "$2" 0 && umount $D/lib; }
refuses_by_flags_of_a_mount() {
  says "$EPERM" mounts $D/home 4096 && says "$EPERM" mounts $D/home 20480 && says "$EPERM" mounts none 6 && says "$EPERM" mounts none 1 &&
    says OK mounts none 0 && says OK mounts none 2 && says OK mounts none 7 &&
    expect bind '.output_fields["evt.arg.flags"] == "MS_BIND|MS_REC"'
}
it "refuses a mount by one of its flags, or by all" refuses_by_flags_of_a_mount

refuses_by_flags_of_an_unmount() {
  mount -t tmpfs none $D/lib && says "$EPERM" $D/mounter call 166 s:$D/lib 2 && says OK $D/mounter call 166 s:$D/lib 0
}
it "refuses an unmount by its flags" refuses_by_flags_of_an_unmount

refuses_by_a_mode() {
  says "$EPERM" chmod 4755 $D/other && says "$EPERM" chmod u+s $D/other && succeeds chmod 2755 $D/other && succeeds chmod 644 $D/other
}
it "refuses a mode by one of its bits" refuses_by_a_mode

# --- globs ---------------------------------------------------------------------------------------------------------

rule "keys" "$OPENS and fd.name glob $D/home/*/.ssh/id_?s*" '%fd.name' 'action: deny'

refuses_by_a_glob() {
  says "$EPERM" cat $D/home/a/.ssh/id_rsa && says "$EPERM" cat $D/home/b/.ssh/id_rsa && succeeds cat $D/home/a/.ssh/known_hosts &&
    says "$EPERM" cat $D/home/../home/a/.ssh/id_rsa && says "$EPERM" mv $D/home/a $D/moved && says "$EPERM" ln $D/home/a/.ssh/id_rsa $D/link
}
it "refuses by a glob with stars between, and guards what it names" refuses_by_a_glob

rule "numbered keys" "$OPENS and fd.name glob $D/home/*/key[0-9][!.]*.pem" '%fd.name' 'action: deny'
mkdir -p $D/home/c
for name in key1a key10 key9-b keya1 key1. key; do echo x >$D/home/c/$name.pem; done

refuses_by_a_glob_with_sets() {
  local name
  for name in key1a key10 key9-b; do says "$EPERM" cat $D/home/c/$name.pem || return; done
  for name in keya1 key1. key; do succeeds cat $D/home/c/$name.pem || return; done
}
it "refuses by a glob with sets of bytes" refuses_by_a_glob_with_sets

# --- agents come and go --------------------------------------------------------------------------------------------

# Waits for a word, and then its descendants read what they may not.
waiting() { # PROGRAM NAME
  mkfifo "$D/$2.go"
  "$1" -c "(setsid sh -c 'read -r go <$D/$2.go; sh -c \"cat $D/secret; true\" >$D/$2.new 2>&1; mv $D/$2.new $D/$2.done' &); true" >/dev/null 2>&1
}
goes() { # NAME TEXT
  echo go >"$D/$1.go"
  wait_until 60 test -e "$D/$1.done" || { fail "$1 did nothing"; return; }
  grep -q "$2" "$D/$1.done" || fail "$1 said $(cat "$D/$1.done")"
}
lasts_over_agents() {
  waiting $D/implant kept && waiting $D/harmless free || return
  sleep 1
  kill -9 "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
  says "$EPERM" by $D/implant "cat $D/secret" && succeeds by $D/harmless "cat $D/secret" || return
  waiting $D/implant between
  sleep 1
  start_vedette "$suite_rules" || return
  goes kept "$EPERM" && goes between "$EPERM" && goes free x
}
it "knows who descends from whom without an agent, and when another has taken over" lasts_over_agents

# Of those that were there before: what they descend from that is still there.
mkfifo $D/early.go
"$D/implant" -c "sh -c 'read -r go <$D/early.go; cat $D/secret >$D/early.new 2>&1; mv $D/early.new $D/early.done'; true" >/dev/null 2>&1 &
knows_what_was_there() { goes early "$EPERM"; }
it "knows the ancestors of processes that were there before it, as far as they are" knows_what_was_there

is_reloaded() {
  stop_vedette && ! grep -i disagree "$RUN_LOG" || { fail "verdicts differ"; return; }
  "$VEDETTE" unload >/dev/null 2>&1
  succeeds by $D/implant "cat $D/secret"
}
it "decides as user space does, and nothing when it is unloaded" is_reloaded

run_suite
