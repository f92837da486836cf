// SPDX-License-Identifier: Apache-2.0
//
// Diagnostics: what a load found wrong, collected so that one run shows everything. Owned by one load; one thread.
#ifndef VEDETTE_RULES_DIAGNOSTICS_H_
#define VEDETTE_RULES_DIAGNOSTICS_H_

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_loader.h"
#include "rules/source_file.h"

namespace vedette {

class Diagnostics {
 public:
  // `sources` must outlive this.
  explicit Diagnostics(const Sources* sources) : sources_(sources) {}

  void Error(SourcePosition at, std::string message) { Add(Diagnostic::Severity::kError, at, std::move(message)); }
  void Error(SourceOffset at, std::string message) { Error(sources_->PositionOf(at), std::move(message)); }
  void Warning(SourcePosition at, std::string message) { Add(Diagnostic::Severity::kWarning, at, std::move(message)); }
  // A file that has no text (it cannot be read, is too large).
  void FileError(std::string file, std::string message);

  bool has_errors() const { return errors_ != 0; }
  size_t errors() const { return errors_; }
  const Sources& sources() const { return *sources_; }

  // Sorted by file, line and column; at most kMax of each severity, the rest counted in one more.
  std::vector<Diagnostic> Take();

  static constexpr size_t kMax = 1000;

 private:
  struct Entry {
    uint32_t file;
    Diagnostic diagnostic;
  };
  void Add(Diagnostic::Severity severity, SourcePosition at, std::string message);

  const Sources* sources_;
  std::vector<Entry> entries_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

// `text` with control characters and invalid UTF-8 made visible and cut at `limit` bytes, for use in messages.
std::string Printable(std::string_view text, size_t limit = 200);
// 'text', printable.
std::string Quoted(std::string_view text);

}  // namespace vedette
#endif  // VEDETTE_RULES_DIAGNOSTICS_H_
