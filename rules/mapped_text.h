// SPDX-License-Identifier: Apache-2.0
//
// MappedText: a text of the language (a condition, an output, a list item) that knows for each of its bytes where it
// came from. It is put together from YAML scalars of any style, appended overrides, list items and exceptions, possibly
// out of several files; an error in it is shown where its author wrote it. A value; one thread.
#ifndef VEDETTE_RULES_MAPPED_TEXT_H_
#define VEDETTE_RULES_MAPPED_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules/source_file.h"

namespace vedette {

class MappedText {
 public:
  MappedText() = default;

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  size_t size() const { return text_.size(); }

  // Text that stands in the file as it is: byte i came from at + i.
  void AppendVerbatim(std::string_view text, SourceOffset at) { Append(text, at, 1); }
  // Text that has no counterpart byte by byte (an escape, a joining blank): all of it came from `at`.
  void AppendSynthetic(std::string_view text, SourceOffset at) { Append(text, at, 0); }
  void Append(const MappedText& other) { Append(other, 0, other.size()); }
  void Append(const MappedText& other, size_t begin, size_t end);
  void Truncate(size_t size);

  SourceOffset Origin(size_t i) const;  // i up to and including size()
  MappedText Trimmed() const;           // without blanks at both ends

 private:
  struct Run {
    uint32_t begin;  // in text_, up to the next run's
    SourceOffset at;
    uint32_t step;  // 1: verbatim, 0: synthetic
  };
  void Append(std::string_view text, SourceOffset at, uint32_t step);
  size_t RunOf(size_t i) const;

  std::string text_;
  std::vector<Run> runs_;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_MAPPED_TEXT_H_
