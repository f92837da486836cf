// SPDX-License-Identifier: Apache-2.0
#include "outputs/encoder.h"

#include <fmt/format.h>

#include "outputs/json_encoder.h"
#include "outputs/text_encoder.h"

namespace vedette {
namespace {

struct Format {
  std::string_view name;
  std::unique_ptr<Encoder> (*make)();
};
constexpr Format kFormats[] = {
    {"json", []() -> std::unique_ptr<Encoder> { return std::make_unique<JsonEncoder>(); }},
    {"text", []() -> std::unique_ptr<Encoder> { return std::make_unique<TextEncoder>(/*color=*/false); }},
    {"text-color", []() -> std::unique_ptr<Encoder> { return std::make_unique<TextEncoder>(/*color=*/true); }},
};

}  // namespace

absl::StatusOr<std::unique_ptr<Encoder>> MakeEncoder(std::string_view name) {
  std::string known;
  for (const Format& format : kFormats) {
    if (format.name == name) return format.make();
    known += fmt::format("{}{}", known.empty() ? "" : ", ", format.name);
  }
  return absl::InvalidArgumentError(fmt::format("unknown format '{}'; there are {}", name, known));
}

}  // namespace vedette
