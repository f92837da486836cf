// SPDX-License-Identifier: Apache-2.0
//
// Collector: the lists, macros and rules of all files so far, after redefinition, append and override. Owned by one
// load; one thread.
#ifndef VEDETTE_RULES_COLLECTOR_H_
#define VEDETTE_RULES_COLLECTOR_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/definitions.h"
#include "rules/diagnostics.h"

namespace vedette {

class Collector {
 public:
  explicit Collector(Diagnostics* diagnostics) : diagnostics_(*diagnostics) {}

  void AddList(ListDefinition list, Merge merge);
  void AddMacro(MacroDefinition macro, Merge merge);  // kAppend joins with a blank
  void AddRule(RuleDefinition rule, Merge merge);
  void AddProfile(ProfileDefinition profile);  // an error if there is one of its name, or of its id
  void EnableRule(const std::string& name, bool enabled, SourcePosition position);

  // In the order of their first definition.
  const std::vector<ListDefinition>& lists() const { return lists_.items; }
  const std::vector<MacroDefinition>& macros() const { return macros_.items; }
  const std::vector<RuleDefinition>& rules() const { return rules_.items; }
  const std::vector<ProfileDefinition>& profiles() const { return profiles_; }

 private:
  template <typename T>
  struct Table {
    std::vector<T> items;
    std::unordered_map<std::string, size_t> by_name;

    T* Find(const std::string& name) {
      auto found = by_name.find(name);
      return found == by_name.end() ? nullptr : &items[found->second];
    }
    void Put(T item) {
      if (T* earlier = Find(item.name)) {
        item.order = earlier->order;
        *earlier = std::move(item);
        return;
      }
      by_name.emplace(item.name, items.size());
      items.push_back(std::move(item));
    }
    std::vector<std::string_view> Names() const {
      std::vector<std::string_view> out;
      for (const T& item : items) out.push_back(item.name);
      return out;
    }
  };

  template <typename T>
  T* FindEarlier(Table<T>& table, const std::string& name, SourcePosition at, std::string_view what,
                 std::string_view wish);
  void Append(RuleDefinition& earlier, RuleDefinition& more, bool whole);
  void Replace(RuleDefinition& earlier, RuleDefinition& with);
  void AppendExceptions(RuleDefinition& earlier, std::vector<ExceptionDefinition> more);
  // The fields of a source that is not known are not checked. Drops exceptions with an error.
  void CheckExceptions(std::vector<ExceptionDefinition>& exceptions, bool check_fields);
  bool CheckException(ExceptionDefinition& exception, bool check_fields);
  bool CheckSource(const RuleDefinition& earlier, const RuleDefinition& rule);

  Diagnostics& diagnostics_;
  Table<ListDefinition> lists_;
  Table<MacroDefinition> macros_;
  Table<RuleDefinition> rules_;
  std::vector<ProfileDefinition> profiles_;
  uint32_t next_ = 0;  // counts lists and macros as they come: order and visibility
};

}  // namespace vedette
#endif  // VEDETTE_RULES_COLLECTOR_H_
