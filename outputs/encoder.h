// SPDX-License-Identifier: Apache-2.0
//
// Encoder: one format of an alert. Stateless and thread-safe after construction: each sink's thread calls its own.
#ifndef VEDETTE_OUTPUTS_ENCODER_H_
#define VEDETTE_OUTPUTS_ENCODER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/alert.h"

namespace vedette {

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends one alert, without a line end. Control characters and invalid UTF-8 are escaped: the result is one line.
  virtual void Encode(const Alert& alert, std::string& out) const = 0;
};

// "text", "text-color", "json" (Falco-shaped). An error lists the names there are.
absl::StatusOr<std::unique_ptr<Encoder>> MakeEncoder(std::string_view name);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_ENCODER_H_
