// SPDX-License-Identifier: Apache-2.0
//
// ExecDetails: what an image began with besides its arguments: where its standard input, output and error led, its pid
// namespace's age, its limit of descriptors, its memory. Captured only while a rule asks for any of it. Immutable;
// shared by the images that were forked from it.
#ifndef VEDETTE_SENSOR_EVENT_EXEC_DETAILS_H_
#define VEDETTE_SENSOR_EVENT_EXEC_DETAILS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bpf/abi/records.h"

namespace vedette {

struct Descriptor {
  std::string_view type;  // as fd.type, and pipe, memfd; "": closed, or nothing that has a name here
  std::string name;       // as fd.name; of a pipe "pipe:[inode]"
};

struct ExecDetails {
  // The record has been checked by the decoder, and has VD_EXE_HAS_DETAILS.
  explicit ExecDetails(const vd_exec& record);

  size_t HeapBytes() const;

  uint64_t pidns_start_ns;  // CLOCK_BOOTTIME; 0: not known
  uint64_t fd_limit;
  uint64_t vm_size_kb, vm_rss_kb, vm_swap_kb;
  uint64_t major_faults, minor_faults;
  std::array<Descriptor, VD_STDIO> stdio;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EXEC_DETAILS_H_
