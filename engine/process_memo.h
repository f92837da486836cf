// SPDX-License-Identifier: Apache-2.0
//
// ProcessMemo: the answers to what conditions ask of the process alone. A process that has changed — exec, setuid,
// chdir, another container, an ancestor's change — is another key (Event::process_version). Owned by an Evaluator;
// event thread.
#ifndef VEDETTE_ENGINE_PROCESS_MEMO_H_
#define VEDETTE_ENGINE_PROCESS_MEMO_H_

#include <cstddef>
#include <cstdint>

#include "engine/answer_memo.h"
#include "sensor/event/event.h"

namespace vedette {

class ProcessMemo : public AnswerMemo<3> {
 public:
  explicit ProcessMemo(uint32_t cells) : AnswerMemo(cells, kBytes, kMaxRows) {}

  void Select(const Event& event) {
    if (!IsStable(event)) return SelectNone();
    const uint64_t process = event.header->exec_id;
    // The thread's user and the container flag come with the event: a thread can differ from its process.
    const uint64_t facts = uint64_t{event.header->uid} << 1 | ((event.header->flags & VD_F_CONTAINER) != 0 ? 1 : 0);
    AnswerMemo::Select({process, event.process_version, facts}, [=] { return process; });
  }

 private:
  static constexpr size_t kBytes = size_t{96} << 10, kMaxRows = 2048;

  // Fields of a refused exec are about the file, those of a change of credentials about the new ones.
  static bool IsStable(const Event& event) {
    return event.process_version != 0 && event.kind() != VD_KIND_EXEC_FAILED && event.kind() != VD_KIND_CREDS;
  }
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_PROCESS_MEMO_H_
