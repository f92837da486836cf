// SPDX-License-Identifier: Apache-2.0
#include "engine/event_key.h"

namespace vedette {
namespace {

// Length first: no text can pose as the border between two.
void AppendPart(std::string_view text, std::string& key) {
  const uint64_t size = text.size();
  for (int shift = 0; shift < 32; shift += 8) key += static_cast<char>(size >> shift & 0xff);
  key += text;
}

}  // namespace

std::string_view EventKey::Of(const std::vector<FieldRef>& fields, const Event& event) {
  key_.clear();
  has_null_ = false;
  for (const FieldRef& field : fields) {
    const Values& values = format_.Extracted(field, event);
    has_null_ = has_null_ || values.empty();
    key_ += static_cast<char>(values.size());  // at most Values::kMaxValues; NULL is not the text "<NA>"
    for (const Value& value : values) AppendPart(TextOf(value), key_);
  }
  return key_;
}

}  // namespace vedette
