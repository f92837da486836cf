// SPDX-License-Identifier: Apache-2.0
#include "cli/config.h"

#include <fmt/format.h>
#include <strings.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "outputs/utf8.h"
#include "rules/diagnostics.h"
#include "rules/field_resolver.h"
#include "rules/nearest_name.h"
#include "rules/output_template.h"
#include "rules/source_file.h"
#include "rules/yaml_node.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxConfigBytes = 1u << 20;

class Reader {
 public:
  Reader(Diagnostics& diagnostics, fs::path directory) : diagnostics_(diagnostics), directory_(std::move(directory)) {}

  void Error(const YamlNode& at, std::string message) { diagnostics_.Error(at.at, std::move(message)); }

  // A scalar, or an error that says what is expected.
  bool Text(const YamlNode& node, std::string_view expected, std::string& out) {
    if (!node.is_scalar()) {
      Error(node, fmt::format("{} is expected here", expected));
      return false;
    }
    out = node.value;
    return true;
  }

  void Path(const YamlNode& node, std::string& out) {
    if (Text(node, "a path", out) && !out.empty()) out = (directory_ / out).lexically_normal().string();
  }

  // A text with %fields, as in the output of a rule.
  void CheckOutputText(const YamlNode& node) {
    ParseOutput(TextOf(node, diagnostics_.sources()), /*skip_unknown=*/false, diagnostics_);
  }

  template <typename Number>
  void Unsigned(const YamlNode& node, Number& out) {
    std::string text;
    if (!Text(node, "a number", text)) return;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) {
      Error(node, fmt::format("{} is no whole number from 0 to {}", Quoted(text), std::numeric_limits<Number>::max()));
    }
  }

  template <typename Value>
  void Word(const YamlNode& node, bool (*parse)(std::string_view, Value&), std::string_view expected, Value& out) {
    std::string text;
    if (Text(node, expected, text) && !parse(text, out))
      Error(node, fmt::format("{} is not {}", Quoted(text), expected));
  }

  template <typename Item>
  void List(const YamlNode& node, std::string_view expected, Item item) {
    if (node.is_null()) return;
    if (!node.is_sequence()) return Error(node, fmt::format("a list of {} is expected here", expected));
    for (const YamlNode* child : node.children) item(*child);
  }

  // Hands each value of a map to the row of its key; an unknown or repeated key is an error.
  template <typename Key, size_t N, typename Target>
  void Map(const YamlNode& node, const Key (&keys)[N], Target& target) {
    if (!node.is_map()) return Error(node, "keys with values are expected here");
    bool seen[N] = {};
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& name = *node.children[i];
      auto is_name = [&](const Key& key) { return name.is_scalar() && key.name == name.value; };
      const Key* key = std::find_if(std::begin(keys), std::end(keys), is_name);
      if (key == std::end(keys)) {
        UnknownKey(name, keys);
      } else if (std::exchange(seen[key - keys], true)) {
        Error(name, fmt::format("{} is given twice", Quoted(name.value)));
      } else {
        key->read(*this, *node.children[i + 1], target);
      }
    }
  }

 private:
  template <typename Key, size_t N>
  void UnknownKey(const YamlNode& name, const Key (&keys)[N]) {
    std::vector<std::string_view> names;
    for (const Key& key : keys) names.push_back(key.name);
    std::string_view near = NearestName(name.value, names);
    Error(name, fmt::format("unknown key {}{}", Quoted(name.value),
                            near.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : DidYouMean(near)));
  }

  Diagnostics& diagnostics_;
  const fs::path directory_;
};

template <typename Target>
struct Key {
  std::string_view name;
  void (*read)(Reader&, const YamlNode&, Target&);
};

constexpr Key<OutputConfig> kOutputKeys[] = {
    {"type", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Text(n, "stdout, file or syslog", o.type); }},
    {"format", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Text(n, "text or json", o.format); }},
    {"path", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Path(n, o.path); }},
    {"rotate_bytes", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Unsigned(n, o.rotate_bytes); }},
    {"rotate_keep", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Unsigned(n, o.rotate_keep); }},
    {"address", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Text(n, "udp://HOST:PORT", o.address); }},
    {"facility", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Text(n, "a syslog facility", o.facility); }},
    {"app_name", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Text(n, "a name", o.app_name); }},
    {"queue_alerts", [](Reader& r, const YamlNode& n, OutputConfig& o) { r.Unsigned(n, o.queue_alerts); }},
};

void ReadOutput(Reader& reader, const YamlNode& node, Config& config) {
  OutputConfig output;
  reader.Map(node, kOutputKeys, output);
  if (!node.is_map()) return;
  if (output.type.empty()) return reader.Error(node, "an output needs a type: stdout, file or syslog");
  if (absl::Status status = CheckOutput(output); !status.ok()) reader.Error(node, std::string(status.message()));
  config.outputs.push_back(std::move(output));
}

// An entry of append_output while it is read: what its texts are checked against, match.source, may come after them.
struct Addition {
  OutputAddition value;
  const YamlNode* text = nullptr;
  std::vector<const YamlNode*> formats;
  std::vector<const YamlNode*> fields;
};

bool ParseBool(std::string_view text, bool& out) {
  out = text == "true";
  return out || text == "false";
}

constexpr Key<OutputAddition> kMatchKeys[] = {
    {"source", [](Reader& r, const YamlNode& n, OutputAddition& a) { r.Text(n, "a source", a.source); }},
    {"rule", [](Reader& r, const YamlNode& n, OutputAddition& a) { r.Text(n, "a rule's name", a.rule); }},
    {"tags",
     [](Reader& r, const YamlNode& n, OutputAddition& a) {
       r.List(n, "tags", [&](const YamlNode& item) { r.Text(item, "a tag", a.tags.emplace_back()); });
     }},
};

// "proc.pid", or {key: "text with %fields"}.
void ReadExtraField(Reader& reader, const YamlNode& node, Addition& addition) {
  if (!node.is_map()) {
    addition.fields.push_back(&node);
    reader.Text(node, "a field or a name with a text", addition.value.fields.emplace_back().name);
    return;
  }
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    OutputAddition::Field field;
    if (!reader.Text(*node.children[i], "a name", field.name)) return;
    if (!reader.Text(*node.children[i + 1], "a text", field.format.emplace())) return;
    addition.formats.push_back(node.children[i + 1]);
    addition.value.fields.push_back(std::move(field));
  }
}

constexpr Key<Addition> kAdditionKeys[] = {
    {"match",
     [](Reader& r, const YamlNode& n, Addition& a) {
       if (!n.is_null()) r.Map(n, kMatchKeys, a.value);
     }},
    {"extra_output",
     [](Reader& r, const YamlNode& n, Addition& a) {
       if (r.Text(n, "a text", a.value.text)) a.text = &n;
     }},
    {"extra_fields",
     [](Reader& r, const YamlNode& n, Addition& a) {
       r.List(n, "fields", [&](const YamlNode& item) { ReadExtraField(r, item, a); });
     }},
    {"suggested_output",
     [](Reader& r, const YamlNode& n, Addition& a) { r.Word(n, ParseBool, "true or false", a.value.suggested); }},
};

void ReadField(Reader& reader, const YamlNode& node, std::string& field) {
  if (!reader.Text(node, "a field, or an entry with match, extra_output, extra_fields", field)) return;
  if (ResolvedField resolved = ResolveFieldText(field); !resolved.ok()) reader.Error(node, resolved.error);
}

void ReadAppended(Reader& reader, const YamlNode& node, Config& config) {
  if (!node.is_map()) return ReadField(reader, node, config.append_fields.emplace_back());
  Addition addition;
  reader.Map(node, kAdditionKeys, addition);
  OutputAddition& value = config.append_output.emplace_back(std::move(addition.value));
  // Rules of another source are skipped, and their fields not known here.
  if (!value.source.empty() && value.source != "syscall") return;
  if (addition.text != nullptr) reader.CheckOutputText(*addition.text);
  for (const YamlNode* format : addition.formats) reader.CheckOutputText(*format);
  std::string field;
  for (const YamlNode* name : addition.fields) {
    if (name->is_scalar()) ReadField(reader, *name, field);
  }
}

constexpr Key<Config> kKeys[] = {
    {"rules",
     [](Reader& r, const YamlNode& n, Config& c) {
       r.List(n, "rule files and directories", [&](const YamlNode& item) { r.Path(item, c.rules.emplace_back()); });
     }},
    {"outputs", [](Reader& r, const YamlNode& n,
                   Config& c) { r.List(n, "outputs", [&](const YamlNode& item) { ReadOutput(r, item, c); }); }},
    {"rule_matching",
     [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParseRuleMatching, "first or all", c.rule_matching); }},
    {"priority", [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParsePriority, "a priority", c.priority); }},
    {"mode", [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParseMode, "monitor or enforce", c.mode); }},
    {"pin_dir",
     [](Reader& r, const YamlNode& n, Config& c) {
       if (!r.Text(n, "a directory, or none", c.pin_dir)) return;
       if (std::string wrong = CheckPinDir(c.pin_dir); !wrong.empty()) r.Error(n, wrong);
     }},
    {"on_stop", [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParseOnStop, "keep or remove", c.on_stop); }},
    {"prefilter", [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParseOnOff, "on or off", c.prefilter); }},
    {"control_socket",
     [](Reader& r, const YamlNode& n, Config& c) {
       if (!r.Text(n, "a path, or none", c.control_socket)) return;
       if (c.control_socket != kNoControlSocket && !c.control_socket.starts_with('/')) {
         r.Error(n, fmt::format("{} is no absolute path, nor none", Quoted(c.control_socket)));
       }
     }},
    {"self_protection",
     [](Reader& r, const YamlNode& n, Config& c) { r.Word(n, ParseOnOff, "on or off", c.self_protection); }},
    {"append_output", [](Reader& r, const YamlNode& n,
                         Config& c) { r.List(n, "fields", [&](const YamlNode& item) { ReadAppended(r, item, c); }); }},
};

bool IsText(std::string_view text) {
  while (!text.empty()) {
    CodePoint c = DecodeUtf8(text);
    if (!c.valid || c.value == 0) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

template <typename Value>
struct Named {
  std::string_view name;
  Value value;
};

template <typename Value, size_t N>
bool FindNamed(const Named<Value> (&table)[N], std::string_view text, Value& out) {
  for (const auto& row : table) {
    if (row.name == text) {
      out = row.value;
      return true;
    }
  }
  return false;
}

ConfigResult FileError(const std::string& name, std::string message) {
  ConfigResult result;
  result.diagnostics.push_back({Diagnostic::Severity::kError, name, 0, 0, std::move(message), ""});
  return result;
}

}  // namespace

bool ParseOnOff(std::string_view text, bool& out) {
  constexpr Named<bool> kWords[] = {{"on", true}, {"off", false}, {"true", true}, {"false", false}};
  return FindNamed(kWords, text, out);
}

bool ParseOnStop(std::string_view text, OnStop& out) {
  static constexpr Named<OnStop> kWords[] = {{"keep", OnStop::kKeep}, {"remove", OnStop::kRemove}};
  return FindNamed(kWords, text, out);
}

std::string CheckPinDir(std::string_view path) {
  if (path == kNoPinDir) return "";
  // Its files are removed: it has to be a directory of its own.
  const bool deep = std::count(path.begin(), path.end(), '/') > 1 && !path.ends_with('/');
  if (path.starts_with('/') && deep && fs::path(path).lexically_normal() == path) return "";
  return fmt::format(
      "{} is no place for pins: an absolute path of a directory of its own on a BPF file system is expected, such as "
      "{}, or none",
      Quoted(path), kDefaultPinDir);
}

bool ParseMode(std::string_view text, Mode& out) {
  static constexpr Named<Mode> kModes[] = {{"monitor", Mode::kMonitor}, {"enforce", Mode::kEnforce}};
  return FindNamed(kModes, text, out);
}

bool ParseRuleMatching(std::string_view text, RuleMatching& out) {
  static constexpr Named<RuleMatching> kMatchings[] = {{"first", RuleMatching::kFirst}, {"all", RuleMatching::kAll}};
  return FindNamed(kMatchings, text, out);
}

bool ParsePriority(std::string_view text, Priority& out) {
  for (int i = 0; i <= static_cast<int>(Priority::kDebug); ++i) {
    std::string name(PriorityName(static_cast<Priority>(i)));
    if (strcasecmp(name.c_str(), std::string(text).c_str()) == 0) {
      out = static_cast<Priority>(i);
      return true;
    }
  }
  if (strcasecmp("info", std::string(text).c_str()) != 0) return false;
  out = Priority::kInformational;
  return true;
}

ConfigResult ParseConfig(const std::string& name, std::string text) {
  if (text.size() > kMaxConfigBytes) return FileError(name, "it is larger than 1 MiB: is it a configuration?");
  if (!IsText(text)) return FileError(name, "it is not text in UTF-8: is it a configuration?");
  Sources sources;
  Diagnostics diagnostics(&sources);
  sources.Add(name, std::move(text));
  YamlFile yaml = ReadYaml(0, diagnostics);
  ConfigResult result;
  Reader reader(diagnostics, fs::path(name).parent_path());
  for (const YamlNode* document : yaml.documents) {
    if (document != yaml.documents.front()) {
      reader.Error(*document, "a configuration is one YAML document; this is a second one");
    } else if (!document->is_null()) {
      reader.Map(*document, kKeys, result.config);
    }
  }
  result.diagnostics = diagnostics.Take();
  return result;
}

ConfigResult ReadConfig(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return FileError(path, "it is a directory; give the file in it");
  std::ifstream in(path, std::ios::binary);
  if (!in) return FileError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text;
  char block[65536];
  while (text.size() <= kMaxConfigBytes && (in.read(block, sizeof(block)), in.gcount() > 0)) {
    text.append(block, static_cast<size_t>(in.gcount()));
  }
  return ParseConfig(path, std::move(text));
}

}  // namespace vedette
