// SPDX-License-Identifier: Apache-2.0
//
// OpenMemo: the answers to what conditions ask of the manner of an open — its call, flags, error, the kind of file —
// and not of which file it is or who opens it. There are few manners, and most rules about opens end with them. The
// number of the descriptor is not part of it, only that there is one. Owned by an Evaluator; event thread.
#ifndef VEDETTE_ENGINE_OPEN_MEMO_H_
#define VEDETTE_ENGINE_OPEN_MEMO_H_

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/answer_memo.h"
#include "sensor/event/event.h"
#include "sensor/event/event_facts.h"

namespace vedette {

class OpenMemo : public AnswerMemo<4> {
 public:
  explicit OpenMemo(uint32_t cells) : AnswerMemo(cells, kBytes, kMaxRows) {}

  void Select(const Event& event) {
    if (event.kind() != VD_KIND_FILE_OPEN || event.synthetic != nullptr) return SelectNone();
    const Key key = MannerOf(event);
    AnswerMemo::Select(key,
                       [&] { return ((key[0] + 3 * key[1] + 5 * key[2] + 7 * key[3]) * 0x9e3779b97f4a7c15) >> 32; });
  }

  // `event`: of kind FILE_OPEN, from a record.
  static Key MannerOf(const Event& event) {
    const auto& r = event.record<vd_file_open>();
    // By what the fields themselves go by: a refusal is a result, too, and no hook may have seen the file.
    const std::optional<int64_t> result = ResultOf(event);
    const vd_object* file = Present(r.file);
    const uint32_t known =
        ((r.name_flags & VD_FILE_MADE) != 0 ? 4 : 0) | (file != nullptr ? 2 : 0) | (result ? 1 : 0);
    const vd_object none{};
    const vd_object& object = file != nullptr ? *file : none;
    return {Pair(r.open_flags, r.create_mode), Pair(object.fs_magic, object.mode & S_IFMT),
            Pair(uint32_t{event.type} << 16 | known, object.mount_class + 1),
            static_cast<uint64_t>(result ? std::min<int64_t>(*result, 0) : 0)};
  }
  // Names of the fields that are a function of the manner; and of those that are a number which is part of it only as
  // far as it is negative.
  static std::span<const std::string_view> Fields();
  static std::span<const std::string_view> NegativeNumbers();

 private:
  static constexpr size_t kBytes = size_t{16} << 10, kMaxRows = 128;
  static uint64_t Pair(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_OPEN_MEMO_H_
