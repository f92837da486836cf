// SPDX-License-Identifier: Apache-2.0
//
// RuleGenerator: random lists, macros, conditions and events of few words, so that they meet often. Over all operators,
// types, transformers, modifiers, NULL, lists, macros, fields of several values and fields on the right. The order in
// which random numbers are drawn is the compiler's: a seed repeats a rule in builds of one compiler only.
#ifndef VEDETTE_TESTS_UNIT_ENGINE_RULE_GENERATOR_H_
#define VEDETTE_TESTS_UNIT_ENGINE_RULE_GENERATOR_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace vedette {

// A condition twice: as a rule writes it, and with its lists' items in place of their names.
struct ConditionText {
  std::string written, expanded;
  std::set<std::string> of;  // operators, transformers and the like of a single check
};

class RuleGenerator {
 public:
  using Words = std::vector<std::string>;
  using Text = ConditionText;

  explicit RuleGenerator(std::function<uint64_t()> random);

  std::string Definitions() const;  // of the lists and macros, as YAML
  const std::vector<Text>& macros() const { return macros_; }

  Text Condition(int depth);
  Text Check();
  Text Indexed(const Text& condition);  // with a demand before it that the index of rules finds it by
  std::string Event();                  // as SyntheticEvent::FromText reads it

 private:
  const std::string& Pick(const Words& words);
  static std::string Joined(const Words& words);
  static std::string Doubled(const std::string& s);
  const std::string& Tag(const std::string& tag);
  // A field of text, at times transformed.
  std::string TextField();
  Text Values(const Words& words);
  // Texts and a list's name among them.
  Text ListValues();
  Text OneOrModified(const std::string& op, const Words& words);
  Text TextCheck();
  Text PatternCheck();
  Text ListCheck();
  Text NumberCheck();
  Text PortCheck();
  Text BoolCheck();
  Text AddressCheck();
  Text SeveralCheck();
  Text TypeCheck();
  Text ExistsCheck();
  Text RightCheck();
  Text OptionCheck();

  std::function<uint64_t()> random_;
  std::vector<Words> lists_;
  std::vector<Text> macros_;
  std::set<std::string> of_;
};

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_ENGINE_RULE_GENERATOR_H_
