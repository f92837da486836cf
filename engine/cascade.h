// SPDX-License-Identifier: Apache-2.0
//
// Cascade: the rules of one event type in the order of their common conjuncts, so that rules which ask the same
// question (`container`, `open_write`) are all left behind by one answer. A list of steps: each asks one operation; if
// it is false, the walk goes on at `otherwise`, else at the next step, and a step with a rule has found a match. Built
// with a Program, immutable, any thread.
#ifndef VEDETTE_ENGINE_CASCADE_H_
#define VEDETTE_ENGINE_CASCADE_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/operation_graph.h"

namespace vedette {

struct CascadeStep {
  static constexpr uint32_t kNoRule = ~uint32_t{0};

  // Where its answer is found, so that the walk need not look at the operation: set when the graph is finished.
  enum class Ask : uint8_t { kOperation, kTest, kCell };

  uint32_t operation = OperationGraph::kTrue;
  uint32_t index = 0;  // kTest: of the test; kCell: of the ProcessMemo
  Ask ask = Ask::kOperation;
  uint16_t open_cell = Operation::kNoCell;  // kTest: of the test
  uint32_t otherwise = 0;    // a later step, or the end
  uint32_t rule = kNoRule;   // what matches if the operation is true
};
using Cascade = std::vector<CascadeStep>;

// `rules`: what stands for each rule, and the operation it is. Adds operations to `graph`.
Cascade BuildCascade(std::span<const std::pair<uint32_t, uint32_t>> rules, OperationGraph& graph);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_CASCADE_H_
