// SPDX-License-Identifier: Apache-2.0
//
// TextEncoder: Falco's line, "HH:MM:SS.nnnnnnnnn: Priority message", with what the kernel did before the message when
// it refused something: "[DENIED] ". Coloured on request: only the encoder's own text carries terminal sequences.
#ifndef VEDETTE_OUTPUTS_TEXT_ENCODER_H_
#define VEDETTE_OUTPUTS_TEXT_ENCODER_H_

#include "outputs/encoder.h"

namespace vedette {

// "[DENIED] ", "[WOULD DENY] ", … ; "" when nothing was refused.
std::string_view VerdictMark(vd_verdict verdict);

// The line without escapes: what Falco's JSON has as "output", where JSON's own escapes do.
void AppendRawLine(const Alert& alert, std::string& out);

class TextEncoder : public Encoder {
 public:
  explicit TextEncoder(bool color) : color_(color) {}
  void Encode(const Alert& alert, std::string& out) const override;

 private:
  const bool color_;
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_TEXT_ENCODER_H_
