// SPDX-License-Identifier: Apache-2.0
#include "engine/learned_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vedette {
namespace {

// From which depth below a folder on others are one program's own: /var/lib is shared, /var/lib/redis is redis'.
struct Shared {
  std::string_view directory;
  int depth;  // kNever: nothing below it ever
};
constexpr int kNever = 1 << 20;
constexpr Shared kShared[] = {
    // The first that fits counts.
    {"/dev/shm", 0},
    {"/dev/pts", 0},
    {"/dev", kNever},
    {"/proc", kNever},
    {"/sys", kNever},
    {"/etc", kNever},
    {"/usr", kNever},
    {"/bin", kNever},
    {"/sbin", kNever},
    {"/lib", kNever},
    {"/lib32", kNever},
    {"/lib64", kNever},
    {"/boot", kNever},
    {"/var/tmp", 0},
    {"/var/spool/cron", kNever},
    {"/var", 2},
    {"/run/systemd", kNever},
    {"/run/user", 2},
    {"/run", 1},
    {"/home", 2},
    {"/root", 1},
    {"/opt", 2},
    {"/srv", 1},
    {"/mnt", 1},
    {"/media", 2},
    {"/tmp", 0},
    {"", 1},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string_view DirectoryOf(std::string_view path) { return path.substr(0, path.rfind('/')); }
std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c); });
}

// What a pattern can say as it is, see rules/profile_condition.
bool IsExpressible(std::string_view path) {
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) {
           return static_cast<unsigned char>(c) >= ' ' && c != 0x7f &&
                  std::string_view("\"\\*?[").find(c) == std::string_view::npos;
         });
}

// "/proc/812/task/812/attr/current" → "/attr/current": the end that has no number in it. "": it has none.
std::string_view TailOfProcess(std::string_view path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return "";
  std::string_view rest = path.substr(kProc.size());
  if (!IsNumber(rest.substr(0, rest.find('/')))) return "";
  size_t from = path.size();
  while (from != 0) {
    const size_t slash = path.rfind('/', from - 1);
    if (IsNumber(path.substr(slash + 1, from - slash - 1))) break;
    from = slash;
  }
  return path.substr(from);
}

// "/d/temp-12.rdb" → "/d/temp-0.rdb": numbers in the last name.
std::string WithoutNumbers(std::string_view path) {
  std::string out(DirectoryOf(path));
  bool number = false;
  for (char c : path.substr(out.size())) {
    if (!IsDigit(c)) {
      out += c;
    } else if (!number) {
      out += '0';
    }
    number = IsDigit(c);
  }
  return out;
}

enum class CharClass { kDigit, kLower, kUpper, kOther };
CharClass ClassOf(char c) {
  if (IsDigit(c)) return CharClass::kDigit;
  if (c >= 'a' && c <= 'z') return CharClass::kLower;
  return c >= 'A' && c <= 'Z' ? CharClass::kUpper : CharClass::kOther;
}

class Collapsed {
 public:
  Collapsed(size_t collapse, const std::set<std::string>& changing) : collapse_(collapse), changing_(changing) {}

  std::vector<LearnedPattern> Of(const std::set<std::string>& paths) {
    CountNames(paths);
    for (const std::string& path : paths) Add(path);
    return Rest();
  }

 private:
  void CountNames(const std::set<std::string>& paths) {
    for (const std::string& path : paths) {
      ++names_[std::string(DirectoryOf(path))];
      ++forms_[WithoutNumbers(path)];
    }
  }

  void Add(const std::string& path) {
    if (const std::string_view tail = TailOfProcess(path); !tail.empty()) {
      exact_.emplace("**" + std::string(tail), "of /proc/PID");
      return;
    }
    // The outermost folder that is named anew at each run, or the innermost that has many names.
    for (size_t slash = path.find('/', 1), from = 1;; from = slash + 1, slash = path.find('/', from)) {
      const std::string_view parent = std::string_view(path).substr(0, from - 1);
      const std::string_view name =
          std::string_view(path).substr(from, slash == std::string::npos ? slash : slash - from);
      const bool last = slash == std::string::npos;
      if ((IsVolatileName(name) || (last && Changes(path))) && CanCollapse(parent)) return Collapse(parent);
      if (last) break;
    }
    const std::string directory(DirectoryOf(path));
    const bool can = CanCollapse(directory);
    if (can && collapse_ != 0 && names_[directory] >= collapse_) return Collapse(directory);
    if (!IsExpressible(path)) {
      if (can && IsExpressible(directory)) return Collapse(directory);
      unexpressed_.push_back(path);
      return;
    }
    exact_.emplace(path, IsVolatileName(NameOf(path)) || Changes(path) ? "may have another name at the next run" : "");
  }

  bool Changes(const std::string& path) const {
    const auto form = forms_.find(WithoutNumbers(path));
    return changing_.contains(path) || (form != forms_.end() && form->second > 1);
  }

  void Collapse(std::string_view directory) {
    if (IsExpressible(directory)) {
      directories_.emplace(directory);
    } else {
      unexpressed_.emplace_back(directory);
    }
  }

  bool IsCovered(std::string_view path, bool itself) const {
    for (size_t slash = path.size(); slash != 0 && slash != std::string_view::npos;
         slash = path.rfind('/', slash - 1)) {
      if (slash == path.size() && !itself) continue;
      if (directories_.contains(path.substr(0, slash))) return true;
    }
    return false;
  }

  std::vector<LearnedPattern> Rest() const {
    std::map<std::string, std::string> out;
    for (const auto& [path, note] : exact_) {
      if (path.starts_with('*') || !IsCovered(path, true)) out.emplace(path, note);
    }
    for (const std::string& directory : directories_) {
      if (!IsCovered(directory, false)) out.emplace(directory + "/**", "");
    }
    std::vector<LearnedPattern> patterns;
    for (const auto& [text, note] : out) patterns.push_back({text, note});
    for (const std::string& path : unexpressed_) patterns.push_back({"", path});
    return patterns;
  }

  const size_t collapse_;
  const std::set<std::string>& changing_;
  std::map<std::string, size_t> names_;  // of each folder
  std::map<std::string, size_t> forms_;  // of names that differ in numbers alone
  std::map<std::string, std::string> exact_;
  std::set<std::string, std::less<>> directories_;
  std::vector<std::string> unexpressed_;
};

}  // namespace

bool CanCollapse(std::string_view directory) {
  if (directory.empty() || directory == "/") return false;
  for (const Shared& shared : kShared) {
    if (!IsBelow(directory, shared.directory)) continue;
    const std::string_view below = directory.substr(shared.directory.size());
    return std::count(below.begin(), below.end(), '/') >= shared.depth;
  }
  return false;
}

bool IsVolatileName(std::string_view name) {
  constexpr size_t kManyDigits = 3, kRandom = 6, kChanges = 3;
  size_t digits = 0, run = 0, changes = 0;
  CharClass before = CharClass::kOther;
  for (char c : name) {
    const CharClass now = ClassOf(c);
    digits = now == CharClass::kDigit ? digits + 1 : 0;
    if (digits >= kManyDigits) return true;
    if (now == CharClass::kOther) {
      run = changes = 0;
    } else {
      ++run;
      if (before != CharClass::kOther && now != before) ++changes;
    }
    if (run >= kRandom && changes >= kChanges) return true;
    before = now;
  }
  return false;
}

bool HasNumber(std::string_view name, uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  for (size_t at = name.find(digits); at != std::string_view::npos; at = name.find(digits, at + 1)) {
    const size_t end = at + digits.size();
    if ((at == 0 || !IsDigit(name[at - 1])) && (end == name.size() || !IsDigit(name[end]))) return true;
  }
  return false;
}

absl::StatusOr<std::vector<LearnedPattern>> LearnPaths(const std::set<std::string>& paths, const PathLimits& limits,
                                                       const std::set<std::string>& changing) {
  std::vector<LearnedPattern> patterns = Collapsed(limits.collapse, changing).Of(paths);
  size_t collapse = limits.collapse == 0 ? paths.size() : limits.collapse;
  while (patterns.size() > limits.max_patterns && collapse > 1) {
    collapse = std::max<size_t>(collapse / 2, 1);
    patterns = Collapsed(collapse, changing).Of(paths);
  }
  if (patterns.size() <= limits.max_patterns) return patterns;
  return absl::ResourceExhaustedError(fmt::format(
      "{} paths give {} patterns, of which a class of a learned profile has at most {}; learn less at once, "
      "or write the folders by hand",
      paths.size(), patterns.size(), limits.max_patterns));
}

}  // namespace vedette
