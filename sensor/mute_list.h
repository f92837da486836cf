// SPDX-License-Identifier: Apache-2.0
//
// MuteList: the tags of opens that no rule is about, in the map that the hook looks them up in (bpf/lib/prefilter.h):
// written through a mapping, a word each, without a system call. A slot holds one tag; a newer one takes its place.
// Owned by BpfSource; event thread.
#ifndef VEDETTE_SENSOR_MUTE_LIST_H_
#define VEDETTE_SENSOR_MUTE_LIST_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

namespace vedette {

class MuteList {
 public:
  // `map`: file descriptor of vd_muted; used during the call only.
  static absl::StatusOr<std::unique_ptr<MuteList>> Open(int map);
  ~MuteList();
  MuteList(const MuteList&) = delete;
  MuteList& operator=(const MuteList&) = delete;

  void Add(uint64_t tag);

 private:
  explicit MuteList(uint64_t* slots) : slots_(slots) {}
  uint64_t* const slots_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_MUTE_LIST_H_
