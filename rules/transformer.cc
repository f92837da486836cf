// SPDX-License-Identifier: Apache-2.0
#include "rules/transformer.h"

#include <array>

namespace vedette {
namespace {

using Function = FieldCall::Function;

constexpr std::array kTransformers = {
    TransformerInfo{"tolower", Transformer::kToLower, std::nullopt},
    TransformerInfo{"toupper", Transformer::kToUpper, std::nullopt},
    TransformerInfo{"b64", Transformer::kBase64Decode, std::nullopt},
    TransformerInfo{"basename", Transformer::kBasename, std::nullopt},
    TransformerInfo{"len", Transformer::kLength, std::nullopt},
    TransformerInfo{"join", Transformer::kNone, Function::kJoin},
    TransformerInfo{"concat", Transformer::kNone, Function::kConcat},
    TransformerInfo{"getopt", Transformer::kNone, Function::kGetopt},
};

}  // namespace

const TransformerInfo* FindTransformer(std::string_view name) {
  for (const TransformerInfo& row : kTransformers) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string AllTransformerNames() {
  std::string out;
  for (const TransformerInfo& row : kTransformers) {
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

}  // namespace vedette
