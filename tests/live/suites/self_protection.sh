# SPDX-License-Identifier: Apache-2.0
# Self-protection: while rules refuse, nobody but by the documented ways ends, traces, freezes, unpins or edits the agent; each thing
# that is refused has a neighbour that is not.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2034 # pins.sh's
SELF_PROTECTION_OF_PINS=on
# shellcheck source=../pins.sh
source "$(dirname "$0")/../pins.sh"
readonly GROUP=/sys/fs/cgroup/live-vedette
mkdir -p $D/rules.d $GROUP
mount -o remount,rw /sys/fs/cgroup 2>/dev/null
cat >$D/rules.d/more.yaml <<'YAML'
- rule: more
  desc: .
  condition: evt.type in (open, openat) and fd.name = /run/live/p/more
  output: "%fd.name"
  priority: WARNING
YAML
readonly CONF=/run/above/below/vedette.yaml
mkdir -p "$(dirname $CONF)"
echo 'priority: debug' >$CONF
echo 'no rule of Vedette' >$D/neighbour.yaml

# refused WHAT COMMAND...: it says EPERM, and an alert says what somebody tried and who.
refused() {
  local what=$1
  shift
  : >"$RUN_OUT"
  says "$EPERM" "$@" || return
  expect "Vedette internal: tampering refused" \
    ".output_fields[\"vedette.attempt\"] == \"$what\" and .priority == \"Critical\" and .output_fields[\"proc.name\"] != \"\" and .output_fields[\"user.uid\"] >= 0"
}
alive() { [[ -d /proc/$RUN_PID ]] || fail "the agent is gone"; }
running() { [[ $(awk '/^State/ {print $2}' /proc/"$RUN_PID"/status) != T ]] || fail "the agent is stopped"; }

starts() {
  echo $BASHPID >$GROUP/cgroup.procs || return
  enforcing -r $D/rules.d -c $CONF
  local code=$?
  echo $BASHPID >/sys/fs/cgroup/cgroup.procs
  return $code
}
it "starts, with a control group of its own" starts

signal_is_refused() { # HOW NUMBER
  refused "send a signal to the agent" attacks signal "$1" "$RUN_PID" "$2" && alive && running
}
refuses_signals() {
  local how number
  for how in kill tgkill pidfd; do signal_is_refused $how 9 && signal_is_refused $how 19 || return; done
  for number in 3 6 11 20 24; do signal_is_refused kill $number || return; done
  expect "Vedette internal: tampering refused" '.output_fields["vedette.object"] == "SIGXCPU" and .output_fields["proc.exepath"] == "/vm/attacks" and .output_fields["container.id"] == "host"'
}
it "refuses SIGKILL, SIGSTOP and their like from a root shell, by every call" refuses_signals

lets_signals_to_others_pass() {
  sleep 100 &
  local other=$!
  succeeds attacks signal kill $other 19 && succeeds attacks signal pidfd $other 9 && succeeds attacks signal kill "$RUN_PID" 0
}
it "lets pass signals to others, and signal 0 to the agent" lets_signals_to_others_pass

refuses_to_trace() {
  local call
  for call in "ptrace-attach $RUN_PID" "ptrace-seize $RUN_PID" "pidfd-getfd $RUN_PID 0" "vm-writev $RUN_PID 0x1000" "vm-readv $RUN_PID 0x1000"; do
    # shellcheck disable=SC2086 # words
    refused "trace the agent or read its memory" attacks $call || return
  done
  refused "write a file of the agent in /proc" attacks proc-mem "$RUN_PID" || return
  sleep 100 &
  succeeds attacks ptrace-attach $! && succeeds cat /proc/"$RUN_PID"/maps && succeeds ls /proc/"$RUN_PID"/fd && kill -9 $!
}
it "refuses to trace the agent and to take its descriptors; to look at it is left to the host" refuses_to_trace

refuses_limits() {
  refused "change a resource limit of the agent" prlimit --pid "$RUN_PID" --cpu=1 &&
    refused "change the agent's priority" renice -n 19 -p "$RUN_PID" &&
    refused "change the agent's priority" chrt -i -p 0 "$RUN_PID" &&
    refused "write a file of the agent in /proc" bash -c "echo 1000 >/proc/$RUN_PID/oom_score_adj" || return
  sleep 100 &
  succeeds prlimit --pid $! --cpu=1 && succeeds renice -n 19 -p $! && succeeds bash -c "echo 1000 >/proc/$!/oom_score_adj" && kill -9 $!
}
it "refuses limits, priorities and files in /proc of the agent, not of others" refuses_limits

refuses_to_freeze() {
  local file before
  for file in freeze kill; do
    refused "write a control file of the agent's control group" bash -c "echo 1 >$GROUP/cgroup.$file" && alive || return
  done
  mkdir -p /sys/fs/cgroup/live-other && sleep 100 &
  local other=$!
  mkdir -p /sys/fs/cgroup/live-other
  succeeds bash -c "echo $other >/sys/fs/cgroup/live-other/cgroup.procs" && succeeds bash -c 'echo 1 >/sys/fs/cgroup/live-other/cgroup.kill' &&
    succeeds bash -c "sleep 0.1 & echo \$! >$GROUP/cgroup.procs"
}
it "refuses to freeze and kill the agent's control group, not others', nor to move processes" refuses_to_freeze

refuses_bpf() {
  local map
  for map in vd_policy_kinds vd_self vd_ring_verdict; do
    refused "open a BPF map of Vedette" attacks bpf-poke $PINS/gen_*/maps/$map 0 1 || return
  done
  refused "open a BPF map of Vedette" attacks bpf-map-by-id vd_policy_trie &&
    succeeds attacks bpf-map-by-id vd_policy_trie 8 && # BPF_F_RDONLY
    refused "open or replace a BPF program of Vedette" attacks bpf-extend vd_file_open &&
    succeeds attacks bpf-map && succeeds attacks bpf-prog && [[ $(attacks bpf-programs vd_self | wc -l) -gt 10 ]]
}
it "refuses its maps to writers and its programs to extensions; to look at them is left to root of the host" refuses_bpf

refuses_to_unpin() {
  local what="make, remove or rename a guarded name" generation
  generation=$(echo $PINS/gen_*)
  refused "$what" rm "$(echo "$generation"/links/000_*)" && refused "$what" rm "$generation/maps/vd_owner" &&
    refused "$what" mv "$generation" $PINS/gone && refused "$what" mkdir $PINS/gen_zzz && refused "$what" mv $PINS /sys/fs/bpf/gone &&
    refused "$what" attacks bpf-copy-pin "$(echo "$generation"/links/000_*)" "$generation/links/999_x" &&
    refused "mount over, move or unmount a guarded path" attacks umount /sys/fs/bpf &&
    refused "mount over, move or unmount a guarded path" attacks umount /sys/fs/bpf 2 &&
    refused "mount over, move or unmount a guarded path" attacks mount none $PINS tmpfs &&
    refused "mount over, move or unmount a guarded path" attacks new-mount tmpfs /sys/fs/bpf none || return
  succeeds mkdir /sys/fs/bpf/other && succeeds rmdir /sys/fs/bpf/other && mkdir -p $D/mnt && succeeds attacks mount none $D/mnt tmpfs &&
    succeeds umount $D/mnt && succeeds unshare -m bash -c 'umount -l /sys/fs/bpf' && refuses
}
it "refuses to remove, rename, add to, cover and unmount its pins" refuses_to_unpin

refuses_edits() {
  local file write="change a guarded file" name="make, remove or rename a guarded name"
  for file in "$WORK/rules.yaml" $D/rules.d/more.yaml $CONF; do
    refused "$write" bash -c "echo >>$file" && refused "$write" truncate -s 0 -c "$file" && refused "$write" chmod 666 "$file" &&
      refused "$write" attacks uring-open "$file" c &&
      refused "$name" rm "$file" && refused "$name" mv "$file" $D/away && refused "$name" mv -f $D/neighbour.yaml "$file" &&
      refused "mount over, move or unmount a guarded path" attacks mount-bind $D/neighbour.yaml "$file" && succeeds cat "$file" || return
  done
  refused "$name" touch $D/rules.d/new.yaml && refused "$name" ln -s $D/neighbour.yaml $D/rules.d/new.yaml &&
    refused "$name" mv $D/rules.d $D/away && refused "$name" mv /run/above /run/away && refused "$name" mv -f $D/neighbour.yaml "$VEDETTE" || return
  # A truncate without an open, too.
  refused "$write" attacks call 76 "s:$CONF" 0 &&
    succeeds bash -c "echo x >>$D/neighbour.yaml; touch $D/new.yaml; mv $D/new.yaml $D/new2.yaml; rm $D/new2.yaml" && refuses
}
it "refuses to edit, replace, remove and cover its rules and its configuration, not the files beside them" refuses_edits

refuses_ftrace() {
  refused "write kernel.ftrace_enabled" bash -c 'echo 0 >/proc/sys/kernel/ftrace_enabled' && succeeds cat /proc/sys/kernel/ftrace_enabled &&
    succeeds bash -c 'echo 1 >/proc/sys/kernel/sysrq' && refuses
}
it "refuses to switch function tracing off, not other sysctls" refuses_ftrace

# Root of a container that sees the host's processes, its files and its BPF file system.
refuses_containers() {
  local said
  said=$(in_container --privileged --host-pid --host-cgroup --bind /sys/fs/bpf:/bpf --bind /sys/fs/cgroup:/cg --bind "$WORK:/work" --add "$ATTACKS" -- sh -c "
    /attacks signal kill $RUN_PID 15; /attacks signal kill $RUN_PID 1; /attacks signal pidfd $RUN_PID 9; rm /bpf/vedette/gen_*/links/000_*; echo >>/work/rules.yaml
    /attacks bpf-map-by-id vd_policy_trie 8; echo 1 >/cg/live-vedette/cgroup.kill; cat /proc/$RUN_PID/maps; echo done" 2>&1)
  [[ $said == *done* ]] && alive && running && refuses || { fail "$said"; return; }
  [[ $(grep -ci "not permitted" <<<"$said") -ge 6 ]] || { fail "$said"; return; }
  expect "Vedette internal: tampering refused" '.output_fields["vedette.object"] == "SIGTERM" and .output_fields["container.id"] != "host"'
}
it "refuses all of it to a privileged container with the host's namespaces, SIGTERM too" refuses_containers

refuses_users() {
  setpriv --reuid 65534 --clear-groups --inh-caps +kill --ambient-caps +kill "$ATTACKS" signal kill "$RUN_PID" 15 >$D/out 2>&1
  grep -q "$EPERM\|EPERM" $D/out && alive || fail "$(cat $D/out)"
}
it "refuses signals of another user that has CAP_KILL" refuses_users

status_counts() { status '.self_protection.on and .self_protection.refused > 50 and .self_protection.not_reported == 0'; }
it "counts in the status what was refused, all of it told" status_counts

reloads() {
  : >"$RUN_LOG"
  succeeds attacks signal kill "$RUN_PID" 1 && wait_until 60 grep -q reloaded "$RUN_LOG" && refused "change a guarded file" bash -c "echo >>$CONF"
}
it "reloads by SIGHUP from root of the host, and goes on guarding" reloads

can_be_switched_off() {
  : >"$RUN_OUT"
  succeeds "$VEDETTE" self-protection off && expect "Vedette internal: self-protection off" '.priority == "Critical"' && status '.self_protection.on | not' || return
  sed -i 's/%fd.name/%fd.name %proc.name/' $D/rules.d/more.yaml && : >"$RUN_LOG" && kill -HUP "$RUN_PID" && wait_until 60 grep -q reloaded "$RUN_LOG" || return
  refuses && succeeds "$VEDETTE" self-protection on && expect "Vedette internal: self-protection on" && status '.self_protection.on' &&
    refused "change a guarded file" bash -c "echo >>$D/rules.d/more.yaml" && refused "send a signal to the agent" attacks signal kill "$RUN_PID" 9
}
it "lets root edit the rules after \`vedette self-protection off\`, and guards the new files when it is on again" can_be_switched_off

stays_after_a_kill() {
  local what
  succeeds "$VEDETTE" self-protection off && kill_agent && succeeds "$VEDETTE" self-protection on || return
  for what in "rm $(echo $PINS/gen_*/links/000_*)" "attacks umount /sys/fs/bpf 2" "attacks bpf-map-by-id vd_policy_trie" "mkdir $PINS/x" "tee -a $WORK/rules.yaml" "tee -a $VEDETTE" "rm $VEDETTE"; do
    # shellcheck disable=SC2086 # words
    says "$EPERM" $what </dev/null || return
  done
  refuses && status '.enforcing and (.agent | not) and .self_protection.not_reported >= 5' && enforcing &&
    status '.agent and .generations == 1' && refused "send a signal to the agent" attacks signal kill "$RUN_PID" 9
}
it "guards pins, maps and rules when the agent is dead, and lets the next one take over" stays_after_a_kill

stops_by_sigterm() {
  kill -TERM "$RUN_PID"
  wait "$RUN_PID"
  RUN_PID=''
  says "$EPERM" rm -r $PINS && says "$EPERM" cat $D/secret && succeeds bash -c "echo '# edited' >>$WORK/rules.yaml" &&
    succeeds "$VEDETTE" unload && nothing_left && succeeds bash -c "echo x >>$CONF"
}
it "stops by SIGTERM from root of the host; then rules may be edited, pins stay guarded until \`vedette unload\`" stops_by_sigterm

an_upgrade() {
  enforcing || return
  cp "$VEDETTE" $D/vedette.new
  succeeds "$VEDETTE" self-protection off && stop_vedette || return
  start_new && refuses && says '"agent":true' $D/vedette.new status --json && says '"self_protection":{"on":true' $D/vedette.new status --json &&
    [[ $(generations) -eq 1 ]] &&
    refused "send a signal to the agent" attacks signal kill "$RUN_PID" 9
}
start_new() {
  : >"$RUN_LOG"
  "$D/vedette.new" run --json -r "$WORK/rules.yaml" >"$RUN_OUT" 2>"$RUN_LOG" &
  RUN_PID=$!
  wait_until 240 is_ready "$RUN_LOG"
}
it "is taken over by another executable after \`vedette self-protection off\`" an_upgrade

# Then it is a program of its own that looks at opens (vd_self_file_open).
guards_without_rules_about_opens() {
  stop_vedette && succeeds $D/vedette.new unload || return
  with_rules <<'YAML' || return
- rule: no tool
  desc: .
  condition: evt.type in (execve, execveat) and proc.exepath = /run/live/p/tool
  output: "%proc.name"
  priority: WARNING
  action: deny
YAML
  refused "change a guarded file" bash -c "echo >>$WORK/rules.yaml" && refused "write kernel.ftrace_enabled" bash -c 'echo 0 >/proc/sys/kernel/ftrace_enabled' &&
    succeeds bash -c "echo x >>$D/neighbour.yaml" && says "$EPERM" $D/tool true && succeeds cat $D/secret &&
    succeeds "$VEDETTE" self-protection off && kill_agent && succeeds "$VEDETTE" unload
}
it "guards its rules, too, where rules refuse but no opens" guards_without_rules_about_opens

off_guards_nothing() {
  SELF_PROTECTION=off enforcing || return
  [[ $(attacks bpf-programs vd_self | wc -l) -eq 1 ]] || { fail "$(attacks bpf-programs vd_self)"; return; }
  succeeds bash -c "echo >>$WORK/rules.yaml" && kill_agent && succeeds "$VEDETTE" unload
}
it "guards nothing with --self-protection off" off_guards_nothing

monitor_guards_nothing() {
  enforcing --mode monitor || return
  [[ $(attacks bpf-programs vd_self_unlink | wc -l) -le 2 ]] && kill_agent && nothing_left
}
it "guards nothing while no rule refuses" monitor_guards_nothing

run_suite
