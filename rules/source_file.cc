// SPDX-License-Identifier: Apache-2.0
#include "rules/source_file.h"

#include <algorithm>
#include <utility>

namespace vedette {
namespace {

constexpr size_t kBlock = 256;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool StartsChar(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  line_starts_.push_back(0);
  uint32_t chars = 0;
  for (size_t i = 0; i < text_.size(); ++i) {
    if (i % kBlock == 0) chars_before_.push_back(chars);
    if (StartsChar(text_[i])) ++chars;
    if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  chars_before_.push_back(chars);
}

size_t SourceFile::CharIndex(size_t offset) const {
  offset = std::min(offset, text_.size());
  size_t block = std::min(offset / kBlock, chars_before_.size() - 1);
  size_t index = chars_before_[block];
  for (size_t i = block * kBlock; i < offset; ++i) index += StartsChar(text_[i]) ? 1 : 0;
  return index;
}

size_t SourceFile::OffsetOfChar(size_t index) const {
  auto after = std::upper_bound(chars_before_.begin(), chars_before_.end(), index);
  size_t block = after == chars_before_.begin() ? 0 : static_cast<size_t>(after - chars_before_.begin()) - 1;
  size_t seen = chars_before_[block];
  for (size_t i = block * kBlock; i < text_.size(); ++i) {
    if (!StartsChar(text_[i])) continue;
    if (seen == index) return i;
    ++seen;
  }
  return text_.size();
}

SourceFile::LineColumn SourceFile::Locate(size_t offset) const {
  offset = std::min(offset, text_.size());
  auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  size_t line = static_cast<size_t>(after - line_starts_.begin());
  size_t column = CharIndex(offset) - CharIndex(line_starts_[line - 1]) + 1;
  return {static_cast<uint32_t>(line), static_cast<uint32_t>(column)};
}

std::string_view SourceFile::Line(uint32_t line) const {
  if (line == 0 || line > line_starts_.size()) return "";
  size_t begin = line_starts_[line - 1];
  size_t end = line < line_starts_.size() ? line_starts_[line] - 1 : text_.size();
  std::string_view out = std::string_view(text_).substr(begin, end - begin);
  if (out.ends_with('\r')) out.remove_suffix(1);
  return out;
}

SourcePosition Sources::PositionOf(SourceOffset at) const {
  if (at.file >= files_.size()) return {};
  SourceFile::LineColumn where = files_[at.file].Locate(at.offset);
  return {at.file, where.line, where.column};
}

}  // namespace vedette
