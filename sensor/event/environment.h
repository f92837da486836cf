// SPDX-License-Identifier: Apache-2.0
//
// Environment: the variables that a process image was started with, joined by blanks as proc.env shows them, with the
// places where each ends. Immutable; shared between an image and the processes it forks. Event thread only.
#ifndef VEDETTE_SENSOR_EVENT_ENVIRONMENT_H_
#define VEDETTE_SENSOR_EVENT_ENVIRONMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

class Environment {
 public:
  // `bytes`: NAME=value, each ended by NUL; the last may have been cut. What is beyond kMax is left out.
  explicit Environment(std::string_view bytes);

  std::string_view text() const { return text_; }  // "A=1 B=2"
  // The value of the first variable of that name; nothing if there is none.
  std::optional<std::string_view> Find(std::string_view name) const;
  size_t HeapBytes() const { return text_.capacity() + ends_.capacity() * sizeof(uint16_t); }

 private:
  static constexpr size_t kMax = 0xffff;
  std::string text_;
  std::vector<uint16_t> ends_;  // of each variable in text_
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_ENVIRONMENT_H_
