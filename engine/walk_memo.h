// SPDX-License-Identifier: Apache-2.0
//
// WalkMemo: the way through a cascade past all the questions whose answers are remembered. For a process and a manner
// of open (ProcessMemo, OpenMemo) it keeps, for each step that must be asked anew, which one comes next after either
// answer. Filled as it is walked. Valid as long as both rows are: their stamps say so. Owned by an Evaluator; event
// thread; memory is fixed at construction.
#ifndef VEDETTE_ENGINE_WALK_MEMO_H_
#define VEDETTE_ENGINE_WALK_MEMO_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vedette {

class WalkMemo {
 public:
  static constexpr uint16_t kUnknown = 0xffff;
  static constexpr size_t kMaxSteps = 256;  // of a cascade; longer ones are walked step by step

  explicit WalkMemo(size_t steps) : row_words_(2 * steps + 1), rows_(kRows), table_(kRows * row_words_, kUnknown) {}

  // Whatever is not 0 and changes with the rows they are of.
  void Select(uint64_t process_stamp, uint64_t open_stamp) {
    if (!selected_->IsOf(process_stamp, open_stamp)) SelectAnother(process_stamp, open_stamp);
  }
  uint16_t& First() { return next_[0]; }
  uint16_t& After(uint32_t step, bool answer) { return next_[1 + 2 * step + (answer ? 1 : 0)]; }

 private:
  static constexpr size_t kRows = 64;
  struct Row {
    uint64_t process_stamp = 0, open_stamp = 0;
    bool IsOf(uint64_t process, uint64_t open) const { return process_stamp == process && open_stamp == open; }
  };
  [[gnu::noinline]] void SelectAnother(uint64_t process_stamp, uint64_t open_stamp) {
    const size_t at = open_stamp % kRows;
    selected_ = &rows_[at];
    next_ = table_.data() + at * row_words_;
    if (selected_->IsOf(process_stamp, open_stamp)) return;
    *selected_ = {process_stamp, open_stamp};
    std::fill_n(next_, row_words_, kUnknown);
  }
  size_t row_words_;
  std::vector<Row> rows_;
  std::vector<uint16_t> table_;
  Row* selected_ = rows_.data();
  uint16_t* next_ = table_.data();
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_WALK_MEMO_H_
