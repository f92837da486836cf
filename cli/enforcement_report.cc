// SPDX-License-Identifier: Apache-2.0
#include "cli/enforcement_report.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "cli/config.h"
#include "cli/counted.h"
#include "cli/summary.h"
#include "engine/internal_alert.h"
#include "outputs/json_writer.h"
#include "outputs/timestamp.h"
#include "sensor/boot_time.h"

namespace vedette {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

std::string Realtime(uint64_t boot_ns, const BootClock& clock) {
  std::string out;
  AppendIso8601(clock.boot_realtime_ns + static_cast<int64_t>(boot_ns), 3, out);
  return out;
}

uint64_t SecondsSince(uint64_t boot_ns, const BootClock& clock) {
  return clock.now_ns > boot_ns ? (clock.now_ns - boot_ns) / kSecond : 0;
}

std::string Owner(const EnforcementState& state) {
  if (state.pid == 0) return "an unknown process";
  return fmt::format("process {} (vedette {})", state.pid, state.version);
}

// "5 (rule one 3, rule two 2)"
std::string UntoldByRule(const EnforcementState& state) {
  std::string parts;
  for (const RuleCount& rule : state.rules) {
    if (rule.Untold() == 0) continue;
    parts += fmt::format("{}{} {}", parts.empty() ? " (" : ", ", rule.name, rule.Untold());
  }
  return parts.empty() ? "" : parts + ")";
}

std::string_view ActionOf(const RuleCount& rule) {
  if (rule.enforced) return rule.kill ? "kill" : "deny";
  return rule.kill ? "would kill" : "would deny";
}

AlertValue Number(uint64_t value) { return static_cast<int64_t>(value); }

void AppendText(std::string_view name, std::string_view text, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{:<12}{}\n", name, text);
}

void AppendRules(const EnforcementState& state, std::string& out) {
  for (const RuleCount& rule : state.rules) {
    std::string untold = rule.Untold() == 0 ? "" : fmt::format(", {} of them not reported", rule.Untold());
    AppendText("rule", fmt::format("{}: {}, {} times{}", rule.name, ActionOf(rule), rule.decided, untold), out);
  }
}

void AppendSelf(const EnforcementState& state, std::string& out) {
  if (!state.self_loaded) return AppendText("self", "not protected: self_protection is off", out);
  std::string text = state.self_on ? "protected" : "not protected: switched off by `vedette self-protection off`";
  if (state.self_refused != 0) text += fmt::format(", {} refused", Counted(state.self_refused, "attempt"));
  if (state.self_untold != 0) text += fmt::format(", {} of them not reported", state.self_untold);
  AppendText("self", text, out);
}

}  // namespace

BootClock BootClock::Now() { return {BootTimeNs(), BootToRealtimeNs()}; }

std::string StatusText(const EnforcementState& state, const std::string& pin_dir, const BootClock& clock) {
  std::string out;
  if (!state.enforcing()) {
    AppendText("enforcing", pin_dir == kNoPinDir ? "no: pin_dir is none" : "no: nothing is pinned in " + pin_dir, out);
    return out;
  }
  const std::string since =
      state.since_ns != 0 ? "yes, without a break since " + Realtime(state.since_ns, clock) : "yes";
  AppendText("enforcing", since, out);
  if (state.agent) {
    AppendText("agent", Owner(state), out);
  } else if (state.gone_ns != 0) {
    AppendText("agent", fmt::format("none since {}; it was {}", Realtime(state.gone_ns, clock), Owner(state)), out);
  } else {
    AppendText("agent", "none; it was " + Owner(state), out);
  }
  AppendText(
      "pinned",
      fmt::format("{}, {} in {}", Counted(state.programs.size(), "program"), Counted(state.maps, "map"), pin_dir), out);
  if (state.generations > 1) {
    AppendText("", fmt::format("of {} agents: a takeover was cut short; the next start ends it", state.generations),
               out);
  }
  if (state.pid != 0 && !state.readable) {
    AppendText("rules", "unknown: they are of a version with another layout", out);
    return out;
  }
  AppendRules(state, out);
  if (state.containers != 0) AppendText("containers", fmt::format("{} known", state.containers), out);
  if (state.disagreements.value_or(0) != 0) {
    std::string parts;
    for (const auto& [rule, n] : state.disagreements_by_rule) {
      parts += fmt::format("{}{} {}", parts.empty() ? " (" : ", ", rule, n);
    }
    AppendText("verdicts",
               fmt::format("{} decided otherwise in the kernel than by the rules{}", *state.disagreements,
                           parts.empty() ? "" : parts + ")"),
               out);
  }
  for (const EventKindInfo& info : AllEventKinds()) {
    const std::string hooks = HooksOf(state.hooks, info.kind);
    if (!hooks.empty()) AppendText("hooks", fmt::format("{}: {}", info.name, hooks), out);
  }
  for (const std::string& id : state.monitored)
    AppendText("container", id + ": in monitor mode, nothing is refused in it", out);
  AppendSelf(state, out);
  if (state.unseen != 0) AppendText("not seen", Counted(state.unseen, "event") + ", as no agent ran", out);
  if (state.undecided != 0)
    AppendText("undecided", Counted(state.undecided, "operation") + " allowed, as it could not be decided", out);
  return out;
}

std::string StatusJson(const EnforcementState& state, const std::string& pin_dir, const BootClock& clock) {
  std::string out;
  JsonWriter json(out);
  auto time = [&](std::string_view key, uint64_t boot_ns) {
    json.Key(key);
    if (boot_ns == 0) return json.Null();
    json.String(Realtime(boot_ns, clock));
  };
  json.BeginObject();
  json.BoolMember("enforcing", state.enforcing());
  json.BoolMember("agent", state.agent);
  json.StringMember("pin_dir", pin_dir);
  json.UnsignedMember("generations", state.generations);
  json.UnsignedMember("maps", state.maps);
  json.Key("programs");
  json.BeginArray();
  for (const std::string& program : state.programs) json.String(program);
  json.EndArray();
  json.UnsignedMember("pid", state.pid);
  json.StringMember("version", state.version);
  json.BoolMember("readable", state.readable);
  time("since", state.since_ns);
  time("attached", state.attached_ns);
  time("agent_ended", state.gone_ns);
  json.Key("rules");
  json.BeginArray();
  for (const RuleCount& rule : state.rules) {
    json.BeginObject();
    json.StringMember("rule", rule.name);
    json.StringMember("action", rule.kill ? "kill" : "deny");
    json.StringMember("mode", rule.enforced ? "enforce" : "monitor");
    json.UnsignedMember("decided", rule.decided);
    json.UnsignedMember("not_reported", rule.Untold());
    json.EndObject();
  }
  json.EndArray();
  json.UnsignedMember("containers_known", state.containers);
  json.Key("disagreements");
  if (state.disagreements) {
    json.Unsigned(*state.disagreements);
  } else {
    json.Null();
  }
  json.Key("disagreements_by_rule");
  json.BeginObject();
  for (const auto& [rule, n] : state.disagreements_by_rule) json.UnsignedMember(rule, n);
  json.EndObject();
  json.Key("hooks");
  json.BeginObject();
  for (const EventKindInfo& info : AllEventKinds()) {
    if (state.hooks.seen[info.kind] == 0) continue;
    json.Key(info.name);
    json.BeginObject();
    json.UnsignedMember("seen", state.hooks.seen[info.kind]);
    json.UnsignedMember("muted", state.hooks.muted[info.kind]);
    const bool killed_after = vd_is_killed_after(info.kind) != 0;
    json.UnsignedMember("refused", killed_after ? 0 : state.hooks.refused[info.kind]);
    if (killed_after) json.UnsignedMember("killed_after", state.hooks.refused[info.kind]);
    json.UnsignedMember("sent", state.hooks.sent[info.kind]);
    json.UnsignedMember("lost", state.hooks.lost[info.kind]);
    json.EndObject();
  }
  json.EndObject();
  json.Key("containers_in_monitor_mode");
  json.BeginArray();
  for (const std::string& id : state.monitored) json.String(id);
  json.EndArray();
  json.Key("self_protection");
  json.BeginObject();
  json.BoolMember("on", state.self_loaded && state.self_on);
  json.UnsignedMember("refused", state.self_refused);
  json.UnsignedMember("not_reported", state.self_untold);
  json.EndObject();
  json.UnsignedMember("events_not_seen", state.unseen);
  json.UnsignedMember("allowed_undecided", state.undecided);
  json.EndObject();
  return out + "\n";
}

std::string TakeoverLine(const EnforcementState& former, const BootClock& clock) {
  std::string out = fmt::format("took over from {}", Owner(former));
  if (!former.readable) {
    const std::string_view why = former.pid != 0 ? "it is of another layout" : "its pins were not whole";
    return out + fmt::format("; how often its rules refused is not known: {}", why);
  }
  if (former.gone_ns != 0) out += fmt::format(", which ended {} s ago", SecondsSince(former.gone_ns, clock));
  fmt::format_to(std::back_inserter(out), ": {} not reported{}, {} not seen", Counted(former.Untold(), "refusal"),
                 UntoldByRule(former), Counted(former.unseen, "event"));
  if (former.undecided != 0) out += fmt::format(", {} allowed undecided", former.undecided);
  return out;
}

bool HasGap(const EnforcementState& former) { return former.Untold() != 0 || former.unseen != 0 || !former.readable; }

Alert MakeGapAlert(const EnforcementState& former, const BootClock& clock, const std::string& hostname) {
  const int64_t now = clock.boot_realtime_ns + static_cast<int64_t>(clock.now_ns);
  Alert alert = MakeInternalAlert("no agent ran", Priority::kWarning, now, hostname);
  alert.output = "rules were enforced without an agent: " + TakeoverLine(former, clock);
  alert.fields = {{"vedette.former_pid", Number(former.pid)}, {"vedette.former_version", former.version}};
  if (!former.readable) return alert;
  alert.fields.emplace_back("vedette.agent_ended",
                            former.gone_ns != 0 ? AlertValue(Realtime(former.gone_ns, clock)) : AlertValue());
  alert.fields.emplace_back("vedette.refusals_not_reported", Number(former.Untold()));
  alert.fields.emplace_back("vedette.events_not_seen", Number(former.unseen));
  for (const RuleCount& rule : former.rules) {
    if (rule.Untold() == 0) continue;
    alert.fields.emplace_back("vedette.refusals_not_reported." + rule.name, Number(rule.Untold()));
  }
  return alert;
}

Alert MakeUndecidedAlert(const UndecidedCounts& counts, int64_t now_ns, const std::string& hostname) {
  Alert alert = MakeInternalAlert("allowed undecided", Priority::kCritical, now_ns, hostname);
  uint64_t total = 0;
  std::string kinds;
  for (const EventKindInfo& info : AllEventKinds()) {
    if (counts[info.kind] == 0) continue;
    total += counts[info.kind];
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", info.name, counts[info.kind]);
  }
  alert.output = fmt::format(
      "operations that a rule might have refused were allowed, as it could not be decided | count={} kinds={}", total,
      kinds);
  alert.fields = {{"vedette.undecided", Number(total)}, {"vedette.kinds", kinds}};
  return alert;
}

}  // namespace vedette
