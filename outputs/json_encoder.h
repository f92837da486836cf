// SPDX-License-Identifier: Apache-2.0
//
// JsonEncoder: one JSON object per alert, in Falco's shape: hostname, output, output_fields, priority, rule, source,
// tags, time. Two keys are ours and follow them: "uuid" (the alert's id, for deduplication) always, and "verdict"
// (evt.verdict's words: deny, kill, kill-after, would_deny, would_kill, would_kill-after) when the kernel refused, or would have refused, the operation.
#ifndef VEDETTE_OUTPUTS_JSON_ENCODER_H_
#define VEDETTE_OUTPUTS_JSON_ENCODER_H_

#include "outputs/encoder.h"

namespace vedette {

// As JSON and syslog have it; "" when nothing was refused.
std::string_view VerdictName(vd_verdict verdict);

class JsonEncoder : public Encoder {
 public:
  void Encode(const Alert& alert, std::string& out) const override;
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_JSON_ENCODER_H_
