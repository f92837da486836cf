# SPDX-License-Identifier: Apache-2.0
# Events of calls that the other suites do not make: directories, receiving, calls without a hook, containers.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/s
mkdir -p $D/real
ln -s real $D/link
field() { echo ".output_fields[\"$1\"] == ${2}"; }

# --- directories ---------------------------------------------------------------------------------------------------

rule mkdir 'evt.type in (mkdir, mkdirat) and evt.arg.path endswith /made' \
  '%evt.type %evt.arg.path %fs.path.name %fs.realpath.name %evt.arg.mode %evt.res'
reports_mkdir() {
  mkdir -m 700 $D/link/other # the near miss
  mkdir -m 700 $D/link/made
  expect mkdir "$(field fs.realpath.name '"/run/live/s/real/made"') and $(field fs.path.name '"/run/live/s/link/made"')
    and $(field evt.arg.path '"/run/live/s/link/made"')
    and $(field evt.res '"SUCCESS"')" &&
    refuse mkdir '.output_fields["fs.path.name"] | endswith("other")'
}
it "reports a new directory as it was asked for and as the kernel resolved it" reports_mkdir

rule "denied mkdir" 'evt.type in (mkdir, mkdirat) and fs.path.name = /run/live/s/real/refused' '%evt.res' 'action: deny'
refuses_mkdir() {
  mkdir $D/link/refused 2>/dev/null && fail "it was made"
  expect "denied mkdir" "$(field evt.res '"EPERM"')" && [[ ! -e $D/real/refused ]]
}
it "refuses a directory that a rule denies" refuses_mkdir

# --- receiving -----------------------------------------------------------------------------------------------------

rule received 'evt.type in (recvfrom, recvmsg, recvmmsg) and evt.buffer bcontains cafebabe' \
  '%evt.type %fd.type %fd.rip %fd.rport %fd.lport %fd.l4proto %evt.rawres %evt.buflen %fd.num'
receives() {
  local how=$1 from=$2
  attacks receive "$how" 4721 "$((from + 1))" 'the near miss' >/dev/null
  attacks receive "$how" 4721 "$from" $'go \xca\xfe\xba\xbe' >/dev/null
  expect received "$(field evt.type "\"$how\"") and $(field fd.rport "$from") and $(field fd.rip '"127.0.0.1"')
    and $(field fd.lport 4721) and $(field evt.buflen 7) and $(field fd.l4proto '"udp"')" &&
    refuse received "$(field fd.rport $((from + 1)))"
}
receives_from() { receives recvfrom 4730 && find_alert received "$(field evt.rawres 7)" >/dev/null; }
it "reports what recvfrom got, and from where" receives_from
receives_message() { receives recvmsg 4740; }
it "reports what recvmsg got, and from where" receives_message
receives_messages() { receives recvmmsg 4750; }
it "reports the first message that recvmmsg got" receives_messages

rule long 'evt.type = recvfrom and evt.buffer startswith long' '%evt.buffer %evt.buflen %evt.rawres'
cuts_long_buffers() {
  attacks receive recvfrom 4722 4760 "long$(printf '%0100d' 0)" >/dev/null
  expect long ".output_fields[\"evt.buffer\"] == \"long$(printf '%076d' 0)\" and $(field evt.buflen 104) and $(field evt.rawres 104)"
}
it "keeps the first 80 bytes" cuts_long_buffers

rule sent 'evt.type = sendto and evt.buffer contains secret' '%evt.buflen %fd.rport'
reports_what_is_sent() {
  attacks receive recvfrom 4723 4771 'nothing of note' >/dev/null
  attacks receive recvfrom 4723 4770 'the secret' >/dev/null
  expect sent "$(field fd.rport 4723) and $(field evt.buflen 10)" && refuse sent "$(field evt.buflen 15)"
}
it "reports what sendto sends" reports_what_is_sent

# --- calls without a hook ------------------------------------------------------------------------------------------

rule userfaultfd 'evt.type = userfaultfd and evt.arg.flags contains O_CLOEXEC' '%evt.arg.flags %evt.failed'
reports_userfaultfd() {
  attacks call 323 1 >/dev/null
  attacks call 323 0x80001 >/dev/null
  expect userfaultfd "$(field evt.arg.flags '"O_CLOEXEC|UFFD_USER_MODE_ONLY"')" &&
    refuse userfaultfd "$(field evt.arg.flags '"UFFD_USER_MODE_ONLY"')"
}
it "reports userfaultfd with its flags" reports_userfaultfd

rule prctl 'evt.type = prctl and evt.arg.option = PR_SET_NAME and evt.arg.arg2_str = evil' '%evt.args %evt.res'
reports_prctl() {
  attacks call 157 15 s:good >/dev/null
  attacks call 157 15 s:evil >/dev/null
  expect prctl '.output_fields["evt.args"] | startswith("res=0 option=PR_SET_NAME arg2_str=evil")' &&
    refuse prctl '.output_fields["evt.args"] | contains("good")'
}
it "reports prctl with the option by name and the new name of the task" reports_prctl

rule compat 'evt.type = prctl and evt.compat = true and evt.arg.option = PR_SET_KEEPCAPS' '%evt.args'
reports_compat_calls() {
  attacks call 157 8 0 >/dev/null
  attacks call32 172 8 1 >/dev/null
  expect compat '.output_fields["evt.args"] | endswith("arg2_int=1")' &&
    refuse compat '.output_fields["evt.args"] | endswith("arg2_int=0")'
}
it "reports a call by the 32-bit table as the same" reports_compat_calls

rule attribute 'evt.type = setxattr and evt.arg.name = user.vd' '%evt.arg.size %evt.rawres'
rule "attribute gone" 'evt.type = removexattr and evt.arg.name = user.vd' '%evt.failed'
rule shortened 'evt.type in (truncate, ftruncate) and evt.arg.length = 3' '%evt.type %evt.arg.path %evt.rawres'
reports_attributes_and_lengths() {
  echo some text >$WORK/shortened
  attacks call 188 s:$WORK/shortened s:user.other s:v 1 0 >/dev/null
  attacks call 188 s:$WORK/shortened s:user.vd s:value 5 0 >/dev/null
  attacks call 197 s:$WORK/shortened s:user.vd >/dev/null
  attacks call 76 s:$WORK/shortened 4 >/dev/null
  attacks call 76 s:$WORK/shortened 3 >/dev/null
  expect attribute "$(field evt.arg.size '"5"')" && refuse attribute "$(field evt.arg.size '"1"')" && expect "attribute gone" &&
    expect shortened "$(field evt.type '"truncate"') and $(field evt.arg.path "\"$WORK/shortened\"") and $(field evt.rawres 0)" &&
    [[ $(jq -c 'select(.rule == "shortened")' "$RUN_OUT" | wc -l) -eq 1 ]]
}
it "reports extended attributes and lengths that were set" reports_attributes_and_lengths

rule memfd 'evt.type = memfd_create and evt.arg.name = hidden' '%evt.arg.flags %evt.rawres'
reports_memfd() {
  attacks call 319 s:shown 1 >/dev/null
  attacks call 319 s:hidden 3 >/dev/null
  expect memfd "$(field evt.arg.flags '"MFD_CLOEXEC|MFD_ALLOW_SEALING"') and .output_fields[\"evt.rawres\"] >= 0" &&
    refuse memfd "$(field evt.arg.flags '"MFD_CLOEXEC"')"
}
it "reports memfd_create with the name and the flags" reports_memfd

rule kill 'evt.type in (kill, tgkill, tkill) and evt.arg.sig = SIGUSR2' '%evt.type %evt.arg.pid %evt.arg.sig'
reports_signals() {
  sleep 60 &
  kill -CONT $!
  kill -USR2 $!
  expect kill "$(field evt.arg.pid "\"$!\"")" && refuse kill "$(field evt.arg.sig '"SIGCONT"')"
}
it "reports a signal by its name" reports_signals

rule failing 'evt.type in (keyctl, quotactl, splice, io_uring_setup, io_uring_register, add_key) and evt.failed = true' \
  '%evt.type %evt.res %evt.args'
reports_failures() {
  attacks call 250 11 0x7fffffff 0 0 >/dev/null # KEYCTL_READ of no key
  attacks call 179 0x80000700 s:/dev/nothing 0 0 >/dev/null
  attacks call 275 99 0 98 0 5 1 >/dev/null
  attacks call 425 4 0 >/dev/null
  expect failing "$(field evt.type '"keyctl"') and (.output_fields[\"evt.args\"] | contains(\"operation=KEYCTL_READ\"))" &&
    expect failing "$(field evt.type '"quotactl"') and (.output_fields[\"evt.args\"] | contains(\"special=/dev/nothing\"))
      and (.output_fields[\"evt.args\"] | contains(\"cmd=Q_GETQUOTA\"))" &&
    expect failing "$(field evt.type '"splice"') and $(field evt.res '"EBADF"')
      and (.output_fields[\"evt.args\"] | contains(\"fd_in=99 fd_out=98 size=5 flags=SPLICE_F_MOVE\"))" &&
    expect failing "$(field evt.type '"io_uring_setup"') and $(field evt.res '"EFAULT"')"
}
it "reports calls that failed, with their arguments" reports_failures
no_success_as_failure() {
  attacks call 250 1 0 >/dev/null # KEYCTL_JOIN_SESSION_KEYRING
  refuse failing '.output_fields["evt.args"] | contains("JOIN_SESSION")'
}
it "does not take a call that succeeded for one that failed" no_success_as_failure

rule session 'evt.type = setsid and proc.name = vd-session' '%evt.rawres %proc.pid'
reports_setsid() {
  cp "$(realpath "$(command -v busybox)")" $D/real/busybox
  cp /usr/bin/setsid $D/real/vd-session
  $D/real/vd-session -f true
  expect session '.output_fields["evt.rawres"] > 0'
}
it "reports a new session" reports_setsid

rule chdir 'evt.type = chdir and evt.arg.path endswith /real' '%evt.arg.path %proc.cwd'
rule "after chdir" 'evt.type in (open, openat) and fd.filename = mark-of-chdir' '%proc.cwd'
follows_chdir() {
  bash -c "cd /run/live/s; cd link; : >mark-of-chdir"
  expect chdir "$(field evt.arg.path '"/run/live/s/real"')" && refuse chdir "$(field evt.arg.path '"/run/live/s"')" &&
    expect "after chdir" "$(field proc.cwd '"/run/live/s/real/"')"
}
it "reports chdir, and knows the working directory from then on" follows_chdir

# --- containers ----------------------------------------------------------------------------------------------------

rule "container seen" 'evt.type = container and evt.is_async = true and evt.asynctype = container and container.id != host' \
  '%container.id %container.name %evt.is_async %proc.name %proc.vpid'
rule "host as container" 'evt.type = container and container.id = host' ''
reports_a_container() {
  in_container -- sleep 5 >/dev/null
  expect "container seen" '.output_fields["container.name"] | startswith("live")' && refuse "host as container"
}
it "reports that a container's metadata became known" reports_a_container

run_suite
