// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_policy_eval.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/container_policy.h"
#include "engine/glob.h"
#include "engine/matcher.h"
#include "engine/policy_bits.h"
#include "engine/program.h"
#include "sensor/event/call_register.h"

namespace vedette {
namespace {

bool IsReversed(vd_table t) { return t >= VD_TABLE_FIRST_REVERSED && t < VD_TABLE_FIRST_ADDR; }
bool IsString(vd_table t) { return t < VD_TABLE_FIRST_ADDR; }

// The bytes a hook looks up: with the NUL if they fit, else the first (reversed: last) VD_POLICY_STRING.
std::string TrieBytes(vd_table table, std::string s) {
  if (!IsString(table)) return s;
  if (IsReversed(table)) std::reverse(s.begin(), s.end());
  s.push_back('\0');
  if (s.size() > VD_POLICY_STRING) s.resize(VD_POLICY_STRING);
  return s;
}

bool HasPrefix(std::string_view bytes, std::string_view prefix, uint32_t bits) {
  const size_t whole = bits / 8, rest = bits % 8;
  if (bytes.size() * 8 < bits || bytes.substr(0, whole) != prefix.substr(0, whole)) return false;
  if (rest == 0) return true;
  return static_cast<unsigned char>(bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

const vd_clause_set* LongestPrefix(const KernelPolicy& policy, uint32_t kind, vd_table table, std::string_view bytes) {
  const KernelPolicy::StringEntry* best = nullptr;
  for (const KernelPolicy::StringEntry& e : policy.strings) {
    if (e.policy != kind || e.table != table || !HasPrefix(bytes, e.bytes, e.prefix_bits)) continue;
    if (best == nullptr || e.prefix_bits > best->prefix_bits) best = &e;
  }
  return best == nullptr ? nullptr : &best->clauses;
}

const vd_clause_set* Scalar(const KernelPolicy& policy, uint32_t kind, vd_table table, uint64_t value) {
  for (const KernelPolicy::ScalarEntry& e : policy.scalars) {
    if (e.policy == kind && e.table == table && e.value == value) return &e.clauses;
  }
  return nullptr;
}

// The vector of one table for the subject's value.
vd_clause_set Lookup(const KernelPolicy& policy, uint32_t kind, vd_table table, const PolicySubject& subject) {
  const vd_table_default& fallback = policy.kinds[kind].table[table];
  const vd_clause_set* found = nullptr;
  if (const auto* number = std::get_if<uint64_t>(&subject.values[table])) {
    found = Scalar(policy, kind, table, *number);
  } else if (const auto* text = std::get_if<std::string>(&subject.values[table])) {
    if (table == VD_TABLE_CONTAINER_CLASS) return policy.containers->SetFor(kind, {text->begin(), text->end()});
    found = LongestPrefix(policy, kind, table, TrieBytes(table, *text));
  } else {
    return fallback.null;
  }
  return found == nullptr ? fallback.no_entry : *found;
}

// ---- traits ----

vd_clause_set And(const vd_clause_set& a, const vd_clause_set& b) {
  vd_clause_set out = a;
  for (uint32_t c = 0; c < VD_MAX_CLAUSES; ++c) {
    if (vd_set_has(&b, c) == 0) vd_set_remove(&out, c);
  }
  return out;
}

bool HasAncestor(const KernelPolicy& policy, uint32_t clause, const PolicySubject& subject) {
  const vd_kind_policy& ancestors = policy.kinds[VD_POLICY_ANCESTORS];
  for (const auto& [table, text] : subject.ancestors) {
    PolicySubject program;
    program.values[table] = text;
    if (table == VD_TABLE_EXE) program.values[VD_TABLE_EXE_REVERSED] = text;
    vd_clause_set left = ancestors.all;
    for (int t = 0; t < VD_TABLE_TRAITS; ++t) {
      if ((ancestors.tables >> t & 1) == 0) continue;
      left = And(left, Lookup(policy, VD_POLICY_ANCESTORS, static_cast<vd_table>(t), program));
    }
    if (vd_set_has(&left, clause) != 0) return true;
  }
  return false;
}

// As what is not in it: a set that nothing is in has no other way to be written.
std::string SetText(const __u64 (&set)[256 / 64]) {
  std::string out = "[!";
  for (uint32_t byte = 0; byte < 256; ++byte) {
    if ((set[byte / 64] >> byte % 64 & 1) != 0) continue;
    out += '\\';
    out += static_cast<char>(byte);
  }
  return out.size() == 2 ? "?" : out + "]";
}

std::string GlobText(const vd_trait& trait) {
  std::string out;
  for (uint32_t i = 0; i < trait.len; ++i) {
    const uint8_t kind = trait.pattern[2 * i], about = trait.pattern[2 * i + 1];
    if (kind == VD_GLOB_BYTE) {
      out += '\\';
      out += static_cast<char>(about);
    } else if (kind == VD_GLOB_SET) {
      out += SetText(trait.set[about]);
    } else {
      out += kind == VD_GLOB_ANY ? '?' : '*';
    }
  }
  return out;
}

bool HasTrait(const KernelPolicy& policy, const vd_trait& trait, const PolicySubject& subject) {
  switch (trait.kind) {
    case VD_TRAIT_ANCESTOR:
      return HasAncestor(policy, trait.clause, subject);
    case VD_TRAIT_ANY_BIT:
      return (subject.bits[trait.of] & trait.mask) != 0;
    case VD_TRAIT_BITS:
      return (subject.bits[trait.of] & trait.mask) == trait.value;
    case VD_TRAIT_GLOB: {
      const auto* text = std::get_if<std::string>(&subject.values[trait.of]);
      return text != nullptr && Glob(GlobText(trait)).Matches(*text);
    }
    default:
      return false;
  }
}

std::optional<uint32_t> FirstClause(const vd_kind_policy& policy, const vd_clause_set& set, const vd_clause_set& mask) {
  std::optional<uint32_t> first;
  for (uint32_t c = 0; c < VD_MAX_CLAUSES; ++c) {
    if (vd_set_has(&set, c) == 0 || vd_set_has(&mask, c) == 0) continue;
    if (!first || policy.clause[c].rank < policy.clause[*first].rank) first = c;
  }
  return first;
}

std::string MappedBytes(const IpAddress& address) {
  const IpAddress a = Unmapped(address);
  const auto* bytes = reinterpret_cast<const char*>(a.bytes.data());
  if (a.v6) return {bytes, 16};
  return std::string(10, '\0') + "\xff\xff" + std::string(bytes, 4);
}

void SetValue(const FieldRef& ref, EventKind kind, const KernelDecision& decision, const Value& v, PolicySubject& out) {
  auto set = [&](vd_table table, auto value) {
    if (table != VD_TABLE_COUNT) out.values[table] = std::move(value);
  };
  switch (decision.use) {
    case KernelUse::kString:
      set(decision.table, std::string(v.string()));
      set(decision.reversed, std::string(v.string()));
      break;
    case KernelUse::kAddress:
      set(decision.table, MappedBytes(v.address()));
      break;
    case KernelUse::kHost:
      set(decision.table, uint64_t{v.string() == "host" ? 0u : 1u});
      break;
    case KernelUse::kScalar: {
      if (v.kind() != Value::Kind::kString) {
        set(decision.table, static_cast<uint64_t>(v.number()));
        break;
      }
      const std::vector<uint64_t> scalars = KernelScalars(*ref.field, ref.arg, kind, v.string());
      if (!scalars.empty()) set(decision.table, scalars.front());
      break;
    }
    case KernelUse::kAncestor:
      out.ancestors.emplace_back(decision.table, std::string(v.string()));
      break;
    case KernelUse::kBits:
      out.bits[decision.bits] = BitsOfText(KernelBits(*ref.field, ref.arg, kind), v.string()).value_or(0);
      break;
    case KernelUse::kContainer:  // by all predicates together
    case KernelUse::kFileName:   // the whole path is looked up
    case KernelUse::kNever:
      break;
  }
}

// A file name has no table of its own: it is the end of the path that another field gives.
void SetPath(const Event& event, EventKind kind, vd_table reversed, Values& values, PolicySubject& out) {
  for (const Field& field : AllFields()) {
    if (field.arg != ArgKind::kNone) continue;
    const KernelDecision decision = KernelDecisionFor(field, {}, kind);
    if (decision.use != KernelUse::kString || decision.reversed != reversed) continue;
    Extract(field, {}, event, values);
    if (!values.empty()) out.values[reversed] = std::string(values[0].string());
    return;
  }
}

// Of a call without a hook: the number in the register.
void SetArgument(const Predicate& p, const Event& event, Values& values, PolicySubject& out) {
  const CallRegister found = RegisterOf(event.type, p.field.arg.name);
  if (!found.index) return;
  Extract(*p.field.field, p.field.arg, event, values);
  if (values.empty()) return;
  const std::vector<uint64_t> numbers = RegisterValues(event.type, p.field.arg.name, values[0].string());
  if (!numbers.empty()) out.values[VD_TABLE_ARGUMENT + *found.index] = numbers.front();
}

}  // namespace

PolicyDecision Decide(const KernelPolicy& policy, uint32_t kind, const PolicySubject& subject) {
  const vd_kind_policy& p = policy.kinds[kind];
  PolicyDecision out;
  if (p.tables == 0) return out;
  out.matching = p.all;
  for (int t = 0; t < VD_TABLE_TRAITS; ++t) {
    if ((p.tables >> t & 1) == 0) continue;
    out.matching = And(out.matching, Lookup(policy, kind, static_cast<vd_table>(t), subject));
  }
  for (uint32_t number = 0; number < policy.traits.size(); ++number) {
    if ((p.traits >> number & 1) == 0) continue;
    const uint64_t value = 2 * uint64_t{number} + (HasTrait(policy, policy.traits[number], subject) ? 1 : 0);
    const vd_clause_set* found = Scalar(policy, kind, VD_TABLE_TRAITS, value);
    out.matching = found == nullptr ? vd_clause_set{} : And(out.matching, *found);
  }
  const std::optional<uint32_t> enforced = FirstClause(p, out.matching, p.enforced);
  const std::optional<uint32_t> any = enforced ? enforced : FirstClause(p, out.matching, p.all);
  if (!any) return out;
  const bool kill = p.clause[*any].action == VD_ACTION_KILL;
  if (vd_is_killed_after(kind) != 0) {
    out.verdict = enforced ? VD_VERDICT_KILL_AFTER : VD_VERDICT_WOULD_KILL_AFTER;
  } else if (enforced) {
    out.verdict = kill ? VD_VERDICT_KILL : VD_VERDICT_DENY;
  } else {
    out.verdict = kill ? VD_VERDICT_WOULD_KILL : VD_VERDICT_WOULD_DENY;
  }
  out.policy_id = p.clause[*any].policy_id;
  return out;
}

PolicySubject SubjectOf(const RuleSet& rules, const Event& event, EventKind kind) {
  PolicySubject out;
  out.values[VD_TABLE_SYSCALL] = uint64_t{event.type};
  if (std::string holds; ClassOf(rules, event, holds)) out.values[VD_TABLE_CONTAINER_CLASS] = std::move(holds);
  const auto values = std::make_unique_for_overwrite<Values>();
  for (const Predicate& p : rules.predicates) {
    if (vd_is_killed_after(kind) != 0 && p.field.field->name == "evt.arg" && !p.right)
      SetArgument(p, event, *values, out);
    const KernelDecision decision = KernelDecisionFor(*p.field.field, p.field.arg, kind);
    if (decision.use == KernelUse::kNever || IsTypeTest(p) || p.right) continue;
    if (decision.use == KernelUse::kFileName) {
      SetPath(event, kind, decision.reversed, *values, out);
      continue;
    }
    Extract(*p.field.field, p.field.arg, event, *values);
    if (decision.use == KernelUse::kAncestor) {
      for (const Value& v : *values) SetValue(p.field, kind, decision, v, out);
    } else if (!values->empty()) {
      SetValue(p.field, kind, decision, (*values)[0], out);
    }
  }
  return out;
}

}  // namespace vedette
