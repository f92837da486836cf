# SPDX-License-Identifier: Apache-2.0
# Rules about the name of a file are not led past: each trick is tried by a container's root with all capabilities on a file
# that no rule is about, where it has to work, and then on files that a rule refuses by name, and by the name of a folder.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/t
mkdir -p $D

# A trick is what the container's shell does with F, the file; S, its folder; B, that folder's folder; W, a place of its own.
# It prints what it could read.
names=() tricks=()
trick() { # NAME SENTENCE COMMANDS
  names+=("$1")
  tricks+=("$3")
  eval "works_$1() { judged $1; }"
  it "does not let a rule be led past: $2" "works_$1"
}

trick plain "the plain open" 'cat $F'
trick symlink "a symbolic link" 'ln -s $F $W/l; cat $W/l'
trick dots "dots and slashes" 'cat $B/./secret/..//secret/../../$(basename $B)/secret//key'
trick proc "/proc/self/root and cwd" 'cat /proc/self/root$F; cd $S && cat /proc/self/cwd/key'
trick dirfd "the folder's descriptor" 'attacks open-dirfd $F >/dev/null && cat_ok'
trick reopen "O_PATH and /proc/self/fd" 'attacks trick-reopen $F'
trick unlinked "the same after its name is gone" 'attacks trick-unlinked $F'
trick replaced "the same after something else has its name" 'echo other >$W/other; attacks trick-replaced $F $W/other'
trick handle "a file handle" 'attacks trick-handle $F $B'
trick int80 "the 32-bit entry" 'attacks open-int80 $F >/dev/null && cat_ok'
trick uring "io_uring" 'attacks uring-open $F >/dev/null && cat_ok'
trick uring_worker "io_uring, in a worker" 'attacks uring-open-worker $F >/dev/null && cat_ok'
trick uring_sqpoll "io_uring, in its polling thread" 'attacks uring-open-sqpoll $F >/dev/null && cat_ok'
trick chroot "chroot into its folder" 'attacks trick-chroot $B /secret/key'
trick beyond_root "a root that it is not below" 'attacks trick-beyond-root $S key $W'
trick rename "rename of the file" 'mv $F $W/k; cat $W/k'
trick rename_folder "rename of its folder" 'mv $S $B/other; cat $B/other/key'
trick rename_above "rename of the folder above" 'mv $B $W/moved; cat $W/moved/secret/key'
trick exchange "exchange with something else" 'echo o >$W/o; attacks renameat2 $W/o $F 2; cat $W/o'
trick exchange_back "exchange, the other way round" 'echo o >$W/o; attacks renameat2 $F $W/o 2; cat $W/o'
trick exchange_folder "exchange of folders" 'mkdir $W/o; attacks renameat2 $W/o $S 2; cat $W/o/key'
trick uring_rename "rename by io_uring" 'attacks uring-rename $F $W/k; cat $W/k'
trick link "a hard link" 'ln $F $W/h; cat $W/h'
trick link_fd "a hard link of a descriptor" 'attacks trick-link-fd $F $W/h'
trick uring_link "a hard link by io_uring" 'attacks uring-link $F $W/h; cat $W/h'
trick bind_file "a bind mount of the file" ': >$W/b; mount --bind $F $W/b; cat $W/b'
trick bind_folder "a bind mount of its folder" 'mkdir $W/b; mount --bind $S $W/b; cat $W/b/key'
trick bind_above "a bind mount of the folder above" 'mkdir $W/b; mount --bind $B $W/b; cat $W/b/secret/key'
trick bind_all "a bind mount of everything" 'mkdir $W/b; mount --rbind / $W/b; cat $W/b$F'
trick bind_twice "a bind mount of a bind mount" 'mkdir $W/b $W/c; mount --bind $B $W/b; mount --bind $W/b/secret $W/c; cat $W/c/key'
trick rename_behind "a rename behind a bind mount" 'mkdir $W/b; mount --bind $B $W/b; mv $W/b/secret $W/b/other; cat $B/other/key; cat $W/b/other/key'
trick link_behind "a hard link behind a bind mount" 'mkdir $W/b; mount --bind $B $W/b; ln $W/b/secret/key $W/b/h; cat $B/h'
trick move "a moved mount" 'mkdir $W/m; mount --bind $S $S; mount --move $S $W/m; cat $W/m/key'
trick covered "something mounted over it" 'mkdir $W/e; cd $S && mount --bind $W/e $B && cat key'
trick open_tree "open_tree and move_mount" 'mkdir $W/t; attacks open-tree $S $W/t; cat $W/t/key'
trick detached "a tree that is mounted nowhere" 'attacks trick-detached $S key'
trick detached_fd "the same of a descriptor" 'attacks trick-detached-fd $B secret/key'
trick volume_gone "a volume that is unmounted around us" 'attacks trick-unmounted $S key'
trick dead_namespace "a volume of a namespace that has ended" 'attacks trick-dead-namespace $S key'
trick userns "namespaces of our own" 'mkdir $W/b; attacks trick-userns $B $W/b secret/key'
trick pivot "pivot_root" 'mkdir $W/r; attacks trick-pivot $F $W/r'
trick pivot_child "pivot_root, seen by /proc/PID/root" 'mkdir $W/r; attacks trick-pivot-child $F $W/r'
trick deep "folders deeper than a path can name" 'attacks trick-deep $S key'
trick overlay "an overlay of its folder" 'mkdir $W/e $W/o; mount -t overlay -o lowerdir=$S:$W/e none $W/o; cat $W/o/key'
trick overlay_above "an overlay of the folder above" 'mkdir $W/e $W/o; mount -t overlay -o lowerdir=$B:$W/e none $W/o; cat $W/o/secret/key'
trick overlay_upper "an overlay that writes to it" 'mkdir $W/e $W/o $B/work; mount -t overlay -o lowerdir=$W/e,upperdir=$S,workdir=$B/work none $W/o; cat $W/o/key'
trick overlay_new "an overlay by the new mount API" 'mkdir $W/e $W/o; attacks trick-overlay $S $W/e key $W/o'
trick overlay_detached "an overlay that is mounted nowhere" 'mkdir $W/e; attacks trick-overlay $S $W/e key ""'
if [[ $(uname -r) != 6.1.* ]]; then # layers by descriptors: 6.13 and newer
  trick overlay_fd "an overlay by descriptors" 'mkdir $W/e; attacks trick-overlay-fd $S $W/e key ""'
fi

# Of files without a whole path none is free of the rules: it may be the one. That this trick works is seen on the host.
readonly VOLUMES=(volume_gone dead_namespace) UNPLACED=dead_namespace
on_host() { # NAME
  local i
  for i in "${!names[@]}"; do
    [[ ${names[i]} == "$1" ]] || continue
    mkdir -p $D/host/"$1"/secret
    PATH=$(dirname "$ATTACKS"):$PATH S=$D/host/$1/secret VOLUME=$D/volume/free/$1 \
      unshare -m sh -c "mount --make-rprivate / && mount --bind \$VOLUME \$S && ${tricks[i]}" 2>&1 </dev/null | sed "s|^|$1 host: |"
  done
}
exact='' folders=''
for name in "${names[@]}"; do exact+="/data/$name/secret/key, " folders+="/vault/$name/secret, "; done
rule "the file" "evt.type in (open, openat, openat2, open_by_handle_at) and container.id != host and fd.name in (${exact%, })" '%fd.name %evt.type %evt.verdict' 'action: deny'
rule "its folder" "evt.type in (open, openat, openat2, open_by_handle_at) and container.id != host and fd.name pmatch (${folders%, })" '%fd.name %evt.type %evt.verdict' 'action: deny'

# The container's program: each trick on each base, "NAME BASE: what was read".
script() {
  local i
  echo 'export PATH=/:/bin; cat_ok() { echo content of $F; }'
  echo 'mount --make-rprivate / 2>/dev/null; mkdir /tricks; mount -t tmpfs none /tmp 2>/dev/null'
  for i in "${!names[@]}"; do
    printf 'for base in free data vault; do\n  B=/%s/%s S=$B/secret F=$B/secret/key W=/tricks/%s.$base; mkdir $W\n  ( %s\n  ) 2>&1 </dev/null | sed "s|^|%s $base: |"\ndone\n' \
      '$base' "${names[i]}" "${names[i]}" "${tricks[i]}" "${names[i]}"
  done
}

tried() {
  local options=() base name bundle=$WORK/tricks
  options=(--privileged --add "$ATTACKS" --add $D/script:/script "$@")
  script >$D/script
  for base in free data vault; do
    for name in "${VOLUMES[@]}"; do
      mkdir -p $D/volume/$base/"$name"
      echo "content of /$base/$name/secret/key" >$D/volume/$base/"$name"/key
      options+=(--bind $D/volume/$base/"$name":/$base/"$name"/secret)
    done
    for name in "${names[@]}"; do
      mkdir -p $D/$base/"$name"/secret
      echo "content of /$base/$name/secret/key" >$D/$base/"$name"/secret/key
    done
    options+=(--add $D/$base)
  done
  rm -rf "$bundle"
  container_bundle "$bundle" "${options[@]}" -- sh /script || return
  cp -a $D/free $D/data $D/vault "$bundle/rootfs/"
  container_run tricks "$bundle" </dev/null >$D/read 2>&1
  container_delete tricks "$bundle"
  on_host $UNPLACED >>$D/read
  grep -q '^plain free: content of' $D/read || { fail "the container did not run: $(tail -n 3 $D/read)"; return 1; }
}

# What overlayfs cannot do itself: the trick does not work on such a root, and this is what it says.
declare -A NOT_ON_OVERLAY=([handle]="Operation not supported" [exchange_folder]="Invalid cross-device link" [overlay_upper]="Invalid argument")

judged() { # NAME [overlay]
  local base works=free says="content of" refused=(data vault)
  if [[ $1 == "$UNPLACED" ]]; then works=host refused+=(free); fi
  if [[ ${2:-} == overlay && -n ${NOT_ON_OVERLAY[$1]:-} ]]; then says=".*${NOT_ON_OVERLAY[$1]}"; fi
  grep -q "^$1 $works: $says" $D/read || { fail "it does not work where it may: $(grep "^$1 $works" $D/read | head -n 3)"; return 1; }
  for base in "${refused[@]}"; do
    if grep -q "^$1 $base: content of" $D/read; then fail "it read /$base/$1/secret/key"; return 1; fi
  done
}

functions=(tried "${functions[@]}")
sentences=("tries each" "${sentences[@]}")

tells_what_was_tried() {
  expect "the file" '.output_fields["fd.name"] == "/data/bind_above/secret/key" and .output_fields["evt.verdict"] == "deny"' &&
    expect "the file" '.output_fields["evt.type"] == "rename" or .output_fields["evt.type"] == "renameat2"' &&
    expect "its folder" '.output_fields["evt.type"] == "link" or .output_fields["evt.type"] == "linkat"' &&
    expect "its folder" '.output_fields["fd.name"] == "/vault/overlay_above/secret/key"'
}
it "tells by the rule that refused it what was tried" tells_what_was_tried

on_overlay() {
  local name failed=0
  tried --overlay || return
  for name in "${names[@]}"; do judged "$name" overlay || { echo "    $name" >&2; failed=1; }; done
  return $failed
}
it "holds in a container whose root is an overlay" on_overlay

# --- the kernel's own file systems ------------------------------------------------------------------------------------

rule "the kernel's file" 'evt.type in (open, openat, openat2) and container.id != host and fd.name in (/proc/sys/kernel/core_pattern, /sys/kernel/notes)' '%fd.name' 'action: deny'

knows_the_kernels_files() {
  local out
  out=$(in_container --privileged --add "$ATTACKS" -- sh -c '
    mkdir /p /b /s; mount -t proc none /p; mount --bind /proc/sys/kernel /b; mount -t sysfs none /s
    for folder in /proc/sys/kernel /p/sys/kernel /b; do cat $folder/ostype $folder/core_pattern; done
    /attacks trick-fsmount proc sys/kernel/ostype; /attacks trick-fsmount proc sys/kernel/core_pattern
    cat /s/kernel/fscaps; cat /s/kernel/notes' 2>&1)
  [[ $(grep -c '^Linux' <<<"$out") -eq 4 && $out == *$'\n'1* ]] || { fail "neighbours: $out"; return 1; }
  [[ $(grep -ci 'not permitted\|EPERM' <<<"$out") -eq 5 ]] || { fail "$out"; return 1; }
  expect "the kernel's file" '.output_fields["fd.name"] == "/sys/kernel/notes"'
}
it "knows a file of procfs and sysfs wherever they are mounted" knows_the_kernels_files

# --- what stays possible -------------------------------------------------------------------------------------------

replaces_a_file() {
  in_container --add $D/data -- sh -c 'mkdir -p /data/plain/secret; echo new >/data/new && mv /data/new /data/plain/secret/key && echo replaced; ln -s /data /data/l && mount -t tmpfs none /mnt || true' | grep -q replaced
}
it "lets a file be replaced that may not be read" replaces_a_file

rule "no guard" 'evt.type in (open, openat) and proc.exepath = /run/live/t/reader and fd.name = /run/live/t/h/unguarded' '%fd.name' 'action: deny
guard: off'
rule "written" 'evt.type in (open, openat, creat) and evt.is_open_write = true and proc.exepath = /run/live/t/reader and fd.name startswith /run/live/t/h/cron/' '%fd.name' 'action: deny'
rule "reader" 'evt.type in (open, openat) and proc.exepath = /run/live/t/reader and fd.name = /run/live/t/h/dir/secret' '%fd.name %evt.verdict' 'action: deny'
readonly READER=$D/reader
mkdir -p $D/h/cron $D/h/dir $D/h/elsewhere $D/h/bound
cp "$ATTACKS" $READER
for file in unguarded dir/secret elsewhere/o; do echo "content of $file" >$D/h/$file.new && mv $D/h/$file.new $D/h/$file; done

has_a_way_out() {
  says "not permitted" $READER trick-read $D/h/unguarded && succeeds $READER rename $D/h/unguarded $D/h/moved &&
    says content $READER trick-read $D/h/moved
}
it "guards nothing of a rule with guard: off" has_a_way_out

writes_by_no_detour() {
  echo x >$D/h/elsewhere/job
  says "not permitted" $READER rename $D/h/elsewhere/job $D/h/cron/job && says "not permitted" $READER link $D/h/elsewhere/job $D/h/cron/job &&
    succeeds $READER link $D/h/elsewhere/job $D/h/elsewhere/other && succeeds $READER rename $D/h/elsewhere/job $D/h/elsewhere/job2
}
it "refuses to put a file where it may not be written" writes_by_no_detour

leaves_others_alone() {
  succeeds mv $D/h/dir $D/h/dir2 && succeeds mv $D/h/dir2 $D/h/dir && succeeds ln $D/h/dir/secret $D/h/dir/linked && succeeds rm $D/h/dir/linked
}
it "lets those that the rule is not about rename and link" leaves_others_alone

# Whom the rule is not about opens it by the new name first, often enough for the prefilter to have an opinion.
remembers_nothing_stale() {
  local i
  $READER mount-bind $D/h/dir $D/h/bound || return
  for ((i = 0; i < 3; i++)); do cat $D/h/bound/secret >/dev/null; done
  settle || return
  for ((i = 0; i < 3; i++)); do cat $D/h/bound/secret >/dev/null; done
  says "not permitted" $READER trick-read $D/h/bound/secret && succeeds umount $D/h/bound &&
    expect reader '.output_fields["fd.name"] == "/run/live/t/h/dir/secret"' && succeeds cat $D/h/dir/secret &&
    says content $READER trick-read $D/h/elsewhere/o
}
it "remembers no verdict that a mount has made stale" remembers_nothing_stale

keeps_what_it_knows_over_an_upgrade() {
  $READER mount-bind $D/h/dir $D/h/bound || return
  stop_vedette || return
  start_vedette "$suite_rules" || return
  says "not permitted" $READER trick-read $D/h/bound/secret
  local code=$?
  umount $D/h/bound
  return $code
}
ON_STOP=keep
it "knows the former names that another agent has seen" keeps_what_it_knows_over_an_upgrade

# What happens when there is no room for another name: then nobody whom the rule is about mounts anything.
fills_the_names() {
  local out
  out=$(in_container --privileged --add "$ATTACKS" -- sh -c '
    mkdir -p /vault/plain/secret /b /free /c; /attacks trick-fill /vault/plain/secret /b 20000
    mount --bind /free /c || echo not bound; mkdir /t; mount -t tmpfs none /t || echo not mounted' 2>&1)
  [[ ${out%%$'\n'*} -gt 15000 && ${out%%$'\n'*} -lt 16384 ]] && grep -q 'trick-fill: Operation not permitted' <<<"$out" && grep -q '^not bound' <<<"$out" ||
    { fail "$out"; return 1; }
  succeeds mount --bind $D/h $D/h/bound && succeeds umount $D/h/bound
}
it "refuses mounts to those that a rule is about when there is no room for another name, and to others not" fills_the_names

agrees_with_user_space() {
  stop_vedette || return
  "$VEDETTE" unload >/dev/null || return
  ! grep -i disagree "$RUN_LOG" || fail "verdicts differ"
}
it "decides as user space does" agrees_with_user_space

run_suite
