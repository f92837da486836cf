// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_dnf.h"

#include <iterator>
#include <utility>

namespace vedette {
namespace {

using Clauses = std::vector<PolicyClause>;

std::optional<Clauses> Product(const Clauses& a, const Clauses& b) {
  if (a.size() * b.size() > kMaxAlternatives) return std::nullopt;
  Clauses out;
  for (const PolicyClause& x : a) {
    for (const PolicyClause& y : b) {
      out.push_back(x);
      out.back().terms.insert(out.back().terms.end(), y.terms.begin(), y.terms.end());
    }
  }
  return out;
}

std::optional<Clauses> Sum(Clauses a, Clauses b) {
  if (a.size() + b.size() > kMaxAlternatives) return std::nullopt;
  a.insert(a.end(), std::move_iterator(b.begin()), std::move_iterator(b.end()));
  return a;
}

}  // namespace

std::optional<std::vector<PolicyClause>> ClausesOf(const PolicyFormula& f) {
  switch (f.kind) {
    case PolicyFormula::Kind::kFalse:
    case PolicyFormula::Kind::kUndecidable:
      return Clauses{};
    case PolicyFormula::Kind::kTrue:
      return Clauses{PolicyClause{}};
    case PolicyFormula::Kind::kTerm:
      return Clauses{PolicyClause{{f.term}}};
    case PolicyFormula::Kind::kAnd:
    case PolicyFormula::Kind::kOr:
      break;
  }
  const bool is_and = f.kind == PolicyFormula::Kind::kAnd;
  std::optional<Clauses> out = is_and ? Clauses{PolicyClause{}} : Clauses{};
  for (const PolicyFormula& operand : f.operands) {
    std::optional<Clauses> clauses = ClausesOf(operand);
    if (!clauses) return std::nullopt;
    out = is_and ? Product(*out, *clauses) : Sum(*std::move(out), *std::move(clauses));
    if (!out) return std::nullopt;
  }
  return out;
}

}  // namespace vedette
