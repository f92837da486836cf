// SPDX-License-Identifier: Apache-2.0
//
// MacroExpansion: macros are expressions. A macro's name in a condition becomes the macro's tree, shared by all who use
// it, so that no parentheses are needed. A macro sees those defined before its own last definition; a rule sees all.
// Owned by one load; one thread.
#ifndef VEDETTE_RULES_MACRO_EXPANSION_H_
#define VEDETTE_RULES_MACRO_EXPANSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/ast.h"
#include "rules/definitions.h"
#include "rules/diagnostics.h"
#include "rules/list_expansion.h"

namespace vedette {

class MacroExpansion {
 public:
  // Parses and expands all macros; errors in them are reported, used or not.
  MacroExpansion(const std::vector<MacroDefinition>& macros, ListExpansion& lists, Diagnostics* diagnostics);

  // The condition of a rule without macros. Null after an error, which has been reported (once, where a macro has it).
  ExprPtr Expand(const ExprPtr& condition);

  void WarnUnused() const;

 private:
  struct Macro {
    const MacroDefinition* definition;
    ExprPtr parsed;    // null after an error
    ExprPtr expanded;  // null before Resolve and after an error
    bool used = false;
    enum class State { kNew, kOpen, kDone } state = State::kNew;
  };
  struct Reference {
    size_t macro;
    SourcePosition position;
  };
  struct Frame {
    size_t macro;
    std::vector<Reference> references;
    size_t next;
  };

  void Resolve(size_t macro);
  Frame Open(size_t macro);
  void CollectReferences(const Expr& expr, uint32_t visibility, std::vector<Reference>& out) const;
  void ReportLoop(const std::vector<Frame>& stack, const Reference& back);
  ExprPtr Replace(const ExprPtr& expr, uint32_t visibility);
  ExprPtr ReplaceMacro(const Expr& expr, uint32_t visibility);

  Diagnostics& diagnostics_;
  std::vector<Macro> macros_;
  std::unordered_map<std::string_view, size_t> by_name_;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_MACRO_EXPANSION_H_
