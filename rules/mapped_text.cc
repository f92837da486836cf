// SPDX-License-Identifier: Apache-2.0
#include "rules/mapped_text.h"

#include <algorithm>

namespace vedette {

void MappedText::Append(std::string_view text, SourceOffset at, uint32_t step) {
  if (text.empty()) return;
  uint32_t begin = static_cast<uint32_t>(text_.size());
  bool continues = false;
  if (!runs_.empty()) {
    const Run& last = runs_.back();
    uint32_t next = last.at.offset + (begin - last.begin) * last.step;
    continues = last.step == step && last.at.file == at.file && next == at.offset;
  }
  if (!continues) runs_.push_back({begin, at, step});
  text_.append(text);
}

size_t MappedText::RunOf(size_t i) const {
  auto after = std::upper_bound(runs_.begin(), runs_.end(), i, [](size_t n, const Run& r) { return n < r.begin; });
  return static_cast<size_t>(after - runs_.begin()) - 1;
}

void MappedText::Append(const MappedText& other, size_t begin, size_t end) {
  end = std::min(end, other.size());
  if (begin >= end) return;
  for (size_t r = other.RunOf(begin); r < other.runs_.size() && other.runs_[r].begin < end; ++r) {
    const Run& run = other.runs_[r];
    size_t from = std::max<size_t>(begin, run.begin);
    size_t to = r + 1 < other.runs_.size() ? std::min<size_t>(end, other.runs_[r + 1].begin) : end;
    SourceOffset at = run.at;
    at.offset += static_cast<uint32_t>(from - run.begin) * run.step;
    Append(std::string_view(other.text_).substr(from, to - from), at, run.step);
  }
}

void MappedText::Truncate(size_t size) {
  if (size >= text_.size()) return;
  text_.resize(size);
  while (!runs_.empty() && runs_.back().begin >= size) runs_.pop_back();
}

SourceOffset MappedText::Origin(size_t i) const {
  if (runs_.empty()) return {};
  const Run& run = runs_[RunOf(std::min(i, text_.size()))];
  SourceOffset at = run.at;
  at.offset += static_cast<uint32_t>(std::min(i, text_.size()) - run.begin) * run.step;
  return at;
}

MappedText MappedText::Trimmed() const {
  constexpr std::string_view kBlanks = " \t\r\n";
  size_t begin = text_.find_first_not_of(kBlanks);
  MappedText out;
  if (begin != std::string::npos) out.Append(*this, begin, text_.find_last_not_of(kBlanks) + 1);
  return out;
}

}  // namespace vedette
