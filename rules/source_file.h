// SPDX-License-Identifier: Apache-2.0
//
// SourceFile and Sources: the text of the rule files being loaded, and where an offset of it lies. Everything the
// loader says about a rule goes back to an offset here. Owned by one load; immutable once built.
#ifndef VEDETTE_RULES_SOURCE_FILE_H_
#define VEDETTE_RULES_SOURCE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.h"

namespace vedette {

// A byte of one of the Sources.
struct SourceOffset {
  uint32_t file = 0;
  uint32_t offset = 0;
};

class SourceFile {
 public:
  // A leading byte order mark is dropped. `text` has been checked by ValidateText() in rule_loader.cc.
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

  struct LineColumn {
    uint32_t line = 0, column = 0;  // 1-based, the column in characters
  };
  LineColumn Locate(size_t offset) const;      // offset up to and including the end
  std::string_view Line(uint32_t line) const;  // 1-based, without its end; "" beyond the last one

  size_t CharIndex(size_t offset) const;    // characters before a byte
  size_t OffsetOfChar(size_t index) const;  // the inverse

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> chars_before_;  // per block of kBlock bytes: makes CharIndex cheap on very long lines
};

class Sources {
 public:
  uint32_t Add(std::string name, std::string text) {
    files_.emplace_back(std::move(name), std::move(text));
    return static_cast<uint32_t>(files_.size() - 1);
  }
  const SourceFile& file(uint32_t index) const { return files_[index]; }
  size_t size() const { return files_.size(); }
  SourcePosition PositionOf(SourceOffset at) const;

 private:
  std::vector<SourceFile> files_;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_SOURCE_FILE_H_
