// SPDX-License-Identifier: Apache-2.0
#include "engine/container_policy.h"

#include <algorithm>
#include <utility>

#include "engine/field_reader.h"
#include "engine/matcher.h"

namespace vedette {
namespace {

bool Holds(const Predicate& p, const Matcher& matcher, const Event& event, FieldReader& reader) {
  reader.Reset();
  const Values& values = reader.Read(p.field, event);
  return std::any_of(values.begin(), values.end(), [&](const Value& v) { return matcher.Matches(v); });
}

class Predicates : public ContainerPredicates {
 public:
  Predicates(const RuleSet& rules, const std::set<uint32_t>& numbers) : size_(rules.predicates.size()) {
    for (uint32_t number : numbers) {
      Asked asked{number, rules.predicates[number], nullptr};
      asked.matcher = CompileMatcher(asked.predicate);
      asked_.push_back(std::move(asked));
    }
  }

  std::vector<bool> Judge(const Container* container) const override {
    vd_container record{};
    record.h.size = sizeof(record);
    record.h.kind = VD_KIND_CONTAINER;
    record.h.flags = container != nullptr ? VD_F_CONTAINER : 0;
    record.h.syscall_nr = VD_NO_SYSCALL;
    Process process;
    process.in_container = container != nullptr;
    process.container = container;
    Event event;
    event.header = &record.h;
    event.process = &process;
    FieldReader reader;
    std::vector<bool> out(size_);
    for (const Asked& a : asked_) out[a.number] = Holds(a.predicate, *a.matcher, event, reader);
    return out;
  }

 private:
  struct Asked {
    uint32_t number;
    Predicate predicate;
    std::unique_ptr<const Matcher> matcher;
  };
  const size_t size_;
  std::vector<Asked> asked_;
};

}  // namespace

std::unique_ptr<const ContainerPredicates> PredicatesOfContainers(const RuleSet& rules,
                                                                  const std::set<uint32_t>& numbers) {
  return std::make_unique<Predicates>(rules, numbers);
}

bool IsOfContainers(const Predicate& p) {
  if (p.right) return false;
  const KernelUse use = p.field.field->kernel.use;
  if (use == KernelUse::kContainer) return true;
  if (use != KernelUse::kHost || p.op == Operator::kExists) return false;
  return !p.field.transformers.empty() ||
         std::any_of(p.values.begin(), p.values.end(), [](const Literal& l) { return l.text != "host"; }) ||
         (p.op != Operator::kEqual && p.op != Operator::kNotEqual && p.op != Operator::kIn &&
          p.op != Operator::kIntersects);
}

bool ClassOf(const RuleSet& rules, const Event& event, std::string& holds) {
  const Container* container = event.process != nullptr ? event.process->container : nullptr;
  const bool in_container = (event.header->flags & VD_F_CONTAINER) != 0;
  if (event.synthetic == nullptr && in_container && (container == nullptr || !container->known)) return false;
  FieldReader reader;
  holds.assign(rules.predicates.size(), '\0');
  for (size_t i = 0; i < rules.predicates.size(); ++i) {
    const Predicate& p = rules.predicates[i];
    if (IsOfContainers(p)) holds[i] = Holds(p, *CompileMatcher(p), event, reader) ? '\1' : '\0';
  }
  return true;
}

}  // namespace vedette
