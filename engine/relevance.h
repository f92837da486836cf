// SPDX-License-Identifier: Apache-2.0
//
// Relevance: whether any rule could match an operation with the same tag as one that was seen, whatever comes of it: by a process
// that is in a container or not, and under a profile, as that one was, or by any process. The tag of an open
// (bpf/lib/prefilter.h) stands for the file and how it is opened, that of a connect for the address, and so on; what a condition
// asks of these is evaluated, anything else it asks may be so or not. Where the answer is no, the kernel need not report that tag
// again.
// Sound: it says no only of what no rule of the set, of any priority, can match or refuse. Built once per rule set;
// immutable; used by the event thread together with the evaluator of that set.
#ifndef VEDETTE_ENGINE_RELEVANCE_H_
#define VEDETTE_ENGINE_RELEVANCE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/evaluator.h"
#include "engine/program.h"
#include "sensor/event/event.h"
#include "sensor/event/event_facts.h"

namespace vedette {

class Relevance {
 public:
  explicit Relevance(const Program& program);

  // By whom no rule can match anything with the event's tag. `evaluator` has been started on the event.
  MuteFor IrrelevantFor(const Event& event, Evaluator& evaluator) const;

  // Names of the rules that could match any operation of a kind, so that none is ever left out: those that ask nothing
  // of what its tag stands for. `container`: of operations in containers, else on the host. Empty for kinds without
  // tags.
  const std::vector<std::string>& Unbounded(EventKind kind, bool container) const;

 private:
  friend class RelevanceBuilder;

  struct Operation {
    enum class Kind : uint8_t { kAnd, kOr, kTest, kNotTest } kind;
    uint32_t first = 0, count = 0;  // kAnd, kOr: operands_[first, first + count)
    uint32_t test = 0;              // Program::tests()
  };
  struct Side {
    bool always = false;          // a rule is unbounded
    std::vector<uint32_t> roots;  // operations_, any of which may hold
    std::vector<std::string> unbounded;
  };

  bool Holds(uint32_t operation, Evaluator& evaluator) const;
  bool MayMatch(const Side& side, Evaluator& evaluator) const;

  std::vector<Operation> operations_;
  std::vector<uint32_t> operands_;
  static constexpr size_t kTaggedKinds = 3;
  // By kind; host, container; the process will be asked for its profile again, its profile is in the tag.
  std::array<std::array<std::array<Side, 2>, 2>, kTaggedKinds> sides_;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_RELEVANCE_H_
