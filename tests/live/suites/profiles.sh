# SPDX-License-Identifier: Apache-2.0
# A process under a profile does what the profile allows and nothing else, and so do its descendants, whatever they run;
# a process beside it is not touched. Two programs, `worker` and `shell`, are copies of busybox.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2034 # lib.sh's; the agent is killed from a root shell
SELF_PROTECTION=off
readonly D=/run/live/p
readonly EPERM="Operation not permitted"
mkdir -p $D/bin $D/data/below $D/etc $D/mnt
# One file per program; which applet it is says argv[0], see as_worker.
for program in worker reader shell tool other; do cp "$(realpath "$(command -v busybox)")" $D/bin/$program; done
cp "$ATTACKS" $D/bin/attacks
echo secret >$D/etc/secret
echo public >$D/etc/public
echo data >$D/data/file
mkfifo $D/data/fifo
ln -s ../etc/secret $D/data/innocent

suite_rules=$(cat <<'YAML'
- list: worker_programs
  items: [/run/live/p/bin/worker]
- profile: worker
  desc: what the worker does
  match: proc.exepath in (worker_programs)
  exec: {allow: [/run/live/p/bin/tool, /run/live/p/bin/attacks]}
  files:
    read: {deny: [/run/live/p/etc/secret]}
    write: {allow: [/run/live/p/data/**, /dev/null, "**.log"], deny: [/run/live/p/data/below/locked]}
  network:
    connect: {allow: ["127.0.0.1:4801", "127.0.2.0/24", "*:4803"], deny: ["127.0.2.9"]}
    bind: {allow: [4901]}
    families: {allow: [AF_INET, AF_UNIX]}
  mounts: {allow: []}
- profile: reader
  match: proc.exepath = /run/live/p/bin/reader
  files: {read: {deny: [/run/live/p/etc/secret]}}
- profile: watched
  match: proc.exepath = /run/live/p/bin/shell
  mode: monitor
  files: {write: {allow: [/dev/null]}}
- profile: boxes
  match: container.id != host and not proc.name in (runc, crun)
  action: kill
  mounts: {allow: []}
YAML
)$'\n'

# as_worker APPLET ARG...: an applet of busybox by the program that is under the profile.
as_worker() { attacks exec-as $D/bin/worker "$@"; }
by_other() { attacks exec-as $D/bin/other "$@"; }
denied() { echo ".output_fields[\"evt.verdict\"] == \"deny\" and .output_fields[\"proc.profile\"] == \"worker\"${1:+ and $1}"; }

limits_exec() {
  succeeds as_worker sh -c "$D/bin/attacks exec-as $D/bin/tool true" && says "$EPERM" as_worker sh -c "$D/bin/attacks exec-as $D/bin/other true" &&
    succeeds by_other sh -c "$D/bin/attacks exec-as $D/bin/other true" && expect "worker: exec" "$(denied '.output_fields["proc.exepath"] == "/run/live/p/bin/other"')"
}
it "runs only the programs that the profile allows, after the one that brought it in" limits_exec

is_inherited() {
  says "$EPERM" as_worker sh -c "$D/bin/attacks exec-as $D/bin/tool sh -c 'echo x >$D/etc/new'" && [[ ! -e $D/etc/new ]] &&
    expect "worker: files.write" "$(denied '.output_fields["fs.path.name"] == "/run/live/p/etc/new"')"
}
it "holds for what the program runs, too" is_inherited

limits_reads() {
  says "$EPERM" as_worker cat $D/etc/secret && says "$EPERM" as_worker cat $D/data/innocent && says "$EPERM" as_worker cat $D/data/../etc/secret &&
    succeeds as_worker cat $D/etc/public && succeeds by_other cat $D/etc/secret &&
    expect "worker: files.read" "$(denied)"
}
it "reads what is not denied, and the denied by no other way" limits_reads

# One whose writes are not limited.
keeps_the_name() {
  says "$EPERM" attacks exec-as $D/bin/reader mv $D/etc/secret $D/data/read_me && says "$EPERM" attacks exec-as $D/bin/reader ln $D/etc/secret $D/data/read_me &&
    succeeds attacks exec-as $D/bin/reader mv $D/etc/public $D/etc/public2 && mv $D/etc/public2 $D/etc/public &&
    expect "reader: files.read" '.output_fields["evt.verdict"] == "deny"'
}
it "gives what it may not read no other name" keeps_the_name

limits_writes() {
  succeeds as_worker sh -c "echo x >$D/data/new && echo x >$D/data/below/new && echo x >$D/etc/a.log && echo x >/dev/null" &&
    succeeds as_worker mkdir $D/data/dir && succeeds as_worker mv $D/data/new $D/data/moved && succeeds as_worker rm $D/data/moved &&
    says "$EPERM" as_worker sh -c "echo x >$D/etc/none" && says "$EPERM" as_worker sh -c "$D/bin/attacks creat $D/etc/none" &&
    says "$EPERM" as_worker sh -c "$D/bin/attacks uring-open $D/etc/none c" && says "$EPERM" as_worker mknod $D/etc/none p && [[ ! -e $D/etc/none ]] &&
    says "$EPERM" as_worker sh -c "echo x >>$D/etc/public" && says "$EPERM" as_worker sh -c "echo x >$D/data/below/locked" &&
    says "$EPERM" as_worker rm $D/etc/public && says "$EPERM" as_worker chmod 777 $D/etc/public &&
    says "$EPERM" as_worker mkdir $D/etc/dir && says "$EPERM" as_worker mv $D/data/file $D/etc/file &&
    says "$EPERM" as_worker mv $D/etc/public $D/data/public && says "$EPERM" as_worker ln $D/etc/public $D/data/hard &&
    [[ $(cat $D/etc/public) == public && -e $D/data/file ]] && succeeds by_other sh -c "echo x >$D/etc/other"
}
it "writes, makes, moves, links and removes only where it may" limits_writes

limits_connections() {
  says refused as_worker sh -c "$D/bin/attacks connect 127.0.0.1 4801" && says refused as_worker sh -c "$D/bin/attacks connect 127.0.2.7 4999" &&
    says refused as_worker sh -c "$D/bin/attacks connect 127.0.0.5 4803" && says "$EPERM" as_worker sh -c "$D/bin/attacks connect 127.0.0.1 4802" &&
    says "$EPERM" as_worker sh -c "$D/bin/attacks connect 127.0.0.5 4801" && says "$EPERM" as_worker sh -c "$D/bin/attacks connect 127.0.2.9 4999" &&
    says "$EPERM" as_worker sh -c "$D/bin/attacks fast-open 127.0.0.1 4802" && says refused attacks connect 127.0.0.1 4802 &&
    expect "worker: network.connect" "$(denied '(.output_fields["fd.name"] | endswith("127.0.0.1:4802"))')"
}
it "connects to the peers that are listed, by address, network and port" limits_connections

limits_sockets() {
  succeeds as_worker sh -c "$D/bin/attacks bind 127.0.0.1 4901" && says "$EPERM" as_worker sh -c "$D/bin/attacks bind 127.0.0.1 4902" &&
    says "$EPERM" as_worker sh -c "$D/bin/attacks socket 17 3" && succeeds attacks bind 127.0.0.1 4902 &&
    expect "worker: network.bind" "$(denied '.output_fields["fd.lport"] == 4902')" &&
    expect "worker: network.families" "$(denied '.output_fields["socket.family"] == "AF_PACKET"')"
}
it "binds the ports and makes the sockets that are listed" limits_sockets

limits_mounts() {
  says "$EPERM" as_worker sh -c "$D/bin/attacks mount none $D/mnt tmpfs" && succeeds attacks mount none $D/mnt tmpfs && umount $D/mnt &&
    expect "worker: mounts" "$(denied)"
}
it "mounts nothing where nothing is allowed" limits_mounts

monitors() {
  succeeds attacks exec-as $D/bin/shell sh -c "echo x >$D/etc/watched" && [[ -s $D/etc/watched ]] &&
    expect "watched: files.write" '.output_fields["evt.verdict"] == "would_deny" and .output_fields["proc.profile"] == "watched"'
}
it "only tells in mode monitor" monitors

kills_in_a_container() {
  in_container --cap SYS_ADMIN -- mount -t tmpfs none /tmp
  [[ $? -eq 137 ]] || { fail "the container's program was not killed"; return 1; }
  expect "boxes: mounts" '.output_fields["evt.verdict"] == "kill" and .output_fields["proc.profile"] == "boxes"' &&
    succeeds in_container -- sh -c "ls / >/dev/null"
}
it "comes over a container's first own program, and spares the runtime that sets it up" kills_in_a_container

agrees_with_user_space() {
  stop_vedette && ! grep -i 'disagree' "$RUN_LOG" | grep -vE '\b0\b' | grep .
}
it "never disagrees with the user-space evaluation of the same profiles" agrees_with_user_space

was_running_before() {
  stop_vedette || return
  # Without an exec: reads the file and waits for a second, until the first is refused.
  attacks exec-as $D/bin/worker sh -c "while read -r x <$D/etc/secret; do read -t 1 -r y <>$D/data/fifo; done" 2>"$WORK/before" &
  local before=$!
  start_vedette "$suite_rules" && wait_until 60 grep -q "$EPERM" "$WORK/before"
  local code=$?
  kill $before 2>/dev/null
  [[ $code -eq 0 ]] || fail "a process that ran before is not under its profile: $(tail -n 2 "$WORK/before")"
}
it "comes over processes that run already when the agent starts" was_running_before

lines() { grep -c "^$1" $D/data/log; }
has_more_than() { [[ $(lines refused) -gt $1 ]]; }
outlives_the_agent() {
  stop_vedette || return
  ON_STOP=keep
  start_vedette "$suite_rules" || return
  # `tool` is in no scope itself: it is under the profile of who started it.
  attacks exec-as $D/bin/worker sh -c "$D/bin/attacks exec-as $D/bin/tool sh -c 'while :; do if read -r x <$D/etc/secret; then echo read; else echo refused; fi; read -t 1 -r y <>$D/data/fifo; done' >$D/data/log 2>/dev/null" &
  local caller=$! code=0 before
  wait_until 20 has_more_than 0 || code=1
  kill -KILL "$RUN_PID"
  wait "$RUN_PID" 2>/dev/null
  RUN_PID=''
  before=$(lines refused)
  wait_until 20 has_more_than "$before" || code=1
  ON_STOP=remove
  start_vedette "$suite_rules" || code=1
  before=$(lines refused)
  wait_until 20 has_more_than "$((before + 1))" || code=1
  pkill -f $D/bin/tool
  pkill -f 'while :; do if read'
  wait $caller 2>/dev/null
  [[ $code -eq 0 && $(lines read) -eq 0 ]] || fail "the profile did not hold: $(sort $D/data/log | uniq -c | tr '\n' ' ')"
}
it "holds while the agent is killed and another one takes over" outlives_the_agent

run_suite
