// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "bpf/abi/config.h"
#include "cli/counted.h"
#include "engine/verdict_check.h"
#include "outputs/json_writer.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/field.h"
#include "sensor/program_plan.h"

namespace vedette {
namespace {

// Instructions per table, as measured by tests/bench/table_cost on 6.1 (docs/measurements.md).
constexpr uint32_t kNumberCost = 321;
constexpr uint32_t kTextCost = 542;
constexpr uint32_t kReversedCost = 624;
constexpr uint32_t kAncestorCost = 612;
constexpr uint32_t kBitsCost = 531;
constexpr uint32_t kGlobCost = 2921;

uint32_t CostOf(int table) {
  if (table >= VD_TABLE_FIRST_SCALAR) return kNumberCost;
  return table >= VD_TABLE_FIRST_REVERSED && table < VD_TABLE_FIRST_ADDR ? kReversedCost : kTextCost;
}

uint32_t CostOf(const vd_trait& trait) {
  switch (trait.kind) {
    case VD_TRAIT_ANCESTOR:
      return kAncestorCost;
    case VD_TRAIT_GLOB:
      return kGlobCost;
    default:
      return kBitsCost;
  }
}

// The first field that the hook of this kind compares by the table.
std::string ValueOf(int table, EventKind kind) {
  if (vd_is_killed_after(kind) != 0 && table >= VD_TABLE_ARGUMENT && table < VD_TABLE_ARGUMENT + 6) {
    return fmt::format("argument {}", table - VD_TABLE_ARGUMENT);
  }
  const EventKind asked = kind == VD_KIND_NONE ? static_cast<EventKind>(VD_KIND_EXEC) : kind;
  for (const Field& field : AllFields()) {
    if (!field.kernel.kinds.test(asked) || field.kernel.use == KernelUse::kAncestor) continue;
    if (field.kernel.table == table) return std::string(field.name);
    if (field.kernel.reversed == table) return fmt::format("{} backwards", field.name);
  }
  return fmt::format("table {}", table);
}

// Entries of the table that tell this clause from what holds without one, or from each other.
struct Use {
  bool used = false;
  uint32_t entries = 0;
};

Use UseOf(const KernelPolicy& policy, EventKind kind, int table, const std::vector<uint32_t>& clauses) {
  const vd_table_default& rest = policy.kinds[kind].table[table];
  Use use;
  auto differs = [&](const vd_clause_set& set) {
    return std::ranges::any_of(clauses,
                               [&](uint32_t c) { return vd_set_has(&set, c) != vd_set_has(&rest.no_entry, c); });
  };
  use.used = std::ranges::any_of(
      clauses, [&](uint32_t c) { return vd_set_has(&rest.no_entry, c) == 0 || vd_set_has(&rest.null, c) == 0; });
  auto count = [&](const auto& entries) {
    for (const auto& entry : entries) {
      if (entry.policy == kind && entry.table == table && differs(entry.clauses)) ++use.entries;
    }
  };
  count(policy.strings);
  count(policy.scalars);
  use.used = use.used || use.entries != 0;
  return use;
}

std::string TextOf(const vd_trait& trait, EventKind kind) {
  constexpr std::string_view kBits[] = {"flags", "thread.cap_effective", "thread.cap_permitted", "thread.cap_inheritable"};
  switch (trait.kind) {
    case VD_TRAIT_ANCESTOR:
      return "an ancestor";
    case VD_TRAIT_GLOB:
      return fmt::format("{} by a glob", ValueOf(static_cast<int>(trait.of), kind));
    default:
      return std::string(kBits[trait.of]);
  }
}

// Those that a clause asks about: it does not hold whatever they are.
void AddTraits(const KernelPolicy& policy, EventKind kind, const std::vector<uint32_t>& clauses,
               PolicyReport::Kind& out) {
  for (const KernelPolicy::ScalarEntry& entry : policy.scalars) {
    if (entry.policy != kind || entry.table != VD_TABLE_TRAITS) continue;
    if (std::ranges::all_of(clauses, [&](uint32_t c) { return vd_set_has(&entry.clauses, c) != 0; })) continue;
    const vd_trait& trait = policy.traits[entry.value / 2];
    out.tables.push_back({TextOf(trait, kind), 1, CostOf(trait)});
    out.cost += CostOf(trait);
  }
}

// At the end of which calls those of a kind without a hook are judged.
void AddCalls(const EventTypes& types, PolicyReport::Kind& out) {
  out.how = PolicyReport::How::kKillAfter;
  for (const ProgramInfo& program : AllPrograms()) {
    const std::optional<EventTypeId> call = CallOf(program);
    if (!call || !types.test(*call)) continue;
    out.hooks.push_back(fmt::format("fexit/{}", program.target));
  }
}

void AddHooks(EventKind kind, PolicyReport::Kind& out) {
  out.how = PolicyReport::How::kInline;
  for (const ProgramInfo& program : AllPrograms()) {
    if (program.way != ProgramWay::kLsm || program.self || (DecidedKinds(program) >> kind & 1) == 0) continue;
    out.hooks.push_back(fmt::format("lsm/{}", program.target));
    out.fallback.push_back(fmt::format("fmod_ret/{}", SecurityFunctionOf(program.target)));
  }
}

void AddKind(const KernelPolicy& policy, EventKind kind, uint32_t policy_id, const EventTypes& types,
             PolicyReport::Rule& rule) {
  const vd_kind_policy& of = policy.kinds[kind];
  std::vector<uint32_t> clauses;
  for (uint32_t c = 0; c < VD_MAX_CLAUSES; ++c) {
    if (vd_set_has(&of.all, c) == 0 || of.clause[c].policy_id != policy_id) continue;
    clauses.push_back(c);
    rule.enforced = rule.enforced || vd_set_has(&of.enforced, c) != 0;
  }
  if (clauses.empty()) return;
  PolicyReport::Kind& out = rule.kinds.emplace_back();
  if (kind == VD_KIND_NONE) {
    out.kind = "a program starts";
  } else {
    out.kind = Info(kind).name;
    if (vd_is_killed_after(kind) != 0) {
      AddCalls(types, out);
    } else {
      AddHooks(kind, out);
    }
  }
  out.clauses = static_cast<uint32_t>(clauses.size());
  for (int table = 0; table < VD_TABLE_TRAITS; ++table) {
    if ((of.tables >> table & 1) == 0) continue;
    const Use use = UseOf(policy, kind, table, clauses);
    if (!use.used) continue;
    out.tables.push_back({ValueOf(table, kind), use.entries, CostOf(table)});
    out.cost += CostOf(table);
  }
  AddTraits(policy, kind, clauses, out);
}

// What a policy's clauses are called: a kind's own, and what guards names (VD_POLICY_*).
std::string PolicyName(uint32_t number) {
  switch (number) {
    case VD_KIND_NONE:
      return "profiles";
    case VD_POLICY_NAMES:
      return "guards of mounts";
    case VD_POLICY_RENAME:
      return "guards of renames";
    case VD_POLICY_LINK:
      return "guards of links";
    case VD_POLICY_ANCESTORS:
      return "ancestors";
    default: {
      const std::string_view kind = Info(static_cast<EventKind>(vd_kind_of_policy(number))).name;
      return number < VD_KIND_COUNT ? std::string(kind) : fmt::format("{} without a whole path", kind);
    }
  }
}

void AddBounds(const KernelPolicy& policy, PolicyReport& out) {
  for (uint32_t number = 0; number < VD_POLICY_COUNT; ++number) {
    uint64_t clauses = 0;
    for (uint32_t c = 0; c < VD_MAX_CLAUSES; ++c) clauses += vd_set_has(&policy.kinds[number].all, c) != 0 ? 1 : 0;
    const std::string what = fmt::format("clauses of {}", PolicyName(number));
    if (clauses != 0) out.bounds.push_back({what, clauses, VD_MAX_CLAUSES});
  }
  out.bounds.push_back({"strings and addresses", policy.strings.size(), kMaxStringEntries});
  out.bounds.push_back({"numbers", policy.scalars.size(), kMaxScalarEntries});
  if (!policy.traits.empty()) {
    out.bounds.push_back({"conditions that are asked about by themselves", policy.traits.size(), VD_MAX_TRAITS});
  }
}

// By PolicyReport::How.
constexpr std::string_view kHowNames[] = {"mark", "inline", "kill-after"};

std::string Joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

}  // namespace

PolicyReport ReportPolicy(const RuleSet& rules, const KernelPolicy& policy) {
  PolicyReport out;
  for (const Profile& profile : rules.profiles) {
    PolicyReport::Rule& row = out.rules.emplace_back();
    row.name = profile.name;
    row.action = "profile";
    AddKind(policy, static_cast<EventKind>(VD_KIND_NONE), profile.id, {}, row);
  }
  for (const Rule& rule : rules.rules) {
    if (!Decides(rule)) continue;
    PolicyReport::Rule& row = out.rules.emplace_back();
    row.name = rule.name;
    row.action = rule.action == Action::kKill ? "kill" : "deny";
    for (uint32_t kind = VD_KIND_NONE + 1; kind < VD_KIND_COUNT; ++kind) {
      AddKind(policy, static_cast<EventKind>(kind), rules.first_policy_id + rule.index, rule.types, row);
    }
  }
  AddBounds(policy, out);
  return out;
}

std::string PolicyText(const PolicyReport& report) {
  std::string out;
  auto to = std::back_inserter(out);
  for (const PolicyReport::Rule& rule : report.rules) {
    const bool profile = rule.action == "profile";
    fmt::format_to(to, "{}: {}{}\n", rule.name, rule.action,
                   profile         ? ", marks programs"
                   : rule.enforced ? ", enforce"
                                   : ", monitor");
    for (const PolicyReport::Kind& kind : rule.kinds) {
      switch (kind.how) {
        case PolicyReport::How::kMark:
          fmt::format_to(to, "  {:<16} when one starts or is met\n", "program");
          break;
        case PolicyReport::How::kInline:
          fmt::format_to(to, "  {:<16} inline at {} (without bpf in lsm=: {})\n", kind.kind, Joined(kind.hooks),
                         Joined(kind.fallback));
          break;
        case PolicyReport::How::kKillAfter:
          fmt::format_to(to, "  {:<16} kill-after at {}: the call is carried out\n", kind.kind, Joined(kind.hooks));
          break;
      }
      std::string tables;
      for (const PolicyReport::Table& table : kind.tables) {
        tables += fmt::format("; {} {}", table.value, Counted(table.entries, "value"));
      }
      fmt::format_to(to, "  {:<16} {}{}; at most about {} instructions\n", "", Counted(kind.clauses, "clause"),
                     tables, kind.cost);
    }
  }
  for (const PolicyReport::Bound& bound : report.bounds) {
    fmt::format_to(to, "{}: {} of {}\n", bound.what, bound.used, bound.most);
  }
  return out;
}

std::string PolicyJson(const PolicyReport& report) {
  std::string out;
  JsonWriter json(out);
  auto list = [&](std::string_view key, const std::vector<std::string>& values) {
    json.Key(key);
    json.BeginArray();
    for (const std::string& value : values) json.String(value);
    json.EndArray();
  };
  json.BeginObject();
  json.Key("rules");
  json.BeginArray();
  for (const PolicyReport::Rule& rule : report.rules) {
    json.BeginObject();
    json.StringMember("rule", rule.name);
    json.StringMember("action", rule.action);
    if (rule.action != "profile") json.StringMember("mode", rule.enforced ? "enforce" : "monitor");
    json.Key("kinds");
    json.BeginArray();
    for (const PolicyReport::Kind& kind : rule.kinds) {
      json.BeginObject();
      json.StringMember("kind", kind.kind);
      json.BoolMember("inline", kind.how == PolicyReport::How::kInline);
      json.StringMember("how", kHowNames[static_cast<size_t>(kind.how)]);
      list("hooks", kind.hooks);
      list("without_bpf_lsm", kind.fallback);
      json.UnsignedMember("clauses", kind.clauses);
      json.Key("tables");
      json.BeginArray();
      for (const PolicyReport::Table& table : kind.tables) {
        json.BeginObject();
        json.StringMember("value", table.value);
        json.UnsignedMember("entries", table.entries);
        json.Key("instructions");
        if (table.cost != 0) {
          json.Unsigned(table.cost);
        } else {
          json.Null();
        }
        json.EndObject();
      }
      json.EndArray();
      json.UnsignedMember("instructions", kind.cost);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  json.Key("bounds");
  json.BeginArray();
  for (const PolicyReport::Bound& bound : report.bounds) {
    json.BeginObject();
    json.StringMember("what", bound.what);
    json.UnsignedMember("used", bound.used);
    json.UnsignedMember("most", bound.most);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return out + "\n";
}

}  // namespace vedette
