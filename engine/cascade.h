// SPDX-License-Identifier: Apache-2.0
//
// Cascade: the rules of one event type in the order of their common conjuncts, so that rules which ask the same
// question (`container`, `open_write`) are all left behind by one answer. A list of steps: each asks one operation and
// leads on by the answer, always forwards, or says that a rule is found. Built with a Program, immutable, any thread.
#ifndef VEDETTE_ENGINE_CASCADE_H_
#define VEDETTE_ENGINE_CASCADE_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/operation_graph.h"

namespace vedette {

struct CascadeStep {
  // Where the answer is found, so that the walk need not look at the operation: set when the graph is finished.
  enum class Ask : uint8_t { kOperation, kTest, kCell, kFound };

  uint32_t operation = OperationGraph::kTrue;
  uint32_t index = 0;  // kTest: of the test; kCell: of the ProcessMemo; kFound: what stands for the rule
  Ask ask = Ask::kOperation;
  uint16_t open_cell = Operation::kNoCell;  // kTest: of the OpenMemo
  uint32_t then = 0, otherwise = 0;         // later steps, or the end

  bool IsRemembered() const { return ask == Ask::kCell || open_cell != Operation::kNoCell; }
};
using Cascade = std::vector<CascadeStep>;

// `rules`: what stands for each rule, and the operation it is. Adds operations to `graph`.
Cascade BuildCascade(std::span<const std::pair<uint32_t, uint32_t>> rules, OperationGraph& graph);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_CASCADE_H_
