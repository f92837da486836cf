# SPDX-License-Identifier: Apache-2.0
# How enforcement ends: by unload, by an agent whose rules refuse nothing, by options; where it cannot be kept; and what cannot be
# decided.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../pins.sh
source "$(dirname "$0")/../pins.sh"

# --- who else ------------------------------------------------------------------------------------------------------

one_agent_enforces() {
  enforcing || return
  says "another vedette (process $RUN_PID) enforces" "$VEDETTE" run -r "$WORK/rules.yaml" &&
    says "an agent (process $RUN_PID) enforces: stop it first" "$VEDETTE" unload && refuses
}
it "refuses a second agent that would enforce, and unload, while one runs" one_agent_enforces

# With the hooks of the rules that are enforced.
records() { succeeds timeout -s INT 150 "$VEDETTE" record "$1" --duration 1 -r "$WORK/rules.yaml" && [[ -s $1 ]]; }
a_recording_touches_nothing() {
  records $D/r.vdr || return
  kill_agent
  records $D/r2.vdr && refuses && status '.enforcing'
}
it "is not touched by a recording" a_recording_touches_nothing

says_what_it_cannot_without_privileges() {
  setpriv --reuid 65534 --clear-groups "$VEDETTE" unload >$D/out 2>&1
  [[ $? -eq 1 ]] && grep -qi 'root' $D/out || { fail "$(cat $D/out)"; return; }
  says "root" setpriv --reuid 65534 --clear-groups "$VEDETTE" status && refuses
}
it "says without privileges that it needs them" says_what_it_cannot_without_privileges

# Root can have put anything there: maps of another type and size by the names of ours, pins without a map, other directories.
takes_over_whatever_is_there() {
  local generation
  enforcing && kill_agent || return
  generation=$(echo $PINS/gen_*)
  mkdir -p $PINS/other $PINS/gen_zzz $PINS/part_/links
  rm "$generation"/maps/{vd_owner,vd_tasks,vd_rules,vd_losses}
  succeeds attacks bpf-copy-pin "$generation/maps/vd_policy_kinds" "$generation/maps/vd_rules" &&
    succeeds attacks bpf-copy-pin "$generation/maps/vd_works" "$generation/maps/vd_owner" &&
    succeeds attacks bpf-copy-pin "$(echo "$generation"/links/000_*)" "$generation/maps/vd_tasks" || return
  status '.enforcing and (.agent | not) and (.readable | not) and .rules == []' && enforcing || return
  grep -q 'took over from an unknown process; .* not known' "$RUN_LOG" || { fail "$(grep 'took over' "$RUN_LOG")"; return; }
  refuses && status '.generations == 1 and .readable' && [[ -d $PINS/other ]] || return
  kill_agent
  rm -r $PINS/other
}
it "takes over whatever somebody has put in the place of its pins, and touches nothing else" takes_over_whatever_is_there

not_a_place_of_its_own() {
  mkdir -p $D/pins/gen_0000000000000001/links && : >$D/pins/gen_0000000000000001/links/kept
  ln -sfn $D/pins /sys/fs/bpf/link
  says "not on a BPF file system" "$VEDETTE" unload --pin-dir $D/pins &&
    says "not of Vedette's making" "$VEDETTE" unload --pin-dir /sys/fs/bpf/link &&
    says "not of Vedette's making" "$VEDETTE" run -r "$WORK/rules.yaml" --pin-dir /sys/fs/bpf/link &&
    [[ -e $D/pins/gen_0000000000000001/links/kept ]] || return
  rm /sys/fs/bpf/link
  mount -o remount,ro /sys/fs/bpf || return
  says "mount it writable" "$VEDETTE" run -r "$WORK/rules.yaml" --pin-dir /sys/fs/bpf/more
  local code=$?
  mount -o remount,rw /sys/fs/bpf && return $code
}
it "removes nothing where it cannot have pinned anything, and says why" not_a_place_of_its_own

unloads() {
  local said
  said=$("$VEDETTE" unload 2>&1) || { fail "it failed: $said"; return; }
  [[ $said == *"removed "*" programs and "*" maps from $PINS"* && $said == *"no longer enforced: no secrets"* ]] || { fail "it said: $said"; return; }
  succeeds cat $D/secret && nothing_left && status '.enforcing | not'
}
it "ends by unload, which says what it removed" unloads

unloads_twice() {
  says "nothing to remove" "$VEDETTE" unload && succeeds "$VEDETTE" unload
}
it "has nothing to do at a second unload" unloads_twice

# --- nothing is pinned ---------------------------------------------------------------------------------------------

monitor_pins_nothing() {
  enforcing --mode monitor || return
  [[ ! -e $PINS ]] || { fail "$(find $PINS)"; return; }
  kill_agent
  succeeds cat $D/secret && nothing_left
}
it "pins nothing in monitor mode" monitor_pins_nothing

monitor_ends_enforcement() {
  enforcing && kill_agent && says "$EPERM" cat $D/secret && enforcing --mode monitor &&
    grep -q 'what it enforced has ended' "$RUN_LOG" && succeeds cat $D/secret && [[ ! -e $PINS ]] && kill_agent
}
it "ends what a former agent enforced when the rules of the next one refuse nothing" monitor_ends_enforcement

remove_on_stop() {
  ON_STOP=remove enforcing && refuses && stop_vedette && succeeds cat $D/secret && nothing_left
}
it "ends with the agent with --on-stop remove" remove_on_stop

no_pin_dir() {
  enforcing --pin-dir none && refuses && [[ ! -e $PINS ]] && kill_agent && succeeds cat $D/secret && nothing_left
}
it "ends with the agent, however that ends, with --pin-dir none" no_pin_dir

a_reload_pins() {
  enforcing --mode enforce || return
  sed -i 's/^  action: deny/  action: deny\n  mode: monitor/; /^  mode: monitor$/{N;s/\n  mode: monitor//}' "$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 60 grep -q 'reloaded' "$RUN_LOG" || { fail "$(cat "$RUN_LOG")"; return; }
  [[ ! -e $PINS ]] || { fail "still pinned"; return; }
  succeeds cat $D/secret || return
  sed -i '/^  mode: monitor$/d' "$WORK/rules.yaml"
  : >"$RUN_LOG"
  kill -HUP "$RUN_PID"
  wait_until 60 grep -q 'reloaded' "$RUN_LOG" || { fail "$(cat "$RUN_LOG")"; return; }
  kill_agent
  says "$EPERM" cat $D/secret && succeeds "$VEDETTE" unload && nothing_left
}
it "pins and unpins as a reload turns rules to enforce and back" a_reload_pins

mounts_the_file_system() {
  umount /sys/fs/bpf || { fail "it is in use"; return; }
  enforcing && kill_agent && says "$EPERM" cat $D/secret && [[ $(stat -f -c %T /sys/fs/bpf) == bpf_fs ]] && succeeds "$VEDETTE" unload &&
    says "not on a BPF file system" "$VEDETTE" run -r "$WORK/rules.yaml" --pin-dir /run/live/pins
}
it "mounts the BPF file system where there is none, and says where it cannot" mounts_the_file_system

# --- it cannot be decided, or not be written -----------------------------------------------------------------------

fails_open_with_an_alert() {
  local folder
  folder=$D/$(printf 'd%.0s' {1..250})
  ON_STOP=remove with_rules <<'YAML' || return
- rule: no reader
  desc: .
  condition: evt.type in (open, openat) and proc.exepath endswith /reader and fd.name = /run/live/p/unread
  output: "%fd.name %evt.verdict"
  priority: WARNING
  action: deny
YAML
  # A program whose path is longer than what is kept of it: its end is not known.
  mkdir "$folder" && cp "$(command -v cat)" "$folder/reader" && cp "$(command -v cat)" $D/reader && echo read >$D/unread || return
  says "$EPERM" $D/reader $D/unread || return
  "$folder/reader" $D/unread | grep -qx read || { fail "it was refused"; return; }
  expect "Vedette internal: allowed undecided" '.output_fields["vedette.undecided"] >= 1 and .priority == "Critical"'
}
it "allows what cannot be decided, with an alert" fails_open_with_an_alert

a_full_map_keeps_the_former_rules() {
  { cat <<'YAML'
- rule: no secrets
  desc: .
  condition: evt.type in (open, openat, openat2) and fd.name = /run/live/p/secret
  output: "%fd.name"
  priority: WARNING
  action: deny
YAML
  } >$D/few.yaml
  ON_STOP=remove with_rules <$D/few.yaml || return
  { cat $D/few.yaml; mark_rule
    printf -- '- list: many\n  items: ['
    seq -f '/run/live/p/many/%.0f,' 14000 # each some twenty strings, with those that guard its name
    printf '/run/live/p/last]\n- rule: too many\n  desc: .\n  condition: evt.type in (open, openat) and fd.name in (many)\n  output: x\n  priority: WARNING\n  action: deny\n'
  } >"$WORK/rules.yaml"
  kill -HUP "$RUN_PID"
  wait_until 120 grep -q 'reload failed, the running rules stay' "$RUN_LOG" || { fail "$(tail -n 3 "$RUN_LOG")"; return; }
  says "$EPERM" cat $D/secret && stop_vedette && says "table holds" "$VEDETTE" check -r "$WORK/rules.yaml" && nothing_left
}
it "keeps the former rules when new ones do not fit, and does not start with such" a_full_map_keeps_the_former_rules

run_suite
