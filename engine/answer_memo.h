// SPDX-License-Identifier: Apache-2.0
//
// AnswerMemo: what conditions have been found to be of something that many events have in common, so that they are not
// tested again on each of them. A direct-mapped table of rows, one per key of `kWords` words, with two bits per
// condition (a "cell"). Nothing is ever invalidated: what has changed is another key, and finds its row taken by
// another. Owned by an Evaluator; event thread; memory is fixed at construction.
#ifndef VEDETTE_ENGINE_ANSWER_MEMO_H_
#define VEDETTE_ENGINE_ANSWER_MEMO_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vedette {

template <size_t kWords>
class AnswerMemo {
 public:
  enum class Known : uint8_t { kNo, kFalse, kTrue };
  using Key = std::array<uint64_t, kWords>;

  // Rows are as many as fit `bytes`, but from 16 to `max_rows`.
  AnswerMemo(uint32_t cells, size_t bytes, size_t max_rows)
      : words_((cells + 63) / 64),
        stride_(kFixed + 2 * words_),
        rows_(std::bit_floor(std::clamp<size_t>(bytes / 8 / stride_, 16, max_rows))),
        table_(cells == 0 ? 0 : rows_ * stride_) {}

  // The row of the key, until the next call. No key is all zeros. `hash` is called unless the key is the last one
  // again, as it mostly is.
  template <typename Hash>
  void Select(const Key& key, const Hash& hash) {
    row_ = last_;
    if (row_ == nullptr || !IsOf(row_ - kFixed, key)) SelectAnother(key, hash());
  }
  // Nothing is known, and nothing is remembered.
  void SelectNone() { row_ = nullptr; }

  // Of the selected row: another one each time it has become another key's. 0: none is selected.
  uint64_t stamp() const { return row_ == nullptr ? 0 : row_[-1]; }

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
  static constexpr size_t kFixed = kWords + 1;  // key, stamp

  static bool IsOf(const uint64_t* row, const Key& key) {
    uint64_t differs = 0;
    for (size_t i = 0; i < kWords; ++i) differs |= key[i] ^ row[i];
    return differs == 0;
  }
  [[gnu::noinline]] void SelectAnother(const Key& key, uint64_t hash) {
    if (table_.empty()) return;
    uint64_t* const row = table_.data() + (hash & (rows_ - 1)) * stride_;
    row_ = last_ = row + kFixed;
    if (IsOf(row, key)) return;
    std::copy(key.begin(), key.end(), row);
    row[kWords] = ++stamps_;
    std::fill_n(row_, words_, 0);
  }

  size_t words_;
  size_t stride_;
  size_t rows_;
  std::vector<uint64_t> table_;  // rows of: key, stamp, known bits, values
  uint64_t* row_ = nullptr;      // the known bits of the selected row
  uint64_t* last_ = nullptr;     // of the row selected before; null: none yet
  uint64_t stamps_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_ANSWER_MEMO_H_
