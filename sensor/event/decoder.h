// SPDX-License-Identifier: Apache-2.0
//
// Decoder: decides whether bytes from a ring or a recording are a record. Afterwards every extractor may cast by kind,
// read every string and index by every enumerator; nothing else in user space checks again. The bytes are taken to be
// hostile in length and content. Pure function, any thread; allocates nothing, touches only `record`.
#ifndef VEDETTE_SENSOR_EVENT_DECODER_H_
#define VEDETTE_SENSOR_EVENT_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bpf/abi/records.h"

namespace vedette {

enum class DecodeError : uint8_t {
  kNone,
  kTooShort,    // fewer bytes than a header
  kMisaligned,  // not at a multiple of 8 in memory
  kSize,        // header.size beyond the bytes given or VD_MAX_RECORD, or less than the kind's struct
  kKind,        // no event of events.def
  kEnumerator,  // via, verdict, mount class or role
  kString,      // a vd_str that leaves the record or overlaps its struct
};
std::string_view DecodeErrorText(DecodeError error);  // "a string leaves the record"

// On kNone, `header` is the record, valid as long as the bytes are; else it is null. header->size may be less than
// record.size(): the rest is padding.
DecodeError Decode(std::span<const std::byte> record, const vd_header*& header);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_DECODER_H_
