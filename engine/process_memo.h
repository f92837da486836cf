// SPDX-License-Identifier: Apache-2.0
//
// ProcessMemo: what conditions have been found to be true of a process, so that they are not tested again on each of
// its events. A direct-mapped table of processes with two bits per condition (a "cell"). Nothing is ever invalidated:
// a process that has changed — exec, setuid, chdir, another container, an ancestor's change — is another key
// (Event::process_version), and finds its row taken by its former self. Owned by an Evaluator; event thread; memory is
// fixed at construction.
#ifndef VEDETTE_ENGINE_PROCESS_MEMO_H_
#define VEDETTE_ENGINE_PROCESS_MEMO_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sensor/event/event.h"

namespace vedette {

class ProcessMemo {
 public:
  enum class Known : uint8_t { kNo, kFalse, kTrue };

  explicit ProcessMemo(uint32_t cells)
      : words_((cells + 63) / 64),
        stride_(kKeyWords + 2 * words_),
        rows_(std::bit_floor(std::clamp<size_t>(kBytes / 8 / stride_, 64, 2048))),
        table_(cells == 0 ? 0 : rows_ * stride_) {}

  // The row of the event's process, until the next Select().
  void Select(const Event& event) {
    row_ = nullptr;
    if (table_.empty() || !IsStable(event)) return;
    const uint64_t process = event.header->exec_id;
    uint64_t* const row = table_.data() + (process & (rows_ - 1)) * stride_;
    // The thread's user and the container flag come with the event: a thread can differ from its process.
    const uint64_t facts = uint64_t{event.header->uid} << 1 | (event.header->flags & VD_F_CONTAINER ? 1 : 0);
    row_ = row + kKeyWords;
    if (row[0] == process && row[1] == event.process_version && row[2] == facts) return;
    row[0] = process;
    row[1] = event.process_version;
    row[2] = facts;
    std::fill_n(row_, words_, 0);
  }

  Known Get(uint32_t cell) const {
    if (row_ == nullptr) return Known::kNo;
    const uint64_t bit = uint64_t{1} << (cell % 64);
    if ((row_[cell / 64] & bit) == 0) return Known::kNo;
    return (row_[words_ + cell / 64] & bit) != 0 ? Known::kTrue : Known::kFalse;
  }
  void Set(uint32_t cell, bool value) {
    if (row_ == nullptr) return;
    const uint64_t bit = uint64_t{1} << (cell % 64);
    row_[cell / 64] |= bit;
    uint64_t& values = row_[words_ + cell / 64];
    values = value ? values | bit : values & ~bit;
  }

 private:
  static constexpr size_t kKeyWords = 3;
  static constexpr size_t kBytes = size_t{96} << 10;

  // Fields of a refused exec are about the file, those of a change of credentials about the new ones.
  static bool IsStable(const Event& event) {
    return event.process_version != 0 && event.kind() != VD_KIND_EXEC_FAILED && event.kind() != VD_KIND_CREDS;
  }

  size_t words_;
  size_t stride_;
  size_t rows_;
  std::vector<uint64_t> table_;  // rows of: exec id, version, facts, known bits, values
  uint64_t* row_ = nullptr;      // the known bits of the selected row; null: nothing is remembered
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PROCESS_MEMO_H_
