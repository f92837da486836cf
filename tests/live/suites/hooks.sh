# SPDX-License-Identifier: Apache-2.0
# What a hook guards beside files' names, sockets and mounts: refused with EPERM by every route, and the neighbour is not.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/h
readonly EPERM="Operation not permitted"
mkdir -p $D/real $D/other $D/lower $D/upper $D/work $D/merged
ln -s real $D/link
for name in locked free lib plain; do head -c 4096 "$ATTACKS" >$D/real/$name; done
echo x >$D/lower/locked
echo x >$D/lower/free
mount -t overlay overlay -o lowerdir=$D/lower,upperdir=$D/upper,workdir=$D/work $D/merged || exit 1
denied() { echo ".output_fields[\"evt.verdict\"] == \"deny\" and .output_fields[\"evt.res\"] == \"EPERM\"${1:+ and $1}"; }
field() { echo ".output_fields[\"$1\"] == \"$2\""; }

# --- lengths -------------------------------------------------------------------------------------------------------

rule "deny truncate" 'evt.type in (truncate, ftruncate) and fs.path.name in (/run/live/h/real/locked, /run/live/h/merged/locked)' \
  '%fs.path.name %evt.type %evt.res %evt.verdict %evt.arg.length' 'action: deny'
refuses_to_truncate() {
  says "$EPERM" attacks call 76 s:$D/real/locked 7 && says "$EPERM" attacks call 76 s:$D/link/../real/locked 7 &&
    says "$EPERM" attacks ftruncate $D/real/locked 7 && says "$EPERM" attacks call 76 s:$D/merged/locked 7 &&
    [[ $(stat -c %s $D/real/locked) == 4096 ]] && succeeds attacks call 76 s:$D/real/free 7 && succeeds attacks ftruncate $D/real/free 8 &&
    [[ $(stat -c %s $D/real/free) == 8 ]] && succeeds attacks call 76 s:$D/merged/free 7 &&
    expect "deny truncate" "$(denied "$(field evt.type truncate) and $(field evt.arg.length 7)")" &&
    expect "deny truncate" "$(denied "$(field evt.type ftruncate)")" &&
    expect "deny truncate" "$(denied "$(field fs.path.name $D/merged/locked)")"
}
it "refuses truncate and ftruncate of the file, also through overlayfs, and not of its neighbour" refuses_to_truncate

leaves_opens_alone() {
  succeeds attacks creat $D/real/locked && refuse "deny truncate" "$(field evt.type creat)" && [[ $(stat -c %s $D/real/locked) == 0 ]]
}
it "takes an open that truncates for an open" leaves_opens_alone

rule "truncated" 'evt.type in (truncate, ftruncate) and fs.path.name startswith /run/live/h/' '%fs.path.name %evt.type %evt.res %evt.arg.length'
tells_truncates_and_results() {
  attacks call 76 s:$D/real/none 5 >/dev/null
  attacks call 76 s:$D/real/plain 4000 >/dev/null
  expect "truncated" "$(field evt.res ENOENT) and $(field fs.path.name $D/real/none)" &&
    expect "truncated" "$(field evt.res SUCCESS) and $(field fs.path.name $D/real/plain) and $(field evt.arg.length 4000)"
}
it "tells a truncate that succeeded, and one that failed before the hook" tells_truncates_and_results

# --- attributes and times -------------------------------------------------------------------------------------------

rule "deny xattr" 'evt.type in (setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr) and fs.path.name in (/run/live/h/real/locked, /run/live/h/merged/locked)' \
  '%fs.path.name %evt.type %evt.res %evt.verdict %xattr.name %evt.via' 'action: deny'
refuses_attributes() {
  local route failed=0
  for route in "call 188 s:$D/real/locked s:trusted.v s:x 1 0" "call 188 s:$D/link/locked s:trusted.v s:x 1 0" \
    "call 189 s:$D/real/locked s:trusted.v s:x 1 0" "fsetxattr $D/real/locked trusted.v" "call 197 s:$D/real/locked s:trusted.v" \
    "uring-setxattr $D/real/locked trusted.v" "uring-fsetxattr $D/real/locked trusted.v" "call 188 s:$D/merged/locked s:trusted.v s:x 1 0" \
    "call 188 s:/proc/self/root$D/real/locked s:trusted.v s:x 1 0"; do
    # shellcheck disable=SC2086
    says "$EPERM" attacks $route || failed=1
  done
  [[ $failed -eq 0 ]] && succeeds attacks call 188 s:$D/real/free s:trusted.v s:x 1 0 && succeeds attacks fsetxattr $D/real/free trusted.w &&
    succeeds attacks uring-setxattr $D/real/free trusted.u && succeeds attacks call 197 s:$D/real/free s:trusted.v &&
    succeeds attacks call 188 s:$D/merged/free s:trusted.v s:x 1 0 &&
    expect "deny xattr" "$(denied "$(field evt.type setxattr) and $(field xattr.name trusted.v)")" &&
    expect "deny xattr" "$(denied "$(field fs.path.name $D/merged/locked)")" && expect "deny xattr" "$(denied "$(field evt.via io_uring)")"
}
it "refuses extended attributes of the file by every call, io_uring and overlayfs" refuses_attributes

rule "deny file capabilities" 'evt.type in (setxattr, lsetxattr, fsetxattr, setxattrat) and xattr.name startswith security. and proc.name = attacks' '%xattr.name %fs.path.name %evt.res %evt.verdict' 'action: deny'
refuses_by_name() {
  says "$EPERM" attacks call 188 s:$D/real/free s:security.v s:x 1 0 && succeeds attacks call 188 s:$D/real/free s:trusted.security. s:x 1 0 &&
    expect "deny file capabilities" "$(denied "$(field xattr.name security.v)")"
}
it "refuses an attribute by its name" refuses_by_name

bound_elsewhere() {
  : >$D/other/locked && : >$D/other/free && mount --bind $D/real/locked $D/other/locked && mount --bind $D/real/free $D/other/free &&
    says "$EPERM" attacks call 188 s:$D/other/locked s:trusted.b s:x 1 0 && succeeds attacks call 188 s:$D/other/free s:trusted.b s:x 1 0 &&
    mount --bind $D/real/free $D/real/locked && says "$EPERM" attacks call 188 s:$D/real/locked s:trusted.b s:x 1 0
  local code=$?
  umount $D/other/locked $D/other/free $D/real/locked
  return $code
}
it "means the path by which the file was reached, and the one that a mount has taken from it" bound_elsewhere

rule "xattrs" 'evt.type in (setxattr, removexattr) and fs.path.name startswith /run/live/h/merged' '%fs.path.name %evt.type %evt.res %xattr.name'
tells_overlay_once() {
  attacks call 188 s:$D/merged/free s:trusted.once s:x 1 0 >/dev/null
  settle && told "xattrs" "xattr.name evt.res fs.path.name" "trusted.v EPERM $D/merged/locked" "trusted.v SUCCESS $D/merged/free" "trusted.once SUCCESS $D/merged/free"
}
it "tells an attribute of a file on overlayfs once, by its path there" tells_overlay_once

rule "deny acl" 'evt.type = setxattr and xattr.name = system.posix_acl_access and fs.path.name = /run/live/h/real/plain' '%xattr.name %evt.verdict %evt.res' 'action: deny'
# The smallest list there is: version 2; the owner, the group, others.
readonly ACL='\x02\x00\x00\x00\x01\x00\x06\x00\xff\xff\xff\xff\x04\x00\x04\x00\xff\xff\xff\xff\x20\x00\x04\x00\xff\xff\xff\xff'
set_acl() { python3 -c "import os; os.setxattr('$1', 'system.posix_acl_access', b'$ACL')"; }
refuses_access_lists() {
  says "$EPERM" set_acl $D/real/plain && succeeds set_acl $D/real/free && expect "deny acl" "$(denied)"
}
it "refuses access control lists, which are attributes with a hook of their own" refuses_access_lists

rule "deny times" 'evt.type in (utimensat, utime, utimes, futimesat) and fs.path.name in (/run/live/h/real/locked, /run/live/h/merged/locked)' \
  '%fs.path.name %evt.type %evt.res %evt.verdict' 'action: deny'
refuses_times() {
  says "$EPERM" attacks call 280 -100 s:$D/real/locked 0 0 && says "$EPERM" attacks call 132 s:$D/link/locked 0 && says "$EPERM" attacks call 235 s:$D/real/locked 0 &&
    says "$EPERM" attacks call 261 -100 s:$D/real/locked 0 && says "$EPERM" attacks futimens $D/real/locked && says "$EPERM" attacks call 280 -100 s:$D/merged/locked 0 0 &&
    succeeds attacks call 280 -100 s:$D/real/free 0 0 && succeeds attacks futimens $D/real/free && succeeds attacks call 280 -100 s:$D/merged/free 0 0 &&
    succeeds chmod 600 $D/real/locked && expect "deny times" "$(denied "$(field evt.type utimensat)")" && expect "deny times" "$(denied "$(field evt.type utime)")"
}
it "refuses to set a file's times, and not its mode" refuses_times

# --- memory ----------------------------------------------------------------------------------------------------------

rule "deny mmap" 'evt.type in (mmap, mprotect) and fs.path.name = /run/live/h/real/lib' '%fs.path.name %evt.res %evt.verdict %evt.arg.prot %mem.is_writable' 'action: deny'
refuses_to_map() {
  says "$EPERM" attacks map-file $D/real/lib 5 && says "$EPERM" attacks map-file $D/link/lib 4 && succeeds attacks map-file $D/real/lib 3 &&
    succeeds attacks map-file $D/real/plain 5 && expect "deny mmap" "$(denied '.output_fields["mem.is_writable"] == false') and $(field evt.arg.prot 'PROT_READ|PROT_EXEC')"
}
it "refuses to map a file executable, and not to map it otherwise" refuses_to_map

rule "deny anonymous" 'evt.type in (mmap, mprotect, pkey_mprotect) and mem.is_anonymous = true and mem.is_writable = true and proc.name = attacks' \
  '%evt.type %evt.res %evt.verdict %evt.arg.prot %fs.path.name' 'action: deny'
refuses_writable_code() {
  says "$EPERM" attacks mprotect 7 && says "$EPERM" attacks call 9 0 4096 7 0x22 -1 0 && succeeds attacks mprotect 5 && succeeds attacks mprotect 1 &&
    succeeds attacks call 9 0 4096 3 0x22 -1 0 && expect "deny anonymous" "$(denied "$(field evt.type mprotect) and $(field evt.arg.prot 'PROT_READ|PROT_WRITE|PROT_EXEC')")" &&
    expect "deny anonymous" "$(denied "$(field evt.type mmap)")"
}
it "refuses memory that is writable and executable" refuses_writable_code

rule "executable" 'evt.type in (mmap, mprotect) and proc.name = attacks and (mem.is_anonymous = true or mem.is_executable = false)' '%evt.type %evt.res %mem.is_anonymous %mem.is_executable %evt.arg.prot'
tells_memory() {
  attacks read-implies-exec >/dev/null
  attacks mprotect 5 >/dev/null
  attacks call 10 0x1000 4096 5 >/dev/null
  expect "executable" "$(field evt.type mmap) and $(field evt.arg.prot PROT_READ) and .output_fields[\"mem.is_anonymous\"]" &&
    expect "executable" "$(field evt.type mprotect) and $(field evt.res SUCCESS) and .output_fields[\"mem.is_executable\"]" &&
    expect "executable" "$(field evt.type mprotect) and $(field evt.res ENOMEM) and .output_fields[\"mem.is_executable\"] == false"
}
it "tells what becomes executable, also by READ_IMPLIES_EXEC, and mprotect whatever becomes of it" tells_memory

# --- signals ---------------------------------------------------------------------------------------------------------

cp "$(realpath "$(command -v busybox)")" $D/real/victim
cp $D/real/victim $D/real/bystander
attacks exec-as $D/real/victim sleep 1000 &
attacks exec-as $D/real/bystander sleep 1000 &
pid_of() { for p in /proc/[0-9]*; do [[ $(readlink "$p/exe") == "$1" ]] && echo "${p#/proc/}" && return; done; return 1; }
wait_until 20 pid_of $D/real/victim >/dev/null && wait_until 20 pid_of $D/real/bystander >/dev/null || exit 1
victim=$(pid_of $D/real/victim)
bystander=$(pid_of $D/real/bystander)
rule "deny signal" 'evt.type in (kill, tkill, tgkill, pidfd_send_signal, rt_sigqueueinfo, rt_tgsigqueueinfo) and signal.target.exepath = /run/live/h/real/victim and not evt.arg.sig in (0, SIGCONT)' \
  '%evt.type %evt.arg.sig %signal.target.pid %signal.same_container %evt.res %evt.verdict' 'action: deny'
refuses_signals() {
  says "$EPERM" attacks call 62 "$victim" 15 && says "$EPERM" attacks call 200 "$victim" 9 && says "$EPERM" attacks call 234 "$victim" "$victim" 9 &&
    says "$EPERM" attacks pidfd-signal "$victim" 9 && says "$EPERM" attacks sigqueue "$victim" 12 && says "$EPERM" attacks call32 37 "$victim" 9 &&
    succeeds attacks call 62 "$victim" 18 && succeeds attacks call 62 "$victim" 0 && succeeds attacks call 62 "$bystander" 18 && [[ -d /proc/$victim ]] &&
    expect "deny signal" "$(denied "$(field evt.type kill) and $(field evt.arg.sig SIGTERM) and .output_fields[\"signal.target.pid\"] == $victim")" &&
    expect "deny signal" "$(denied "$(field evt.type pidfd_send_signal) and $(field evt.arg.sig SIGKILL)")" && expect "deny signal" "$(denied "$(field evt.type tgkill)")"
}
it "refuses signals to a program by every call, save those that a rule lets through" refuses_signals

rule "deny signal from outside" 'evt.type = kill and signal.same_container = false and evt.arg.sig = SIGUSR2 and container.id != host' '%evt.arg.sig %signal.target.name %evt.verdict' 'action: deny'
rule "signals" 'evt.type in (kill, tgkill) and proc.name = attacks' '%evt.type %evt.arg.sig %evt.arg.pid %signal.target.name %evt.res'
tells_signals() {
  attacks call 62 4194304 10 >/dev/null
  attacks call 62 "$bystander" 18 >/dev/null
  expect "signals" "$(field evt.res ESRCH) and $(field evt.arg.sig SIGUSR1)" && expect "signals" "$(field evt.res SUCCESS) and $(field signal.target.name bystander) and $(field evt.arg.sig SIGCONT)"
}
it "tells a signal with its target, and one that found none" tells_signals

# --- unix sockets ----------------------------------------------------------------------------------------------------

attacks serve-unix $D/real/locked.sock &
attacks serve-unix $D/real/free.sock &
attacks serve-unix $D/real/locked.dgram datagram &
attacks serve-unix $D/real/free.dgram datagram &
attacks serve-unix @/run/live/h/real/locked.sock &
rule "deny unix connect" 'evt.type = connect and socket.path startswith /run/live/h/real/locked' '%socket.path %fd.name %evt.res %evt.verdict %evt.via' 'action: deny'
refuses_to_connect() {
  ln -s ../real/locked.sock $D/other/innocent
  says "$EPERM" attacks connect-unix $D/real/locked.sock && says "$EPERM" attacks connect-unix $D/link/locked.sock && says "$EPERM" attacks connect-unix $D/other/innocent &&
    says "$EPERM" attacks uring-connect-unix $D/real/locked.sock && says "$EPERM" attacks connect-unix $D/real/locked.dgram datagram &&
    (cd $D/real && says "$EPERM" attacks connect-unix locked.sock) && cp "$ATTACKS" $D/attacks && says "$EPERM" chroot $D /attacks connect-unix /real/locked.sock &&
    succeeds attacks connect-unix $D/real/free.sock && succeeds attacks connect-unix $D/real/free.dgram datagram && succeeds attacks connect-unix @/run/live/h/real/locked.sock &&
    says "No such file" attacks connect-unix $D/real/locked.none &&
    expect "deny unix connect" "$(denied "$(field socket.path $D/real/locked.sock)")" && expect "deny unix connect" "$(denied "$(field socket.path $D/real/locked.dgram)")"
}
it "refuses to connect to a unix socket by its file, whatever name leads there" refuses_to_connect

# --- services of the kernel ------------------------------------------------------------------------------------------

rule "deny perf" 'evt.type = perf_event_open and proc.name = attacks and perf.access in (open, kernel) and user.uid = 0 and not proc.pname = true' '%evt.res %evt.verdict %perf.access' 'action: deny'
cp "$ATTACKS" $D/real/other_attacks
refuses_perf() {
  says "$EPERM" attacks perf-open && succeeds $D/real/other_attacks perf-open && expect "deny perf" "$(denied "$(field perf.access open)")"
}
it "refuses perf_event_open" refuses_perf

rule "deny clock" 'evt.type in (settimeofday, clock_settime) and proc.name = attacks' '%evt.type %evt.res %evt.verdict' 'action: deny'
refuses_the_clock() {
  says "$EPERM" attacks set-clock 0 && says "$EPERM" attacks set-time && succeeds $D/real/other_attacks set-clock 0 &&
    says "Invalid argument" attacks set-clock 1 && expect "deny clock" "$(denied "$(field evt.type clock_settime)")" && expect "deny clock" "$(denied "$(field evt.type settimeofday)")"
}
it "refuses to set the clock" refuses_the_clock

rule "deny uring" 'evt.type = io_uring_setup and proc.name = attacks and proc.pname = uring_user' '%io_uring.operation %evt.res %evt.verdict' 'action: deny'
rule "deny sqpoll" 'evt.type = io_uring_setup and io_uring.operation = sqpoll and proc.name = attacks' '%io_uring.operation %evt.res %evt.verdict' 'action: deny'
cp $D/real/victim $D/real/uring_user
refuses_io_uring() {
  says "$EPERM" attacks exec-as $D/real/uring_user sh -c "$ATTACKS uring-setup; :" && succeeds attacks uring-setup && says "$EPERM" attacks uring-setup 2 &&
    expect "deny uring" "$(denied "$(field io_uring.operation setup)")" && expect "deny sqpoll" "$(denied "$(field io_uring.operation sqpoll)")"
}
it "refuses a new io_uring, or only one with a polling thread" refuses_io_uring

rule "rings" 'evt.type in (io_uring_setup, io_uring_enter) and proc.name = other_attacks' '%evt.type %io_uring.operation %evt.res'
tells_rings() {
  $D/real/other_attacks uring-setup >/dev/null
  $D/real/other_attacks uring-setup 0x80000000 >/dev/null
  expect "rings" "$(field evt.type io_uring_setup) and $(field io_uring.operation setup) and .output_fields[\"evt.res\"] == \"SUCCESS\"" && expect "rings" "$(field evt.res EINVAL)" &&
    settle && [[ $(grep -c '"rings"' "$RUN_OUT") == 2 ]] || fail "$(grep -c '"rings"' "$RUN_OUT") alerts, not 2"
}
it "tells of each new io_uring once" tells_rings

rule "deny lockdown" 'evt.type = locked_down and lockdown.reason = ioport and proc.name = attacks' '%lockdown.reason %evt.type %evt.verdict' 'action: deny'
refuses_ports() {
  says "$EPERM" attacks call 172 3 && succeeds $D/real/other_attacks call 172 3 && expect "deny lockdown" "$(field evt.verdict deny) and $(field lockdown.reason ioport) and $(field evt.type locked_down)"
}
it "refuses what lockdown would forbid, by the reason" refuses_ports

rule "deny key" 'evt.type = add_key and key.type = user and proc.name = attacks' '%key.type %key.description %key.permission %evt.res %evt.verdict' 'action: deny'
rule "deny key use" 'evt.type = keyctl and key.permission = setattr and proc.name = attacks' '%key.permission %evt.res %evt.verdict %evt.arg.operation' 'action: deny'
readonly PROCESS_KEYRING=-2
refuses_keys() {
  says "$EPERM" attacks call 248 s:user s:name s:secret 6 $PROCESS_KEYRING && succeeds $D/real/other_attacks call 248 s:user s:name s:secret 6 $PROCESS_KEYRING &&
    succeeds attacks call 248 s:keyring s:name 0 0 $PROCESS_KEYRING && says "$EPERM" attacks call 250 5 $PROCESS_KEYRING 0x3f3f0000 &&
    succeeds $D/real/other_attacks call 250 5 $PROCESS_KEYRING 0x3f3f0000 &&
    expect "deny key" "$(denied "$(field key.description name) and $(field key.permission alloc)")" && expect "deny key use" "$(denied "$(field evt.arg.operation KEYCTL_SETPERM)")"
}
it "refuses to make a key of a type, and a use of keys" refuses_keys

# What the kernel would call for a module says whether it did.
rule "deny module request" 'evt.type = module_request and module.request startswith net-pf- and proc.name = attacks' '%module.request %evt.type %evt.res %evt.verdict' 'action: deny'
rule "module request" 'evt.type = module_request and proc.name = other_attacks' '%module.request %evt.verdict'
readonly AF_IPX=4
refuses_module_requests() {
  printf '#!/bin/sh\necho "$@" >>%s/requests\n' $D >$D/modprobe && chmod 755 $D/modprobe && echo $D/modprobe >/proc/sys/kernel/modprobe || return
  says "not supported" attacks socket $AF_IPX 2 && [[ ! -e $D/requests ]] || { fail "modprobe was called: $(cat $D/requests)"; return 1; }
  says "not supported" $D/real/other_attacks socket $AF_IPX 2 && grep -q net-pf-$AF_IPX $D/requests || { fail "modprobe was not called"; return 1; }
  expect "deny module request" "$(field evt.verdict deny) and $(field module.request net-pf-$AF_IPX) and $(field evt.res EPERM)" &&
    expect "module request" "$(field module.request net-pf-$AF_IPX)"
}
it "refuses to have a module loaded for what a program asks for" refuses_module_requests

# ---------------------------------------------------------------------------------------------------------------------

agrees_with_user_space() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation of the same rules" agrees_with_user_space

asks_for_nothing_more() {
  local programs
  stock falco_rules.yaml vedette_escapes.yaml
  start_vedette "" || return
  programs=$(attacks bpf-programs vd_ | grep -v vd_self_) && grep -q vd_file_open <<<"$programs" &&
    ! grep -E 'trunc|xattr|want_write|setattr|acl|mmap|mprotect|task_kill|perf_event|settime|uring|locked_down|key_|unix_|module_request' <<<"$programs"
}
it "attaches none of these hooks for the stock rules" asks_for_nothing_more

run_suite
