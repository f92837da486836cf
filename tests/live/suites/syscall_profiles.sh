# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What profiles say of capabilities and of system calls: refused where a hook is asked, killed or told at the entry where
# none is; by any way into the kernel, whatever becomes of the agent; and the seccomp profile that podman gives its containers, imported and exported.
# Each program under a profile is a copy of the attacks, named by its profile.
# needs: runtimes
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/p
readonly EPERM="Operation not permitted" EACCES="Permission denied"
# shellcheck disable=SC2034 # lib.sh's
SELF_PROTECTION=off # the suite kills the agent
mkdir -p $D/bin $D/mnt
for program in caps calls strict told watched other many answered bare; do cp "$ATTACKS" $D/bin/$program; done

# x86-64's numbers, and i386's with an i.
readonly getpid=39 clone=56 personality=135 reboot=169 sethostname=170 unshare=272 memfd_create=319 fsopen=430
readonly i_mount=21 i_getpid=20 i_memfd_create=356 i_socket=359
# a number that no kernel has
readonly none=570 far=9999

suite_rules=$(cat <<'YAML'
- profile: caps
  match: proc.exepath = /run/live/p/bin/caps
  capabilities: {allow: [SYS_ADMIN, CAP_NET_RAW]}
- profile: calls
  match: proc.exepath = /run/live/p/bin/calls
  syscalls:
    deny: [mount, unshare, sethostname, {names: [socket], args: [{index: 0, op: EQ, value: 38}]}]
    kill: [memfd_create, {names: [personality], args: [{index: 0, op: MASKED_EQ, value: 0xff00000, valueTwo: 0x400000}]}]
- profile: strict
  match: proc.exepath = /run/live/p/bin/strict
  syscalls:
    default: kill
    architectures: [x86_64]
    allow: [execve, brk, arch_prctl, set_tid_address, set_robust_list, rseq, prlimit64, readlink, readlinkat, getrandom, mprotect,
      newfstatat, fstat, write, exit_group, ioctl, getpid, mmap, munmap, rt_sigaction, rt_sigprocmask]
- profile: told
  match: proc.exepath = /run/live/p/bin/told
  syscalls: {alert: [getpid, memfd_create]}
- profile: answered
  match: proc.exepath = /run/live/p/bin/answered
  syscalls:
    errno: EACCES
    deny: [mount, {names: [clone3], errno: ENOSYS}, {names: [clone], args: [{index: 0, op: MASKED_EQ, value: 0x10000000, valueTwo: 0x10000000}]}]
- profile: bare
  match: proc.exepath = /run/live/p/bin/bare
  syscalls: {deny: [clone3], kill: [vfork]}
- profile: watched
  match: proc.exepath = /run/live/p/bin/watched
  mode: monitor
  syscalls: {kill: [memfd_create], deny: [mount]}
- rule: no raw sockets for many
  desc: a rule on a capability, without a profile
  condition: evt.type = capable and capability.name = CAP_NET_RAW and proc.exepath = /run/live/p/bin/many
  output: "%capability.name %evt.verdict"
  priority: WARNING
  action: deny
- rule: no new file systems for many
  desc: calls without a hook of their own
  condition: evt.type = capable and syscall.name in (fsopen, open_tree, mount_setattr) and proc.exepath = /run/live/p/bin/many
  output: "%capability.name %syscall.name %evt.verdict"
  priority: WARNING
  action: deny
YAML
)$'\n'

run() { "$D/bin/$1" "${@:2}"; }
# killed PROGRAM ARG...: and not before it began.
killed() {
  run "$@" >"$WORK/killed" 2>&1
  local code=$?
  [[ $code -eq 137 ]] || fail "\"$*\" ended with $code: $(cat "$WORK/killed")"
}
by() { echo ".output_fields[\"evt.verdict\"] == \"$1\"${2:+ and $2}"; }
call() { echo ".output_fields[\"syscall.name\"] == \"$1\" and .output_fields[\"syscall.arch\"] == \"$2\""; }

limits_capabilities() {
  # sethostname: SYS_ADMIN; chown of another's file: CHOWN; a raw socket: NET_RAW; a low port: NET_BIND_SERVICE
  succeeds run caps call $sethostname s:live 4 && succeeds run caps socket 17 3 && says "$EACCES" run caps bind 127.0.0.1 80 &&
    says "$EPERM" run caps call $reboot 0xfee1dead 672274793 0 && succeeds run other bind 127.0.0.1 80 &&
    expect "caps: capabilities" "$(by deny '.output_fields["capability.name"] == "CAP_NET_BIND_SERVICE" and .output_fields["syscall.name"] == "bind"')" &&
    expect "caps: capabilities" "$(by deny '.output_fields["capability.name"] == "CAP_SYS_BOOT"')"
}
it "uses the capabilities that the profile allows and no other" limits_capabilities

rule_on_capabilities() {
  says "$EPERM" run many socket 17 3 && succeeds run other socket 17 3 &&
    expect "no raw sockets for many" "$(by deny '.output_fields["capability.name"] == "CAP_NET_RAW"')"
}
it "refuses a capability by a rule, too" rule_on_capabilities

rule_on_calls() {
  says "$EPERM" run many call $fsopen s:tmpfs 0 && succeeds run other call $fsopen s:tmpfs 0 && succeeds run many call $sethostname s:live 4 &&
    expect "no new file systems for many" "$(by deny '.output_fields["capability.name"] == "CAP_SYS_ADMIN" and .output_fields["syscall.name"] == "fsopen"')"
}
it "refuses a call without a hook by the capability that it asks for" rule_on_calls

refuses_at_hooks() {
  says "$EPERM" run calls mount none $D/mnt tmpfs && says "$EPERM" run calls call $unshare 0x20000 && says "$EPERM" run calls call $unshare 0x10000000 &&
    says "$EPERM" run calls call $sethostname s:live 4 && succeeds run other mount none $D/mnt tmpfs && umount $D/mnt &&
    expect "calls: syscalls" "$(by deny '.output_fields["syscall.name"] == "mount"')" &&
    expect "calls: syscalls" "$(by deny '.output_fields["syscall.name"] == "unshare"')" &&
    expect "calls: syscalls" "$(by deny '.output_fields["syscall.name"] == "sethostname"')"
}
it "refuses a call at the hooks and capabilities that it asks" refuses_at_hooks

# What the C library does with the answer: without clone3 it makes its threads by clone.
says_its_errno() {
  says "Permission denied" run answered mount none $D/mnt tmpfs && succeeds run answered thread &&
    says "Permission denied" run answered call $clone 0x10000011 && succeeds run other call $clone 0x10000011 && succeeds run answered call $clone 0x11 &&
    says "$EPERM" run bare thread && succeeds run other thread && killed bare call 58 && succeeds run other call $getpid &&
    expect "answered: syscalls" "$(by deny '.output_fields["syscall.name"] == "clone3"')" &&
    expect "answered: syscalls" "$(by deny '.output_fields["syscall.name"] == "mount"')" &&
    expect "answered: syscalls" "$(by deny '.output_fields["syscall.name"] == "clone"')" &&
    expect "bare: syscalls" "$(by deny '.output_fields["syscall.name"] == "clone3"')" &&
    expect "bare: syscalls" "$(by kill '.output_fields["syscall.name"] == "vfork"')"
}
it "answers a denied call with the errno that is said, so that a thread is made another way" says_its_errno

by_arguments() {
  says "$EPERM" run calls socket 38 5 && succeeds run calls socket 2 1 && succeeds run calls socket 1 1 &&
    killed calls call $personality 0x0400000 && succeeds run calls call $personality 0xffffffff &&
    expect "calls: syscalls" "$(by kill-after "$(call personality x86_64) and (.output_fields[\"syscall.args\"] | startswith(\"0x400000 \"))")"
}
it "decides by arguments" by_arguments

kills_at_entry() {
  killed calls call $memfd_create s:x 0 && succeeds run calls call $getpid && succeeds run other call $memfd_create s:x 0 &&
    expect "calls: syscalls" "$(by kill-after "$(call memfd_create x86_64)")"
}
it "kills for a call that no hook sees" kills_at_entry

covers_32_bits() {
  # The 32-bit calls of the same program: pointers do not fit, so mount would fail with EFAULT.
  says "Bad address" run other call32 $i_mount 0 1 0 && says "$EPERM" run calls call32 $i_socket 38 5 0 &&
    succeeds run calls call32 $i_socket 2 1 0 && killed calls call32 $i_memfd_create 0 0 && succeeds run calls call32 $i_getpid &&
    expect "calls: syscalls" "$(by kill-after "$(call memfd_create i386)")"
}
it "covers the calls of 32-bit programs" covers_32_bits

other_ways_in() {
  killed strict call32 $i_getpid && killed strict call $((0x40000000 + getpid)) && killed strict call $none && killed strict call $far &&
    succeeds run strict call $getpid &&
    expect "strict: syscalls" "$(by kill-after "$(call getpid i386)")" &&
    expect "strict: syscalls" "$(by kill-after "$(call getpid x32)")" &&
    expect "strict: syscalls" "$(by kill-after ".output_fields[\"syscall.nr\"] == $none")" &&
    expect "strict: syscalls" "$(by kill-after ".output_fields[\"syscall.nr\"] == $far")"
}
it "leaves no other way in: architectures that are not named, numbers that nobody knows" other_ways_in

tells() {
  succeeds run told call $getpid && succeeds run told call $memfd_create s:x 0 &&
    expect "told: syscalls" "$(call getpid x86_64)" && expect "told: syscalls" "$(call memfd_create x86_64)"
}
it "tells of a call and lets it be" tells

monitors() {
  succeeds run watched call $memfd_create s:x 0 && succeeds run watched mount none $D/mnt tmpfs && umount $D/mnt &&
    expect "watched: syscalls" "$(by would_kill-after "$(call memfd_create x86_64)")" &&
    expect "watched: syscalls" "$(by would_deny '.output_fields["syscall.name"] == "mount"')"
}
it "only tells in mode monitor" monitors

is_busy() { run told call $getpid; }
is_killed() { run calls call $memfd_create s:x 0; }
kills_under_load() { kills_each_time is_busy is_killed; }
it "kills each time, however busy the machine is" kills_under_load

reloads() {
  sed 's/kill: \[memfd_create, {names/kill: [{names/; s/deny: \[mount, unshare/deny: [unshare/' "$WORK/rules.yaml" >"$WORK/new.yaml" && mv "$WORK/new.yaml" "$WORK/rules.yaml" &&
    kill -HUP "$RUN_PID" && wait_until 30 grep -q 'reloaded' "$RUN_LOG" && succeeds run calls call $memfd_create s:x 0 &&
    succeeds run calls mount none $D/mnt tmpfs && umount $D/mnt && says "$EPERM" run calls call $sethostname s:live 4 && killed calls call $personality 0x0400000
}
it "says otherwise after a reload" reloads

agrees_with_user_space() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation" agrees_with_user_space

still_holds() {
  says "$EACCES" run caps bind 127.0.0.1 80 && says "$EPERM" run calls mount none $D/mnt tmpfs && says "$EPERM" run calls socket 38 5 &&
    killed calls call $memfd_create s:x 0 && killed strict call32 $i_getpid && succeeds run calls socket 2 1 && succeeds run strict call $getpid
}
outlives_the_agent() {
  ON_STOP=keep
  start_vedette "$suite_rules" || return
  local code=0
  still_holds || code=1
  kill -KILL "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
  still_holds || code=1
  ON_STOP=remove
  start_vedette "$suite_rules" || code=1
  still_holds || code=1
  stop_vedette && succeeds run calls call $memfd_create s:x 0 && [[ $code -eq 0 ]]
}
it "holds while the agent is killed and another one takes over, until it is removed" outlives_the_agent

# --- the default profile of podman, in a container ------------------------------------------------------------------
# Debian's golang-github-containers-common has it. It allows what containers in containers need and Docker's does not:
# that is refused by lists beside it.

SECCOMP=$(tr ' ' '\n' <<<"$RUNTIMES" | sed -n 's/^bookworm=/\/vm\/host/p')/usr/share/containers/seccomp.json

# The test machine's own system as a container's image, with its package manager.
boxed() {
  local dir=$WORK/system code
  container_bundle "$dir" "$@" && mkdir -p "$dir"/{upper,work} || return 99
  mkdir -p "$dir/upper/vm-add" && cp "$ATTACKS" "$WORK/small.deb" "$dir/upper/vm-add/" || return 99
  mount -t overlay -o "lowerdir=/vm/host,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/rootfs" || return 99
  container_run "box$RANDOM" "$dir" </dev/null
  code=$?
  umount "$dir/rootfs"
  rm -rf "$dir"
  return $code
}

small_package() {
  mkdir -p "$WORK/small/DEBIAN" "$WORK/small/usr/share/vedette-small" &&
    printf 'Package: vedette-small\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: small\n' >"$WORK/small/DEBIAN/control" &&
    printf '#!/bin/sh\nset -e\nchmod 640 /usr/share/vedette-small/file\n' >"$WORK/small/DEBIAN/postinst" && chmod 755 "$WORK/small/DEBIAN/postinst" &&
    echo small >"$WORK/small/usr/share/vedette-small/file" && dpkg-deb --root-owner-group -b "$WORK/small" "$WORK/small.deb" >/dev/null
}

# Each forbidden call: its number and arguments; `refused` or `killed`. Without the profile those with a capability would
# fail just so; with the capability they are tried below.
readonly FORBIDDEN='
  refused mount 165 0 0 0 0 0
  refused umount2 166 s:/proc 0
  refused unshare 272 0x10000000
  refused unshare 272 0x20000
  refused bpf 321 0 0 0
  refused reboot 169 0xfee1dead 672274793 0
  refused kexec_load 246 0 0 0 0
  refused init_module 175 0 0 s:
  refused swapon 167 s:/x 0
  refused settimeofday 164 0 0
  killed keyctl 250 0 0
  killed userfaultfd 323 0
  killed io_uring_setup 425 0 0
  refused perf_event_open 298 0 0 0 0 0
  refused add_key 248 s:user s:name s:value 5 0xfffffffd
  killed personality 135 0x1234
'
plays_the_forbidden() {
  local how name nr args code=0 got bad=''
  while read -r how name nr args; do
    [[ -n $how ]] || continue
    # shellcheck disable=SC2086
    got=$(in_container --add "$ATTACKS" -- /attacks call "$nr" $args 2>&1)
    code=$?
    case $how in
      killed) [[ $code -eq 137 ]] || bad+=" $name($code: $got)" ;;
      refused) [[ $code -eq 1 && $got != *OK* ]] || bad+=" $name($code: $got)" ;;
    esac
  done <<<"$FORBIDDEN"
  [[ -z $bad ]] || fail "not $1:$bad"
}

imports_the_default() {
  [[ -s $SECCOMP ]] || fail "$SECCOMP is not there" || return
  ON_STOP=remove
  with_rules <<YAML || return
- profile: box
  match: container.id != host and not proc.name in (runc, crun)
  syscalls: {oci: $SECCOMP, without_hook: kill, deny: [mount, umount2, unshare], kill: [keyctl]}
YAML
  plays_the_forbidden "held by the profile" && expect "box: syscalls" "$(by deny '.output_fields["syscall.name"] == "unshare"')" &&
    expect "box: syscalls" "$(by kill-after "$(call keyctl x86_64)")" && expect "box: syscalls" "$(by kill-after "$(call userfaultfd x86_64)")" &&
    says "$EACCES" in_container --add "$ATTACKS" --cap SYS_ADMIN -- /attacks perf-open && # Debian's kernel asks for a capability first
    says "not implemented" in_container --add "$ATTACKS" -- /attacks call 248 s:user s:name s:value 5 0xfffffffd &&
    says "$EPERM" in_container --add "$ATTACKS" --cap SYS_ADMIN -- /attacks mount none /tmp tmpfs &&
    says "$EPERM" in_container --add "$ATTACKS" --cap SYS_ADMIN --cap BPF -- /attacks call 321 0 0 0 &&
    says "$EPERM" in_container --add "$ATTACKS" --cap SYS_PACCT -- /attacks call 163 0 &&
    says "$EPERM" in_container --add "$ATTACKS" --cap SYS_BOOT -- /attacks call 246 0 0 0 0 &&
    succeeds in_container --add "$ATTACKS" -- /attacks socket 2 1 && succeeds in_container --add "$ATTACKS" -- /attacks call 135 0xffffffff
}
it "takes podman's default profile, and a container does nothing that it forbids" imports_the_default

package_manager_works() {
  small_package || fail "there is no package to install" || return
  says "all of it: install ok installed" boxed -- sh -c "dpkg -i /vm-add/small.deb && state=\$(dpkg-query -W -f '\${Status}' vedette-small) && dpkg -r vedette-small && echo all of it: \$state" &&
    refuse "box: syscalls" '.output_fields["proc.name"] == "dpkg"'
}
it "leaves a package manager alone" package_manager_works

filters_itself() {
  stop_vedette || return
  cat >"$WORK/export.yaml" <<YAML
- profile: box
  match: container.id != host
  syscalls: {oci: $SECCOMP}
- profile: quiet
  match: container.id != host
  syscalls: {default: allow, deny: [mount, keyctl, {names: [socket], args: [{index: 0, op: EQ, value: 38}]}]}
YAML
  "$VEDETTE" profile export --oci box -r "$WORK/export.yaml" >"$WORK/box.json" && "$VEDETTE" profile export --oci quiet -r "$WORK/export.yaml" >"$WORK/quiet.json" || fail "no export" || return
  in_filter() { in_container --add "$ATTACKS" --seccomp "$WORK/$1.json" --cap SYS_ADMIN -- "${@:2}"; }
  says "$EPERM" in_filter box /attacks call 323 0 && says "not implemented" in_filter box /attacks call 425 0 0 && succeeds in_filter box /attacks socket 2 1 &&
    says "not implemented" in_filter box /attacks call 135 0x1234 && says "$EPERM" in_filter quiet /attacks mount none /tmp tmpfs &&
    says "$EPERM" in_filter quiet /attacks call 250 0 0 && says "$EPERM" in_filter quiet /attacks socket 38 5 && succeeds in_filter quiet /attacks socket 2 1
}
it "exports a filter that runc loads and that refuses the same" filters_itself

# The same file, read back: nothing is lost.
comes_back() {
  printf -- '- profile: again\n  match: container.id != host\n  syscalls: {oci: %s}\n' "$WORK/box.json" >"$WORK/again.yaml"
  "$VEDETTE" profile export --oci again -r "$WORK/again.yaml" >"$WORK/again.json" && cmp "$WORK/box.json" "$WORK/again.json"
}
it "says the same when its export is imported" comes_back

run_suite
