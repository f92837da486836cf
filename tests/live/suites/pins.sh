# SPDX-License-Identifier: Apache-2.0
# Enforcement without an agent: it goes on when the agent is killed, and the next one takes over without a moment in between and
# without a program twice.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../pins.sh
source "$(dirname "$0")/../pins.sh"

# --- the agent is killed -------------------------------------------------------------------------------------------

pins_what_decides() {
  enforcing || return
  programs >$D/programs
  refuses || return
  expect "no secrets" '.output_fields["evt.verdict"] == "deny"' || return
  status '.enforcing and .agent and .generations == 1 and .readable' &&
    status "[.rules[] | select(.rule == \"no secrets\") | .mode == \"enforce\" and .decided == 1 and .not_reported == 0] == [true]" &&
    status '[.rules[] | select(.rule == "watched") | .mode] == ["monitor"]' &&
    status '(.programs | index("vd_file_open")) and (.programs | index("vd_task_alloc")) and (.programs | all(startswith("vd_exit") | not))' &&
    [[ $(stat -c %a $PINS) == 700 ]] || fail "mode $(stat -c %a $PINS)"
}
it "pins the programs that decide, and says so" pins_what_decides

full_rings_do_not_matter() {
  local code=0
  kill -STOP "$RUN_PID"
  rm -f $D/stop
  attacks hammer-open $D/secret $D/stop >$D/hammered &
  local hammer=$!
  sleep 10
  refuses || code=1
  : >$D/stop
  wait $hammer || { fail "$(cat $D/hammered)"; code=1; }
  kill -CONT "$RUN_PID"
  [[ $(cut -d' ' -f1 <$D/hammered | head -n 1) -gt 5000 ]] || { fail "too few attempts: $(cat $D/hammered)"; code=1; }
  return $code
}
it "goes on with all rings full, as the agent stands still" full_rings_do_not_matter

survives_a_kill() {
  local i
  settle || return
  kill_agent
  for i in 1 2 3 4 5; do says "$EPERM" cat $D/secret || return; done
  refuses && says "$EPERM" setsid -w cat $D/secret && says "$EPERM" attacks uring-open $D/secret || return
  # By whom a process was made, all of them after the kill.
  cp $D/tool $D/launcher
  says "came to 126" attacks exec-as $D/launcher busybox sh -c '/run/live/p/tool true; echo "came to $?"' &&
    succeeds attacks exec-as $D/tool busybox true && status '.enforcing and (.agent | not) and .agent_ended != null'
}
it "goes on when the agent is killed, also for processes that are started after it" survives_a_kill

another_process_with_its_number_is_refused() {
  local pid
  pid=$("$VEDETTE" status --json | jq .pid)
  echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid 2>/dev/null || { echo "    (no ns_last_pid here)"; return 0; }
  bash -c "echo \$BASHPID >$D/pid; exec cat $D/secret" >$D/out 2>&1
  [[ $(cat $D/pid) -eq $pid ]] || { echo "    (another process came between)"; return 0; }
  grep -q "$EPERM" $D/out || fail "a process with the number of the dead agent could read it"
}
it "refuses a later process that has the number of the agent" another_process_with_its_number_is_refused

takes_over_and_tells() {
  local untold
  untold=$("$VEDETTE" status --json | jq '[.rules[] | select(.rule == "no secrets") | .not_reported] | add')
  [[ $untold -gt 7 ]] || { fail "$untold refusals not reported"; return; }
  enforcing || return
  grep -q "took over from process .*: $((untold + 1)) refusals not reported (no secrets $untold, no tool 1)" "$RUN_LOG" ||
    { fail "$(grep 'took over' "$RUN_LOG")"; return; }
  expect "Vedette internal: no agent ran" ".output_fields[\"vedette.refusals_not_reported.no secrets\"] == $untold and .source == \"internal\"" &&
    refuses && status '.agent and .generations == 1' && nothing_twice
}
it "is taken over by the next agent, which tells what nobody was told" takes_over_and_tells

# --- takeovers under load ------------------------------------------------------------------------------------------

# What is allowed, for as long as nobody says stop; prints how often.
reads_what_it_may() {
  local n=0
  while [[ ! -e $D/stop ]]; do
    $D/allowed_cat $D/secret >/dev/null || return
    n=$((n + 1))
    nap 0.1
  done
  echo $n
}

# hammered FUNCTION: while it runs, two loops try again and again, and not once one succeeds; a third one does what is allowed, and
# not once it fails. After some attempts they sleep for some milliseconds: who wakes interrupts the agent in its work at least as
# often as who never sleeps (by its count of involuntary switches), and the agent's start takes half the time.
hammered() {
  local code=0 opens forks allowed
  rm -f $D/stop
  reads_what_it_may >$D/allowed 2>&1 & allowed=$!
  attacks hammer-open $D/secret $D/stop 16 4000 >$D/opens & opens=$!
  attacks hammer-fork $D/secret $D/stop 1 8000 >$D/forks & forks=$!
  "$@" || code=1
  : >$D/stop
  wait $opens || { fail "opens: $(cat $D/opens)"; code=1; }
  wait $forks || { fail "by new processes: $(cat $D/forks)"; code=1; }
  wait $allowed || { fail "refused though it is allowed: $(cat $D/allowed)"; code=1; }
  echo "    $(head -n 1 $D/opens); by new processes $(head -n 1 $D/forks); allowed $(cat $D/allowed)"
  [[ $(cut -d' ' -f1 <$D/opens | head -n 1) -gt 1000 ]] || fail "too few attempts"
  return $code
}

restarts() {
  kill_agent && enforcing && kill_agent && enforcing && refuses
}
takes_over_without_a_gap() { hammered restarts && status '.generations == 1' && nothing_twice; }
it "takes over without a gap after a kill, under load" takes_over_without_a_gap

stops_and_starts() {
  stop_vedette && grep -q 'enforcement goes on without an agent' "$RUN_LOG" && enforcing
}
keeps_on_a_stop() { hammered stops_and_starts && nothing_twice; }
it "goes on over a stop and a start too, as an upgrade does" keeps_on_a_stop

other_layout() {
  kill_agent
  succeeds attacks bpf-poke $PINS/gen_*/maps/vd_owner 0 4711 || return
  "$VEDETTE" status | grep -q 'another layout' || { fail "status: $("$VEDETTE" status)"; return; }
  enforcing && grep -q 'took over from process .*another layout' "$RUN_LOG" && refuses
}
upgrades() { hammered other_layout && status '.generations == 1 and .readable' && nothing_twice; }
it "takes over from a version with another layout without a gap" upgrades

# Cut in the moment in which the place of its pins is there, and with some of them in it.
cut_short() {
  local later
  kill_agent
  cp "$WORK/rules.yaml" $D/rules.yaml
  for later in 0 0.03; do
    "$VEDETTE" run --json --self-protection off -r $D/rules.yaml >/dev/null 2>$D/log &
    RUN_PID=$!
    succeeds attacks await-entry $PINS "$RUN_PID" || return
    nap $later
    kill_agent
    refuses || return
  done
  echo "    (cut short twice: $(generations) generations, $(find $PINS -path "*/part_*" -type f | wc -l) pins of the last two)"
  "$VEDETTE" status >/dev/null && enforcing && refuses
}
recovers() { hammered cut_short && status '.generations == 1' && nothing_twice; }
it "recovers from a takeover that was cut short, under load" recovers

# The same with a state made by hand: a second generation with half of the links.
half_a_generation_goes() {
  local link i=0
  kill_agent
  mkdir -p $PINS/part_ffffffffffffffff/links $PINS/part_ffffffffffffffff/maps
  for link in "$PINS"/gen_*/links/*; do
    ((i++ % 2)) || succeeds attacks bpf-copy-pin "$link" "$PINS/part_ffffffffffffffff/links/${link##*/}" || return
  done
  status '.generations == 2' && enforcing && status '.generations == 1' && refuses && nothing_twice
}
it "removes half a generation, whatever its number" half_a_generation_goes

# A process in a container that has entered the host's namespaces is one of the container for the next agent too.
keeps_what_a_process_was() {
  local box=$D/box escaped
  mkdir -p $box/proc && cp "$ATTACKS" $box/attacks
  with_rules <<'YAML' || return
- rule: no secrets
  desc: .
  condition: evt.type in (open, openat, openat2) and fd.name = /run/live/p/secret and container.id != host
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
YAML
  unshare --mount bash -c "mount --bind $box $box && mount --bind /proc $box/proc && exec chroot $box /attacks setns-exec /proc/1/ns/mnt \
    /bin/bash -c 'while [[ ! -e $D/go ]]; do sleep 0.2; done; cat $D/secret; echo read' >$D/escaped 2>&1" &
  escaped=$!
  wait_until 20 bash -c "[[ \$(readlink /proc/$escaped/exe) == */bash && \$(readlink /proc/$escaped/ns/mnt) == \"\$(readlink /proc/1/ns/mnt)\" ]]" ||
    { fail "it did not enter: $(readlink /proc/$escaped/exe)"; return; }
  kill_agent
  start_vedette "$(cat "$WORK/rules.yaml")" || return
  kill_agent
  succeeds attacks bpf-poke $PINS/gen_*/maps/vd_owner 0 4711 && start_vedette "$(cat "$WORK/rules.yaml")" || return
  : >$D/go
  wait $escaped
  grep -q "$EPERM" $D/escaped && succeeds cat $D/secret || fail "it read: $(cat $D/escaped)"
}
it "remembers over takeovers which process comes from a container" keeps_what_a_process_was

ends() { kill_agent; succeeds "$VEDETTE" unload && succeeds cat $D/secret && nothing_left; }
it "leaves nothing in the kernel after unload" ends

run_suite
