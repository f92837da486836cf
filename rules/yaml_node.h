// SPDX-License-Identifier: Apache-2.0
//
// YamlNode: one value of a YAML file with its place, and ReadYaml(), which makes a tree of them. Built from yaml-cpp's
// events rather than from its nodes, so that depth, count and aliases are bounded while reading and nothing of the
// library (its exceptions included) goes further than this file. Owned by the YamlFile; immutable.
#ifndef VEDETTE_RULES_YAML_NODE_H_
#define VEDETTE_RULES_YAML_NODE_H_

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/diagnostics.h"
#include "rules/mapped_text.h"
#include "rules/source_file.h"

namespace vedette {

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  SourceOffset at;
  std::string value;                      // kScalar
  std::vector<const YamlNode*> children;  // kSequence: the items; kMap: key, value, key, value…
  size_t size = 1;                        // nodes in it, aliases followed

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }

  // The value of a scalar key; the first when the key is repeated. Null if there is none.
  const YamlNode* Find(std::string_view key) const;
};

struct YamlFile {
  std::deque<YamlNode> nodes;              // owns them all
  std::vector<const YamlNode*> documents;  // the root of each
};

inline constexpr size_t kMaxYamlDepth = 64;
inline constexpr size_t kMaxYamlNodes = 2'000'000;  // aliases followed

// Malformed YAML and what exceeds a bound is one error, and the result is empty. Never throws.
YamlFile ReadYaml(uint32_t file, Diagnostics& diagnostics);

// The text of a scalar with the place of each byte, whatever the style it is written in: plain, quoted, `|` or `>`.
// See scalar_text.cc.
MappedText TextOf(const YamlNode& scalar, const Sources& sources);

}  // namespace vedette
#endif  // VEDETTE_RULES_YAML_NODE_H_
