// SPDX-License-Identifier: Apache-2.0
//
// CompileKernelPolicy: rules that say `deny` or `kill` → the tables of bpf/abi/policy.h. Per rule and event kind:
// condition → formula of table terms (policy_formula) → alternatives (policy_dnf); then per kind: alternatives of all
// rules, in rule order → clause numbers and table entries (policy_table). What cannot be decided is an error here,
// never a rule that silently does less.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bpf/abi/pins.h"
#include "engine/call_compiler.h"
#include "engine/container_policy.h"
#include "engine/engine.h"
#include "engine/policy_atom.h"
#include "engine/policy_dnf.h"
#include "engine/policy_formula.h"
#include "engine/policy_guard.h"
#include "engine/policy_table.h"
#include "engine/policy_traits.h"
#include "engine/verdict_check.h"
#include "sensor/event/profile_names.h"

namespace vedette {
namespace {

std::string_view ActionName(Action action) { return action == Action::kKill ? "kill" : "deny"; }

std::string TypeNames(const EventTypes& types) {
  constexpr size_t kShown = 5;
  std::string names;
  size_t shown = 0;
  for (EventTypeId t = 0; t < kMaxEventTypes; ++t) {
    if (!types.test(t)) continue;
    if (++shown > kShown) return names + ", …";
    names += fmt::format("{}{}", shown == 1 ? "" : ", ", EventTypeName(t));
  }
  return names;
}

void Undecidable(const PolicyFormula& f, std::vector<const PolicyFormula*>& out) {
  if (f.kind == PolicyFormula::Kind::kUndecidable) out.push_back(&f);
  for (const PolicyFormula& operand : f.operands) Undecidable(operand, out);
}

class Compiler {
 public:
  Compiler(const RuleSet& rules, Mode global) : rules_(rules), global_(global) {}

  absl::StatusOr<KernelPolicy> Compile() {
    for (const Profile& profile : rules_.profiles) CompileScope(profile);
    for (const Rule& rule : rules_.rules) {
      if (!rule.enabled) continue;
      if (rule.calls != nullptr) {
        CompileCallsOf(rule);
      } else if (Decides(rule)) {
        CompileRule(rule);
      }
    }
    for (uint32_t policy = 0; policy < VD_POLICY_COUNT; ++policy) {
      if (errors_.empty() && !kinds_[policy].clauses.empty()) BuildPolicy(policy);
    }
    if (errors_.empty()) traits_.Finish(policy_);
    const auto asks = [](const ContainerPolicy::Kind& kind) { return !kind.terms.empty(); };
    if (std::any_of(containers_->kinds.begin(), containers_->kinds.end(), asks)) AddContainers();
    CheckBound("strings and addresses", policy_.strings.size(), kMaxStringEntries,
               "; shorten lists, or say 'guard: off' where a name of a file need not be guarded, which takes some twenty");
    CheckBound("numbers", policy_.scalars.size(), kMaxScalarEntries, "; shorten lists");
    if (policy_.errors.size() >= VD_MAX_RULES) {
      errors_.push_back(fmt::format("error: {} rules that refuse say 'errno'; the kernel's table holds {}",
                                    policy_.errors.size(), VD_MAX_RULES - 1));
    }
    if (policy_.calls.size() > VD_MAX_CALL_POLICIES) {
      errors_.push_back(fmt::format("error: {} profiles have 'syscalls'; the kernel's table holds {}",
                                    policy_.calls.size(), VD_MAX_CALL_POLICIES));
    }
    if (!errors_.empty()) return absl::InvalidArgumentError(fmt::format("{}", fmt::join(errors_, "\n")));
    return std::move(policy_);
  }

 private:
  struct KindClauses {
    std::vector<PolicyClause> clauses;
    std::vector<vd_clause> heads;  // the same number
    uint32_t rule = ~0U;           // of the derived ones: whose clauses are the last,
    size_t first_of_rule = 0;      // and where they begin
  };

  // What the kernel can ask of any program, when it starts or is met (vd_assign_profile in bpf/process.bpf.c).
  static bool IsOfPrograms(vd_table table) {
    constexpr vd_table kTables[] = {VD_TABLE_EXE,       VD_TABLE_EXE_REVERSED, VD_TABLE_COMM,
                                    VD_TABLE_UID,       VD_TABLE_GID,          VD_TABLE_CONTAINER,
                                    VD_TABLE_EXE_MEMFD, VD_TABLE_EXE_UPPER,    VD_TABLE_CONTAINER_CLASS};
    return std::find(std::begin(kTables), std::end(kTables), table) != std::end(kTables);
  }

  // The clauses of kind NONE. A program's values are those that the hook of exec has.
  void CompileScope(const Profile& profile) {
    PolicyFormula formula = FormulaOf(rules_, profile.scope, VD_KIND_EXEC, TypesOfKind(VD_KIND_EXEC));
    if (profile.until_known) {
      std::vector<PolicyFormula> both;
      both.push_back(WhileUnknown());
      both.push_back(std::move(formula));
      formula = Conjunction(std::move(both));
    }
    std::vector<const PolicyFormula*> undecidable;
    Undecidable(formula, undecidable);
    for (const PolicyFormula* f : undecidable) {
      const Predicate& p = rules_.predicates[f->predicate];
      errors_.push_back(
          fmt::format("{}: error: the kernel cannot decide `{}` of profile '{}' when a program starts: {}",
                      Place(p.position), PredicateText(p), profile.name, f->why));
    }
    if (!undecidable.empty()) return;
    const std::optional<std::vector<PolicyClause>> clauses = ClausesOf(formula);
    if (!clauses || kinds_[VD_KIND_NONE].clauses.size() + clauses->size() > VD_MAX_CLAUSES) {
      return ScopeError(profile,
                        fmt::format("has too many alternatives (one profile {}, all {}); write alternatives of "
                                    "one field as `in (...)`",
                                    kMaxAlternatives, VD_MAX_CLAUSES));
    }
    if (clauses->empty()) return ScopeError(profile, "can never be true; correct it");
    for (const PolicyClause& clause : *clauses) {
      const bool known = std::all_of(clause.terms.begin(), clause.terms.end(),
                                     [](const TableTerm& term) { return IsOfPrograms(term.table); });
      if (!known) {
        return ScopeError(
            profile,
            "is about more than a program that starts; ask for proc.exepath, proc.name, user.uid, "
            "group.gid, proc.is_exe_from_memfd, proc.is_exe_upper_layer or what is known of its container");
      }
      if (clause.terms.empty()) return ScopeError(profile, "is true of every program; say of which");
    }
    for (const PolicyClause& clause : *clauses) {
      vd_clause head{};
      head.policy_id = profile.id;
      head.action = profile.until_known ? VD_ACTION_KILL : VD_ACTION_DENY;
      kinds_[VD_KIND_NONE].clauses.push_back(clause);
      kinds_[VD_KIND_NONE].heads.push_back(head);
    }
  }

  // Holds where there is no class.
  static PolicyFormula WhileUnknown() {
    TableTest test;
    test.always = test.inverted = test.on_null = true;
    return PolicyFormula::Of({VD_TABLE_CONTAINER_CLASS, {std::move(test)}});
  }

  void ScopeError(const Profile& profile, std::string_view what) {
    errors_.push_back(
        fmt::format("{}: error: 'match' of profile '{}' {}", Place(profile.position), profile.name, what));
  }

  void CompileCallsOf(const Rule& rule) {
    CompiledCalls compiled = CompileCalls(*rule.calls);
    for (const std::string& error : compiled.errors) {
      errors_.push_back(
          fmt::format("{}: error: 'syscalls' of profile '{}': {}", Place(rule.position), rule.profile, error));
    }
    const vd_clause head = HeadOf(rule);
    KernelPolicy::Calls calls{ProfileId(rule.profile), std::move(compiled.table)};
    calls.table->policy_id = head.policy_id;
    calls.table->monitor = head.monitor;
    calls.refuses = rule.action != Action::kAlert && head.monitor == 0;
    calls.kills = rule.action == Action::kKill;
    policy_.calls.push_back(std::move(calls));
    policy_.rule_names.emplace(head.policy_id, rule.name);
  }

  bool CountTraits(const Rule& rule, const std::vector<PolicyClause>& clauses) {
    for (const PolicyClause& clause : clauses) {
      for (const TableTerm& term : clause.terms) {
        if (term.trait == nullptr || traits_.Add(*term.trait)) continue;
        Error(rule.position, rule,
              fmt::format("with it the rules that refuse have more than {} conditions of which each is asked about by "
                          "itself (on ancestors, capabilities, flags, and globs with more than one `*`); join rules, or "
                          "write `in (...)`",
                          VD_MAX_TRAITS));
        return false;
      }
    }
    return true;
  }

  void CompileRule(const Rule& rule) {
    const size_t errors_before = errors_.size();
    if (!CheckTypes(rule)) return;
    bool can_hold = false;
    for (const EventKindInfo& info : AllEventKinds()) {
      if (!rule.kinds.test(info.kind) || info.kind == VD_KIND_EXEC_FAILED) continue;  // decided as EXEC
      can_hold = CompileRuleFor(rule, info.kind) || can_hold;
    }
    if (!can_hold && errors_.size() == errors_before) {
      Error(rule.position, rule, "its condition is false at every hook, so nothing would ever be refused; correct it");
    }
  }

  bool CheckTypes(const Rule& rule) {
    EventKinds all;
    EventTypes without_event, without_hook, over;
    for (const EventKindInfo& info : AllEventKinds()) all.set(info.kind);
    if (rule.types.none()) {
      Error(rule.position, rule,
            "no event can match its condition; name event types that can occur (evt.type in (...))");
      return false;
    }
    if ((rule.kinds & all) == all) {
      Error(rule.position, rule, "its condition does not say for which operations; add `evt.type in (...)`");
      return false;
    }
    for (EventTypeId t = 0; t < kMaxEventTypes; ++t) {
      if (!rule.types.test(t)) continue;
      const EventKinds kinds = KindsOfType(t);
      if (kinds.none()) without_event.set(t);
      if (kinds.none() || (kinds & DecidableKinds()).any()) continue;
      const bool is_over = (kinds & KilledAfterKinds()).any();
      if (!is_over) without_hook.set(t);
      if (is_over && (rule.action != Action::kKill || rule.require_inline)) over.set(t);
    }
    if (without_event.any()) {
      Error(rule.position, rule, fmt::format("there is no event yet for {}; take it out", TypeNames(without_event)));
    }
    if (without_hook.any()) {
      Error(rule.position, rule,
            fmt::format("no hook can refuse {}; take it out, or make a rule of its own for it that alerts",
                        TypeNames(without_hook)));
    }
    if (over.any() && rule.require_inline) {
      Error(rule.position, rule,
            fmt::format("it says 'require: inline', and no hook can refuse {}: they would be carried out and their "
                        "caller killed (kill-after); take it out, or make a rule of its own for it",
                        TypeNames(over)));
    } else if (over.any()) {
      Error(rule.position, rule,
            fmt::format("no hook can refuse {}; say 'action: kill', by which they are carried out and their caller is "
                        "killed (kill-after), take it out, or make a rule of its own for it that alerts",
                        TypeNames(over)));
    }
    return without_event.none() && without_hook.none() && over.none();
  }

  // Whether the rule can match an event of `kind`.
  bool CompileRuleFor(const Rule& rule, EventKind kind) {
    const PolicyFormula formula = FormulaOf(rules_, rule.root, kind, rule.types);
    std::vector<const PolicyFormula*> undecidable;
    Undecidable(formula, undecidable);
    for (const PolicyFormula* f : undecidable) ReportUndecidable(rule, *f, vd_is_killed_after(kind) != 0);
    if (!undecidable.empty()) return true;
    std::optional<std::vector<PolicyClause>> clauses = ClausesOf(formula);
    if (!clauses) {
      Error(rule.position, rule,
            fmt::format(
                "its condition has more than {} alternatives for {}; write alternatives of one field as `in (...)` "
                "or split the rule",
                kMaxAlternatives, Info(kind).name));
      return true;
    }
    KindClauses& all = kinds_[kind];
    if (all.clauses.size() + clauses->size() > VD_MAX_CLAUSES) {
      Error(rule.position, rule,
            fmt::format("with it the rules that refuse have more than {} alternatives for {}; join rules, or write "
                        "alternatives of one field as `in (...)`",
                        VD_MAX_CLAUSES, Info(kind).name));
      return true;
    }
    if (!CountTraits(rule, *clauses)) return true;
    for (const PolicyClause& c : *clauses) {
      all.clauses.push_back(c);
      all.heads.push_back(HeadOf(rule));
      policy_.rule_names.emplace(all.heads.back().policy_id, rule.name);
      if (rule.error != 0) policy_.errors.emplace(all.heads.back().policy_id, static_cast<uint16_t>(rule.error));
      Guard(rule, kind, c);
    }
    return !clauses->empty();
  }

  // What is derived from one of its clauses (engine/policy_guard).
  void Guard(const Rule& rule, EventKind kind, const PolicyClause& clause) {
    AddUnplaced(rule, kind, clause, HeadOf(rule));
    if (!rule.guard || !GuardedKinds().test(kind)) return;
    PolicyGuard guard = GuardOf(clause);
    vd_clause head = HeadOf(rule);
    head.action = VD_ACTION_DENY;  // who only moves a directory need not die of it
    AddDerived(rule, VD_POLICY_RENAME, std::move(guard.renames), head);
    AddDerived(rule, VD_POLICY_LINK, std::move(guard.links), head);
    AddDerived(rule, VD_POLICY_NAMES, std::move(guard.names), head);
  }

  void AddUnplaced(const Rule& rule, EventKind kind, const PolicyClause& clause, const vd_clause& head) {
    const uint32_t policy = vd_unplaced_policy(kind);
    if (policy == 0) return;
    if (std::optional<PolicyClause> unplaced = UnplacedOf(clause)) {
      AddDerived(rule, policy, {*std::move(unplaced)}, head);
    }
  }

  // Those that the rule does not have yet: its clauses of several kinds mostly say the same of a path. A file that lies
  // nowhere is moved and linked as one that lies somewhere.
  void AddDerived(const Rule& rule, uint32_t policy, std::vector<PolicyClause> clauses, const vd_clause& head) {
    KindClauses& all = kinds_[policy];
    if (all.rule != rule.index) {
      all.rule = rule.index;
      all.first_of_rule = all.clauses.size();
    }
    for (PolicyClause& clause : clauses) {
      const auto first = all.clauses.begin() + static_cast<std::ptrdiff_t>(all.first_of_rule);
      if (std::any_of(first, all.clauses.end(), [&](const PolicyClause& c) { return c.terms == clause.terms; }))
        continue;
      if (all.clauses.size() == VD_MAX_CLAUSES) {
        if (errors_.empty()) {
          Error(rule.position, rule,
                fmt::format("what guards the names of such rules has more than {} alternatives; join rules, write "
                            "alternatives of one field as `in (...)`, or give some `guard: off`",
                            VD_MAX_CLAUSES));
        }
        return;
      }
      all.heads.push_back(head);
      if (policy == VD_POLICY_RENAME || policy == VD_POLICY_LINK) {
        const EventKind kind = policy == VD_POLICY_RENAME ? VD_KIND_FILE_RENAME : VD_KIND_FILE_LINK;
        AddUnplaced(rule, kind, clause, head);
      }
      all.clauses.push_back(std::move(clause));
    }
  }

  vd_clause HeadOf(const Rule& rule) const {
    vd_clause head{};
    head.policy_id = rules_.first_policy_id + rule.index;
    head.action = rule.action == Action::kKill ? VD_ACTION_KILL : VD_ACTION_DENY;
    head.monitor = global_ == Mode::kMonitor || rule.mode == Mode::kMonitor ? 1 : 0;
    return head;
  }

  // Those that use the same tables become neighbours (bpf/abi/policy.h says why); their rank is the order of the rules.
  static void Arrange(KindClauses& all) {
    struct Placed {
      uint64_t tables;
      size_t from;
    };
    std::vector<Placed> order;
    for (size_t c = 0; c < all.clauses.size(); ++c) {
      order.push_back({0, c});
      all.heads[c].rank = static_cast<uint32_t>(c);
      for (const TableTerm& term : all.clauses[c].terms) order.back().tables |= uint64_t{1} << term.table;
    }
    std::stable_sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return a.tables < b.tables; });
    KindClauses arranged;
    for (const Placed& placed : order) {
      arranged.clauses.push_back(std::move(all.clauses[placed.from]));
      arranged.heads.push_back(all.heads[placed.from]);
    }
    all = std::move(arranged);
  }

  void BuildPolicy(uint32_t number) {
    KindClauses& all = kinds_[number];
    Arrange(all);
    vd_kind_policy& policy = policy_.kinds[number];
    std::set<vd_table> tables;
    for (uint32_t c = 0; c < all.clauses.size(); ++c) {
      policy.clause[c] = all.heads[c];
      vd_set_add(&policy.all, c);
      if (all.heads[c].monitor == 0) vd_set_add(&policy.enforced, c);
      if (IsNamed(all.clauses[c])) vd_set_add(&policy.named, c);
      for (const TableTerm& term : all.clauses[c].terms) tables.insert(term.table);
    }
    // A kind without tables refuses nothing; one table whose every answer is "all" refuses everything.
    if (tables.empty()) tables.insert(VD_TABLE_SYSCALL);
    for (vd_table table : tables) {
      if (table == VD_TABLE_TRAITS) {
        traits_.Build(number, all.clauses, policy_);
      } else {
        BuildPolicyTable(number, table, all.clauses, containers_.get(), policy_);
      }
    }
  }

  // The predicates that the tables' terms name.
  void AddContainers() {
    std::set<uint32_t> numbers;
    for (const ContainerPolicy::Kind& kind : containers_->kinds) {
      for (const ContainerPolicy::Term& term : kind.terms) {
        for (const ContainerPolicy::Test& test : term.any)
          numbers.insert(test.predicates.begin(), test.predicates.end());
      }
    }
    containers_->predicates = PredicatesOfContainers(rules_, numbers);
    policy_.containers = std::move(containers_);
  }

  void ReportUndecidable(const Rule& rule, const PolicyFormula& f, bool after) {
    if (!reported_.emplace(rule.index, f.predicate).second) return;
    const Predicate& p = rules_.predicates[f.predicate];
    errors_.push_back(fmt::format("{}: error: rule '{}' says {}, but {} can decide `{}`: {}", Place(p.position),
                                  rule.name, ActionName(rule.action), after ? "nothing in the kernel" : "no hook",
                                  PredicateText(p), f.why));
  }

  void Error(const SourcePosition& position, const Rule& rule, std::string_view what) {
    errors_.push_back(
        fmt::format("{}: error: rule '{}' says {}, but {}", Place(position), rule.name, ActionName(rule.action), what));
  }

  void CheckBound(std::string_view what, size_t count, size_t bound, std::string_view remedy) {
    if (count <= bound) return;
    errors_.push_back(fmt::format("error: the rules that refuse test {} {}; the kernel's table holds {}{}", count, what,
                                  bound, remedy));
  }

  std::string Place(const SourcePosition& p) const {
    const std::string_view file = p.file < rules_.files.size() ? std::string_view(rules_.files[p.file]) : "rules";
    return fmt::format("{}:{}:{}", file, p.line, p.column);
  }

  const RuleSet& rules_;
  const Mode global_;
  std::array<KindClauses, VD_POLICY_COUNT> kinds_;    // by policy
  PolicyTraits traits_;
  std::set<std::pair<uint32_t, uint32_t>> reported_;  // rule, predicate
  std::vector<std::string> errors_;
  std::unique_ptr<ContainerPolicy> containers_ = std::make_unique<ContainerPolicy>();
  KernelPolicy policy_;
};

}  // namespace

absl::StatusOr<KernelPolicy> CompileKernelPolicy(const RuleSet& rules, Mode global) {
  const auto compiler = std::make_unique<Compiler>(rules, global);  // a policy is large for a stack
  return compiler->Compile();
}

}  // namespace vedette
