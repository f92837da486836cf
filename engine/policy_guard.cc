// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_guard.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace vedette {
namespace {

using Key = TableTest::Key;
using Terms = std::vector<TableTerm>;

constexpr uint64_t kDirectory = 0040000;  // S_IFDIR

bool IsOneOf(vd_table table, std::initializer_list<vd_table> tables) {
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}
bool IsReversed(vd_table t) { return IsOneOf(t, {VD_TABLE_PATH_REVERSED, VD_TABLE_PATH_TO_REVERSED}); }
bool IsPath(vd_table t) { return IsOneOf(t, {VD_TABLE_PATH, VD_TABLE_PATH_REVERSED}); }
bool IsAnyPath(vd_table t) { return IsPath(t) || IsOneOf(t, {VD_TABLE_PATH_TO, VD_TABLE_PATH_TO_REVERSED}); }

// What is true of a process whatever it does.
bool IsOfProcess(vd_table t) {
  return IsOneOf(t, {VD_TABLE_EXE, VD_TABLE_PARENT_EXE, VD_TABLE_COMM, VD_TABLE_PARENT_COMM, VD_TABLE_EXE_REVERSED,
                     VD_TABLE_PARENT_EXE_REVERSED, VD_TABLE_UID, VD_TABLE_GID, VD_TABLE_CONTAINER, VD_TABLE_EXE_MEMFD,
                     VD_TABLE_EXE_UPPER, VD_TABLE_PROFILE, VD_TABLE_CONTAINER_CLASS});
}

bool IsOfProcess(const TableTerm& term) {
  if (term.trait == nullptr) return IsOfProcess(term.table);
  switch (term.trait->kind) {
    case VD_TRAIT_ANCESTOR:
      return true;
    case VD_TRAIT_ANY_BIT:
    case VD_TRAIT_BITS:
      return term.trait->of != VD_BITS_OPERATION;
    default:
      return term.trait->kind == VD_TRAIT_GLOB && IsOfProcess(static_cast<vd_table>(term.trait->of));
  }
}

bool IsAnyPath(const TableTerm& term) {
  const bool glob = term.trait != nullptr && term.trait->kind == VD_TRAIT_GLOB;
  return IsAnyPath(glob ? static_cast<vd_table>(term.trait->of) : term.table);
}

// Holds only of the values it lists.
bool Names(const TableTerm& term) {
  return IsAnyPath(term.table) &&
         std::none_of(term.any.begin(), term.any.end(), [](const TableTest& t) { return t.inverted || t.always; });
}

bool IsExact(const Key& key) { return !key.bytes.empty() && key.bytes.back() == '\0'; }
std::string_view TextOf(const Key& key) {
  std::string_view text = key.bytes;
  if (IsExact(key)) text.remove_suffix(1);
  return text;
}
Key Prefix(std::string_view text) { return {std::string(text), static_cast<uint32_t>(text.size() * 8)}; }
Key Exact(std::string_view text) { return Prefix(std::string(text) + '\0'); }

// Each once, in the order in which they come: a list has tens of thousands, which share their folders.
class Keys {
 public:
  void Add(Key key) {
    if (seen_.insert(key).second) keys_.push_back(std::move(key));
  }
  std::vector<Key> Take() { return std::move(keys_); }

 private:
  std::set<Key> seen_;
  std::vector<Key> keys_;
};

TableTerm TermOf(vd_table table, std::vector<Key> keys) {
  TableTest test;
  test.keys = std::move(keys);
  return {table, {std::move(test)}};
}

// The keys of a term, changed by change(key, out).
template <typename Change>
TableTerm Changed(const TableTerm& term, Change change) {
  Keys keys;
  for (const TableTest& test : term.any) {
    for (const Key& key : test.keys) change(key, keys);
  }
  return TermOf(term.table, keys.Take());
}

// ---- what is above ----

// Of a path or prefix: "/a/b/c" and "/a/b/" have "/a/b", "/a", "/"; "/a/b" has "/a", "/".
void AddAncestors(const Key& key, Keys& out) {
  std::string_view path = TextOf(key);
  if (path.empty() || path.front() != '/') return;  // of no path: "memfd:"
  for (size_t slash = path.rfind('/'); slash != 0; slash = path.rfind('/')) {
    path = path.substr(0, slash);
    out.Add(Exact(path));
  }
  out.Add(Exact("/"));
}

// Of an end of a path, the directories whose names are part of it: "/.ssh/id_rsa" has those that end with "/.ssh".
// Keys of reversed tables are reversed.
void AddAncestorsOfEnd(const Key& key, Keys& out) {
  std::string_view end = TextOf(key);
  for (size_t slash = end.find('/'); slash != std::string_view::npos; slash = end.find('/')) {
    end.remove_prefix(slash + 1);
    if (!end.empty()) out.Add(Prefix(end));
  }
}

TableTerm WithAncestors(const TableTerm& term) {
  return Changed(term, [](const Key& key, Keys& out) {
    out.Add(key);
    AddAncestors(key, out);
  });
}

// The directories above, and those that are below a prefix.
TableTerm DirectoriesOf(const TableTerm& term) {
  return Changed(term, [](const Key& key, Keys& out) {
    if (!IsExact(key)) out.Add(key);
    AddAncestors(key, out);
  });
}

TableTerm AncestorsOfEnds(const TableTerm& term) { return Changed(term, AddAncestorsOfEnd); }

bool HasKeys(const TableTerm& term) { return !term.any.front().keys.empty(); }

TableTerm IsDirectory() {
  TableTest test;
  test.scalars = {kDirectory};
  return {VD_TABLE_FILE_TYPE, {std::move(test)}};
}

vd_table NewName(vd_table table) {
  return table == VD_TABLE_PATH_REVERSED ? VD_TABLE_PATH_TO_REVERSED : VD_TABLE_PATH_TO;
}

// The clause's parts.
struct Parts {
  Terms process;
  Terms begins, ends;        // naming terms of the path, by its beginning and by its end
  bool denies_path = false;  // it also says what the path is not, or more of it than how it begins and ends
  bool asks_for_writing = false;
};

bool AsksForWriting(const TableTerm& term) {
  if (term.table != VD_TABLE_OPEN_WRITE) return false;
  auto holds = [&](uint64_t value) {
    return std::any_of(term.any.begin(), term.any.end(), [&](const TableTest& t) {
      return t.Holds(t.always || std::find(t.scalars.begin(), t.scalars.end(), value) != t.scalars.end());
    });
  };
  return holds(1) && !holds(0);
}

Parts PartsOf(const PolicyClause& clause) {
  Parts parts;
  for (const TableTerm& term : clause.terms) {
    if (IsOfProcess(term)) parts.process.push_back(term);
    if (AsksForWriting(term)) parts.asks_for_writing = true;
    if (term.trait != nullptr && IsAnyPath(term)) parts.denies_path = true;  // of those that begin or end so, not all
    if (!IsPath(term.table)) continue;
    if (!Names(term)) {
      parts.denies_path = true;
    } else {
      (IsReversed(term.table) ? parts.ends : parts.begins).push_back(term);
    }
  }
  return parts;
}

PolicyClause ClauseOf(const Parts& parts, std::initializer_list<Terms> terms) {
  PolicyClause out{parts.process};
  for (const Terms& more : terms) out.terms.insert(out.terms.end(), more.begin(), more.end());
  return out;
}

template <typename Change>
Terms Each(const Terms& terms, Change change) {
  Terms out;
  for (const TableTerm& term : terms) out.push_back(change(term));
  return out;
}

// A new name that the clause is about, too, leads nowhere: then it holds of none. Known where all that the clause says
// of the path is one term.
Terms UnlessStillNamed(const Parts& parts) {
  if (parts.denies_path || parts.begins.size() + parts.ends.size() != 1) return {};
  const TableTerm& named = parts.begins.empty() ? parts.ends.front() : parts.begins.front();
  TableTerm out = Changed(named, [](const Key& key, Keys& keys) { keys.Add(key); });
  out.table = NewName(named.table);
  out.any.front().inverted = true;
  out.any.front().on_null = true;
  return {std::move(out)};
}

// What moving has to be refused of: the file, and each directory whose name is part of what the clause asks for.
std::vector<PolicyClause> MovedOf(const Parts& parts, const Terms& unless) {
  std::vector<PolicyClause> out;
  if (parts.ends.empty()) {
    out.push_back(ClauseOf(parts, {Each(parts.begins, WithAncestors), unless}));
    return out;
  }
  out.push_back(ClauseOf(parts, {parts.begins, parts.ends, unless}));
  if (!parts.begins.empty()) out.push_back(ClauseOf(parts, {Each(parts.begins, DirectoriesOf), {IsDirectory()}}));
  const Terms above = Each(parts.ends, AncestorsOfEnds);
  if (std::all_of(above.begin(), above.end(), HasKeys)) {
    out.push_back(ClauseOf(parts, {Each(parts.begins, WithAncestors), above, {IsDirectory()}}));
  }
  return out;
}

// Moving something to a name that may not be written: it would be there as if it had been.
PolicyClause ReplacedOf(const Parts& parts) {
  auto renamed = [](TableTerm term) {
    term.table = NewName(term.table);
    return term;
  };
  return ClauseOf(parts, {Each(parts.begins, renamed), Each(parts.ends, renamed)});
}

// ---- what may be ----

// Of a path without its beginning, "/c" or "/b/c" may be "/a/b/c".
void AddTails(const Key& key, Keys& out) {
  out.Add(key);
  std::string_view path = TextOf(key);
  if (path.empty() || path.front() != '/') return;
  for (size_t slash = path.find('/', 1); slash != std::string_view::npos; slash = path.find('/', 1)) {
    path.remove_prefix(slash);
    out.Add(Exact(path));
  }
}

// The same of an end, reversed: a path that is no longer than a part of it.
void AddTailsOfEnd(const Key& key, Keys& out) {
  out.Add(key);
  const std::string_view end = TextOf(key);
  for (size_t slash = end.find('/'); slash != std::string_view::npos; slash = end.find('/', slash + 1)) {
    out.Add(Exact(end.substr(0, slash + 1)));
  }
}

TableTerm MayBe(const TableTerm& term) {
  TableTerm out = Changed(term, IsReversed(term.table) ? AddTailsOfEnd : AddTails);
  TableTest& test = out.any.front();
  test.on_null = true;
  if (IsReversed(term.table)) return out;
  for (const TableTest& t : term.any) {
    for (const Key& key : t.keys) test.always = test.always || (!IsExact(key) && key.bytes.front() == '/');
  }
  return out;
}

}  // namespace

const EventKinds& GuardedKinds() {
  static const EventKinds kinds = [] {
    EventKinds out;
    for (EventKind kind :
         {VD_KIND_FILE_OPEN, VD_KIND_FILE_UNLINK, VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK, VD_KIND_FILE_CHMOD,
          VD_KIND_FILE_CHOWN, VD_KIND_FILE_TRUNCATE, VD_KIND_FILE_XATTR, VD_KIND_FILE_TIMES}) {
      out.set(kind);
    }
    return out;
  }();
  return kinds;
}

bool IsNamed(const PolicyClause& clause) { return std::any_of(clause.terms.begin(), clause.terms.end(), Names); }

std::optional<PolicyClause> UnplacedOf(const PolicyClause& clause) {
  if (!IsNamed(clause)) return std::nullopt;
  PolicyClause out;
  for (const TableTerm& term : clause.terms) {
    if (!IsAnyPath(term)) out.terms.push_back(term);
    if (Names(term)) out.terms.push_back(MayBe(term));
  }
  return out;
}

PolicyGuard GuardOf(const PolicyClause& clause) {
  const Parts parts = PartsOf(clause);
  PolicyGuard out;
  if (parts.begins.empty() && parts.ends.empty()) return out;
  const Terms unless = UnlessStillNamed(parts);
  out.renames = MovedOf(parts, unless);
  out.links.push_back(ClauseOf(parts, {parts.begins, parts.ends, unless}));
  out.names = MovedOf(parts, {});
  for (PolicyClause& name : out.names) {
    for (TableTerm& term : name.terms) {
      if (IsOfProcess(term)) continue;
      for (TableTest& test : term.any) test.on_null = true;  // where there is no room for names, all may be one
    }
  }
  if (parts.asks_for_writing) {
    out.renames.push_back(ReplacedOf(parts));
    out.links.push_back(ReplacedOf(parts));
  }
  return out;
}

}  // namespace vedette
