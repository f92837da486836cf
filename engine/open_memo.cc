// SPDX-License-Identifier: Apache-2.0
#include "engine/open_memo.h"

namespace vedette {

std::span<const std::string_view> OpenMemo::Fields() {
  static constexpr std::string_view kNames[] = {
      "evt.failed",  "evt.is_open_create", "evt.is_open_exec", "evt.is_open_read", "evt.is_open_write", "evt.res",
      "fd.fs.magic", "fd.fs.name",         "fd.inode_type",    "fd.mount_class",   "fd.type",           "fd.typechar"};
  return kNames;
}

std::span<const std::string_view> OpenMemo::NegativeNumbers() {
  static constexpr std::string_view kNames[] = {"evt.rawres", "fd.num"};
  return kNames;
}

}  // namespace vedette
