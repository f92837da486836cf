// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_keys.h"

#include <array>

namespace vedette {
namespace {

using Form = RuleKey::Form;
using Overriding = RuleKey::Overriding;

constexpr std::array kKeys = {
    RuleKey{"rule", Form::kText, Overriding::kNever, "The rule's name; a later rule of the same name replaces it."},
    RuleKey{"desc", Form::kText, Overriding::kAppendOrReplace, "What it means when the rule matches."},
    RuleKey{"condition", Form::kCondition, Overriding::kAppendOrReplace,
            "What has to hold of an event; with 'sequence', of the event of every step."},
    RuleKey{"output", Form::kText, Overriding::kAppendOrReplace, "The alert's text; %FIELD prints a field."},
    RuleKey{"priority", Form::kWord, Overriding::kReplace, "How bad it is."},
    RuleKey{"tags", Form::kTexts, Overriding::kAppendOrReplace, "Words to select rules by."},
    RuleKey{"exceptions", Form::kExceptions, Overriding::kAppendOrReplace, "Combinations of values not to alert on."},
    RuleKey{"enabled", Form::kBool, Overriding::kReplace, "false switches the rule off."},
    RuleKey{"source", Form::kText, Overriding::kNever,
            "Where events come from; rules of others than syscall are skipped."},
    RuleKey{"warn_evttypes", Form::kBool, Overriding::kReplace, "false: no warning about too many event types."},
    RuleKey{"skip-if-unknown-filter", Form::kBool, Overriding::kReplace,
            "Skip the rule, instead of failing, when it has an unknown field."},
    RuleKey{"capture", Form::kBool, Overriding::kReplace, "Falco's; has no effect."},
    RuleKey{"capture_duration", Form::kNumber, Overriding::kReplace, "Falco's; has no effect."},
    RuleKey{"append", Form::kBool, Overriding::kNever, "Deprecated; write override: {condition: append}."},
    RuleKey{"override", Form::kOverride, Overriding::kNever,
            "What this item's keys do to those of the rule it amends."},
    RuleKey{"action", Form::kWord, Overriding::kReplace,
            "alert; deny: refuse the operation in the kernel; kill: refuse it and kill the caller."},
    RuleKey{"errno", Form::kWord, Overriding::kReplace, "What a denied operation fails with; EPERM unless it is said."},
    RuleKey{"mode", Form::kWord, Overriding::kReplace, "monitor: report what would be refused, refuse nothing."},
    RuleKey{"require", Form::kWord, Overriding::kReplace,
            "inline: an error where the kernel cannot decide before the call."},
    RuleKey{"guard", Form::kWord, Overriding::kReplace,
            "off: what the rule refuses by name may be renamed, linked and mounted to another name."},
    RuleKey{"throttle", Form::kThrottle, Overriding::kReplace, "How many alerts of one key may come in a time."},
    RuleKey{"count", Form::kCount, Overriding::kReplace, "Alert only on so many events of one key in a time."},
    RuleKey{"sequence", Form::kSequence, Overriding::kReplace,
            "Alert on events of one key, one step after the other, in a time."},
};

}  // namespace

std::span<const RuleKey> RuleKeys() { return kKeys; }

std::set<std::string_view> AppendableKeys() {
  std::set<std::string_view> out;
  for (const RuleKey& key : kKeys) {
    if (key.overriding == Overriding::kAppendOrReplace) out.insert(key.name);
  }
  return out;
}

std::set<std::string_view> ReplaceableKeys() {
  std::set<std::string_view> out;
  for (const RuleKey& key : kKeys) {
    if (key.overriding != Overriding::kNever) out.insert(key.name);
  }
  return out;
}

}  // namespace vedette
