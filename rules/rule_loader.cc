// SPDX-License-Identifier: Apache-2.0
//
// The way of a rule, one file per stage:
//
//   rule_loader      files, their size and encoding
//   yaml_node        YAML → tree, bounded           scalar_text     where each byte of a scalar stands
//   item_reader      items → definitions            rule_reader, map_reader, required_version
//   collector        redefinition, append, override
//   rule_compiler    drives what follows, per rule
//     exception_text   exceptions → condition text
//     list_expansion   lists → condition text
//     lexer, parser    condition text → ast
//     macro_expansion  macros → ast
//     type_check       field_resolver, literal, operator: checks → predicates
//     condition_compiler  ast → nodes over shared predicates
//     event_types      which events a condition can hold for
//     output_template  outputs → parts
#include "rules/rule_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "rules/collector.h"
#include "rules/diagnostics.h"
#include "rules/item_reader.h"
#include "rules/rule_compiler.h"
#include "rules/source_file.h"
#include "rules/yaml_node.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

// Length of the UTF-8 character at `i`, 0 if it is malformed.
size_t CharLength(std::string_view s, size_t i) {
  auto byte = [&](size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
  unsigned lead = byte(i);
  size_t length = lead < 0x80                   ? 1
                  : lead >= 0xc2 && lead < 0xe0 ? 2
                  : (lead & 0xf0) == 0xe0       ? 3
                  : lead >= 0xf0 && lead < 0xf5 ? 4
                                                : 0;
  for (size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  }
  bool overlong = (lead == 0xe0 && byte(i + 1) < 0xa0) || (lead == 0xf0 && byte(i + 1) < 0x90);
  bool beyond = (lead == 0xed && byte(i + 1) >= 0xa0) || (lead == 0xf4 && byte(i + 1) >= 0x90);
  return overlong || beyond ? 0 : length;
}

// Where `text` is no UTF-8 text, if it is not.
std::optional<size_t> FindBadText(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    size_t length = text[i] == '\0' ? 0 : CharLength(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options)
      : options_(options), diagnostics_(&sources_), collector_(&diagnostics_), set_(std::make_shared<RuleSet>()) {
    set_->first_policy_id = options.first_policy_id;
  }

  void Add(const RuleFile& file) {
    if (file.text.size() > kMaxRuleFileBytes) return Fail(file.name, TooLarge());
    if (auto bad = FindBadText(file.text)) {
      size_t line =
          1 + static_cast<size_t>(std::count(file.text.begin(), file.text.begin() + static_cast<long>(*bad), '\n'));
      return Fail(file.name, fmt::format("line {} is no UTF-8 text; save the file as UTF-8", line));
    }
    uint32_t index = sources_.Add(file.name, file.text);
    set_->files.push_back(file.name);
    ReadItems(ReadYaml(index, diagnostics_), collector_, diagnostics_);
  }

  void Fail(std::string file, std::string message) { diagnostics_.FileError(std::move(file), std::move(message)); }

  static std::string TooLarge() { return fmt::format("the file is larger than {} MiB", kMaxRuleFileBytes >> 20); }

  LoadResult Finish() {
    CompileRules(collector_, options_, diagnostics_, *set_);
    LoadResult out;
    if (!diagnostics_.has_errors()) out.rules = std::move(set_);
    out.diagnostics = diagnostics_.Take();
    return out;
  }

 private:
  LoadOptions options_;
  Sources sources_;
  Diagnostics diagnostics_;
  Collector collector_;
  std::shared_ptr<RuleSet> set_;
};

// Memory is all that can fail this way: what rule files say never throws.
template <typename Load>
LoadResult Guard(Load load) {
  try {
    return load();
  } catch (const std::exception& e) {
    LoadResult out;
    out.diagnostics.push_back(
        {Diagnostic::Severity::kError, "rules", 0, 0, fmt::format("loading failed: {}", Printable(e.what())), ""});
    return out;
  }
}

bool IsRuleFileName(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

std::string Reason(const std::error_code& error) { return error.message(); }

// The rule files of a directory in name order.
std::vector<std::string> FilesOf(const std::string& directory, std::error_code& error) {
  std::vector<std::string> out;
  fs::directory_iterator it(directory, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (IsRuleFileName(it->path()) && !it->is_directory(ignored)) out.push_back(it->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void LoadFile(Loader& loader, const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return loader.Fail(path, fmt::format("cannot open: {}", std::strerror(errno != 0 ? errno : EIO)));
  std::string text;
  std::vector<char> block(64 * 1024);
  while (text.size() <= kMaxRuleFileBytes) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    if (in.gcount() == 0) break;
    text.append(block.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) return loader.Fail(path, fmt::format("cannot read: {}", std::strerror(errno != 0 ? errno : EIO)));
  loader.Add({path, std::move(text)});
}

void LoadPath(Loader& loader, const std::string& path) {
  std::error_code error;
  bool directory = fs::is_directory(path, error);
  if (!directory) return LoadFile(loader, path);
  std::vector<std::string> files = FilesOf(path, error);
  if (error) return loader.Fail(path, fmt::format("cannot read the directory: {}", Reason(error)));
  if (files.empty()) return loader.Fail(path, "the directory has no *.yaml or *.yml file");
  for (const std::string& file : files) LoadFile(loader, file);
}

}  // namespace

LoadResult LoadRules(std::span<const RuleFile> files, const LoadOptions& options) {
  return Guard([&] {
    Loader loader(options);
    for (const RuleFile& file : files) loader.Add(file);
    return loader.Finish();
  });
}

LoadResult LoadRuleFiles(std::span<const std::string> paths, const LoadOptions& options) {
  return Guard([&] {
    Loader loader(options);
    for (const std::string& path : paths) LoadPath(loader, path);
    return loader.Finish();
  });
}

}  // namespace vedette
