# SPDX-License-Identifier: Apache-2.0
# What no rule is about stays in the kernel, and whatever makes a file one that a rule is about brings it back.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/p
mkdir -p $D/free/dir $D/prot $D/asked $D/w $D/jail/bin $D/bound $D/allowed
cp "$(realpath "$(command -v busybox)")" $D/reader

rule "deny protected" 'evt.type in (open, openat, openat2) and fd.name startswith /run/live/p/prot/' '%fd.name %evt.res %evt.verdict' 'action: deny'
rule "asked" 'evt.type in (open, openat, openat2) and fd.name startswith /run/live/p/asked/' '%fd.name %fd.realpath'
rule "written" 'evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.name startswith /run/live/p/w/' '%fd.name'
rule "in jail" 'evt.type in (open, openat, openat2) and fd.name = /vd-secret' '%fd.name %fd.realpath'
rule "in a container" 'evt.type in (open, openat, openat2) and container.id != host and fd.name endswith /vd-shared/file' '%fd.name %container.id'

rule "by handle" 'evt.type = open_by_handle_at' '%fd.name'

# About every open there is, of a process under it.
suite_rules+='- profile: reads little
  match: proc.exepath = /run/live/p/reader
  files: {read: {allow: [/run/live/p/allowed/**]}}
'

# Opens a file for reading N times, without a process of its own for each.
open_often() { local i; for ((i = 0; i < $2; i++)); do : <"$1" || return; done; }
# Until user space has seen it and said that no rule is about it.
mute() {
  open_often "$1" 3 && settle && open_often "$1" 3
}
refused() {
  says "Operation not permitted" cat "$1"
}

stays_in_the_kernel() {
  echo x >$D/free/often
  mute $D/free/often && open_often $D/free/often 3000
}
it "lets the opens of a file that no rule is about stay in the kernel" stays_in_the_kernel

stays_in_the_kernel_in_a_container() {
  mkdir -p /run/vd-shared
  echo x >/run/vd-shared/often
  in_container --bind /run/vd-shared:/vd-shared -- sh -c 'i=0; while [ $i -lt 3000 ]; do : </vd-shared/often; i=$((i + 1)); done' >/dev/null
}
it "lets those of a container stay there, too" stays_in_the_kernel_in_a_container

tells_handles_from_names() {
  echo x >$D/free/handled
  mute $D/free/handled || return
  attacks open-handle $D/free/handled $D/free >/dev/null
  expect "by handle" '.output_fields["fd.name"] == "/run/live/p/free/handled"'
}
it "reports the open of a muted file by its handle" tells_handles_from_names

follows_a_rename() {
  echo x >$D/free/file
  mute $D/free/file && mv $D/free/file $D/prot/file && refused $D/prot/file
}
it "refuses a file that was renamed to a name that a rule is about" follows_a_rename

follows_the_rename_of_a_directory() {
  echo x >$D/free/dir/file
  mute $D/free/dir/file && mv $D/free/dir $D/prot/dir && refused $D/prot/dir/file
}
it "refuses a file whose directory was renamed" follows_the_rename_of_a_directory

tells_hard_links_apart() {
  echo x >$D/free/linked
  mute $D/free/linked && ln $D/free/linked $D/prot/linked && refused $D/prot/linked && succeeds cat $D/free/linked
}
it "refuses a file by its other name, and not by the first" tells_hard_links_apart

tells_mounts_apart() {
  echo x >$D/free/mounted
  mkdir $D/prot/mount
  mute $D/free/mounted && mount --bind $D/free $D/prot/mount || return
  refused $D/prot/mount/mounted
  local code=$?
  umount $D/prot/mount
  [[ $code -eq 0 ]] && succeeds cat $D/free/mounted
}
it "refuses a file that is seen through a bind mount" tells_mounts_apart

follows_a_move_of_a_mount() {
  mkdir -p $D/there $D/prot/there
  mount -t tmpfs none $D/there && mount --make-private $D/there && echo x >$D/there/file || return
  mute $D/there/file && mount --move $D/there $D/prot/there && refused $D/prot/there/file
  local code=$?
  umount $D/prot/there 2>/dev/null || umount $D/there
  return $code
}
it "refuses a file whose mount was moved" follows_a_move_of_a_mount

goes_by_the_name_that_was_asked_for() {
  echo x >$D/free/target
  mute $D/free/target || return
  ln -s ../free/target $D/asked/relative
  ln -s $D/free/target $D/asked/link
  cat $D/asked/link >/dev/null
  expect asked '.output_fields["fd.name"] == "/run/live/p/asked/link" and .output_fields["fd.realpath"] == "/run/live/p/free/target"' || return
  (cd $D/asked && cat relative) >/dev/null
  expect asked '.output_fields["fd.name"] == "/run/live/p/asked/relative"' && refuse asked '.output_fields["fd.name"] == "/run/live/p/free/target"'
}
it "reports a muted file by the symbolic link that a rule is about" goes_by_the_name_that_was_asked_for

tells_writing_from_reading() {
  echo x >$D/w/file
  mute $D/w/file && echo y >$D/w/file && expect written
}
it "reports the write of a file that may be read" tells_writing_from_reading

tells_a_chroot() {
  cp "$(realpath "$(command -v busybox)")" $D/jail/bin/busybox
  echo x >$D/jail/vd-secret
  mute $D/jail/vd-secret && chroot $D/jail /bin/busybox cat /vd-secret >/dev/null && expect "in jail"
}
it "reports a muted file by the name it has in a chroot" tells_a_chroot

tells_containers_from_the_host() {
  mkdir -p /run/vd-shared
  echo x >/run/vd-shared/file
  mute /run/vd-shared/file || return
  in_container --bind /run/vd-shared:/vd-shared -- cat /vd-shared/file >/dev/null
  expect "in a container"
}
it "reports to a container what it does not to the host" tells_containers_from_the_host

as_reader() { attacks exec-as $D/reader cat "$1"; }
tells_profiles_apart() {
  local i
  echo x >$D/allowed/file
  echo x >$D/free/profiled
  mute $D/free/profiled && says "Operation not permitted" as_reader $D/free/profiled || return
  for ((i = 0; i < 3; i++)); do succeeds as_reader $D/allowed/file || return; done
  settle && succeeds as_reader $D/allowed/file && succeeds cat $D/free/profiled && says "Operation not permitted" as_reader $D/free/profiled
}
it "refuses under a profile what stays in the kernel for others" tells_profiles_apart

rule "connect elsewhere" 'evt.type = connect and fd.sport = 4802' '%fd.name'
rule "deny connect" 'evt.type = connect and fd.sip = 127.0.0.9 and fd.sport = 4801' '%fd.name %evt.res %evt.verdict' 'action: deny'
rule "connect in a container" 'evt.type = connect and container.id != host and fd.sport = 4801' '%fd.name'
tells_connects_apart() {
  local i
  for ((i = 0; i < 3; i++)); do attacks connect 127.0.0.1 4801 >/dev/null; done # nobody listens: refused by the peer
  settle || return
  for ((i = 0; i < 3; i++)); do attacks connect 127.0.0.1 4801 >/dev/null; done
  attacks connect 127.0.0.1 4802 >/dev/null
  expect "connect elsewhere" || return
  says "Operation not permitted" attacks connect 127.0.0.9 4801 || return
  in_container --host-net --add "$ATTACKS" -- /attacks connect 127.0.0.1 4801 >/dev/null
  expect "connect in a container"
}
it "tells muted connects from those to another port, to an address that is refused, and from a container" tells_connects_apart

reports_again_after_a_reload() {
  echo x >$D/free/later
  mute $D/free/later || return
  { suite_rules=''; rule "later" 'evt.type in (open, openat) and fd.name = /run/live/p/free/later' '%fd.name'; echo "$suite_rules"; mark_rule; } >"$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 30 grep -q 'reloaded' "$RUN_LOG" || { fail "no reload"; return 1; }
  cat $D/free/later >/dev/null
  expect later
}
it "reports a muted file again once other rules are about it" reports_again_after_a_reload

says_how_many() {
  stop_vedette || return
  local n
  grep -q 'prefilter.*connect [1-9]' "$RUN_LOG" || { fail "no connect stayed in the kernel"; return 1; }
  n=$(sed -n 's/^ *prefilter .*file_open \([0-9]*\).*/\1/p' "$RUN_LOG")
  [[ ${n:-0} -ge 5000 ]] || fail "of 6000 opens ${n:-none} stayed in the kernel"
}
it "says how many operations stayed in the kernel" says_how_many

run_suite
