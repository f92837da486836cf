# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `action: kill` on calls that no hook sees: they are carried out, and the kernel kills their caller at their end, whatever becomes
# of the agent. Each program that a rule is about is a copy of the attacks.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/k
readonly EINVAL="Invalid argument"
# shellcheck disable=SC2034 # lib.sh's
SELF_PROTECTION=off # the suite kills the agent
mkdir -p $D/bin
for program in bad other watched mixed tty types mode; do cp "$ATTACKS" $D/bin/$program; done

# x86-64's numbers, and i386's with an i.
readonly ioctl=16 mkdir=83 setsid=112 personality=135 setdomainname=171 memfd_create=319 userfaultfd=323
readonly i_ioctl=54 i_setsid=66 i_memfd_create=356
readonly TIOCSTI=0x5412 TIOCNOTTY=0x5422 upper=0x7700000000

readonly OUTPUT='%evt.type %evt.res %evt.rawres %evt.verdict %proc.exepath %container.id'
rule "no memfd" "evt.type in (memfd_create, setsid, setdomainname) and proc.exepath = $D/bin/bad" "$OUTPUT" 'action: kill'
rule "no memfd in containers" 'evt.type = memfd_create and container.id != host and proc.name != other' "$OUTPUT" 'action: kill'
rule "no memfd, watched" "evt.type = memfd_create and proc.exepath = $D/bin/watched" "$OUTPUT" $'action: kill\nmode: monitor'
rule "neither memfd nor directory" "evt.type in (memfd_create, mkdir, mkdirat) and proc.exepath = $D/bin/mixed" "$OUTPUT" 'action: kill'
rule "no ioctl" "evt.type = ioctl and proc.exepath = $D/bin/tty" "$OUTPUT" 'action: kill'
rule "no typing" "evt.type = ioctl and evt.arg.request in (5412, 541C) and proc.exepath = $D/bin/types" "$OUTPUT %evt.arg.request" 'action: kill'
rule "mode" "evt.type = userfaultfd and proc.exepath = $D/bin/mode" "$OUTPUT" 'action: kill'
rule "personality" "evt.type = personality and proc.exepath startswith $D/bin/" "$OUTPUT"

run() { "$D/bin/$1" "${@:2}"; }
# killed COMMAND...: by SIGKILL, before it could say anything.
killed() {
  "$@" >"$WORK/killed" 2>&1
  local code=$?
  [[ $code -eq 137 ]] && ! grep -v ' Killed ' "$WORK/killed" || fail "\"$*\" ended with $code: $(cat "$WORK/killed")"
}
by() { echo ".output_fields[\"evt.verdict\"] == \"$1\" and .output_fields[\"evt.type\"] == \"$2\"${3:+ and $3}"; }
result() { echo ".output_fields[\"evt.res\"] == \"$1\""; }

kills() {
  killed run bad call $memfd_create s:x 0 && killed run bad call $setsid &&
    expect "no memfd" "$(by kill-after memfd_create "$(result SUCCESS) and .output_fields[\"evt.rawres\"] >= 3 and (.output | contains(\"[KILLED AFTER]\"))")" &&
    expect "no memfd" "$(by kill-after setsid)"
}
it "kills for a call that no hook sees, and tells its result" kills

carries_out() {
  killed run bad call $setdomainname s:live.after 10 && [[ $(</proc/sys/kernel/domainname) == live.after ]] || fail "the domain is $(</proc/sys/kernel/domainname)" || return
  killed run bad call $memfd_create s:x 0xffff && expect "no memfd" "$(by kill-after memfd_create "$(result EINVAL)")" &&
    expect "no memfd" "$(by kill-after setdomainname "$(result SUCCESS)")"
}
it "kills when the call is over, whether it failed or not" carries_out

spares() {
  succeeds run other call $memfd_create s:x 0 && succeeds run bad call $userfaultfd 1 && succeeds run bad call $personality 0xffffffff &&
    says "$EINVAL" run other call $memfd_create s:x 0xffff && expect "personality" ".output_fields[\"evt.verdict\"] == \"allow\" and .output_fields[\"proc.exepath\"] == \"$D/bin/bad\"" &&
    refuse "no memfd" ".output_fields[\"proc.exepath\"] == \"$D/bin/other\""
}
it "spares other calls of the program and other programs' call" spares

covers_32_bits() {
  killed run bad call32 $i_memfd_create 0 0 && expect "no memfd" "$(by kill-after memfd_create "$(result EFAULT)")" &&
    killed run bad call32 $i_setsid && says "Bad address" run other call32 $i_memfd_create 0 0
}
it "kills for the same call of a 32-bit program" covers_32_bits

covers_compat_functions() {
  killed run tty call $ioctl 0 $TIOCSTI 0 && killed run tty call32 $i_ioctl 0 $TIOCSTI 0 && killed run tty call32 $i_ioctl 99 0 0 &&
    expect "no ioctl" "$(by kill-after ioctl "$(result EBADF)")"
}
it "kills for a call that 32-bit programs make by a function of its own" covers_compat_functions

by_arguments() {
  killed run types call $ioctl 0 $TIOCSTI 0 && killed run types call $ioctl 0 $((upper + TIOCSTI)) 0 && killed run types call32 $i_ioctl 0 $TIOCSTI 0 &&
    says "call: " run types call $ioctl 0 $TIOCNOTTY 0 && expect "no typing" "$(by kill-after ioctl '.output_fields["evt.arg.request"] == "5412"')" &&
    refuse "no typing" '.output_fields["evt.arg.request"] != "5412"'
}
it "decides by numbers among the arguments, whatever is above them in their registers" by_arguments

in_containers() {
  killed in_container --add "$ATTACKS" -- /attacks call $memfd_create s:x 0 && succeeds in_container --add "$ATTACKS" -- /attacks call $personality 0xffffffff &&
    succeeds "$ATTACKS" call $memfd_create s:x 0 && expect "no memfd in containers" "$(by kill-after memfd_create '.output_fields["container.id"] != "host"')" &&
    refuse "no memfd in containers" '.output_fields["container.id"] == "host"'
}
it "kills in containers and not on the host" in_containers

monitors() {
  succeeds run watched call $memfd_create s:x 0 &&
    expect "no memfd, watched" "$(by would_kill-after memfd_create "$(result SUCCESS) and (.output | contains(\"[WOULD KILL AFTER]\"))")"
}
it "only tells in mode monitor" monitors

both() {
  local code
  run mixed call $mkdir s:$D/made 0755 >/dev/null 2>&1
  code=$?
  [[ $code -eq 137 && ! -e $D/made ]] || fail "mkdir ended with $code" || return
  killed run mixed call $memfd_create s:x 0 && succeeds run other call $mkdir s:$D/made 0755 &&
    expect "neither memfd nor directory" "$(by kill mkdir "$(result EPERM)")" &&
    expect "neither memfd nor directory" "$(by kill-after memfd_create "$(result SUCCESS)")"
}
it "refuses and kills where there is a hook, in the same rule" both

is_busy() { run other call $memfd_create s:x 0; }
is_killed() { run bad call $memfd_create s:x 0; }
kills_under_load() { kills_each_time is_busy is_killed; }
it "kills each time, however busy the machine is" kills_under_load

changes_mode() {
  killed run mode call $userfaultfd 1 && "$VEDETTE" mode monitor --rule mode >/dev/null && succeeds run mode call $userfaultfd 1 &&
    expect "mode" "$(by would_kill-after userfaultfd)" && "$VEDETTE" mode enforce --all >/dev/null && killed run mode call $userfaultfd 1
}
it "changes its mode while it runs" changes_mode

# The end of a call that is only told of is not there to stay.
reloads() {
  cp "$WORK/rules.yaml" "$WORK/former.yaml" && sed 's/^- rule: personality$/&\n  action: kill/' "$WORK/former.yaml" >"$WORK/rules.yaml" && kill -HUP "$RUN_PID" &&
    wait_until 30 grep -q 'the new rules kill for the system call personality, which was only told of at start; restart' "$RUN_LOG" &&
    succeeds run bad call $personality 0xffffffff && killed run bad call $memfd_create s:x 0 || return
  sed 's/evt.type in (memfd_create, setsid, setdomainname)/evt.type = setsid/' "$WORK/former.yaml" >"$WORK/rules.yaml" && kill -HUP "$RUN_PID" &&
    wait_until 30 grep -q 'reloaded' "$RUN_LOG" && succeeds run bad call $memfd_create s:x 0 && killed run bad call $setsid
}
it "says otherwise after a reload, of the calls that it killed for at its start" reloads

agrees_with_user_space() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation" agrees_with_user_space

still_holds() {
  killed run bad call $memfd_create s:x 0 && killed run bad call32 $i_setsid && killed run tty call32 $i_ioctl 0 $TIOCSTI 0 && succeeds run other call $memfd_create s:x 0 &&
    succeeds run watched call $memfd_create s:x 0 && succeeds run bad call $personality 0xffffffff
}
outlives_the_agent() {
  ON_STOP=keep
  start_vedette "$suite_rules" || return
  local code=0 pinned
  still_holds || code=1
  kill -KILL "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
  still_holds || code=1
  "$VEDETTE" status >"$WORK/status" && grep -qE '^hooks +syscall: seen .* killed after [1-9]' "$WORK/status" && grep -qE '^rule +no memfd: kill, [1-9]' "$WORK/status" || { cat "$WORK/status"; code=1; }
  # What only tells of a call ends with the agent.
  pinned=$("$VEDETTE" status --json | jq -r '.programs[]') && ! grep -q personality <<<"$pinned" || fail "pinned: $pinned" || code=1
  ON_STOP=remove
  start_vedette "$suite_rules" || code=1
  grep -q 'refusals not reported' "$RUN_LOG" || { fail "nothing was told of what happened without an agent"; code=1; }
  still_holds || code=1
  stop_vedette && succeeds run bad call $memfd_create s:x 0 && [[ $code -eq 0 ]]
}
it "holds while the agent is killed and another one takes over, until it is removed" outlives_the_agent

# Where one probe stands for all results, its name does not say which; what it saw does.
asks_for_nothing_more() {
  local programs
  suite_rules=''
  start_vedette "" || return
  programs=$(attacks bpf-programs vd_) && ! grep 'exit_call' <<<"$programs" && succeeds run bad call $memfd_create s:x 0 && settle && stop_vedette &&
    grep -q '^ *hooks *file_open: seen' "$RUN_LOG" && ! grep 'hooks *syscall:' "$RUN_LOG"
}
it "attaches nothing at the end of calls when no rule asks" asks_for_nothing_more

run_suite
