// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_table.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vedette {
namespace {

using Key = TableTest::Key;

bool Covers(const Key& prefix, const Key& key) {
  if (prefix.bits > key.bits) return false;
  const size_t whole = prefix.bits / 8, rest = prefix.bits % 8;
  if (prefix.bytes.compare(0, whole, key.bytes, 0, whole) != 0) return false;
  if (rest == 0) return true;
  const auto difference = static_cast<unsigned char>(prefix.bytes[whole] ^ key.bytes[whole]);
  return difference >> (8 - rest) == 0;
}

// ::ffff:0:0/96, below which the IPv4 addresses lie: no IPv6 network reaches into it.
const Key& MappedIpv4() {
  static const Key key{std::string(10, '\0') + "\xff\xff" + std::string(4, '\0'), 96};
  return key;
}

class Table {
 public:
  using Hits = std::vector<bool>;  // per test

  Table(uint32_t policy, vd_table table, std::span<const PolicyClause> clauses, ContainerPolicy* containers,
        KernelPolicy& out)
      : policy_(policy), table_(table), clauses_(clauses), containers_(containers), out_(out) {
    for (size_t c = 0; c < clauses.size(); ++c) {
      for (const TableTerm& term : clauses[c].terms) {
        if (term.table != table) continue;
        terms_.push_back({static_cast<uint32_t>(c), tests_.size(), term.any.size()});
        for (const TableTest& test : term.any) tests_.push_back(&test);
      }
    }
  }

  void Build() {
    Hits none(tests_.size());
    for (size_t t = 0; t < tests_.size(); ++t) none[t] = tests_[t]->always;
    vd_table_default& fallback = out_.kinds[policy_].table[table_];
    fallback.no_entry = SetFor(none);
    fallback.null = SetWhere([&](size_t t) { return tests_[t]->on_null; });
    out_.kinds[policy_].tables |= uint64_t{1} << table_;
    if (table_ == VD_TABLE_CONTAINER_CLASS) {
      fallback.no_entry = fallback.null;  // a class that is not written is not known
      AddContainers();
    } else if (table_ >= VD_TABLE_FIRST_SCALAR) {
      AddScalars(none);
    } else {
      AddKeys(none);
    }
  }

 private:
  struct Term {
    uint32_t clause;
    size_t first_test, tests;
  };

  template <typename Holds>
  vd_clause_set SetWhere(Holds holds) const {
    vd_clause_set set = out_.kinds[policy_].all;
    set.full = set.live;
    for (const Term& term : terms_) {
      bool any = false;
      for (size_t t = term.first_test; t < term.first_test + term.tests && !any; ++t) any = holds(t);
      if (!any) vd_set_remove(&set, term.clause);
    }
    return set;
  }
  vd_clause_set SetFor(const Hits& hits) const {
    return SetWhere([&](size_t t) { return tests_[t]->Holds(hits[t]); });
  }

  // In the order of the keys a prefix stands before all it covers: the ones that cover the current key are a stack.
  void AddKeys(const Hits& none) {
    const std::map<Key, std::vector<size_t>> keys = Keys();
    std::vector<std::pair<const Key*, Hits>> covering;
    for (const auto& [key, tests] : keys) {
      while (!covering.empty() && !Covers(*covering.back().first, key)) covering.pop_back();
      const bool starts_anew = table_ == VD_TABLE_REMOTE_ADDR && key == MappedIpv4();
      Hits hits = covering.empty() || starts_anew ? none : covering.back().second;
      for (size_t t : tests) hits[t] = true;
      out_.strings.push_back({policy_, table_, key.bytes, key.bits, SetFor(hits)});
      covering.emplace_back(&key, std::move(hits));
    }
  }

  std::map<Key, std::vector<size_t>> Keys() const {
    std::map<Key, std::vector<size_t>> keys;
    for (size_t t = 0; t < tests_.size(); ++t) {
      for (const Key& key : tests_[t]->keys) keys[key].push_back(t);
    }
    const bool reaches_ipv4 = std::any_of(keys.begin(), keys.end(), [](const auto& k) {
      return k.first.bits < MappedIpv4().bits && Covers(k.first, MappedIpv4());
    });
    if (table_ == VD_TABLE_REMOTE_ADDR && reaches_ipv4) keys.try_emplace(MappedIpv4());
    return keys;
  }

  void AddScalars(const Hits& none) {
    std::map<uint64_t, std::vector<size_t>> values;
    for (size_t t = 0; t < tests_.size(); ++t) {
      for (uint64_t v : tests_[t]->scalars) values[v].push_back(t);
    }
    if (table_ == VD_TABLE_SYSCALL) SetDefaultType(values, none);
    for (const auto& [value, tests] : values) {
      Hits hits = none;
      for (size_t t : tests) hits[t] = true;
      out_.scalars.push_back({policy_, table_, value, SetFor(hits)});
    }
  }

  // Its entries are made when containers become known.
  void AddContainers() {
    ContainerPolicy::Kind& kind = containers_->kinds[policy_];
    kind.all = out_.kinds[policy_].all;
    for (const Term& term : terms_) {
      ContainerPolicy::Term out{term.clause, {}};
      for (size_t t = term.first_test; t < term.first_test + term.tests; ++t) {
        ContainerPolicy::Test test{{}, tests_[t]->always, tests_[t]->inverted};
        for (uint64_t number : tests_[t]->scalars) test.predicates.push_back(static_cast<uint32_t>(number));
        out.any.push_back(std::move(test));
      }
      kind.terms.push_back(std::move(out));
    }
  }

  // An origin that is none of the kind's system calls counts as the first of them; the others get an entry each.
  void SetDefaultType(std::map<uint64_t, std::vector<size_t>>& values, const Hits& none) {
    const auto kind = static_cast<EventKind>(vd_kind_of_policy(policy_));
    if (kind == VD_KIND_NONE) return;  // never asked of a system call
    for (std::string_view name : Info(kind).types) {
      if (const std::optional<EventTypeId> type = FindEventType(name)) values.try_emplace(*type);
    }
    const std::optional<EventTypeId> first = FindEventType(Info(kind).types.front());
    if (!first) return;
    Hits hits = none;
    for (size_t t : values[*first]) hits[t] = true;
    vd_table_default& fallback = out_.kinds[policy_].table[table_];
    fallback.no_entry = SetFor(hits);
    fallback.null = fallback.no_entry;
  }

  const uint32_t policy_;
  const vd_table table_;
  const std::span<const PolicyClause> clauses_;
  ContainerPolicy* const containers_;
  KernelPolicy& out_;
  std::vector<Term> terms_;
  std::vector<const TableTest*> tests_;
};

}  // namespace

void BuildPolicyTable(uint32_t policy, vd_table table, std::span<const PolicyClause> clauses,
                      ContainerPolicy* containers, KernelPolicy& out) {
  Table(policy, table, clauses, containers, out).Build();
}

}  // namespace vedette
