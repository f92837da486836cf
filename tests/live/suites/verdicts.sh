# SPDX-License-Identifier: Apache-2.0
# What a rule denies fails with EPERM by every route, its neighbour does not, and the alert says so.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2034 # lib.sh's
SELF_PROTECTION=on
readonly D=/run/live/v
mkdir -p $D/real $D/other
ln -s real $D/link
echo secret >$D/real/secret
echo free >$D/real/free
echo hidden >$D/real/hidden
cp /bin/true $D/real/gone
readonly EPERM="Operation not permitted"
denied() { echo ".output_fields[\"evt.verdict\"] == \"deny\" and .output_fields[\"evt.res\"] == \"EPERM\"${1:+ and $1}"; }

# --- files ---------------------------------------------------------------------------------------------------------

rule "deny open" 'evt.type in (open, openat, openat2, creat, open_by_handle_at) and fd.name = /run/live/v/real/secret' \
  '%fd.name %evt.type %evt.via %evt.res %evt.verdict %proc.name' 'action: deny'
refuses_an_open() {
  says "$EPERM" cat $D/real/secret && succeeds cat $D/real/free &&
    expect "deny open" "$(denied '.output_fields["proc.name"] == "cat"')"
}
it "refuses an open of the file, and not of its neighbour" refuses_an_open

rule "deny otherwise" 'evt.type in (open, openat, mkdir, mkdirat) and fs.path.name in (/run/live/v/real/hidden, /run/live/v/real/never) or evt.type in (execve, execveat) and proc.exepath = /run/live/v/real/gone' \
  '%evt.type %evt.res %evt.verdict' $'action: deny\nerrno: ENOENT'
says_another_errno() {
  says "No such file" cat $D/real/hidden && says "No such file" mkdir $D/real/never && [[ ! -e $D/real/never ]] && says "No such file" attacks exec $D/real/gone &&
    expect "deny otherwise" '.output_fields["evt.verdict"] == "deny" and .output_fields["evt.res"] == "ENOENT" and (.output_fields["evt.type"] | startswith("open"))' &&
    expect "deny otherwise" '.output_fields["evt.res"] == "ENOENT" and (.output_fields["evt.type"] | startswith("execve"))' &&
    expect "deny otherwise" '.output_fields["evt.res"] == "ENOENT" and (.output_fields["evt.type"] | startswith("mkdir"))'
}
it "refuses with the errno that a rule says" says_another_errno

# Each is another way to the same file; none gets through.
refuses_every_route() {
  local route failed=0
  ln -sf $D/real/secret $D/other/symlink
  for route in "open $D/link/secret" "openat $D/real/../real/secret" "openat2 $D/real/secret" "openat //run/live/v/real//secret" \
    "openat $D/other/symlink" "open-dirfd $D/real/secret" "open-proc-root $D/real/secret" "open-symlink $D/real/secret" \
    "open-opath $D/real/secret" "open-handle $D/real/secret $D/real" "open-int80 $D/real/secret" "uring-open $D/real/secret" \
    "uring-open-worker $D/real/secret" "uring-open-sqpoll $D/real/secret" "openat /proc/self/cwd/secret"; do
    # shellcheck disable=SC2086
    if ! (cd $D/real && says "$EPERM" attacks $route); then failed=1; fi
  done
  cp "$ATTACKS" $D/attacks
  says "$EPERM" chroot $D /attacks open /real/secret || failed=1
  return $failed
}
it "refuses the same file by symbolic link, .., /proc, handle, O_PATH, chroot, io_uring and the 32-bit table" refuses_every_route

rule "deny write" 'evt.type in (open, openat, openat2, creat) and evt.is_open_write = true and fd.name startswith /run/live/v/readonly/' \
  '%fd.name %evt.res %evt.verdict' 'action: deny'
refuses_writes_only() {
  mkdir -p $D/readonly/sub
  says "$EPERM" sh -c "echo x >$D/readonly/sub/new" && says "$EPERM" sh -c "echo x >>$D/readonly/sub/new" && [[ ! -e $D/readonly/sub/new ]] &&
    says "$EPERM" attacks openat2 $D/readonly/sub/new c && says "$EPERM" attacks open $D/readonly/sub/new rc &&
    says "$EPERM" attacks uring-open-worker $D/readonly/sub/new c && [[ ! -e $D/readonly/sub/new ]] && succeeds ls $D/readonly/sub && succeeds sh -c "echo x >$D/readonlyish" &&
    expect "deny write" "$(denied)"
}
it "refuses writes below a folder, and neither reads nor a folder of a similar name" refuses_writes_only

rule "deny suffix" 'evt.type in (open, openat) and (fd.name endswith .key or fd.filename = id_rsa) and not proc.name in (head, tail)' \
  '%fd.name %evt.res %evt.verdict' 'action: deny'
decides_suffix_and_process() {
  : >$D/real/a && mv $D/real/a $D/real/a.key && : >$D/real/b && mv $D/real/b $D/real/id_rsa && : >$D/real/my_id_rsa
  says "$EPERM" cat $D/real/a.key && says "$EPERM" cat $D/real/id_rsa && succeeds cat $D/real/my_id_rsa &&
    succeeds head $D/real/a.key
}
it "decides by the end of the name, and by who asks" decides_suffix_and_process

rule "monitored" 'evt.type in (open, openat) and fd.name = /run/live/v/real/monitored' '%fd.name %evt.res %evt.verdict' \
  'action: deny
mode: monitor'
only_reports_in_monitor_mode() {
  : >$D/real/monitored
  succeeds cat $D/real/monitored && expect monitored '.output_fields["evt.verdict"] == "would_deny"'
}
it "lets a rule in monitor mode pass and says that it would have been denied" only_reports_in_monitor_mode

rule "kill open" 'evt.type in (open, openat) and fd.name = /run/live/v/real/deadly' '%fd.name %evt.res %evt.verdict' 'action: kill'
kills_the_caller() {
  echo x >$D/real/deadly0
  mv $D/real/deadly0 $D/real/deadly
  sh -c "read -r x <$D/real/deadly; echo survived >$D/real/survived" 2>/dev/null
  [[ $? -eq 137 && ! -e $D/real/survived ]] || { fail "the caller was not killed"; return 1; }
  expect "kill open" '.output_fields["evt.verdict"] == "kill"'
}
it "kills the caller before the file is open" kills_the_caller

# --- everything else that can be refused ---------------------------------------------------------------------------

rule "deny exec" 'evt.type in (execve, execveat) and proc.exepath = /run/live/v/real/tool' '%proc.name %evt.res %evt.verdict' 'action: deny'
refuses_an_exec() {
  cp "$(realpath "$(command -v busybox)")" $D/real/tool && cp $D/real/tool $D/real/tool2
  says "$EPERM" $D/link/tool true && says "$EPERM" attacks exec $D/real/tool true &&
    succeeds attacks exec-as $D/real/tool2 busybox true && expect "deny exec" "$(denied)"
}
it "refuses an exec by the file, whatever it is called by" refuses_an_exec

rule "deny memfd" 'evt.type in (execve, execveat) and proc.is_exe_from_memfd = true' '%proc.name %evt.verdict' 'action: deny'
refuses_fileless_exec() {
  says "$EPERM" attacks exec-memfd $D/real/tool2 true && expect "deny memfd" '.output_fields["evt.verdict"] == "deny"'
}
it "refuses the exec of a memfd" refuses_fileless_exec

rule "deny connect" 'evt.type = connect and (fd.sip = 127.0.0.9 or fd.snet = "127.0.1.0/24") and fd.sport = 4800' '%fd.name %evt.res %evt.verdict' 'action: deny'
refuses_a_connect() {
  says "$EPERM" attacks connect 127.0.0.9 4800 && says "$EPERM" attacks connect 127.0.1.77 4800 &&
    says "$EPERM" attacks uring-connect 127.0.0.9 4800 && says "$EPERM" attacks fast-open 127.0.0.9 4800 &&
    says "refused" attacks connect 127.0.0.9 4801 && says "refused" attacks connect 127.0.2.1 4800 &&
    expect "deny connect" "$(denied)"
}
it "refuses a connect by address and port, also through io_uring and TCP Fast Open" refuses_a_connect

rule "deny mount" 'evt.type in (mount, fsconfig, move_mount) and proc.name = attacks and not evt.arg.type = ramfs' '%evt.type %evt.arg.type %evt.res %evt.verdict' 'action: deny'
refuses_mounts() {
  mkdir -p $D/mnt
  says "$EPERM" attacks mount none $D/mnt tmpfs && says "$EPERM" attacks new-mount tmpfs $D/mnt &&
    succeeds attacks mount none $D/mnt ramfs && succeeds umount $D/mnt && expect "deny mount" "$(denied '.output_fields["evt.arg.type"] == "tmpfs"')"
}
it "refuses mounts by the old call and by the new ones" refuses_mounts

rule "deny ptrace" 'evt.type in (ptrace, process_vm_writev, process_vm_readv, pidfd_getfd) and proc.name = attacks' '%evt.type %evt.res %evt.verdict' 'action: deny'
refuses_ptrace() {
  local target
  sleep 100 &
  target=$!
  says "$EPERM" attacks ptrace-attach $target && says "$EPERM" attacks vm-writev $target 4096 && expect "deny ptrace" "$(denied)"
  local code=$?
  kill $target
  return $code
}
it "refuses ptrace and writes into another process" refuses_ptrace

rule "deny bpf" 'evt.type = bpf and proc.name = attacks and evt.arg.cmd = BPF_PROG_LOAD' '%evt.arg.cmd %evt.res %evt.verdict' 'action: deny'
refuses_bpf() {
  says "$EPERM" attacks bpf-prog && succeeds attacks bpf-map && expect "deny bpf" "$(denied)"
}
it "refuses the load of a BPF program, and not a map" refuses_bpf

rule "deny module" 'evt.type in (init_module, finit_module) and proc.name in (insmod, attacks)' '%evt.type %evt.res %evt.verdict' 'action: deny'
refuses_modules() {
  says "$EPERM" attacks finit-module /vm/dummy.ko && says "$EPERM" attacks init-module &&
    [[ ! -e /sys/module/dummy ]] && expect "deny module" "$(denied)"
}
it "refuses kernel modules by both calls" refuses_modules

rule "deny setns" 'evt.type = setns and proc.name = nsenter' '%evt.res %evt.verdict' 'action: deny'
refuses_setns() {
  says "$EPERM" nsenter -t 1 -u true && succeeds attacks setns /proc/1/ns/uts && expect "deny setns" "$(denied)"
}
it "refuses setns, which has no hook of its own" refuses_setns

rule "deny names" 'evt.type in (unlink, unlinkat, rename, renameat, renameat2, link, linkat, chmod, fchmodat) and fs.path.name = /run/live/v/real/secret' \
  '%evt.type %evt.res %evt.verdict' 'action: deny'
refuses_changes_of_names() {
  says "$EPERM" attacks unlink $D/link/secret && says "$EPERM" attacks rename $D/link/secret $D/real/moved &&
    says "$EPERM" attacks link $D/link/secret $D/real/hard && says "$EPERM" attacks chmod $D/link/secret 777 &&
    succeeds attacks unlink $D/real/free && expect "deny names" "$(denied)"
}
it "refuses to remove, rename, link and chmod a file" refuses_changes_of_names

agrees_with_user_space() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation of the same rules" agrees_with_user_space

# --- modes ---------------------------------------------------------------------------------------------------------

mode_monitor_overrides() {
  with_rules --mode monitor <<'YAML' || return
- rule: deny open
  desc: .
  condition: evt.type in (open, openat) and fd.name = /run/live/v/real/secret
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
YAML
  succeeds cat $D/real/secret && expect "deny open" '.output_fields["evt.verdict"] == "would_deny"'
}
it "refuses nothing with --mode monitor" mode_monitor_overrides

nothing_stays() {
  stop_vedette && succeeds cat $D/real/secret
}
it "refuses nothing once it has ended" nothing_stays

run_suite
